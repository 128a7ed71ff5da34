#!/usr/bin/python3
"""What is whispered on a line (LI7), over three hops: typing, and the signalling of a call.

The city types and calls, a page at the community hears it at once, whole, once; pages of nodes on the way and of people who are not on the line
hear nothing; the answer says who cannot be reached when the way is cut; a caller has a rate; the fact of a call stays on the line, and nothing
that was whispered stands in any file. `qipan line ID` shows both. --plant NAME breaks one expectation; the run must then fail.
"""

import json
import os
import pathlib
import signal
import subprocess
import threading
import time
import uuid

from lib import small
from lib.check import Checks, wait_until
from lib.small import CITY, COMMUNITY, STREET, WEST
from lib.tree import options, scratch
from line import Stream, say, told

CANARY = "kanarienvogel-" + uuid.uuid4().hex


def whispers(stream, line=None):
    return [json.loads(d) for k, d in list(stream.told) if k == "whisper" and line in (None, json.loads(d)["line"])]


def whisper(api, line, word, **more):
    return api.post(f"/api/v1/lines/{line}/whispers", {"whisper": word, **more})


def opened(checks, city, community):
    """A line on which both have spoken, so that each has the other's key."""
    line = city.post("/api/v1/lines", {"members": [{"node": COMMUNITY, "name": "li"}]}).json["id"]
    say(city, line, "hello")
    checks.check(wait_until(lambda: len(told(community, line)) == 1, 20), "a line over three hops")
    say(community, line, "here")
    checks.check(wait_until(lambda: len(told(city, line)) == 2, 20), "and both speak on it")
    known = wait_until(lambda: whisper(city, line, "typing").json.get("unreached") == [], 30, 0.5)
    checks.check(known, "every neighbour has told by now whom it hears")
    return line


def heard_at_once(checks, dev, city, community, line, plant):
    hears, own = Stream(community), Stream(city)
    others = [Stream(dev.api(p)) for p in (STREET, WEST)]
    screen = community.post("/api/v1/tokens", {"name": "wall", "rights": ["count"]}).json["token"]
    others.append(Stream(community.with_token(screen)))
    time.sleep(0.5)
    heads = {p: dev.api(p).get("/api/v1/node").json["journal"]["head"] for p in (CITY, STREET, COMMUNITY)}
    began = time.monotonic()
    answer = whisper(city, line, "typing")
    checks.equal((answer.status, answer.json), (200, {"nodes": 1, "unreached": []}), "somebody types: to one other node")
    found = wait_until(lambda: whispers(hears, line), 10, 0.01)
    checks.check(found, "a page there hears it", hears.told[-3:])
    print(f"typing over three hops: {1000 * (time.monotonic() - began):.1f} ms")
    checks.equal((found[0]["whisper"], found[0]["node"]), ("typing", CITY), "and from where")
    data = json.dumps({"type": "offer", "sdp": ("v=0\r\na=" + CANARY + "\r\n") * 200})
    answer = whisper(city, line, "offer", call="c1", page="p1", data=data)
    checks.equal((answer.status, answer.json["nodes"]), (200, 1), f"an offer of {len(data)} bytes")
    found = wait_until(lambda: [w for w in whispers(hears, line) if w["whisper"] == "offer"], 10, 0.01)
    checks.check(found and found[0]["data"] == data and (found[0]["call"], found[0]["page"]) == ("c1", "p1"), "comes whole", str(found)[:300])
    for i in range(20):
        whisper(community, line, "candidate", call="c1", page="p2", to="p1", data=f"{i} {CANARY}")
    wait_until(lambda: len([w for w in whispers(own, line) if w["whisper"] == "candidate"]) == 20, 10, 0.05)
    got = [w["data"] for w in whispers(own, line) if w["whisper"] == "candidate"]
    if plant == "order":
        got[3:5] = got[4:2:-1]
    checks.equal(got, [f"{i} {CANARY}" for i in range(20)], "twenty come back, in order, once")
    checks.equal([len(whispers(s)) for s in others], [0, 0, 0 if plant != "others" else 1], "nobody else hears any of it")
    checks.equal({p: dev.api(p).get("/api/v1/node").json["journal"]["head"] for p in heads}, heads, "and no journal grew")
    late = Stream(community)
    time.sleep(0.7)
    checks.equal(whispers(late), [], "who comes later hears nothing of what was")


def refused(checks, city, line):
    for what, body, field in (("no word", {}, "whisper"), ("another word", {"whisper": "shout"}, "whisper"), ("a call without a name", {"whisper": "offer"}, "call"),
                              ("more than 16 KiB", {"whisper": "offer", "call": "c", "data": "x" * 16385}, "data"), ("an unknown field", {"whisper": "typing", "x": 1}, "x")):
        answer = city.post(f"/api/v1/lines/{line}/whispers", body)
        checks.check(answer.status in (400, 413) and answer.error.get("field") == field, f"{what} is refused, naming the field", answer)
    checks.equal(whisper(city, small.NOBODY, "typing").status, 404, "on a line that is not there nothing is whispered")
    answers = [whisper(city, line, "typing").status for _ in range(250)]
    checks.check(answers[0] == 200 and 429 in answers, "a caller has a rate, and is told", answers[-3:])


def on_a_terminal(checks, dev, city, line):
    """`qipan line ID` shows who types and who calls."""
    at = ("--node", dev.node(COMMUNITY)["http"], "--token", dev.node(COMMUNITY)["token"])
    shown = pathlib.Path(dev.state, "shown")
    with shown.open("wb") as out:
        live = subprocess.Popen([dev.cli.qipan, "line", line, *map(str, at)], stdin=subprocess.PIPE, stdout=out, stderr=out, env=dev.cli.env)
    try:
        wait_until(lambda: b"hello" in shown.read_bytes(), 20)
        time.sleep(1)
        whisper(city, line, "offer", call="c9", page="p", data="x")
        checks.check(wait_until(lambda: b"calls" in shown.read_bytes(), 10), "a call is shown on a terminal", shown.read_bytes())
        whisper(city, line, "typing")
        checks.check(wait_until(lambda: b"types" in shown.read_bytes(), 10), "and who types", shown.read_bytes())
    finally:
        live.stdin.close()
        checks.equal(live.wait(20), 0, "an end of file ends it")


def cut(checks, dev, city, line, plant):
    """The street sleeps: who calls is told from when on it was not heard."""
    pid = dev.node(STREET)["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        found = wait_until(lambda: whisper(city, line, "typing").json.get("unreached"), 60, 1)
        wanted = "cut" if plant != "cut" else "no_key"
        checks.check(found and found[0]["code"] == wanted and found[0]["node"] == COMMUNITY and found[0]["since"] and found[0]["message_zh"],
                     "where the way is cut the answer says since when", found)
    finally:
        os.kill(pid, signal.SIGCONT)
    checks.check(wait_until(lambda: whisper(city, line, "typing").json.get("unreached") == [], 60, 1), "and no longer when it is heard again")


def in_no_file(checks, dev):
    found = []
    for folder, _, names in os.walk(dev.state):
        for name in names:
            found += [os.path.join(folder, name)] if CANARY.encode() in pathlib.Path(folder, name).read_bytes() else []
    found += [str(dev.log)] if CANARY in dev.tail(10**9) else []
    checks.equal(found, [], "no file of any node holds what was whispered")


def run(checks, args):
    dev = small.start(checks, args, scratch(checks, args, "whispers"))
    city, community = dev.api(CITY), dev.api(COMMUNITY)
    line = opened(checks, city, community)
    heard_at_once(checks, dev, city, community, line, args.plant)
    on_a_terminal(checks, dev, city, line)
    in_no_file(checks, dev)
    refused(checks, city, line)
    cut(checks, dev, city, line, args.plant)


def main():
    p = options(__doc__, 200)
    p.add_argument("--plant", choices=["order", "others", "cut"])
    args = p.parse_args()
    checks = Checks(args.timeout)
    checks.run(lambda: run(checks, args))


if __name__ == "__main__":
    main()
