/* read.c: what may be read of a node from outside the turn, by any thread with a transaction of its own. */
#include <assert.h>

#include "node/core/private.h"

/* ---- queues and ticks ---- */

/* What the kept number should say, by walking: where it cannot be read. */
static uint64_t walked(struct qp_read *r, const uint8_t peer[QP_ID_LEN], uint32_t lane)
{
    assert(lane >= 1 && lane <= QP_LANES); /* a queue is of one lane */
    uint64_t n = 0, at = 0;
    bool back;
    while (!qp_queue_next(r->tables, r->store, peer, lane, at + 1, &at, &back))
        n++;
    return n;
}

void qp_queue_depth(struct qp_read *r, const uint8_t peer[QP_ID_LEN], uint32_t lane, uint64_t *parcels,
                    int64_t *oldest_us)
{
    assert(lane >= 1 && lane <= QP_LANES);
    struct qp_record rec;
    uint64_t first;
    bool back;
    *oldest_us = 0;
    if (qp_depth_read(r->tables, r->store, peer, lane, parcels))
        *parcels = walked(r, peer, lane);
    if (!qp_queue_next(r->tables, r->store, peer, lane, 1, &first, &back) &&
        !qp_journal_get(r->journal, r->store, first, &rec, NULL))
        *oldest_us = rec.received_us;
}

#define FORGOTTEN INT64_MAX
/* Of all events together: the latest; nothing, where one of them has none. */
static void since(int64_t *all, int64_t one)
{
    *all = one <= 0 ? FORGOTTEN : one > *all ? one : *all;
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
    if (qp_journal_get(r->journal, r->store, position, &rec, NULL) ||
        qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, a, NULL)) {
        out->held = out->top = false;
        return;
    }
    if (qp_same(rec.peer, parent) && rec.kind == QP_RECORD_RECEIVED) {
        since(&out->held_us, rec.received_us);
        since(&out->top_us, rec.received_us);
        return; /* it came from above */
    }
    if (p.h.scope != QP_SCOPE_HORIZON) { /* of one from below its parcel for the horizon is still to come */
        if (rec.kind == QP_RECORD_RECEIVED)
            out->held = out->top = false;
        return;
    }
    if (qp_verdict_covers(r->tables, r->store, &p.h, a)) { /* E6: acknowledged, but not taken */
        out->held = out->top = false;
        return;
    }
    memcpy(key, p.h.origin, 16);
    qp_be32(key + 16, p.h.incarnation);
    key[20] = p.h.lane;
    assert(p.h.lane >= 1 && p.h.lane <= QP_LANES); /* each has its place among those that were acknowledged */
    if (qp_get(r->tables, qp_store_dbi(r->store, QP_T_RECEIPT), key, sizeof key, &v) ||
        QP_DECODE(&receipt, receipt, v.mv_data, v.mv_size, a, NULL) != 0 || receipt->seq < p.h.seq) {
        out->top = false;
        if (rec.kind != QP_RECORD_HANDBACK && up->acked[p.h.lane - 1] < position)
            out->held = false;
    }
    int64_t held = rec.kind == QP_RECORD_HANDBACK
                       ? rec.received_us
                       : qp_held_at(r->tables, r->store, QP_HELD_BY_PARENT, up->epoch, 0, p.h.lane, position);
    int64_t top =
        qp_held_at(r->tables, r->store, QP_HELD_BY_HORIZON, p.h.origin, p.h.incarnation, p.h.lane, p.h.seq);
    since(&out->held_us, held != 0 && (top == 0 || held < top) ? held : top);
    since(&out->top_us, top);
}

/* What is not so has no time; nor has what nobody remembers of one of its events. */
static void times_of(struct qp_read *r, uint64_t last, struct qp_ticks *t)
{
    assert(last > 0);
    struct qp_record rec;
    if (!qp_journal_get(r->journal, r->store, last, &rec, NULL))
        t->kept_us = rec.received_us;
    if (!t->held || t->held_us == FORGOTTEN)
        t->held_us = 0;
    if (!t->top || t->top_us == FORGOTTEN)
        t->top_us = 0;
}

void qp_ticks_read(struct qp_read *r, const struct qp_cert *self, const uint8_t parent[QP_ID_LEN],
                   const uint8_t matter[QP_ID_LEN], struct qp_ticks *out)
{
    MDB_cursor *cur;
    MDB_val k, v;
    struct qp_peer_entry up;
    *out = (struct qp_ticks){.kept = true, .held = true, .top = true};
    uint64_t last = 0;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (parent)
        qp_peer_read(r->tables, r->store, parent, &up);
    if (!a || mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_HISTORY), &cur)) {
        out->held = out->top = false;
        qp_arena_free(a);
        return;
    }
    k = (MDB_val){QP_ID_LEN, (void *)(uintptr_t)matter};
    for (int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        if (k.mv_size < QP_ID_LEN || memcmp(k.mv_data, matter, QP_ID_LEN) != 0)
            break;
        if (v.mv_size >= 8 && qp_rd64(v.mv_data) > last)
            last = qp_rd64(v.mv_data);
        if (v.mv_size >= 8 && parent && (out->held || out->top))
            tick_of(r, self, &up, parent, qp_rd64(v.mv_data), a, out);
    }
    if (last > 0)
        times_of(r, last, out);
    if (!parent)
        out->held_us = out->top_us = out->kept_us; /* the horizon itself */
    assert(out->held || !out->top);                /* what the horizon has is held above */
    mdb_cursor_close(cur);
    qp_arena_free(a);
}
