#!/usr/bin/python3
"""One day of 宿州市, from the first call of the hotline to the circulars of four levels; and the same day with 埇桥区 cut off from noon to six.

Everybody logs in with an account of his own and may what his role may. The hotline's operator reports a missing manhole cover with who
called; the city's desk sorts it and dispatches it to 埇桥区, which refuses it with a reason, takes it the second time, and passes it by
沱河街道 to 韩池孜社区, where a grid worker takes it. The city urges, the worker asks the county's 住建 to assist and keeps the matter; it
is handled, a visit says that it is not fixed, it is done again, and closed. Four other matters go beside it: one that never leaves the
community, one that rises to the city, one of another county, one that comes down in the evening. The nodes' clock is set to each time of
the day (lib/clock.c), so that the deadlines of topology/policy/suzhou run; where a deadline lies between two times, the street, which urges, has
heard before what was done. What the circulars must say is counted here, from what was done:
they are equal on all four levels, but that nobody counts a refusal that was given before he heard of the matter.
--plant NAME: `figure` counts one thing wrongly, `phone` writes the caller's number into a text; the run must then fail.
"""

import csv
import datetime
import os
import pathlib
import signal
import sys

from blobs import fetch, hash_of, photo, send
from canary import WHO, doors, files_with, has, personal
from circular import NAMES, figures
from lib.check import Checks, wait_until
from lib.client import Api
from lib.clock import ZONE, Clock
from lib.cut import CutNode
from lib.small import seen
from lib.tree import ROOT, SUZHOU, Dev, options, scratch, wait_drained

CITY, COUNTY, STREET, COMMUNITY = "suzhou", "suzhou/yongqiao", "suzhou/yongqiao/tuohe", "suzhou/yongqiao/tuohe/hanchizi"
DANGSHAN = "suzhou/dangshan"
CHAIN = [COMMUNITY, STREET, COUNTY, CITY]
CODES = {"341300", "341302", "341302002", "341302002004", "341321"}  # of the five nodes in topology/areas/suzhou
DAYS = ["2026-03-10", "2026-03-11"]  # a Tuesday and a Wednesday, both working days
MANHOLE, OTHER = "0101", "其他"  # 15m to sign, 2h to close, at any hour; 2h to sign, 5wd to close
PASSWORD = "a long passphrase"
PURPOSE = "回访"

# where -> name -> title, roles
PEOPLE = {
    CITY: {"rexian": ("热线接线员", ["desk"]), "shifenban": ("市分办员", ["dispatcher"]), "shizhihui": ("市指挥长", ["commander"]),
           "shishenji": ("市审计员", ["auditor"]), "shiguanli": ("市管理员", ["admin"])},
    COUNTY: {"qufenban": ("区分办员", ["dispatcher"]), "quzhihui": ("区指挥长", ["commander"]), "quzhujian": ("区住建专办员", ["desk"])},
    STREET: {"jiefenban": ("街道分办员", ["dispatcher"]), "jiezhihui": ("街道指挥长", ["commander"])},
    COMMUNITY: {"shefenban": ("社区分办员", ["dispatcher"]), "shezhihui": ("社区书记", ["commander"]), "wangge": ("网格员", ["worker"]), "wuye": ("物业专员", ["desk"])},
    DANGSHAN: {"dangfenban": ("砀山分办员", ["dispatcher"])},
}
# where, code, title, duties, members, is it a source
DESKS = [(CITY, "热线", "12345 热线", [], ["rexian"], True), (COUNTY, "住建", "区住建局", [{"category": MANHOLE}], ["quzhujian"], False),
         (COMMUNITY, "网格", "网格站", [{"category": MANHOLE, "area": COMMUNITY}], ["wangge"], False),
         (COMMUNITY, "物业", "物业站", [{"category": "物业管理"}], ["wuye"], False)]
STRICTER = {"version": "yq-1", "categories": [{"code": MANHOLE, "visit": 1}]}


# ---- the clock, the people, what was done ----

def local(text):
    """A time of the API, as a clock in 宿州 shows it: date, hour and minute."""
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(ZONE).strftime("%Y-%m-%d %H:%M") if text else text


class Person(Api):
    """Somebody at a browser: a session, no token."""

    def __init__(self, url, name):
        super().__init__(url)
        self.name, self.cookie = name, None

    def _head(self, headers):
        return {**({"Cookie": self.cookie} if self.cookie else {}), **(headers or {})}

    def log_in(self, checks):
        self.cookie = None
        answer = self.post("/api/v1/session", {"name": self.name, "password": PASSWORD})
        checks.equal(answer.status, 200, f"{self.name} logs in")
        self.cookie = answer.headers.get("set-cookie", "").split(";")[0]


class Count:
    """What the circulars of a day must say, from what was done alone: (area, who knows of it) -> name -> [numerator, denominator]."""

    def __init__(self):
        self.of = {}

    def add(self, area, name, above=1, below=1, to=None):
        n = self.of.setdefault((area, to), {}).setdefault(name, [0, 0])
        n[0] += above
        n[1] += below

    def opened(self, area, due=False, in_time=False):
        """A matter; due: its deadline is of this day. All of them are closed on it."""
        self.add(area, "opened")
        if due:
            self.add(area, "due")
            self.add(area, "closed_of_due")
            self.add(area, "closed_in_time", in_time)

    def answered(self, area, to, refused=False):
        """An offer, in time. `to`: who is offered it. That he took it belongs to the evidence of who holds it, which whoever comes to the matter
        is given (K8); that he refused it is no part of that, so those below him never hear of it."""
        to = to if refused else None
        self.add(area, "signed_in_time", to=to)
        self.add(area, "refused", refused, to=to)

    def visited(self, area, resolved):
        for name in ("visited", "reached"):
            self.add(area, name)
        for name in ("resolved", "satisfied"):
            self.add(area, name, resolved)
        self.add(area, "redo", not resolved, 0)

    def at(self, place):
        """At a node: of its own area and all below, as far as it knows."""
        rows = [r for (area, to), r in self.of.items() if within(area, place) and (to is None or within(to, place))]
        total = {name: tuple(sum(r.get(name, [0, 0])[i] for r in rows) for i in (0, 1)) for name in NAMES}
        return {name: (n[0], None if name in ("opened", "due") else n[1]) for name, n in total.items()}

    def both(self, other):
        whole = Count()
        for c in (self, other):
            for (area, to), row in c.of.items():
                for name, n in row.items():
                    whole.add(area, name, *n, to=to)
        return whole


def within(path, place):
    return path == place or path.startswith(place + "/")


# ---- the tree and who works in it ----

class Town:
    def __init__(self, checks, args, folder):
        self.checks, self.folder, self.plant = checks, folder, args.plant
        self.clock = Clock(checks, folder)
        self.clock.set(DAYS[0], "07:30")
        areas = folder / "areas"
        areas.mkdir()
        with open(SUZHOU / "divisions.csv", encoding="utf-8", newline="") as f:
            rows = [r for i, r in enumerate(csv.reader(f)) if i == 0 or r[0] in CODES]
        (areas / "divisions.csv").write_text("".join(",".join(r) + "\n" for r in rows), encoding="utf-8")
        (areas / "zone").write_text((SUZHOU / "zone").read_text())
        self.dev = Dev(args.qipan, folder / "tree", areas, "--policy", ROOT / "topology/policy/suzhou", "--no-restart", count=8)
        self.dev.cli.env.update(self.clock.environment)
        took = self.dev.start(checks, 60)
        self.apis = self.dev.apis()
        checks.say(f"{len(self.apis)} nodes joined and healthy in {took:.1f} s")
        pid = self.dev.node(COUNTY)["pid"]
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 15)
        self.cable = CutNode(self.dev, COUNTY, folder / "cable")
        self.cable.start(checks)
        up = wait_until(lambda: self.apis[COUNTY].healthy() and wait_drained(self.apis, 1) is not None, 30)
        checks.check(up, "埇桥区 serves behind a cable that can be pulled")
        ok = wait_until(lambda: all(a.get("/api/v1/policy").json["version"] == "suzhou-2026-1" for a in self.apis.values()), 20)
        checks.check(ok, "the city's policy is in force at every node")
        self.clock.nodes = list(self.apis.values())
        self.people()

    def people(self):
        checks = self.checks
        for place, them in PEOPLE.items():
            for name, (title, roles) in them.items():
                answer = self.apis[place].post("/api/v1/users", {"name": name, "title": title, "roles": roles, "password": PASSWORD})
                checks.equal(answer.status, 201, f"{title} has an account: {answer.body[:200] if answer.status != 201 else ''}")
                setattr(self, name, Person(self.apis[place].url, name))
        for place, code, title, duties, members, source in DESKS:
            answer = self.apis[place].post("/api/v1/desks", {"code": code, "title": title, "duties": duties, "members": members, "source": source})
            checks.equal(answer.status, 201, f"{title} is a desk: {answer.body[:200] if answer.status != 201 else ''}")

    def log_in(self):
        for them in PEOPLE.values():
            for name in them:
                getattr(self, name).log_in(self.checks)

    def stricter(self):
        """埇桥区 wants each missing cover visited: its commander tightens what the city says, and nobody else may."""
        checks = self.checks
        self.refused(self.qufenban.call("PUT", "/api/v1/policy", STRICTER), 403, "command", "a dispatcher tightens no policy")
        answer = self.quzhihui.call("PUT", "/api/v1/policy", STRICTER)
        checks.equal((answer.status, answer.json.get("version")), (200, "suzhou-2026-1+yq-1"), "the county's commander tightens the policy")
        ok = wait_until(lambda: self.wangge.get("/api/v1/policy").json["version"] == "suzhou-2026-1+yq-1", 20)
        checks.check(ok, "it holds in the community")

    def report(self, who, **body):
        answer = who.post("/api/v1/matters", {"source": "12345", "title": "井盖缺失", "category": MANHOLE, **body})
        if not self.checks.equal(answer.status, 201, f"{self.clock.hour} {who.name} reports"):
            raise OSError(str(answer))
        return answer.json

    def step(self, who, matter, name, **body):
        answer = who.step(matter, name, body)
        self.checks.equal(answer.status, 200, f"{self.clock.hour} {who.name}: {name}: {answer.body[:300].decode() if answer.status != 200 else ''}")
        return answer.json

    def refused(self, answer, status, word, sentence):
        """Not done, and the answer says why."""
        said = answer.error.get("message", "")
        self.checks.check(answer.status == status and word in said, f"{self.clock.hour} {sentence}: {status}", answer)

    def known(self, who, matter, test, sentence, seconds=40):
        m = seen(who, matter, test, seconds)
        self.checks.check(m, f"{self.clock.hour} {sentence}", who.get(f"/api/v1/matters/{matter}").body[:200] if not m else "")
        return m or who.matter(matter)


def offered(m):
    return m.get("offered") is not None


def clock_of(m, stage):
    return next((c for c in m["clocks"] if c["stage"] == stage), {})


def branch(api, path):
    def find(b):
        return b if b["path"] == path else next((f for f in map(find, b["children"]) if f), None)
    return find(api.get("/api/v1/tree").json)


# ---- the day ----

def morning(t, n):
    """From the hotline to the grid worker."""
    checks = t.checks
    t.clock.at("08:30")
    m = t.report(t.rexian, category="01", title="路口井盖没了", area=CITY, reporter=WHO, desk="热线",
                 **({"text": f"回电 {WHO['phone']}"} if t.plant == "phone" else {}))
    matter = m["id"]
    checks.check(m["personal"] == "kept" and not has(str({k: v for k, v in m.items() if k != "text"}).encode()), "who called is kept, and not shown", m)
    t.clock.at("08:35")
    t.refused(t.shishenji.step(matter, "sort", {"category": MANHOLE}), 403, "step", "an auditor sorts nothing")
    t.refused(t.shiguanli.get(f"/api/v1/matters/{matter}"), 403, "read", "an administrator sees no matters")
    m = t.step(t.shifenban, matter, "sort", category=MANHOLE, urgency="urgent", area=COMMUNITY)
    checks.equal((m["state"], local(m["deadline"])), ("sorted", f"{t.clock.date} 10:30"), "sorted, it is due two hours after the call")
    t.clock.at("08:40")
    t.step(t.shifenban, matter, "dispatch", to=COUNTY, note="请埇桥区处置")
    m = t.known(t.qufenban, matter, offered, "it is offered to the county")
    checks.equal(local(clock_of(m, "sign").get("due")), f"{t.clock.date} 08:55", "which has a quarter of an hour to sign")
    checks.equal(t.qufenban.get("/api/v1/me").json["needs"]["sign"], 1, "its dispatcher is told that one waits for his signature")
    t.clock.at("08:45")
    t.refused(t.shifenban.step(matter, "accept", {}), 409, "offered", "the city does not sign for the county")
    t.step(t.qufenban, matter, "refuse", reason="该路段不属我区")
    m = t.known(t.shifenban, matter, lambda x: not offered(x), "the refusal comes back")
    checks.equal((m["holder"], m["history"][-1]["note"]), (CITY, "该路段不属我区"), "with its reason; the city answers for it still")
    for hour, who, to, taker, after in (("08:50", t.shifenban, COUNTY, t.qufenban, "08:55"), ("09:00", t.qufenban, STREET, t.jiefenban, "09:05"),
                                        ("09:10", t.jiefenban, COMMUNITY, t.shefenban, "09:15")):
        t.clock.at(hour)
        t.step(who, matter, "dispatch", to=to, note="请处置")
        t.known(taker, matter, offered, f"it is offered to {to}")
        t.clock.at(after)
        t.step(taker, matter, "accept")
        t.known(who, matter, lambda x, p=to: x["holder"] == p, f"and {to} holds it")
        n.answered(COMMUNITY, to)
    n.answered(COMMUNITY, COUNTY, refused=True)
    t.clock.at("09:20")
    foreseen = t.shefenban.post("/api/v1/matters?dry_run=1", {"category": MANHOLE, "title": "井盖", "source": "12345", "area": COMMUNITY}).json
    checks.equal((foreseen["desk"], foreseen["desk_by"]), ("网格", "duty"), "the desk whose duty it is in the community is proposed")
    t.step(t.shefenban, matter, "assign", desk="网格")
    other = t.wuye.step(matter, "take")
    checks.check(other.status == 404, "09:20 for who is of another desk it is not there, and he does not take it", other)
    m = t.step(t.wangge, matter, "take")
    checks.equal((m["desk"], m["person"]), ("网格", "wangge"), "the grid worker has taken it")
    t.known(t.jiefenban, matter, lambda x: x["state"] == "assigned", "the street hears of it before it would urge")
    return matter


def who_called(t, matter):
    """The holder's dispatcher reads who called, and says what for; nobody else of these may."""
    t.clock.at("09:30")
    t.refused(personal(t.wangge, matter), 403, "personal", "the grid worker does not read who called")
    t.refused(personal(t.rexian, matter), 403, "personal", "nor the operator any more")
    t.refused(personal(t.shishenji, matter), 403, "personal", "nor the auditor")
    beside = personal(t.dangfenban, matter)
    t.checks.check(beside.status == 404 and not has(beside.body), "09:30 of another county's matter there is nothing to read: 404", beside)
    t.checks.equal(t.shefenban.get(f"/api/v1/matters/{matter}/personal").status, 400, "09:30 without a purpose nothing is told")
    got = wait_until(lambda: (r := personal(t.shefenban, matter, PURPOSE)).status == 200 and r, 20)
    t.checks.equal(got and got.json["phone"], WHO["phone"], "09:30 the holder's dispatcher reads it, for a return visit")


def never_leaves(t, n):
    """A cover that the worker finds himself, and that is in its place within the two hours."""
    t.clock.at("10:00")
    m = t.report(t.wangge, source="网格")
    t.checks.equal((m["urgency"], m["desk"]), ("urgent", "网格"), "10:00 what he does not say the policy says: how urgent it is, and where it lies")
    t.step(t.shefenban, m["id"], "assign", desk="网格", person="wangge")
    t.known(t.jiefenban, m["id"], lambda x: x["state"] == "assigned", "the street hears that it is assigned")
    t.clock.at("10:15")
    name = send(t.wangge, photo(), "image/jpeg").json["hash"]
    m = t.step(t.wangge, m["id"], "handle", result="已补装", attachments=[name])
    t.checks.check(m["must_visit"], "by the county's stricter policy it must be visited", m["must_visit"])
    t.refused(t.wangge.step(m["id"], "close", {"result": "已补装"}), 422, "visit", "nobody closes it before")
    t.step(t.shefenban, m["id"], "visit", reached=True, resolved=True, satisfied=True)
    t.clock.at("10:20")
    t.step(t.shefenban, m["id"], "close", result="已补装")
    t.known(t.shifenban, m["id"], lambda x: [a["hash"] for a in x["attachments"]] == [name], "the city hears of the worker's photo")
    got, _ = fetch(t.shifenban, name)
    t.checks.check(got.status == 200 and hash_of(got.body) == name and not has(got.body), "and reads it, without what his phone wrote beside it", got.status)
    n.opened(COMMUNITY, due=True, in_time=True)
    n.add(COMMUNITY, "redo", 0, 1)
    n.visited(COMMUNITY, True)


def urged(t, n, matter):
    checks = t.checks
    t.clock.at("10:20")
    m = t.known(t.shefenban, matter, lambda x: x["due_soon"], "half an hour before the due the community is reminded")
    checks.equal(t.wangge.get("/api/v1/matters", needs="due_soon", desk="网格").json["total"], 1, "and the desk that has it")
    t.clock.at("10:52")
    m = t.known(t.shizhihui, matter, lambda x: x["overdue"], "the city sees that it is overdue")
    m = t.known(t.shizhihui, matter, lambda x: x["urges"], "and that the street, above who holds it, has urged")
    checks.equal([(u["node"], u["by"], u["lifted"]) for u in m["urges"]], [(STREET, "policy", False)], "by itself, as the policy says, once")
    dues = {p: sorted((c["stage"], local(c["due"]), c["rule"]) for c in t.apis[p].matter(matter)["clocks"] if not c["ended"]) for p in CHAIN}
    checks.check(len(dues[COMMUNITY]) == 2 and all(d == dues[COMMUNITY] for d in dues.values()), "the clocks that run have one due and one rule on all four levels", dues)
    t.refused(t.shifenban.step(matter, "urge", {"note": "请加快"}), 403, "command", "a dispatcher does not urge")
    t.step(t.shizhihui, matter, "urge", note="请立即处置")
    t.known(t.wangge, matter, lambda x: x["urged"], "the worker sees that the city urges")
    checks.equal(t.shefenban.get("/api/v1/me").json["needs"]["urged"], 1, "so does the community's dispatcher")
    t.clock.at("11:00")
    t.step(t.wangge, matter, "progress", note="已到现场围挡")
    t.known(t.shizhihui, matter, lambda x: not x["urged"], "the city hears the answer")
    n.add(COMMUNITY, "urged")
    n.add(COMMUNITY, "urged")  # the street's, by policy


def support(t, matter):
    """ST4: asked of the county's desk and of the street; the community keeps it."""
    t.clock.at("11:10")
    m = t.step(t.wangge, matter, "assist", to=COUNTY, desk="住建", note="请支援井盖一套")
    t.checks.equal((m["holder"], m["state"]), (COMMUNITY, "assigned"), "asking for support gives nothing away")
    t.step(t.wangge, matter, "assist", to=STREET, note="请协助围挡")
    t.known(t.quzhujian, matter, lambda x: len(x["parts"]) == 2, "the county's desk is asked")
    t.known(t.jiefenban, matter, lambda x: len(x["parts"]) == 2, "and the street")
    t.known(t.shifenban, matter, lambda x: len(x["parts"]) == 2, "and the city knows it")


def cut_at_noon(t, matter):
    """Whoever looks at the city's page sees that the county is cut off, and since when."""
    checks, city = t.checks, t.shifenban
    t.cable.cut()
    checks.check(wait_until(lambda: branch(city, COUNTY)["state"] == "cut", 40, 0.3), "12:00 the city says that the county is cut off", branch(city, COUNTY))
    b = branch(city, COUNTY)
    checks.check((local(b["as_of"]) or "")[:15] == f"{t.clock.date} 12:0", "since noon", b)
    checks.equal({p: branch(city, p)["state"] for p in (STREET, COMMUNITY, DANGSHAN)}, {STREET: "cut", COMMUNITY: "cut", DANGSHAN: "live"},
                 "with all below it, and nobody else")
    board = t.shizhihui.get("/api/v1/board", by="area").json
    rows = {r["key"]: (r.get("stale", False), (local(r["as_of"]) or "")[:15]) for r in [*board["rows"], {**board, "key": ""}] if r["key"] in (COUNTY, DANGSHAN, "")}
    noon = (True, f"{t.clock.date} 12:0")
    checks.equal(rows, {COUNTY: noon, "": noon, DANGSHAN: (False, "")}, "the board says of which figures that they are of noon")
    alarm = next((a for a in city.node()["alarms"] if a["code"] == "child_cut"), {})
    checks.equal((alarm.get("path"), (local(alarm.get("since")) or "")[:15]), (COUNTY, f"{t.clock.date} 12:0"), "there is an alarm, with the time")
    shown = t.dev.cli.run("tree", "--dir", t.dev.node(CITY)["dir"]).stdout.decode()
    checks.check("as of" in shown, "`qipan tree` says as of when the county's figures are", shown)
    up = wait_until(lambda: any(a["code"] == "parent_cut" for a in t.qufenban.node()["alarms"]), 20)
    checks.check(up, "the county knows it as well")


def joint(t, matter, cut):
    """The county's desk does its part; the street, which does not come, is released."""
    checks = t.checks
    t.refused(t.wangge.step(matter, "close", {"result": "x"}), 422, "住建", "while parts are open nobody closes it")
    t.clock.at("12:30")
    t.refused(t.quzhihui.step(matter, "release", {}), 409, COMMUNITY, "the county does not release itself")
    t.step(t.quzhujian, matter, "part", note="井盖已出库")
    t.clock.at("13:00")
    t.step(t.quzhujian, matter, "part", note="井盖已送到", done=True)
    t.known(t.wangge, matter, lambda x: x["parts"][0]["state"] == "done", "the worker sees that the county has done its part")
    t.clock.at("13:10")
    t.step(t.wangge, matter, "release", to=STREET, note="不再需要")
    m = t.known(t.jiefenban, matter, lambda x: x["parts"][1]["state"] == "released", "the street is released")
    checks.equal([p["state"] for p in m["parts"]], ["done", "released"], "all parts have ended")
    if cut:
        m = t.shifenban.matter(matter)
        checks.equal([p["state"] for p in m["parts"]], ["asked", "asked"], "the city, cut off, knows what it knew at noon")


def elsewhere(t, n):
    """砀山县 goes on, whoever is cut off."""
    t.clock.at("13:15")
    m = t.report(t.rexian, area=DANGSHAN)
    t.known(t.dangfenban, m["id"], offered, "砀山县 is offered its own")
    t.clock.at("13:20")
    t.step(t.dangfenban, m["id"], "accept")
    t.clock.at("13:30")
    t.step(t.dangfenban, m["id"], "handle", result="已补装")
    t.step(t.dangfenban, m["id"], "close", result="已补装")
    t.known(t.shifenban, m["id"], lambda x: x["state"] == "closed", "the city hears that it is closed")
    n.opened(DANGSHAN, due=True, in_time=True)
    n.answered(DANGSHAN, DANGSHAN)
    n.add(DANGSHAN, "redo", 0, 1)


def appealed(t, matter):
    """The worker thinks that the visit was wrong; the county's commander lets it stand."""
    t.clock.at("14:30")
    m = t.step(t.wangge, matter, "appeal", about="visit", reason="井盖是被车压松的")
    t.checks.equal([(a["about"], a["state"]) for a in m["appeals"]], [("visit", "asked")], "14:30 the appeal waits for its decision")
    t.known(t.quzhihui, matter, lambda x: x["appeals"], "the county hears of the appeal")
    t.refused(t.qufenban.step(matter, "decide", {"about": "visit", "keep": True, "reason": "x"}), 403, "command", "a dispatcher decides no appeal")
    t.refused(t.shezhihui.step(matter, "decide", {"about": "visit", "keep": True, "reason": "x"}), 409, "a node above", "nor does the holder's own commander")
    t.step(t.quzhihui, matter, "decide", about="visit", keep=True, reason="照片属实")
    m = t.known(t.wangge, matter, lambda x: x["appeals"][0]["state"] == "kept" and any(h["type"] == "appeal_ended" for h in x["history"]), "it is decided")
    t.checks.equal((m["appeals"][0]["decision"], m["visit"]["satisfied"]), ("照片属实", False), "14:30 the visit's score stands")
    t.refused(t.wangge.step(matter, "appeal", {"about": "visit", "reason": "x"}), 409, "appeal", "one appeals once")


def done_again(t, n, matter):
    """Handled, visited, not fixed; handled again, visited, closed."""
    checks = t.checks
    t.clock.at("14:00")
    m = t.step(t.wangge, matter, "handle", result="已补装")
    checks.check(m["must_visit"], "it must be visited")
    t.refused(t.wangge.step(matter, "visit", {"reached": True, "resolved": True}), 422, "wangge", "who handled it does not visit")
    t.refused(t.shishenji.step(matter, "visit", {"reached": True, "resolved": True}), 403, "step", "an auditor does not visit")
    t.refused(t.shefenban.step(matter, "close", {"result": "已补装"}), 422, "visit", "it is not closed before the visit")
    t.clock.at("14:20")
    m = t.step(t.shefenban, matter, "visit", reached=True, resolved=False, satisfied=False, note="井盖仍松动")
    checks.equal((m["state"], m["redo"], m["person"]), ("assigned", 1, "wangge"), "not fixed: it goes back to the worker")
    t.known(t.jiefenban, matter, lambda x: x["redo"] == 1, "the street hears of the visit before it is overdue")
    appealed(t, matter)
    t.clock.at("15:00")
    t.step(t.wangge, matter, "handle", result="已加固")
    t.clock.at("15:25")
    m = t.step(t.shefenban, matter, "visit", reached=True, resolved=True, satisfied=True, note="满意")
    checks.equal(m["state"], "visited", "the second visit finds the caller satisfied")
    t.known(t.jiefenban, matter, lambda x: x["state"] == "visited", "and so does the street, before it is overdue")
    t.clock.at("15:40")
    m = t.step(t.shefenban, matter, "close", result="已加固")
    checks.equal((m["state"], clock_of(m, "close").get("met")), ("closed", False), "it is closed, and was late")
    n.opened(COMMUNITY, due=True, in_time=t.plant == "figure")
    n.add(COMMUNITY, "redo", 0, 2)
    n.visited(COMMUNITY, False)
    n.visited(COMMUNITY, True)


def rises(t, n, cut):
    """What the community cannot do goes up; where the link is cut it waits, and says so."""
    checks = t.checks
    t.clock.at("16:00")
    matter = t.report(t.wangge, category=OTHER, title="跨区河道污染", source="网格")["id"]
    t.step(t.shefenban, matter, "escalate", reason="需街道协调")
    t.known(t.jiefenban, matter, lambda x: x["holder"] == STREET, "the street takes at once what rises")
    t.clock.at("16:10")
    t.step(t.jiefenban, matter, "escalate", reason="需区里协调")
    t.known(t.qufenban, matter, lambda x: x["holder"] == COUNTY, "so does the county")
    t.clock.at("16:30")
    m = t.step(t.qufenban, matter, "escalate", reason="涉及两县，需市里协调")
    n.opened(COMMUNITY)
    for _ in range(3):
        n.answered(COMMUNITY, COMMUNITY)
    if cut:
        said = [(w["code"], w["field"], w["path"]) for w in m.get("warnings", [])]
        checks.check(("parent_cut", "offered", CITY) in said, "the county is told that it waits for the city", said)
        checks.equal((m["holder"], m["offered"]["to"]), (COUNTY, CITY), "it waits, offered, and the county answers for it")
        checks.equal(t.shifenban.get(f"/api/v1/matters/{matter}").status, 404, "the city has not heard of it")
    else:
        t.known(t.shifenban, matter, lambda x: x["holder"] == CITY, "the city takes it at once")
    return matter


def comes_down(t, cut):
    """In the evening the city has one more for the community."""
    t.clock.at("17:50")
    m = t.report(t.rexian, area=COMMUNITY)
    if cut:
        said = [(w["code"], w["field"], w["path"]) for w in m.get("warnings", [])]
        t.checks.check(("child_cut", "offered", COUNTY) in said, "the operator is told that it waits for the county", said)
    else:
        t.known(t.shefenban, m["id"], offered, "the community is offered it")
    return m["id"]


def evening(t, n, up, down):
    """From six on everybody is heard."""
    checks = t.checks
    t.clock.at("18:02")
    m = t.known(t.shifenban, up, lambda x: x["holder"] == CITY, "the city holds what rose")
    checks.equal(sum(e["type"] == "accepted" for e in m["history"]), 3, "taken once at each level")
    t.known(t.shefenban, down, offered, "the community has what came down")
    t.step(t.shefenban, down, "accept")
    n.answered(COMMUNITY, COMMUNITY)
    t.clock.at("18:10")
    t.step(t.shefenban, down, "assign", desk="网格", person="wangge")
    t.step(t.wangge, down, "handle", result="已补装")
    t.step(t.shefenban, down, "visit", reached=True, resolved=True, satisfied=True)
    t.step(t.shefenban, down, "close", result="已补装")
    n.opened(COMMUNITY, due=True, in_time=True)
    n.add(COMMUNITY, "redo", 0, 1)
    n.visited(COMMUNITY, True)
    t.known(t.jiefenban, down, lambda x: x["state"] == "closed", "the street hears that it is done")
    t.clock.at("18:20")
    t.step(t.shifenban, up, "close", result="已协调两县联合治理")
    checks.check(wait_drained(t.apis, 40) is not None, "everything has arrived")


def looked_back(t, matter, up, down):
    """Each event once, and the same at all who know the matter; who read what; the caller's number nowhere."""
    checks = t.checks
    for m in (matter, up, down):
        told = {p: [e["event"] for e in t.apis[p].matter(m)["history"]] for p in CHAIN}
        checks.check(all(len(set(v)) == len(v) for v in told.values()), "no event is there twice", told)
        whole = set().union(*told.values())
        checks.equal(whole - set(told[CITY]), set(), "the city has heard all that was done")
        ends = {p: [t.apis[p].matter(m)[k] for k in ("state", "holder", "version", "result", "redo", "deadline", "closed_at", "parts")] for p in CHAIN}
        checks.check(all(e == ends[CITY] for e in ends.values()), "all four levels end with the same", ends)

    def readings():
        items = t.shishenji.get("/api/v1/audit", what="personal_read", limit=500).json["items"]
        return [(i["node"], i["who"], i["purpose"]) for i in items if i["on"] == matter]
    ok = wait_until(readings, 20)
    checks.equal(sorted(ok or []), [(COMMUNITY, "user:shefenban", PURPOSE)], "the city's auditor reads who read it, where and what for")
    t.refused(t.shifenban.get("/api/v1/audit"), 403, "audit", "a dispatcher does not read the trail")
    leaks = [where for where, _, body in doors(t.apis, matter, "none") if has(body)]
    checks.equal(leaks, [], "no door of any level tells who called")
    checks.equal(files_with(t.folder), [], "no journal, table or log has it")


def day(t, date, cut):
    """One day; what its circulars must say."""
    n = Count()
    t.clock.set(date, "08:00")
    t.log_in()
    if not cut:
        t.stricter()
    matter = morning(t, n)
    who_called(t, matter)
    never_leaves(t, n)
    urged(t, n, matter)
    support(t, matter)
    t.clock.at("12:00")
    t.checks.check(wait_drained(t.apis, 20) is not None, "at noon everything has arrived")
    if cut:
        cut_at_noon(t, matter)
    joint(t, matter, cut)
    elsewhere(t, n)
    done_again(t, n, matter)
    up = rises(t, n, cut)
    down = comes_down(t, cut)
    if cut:
        t.checks.check(t.shifenban.matter(matter)["state"] == "assigned" and t.shefenban.matter(matter)["state"] == "closed",
                       "before six the city does not know that it is closed")
        t.clock.at("18:00")
        t.cable.heal()
    evening(t, n, up, down)
    looked_back(t, matter, up, down)
    return n


# ---- the circulars ----

def circulars(t, period, date, wanted):
    """Of all four levels: equal to each other, and to what was done."""
    checks, made = t.checks, {}
    for place, who in zip(CHAIN, (t.shezhihui, t.jiezhihui, t.quzhihui, t.shizhihui)):
        answer = who.post("/api/v1/circulars", {"period": period, "date": date})
        if not checks.equal(answer.status, 201, f"{place} issues its {period} of {date}"):
            raise OSError(str(answer))
        made[place] = c = answer.json
        checks.equal(figures(c), wanted.at(place), f"the {period} of {date} at {place} is what was done")
        kinds = {f["kind"] for f in c["findings"]}
        checks.check("silent" not in kinds and "parts" not in kinds, f"{place}: nobody is silent, and the parts add up", c["findings"])
        checks.check("+yq-1" in c["rule"] or place == CITY, f"{place}: it names the policy in force", c["rule"])
        checks.check(not has(answer.body), f"{place}: who called does not stand in it")
    for below, above in zip(CHAIN, CHAIN[1:]):
        here, there = figures(made[below]), figures(made[above], "area", below)
        for name in set(NAMES) - {"signed_in_time", "refused"}:
            checks.equal(there[name], here[name], f"the {period} of {date}: {below} has the same {name} at {above} as at home")
    return made


def boards(t, date):
    """And the boards of the day say the same about the community, on all four levels."""
    after = (datetime.date.fromisoformat(date) + datetime.timedelta(days=1)).isoformat()
    said = {}
    for p in CHAIN:
        total = t.apis[p].get("/api/v1/board", by="area", area=COMMUNITY, **{"from": date, "to": after}).json["total"]
        said[p] = {k: total[k] for k in ("opened", "closed", "on_time", "late", "visited", "satisfied", "redo", "urged", "due", "due_on_time")}
    t.checks.check(all(s == said[COMMUNITY] for s in said.values()) and said[CITY]["opened"] == 4, f"the board of {date} is the same on all four levels", said)
    return said[CITY]


def main():
    p = options(__doc__, 140)
    p.add_argument("--plant", choices=("figure", "phone"), help="one thing is wrong: the run must fail")
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=40)

    def body():
        t = Town(checks, args, scratch(checks, args, "day"))
        first = day(t, DAYS[0], False)
        checks.say("the first day is over")
        t.clock.set(DAYS[1], "07:30")
        t.log_in()
        t.refused(t.shefenban.post("/api/v1/circulars", {"period": "day", "date": DAYS[0]}), 403, "command", "a dispatcher issues no circular")
        one = circulars(t, "day", DAYS[0], first)
        if args.plant:
            return
        second = day(t, DAYS[1], True)
        checks.say("the second day is over")
        t.clock.set("2026-03-12", "07:30")
        t.log_in()
        two = circulars(t, "day", DAYS[1], second)
        for place in CHAIN:
            checks.equal(figures(two[place]), figures(one[place]), f"{place}: the day of the cut has the figures of the day before")
        circulars(t, "week", DAYS[0], first.both(second))
        checks.equal(boards(t, DAYS[1]), boards(t, DAYS[0]), "so have the boards")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
