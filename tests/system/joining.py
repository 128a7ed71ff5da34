#!/usr/bin/python3
"""Joining for real: `init`, `invite`, `join`, `serve` on separate folders, step by step as a newcomer does it.

The result must be the same federation as `qipan dev` makes of the same areas. A used, expired, wrong-path or damaged token is
refused with a sentence that says which.
"""

import sys
import time

from lib import small
from lib.check import Checks, wait_until
from lib.client import Api
from lib.small import CITY, COMMUNITY, COUNTY, STREET, WEST
from lib.tree import Cli, end, free_ports, options, scratch, wait_drained

ORDER = [CITY, COUNTY, WEST, STREET, COMMUNITY]
TITLES = {CITY: ("棋城", "city", "1"), COUNTY: ("东区", "county", "11"), WEST: ("西区", "county", "12"),
          STREET: ("湖街道", "street", "111"), COMMUNITY: ("柳社区", "community", "1111")}


class Place:
    """One node, set up by hand."""

    def __init__(self, cli, folder, path, port, leaf):
        self.cli, self.path, self.dir = cli, path, folder / path.replace("/", "-")
        self.http = f"127.0.0.1:{port}"
        self.link = "" if leaf else f"tcp://127.0.0.1:{port + 1}"
        self.process = None

    def run(self, *words, **more):
        return self.cli.run(*words, "--dir", self.dir, **more)

    def serve(self, checks):
        self.process = self.cli.start("serve", "--dir", self.dir, log=self.dir.parent / (self.dir.name + ".log"))
        checks.undo(lambda: end(self.process))
        ok = wait_until(lambda: Api(f"http://{self.http}").healthy(), 20)
        checks.check(ok, f"{self.path} serves", (self.dir.parent / (self.dir.name + ".log")).read_text()[-800:])

    def api(self):
        return Api(f"http://{self.http}", (self.dir / "cli-token").read_text().strip())


def token_of(done):
    """The token in what `invite` printed: its last word."""
    return done.stdout.decode().split()[-1] if done.stdout.split() else ""


def invite(checks, place, path, *more):
    title, level, code = TITLES.get(path, ("Some place", "street", "9"))
    done = place.run("invite", path, "--title", title, "--level", level, "--code", code, *more)
    checks.check(done.returncode == 0 and len(token_of(done)) > 40, f"invite {path}", done.stdout + done.stderr)
    return token_of(done)


def join(place, token, *more):
    return place.run("join", token, "--http", place.http, "--link", place.link, *more)


def refused(checks, done, words, what, usage=False):
    """usage: what is no token at all may also be a mistake in the arguments."""
    said = (done.stdout + done.stderr).decode()
    checks.check(done.returncode not in ((0,) if usage else (0, 2)), f"{what} is refused", f"exit status {done.returncode}: {said}")
    checks.check(any(w in said.lower() for w in words), f"{what}: the sentence says so", said)


def set_up(checks, args, folder):
    cli = Cli(args.qipan)
    first = free_ports(2 * len(ORDER) + 8)
    places = {path: Place(cli, folder, path, first + 2 * i, path in (COMMUNITY, WEST)) for i, path in enumerate(ORDER)}
    root = places[CITY]
    done = root.run("init", "--path", CITY, "--title", "棋城", "--code", "1", "--level", "city", "--zone", small.ZONE,
                    "--http", root.http, "--link", root.link)
    checks.check(done.returncode == 0, "init", done.stderr)
    again = root.run("init", "--path", CITY, "--title", "x", "--level", "city", "--zone", "UTC")
    checks.check(again.returncode != 0, "init a second time is refused", again.stdout)
    root.serve(checks)
    tokens = {}
    for path in ORDER[1:]:
        parent = places[path.rsplit("/", 1)[0]]
        tokens[path] = invite(checks, parent, path)
        done = join(places[path], tokens[path])
        checks.check(done.returncode == 0, f"{path} joins", done.stderr)
        places[path].serve(checks)
    return places, tokens, first + 2 * len(ORDER)


def bad_tokens(checks, places, tokens, folder, port):
    cli, county = places[CITY].cli, places[COUNTY]
    new = Place(cli, folder, "qicheng/east/mill", port, True)
    new.dir = folder / "newcomer"
    refused(checks, join(new, tokens[STREET]), ("used", "already"), "a used token")
    good = invite(checks, county, "qicheng/east/mill")
    refused(checks, join(new, good, "--path", "qicheng/east/lake"), ("qicheng/east/mill",), "a token for another path")
    refused(checks, new.run("join", good[:-1] + ("a" if good[-1] != "a" else "b"), "--http", new.http), ("token", "damaged", "typed"),
            "a token with its last character changed", usage=True)
    refused(checks, new.run("join", "hello", "--http", new.http), ("token",), "a word that is no token", usage=True)
    outside = county.run("invite", "qicheng/west/mill", "--title", "x", "--level", "street")
    refused(checks, outside, ("qicheng/east", "below", "child"), "an invitation for a place that is not this node's child")
    far = county.run("invite", "qicheng/east/mill/deep", "--title", "x", "--level", "street")
    refused(checks, far, ("qicheng/east", "child", "below"), "an invitation for a grandchild")
    minutes = county.run("invite", "qicheng/east/mill", "--title", "x", "--level", "street", "--minutes", "0")
    checks.equal(minutes.returncode, 2, "an invitation for 0 minutes")
    return new, good


def expired(checks, county, new, good):
    """The shortest token holds a minute."""
    token = invite(checks, county, "qicheng/east/mill", "--minutes", "1")
    checks.say("waiting 62 s for a token of one minute to expire")
    time.sleep(62)
    refused(checks, join(new, token), ("expired",), "an expired token")
    fresh = invite(checks, county, "qicheng/east/mill")
    done = join(new, fresh)
    checks.check(done.returncode == 0, "a fresh token after all of these", done.stderr)
    refused(checks, join(Place(new.cli, new.dir.parent, "qicheng/east/mill", 1, True), good), ("used", "another token", "already", "expired"),
            "the earlier token for the same place")


def shape(tree):
    return (tree["path"], tree["title"], tree["level"], tree["state"], sorted(shape(c) for c in tree["children"]))


def same_as_dev(checks, args, folder, places):
    by_hand = {path: p.api() for path, p in places.items()}
    live = wait_until(lambda: all(l["state"] == "live" for a in by_hand.values() for l in a.node()["children"]), 20)
    checks.check(live, "all links are live")
    dev = small.start(checks, args, folder)
    by_dev = dev.apis()
    checks.equal(sorted(by_dev), sorted(by_hand), "the same nodes")
    wait_until(lambda: all(l["state"] == "live" for a in by_dev.values() for l in a.node()["children"]), 20)
    for path in ORDER:
        one, two = by_hand[path], by_dev[path]
        h1, h2 = one.get("/healthz").json, two.get("/healthz").json
        checks.equal({k: h1[k] for k in ("path", "level", "status", "version")},
                     {k: h2[k] for k in ("path", "level", "status", "version")}, f"{path}: healthz")
        checks.equal(sorted(h1), sorted(h2), f"{path}: the fields of healthz")
        n1, n2 = one.node(), two.node()
        checks.equal((n1["title"], n1["zone"], [c["path"] for c in n1["children"]]),
                     (n2["title"], n2["zone"], [c["path"] for c in n2["children"]]), f"{path}: title, zone and children")
    trees = [lambda a=a: shape(a[CITY].get("/api/v1/tree").json) for a in (by_hand, by_dev)]
    wait_until(lambda: trees[0]() == trees[1](), 20)
    checks.equal(trees[0](), trees[1](), "the whole tree")
    dev.stop()


def works(checks, places):
    """A matter goes from the bottom to the top and one down."""
    apis = {path: p.api() for path, p in places.items()}
    answer = apis[COMMUNITY].post("/api/v1/matters?ack=top&wait=20", small.new())
    checks.check(answer.status == 201 and answer.json["ticks"]["top"], "a report reaches the top", answer)
    done = places[STREET].run("status", "--json")
    checks.check(done.returncode in (0, 8), "status", done.stderr)
    done = places[CITY].run("tree")
    checks.check(done.returncode == 0 and all(TITLES[p][0] in done.stdout.decode() for p in ORDER), "tree prints all titles",
                 done.stdout.decode())
    checks.check(wait_drained(apis, 30) is not None, "all queues are empty")
    for place in places.values():
        checks.equal(end(place.process), 0, f"{place.path} stops well")
    for place in places.values():
        place.serve(checks)
    checks.equal(places[CITY].api().get("/api/v1/board", by="area").json["total"]["opened"], 1, "all is there after a new start")


def main():
    p = options(__doc__, 300)
    p.add_argument("--quick", action="store_true", help="leave out what waits a minute for a token to expire")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "joining")
        places, tokens, port = set_up(checks, args, folder)
        checks.say(f"{len(places)} nodes joined by hand")
        same_as_dev(checks, args, folder, places)
        works(checks, places)
        new, good = bad_tokens(checks, places, tokens, folder, port)
        if not args.quick:
            expired(checks, places[COUNTY], new, good)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
