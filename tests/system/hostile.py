#!/usr/bin/python3
"""What a hostile neighbour may send over ZeroMQ: refused, counted, told in the log, and nothing else is disturbed.

Strangers: plaintext, an unknown key, bytes that are no ZeroMQ at all, connections that say nothing. Then a child that is
enrolled and lies: frames that are none, too large, nested or swollen; parcels that are forged, replayed, altered, out of
scope, of another tree, with the key of nobody, forked; certificates of ids that are others'; the same after it was
revoked; then it seizes matters by snapshots, and names places and times that are not its own. After each the county that it
talks to must have counted it, must not have grown by it, and must still take true matters from its other child and from the liar.

The table at the end has a row for each: what was sent, what an honest sibling's report then waits beside its idle time, the
county's memory and journal. --seconds N adds the floods (lib/attacks.py), each at full speed for so long; --all adds them for 10
seconds each, and runs the programs that attack stores, clocks and doors.
"""

import os
import pathlib
import random
import socket
import subprocess
import sys
import time

from lib import attacks, small
from lib.check import Checks, wait_until
from lib.neighbour import Keys, NODE, Neighbour, SUBTREE, Socket, link_pb, matter_pb, parcel_pb, proof_pb, token_parts, trust_pb
from lib.small import CITY, COMMUNITY, COUNTY
from lib.tree import options, pss_mb, scratch
from lib.victim import Victim, bytes_of, counted, invite, newcomer

MILL, WEIR, DAM = COUNTY + "/mill", COUNTY + "/weir", COUNTY + "/dam"
WEST = small.WEST
# What --all runs besides: what of S is against stores, clocks and doors. (line, what, program)
ELSEWHERE = [
    ("S18", "damaged records, fetched again from neighbours", "mending.py"),
    ("S18", "tables and journals damaged, rebuilt and compared", "rebuild.py"),
    ("S18", "disks that burn, one and its neighbour", "burned.py"),
    ("S19", "clocks a year off, and right again", "clocks.py"),
    ("S20", "half heads, log-in floods, streams, no HTTP", "doors.py"),
    ("A", "who is no longer heard: forked, displaced, revoked", "unheard.py"),
    ("A", "who is refused above, and goes on by itself", "renewed.py"),
]


def goes_on(checks, dev, victim, what):
    """A report in a community, over the county, to the top."""
    answer = dev.api(COMMUNITY).post("/api/v1/matters?ack=top&wait=20", small.new())
    checks.check(answer.status == 201 and answer.json["ticks"]["top"], f"after {what}: a true report still reaches the top", answer)
    checks.equal(dev.node(COUNTY)["pid"], victim.node["pid"], f"after {what}: the county's process is the same")


def strangers(checks, dev, victim, rng):
    endpoint, host, port = victim.node["endpoint"], "127.0.0.1", int(victim.node["endpoint"].rsplit(":", 1)[1])
    before = victim.counters()
    plain = Socket(endpoint, wait_ms=700)
    plain.send(link_pb.Frame(session=1).SerializeToString())
    checks.equal(plain.receive(), None, "plaintext is not answered")
    plain.close()
    parent_key = invited_key(dev)
    keys, f = Keys(), link_pb.Frame()
    f.call.nonce = os.urandom(32)
    unknown = Socket(endpoint, parent_key, keys.link, keys.link_secret, 700)
    unknown.send(f.SerializeToString())
    checks.equal(unknown.receive(), None, "an unknown key is not answered")
    unknown.close()
    counted(checks, victim, before, ("link_zap_denied",), "an unknown key")
    wrong_server = Socket(endpoint, keys.link, keys.link, keys.link_secret, 700)
    wrong_server.send(f.SerializeToString())
    checks.equal(wrong_server.receive(), None, "a dialler that takes it for another is not answered")
    wrong_server.close()
    for data in (b"", b"GET / HTTP/1.1\r\n\r\n", bytes(rng.randrange(256) for _ in range(5000)), b"\xff" * 100_000,
                 b"\xff\0\0\0\0\0\0\0\x01\x7f\x03\x00CURVE" + bytes(44), b"\xff\0\0\0\0\0\0\0\x01\x7f" + b"\x02\xff" * 2000):
        with socket.create_connection((host, port)) as s:
            s.settimeout(0.3)
            try:
                s.sendall(data)
                s.recv(1000)
            except OSError:
                pass
    idle = [socket.create_connection((host, port)) for _ in range(100)]
    goes_on(checks, dev, victim, "strangers' bytes, beside 100 silent connections")
    for s in idle:
        s.close()


def invited_key(dev):
    return token_parts(invite(dev, COUNTY + "/nobody"))[1]


def truth(checks, dev, n, what, again=False):
    """A true matter of the enrolled child arrives at the county and at the top."""
    title = f"true {random.randrange(1 << 40)}"
    n.deliver(n.seal([n.opened(title)]), again=again)
    for path in (COUNTY, CITY):
        ok = wait_until(lambda p=path: any(i["title"] == title for i in dev.api(p).all_matters(source="neighbour")), 10, 0.2)
        checks.check(ok, f"{what}: a true matter of the same child arrives at {path}")


def no_lie_is_known(checks, dev, what):
    for path in (COUNTY, CITY):
        lies = [i["title"] for i in dev.api(path).all_matters(source="neighbour") if i["title"].startswith("lie")]
        checks.check(not lies, f"{what}: no lie is known at {path}", lies)


def nested(depth):
    data = b""
    for _ in range(depth):
        n, length = len(data), b""
        while n > 127:
            length += bytes([n & 127 | 128])
            n >>= 7
        data = b"\x82\x01" + length + bytes([n]) + data
    return data


def frames(checks, dev, victim, n, rng):
    """Frames that are none; the session may end, another one must be possible."""
    for what, data in (("an empty frame", b""), ("random bytes", bytes(rng.randrange(256) for _ in range(3000))),
                       ("a frame of 120 KiB of zeros", bytes(120 * 1024)), ("34 KB of nesting", nested(6000)),
                       ("a frame above the bound", bytes(200 * 1024)),
                       ("a swollen answer", answer_of(20000)), ("a frame of another session", b"\x08\x01\x5a\x00")):
        pid_before = pss_mb(victim.node["pid"])
        before = victim.counters()
        n.socket.send(data)
        time.sleep(0.2)
        checks.check(victim.api.healthy(), f"{what}: the county goes on")
        grown = pss_mb(victim.node["pid"]) - pid_before
        checks.check(grown < 16, f"{what}: its memory does not swell", f"{grown:.1f} MB")
        if what == "random bytes":
            counted = wait_until(lambda b=before: victim.grew(b, "link_frames_bad", "link_frames_unknown"), 10, 0.2)
            checks.check(counted, f"{what}: they are counted as refused or as nobody's", victim.counters())
        try:
            n.deliver(b"", session=12345, again=True)
            n.beat()
        except OSError:
            pass
    n.close()
    greeting = n.open()
    checks.check(greeting.DESCRIPTOR.name == "Greeting", "another handshake after bad frames", greeting)


def answer_of(count):
    """Many empty certificates: 2 bytes on the wire, many more in memory."""
    chain = b"\x0a\x00" * count
    length = lambda n: bytes([n & 127 | 128, n >> 7 & 127 | 128, n >> 14])
    inner = b"\x12" + length(len(chain)) + chain
    return b"\x4a" + length(len(inner)) + inner


def lies(checks, dev, victim, n, plant):
    """Parcels that do not stop the chain: after each a true one passes, in the same place or the next."""
    other = victim.api.node()["node_id"]
    lie = lambda **face: n.opened("lie " + str(n.counter), **face)
    good = n.seal([lie()], keep=False)
    altered = parcel_pb.Parcel.FromString(good)
    altered.events[0] = altered.events[0].replace(b"lie", b"lye")
    cases = [
        ("forged: signed with another key", n.seal([lie()], keys=Keys(), keep=False), ("refused_signature",)),
        ("altered after it was sealed", altered.SerializeToString(), ("refused_malformed", "refused_signature")),
        ("another event count", n.seal([lie()], keep=False, count=7), ("refused_malformed",)),
        ("of another tree", n.seal([lie()], keep=False, tree=os.urandom(16)), ("refused_malformed", "refused_scope")),
        ("in another lane than its own", n.seal([lie()], keep=False, lane=1), ("refused_malformed",)),
        ("a certificate of nobody", n.seal([lie()], keep=False, certificate=os.urandom(32)), ("refused_unknown_key",)),
        ("a gap in its chain", n.seal([lie()], keep=False, seq=900), ("refused_gap",)),
        ("bytes that are no parcel", os.urandom(2000), ("refused_malformed",)),
        ("an unknown field behind it", good + b"\xfa\x07\x03lie", ("refused_malformed",)),
        ("1,500 events", n.seal([b"lie"] * 1500, keep=False), ("refused_malformed",)),
        ("70 KB", n.seal([n.opened("lie", text="x" * 15000) for _ in range(5)], keep=False), ("refused_malformed", "link_frames_bad")),
        ("seq 0", n.seal([lie()], keep=False, seq=0), ("refused_malformed", "refused_fork", "refused_gap")),
    ]
    if plant:
        cases = [(what, n.seal([n.opened("true")], keep=True) if i == 0 else bytes_, names)
                 for i, (what, bytes_, names) in enumerate(cases[:1])]
    for what, parcel, names in cases:
        before = victim.counters()
        n.deliver(parcel)
        counted(checks, victim, before, names, what)
        truth(checks, dev, n, what, again=True)
        no_lie_is_known(checks, dev, what)
    if plant:
        return
    for what, header, origin in (
            ("in the name of another node", {"origin": os.urandom(16)}, None),
            ("for its own subtree through the parent", {"scope": SUBTREE}, None),
            ("to a node that is nowhere, in another's name", {"scope": NODE, "to": os.urandom(16), "origin": os.urandom(16)}, None)):
        before = victim.counters()
        n.deliver(n.seal([lie()], keep=False, **header))
        counted(checks, victim, before, ("refused_scope", "refused_unknown_key", "refused_malformed"), what)
        no_lie_is_known(checks, dev, what)
        truth(checks, dev, n, what)
    replayed(checks, dev, victim, n)
    checks.check(other, "the county says its node id")


def replayed(checks, dev, victim, n):
    parcel = n.seal([n.opened("true and once")])
    n.deliver(parcel)
    ok = wait_until(lambda: any(i["title"] == "true and once" for i in dev.api(CITY).all_matters(source="neighbour")), 10, 0.2)
    checks.check(ok, "replayed: the first time it is taken")
    before, known = victim.counters(), victim.api.get("/api/v1/board", by="source").json["total"]["opened"]
    n.deliver(parcel)
    counted(checks, victim, before, ("duplicates",), "replayed in a new place")
    n.deliver(parcel, again=True)
    checks.equal(victim.api.get("/api/v1/board", by="source").json["total"]["opened"], known, "a replayed parcel counts once")
    truth(checks, dev, n, "replayed")


def speaks_for_another(checks, dev, victim, n):
    """Signed well, saying what it may not: its chain stops at the county, nobody else's does."""
    e = n.opened("lie in another's name")
    e.origin = os.urandom(16)
    before = victim.counters()
    n.deliver(n.seal([e]))
    counted(checks, victim, before, ("refused_malformed", "refused_scope"), "an event in another's name, signed well")
    before = victim.counters()
    n.deliver(n.seal([n.opened("lie that follows")]))
    counted(checks, victim, before, ("refused_closed", "refused_revoked", "refused_malformed", "refused_scope"), "what follows it in its chain")
    no_lie_is_known(checks, dev, "an event in another's name")


def dials(checks, dev, keys, what):
    """A key that a liar made somebody of is a stranger's to its victim."""
    f = link_pb.Frame()
    f.call.nonce = os.urandom(32)
    s = Socket(dev.node(COUNTY)["endpoint"], invited_key(dev), keys.link, keys.link_secret, 500)
    s.send(f.SerializeToString())
    checks.equal(s.receive(), None, f"{what}: the key is not answered")
    s.close()


def claims(checks, dev, victim):
    """Certificates of ids that are others': the county's own, its child's; and a child in the county's name (C0)."""
    n = newcomer(checks, dev, DAM)
    checks.undo(n.close)
    truth(checks, dev, n, "before it claims")
    community, county = bytes_of(dev.api(COMMUNITY).node()["node_id"]), n.parent.node

    def nodes(at=None):
        at = at or victim.api.get("/api/v1/tree").json
        return [at["path"]] + [path for child in at.get("children", []) for path in nodes(child)]
    before_all = nodes()
    parents = trust_pb.CertificateBody.FromString(n.chain.certificates[1].body)
    for what, wrong in (("a sibling's id below itself", {"node": community}),
                        ("its parent's id below itself", {"node": county, "salt": parents.salt}),
                        ("a child in its parent's name", {"issuer": county, "issuer_certificate": n.certificate.issuer_certificate})):
        keys = Keys()
        certificate = n.certify(DAM + "/stolen", keys, **wrong)
        before = victim.counters()
        n.teach(certificate)
        counted(checks, victim, before, ("refused_unknown_key",), f"{what}, as an answer")
        truth(checks, dev, n, what, again=True)
        dials(checks, dev, keys, what)
    before = victim.counters()
    n.deliver(n.seal([n.enrolled(n.certify(DAM + "/stolen", Keys(), node=community))], lane=1), lane=1)
    counted(checks, victim, before, ("refused_malformed",), "a sibling's id, as an event")
    truth(checks, dev, n, "in its other lane")
    checks.equal(nodes(), before_all, "after all claims the county knows the same nodes")
    checks.check("id does not belong to" in victim.log(), "a false certificate is told in the log")
    goes_on(checks, dev, victim, "claims of others' ids")


def stands(checks, matter, holder, what, at=(COMMUNITY, COUNTY, CITY)):
    """On every level the matter is whose it was, nobody has acted on it, and there is no second holder."""
    for path, api in at:
        found = api.matter(matter)
        checks.equal((found["holder"], found["state"], found["version"]), (holder, "open", 1), f"{what}: whose it is, at {path}")


def seizures(checks, dev, victim, table):
    """K8: who knows a matter's face shows it as his own, by every event that bears a snapshot or a hand-over."""
    api = dev.api(COMMUNITY)
    community = bytes_of(api.node()["node_id"])
    everywhere = [(path, dev.api(path)) for path in (COMMUNITY, COUNTY, CITY)]

    def known():
        """A true matter, and its face as whoever passes it on has read it."""
        matter = api.post("/api/v1/matters?ack=top&wait=20", small.new()).json["id"]
        proof = proof_pb.Proof.FromString(api.get(f"/api/v1/matters/{matter}/proof").body.split(b"\n", 1)[1])
        opened = matter_pb.Event.FromString(proof.parcels[0].events[0].event)
        return matter, opened.opened.face

    def snapshot(n, face, **more):
        mine = matter_pb.Face.FromString(face.SerializeToString())
        mine.holder, mine.holder_path = n.certificate.node, n.path
        mine.custody, mine.version, mine.updated_us = 5, 10, int(time.time() * 1e6)
        mine.members.append(n.certificate.node)
        for name, value in more.items():
            setattr(mine, name, value)
        return mine

    def event(n, matter, version=10, custody=5):
        e = n.event(matter=bytes_of(matter), version=version)
        e.custody = custody
        return e

    def by_sort(n, matter, face):
        e = event(n, matter)
        e.sorted.category, e.sorted.urgency = "Lie", 3
        e.sorted.face.CopyFrom(snapshot(n, face, urgency=3, state=2, category="Lie"))
        return e

    def by_offer(n, matter, face):
        e = event(n, matter)
        e.offered.number, e.offered.to, e.offered.to_path = 2, victim_id, COUNTY
        e.offered.kind, e.offered.reason = 1, "lie"
        mine = snapshot(n, face, top_number=2)
        mine.offer.number, mine.offer.to, mine.offer.to_path, mine.offer.kind = 2, victim_id, COUNTY, 1
        e.offered.face.CopyFrom(mine)
        return e

    def by_acceptance(n, matter, face):
        e = event(n, matter, version=3, custody=2)
        e.accepted.number, e.accepted.offer, e.accepted.path = 2, community + os.urandom(12), n.path
        return e

    def by_closing(n, matter, face):
        e = event(n, matter, version=2, custody=1)
        e.closed.result = "lie"
        return e

    victim_id = bytes_of(victim.api.node()["node_id"])
    cases = [("a matter that it closes for another", by_closing), ("seized by a snapshot of a rise", by_sort),
             ("seized by a snapshot of an offer", by_offer), ("accepted by whom it was not offered", by_acceptance)]
    for i, (what, make) in enumerate(cases):
        n = newcomer(checks, dev, f"{COUNTY}/seizer{i}")
        matter, face = known()
        before = table.journal_mb()
        n.deliver(n.seal([make(n, matter, face)]))
        table.attack("L1", what, "1", journal_mb=before)  # reports pass meanwhile: it has come
        stands(checks, matter, COMMUNITY, what, everywhere)
        done = api.step(matter, "progress", {"note": "its holder goes on"})
        checks.equal(done.status, 200, f"{what}: its holder acts on it")
        arrived = small.seen(dev.api(CITY), matter, lambda m: m["version"] == 2)
        checks.check(arrived and arrived["holder"] == COMMUNITY, f"{what}: and the top hears of that", arrived)
        n.close()
    n = newcomer(checks, dev, f"{COUNTY}/seizer")
    _, face = known()
    invented = face.id[:6] + os.urandom(10)
    face.id = invented
    e = n.event(matter=invented, version=10)
    e.custody = 5
    e.sorted.category, e.sorted.urgency = "Lie", 3
    e.sorted.face.CopyFrom(snapshot(n, face, urgency=3, state=2, category="Lie"))
    n.deliver(n.seal([e]))
    table.attack("L1", "a snapshot of a matter that nobody opened", "1")
    for path, at in everywhere[1:]:
        found = [m for m in at.all_matters(category="Lie") if m["holder"].startswith(f"{COUNTY}/seizer")]
        checks.check(not found, f"a snapshot of what nobody opened is not believed at {path}", found)
    n.close()


def faces(checks, dev, victim, table):
    """Its own matters name places that are others', and numbers beyond all bounds (L4): each is refused, and nobody counts it."""
    cases = [("a face in another county", {"area": WEST}), ("a face held in another county", {"holder_path": WEST}),
             ("a face above itself", {"area": CITY}), ("a deadline at the end of time", {"deadline_us": 2**63 - 1}),
             ("opened at the end of time", {"opened_us": 2**63 - 1}), ("an urgency beyond all", {"urgency": 4000000000}),
             ("a state that is none", {"state": 77}), ("a version beyond all counting", {"version": 2**64 - 1}),
             ("a custody beyond all counting", {"custody": 2**53})]
    city = dev.api(CITY)
    west = city.get("/api/v1/board", area=WEST).json["total"]["opened"]
    for i, (what, wrong) in enumerate(cases):
        n = newcomer(checks, dev, f"{COUNTY}/face{i}")
        before, journal = victim.counters(), table.journal_mb()
        n.deliver(n.seal([n.opened("lie of a face", **wrong)]))
        counted(checks, victim, before, ("refused_malformed", "conflicts"), what)  # a conflict: it lies there, without effect
        table.attack("L4", what, "1", journal_mb=journal)
        n.close()
    no_lie_is_known(checks, dev, "faces that lie")
    checks.equal(city.get("/api/v1/board", area=WEST).json["total"]["opened"], west, "nobody's lies are another county's figures")


def forked(checks, dev, victim, n):
    before = victim.counters()
    state = dict(n.heads)
    n.deliver(n.seal([n.opened("true, before the fork")]))
    time.sleep(0.5)
    n.heads = state
    n.deliver(n.seal([n.opened("lie: the other side of the fork")]))
    counted(checks, victim, before, ("refused_fork",), "a fork")
    no_lie_is_known(checks, dev, "a fork")
    checks.check("claim one place" in victim.log(), "a fork is told in the log")


def revoked(checks, dev, victim, n):
    done = dev.cli.run("revoke", WEIR, "--reason", "it lies", "--kind", "compromised", "--dir", victim.node["dir"])
    if not checks.check(done.returncode == 0, "revoke", done.stderr):
        return
    before = victim.counters()
    n.deliver(n.seal([n.opened("lie after the revocation")]))
    time.sleep(0.5)
    n.close()
    try:
        said = n.open()
        checks.check(said.DESCRIPTOR.name == "Refuse", "a revoked node's handshake is refused", said)
    except OSError:
        checks.check(victim.api.healthy(), "a revoked node is not answered, and the county is there")
    counted(checks, victim, before, ("refused_revoked", "link_zap_denied", "link_frames_unknown", "link_farewells"), "a revoked node")
    no_lie_is_known(checks, dev, "a revocation")


def leaps(checks, dev, victim, table):
    """Its own matter, offered to the county with numbers that leave nothing to count on from (E7)."""
    county, known = victim.node["pid"], bytes_of(victim.api.node()["node_id"])
    for i, (what, version, number) in enumerate((("offered at the last version", 2**64 - 1, 2), ("offered by the last number", 2, 2**64 - 1),
                                                 ("offered at the last number of JSON", 2, 2**53 - 1))):
        n = newcomer(checks, dev, f"{COUNTY}/leap{i}")
        first = n.opened("a leap")
        e = n.event(matter=first.matter, version=version)
        e.offered.number, e.offered.to, e.offered.to_path, e.offered.kind, e.offered.reason = number, known, COUNTY, 1, "lie"
        f = e.offered.face
        f.CopyFrom(first.opened.face)
        f.version, f.top_number, f.updated_us = version, number, e.at_us
        f.members.append(known)
        f.offer.number, f.offer.to, f.offer.to_path, f.offer.kind, f.offer.since_us, f.offer.reason = number, known, COUNTY, 1, e.at_us, "lie"
        f.offer.event = e.origin + e.incarnation.to_bytes(4, "big") + e.counter.to_bytes(8, "big")
        n.deliver(n.seal([first]))
        before = victim.counters()
        n.deliver(n.seal([e]))
        counted(checks, victim, before, ("refused_malformed", "conflicts"), what)
        table.attack("L4", what, "1")
        checks.equal(dev.node(COUNTY)["pid"], county, f"{what}: the county's process is the same")
        rows = [m for m in victim.api.all_matters(source="neighbour") if m["title"] == "a leap"]
        checks.check(rows and all(m["version"] < 2**53 - 1 and m["holder"] != COUNTY and not m.get("offered") for m in rows),
                     f"{what}: it is known, and not taken over", rows)
        n.close()


def floods(checks, dev, table, seconds):
    for i, (line, what, say) in enumerate(attacks.FLOODS if seconds else []):
        n = Neighbour(invite(dev, f"{COUNTY}/flood{i}"))
        n.join()
        attacks.flood(checks, table, n, line, what, say, seconds)


def elsewhere(checks, args, table):
    """The programs whose attacks need nodes of their own, one after the other; what they print is theirs."""
    here = pathlib.Path(__file__).resolve().parent
    for line, what, program in ELSEWHERE:
        began = time.monotonic()
        done = subprocess.run([here / program, "--qipan", args.qipan], capture_output=True, text=True)
        print(f"---- {program}\n{done.stdout}", flush=True)
        last = (done.stdout.strip().splitlines() or ["said nothing"])[-1]
        table.note(line, what, f"{program}: {last} in {time.monotonic() - began:.0f} s")
        checks.equal(done.returncode, 0, f"{program}: {what}")


def main():
    p = options(__doc__, 3600)
    p.add_argument("--seed", type=int, default=None)
    p.add_argument("--plant", action="store_true", help="the first lie is true: this program must fail")
    p.add_argument("--seconds", type=float, default=0, help="each flood for so long (default: none)")
    p.add_argument("--all", action="store_true", help="floods of 10 seconds, and the programs of the other attacks")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        seed = args.seed if args.seed is not None else random.randrange(1 << 32)
        print(f"--seed {seed}")
        rng = random.Random(seed)
        folder = scratch(checks, args, "hostile")
        dev = small.start(checks, args, folder)
        victim = Victim(dev)
        table = attacks.Table(victim, dev.api(COMMUNITY))
        strangers(checks, dev, victim, rng)
        told = wait_until(lambda: "their key is not enrolled here" in victim.log(), 5, 0.2)
        checks.check(told, "strangers are told in the log")
        table.attack("", "strangers, and 100 silent connections", "109")
        checks.say("strangers: done")
        n = newcomer(checks, dev, MILL)
        checks.undo(n.close)
        truth(checks, dev, n, "to begin with")
        lies(checks, dev, victim, n, args.plant)
        if args.plant:  # what comes after a lie that is none only fails more slowly
            return
        checks.say("parcels that are lies: done")
        table.attack("L", "parcels that are lies", "16")
        frames(checks, dev, victim, n, rng)
        goes_on(checks, dev, victim, "bad frames")
        table.attack("L", "frames that are none", "7")
        forked(checks, dev, victim, n)
        table.attack("A1", "a fork", "1")
        claims(checks, dev, victim)
        table.attack("L2", "certificates of others' ids", "4")
        checks.say("claims of others' ids: done")
        seizures(checks, dev, victim, table)
        checks.say("seizures: done")
        faces(checks, dev, victim, table)
        leaps(checks, dev, victim, table)
        checks.say("faces that lie: done")
        other = newcomer(checks, dev, WEIR)
        checks.undo(other.close)
        truth(checks, dev, other, "a second child")
        speaks_for_another(checks, dev, victim, other)
        table.attack("L6", "in another's name, signed well", "2")
        revoked(checks, dev, victim, other)
        goes_on(checks, dev, victim, "all of it")
        checks.check("refused parcel" in victim.log(), "the log tells of refused parcels")
        floods(checks, dev, table, 10 if args.all else args.seconds)
        table.over()
        if args.all:
            elsewhere(checks, args, table)
        table.show()
        print({k: int(v) for k, v in victim.counters().items() if k.startswith(("refused", "link_zap", "duplicates")) and v})

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
