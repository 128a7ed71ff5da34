"""The county that a lying child talks to, and how that child is enrolled."""

import pathlib

from lib.check import wait_until
from lib.neighbour import Neighbour
from lib.small import COUNTY


class Victim:
    """The county: its counters, its log, its memory."""

    def __init__(self, dev):
        self.dev, self.node = dev, dev.node(COUNTY)
        self.api = dev.api(COUNTY)

    def counters(self):
        found = {}
        for line in self.api.get("/metrics").body.decode().splitlines():
            name, _, value = line.partition(" ")
            if name.startswith("qipan_") and name.endswith("_total"):
                found[name[6:-6]] = float(value)
        return found

    def grew(self, before, *names):
        after = self.counters()
        return sum(after.get(n, 0) - before.get(n, 0) for n in names) > 0

    def log(self):
        return (pathlib.Path(self.node["dir"]) / "log").read_text(errors="replace")


def counted(checks, victim, before, names, what):
    ok = wait_until(lambda: victim.grew(before, *names), 10, 0.1)
    after = victim.counters()
    checks.check(ok, f"{what}: counted in {' or '.join(names)}", {n: v - before.get(n, 0) for n, v in after.items() if v != before.get(n, 0)})


def invite(dev, path):
    done = dev.cli.run("invite", path, "--title", "Mill", "--level", "street", "--dir", dev.node(COUNTY)["dir"])
    if done.returncode:
        raise OSError(f"invite: {done.stderr.decode()}")
    return done.stdout.decode().split()[-1]


def newcomer(checks, dev, path):
    n = Neighbour(invite(dev, path))
    n.join()
    greeting = n.open()
    checks.check(greeting.DESCRIPTOR.name == "Greeting", f"{path}: the handshake", greeting)
    return n


def bytes_of(text):
    """An id's text is Crockford's base 32 of 128 bits."""
    number = 0
    for c in text:
        number = number << 5 | "0123456789abcdefghjkmnpqrstvwxyz".index(c)
    return number.to_bytes(16, "big")  # two zero bits in front of 128
