#!/usr/bin/python3
"""What an operator does to a node, and does wrong: ports in use, a parent that moved, an address that nobody can dial, a place that is taken.

Each fault is one sentence that names the place and the remedy, and leaves nothing behind. `deploy/up` is started, interrupted and started
again, with its own ports and with others.
"""

import json
import os
import pathlib
import pty
import re
import signal
import socket
import subprocess
import sys
import time

from joining import Place, token_of
from lib import small
from lib.check import Checks, wait_until
from lib.client import Api
from lib.tree import ROOT, Cli, end, free_ports, options, scratch
from truth import made_rows, read_areas, write_rows


def said(done):
    return (done.stdout + done.stderr).decode(errors="replace")


def says(checks, done, status, what, *words):
    checks.equal(done.returncode, status, f"{what}: exit status ({said(done)[:300]})")
    for word in words:
        checks.check(word in said(done), f"{what}: says {word!r}", said(done)[:500])


class Busy:
    """A port on which this program listens."""

    def __enter__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(1)
        self.port = self.socket.getsockname()[1]
        return self

    def __exit__(self, *_):
        self.socket.close()


def found(place, *more):
    return place.run("init", "--path", place.path, "--title", "棋城", "--code", "1", "--level", "city", "--zone", small.ZONE, "--http",
                     place.http, "--link", place.link, *more)


def state_of_parent(place):
    try:
        return place.api().node()["parent"]["state"]
    except (OSError, KeyError, TypeError, ValueError):
        return "?"


def live(place, seconds=30):
    return wait_until(lambda: state_of_parent(place) == "live", seconds, 0.2)


def ports(checks, cli, folder):
    """A port in use: who has it, and what to do; nothing was begun."""
    first = free_ports(8)
    place = Place(cli, folder, "harbour", first, False)
    checks.check(found(place).returncode == 0, "init")
    with Busy() as busy:
        who = f"(process {os.getpid()})"
        done = place.run("serve", "--http", f"127.0.0.1:{busy.port}")
        says(checks, done, 4, "serve on an HTTP port in use", f"port {busy.port}", who, "--http")
        done = place.run("serve", "--link", f"tcp://127.0.0.1:{busy.port}")
        says(checks, done, 4, "serve on a link port in use", f"port {busy.port}", who, "--link")
        areas, state = small.write_areas(folder), folder / "small-state"
        base = free_ports(20)
        done = cli.run("dev", "--areas", areas, "--state", state, "--http-base", busy.port - 3, "--link-base", base)
        says(checks, done, 4, "dev on ports of which one is in use", f"port {busy.port}", who, "--http-base")
        checks.check(not (state / "founded").exists(), "and no tree is founded")
        done = cli.run("dev", "--areas", areas, "--state", state, "--http-base", base, "--link-base", busy.port - 1)
        says(checks, done, 4, "dev on link ports of which one is in use", f"port {busy.port}", "for the links of", "--link-base")
    done = cli.run("serve", "--dir", folder / "nobody")
    says(checks, done, 3, "serve in a folder without a node", "there is no node here yet")
    checks.check(not (folder / "nobody").exists(), "and nothing is made there")
    other = other_bases(checks, cli, areas, state, base)
    checks.check(other, "a state that was first tried with bad ports runs on good ones, and later on others")


def other_bases(checks, cli, areas, state, base):
    """The tree runs on one set of ports, then on another: children dial their parents where they are now."""
    for http, link in ((base, base + 6), (base + 12, base + 6), (base + 12, base + 17)):
        dev = cli.start("dev", "--areas", areas, "--state", state, "--http-base", http, "--link-base", link, log=state.parent / "dev.log")
        checks.undo(lambda dev=dev: end(dev))
        up = wait_until(lambda: (state / "nodes.json").exists() and '"pid":' in (state / "nodes.json").read_text(), 40)
        joined = up and wait_until(lambda: "have joined" in (state.parent / "dev.log").read_text(), 40)
        end(dev)
        if not joined:
            return False
        (state.parent / "dev.log").unlink()
        (state / "nodes.json").unlink()
    return True


def read_only(checks, cli, folder):
    """What a file system does after an error (errors=remount-ro): the folder can be read, and nothing be written."""
    place = Place(cli, folder, "anchor", free_ports(2), False)
    checks.check(found(place).returncode == 0, "init")
    if checks.have("unshare"):
        mounted = f"mount --bind {place.dir} {place.dir} && mount -o remount,ro,bind {place.dir}"
        done = subprocess.run(["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c", f"{mounted} && exec {cli.qipan} doctor --dir {place.dir}"],
                              capture_output=True, env=cli.env)
        says(checks, done, 1, "doctor of a folder on a disk that went read-only", "can only be read", "dmesg")


def names(checks, place):
    pid = place.process.pid
    label = place.path.rsplit("/", 1)[-1]
    checks.equal(pathlib.Path(f"/proc/{pid}/comm").read_text().strip(), f"qipan:{label}"[:15], "the name in ps and top")
    words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    checks.check(words.startswith(f"qipan:{place.path} http://{place.http} "), "the arguments in ps -ef", words)
    checks.check(str(place.dir) in words, "with its folder", words)


def advertise(checks, city):
    """A node that listens everywhere invites nobody before it says how it is reached; then by that name."""
    port = city.link.rsplit(":", 1)[1]
    city.process = city.cli.start("serve", "--dir", city.dir, "--link", f"tcp://0.0.0.0:{port}", log=city.dir.parent / "wild.log")
    checks.undo(lambda: end(city.process))
    wait_until(lambda: Api(f"http://{city.http}").healthy(), 20)
    says(checks, city.run("invite", "east", "--title", "东区"), 1, "an invitation to a wildcard address", "0.0.0.0", "link.advertise")
    end(city.process)
    says(checks, city.run("serve", "--advertise", "tcp://0.0.0.0:1"), 2, "a wildcard as the advertised address", "cannot be dialled")
    city.process = city.cli.start("serve", "--dir", city.dir, "--link", f"tcp://0.0.0.0:{port}", "--advertise", f"tcp://localhost:{port}",
                                  log=city.dir.parent / "wild.log")
    wait_until(lambda: Api(f"http://{city.http}").healthy(), 20)


def moved(checks, city, county, port):
    """The parent's new address by option, by setting and by name; a stranger at that address is not spoken with."""
    end(city.process)
    end(county.process)
    new = f"tcp://127.0.0.1:{port}"
    city.process = city.cli.start("serve", "--dir", city.dir, "--link", new, log=city.dir.parent / "moved.log")
    checks.undo(lambda: end(city.process))
    wait_until(lambda: Api(f"http://{city.http}").healthy(), 20)
    log = county.dir.parent / "county.log"
    for what, more, conf in (("option", ("--parent", new), None), ("setting", (), f'link {{ parent = "tcp://localhost:{port}" }}\n')):
        if conf:
            (county.dir / "conf.d").mkdir(exist_ok=True)
            (county.dir / "conf.d/parent.conf").write_text(conf)
        county.process = county.cli.start("serve", "--dir", county.dir, *more, log=log)
        checks.undo(lambda p=county.process: end(p))
        checks.check(live(county), f"a parent that moved is found by the {what}", county.run("status").stdout.decode())
        end(county.process)
    (county.dir / "conf.d/parent.conf").unlink()
    county.process = county.cli.start("serve", "--dir", county.dir, log=log)
    checks.undo(lambda: end(county.process))
    time.sleep(2)
    checks.check(state_of_parent(county) not in ("live", "?"), "and without them it is not", state_of_parent(county))
    end(county.process)


def pinned(checks, county, stranger):
    """Another node listens at the address: its key is not the parent's."""
    stranger.serve(checks)
    county.process = county.cli.start("serve", "--dir", county.dir, "--parent", stranger.link, log=county.dir.parent / "county.log")
    checks.undo(lambda: end(county.process))
    time.sleep(3)
    checks.check(state_of_parent(county) not in ("live", "?"), "a stranger at the parent's address is no parent")
    told = lambda: "link.parent_key" in said(county.run("status"))
    checks.check(wait_until(told, 20, 0.5), "and it is told apart from a network that is cut, with what to do", said(county.run("status")))
    end(county.process)
    end(stranger.process)


def taken(checks, city, county, folder, port):
    """A place whose node is alive, and one whose node comes back."""
    done = city.run("invite", "east")
    says(checks, done, 4, "an invitation for a place that is alive", "东区", "alive", "--replace", "wait for it", "+08:00")
    end(county.process)
    again = Place(city.cli, folder, county.path, port, False)
    again.dir = folder / "again"
    done = city.run("invite", "east", "--replace")
    checks.equal(done.returncode, 0, f"with --replace: {said(done)[:200]}")
    done = again.run("join", token_of(done), "--http", again.http, "--link", again.link)
    checks.equal(done.returncode, 0, f"it joins: {said(done)[:200]}")
    again.serve(checks)
    node = again.api().node()
    checks.equal((node["title"], node["level"], node["incarnation"]), ("东区", "county", 2), "a node that comes back keeps title and level")
    done = again.run("join", "x" * 50)
    checks.check(done.returncode == 2, "what is no token is told so, also there", said(done))
    token = token_of(city.run("invite", "west", "--title", "西区"))
    for what in ("runs", "is down"):
        says(checks, again.run("join", token), 4, f"a join into a folder whose node {what}", "already", "--parent", "choose an empty folder")
        end(again.process)


def lists(checks, cli, folder):
    """`qipan areas`: a division list before a tree is founded on it."""
    rows = ["code,parent_code,level,name", "1,,city,棋城", "11,1,county,东区", "111,11,street,湖街道", "12,1,county,西区"]
    good, bad = folder / "good.csv", folder / "bad.csv"
    good.write_text("\n".join(rows) + "\n")
    bad.write_text("\n".join([*rows[:3], "2,77,county,孤区"]) + "\n")
    done = cli.run("areas", good, "--zone", "Asia/Shanghai")
    says(checks, done, 0, "a division list", "4 places in 1 棋城", "county       2", "zone Asia/Shanghai")
    says(checks, cli.run("areas", good, "--under", "1/11", "--find", "湖"), 0, "a place of it by its name", "1/11/111", "湖街道")
    says(checks, cli.run("areas", good, "--find", "山"), 3, "a name that it has not", "no place", "山")
    items = json.loads(cli.run("areas", good, "--json", "--depth", "2").stdout)["items"]
    checks.equal([i["path"] for i in items], ["1", "1/11", "1/12"], "as JSON, two levels")
    says(checks, cli.run("areas", bad), 2, "a place whose parent is not there", "bad.csv:4")


def keys(checks, city, county):
    """`qipan key`: the same as the node goes by; another node's is told, and no secret is shown."""
    own = json.loads(city.run("key", "--json").stdout)
    checks.check(own["in_use"] is True and own["link_key"] == city.api().node()["link_key"], "the folder's key is the node's", own)
    says(checks, city.run("key"), 0, "for people", own["sign_key"], own["node_id"])
    secret = (city.dir / "keys").rglob("*")
    texts = [f.read_text(errors="replace") for f in secret if f.is_file()]
    checks.check(not any(word in said(city.run("key")) for t in texts for word in t.split() if len(word) >= 64), "the secret is not shown")
    token = (city.dir / "cli-token").read_text().strip()
    says(checks, county.run("key", "--node", f"http://{city.http}", "--token", token), 8, "another node answers", "another key")
    end(county.process)
    done = county.run("key", "--json")
    checks.check(done.returncode == 0 and json.loads(done.stdout)["in_use"] is None, "a node that is down: its key is not known to be in use", said(done))
    county.serve(checks)


def by_hand(checks, cli, folder):
    first = free_ports(16)
    city = Place(cli, folder, "board", first, False)
    county = Place(cli, folder, "board/east", first + 2, False)
    stranger = Place(cli, folder, "far", first + 4, False)
    checks.check(found(city).returncode == 0 and found(stranger).returncode == 0, "two trees are founded")
    advertise(checks, city)
    done = city.run("invite", "east", "--title", "东区", "--code", "11", "--level", "county")
    checks.check(done.returncode == 0, "an invitation by the advertised name", said(done))
    done = county.run("join", token_of(done), "--http", county.http, "--link", county.link)
    checks.check(done.returncode == 0, "joined by name", said(done))
    county.serve(checks)
    checks.check(live(county), "and the link is live")
    names(checks, county)
    keys(checks, city, county)
    checks.check(live(county), "and live again")
    moved(checks, city, county, first + 6)
    pinned(checks, county, stranger)
    end(city.process)
    city.serve(checks)
    county.serve(checks)
    checks.check(live(county), "everything at its old address again")
    taken(checks, city, county, folder, first + 8)
    end(city.process)


class Up:
    """deploy/up in a group of its own, as a terminal starts it."""

    def __init__(self, log, *words):
        self.log = log
        log.unlink(missing_ok=True)
        with open(log, "ab") as out:
            self.process = subprocess.Popen(["deploy/up", *map(str, words)], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            start_new_session=True)

    def stays(self, seconds=120):
        wait_until(lambda: "Ctrl-C ends all" in self.text() or self.process.poll() is not None, seconds, 0.2)
        time.sleep(1)
        return self.process.poll() is None

    def text(self):
        return self.log.read_text(errors="replace")

    def interrupt(self):
        """Ctrl-C reaches the whole group."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return None


def running(state):
    """Nodes of a state that run, by what /proc says."""
    n = 0
    for p in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            n += f"--dir {state}/" in p.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    return n


def up_again(checks, folder, what, *words, more=()):
    """Starts, stays, ends on Ctrl-C, goes on; then on other ports."""
    state = folder / what
    first, other = free_ports(640), free_ports(640)
    opened = None
    for port in (first, None, other):
        ports_of = ("--port", port) if port else ()
        up = Up(folder / f"{what}.log", *words, "--no-packages", "--state", state, *ports_of, *more)
        checks.undo(up.interrupt)
        ok = up.stays()
        checks.check(ok, f"{what}: deploy/up stays (ports {port or 'as before'})", up.text()[-800:])
        if not ok:
            return
        wanted = port or first
        links = re.findall(r"http://127\.0\.0\.1:(\d+)/login/", up.text())
        checks.check(links and all(wanted <= int(p) < wanted + 300 for p in links), f"{what}: prints addresses on its ports", up.text()[-400:])
        if what == "suzhou":
            pages = re.findall(r"/login/\S+\n    then http://127\.0\.0\.1:\d+/(\w+): \w", up.text())
            checks.equal(pages, ["screen", "desk", "field", "admin"], f"{what}: four of them first, each with its page and what to try there")
        checks.check(running(state) > 1, f"{what}: nodes run and say so in ps")
        token = next(state.glob("*/cli-token")).parent
        now = Cli(ROOT / "build/release/qipan").json("board", "--dir", state / token.name.split(".")[0])["total"]["opened"]
        checks.check(now > 0 and (opened is None or now == opened), f"{what}: its matters are there, none twice", f"{opened} -> {now}")
        opened = now
        checks.equal(up.interrupt(), 130, f"{what}: Ctrl-C ends it")
        checks.equal(running(state), 0, f"{what}: and all its nodes")


def progress(checks):
    """What `deploy/up` says while the first build goes on: fed with the lines of a build, into a log and on a terminal."""
    script = (ROOT / "deploy/up").read_text()
    begins = re.search(r"^progress\(\) \{\n.*?^\}\n", script, re.M | re.S)
    if not checks.check(begins and 'NINJA_STATUS="[%f/%t] "' in script.replace("'", '"'), "deploy/up counts what the compiler has done"):
        return
    lines = "".join(f"[{i}/237] Building C object node/x{i}.c.o\nnode/x{i}.c: a word about it\n" for i in range(1, 238)).encode()

    def fed(first, **more):
        return subprocess.run(["bash", "-euo", "pipefail", "-c", f'{begins[0]}progress "$1"', "progress", first], input=lines, timeout=20, **more)

    done = fed("1", capture_output=True)
    said_of = done.stderr.decode().splitlines()
    checks.equal((done.returncode, done.stdout), (0, b""), "progress: ends well")
    wanted = [f"building: {-(-i * 237 // 10)} of 237" for i in range(1, 11)]
    checks.equal(said_of, wanted, "progress of a first build in a log: a line for each tenth, the last at its end")
    checks.equal(fed("", capture_output=True).stderr, b"", "progress of a later build in a log: nothing")
    master, slave = pty.openpty()
    fed("1", stdout=subprocess.DEVNULL, stderr=slave)
    os.close(slave)
    shown = b""
    try:
        while part := os.read(master, 65536):
            shown += part
    except OSError:  # the other end is closed
        pass
    os.close(master)
    checks.check(b"building: 237 of 237" in shown and b"\n" not in shown and shown.endswith(b"\r\x1b[K"),
                 "progress on a terminal: one line that changes, and is gone at the end", shown[-200:])


def up(checks, folder):
    up_again(checks, folder, "suzhou")
    records = folder / "records.csv"
    write_rows(records, made_rows(400, 1, read_areas()))
    up_again(checks, folder, "boston", "boston", records, more=("--", "--depth", "2"))
    up_mistakes(checks)


def up_mistakes(checks):
    for words, wanted in ((("boston",), "Usage"), (("boston", "/nowhere.csv"), "no file"), (("--port", "0"), "--port"), (("--port", "x"), "--port"),
                          (("--colour",), "'--colour'"), (("--once",), "Usage")):
        done = subprocess.run(["deploy/up", *words, "--no-packages"], cwd=ROOT, capture_output=True, timeout=60)
        checks.check(done.returncode != 0 and wanted in said(done), f"deploy/up {' '.join(words)} is refused", said(done)[:300])


def main():
    p = options(__doc__, 400)
    p.add_argument("--quick", action="store_true", help="leave deploy/up out")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "operators")
        cli = Cli(args.qipan)
        lists(checks, cli, folder)
        ports(checks, cli, folder)
        checks.say("ports in use were named")
        read_only(checks, cli, folder)
        by_hand(checks, cli, folder)
        checks.say("a parent moved, a place was taken")
        progress(checks)
        if not args.quick:
            up(checks, folder)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
