/* carry.c: what sessions would do, without them: greetings, deliveries from the queues, acks, hand-backs,
 * receipts, certificates asked for. */
#include "tests/unit/core/rig.h"

static ProtobufCBinaryData view(struct rig *r, const void *p, size_t len)
{
    return (ProtobufCBinaryData){len, qp_arena_copy(r->arena, p, len)};
}

static void *take(struct rig *r, size_t len)
{
    void *p = qp_arena_take(r->arena, len);
    assert_non_null(p);
    return p;
}

static size_t positions(struct rig *r, const struct qp_peer_entry *p, Qp__Position ***out)
{
    size_t n = 0;
    *out = take(r, QP_LANES * sizeof **out);
    for (uint32_t lane = 1; lane <= QP_LANES; lane++) {
        if (p->received[lane - 1] == 0)
            continue;
        Qp__Position *at = (*out)[n++] = take(r, sizeof *at);
        qp__position__init(at);
        at->lane = lane;
        at->position = p->received[lane - 1];
        at->hash = view(r, p->received_hash[lane - 1].b, 32);
    }
    return n;
}

Qp__Greeting *rig_greeting(struct rig *r, int from, int to)
{
    static const uint8_t none[QP_ID_LEN];
    struct qp_peer_entry p = rig_peer(r, from, to);
    Qp__Greeting *g = take(r, sizeof *g);
    qp__greeting__init(g);
    g->epoch = view(r, qp_store_epoch(r->nodes[from].store), QP_ID_LEN);
    if (memcmp(p.epoch, none, QP_ID_LEN) != 0) {
        g->seen_epoch = view(r, p.epoch, QP_ID_LEN);
        g->n_received = positions(r, &p, &g->received);
        g->seen_head = p.seen_head;
    }
    g->recovering = qp_core_recovering(r->nodes[from].core);
    g->head = rig_head(r, from);
    return g;
}

static void greet(struct rig *r, int from, int to, Qp__Greeting *g)
{
    struct qp_input in = {.kind = QP_IN_PEER};
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    memcpy(in.peer_open.epoch, g->epoch.data, QP_ID_LEN);
    in.peer_open.greeting = g;
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}

/* The places told, copied out of the turn's arena. */
static Qp__Head **heads_of(struct rig *r, const struct qp_output *o)
{
    Qp__Head **v = take(r, sizeof *v * (QP_AHEAD_KEPT + 1));
    for (size_t i = 0; i < o->ahead.nheads; i++) {
        size_t len;
        uint8_t *bytes = qp_encode(&o->ahead.heads[i]->base, r->arena, &len);
        assert_int_equal(QP_DECODE(&v[i], head, bytes, len, r->arena, NULL), 0);
    }
    return v;
}

/* What a parent tells a child that has greeted it, as the child's inputs; how many. */
static size_t told(struct rig *r, int parent, int child, struct qp_input in[QP_AHEAD_KEPT + 1])
{
    size_t n = 0;
    for (size_t k = 0; k < r->nodes[parent].out.n; k++) {
        const struct qp_output *o = &r->nodes[parent].out.v[k];
        if (o->kind != QP_OUT_AHEAD || memcmp(o->peer, r->nodes[child].id, QP_ID_LEN) != 0)
            continue;
        assert_true(n <= QP_AHEAD_KEPT);
        in[n] = rig_ahead(r, parent, o->ahead.parcel);
        in[n].ahead.last = o->ahead.last;
        in[n].ahead.nheads = o->ahead.nheads;
        in[n].ahead.heads = heads_of(r, o);
        n++;
    }
    return n;
}

size_t rig_word(struct rig *r, int child, struct qp_input in[QP_AHEAD_KEPT + 1])
{
    return told(r, r->nodes[child].up, child, in);
}

void rig_told(struct rig *r, int child)
{
    struct qp_input in[QP_AHEAD_KEPT + 1];
    size_t n = rig_word(r, child, in);
    assert_int_equal(rig_turn(r, child, in, n), 0);
}

struct qp_input rig_ahead(struct rig *r, int from, struct qp_slice bytes)
{
    struct qp_input in = {.kind = QP_IN_AHEAD};
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    memcpy(in.ahead.epoch, qp_store_epoch(r->nodes[from].store), QP_ID_LEN);
    in.ahead.bytes = bytes.len > 0 ? qp_arena_copy(r->arena, bytes.p, bytes.len) : NULL;
    in.ahead.len = bytes.len;
    return in;
}

void rig_greet(struct rig *r, int child)
{
    int parent = r->nodes[child].up;
    rig_give_chain(r, child, parent, qp_core_self(r->nodes[child].core)->id.b);
    rig_give_chain(r, parent, child, qp_core_self(r->nodes[parent].core)->id.b);
    Qp__Greeting *up = rig_greeting(r, child, parent), *down = rig_greeting(r, parent, child);
    greet(r, parent, child, down);
    greet(r, child, parent, up);
    r->nodes[child].met = true;
}

void rig_meet(struct rig *r, int child)
{
    rig_greet(r, child);
    rig_told(r, child);
}

size_t rig_gather(struct rig *r, int from, int to, uint32_t lane, struct qp_input *in, size_t most)
{
    struct node *x = &r->nodes[from];
    struct qp_peer_entry p = rig_peer(r, to, from), own = rig_peer(r, from, to);
    struct qp_read read;
    size_t n = 0;
    assert_int_equal(qp_read_begin(x->store, &read, NULL), 0);
    for (uint32_t l = 1; l <= QP_LANES; l++) {
        uint64_t after = p.received[l - 1], at;
        bool handback;
        while (n < most && (lane == 0 || lane == l) &&
               !qp_queue_next(read.tables, x->store, r->nodes[to].id, l, after + 1, &at, &handback) &&
               (own.refill_at == 0 || at < own.refill_at)) {
            struct qp_record rec;
            struct qp_input *i = &in[n++];
            assert_int_equal(qp_journal_get(read.journal, x->store, at, &rec, NULL), 0);
            memset(i, 0, sizeof *i);
            i->kind = QP_IN_PARCEL;
            memcpy(i->peer, x->id, QP_ID_LEN);
            memcpy(i->parcel.epoch, qp_store_epoch(x->store), QP_ID_LEN);
            i->parcel.lane = l;
            i->parcel.position = at;
            i->parcel.after = after;
            i->parcel.hash = rec.hash;
            i->parcel.handback = handback;
            i->parcel.bytes = qp_arena_copy(r->arena, rec.parcel.p, rec.parcel.len);
            i->parcel.len = rec.parcel.len;
            after = at;
        }
    }
    qp_read_end(&read);
    return n;
}

void rig_acked(struct rig *r, int from, int to)
{
    struct qp_peer_entry p = rig_peer(r, from, to);
    Qp__Ack ack = QP__ACK__INIT;
    const struct qp_output *o = rig_output(r, from, QP_OUT_ACK, r->nodes[to].id);
    ack.n_received = positions(r, &p, &ack.received);
    ack.full = o && o->ack.full;
    struct qp_input in = {.kind = QP_IN_ACK};
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    in.ack.ack = &ack;
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}

void rig_give_chain(struct rig *r, int from, int to, const uint8_t certificate[32])
{
    struct qp_read read;
    struct qp_hash id;
    struct qp_input in = {.kind = QP_IN_CHAIN};
    memcpy(id.b, certificate, 32);
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    assert_int_equal(qp_read_begin(r->nodes[from].store, &read, NULL), 0);
    in.chain.chain = qp_core_chain(r->nodes[from].core, NULL, &read, &id, r->arena);
    qp_read_end(&read);
    assert_non_null(in.chain.chain);
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}

/* What the turn at `to` asked of `from`, before the ack that tells of it. */
static void answer_asks(struct rig *r, int from, int to)
{
    uint8_t wanted[16][32];
    size_t n = 0;
    const struct qp_outputs *out = &r->nodes[to].out;
    for (size_t k = 0; k < out->n && n < 16; k++) {
        if (out->v[k].kind != QP_OUT_ASK || memcmp(out->v[k].peer, r->nodes[from].id, QP_ID_LEN) != 0)
            continue;
        memcpy(wanted[n], out->v[k].ask.certificate, 32);
        if (out->v[k].ask.node)
            memcpy(wanted[n], qp_tree_node(qp_core_tree(r->nodes[from].core), out->v[k].ask.node)->cert.id.b,
                   32);
        n++;
    }
    for (size_t k = 0; k < n; k++)
        rig_give_chain(r, from, to, wanted[k]);
}

static void see_refusals(struct rig *r, int i)
{
    for (size_t k = 0; k < r->nodes[i].out.n; k++)
        r->refusals += r->nodes[i].out.v[k].kind == QP_OUT_REFUSED;
}

size_t rig_carry_lane(struct rig *r, int from, int to, uint32_t lane, size_t most)
{
    struct qp_input *in = calloc(RIG_INPUTS, sizeof *in);
    assert_non_null(in);
    size_t n = rig_gather(r, from, to, lane, in, most < RIG_INPUTS ? most : RIG_INPUTS);
    if (n > 0) {
        if (rig_turn(r, to, in, n))
            fail_msg("%s: %s", r->nodes[to].path, r->e.text);
        see_refusals(r, to);
        if (rig_output(r, to, QP_OUT_ACK, r->nodes[from].id))
            rig_acked(r, to, from);
        answer_asks(r, from, to);
    }
    free(in);
    return n;
}

size_t rig_carry(struct rig *r, int from, int to)
{
    return rig_carry_lane(r, from, to, 0, RIG_INPUTS);
}

uint64_t rig_waits(struct rig *r, int i, int peer, uint32_t lane)
{
    struct qp_read read;
    uint64_t n;
    int64_t oldest;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    qp_queue_depth(&read, r->nodes[peer].id, lane, &n, &oldest);
    qp_read_end(&read);
    return n;
}

/* K5: everything up to handback_upto is committed there. */
static bool hand_back(struct rig *r, int from, int to)
{
    struct qp_peer_entry p = rig_peer(r, from, to);
    struct qp_read read;
    assert_int_equal(qp_read_begin(r->nodes[from].store, &read, NULL), 0);
    enum qp_back back = qp_core_back(r->nodes[from].core, read.tables, r->nodes[to].id);
    qp_read_end(&read);
    if (!qp_core_recovering(r->nodes[to].core) || p.handback_upto == 0 || p.refill_at != 0 ||
        rig_peer(r, to, from).handed_back >= back)
        return false;
    struct qp_input in;
    if (rig_gather(r, from, to, 0, &in, 1) > 0)
        return false;
    in = (struct qp_input){.kind = QP_IN_HANDED_BACK};
    in.handed_back.above = back == QP_BACK_ABOVE;
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
    return true;
}

static bool receipts(struct rig *r)
{
    size_t n = r->nreceipts;
    for (size_t k = 0; k < n; k++) {
        int to = r->receipts[k].to;
        struct qp_input in = {.kind = QP_IN_RECEIPT};
        if (!r->nodes[to].core)
            continue;
        memcpy(in.peer, r->nodes[r->nodes[to].up].id, QP_ID_LEN);
        in.receipt.receipt = r->receipts[k].receipt;
        assert_int_equal(rig_turn(r, to, &in, 1), 0);
    }
    memmove(r->receipts, r->receipts + n, (r->nreceipts - n) * sizeof r->receipts[0]);
    r->nreceipts -= n;
    return n > 0;
}

size_t rig_verdicts(struct rig *r)
{
    size_t n = r->nverdicts;
    for (size_t k = 0; k < n; k++) {
        int from = r->verdicts[k].from, to = r->verdicts[k].to;
        struct qp_input in = {.kind = QP_IN_VERDICT};
        if (!r->nodes[to].core || !r->nodes[from].core)
            continue; /* it is told again at the next greeting */
        memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
        in.verdict.verdict = r->verdicts[k].verdict;
        assert_int_equal(rig_turn(r, to, &in, 1), 0);
    }
    memmove(r->verdicts, r->verdicts + n, (r->nverdicts - n) * sizeof r->verdicts[0]);
    r->nverdicts -= n;
    return n;
}

size_t rig_carries(struct rig *r)
{
    size_t n = r->ncarries;
    for (size_t k = 0; k < n; k++) {
        int from = r->carries[k].from, to = r->carries[k].to;
        struct qp_input in = {.kind = QP_IN_CARRY};
        if (!r->nodes[to].core || r->lose_carries)
            continue;
        memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
        in.carry.carry = r->carries[k].carry;
        assert_int_equal(rig_turn(r, to, &in, 1), 0);
    }
    memmove(r->carries, r->carries + n, (r->ncarries - n) * sizeof r->carries[0]);
    r->ncarries -= n;
    return n;
}

/* The next slice of a queue that is being made again. */
static bool refill(struct rig *r, int from, int to)
{
    struct qp_peer_entry p = rig_peer(r, from, to);
    if (p.refill_at == 0)
        return false;
    int64_t next = qp_core_next_tick(r->nodes[from].core);
    r->now_us = next > r->now_us && next < INT64_MAX ? next : r->now_us;
    rig_tick(r, from);
    return true;
}

void rig_settle(struct rig *r)
{
    bool moved = true;
    for (int rounds = 0; moved; rounds++) {
        assert_true(rounds < 200);
        moved = false;
        for (int i = 1; i < r->n; i++) {
            int up = r->nodes[i].up;
            const struct qp_place *p;
            if (!r->nodes[i].core || !r->nodes[up].core || qp_core_silent(r->nodes[i].core))
                continue;
            p = qp_tree_node(qp_core_tree(r->nodes[up].core), r->nodes[i].id);
            if (!p || p->revoked || p->cert.incarnation != r->nodes[i].incarnation)
                continue; /* its session has ended */
            if (!r->nodes[i].met) {
                rig_meet(r, i);
                moved = true;
                if (qp_core_silent(r->nodes[i].core))
                    continue;
            }
            moved |= refill(r, i, up);
            moved |= refill(r, up, i);
            moved |= rig_carry(r, i, up) > 0;
            moved |= rig_carry(r, up, i) > 0;
            moved |= hand_back(r, i, up);
            moved |= hand_back(r, up, i);
        }
        if (r->nodes[0].core)
            rig_tick(r, 0); /* its receipts are signed in the turn after the one that made them due */
        moved |= receipts(r);
        moved |= rig_verdicts(r) > 0;
        moved |= rig_carries(r) > 0;
    }
}

Qp__Carry *rig_message(struct rig *r, int from, int to, Qp__Carried *said)
{
    Qp__Carry *c = qp_arena_take(r->arena, sizeof *c);
    struct qp_hash h;
    size_t len;
    qp__carry__init(c);
    said->at_us = ++r->now_us;
    c->from = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, r->nodes[from].id, QP_ID_LEN)};
    c->to = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, r->nodes[to].id, QP_ID_LEN)};
    uint8_t *body = qp_encode(&said->base, r->arena, &len);
    c->body = (ProtobufCBinaryData){len, body};
    c->signature = (ProtobufCBinaryData){QP_SIG_LEN, qp_arena_take(r->arena, QP_SIG_LEN)};
    const struct qp_part parts[] = {{c->from.data, QP_ID_LEN}, {c->to.data, QP_ID_LEN}, {body, len}};
    qp_hash_parts(&h, parts, 3);
    qp_sign(c->signature.data, QP_TAG_CARRY, h.b, QP_HASH_LEN, r->nodes[from].keys.sign_sk);
    return c;
}

void rig_says(struct rig *r, int from, int by, int to, Qp__Carried *said)
{
    struct qp_input in = {.kind = QP_IN_CARRY, .carry.carry = rig_message(r, from, to, said)};
    memcpy(in.peer, r->nodes[by].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}
