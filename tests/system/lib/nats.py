"""A NATS server of its own on loopback, and as much of a client as it takes to read a stream: text lines over a socket.

The client shares nothing with what is tested: no library, no code.
"""

import base64
import json
import os
import shutil
import socket
import subprocess

from lib.check import wait_until
from lib.tree import free_ports

SERVER = shutil.which("nats-server") or "/usr/sbin/nats-server"


class Server:
    """Its store lies in its own folder; it is ended by its own process id."""

    def __init__(self, checks, folder, *lines, port=None):
        folder.mkdir(exist_ok=True)
        self.folder, self.port, self.process = folder, port or free_ports(1), None
        self.file = folder / "server.conf"
        self.file.write_text("\n".join((f"listen: 127.0.0.1:{self.port}", f'jetstream {{ store_dir: "{folder}/store" }}', *lines)) + "\n")
        checks.undo(self.kill)

    def start(self, seconds=20):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([SERVER, "-c", self.file], stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)
        if not wait_until(self.ready, seconds):
            raise OSError(f"nats-server does not answer: {(self.folder / 'log').read_text()[-500:]}")
        return self

    def ready(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                return s.recv(4) == b"INFO"
        except OSError:
            return False

    def kill(self):
        """At once; what it had acknowledged lies in its files."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def crash(self):
        self.kill()
        self.start()

    def url(self, stream, who="", more=""):
        return f"nats://{who}127.0.0.1:{self.port}/{stream}{more}"


class Client:
    def __init__(self, port, **who):
        self.socket = socket.create_connection(("127.0.0.1", port), 10)
        self.file = self.socket.makefile("rb")
        self.file.readline()  # INFO
        self.inbox, self.asked = f"_INBOX.{os.urandom(8).hex()}", 0
        self.came = []
        self.send("CONNECT " + json.dumps({"verbose": False, "headers": True, "no_responders": True, **who}))
        self.send(f"SUB {self.inbox}.* 1")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()

    def send(self, line, payload=None):
        self.socket.sendall(line.encode() + b"\r\n" + (payload + b"\r\n" if payload is not None else b""))

    def publish(self, subject, payload=b"", reply=""):
        self.send(f"PUB {subject} {reply + ' ' if reply else ''}{len(payload)}", payload)

    def next(self):
        """(subject, status, headers, data) of the next message."""
        while True:
            words = self.file.readline().split()
            if not words or words[0] == b"-ERR":
                raise OSError(f"NATS: {b' '.join(words).decode() or 'the connection is closed'}")
            if words[0] == b"PING":
                self.send("PONG")
            if words[0] not in (b"MSG", b"HMSG"):
                continue
            body = self.file.read(int(words[-1]) + 2)[:-2]
            head, data = (body[: int(words[-2])], body[int(words[-2]):]) if words[0] == b"HMSG" else (b"", body)
            return words[1].decode(), *headers(head), data

    def ask(self, subject, **body):
        self.asked += 1
        reply = f"{self.inbox}.{self.asked}"
        self.publish(subject, json.dumps(body).encode() if body else b"", reply)
        while True:
            got = to, status, _, data = self.next()
            if to == reply:
                return {"error": {"description": f"status {status}"}} if status else json.loads(data)
            self.came.append(got)  # a stream may begin before its consumer is acknowledged

    def api(self, what, stream, **body):
        answer = self.ask(f"$JS.API.STREAM.{what}.{stream}", **body)
        if "error" in answer:
            raise OSError(f"STREAM.{what}.{stream}: {answer['error']}")
        return answer

    def state(self, stream):
        return self.api("INFO", stream)["state"]

    def message(self, stream, sequence):
        m = self.api("MSG.GET", stream, seq=sequence)["message"]
        return m["subject"], headers(base64.b64decode(m.get("hdrs", "")))[1], base64.b64decode(m.get("data", ""))

    def all(self, stream):
        """Every message that the stream has, in its order: (subject, headers, data)."""
        state = self.state(stream)
        if not state["messages"]:
            return []
        self.asked += 1
        to = f"_ALL{self.inbox}.{self.asked}"  # a server pushes only to a subscription of exactly this subject
        self.send(f"SUB {to} {self.asked + 1}")
        made = self.ask(f"$JS.API.CONSUMER.CREATE.{stream}", stream_name=stream,
                        config={"deliver_policy": "all", "ack_policy": "none", "deliver_subject": to, "inactive_threshold": 10**10})
        if "error" in made:
            raise OSError(str(made["error"]))
        found = []
        while len(found) < state["messages"]:
            subject, _, head, data = self.came.pop(0) if self.came else self.next()
            if subject.startswith(stream + "."):
                found.append((subject, head, data))
        self.send(f"UNSUB {self.asked + 1}")
        self.ask(f"$JS.API.CONSUMER.DELETE.{stream}.{made['name']}")
        return found


def headers(head):
    """(status, {name: value}) of NATS/1.0 headers."""
    lines = head.decode().split("\r\n")
    status = lines[0][8:].strip() if lines else ""
    return status, dict(x.split(": ", 1) for x in lines[1:] if ": " in x)
