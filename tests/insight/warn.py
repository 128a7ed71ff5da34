#!/usr/bin/env python3
"""`qipan warn` against R surveillance 1.20.3 on its own series, and GPNB against EARS C2 and Farrington on labelled ones.

    warn.py [--data DIR] [--qipan FILE] [--only vectors|daily|weekly] [--plant NAME]

DIR: the folder with `ears_*.csv` ...; without it: $QIPAN_TEST_DATA/insight, else ../shared/data/insight beside the repository, and
SKIPPED is said where there is none. Prints a table; exit 1 when a value differs from R by more than 1e-6 (a whole limit: by more
than 1) or a goal is missed (README.md says which are). The threshold of each method is set so that the false alarms are as many as the goal says: days (from 400 on) more than
seven after any outbreak; an outbreak is detected by one alarm while it is on. `--plant NAME` takes another setting than the
vectors have: the comparison must see it (alpha, window, weights).
"""
import argparse
import csv
import datetime
import glob
import io
import math
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
CATEGORIES = ["dispute", "drowning", "fraud", "theft", "traffic"]
FROM_DAY, QUIET_AFTER = 400, 7
FROM_WEEK = 109  # two years are behind: what Farrington's method needs

# method, files, columns of (limit, alarm, expected, score), settings; the first week with a value says how many years.
VECTORS = [
    ("ears-c1", "ears_*.csv", ("C1_upperbound", "C1_alarm", None, None), False),
    ("ears-c2", "ears_*.csv", ("C2_upperbound", "C2_alarm", None, None), False),
    ("ears-c3", "ears_*.csv", ("C3_upperbound", "C3_alarm", None, None), False),
    ("bayes-1", "bayes_*.csv", ("b1_upperbound", "b1_alarm", None, None), True),
    ("bayes-2", "bayes_*.csv", ("b2_upperbound", "b2_alarm", None, None), True),
    ("bayes-3", "bayes_*.csv", ("b3_upperbound", "b3_alarm", None, None), True),
    ("farrington", "farrflex_*_classic.csv", ("upperbound", "alarm", "expected", "score"), False),
    ("farrington-flexible", "farrflex_*.csv", ("upperbound", "alarm", "expected", "score"), True),
]
# This series counts by dates in R: a year ago is the nearest Monday to the same date.
DATED = {"salmNewport.csv": "2004-01-05"}
PLANTS = {"alpha": ("ears-c1", "alpha=0.0011"), "window": ("bayes-2", "w=5"), "weights": ("farrington", "weightsThreshold=1.1")}


def table(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f))


def warn(qipan, method, settings, files, freq=None):
    command = [qipan, "warn", "--method", method]
    for s in settings:
        command += ["--set", s]
    if freq:
        command += ["--freq", str(freq)]
    env = dict(os.environ, LC_ALL="C.UTF-8")
    out = subprocess.run(command + list(files), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, text=True)
    if out.returncode != 0:
        sys.exit(f"FAILED  {' '.join(command)}: {out.stderr.strip()}")
    return list(csv.DictReader(io.StringIO(out.stdout)))


def number(text):
    return None if text in ("", "NA", None) else float(text)


def series_of(data, vector):
    """state_* where there is one, sim_weekly_* for its own, else the column `observed` of ears_*."""
    name = vector.split("_", 1)[1].replace("_classic", "")
    for found in (name, "state_" + name, "ears_" + name):
        if os.path.exists(os.path.join(data, found)):
            return os.path.join(data, found)
    sys.exit(f"FAILED  {vector}: its series is not in {data}")


def dated(path, first, scratch):
    """The same series with the dates that R's data set has; the vectors' files lack them."""
    made = os.path.join(scratch, os.path.basename(path))
    day = datetime.date.fromisoformat(first)
    with open(made, "w") as f:
        f.write("date,i,observed\n")
        for k, row in enumerate(table(path)):
            f.write(f"{day + datetime.timedelta(7 * k)},{row['i']},{row['observed']}\n")
    return made


class Worst:
    def __init__(self):
        self.values = self.whole_off = self.wrong = 0
        self.most = 0.0
        self.said = 0

    def say(self, text):
        self.wrong += 1
        self.said += 1
        if self.said <= 5:
            print(f"FAILED  {text}")

    def number(self, where, got, want, whole):
        if (got is None) != (want is None):
            return self.say(f"{where}: {got}, R has {want}")
        if want is None:
            return None
        self.values += 1
        off = abs(got - want) / max(1, abs(want))
        if whole:
            self.whole_off += got != want
            if abs(got - want) > 1:
                self.say(f"{where}: {got}, R has {want}")
        else:
            self.most = max(self.most, off)
            if off > 1e-6:
                self.say(f"{where}: {got}, R has {want}")
        return None


def compare_file(qipan, data, method, path, columns, whole, extra, worst):
    vector, name = table(path), os.path.basename(path)
    settings = list(extra)
    if method.startswith("farrington") and int(vector[0]["i"]) < 3 * 52 + 4:
        settings.append("b=2")  # too short for three years
    path = series_of(data, name)
    with tempfile.TemporaryDirectory() as scratch:
        first = DATED.get(os.path.basename(path).split("_", 1)[1])
        if first:
            path = dated(path, first, scratch)
        rows = {r["i"]: r for r in warn(qipan, method, settings, [path], 52)}
    for v in vector:
        got, where = rows[v["i"]], f"{method} {name} i={v['i']}"
        limit_off = worst.whole_off
        worst.number(where + " limit", number(got["limit"]), number(v[columns[0]]), whole)
        limit_off = worst.whole_off != limit_off
        for column, mine in ((columns[2], "expected"), (columns[3], "score")):
            if column and not limit_off:
                worst.number(f"{where} {mine}", number(got[mine]), number(v[column]), False)
        if not limit_off and got["alarm"] != (v[columns[1]] or "0"):
            worst.say(f"{where}: alarm {got['alarm']}, R has {v[columns[1]]}")


def compare_all(qipan, data, plant):
    wrong = values = 0
    print("method                files  values  greatest difference  limits one off")
    for method, pattern, columns, whole in VECTORS:
        files = sorted(glob.glob(os.path.join(data, pattern)))
        if method == "farrington-flexible":
            files = [f for f in files if not f.endswith("_classic.csv")]
        worst = Worst()
        if not files:
            worst.say(f"{method}: no vector in {data}")
        for path in files:
            extra = [PLANTS[plant][1]] if plant and PLANTS[plant][0] == method else []
            compare_file(qipan, data, method, path, columns, whole, extra, worst)
        print(f"{method:20}  {len(files):5}  {worst.values:6}  {worst.most:19.2e}  {worst.whole_off:14}")
        wrong += worst.wrong
        values += worst.values
    print(f"values that differ from R: {wrong} of {values}")
    return wrong


class Labelled:
    """Scores on quiet steps, and the best score of each outbreak."""

    def __init__(self):
        self.quiet, self.outbreaks = [], []

    def take(self, labels, scores, start, after=QUIET_AFTER):
        best, last = {}, -(10**9)
        for t, (label, score) in enumerate(zip(labels, scores)):
            if label > 0:
                last = t
            if t < start:
                continue
            if label > 0:
                best[label] = max(best.get(label, -math.inf), score)
            elif t - last > after:
                self.quiet.append(score)
        self.outbreaks += best.values()

    def detection(self, rate):
        """At the least threshold with at most `rate` of the quiet steps above it."""
        ranked = sorted(self.quiet, reverse=True)
        threshold = ranked[int(rate * len(ranked))]
        return sum(s > threshold for s in self.outbreaks) / len(self.outbreaks), threshold


def score_of(row):
    return number(row["score"]) if row["score"] else -math.inf


def labelled(qipan, files, method, settings, start, freq, pooled):
    found = Labelled()
    labels = {f: [int(r["outbreak_id"]) for r in table(f)] for f in files}
    if pooled and len(files) > 1:
        by_file = {f: [] for f in files}
        for row in warn(qipan, method, settings, files, freq):
            by_file[row["file"]].append(score_of(row))
    else:
        by_file = {f: [score_of(r) for r in warn(qipan, method, settings, [f], freq)] for f in files}
    for f in files:
        found.take(labels[f], by_file[f], start)
    return found


def daily(qipan, data, settings):
    print("\ndaily, 0.5 % false alarms: detection")
    print("category   outbreaks   gpnb  ears-c2  threshold of gpnb  limit 3.0: false alarms, detection")
    sums, wrong = [0.0, 0.0], 0
    for c in CATEGORIES:
        files = sorted(glob.glob(os.path.join(data, f"sim_daily_{c}_*.csv")))
        g = labelled(qipan, files, "gpnb", settings, FROM_DAY, None, True)
        e = labelled(qipan, files, "ears-c2", [], FROM_DAY, None, False)
        (mine, at), (c2, _) = g.detection(0.005), e.detection(0.005)
        false = sum(s >= 3 for s in g.quiet) / len(g.quiet)
        hit = sum(s >= 3 for s in g.outbreaks) / len(g.outbreaks)
        print(f"{c:10} {len(g.outbreaks):9}  {mine:5.3f}  {c2:7.3f}  {at:17.2f}  {100 * false:.2f} %, {hit:.3f}")
        sums[0] += mine
        sums[1] += c2
        if mine <= c2:
            wrong += 1
            print(f"FAILED  {c}: gpnb detects no more than ears-c2")
    ratio = sums[0] / sums[1]
    print(f"mean       gpnb {sums[0] / 5:.3f}, ears-c2 {sums[1] / 5:.3f}: {ratio:.2f} times (goal 2.20)")
    if ratio < 2.2:
        wrong += 1
        print("FAILED  the mean is below 2.2 times that of ears-c2")
    return wrong


def by_weeks(path):
    """(date, count, outbreak) of each whole week of a daily series."""
    days = table(path)
    weeks = [days[k:k + 7] for k in range(0, len(days) - 6, 7)]
    return [(w[0]["date"], sum(int(r["observed"]) for r in w), max(int(r["outbreak_id"]) for r in w)) for w in weeks]


def weekly_of(qipan, series, settings):
    """Detection of gpnb and of Farrington's flexible method; each series is told with its dates, as a node would have them."""
    found = {"gpnb": Labelled(), "farrington-flexible": Labelled()}
    with tempfile.TemporaryDirectory() as scratch:
        dated, numbered = ([os.path.join(scratch, f"{name}{k}.csv") for k in range(len(series))] for name in ("dated", "numbered"))
        for weeks, by_date, by_number in zip(series, dated, numbered):
            with open(by_date, "w") as f:
                f.write("date,observed\n" + "".join(f"{w[0]},{w[1]}\n" for w in weeks))
            with open(by_number, "w") as f:  # as R has Farrington's weeks
                f.write("i,observed\n" + "".join(f"{i + 1},{w[1]}\n" for i, w in enumerate(weeks)))
        alone = {f: [] for f in numbered}  # its series know nothing of each other: all in one call
        for row in warn(qipan, "farrington-flexible", ["b=2"], numbered, 52):
            alone[row["file"]].append(score_of(row))
        for weeks, by_date, by_number in zip(series, dated, numbered):
            labels = [w[2] for w in weeks]
            found["gpnb"].take(labels, [score_of(r) for r in warn(qipan, "gpnb", settings, [by_date], 52)], FROM_WEEK, 1)
            found["farrington-flexible"].take(labels, alone[by_number], FROM_WEEK, 1)
    n = len(found["gpnb"].outbreaks)
    return n, *(round(f.detection(0.02)[0], 3) for f in found.values())


def weekly(qipan, data, settings):
    vectors = [[(r["label"], int(r["observed"]), int(r["outbreak_id"])) for r in table(f)]
               for f in sorted(glob.glob(os.path.join(data, "sim_weekly_*.csv")))]
    others = [by_weeks(f) for f in sorted(glob.glob(os.path.join(data, "sim_daily_*.csv"))) if not f.endswith("_01.csv")]
    wrong = 0
    print("\nweekly, 2 % false alarms: detection")
    for what, series in (("vectors", vectors), ("the other daily ones by weeks", others)):
        n, mine, theirs = weekly_of(qipan, series, settings)
        print(f"{what}: {len(series)} series, {n} outbreaks, gpnb {mine:.3f}, farrington-flexible {theirs:.3f}")
        if mine <= theirs:
            wrong += 1
            print("FAILED  gpnb detects no more than farrington-flexible")
    return wrong


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", default=os.path.join(os.environ.get("QIPAN_TEST_DATA") or os.path.join(os.path.dirname(ROOT), "shared/data"), "insight"))
    p.add_argument("--qipan", default=os.path.join(ROOT, "build/release/qipan"))
    p.add_argument("--only", choices=["vectors", "daily", "weekly"])
    p.add_argument("--plant", choices=sorted(PLANTS))
    p.add_argument("--set", action="append", default=[], help="a setting of gpnb, to try it")
    a = p.parse_args()
    if not os.path.exists(os.path.join(a.data, "ears_k1.csv")):
        print(f"SKIPPED: no vectors in {a.data or 'any folder'}: give their folder by --data or QIPAN_TEST_DATA")
        return 0
    wrong = 0
    if a.only in (None, "vectors"):
        wrong += compare_all(a.qipan, a.data, a.plant)
    if a.only in (None, "daily"):
        wrong += daily(a.qipan, a.data, a.set)
    if a.only in (None, "weekly"):
        wrong += weekly(a.qipan, a.data, a.set)
    print(f"\n{'FAILED: ' + str(wrong) if wrong else 'all as it should be'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
