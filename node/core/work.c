/* work.c: what a turn gathers for its end: outputs, and offers to look at. Nothing here decides anything. */
#include <assert.h>

#include "node/core/private.h"

const uint8_t qp_nobody[QP_ID_LEN];

struct qp_output *qp_out(struct qp_work *w, enum qp_output_kind kind, const uint8_t peer[QP_ID_LEN])
{
    struct qp_outputs *o = w->out;
    struct qp_output *v = qp_arena_list(w->c->arena, o->v, o->n, &o->cap, sizeof *v, 64);
    assert(o->n <= o->cap);
    if (!v)
        return NULL;
    o->v = v;
    struct qp_output *x = &o->v[o->n++];
    memset(x, 0, sizeof *x);
    x->kind = kind;
    memcpy(x->peer, peer, QP_ID_LEN);
    return x;
}

static struct qp_output *had(struct qp_work *w, enum qp_output_kind kind, const uint8_t peer[QP_ID_LEN])
{
    assert(w->firsts <= sizeof w->first / sizeof w->first[0]);
    for (size_t i = w->firsts; i-- > 0;) {
        struct qp_output *o = &w->out->v[w->first[i]];
        if (o->kind == kind && qp_same(o->peer, peer))
            return o;
    }
    return NULL;
}

static struct qp_output *once(struct qp_work *w, enum qp_output_kind kind, const uint8_t peer[QP_ID_LEN])
{
    struct qp_output *o = had(w, kind, peer);
    if (o || !(o = qp_out(w, kind, peer)))
        return o;
    assert(o == &w->out->v[w->out->n - 1]);
    if (w->firsts < sizeof w->first / sizeof w->first[0])
        w->first[w->firsts++] = w->out->n - 1;
    return o;
}

void qp_out_once(struct qp_work *w, enum qp_output_kind kind, const uint8_t peer[QP_ID_LEN])
{
    assert(kind == QP_OUT_WAKE || kind == QP_OUT_END || kind == QP_OUT_CHANGED ||
           kind == QP_OUT_RENEWED); /* they have no more to say */
    once(w, kind, peer);
}

void qp_out_ack(struct qp_work *w, const uint8_t peer[QP_ID_LEN], bool rewind, bool full)
{
    struct qp_output *o = once(w, QP_OUT_ACK, peer);
    if (o) {
        o->ack.rewind |= rewind;
        o->ack.full |= full;
    }
}

int qp_note_offer(struct qp_work *w, const uint8_t matter[QP_ID_LEN])
{
    void *v = qp_arena_list(w->c->arena, w->offers, w->noffers, &w->capoffers, QP_ID_LEN, 64);
    assert(w->noffers <= w->capoffers);
    if (!v)
        return QP_ENOMEM;
    w->offers = v;
    memcpy(w->offers[w->noffers++], matter, QP_ID_LEN);
    return 0;
}

int qp_ask_certificate(struct qp_work *w, const uint8_t peer[QP_ID_LEN], const struct qp_hash *id)
{
    struct qp_output *o = qp_out(w, QP_OUT_ASK, peer);
    QP_COUNT(w->c, refused_unknown_key);
    if (!o)
        return QP_ENOMEM;
    memcpy(o->ask.certificate, id->b, QP_HASH_LEN);
    return 0;
}
