/* duty.h: who is on duty (GR3) and who is on patrol (GR4): what people say, what becomes of it in the tables, and what may
 * be read of it. Rules: node/field/RULES.md.
 *
 *   POST /duty, /patrols ─► QP_OP_GROUND ─► decided here ─► DutySaid, PatrolStarted, PatrolMarked ─► to the horizon
 *                                                             └─► tables DUTY, PATROL, here and at every superior
 *
 * A shift ends by itself: whoever reads compares its end with the time, at every level alike, also where nothing is heard.
 * No position is in any of it (node/field/where.h has those). */
#ifndef QP_NODE_CORE_DUTY_H
#define QP_NODE_CORE_DUTY_H

#include "node/core/core.h"
#include "node/field/minutes.h"
#include "node/field/where.h"
#include "proto/field.pb-c.h"

struct qp_work;

enum { QP_SHIFT_MOST_S = 24 * 3600 }; /* of a shift without another end, and at the most */
enum {
    QP_STATED_MOST_S = 24 * 3600, /* so far back a patrol's own person may state a time */
    QP_STATED_SINCE_S =
        60, /* a time not older than that was said in time: the way from a phone to its node */
};

/* One that goes on: for longer than a shift may last nobody walks. It is over, whoever has yet to stop it. */
static inline bool qp_patrol_is_forgotten(int64_t started_us, int64_t now_us)
{
    return started_us < now_us - (int64_t)QP_SHIFT_MOST_S * 1000000;
}

/* ---- the turn's ---- */
int qp_duty_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
/* An account has ended: whoever it was is off duty, seen nowhere any more, and his patrol is over, here and at every superior. */
int qp_duty_leaves(struct qp_work *w, const char *person, const char *by, struct qp_err *e);
int qp_patrol_leaves(struct qp_work *w, const char *person, const char *by, struct qp_err *e);
int qp_patrol_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
/* The facts. */
int qp_duty_said(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_patrol_started(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_patrol_marked(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);

/* ---- any thread ---- */
struct qp_where *qp_core_where(struct qp_core *c);

/* Somebody, as his node last said; in the arena. QP_ENOTFOUND: nothing was ever said of him. */
int qp_duty_read(struct qp_read *r, const uint8_t node[QP_ID_LEN], const char *person, struct qp_arena *a,
                 Qp__DutyRow **out);
bool qp_duty_on(const Qp__DutyRow *row, int64_t now_us);
/* All that is known of duty, by node and person; `each` returns 0 to go on. row: good for this call. */
int qp_duties_each(struct qp_read *r, int (*each)(void *arg, const uint8_t *node, const Qp__DutyRow *row),
                   void *arg, struct qp_err *e);

int qp_patrol_read(struct qp_read *r, const uint8_t id[QP_ID_LEN], struct qp_arena *a, Qp__PatrolRow **out);
/* The patrol of this node that a person is on. QP_ENOTFOUND. */
int qp_patrol_of(struct qp_read *r, const char *person, uint8_t id[QP_ID_LEN]);
/* Newest first, those started in [from, to); to INT64_MAX: all. before: NULL, or an id: only those behind it in this order. */
int qp_patrols_each(struct qp_read *r, int64_t from_us, int64_t to_us, const uint8_t *before,
                    int (*each)(void *arg, const Qp__PatrolRow *row), void *arg, struct qp_err *e);
/* What counts of each, by the local day of its start: days [from, to]. */
struct qp_patrol_count {
    int32_t day;
    const uint8_t *node, *id;
    const char *grid;
    uint32_t minutes;
    bool police, stopped;
};
int qp_patrols_count(struct qp_read *r, int32_t from, int32_t to,
                     int (*each)(void *arg, const struct qp_patrol_count *c), void *arg, struct qp_err *e);
/* The marks of a patrol that goes on, of this node, in order; how many. */
size_t qp_patrol_marks(const Qp__PatrolRow *row, struct qp_mark *out, size_t cap);

#endif
