#!/usr/bin/python3
"""What keeps a node alive over the years: a backup while it runs, its check, three ways back; a bundle for support without secrets; `top`.

A city and a county with a street are set up by hand. The county is copied twice while people report, its disk burns, and it comes back from the
copy as its next incarnation with what nobody else had. The street moves to another folder as itself, and cannot run twice.
"""

import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tarfile
import time
import fcntl
import termios

from joining import Place, invite, join
from lib import small
from lib.check import Checks, wait_until
from lib.client import Api
from lib.small import CITY, COUNTY, STREET
from lib.tree import ROOT, Cli, end, free_ports, options, scratch

CANARY = "金丝雀canary7319"


def said(done):
    return (done.stdout + done.stderr).decode(errors="replace")


def set_up(checks, args, folder):
    cli = Cli(args.qipan)
    first = free_ports(12)
    places = {p: Place(cli, folder, p, first + 2 * i, p == STREET) for i, p in enumerate((CITY, COUNTY, STREET))}
    root = places[CITY]
    done = root.run("init", "--path", CITY, "--title", "棋城", "--code", "1", "--level", "city", "--zone", small.ZONE, "--http", root.http, "--link",
                    root.link)
    checks.check(done.returncode == 0, "init", said(done))
    root.serve(checks)
    for path, parent in ((COUNTY, CITY), (STREET, COUNTY)):
        done = join(places[path], invite(checks, places[parent], path))
        checks.check(done.returncode == 0, f"{path} joins", said(done))
        places[path].serve(checks)
    return places


def report(place, title, *more):
    done = place.run("report", title, "--category", "市政设施", "--source", "热线", *more)
    return done.stdout.decode().split()[0] if done.returncode == 0 else ""


def flip(file, at):
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(bytes(data))


def disk(folder):
    """A new file system's folder: it is empty but for what mkfs puts there."""
    (folder / "lost+found").mkdir(mode=0o700, parents=True)
    folder.chmod(0o700)


def backup(checks, places, folder):
    county, store = places[COUNTY], folder / "backups" / "county"
    ids = [report(county, f"事项 {i}") for i in range(6)]
    disk(store)
    done = county.run("backup", "create", store)
    checks.check(done.returncode == 0 and "6" in said(done), "a backup is made while the node runs", said(done))
    checks.equal(oct(store.stat().st_mode & 0o777), "0o700", "only its owner looks into the backup")
    checks.check(not list(store.glob("*key*")) and not (store / "cli-token").exists(), "and there is no key in it unless it is asked for")
    first = county.cli.json("backup", "verify", store)
    ids += [report(county, f"事项 {i}") for i in range(6, 9)]
    again = county.cli.json("backup", "create", store, "--dir", county.dir)
    checks.check(again["new"] >= 3 and again["records"] == first["records"] + again["new"], "the next one appends what came since", again)
    done = county.cli.run("backup", "verify", store)
    checks.check(done.returncode == 0 and "is whole" in said(done), "verify recomputes every hash", said(done))
    damaged = folder / "backups" / "damaged"
    shutil.copytree(store, damaged)
    for name, at in (("journal.records", 500), ("qipan.conf", 3), ("manifest.json", 300)):
        flip(damaged / name, at)
        done = county.cli.run("backup", "verify", damaged)
        checks.check(done.returncode == 1, f"one flipped bit of {name} is found", said(done))
        flip(damaged / name, at)
    os.truncate(damaged / "journal.records", first["records"] * 100)
    checks.equal(county.cli.run("backup", "verify", damaged).returncode, 1, "a backup that is cut short is found")
    done = places[CITY].run("backup", "create", store)
    checks.check(done.returncode != 0 and "another journal" in said(done), "another node does not write into it", said(done))
    return store, [i for i in ids if i]


def never_two(checks, places, store, folder):
    """A copy of a running node does not come back as that node; and a restore names what to do."""
    cli, other = places[COUNTY].cli, folder / "again"
    done = cli.run("backup", "restore", store, "--dir", other)
    checks.check(done.returncode != 0 and "next incarnation" in said(done) and "qipan invite" in said(done),
                 "a copy of a running node is not restored as itself, and it says how else", said(done))
    checks.check(not other.exists(), "and nothing is made")
    root = folder / "backups" / "city"
    checks.equal(places[CITY].run("backup", "create", root).returncode, 0, "the root is copied too")
    done = cli.run("backup", "restore", root, "--dir", other)
    checks.check(done.returncode != 0 and "root" in said(done) and "--move" in said(done), "a root that ran says what is possible", said(done))
    header = (ROOT / "node/http/shape/alarms.h").read_text()
    checks.check("newest backup" not in header and "A root cannot join again" in header, "and no alarm tells a root to do what is refused here")
    done = cli.run("backup", "restore", root, "--dir", other, "--reading")
    checks.check(done.returncode == 0, "it can be read", said(done))
    lines = cli.run("export", "--dir", other).stdout.decode().splitlines()
    checks.check(len(lines) > 10 and all(json.loads(l)["event"] for l in lines), "by `export`", lines[:2])
    done = cli.run("serve", "--dir", other)
    checks.check(done.returncode != 0, "and does not serve", said(done))


def burn(checks, places, store, ids, folder):
    """The county loses its disk while its parent had not heard of the last matter."""
    city, county = places[CITY], places[COUNTY]
    end(city.process)
    older = folder / "backups" / "older"
    done = county.run("backup", "create", store, "--with-keys")
    checks.equal(done.returncode, 0, "an older copy")
    shutil.copytree(store, older)
    alone = report(county, "只有县里知道的事项")
    done = county.run("backup", "create", store, "--with-keys")
    checks.check(alone and done.returncode == 0, "a last copy before the fire", said(done))
    end(county.process)
    shutil.rmtree(county.dir)
    city.serve(checks)
    token = invite(checks, city, COUNTY, "--replace")
    end(city.process)
    done = places[STREET].cli.run("backup", "restore", older, "--dir", county.dir, "--join", token, "--timeout", "1", "--http", county.http, "--link",
                                  county.link)
    checks.check(done.returncode != 0, "while the parent is down an older copy comes no further than its folder", said(done))
    city.serve(checks)
    done = places[STREET].cli.run("backup", "restore", store, "--dir", county.dir, "--join", token, "--http", county.http, "--link", county.link)
    checks.check(done.returncode == 0, "restore --join makes the next incarnation", said(done))
    county.serve(checks)
    checks.equal(county.api().node()["incarnation"], 2, "its incarnation")
    known = lambda: county.run("show", alone).returncode == 0 and all(county.run("show", i).returncode == 0 for i in ids)
    checks.check(wait_until(known, 40, 0.5), "it has every matter again, also the one that nobody else knew")
    checks.check(wait_until(lambda: city.run("show", alone).returncode == 0, 30, 0.5), "and the city hears of it")
    checks.check(wait_until(lambda: (county.dir / "before-1" / "brought-in").exists(), 30), "what was brought in is written down")
    checks.check((county.dir / "before-1.2" / "db").exists(), "the newer copy lies beside the older one that was tried first")
    wrong = invite(checks, city, CITY + "/west", "--title", "西区", "--level", "county", "--code", "12")
    done = county.cli.run("backup", "restore", store, "--dir", folder / "wrong", "--join", wrong)
    checks.check(done.returncode != 0 and CITY + "/west" in said(done), "a token for another place is refused", said(done))


def move(checks, places, folder):
    """The street goes to another folder as itself."""
    street, away, store = places[STREET], folder / "elsewhere", folder / "backups" / "street"
    one = report(street, "搬家前的事项")
    done = street.run("backup", "create", store, "--move")
    checks.check(done.returncode == 4 and "drain" in said(done), "a node that runs is not moved", said(done))
    end(street.process)
    done = street.run("backup", "create", store, "--move")
    checks.check(done.returncode == 0, "a stopped one is", said(done))
    checks.check(all(w in said(done) for w in ("vault", "blobs", "keys/lines")), "and is told what no backup has", said(done))
    done = street.run("serve")
    checks.check(done.returncode != 0 and "moved away" in said(done), "its old folder does not serve any more", said(done))
    disk(away)
    done = street.cli.run("backup", "restore", store, "--dir", away)
    checks.check(done.returncode == 0, "restored as itself", said(done))
    checks.check(all(w in said(done) for w in ("vault", "blobs", "keys/lines")), "and is told what is to be moved beside it", said(done))
    done = street.cli.run("backup", "restore", store, "--dir", folder / "twice")
    checks.check(done.returncode != 0 and "restored before" in said(done), "a second time is refused: never two under one key", said(done))
    street.dir = away
    street.serve(checks)
    node = street.api().node()
    checks.equal((node["incarnation"], node["path"]), (1, STREET), "the same incarnation of the same place")
    checks.check(street.run("show", one).returncode == 0, "with its matters")
    live = lambda: street.api().node()["parent"]["state"] == "live"
    checks.check(wait_until(live, 30, 0.3), "and its parent takes it for the one it was", street.api().node()["parent"])
    two = report(street, "搬家后的事项")
    checks.check(wait_until(lambda: places[COUNTY].run("show", two).returncode == 0, 30, 0.3), "what it takes in now goes up")


def support(checks, places, folder):
    """Canaries in everything that is secret: none of them sings in the bundle."""
    county, out = places[COUNTY], folder / "bundle.tar.gz"
    one = report(county, CANARY, "--text", CANARY + "-text", "--place", CANARY + "-place")
    county.run("note", one, "--note", CANARY + "-note")
    done = county.run("user", "add", "canary-user", "--role", "worker", "--password", CANARY + "-password")
    checks.check(done.returncode == 0, "an account", said(done))
    program = county.run("token", "add", "canary-token", "--rights", "read").stdout.decode().split()[-1]
    log = folder / "node.log"
    token, key = (county.dir / "cli-token").read_text().strip(), (county.dir / "keys/node.key").read_text().split()[1]
    log.write_text(f"a careless line has {token} and {key}\n" * 3)
    done = county.run("support", "bundle", out, "--log", log)
    checks.check(done.returncode == 0, "a bundle is made", said(done))
    checks.equal(oct(out.stat().st_mode & 0o777), "0o600", "only its owner reads it")
    with tarfile.open(out) as tar:
        pieces = {m.name.split("/")[-1]: tar.extractfile(m).read() for m in tar.getmembers()}
    for name in ("about.txt", "settings.conf", "files.txt", "doctor.json", "node.json", "healthz.json", "metrics.txt", "log.txt"):
        checks.check(len(pieces.get(name, b"")) > 20, f"it has {name}", sorted(pieces))
    everything = b"\n".join(pieces.values())
    secrets = {"the administrator's token": token, "a program's token": program, "the secret key": key, "a password": CANARY + "-password",
               "the text of a matter": CANARY, "an account": "canary-user", "a matter's number": one}
    for what, secret in secrets.items():
        checks.check(secret and secret.encode() not in everything and bytes.fromhex(secret) not in everything if re.fullmatch("[0-9a-f]{64}", secret)
                     else secret and secret.encode() not in everything, f"without {what}")
    checks.check(b"a careless line has ####" in pieces["log.txt"], "what a log gave away is struck out", pieces["log.txt"][:200])
    checks.check(b"qipan_turns_total" in pieces["metrics.txt"] and json.loads(pieces["node.json"])["path"] == COUNTY, "and what helps is in it")
    done = county.run("support", "bundle", out)
    checks.check(done.returncode != 0 and out.stat().st_size > 1000, "an older bundle is not written over", said(done))
    end(county.process)
    done = county.run("support", "bundle", folder / "down.tar.gz")
    checks.check(done.returncode == 0, "a bundle of a node that is down", said(done))
    if checks.have("valgrind") and "asan" not in str(county.cli.qipan):  # it may go well by what lies on the stack
        done = subprocess.run(["valgrind", "-q", "--error-exitcode=99", county.cli.qipan, "support", "bundle", "--dir", county.dir, folder / "down2.tar.gz"],
                              capture_output=True, env=county.cli.env)
        checks.check(done.returncode == 0, "and nothing of it is left to chance", said(done)[-800:])
    county.serve(checks)


def screen(master, seconds, until=b""):
    """What the terminal was sent."""
    got, end_at = b"", time.monotonic() + seconds
    while time.monotonic() < end_at and (not until or until not in got):
        if select.select([master], [], [], 0.1)[0]:
            try:
                got += os.read(master, 65536)
            except OSError:
                break
    return got


def top(checks, places):
    county = places[COUNTY]
    done = county.run("top", "--times", "2", "--every", "1")
    text = said(done)
    checks.check(done.returncode == 0 and text.count(COUNTY + " ") >= 2 and STREET in text and "turns" in text and "\033" not in text,
                 "`top` into a pipe is plain lines, a block a look", text)
    looks = county.run("top", "--times", "1", "--json").stdout
    checks.equal(json.loads(looks)["path"], COUNTY, "or JSON")
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
    before = termios.tcgetattr(slave)
    process = subprocess.Popen([county.cli.qipan, "top", "--dir", county.dir], stdin=slave, stdout=slave, stderr=slave, env=county.cli.env,
                               start_new_session=True)
    checks.undo(lambda: end(process, 3))
    wide = screen(master, 5, b"q ends")
    checks.check(b"\033[?1049h" in wide and STREET.encode() in wide and b"OLDEST" in wide, "on a terminal it draws a screen", wide[:300])
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 6, 40, 0, 0))
    os.kill(process.pid, signal.SIGWINCH)
    narrow = screen(master, 2.5)
    last = narrow.split(b"\033[H")[-1].replace(b"\033[K", b"").replace(b"\033[J", b"").decode(errors="replace")
    checks.check(b"\033[H" in narrow and all(len(l) <= 40 for l in last.split("\r\n")) and last.count("\r\n") <= 5 and "more below" in last,
                 "a smaller window gets a smaller screen at once", repr(last))
    os.write(master, b"q")
    try:
        status = process.wait(3)
    except subprocess.TimeoutExpired:
        status = None
    checks.equal(status, 0, "q ends it")
    checks.equal(termios.tcgetattr(slave)[3], before[3], "and the terminal is as it was")
    os.close(master), os.close(slave)


def main():
    args = options(__doc__, 90).parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "operations")
        places = set_up(checks, args, folder)
        store, ids = backup(checks, places, folder)
        never_two(checks, places, store, folder)
        checks.say("backups are made, checked and refused")
        burn(checks, places, store, ids, folder)
        checks.say("a burned node came back")
        support(checks, places, folder)
        top(checks, places)
        checks.say("bundle and top")
        move(checks, places, folder)
        checks.say("a node moved")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
