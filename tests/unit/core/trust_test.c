/* trust_test.c: an enrolled child that lies about who is who (C0): its parent, a cousin, the far end of the
 * tree. Whatever it certifies, by event or by chain, nobody is cut off by it, nobody of its making may dial,
 * and what is true is believed when it comes, before or after. */
#include "tests/unit/core/rig.h"

#include <stdio.h>

#include "proto/bounds.h"

static void fresh(struct rig *r, struct qp_keys *k)
{
    uint8_t master[QP_SEED_LEN];
    rig_seed(r, master);
    qp_keys_derive(k, master);
}

/* As rig_certify, by one that is no node of the rig. */
static Qp__Certificate *sign_as(struct rig *r, const struct qp_cert *by, const struct qp_keys *by_keys,
                                struct qp_cert *c, const struct qp_keys *k)
{
    memcpy(c->tree, by->tree, QP_ID_LEN);
    memcpy(c->issuer, by->node, QP_ID_LEN);
    c->issuer_certificate = by->id;
    memcpy(c->zone, by->zone, sizeof c->zone);
    memcpy(c->sign_key, k->sign_pk, 32);
    memcpy(c->box_key, k->box_pk, 32);
    memcpy(c->link_key, k->link_pk, 32);
    c->not_before_us = by->not_before_us;
    c->not_after_us = c->not_after_us ? c->not_after_us : by->not_after_us;
    return qp_cert_sign(c, by_keys->sign_sk, r->arena);
}

static int hand_enrolled(struct rig *r, int from, int to, Qp__Certificate *raw)
{
    struct forged f = rig_forged(r, from, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, from, QP__EVENT__BODY_ENROLLED, NULL);
    ev->enrolled->certificate = raw;
    rig_add(&f, ev);
    return rig_hand(r, from, to, QP_LANE_URGENT, rig_seal(r, &f, NULL));
}

static void give_chain(struct rig *r, int from, int to, Qp__Chain *chain)
{
    struct qp_input in = {.kind = QP_IN_CHAIN};
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    in.chain.chain = chain;
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}

static Qp__Chain *lengthened(struct rig *r, Qp__Certificate *own, const Qp__Chain *above)
{
    Qp__Chain *c = qp_arena_take(r->arena, sizeof *c);
    qp__chain__init(c);
    c->n_certificates = above->n_certificates + 1;
    c->certificates = qp_arena_take(r->arena, c->n_certificates * sizeof *c->certificates);
    c->certificates[0] = own;
    memcpy(c->certificates + 1, above->certificates, above->n_certificates * sizeof *c->certificates);
    return c;
}

static bool may_dial(struct rig *r, int i, const struct qp_keys *k)
{
    uint8_t node[QP_ID_LEN];
    bool invited;
    return qp_core_may_dial(r->nodes[i].core, k->link_pk, r->now_us, node, &invited);
}

static size_t count(struct rig *r, int i)
{
    return qp_tree_count(qp_core_tree(r->nodes[i].core));
}

static const struct qp_place *place(struct rig *r, int i, const uint8_t *node)
{
    return qp_tree_node(qp_core_tree(r->nodes[i].core), node);
}

/* A certificate of the victim's id below the liar, its salt copied where somebody has it. */
static Qp__Certificate *claim(struct rig *r, int liar, int victim, uint32_t incarnation, struct qp_cert *c,
                              struct qp_keys *k)
{
    *c = (struct qp_cert){.incarnation = incarnation};
    fresh(r, k);
    memcpy(c->node, r->nodes[victim].id, QP_ID_LEN);
    memcpy(c->salt, qp_core_self(r->nodes[victim].core)->salt, QP_SALT_LEN);
    assert_int_equal(qp_path_join(c->path, r->nodes[liar].path, "stolen", NULL), 0);
    return rig_certify(r, liar, c, k);
}

static void told_as_a_lie(struct rig *r, int at, int liar)
{
    const struct qp_output *o = rig_output(r, at, QP_OUT_REFUSED, r->nodes[liar].id);
    assert_non_null(o);
    assert_int_equal(o->refused.code, QP_EINVAL);
    assert_non_null(strstr(o->refused.reason, "id"));
}

static void a_child_that_certifies_its_parents_id_makes_nobody_who_may_dial(void **state)
{
    struct rig *r = *state;
    struct qp_cert x, y = {.incarnation = 1};
    struct qp_keys xk, yk;
    rig_tree(r, 2);
    size_t known = count(r, 0);
    Qp__Certificate *raw = claim(r, 1, 0, 1, &x, &xk);
    fresh(r, &yk);
    memcpy(y.issuer, x.node, QP_ID_LEN);
    strcpy(y.path, "city/a/stolen/y");
    qp_node_id(y.node, x.tree, x.node, y.path, y.salt);
    Qp__Certificate *child = sign_as(r, &x, &xk, &y, &yk);
    Qp__Chain *up = rig_chain(r, 1, raw, &qp_core_self(r->nodes[1].core)->id);
    struct tables before = rig_tables(r, 0);
    give_chain(r, 1, 0, up);
    give_chain(r, 1, 0, lengthened(r, child, up));
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, 0);
    assert_int_equal(rig_metrics(r, 0).refused_unknown_key, 2);
    assert_int_equal(hand_enrolled(r, 1, 0, raw), 0);
    told_as_a_lie(r, 0, 1);
    assert_int_equal(count(r, 0), known);
    assert_false(may_dial(r, 0, &xk));
    assert_false(may_dial(r, 0, &yk));
    assert_true(may_dial(r, 0, &r->nodes[1].keys));
    assert_string_equal(qp_tree_self(qp_core_tree(r->nodes[0].core))->cert.path, "city");
}

static void of_thousands_that_a_liar_certifies_in_its_parents_name_none_may_dial(void **state)
{
    struct rig *r = *state;
    enum { MANY = 1000 };
    rig_tree(r, 2);
    size_t known = count(r, 0);
    const struct qp_cert *root = qp_core_self(r->nodes[0].core), *own = qp_core_self(r->nodes[1].core);
    for (int i = 0; i < MANY; i++) {
        struct qp_cert c = {.incarnation = 1};
        struct qp_keys k;
        fresh(r, &k);
        snprintf(c.path, sizeof c.path, i % 2 ? "city/n%d" : "city/a/n%d", i);
        qp_node_id(c.node, root->tree, root->node, c.path, c.salt);
        /* named as the parent's, signed by the liar; or below the liar, with an id as if the parent's */
        Qp__Certificate *raw = sign_as(r, i % 2 ? root : own, &r->nodes[1].keys, &c, &k);
        give_chain(r, 1, 0, rig_chain(r, 1, raw, i % 2 ? &root->id : &own->id));
        assert_false(may_dial(r, 0, &k));
    }
    assert_int_equal(count(r, 0), known);
    assert_int_equal(rig_metrics(r, 0).refused_unknown_key, MANY);
}

/* The order in which an id is heard of decides nothing. */
static void a_cousins_id_that_a_liar_claims_before_it_is_known_stays_the_cousins(void **state)
{
    for (int by_event = 0; by_event < 2; by_event++) {
        struct rig *r = rig_new();
        struct qp_cert c;
        struct qp_keys k;
        rig_tree(r, 2);
        int z = rig_join(r, 0, "z");
        rig_settle(r);
        int cousin = rig_join(r, 1, "b"); /* the root has not heard of it */
        assert_null(place(r, 0, r->nodes[cousin].id));
        Qp__Certificate *raw = claim(r, z, cousin, 1, &c, &k);
        if (by_event)
            assert_int_equal(hand_enrolled(r, z, 0, raw), 0);
        else
            give_chain(r, z, 0, rig_chain(r, z, raw, &qp_core_self(r->nodes[z].core)->id));
        assert_null(place(r, 0, r->nodes[cousin].id));
        rig_meet(r, cousin);
        matter m = rig_open(r, cousin, "believed");
        rig_carry(r, cousin, 1);
        rig_carry(r, 1, 0);
        assert_string_equal(place(r, 0, r->nodes[cousin].id)->cert.path, "city/a/b");
        assert_non_null(rig_row(r, 0, m));
        /* and after it is known */
        raw = claim(r, z, cousin, 99, &c, &k);
        give_chain(r, z, 0, rig_chain(r, z, raw, &qp_core_self(r->nodes[z].core)->id));
        assert_string_equal(place(r, 0, r->nodes[cousin].id)->cert.path, "city/a/b");
        assert_int_equal(place(r, 0, r->nodes[cousin].id)->cert.incarnation, 1);
        rig_rebuild(r, 0);
        assert_string_equal(place(r, 0, r->nodes[cousin].id)->cert.path, "city/a/b");
        rig_free(r);
    }
    (void)state;
}

static void a_claim_made_while_the_relay_comes_back_from_a_lost_disk_has_no_effect(void **state)
{
    struct rig *r = *state;
    struct qp_cert c;
    struct qp_keys k;
    rig_tree(r, 2);
    int liar = rig_join(r, 1, "y"), cousin = rig_join(r, 1, "x");
    rig_settle(r);
    matter old = rig_open(r, cousin, "before the fire");
    rig_settle(r);
    Qp__Certificate *raw = claim(r, liar, cousin, 1, &c, &k);
    Qp__Chain *lie = rig_chain(r, liar, raw, &qp_core_self(r->nodes[liar].core)->id);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    assert_true(qp_core_recovering(r->nodes[1].core));
    assert_null(place(r, 1, r->nodes[cousin].id));
    give_chain(r, liar, 1, lie); /* the first that it hears of that id */
    assert_null(place(r, 1, r->nodes[cousin].id));
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[1].core));
    assert_string_equal(place(r, 1, r->nodes[cousin].id)->cert.path, "city/a/x");
    matter m = rig_open(r, cousin, "still believed");
    rig_settle(r);
    assert_non_null(rig_row(r, 0, m));
    assert_true(rig_ticks(r, cousin, m).held && rig_ticks(r, cousin, old).held);
    assert_false(may_dial(r, 1, &k));
    assert_true(may_dial(r, 1, &r->nodes[cousin].keys));
}

static void nobody_enrols_in_anothers_name_even_what_is_true(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    int b = rig_join(r, 1, "b"); /* the root has not heard of it */
    Qp__Chain *chain = rig_chain(r, b, NULL, &qp_core_self(r->nodes[b].core)->id);
    assert_int_equal(hand_enrolled(r, z, 0, chain->certificates[1]), 0);
    assert_non_null(rig_output(r, 0, QP_OUT_REFUSED, r->nodes[z].id));
    assert_null(place(r, 0, r->nodes[b].id));
}

/* Its disk was lost, and somebody has its old keys: he makes nobody with them. */
static void who_has_the_keys_of_an_earlier_incarnation_makes_no_child_and_no_successor(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    int m = rig_join(r, 1, "m"), z = rig_join(r, 0, "z");
    rig_settle(r);
    struct qp_cert old = *qp_core_self(r->nodes[1].core);
    struct qp_keys old_keys = r->nodes[1].keys;
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[1].core));
    struct qp_cert heir = *qp_core_self(r->nodes[2].core), child = {.incarnation = 1};
    struct qp_keys hk, ck;
    fresh(r, &hk);
    fresh(r, &ck);
    heir.incarnation = 99;
    strcpy(child.path, "city/a/new");
    qp_node_id(child.node, old.tree, old.node, child.path, child.salt);
    Qp__Certificate *raw[] = {sign_as(r, &old, &old_keys, &heir, &hk),
                              sign_as(r, &old, &old_keys, &child, &ck)};
    size_t known[] = {count(r, 0), count(r, 1)};
    for (size_t i = 0; i < 2; i++) {
        give_chain(r, m, 1, rig_chain(r, 0, raw[i], &old.id)); /* by a child of its own */
        give_chain(r, z, 0, rig_chain(r, 0, raw[i], &old.id)); /* by a cousin, further up */
        give_chain(r, 0, 1, rig_chain(r, 0, raw[i], &old.id)); /* whom it certified it knows best */
    }
    assert_false(may_dial(r, 1, &hk));
    assert_false(may_dial(r, 1, &ck));
    assert_true(may_dial(r, 1, &r->nodes[2].keys));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(count(r, i), known[i]);
        assert_int_equal(place(r, i, r->nodes[2].id)->cert.incarnation, 1);
    }
    rig_emergency(r, 1, "its urgent chain has begun");
    rig_settle(r);
    /* nor by an event: a successor's parcel may say again what an earlier life said, by that life's key only
     */
    assert_int_equal(hand_enrolled(r, 1, 0, raw[1]), 0);
    assert_int_equal(rig_output(r, 0, QP_OUT_REFUSED, r->nodes[1].id)->refused.code, QP_EINVAL);
    assert_int_equal(count(r, 0), known[0]);
}

/* A parent can sign two certificates of one incarnation: children count by the one that was heard of first.
 */
static void an_issuer_counts_by_the_certificate_that_the_tree_holds(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    struct qp_cert twin = *qp_core_self(r->nodes[2].core), c = {.incarnation = 1};
    struct qp_keys tk, k;
    fresh(r, &tk);
    fresh(r, &k);
    Qp__Certificate *second = sign_as(r, qp_core_self(r->nodes[1].core), &r->nodes[1].keys, &twin, &tk);
    give_chain(r, 1, 0, rig_chain(r, 1, second, &qp_core_self(r->nodes[1].core)->id));
    size_t known = count(r, 0);
    strcpy(c.path, "city/a/b/c");
    qp_node_id(c.node, twin.tree, twin.node, c.path, c.salt);
    struct forged f = rig_forged(r, 2, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, 2, QP__EVENT__BODY_ENROLLED, NULL);
    ev->enrolled->certificate = sign_as(r, &twin, &tk, &c, &k);
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    assert_non_null(rig_output(r, 0, QP_OUT_REFUSED, r->nodes[1].id));
    assert_null(place(r, 0, c.node));
    assert_int_equal(count(r, 0), known);
}

static void a_path_that_is_not_one_label_below_its_issuers_is_refused(void **state)
{
    static const char *const wrong[] = {"city/z/x/y", "city/zz", "city/a/x", "city", "city/z"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct rig *r = rig_new();
        struct qp_cert c = {.incarnation = 1};
        struct qp_keys k;
        rig_tree(r, 2);
        int z = rig_join(r, 0, "z");
        rig_settle(r);
        fresh(r, &k);
        strcpy(c.path, wrong[i]); /* the id is right for it */
        Qp__Certificate *raw = rig_certify(r, z, &c, &k);
        give_chain(r, z, 0, rig_chain(r, z, raw, &qp_core_self(r->nodes[z].core)->id));
        assert_null(place(r, 0, c.node));
        assert_int_equal(hand_enrolled(r, z, 0, raw), 0);
        assert_non_null(rig_output(r, 0, QP_OUT_REFUSED, r->nodes[z].id));
        assert_null(place(r, 0, c.node));
        /* a lie in one chain: what else it says is taken */
        matter m = rig_open(r, z, "true");
        rig_carry(r, z, 0);
        assert_non_null(rig_row(r, 0, m));
        rig_free(r);
    }
    (void)state;
}

static void a_child_brings_certificates_of_what_lies_below_it_and_no_others(void **state)
{
    struct rig *r = *state;
    struct qp_cert c = {.incarnation = 1};
    struct qp_keys k;
    rig_tree(r, 3);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    fresh(r, &k);
    strcpy(c.path, "city/a/b/new");
    Qp__Chain *chain = rig_chain(r, 2, rig_certify(r, 2, &c, &k), &qp_core_self(r->nodes[2].core)->id);
    give_chain(r, z, 0, chain);
    assert_null(place(r, 0, c.node));
    give_chain(r, 1, 0, chain);
    assert_non_null(place(r, 0, c.node));
    give_chain(r, 0, z, chain); /* from above it is taken */
    assert_non_null(place(r, z, c.node));
}

static void a_certificate_that_outlives_its_issuers_is_neither_given_nor_taken(void **state)
{
    struct rig *r = *state;
    struct qp_cert c = {.incarnation = 1};
    struct qp_keys k;
    rig_tree(r, 2);
    const struct qp_cert *a = qp_core_self(r->nodes[1].core);
    r->now_us += 4 * INT64_C(365) * 86400 * SECOND; /* the child's own ends in a year */
    int b = rig_join(r, 1, "b");
    assert_true(qp_core_self(r->nodes[b].core)->not_after_us == a->not_after_us);
    rig_settle(r);
    fresh(r, &k);
    strcpy(c.path, "city/a/c");
    c.not_after_us = a->not_after_us + 1;
    qp_node_id(c.node, a->tree, a->node, c.path, c.salt);
    Qp__Certificate *raw = sign_as(r, a, &r->nodes[1].keys, &c, &k);
    give_chain(r, 1, 0, rig_chain(r, 1, raw, &a->id));
    assert_null(place(r, 0, c.node));
    assert_int_equal(hand_enrolled(r, 1, 0, raw), 0);
    assert_non_null(rig_output(r, 0, QP_OUT_REFUSED, r->nodes[1].id));
    assert_null(place(r, 0, c.node));
    /* one whose own has ended says so, and goes on */
    r->now_us += 2 * INT64_C(365) * 86400 * SECOND;
    uint8_t token[QP_PK_LEN];
    rig_seed(r, token);
    rig_ok(rig_invite(r, 1, "city/a/d", token, r->now_us + SECOND));
    rig_is(rig_ask_join(r, 1, rig_request(r, &k, token), token), QP_EEXPIRED);
    rig_open(r, 1, "goes on");
}

/* Whoever counted down from it, or up to it, would be busy for hours: receipts that are owed, the head before a chain's first
 * parcel, and the revocation that would end it. */
static void a_certificate_with_a_huge_incarnation_costs_nobody_a_count_to_it(void **state)
{
    struct rig *r = *state;
    struct qp_cert c = {.incarnation = QP_COUNT32_MOST};
    struct qp_keys k;
    rig_tree(r, 2);
    fresh(r, &k);
    strcpy(c.path, "city/a/x");
    Qp__Certificate *raw = rig_certify(r, 1, &c, &k);
    assert_int_equal(hand_enrolled(r, 1, 0, raw), 0);
    assert_int_equal(place(r, 0, c.node)->cert.incarnation, QP_COUNT32_MOST);
    rig_meet(r, 1);                       /* receipts that are owed */
    rig_ok(rig_revoke(r, 0, "city/a/x")); /* its closing heads */
    assert_true(place(r, 0, c.node)->revoked);
}

/* ---- what comes late ---- */

static void a_revocation_that_comes_after_the_successor_revokes_nobody(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    rig_settle(r);
    assert_int_equal(place(r, 0, r->nodes[2].id)->cert.incarnation, 2);
    struct forged f = rig_forged(r, 1, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, 1, QP__EVENT__BODY_REVOKED, NULL);
    ev->revoked->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[2].id};
    ev->revoked->incarnation = 1;
    ev->revoked->kind = 1;
    rig_add(&f, ev);
    uint64_t head = rig_head(r, 0);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_head(r, 0), head + 1); /* taken, as what was true once */
    assert_false(place(r, 0, r->nodes[2].id)->revoked);
    assert_null(rig_output(r, 0, QP_OUT_END, NULL));
    rig_rebuild(r, 0);
    assert_false(place(r, 0, r->nodes[2].id)->revoked);
    /* of the present one it counts */
    rig_meet(r, 1);
    rig_ok(rig_revoke(r, 0, "city/a/b"));
    assert_true(place(r, 0, r->nodes[2].id)->revoked);
}

static void a_fork_that_is_shown_after_the_successor_stops_nothing_of_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_open(r, 2, "one story");
    rig_settle(r);
    matter nowhere = {{9}};
    Qp__Event *ev = rig_event(r, 2, QP__EVENT__BODY_COMMENTED, &nowhere);
    struct forged f = rig_forged(r, 2, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    f.h.seq -= 1; /* the place of what was said before */
    memset(&f.h.prev, 0, sizeof f.h.prev);
    rig_add(&f, ev);
    struct qp_slice other = rig_seal(r, &f, NULL);
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    rig_settle(r);
    assert_int_equal(rig_hand(r, 1, 0, QP_LANE_BULK, other), 0);
    assert_int_equal(rig_metrics(r, 0).refused_fork, 1);
    assert_false(place(r, 0, r->nodes[2].id)->quarantined);
    rig_rebuild(r, 0);
    assert_false(place(r, 0, r->nodes[2].id)->quarantined);
    matter m = rig_open(r, 2, "its successor is believed");
    rig_settle(r);
    assert_non_null(rig_row(r, 0, m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_child_that_certifies_its_parents_id_makes_nobody_who_may_dial),
        TEST(of_thousands_that_a_liar_certifies_in_its_parents_name_none_may_dial),
        TEST(a_cousins_id_that_a_liar_claims_before_it_is_known_stays_the_cousins),
        TEST(a_claim_made_while_the_relay_comes_back_from_a_lost_disk_has_no_effect),
        TEST(nobody_enrols_in_anothers_name_even_what_is_true),
        TEST(who_has_the_keys_of_an_earlier_incarnation_makes_no_child_and_no_successor),
        TEST(an_issuer_counts_by_the_certificate_that_the_tree_holds),
        TEST(a_path_that_is_not_one_label_below_its_issuers_is_refused),
        TEST(a_child_brings_certificates_of_what_lies_below_it_and_no_others),
        TEST(a_certificate_that_outlives_its_issuers_is_neither_given_nor_taken),
        TEST(a_certificate_with_a_huge_incarnation_costs_nobody_a_count_to_it),
        TEST(a_revocation_that_comes_after_the_successor_revokes_nobody),
        TEST(a_fork_that_is_shown_after_the_successor_stops_nothing_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
