#!/usr/bin/python3
"""What an honest sibling waits while an enrolled child lies at full speed (L7): a table, one attack a row.

    liar.py [--seconds N] [--kind WORD] [--most RATIO]

A tree of four levels; the liar is a second child of the county, the sibling a community below its first one; the time is until the top
holds a sibling's report: at most RATIO times its idle time, 3 by rule. Then again with a small burst (link.child_burst), each kind that fills
the journal: the county's journal grows by no more than that burst and its rate times the seconds, as the county itself tells them.
--plant leaves the burst as it is and reckons with the small one: the run must then fail.
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
from lib import attacks, neighbour, small
from lib.check import Checks
from lib.small import COMMUNITY, COUNTY
from lib.tree import options, scratch
from lib.victim import Victim, invite

BURST = 1024 * 1024
# The rate counts bytes that were sent. What grows is pages: of parcels of 45 KB 1.4 times as much, of those of 2 KB, each with a page, its
# index and what the county itself says of their matters, 4.2 times (measured).
FILLS = {attacks.events: 5, attacks.large: 2, attacks.nowhere: 5}


def joined(dev, label):
    n = neighbour.Neighbour(invite(dev, f"{COUNTY}/{label}"))
    n.join()
    return n


def waits(checks, args, folder):
    """What an honest sibling waits, beside a liar of each kind that has its whole burst."""
    dev = small.start(checks, args, folder)
    table = attacks.Table(Victim(dev), dev.api(COMMUNITY))
    for i, (line, what, say) in enumerate(f for f in attacks.FLOODS if args.kind in f[1]):
        attacks.flood(checks, table, joined(dev, f"liar{i}"), line, what, say, args.seconds)
    table.over()
    for what, ratio in table.show():
        checks.check(ratio <= args.most, f"{what}: an honest report takes at most {args.most:g} times its idle time", f"{ratio:.1f}")
    dev.stop()


def grows(checks, args, folder):
    """How the journal of the county grows when a burst is over."""
    dev = small.start(checks, args, folder, environment={} if args.plant else {"QIPAN_LINK_CHILD_BURST": str(BURST)})
    county = Victim(dev).api
    for i, (_, what, say) in enumerate(f for f in attacks.FLOODS if args.kind in f[1] and f[2] in FILLS):
        path, before = f"{COUNTY}/filler{i}", county.node()["journal"]["bytes"]
        began = time.monotonic()
        sent, _ = attacks.at_full_speed(joined(dev, f"filler{i}"), say, lambda: time.sleep(args.seconds))
        took, node = time.monotonic() - began, county.node()
        grown = node["journal"]["bytes"] - before
        lim = next((c.get("limited") for c in node["children"] if c["path"] == path), None)
        if not checks.check(lim, f"{what}: the county says that it is limited", (sent, grown)):  # by its rate; or by its share before that
            continue
        rate = lim["rate"]
        most = FILLS[say] * (BURST + rate * took)
        print(f"journal, {what}: {sent / took:.0f}/s sent, {rate} bytes a second taken, grown by {grown / 1e6:.1f} MB in {took:.0f} s, at most {most / 1e6:.1f}")
        checks.check(grown <= most, f"{what}: the journal grows by the burst and the rate at most", f"{grown} bytes, {most:.0f} at most")


def main():
    p = options(__doc__, 900)
    p.add_argument("--seconds", type=int, default=10)
    p.add_argument("--kind", default="", help="only attacks whose name has this word")
    p.add_argument("--most", type=float, default=3, help="times its idle time that an honest report may take")
    p.add_argument("--plant", action="store_true", help="the burst is not bounded: the run must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "liar")
        if not args.plant:
            waits(checks, args, folder / "waits")
        grows(checks, args, folder / "grows")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
