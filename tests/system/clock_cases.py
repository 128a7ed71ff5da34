#!/usr/bin/python3
"""`qipan clock`: deadlines by working hours, worked out without a node.

    clock_cases.py             the shared cases (clock-cases.csv, calendars.json in --data) and the made ones of this file
    clock_cases.py --made      only the made ones
    clock_cases.py --plant next-opening | lost-pause
                               the wanted dues with a mistake put in: the checks must fail
"""

import csv
import datetime
import json
import pathlib
import sys

from lib.check import Checks
from lib.tree import Cli, ROOT, options, scratch

OFFICE = {"name": "office", "weekly": [{"days": "1-5", "from": "08:30", "to": "12:00"}, {"days": "1-5", "from": "14:30", "to": "17:30"}],
          "off": ["2026-02-16", "2026-02-17", "2026-10-01"], "on": ["2026-02-28", "2026-10-10"]}
NIGHT = {"name": "night", "weekly": [{"days": "1-7", "from": "22:00", "to": "24:00"}, {"days": "1-7", "from": "00:00", "to": "06:00"}]}
CALENDARS = {"office": ("Asia/Shanghai", OFFICE), "night": ("Europe/Berlin", NIGHT)}

# id, calendar, duration, start, pauses, due, stop, used_s; "" = not asked, due "null" = none
MADE = """
noon,office,90wm,2026-03-03T11:00:00+08:00,,2026-03-03T15:00:00+08:00,,
closing,office,1wh,2026-03-03T16:30:00+08:00,,2026-03-03T17:30:00+08:00,,
make-up,office,3wd,2026-02-26T10:00:00+08:00,,2026-03-02T17:30:00+08:00,,
first-moment,office,0wh,2026-02-15T10:00:00+08:00,,2026-02-18T08:30:00+08:00,,
fraction,office,2ws,2026-03-03T11:59:59.250+08:00,,2026-03-03T14:30:01.250+08:00,,
three-days,night,1d,2026-03-28T02:30:00+01:00,,2026-03-29T03:00:00+02:00,,
short-night,night,8wh,2026-03-28T22:00:00+01:00,,2026-03-29T23:00:00+02:00,,
long-night,night,9wh,2026-10-24T22:00:00+02:00,,2026-10-25T06:00:00+01:00,,
hung-over-noon,office,4wh,2026-03-03T09:00:00+08:00,2026-03-03T12:00:00+08:00/2026-03-03T14:30:00+08:00,2026-03-03T15:30:00+08:00,2026-03-03T15:30:00+08:00,14400
no-end,office,4wh,2026-03-03T09:00:00+08:00,2026-03-03T10:00:00+08:00/,null,2026-03-05T09:00:00+08:00,3600
used-up-before,office,1h,2026-03-03T09:00:00+08:00,2026-03-03T10:00:00+08:00/,2026-03-03T10:00:00+08:00,2026-03-03T10:00:00.001+08:00,3600
two-pauses,office,2wd,2026-03-02T10:00:00+08:00,2026-03-02T11:00:00+08:00/2026-03-02T18:00:00+08:00;2026-03-03T09:00:00+08:00/2026-03-04T08:00:00+08:00,2026-03-05T17:30:00+08:00,,
late,office,30m,2026-03-03T09:00:00+08:00,,2026-03-03T09:30:00+08:00,2026-03-03T10:00:00+08:00,3600
"""
COLUMNS = "id calendar duration start pauses due stop used_s note".split()

# What must be refused: more arguments, exit status, a word of the sentence.
WRONG = [
    (["--duration", "0wd"], 2, "0wd is no close of business"),
    (["--duration", "5w"], 2, "the unit is none of"),
    (["--zone", "Asia/Suzhou"], 3, "Asia/Suzhou"),
    (["--start", "yesterday"], 2, "--start"),
    (["--start", "1850-01-01T00:00:00Z"], 2, "1900 to 2199"),
    (["--stop", "2026-03-01T00:00:00Z"], 2, "before --start"),
    (["--pause", "2026-03-03T10:00:00Z"], 2, "FROM/TO"),
    (["--pause", "2026-03-03T10:00:00Z/2026-03-03T09:00:00Z"], 2, "ends before it begins"),
    (["--pause", "2026-03-01T10:00:00Z/2026-03-03T09:00:00Z"], 2, "begins before --start"),
    (["--pause", "2026-03-04T10:00:00Z/", "--pause", "2026-03-05T10:00:00Z/"], 2, "has no end"),
    (["--pause", "2026-03-04T10:00:00Z/2026-03-04T12:00:00Z", "--pause", "2026-03-04T11:00:00Z/"], 2, "in order"),
    (["--duration", "876600wh"], 2, "not used up by the end of 2199"),
    (["--name", "nobody"], 3, "office"),
    (["--calendar", "/nowhere/at/all.json"], 3, "/nowhere/at/all.json"),
    (["surplus"], 2, "surplus"),
]

# Calendars that must be refused: change of OFFICE, a word of the sentence.
UNSOUND = [
    ({"weekly": []}, "no working hours"),
    ({"weekly": [{"days": "1-5", "from": "17:30", "to": "08:30"}]}, "over midnight is two"),
    ({"weekly": [{"days": "1-5", "from": "8:30", "to": "17:30"}]}, "weekly[0].from"),
    ({"weekly": [{"days": "Mon", "from": "08:30", "to": "17:30"}]}, "1 = Monday"),
    ({"weekly": [{"days": "1-5", "from": "08:30", "to": "12:00"}, {"days": "5", "from": "11:00", "to": "13:00"}]}, "weekly[1]: it overlaps weekly[0]"),
    ({"weekly": [{"days": "1-5", "from": "08:30"}]}, "weekly[0].to"),
    ({"off": ["2026-02-30"]}, "off[0]"),
    ({"off": ["2026-02-16", "2026-02-16"]}, "twice"),
    ({"off": ["2026-02-28"]}, "both off and on"),
    ({"off": "2026-02-16"}, 'it must be ["2026-10-01", …]'),
    ({"offf": []}, "offf"),
    ({"known_until": "soon"}, "known_until"),
]
# The same in Chinese.
UNSOUND_ZH = [
    ({"weekly": []}, "没有工作时间"),
    ({"weekly": [{"days": "1-5", "from": "17:30", "to": "08:30"}]}, "跨午夜须写成两段"),
    ({"weekly": [{"days": "Mon", "from": "8:30", "to": "17:30"}]}, "weekly[0].from: from \"8:30\" 不是时刻"),
    ({"off": ["2026-02-28"]}, "既是休息日（off）又是上班日（on）"),
]


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class Case:
    def __init__(self, row):
        self.__dict__.update({c: (row.get(c) or "").strip() for c in COLUMNS})

    def words(self, file, zone):
        words = ["clock", "--calendar", file, "--zone", zone, "--duration", self.duration, "--start", self.start]
        for pause in filter(None, self.pauses.split(";")):
            words += ["--pause", pause]
        return words + (["--stop", self.stop] if self.stop else [])

    def wanted(self, plant):
        """The due; None: there is none."""
        if self.due == "null":
            return None
        due = instant(self.due)
        if plant == "next-opening" and due.strftime("%H:%M") == "17:30":
            due += datetime.timedelta(hours=15)
        if plant == "lost-pause" and self.pauses:
            due -= datetime.timedelta(seconds=1)
        return due


def cases_of(checks, cli, folder, cases, calendars, plant, kind):
    for case in cases:
        zone, calendar = calendars[case.calendar]
        file = folder / f"{kind}-{case.calendar}.json"
        file.write_text(json.dumps(calendar))
        what = f"{kind} case {case.id} ({case.duration} from {case.start})"
        got = cli.json(*case.words(file, zone))
        if not checks.check(got is not None, f"{what}: answers"):
            continue
        due = instant(got["due"]) if got["due"] else None
        wanted = case.wanted(plant)
        checks.check(due == wanted, f"{what}: due", f"found {due}, wanted {wanted and wanted.astimezone(datetime.timezone.utc)}  {case.note}")
        checks.equal("used_s" in got and "met" in got, bool(case.stop), f"{what}: used_s and met only with --stop")
        if case.stop and case.used_s:
            checks.equal(got["used_s"], int(case.used_s), f"{what}: used_s")
        if case.stop:
            checks.equal(got["met"], wanted is None or instant(case.stop) <= wanted, f"{what}: met")
        else:
            checks.equal(got["paused_s"] is None, case.pauses.endswith("/"), f"{what}: paused_s is null only while a pause has no end")


def refusals(checks, cli, folder):
    good = folder / "office.json"
    good.write_text(json.dumps(OFFICE))
    base = {"--calendar": str(good), "--zone": "Asia/Shanghai", "--duration": "4wh", "--start": "2026-03-03T01:00:00Z"}
    for more, status, word in WRONG:
        words = {**base, **{more[0]: more[1]}} if len(more) == 2 and more[0] in base else base
        extra = [] if words is not base else more
        done = cli.run("clock", *(w for pair in words.items() for w in pair), *extra)
        text = done.stderr.decode()
        checks.equal(done.returncode, status, f"clock {' '.join(more)}: exit status ({text.strip()})")
        checks.check(word in text, f"clock {' '.join(more)}: says \"{word}\"", text)
        checks.equal(done.stdout, b"", f"clock {' '.join(more)}: prints nothing else")
    for missing in base:
        done = cli.run("clock", *(w for pair in base.items() if pair[0] != missing for w in pair))
        checks.check(done.returncode == 2 and missing in done.stderr.decode(), f"clock without {missing} says so", done.stderr.decode())
    for change, word in UNSOUND:
        good.write_text(json.dumps({**OFFICE, **change}))
        done = cli.run("clock", *(w for pair in base.items() for w in pair))
        text = done.stderr.decode()
        checks.check(done.returncode == 2 and word in text and str(good) in text, f"a calendar with {change} is refused with \"{word}\"", text)
    cli.env["LC_ALL"] = "zh_CN.UTF-8"
    for change, word in UNSOUND_ZH:
        good.write_text(json.dumps({**OFFICE, **change}))
        text = cli.run("clock", *(w for pair in base.items() for w in pair)).stderr.decode()
        checks.check(word in text, f"a calendar with {change} is refused in Chinese with \"{word}\"", text)
    cli.env["LC_ALL"] = "C.UTF-8"
    good.write_text('{"name": "x",\n "weekly": [}')
    done = cli.run("clock", *(w for pair in base.items() for w in pair))
    checks.check(done.returncode == 2 and ":2:" in done.stderr.decode(), "what is no JSON is refused with its line", done.stderr.decode())


def ways(checks, cli, folder):
    """A policy with --name, standard input, people's language, options that come again."""
    policy = folder / "policy.json"
    policy.write_text(json.dumps({"version": "1", "calendars": [OFFICE, NIGHT], "categories": []}))
    rest = ["--zone", "Asia/Shanghai", "--duration", "1wd", "--start", "2026-03-03T09:00:00+08:00"]
    got = cli.json("clock", "--calendar", policy, "--name", "office", *rest)
    checks.equal(got, {"due": "2026-03-04T09:30:00.000Z", "paused_s": 0}, "a policy's calendar by its name")
    done = cli.run("clock", "--calendar", policy, *rest)
    checks.check(done.returncode == 2 and "office, night" in done.stderr.decode(), "a policy without --name: its calendars are listed",
                 done.stderr.decode())
    got = cli.json("clock", "--calendar", ROOT / "topology/policy/suzhou", "--name", "office", *rest)
    checks.equal(got, {"due": "2026-03-04T09:30:00.000Z", "paused_s": 0}, "a calendar of a policy's folder")
    done = cli.run("clock", "--calendar", ROOT / "topology/policy/suzhou/policy.conf", *rest)
    checks.check(done.returncode == 2 and "name the folder: " in done.stderr.decode(), "a file of a policy's folder is no calendar", done.stderr.decode())
    policy.write_text(json.dumps({"calendars": [OFFICE], "categories": "none", "weekly": []}))
    done = cli.run("clock", "--calendar", policy, *rest)
    checks.check(done.returncode == 2 and "there is no field weekly" in done.stderr.decode() and "categories" not in done.stderr.decode().split("did it mean")[0],
                 "of a policy the calendars alone are looked at, and no calendar stands beside them", done.stderr.decode())
    got = cli.json("clock", "--calendar", "-", *rest, stdin=json.dumps({**OFFICE, "name": None}))
    checks.equal(got["due"], "2026-03-04T09:30:00.000Z", "a calendar by itself needs no name")
    got = cli.json("clock", "--calendar", "-", *rest, stdin=json.dumps(OFFICE))
    checks.equal(got["due"], "2026-03-04T09:30:00.000Z", "a calendar from standard input")
    got = json.loads(cli.run("clock", "--calendar", "-", *rest, stdin=json.dumps(OFFICE)).stdout)
    checks.equal(got["due"], "2026-03-04T09:30:00.000Z", "JSON also without --json where nobody sits at a terminal")
    got = cli.json("clock", "--calendar", "-", "--zone", "Asia/Shanghai", "--duration", "9wd", "--start", "2026-12-25T09:00:00+08:00",
                   stdin=json.dumps(OFFICE))
    checks.equal(got.get("provisional"), True, "a due beyond the announced holidays is provisional")
    got = cli.json("clock", "--calendar", "-", "--zone", "Asia/Shanghai", "--duration", "1wd", "--start", "2026-03-03", stdin=json.dumps(OFFICE))
    checks.equal(got["due"], "2026-03-04T09:30:00.000Z", "a bare date is that day's beginning in the zone")
    for lang, word in (("C.UTF-8", "work out a deadline"), ("zh_CN.UTF-8", "推算时限")):
        cli.env["LC_ALL"] = lang
        checks.check(word in cli.run("help", "clock").stdout.decode(), f"help in {lang}")
    cli.env["LC_ALL"] = "zh_CN.UTF-8"
    checks.check("缺少 --zone" in cli.run("clock", "--calendar", policy).stderr.decode(), "what is missing, in Chinese")
    cli.env["LC_ALL"] = "C.UTF-8"


def main():
    p = options(__doc__, 120)
    p.add_argument("--data", default=str(ROOT.parent / "shared/data/work"), help="folder of the shared cases (%(default)s)")
    p.add_argument("--made", action="store_true", help="only the made cases")
    p.add_argument("--plant", choices=("next-opening", "lost-pause"))
    args = p.parse_args()
    checks = Checks(args.timeout)

    def body():
        folder, cli, data = scratch(checks, args, "clock"), Cli(args.qipan), pathlib.Path(args.data)
        cases_of(checks, cli, folder, [Case(dict(zip(COLUMNS, line.split(",")))) for line in MADE.strip().splitlines()], CALENDARS,
                 args.plant, "made")
        refusals(checks, cli, folder)
        ways(checks, cli, folder)
        if args.made:
            return
        if not (data / "clock-cases.csv").exists():
            checks.say(f"SKIPPED: {data / 'clock-cases.csv'} is not here; only the made cases ran")
            return
        calendars = {name: (c["zone"], c["calendar"]) for name, c in json.loads((data / "calendars.json").read_text()).items()}
        with open(data / "clock-cases.csv", encoding="utf-8", newline="") as f:
            rows = [Case(row) for row in csv.DictReader(f)]
        cases_of(checks, cli, folder, rows, calendars, args.plant, "shared")
        checks.say(f"{len(rows)} shared cases")

    checks.run(body)


if __name__ == "__main__":
    sys.exit(main())
