#!/usr/bin/python3
"""Files of matters in a tree of four levels (VA3): a photo with a position in its EXIF, attached at the community, read at the city,
which has to fetch it; the way is cut in the middle, and the reader is killed in the middle, and it goes on where it was.

Nothing of what a camera wrote beside the picture may be anywhere afterwards: in no folder, answer, journal or feed of any node.
Who has nothing to do with the matter gets nothing. --plant: a canary in a kept file, and a photo that is damaged at the city as
well: both must be seen.
"""

import base64
import hashlib
import os
import pathlib
import random
import signal
import struct
import sys
import time
import zlib

from lib import small
from lib.check import Checks, wait_until
from lib.small import CITY, COMMUNITY, COUNTY, STREET, WEST, seen
from lib.tree import options, scratch

CANARY = b"CANARY-33.6396N-116.9641E"
# 32 x 16 pixels, baseline.
JPEG = base64.b64decode("""
/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk
//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAARCAAQACADASIAAhEBAxEB
/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUFBAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2
JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVWV1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5
usLDxMXGx8jJytLT1NXW19jZ2uHi4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBA
QAAQJ3AAECAxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVmZ2hpanN0
dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq8vP09fb3+Pn6/9oADAMBAAIRAx
EAPwDmItO/2atxad/s10cWnf7NXItO/wBmvdqY7zPKwuY+ZzkWnf7NXItO/wBmuii07/Zq5Fp3+zXFUx3mfS4XMfM//9k=
""")


def hash_of(data):
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def exif():
    """Orientation 6, and a GPS entry whose text is the canary."""
    return (b"MM\0*" + struct.pack(">IH", 8, 2) + struct.pack(">HHIHH", 0x0112, 3, 1, 6, 0) +
            struct.pack(">HHII", 0x8825, 4, 1, 64) + b"\0" * 40 + CANARY)


def photo():
    app1 = b"Exif\0\0" + exif()
    comment = b"\xff\xfe" + struct.pack(">H", 2 + len(CANARY)) + CANARY
    return JPEG[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(app1)) + app1 + comment + JPEG[2:] + CANARY


def large(side, seed):
    """A PNG that does not get smaller by packing, with the canary in three of its chunks."""
    rnd = random.Random(seed)
    rows = b"".join(b"\0" + rnd.randbytes(3 * side) for _ in range(side))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) +
            chunk(b"tEXt", b"Comment\0" + CANARY) + chunk(b"eXIf", exif()) + chunk(b"IDAT", zlib.compress(rows, 1)) +
            chunk(b"IEND", b"") + CANARY)


def bomb():
    """Says to be a thousand million pixels in a few bytes."""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 32000, 32000, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(bytes(1 << 16), 9)) + chunk(b"IEND", b""))


def send(api, data, media="application/octet-stream", **query):
    path = "/api/v1/blobs" + ("?personal=true" if query.get("personal") else "")
    return api.call("POST", path, data, {"Content-Type": media})


def fetch(api, name, seconds=40):
    """The file, as soon as it is here; and how many times the node said that it comes."""
    waits, end = 0, time.monotonic() + seconds
    while True:
        answer = api.get(f"/api/v1/blobs/{name}")
        if answer.status not in (202, 503, 429) or time.monotonic() > end:
            return answer, waits
        waits += 1
        time.sleep(0.1)


def with_canary(folder):
    return [str(p) for p in sorted(pathlib.Path(folder).rglob("*")) if p.is_file() and b"CANARY" in p.read_bytes()]


def refusals(checks, api, matter):
    def refused(answer, status, word, sentence):
        checks.check(answer.status == status and word in answer.error.get("message", ""), sentence, answer)

    refused(send(api, b"", "image/jpeg"), 400, "empty", "an empty file is refused")
    refused(send(api, photo()[:200], "image/jpeg"), 422, "JPEG", "half a photo is refused with a sentence")
    refused(send(api, b"MZ" + bytes(100), "image/png"), 422, "neither", "what says to be an image and is none is refused")
    refused(send(api, bomb(), "image/png"), 422, "million", "a bomb is refused by its head")
    refused(send(api, b"x", "multipart/form-data; boundary=b"), 415, "bytes as they are", "a form is no file")
    refused(send(api, b"x", personal=True), 422, "vault", "a file about a person is refused, and says so")
    refused(send(api, bytes(20 * 1024 * 1024 + 1)), 413, "", "a file of more than 20 MiB is refused")
    refused(api.post("/api/v1/matters", small.new(attachments=["0" * 64])), 422, "send it to this node first",
            "a file that is not here is refused, and how to send it is said")
    refused(api.post("/api/v1/matters", small.new(attachments="x")), 400, "list", "attachments are a list")
    refused(api.step(matter, "comment", {"text": "t", "attachments": ["0" * 64]}), 400, "attachments",
            "a comment takes no files")
    refused(api.get("/api/v1/blobs/" + "1" * 64), 404, "no matter", "a file that no matter names is not shown")
    refused(api.get("/api/v1/blobs/../../etc"), 404, "", "no other address leads to a file")


def check_in(checks, api):
    """What is taken in at the community, and the matter that names it."""
    sent = send(api, photo(), "image/jpeg")
    checks.check(sent.status == 201 and sent.json["image"], "a photo is taken in", sent)
    paper = send(api, b"a permit, as it is", "application/pdf")
    checks.check(paper.status == 201 and paper.json["hash"] == hash_of(b"a permit, as it is"), "a paper is kept as it is", paper)
    alone = api.get(f"/api/v1/blobs/{sent.json['hash']}")
    checks.check(alone.status == 404, "before a matter names it nobody sees it", alone)
    matter = small.report(api, attachments=[sent.json["hash"], paper.json["hash"]])
    shown = matter.get("attachments", [])
    checks.check([a["type"] for a in shown] == ["image/jpeg", "application/pdf"] and all(a["here"] for a in shown) and
                 shown[0]["node"] == COMMUNITY, "the matter shows its files, and where they are", shown)
    got = api.get(f"/api/v1/blobs/{sent.json['hash']}")
    checks.check(got.status == 200 and hash_of(got.body) == sent.json["hash"] and got.headers["content-type"] == "image/jpeg" and
                 got.headers["content-disposition"].startswith("inline") and got.headers["x-content-type-options"] == "nosniff",
                 "the photo is shown as what it is", got.headers)
    checks.check(b"Exif" not in got.body and b"CANARY" not in got.body and
                 struct.unpack(">HH", got.body[got.body.index(b"\xff\xc0") + 5:][:4]) == (32, 16),
                 "nothing of the camera is left, and it stands upright")
    got = api.get(f"/api/v1/blobs/{paper.json['hash']}")
    checks.check(got.headers.get("content-disposition", "").startswith("attachment"), "a paper is to be saved", got.headers)
    return matter["id"], sent.json["hash"], paper.json["hash"]


def steps(checks, api, matter):
    """A finding with a photo; and what the history says of it."""
    sent = send(api, large(40, 1), "image/png").json["hash"]
    done = api.step(matter, "progress", {"note": "this is how it looks now", "attachments": [sent]})
    checks.check(done.status == 200 and len(done.json["attachments"]) == 3, "a note brings a photo along", done)
    history = api.get(f"/api/v1/matters/{matter}").json["history"]
    checks.check([a["hash"] for h in history if h["type"] == "progressed" for a in h.get("attachments", [])] == [sent] and
                 len(history[0].get("attachments", [])) == 2, "the history says which file came with what", history)
    return sent


def cut_and_killed(checks, dev, apis, pids):
    """A large photo, read at the city; the street stands still for a while in the middle, then the city is killed."""
    data = large(1300, 2)
    sent = send(apis[COMMUNITY], data, "image/png")
    checks.check(sent.status == 201, "a large photo is taken in", sent)
    name = sent.json["hash"]
    matter = small.report(apis[COMMUNITY], attachments=[name])["id"]
    checks.check(seen(apis[CITY], matter, lambda m: m["attachments"] and not m["attachments"][0]["here"]),
                 "the city knows the file and does not have it")
    far = apis[CITY]

    def have():
        answer = far.get(f"/api/v1/blobs/{name}")
        return answer.json["have"] if answer.status == 202 else answer.status

    first = have()
    checks.equal(first, 0, "the first answer says that it is being fetched")
    begun = wait_until(lambda: (h := have()) and h > 200 and h, 20, 0.005)
    os.kill(pids[STREET], signal.SIGSTOP)
    time.sleep(0.3)
    stood = have()
    time.sleep(4)
    still = far.get(f"/api/v1/blobs/{name}")
    os.kill(pids[STREET], signal.SIGCONT)
    checks.check(begun and 200 < stood < sent.json["bytes"] and still.status in (202, 503),
                 "the way is cut in the middle", f"{begun} {stood} {still}")
    on = wait_until(lambda: (h := have()) == 200 or (h > stood and h not in (503, 404) and h), 40, 0.01)
    checks.check(on, "it goes on where it was", on)
    if on and on != 200:
        os.kill(pids[CITY], signal.SIGKILL)
        checks.check(wait_until(lambda: far.healthy(), 40, 0.1), "the city is back after it was killed")
        after = wait_until(lambda: have() or None, 20, 0.01)
        checks.check(after and after >= stood, "what came before it was killed is still there", f"{stood} {after}")
    got, _ = fetch(far, name, 90)
    checks.check(got.status == 200 and hash_of(got.body) == name, "the whole photo is read at the city", got.status)


def strangers(checks, apis, name):
    answer = apis[WEST].get(f"/api/v1/blobs/{name}")
    checks.check(answer.status == 404, "who does not know the matter gets nothing", answer)
    screen = apis[COMMUNITY].post("/api/v1/tokens", {"name": "wall", "rights": ["count"]})
    wall = apis[COMMUNITY].with_token(screen.json.get("token", ""))
    checks.equal(wall.get(f"/api/v1/blobs/{name}").status, 403, "a wall gets no files")


def lost(checks, dev, apis, name, plant):
    """A file that was damaged on the disk of who attached it: it comes from who has read it."""
    found = [p for p in pathlib.Path(dev.state).rglob(f"blobs/{name[:2]}/{name[2:]}.*")]
    checks.check(len(found) == 2, "the file lies at the community and at the city", found)
    here = [p for p in found if p.is_relative_to(dev.node(COMMUNITY)["dir"])]
    if not checks.check(len(here) == 1, "one of them is the community's", found):
        return
    for p in found if plant else here:
        data = bytearray(p.read_bytes())
        data[len(data) // 2] ^= 1
        p.write_bytes(data)
    got, _ = fetch(apis[COMMUNITY], name, 6 if plant else 30)
    came = checks.check(got.status == 200 and hash_of(got.body) == name, "a damaged file comes again from the city", got.status)
    checks.check(here[0].exists() and hash_of(here[0].read_bytes()) == name, "and lies there whole again", here)
    return came


def main():
    parser = options(__doc__, 55)
    parser.add_argument("--plant", action="store_true", help="a canary in a kept file: the search must see it")
    args = parser.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "blobs")
        dev = small.start(checks, args, folder)
        apis = dev.apis()
        pids = {n["path"]: n["pid"] for n in dev.nodes()}
        matter, photo_name, paper = check_in(checks, apis[COMMUNITY])
        refusals(checks, apis[COMMUNITY], matter)
        steps(checks, apis[COMMUNITY], matter)
        checks.check(seen(apis[CITY], matter, lambda m: len(m["attachments"]) == 3), "the city hears of the files")
        for name in (photo_name, paper):
            got, waits = fetch(apis[CITY], name)
            checks.check(got.status == 200 and hash_of(got.body) == name and waits > 0, "the city reads it from the community",
                         f"{got.status} {waits}")
        small_ones = [p for p in pathlib.Path(dev.state).rglob("blobs/*/*") if p.parent.name not in ("new", "coming")]
        cut_and_killed(checks, dev, apis, pids)
        strangers(checks, apis, photo_name)
        came = lost(checks, dev, apis, photo_name, args.plant)
        if args.plant and small_ones and came is False:  # the first mistake was seen
            with open(small_ones[0], "ab") as out:
                out.write(CANARY)
        checks.equal(with_canary(dev.state), [], "the canary is nowhere")
        feeds = [p for p, api in apis.items() if b"CANARY" in api.get("/api/v1/feed", after=0).body]
        checks.equal(feeds, [], "nor in what a node tells of its journal")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
