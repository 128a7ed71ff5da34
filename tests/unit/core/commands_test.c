/* commands_test.c: what people ask: idempotency (E4), what waits for a path, a full store, tokens, an aborted
 * turn. */
#include <stdio.h>

#include "node/matter/may.h"
#include "tests/unit/core/rig.h"

static Qp__Event *keyed(struct rig *r, Qp__Event *ev, const char *key, int body)
{
    ev->key = qp_arena_text(r->arena, key);
    ev->request.len = QP_REQUEST_LEN;
    ev->request.data = qp_arena_take(r->arena, QP_REQUEST_LEN);
    memset(ev->request.data, body, QP_REQUEST_LEN);
    return ev;
}

static void the_same_key_gives_the_first_matter_again(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    Qp__Event *ev = keyed(r, rig_opened(r, "once", QP_ROUTINE), "k1", 1);
    struct qp_reply first = rig_try(r, 1, ev), again = rig_try(r, 1, ev);
    rig_ok(first);
    rig_ok(again);
    assert_true(first.created);
    assert_false(again.created);
    assert_memory_equal(first.matter, again.matter, QP_ID_LEN);
    /* within one turn, too */
    Qp__Event *two = keyed(r, rig_opened(r, "twice at once", QP_ROUTINE), "k2", 1);
    struct qp_input in[2] = {{.kind = QP_IN_COMMAND}, {.kind = QP_IN_COMMAND}};
    for (int i = 0; i < 2; i++)
        in[i].command = (struct qp_command){.op = QP_OP_STEP, .draft = two, .if_version = -1, .ticket = 5};
    assert_int_equal(rig_turn(r, 1, in, 2), 0);
    assert_int_equal(rig_board(r, 1).opened, 2);
    rig_rebuild(r, 1); /* the key is in the journal, inside the event that it made */
    again = rig_try(r, 1, ev);
    rig_ok(again);
    assert_memory_equal(first.matter, again.matter, QP_ID_LEN);
    assert_int_equal(rig_board(r, 1).opened, 2);
}

static void the_same_key_with_another_body_is_refused(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_ok(rig_try(r, 1, keyed(r, rig_opened(r, "once", QP_ROUTINE), "k1", 1)));
    rig_code(rig_try(r, 1, keyed(r, rig_opened(r, "another", QP_ROUTINE), "k1", 2)), QP_EKEYREUSED);
    assert_int_equal(rig_board(r, 1).opened, 1);
}

static void a_steps_key_holds_as_long_as_the_matter_also_after_a_hand_over(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, 1, "up");
    Qp__Event *ev = keyed(r, rig_offered(r, m, QP_KIND_ESCALATE, NULL), "go", 1);
    rig_ok(rig_try(r, 1, ev));
    rig_settle(r);
    assert_true(rig_holds(r, 0, m));
    rig_ok(rig_try(r, 1, ev)); /* not the holder any more, but this was done */
    rig_code(rig_try(r, 1, keyed(r, rig_offered(r, m, QP_KIND_ESCALATE, NULL), "go", 2)), QP_EKEYREUSED);
    assert_int_equal(rig_history(r, 0, m, QP__EVENT__BODY_OFFERED), 1);
}

static void the_same_source_reference_gives_the_first_matter_again(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    Qp__Event *ev = rig_opened(r, "from the hotline", QP_ROUTINE);
    ev->opened->face->source_ref = qp_arena_text(r->arena, "12345-7");
    struct qp_reply first = rig_try(r, 1, ev), again = rig_try(r, 1, ev);
    rig_ok(again);
    assert_false(again.created);
    assert_memory_equal(first.matter, again.matter, QP_ID_LEN);
    Qp__Event *other = rig_opened(r, "another source", QP_ROUTINE);
    other->opened->face->source = qp_arena_text(r->arena, "110");
    other->opened->face->source_ref = ev->opened->face->source_ref;
    struct qp_reply third = rig_try(r, 1, other);
    assert_true(third.created);
    rig_settle(r);
    struct qp_reply above = rig_try(r, 0, ev); /* another node: another matter */
    assert_true(above.created);
}

static void a_transfer_to_an_unknown_path_needs_its_certificate_and_works_with_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    matter m = rig_open(r, 1, "sideways");
    rig_code(rig_offer(r, 1, m, QP_KIND_TRANSFER, "city/z"), QP_ENEED);
    /* nobody above can know a place of another tree */
    rig_code(rig_offer(r, 1, m, QP_KIND_TRANSFER, "citty/z"), QP_ENOTFOUND);
    rig_code(rig_offer(r, 1, m, QP_KIND_DISPATCH, "city/z"), QP_EINVAL);
    rig_give_chain(r, 0, 1, qp_core_self(r->nodes[z].core)->id.b);
    rig_ok(rig_offer(r, 1, m, QP_KIND_TRANSFER, "city/z"));
    rig_settle(r);
    rig_ok(rig_step(r, z, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    rig_same_face(r, m);
    assert_true(rig_holds(r, z, m));
    rig_rebuild(r, 1); /* the certificate was journaled before the parcel that needs it (L5) */
    assert_non_null(qp_tree_path(qp_core_tree(r->nodes[1].core), "city/z"));
}

static void an_offer_names_somebody_who_can_take_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 1, "where to");
    rig_code(rig_offer(r, 1, m, QP_KIND_DISPATCH, "city/a/nobody"), QP_ENOTFOUND);
    rig_code(rig_offer(r, 1, m, QP_KIND_DISPATCH, "city/a"), QP_EINVAL);
    rig_code(rig_offer(r, 1, m, QP_KIND_DISPATCH, "city"), QP_EINVAL);
    rig_code(rig_offer(r, 1, m, QP_KIND_TRANSFER, "city/a/b"), QP_EINVAL);
    rig_code(rig_offer(r, 1, m, QP_KIND_TRANSFER, "Not a path"), QP_EINVAL);
    rig_code(rig_offer(r, 1, m, QP_KIND_RETURN, NULL), QP_ESTEP);
    matter top = rig_open(r, 0, "at the top");
    rig_code(rig_offer(r, 0, top, QP_KIND_ESCALATE, NULL), QP_ESTEP);
    Qp__Event *else_where = rig_opened(r, "elsewhere", QP_ROUTINE);
    else_where->opened->face->area = qp_arena_text(r->arena, "city");
    rig_code(rig_try(r, 1, else_where), QP_EPOLICY);
}

static void nothing_is_returned_to_a_node_that_is_revoked(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "up and back");
    rig_ok(rig_offer(r, 2, m, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    assert_true(rig_holds(r, 1, m));
    rig_ok(rig_revoke(r, 1, "city/a/b"));
    rig_code(rig_offer(r, 1, m, QP_KIND_RETURN, NULL), QP_EPOLICY); /* nobody would ever answer */
    rig_burn(r, 2);
    rig_rejoin(r, 2);
    rig_settle(r);
    rig_ok(rig_offer(r, 1, m, QP_KIND_RETURN, NULL));
    rig_settle(r);
    assert_true(rig_holds(r, 2, m));
    rig_same_face(r, m);
}

static void a_matter_opened_for_a_place_below_is_offered_down_to_it_at_once(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    Qp__Event *ev = rig_opened(r, "for the street", QP_ROUTINE);
    ev->opened->face->area = qp_arena_text(r->arena, "city/a/b");
    struct qp_reply reply = rig_try(r, 0, ev);
    matter m;
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    rig_settle(r);
    assert_string_equal(rig_face(r, 1, m)->offer->to_path, "city/a/b"); /* those between see the order */
    rig_ok(rig_step(r, 2, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    assert_true(rig_holds(r, 2, m));
    rig_same_face(r, m);
    assert_int_equal(rig_board(r, 2).opened, 1);
}

static void only_a_superior_of_the_holder_may_urge(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, 2, "slow");
    rig_settle(r);
    rig_code(rig_step(r, 2, m, QP__EVENT__BODY_URGED), QP_ESTEP);
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_URGED));
    rig_settle(r);
    assert_int_equal(rig_history(r, 2, m, QP__EVENT__BODY_URGED), 1);
    rig_same_face(r, m);
    matter top = rig_open(r, 0, "the root's own");
    rig_ok(rig_offer(r, 0, top, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    rig_code(rig_step(r, 1, top, QP__EVENT__BODY_URGED), QP_ESTEP); /* held above */
}

static void a_version_that_does_not_match_is_refused(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 1);
    matter m = rig_open(r, 0, "seen at version 1");
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_PROGRESSED));
    struct qp_command c = {
        .op = QP_OP_STEP, .draft = rig_draft(r, QP__EVENT__BODY_CLOSED, &m), .if_version = 1};
    rig_code(rig_command(r, 0, &c), QP_EVERSION);
    c.if_version = 2;
    rig_ok(rig_command(r, 0, &c));
}

static struct qp_reply token(struct rig *r, int i, const char *name, uint8_t secret)
{
    uint8_t *hash = qp_arena_take(r->arena, 32);
    memset(hash, secret, 32);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_TOKEN_MADE, NULL);
    ev->token_made->name = qp_arena_text(r->arena, name);
    ev->token_made->hash = (ProtobufCBinaryData){32, hash};
    ev->token_made->rights = QP_RIGHT_ALL;
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    return rig_command(r, i, &c);
}

static bool token_stands(struct rig *r, int i, uint8_t secret)
{
    struct qp_read read;
    struct qp_token_entry t;
    struct qp_hash h;
    memset(h.b, secret, 32);
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    int rc = qp_token_read(&read, &h, &t);
    qp_read_end(&read);
    return !rc && !t.ended;
}

static void tokens_and_accounts_are_in_the_journal_and_never_sent(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_ok(token(r, 1, "desk", 1));
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_USER_MADE, NULL);
    ev->user_made->name = qp_arena_text(r->arena, "wang");
    ev->user_made->password = qp_arena_text(r->arena, "a hash");
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, 1, &c));
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK) + rig_waits(r, 1, 0, QP_LANE_URGENT),
                     2); /* that it was done (DE3) */
    rig_settle(r);
    struct qp_record rec;
    struct qp_read city;
    assert_int_equal(qp_read_begin(r->nodes[0].store, &city, NULL), 0);
    for (uint64_t at = 1; !qp_journal_get(city.journal, r->nodes[0].store, at, &rec, NULL); at++)
        assert_null(memmem(rec.parcel.p, rec.parcel.len, "a hash", 6));
    qp_read_end(&city);
    rig_rebuild(r, 1);
    assert_true(token_stands(r, 1, 1));
    struct qp_read read;
    struct qp_user_entry u;
    assert_int_equal(qp_read_begin(r->nodes[1].store, &read, NULL), 0);
    assert_int_equal(qp_user_read(&read, "wang", &u), 0);
    qp_read_end(&read);
    assert_string_equal(u.password, "a hash");
}

static void a_tokens_name_stands_for_one_secret(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 1);
    rig_ok(token(r, 0, "desk", 1));
    rig_ok(token(r, 0, "desk", 2));
    assert_false(token_stands(r, 0, 1)); /* nobody could end it any more */
    assert_true(token_stands(r, 0, 2));
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_TOKEN_ENDED, NULL);
    ev->token_ended->name = qp_arena_text(r->arena, "desk");
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, 0, &c));
    assert_false(token_stands(r, 0, 2));
    rig_rebuild(r, 0);
    assert_false(token_stands(r, 0, 1));
    assert_false(token_stands(r, 0, 2));
}

static char *long_text(struct rig *r, size_t n)
{
    char *s = qp_arena_take(r->arena, n + 1);
    memset(s, 'x', n);
    s[n] = 0;
    return s;
}

static void nothing_is_said_that_could_not_be_read_again(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    struct tables before = rig_tables(r, 0);
    rig_code(token(r, 0, long_text(r, QP_NAME_BYTES + 1), 1), QP_EINVAL);
    rig_code(token(r, 0, long_text(r, 100000), 1), QP_EINVAL);
    rig_code(token(r, 0, "\xff", 1), QP_EINVAL);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_REVOKED, NULL);
    ev->revoked->reason = long_text(r, QP_NOTE_BYTES + 1);
    struct qp_command c = {.op = QP_OP_REVOKE, .draft = ev, .path = "city/a", .if_version = -1};
    rig_code(rig_command(r, 0, &c), QP_EINVAL);
    matter m = rig_open(r, 1, "small");
    rig_code(rig_comment(r, 1, m, long_text(r, QP_TEXT_BYTES + 1)), QP_EINVAL);
    Qp__Event *open = rig_opened(r, "bad text", QP_ROUTINE);
    open->opened->face->text = qp_arena_text(r->arena, "\xc3\x28");
    rig_code(rig_try(r, 1, open), QP_EINVAL);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, T(META));
    rig_rebuild(r, 0);
    rig_rebuild(r, 1);
    rig_settle(r);
    assert_int_equal(r->refusals, 0);
}

static void a_bad_command_in_a_turn_never_loses_the_others(void **state)
{
    struct rig *r = *state;
    matter nobody = {{9}};
    rig_tree(r, 1);
    struct qp_input in[3];
    memset(in, 0, sizeof in);
    Qp__Event *bad = rig_opened(r, "no category", QP_ROUTINE);
    bad->opened->face->category = qp_arena_text(r->arena, "");
    const Qp__Event *d[3] = {rig_opened(r, "one", QP_ROUTINE), bad,
                             rig_draft(r, QP__EVENT__BODY_CLOSED, &nobody)};
    for (size_t i = 0; i < 3; i++) {
        in[i].kind = QP_IN_COMMAND;
        in[i].command =
            (struct qp_command){.op = QP_OP_STEP, .draft = d[i], .if_version = -1, .ticket = i + 1};
    }
    assert_int_equal(rig_turn(r, 0, in, 3), 0);
    assert_int_equal(r->nodes[0].out.n, 3);
    static const int codes[3] = {QP_OK, QP_EINVAL, QP_ENOTFOUND};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(r->nodes[0].out.v[i].reply.ticket, i + 1);
        assert_int_equal(r->nodes[0].out.v[i].reply.code, codes[i]);
    }
}

static void a_full_store_takes_no_new_matters_but_goes_on_with_the_old(void **state)
{
    struct rig *r = *state;
    r->journal_map = 4 << 20;
    rig_tree(r, 2);
    matter m = rig_open(r, 0, "before");
    char *text = long_text(r, QP_TEXT_BYTES);
    struct qp_reply reply = {0};
    int n = 0;
    do {
        Qp__Event *ev = rig_opened(r, "filling", QP_ROUTINE);
        ev->opened->face->text = text;
        reply = rig_try(r, 0, ev);
    } while (reply.code == 0 && ++n < 1000);
    rig_code(reply, QP_EFULL);
    assert_true(qp_store_full(r->nodes[0].store));
    struct qp_store_use use;
    qp_store_use(r->nodes[0].store, &use);
    assert_true(use.journal_used < use.journal_size / 100 * 95); /* the rest is for the old ones */
    int64_t opened = rig_board(r, 0).opened;
    assert_int_equal(opened, n + 1);
    rig_ok(rig_step(r, 0, m, QP__EVENT__BODY_CLOSED));
    rig_ok(rig_revoke(r, 0, "city/a"));
    assert_int_equal(rig_board(r, 0).opened, opened);
}

static void a_turn_that_finds_no_room_was_not_taken(void **state)
{
    struct rig *r = *state;
    r->journal_map = 2 << 20;
    rig_tree(r, 1);
    matter m = rig_open(r, 0, "talkative");
    char *text = long_text(r, QP_TEXT_BYTES);
    struct tables before;
    struct qp_reply reply = {0};
    int n = 0;
    do {
        before = rig_tables(r, 0);
        reply = rig_comment(r, 0, m, text);
    } while (reply.code == 0 && ++n < 1000);
    rig_code(reply, QP_EFULL);
    struct tables after = rig_tables(r, 0);
    rig_same_tables(&before, &after, 0);
    assert_int_equal(rig_history(r, 0, m, QP__EVENT__BODY_COMMENTED), n);
    rig_code(rig_comment(r, 0, m, text), QP_EFULL); /* and goes on answering */
    char name[32];
    for (n = 0, reply.code = 0; reply.code == 0 && n < 1000; n++) { /* a fact that is sealed at once */
        before = rig_tables(r, 0);
        snprintf(name, sizeof name, "token %d", n);
        reply = token(r, 0, name, (uint8_t)n);
    }
    rig_code(reply, QP_EFULL);
    assert_int_equal(r->nodes[0].out.n, 0); /* the turn was given up, not one command of it */
    after = rig_tables(r, 0);
    rig_same_tables(&before, &after, 0);
    rig_stop(r, 0);
    rig_start(r, 0);
    after = rig_tables(r, 0);
    rig_same_tables(&before, &after, 0);
}

static void after_an_aborted_turn_memory_is_as_the_store_has_it(void **state)
{
    struct rig *r = *state, *twin = rig_new();
    rig_tree(r, 2);
    rig_tree(twin, 2);
    struct qp_txn t;
    struct qp_outputs out;
    uint8_t seed[QP_SEED_LEN], token_key[QP_PK_LEN] = {7};
    memset(seed, 3, sizeof seed);
    /* opened, invited, revoked, and all of it given up */
    Qp__Event *inv = rig_draft(r, QP__EVENT__BODY_INVITED, NULL),
              *rev = rig_draft(r, QP__EVENT__BODY_REVOKED, NULL);
    inv->invited->path = qp_arena_text(r->arena, "city/new");
    inv->invited->link_key = (ProtobufCBinaryData){QP_PK_LEN, token_key};
    struct qp_input in[4];
    memset(in, 0, sizeof in);
    for (int i = 0; i < 4; i++)
        in[i].kind = QP_IN_COMMAND;
    in[0].command =
        (struct qp_command){.op = QP_OP_STEP, .draft = rig_opened(r, "gone", QP_ROUTINE), .if_version = -1};
    in[1].command = (struct qp_command){.op = QP_OP_INVITE, .draft = inv, .if_version = -1};
    in[2].command = (struct qp_command){.op = QP_OP_REVOKE, .draft = rev, .path = "city/a", .if_version = -1};
    struct qp_keys keys;
    uint8_t master[QP_SEED_LEN];
    memset(master, 5, sizeof master);
    qp_keys_derive(&keys, master);
    Qp__Join *j = rig_request(r, &keys, token_key);
    in[3].command =
        (struct qp_command){.op = QP_OP_JOIN, .join = j, .token_link_key = token_key, .if_version = -1};
    inv->invited->expires_us = r->now_us + SECOND;
    assert_int_equal(qp_store_begin(r->nodes[0].store, &t, NULL), 0);
    assert_int_equal(qp_turn(r->nodes[0].core, &t, in, 4, r->now_us, seed, &out, &r->e), 0);
    for (size_t i = 0; i < out.n; i++)
        assert_true(out.v[i].kind != QP_OUT_REPLY || out.v[i].reply.code == 0);
    assert_non_null(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/new"));
    qp_store_abort(&t);
    assert_int_equal(qp_core_forget(r->nodes[0].core, NULL), 0);
    assert_null(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/new"));
    assert_false(qp_tree_path(qp_core_tree(r->nodes[0].core), "city/a")->revoked);
    /* it goes on exactly as one that never began that turn */
    matter a = rig_open(r, 0, "next"), b = rig_open(twin, 0, "next");
    assert_memory_equal(a.b, b.b, QP_ID_LEN);
    rig_settle(r);
    rig_settle(twin);
    struct tables x = rig_tables(r, 0), y = rig_tables(twin, 0);
    rig_same_tables(&x, &y, 0);
    struct qp_slice last = rig_record(r, 0, rig_head(r, 0)), same = rig_record(twin, 0, rig_head(twin, 0));
    assert_int_equal(last.len, same.len);
    assert_memory_equal(last.p, same.p, last.len);
    rig_free(twin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(the_same_key_gives_the_first_matter_again),
        TEST(the_same_key_with_another_body_is_refused),
        TEST(a_steps_key_holds_as_long_as_the_matter_also_after_a_hand_over),
        TEST(the_same_source_reference_gives_the_first_matter_again),
        TEST(a_transfer_to_an_unknown_path_needs_its_certificate_and_works_with_it),
        TEST(an_offer_names_somebody_who_can_take_it),
        TEST(nothing_is_returned_to_a_node_that_is_revoked),
        TEST(a_matter_opened_for_a_place_below_is_offered_down_to_it_at_once),
        TEST(only_a_superior_of_the_holder_may_urge),
        TEST(a_version_that_does_not_match_is_refused),
        TEST(tokens_and_accounts_are_in_the_journal_and_never_sent),
        TEST(a_tokens_name_stands_for_one_secret),
        TEST(nothing_is_said_that_could_not_be_read_again),
        TEST(a_bad_command_in_a_turn_never_loses_the_others),
        TEST(a_full_store_takes_no_new_matters_but_goes_on_with_the_old),
        TEST(a_turn_that_finds_no_room_was_not_taken),
        TEST(after_an_aborted_turn_memory_is_as_the_store_has_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
