/* renews.c: see renews.h. */
#include "tests/unit/core/renews.h"

static void local(struct rig *r, int origin, struct forged *f)
{
    matter m = {{1, 2, 3}};
    *f = rig_forged(r, origin, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, origin, QP__EVENT__BODY_TOKEN_ENDED, &m);
    ev->matter.len = 0;
    ev->token_ended->name = qp_arena_text(r->arena, "local");
    f->sign_sk = qp_core_sign_sk(r->nodes[origin].core);
    rig_add(f, ev); /* may not travel */
}

void renew_refuse_at(struct rig *r, int origin, int via, int at, bool first)
{
    struct forged f, g;
    local(r, origin, &f);
    if (!first) {
        g = f;
        f.n = 0;
        for (int i = 0; i < 4; i++) {
            Qp__Event *ev = rig_event(r, origin, QP__EVENT__BODY_COMMENTED, &(matter){{9}});
            ev->commented->text = qp_arena_text(r->arena, "in front of it");
            rig_add(&f, ev);
        }
        rig_add(&f, g.events[0]);
    }
    assert_int_equal(rig_hand(r, via, at, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_output(r, at, QP_OUT_REFUSED, NULL)->refused.code, QP_EINVAL);
    rig_verdicts(r);
    for (int i = 0; i < 3; i++)
        rig_verdicts(r);
}

bool renew_wants(struct rig *r, int i, struct qp_renewal_request *q)
{
    struct qp_read read;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    bool yes = qp_core_renewal(r->nodes[i].core, read.tables, r->now_us, q);
    qp_read_end(&read);
    return yes;
}

const struct qp_output *renew_ask(struct rig *r, int i, const struct qp_renewal_request *q)
{
    int up = r->nodes[i].up;
    Qp__Renew *n = qp_arena_take(r->arena, sizeof *n);
    struct qp_input in = {.kind = QP_IN_RENEW};
    qp__renew__init(n);
    n->incarnation = q->incarnation;
    n->sign_key = (ProtobufCBinaryData){QP_PK_LEN, qp_arena_copy(r->arena, q->sign_key, QP_PK_LEN)};
    n->signature = (ProtobufCBinaryData){QP_SIG_LEN, qp_arena_copy(r->arena, q->signature, QP_SIG_LEN)};
    n->proof = (ProtobufCBinaryData){QP_SIG_LEN, qp_arena_copy(r->arena, q->proof, QP_SIG_LEN)};
    in.renew.renew = n;
    memcpy(in.peer, r->nodes[i].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, up, &in, 1), 0);
    const struct qp_output *o = rig_output(r, up, QP_OUT_WELCOME, r->nodes[i].id);
    return o ? o : rig_output(r, up, QP_OUT_LATER, r->nodes[i].id);
}

void renew_welcomed(struct rig *r, int i, const Qp__Welcome *w)
{
    struct qp_input in = {.kind = QP_IN_WELCOME};
    size_t len;
    Qp__Welcome *copy;
    uint8_t *bytes = qp_encode(&w->base, r->arena, &len);
    assert_int_equal(QP_DECODE(&copy, welcome, bytes, len, r->arena, NULL), 0);
    in.welcome.welcome = copy;
    memcpy(in.peer, r->nodes[r->nodes[i].up].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, i, &in, 1), 0);
    r->nodes[i].incarnation = qp_core_self(r->nodes[i].core)->incarnation;
    r->nodes[i].met = false;
    for (int k = 0; k < r->n; k++)
        if (r->nodes[k].up == i)
            r->nodes[k].met = false;
}

void renew_said_again(struct rig *r, int i)
{
    for (int n = 0; n < 100 && r->nodes[i].core->resaying; n++) {
        r->now_us += 5000;
        rig_tick(r, i);
    }
    assert_false(r->nodes[i].core->resaying);
    rig_settle(r);
    rig_tick(r, 0);
    rig_settle(r);
}
