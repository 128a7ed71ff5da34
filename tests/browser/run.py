#!/usr/bin/python3
"""Runs a test of pages in Chromium on a small, real federation of four levels: tests/browser/run.py desk.mjs

The tree is that of tests/system/lib/small.py, with some matters in it. The test is a module that uses lib/harness.mjs; each line
that it prints is a check. Screenshots go to --shots (build/logs by default). What follows `--` is handed to the test.
Needs: deploy/packages --tests (Chromium, Node.js, playwright-core, axe-core).
"""

import json
import pathlib
import socket
import struct
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

from lib import small  # noqa: E402
from lib.check import Checks  # noqa: E402
from lib.small import COMMUNITY, STREET, report  # noqa: E402
from lib.tree import ROOT, options, scratch, wait_drained  # noqa: E402

CATEGORIES, SOURCES, DESKS = ("路灯", "井盖", "噪音"), ("12345", "网格上报"), ("works", "")


def begin(dev):
    """A dozen matters below, a third of them closed."""
    for i in range(12):
        matter = report(dev.api(STREET if i % 2 else COMMUNITY), category=CATEGORIES[i % 3], source=SOURCES[i % 2], desk=DESKS[i % 2],
                        title=f"第 {i} 件")
        if i % 3 == 0:
            dev.api(STREET if i % 2 else COMMUNITY).step(matter["id"], "close", {"result": "resolved"})
    wait_drained(dev.apis(), 20)


def turn_server(checks, folder):
    """A relay on this machine, and what the nodes are told of it."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    secret = folder / "turn-secret"
    secret.write_text("a secret of this test\n")
    words = ["--listening-port", port, "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1", "--allow-loopback-peers", "--use-auth-secret",
             "--static-auth-secret", secret.read_text().strip(), "--realm", "qipan", "--no-tls", "--no-dtls", "--no-cli", "--pidfile", folder / "turn.pid",
             "--userdb", folder / "turn.db", "--log-file", folder / "turn.log", "--simple-log"]
    process = subprocess.Popen(["turnserver", *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checks.undo(process.kill)
    return {"QIPAN_LINE_TURN_SECRET": str(secret), "QIPAN_LINE_TURN_URLS": f"turn:127.0.0.1:{port}?transport=udp"}


def map_file(folder):
    """A map of the whole world in one tile: PMTiles version 3, nothing compressed; a vector tile whose only layer is earth."""
    def number(n):
        return bytes([n & 127 | 128]) + number(n >> 7) if n > 127 else bytes([n])

    def part(field, data):
        return number(field << 3 | 2) + number(len(data)) + data

    def count(field, n):
        return number(field << 3) + number(n)

    turns = b"".join(number(n) for n in (9, 0, 0, 3 << 3 | 2, 4096 << 1, 0, 0, 4096 << 1, (4096 << 1) - 1, 0, 15))  # move, three lines, close
    layer = part(1, b"earth") + part(2, count(3, 3) + part(4, turns)) + count(5, 4096) + count(15, 2)
    tile, meta = part(3, layer), b"{}"
    root = number(1) + number(0) + number(1) + number(len(tile)) + number(1)  # one entry: tile 0, once, so long, at the beginning
    at = 127
    head = b"PMTiles\3" + struct.pack("<11Q", at, len(root), at + len(root), len(meta), 0, 0, at + len(root) + len(meta), len(tile), 1, 1, 1)
    head += bytes([1, 1, 1, 1, 0, 0]) + struct.pack("<4i", -1800000000, -850000000, 1800000000, 850000000) + bytes(9)
    (folder / "made.pmtiles").write_bytes(head + root + meta + tile)
    return str(folder / "made.pmtiles")


def follow(checks, process):
    """Each line of the test as it comes."""
    for line in process.stdout:
        try:
            said = json.loads(line)
        except ValueError:
            checks.say(line.rstrip())
            continue
        if "say" in said:
            checks.say(said["say"])
        else:
            checks.check(said["ok"], said["what"], said.get("detail", ""))


def main():
    p = options(__doc__, 120)
    p.add_argument("test", help="the module, beside this file")
    p.add_argument("--shots", default=str(ROOT / "build/logs"), metavar="FOLDER", help="for the screenshots (%(default)s)")
    p.add_argument("--web-root", metavar="DIR", help="the nodes read the pages from there")
    p.add_argument("--turn", action="store_true", help="with a TURN server (coturn) of this test's own, whose addresses and secret the nodes know")
    p.add_argument("--map", action="store_true", help="the nodes have a map file: one made-up tile")
    p.add_argument("words", nargs="*", help="for the test")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "browser")
        environment = {"QIPAN_HTTP_WEB_ROOT": str(pathlib.Path(args.web_root).resolve())} if args.web_root else {}
        if args.map:
            environment["QIPAN_HTTP_MAP_FILE"] = map_file(folder)
        if args.turn:
            environment.update(turn_server(checks, folder))
        dev = small.start(checks, args, folder, environment=environment)
        begin(dev)
        nodes = {n["path"]: n for n in dev.nodes()}
        given = folder / "given.json"
        given.write_text(json.dumps({"nodes": nodes, "shots": args.shots, "turn": args.turn, "qipan": args.qipan, "words": args.words}))
        process = subprocess.Popen(["node", str(HERE / args.test), str(given)], stdout=subprocess.PIPE, text=True, cwd=HERE)
        checks.undo(process.kill)
        reader = threading.Thread(target=follow, args=(checks, process))
        reader.start()
        rc = process.wait(args.timeout)
        reader.join(5)
        checks.check(rc == 0, "the browser's part runs to its end", f"exit status {rc}")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
