#!/usr/bin/python3
"""The package and its units, without installing them: lintian finds nothing, man pages and completions are those of the program, the
sandbox is as strict as systemd-analyze counts, and a node makes no system call and opens no socket that it forbids.

A tool that is not installed fails the checks that need it; `deploy/packages --tests` installs them.
"""

import fcntl
import gzip
import pathlib
import re
import subprocess
import sys

from joining import Place
from operations import report
from lib import small
from lib.check import Checks, wait_until
from lib.client import Api
from lib.tree import ROOT, Cli, end, free_ports, options, scratch

UNIT = ROOT / "deploy/systemd/qipan@.service"


def run(*words, **more):
    return subprocess.run(list(map(str, words)), capture_output=True, text=True, **more)


def setting(name):
    """The words of a setting that the unit has once."""
    return next(l for l in UNIT.read_text().splitlines() if l.startswith(name + "=")).split("=", 1)[1].split()


def verbs(cli):
    return re.findall(r"^  ([a-z][a-z-]*) ", cli.run("help").stdout.decode(), re.M)


def package(checks, args, folder):
    build = pathlib.Path(args.qipan).resolve().parent
    done = run("cpack", "-G", "DEB", "-B", folder, cwd=build)
    debs = list(folder.glob("qipan_*.deb"))
    if not checks.check(done.returncode == 0 and len(debs) == 1, "cpack makes one package", done.stdout + done.stderr):
        return None
    into = folder / "root"
    checks.equal(run("dpkg-deb", "-x", debs[0], into).returncode, 0, "it opens")
    if checks.have("lintian"):
        done = run("lintian", "--tag-display-limit", "0", debs[0], timeout=200)
        checks.equal([l for l in done.stdout.splitlines() if l[:2] in ("E:", "W:")], [], "lintian finds nothing")
    return into


def scripts(checks):
    """They ask of systemd what it understands: deb-systemd-invoke wants a unit, and `|| true` hides that it did nothing."""
    for name in ("postinst", "postrm"):
        text = (ROOT / "deploy/debian" / name).read_text()
        checks.check("systemctl --system daemon-reload" in text and "deb-systemd-invoke daemon-reload" not in text, f"{name} has the units read again")


def contents(checks, cli, into):
    for file in ("usr/bin/qipan", "usr/lib/systemd/system/qipan@.service", "usr/lib/sysusers.d/qipan.conf",
                 "usr/share/bash-completion/completions/qipan", "usr/share/zsh/vendor-completions/_qipan",
                 "usr/share/fish/vendor_completions.d/qipan.fish", "usr/share/qipan/areas/suzhou", "usr/share/doc/qipan/operators.md"):
        checks.check((into / file).exists(), f"the package has /{file}")
    installed = Cli(into / "usr/bin/qipan")
    checks.equal(installed.run("version").returncode, 0, "the program in it runs")
    pages = {p.name for p in (into / "usr/share/man/man1").iterdir()}
    checks.equal(pages, {"qipan.1.gz"} | {f"qipan-{v}.1.gz" for v in verbs(cli)}, "a man page for every command of `help`")
    strings = (into / "usr/bin/qipan").read_bytes()
    checks.check(b"-----BEGIN" not in strings, "and no key in the program")


def completions(checks, into):
    for shell, file in (("bash", "bash-completion/completions/qipan"), ("zsh", "zsh/vendor-completions/_qipan"),
                        ("fish", "fish/vendor_completions.d/qipan.fish")):
        if checks.have(shell):
            done = run(shell, "-n", into / "usr/share" / file)
            checks.equal((done.returncode, done.stderr), (0, ""), f"{shell} reads its completion")
    asks = f"source {into}/usr/share/bash-completion/completions/qipan; COMP_WORDS=(qipan back); COMP_CWORD=1; _qipan; echo ${{COMPREPLY[@]}}"
    checks.equal(run("bash", "-c", asks).stdout.strip(), "backup", "bash completes `qipan back`")


def man(checks, into):
    if checks.have("mandoc"):
        pages = sorted((into / "usr/share/man/man1").iterdir())
        for page in pages:  # it reads no .gz by that name
            page.with_suffix("").write_bytes(gzip.decompress(page.read_bytes()))
        done = run("mandoc", "-T", "lint", "-W", "error", *(p.with_suffix("") for p in pages))
        checks.equal((done.returncode, done.stdout[:800]), (0, ""), "every man page is sound")


def exposure(checks):
    if not checks.have("systemd-analyze"):
        return
    done = run("systemd-analyze", "security", "--offline=true", "--no-pager", UNIT)
    found = re.search(r"Overall exposure level.*?: ([0-9.]+)", done.stdout)
    checks.check(found and float(found[1]) <= 1.5, "the unit's exposure is at most 1.5", found and found[0])
    print(f"exposure {found[1] if found else '?'}")


def syscalls(checks, cli, folder):
    """The calls that a node makes, against those of the unit's filter: what is forbidden answers EPERM, and nobody would know."""
    if not checks.have("strace", "systemd-analyze"):
        return
    sets = {}
    for line in run("systemd-analyze", "syscall-filter", "--no-pager").stdout.splitlines():
        if re.match(r"@\S", line):
            name = line.split()[0]
            sets[name] = set()
        elif re.match(r" +[@a-z]", line):
            sets[name].add(line.strip())

    def flat(name):
        return {c for word in sets.get(name, set()) for c in (flat(word) if word.startswith("@") else {word})}

    lines = [l.split("=", 1)[1].strip() for l in UNIT.read_text().splitlines() if l.startswith("SystemCallFilter=")]
    allowed = flat("@default") | {"execve"}  # systemd's own exec
    for line in lines:  # one after the other, as systemd reads them
        calls = set().union(*(flat(w) if w.startswith("@") else {w} for w in line.lstrip("~").split()))
        allowed = allowed - calls if line.startswith("~") else allowed | calls
    port = free_ports(2)
    place = Place(cli, folder, "fort", port, False)
    checks.equal(place.run("init", "--path", "fort", "--title", "堡", "--level", "city", "--zone", small.ZONE, "--http", place.http, "--link",
                           place.link).returncode, 0, "init")
    trace = folder / "trace"
    process = subprocess.Popen(["strace", "-f", "-qq", "-o", trace, cli.qipan, "serve", "--dir", place.dir], env=cli.env, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    checks.undo(lambda: end(process))
    checks.check(wait_until(lambda: Api(f"http://{place.http}").healthy(), 30), "a node under strace serves")
    checks.check(report(place, "一事"), "and takes a matter")
    checks.equal(place.run("drain").returncode, 0, "and ends in order")
    process.wait(30)
    made = set(re.findall(r"^\d+ +([a-z0-9_]+)\(", trace.read_text(errors="replace"), re.M))
    checks.check(len(made) > 20, "its calls are known", made)
    checks.equal(sorted(made - allowed), [], "it makes no system call that its unit forbids")
    opened = set(re.findall(r"^\d+ +socket\((AF_[A-Z0-9_]+)", trace.read_text(errors="replace"), re.M))
    checks.check("AF_INET" in opened, "the families of its sockets are known", opened)
    checks.equal(sorted(opened - set(setting("RestrictAddressFamilies"))), [], "it opens no socket of a family that its unit forbids")


def patience(checks, cli, folder):
    """A command that has the folder for a while does not keep the unit down: what `serve` ends with then is tried again."""
    place = Place(cli, folder, "held", free_ports(2), True)
    done = place.run("init", "--path", "held", "--title", "堡", "--level", "city", "--zone", small.ZONE, "--http", place.http, "--link", "")
    checks.equal(done.returncode, 0, "init")
    with open(place.dir / "db/lock", "r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # as doctor and backup of a node that is down have it
        done = place.run("serve")
    checks.check(done.returncode != 0 and str(done.returncode) not in setting("RestartPreventExitStatus"), "a folder in use is tried again", done.stderr)
    pauses, starts, within = (int(setting(s)[0]) for s in ("RestartSec", "StartLimitBurst", "StartLimitIntervalSec"))
    checks.check(10 * 60 <= pauses * starts < within, "for ten minutes at least, and not for ever", (pauses, starts, within))


def main():
    args = options(__doc__, 240).parse_args()
    checks = Checks(args.timeout)

    def body():
        folder, cli = scratch(checks, args, "packaging"), Cli(args.qipan)
        into = package(checks, args, folder)
        scripts(checks)
        if into is not None:
            contents(checks, cli, into)
            completions(checks, into)
            man(checks, into)
        exposure(checks)
        syscalls(checks, cli, folder)
        patience(checks, cli, folder)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
