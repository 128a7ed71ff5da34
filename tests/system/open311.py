#!/usr/bin/python3
"""GeoReport v2 as clients of others ask for it.

Each client is written down as what it sends and what it reads out of the answer, in this program's words: FixMyStreet's (form and
multipart POST, XML read by XML::Simple with its lists forced), one in Python that reads XML into dictionaries, one in Ruby (JSON and
XML), one for Node.js that puts the format into the path and the fields into the address, one in R that pages through JSON, and the
specification's own examples. A tree of four levels stands behind them.
"""

import json
import os
import signal
import sys
import time
import urllib.parse
import xml.etree.ElementTree as ET

from lib import small
from lib.check import Checks, wait_until
from lib.small import CITY, COUNTY
from lib.tree import options, scratch, wait_drained

ROOT = "/open311/v2/"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def w3(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class Door:
    """One node's door, without any token: what anybody has."""

    def __init__(self, api, key):
        self.api, self.key = api.with_token(None), key

    def get(self, path, headers=None, **query):
        return self.api.get(path if path.startswith("/") else ROOT + path, headers, **query)

    def post(self, path, fields, headers=None):
        return self.api.call("POST", ROOT + path, urllib.parse.urlencode(fields).encode(), {**FORM, **(headers or {})})


# ---- how each client reads ----

FORCED = {"service", "attribute", "value", "request", "error", "request_update", "group"}
GROUPS = {"services": "service", "attributes": "attribute", "values": "value", "service_requests": "request", "errors": "error",
          "service_request_updates": "request_update", "groups": "group"}


def simple(element):
    """XML::Simple as FixMyStreet sets it up: lists forced, groups folded, empty ones undefined, the root's name lost."""
    if len(element) == 0:
        return element.text
    out = {}
    for child in element:
        value = simple(child)
        if child.tag in GROUPS:
            value = (value or {}).get(GROUPS[child.tag], [])
        if child.tag in FORCED:
            out.setdefault(child.tag, []).append(value)
        else:
            out[child.tag] = value
    return out


def as_dict(element):
    """Elements as dictionaries; several of one name become a list, one alone does not."""
    if len(element) == 0:
        return element.text
    out = {}
    for child in element:
        value = as_dict(child)
        out[child.tag] = [*out[child.tag], value] if isinstance(out.get(child.tag), list) else [out[child.tag], value] if child.tag in out else value
    return out


def xml_of(checks, answer, what):
    checks.check(answer.headers.get("content-type") == "text/xml; charset=utf-8", f"{what} is text/xml", answer.headers.get("content-type"))
    checks.check(answer.body.startswith(b'<?xml version="1.0" encoding="utf-8"?>'), f"{what} begins with the XML declaration")
    return ET.fromstring(answer.body)


# ---- the clients ----


def specification(checks, door, apis):
    found = xml_of(checks, door.get("/open311/discovery.xml"), "discovery.xml")
    checks.equal([e.tag for e in found], ["changeset", "contact", "key_service", "endpoints"], "the fields of discovery")
    checks.equal([e.tag for e in found[3][0]], ["specification", "url", "changeset", "type", "formats"], "the fields of an endpoint")
    said = door.get("/open311/discovery.json").json
    checks.equal(said["endpoints"][0]["formats"], ["text/xml", "application/json"], "formats in JSON are a list of texts")
    checks.check(said["endpoints"][0]["url"] == f"{door.api.url}/open311/v2", "the endpoint's address is the one that was asked", said)

    r = door.post("requests.xml", {"api_key": door.key, "jurisdiction_id": CITY, "service_code": "001", "lat": "37.76524078", "long": "-122.4212043",
                                   "address_string": "1234 5th street", "email": "smit333@sfgov.edu", "device_id": "tt222111", "account_id": "123456",
                                   "first_name": "john", "last_name": "smith", "phone": "111111111",
                                   "description": "A large sinkhole is <destroying> the street & more", "media_url": "http://farm3.static.flickr.com/a.jpg",
                                   "attribute[WHISPAWN]": "123456", "attribute[WHISDORN]": "COISL001"})
    checks.equal(r.status, 201, "the specification's POST is taken")
    request = xml_of(checks, r, "POST requests.xml")[0]
    checks.equal([e.tag for e in request], ["service_request_id", "service_notice", "account_id"], "what a POST is answered with")
    number = request[0].text
    def personal(number):
        return apis[CITY].get(f"/api/v1/matters/{number}/personal", purpose="a test").json
    checks.check("device_id" in request[1].text and "电话" not in request[1].text, "what is not kept is said", request[1].text)
    who = personal(number)
    checks.equal([who.get("name"), who.get("phone"), who.get("email")], ["john smith", "111111111", "smit333@sfgov.edu"], "who reported is kept under lock")
    r = door.post("requests.json", {"api_key": door.key, "service_code": "001", "lat": "1", "long": "2", "phone": "139"}, {"Accept-Language": "en"}).json[0]
    checks.equal([r["service_notice"], personal(r["service_request_id"])["phone"]], [None, "139"], "a phone alone is kept, and nothing is said to be lost")
    r = door.post("requests.json", {"api_key": door.key, "service_code": "001", "lat": "1", "long": "2", "phone": "1" * 2000})
    checks.check(r.status == 400 and "phone" in r.json[0]["description"], "a phone that is none is refused by name", r.body[:200])
    one = xml_of(checks, door.get(f"requests/{number}.xml"), "GET request")
    checks.equal(one.tag, "service_requests", "one request is in a list")
    checks.equal([e.tag for e in one[0]], ["service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
                                           "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
                                           "lat", "long", "media_url"], "a request's fields in their order")
    told = as_dict(one[0])
    checks.equal([told["status"], told["service_code"], told["description"], told["address"], told["media_url"]],
                 ["open", "001", "A large sinkhole is <destroying> the street & more", "1234 5th street", "http://farm3.static.flickr.com/a.jpg"], "what was reported is told")
    checks.check(abs(float(told["lat"]) - 37.76524078) < 1e-6 and abs(float(told["long"]) + 122.4212043) < 1e-6, "the position is told", told)
    everything = door.get(f"requests/{number}.xml", extensions="true").body.decode()
    for secret in ("smit333", "111111111", "COISL001", "tt222111"):
        checks.check(secret not in everything, f"`{secret}` is told to nobody")
    kept = apis[CITY].matter(number)
    checks.check("WHISDORN: COISL001" in kept["text"] and "smit333" not in json.dumps(kept), "attributes are kept for the office, the person is not", kept["text"])
    checks.equal(door.get(f"tokens/{number}.json").json, [{"service_request_id": number, "token": number}], "a number in a token's place is answered with itself")
    checks.equal(door.get("tokens/123456.xml").status, 404, "a token that nobody has")
    checks.equal(door.get("services/001.json").json, {"service_code": "001", "attributes": []}, "a service without questions")
    checks.equal([door.get("requests").headers["content-type"][:8], door.get("requests", {"Accept": "application/json"}).headers["content-type"][:16],
                  door.get("requests", {"Accept": "text/xml, application/json"}).headers["content-type"][:8]], ["text/xml", "application/json", "text/xml"], "the format without an ending")
    checks.equal(door.get("requests.xml").headers.get("access-control-allow-origin"), "*", "a page of another site may read it")


def errors(checks, door, apis):
    good = {"api_key": door.key, "service_code": "001", "lat": "1", "long": "2", "description": "x"}
    reader = apis[CITY].post("/api/v1/tokens", {"name": "reader", "rights": ["read"]}).json["token"]
    for change, status, word in (({"api_key": ""}, 403, "api_key"), ({"api_key": "wrong"}, 403, "key"), ({"api_key": reader}, 403, "report"),
                                 ({"service_code": ""}, 400, "service_code"), ({"service_code": "x" * 65}, 404, "service_code"), ({"lat": ""}, 400, "lat"),
                                 ({"lat": "", "long": ""}, 400, "address_string"), ({"lat": "91"}, 400, "lat"), ({"lat": "nan"}, 400, "lat"),
                                 ({"description": "字" * 4001}, 400, "4000"), ({"jurisdiction_id": "nowhere"}, 404, "jurisdiction_id"),
                                 ({"jurisdiction_id": "../x"}, 404, "jurisdiction_id")):
        r = door.post("requests.json", {**good, **change})
        checks.check(r.status == status and isinstance(r.json, list) and r.json[0]["code"] == status and word in r.json[0]["description"],
                     f"POST with {str(change)[:40]} is a {status} that says {word}", f"{r.status} {r.body[:200]}")
    found = xml_of(checks, door.post("requests.xml", {**good, "api_key": "wrong"}), "an error")
    checks.equal([found.tag, found[0].tag, [e.tag for e in found[0]]], ["errors", "error", ["code", "description"]], "errors are a list in XML")
    now = time.time()
    for query, status in (({"start_date": w3(now - 91 * 86400), "end_date": w3(now)}, 400), ({"start_date": w3(now - 90 * 86400), "end_date": w3(now)}, 200),
                          ({"start_date": "yesterday"}, 400), ({"status": "pending"}, 400), ({"status": "open, closed"}, 200), ({"page_size": "1001"}, 400),
                          ({"page": "0"}, 400), ({"start_date": w3(now), "end_date": w3(now - 60)}, 400), ({"jurisdiction_id": "sfgov.org"}, 404),
                          ({"jurisdiction_id": "", "service_code": "", "status": "", "start_date": ""}, 200)):
        checks.equal(door.get("requests.json", **query).status, status, f"GET requests with {query}")
    for path, status in (("requests/nobody.json", 404), (f"requests/{small.NOBODY}.json", 404), ("services/nothing.json", 404), ("nothing.json", 404),
                         ("discover.json", 404)):
        r = door.get(path)
        checks.check(r.status == status and r.json[0]["code"] == status, f"{path} is a {status}", f"{r.status} {r.body[:100]}")
    r = door.api.call("POST", ROOT + "requests.json", b'{"a":1}', {"Content-Type": "application/json"})
    checks.check(r.status == 400 and "form" in r.json[0]["description"], "a body that is no form is a 400 that says what to send", r.body[:200])
    r = door.api.call("DELETE", ROOT + "requests.json")
    checks.check(r.status == 405 and r.json[0]["code"] == 405, "a method that there is not, in the same form", r.body[:200])


def fixmystreet(checks, door, apis):
    """perllib/Open311.pm: services, a report in each encoding, updates both ways."""
    listed = simple(xml_of(checks, door.get("services.xml", jurisdiction_id=CITY), "services.xml"))["service"]
    checks.check(any(s["service_code"] == "001" and s["metadata"] == "false" for s in listed), "services are read as a list", listed)
    sent = {"description": "title: Dark lamp\n\ndetail: It flickers – 路灯\n\nurl: http://fms/report/77\n\nSubmitted via FixMyStreet\n", "service_code": "001",
            "first_name": "Bob", "last_name": "", "email": "bob@example.org", "lat": "33.63", "long": "116.98", "attribute[fixmystreet_id]": "77",
            "attribute[title]": "Dark lamp", "jurisdiction_id": CITY, "api_key": door.key, "media_url": "http://fms/photo/77.jpeg"}
    r = door.post("requests.xml", sent)
    number = simple(ET.fromstring(r.body))["request"][0]["service_request_id"]
    checks.equal(simple(ET.fromstring(door.post("requests.xml", sent).body))["request"][0]["service_request_id"], number, "sent again it is the same report")
    checks.equal([apis[CITY].matter(number)[k] for k in ("title", "source", "category")], ["Dark lamp", "open311", "001"], "title, source and category of it")

    part = "----7f3a"
    body = "".join(f'--{part}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in {**sent, "attribute[fixmystreet_id]": "78"}.items())
    body += f'--{part}\r\nContent-Disposition: form-data; name="photo1"; filename="78.0.full.jpeg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8jpeg\r\n--{part}--\r\n'
    r = door.api.call("POST", ROOT + "requests.xml", body.encode(), {"Content-Type": f"multipart/form-data; boundary={part}"})
    other = simple(ET.fromstring(r.body))["request"][0]
    checks.check(r.status == 201 and "文件" in other["service_notice"], "a report in parts with a photo is taken, and says that the photo is not kept", r.body)

    photo = "\xff\xd8" + "jpeg" * 800000
    body = "".join(f'--{part}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in {**sent, "attribute[fixmystreet_id]": "79"}.items())
    body += f'--{part}\r\nContent-Disposition: form-data; name="photo1"; filename="79.jpeg"\r\nContent-Type: image/jpeg\r\n\r\n{photo}\r\n--{part}--\r\n'
    r = door.api.call("POST", ROOT + "requests.xml", body.encode("latin-1", "xmlcharrefreplace"), {"Content-Type": f"multipart/form-data; boundary={part}"})
    checks.check(r.status == 201 and "文件" in r.body.decode(), "a report with a photo of 3 MB is taken", (r.status, r.body[:200]))
    whole = door.api.call("POST", ROOT + "requests.xml", b"x" * 2_000_000, FORM)
    checks.equal(whole.status, 413, "a form that is none in parts is bounded as before")

    start, end = time.time() - 7200, time.time() + 60
    apis[CITY].step(number, "assign", {"desk": "works"})
    apis[CITY].step(number, "comment", {"text": "a secret of the office"})
    apis[CITY].step(number, "handle", {"result": "mended", "note": "another secret"})
    apis[CITY].step(number, "close", {"result": "mended"})
    query = {"api_key": door.key, "start_date": w3(start), "end_date": w3(end), "jurisdiction_id": CITY}
    updates = [u for u in simple(xml_of(checks, door.get("servicerequestupdates.xml", **query), "updates"))["request_update"] if u["service_request_id"] == number]
    checks.equal([(u["status"], u["external_status_code"]) for u in updates], [("open", "open"), ("open", "assigned"), ("open", "handled"), ("closed", "closed")], "its updates in order")
    checks.check(all(u["update_id"] and u["description"] and u["updated_datetime"].endswith("Z") for u in updates), "each has a number, words and a time", updates)
    checks.check("secret" not in door.get("servicerequestupdates.xml", **query).body.decode(), "notes and comments are told to nobody")
    checks.equal(len({u["update_id"] for u in updates}), len(updates), "no two updates have one number")

    said = {"updated_datetime": w3(time.time()), "service_request_id": number, "status": "REOPEN", "description": "It is dark again", "last_name": "-", "first_name": "Bob",
            "email": "bob@example.org", "update_id": "9", "jurisdiction_id": CITY, "api_key": door.key}
    r = door.post("servicerequestupdates.xml", said)
    made = simple(xml_of(checks, r, "POST update"))["request_update"][0]["update_id"]
    checks.check(r.status == 200 and made, "an update is answered with its number", r.body)
    checks.equal(simple(ET.fromstring(door.post("servicerequestupdates.xml", said).body))["request_update"][0]["update_id"], made, "sent again it is the same update")
    comments = [h for h in apis[CITY].matter(number)["history"] if h["type"] == "commented" and "dark again" in (h["note"] or "")]
    checks.equal(len(comments), 1, "and is kept once")
    checks.equal(apis[CITY].matter(number)["state"], "closed", "a status that is said is not obeyed")
    checks.equal(door.post("servicerequestupdates.xml", {**said, "service_request_id": small.NOBODY}).status, 404, "an update of nothing")
    inside = apis[CITY].post("/api/v1/matters", {"category": "001", "title": "t", "source": "hall"}).json["id"]
    checks.equal(door.post("servicerequestupdates.xml", {**said, "update_id": "10", "service_request_id": inside}).status, 404, "what did not come by this door is not there")
    back = simple(ET.fromstring(door.get("requests.xml", service_request_id=number).body))["request"][0]
    checks.equal([back["status"], back["description"].split("\n")[0]], ["closed", "title: Dark lamp"], "and is closed for the client")


def python_and_ruby(checks, door, apis):
    number = as_dict(ET.fromstring(door.post("requests.xml", {"api_key": door.key, "service_code": "pot hole/b", "address_id": "545483", "description": "x"}).body))["request"]["service_request_id"]
    checks.equal(as_dict(ET.fromstring(door.get("service/001.xml", jurisdiction_id="").body))["service_code"], "001", "`service/` in the place of `services/`")
    checks.equal(door.get("services/" + urllib.parse.quote("pot hole/b") + ".json").json["service_code"], "pot hole/b", "a code with a slash and a blank")
    checks.equal(as_dict(ET.fromstring(door.get(f"requests/{number}.xml", jurisdiction_id="").body))["request"]["status"], "open", "one request read as dictionaries")
    checks.equal(door.get(f"requests/{number}.json").json[0]["address"], None, "what is empty is null in JSON")
    rows = door.get("requests.json", service_code="001,pot hole/b").json
    checks.equal({r["service_code"] for r in rows}, {"001", "pot hole/b"}, "codes with commas")
    checks.equal([r["service_request_id"] for r in door.get("requests.json", service_request_id=f"{number}, nobody ,{rows[-1]['service_request_id']}").json],
                 [number, rows[-1]["service_request_id"]], "numbers with commas override all else; those that are not there are left out")


def nodejs(checks, door, apis):
    """The format is a part of the path, the fields of a POST stand in the address, its body is empty."""
    fields = urllib.parse.urlencode({"api_key": door.key, "jurisdiction_id": CITY, "service_code": "001", "lat": 1, "long": 2, "description": "from node"})
    r = door.api.call("POST", f"{ROOT}requests/json?{fields}", None, FORM)
    checks.check(r.status == 201 and r.json[0]["service_request_id"], "a POST without a body", r.body[:200])
    checks.check(any(x["description"] == "from node" for x in door.get("requests/json", status="open").json), "a list by requests/json")


def pages(checks, door, apis):
    """As R's r311 and dashboards go through all pages; then what has changed since."""
    for n in range(7):
        door.post("requests.json", {"api_key": door.key, "service_code": "paged", "lat": n, "long": 2, "description": f"p{n}"})
    seen, page = [], 1
    while rows := door.get("requests.json", service_code="paged", page=page, page_size=3).json:
        seen += [(r["requested_datetime"], r["description"]) for r in rows]
        page += 1
    checks.equal(sorted(d for _, d in seen), [f"p{n}" for n in range(7)], "pages of three, none twice")
    times = [at for at, _ in seen]
    checks.equal(times, sorted(times, reverse=True), "the newest first; two of one millisecond in any order")
    ids = [r["service_request_id"] for r in door.get("requests.json", service_code="paged").json]
    time.sleep(1.1)
    since = time.time()
    apis[CITY].step(ids[3], "close", {"result": "done"})
    rows = door.get("requests.json", service_code="paged", updated_after=w3(since)).json
    checks.equal([r["service_request_id"] for r in rows], [ids[3]], "what has changed since")
    checks.equal(len(door.get("requests.json", service_code="paged", updated_before=w3(since - 1)).json), 6, "and what has not")
    checks.equal([len(door.get("requests.json", service_code="paged", status=s).json) for s in ("open", "closed", "open,closed")], [6, 1, 7], "by status")
    more = door.get("requests.json", service_request_id=ids[3], extensions="true").json[0]
    checks.equal([more["extended_attributes"]["state"], [n["type"] for n in more["notes"]]], ["closed", ["opened", "closed"]], "extensions")


def private(checks, door, apis, plant):
    city = apis[CITY]
    drill = city.post("/api/v1/matters", {"category": "drilled", "title": "a drill", "source": "open311", "exercise": plant != "drill"}).json["id"]
    office = city.post("/api/v1/matters", {"category": "001", "title": "Zhang San of 5 Lake Road", "text": "his phone 139", "source": "12345",
                                           "place": "Lake Road 5-302", "location": {"lat": 33.6412, "lon": 116.9712}}).json["id"]
    city.step(office, "handle", {"result": "told Zhang San", "note": "139"})
    named = city.post("/api/v1/matters", {"category": "quarrel", "title": "t", "source": "110", "reporter": {"name": "Zhang San", "confidential": True}}).json["id"]
    checks.equal(door.get(f"requests/{drill}.xml").status, door.get(f"requests/{small.NOBODY}.xml").status, "an exercise is answered as what nobody has")
    checks.equal(door.get("requests.json", service_request_id=drill).json, [], "and is in no list")
    checks.equal(door.get(f"tokens/{drill}.json").status, 404, "nor a token")
    everything = door.get("requests.json", extensions="true").body.decode() + door.get("servicerequestupdates.json", start_date=w3(time.time() - 3600)).body.decode()
    checks.check(drill not in everything, "an exercise is in no list and has no updates")
    for number, what in ((office, "a matter of another source"), (named, "one with a reporter")):
        checks.equal(door.get(f"requests/{number}.json").status, 404, f"{what} is answered as what nobody has")
        checks.equal(door.get("requests.json", service_request_id=number).json, [], f"{what} is in no list by number")
        checks.equal(door.get(f"tokens/{number}.json").status, 404, f"{what} has no token")
        checks.check(number not in everything, f"{what} is in no list and has no updates")
    services = {s["service_code"] for s in door.get("services.json").json}
    checks.check("001" in services and not services & {"drilled", "quarrel"}, "nor are their categories services", services)
    checks.equal([door.get(f"services/{code}.json").status for code in ("drilled", "quarrel", "001")], [404, 404, 200], "nor by their codes")
    for word in ("Zhang", "139", "Lake Road"):
        checks.check(word not in everything, f"but not what was written about it: {word}")


def late(checks, door, apis, dev):
    """What a county took in while the city did not hear it is told at the city by when it came there."""
    county = Door(apis[COUNTY], apis[COUNTY].post("/api/v1/tokens", {"name": "fms", "rights": ["report"]}).json["token"])
    city = dev.node(CITY)["pid"]
    os.kill(city, signal.SIGSTOP)
    try:
        number = county.post("requests.json", {"api_key": county.key, "service_code": "late", "lat": "1", "long": "2", "description": "x"}).json[0]["service_request_id"]
        apis[COUNTY].step(number, "assign", {"desk": "works"})
        mark = int(time.time()) + 1
        wait_until(lambda: time.time() >= mark, 5)
    finally:
        os.kill(city, signal.SIGCONT)
    checks.check(wait_until(lambda: door.get(f"requests/{number}.json").status == 200, 20), "late: it comes to the city")
    checks.check(wait_until(lambda: number in {r["service_request_id"] for r in door.get("requests.json", updated_after=w3(mark)).json}, 10),
                 "late: who asks for what changed since is told of it, though it is older")
    def told():
        return [u["external_status_code"] for u in door.get("servicerequestupdates.json", start_date=w3(mark)).json if u["service_request_id"] == number]
    checks.check(wait_until(lambda: told() == ["open", "assigned"], 10), "late: and of what happened to it", told())
    checks.equal([u for u in door.get("servicerequestupdates.json", start_date=w3(mark - 3600), end_date=w3(mark - 1)).json if u["service_request_id"] == number], [],
                 "late: not in the window before")
    checks.check(number not in {r["service_request_id"] for r in door.get("requests.json", updated_before=w3(mark - 1)).json}, "late: nor before it came")
    checks.check(number in {r["service_request_id"] for r in county.get("requests.json", updated_before=w3(mark)).json}, "late: at the county it came then")


def told_of_all(checks, door, apis):
    """The same tree again, told to tell of every matter, and then of none."""
    city = apis[CITY]
    office = city.post("/api/v1/matters", {"category": "001", "title": "Zhang San of 5 Lake Road", "text": "his phone 139", "source": "12345", "place": "春光小区"}).json["id"]
    named = city.post("/api/v1/matters", {"category": "quarrel", "title": "t", "source": "110", "reporter": {"name": "Zhang San"}}).json["id"]
    drill = city.post("/api/v1/matters", {"category": "drilled", "title": "a drill", "source": "12345", "exercise": True}).json["id"]
    city.step(office, "handle", {"result": "told Zhang San", "note": "139"})
    everything = door.get("requests.json", extensions="true").body.decode() + door.get("servicerequestupdates.json", start_date=w3(time.time() - 3600)).body.decode()
    checks.check(office in everything and "春光小区" in everything, "all: a matter of another source is told of, with its place")
    checks.check(named not in everything and drill not in everything, "all: but not one with a reporter, nor an exercise")
    for word in ("Zhang", "139"):
        checks.check(word not in everything, f"all: nor what was written about it: {word}")
    inside = city.post("/api/v1/matters", {"category": "001", "title": "t", "source": "hall"}).json["id"]
    checks.equal(door.post("servicerequestupdates.json", {"api_key": door.key, "service_request_id": inside, "description": "x"}).status, 403,
                 "all: what did not come by this door takes the right to step")


def closed(checks, door, apis):
    good = {"api_key": door.key, "service_code": "001", "lat": "1", "long": "2", "description": "x"}
    for r in (door.get("/open311/discovery.json"), door.get("services.json"), door.get("requests.json"), door.post("requests.json", good)):
        checks.check(r.status == 404 and "http.open311" in r.json[0]["description"], "off: each call is a 404 that says by which setting", r.body[:200])


def below(checks, door, apis):
    r = door.post("requests.json", {"api_key": door.key, "jurisdiction_id": COUNTY, "service_code": "001", "lat": "1", "long": "2", "description": "for the county"})
    number = r.json[0]["service_request_id"]
    checks.equal(apis[CITY].matter(number)["area"], COUNTY, "a report for a jurisdiction below is opened for it")
    checks.check(any(x["service_request_id"] == number for x in door.get("requests.json", jurisdiction_id=COUNTY).json), "and listed there")
    checks.equal({x["description"] for x in door.get("requests.json", jurisdiction_id=COUNTY, service_code="001").json}, {"for the county"}, "where nothing else is")
    county = Door(apis[COUNTY], None)
    checks.check(wait_until(lambda: county.get(f"requests/{number}.json").status == 200, 15), "the county's own door knows it")
    checks.equal(county.get("requests.json", jurisdiction_id=CITY).status, 404, "and no jurisdiction above it")


def main():
    p = options(__doc__, 60)
    p.add_argument("--plant", choices=["drill"], help="a mistake that must be seen: the drill is none")
    args = p.parse_args()
    checks = Checks(args.timeout, most_shown=40)

    def body():
        dev = small.start(checks, args, scratch(checks, args, "open311"))
        apis = dev.apis()
        wait_drained(apis, 20)
        door = Door(apis[CITY], apis[CITY].post("/api/v1/tokens", {"name": "fms", "rights": ["report"]}).json["token"])
        for part in (specification, errors, fixmystreet, python_and_ruby, nodejs, pages, private, below, late):
            before = checks.failed
            part(checks, door, apis, *{private: [args.plant], late: [dev]}.get(part, []))
            checks.say(f"{part.__name__}: " + ("ok" if checks.failed == before else f"{checks.failed - before} failed"))
        checks.equal(dev.stop(), 0, "dev ends well")
        for word, part in (("all", told_of_all), ("off", closed)):
            dev.cli.env["QIPAN_HTTP_OPEN311"] = word
            dev.start(checks, 60)
            apis = dev.apis()
            part(checks, Door(apis[CITY], door.key), apis)
            checks.equal(dev.stop(), 0, f"{word}: dev ends well")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
