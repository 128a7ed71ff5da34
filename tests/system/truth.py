#!/usr/bin/python3
"""What the boards of every node must say, worked out from the CSV of Boston's 311 records alone.

Nothing of qipan is used: the records, the list of areas, the rules of the boards (see "Boards" of the HTTP API) and the
time zone are read afresh here. `boards.py` and `boston.py` compare a running tree with it.

    truth.py                    prints the root's figures and checks the truth against itself
    truth.py --node PATH --by month
    truth.py --plant off-by-one the same with a mistake put in: the checks must fail
"""

import argparse
import collections
import csv
import datetime
import pathlib
import random
import sys
import zoneinfo

from lib.check import Checks
from lib.tree import BOSTON, ROOT, read_text_maybe_gz

FIGURES = ("opened", "closed", "open", "overdue", "on_time", "late")
BYS = ("desk", "source", "category", "area", "month")
PLANTS = ("off-by-one", "late-is-on-time", "wrong-child", "month-in-utc", "second-hour")
CALL = "Constituent Call"


def read_areas(folder=BOSTON):
    """code -> path, from divisions.csv: the label is the code in lower case unless a column `label` has one."""
    with open(pathlib.Path(folder) / "divisions.csv", encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    by_code = {r["code"]: r for r in rows}

    def path_of(code):
        row = by_code[code]
        label = row.get("label") or code.lower()
        above = row["parent_code"]
        return path_of(above) + "/" + label if above in by_code else label

    return {code: path_of(code) for code in by_code}


def digits(text):
    found = "".join(c if c.isdigit() else " " for c in text).split()
    return int(found[0]) if found else None


class Record:
    __slots__ = ("ref", "area", "desk", "source", "category", "opened", "closed", "deadline", "duplicate", "of")


class Truth:
    """All records, understood; boards on demand."""

    def __init__(self, rows, areas, depth=8, zone="America/New_York", plant=None):
        self.zone = zoneinfo.ZoneInfo(zone)
        self.plant = plant
        self.areas = areas
        self.root = min(areas.values(), key=len)
        self.paths = sorted({self.cut(p, depth) for p in areas.values()})
        self.depth = depth
        self.records = [self.understand(r) for r in rows]
        self.now = datetime.datetime.now(datetime.timezone.utc)
        self.known = collections.defaultdict(list)  # node -> the records that it knows
        for r in self.records:
            parts = r.area.split("/")
            for n in range(1, len(parts) + 1):
                self.known["/".join(parts[:n])].append(r)

    @staticmethod
    def cut(path, depth):
        return "/".join(path.split("/")[:depth])

    def instant(self, text):
        """A local time of the file; of an hour that comes twice the first."""
        if not text:
            return None
        local = datetime.datetime.fromisoformat(text)
        fold = 1 if self.plant == "second-hour" else 0
        return local.replace(tzinfo=self.zone, fold=fold).astimezone(datetime.timezone.utc)

    def area_of(self, row):
        """The precinct decides, then the ward; without both, and for what is on no list, the root."""
        for prefix, column, width in (("p", "precinct", 4), ("w", "ward", 2)):
            n = digits(row[column])
            code = None if n is None else f"{prefix}{n:0{width}d}"
            if code in self.areas:
                return self.cut(self.areas[code], self.depth)
        return self.root

    def understand(self, row):
        r = Record()
        r.ref, r.area = row["id"], self.area_of(row)
        r.desk, r.source, r.category = row["department"], row["source"], row["type"]
        r.opened, r.closed = self.instant(row["open_dt"]), self.instant(row["closed_dt"])
        r.deadline = self.instant(row["target_dt"])
        r.duplicate, r.of = row["outcome"] == "duplicate", row["dup_of"]
        return r

    def month(self, instant):
        if self.plant != "month-in-utc":
            instant = instant.astimezone(self.zone)
        return instant.strftime("%Y-%m")

    def child_of(self, node, area):
        """The key of by=area: the child's path, or the node's own."""
        if area == node:
            return node
        rest = area[len(node) + 1:].split("/")
        if self.plant == "wrong-child" and len(rest) > 1:
            return node + "/" + "/".join(rest[:2])
        return node + "/" + rest[0]

    def board(self, node, by):
        """(key -> figures, figures of all); figures are dicts of FIGURES."""
        rows = collections.defaultdict(lambda: dict.fromkeys(FIGURES, 0))
        total = dict.fromkeys(FIGURES, 0)
        for r in self.known.get(node, ()):
            if by == "month":
                opened_at = self.month(r.opened)
                closed_at = self.month(r.closed) if r.closed else None
            else:
                opened_at = closed_at = self.child_of(node, r.area) if by == "area" else getattr(r, by)
            for box in (rows[opened_at], total):
                box["opened"] += 1
                if not r.closed:
                    box["open"] += 1
                    box["overdue"] += bool(r.deadline and r.deadline < self.now)
            if r.closed:
                for box in (rows[closed_at], total):
                    box["closed"] += 1
                    if r.deadline:
                        in_time = r.closed <= r.deadline or self.plant == "late-is-on-time"
                        box["on_time" if in_time else "late"] += 1
        if self.plant == "off-by-one" and by == "category" and rows:
            next(iter(rows.values()))["closed"] += 1
        return dict(rows), total

    def differences(self, node, by, answer):
        """Sentences that tell where an answer of GET /api/v1/board is not what it must be."""
        rows, total = self.board(node, by)
        found = {}
        out = []
        for row in answer.get("rows", ()):
            if row["key"] in found:
                out.append(f"{node} by={by}: two rows {row['key']!r}")
            found[row["key"]] = row
        for key in rows.keys() | found.keys():
            if key not in found:
                out.append(f"{node} by={by}: no row {key!r}")
            elif key not in rows:
                out.append(f"{node} by={by}: a row {key!r} too many: {found[key]}")
        pairs = [(repr(k), rows[k], found[k]) for k in rows.keys() & found.keys()] + [("total", total, answer["total"])]
        for name, wanted, has in pairs:
            for figure in FIGURES:
                if has.get(figure) != wanted[figure]:
                    out.append(f"{node} by={by} {name}: {figure} is {has.get(figure)}, must be {wanted[figure]}")
            for figure in ("visited", "satisfied", "unsatisfied"):
                if has.get(figure) != 0:
                    out.append(f"{node} by={by} {name}: {figure} is {has.get(figure)}, must be 0")
        return out

    def count(self, node):
        return len(self.known.get(node, ()))


def read_rows(path, most=None):
    with read_text_maybe_gz(path) as f:
        rows = []
        for row in csv.DictReader(f):
            rows.append(row)
            if most and len(rows) == most:
                break
        return rows


def made_rows(count, seed, areas):
    """Records of the same form, made up, with what is odd in real ones: for a machine without the data."""
    rng = random.Random(seed)
    codes = [c for c in areas if c[:1] in "pw" and c[1:].isdigit()]
    at = datetime.datetime(2011, 7, 1)
    rows = []
    for i in range(count):
        at += datetime.timedelta(seconds=rng.randrange(1, 20000000 // max(1, count)))
        code = rng.choice(codes + [""] * (len(codes) // 20 + 1))
        target = at + datetime.timedelta(hours=rng.choice((-1, 1, 24, 240)), seconds=rng.randrange(3600))
        closed = at + datetime.timedelta(seconds=int(rng.paretovariate(0.7) * 600) % 100000000)
        if rng.random() < 0.05:  # the hour that comes twice
            closed = datetime.datetime(2011, 11, 6, 1, rng.randrange(60), rng.randrange(60))
            target = datetime.datetime(2011, 11, 6, 1, rng.randrange(60), rng.randrange(60))
        if rng.random() < 0.03:  # closed to the second in time
            target = closed
        is_open, no_target, duplicate = rng.random() < 0.1, rng.random() < 0.15, rng.random() < 0.1
        rows.append({
            "id": str(900000000000 + i), "open_dt": str(at), "target_dt": "" if no_target else str(target),
            "closed_dt": "" if is_open else str(closed), "status": "Open" if is_open else "Closed",
            "outcome": "" if is_open else "duplicate" if duplicate else rng.choice(("resolved", "noted", "")),
            "dup_of": str(900000000000 + rng.randrange(count)) if duplicate and not is_open and rng.random() < 0.6 else "",
            "reason": "Made up", "type": rng.choice(("Pothole", "Street Light Outages", "Graffiti  Removal", "Ärger, \"quoted\"")),
            "department": rng.choice(("PWDx", "ISD", "BTDT")), "ward": code[1:3] if code else "",
            "precinct": code[1:] if code.startswith("p") else "", "lat": "42.3", "lon": "-71.1",
            "source": rng.choice((CALL, CALL, "Self Service", "Employee Generated"))})
    return rows


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8", newline="") as f:
        out = csv.DictWriter(f, list(rows[0]), lineterminator="\n")
        out.writeheader()
        out.writerows(rows)


def data_file(folder):
    """The CSV of the data folder; None where it is not."""
    file = pathlib.Path(folder) / "boston-311.csv.gz"
    return file if file.exists() else None


def add_options(p):
    p.add_argument("--data", default=str(ROOT.parent / "shared/data"), help="folder of boston-311.csv.gz (%(default)s)")
    p.add_argument("--made", type=int, metavar="N", help="N made-up records instead of the file")
    p.add_argument("--seed", type=int, default=1, help="of the made-up records (%(default)s)")
    p.add_argument("--records", type=int, metavar="N", help="the first N records only")
    p.add_argument("--depth", type=int, default=8, help="the tree is cut below this depth; the root counts as 1")
    p.add_argument("--plant", choices=PLANTS, help="put a mistake into the truth: the comparison must fail")


def rows_of(args):
    """The records that the arguments ask for; made-up ones where the file is not there and some were asked for."""
    areas = read_areas()
    if args.made:
        return made_rows(args.made, args.seed, areas), areas
    file = data_file(args.data)
    if file is None:
        raise SystemExit(f"{args.data}/boston-311.csv.gz is not there: give --data, or --made N")
    return read_rows(file, args.records), areas


def check_itself(checks, truth, whole):
    """What must hold for any records, and what is known of the file."""
    root = truth.root
    boards = {by: truth.board(root, by) for by in BYS}
    for by, (rows, total) in boards.items():
        for figure in FIGURES:
            checks.equal(sum(r[figure] for r in rows.values()), total[figure], f"by={by}: the rows' {figure} add up")
        checks.equal(total["opened"], total["closed"] + total["open"], f"by={by}: what was opened is open or closed")
        checks.equal(total["opened"], len(truth.records), f"by={by}: every record was opened")
    for key, row in boards["area"][0].items():
        if key != root:
            for figure in FIGURES:
                checks.equal(truth.board(key, "desk")[1][figure], row[figure], f"{key}'s {figure} is its row at the root")
            checks.check(key.count("/") == 1, f"{key} is a child of the root")
    late = sum(1 for r in truth.records if r.closed and r.deadline and r.closed > r.deadline)
    checks.equal(boards["desk"][1]["late"], late, "late is closed after the target")
    twice = truth.instant("2011-11-06 01:30:00")
    checks.equal(twice.isoformat(), "2011-11-06T05:30:00+00:00", "of a repeated hour the first is meant")
    checks.equal(truth.month(truth.instant("2011-07-31 21:00:00")), "2011-07", "months are the tree's")
    if whole:
        checks.equal(len(truth.records), 41827, "records")
        checks.equal(sum(1 for r in truth.records if r.deadline is None), 6073, "records without target")
        checks.equal(len(truth.board(root, "source")[0]), 6, "sources")
        checks.equal(len(truth.board(root, "desk")[0]), 11, "desks")
        if truth.depth >= 4:
            checks.equal(truth.board(root, "area")[0][root]["opened"], 1993, "records without ward stay with the city")
            checks.equal(len(truth.paths), 288, "nodes")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(p)
    p.add_argument("--node", help="the node whose board is printed (the root)")
    p.add_argument("--by", choices=BYS, default="area")
    args = p.parse_args()
    checks = Checks(120)

    def body():
        rows, areas = rows_of(args)
        truth = Truth(rows, areas, args.depth, plant=args.plant)
        node = args.node or truth.root
        board, total = truth.board(node, args.by)
        print(f"{node} by={args.by}: " + " ".join(FIGURES))
        for key, row in sorted(board.items()) + [("total", total)]:
            print(f"  {key}: " + " ".join(str(row[f]) for f in FIGURES))
        check_itself(checks, truth, not args.made and not args.records)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
