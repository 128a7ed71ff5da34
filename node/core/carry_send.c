/* carry_send.c: a message to another node begins here (carry.c): signed, and given to the next one on its way. */
#include <assert.h>

#include "node/core/fetch.h"
#include "node/core/heard.h"

void qp_carry_words(struct qp_hash *out, const Qp__Carry *c)
{
    const struct qp_part parts[] = {
        {c->from.data, c->from.len}, {c->to.data, c->to.len}, {c->body.data, c->body.len}};
    qp_hash_parts(out, parts, 3);
}

int qp_carry_put(struct qp_work *w, const struct qp_place *next, const Qp__Carry *c, struct qp_err *e)
{
    assert(!qp_same(next->cert.node, w->c->self.node));
    struct qp_output *o = qp_out(w, QP_OUT_CARRY, next->cert.node);
    if (!o)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    o->carry = c;
    return 0;
}

int qp_carry_send(struct qp_work *w, const uint8_t to[QP_ID_LEN], Qp__Carried *said, struct qp_err *e)
{
    struct qp_core *c = w->c;
    struct qp_arena *a = c->arena;
    const struct qp_place *next = qp_next_of(c, to);
    struct qp_hash h;
    if (!next)
        return qp_fail(e, QP_ENOTFOUND, "the way to that node is not known here");
    Qp__Carry *out = qp_arena_take(a, sizeof *out);
    uint8_t *signature = qp_arena_take(a, QP_SIG_LEN);
    /* The clock was set back since by more than anybody takes: nobody who is right takes such a time. */
    bool ahead = c->carried_us > w->now_us + QP_HEARD_SPAN_US / 2;
    c->carried_us = ahead || w->now_us > c->carried_us ? w->now_us : c->carried_us + 1; /* no two alike */
    said->at_us = c->carried_us;
    assert(!qp_check(&said->base, NULL));
    size_t len;
    uint8_t *body = qp_encode(&said->base, a, &len);
    if (!out || !signature || !body)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__carry__init(out);
    out->from = (ProtobufCBinaryData){QP_ID_LEN, c->self.node};
    out->to = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, to, QP_ID_LEN)};
    out->body = (ProtobufCBinaryData){len, body};
    qp_carry_words(&h, out);
    qp_sign(signature, QP_TAG_CARRY, h.b, QP_HASH_LEN, c->sign_sk);
    out->signature = (ProtobufCBinaryData){QP_SIG_LEN, signature};
    out->low =
        said->body_case == QP__CARRIED__BODY_FILE_GIVEN || said->body_case == QP__CARRIED__BODY_PARCEL_GIVEN;
    if (said->body_case == QP__CARRIED__BODY_WHISPER)
        out->whisper = said->whisper->newest ? QP_WHISPER_NEWEST : QP_WHISPER_EACH;
    return !out->to.data ? qp_fail(e, QP_ENOMEM, "the turn ran out of memory")
                         : qp_carry_put(w, next, out, e);
}
