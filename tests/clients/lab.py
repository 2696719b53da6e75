"""A daemon in a private folder, with a `monit` in front of it that needs no options, as clients call it."""
import os, re, shutil, socket, subprocess, tempfile, time, urllib.request


class Missing(Exception):
    """What a client needs is not installed: it is left out visibly."""


class Wrong(Exception):
    """A client saw what it should not see."""


def check(fine, what):
    if not fine:
        raise Wrong(what)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def venv():
    return os.environ.get("CLIENTS_VENV", "/nonexistent")


def program(name):
    """A program of $CLIENTS_VENV or of the path."""
    found = shutil.which(name, path=venv() + "/bin") or shutil.which(name)
    if not found:
        raise Missing("there is no %s" % name)
    return found


def python_with(module, name=None):
    """A Python that can import this; `name`: what to call it."""
    for python in [venv() + "/bin/python3", "python3"]:
        if shutil.which(python) and subprocess.run([python, "-c", "import " + module], capture_output=True).returncode == 0:
            return python
    raise Missing("no Python here has %s" % (name or module))


def until(what, look, seconds=30):
    """What `look` gives, as soon as it gives something."""
    end = time.time() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.time() > end:
            raise Wrong("never: " + what)
        time.sleep(0.1)


SETTINGS = """set pidfile {d}/monit.pid
set idfile {d}/monit.id
set statefile {d}/monit.state
set log {d}/log
set daemon 5
set httpd port {port} address 127.0.0.1
  allow admin:"right"
"""
SERVICES = """check system shop.example.org
  if loadavg (1min) > 1000 then alert
check process web with pidfile {d}/web.pid
  group shop
  start program = "{d}/web start"
  stop program = "{d}/web stop"
  if memory > 90% then alert
check filesystem root with path /
  if space usage > 100% then alert
check directory folder with path {d}
check file settings with path /etc/passwd
  if failed permission 644 then alert
check file gone with path {d}/gone
check file "odd & <name>" with path /etc/group
check fifo pipe with path {d}/pipe
check program backup with path {d}/backup
  if status != 0 then alert
check host loopback with address 127.0.0.1
  if failed port {port} protocol http request "/_ping" username admin password right then alert
check network lo with interface lo
  if failed link then alert
"""
WEB = """#!/bin/sh
case $1 in
start) setsid sh -c 'echo $$ > {d}/web.pid; exec sleep 600' </dev/null >/dev/null 2>&1 & ;;
stop) kill "$(cat {d}/web.pid)"; rm -f {d}/web.pid ;;
esac
"""


class Lab:
    """`with Lab(monit) as lab`: the daemon runs, and all its services have been looked at."""

    def __init__(self, monit, settings=""):
        self.monit = monit
        self.folder = tempfile.mkdtemp(prefix="clients-")
        self.port = free_port()
        self.control = os.path.join(self.folder, "monitrc")
        self.write("web", WEB)
        self.write("backup", "#!/bin/sh\necho '12 jobs <done> & none failed'\n")
        self.write("monit", "#!/bin/sh\nexec %s -c %s \"$@\"\n" % (monit, self.control))
        os.mkfifo(os.path.join(self.folder, "pipe"))
        self.configure(settings + SERVICES)
        self.daemon = None

    def write(self, name, text, mode=0o755):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(text.replace("{d}", self.folder))
        os.chmod(path, mode)
        return path

    def configure(self, services):
        text = (SETTINGS + services).replace("{port}", str(self.port))
        self.services = services
        self.write("monitrc", text, 0o600)

    def __enter__(self):
        # Its console is a file: nobody has to read it lest it fill.
        with open(os.path.join(self.folder, "console"), "w") as console:
            self.daemon = subprocess.Popen([self.monit, "-c", self.control, "-I"], stdout=console, stderr=console)
        try:
            until("the process is there", lambda: self.status("web").get("status") == "OK")
            until("all are looked at", lambda: "Initializing" not in self.run("summary", "-B").stdout)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.daemon.terminate()
        try:
            self.daemon.wait(20)
        except subprocess.TimeoutExpired:
            self.daemon.kill()
            self.daemon.wait()
        try:
            os.kill(int(open(os.path.join(self.folder, "web.pid")).read()), 15)
        except (OSError, ValueError):
            pass
        shutil.rmtree(self.folder, ignore_errors=True)

    def environment(self):
        return dict(os.environ, PATH=self.folder + ":" + os.environ["PATH"], LC_ALL="C.UTF-8", NO_COLOR="1")

    def run(self, *words, binary=None):
        """The action of the command line, by our binary or another one."""
        command = [binary or self.monit, "-c", self.control, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def status(self, name):
        """The lines of `status` of a service, by their labels."""
        lines = self.run("status", name, "-B").stdout.splitlines()
        pairs = [re.split(r"  +", line.strip(), maxsplit=1) for line in lines]
        return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}

    def pid(self):
        """The process of `web`, or nothing."""
        try:
            return int(open(os.path.join(self.folder, "web.pid")).read())
        except (OSError, ValueError):
            return None

    def get(self, path, headers=None):
        """The body and the headers of an answer."""
        manager = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        url = "http://127.0.0.1:%d" % self.port
        manager.add_password(None, url, "admin", "right")
        opener = urllib.request.build_opener(urllib.request.HTTPBasicAuthHandler(manager))
        with opener.open(urllib.request.Request(url + path, headers=headers or {}), timeout=30) as answer:
            return answer.read(), answer.headers
