"""Certificates for servers on one loopback address, of two authorities. Only the first one is told to monit."""
import datetime, os, subprocess

CONF = """[ca]
default_ca = test
[test]
database = {d}/index
rand_serial = yes
new_certs_dir = {d}
default_md = sha256
policy = any
unique_subject = no
copy_extensions = copyall
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
"""


class Certificates:
    """`path(NAME)` has certificate and key; `ca` is the authority that is trusted."""

    def __init__(self, folder, address):
        self.d = folder + "/certificates"
        os.mkdir(self.d)
        with open(self.d + "/conf", "w") as f:
            f.write(CONF.format(d=self.d))
        open(self.d + "/index", "w").close()
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:" + address
        authority = "basicConstraints=critical,CA:TRUE"
        self.make("ca", authority)
        self.make("stranger", authority)
        self.ca = self.d + "/ca.crt"
        self.make("good", names, "ca")
        self.make("expired", names, "ca", -20, -2)
        self.make("early", names, "ca", 5, 400)
        self.make("unknown", names, "stranger")
        self.make("other", "subjectAltName=DNS:other.example", "ca")
        self.make("selfsigned", names)
        self.make("client", "extendedKeyUsage=clientAuth", "ca")
        self.make("short", names, "ca", -20, 10)

    def make(self, name, extension, by=None, first=-2, last=3000):
        base = self.d + "/" + name
        day = lambda days: (datetime.datetime.utcnow() + datetime.timedelta(days)).strftime("%Y%m%d%H%M%SZ")
        run = lambda *words: subprocess.run(words, check=True, capture_output=True)
        run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", base + ".key")
        run("openssl", "req", "-new", "-config", self.d + "/conf", "-key", base + ".key", "-subj", "/CN=" + name,
            "-addext", extension, "-out", base + ".csr")
        signer = ["-selfsign", "-keyfile", base + ".key"] if by is None else \
            ["-cert", "%s/%s.crt" % (self.d, by), "-keyfile", "%s/%s.key" % (self.d, by)]
        run("openssl", "ca", "-batch", "-notext", "-config", self.d + "/conf", *signer, "-in", base + ".csr",
            "-startdate", day(first), "-enddate", day(last), "-out", base + ".crt")
        with open(base + ".pem", "w") as both:
            both.write(open(base + ".crt").read() + open(base + ".key").read())
        os.chmod(base + ".key", 0o644)
        os.chmod(base + ".pem", 0o644)

    def path(self, name):
        return "%s/%s.pem" % (self.d, name)

    def sum(self, name, kind):
        """The checksum of a certificate, as `openssl x509 -fingerprint` writes it: upper case and colons."""
        out = subprocess.run(["openssl", "x509", "-noout", "-fingerprint", "-" + kind, "-in", "%s/%s.crt" % (self.d, name)],
                             check=True, capture_output=True, text=True).stdout
        return out.strip().partition("=")[2]
