#!/usr/bin/python3
"""A machine's clock is wrong, and is set right again. Who learns of it, by how much, and does everything go on by itself?

One node's clock is set while it runs (lib/clock.c, loaded before it): 400 days ahead, right again, twenty years ahead over a
restart, right again. And from when are the figures of a place that is not heard, also after a restart?
--plant NAME reads one thing wrongly; the run must then fail.
"""

import pathlib
import re
import subprocess
import sys

from joining import set_up
from lib import small
from lib.check import Checks, wait_until
from lib.small import CITY, COMMUNITY, COUNTY, STREET
from lib.tree import Cli, end, options, scratch
from unheard import codes, restart

DAY = 86400


class Clock:
    """The wall clock of one node."""

    def __init__(self, checks, place, folder):
        self.file, shim = folder / "clock", folder / "clock.so"
        source = pathlib.Path(__file__).with_name("lib") / "clock.c"
        done = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"], capture_output=True)
        checks.check(done.returncode == 0, "the clock is built", done.stderr.decode())
        self.set(0)
        place.cli = Cli(place.cli.qipan)
        self.env = {"LD_PRELOAD": str(shim), "QP_CLOCK_FILE": str(self.file)}
        self.place = place

    def set(self, seconds):
        self.file.with_suffix(".new").write_text(str(seconds))
        self.file.with_suffix(".new").replace(self.file)

    def restart(self, checks):
        """The node alone has this clock: the commands have the right one."""
        plain = self.place.cli
        self.place.cli = Cli(plain.qipan)
        self.place.cli.env.update(self.env)
        restart(checks, self.place)
        self.place.cli = plain


def branch(place, path):
    def find(v):
        return v if v["path"] == path else next((f for c in v["children"] if (f := find(c))), None)
    return find(place.api().get("/api/v1/tree").json)


def log_of(place):
    return "".join(f.read_text() for f in place.dir.parent.glob(place.dir.name + "*.log"))


POLICY = {"version": "t4", "title": "t", "calendars": [], "categories": [{"code": "", "title": "其他", "keep_personal": "30d"}], "rules": {}}


def a_record(checks, places):
    """A closed matter at the street with a record of who reported."""
    street = places[STREET].api()
    done = places[CITY].api().call("PUT", "/api/v1/policy", POLICY)
    checks.check(done.status in (200, 201), "a policy says how long records are kept", done)
    checks.check(wait_until(lambda: street.get("/api/v1/policy").json.get("version") == "t4", 20, 0.2), "the street has heard it")
    m = street.post("/api/v1/matters", small.new(reporter={"name": "王某", "phone": "13800000000"})).json
    for step, fields in (("assign", {"desk": "works"}), ("handle", {"result": "mended", "note": "n"}), ("close", {"result": "mended"})):
        answer = street.post(f"/api/v1/matters/{m['id']}/{step}", fields)
        checks.equal(answer.status, 200, f"{step}: {answer.json if answer.status != 200 else ''}")
    checks.equal(record_of(places, m["id"]), 200, "its record can be read")
    return m["id"]


def record_of(places, matter):
    return places[STREET].api().get(f"/api/v1/matters/{matter}/personal?purpose=check").status


def a_year_ahead(checks, places, clock, plant):
    street, county = places[STREET], places[COUNTY]
    clock.set(400 * DAY)
    for place, about in ((street, COUNTY), (county, STREET)):
        ok = wait_until(lambda: ("clock", about) in (codes(place) or ()), 30, 0.2)
        checks.check(ok, f"{place.path} says that a clock is wrong", codes(place))
    checks.check(re.search(r"clock was set ahead by (34559999|34560000)\.", log_of(street)), "its own log says by how much")
    apart = branch(county, STREET)["clock_offset_ms"] / 1000
    checks.check(abs(apart - 400 * DAY) < 60, "the tree shows the clock of a child that is wrong", apart)
    checks.check("CLOCK +34" in county.run("tree").stdout.decode(), "so does qipan tree", county.run("tree").stdout.decode())
    answer = street.api().post("/api/v1/matters?ack=top&wait=20", small.new())
    checks.check(answer.status == 201 and answer.json["ticks"]["top"], "a report goes up all the same", answer.json)
    ahead = [county.api().get(f"/api/v1/matters/{answer.json['id']}").json]
    ahead += [m for m in county.api().get("/api/v1/matters?limit=50").json["items"] if m["id"] == answer.json["id"]]
    wanted = 399 if plant == "day" else 400
    for m in ahead:
        checks.equal(round(m.get("ahead_s", 0) / DAY), wanted, "the matter and the list show that its time is ahead")
    checks.equal(round(ahead[0]["history"][0].get("ahead_s", 0) / DAY), 400, "and its history which event's")
    checks.check("TIME WRONG (4" in county.run("show", answer.json["id"]).stdout.decode() or
                 "TIME WRONG (3" in county.run("show", answer.json["id"]).stdout.decode(), "so does qipan show")


def no_circular(checks, places):
    """T4: none is issued for weeks that have not been, and why is told where one looks."""
    street = places[STREET]

    def said():
        return [a["detail"] for a in street.api().node()["alarms"] if a["code"] == "circular_due"]

    checks.check(wait_until(lambda: any("clock" in (d or "") for d in said()), 90, 0.5), "that a circular waits for the clock is told", said())
    checks.equal(street.api().get("/api/v1/circulars").json["items"], [], "and none is issued by it")


def right_again(checks, places, clock, what):
    street, county = places[STREET], places[COUNTY]
    clock.set(0)
    for place in (street, county):
        ok = wait_until(lambda: codes(place) == [], 60, 0.2)
        checks.check(ok, f"{what}: {place.path}: all is well again, without a restart", codes(place))
    answer = street.api().post("/api/v1/matters?ack=top&wait=20", small.new())
    checks.check(answer.status == 201 and answer.json["ticks"]["top"], f"{what}: a report reaches the top", answer.json)
    m = county.api().get(f"/api/v1/matters/{answer.json['id']}").json
    checks.check("ahead_s" not in m, f"{what}: with the right time", m)


def decades_ahead(checks, places, clock):
    street, county = places[STREET], places[COUNTY]
    clock.set(20 * 365 * DAY)
    clock.restart(checks)
    ok = wait_until(lambda: ("parent_cut", COUNTY) in (codes(street) or ()) and ("clock", COUNTY) in codes(street), 40, 0.2)
    checks.check(ok, "decades ahead, no link opens, and the node says why", codes(street))
    detail = next((a["detail"] for a in street.api().node()["alarms"] if a["code"] == "parent_cut"), "")
    checks.check("clock" in detail and "7300 days" in detail and "NTP" in detail, "by how much, and what to do", detail)
    ok = wait_until(lambda: ("clock", STREET) in (codes(county) or ()), 40, 0.2)
    checks.check(ok, "so does the node above", codes(county))
    checks.check("malformed" not in log_of(county), "and nobody speaks of malformed frames", log_of(county)[-600:])


def as_of(checks, places):
    street, community = places[STREET], places[COMMUNITY]
    answer = community.api().post("/api/v1/matters?ack=top&wait=20", small.new())
    checks.equal(answer.status, 201, "the community reports")
    end(community.process)
    for again in (False, True):
        what = "after a restart" if again else "at once"
        if again:
            restart(checks, street)
        ok = wait_until(lambda: (branch(street, COMMUNITY) or {}).get("as_of"), 30, 0.2)
        b = branch(street, COMMUNITY)
        checks.check(ok and b["state"] == "cut", f"from when a cut child's figures are is told {what}", b)
        checks.check("as of" in street.run("tree").stdout.decode(), f"so does qipan tree, {what}")
    restart(checks, community)
    ok = wait_until(lambda: branch(street, COMMUNITY)["state"] == "live" and branch(street, COMMUNITY)["as_of"] is None, 30, 0.2)
    checks.check(ok, "heard again, they are as of now")


def main():
    p = options(__doc__, 300)
    p.add_argument("--plant", choices=["day"], help="expect something wrong: the run must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "clocks")
        places, _, _ = set_up(checks, args, folder)
        clock = Clock(checks, places[STREET], folder)
        as_of(checks, places)
        clock.restart(checks)
        checks.check(wait_until(lambda: all(codes(p) == [] for p in places.values()), 30, 0.2), "all is well")
        matter = a_record(checks, places)
        a_year_ahead(checks, places, clock, args.plant)
        if not args.plant:
            no_circular(checks, places)
            right_again(checks, places, clock, "a year ahead and right again")
            checks.equal(record_of(places, matter), 200, "no record ended by a clock that was ahead (T4)")
            decades_ahead(checks, places, clock)
            right_again(checks, places, clock, "decades ahead and right again")
            checks.equal(record_of(places, matter), 200, "nor by one that was decades ahead at its start")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
