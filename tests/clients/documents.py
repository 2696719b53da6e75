"""Those who read the XML: Python's parsers, Telegraf's plugin, the PyPI package `monit`; and curl, which gives orders."""
import json, re, subprocess, xml.dom.minidom, xml.etree.ElementTree as tree, xml.sax
from lab import check, program, python_with, until

SERVICES = 11
TYPES = dict(zip("filesystem directory file process host system fifo program network".split(), "012345678"))


def python_xml(lab):
    """All of Python's parsers, both layouts, filters, and names with signs of XML."""
    for path in ["/_status?format=xml", "/_status?format=xml&level=full", "/_status2?format=xml"]:
        body, headers = lab.get(path)
        check(headers["Content-Type"].startswith("text/xml"), headers["Content-Type"])
        xml.sax.parseString(body, xml.sax.ContentHandler())
        xml.dom.minidom.parseString(body)
        names = [service.get("name") or service.findtext("name") for service in tree.fromstring(body).iter("service")]
        names = [name for name in names if name and name != "?"]
        check(len(names) >= SERVICES and "odd & <name>" in names, "%s: %s" % (path, names))
    body, _ = lab.get("/_status?format=xml&group=shop")
    check([one.findtext("name") for one in tree.fromstring(body).findall("service")] == ["web"], "group=shop")


# Fields of Telegraf's `inputs.monit`, as its documentation and its Go structures have them: an element that is there must be
# of this kind, for strconv refuses the whole document otherwise. `!`: it must be there.
TELEGRAF = {
    "": "name:s! status:i! monitor:i! monitormode:i! pendingaction:i!",
    "0": "mode:i! block/percent:f! block/usage:f! block/total:f! inode/percent:f! inode/usage:f! inode/total:f!",
    "1": "mode:i!",
    "2": "size:i! mode:i!",
    "3": "pid:i! ppid:i! threads:i! children:i! cpu/percent:f! cpu/percenttotal:f! memory/percent:f! memory/percenttotal:f! "
         "memory/kilobyte:i! memory/kilobytetotal:i!",
    "4": "port/hostname:s! port/portnumber:i! port/request:s port/responsetime:f! port/protocol:s! port/type:s!",
    "5": "system/load/avg01:f! system/load/avg05:f! system/load/avg15:f! system/cpu/user:f! system/cpu/system:f! "
         "system/cpu/wait:f system/memory/percent:f! system/memory/kilobyte:i! system/swap/percent:f! system/swap/kilobyte:i!",
    "6": "mode:i!",
    "7": "program/started:i! program/status:i!",
    "8": "link/state:i! link/speed:i link/duplex:i " + " ".join(
        "link/%s/%s/%s:i!" % (way, what, which)
        for way in ["download", "upload"] for what in ["packets", "bytes", "errors"] for which in ["now", "total"]),
}
SERVER = "server/id:s! server/version:s! server/uptime:i! server/poll:i! server/localhostname:s! server/startdelay:i! " \
         "server/controlfile:s! platform/name:s! platform/release:s! platform/version:s! platform/machine:s! platform/cpu:i! " \
         "platform/memory:i! platform/swap:i!"


def fields(element, rules, about):
    for rule in rules.split():
        path, kind = rule.rstrip("!").split(":")
        texts = [(one.text or "").strip() for one in element.findall(path)]
        check(texts or not rule.endswith("!"), "%s has no <%s>" % (about, path))
        for text in texts:
            fine = {"s": lambda: True, "i": lambda: -2**63 <= int(text) < 2**63 and re.fullmatch(r"[+-]?\d+", text),
                    "f": lambda: re.fullmatch(r"[+-]?\d+(\.\d+)?", text)}[kind]
            try:
                check(fine(), "%s: <%s> is %r" % (about, path, text))
            except ValueError:
                check(False, "%s: <%s> is %r" % (about, path, text))


def telegraf(lab):
    """What Telegraf reads of `/_status?format=xml`, field by field."""
    body, _ = lab.get("/_status?format=xml")
    check(re.match(rb'<\?xml version="1.0" encoding="(ISO-8859-1|UTF-8)"\?>', body), body[:60].decode())
    root = tree.fromstring(body)
    fields(root, SERVER, "monit")
    seen = set()
    for service in root.findall("service"):
        number, name = service.get("type"), service.findtext("name")
        check(number in TYPES.values(), "type %s" % number)
        fields(service, TELEGRAF[""], name)
        check(int(service.findtext("monitormode")) in (0, 1, 2), "mode of " + name)
        check(int(service.findtext("monitor")) in (0, 1, 2, 4, 6), "monitor of " + name)
        check(0 <= int(service.findtext("pendingaction")) <= 7, "pendingaction of " + name)
        if service.findtext("status") == "0":
            fields(service, TELEGRAF[number], name)
            seen.add(number)
    check(seen == set(TYPES.values()), "types that are well: %s" % seen)
    check(root.find("service[name='gone']/status").text != "0", "what does not exist is well")


MONIT = """
import importlib.util, json, sys
# The package is for Python 2: its last line, which only runs as a program, is none for Python 3.
source = open(importlib.util.find_spec("monit").origin).read().partition("if __name__")[0]
space = {"__name__": "monit"}
exec(source, space)
mon = space["Monit"](host="127.0.0.1", port=int(sys.argv[1]), username="admin", password="right")
def tell(): print(json.dumps([len(mon), mon["web"].running, mon["web"].monitored, mon["web"].type]), flush=True)
tell()
for line in sys.stdin:
    getattr(mon["web"], line.strip())()
    tell()
"""


def pypi_monit(lab):
    """The package `monit`: it takes the token of the cookie, and waits as long as an action is pending."""
    client = subprocess.Popen([python_with("requests, importlib.util; assert importlib.util.find_spec('monit')", "monit"), "-c", MONIT, str(lab.port)],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    tell = lambda: json.loads(client.stdout.readline())
    try:
        check(tell() == [SERVICES + 1, True, True, "process"], "at first")
        # What is not monitored has no process to tell of: so it is with Monit.
        for order, expected in [("stop", [False, False]), ("start", [True, True]), ("restart", [True, True]),
                                ("unmonitor", [False, False]), ("monitor", [True, True])]:
            client.stdin.write(order + "\n")
            client.stdin.flush()
            told = tell()[1:3]
            check(told == expected, "%s: %s" % (order, told))
    finally:
        client.stdin.close()
        client.wait(20)


def curl(lab):
    """Orders as scripts give them, with the token of their own cookie; and what is refused."""
    tool = program("curl")

    def ask(*words):
        command = [tool, "-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", "20", *words]
        return subprocess.run(command, capture_output=True, text=True).stdout

    url = "http://127.0.0.1:%d/" % lab.port
    login = ["-u", "admin:right"]
    token = ["-b", "securitytoken=x", "-d", "securitytoken=x"]
    check(ask(url) == "401" and ask("-u", "admin:wrong", url) == "401", "without a password")
    for flags in [[], ["--http1.0"], ["--compressed"], ["-I"], ["-H", "Expect: 100-continue"]]:
        check(ask(*login, *flags, url) == "200", str(flags))
    check(ask(*login, url + "nobody") == "404", "a service that is not there")
    check(ask(*login, "-d", "action=stop", url + "web") == "403", "an order without a token")
    for path, words in [("web", ["-d", "action=%s"]), ("_doaction", ["-d", "service=web", "-d", "action=%s"]), ("api/v1/services/web", ["-d", "action=%s"])]:
        for action, state in [("stop", "Not monitored"), ("start", "OK"), ("unmonitor", "Not monitored"), ("monitor", "OK")]:
            code = ask(*login, *token, *[word.replace("%s", action) for word in words], url + path)
            check(code in ("200", "302"), "%s of %s: %s" % (action, path, code))
            until("%s by %s" % (action, path), lambda: lab.status("web").get("status") == state)
    check(ask(*login, *token, "-d", "action=stop", "--data-urlencode", "service=odd & <name>", url + "_doaction") in ("200", "302"), "an odd name")


ALL = [python_xml, telegraf, pypi_monit, curl]
