/* refused_test.c: what may not come in is refused, counted and told, and nothing else is disturbed: forged,
 * replayed, forked, oversized, nested, swollen, from a revoked or an unknown key. scope_test.c has what is
 * out of scope. */
#include <malloc.h>

#include "node/core/private.h"
#include "tests/unit/core/rig.h"

/* What a refusal may change: how far the neighbour's lane has come, the counters; and its own record. */
enum { PLACES = T(PEER) | T(META) | T(CHAIN) | T(QUEUE) | T(VERDICT) };

struct watch {
    struct rig *r;
    int at;
    struct tables before;
    uint64_t refused;
};

static struct watch watch(struct rig *r, int at)
{
    struct qp_core_metrics m = rig_metrics(r, at);
    return (struct watch){r, at, rig_tables(r, at), rig_refused(&m)};
}

static void refused_with(struct watch *w, int code)
{
    const struct qp_output *o = rig_output(w->r, w->at, QP_OUT_REFUSED, NULL);
    struct qp_core_metrics m = rig_metrics(w->r, w->at);
    assert_non_null(o);
    if (code >= 0)
        assert_int_equal(o->refused.code, code);
    assert_true(o->refused.reason[0] != 0);
    assert_int_equal(rig_refused(&m), w->refused + 1);
    struct tables after = rig_tables(w->r, w->at);
    rig_same_tables(&w->before, &after, PLACES);
}

/* The good parcel that comes after it is taken. */
static void good_follows(struct rig *r, int from, int to)
{
    matter m = rig_open(r, from, "good");
    rig_settle(r);
    assert_non_null(rig_row(r, to, m));
}

static void each_byte_of_a_parcel_that_is_changed_has_it_refused(void **state)
{
    struct rig *r = *state;
    struct qp_input in[1];
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "true");
    assert_int_equal(rig_gather(r, 1, 0, 0, in, 1), 1);
    uint8_t *bytes = (uint8_t *)(uintptr_t)in[0].parcel.bytes;
    struct watch w = watch(r, 0);
    uint64_t head = rig_head(r, 0);
    int asked = 0;
    for (size_t i = 0; i < in[0].parcel.len; i++)
        for (int bit = 0; bit < 8; bit += 7) {
            bytes[i] ^= (uint8_t)(1 << bit);
            assert_int_equal(rig_turn(r, 0, in, 1), 0);
            bytes[i] ^= (uint8_t)(1 << bit);
            /* another certificate's hash is asked for: it might be one that is not here yet (L5) */
            bool ask = rig_output(r, 0, QP_OUT_ASK, NULL);
            asked += ask;
            if (!ask && !rig_output(r, 0, QP_OUT_REFUSED, r->nodes[1].id))
                fail_msg("byte %zu, bit %d of the parcel may be changed", i, bit);
            struct qp_core_metrics now = rig_metrics(r, 0);
            assert_int_equal(rig_refused(&now), ++w.refused);
            assert_int_equal(rig_head(r, 0), head);
        }
    assert_int_equal(asked, 2 * 32);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&w.before, &after, T(PEER)); /* it was asked to send everything again */
    rig_settle(r);
    assert_non_null(rig_row(r, 0, m));
    assert_int_equal(rig_history(r, 0, m, 0), 1);
}

static void a_parcel_that_is_cut_or_has_a_tail_is_refused(void **state)
{
    struct rig *r = *state;
    struct qp_input in[1];
    rig_tree(r, 2);
    rig_open(r, 1, "true");
    assert_int_equal(rig_gather(r, 1, 0, 0, in, 1), 1);
    size_t len = in[0].parcel.len;
    uint8_t *longer = qp_arena_take(r->arena, len + 1);
    memcpy(longer, in[0].parcel.bytes, len);
    longer[len] = 0;
    in[0].parcel.bytes = longer;
    struct watch w = watch(r, 0);
    for (size_t cut = 0; cut <= len + 1; cut++) {
        if (cut == len)
            continue;
        in[0].parcel.len = cut;
        assert_int_equal(rig_turn(r, 0, in, 1), 0);
        assert_non_null(rig_output(r, 0, QP_OUT_REFUSED, r->nodes[1].id));
    }
    struct qp_core_metrics now = rig_metrics(r, 0);
    assert_int_equal(now.refused_malformed, len + 1);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&w.before, &after, T(PEER));
    good_follows(r, 1, 0);
}

static struct forged next_of(struct rig *r, int origin, const Qp__Event *ev)
{
    struct forged f = rig_forged(r, origin, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    if (ev)
        rig_add(&f, ev);
    return f;
}

static Qp__Event *talk(struct rig *r, int origin)
{
    matter m = {{1, 2, 3}};
    Qp__Event *ev = rig_event(r, origin, QP__EVENT__BODY_COMMENTED, &m);
    ev->commented->text = qp_arena_text(r->arena, "hello");
    return ev;
}

static void a_parcel_that_another_key_signed_is_refused(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    struct forged f = next_of(r, 2, talk(r, 2));
    f.sign_sk = r->nodes[1].keys.sign_sk; /* the relay's */
    struct watch w = watch(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    refused_with(&w, QP_ESIG);
    assert_int_equal(rig_metrics(r, 0).refused_signature, 1);
    good_follows(r, 2, 0);
}

static void a_parcel_of_a_key_that_nobody_certified_is_asked_about_and_not_taken(void **state)
{
    struct rig *r = *state;
    struct qp_keys k;
    uint8_t master[QP_SEED_LEN];
    rig_tree(r, 2);
    rig_seed(r, master);
    qp_keys_derive(&k, master);
    struct forged f = next_of(r, 1, talk(r, 1));
    f.sign_sk = k.sign_sk;
    memset(f.h.certificate.b, 7, 32);
    struct watch w = watch(r, 0);
    struct qp_slice bytes = rig_seal(r, &f, NULL);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, bytes), 0);
    assert_non_null(rig_output(r, 0, QP_OUT_ASK, r->nodes[1].id));
    assert_int_equal(rig_metrics(r, 0).refused_unknown_key, 1);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&w.before, &after, 0);
    /* the neighbour could not say whose key it is, and brings it again: told as refused */
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, bytes), 0);
    assert_non_null(rig_output(r, 0, QP_OUT_REFUSED, r->nodes[1].id));
    assert_int_equal(rig_output(r, 0, QP_OUT_REFUSED, NULL)->refused.code, QP_EUNKNOWNKEY);
    good_follows(r, 1, 0);
}

static void a_parcel_of_a_revoked_or_quarantined_key_is_refused(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_ok(rig_revoke(r, 0, "city/a"));
    struct forged f = next_of(r, 1, talk(r, 1));
    struct watch w = watch(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    refused_with(&w, QP_EREVOKED);
    assert_int_equal(rig_metrics(r, 0).refused_revoked, 1);
    /* nor does it bring what others said */
    f = next_of(r, 2, talk(r, 2));
    w = watch(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    refused_with(&w, QP_EREVOKED);
}

static void a_fork_is_proved_quarantined_and_told(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "one story");
    rig_settle(r);
    uint64_t head = rig_head(r, 1);
    struct forged f = next_of(r, 2, talk(r, 2));
    f.h.seq -= 1; /* the place of what was said before */
    memset(&f.h.prev, 0, sizeof f.h.prev);
    struct qp_hash id;
    struct qp_slice bytes = rig_seal(r, &f, &id);
    struct watch w = watch(r, 1);
    assert_int_equal(rig_hand(r, 2, 1, QP_LANE_BULK, bytes), 0);
    const struct qp_output *o = rig_output(r, 1, QP_OUT_REFUSED, r->nodes[2].id);
    assert_non_null(o);
    assert_int_equal(o->refused.code, QP_EFORK);
    assert_int_equal(rig_metrics(r, 1).refused_fork, 1);
    struct tables after = rig_tables(r, 1);
    rig_same_tables(&w.before, &after, PLACES | T(NODE));
    /* the proof: the other parcel's header and signature, in the journal */
    assert_int_equal(rig_head(r, 1), head + 1);
    struct qp_parcel p, proof;
    Qp__Event *ev;
    struct qp_slice kept = rig_record(r, 1, head + 1);
    assert_int_equal(qp_parcel_open(&p, kept.p, kept.len, r->arena, NULL), 0);
    assert_int_equal(qp_parcel_event(&ev, &p, 0, r->arena, NULL), 0);
    assert_int_equal(ev->body_case, QP__EVENT__BODY_REFUSAL);
    assert_int_equal(qp_parcel_open(&proof, bytes.p, bytes.len, r->arena, NULL), 0);
    assert_int_equal(ev->refusal->proof.len, proof.header.len + 64);
    assert_memory_equal(ev->refusal->proof.data, proof.header.p, proof.header.len);
    assert_memory_equal(ev->refusal->proof.data + proof.header.len, proof.signature.p, 64);
    assert_memory_equal(ev->refusal->verdict->at->hash.data, id.b, 32);
    /* nothing of that key is taken any more, in any chain, also after a rebuild */
    assert_true(qp_tree_node(qp_core_tree(r->nodes[1].core), r->nodes[2].id)->quarantined);
    rig_rebuild(r, 1);
    assert_true(qp_tree_node(qp_core_tree(r->nodes[1].core), r->nodes[2].id)->quarantined);
    rig_meet(r, 2);
    matter later = rig_open(r, 2, "later"), urgent = rig_emergency(r, 2, "urgent");
    rig_carry(r, 2, 1);
    assert_null(rig_row(r, 1, later));
    assert_null(rig_row(r, 1, urgent));
    assert_true(rig_metrics(r, 1).refused_revoked > 0);
    /* its neighbours go on */
    good_follows(r, 1, 0);
    assert_non_null(rig_row(r, 1, m));
    /* a new incarnation is believed again */
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    good_follows(r, 2, 0);
    assert_false(qp_tree_node(qp_core_tree(r->nodes[1].core), r->nodes[2].id)->quarantined);
}

/* The relay saw one branch, the root was shown the other: what the root refused in between must not stop the
 * successor, whose chains go on from what the relay holds. */
static void a_successor_is_believed_where_its_forked_predecessor_was_refused(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_open(r, 2, "one story");
    rig_settle(r);
    struct forged f = next_of(r, 2, talk(r, 2));
    f.h.seq -= 1;
    memset(&f.h.prev, 0, sizeof f.h.prev);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, 0).refused_fork, 1);
    rig_stop(r, 0); /* its positions are asked for anew */
    rig_start(r, 0);
    rig_open(r, 2, "taken by the relay, refused by the root");
    rig_emergency(r, 2, "in another chain");
    rig_settle(r);
    assert_true(rig_metrics(r, 0).refused_revoked > 0);
    rig_rebuild(r, 0);
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    matter bulk = rig_open(r, 2, "new life"), urgent = rig_emergency(r, 2, "new life");
    rig_settle(r);
    assert_non_null(rig_row(r, 0, bulk));
    assert_non_null(rig_row(r, 0, urgent));
}

static void an_event_that_breaks_a_bound_stops_its_chain_only(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    Qp__Event *ev = talk(r, 2);
    char *name = qp_arena_take(r->arena, QP_BY_BYTES + 2);
    memset(name, 'x', QP_BY_BYTES + 1);
    name[QP_BY_BYTES + 1] = 0;
    ev->by = name;
    struct forged f = next_of(r, 2, ev);
    struct watch w = watch(r, 1);
    uint64_t head = rig_head(r, 1);
    assert_int_equal(rig_hand(r, 2, 1, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    refused_with(&w, QP_EINVAL);
    assert_int_equal(rig_metrics(r, 1).refused_malformed, 1);
    assert_int_equal(rig_head(r, 1), head + 1); /* E6: the refusal is journaled */
    /* the chain is stopped: the true parcel at that place too, also after a rebuild; the lane goes on */
    for (int again = 0; again < 2; again++) {
        struct forged next = next_of(r, 2, talk(r, 2));
        w = watch(r, 1);
        assert_int_equal(rig_hand(r, 2, 1, QP_LANE_BULK, rig_seal(r, &next, NULL)), 0);
        refused_with(&w, QP_ECLOSED);
        matter urgent = rig_emergency(r, 2, "another chain, another lane");
        rig_carry_lane(r, 2, 1, QP_LANE_URGENT, 100);
        assert_non_null(rig_row(r, 1, urgent));
        rig_rebuild(r, 1);
        rig_meet(r, 2);
    }
    /* only a new incarnation goes on */
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    good_follows(r, 2, 0);
}

static void an_event_that_speaks_for_another_node_or_is_local_stops_its_chain(void **state)
{
    for (int k = 0; k < 4; k++) {
        struct rig *r = rig_new();
        rig_tree(r, 2);
        Qp__Event *ev = talk(r, 1);
        if (k == 0)
            ev->origin.data = r->nodes[0].id;
        if (k == 1)
            ev->incarnation = 2;
        if (k == 2)
            ev = rig_event(r, 1, QP__EVENT__BODY_RECOVERED, NULL);
        if (k == 3) {
            ev = rig_event(r, 1, QP__EVENT__BODY_TOKEN_MADE, NULL);
            ev->token_made->name = qp_arena_text(r->arena, "mine now");
            ev->token_made->hash = (ProtobufCBinaryData){32, r->nodes[1].keys.link_pk};
            ev->token_made->rights = QP_RIGHT_ALL;
        }
        struct forged f = next_of(r, 1, ev);
        struct watch w = watch(r, 0);
        assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
        refused_with(&w, QP_EINVAL);
        rig_free(r);
    }
    (void)state;
}

static void an_oversized_parcel_is_refused(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    static const size_t sizes[] = {QP_PARCEL_BYTES + 1, 4 << 20};
    for (size_t k = 0; k < 2; k++) {
        uint8_t *big = calloc(1, sizes[k]);
        assert_non_null(big);
        struct watch w = watch(r, 0);
        assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, (struct qp_slice){big, sizes[k]}), 0);
        refused_with(&w, QP_EBIG);
        assert_true(qp_arena_used(r->nodes[0].core->arena) < (1 << 20));
        free(big);
    }
    good_follows(r, 1, 0);
}

/* raw: an event's bytes */
static struct qp_slice wrapped(struct rig *r, int origin, uint8_t *raw, size_t len)
{
    struct forged f = next_of(r, origin, NULL);
    rig_add(&f, NULL);
    f.raw[0] = (struct qp_slice){raw, len};
    return rig_seal(r, &f, NULL);
}

static void nested_bytes_are_not_descended_into(void **state)
{
    struct rig *r = *state;
    enum { DEEP = 16000 };
    uint8_t *raw = qp_arena_take(r->arena, DEEP * 3 + 16);
    rig_tree(r, 2);
    memset(raw, 0x0b, DEEP); /* groups, one in another */
    struct watch w = watch(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, wrapped(r, 1, raw, DEEP)), 0);
    refused_with(&w, QP_EINVAL);
    /* Opened in Opened in Opened ... as deep as it fits */
    size_t len = 0;
    uint8_t *at = raw + DEEP * 3;
    while (len < 15000) {
        uint8_t head[8];
        size_t n = 0, left = len;
        head[n++] = 0x82; /* field 16, with a length */
        head[n++] = 0x01;
        for (; left >= 0x80; left >>= 7)
            head[n++] = (uint8_t)(left | 0x80);
        head[n++] = (uint8_t)left;
        at -= n;
        memcpy(at, head, n);
        len += n;
    }
    struct forged f = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    rig_add(&f, NULL);
    f.raw[0] = (struct qp_slice){at, len};
    w = watch(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    refused_with(&w, QP_EINVAL);
    assert_true(qp_arena_used(r->nodes[0].core->arena) < (8 << 20));
}

static void a_swollen_parcel_takes_a_bounded_amount_of_memory(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    /* Enrolled with thousands of empty heads: two bytes each on the wire, a struct each in memory */
    enum { HEADS = 24000 };
    uint8_t *raw = qp_arena_take(r->arena, HEADS * 2 + 8);
    size_t len = 0;
    raw[len++] = 0x82; /* field 48, Enrolled */
    raw[len++] = 0x03;
    raw[len++] = (uint8_t)(HEADS * 2 | 0x80);
    raw[len++] = (uint8_t)(HEADS * 2 >> 7 | 0x80);
    raw[len++] = (uint8_t)(HEADS * 2 >> 14);
    for (size_t i = 0; i < HEADS; i++) {
        raw[len++] = 0x1a; /* closing */
        raw[len++] = 0;
    }
    struct watch w = watch(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, wrapped(r, 1, raw, len)), 0);
    refused_with(&w, QP_EINVAL);
    size_t used = qp_arena_used(r->nodes[0].core->arena);
    assert_true(used < (8 << 20));
    /* and it is given back: the next turn begins small */
    rig_tick(r, 0);
    assert_true(qp_arena_used(r->nodes[0].core->arena) < (1 << 20));
}

static void a_parcel_of_another_tree_or_in_another_lane_is_refused(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    struct forged f = next_of(r, 1, talk(r, 1));
    f.h.tree[0] ^= 1;
    struct watch w = watch(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    refused_with(&w, QP_ESCOPE);
    f = next_of(r, 1, talk(r, 1));
    w = watch(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    refused_with(&w, QP_EINVAL);
    good_follows(r, 1, 0);
}

static void a_clock_that_does_not_rise_stops_its_chain(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_open(r, 1, "first");
    rig_settle(r);
    struct forged f = next_of(r, 1, talk(r, 1));
    struct qp_parcel p;
    for (uint64_t at = rig_head(r, 1); at > 0; at--) { /* its predecessor's clock */
        struct qp_slice s = rig_record(r, 1, at);
        assert_int_equal(qp_parcel_open(&p, s.p, s.len, r->arena, NULL), 0);
        if (p.h.scope == QP_SCOPE_HORIZON)
            break;
    }
    f.h.clock = p.h.clock;
    struct watch w = watch(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    refused_with(&w, QP_EINVAL);
}

static void of_many_in_one_turn_only_the_bad_ones_are_refused(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    matter a = rig_open(r, 1, "good"), b = rig_open(r, z, "good");
    struct qp_input in[3];
    struct forged f = rig_forged(r, z, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    rig_add(&f, talk(r, z));
    f.sign_sk = r->nodes[1].keys.sign_sk;
    in[0] = rig_parcel(r, z, 0, QP_LANE_URGENT, rig_seal(r, &f, NULL));
    assert_int_equal(rig_gather(r, 1, 0, 0, in + 1, 1), 1);
    assert_int_equal(rig_gather(r, z, 0, 0, in + 2, 1), 1);
    assert_int_equal(rig_turn(r, 0, in, 3), 0);
    assert_non_null(rig_row(r, 0, a));
    assert_non_null(rig_row(r, 0, b));
    assert_int_equal(rig_metrics(r, 0).refused_signature, 1);
}

static void what_comes_from_a_stranger_is_not_even_looked_at(void **state)
{
    struct rig *r = *state;
    struct qp_input in[1];
    rig_tree(r, 2);
    rig_open(r, 1, "true");
    assert_int_equal(rig_gather(r, 1, 0, 0, in, 1), 1);
    memset(in[0].peer, 9, QP_ID_LEN);
    memset(in[0].parcel.epoch, 0, QP_ID_LEN); /* that of a neighbour which never greeted */
    struct tables before = rig_tables(r, 0);
    assert_int_equal(rig_turn(r, 0, in, 1), 0);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(each_byte_of_a_parcel_that_is_changed_has_it_refused),
        TEST(a_parcel_that_is_cut_or_has_a_tail_is_refused),
        TEST(a_parcel_that_another_key_signed_is_refused),
        TEST(a_parcel_of_a_key_that_nobody_certified_is_asked_about_and_not_taken),
        TEST(a_parcel_of_a_revoked_or_quarantined_key_is_refused),
        TEST(a_fork_is_proved_quarantined_and_told),
        TEST(a_successor_is_believed_where_its_forked_predecessor_was_refused),
        TEST(an_event_that_breaks_a_bound_stops_its_chain_only),
        TEST(an_event_that_speaks_for_another_node_or_is_local_stops_its_chain),
        TEST(an_oversized_parcel_is_refused),
        TEST(nested_bytes_are_not_descended_into),
        TEST(a_swollen_parcel_takes_a_bounded_amount_of_memory),
        TEST(a_parcel_of_another_tree_or_in_another_lane_is_refused),
        TEST(a_clock_that_does_not_rise_stops_its_chain),
        TEST(of_many_in_one_turn_only_the_bad_ones_are_refused),
        TEST(what_comes_from_a_stranger_is_not_even_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
