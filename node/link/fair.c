/* fair.c: whose frames go into the next turn, and how many (L7).
 *
 *   sockets ──┬─► a child that may ─────────────────► session ─► the turn's inputs, until the slice is full
 *             └─► one that is over ─► held (share.c) ─► round by round, as soon as it may
 *
 * Two things keep an honest sibling's report quick beside a child at full speed. The turn is short: its cost
 * is measured, and a wait gives it what it can do in a few milliseconds while several neighbours are at work.
 * And what goes up is short: while this node's own parent has not acknowledged what it has, who brings much
 * waits here, so that what goes up from the others does not stand behind it. A child alone is not slowed by
 * any of this but its journal's rate, which has a burst for imports.
 *
 * That rate bounds the journal: the settings' (link.child_rate), and never more than what is left of the
 * store in a week; a quarter of what the own parent takes from here. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/wired.h"

enum {
    CALLS_PER_S = 1,
    CALLS_BURST = 30,
    ACKS_PER_S = 2000,
    ACKS_BURST = 4000,
    ASKS_PER_S = 200,
    ASKS_BURST = 1000,
    FORMER_S = 10,
    FORMERS_BURST = 60,
    GUESTS_PER_S = 2,
    GUESTS_BURST = 256
};
enum { SHARED_US = 600000000 }; /* others have been at work so long ago: they may come back any moment */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* What each child may write now. */
static void look_at_room(struct qp_wire *w, int64_t now_us)
{
    assert(w->child.per_s >= 0 && w->child.burst >= 0);
    struct qp_store_use u;
    struct qp_link_status up;
    struct qp_rate r = w->child;
    if (now_us >= w->room_us && now_us < w->room_us + QP_ROOM_US)
        return;
    w->room_us = now_us;
    if (r.per_s == 0) {
        w->shares.journal = r;
        return;
    }
    qp_store_use(w->store, &u);
    uint64_t left = u.journal_size > u.journal_used ? u.journal_size - u.journal_used : 0;
    left = left < u.disk_free ? left : u.disk_free;
    r.per_s = least(r.per_s, (int64_t)(left / QP_ROOM_S));
    r.burst = least(r.burst, (int64_t)(left / QP_ROOM_SHARE));
    if (w->parent) {
        qp_session_status(w->parent->session, &up, now_us);
        if (up.limited.rate > 0)
            r.per_s = least(r.per_s, (int64_t)(up.limited.rate / QP_BELOW));
    }
    r.per_s = r.per_s < 1024 ? 1024 : r.per_s;
    w->shares.journal = r;
}

void qp_fair_begin(struct qp_wire *w, int64_t now_us)
{
    assert(w->holding <= w->nchildren);
    look_at_room(w, now_us);
    w->shares.shared = w->others_us != 0 && now_us - w->others_us < SHARED_US;
    w->shares.behind = w->shares.shared && w->parent && qp_session_behind(w->parent->session);
    w->shares.heavy_left = w->parent ? QP_HEAVY : INT64_MAX;
    size_t floor = w->shares.shared ? QP_SLICE_SHARED : QP_SLICE_ALONE;
    if (w->slice < floor)
        w->slice = floor;
}

bool qp_fair_more(const struct qp_wire *w, const struct qp_harvest *g)
{
    assert(w->slice > 0); /* qp_fair_begin sets it */
    return g->cost < w->slice;
}

void qp_fair_work(struct qp_wire *w, const struct qp_link *l, int64_t now_us)
{
    assert(!l || l->wire == w);
    if (w->worker == l) /* NULL: people at this node */
        return;
    if (w->at_work)
        w->others_us = now_us;
    w->at_work = true;
    w->worker = l;
}

static bool is_work(int kind)
{
    return kind != QP__FRAME__BODY_ACK && kind != QP__FRAME__BODY_BEAT && kind != QP__FRAME__BODY_ASK &&
           kind != QP__FRAME__BODY_ANSWER &&
           kind != QP__FRAME__BODY_HANDED_BACK; /* and what does not say what it is */
}

/* Of questions and acks there is no need for more: an honest child acknowledges every two milliseconds, or 32
 * KB, and an ack that is lost is made good by the next. */
static bool too_often(struct qp_link *l, int kind, int64_t now_us)
{
    assert(l != l->wire->parent);
    static const struct qp_rate asks = {ASKS_PER_S, ASKS_BURST}, acks = {ACKS_PER_S, ACKS_BURST};
    const struct qp_rate *r = kind == QP__FRAME__BODY_ASK ? &asks : &acks;
    struct qp_bucket *b = kind == QP__FRAME__BODY_ASK ? &l->share.asks : &l->share.acks;
    if (kind != QP__FRAME__BODY_ASK && kind != QP__FRAME__BODY_ACK)
        return false;
    if (qp_bucket_level(b, r, now_us) <= 0)
        return true;
    qp_bucket_take(b, 1);
    return false;
}

/* A beat states a time: heard late, it would show a clock as wrong that is right (T4). An emergency waits for no backlog, nor for
 * its own child's (U3): a few go on, and are paid for. */
static bool goes_on(struct qp_link *l, const struct qp_harvest *g, int kind, const uint8_t *frame, size_t len,
                    enum qp_over over)
{
    assert(len <= QP_FRAME_BYTES);
    struct qp_share *s = &l->share;
    if (kind == QP__FRAME__BODY_BEAT || (s->held == 0 && over == QP_OVER_NOT))
        return true;
    return s->held_urgent == 0 && qp_frame_lane(frame, len) == QP_LANE_URGENT &&
           qp_share_urgent(s, &l->wire->shares, len, g->now_us);
}

void qp_fair_frame(struct qp_link *l, struct qp_harvest *g, int kind, const uint8_t *frame, size_t len)
{
    assert(l != l->wire->parent && len <= QP_FRAME_BYTES);
    struct qp_wire *w = l->wire;
    struct qp_share *s = &l->share;
    bool work = is_work(kind);
    enum qp_over over = QP_OVER_NOT;
    if (too_often(l, kind, g->now_us)) {
        w->counters.frames_over++;
        return;
    }
    if (kind != QP__FRAME__BODY_BEAT) /* acks and questions keep a turn busy as well */
        qp_fair_work(w, l, g->now_us);
    if (work) {
        over = qp_share_over(s, &w->shares, g->now_us);
    }
    if (goes_on(l, g, kind, frame, len, over)) {
        if (work)
            qp_share_spend(s, &w->shares, len, g->now_us);
        qp_harvest_held(l, g, frame, len);
        return;
    }
    bool first = s->held == 0;
    g->cost += len / 8 + 100;
    qp_session_heard(l->session, g->now_us);
    if (!qp_share_hold(s, &w->shares, frame, len)) {
        w->counters.frames_over++;
        return;
    }
    w->counters.frames_held++;
    w->holding += first;
    s->held_urgent += qp_frame_lane(frame, len) == QP_LANE_URGENT;
    if (over != QP_OVER_NOT)
        qp_share_note(s, &w->shares, over, g->now_us);
}

/* One frame of it, if it may. */
static bool go_on(struct qp_link *l, struct qp_harvest *g)
{
    assert(l->wire->holding > 0);
    struct qp_wire *w = l->wire;
    struct qp_held *h = l->share.first;
    if (!h)
        return false;
    bool work = is_work(qp_frame_kind(h->bytes, h->len));
    if (work && qp_share_over(&l->share, &w->shares, g->now_us) != QP_OVER_NOT)
        return false;
    h = qp_share_next(&l->share, &w->shares);
    w->holding -= l->share.held == 0;
    l->share.held_urgent -= qp_frame_lane(h->bytes, h->len) == QP_LANE_URGENT;
    if (work)
        qp_share_spend(&l->share, &w->shares, h->len, g->now_us);
    qp_harvest_held(l, g, h->bytes, h->len);
    free(h);
    return true;
}

void qp_fair_held(struct qp_wire *w, struct qp_harvest *g)
{
    assert(w->holding <= w->nchildren);
    for (size_t idle = 0; w->holding > 0 && idle < w->nchildren && g->n < g->max && qp_fair_more(w, g);) {
        struct qp_link *l = w->children[w->holder++ % w->nchildren];
        idle = go_on(l, g) ? 0 : idle + 1;
    }
}

bool qp_fair_call(struct qp_link *l, int64_t now_us)
{
    assert(l != l->wire->parent);
    static const struct qp_rate r = {CALLS_PER_S, CALLS_BURST};
    if (qp_bucket_level(&l->share.calls, &r, now_us) <= 0)
        return false;
    qp_bucket_take(&l->share.calls, 1);
    return true;
}

bool qp_fair_handshake(struct qp_link *l, int64_t now_us)
{
    assert(l != l->wire->parent);
    static const struct qp_rate r = {2 * CALLS_PER_S, 2 * CALLS_BURST};
    if (qp_bucket_level(&l->share.handshakes, &r, now_us) <= 0)
        return false;
    qp_bucket_take(&l->share.handshakes, 1);
    return true;
}

/* Nobody but its other end closes a connection, so that only what is let in bounds how many stand: of all keys that were children's
 * one in FORMER_S, of all tokens so many a second. */
bool qp_fair_former(struct qp_wire *w, int64_t now_us)
{
    assert(w->router); /* they came by it */
    static const struct qp_rate r = {1, FORMERS_BURST * FORMER_S};
    if (qp_bucket_level(&w->formers, &r, now_us) < FORMER_S)
        return false;
    qp_bucket_take(&w->formers, FORMER_S);
    return true;
}

bool qp_fair_guest(struct qp_wire *w, int64_t now_us)
{
    assert(w->router);
    static const struct qp_rate r = {GUESTS_PER_S, GUESTS_BURST};
    if (qp_bucket_level(&w->guests, &r, now_us) <= 0)
        return false;
    qp_bucket_take(&w->guests, 1);
    return true;
}

void qp_fair_given(struct qp_wire *w, const struct qp_harvest *g, int64_t monotonic_us)
{
    assert(g->n < g->max + QP_FRAME_INPUTS);
    w->given = g->n > 0 ? g->cost : 0;
    w->given_us = monotonic_us;
}

/* The slice follows what a turn takes, both ways. */
void qp_fair_took(struct qp_wire *w, int64_t monotonic_us)
{
    int64_t took_us = monotonic_us - w->given_us;
    int64_t target_us = w->shares.shared ? QP_TURN_SHARED_US : QP_TURN_ALONE_US;
    size_t floor = w->shares.shared ? QP_SLICE_SHARED : QP_SLICE_ALONE;
    if (w->given == 0)
        return;
    if (took_us > target_us && w->given >= floor)
        w->slice = w->slice / 4 * 3;
    else if (took_us < target_us && w->given >= w->slice / 4 * 3)
        w->slice += w->slice / 4;
    w->given = 0;
    w->slice = w->slice < floor ? floor : w->slice > QP_SLICE_MOST ? QP_SLICE_MOST : w->slice;
    assert(w->slice >= floor && w->slice <= QP_SLICE_MOST);
}

void qp_fair_forget(struct qp_link *l)
{
    assert(l->share.held == 0 || l->wire->holding > 0);
    l->wire->holding -= l->share.held > 0;
    qp_share_clear(&l->share, &l->wire->shares);
    l->share.held_urgent = 0;
}

void qp_fair_tell(struct qp_wire *w, int64_t now_us)
{
    assert(w->shares.journal.per_s >= 0);
    for (size_t i = 0; i < w->nchildren; i++) {
        struct qp_link *l = w->children[i];
        struct qp_limited *said = &l->share.limited;
        if (said->why == QP_OVER_NOT && said->rate == (uint64_t)w->shares.journal.per_s)
            continue;
        qp_share_note(&l->share, &w->shares, QP_OVER_NOT, now_us);
        l->touched |= qp_session_limit(l->session, said);
    }
}
