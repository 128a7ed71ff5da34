/* verdict_test.c: a refusal reaches whoever loses work by it, at every hop and after a restart, and nobody
 * goes on saying that what was refused is held (E6, C5). */
#include <stdio.h>

#include "node/core/private.h"
#include "tests/unit/core/rig.h"

enum { CITY, A, B };

static struct forged next_of(struct rig *r, int origin, const Qp__Event *ev)
{
    struct forged f = rig_forged(r, origin, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    rig_add(&f, ev);
    return f;
}

/* The next place of a node's chain, taken by a parcel that its own core never sealed, is refused at `at`. */
static void refuse_at(struct rig *r, int origin, int via, int at)
{
    matter m = {{1, 2, 3}};
    Qp__Event *ev = rig_event(r, origin, QP__EVENT__BODY_TOKEN_ENDED, &m);
    ev->matter.len = 0;
    ev->token_ended->name = qp_arena_text(r->arena, "local");
    struct forged f = next_of(r, origin, ev); /* a local fact may not travel: its origin's doing */
    assert_int_equal(rig_hand(r, via, at, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_output(r, at, QP_OUT_REFUSED, NULL)->refused.code, QP_EINVAL);
}

static void what_is_refused_above_is_not_held(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter before = rig_open(r, A, "before");
    rig_settle(r);
    assert_true(rig_ticks(r, A, before).top);
    refuse_at(r, A, A, CITY);
    matter after = rig_open(r, A, "after");
    rig_settle(r);
    assert_null(rig_row(r, CITY, after));
    assert_int_equal(rig_waits(r, A, CITY, QP_LANE_BULK), 0); /* acknowledged: the lane goes on */
    struct qp_ticks t = rig_ticks(r, A, after);
    assert_true(t.kept);
    assert_false(t.held || t.top);
    t = rig_ticks(r, A, before); /* what was taken stays taken */
    assert_true(t.held && t.top);
    /* another chain is not concerned */
    matter urgent = rig_emergency(r, A, "urgent");
    rig_settle(r);
    assert_true(rig_ticks(r, A, urgent).top);
}

static void a_refusal_is_told_at_every_hop_and_stays_known(void **state)
{
    struct rig *r = *state;
    struct qp_refusal v[4];
    rig_tree(r, 3);
    rig_settle(r);
    refuse_at(r, B, A, CITY);
    rig_settle(r);
    for (int round = 0; round < 3; round++) {
        for (int i = CITY; i <= B; i++) {
            assert_int_equal(rig_refusals(r, i, v, 4), 1);
            assert_string_equal(v[0].origin_path, "city/a/b");
            assert_string_equal(v[0].by_path, "city");
            assert_int_equal(v[0].code, QP_EINVAL);
            assert_int_equal(v[0].event, 1);
            assert_non_null(strstr(v[0].reason, "local"));
        }
        if (round == 0)
            for (int i = CITY; i <= B; i++)
                rig_rebuild(r, i);
        if (round == 1)
            for (int i = CITY; i <= B; i++) {
                rig_stop(r, i);
                rig_start(r, i);
            }
    }
    /* the relay holds it, the city does not: nowhere is it shown as held */
    matter m = rig_open(r, B, "after");
    rig_settle(r);
    assert_non_null(rig_row(r, A, m));
    assert_null(rig_row(r, CITY, m));
    assert_false(rig_ticks(r, B, m).held);
    assert_false(rig_ticks(r, A, m).held);
    assert_true(rig_ticks(r, B, m).kept);
}

/* L6: of an event that has come in a parcel for one node the one for the horizon is still to come, or was refused. */
static void what_came_for_one_node_alone_is_not_held(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, B, "m");
    rig_settle(r);
    assert_true(rig_ticks(r, A, m).top);
    Qp__Event *ev = rig_event(r, B, QP__EVENT__BODY_COMMENTED, &m);
    ev->commented->text = qp_arena_text(r->arena, "a word");
    struct forged f = rig_forged(r, B, QP_SCOPE_NODE, r->nodes[CITY].id, QP_LANE_BULK);
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, B, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    rig_carry(r, A, CITY); /* B is left out, which would say another parcel in this place */
    assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_COMMENTED), 1);
    struct qp_ticks t = rig_ticks(r, A, m);
    assert_false(t.held || t.top);
    f = rig_forged(r, B, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK);
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, B, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_false(rig_ticks(r, A, m).held); /* not acknowledged yet */
    assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_COMMENTED), 1);
}

/* It was told while the origin was down, and by a relay that was down in between. */
static void who_was_not_there_is_told_at_the_next_greeting(void **state)
{
    struct rig *r = *state;
    struct qp_refusal v[4];
    rig_tree(r, 3);
    rig_settle(r);
    refuse_at(r, B, A, CITY);
    r->nverdicts = 0; /* lost on the way */
    rig_settle(r);
    assert_int_equal(rig_refusals(r, B, v, 4), 0);
    rig_stop(r, A);
    rig_start(r, A);
    rig_settle(r);
    assert_int_equal(rig_refusals(r, A, v, 4), 1);
    rig_stop(r, B);
    rig_start(r, B);
    rig_settle(r);
    assert_int_equal(rig_refusals(r, B, v, 4), 1);
}

/* Where there is room for one, it is its own: the children's come behind it, wherever their ids stand. */
static void its_own_refusal_is_read_before_its_childrens(void **state)
{
    struct rig *r = *state;
    struct qp_refusal v[4];
    rig_tree(r, 2);
    const char *const label[] = {"b", "c", "d"};
    for (int i = 0; i < 3; i++)
        rig_join(r, A, label[i]);
    rig_settle(r);
    for (int child = B; child < B + 3; child++)
        refuse_at(r, child, child, A);
    refuse_at(r, A, A, CITY);
    rig_settle(r);
    assert_int_equal(rig_refusals(r, A, v, 4), 4);
    assert_int_equal(rig_refusals(r, A, v, 1), 1);
    assert_memory_equal(v[0].origin, r->nodes[A].id, QP_ID_LEN);
}

static struct qp_input told(struct rig *r, int from, Qp__Verdict *v)
{
    struct qp_input in = {.kind = QP_IN_VERDICT};
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    in.verdict.verdict = v;
    return in;
}

static Qp__Verdict *copy_of(struct rig *r, const Qp__Verdict *v)
{
    Qp__Verdict *out;
    size_t len;
    uint8_t *bytes = qp_encode(&v->base, r->arena, &len);
    assert_int_equal(QP_DECODE(&out, verdict, bytes, len, r->arena, NULL), 0);
    return out;
}

static void a_refusal_that_was_altered_or_is_not_the_speakers_to_make_is_not_believed(void **state)
{
    struct rig *r = *state;
    struct qp_refusal v[4];
    rig_tree(r, 3);
    rig_open(r, B, "one");
    rig_settle(r);
    refuse_at(r, B, A, CITY);
    assert_int_equal(r->nverdicts, 1);
    Qp__Verdict *good = r->verdicts[0].verdict;
    r->nverdicts = 0;
    for (int part = 0; part < 8; part++) {
        Qp__Verdict *bad = copy_of(r, good);
        switch (part) {
        case 0: bad->at->seq--; break;
        case 1: bad->code = QP_EFORK; break;
        case 2: bad->reason = qp_arena_text(r->arena, "another reason"); break;
        case 3: bad->at_us++; break;
        case 4: bad->event++; break;
        case 5: bad->at->hash.data[0] ^= 1; break;
        case 6: bad->signature.data[7] ^= 1; break;
        default: bad->at->lane = QP_LANE_URGENT; break;
        }
        struct qp_input in = told(r, CITY, bad);
        assert_int_equal(rig_turn(r, A, &in, 1), 0);
        assert_int_equal(rig_refusals(r, A, v, 4), 0);
    }
    /* a child about its parent's, or a sibling's, chain to the horizon */
    int z = rig_join(r, CITY, "z");
    rig_settle(r);
    struct forged f = next_of(r, A, rig_event(r, A, QP__EVENT__BODY_URGED, &(matter){{9}}));
    f.h.seq = 1;
    struct qp_parcel p;
    struct qp_slice bytes = rig_seal(r, &f, NULL);
    assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, r->arena, NULL), 0);
    struct qp_work w = {.c = r->nodes[z].core, .now_us = r->now_us};
    Qp__Verdict *sibling = copy_of(r, qp_verdict_new(&w, &p, QP_EFORK, "a lie", 0));
    struct qp_input in = told(r, z, sibling);
    assert_int_equal(rig_turn(r, CITY, &in, 1), 0);
    w.c = r->nodes[B].core;
    Qp__Verdict *child = copy_of(r, qp_verdict_new(&w, &p, QP_EFORK, "a lie", 0));
    in = told(r, B, child);
    assert_int_equal(rig_turn(r, A, &in, 1), 0);
    assert_int_equal(rig_refusals(r, A, v, 4), 0);
    assert_false(qp_tree_node(qp_core_tree(r->nodes[CITY].core), r->nodes[A].id)->quarantined);
    /* and the true one */
    in = told(r, CITY, good);
    assert_int_equal(rig_turn(r, A, &in, 1), 0);
    assert_int_equal(rig_refusals(r, A, v, 4), 1);
}

/* It was made with a key that its certificate alone tells of. */
static void a_refusal_is_kept_till_the_certificate_of_who_made_it_comes(void **state)
{
    struct rig *r = *state;
    struct qp_refusal v[4];
    rig_tree(r, 3);
    rig_open(r, B, "one");
    rig_settle(r);
    rig_burn(r, A);
    rig_rejoin(r, A);
    struct forged f = next_of(r, B, rig_event(r, B, QP__EVENT__BODY_URGED, &(matter){{9}}));
    struct qp_parcel p;
    struct qp_slice bytes = rig_seal(r, &f, NULL);
    assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, r->arena, NULL), 0);
    struct qp_work w = {.c = r->nodes[A].core, .now_us = r->now_us};
    struct qp_input in = told(r, A, copy_of(r, qp_verdict_new(&w, &p, QP_EINVAL, "not so", 0)));
    assert_int_equal(rig_turn(r, B, &in, 1), 0);
    assert_non_null(rig_output(r, B, QP_OUT_ASK, NULL));
    assert_int_equal(rig_refusals(r, B, v, 4), 0);
    rig_give_chain(r, A, B, qp_core_self(r->nodes[A].core)->id.b);
    assert_int_equal(rig_refusals(r, B, v, 4), 1);
}

/* ---- a whole incarnation ---- */

static void takes_no_work(struct rig *r, int i, const char *why)
{
    const char *text;
    assert_true(qp_core_out(r->nodes[i].core, &text));
    assert_non_null(strstr(text, why));
    struct qp_reply reply = rig_try(r, i, rig_opened(r, "would reach nobody", QP_ROUTINE));
    rig_code(reply, QP_EOUT);
    assert_non_null(strstr(reply.text, "qipan join"));
}

static void forked(struct rig *r, int origin, int via, int at)
{
    matter m = {{7}};
    Qp__Event *ev = rig_event(r, origin, QP__EVENT__BODY_COMMENTED, &m);
    ev->commented->text = qp_arena_text(r->arena, "another story");
    struct forged f = next_of(r, origin, ev);
    f.h.seq -= 1; /* the place of what was said before */
    memset(&f.h.prev, 0, sizeof f.h.prev);
    assert_int_equal(rig_hand(r, via, at, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_output(r, at, QP_OUT_REFUSED, NULL)->refused.code, QP_EFORK);
}

static void a_node_whose_key_is_quarantined_takes_no_more_work_and_says_so(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, A, "for the node below");
    rig_ok(rig_offer(r, A, m, QP_KIND_DISPATCH, "city/a/b"));
    rig_open(r, B, "one story");
    rig_settle(r);
    forked(r, B, B, A);
    rig_settle(r);
    takes_no_work(r, B, "city/a");
    rig_code(rig_step(r, B, m, QP__EVENT__BODY_ACCEPTED), QP_EOUT); /* custody that nobody else would see */
    rig_rebuild(r, B);
    takes_no_work(r, B, "city/a");
    rig_stop(r, B);
    rig_start(r, B);
    takes_no_work(r, B, "city/a");
    /* a new incarnation is heard again */
    rig_burn(r, B);
    rig_rejoin(r, B);
    rig_settle(r);
    const char *why;
    assert_false(qp_core_out(r->nodes[B].core, &why));
    rig_ok(rig_try(r, B, rig_opened(r, "again", QP_ROUTINE)));
}

/* The relay passed both on; the city saw the fork. The node below and the relay between hear of it. */
static void a_quarantine_from_further_above_stops_it_too(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_open(r, B, "one story");
    rig_settle(r);
    forked(r, B, A, CITY);
    rig_settle(r);
    takes_no_work(r, B, "city");
    assert_true(qp_tree_node(qp_core_tree(r->nodes[A].core), r->nodes[B].id)->quarantined);
    const char *why;
    assert_false(qp_core_out(r->nodes[A].core, &why));
    rig_ok(rig_try(r, A, rig_opened(r, "the relay goes on", QP_ROUTINE)));
}

/* What a refused call brings, or the end of a session. */
static void hears(struct rig *r, int i, const Qp__Verdict *v)
{
    assert_non_null(v);
    struct qp_input in = told(r, r->nodes[i].up, copy_of(r, v));
    assert_int_equal(rig_turn(r, i, &in, 1), 0);
}

static void a_node_that_was_displaced_or_revoked_hears_it_and_takes_no_more_work(void **state)
{
    struct rig *r = *state;
    struct qp_keys k = {0};
    uint8_t master[QP_SEED_LEN] = {5}, token[QP_PK_LEN] = {6}, id[QP_ID_LEN];
    uint32_t incarnation = 0;
    rig_tree(r, 3);
    matter m = rig_open(r, B, "before");
    rig_settle(r);
    /* its place is given to another machine while it lives */
    qp_keys_derive(&k, master);
    assert_false(qp_core_former(r->nodes[A].core, r->nodes[B].keys.link_pk, id, &incarnation));
    rig_ok(rig_invite(r, A, "city/a/b", token, r->now_us + 900 * SECOND));
    rig_ok(rig_ask_join(r, A, rig_request(r, &k, token), token));
    assert_true(qp_core_former(r->nodes[A].core, r->nodes[B].keys.link_pk, id, &incarnation));
    assert_int_equal(incarnation, 1);
    assert_memory_equal(id, r->nodes[B].id, QP_ID_LEN);
    hears(r, B, qp_core_farewell(r->nodes[A].core, id, incarnation, r->now_us, r->arena));
    takes_no_work(r, B, "incarnation 2");
    rig_stop(r, B);
    rig_start(r, B);
    takes_no_work(r, B, "incarnation 2");
    assert_true(rig_ticks(r, B, m).top); /* what had been taken stays taken */
    /* the parent revokes the relay */
    rig_ok(rig_revoke(r, CITY, "city/a"));
    assert_true(qp_core_former(r->nodes[CITY].core, r->nodes[A].keys.link_pk, id, &incarnation));
    rig_rebuild(r, CITY);
    assert_true(qp_core_former(r->nodes[CITY].core, r->nodes[A].keys.link_pk, id, &incarnation));
    hears(r, A, qp_core_farewell(r->nodes[CITY].core, id, incarnation, r->now_us, r->arena));
    takes_no_work(r, A, "revoked");
    /* the same key, certified again from a saved key file, is a child's again */
    rig_burn(r, A);
    uint8_t again[QP_PK_LEN] = {7};
    rig_ok(rig_invite(r, CITY, "city/a", again, r->now_us + 900 * SECOND));
    rig_ok(rig_ask_join(r, CITY, rig_request(r, &r->nodes[A].keys, again), again));
    assert_false(qp_core_former(r->nodes[CITY].core, r->nodes[A].keys.link_pk, id, &incarnation));
}

/* ---- a copy of the disk ---- */

static void copy_disk(struct rig *r, int i, bool back)
{
    char command[256];
    const char *dir = r->nodes[i].dir;
    snprintf(command, sizeof command, back ? "rm -rf '%s' && mv '%s.copy' '%s'" : "cp -r '%s' '%s.copy'%.0s",
             dir, dir, dir);
    assert_int_equal(system(command), 0);
}

/* Both go on from the same disk: the parent has heard one, and the other one hears that from it. */
static void a_copy_that_went_another_way_says_nothing_more(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_open(r, A, "before the copy");
    rig_settle(r);
    rig_stop(r, A);
    copy_disk(r, A, false);
    rig_start(r, A);
    rig_open(r, A, "heard");
    rig_settle(r);
    rig_stop(r, A);
    copy_disk(r, A, true);
    rig_start(r, A);
    matter m = rig_open(r, A, "at the same place, in the copy");
    rig_open(r, A, "and one more, so that it is not below what was seen");
    rig_settle(r);
    assert_true(qp_core_silent(r->nodes[A].core));
    assert_null(rig_row(r, CITY, m));
    assert_false(rig_ticks(r, A, m).held);
    takes_no_work(r, A, "copy");
    assert_int_equal(rig_metrics(r, CITY).refused_fork, 0);
    rig_stop(r, A);
    rig_start(r, A); /* before it has heard anybody */
    takes_no_work(r, A, "copy");
}

/* One that does not look, or lies, delivers its own record at a place that the parent has heard another of.
 */
static void another_parcel_at_a_place_that_was_heard_is_a_fork_and_not_a_duplicate(void **state)
{
    struct rig *r = *state;
    struct qp_input in[1];
    rig_tree(r, 2);
    rig_open(r, A, "heard");
    assert_int_equal(rig_gather(r, A, CITY, QP_LANE_BULK, in, 1), 1);
    rig_settle(r);
    matter m = {{7}};
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_COMMENTED, &m);
    ev->commented->text = qp_arena_text(r->arena, "not heard");
    struct forged f = next_of(r, A, ev);
    struct qp_parcel p;
    assert_int_equal(qp_parcel_open(&p, in[0].parcel.bytes, in[0].parcel.len, r->arena, NULL), 0);
    f.h.seq = p.h.seq;
    f.h.prev = p.h.prev;
    struct qp_slice bytes = rig_seal(r, &f, NULL);
    assert_int_equal(rig_turn(r, CITY, in, 1), 0); /* the same again: a duplicate */
    assert_int_equal(rig_metrics(r, CITY).refused_fork, 0);
    in[0].parcel.bytes = bytes.p;
    in[0].parcel.len = bytes.len;
    assert_int_equal(rig_turn(r, CITY, in, 1), 0);
    assert_int_equal(rig_metrics(r, CITY).refused_fork, 1);
    assert_true(qp_tree_node(qp_core_tree(r->nodes[CITY].core), r->nodes[A].id)->quarantined);
    rig_settle(r);
    takes_no_work(r, A, "two parcels");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(what_is_refused_above_is_not_held),
        TEST(what_came_for_one_node_alone_is_not_held),
        TEST(a_refusal_is_told_at_every_hop_and_stays_known),
        TEST(who_was_not_there_is_told_at_the_next_greeting),
        TEST(its_own_refusal_is_read_before_its_childrens),
        TEST(a_refusal_that_was_altered_or_is_not_the_speakers_to_make_is_not_believed),
        TEST(a_refusal_is_kept_till_the_certificate_of_who_made_it_comes),
        TEST(a_node_whose_key_is_quarantined_takes_no_more_work_and_says_so),
        TEST(a_quarantine_from_further_above_stops_it_too),
        TEST(a_node_that_was_displaced_or_revoked_hears_it_and_takes_no_more_work),
        TEST(a_copy_that_went_another_way_says_nothing_more),
        TEST(another_parcel_at_a_place_that_was_heard_is_a_fork_and_not_a_duplicate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
