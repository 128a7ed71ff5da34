#!/usr/bin/python3
"""What runs many nodes: the alert rules and the board against a real node's metrics, the Ansible role against real folders, the Kubernetes
manifests by their structure.

Every alarm that a node can raise has a rule, and every metric that a rule or the board names is one that a node has. The role founds a city and
joins a county to it as an operator would, and changes nothing when it is run again. --plant metric|alarm|port|job: a mistake that must be seen.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import yaml

from joining import Place
from lib.check import Checks, wait_until
from lib.client import Api
from lib.tree import ROOT, Cli, free_ports, options, scratch

DEPLOY = ROOT / "deploy"
NAME = re.compile(r"\b(?:qipan|process)_[a-z_]+\b")
CITY, COUNTY = "castle", "castle/east"
SCRAPES = [DEPLOY / "monitor" / f for f in ("prometheus.yml", "kubernetes.yml")]


def run(*words, **more):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, **more)


def played(of, places, folder, **city):
    """The role, for these hosts of the inventory, here and without systemd; city: what the city's has besides."""
    hosts = {p.path: {"qipan_path": p.path, "qipan_title": "堡" if p.path == CITY else "东堡", "qipan_code": "1",
                      "qipan_level": "city" if p.path == CITY else "county", "qipan_http": p.http, "qipan_link": p.link, "qipan_dir": str(p.dir),
                      "qipan_parent": "" if p.path == CITY else CITY, **(city if p.path == CITY else {})} for p in places}
    inventory = {"all": {"vars": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "ansible_become": False,
                                  "qipan_user": run("id", "-un").stdout.strip(), "qipan_program": os.path.abspath(of[0].cli.qipan), "qipan_service": False},
                         "children": {"city": {"hosts": {CITY: hosts[CITY]}}, "county": {"hosts": {COUNTY: hosts[COUNTY]}}}}}
    (folder / "inventory.yml").write_text(yaml.safe_dump(inventory, allow_unicode=True))
    env = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_HOME": str(folder), "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_STDOUT_CALLBACK": "default",
           "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"), "LC_ALL": "C.UTF-8"}
    return run("ansible-playbook", "-i", folder / "inventory.yml", DEPLOY / "ansible/site.yml", "--limit", ",".join(p.path for p in of), env=env, timeout=300)


def failed_before(place):
    """What a join that failed leaves: a key, and no node."""
    key = place.dir / "keys/node.key"
    key.parent.mkdir(mode=0o700, parents=True)
    place.dir.chmod(0o700)
    key.write_text("qipan-key-1 " + "5a" * 32 + "\n")
    key.chmod(0o600)


def role(checks, cli, folder):
    """Returns the city, which runs, or None."""
    if not checks.have("ansible-playbook", "ansible-lint"):
        return None
    done = run("ansible-lint", "--offline", "--nocolor", cwd=DEPLOY / "ansible", env={**os.environ, "ANSIBLE_HOME": str(folder)}, timeout=100)
    checks.check(done.returncode == 0, "ansible-lint finds nothing", done.stdout[-1500:] + done.stderr[-500:])
    first = free_ports(4)
    places = [Place(cli, folder, path, first + 2 * i, path == COUNTY) for i, path in enumerate((CITY, COUNTY))]
    failed_before(places[1])
    for place in places:
        done = played([place], places, folder)
        checks.check(done.returncode == 0 and "failed=0" in done.stdout, f"the role gives {place.path} its place", (done.stdout + done.stderr)[-1500:])
        place.serve(checks)
    checks.check(wait_until(lambda: places[0].api().node()["children"][0]["state"] == "live", 20), "the county is live at the city")
    https(checks, places, folder)
    policy(checks, places, folder)
    seen = [f for f in folder.rglob("*") if f.is_file() and f.stat().st_size < 1 << 20 and b"qipan1." in f.read_bytes()]
    checks.equal(seen, [], "no token to join is left in a file")
    return places[0]


def https(checks, places, folder):
    """What the inventory says of addresses holds also when it is changed later; and HTTPS is one of them."""
    conf = lambda: places[0].cli.json("config", "show", "--dir", places[0].dir)
    pem = [folder / "node.crt", folder / "node.key"]
    for file in pem:
        file.write_text("-\n")
    given = {"qipan_tls_listen": "127.0.0.1:0", "qipan_tls_certificate": str(pem[0]), "qipan_tls_key": str(pem[1]), "qipan_advertise": "tcp://castle.example:5571"}
    done = played(places[:1], places, folder, **given)
    checks.check("failed=0" in done.stdout and "changed=0" not in done.stdout, "the role sets HTTPS and another name", (done.stdout + done.stderr)[-1500:])
    want = {"http.listen": places[0].http, "http.tls_listen": "127.0.0.1:0", "http.tls_certificate": str(pem[0]), "http.tls_key": str(pem[1]),
            "link.listen": places[0].link, "link.advertise": "tcp://castle.example:5571"}
    checks.equal({k: conf()[k]["value"] for k in want}, want, "the node would be started with what the inventory says")
    pem[1].unlink()
    done = played(places[:1], places, folder, **{**given, "qipan_proxies": "10.0.0.0/8"})
    checks.check(done.returncode != 0 and "http.tls_key" in done.stdout, "a file that is not there is told by the role, not by a node that no longer starts", done.stdout[-1500:])
    played(places[:1], places, folder)
    checks.equal((conf()["http.tls_listen"]["value"], conf()["link.advertise"]["value"]), ("", ""), "what is taken out of the inventory holds no longer")
    example = yaml.safe_load((DEPLOY / "ansible/inventory.example.yml").read_text())["all"]["children"]["city"]["hosts"]["city.example"]
    checks.check(example.get("qipan_http", "127.").startswith("127.") and example.get("qipan_tls_listen"), "who copies the inventory offers HTTPS to others, and nothing plain", example)


def policy(checks, places, folder):
    """A policy by the role: put in force, not said twice; and a run that failed does not make the next one say that all is well."""
    source = folder / "policy"
    shutil.copytree(ROOT / "topology/policy/suzhou", source)
    given = {"qipan_policy": str(source), "qipan_policy_dir": str(folder / "policy-brought")}
    done = played(places[:1], places, folder, **given)
    shown = places[0].cli.json("policy", "show", "--own", "--dir", places[0].dir)
    checks.check("failed=0" in done.stdout and "changed=0" not in done.stdout and shown.get("version"), "the role puts a policy in force", done.stdout[-1500:])
    done = played(places, places, folder, **given)
    checks.equal(done.stdout.count("changed=0"), 2, f"run again it changes nothing at either ({done.stdout[-800:]})")
    conf = source / "policy.conf"
    conf.write_text(re.sub(r"(?m)^title = .*$", "title = 堡", conf.read_text(), count=1))
    shutil.copytree(source, folder / "policy-brought", dirs_exist_ok=True)  # by a run that failed then
    done = played(places[:1], places, folder, **given)
    checks.check(done.returncode != 0 and "used before" in done.stdout, "one that an earlier run brought, and that is refused, is no success", done.stdout[-1500:])
    tasks = [t for f in (DEPLOY / "ansible/roles/qipan/tasks").glob("*.yml") for t in yaml.safe_load(f.read_text())]
    late = [t["name"] for t in tasks if "is changed" in str(t.get("when"))]
    checks.equal(late, [], "no step is left out because the one before it was done in a run that failed")


def by_hand(checks, cli, folder):
    port = free_ports(2)
    place = Place(cli, folder, "keep", port, False)
    done = place.run("init", "--path", "keep", "--title", "堡", "--level", "city", "--zone", "UTC", "--http", place.http, "--link", place.link)
    checks.equal(done.returncode, 0, "init")
    place.serve(checks)
    return place


def metrics(checks, place, plant):
    text = place.api().get("/metrics").body.decode()
    names = set(re.findall(r"^# TYPE (\S+)", text, re.M))
    alarms = set(re.findall(r'^qipan_alarm\{code="([a-z_]+)"\}', text, re.M))
    checks.check(len(names) > 50 and len(alarms) > 8, "a node has metrics and alarms", len(names))
    rules = [r for g in yaml.safe_load((DEPLOY / "monitor/alerts.yml").read_text())["groups"] for r in g["rules"]]
    asked = " ".join(r["expr"] for r in rules)
    board = json.loads((DEPLOY / "monitor/grafana.json").read_text())
    drawn = " ".join(t["expr"] for p in board["panels"] for t in p["targets"])
    if plant == "metric":
        names.discard("qipan_journal_size_bytes")
    if plant == "alarm":
        alarms.add("drawbridge")
    plain = re.sub(r'__name__=~"([a-z_]+)\(([a-z_|]+)\)_total"', lambda m: " ".join(f"{m[1]}{w}_total" for w in m[2].split("|")), asked + " " + drawn)
    checks.equal(sorted(set(NAME.findall(plain)) - names), [], "every metric of the rules and the board is one of a node")
    checks.equal(alarms ^ set(re.findall(r'qipan_alarm\{code="([a-z_]+)"\}', asked)), set(), "every alarm has its rule")
    scrape = SCRAPES[0].read_text()
    rights = re.search(r"qipan token add prometheus --rights (\S+)", scrape)[1]
    token = place.api().post("/api/v1/tokens", {"name": "prometheus", "rights": rights.split(",")}).json["token"]
    seen = Api(place.api().url, token)
    checks.equal([seen.get(p).status for p in ("/metrics", "/api/v1/matters", "/api/v1/lines")], [200, 403, 403], f"the token of the scrape ({rights}) reads the metrics, and no matter")
    checks.equal({job.get("scheme") for job in yaml.safe_load(scrape)["scrape_configs"]}, {"https"}, "and does not go in clear")
    checks.equal(len({r["alert"] for r in rules}), len(rules), "no two rules have one name")
    for quota in ("journal", "tables"):
        checks.check(f"qipan_{quota}_size_bytes" in asked, f"a rule warns before the quota of {quota} is used up, and nothing is taken in")
    if checks.have("promtool"):
        done = run("promtool", "check", "metrics", input=text)
        checks.equal((done.returncode, done.stdout + done.stderr), (0, ""), "promtool finds nothing in the metrics")
        done = run("promtool", "check", "rules", "alerts.yml", cwd=DEPLOY / "monitor")
        checks.check(done.returncode == 0, "nor in the rules", done.stdout + done.stderr)
        for test in ("alerts.test.yml", "alerts.days.test.yml"):
            done = run("promtool", "test", "rules", test, cwd=DEPLOY / "monitor")
            checks.check(done.returncode == 0, f"the rules fire when they should, and only then ({test})", done.stdout + done.stderr)


def scrapes(checks, plant):
    """Whatever a scrape calls its jobs: what it brings in bears the job that the rules and the board ask for."""
    asked = set(re.findall(r'job=~?\\?"([^"\\]*)', (DEPLOY / "monitor/alerts.yml").read_text() + (DEPLOY / "monitor/grafana.json").read_text()))
    checks.equal(asked, {"qipan"}, "the rules and the board ask for one job")
    sets = {doc["metadata"]["name"] for f in (DEPLOY / "kubernetes").glob("*.yaml") for doc in yaml.safe_load_all(f.read_text()) if doc["kind"] == "StatefulSet"}
    for file in SCRAPES:
        jobs = yaml.safe_load(file.read_text())["scrape_configs"]
        for job in jobs:
            labels = {r["target_label"]: r["replacement"] for r in job.get("relabel_configs", []) if "target_label" in r}
            checks.equal({labels.get("job", job["job_name"]) if plant != "job" else job["job_name"]}, asked, f"{file.name}: what {job['job_name']} brings in bears the job that is asked for")
        if any("kubernetes_sd_configs" in job for job in jobs):
            kept = {tuple(r["regex"].split(";")) for job in jobs for r in job["relabel_configs"] if r.get("action") == "keep"}
            checks.equal(kept, {("qipan", name, "http") for name in sets}, f"{file.name}: each set's pod is scraped at its port http")
        if checks.have("promtool"):
            with tempfile.NamedTemporaryFile("w", suffix=".yml") as copy:  # Debian's promtool is built without Kubernetes
                yaml.safe_dump({"scrape_configs": [{k: v for k, v in job.items() if k != "kubernetes_sd_configs"} for job in jobs]}, copy)
                copy.flush()
                done = run("promtool", "check", "config", "--syntax-only", copy.name)
            checks.check(done.returncode == 0, f"promtool takes {file.name}", done.stdout + done.stderr)
    marked = [f.name for f in (DEPLOY / "kubernetes").glob("*.yaml") if "prometheus.io/" in f.read_text()]
    checks.equal(marked, [], "no pod asks to be scraped by a job of another name, and without a token")


def containers(pod):
    return pod.get("initContainers", []) + pod["containers"]


def manifests(checks, plant):
    """What a server would refuse or, worse, accept: selectors that select nothing, ports and volumes without a name, a pod that may do too much."""
    for file in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        things = {}
        for doc in yaml.safe_load_all(file.read_text()):
            things.setdefault(doc["kind"], []).append(doc)
            checks.check(doc["metadata"].get("namespace") == "qipan", f"{file.name}: {doc['kind']} is in the namespace")
        checks.equal(sorted(things), ["NetworkPolicy", "PodDisruptionBudget", "Service", "StatefulSet"], f"{file.name}: what it has")
        spec = things["StatefulSet"][0]["spec"]
        pod, labels = spec["template"]["spec"], spec["template"]["metadata"]["labels"]
        checks.equal(spec["replicas"], 1, f"{file.name}: one pod a node")
        checks.equal(spec["selector"]["matchLabels"], labels, f"{file.name}: the set selects its pod")
        checks.check(spec["serviceName"] in [s["metadata"]["name"] for s in things["Service"]], f"{file.name}: its service is there")
        ports = {p["name"]: p["containerPort"] for c in containers(pod) for p in c.get("ports", [])}
        if plant == "port":
            del ports["link"]
        for service in things["Service"]:
            checks.equal(service["spec"]["selector"], labels, f"{file.name}: {service['metadata']['name']} selects the pod")
            checks.check(all(p["targetPort"] in ports for p in service["spec"]["ports"]), f"{file.name}: {service['metadata']['name']}'s ports are the pod's")
        for other in ("PodDisruptionBudget", "NetworkPolicy"):
            chosen = things[other][0]["spec"].get("selector") or things[other][0]["spec"]["podSelector"]
            checks.equal(chosen["matchLabels"], labels, f"{file.name}: {other} selects the pod")
        volumes = {v["name"] for v in pod.get("volumes", [])} | {v["metadata"]["name"] for v in spec["volumeClaimTemplates"]}
        for c in containers(pod):
            what = f"{file.name}: {c['name']}"
            checks.check({m["name"] for m in c["volumeMounts"]} <= volumes, f"{what} mounts what is there")
            safe = c["securityContext"]
            checks.check(safe["readOnlyRootFilesystem"] and not safe["allowPrivilegeEscalation"] and safe["capabilities"]["drop"] == ["ALL"],
                         f"{what} may do nothing but its work")
            checks.check(c["image"] == "qipan:" + version(), f"{what} runs this version", c["image"])
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                told = c.get(probe, {})
                checks.check("httpGet" not in told, f"{what}: {probe} does not take a node from those who must read what ails it")
                target = (told.get("httpGet") or told.get("tcpSocket") or {"port": "http"})["port"]
                checks.check(target in ports, f"{what}: {probe} asks a port that is there")
        checks.check(pod["securityContext"]["runAsNonRoot"] and not pod["automountServiceAccountToken"], f"{file.name}: not root, no token of the cluster")
        checks.check(pod["terminationGracePeriodSeconds"] >= 120, f"{file.name}: time to end in order")
        script = next(c for c in containers(pod) if c["name"] == "begin")["args"][0]
        checks.equal(run("sh", "-n", "-c", script).returncode, 0, f"{file.name}: its beginning is a script")
        for left, begins in (("keys/node.key", True), ("cli-token", False)):
            checks.equal(asked_to_begin(script, left), begins, f"{file.name}: where {left} lies it " + ("begins" if begins else "has begun"))


def asked_to_begin(script, left):
    """Whether the beginning of a pod founds or joins in a folder where this file lies; a join that failed leaves its key."""
    with tempfile.TemporaryDirectory() as there:
        there = pathlib.Path(there)
        file = there / "node" / left
        file.parent.mkdir(parents=True)
        file.write_text("x")
        (there / "token").write_text("t")
        (there / "qipan").write_text(f"#!/bin/sh\ntouch {there}/asked\n")
        (there / "qipan").chmod(0o700)
        here = script.replace("/token/token", f"{there}/token").replace("/node", f"{there}/node")
        run("sh", "-ec", here, env={**os.environ, "PATH": f"{there}:{os.environ['PATH']}"})
        return (there / "asked").exists()


def version():
    return re.search(r"project\(qipan[^)]*VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())[1]


def verbs(checks, cli):
    """Every `qipan …` of the manifests and of the role is a command with those options."""
    said = " ".join(f.read_text() for f in sorted((DEPLOY / "kubernetes").glob("*.yaml")))
    for verb, rest in re.findall(r"qipan (init|join|invite|serve)((?:[^;&|<>#]|\\\n)*)", said):
        helped = cli.run("help", verb).stdout.decode()
        wrong = [o for o in re.findall(r"--[a-z-]+", rest) if o + " " not in helped]
        checks.equal(wrong, [], f"the options of `qipan {verb}` in the manifests")
    page = (DEPLOY / "README.md").read_text().split("## What lies here")[0]
    bare = [w for w in re.findall(r"`(?:runuser -u qipan -- )?(qipan (?:user|token|link|status|doctor|support|invite|backup create|init)\b[^`]*)`", page) if "--dir" not in w]
    checks.equal(bare, [], "no command of the page asks a folder where no node is")
    checks.check("qipan init" in page, "and the page says how a city begins")


def main():
    parser = options(__doc__, 150)
    parser.add_argument("--plant", choices=["metric", "alarm", "port", "job"])
    args = parser.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder, cli = scratch(checks, args, "fleet"), Cli(args.qipan)
        manifests(checks, args.plant)
        scrapes(checks, args.plant)
        verbs(checks, cli)
        place = None if args.plant else role(checks, cli, folder)
        metrics(checks, place or by_hand(checks, cli, folder), args.plant)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
