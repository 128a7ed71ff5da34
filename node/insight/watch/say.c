/* say.c: the rises that a pass has found, against the warnings that are kept: what is new, what has changed, and what
 * turns out not to have been. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/watch/inside.h"
#include "proto/codec.h"

/* The name behind a category's code. NULL: no matter stands under it any more, and none lies below it. */
static char *category_of(const struct qp_watch *w, struct qp_txn *t, uint64_t code, struct qp_arena *a)
{
    uint8_t key[8];
    MDB_val v;
    const char *parent = qp_family_name(qp_pass_kin(w->pass), code);
    if (parent)
        return qp_arena_text(a, parent);
    qp_be64(key, code);
    if (qp_get(t->tables, qp_store_dbi(t->store, QP_T_NAME), key, sizeof key, &v) || v.mv_size == 0)
        return NULL;
    char *text = qp_arena_take(a, v.mv_size + 1);
    if (text) {
        memcpy(text, v.mv_data, v.mv_size);
        text[v.mv_size] = '\0';
    }
    return text;
}

/* known: as it is kept, NULL: it is new. A kept one has its name also when the policy has none such any more: it ends all the same. */
static Qp__Warning *warning_of(const struct qp_watch *w, struct qp_txn *t, uint8_t id[QP_ID_LEN],
                               const struct qp_rise *r, const Qp__Warning *known, struct qp_arena *a)
{
    Qp__Warning *x = qp_arena_take(a, sizeof *x);
    char *category = known ? known->category : category_of(w, t, r->category, a);
    if (!x || !category)
        return NULL;
    qp__warning__init(x);
    x->id = (ProtobufCBinaryData){QP_ID_LEN, id};
    x->area = (char *)(uintptr_t)w->self_path;
    x->category = category;
    x->state = r->state;
    x->first_day = r->first;
    x->last_day = r->last;
    x->raised = r->raised;
    x->raised_day = r->raised ? r->raised_day : 0;
    x->ended_day = r->state == QP_WARNING_ENDED ? r->ended_day : 0;
    x->day = r->peak.day;
    x->window = r->peak.window;
    x->seen = r->peak.seen;
    x->expected_milli = r->peak.expected_milli;
    x->limit = r->peak.limit;
    x->score_milli = r->peak.score_milli;
    x->weekday_ppm = r->peak.weekday_ppm;
    x->week_ppm = r->peak.week_ppm;
    x->slot_ppm = r->peak.slot_ppm;
    return x;
}

static bool same(const Qp__Warning *x, const Qp__Warning *y, struct qp_arena *a)
{
    size_t xn, yn;
    const uint8_t *xb = qp_encode(&x->base, a, &xn), *yb = qp_encode(&y->base, a, &yn);
    return xb && yb && xn == yn && memcmp(xb, yb, xn) == 0;
}

/* One rise: is it known as it is? */
static int say_rise(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN],
                    const struct qp_rise *r, struct qp_arena *a, struct qp_watch_said *said, struct qp_err *e)
{
    Qp__WarningRow *row;
    uint8_t *id = qp_arena_take(a, QP_ID_LEN);
    if (!id)
        return qp_fail(e, QP_ENOMEM, "no memory for a day's warnings");
    qp_warning_id(id, self, r->category, r->first);
    int rc = qp_warning_get(t->tables, t->store, id, &row, a, e);
    if (rc && rc != QP_ENOTFOUND)
        return rc;
    Qp__Warning *x = warning_of(w, t, id, r, rc ? NULL : row->warning, a);
    if (x && (rc == QP_ENOTFOUND || !same(x, row->warning, a)))
        said->warning[said->n++] = x;
    return 0;
}

/* ---- what was said and is not so ---- */

struct withdraw {
    struct qp_watch *w;
    struct qp_arena *a;
    struct qp_watch_said *said;
    bool full;
};

static bool found(const struct qp_watch *w, const Qp__Warning *x)
{
    const struct qp_rise key = {.category = qp_code(x->category), .first = x->first_day};
    return w->n_rises > 0 && bsearch(&key, w->rises, w->n_rises, sizeof key, qp_rise_order);
}

static int withdraw_one(void *arg, const Qp__WarningRow *row)
{
    struct withdraw *d = arg;
    const Qp__Warning *x = row->warning;
    bool ahead = x->first_day > d->w->to; /* it may be this clock that is behind (T4) */
    bool passed_over = x->first_day < d->w->from || (ahead && (x->first_day <= d->w->day || !d->w->sure));
    if (passed_over || x->state == QP_WARNING_WITHDRAWN || found(d->w, x))
        return 0;
    if (d->said->n == QP_WATCH_SAID) {
        d->full = true;
        return 0;
    }
    Qp__Warning *gone = qp_arena_copy(d->a, x, sizeof *x);
    if (!gone)
        return QP_ENOMEM;
    gone->state = QP_WARNING_WITHDRAWN;
    d->said->warning[d->said->n++] = gone;
    return 0;
}

int qp_watch_say(struct qp_watch *w, struct qp_txn *t, const uint8_t self[QP_ID_LEN], struct qp_arena *a,
                 struct qp_watch_said *said, bool *done, struct qp_err *e)
{
    int rc = 0;
    assert(w->saying);
    *done = false;
    while (!rc && w->at < w->n_rises && said->n < QP_WATCH_SAID)
        rc = say_rise(w, t, self, &w->rises[w->at++], a, said, e);
    if (rc || w->at < w->n_rises || said->n == QP_WATCH_SAID)
        return rc;
    struct withdraw d = {w, a, said, false};
    /* also what began on a day that has not been: a clock that was ahead said it (WN8) */
    rc = qp_warnings_own(t->tables, t->store, self, w->from, INT32_MAX, withdraw_one, &d, a, e);
    *done = !rc && !d.full;
    return rc;
}
