#!/usr/bin/env python3
"""What an honest sibling waits while an enrolled child lies at full speed (L7): a table, one attack a row.

    liar.py [--seconds N] [--kind WORD]     a tree of four levels; the liar is a second child of the county, the sibling a
                                            community below its first one; the time is until the top holds a sibling's report
"""

import os
import pathlib
import statistics
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import hostile
from lib import small
from lib.check import Checks
from lib.small import COMMUNITY, COUNTY
from lib.tree import options, pss_mb, scratch


def reports(dev, seconds):
    """Milliseconds of each report until the top has it."""
    api, took, until = dev.api(COMMUNITY), [], time.time() + seconds
    while time.time() < until:
        began = time.perf_counter()
        answer = api.post("/api/v1/matters?ack=top&wait=30", small.new())
        if answer.status == 201 and answer.json["ticks"]["top"]:
            took.append((time.perf_counter() - began) * 1e3)
        time.sleep(0.05)
    return took


def flood_events(n, neighbour):
    n.deliver(n.seal([n.opened("flood") for _ in range(8)]))


def flood_large(n, neighbour):
    n.deliver(n.seal([n.opened("large", text="x" * 15000) for _ in range(3)]))


def full_acks(n, neighbour):
    f = n.frame()
    words = n.parent.node + n.parent_epoch
    n.asked = getattr(n, "asked", 0) + 1
    f.ack.full, f.ack.rewinds = True, n.asked
    f.ack.signature = n.keys.signature(b"qipan ack", words)
    n.socket.send(f.SerializeToString())


def nowhere(n, neighbour):
    n.deliver(n.seal([n.opened("nowhere")], scope=neighbour.NODE, to=os.urandom(16)))


def early(n, neighbour):
    e = n.event(version=1000)
    e.progressed.note = "early"
    n.deliver(n.seal([e]))


def asks(n, neighbour):
    f = n.frame()
    f.ask.path = COUNTY + "/" + os.urandom(4).hex()
    n.socket.send(f.SerializeToString())


def bad_ahead(n, neighbour):
    f = n.frame()
    f.ahead.parcel = n.seal([n.opened("ahead")], keys=neighbour.Keys(), keep=False)
    n.socket.send(f.SerializeToString())


def reconnects(n, neighbour):
    n.close()
    try:
        n.open()
    except OSError:
        pass


KINDS = [flood_events, flood_large, full_acks, nowhere, early, asks, bad_ahead, reconnects]


def attack(n, say, neighbour, stop, sent):
    while not stop.is_set():
        try:
            say(n, neighbour)
            sent[0] += 1
            if sent[0] % 500 == 0:
                n.beat()
        except OSError:
            time.sleep(0.1)


def main():
    p = options(__doc__, 900)
    p.add_argument("--seconds", type=int, default=10)
    p.add_argument("--kind", default="", help="only attacks whose name has this word")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        from lib import neighbour
        dev = small.start(checks, args, scratch(checks, args, "liar"))
        victim = hostile.Victim(dev)
        reports(dev, 2)
        idle = statistics.median(reports(dev, args.seconds))
        print(f"{'attack':14} {'a second':>9} {'idle ms':>8} {'under ms':>9} {'ratio':>6} {'MB':>6} {'journal MB':>11}")
        for i, say in enumerate(k for k in KINDS if args.kind in k.__name__):
            n = neighbour.Neighbour(hostile.invite(dev, f"{COUNTY}/liar{i}"))
            n.join()
            n.parent_epoch = n.open().epoch
            stop, sent = threading.Event(), [0]
            size = lambda: victim.api.node()["journal"]["bytes"] / 1e6
            before = size()
            t = threading.Thread(target=attack, args=(n, say, neighbour, stop, sent))
            t.start()
            under = reports(dev, args.seconds)
            stop.set()
            t.join()
            n.close()
            m = statistics.median(under) if under else float("inf")
            print(f"{say.__name__:14} {sent[0] / args.seconds:9.0f} {idle:8.1f} {m:9.1f} {m / idle:6.1f}"
                  f" {pss_mb(victim.node['pid']):6.0f} {size() - before:11.1f}", flush=True)
            checks.check(under, f"{say.__name__}: reports still reach the top")
            checks.check(pss_mb(victim.node["pid"]) < 1000, f"{say.__name__}: the county's memory is bounded")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
