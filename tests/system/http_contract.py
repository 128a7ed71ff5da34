#!/usr/bin/python3
"""The description of the outside as a checklist, against a small tree of four levels that this program starts.

    http_contract.py               everything
    http_contract.py --only lists  one of: opening lists doors commands

What is checked is in contract/opening.py, contract/lists.py, contract/doors.py (the HTTP API) and contract/commands.py (the
command line).
"""

import sys
import time
import traceback

from contract import commands, doors, lists, opening
from lib import small
from lib.check import Checks, TimeUp
from lib.small import STREET
from lib.tree import end, options, scratch, wait_drained

PARTS = {
    "opening": (opening.shape, opening.bad_bodies, opening.bounds, opening.idempotency, opening.versions, opening.below,
                opening.foreseen, opening.ticks),
    "lists": (lists.batches, lists.filters, lists.cursors, lists.importer, lists.boards, lists.streams, lists.rests, lists.needs, lists.nodes),
    "doors": (doors.rights, doors.paths, doors.sizes, doors.broken),
}


def main():
    p = options(__doc__, 300)
    p.add_argument("--only", choices=sorted([*PARTS, "commands"]))
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=60)

    def part(name, call, *words):
        before = checks.failed
        try:
            call(checks, *words)
        except (TimeUp, KeyboardInterrupt):
            raise
        except Exception as e:  # the other parts are still worth a run
            traceback.print_exc()
            checks.check(False, f"{name} broke off: {type(e).__name__}: {e}")
        checks.say(f"{name}: " + ("ok" if checks.failed == before else f"{checks.failed - before} failed"))

    def body():
        folder = scratch(checks, args, "contract")
        dev = small.start(checks, args, folder)
        apis = dev.apis()
        wait_drained(apis, 20)
        for name, calls in PARTS.items():
            for call in calls if args.only in (None, name) else ():
                part(f"{name}.{call.__name__}", call, apis)
        if args.only in (None, "doors"):
            part("doors.sessions", doors.sessions, apis, dev.cli, dev.node(STREET)["dir"])
            part("doors.resources", doors.resources, apis, dev.cli, dev.node(STREET)["dir"])
            part("doors.slow_down", doors.slow_down, apis)
        if args.only in (None, "commands"):
            for call in (commands.words, commands.statuses, commands.imports):
                part(f"commands.{call.__name__}", call, dev)
        checks.check(wait_drained(apis, 60) is not None, "all queues are empty at the end")
        follower = dev.cli.start("events", "-f", "--dir", dev.node(STREET)["dir"])
        checks.undo(lambda: end(follower))
        time.sleep(0.5)
        checks.equal(dev.stop(), 0, "dev ends well")
        checks.equal(follower.wait(10), 6, "events -f ends with 6 when its node does")
        if args.only in (None, "commands"):
            part("commands.again", commands.again, dev)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
