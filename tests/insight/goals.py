#!/usr/bin/env python3
"""Every goal of insight (warnings, leads, what they cost) beside what is measured now, in one table.

    goals.py [--long] [--only COMMAND] [--data DIR] [--build DIR] [--plant COMMAND|all]

A goal is a row of GOALS and names the command of COMMANDS that measures it: what no command prints is no figure. A row comes out as

    met       the goal holds
    missed    as recorded: it is not reached yet, and no further from it than it was; "record it" where it is nearer
    FAILED    recorded as met and no longer so; missed and worse than recorded; or its command does not print it
    SKIPPED   its data is not there (--data, else $QIPAN_TEST_DATA, else ../shared/data beside the repository)

and with its ratio: how often the goal goes into the figure (costs: the figure into the goal), so that 1 and more is met. Exit status 1 when
a row FAILED. What a cost is depends on the machine and on what else it does, which only adds: it is the least of up to three runs. --long
takes the whole size where the short form takes a part, and what lasts minutes. --plant COMMAND runs that command with a setting that
makes it worse: a row of it must fail (all: each of those that have one; exit status 1 when none fails, as with every planted bug).
"""
import argparse
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))

# name: what is run in short, in long (None: the same), what makes it worse (more arguments; None: nothing), reads data.
# A short form that is None: only in long. {here}: this folder; {build}: of the release; {data}: the data's folder.
COMMANDS = {
    "vectors": ("{here}/warn.py --qipan {build}/qipan --data {data}/insight --only vectors", None, "--plant alpha", True),
    "daily": ("{here}/warn.py --qipan {build}/qipan --data {data}/insight --only daily", None, "--set halfLife=3", True),
    "weekly": ("{here}/warn.py --qipan {build}/qipan --data {data}/insight --only weekly", None, "--set least=30", True),
    "leads": ("{here}/leads.py {data}/insight --qipan {build}/qipan", None, "--threshold 0.5", True),
    "made": ("{here}/leads.py --made --qipan {build}/qipan", None, "--threshold 0.95", False),
    "real": (None, "{here}/real.py --qipan {build}/qipan --data {data}", None, True),
    "sim": (None, "{build}/sim --seeds 80 --months --jobs 2", None, False),
    "bench_warn": ("{build}/tests/bench/bench_warn", None, None, False),
    "bench_leads": ("{build}/tests/bench/bench_leads 50000 4000", "{build}/tests/bench/bench_leads", None, False),
    "bench_clue": (None, "{build}/tests/bench/bench_clue", None, False),
    "bench_watch": ("{build}/tests/bench/bench_watch 149 500", "{build}/tests/bench/bench_watch", None, False),
}

UP, DOWN = 1, -1
RUNS = 3
EXACT, COST = "", "cost"
# What is wanted; its command; what of it is printed (two figures: the first by the second; on several lines: the greatest); whether more or
# less is better; the goal, met at the figure itself; as recorded last. Where it is another in long: (short, long).
GOALS = [
    ("values that differ from R's", "vectors", r"^values that differ from R: (\d+)", DOWN, 0, 0, EXACT),
    ("GPNB by days: times EARS C2, mean", "daily", r"ears-c2 [\d.]+: ([\d.]+) times", UP, 2.20, 2.12, EXACT),
    *((f"GPNB by days: times EARS C2, {c}", "daily", rf"^{c} +\d+ +([\d.]+) +([\d.]+)", UP, 1.001, was, EXACT)
      for c, was in (("dispute", 1.714), ("drowning", 1.585), ("fraud", 2.347), ("theft", 2.232), ("traffic", 4.31))),
    ("GPNB by weeks: times Farrington flexible", "weekly", r"^vectors: .* gpnb ([\d.]+), farrington-flexible ([\d.]+)", UP, 1.001, 0.820, EXACT),
    ("the same, 45 daily series by weeks", "weekly", r"^the other daily .* gpnb ([\d.]+), farrington-flexible ([\d.]+)", UP, 1.001, 1.150, EXACT),
    ("leads, labelled: B3 F1", "leads", r"^\w+: B3 F1 ([\d.]+)", UP, 0.95, 0.9493, EXACT),
    ("leads, labelled: pairs across sources", "leads", r"^\w+: recall of pairs across sources ([\d.]+)", UP, 0.93, 0.6731, EXACT),
    ("leads, made: B3 F1", "made", r"^\w+: B3 F1 ([\d.]+)", UP, 0.95, 0.9873, EXACT),
    ("leads, made: pairs across sources", "made", r"^\w+: recall of pairs across sources ([\d.]+)", UP, 0.93, 1.0, EXACT),
    ("real records through a tree: what differs", "real", r"^\d+ passed, (\d+) failed", DOWN, 0, 0, EXACT),
    ("a month of faults, 80 runs: those that differ", "sim", r"^\d+ passed, (\d+) failed", DOWN, 0, 0, EXACT),
    ("us a series and day, the busiest", "bench_warn", r"matters a day: ([\d.]+) us", DOWN, 2.0, 1.25, COST),
    ("us a series and day, in a node", "bench_watch", r"^(?:a day after it|and the next  ):.* ([\d.]+) us a series", DOWN, 2.0, 1.3, COST),
    ("MiB at the root, 1,487 nodes x 500 categories", "bench_watch", r"([\d.]+) MiB at most", DOWN, (64 * 149 / 1487, 64), (4.4, 40.1), EXACT),
    ("us a matter, 50,000 live", "bench_leads", r"live: ([\d.]+) us a matter", DOWN, 100, 76, COST),
    ("us a matter, 50,000 live, in a node", "bench_clue", r"live: ([\d.]+) us a matter", DOWN, 100, 88, COST),
]


def fill(args, text):
    return text.format(here=HERE, build=args.build, data=args.data).split()


class Told:
    """What a command printed; why: SKIPPED or FAILED, and the reason, when there is nothing to read."""

    def __init__(self, text="", why=""):
        self.text, self.why = text, why


def run(args, name, planted):
    """None: the command is not run in this form."""
    short, long, worse, data = COMMANDS[name]
    command = long or short if args.long else short
    if command is None:
        return None
    if data and not os.path.isdir(os.path.join(args.data, "insight")):
        return Told(why="SKIPPED: no data in " + args.data)
    command = fill(args, command) + (fill(args, worse) if planted else [])
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    except OSError as e:
        return Told(why=f"FAILED: {e.strerror}: {command[0]}; cmake --build --preset release makes it")
    if done.returncode not in (0, 1):  # 1: a goal of its own is missed
        return Told(why=f"FAILED: {os.path.basename(command[0])} ended with {done.returncode}: {done.stdout.strip()[-200:]}")
    return Told(done.stdout)


def figure(goal, told):
    """None: it is not printed."""
    found = []
    for m in re.finditer(goal[2], told.text, re.M):
        values = [float(v) for v in m.groups()]
        found.append(values[0] if len(values) == 1 else values[0] / values[1] if values[1] else float("inf"))
    return max(found) if found else None


def of_form(args, value):
    return value[args.long] if isinstance(value, tuple) else value


def judged(args, goal, got):
    """word, remark, how often the goal goes into the figure"""
    better, wanted, was, kind = goal[3], of_form(args, goal[4]), of_form(args, goal[5]), goal[6]
    ratio = 1.0 if got == wanted else (got / wanted if better == UP else wanted / got) if got and wanted else 0.0
    near = 0.002 * abs(was) if kind == EXACT else 0.0  # what is printed is rounded
    if (got - wanted) * better >= 0:
        return "met", "" if (was - wanted) * better >= 0 else f"it was {was:g}: record it", ratio
    if (was - wanted) * better >= 0:
        return "FAILED", f"it was met by {was:g}", ratio
    if kind == EXACT and (got - was) * better < -near:
        return "FAILED", f"worse than the {was:g} that it was", ratio
    return "missed", f"nearer than the {was:g} that it was: record it" if kind == EXACT and (got - was) * better > near else "", ratio


def all_met(args, name, told):
    return all((g := figure(goal, told)) is not None and judged(args, goal, g)[0] == "met" for goal in GOALS if goal[1] == name)


def told_by(args, name, planted):
    """A cost is measured again where it is too high: the least of three counts. Returns what each run printed."""
    runs = [run(args, name, planted)]
    costs = any(goal[1] == name and goal[6] == COST for goal in GOALS)
    while costs and len(runs) < RUNS and runs[0] and not runs[0].why and not all_met(args, name, runs[-1]):
        runs.append(run(args, name, planted))
    return runs


def show(args, names, planted=False):
    """How many rows FAILED."""
    failed = 0
    print(f"{'':8}{'goal':46} {'measured':>9} {'wanted':>9} {'ratio':>6}")
    for name in names:
        runs = told_by(args, name, planted)
        if runs[0] is None:
            print(f"        ({name}: only with --long)")
            continue
        for goal in (g for g in GOALS if g[1] == name):
            figures = [figure(goal, told) for told in runs if not told.why]
            if not figures or None in figures:
                word, _, remark = (runs[0].why or f"FAILED: {name} does not print it").partition(": ")
                got, ratio = "", ""
            else:
                got = min(figures) if goal[3] == DOWN else max(figures)
                word, remark, ratio = judged(args, goal, got)
                got, ratio = f"{got:.4g}", f"{ratio:.3f}"
            failed += word == "FAILED"
            print(f"{word:8}{goal[0]:46} {got:>9} {of_form(args, goal[4]):>9.4g} {ratio:>6}  {remark}".rstrip(), flush=True)
    return failed


def plant(args, names):
    """Each command that can be made worse must make a row fail."""
    unseen = [name for name in names if COMMANDS[name][2] and show(args, [name], True) == 0]
    for name in unseen:
        print(f"{name}: what was planted is not seen")
    return 0 if unseen else 1


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", default=os.environ.get("QIPAN_TEST_DATA") or os.path.join(os.path.dirname(ROOT), "shared/data"))
    p.add_argument("--build", default=os.path.join(ROOT, "build/release"))
    p.add_argument("--long", action="store_true")
    p.add_argument("--only", choices=list(COMMANDS))
    p.add_argument("--plant", choices=["all"] + [c for c in COMMANDS if COMMANDS[c][2]])
    args = p.parse_args()
    names = [args.only] if args.only else list(COMMANDS)
    if args.plant:
        return plant(args, names if args.plant == "all" else [args.plant])
    failed = show(args, names)
    print(f"FAILED: {failed}" if failed else "no goal that was met is lost")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
