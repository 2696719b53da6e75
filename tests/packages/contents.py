"""cargo's metadata on standard input -> a CycloneDX list of the crates in the binary on standard output.

contents.py VERSION EPOCH Cargo.lock
"""
import datetime
import json
import re
import sys

version, epoch, lock = sys.argv[1:]
data = json.load(sys.stdin)
# What is built in: normal dependencies of ours, and theirs. What only builds or tests is none of it.
nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
built_in, queue = set(), [data["resolve"]["root"]]
while queue:
    node = queue.pop()
    if node in built_in:
        continue
    built_in.add(node)
    for dep in nodes[node]["deps"]:
        if any(kind["kind"] is None for kind in dep["dep_kinds"]):
            queue.append(dep["pkg"])
entries = re.findall(r'name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "([0-9a-f]+)"', open(lock).read())
sums = {(name, number): checksum for name, number, checksum in entries}
components = []
for package in sorted(data["packages"], key=lambda package: (package["name"], package["version"])):
    name, number = package["name"], package["version"]
    if package["id"] not in built_in or package["id"] == data["resolve"]["root"]:
        continue
    component = {"type": "library", "name": name, "version": number, "purl": f"pkg:cargo/{name}@{number}"}
    component["bom-ref"] = component["purl"]
    if package.get("license"):
        component["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if (name, number) in sums:
        component["hashes"] = [{"alg": "SHA-256", "content": sums[name, number]}]
    components.append(component)
when = datetime.datetime.fromtimestamp(int(epoch), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
root = {"type": "application", "name": "monit-rs", "version": version, "licenses": [{"expression": "MIT OR Apache-2.0"}]}
bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"timestamp": when, "component": root}}
bom["components"] = components
json.dump(bom, sys.stdout, indent=1, sort_keys=True)
sys.stdout.write("\n")
