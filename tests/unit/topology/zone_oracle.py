"""Compares zone_probe with python's zoneinfo: offsets, local times, instants of local times (also repeated and skipped
ones), board buckets and the starts of days, at the edges of daylight saving time and at random instants.

    zone_oracle.py ZONE_PROBE [--all]      --all: every zone of the system, not only the listed ones
"""
import datetime as dt
import random
import subprocess
import sys
import zoneinfo

LISTED = [
    "America/New_York", "Asia/Shanghai", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "UTC",
    "Europe/Dublin",        # winter time is the exception in its rule
    "America/Nuuk",         # changes at a negative hour
    "Asia/Gaza",            # changes at hour 50
    "Africa/Casablanca", "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "America/Havana", "Asia/Tehran",
    "Asia/Kathmandu", "Pacific/Chatham", "Antarctica/Troll", "Etc/GMT+5",
]
UTC = dt.timezone.utc
EPOCH = dt.datetime(1970, 1, 1, tzinfo=UTC)
FIRST, LAST = 0, int((dt.datetime(2037, 12, 31, tzinfo=UTC) - EPOCH).total_seconds())
FAR = int((dt.datetime(2100, 1, 1, tzinfo=UTC) - EPOCH).total_seconds())


def local(zone, at):
    return (EPOCH + dt.timedelta(seconds=at)).astimezone(zone)


def offset(zone, at):
    return int(local(zone, at).utcoffset().total_seconds())


def changes(zone, first, last):
    """Instants at which the offset changes, by halving days in which it differs at both ends."""
    found = []
    step = 86400
    at = first
    while at < last:
        if offset(zone, at) != offset(zone, at + step):
            lo, hi = at, at + step
            while hi - lo > 1:
                mid = (lo + hi) // 2
                lo, hi = (mid, hi) if offset(zone, mid) == offset(zone, lo) else (lo, mid)
            found.append(hi)
        at += step
    return found


def offset_text(seconds):
    minutes = abs(seconds) // 60
    return "%s%02d:%02d" % ("-" if seconds < 0 else "+", minutes // 60, minutes % 60)


def want_utc(zone, at):
    t = local(zone, at)
    seconds = int(t.utcoffset().total_seconds())
    year, week, _ = t.isocalendar()
    return "%d %04d-%02d-%02d %02d:%02d:%02d %04d-%02d-%02dT%02d:00%s %s %04d-W%02d %04d-%02d" % (
        seconds, t.year, t.month, t.day, t.hour, t.minute, t.second, t.year, t.month, t.day, t.hour,
        offset_text(seconds), t.date().isoformat(), year, week, t.year, t.month)


def want_local(zone, civil):
    # fold=0: a repeated time is the first, a skipped one takes the offset before the gap
    return "%d" % (dt.datetime(*civil, tzinfo=zone) - EPOCH).total_seconds()


def want_day(zone, days):
    """The first instant whose local date is that day or later, found from the noon before it."""
    date = dt.date(1970, 1, 1) + dt.timedelta(days=days)
    at = int((dt.datetime(date.year, date.month, date.day, tzinfo=zone) - EPOCH).total_seconds())
    lo, hi = at - 2 * 86400, at + 86400
    t = local(zone, at)
    if (t.hour, t.minute, t.second, t.date()) == (0, 0, 0, date):
        return "%d" % at
    while hi - lo > 1:
        mid = (lo + hi) // 2
        lo, hi = (mid, hi) if local(zone, mid).date() < date else (lo, mid)
    return "%d" % hi


def questions(name, rng, span):
    zone = zoneinfo.ZoneInfo(name)
    first, last = span
    edges = changes(zone, first, last)
    instants = [rng.randrange(first, last) for _ in range(400)]
    instants += [e + d for e in edges for d in (-7201, -3601, -1801, -1, 0, 1, 1799, 1800, 3599, 3600, 7200)]
    yield "Z " + name, "ok"
    for at in instants:
        if at < 0:
            continue
        yield "U %d" % at, want_utc(zone, at)
        t = local(zone, at)
        yield "D %d" % (t.date() - dt.date(1970, 1, 1)).days, want_day(zone, (t.date() - dt.date(1970, 1, 1)).days)
        for shift in (0, -3600, -1800, 1800, 3600):
            c = (t + dt.timedelta(seconds=shift)).timetuple()[:6]
            yield "L %d %d %d %d %d %d" % c, want_local(zone, c)


def main():
    probe = sys.argv[1]
    seed = random.randrange(1 << 30)
    rng = random.Random(seed)
    names = sorted(zoneinfo.available_timezones() - {"localtime", "Factory"}) if "--all" in sys.argv else LISTED
    spans = [(FIRST, LAST), (FAR, FAR + 2 * 366 * 86400)]
    asked = [q for name in names for span in spans for q in questions(name, rng, span)]
    run = subprocess.run([probe], input="".join(q + "\n" for q, _ in asked), capture_output=True, text=True, check=True)
    answers = run.stdout.splitlines()
    wrong = 0
    name = ""
    for (question, want), got in zip(asked, answers, strict=True):
        if question.startswith("Z "):
            name = question
        if want != got:
            wrong += 1
            if wrong <= 10:
                print("%s: %s: want %s, got %s" % (name, question, want, got))
    print("%d zones, %d questions, %d wrong, seed %d" % (len(names), len(asked), wrong, seed))
    return 1 if wrong or len(asked) < 1000 else 0


sys.exit(main())
