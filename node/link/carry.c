/* carry.c: messages that are passed on along the tree (node/core/carry.c): one frame each, no position, no ack. What finds
 * no room is lost, as the core expects.
 *
 * A piece of a file goes when nothing urgent waits, and few in a while: an emergency that comes now waits behind no more than
 * that (VA3). One that may not go yet waits, sixteen at most and a second: a piece that is dropped is asked for again only after
 * two seconds of silence. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/inside.h"

/* An emergency that comes now waits behind no more than the burst. */
static const struct qp_rate PIECES = {10 * QP_LOW_BYTES, QP_LOW_BYTES};

struct piece {
    int64_t at_us;
    size_t len;
    uint8_t *bytes; /* the Carry, packed; malloc'd */
};
struct qp_pieces {
    struct piece v[QP_PIECES]; /* the oldest first */
    size_t n;
};

void qp_carry_on_carry(const struct qp_hearing *h)
{
    assert(h->s->open && h->frame->body_case == QP__FRAME__BODY_CARRY);
    if (h->frame->carry->whisper != QP_WHISPER_NONE && qp_whisper_over(h->s, h->frame->carry, h->now_us))
        return;
    struct qp_input in = {.kind = QP_IN_CARRY};
    in.carry.carry = h->frame->carry;
    qp_hearing_input(h, &in);
}

static void drop(struct qp_pieces *w, size_t i)
{
    assert(i < w->n);
    free(w->v[i].bytes);
    w->n--;
    memmove(&w->v[i], &w->v[i + 1], (w->n - i) * sizeof w->v[i]);
}

void qp_pieces_end(struct qp_session *s)
{
    while (s->pieces && s->pieces->n > 0)
        drop(s->pieces, s->pieces->n - 1);
    assert(!s->pieces || s->pieces->n == 0);
}

void qp_pieces_free(struct qp_session *s)
{
    qp_pieces_end(s);
    free(s->pieces);
    s->pieces = NULL;
}

/* When the next one may go; not after now_us: at once. */
static int64_t goes_at(struct qp_session *s, struct qp_read *read, int64_t now_us)
{
    uint64_t next;
    bool back;
    int64_t level = qp_bucket_level(&s->low, &PIECES, now_us);
    if (s->blocked || qp_queue_next(read->tables, s->n.store, s->peer, QP_LANE_URGENT,
                                    s->lanes[QP_LANE_URGENT - 1].cursor + 1, &next, &back) != QP_ENOTFOUND)
        return now_us + QP_BLOCKED_US;
    return level > 0 ? now_us : now_us + (1 - level) * 1000000 / PIECES.per_s + 1;
}

static bool say(struct qp_session *s, const Qp__Carry *c)
{
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_CARRY;
    f.carry = (Qp__Carry *)(uintptr_t)c;
    if (!qp_session_say(s, &f))
        return false;
    if (c->low)
        qp_bucket_take(&s->low, (int64_t)c->body.len);
    return true;
}

/* Behind those that wait. Beyond what has room it is lost: whoever asked for it asks again. */
static void wait_for_room(struct qp_session *s, const Qp__Carry *c, int64_t now_us)
{
    if (!s->pieces)
        s->pieces = calloc(1, sizeof *s->pieces);
    struct qp_pieces *w = s->pieces;
    size_t len = qp__carry__get_packed_size(c);
    uint8_t *bytes = w && w->n < QP_PIECES ? malloc(len) : NULL;
    if (!bytes)
        return;
    qp__carry__pack(c, bytes);
    w->v[w->n++] = (struct piece){.at_us = now_us, .len = len, .bytes = bytes};
    assert(w->n <= QP_PIECES);
}

int64_t qp_pieces_pump(struct qp_session *s, struct qp_read *read, int64_t now_us)
{
    struct qp_pieces *w = s->pieces;
    assert(s->open);
    while (w && w->n > 0) {
        struct piece *x = &w->v[0];
        bool old = now_us - x->at_us > QP_PIECE_US || now_us < x->at_us;
        int64_t at_us = !old ? goes_at(s, read, now_us) : now_us;
        if (at_us > now_us)
            return at_us;
        Qp__Carry *c = !old ? qp__carry__unpack(NULL, x->len, x->bytes) : NULL;
        bool said = c && say(s, c);
        if (c)
            qp__carry__free_unpacked(c, NULL);
        if (c && !said)
            return now_us + QP_BLOCKED_US;
        drop(w, 0);
    }
    return INT64_MAX;
}

void qp_carry_say(struct qp_session *s, const struct qp_output *o, struct qp_read *read, int64_t now_us)
{
    const Qp__Carry *c = o->carry;
    assert(o->kind == QP_OUT_CARRY);
    if (c->whisper != QP_WHISPER_NONE) {
        qp_whisper_say(s, c, read, now_us);
        return;
    }
    if (!s->open || s->version < QP_LINK_VERSION_CARRY)
        return;
    bool first = !s->pieces || s->pieces->n == 0;
    if (c->low && (!first || goes_at(s, read, now_us) > now_us))
        wait_for_room(s, c, now_us);
    else
        say(s, c);
}
