"""Name servers, clocks, and daemons with protocols of their own."""
import shutil, socket, threading

from servers import Server, need

PASSWORD = "s3cret"
UDP = socket.SOCK_DGRAM


class Bind(Server):
    """A root zone of our own."""
    user, address = "bind", "127.0.0.1"

    def __init__(self, world):
        program = need("named")
        super().__init__(world)
        port = self.port("dns")
        self.ports["dns-udp"] = port
        self.write("root.zone", "$TTL 3600\n. IN SOA ns.box.test. admin.box.test. 1 3600 600 86400 60\n. IN NS ns.box.test.\n"
                   "ns.box.test. IN A %s\nwww.box.test. IN A 192.0.2.80\nwww.box.test. IN AAAA 2001:db8::80\n"
                   "box.test. IN MX 10 mail.box.test.\nbox.test. IN TXT \"v=spf1 -all\"\nalias.box.test. IN CNAME www.box.test.\n" % self.a)
        self.write("conf", """options {{ directory "{d}"; pid-file "{d}/pid"; session-keyfile "{d}/key"; listen-on port {port} {{ {a}; }};
 listen-on-v6 {{ none; }}; recursion no; dnssec-validation no; }};
controls {{ }};
zone "." {{ type primary; file "{d}/root.zone"; }};
""".format(d=self.d, a=self.a, port=port))
        self.spawn(program, "-g", "-n", "1", "-u", "bind", "-c", self.d + "/conf")


class Unbound(Server):
    def __init__(self, world):
        program = need("unbound")
        super().__init__(world)
        port = self.port("unbound")
        self.ports["unbound-udp"] = port
        self.write("conf", """server:
 interface: {a}
 port: {port}
 username: ""
 chroot: ""
 directory: "{d}"
 pidfile: "{d}/pid"
 use-syslog: no
 do-daemonize: no
 access-control: 127.0.0.0/8 allow
 local-zone: "." static
 local-data: ". 3600 IN NS ns.box.test."
 local-data: ". 3600 IN SOA ns.box.test. admin.box.test. 1 3600 600 86400 60"
 module-config: "iterator"
remote-control:
 control-enable: no
""".format(a=self.a, port=port, d=self.d))
        self.spawn(program, "-d", "-c", self.d + "/conf")


class Chrony(Server):
    def __init__(self, world):
        program = need("chronyd")
        super().__init__(world)
        self.write("conf", "local stratum 10\nport %d\nbindaddress %s\nallow 127.0.0.0/8\ncmdport 0\nbindcmdaddress /\npidfile %s/pid\n" %
                   (self.port("ntp-udp", kind=UDP), self.a, self.d))
        self.spawn(program, "-d", "-x", "-u", "root", "-f", self.d + "/conf")


class UnsetClock(Server):
    """chrony without a source: it answers, and says that its clock is not set."""

    def __init__(self, world):
        program = need("chronyd")
        super().__init__(world)
        self.write("conf", "port %d\nbindaddress %s\nallow 127.0.0.0/8\ncmdport 0\nbindcmdaddress /\npidfile %s/pid\n" %
                   (self.port("ntp-unset-udp", kind=UDP), self.a, self.d))
        self.spawn(program, "-d", "-x", "-u", "root", "-f", self.d + "/conf")


class Mosquitto(Server):
    user = "mosquitto"

    def __init__(self, world):
        program = need("mosquitto")
        super().__init__(world)
        self.run(need("mosquitto_passwd"), "-b", "-c", self.d + "/users", "monit", PASSWORD)
        self.give(self.d + "/users")
        for part in ("crt", "key"):
            shutil.copy("%s/good.%s" % (world.certificates.d, part), self.d)
            self.give("%s/good.%s" % (self.d, part))
        self.write("conf", "per_listener_settings true\nlistener {0} {3}\nallow_anonymous true\nlistener {1} {3}\nallow_anonymous false\n"
                   "password_file {4}/users\nlistener {2} {3}\nallow_anonymous true\ncertfile {4}/good.crt\nkeyfile {4}/good.key\n".format(
                       self.port("mqtt"), self.port("mqtt-auth"), self.port("mqtts"), self.a, self.d))
        self.spawn(program, "-c", self.d + "/conf")


class Rsync(Server):
    def __init__(self, world):
        program = need("rsync")
        super().__init__(world)
        self.write("conf", "pid file = %s/pid\nlog file = %s/log\nuse chroot = no\nmotd file = %s\n[things]\npath = %s\ncomment = some things\n" %
                   (self.d, self.d, self.write("motd", "Welcome\n\nto rsync\n"), self.d))
        self.spawn(program, "--daemon", "--no-detach", "--config=%s/conf" % self.d, "--address=" + self.a,
                   "--port=%d" % self.port("rsync"))


class Freeradius(Server):
    def __init__(self, world):
        program = need("freeradius")
        super().__init__(world)
        self.write("radiusd.conf", """prefix = /usr
logdir = {d}
run_dir = {d}
raddbdir = {d}
libdir = /usr/lib/freeradius
pidfile = {d}/pid
max_requests = 1024
security {{
  status_server = yes
}}
modules {{
  always ok {{
    rcode = ok
  }}
}}
client here {{
  ipaddr = 127.0.0.0/8
  secret = {secret}
}}
server status {{
  listen {{
    type = status
    ipaddr = {a}
    port = {port}
  }}
  authorize {{
    ok
  }}
}}
""".format(d=self.d, a=self.a, port=self.port("radius-udp", kind=UDP), secret=PASSWORD))
        self.spawn(program, "-f", "-l", "stdout", "-d", self.d)


class Spamassassin(Server):
    def __init__(self, world):
        program = need("spamd")
        super().__init__(world)
        self.folder("rules")
        self.folder("site")
        self.folder("state")
        self.write("site/own.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\n")
        self.write("rules/10.cf", "util_rb_tld test\nbody MINE /buy now/\nscore MINE 5\n")
        self.spawn(program, "-x", "-L", "-m", "2", "--min-children=1", "-u", "nobody", "-i", self.a, "-p", self.port("spamassassin"),
                   "-A", "127.0.0.0/8", "-C", self.d + "/rules", "--siteconfigpath=%s/site" % self.d, "-s", "stderr")


class Clamav(Server):
    def __init__(self, world):
        program = need("clamd")
        super().__init__(world)
        self.folder("base")
        self.write("base/own.hdb", "44d88612fea8a8f36de82e1278abb02f:68:Own.Test\n")
        self.sockets["clamav-socket"] = self.d + "/socket"
        self.write("conf", "Foreground yes\nDatabaseDirectory {0}/base\nTCPSocket {1}\nTCPAddr {2}\nLocalSocket {0}/socket\nUser root\n".format(
            self.d, self.port("clamav"), self.a))
        self.spawn(program, "-c", self.d + "/conf")


class Fail2ban(Server):
    def __init__(self, world):
        program = need("fail2ban-server")
        super().__init__(world)
        self.write("fail2ban.conf", "[Definition]\nloglevel = INFO\nlogtarget = %s/log\nsyslogsocket = auto\nsocket = %s/socket\n"
                   "pidfile = %s/pid\ndbfile = None\ndbpurgeage = 1d\ndbmaxmatches = 10\n[DEFAULT]\n" % (self.d, self.d, self.d))
        self.write("jail.conf", "[DEFAULT]\n")
        self.sockets["fail2ban-socket"] = self.d + "/socket"
        self.spawn(program, "-f", "-c", self.d, "-s", self.d + "/socket", "-p", self.d + "/pid", "-x", "start")


class Gpsd(Server):
    """With a receiver that is a UDP port, where somebody tells positions."""
    address = "127.0.0.1"

    def __init__(self, world):
        program = need("gpsd")
        super().__init__(world)
        with socket.socket(type=UDP) as s:
            s.bind(("127.0.0.1", 0))
            source = s.getsockname()[1]
        self.spawn(program, "-N", "-n", "-S", self.port("gps"), "udp://127.0.0.1:%d" % source)
        self.over = threading.Event()
        threading.Thread(target=self.drive, args=(source,), daemon=True).start()

    def drive(self, port):
        with socket.socket(type=UDP) as s:
            while not self.over.wait(0.2):
                s.sendto(b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n", ("127.0.0.1", port))

    def end(self):
        self.over.set()
        super().end()


class Kamailio(Server):
    def __init__(self, world):
        program = need("kamailio")
        super().__init__(world)
        port = self.port("sip")
        self.ports["sip-udp"] = port
        self.write("conf", """#!KAMAILIO
log_stderror=yes
children=2
tcp_children=2
listen=udp:{a}:{port}
listen=tcp:{a}:{port}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "textops.so"
request_route {{
  if ($rU == "busy") {{
    sl_send_reply("486", "Busy Here");
    exit;
  }}
  sl_send_reply("200", "OK");
}}
""".format(a=self.a, port=port))
        self.spawn(program, "-DD", "-E", "-m", "16", "-M", "4", "-f", self.d + "/conf", "-Y", self.d)


class Inetd(Server):
    """The time of RFC 868, on the port where it always is."""

    def __init__(self, world):
        program = need("inetd")
        super().__init__(world)
        self.port("rdate", 37)
        self.write("conf", "%s:time stream tcp nowait.1000 root internal\n%s:daytime stream tcp nowait root internal\n" % (self.a, self.a))
        self.spawn(program, "-i", "-R", "10000", self.d + "/conf")


class Postgrey(Server):
    user = "postgrey"

    def __init__(self, world):
        program = need("postgrey")
        super().__init__(world)
        self.spawn(program, "--inet=%s:%d" % (self.a, self.port("postfix-policy")), "--dbdir=" + self.folder("data"),
                   "--user=postgrey", "--group=" + "postgrey", "--pidfile=%s/pid" % self.d)


class Sn(Server):
    """A news server: one copy for each reader, started by inetd. Nobody may post on one port, everybody on the other."""

    def __init__(self, world):
        inetd, program = need("inetd"), need("snntpd.bin")
        super().__init__(world)
        lines = ""
        for name, posting in (("nntp", ""), ("nntp-post", "POSTING_OK=1 ")):
            # What it has to say beside the protocol would go to the client, too.
            script = self.write(name, "#!/bin/sh\nSNROOT=%s %sexec %s 2>>%s/log\n" % (self.d, posting, program, self.d), 0o755)
            lines += "%s:%d stream tcp nowait.1000 root %s %s\n" % (self.a, self.port(name), script, name)
        self.write("conf", lines)
        self.spawn(inetd, "-i", "-R", "10000", self.d + "/conf")


class Websocketd(Server):
    """Says over a WebSocket what a program says."""

    def __init__(self, world):
        program = need("websocketd")
        super().__init__(world)
        self.spawn(program, "--address=" + self.a, "--port=%d" % self.port("websocket"), "cat")


ALL = (Bind, Unbound, Chrony, UnsetClock, Mosquitto, Rsync, Freeradius, Spamassassin, Clamav, Fail2ban, Gpsd, Kamailio, Inetd, Postgrey,
       Sn, Websocketd)
