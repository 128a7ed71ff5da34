"""A small tree of four levels, and the table of steps as the API's description has it.

    qicheng (city) ┬ east (county) ─ lake (street) ─ willow (community)
                   └ west (county)
"""

import itertools
import pathlib
import uuid

from lib.check import wait_until
from lib.tree import Dev

CITY, COUNTY, STREET, COMMUNITY = "qicheng", "qicheng/east", "qicheng/east/lake", "qicheng/east/lake/willow"
WEST = "qicheng/west"
CHAIN = [COMMUNITY, STREET, COUNTY, CITY]
AREAS = """code,parent_code,level,name,label
1,,city,棋城,qicheng
11,1,county,东区,east
12,1,county,西区,west
111,11,street,湖街道,lake
1111,111,community,柳社区,willow
"""
ZONE = "Asia/Shanghai"
LATER = "2099-01-01T00:00:00.000Z"
SOON = "2098-01-01T00:00:00.000Z"
NOBODY = "0" * 26  # the form of an id, and nobody's

# state -> the steps that its holder may take
WORKING = {"sort", "assign", "progress", "escalate", "dispatch", "transfer", "return", "handle", "close", "hang", "merge",
           "comment", "assist"}
LEGAL = {
    "open": WORKING, "sorted": WORKING | {"take"}, "assigned": WORKING | {"take", "giveback"},
    "handled": {"assign", "progress", "escalate", "dispatch", "transfer", "return", "visit", "close", "merge", "comment", "assist"},
    "visited": {"progress", "close", "merge", "comment"},
    "closed": {"reopen", "comment"},
    "hung": {"assign", "progress", "escalate", "dispatch", "transfer", "return", "close", "resume", "merge", "comment", "assist"},
    "merged": {"unmerge", "comment"},
    "offered": {"progress", "withdraw", "comment"},
    # what more may be said of one that is as above: a part of it is open, it is due, more time was asked for, its visit found
    # fault, somebody's personal record goes with it
    "assisted": WORKING - {"close"} | {"part", "release"},
    "due": WORKING | {"take", "extend"}, "asked": WORKING | {"take", "deny"},
    "faulted": {"progress", "close", "merge", "comment", "appeal"},
    "personal": WORKING | {"erase"},
}
POLICY = {("assisted", "close"), ("asked", "approve")}  # (state, step) that a rule forbids, where the state would allow it
# step -> its fields; what a chain of steps needs to come to a state is in `bring`
FIELDS = {
    "sort": {"category": "Lamp"}, "assign": {"desk": "works"}, "take": {}, "giveback": {"reason": "not ours"},
    "progress": {"note": "on the way"},
    "escalate": {"reason": "too large for us"}, "dispatch": {"to": COMMUNITY, "note": "please"},
    "transfer": {"to": WEST, "reason": "it lies there"}, "return": {"reason": "not ours"}, "accept": {},
    "refuse": {"reason": "not ours"}, "withdraw": {}, "handle": {"result": "resolved", "note": "done"},
    "visit": {"reached": True, "resolved": True, "satisfied": True, "note": "called"},
    "assist": {"desk": "works", "note": "lend a hand"}, "part": {"note": "dug up", "done": True}, "release": {"note": "thanks"},
    "close": {"result": "resolved", "note": "done"}, "reopen": {"reason": "it broke again"},
    "hang": {"reason": "winter", "until": LATER}, "resume": {}, "merge": {"into": None}, "unmerge": {},
    "comment": {"text": "a word"}, "urge": {"note": "when?", "due": LATER},
    "extend": {"stage": "close", "until": LATER, "reason": "frost"}, "approve": {"stage": "close"},
    "deny": {"stage": "close", "reason": "it is mild"}, "appeal": {"about": "visit", "reason": "it was dark"},
    "decide": {"about": "visit", "keep": False, "reason": "so it was"}, "erase": {"reason": "it was asked for"},
}
DUE = ("sort", {"category": "Lamp", "deadline": SOON})
WAY = {  # steps that bring a new matter to a state; (step, fields) where the fields are others than above
    "open": [], "sorted": ["sort"], "assigned": ["assign"], "handled": ["handle"], "visited": ["handle", "visit"],
    "closed": ["close"], "hung": ["hang"], "merged": ["merge"], "offered": ["escalate"],
    "assisted": ["assist"], "due": [DUE], "asked": [DUE, "extend"],
    "faulted": ["handle", ("visit", {"reached": True, "resolved": True, "satisfied": False})], "personal": [],
}
counter = itertools.count(1)


def write_areas(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "divisions.csv").write_text(AREAS, encoding="utf-8")
    (folder / "zone").write_text(ZONE + "\n")
    return folder


def start(checks, args, folder, *more, environment=None):
    """The small tree, running."""
    dev = Dev(args.qipan, folder / "tree", write_areas(folder / "areas"), *more, count=8)
    dev.cli.env.update(environment or {})
    took = dev.start(checks, 60)
    checks.say(f"{len(dev.nodes())} nodes joined and healthy in {took:.1f} s")
    return dev


def new(title="A lamp is dark", **more):
    """The body of a report that is like no other."""
    return {"category": "Street light", "title": title, "source": "test", "source_ref": f"{uuid.uuid4().hex[:12]}-{next(counter)}",
            **more}


def report(api, **more):
    """A new matter at a node, as the node answers it."""
    answer = api.post("/api/v1/matters", new(**more))
    if answer.status != 201:
        raise OSError(f"report: {answer}")
    return answer.json


def fields_of(step, other=None):
    """The step's fields; `other`: the id of another matter, for merge."""
    return {k: other if k == "into" else v for k, v in FIELDS[step].items()}


def bring(api, state, other=None):
    """A new matter at this node, brought to the state."""
    more = {"reporter": {"name": "Wei", "phone": "13900000000"}} if state == "personal" else {}
    matter = report(api, **more)
    for way in WAY[state]:
        step, fields = (way, fields_of(way, other)) if isinstance(way, str) else way
        answer = api.step(matter["id"], step, fields)
        if answer.status != 200:
            raise OSError(f"{step} on the way to {state}: {answer}")
        matter = answer.json
    return matter


def seen(api, matter_id, test, seconds=15):
    """The matter at another node, as soon as the test holds for it; None after the time."""
    def look():
        answer = api.get(f"/api/v1/matters/{matter_id}")
        return answer.json if answer.status == 200 and test(answer.json) else None

    return wait_until(look, seconds, 0.05)
