"""The doors of the HTTP listener: rights, methods, sizes, broken requests. Called by http_contract.py."""

import socket

from lib.client import raw
from lib.small import CITY, LATER, NOBODY, STREET, fields_of, new, report


def errors_shape(checks, answer, status, what):
    checks.equal(answer.status, status, f"{what} ({answer})")
    error = answer.error
    checks.check(error.get("code") and error.get("message"), f"{what}: an error with code and message", answer)
    zh = error.get("message_zh") or ""
    checks.check(any("\u4e00" <= c <= "\u9fff" for c in zh), f"{what}: and the sentence in Chinese", answer)
    checks.check(not zh.endswith(error.get("message") or "?"), f"{what}: with a row of its own (proto/said_*.h)", answer)


def rights(checks, apis):
    api = apis[STREET]
    matter_id = report(api)["id"]
    errors_shape(checks, api.with_token(None).get("/api/v1/matters"), 401, "no token")
    errors_shape(checks, api.with_token("wrong").get("/api/v1/matters"), 401, "a wrong token")
    errors_shape(checks, apis[CITY].with_token(api.token).get("/api/v1/node"), 401, "another node's token")

    def token(name, *rights):
        answer = api.post("/api/v1/tokens", {"name": name, "rights": list(rights)})
        checks.equal(answer.status, 201, f"a token with {rights} ({answer})")
        return api.with_token(answer.json["token"])

    reader, reporter = token("r", "read"), token("w", "report")
    for who, method, path, body, missing in (
            (reader, "POST", "/api/v1/matters", new(), "report"),
            (reader, "POST", f"/api/v1/matters/{matter_id}/close", {"result": "x"}, "step"),
            (reader, "POST", f"/api/v1/matters/{matter_id}/urge", {"note": "x", "due": LATER}, "command"),
            (reader, "GET", "/api/v1/tokens", None, "admin"), (reporter, "GET", "/api/v1/matters", None, "read")):
        answer = who.call(method, path, body)
        errors_shape(checks, answer, 403, f"{method} {path} without `{missing}`")
        checks.check(missing in answer.error.get("message", ""), f"{method} {path}: names the right `{missing}`", answer)
    checks.equal(reader.get("/api/v1/matters").status, 200, "a reader reads")
    checks.equal(reporter.post("/api/v1/matters", new()).status, 201, "a reporter reports")
    names = {t["name"]: t for t in api.get("/api/v1/tokens").json["items"]}
    checks.check({"r", "w"} <= names.keys() and all("token" not in t for t in names.values()), "tokens are listed without their text")
    checks.equal(api.call("DELETE", "/api/v1/tokens/r").status, 200, "a token is ended")
    errors_shape(checks, reader.get("/api/v1/matters"), 401, "an ended token")


def paths(checks, apis):
    api = apis[STREET]
    matter_id = report(api)["id"]
    errors_shape(checks, api.get("/api/v1/nothing"), 404, "a path that is not there")
    errors_shape(checks, api.get(f"/api/v1/matters/{NOBODY}"), 404, "nobody's id")
    errors_shape(checks, api.get("/api/v1/matters/not-an-id"), 404, "no id at all")
    errors_shape(checks, api.step(NOBODY, "close", fields_of("close")), 404, "a step of nobody's id")
    errors_shape(checks, api.step(matter_id, "fly"), 404, "a step that is none")
    answer = api.call("PUT", "/api/v1/matters", {})
    errors_shape(checks, answer, 405, "PUT of the list")
    checks.check("POST" in answer.headers.get("allow", ""), "405 names what is allowed", answer.headers)
    errors_shape(checks, api.call("DELETE", f"/api/v1/matters/{matter_id}"), 405, "DELETE of a matter")
    answer = api.call("POST", "/api/v1/matters", b"a=b", {"Content-Type": "application/x-www-form-urlencoded"})
    checks.check(answer.status in (400, 415), "a form is not JSON", answer)


def sizes(checks, apis):
    api = apis[STREET]
    answer = api.post("/api/v1/matters", new(text="x" * 5_000_000))
    errors_shape(checks, answer, 413, "a body of 5 MB")
    answer = api.post("/api/v1/matters", new(title="t" * 100_000))
    checks.check(answer.status in (400, 413), "a title of 100,000 bytes", answer)
    answer = raw(api, b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    checks.check(answer == b"" or b" 4" in answer[:16], "an address of 100,000 bytes", answer[:60])


def broken(checks, apis):
    """Requests that no library sends; after each the node still answers."""
    api = apis[STREET]
    token = f"Authorization: Bearer {api.token}\r\n".encode()
    head = b"POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + token
    for what, data in (
            ("garbage", bytes(range(256)) * 20), ("no host", b"GET /healthz HTTP/1.1\r\n\r\n"),
            ("two lengths", head + b"Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}"),
            ("length and chunks", head + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
            ("a negative length", head + b"Content-Length: -1\r\n\r\n"),
            ("a length beyond all", head + b"Content-Length: 99999999999999999999\r\n\r\n"),
            ("a broken chunk", head + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")):
        answer = raw(api, data, 3, shut=True)
        status = answer[9:12]
        checks.check(not status or status.startswith(b"4"), f"{what}: refused or closed", answer[:100])
    half = [socket.create_connection((api.host, api.port)) for _ in range(50)]
    for s in half:
        s.sendall(head + b"Content-Length: 1000\r\n\r\n{")
    checks.equal(api.get("/healthz").status, 200, "it answers beside 50 half requests")
    checks.equal(api.post("/api/v1/matters", new()).status, 201, "it takes a report beside them")
    for s in half:
        s.close()


def sessions(checks, apis, cli, node_dir):
    api = apis[STREET].with_token(None)
    done = cli.run("user", "add", "mei", "--role", "dispatcher", "--password", "-", "--dir", node_dir, stdin="a long passphrase")
    if not checks.check(done.returncode == 0, "a user is added", done.stderr):
        return
    answer = api.post("/api/v1/session", {"name": "mei", "password": "wrong"})
    errors_shape(checks, answer, 401, "a wrong password")
    answer = api.post("/api/v1/session", {"name": "nobody", "password": "wrong"})
    errors_shape(checks, answer, 401, "an unknown name")
    answer = api.post("/api/v1/session", {"name": "mei", "password": "a long passphrase"})
    checks.check(answer.status in (200, 201), "a log-in", answer)
    cookie = answer.headers.get("set-cookie", "")
    checks.check("HttpOnly" in cookie and "SameSite=Strict" in cookie, "the cookie is HttpOnly and SameSite=Strict", cookie)
    cookie = {"Cookie": cookie.split(";")[0]}
    checks.equal(api.get("/api/v1/matters", cookie).status, 200, "the session reads")
    answer = api.post("/api/v1/matters", new(), {**cookie, "Origin": "http://evil.example"})
    checks.equal(answer.status, 403, f"a write from another site's page ({answer})")


def resources(checks, apis, cli, node_dir):
    """A desk and its member by the command line, as the API shows them; an account that is only admin."""
    api, at = apis[STREET], ("--dir", node_dir)
    for words, code in ((("user", "add", "fang", "--title", "方", "--roles", "desk,worker", "--password", "-"), 0),
                        (("user", "add", "boss", "--role", "admin", "--password", "-"), 0),
                        (("desk", "add", "water", "--title", "供水", "--duties", "停水@" + STREET, "--members", "fang", "--source", "yes"), 0),
                        (("desk", "add", "water", "--title", "again"), 4), (("desk", "add", "x", "--title", "t", "--members", "nobody"), 1),
                        (("desk", "set", "water", "--title", "水务", "--if-version", "1"), 0),
                        (("desk", "set", "water", "--title", "late", "--if-version", "1"), 4), (("desk", "end", "nowhere"), 3)):
        done = cli.run(*words, *at, stdin="a long passphrase")
        checks.equal(done.returncode, code, f"{' '.join(words)} ({done.stderr})")
    answer = api.get("/api/v1/desks/water")
    desk = answer.json or {}
    checks.equal((answer.status, desk.get("title"), desk.get("version"), desk.get("members"), desk.get("source"), desk.get("ended_at")),
                 (200, "水务", 2, ["fang"], True, None), "the desk as it stands")
    checks.equal(desk.get("duties"), [{"category": "停水", "area": STREET}], "its duties")
    listed = cli.run("desk", "list", *at)
    checks.check("水务".encode() in listed.stdout and b"fang" in listed.stdout, "the list has it", listed.stdout)
    login = api.with_token(None).post("/api/v1/session", {"name": "boss", "password": "a long passphrase"})
    boss = {"Cookie": login.headers.get("set-cookie", "").split(";")[0]}
    who = api.with_token(None)
    checks.equal(who.get("/api/v1/matters", boss).status, 403, "an admin sees no matters")
    answer = who.post("/api/v1/users", {"name": "x", "password": "long enough", "roles": ["commander"]}, boss)
    errors_shape(checks, answer, 403, "an admin gives no role that he lacks")
    me = who.get("/api/v1/me", boss).json
    checks.equal((me.get("name"), me.get("roles"), me.get("node", {}).get("path")), ("boss", ["admin"], STREET), "who am I")
    checks.equal(api.post("/api/v1/users/boss/password", {"password": "another passphrase"}).status, 200, "another password")
    checks.equal(who.get("/api/v1/me", boss).status, 401, "ends the session")
    checks.equal(cli.run("desk", "end", "water", *at).returncode, 0, "the desk is ended")
    checks.check(api.get("/api/v1/desks/water").json.get("ended_at"), "and stays readable")


def slow_down(checks, apis):
    """Log-ins with wrong passwords, many at once: some are answered 429 with Retry-After, and all others go on."""
    import concurrent.futures
    api = apis[STREET]

    def one(_):
        a = api.with_token(None)
        r = a.post("/api/v1/session", {"name": "mei", "password": "wrong"})
        a.close()
        return r

    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        answers = list(pool.map(one, range(80)))
    busy = [a for a in answers if a.status == 429]
    checks.check(busy and all(a.headers.get("retry-after") for a in busy), "a flood of log-ins: 429 with Retry-After",
                 sorted({a.status for a in answers}))
    checks.equal(api.get("/healthz").status, 200, "and the node goes on")
