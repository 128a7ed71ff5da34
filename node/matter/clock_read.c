/* clock_read.c: what a clock says: due, missed, left, used, paused, when to remind; and whether it is sound. */
#include "node/matter/clock.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

const char *qp_clock_stage_name(enum qp_clock_stage s)
{
    static const char *const names[] = {
#define X(name, word) word,
        QP_STAGE_LIST(X)
#undef X
    };
    return (unsigned)s < QP_CLOCK_STAGES ? names[s] : "unknown";
}

enum qp_clock_stage qp_stage_parse(const char *word)
{
    int s = 0;
    while (s < QP_CLOCK_STAGES && strcmp(word, qp_clock_stage_name((enum qp_clock_stage)s)) != 0)
        s++;
    return (enum qp_clock_stage)s;
}

int64_t qp_clock_due(const struct qp_clock *c)
{
    return c->held ? c->until_due_us : c->due_us;
}

bool qp_clock_paused(const struct qp_clock *c)
{
    return c->npauses > 0 && c->pauses[c->npauses - 1].to_us == QP_NEVER_US;
}

bool qp_clock_missed(const struct qp_clock *c, int64_t now_us)
{
    return (c->end == QP_CLOCK_GOES_ON ? now_us : c->ended_us) > qp_clock_due(c);
}

bool qp_clock_provisional(const struct qp_clock *c, const struct qp_calendar *cal)
{
    return qp_clock_due(c) != QP_NEVER_US && cal && qp_unit_measure(c->amount.unit) >= QP_MEASURE_WORK &&
           c->basis == QP_DUE_BY_RULE && qp_clock_due(c) > qp_calendar_known_us(cal);
}

/* ---- seconds of a measure ---- */

static bool counts_work(const struct qp_clock *c)
{
    enum qp_measure m = qp_unit_measure(c->amount.unit);
    return m == QP_MEASURE_WORK || m == QP_MEASURE_CLOSES;
}

/* Working or elapsed time of a span; cal NULL: elapsed. */
static int64_t span_us(const struct qp_calendar *cal, int64_t from_us, int64_t to_us)
{
    if (to_us <= from_us)
        return 0;
    return cal ? qp_calendar_worked(cal, from_us, to_us) : to_us - from_us;
}

int64_t qp_clock_left_us(const struct qp_clock *c, const struct qp_calendar *cal, int64_t now_us)
{
    if (!counts_work(c))
        return c->held ? c->left : c->due_us - now_us;
    if (c->held)
        now_us = c->pauses[c->npauses - 1].from_us;
    return span_us(cal, now_us, c->due_us) - span_us(cal, c->due_us, now_us);
}

/* [from, to) cut to what the clock has lived. */
static void clip(const struct qp_clock *c, int64_t *from_us, int64_t *to_us)
{
    if (*from_us < c->start_us)
        *from_us = c->start_us;
    if (*to_us > c->ended_us)
        *to_us = c->ended_us;
}

int64_t qp_clock_paused_us(const struct qp_clock *c, const struct qp_calendar *cal, int64_t from_us,
                           int64_t to_us)
{
    int64_t sum = 0;
    clip(c, &from_us, &to_us);
    for (unsigned i = 0; i < c->npauses; i++) {
        const struct qp_pause *p = &c->pauses[i];
        sum += span_us(counts_work(c) ? cal : NULL, p->from_us > from_us ? p->from_us : from_us,
                       p->to_us < to_us ? p->to_us : to_us);
    }
    return sum;
}

int64_t qp_clock_used_us(const struct qp_clock *c, const struct qp_calendar *cal, int64_t from_us,
                         int64_t to_us)
{
    clip(c, &from_us, &to_us);
    return span_us(counts_work(c) ? cal : NULL, from_us, to_us) - qp_clock_paused_us(c, cal, from_us, to_us);
}

/* ---- reminders ---- */

static int64_t before_due(const struct qp_clock *c, const struct qp_calendar *cal,
                          const struct qp_duration *d)
{
    if (d->n == 0)
        return c->due_us;
    switch (qp_unit_measure(d->unit)) {
    case QP_MEASURE_TIME: return c->due_us - qp_duration_us(d);
    case QP_MEASURE_WORK: return qp_calendar_back(cal, c->due_us, qp_duration_us(d));
    case QP_MEASURE_CLOSES: return qp_calendar_close_back(cal, c->due_us, d->n);
    case QP_MEASURE_DAYS: break;
    }
    const struct qp_zone *z = qp_calendar_zone(cal);
    return qp_zone_first(z, qp_zone_local_us(z, c->due_us) - d->n * INT64_C(86400000000));
}

int64_t qp_clock_remind(const struct qp_clock *c, const struct qp_calendar *cal,
                        const struct qp_duration *before)
{
    assert(qp_unit_measure(before->unit) == qp_unit_measure(c->amount.unit));
    if (c->held || c->due_us == QP_NEVER_US)
        return QP_NEVER_US;
    int64_t began = c->start_us, at = before_due(c, cal, before);
    for (unsigned i = 0; i < c->npauses && c->pauses[i].to_us <= c->due_us; i++)
        began = c->pauses[i].to_us;
    return at > began ? at : began;
}

/* ---- soundness ---- */

static const char *pauses_fault(const struct qp_clock *c)
{
    int64_t last = c->start_us;
    if (c->npauses > QP_CLOCK_PAUSES_MAX)
        return "it has more pauses than are kept";
    for (unsigned i = 0; i < c->npauses; i++) {
        const struct qp_pause *p = &c->pauses[i];
        if (p->from_us < last || p->to_us < p->from_us)
            return "its pauses do not ascend";
        if (p->to_us == QP_NEVER_US && i + 1 < c->npauses)
            return "a pause goes on although another follows it";
        last = p->to_us;
        if (p->from_us > QP_CLOCK_MOST_US || (last != QP_NEVER_US && last > QP_CLOCK_MOST_US))
            return "a pause is beyond all time";
    }
    return NULL;
}

const char *qp_clock_fault(const struct qp_clock *c)
{
    if ((unsigned)c->stage >= QP_CLOCK_STAGES)
        return "it is of no stage";
    if (!qp_duration_sound(&c->amount))
        return "its amount is no duration";
    if (!memchr(c->rule, 0, sizeof c->rule) || !memchr(c->later_by, 0, sizeof c->later_by))
        return "its rule is too long";
    if ((unsigned)c->basis > QP_DUE_IMPORTED || (unsigned)c->end > QP_CLOCK_PASSED_ON)
        return "it has a kind of due or of end that is not known";
    if (c->start_us < QP_CLOCK_FIRST_US || c->start_us >= QP_CLOCK_END_US)
        return "it starts outside the years 1900 to 2199";
    if ((c->end == QP_CLOCK_GOES_ON) != (c->ended_us == QP_NEVER_US) || c->ended_us < c->start_us)
        return "its end is not after its start";
    if (c->due_us != QP_NEVER_US && (c->due_us > QP_CLOCK_MOST_US || c->due_us < -QP_CLOCK_MOST_US))
        return "its due is beyond all time";
    const char *fault = pauses_fault(c);
    if (fault)
        return fault;
    if (c->held && (!qp_clock_paused(c) || c->pauses[c->npauses - 1].from_us >= c->due_us))
        return "it is held without a pause before its due";
    if (c->until_us != QP_NEVER_US &&
        (!qp_clock_paused(c) || c->until_us < c->pauses[c->npauses - 1].from_us ||
         c->until_us > QP_CLOCK_MOST_US))
        return "it goes on at a time at which it is not paused";
    if (c->until_due_us != QP_NEVER_US &&
        (!c->held || c->until_us == QP_NEVER_US || c->until_due_us < c->until_us ||
         c->until_due_us > QP_CLOCK_MOST_US))
        return "its due after the pause does not fit";
    if (c->left < 0 || (c->left > 0 && !c->held))
        return "something is left of what does not wait";
    return NULL;
}
