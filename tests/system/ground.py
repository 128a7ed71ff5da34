#!/usr/bin/python3
"""The ground: a community of 23 grids under four levels: imported at the city, made its own by the community; every position
finds its grid, at every level, as a plain ray does; a matter reported at the city is offered down to its grid's node, a record
that is imported stays where its map says; a week of patrols by police and grid counts the same at every level as when it is
counted anew, one grid falling short; a position is gone with the shift and in no file.

--plant NAME reads one thing wrongly; the run must then fail.
"""

import datetime
import hashlib
import json
import random
import struct

from lib import ground, small
from lib.check import Checks, wait_until
from lib.small import CHAIN, CITY, COMMUNITY, COUNTY, STREET, WEST, new
from lib.tree import options, scratch, wait_drained

POSITIONS = 2000


def locate(api, lat7, lon7, **more):
    answer = api.get("/api/v1/grids:locate", lat=f"{lat7 / ground.UNIT:.7f}", lon=f"{lon7 / ground.UNIT:.7f}", **more)
    return answer.json if answer.status == 200 else None


def bring_in_grids(checks, dev, grids):
    """At the city, for the community below: orders that it makes its own."""
    city = dev.api(CITY)
    body = ground.collection(grids, COMMUNITY)
    answer = city.post("/api/v1/grids:import", body)
    checks.equal(answer.status, 200, "the city imports the community's grids")
    found = answer.json
    checks.equal((found["added"], found["changed"], found["sent"], found["overlaps"], found["gaps"], found["errors"]),
                 (0, 0, 23, [], [], []), "23 orders are sent, nothing overlaps or is left out")
    here = wait_until(lambda: len(items(city)) == 23 and items(city), 30)
    checks.equal({(g["code"], g["node"]) for g in here or []}, {(c, COMMUNITY) for c in grids},
                 "the community has made them its own, and the city knows")
    checks.check(wait_until(lambda: city.get("/api/v1/grids:coverage").json["total"]["waiting"] == 0, 15), "no order waits any more")
    again = city.post("/api/v1/grids:import", body).json
    checks.equal((again["sent"], again["changed"]), (0, 0), "the same file again changes nothing")
    wrong = dev.api(COMMUNITY).post("/api/v1/grids:import", ground.collection(dict(list(grids.items())[:1]), WEST)).json
    checks.equal([e["field"] for e in wrong["errors"]], ["node"], "a grid of a node elsewhere is refused by its field")


def items(api, **query):
    answer = api.get("/api/v1/grids", **query)
    return answer.json["items"] if answer.status == 200 else []


def find_positions(checks, dev, grids, plant):
    """In each grid, on corners, on edges, by lot: at the city, the street and the community."""
    rnd = random.Random(7)
    points = [ground.middle(ring) for ring in grids.values()]
    for ring in grids.values():
        points += ring  # corners are several grids'
    box = [p for ring in grids.values() for p in ring]
    low, high = (min(p[0] for p in box), min(p[1] for p in box)), (max(p[0] for p in box), max(p[1] for p in box))
    points += [(rnd.randrange(low[0] - 3000, high[0] + 3000), rnd.randrange(low[1] - 3000, high[1] + 3000)) for _ in range(POSITIONS)]
    for path in (CITY, STREET, COMMUNITY):
        api, wrong = dev.api(path), []
        for lat, lon in points if path == CITY else points[:150]:
            found = locate(api, lat, lon)
            wanted = ground.find(grids, lat, lon)
            if plant == "highest-code" and wanted:
                wanted = max(c for c, ring in grids.items() if ground.side(ring, lat, lon) >= 0)
            if (found or {}).get("code") != wanted or (found and found["node"] != COMMUNITY):
                wrong.append((lat, lon, found, wanted))
        checks.equal(wrong[:3], [], f"every position finds its grid at {path}")
    checks.equal(locate(dev.api(WEST), *points[0]), None, "a node elsewhere knows none of them")
    # GCJ-02: as Chinese maps draw the first grid's middle: some 500 m off
    plain, moved = locate(dev.api(CITY), *points[12]), locate(dev.api(CITY), *points[12], crs="gcj02")
    checks.check(plain != moved, "another system of coordinates is another place", (plain, moved))
    checks.equal(dev.api(CITY).get("/api/v1/grids:locate", lat=1, lon=2, crs="mars").status, 400, "an unknown one is refused")


def report(api, lat7, lon7, **more):
    return api.post("/api/v1/matters", new(location={"lat": lat7 / ground.UNIT, "lon": lon7 / ground.UNIT}, **more)).json


def matters_find_their_grid(checks, dev, grids):
    city, community = dev.api(CITY), dev.api(COMMUNITY)
    code, ring = next(iter(grids.items()))
    account = community.post("/api/v1/users", {"name": "zhang", "password": "a long password", "roles": ["worker"]})
    checks.equal(account.status, 201, "the worker has an account")
    checks.equal(community.call("PATCH", f"/api/v1/grids/{code}", {"worker": "zhang"}).status, 200, "and the grid")
    checks.check(wait_drained(dev.apis(), 20) is not None, "the queues are empty")
    found = report(city, *ground.middle(ring))
    checks.equal((found["grid"], found["area"], found["offered"]["to"], found["grid_worker"]), (code, COMMUNITY, COMMUNITY, "zhang"),
                 "reported at the city with a position it is offered down to its grid's node")
    there = small.seen(community, found["id"], lambda m: "offered" in m)
    checks.equal((there or {}).get("grid"), code, "and names its grid there")
    checks.equal(community.step(found["id"], "accept", {}).status, 200, "the community takes it")
    outside = report(city, ground.SOUTH - 500_000, ground.WEST)
    checks.equal((outside["grid"], outside["area"], [w["code"] for w in outside.get("warnings", [])]), (None, CITY, ["outside_grids"]),
                 "outside of all it stays and says so")
    named = report(city, *ground.middle(ring), area=WEST)
    checks.equal((named["grid"], named["area"]), (None, WEST), "an area that somebody names stands")


MAP = """[map]
title = records
zone = Asia/Shanghai
times = %Y-%m-%d %H:%M

[columns]
id = id
at = at
lat = lat
lon = lon

[matter]
source_ref = {id}
category = Lamp
title = {id}
source = records
lat = {lat}
lon = {lon}
opened_at = {at}

[step handle]
at = {at}
result = done

[step close]
at = {at}
result = done
"""


def records_stay_where_the_map_says(checks, dev, folder, grids):
    """Last year's, of which the map names no area: their positions lie in a grid, and their steps are the root's all the same."""
    lat, lon = ground.middle(next(iter(grids.values())))
    (folder / "records.map").write_text(MAP)
    (folder / "records.csv").write_text("id,at,lat,lon\n" + "".join(f"R{n},2024-05-0{n} 10:00,{lat / ground.UNIT},{lon / ground.UNIT}\n" for n in (1, 2)))
    for when, made in (("once", 2), ("and again", 0)):
        done = dev.cli.run("import", "--state", dev.state, "--map", folder / "records.map", "--rejected", folder / "records.rejected", "--drain", "--json", folder / "records.csv")
        s = json.loads(done.stdout or b"{}")
        checks.equal((s.get("matters"), s.get("changed"), s.get("rejected")), (made, 0, 0), f"records with a position inside a grid, {when}: {done.stderr[-300:]}")
    found = [(m["state"], m["area"], m["holder"]) for m in dev.api(CITY).all_matters() if m.get("source") == "records"]
    checks.equal(found, [("closed", CITY, CITY)] * 2, "they are closed where the map says")


def coverage(checks, dev, grids):
    for path, key in ((CITY, "qicheng/east"), (STREET, COMMUNITY), (COMMUNITY, COMMUNITY)):
        answer = dev.api(path).get("/api/v1/grids:coverage").json
        row = next((r for r in answer["rows"] if r["key"] == key), {})
        checks.equal((row.get("grids"), row.get("without_worker")), (23, 22), f"coverage at {path}")
        checks.check(1.9 < row.get("area_km2", 0) < 2.4, f"the area at {path} is some 2.1 km²", row)
    west = next(r for r in dev.api(CITY).get("/api/v1/grids:coverage").json["rows"] if r["key"] == WEST)
    checks.equal(west["grids"], 0, "what nobody covers is shown")


def spreadsheet(checks, dev, folder, grids):
    """The community's own table: units and workers, a line each."""
    n = dev.node(COMMUNITY)
    file = folder / "grids.csv"
    codes = list(grids)
    file.write_text("编码,名称,网格员,志愿者,单位,类型,责任人职务\n"
                    f"{codes[1]},韩池孜第二网格,zhang,v-1、v-2,实验小学,学校,校长\n"
                    f"{codes[1]},,,,便民超市,商铺,\n"
                    f"{codes[2]},,nobody,,,,\n"
                    ",没有编码,,,,,\n", encoding="utf-8")
    done = dev.cli.run("grid", "import", file, "--node", n["http"], "--token", n["token"], "--json")
    checks.equal(done.returncode, 4, "rows that are wrong are the exit status")
    found = json.loads(done.stdout)
    checks.equal((found["changed"], sorted(e["line"] for e in found["errors"])), (1, [4, 5]), "and are told by their lines")
    grid = dev.api(COMMUNITY).get(f"/api/v1/grids/{codes[1]}").json
    checks.equal((grid["worker"], grid["volunteers"], [u["title"] for u in grid["units"]]),
                 ("zhang", ["v-1", "v-2"], ["实验小学", "便民超市"]), "units and workers are in the grid")
    checks.check(grid["boundary"] is not None, "whose boundary stands")
    file.write_text(f"编码,协理员\n{codes[1]},deputy-a、deputy-b\n", encoding="utf-8")
    checks.equal(dev.cli.run("grid", "import", file, "--node", n["http"], "--token", n["token"]).returncode, 4, "who has no account is no deputy")
    for made in (["deputy-a", "deputy-b"], []):
        done = dev.cli.run("grid", "import", file, "--node", n["http"], "--token", n["token"], "--json", "--accounts")
        links = json.loads(done.stdout)["accounts"]
        checks.equal((done.returncode, [x["name"] for x in links]), (0, made), "--accounts makes those who lack, once")
        checks.check(all("/login/" in x["url"] for x in links), "each with a link", links)
    checks.equal(dev.api(COMMUNITY).get(f"/api/v1/grids/{codes[1]}").json["deputies"], ["deputy-a", "deputy-b"], "and they are the grid's")
    checks.equal(dev.api(COMMUNITY).get("/api/v1/users/deputy-a").json["roles"], ["worker"], "as workers")


PLAN = {"per_day": 2, "minutes": 30, "police": True}
ZONE = datetime.timezone(datetime.timedelta(hours=8))


def made_patrols(codes):
    """A week that has ended: two patrols a day and grid, police and grid worker, of 32 minutes; but the last grid walks too short on
    one day, without police on another, and once on a third; of a fourth, before it was there, nothing is known."""
    today = datetime.datetime.now(ZONE).date()
    days = [today - datetime.timedelta(days=n) for n in range(7, 0, -1)]
    for code in codes:
        for d, day in enumerate(days):
            for k in range(2):
                minutes, police = 32, True
                if code == codes[-1]:
                    if d == 3 or (d == 2 and k == 1):
                        continue
                    minutes, police = (12, True) if d == 0 else (32, False) if d == 1 else (32, True)
                yield code, day, datetime.datetime.combine(day, datetime.time(9 + 6 * k, 5), ZONE), minutes, police


def stamp(at):
    return at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def walk(checks, api, code, at, minutes, police):
    """One patrol with the times that its phone had, by an importer: check-points each four minutes."""
    answer = api.post("/api/v1/patrols", {"grid": code, "police": police, "at": stamp(at),
                                          "with": [{"role": "police", "count": 1}, {"role": "volunteer", "count": 6}]})
    if not checks.check(answer.status == 201, "a patrol is started", answer):
        return
    path = f"/api/v1/patrols/{answer.json['id']}"
    for m in range(0, minutes + 1, 4):
        api.post(path + "/checkpoint", {"at": stamp(at + datetime.timedelta(minutes=m))})
    stopped = api.post(path + "/stop", {"at": stamp(at + datetime.timedelta(minutes=minutes))})
    checks.check(stopped.status == 200 and stopped.json["minutes"] == minutes, "its minutes are counted", stopped)


def counted(patrols, keys):
    """key -> planned, met, short, missed; counted anew from what was walked, each grid and day for itself. The grids are of today:
    of a day before, planned is what somebody walked."""
    walked = {}
    for code, day, _at, minutes, police in patrols:
        walked.setdefault((code, day), []).append(minutes >= PLAN["minutes"] and police)
    rows = {}
    for (code, day), enough in walked.items():
        met = min(sum(enough), PLAN["per_day"])
        short = min(len(enough) - sum(enough), PLAN["per_day"] - met)
        row = rows.setdefault(keys(code, day), [0, 0, 0, 0])
        for i, n in enumerate((PLAN["per_day"], met, short, PLAN["per_day"] - met - short)):
            row[i] += n
    return rows


def patrols_roll_up(checks, dev, grids, plant):
    codes = list(grids)
    patrols = list(made_patrols(codes))
    days = sorted({day for _, day, *_ in patrols})
    answer = dev.api(CITY).call("PUT", "/api/v1/policy", {"version": "ground", "title": "ground",
                                "categories": [{"code": "", "title": "其他"}], "rules": {"patrol": PLAN}})
    checks.equal(answer.status, 200, "the city's policy has the plan")
    api = dev.api(COMMUNITY)
    for code, _day, at, minutes, police in patrols:
        walk(checks, api, code, at, minutes, police)
    checks.check(wait_drained(dev.apis(), 30) is not None, "the queues are empty")
    checks.say(f"{len(patrols)} patrols were walked")
    span = {"from": str(days[0]), "to": str(days[-1] + datetime.timedelta(days=1))}
    if plant == "short-is-done":
        patrols = [(c, d, at, 99, True) for c, d, at, _m, _p in patrols]
    for path in CHAIN:
        node = dev.api(path)
        child = path if path == COMMUNITY else "/".join(COMMUNITY.split("/")[:len(path.split("/")) + 1])
        for by, keys in (("area", lambda c, d: child), ("grid", lambda c, d: c), ("day", lambda c, d: str(d)),
                         ("week", lambda c, d: "%d-W%02d" % d.isocalendar()[:2])):
            found = node.get("/api/v1/patrols:compliance", by=by, **span).json
            rows = {r["key"]: [r["planned"], r["met"], r["short"], r["missed"]] for r in found["rows"] if r["planned"]}
            checks.equal(rows, counted(patrols, keys), f"compliance by {by} at {path} is what was walked")
    checks.equal(dev.api(WEST).get("/api/v1/patrols:compliance", **span).json["total"]["planned"], 0, "elsewhere nothing is planned")


def circulars_count_patrols(checks, dev, grids, plant):
    """Each day's circular has the share of patrols that is counted here anew; of the week that ended, each level the same."""
    patrols = list(made_patrols(list(grids)))
    if plant == "short-is-done":
        patrols = [(c, d, at, 99, True) for c, d, at, _m, _p in patrols]
    by_day = counted(patrols, lambda c, d: str(d))
    made = []
    for path in (COMMUNITY, CITY):
        for day, (planned, met, _short, _missed) in sorted(by_day.items()):
            answer = dev.api(path).post("/api/v1/circulars", {"period": "day", "date": day})
            if not checks.equal(answer.status, 201, f"{path} issues {day}"):
                continue
            c = answer.json
            shares = {(f["by"], f["key"]): (f["numerator"], f["denominator"]) for f in c["figures"] if f["name"] == "patrols" and f["denominator"]}
            child = path if path == COMMUNITY else COUNTY
            checks.equal(shares, {("", ""): (met, planned), ("area", child): (met, planned)}, f"{path}: patrols of {day}")
            checks.equal((c["patrol_plan"]["per_day"], c["patrol_plan"]["minutes"], c["patrol_plan"]["police"]),
                         (PLAN["per_day"], PLAN["minutes"], PLAN["police"]), f"{path}: the plan stands in it")
            checks.equal([f["kind"] for f in c["findings"] if f["figure"] == "patrols"], [], f"{path}: nothing is amiss with them")
            made.append((path, c))
    return made


def verified(checks, dev, folder, made, nodes):
    """Counted again from an export, without a node; one that says another number is not what was issued."""
    for path in (COMMUNITY, CITY):
        export, file = folder / "export.ndjson", folder / "circular.json"
        done = dev.cli.run("export", "--dir", next(n["dir"] for n in nodes if n["path"] == path), "--output", export)
        checks.equal(done.returncode, 0, f"{path}: export: {done.stderr.decode()}")
        for at, c in made:
            if at != path:
                continue
            file.write_text(json.dumps(c))
            done = dev.cli.run("circular", "verify", file, "--export", export)
            checks.equal(done.returncode, 0, f"{path}, {c['name']}: patrols follow from the events: {done.stderr.decode()}")
            more = json.loads(json.dumps(c))
            for f in more["figures"]:
                f["numerator"] += f["name"] == "patrols" and (f["by"], f["key"]) == ("", "")
            checks.check(more != c, "a circular with one patrol more")
            file.write_text(json.dumps(more))
            done = dev.cli.run("circular", "verify", file, "--export", export)
            checks.equal(done.returncode, 1, f"{path}, {c['name']}: one patrol more does not: {done.stdout.decode()}")


CANARY = (33.6315737, 116.9799171)


def request_hash(path, body):
    """What a key came with, as anybody can make it who guesses the body: the verb, a NUL, sorted and compact JSON."""
    text = "{" + ",".join(f'"{k}":' + (f"{v:.17g}" if isinstance(v, float) else json.dumps(v)) for k, v in sorted(body.items())) + "}"
    return hashlib.blake2b(f"POST {path}\0{text}".encode(), digest_size=32).digest()[:16]


def a_check_point_at_the_canary(checks, api, grid):
    """With a key, whose request is journaled: a hash that nobody can try places on. Returns what must be nowhere, and what must be."""
    answer = api.post("/api/v1/patrols", {"grid": grid})
    checks.equal(answer.status, 201, "a patrol of the canary")
    path = f"/api/v1/patrols/{answer.json['id']}"
    where, note = {"lat": CANARY[0], "lon": CANARY[1]}, {"note": "no place"}
    for n, body in enumerate((where, note)):
        answer = api.post(path + "/checkpoint", body, headers={"Idempotency-Key": f"canary-{n}"})
        checks.equal(answer.status, 200, "a check-point with a key")
    checks.equal(api.post(path + "/stop", {}).status, 200, "and its end")
    return request_hash(path + "/checkpoint", where), request_hash(path + "/checkpoint", note)


def files_with(folder, forms):
    found = []
    for file in folder.rglob("*"):
        if file.is_file():
            bytes_of = file.read_bytes()
            found += [(str(file), form) for form in forms if form in bytes_of]
    return found


def positions_leave_no_trace(checks, dev, folder, grids, plant):
    """A canary's coordinates: seen by who asks while on duty, gone at once, in no file of any node."""
    api = dev.api(COMMUNITY)
    checks.equal(api.post("/api/v1/duty/position", {"lat": CANARY[0], "lon": CANARY[1]}).status, 409, "off duty no position is taken")
    checks.equal(api.post("/api/v1/duty", {"on": True, "grid": next(iter(grids))}).status, 200, "on duty")
    checks.equal(api.post("/api/v1/duty/position", {"lat": CANARY[0], "lon": CANARY[1], "accuracy_m": 5}).status, 200, "a position")
    here = api.get("/api/v1/duty", lat=CANARY[0], lon=CANARY[1]).json["items"]
    checks.equal((len(here), here[0]["distance_m"], here[0]["busy"]), (1, 0, False), "who asks finds him")
    checks.check(api.get("/api/v1/me").json["on_duty"], "he sees that he is on duty")
    above = wait_until(lambda: dev.api(CITY).get("/api/v1/duty").json["items"], 15)
    checks.equal([(p["node"], p["distance_m"]) for p in above or []], [(COMMUNITY, None)], "the city knows that he is on duty")
    guessed, control = a_check_point_at_the_canary(checks, api, next(iter(grids)))
    checks.equal(api.post("/api/v1/duty", {"on": False}).status, 200, "off duty")
    checks.equal(api.get("/api/v1/duty").json["items"], [], "gone at once")
    checks.check(wait_until(lambda: not dev.api(CITY).get("/api/v1/duty").json["items"], 15), "and above")
    dev.stop()
    if plant == "position-kept":
        (folder / "tree" / "kept").write_bytes(struct.pack("<i", round(CANARY[0] * ground.UNIT)))
    lat, lon = (round(c * ground.UNIT) for c in CANARY)
    forms = [str(CANARY[0]).encode(), str(CANARY[1]).encode(), struct.pack("<i", lat), struct.pack(">i", lat),
             struct.pack("<i", lon), struct.pack(">i", lon), struct.pack("<d", CANARY[0]), struct.pack("<d", CANARY[1]), guessed]
    checks.equal(files_with(folder, forms), [], "no file of any node knows the coordinates")
    checks.check(files_with(folder, [control]), "what came without a place is found by its hash: so would a place be")


def main(checks, args):
    folder = scratch(checks, args, "ground")
    dev = small.start(checks, args, folder)
    grids = ground.tessellation()
    bring_in_grids(checks, dev, grids)
    find_positions(checks, dev, grids, args.plant)
    checks.say("every position was found")
    matters_find_their_grid(checks, dev, grids)
    records_stay_where_the_map_says(checks, dev, folder, grids)
    coverage(checks, dev, grids)
    spreadsheet(checks, dev, folder, grids)
    patrols_roll_up(checks, dev, grids, args.plant)
    made, nodes = circulars_count_patrols(checks, dev, grids, args.plant), dev.nodes()
    positions_leave_no_trace(checks, dev, folder, grids, args.plant)
    dev.stop()
    verified(checks, dev, folder, made, nodes)


if __name__ == "__main__":
    parser = options(__doc__, 100)
    parser.add_argument("--plant", choices=["highest-code", "short-is-done", "position-kept"], help="read this wrongly")
    arguments = parser.parse_args()
    all_checks = Checks(arguments.timeout)
    all_checks.run(lambda: main(all_checks, arguments))
