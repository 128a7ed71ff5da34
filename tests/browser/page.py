#!/usr/bin/python3
"""A node's page at `/` in Chromium: at 1280 and at 390 pixels, logged out, logged in, live.

Fails if the page logs an error, asks anybody else for anything, scrolls sideways, has a button without a name, or does not show
within seconds what was reported in a community two levels below, or stays green while the node is frozen, or says nothing of a child that is.
Screenshots go to --shots (build/logs by default).
Needs: deploy/packages --tests (Chromium, Node.js, playwright-core).
"""

import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "system"))

from lib import small  # noqa: E402
from lib.check import Checks  # noqa: E402
from lib.small import CITY, COMMUNITY, COUNTY, STREET, report  # noqa: E402
from lib.tree import ROOT, options, scratch, wait_drained  # noqa: E402


def login_link(checks, dev):
    done = dev.cli.run("link", "--dir", dev.node(CITY)["dir"])
    words = [w for w in done.stdout.decode().split() if w.startswith("http")]
    checks.check(done.returncode == 0 and words, "a one-time log-in link", done.stdout + done.stderr)
    return words[0] if words else ""


def judge(checks, seen, url):
    what = f"at {seen['width']} pixels"
    checks.check(not seen["errors"] and not seen["expected"], f"{what}: the page logs no error", seen["errors"] + seen["expected"])
    checks.check(not seen["elsewhere"], f"{what}: nothing is asked of anybody but {url}", seen["elsewhere"])
    checks.check(seen["login"], f"{what}: who is not logged in is asked for a name")
    checks.equal(seen["places"] >= 3, True, f"{what}: the tree shows places ({seen['places']})")
    checks.check("棋城" in seen["title"], f"{what}: the title names the place", seen["title"])
    checks.equal((seen["reported"], seen["live"]), (201, True), f"{what}: a report below is on the page without a reload")
    checks.check(seen["tabs"] >= 4, f"{what}: the board has tabs", seen["tabs"])
    checks.check(seen["english"], f"{what}: the other language")
    checks.check(seen["sideways"] <= 0, f"{what}: it does not scroll sideways", f"{seen['sideways']} pixels")
    checks.equal(seen["unnamed"], 0, f"{what}: buttons without a name")


def judge_frozen(checks, seen):
    checks.check(seen["quiet"], "a healthy node's page has no alarm")
    checks.check("收不到该下级节点" in (seen["alarm"] or ""), "a child that is frozen is on the page", seen["alarm"])
    checks.check("as of then" in seen["english"], "in the other language too", seen["english"])
    checks.check(seen["over"], "and no longer when it goes on")
    checks.check("does not answer" in (seen["frozen"] or ""), "a frozen node's page does not stay green", seen["frozen"])
    checks.check(seen["back"], "it is green again when the node goes on")


def main():
    p = options(__doc__, 240)
    p.add_argument("--shots", default=str(ROOT / "build/logs"), metavar="FOLDER", help="for the screenshots (%(default)s)")
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder = scratch(checks, args, "browser")
        pathlib.Path(args.shots).mkdir(parents=True, exist_ok=True)
        dev = small.start(checks, args, folder)
        for i in range(12):
            matter = report(dev.api(STREET), category=("路灯", "井盖", "噪音")[i % 3], desk=("works", "")[i % 2], title=f"第 {i} 件")
            if i % 4 == 0:
                dev.api(STREET).step(matter["id"], "close", {"result": "resolved"})
        wait_drained(dev.apis(), 20)
        links = [login_link(checks, dev) for _ in range(3)]
        below = dev.node(COMMUNITY)
        url = dev.node(CITY)["http"].rstrip("/") + "/"
        done = subprocess.run(["node", str(HERE / "page.mjs"), url, *links, args.shots, below["http"].rstrip("/") + "/api/v1/matters",
                               below["token"], str(dev.node(CITY)["pid"]), str(dev.node(COUNTY)["pid"])],
                              capture_output=True, timeout=200, cwd=HERE)
        if checks.check(done.returncode == 0, "the browser's part runs to its end", done.stderr.decode()[-1500:]):
            said = json.loads(done.stdout)
            for seen in said["seen"]:
                judge(checks, seen, url)
            judge_frozen(checks, said["froze"])
            checks.say(f"screenshots in {args.shots}: login-1280.png, page-1280.png, login-390.png, page-390.png, alarms-1280.png, frozen-1280.png")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
