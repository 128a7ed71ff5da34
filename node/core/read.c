/* read.c: what may be read of a node from outside the turn, by any thread with a transaction of its own. */
#include <assert.h>

#include "node/core/private.h"

/* ---- queues and ticks ---- */

void qp_queue_depth(struct qp_read *r, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t *parcels,
                    int64_t *oldest_us)
{
    assert(lane >= 1 && lane <= QP_LANES);
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t from[25];
    *parcels = 0;
    *oldest_us = 0;
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_QUEUE), &cur) != 0)
        return;
    memset(from, 0, sizeof from);
    memcpy(from, peer, QP_ID_LEN);
    from[16] = (uint8_t)lane;
    k = (MDB_val){sizeof from, from};
    for (int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); rc == 0 && *parcels < 100000;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (k.mv_size != 25 || memcmp(k.mv_data, from, 17) != 0)
            break;
        if ((*parcels)++ == 0) {
            struct qp_record rec;
            if (qp_journal_get(r->journal, r->store, qp_rd64((uint8_t *)k.mv_data + 17), &rec, NULL) == 0)
                *oldest_us = rec.received_us;
        }
    }
    mdb_cursor_close(cur);
}

/* One event's parcel: has the parent committed it, has the horizon signed for it? What the horizon has is
 * held above, whatever has become of the parent since: a tick that was shown stays (L6). */
static void tick_of(struct qp_read *r, const struct qp_cert *self, const struct qp_peer_entry *up,
                    const uint8_t parent[QP_ID_LEN], uint64_t position, struct qp_arena *a,
                    struct qp_ticks *out)
{
    struct qp_record rec;
    struct qp_parcel p;
    MDB_val v;
    Qp__Receipt *receipt;
    uint8_t key[21];
    (void)self;
    qp_arena_reset(a);
    if (qp_journal_get(r->journal, r->store, position, &rec, NULL) != 0 ||
        qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, a, NULL) != 0) {
        out->held = out->top = false;
        return;
    }
    if (qp_same(rec.peer, parent) && rec.kind == QP_RECORD_RECEIVED)
        return; /* it came from above */
    if (p.h.scope != QP_SCOPE_HORIZON)
        return;
    if (qp_verdict_covers(r->tables, r->store, &p.h, a)) { /* E6: acknowledged, but not taken */
        out->held = out->top = false;
        return;
    }
    memcpy(key, p.h.origin, 16);
    qp_be32(key + 16, p.h.incarnation);
    key[20] = p.h.lane;
    if (qp_get(r->tables, qp_store_dbi(r->store, QP_T_RECEIPT), key, sizeof key, &v) != 0 ||
        QP_DECODE(&receipt, receipt, v.mv_data, v.mv_size, a, NULL) != 0 || receipt->seq < p.h.seq) {
        out->top = false;
        if (rec.kind != QP_RECORD_HANDBACK && up->acked[p.h.lane - 1] < position)
            out->held = false;
    }
}

void qp_ticks_read(struct qp_read *r, const struct qp_cert *self, const uint8_t parent[QP_ID_LEN],
                   const uint8_t matter[QP_ID_LEN], struct qp_ticks *out)
{
    MDB_cursor *cur;
    MDB_val k, v;
    struct qp_peer_entry up;
    *out = (struct qp_ticks){.kept = true, .held = true, .top = true};
    if (parent == NULL)
        return;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    qp_peer_read(r->tables, r->store, parent, &up);
    if (a == NULL || mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_HISTORY), &cur) != 0) {
        out->held = out->top = false;
        qp_arena_free(a);
        return;
    }
    k = (MDB_val){QP_ID_LEN, (void *)(uintptr_t)matter};
    for (int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); rc == 0;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (k.mv_size < QP_ID_LEN || memcmp(k.mv_data, matter, QP_ID_LEN) != 0)
            break;
        if (v.mv_size >= 8)
            tick_of(r, self, &up, parent, qp_rd64(v.mv_data), a, out);
        if (!out->held && !out->top)
            break;
    }
    assert(out->held || !out->top); /* what the horizon has is held above */
    mdb_cursor_close(cur);
    qp_arena_free(a);
}
