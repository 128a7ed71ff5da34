#!/usr/bin/python3
"""Brings in what five other offices export, by the maps of tests/system/files, and compares every board with a count of its
own; then a file of the next day, which must change what changed and add nothing twice.

    files.py                    the real files where they are (--data DIR), else small made ones of the same form
    files.py --made             the made ones alone
    files.py --only haishu sf
    files.py --plant NAME       a mistake put into the count: the comparison must fail

Nothing of qipan is used to count: the files are read afresh here. For each: a small tree of the places that the file names;
the import; the boards of all nodes; the next day's file, in another encoding and with other separators (closings corrected
and taken back, areas and desks changed, new records, rows in another order); the boards again; the same file again; and rows
that are refused, mended and brought in. With --made, two of them once more in a tree whose policy gives dues: there too the same file again
does nothing.
"""

import collections
import csv
import datetime
import gzip
import io
import json
import pathlib
import random
import sys
import zoneinfo

from lib.check import Checks
from lib.tree import ROOT, Dev, options, scratch, wait_drained
from truth import BYS, Record, Truth

MAPS = pathlib.Path(__file__).resolve().parent / "files"
PLANTS = ("first-wins-not", "no-update", "late-is-on-time")


# ---- the five forms ----

class Form:
    """One office's file: its tree, its columns, and what a row means."""

    def __init__(self):
        self.person = {}

    def areas(self):
        """(code, parent, level, name, label) rows; the first is the root."""
        raise NotImplementedError

    def key(self, row):
        return row[self.id]

    def record(self, row):
        r = Record()
        r.ref, r.duplicate, r.of = row[self.id], False, ""
        self.understand(r, row)
        if r.closed and r.closed < r.opened:
            r.closed = r.opened
        return r

    def time(self, text, pattern):
        local = datetime.datetime.strptime(text, pattern).replace(tzinfo=zoneinfo.ZoneInfo(self.zone), fold=0)
        return local.astimezone(datetime.timezone.utc)


class Nyc(Form):
    name, data, zone, id = "nyc", "nyc311.csv.gz", "America/New_York", "Unique Key"
    boroughs = ("BRONX", "BROOKLYN", "MANHATTAN", "QUEENS", "STATEN ISLAND")
    closed, pattern, desk, encoding, separator = "Closed Date", "%m/%d/%Y %I:%M:%S %p", "Agency", "utf-16-le", "\t"

    def areas(self):
        rows = [("nyc", "", "city", "New York", "nyc")]
        rows += [(b.lower().replace(" ", "-"), "nyc", "borough", b, b.lower().replace(" ", "-")) for b in self.boroughs]
        return rows + [(f"b{k}{n:02d}", b.lower().replace(" ", "-"), "board", f"{n:02d} {b}", f"cb{n:02d}")
                       for k, b in enumerate(self.boroughs) for n in range(1, 19)]

    def understand(self, r, row):
        r.area = "nyc/" + row["Borough"].lower().replace(" ", "-")
        r.desk, r.source, r.category = row["Agency"], row["Open Data Channel Type"], row["Complaint Type"]
        r.opened, r.deadline = self.time(row["Created Date"], self.pattern), None
        shut = row["Status"].lower() == "closed"
        r.closed = self.time(row["Closed Date"], self.pattern) if shut else None

    def close(self, row, at):
        row["Closed Date"] = at.strftime(self.pattern) if at else ""
        row["Status"] = "CLOSED" if at else "Open"

    def move(self, row, rng):
        row["Borough"] = rng.choice([b for b in self.boroughs if b != row["Borough"]])
        row["Community Board"] = f"01 {row['Borough']}"

    def made(self, i, at, rng):
        b = rng.choice(self.boroughs)
        row = {"Unique Key": str(540000 + i), "Created Date": at.strftime(self.pattern), "Agency": rng.choice(("A", "B")),
               "Complaint Type": rng.choice(("Noise", "Rodent")), "Descriptor": "Loud, \"very\"", "Community Board":
               f"{rng.randrange(1, 19):02d} {b}", "Borough": b, "Open Data Channel Type": "ONLINE",
               "Resolution Description": "x" * rng.choice((3, 5000)), "Location": rng.choice(("(40.8, -73.9)", ""))}
        self.close(row, at + datetime.timedelta(hours=rng.randrange(99)) if rng.random() < .6 else None)
        return row


class Sf(Form):
    name, data, zone, id = "sf", "sf311.csv.gz", "America/Los_Angeles", "CaseID"
    closed, pattern, desk, encoding, separator = "Closed", "%m/%d/%Y %I:%M:%S %p", "Responsible.Agency", "utf-8-sig", ";"

    def areas(self):
        return [("sf", "", "city", "San Francisco", "sf")] + \
            [(f"d{n:02d}", "sf", "district", f"District {n}", f"d{n:02d}") for n in range(1, 12)]

    def understand(self, r, row):
        n = int(row["Supervisor.District"])
        r.area = f"sf/d{n:02d}" if 1 <= n <= 11 else "sf"
        r.desk, r.source, r.category = row["Responsible.Agency"], row["Source"], row["Category"]
        r.opened, r.deadline = self.time(row["Opened"], self.pattern), None
        r.closed = self.time(row["Closed"], self.pattern) if row["Closed"] else None
        r.duplicate = bool(r.closed) and "duplicate" in row["Status.Notes"].lower()

    def close(self, row, at):
        row["Closed"] = at.strftime(self.pattern) if at else ""

    def move(self, row, rng):
        row["Supervisor.District"] = str((int(row["Supervisor.District"]) + 3) % 11 + 1)

    def made(self, i, at, rng):
        row = {"CaseID": str(1000 + i), "Opened": at.strftime(self.pattern), "Status": "?",
               "Status.Notes": rng.choice(("", "one\ntwo", "Case is a Duplicate - duplicate of another case")),
               "Responsible.Agency": rng.choice(("DPW", "MUNI")), "Category": rng.choice(("Graffiti", "Trees")),
               "Request.Type": "T", "Supervisor.District": str(rng.randrange(12)),
               "Point": rng.choice(("(37.7, -122.4)", "(0, 0)", "somewhere", "")), "Source": "Voice In"}
        self.close(row, at + datetime.timedelta(hours=rng.randrange(-2, 99)) if rng.random() < .8 else None)
        return row


class Stl(Form):
    name, data, zone, id = "stl", "stlouis2011.csv.gz", "America/Chicago", "REQUESTID"
    closed, pattern, desk, encoding, separator = "DATETIMECLOSED", "%Y-%m-%d %H:%M:%S.%f", "SUBMITTO", "utf-8", ","
    wards = range(1, 9)  # the others are on no list here: they stay with the city

    def areas(self):
        return [("stl", "", "city", "St. Louis", "stl")] + [(f"w{n:02d}", "stl", "ward", f"Ward {n}", f"w{n:02d}") for n in self.wards]

    def understand(self, r, row):
        n = int(row["WARD"]) if row["WARD"].strip().isdigit() else 0
        r.area = f"stl/w{n:02d}" if n in self.wards else "stl"
        caller = {"WEB": "web", "PHONE": "phone"}.get(row["CALLERTYPE"], "other") if row["CALLERTYPE"] else "unknown"
        r.desk, r.source, r.category = row["SUBMITTO"].split(",")[0], caller, row["GROUP"]
        r.opened = self.time(row["DATETIMEINIT"], self.pattern)
        due = row["PRJCOMPLETEDATE"]
        r.deadline = self.time(due, self.pattern) if due else None
        shut = row["STATUS"].lower() in ("closed", "cancel")
        at = row["DATETIMECLOSED"] or row["DATECANCELLED"]
        r.closed = self.time(at, self.pattern) if shut else None

    def close(self, row, at):
        row["DATETIMECLOSED"] = at.strftime(self.pattern) if at else ""
        row["STATUS"], row["DATECANCELLED"] = ("closed", "") if at else ("SCHEDULED", "")

    def move(self, row, rng):
        row["WARD"] = rng.choice([f"{n:02d}" for n in (*self.wards, 20) if f"{n:02d}" != row["WARD"]])

    def made(self, i, at, rng):
        row = {"REQUESTID": str(200000 + i - (i % 9 == 8)), "DATETIMEINIT": at.strftime(self.pattern), "PRJCOMPLETEDATE":
               rng.choice(("", (at + datetime.timedelta(days=3)).strftime(self.pattern))), "GROUP": rng.choice(("Trees", "Trash")),
               "PROBLEMCODE": "P", "DESCRIPTION": "Inspect", "WARD": rng.choice(("01", "05", "28", "")), "SUBMITTO": "FORESTRY,",
               "CALLERTYPE": rng.choice(("", "WEB", "DEPT_REF")), "SRX": "880839.00000000", "SRY": "1003181.0"}
        self.close(row, at + datetime.timedelta(hours=rng.randrange(200)) if rng.random() < .8 else None)
        return row


class Haishu(Form):
    name, data, zone, id = "haishu", "haishu-grid.csv.gz", "Asia/Shanghai", "事件编号"
    closed, pattern, desk, encoding, separator = "办结时间", "%d/%m/%y %H:%M", "办结职能科室/部门", "gb18030", ";"
    towns = ("集士港镇", "高桥镇", "古林镇", "石碶街道", "江厦街道", "望春街道", "段塘街道", "南门街道", "西门街道", "白云街道")

    def areas(self):
        return [("330203", "", "district", "海曙区", "haishu")] + \
            [(f"t{n:02d}", "330203", "town", t, f"t{n:02d}") for n, t in enumerate(self.towns)]

    def understand(self, r, row):
        town = row["镇街名称"]
        r.area = f"haishu/t{self.towns.index(town):02d}" if town in self.towns else "haishu"
        r.desk, r.source, r.category = row[self.desk], row["数据来源"].split("、")[0], row["二级分类"] or row["事件类型"]
        r.opened, r.deadline = self.time(row["上报时间"], self.pattern), None
        last = row["办结时间"] or (row["最后受理时间"] if row["最后派发时间"] and r.area != "haishu" else "") or row["上报时间"]
        r.closed = self.time(last, self.pattern) if row["事件状态"] == "归档" else None

    def close(self, row, at):
        row["办结时间"] = at.strftime(self.pattern) if at else ""
        row["事件状态"] = "归档" if at else "受理"

    def move(self, row, rng):
        row["镇街名称"] = rng.choice([t for t in self.towns if t != row["镇街名称"]])
        row["所属组织"] = f"海曙区/{row['镇街名称']}/新的社区"

    def made(self, i, at, rng):
        def later(hours):
            return (at + datetime.timedelta(hours=hours)).strftime(self.pattern)
        t = rng.choice((*self.towns, "洞桥镇"))
        row = {"事件编号": f"HS{i:06d}", "镇街名称": t, "网格名称": "网格一", "事件级别": rng.choice(("二级事件", "三级事件")),
               "事件类型": "矛盾纠纷", "二级分类": rng.choice(("经济纠纷", "口角琐事纠纷", "")), "上报时间": later(0), "最后派发时间":
               rng.choice((later(1), later(1), "")), "最后受理时间": later(2), "办结职能科室/部门": rng.choice(("综合治理办", "梁祝社区")),
               "数据来源": rng.choice(("基层智治、全量矛调", "基层智治")), "所属组织": f"海曙区/{t}/公众社区/网格一"}
        self.close(row, at + datetime.timedelta(hours=rng.randrange(3, 99)) if rng.random() < .8 else None)
        return row


class Baguio(Form):
    name, data, zone, id = "baguio", "baguio911.csv.gz", "Asia/Manila", "Case #"
    closed, pattern, desk, encoding, separator = None, "%d %b %Y %I:%M %p", None, "utf-16-be", "|"

    def areas(self):
        return [("baguio", "", "city", "Baguio", "baguio")]

    def understand(self, r, row):
        r.area, r.desk, r.category = "baguio", "", row["TYPE"]
        r.source = row["Source"].upper() if row["Source"].startswith("Station") else row["Source"]
        r.opened = self.time(f"{row['DATE']} {row['TIME'].replace(': AM', ' AM').replace(': PM', ' PM')}", self.pattern)
        r.deadline, r.closed = None, r.opened if row["Status"].lower() == "solved" else None

    def close(self, row, at):
        row["Status"] = "solved" if at else ""

    def made(self, i, at, rng):
        row = {"Case #": str(i + 1), "DATE": f"{at.day} {at:%b %Y}", "TIME": at.strftime(rng.choice(("%I:%M: %p", "%I:%M %p"))),
               "Source": rng.choice(("BFP", "Station 5")), "TYPE": "Fire"}
        self.close(row, rng.random() < .7)
        return row


FORMS = (Nyc, Sf, Stl, Haishu, Baguio)


# ---- files ----

def read(path):
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as f:
        return list(csv.DictReader(f))


def made(form, n):
    rng = random.Random(form.name)
    at = datetime.datetime(2024, 3, 1, 8)
    rows = []
    for i in range(n):
        at += datetime.timedelta(minutes=rng.randrange(1, 300))
        rows.append(form.made(i, at, rng))
    return rows


def write(path, rows, encoding="utf-8", separator=","):
    text = io.StringIO(newline="")
    out = csv.DictWriter(text, list(rows[0]), delimiter=separator, lineterminator="\r\n")
    out.writeheader()
    out.writerows(rows)
    path.write_bytes((b"\xff\xfe" if encoding == "utf-16-le" else b"") + text.getvalue().encode(encoding))


class FileTruth(Truth):
    """The boards of Truth for the records of a form: of rows with one key, the last one that says something else counts."""

    def __init__(self, form, days, plant=None):
        self.zone, self.plant, self.depth = zoneinfo.ZoneInfo(form.zone), plant, 2
        codes = {c: (p, l) for c, p, _, _, l in form.areas()}

        def path(code):
            parent, label = codes[code]
            return f"{path(parent)}/{label}" if parent else label

        self.areas = {c: path(c) for c in codes}
        self.root = min(self.areas.values(), key=len)
        self.paths = sorted({self.cut(p, 2) for p in self.areas.values()})
        by_key = {}
        for rows in days:
            for row in rows:
                r = form.record(row)
                had = by_key.get(form.key(row))
                if had:  # what no step can change
                    r.source, r.opened = had.source, had.opened
                if not had or plant != "no-update":
                    by_key[form.key(row)] = r
        for ref, desk in form.person.items():  # what somebody did by hand stays
            by_key[ref].desk = desk
        self.records = list(by_key.values())
        if plant == "first-wins-not":
            self.records.append(self.records[-1])
        self.now = datetime.datetime.now(datetime.timezone.utc)
        self.known = collections.defaultdict(list)
        for r in self.records:
            for n in range(1, r.area.count("/") + 2):
                self.known["/".join(r.area.split("/")[:n])].append(r)


def next_day(form, rows, rng):
    """The same records a day later: (rows, how many differ, how many are new)."""
    by_key = {form.key(r): dict(r) for r in rows}  # the last row of a key
    rows = list(by_key.values())
    some = rng.sample(rows, min(len(rows), 40) // 5 * 5)
    fifth = len(some) // 5
    changed = set()
    for i, row in enumerate(some):
        before = dict(row)
        record = form.record(row)
        local = (record.closed or record.opened).astimezone(zoneinfo.ZoneInfo(form.zone)).replace(tzinfo=None)
        kind = i // fifth
        if kind == 0:  # a corrected time, or a closing
            form.close(row, local + datetime.timedelta(hours=1))
        elif kind == 1:  # open again
            form.close(row, None)
        elif kind == 2 and hasattr(form, "move"):
            form.move(row, rng)
        elif kind == 3 and form.desk:
            row[form.desk] = "Another Desk"
        elif kind == 4 and hasattr(form, "move"):  # both
            form.move(row, rng)
            form.close(row, local + datetime.timedelta(hours=2))
        a, b = form.record(before), form.record(row)
        if any(getattr(a, f) != getattr(b, f) for f in Record.__slots__):
            changed.add(form.key(row))
    fresh = []
    for i, row in enumerate(rng.sample(rows, min(5, len(rows)))):
        fresh.append(dict(row) | {form.id: f"9000{i}"})
    out = rows + fresh
    rng.shuffle(out)
    return out, len(changed), len(fresh)


# ---- a run ----

def bring(checks, dev, form, file, folder, name, status=0, table=""):
    rejected = folder / f"{name}.rejected"
    done = dev.cli.run("import", "--state", dev.state, "--map", folder / f"{form.name}{table}.map", "--rejected", rejected, "--drain",
                       "--json", file, seconds=200)
    said = done.stdout.decode() + done.stderr.decode()
    checks.equal(done.returncode, status, f"{form.name} {name}: the exit status; it said: {said[-500:]}")
    try:
        return json.loads(done.stdout.decode()), rejected
    except ValueError:
        return {}, rejected


def boards(checks, dev, truth, when):
    checks.check(wait_drained(dev.apis(), 60) is not None, f"{when}: drained")
    wrong = []
    for path, api in dev.apis().items():
        for by in BYS:
            wrong += truth.differences(path, by, api.get("/api/v1/board", by=by).json)
    checks.check(not wrong, f"{when}: {len(wrong)} differences", "\n    ".join(wrong[:12]))
    items = list(dev.api(truth.root).all_matters())
    checks.equal(len(items), len(truth.records), f"{when}: matters")
    areas = {r.ref: (r.area, bool(r.closed), r.desk) for r in truth.records}
    wrong = [f"{i['source_ref']}: {i['area']} {i['state']} {i['desk'] or ''!r}, must be {areas.get(i['source_ref'])}" for i in items
             if areas.get(i["source_ref"]) != (i["area"], i["state"] == "closed", i["desk"] or "")]
    checks.check(not wrong, f"{when}: {len(wrong)} matters otherwise", "\n    ".join(wrong[:12]))
    checks.equal(sum(1 for i in items if i.get("offered") or i["holder"] != i["area"]), 0, f"{when}: held where they count")


def by_hand(checks, dev, form, rows, day2):
    """Somebody gives an open matter, of which the next day's file says nothing new, to another desk."""
    last = {form.key(r): r for r in rows}
    ref = next((form.key(r) for r in day2 if r == last.get(form.key(r)) and not form.record(r).closed), None)
    if ref is None:
        return
    items = dev.api(min(n["path"] for n in dev.nodes())).all_matters()
    item = next(i for i in items if i["source_ref"] == ref)
    answer = dev.api(item["holder"]).step(item["id"], "assign", {"desk": "Somebody's"})
    checks.equal(answer.status, 200, f"{form.name}: somebody gives {ref} to another desk: {answer}")
    form.person[ref] = "Somebody's"


def refused(checks, dev, form, rows, folder):
    """Bad rows are written out whole; mended, they come in by the same map, also where that names an encoding: the file says
    itself that it is UTF-8. Returns the rows that were brought in."""
    text = (folder / f"{form.name}.map").read_text()
    (folder / f"{form.name}-told.map").write_text(text.replace("[map]\n", f"[map]\nencoding = {form.encoding.replace('16-', '16').removesuffix('-sig')}\n"))
    fresh = [dict(r) | {form.id: f"8000{i}"} for i, r in enumerate(rows[:4])]
    good = {"nyc": "Created Date", "sf": "Opened", "stl": "DATETIMEINIT", "haishu": "上报时间", "baguio": "DATE"}[form.name]
    bad = [dict(r) for r in fresh]
    for row in bad[:2]:
        row[good] = "soon; \"very\""
    write(folder / "bad.csv", bad, form.encoding)
    check = dev.cli.run("import", "--check", "--json", "--map", folder / f"{form.name}-told.map", folder / "bad.csv")
    checks.equal(check.returncode, 4, f"{form.name}: --check says by its status that rows would be rejected")
    s, rejected = bring(checks, dev, form, folder / "bad.csv", folder, "bad", status=4, table="-told")
    checks.equal((s.get("matters"), s.get("rejected")), (2, 2), f"{form.name}: two of four rows are refused")
    marked = rejected.read_bytes().startswith(b"\xef\xbb\xbf")
    with open(rejected, encoding="utf-8-sig", newline="") as f:
        aside = list(csv.DictReader(f))
    checks.equal([r[form.id] for r in aside], [r[form.id] for r in bad[:2]], f"{form.name}: they are written out")
    checks.check(all("soon" in r["rejected_reason"] and all(r[c] == b[c] for c in b) for r, b in zip(aside, bad)),
                 f"{form.name}: whole, with the reason", aside[:1])
    for row, right in zip(aside, fresh):
        row[good] = right[good]
    write(folder / "mended.csv", aside, "utf-8-sig" if marked else "utf-8")
    s, _ = bring(checks, dev, form, folder / "mended.csv", folder, "mended", table="-told")
    checks.equal((s.get("matters"), s.get("rejected")), (2, 0), f"{form.name}: mended, they come in by the same map")
    return fresh


POLICY = {"policy.conf": "[policy]\nversion = one\ntitle = files\n\n[calendar office]\nweekly = 1-5 08:30-12:00 14:30-17:30\n",
          "categories.csv": "code,title,calendar,handle,close,reopen\n,Other,office,5wd,10wd,3h\n"}


def by_policy(checks, args, form, folder):
    """In a tree whose policy gives every matter its dues, a file that names none, or its own, changes nothing the second time."""
    policy = folder.with_name(f"{form.name}-clocks")
    policy.mkdir()
    for name, text in POLICY.items():
        (policy / name).write_text(text)
    dev = tree(checks, args, form, folder, "--policy", policy)
    write(folder / "day1.csv", list({form.key(r): r for r in made(form, args.rows)}.values()))
    for name in ("day1", "again"):
        s, _ = bring(checks, dev, form, folder / "day1.csv", folder, name)
        checks.equal((s.get("changed"), s.get("rejected")), (0, 0), f"{form.name}, under a policy, {name}: nothing is changed or refused")
    checks.equal((s.get("matters"), s.get("steps")), (0, 0), f"{form.name}, under a policy: the second time there is nothing to do")
    root = min(n["path"] for n in dev.nodes())
    checks.check(all(m["deadline"] for m in dev.api(root).all_matters()), f"{form.name}: the policy has given each its due")
    dev.stop()


def tree(checks, args, form, folder, *more):
    folder.mkdir()
    with open(folder / f"{form.name}.csv", "w", encoding="utf-8", newline="") as f:
        out = csv.writer(f)
        out.writerow(("code", "parent_code", "level", "name", "label"))
        out.writerows(form.areas())
    text = (MAPS / f"{form.name}.map").read_text()
    (folder / f"{form.name}.map").write_text(text)
    dev = Dev(args.qipan, folder / "tree", folder / f"{form.name}.csv", "--depth", 2, "--zone", form.zone, *more, count=30)
    dev.start(checks)
    return dev


def run(checks, args, form, rows, folder, what):
    dev = tree(checks, args, form, folder)
    write(folder / "day1.csv", rows)
    s, _ = bring(checks, dev, form, folder / "day1.csv", folder, "day1")
    keys = len({form.key(r) for r in rows})
    checks.equal((s.get("matters"), s.get("rejected")), (keys, 0), f"{what}: each key once, none refused")
    boards(checks, dev, FileTruth(form, [rows], args.plant), f"{what}, first day")
    day2, changed, fresh = next_day(form, rows, random.Random(5))
    by_hand(checks, dev, form, rows, day2)
    write(folder / "day2.csv", day2, form.encoding, form.separator)
    s2, _ = bring(checks, dev, form, folder / "day2.csv", folder, "day2")
    checks.equal((s2.get("matters"), s2.get("changed"), s2.get("rejected")), (fresh, changed, 0),
                 f"{what}: the next day's file ({s2.get('encoding')}) changes what changed and adds nothing twice")
    boards(checks, dev, FileTruth(form, [rows, day2], args.plant), f"{what}, next day")
    s3, _ = bring(checks, dev, form, folder / "day2.csv", folder, "again")
    checks.equal((s3.get("matters"), s3.get("changed"), s3.get("steps")), (0, 0, 0), f"{what}: the same file again does nothing")
    extra = refused(checks, dev, form, rows, folder)
    boards(checks, dev, FileTruth(form, [rows, day2, extra], args.plant), f"{what}, mended rows")
    checks.say(f"{what}: {len(rows)} rows, {keys} matters, {s.get('steps')} steps; the next day {changed} changed, {fresh} new, "
               f"{s2.get('steps')} steps; dropped positions {s.get('no_position')}, texts shortened {s.get('shortened')}, steps "
               f"moved to the opening {s.get('raised')}")
    dev.stop()


def main():
    p = options(__doc__, 400)
    p.add_argument("--data", default=str(ROOT.parent / "shared/data/files"), help="folder of the real files (%(default)s)")
    p.add_argument("--made", action="store_true", help="only the made files")
    p.add_argument("--rows", type=int, default=45, help="of a made file (%(default)s)")
    p.add_argument("--only", nargs="*", default=[], metavar="NAME", help="nyc, sf, stl, haishu, baguio")
    p.add_argument("--plant", choices=PLANTS)
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "files")
        for form in (f() for f in FORMS if not args.only or f.name in args.only):
            real = pathlib.Path(args.data) / form.data
            if real.exists() and not args.made:
                run(checks, args, form, read(real), folder / form.name, f"{form.name}, real")
            else:
                if not args.made:
                    checks.say(f"SKIPPED: {real} is not here; a made file instead")
                run(checks, args, form, made(form, args.rows), folder / f"{form.name}-made", f"{form.name}, made")
        for form in (f() for f in (Haishu, Stl) if args.made and (not args.only or f.name in args.only)):  # of made files alone
            by_policy(checks, args, form, folder / f"{form.name}-policy")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
