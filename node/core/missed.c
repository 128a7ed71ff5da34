/* missed.c: a neighbour's lane in which something is missing: a gap, a certificate that is not here yet, a
 * parcel that was damaged. The neighbour is asked to send again from the committed position; if that does not
 * help, everything. The pause between two questions doubles up to a minute, so that what cannot be mended
 * costs little. Forgetting all this (a restart) only costs a repeated question. */
#include <assert.h>

#include "node/core/private.h"

enum { ASK_FIRST_US = 500000, ASK_MOST_US = 60000000 };

static int64_t pause_us(const struct qp_asked *q)
{
    assert(q->lane >= 1 && q->lane <= QP_LANES);
    int64_t p = (int64_t)ASK_FIRST_US << (q->times > 7 ? 7 : q->times);
    return p > ASK_MOST_US ? ASK_MOST_US : p;
}

static struct qp_asked *find(struct qp_core *c, const uint8_t peer[QP_ID_LEN], uint32_t lane)
{
    assert(lane >= 1 && lane <= QP_LANES);
    for (size_t i = 0; i < sizeof c->asked / sizeof c->asked[0]; i++)
        if (c->asked[i].lane == lane && qp_same(c->asked[i].peer, peer))
            return &c->asked[i];
    return NULL;
}

/* Everything again: positions start over, what is here already falls as a duplicate by its place in its
 * chain. */
static int from_the_start(struct qp_work *w, const uint8_t peer[QP_ID_LEN], struct qp_err *e)
{
    struct qp_peer_entry p;
    qp_peer_read(w->t->tables, w->c->store, peer, &p);
    memset(p.received, 0, sizeof p.received);
    memset(p.received_hash, 0, sizeof p.received_hash);
    return qp_peer_put(w, peer, &p, e);
}

static int ask(struct qp_work *w, struct qp_asked *q, struct qp_err *e)
{
    assert(q->open);
    q->at_us = w->now_us;
    q->times++;
    bool full = q->times >= 3 && q->times % 3 == 0;
    q->all |= full;
    qp_out_ack(w, q->peer, true, full);
    return full ? from_the_start(w, q->peer, e) : 0;
}

int qp_missed(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, struct qp_err *e)
{
    struct qp_core *c = w->c;
    struct qp_asked *q = find(c, peer, lane);
    if (!q) {
        q = &c->asked[c->asked_next++ % (sizeof c->asked / sizeof c->asked[0])];
        memset(q, 0, sizeof *q);
        memcpy(q->peer, peer, QP_ID_LEN);
        q->lane = lane;
    }
    assert(q->lane == lane && qp_same(q->peer, peer));
    if (!q->open) {
        q->open = true;
        q->all = false;
        q->times = 0;
        return ask(w, q, e);
    }
    return 0;
}

void qp_missed_came(struct qp_core *c, const uint8_t peer[QP_ID_LEN], uint32_t lane)
{
    struct qp_asked *q = find(c, peer, lane);
    if (q)
        q->open = false;
}

bool qp_missed_all(struct qp_core *c, const uint8_t peer[QP_ID_LEN], uint32_t lane)
{
    const struct qp_asked *q = find(c, peer, lane);
    return q && q->all;
}

void qp_missed_now(struct qp_core *c, const uint8_t peer[QP_ID_LEN])
{
    for (uint32_t lane = 1; lane <= QP_LANES; lane++) {
        struct qp_asked *q = find(c, peer, lane);
        if (q && q->open)
            q->at_us = INT64_MIN / 2;
    }
}

int qp_missed_tick(struct qp_work *w, int64_t *next, struct qp_err *e)
{
    assert(next);
    int rc = 0;
    *next = INT64_MAX;
    for (size_t i = 0; i < sizeof w->c->asked / sizeof w->c->asked[0]; i++) {
        struct qp_asked *q = &w->c->asked[i];
        if (!q->open)
            continue;
        bool ahead = q->at_us > w->now_us; /* the clock was set back since */
        if ((ahead || w->now_us - q->at_us >= pause_us(q)) && (rc = ask(w, q, e)))
            return rc;
        int64_t at = q->at_us + pause_us(q);
        *next = at < *next ? at : *next;
    }
    return 0;
}
