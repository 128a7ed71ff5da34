#!/usr/bin/python3
"""Several nodes work on one matter, each by its own word: joint handling, more time, visits that are due, what is similar.

A county that is cut off from the city has an emergency. It asks the city's support and keeps the matter: it goes on acting
meanwhile, is told that the ask waits, may not close while a part is open, and may release who does not come. Heard again, the
city does its part. More time is asked for below, granted above after the due, and moves it everywhere. By a policy that draws
every visit a closing waits for it. While a report is typed, what is open and alike is offered.
--plant NAME reads one thing wrongly; the run must then fail.
"""

import datetime
import sys

from joining import set_up
from lib import small
from lib.check import Checks, wait_until
from lib.small import CITY, COUNTY, STREET, seen
from lib.tree import end, options, scratch
from unheard import restart

POLICY = {"version": "all-1", "title": "棋城",
          "calendars": [{"name": "office", "weekly": [{"days": "1-5", "from": "08:30", "to": "17:30"}]}],
          "categories": [{"code": "", "title": "其他", "visit": 1, "calendar": "office", "clocks": {"handle": "6s", "close": "10d"}}],
          "rules": {"accept": {"escalate": True, "return": True, "dispatch": True, "transfer": True}}}


def at(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).isoformat(timespec="milliseconds")[:-6] + "Z"


def step(checks, api, m, name, body, status=200, field=None):
    answer = api.step(m["id"], name, body)
    checks.equal(answer.status, status, f"{name} {body}: {str(answer.json)[:300] if answer.status != status else ''}")
    if field:
        checks.equal(answer.error.get("field"), field, f"{name}: the field that is to blame")
    return answer.json


def allowed(m, name):
    return next(s for s in m["steps"] if s["step"] == name)


def parts(m):
    return [(p["to"], p["state"], p["note"]) for p in m["parts"]]


def support(checks, places, plant):
    """ST4: in a cut-off county an emergency asks for support without giving the matter away."""
    city, county = places[CITY], places[COUNTY]
    end(city.process)
    api = county.api()
    ok = wait_until(lambda: any(a["code"] == "parent_cut" for a in api.node()["alarms"]), 30, 0.2)
    checks.check(ok, "the county is cut off")
    m = small.report(api, title="The dyke leaks", urgency="emergency")
    said = step(checks, api, m, "assist", {"to": CITY, "note": "ten pumps"})
    checks.check([w for w in said["warnings"] if w["code"] == "parent_cut" and w["field"] == "assist"],
                 "the ask waits, and it says so", said["warnings"])
    checks.equal((said["state"], said["holder"], said.get("offered")), ("open", COUNTY, None), "the matter stays with the county")
    checks.equal(parts(said), [(CITY, "asked", None)], "with a part that was asked for")
    step(checks, api, m, "assist", {"desk": "pumps", "note": "all you have"})
    step(checks, api, m, "progress", {"note": "sandbags"})
    closing = step(checks, api, m, "close", {"result": "dry"}, 422, "parts")
    checks.check(CITY in closing["error"]["message"], "who has not finished is named", closing)
    checks.equal(step(checks, api, m, "part", {"note": "running", "done": True})["parts"][1]["state"], "done", "its own desk is done")
    restart(checks, city)
    there = seen(city.api(), m["id"], lambda x: x["parts"], 30)
    checks.check(there and allowed(there, "part")["allowed"], "the city hears it when it is back, and may say how its part goes", there)
    step(checks, city.api(), m, "release", {}, 409)
    step(checks, city.api(), m, "part", {"note": "on the way"})
    state = "done" if plant == "part" else "working"
    here = seen(api, m["id"], lambda x: parts(x)[0][1] == state, 20 if plant is None else 3)
    checks.check(here, "the county sees how it goes", here and parts(here))
    step(checks, city.api(), m, "part", {"note": "pumped out", "done": True})
    here = seen(api, m["id"], lambda x: parts(x)[0] == (CITY, "done", "pumped out"))
    checks.check(here, "and that it is done")
    closed = step(checks, api, m, "close", {"result": "dry"})
    checks.equal(closed["state"], "closed", "all parts are finished: the county closes it")
    there = seen(city.api(), m["id"], lambda x: x["state"] == "closed")
    checks.equal(there and parts(there), parts(closed), "both show the same")


def more_time(checks, places):
    """CL5: asked before the due, granted after it, by the city; the due moves at every level, and it is not missed."""
    street, city = places[STREET].api(), places[CITY].api()
    m = small.report(street)
    m = step(checks, street, m, "assign", {"desk": "works"})
    due = next(c for c in m["clocks"] if c["stage"] == "handle")["due"]
    until = at(3600)
    step(checks, street, m, "extend", {"stage": "handle", "until": due, "reason": "x"}, 422, "until")
    step(checks, street, m, "extend", {"stage": "handle", "until": until, "reason": "parts are late"})
    step(checks, street, m, "sort", {"deadline": at(30 * 86400)}, 422, "deadline")
    asked = seen(city, m["id"], lambda x: any((c["extension"] or {}).get("state") == "asked" for c in x["clocks"]))
    checks.check(asked, "the city sees what was asked for")
    ok = seen(city, m["id"], lambda x: any(c["stage"] == "handle" and c["overdue"] for c in x["clocks"]), 20)
    checks.check(ok, "meanwhile it is overdue")
    step(checks, street, m, "approve", {"stage": "handle"}, 422)
    step(checks, city, m, "approve", {"stage": "handle", "reason": "as you say"})
    for api in (street, city):
        got = seen(api, m["id"], lambda x: any((c["extension"] or {}).get("state") == "in_force" for c in x["clocks"]))
        clock = got and next(c for c in got["clocks"] if c["stage"] == "handle")
        checks.check(got and clock["due"] == until and not clock["overdue"] and clock["met"] is None, "in force: the due moved", clock)
        checks.equal((clock["extension"]["decision"], clock["extension"]["reason"]), ("as you say", "parts are late"), "with who and why")
    done = step(checks, street, m, "handle", {"result": "done"})
    checks.equal(next(c for c in done["clocks"] if c["stage"] == "handle")["met"], True, "and it is met")
    return done


def visits(checks, places, m):
    """ST2: drawn, stated with the handling; two tries without reaching anybody end the duty."""
    api = places[STREET].api()
    checks.check(m["must_visit"], "the visit is due")
    step(checks, api, m, "close", {"result": "done"}, 422, "visit")
    step(checks, api, m, "visit", {"reached": False, "resolved": False}, 400, "resolved")
    first = step(checks, api, m, "visit", {"reached": False})
    checks.equal((first["state"], first["must_visit"]), ("handled", True), "the first try leaves it handled")
    second = step(checks, api, m, "visit", {"reached": False})
    checks.equal(second["state"], "visited", "the second is a visit")
    checks.equal((second["visit"]["reached"], second["visit"]["satisfied"]), (False, None), "and counts as unreached")
    step(checks, api, m, "close", {"result": "done"})


def alike(checks, places):
    """ST5"""
    api = places[STREET].api()
    near = {"lat": 33.6401, "lon": 116.9701}
    small.report(api, title="A manhole cover is missing in Lake Street", location=near)
    small.report(api, title="Noise at night", location={"lat": 33.7, "lon": 117.2})
    shut = small.report(api, title="A manhole cover is missing in Lake Street again", location=near)
    step(checks, api, shut, "close", {"result": "done"})
    found = api.get("/api/v1/matters:similar", category="Street light", text="manhole cover missing, Lake Street", lat=33.6402, lon=116.9702)
    checks.equal([i["title"] for i in found.json["items"]], ["A manhole cover is missing in Lake Street"], "what is open and alike")
    one = found.json["items"][0] if found.json["items"] else {}
    checks.check(set(one) == {"id", "title", "state", "distance_m", "likeness", "opened_at"}, "and nothing more is told", one)
    checks.check(0 < one.get("distance_m", -1) < 50 and one.get("likeness", 0) > 0.5, "how near, and how like", one)
    checks.equal(api.get("/api/v1/matters:similar").status, 400, "by nothing there is nothing similar")
    said = places[STREET].run("similar", "manhole cover missing Lake Street").stdout.decode()
    checks.check("A manhole cover is missing in Lake Street" in said, "qipan similar tells it too", said)


def main():
    p = options(__doc__, 150)
    p.add_argument("--plant", choices=["part"], help="expect something wrong: the run must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        places, _, _ = set_up(checks, args, scratch(checks, args, "together"))
        support(checks, places, args.plant)
        if args.plant:
            return
        answer = places[CITY].api().call("PUT", "/api/v1/policy", POLICY)
        checks.equal(answer.status, 200, f"a policy that draws every visit: {answer.json}")
        ok = wait_until(lambda: places[STREET].api().get("/api/v1/policy").json.get("version") == "all-1", 20, 0.2)
        checks.check(ok, "it holds in the street")
        visits(checks, places, more_time(checks, places))
        alike(checks, places)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
