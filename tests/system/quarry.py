#!/usr/bin/python3
"""Clues of one illegal quarry, over three platforms at three streets, become a lead at their county: who sees it, what people make
of it, taken back exactly; the same after a kill, a restart and a rebuild, and what `qipan leads` finds in the same matters.

    qicheng ┬ east ┬ lake ─ willow      a clue comes in at willow (hotline), at hill (police), at river (grid)
            │      ├ hill
            │      └ river
            └ west
--plant NAME reads one of them wrongly; the run must then fail.
"""

import json
import os
import pathlib
import signal
import sys
import time

from lib.check import Checks, wait_until
from lib.client import Stream
from lib.small import new
from lib.tree import Dev, options, scratch, wait_drained
from rebuild import Node

CITY, COUNTY, LAKE, WILLOW = "qicheng", "qicheng/east", "qicheng/east/lake", "qicheng/east/lake/willow"
HILL, RIVER, WEST = "qicheng/east/hill", "qicheng/east/river", "qicheng/west"
AREAS = """code,parent_code,level,name,label
1,,city,棋城,qicheng
11,1,county,东区,east
12,1,county,西区,west
111,11,street,湖街道,lake
112,11,street,山街道,hill
113,11,street,河街道,river
1111,111,community,柳社区,willow
"""
CATEGORY = "矿产资源"
CLUES = [
    (WILLOW, "hotline", "青龙山采石场夜间偷采爆破", "反映青龙山采石场无证开采，夜间爆破，运石货车不断，电话13855501234"),
    (HILL, "police", "青龙山采石场夜间爆破偷采", "群众报警称青龙山采石场无证开采，夜间爆破，运石货车不断"),
    (RIVER, "grid", "夜间青龙山采石场偷采爆破", "网格员发现青龙山采石场无证开采，夜间爆破，运石货车不断"),
]
OTHERS = [
    (WILLOW, "路灯不亮", "解放路十字路口路灯三天不亮"), (HILL, "井盖缺失", "学校门口下水井盖缺失，行人危险"),
    (RIVER, "占道经营", "菜市场外早晨占道摆摊，车辆无法通行"), (WEST, "噪声扰民", "工地深夜施工，居民无法休息，电话13855501234"),
    (CITY, "绿化带垃圾", "公园南门绿化带里堆满垃圾"), (HILL, "楼道漏水", "幸福小区三号楼楼道漏水多日"),
]


def start(checks, args, folder):
    areas = folder / "areas"
    areas.mkdir(parents=True, exist_ok=True)
    (areas / "divisions.csv").write_text(AREAS, encoding="utf-8")
    (areas / "zone").write_text("Asia/Shanghai\n")
    dev = Dev(args.qipan, folder / "tree", areas, count=8)
    took = dev.start(checks, 60)
    checks.say(f"{len(dev.nodes())} nodes joined and healthy in {took:.1f} s")
    return dev


def report(checks, api, title, text, source, category):
    answer = api.post("/api/v1/matters", new(title, text=text, source=source, category=category))
    checks.equal(answer.status, 201, f"{title}: it is taken")
    return answer.json["id"]


def bring_in(checks, dev):
    apis = dev.apis()
    for path, title, text in OTHERS:
        report(checks, apis[path], title, text, "hotline", "城市管理")
    return [report(checks, apis[path], title, text, source, CATEGORY) for path, source, title, text in CLUES]


def leads(api, **query):
    answer = api.get("/api/v1/leads", **query)
    return answer.json["items"] if answer.status == 200 else None


def look(checks, dev, ids, plant):
    """The one lead: at the county, known above it, and nowhere else."""
    apis = dev.apis()
    found = wait_until(lambda: [l for l in leads(apis[COUNTY]) or [] if l["joined"] == 3], 30, 0.2)
    if not checks.check(found, "the county has a lead of three matters", leads(apis[COUNTY])):
        return None
    lead = found[0]
    checks.equal(len(leads(apis[COUNTY])), 1, "and no other")
    checks.equal((lead["area"], lead["place"], lead["state"]), (COUNTY, COUNTY, "joined"), "where it is, how it stands")
    sources = sorted(s["source"] for s in lead["sources"])
    checks.equal(sources, ["grid", "hotline", "mail" if plant == "source" else "police"], "it says how many of which platform")
    above = wait_until(lambda: leads(apis[CITY]), 20, 0.2) or []
    checks.equal([(l["id"], l["area"]) for l in above], [(lead["id"], COUNTY)], "the city knows it as the county's, and has no second")
    for path in (WILLOW, LAKE, HILL, RIVER, WEST):
        checks.equal(leads(apis[path]), [], f"{path}: nothing of it: a clue alone is no lead")
        checks.equal(apis[path].get(f"/api/v1/leads/{lead['id']}").status, 404, f"{path}: nor by its id")
    one = apis[COUNTY].get(f"/api/v1/leads/{lead['id']}").json
    checks.equal(sorted(m["id"] for m in one["matters"]), sorted(ids), "its matters")
    checks.equal(one["rest"], 0, "none is hidden: the county knows all three")
    words = [w for m in one["matters"] for w in m["why"]]
    checks.check(any("青龙山" in w for w in words), "why: the words that they share", words)
    checks.check("13855501234" not in json.dumps(one), "the caller's number is no word of it")
    listed = apis[COUNTY].get("/api/v1/matters", lead=lead["id"]).json["items"]
    checks.equal(sorted(m["id"] for m in listed), sorted(ids), "the filter `lead` of matters finds them")
    some = apis[COUNTY].get("/api/v1/matters", lead=lead["id"], area=HILL).json["items"]
    checks.equal([m["id"] for m in some], [ids[1]], "together with another filter")
    checks.equal([l["id"] for l in leads(apis[CITY], matter=ids[2])], [lead["id"]], "a matter's leads")
    for query in ({"matter": made_up(ids[0])}, {"area": WEST}, {"area": LAKE}, {"state": "confirmed"}):
        checks.equal(leads(apis[CITY], **query), [], f"the filter {query} leaves it out")
    checks.equal(apis[CITY].get("/api/v1/leads", state="nonsense").status, 400, "an unknown state is malformed")
    return lead


def made_up(matter):
    """An id that is nobody's."""
    return matter[:-1] + ("0" if matter[-1] != "0" else "4")


def offline(checks, dev, folder, ids):
    """`qipan leads` on the county's matters says the same."""
    lines = ["id\ttime\tplace\ttitle\tdetail"]
    for m in dev.api(COUNTY).all_matters():
        lines.append("\t".join([m["id"], m["opened_at"][:19], m["area"], m["title"], m["text"]]))
    file = folder / "county.tsv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [r.split("\t") for r in dev.cli.run("leads", file).stdout.decode().splitlines()]
    groups = {}
    for matter, lead in rows:
        groups.setdefault(lead, set()).add(matter)
    checks.equal([g for g in groups.values() if len(g) > 1], [set(ids)], "`qipan leads` joins the same matters, and only these")


def people(checks, dev, lead, ids):
    apis, path = dev.apis(), f"/api/v1/leads/{lead['id']}"
    api = apis[COUNTY]
    stream = Stream(apis[CITY])
    checks.equal(apis[CITY].post(f"{path}/confirm", {}).error["code"], "not_holder", "the city does not speak for the county")
    checks.equal(api.post(f"{path}/dismiss", {}).status, 400, "a dismissal wants a reason")
    checks.equal(api.post(f"{path}/other", {}).status, 404, "there are six words")
    checks.equal(api.post(f"{path}/split", {}).status, 400, "a split names its matter")
    before = api.get(path).json
    split = api.post(f"{path}/split", {"matter": ids[2], "reason": "that is the licensed quarry"})
    checks.equal((split.status, split.json["joined"]), (200, 2), "a matter is split out")
    checks.equal(len(api.get("/api/v1/matters", lead=lead["id"]).json["items"]), 2, "and the filter no longer finds it")
    checks.equal(api.post(f"{path}/split", {"matter": ids[2]}).status, 409, "twice it cannot be")
    undone = api.post(f"{path}/undo", {"matter": ids[2]})
    checks.equal(undone.json, before, "the split is taken back: the lead is as before")
    done = dev.cli.run("lead", "confirm", lead["id"], "--note", "seen there", "--node", dev.node(COUNTY)["http"], "--token", dev.node(COUNTY)["token"])
    checks.equal(done.returncode, 0, "qipan lead confirm")
    checks.equal(api.get(path).json["state"], "confirmed", "it is confirmed")
    made = api.post(f"{path}/matter", {})
    checks.check(made.status == 201 and made.json["matter"], "a matter is made of it", made)
    face = api.matter(made.json["matter"])
    checks.check("青龙山" not in face["title"] and all(i in face["text"] for i in ids), "which names its clues by their ids alone (CU7)", face)
    again = api.post(f"{path}/matter", {})
    checks.equal((again.status, again.json["matter"]), (200, made.json["matter"]), "and only one")
    kinds = []
    wait_until(lambda: kinds.extend(stream.events(2, 1)) or any(e.get("event") == "lead" for e in kinds), 20, 0)
    checks.check(any(e.get("event") == "lead" for e in kinds), "the stream says so at the top", kinds[:3])
    stream.close()
    listing = dev.cli.run("lead", "--node", dev.node(CITY)["http"], "--token", dev.node(CITY)["token"]).stdout.decode()
    checks.check(lead["id"] in listing and COUNTY in listing, "qipan lead lists it", listing)
    shown = dev.cli.run("lead", "show", lead["id"], "--node", dev.node(CITY)["http"], "--token", dev.node(CITY)["token"]).stdout.decode()
    checks.check(all(i in shown for i in ids), "qipan lead show has its matters", shown)


def kill(checks, dev, before):
    """The county dies; the tree starts it again, and it knows the same."""
    pid = dev.node(COUNTY)["pid"]
    os.kill(pid, signal.SIGKILL)
    ok = wait_until(lambda: dev.node(COUNTY)["pid"] != pid and dev.api(COUNTY).healthy(), 30, 0.2)
    checks.check(ok, "after kill -9 the county is back")
    checks.equal(told(dev.api(COUNTY)), before[COUNTY], "and knows the same leads")


def told(api):
    """Everything that a node says of leads, but what a clock moves."""
    items = leads(api)
    return [items, [api.get(f"/api/v1/leads/{l['id']}").json for l in items or []]]


def later(checks, dev, lead):
    """After all that the memory is as it was: another clue finds its way."""
    api = dev.apis()[HILL]
    report(checks, api, "青龙山采石场又在夜间爆破偷采", "青龙山采石场无证开采，夜间爆破，运石货车不断", "app", CATEGORY)
    ok = wait_until(lambda: dev.api(COUNTY).get(f"/api/v1/leads/{lead['id']}").json["joined"] == 4, 30, 0.2)
    checks.check(ok, "a further clue joins the lead after all of this", told(dev.api(COUNTY)))


def body(checks, args):
    folder = scratch(checks, args, "quarry")
    dev = start(checks, args, pathlib.Path(folder))
    began = time.monotonic()
    ids = bring_in(checks, dev)
    lead = look(checks, dev, ids, args.plant)
    checks.say(f"the lead stood {time.monotonic() - began:.1f} s after the first clue")
    if not lead:
        return
    offline(checks, dev, pathlib.Path(folder), ids)
    people(checks, dev, lead, ids)
    checks.check(wait_drained(dev.apis(), 30) is not None, "all queues are empty")
    before = {path: told(api) for path, api in dev.apis().items()}
    kill(checks, dev, before)
    nodes = dev.nodes()
    dev.stop()
    for entry in nodes:
        if entry["path"] in (CITY, COUNTY):
            done, _ = Node(dev.cli, entry).rebuild()
            checks.equal(done.returncode, 0, f"{entry['path']}: rebuilt")
    dev.start(checks, 60)
    after = {path: told(api) for path, api in dev.apis().items()}
    checks.equal(after, before, "after a restart and a rebuild every node knows the same")
    later(checks, dev, lead)


def main():
    parser = options(__doc__, 100)
    parser.add_argument("--plant", choices=["source"], help="read one thing wrongly")
    args = parser.parse_args()
    checks = Checks(args.timeout)
    checks.run(lambda: body(checks, args))


if __name__ == "__main__":
    sys.exit(main())
