#!/usr/bin/python3
"""Other platforms as they are: an Open311 server that does not page, or pages as it likes, says what a node refuses, closes what
cannot be closed here, drips; files with NULs, in UTF-16, too long, too large, that are none; a webhook whose key is wrong for an hour;
a table whose rows wait; a node that breaks off halfway. Of each: nothing is lost without a word, and what is said is where people look.

One node by itself; the servers are of this program. With words, only the parts of these names; without, those of --waiting or all
others. --plant page: a server whose second page cannot be had, which must be seen.
"""

import gzip
import http.server
import json
import os
import random
import socket
import sys
import threading
import time
import urllib.parse

from intake import Node
from lib.check import Checks, wait_until
from lib.tree import end, options, scratch


class Server(http.server.BaseHTTPRequestHandler):
    """Answers as its server's `answer(query)` says: a status, and a body that is JSON, or bytes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.calls += 1
        url = urllib.parse.urlparse(self.path)
        self.server.asked.append(self.path)
        status, body = self.server.answer(dict(urllib.parse.parse_qsl(url.query)))
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        try:
            self.wfile.write(data)
        except OSError:
            pass  # it has had enough

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((dict(self.headers), json.loads(self.body)))
        self.do_GET()

    def log_message(self, *_):
        pass


def serving(checks, answer):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.answer, server.calls, server.asked, server.posted, server.headers = answer, 0, [], [], {}
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    checks.undo(server.shutdown)
    return server


def request(n, **more):
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(1790000000 + 60 * n))
    return {"service_request_id": f"r{n}", "status": "open", "service_code": "c", "service_name": "lamp", "description": f"d{n}", "requested_datetime": at, "lat": 1, "long": 2, "address": "p", **more}


def poll(node, server, source, *more, seconds=60):
    return node.run("intake", f"http://127.0.0.1:{server.server_port}/v2", "--source", source, "--state", node.dir / f"st-{source}", "--once", *more, seconds=seconds)


def refs(node, source):
    return {m["source_ref"] for m in node.all(source=source)}


# ---- a server that is polled ----


def newest_first(count):
    return [request(n) for n in reversed(range(count))]


def before(rows, query):
    return [r for r in rows if r["requested_datetime"] <= query.get("end_date", "9")[:19] + "Z"]


def pages(checks, node, plant):
    """1,000 requests of a server without pages, of one whose pages are smaller than asked, of one that gives the last page for ever."""
    rows = newest_first(1200)

    def cap(query, size=100):
        first = (int(query["page"]) - 1) * size
        return 200, [] if plant and first >= size else rows[first:first + size]

    def clamp(query):
        first = min(int(query["page"]) - 1, 5) * 200
        return 200, rows[first:first + 200]

    kinds = {"plain": (lambda q: (200, before(rows, q)[:1000]), 12), "cap": (cap, 26), "clamp": (clamp, 18), "small": (lambda q: (200, rows[:7]), 6), "none": (lambda q: (200, []), 1)}
    for name, (answer, most) in kinds.items():
        if plant and name != "cap":
            continue
        server = serving(checks, answer)
        done = poll(node, server, f"o3.{name}")
        wanted = {"small": 7, "none": 0}.get(name, 1200)
        checks.equal((done.returncode, len(refs(node, f"o3.{name}"))), (0, wanted), f"all of a server like `{name}`: {done.stderr[-200:]}")
        checks.check(server.calls <= most, f"and in few calls: `{name}`", server.calls)
        checks.check((node.dir / f"st-o3.{name}" / "mark").exists(), f"its end was seen, so the mark moves: `{name}`")
        if plant:
            return
    deaf = serving(checks, lambda q: (200, rows[:1000]))
    done = poll(node, deaf, "o3.deaf")
    checks.equal((done.returncode, len(refs(node, "o3.deaf"))), (6, 1000), "a server that gives 1,000 and takes neither page nor date: what it gives is here")
    checks.check(b"the mark stays" in done.stderr and not (node.dir / "st-o3.deaf" / "mark").exists(), "and that its end was not seen is said: the mark stays", done.stderr[-300:])


def refused(checks, node, _):
    """What a node refuses of a server is kept, once; what only looks bad is mended."""
    rows = [request(n, description=f"PLAINT {n}") for n in range(10)]
    rows[1]["address"] = "12 Main St\nBoston"
    rows[2]["description"] = "tab\there\u0000and a NUL\u0007"
    rows[3]["description"] = "满" * 9000
    rows[4].update(service_request_id=12345, lat="1.5", long="2.5")
    rows[5]["service_code"] = "市政设施" * 8
    rows[6]["service_request_id"] = "n" * 200
    del rows[7]["service_request_id"]
    rows[8]["service_request_id"] = rows[9]["service_request_id"] = None
    server = serving(checks, lambda q: (200, rows))
    runs = [poll(node, server, "o3.bad") for _ in range(2)]
    rows += [request(n, description=f"PLAINT {n}", service_request_id=number) for n, number in ((10, None), (11, ""))]
    runs.append(poll(node, server, "o3.bad"))
    told = [json.loads(done.stdout) for done in runs]
    mine = {m["source_ref"]: node.api().matter(m["id"]) for m in node.all(source="o3.bad")}
    checks.equal(sorted(mine), ["12345", "r0", "r1", "r2", "r3", "r5"], "what only looks bad is here")
    checks.equal((mine["r1"]["place"], mine["r2"]["title"], mine["12345"]["location"]["lat"]), ("12 Main St Boston", "tab here and a NUL", 1.5), "control characters are blanks; a position may be a text")
    checks.check("cut here" in mine["r3"]["text"], "a text that was cut says so", mine["r3"]["text"][-60:])
    kept = [json.loads(x) for x in (node.dir / "st-o3.bad" / "rejected.ndjson").read_text().splitlines()]
    checks.equal([(k["request"].get("service_request_id"), k["request"]["description"]) for k in kept], [("n" * 200, "PLAINT 6"), (None, "PLAINT 7"), (None, "PLAINT 8"), (None, "PLAINT 9"), (None, "PLAINT 10"), ("", "PLAINT 11")], "what was refused is kept, each once, also without a number")
    checks.check(all(k["reason"] for k in kept), "with the reason")
    checks.equal([(t["taken"], t["rejected"]) for t in told], [(6, 4), (0, 0), (0, 2)], "and is counted once")
    checks.check(b"PLAINT" not in b"".join(run.stderr for run in runs) and b"request without a number" in runs[0].stderr and b"another --state" in runs[0].stderr, "the log names no one's words, and the way back", runs[0].stderr[-600:])


def placeless(checks, node, _):
    """A position that cannot be read is told of; one that is not there is not."""
    rows = [request(1, lat="33,64", long="116.97"), request(2, lat=None, long="")]
    done = poll(node, serving(checks, lambda q: (200, rows if q["page"] == "1" else [])), "commas")
    checks.equal((done.returncode, refs(node, "commas")), (0, {"r1", "r2"}), "both are taken in")
    checks.equal([done.stderr.count(b"without its position"), b"r1" in done.stderr], [1, True],
                 "and of the one it is said that its position is not here")


def closed(checks, node, _):
    """Closed at the source where a visit is due here: it is said in a comment, once, and what comes behind goes on."""
    policy = {"version": "t1", "title": "t", "calendars": [], "categories": [{"code": "", "title": "其他", "title_en": "other"}, {"code": "vis", "title": "回访", "title_en": "vis", "visit": 1.0}], "rules": {}}
    checks.equal(node.api().call("PUT", "/api/v1/policy", policy).status, 200, "a policy by which each is visited")
    rows = [request(n, service_code="vis") for n in range(3)]
    server = serving(checks, lambda q: (200, rows))
    poll(node, server, "o3.vis")
    mine = {m["source_ref"]: m["id"] for m in node.all(source="o3.vis")}
    node.api().step(mine["r0"], "handle", {"result": "done"})
    rows[0]["status"] = rows[1]["status"] = "closed"
    rows.append(request(9))
    for n in range(2):
        done = poll(node, server, "o3.vis")
        checks.equal(done.returncode, 0, f"a closing that is refused ends nothing: {done.stderr[-200:]}")
    checks.check("r9" in refs(node, "o3.vis"), "what comes behind is here")
    comments = [h for h in node.api().matter(mine["r0"])["history"] if h["type"] == "commented"]
    checks.equal((node.api().matter(mine["r0"])["state"], len(comments)), ("handled", 1), "who holds it reads it once, and decides")
    checks.equal(node.api().matter(mine["r1"])["state"], "closed", "what can be closed is closed")
    rows[2]["status"] = "closed"
    rows.append(request(10))
    weak = node.api().post("/api/v1/tokens", {"name": "weak", "rights": ["read", "report"]}).json["token"]
    done = poll(node, server, "o3.vis", "--token", weak)
    stays = [line for line in done.stderr.decode().splitlines() if "stays open here" in line]
    checks.check(done.returncode == 0 and "r10" in refs(node, "o3.vis"), "a right that is missing keeps nothing back", done.stderr[-300:])
    checks.equal(([m in line for m, line in zip((mine["r0"], mine["r1"], mine["r2"]), stays)], ["another --state" in line for line in stays]), ([True] * 3, [True, False, False]), f"each that stays open is named, and once what is to be done: {stays}")


# ---- files ----


def row(n, **more):
    return json.dumps({"source_ref": n, "category": "c", "title": f"噪音 {n}", **more}, ensure_ascii=False)


def put(box, name, data):
    part = box / f"{name}.part"
    part.write_bytes(data)
    part.rename(box / name)


def take(node, box, source, *more, seconds=30):
    time.sleep(1.1)
    done = node.run("intake", box, "--source", source, "--once", *more, seconds=seconds)
    return done, json.loads(done.stdout or b"{}")


def reasons(box, name):
    return [(b["line"], b["reason"]) for b in map(json.loads, (box / "rejected" / name).read_text().splitlines())]


def written(checks, node, _):
    """Files as Windows writes them: taken or rejected, each line is one of the two."""
    box = node.dir.parent / "written"
    box.mkdir()
    put(box, "be.ndjson", "".join(row(f"BE{i}") + "\n" for i in range(5)).encode("utf-16-be"))
    put(box, "le.ndjson", b"\xff\xfe" + "".join(row(f"LE{i}") + "\r\n" for i in range(5)).encode("utf-16-le"))
    put(box, "gb.ndjson", "".join(row(f"GB{i}") + "\n" for i in range(5)).encode("gb18030"))
    put(box, "bom.ndjson", ("\ufeff" + "".join(row(f"BOM{i}") + "\n" for i in range(3))).encode())
    put(box, "nul.ndjson", row("N1").encode() + b'\x00,"urgency":"emergency"}\n' + b"\x00" + row("N2").encode() + b"\n" + row("N3").encode())
    done, told = take(node, box, "w")
    checks.equal((told.get("taken"), told.get("rejected")), (19, 2), f"taken and rejected together are all lines: {done.stderr[-300:]}")
    checks.equal([(n, "NUL" in why) for n, why in reasons(box, "nul.ndjson")], [(1, True), (2, True)], "a NUL is named, and nothing of its line is taken")
    checks.equal({m["title"] for m in node.all(source="w") if m["source_ref"] in ("BE0", "LE4", "GB2", "BOM0", "N3")}, {"噪音 BE0", "噪音 LE4", "噪音 GB2", "噪音 BOM0", "噪音 N3"}, "in any encoding the same words")


def large(checks, node, _):
    """Lines that are too long, alone or together, hold nothing behind them."""
    box = node.dir.parent / "large"
    box.mkdir()
    put(box, "a.ndjson", "".join(row(f"A{i}", text="x" * 30000) + "\n" for i in range(200)).encode())
    put(box, "b.ndjson", "".join(row(f"B{i}", text="满" * 5000) + "\n" for i in range(200)).encode() + row("B999", text="x" * 3000000).encode() + b"\n" + row("B200").encode())
    done, told = take(node, box, "l")
    checks.equal((done.returncode, told.get("taken"), told.get("rejected")), (4, 201, 201), f"200 of 3 MB together go in batches by bytes: {done.stderr[-300:]}")
    checks.check((box / "rejected" / "a.ndjson").exists() and all("at most 16384" in why for _, why in reasons(box, "a.ndjson")), "a text that is too long is rejected with what it may be")
    checks.equal([(n, "longer than 1048576" in why) for n, why in reasons(box, "b.ndjson")], [(201, True)], "a line without end by its number")
    whole = gzip.compress("".join(f"{row(f'G{i}', place=str(random.random()), colour=1)}\n" for i in range(400)).encode())
    put(box, "cut.jsonl", whole[:len(whole) // 2])
    done, told = take(node, box, "l")
    checks.check((box / "rejected" / "cut.jsonl.reason").exists() and 0 < told["taken"] < 400, "one that breaks off is put aside, and what stands before that is here", (told, done.stderr[-200:]))
    notes = box / "rejected" / "cut.jsonl.notes"
    checks.check(notes.exists() and notes.read_text().startswith("line 1: not kept: colour\n"), "also what was not kept of that")
    put(box, "wide.ndjson", row("W1", **{f"field_{i}": 1 for i in range(200)}).encode())
    take(node, box, "l")
    checks.check((box / "done" / "wide.ndjson.notes").read_text().endswith(",…\n"), "names that have no room are not dropped without a sign")
    put(box, "comma.ndjson", "\n".join((row("P1", lat="33,64", lon="116,98"), row("P2", lat="nan", lon=116.98), row("P3", lat="33.64", lon=116.98), row("P4", lat="", lon=None))).encode())
    take(node, box, "l")
    checks.equal((box / "done" / "comma.ndjson.notes").read_text(), "line 1: not kept: lat,lon\nline 2: not kept: lat,lon\n", "a position that cannot be read is named, one that is not there is not")
    checks.check(not [p.name for p in (box / "rejected").iterdir() if p.name[0] == "."], "nothing hidden is left")


def not_files(checks, node, _):
    """What is no file, or of tomorrow, keeps nothing waiting, and is named."""
    box = node.dir.parent / "notfiles"
    box.mkdir()
    (box / "d.csv").mkdir()
    (box / "out.ndjson").symlink_to("/etc/passwd")
    (box / "gone.ndjson").symlink_to("nowhere")
    endless = "n" * 234 + ".ndjson"
    put(box, "n", row("F2").encode())
    (box / "n").rename(box / endless)
    put(box, "future.ndjson", row("F1").encode())
    os.utime(box / "future.ndjson", (time.time() + 86400,) * 2)
    began = time.monotonic()
    done, told = take(node, box, "n")
    checks.check(time.monotonic() - began < 6, "--once ends", time.monotonic() - began)
    checks.equal(told.get("taken"), 1, "a file of tomorrow is taken")
    status = json.loads((box / "status.json").read_text())
    checks.equal((sorted(status["not_taken"]), status["files"]), (["d.csv", "gone.ndjson", endless, "out.ndjson"], 0), "who looks at the folder reads what is not taken")
    checks.check(all((box / "rejected" / f"{n[:240]}.reason").exists() for n in status["not_taken"]), "and why")
    take(node, box, "n")
    checks.equal(len(list((box / "rejected").iterdir())), 4, "said once")
    ended = node.dir.parent / "ended"
    ended.mkdir()
    (ended / "done").write_text("a file where the folder should be")
    put(ended, "e.ndjson", row("E1").encode())
    done, _ = take(node, ended, "n")
    status = json.loads((ended / "status.json").read_text())
    checks.check(done.returncode == 1 and status["state"] == "ended" and "cannot be moved" in status["why"], "what does not pass by itself ends it, and who looks at the folder reads so", (done, status))


def table_of(node, source):
    """A map for files of the columns id and what."""
    file = node.dir.parent / f"{source}.map"
    file.write_text(f"[map]\ntitle = t\nzone = Asia/Shanghai\n\n[columns]\nid = id\nwhat = what\n\n[matter]\nsource_ref = {{id}}\ncategory = c\ntitle = {{what}}\nsource = {source}\n")
    return file


def tables(checks, node, _):
    """CSV: rejected rows are those of the round that brought the file in, and a right that is missing is named."""
    box, table = node.dir.parent / "tables", table_of(node, "tb")
    (box / "rejected").mkdir(parents=True)
    put(box, "a.csv", b"id,what\nC1,lamp\n")
    (box / "rejected" / f".{(box / 'a.csv').stat().st_ino}-a.csv").write_text("of a round that waited")
    rights = ["read", "report", "step", "import"]
    weak, whole = (node.api().post("/api/v1/tokens", {"name": n, "rights": r}).json["token"] for n, r in (("tw", rights[1:2]), ("ti", rights)))
    process = node.cli.start("intake", box, "--map", table, "--token", weak, "--dir", node.dir, log=node.log)
    said = box / "status.json"
    checks.check(wait_until(lambda: said.exists() and "with the rights read, report, step, import" in said.read_text(), 20) and (box / "a.csv").exists(), "without the right it waits, and says which", said.exists() and said.read_text())
    checks.equal(end(process), 0, "SIGTERM ends it well")
    done, told = take(node, box, "tb", "--map", table, "--token", whole)
    checks.equal((told, list((box / "rejected").iterdir())), ({"taken": 1, "known": 0, "rejected": 0}, []), f"and what an earlier round rejected is not shown for this one: {done.stderr[-300:]}")


def twice(checks, node, _):
    """Killed between the rejected lines and the move: they stand there once. The files are laid as such a kill leaves them."""
    box = node.dir.parent / "twice"
    (box / "rejected").mkdir(parents=True)
    put(box, "a.ndjson", b"{no json\n" + row("T1").encode())
    (box / "rejected" / f".{(box / 'a.ndjson').stat().st_ino}-a.ndjson").write_text("half of them")
    (box / "rejected" / ".17-b.ndjson").write_text("of one that was moved")
    take(node, box, "t")
    checks.equal(sorted(p.name for p in (box / "rejected").iterdir()), ["a.ndjson", "b.ndjson"], "once, under their names")
    checks.equal([n for n, _ in reasons(box, "a.ndjson")], [1], "whole")


def callers(checks, node, _):
    """The caller's record goes under lock, by other names or as an object; nothing of it stands anywhere else, nor is said."""
    box = node.dir.parent / "callers"
    box.mkdir()
    put(box, "p.ndjson", "\n".join((row("P1", caller_phone="CANARY1", who="CANARY2", secret="是"), row("P2", reporter={"name": "CANARY3", "phone": 139, "idcard": "CANARY4"}), row("P3", reporter="CANARY5"))).encode())
    fields = [w for pair in ("reporter.phone=caller_phone", "reporter.name=who", "reporter.confidential=secret") for w in ("--field", pair)]
    done, told = take(node, box, "p", *fields)
    checks.equal(told.get("taken"), 3, f"they are taken: {done.stderr[-300:]}")
    mine = {m["source_ref"]: m["id"] for m in node.all(source="p")}
    records = [node.api().get(f"/api/v1/matters/{mine[n]}/personal", purpose="a test") for n in ("P1", "P2", "P3")]
    said = [{k: v for k, v in (r.json.get("reporter") or r.json).items() if k in ("name", "phone", "confidential") and v} for r in records]
    checks.equal(said, [{"name": "CANARY2", "phone": "CANARY1", "confidential": True}, {"name": "CANARY3", "phone": "139"}, {"name": "CANARY5"}], "the records are there under lock")
    notes = (box / "done" / "p.ndjson.notes").read_text()
    checks.check("line 2: not kept: reporter.idcard" in notes, "what is not kept is named", notes)
    open_to_see = json.dumps(node.all(), ensure_ascii=False) + notes + (box / "status.json").read_text() + node.api().get("/api/v1/feed").body.decode() + node.log.read_text() + done.stderr.decode()
    checks.check("CANARY" not in open_to_see, "and nothing of them stands in lists, feed, notes, logs")


# ---- a platform that is told ----


def wrong_key(checks, node, _):
    """An hour of 404 and 401 loses nothing; what is refused itself is told once more with --again."""
    for n in range(5):
        node.api().post("/api/v1/matters", {"category": "c", "title": "w", "source": "wb", "source_ref": f"W{n}"})
    answers = [404, 401, 403]
    server = serving(checks, lambda q: (answers.pop(0) if answers else 422 if server.posted[-1][1]["source_ref"] in refusing else 200, b""))
    refusing = {"W3"}
    words = ("feed", "--source", "wb", "--to", f"http://127.0.0.1:{server.server_port}/hook", "--state", node.dir / "fbw", "--once")
    done = node.run(*words)
    told = [m["source_ref"] for _, m in server.posted]
    checks.equal(told, ["W0"] * 4 + [f"W{n}" for n in range(1, 5)], "an address or key that is wrong passes over nothing")
    checks.check(b"the address or the key" in done.stderr and b"--again" in done.stderr, "both are said", done.stderr)
    file = node.dir / "fbw" / "refused.ndjson"
    checks.equal([json.loads(x)["message"]["source_ref"] for x in file.read_text().splitlines()], ["W3"], "only what is refused itself is kept apart")
    checks.check(b"refused.ndjson waits" in node.run(*words).stderr, "and who starts it without --again reads that it waits")
    m, older = (next(x for x in node.all(source="wb") if x["source_ref"] == n) for n in ("W3", "W1"))
    file.with_stem("refused-again").write_text(json.dumps({"status": 422, "message": {"id": older["id"]}}) + "\n")
    node.api().step(m["id"], "handle", {"result": "done"})
    refusing.clear()
    del server.posted[:]
    node.run(*words, "--again")
    checks.equal([(m["source_ref"], m["state"]) for _, m in server.posted][:2], [("W1", "open"), ("W3", "handled")], "--again tells it as it is now, behind what a kill has left")
    checks.check(not list((node.dir / "fbw").glob("refused*")), "and nothing is left to be told")
    server.shutdown()
    server.server_close()
    node.api().step(m["id"], "comment", {"text": "x"})
    node.api().step(m["id"], "close", {"result": "done"})
    checks.equal(node.run(*words).returncode, 6, "--once ends while the platform is away")


# ---- who holds on ----


def dripping(checks):
    """Says a head, and then a byte now and then, for ever. Its port, and who is being answered."""
    s, asked = socket.create_server(("127.0.0.1", 0)), []

    def drip(c):
        try:
            c.recv(4000)
            c.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            asked.append(c)
            while True:
                c.sendall(b" ")
                time.sleep(0.5)
        except OSError:
            pass

    def accept():
        while True:
            try:
                c, _ = s.accept()
            except OSError:
                return
            threading.Thread(target=drip, args=(c,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    checks.undo(s.close)
    return s.getsockname()[1], asked


def held(checks, node, _):
    """Who drips cannot keep a process that is to end; who says too much at once is told so; a Retry-After has an end."""
    port, asked = dripping(checks)
    box, table = node.dir.parent / "heldbox", table_of(node, "hd")
    box.mkdir()
    put(box, "h.csv", b"id,what\nC1,lamp\n")
    node.api().post("/api/v1/matters", {"category": "c", "title": "w", "source": "hd", "source_ref": "H0"})
    for name, words in {"intake": ("intake", f"http://127.0.0.1:{port}/v2", "--source", "hd", "--state", node.dir / "sth"),
                        "feed": ("feed", "--source", "hd", "--to", f"http://127.0.0.1:{port}/v2", "--state", node.dir / "fbh"),
                        "a CSV": ("intake", box, "--map", table, "--node", f"http://127.0.0.1:{port}"),
                        "sink": ("sink", "run", node.dir.parent / "skh", "--node", f"http://127.0.0.1:{port}")}.items():
        before = len(asked)
        process = node.cli.start(*words, "--dir", node.dir, log=node.log)
        checks.check(wait_until(lambda: len(asked) > before, 20), f"it asks: {name}")
        began = time.monotonic()
        process.terminate()
        checks.check(wait_until(lambda: process.poll() is not None, 3), f"SIGTERM ends {name} in the middle of an answer", time.monotonic() - began)
        checks.check(process.poll() in (0, 6), f"and well: {name}", process.poll())
        process.kill()
    big = serving(checks, lambda q: (200, b"[" + b" " * (17 << 20) + b"]"))
    done = poll(node, big, "o3.big")
    checks.check(done.returncode == 6 and b"more than 16777216 bytes" in done.stderr, "a list of 17 MiB is a sentence", done.stderr[-200:])
    answers = [503]
    slow = serving(checks, lambda q: (answers.pop() if answers else 200, []))
    slow.headers["Retry-After"] = "2"
    began = time.monotonic()
    checks.equal((poll(node, slow, "o3.slow").returncode, time.monotonic() - began > 2), (0, True), "a Retry-After is kept to")


def addresses(checks, node, _):
    """An address may have a query, a jurisdiction, a key; without a port it is port 80, with https a sentence."""
    server = serving(checks, lambda q: (200, []))
    (node.dir / "o3key").write_text("k&1\n")
    words = ("--source", "a", "--state", node.dir / "sta", "--once")
    done = node.run("intake", f"http://127.0.0.1:{server.server_port}/v2/?x=1", *words, "--jurisdiction", "a b", "--api-key-file", node.dir / "o3key")
    checks.check(done.returncode == 0 and server.asked[0].startswith("/v2/requests.json?x=1&jurisdiction_id=a%20b&api_key=k%261&updated_after="), "query, jurisdiction, key", (server.asked, done.stderr))
    for words in (("intake", "https://city.example/open311/v2", *words), ("feed", "--source", "a", "--to", "https://city.example/hook", "--state", node.dir / "sta", "--once")):
        done = node.run(*words)
        checks.check(done.returncode == 2 and b"proxy" in done.stderr, f"{words[0]}: https is told what to give instead", (done.returncode, done.stderr))
    (node.dir / "long").write_text("k" * 299)
    at, state, long = f"http://127.0.0.1:{server.server_port}", ("--source", "a", "--once", "--state", node.dir / "sta"), node.dir / ("d/" * 250)
    answers = [401]
    strange = serving(checks, lambda q: (answers.pop() if answers else 200, []))
    checks.check(b"answers 401, and no list of requests: the address, --jurisdiction or --api-key-file is wrong" in poll(node, strange, "o3.wrong").stderr, "a server that refuses: what may be wrong here is said")
    for said, words in {"longer than 298 bytes": ("intake", f"{at}/v2", *state, "--api-key-file", node.dir / "long"),
                        "at most 256 bytes": ("feed", "--to", f"{at}/hook", *state, "--secret-file", node.dir / "long"),
                        "longer than 290 bytes": ("feed", "--to", f"{at}/{'h' * 290}", *state),
                        "longer than 300 bytes": ("intake", long, "--source", "a", "--once"),
                        "longer than 400 bytes": ("feed", "--to", long, *state),
                        "longer than 500 bytes": ("intake", f"{at}/v2", "--source", "a", "--once", "--state", long)}.items():
        done = node.run(*words)
        checks.check(done.returncode == 2 and said.encode() in done.stderr, f"nothing is cut to its room: {said}", (done.returncode, done.stderr))
    done = node.run("intake", "http://127.0.0.1/v2", "--source", "a", "--state", node.dir / "sta", "--once")
    checks.check(b"http://127.0.0.1:80" in done.stderr + done.stdout, "another's server without a port is at 80", done.stderr)


def half_made(checks, node, _):
    """A node that breaks off between an account and its link: nobody knows that account's password, so it is named with the remedy."""
    told = {"node": (200, {"path": "root"}), "users": (201, {}), "link": (503, {"error": {"code": "stopping", "message": "it stops"}})}
    server = serving(checks, lambda q: told.get(server.asked[-1].rsplit("/", 1)[-1], (404, {"error": {"code": "not_found", "message": "none"}})))
    table = node.dir / "grids.csv"
    table.write_text("编码,网格员\nG1,zhang\n", encoding="utf-8")
    done = node.cli.run("grid", "import", table, "--accounts", "--node", f"http://127.0.0.1:{server.server_port}", "--token", "t")
    checks.check(done.returncode != 0 and b"qipan link --name zhang" in done.stderr and [p["name"] for _, p in server.posted] == ["zhang"] * 2, "an account without its link is named, and how to get one", (done, server.posted))


PARTS = (pages, refused, placeless, closed, written, large, not_files, tables, twice, callers)
WAITING = (wrong_key, held, addresses, half_made)


def main():
    p = options(__doc__, 85)
    p.add_argument("parts", nargs="*")
    p.add_argument("--waiting", action="store_true", help="those who answer late, wrongly, or not at all, instead of the others")
    p.add_argument("--plant", choices=["page"])
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=40)

    def body():
        folder = scratch(checks, args, "rough")
        node = Node(checks, args, folder, "hall")
        for part in PARTS + WAITING:
            if part.__name__ in args.parts if args.parts else part in (WAITING if args.waiting else PARTS):
                part(checks, node, args.plant)
                checks.say(part.__name__)
                if args.plant:
                    return

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
