"""Monit's own command line with our daemon, and ours with Monit's: $MONIT_ORACLE names one or more, with blanks between them."""
import os, re
from lab import Lab, Missing, check, until


def oracles():
    found = [path for path in os.environ.get("MONIT_ORACLE", "").split() if os.access(path, os.X_OK)]
    if not found:
        raise Missing("$MONIT_ORACLE names no binary of Monit")
    return found


def skeleton(text):
    """What does not change from one moment to the next: the shape, the labels, the words."""
    return re.sub(r"\d+(\.\d+)?", "0", re.sub(r" +", " ", re.sub(r"uptime: .*", "", text))).splitlines()


def drive(lab, client):
    """Everything a client can ask, and what comes of it."""
    def run(*words):
        done = lab.run(*words, binary=client)
        check(done.returncode == 0, "%s: %s" % (" ".join(words), done.stderr + done.stdout))
        return done.stdout

    summary = run("-B", "summary")
    for name in ["web", "loopback", "odd & <name>", "backup"]:
        check(re.search(r"^ *%s " % re.escape(name), summary, re.M), "summary without %s: %s" % (name, summary))
    check("Process 'web'" in run("-B", "status", "web"), "status")
    check("web" in run("summary") and "web" in run("status"), "in colours")
    check("web" in run("-B", "-g", "shop", "summary") and "loopback" not in run("-B", "-g", "shop", "summary"), "a group")
    check(run("report", "down").strip() == "1" and run("report", "total").strip() == "11", "report")
    state = lambda: lab.status("web").get("monitoring status")
    for order, word in [("stop", "Not monitored"), ("start", "Monitored"), ("unmonitor", "Not monitored"), ("monitor", "Monitored")]:
        run(order, "web")
        until("%s after %s" % (word, order), lambda: state() == word)
    until("it runs", lab.pid)
    before = lab.pid()
    run("restart", "web")
    until("another process", lambda: lab.pid() not in (None, before))
    run("-g", "shop", "unmonitor")
    until("a group that is not monitored", lambda: state() == "Not monitored")
    run("monitor", "all")
    until("all are monitored", lambda: state() == "Monitored" and lab.status("web").get("status") == "OK")
    nobody = lab.run("status", "nobody", binary=client)
    check(nobody.returncode != 0, "status of nobody: %s" % nobody.stdout)


def monits_client(lab):
    """Monit's command line in front of our daemon."""
    for oracle in oracles():
        drive(lab, oracle)
        for words in [["-B", "summary"], ["-B", "status", "web"], ["-B", "report"]]:
            theirs, ours = lab.run(*words, binary=oracle).stdout, lab.run(*words).stdout
            check(skeleton(theirs) == skeleton(ours), "%s\n%s\n%s" % (words, theirs, ours))


def our_client(lab):
    """Our command line in front of a daemon of Monit."""
    for oracle in oracles():
        with Lab(oracle) as theirs:
            drive(theirs, lab.monit)


def monits_words(lab):
    """The same control file, by both: each line of `summary` and `status` has the same labels."""
    for oracle in oracles():
        with Lab(oracle) as theirs:
            labels = lambda text: [line.split("  ")[0].strip() if line.startswith(" ") else line for line in text.splitlines()[2:]]
            ours, his = [labels(lab_.run("-B", "status", binary=lab_.monit).stdout) for lab_ in (lab, theirs)]
            missing = [line for line in his if line not in ours]
            check(not missing, "%s has %s" % (oracle, missing[:10]))


ALL = [monits_client, our_client, monits_words]
