#!/usr/bin/python3
"""A matter changes hands: community -> street -> county -> city and down again, by HTTP and by the command line.

With refusals and withdrawals; and each step that is illegal in a state answers 409 (command line: exit status 4), says the
state and what is possible, and changes nothing. Runs a small tree of four levels of its own.
"""

import json
import sys

from lib import small
from lib.check import Checks, wait_until
from lib.small import CHAIN, CITY, COMMUNITY, COUNTY, FIELDS, LEGAL, POLICY, STREET, WEST, bring, fields_of, report, seen
from lib.tree import options, scratch

ASK_PEOPLE = {"QIPAN_POLICY_ACCEPT_ESCALATE": "false", "QIPAN_POLICY_ACCEPT_RETURN": "false"}


class ByHttp:
    name = "HTTP"

    def __init__(self, dev):
        self.apis = dev.apis()

    def report(self, path):
        return report(self.apis[path])["id"]

    def step(self, path, matter_id, step, **fields):
        """(done, sentence, current)"""
        answer = self.apis[path].step(matter_id, step, fields)
        if answer.status == 200:
            return True, "", answer.json
        return answer.status, answer.error.get("message", ""), answer.error.get("current")


class ByCli:
    name = "command line"

    def __init__(self, dev):
        self.cli = dev.cli
        self.dirs = {n["path"]: n["dir"] for n in dev.nodes()}

    def report(self, path):
        return self.cli.json("report", "A lamp is dark", "--category", "Street light", "--dir", self.dirs[path])["id"]

    def step(self, path, matter_id, step, **fields):
        words = [w for k, v in fields.items()
                 for w in (f"--{k}", {True: "yes", False: "no"}.get(v, v) if isinstance(v, bool) else v)]
        done = self.cli.run(step, matter_id, *words, "--dir", self.dirs[path])
        return (True if done.returncode == 0 else done.returncode), done.stderr.decode(), None


ILLEGAL = {"HTTP": 409, "command line": 4}
ELSEWHERE = {"accept", "refuse", "urge", "approve", "decide"}  # steps of whom a matter is offered to, and of a superior


def holder_is(checks, apis, matter_id, path, where, what):
    """All the nodes of `where` name the same holder, and no offer is open."""
    for at in where:
        found = seen(apis[at], matter_id, lambda m: m["holder"] == path and not m.get("offered"))
        checks.check(found, f"{what}: {at} says that {path} holds it",
                     "" if found else str(apis[at].get(f"/api/v1/matters/{matter_id}")))


def offered_to(checks, apis, matter_id, at, to, kind, what):
    found = seen(apis[at], matter_id, lambda m: (m.get("offered") or {}).get("to") == to)
    if checks.check(found, f"{what}: {at} sees the offer to {to}"):
        checks.equal(found["offered"]["kind"], kind, f"{what}: the kind of the offer at {at}")


def try_step(checks, way, path, matter_id, step, what, **fields):
    done, sentence, _ = way.step(path, matter_id, step, **fields)
    return checks.check(done is True, f"{way.name}: {what}: {step} at {path}", f"{done} {sentence}")


def up_and_down(checks, dev, way):
    """Three times up, each accepted by a person; at the top dispatched to the bottom; handled, visited, closed."""
    apis = dev.apis()
    matter_id = way.report(COMMUNITY)
    for lower, upper in zip(CHAIN, CHAIN[1:]):
        what = f"{way.name}: escalated to {upper}"
        try_step(checks, way, lower, matter_id, "escalate", "up", reason="too large for us")
        offered_to(checks, apis, matter_id, upper, upper, "escalate", what)
        try_step(checks, way, lower, matter_id, "progress", "while it is offered", note="meanwhile")
        done, sentence, _ = way.step(lower, matter_id, "assign", desk="works")
        checks.check(done == ILLEGAL[way.name], f"{what}: an offered matter is frozen at its sender", f"{done} {sentence}")
        try_step(checks, way, upper, matter_id, "refuse", "first refused", reason="try it yourselves")
        holder_is(checks, apis, matter_id, lower, [lower, upper], f"{what}, refused")
        try_step(checks, way, lower, matter_id, "escalate", "again", reason="we did try")
        offered_to(checks, apis, matter_id, upper, upper, "escalate", what + " again")
        try_step(checks, way, upper, matter_id, "accept", "accepted")
        holder_is(checks, apis, matter_id, upper, [lower, upper], what)
        done, sentence, _ = way.step(lower, matter_id, "progress", note="still ours?")
        checks.check(done == ILLEGAL[way.name] and upper in sentence, f"{what}: the former holder is told who holds it",
                     f"{done} {sentence}")
    holder_is(checks, apis, matter_id, CITY, CHAIN, f"{way.name}: at the top")
    withdraw(checks, way, apis, matter_id)
    try_step(checks, way, CITY, matter_id, "dispatch", "down", to=COMMUNITY, note="with money")
    offered_to(checks, apis, matter_id, COMMUNITY, COMMUNITY, "dispatch", f"{way.name}: dispatched")
    offered_to(checks, apis, matter_id, STREET, COMMUNITY, "dispatch", f"{way.name}: on the way")
    try_step(checks, way, COMMUNITY, matter_id, "accept", "down")
    holder_is(checks, apis, matter_id, COMMUNITY, CHAIN, f"{way.name}: down again")
    try_step(checks, way, COMMUNITY, matter_id, "return", "back to whom it came from", reason="too little money")
    offered_to(checks, apis, matter_id, CITY, CITY, "return", f"{way.name}: returned")
    try_step(checks, way, CITY, matter_id, "refuse", "not taken back", reason="it must do")
    holder_is(checks, apis, matter_id, COMMUNITY, CHAIN, f"{way.name}: return refused")
    try_step(checks, way, COMMUNITY, matter_id, "handle", "handled", result="resolved", note="a new lamp")
    try_step(checks, way, COMMUNITY, matter_id, "visit", "not resolved", reached=True, resolved=False, note="dark again")
    try_step(checks, way, COMMUNITY, matter_id, "handle", "handled again", result="resolved", note="a new cable")
    try_step(checks, way, COMMUNITY, matter_id, "close", "closed", result="resolved", note="bright")
    for at in CHAIN:
        found = seen(apis[at], matter_id, lambda m: m["state"] == "closed")
        if checks.check(found, f"{way.name}: {at} sees it closed"):
            checks.equal((found["holder"], found["redo"]), (COMMUNITY, 1), f"{way.name}: holder and redo at {at}")
            history(checks, found, f"{way.name}: history at {at}")


def history(checks, matter, what):
    custody = [h["custody"] for h in matter["history"] if h["custody"]]
    versions = [h["version"] for h in matter["history"] if h["version"]]
    checks.equal(versions, sorted(set(versions)), f"{what}: versions rise, each once")
    checks.equal(custody, sorted(custody), f"{what}: custody never falls")
    checks.equal(versions[-1:], [matter["version"]], f"{what}: ends at the matter's version")
    checks.check(all(h["signature"] == "valid" for h in matter["history"]), f"{what}: signatures")


def withdraw(checks, way, apis, matter_id):
    """Withdrawn before the answer: the receiver's refusal comes back by itself. Then to one who has accepted: too late."""
    try_step(checks, way, CITY, matter_id, "dispatch", "to be withdrawn", to=COUNTY, note="by mistake")
    offered_to(checks, apis, matter_id, COUNTY, COUNTY, "dispatch", f"{way.name}: to be withdrawn")
    try_step(checks, way, CITY, matter_id, "withdraw", "the sender asks it back")
    holder_is(checks, apis, matter_id, CITY, [CITY, COUNTY], f"{way.name}: withdrawn")
    done, sentence, _ = way.step(COUNTY, matter_id, "accept")
    checks.check(done == ILLEGAL[way.name], f"{way.name}: what was withdrawn cannot be accepted", f"{done} {sentence}")


def sideways(checks, dev, way):
    """Transferred over the common superior, refused, transferred again, accepted."""
    apis = dev.apis()
    matter_id = way.report(STREET)
    try_step(checks, way, STREET, matter_id, "transfer", "sideways", to=WEST, reason="it lies there")
    offered_to(checks, apis, matter_id, WEST, WEST, "transfer", f"{way.name}: sideways")
    try_step(checks, way, WEST, matter_id, "refuse", "sideways", reason="not here")
    holder_is(checks, apis, matter_id, STREET, [STREET, COUNTY, CITY, WEST], f"{way.name}: transfer refused")
    try_step(checks, way, STREET, matter_id, "transfer", "sideways again", to=WEST, reason="look again")
    offered_to(checks, apis, matter_id, WEST, WEST, "transfer", f"{way.name}: sideways again")
    try_step(checks, way, WEST, matter_id, "accept", "sideways")
    holder_is(checks, apis, matter_id, WEST, [STREET, COUNTY, CITY, WEST], f"{way.name}: transferred")


def illegal_by_http(checks, dev):
    """Every state, every step that its holder may not take."""
    api, other_states = dev.apis()[STREET], 0
    other = report(api)["id"]
    for state, legal in LEGAL.items():
        matter = bring(api, state, other)
        name = "hung" if state == "hung" else matter["state"]
        for step in FIELDS:
            if step in legal:
                continue
            answer = api.step(matter["id"], step, fields_of(step, other))
            what = f"{step} of a matter that is {state}"
            if (state, step) in POLICY:
                checks.equal((answer.status, answer.error.get("code")), (422, "refused"), f"{what}: status ({answer})")
                continue
            if not checks.equal(answer.status, 409, f"{what}: status ({answer})"):
                continue
            current = answer.error.get("current") or {}
            checks.equal(current.get("state"), name, f"{what}: says the state")
            checks.check(bool(current.get("offered")) == (state == "offered"), f"{what}: says whether an offer is out")
            possible = current.get("possible")
            checks.check(possible and step not in possible, f"{what}: says what is possible", str(possible))
            checks.check(len(answer.error.get("message", "")) > 20, f"{what}: a sentence", answer.error)
            other_states += 1
        after = api.matter(matter["id"])
        checks.equal((after["version"], after["state"]), (matter["version"], matter["state"]), f"{state}: nothing changed")
        must = legal - {"dispatch", "transfer", "return", "escalate", "comment"}
        checks.check(must <= set(possible), f"{state}: all that is possible is said", f"{possible}, must have {must}")
    checks.say(f"{other_states} illegal steps in {len(LEGAL)} states answered 409")


def each_step_is_here(checks, dev):
    """A step that these tables do not have would be tried by nobody."""
    told = [s["step"] for s in dev.apis()[STREET].get("/api/v1/steps").json["steps"]]
    checks.equal(sorted(FIELDS), sorted(told), "lib/small.py has each step of GET /api/v1/steps")
    checks.equal(sorted(set().union(*LEGAL.values()) | ELSEWHERE), sorted(told), "each is legal in a state, or at another node")


def above(checks, dev):
    """What a superior alone may: on a street's matter, by its county; and what the county may not where nothing waits for it."""
    here, county = dev.apis()[STREET], dev.apis()[COUNTY]
    for step, state in (("urge", "open"), ("approve", "asked"), ("deny", "asked"), ("decide", "appealed")):
        matter = bring(here, "faulted" if state == "appealed" else state)
        if step == "decide":
            early = bring(here, "faulted")
            seen(county, early["id"], lambda m, v=early["version"]: m["version"] == v)
            answer = county.step(early["id"], "decide", fields_of("decide"))
            checks.equal(answer.status, 409, f"decide where nobody has appealed ({answer})")
            matter = here.step(matter["id"], "appeal", fields_of("appeal")).json
        checks.check(seen(county, matter["id"], lambda m, v=matter["version"]: m["version"] == v), f"{step}: the county knows the matter as it is")
        answer = county.step(matter["id"], step, fields_of(step))
        checks.equal(answer.status, 200, f"{step} by the county of a matter that is {state} ({answer})")


def legal_by_http(checks, dev):
    """Every state, every step that its holder may take, on a matter of its own."""
    api = dev.apis()[STREET]
    other = report(api)["id"]
    for state, legal in LEGAL.items():
        for step in sorted(legal - {"return"}):
            matter = bring(api, state, other)
            answer = api.step(matter["id"], step, fields_of(step, other))
            checks.equal(answer.status, 200, f"{step} of a matter that is {state} ({answer})")


def illegal_by_cli(checks, dev):
    api, way = dev.apis()[STREET], ByCli(dev)
    other = report(api)["id"]
    for state, legal in LEGAL.items():
        matter_id = bring(api, state, other)["id"]
        for step in sorted(set(FIELDS) - legal):
            done, sentence, _ = way.step(STREET, matter_id, step, **fields_of(step, other))
            must = 1 if (state, step) in POLICY else 4
            checks.check(done == must, f"command line: {step} of a matter that is {state}: exit status {must}", f"{done} {sentence}")
            checks.check(len(sentence.strip()) > 20, f"command line: {step}, {state}: a sentence", sentence)


def other_exits(checks, dev):
    """Exit statuses of the command line: 0, 2, 3, 5, 6."""
    cli, dirs = dev.cli, {n["path"]: n["dir"] for n in dev.nodes()}
    here = ("--dir", dirs[STREET])
    matter_id = report(dev.apis()[STREET])["id"]
    shown = cli.run("show", matter_id, "--json", *here)
    checks.equal((shown.returncode, json.loads(shown.stdout or b"{}").get("id")), (0, matter_id), "show --json")
    checks.equal(cli.run("show", small.NOBODY, *here).returncode, 3, "show of nobody's id")
    checks.equal(cli.run("close", small.NOBODY, "--result", "x", *here).returncode, 3, "close of nobody's id")
    checks.equal(cli.run("no-such-command").returncode, 2, "an unknown command")
    checks.equal(cli.run("close", matter_id, "--no-such-option", *here).returncode, 2, "an unknown option")
    token = dev.apis()[STREET].post("/api/v1/tokens", {"name": "reader", "rights": ["read"]}).json["token"]
    env = cli.env.copy()
    cli.env["QIPAN_TOKEN"] = token
    url = dev.node(STREET)["http"]
    done = cli.run("close", matter_id, "--result", "x", "--node", url)
    cli.env = env
    checks.check(done.returncode == 5, "close without the right `step`: exit status 5", f"{done.returncode} {done.stderr!r}")
    checks.equal(cli.run("list", "--node", "http://127.0.0.1:9").returncode, 6, "a node that is not there")


def by_default(checks, dev):
    """The default policy: what comes from below is taken at once, what comes from above waits for a person."""
    apis = dev.apis()
    matter_id = report(apis[COMMUNITY])["id"]
    apis[COMMUNITY].step(matter_id, "escalate", {"reason": "too large"})
    holder_is(checks, apis, matter_id, STREET, [COMMUNITY, STREET], "default policy: escalated, taken at once")
    apis[STREET].step(matter_id, "dispatch", {"to": COMMUNITY, "note": "no"})
    offered_to(checks, apis, matter_id, COMMUNITY, COMMUNITY, "dispatch", "default policy: dispatched, waits")
    return matter_id


def main():
    p = options(__doc__, 300)
    p.add_argument("--quick", action="store_true", help="leave the illegal steps by the command line out")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "custody")
        dev = small.start(checks, args, folder)
        waiting = by_default(checks, dev)
        dev.stop()
        dev.cli.env.update(ASK_PEOPLE)
        dev.start(checks, 60)
        checks.say("started again with a policy that asks people")
        found = seen(dev.apis()[COMMUNITY], waiting, lambda m: m.get("offered"))
        checks.check(found, "the offer is still there after a new start of the whole tree")
        apis = dev.apis()
        wait_until(lambda: all(c["state"] == "live" for a in apis.values() for c in a.node()["children"]), 20)
        for way in (ByHttp(dev), ByCli(dev)):
            up_and_down(checks, dev, way)
            sideways(checks, dev, way)
            checks.say(f"up, down and sideways by {way.name}")
        each_step_is_here(checks, dev)
        above(checks, dev)
        illegal_by_http(checks, dev)
        legal_by_http(checks, dev)
        if not args.quick:
            illegal_by_cli(checks, dev)
        other_exits(checks, dev)
        checks.equal(dev.stop(), 0, "dev ends well")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
