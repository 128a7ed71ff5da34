#!/usr/bin/python3
"""`qipan rebuild`: the tables made again from the journal are the same; damage to the journal is found and told.

A small tree gets matters in every state; then, with the nodes stopped: what every node answers (boards, lists, each matter) is
the same before and after a rebuild; also after rebuilds that were killed by SIGKILL at random moments; also after the tables'
folder was deleted; `doctor` finds nothing wrong. Then one bit of the journal's file is flipped, again and again: it must be told
(`doctor`, `rebuild` or `serve`), and whatever a node still answers must be right. The same in the rows of the tables.
"""

import http.client
import json
import pathlib
import random
import shutil
import sys
import time

from lib import small
from lib.check import Checks, wait_until
from lib.client import Api
from lib.small import CHAIN, CITY, COMMUNITY, COUNTY, LEGAL, STREET, bring, fields_of, new, report, seen
from lib.tree import Cli, end, options, scratch, wait_drained


def fill(checks, dev, count):
    """Matters in every state at the street, some handed over, and a batch of many."""
    apis = dev.apis()
    other = report(apis[STREET])["id"]
    for state in LEGAL:
        matter = bring(apis[STREET], state, other)
        apis[STREET].step(matter["id"], "comment", {"text": f"this one is {state}"})
    for lower, upper in zip(CHAIN, CHAIN[1:]):
        matter_id = report(apis[lower], urgency="emergency")["id"]
        apis[lower].step(matter_id, "escalate", {"reason": "too large"})
        seen(apis[upper], matter_id, lambda m, u=upper: m["holder"] == u)
    lines = [new(title=f"number {i}", category=f"Category {i % 17}", desk=f"d{i % 5}", occurred_at=f"2026-0{i % 9 + 1}-03T08:00:00Z")
             for i in range(count)]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    answer = apis[COMMUNITY].call("POST", "/api/v1/matters:batch", body, {"Content-Type": "application/x-ndjson"})
    ids = [l["id"] for l in answer.lines()]
    steps = [{"id": i, "step": "close", "result": "resolved"} for i in ids[::3]]
    answer = apis[COMMUNITY].call("POST", "/api/v1/matters:batch", b"".join(json.dumps(s).encode() + b"\n" for s in steps),
                                  {"Content-Type": "application/x-ndjson"})
    checks.check(not any("error" in l for l in answer.lines()), "the batch's steps are taken", answer)
    for api in apis.values():  # made, changed and ended: versions and ends must be the same
        for name in ("li", "qu"):
            api.post("/api/v1/users", {"name": name, "password": "a long password", "roles": ["desk", "worker"]})
            api.post("/api/v1/desks", {"code": f"desk-{name}", "title": "水务", "members": [name], "duties": [{"category": "Category 1"}]})
        answer = api.call("PATCH", "/api/v1/desks/desk-li", {"title": "供水", "source": True})
        checks.equal((answer.status, answer.json.get("version")), (200, 2), "a desk is changed")
        checks.equal([api.call("DELETE", f"/api/v1/{p}").status for p in ("users/qu", "desks/desk-qu")], [200, 200], "ends")
    checks.check(wait_drained(apis, 60) is not None, "all queues are empty")


# What is no word about a matter but about this moment: ticks (see `ticks`), whether a neighbour is heard, seconds up to now.
OF_NOW = ("ticks", "steps", "warnings", "held_s", "paused_s", "left_s")


def lasting(said):
    if isinstance(said, dict):
        return {k: lasting(v) for k, v in said.items() if k not in OF_NOW}
    return [lasting(v) for v in said] if isinstance(said, list) else said


def told(api):
    """Everything that a node says of its matters."""
    items = list(api.all_matters())
    matters = [api.matter(i["id"]) for i in items[:60]]
    boards = {by: api.get("/api/v1/board", by=by).json for by in ("area", "desk", "source", "category", "hour", "day", "week", "month")}
    kept = {kind: api.get(f"/api/v1/{kind}", ended="true").json["items"] for kind in ("tokens", "users", "desks")}
    return lasting(json.loads(json.dumps([items, matters, boards, kept])))


class Node:
    """One node of the stopped tree, by itself."""

    def __init__(self, cli, entry):
        self.cli, self.path, self.dir, self.http = cli, entry["path"], pathlib.Path(entry["dir"]), entry["http"]
        self.api = Api(entry["http"], entry["token"])
        self.listen = entry["http"].split("//")[1].rstrip("/")
        self.link = entry["endpoint"] or ""
        self.process = None

    def serve(self, seconds=20):
        """True when it serves, False when it ended or did not come up."""
        self.process = self.cli.start("serve", "--dir", self.dir, "--http", self.listen, "--link", self.link,
                                      log=self.dir.parent / "serve.log")
        wait_until(lambda: self.process.poll() is not None or self.api.healthy(), seconds, 0.05)
        return self.process.poll() is None and self.api.healthy()

    def stop(self):
        self.api.close()
        return end(self.process) if self.process else None

    def rebuild(self):
        began = time.monotonic()
        done = self.cli.run("rebuild", "--dir", self.dir, seconds=120)
        return done, time.monotonic() - began


def compare(checks, node, before, what):
    if not checks.check(node.serve(), f"{node.path}: it serves {what}"):
        return
    after = told(node.api)
    for name, one, two in zip(("the list", "each matter", "the boards", "what is kept besides"), before, after):
        checks.check(one == two, f"{node.path}: {name} is the same {what}", difference(one, two))
    checks.equal(node.stop(), 0, f"{node.path}: it stops well {what}")


def ticks(checks, dev, before):
    """The three ticks come back by themselves when the neighbours are there again (L6)."""
    api = dev.apis()[COMMUNITY]
    ids = [m["id"] for m in before[1]]
    held = wait_until(lambda: all(api.matter(i)["ticks"]["top"] for i in ids), 20, 0.3)
    checks.check(held, f"{COMMUNITY}: all ticks are there after rebuilds, with the tree running again")


def difference(one, two):
    if isinstance(one, dict) and isinstance(two, dict):
        return {k: difference(one.get(k), two.get(k)) for k in {**one, **two} if one.get(k) != two.get(k)}
    if isinstance(one, list) and isinstance(two, list) and len(one) == len(two):
        for a, b in zip(one, two):
            if a != b:
                return difference(a, b)
    return f"{str(one)[:300]}\n    {str(two)[:300]}"


def ill(doctor):
    """Whether doctor found more than a node that does not run (a warning: exit status 8)."""
    return doctor.returncode not in (0, 8)


def rebuilds(checks, rng, node, before, kills):
    done, took = node.rebuild()
    checks.check(done.returncode == 0, f"{node.path}: rebuild", done.stderr)
    compare(checks, node, before, "after a rebuild")
    killed = 0
    for _ in range(kills):
        process = node.cli.start("rebuild", "--dir", node.dir)
        time.sleep(rng.random() * min(took, 0.5))
        killed += process.poll() is None
        process.kill()
        process.wait()
    compare(checks, node, before, f"after {killed} rebuilds killed by SIGKILL")
    tables = [p for p in node.dir.rglob("*") if p.is_dir() and p.name == "tables"]
    if checks.check(len(tables) == 1, f"{node.path}: there is one folder `tables`", [str(p) for p in node.dir.rglob('*')]):
        shutil.rmtree(tables[0])
        compare(checks, node, before, "after the tables' folder was deleted")
    done = node.cli.run("doctor", "--dir", node.dir)
    checks.check(not ill(done), f"{node.path}: doctor finds nothing wrong", done.stdout + done.stderr)
    checks.say(f"{node.path}: a rebuild takes {took:.2f} s; {killed} were killed")


def flips(checks, rng, node, before, count, plant):
    """Bits flipped in the used part of the journal's file."""
    files = [p for p in node.dir.rglob("data.mdb") if "journal" in str(p)]
    if not checks.check(len(files) == 1, f"{node.path}: the journal's file", files):
        return
    file = files[0]
    good = file.read_bytes()
    used = [n for n in range(2, len(good) // 4096) if any(good[n * 4096:n * 4096 + 4096])]
    silent, noticed, harmless = [], 0, 0
    saved = node.dir / "saved-db"  # all of it is put back: what a node wrote since may lie in the page that was flipped
    shutil.copytree(node.dir / "db", saved)
    for _ in range(count):
        page = rng.choice(used)
        at = page * 4096 + rng.randrange(4096)
        if not plant:
            with open(file, "r+b") as f:
                f.seek(at)
                f.write(bytes([good[at] ^ (1 << rng.randrange(8))]))
        doctor = node.cli.run("doctor", "--dir", node.dir, seconds=60)
        rebuild, _ = node.rebuild()
        if ill(doctor) or rebuild.returncode:
            noticed += 1
            checks.check(doctor.stdout and (rebuild.stderr or not rebuild.returncode), f"byte {at}: told with a sentence")
        elif node.serve(5):
            after = told(node.api)
            wrong = after != before
            harmless += not wrong
            if wrong:
                silent.append(f"byte {at} (page {page}): {difference(before, after)}")
        else:
            noticed += 1
        node.stop()
        shutil.rmtree(node.dir / "db")
        shutil.copytree(saved, node.dir / "db")
    shutil.rmtree(saved)
    checks.check(not silent, f"{node.path}: {len(silent)} flipped bits changed what it says without being told", silent[:5])
    checks.check(noticed > 0, f"{node.path}: flipped bits are noticed", f"{noticed} of {count}")
    checks.say(f"{node.path}: {count} single bits flipped in {len(used)} pages of the journal: {noticed} told, {harmless} in bytes "
               "that hold nothing")
    node.rebuild()
    compare(checks, node, before, "after the bits were put back")


def in_a_row(data, at):
    """Whether the byte is of rows in LMDB's page: a leaf's upper part, or one that holds one long value."""
    page = data[at - at % 4096:at - at % 4096 + 4096]
    flags, upper = int.from_bytes(page[10:12], "little"), int.from_bytes(page[14:16], "little")
    return flags & 4 or (flags & 2 and at % 4096 >= upper)


def answers(node):
    """What it says, or None where it refused or ended."""
    try:
        return told(node.api)
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        return None


def table_flips(checks, rng, node, before, count):
    """Bits flipped in the rows of the tables: nothing of them is served, and the next start has made them again."""
    file = next(p for p in node.dir.rglob("data.mdb") if p.parent.name == "tables")
    silent, refused, unread, mended, walked = [], 0, 0, 0, 0
    for _ in range(count):
        node.rebuild()
        good = file.read_bytes()
        at = next(a for a in iter(lambda: rng.randrange(8192, len(good)), None) if in_a_row(good, a))
        with open(file, "r+b") as f:
            f.seek(at)
            f.write(bytes([good[at] ^ (1 << rng.randrange(8))]))
        after = answers(node) if node.serve(5) else None
        if after not in (None, before):  # a key that searches pass over: the walk comes by, and the node ends by itself
            ended = wait_until(lambda: node.process.poll() is not None, 60, 0.1)
            walked += bool(ended)
            after = None if ended else after
        refused += after is None
        unread += after == before
        if after not in (None, before):
            silent.append(f"byte {at}: {difference(before, after)}")
        node.stop()
        if after is None:
            mended += node.serve(10) and answers(node) == before
            node.stop()
    checks.check(not silent, f"{node.path}: no row that was changed is served", silent[:3])
    checks.equal(mended, refused, f"{node.path}: what was refused is right after the next start, by itself")
    checks.say(f"{node.path}: {count} single bits flipped in rows of the tables: {refused} refused and mended ({walked} "
               f"of them found by the walk), {unread} in rows that nobody read")
    node.rebuild()


def main():
    p = options(__doc__, 600)
    p.add_argument("--matters", type=int, default=900, metavar="N", help="in the batch (%(default)s)")
    p.add_argument("--kills", type=int, default=6, metavar="N", help="rebuilds killed at each node (%(default)s)")
    p.add_argument("--flips", type=int, default=60, metavar="N", help="bits flipped (%(default)s)")
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--plant", action="store_true", help="flip no bit: this program must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        seed = args.seed if args.seed is not None else random.randrange(1 << 32)
        print(f"--seed {seed}")
        rng = random.Random(seed)
        folder = scratch(checks, args, "rebuild")
        dev = small.start(checks, args, folder)
        fill(checks, dev, args.matters)
        entries = {n["path"]: n for n in dev.nodes()}
        checks.equal(dev.stop(), 0, "dev ends well")
        cli = Cli(args.qipan)
        nodes = [Node(cli, entries[path]) for path in (CITY, COUNTY, COMMUNITY)]
        for node in nodes:
            checks.undo(lambda n=node: n.stop())
            checks.check(node.serve(), f"{node.path} serves alone")
            before = told(node.api)
            checks.check(len(before[0]) > args.matters, f"{node.path} knows the matters", len(before[0]))
            node.stop()
            rebuilds(checks, rng, node, before, args.kills)
            if node.path == COUNTY:
                flips(checks, rng, node, before, args.flips, args.plant)
                table_flips(checks, rng, node, before, args.flips // 2)
        dev.start(checks, 60)
        ticks(checks, dev, before)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
