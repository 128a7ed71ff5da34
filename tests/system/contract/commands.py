"""The command line beside the API: every command's exit status, --json and sentences, on right and wrong input. Called by
http_contract.py with the running tree."""

import csv
import gzip
import json
import random

from lib.check import wait_until
from lib.small import NOBODY, STREET

MAP = """[map]
zone = Asia/Shanghai
times = %Y-%m-%d %H:%M:%S
[columns]
id = id
opened = opened
title = title
[matter]
source_ref = {id}
category = Imported
title = {title}
source = commands
opened_at = {opened}
[area]
code = root
"""


def says(checks, done, status, what, *words):
    """The exit status, and each of the words in what was said to standard error."""
    said = done.stderr.decode(errors="replace")
    checks.equal(done.returncode, status, f"{what}: exit status ({said.strip()[:200]})")
    for word in words:
        checks.check(word in said, f"{what}: says {word!r}", said[:300])


def words(checks, dev):
    """Words that are wrong before any node is asked."""
    run, street = dev.cli.run, ("--dir", dev.node(STREET)["dir"])
    says(checks, run("--colour"), 2, "an option and no command", "--colour", "qipan help")
    says(checks, run("fly"), 2, "a command that is none", "fly", "qipan help")
    says(checks, run("list", "--colour"), 2, "an unknown option", "--colour")
    says(checks, run("report", "x", "--category", "c", "--lat", "abc", "--lon", "5", *street), 2, "a latitude that is no number",
         "--lat", "abc")
    says(checks, run("report", "x", "--category", "c", "--lat", "5", *street), 2, "half a position", "--lon")
    says(checks, run("report", "x", "--category", "c", "--wait", "3", *street), 2, "--wait alone", "--ack")
    says(checks, run("report", "x", "--category", "c", "--text", "-", *street, stdin=b"a\0b"), 2, "a NUL on standard input", "NUL")
    says(checks, run("report", "-", *street, stdin='{"title": "t",\n "category"}'), 2, "broken JSON on standard input", "line 2")
    says(checks, run("report", "-", *street, stdin="[]"), 2, "a list on standard input", "object")
    says(checks, run("list", "--overdue", "maybe", *street), 2, "--overdue maybe", "yes or no")
    says(checks, run("transfer", "x", "--to", "qicheng/west", *street), 2, "transfer without a reason", "--reason")
    says(checks, run("hang", "x", "--reason", "r", *street), 2, "hang without an end", "--until")
    says(checks, run("close", "x", "--result", "r", "--until", "y", *street), 2, "an option of another step", "--until")
    says(checks, run("invite", "mill", "--minutes", "10081", *street), 2, "more than a week", "10080")
    says(checks, run("link", "--role", "worker", *street), 2, "a link has the rights of its token", "--role")
    says(checks, run("status", "--dir", str(dev.state / "nowhere")), 3, "a folder without a node", "no node here")
    for name, its, not_its in (("close", "--result", "--until"), ("hang", "--until", "--result")):
        text = run("help", name).stdout.decode()
        checks.check(its in text and not_its not in text, f"help {name} lists what {name} takes", text)


def statuses(checks, dev):
    """What the node says becomes an exit status, and with --json the whole answer."""
    run, street = dev.cli.run, ("--dir", dev.node(STREET)["dir"])
    matter_id = run("report", "A lamp", "--category", "c", "--ack", "top", *street).stdout.decode().strip()
    for wrong in ("", "a/b", "a?b", "..", "nobody", NOBODY):
        says(checks, run("show", wrong, *street), 3, f"show {wrong!r}", "no matter")
        says(checks, run("close", wrong, "--result", "r", *street), 3, f"close {wrong!r}", "matter")
    done = run("resume", matter_id, "--json", *street)
    says(checks, done, 4, "an illegal step", "possible here")
    lines = done.stdout.decode().splitlines()
    checks.equal(len(lines), 1, "with --json a refusal is one line")
    checks.equal(json.loads(lines[0])["error"]["current"]["state"], "open", "and says the state")
    says(checks, run("list", "--token", "wrong", *street), 5, "a wrong token", "token")
    says(checks, run("list", "--node", "http://127.0.0.1:9"), 6, "nobody there", "127.0.0.1:9")
    known = [i["id"] for i in dev.api(STREET).all_matters()]
    for limit in (0, 501):
        listed = [i["id"] for i in dev.cli.json("list", "--limit", limit, *street)["items"]]
        checks.equal(listed, known[:limit or None], f"list --limit {limit}, over several pages")
    link = dev.cli.json("link", *street)
    checks.check("/login/" in link["url"] and link["expires_at"], "link --json", link)
    made = dev.cli.json("init", "--path", "own", "--dir", dev.state.parent / "own")
    checks.equal(len(made["node_id"]), len(NOBODY), "init --json has the id in the form that the API has")
    checks.equal(dev.cli.json("reload", *street), {"pid": dev.node(STREET)["pid"]}, "reload --json")
    checks.equal(dev.cli.json("config", "check", *street), {"sound": True}, "config check --json")
    bad = dev.state.parent / "bad"
    bad.mkdir(exist_ok=True)
    (bad / "qipan.conf").write_text("http {\n    threads = 99\n}\n")
    done = run("config", "check", "--json", "--dir", bad)
    says(checks, done, 1, "config check of a wrong file", "qipan.conf:2")
    checks.check("qipan.conf:2" in json.loads(done.stdout or b"{}").get("message", ""), "and its --json", done.stdout)
    links = dev.cli.json("link", "--state", dev.state)
    checks.equal([l["path"] for l in links], [n["path"] for n in dev.nodes()], "link --state --json")
    proof(checks, dev, matter_id, street)


def proof(checks, dev, matter_id, street):
    run, file = dev.cli.run, dev.state.parent / "matter.proof"
    made = dev.cli.json("prove", matter_id, "-o", file, *street)
    checks.equal((made["matter"], made["file"], made["bytes"]), (matter_id, str(file), file.stat().st_size), "prove --json")
    root = dev.cli.json("status", *street)["root_fingerprint"]
    says(checks, run("verify", file), 2, "verify without a fingerprint", "--root")
    checks.equal(dev.cli.json("verify", file, "--root", root)["valid"], True, "verify --json of a good one")
    wrong = root[:-1] + ("0" if root[-1] != "0" else "1")
    done = run("verify", file, "--root", wrong, "--json")
    says(checks, done, 1, "verify with another root", "root")
    refused = json.loads(done.stdout or b"{}")
    checks.check(refused.get("valid") is False and refused.get("message"), "verify --json of a bad one", done.stdout)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    says(checks, run("verify", "-", "--root", root, stdin=bytes(data)), 1, "verify of a changed byte", "NOT valid")


def imports(checks, dev):
    """Files that are cut, empty, or have bad rows."""
    folder = dev.state.parent / "imports"
    folder.mkdir(exist_ok=True)
    (folder / "map").write_text(MAP)
    rows = [f"r{i},2026-01-01 08:00:00,{random.getrandbits(200):x}" for i in range(300)]
    whole = ("id,opened,title\n" + "\n".join(rows) + "\n").encode()
    root = dev.api("qicheng")

    def bring(name, data):
        (folder / name).write_bytes(data)
        return dev.cli.run("import", name, "--map", "map", "--state", dev.state, "--json", cwd=folder)

    def known():
        return root.get("/api/v1/board", by="source", source="commands").json["total"]["opened"]

    done = bring("empty.csv", b"id,opened,title\n")
    checks.equal((done.returncode, json.loads(done.stdout or b"{}").get("records")), (0, 0), "a file without rows has a summary too")
    packed = gzip.compress(whole)
    done = bring("cut.csv.gz", packed[:-3000])
    sums = json.loads(done.stdout or b"{}")
    says(checks, done, 1, "a compressed file that is cut", "cut.csv.gz", "cut short", "line")
    checks.check(0 < sums.get("imported", 0) < 300 and sums.get("rejected") == 0, "no half row of it is taken, nor called a bad one", sums)
    checks.equal(known(), sums.get("imported"), "what came before is there")
    says(checks, bring("tail.csv.gz", packed[:-4]), 1, "a compressed file without its end", "cut short")
    done = bring("whole.csv.gz", packed)
    checks.equal((done.returncode, json.loads(done.stdout)["imported"], known()), (0, 300, 300), "the whole file afterwards")
    odd = b'\xef\xbb\xbfid,opened,title\r\nq1,2026-01-01 08:00:00,"a ""b"",\r\nc"\r\nq2,never,x\r\nq3,2026-01-01 08:00:00\r\nq4,2026-01-01 08:00:00,\xff\r\n'
    done = bring("odd.csv", odd)
    sums = json.loads(done.stdout)
    checks.equal((done.returncode, sums["imported"], sums["rejected"]), (4, 1, 3), "bad rows are put aside, and the status says so")
    with open(folder / sums["rejected_file"], encoding="utf-8-sig", newline="") as f:
        aside = list(csv.reader(f))
    checks.equal([r[0] for r in aside], ["rejected_line", "4", "5", "6"], "with their lines")
    checks.check(all(r[1] for r in aside), "and a reason each", aside)
    found = wait_until(lambda: [i["title"] for i in root.all_matters(source="commands", q="\"b\"")], 5)
    checks.equal(found, ['a "b",  c'], "quotes inside a field; a title is one line")


def again(checks, dev):
    """The same STATE with another zone is refused, never mixed in. The tree is down."""
    done = dev.cli.run("dev", "--state", dev.state, "--zone", "America/New_York", "--http-base", dev.http_base)
    says(checks, done, 4, "dev on a STATE of another zone", "Asia/Shanghai", "--state")
