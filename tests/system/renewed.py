#!/usr/bin/python3
"""Who is refused above goes on as his next incarnation, by himself; what he had said is said again, and none of it was held meanwhile.

A community takes in an emergency while its street is away. Then the street is given another parcel in that place of the community's
chain, signed with its key, with what may not travel in it: as a node of another build would say it. From there on the street refuses
the chain. While it may not certify (nobody above it is heard yet), no emergency of the community counts as held, at no answer and
after no restart, and both ends say so with the remedy; when it may, the community goes on as incarnation 2 and every report is at the
top. Then the street's disk burns while the county is away: what only the two had is said to the new one. --plant held reads a report
that is refused as held; the run must then fail.
"""

import shutil
import signal
import sys

from joining import invite, join, set_up
from lib import small
from lib.check import Checks, wait_until
from lib.neighbour import URGENT, Neighbour
from lib.small import CITY, COMMUNITY, COUNTY, STREET
from lib.tree import end, options, scratch
from unheard import codes, restart, told


def kill(place):
    """As if the power failed: what came ahead must be asked for again (L3)."""
    place.process.send_signal(signal.SIGKILL)
    place.process.wait()


def ticks(place, matter):
    answer = place.api().get(f"/api/v1/matters/{matter}")
    return answer.json["ticks"] if answer.status == 200 else {}


def emergency(place, how=""):
    return place.api().post(f"/api/v1/matters{how}", small.new(urgency="emergency"))


def refused(checks, street, community, proof):
    """What its chain has in that place by now, at the street."""
    n = Neighbour.second(community.dir, proof, f"{street.link}", bytes.fromhex(street.api().node()["link_key"]))
    checks.undo(n.close)
    said = n.open()
    checks.check(said.DESCRIPTOR.name == "Greeting", "the street greets whoever has the community's key", said)
    front = [n.event() for _ in range(8)]  # so that nothing of what it had said there is itself what was refused
    for e in front:
        e.commented.text = "in front of it"
    fact = n.event()
    fact.ClearField("matter")
    fact.version = fact.custody = 0
    fact.token_ended.name = "local"
    n.deliver(n.seal([*front, fact], lane=URGENT), lane=URGENT)
    verdict = n.expect("refuse").refuse
    checks.check(verdict.HasField("verdict"), "it refuses the chain, signed", verdict)
    n.close()


def nothing_held(checks, street, community, ids, what, plant):
    told(checks, community, "refused_above", STREET, f"{what}: the one that is refused", "as its next incarnation")
    told(checks, street, "refused_below", COMMUNITY, f"{what}: who refuses", "asks by itself for its next incarnation")
    answer = emergency(community, "?ack=parent&wait=2")
    checks.check(answer.status in (201, 202) and not answer.json["ticks"]["held"], f"{what}: an emergency is kept, and not held", answer)
    ids.append(answer.json["id"])
    held = [ticks(community, i).get("held") for i in ids]
    checks.equal(held, [plant == "held"] * len(ids), f"{what}: none of what is refused counts as held")
    checks.equal([street.api().get(f"/api/v1/matters/{i}").status for i in ids], [404] * len(ids), f"{what}: and it is not there")


def goes_on(checks, places, ids):
    community = places[COMMUNITY]
    checks.equal(community.api().node()["incarnation"], 1, "nobody above certifies it meanwhile")
    restart(checks, places[COUNTY])
    ok = wait_until(lambda: (places[STREET].api().node()["parent"] or {}).get("state") == "live", 20, 0.1)
    checks.check(ok, "the street is heard above again")
    restart(checks, community)  # it asks at once: else after a minute
    ok = wait_until(lambda: community.api().node()["incarnation"] == 2, 20, 0.2)
    checks.check(ok, "it goes on as its next incarnation", community.api().node()["alarms"])
    ok = wait_until(lambda: all(ticks(community, i).get("top") and ticks(community, i)["held"] for i in ids), 20, 0.2)
    checks.check(ok, "all that was refused is held, and at the top", [ticks(community, i) for i in ids])
    for path in (STREET, COUNTY, CITY):
        have = [places[path].api().get(f"/api/v1/matters/{i}").status for i in ids]
        checks.equal(have, [200] * len(ids), f"{path} has it")
    for place, about in ((community, ""), (places[STREET], COMMUNITY)):
        ok = wait_until(lambda p=place, a=about: codes(p) == [("renewed", a)], 20, 0.2)
        checks.check(ok, f"{place.path}: that it went on is told, and no refusal stands", codes(place))


def burned(checks, places):
    """What the community and the burned street alone had."""
    street, community = places[STREET], places[COMMUNITY]
    end(places[COUNTY].process)
    answer = community.api().post("/api/v1/matters?ack=parent&wait=20", small.new())
    checks.check(answer.status == 201 and answer.json["ticks"]["held"], "the street holds a report", answer)
    ids = [answer.json["id"]]
    kill(street)
    shutil.rmtree(street.dir)
    ids.append(emergency(community).json["id"])
    restart(checks, places[COUNTY])
    done = join(street, invite(checks, places[COUNTY], STREET, "--replace"))
    checks.check(done.returncode == 0, "the street joins again, with nothing", done.stderr)
    street.serve(checks)
    end(community.process)
    serve = ["serve", "--dir", community.dir, "--parent-key", street.api().node()["link_key"]]
    community.process = community.cli.start(*serve, log=community.dir.parent / "after the fire.log")
    checks.undo(lambda: end(community.process))
    ok = wait_until(lambda: all(places[CITY].api().get(f"/api/v1/matters/{i}").status == 200 for i in ids), 20, 0.2)
    checks.check(ok, "what nobody else had is at the city")
    checks.equal([street.api().get(f"/api/v1/matters/{i}").status for i in ids], [200, 200], "and at the street again")
    ok = wait_until(lambda: all(ticks(community, i).get("held") for i in ids), 20, 0.2)
    checks.check(ok, "and the community says that it is held", [ticks(community, i) for i in ids])


def main():
    p = options(__doc__, 90)
    p.add_argument("--plant", choices=["held"], help="expect something wrong: the run must fail")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        places, _, _ = set_up(checks, args, scratch(checks, args, "renewed"))
        street, community = places[STREET], places[COMMUNITY]
        answer = community.api().post("/api/v1/matters?ack=top&wait=20", small.new())
        checks.equal(answer.status, 201, "a report reaches the top")
        proof = community.api().get(f"/api/v1/matters/{answer.json['id']}/proof").body
        kill(street)
        end(places[COUNTY].process)
        answer = emergency(community)
        checks.check(answer.status == 201 and not answer.json["ticks"]["held"], "an emergency is kept while the street is away", answer)
        ids = [answer.json["id"]]
        end(community.process)
        restart(checks, street)
        refused(checks, street, community, proof)
        restart(checks, community)
        nothing_held(checks, street, community, ids, "while it may not go on", args.plant)
        kill(street)
        restart(checks, street)
        restart(checks, community)
        nothing_held(checks, street, community, ids, "after a restart of both", None)
        checks.say("refused: done")
        goes_on(checks, places, ids)
        checks.say("renewed: done")
        burned(checks, places)

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
