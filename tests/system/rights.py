#!/usr/bin/python3
"""Who may what, walked: every call of the node's own table x every role x where what it is about lies.

    rights.py [--plant right|span|list|own]

On the nodes of a small tree, over HTTP. The table is asked for (GET /api/v1/calls), so that a new call is walked by itself; who may
do it is read from the list in tests/unit/http/rights_test.c, which knows nothing of it. For each role there is an account that is
narrowed to one county, and a matter lies in each scope:

    own           in the county itself                 superior   in the city
    subordinate   in a street below it                 foreign    of an id that nobody has, in a tree that is not this one
    sibling       in the other county

    the role lacks the right          403, whatever it is about
    of one matter                     own, subordinate: not 403, and not what an absent one is answered with; but for a worker or a desk,
                                      of whom none of these is his own
                                      else: 404, to the byte as for an absent one
    figures of an area                own, subordinate: not 403; else 403 or, where there is no such place, 404
    of the whole node                 403
    several                           not 403, and nothing of what lies outside is in the answer
    the caller's own                  not 403

And a second time for who sees his own matters alone (DE2: `worker`, `desk`, a token for a desk), whom no area narrows, with one of his
and one of another's in the city:

    of one matter                     his own: not 403, and not what an absent one is answered with; another's: 404, to the byte as for
                                      an absent one
    of the whole node, for `read`     403
    any other                         nothing of another's is in the answer

--plant: the accounts are given more than is expected of them (`right`: a worker is a commander as well; `span`: nobody is narrowed;
`own`: a worker and a desk are dispatchers as well), or a list is expected to be of the county's street alone (`list`): the run must then fail."""

import concurrent.futures
import pathlib
import re
import sys
import time

from lib import small
from lib.check import Checks, wait_until
from lib.client import Api, Stream
from lib.small import CITY, COUNTY, NOBODY, STREET, WEST
from lib.tree import options, scratch, wait_drained

LETTERS = dict(zip("wkdcaus", ("worker", "desk", "dispatcher", "commander", "admin", "auditor", "screen")))
SCOPES = {"own": COUNTY, "subordinate": STREET, "sibling": WEST, "superior": CITY, "foreign": "elsewhere/east"}
WITHIN = ("own", "subordinate")
OWN = ("worker", "desk")  # roles that see their own matters alone
PASSWORD = "a long password"
# What ends the walker's own session, or has no end.
APART = {"DELETE /api/v1/session", "DELETE /api/v1/sessions", "GET /api/v1/stream"}
# What a call of several needs behind the `?` to be a call at all.
QUERIES = {"/api/v1/matters:similar": "text=a+lamp+is+dark", "/api/v1/grids:locate": "lat=33.6&lon=116.9", "/api/v1/board": "by=area"}


class Session(Api):
    """An account with its cookie."""

    def __init__(self, url, cookie):
        super().__init__(url)
        self.cookie = cookie

    def _head(self, headers):
        return {"Cookie": self.cookie, **(headers or {})}


def expected():
    """`GET /api/v1/x` -> the roles that may, as the unit test has them."""
    text = (pathlib.Path(__file__).parents[1] / "unit/http/rights_test.c").read_text()
    return {call: {LETTERS[x] for x in who} for call, who in re.findall(r'\{"([A-Z]+ [^"]+)", "([a-z]*)"\}', text)}


def accounts(checks, api, plant):
    """role -> its session, narrowed to the county."""
    sessions = {}
    for role in LETTERS.values():
        roles = [role, "commander"] if plant == "right" and role == "worker" else [role]
        body = {"name": f"a-{role}", "password": PASSWORD, "roles": roles, **({} if plant == "span" else {"areas": [COUNTY]})}
        checks.equal(api.post("/api/v1/users", body).status, 201, f"an account: {role}")
        answer = api.with_token(None).post("/api/v1/session", {"name": f"a-{role}", "password": PASSWORD})
        checks.equal(answer.status, 200, f"it logs in: {role}")
        sessions[role] = Session(api.url, answer.headers["set-cookie"].split(";")[0])
    return sessions


def square(lon):
    return {"type": "Polygon", "coordinates": [[[lon, 33.6], [lon + 0.005, 33.6], [lon + 0.005, 33.605], [lon, 33.605], [lon, 33.6]]]}


def matters(checks, apis):
    """scope -> id, all known in the city; each has its scope in its title, and so has a grid."""
    ids = {"foreign": NOBODY}
    for scope, path in SCOPES.items():
        if path in apis:
            ids[scope] = small.report(apis[path], title=f"seen-{scope} a lamp is dark", area=path)["id"]
            made = apis[path].post("/api/v1/grids", {"code": f"seen-{scope}", "title": f"seen-{scope}", "boundary": square(116.9 + 0.01 * len(ids))})
            checks.equal(made.status, 201, f"a grid: {scope}")
    known = wait_until(lambda: all(apis[CITY].get(f"/api/v1/matters/{i}").status == 200 for s, i in ids.items() if s != "foreign"), 20)
    known = known and wait_until(lambda: len(apis[CITY].get("/api/v1/grids").json["items"]) == len(ids) - 1, 20)
    checks.check(known, "the city knows the matters and grids of all scopes")
    return ids


def address(call, matter, area):
    """The call's path, about this matter or area."""
    path = call["path"].replace("**", "x")
    path = path.replace("*", matter, 1).replace("*", "comment") if call["span"] == "matter" else path.replace("*", NOBODY)
    asked = [QUERIES[path]] if path in QUERIES else []
    if call["span"] == "figures":
        asked.append(f"area={area}")
    if path.endswith("/personal"):
        asked.append("purpose=visit")
    return path + ("?" + "&".join(asked) if asked else "")


def ask(session, call, path):
    body = {"text": "a word"} if call["method"] in ("POST", "PUT", "PATCH") else None
    return session.call(call["method"], path, body)


def without(answer, matter):
    """The answer as it would be about whatever matter."""
    return answer.status, answer.body.replace(matter.encode(), b"ID")


def judge(call, role, scope, answer, absent, outside):
    """Why the answer is wrong; None: it is right."""
    span, within = call["span"], scope in WITHIN
    if span == "matter" and role in OWN:
        within = False  # none of these is his own: the second walk has those that are
    if span == "matter":
        same = without(answer, absent[0]) == without(absent[1], NOBODY)
        if within and (answer.status == 403 or same):
            return "it is kept from who may see it"
        if not within and not (answer.status == 404 and same):
            return "it is told apart from an absent one"
    elif span == "figures" and within == (answer.status in (403, 404)):
        return "an area within is refused" if within else "an area outside is answered"
    elif span == "whole" and answer.status != 403:
        return "what is of the whole node is answered"
    elif span in ("rows", "own") and answer.status == 403 and not needs_place(call):
        return "it is refused"
    leaks = [t for t in outside if t in answer.body]
    return f"it holds {leaks[0].decode()}" if leaks else None


def needs_place(call):
    """What is said of a grid of the node itself is not of who is narrowed to places below it."""
    return (call["method"], call["path"]) == ("POST", "/api/v1/patrols")


def walk(checks, sessions, calls, may, ids, outside):
    counted, missing = 0, {"rights": 0, "scopes": 0}
    for call in calls:
        name = f"{call['method']} {call['path']}"
        if not checks.check(name in may, f"{name}: somebody has said who may (tests/unit/http/rights_test.c)") or name in APART:
            continue
        if call["who"] == "everybody":
            continue
        for role, session in sessions.items():
            scopes = SCOPES if call["span"] in ("matter", "figures") else {"own": COUNTY}
            for scope, area in scopes.items():
                counted += 1
                answer = ask(session, call, address(call, ids[scope], area))
                if role not in may[name]:
                    missing["rights"] += answer.status != 403
                    checks.check(answer.status == 403, f"{role}, {scope}: {name} wants a right that the role lacks", answer)
                    continue
                absent = (ids[scope], ask(session, call, address(call, NOBODY, area)) if call["span"] == "matter" else None)
                why = judge(call, role, scope, answer, absent, outside)
                missing["scopes"] += why is not None
                checks.check(why is None, f"{role}, {scope}: {name}: {why}", answer)
    return counted, missing


def walk_streams(checks, sessions, ids, outside, wanted):
    """The one call without an end, from the first event on: nothing of what lies outside; and of `wanted` (who -> of what) all."""
    def told(session):
        stream = Stream(session, query="?last_event_id=0")
        found = [e["data"] for e in stream.events(4) if e.get("event") != "beat"]
        stream.close()
        return stream.status, "\n".join(found)

    with concurrent.futures.ThreadPoolExecutor(len(sessions)) as pool:
        heard = dict(zip(sessions, pool.map(told, sessions.values())))
    for who, (status, text) in heard.items():
        checks.equal(status, 200, f"{who}: the stream opens")
        checks.equal([o for o in outside if o in text], [], f"{who}: the stream tells nothing of what lies outside")
        checks.equal([s for s in wanted.get(who, ()) if ids[s] not in text], [], f"{who}: the stream tells of what lies within")


def log_in(checks, api, name):
    answer = api.with_token(None).post("/api/v1/session", {"name": name, "password": PASSWORD})
    checks.equal(answer.status, 200, f"it logs in: {name}")
    return Session(api.url, answer.headers["set-cookie"].split(";")[0])


def owners(checks, api, plant):
    """who -> (session, a matter of his own, its title's word); and another's matter, which none of them has to do with."""
    more = ["dispatcher"] if plant == "own" else []
    for role in ("worker", "desk"):
        checks.equal(api.post("/api/v1/users", {"name": f"own-{role}", "password": PASSWORD, "roles": [role, *more]}).status, 201, f"an account: {role}")
    checks.equal(api.post("/api/v1/desks", {"code": "roads", "title": "roads", "members": ["own-desk"]}).status, 201, "a desk")
    token = api.post("/api/v1/tokens", {"name": "roads", "rights": ["read", "report", "step", "count"], "desk": "roads"}).json["token"]
    sessions = {"worker": log_in(checks, api, "own-worker"), "desk": log_in(checks, api, "own-desk"), "token": api.with_token(token)}
    ids = {}
    for who, given in (("worker", {"person": "own-worker"}), ("desk", {"desk": "roads"}), ("token", {"desk": "roads"})):
        ids[who] = small.report(api, title=f"seen-own-{who} a lamp is dark", area=CITY)["id"]
        checks.equal(api.step(ids[who], "assign", given).status, 200, f"it is given to the {who}")
    other = small.report(api, title="seen-another's a lamp is dark", area=CITY)["id"]
    checks.equal(api.step(other, "assign", {"desk": "lamps"}).status, 200, "and another one to another desk")
    return sessions, ids, other


def judge_own(call, answers, ids):
    """answers: of his own, of another's, of an absent one."""
    his, others, absent = answers
    if b"seen-another" in his.body + others.body:
        return "it tells of another's"
    if call["span"] == "matter":
        nothing = without(absent, NOBODY)
        if his.status == 403 or without(his, ids[0]) == nothing:
            return "his own is kept from him"
        if others.status != 404 or without(others, ids[1]) != nothing:
            return "another's is told apart from an absent one"
    if call["span"] == "whole" and call["rights"] == ["read"] and others.status != 403:
        return "what is of all matters is answered"
    return None


def walk_own(checks, api, calls, plant):
    sessions, ids, other = owners(checks, api, plant)
    counted = missing = 0
    for call in calls:
        name = f"{call['method']} {call['path']}"
        if name in APART or call["who"] == "everybody":
            continue
        for who, session in sessions.items():
            three = [ask(session, call, address(call, i, CITY)) for i in (ids[who], other, NOBODY)]
            if three[2].status == 403 and "the right" in str(three[2].error):
                continue  # what a role lacks is the other walk's
            counted += len(three)
            why = judge_own(call, three, (ids[who], other))
            missing += why is not None
            checks.check(why is None, f"{who}: {name}: {why}", three[1])
    for who, session in sessions.items():
        got = session.get("/api/v1/matters").json
        titles = sorted(x["title"].split()[0] for x in got["items"])
        wanted = ["seen-own-worker"] if who == "worker" else ["seen-own-desk", "seen-own-token"]
        checks.equal((titles, got["total"]), (wanted, len(wanted)), f"{who}: the list has his own, all of them")
    walk_streams(checks, sessions, ids, [other, "seen-another"], {who: [who] for who in sessions})
    return counted, missing


def main():
    p = options(__doc__, 120)
    p.add_argument("--plant", choices=("right", "span", "list", "own"), help="give the accounts more than is expected: the run must fail")
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=20)

    def body():
        dev = small.start(checks, args, scratch(checks, args, "rights"))
        apis = dev.apis()
        checks.check(wait_drained(apis, 20) is not None, "the queues are empty to begin with")
        ids = matters(checks, apis)
        calls = apis[CITY].get("/api/v1/calls").json["calls"]
        checks.check(len(calls) > 90, "the node lists its calls", len(calls))
        may = expected()
        checks.equal(sorted(set(may) - {f"{c['method']} {c['path']}" for c in calls}), [], "the test's list has no call that the node has not")
        sessions = accounts(checks, apis[CITY], args.plant)
        seen = ("own",) if args.plant == "list" else WITHIN
        outside = [f"seen-{s}".encode() for s in SCOPES if s not in seen]
        began = time.monotonic()
        counted, missing = walk(checks, sessions, calls, may, ids, outside)
        checks.say(f"{len(calls)} calls, {len(sessions)} roles, {len(SCOPES)} scopes: {counted} asked in {time.monotonic() - began:.1f} s; "
                   f"{missing['rights']} let in without the right, {missing['scopes']} outside their scope")
        for scope in ("own", "subordinate", "sibling", "superior"):  # a step in each, behind the reports
            taken = apis[SCOPES[scope]].step(ids[scope], "progress", {"note": f"seen-{scope}"})
            checks.equal(taken.status, 200, f"a step: {scope}")
        heard = wait_until(lambda: all(apis[CITY].matter(ids[s])["version"] == 2 for s in SCOPES if s != "foreign"), 20)
        checks.check(heard, "the city has heard of each")
        beyond = [x for s in SCOPES if s not in seen and s != "foreign" for x in (ids[s], f"seen-{s}")]
        walk_streams(checks, sessions, ids, beyond, {"dispatcher": seen, "commander": seen})
        counted, missing = walk_own(checks, apis[CITY], calls, args.plant)
        checks.say(f"{len(calls)} calls, 3 who see their own alone, one of his and one of another's: {counted} asked; {missing} beyond his own")
        listed = sessions["dispatcher"].get("/api/v1/matters").json["items"]
        checks.equal(sorted(x["title"].split()[0] for x in listed), ["seen-own", "seen-subordinate"], "the list has what lies within, all of it")

    return checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
