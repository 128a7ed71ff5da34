"""Reporting a matter: fields, bounds, idempotency, where it may lie, ticks. Called by http_contract.py."""

import re
import uuid

from lib.check import wait_until
from lib.small import CITY, COMMUNITY, COUNTY, LATER, STREET, new, report

TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
FIELDS = ("id title text category source source_ref area location place urgency state step holder custody version desk "
          "person redo clocks deadline overdue opened_at updated_at closed_at result duplicate_of merged_into visit "
          "ticks history").split()


def shape(checks, apis):
    api = apis[STREET]
    body = new(title="灯不亮", text="两盏路灯\n不亮", place="湖街道 12 号旁", location={"lat": 33.64, "lon": 116.97}, urgency="urgent",
               deadline=LATER, desk="works", occurred_at="2026-03-01T08:00:00+08:00")
    reporter = api.post("/api/v1/tokens", {"name": "reporter", "rights": ["read", "report"]}).json["token"]
    answer = api.with_token(reporter).post("/api/v1/matters", body)
    checks.equal(answer.status, 201, f"a report is answered 201 ({answer})")
    shown = api.matter(answer.json["id"])
    for name in FIELDS:
        checks.check(name in shown, f"a matter has the field {name}")
    for name in ("title", "text", "category", "source", "source_ref", "place", "urgency", "desk", "deadline"):
        checks.equal(shown.get(name), body[name], f"{name} is kept exactly as given")
    checks.check(abs(shown["location"]["lat"] - 33.64) < 1e-6, "the location is kept", shown["location"])
    checks.equal((shown["state"], shown["step"], shown["area"], shown["holder"]), ("open", 1, STREET, STREET), "where it stands")
    checks.equal((shown["custody"], shown["version"]), (1, 1), "custody and version begin at 1")
    for name in ("opened_at", "updated_at", "deadline"):
        checks.check(TIME.match(shown[name] or ""), f"{name} is RFC 3339 in UTC with milliseconds", shown[name])
    checks.check(shown["opened_at"] > "2026-03-02", "a reporter's occurred_at does not change opened_at", shown["opened_at"])
    event = shown["history"][0]
    for name in "event type at by node custody version parcel signature".split():
        checks.check(name in event, f"an event of the history has the field {name}", event)
    checks.equal(event["signature"], "valid", "the signature of the history")
    checks.equal(set(shown["ticks"]), {"kept", "held", "top", "kept_at", "held_at", "top_at"}, "the ticks")
    checks.check(all((shown["ticks"][f"{t}_at"] is not None) == shown["ticks"][t] for t in ("kept", "held", "top")),
                 "a tick has its time, and what is not so has none", shown["ticks"])


def bad_bodies(checks, apis):
    api = apis[STREET]
    wrong = [
        ({"colour": "red"}, "colour", 400), ({"category": None}, "category", 400), ({"category": ""}, "category", 400),
        ({"category": "x" * 65}, "category", (400, 413)), ({"title": 7}, "title", 400), ({"source": None}, "source", 400),
        ({"urgency": "at once"}, "urgency", 400), ({"deadline": "tomorrow"}, "deadline", 400),
        ({"deadline": "2026-02-30T00:00:00Z"}, "deadline", 400),
        ({"deadline": "1970-01-01T00:00:00Z"}, "deadline", 400), ({"location": {"lat": 91, "lon": 0}}, "lat", 400),
        ({"location": {"lat": 1, "lon": 1, "alt": 3}}, "alt", 400), ({"area": "no/where"}, "area", (400, 422)),
        ({"area": "UPPER"}, "area", 400), ({"area": "qicheng/west"}, "area", (400, 422)),
        ({"reporter": "Li"}, "reporter", 400), ({"reporter": {"nick": "Li"}}, "nick", 400), ({"text": "a\x01b"}, "text", 400),
    ]
    for change, field, status in wrong:
        body = {k: v for k, v in {**new(), **change}.items() if v is not None}
        answer = api.post("/api/v1/matters", body)
        status = status if isinstance(status, tuple) else (status,)
        checks.check(answer.status in status, f"a report with {change} is refused with {status}", answer)
        error = answer.error
        checks.check(field in str(error.get("field", "")) or field in error.get("message", ""),
                     f"the answer to {change} names {field}", error)
        checks.check(error.get("code") and error.get("message"), f"the answer to {change} has code and message", error)
    for text in (b"", b"[]", b"7", b"{", b'{"title":}', b"\xff\xfe{}", b'{"a":' * 5000):
        answer = api.call("POST", "/api/v1/matters", text, {"Content-Type": "application/json"})
        checks.equal(answer.status, 400, f"a body {text[:12]!r} is malformed ({answer})")
    answer = api.call("POST", "/api/v1/matters", b'{"category":"a",\n  "title" 7}', {"Content-Type": "application/json"})
    checks.check("line 2" in answer.error.get("message", ""), "malformed JSON is told with line and column", answer)
    before = api.get("/api/v1/board", by="source").json["total"]["opened"]
    answer = api.post("/api/v1/matters", {**new(), "reporter": {"name": "Zhang San", "phone": 13800000000}})
    checks.equal(api.get("/api/v1/board", by="source").json["total"]["opened"], before, "a refused report leaves nothing")


def bounds(checks, apis):
    """category, source and desk: any UTF-8 of 1 to 64 bytes, exactly as given."""
    api = apis[STREET]
    for text in ("a", "x" * 64, "市容环卫" * 5 + "abcd", "Ärger  & \"quotes\" <b>", " leading", "a/b|c"):
        assert len(text.encode()) <= 64
        answer = api.post("/api/v1/matters", new(category=text, desk=text, source=text))
        checks.check(answer.status == 201 and (answer.json["category"], answer.json["desk"], answer.json["source"]) == (text,) * 3,
                     f"{text!r} is kept as category, desk and source", answer)
        listed = list(api.all_matters(category=text))
        checks.check(any(i["category"] == text for i in listed), f"the filter finds the category {text!r}")
    for text in ("x" * 65, "中" * 22):
        answer = api.post("/api/v1/matters", new(desk=text))
        checks.check(answer.status in (400, 413), f"a desk of {len(text.encode())} bytes is refused", answer)


def idempotency(checks, apis):
    api, key = apis[STREET], uuid.uuid4().hex
    body = new()
    first = api.post("/api/v1/matters", body, {"Idempotency-Key": key})
    again = api.post("/api/v1/matters", body, {"Idempotency-Key": key})
    checks.equal((first.status, again.status), (201, 200), "the same key again")
    checks.equal(again.json["id"], first.json["id"], "the same key gives the first matter")
    checks.equal(api.post("/api/v1/matters", new(), {"Idempotency-Key": ""}).status, 400, "an empty key is none")
    other = api.post("/api/v1/matters", {**body, "title": "another"}, {"Idempotency-Key": key})
    checks.equal(other.status, 422, f"the same key with another body ({other})")
    ref = api.post("/api/v1/matters", {**body, "title": "a new title"})
    checks.equal((ref.status, ref.json.get("id")), (200, first.json["id"]), "the same source and source_ref again")
    elsewhere = api.post("/api/v1/matters", {**body, "source": "another source"})
    checks.equal(elsewhere.status, 201, "the same source_ref of another source is another matter")
    step_key = uuid.uuid4().hex
    path = f"/api/v1/matters/{first.json['id']}"
    one = api.post(path + "/assign", {"desk": "works"}, {"Idempotency-Key": step_key})
    two = api.post(path + "/assign", {"desk": "works"}, {"Idempotency-Key": step_key})
    checks.equal((one.status, two.status), (200, 200), "a step's key again")
    checks.equal(two.json["version"], one.json["version"], "a repeated step changes nothing")
    hand = uuid.uuid4().hex
    one = api.post(path + "/escalate", {"reason": "up"}, {"Idempotency-Key": hand})
    checks.equal(one.status, 200, f"escalate with a key ({one})")
    wait_until(lambda: api.matter(first.json["id"])["holder"] == COUNTY, 15)
    two = api.post(path + "/escalate", {"reason": "up"}, {"Idempotency-Key": hand})
    checks.check(two.status == 200 and two.json["holder"] == COUNTY, "a repeated key after a hand-over: 200, as it is now", two)


def versions(checks, apis):
    api = apis[STREET]
    matter = report(api)
    answer = api.step(matter["id"], "progress", {"note": "a", "if_version": matter["version"]})
    checks.equal((answer.status, answer.json.get("version")), (200, 2), "if_version that holds")
    answer = api.step(matter["id"], "progress", {"note": "b", "if_version": matter["version"]})
    checks.equal((answer.status, answer.error.get("code")), (409, "version_conflict"), "if_version that is past")
    answer = api.step(matter["id"], "progress", {"note": "b", "colour": "red"})
    checks.check(answer.status == 400 and "colour" in str(answer.error), "an unknown field of a step is named", answer)
    answer = api.step(matter["id"], "progress", {})
    checks.check(answer.status == 400 and "note" in str(answer.error), "a missing field of a step is named", answer)


def below(checks, apis):
    """`area` below this node: opened here, offered down to it."""
    answer = apis[CITY].post("/api/v1/matters", new(area=COMMUNITY))
    checks.equal((answer.status, answer.json.get("area"), answer.json.get("holder")), (201, COMMUNITY, CITY), "opened for below")
    checks.equal((answer.json.get("offered") or {}).get("to"), COMMUNITY, "and offered down")
    matter_id = answer.json["id"]
    there = wait_until(lambda: apis[COMMUNITY].get(f"/api/v1/matters/{matter_id}").status == 200, 15, 0.05)
    checks.check(there, "the offer arrives below")
    taken = apis[COMMUNITY].step(matter_id, "accept")
    checks.equal((taken.status, taken.json.get("holder")), (200, COMMUNITY), "accepted below")
    far = wait_until(lambda: apis[CITY].matter(matter_id)["holder"] == COMMUNITY, 15, 0.05)
    checks.check(far, "the city sees the holder")
    areas = apis[CITY].get("/api/v1/board", by="area").json["rows"]
    checks.check(any(r["key"] == "qicheng/east" for r in areas), "by=area has a row for the child", areas)


def foreseen(checks, apis):
    """?dry_run=1: what a report would become; nothing is kept."""
    city, before = apis[CITY], apis[CITY].get("/api/v1/matters", limit=1).json["total"]
    desk = {"code": "lamp-desk", "title": "路灯所", "duties": [{"category": "路灯"}]}
    checks.check(city.post("/api/v1/desks", desk).status in (200, 201), "a desk whose duty are street lights")
    twin = report(city, title="桥头的路灯不亮了", category="路灯")
    answer = city.post("/api/v1/matters?dry_run=1", new(title="桥头路灯不亮", category="路灯"))
    got = answer.json
    checks.equal((answer.status, got.get("holder"), got.get("offered"), got.get("desk"), got.get("desk_by")), (200, CITY, None, "lamp-desk", "duty"),
                 f"who would hold it and whose duty it is ({answer})")
    checks.check(twin["id"] in [d["id"] for d in got["duplicates"]], "and what may be the same", got)
    down = city.post("/api/v1/matters?dry_run=1", new(area=COMMUNITY, category="路灯", deadline="2030-01-01T00:00:00Z")).json
    checks.equal((down["offered"], down["area"], down["desk"]), ({"to": COMMUNITY, "kind": "dispatch"}, COMMUNITY, None), "for below: to whom it would be offered")
    checks.equal([c["due"] for c in down["clocks"]], ["2030-01-01T00:00:00.000Z"], "and its clocks")
    checks.equal(city.get("/api/v1/matters", limit=1).json["total"], before + 1, "nothing was kept but the one that was reported")
    for body, query, status, word in ((new(area=CITY + "/nowhere"), "1", 422, "area"), (new(), "maybe", 400, "dry_run"), ({"title": "x"}, "1", 400, "category")):
        answer = city.post(f"/api/v1/matters?dry_run={query}", body)
        checks.check(answer.status == status and word in str(answer.error), f"what the report itself would meet: {word}", answer)
    answer = city.post(f"/api/v1/matters/{twin['id']}/progress?dry_run=1", {"note": "x"})
    checks.equal(answer.status, 400, "steps are not foreseen")


def ticks(checks, apis):
    api = apis[COMMUNITY]
    answer = api.post("/api/v1/matters?ack=top&wait=20", new())
    checks.equal(answer.status, 201, f"ack=top ({answer})")
    checks.check(all(answer.json["ticks"][t] for t in ("kept", "held", "top")), "ack=top waits for all ticks", answer.json["ticks"])
    at = [answer.json["ticks"][t] for t in ("kept_at", "held_at", "top_at")]
    checks.check(None not in at and at == sorted(at), "kept, then held above, then at the top", at)
    answer = api.post("/api/v1/matters?ack=parent&wait=20", new())
    checks.check(answer.status == 201 and answer.json["ticks"]["held"], "ack=parent waits for the parent's", answer)
    answer = api.post("/api/v1/matters?ack=everyone", new())
    checks.equal(answer.status, 400, "ack=everyone is malformed")
    for query in ("akc=top", "ack=top&ack=parent"):
        answer = api.post("/api/v1/matters?" + query, new())
        checks.equal(answer.status, 400, f"{query} is malformed")
    answer = api.post("/api/v1/matters?ack=top&wait=31", new())
    checks.equal(answer.status, 400, "wait is at most 30")
    matter_id = report(api)["id"]
    checks.check(wait_until(lambda: apis[CITY].get(f"/api/v1/matters/{matter_id}").status == 200, 15), "the top has it")
    checks.check(wait_until(lambda: api.matter(matter_id)["ticks"]["top"], 15), "the third tick comes back down")
