#!/usr/bin/python3
"""A county's journal is damaged on its disk, and comes again from its neighbours, byte for byte.

The county is stopped and bits of four records are turned in its journal's file: three bits of what a street reported, three of
what it said itself, three of what the city sent down, and one bit of what nobody else knows. It starts while both neighbours are
stopped: what needs a damaged record is refused (500), nothing else is. They start; it asks the street and the city, and is whole: its
journal is, byte for byte, the file as it was. What it then says of itself (alarms, metrics, doctor, log) is that records were damaged
and are whole again, and how far the scrub has come. What is damaged beyond one bit and lies nowhere else stays so, is told with the
remedy, and hinders nothing else.
--plant turns no bit: the run must then fail.
"""

import re
import sys
import time

from joining import set_up
from lib import small
from lib.check import Checks, wait_until
from lib.small import CITY, COUNTY, STREET, seen
from lib.tree import end, options, scratch
from unheard import codes as alarms_of
from unheard import restart


def codes(place):
    return {code for code, _ in alarms_of(place) or []}


def journal_of(place):
    return next(p for p in place.dir.rglob("data.mdb") if p.parent.name == "journal")


def spoil(checks, place, words, bits, plant=False):
    """Turns bits in the bytes behind every place of these words in the journal's file: one bit of each of so many bytes."""
    file = journal_of(place)
    data = bytearray(file.read_bytes())
    found, at = 0, data.find(words)
    while at >= 0:
        for i in range(0 if plant else bits):
            data[at + i] ^= 0x04
        found, at = found + 1, data.find(words, at + len(words))
    checks.check(found > 0, f"{words} stands in the journal of {place.path}")
    file.write_bytes(data)


def metric(place, name):
    for line in place.api().get("/metrics").body.decode().splitlines():
        if line.startswith(f"qipan_{name} "):
            return float(line.split()[1])
    return None


def fill(checks, places):
    """Something of each kind in the county's journal, and more behind it than an opening looks at."""
    street, county, city = (places[p].api() for p in (STREET, COUNTY, CITY))
    up = small.report(street, title="zebra crossing worn away")
    small.report(county, title="giraffe house leaks")
    down = small.report(city, title="elephant walk flooded", area=COUNTY)
    done = places[COUNTY].run("desk", "add", "hippo", "--title", "hippopotamus desk")
    checks.equal(done.returncode, 0, f"a desk of the county: {done.stderr}")
    done = places[COUNTY].run("desk", "add", "crane", "--title", "crane and stork desk")
    checks.equal(done.returncode, 0, f"another: {done.stderr}")
    checks.check(seen(county, up["id"], lambda m: True) and seen(county, down["id"], lambda m: True), "the county knows both")
    for i in range(80):
        small.report(county, title=f"bulk {i}")
    return up, down


def damaged(checks, county, up, down, plant):
    """Before anybody can give it back: the damaged matters alone are refused, and the scrub is seen at work."""
    api = county.api()
    for m, what in ((up, "what the street reported"), (down, "what came from the city")):
        answer = api.get(f"/api/v1/matters/{m['id']}")
        checks.equal((answer.status, answer.error.get("code")), (500, "corrupt"), f"{what}: its record is damaged")
        checks.check("its bytes were changed" in answer.error.get("message", ""), f"{what}: and the answer says so", answer.json)
    if plant:  # nothing is damaged: the rest only waits for what cannot come
        return
    fine = small.report(api, title="reported meanwhile")
    checks.equal(api.matter(fine["id"])["title"], fine["title"], "other matters are served")
    checks.equal(api.get("/api/v1/matters?limit=500").status, 200, "and the list")
    checks.check(wait_until(lambda: (metric(county, "journal_damaged_records") or 0) >= 3, 20, 0.2), "each is counted",
                 metric(county, "journal_damaged_records"))
    checks.check("damaged" in codes(county), "and told", codes(county))


def scrubbed(checks, county):
    """The scrub's pace and its last pass, in the metrics and in doctor."""
    passes = metric(county, "scrub_passes_total")
    ok = wait_until(lambda: (metric(county, "scrub_passes_total") or 0) >= 1, 40, 0.2)
    checks.check(ok, "the scrub has read the whole journal", passes)
    read, finished = metric(county, "scrub_records_total"), metric(county, "scrub_finished_seconds")
    head = county.api().node()["journal"]["head"]
    checks.check(read and read >= 80, "as many records as there were", read)
    checks.check(finished and abs(time.time() - finished) < 120, "a moment ago", finished)
    checks.check(0 <= metric(county, "scrub_position") <= head, "and where it is", metric(county, "scrub_position"))
    line = next((x for x in county.run("doctor").stdout.decode().splitlines() if " scrub " in x), "")
    m = re.fullmatch(r"ok +scrub +(\d+) of (\d+) records looked at, 256 a second; whole passes: (\d+), the last at (20\S+ \S+)", line)
    checks.check(m and int(m[3]) >= 1 and 80 <= int(m[1]) <= int(m[2]), "doctor says so", line)


def main():
    p = options(__doc__, 120)
    p.add_argument("--plant", action="store_true", help="turn no bit: this program must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        places, _, _ = set_up(checks, args, scratch(checks, args, "mending"))
        up, down = fill(checks, places)
        county = places[COUNTY]
        end(county.process)
        for words, bits in ((b"zebra crossing", 3), (b"giraffe house", 3), (b"elephant walk", 3), (b"hippopotamus desk", 1)):
            spoil(checks, county, words, bits, args.plant)
        for place in (places[STREET], places[CITY]):
            end(place.process)
        restart(checks, county)
        damaged(checks, county, up, down, args.plant)
        if args.plant:
            return
        for place in (places[STREET], places[CITY]):
            restart(checks, place)
        ok = wait_until(lambda: (metric(county, "records_mended_total") or 0) >= 4 and not metric(county, "journal_damaged_records"), 40, 0.2)
        checks.check(ok, "every record is whole again", [metric(county, "records_mended_total"), metric(county, "journal_damaged_records")])
        alarms = {a["code"]: a for a in county.api().node()["alarms"]}
        checks.check("mended" in alarms and "damaged" not in alarms, "and that is told as what it is", alarms)
        doctor = county.run("doctor")
        checks.check(doctor.returncode == 8 and "whole again" in doctor.stdout.decode(), "doctor tells it", doctor.stdout)
        scrubbed(checks, county)
        end(county.process)
        for words in (b"zebra crossing", b"giraffe house", b"elephant walk", b"hippopotamus desk"):
            checks.check(words in journal_of(county).read_bytes(), f"{words} stands there again")
        verified = county.run("doctor")
        checks.check(verified.returncode in (0, 8) and b"damaged" not in verified.stdout, "the whole chain of hashes is right", verified.stdout)
        rebuilt = county.run("rebuild")
        checks.equal(rebuilt.returncode, 0, f"and the tables can be made from it: {rebuilt.stderr}")
        restart(checks, county)
        checks.equal(county.api().matter(up["id"])["title"], up["title"], "what the street reported is there")
        checks.equal(county.api().matter(down["id"])["title"], down["title"], "and what came from the city")
        checks.check("mended" not in codes(county), "a start later nothing is told any more", codes(county))

        end(county.process)
        whole = county.run("scrub")
        checks.check(whole.returncode == 0 and b"are whole" in whole.stdout, "qipan scrub finds nothing", whole.stdout + whole.stderr)
        spoil(checks, county, b"hippopotamus desk", 1)
        one = county.run("scrub")
        checks.check(one.returncode == 0 and b"one wrong bit" in one.stdout, "one wrong bit it mends", one.stdout + one.stderr)
        spoil(checks, county, b"crane and stork", 3)
        more = county.run("scrub")
        checks.check(more.returncode == 8 and b"start the node" in more.stdout, "of more it says what to do", more.stdout + more.stderr)
        restart(checks, county)
        checks.check(wait_until(lambda: "damaged" in codes(county), 20, 0.2), "what lies nowhere else is told as damaged", codes(county))
        m = small.report(places[STREET].api(), title="all else goes on")
        checks.check(seen(places[CITY].api(), m["id"], lambda x: True, 20), "and hinders nothing else")
        doctor = county.run("doctor")
        checks.check(doctor.returncode != 0 and b"backup" in doctor.stdout, "doctor says what to do", doctor.stdout)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
