/* clock.c: this machine's clock was set (T0). Timers here are times of that clock: they are moved with it, so that
 * what was to happen in half a second still does, however far the clock has jumped. When a neighbour was last
 * heard moves too, as if the clock had always been right. What a neighbour has stated stays as it was said.
 * And what they say of this clock (T4). */
#include <assert.h>
#include <stdlib.h>

#include "node/link/wired.h"

/* 0 is "none", INT64_MAX "never". */
static void move(int64_t *at_us, int64_t by_us)
{
    if (*at_us != 0 && *at_us != INT64_MAX)
        *at_us += by_us;
}

static void move_lane(struct qp_credit *c, int64_t by_us)
{
    assert(c->count <= QP_WINDOW_PARCELS);
    move(&c->progress_us, by_us);
    move(&c->rewind_at_us, by_us);
    move(&c->rewound_us, by_us);
    for (size_t i = 0; i < QP_WINDOW_PARCELS; i++)
        move(&c->ring[i].sent_us, by_us);
}

void qp_session_clock_set(struct qp_session *s, int64_t by_us)
{
    assert(!s->ready || s->open);
    move(&s->shake.began_us, by_us);
    move(&s->retry_at_us, by_us);
    move(&s->open_us, by_us);
    move(&s->last_heard_us, by_us);
    move(&s->beat_at_us, by_us);
    move(&s->ack_at_us, by_us);
    move(&s->held_at_us, by_us);
    move(&s->ended_us, by_us);
    move(&s->again_us, by_us);
    move(&s->beats.came_us, by_us);
    s->beats.first_us = 0; /* what was said before comes back with the former clock's time */
    move(&s->renew_at_us, by_us);
    s->offset_us -= by_us; /* until the next beat says it anew */
    for (size_t i = 0; i < QP_LANES; i++)
        move_lane(&s->lanes[i], by_us);
    for (size_t i = 0; i < QP_ASKS; i++)
        move(&s->asked[i].at_us, by_us);
    move(&s->spoke_us, by_us);
    move(&s->from_there.since_us, by_us);
    move(&s->from_here.since_us, by_us);
    move(&s->whispered.at_us, by_us);
    move(&s->whispered_bytes.at_us, by_us);
    if (!s->dials)
        move(&s->limited.since_us, by_us);
}

static void move_share(struct qp_share *s, int64_t by_us)
{
    assert(s->held > 0 || s->held_bytes == 0);
    struct qp_bucket *buckets[] = {&s->journal, &s->light, &s->urgent,    &s->calls,
                                   &s->asks,    &s->acks,  &s->handshakes};
    for (size_t i = 0; i < sizeof buckets / sizeof *buckets; i++)
        move(&buckets[i]->at_us, by_us);
    move(&s->limited.since_us, by_us);
    move(&s->free_us, by_us);
}

static void move_link(struct qp_link *l, int64_t by_us)
{
    assert(!l || l->session);
    if (!l)
        return;
    qp_session_clock_set(l->session, by_us);
    move_share(&l->share, by_us);
    move(&l->next_us, by_us);
}

void qp_wire_clock_set(struct qp_wire *w, int64_t by_us)
{
    assert(w->nchildren == 0 || w->children);
    move_link(w->parent, by_us);
    for (size_t i = 0; i < w->nchildren; i++)
        move_link(w->children[i], by_us);
    for (size_t i = 0; i < QP_JOINS; i++)
        move(&w->joins[i].at_us, by_us);
    move(&w->dial.at_us, by_us);
    move(&w->endless.next_us, by_us);
    move(&w->next_us, by_us);
    move(&w->farewell_at_us, by_us);
    move(&w->others_us, by_us);
    move(&w->room_us, by_us);
    move(&w->formers.at_us, by_us);
    move(&w->guests.at_us, by_us);
    qp_show_clock_set(&w->shown, by_us);
    w->changed = true;
}

/* ---- T4: is it right? ---- */

static enum qp_time_word word_of(const struct qp_session *s)
{
    assert(s);
    if (!s->clock_heard)
        return QP_TIME_UNTOLD;
    return llabs(s->offset_us) > QP_CLOCKS_APART_US ? QP_TIME_WRONG : QP_TIME_SURE;
}

enum qp_time_word qp_wire_time_word(const struct qp_wire *w)
{
    assert(w->nchildren == 0 || w->children);
    enum qp_time_word above = w->parent ? word_of(w->parent->session) : QP_TIME_UNTOLD;
    size_t n[3] = {0};
    if (above != QP_TIME_UNTOLD)
        return above;
    for (size_t i = 0; i < w->nchildren; i++)
        n[word_of(w->children[i]->session)]++;
    if (n[QP_TIME_WRONG] > 0 && n[QP_TIME_WRONG] >= n[QP_TIME_SURE])
        return QP_TIME_WRONG;
    bool alone = !w->parent && w->nchildren == 0;
    return n[QP_TIME_SURE] > 0 || alone ? QP_TIME_SURE : QP_TIME_UNTOLD;
}
