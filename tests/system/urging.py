#!/usr/bin/python3
"""What nodes say by themselves when time has passed: reminders, urging by policy, urges that nobody answers, matters that are lifted.

A matter at a community has two hours to be handled. Half an hour before, the community is reminded; when they are over the street urges, once,
also after it was stopped and started again; when that is not answered within the hour, the county urges and has it among what was lifted to it,
until the community says how it goes. A matter that is refused twice goes one level up. Three days later the clock of all nodes is
set on: nobody is urged at once, and then each matter once. A newer calendar makes dues later, and an older one never earlier. What a report
does not say the policy says. The nodes' clock is set (lib/clock.c).
--plant twice: somebody urges by hand as well; the run must then fail.
"""

import os
import signal
import sys

from lib import small
from lib.check import Checks, wait_until
from lib.clock import Clock
from lib.small import CHAIN, CITY, COMMUNITY, COUNTY, STREET, report, seen
from lib.tree import options, scratch

DAY = "2026-03-10"  # a Tuesday
POLICY = """[policy]
version = one
title = 棋城

[calendar office]
weekly = 1-5 08:00-18:00

[urge]
overdue = 0h | 1h

[lift]
refused = 2
"""
CATEGORIES = """code,title,title_en,desk,urgency,calendar,handle,close,remind_handle
,其他,other,,,office,2h,20h,30m
01,燃气,gas,gas,emergency,office,,,
02,道路,roads,roads,,office,,3wd,
"""


def needs(api, name):
    return api.get("/api/v1/me").json["needs"][name]


def urges(api, matter):
    return [(e["node"], e["by"]) for e in api.matter(matter)["history"] if e["type"] == "urged"]


def settle(clock, hour, minutes):
    """Some minutes on, step by step, so that each node has looked twice."""
    h, m = map(int, hour.split(":"))
    for _ in range(minutes):
        m += 1
        clock.at(f"{h + m // 60:02}:{m % 60:02}")


def said_by_policy(checks, dev, apis):
    """What a report does not say."""
    body = small.new(category="燃气")
    seen_before = apis[COMMUNITY].post("/api/v1/matters?dry_run=1", body).json
    checks.equal([seen_before[k] for k in ("urgency", "urgency_by", "desk", "desk_by")], ["emergency", "category", "gas", "category"], "dry_run tells what it gets")
    shown = dev.cli.run("report", "气味", "--category", "01", "--source", "x", "--dry-run", "--dir", dev.node(COMMUNITY)["dir"]).stdout.decode()
    checks.check("emergency" in shown and "gas" in shown, "so does `qipan report --dry-run`", shown)
    m = report(apis[COMMUNITY], category="01", urgency="routine", desk="own")
    checks.equal((m["urgency"], m["desk"]), ("emergency", "own"), "the higher urgency and the own desk stand")
    m = report(apis[COMMUNITY], category="x", occurred_at="2026-03-09T00:00:00Z")
    checks.equal(m["urgency"], "routine", "a record of elsewhere stays as it is")
    apis[COMMUNITY].step(m["id"], "close", {"result": "x"})
    matter = report(apis[COMMUNITY], category="02")["id"]
    checks.equal(apis[COMMUNITY].step(matter, "sort", {"category": "01"}).json["urgency"], "emergency", "sorted, it is as urgent as its category")
    apis[COMMUNITY].step(matter, "close", {"result": "x"})


def overdue(checks, dev, apis, clock, plant):
    clock.at("08:20")
    matter = report(apis[COMMUNITY])["id"]
    apis[COMMUNITY].step(matter, "assign", {"desk": "works"})
    clock.at("09:40")
    checks.check(not apis[COMMUNITY].matter(matter)["due_soon"], "forty minutes before nobody is reminded")
    clock.at("09:52")
    checks.check(seen(apis[COMMUNITY], matter, lambda m: m["due_soon"]), "half an hour before it is due the community is reminded")
    checks.equal(needs(apis[COMMUNITY], "due_soon"), 1, "among what needs somebody there")
    items = apis[COMMUNITY].get("/api/v1/matters", needs="due_soon", desk="works").json["items"]
    checks.check([i["id"] for i in items] == [matter] and items[0]["clocks"], "and the desk that has it", items)
    clock.at("10:25")
    ok = seen(apis[COMMUNITY], matter, lambda m: m["urged"])
    checks.equal(ok and [(u["node"], u["by"], u["lifted"]) for u in ok["urges"]], [(STREET, "policy", False)], "when it is over the street urges by itself")
    checks.check(ok and ok["urges"][0]["due"] and "handle" in ok["urges"][0]["note"], "and says why and until when", ok and ok["urges"])
    if plant:
        apis[STREET].step(matter, "urge", {"note": "by hand"})
    pid = dev.node(STREET)["pid"]
    os.kill(pid, signal.SIGTERM)
    checks.check(wait_until(lambda: dev.node(STREET)["pid"] not in (pid, None) and apis[STREET].healthy(), 30), "the street is stopped and started again")
    clock.at("10:50")
    clock.at("11:01")
    clock.at("11:02")
    checks.check(seen(apis[COMMUNITY], matter, lambda m: m["urged"]), "it is urged still")
    checks.equal({p: urges(apis[p], matter) for p in CHAIN}, {p: [(STREET, "policy")] for p in CHAIN}, "and was urged once, which all four levels know")
    return matter


def lifted(checks, dev, apis, clock, matter):
    clock.at("11:30")
    ok = seen(apis[COUNTY], matter, lambda m: any(u["lifted"] for u in m["urges"]), 20)
    checks.equal(ok and sorted((u["node"], u["lifted"]) for u in ok["urges"]), [(COUNTY, True), (STREET, False)], "not answered within the hour: the county urges too")
    checks.equal((needs(apis[COUNTY], "lifted"), needs(apis[CITY], "lifted")), (1, 0), "it was lifted to the county, and not to the city")
    shown = dev.cli.run("list", "--needs", "lifted", "--dir", dev.node(COUNTY)["dir"]).stdout.decode()
    checks.check(matter in shown, "`qipan list --needs lifted` shows it", shown)
    checks.check(seen(apis[COMMUNITY], matter, lambda m: len(m["urges"]) == 2), "the community sees both")
    apis[COMMUNITY].step(matter, "progress", {"note": "under way"})
    checks.check(seen(apis[COUNTY], matter, lambda m: not m["urged"]), "its word answers both")
    checks.equal(needs(apis[COUNTY], "lifted"), 0, "and nothing is left at the county")
    settle(clock, "11:31", 3)
    checks.equal(len(urges(apis[COMMUNITY], matter)), 3, "nothing is said again")


def refused_twice(checks, apis):
    matter = report(apis[COUNTY])["id"]
    for _ in range(2):
        apis[COUNTY].step(matter, "dispatch", {"to": STREET, "note": "please"})
        checks.check(seen(apis[STREET], matter, lambda m: m.get("offered") is not None), "it is offered to the street")
        apis[STREET].step(matter, "refuse", {"reason": "not ours"})
        checks.check(seen(apis[COUNTY], matter, lambda m: m.get("offered") is None or m["offered"]["to"] == CITY), "which refuses")
    m = seen(apis[CITY], matter, lambda x: x["holder"] == CITY)
    up = [e for e in (m or {"history": []})["history"] if e["type"] == "offered"][-1:]
    checks.check(up and up[0]["by"] == "policy" and "2" in up[0]["note"], "refused twice it goes one level up by policy, and says why", up)
    checks.equal(m and m["refused"], 2, "the refusals are counted")


def days_later(checks, apis, clock):
    """The clocks of all nodes are set on by three days."""
    clock.at("12:00")
    matters = [report(apis[COMMUNITY])["id"] for _ in range(20)]
    for m in matters:
        apis[COMMUNITY].step(m, "assign", {"desk": "works"})
    clock.set("2026-03-13", "12:00")
    clock.at("12:05")
    checks.check(seen(apis[STREET], matters[0], lambda m: m["overdue"]), "three days later all of them are overdue")
    checks.equal([urges(apis[STREET], m) for m in matters], [[]] * 20, "nobody is urged at once: the clock may be wrong")
    settle(clock, "12:11", 3)
    ok = wait_until(lambda: all(apis[COMMUNITY].matter(m)["urged"] for m in matters), 20)
    checks.check(ok, "ten minutes later they are")
    settle(clock, "12:15", 2)
    checks.equal([urges(apis[STREET], m) for m in matters], [[(STREET, "policy")]] * 20, "each once, whatever was missed")


def holidays(checks, apis):
    """PO4: announced late."""
    policy = apis[CITY].get("/api/v1/policy", own="true").json
    body = {k: policy[k] for k in ("title", "calendars", "categories", "rules")}
    matter = report(apis[COMMUNITY], category="02")["id"]
    due = apis[COMMUNITY].matter(matter)["deadline"]
    off = [{**body["calendars"][0], "off": ["2026-03-16", "2026-03-17"]}]
    answer = apis[CITY].call("PUT", "/api/v1/policy", {**body, "version": "two", "calendars": off})
    checks.equal(answer.status, 200, f"a newer calendar is announced: {answer.body[:300] if answer.status != 200 else ''}")
    m = seen(apis[COMMUNITY], matter, lambda x: x["deadline"] > due, 20)
    checks.check(m and m["deadline"][:10] == "2026-03-20", "two working days later", (due, m and m["deadline"]))
    checks.equal(m and [c.get("later_by") for c in m["clocks"] if c["stage"] == "close"], ["two"], "and says by which policy")
    checks.check(seen(apis[CITY], matter, lambda x: m and x["deadline"] == m["deadline"]), "the city shows the same")
    back = apis[CITY].call("PUT", "/api/v1/policy", {**body, "version": "three"})
    checks.equal(back.status, 200, f"the days off are taken back: {back.body[:300] if back.status != 200 else ''}")
    three = wait_until(lambda: apis[COMMUNITY].get("/api/v1/policy").json["version"] == "three", 20)
    checks.check(three, "which the community hears")
    fresh = report(apis[COMMUNITY], category="02")["id"]
    checks.equal(apis[COMMUNITY].matter(fresh)["deadline"][:10], due[:10], "a new report has the due of before")
    apis[COMMUNITY].step(matter, "progress", {"note": "a moment later"})
    checks.equal(apis[COMMUNITY].matter(matter)["deadline"], m and m["deadline"], "what is taken back makes nothing earlier")


def main():
    p = options(__doc__, 90)
    p.add_argument("--plant", choices=("twice",), help="one thing is wrong: the run must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def run():
        folder = scratch(checks, args, "urging")
        source = folder / "policy"
        source.mkdir(parents=True)
        (source / "policy.conf").write_text(POLICY, encoding="utf-8")
        (source / "categories.csv").write_text(CATEGORIES, encoding="utf-8")
        clock = Clock(checks, folder)
        clock.set(DAY, "08:00")
        dev = small.start(checks, args, folder, "--policy", source, environment=clock.environment)
        apis = dev.apis()
        clock.nodes = list(apis.values())
        ok = wait_until(lambda: all(a.get("/api/v1/policy").json["version"] == "one" for a in apis.values()), 20)
        checks.check(ok, "the policy is in force everywhere")
        said_by_policy(checks, dev, apis)
        matter = overdue(checks, dev, apis, clock, args.plant)
        if args.plant:
            return
        lifted(checks, dev, apis, clock, matter)
        refused_twice(checks, apis)
        days_later(checks, apis, clock)
        holidays(checks, apis)

    return checks.run(run)


if __name__ == "__main__":
    sys.exit(main())
