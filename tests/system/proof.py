#!/usr/bin/python3
"""`qipan prove` and `qipan verify`: offline, with the root's fingerprint alone; any changed bit is refused.

A matter goes community -> street -> county -> city -> community and is closed; each node that knows it makes a proof; the tree
is stopped; then the proofs are verified and changed: at every place sampled (all of a small file), each of the 8 bits in turn,
bytes put in, taken out, swapped, appended, the file cut short. Prints how long a verification takes.
"""

import random
import sys
import time

from lib import small
from lib.check import Checks
from lib.small import CHAIN, CITY, COMMUNITY, fields_of, report, seen
from lib.tree import Cli, options, scratch, wait_drained


def story(checks, dev):
    """The id of a matter that all four nodes have held, closed."""
    apis = dev.apis()
    matter_id = report(apis[COMMUNITY], title="路灯")["id"]
    other_id = report(apis[COMMUNITY], title="another one, of which no proof may tell")["id"]
    for lower, upper in zip(CHAIN, CHAIN[1:]):
        apis[lower].step(matter_id, "escalate", {"reason": "too large"})
        seen(apis[upper], matter_id, lambda m, u=upper: m["holder"] == u)
    apis[CITY].step(matter_id, "dispatch", {"to": COMMUNITY, "note": "with money"})
    seen(apis[COMMUNITY], matter_id, lambda m: m.get("offered") and m["holder"] == CITY)  # not an earlier offer
    apis[COMMUNITY].step(matter_id, "accept")
    apis[COMMUNITY].step(matter_id, "close", fields_of("close"))
    closed = all(seen(apis[p], matter_id, lambda m: m["state"] == "closed") for p in CHAIN)
    checks.check(closed, "all four nodes know the matter closed")
    checks.check(wait_drained(apis, 30) is not None, "the queues are empty")
    return matter_id, other_id


def make_proofs(checks, dev, matter_id, other_id, folder):
    proofs = {}
    for path in CHAIN:
        api, name = dev.apis()[path], path.rsplit("/", 1)[-1]
        file = folder / f"{name}.proof"
        done = dev.cli.run("prove", matter_id, "--output", file, "--dir", dev.node(path)["dir"])
        if not checks.check(done.returncode == 0 and file.exists(), f"prove at {path}", done.stderr):
            continue
        by_http = api.get(f"/api/v1/matters/{matter_id}/proof")
        checks.equal((by_http.status, by_http.body), (200, file.read_bytes()), f"{path}: the proof by HTTP is the same file")
        checks.check(b"no proof may tell" not in by_http.body, f"{path}: the proof has nothing of other matters")
        proofs[path] = file
    checks.equal(dev.apis()[CITY].get(f"/api/v1/matters/{small.NOBODY}/proof").status, 404, "a proof of nobody's id")
    done = dev.cli.run("prove", small.NOBODY, "--output", folder / "none", "--dir", dev.node(CITY)["dir"])
    checks.equal(done.returncode, 3, "prove of nobody's id: exit status 3")
    return proofs, dev.apis()[CITY].node()["root_fingerprint"]


def changed_files(data, rng, positions):
    """(what was done, changed bytes)"""
    places = range(len(data)) if len(data) <= positions else sorted(rng.sample(range(len(data)), positions))
    for n, at in enumerate(places):
        bit = n % 8
        yield f"bit {bit} of byte {at} flipped", data[:at] + bytes([data[at] ^ (1 << bit)]) + data[at + 1:]
    for at in rng.sample(range(1, len(data)), 40):
        yield f"cut to {at} bytes", data[:at]
        yield f"a byte put in at {at}", data[:at] + b"\x00" + data[at:]
        yield f"byte {at} taken out", data[:at] + data[at + 1:]
    for tail in (b"\x00", b"\n", b"\x08\x01", b"\xfa\x3f\x01x", data, data[-40:]):
        yield f"{len(tail)} bytes appended", data + tail
    yield "empty", b""
    yield "other bytes", bytes(rng.randrange(256) for _ in range(len(data)))


def verify_all(checks, args, cli, proofs, fingerprint, folder):
    times = []
    for path, file in proofs.items():
        began = time.monotonic()
        done = cli.run("verify", "--root", fingerprint, file)
        times.append(time.monotonic() - began)
        checks.check(done.returncode == 0, f"{path}: verify", done.stdout + done.stderr)
        text = (done.stdout + done.stderr).decode()
        checks.check("valid" in text.lower() or "qicheng" in text or "真" in text, f"{path}: verify says what it proves", text)
    wrong = ("0" if fingerprint[0] != "0" else "1") + fingerprint[1:]
    file = next(iter(proofs.values()))
    for words, status, what in ((["--root", wrong, file], (1, 5), "a wrong fingerprint"), ([file], (2,), "no fingerprint"),
                                (["--root", "xyz", file], (1, 2), "a fingerprint that is none"),
                                (["--root", fingerprint[:-1], file], (1, 2), "a fingerprint cut short"),
                                (["--root", fingerprint, folder / "not-there"], (1, 3), "a file that is not there")):
        done = cli.run("verify", *words)
        checks.check(done.returncode in status and done.stderr, f"{what}: exit status {status}", f"{done.returncode} {done.stderr!r}")
    stdin = cli.run("verify", "--root", fingerprint, "-", stdin=file.read_bytes())
    checks.check(stdin.returncode == 0, "a proof from standard input", stdin.stderr)
    checks.say(f"{len(proofs)} proofs of {min(f.stat().st_size for f in proofs.values())} to "
               f"{max(f.stat().st_size for f in proofs.values())} bytes verified in {1000 * max(times):.0f} ms at most each")


def main():
    p = options(__doc__, 600)
    p.add_argument("--positions", type=int, default=3000, metavar="N", help="bytes changed in each file (%(default)s)")
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--plant", action="store_true", help="leave one changed file as it was: this program must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        seed = args.seed if args.seed is not None else random.randrange(1 << 32)
        print(f"--seed {seed}")
        rng = random.Random(seed)
        folder = scratch(checks, args, "proof")
        dev = small.start(checks, args, folder)
        matter_id, other_id = story(checks, dev)
        proofs, fingerprint = make_proofs(checks, dev, matter_id, other_id, folder)
        checks.equal(dev.stop(), 0, "dev ends well")
        cli = Cli(args.qipan)
        if not proofs:
            return
        verify_all(checks, args, cli, proofs, fingerprint, folder)
        for path in (CITY, COMMUNITY):
            data, tried, kept = proofs[path].read_bytes(), 0, []
            bad = folder / "changed"
            for what, changed in changed_files(data, rng, args.positions):
                if args.plant and tried == 7:
                    changed = data
                if args.plant and tried == 12:
                    break
                bad.write_bytes(changed)
                tried += 1
                status = cli.run("verify", "--root", fingerprint, bad).returncode
                if status != 1:
                    kept.append(f"{what}: exit status {status}")
            checks.check(not kept, f"{path}: {len(kept)} of {tried} changed files are not refused with 1", "\n    ".join(kept[:10]))
            checks.say(f"{path}: {tried} changes of a file of {len(data)} bytes, {tried - len(kept)} refused")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
