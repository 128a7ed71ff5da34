#!/usr/bin/python3
"""What an honest sibling waits while an enrolled child lies at full speed (L7): a table, one attack a row.

    liar.py [--seconds N] [--kind WORD]     a tree of four levels; the liar is a second child of the county, the sibling a
                                            community below its first one; the time is until the top holds a sibling's report
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
from lib import attacks, neighbour, small
from lib.check import Checks
from lib.small import COMMUNITY, COUNTY
from lib.tree import options, scratch
from lib.victim import Victim, invite


def main():
    p = options(__doc__, 900)
    p.add_argument("--seconds", type=int, default=10)
    p.add_argument("--kind", default="", help="only attacks whose name has this word")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        dev = small.start(checks, args, scratch(checks, args, "liar"))
        table = attacks.Table(Victim(dev), dev.api(COMMUNITY))
        for i, (line, what, say) in enumerate(f for f in attacks.FLOODS if args.kind in f[1]):
            n = neighbour.Neighbour(invite(dev, f"{COUNTY}/liar{i}"))
            n.join()
            attacks.flood(checks, table, n, line, what, say, args.seconds)
        table.show()

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
