/* line.h: lines in the turn (node/line has their rows, rules LI1 to LI9): what people say is sealed and said, what comes
 * is kept, what is owed to others is said when it can be. For the files of this room. */
#ifndef QP_NODE_CORE_LINE_H
#define QP_NODE_CORE_LINE_H

#include "node/core/private.h"
#include "node/line/line.h"

static inline struct qp_line_db qp_line_db_of(struct qp_work *w)
{
    return (struct qp_line_db){
        .tables = w->t->tables, .store = w->c->store, .a = w->c->arena, .self = w->c->self.node};
}

/* ---- line.c ---- */
/* QP_OP_LINE. Reply: `matter` is the line's id, `position` this node's seq of what was said; created: it is new. */
int qp_line_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
/* An event of a line, in a turn and in a replay. Relays keep the parcel and nothing else of it. */
int qp_line_heard(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index,
                  int64_t received_us, struct qp_err *e);
/* Says it to these nodes in the lane of lines, or, where they are none, to nobody: it is kept here. Applies it. */
int qp_line_say(struct qp_work *w, const Qp__Event *ev, const uint8_t *const *to, size_t n, struct qp_err *e);
/* This node's present key; one is taken into use where there is none. QP_EBUSY: there is no spare just now. */
int qp_line_present_key(struct qp_work *w, struct qp_line_key *key, struct qp_err *e);
/* Takes the spare into use. lost: what was sealed to those before can be read no more. QP_EBUSY. */
int qp_line_new_key(struct qp_work *w, bool lost, struct qp_err *e);

/* ---- line_may.c ---- */
/* NULL: its origin may say it; else why not. */
const char *qp_line_may(struct qp_work *w, const Qp__Event *ev);
/* May it not be said as far as is known here, and be true all the same: of a matter's own line, whose members come with the matter's
 * events (line_wait.c)? */
bool qp_line_may_later(struct qp_work *w, const Qp__Event *ev);
/* The nodes that work on a matter and this one, as members of its line, into the arena. QP_ENOTFOUND: no such matter
 * here, or `who` does not see it; QP_ESTEP: this node neither works on it nor lies above one that does. */
int qp_line_of_matter(struct qp_work *w, const struct qp_asker *who, const uint8_t matter[QP_ID_LEN],
                      Qp__LineMember ***out, size_t *n, struct qp_err *e);

/* ---- line_wait.c ---- */
/* What another node said, and may not say as far as is known here: it waits where that may change. */
int qp_line_hold(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index, struct qp_err *e);
/* Who has to do with this matter, or is on its line, may be another now: what waits there and may be said is heard. */
int qp_line_let_in(struct qp_work *w, const uint8_t line[QP_ID_LEN], int64_t received_us, struct qp_err *e);

/* ---- line_ring.c ---- */
int64_t qp_line_ring_next(
    const struct qp_core *c); /* when its file is tried again; INT64_MAX: it is as it should be */

/* ---- line_tick.c: a projector's row ---- */
void *qp_line_state(struct qp_core *c);
void qp_line_state_end(void *state);
void qp_line_state_forget(void *state); /* looks at everything again */
int qp_line_tick(struct qp_work *w, void *state, int64_t *next_us, struct qp_err *e);

#endif
