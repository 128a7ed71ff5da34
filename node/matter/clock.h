/* clock.h: one running clock of a matter, as a value: what was promised, since when, until when. Rules CL1 to CL8
 * and PO4 (topology/RULES.md); the working hours are topology/calendar.h.
 *
 * Pure: a clock, a calendar and a time in, a clock out. Nothing is allocated, no clock is read. The holder's node
 * calls this when it decides a step and states the outcome in the event; whoever else hears of it copies the
 * value and computes nothing, so that nodes with different policies agree (PO4).
 *
 *   policy ─► amount, rule, calendar ─► start ─► pause, resume, extend, sort, later ─► end ─► met?
 *
 * Instants are microseconds since 1970 UTC; QP_NEVER_US is none. A time that lies before the clock's last change
 * counts as that change's own (two machines' clocks differ): what is recorded never runs backwards.
 *
 * The calendar `cal` that a call takes is the one of the policy that the clock was started by, or of `later_by`
 * where that is not empty. It may be NULL for a clock in natural time (s, m, h).
 *
 * In events and in a matter's face it stands as the message Clock (proto/matter.proto), at most one a stage:
 * clock_form.c reads and writes it, clocks.h says which event moves which clock. */
#ifndef QP_NODE_MATTER_CLOCK_H
#define QP_NODE_MATTER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/error.h"
#include "proto/limits.h"
#include "topology/calendar.h"
#include "topology/duration.h"
#include "topology/stage.h"

enum {
    QP_CLOCK_RULE_MAX = QP_POLICY_RULE,       /* bytes of `rule`, without NUL */
    QP_CLOCK_POLICY_MAX = QP_POLICY_VERSIONS, /* bytes of a policy's version text */
    QP_CLOCK_PAUSES_MAX = QP_PAUSES,
};

/* The years in which clocks run: those of the calendars, in UTC. */
#define QP_CLOCK_FIRST_US (INT64_C(-25566) * 86400000000)
#define QP_CLOCK_END_US   (INT64_C(84005) * 86400000000)
/* No time of a clock is later, or earlier than less this: some 31,000 years. A stated due must be within. */
#define QP_CLOCK_MOST_US INT64_C(1000000000000000000)

enum qp_clock_stage {
#define X(name, word) QP_CLOCK_##name,
    QP_STAGE_LIST(X)
#undef X
        QP_CLOCK_STAGES
};

/* What a due rests on, and so what moves it: sorting moves the first two (earlier), a newer calendar the first
 * and the third (later). */
enum qp_due_basis { QP_DUE_BY_RULE, QP_DUE_STATED, QP_DUE_EXTENDED, QP_DUE_IMPORTED };

enum qp_clock_end { QP_CLOCK_GOES_ON, QP_CLOCK_DONE, QP_CLOCK_PASSED_ON };

struct qp_pause {
    int64_t from_us, to_us; /* QP_NEVER_US: goes on */
};

struct qp_clock {
    enum qp_clock_stage stage;
    struct qp_duration amount;              /* of one with a stated due and no rule: 0s */
    char rule[QP_CLOCK_RULE_MAX + 1];       /* for people: policy version, category, calendar */
    char later_by[QP_CLOCK_POLICY_MAX + 1]; /* the policy whose calendar made it later (PO4); "" */
    int64_t start_us;
    int64_t due_us;       /* held: as it was when the pause began; ask qp_clock_due */
    bool held;            /* paused before the amount was used up: it has no due */
    int64_t left;         /* held: what is left, in microseconds of time or work, or in closes of business */
    int64_t until_us;     /* paused: goes on by itself then, whoever is down (CL3); QP_NEVER_US: not */
    int64_t until_due_us; /* held: its due then */
    enum qp_due_basis basis;
    enum qp_clock_end end;
    int64_t ended_us;
    unsigned npauses;
    struct qp_pause pauses[QP_CLOCK_PAUSES_MAX]; /* ascending */
};

/* ---- what moves it; the drawing is in clock.c ----
 * Each returns 0, or QP_ESTEP: the clock is in another state, `e` says in which. The clock is then as before. */

/* QP_EINVAL: the amount is not used up by the end of 2199, or the start is not of 1900 to 2199. */
int qp_clock_start(struct qp_clock *c, enum qp_clock_stage stage, const struct qp_duration *amount,
                   const char *rule, const struct qp_calendar *cal, int64_t at_us, struct qp_err *e);
/* A clock that has a stated deadline and no rule; it counts in natural time. */
void qp_clock_start_stated(struct qp_clock *c, enum qp_clock_stage stage, int64_t due_us, bool importer,
                           int64_t at_us);
/* A stated deadline beside the rule's: the earlier counts, an importer's stands (CL3). True when it moved. */
bool qp_clock_state(struct qp_clock *c, const struct qp_calendar *cal, int64_t due_us, bool importer);

/* QP_ESTEP also when it has been paused QP_CLOCK_PAUSES_MAX times: the matter must be closed or handed on. */
int qp_clock_pause(struct qp_clock *c, const struct qp_calendar *cal, int64_t at_us, struct qp_err *e);
int qp_clock_resume(struct qp_clock *c, const struct qp_calendar *cal, int64_t at_us, struct qp_err *e);
/* A paused clock goes on by itself at until_us: what it is due then is known at once, to everybody. */
void qp_clock_until(struct qp_clock *c, const struct qp_calendar *cal, int64_t until_us);
/* If that time has come: the pause ended then. No calendar is needed. */
void qp_clock_settle(struct qp_clock *c, int64_t now_us);

/* An approved extension (CL5). QP_ESTEP: it was asked for after the due (a missed clock stays missed), or the clock
 * has ended: then the approval has no effect. QP_EINVAL: `until` is not later than the due. */
int qp_clock_extend(struct qp_clock *c, const struct qp_calendar *cal, int64_t until_us, int64_t asked_us,
                    struct qp_err *e);

/* A new rule, from the clock's own start and with its pauses (CL5). Taken, and true, only when its due is earlier:
 * of a paused clock, when it were resumed at at_us. An extension that was approved and a deadline that an importer
 * stated stay. A rule that gives no due by 2199 is not earlier. */
bool qp_clock_sort(struct qp_clock *c, const struct qp_duration *amount, const char *rule,
                   const struct qp_calendar *cal, int64_t at_us);

/* The same rule by a newer calendar (PO4), that of the policy `version`. Taken, and true, only when the due (held:
 * what is left) becomes more. A missed or ended clock and a stated deadline stay. */
bool qp_clock_later(struct qp_clock *c, const struct qp_calendar *newer, const char *version, int64_t at_us);

int qp_clock_end(struct qp_clock *c, enum qp_clock_end how, int64_t at_us, struct qp_err *e);
/* Goes on under the old due (CL8); a pause in which it ended lasted until now. */
int qp_clock_reopen(struct qp_clock *c, const struct qp_calendar *cal, int64_t at_us, struct qp_err *e);

/* ---- what it says ---- */

const char *qp_clock_stage_name(enum qp_clock_stage s); /* "close", "sign" ... as in the API */
enum qp_clock_stage qp_stage_parse(const char *word);   /* QP_CLOCK_STAGES: there is none */
/* QP_NEVER_US while it is held, and nobody knows until when. */
int64_t qp_clock_due(const struct qp_clock *c);
bool qp_clock_paused(const struct qp_clock *c);
/* Ended after the due; of one that goes on: now is after it. (One is overdue and not missed for ever while an
 * extension that was asked for in time may still be granted.) */
bool qp_clock_missed(const struct qp_clock *c, int64_t now_us);
/* A due after the calendar's known days. */
bool qp_clock_provisional(const struct qp_clock *c, const struct qp_calendar *cal);
/* What is left in the clock's own measure (see `left`); 0 when it is used up. */
int64_t qp_clock_left(const struct qp_clock *c, const struct qp_calendar *cal, int64_t now_us);
/* The same in microseconds for `left_s`: of work also where closes are counted; less than 0 beyond the due. */
int64_t qp_clock_left_us(const struct qp_clock *c, const struct qp_calendar *cal, int64_t now_us);

/* How long it ran between two instants, pauses and what is outside [start, end) taken out: working time for ws, wm,
 * wh and wd, else elapsed time. Consecutive spans add up to the whole, to the microsecond. */
int64_t qp_clock_used_us(const struct qp_clock *c, const struct qp_calendar *cal, int64_t from_us,
                         int64_t to_us);
/* How long it was paused there, measured alike; with cal NULL: elapsed. A pause that goes on is counted up to
 * `to` and, when it has ended, to its end. */
int64_t qp_clock_paused_us(const struct qp_clock *c, const struct qp_calendar *cal, int64_t from_us,
                           int64_t to_us);
/* Whole seconds of a part: those of parts add up to those of the whole (CL7). `before` was used before it. */
static inline int64_t qp_clock_share_s(int64_t before_us, int64_t part_us)
{
    return (before_us + part_us) / 1000000 - before_us / 1000000;
}

/* When to remind: the amount before the due, not before the clock last began to run (CL7). The amount's measure
 * must be the clock's own. QP_NEVER_US while it is held. */
int64_t qp_clock_remind(const struct qp_clock *c, const struct qp_calendar *cal,
                        const struct qp_duration *before);

/* What is wrong with one that came over a link or from a disk, as a phrase; NULL when it is sound. */
const char *qp_clock_fault(const struct qp_clock *c);

#endif
