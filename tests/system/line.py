#!/usr/bin/python3
"""Lines: the city speaks with a community three hops away; what is said, in which order, who could read it on the way.

A line with a text in its title, messages both ways, ticks; the link between them is stalled, 500 messages are said, and come once and in
order; the line of a matter; who is not on a line; the same call twice; a rebuild; erasure when the policy's time is over. No text stands in any file of any node (a
canary, also in titles), and the nodes on the way do not know that the line is there. --plant NAME breaks one expectation; the run must then fail.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import threading
import time
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
    wait_until(lambda: ticks_of(city, line, 1, "li") == (True, True, True), 20)
    checks.equal(ticks_of(city, line, 1, "li"), (True, True, plant != "seen"), "and that it was seen")
    back = say(community, line, f"from below {CANARY}")
    checks.equal(back.status, 201, "an answer is said below")
    checks.check(wait_until(lambda: [m["text"] for m in told(city, line)][1:] == [f"from below {CANARY}"], 20), "and comes above", told(city, line))


def stalled(checks, dev, city, community, line, plant):
    """The street's process sleeps: the community hears nothing for a while."""
    wait_until(lambda: len(told(community, line)) == len(told(city, line)), 20)
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


class Stream:
    """What a node tells as it happens: (kind, data)."""

    def __init__(self, api):
        self.told = []
        self.connection = http.client.HTTPConnection(api.host, api.port, timeout=30)
        self.connection.request("GET", "/api/v1/stream", headers={"Authorization": f"Bearer {api.token}"})
        self.answer = self.connection.getresponse()
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        kind = ""
        try:
            for line in self.answer:
                line = line.decode().rstrip("\n")
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    self.told.append((kind, line[6:]))
        except (OSError, ValueError):
            pass

    def of(self, line):
        return [json.loads(d) for k, d in list(self.told) if k == "line" and json.loads(d)["id"] == line]


def as_it_happens(checks, dev, city, community, line):
    """The stream has that something was said, once and without the words; a wall's screen has nothing of it."""
    screen = community.post("/api/v1/tokens", {"name": "wall", "rights": ["count"]}).json["token"]
    hears, blind = Stream(community), Stream(community.with_token(screen))
    time.sleep(0.5)
    before = community.get("/api/v1/me").json["needs"]["lines"]
    seq = say(city, line, f"on the stream {CANARY}").json["seq"]
    found = wait_until(lambda: [e for e in hears.of(line) if e["type"] == "line_said"], 20)
    checks.check(found and found[0]["node"] == CITY, "the stream says that something was said", hears.told[-5:])
    time.sleep(1)
    checks.equal(len([e for e in hears.of(line) if e["type"] == "line_said"]), 1, "once")
    checks.check(CANARY not in json.dumps(hears.told), "and not what")
    checks.equal(blind.of(line), [], "a screen hears nothing of lines")
    checks.equal(community.get("/api/v1/me").json["needs"]["lines"], before + 1, "one line more waits for a reader here")
    community.post(f"/api/v1/lines/{line}/seen", {})
    checks.equal(community.get("/api/v1/me").json["needs"]["lines"], before, "and then no more")
    checks.check(wait_until(lambda: ticks_of(city, line, seq, "li") == (True, True, True), 20), "what was seen is ticked")


def on_a_terminal(checks, dev, line):
    """`qipan line`."""
    cli, at = dev.cli, {p: ("--node", dev.node(p)["http"], "--token", dev.node(p)["token"]) for p in (CITY, COMMUNITY)}
    shown = cli.run("line", "list", *at[CITY])
    checks.check(shown.returncode == 0 and line in shown.stdout.decode() and "li@" in shown.stdout.decode(), "line list", shown.stdout.decode())
    done = cli.run("line", "say", line, f"from a terminal {CANARY}", *at[COMMUNITY])
    checks.equal(done.returncode, 0, "line say")
    there = wait_until(lambda: f"from a terminal {CANARY}" in cli.run("line", "show", line, *at[CITY]).stdout.decode(), 20, 0.5)
    checks.check(there, "line show")
    live = cli.run("line", line, *at[CITY], stdin=f"typed {CANARY}\n")
    checks.check(live.returncode == 0 and f"typed {CANARY}" in live.stdout.decode(), "what is typed is said", live.stdout.decode()[-300:])
    live = cli.run("line", line, *at[CITY], stdin=f"ended without Enter {CANARY}")
    checks.check(live.returncode == 0 and f"ended without Enter {CANARY}" in live.stdout.decode(), "also what no Enter ends", live.stdout.decode()[-300:])
    long = "字" * 2000  # 6,000 bytes: two messages, and no character is cut
    live = cli.run("line", line, *at[CITY], stdin=long)
    said = [m["text"] for m in told(dev.api(CITY), line)[-2:]]
    checks.check(live.returncode == 0 and "".join(said) == long and len(said[0].encode()) == 4095, "what is too long goes in parts", said)
    before = len(told(dev.api(CITY), line))
    done = cli.run("line", "say", line, "-", *at[CITY], stdin="x" * 5000)
    checks.check(done.returncode == 2 and "4096" in done.stderr.decode(), "too much for one message is refused", done)
    checks.equal(len(told(dev.api(CITY), line)), before, "and nothing is said instead")
    made = cli.json("line", "new", "--member", f"{COMMUNITY}:xu", "--title", "second", *at[CITY])
    checks.check(made and made["title"] == "second" and made["members"][0]["name"] == "xu", "line new", made)
    checks.equal(cli.run("line", "show", small.NOBODY, *at[CITY]).returncode, 3, "a line that is not there: 3")
    checks.equal(cli.run("line", "say", *at[CITY]).returncode, 2, "half a command: 2")


def for_calls(checks, city, community, line):
    ice = city.get(f"/api/v1/lines/{line}/ice").json
    checks.equal(len(ice["ice_servers"]), 1, "a TURN server of the own node")
    server = ice["ice_servers"][0]
    checks.equal(server["urls"], ["turn:turn.example:3478?transport=udp", "turns:turn.example:5349"], "with its addresses")
    wanted = base64.b64encode(hmac.new(b"s3cret", server["username"].encode(), hashlib.sha1).digest()).decode()
    checks.equal(server["credential"], wanted, "and the password that coturn works out from its secret")
    checks.check(time.time() < int(server["username"].split(":")[0]) < time.time() + 3700, "good for an hour", server)
    checks.equal(city.get(f"/api/v1/lines/{small.NOBODY}/ice").status, 404, "for who is on the line alone")
    answer = city.post(f"/api/v1/lines/{line}/messages", {"call": {"began_at": "2026-03-01T08:00:00.000Z", "ended_at": "2026-03-01T08:02:00.000Z",
                                                                  "answered": True}})
    checks.equal((answer.status, answer.json["call"]["answered"]), (201, True), "that a call took place stays on the line")


def erased(checks, city, community):
    """When the policy's time is over nobody reads it, neither above nor below, nor who said it."""
    policy = {"version": "short", "title": "short", "calendars": [], "categories": [{"code": "", "title": "其他"}], "rules": {"keep_line": "8s"}}
    answer = city.call("PUT", "/api/v1/policy", policy)
    checks.check(answer.status in (200, 201), "lines are kept for eight seconds", answer)
    line = city.post("/api/v1/lines", {"title": "gone soon", "members": [{"node": COMMUNITY, "name": "li"}]}).json["id"]
    say(city, line, f"gone soon {CANARY}")
    checks.check(wait_until(lambda: told(community, line) and told(community, line)[0]["text"], 20), "it is read")
    time.sleep(1.5)
    say(city, line, "another key")
    for api, name in ((community, "community"), (city, "city")):
        gone = wait_until(lambda: told(api, line)[0]["unreadable"] == "erased" and told(api, line)[0]["text"] is None, 40, 0.5)
        checks.check(gone, f"and then not in the {name}", told(api, line)[:1])


def run(checks, args):
    folder = scratch(checks, args, "line")
    secret = folder / "turn-secret"
    secret.write_text("s3cret\n")
    dev = small.start(checks, args, folder, environment={
        "QIPAN_LINE_TURN_SECRET": str(secret), "QIPAN_LINE_TURN_URLS": "turn:turn.example:3478?transport=udp turns:turn.example:5349"})
    city, community = dev.api(CITY), dev.api(COMMUNITY)
    line = opened(checks, city, community)
    both_ways(checks, city, community, line, args.plant)
    people(checks, city, line)
    of_a_matter(checks, dev, city, community)
    community.post(f"/api/v1/lines/{line}/seen", {})
    as_it_happens(checks, dev, city, community, line)
    on_a_terminal(checks, dev, line)
    for_calls(checks, city, community, line)
    stalled(checks, dev, city, community, line, args.plant)
    if not args.plant:
        erased(checks, city, community)
    nobody_else(checks, dev, line, args.plant)


def main():
    p = options(__doc__, 300)
    p.add_argument("--plant", choices=["seen", "order", "canary"])
    args = p.parse_args()
    checks = Checks(args.timeout)
    checks.run(lambda: run(checks, args))


if __name__ == "__main__":
    main()
