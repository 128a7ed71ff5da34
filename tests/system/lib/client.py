"""The public HTTP API, spoken as a stranger would: http.client, one kept connection, a fresh one where it was closed."""

import http.client
import json
import socket
import time
import urllib.parse


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # lower-case names
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """The error object, or {} where there is none."""
        try:
            found = self.json.get("error")
            return found if isinstance(found, dict) else {}
        except (ValueError, AttributeError):
            return {}

    def lines(self):
        return [json.loads(line) for line in self.body.decode().splitlines() if line]

    def __repr__(self):
        return f"{self.status} {self.body[:300].decode(errors='replace')}"


class Api:
    def __init__(self, url, token=None, timeout_s=35):
        parts = urllib.parse.urlsplit(url)
        self.url = url.rstrip("/")
        self.host, self.port = parts.hostname, parts.port
        self.token = token
        self.timeout_s = timeout_s
        self.connection = None

    def with_token(self, token):
        return Api(self.url, token, self.timeout_s)

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def _head(self, headers):
        all_of_them = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        all_of_them.update(headers or {})
        return all_of_them

    def call(self, method, path, body=None, headers=None):
        """body: bytes as they are, else JSON. An old connection that turns out closed is replaced once, for GET only."""
        head = self._head(headers)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body, ensure_ascii=False).encode()
            head.setdefault("Content-Type", "application/json")
        for attempt in (1, 2):
            old = self.connection is not None
            if not old:
                self.connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout_s)
            try:
                try:
                    self.connection.request(method, path, body, head)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # too large: the node answers before it has read all, and closes
                r = self.connection.getresponse()
                answer = Answer(r.status, {k.lower(): v for k, v in r.getheaders()}, r.read())
                if r.will_close:
                    self.close()
                return answer
            except (http.client.HTTPException, OSError):
                self.close()
                if not old or attempt == 2 or method != "GET":
                    raise
        raise AssertionError("not reached")

    def get(self, path, headers=None, **query):
        return self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""), None, headers)

    def post(self, path, body=None, headers=None):
        return self.call("POST", path, {} if body is None else body, headers)

    def healthy(self):
        try:
            return self.get("/healthz").status == 200
        except OSError:
            return False
        except http.client.HTTPException:
            return False

    # ---- what several programs ask for ----
    def node(self):
        return self.get("/api/v1/node").json

    def matter(self, matter_id):
        return self.get(f"/api/v1/matters/{matter_id}").json

    def step(self, matter_id, step, body=None, headers=None):
        return self.post(f"/api/v1/matters/{matter_id}/{step}", body, headers)

    def each(self, path, **query):
        """Every item of a list, page by page."""
        cursor = {}
        while cursor is not None:
            answer = self.get(path, **cursor, **query)
            if answer.status != 200:
                raise OSError(f"{self.url}{path}: {answer}")
            yield from answer.json["items"]
            cursor = {"cursor": answer.json["next_cursor"]} if answer.json.get("next_cursor") else None

    def all_matters(self, **query):
        return self.each("/api/v1/matters", **{"limit": 500, **query})


class Stream:
    """Server-sent events, read line by line with a time-out."""

    def __init__(self, api, last_id=None, query=""):
        self.socket = socket.create_connection((api.host, api.port), timeout=10)
        head = f"GET /api/v1/stream{query} HTTP/1.1\r\nHost: {api.host}\r\nAccept: text/event-stream\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in api._head(None).items())  # a token's, or a session's cookie
        if last_id is not None:
            head += f"Last-Event-ID: {last_id}\r\n"
        self.socket.sendall((head + "\r\n").encode())
        self.response = http.client.HTTPResponse(self.socket)
        self.response.begin()
        self.status = self.response.status

    def events(self, seconds, enough=None, beats=False):
        """The events of the next seconds, as dicts of event, id, data; ends early after `enough` of them. Beats, which come every
        two seconds, only if asked for."""
        found, one = [], {}
        until = time.monotonic() + seconds
        while time.monotonic() < until and (enough is None or len(found) < enough):
            self.socket.settimeout(max(0.05, until - time.monotonic()))
            try:
                line = self.response.readline()
            except (TimeoutError, socket.timeout):
                break
            if not line:
                break
            line = line.decode().rstrip("\r\n")
            if not line:
                if "data" in one and (beats or one.get("event") != "beat"):
                    found.append(one)
                one = {}
            elif not line.startswith(":"):
                name, _, value = line.partition(":")
                value = value[1:] if value.startswith(" ") else value
                one[name] = one[name] + "\n" + value if name in one else value
        return found

    def close(self):
        self.response.close()
        self.socket.close()


def raw(api, data, seconds=5, shut=False):
    """Bytes as they are to the port; what came back until it closed or the time was over."""
    with socket.create_connection((api.host, api.port), timeout=seconds) as s:
        back = b""
        try:
            s.sendall(data)
            if shut:
                s.shutdown(socket.SHUT_WR)
            while True:
                piece = s.recv(65536)
                if not piece:
                    break
                back += piece
        except (TimeoutError, socket.timeout, ConnectionError):
            pass
        return back
