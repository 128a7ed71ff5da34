/* refusals.c: what is refused, for readers: pages, alarms, tests (read.h). The rows are verdict.c's. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/core/private.h"
#include "node/core/read.h"

static void view(struct qp_read *r, const Qp__Verdict *v, struct qp_refusal *out)
{
    assert(v->at->origin.len == QP_ID_LEN && v->by.len == QP_ID_LEN); /* looked at where it was decoded */
    struct qp_node_entry n;
    memset(out, 0, sizeof *out);
    memcpy(out->origin, v->at->origin.data, QP_ID_LEN);
    memcpy(out->by, v->by.data, QP_ID_LEN);
    if (!qp_node_by_id(r, out->origin, &n)) {
        memcpy(out->origin_path, n.path, sizeof out->origin_path);
        out->past = n.incarnation > v->at->incarnation;
    }
    if (!qp_node_by_id(r, out->by, &n))
        memcpy(out->by_path, n.path, sizeof out->by_path);
    if (v->at->to.len == QP_ID_LEN && !qp_node_by_id(r, v->at->to.data, &n))
        memcpy(out->to_path, n.path, sizeof out->to_path);
    out->incarnation = v->at->incarnation;
    out->scope = (uint8_t)v->at->scope;
    out->lane = (uint8_t)v->at->lane;
    out->seq = v->at->seq;
    out->event = v->event;
    out->code = (int)v->code;
    out->at_us = v->at_us;
    snprintf(out->reason, sizeof out->reason, "%.*s", (int)sizeof out->reason - 1, v->reason);
}

struct reading {
    struct qp_read *r;
    struct qp_arena *a;
    struct qp_refusal *out;
    size_t cap, n, of_one; /* read; of the origin that is read now */
};

/* One more. Where its origin has its share already, a fork takes the place of the last one. */
static void take(struct reading *g, const MDB_val *row)
{
    Qp__Verdict *v;
    struct qp_refusal one;
    assert(g->n <= g->cap && g->of_one <= g->n);
    qp_arena_reset(g->a);
    if (QP_DECODE(&v, verdict, row->mv_data, row->mv_size, g->a, NULL) != 0)
        return;
    view(g->r, v, &one);
    if (one.past)
        return;
    bool full = g->n == g->cap || g->of_one == QP_REFUSALS_OF_ONE;
    if (full && (one.code != QP_EFORK || g->of_one == 0))
        return;
    g->out[full ? g->n - 1 : g->n] = one;
    g->n += !full;
    g->of_one += !full;
}

/* All origins' but that one's; or only its own. */
static void read_all(struct reading *g, MDB_cursor *cur, const uint8_t first[QP_ID_LEN], bool its_own)
{
    uint8_t origin[QP_ID_LEN] = {0};
    MDB_val k = {QP_ID_LEN, (void *)(uintptr_t)first}, row;
    assert(cur);
    g->of_one = 0;
    for (int rc = mdb_cursor_get(cur, &k, &row, its_own ? MDB_SET_RANGE : MDB_FIRST); !rc;
         rc = mdb_cursor_get(cur, &k, &row, MDB_NEXT)) {
        bool its = k.mv_size == QP_CHAIN_KEY && memcmp(k.mv_data, first, QP_ID_LEN) == 0;
        if (its_own && !its)
            return;
        if (k.mv_size != QP_CHAIN_KEY || its != its_own)
            continue;
        if (memcmp(k.mv_data, origin, QP_ID_LEN) != 0)
            g->of_one = 0;
        memcpy(origin, k.mv_data, QP_ID_LEN);
        take(g, &row);
    }
}

int qp_refusals_read(struct qp_read *r, const uint8_t first[QP_ID_LEN], struct qp_refusal *out, size_t cap,
                     size_t *n)
{
    MDB_cursor *cur;
    struct reading g = {.r = r, .a = qp_arena_new(QP_DECODE_ARENA), .out = out, .cap = cap};
    *n = 0;
    if (!g.a || mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_VERDICT), &cur)) {
        qp_arena_free(g.a);
        return QP_EIO;
    }
    read_all(&g, cur, first, true);
    read_all(&g, cur, first, false);
    assert(g.n <= cap);
    *n = g.n;
    mdb_cursor_close(cur);
    qp_arena_free(g.a);
    return 0;
}
