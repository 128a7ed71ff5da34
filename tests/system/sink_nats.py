#!/usr/bin/python3
"""`qipan sink nats://…`: a node's journal copied into a stream of JetStream, while the sink, the server and the node are killed.

One node takes reports and steps all the time. Afterwards the stream is compared with one made anew from zero, and with the node's feed:
0 missing, 0 double, also where the server has forgotten the messages' ids long ago (its duplicate window is 100 ms).
The server is Debian's nats-server on loopback, with a port and a store of its own. The client that reads is lib/nats.py.

    sink_nats.py [--kills N]     N kills of the sink, a quarter as many of the server (12)
    sink_nats.py --refused       full streams, gaps, forks, streams and users that will not do, TLS: what is told, and that nothing is written
    sink_nats.py --plant double  a mistake that must be seen: a message of the copy is there twice
"""

import collections
import json
import pathlib
import random
import subprocess
import sys
import time

from lib.check import Checks, wait_until
from lib.nats import SERVER, Client, Server
from lib.tree import end, options, scratch, wait_still
from sink import SECRET, Load, Node, gap, sink

BEYOND = 100_000_000  # a duplicate window of 100 ms: what is sent again later is stored again, where nothing else prevents it


def make(server, stream, **more):
    with Client(server.port) as c:
        c.api("CREATE", stream, **{"name": stream, "subjects": [f"{stream}.>"], "storage": "file", "discard": "new", "duplicate_window": BEYOND, **more})


def read(server, stream):
    """(events, marks): of an event who said what, its id and its row; a mark is what it says."""
    events, marks, last = [], [], None
    with Client(server.port) as c:
        found = c.all(stream)
    for subject, head, data in found:
        body = json.loads(data)
        if subject.endswith(".mark"):
            marks.append((len(events), body["mark"]))
        else:
            events.append((head.get("Nats-Msg-Id"), subject, body))
        last = subject
    return events, marks, last


def of_feed(node):
    """(events, hashes of records), from answer to answer."""
    events, records, where = [], {}, {}
    while True:
        lines = [json.loads(x) for x in node.api().get("/api/v1/feed", limit=10000, **where).body.splitlines()]
        events += [x for x in lines if "type" in x]
        records.update((x["record"], x["hash"]) for x in lines if "record" in x)
        if lines[-1]["end"] >= lines[-1]["head"]:
            return events, records
        where = {"after": lines[-1]["end"], "hash": records[lines[-1]["end"]]}


def held(server, stream):
    with Client(server.port) as c:
        state = c.state(stream)
        return sum(1 for subject, _, _ in c.all(stream) if not subject.endswith(".mark")) if state["messages"] else 0


def sequence(server, stream):
    try:
        with Client(server.port) as c:
            return c.state(stream)["last_seq"]
    except OSError:
        return 0  # neither there yet


def killing(checks, node, server, kills):
    """Killed in the middle of whatever it does, every second time just when it has begun to write; how often a batch was torn by it."""
    torn = 0
    for n in range(kills):
        before = sequence(server, "COPY")
        process = node.cli.start("sink", "run", server.url("COPY"), "--dir", node.dir, "--records", random.choice([1, 7, 50]) if n % 3 else 2000, log=node.log)
        if n % 2:
            time.sleep(random.uniform(0.03, 0.35))
        else:
            wait_until(lambda: sequence(server, "COPY") > before + n, 5, 0.001)
        if n % 4 == 3:
            server.crash()
        process.kill()
        process.wait()
        at = sequence(server, "COPY")
        with Client(server.port) as c:
            torn += bool(at) and not c.message("COPY", at)[0].endswith(".mark")
    return torn


def same(checks, node, server, kills, plant):
    wait_still(lambda: node.api().node()["journal"]["head"], 20)
    sink(node, "run", server.url("COPY"), "--once", check=checks)
    told = json.loads(sink(node, "run", server.url("FRESH", more="?max_bytes=1000000000"), "--once", check=checks).stdout)
    if plant == "double":
        with Client(server.port) as c:
            subject, _, data = next(m for m in c.all("COPY") if not m[0].endswith(".mark"))
            c.publish(subject, data)
            c.state("COPY")
    (one, marks, last), (two, _, _) = read(server, "COPY"), read(server, "FRESH")
    said, records = of_feed(node)
    who = [tuple(b[k] for k in ("county", "node", "incarnation", "counter")) for _, _, b in one]
    new = [tuple(b[k] for k in ("county", "node", "incarnation", "counter")) for _, _, b in two]
    counts = collections.Counter(who)
    checks.equal((len(set(new) - set(who)), sum(counts.values()) - len(counts)), (0, 0), f"missing and double of {len(new)} events after the kills")
    if plant:
        return
    checks.check(who == new, "the stream's events equal those of one made anew, in their order")
    checks.equal(len(new), told["events"], "each event once")
    checks.check([i for i, _, _ in one] == [x["hash"] for x in said], "a message's id is the event's hash, as the feed says it")
    checks.equal(len({i for i, _, _ in one}), len(one), "and each is another one")
    rows, fresh = ({b["matter"]: b["row"] for _, _, b in x if b["row"]} for x in (one, two))
    checks.check(rows == fresh, "the last row of each matter is the same")
    checks.equal({s for _, s, _ in one}, {f"COPY.qicheng.{x['node']}.{x['type']}" for x in said}, "subjects: stream, county, the node that is read, type")
    checks.check(last.endswith(".mark") and [m["position"] for _, m in marks] == sorted(m["position"] for _, m in marks), "marks rise, and the last message is one")
    checks.check(all(records[m["position"]] == m["hash"] for _, m in marks if m["position"]), "a mark has the hash of its record")
    checks.check(all(one[n - 1][2]["position"] <= m["position"] and (n == len(one) or one[n][2]["position"] > m["position"]) for n, m in marks if n), "a mark stands behind all of its records, and before all others")
    checks.check(not any(w in json.dumps(b, ensure_ascii=False) for _, _, b in one for w in SECRET.split()), "no person in the stream")
    checks.say(f"nats: {told['events']} events in {told['seconds']:.2f} s: {told['events_per_s']:.0f} events/s; {kills} kills of the sink, {kills // 4 + 2} of the server")


def copies(checks, node, server, kills, plant):
    make(server, "COPY")
    load = Load(node, 40)
    load.start()
    torn = killing(checks, node, server, kills)
    server.kill()
    node.kill()
    node.start()
    server.start()
    running = node.cli.start("sink", "run", server.url("COPY"), "--dir", node.dir, log=node.log)

    before = sequence(server, "COPY")
    checks.check(wait_until(lambda: sequence(server, "COPY") > before, 15, 0.2), "the sink begins")
    server.crash()
    before = sequence(server, "COPY")
    checks.check(wait_until(lambda: sequence(server, "COPY") > before, 15, 0.2), "the sink goes on by itself when the server is back")
    second = sink(node, "run", server.url("COPY"), "--once")
    checks.check(second.returncode == 4 and b"another process" in second.stderr, "a second writer is refused", (second.returncode, second.stderr))
    checks.equal(sink(node, "list", server.url("COPY")).returncode, 0, "and the stream is looked at meanwhile")
    load.stop()
    checks.equal(end(running), 0, "SIGTERM ends it well")
    checks.check(torn, f"a kill has torn a batch: {torn} of {kills}")
    checks.say(f"{torn} of {kills} kills tore a batch")
    same(checks, node, server, kills, plant)


def full(checks, node, server):
    """A full stream is told, with the remedy; what it had no room for follows when it has."""
    target = server.url("FULL", more="?max_bytes=60000")
    done = sink(node, "run", target, "--once", "--records", 20)
    checks.check(done.returncode != 0 and b"takes no more" in done.stderr and b"--max-bytes" in done.stderr, "a full stream is told", (done.returncode, done.stderr))
    events, marks, last = read(server, "FULL")
    checks.check(not last.endswith(".mark") and [m["position"] for _, m in marks] == [0] and events, "its batch is torn in the middle", last)
    checks.equal(json.loads(sink(node, "list", target).stdout)["position"], 0, "which is told as what was whole before")
    with Client(server.port) as c:
        config = c.api("INFO", "FULL")["config"]
        c.api("UPDATE", "FULL", **{**config, "max_bytes": 1_000_000_000, "duplicate_window": BEYOND})
    time.sleep(0.3)
    sink(node, "run", target, "--once", "--records", 1, check=checks)
    again, fresh = [i for i, _, _ in read(server, "FULL")[0]], [i for i, _, _ in read(server, "FRESH")[0]]
    checks.check(again == fresh, "and with more room the rest follows, nothing twice, by smaller batches too", (len(again), len(fresh)))


def zero(checks, node, server):
    """Read again from zero: the server still knows all of the ids."""
    before = [i for i, _, _ in read(server, "FRESH")[0]]
    with Client(server.port) as c:
        config = c.api("INFO", "FRESH")["config"]
    done = sink(node, "replay", server.url("FRESH"), check=checks)
    checks.equal((done.returncode, [i for i, _, _ in read(server, "FRESH")[0]] == before), (0, True), "replayed from zero it is equal")
    with Client(server.port) as c:
        checks.equal(c.api("INFO", "FRESH")["config"], config, "and the stream is what it was")
        c.api("PURGE", "FRESH")
    for what in ("list", "run"):
        done = sink(node, what, server.url("FRESH"), *(["--once"] if what == "run" else []))
        checks.check(done.returncode == 4 and b"replay" in done.stderr, f"{what}: whose mark is gone is told, and what to do", (done.returncode, done.stderr))
    checks.equal((sink(node, "replay", server.url("FRESH")).returncode, [i for i, _, _ in read(server, "FRESH")[0]] == before), (0, True), "which helps")


def forged(checks, node, server):
    """Forks, before the mark and behind it; the stream of another node; somebody else's."""
    events, marks, _ = read(server, "COPY")
    mark, (ident, subject, body) = marks[-1][1], events[-1]
    place = f"COPY.qicheng.{mark['node']}.mark"
    for said, sentence in (({**mark, "hash": "0" * 64}, b"replay"), ({**mark, "node": "0" * 26}, b"another node")):
        with Client(server.port) as c:
            c.ask(place, mark=said)
        before = held(server, "COPY")
        done = sink(node, "run", server.url("COPY"), "--once")
        checks.check(done.returncode == 4 and sentence in done.stderr and held(server, "COPY") == before, f"a mark that says something else: {sentence.decode()}", (done.returncode, done.stderr))
    with Client(server.port) as c:
        c.ask(place, mark=marks[0][1])
        c.publish(subject, json.dumps(body).encode())  # without an id it is not the sink's
        c.state("COPY")
    done = sink(node, "run", server.url("COPY"), "--once")
    checks.check(done.returncode == 4 and b"something else" in done.stderr, "a message of somebody else is told", (done.returncode, done.stderr))
    with Client(server.port) as c:
        text, head = json.dumps(body).encode(), f"NATS/1.0\r\nNats-Msg-Id: {'0' * 64}\r\n\r\n".encode()
        c.send(f"HPUB {subject} {len(head)} {len(head) + len(text)}", head + text)
        c.state("COPY")
    before = held(server, "COPY")
    done = sink(node, "run", server.url("COPY"), "--once")
    checks.check(done.returncode == 4 and b"another one at this node" in done.stderr and held(server, "COPY") == before, "a fork in a torn batch is noticed by the event's hash", (done.returncode, done.stderr))


def unfit(checks, node, server):
    """Streams that others made, and cannot hold a copy."""
    make(server, "SUBJECTS", subjects=["other.>"])
    make(server, "QUEUE", retention="workqueue")
    make(server, "SILENT", no_ack=True)
    make(server, "SMALL", max_msg_size=300)
    for stream, words in (("SUBJECTS", b"--subjects='SUBJECTS.>'"), ("QUEUE", b"retention is limits"), ("SILENT", b"acknowledges nothing"), ("SMALL", b"--max-msg-size")):
        done = sink(node, "run", server.url(stream), "--once")
        checks.check(done.returncode not in (0, 6) and words in done.stderr, f"{stream} is refused with the remedy", (done.returncode, done.stderr))
    done = sink(node, "run", server.url("LARGE", more=f"?max_bytes={1 << 59}"), "--once")
    checks.check(done.returncode != 0 and b"nats stream add LARGE" in done.stderr, "a stream larger than the server's room is refused, and how to make one", done.stderr)
    for target, words in ((f"nats://127.0.0.1:{server.port}", b"name the stream"), (server.url("a.b"), b"name the stream"), (server.url("S", more="?max=1"), b"max_bytes=BYTES")):
        done = sink(node, "run", target, "--once")
        checks.check(done.returncode != 0 and words in done.stderr, f"{target} is no stream", done.stderr)
    gap(checks, node, server.url("GAP", more="?max_bytes=1000000"), lambda: held(server, "GAP"))


def users(checks, node, folder):
    """Who asks: in the address or in the environment, never where others read it; what he may not is told."""
    need = '{ publish: ["$JS.API.STREAM.>", "MAY.>", "_qipan.sink.>"], subscribe: ["_INBOX.>", "_qipan.sink.>"] }'
    server = Server(checks, folder / "users", "authorization { users: [", '  { user: full, password: "GEHEIM7" }',
                    '  { user: less, password: "GEHEIM7", permissions: { publish: ["$JS.API.STREAM.>"], subscribe: [">"] } }',
                    f'  {{ user: may, password: "GEHEIM7", permissions: {need} }}', "] }")
    server.start()
    more = "?max_bytes=100000000"
    done = sink(node, "run", server.url("MAY", "may:GEHEIM7@", more), "--once", check=checks)
    checks.equal(done.returncode, 0, "what README.md says a user needs is enough")
    done = sink(node, "run", server.url("LESS", "less:GEHEIM7@", more), "--once")
    checks.check(done.returncode not in (0, 6) and b"_qipan.sink.>" in done.stderr, "who may not is told what he needs", (done.returncode, done.stderr))
    done = sink(node, "list", server.url("MAY", "full:FALSCH7@"))
    checks.check(done.returncode != 0 and b"uthorization" in done.stderr and b"FALSCH7" not in done.stderr, "a wrong password is told and not repeated", (done.returncode, done.stderr))
    node.cli.env.update(NATS_USER="full", NATS_PASSWORD="GEHEIM7")
    checks.equal(sink(node, "list", server.url("MAY")).returncode, 0, "user and password from the environment")
    for name in ("NATS_USER", "NATS_PASSWORD"):
        del node.cli.env[name]
    running = node.cli.start("sink", "run", server.url("MAY", "full:GEHEIM7@"), "--dir", node.dir, log=node.log)
    line = pathlib.Path(f"/proc/{running.pid}/cmdline")
    checks.check(wait_until(lambda: b"****@127.0.0.1" in line.read_bytes(), 10, 0.02) and b"GEHEIM7" not in line.read_bytes(), "`ps` shows no password", line.read_bytes())
    end(running)
    checks.check("GEHEIM7" not in node.log.read_text(), "and no log has it")


def certificates(checks, node, folder):
    """tls://: never without, and only with a certificate of that name."""
    pki = folder / "pki"
    pki.mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", pki / "key.pem", "-out", pki / "cert.pem"], check=True, capture_output=True)
    server = Server(checks, folder / "tls", f'tls {{ cert_file: "{pki}/cert.pem", key_file: "{pki}/key.pem" }}').start()
    plain = Server(checks, folder / "plain").start()
    at, more = f"tls://localhost:{server.port}/TLS", "?max_bytes=100000000"
    checks.check(sink(node, "list", at).returncode != 0, "a certificate of nobody known is refused")
    node.cli.env["NATS_CA"] = str(pki / "cert.pem")
    checks.equal(sink(node, "run", at + more, "--once", check=checks).returncode, 0, "and taken by NATS_CA")
    checks.check(sink(node, "list", at.replace("localhost", "127.0.0.1")).returncode != 0, "another name is refused")
    del node.cli.env["NATS_CA"]
    done = sink(node, "list", f"tls://localhost:{plain.port}/TLS")
    checks.check(done.returncode != 0 and b"ecure" in done.stderr, "a server without TLS is refused", done.stderr)


def without(checks, node, folder):
    server = Server(checks, folder / "without")
    server.file.write_text(f"listen: 127.0.0.1:{server.port}\n")
    done = sink(node, "list", server.start().url("COPY"))
    checks.check(done.returncode != 0 and b"-js" in done.stderr, "a server without JetStream is told, and how it is turned on", done.stderr)


def main():
    p = options(__doc__, 90)
    p.add_argument("--kills", type=int, default=12, metavar="N", help="kills of the sink (%(default)s)")
    p.add_argument("--rows", type=int, default=2000, metavar="N", help="so many reports before it begins (%(default)s)")
    p.add_argument("--refused", action="store_true", help="only what must not be written, or not go on, without kills")
    p.add_argument("--plant", choices=["double"])
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=40)

    def body():
        if not checks.have(SERVER, "openssl"):
            return
        folder = scratch(checks, args, "sink-nats")
        node = Node(checks, args, folder)
        node.start()
        Load(node, 500, 500 if args.refused else args.rows).run()
        has = sink(node, "test", "nats://127.0.0.1:1/COPY")
        if b"no libnats" in has.stderr:
            checks.check(False, "libnats is here (deploy/packages)", has.stderr)
            return
        server = Server(checks, folder / "server").start()
        if not args.refused:
            return copies(checks, node, server, args.kills, args.plant)
        make(server, "COPY")
        for stream in ("COPY", "FRESH"):
            sink(node, "run", server.url(stream, more="?max_bytes=1000000000"), "--once", check=checks)
        full(checks, node, server)
        zero(checks, node, server)
        forged(checks, node, server)
        unfit(checks, node, server)
        users(checks, node, folder)
        certificates(checks, node, folder)
        without(checks, node, folder)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
