"""Which test is held against which server, and what has to come of it."""
import re, socket
PASSWORD = "s3cret"
LOGIN = 'username "%s" password "' + PASSWORD + '"'


def dialogues(world):
    """(NAME, SERVER, TEST): the test must succeed on that server, a port or socket of `world.places`."""
    ca = 'with ssl options {cacertificatefile: "%s"}' % world.certificates.ca
    json = 'protocol http request "/state.json" json '
    cases = [
        ("default", "http", "protocol default"),
        ("http", "http", 'protocol http request "/" content = "it works"'),
        ("http-checksum", "http", "protocol http checksum b2f5a43a7b5502de790517730b41bd3f"),
        ("http-head", "http", "protocol http method head"),
        ("http-404", "http", 'protocol http request "/no" status = 404'),
        ("http-apache", "apache", 'protocol http request "/" content = "it works"'),
        ("http-lighttpd", "lighttpd", 'protocol http request "/" content = "it works"'),
        ("http-private", "apache", 'protocol http username monit password "s3cret" request "/private" content = "Apache"'),
        ("http-json", "http", json + '"/status" = "ok" and json "/queue/1/depth" = 3 and json "/up" = "true"'),
        ("http-redirected", "http", 'protocol http request "/once" follow 1 redirect content = "it works"'),
        ("http-elsewhere", "http", 'protocol http request "/twice" follow 3 redirects content = "it works"'),
        ("apache-status", "apache", "protocol apache-status loglimit > 60% or waitlimit > 99%"),
        ("apache-status-private", "apache",
         'protocol apache-status username monit password "s3cret" path "/private" replylimit > 99%'),
        ("ssh", "ssh", "protocol ssh"),
        ("ftp", "ftp", "protocol ftp"),
        ("imap", "imap", "protocol imap"),
        ("pop", "pop3", "protocol pop"),
        ("lmtp", "lmtp", "protocol lmtp"),
        ("sieve", "sieve", "protocol sieve"),
        ("smtp", "smtp", "protocol smtp"),
        ("smtp-exim", "exim", "protocol smtp"),
        ("mysql", "mysql", "protocol mysql"),
        ("mysql-login", "mysql", "protocol mysql " + LOGIN % "native"),
        ("mysql-empty", "mysql", 'protocol mysql username "empty" password ""'),
        ("mysql-socket", "mysql-socket", "protocol mysql " + LOGIN % "native"),
        ("mysqls", "mysql", "protocol mysqls %s %s" % (LOGIN % "secure", ca)),
        ("mysqls-greeting", "mysql", "protocol mysqls " + ca),
        ("pgsql", "pgsql", "protocol pgsql"),
        ("pgsql-trusted", "pgsql", 'protocol pgsql username "trusted" password "" database "postgres"'),
        ("pgsql-scram", "pgsql", 'protocol pgsql %s database "postgres"' % (LOGIN % "scram")),
        ("pgsql-md5", "pgsql", 'protocol pgsql %s database "postgres"' % (LOGIN % "md5")),
        ("pgsql-clear", "pgsql", 'protocol pgsql %s database "postgres"' % (LOGIN % "clear")),
        ("pgsql-tls", "pgsql", 'protocol pgsql %s database "postgres" %s' % (LOGIN % "scram", ca)),
        ("pgsql-socket", "pgsql-socket", 'protocol pgsql username "scram" password "s3cret" database "postgres"'),
        ("redis", "redis", "protocol redis"),
        ("redis-auth", "redis-auth", "protocol redis"),
        ("redis-tls", "rediss", "protocol redis " + ca),
        ("redis-socket", "redis-socket", "protocol redis"),
        ("memcache", "memcache", "protocol memcache"),
        ("memcache-text", "memcache-text", "protocol memcache"),
        ("memcache-binary", "memcache-binary", "protocol memcache"),
        ("ldap2", "ldap", "protocol ldap2"),
        ("ldap3", "ldap", "protocol ldap3"),
        ("ldaps", "ldaps", "protocol ldap3 " + ca),
        ("dns-bind", "dns", "type tcp protocol dns"),
        ("dns-bind-udp", "dns-udp", "type udp protocol dns"),
        ("dns-unbound", "unbound", "type tcp protocol dns"),
        ("dns-unbound-udp", "unbound-udp", "type udp protocol dns"),
        ("dns-address", "dns-udp", "type udp protocol dns query www.box.test type A = 192.0.2.80"),
        ("dns-alias", "dns", "type tcp protocol dns query alias.box.test type AAAA = 2001:db8::80"),
        ("dns-mail", "dns-udp", 'type udp protocol dns query box.test type MX = "10 mail.box.test"'),
        ("dns-text", "dns-udp", 'type udp protocol dns query box.test type TXT = "v=spf1 -all"'),
        ("ntp3", "ntp-udp", "protocol ntp3"),
        ("mqtt", "mqtt", "protocol mqtt"),
        ("mqtt-login", "mqtt-auth", "protocol mqtt " + LOGIN % "monit"),
        ("mqtt-tls", "mqtts", "protocol mqtt " + ca),
        ("rsync", "rsync", "protocol rsync"),
        ("radius", "radius-udp", 'type udp protocol radius secret "s3cret"'),
        ("spamassassin", "spamassassin", "protocol spamassassin"),
        ("clamav", "clamav", "protocol clamav"),
        ("clamav-socket", "clamav-socket", "protocol clamav"),
        ("fail2ban", "fail2ban-socket", "protocol fail2ban"),
        ("gps", "gps", "protocol gps"),
        ("sip", "sip", "type tcp protocol sip"),
        ("sip-udp", "sip-udp", "type udp protocol sip"),
        ("sip-target", "sip-udp", 'type udp protocol sip target "somebody@box.test" and maxforward 6'),
        ("rdate", "rdate", "protocol rdate"),
        ("postfix-policy", "postfix-policy", "protocol postfix-policy"),
        ("nntp", "nntp", "protocol nntp"),
        ("nntp-post", "nntp-post", "protocol nntp"),
        ("websocket", "websocket", "protocol websocket version 13"),
        ("websocket-request", "websocket", 'protocol websocket request "/a" host "box.test" version 13 origin "http://box.test"'),
        ("generic-ssh", "ssh", r'expect "^SSH-2.0-OpenSSH.*\r\n"'),
        ("generic-redis", "redis", r'send "PING\r\n" expect "[+]PONG" send "QUIT\r\n" expect "[+]OK"'),
        ("generic-smtp", "smtp", r'expect "^220" send "HELO localhost\r\n" expect "^250" send "QUIT\r\n" expect "^221"'),
        # TLS from the first byte.
        ("imaps", "imaps", "protocol imaps " + ca),
        ("pops", "pop3s", "protocol pops " + ca),
        ("smtps", "smtps", "protocol smtps " + ca),
        # TLS within the dialogue.
        ("smtp-25", "smtp-25", "protocol smtp " + ca),
        ("smtp-587", "smtp-587", "protocol smtps " + ca),
        ("imap-143", "imap-143", "protocol imap " + ca),
        ("pop-110", "pop3-110", "protocol pop " + ca),
        ("sieve-4190", "sieve-4190", "protocol sieve " + ca),
        # Certificates.
        ("https", "https-good", "protocol https " + ca),
        ("https-content", "https-good", 'protocol https request "/" content = "it works" ' + ca),
        ("https-12", "https-12", "protocol https " + ca),
        ("https-days", "https-good", "protocol https %s and certificate valid > 30 days" % ca),
        ("https-selfsigned", "https-selfsigned", "protocol https with ssl options {selfsigned: allow}"),
        ("https-unverified", "https-expired", "protocol https with ssl options {verify: disable}"),
        ("https-client", "https-client", 'protocol https with ssl options {cacertificatefile: "%s", clientpemfile: "%s"}' % (
            world.certificates.ca, world.certificates.path("client"))),
        ("certificate-alone", "https-good", "with ssl options {verify: disable} certificate valid > 30 days"),
    ]
    for kind, word in (("sha1", "sha1"), ("sha256", "sha256"), ("md5", "md5")):
        cases.append(("https-" + kind, "https-good", 'protocol https with ssl options {verify: disable} and certificate checksum %s "%s"' % (
            word, world.certificates.sum("good", kind))))
    return cases


def refusals(world):
    """(NAME, SERVER, TEST, REASON): the test must fail there, and say why."""
    ca = 'with ssl options {cacertificatefile: "%s"}' % world.certificates.ca
    verified = "TLS: certificate verification failed -- "
    return [
        ("http-missing", "http", 'protocol http request "/no"', "HTTP error: Server returned status 404"),
        ("http-content", "http", 'protocol http content = "other words"', "Regular expression doesn't match"),
        ("http-unauthorized", "apache", 'protocol http request "/private"', "Server returned status 401"),
        ("apache-status-nginx", "http", "protocol apache-status loglimit > 60%", "404"),
        ("http-json-other", "http", 'protocol http request "/state.json" json "/queue/0" = 2', "'/queue/0' of the answer is '1', not '2'"),
        ("http-no-json", "http", 'protocol http json "/a" = "b"', "the answer is not JSON"),
        ("http-circle", "http", 'protocol http request "/circle" follow 5 redirects', "redirected more often than 5"),
        ("http-to-strangers", "http", 'protocol http request "/secure" follow 1 redirect', "issuer is not trusted"),
        ("dns-other", "dns-udp", "type udp protocol dns query www.box.test type A = 192.0.2.81", "DNS: the answer is: 192.0.2.80"),
        ("dns-no-name", "dns-udp", "type udp protocol dns query none.box.test type A", "there is no such name"),
        ("dns-no-record", "dns-udp", "type udp protocol dns query www.box.test type MX", "there is no such record"),
        ("dns-refused", "unbound-udp", "type udp protocol dns query www.box.test type A", "there is no such name"),
        ("dwp-nginx", "http", "protocol dwp", "DWP error: HTTP/1.1 400"),
        ("mysql-wrong", "mysql", 'protocol mysql username "native" password "wrong"', "Access denied"),
        ("mysql-locked", "mysql", "protocol mysql " + LOGIN % "locked", "account is locked"),
        ("mysql-secure", "mysql", "protocol mysql " + LOGIN % "secure", "Access denied"),
        ("mysql-edward", "mysql", "protocol mysql " + LOGIN % "edward", "another way to log in -- client_ed25519"),
        ("pgsql-wrong", "pgsql", 'protocol pgsql username "scram" password "wrong" database "postgres"', "password authentication failed"),
        ("pgsql-wrong-md5", "pgsql", 'protocol pgsql username "md5" password "wrong" database "postgres"', "password authentication failed"),
        ("pgsql-rejected", "pgsql", 'protocol pgsql username "rejected" password "x" database "postgres"', "pg_hba.conf rejects"),
        ("pgsql-database", "pgsql", 'protocol pgsql %s database "nowhere"' % (LOGIN % "scram"), "does not exist"),
        ("mqtt-wrong", "mqtt-auth", 'protocol mqtt username "monit" password "wrong"', "[Nn]ot authori[sz]ed|bad user"),
        ("mqtt-nobody", "mqtt-auth", "protocol mqtt", "[Nn]ot authori[sz]ed"),
        ("ntp-unset", "ntp-unset-udp", "protocol ntp3", "Server not synchronized"),
        ("radius-secret", "radius-udp", 'type udp protocol radius secret "other"', "Timed out"),
        ("sip-busy", "sip-udp", 'type udp protocol sip target "busy@box.test"', "SIP error: Server returned status 486"),
        ("generic-unexpected", "ssh", 'expect "^220"', "received unexpected data .SSH-2.0"),
        ("smtp-auth", "smtp", "protocol smtp " + LOGIN % "monit", "[Aa]uth"),
        ("https-expired", "https-expired", "protocol https " + ca, verified + ".*expired"),
        ("https-early", "https-early", "protocol https " + ca, verified + ".*not yet valid"),
        ("https-unknown", "https-unknown", "protocol https " + ca, verified + ".*issuer is not trusted"),
        ("https-other", "https-other", "protocol https " + ca, verified + ".*another host"),
        ("https-selfsigned-refused", "https-selfsigned", "protocol https " + ca, verified + ".*self.signed"),
        ("https-sum", "https-good", 'protocol https with ssl options {verify: disable} and certificate checksum sha1 "%s"' % ("0" * 40),
         "checksum"),
        ("https-short", "https-short", "protocol https %s and certificate valid > 30 days" % ca, "certificate"),
        ("https-no-client", "https-client", "protocol https %s" % ca, "status 400"),
        ("https-old", "https-12", 'protocol https with ssl options {version: tlsv13, cacertificatefile: "%s"}' % world.certificates.ca,
         "TLS: "),
        ("https-plain", "http", "protocol https " + ca, "TLS: "),
        ("imaps-plain", "imap", "protocol imaps " + ca, "TLS: "),
        ("smtps-plain", "smtp", "protocol smtps " + ca, "TLS: "),
        ("ldaps-plain", "ldap", "protocol ldap3 " + ca, "TLS: "),
        ("http-on-tls", "https-good", "protocol http", "status 400"),
    ]


UDP = socket.SOCK_DGRAM
SHUT = "^Connection refused$|^No such file or directory$"
SILENT = "[Tt]imed out"
CLOSED = "closed|reset|Broken pipe"
# What `expect` did not match is shown, whole or not.
GENERIC = "GENERIC: (received unexpected data|.*closed)|" + CLOSED
ANY = "[a-z]"

# Servers that speak a protocol beside the one that a test of it is held against; the others must not be taken for it.
KIN = {
    "http": "http apache lighttpd", "apache-status": "apache", "ftp": "ftp smtp lmtp exim", "pop": "pop3", "mysql": "mysql",
    "pgsql": "pgsql", "redis": "redis", "memcache": "memcache", "ldap2": "ldap", "ldap3": "ldap", "dns": "dns unbound",
    "smtp": "smtp exim", "lmtp": "lmtp", "imap": "imap", "sieve": "sieve", "ssh": "ssh", "mqtt": "mqtt", "rsync": "rsync",
    "spamassassin": "spamassassin", "clamav": "clamav", "gps": "gps", "sip": "sip", "rdate": "rdate",
    "postfix-policy": "postfix-policy", "fail2ban": "", "nntp": "nntp", "websocket": "websocket",
}


def talks(test):
    """Does it hold a dialogue? Without one there is nothing to be disappointed by."""
    return "protocol default" not in test and test.startswith(("protocol", "type"))


def closed(test):
    """What is said when the server closes in the middle."""
    return GENERIC if test.startswith(("send", "expect")) else CLOSED


def needs(name, cut):
    """Is what a server says after so many bytes needed? Later bytes often are not: the body of an answer, what comes behind
    a goodbye. The middle and the end of each answer are cut off in `tests/dialogues`."""
    return cut <= 2


def protocol(test):
    return re.search(r"protocol (\S+)", test).group(1)


def first(found, test):
    """The first test of that protocol."""
    return next(name for name, _, other in found if talks(other) and protocol(other) == protocol(test))


def kin(test, server):
    """Does a server of that name speak the protocol, or one that cannot be told from it?"""
    return server.partition("-")[0] in KIN[protocol(test)].split() or server in KIN[protocol(test)].split()
