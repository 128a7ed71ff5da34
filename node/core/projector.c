/* projector.c: the rows of projector.h, and the loops over them. */
#include "node/core/projector.h"

#include "node/core/lead.h"
#include "node/core/line.h"

#include <assert.h>

#include "node/core/personal.h"
#include "node/core/urge.h"
#include "node/core/warn.h"

#define QP_WRONG_AGAIN_US                                                                                    \
    (INT64_C(60) * 1000000) /* a clock that is wrong is asked about again after so long */
#define TABLE(NAME) (UINT64_C(1) << QP_T_##NAME)

/* ---- matters: rows, indexes, history; what is overdue ---- */

static void *matter_make(struct qp_core *c)
{
    return c->pending = qp_pending_new();
}

static void matter_end(void *state)
{
    qp_pending_free(state);
}

static int matter_flush(struct qp_work *w, void *state, struct qp_err *e)
{
    (void)state;
    return qp_matter_flush(&w->m, e);
}

static void matter_forget(void *state)
{
    qp_matter_forget(state);
}

static int matter_sweep(struct qp_work *w, void *state, bool *more, struct qp_err *e)
{
    (void)state;
    return qp_matter_sweep(&w->m, w->now_us, more, e);
}

static int64_t matter_next(struct qp_work *w, void *state)
{
    assert(w->now_us >= 0); /* deadlines stand in the order of unsigned numbers */
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t from[8];
    int64_t at = INT64_MAX;
    (void)state;
    if (mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_DEADLINE), &cur))
        return at;
    qp_be64(from, (uint64_t)w->now_us);
    k = (MDB_val){sizeof from, from};
    if (!mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE))
        at = (int64_t)qp_rd64(k.mv_data) + 1000;
    mdb_cursor_close(cur);
    return at;
}

/* ---- boards: counts ---- */

static void *board_make(struct qp_core *c)
{
    return qp_board_new(c->self.path, c->zone);
}

static void board_end(void *state)
{
    qp_board_free(state);
}

static void board_change(void *state, const Qp__Row *before, const Qp__Row *after)
{
    qp_board_change(state, before, after);
}

static int board_flush(struct qp_work *w, void *state, struct qp_err *e)
{
    return qp_board_flush(state, w->t, e);
}

static void board_forget(void *state)
{
    qp_board_forget(state);
}

/* ---- warnings: counts by day, and what is unusual in them ---- */

static void *watch_make(struct qp_core *c)
{
    return qp_watch_new(c->self.path, c->zone);
}

static void watch_end(void *state)
{
    qp_watch_free(state);
}

static void watch_change(void *state, const Qp__Row *before, const Qp__Row *after)
{
    qp_watch_change(state, before, after);
}

static int watch_flush(struct qp_work *w, void *state, struct qp_err *e)
{
    return qp_watch_flush(state, w->t, e);
}

static void watch_forget(void *state)
{
    qp_watch_forget(state);
}

/* T4: days are ended, and matters too old, by the clock: while the neighbours show another time neither is said. */
static bool clock_is_wrong(const struct qp_work *w, int64_t *next_us)
{
    int64_t at_us = w->now_us + QP_WRONG_AGAIN_US;
    assert(at_us > w->now_us);
    if (w->c->time_word != QP_TIME_WRONG)
        return false;
    *next_us = at_us < *next_us ? at_us : *next_us;
    return true;
}

static int watch_tick(struct qp_work *w, void *state, int64_t *next_us, struct qp_err *e)
{
    qp_watch_set_sure(state, w->c->time_word == QP_TIME_SURE);
    return clock_is_wrong(w, next_us) ? 0 : qp_warn_tick(w, state, next_us, e);
}

static int64_t watch_next(struct qp_work *w, void *state)
{
    return qp_watch_next(state, w->now_us);
}

/* ---- leads: matters that seem to be one thing ---- */

static void *clue_make(struct qp_core *c)
{
    const struct qp_clue_ties ties = {c, qp_lead_family, qp_lead_branch};
    return qp_clue_new(c->self.path, &ties);
}

static void clue_end(void *state)
{
    qp_clue_free(state);
}

static void clue_change(void *state, const Qp__Row *before, const Qp__Row *after)
{
    qp_clue_change(state, before, after);
}

static int clue_flush(struct qp_work *w, void *state, struct qp_err *e)
{
    return qp_clue_flush(state, w->t, e);
}

static void clue_forget(void *state)
{
    qp_clue_forget(state);
}

static int clue_tick(struct qp_work *w, void *state, int64_t *next_us, struct qp_err *e)
{
    return clock_is_wrong(w, next_us) ? 0 : qp_lead_tick(w, state, next_us, e);
}

static int64_t clue_next(struct qp_work *w, void *state)
{
    return qp_clue_next(state, w->now_us);
}

/* ---- lines: written as they are heard (node/line/fact.c); here is what they owe ---- */

static int line_flush(struct qp_work *w, void *state, struct qp_err *e)
{
    (void)w, (void)state, (void)e;
    return 0;
}

/* ---- the rows ----
 * Matters first: writing their rows tells the others what has changed. */
static const struct qp_projector rows[] = {
    [QP_ROW_MATTER] = {.name = "matter",
                       .tables = TABLE(MATTER) | TABLE(HISTORY) | TABLE(INDEX) | TABLE(UPDATED) |
                                 TABLE(DEADLINE) | TABLE(ARRIVED) | TABLE(FOLDED) | TABLE(REF) | TABLE(IDEM) |
                                 TABLE(EARLY),
                       .make = matter_make,
                       .end = matter_end,
                       .flush = matter_flush,
                       .forget = matter_forget,
                       .sweep = matter_sweep,
                       .next = matter_next},
    [QP_ROW_BOARD] = {.name = "board",
                      .tables = TABLE(CELL) | TABLE(NAME),
                      .make = board_make,
                      .end = board_end,
                      .change = board_change,
                      .flush = board_flush,
                      .forget = board_forget},
    [QP_ROW_WATCH] = {.name = "watch",
                      .tables = TABLE(DAILY) | TABLE(WARNING),
                      .make = watch_make,
                      .end = watch_end,
                      .change = watch_change,
                      .flush = watch_flush,
                      .forget = watch_forget,
                      .tick = watch_tick,
                      .next = watch_next},
    [QP_ROW_CLUE] = {.name = "clue",
                     .tables = TABLE(LEAD),
                     .make = clue_make,
                     .end = clue_end,
                     .change = clue_change,
                     .flush = clue_flush,
                     .forget = clue_forget,
                     .tick = clue_tick,
                     .next = clue_next},
    [QP_ROW_LINE] = {.name = "line",
                     .tables = TABLE(LINE),
                     .make = qp_line_state,
                     .end = qp_line_state_end,
                     .flush = line_flush,
                     .forget = qp_line_state_forget,
                     .tick = qp_line_tick},
    [QP_ROW_PERSONAL] = {.name = "personal",
                         .tables = TABLE(PERSONAL),
                         .make = qp_personal_make,
                         .end = qp_personal_end,
                         .change = qp_personal_change,
                         .flush = qp_personal_flush,
                         .forget = qp_personal_forget,
                         .tick = qp_personal_tick,
                         .next = qp_personal_next},
    [QP_ROW_URGE] = {.name = "urge",
                     .make = qp_urge_make,
                     .end = qp_urge_end,
                     .change = qp_urge_change,
                     .flush = qp_urge_flush,
                     .forget = qp_urge_forget,
                     .tick = qp_urge_tick,
                     .next = qp_urge_next},
};
enum { ROWS = sizeof rows / sizeof *rows };
_Static_assert(ROWS <= sizeof((struct qp_core *)0)->kept / sizeof(void *), "each row has its state");
_Static_assert(QP_TABLES <= 64, "a row says its tables in one word");

bool qp_projectors_make(struct qp_core *c)
{
    bool all = true;
    for (size_t i = 0; i < ROWS; i++) {
        assert(!c->kept[i]);
        c->kept[i] = rows[i].make(c);
        all &= !!c->kept[i];
    }
    return all;
}

void qp_projectors_end(struct qp_core *c)
{
    for (size_t i = ROWS; i-- > 0;) {
        if (c->kept[i])
            rows[i].end(c->kept[i]);
        c->kept[i] = NULL;
    }
}

void qp_projectors_change(void *core, const Qp__Row *before, const Qp__Row *after)
{
    assert(before || after); /* a row that neither was nor is has not changed */
    struct qp_core *c = core;
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].change)
            rows[i].change(c->kept[i], before, after);
}

int qp_projectors_flush(struct qp_work *w, struct qp_err *e)
{
    int rc = 0;
    for (size_t i = 0; i < ROWS && !rc; i++)
        rc = rows[i].flush(w, w->c->kept[i], e);
    return rc;
}

void qp_projectors_forget(struct qp_core *c)
{
    for (size_t i = 0; i < ROWS; i++)
        rows[i].forget(c->kept[i]);
}

int qp_projectors_sweep(struct qp_work *w, bool *more, struct qp_err *e)
{
    assert(w->now_us >= 0); /* by the tables and the time alone (B3) */
    int rc = 0;
    *more = false;
    for (size_t i = 0; i < ROWS && !rc; i++) {
        bool again = false;
        if (rows[i].sweep)
            rc = rows[i].sweep(w, w->c->kept[i], &again, e);
        *more |= again;
    }
    return rc;
}

int qp_projectors_tick(struct qp_work *w, int64_t *next_us, struct qp_err *e)
{
    int rc = 0;
    assert(!w->c->silent && !w->c->recovering);
    for (size_t i = 0; i < ROWS && !rc; i++)
        if (rows[i].tick)
            rc = rows[i].tick(w, w->c->kept[i], next_us, e);
    return rc;
}

int64_t qp_projectors_next(struct qp_work *w)
{
    int64_t at = INT64_MAX;
    for (size_t i = 0; i < ROWS; i++) {
        int64_t its = rows[i].next ? rows[i].next(w, w->c->kept[i]) : INT64_MAX;
        at = its < at ? its : at;
    }
    return at;
}

/* ---- is the list whole? ---- */

const struct qp_projector *qp_projector_of(enum qp_table t)
{
    assert(t < QP_TABLES);
    for (size_t i = 0; i < ROWS; i++)
        if ((rows[i].tables >> t & 1) != 0)
            return &rows[i];
    return NULL;
}

void qp_projectors_complete(void)
{
#define FILE_OF(NAME, name, file, ...) [QP_T_##NAME] = (file),
    static const char *const file[] = {QP_TABLES_EACH(FILE_OF)};
#undef FILE_OF
    for (enum qp_table t = 0; t < QP_TABLES; t++) {
        int of = 0;
        for (size_t i = 0; i < ROWS; i++)
            of += (rows[i].tables >> t & 1) != 0;
        assert(of == (strncmp(file[t], "core", 4) != 0) && "each table above the core is one projector's");
    }
    for (size_t i = 0; i < ROWS; i++)
        assert(rows[i].make && rows[i].end && rows[i].flush && rows[i].forget &&
               (!rows[i].sweep || rows[i].next) && "a row of projector.c is not whole");
}
