/* share.c: see share.h. */
#include "node/link/share.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIGHT_PER_S = 96 * 1024, /* cost: some fifty small reports a second */
    LIGHT_BURST = 512 * 1024,
    URGENT_PER_S = 4 * 1024, /* bytes of emergencies: some two a second, */
    URGENT_BURST = 64 * 1024,
    CALM_US = 10000000, /* nothing held for so long: it is told no more */
};

int64_t qp_bucket_level(struct qp_bucket *b, const struct qp_rate *r, int64_t now_us)
{
    assert(r->per_s >= 0 && r->burst >= 0);
    if (b->at_us == 0) {
        b->level = r->burst;
        b->at_us = now_us;
    }
    int64_t passed_us = now_us - b->at_us;
    int64_t most_us = r->per_s > 0 ? (r->burst - b->level) / r->per_s * 1000000 + 1000000 : 0;
    if (passed_us <= 0) { /* the clock was set back: counted from here */
        b->at_us = now_us;
        return b->level;
    }
    if (passed_us >= most_us) {
        b->level = r->burst;
        b->at_us = now_us;
        return b->level;
    }
    int64_t more = passed_us * r->per_s / 1000000; /* no overflow: bounded by the burst */
    if (more > 0) {
        b->level = b->level + more > r->burst ? r->burst : b->level + more;
        b->at_us = now_us;
    }
    return b->level;
}

void qp_bucket_take(struct qp_bucket *b, int64_t n)
{
    assert(n >= 0);
    b->level -= n;
}

static const struct qp_rate light = {LIGHT_PER_S, LIGHT_BURST};

enum qp_over qp_share_over(struct qp_share *s, const struct qp_shares *all, int64_t now_us)
{
    assert(s->held_bytes <= all->held_bytes);
    if (all->journal.per_s > 0 && qp_bucket_level(&s->journal, &all->journal, now_us) <= 0)
        return QP_OVER_RATE;
    if (all->shared && (all->behind || all->heavy_left <= 0) &&
        qp_bucket_level(&s->light, &light, now_us) <= 0)
        return QP_OVER_SHARE;
    return QP_OVER_NOT;
}

/* Never more than the journal's rate, from which it is taken as well: what is left of the store lasts as long as without it. */
bool qp_share_urgent(struct qp_share *s, const struct qp_shares *all, size_t len, int64_t now_us)
{
    assert(len <= QP_FRAME_BYTES);
    struct qp_rate r = {URGENT_PER_S, URGENT_BURST};
    if (all->journal.per_s > 0 && all->journal.per_s < r.per_s)
        r.per_s = all->journal.per_s;
    if (qp_bucket_level(&s->urgent, &r, now_us) <= 0)
        return false;
    qp_bucket_take(&s->urgent, (int64_t)len);
    return true;
}

void qp_share_spend(struct qp_share *s, struct qp_shares *all, size_t len, int64_t now_us)
{
    assert(len <= QP_FRAME_BYTES);
    int64_t cost = (int64_t)len + QP_FRAME_COST;
    if (all->journal.per_s > 0) {
        qp_bucket_level(&s->journal, &all->journal, now_us);
        qp_bucket_take(&s->journal, (int64_t)len);
    }
    int64_t level = qp_bucket_level(&s->light, &light, now_us);
    if (level <= 0)
        all->heavy_left -= cost;
    else
        qp_bucket_take(&s->light, cost);
}

bool qp_share_hold(struct qp_share *s, struct qp_shares *all, const uint8_t *frame, size_t len)
{
    assert((!s->first) == (s->held == 0));
    bool crowded = all->held_bytes + len > QP_HELD_ALL && s->held_bytes + len > QP_HELD_FEW;
    struct qp_held *h = NULL;
    if (s->held < QP_HELD_FRAMES && s->held_bytes + len <= QP_HELD_BYTES && !crowded)
        h = malloc(sizeof *h + len);
    if (!h)
        return false;
    h->next = NULL;
    h->len = len;
    memcpy(h->bytes, frame, len);
    if (s->last)
        s->last->next = h;
    else
        s->first = h;
    s->last = h;
    s->held++;
    s->held_bytes += len;
    all->held_bytes += len;
    assert(s->held_bytes <= QP_HELD_BYTES && s->held_bytes <= all->held_bytes);
    return true;
}

struct qp_held *qp_share_next(struct qp_share *s, struct qp_shares *all)
{
    assert((!s->first) == (s->held == 0) && s->held_bytes <= all->held_bytes);
    struct qp_held *h = s->first;
    if (!h)
        return NULL;
    s->first = h->next;
    if (!s->first)
        s->last = NULL;
    s->held--;
    s->held_bytes -= h->len;
    all->held_bytes -= h->len;
    return h;
}

void qp_share_clear(struct qp_share *s, struct qp_shares *all)
{
    for (struct qp_held *h; (h = qp_share_next(s, all));)
        free(h);
    assert(s->held == 0 && s->held_bytes == 0);
}

bool qp_share_note(struct qp_share *s, const struct qp_shares *all, enum qp_over why, int64_t now_us)
{
    assert(s->limited.why == QP_OVER_NOT || s->limited.since_us != 0);
    struct qp_limited *l = &s->limited;
    l->rate = (uint64_t)(all->journal.per_s > 0 ? all->journal.per_s : 0);
    l->waiting = s->held_bytes;
    if (why == QP_OVER_NOT && s->held == 0) {
        if (s->free_us == 0)
            s->free_us = now_us;
        if (l->why == QP_OVER_NOT || now_us - s->free_us < CALM_US)
            return false;
        l->why = QP_OVER_NOT;
        l->since_us = 0;
        return true;
    }
    s->free_us = 0;
    if (why == QP_OVER_NOT || (uint32_t)why == l->why || (l->why == QP_OVER_RATE && why == QP_OVER_SHARE))
        return false; /* over its rate says more, and it is told again only when that is over */
    l->why = why;
    if (l->since_us == 0)
        l->since_us = now_us;
    return true;
}
