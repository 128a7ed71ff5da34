#!/usr/bin/env python3
"""A message on a line from the city to a community over three hops, idle and behind 100,000 bulk parcels on each link (LI3): a table.

    line.py [--parcels N] [--samples N]     a tree of four levels; a sample is from the city's call until the community's stream has the message

One link after the other is filled from below: the child is stopped, and its parent takes in reports that are for the child, each in a turn and a
parcel of its own. Then all of them start anew, and messages are said while the queues drain. Exits with 1 where the median behind the
queues is above three times the idle one.
"""

import http.client
import json
import os
import pathlib
import signal
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
from lib import small  # noqa: E402
from lib.check import Checks, wait_until  # noqa: E402
from lib.small import CITY, COMMUNITY, COUNTY, STREET  # noqa: E402
from lib.tree import options, scratch  # noqa: E402
from line import Stream, say, told  # noqa: E402

LINKS = [(STREET, COMMUNITY), (COUNTY, STREET), (CITY, COUNTY)]


def queued(dev, parent, child):
    """Parcels in the parent's bulk lane for that child."""
    for link in dev.api(parent).get("/api/v1/node").json["children"]:
        if link["path"] == child:
            return link["queue"]["bulk"]["parcels"]
    return 0


def one(api, hears, line, n):
    """Milliseconds until the other's stream tells of it; None: not within 30 s."""
    had = len(hears.of(line))
    began = time.perf_counter()
    say(api, line, f"message {n}")
    while time.perf_counter() - began < 30:
        if len(hears.of(line)) > had:
            return (time.perf_counter() - began) * 1e3
        time.sleep(0.0002)
    return None


def serves(api):
    try:
        return api.get("/healthz").status == 200
    except OSError:
        return False


def fill(dev, parent, child, n):
    """So many reports that are sent down to the child, one after the other, on one connection: a turn and a parcel each."""
    api = dev.api(parent)
    c = http.client.HTTPConnection(api.host, api.port)
    head = {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json"}
    for i in range(n):
        c.request("POST", "/api/v1/matters", json.dumps({"category": "bulk", "title": f"{i}", "source": "bench", "area": child}), head)
        answer = c.getresponse()
        said = answer.read().decode()
        if answer.status != 201:
            raise OSError(f"report {i} at {parent}: {answer.status} {said}")


def shown(name, ms):
    ms = sorted(ms)
    print(f"{name:28} {len(ms):4} {statistics.median(ms):8.1f} {ms[int(len(ms) * .95)]:8.1f} {ms[-1]:8.1f}", flush=True)


def run(checks, args):
    dev = small.start(checks, args, scratch(checks, args, "bench-line"))
    city, community = dev.api(CITY), dev.api(COMMUNITY)
    line = city.post("/api/v1/lines", {"members": [{"node": COMMUNITY, "name": "li"}]}).json["id"]
    say(city, line, "first")
    wait_until(lambda: len(told(community, line)) == 1, 20)
    hears = Stream(community)
    time.sleep(1)
    idle = [one(city, hears, line, n) for n in range(args.samples)]
    print(f"{'ms, city to community':28} {'n':>4} {'p50':>8} {'p95':>8} {'most':>8}")
    shown("idle", idle)
    for parent, child in LINKS:
        os.kill(dev.node(child)["pid"], signal.SIGSTOP)
        began = time.monotonic()
        fill(dev, parent, child, args.parcels)
        checks.say(f"{parent} -> {child}: {queued(dev, parent, child)} bulk parcels queued in {time.monotonic() - began:.0f} s")
    was = {p: dev.node(p)["pid"] for _, p in LINKS}
    for pid in was.values():  # they start anew, at once
        os.kill(pid, signal.SIGKILL)  # also one that is stopped
    checks.check(wait_until(lambda: all(dev.node(p)["pid"] not in (None, was[p]) for p in was), 30, 0.05), "all start anew")
    city, community = dev.api(CITY), dev.api(COMMUNITY)  # what was connected before has been idle for too long
    for path in was:
        checks.check(wait_until(lambda: serves(dev.api(path)), 60, 0.05), f"{path} serves again")
    hears, behind, least = Stream(community), [], []
    wait_until(lambda: one(city, hears, line, "way"), 60)
    while True:
        left = [queued(dev, parent, child) for parent, child in LINKS]
        if min(left) < 256 or len(behind) >= 10 * args.samples:
            break
        ms = one(city, hears, line, len(behind))
        checks.check(ms is not None, "a message comes while the queues drain")
        behind.append(ms or 30000)
        least.append(left)
        time.sleep(0.05)
    checks.check(len(behind) >= 5, "messages are said while every link has bulk parcels queued", f"only {len(behind)}; left: {left}")
    if behind:
        shown(f"behind {min(least[0]):,} to {max(least[0]):,}", behind)
        print(f"queued at the first of them: {least[0]}, at the last: {least[-1]} (street, county, city)")
        ratio = statistics.median(behind) / statistics.median(idle)
        checks.check(ratio <= 3, "within three times the idle time", f"{ratio:.2f}")
        print(f"ratio of the medians: {ratio:.2f}")


def main():
    p = options(__doc__, 3600)
    p.add_argument("--parcels", type=int, default=100000, metavar="N", help="on each link (%(default)s)")
    p.add_argument("--samples", type=int, default=50, metavar="N", help="messages while idle (%(default)s)")
    args = p.parse_args()
    checks = Checks(args.timeout)
    checks.run(lambda: run(checks, args))


if __name__ == "__main__":
    main()
