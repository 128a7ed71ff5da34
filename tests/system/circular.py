#!/usr/bin/python3
"""Circulars: counted, issued, travelling up, accepted and sent back; the same figures on every level; verified without a node.

A small tree of four levels does a week's work: the circular of the week is the same on all of them, for the same places. A
county whose parent does not answer issues its own, which arrives when that is heard again. Records of another system (Boston's
where the shared data is there, made-up ones always) go through a tree; the circulars' figures are those of a program that counts
from the CSV. `circular verify` takes an export and a circular, and tells which was changed. Printed bulletins: kpi-cases.csv.
--plant NAME reads one thing wrongly; the run must then fail.
"""

import base64
import copy
import csv
import datetime
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import zipfile

from lib import small
from lib.check import Checks, wait_until
from lib.small import CHAIN, CITY, COMMUNITY, COUNTY, STREET, WEST, report, seen
from lib.tree import BOSTON, ROOT, Cli, Dev, options, scratch, wait_drained
from truth import Truth, data_file, made_rows, read_areas, read_rows, write_rows

COUNTS = {"opened", "due"}
NAMES = ["opened", "due", "closed_of_due", "closed_in_time", "signed_in_time", "refused", "redo", "visited", "reached", "resolved",
         "satisfied", "urged", "extended", "patrols"]
TODAY = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date().isoformat()
KPI = """id,kind,num,den,said,verdict
a,share,23974,24932,96.16%,equal
b,sum,2276+601,,2877,equal
c,share,297,506,59.68%,DIFFERS
d,sum,144.18+29.64,,173.83,DIFFERS
e,share,170238,167101,101.88%,equal
f,mean,71184,7,10169,equal
"""


def issue(api, period, date, key=None):
    return api.post("/api/v1/circulars", {"period": period, "date": date}, {"Idempotency-Key": key} if key else None)


def figures(circular, by="", key=""):
    """name -> (numerator, denominator) of one key."""
    return {f["name"]: (f["numerator"], f["denominator"]) for f in circular["figures"] if (f["by"], f["key"]) == (by, key)}


def well_formed(checks, c, place):
    rows = {(f["name"], f["by"], f["key"]) for f in c["figures"]}
    checks.equal(len(rows), len(c["figures"]), f"{place}: one row per name, by and key")
    checks.equal(sorted({f["name"] for f in c["figures"]}), sorted(NAMES), f"{place}: every figure")
    for f in c["figures"]:
        if f["name"] in COUNTS or not f["denominator"]:
            checks.check(f["value"] is None, f"{place}: {f['name']} has no value", f)
            checks.check((f["denominator"] is None) == (f["name"] in COUNTS), f"{place}: {f['name']}: its denominator", f)
        else:
            checks.check(abs(f["value"] - f["numerator"] / f["denominator"]) < 1e-9, f"{place}: {f['name']}: its value", f)
    for by in ("area", "desk", "source", "category"):
        for name in NAMES:
            if name == "patrols" and by != "area":
                continue  # of a place, and of nothing else
            parts = [f for f in c["figures"] if f["by"] == by and f["name"] == name]
            whole = next(f for f in c["figures"] if f["by"] == "" and f["name"] == name)
            for n in ("numerator", "denominator"):
                checks.equal(sum(f[n] or 0 for f in parts), whole[n] or 0, f"{place}: {name} by {by} adds up")


# ---- a week's work ----

def work(checks, apis):
    """One that is sent down, refused once, redone, urged and closed; one that stays open; one at the city itself."""
    city, county, street, community = (apis[p] for p in (CITY, COUNTY, STREET, COMMUNITY))
    m = report(city, area=CITY, category="井盖", source="12345", desk="热线")
    def step(api, name, body, want=200):
        answer = api.step(m["id"], name, body)
        checks.equal(answer.status, want, f"{name}: {answer.json if answer.status != want else ''}")
    def known(api, test):
        checks.check(seen(api, m["id"], test), "the matter arrives")
    offered = lambda x: x.get("offered") is not None
    step(city, "sort", {"category": "井盖"})
    step(city, "dispatch", {"to": COUNTY, "note": "请处理"})
    known(county, offered)
    step(county, "refuse", {"reason": "不属我区"})
    known(city, lambda x: not x.get("offered"))
    step(city, "dispatch", {"to": COUNTY, "note": "属你区"})
    known(county, offered)
    step(county, "accept", {})
    known(city, lambda x: x["holder"] == COUNTY)
    step(city, "urge", {"note": "请加快"})
    step(county, "handle", {"result": "已更换", "note": "好"})
    step(county, "visit", {"reached": True, "resolved": False, "satisfied": False, "note": "仍未修好"})
    step(county, "appeal", {"about": "visit", "reason": "井盖是被车压松的"})
    known(city, lambda x: x["appeals"])
    step(city, "decide", {"about": "visit", "keep": False, "reason": "属实"})
    known(county, lambda x: x["appeals"][0]["state"] == "overturned")
    step(county, "handle", {"result": "再次更换", "note": "好"})
    step(county, "visit", {"reached": True, "resolved": True, "satisfied": True, "note": "满意"})
    step(county, "close", {"result": "已办结", "note": "完"})
    report(community, area=COMMUNITY, category="路灯", source="网格")
    report(street, area=STREET, category="路灯", source="网格")
    checks.check(wait_drained(apis, 20) is not None, "all has arrived")


def levels(checks, apis):
    """The week of all four levels, with equal figures for the same places."""
    made = {}
    for place in CHAIN:
        answer = issue(apis[place], "week", TODAY)
        if not checks.equal(answer.status, 201, f"{place} issues"):
            raise OSError(answer.json)
        made[place] = answer.json
        well_formed(checks, answer.json, place)
        checks.equal((answer.json["number"], answer.json["corrects"], answer.json["period"]), (1, None, "week"), f"{place}: its first")
        checks.check("period_open" in {f["kind"] for f in answer.json["findings"]}, f"{place}: says that the week is not over")
    for below, above in zip(CHAIN, CHAIN[1:]):
        whole, part = figures(made[below]), figures(made[above], "area", below)
        checks.equal(part, whole, f"{below} has the same figures at {above} as at home")
    total = figures(made[CITY])
    wanted = {"opened": (3, None), "due": (1, None), "closed_of_due": (1, 1), "closed_in_time": (1, 1), "refused": (1, 2), "redo": (1, 2),
              "visited": (2, 2), "reached": (2, 2), "resolved": (1, 1), "satisfied": (1, 1), "urged": (1, 1), "patrols": (0, 0)}
    checks.equal({n: total[n] for n in wanted}, wanted, "the city's week")
    satisfied = next(f for f in made[CITY]["figures"] if f["name"] == "satisfied" and f["by"] == "")
    checks.equal(satisfied["of_reached"]["denominator"], 1, "both denominators are given, without the visit that was appealed against")
    return made


def forms(checks, api, cli, c, folder):
    """HTML in both languages, CSV, a spreadsheet; the list, the matters behind a figure, what is refused."""
    for lang, words in (("zh", ("社会治理工作周通报", "按期结案率", "签发前检查", "100.0 %")), ("en", ("weekly circular", "closed in time", "Checked"))):
        answer = api.get(f"/api/v1/circulars/{c['id']}.html", lang=lang)
        text = answer.body.decode()
        checks.check(answer.status == 200 and all(w in text for w in words), f"the page in {lang}", text[:300])
        checks.check("<script" not in text and "style=" not in text, "the page has no script and no inline style")
    rows = list(csv.DictReader(io.StringIO(api.get(f"/api/v1/circulars/{c['id']}.csv").body.decode("utf-8-sig"))))
    checks.equal({(r["name"], r["by"], r["key"]): (int(r["numerator"]), int(r["denominator"] or 0)) for r in rows},
                 {(f["name"], f["by"], f["key"]): (f["numerator"], f["denominator"] or 0) for f in c["figures"]}, "CSV has the same figures")
    book = zipfile.ZipFile(io.BytesIO(api.get(f"/api/v1/circulars/{c['id']}.xlsx", lang="zh").body))
    strings = book.read("xl/sharedStrings.xml").decode()
    checks.check("按期结案率" in strings and "12345" in strings, "the spreadsheet has words and keys")
    checks.equal(api.get(f"/api/v1/circulars/{c['id']}.doc").status, 404, "no other form")
    listed = api.get("/api/v1/circulars?limit=1").json
    checks.check(len(listed["items"]) == 1 and listed["next_cursor"], "the list goes by pages", listed)
    rest = api.get("/api/v1/circulars", cursor=listed["next_cursor"]).json
    checks.check(listed["items"][0]["id"] not in {x["id"] for x in rest["items"]}, "and goes on")
    behind = api.get(f"/api/v1/circulars/{c['id']}/matters?figure=refused").json
    checks.equal([(x["numerator"], x["denominator"]) for x in behind["items"]], [(1, 2)], "the matter behind the refusals")
    behind = api.get(f"/api/v1/circulars/{c['id']}/matters", figure="opened", by="category", key="路灯").json
    checks.equal((len(behind["items"]), behind["exact"]), (2, True), "the matters behind a category")
    pages, cursor = [], None
    while True:
        page = api.get(f"/api/v1/circulars/{c['id']}/matters", figure="opened", by="category", key="路灯", limit=1, **({"cursor": cursor} if cursor else {})).json
        pages += [x["id"] for x in page["items"]]
        cursor = page["next_cursor"]
        if not cursor:
            break
    checks.equal(pages, [x["id"] for x in behind["items"]], "page by page, the same in the same order")
    for body, status in (({"period": "year", "date": TODAY}, 400), ({"period": "day", "date": "2026-13-01"}, 400),
                         ({"period": "day", "date": "2199-01-01"}, 422), ({"period": "day"}, 400), ({"period": "day", "date": TODAY, "x": 1}, 400)):
        checks.equal(api.post("/api/v1/circulars", body).status, status, f"{body}")
    checks.equal(api.get("/api/v1/circulars/" + small.NOBODY).status, 404, "an unknown one")
    checks.equal(api.get(f"/api/v1/circulars/{c['id']}/matters?figure=wrong").status, 400, "an unknown figure")
    names = [f["name"] for f in api.get("/api/v1/circulars:figures").json["figures"]]
    checks.equal(names, NAMES, "the figures, as the API tells them")


def judged(checks, apis, made):
    """Sent back with a reason, corrected, accepted; each by an event that arrives."""
    city, county = apis[CITY], apis[COUNTY]
    c = made[COUNTY]["id"]
    checks.check(wait_until(lambda: city.get(f"/api/v1/circulars/{c}").status == 200, 15), "the county's circular is known above")
    checks.equal(county.post(f"/api/v1/circulars/{c}/accept").status, 422, "nobody accepts his own")
    checks.equal(city.post(f"/api/v1/circulars/{c}/return", {}).status, 400, "it is not sent back without a reason")
    checks.equal(city.post(f"/api/v1/circulars/{c}/return", {"reason": "缺说明"}).json["state"], "returned", "the city sends it back")
    def home(circular, state):
        return wait_until(lambda: county.get(f"/api/v1/circulars/{circular}").json["state"] == state, 15)
    checks.check(home(c, "returned"), "the county learns of it")
    checks.equal(county.get(f"/api/v1/circulars/{c}").json["words"][0]["reason"], "缺说明", "and why")
    again = issue(county, "week", TODAY, key="again")
    checks.equal((again.status, again.json["corrects"], again.json["number"]), (201, c, 2), "the correction names the old")
    same = issue(county, "week", TODAY, key="again")
    checks.equal((same.status, same.json["id"]), (200, again.json["id"]), "the same key issues no second one")
    checks.equal(issue(county, "day", TODAY, key="again").status, 422, "nor another one")
    checks.equal(county.get(f"/api/v1/circulars/{c}").json["corrected_by"], again.json["id"], "the old one names the new")
    checks.check(wait_until(lambda: city.get(f"/api/v1/circulars/{again.json['id']}").status == 200, 15), "it arrives above")
    checks.equal(city.post(f"/api/v1/circulars/{c}/accept").status, 409, "the old one is not accepted any more")
    checks.equal(city.post(f"/api/v1/circulars/{again.json['id']}/accept").json["state"], "accepted", "the new one is")
    checks.check(home(again.json["id"], "accepted"), "the county learns of that")


def cut(checks, dev, apis):
    """The city does not answer: the county issues all the same, and the city has it afterwards."""
    pid = dev.node(CITY)["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        report(apis[COUNTY], area=COUNTY, category="井盖", source="12345")
        answer = issue(apis[COUNTY], "day", TODAY)
        checks.equal(answer.status, 201, "a county that is cut off issues its own")
        checks.equal(figures(answer.json)["opened"][0], 3, "of all that it knows")
    finally:
        os.kill(pid, signal.SIGCONT)
    there = wait_until(lambda: apis[CITY].get(f"/api/v1/circulars/{answer.json['id']}").status == 200, 30)
    checks.check(there, "it arrives when the city is heard again")
    os.kill(dev.node(WEST)["pid"], signal.SIGSTOP)
    try:
        silent = wait_until(lambda: "silent" in {f["kind"] for f in issue(apis[CITY], "day", TODAY).json["findings"]}, 60, 3)
        checks.check(silent, "who is not heard is told in the circular")
    finally:
        os.kill(dev.node(WEST)["pid"], signal.SIGCONT)
    return answer.json


# ---- without a node ----

def verified(checks, cli, folder, dev, circulars, plant):
    """Every figure again from the export; a changed one, another's export and a cut one are told apart."""
    for path, c in circulars:
        export, file = folder / "export.ndjson", folder / "circular.json"
        done = cli.run("export", "--dir", node_dir(dev, path), "--output", export)
        checks.equal(done.returncode, 0, f"{path}: export: {done.stderr.decode()}")
        if plant == "figure":
            c = copy.deepcopy(c)
            c["figures"][0]["numerator"] += 1
        file.write_text(json.dumps(c))
        done = cli.run("circular", "verify", file, "--export", export)
        checks.equal(done.returncode, 0, f"{path}: every figure follows from the events: {done.stderr.decode()} {done.stdout.decode()}")
    tampered(checks, cli, folder, c, export)


def node_dir(dev, path):
    return next(n["dir"] for n in dev.known if n["path"] == path)


def tampered(checks, cli, folder, c, export):
    file = folder / "changed.json"
    def verify(what, export=export):
        file.write_text(json.dumps(what))
        return cli.run("circular", "verify", file, "--export", export)
    def put(*way, to):
        def change(x):
            for name in way[:-1]:
                x = x[name]
            x[way[-1]] = to
        return change
    early = "2001-01-01T00:00:00Z"
    for change, code in ((put("figures", 0, "numerator", to=99), 1), (lambda x: x["figures"].pop(), 1), (put("hash", to="00" * 32), 1),
                         (put("figures", 2, "value", to=0.123), 1), (put("figures", 0, "rest", to=True), 1), (put("through", to=10 ** 9), 1),
                         (put("through", to=1), 1), (put("figures_version", to=99), 1), (put("area", to="suzhou/none"), 1),
                         (put("period_before", "from", to=early), 1), (put("from", to=early), 1), (put("year", to=True), 1),
                         (put("has_year_ago", to=not c["has_year_ago"]), 1), (put("views", to=[{"category": "井盖", "view": "社情"}]), 1),
                         (lambda x: x["findings"].append({"kind": "silent", "text": "nobody"}), 1), (lambda x: x["below"].append({"area": "suzhou/none"}), 1),
                         (put("policy", to="another"), 1), (put("rule", to=f"figures-{c['figures_version']}/policy-another"), 1), (put("matters", to=77), 1),
                         (put("issued_at", to=early), 1), (put("issued_by", to="policy"), 1), (put("number", to=99), 1), (put("name", to="1999-W01"), 1),
                         (put("corrects", to=c["id"]), 1), (put("incarnation", to=7), 1), (put("id", to=small.NOBODY), 8), (lambda x: x.pop("through"), 2),
                         (put("title", to="another name of the place"), 0), (put("state", to="accepted"), 0)):
        other = copy.deepcopy(c)
        change(other)
        done = verify(other)
        differs = [k for k in c if c.get(k) != other.get(k)]
        checks.equal(done.returncode, code, f"a circular that was changed in {differs}: {done.stderr.decode()}")
    for what in ("findings", "below"):
        if c[what]:
            checks.equal(verify({**c, what: c[what][1:]}).returncode, 1, f"a circular without one of its {what}")
            one = {**c[what][0], **{k: "another" for k, v in c[what][0].items() if isinstance(v, str) and k != "title"}}
            checks.equal(verify({**c, what: [one] + c[what][1:]}).returncode, 1, f"a circular with another of its {what}")
    lines = export.read_text().splitlines()
    cut = folder / "cut.ndjson"
    cut.write_text("\n".join(lines[: len(lines) // 3]) + "\n")
    checks.equal(verify(c, cut).returncode, 8, "an export that is cut is no proof")
    for what, change, code, word in parts_of(lines, c):
        cut.write_text("\n".join(change) + "\n")
        done = verify(c, cut)
        checks.equal(done.returncode, code, f"an export in which the circular {what}: {done.stderr.decode()}")
        checks.check(word in done.stderr.decode(), f"an export in which the circular {what}: says so", done.stderr.decode())
    cut.write_text("\n".join(lines)[:-40])
    checks.equal(verify(c, cut).returncode, 2, "a line that is cut is told")
    checks.equal(verify(c, folder / "nothing").returncode, 3, "a file that is not there")
    checks.equal(cli.run("circular", "verify", export, "--export", export).returncode, 2, "a file that is no circular")
    checks.equal(cli.run("circular", "verify", file).returncode, 2, "without an export")


def parts_of(lines, c):
    """The export with another circular in it: what, its lines, the exit status, and a word of its sentence."""
    number = 0
    for ch in c["id"]:
        number = number << 5 | "0123456789abcdefghjkmnpqrstvwxyz".index(ch)
    mark = json.dumps({"id": base64.b64encode(number.to_bytes(16, "big")).decode()})[1:-1].replace(": ", ":")
    own = {i for i, line in enumerate(lines) if '"circularSaid":{' + mark in line}
    said = json.loads(lines[min(own)])["event"]["circularSaid"]
    body, at = said["body"], len(said["body"]) // 2
    wrong = body[:at] + ("A" if body[at] != "A" else "B") + body[at + 1:]
    many = f'"parts":{said["parts"]},'
    yield "is not held", [line for i, line in enumerate(lines) if i not in own], 8, "does not hold"
    yield "is damaged", [line.replace(body, wrong) if i in own else line for i, line in enumerate(lines)], 4, "damaged"
    yield "lacks a part", [line.replace(many, f'"parts":{said["parts"] + 1},') if i in own else line for i, line in enumerate(lines)], 3, "parts"


# ---- records of another system ----

def expected(truth, node, start, end, plant):
    """(by, key) -> name -> [numerator, denominator], counted from the CSV alone."""
    rows = {}
    for r in truth.known[node]:
        if r.opened >= end:
            continue
        closed = r.closed if r.closed and r.closed < end else None
        due = start <= r.deadline < end if r.deadline else bool(closed) and start <= closed < end
        late = plant == "late" and bool(closed)
        n = {"opened": [start <= r.opened < end, None], "due": [due, None], "closed_of_due": [due and bool(closed), due],
             "closed_in_time": [due and bool(closed) and (late or not r.deadline or closed <= r.deadline), due]}
        for by, key in (("", ""), ("area", truth.child_of(node, r.area)), ("desk", r.desk), ("source", r.source), ("category", r.category)):
            row = rows.setdefault((by, key), {name: [0, 0] for name in n})
            for name, (above, below) in n.items():
                row[name][0] += above
                row[name][1] += below or 0
    return rows


def bounds(truth, period, date):
    day = datetime.date.fromisoformat(date)
    first = {"day": day, "week": day - datetime.timedelta(day.weekday()), "month": day.replace(day=1)}[period]
    after = {"day": first + datetime.timedelta(1), "week": first + datetime.timedelta(7), "month": (first + datetime.timedelta(32)).replace(day=1)}[period]
    return [datetime.datetime.combine(d, datetime.time(), truth.zone).astimezone(datetime.timezone.utc) for d in (first, after)]


def records(checks, args, folder, rows, name, depth, most):
    """Through a tree; circulars of several periods of several nodes equal a count from the file."""
    areas = read_areas()
    truth = Truth(rows, areas, depth)
    data = folder / f"{name}.csv"
    write_rows(data, rows)
    dev = Dev(args.qipan, folder / f"{name}-tree", BOSTON, "--depth", str(depth), count=40)
    dev.start(checks, 120)
    apis = dev.apis()
    done = dev.cli.run("import", "--map", BOSTON / "boston311.map", "--state", dev.state, "--drain", data, seconds=args.timeout)
    checks.check(done.returncode == 0, f"{name}: the import", done.stderr.decode()[-300:])
    days = sorted(r.opened.astimezone(truth.zone).date().isoformat() for r in truth.records)
    circulars = []
    places = sorted(truth.paths, key=lambda p: -len(truth.known[p]))[:most]
    for place in places:
        for period, date in (("month", days[len(days) // 2]), ("week", days[len(days) // 3]), ("day", days[len(days) // 2]), ("month", days[-1])):
            answer = issue(apis[place], period, date)
            if not checks.equal(answer.status, 201, f"{name}: {place} issues {period} {date}"):
                continue
            wanted = expected(truth, place, *bounds(truth, period, date), args.plant)
            found = {}
            for f in answer.json["figures"]:
                if f["name"] in ("opened", "due", "closed_of_due", "closed_in_time"):
                    found.setdefault((f["by"], f["key"]), {})[f["name"]] = [f["numerator"], f["denominator"] or 0]
            empty = {n: [0, 0] for n in ("opened", "due", "closed_of_due", "closed_in_time")}
            keys = {k for k in set(wanted) | set(found) if wanted.get(k, empty) != found.get(k, empty)}
            checks.check(not keys, f"{name}: {place}, {period} of {date} equals the count from the file",
                         [(k, found.get(k), wanted.get(k)) for k in sorted(keys)[:3]])
        circulars.append((place, answer.json))
    dev.known = dev.nodes()
    dev.stop()
    return dev, circulars


# ---- by themselves ----

POLICY = {
    "policy.conf": "[policy]\nversion = one\ntitle = 棋城\n\n[calendar office]\nweekly = WORKS 00:00-24:00\n\n[circular]\nweek_begins = 1\nmonth_begins = 1\n",
    "categories.csv": "code,title,title_en,calendar\n,其他,other,office\n",
}
CLOSED = 3  # days until the office of that policy opens


def by_itself(checks, args, folder):
    """Days on which nobody works are over (every node's clock is set ahead): each node issues all of them, once, by the policy."""
    shim, file, policy = folder / "clock.so", folder / "clock", folder / "policy"
    source = pathlib.Path(__file__).with_name("lib") / "clock.c"
    built = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"], capture_output=True)
    checks.check(built.returncode == 0, "the clock is built", built.stderr.decode())
    file.write_text("0")
    policy.mkdir()
    today = datetime.date.fromisoformat(TODAY)
    works = (today + datetime.timedelta(CLOSED)).isoweekday()
    for name, text in POLICY.items():
        (policy / name).write_text(text.replace("WORKS", str(works)), encoding="utf-8")
    dev = small.start(checks, args, folder / "days", "--policy", policy,
                      environment={"LD_PRELOAD": str(shim), "QP_CLOCK_FILE": str(file)})
    apis = {p: dev.apis()[p] for p in (CITY, COUNTY)}
    checks.check(wait_until(lambda: all(a.get("/api/v1/policy").json["version"] == "one" for a in apis.values()), 15), "the policy holds")
    report(apis[COUNTY], area=COUNTY, category="井盖", source="12345")
    checks.equal([a.get("/api/v1/circulars").json["items"] for a in apis.values()], [[], []], "before a period is over nothing is issued")
    (folder / "clock.new").write_text(str(86400 * CLOSED))
    (folder / "clock.new").replace(file)
    def days(path):
        items = apis[path].get("/api/v1/circulars", node=path, period="day").json["items"]
        return sorted((c for c in items if c["issued_by"] == "policy"), key=lambda c: c["name"])
    wanted = [(today + datetime.timedelta(d)).isoformat() for d in range(CLOSED)]
    counts = next(iter(apis.values())).get("/api/v1/circulars:figures").json["version"]
    for path in apis:
        checks.check(wait_until(lambda: len(days(path)) >= CLOSED, 100, 0.5), f"{path} issues each of its days by itself",
                     [c["name"] for c in days(path)])
        checks.equal([c["name"] for c in days(path)], wanted, f"{path}: each of the closed days")
        made = [apis[path].get(f"/api/v1/circulars/{c['id']}").json for c in days(path)]
        checks.equal([figures(c)["opened"][0] for c in made], [1, 0, 0][:len(made)], f"{path}: with what was opened on each")
        checks.equal({c["rule"] for c in made}, {f"figures-{counts}/policy-one"}, f"{path}: by the rule in force")
        checks.check(all("period_open" not in {f["kind"] for f in c["findings"]} for c in made), f"{path}: the days are over")
    time.sleep(22)
    checks.equal([[c["name"] for c in days(p)] for p in apis], [wanted] * len(apis), "each once")
    dev.stop()


def kpi(checks, cli, file, text):
    """Printed figures are reproduced, or stopped with a reason."""
    wanted = {r["id"]: r for r in csv.DictReader(io.StringIO(text))}
    done = cli.run("circular", "check", file, "--json")
    found = {r["id"]: r for r in json.loads(done.stdout)}
    checks.equal(sorted(found), sorted(wanted), "every printed figure is looked at")
    for id, row in wanted.items():
        equal = found[id]["verdict"] == "equal"
        checks.equal(equal, row["verdict"] == "equal", f"{id}: {row['num']} {row['den']} printed as {row['said']}: {found[id]}")
        checks.check(equal or found[id]["reason"], f"{id}: stopped with its reason", found[id])
    checks.equal(done.returncode, 1 if any(r["verdict"] != "equal" for r in wanted.values()) else 0, "the exit status says whether all hold")


def main():
    p = options(__doc__, 240)
    p.add_argument("--data", default=str(ROOT.parent / "shared/data"), help="folder of the shared data (%(default)s)")
    p.add_argument("--records", type=int, default=6000, help="of Boston's, 0: all (%(default)s)")
    p.add_argument("--depth", type=int, default=2, help="of Boston's tree (%(default)s)")
    p.add_argument("--only", choices=("work", "records", "kpi", "days"), help="this part alone")
    p.add_argument("--plant", choices=("late", "figure"), help="read one thing wrongly: the run must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def run():
        folder = scratch(checks, args, "circular")
        cli = Cli(args.qipan)
        if args.only in (None, "kpi"):
            own = folder / "kpi.csv"
            own.write_text(KPI, encoding="utf-8")
            kpi(checks, cli, own, KPI)
            shared = pathlib.Path(args.data) / "work/kpi-cases.csv"
            if shared.exists():
                kpi(checks, cli, shared, shared.read_text(encoding="utf-8"))
            else:
                print(f"SKIPPED: {shared} is not there")
        if args.only in (None, "work"):
            dev = small.start(checks, args, folder)
            apis = dev.apis()
            work(checks, apis)
            made = levels(checks, apis)
            forms(checks, apis[CITY], cli, made[CITY], folder)
            judged(checks, apis, made)
            own = cut(checks, dev, apis)
            dev.known = dev.nodes()
            dev.stop()
            verified(checks, cli, folder, dev, [(CITY, made[CITY]), (COUNTY, made[COUNTY]), (COUNTY, own)], args.plant)
        if args.only == "days":
            by_itself(checks, args, folder)
        if args.only in (None, "records"):
            dev, circulars = records(checks, args, folder, made_rows(1500, 7, read_areas()), "made", 2, 3)
            verified(checks, cli, folder, dev, circulars[:2], None)
            file = data_file(args.data)
            if file:
                dev, circulars = records(checks, args, folder, read_rows(file, args.records or None), "boston", args.depth, 2)
                verified(checks, cli, folder, dev, circulars[:1], None)
            else:
                print(f"SKIPPED: {args.data}/boston-311.csv.gz is not there")
    checks.run(run)


if __name__ == "__main__":
    main()
