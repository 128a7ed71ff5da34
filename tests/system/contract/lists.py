"""Lists, batches, boards, the importer's times, the stream. Called by http_contract.py."""

import datetime
import json
import re
import time

from lib.check import wait_until
from lib.client import Stream
from lib.small import CITY, COMMUNITY, COUNTY, NOBODY, STREET, WEST, new, report, seen


def ndjson(lines):
    return b"".join(line if isinstance(line, bytes) else json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def post_batch(api, lines):
    return api.call("POST", "/api/v1/matters:batch", ndjson(lines), {"Content-Type": "application/x-ndjson"})


def batches(checks, apis):
    api = apis[STREET]
    one, two = new(key="batch-1"), new(key="batch-2", title="第二")
    answer = post_batch(api, [one, b"{not json\n", {"title": "no category"}, two, {**new(), "colour": 1},
                              {"id": NOBODY, "step": "close", "result": "x"}])
    checks.equal(answer.status, 200, f"a batch is answered 200 ({answer})")
    lines = answer.lines()
    checks.equal([l.get("line") for l in lines], [1, 2, 3, 4, 5, 6], "a line for each, in the same order")
    checks.equal(["id" in l and "error" not in l for l in lines], [True, False, False, True, False, False],
                 "bad lines never lose the others")
    checks.check("colour" in str(lines[4]["error"]), "a bad line names its field", lines[4])
    steps = [{"id": lines[0]["id"], "step": "assign", "desk": "works"}, {"id": lines[0]["id"], "step": "resume"},
             {"id": lines[0]["id"], "step": "close", "result": "resolved"}]
    done = post_batch(api, steps).lines()
    checks.equal(["error" in l for l in done], [False, True, False], "steps in a batch, one illegal")
    checks.equal(api.matter(lines[0]["id"])["state"], "closed", "the batch's steps were taken in order")
    again = post_batch(api, [one, two]).lines()
    checks.equal([l.get("id") for l in again], [lines[0]["id"], lines[3]["id"]], "the same keys again give the same matters")
    mixed = api.get("/api/v1/matters", state="closed,assigned", limit=5)
    checks.check(mixed.status == 200 and all(m["state"] in ("closed", "assigned") for m in mixed.json["items"]), "several states, with commas between", mixed)
    wrong = api.get("/api/v1/matters", state="closed,gone")
    checks.check(wrong.status == 400 and wrong.error.get("field") == "state", "a state that there is not is named among several", wrong)
    steps = api.get("/api/v1/steps")
    hang = next(s for s in steps.json["steps"] if s["step"] == "hang")
    checks.equal([(f["name"], f["kind"], f["must"]) for f in hang["fields"]], [("reason", "text", True), ("until", "until", True)],
                 "the steps and what they take, for whoever draws a form")
    checks.check(all(s["zh"] and s["en"] for s in steps.json["steps"]) and len(steps.json["steps"]) >= 20, "each in both languages", steps)
    many = post_batch(api, [new(title=f"number {i}", category="Batch") for i in range(1200)]).lines()
    checks.equal((len(many), sum("id" in l for l in many)), (1200, 1200), "1,200 lines at once")
    checks.equal(len(list(api.all_matters(category="Batch"))), 1200, "and all of them are listed")


def filters(checks, apis):
    api = apis[STREET]
    mine = {"source": "filter-test"}
    a = report(api, category="F-a", desk="d1", urgency="urgent", place="Mill lane", deadline="2020-01-01T00:00:00Z", **mine)
    b = report(api, category="F-b", desk="d2", title="grüne Tür", location={"lat": 33.6, "lon": 116.9}, **mine)
    c = report(api, category="F-b", **mine)
    api.step(c["id"], "close", {"result": "resolved"})
    cases = [
        ({}, {a["id"], b["id"], c["id"]}), ({"category": "F-b"}, {b["id"], c["id"]}), ({"desk": "d1"}, {a["id"]}),
        ({"state": "closed"}, {c["id"]}), ({"state": "open"}, {a["id"], b["id"]}), ({"urgency": "urgent"}, {a["id"]}),
        ({"overdue": "true"}, {a["id"]}), ({"overdue": "false"}, {b["id"], c["id"]}), ({"holder": STREET}, {a["id"], b["id"], c["id"]}),
        ({"area": STREET}, {a["id"], b["id"], c["id"]}), ({"area": COMMUNITY}, set()), ({"q": "Mill"}, {a["id"]}),
        ({"q": "Tür"}, {b["id"]}), ({"from": "2099-01-01T00:00:00Z"}, set()), ({"to": "2001-01-01T00:00:00Z"}, set()),
        ({"held": "here"}, {a["id"], b["id"], c["id"]}), ({"held": "below"}, set()), ({"unassigned": "true"}, {a["id"], b["id"]}),
        ({"due_before": "2020-01-02T00:00:00Z"}, {a["id"]}), ({"due_before": "2020-01-01T00:00:00Z"}, set()),
        ({"due_before": "2030-01-01T00:00:00Z", "sort": "deadline"}, {a["id"]}),
        ({"bbox": "116,33,118,34"}, {b["id"]}), ({"bbox": "118,33,116,34"}, set()),
        ({"from": a["opened_at"]}, {a["id"], b["id"], c["id"]}), ({"category": "F-b", "state": "closed"}, {c["id"]}),
    ]
    for query, wanted in cases:
        found = [i["id"] for i in api.all_matters(**mine, **query)]
        checks.equal(set(found), wanted, f"list {query}")
        checks.equal(len(found), len(set(found)), f"list {query}: each once")
        page = api.get("/api/v1/matters", limit=1, **mine, **query).json
        checks.equal(page["total"], len(wanted), f"list {query}: the total, on a page of one")
    updated = api.matter(c["id"])["updated_at"]
    found = {i["id"] for i in api.all_matters(**mine, updated_after=updated)}
    checks.check(a["id"] not in found, "updated_after leaves out what was changed before", found)
    answer = api.get("/api/v1/matters?from=2026-01-01T00:00:00+08:00")
    checks.check(answer.status == 400 and "%2B" in answer.error.get("message", ""), "a + that became a blank is explained", answer)
    for query in ({"colour": "red"}, {"state": "lost"}, {"limit": "501"}, {"limit": "x"}, {"from": "yesterday"}, {"sort": "beauty"},
                  {"cursor": "zzz!"}, {"held": "there"}, {"bbox": "1,2,3"}, {"bbox": "1,2,3,nan"}, {"bbox": "1,9,3,4"}, {"due_before": "soon"}, {"urgency": "at once"}):
        answer = api.get("/api/v1/matters", **query)
        checks.check(answer.status == 400 and next(iter(query)) in str(answer.error), f"list {query} is refused by name", answer)


def cursors(checks, apis):
    api = apis[STREET]
    whole = [i["id"] for i in api.all_matters(limit=500)]
    for limit in (1, 7, 100):
        found, cursor, pages = [], "", 0
        while cursor is not None and pages < 400:
            page = api.get("/api/v1/matters", limit=limit, cursor=cursor).json
            if len(page["items"]) > limit:
                checks.check(False, f"a page of limit={limit} has {len(page['items'])} items")
            found += [i["id"] for i in page["items"]]
            cursor, pages = page["next_cursor"], pages + 1
        if cursor is None:
            checks.equal(found, whole, f"pages of {limit} give the same as pages of 500")
        else:
            checks.equal(found, whole[:len(found)], f"400 pages of {limit} are the list's beginning")
    for sort in ("opened_at", "-opened_at", "updated_at", "-updated_at", "deadline"):
        key = sort.lstrip("-")
        values = [i[key] for i in api.all_matters(sort=sort, source="filter-test") if i[key]]
        checks.equal(values, sorted(values, reverse=sort.startswith("-")), f"sort={sort}")


def importer(checks, apis):
    """Only an importer's token may state times."""
    api = apis[STREET]
    plain = api.with_token(api.post("/api/v1/tokens", {"name": "plain", "rights": ["read", "report", "step"]}).json["token"])
    matter = report(plain)
    answer = plain.step(matter["id"], "close", {"result": "resolved", "at": "2020-01-01T00:00:00Z"})
    checks.check(answer.status == 403 and "import" in answer.error.get("message", ""), "`at` without the right import: 403", answer)
    old = report(api, occurred_at="2019-12-31T20:30:00.000Z", category="Imported")
    checks.equal(old["opened_at"], "2019-12-31T20:30:00.000Z", "an importer's occurred_at is the time of opening")
    answer = api.step(old["id"], "close", {"result": "resolved", "at": "2020-01-31T20:30:00.000Z"})
    checks.equal((answer.status, answer.json.get("closed_at")), (200, "2020-01-31T20:30:00.000Z"), "an importer's `at`")
    rows = {r["key"]: r for r in api.get("/api/v1/board", by="month", category="Imported").json["rows"]}
    checks.check("2020-01" in rows and "2020-02" in rows and rows["2020-01"]["opened"] == 1 and rows["2020-02"]["closed"] == 1,
                 "months are the tree's: 20:30 UTC is the next day in Shanghai", rows)
    later = report(plain, occurred_at="2019-12-31T20:30:00.000Z")
    checks.check(later["opened_at"] > "2026", "others' occurred_at is not", later["opened_at"])


def boards(checks, apis):
    api = apis[STREET]
    whole = api.get("/api/v1/board", by="source").json["total"]
    figures = "opened closed open overdue on_time late visited satisfied unsatisfied extend_asked extend_granted handle_p50_s handle_p90_s".split()
    for by in "area desk source category hour day week month".split():
        answer = api.get("/api/v1/board", by=by)
        if not checks.equal(answer.status, 200, f"board by={by} ({answer})"):
            continue
        board = answer.json
        for row in board["rows"][:3] + [board["total"]]:
            checks.check(all(f in row for f in figures), f"board by={by}: every figure is there", row)
        checks.check(all("key" in r and "title" in r for r in board["rows"]), f"board by={by}: key and title")
        checks.equal(sum(r["opened"] for r in board["rows"]), whole["opened"], f"board by={by}: the rows add up")
        checks.equal(board["total"]["opened"], whole["opened"], f"board by={by}: the same total")
    for by, form in (("hour", "2011-07-01T05:00"), ("day", "2011-07-01"), ("week", "2011-W26"), ("month", "2011-07")):
        rows = api.get("/api/v1/board", by=by).json["rows"]
        checks.check(rows and all(len(r["key"]) >= len(form) for r in rows), f"by={by}: keys like {form}", rows[:1])
    desks = {r["key"] for r in api.get("/api/v1/board", by="desk").json["rows"]}
    checks.check("" in desks, "by=desk has a row \"\" for those without", desks)
    some = api.get("/api/v1/board", by="month", category="Batch", source="test")
    checks.equal(some.json["total"]["opened"], 1200, "two more filters")
    for query in ({"by": "beauty"}, {"by": "area", "colour": "red"}, {"by": "area", "from": "x"}):
        answer = api.get("/api/v1/board", **query)
        checks.equal(answer.status, 400, f"board {query} is malformed ({answer})")
    answer = api.get("/api/v1/board", by="area", area=WEST)
    checks.check(answer.status in (400, 404, 422) or not answer.json["rows"], "a board of an area elsewhere says nothing", answer)
    up = wait_until(lambda: apis[COUNTY].get("/api/v1/board", by="area").json["total"]["opened"] >= whole["opened"], 20)
    checks.check(up, "the county's board comes to include the street's")


def streams(checks, apis):
    api = apis[STREET]
    live = Stream(api)
    checks.equal(live.status, 200, "the stream opens")
    ids = [report(api, title=f"streamed {i}")["id"] for i in range(3)]
    events, began = [], time.monotonic()
    while len(events) < 3 and time.monotonic() - began < 10:
        events += [e for e in live.events(1, enough=1) if e.get("event") == "matter"]
    live.close()
    checks.check(all(any(i in e["data"] for e in events) for i in ids), "reports come on the stream", events)
    positions = [int(e["id"]) for e in events if e.get("id")]
    checks.equal(positions, sorted(positions), "the ids are rising positions")
    if len(events) < 3 or not positions:
        return
    resumed = Stream(api, last_id=positions[0])
    again, began = [], time.monotonic()
    while len(again) < 2 and time.monotonic() - began < 10:
        again += [e for e in resumed.events(1, enough=1) if e.get("event") == "matter"]
    resumed.close()
    checks.check(again and ids[2] in "".join(e["data"] for e in again) and int(again[0]["id"]) > positions[0],
                 "Last-Event-ID resumes after it", again)
    below = Stream(apis[CITY])
    matter_id = report(apis[COMMUNITY])["id"]
    began = time.monotonic()
    found = False
    while not found and time.monotonic() - began < 15:
        found = any(matter_id in e.get("data", "") for e in below.events(2, enough=1))
    below.close()
    checks.check(found, "the city's stream tells of a report in a community")
    urged = Stream(api)
    seen(apis[CITY], ids[0], lambda m: True)
    checks.equal(apis[CITY].step(ids[0], "urge", {"note": "when?"}).status, 200, "the city urges")
    began, events = time.monotonic(), []
    while not any(e["event"] == "urge" for e in events) and time.monotonic() - began < 10:
        events += urged.events(1, enough=1)
    urged.close()
    checks.check(any(e["event"] == "urge" and ids[0] in e["data"] and e.get("id") for e in events),
                 "an urge is an event of its own name on the holder's stream", events)
    busy = Stream(api)
    began, events = time.monotonic(), []
    while time.monotonic() - began < 6:  # told of something several times a second
        report(api, title="busy")
        events += busy.events(2, enough=1, beats=True)
        time.sleep(0.2)
    events += busy.events(1, beats=True)
    busy.close()
    beats = [json.loads(e["data"]) for e in events if e.get("event") == "beat"]
    checks.check(len(beats) >= 2 and all(re.match(r"\d{4}-.*Z$", b["now"]) for b in beats), "a busy stream has its beats too", len(beats))


def rests(checks, apis):
    """CL3: what was hung until a time goes on by itself, also soon after a start."""
    api = apis[STREET]
    m = report(api)["id"]
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)
    checks.equal(api.step(m, "hang", {"reason": "a part", "until": until.isoformat()}).status, 200, "it is hung")
    checks.check(seen(api, m, lambda x: x["state"] == "open", 15), "what was hung until a time goes on by itself", m)


def needs(checks, apis):
    """An offer that a node has to sign for: it is in its list and its count, and gone when it has answered."""
    up, below = apis[STREET], apis[COMMUNITY]
    m = up.post("/api/v1/matters", {"category": "c", "title": "to sign", "source": "s"}).json["id"]

    def waits():
        listed = [i["id"] for i in below.get("/api/v1/matters", needs="sign", limit="500").json["items"]]
        return m in listed, below.get("/api/v1/me").json["needs"]["sign"] == len(listed)
    checks.equal(waits(), (False, True), "nothing is to be signed yet")
    checks.equal(up.step(m, "dispatch", {"to": COMMUNITY, "note": "yours"}).status, 200, "the street sends it down")
    until = time.monotonic() + 10
    while waits() != (True, True) and time.monotonic() < until:
        time.sleep(0.05)
    checks.equal(waits(), (True, True), "it is to be signed below")
    checks.check(m not in [i["id"] for i in up.get("/api/v1/matters", needs="assign", limit="500").json["items"]], "and waits for nobody above")
    checks.equal(below.step(m, "accept", {}).status, 200, "it is signed")
    checks.equal(waits(), (False, True), "and is to be signed no more")
    checks.check(m in [i["id"] for i in below.get("/api/v1/matters", needs="assign", limit="500").json["items"]], "it is to be assigned")


def nodes(checks, apis):
    node = apis[STREET].node()
    for name in ("path title level node_id incarnation version root_fingerprint zone parent children journal tables disk map "
                 "clock_offset_ms stale_trust quarantined superseded full clock").split():
        checks.check(name in node, f"GET /api/v1/node has {name}")
    checks.equal((node["path"], node["title"], node["level"], node["zone"]), (STREET, "湖街道", "street", "Asia/Shanghai"), "who it is")
    link = node["parent"]
    checks.equal((link["path"], link["state"]), (COUNTY, "live"), "its parent")
    checks.check(all(link.get(f) for f in ("since", "certificate_until")) and "rtt_ms" in link, "since when, how far, certified until when", link)
    checks.check(not any(node[f] for f in ("quarantined", "superseded", "full")) and node["clock"]["suspect"] is False, "it is in order", node)
    checks.check(all("parcels" in link["queue"][l] and "age_s" in link["queue"][l] for l in ("urgent", "bulk")), "queues", link)
    checks.equal([c["path"] for c in node["children"]], [COMMUNITY], "its children")
    checks.equal(apis[CITY].node()["parent"], None, "the root has no parent")
    tree = apis[CITY].get("/api/v1/tree").json
    checks.equal(tree["path"], CITY, "the tree begins here")
    east = next(c for c in tree["children"] if c["path"] == COUNTY)
    checks.equal(east["children"][0]["children"][0]["path"], COMMUNITY, "the tree is nested")
    checks.check(all(f in east for f in "path title level state last_heard open overdue children".split()), "a branch's fields", east)
    checks.check(east.get("since") and "since" in east["children"][0], "and since when its state is so, where somebody knows", east)
    health = apis[CITY].with_token(None).get("/healthz")
    checks.equal((health.status, health.json["status"], health.json["path"]), (200, "ok", CITY), "healthz without a token")
    metrics = apis[CITY].get("/metrics")
    checks.check(metrics.status == 200 and b"# TYPE" in metrics.body, "metrics")
    names = []
    for line in metrics.body.decode().splitlines():
        if line and not line.startswith("#"):
            name = re.match(r"[a-zA-Z_:][a-zA-Z0-9_:]*", line).group()
            names += [] if names and names[-1] == name else [name]
    checks.equal(len(names), len(set(names)), "the lines of each metric stand together")
