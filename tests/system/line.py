#!/usr/bin/python3
"""Lines: the city speaks with a community three hops away; what is said, in which order, who could read it on the way.

A line with a text in its title, messages both ways, ticks; the link between them is stalled, 500 messages are said, and come once and in
order; the line of a matter; who is not on a line; the same call twice; a rebuild; erasure when the policy's time is over. No text stands in any file of any node (a
canary, also in titles), and the nodes on the way do not know that the line is there. --plant NAME breaks one expectation; the run must then fail.
"""

import os
import pathlib
import signal
import uuid

from lib import small
from lib.check import Checks, wait_until
from lib.small import CITY, COMMUNITY, COUNTY, STREET, WEST
from lib.tree import options, scratch

CANARY = "kanarienvogel-" + uuid.uuid4().hex
MANY = 500


def told(api, line, after=0):
    """All messages behind `after`."""
    found = []
    while True:
        answer = api.get(f"/api/v1/lines/{line}?after={after}&limit=500")
        if answer.status != 200:
            return found
        got = answer.json["messages"]
        found += got
        if not got or not answer.json["more"]:
            return found
        after = got[-1]["seq"]


def ticks_of(api, line, seq, name):
    found = [t for m in told(api, line, seq - 1)[:1] for t in m["ticks"] if t["member"].get("name") == name]
    return (found[0]["kept"], found[0]["delivered"], found[0]["seen"]) if found else None


def say(api, line, text, key=None):
    return api.post(f"/api/v1/lines/{line}/messages", {"text": text}, {"Idempotency-Key": key} if key else None)


def opened(checks, city, community):
    answer = city.post("/api/v1/lines", {"title": f"title {CANARY}", "members": [{"node": COMMUNITY, "name": "li"}]})
    if not checks.check(answer.status == 201, "a line is opened", answer):
        raise OSError(str(answer))
    line = answer.json["id"]
    checks.equal(answer.json["members"][0], {"node": COMMUNITY, "name": "li"}, "with the member that was named")
    checks.check(answer.json["members"][1]["node"] == CITY, "and with who opened it", answer)
    there = wait_until(lambda: community.get(f"/api/v1/lines/{line}").status == 200, 20)
    checks.check(there, "it is known three hops away")
    titled = wait_until(lambda: community.get(f"/api/v1/lines/{line}").json["title"] == f"title {CANARY}", 20)
    checks.check(titled, "with its title", community.get(f"/api/v1/lines/{line}"))
    return line


def both_ways(checks, city, community, line, plant):
    first = say(city, line, f"from above {CANARY}")
    checks.equal((first.status, first.json["seq"], first.json["text"]), (201, 1, f"from above {CANARY}"), "a message is said")
    checks.check(first.json["ticks"][0]["kept"], "and kept")
    checks.check(wait_until(lambda: len(told(community, line)) == 1, 20), "it comes", told(community, line))
    m = told(community, line)[0]
    checks.equal((m["text"], m["node"], m["id"]), (f"from above {CANARY}", CITY, first.json["id"]), "whole, under the same id")
    checks.check(wait_until(lambda: ticks_of(city, line, 1, "li") == (True, True, False), 20), "the sender sees that it came and was not seen",
                 ticks_of(city, line, 1, "li"))
    answer = community.post(f"/api/v1/lines/{line}/seen", {})
    checks.equal((answer.status, answer.json["unseen"]), (200, 0), "seen")
    wanted = (True, True, plant != "seen")
    checks.check(wait_until(lambda: ticks_of(city, line, 1, "li") == wanted, 20 if not plant else 3), "and that it was seen", ticks_of(city, line, 1, "li"))
    back = say(community, line, f"from below {CANARY}")
    checks.equal(back.status, 201, "an answer is said below")
    checks.check(wait_until(lambda: [m["text"] for m in told(city, line)][1:] == [f"from below {CANARY}"], 20), "and comes above", told(city, line))


def stalled(checks, dev, city, community, line, plant):
    """The street's process sleeps: the community hears nothing for a while."""
    had = len(told(community, line))
    pid = dev.node(STREET)["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        for i in range(MANY):
            answer = say(city, line, f"message {i} {CANARY}", key=f"m{i}")
            if answer.status != 201:
                checks.check(False, f"message {i} is taken while a link is stalled", answer)
                break
            if i % 50 == 0:  # the same again, as a phone does that heard no answer
                again = say(city, line, f"message {i} {CANARY}", key=f"m{i}")
                checks.equal((again.status, again.json["id"]), (200, answer.json["id"]), "the same key says nothing twice")
        last = told(city, line)[-1]["seq"]
        checks.equal(ticks_of(city, line, last, "li"), (True, False, False), "nothing is claimed of what has not come")
    finally:
        os.kill(pid, signal.SIGCONT)
    checks.check(wait_until(lambda: len(told(community, line)) >= had + MANY, 90, 0.5), f"all {MANY} come", len(told(community, line)))
    texts = [m["text"] for m in told(community, line)[had:]]
    if plant == "order":
        texts[10:12] = texts[11:9:-1]
    checks.equal(texts, [f"message {i} {CANARY}" for i in range(MANY)], "once, in order")
    checks.check(wait_until(lambda: ticks_of(city, line, last, "li") == (True, True, False), 20), "then they are ticked", ticks_of(city, line, last, "li"))


def of_a_matter(checks, dev, city, community):
    matter = small.report(community)
    answer = community.post(f"/api/v1/matters/{matter['id']}/line", {})
    checks.equal((answer.status, answer.json["matter"], answer.json["id"]), (201, matter["id"], matter["id"]), "the line of a matter")
    checks.equal(community.post(f"/api/v1/matters/{matter['id']}/line", {}).status, 200, "is one, however often it is asked for")
    say(community, matter["id"], f"at the beginning {CANARY}")
    community.step(matter["id"], "escalate", {"reason": "too large"})
    street = dev.api(STREET)
    checks.check(small.seen(street, matter["id"], lambda m: m["holder"] == STREET), "the matter goes up")
    answer = street.post(f"/api/v1/matters/{matter['id']}/line", {})
    checks.check(answer.status in (200, 201), "who came to the matter is on its line", answer)
    say(street, matter["id"], f"we have it {CANARY}")
    found = wait_until(lambda: [m["text"] for m in told(community, matter["id"])] ==
                       [f"at the beginning {CANARY}", f"we have it {CANARY}"], 20)
    checks.check(found, "both speak on it", told(community, matter["id"]))
    found = wait_until(lambda: sorted(m["text"] for m in told(street, matter["id"])) ==
                       [f"at the beginning {CANARY}", f"we have it {CANARY}"], 20)
    checks.check(found, "what was said before is sealed for who came later", told(street, matter["id"]))
    answer = city.post(f"/api/v1/matters/{matter['id']}/line", {})
    checks.check(answer.status in (200, 201), "a superior joins it", answer)
    say(city, matter["id"], f"the city listens {CANARY}")
    for api, name in ((community, "community"), (street, "street")):
        found = wait_until(lambda: f"the city listens {CANARY}" in [m["text"] for m in told(api, matter["id"])], 20)
        checks.check(found, f"and is heard in the {name}", told(api, matter["id"]))
    west = dev.api(WEST)
    checks.check(west.post(f"/api/v1/matters/{matter['id']}/line", {}).status in (404, 409), "who has nothing to do with it does not")


def nobody_else(checks, dev, line, plant):
    for path in (COUNTY, STREET, WEST):
        api = dev.api(path)
        checks.equal(api.get(f"/api/v1/lines/{line}").status, 404, f"{path} carries the line and does not know it")
        checks.check(line not in [l["id"] for l in api.get("/api/v1/lines").json["items"]], f"{path} does not list it")
    found = []
    for folder, _, names in os.walk(dev.state):
        for name in names:
            data = pathlib.Path(folder, name).read_bytes()
            found += [os.path.join(folder, name)] if (CANARY if plant != "canary" else "qipan").encode() in data else []
    found += [str(dev.log)] if CANARY in dev.tail(10**9) else []
    checks.equal(found, [], "no file of any node holds what was said")


def people(checks, city, line):
    for name, role in (("wang", "dispatcher"), ("xu", "dispatcher"), ("board", "screen"), ("audit", "auditor")):
        city.post("/api/v1/users", {"name": name, "password": "correct horse battery", "role": role})
    token = city.post("/api/v1/tokens", {"name": "gateway", "rights": ["read", "count"]})
    reader = city.with_token(token.json["token"])
    checks.equal(reader.get(f"/api/v1/lines/{line}").status, 403, "who may not take steps sees no lines")
    bad = {"an unknown field": {"text": "x", "txt": 1}, "an empty message": {}, "too long a text": {"text": "x" * 5000},
           "a position beyond the poles": {"location": {"lat": 91, "lon": 0}}}
    for what, body in bad.items():
        answer = city.post(f"/api/v1/lines/{line}/messages", body)
        checks.check(answer.status == 400 and answer.error.get("field"), f"{what} is refused, naming the field", answer)
    for what, body, status in (("no members", {"members": []}, 400), ("a member of nobody", {"members": [{"node": COMMUNITY}]}, 400),
                               ("a place that is not there", {"members": [{"node": CITY + "/nowhere", "name": "a"}]}, 422),
                               ("an account that is not there", {"members": [{"name": "nobody"}, {"node": COMMUNITY, "name": "li"}]}, 422)):
        answer = city.post("/api/v1/lines", body)
        checks.equal((answer.status, answer.error.get("field")), (status, "members"), f"{what} is refused")
    checks.equal(say(city, small.NOBODY, "x").status, 404, "nothing is said on a line that is not there")


def run(checks, args):
    folder = scratch(checks, args, "line")
    dev = small.start(checks, args, folder)
    city, community = dev.api(CITY), dev.api(COMMUNITY)
    line = opened(checks, city, community)
    both_ways(checks, city, community, line, args.plant)
    people(checks, city, line)
    of_a_matter(checks, dev, city, community)
    stalled(checks, dev, city, community, line, args.plant)
    nobody_else(checks, dev, line, args.plant)


def main():
    p = options(__doc__, 300)
    p.add_argument("--plant", choices=["seen", "order", "canary"])
    args = p.parse_args()
    checks = Checks(args.timeout)
    checks.run(lambda: run(checks, args))


if __name__ == "__main__":
    main()
