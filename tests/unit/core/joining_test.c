/* joining_test.c: invitations, certificates, successors, revocations (C2), and who may certify whom. */
#include "tests/unit/core/rig.h"

static void fresh(struct rig *r, struct qp_keys *k)
{
    uint8_t master[QP_SEED_LEN];
    rig_seed(r, master);
    qp_keys_derive(k, master);
}

static void a_token_serves_once(void **state)
{
    struct rig *r = *state;
    struct qp_keys one, two;
    uint8_t token[QP_PK_LEN];
    rig_found(r);
    fresh(r, &one);
    fresh(r, &two);
    rig_seed(r, token);
    rig_ok(rig_invite(r, 0, "city/a", token, r->now_us + 900 * SECOND));
    struct qp_reply first = rig_ask_join(r, 0, rig_request(r, &one, token), token);
    rig_ok(first);
    assert_int_equal(first.welcome->chain->n_certificates, 2);
    rig_code(rig_ask_join(r, 0, rig_request(r, &two, token), token), QP_EUSED);
    rig_rebuild(r, 0); /* its use is in the journal (E4) */
    rig_code(rig_ask_join(r, 0, rig_request(r, &two, token), token), QP_EUSED);
}

static void welcomed_again(struct rig *r, const char *path)
{
    struct qp_keys k;
    uint8_t token[QP_PK_LEN];
    fresh(r, &k);
    rig_seed(r, token);
    rig_ok(rig_invite(r, 0, path, token, r->now_us + 900 * SECOND));
    size_t len[2];
    uint8_t *bytes[2];
    for (int i = 0; i < 2; i++) {
        struct qp_reply reply = rig_ask_join(r, 0, rig_request(r, &k, token), token);
        rig_ok(reply);
        bytes[i] = qp_encode(&reply.welcome->base, r->arena, &len[i]);
        r->now_us += SECOND;
    }
    assert_int_equal(len[0], len[1]);
    assert_memory_equal(bytes[0], bytes[1], len[0]);
}

static void the_same_keys_with_the_same_token_get_the_same_welcome_again(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    welcomed_again(r, "city/a");
    rig_join(r, 0, "b");
    rig_open(r, 1, "something");
    rig_settle(r);
    rig_burn(r, 1);
    welcomed_again(r, "city/b"); /* a successor: with the final heads */
}

static void an_invitation_with_a_long_title_is_kept_whole(void **state)
{
    struct rig *r = *state;
    struct qp_keys k;
    uint8_t token[QP_PK_LEN];
    char path[QP_PATH_MAX], title[QP_TITLE_MAX + 1];
    r->label = "cccccccccccccccccccccccccccccccc";
    int i = rig_found(r);
    for (int depth = 2; depth < 8; depth++)
        i = rig_join(r, i, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    memset(title, 'x', QP_TITLE_MAX);
    title[QP_TITLE_MAX] = 0;
    qp_path_join(path, r->nodes[i].path, "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", NULL);
    fresh(r, &k);
    rig_seed(r, token);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_INVITED, NULL);
    ev->invited->link_key = (ProtobufCBinaryData){QP_PK_LEN, token};
    ev->invited->path = path;
    ev->invited->title = title;
    ev->invited->code = qp_arena_text(r->arena, "12345678901234567890123456789012");
    ev->invited->level = qp_arena_text(r->arena, "12345678901234567890123456789012");
    ev->invited->expires_us = r->now_us + SECOND;
    struct qp_command c = {.op = QP_OP_INVITE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, i, &c));
    rig_ok(rig_ask_join(r, i, rig_request(r, &k, token), token));
    rig_ok(rig_ask_join(r, i, rig_request(r, &k, token), token));
}

static void an_expired_token_says_so(void **state)
{
    struct rig *r = *state;
    struct qp_keys k;
    uint8_t token[QP_PK_LEN];
    rig_found(r);
    fresh(r, &k);
    rig_seed(r, token);
    rig_ok(rig_invite(r, 0, "city/a", token, r->now_us + 900 * SECOND));
    r->now_us += 900 * SECOND;
    rig_code(rig_ask_join(r, 0, rig_request(r, &k, token), token), QP_EEXPIRED);
    rig_seed(r, token);
    rig_code(rig_ask_join(r, 0, rig_request(r, &k, token), token), QP_EUNKNOWNKEY);
}

static void a_request_that_its_own_key_did_not_sign_is_refused(void **state)
{
    struct rig *r = *state;
    struct qp_keys k, other;
    uint8_t token[QP_PK_LEN], token2[QP_PK_LEN];
    rig_found(r);
    fresh(r, &k);
    fresh(r, &other);
    rig_seed(r, token);
    rig_seed(r, token2);
    rig_ok(rig_invite(r, 0, "city/a", token, r->now_us + 900 * SECOND));
    Qp__Join *j = rig_request(r, &k, token);
    j->signature.data[7] ^= 1;
    rig_code(rig_ask_join(r, 0, j, token), QP_ESIG);
    j = rig_request(r, &k, token);
    j->link_key = rig_request(r, &other, token)->link_key; /* somebody else's transport key */
    rig_code(rig_ask_join(r, 0, j, token), QP_ESIG);
    rig_code(rig_ask_join(r, 0, rig_request(r, &k, token2), token), QP_ESIG); /* signed for another token */
    j = rig_request(r, &k, token);
    j->signature.len = 0;
    rig_code(rig_ask_join(r, 0, j, token), QP_EINVAL);
    rig_ok(rig_ask_join(r, 0, rig_request(r, &k, token), token));
}

static void a_node_invites_its_own_children_only(void **state)
{
    struct rig *r = *state;
    uint8_t token[QP_PK_LEN];
    rig_tree(r, 2);
    rig_seed(r, token);
    rig_code(rig_invite(r, 0, "city/a/b", token, r->now_us + SECOND), QP_EINVAL);
    rig_code(rig_invite(r, 0, "city", token, r->now_us + SECOND), QP_EINVAL);
    rig_code(rig_invite(r, 0, "town/a", token, r->now_us + SECOND), QP_EINVAL);
    rig_code(rig_invite(r, 0, "city/A", token, r->now_us + SECOND), QP_EINVAL);
}

static void of_two_tokens_for_one_place_the_second_says_that_it_is_taken(void **state)
{
    struct rig *r = *state;
    struct qp_keys one, two;
    uint8_t a[QP_PK_LEN], b[QP_PK_LEN];
    rig_found(r);
    fresh(r, &one);
    fresh(r, &two);
    rig_seed(r, a);
    rig_seed(r, b);
    rig_ok(rig_invite(r, 0, "city/a", a, r->now_us + 900 * SECOND));
    rig_ok(rig_invite(r, 0, "city/a", b, r->now_us + 900 * SECOND));
    rig_ok(rig_ask_join(r, 0, rig_request(r, &one, a), a));
    rig_code(rig_ask_join(r, 0, rig_request(r, &two, b), b), QP_EUSED);
}

static void a_successor_keeps_the_node_id_and_closes_the_old_incarnation_in_the_same_turn(void **state)
{
    struct rig *r = *state;
    uint8_t id[QP_ID_LEN];
    rig_tree(r, 2);
    memcpy(id, r->nodes[1].id, QP_ID_LEN);
    rig_open(r, 1, "known above");
    rig_settle(r);
    rig_open(r, 1, "not yet known above");
    struct qp_input in[4];
    size_t n = rig_gather(r, 1, 0, 0, in, 4); /* what the old one has still under way */
    assert_int_equal(n, 1);
    rig_stop(r, 1);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    assert_memory_equal(r->nodes[1].id, id, QP_ID_LEN);
    assert_int_equal(r->nodes[1].incarnation, 2);
    assert_non_null(rig_output(r, 0, QP_OUT_END, id));
    assert_int_equal(rig_turn(r, 0, in, n), 0);
    assert_int_equal(rig_metrics(r, 0).refused_closed, 1);
    assert_non_null(rig_output(r, 0, QP_OUT_REFUSED, id));
    assert_int_equal(rig_board(r, 0).opened, 1);
    rig_open(r, 1, "new life");
    rig_settle(r);
    assert_int_equal(rig_board(r, 0).opened, 2);
}

static void join_as(struct rig *r, const char *title, const char *code, const char *level)
{
    struct qp_keys k;
    uint8_t token[QP_PK_LEN];
    fresh(r, &k);
    rig_seed(r, token);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_INVITED, NULL);
    ev->invited->link_key = (ProtobufCBinaryData){QP_PK_LEN, token};
    ev->invited->path = qp_arena_text(r->arena, "city/a");
    ev->invited->title = qp_arena_text(r->arena, title);
    ev->invited->code = qp_arena_text(r->arena, code);
    ev->invited->level = qp_arena_text(r->arena, level);
    ev->invited->expires_us = r->now_us + SECOND;
    struct qp_command c = {.op = QP_OP_INVITE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, 0, &c));
    rig_ok(rig_ask_join(r, 0, rig_request(r, &k, token), token));
}

static void who_joins_again_keeps_its_title_code_and_level_unless_new_ones_are_given(void **state)
{
    static const struct {
        const char *given[3], *kept[3];
    } steps[] = {{{"Suzhou", "341300", "county"}, {"Suzhou", "341300", "county"}},
                 {{"", "", ""}, {"Suzhou", "341300", "county"}},
                 {{"", "341301", ""}, {"Suzhou", "341301", "county"}},
                 {{"Su", "", "city"}, {"Su", "341301", "city"}}};
    struct rig *r = *state;
    rig_found(r);
    for (uint32_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        join_as(r, steps[i].given[0], steps[i].given[1], steps[i].given[2]);
        const struct qp_cert *c = &qp_tree_path(qp_core_tree(r->nodes[0].core), "city/a")->cert;
        assert_int_equal(c->incarnation, i + 1);
        assert_string_equal(c->title, steps[i].kept[0]);
        assert_string_equal(c->code, steps[i].kept[1]);
        assert_string_equal(c->level, steps[i].kept[2]);
    }
}

static void only_the_present_keys_and_open_tokens_may_dial(void **state)
{
    struct rig *r = *state;
    uint8_t token[QP_PK_LEN], node[QP_ID_LEN];
    bool invited;
    rig_tree(r, 2);
    struct qp_keys old = r->nodes[1].keys;
    assert_true(qp_core_may_dial(r->nodes[0].core, old.link_pk, r->now_us, node, &invited));
    assert_false(invited);
    assert_memory_equal(node, r->nodes[1].id, QP_ID_LEN);
    rig_seed(r, token);
    assert_false(qp_core_may_dial(r->nodes[0].core, token, r->now_us, node, &invited));
    rig_ok(rig_invite(r, 0, "city/x", token, r->now_us + SECOND));
    assert_non_null(rig_output(r, 0, QP_OUT_CHANGED, NULL));
    assert_true(qp_core_may_dial(r->nodes[0].core, token, r->now_us, node, &invited));
    assert_true(invited);
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    assert_false(qp_core_may_dial(r->nodes[0].core, old.link_pk, r->now_us, node, &invited));
    assert_true(qp_core_may_dial(r->nodes[0].core, r->nodes[1].keys.link_pk, r->now_us, node, &invited));
    rig_ok(rig_revoke(r, 0, "city/a"));
    assert_false(qp_core_may_dial(r->nodes[0].core, r->nodes[1].keys.link_pk, r->now_us, node, &invited));
}

static void a_revoked_node_is_cut_off_at_once_and_comes_back_by_a_new_token(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter before = rig_open(r, 2, "before");
    rig_settle(r);
    matter after = rig_open(r, 2, "after");
    struct qp_input in[4];
    size_t n = rig_gather(r, 2, 1, 0, in, 4);
    rig_ok(rig_revoke(r, 1, "city/a/b"));
    assert_non_null(rig_output(r, 1, QP_OUT_END, r->nodes[2].id));
    assert_non_null(rig_output(r, 1, QP_OUT_CHANGED, NULL));
    assert_int_equal(rig_turn(r, 1, in, n), 0);
    assert_int_equal(rig_metrics(r, 1).refused_revoked, 1);
    assert_int_equal(rig_output(r, 1, QP_OUT_REFUSED, r->nodes[2].id)->refused.code, QP_EREVOKED);
    assert_null(rig_row(r, 1, after));
    assert_non_null(rig_row(r, 1, before));
    rig_settle(r);
    assert_true(qp_tree_node(qp_core_tree(r->nodes[0].core), r->nodes[2].id)->revoked);
    rig_code(rig_revoke(r, 1, "city/a/b"), QP_EEXISTS);
    matter m = rig_open(r, 1, "to whom?");
    rig_code(rig_offer(r, 1, m, QP_KIND_DISPATCH, "city/a/b"), QP_EPOLICY);
    Qp__Event *there = rig_opened(r, "there", QP_ROUTINE);
    there->opened->face->area = qp_arena_text(r->arena, "city/a/b");
    rig_code(rig_try(r, 1, there), QP_EPOLICY);
    rig_rebuild(r, 1);
    assert_true(qp_tree_node(qp_core_tree(r->nodes[1].core), r->nodes[2].id)->revoked);
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    rig_settle(r);
    assert_false(qp_tree_node(qp_core_tree(r->nodes[0].core), r->nodes[2].id)->revoked);
    assert_false(qp_tree_node(qp_core_tree(r->nodes[1].core), r->nodes[2].id)->revoked);
    assert_true(rig_holds(r, 2, before));
    assert_null(rig_row(r, 2, after)); /* beyond the final head: void */
    rig_ok(rig_offer(r, 1, m, QP_KIND_DISPATCH, "city/a/b"));
}

static void what_was_taken_before_a_revocation_stays_valid_and_travels_on(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "on its way");
    assert_true(rig_carry(r, 2, 1) == 0 || true);
    rig_meet(r, 2);
    rig_carry(r, 2, 1);
    rig_ok(rig_revoke(r, 1, "city/a/b"));
    assert_null(rig_row(r, 0, m));
    rig_settle(r); /* the revocation goes ahead of it (urgent), and it is taken all the same */
    assert_non_null(rig_row(r, 0, m));
    assert_int_equal(rig_metrics(r, 0).refused_revoked, 0);
}

static void a_node_revokes_only_what_lies_below_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_join(r, 0, "z");
    rig_settle(r);
    rig_code(rig_revoke(r, 1, "city"), QP_ENOTFOUND);
    rig_code(rig_revoke(r, 1, "city/a"), QP_ENOTFOUND);
    rig_code(rig_revoke(r, 1, "city/z"), QP_ENOTFOUND);
    rig_code(rig_revoke(r, 1, "city/a/q"), QP_ENOTFOUND);
    rig_ok(rig_revoke(r, 0, "city/a/b"));
    rig_settle(r);
    assert_true(qp_tree_node(qp_core_tree(r->nodes[1].core), r->nodes[2].id)->revoked);
}

static void a_revocation_by_one_who_is_not_above_has_no_effect(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    struct forged f = rig_forged(r, z, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, z, QP__EVENT__BODY_REVOKED, NULL);
    ev->revoked->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[1].id};
    ev->revoked->incarnation = 1;
    ev->revoked->kind = 2;
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, z, 0, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, 0).parcels_received > 0, 1);
    assert_false(qp_tree_node(qp_core_tree(r->nodes[0].core), r->nodes[1].id)->revoked);
    assert_null(rig_output(r, 0, QP_OUT_END, NULL));
    struct tables before = rig_tables(r, 0);
    rig_rebuild(r, 0);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH) | T(META));
}

/* An issuer may name below itself whatever it likes; the ids of other nodes are not among it. */
static void steal_identity(struct rig *r, int thief, int victim, bool by_event)
{
    const struct qp_cert *by = qp_core_self(r->nodes[thief].core);
    struct qp_cert c = {.incarnation = 99};
    struct qp_keys k;
    fresh(r, &k);
    memcpy(c.node, r->nodes[victim].id, QP_ID_LEN);
    qp_path_join(c.path, by->path, "stolen", NULL);
    strcpy(c.title, "stolen");
    strcpy(c.level, "place");
    Qp__Certificate *raw = rig_certify(r, thief, &c, &k);
    if (by_event) {
        struct forged f = rig_forged(r, thief, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
        Qp__Event *ev = rig_event(r, thief, QP__EVENT__BODY_ENROLLED, NULL);
        ev->enrolled->certificate = raw;
        rig_add(&f, ev);
        assert_int_equal(rig_hand(r, thief, 0, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    } else {
        struct qp_input in = {.kind = QP_IN_CHAIN};
        memcpy(in.peer, r->nodes[thief].id, QP_ID_LEN);
        in.chain.chain = rig_chain(r, thief, raw, &by->id);
        assert_int_equal(rig_turn(r, 0, &in, 1), 0);
    }
}

static void nobody_takes_another_nodes_identity_by_certifying_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    for (int by_event = 0; by_event < 2; by_event++) {
        steal_identity(r, z, 2, by_event != 0); /* a cousin's */
        steal_identity(r, z, 0, by_event != 0); /* the root's own */
        const struct qp_place *p = qp_tree_node(qp_core_tree(r->nodes[0].core), r->nodes[2].id);
        assert_string_equal(p->cert.path, "city/a/b");
        assert_int_equal(p->cert.incarnation, 1);
        assert_string_equal(qp_tree_self(qp_core_tree(r->nodes[0].core))->cert.path, "city");
        matter m = rig_open(r, 2, "still believed");
        rig_carry(r, 2, 1);
        rig_carry(r, 1, 0);
        assert_non_null(rig_row(r, 0, m));
    }
    rig_rebuild(r, 0);
    assert_string_equal(qp_tree_node(qp_core_tree(r->nodes[0].core), r->nodes[2].id)->cert.path, "city/a/b");
    assert_string_equal(qp_tree_self(qp_core_tree(r->nodes[0].core))->cert.path, "city");
}

static void a_certificate_that_its_named_issuer_did_not_sign_is_not_learned(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    struct qp_cert c = {.incarnation = 1};
    struct qp_keys k;
    fresh(r, &k);
    strcpy(c.path, "city/forged");
    struct qp_keys own = r->nodes[0].keys;
    r->nodes[0].keys = k; /* signs in the root's name */
    Qp__Certificate *raw = rig_certify(r, 0, &c, &k);
    r->nodes[0].keys = own;
    struct qp_input in = {.kind = QP_IN_CHAIN};
    memcpy(in.peer, r->nodes[1].id, QP_ID_LEN);
    in.chain.chain = rig_chain(r, 0, raw, &r->root);
    struct tables before = rig_tables(r, 0);
    assert_int_equal(rig_turn(r, 0, &in, 1), 0);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, 0);
    assert_int_equal(rig_metrics(r, 0).refused_unknown_key, 1);
    assert_null(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/forged"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(a_token_serves_once),
        TEST(the_same_keys_with_the_same_token_get_the_same_welcome_again),
        TEST(an_invitation_with_a_long_title_is_kept_whole),
        TEST(an_expired_token_says_so),
        TEST(a_request_that_its_own_key_did_not_sign_is_refused),
        TEST(a_node_invites_its_own_children_only),
        TEST(of_two_tokens_for_one_place_the_second_says_that_it_is_taken),
        TEST(a_successor_keeps_the_node_id_and_closes_the_old_incarnation_in_the_same_turn),
        TEST(who_joins_again_keeps_its_title_code_and_level_unless_new_ones_are_given),
        TEST(only_the_present_keys_and_open_tokens_may_dial),
        TEST(a_revoked_node_is_cut_off_at_once_and_comes_back_by_a_new_token),
        TEST(what_was_taken_before_a_revocation_stays_valid_and_travels_on),
        TEST(a_node_revokes_only_what_lies_below_it),
        TEST(a_revocation_by_one_who_is_not_above_has_no_effect),
        TEST(nobody_takes_another_nodes_identity_by_certifying_it),
        TEST(a_certificate_that_its_named_issuer_did_not_sign_is_not_learned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
