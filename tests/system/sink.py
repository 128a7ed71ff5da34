#!/usr/bin/python3
"""`qipan sink`: a node's journal copied into files and into PostgreSQL, while the sink, the database and the node are killed.

One node takes reports and steps all the time. Afterwards each copy is compared with one made anew from zero: 0 missing, 0 double.
PostgreSQL is Debian's 15, a cluster of its own in a temporary folder (as the user postgres where this runs as root).

    sink.py [--kills N]     N kills of the sink, and a quarter as many of the database (8)
    sink.py --refused       gaps, refusals of the database, its own old lock, who only looks: nothing is written
    sink.py --plant double  a mistake that must be seen: a line of the copy is there twice
"""

import http.server
import json
import os
import pathlib
import pwd
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from lib.check import Checks, wait_until
from lib.client import Api
from lib.tree import Cli, end, free_ports, options, scratch, wait_still

POSTGRES = pathlib.Path("/usr/lib/postgresql/15/bin")
SECRET = "Zhang San 13900001111"


class Node:
    def __init__(self, checks, args, folder):
        self.cli, self.checks, self.dir, self.log = Cli(args.qipan), checks, folder / "node", folder / "node.log"
        self.url = f"http://127.0.0.1:{free_ports(1)}"
        done = self.cli.run("init", "--path", "qicheng", "--title", "棋城", "--level", "city", "--zone", "Asia/Shanghai", "--http", self.url[7:], "--link", "", "--dir", self.dir)
        checks.check(done.returncode == 0, "init", done.stderr)

    def start(self):
        self.process = self.cli.start("serve", "--dir", self.dir, log=self.log)
        self.checks.undo(lambda p=self.process: end(p))
        self.checks.check(wait_until(lambda: Api(self.url).healthy(), 20), "the node serves", self.log.read_text()[-500:])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def api(self):
        return Api(self.url, (self.dir / "cli-token").read_text().strip())


class Load(threading.Thread):
    """Reports and steps, batch after batch, until it is stopped; what a dead node did not answer is sent again by its key."""

    def __init__(self, node, rows, most=10**9):
        super().__init__(daemon=True)
        self.node, self.rows, self.most, self.sent, self.over = node, rows, most, 0, threading.Event()

    def batch(self, first):
        lines = [{"key": f"m{n}", "category": f"c{n % 7}", "title": SECRET, "text": SECRET, "source": "12345", "source_ref": f"R{n}", "place": SECRET,
                  "location": {"lat": 33.6, "lon": 116.9}} for n in range(first, first + self.rows)]
        api = self.node.api()
        answer = api.call("POST", "/api/v1/matters:batch", "\n".join(map(json.dumps, lines)).encode(), {"Content-Type": "application/x-ndjson"})
        ids = [line.get("id") for line in answer.lines()]
        steps = []
        for n, i in enumerate(ids):
            steps.append({"id": i, "step": "assign", "key": "a", "desk": f"d{n % 3}"})
            if n % 2:
                steps.append({"id": i, "step": "close", "key": "c", "result": SECRET, "note": SECRET})
        api.call("POST", "/api/v1/matters:batch", "\n".join(map(json.dumps, steps)).encode(), {"Content-Type": "application/x-ndjson"}).lines()
        return all(ids)

    def run(self):
        while not self.over.is_set() and self.sent < self.most:
            try:
                if self.batch(self.sent):
                    self.sent += self.rows
            except (OSError, ValueError):
                pass
            time.sleep(0.05)

    def stop(self):
        self.over.set()
        self.join(30)


def sink(node, what, target, *more, check=None):
    done = node.cli.run("sink", what, target, "--dir", node.dir, "--json", *more, seconds=60)
    if check is not None and done.returncode:
        check.check(False, f"sink {what}", done.stderr)
    return done


def feed(checks, node):
    """What the call itself says."""
    api = node.api()
    lines = [json.loads(x) for x in api.get("/api/v1/feed").body.splitlines()]
    records = [x for x in lines if "record" in x]
    checks.equal([x["record"] for x in records], list(range(1, len(records) + 1)), "records one after the other")
    checks.check(lines[0]["feed"] == "qicheng" and lines[-1]["end"] == len(records), "a head line and an end")
    checks.check(SECRET not in json.dumps(lines, ensure_ascii=False), "no words of people")
    checks.equal({x["matter"]["result"] for x in lines if (x.get("matter") or {}).get("closed_at")}, {"said"}, "of a result only that there is one")
    first = next(x for x in lines if x.get("type") == "opened")
    checks.equal([first["county"], first["matter"]["county"], first["matter"]["category"][0]], ["qicheng", "qicheng", "c"], "an event's line")
    mark = records[1]
    after = api.get("/api/v1/feed", after=mark["record"], hash=mark["hash"], limit=2)
    checks.equal([json.loads(x)["record"] for x in after.body.splitlines() if b'"record"' in x], [3, 4], "behind a mark")
    for query, status in (({"after": 2}, 400), ({"after": 2, "hash": "0" * 64}, 409), ({"after": 10**9, "hash": mark["hash"]}, 409), ({"after": "x"}, 400), ({"limit": 0}, 400)):
        checks.equal(api.get("/api/v1/feed", **query).status, status, f"the feed with {query}")
    checks.equal(api.with_token(None).get("/api/v1/feed").status, 401, "not without a token")


def holds_folder(folder):
    """Whether some process holds the folder's lock. It is looked up, not tried: who tries it may have it when the sink asks, which ends then."""
    lock = folder / "lock"
    return lock.exists() and f":{lock.stat().st_ino} " in pathlib.Path("/proc/locks").read_text()


def holds_database(db, name):
    return db.ask(name, "SELECT count(*) FROM pg_locks l, qipan.mark m WHERE l.locktype = 'advisory' AND l.granted "
                        "AND (l.classid::bigint << 32 | l.objid::bigint) = hashtextextended('qipan sink ' || m.node, 0)") != ["0"]


# ---- files ----


def lines_of(folder):
    return [json.loads(x) for x in (folder / "events.ndjson").read_text().splitlines()]


def events_of(folder):
    """Who said what, in order; rows are as they were read, and are compared by their last."""
    found = [x for x in lines_of(folder) if "mark" not in x]
    last = {x["matter"]: x["row"] for x in found if x["row"]}
    return [tuple(x[k] for k in ("county", "node", "incarnation", "counter", "matter", "type", "at", "position")) for x in found], last


def killing(node, target, kills, also=None):
    """The sink runs, and is killed in the middle of whatever it does."""
    for n in range(kills):
        process = node.cli.start("sink", "run", target, "--dir", node.dir, "--records", random.choice([1, 7, 50]), log=node.log)
        time.sleep(random.uniform(0.02, 0.35))
        if also is not None and n % 4 == 3:
            also()
        process.kill()
        process.wait()


def same_files(checks, node, copy, fresh, plant):
    wait_still(lambda: node.api().node()["journal"]["head"], 20)
    sink(node, "run", copy, "--once", check=checks)
    sink(node, "run", fresh, "--once", check=checks)
    if plant == "double":
        lines = (copy / "events.ndjson").read_text().splitlines(keepends=True)
        (copy / "events.ndjson").write_text("".join([next(x for x in lines if "mark" not in x), *lines]))
    (one, rows), (two, new) = events_of(copy), events_of(fresh)
    checks.equal((len(set(two) - set(one)), len(one) - len(set(one))), (0, 0), f"missing and double of {len(two)} events after the kills")
    checks.check(one == two, "the copy's events equal those of one made anew, in their order")
    checks.check(rows == new, "and so does the last row of each matter")
    return len(two)


def files(checks, node, folder, kills, plant):
    copy, fresh = folder / "copy", folder / "fresh"
    load = Load(node, 40)
    load.start()
    killing(node, copy, kills)
    node.kill()
    node.start()
    killing(node, copy, 2)
    load.stop()
    n = same_files(checks, node, copy, fresh, plant)
    if plant:
        return
    with open(copy / "events.ndjson", "a") as f:
        f.write('{"county":"torn')
    checks.equal(json.loads(sink(node, "test", copy).stdout)["state"], "whole", "a torn end is cut off")
    running = node.cli.start("sink", "run", copy, "--dir", node.dir, log=node.log)
    checks.check(wait_until(lambda: holds_folder(copy), 20), "the sink has the folder's lock")
    second = sink(node, "run", copy, "--once")
    checks.check(second.returncode != 0 and b"another process" in second.stderr, "a second writer is refused", second.stderr)
    checks.equal(end(running), 0, "SIGTERM ends it well")
    text = (copy / "events.ndjson").read_text()
    checks.check(SECRET.split()[0] not in text, "no person in the copy")
    checks.say(f"files: {n} events")


def not_ours(checks, node, folder):
    """Who only looks writes nothing, also into somebody else's folder, and is answered beside the one who writes."""
    other = folder / "other"
    other.mkdir()
    (other / "events.ndjson").write_text('{"id": 1}\n' * 3)
    for what in ("list", "test", "run", "replay"):
        done = sink(node, what, other, *(["--once"] if what == "run" else []))
        checks.check(done.returncode == 4 and b"something else" in done.stderr, f"sink {what}: another program's file is told", done.stderr)
        checks.equal((other / "events.ndjson").read_text(), '{"id": 1}\n' * 3, f"and is untouched by {what}")
    told = json.loads(sink(node, "list", folder / "none").stdout)
    checks.equal((told["position"], told["state"], (folder / "none").exists()), (0, "behind", False), "what is not there is not made by looking")
    running = node.cli.start("sink", "run", folder / "fresh", "--dir", node.dir, log=node.log)
    checks.check(wait_until(lambda: holds_folder(folder / "fresh"), 20), "the sink writes")
    checks.equal(sink(node, "run", folder / "fresh", "--once").returncode, 4, "and alone")
    checks.equal(sink(node, "list", folder / "fresh").returncode, 0, "and is looked at meanwhile")
    end(running)


class Holed(http.server.BaseHTTPRequestHandler):
    """The node, but for one record of its feed."""

    def do_GET(self):
        answer = self.server.api.get(self.path)
        lines = answer.body.splitlines(keepends=True)
        n = self.server.missing
        body = b"".join(x for x in lines if (json.loads(x).get("record") or json.loads(x).get("position")) != n)
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def gap(checks, node, target, held):
    """A record that is left out ends it at once, and nothing of the answer is written."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Holed)
    server.api, server.missing = node.api(), 5
    threading.Thread(target=server.serve_forever, daemon=True).start()
    checks.undo(server.shutdown)
    done = sink(node, "run", target, "--once", "--node", f"http://127.0.0.1:{server.server_port}")
    checks.check(done.returncode == 4 and b"a gap" in done.stderr and b"replay" in done.stderr, "a gap is told, and what to do", (done.returncode, done.stderr))
    checks.equal(held(), 0, "and nothing of it was written")


# ---- PostgreSQL ----


class Database:
    """A cluster of its own on a socket in its folder."""

    def __init__(self, checks):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="qipan-pg-"))
        checks.undo(lambda: shutil.rmtree(self.folder, ignore_errors=True))
        self.user = "postgres" if os.getuid() == 0 else None
        if self.user:
            os.chown(self.folder, pwd.getpwnam(self.user).pw_uid, -1)
        self.data = self.folder / "data"
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")
        self.process = None
        checks.undo(self.stop)
        self.start()

    def run(self, program, *words, **more):
        done = subprocess.run([POSTGRES / program, *map(str, words)], capture_output=True, user=self.user, cwd=self.folder, timeout=60, **more)
        if done.returncode:
            raise OSError(f"{program}: {done.stderr.decode()}")
        return done.stdout.decode()

    def start(self):
        self.process = subprocess.Popen([POSTGRES / "postgres", "-D", self.data, "-c", "listen_addresses=", "-c", f"unix_socket_directories={self.folder}",
                                         "-c", "fsync=off"],  # its process is killed, not the machine: what it wrote is there
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open(self.folder / "log", "ab"), user=self.user, cwd=self.folder)
        wait_until(lambda: subprocess.run([POSTGRES / "pg_isready", "-q", "-h", self.folder]).returncode == 0, 20)

    def crash(self):
        """At once, without writing what it holds; its journal is replayed."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(30)
        self.start()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(30)

    def url(self, name):
        return f"postgresql:///{name}?host={self.folder}&user=postgres"

    def ask(self, name, sql):
        return self.run("psql", "-h", self.folder, "-U", "postgres", "-d", name, "-At", "-F", "|", "-c", sql).splitlines()


def tables(db, name):
    return {t: db.ask(name, f"SELECT count(*), md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text COLLATE \"C\"), '')) FROM qipan.{t} t")[0] for t in ("event", "matter")}


def schema(checks, db):
    keys = db.ask("copy", "SELECT c.relname || '.' || i.relname || ':' || a.attname FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid "
                          "JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0] WHERE n.nspname = 'qipan'")
    checks.check(len(keys) >= 7 and all(k.endswith(":county") for k in keys), "every key and index begins with the county", keys)
    bare = db.ask("copy", "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'qipan' AND relkind = 'r' AND NOT EXISTS "
                          "(SELECT 1 FROM pg_index WHERE indrelid = c.oid AND indisprimary)")
    checks.equal(bare, [], "every table has a key")
    for view in ("open_now", "by_day", "by_category", "by_desk", "visits", "steps_by_hour"):
        checks.check(db.ask("copy", f"SELECT count(*) FROM qipan.{view} WHERE county = 'qicheng'")[0] != "0", f"the view {view} answers")


def refusals(checks, db, node):
    """What a database refuses ends it with the sentence; another encoding there changes no character."""
    db.run("createdb", "-h", db.folder, "-U", "postgres", "-E", "EUC_CN", "-T", "template0", "--locale=C", "cn")
    node.api().post("/api/v1/matters", {"category": "噪音扰民", "title": "t", "source": "电话"})
    db.run("createdb", "-h", db.folder, "-U", "postgres", "utf")
    for name in ("cn", "utf"):
        sink(node, "run", db.url(name), "--once", check=checks)
    both = [db.ask(name, "SET client_encoding = 'UTF8'; SELECT category, source, count(*) FROM qipan.matter GROUP BY 1, 2 ORDER BY 3, 1")[1:] for name in ("cn", "utf")]
    checks.equal(both[0], both[1], "a database of another encoding has the same words")
    checks.check("噪音扰民|电话|1" in both[1], "and these are right", both[1][:3])
    db.ask("cn", "CREATE ROLE weak LOGIN; GRANT USAGE ON SCHEMA qipan TO weak; GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA qipan TO weak")
    node.api().post("/api/v1/matters", {"category": "c", "title": "t", "source": "x"})
    before, began = tables(db, "cn"), time.monotonic()
    done = sink(node, "run", db.url("cn").replace("user=postgres", "user=weak"))
    checks.check(done.returncode not in (0, 6) and b"permission denied" in done.stderr, "a right that is missing ends it with the sentence", (done.returncode, done.stderr))
    checks.check(time.monotonic() - began < 5 and tables(db, "cn") == before, "at once, and nothing was written")
    gap(checks, node, db.url("empty"), lambda: int(db.ask("empty", "SELECT count(*) FROM qipan.event")[0]))


def own_lock(checks, db, node, running):
    """Its connection is gone while the server still holds its lock: it waits, and goes on."""
    whose = db.ask("copy", "SELECT node FROM qipan.mark")[0]
    other = subprocess.Popen([POSTGRES / "psql", "-h", db.folder, "-U", "postgres", "-d", "copy", "-c", f"SELECT pg_advisory_lock(hashtextextended('qipan sink {whose}', 0))",
                              "-c", "SELECT pg_sleep(60)"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=db.user, cwd=db.folder)
    mine = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'qipan sink'"
    waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'psql' AND wait_event = 'PgSleep'"
    checks.equal(sink(node, "list", db.url("copy")).returncode, 0, "the database is looked at beside the one who writes")
    checks.check(wait_until(lambda: db.ask("copy", "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'advisory'") == ["1"], 10), "another session waits for its lock")
    db.ask("copy", mine)
    checks.check(wait_until(lambda: db.ask("copy", waits) == ["1"], 15), "which has it, as a dead connection would")
    at = int(db.ask("copy", "SELECT position FROM qipan.mark")[0])
    node.api().post("/api/v1/matters", {"category": "c", "title": "t", "source": "x"})
    asked = node.log.read_text
    checks.check(wait_until(lambda: "another process brings" in asked(), 15), "the sink finds its old lock")
    checks.equal(running.poll(), None, "and waits for it")
    db.ask("copy", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    other.wait()
    checks.check(wait_until(lambda: int(db.ask("copy", "SELECT position FROM qipan.mark")[0]) > at, 15, 0.3), "and goes on when it is free")


def postgres(checks, node, kills, load_rows):
    db = Database(checks)
    db.run("createdb", "-h", db.folder, "-U", "postgres", "copy")
    db.run("createdb", "-h", db.folder, "-U", "postgres", "fresh")
    load = Load(node, 40)
    load.start()
    killing(node, db.url("copy"), kills, also=db.crash)
    running = node.cli.start("sink", "run", db.url("copy"), "--dir", node.dir, log=node.log)

    def position():
        try:
            return int((db.ask("copy", "SELECT position FROM qipan.mark") or ["0"])[0])
        except OSError:
            return 0

    checks.check(wait_until(position, 15, 0.3), "the sink begins")
    db.crash()  # while it runs: it goes on by itself
    node.kill()
    node.start()
    before = position()
    checks.check(wait_until(lambda: position() > before, 15, 0.3), "the sink goes on by itself when database and node are back")
    second = sink(node, "run", db.url("copy"), "--once")
    checks.check(second.returncode != 0 and b"another process" in second.stderr, "a second writer is refused", second.stderr)
    load.stop()
    checks.equal(end(running), 0, "SIGTERM ends it well")
    sink(node, "run", db.url("copy"), "--once", check=checks)
    Load(node, 500, load_rows).run() if load_rows else None
    told = json.loads(sink(node, "run", db.url("fresh"), "--once", check=checks).stdout)
    sink(node, "run", db.url("copy"), "--once", check=checks)
    one, two = tables(db, "copy"), tables(db, "fresh")
    checks.equal(one, two, f"after {kills} kills of the sink and {kills // 4 + 1} of the database the copy equals one made anew: 0 missing, 0 double")
    checks.equal(int(two["event"].split("|")[0]), told["events"], "each event once")
    checks.equal(int(two["matter"].split("|")[0]), len(list(node.api().all_matters())), "as many matters as the node has")
    total = node.api().get("/api/v1/board", by="category").json["total"]
    checks.equal(db.ask("copy", "SELECT sum(open) FROM qipan.open_now"), [str(total["open"])], "the view's open ones are the board's")
    schema(checks, db)
    checks.check(SECRET.split()[0] not in "".join(db.ask("copy", "SELECT t::text FROM qipan.matter t LIMIT 200") + db.ask("copy", "SELECT t::text FROM qipan.event t LIMIT 500")), "no person in the database")
    again = sink(node, "replay", db.url("copy"), check=checks)
    checks.equal((again.returncode, tables(db, "copy")), (0, two), "replayed from zero it is equal")
    db.ask("copy", "UPDATE qipan.mark SET hash = repeat('0', 64)")
    fork = sink(node, "run", db.url("copy"), "--once")
    checks.check(fork.returncode == 4 and b"replay" in fork.stderr, "a fork is noticed, and said what to do", (fork.returncode, fork.stderr))
    checks.equal(tables(db, "copy"), two, "and nothing was written")
    checks.say(f"postgresql: {told['events']} events in {told['seconds']:.2f} s: {told['events_per_s']:.0f} events/s")


def refused(checks, node, folder):
    """What must not happen: something written by looking, over something else, beside a gap, behind a refusal; an end that was none."""
    not_ours(checks, node, folder)
    gap(checks, node, folder / "gap", lambda: (folder / "gap" / "events.ndjson").stat().st_size)
    has = sink(node, "test", "postgresql:///nowhere?host=/nonexistent")
    if b"no libpq" in has.stderr or not (POSTGRES / "initdb").exists():
        checks.check(False, "PostgreSQL 15 and libpq are here (deploy/packages --tests)", has.stderr)
        return
    db = Database(checks)
    for name in ("copy", "empty"):
        db.run("createdb", "-h", db.folder, "-U", "postgres", name)
    sink(node, "run", db.url("copy"), "--once", check=checks)
    running = node.cli.start("sink", "run", db.url("copy"), "--dir", node.dir, log=node.log)
    checks.check(wait_until(lambda: holds_database(db, "copy"), 20), "the sink writes")
    checks.equal(sink(node, "run", db.url("copy"), "--once").returncode, 4, "and alone")
    own_lock(checks, db, node, running)
    checks.equal(end(running), 0, "SIGTERM ends it well")
    refusals(checks, db, node)


def main():
    p = options(__doc__, 110)
    p.add_argument("--kills", type=int, default=8, metavar="N", help="kills of the sink (%(default)s)")
    p.add_argument("--rows", type=int, default=0, metavar="N", help="so many more reports before the rate is measured (%(default)s)")
    p.add_argument("--refused", action="store_true", help="only what must not be written, or not go on, without kills")
    p.add_argument("--plant", choices=["double"])
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=40)

    def body():
        folder = scratch(checks, args, "sink")
        node = Node(checks, args, folder)
        node.start()
        Load(node, 20).batch(10**6)
        if args.refused:
            return refused(checks, node, folder)
        feed(checks, node)
        files(checks, node, folder, args.kills, args.plant)
        nowhere = sink(node, "run", "nowhere", "--once")
        checks.check(nowhere.returncode != 0 and b"target" in nowhere.stderr, "what is no target is named", nowhere.stderr)
        if args.plant:
            return
        has = sink(node, "test", "postgresql:///nowhere?host=/nonexistent")
        if b"no libpq" in has.stderr or not (POSTGRES / "initdb").exists():
            checks.check(False, "PostgreSQL 15 and libpq are here (deploy/packages --tests)", has.stderr)
            return
        postgres(checks, node, args.kills, args.rows)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
