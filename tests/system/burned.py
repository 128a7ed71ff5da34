#!/usr/bin/python3
"""A disk burns: a leaf's, then that of a node in the middle, then both at once. Each joins again with one token and gets its records back.

What was held above or below before is known again, the matter that it held is handled and closed by its new incarnation, and whoever was below a
parent with new keys finds it again by the key that its `qipan status` says (`serve --parent-key`).
"""

import shutil
import sys

from joining import ORDER, invite, join, set_up, token_of
from lib import small
from lib.check import Checks, wait_until
from lib.client import Api
from lib.small import CITY, COMMUNITY, COUNTY, STREET
from lib.tree import end, options, scratch


def known(api, ids):
    have = {i["id"]: i for i in api.all_matters()}
    return all(i in have for i in ids)


def matter(checks, api, what):
    answer = api.post("/api/v1/matters?ack=top&wait=20", small.new())
    checks.equal(answer.status, 201, f"{what}: opened")
    return answer.json["id"]


def burn(checks, places, path):
    place = places[path]
    end(place.process)
    shutil.rmtree(place.dir)
    parent = places[path.rsplit("/", 1)[0]]
    done = join(place, invite(checks, parent, path, "--replace"))  # stopped a moment ago: it still counts as alive
    checks.check(done.returncode == 0, f"{path} joins again", done.stderr)
    place.serve(checks)
    checks.equal(place.api().node()["incarnation"], 2, f"{path}: its incarnation")


def recovered(checks, place, seconds=60):
    ok = wait_until(lambda: not place.api().node()["recovering"], seconds, 0.3)
    checks.check(ok, f"{place.path} has its records back", place.api().node())


def both(checks, places, leaf):
    """Parent and child lose their disks together: the parent certifies the child again while it is itself coming back, and neither waits
    for the other."""
    street, community, county = places[STREET], places[COMMUNITY], places[COUNTY]
    for place in (community, street):
        end(place.process)
        shutil.rmtree(place.dir)
    done = join(street, invite(checks, county, STREET, "--replace"))
    checks.check(done.returncode == 0, "the parent joins again", done.stderr)
    street.serve(checks)
    said = []
    ok = wait_until(lambda: said.append(street.run("invite", COMMUNITY, "--replace")) or said[-1].returncode == 0, 20, 0.3)
    checks.check(ok, "it invites its burned child as soon as it knows of it", said[-1].stderr)
    checks.check(street.api().node()["recovering"], "while it waits for it itself", street.api().node())
    done = join(community, token_of(said[-1]))
    checks.check(done.returncode == 0, "the child joins again", done.stderr)
    community.serve(checks)
    for place in (street, community):
        recovered(checks, place, 30)
        # a parent in its third life counts its children's in steps of three (C2)
        checks.equal(place.api().node()["incarnation"], 3 if place is street else 2 + 3, f"{place.path}: its incarnation")
    checks.check(known(community.api(), leaf), "the leaf knows its matters again")
    done = community.api().post(f"/api/v1/matters/{leaf[2]}/close", {"result": "done", "note": ""})
    checks.equal(done.status, 200, "and closes one that its first incarnation held")
    ok = wait_until(lambda: places[CITY].api().get(f"/api/v1/matters/{leaf[2]}").json["state"] == "closed", 20, 0.3)
    checks.check(ok, "the city hears of it")


def main():
    args = options(__doc__, 180).parse_args()
    checks = Checks(args.timeout)
    def body():
        folder = scratch(checks, args, "burned")
        places, _, _ = set_up(checks, args, folder)
        apis = {p: places[p].api() for p in ORDER}
        leaf = [matter(checks, apis[COMMUNITY], "at the leaf") for _ in range(5)]
        middle = [matter(checks, apis[STREET], "in the middle") for _ in range(5)]
        up = apis[COMMUNITY].post(f"/api/v1/matters/{leaf[0]}/escalate", {"reason": "too big"})
        checks.equal(up.status, 200, "one is escalated to the node in the middle")
        checks.check(wait_until(lambda: apis[COUNTY].get(f"/api/v1/matters/{leaf[0]}").json["holder"] == STREET, 20), "and taken there")

        burn(checks, places, COMMUNITY)
        recovered(checks, places[COMMUNITY])
        checks.check(known(places[COMMUNITY].api(), leaf), "the leaf knows its matters again")
        done = places[COMMUNITY].api().post(f"/api/v1/matters/{leaf[1]}/close", {"result": "done", "note": "by the new incarnation"})
        checks.equal(done.status, 200, "the leaf's new incarnation closes an old matter")

        burn(checks, places, STREET)
        key = places[STREET].api().node()["link_key"]
        early = places[STREET].api().post(f"/api/v1/matters/{middle[0]}/close", {"result": "done", "note": ""})
        checks.check(early.status in (404, 503), "while it recovers it does nothing to an older matter", early.status)
        end(places[COMMUNITY].process)
        serve = ["serve", "--dir", places[COMMUNITY].dir, "--parent-key", key]
        places[COMMUNITY].process = places[COMMUNITY].cli.start(*serve, log=folder / "leaf.log")
        checks.undo(lambda: end(places[COMMUNITY].process))
        recovered(checks, places[STREET])
        checks.check(known(places[STREET].api(), middle + leaf), "the node in the middle knows its matters again")
        for held in (middle[0], leaf[0]):
            done = places[STREET].api().post(f"/api/v1/matters/{held}/close", {"result": "done", "note": ""})
            checks.equal(done.status, 200, "the new incarnation closes what the old one held")
        for path in (CITY, COUNTY):
            ok = wait_until(lambda p=path: all(places[p].api().get(f"/api/v1/matters/{m}").json["state"] == "closed"
                                               for m in (middle[0], leaf[0], leaf[1])), 30, 0.3)
            checks.check(ok, f"{path} hears of it")
        fresh = matter(checks, Api(f"http://{places[COMMUNITY].http}", (places[COMMUNITY].dir / "cli-token").read_text().strip()), "afterwards")
        checks.check(wait_until(lambda: known(places[CITY].api(), [fresh]), 20), "a new matter of the leaf goes through the new parent")
        both(checks, places, leaf + [fresh])

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
