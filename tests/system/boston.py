#!/usr/bin/python3
"""The main job: Boston's 311 records through a tree of real node processes, then every board of every node compared.

    boston.py                       288 processes, 41,827 records
    boston.py --kill                the same; a random node is killed by SIGKILL every second while the import runs
    boston.py --cut                 the same; a district is cut off for the first half, then healed
    boston.py --crash               all nodes and `dev` are killed at once in the middle, and `dev` is started again
    boston.py --twice               the import is run once more and must change nothing
    boston.py --depth 2 --made 2000 a small form, without the data

Prints the import's rate, the time to drain, and the memory of the nodes. How a district is cut off: lib/cut.py.
"""

import os
import random
import signal
import statistics
import sys
import threading
import time

from boards import compare
from lib.check import Checks, wait_until
from lib.cut import CutNode
from lib.tree import BOSTON, Dev, end, options, pss_mb, scratch, wait_drained, wait_still
from truth import Truth, add_options, data_file, rows_of, write_rows

MAP = BOSTON / "boston311.map"


class Killer(threading.Thread):
    """SIGKILL to a random node of the tree every second, until told to stop. The seed repeats the choice."""

    def __init__(self, dev, seed, every_s):
        super().__init__(daemon=True)
        self.dev, self.rng, self.every_s = dev, random.Random(seed), every_s
        self.over = threading.Event()
        self.killed = []

    def run(self):
        while not self.over.wait(self.every_s):
            try:
                node = self.rng.choice(sorted(self.dev.nodes(), key=lambda n: n["path"]))
                with open(f"/proc/{node['pid']}/cmdline", "rb") as f:
                    if b"qipan" not in f.read():
                        continue
                os.kill(node["pid"], signal.SIGKILL)
                self.killed.append(node["path"])
            except (OSError, TypeError, ValueError):
                continue  # down at this moment

    def stop(self):
        self.over.set()
        self.join()


def known_at(api):
    """Matters at a node; 0 while it does not answer."""
    try:
        return api.get("/api/v1/board", by="source").json["total"]["opened"]
    except (OSError, ValueError, KeyError):
        return 0


def cut_first_half(checks, cable, root, half, least_s, most_s, import_runs):
    """Waits until half of the records are in (or most_s have passed), heals, and says what the district did alone."""
    wait_until(lambda: not import_runs(), least_s, 0.5)
    wait_until(lambda: known_at(root) >= half or not import_runs(), most_s, 0.5)
    at_root = known_at(root)
    alone = known_at(cable.dev.api(cable.path))
    seen = next(r["opened"] for r in [*root.get("/api/v1/board", by="area").json["rows"], {"key": cable.path, "opened": 0}]
                if r["key"] == cable.path)
    link = next(l for l in root.node()["children"] if l["path"] == cable.path)
    cable.heal()
    checks.say(f"healed with {at_root} matters at the root; for {cable.path} the root knew {seen}, it itself {alone}; to the "
               f"root its link was {link['state']}, {link['queue']['bulk']['parcels']} parcels waited")
    checks.check(alone > 0, "the district went on working while it was cut off", f"{alone} matters there")
    checks.check(link["queue"]["bulk"]["parcels"] > 0, "what was sent down to it waited at the root", link)


def crash(checks, dev, root, half):
    """As when the machine's power fails and comes back: everything is killed at once, nothing is told to stop."""
    wait_until(lambda: known_at(root) >= half, 120, 0.2)
    at_root = known_at(root)
    for pid in [dev.process.pid] + [n["pid"] for n in dev.nodes() if n["pid"]]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    dev.process.wait()
    dev.process = None
    took = dev.start()
    checks.say(f"everything was killed with {at_root} matters at the root; {took:.1f} s later all nodes were healthy again")
    checks.check(known_at(root) >= at_root, "what the root's board had shown is still there", f"{known_at(root)} of {at_root}")


def run_import(checks, dev, file, name, during=None):
    """Runs the import to its end; seconds."""
    rejected, log = dev.state.parent / f"{name}-rejected.csv", dev.state.parent / f"{name}.log"
    began = time.monotonic()
    process = dev.cli.start("import", "--state", dev.state, "--map", MAP, "--rejected", rejected, file, log=log)
    checks.undo(lambda: end(process))
    if during:
        during(lambda: process.poll() is None)
    status = process.wait()
    took = time.monotonic() - began
    said = log.read_text(errors="replace").strip()
    checks.equal(status, 0, f"the {name} ends well; it said: {said[-600:]}")
    checks.check(not rejected.exists() or rejected.stat().st_size == 0, f"the {name} puts no row aside",
                 rejected.read_text()[:600] if rejected.exists() else "")
    return took, said


def memory(checks, dev):
    sizes = [pss_mb(n["pid"]) for n in dev.nodes() if n["pid"]]
    checks.say(f"memory (PSS) of {len(sizes)} nodes: {sum(sizes):.0f} MB in all, {statistics.median(sizes):.2f} MB in "
               f"the median, {max(sizes):.1f} MB at most")


def heads(dev):
    return {path: api.node()["journal"]["head"] for path, api in dev.apis().items()}


def drain(checks, dev, seconds):
    took = wait_drained(dev.apis(), seconds)
    if checks.check(took is not None, f"every queue of every node is empty within {seconds:.0f} s"):
        checks.say(f"drained {took:.1f} s after the import's end")


def start(checks, args, folder, truth):
    more = ["--depth", args.depth] if args.depth < 8 else []
    if args.cut:
        more.append("--no-restart")
    dev = Dev(args.qipan, folder / "tree", BOSTON, *more, count=len(truth.paths) + 4)
    took = dev.start(checks)
    checks.say(f"{len(dev.nodes())} nodes joined and healthy in {took:.1f} s, ports {dev.http_base}–")
    memory(checks, dev)
    return dev


def pull_the_cable(checks, dev, args, truth, folder):
    paths = [p for p in truth.paths if p.count("/") == 1]
    path = args.district or max(paths, key=truth.count)
    pid = dev.node(path)["pid"]
    os.kill(pid, signal.SIGTERM)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), 20)
    cable = CutNode(dev, path, folder / "cable")
    cable.start(checks)
    if not checks.check(wait_until(dev.api(path).healthy, 30), f"{path} runs in a network of its own",
                        (folder / "cable/log").read_text()[-800:]):
        raise SystemExit("no district to cut off")
    wait_drained(dev.apis(), 30)
    cable.cut()
    checks.say(f"{path} ({truth.count(path)} records) is cut off")
    return cable


def import_once(checks, dev, args, file, truth, folder):
    killer = cable = during = None
    if args.kill:
        seed = args.kill_seed if args.kill_seed is not None else random.randrange(1 << 32)
        print(f"--kill-seed {seed}")
        killer = Killer(dev, seed, args.kill_every)
        killer.start()
    if args.cut:
        cable = pull_the_cable(checks, dev, args, truth, folder)
        root = dev.api(truth.root)

        def during(runs):
            cut_first_half(checks, cable, root, len(truth.records) // 2, args.cut_least, args.cut_most, runs)

    elif args.crash:
        def during(_):
            crash(checks, dev, dev.api(truth.root), len(truth.records) // 2)

    took, said = run_import(checks, dev, file, "import", during)
    if killer:
        killer.stop()
        checks.say(f"{len(killer.killed)} nodes killed")
        checks.check(killer.killed or took < 2 * args.kill_every, "at least one node was killed")
        checks.check(wait_until(lambda: all(a.healthy() for a in dev.apis().values()), 60, 0.5), "all nodes are up again")
    checks.say(f"import of {len(truth.records)} records: {took:.1f} s, {len(truth.records) / took:.0f} records/s")
    if said:
        print("    | " + said[-1000:].replace("\n", "\n    | "))


def main():
    p = options(__doc__, 1500)
    add_options(p)
    p.add_argument("--kill", action="store_true", help="SIGKILL of a random node again and again")
    p.add_argument("--kill-every", type=float, default=1.0, metavar="SECONDS")
    p.add_argument("--kill-seed", type=int, help="repeats the choice of nodes")
    p.add_argument("--cut", action="store_true", help="a district is cut off for the first half")
    p.add_argument("--cut-least", type=float, default=0, metavar="SECONDS", help="and not before this")
    p.add_argument("--cut-most", type=float, default=40, metavar="SECONDS", help="heal after this at the latest")
    p.add_argument("--district", help="the path that is cut off (the one with most records)")
    p.add_argument("--crash", action="store_true", help="everything is killed at once in the middle, and started again")
    p.add_argument("--twice", action="store_true", help="import again: nothing may change")
    p.add_argument("--drain", type=float, default=180, metavar="SECONDS", help="most time for draining")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "boston")
        rows, areas = rows_of(args)
        truth = Truth(rows, areas, args.depth, plant=args.plant)
        file = data_file(args.data)
        if args.made or args.records:
            file = folder / "records.csv"
            write_rows(file, rows)
        dev = start(checks, args, folder, truth)
        import_once(checks, dev, args, file, truth, folder)
        drain(checks, dev, args.drain)
        memory(checks, dev)
        compare(checks, truth, dev.state)
        if args.twice:
            before = wait_still(lambda: heads(dev), args.drain)
            took, _ = run_import(checks, dev, file, "second import")
            checks.say(f"the same import again: {took:.1f} s")
            drain(checks, dev, args.drain)
            after = heads(dev)
            grown = {p: after[p] - before[p] for p in before if after[p] != before[p]}
            checks.check(not grown, f"the second import writes into no journal; {len(grown)} grew", str(grown)[:400])
            compare(checks, truth, dev.state)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
