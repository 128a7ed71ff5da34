#!/usr/bin/python3
"""A rise in what a community reports becomes a warning: on which day, where it is read, what people make of it; the same after a
restart and a rebuild.

A small tree is told of fifty days of matters with their own times, all at the community: one to three a day, and on one day a burst. The
day of the warning, what was seen and expected are those that `qipan warn` finds in the same counts without a node.
--plant NAME reads one of them wrongly; the run must then fail.
"""

import datetime
import json
import sys
import time

from lib import small
from lib.check import Checks, wait_until
from lib.client import Stream
from lib.small import CHAIN, CITY, COMMUNITY, STREET, new
from lib.tree import options, scratch, wait_drained
from rebuild import Node

DAYS, BURST, BURST_AGO = 50, 15, 5
ZONE = datetime.timezone(datetime.timedelta(hours=8))  # that of the small tree: no hour of it is ever repeated
CATEGORY = "Water leak"


def made_counts():
    """Oldest first; the last is yesterday's."""
    today = datetime.datetime.now(ZONE).date()
    days = [today - datetime.timedelta(days=ago) for ago in range(DAYS, 0, -1)]
    return [(day, 1 + i % 3 + (BURST if i == DAYS - BURST_AGO else 0)) for i, day in enumerate(days)]


def bring_in(checks, api, counts):
    lines = []
    for day, n in counts:
        for k in range(n):
            at = datetime.datetime.combine(day, datetime.time(9, k), ZONE).astimezone(datetime.timezone.utc)
            lines.append(new(f"leak {k} of {day}", category=CATEGORY, occurred_at=at.strftime("%Y-%m-%dT%H:%M:%SZ")))
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    answer = api.call("POST", "/api/v1/matters:batch", body, {"Content-Type": "application/x-ndjson"})
    checks.check(not any("error" in line for line in answer.lines()), "every matter is taken", answer)


def offline(cli, folder, counts):
    """day -> (expected, score, alarm), as `qipan warn` has it."""
    file = folder / "counts.csv"
    file.write_text("date,observed\n" + "".join(f"{day},{n}\n" for day, n in counts))
    lines = cli.run("warn", "--method", "gpnb", file).stdout.decode().splitlines()
    names = lines[0].split(",")
    rows = [dict(zip(names, line.split(","))) for line in lines[1:]]
    return {str(day): row for (day, _), row in zip(counts, rows)}


def listed(api, **query):
    answer = api.get("/api/v1/warnings", **query)
    return answer.json["items"] if answer.status == 200 else None


def look(checks, dev, counts, found, plant):
    """The one warning, at the community and at all above it."""
    apis = dev.apis()
    day = str(counts[DAYS - BURST_AGO][0])
    for path in CHAIN:
        items = wait_until(lambda p=path: listed(apis[p], state="raised") or listed(apis[p], state="ended"), 40, 0.3) or []
        if not checks.check(len(items) == 1, f"{path}: one warning, and nobody above repeats it", items):
            return None
        w = items[0]
        checks.equal((w["area"], w["category"], w["first_day"]), (COMMUNITY, CATEGORY, "2000-01-01" if plant == "day" else day),
                     f"{path}: where, what, and since when")
    row = found[day]
    checks.equal(row["alarm"], "1", "`qipan warn` alarms on that day too")
    most = max(found, key=lambda d: float(found[d]["score"] or "-inf"))
    checks.equal(w["day"], most, "its day is the one that `qipan warn` finds most unusual")
    checks.check(abs(float(found[most]["score"]) - w["score"]) < 0.002, "with the same score", (found[most], w))
    checks.check(w["seen"] >= BURST > w["expected"] and 1 < w["limit"] < BURST, "what was seen, expected, and would alarm", w)
    checks.equal(listed(apis[small.WEST]), [], "elsewhere nothing is known of it")
    behind = w["behind"]
    checks.equal((behind["area"], behind["category"]), (COMMUNITY, CATEGORY), "and which matters are behind it")
    checks.equal(len(listed(apis[CITY], state="watch,raised,ended")), 1, "several states are one question")
    checks.equal(apis[CITY].get("/api/v1/warnings", state="raised,nonsense").status, 400, "each of which must be one")
    for query in ({"category": "another"}, {"area": small.WEST}, {"from": "2099-01-01"}, {"to": "2001-01-01"}, {"state": "watch"}):
        checks.equal(listed(apis[CITY], **query), [], f"the filter {query} leaves it out")
    checks.equal(len(listed(apis[CITY], area=STREET, category=CATEGORY, **{"from": day, "to": "2099-01-01"})), 1, "and those that fit do not")
    checks.equal(apis[CITY].get("/api/v1/warnings", state="nonsense").status, 400, "an unknown state is malformed")
    return w


def people(checks, dev, w):
    apis, path = dev.apis(), f"/api/v1/warnings/{w['id']}"
    stream = Stream(apis[CITY])
    checks.equal(apis[STREET].post(f"{path}/note", {"note": "x"}).error["code"], "not_holder", "a superior does not speak for the place")
    checks.equal(apis[COMMUNITY].post(f"{path}/dismiss", {}).status, 400, "a dismissal wants a reason")
    checks.equal(apis[COMMUNITY].post(f"{path}/other", {}).status, 404, "there are three words")
    noted = apis[COMMUNITY].post(f"{path}/note", {"note": "a main has burst"})
    checks.equal((noted.status, noted.json["notes"][-1]["text"]), (200, "a main has burst"), "a note is kept")
    made = apis[COMMUNITY].post(f"{path}/matter", {})
    checks.check(made.status == 201 and made.json["matter"], "a matter is made of it", made)
    checks.equal(apis[COMMUNITY].matter(made.json["matter"])["category"], CATEGORY, "of the same category")
    again = apis[COMMUNITY].post(f"{path}/matter", {})
    checks.equal((again.status, again.json["matter"]), (200, made.json["matter"]), "and only one")
    kinds = []
    wait_until(lambda: kinds.extend(stream.events(2, 1)) or any(e.get("event") == "warning" for e in kinds), 20, 0)
    checks.check(any(e.get("event") == "warning" for e in kinds), "the stream says so at the top", kinds[:3])
    stream.close()
    done = dev.cli.run("warnings", "note", w["id"], "--note", "seen", "--node", dev.node(COMMUNITY)["http"], "--token",
                       dev.node(COMMUNITY)["token"])
    checks.equal(done.returncode, 0, "qipan warnings note")
    listing = dev.cli.run("warnings", "--node", dev.node(CITY)["http"], "--token", dev.node(CITY)["token"]).stdout.decode()
    checks.check(w["id"] in listing and COMMUNITY in listing, "qipan warnings lists it", listing)


def screen(checks, dev, w, plant):
    """Who may count alone has the list and the stream, without what people said of it and who they were."""
    api = dev.api(CITY)
    token = api.post("/api/v1/tokens", {"name": "wall", "rights": ["read" if plant == "words" else "count"]}).json["token"]
    wall = api.with_token(token)
    answer = wall.get("/api/v1/warnings")
    checks.equal([x["id"] for x in answer.json["items"]], [w["id"]], "a screen has the list")
    checks.check("notes" not in answer.json["items"][0] and "burst" not in answer.body.decode(), "without what people said of it", answer)
    stream = Stream(wall, query="?last_event_id=0")
    told = [json.loads(e["data"]) for e in stream.events(4) if e.get("event") == "warning"]
    stream.close()
    checks.check([x for x in told if x["type"] == "warning_said"] and not any("burst" in json.dumps(x) or x.get("by") for x in told),
                 "and so the stream", told)


def body(checks, args):
    folder = scratch(checks, args, "warnings")
    dev = small.start(checks, args, folder)
    counts = made_counts()
    found = offline(dev.cli, folder, counts)
    bring_in(checks, dev.api(COMMUNITY), counts)
    began = time.monotonic()
    w = look(checks, dev, counts, found, args.plant)
    checks.say(f"the warning came {time.monotonic() - began:.1f} s after the matters")
    if not w:
        return
    people(checks, dev, w)
    screen(checks, dev, w, args.plant)
    checks.check(wait_drained(dev.apis(), 30) is not None, "all queues are empty")
    before = {path: listed(api) for path, api in dev.apis().items()}
    nodes = dev.nodes()
    dev.stop()
    for entry in nodes:
        if entry["path"] in (CITY, COMMUNITY):
            done, _ = Node(dev.cli, entry).rebuild()
            checks.equal(done.returncode, 0, f"{entry['path']}: rebuilt")
    dev.start(checks, 60)
    after = {path: listed(api) for path, api in dev.apis().items()}
    checks.equal(after, before, "after a restart and a rebuild every node knows the same")
    apis = dev.apis()
    gone = apis[COMMUNITY].post(f"/api/v1/warnings/{w['id']}/dismiss", {"reason": "known works"})
    ended = w["state"] == "ended"
    checks.equal(gone.status, 409 if ended else 200, "a dismissal; of what is over there is none")
    if not ended:
        ok = wait_until(lambda: [x["state"] for x in listed(apis[CITY]) or []] == ["dismissed"], 20, 0.2)
        checks.check(ok, "the top sees it dismissed", listed(apis[CITY]))


def main():
    parser = options(__doc__, 100)
    parser.add_argument("--plant", choices=["day", "words"], help="read one thing wrongly")
    args = parser.parse_args()
    checks = Checks(args.timeout)
    checks.run(lambda: body(checks, args))


if __name__ == "__main__":
    sys.exit(main())
