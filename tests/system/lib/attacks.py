"""One row for each attack: how much was sent, what an honest sibling waited meanwhile, what the victim grew by.

The sibling is a community below the county's honest child; its time is that of a report until the top holds it. The floods of
`FLOODS` are what an enrolled child says at full speed, one kind after the other; `flood` runs one for some seconds.
"""

import os
import statistics
import sys
import threading
import time

from lib import neighbour, small
from lib.tree import pss_mb


def reports(api, seconds=0.0, count=0):
    """Milliseconds of each report until the top has it; None for one that did not come there within half a minute."""
    took, until = [], time.time() + seconds
    while time.time() < until or len(took) < count:
        began = time.perf_counter()
        answer = api.post("/api/v1/matters?ack=top&wait=30", small.new())
        took.append((time.perf_counter() - began) * 1e3 if answer.status == 201 and answer.json["ticks"]["top"] else None)
        time.sleep(0.05)
    return took


def median(took):
    """Of what came; infinite if more than half did not."""
    return statistics.median(float("inf") if ms is None else ms for ms in took)


class Table:
    """victim: with `api` and `node` (its pid). honest: the API of the sibling. idle: its time when nobody lies, in ms."""

    HEAD = f"{'line':5} {'attack':44} {'sent':>12} {'idle ms':>8} {'p50 ms':>8} {'ratio':>6} {'MB':>6} {'journal MB':>11}"

    def __init__(self, victim, honest, count=5):
        self.victim, self.honest, self.count, self.rows = victim, honest, count, []
        reports(honest, count=count)  # the first ones open what stays open
        self.idle = median(reports(honest, count=2 * count))

    def journal_mb(self):
        return self.victim.api.node()["journal"]["bytes"] / 1e6

    def attack(self, line, what, sent, took=None, journal_mb=None):
        """After it, or during it (took): a row. journal_mb: what the journal held before."""
        p50 = median(took or reports(self.honest, count=self.count))
        grown = f"{self.journal_mb() - journal_mb:11.1f}" if journal_mb is not None else ""
        self.rows.append((line, what, sent, p50, pss_mb(self.victim.node["pid"]), grown))

    def note(self, line, what, text):
        """What has no sibling: a store, a door."""
        self.rows.append((line, what, text))

    def over(self):
        """The attacks are: idle is the better one of before all and after all, for the machine has other work."""
        self.idle = min(self.idle, median(reports(self.honest, count=2 * self.count)))

    def show(self):
        """What was attacked, and how many times idle an honest report waited meanwhile."""
        idle = self.idle
        print(self.HEAD)
        ratios = []
        for row in self.rows:
            if len(row) == 3:
                print(f"{row[0]:5} {row[1]:52} {row[2]}")
            else:
                line, what, sent, p50, mb, grown = row
                print(f"{line:5} {what:44} {sent:>12} {idle:8.1f} {p50:8.1f} {p50 / idle:6.1f} {mb:6.0f} {grown}")
                ratios.append((what, p50 / idle))
        sys.stdout.flush()
        return ratios


# ---- floods ----

def events(n):
    n.deliver(n.seal([n.opened("flood") for _ in range(8)]))


def large(n):
    n.deliver(n.seal([n.opened("large", text="x" * 15000) for _ in range(3)]))


def full_acks(n):
    f = n.frame()
    n.asked = getattr(n, "asked", 0) + 1
    f.ack.full, f.ack.rewinds = True, n.asked
    f.ack.signature = n.keys.signature(b"qipan ack", n.parent.node + n.parent_epoch)
    n.socket.send(f.SerializeToString())


def nowhere(n):
    n.deliver(n.seal([n.opened("nowhere")], scope=neighbour.NODE, to=os.urandom(16)))


def early(n):
    e = n.event(version=1000)
    e.progressed.note = "early"
    n.deliver(n.seal([e]))


def children(n):
    n.deliver(n.seal([n.enrolled(n.certify(f"{n.path}/{os.urandom(4).hex()}", neighbour.Keys()))], lane=neighbour.URGENT),
              lane=neighbour.URGENT)


def asks(n):
    f = n.frame()
    f.ask.path = n.path.rsplit("/", 1)[0] + "/" + os.urandom(4).hex()
    n.socket.send(f.SerializeToString())


def bad_ahead(n):
    f = n.frame()
    f.ahead.parcel = n.seal([n.opened("ahead")], keys=neighbour.Keys(), keep=False)
    n.socket.send(f.SerializeToString())


def reconnects(n):
    n.close()
    try:
        n.open()
    except OSError:
        pass


FLOODS = [("L5", "events", events), ("L5", "events of 45 KB", large), ("L5", "acks that ask for all again", full_acks),
          ("L5", "to nodes that are nowhere", nowhere), ("L5", "events that come too early", early),
          ("L5", "children that it certifies", children), ("L5", "questions after paths", asks),
          ("L6", "ahead, signed by nobody", bad_ahead), ("L5", "handshakes", reconnects)]


def at_full_speed(n, say, meanwhile):
    """The liar `n`, newly joined, says it until `meanwhile()` is done: how often, and what that came to."""
    n.parent_epoch = n.open().epoch
    stop, sent = threading.Event(), [0]

    def run():
        while not stop.is_set():
            try:
                say(n)
                sent[0] += 1
                if sent[0] % 500 == 0:
                    n.beat()
            except OSError:
                time.sleep(0.1)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        found = meanwhile()
    finally:
        stop.set()
        thread.join()
    n.close()
    return sent[0], found


def flood(checks, table, n, line, what, say, seconds):
    """The liar at full speed; reports of the honest sibling meanwhile."""
    before = table.journal_mb()
    sent, took = at_full_speed(n, say, lambda: reports(table.honest, seconds))
    table.attack(line, what, f"{sent / seconds:.0f}/s", took, before)
    checks.check(sent > 0, f"{what}: something was sent")
    checks.check(None not in took, f"{what}: every report still reaches the top", took)
    checks.check(pss_mb(table.victim.node["pid"]) < 1000, f"{what}: the county's memory is bounded")
