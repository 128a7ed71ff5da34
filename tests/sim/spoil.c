/* spoil.c: a parcel whose origin has written what a node above does not take: as when the two run different builds.
 * The one above refuses that chain for good (E6), although nobody lies.
 *
 *   a delivery on its way up ── the same place, with one event more that may not travel, signed by its origin ──► refused there
 *
 * What the origin says from there on is held by nobody above until it has gone on as its next incarnation and said all
 * of it again: the checkers want every acknowledged step at the root in the end. */
#include "proto/link.pb-c.h"
#include "tests/sim/world.h"

static struct sim_node *origin_of(struct sim_world *w, const struct qp_parcel *p)
{
    for (int i = 1; i < w->n; i++)
        if (memcmp(w->node[i].id, p->h.origin, QP_ID_LEN) == 0 && w->node[i].up && i != w->liar)
            return &w->node[i];
    return NULL;
}

static struct qp_slice local_fact(struct qp_arena *a, const struct qp_parcel *p)
{
    static const char name[] = "local";
    Qp__Event ev = QP__EVENT__INIT;
    Qp__TokenEnded body = QP__TOKEN_ENDED__INIT;
    struct qp_slice out;
    body.name = (char *)(uintptr_t)name;
    ev.origin = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)p->h.origin};
    ev.incarnation = p->h.incarnation;
    ev.counter = UINT64_MAX / 2;
    ev.at_us = 1767225600000000ll;
    ev.body_case = QP__EVENT__BODY_TOKEN_ENDED;
    ev.token_ended = &body;
    out.p = qp_encode(&ev.base, a, &out.len);
    return out;
}

/* Who has said two things for one place is a fork, and not what is meant: only what has not gone this way as it truly is. */
static bool is_new(struct sim_world *w, int link, const struct sim_node *x, const struct qp_header *h)
{
    bool newer = h->incarnation > w->sent[link][x - w->node][h->lane - 1].incarnation;
    if (!newer && h->seq <= w->sent[link][x - w->node][h->lane - 1].seq)
        return false;
    return newer || h->incarnation == w->sent[link][x - w->node][h->lane - 1].incarnation;
}

static uint8_t *seal_again(struct sim_world *w, struct sim_node *x, Qp__Frame *f, const struct qp_parcel *p,
                           struct qp_arena *a, size_t *len)
{
    struct qp_slice *events = qp_arena_take(a, (p->h.count + 1) * sizeof *events), bytes;
    struct qp_hash id;
    struct qp_header h = p->h;
    if (!events)
        return NULL;
    for (uint32_t i = 0; i < p->h.count; i++)
        events[i] = p->events[i];
    events[p->h.count] = local_fact(a, p); /* so that all of its own is good, and must be found in the end */
    qp_parcel_seal(&bytes, &id, &h, events, p->h.count + 1, qp_core_sign_sk(x->core), a);
    if (bytes.len > QP_PARCEL_BYTES)
        return NULL;
    f->deliver->parcel = (ProtobufCBinaryData){bytes.len, (uint8_t *)(uintptr_t)bytes.p};
    x->spoilt = true;
    w->spoilt_done++;
    return qp_encode(&f->base, a, len);
}

/* A copy of the frame with the parcel in it spoilt, now and then; NULL: as it is. */
uint8_t *sim_spoilt(struct sim_world *w, int link, const uint8_t *frame, size_t frame_len, struct qp_arena *a,
                    size_t *len)
{
    Qp__Frame *f;
    struct qp_parcel p;
    if (QP_DECODE(&f, frame, frame, frame_len, a, NULL) != 0 ||
        (f->body_case != QP__FRAME__BODY_DELIVER && f->body_case != QP__FRAME__BODY_AHEAD))
        return NULL;
    ProtobufCBinaryData *parcel =
        f->body_case == QP__FRAME__BODY_AHEAD ? &f->ahead->parcel : &f->deliver->parcel;
    if (parcel->len == 0 || qp_parcel_open(&p, parcel->data, parcel->len, a, NULL) ||
        p.h.scope != QP_SCOPE_HORIZON)
        return NULL;
    struct sim_node *x = origin_of(w, &p);
    if (!x || !is_new(w, link, x, &p.h))
        return NULL;
    bool spoils = f->body_case == QP__FRAME__BODY_DELIVER && !f->deliver->handback && !x->spoilt &&
                  !w->healing && w->spoilt_done < (uint64_t)w->plan.spoils && p.h.count < QP_PARCEL_EVENTS &&
                  qp_core_self(x->core)->incarnation == p.h.incarnation && sim_chance(w, 10);
    uint8_t *out = spoils ? seal_again(w, x, f, &p, a, len) : NULL;
    if (!out) {
        w->sent[link][x - w->node][p.h.lane - 1].incarnation = p.h.incarnation;
        w->sent[link][x - w->node][p.h.lane - 1].seq = p.h.seq;
    }
    return out;
}
