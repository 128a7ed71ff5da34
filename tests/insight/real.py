#!/usr/bin/python3
"""Real records through a real tree of nodes: which warnings and leads they bring, on which day, and how many in a week without news.

    real.py [--only boston montgomery messages] [--data DIR] [--depth N] [--plant NAME]

    boston       311 requests of four months of 2011 at city, districts and wards; a hurricane came on 28 August
    montgomery   911 dispatches of nine months of 2015 and 2016 at the county and its townships; a blizzard on 23 January
    messages     citizens' messages at a city and its districts, brought together; `qipan leads` must say the same without a node

The records are moved by whole weeks, so that their last day is of the last week (a node judges the last four years), and come in with
their own times. Then for every warning of every node: each node above it knows it as it was said, and what it says was seen is what
the file has of that place, category and days, counted here. What is known to have happened must be among them, at its days.
Printed in the days of the file. --plant day counts the days behind a warning wrongly, --plant lead drops a matter from a lead, --plant
event looks for the storm in another week: each must fail. SKIPPED where the data is not there.
"""

import bisect
import collections
import csv
import datetime
import os
import pathlib
import re
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/system"))

from lib.check import Checks, wait_until  # noqa: E402 (its folder is named above)
from lib.tree import Dev, options, read_text_maybe_gz, scratch, wait_drained, wait_still  # noqa: E402

MAP = """[map]
title = {name}
zone = {zone}
times = %Y-%m-%dT%H:%M:%S
[columns]
id = id
opened = opened
category = category
title = title
source = source
area = area
[optional columns]
text = text
[matter]
source_ref = {{id}}
category = {{category}}
title = {{title}}
text = {{text}}
source = {{source}}
opened_at = {{opened}}
[area]
code = {{area}} | root
[enter area]
"""
ZONE = "Etc/GMT+5"  # local times as the file has them, none of them repeated or left out
WARMING = datetime.timedelta(28)  # days of a series before its first judgement


class Record:
    __slots__ = ("ref", "at", "category", "title", "text", "source", "area")

    def __init__(self, ref, at, category, title, source, area, text=""):
        self.ref, self.at, self.category, self.title, self.source, self.area, self.text = ref, at, category, title, source, area, text


class Place:
    """A file, its tree, and what is known to have happened: (what, first day, last day, words of the category)."""

    events = ()
    zone = ZONE

    def rows(self, data):
        with read_text_maybe_gz(data / self.file) as f:
            yield from csv.DictReader(f, delimiter=self.separator)

    separator = ","

    def areas_of(self):
        """code -> path"""
        by_code = {a[0]: a for a in self.areas}

        def path(code):
            _, above, _, _, label = by_code[code]
            return f"{path(above)}/{label}" if above else label

        return {code: path(code) for code in by_code}


class Boston(Place):
    name, file = "boston", "boston-311.csv.gz"
    events = (("the hurricane", "2011-08-28", "2011-08-31", ("Tree Emergencies",)),
              ("the day on which leases begin", "2011-09-01", "2011-09-03", ("Rental Unit Delivery Conditions",)))

    def __init__(self, data, depth):
        with open(ROOT / "topology/areas/boston/divisions.csv", encoding="utf-8", newline="") as f:
            whole = [(r["code"], r["parent_code"], r["level"], r["name"], r["code"].lower()) for r in csv.DictReader(f)]
        self.areas = [a for a in whole if a[2] in ("city", "district", "ward")[:depth]]
        known, above = {a[0] for a in self.areas}, {a[0]: a[1] for a in whole}
        self.records = []
        for r in self.rows(data):
            area = f"w{int(r['ward']):02}" if r["ward"].isdigit() else "boston"
            while area not in known:
                area = above.get(area, "boston")
            self.records.append(Record(r["id"], datetime.datetime.fromisoformat(r["open_dt"]), r["type"], r["type"], r["source"], area))


class Montgomery(Place):
    name, file = "montgomery", "montgomery-911.csv.gz"
    events = (("the blizzard", "2016-01-23", "2016-01-25", ("Traffic: DISABLED VEHICLE",)),
              ("a storm", "2016-02-24", "2016-02-26", ("Fire: ELECTRICAL FIRE OUTSIDE", "Traffic: ROAD OBSTRUCTION")),
              ("the gale", "2016-04-03", "2016-04-04", ("Traffic: ROAD OBSTRUCTION", "Fire: ELECTRICAL FIRE OUTSIDE")),
              ("a thunderstorm", "2016-07-25", "2016-07-26", ("Traffic: ROAD OBSTRUCTION", "Fire: ELECTRICAL FIRE OUTSIDE")))

    def __init__(self, data, _depth):
        self.areas, self.records = [("county", "", "county", "Montgomery County", "county")], []
        known = set()
        for r in self.rows(data):
            code = re.sub("[^a-z0-9]+", "-", r["township"].lower()).strip("-")
            if code and code not in known:
                known.add(code)
                self.areas.append((code, "county", "township", r["township"].title(), code))
            kind = f"{r['category']}: {r['subtype'].strip(' -')}"
            self.records.append(Record(r["id"], datetime.datetime.fromisoformat(r["logged_at"]), kind, kind, r["category"], code or "county"))


class Messages(Place):
    """The last half year of them: what is older has nobody that it is compared with."""

    name, file, separator = "messages", "insight/fusion_zh_open.tsv", "\t"
    days = 170

    def __init__(self, data, _depth):
        self.areas = [("1", "", "city", "A市", "a")]
        found = []
        for r in self.rows(data):
            area = re.match("A[0-9]+[区县市]", r["place"])
            found.append(Record(r["id"], datetime.datetime.fromisoformat(r["time"]), "来信", r["title"], "来信", area[0] if area else "1", r["detail"]))
        last = max(r.at for r in found)
        self.records = [r for r in found if last - r.at < datetime.timedelta(self.days)]
        for name in sorted({r.area for r in self.records} - {"1"}):
            self.areas.append((name, "1", "district", name, "a" + name[1:-1]))

    def rows(self, data):
        with open(data / self.file, encoding="utf-8", newline="") as f:
            head, *lines = (line.rstrip("\n").split("\t") for line in f)
            yield from (dict(zip(head, line)) for line in lines)


PLACES = {p.name: p for p in (Boston, Montgomery, Messages)}


# ---- into a tree ----

def shift_of(place):
    """Whole weeks, so that the last record is of the last seven days."""
    days = (datetime.date.today() - max(r.at for r in place.records).date()).days - 1
    return datetime.timedelta(days - days % 7)


def write(place, folder, shift):
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "divisions.csv", "w", encoding="utf-8", newline="") as f:
        csv.writer(f).writerows([("code", "parent_code", "level", "name", "label"), *place.areas])
    (folder / "zone").write_text(place.zone + "\n")
    (folder / "records.map").write_text(MAP.format(name=place.name, zone=place.zone), encoding="utf-8")
    place.records.sort(key=lambda r: (r.at, r.ref))
    with open(folder / "records.csv", "w", encoding="utf-8", newline="") as f:
        out = csv.writer(f)
        out.writerow(("id", "opened", "category", "title", "source", "area", "text"))
        for r in place.records:
            out.writerow((r.ref, (r.at + shift).isoformat(timespec="seconds"), r.category, r.title, r.source, r.area, r.text))


def spent_s(dev):
    """Processor time of all nodes."""
    ticks = 0
    for n in dev.nodes():
        with open(f"/proc/{n['pid']}/stat") as f:
            fields = f.read().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_idle(dev, seconds):
    """Until the nodes do nothing for a while: what comes late is judged when nothing more has come for five seconds."""
    end, quiet = time.monotonic() + seconds, 0
    while quiet < 4 and time.monotonic() < end:
        before, began = spent_s(dev), time.monotonic()
        time.sleep(2)
        quiet = quiet + 1 if spent_s(dev) - before < 0.1 * (time.monotonic() - began) else 0
    return quiet == 4


def bring_in(checks, args, place, folder, shift):
    areas = folder / "areas"
    write(place, areas, shift)
    dev = Dev(args.qipan, folder / "tree", areas, count=len(place.areas) + 4)
    checks.say(f"{place.name}: {len(place.areas)} nodes healthy after {dev.start(checks):.1f} s")
    began = time.monotonic()
    done = dev.cli.run("import", "--state", dev.state, "--map", areas / "records.map", "--rejected", folder / "rejected.csv",
                       areas / "records.csv", seconds=1500)
    checks.equal(done.returncode, 0, f"{place.name}: the import ends well; it said: {done.stderr.decode()[-400:]}")
    took = time.monotonic() - began
    checks.check(wait_drained(dev.apis(), 300) is not None, f"{place.name}: all queues are empty")
    checks.say(f"{place.name}: {len(place.records)} records came in in {took:.0f} s")
    return dev


# ---- warnings ----

class Counts:
    """The file's own: how many of a place (and all below it) and category on some days."""

    def __init__(self, place):
        paths = place.areas_of()
        days = collections.defaultdict(list)
        for r in place.records:
            path = paths[r.area]
            while path:
                days[path, r.category].append(r.at.date())
                path = path.rpartition("/")[0]
        self.days = {key: sorted(v) for key, v in days.items()}

    def between(self, path, category, first, last):
        v = self.days.get((path, category), [])
        return bisect.bisect_right(v, last) - bisect.bisect_left(v, first)


def day_of(text):
    return datetime.date.fromisoformat(text)


def compare(checks, place, found, shift, plant):
    """Every warning: as it was said at all above, and as the file has it. Returns those that nodes said themselves."""
    counts, off = Counts(place), datetime.timedelta(plant == "day")
    own = {w["id"]: w for path, items in found.items() for w in items if w["area"] == path}
    wrong = []
    for w in own.values():
        path = w["area"]
        while path:
            there = [x for x in found[path] if x["id"] == w["id"]]
            if there != [w]:
                wrong.append((path, there, w))
            path = path.rpartition("/")[0]
    checks.check(not wrong, f"{place.name}: what a node warns of is known the same at every node above", wrong[:2])
    strange = [w for items in found.values() for w in items if w["id"] not in own]
    checks.check(not strange, f"{place.name}: and nobody knows another one", strange[:2])
    wrong = []
    for w in own.values():
        day = day_of(w["day"]) - shift - off
        seen = counts.between(w["area"], w["category"], day - datetime.timedelta(w["window"] - 1), day)
        if seen != w["seen"]:
            wrong.append((w, seen))
    checks.check(not wrong, f"{place.name}: what was seen is what the file has; {len(wrong)} of {len(own)} differ", wrong[:2])
    checks.check(own, f"{place.name}: there is a warning")
    return list(own.values())


def known_event(checks, place, own, shift, plant):
    for what, first, last, words in place.events:
        off = datetime.timedelta(70 if plant == "event" else 0)
        a, b = day_of(first) + off, day_of(last) + off
        said = [w for w in own if w["raised"] and a <= day_of(w["raised_day"]) - shift <= b and any(x in w["category"] for x in words)]
        root = place.areas_of()[place.areas[0][0]]
        if checks.check(said, f"{place.name}: {what} is warned of ({', '.join(words)}, {a} to {b})"):
            soonest = min(said, key=lambda w: (w["raised_day"], w["area"] != root))
            checks.say(f"{what}: raised for {day_of(soonest['raised_day']) - shift} at {soonest['area']}: {soonest['category']}, {soonest['seen']} seen "
                       f"where {soonest['expected']:.1f} were expected; {len(said)} nodes raised it")


def tell(checks, place, own, shift):
    first = min(r.at for r in place.records).date() + WARMING
    last = max(r.at for r in place.records).date()
    weeks = max(1, ((last - first).days + 1) // 7)
    levels = {path: level for (code, path), (_, _, level, _, _) in zip(place.areas_of().items(), place.areas)}
    print(f"\n{place.name}: {first} to {last}, {weeks} weeks that were judged")
    print(f"{'level':10} nodes  raised  watch  raised a node and week: mean, median week, worst week (of all nodes)")
    for level in dict.fromkeys(levels.values()):
        mine = [w for w in own if levels[w["area"]] == level]
        nodes = sum(1 for v in levels.values() if v == level)
        week = collections.Counter((day_of(w["raised_day"]) - shift - first).days // 7 for w in mine if w["raised"])
        per = sorted(week.get(k, 0) for k in range(weeks))
        raised = sum(w["raised"] for w in mine)
        print(f"{level:10} {nodes:5}  {raised:6}  {len(mine) - raised:5}  {raised / nodes / weeks:.3f}; {per[weeks // 2]}, {per[-1]} "
              f"(week of {first + datetime.timedelta(7 * max(range(weeks), key=lambda k: week.get(k, 0)))})")
    print("least likely, raised:")
    for w in sorted((w for w in own if w["raised"]), key=lambda w: -w["score"])[:12]:
        print(f"  {day_of(w['raised_day']) - shift} {w['area']:34} {w['category'][:36]:36} {w['seen']:4} seen in {w['window']} days, {w['expected']:7.1f} "
              f"expected, score {w['score']:.1f}")
    days = collections.Counter(str(day_of(w["raised_day"]) - shift) for w in own if w["raised"])
    print("days with most raised: " + ", ".join(f"{d} {n}" for d, n in days.most_common(6)) + "\n", flush=True)


def warnings(checks, args, place, dev, shift):
    # Once more from the beginning: a node that has judged much waits long before it works in what came late.
    dev.stop()
    dev.start(checks)
    checks.check(wait_idle(dev, 300), f"{place.name}: every node has judged and has nothing more to do")
    found = {path: list(api.each("/api/v1/warnings", limit=500)) for path, api in dev.apis().items()}
    checks.say(f"{place.name}: every node has judged; {sum(map(len, found.values()))} warnings are known, at {len(found)} nodes")
    own = compare(checks, place, found, shift, args.plant)
    known_event(checks, place, own, shift, args.plant)
    tell(checks, place, own, shift)


# ---- leads ----

def leads(checks, args, place, dev, folder):
    apis, paths = dev.apis(), place.areas_of()
    root = min(apis, key=len)
    wait_still(lambda: len(list(apis[root].each("/api/v1/leads", limit=200))), 240, 8)
    checks.check(wait_idle(dev, 240), f"{place.name}: every node has compared and has nothing more to do")
    ref, lines = {}, ["id\ttime\tplace\ttitle\tdetail"]
    matters = sorted(apis[root].all_matters(), key=lambda m: m["id"])
    checks.equal(len(matters), len(place.records), f"{place.name}: every message is at the root")
    for m in matters:
        ref[m["id"]] = m
        lines.append("\t".join((m["id"], m["opened_at"][:19], "" if m["area"] == root else m["area"], m["title"], m["text"].replace("\t", " "))))
    file = folder / "root.tsv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    wanted = collections.defaultdict(set)
    for line in dev.cli.run("leads", file).stdout.decode().splitlines():
        matter, lead = line.split("\t")
        wanted[lead].add(matter)
    wanted = sorted(sorted(v) for v in wanted.values() if len(v) > 1)
    found = []
    for lead in apis[root].each("/api/v1/leads", limit=200):
        one = apis[root].get(f"/api/v1/leads/{lead['id']}").json
        joined = sorted(m["id"] for m in one["matters"] if m.get("how", "joined") == "joined")
        if len(joined) > 1:
            found.append(joined[args.plant == "lead":])
    found.sort()
    both = [v for v in found if v in wanted]
    checks.say(f"{place.name}: {len(found)} leads of two and more at {root}, {len(wanted)} by `qipan leads`, {len(both)} the same")
    checks.check(found == wanted, f"{place.name}: the node's leads are those of `qipan leads`",
                 ([v for v in found if v not in wanted][:2], [v for v in wanted if v not in found][:2]))
    for lead in sorted(found, key=len, reverse=True)[:6]:
        print(f"  {len(lead)} messages, {len({ref[i]['area'] for i in lead})} places, from {min(ref[i]['opened_at'] for i in lead)[:10]} on: {ref[lead[0]]['title'][:50]}")


def body(checks, args):
    data = pathlib.Path(args.data)
    for name in args.only or PLACES:
        if not (data / PLACES[name].file).exists():
            print(f"SKIPPED: {data / PLACES[name].file} is not there: give the data's folder by --data or QIPAN_TEST_DATA")
            checks.passed += 1
            continue
        place = PLACES[name](data, args.depth)
        folder, shift = scratch(checks, args, name), shift_of(place)
        dev = bring_in(checks, args, place, folder, shift)
        if name == "messages":
            leads(checks, args, place, dev, folder)
        else:
            warnings(checks, args, place, dev, shift)
        dev.stop()


def main():
    p = options(__doc__, 2400)
    p.add_argument("--data", default=os.environ.get("QIPAN_TEST_DATA") or str(ROOT.parent / "shared/data"))
    p.add_argument("--only", nargs="+", choices=list(PLACES))
    p.add_argument("--depth", type=int, default=3, choices=[1, 2, 3], help="levels of Boston's tree (3: city, districts, wards)")
    p.add_argument("--plant", choices=["day", "event", "lead"])
    args = p.parse_args()
    checks = Checks(args.timeout)
    checks.run(lambda: body(checks, args))


if __name__ == "__main__":
    sys.exit(main())
