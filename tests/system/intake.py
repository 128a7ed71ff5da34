#!/usr/bin/python3
"""Other platforms, in and back: `qipan intake` from a watched folder and from an Open311 server, `qipan feed` as signed calls and as
files. Everything is killed in between, and each report is there once.

Two nodes by themselves: `hall` takes in, `other` is the Open311 server that it polls. The platform that is told is a small server of
this program. --plant twice: a number that is not kept, which must be seen.
"""

import hashlib
import hmac
import http.server
import json
import random
import sys
import threading
import time

from lib.check import Checks, wait_until
from lib.client import Api
from lib.tree import Cli, end, free_ports, options, scratch

KEY = b"a key of the two platforms"


class Node:
    def __init__(self, checks, args, folder, name):
        self.cli, self.checks, self.dir, self.log = Cli(args.qipan), checks, folder / name, folder / f"{name}.log"
        self.url = f"http://127.0.0.1:{free_ports(1)}"
        done = self.cli.run("init", "--path", name, "--title", name, "--level", "city", "--zone", "Asia/Shanghai", "--http", self.url[7:], "--link", "", "--dir", self.dir)
        checks.check(done.returncode == 0, "init", done.stderr)
        self.start()

    def start(self):
        self.process = self.cli.start("serve", "--dir", self.dir, log=self.log)
        self.checks.undo(lambda p=self.process: end(p))
        self.checks.check(wait_until(lambda: Api(self.url).healthy(), 20), "the node serves", self.log.read_text()[-500:])

    def kill(self):
        self.process.kill()
        self.process.wait()

    def api(self):
        return Api(self.url, (self.dir / "cli-token").read_text().strip())

    def all(self, **query):
        return list(self.api().all_matters(**query))

    def run(self, *words, seconds=60):
        return self.cli.run(*words, "--dir", self.dir, "--json", seconds=seconds)


def drop(folder, name, lines):
    """As IN2 asks: under another name, then renamed."""
    part = folder / f"{name}.part"
    part.write_text("".join((json.dumps(x, ensure_ascii=False) if isinstance(x, dict) else x) + "\n" for x in lines))
    part.rename(folder / name)


def calls(first, count):
    return [{"case_no": f"S{n}", "type": "噪音", "subject": f"夜间施工 {n}", "content": "很吵", "x": "116.98", "y": 33.63, "caller_phone": "13900001111"} for n in range(first, first + count)]


FIELDS = [w for pair in ("source_ref=case_no", "category=type", "title=subject", "text=content", "lat=y", "lon=x") for w in ("--field", pair)]


def folder_in(checks, hall, folder, plant):
    box = folder / "box"
    box.mkdir()
    lines = calls(0, 450)
    if plant:
        lines[7]["case_no"] = "S8"
    drop(box, "a.ndjson", [*lines[:449], "{no json", lines[449], {"case_no": "", "type": "x", "subject": "without a number"}, {"case_no": "S9000", "type": "x"}, ""])
    time.sleep(1.1)
    done = hall.run("intake", box, "--source", "12345", *FIELDS, "--once")
    told = json.loads(done.stdout)
    checks.equal((done.returncode, told), (4, {"taken": 450, "known": 0, "rejected": 3}), "450 of 453 lines are taken, three rejected, and the exit status says so")
    checks.equal(sorted(p.name for p in (box / "done").iterdir()), ["a.ndjson", "a.ndjson.notes"], "the file is done")
    bad = [json.loads(x) for x in (box / "rejected" / "a.ndjson").read_text().splitlines()]
    checks.equal([(b["line"], w in b["reason"]) for b, w in zip(bad, ("JSON", "source_ref", "title"))], [(450, True), (452, True), (453, True)], "each rejected line with its number and why")
    notes = (box / "done" / "a.ndjson.notes").read_text()
    checks.check("line 1: not kept: caller_phone" in notes, "what is not kept is named", notes[:100])
    m = next(x for x in hall.all(q="S17") if x["source_ref"] == "S17")
    checks.equal([m["source"], m["source_ref"], m["category"], m["location"]["lat"], m["location"]["lon"]], ["12345", "S17", "噪音", 33.63, 116.98], "a report as it was sent")
    checks.check("13900001111" not in json.dumps(hall.all()), "and no phone")
    drop(box, "a.ndjson", lines)
    drop(box, "b.csv", ["a,b"])
    drop(box, "zero.jsonl", ["\ufeff"])
    time.sleep(1.1)
    told = json.loads(hall.run("intake", box, "--source", "12345", *FIELDS, "--once").stdout)
    checks.equal([told["taken"], told["known"]], [0, 450], "sent again nothing comes twice")
    checks.check((box / "done" / "a.ndjson.2").exists() and (box / "rejected" / "b.csv").exists() and "map" in (box / "rejected" / "b.csv.reason").read_text(), "names are kept apart; a CSV without a map says why")
    return box


def killed(checks, hall, box):
    """The adapter and the node are killed while files come in."""
    over = threading.Event()

    def feeding():
        for n in range(12):
            drop(box, f"k{n:02}.ndjson", calls(10000 + 60 * n, 80))  # the last 20 of each are the first of the next
            time.sleep(0.25)
        over.set()

    thread = threading.Thread(target=feeding)
    thread.start()
    for n in range(6):
        process = hall.cli.start("intake", box, "--source", "12345", *FIELDS, "--dir", hall.dir, log=hall.log)
        time.sleep(random.uniform(0.3, 1.2))
        if n == 3:
            hall.kill()
            # no file may be left by then: an idle folder must know of it too
            checks.check(wait_until(lambda: json.loads((box / "status.json").read_text())["state"] == "waiting", 30), "a node that is away holds the source back, and the folder says so")
            hall.start()
            checks.check(wait_until(lambda: json.loads((box / "status.json").read_text())["state"] == "taking", 20), "and goes on by itself")
        process.kill()
        process.wait()
    thread.join()
    time.sleep(1.1)
    hall.run("intake", box, "--source", "12345", *FIELDS, "--once")
    found = [m["source_ref"] for m in hall.all(source="12345") if m["source_ref"].startswith("S1") and len(m["source_ref"]) == 6]
    checks.equal((len(found), len(set(found))), (740, 740), "after the kills each of 740 reports is there once")
    checks.equal([p.name for p in box.iterdir() if p.suffix == ".ndjson"], [], "no file is left")
    (box / "status.json").write_text('{"state": "waiting"}')  # of a run before
    process = hall.cli.start("intake", box, "--source", "12345", *FIELDS, "--dir", hall.dir, log=hall.log)
    checks.check(wait_until(lambda: json.loads((box / "status.json").read_text())["state"] == "taking", 20), "what an earlier run has left is put right, without a file")
    process.kill()
    process.wait()


def csv_in(checks, hall, folder):
    box, table = folder / "csvbox", folder / "hall.map"
    box.mkdir()
    table.write_text("[map]\ntitle = 110\nzone = Asia/Shanghai\n\n[columns]\nid = 编号\nkind = 类别\nwhat = 事由\n\n[matter]\nsource_ref = {id}\ncategory = {kind}\n"
                     "title = {what}\nsource = 110\n")
    drop(box, "j.csv", ["编号,类别,事由", *(f"J{n},求助,事由{n}" for n in range(40)), "J99,,"])
    time.sleep(1.1)
    importer = hall.api().post("/api/v1/tokens", {"name": "files", "rights": ["read", "report", "step", "import"]}).json["token"]
    done = hall.run("intake", box, "--map", table, "--token", importer, "--once")
    checks.equal((done.returncode, len(hall.all(source="110"))), (4, 40), "a CSV file by its map")
    checks.equal(json.loads(done.stdout), {"taken": 40, "known": 0, "rejected": 1}, "its rows are counted as lines are")
    checks.check((box / "done" / "j.csv").exists() and "J99" in (box / "rejected" / "j.csv").read_text(), "what was rejected stands apart", done.stderr)


def server_in(checks, hall, other, folder):
    other_key = other.api().post("/api/v1/tokens", {"name": "k", "rights": ["report"]}).json["token"]
    ids = []
    for n in range(230):
        r = other.api().with_token(None).call("POST", f"/open311/v2/requests.json?api_key={other_key}&service_code=lamp&lat=1&long=2&description=Lamp+{n}", None)
        ids.append(r.json[0]["service_request_id"])
    words = ("intake", other.url + "/open311/v2", "--source", "open311.other", "--state", folder / "o3", "--once")
    process = hall.cli.start(*words, "--dir", hall.dir)
    time.sleep(0.3)
    process.kill()
    process.wait()
    done = hall.run(*words)
    told = json.loads(done.stdout)
    checks.equal((done.returncode, told["taken"] + told["known"] >= 230), (0, True), "a server's requests are taken, page by page")
    mine = {m["source_ref"]: m for m in hall.all(source="open311.other")}
    checks.equal(set(mine), set(ids), "each once, also after a kill in between")
    checks.equal([mine[ids[5]]["title"], mine[ids[5]]["category"]], ["Lamp 5", "lamp"], "as it was described")
    other.api().step(ids[3], "close", {"result": "done"})
    hall.run(*words)
    checks.equal(hall.api().matter(mine[ids[3]]["id"])["state"], "closed", "what is closed there is closed here")
    other.kill()
    done = hall.run(*words[:-1], "--once", seconds=60)
    checks.check(done.returncode == 6 and b"no node answers" in done.stderr, "a server that is away is told", (done.returncode, done.stderr[-200:]))


class Platform(http.server.BaseHTTPRequestHandler):
    """What is told: kept by its delivery's number; one call in 400 fails at first, one matter is never wanted."""

    def do_POST(self):
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        server.calls += 1
        wanted = "sha256=" + hmac.new(KEY, self.headers["X-Qipan-Time"].encode() + b"." + body, hashlib.sha256).hexdigest()
        message = json.loads(body)
        status = 200
        if not hmac.compare_digest(wanted, self.headers["X-Qipan-Signature"]):
            server.forged += 1
            status = 401
        elif message["source_ref"] == "S13":
            status = 422
        elif server.calls % 400 == 0:
            status = 503
        else:
            server.got.setdefault(self.headers["X-Qipan-Delivery"], message)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def way_back(checks, hall, folder):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Platform)
    server.calls = server.forged = 0
    server.got = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    checks.undo(server.shutdown)
    (folder / "key").write_bytes(KEY + b"\n")
    words = ["feed", "--source", "12345", "--to", f"http://127.0.0.1:{server.server_port}/hook", "--state", folder / "fb", "--secret-file", folder / "key"]
    process = hall.cli.start(*words, "--dir", hall.dir, log=hall.log)
    time.sleep(1)
    process.kill()
    process.wait()
    process = hall.cli.start(*words, "--dir", hall.dir, log=hall.log)
    everything = {m["source_ref"] for m in hall.all(source="12345")}
    checks.check(wait_until(lambda: {m["source_ref"] for m in server.got.values()} == everything - {"S13"}, 30), "every matter of the source is told, also after a kill", (len(server.got), len(everything)))
    checks.equal(server.forged, 0, "every call is signed")
    refused = [json.loads(x) for x in (folder / "fb" / "refused.ndjson").read_text().splitlines()]
    checks.check(refused and all(r["status"] == 422 and r["message"]["source_ref"] == "S13" for r in refused), "what is refused is kept with the answer, and the rest follows")
    target = next(x["id"] for x in hall.all(q="S17") if x["source_ref"] == "S17")
    for step, fields in (("handle", {"result": "mended", "note": "a secret"}), ("visit", {"reached": True, "resolved": True, "satisfied": False, "note": "s"}), ("close", {"result": "mended"})):
        hall.api().step(target, step, fields)
    checks.check(wait_until(lambda: any(m["id"] == target and m["state"] == "closed" for m in server.got.values()), 15), "a change is told")
    last = next(m for m in server.got.values() if m["id"] == target and m["state"] == "closed")
    checks.equal([last["result"], last["visit"]["satisfied"], bool(last["closed_at"])], ["mended", False, True], "status, result and visit")
    checks.check("secret" not in json.dumps(list(server.got.values())), "no note is told")
    checks.check(end(process) in (0, 4), "SIGTERM ends it (4: it was told that some are refused)")
    files = [w if w != words[4] else folder / "out" for w in words[:5]] + ["--state", folder / "fb2", "--once"]
    done = hall.run(*files)
    rows = [json.loads(x) for p in sorted((folder / "out").glob("*.ndjson")) for x in p.read_text().splitlines()]
    checks.equal((done.returncode, {r["source_ref"] for r in rows}), (0, everything), "the same as files")
    checks.equal(json.loads(hall.run(*files).stdout)["told"], 0, "nothing new, nothing told")


def main():
    p = options(__doc__, 85)
    p.add_argument("--plant", choices=["twice"])
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=40)

    def body():
        folder = scratch(checks, args, "intake")
        hall = Node(checks, args, folder, "hall")
        box = folder_in(checks, hall, folder, args.plant)
        if args.plant:
            return
        killed(checks, hall, box)
        way_back(checks, hall, folder)
        csv_in(checks, hall, folder)
        server_in(checks, hall, Node(checks, args, folder, "other"), folder)
        for words in (("intake", folder / "nobox"), ("feed", "--to", folder), ("intake", "http://127.0.0.1:1/x", "--source", "s", "--once")):
            done = hall.run(*words)
            checks.check(done.returncode in (1, 2) and done.stderr, f"{words[0]} without what it needs says what", (done.returncode, done.stderr))

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
