"""Starts `qipan dev` on ports and a folder of its own, speaks to its nodes, waits until nothing is under way, stops it.

Only the processes started here are ended, by their pids.
"""

import argparse
import gzip
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from lib.check import wait_until
from lib.client import Api

ROOT = pathlib.Path(__file__).resolve().parents[3]
BOSTON = ROOT / "topology/areas/boston"
SUZHOU = ROOT / "topology/areas/suzhou"


def options(text, timeout_s):
    """The arguments that every program has."""
    p = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--qipan", default=str(ROOT / "build/release/qipan"), help="the program under test (%(default)s)")
    p.add_argument("--timeout", type=float, default=timeout_s, metavar="SECONDS", help="give up after (%(default)s)")
    p.add_argument("--state", help="keep the tree's folder here (default: a temporary one, removed at the end)")
    p.add_argument("--keep", action="store_true", help="do not remove the temporary folder")
    return p


def scratch(checks, args, name):
    """The folder for a program's files."""
    if args.state:
        os.makedirs(args.state, exist_ok=True)
        return pathlib.Path(args.state).resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"qipan-{name}-"))
    if args.keep:
        print(f"files are kept in {folder}")
    else:
        checks.undo(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def free_ports(count, tries=200):
    """The first of `count` neighbouring ports on which nobody listens, below the ephemeral ones."""
    for _ in range(tries):
        first = random.randrange(10000, 32000 - count)
        try:
            for port in range(first, first + count):
                with socket.socket() as s:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(("127.0.0.1", port))
            return first
        except OSError:
            continue
    raise SystemExit(f"no {count} free ports in a row")


class Cli:
    """The command line, run to its end."""

    def __init__(self, qipan):
        self.qipan = str(qipan)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("QIPAN_")}
        self.env.update(LC_ALL="C.UTF-8", NO_COLOR="1")

    def run(self, *words, stdin=None, seconds=60, cwd=None):
        if isinstance(stdin, str):
            stdin = stdin.encode()
        return subprocess.run([self.qipan, *map(str, words)], input=stdin, capture_output=True, timeout=seconds,
                              env=self.env, cwd=cwd, stdin=subprocess.DEVNULL if stdin is None else None)

    def json(self, *words, **more):
        done = self.run(*words, "--json", **more)
        try:
            return json.loads(done.stdout) if done.stdout.strip() else None
        except ValueError:
            raise OSError(f"qipan {' '.join(map(str, words))} --json: not JSON: {done.stdout[:300]!r} "
                          f"{done.stderr[:300]!r}") from None

    def start(self, *words, log=None, **more):
        """A process that runs on; its words go to the file `log`."""
        with open(log or os.devnull, "ab") as out:
            return subprocess.Popen([self.qipan, *map(str, words)], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                    env=self.env, **more)


def end(process, seconds=30):
    """SIGTERM, then SIGKILL; its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


class Dev:
    """A whole tree: `qipan dev`."""

    def __init__(self, qipan, state, areas, *more, count=300):
        self.cli = Cli(qipan)
        self.state = pathlib.Path(state)
        self.areas, self.more, self.count = areas, more, count
        self.http_base = self.link_base = None
        self.process = None
        self.log = self.state.parent / (self.state.name + ".log")

    def start(self, checks=None, seconds=180):
        if self.http_base is None:
            self.http_base = free_ports(2 * self.count)
            self.link_base = self.http_base + self.count
        file = self.state / "nodes.json"
        before = file.stat().st_mtime_ns if file.exists() else None
        began = time.monotonic()
        self.process = self.cli.start("dev", "--areas", self.areas, "--state", self.state, "--http-base",
                                      self.http_base, "--link-base", self.link_base, *self.more, log=self.log)
        if checks is not None:
            checks.undo(self.stop)

        def written():
            if self.process.poll() is not None:
                raise OSError(f"qipan dev ended with {self.process.returncode}: {self.tail()}")
            return file.exists() and file.stat().st_mtime_ns != before

        if not wait_until(written, seconds):
            raise OSError(f"no nodes.json after {seconds} s: {self.tail()}")
        if not wait_until(lambda: all(api.healthy() for api in self.apis().values()), seconds, 0.3):
            raise OSError(f"not every node is healthy after {seconds} s")
        return time.monotonic() - began

    def tail(self, most=1500):
        try:
            return self.log.read_text(errors="replace")[-most:]
        except OSError:
            return ""

    def stop(self):
        if self.process is not None:
            status = end(self.process, 60)
            self.process = None
            return status
        return None

    def nodes(self):
        return json.loads((self.state / "nodes.json").read_text())

    def apis(self):
        """path -> Api"""
        return {n["path"]: Api(n["http"], n["token"]) for n in self.nodes()}

    def node(self, path):
        return next(n for n in self.nodes() if n["path"] == path)

    def api(self, path):
        n = self.node(path)
        return Api(n["http"], n["token"])


def under_way(api):
    """Parcels of this node that a neighbour has not acknowledged, and neighbours that are not live."""
    n = api.node()
    links = ([n["parent"]] if n.get("parent") else []) + n["children"]
    waiting = sum(l["queue"][lane]["parcels"] for l in links for lane in l["queue"])
    return waiting + sum(1 for l in links if l["state"] == "cut")


def wait_drained(apis, seconds):
    """Seconds until no queue of any node had anything, twice in a row; None if that did not come."""
    began = time.monotonic()
    quiet = 0
    while time.monotonic() - began < seconds:
        try:
            busy = any(under_way(api) for api in apis.values())
        except (OSError, ValueError, KeyError, TypeError):
            busy = True
        quiet = 0 if busy else quiet + 1
        if quiet == 2:
            return time.monotonic() - began
        time.sleep(0.3)
    return None


def wait_still(what, seconds, still=2.5):
    """Until what() has answered the same for so long, or the seconds are over: a node compares what came with what it has, for leads,
    and says what it finds a while later."""
    end, since, last = time.monotonic() + seconds, time.monotonic(), what()
    while time.monotonic() - since < still and time.monotonic() < end:
        time.sleep(0.25)
        now = what()
        if now != last:
            since, last = time.monotonic(), now
    return last


def pss_mb(pid):
    """Proportional set size of a process, MB."""
    with open(f"/proc/{pid}/smaps_rollup") as f:
        for line in f:
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


def read_text_maybe_gz(path):
    path = str(path)
    if path.endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return open(path, encoding="utf-8", newline="")
