#!/usr/bin/python3
"""A policy in a running tree: said at the root, tightened below, refused where it loosens; at real nodes.

Started with one (`dev --policy`) every node has it. What a county says tightens it for itself and all below; what loosens is
refused with every place, and has no effect; a version text serves once; `policy:check` answers the same and changes nothing. A
node that is cut off keeps what it has, its superior shows it as behind, and it gets the newest when it is heard again; so does
one that was stopped, whose tables were made again, or that joins later. Offers are answered as the policy says.
"""

import copy
import json
import os
import signal
import sys

from lib import small
from lib.check import Checks, wait_until
from lib.client import Api
from lib.cut import CutNode
from lib.small import CITY, COMMUNITY, COUNTY, STREET, WEST, report, seen
from lib.tree import Cli, end, free_ports, options, scratch

ALL = [CITY, COUNTY, WEST, STREET, COMMUNITY]
ONE = {"version": "one", "title": "棋城", "calendars": [{"name": "office", "weekly": [{"days": "1-5", "from": "08:30", "to": "17:30"}]}],
       "categories": [{"code": "", "title": "其他", "title_en": "other", "calendar": "office", "clocks": {"sign": "4h", "handle": "5wd"}},
                      {"code": "01", "title": "路灯", "urgency": "urgent", "desk": "lamps", "view": "社情", "clocks": {"sign": "2h"}}],
       "rules": {"accept": {"escalate": False, "return": True, "dispatch": True, "transfer": False}}}
FOLDER = {
    "policy.conf": "[policy]\nversion = one\ntitle = 棋城\n\n[calendar office]\nweekly = 1-5 08:30-17:30\n\n"
                   "[accept]\nescalate = no\nreturn = yes\ndispatch = yes\ntransfer = no\n",
    "categories.csv": "code,title,title_en,view,desk,urgency,calendar,sign,handle\n,其他,other,,,,office,4h,5wd\n01,路灯,,社情,lamps,urgent,,2h,\n",
}


def policy(version, sign="4h", **more):
    """ONE by another version, with another time to sign."""
    p = copy.deepcopy(ONE)
    p["version"] = version
    p["categories"][0]["clocks"]["sign"] = sign
    return {**p, **more}


def below(version, sign):
    return {"version": version, "categories": [{"code": "", "clocks": {"sign": sign}}]}


def put(api, body, **head):
    return api.call("PUT", "/api/v1/policy", body, head)


def in_force(api):
    p = api.get("/api/v1/policy").json
    return p["version"], next(c for c in p["categories"] if c["code"] == "")["clocks"]["sign"]


def everywhere(checks, apis, wanted, sentence, seconds=20):
    """wanted: path -> (version, time to sign)"""
    wait_until(lambda: all(in_force(apis[p]) == w for p, w in wanted.items()), seconds)
    checks.equal({p: in_force(apis[p]) for p in wanted}, wanted, sentence)


def places(answer):
    return [p["path"] for p in (answer.json or {}).get("error", {}).get("places", [])]


def branch(api, path):
    def find(b):
        return b if b["path"] == path else next((f for f in map(find, b["children"]) if f), None)
    return find(api.get("/api/v1/tree").json)


def refused(checks, apis):
    """What is wrong or loosens: 422 with every place, no effect; the check says the same."""
    county = apis[COUNTY]
    loose = {"version": "loose", "categories": [{"code": "", "clocks": {"sign": "5h", "handle": "6wd"}}], "rules": {"accept": {"escalate": True}}}
    wrong = {"version": "wrong", "categories": [{"code": "", "clocks": {"sign": "soon"}, "visit": 2}], "unknown": 1}
    for body, paths in ((loose, {"categories[].clocks.sign", "categories[].clocks.handle", "rules.accept.escalate"}),
                        (wrong, {"categories[0].clocks.sign", "categories[0].visit", "unknown"})):
        for answer in (put(county, body), county.post("/api/v1/policy:check", body)):
            checks.equal((answer.status, answer.json["error"]["code"]), (422, "refused"), f"{body['version']}: 422")
            checks.equal(set(places(answer)), paths, f"{body['version']}: every place")
            checks.check(all(p["message"] for p in answer.json["error"]["places"]), "each with its sentence", answer)
    answer = put(county, b'{"version": "x", ')
    checks.check(answer.status == 400 and answer.json["error"]["places"], "what is no JSON: 400, with its place", answer)
    answer = put(apis[CITY], ONE)
    checks.equal((answer.status, answer.json["error"]["code"]), (409, "exists"), "a version text that was used: 409")
    checks.equal(apis[CITY].post("/api/v1/policy:check", ONE).status, 409, "the check: 409 too")
    checks.equal(apis[CITY].post("/api/v1/policy:check", policy("new", "1h")).status, 200, "a check of a good one: 200")
    everywhere(checks, apis, {p: ("one", "4h") for p in ALL}, "and nothing has changed anywhere", 2)


def rights(checks, dev, apis):
    done = dev.cli.run("token", "add", "reader", "--rights", "read,report,step", "--dir", dev.node(COUNTY)["dir"])
    reader = apis[COUNTY].with_token(done.stdout.decode().split()[-1])
    checks.equal(reader.get("/api/v1/policy").status, 200, "whoever reads may see it")
    checks.equal(put(reader, below("r", "1h")).status, 403, "who does not command may not set it")
    checks.equal(reader.post("/api/v1/policy:check", below("r", "1h")).status, 403, "nor weigh one")


def tightened(checks, apis):
    answer = put(apis[COUNTY], below("east-1", "3h"), **{"Idempotency-Key": "k1"})
    checks.equal((answer.status, answer.json["version"], answer.json["revision"]), (200, "one+east-1", 1), "the county tightens")
    checks.equal([(c["path"], c["from"], c["to"], c["kind"]) for c in answer.json["changes"]],
                 [("categories[].clocks.sign", "4h", "3h", "tighter")], "and is told what changed")
    again = put(apis[COUNTY], below("east-1", "3h"), **{"Idempotency-Key": "k1"})
    checks.equal((again.status, again.json["revision"]), (200, 1), "the same request again is no second one")
    checks.equal(put(apis[COUNTY], below("east-2", "2h"), **{"Idempotency-Key": "k2"}).json["revision"], 2, "a second one")
    stale = apis[COUNTY].call("PUT", "/api/v1/policy?if_version=1", below("east-3", "1h"))
    checks.equal((stale.status, stale.json["error"]["code"]), (409, "version_conflict"), "if_version that is not the present one: 409")
    two = {COUNTY: ("one+east-2", "2h"), STREET: ("one+east-2", "2h"), COMMUNITY: ("one+east-2", "2h"), CITY: ("one", "4h"), WEST: ("one", "4h")}
    everywhere(checks, apis, two, "it holds in the county and below, and nowhere else")
    state = apis[STREET].node()["policy"]
    checks.equal([(l["node"], l["version"]) for l in state["layers"]], [(CITY, "one"), (COUNTY, "east-2")], "status tells who said what")
    checks.equal(state["accept"]["escalate"], {"at_once": False, "by": "policy"}, "and what is taken at once, and by what")
    checks.check(wait_until(lambda: branch(apis[CITY], COMMUNITY)["policy"]["version"] == "one+east-2", 10), "the city knows what holds at the bottom",
                 branch(apis[CITY], COMMUNITY))
    checks.equal(apis[COUNTY].get("/api/v1/policy", own="true").json["version"], "east-2", "its own alone can be asked for")
    checks.equal(apis[WEST].get("/api/v1/policy", own="true").status, 404, "who has said none: 404")


def offers(checks, apis):
    """`accept.escalate` is no: what rises waits for a person, whatever the settings say; a dispatch is taken at once."""
    up = report(apis[STREET])["id"]
    apis[STREET].step(up, "escalate", {"reason": "too large"})
    down = report(apis[COUNTY])["id"]
    apis[COUNTY].step(down, "dispatch", {"to": STREET, "note": "please"})
    checks.check(seen(apis[STREET], down, lambda m: m["holder"] == STREET), "what is dispatched is taken at once, as the policy says")
    checks.check(seen(apis[COUNTY], up, lambda m: m.get("offered") is not None), "what rises waits for a person")
    checks.equal(apis[COUNTY].step(up, "accept").status, 200, "who takes it")


def not_said(checks, apis):
    """What a report does not say its category does: everywhere alike; what is tightened below holds there."""
    for path in (CITY, COMMUNITY):
        m = report(apis[path], category="路灯")
        checks.equal((m["urgency"], m["desk"]), ("urgent", "lamps"), f"{path}: a report is as urgent as its category, and lies with its desk")
    m = report(apis[CITY], category="01", urgency="emergency", desk="own")
    checks.equal((m["urgency"], m["desk"]), ("emergency", "own"), "what is said and higher stands, and so does the desk")
    m = report(apis[CITY], category="01", area=STREET)
    checks.equal((m["urgency"], m["desk"]), ("urgent", None), "what goes down gets its desk there")
    there = seen(apis[STREET], m["id"], lambda x: x["holder"] == STREET)
    checks.equal(there and there["desk_proposed"], {"desk": "lamps", "title": None, "by": "category"}, "where one is proposed")


def cut_off(checks, dev, apis, folder):
    """The street behind a cable: cut, it keeps what it has; stopped and with its tables made again, too."""
    os.kill(dev.node(STREET)["pid"], signal.SIGTERM)
    checks.check(wait_until(lambda: not apis[STREET].healthy(), 15), "the street is stopped")
    street = CutNode(dev, STREET, folder / "cut")
    street.start(checks)
    checks.check(wait_until(lambda: apis[STREET].healthy() and apis[STREET].node()["parent"]["state"] == "live", 30), "the street serves behind its cable")
    street.cut()
    checks.check(wait_until(lambda: apis[STREET].node()["parent"]["state"] == "cut", 30), "the street is cut off")
    checks.equal(put(apis[CITY], policy("two", "1h")).status, 200, "the city says another one meanwhile")
    everywhere(checks, apis, {CITY: ("two", "1h"), COUNTY: ("two", "1h"), WEST: ("two", "1h")}, "which holds where it can come")
    everywhere(checks, apis, {STREET: ("one+east-2", "2h"), COMMUNITY: ("one+east-2", "2h")}, "and not behind the cut", 1)
    checks.check(wait_until(lambda: not branch(apis[CITY], WEST)["policy"]["behind"], 15), "the city hears who has it")
    checks.check(branch(apis[CITY], STREET)["policy"]["behind"], "and shows who is behind")
    told = [a for a in apis[COUNTY].node()["alarms"] if a["code"] == "policy_vain"]
    checks.check(told and "clocks.sign" in told[0]["detail"], "the county is told what it has said in vain", apis[COUNTY].node()["alarms"])
    tree = dev.cli.run("tree", "--dir", dev.node(CITY)["dir"]).stdout.decode()
    checks.check("policy one+east-2, not the newest" in tree, "`qipan tree` says so", tree)
    street.heal()
    everywhere(checks, apis, {p: ("two", "1h") for p in ALL}, "heard again, it and all below it have the newest", 40)
    checks.check(wait_until(lambda: not branch(apis[CITY], COMMUNITY)["policy"]["behind"], 15), "which the city knows")


def stopped(checks, dev, apis, folder):
    """West is stopped while another one is said; its tables are made again."""
    west = dev.node(WEST)
    os.kill(west["pid"], signal.SIGTERM)
    checks.check(wait_until(lambda: not apis[WEST].healthy(), 15), "the west is stopped")
    checks.equal(put(apis[CITY], policy("three", "50m")).status, 200, "one is said while a node is stopped")
    checks.equal(dev.cli.run("rebuild", "--dir", west["dir"]).returncode, 0, "its tables are made again")
    serve = dev.cli.start("serve", "--dir", west["dir"], "--http", west["http"].split("//")[1].rstrip("/"), "--link", west["endpoint"] or "",
                          log=folder / "west.log")
    checks.undo(lambda: end(serve))
    checks.check(wait_until(apis[WEST].healthy, 30), "it serves again")
    everywhere(checks, apis, {p: ("three", "50m") for p in ALL}, "and has the newest", 30)


def late(checks, dev, apis, folder):
    port = free_ports(1)
    home = folder / "late"
    token = dev.cli.run("invite", COUNTY + "/pine", "--dir", dev.node(COUNTY)["dir"], "--title", "松街道", "--level", "street").stdout.decode().split()[-1]
    done = dev.cli.run("join", token, "--dir", home, "--http", f"127.0.0.1:{port}", "--link", "")
    checks.equal(done.returncode, 0, "a node joins later")
    checks.undo(lambda p=dev.cli.start("serve", "--dir", home, log=folder / "late.log"): end(p))
    api = Api(f"http://127.0.0.1:{port}", (home / "cli-token").read_text().strip())
    checks.check(wait_until(api.healthy, 20), "and serves")
    everywhere(checks, {"late": api}, {"late": ("three", "50m")}, "it has what holds")


def by_hand(checks, dev, apis, folder):
    """The command line."""
    west = dev.node(WEST)["dir"]
    file = folder / "west.json"
    file.write_text(json.dumps(below("west-1", "2h")))
    done = dev.cli.run("policy", "set", file, "--yes", "--dir", west)
    checks.check(done.returncode not in (0, 2) and b"categories[].clocks.sign" in done.stderr, "`policy set` of what loosens names the place", done.stderr)
    file.write_text(json.dumps(below("west-1", "30m")))
    done = dev.cli.run("policy", "set", file, "--dir", west)
    checks.check(done.returncode == 2 and b"--yes" in done.stderr, "where nobody can be asked it wants --yes", done.stderr)
    done = dev.cli.run("policy", "set", file, "--yes", "--dir", west)
    checks.check(done.returncode == 0 and b"50m -> 30m" in done.stdout and b"three+west-1" in done.stdout, "with it: what changes, and what is in force", done.stdout + done.stderr)
    done = dev.cli.run("policy", "set", file, "--yes", "--dir", west)
    checks.check(done.returncode == 0 and b"already" in done.stdout, "said again, as by a playbook, it is done already", done.stdout + done.stderr)
    file.write_text(json.dumps(below("west-1", "20m")))
    done = dev.cli.run("policy", "set", file, "--yes", "--dir", west)
    checks.check(done.returncode == 4 and b"used before" in done.stderr, "another one of that version is refused as ever", done.stdout + done.stderr)
    shown = dev.cli.json("policy", "show", "--dir", west)
    checks.equal(shown["version"], "three+west-1", "`policy show` without a name: of the running node")
    checks.equal(dev.cli.json("policy", "show", "--own", "--dir", west)["version"], "west-1", "--own: what it said itself")
    for verb in ("status", "doctor"):
        said = dev.cli.run(verb, "--dir", west).stdout.decode()
        checks.check("three+west-1" in said, f"`{verb}` says which is in force", said)


def main():
    args = options(__doc__, 120).parse_args()
    checks = Checks(args.timeout)

    def run():
        folder = scratch(checks, args, "policy")
        source = folder / "policy"
        source.mkdir(parents=True)
        for name, text in FOLDER.items():
            (source / name).write_text(text, encoding="utf-8")
        dev = small.start(checks, args, folder, "--policy", source, "--no-restart")
        apis = dev.apis()
        everywhere(checks, apis, {p: ("one", "4h") for p in ALL}, "a tree starts with its policy")
        refused(checks, apis)
        rights(checks, dev, apis)
        tightened(checks, apis)
        offers(checks, apis)
        not_said(checks, apis)
        cut_off(checks, dev, apis, folder)
        stopped(checks, dev, apis, folder)
        late(checks, dev, apis, folder)
        by_hand(checks, dev, apis, folder)

    return checks.run(run)


if __name__ == "__main__":
    sys.exit(main())
