/* begin.c: where the judging stood, from the tables: after a start, and after a turn that was given up. */
#include <stdlib.h>
#include <string.h>

#include "node/insight/watch/inside.h"
#include "proto/codec.h"

static const char DAY[] = "warn-day", SEASON[] = "warn-season", OWN[] = "warn-own", LATE[] = "warn-late";
enum {
    DAY_LEN = 4 + 8,
    SEASON_NAME = sizeof SEASON - 1, /* with the first day behind it */
    OPEN_BACK = QP_RISE_LONGEST + QP_RISE_QUIET + 1
};

static MDB_dbi meta_of(const struct qp_txn *t)
{
    return qp_store_dbi(t->store, QP_T_META);
}

/* A day of four bytes under a word of META; false: there is none. */
static bool day_under(const struct qp_txn *t, const char *word, int32_t *day)
{
    MDB_val v;
    if (qp_get(t->tables, meta_of(t), word, strlen(word), &v) || v.mv_size < 4)
        return false;
    *day = (int32_t)qp_rd32(v.mv_data);
    return true;
}

int qp_watch_ended(struct qp_watch *w, struct qp_txn *t, const Qp__DayEnded *d, struct qp_err *e)
{
    uint8_t v[DAY_LEN];
    (void)w;
    qp_be32(v, (uint32_t)d->day);
    qp_be64(v + 4, d->through);
    int rc = qp_del(t->tables, meta_of(t), LATE, sizeof LATE - 1, e);
    return rc ? rc : qp_put(t->tables, meta_of(t), DAY, sizeof DAY - 1, v, sizeof v, e);
}

/* Factors that come when days of theirs were judged already: from there all is judged again. */
static int note_late(struct qp_txn *t, int32_t from, struct qp_err *e)
{
    int32_t judged, late;
    uint8_t v[4];
    if (!day_under(t, DAY, &judged) || from > judged || (day_under(t, LATE, &late) && late <= from))
        return 0;
    qp_be32(v, (uint32_t)from);
    return qp_put(t->tables, meta_of(t), LATE, sizeof LATE - 1, v, sizeof v, e);
}

int qp_watch_seasoned(struct qp_watch *w, struct qp_txn *t, const Qp__Seasoned *s, bool own, bool use,
                      struct qp_err *e)
{
    uint8_t name[SEASON_NAME + 4], v[4];
    struct qp_season made;
    int rc = 0;
    if (!qp_season_unpack(&made, s->factors.data) || s->from_day < 0)
        return 0;
    memcpy(name, SEASON, SEASON_NAME);
    qp_be32(name + SEASON_NAME, (uint32_t)s->from_day);
    qp_be32(v, (uint32_t)s->from_day);
    w->looked = false;
    if (own)
        rc = qp_put(t->tables, meta_of(t), OWN, sizeof OWN - 1, v, sizeof v, e);
    if (!rc && use)
        rc = note_late(t, s->from_day, e);
    if (!rc && use)
        rc = qp_put(t->tables, meta_of(t), name, sizeof name, s->factors.data, QP_FACTORS_BYTES, e);
    return rc;
}

static int take_season(struct qp_watch *w, const MDB_val *k, const MDB_val *v, bool *new, struct qp_err *e)
{
    struct qp_season s;
    if (k->mv_size != SEASON_NAME + 4 || v->mv_size != QP_FACTORS_BYTES || !qp_season_unpack(&s, v->mv_data))
        return qp_fail(e, QP_ECORRUPT, "the factors of warnings cannot be read; run qipan rebuild");
    *new |= qp_pass_season(w->pass, (int32_t)qp_rd32((const uint8_t *)k->mv_data + SEASON_NAME), &s);
    return 0;
}

/* Each period's. *new: one that this judging did not know. */
static int load_seasons(struct qp_watch *w, struct qp_txn *t, bool *new, struct qp_err *e)
{
    int32_t own;
    MDB_cursor *cursor;
    w->season = day_under(t, OWN, &own) ? qp_period_of(own) : 0;
    int rc = mdb_cursor_open(t->tables, meta_of(t), &cursor);
    if (rc)
        return qp_store_error(rc, "reading the factors of warnings", e);
    MDB_val k = {SEASON_NAME, (void *)(uintptr_t)SEASON}, v;
    int got = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    for (; !rc && got == 0 && k.mv_size >= SEASON_NAME && memcmp(k.mv_data, SEASON, SEASON_NAME) == 0;
         got = mdb_cursor_get(cursor, &k, &v, MDB_NEXT))
        rc = take_season(w, &k, &v, new, e);
    mdb_cursor_close(cursor);
    return rc;
}

/* ---- what came between the last judging and the end ---- */

static int late_of(struct qp_watch *w, struct qp_txn *t, const uint8_t matter[QP_ID_LEN], struct qp_arena *a,
                   struct qp_err *e)
{
    MDB_val v;
    Qp__Row *row;
    int rc = qp_get(t->tables, qp_store_dbi(t->store, QP_T_MATTER), matter, QP_ID_LEN, &v);
    if (!rc)
        rc = QP_DECODE(&row, row, v.mv_data, v.mv_size, a, NULL);
    if (rc)
        return qp_fail(e, QP_ECORRUPT, "a matter's row in the tables is damaged; run qipan rebuild");
    int32_t day = qp_daily_day(row->face, w->zone);
    w->late = day <= w->day && day < w->late ? day : w->late;
    return 0;
}

/* A day's matters may be very many: each is read into memory that the next one uses again. */
static int late_since(struct qp_watch *w, struct qp_txn *t, struct qp_err *e)
{
    MDB_cursor *cursor;
    uint8_t from[8];
    MDB_val k = {sizeof from, from}, v;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory to read what has arrived");
    qp_be64(from, w->through + 1);
    int rc = mdb_cursor_open(t->tables, qp_store_dbi(t->store, QP_T_ARRIVED), &cursor);
    if (rc) {
        qp_arena_free(a);
        return qp_store_error(rc, "reading what has arrived", e);
    }
    for (int got = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE); got == 0 && !rc;
         got = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        qp_arena_reset(a);
        rc = late_of(w, t, (const uint8_t *)k.mv_data + 8, a, e);
    }
    mdb_cursor_close(cursor);
    qp_arena_free(a);
    return rc;
}

int qp_watch_look(struct qp_watch *w, struct qp_txn *t, struct qp_err *e)
{
    MDB_val v;
    int rc = qp_get(t->tables, meta_of(t), DAY, sizeof DAY - 1, &v);
    int32_t was = w->day;
    w->day = INT32_MIN;
    if (!rc && v.mv_size == DAY_LEN) {
        w->day = (int32_t)qp_rd32(v.mv_data);
        w->through = qp_rd64((const uint8_t *)v.mv_data + 4);
    } else if (rc != QP_ENOTFOUND) {
        return qp_fail(e, !rc ? QP_ECORRUPT : rc, "the last day that was judged cannot be read");
    }
    w->head = qp_tables_position(t->tables, t->store);
    bool new = false;
    int32_t late;
    rc = load_seasons(w, t, &new, e);
    if (new)
        qp_watch_hush(w); /* what was to be said was judged with others */
    if (!rc && day_under(t, LATE, &late) && late < w->late)
        w->late = late;
    if (!rc && w->day != INT32_MIN)
        rc = late_since(w, t, e);
    if (!rc && w->day == INT32_MIN)
        w->day = was; /* nothing was worth a fact: it need not be looked at again */
    w->looked = !rc;
    return rc;
}

/* ---- warnings that are still open ---- */

struct carry {
    struct qp_rise *v;
    size_t n, cap;
    int32_t from;
};

static bool is_open(const Qp__Warning *x)
{
    return x->state == QP_WARNING_WATCH || x->state == QP_WARNING_RAISED;
}

static int carry_back(void *arg, const Qp__WarningRow *row)
{
    struct carry *c = arg;
    const Qp__Warning *x = row->warning;
    bool touched = x->state != QP_WARNING_WITHDRAWN && x->last_day + QP_RISE_QUIET >= c->from &&
                   (!is_open(x) || x->last_day >= c->from);
    if (touched && x->first_day < c->from)
        c->from = x->first_day;
    return 0;
}

static int carry_add(void *arg, const Qp__WarningRow *row)
{
    struct carry *c = arg;
    const Qp__Warning *x = row->warning;
    if (x->first_day >= c->from || !is_open(x))
        return 0;
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 32;
        struct qp_rise *v = realloc(c->v, cap * sizeof *v);
        if (!v)
            return QP_ENOMEM;
        c->v = v;
        c->cap = cap;
    }
    c->v[c->n++] = (struct qp_rise){.category = qp_code(x->category),
                                    .first = x->first_day,
                                    .last = x->last_day,
                                    .raised_day = x->raised_day,
                                    .raised = x->raised,
                                    .state = (enum qp_warning_state)x->state,
                                    .peak = {x->day, x->window, x->seen, x->expected_milli, x->limit,
                                             x->score_milli, x->weekday_ppm, x->week_ppm, x->slot_ppm}};
    return 0;
}

int qp_watch_carry(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN], int32_t *from,
                   int32_t to, struct qp_rise **carried, size_t *n, struct qp_arena *a, struct qp_err *e)
{
    struct carry c = {.from = *from};
    int rc = 0;
    (void)w;
    for (int32_t before = c.from + 1; !rc && c.from < before && c.from > INT32_MIN + OPEN_BACK;) {
        before = c.from;
        rc = qp_warnings_own(t->tables, t->store, self, c.from - OPEN_BACK, to, carry_back, &c, a, e);
    }
    *from = c.from;
    if (!rc && carried)
        rc = qp_warnings_own(t->tables, t->store, self, c.from - OPEN_BACK, to, carry_add, &c, a, e);
    if (rc) {
        free(c.v);
        return rc;
    }
    if (c.n > 1)
        qsort(c.v, c.n, sizeof *c.v, qp_rise_order);
    if (carried) {
        *carried = c.v;
        *n = c.n;
    }
    return 0;
}
