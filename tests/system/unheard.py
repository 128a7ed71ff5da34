#!/usr/bin/python3
"""Who is no longer heard, and where do people read it? Each fault by which work is lost or waits, at both ends, also after a restart.

A node below stops, the node above stops, a folder is copied and the copy is started (it then joins again, and what it had taken in is
not lost), a place is given to another folder while its node runs, a store is full, line keys cannot be opened. For each: `/healthz`,
`/api/v1/node`, `/metrics`, `qipan status` and `qipan doctor` say so with the remedy, and no longer when it is over. What a node sends
beyond its parent's rate waits there: said at both ends. --plant NAME reads one of them wrongly; the run must then fail.
"""

import os
import pty
import shutil
import signal
import sys

from joining import Place, invite, join, set_up
from lib import small
from lib.check import Checks, wait_until
from lib.client import Api
from lib.small import CITY, COMMUNITY, COUNTY, STREET, WEST
from lib.tree import Cli, end, free_ports, options, scratch

STATUS = {"out_of_service": ("out_of_service", 503), "no_room": ("no_room", 503)}
GRAVE = ("out_of_service", "refused_above", "refused_below", "forked", "forked_below", "no_room", "damaged", "lines_closed", "old_copy")


def codes(place):
    try:
        return [(a["code"], a["path"]) for a in place.api().node()["alarms"]]
    except (OSError, KeyError, TypeError, ValueError):
        return None


def told(checks, place, code, about, what, remedy, plant=None):
    """Everywhere where somebody looks, and nowhere else than asked for."""
    wanted_alarm = (code, about)
    ok = wait_until(lambda: wanted_alarm in (codes(place) or ()), 30, 0.2)
    if not checks.check(ok, f"{what}: /api/v1/node says {code}", codes(place)):
        return
    alarm = next(a for a in place.api().node()["alarms"] if (a["code"], a["path"]) == wanted_alarm)
    checks.check(remedy in alarm["message"] and len(alarm["message_zh"]) > 10, f"{what}: with the remedy, in both languages", alarm)
    checks.equal(alarm["grave"], code in GRAVE, f"{what}: grave")
    if code == "out_of_service":
        wanted = f"at {place.path.rsplit('/', 1)[0]}: qipan invite {place.path} --replace; here, stopped: qipan join TOKEN --again"
        checks.equal(alarm["remedy"], wanted, f"{what}: the commands as they are to be typed")
        checks.check(wanted in place.run("status").stdout.decode(), f"{what}: qipan status shows them")
    health = Api(f"http://{place.http}").get("/healthz")
    status, number = STATUS.get(code, ("degraded" if code in GRAVE else "ok", 200))
    checks.equal((health.json["status"], health.status), (status, 200 if plant == "healthz" else number), f"{what}: healthz")
    checks.check(code in health.json["alarms"], f"{what}: healthz names it", health.json)
    stands = f'qipan_alarm{{code="{code}"}} 1\n'
    checks.check(wait_until(lambda: stands in place.api().get("/metrics").body.decode(), 5), f"{what}: a gauge stands at 1")
    status = place.run("status")
    checks.equal(status.returncode, 8, f"{what}: qipan status ends with 8")
    checks.check(remedy in status.stdout.decode(), f"{what}: qipan status says so", status.stdout.decode())
    doctor = place.run("doctor")
    checks.equal(doctor.returncode, 1 if code in GRAVE else 8, f"{what}: qipan doctor's exit status")
    checks.check(remedy in doctor.stdout.decode(), f"{what}: qipan doctor says so", doctor.stdout.decode())


def over(checks, place, code, what):
    ok = wait_until(lambda: codes(place) is not None and all(c != code for c, _ in codes(place)), 30, 0.2)
    checks.check(ok, f"{what}: no alarm any more", codes(place))


def turned_away(checks, place, what):
    answer = place.api().post("/api/v1/matters", small.new())
    checks.equal((answer.status, answer.json["error"]["code"]), (503, "out_of_service"), f"{what}: takes no work")
    checks.check("qipan join" in answer.json["error"]["message"], f"{what}: and says what to do", answer.json)


def restart(checks, place):
    end(place.process)
    place.process = place.cli.start("serve", "--dir", place.dir, log=place.dir.parent / (place.dir.name + ".again.log"))
    checks.undo(lambda: end(place.process))
    checks.check(wait_until(lambda: codes(place) is not None, 20, 0.2), f"{place.path} serves again")


def on_terminal(place, answer, *words):
    """A command on a terminal, where somebody types `answer`: its exit status and what it showed."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(place.cli.qipan, [place.cli.qipan, *words, "--dir", place.dir], {**place.cli.env, "LANG": "C.UTF-8"})
    shown = b""
    try:
        while True:
            shown += os.read(fd, 4096)
            if shown.rstrip().endswith(b"[y/N]"):
                os.write(fd, answer.encode() + b"\n")
                answer = "n"
    except OSError:  # the other end is closed
        pass
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()


def offered_into_a_cut(checks, street, community):
    """The street's parent is away: an escalation is asked about, told, and the matter is not silent while it waits."""
    api = street.api()
    ids = [api.post("/api/v1/matters", small.new(urgency="emergency")).json["id"] for _ in range(3)]
    warnings = api.get(f"/api/v1/matters/{ids[0]}").json.get("warnings", [])
    fields = [(w["code"], w["field"], w["path"]) for w in warnings]
    checks.check(all(COUNTY in w["message"] and COUNTY in w["message_zh"] for w in warnings), "in both languages", warnings)
    checks.check(("parent_cut", "escalate", COUNTY) in fields, "the matter's view says that its parent is cut", fields)
    status, shown = on_terminal(street, "n", "escalate", ids[0], "--reason", "too large")
    checks.check(status == 1 and COUNTY in shown and "[y/N]" in shown, "on a terminal an escalation is asked about", shown)
    checks.check(api.get(f"/api/v1/matters/{ids[0]}").json.get("offered") is None, "no: nothing was done")
    status, shown = on_terminal(street, "y", "escalate", ids[0], "--reason", "too large")
    checks.check(status == 7 and "[y/N]" in shown, "yes: it is offered and the status says that it waits", (status, shown))
    status, shown = on_terminal(street, "n", "escalate", ids[1], "--reason", "too large", "--yes")
    checks.check(status == 7 and "[y/N]" not in shown and COUNTY in shown, "--yes: it is not asked, and told", (status, shown))
    done = street.run("escalate", ids[2], "--reason", "too large")
    checks.check(done.returncode == 7 and COUNTY in done.stderr.decode(), "a script is told, and goes on", done.stderr)
    answer = api.post(f"/api/v1/matters/{ids[0]}/withdraw", {})
    warned = [(w["code"], w["field"]) for w in answer.json.get("warnings", [])]
    checks.equal(warned, [("parent_cut", "offered")], "a withdrawal is told that it waits as well")
    answer = api.post(f"/api/v1/matters/{ids[1]}/progress", {"note": "sandbags are on the way"})
    checks.check(answer.status == 200 and answer.json["offered"], "progress goes on while it is offered", answer.json)
    detail = next(a["detail"] or "" for a in api.node()["alarms"] if a["code"] == "parent_cut")
    checks.check("parcels wait for it" in detail, "the alarm of the cut says how much waits", detail)
    checks.equal(community.api().post("/api/v1/matters?ack=parent&wait=20", small.new()).status, 201, "the community reports")
    pid = community.process.pid  # it stands still: its link is not closed, it is only silent
    checks.undo(lambda: os.kill(pid, signal.SIGCONT) if community.process.pid == pid and community.process.poll() is None else None)
    os.kill(pid, signal.SIGSTOP)
    checks.check(wait_until(lambda: ("child_cut", COMMUNITY) in (codes(street) or ()), 40, 0.2), "the child is silent as well")
    down = api.post("/api/v1/matters", small.new()).json["id"]
    answer = api.post(f"/api/v1/matters/{down}/dispatch", {"to": COMMUNITY, "note": "please"})
    warned = [(w["code"], w["path"]) for w in answer.json.get("warnings", [])]
    checks.equal(warned, [("child_cut", COMMUNITY)], "so does a dispatch to a child that is cut")
    detail = next(a["detail"] or "" for a in api.node()["alarms"] if a["code"] == "child_cut")
    checks.check("parcels wait for it" in detail, "the alarm of silence says how much waits as well", detail)
    restart(checks, street)
    ok = wait_until(lambda: [w.get("since") for w in api.get(f"/api/v1/matters/{down}").json.get("warnings", [])], 20, 0.2)
    checks.check(ok and ok[0], "and says since when, also after a restart", ok)
    os.kill(pid, signal.SIGCONT)
    restart(checks, community)
    return ids


def came_through(checks, places, ids):
    county = places[COUNTY].api()

    def noted():
        answer = county.get(f"/api/v1/matters/{ids[1]}")
        return answer.status == 200 and any(e["note"] == "sandbags are on the way" for e in answer.json["history"])

    checks.check(wait_until(noted, 30, 0.2), "the progress of the meantime came up when the link healed")
    checks.check("warnings" not in places[STREET].api().get(f"/api/v1/matters/{ids[2]}").json, "and nothing is warned of any more")


def cut(checks, places):
    end(places[COMMUNITY].process)
    told(checks, places[STREET], "child_cut", COMMUNITY, "a child that is stopped", "Look at the network and at that node")
    restart(checks, places[COMMUNITY])
    over(checks, places[STREET], "child_cut", "it is back")
    end(places[COUNTY].process)
    told(checks, places[STREET], "parent_cut", COUNTY, "a parent that is stopped", "Look at the network and at that node")
    ids = offered_into_a_cut(checks, places[STREET], places[COMMUNITY])
    restart(checks, places[COUNTY])
    over(checks, places[STREET], "parent_cut", "it is back")
    came_through(checks, places, ids)


def copied(checks, places, folder, port):
    """The copy runs while the true one is away; the true one has gone on since."""
    true = places[WEST]
    end(true.process)
    copy = Place(true.cli, folder, WEST, port, True)
    copy.dir = folder / "copy"
    shutil.copytree(true.dir, copy.dir)
    restart(checks, true)
    for _ in range(3):
        answer = true.api().post("/api/v1/matters?ack=top&wait=20", small.new())
        checks.equal(answer.status, 201, "the true one takes in a matter")
    end(true.process)
    copy.process = copy.cli.start("serve", "--dir", copy.dir, "--http", copy.http, log=folder / "copy.log")
    checks.undo(lambda: end(copy.process))
    told(checks, copy, "out_of_service", "", "a copy of a folder", "qipan join TOKEN --again")
    turned_away(checks, copy, "a copy of a folder")
    told(checks, places[CITY], "old_copy", WEST, "above an old copy", "join again")
    restart(checks, places[CITY])
    told(checks, places[CITY], "old_copy", WEST, "above an old copy, after a restart", "join again")
    end(copy.process)
    restart(checks, true)
    over(checks, places[CITY], "child_cut", "the true one is heard")
    over(checks, places[CITY], "old_copy", "the true one is heard")
    told(checks, places[CITY], "copied", WEST, "a copy ran: the true one's greeting does not wipe that out", "stop the copy")
    answer = true.api().post("/api/v1/matters?ack=top&wait=20", small.new())
    checks.equal(answer.status, 201, "the true one goes on")


def beside(checks, places, folder, port):
    """Both run at one time, and the copy is the longer one: only its own word tells its parent that there are two."""
    true, city = places[WEST], places[CITY]
    end(true.process)
    copy = Place(true.cli, folder, WEST, port, True)
    copy.dir = folder / "beside"
    shutil.copytree(true.dir, copy.dir)
    restart(checks, true)
    since = next(a["since"] for a in city.api().node()["alarms"] if a["code"] == "copied")
    checks.equal(true.api().post("/api/v1/matters?ack=top&wait=20", small.new()).status, 201, "the true one goes on")
    end(city.process)
    copy.process = copy.cli.start("serve", "--dir", copy.dir, "--http", copy.http, log=folder / "beside.log")
    checks.undo(lambda: end(copy.process))
    checks.check(wait_until(lambda: codes(copy) is not None, 20, 0.2), "the copy runs beside the true one, both without their parent")
    taken = [copy.api().post("/api/v1/matters", small.new()).status for _ in range(40)]
    checks.equal(set(taken), {201}, "and takes in more than it")
    restart(checks, city)
    told(checks, copy, "out_of_service", "", "a copy that runs beside the true one", "qipan join TOKEN --again")
    answer = true.api().post("/api/v1/matters?ack=top&wait=20", small.new())
    checks.equal(answer.status, 201, "the true one goes on beside the copy")

    def noted():
        return [a["since"] for a in city.api().node()["alarms"] if (a["code"], a["path"]) == ("copied", WEST) and a["since"] > since]

    checks.check(wait_until(noted, 20, 0.2), "its parent says that a copy ran, and when", codes(city))
    restart(checks, city)
    told(checks, city, "copied", WEST, "a copy ran, after a restart", "stop the copy")
    end(copy.process)
    copy.process = copy.cli.start("serve", "--dir", copy.dir, "--http", copy.http, log=folder / "beside.again.log")
    checks.undo(lambda: end(copy.process))
    told(checks, copy, "out_of_service", "", "the copy, after a restart", "qipan join TOKEN --again")
    end(copy.process)


def stranded(checks, places, folder, port):
    """An old copy takes in work while nobody can tell it that it is one; it joins again, and nothing of that is lost."""
    true, city = places[WEST], places[CITY]
    copy = Place(true.cli, folder, WEST, port, True)
    copy.dir = folder / "stranded"
    end(true.process)
    shutil.copytree(true.dir, copy.dir)
    restart(checks, true)
    checks.equal(true.api().post("/api/v1/matters?ack=top&wait=20", small.new()).status, 201, "the true one goes on")
    end(true.process)
    end(city.process)
    copy.process = copy.cli.start("serve", "--dir", copy.dir, "--http", copy.http, log=folder / "stranded.log")
    checks.undo(lambda: end(copy.process))
    checks.check(wait_until(lambda: codes(copy) is not None, 20, 0.2), "the copy runs alone")
    kept = [copy.api().post("/api/v1/matters", small.new()) for _ in range(3)]
    checks.check(all(a.status == 201 for a in kept), "and takes in matters", kept)
    for how, password in ((("add", "mei", "--role", "dispatcher"), "the first passphrase"), (("password", "mei"), "the second passphrase")):
        done = copy.run("user", *how, "--password", "-", stdin=password)
        checks.equal(done.returncode, 0, "an account is made, then its password changed")
    restart(checks, city)
    told(checks, copy, "out_of_service", "", "it hears that it is a copy", "qipan join TOKEN --again")
    end(copy.process)
    done = copy.run("join", invite(checks, city, WEST, "--replace"), "--again", "--http", copy.http)
    checks.check(done.returncode == 0, "it joins again into the same folder", done.stdout + done.stderr)
    restart(checks, copy)
    ids = [a.json["id"] for a in kept]
    ok = wait_until(lambda: all(city.api().get(f"/api/v1/matters/{i}").status == 200 for i in ids), 40, 0.3)
    checks.check(ok, "what it had taken in is known above")
    checks.equal(codes(copy), [], "and nothing is wrong with it any more")
    over(checks, city, "copied", "a successor has no copy")
    for password, wanted in (("the first passphrase", 401), ("the second passphrase", 200)):
        answer = Api(f"http://{copy.http}").post("/api/v1/session", {"name": "mei", "password": password})
        checks.equal(answer.status, wanted, f"{password}: of its account")
    restart(checks, true)
    told(checks, true, "out_of_service", "", "whose place it is now", "qipan join TOKEN --again")


def closed(checks, places):
    """What is no file of line keys lies in its place: nothing is said on lines, all else goes on."""
    place = places[COMMUNITY]
    keys, aside = place.dir / "keys" / "lines", place.dir / "keys" / "lines.aside"
    keys.rename(aside)
    keys.mkdir()
    restart(checks, place)
    told(checks, place, "lines_closed", "", "no file of line keys", "DIR/keys/lines")
    line = place.api().post("/api/v1/lines", {"members": [{"node": STREET, "name": "li"}]})
    checks.equal(line.status, 201, "no file of line keys: a line is opened")
    answer = place.api().post(f"/api/v1/lines/{line.json['id']}/messages", {"text": "x"})
    checks.check(answer.status == 429 and "start the node again" in answer.error["message"], "nothing is said on it, with the remedy", answer)
    checks.equal(place.api().post("/api/v1/matters", small.new()).status, 201, "and matters are taken in")
    keys.rmdir()
    aside.rename(keys)
    restart(checks, place)
    over(checks, place, "lines_closed", "with its line keys again")
    checks.equal(place.api().post(f"/api/v1/lines/{line.json['id']}/messages", {"text": "x"}).status, 201, "and it speaks on lines")


def full(checks, places):
    """A small quota, and matters until it is used up; then room again."""
    place = places[WEST]
    place.cli = Cli(place.cli.qipan)
    place.cli.env["QIPAN_STORE_TABLES_MAP"] = "4M"
    restart(checks, place)
    api, answers, refused = place.api(), 0, 0
    # pages that a checkpoint gives back make room for some more, also behind many refusals: it is full when the node says so
    while answers < 9000 and not (refused >= 50 and ("no_room", "") in (codes(place) or ())):
        answer = api.post("/api/v1/matters", small.new())
        answers += 1
        refused = 0 if answer.status == 201 else refused + 1
    checks.equal((answer.status, answer.error.get("code")), (507, "no_room"), f"a store is full after {answers} matters")
    told(checks, place, "no_room", "", "a full store", "raise the quota")
    del place.cli.env["QIPAN_STORE_TABLES_MAP"]
    restart(checks, place)
    over(checks, place, "no_room", "with room again")
    checks.equal(place.api().post("/api/v1/matters", small.new()).status, 201, "and it takes in matters")


def over_its_rate(checks, places):
    """The county takes little a second: what the street brings beyond that waits at the street, and both say so, with the remedy (L7)."""
    county, street = places[COUNTY], places[STREET]
    plain = county.cli
    county.cli = Cli(plain.qipan)
    county.cli.env.update(QIPAN_STORE_JOURNAL_MAP="4M")  # a small one: it must do for a week, so that the rate is the least there is
    restart(checks, county)
    county.cli = plain
    over(checks, street, "parent_cut", "the county with a small rate")
    last = [small.report(street.api(), text="x" * 15000) for _ in range(100)][-1]

    def limited():
        below = [c.get("limited") for c in county.api().node()["children"] if c["path"] == STREET]
        return below and below[0], street.api().node()["parent"].get("limited")

    ok = wait_until(lambda: all(limited()), 30, 0.2)
    for there, lim in zip((county, street), limited()):
        if not checks.check(ok and lim, f"{there.path}: /api/v1/node says that the street is over its rate", limited()):
            return
        checks.equal((lim["why"], lim["rate"]), ("rate", 1024), f"{there.path}: over which rate")
        checks.check(lim["since"] and lim["waiting"] > 0, f"{there.path}: since when and how much waits", lim)
        shown = there.run("status").stdout.decode()
        own = "this node is over its rate of 1 KB/s since" if there is street else " over its rate of 1 KB/s since"
        checks.check(own in shown and "nothing is lost" in shown, f"{there.path}: qipan status says so", shown)
        doctor = there.run("doctor")
        words = "the parent makes this node wait: over its rate" if there is street else f"its child {STREET} is over its rate"
        checks.check(doctor.returncode == 8 and words in doctor.stdout.decode() and "raise link.child_burst" in doctor.stdout.decode(),
                     f"{there.path}: so does qipan doctor, with the remedy", doctor.stdout.decode())
    checks.check(county.api().get(f"/api/v1/matters/{last['id']}").status == 404, "what waits is not there yet")
    restart(checks, county)
    checks.check(small.seen(county.api(), last["id"], lambda m: True, 40), "with its usual rate again all of it comes: nothing is lost")
    checks.check(wait_until(lambda: not any(limited()), 20, 0.2), "and nobody is said to wait", limited())


def displaced(checks, places, folder, port, plant):
    old = places[COMMUNITY]
    new = Place(old.cli, folder, COMMUNITY, port, True)
    new.dir = folder / "successor"
    done = join(new, invite(checks, places[STREET], COMMUNITY, "--replace"))
    checks.check(done.returncode == 0, "another folder joins in a place whose node runs", done.stderr)
    new.serve(checks)
    told(checks, old, "out_of_service", "", "who was displaced", "qipan join TOKEN --again", plant)
    turned_away(checks, old, "who was displaced")
    restart(checks, old)
    told(checks, old, "out_of_service", "", "who was displaced, after a restart", "qipan join TOKEN --again")
    over(checks, places[STREET], "child_cut", "the successor is heard")
    answer = new.api().post("/api/v1/matters?ack=top&wait=20", small.new())
    checks.equal(answer.status, 201, "and takes in work")


def main():
    p = options(__doc__, 240)
    p.add_argument("--plant", choices=["healthz"], help="expect something wrong: the run must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "unheard")
        places, _, _ = set_up(checks, args, folder)
        ok = wait_until(lambda: all(codes(p) == [] for p in places.values()), 20, 0.2)
        checks.check(ok, "a healthy tree has no alarm", {p: codes(v) for p, v in places.items()})
        done = places[CITY].run("status")
        checks.check(done.returncode == 0 and "!" not in done.stdout.decode(), "and its status is quiet", done.stdout.decode())
        port = free_ports(4)
        if not args.plant:
            cut(checks, places)
            copied(checks, places, folder, port)
            beside(checks, places, folder, port + 3)
            closed(checks, places)
            full(checks, places)
            over_its_rate(checks, places)
            stranded(checks, places, folder, port + 1)
        displaced(checks, places, folder, port + 2, args.plant)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
