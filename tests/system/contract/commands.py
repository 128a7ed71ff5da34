"""The command line beside the API: every command's exit status, --json and sentences, on right and wrong input. Called by
http_contract.py with the running tree."""

import csv
import gzip
import json
import random

from lib.check import wait_until

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
    checks.equal((done.returncode, sums["imported"], sums["rejected"]), (0, 1, 3), "bad rows are put aside")
    with open(folder / sums["rejected_file"], newline="") as f:
        aside = list(csv.reader(f))
    checks.equal([r[0] for r in aside], ["line", "4", "5", "6"], "with their lines")
    checks.check(all(r[2] for r in aside), "and a reason each", aside)
    found = wait_until(lambda: [i["title"] for i in root.all_matters(source="commands", q="\"b\"")], 5)
    checks.equal(found, ['a "b",\r\nc'], "quotes and a line end inside a field")
