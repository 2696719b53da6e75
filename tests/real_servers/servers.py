"""Real servers of Debian packages: each in a folder of its own, on one loopback address that nobody else uses.

A class starts one program and says under which names it can be tested: `ports[NAME]`, `sockets[NAME]`."""
import base64, hashlib, os, pwd, shutil, socket, subprocess, time

os.environ["PATH"] += ":/usr/sbin:/sbin"


class Missing(Exception):
    """The server cannot be started here, and why."""


def need(program):
    path = shutil.which(program) or (program if os.access(program, os.X_OK) else None)
    if not path:
        raise Missing(os.path.basename(program) + " is not installed")
    return path


class Server:
    user = None
    # Some listen on an address that an interface has and on no other.
    address = None

    def __init__(self, world):
        self.world, self.ports, self.sockets, self.child = world, {}, {}, None
        self.a = self.address or world.address
        self.name = type(self).__name__.lower()
        self.d = "%s/%s" % (world.folder, self.name)
        os.mkdir(self.d, 0o755)
        if self.user:
            self.give(self.d)

    def give(self, path):
        user = pwd.getpwnam(self.user)
        os.chown(path, user.pw_uid, user.pw_gid)

    def port(self, name, number=None, kind=socket.SOCK_STREAM):
        """A free port for what is tested as `name`."""
        with socket.socket(type=kind) as s:
            s.bind((self.a, number or 0))
            self.ports[name] = s.getsockname()[1]
        return self.ports[name]

    def write(self, name, text, mode=0o644):
        path = "%s/%s" % (self.d, name)
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, mode)
        if self.user:
            self.give(path)
        return path

    def folder(self, name):
        path = "%s/%s" % (self.d, name)
        os.mkdir(path)
        if self.user:
            self.give(path)
        return path

    def run(self, *command, user=None, **more):
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL if "input" not in more else None,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, user=user, **more)
        if done.returncode:
            raise RuntimeError("%s: %s" % (command[0], done.stdout[-2000:]))

    def spawn(self, *command, user=None, **more):
        self.log = open(self.d + "/console", "w")
        self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=self.log,
                                      stderr=self.log, start_new_session=True, user=user, cwd=self.d, **more)

    def is_up(self):
        return all(answers(self.a, port) for name, port in self.ports.items() if not name.endswith("-udp")) and \
            all(os.path.exists(path) for path in self.sockets.values())

    def wait(self):
        end = time.time() + 40
        while not self.is_up():
            if self.child.poll() is not None:
                raise RuntimeError("%s ended: %s" % (self.name, self.console()))
            if time.time() > end:
                raise RuntimeError("%s does not come up: %s" % (self.name, self.console()))
            time.sleep(0.05)

    def console(self):
        return open(self.d + "/console").read()[-1500:]

    def end(self):
        if self.child is None:
            return
        for number in (15, 9):
            if self.child.poll() is None:
                self.child.send_signal(number)
                try:
                    self.child.wait(6)
                except subprocess.TimeoutExpired:
                    pass
        try:
            os.killpg(self.child.pid, 9)
        except ProcessLookupError:
            pass


def answers(address, port):
    with socket.socket() as s:
        s.settimeout(1)
        return s.connect_ex((address, port)) == 0


class Nginx(Server):
    """HTTP, and one port for each certificate."""
    CERTIFICATES = ("good", "expired", "early", "unknown", "other", "selfsigned", "short")

    def __init__(self, world):
        program = need("nginx")
        super().__init__(world)
        path = world.certificates.path
        root = self.folder("htdocs")
        self.write("htdocs/index.html", "it works\n")
        self.write("htdocs/state.json", '{"status": "ok", "queue": [1, {"depth": 3}], "up": true}\n')
        tls = "".join("  server {{ listen {0}:{1} ssl; ssl_certificate {2}; ssl_certificate_key {2}; root {3}; }}\n".format(
            self.a, self.port("https-" + name), path(name), root) for name in self.CERTIFICATES)
        tls += "  server {{ listen {0}:{1} ssl; ssl_certificate {2}; ssl_certificate_key {2}; root {3}; ssl_client_certificate {4};" \
            " ssl_verify_client on; }}\n".format(self.a, self.port("https-client"), path("good"), root, world.certificates.ca)
        tls += "  server {{ listen {0}:{1} ssl; ssl_certificate {2}; ssl_certificate_key {2}; root {3};" \
            " ssl_protocols TLSv1.2; }}\n".format(self.a, self.port("https-12"), path("good"), root)
        plain = self.port("http")
        self.write("nginx.conf", """daemon off; worker_processes 1; pid {d}/pid; error_log {d}/error.log;
events {{ worker_connections 2000; }}
http {{
  client_body_temp_path {d}/t1; proxy_temp_path {d}/t2; fastcgi_temp_path {d}/t3; uwsgi_temp_path {d}/t4; scgi_temp_path {d}/t5;
  access_log off; default_type text/plain;
  server {{
    listen {a}:{plain} backlog=2000; root {root};
    location /once {{ return 302 /index.html; }}
    location /twice {{ return 301 http://localhost:{plain}/once; }}
    location /circle {{ return 302 /circle; }}
    location /secure {{ return 302 https://{a}:{good}/; }}
  }}
  server {{ listen 127.0.0.1:{plain}; root {root}; location /once {{ return 302 http://{a}:{plain}/; }} }}
{tls}}}
""".format(d=self.d, a=self.a, plain=plain, root=root, tls=tls, good=self.ports["https-good"]))
        self.spawn(program, "-c", self.d + "/nginx.conf")


class Apache(Server):
    MODULES = "/usr/lib/apache2/modules"

    def __init__(self, world):
        program = need("apache2")
        super().__init__(world)
        load = "".join("LoadModule {0}_module {1}/mod_{0}.so\n".format(name, self.MODULES) for name in
                       ("mpm_event", "authz_core", "authz_host", "dir", "status", "authn_core", "authn_file", "authz_user",
                        "auth_basic"))
        self.folder("htdocs")
        self.write("htdocs/index.html", "it works\n")
        sha = "{SHA}" + base64.b64encode(hashlib.sha1(b"s3cret").digest()).decode()
        self.write("users", "monit:%s\n" % sha)
        self.write("apache.conf", """ServerRoot {d}
ServerName localhost
Listen {a}:{port}
PidFile {d}/pid
ErrorLog {d}/error.log
DocumentRoot {d}/htdocs
User www-data
Group www-data
DefaultRuntimeDir {d}
Mutex file:{d}
{load}
ExtendedStatus On
StartServers 1
<Directory {d}/htdocs>
Require all granted
</Directory>
<Location /server-status>
SetHandler server-status
Require all granted
</Location>
<Location /private>
AuthType Basic
AuthName private
AuthUserFile {d}/users
Require valid-user
SetHandler server-status
</Location>
""".format(d=self.d, a=self.a, port=self.port("apache"), load=load))
        self.spawn(program, "-f", self.d + "/apache.conf", "-DFOREGROUND")


class Lighttpd(Server):
    def __init__(self, world):
        program = need("lighttpd")
        super().__init__(world)
        self.folder("htdocs")
        self.write("htdocs/index.html", "it works\n")
        self.write("conf", 'server.document-root = "{d}/htdocs"\nserver.bind = "{a}"\nserver.port = {port}\n'
                   'index-file.names = ("index.html")\n'.format(d=self.d, a=self.a, port=self.port("lighttpd")))
        self.spawn(program, "-D", "-f", self.d + "/conf")


class Sshd(Server):
    def __init__(self, world):
        program = need("sshd")
        super().__init__(world)
        os.makedirs("/run/sshd", exist_ok=True)
        self.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.d + "/key")
        self.write("conf", "ListenAddress %s\nPort %d\nHostKey %s/key\nPidFile %s/pid\nUsePAM no\nMaxStartups 1000\nLogLevel INFO\n" %
                   (self.a, self.port("ssh"), self.d, self.d))
        self.spawn(program, "-D", "-e", "-f", self.d + "/conf")


class Postfix(Server):
    """SMTP: plain, with STARTTLS on the ports where monit expects it, with TLS from the first byte."""

    def __init__(self, world):
        need("/usr/lib/postfix/sbin/master")
        super().__init__(world)
        conf, queue, data = self.folder("etc"), self.folder("spool"), self.folder("data")
        for files in ("/etc/postfix/postfix-files", "/usr/share/postfix/postfix-files"):
            if os.path.exists(files):
                shutil.copy(files, conf)
                break
        user = pwd.getpwnam("postfix")
        os.chown(data, user.pw_uid, user.pw_gid)
        pem = world.certificates.path("good")
        self.write("etc/main.cf", """compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
myhostname = mail.box.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = all
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
maillog_file = {d}/maillog
maillog_file_prefixes = {d}
smtpd_tls_cert_file = {pem}
smtpd_tls_key_file = {pem}
smtpd_tls_security_level = may
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
""".format(queue=queue, data=data, d=self.d, pem=pem))
        self.write("etc/master.cf", """{a}:{smtp} inet n - n - - smtpd
{a}:25 inet n - n - - smtpd
{a}:587 inet n - n - - smtpd
{a}:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
proxymap unix - - n - - proxymap
error unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
""".format(a=self.a, smtp=self.port("smtp"), smtps=self.port("smtps")))
        self.port("smtp-25", 25)
        self.port("smtp-587", 587)
        self.run("postfix", "-c", conf, "check")
        self.spawn("/usr/lib/postfix/sbin/master", "-c", conf, "-d")


class Exim(Server):
    def __init__(self, world):
        program = need("exim4")
        super().__init__(world)
        user = pwd.getpwnam("Debian-exim")
        for name in ("spool", "log"):
            os.chown(self.folder(name), user.pw_uid, user.pw_gid)
        self.write("conf", """spool_directory = {d}/spool
log_file_path = {d}/log/%slog
pid_file_path = {d}/pid
daemon_smtp_ports = {port}
local_interfaces = {a}
tls_advertise_hosts = *
tls_certificate = {pem}
tls_privatekey = {pem}
primary_hostname = mail.box.test
smtp_accept_max = 500
""".format(d=self.d, a=self.a, port=self.port("exim"), pem=world.certificates.path("good")))
        self.spawn(program, "-bdf", "-C", self.d + "/conf")


class Dovecot(Server):
    """IMAP, POP, LMTP and ManageSieve, plain, with STARTTLS and with TLS from the first byte."""

    def __init__(self, world):
        program = need("dovecot")
        super().__init__(world)
        listener = "  inet_listener {0} {{\n    address = {a}\n    port = {port}\n    ssl = {ssl}\n  }}\n"
        services = ""
        for service, listeners in (
                ("imap-login", (("imap", None, "no"), ("imap-143", 143, "no"), ("imaps", None, "yes"))),
                ("pop3-login", (("pop3", None, "no"), ("pop3-110", 110, "no"), ("pop3s", None, "yes"))),
                ("lmtp", (("lmtp", None, "no"),)),
                ("managesieve-login", (("sieve", None, "no"), ("sieve-4190", 4190, "no")))):
            services += "service %s {\n" % service + "".join(
                listener.format(name, a=self.a, port=self.port(name, number), ssl=ssl) for name, number, ssl in listeners)
            services += "}\n"
        self.write("conf", """base_dir = {d}/run
state_dir = {d}/state
protocols = {protocols}
listen = {a}
log_path = {d}/log
instance_name = real_servers
ssl = yes
ssl_cert = <{pem}
ssl_key = <{pem}
disable_plaintext_auth = no
default_login_user = dovenull
default_internal_user = dovecot
mail_location = maildir:{d}/mail
passdb {{
  driver = static
  args = password=s3cret
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={d}/home
}}
{services}""".format(d=self.d, a=self.a, pem=world.certificates.path("good"), services=services, protocols=" ".join(
            name for name, file in (("imap", "imap"), ("pop3", "pop3"), ("lmtp", "lmtp"), ("sieve", "managesieve"))
            if os.path.exists("/usr/lib/dovecot/" + file))))
        self.spawn(program, "-F", "-c", self.d + "/conf")


class Vsftpd(Server):
    def __init__(self, world):
        program = need("vsftpd")
        super().__init__(world)
        self.folder("empty")
        self.write("conf", "listen=YES\nbackground=NO\nlisten_address=%s\nlisten_port=%d\nanonymous_enable=YES\n"
                   "secure_chroot_dir=%s/empty\nftpd_banner=One line\\nof several\nseccomp_sandbox=NO\nmax_per_ip=0\n" %
                   (self.a, self.port("ftp"), self.d))
        self.spawn(program, self.d + "/conf")


ALL = (Nginx, Apache, Lighttpd, Sshd, Postfix, Exim, Dovecot, Vsftpd)
