/* hear.c: which frame may come when, and who hears it: one table. Its arrows are the table's; nothing of a session calls back
 * here, so that the files of a session stand below it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/inside.h"

/* Only echoes of beats that were said by this clock, in this session, measure anything; the neighbour's word is bounded
 * before it is reckoned with. */
static void measure(struct qp_session *s, const Qp__Beat *b, int64_t now_us)
{
    assert(s->open); /* a beat is a session's */
    s->beats.heard_us = b->now_us;
    s->beats.came_us = now_us;
    if (s->beats.first_us == 0 || b->echo_us < s->beats.first_us || b->echo_us > now_us || b->held_us < 0 ||
        b->held_us > now_us - b->echo_us)
        return;
    s->beats.rtt_us = now_us - b->echo_us - b->held_us;
    assert(s->beats.rtt_us >= 0);
}

static void on_beat(const struct qp_hearing *h)
{
    assert(h->frame->beat->n_gone <= QP_GONE);
    struct qp_session *s = h->s;
    const Qp__Beat *b = h->frame->beat;
    s->offset_us = b->now_us - h->now_us;
    s->clock_heard = true;
    measure(s, b, h->now_us);
    s->whispers_told = b->whispers;
    if (s->dials && b->share)
        s->limited =
            (struct qp_limited){b->share->why, b->share->since_us, b->share->rate, b->share->waiting};
    if (s->dials)
        return; /* only a child tells who is gone below it */
    if (b->n_gone > s->heard_n) {
        struct qp_gone *more = realloc(s->heard, b->n_gone * sizeof *more);
        if (!more)
            return;
        s->heard = more;
    }
    const struct qp_tree *tree = qp_core_tree(s->n.core);
    const struct qp_place *of = qp_tree_node(tree, s->peer);
    size_t n = 0;
    for (size_t i = 0; i < b->n_gone; i++) {
        const struct qp_place *p = qp_tree_node(tree, b->gone[i]->node.data);
        int64_t at_us = b->gone[i]->last_heard_us;
        if (!of || !p || !qp_place_below(p, of))
            continue; /* of others than those below it nobody is believed */
        memcpy(s->heard[n].node, b->gone[i]->node.data, QP_ID_LEN);
        s->heard[n++].last_heard_us = at_us < 0 ? 0 : at_us < h->now_us ? at_us : h->now_us;
    }
    s->heard_n = n;
}

/* ---- the table: which side may say it, and whether it takes an open session and its number ---- */
enum { FROM_CHILD = 1, FROM_PARENT = 2, FROM_BOTH = 3 };
static const struct {
    uint8_t from;
    bool in_session;
    void (*hear)(const struct qp_hearing *h);
} TABLE[] = {
    [QP__FRAME__BODY_CALL] = {FROM_CHILD, false, qp_greet_on_call},
    [QP__FRAME__BODY_CHALLENGE] = {FROM_PARENT, false, qp_greet_on_challenge},
    [QP__FRAME__BODY_GREETING] = {FROM_BOTH, false, qp_greet_on_greeting},
    [QP__FRAME__BODY_DELIVER] = {FROM_BOTH, true, qp_ack_on_deliver},
    [QP__FRAME__BODY_HANDED_BACK] = {FROM_BOTH, true, qp_ack_on_handed_back},
    [QP__FRAME__BODY_ACK] = {FROM_BOTH, true, qp_ack_on_ack},
    [QP__FRAME__BODY_ASK] = {FROM_BOTH, true, qp_ask_on_ask},
    [QP__FRAME__BODY_ANSWER] = {FROM_BOTH, true, qp_ask_on_answer},
    [QP__FRAME__BODY_RECEIPT] = {FROM_PARENT, true, qp_ack_on_receipt},
    [QP__FRAME__BODY_BEAT] = {FROM_BOTH, true, on_beat},
    [QP__FRAME__BODY_REFUSE] = {FROM_BOTH, false, qp_refuse_on_refuse},
    [QP__FRAME__BODY_AHEAD] = {FROM_BOTH, true, qp_ahead_on_ahead},
    [QP__FRAME__BODY_CARRY] = {FROM_BOTH, true, qp_carry_on_carry},
    [QP__FRAME__BODY_RENEW] = {FROM_CHILD, true, qp_renew_on_renew},
    [QP__FRAME__BODY_WELCOME] = {FROM_PARENT, false, qp_renew_on_welcome},
    [QP__FRAME__BODY_LATER] = {FROM_PARENT, true, qp_renew_on_later},
};

void qp_session_frame(struct qp_session *s, const uint8_t *frame, size_t len, struct qp_read *read,
                      struct qp_arena *arena, qp_session_input input, void *input_arg, int64_t now_us,
                      const uint8_t seed[QP_SEED_LEN])
{
    assert(!s->ready || s->open);
    struct qp_hearing h = {
        .s = s, .read = read, .arena = arena, .input = input, .input_arg = input_arg, .now_us = now_us};
    Qp__Frame *f;
    if (qp_frame_read(&f, frame, len, arena, NULL)) {
        s->bad_frames++;
        return;
    }
    h.frame = f;
    unsigned kind = (unsigned)f->body_case;
    if (kind <= QP__FRAME__BODY_AHEAD && (int)kind != qp_frame_kind(frame, len)) {
        s->bad_frames++; /* the wire bounds frames by what they look like (fair.c, route.c): this one looks like another */
        return;
    }
    if (kind >= sizeof TABLE / sizeof *TABLE || !(TABLE[kind].from & (s->dials ? FROM_PARENT : FROM_CHILD)) ||
        (TABLE[kind].in_session && (!s->open || f->session != s->number))) {
        s->bad_frames++;
        return;
    }
    if (kind == QP__FRAME__BODY_CALL)
        qp_drbg_init(&s->random, seed);
    if (TABLE[kind].in_session)
        qp_session_heard(s, now_us);
    TABLE[kind].hear(&h);
}
