"""Servers that do what real ones should not: say nothing, close at once, close in the middle, speak something else."""
import select, socket, threading


def listener(address, kind=socket.SOCK_STREAM):
    s = socket.socket(type=kind)
    s.bind((address, 0))
    if kind == socket.SOCK_STREAM:
        s.listen(1000)
    return s


def closed_port(address):
    """A port where nobody listens: bound, so that nobody else gets it."""
    s = socket.socket()
    s.bind((address, 0))
    return s


def nobodys_port(address):
    """A number to which no datagram can be delivered."""
    with listener(address, socket.SOCK_DGRAM) as s:
        return s.getsockname()[1]


class Speaker:
    """Says its words to whoever comes, reads whatever is said, and keeps the connection."""

    def __init__(self, address, words=b"", then_close=False):
        self.socket = listener(address)
        self.port = self.socket.getsockname()[1]
        self.words, self.then_close, self.kept = words, then_close, []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            connection.sendall(self.words)
            if self.then_close:
                connection.close()
            else:
                self.kept.append(connection)


class Tap:
    """In front of a real server: passes everything on, counts what the server says in a dialogue, and later hangs up after
    so many bytes of it. `target`: (address, port) or the path of a socket file."""

    def __init__(self, address, target, folder=None):
        self.target, self.limit, self.said, self.heard = target, None, [], []
        if isinstance(target, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.path = "%s/tap%d" % (folder, id(self))
            self.socket.bind(self.path)
            self.socket.listen(100)
        else:
            self.socket = listener(address)
            self.path, self.port = None, self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.socket.accept()
            threading.Thread(target=self.pass_on, args=(client,), daemon=True).start()

    def pass_on(self, client):
        limit, said = self.limit, b""
        self.heard.append(heard := [])
        server = socket.socket(socket.AF_UNIX if self.path else socket.AF_INET)
        try:
            server.connect(self.target)
            poll = select.poll()
            poll.register(client, select.POLLIN)
            poll.register(server, select.POLLIN)
            while limit is None or len(said) < limit:
                ready = [descriptor for descriptor, _ in poll.poll(20000)]
                if not ready:
                    break
                if client.fileno() in ready:
                    data = client.recv(65536)
                    if not data:
                        break
                    heard.append(data)
                    server.sendall(data)
                if server.fileno() in ready:
                    data = server.recv(65536 if limit is None else limit - len(said))
                    if not data:
                        break
                    said += data
                    client.sendall(data)
        except OSError:
            pass
        finally:
            self.said.append(said)
            hang_up(client)
            server.close()


def hang_up(client):
    """Closes as a program does that is done: what the other side still says is read, so that it sees an end and no reset."""
    try:
        client.shutdown(socket.SHUT_WR)
        client.settimeout(1)
        while client.recv(65536):
            pass
    except OSError:
        pass
    client.close()

