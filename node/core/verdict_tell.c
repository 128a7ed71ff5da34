/* verdict_tell.c: refusals on their way to the origin (E6, verdict.c): told to the next node, at once and at each greeting.
 *
 * A greeting states positions, and a position counts as held unless a verdict says otherwise: so what is refused is said before
 * it, from one and the same snapshot (qp_core_verdicts, node/link/verdicts.c), and each verdict with its refuser's chain. By the turn
 * of the greeting goes what was not said before it; to a neighbour of an older link version that is all. */
#include <assert.h>

#include "node/core/private.h"

enum { VERDICTS_A_GREETING = 1024 };

/* ---- told on ---- */

int qp_verdict_tell(struct qp_work *w, const Qp__Verdict *v, const uint8_t neighbour[QP_ID_LEN],
                    struct qp_err *e)
{
    assert(v->signature.len == QP_SIG_LEN);
    struct qp_output *o = qp_out(w, QP_OUT_REFUSED, neighbour);
    if (!o)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    o->refused.code = (int)v->code;
    o->refused.verdict = v;
    snprintf(o->refused.reason, sizeof o->refused.reason, "%s", v->reason);
    return 0;
}

/* What is said of refusals at a greeting. */
struct telling {
    const struct qp_core *c;
    const uint8_t *neighbour;
    struct qp_arena *a;
    const Qp__Verdict **out;
    size_t n, cap;
};

/* Rows of one origin, or of all others than the neighbour. Only what this neighbour leads to the origin of, and whose place has no
 * successor yet; that there were two of a former incarnation says what is not held above, also to its successor (C5). */
static int rows(struct telling *t, MDB_txn *tables, bool own)
{
    MDB_cursor *cur;
    MDB_val k = {QP_ID_LEN, (void *)(uintptr_t)t->neighbour}, val;
    int rc = mdb_cursor_open(tables, qp_store_dbi(t->c->store, QP_T_VERDICT), &cur);
    if (rc)
        return rc;
    for (rc = mdb_cursor_get(cur, &k, &val, own ? MDB_SET_RANGE : MDB_FIRST); !rc && t->n < t->cap;
         rc = mdb_cursor_get(cur, &k, &val, MDB_NEXT)) {
        Qp__Verdict *v;
        const struct qp_place *next = qp_next_of(t->c, k.mv_data),
                              *origin = qp_tree_node(t->c->tree, k.mv_data);
        if (own != qp_same(k.mv_data, t->neighbour)) {
            if (own)
                break;
            continue;
        }
        if (next && origin && qp_same(next->cert.node, t->neighbour) &&
            QP_DECODE(&v, verdict, val.mv_data, val.mv_size, t->a, NULL) == 0 &&
            (origin->cert.incarnation == v->at->incarnation || v->code == QP_EFORK))
            t->out[t->n++] = v;
    }
    assert(t->n <= t->cap);
    mdb_cursor_close(cur);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

/* The neighbour's own first: what it shows of what it said itself depends on them. */
static int gather(struct telling *t, MDB_txn *tables)
{
    int rc = rows(t, tables, true);
    return rc ? rc : rows(t, tables, false);
}

int qp_core_verdicts(const struct qp_core *c, struct qp_read *r, const uint8_t neighbour[QP_ID_LEN],
                     struct qp_arena *a, const Qp__Verdict **out, size_t cap, size_t *n)
{
    struct telling t = {.c = c, .neighbour = neighbour, .a = a, .out = out, .cap = cap};
    int rc = gather(&t, r->tables);
    *n = t.n;
    assert(*n <= cap);
    return rc ? QP_EIO : 0;
}

int qp_verdicts_for(struct qp_work *w, const uint8_t neighbour[QP_ID_LEN], struct qp_err *e)
{
    struct telling t = {.c = w->c, .neighbour = neighbour, .a = w->c->arena, .cap = VERDICTS_A_GREETING};
    t.out = qp_arena_take(w->c->arena, t.cap * sizeof(void *));
    if (!t.out)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    int rc = gather(&t, w->t->tables);
    if (rc)
        return qp_store_error(rc, "refusals", e);
    assert(t.n <= t.cap);
    for (size_t i = 0; i < t.n && !rc; i++)
        rc = qp_verdict_tell(w, t.out[i], neighbour, e);
    return rc;
}
