/* projector.h: what is kept beside the journal, one row each: how it is made, changed, written, forgotten, and what
 * the passing of time does to it.
 *
 *   a row of a matter changes ─► change ─┐
 *   an event (effects.c) ────────────────┴─► in memory ─► flush: into its tables, at the turn's end
 *   time passes ─► sweep: in a turn and at the end of a replay, by the tables alone (B3)
 *             └──► tick:  in a turn alone; it may say events, which a replay finds in the journal
 *
 * The turn's end, the catching up, an aborted turn and the next deadline loop over the rows (projector.c). To add one:
 * its tables in node/store/layout.h, its name below, its row in projector.c. A table that is no row's, or two rows', stops every start
 * (qp_projectors_complete).
 *
 * All of it on the turn's thread. An error of a flush, sweep or tick ends the turn. */
#ifndef QP_NODE_CORE_PROJECTOR_H
#define QP_NODE_CORE_PROJECTOR_H

#include "node/core/private.h"

struct qp_projector {
    const char *name;
    uint64_t tables; /* bit t: table t is written by it alone */
    /* The state in memory, of a node that knows who it is; NULL: no memory. Undone by end. */
    void *(*make)(struct qp_core *c);
    void (*end)(void *state);
    /* A matter's row as it was written last and as it is being written now; either may be NULL. Must not fail: what
     * goes wrong is told by flush. NULL: matters are nothing to it. */
    void (*change)(void *state, const Qp__Row *before, const Qp__Row *after);
    int (*flush)(struct qp_work *w, void *state, struct qp_err *e);
    void (*forget)(void *state); /* what was not committed: the turn was given up */
    /* Brings the tables up to now; *more: there is more to do at once. NULL: time does nothing to them. */
    int (*sweep)(struct qp_work *w, void *state, bool *more, struct qp_err *e);
    /* Says what is due, in a turn of a node that may speak; lowers *next_us to when it wants to be asked again. NULL. */
    int (*tick)(struct qp_work *w, void *state, int64_t *next_us, struct qp_err *e);
    /* The time at which it will next have something to do for what this turn has changed, INT64_MAX: never. Must be
     * there where sweep is. */
    int64_t (*next)(struct qp_work *w, void *state);
};

/* The rows by name: where a core keeps each one's state (`kept`). */
enum qp_projector_row {
    QP_ROW_MATTER,
    QP_ROW_BOARD,
    QP_ROW_WATCH,
    QP_ROW_CLUE,
    QP_ROW_LINE,
    QP_ROW_PERSONAL,
    QP_ROW_URGE
};

bool qp_projectors_make(struct qp_core *c); /* false: no memory; undone by end all the same */
void qp_projectors_end(struct qp_core *c);
/* A matter's row changes: `changed` of qp_matters; core is the struct qp_core. */
void qp_projectors_change(void *core, const Qp__Row *before, const Qp__Row *after);
int qp_projectors_flush(struct qp_work *w, struct qp_err *e);
void qp_projectors_forget(struct qp_core *c);
int qp_projectors_sweep(struct qp_work *w, bool *more, struct qp_err *e);
int qp_projectors_tick(struct qp_work *w, int64_t *next_us, struct qp_err *e);
int64_t qp_projectors_next(struct qp_work *w);
/* Asserts that every table that is not the core's or the store's own is one row's, and one row's alone. */
void qp_projectors_complete(void);
/* Which row writes this table; NULL: the core itself. */
const struct qp_projector *qp_projector_of(enum qp_table t);

#endif
