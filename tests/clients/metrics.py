"""Those who read metrics: the strict parsers of prometheus_client, promtool, and a Prometheus that scrapes."""
import json, os, subprocess, urllib.parse, urllib.request
from lab import Wrong, check, free_port, program, python_with, until

OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PARSE = """
import json, sys
from prometheus_client import parser
from prometheus_client.openmetrics import parser as strict
text = sys.stdin.buffer.read().decode("utf-8")
families = list((strict if sys.argv[1] == "open" else parser).text_string_to_metric_families(text))
names = [family.name for family in families]
assert len(names) == len(set(names)), "a family comes twice"
print(json.dumps([[family.name, family.type, len(family.samples)] for family in families]))
for family in families:
    for sample in family.samples:
        if sample.name == "monit_service_up":
            print(json.dumps([sample.labels["service"], sample.labels["type"], sample.value]))
"""


def prometheus_client(lab):
    """Its parser of OpenMetrics is the reference of that format and takes nothing that is not said there."""
    python = python_with("prometheus_client.openmetrics.parser")
    for form, accept in [("open", OPEN), ("plain", "text/plain")]:
        body, headers = lab.get("/metrics", {"Accept": accept})
        check(headers["Content-Type"].startswith("application/openmetrics-text" if form == "open" else "text/plain"),
              "%s: %s" % (form, headers["Content-Type"]))
        done = subprocess.run([python, "-c", PARSE, form], input=body, capture_output=True)
        check(done.returncode == 0, "%s: %s" % (form, done.stderr.decode()[-400:]))
        families, *up = [json.loads(line) for line in done.stdout.decode().splitlines()]
        check(len(families) > 20, "%s: only %s" % (form, families))
        found = {name: value for name, _, value in up}
        check(len(found) == 11 and found["web"] == 1 and found["gone"] == 0 and found["odd & <name>"] == 1, str(found))


def promtool(lab):
    """`promtool check metrics`, which is also a linter."""
    tool = program("promtool")
    body, _ = lab.get("/metrics")
    done = subprocess.run([tool, "check", "metrics"], input=body, capture_output=True)
    check(done.returncode == 0, (done.stdout + done.stderr).decode()[-600:])


def prometheus(lab):
    """A real one, with nothing but us to scrape."""
    tool = program("prometheus")
    port = free_port()
    control = lab.write("prometheus.yml", """global: {scrape_interval: 1s}
scrape_configs:
- job_name: monit
  basic_auth: {username: admin, password: right}
  static_configs: [{targets: ['127.0.0.1:%d']}]
""" % lab.port)
    words = ["--config.file=" + control, "--storage.tsdb.path=" + os.path.join(lab.folder, "tsdb"),
             "--web.listen-address=127.0.0.1:%d" % port, "--log.level=warn"]
    with open(os.path.join(lab.folder, "prometheus.log"), "w") as log:
        daemon = subprocess.Popen([tool, *words], stdout=log, stderr=log, cwd=lab.folder)

    def ask(path):
        try:
            with urllib.request.urlopen("http://127.0.0.1:%d/api/v1/%s" % (port, path), timeout=10) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def query(words):
        data = ask("query?query=" + urllib.parse.quote(words))
        return data["result"] if data else []

    try:
        until("it is scraped twice", lambda: float((query("count_over_time(up[1m])") or [{"value": [0, 0]}])[0]["value"][1]) >= 2, 60)
        target = ask("targets")["activeTargets"][0]
        check((target["health"], target["lastError"]) == ("up", ""), "%s" % target)
        up = {one["metric"]["service"]: one["value"][1] for one in query("monit_service_up")}
        check(len(up) == 11 and up["web"] == "1" and up["gone"] == "0", "up: %s" % up)
        types = ask("metadata")
        for name, kind in [("monit_service_up", "gauge"), ("monit_process_memory_bytes", "gauge"), ("monit_network_download_bytes_total", "counter")]:
            known = types.get(name) or types.get(name.removesuffix("_total"))
            check(known and known[0]["type"] == kind, "%s: %s" % (name, known))
        log = open(os.path.join(lab.folder, "prometheus.log")).read()
        bad = [line for line in log.splitlines() if "scrape" in line.lower() or "level=err" in line]
        if bad:
            raise Wrong("its log: " + bad[-1])
    finally:
        daemon.terminate()
        daemon.wait(30)


ALL = [prometheus_client, promtool, prometheus]
