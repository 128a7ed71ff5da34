/* refill.c: a neighbour's queue made again from the whole journal, a slice at a time: the neighbour lost its
 * memory, or ours of it is gone (L1, K5).
 *
 *   the journal   1 ──────► refill_at ────────── refill_upto ───── head
 *                 in the queue │ not looked at yet │ new since it began: queued as ever
 *
 * Who asks costs the others one slice of a turn at a time, however long the journal is and however often it
 * is asked for (L7): a question while it is being done begins it anew, and after the first few the pauses
 * between two beginnings double up to a minute. The place stands in the neighbour's entry, so that a restart
 * goes on with it. Until it is through, nothing from its place on is delivered (qp_queue_next): positions do
 * not go back, and what was passed over could not be sent any more. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/private.h"

enum {
    SLICE_RECORDS = 256, /* of one turn, or */
    SLICE_BYTES = 512 * 1024,
    SLICE_US = 4000, /* after a whole slice the next one waits so long: half of the time is the others' */
    AT_ONCE = 4,     /* beginnings without a pause; then */
    PAUSE_FIRST_US = 1000000,
    PAUSE_MOST_US = 60000000,
    CALM_US = 600000000 /* asked for so long ago, it is as if never */
};

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A time that lies further ahead than any pause was noted by a clock that was ahead: it is now. */
static int64_t within(int64_t at_us, int64_t now_us, int64_t most_us)
{
    assert(most_us > 0);
    return at_us > now_us + most_us ? now_us : at_us;
}

static int64_t pause_us(uint32_t times)
{
    if (times < AT_ONCE)
        return 0;
    int64_t p = (int64_t)PAUSE_FIRST_US << (times - AT_ONCE > 7 ? 7 : times - AT_ONCE);
    return p > PAUSE_MOST_US ? PAUSE_MOST_US : p;
}

static int note(struct qp_core *c, const uint8_t peer[QP_ID_LEN])
{
    assert(c->refills.n <= c->refills.cap);
    struct qp_refills *l = &c->refills;
    for (size_t i = 0; i < l->n; i++)
        if (qp_same(l->v[i].peer, peer))
            return 0;
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? 8 : l->cap * 2;
        struct qp_refilling *v = realloc(l->v, cap * sizeof *v);
        if (!v)
            return QP_ENOMEM;
        l->v = v;
        l->cap = cap;
    }
    memcpy(l->v[l->n++].peer, peer, QP_ID_LEN);
    return 0;
}

/* After a start, or an aborted turn: whose queue was being made. */
static int look(struct qp_work *w, struct qp_err *e)
{
    assert(!w->c->refills.looked);
    struct qp_core *c = w->c;
    MDB_cursor *cur;
    MDB_val k, v;
    c->refills.n = 0;
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(c->store, QP_T_PEER), &cur);
    if (rc)
        return qp_store_error(rc, "peers", e);
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_FIRST); !rc; rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        struct qp_peer_entry p;
        if (k.mv_size != QP_ID_LEN || v.mv_size != sizeof p)
            continue;
        memcpy(&p, v.mv_data, sizeof p);
        if (p.refill_at != 0 && note(c, k.mv_data))
            break;
    }
    mdb_cursor_close(cur);
    c->refills.looked = rc == MDB_NOTFOUND;
    if (!rc)
        return qp_fail(e, QP_ENOMEM, "no memory to make a queue again");
    return rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "peers", e);
}

int qp_refill(struct qp_work *w, const uint8_t peer[QP_ID_LEN], bool handback, struct qp_err *e)
{
    assert(!qp_same(peer, w->c->self.node));
    struct qp_core *c = w->c;
    struct qp_peer_entry p;
    w->refilled = true;
    if (!qp_tree_node(c->tree, peer))
        return 0;
    qp_peer_read(w->t->tables, c->store, peer, &p);
    memset(p.acked, 0, sizeof p.acked);
    p.handback_upto = handback ? (w->t->head > 0 ? w->t->head : 1) : 0;
    p.refill_at = 1;
    p.refill_upto = w->t->head;
    p.refill_back = handback;
    if (w->now_us < p.refilled_us) /* the clock was ahead then */
        p.refilled_us = 0;
    if (w->now_us - p.refilled_us > CALM_US)
        p.refills = 0;
    p.refill_from_us = later(w->now_us, p.refilled_us + pause_us(p.refills));
    qp_out_once(w, QP_OUT_WAKE, peer);
    if (note(c, peer))
        return qp_fail(e, QP_ENOMEM, "no memory to make a queue again");
    return qp_peer_put(w, peer, &p, e);
}

struct left { /* of what one turn may do */
    long records, bytes;
};

/* One record: onto the queue, or off it if it was there for another reason. */
static int again(struct qp_work *w, const struct qp_place *pl, const struct qp_peer_entry *p, uint64_t at,
                 struct qp_arena *a, long *bytes, struct qp_err *e)
{
    assert(at > 0 && at <= w->t->head);
    struct qp_core *c = w->c;
    struct qp_record r;
    struct qp_parcel parcel;
    qp_arena_reset(a);
    int rc = qp_journal_get(w->t->journal, c->store, at, &r, e);
    if (rc == QP_ECORRUPT)
        return 0; /* S5: that record is told as damaged; the neighbour gets all others */
    if (rc || (rc = qp_parcel_open_trusted(&parcel, r.parcel.p, r.parcel.len, a, e)))
        return rc;
    *bytes -= (long)r.parcel.len;
    /* what was handed back here may be missing by now at whoever handed it back */
    const uint8_t *from = r.kind == QP_RECORD_HANDBACK ? qp_nobody : r.peer;
    enum qp_way way = qp_way(c, &parcel.h, from, pl, p->refill_back != 0);
    if (way == QP_WAY_NONE || at <= p->acked[parcel.h.lane - 1])
        return qp_queue_drop(w, pl->cert.node, parcel.h.lane, at, e);
    return qp_queue_put(w, pl->cert.node, parcel.h.lane, at, way == QP_WAY_HANDBACK, e);
}

static int slice(struct qp_work *w, const uint8_t peer[QP_ID_LEN], struct qp_peer_entry *p, struct left *left,
                 struct qp_err *e)
{
    assert(p->refill_at > 0);
    const struct qp_place *pl = qp_tree_node(w->c->tree, peer);
    int rc = 0;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory to read the journal again");
    if (p->refill_at == 1) { /* it begins: now, and not when it was asked for, counts for the next pause */
        p->refilled_us = w->now_us;
        p->refills++;
    }
    for (; left->records > 0 && left->bytes > 0 && p->refill_at <= p->refill_upto && !rc; left->records--)
        rc = again(w, pl, p, p->refill_at++, a, &left->bytes, e);
    qp_arena_free(a);
    if (p->refill_at > p->refill_upto)
        p->refill_at = p->refill_upto = 0;
    w->refilled = true; /* a hint must not go past what has joined the queue here */
    qp_out_once(w, QP_OUT_WAKE, peer);
    return rc ? rc : qp_peer_put(w, peer, p, e);
}

/* One slice a turn, of one neighbour or of several, round by round. */
int qp_refill_tick(struct qp_work *w, int64_t *next, struct qp_err *e)
{
    assert(next);
    struct qp_core *c = w->c;
    struct qp_refills *l = &c->refills;
    struct left left = {SLICE_RECORDS, SLICE_BYTES};
    *next = INT64_MAX;
    int rc = l->looked ? 0 : look(w, e);
    for (size_t n = l->n; n > 0 && !rc; n--) {
        size_t at = l->turn++ % l->n;
        const uint8_t *peer = l->v[at].peer;
        struct qp_peer_entry p;
        qp_peer_read(w->t->tables, c->store, peer, &p);
        bool wanted = p.refill_at != 0 && qp_tree_node(c->tree, peer);
        p.refill_from_us = within(p.refill_from_us, w->now_us, PAUSE_MOST_US);
        l->next_us = within(l->next_us, w->now_us, SLICE_US);
        if (wanted && later(p.refill_from_us, l->next_us) <= w->now_us) {
            rc = slice(w, peer, &p, &left, e);
            wanted = p.refill_at != 0;
        }
        if (left.records <= 0 || left.bytes <= 0)
            l->next_us = w->now_us + SLICE_US;
        int64_t due_us = wanted ? later(p.refill_from_us, l->next_us) : l->next_us;
        if (!wanted)
            l->v[at] = l->v[--l->n];
        if (l->n > 0 && due_us < *next)
            *next = due_us;
    }
    return rc;
}

void qp_refill_forget(struct qp_core *c)
{
    c->refills.looked = false;
    c->refills.n = 0;
    c->refills.next_us = 0;
}

void qp_refill_close(struct qp_core *c)
{
    free(c->refills.v);
}
