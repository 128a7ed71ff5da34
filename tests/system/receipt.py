#!/usr/bin/python3
"""The reporter's side, /r: asking by number and code how a report stands, saying how it went, and what a stranger cannot learn.

A tree of four levels; reports are made at the street and asked about at the street and the city. --plant text: a mistake that must
be seen (a matter's title is looked for where it must stand).
"""

import json
import sys
import time
import urllib.parse

from lib import small
from lib.check import Checks, wait_until
from lib.small import CITY, STREET
from lib.tree import options, scratch, wait_drained

JSON = {"Accept": "application/json"}


def ask(api, number, code, accept=True, **more):
    head = {"Content-Type": "application/x-www-form-urlencoded", **(JSON if accept else {}), **more.pop("head", {})}
    return api.with_token(None).call("POST", "/r", urllib.parse.urlencode({"number": number, "code": code, **more}).encode(), head)


def report(api, **more):
    return api.post("/api/v1/matters", {"category": "路灯", "title": "Zhang's lamp", "text": "call 139", "source": "hall", "place": "5 Lake Road", **more}).json


ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def number_of(matter, other=0):
    """RC1, in this program's words: the number of an id, or (other) of one that nobody has, of the same millisecond."""
    bits = 0
    for c in matter.upper():
        bits = bits << 5 | ALPHABET.index(c)
    value = bits & (1 << 128) - 1
    digits = [value >> 80 & (1 << 45) - 1, (value >> 60 & 0xFFFFF) ^ other]
    v = digits[0] << 20 | digits[1]
    v = [v >> 5 * (12 - i) & 31 for i in range(13)]

    def times(a, b):
        p = 0
        while b:
            p, a, b = p ^ (a if b & 1 else 0), a << 1 ^ (0x25 if a & 16 else 0), b >> 1
        return p & 31
    check, power = 0, 2
    for d in v:
        check, power = check ^ times(d, power), times(power, 2)
    text = "".join(ALPHABET[d] for d in [*v, check])
    return f"{text[:5]}-{text[5:10]}-{text[10:]}"


def numbers(checks, apis, plant):
    street = apis[STREET]
    made = report(street)
    number, code = made["receipt"], made["receipt_code"]
    checks.check(len(number) == 16 and number.count("-") == 2 and len(code) == 6 and code.isdigit(), "a report is answered with number and code", (number, code))
    checks.check("receipt" not in street.matter(made["id"]) and "receipt_code" not in json.dumps(street.get("/api/v1/matters").json), "nothing else tells them")
    checks.equal(street.post("/api/v1/matters", {"category": "a", "title": "b", "source": "c", "source_ref": "1"}).json["receipt"],
                 street.post("/api/v1/matters", {"category": "a", "title": "b", "source": "c", "source_ref": "1"}).json["receipt"], "the same report has the same number")
    r = ask(street, number, code)
    checks.equal([r.status, r.json["number"], r.json["state"], r.json["words"], r.json["category"]], [200, number, "open", "已登记，等待受理", "路灯"], "how it stands")
    checks.equal(ask(street, f" {number.lower().replace('-', ' ').replace('0', 'o')} ", code).status, 200, "the number as people write it")
    checks.equal(ask(street, number, code, lang="en").json["words"], "It is registered and waits to be looked at", "in English")
    shown = json.dumps(ask(street, number, code).json, ensure_ascii=False) + ask(street, number, code, accept=False).body.decode()
    for word in ("Zhang", "139", "Lake Road"):
        checks.check((word in shown) == (plant == "text"), f"`{word}` is not told: a slip may be found")
    checks.equal(number_of(made["id"]), number, "the number is made of the id")
    return number, code, made["id"]


def page(checks, apis, number, code):
    street = apis[STREET].with_token(None)
    form = street.get("/r")
    policy = form.headers.get("content-security-policy", "")
    checks.check(form.status == 200 and "default-src 'none'" in policy and "script" not in policy and "unsafe" not in policy, "the page's policy is strict", policy)
    body = form.body.decode()
    checks.check("<script" not in body and "style=" not in body and 'method="post"' in body and "查询" in body, "a form without scripts, in Chinese")
    checks.check("Look it up" in street.get("/r", {"Accept-Language": "en"}).body.decode() and "Look it up" in street.get("/r", lang="en").body.decode(), "in English by the browser's language or by hand")
    checks.equal(street.get("/r.css").headers["content-type"], "text/css; charset=utf-8", "its style")
    whole = ask(street, number, code, accept=False)
    checks.check(whole.status == 200 and number in whole.body.decode() and "已登记" in whole.body.decode(), "the page tells how it stands")
    attack = street.get("/r", number='"><script>alert(1)</script>').body.decode()
    checks.check("<script" not in attack, "what is given is escaped", attack[:300])
    checks.equal(street.get("/r", code="123456").status, 400, "no code from an address")
    checks.equal(street.get("/r", q="lamp").status, 400, "no search")


def alike(checks, apis, number, code):
    street = apis[STREET]
    wrong = f"{(int(code) + 1) % 1000000:06d}"
    absent = report(apis[CITY])  # known above, unknown at the street
    answers = {(r.status, json.dumps(r.json)) for r in (ask(street, number, wrong), ask(street, absent["receipt"], absent["receipt_code"]), ask(street, "00000-00000-0000", "000000"),
                                                         ask(street, number, "12345"), ask(street, number, code + "0"))}
    checks.equal(len(answers), 1, "a wrong code, an absent number and nonsense are answered alike")
    checks.equal(next(iter(answers))[0], 404, "as not found")
    pages = {ask(street, n, c, accept=False).body.decode().replace(n, "") for n, c in ((number, wrong), (absent["receipt"], "000000"))}
    checks.equal(len(pages), 1, "and so is the page")


def slowed(checks, apis):
    made, absent = report(apis[STREET]), report(apis[CITY])
    first = {}
    for name, number in (("known", made["receipt"]), ("absent", absent["receipt"])):
        statuses = [ask(apis[STREET], number, "000000" if made["receipt_code"] != "000000" else "000001").status for _ in range(8)]
        first[name] = statuses
        checks.check(429 in statuses, f"the {name} number's guesser is slowed", statuses)
    checks.equal(first["known"], first["absent"], "both alike")
    r = ask(apis[STREET], made["receipt"], made["receipt_code"])
    checks.check(r.status == 429 and int(r.headers["retry-after"]) >= 1, "also the right code waits then, and is told how long", r)
    other = report(apis[STREET])
    checks.equal(ask(apis[STREET], other["receipt"], other["receipt_code"]).status, 200, "another reporter from the same address comes in")
    checks.check(wait_until(lambda: ask(apis[STREET], made["receipt"], made["receipt_code"]).status == 200, 20, 0.5), "and after the pause the right code does")


def swept(checks, apis):
    """Each number once, from one address: what a try of all numbers looks like; asked at the county, where nobody asked yet."""
    street, county = apis[STREET], apis[small.COUNTY]
    lines = [{"key": f"sweep{n}", "category": "sweep", "title": "t", "source": "hall"} for n in range(400)]
    answer = street.call("POST", "/api/v1/matters:batch", "\n".join(map(json.dumps, lines)).encode(), {"Content-Type": "application/x-ndjson"})
    made = [number_of(line["id"]) for line in answer.lines()]
    own = report(street)
    checks.check(wait_until(lambda: ask(county, own["receipt"], own["receipt_code"]).status == 200, 20), "the county knows what the street has")
    for what, numbers in (("known", made), ("absent", [number_of(line["id"], 7) for line in answer.lines()])):
        statuses = [ask(county, number, "000000").status for number in numbers]
        checks.check(429 in statuses and statuses[0] in (404, 429), f"who tries {what} numbers once each is slowed", (statuses.count(404), statuses.count(429)))
    checks.equal(ask(county, own["receipt"], own["receipt_code"]).status, 200, "and who asked rightly before from there still may")


def long_course(checks, apis):
    street = apis[STREET]
    m = report(street)
    for n in range(70):
        street.step(m["id"], "progress", {"note": f"n{n}"})
    street.step(m["id"], "close", {"result": "mended"})
    words = [h["words"] for h in ask(street, m["receipt"], m["receipt_code"]).json["history"]]
    checks.equal([words[0], words[-1], words[-2]], ["已登记", "已办结", "办理有进展 ×70"], "the end of a long course is told, and what repeats is one line")


def above(checks, apis, number, code, matter):
    """Events go up: the city answers for what the street was told, as it goes on."""
    checks.check(wait_until(lambda: ask(apis[CITY], number, code).status == 200, 10), "the city knows it by the same number and code")
    apis[STREET].step(matter, "assign", {"desk": "works"})
    apis[STREET].step(matter, "handle", {"result": "mended", "note": "Zhang paid"})
    checks.check(wait_until(lambda: ask(apis[CITY], number, code).json.get("state") == "handled", 10), "it goes on above as below")
    told = ask(apis[CITY], number, code).json
    checks.equal([told["result"], told["may_rate"], [h["words"] for h in told["history"]]], ["mended", True, ["已登记", "已派给承办部门", "已办理"]], "result, and what has happened")
    checks.check("Zhang" not in json.dumps(told), "a note is not told")


def rating(checks, apis):
    street = apis[STREET]

    def handled(*more):
        m = report(street)
        street.step(m["id"], "handle", {"result": "mended", "note": "x"})
        for step, fields in more:
            street.step(m["id"], step, fields)
        return m["id"], m["receipt"], m["receipt_code"]

    matter, number, code = handled()
    r = ask(street, number, code, resolved="yes", satisfied="yes", note="danke")
    checks.check(r.status == 200 and r.json["state"] == "visited" and r.json["rated_at"], "content: the holder's visit is made", r.body[:300])
    now = street.matter(matter)
    checks.equal([now["state"], now["visit"]["resolved"], now["visit"]["satisfied"]], ["visited", True, True], "as the matter says")
    checks.check(any(h["type"] == "commented" and h["by"] == "reporter" and "danke" in h["note"] for h in now["history"]), "his words are kept")
    checks.equal(ask(street, number, code, resolved="no", satisfied="no").status, 409, "once")

    for said, wanted in (("no", False), ("", None)):
        matter, number, code = handled()
        r = ask(street, number, code, resolved="yes", satisfied=said)
        checks.equal([r.status, street.matter(matter)["visit"]["satisfied"]], [200, wanted], f"solved, satisfied: `{said}`")

    matter, number, code = handled()
    r = ask(street, number, code, resolved="no", satisfied="no")
    checks.equal([r.status, street.matter(matter)["state"], street.matter(matter)["redo"]], [200, "assigned", 1], "not solved: it is taken up again")

    matter, number, code = handled(("close", {"result": "mended"}))
    checks.check(ask(street, number, code).json["may_rate_until"], "a closed one says until when")
    r = ask(street, number, code, accept=False, resolved="no", satisfied="no")
    checks.check(r.status == 200 and "处理" in r.body.decode(), "by the page too")
    checks.equal(street.matter(matter)["state"] in ("sorted", "assigned"), True, "a closed one that is not solved is reopened")

    matter, number, code = handled()
    checks.check(wait_until(lambda: ask(apis[CITY], number, code).json.get("may_rate"), 10), "asked above, where it is not held")
    r = ask(apis[CITY], number, code, resolved="no", satisfied="no", note="still dark")
    checks.check(r.status == 200 and "转" in r.json["message"], "it is passed on, and says so", r.body[:300])
    checks.check(wait_until(lambda: any("still dark" in (h["note"] or "") for h in street.matter(matter)["history"]), 10), "its holder reads it")
    checks.equal(street.matter(matter)["state"], "handled", "and decides")
    fresh = report(street)
    checks.equal(ask(street, fresh["receipt"], fresh["receipt_code"], resolved="yes", satisfied="yes").status, 409, "nothing can be said of what is not done")


def main():
    p = options(__doc__, 60)
    p.add_argument("--plant", choices=["text"])
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=40)

    def body():
        dev = small.start(checks, args, scratch(checks, args, "receipt"))
        apis = dev.apis()
        checks.check(wait_drained(apis, 20) is not None, "the queues are empty to begin with")
        number, code, matter = numbers(checks, apis, args.plant)
        page(checks, apis, number, code)
        alike(checks, apis, number, code)
        rating(checks, apis)
        above(checks, apis, number, code, matter)
        long_course(checks, apis)
        slowed(checks, apis)
        swept(checks, apis)
        checks.equal(dev.stop(), 0, "dev ends well")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
