"""Those who manage configurations: Ansible, Salt, Puppet. They read the words of the command line."""
import json, os, subprocess
from lab import Missing, check, program, python_with, until

NEW = 'check file added with path /etc/hosts\n'


def ansible(lab):
    """community.general.monit, as it comes with the package `ansible`."""
    tool = program("ansible")

    def module(name, state):
        words = "name=%s state=%s timeout=20" % (name, state)
        environment = dict(lab.environment(), ANSIBLE_STDOUT_CALLBACK="json", ANSIBLE_LOAD_CALLBACK_PLUGINS="1",
                           ANSIBLE_LOCAL_TEMP=lab.folder + "/ansible", ANSIBLE_REMOTE_TEMP=lab.folder + "/ansible")
        command = [tool, "localhost", "-c", "local", "-m", "community.general.monit", "-a", words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=environment)
        try:
            return json.loads(done.stdout)["plays"][0]["tasks"][0]["hosts"]["localhost"]
        except (ValueError, KeyError, IndexError):
            check("couldn't resolve module" not in done.stderr, done.stderr)
            check(False, "%s %s: %s %s" % (name, state, done.stdout[-400:], done.stderr[-400:]))

    def told(name, state, changed):
        answer = module(name, state)
        said = (not answer.get("failed"), answer.get("changed"))
        check(said == (True, changed), "%s %s: %s" % (name, state, answer))

    told("web", "started", False)
    told("web", "stopped", True)
    check(lab.pid() is None, "it still runs")
    told("web", "stopped", False)
    told("web", "started", True)
    check(lab.pid(), "it does not run")
    before = lab.pid()
    # It is done at once, and the module waits for a status in between, in vain: so it does with Monit 5.33 and 6.0.
    answer = module("web", "restarted")
    check(answer.get("changed") or "waited too long for monit to change" in answer.get("msg", ""), str(answer))
    until("another process", lambda: lab.pid() not in (None, before))
    told("web", "stopped", True)
    told("web", "restarted", True)
    check(lab.pid() and lab.status("web")["status"] == "OK", "it was stopped, and does not run")
    told("web", "unmonitored", True)
    check(lab.status("web")["monitoring status"] == "Not monitored", "it is monitored")
    told("web", "unmonitored", False)
    told("web", "monitored", True)
    told("web", "monitored", False)
    for name in ["settings", "folder", "backup", "lo", "root"]:
        told(name, "unmonitored", True)
        told(name, "monitored", True)
    told("web", "reloaded", True)
    answer = module("nobody", "started")
    check("not presently configured" in answer.get("msg", ""), str(answer))
    old = lab.services
    lab.configure(old + NEW)
    told("added", "present", True)
    told("added", "present", False)
    told("added", "started", False)
    lab.configure(old)
    lab.run("reload")
    until("it is gone", lambda: "added" not in lab.run("summary", "-B").stdout)


SALT = """
import json, subprocess, sys
from salt.modules import monit

def run(command, python_shell=False):
    done = subprocess.run(command, shell=python_shell, capture_output=True, text=True) if python_shell else \\
        subprocess.run(command.split(), capture_output=True, text=True)
    return dict(retcode=done.returncode, stdout=done.stdout.rstrip("\\n"), stderr=done.stderr.rstrip("\\n"))

# What Salt's loader puts there: the functions of its module `cmd` that run without a shell.
monit.__salt__ = {"cmd.run": lambda c, **k: (lambda r: (r["stdout"] + "\\n" + r["stderr"]).strip("\\n"))(run(c, **k)),
    "cmd.retcode": lambda c, **k: run(c, **k)["retcode"], "cmd.run_all": run}
assert monit.__virtual__() is True
for line in sys.stdin:
    name, *words = json.loads(line)
    print(json.dumps(getattr(monit, name)(*words)), flush=True)
"""


def salt(lab):
    """salt.modules.monit of the package `salt`."""
    minion = subprocess.Popen([python_with("salt.modules.monit"), "-c", SALT], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              text=True, env=lab.environment())

    def call(*words):
        minion.stdin.write(json.dumps(words) + "\n")
        minion.stdin.flush()
        line = minion.stdout.readline()
        check(line, "%s ended it" % (words,))
        return json.loads(line)

    try:
        check(tuple(map(int, call("version").split("."))) >= (5, 18), "version %s" % call("version"))
        status = call("status")
        check(status["web"]["status"] == "OK" and status["web"]["pid"] == str(lab.pid()), "status: %s" % status.get("web"))
        # It takes the second word for the name, which is not that of a remote host, and leaves out the last service.
        for name, label in [("root", "filesystem type"), ("settings", "permission"), ("backup", "last exit value")]:
            check(status[name].get(label), "status of %s: %s" % (name, status[name]))
        check(call("status", "nobody") == "No such service", "status of nobody")
        check(isinstance(call("summary"), dict) and isinstance(call("summary", "web"), dict), "summary")
        check(call("stop", "web") is True, "stop")
        until("it is stopped", lambda: lab.pid() is None and call("status")["web"]["monitoring status"] == "Not monitored")
        check(call("start", "web") is True, "start")
        until("it runs", lambda: lab.pid() and call("status")["web"]["status"] == "OK")
        before = lab.pid()
        check(call("restart", "web") is True, "restart")
        until("another process", lambda: lab.pid() not in (None, before) and call("status")["web"]["status"] == "OK")
        check(call("unmonitor", "web") is True, "unmonitor")
        until("it is not monitored", lambda: call("status")["web"]["status"] == "Not monitored")
        check(call("monitor", "web") is True, "monitor")
        until("it is monitored", lambda: call("status")["web"]["status"] == "OK")
        check(call("start", "nobody") is False, "start of nobody")
        check(call("configtest")["result"] is True, "configtest")
        check(call("validate") is False, "validate, with a service that fails")
        # A new id it does not find: it looks for words that Monit has not said since 5.18.
        check(len(call("id_")) == 32, "id")
        check(call("reload_") is True, "reload")
        until("it is back", lambda: call("status").get("web", {}).get("status") == "OK")
    finally:
        minion.stdin.close()
        minion.wait(20)


def puppet(lab):
    """What Puppet's providers of services by Monit run: `monit -B status`, `summary`, and the orders, and what they look for."""
    import re
    pattern = re.compile(r"^\s*status\s+(.*)$", re.M)

    def status():
        done = subprocess.run(["monit", "-B", "status", "web"], capture_output=True, text=True, env=lab.environment())
        check(done.returncode == 0, done.stderr)
        return pattern.search(done.stdout).group(1).strip()

    def summary():
        done = subprocess.run(["monit", "-B", "summary"], capture_output=True, text=True, env=lab.environment())
        check(done.returncode == 0, done.stderr)
        lines = [line for line in done.stdout.splitlines() if re.match(r"\s*web\s", line)]
        check(len(lines) == 1 and lines[0].rstrip().endswith("Process"), str(lines))
        return re.split(r"\s{2,}", lines[0].strip())[1]

    check((status(), summary()) == ("OK", "OK"), "running")
    for order, word in [("stop", "Not monitored"), ("start", "OK"), ("unmonitor", "Not monitored"), ("monitor", "OK")]:
        done = subprocess.run(["monit", order, "web"], capture_output=True, text=True, env=lab.environment())
        check(done.returncode == 0, done.stderr)
        until("%s after %s" % (word, order), lambda: status() == summary() == word)
    rows = [line.split()[0] for line in lab.run("-B", "summary").stdout.splitlines()[2:] if line.strip()]
    check(len(rows) == 11, "lines: %s" % rows)


ALL = [ansible, salt, puppet]
