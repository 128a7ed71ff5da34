#!/usr/bin/python3
"""HTTPS at a node by two files: served beside plain HTTP, renewed without a restart, and told when the new files are wrong or the end is near."""

import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys

from joining import Place
from lib.check import Checks, wait_until
from lib.client import Api
from lib.tree import Cli, end, free_ports, options, scratch


def certificate(folder, name, days=90):
    crt, key = folder / f"{name}.crt", folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days), "-subj",
                    f"/CN={name}.example", "-keyout", key, "-out", crt], check=True, capture_output=True)
    return crt, key


def put(where, *files):
    """As who renews does it: written aside, then renamed."""
    for file, to in zip(files, where):
        aside = to.with_suffix(".new")
        aside.write_bytes(pathlib.Path(file).read_bytes())
        os.replace(aside, to)


def connect(port):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context.wrap_socket(socket.create_connection(("127.0.0.1", port), 10), server_hostname="city.example")


def ask(conn, text):
    """The head of the answer; its body, where its length is told, is read too."""
    conn.sendall(text.encode())
    said, wanted = b"", 1
    while b"\r\n\r\n" not in said or len(said) < wanted:
        more = conn.recv(65536)
        if not more:
            break
        said += more
        head, _, _ = said.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        wanted = len(head) + 4 + int(length[1]) if length else 0
    return said.decode(errors="replace")


def served(port):
    """The name on the certificate of a new connection."""
    with connect(port) as conn:
        der = conn.getpeercert(binary_form=True)
    text = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject"], input=der, capture_output=True).stdout.decode()
    return text.split("CN = ")[-1].strip()


def alarm(place):
    found = [a for a in place.api().get("/api/v1/node").json["alarms"] if a["code"] == "tls"]
    return found[0] if found else None


def main():
    args = options(__doc__, 60).parse_args()
    checks = Checks(args.timeout)

    def body():
        folder, cli = scratch(checks, args, "tls"), Cli(args.qipan)
        port = free_ports(3)
        secure = port + 2
        place = Place(cli, folder, "keep", port, False)
        done = place.run("init", "--path", "keep", "--title", "堡", "--level", "city", "--zone", "UTC", "--http", place.http, "--link", place.link)
        checks.equal(done.returncode, 0, "init")
        one, two, soon = certificate(folder, "one"), certificate(folder, "two"), certificate(folder, "soon", 5)
        files = folder / "live.crt", folder / "live.key"
        put(files, one[0], two[1])
        cli.env |= {"QIPAN_HTTP_TLS_LISTEN": f"127.0.0.1:{secure}", "QIPAN_HTTP_TLS_CERTIFICATE": str(files[0]), "QIPAN_HTTP_TLS_KEY": str(files[1])}
        done = place.run("serve")
        said = (done.stdout + done.stderr).decode()
        checks.check(done.returncode != 0 and "is not the key of" in said, "a key that is another certificate's is refused at the start", said)
        put(files, *one)
        place.serve(checks)
        checks.equal(served(secure), "one.example", "the certificate is served")
        with connect(secure) as old:
            checks.check(ask(old, "GET /healthz HTTP/1.1\r\nHost: city.example\r\n\r\n").startswith("HTTP/1.1 200"), "healthz over HTTPS")
            checks.check(Api(f"http://{place.http}").healthy(), "and over HTTP")
            checks.check(alarm(place) is None, "no alarm")
            place.run("user", "add", "wang", "--role", "dispatcher", "--password", "a long enough word", stdin="a long enough word\n")
            log_in = json.dumps({"name": "wang", "password": "a long enough word"})
            said = ask(old, f"POST /api/v1/session HTTP/1.1\r\nHost: city.example\r\nContent-Type: application/json\r\nContent-Length: {len(log_in)}\r\n\r\n{log_in}")
            checks.check("Set-Cookie" in said and "; Secure" in said, "a session over HTTPS is for HTTPS alone", said[:300])
            put(files, *two)
            checks.check(wait_until(lambda: served(secure) == "two.example", 10, 0.3), "a renewed certificate is served without a restart")
            checks.check(ask(old, "GET /healthz HTTP/1.1\r\nHost: city.example\r\n\r\n").startswith("HTTP/1.1 200"), "a connection of before lives on")
        token = (place.dir / "cli-token").read_text().strip()
        with connect(secure) as stream:
            stream.settimeout(8)
            said = ask(stream, f"GET /api/v1/stream HTTP/1.1\r\nHost: city.example\r\nAuthorization: Bearer {token}\r\n\r\n")
            checks.check("text/event-stream" in said and stream.recv(4096), "a stream runs over HTTPS")
        put(files, one[0], two[1])
        checks.check(wait_until(lambda: alarm(place), 10, 0.3), "files that do not fit are an alarm")
        checks.check("is not the key of" in json.dumps(alarm(place)), "which says what is wrong", alarm(place))
        checks.equal(served(secure), "two.example", "and the former certificate is served on")
        done = place.run("status")
        checks.check(b"tls" in done.stdout, "`qipan status` shows it", done.stdout)
        put(files, *soon)
        checks.check(wait_until(lambda: served(secure) == "soon.example", 10, 0.3), "one that ends in five days is served")
        checks.check(alarm(place) is not None, "and told")
        put(files, *one)
        checks.check(wait_until(lambda: served(secure) == "one.example" and alarm(place) is None, 10, 0.3), "a good one ends the alarm")
        with socket.create_connection(("127.0.0.1", secure), 5) as plain:
            plain.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            plain.settimeout(5)
            checks.check(b"200 OK" not in plain.recv(4096), "plain HTTP is not answered there")
        end(place.process)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
