"""MariaDB, PostgreSQL, Redis, memcached and OpenLDAP."""
import glob, os, shutil

from servers import Missing, Server, need

PASSWORD = "s3cret"


class Mariadb(Server):
    user = "mysql"

    def __init__(self, world):
        program = need("mariadbd")
        super().__init__(world)
        data, pem = self.folder("data"), world.certificates.path("good")
        self.run(need("mariadb-install-db"), "--no-defaults", "--user=mysql", "--datadir=" + data, "--skip-test-db",
                 "--auth-root-authentication-method=normal", "--skip-log-bin", "--innodb-log-file-size=4M")
        users = "".join("CREATE USER {0}@'%' IDENTIFIED {1};\n".format(name, how) for name, how in (
            ("native", "BY '%s'" % PASSWORD), ("empty", "BY ''"), ("locked", "BY '%s' ACCOUNT LOCK" % PASSWORD),
            ("secure", "BY '%s' REQUIRE SSL" % PASSWORD)))
        ed25519 = glob.glob("/usr/lib/mysql/plugin/auth_ed25519.so")
        if ed25519:
            users += "INSTALL SONAME 'auth_ed25519';\nCREATE USER edward@'%%' IDENTIFIED VIA ed25519 USING PASSWORD('%s');\n" % PASSWORD
        self.sockets["mysql-socket"] = self.d + "/socket"
        self.spawn(program, "--no-defaults", "--user=mysql", "--datadir=" + data, "--socket=%s/socket" % self.d,
                   "--bind-address=" + self.a, "--port=%d" % self.port("mysql"), "--pid-file=%s/pid" % self.d,
                   "--ssl-cert=" + pem, "--ssl-key=" + pem, "--skip-name-resolve", "--skip-log-bin",
                   "--max-connect-errors=1000000", "--max-connections=400", "--innodb-log-file-size=4M",
                   "--innodb-buffer-pool-size=8M", "--init-file=" + self.write("users.sql", "FLUSH PRIVILEGES;\n" + users))


class Postgres(Server):
    user = "postgres"

    def __init__(self, world):
        versions = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
        if not versions:
            raise Missing("postgresql is not installed")
        super().__init__(world)
        bin, data = os.path.dirname(versions[-1]), self.d + "/data"
        as_user = {"user": "postgres", "cwd": "/"}
        self.run(bin + "/initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C", **as_user)
        for part in ("crt", "key"):
            shutil.copy("%s/good.%s" % (world.certificates.d, part), "%s/server.%s" % (data, part))
            self.give("%s/server.%s" % (data, part))
            os.chmod("%s/server.%s" % (data, part), 0o600)
        sql = ("SET password_encryption='scram-sha-256';CREATE USER scram PASSWORD '{0}';CREATE USER clear PASSWORD '{0}';"
               "SET password_encryption='md5';CREATE USER md5 PASSWORD '{0}';CREATE USER trusted;CREATE USER rejected;").format(PASSWORD)
        self.run(bin + "/postgres", "--single", "-D", data, "postgres", input=sql.replace(";", ";\n"), **as_user)
        self.write("data/pg_hba.conf", "local all all trust\n" + "".join("host all %s 0.0.0.0/0 %s\n" % pair for pair in (
            ("scram", "scram-sha-256"), ("md5", "md5"), ("clear", "password"), ("trusted", "trust"), ("postgres", "trust"),
            ("rejected", "reject"))))
        port = self.port("pgsql")
        self.sockets["pgsql-socket"] = "%s/.s.PGSQL.%d" % (self.d, port)
        self.spawn(bin + "/postgres", "-D", data, "-h", self.a, "-p", port, "-k", self.d, "-F", "-c", "ssl=on",
                   "-c", "max_connections=300", user="postgres")


class Redis(Server):
    def __init__(self, world):
        program = need("redis-server")
        super().__init__(world)
        certificates = world.certificates
        self.sockets["redis-socket"] = self.d + "/socket"
        self.spawn(program, "--bind", self.a, "--port", self.port("redis"), "--tls-port", self.port("rediss"),
                   "--tls-cert-file", certificates.d + "/good.crt", "--tls-key-file", certificates.d + "/good.key",
                   "--tls-ca-cert-file", certificates.ca, "--tls-auth-clients", "no", "--unixsocket", self.d + "/socket",
                   "--dir", self.d, "--save", "")


class RedisWithPassword(Server):
    def __init__(self, world):
        program = need("redis-server")
        super().__init__(world)
        self.spawn(program, "--bind", self.a, "--port", self.port("redis-auth"), "--requirepass", PASSWORD, "--dir", self.d,
                   "--save", "")


class Memcached(Server):
    """Three of them: both protocols, text only, binary only."""

    def __init__(self, world):
        program = need("memcached")
        super().__init__(world)
        commands = ["exec {0} -u nobody -l {1} -p {2} -U 0 -B {3}".format(program, self.a, self.port("memcache" + name), kind)
                    for name, kind in (("", "auto"), ("-text", "ascii"), ("-binary", "binary"))]
        self.spawn("/bin/sh", "-c", "(%s) & (%s) & %s" % tuple(commands))


class Slapd(Server):
    def __init__(self, world):
        program = need("slapd")
        super().__init__(world)
        self.write("conf", """include /etc/ldap/schema/core.schema
pidfile {d}/pid
argsfile {d}/args
modulepath /usr/lib/ldap
moduleload back_mdb
allow bind_v2
TLSCertificateFile {c}/good.crt
TLSCertificateKeyFile {c}/good.key
TLSCACertificateFile {ca}
database mdb
suffix "dc=example,dc=org"
directory {data}
""".format(d=self.d, c=world.certificates.d, ca=world.certificates.ca, data=self.folder("data")))
        self.spawn(program, "-h", "ldap://{0}:{1}/ ldaps://{0}:{2}/".format(self.a, self.port("ldap"), self.port("ldaps")),
                   "-f", self.d + "/conf", "-d", "0")


ALL = (Mariadb, Postgres, Redis, RedisWithPassword, Memcached, Slapd)
