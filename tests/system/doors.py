#!/usr/bin/python3
"""The doors of a real node under attack: its HTTP port, from this machine and as through a proxy.

Connections that send half a head, a byte now and then; floods of log-ins with invented names and with the names of others;
streams that one token opens by the hundred; requests that are no HTTP. Beside each, honest callers: the table says how many of
them came in and how long they took. Sessions over a restart, the one-time link, and times that only an importer states.
"""

import http.client
import json
import resource
import socket
import sys
import threading
import time

from lib.check import Checks, wait_until
from lib.client import Api
from lib.tree import Cli, end, free_ports, options, scratch

WORKERS = 35


class Node:
    """One node, as `init` makes it; this machine is its proxy, so that a test may say from where it asks."""

    def __init__(self, checks, args, folder):
        self.cli, self.checks, self.dir, self.folder = Cli(args.qipan), checks, folder / "node", folder
        self.cli.env["QIPAN_HTTP_PROXIES"] = "127.0.0.1"
        port = free_ports(1)
        done = self.cli.run("init", "--path", "qicheng", "--title", "棋城", "--level", "city", "--zone", "Asia/Shanghai", "--http", f"127.0.0.1:{port}", "--link", "", "--dir", self.dir)
        checks.check(done.returncode == 0, "init", done.stderr)
        self.url = f"http://127.0.0.1:{port}"
        self.process = None

    def start(self):
        self.process = self.cli.start("serve", "--dir", self.dir, log=self.folder / "log")
        self.checks.undo(lambda p=self.process: end(p))
        self.checks.check(wait_until(lambda: Api(self.url).healthy(), 20), "the node serves", (self.folder / "log").read_text()[-800:])

    def stop(self):
        end(self.process)

    def api(self):
        return Api(self.url, (self.dir / "cli-token").read_text().strip())

    def counter(self, name):
        for line in self.api().get("/metrics").body.decode().splitlines():
            if line.startswith(f"qipan_{name} "):
                return float(line.split()[1])
        return 0.0


class Table:
    def __init__(self):
        self.rows = []

    def row(self, attack, rate, honest, p50_ms, worst_ms, more=""):
        self.rows.append((attack, rate, honest, f"{p50_ms:.0f}", f"{worst_ms:.0f}", more))

    def show(self):
        head = ("attack", "rate", "honest in", "p50 ms", "worst ms", "")
        for row in [head, *self.rows]:
            print(f"{row[0]:<44} {row[1]:>16} {row[2]:>10} {row[3]:>7} {row[4]:>9}  {row[5]}")


def times(call, count, pause=0.0):
    """How many of `count` calls came in, their median and worst time in ms."""
    took, ok = [], 0
    for _ in range(count):
        begun = time.monotonic()
        try:
            ok += bool(call())
        except OSError:
            pass
        took.append((time.monotonic() - begun) * 1000)
        time.sleep(pause)
    took.sort()
    return ok, took[len(took) // 2], took[-1]


def ask_health(node):
    c = http.client.HTTPConnection("127.0.0.1", int(node.url.rsplit(":", 1)[1]), timeout=5)
    c.request("GET", "/healthz")
    ok = c.getresponse().status == 200
    c.close()
    return ok


def half_heads(checks, node, table, count):
    """As many as there can be, each with half a head, then a byte a second."""
    port, open_ones, stop = int(node.url.rsplit(":", 1)[1]), [], threading.Event()
    for _ in range(count):
        try:
            s = socket.create_connection(("127.0.0.1", port), 2)
            s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            open_ones.append(s)
        except OSError:
            pass
    checks.equal(len(open_ones), count, "half heads that were sent")

    def trickle():
        while not stop.wait(1):
            for s in open_ones:
                try:
                    s.send(b"a")
                except OSError:
                    pass

    thread = threading.Thread(target=trickle)
    thread.start()
    ok, p50, worst = times(lambda: ask_health(node), 30, 0.2)
    time.sleep(6)
    left = node.counter("http_connections")
    stop.set()
    thread.join()
    for s in open_ones:
        s.close()
    table.row(f"{count} half heads, a byte a second", f"{len(open_ones)} open", f"{ok}/30", p50, worst, f"{left:.0f} left after 12 s")
    checks.equal(ok, 30, f"beside {count} half-open connections every honest request is answered")
    checks.check(left < 20, "after 12 s the half-open ones are gone", left)


def log_in(node, name, password, source=None, seconds=20):
    c = http.client.HTTPConnection("127.0.0.1", int(node.url.rsplit(":", 1)[1]), timeout=seconds)
    head = {"Content-Type": "application/json"}
    if source:
        head["X-Forwarded-For"] = source
    c.request("POST", "/api/v1/session", json.dumps({"name": name, "password": password}), head)
    r = c.getresponse()
    r.read()
    cookie = (r.getheader("Set-Cookie") or "").split(";")[0]
    c.close()
    return r.status, cookie


def flood(node, stop, name_of, source, tries):
    """Log-ins with wrong passwords over one connection, as fast as it goes."""
    port, n, c = int(node.url.rsplit(":", 1)[1]), 0, None
    while not stop.is_set():
        try:
            c = c or http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            c.request("POST", "/api/v1/session", json.dumps({"name": name_of(n), "password": "wrong"}),
                      {"Content-Type": "application/json", "X-Forwarded-For": source})
            c.getresponse().read()
            n += 1
        except (OSError, http.client.HTTPException):
            c = None
    tries.append(n)


def login_flood(checks, node, table, what, name_of, victims):
    """8 flooders from one address; `victims` log in with the right password, once each."""
    stop, tries, honest = threading.Event(), [], []
    threads = [threading.Thread(target=flood, args=(node, stop, lambda n, k=k: name_of(k, n), "198.51.100.66", tries)) for k in range(8)]
    begun = time.monotonic()
    for t in threads:
        t.start()
    time.sleep(1)
    for name, source in victims:
        at = time.monotonic()
        try:
            status = log_in(node, name, f"password of {name}", source)[0]
        except OSError:
            status = 0
        honest.append((status, (time.monotonic() - at) * 1000))
    stop.set()
    for t in threads:
        t.join()
    took = sorted(ms for _, ms in honest)
    ok = sum(status == 200 for status, _ in honest)
    checks.check(sum(tries) > 0, f"{what}: there was a flood")
    table.row(what, f"{sum(tries) / (time.monotonic() - begun):.0f} tries/s", f"{ok}/{len(honest)}", took[len(took) // 2], took[-1])
    checks.equal(ok, len(honest), f"{what}: every true log-in comes in")
    if ok != len(honest):
        checks.say(str([(s, round(ms)) for s, ms in honest]))


def streams(checks, node, table):
    """One token opens all streams that there are; another still gets his."""
    api = node.api()
    made = api.post("/api/v1/tokens", {"name": "screen", "rights": ["read"]})
    token, held = made.json["token"], []
    port = int(node.url.rsplit(":", 1)[1])
    for _ in range(600):
        s = socket.create_connection(("127.0.0.1", port), 5)
        s.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        held.append(s)
    wait_until(lambda: node.counter("http_streams") >= 512, 10)
    there = node.counter("http_streams")
    checks.check(there >= 512, "one token opens all the streams that it may", there)

    def one():
        s = socket.create_connection(("127.0.0.1", port), 5)
        s.sendall(f"GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n\r\n".encode())
        held.append(s)
        return s.recv(1000).startswith(b"HTTP/1.1 200")

    ok, p50, worst = times(one, 20)
    table.row("600 streams of one token", f"{there:.0f} open", f"{ok}/20", p50, worst)
    checks.equal(ok, 20, "beside one token's 512 streams another opens its own")
    for s in held:
        s.close()


def nameless(path):
    """A form whose part has no name: libmicrohttpd gives none, and the node must not believe that there is one."""
    body = b"--part\r\nContent-Disposition: form-data\r\n\r\nx\r\n--part--\r\n"
    return b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=part\r\nContent-Length: %d\r\n\r\n%s" % (path, len(body), body)


def no_http(checks, node, table):
    api, wrong = Api(node.url), 0
    cases = [
        ("an unknown coding", b"POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", (400, 501)),
        ("two lengths", b"POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}", (400,)),
        ("bare line feeds", b"GET /healthz HTTP/1.1\nHost: x\n\n", (400,)),
        ("an escaped slash", b"GET /api/v1/matters/a%2fb HTTP/1.1\r\nHost: x\r\n\r\n", (400,)),
        ("an escaped NUL", b"GET /healthz%00 HTTP/1.1\r\nHost: x\r\n\r\n", (400,)),
        ("the absolute form", b"GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n", (200,)),
        ("OPTIONS", b"OPTIONS /api/v1/matters HTTP/1.1\r\nHost: x\r\n\r\n", (200, 204)),
        ("a nameless part of a form at /r", nameless(b"/r"), (400,)),
        ("a nameless part of a form at the GeoReport door", nameless(b"/open311/v2/requests.json"), (400,)),
        ("/metrics without a token", b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", (401,)),
    ]
    slowest = 0.0
    for what, data, wanted in cases:
        begun = time.monotonic()
        with socket.create_connection((api.host, api.port), timeout=3) as s:
            s.sendall(data)
            try:
                answer = s.recv(65536)
            except OSError:
                answer = b""
        status = int(answer.split()[1]) if answer[:5] == b"HTTP/" else 0
        slowest = max(slowest, time.monotonic() - begun)
        wrong += status not in wanted
        checks.check(status in wanted, f"{what} is answered with {' or '.join(map(str, wanted))}", answer[:200])
    table.row(f"{len(cases)} requests at the edge of HTTP", "", f"{len(cases) - wrong}/{len(cases)}", slowest * 1000, slowest * 1000)


def sessions(checks, node):
    """They outlive a restart, unless they were ended; a link is used once, and by nobody who only looks."""
    _, stays = log_in(node, "worker-0", "password of worker-0", "203.0.113.200")
    _, ended = log_in(node, "worker-1", "password of worker-1", "203.0.113.201")
    link = node.api().post("/api/v1/session/link", {"name": "worker-2"}).json["url"][len(node.url):]
    api = Api(node.url)
    checks.equal(api.call("DELETE", "/api/v1/session", headers={"Cookie": ended}).status, 200, "a session is ended")
    checks.equal(api.call("HEAD", link).status, 200, "HEAD of a link")
    checks.equal(api.get(link).status, 200, "a preview of a link")
    api.close()
    node.stop()
    node.start()
    api = Api(node.url)
    checks.equal(api.get("/api/v1/tree", {"Cookie": stays}).status, 200, "a session outlives a restart")
    checks.equal(api.get("/api/v1/tree", {"Cookie": ended}).status, 401, "an ended one stays ended over it")
    checks.equal(api.call("POST", link).status, 303, "a link still works after looks and a restart")
    checks.equal(api.call("POST", link).status, 410, "and once")


MAP = """[map]
title = records of a day
zone  = UTC
times = %Y-%m-%d

[columns]
id     = id
opened = opened
closed = closed

[matter]
source_ref = {id}
category   = lamp
title      = lamp {id}
source     = file
opened_at  = {opened}

[area]
code = root

[enter area]

[step close]
when   = {closed} is given
at     = {closed}
result = resolved
"""
RECORDS = "id,opened,closed\n1,2024-05-01,2024-05-02\n2,2024-05-01,2024-04-30\n3,2099-05-01,\n4,2024-05-01,2099-05-02\n"


def stated_times(checks, node):
    """Only an importer states times, the administrator's own token is none, and a record that is refused leaves nothing."""
    (node.folder / "a.map").write_text(MAP)
    (node.folder / "a.csv").write_text(RECORDS)
    words = ("import", "--node", node.url, "--map", node.folder / "a.map", "--rejected", node.folder / "rejected.csv", node.folder / "a.csv")
    done = node.cli.run(*words, "--token", node.api().token)
    checks.check(done.returncode == 5 and b"--rights" in done.stderr, "an import without the right is refused with the remedy", done.stderr)
    checks.equal(list(node.api().all_matters(source="file")), [], "the administrator's own token states no times")
    made = node.api().post("/api/v1/tokens", {"name": "importer", "rights": ["read", "report", "step", "import"]})
    checks.equal(made.status, 201, "the administrator makes an importer")
    node.cli.run(*words, "--token", made.json["token"])
    found = sorted((m["title"], m["state"]) for m in node.api().all_matters(source="file"))
    checks.equal(found, [("lamp 1", "closed")], "of four records the three with times that cannot be leave nothing behind")
    told = (node.folder / "rejected.csv").read_text()
    checks.check("before the opening" in told and "a day ahead" in told, "and the file of the rejected says why", told)


def main():
    args = options(__doc__, 170).parse_args()
    checks = Checks(args.timeout)

    def body():
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        if not checks.check(hard == resource.RLIM_INFINITY or hard >= 4096, "4096 open files are allowed (ulimit -Hn)", hard):
            return
        node, table = Node(checks, args, scratch(checks, args, "doors")), Table()
        node.start()
        api = node.api()
        for i in range(WORKERS + 3):
            made = api.post("/api/v1/users", {"name": f"worker-{i}", "password": f"password of worker-{i}", "role": "worker"})
            checks.equal(made.status, 201, f"an account for worker-{i}")
        api.close()
        no_http(checks, node, table)
        half_heads(checks, node, table, 1500)
        shared = [(f"worker-{i}", "198.51.100.66") for i in range(WORKERS)]
        login_flood(checks, node, table, "invented names, from the same address", lambda k, n: f"nobody-{k}-{n}", shared)
        elsewhere = [(f"worker-{i}", f"203.0.113.{i + 1}") for i in range(WORKERS)]
        login_flood(checks, node, table, "the victims' own names, from elsewhere", lambda k, n: f"worker-{(k + 8 * n) % WORKERS}", elsewhere)
        streams(checks, node, table)
        sessions(checks, node)
        stated_times(checks, node)
        table.show()

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
