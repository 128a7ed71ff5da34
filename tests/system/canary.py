#!/usr/bin/python3
"""A canary in every field of a personal record, played through a tree of four levels: reported at the city, dispatched to a
community, read there and (by asking it) at the city, erased there; and then looked for everywhere else (VA1, VA2, DE3).

It must be in no journal, table, log, metric, feed, export, backup, bundle of `support`, stream or page, in no answer but the two
that may have it, and after the erasure in neither; the trail has both readings, with their purposes, at every level above.

Leaks of other systems (their numbers are those of the list that this was written against) and where each is tested:
  7 a parameter that names another object      tests/unit/http/resources_test.c (members), tests/system/contract (merge, area, of)
  13 an address with an id is checked           here (every address below, without the right), tests/unit/http/rights_test.c
  11 forbidden and absent alike                 here: personal of a matter that is not known, and of one without a record
  15 rights survive an ending                   tests/unit/http/accounts_test.c, auth_test.c
  19 every call by every role                   tests/unit/http/rights_test.c
  21 no row, no call                            node/http/calls/calls.h does not build without one; rights_test.c
  1, 3, 5, 17 narrowed by desk or grid          tests/unit/http/own_test.c, tests/system/rights.py (his own and another's)
  9 files by guessing                           tests/system/blobs.py (who does not know the matter), tests/unit/core/pulling_test.c
  23 another's session on a phone               tests/browser (the field's page)
"""

import gzip
import http.client
import pathlib
import sys
import tarfile
import threading
import urllib.parse

from lib import small
from lib.check import Checks, wait_until
from lib.small import CITY, COMMUNITY, COUNTY, STREET, seen
from lib.tree import options, scratch

WHO = {"name": "CANARYname王", "phone": "13900CANARY", "address": "CANARYaddress 7", "email": "CANARYmail@x", "confidential": True}
RESULT = "told KANARI 13900KANARI"  # in a result, which is free text: who may read the matter reads it, and no copy of the journal's figures
NEEDLES = [b"CANARY", "CANARYname王".encode(), "CANARY".encode("utf-16-le"), b"13900CAN"]
PURPOSE = "the return visit"


def has(data):
    return any(n in data for n in NEEDLES)


class Finders:
    """Each looks in one kind of place. Planted, none of them fails, and every one of them must have found it."""
    ALL = {"door", "file", "packed", "stream", "export"}

    def __init__(self, checks, planted):
        self.checks, self.planted, self.found = checks, planted, set()

    def none(self, finder, places, sentence):
        """`places`: where it is."""
        if not self.planted:
            return self.checks.equal(places, [], sentence)
        if places:
            self.found.add(finder)

    def end(self):
        missed = sorted(self.ALL - self.found)
        if self.planted and missed:
            print(f"planted, and not found by: {', '.join(missed)}")
        elif self.planted:  # what tests/run waits for
            self.checks.check(False, "planted: each finder sees it")


def files_with(folder):
    """Every file below the folder that has it; packed ones are unpacked."""
    found = []
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if not path.is_file():
            continue
        data = path.read_bytes()
        if path.suffix == ".gz" or data[:2] == b"\x1f\x8b":
            data += gzip.decompress(data)
        if has(data):
            found.append(str(path))
    return found


class Listener(threading.Thread):
    """The stream of one node, all of it."""

    def __init__(self, node):
        super().__init__(daemon=True)
        url = urllib.parse.urlsplit(node["http"])
        self.conn = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        self.conn.request("GET", "/api/v1/stream", headers={"Authorization": f"Bearer {node['token']}"})
        self.data = b""

    def run(self):
        try:
            answer = self.conn.getresponse()
            while True:
                piece = answer.read1(65536)
                if not piece:
                    return
                self.data += piece
        except (OSError, ValueError, AttributeError):
            pass


def personal(api, matter, purpose=PURPOSE):
    return api.get(f"/api/v1/matters/{matter}/personal", purpose=purpose)


def doors(apis, matter, number):
    """Every address that has something of a matter, or might."""
    paths = ["/metrics", "/healthz", "/api/v1/node", "/api/v1/tree", "/api/v1/wall", "/api/v1/door", "/api/v1/board?by=area", "/api/v1/me",
             "/api/v1/matters", "/api/v1/matters?q=CANARYq", f"/api/v1/matters/{matter}", f"/api/v1/matters/{matter}/proof",
             "/api/v1/feed?after=0", "/api/v1/audit", "/api/v1/users", "/api/v1/tokens", "/api/v1/desks", "/api/v1/warnings", "/api/v1/steps",
             "/api/v1/policy", "/", f"/r?number={number}", "/open311/v2/requests.json", f"/open311/v2/requests/{matter}.json",
             "/open311/v2/services.json", "/open311/discovery.json"]
    for path, api in apis.items():
        for door in paths:
            answer = api.call("GET", door)
            yield f"{path} {door}", answer.status, answer.body.replace(b"CANARYq", b"")


def nowhere(checks, finders, apis, folder, matter, number, when):
    answers = list(doors(apis, matter, number))
    strangers = [status for where, status, _ in answers if "/open311/v2/requests/" in where]
    checks.equal(strangers, [404] * len(apis), f"{when}: without a key nothing is told of it at all (OP1)")
    closed = [where for where, status, _ in answers
              if status != 200 and not (status == 404 and where.startswith(small.WEST)) and not where.endswith(" /")  # to the log-in
              and "/open311/v2/requests/" not in where]
    checks.equal(closed, [], f"{when}: every door is open, so that there is something to find")
    finders.none("door", [where for where, _, body in answers if has(body)], f"{when}: no door tells it")
    finders.none("file", files_with(folder), f"{when}: no file has it")
    told = {where.split(" ", 1)[1] for where, _, body in answers if b"KANARI" in body}
    checks.equal(told, {"/api/v1/matters", f"/api/v1/matters/{matter}", f"/api/v1/matters/{matter}/proof"}, f"{when}: a result stands where its matter is read, and nowhere else")


def taken_out(checks, finders, dev, folder):
    """What an operator takes away from a node."""
    node = next(n for n in dev.nodes() if n["path"] == CITY)
    backup, bundle = folder / "backup", folder / "bundle.tar.gz"
    for words, fine in ((("backup", "create", str(backup)), [0]), (("support", "bundle", str(bundle)), [0]),
                        (("doctor",), [0, 8])):  # 8: it worries about this machine, a disk that fills for one
        done = dev.cli.run(*words, "--dir", node["dir"])
        checks.check(done.returncode in fine, f"`qipan {words[0]}` does its work", done.stdout[-900:])
        checks.check(not has(done.stdout + done.stderr), f"`qipan {words[0]}` does not say it", done.stdout[-300:])
    checks.check(bundle.is_file() and has_names(bundle), "the bundle can be looked into", bundle)
    finders.none("packed", files_with(backup), "no backup has it")


def has_names(bundle):
    with tarfile.open(bundle) as packed:
        return len(packed.getnames()) > 3


def plays(checks, apis, plant=False):
    """Reported with all of it, and brought down to the community; its id and receipt number."""
    city, community = apis[CITY], apis[COMMUNITY]
    answer = city.post("/api/v1/matters", small.new(reporter=WHO, **({"text": "said by CANARYname王"} if plant else {})))
    checks.equal(answer.status, 201, "a report with a reporter is taken in")
    matter, number = answer.json["id"], answer.json["receipt"]
    checks.check(plant or not has(answer.body), "and its answer does not repeat who it was", answer.body[:300])
    first = personal(city, matter)
    checks.equal([first.status, first.json.get("phone")], [200, WHO["phone"]], "its node reads it")
    checks.equal(city.step(matter, "dispatch", {"to": COMMUNITY}).status, 200, "it is dispatched over three levels")
    checks.check(seen(community, matter, lambda m: m.get("offered")), "the offer arrives")
    checks.equal(community.step(matter, "accept", {}).status, 200, "and is accepted")
    return matter, number


def reads(checks, apis, matter):
    city, community = apis[CITY], apis[COMMUNITY]
    got = wait_until(lambda: (r := personal(community, matter)).status == 200 and r, 20)
    checks.check(got and {k: got.json[k] for k in WHO} == WHO, "the record has passed to the new holder", got)
    for middle in (COUNTY, STREET):  # they passed it on; they may ask the holder, as it lies below them
        answer = personal(apis[middle], matter)
        checks.equal([answer.status, answer.json.get("name")], [200, WHO["name"]], f"{middle} reads it by asking the holder")
    answer = personal(city, matter, "a complaint")
    checks.equal(answer.status, 200, "the city has it still")
    beside = personal(apis[small.WEST], matter)
    checks.check(beside.status == 404 and not has(beside.body), "who is beside knows of nothing", beside)
    checks.equal(personal(city, small.NOBODY).status, 404, "nor is there one of a matter that is not there")
    token = community.post("/api/v1/tokens", {"name": "worker", "rights": ["read", "report", "step"]}).json["token"]
    refused = personal(community.with_token(token), matter)
    checks.check(refused.status == 403 and not has(refused.body), "without the right it is refused", refused)
    checks.equal(community.get(f"/api/v1/matters/{matter}/personal").status, 400, "without a purpose as well")


def handled(checks, apis, matter):
    checks.equal(apis[COMMUNITY].step(matter, "handle", {"result": RESULT, "note": "done"}).status, 200, "it is handled, with a name in the result")
    for path in (STREET, COUNTY, CITY):
        checks.check(seen(apis[path], matter, lambda m: m.get("result") == RESULT), f"{path} reads the result")


def trail(checks, apis, matter):
    def entries(path):
        items = apis[path].get("/api/v1/audit", what="personal_read", limit=500).json["items"]
        return {(i["node"], i["purpose"]) for i in items if i["on"] == matter}

    def all_there():
        return {(CITY, PURPOSE), (COMMUNITY, PURPOSE), (COUNTY, PURPOSE), (STREET, PURPOSE), (CITY, "a complaint"), (COMMUNITY, "a complaint")} <= entries(CITY)
    checks.check(wait_until(all_there, 20), "the city's trail has each reading below it, with its purpose", entries(CITY))
    passed = apis[CITY].get("/api/v1/audit", what="personal_passed").json["items"]
    checks.check(any(i["on"] == matter and i.get("asked_by") == COMMUNITY for i in passed), "and that the record was passed on", passed)


def erased(checks, apis, matter):
    community = apis[COMMUNITY]
    checks.equal(apis[CITY].step(matter, "erase", {"reason": "he asks for it"}).status, 409, "who has passed it on does not erase it")
    answer = community.step(matter, "erase", {"reason": "he asks for it"})
    checks.equal([answer.status, answer.json.get("personal")], [200, "erased"], "its holder erases it")
    for path in (COMMUNITY, STREET, COUNTY, CITY):
        gone = wait_until(lambda: personal(apis[path], matter).status == 404, 20)
        checks.check(gone, f"{path} has it no more", personal(apis[path], matter))


def main():
    p = options(__doc__, 100)
    p.add_argument("--plant", action="store_true", help="the reporter stands in the matter's text too: every finder must see it")
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=40)
    finders = Finders(checks, args.plant)

    def body():
        folder = scratch(checks, args, "canary")
        dev = small.start(checks, args, folder)
        apis = dev.apis()
        streams = [Listener(n) for n in dev.nodes()]
        for s in streams:
            s.start()
        matter, number = plays(checks, apis, args.plant)
        reads(checks, apis, matter)
        trail(checks, apis, matter)
        handled(checks, apis, matter)
        taken_out(checks, finders, dev, folder)
        nowhere(checks, finders, apis, folder, matter, number, "while it is kept")
        erased(checks, apis, matter)
        nowhere(checks, finders, apis, folder, matter, number, "when it was erased")
        checks.check(all(s.data for s in streams), "every stream told something", [len(s.data) for s in streams])
        finders.none("stream", [i for i, s in enumerate(streams) if has(s.data)], "no stream told it")
        nodes = dev.nodes()
        checks.equal(dev.stop(), 0, "dev ends well")
        for node in nodes:
            done = dev.cli.run("export", "--dir", node["dir"])
            checks.equal(done.returncode, 0, f"{node['path']} is exported")
            finders.none("export", [node["path"]] if has(done.stdout) else [], f"the export of {node['path']} has it not")
            done = dev.cli.run("rebuild", "--dir", node["dir"])
            checks.equal(done.returncode, 0, f"{node['path']} is rebuilt")
        finders.none("file", files_with(folder), "nor has any file after that")
        dev.start(checks, 60)
        apis = dev.apis()
        for path in (COMMUNITY, CITY):
            checks.equal(personal(apis[path], matter).status, 404, f"a rebuild brings nothing back at {path}")
        checks.equal(dev.stop(), 0, "dev ends well again")
        finders.end()

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
