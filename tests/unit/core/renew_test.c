/* renew_test.c: who is refused above goes on as his next incarnation, by himself: nothing that he took in stays
 * stranded, nobody else can ask in his name, and not for ever (E6).
 *
 *   city 0 ─ a 1 ─ b 2 */
#include "node/core/renew.h"
#include "tests/unit/core/lines.h"

#define HOUR (3600 * SECOND)

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

/* The next place of a node's chain is refused at `at`, by a parcel that its own core never sealed. first: for what stands
 * first in it; else for what the true one has not. */
static void refuse_at(struct rig *r, int origin, int via, int at, bool first)
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

static bool wants(struct rig *r, int i, struct qp_renewal_request *q)
{
    struct qp_read read;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    bool yes = qp_core_renewal(r->nodes[i].core, read.tables, r->now_us, q);
    qp_read_end(&read);
    return yes;
}

/* What is answered: QP_OUT_WELCOME, QP_OUT_LATER or NULL. */
static const struct qp_output *ask(struct rig *r, int i, const struct qp_renewal_request *q)
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
    return o != NULL ? o : rig_output(r, up, QP_OUT_LATER, r->nodes[i].id);
}

static void welcomed(struct rig *r, int i, const Qp__Welcome *w)
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

/* Until all is said again, and has come. */
static void said_again(struct rig *r, int i)
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

static void renew(struct rig *r, int i)
{
    struct qp_renewal_request q;
    assert_true(wants(r, i, &q));
    const struct qp_output *o = ask(r, i, &q);
    assert_true(o != NULL && o->kind == QP_OUT_WELCOME);
    welcomed(r, i, o->welcome);
    said_again(r, i);
}

static void no_refusal_stands(struct rig *r, int n)
{
    struct qp_refusal v[4];
    for (int i = 0; i < n; i++)
        assert_int_equal(rig_refusals(r, i, v, 4), 0);
}

static void same_after_rebuild(struct rig *r, int i)
{
    struct tables before = rig_tables(r, i);
    rig_rebuild(r, i);
    struct tables after = rig_tables(r, i);
    rig_same_tables(&before, &after, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

static void who_is_refused_above_goes_on_by_himself_and_nothing_is_stranded(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter before = rig_open(r, A, "before");
    rig_settle(r);
    refuse_at(r, A, A, CITY, false);
    matter after = rig_open(r, A, "after"), waiting;
    rig_settle(r);
    assert_null(rig_row(r, CITY, after));
    assert_false(rig_ticks(r, A, after).held);
    waiting = rig_open(r, A, "not yet sent");
    matter urgent = rig_emergency(r, A, "urgent, not yet sent");
    renew(r, A);
    assert_int_equal(qp_core_self(r->nodes[A].core)->incarnation, 2);
    assert_int_equal(qp_tree_node(qp_core_tree(r->nodes[CITY].core), r->nodes[A].id)->cert.incarnation, 2);
    const matter all[] = {before, after, waiting, urgent};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        rig_same_face(r, all[i]);
        assert_int_equal(rig_history(r, CITY, all[i], QP__EVENT__BODY_OPENED), 1);
        assert_true(rig_ticks(r, A, all[i]).held && rig_ticks(r, A, all[i]).top);
    }
    assert_int_equal(rig_board(r, CITY).opened, 4);
    no_refusal_stands(r, 2);
    struct qp_renewal_request q;
    assert_false(wants(r, A, &q));
    for (int i = CITY; i <= A; i++)
        same_after_rebuild(r, i);
    rig_stop(r, A);
    rig_start(r, A);
    assert_int_equal(qp_core_self(r->nodes[A].core)->incarnation, 2);
    matter later = rig_open(r, A, "as usual");
    rig_settle(r);
    rig_same_face(r, later);
    assert_true(rig_ticks(r, A, later).top);
}

static void what_a_relay_took_and_the_city_refused_comes_as_well(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_settle(r);
    refuse_at(r, B, A, CITY, false);
    matter one = rig_open(r, B, "one");
    rig_settle(r);
    matter two = rig_open(r, B, "two");
    assert_non_null(rig_row(r, A, one));
    assert_null(rig_row(r, CITY, one));
    renew(r, B);
    for (int i = 0; i < 2; i++) {
        matter m = i == 0 ? one : two;
        rig_same_face(r, m);
        assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_OPENED), 1);
        assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_OPENED), 1);
        assert_true(rig_ticks(r, B, m).top);
    }
    no_refusal_stands(r, 3);
    for (int i = CITY; i <= B; i++)
        same_after_rebuild(r, i);
}

/* A relay in the middle of the tree goes on; what is below it does not notice. */
static void a_relay_goes_on_with_its_children_and_its_custody(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter down = rig_open(r, CITY, "down");
    rig_ok(rig_offer(r, CITY, down, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    refuse_at(r, A, A, CITY, false);
    rig_ok(rig_step(r, A, down, QP__EVENT__BODY_ACCEPTED)); /* nobody above hears it */
    rig_settle(r);
    rig_ok(rig_offer(r, A, down, QP_KIND_DISPATCH, "city/a/b"));
    matter up = rig_open(r, B, "up");
    rig_settle(r);
    assert_true(rig_holds(r, A, down));
    assert_non_null(rig_face(r, CITY, down)->offer); /* as the city knows it */
    renew(r, A);
    rig_ok(rig_step(r, B, down, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    assert_true(rig_holds(r, B, down));
    rig_same_face(r, down);
    rig_same_face(r, up);
    int z = rig_join(r, A, "z"); /* it certifies with its new key */
    rig_settle(r);
    matter new = rig_open(r, z, "from a new child");
    rig_settle(r);
    rig_same_face(r, new);
    for (int i = CITY; i <= B; i++)
        same_after_rebuild(r, i);
}

/* The one event that was refused is told of, and the matter as it stands is said in its stead. */
static void what_was_itself_refused_is_not_said_again_and_its_matter_can_be_followed(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_settle(r);
    refuse_at(r, A, A, CITY, true);
    matter m = rig_open(r, A, "its opening was refused");
    rig_settle(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PROGRESSED, &m);
    ev->progressed->note = qp_arena_text(r->arena, "after it");
    rig_ok(rig_try(r, A, ev));
    rig_settle(r);
    renew(r, A);
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_OPENED), 0);
    assert_int_equal(rig_history(r, A, m, QP__EVENT__BODY_COMMENTED), 1);
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_COMMENTED), 1);
    assert_true(rig_holds(r, CITY, m) == false && rig_holds(r, A, m));
    rig_same_face(r, m);
    rig_ok(rig_step(r, A, m, QP__EVENT__BODY_CLOSED));
    rig_settle(r);
    assert_int_equal(rig_board(r, CITY).closed, 1);
    same_after_rebuild(r, A);
}

/* ---- its messages ---- */

/* They are signed with the key that its certificate names by then. */
static void a_renewed_node_is_heard_when_it_asks_for_a_record(void **state)
{
    struct rig *r = *state;
    struct qp_sealed *s = qp_arena_take(r->arena, sizeof *s);
    uint8_t seed[QP_SEED_LEN];
    matter m;
    rig_tree(r, 2);
    rig_settle(r);
    refuse_at(r, A, A, CITY, false);
    renew(r, A);
    rig_seed(r, seed);
    assert_int_equal(qp_record_lock(s, "wang", 4, r->nodes[CITY].keys.box_pk, seed, r->arena, NULL), 0);
    struct qp_command c = {
        .op = QP_OP_STEP, .draft = rig_opened(r, "noise", QP_ROUTINE), .if_version = -1, .sealed = s};
    struct qp_reply reply = rig_command(r, CITY, &c);
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    rig_ok(rig_step(r, A, m, QP__EVENT__BODY_ACCEPTED));
    for (int i = 0; i < 8; i++) {
        rig_tick(r, i % 2);
        rig_settle(r);
    }
    assert_int_equal(rig_metrics(r, CITY).carried_refused, 0);
    assert_true(qp_vault_opens(r->nodes[A].vault, m.b));
}

/* ---- on lines ---- */

enum { MANY = 300 }; /* records, more than are looked at in one turn */

/* A renewed node that has begun to say again what was not held; the last of it is "two" on the line. */
static matter in_the_midst(struct rig *r)
{
    struct qp_renewal_request q;
    r->rings = true;
    rig_tree(r, 2);
    matter line = lines_open(r, A, CITY, "");
    lines_settle(r);
    rig_ok(lines_tell(r, A, line, "one", NULL));
    lines_settle(r);
    refuse_at(r, A, A, CITY, false);
    for (int i = 0; i < MANY; i++)
        rig_open(r, A, "not held");
    rig_ok(lines_tell(r, A, line, "two", NULL));
    assert_true(wants(r, A, &q));
    const struct qp_output *o = ask(r, A, &q);
    assert_true(o != NULL && o->kind == QP_OUT_WELCOME);
    welcomed(r, A, o->welcome);
    assert_true(r->nodes[A].core->resaying);
    return line;
}

static void what_is_said_on_a_line_meanwhile_comes_behind_what_is_said_again(void **state)
{
    struct rig *r = *state;
    matter line = in_the_midst(r);
    rig_ok(lines_tell(r, A, line, "three", NULL));
    rig_settle(r);
    said_again(r, A);
    lines_settle(r);
    lines_hears(r, CITY, line, 1, "one");
    lines_hears(r, CITY, line, 2, "two");
    lines_hears(r, CITY, line, 3, "three");
    assert_int_equal(lines_with(r, A, line, CITY).delivered, 3);
    same_after_rebuild(r, A);
}

static void a_rebuild_in_the_midst_of_it_gives_the_same_lines(void **state)
{
    struct rig *r = *state;
    matter line = in_the_midst(r);
    lines_hand_key(r, CITY, A, 1, true); /* all is to be sealed for it again, when the rest is said */
    for (int n = 0; n < 100 && rig_waits(r, A, CITY, QP_LANE_LINE) == 0; n++)
        rig_tick(r, A);
    assert_true(
        r->nodes[A].core->resaying); /* "two" was said again, and that this was all was not said yet */
    assert_int_equal(lines_with(r, A, line, CITY).sent, 0);
    struct tables before = rig_tables(r, A);
    rig_rebuild(r, A);
    struct tables after = rig_tables(r, A);
    rig_same_tables(&before, &after, ~T(LINE));
}

static void a_welcome_that_was_lost_comes_again_with_the_next_call(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q;
    struct qp_read read;
    rig_tree(r, 2);
    rig_settle(r);
    refuse_at(r, A, A, CITY, false);
    matter m = rig_open(r, A, "kept");
    rig_settle(r);
    assert_true(wants(r, A, &q));
    assert_int_equal(ask(r, A, &q)->kind, QP_OUT_WELCOME);
    assert_int_equal(ask(r, A, &q)->kind,
                     QP_OUT_WELCOME); /* in the same session: a parent that was handed back its own words */
    rig_stop(r, A);                   /* it never came */
    rig_start(r, A);
    assert_int_equal(qp_read_begin(r->nodes[CITY].store, &read, NULL), 0);
    const Qp__Welcome *w = qp_core_successor(r->nodes[CITY].core, &read, r->nodes[A].id, 1);
    qp_read_end(&read);
    assert_non_null(w);
    size_t len;
    Qp__Welcome *kept;
    uint8_t *bytes = qp_encode(&w->base, r->arena, &len);
    assert_int_equal(QP_DECODE(&kept, welcome, bytes, len, r->arena, NULL), 0);
    w = kept;
    /* and that its incarnation is over: in either order */
    const Qp__Verdict *v = qp_core_farewell(r->nodes[CITY].core, r->nodes[A].id, 1, r->now_us, r->arena);
    struct qp_input in = {.kind = QP_IN_VERDICT};
    memcpy(in.peer, r->nodes[CITY].id, QP_ID_LEN);
    in.verdict.verdict = v;
    assert_int_equal(rig_turn(r, A, &in, 1), 0);
    const char *why;
    assert_true(qp_core_out(r->nodes[A].core, &why));
    welcomed(r, A, w);
    assert_false(qp_core_out(r->nodes[A].core, &why));
    said_again(r, A);
    rig_same_face(r, m);
    assert_true(rig_ticks(r, A, m).top);
    /* twice is once */
    welcomed(r, A, w);
    assert_int_equal(qp_core_self(r->nodes[A].core)->incarnation, 2);
}

static void a_liar_does_not_get_one_incarnation_after_the_other(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q;
    int granted = 0;
    rig_tree(r, 2);
    rig_settle(r);
    for (int hour = 0; hour < 24 * 20; hour++) {
        if (!r->nodes[A].core->stopped)
            refuse_at(r, A, A, CITY, false);
        if (wants(r, A, &q)) {
            const struct qp_output *o = ask(r, A, &q);
            assert_non_null(o);
            if (o->kind == QP_OUT_WELCOME) {
                granted++;
                welcomed(r, A, o->welcome);
                rig_settle(r);
            } else {
                struct qp_input in = {.kind = QP_IN_LATER};
                char reason[200];
                memcpy(reason, o->later.reason, sizeof reason);
                assert_non_null(strstr(reason, "not long ago"));
                assert_true(o->later.until_us > r->now_us);
                in.later.reason = reason;
                in.later.until_us = o->later.until_us;
                memcpy(in.peer, r->nodes[CITY].id, QP_ID_LEN);
                assert_int_equal(rig_turn(r, A, &in, 1), 0);
                int64_t until;
                const char *why;
                qp_core_renewal_later(r->nodes[A].core, &until, &why);
                assert_true(until > r->now_us && *why);
                assert_false(wants(r, A, &q));
            }
        }
        r->now_us += HOUR;
    }
    assert_in_range(granted, 7, 11); /* at once, after 1, 2, 4 ... 128 hours, and so on */
}

/* What the node above said by a clock that was days ahead. */
static void who_was_told_to_wait_asks_again_when_his_clock_was_set_back(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q;
    char why[] = "not long ago";
    struct qp_input in = {.kind = QP_IN_LATER, .later.reason = why};
    rig_tree(r, 2);
    rig_settle(r);
    refuse_at(r, A, A, CITY, false);
    memcpy(in.peer, r->nodes[CITY].id, QP_ID_LEN);
    in.later.until_us = r->now_us + 100 * HOUR;
    assert_int_equal(rig_turn(r, A, &in, 1), 0);
    assert_false(wants(r, A, &q));
    r->now_us -= 1000 * HOUR;
    assert_true(wants(r, A, &q));
}

static void nobody_is_renewed_who_is_not_refused_or_forked_or_did_not_ask_himself(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q, bad;
    rig_tree(r, 2);
    rig_open(r, A, "one story");
    rig_settle(r);
    assert_false(wants(r, A, &q));
    refuse_at(r, A, A, CITY, false);
    assert_true(wants(r, A, &q));
    for (int part = 0; part < 4; part++) {
        bad = q;
        switch (part) {
        case 0: bad.signature[3] ^= 1; break; /* not by the present key */
        case 1: bad.proof[3] ^= 1; break;     /* a key that it does not have */
        case 2: bad.sign_key[3] ^= 1; break;
        default: bad.incarnation++; break;
        }
        assert_null(ask(r, A, &bad));
    }
    /* a welcome to a key that it did not ask with, as to a copy of its disk */
    const struct qp_output *o = ask(r, A, &q);
    assert_int_equal(o->kind, QP_OUT_WELCOME);
    uint8_t other[QP_SEED_LEN] = {3};
    struct qp_txn t;
    assert_int_equal(qp_store_begin(r->nodes[A].store, &t, NULL), 0);
    struct qp_work w = {.c = r->nodes[A].core, .t = &t};
    assert_int_equal(qp_renewal_want_put(&w, other, NULL), 0);
    assert_int_equal(qp_store_commit_journal(&t, NULL), 0);
    assert_int_equal(qp_store_commit_tables(&t, NULL), 0);
    welcomed(r, A, o->welcome);
    assert_int_equal(qp_core_self(r->nodes[A].core)->incarnation, 1);
}

static void a_fork_stays_a_persons_to_decide(void **state)
{
    struct rig *r = *state;
    struct qp_renewal_request q;
    rig_tree(r, 2);
    rig_open(r, A, "one story");
    rig_settle(r);
    refuse_at(r, A, A, CITY, false);
    assert_true(wants(r, A, &q));
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_COMMENTED, &(matter){{7}});
    ev->commented->text = qp_arena_text(r->arena, "another story");
    rig_add(&f, ev);
    f.h.seq = 1;
    memset(&f.h.prev, 0, sizeof f.h.prev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, CITY).refused_fork, 1);
    const struct qp_output *o = ask(r, A, &q);
    assert_true(o != NULL && o->kind == QP_OUT_LATER);
    assert_non_null(strstr(o->later.reason, "person"));
    rig_verdicts(r);
    assert_false(wants(r, A, &q));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(who_is_refused_above_goes_on_by_himself_and_nothing_is_stranded),
        TEST(what_a_relay_took_and_the_city_refused_comes_as_well),
        TEST(a_relay_goes_on_with_its_children_and_its_custody),
        TEST(what_was_itself_refused_is_not_said_again_and_its_matter_can_be_followed),
        TEST(a_renewed_node_is_heard_when_it_asks_for_a_record),
        TEST(what_is_said_on_a_line_meanwhile_comes_behind_what_is_said_again),
        TEST(a_rebuild_in_the_midst_of_it_gives_the_same_lines),
        TEST(a_welcome_that_was_lost_comes_again_with_the_next_call),
        TEST(a_liar_does_not_get_one_incarnation_after_the_other),
        TEST(who_was_told_to_wait_asks_again_when_his_clock_was_set_back),
        TEST(nobody_is_renewed_who_is_not_refused_or_forked_or_did_not_ask_himself),
        TEST(a_fork_stays_a_persons_to_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
