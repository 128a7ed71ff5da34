/* clock.c: how a clock moves. Pure (clock.h); what it says beside its due is clock_read.c.
 *
 *              ┌── sort: earlier · state · extend, later: later ──┐
 *              │                                                  │
 *   start ─► RUNNING ───── pause, before the due ────► HELD (no due; `left` is kept)
 *              │   ▲                                     │
 *              │   └── resume: due = now + left ─────────┘
 *              ├────── pause, at or after the due ───► IDLE (used up: the due stays) ── resume ─► RUNNING
 *              │
 *              └─ end (from each of the three) ─► ENDED ── reopen: the old due ─► RUNNING
 *
 *            pause  resume  extend  move  end  reopen        move: sort, later
 *   RUNNING    x               x      x    x
 *   HELD               x       x      x    x
 *   IDLE               x       x      x    x
 *   ENDED                                         x
 *
 * What holds after every change: pauses ascend and only the last goes on; held means paused and the due was not
 * reached when the pause began, with something left to count. */
#include "node/matter/clock.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum state { RUNNING, HELD, IDLE, ENDED };
enum act { PAUSE, RESUME, EXTEND, MOVE, END, REOPEN };

#define FROM(state) (1u << (state))
static const unsigned possible[] = {
    [PAUSE] = FROM(RUNNING),
    [RESUME] = FROM(HELD) | FROM(IDLE),
    [EXTEND] = FROM(RUNNING) | FROM(HELD) | FROM(IDLE),
    [MOVE] = FROM(RUNNING) | FROM(HELD) | FROM(IDLE),
    [END] = FROM(RUNNING) | FROM(HELD) | FROM(IDLE),
    [REOPEN] = FROM(ENDED),
};

static enum state state_of(const struct qp_clock *c)
{
    if (c->end != QP_CLOCK_GOES_ON)
        return ENDED;
    return c->held ? HELD : qp_clock_paused(c) ? IDLE : RUNNING;
}

static bool may(const struct qp_clock *c, enum act act)
{
    return possible[act] & FROM(state_of(c));
}

static int no(const struct qp_clock *c, const char *what, struct qp_err *e)
{
    static const char *const is[] = {"runs", "is paused", "is paused", "has ended"};
    return qp_fail(e, QP_ESTEP, "the %s clock %s: %s", qp_clock_stage_name(c->stage), is[state_of(c)], what);
}

static struct qp_pause *last_pause(struct qp_clock *c)
{
    return c->npauses > 0 ? &c->pauses[c->npauses - 1] : NULL;
}

/* No time runs backwards: not before the clock's last change. (And none is so late that sums of it overflow.) */
static int64_t not_before(struct qp_clock *c, int64_t at_us)
{
    const struct qp_pause *p = last_pause(c);
    int64_t last = !p ? c->start_us : p->to_us == QP_NEVER_US ? p->from_us : p->to_us;
    if (c->end != QP_CLOCK_GOES_ON && c->ended_us > last)
        last = c->ended_us;
    if (at_us > QP_CLOCK_MOST_US)
        at_us = QP_CLOCK_MOST_US;
    return at_us > last ? at_us : last;
}

/* ---- its own measure ---- */

static enum qp_measure measure_of(const struct qp_clock *c)
{
    return qp_unit_measure(c->amount.unit);
}

static int32_t own_day(const struct qp_clock *c, const struct qp_calendar *cal)
{
    return qp_calendar_day(cal, c->start_us);
}

/* When the whole amount is used up without a pause. */
static int64_t due_from_start(const struct qp_clock *c, const struct qp_calendar *cal)
{
    switch (measure_of(c)) {
    case QP_MEASURE_TIME: return c->start_us + qp_duration_us(&c->amount);
    case QP_MEASURE_WORK: return qp_calendar_add(cal, c->start_us, qp_duration_us(&c->amount));
    case QP_MEASURE_CLOSES: return qp_calendar_close(cal, c->start_us, own_day(c, cal), c->amount.n);
    case QP_MEASURE_DAYS: break;
    }
    const struct qp_zone *z = qp_calendar_zone(cal);
    int64_t due = qp_zone_first(z, qp_zone_local_us(z, c->start_us) + c->amount.n * INT64_C(86400000000));
    return due > c->start_us ? due : c->start_us; /* 0d in the second of two equal hours */
}

int64_t qp_clock_left(const struct qp_clock *c, const struct qp_calendar *cal, int64_t now_us)
{
    if (c->held)
        return c->left;
    if (c->due_us <= now_us)
        return 0;
    switch (measure_of(c)) {
    case QP_MEASURE_TIME:
    case QP_MEASURE_DAYS: return c->due_us - now_us;
    case QP_MEASURE_WORK: return qp_calendar_worked(cal, now_us, c->due_us);
    case QP_MEASURE_CLOSES: break;
    }
    /* A due that was stated or extended to another moment than a close has the close after it still to pass. */
    int64_t n = qp_calendar_closes(cal, now_us, c->due_us, own_day(c, cal));
    bool at_close = qp_calendar_close_back(cal, c->due_us, 0) == c->due_us;
    return n + !at_close > 0 ? n + !at_close : 1;
}

/* Nothing of the clock's measure lies in a pause, and its due is still ahead. */
static bool lost_nothing(const struct qp_clock *c, const struct qp_calendar *cal, int64_t from_us,
                         int64_t to_us)
{
    if (to_us >= c->due_us)
        return false;
    switch (measure_of(c)) {
    case QP_MEASURE_TIME:
    case QP_MEASURE_DAYS: return to_us == from_us;
    case QP_MEASURE_WORK: return qp_calendar_worked(cal, from_us, to_us) == 0;
    case QP_MEASURE_CLOSES: break;
    }
    return qp_calendar_closes(cal, from_us, to_us, QP_CALENDAR_NO_DAY) == 0;
}

/* What is left may be a liar's word: it leads to no time beyond all, and where closes are counted to the next one at least. */
static int64_t due_from(const struct qp_clock *c, const struct qp_calendar *cal, int64_t at_us)
{
    if (lost_nothing(c, cal, c->pauses[c->npauses - 1].from_us, at_us))
        return c->due_us;
    switch (measure_of(c)) {
    case QP_MEASURE_TIME:
    case QP_MEASURE_DAYS: return c->left < QP_CLOCK_MOST_US - at_us ? at_us + c->left : QP_CLOCK_MOST_US;
    case QP_MEASURE_WORK: return qp_calendar_add(cal, at_us, c->left);
    case QP_MEASURE_CLOSES: break;
    }
    return qp_calendar_close(cal, at_us, own_day(c, cal), c->left > 0 ? c->left : 1);
}

/* The due at which it would come out if a pause that goes on ended now. */
static int64_t due_if_resumed(const struct qp_clock *c, const struct qp_calendar *cal, int64_t at_us)
{
    return c->held ? due_from(c, cal, at_us) : c->due_us;
}

/* ---- until ---- */

/* The due at the end of a pause whose end is known. */
static void look_ahead(struct qp_clock *c, const struct qp_calendar *cal)
{
    c->until_due_us = QP_NEVER_US;
    if (c->held && c->until_us != QP_NEVER_US)
        c->until_due_us = due_from(c, cal, c->until_us);
}

static void check(const struct qp_clock *c)
{
    assert(!qp_clock_fault(c));
    (void)c;
}

/* A new due of a clock, paused or not: what is left is counted from where it stands. */
static void set_due(struct qp_clock *c, const struct qp_calendar *cal, int64_t due_us,
                    enum qp_due_basis basis)
{
    c->due_us = due_us;
    c->basis = basis;
    c->held = false;
    if (qp_clock_paused(c) && last_pause(c)->from_us < due_us) {
        c->left = qp_clock_left(c, cal, last_pause(c)->from_us);
        c->held = true;
    } else {
        c->left = 0;
    }
    look_ahead(c, cal);
    check(c);
}

/* ---- start ---- */

static void begin(struct qp_clock *c, enum qp_clock_stage stage, const struct qp_duration *amount,
                  const char *rule, int64_t at_us)
{
    c->stage = stage;
    c->amount = *amount;
    snprintf(c->rule, sizeof c->rule, "%s", rule);
    c->later_by[0] = 0;
    c->start_us = at_us;
    c->held = false;
    c->left = 0;
    c->until_us = c->until_due_us = QP_NEVER_US;
    c->basis = QP_DUE_BY_RULE;
    c->end = QP_CLOCK_GOES_ON;
    c->ended_us = QP_NEVER_US;
    c->npauses = 0;
}

int qp_clock_start(struct qp_clock *c, enum qp_clock_stage stage, const struct qp_duration *amount,
                   const char *rule, const struct qp_calendar *cal, int64_t at_us, struct qp_err *e)
{
    assert((unsigned)stage < QP_CLOCK_STAGES && qp_duration_sound(amount));
    assert(cal || qp_unit_measure(amount->unit) == QP_MEASURE_TIME);
    if (at_us < QP_CLOCK_FIRST_US || at_us >= QP_CLOCK_END_US)
        return qp_fail(e, QP_EINVAL, "a clock starts in the years 1900 to 2199");
    begin(c, stage, amount, rule, at_us);
    c->due_us = due_from_start(c, cal);
    if (c->due_us >= QP_CLOCK_END_US) {
        char text[QP_DURATION_TEXT];
        qp_duration_text(text, amount);
        return qp_fail(e, QP_EINVAL,
                       "%s from there on is not used up by the end of 2199: give less, or more hours", text);
    }
    check(c);
    return 0;
}

void qp_clock_start_stated(struct qp_clock *c, enum qp_clock_stage stage, int64_t due_us, bool importer,
                           int64_t at_us)
{
    static const struct qp_duration none = {0, QP_UNIT_S};
    begin(c, stage, &none, "", at_us);
    c->due_us = due_us;
    c->basis = importer ? QP_DUE_IMPORTED : QP_DUE_STATED;
    check(c);
}

bool qp_clock_state(struct qp_clock *c, const struct qp_calendar *cal, int64_t due_us, bool importer)
{
    if (!may(c, MOVE) || (!importer && due_us >= c->due_us))
        return false;
    set_due(c, cal, due_us, importer ? QP_DUE_IMPORTED : QP_DUE_STATED);
    return true;
}

/* ---- pauses ---- */

int qp_clock_pause(struct qp_clock *c, const struct qp_calendar *cal, int64_t at_us, struct qp_err *e)
{
    if (!may(c, PAUSE))
        return no(c, "only a running clock is paused", e);
    if (c->npauses == QP_CLOCK_PAUSES_MAX)
        return qp_fail(
            e, QP_ESTEP,
            "the %s clock has been paused %d times, more is not kept: close the matter, or go on without",
            qp_clock_stage_name(c->stage), QP_CLOCK_PAUSES_MAX);
    at_us = not_before(c, at_us);
    if (at_us < c->due_us) {
        c->left = qp_clock_left(c, cal, at_us);
        c->held = true;
    }
    c->pauses[c->npauses++] = (struct qp_pause){at_us, QP_NEVER_US};
    check(c);
    return 0;
}

int qp_clock_resume(struct qp_clock *c, const struct qp_calendar *cal, int64_t at_us, struct qp_err *e)
{
    if (!may(c, RESUME))
        return no(c, "only a paused clock is resumed", e);
    at_us = not_before(c, at_us);
    if (c->held) {
        c->due_us = due_from(c, cal, at_us);
        c->held = false;
        c->left = 0;
    }
    last_pause(c)->to_us = at_us;
    c->until_us = c->until_due_us = QP_NEVER_US;
    check(c);
    return 0;
}

void qp_clock_until(struct qp_clock *c, const struct qp_calendar *cal, int64_t until_us)
{
    assert(c->end == QP_CLOCK_GOES_ON && qp_clock_paused(c));
    c->until_us = not_before(c, until_us);
    look_ahead(c, cal);
    check(c);
}

void qp_clock_settle(struct qp_clock *c, int64_t now_us)
{
    if (c->end != QP_CLOCK_GOES_ON || c->until_us > now_us)
        return;
    if (c->held)
        c->due_us = c->until_due_us;
    c->held = false;
    c->left = 0;
    last_pause(c)->to_us = c->until_us;
    c->until_us = c->until_due_us = QP_NEVER_US;
    check(c);
}

/* ---- what moves the due otherwise ---- */

int qp_clock_extend(struct qp_clock *c, const struct qp_calendar *cal, int64_t until_us, int64_t asked_us,
                    struct qp_err *e)
{
    if (!may(c, EXTEND))
        return no(c, "the extension has no effect", e);
    if (!c->held && asked_us > c->due_us)
        return no(c, "it was due before the extension was asked for, and stays missed", e);
    if (until_us <= c->due_us)
        return qp_fail(e, QP_EINVAL, "until: must be later than the due of the %s clock",
                       qp_clock_stage_name(c->stage));
    set_due(c, cal, until_us, QP_DUE_EXTENDED);
    return 0;
}

/* The clock as it would stand if it had run by this rule from its start; false: no due by 2199. */
static bool run_again(struct qp_clock *again, const struct qp_clock *c, const struct qp_duration *amount,
                      const char *rule, const struct qp_calendar *cal)
{
    if (qp_clock_start(again, c->stage, amount, rule, cal, c->start_us, NULL))
        return false;
    for (unsigned i = 0; i < c->npauses; i++) {
        qp_clock_pause(again, cal, c->pauses[i].from_us, NULL);
        if (c->pauses[i].to_us != QP_NEVER_US)
            qp_clock_resume(again, cal, c->pauses[i].to_us, NULL);
    }
    return again->due_us != QP_NEVER_US;
}

bool qp_clock_sort(struct qp_clock *c, const struct qp_duration *amount, const char *rule,
                   const struct qp_calendar *cal, int64_t at_us)
{
    struct qp_clock again;
    if (!may(c, MOVE) || c->basis == QP_DUE_EXTENDED || c->basis == QP_DUE_IMPORTED ||
        !run_again(&again, c, amount, rule, cal))
        return false;
    at_us = not_before(c, at_us);
    if (due_if_resumed(&again, cal, at_us) >= due_if_resumed(c, cal, at_us))
        return false;
    again.until_us = c->until_us;
    *c = again;
    look_ahead(c, cal);
    check(c);
    return true;
}

bool qp_clock_later(struct qp_clock *c, const struct qp_calendar *newer, const char *version, int64_t at_us)
{
    struct qp_clock again;
    if (!may(c, MOVE) || c->basis == QP_DUE_STATED || c->basis == QP_DUE_IMPORTED ||
        (!c->held && c->due_us < at_us) || !run_again(&again, c, &c->amount, c->rule, newer))
        return false;
    if (again.held != c->held || (c->held ? again.left <= c->left : again.due_us <= c->due_us))
        return false;
    c->due_us = again.due_us;
    c->left = again.left;
    c->basis = QP_DUE_BY_RULE;
    look_ahead(c, newer);
    snprintf(c->later_by, sizeof c->later_by, "%s", version);
    check(c);
    return true;
}

/* ---- its end ---- */

int qp_clock_end(struct qp_clock *c, enum qp_clock_end how, int64_t at_us, struct qp_err *e)
{
    assert(how == QP_CLOCK_DONE || how == QP_CLOCK_PASSED_ON);
    if (!may(c, END))
        return no(c, "it ends once", e);
    c->ended_us = not_before(c, at_us);
    c->end = how;
    check(c);
    return 0;
}

int qp_clock_reopen(struct qp_clock *c, const struct qp_calendar *cal, int64_t at_us, struct qp_err *e)
{
    if (!may(c, REOPEN))
        return no(c, "only one that has ended begins again", e);
    at_us = not_before(c, at_us);
    c->end = QP_CLOCK_GOES_ON;
    c->ended_us = QP_NEVER_US;
    return qp_clock_paused(c) ? qp_clock_resume(c, cal, at_us, e) : 0;
}
