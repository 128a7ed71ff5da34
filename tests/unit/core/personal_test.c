/* personal_test.c: records of people in the turn: where they lie, who may read them and who hears of it, how they end,
 * and that neither a crash nor a replay changes any of that (VA1, VA2, DE3). How they pass: passing_test.c. */
#include "tests/unit/core/personal_rig.h"

/* ---- what must hold ---- */

static void a_record_lies_in_the_vault_and_the_journal_has_its_commitment_alone(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    struct qp_command c = opening(r, STREET);
    struct qp_reply reply = rig_command(r, STREET, &c);
    matter m;
    rig_ok(reply);
    memcpy(m.b, reply.matter, QP_ID_LEN);
    rig_settle(r);
    assert_true(lies(r, STREET, m));
    assert_int_equal(state_of(r, CITY, m), QP_PERSONAL_KEPT);
    for (int i = 0; i < r->n; i++) {
        assert_true(in_journal(r, i, c.sealed->commitment.b, QP_HASH_LEN));
        assert_false(in_journal(r, i, CANARY, strlen(CANARY)));
        assert_false(in_journal(r, i, c.sealed->key, sizeof c.sealed->key));
        assert_false(in_journal(r, i, c.sealed->bytes.p, 32));
    }
    assert_false(lies(r, COUNTY, m));
    rig_rebuild(r, STREET);
    assert_true(lies(r, STREET, m));
}

static void who_reads_a_record_is_seen_by_every_superior_with_his_purpose(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = reported(r, STREET);
    rig_ok(read_it(r, STREET, m, "return visit"));
    rig_settle(r);
    for (int i = 0; i < r->n; i++) {
        assert_string_equal(trail_of(r, i, NULL).text, "user:wang personal_read phone return visit;");
        assert_string_equal(trail_of(r, i, r->nodes[STREET].path).text, trail_of(r, i, NULL).text);
    }
    assert_string_equal(trail_of(r, CITY, "city/b").text, "");
    rig_rebuild(r, CITY);
    assert_string_equal(trail_of(r, CITY, NULL).text, "user:wang personal_read phone return visit;");
}

static void what_is_not_here_is_not_read_and_the_answer_says_where_it_lies(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter none = rig_open(r, COUNTY, "without"), unknown = {{1}};
    rig_settle(r);
    struct qp_reply reply = read_it(r, COUNTY, unknown, "p");
    rig_code(reply, QP_ENOTFOUND);
    reply = read_it(r, COUNTY, none, "p");
    rig_code(reply, QP_ENOTFOUND);
    assert_non_null(strstr(reply.text, "no personal record"));
    matter above = reported(r, CITY); /* below nobody who could be asked */
    rig_ok(rig_offer(r, CITY, above, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    reply = read_it(r, COUNTY, above, "p");
    rig_code(reply, QP_ENOTHOLDER);
    assert_non_null(strstr(reply.text, "lies at city,"));
    assert_string_equal(trail_of(r, CITY, NULL).text, "");
}

static void an_erased_record_is_gone_at_its_holder_and_everybody_knows_why(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = reported(r, COUNTY);
    rig_settle(r);
    rig_code(erase(r, CITY, m), QP_ENOTHOLDER);
    rig_ok(erase(r, COUNTY, m));
    assert_false(lies(r, COUNTY, m));
    rig_settle(r);
    for (int i = 0; i < r->n; i++) {
        assert_int_equal(state_of(r, i, m), QP_PERSONAL_ERASED);
        assert_non_null(strstr(trail_of(r, i, NULL).text, "personal_erased"));
    }
    struct qp_reply reply = read_it(r, COUNTY, m, "p");
    rig_code(reply, QP_ENOTFOUND);
    assert_non_null(strstr(reply.text, "erased"));
    rig_code(erase(r, COUNTY, m), QP_ESTEP);
    rig_rebuild(r, COUNTY);
    assert_false(lies(r, COUNTY, m));
    assert_int_equal(state_of(r, COUNTY, m), QP_PERSONAL_ERASED);
}

static void an_erasure_while_an_offer_is_out_holds_for_both_whatever_is_answered(void **state)
{
    struct rig *r = *state;
    for (int taken = 0; taken < 2; taken++) {
        struct rig *x = taken ? rig_new() : r;
        rig_tree(x, 2);
        matter m = reported(x, CITY);
        rig_ok(rig_offer(x, CITY, m, QP_KIND_DISPATCH, "city/a"));
        rig_settle(x);
        rig_ok(rig_step(x, COUNTY, m, taken ? QP__EVENT__BODY_ACCEPTED : QP__EVENT__BODY_REFUSED));
        rig_ok(erase(x, CITY, m)); /* it has not heard the answer */
        rig_settle(x);
        for (int i = 0; i < x->n; i++)
            assert_int_equal(state_of(x, i, m), QP_PERSONAL_ERASED);
        assert_false(lies(x, CITY, m));
        if (taken)
            rig_free(x);
    }
}

static void a_record_without_its_matter_is_ended_at_the_next_start(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    struct qp_command c = opening(r, CITY);
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = c};
    struct qp_vault_use u;
    rig_turn_crash(r, CITY, &in, 1, RIG_VAULT); /* kept, and the journal never heard of it */
    rig_start(r, CITY);
    qp_vault_use(r->nodes[CITY].vault, &u);
    assert_int_equal(u.records, 0);
}

/* Whose matter is not known to the node: the journal that spoke of it is another one. */
static void stray(struct rig *r, int i)
{
    struct qp_command c = opening(r, i);
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = c};
    rig_turn_crash(r, i, &in, 1, RIG_VAULT);
    rig_start(r, i);
}

static uint64_t records_of(struct rig *r, int i)
{
    struct qp_vault_use u;
    qp_vault_use(r->nodes[i].vault, &u);
    return u.records;
}

static void no_record_is_ended_while_a_journal_that_may_know_it_waits_to_be_brought_in(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    r->aside = true;
    stray(r, CITY);
    assert_int_equal(records_of(r, CITY), 1);
    r->aside = false;
    rig_stop(r, CITY);
    rig_start(r, CITY);
    assert_int_equal(records_of(r, CITY), 0);
}

/* The city has seen more of the county's journal than there is. */
static void silence(struct rig *r)
{
    Qp__Greeting *g = rig_greeting(r, CITY, COUNTY);
    g->seen_head = 1000;
    struct qp_input in = {.kind = QP_IN_PEER};
    memcpy(in.peer, r->nodes[CITY].id, QP_ID_LEN);
    memcpy(in.peer_open.epoch, g->epoch.data, QP_ID_LEN);
    in.peer_open.greeting = g;
    assert_int_equal(rig_turn(r, COUNTY, &in, 1), 0);
    assert_true(qp_core_silent(r->nodes[COUNTY].core));
}

static void an_old_copy_of_a_journal_ends_no_record(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_settle(r);
    r->aside = true;
    stray(r, COUNTY);
    r->aside = false;
    silence(r);
    rig_stop(r, COUNTY);
    rig_start(r, COUNTY);
    assert_int_equal(records_of(r, COUNTY), 1);
}

static void a_node_that_is_silent_counts_what_it_does_not_write_down(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_settle(r);
    silence(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_AUDITED, NULL);
    ev->audited->what = QP_AUDIT_LOGIN;
    static const struct qp_asker wang = {.by = "user:wang", .desk = "", .from = QP_FROM_CONSOLE};
    struct qp_command c = {.op = QP_OP_AUDIT, .draft = ev, .who = &wang, .if_version = -1};
    uint64_t before = rig_metrics(r, COUNTY).audit_unsaid;
    rig_ok(rig_command(r, COUNTY, &c)); /* who looks at what is wrong gets in */
    assert_int_equal(rig_metrics(r, COUNTY).audit_unsaid, before + 1);
}

static void a_record_whose_opening_stands_in_the_journal_is_there_after_a_crash(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    struct qp_command c = opening(r, CITY);
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = c};
    struct qp_vault_use u;
    rig_turn_crash(r, CITY, &in, 1, 1);
    rig_start(r, CITY);
    qp_vault_use(r->nodes[CITY].vault, &u);
    assert_int_equal(u.records, 1);
}

static void an_erasure_that_stands_in_the_journal_is_done_at_the_next_start(void **state)
{
    struct rig *r = *state;
    for (int commits = RIG_VAULT; commits <= 1; commits++) {
        struct rig *x = commits == RIG_VAULT ? r : rig_new();
        rig_found(x);
        matter m = reported(x, CITY);
        Qp__Event *ev = rig_draft(x, QP__EVENT__BODY_PERSONAL_ERASED, &m);
        ev->personal_erased->reason = qp_arena_text(x->arena, "why");
        struct qp_input in = {.kind = QP_IN_COMMAND,
                              .command = {.op = QP_OP_STEP, .draft = ev, .if_version = -1}};
        rig_turn_crash(x, CITY, &in, 1, commits);
        rig_start(x, CITY);
        assert_int_equal(lies(x, CITY, m), commits <= 0); /* what the journal does not say has not happened */
        if (x != r)
            rig_free(x);
    }
}

static void a_turn_that_finds_no_room_leaves_no_record(void **state)
{
    struct rig *r = *state;
    struct qp_vault_use u;
    rig_found(r);
    struct qp_command c = opening(r, CITY);
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = c};
    struct qp_txn t;
    struct qp_outputs out;
    uint8_t seed[QP_SEED_LEN] = {1};
    struct node *x = &r->nodes[CITY];
    assert_int_equal(qp_store_begin(x->store, &t, NULL), 0);
    assert_int_equal(qp_turn(x->core, &t, &in, 1, r->now_us, seed, &out, NULL), 0);
    assert_int_equal(qp_vault_commit(x->vault, NULL), 0);
    qp_store_abort(&t); /* the journal had no room */
    assert_int_equal(qp_core_forget(x->core, NULL), 0);
    qp_vault_use(x->vault, &u);
    assert_int_equal(u.records, 0);
}

static void a_full_vault_takes_in_no_reporter_and_all_else(void **state)
{
    struct rig *r = *state;
    r->vault_map = 256 << 10;
    rig_found(r);
    matter first = reported(r, CITY);
    struct qp_reply reply = {.code = 0};
    for (int i = 0; i < 5000 && reply.code == 0; i++) {
        struct qp_command c = opening(r, CITY);
        reply = rig_command(r, CITY, &c);
    }
    rig_code(reply, QP_EFULL);
    assert_non_null(strstr(reply.text, "store.vault_map"));
    rig_open(r, CITY, "without a reporter");
    rig_ok(read_it(r, CITY, first, "visit"));
    rig_ok(erase(r, CITY, first));
    assert_false(lies(r, CITY, first));
}

/* A closed matter at the city, whose record is kept for 30 days; so many days ago. */
static matter closed_for(struct rig *r, int days)
{
    rig_found(r);
    struct qp_reply said = rig_say_policy(
        r, CITY,
        "{'version':'1','title':'t','calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:00','to'"
        ":'18:00'}]}],"
        "'categories':[{'code':'','title':'other','title_en':'other','parent':null,'desk':'','urgency':'"
        "routine',"
        "'calendar':'office','clocks':{},'visit':0,'keep_personal':'30d','view':''}],'rules':{}}",
        NULL);
    rig_ok(said);
    matter m = reported(r, CITY);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_CLOSED, &m);
    ev->closed->result = qp_arena_text(r->arena, "done");
    rig_ok(rig_try(r, CITY, ev));
    r->now_us += days * DAY;
    return m;
}

static void a_closed_matters_record_ends_when_the_policy_says(void **state)
{
    struct rig *r = *state;
    matter m = closed_for(r, 29), open = reported(r, CITY);
    rig_tick(r, CITY);
    assert_true(lies(r, CITY, m));
    r->now_us += 2 * DAY;
    rig_tick(r, CITY);
    assert_false(lies(r, CITY, m));
    assert_true(lies(r, CITY, open));
    assert_int_equal(state_of(r, CITY, m), QP_PERSONAL_ERASED);
    assert_non_null(strstr(trail_of(r, CITY, NULL).text, "policy personal_erased"));
}

/* T4: 400 days ahead for a minute, and every record whose matter is closed would be gone for good. */
static void by_a_clock_that_nobody_vouches_for_no_record_ends(void **state)
{
    struct rig *r = *state;
    uint64_t n;
    int64_t since_us;
    matter m = closed_for(r, 1);
    struct qp_core *c = r->nodes[CITY].core;
    rig_tick(r, CITY);
    for (int word = QP_TIME_UNTOLD; word <= QP_TIME_WRONG; word++) {
        qp_core_set_time_word(c, (enum qp_time_word)word);
        r->now_us += 400 * DAY;
        rig_tick(r, CITY);
        r->now_us += 2 * DAY;
        rig_tick(r, CITY);
        assert_true(lies(r, CITY, m));
        assert_int_equal(state_of(r, CITY, m), QP_PERSONAL_KEPT);
        assert_non_null(strstr(qp_core_unerased(c, &n, &since_us),
                               "clock")); /* and it is told that it lies here, and why */
        assert_int_equal(n, 1);
        r->now_us -= 402 * DAY;
        qp_core_set_time_word(c, QP_TIME_SURE);
        rig_tick(r, CITY);
        assert_true(lies(r, CITY, m));
        assert_string_equal(qp_core_unerased(c, &n, &since_us), "");
    }
    r->now_us += 30 * DAY; /* what the wrong clock had put off is not put off for a year */
    rig_tick(r, CITY);
    assert_false(lies(r, CITY, m));
}

/* Its matter's row is gone, as when it cannot be read: its record stays, and that is told until it is over, also after a restart. */
static void a_record_that_cannot_be_erased_is_counted_and_told(void **state)
{
    struct rig *r = *state;
    uint64_t n;
    int64_t since_us;
    struct qp_read t;
    MDB_val k, v;
    char kept[4096];
    matter m = closed_for(r, 31);
    struct node *x = &r->nodes[CITY];
    k = (MDB_val){QP_ID_LEN, m.b};
    assert_int_equal(qp_read_begin(x->store, &t, NULL), 0);
    assert_int_equal(mdb_get(t.tables, qp_store_dbi(x->store, QP_T_MATTER), &k, &v), 0);
    size_t len = v.mv_size;
    assert_in_range(len, 1, sizeof kept);
    memcpy(kept, v.mv_data, len);
    qp_read_end(&t);
    rig_row_put(r, CITY, QP_T_MATTER, k, NULL);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(qp_core_unerased(x->core, &n, &since_us), "");
        rig_tick(r, CITY);
        assert_true(lies(r, CITY, m));
        assert_non_null(strstr(qp_core_unerased(x->core, &n, &since_us), "matter "));
        assert_int_equal(n, 1);
        assert_int_equal(since_us, r->now_us - 1 * DAY);
        assert_int_equal(rig_metrics(r, CITY).records_unerased, 1);
        rig_stop(r, CITY);
        rig_start(r, CITY);
    }
    rig_tick(r, CITY);
    rig_row_put(r, CITY, QP_T_MATTER, k, &(MDB_val){len, kept});
    r->now_us += 601 * SECOND;
    rig_tick(r, CITY);
    rig_tick(r, CITY);
    assert_false(lies(r, CITY, m));
    r->now_us += 601 * SECOND;
    rig_tick(r, CITY);
    assert_string_equal(qp_core_unerased(x->core, &n, &since_us), "");
    assert_int_equal(n, 0);
}

static void a_burned_node_does_not_take_what_it_cannot_know_for_orphans(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = reported(r, COUNTY);
    rig_settle(r);
    char cmd[300];
    snprintf(cmd, sizeof cmd, "cp -r %s/vault %s.vault", r->nodes[COUNTY].dir, r->nodes[COUNTY].dir);
    assert_int_equal(system(cmd), 0);
    struct qp_keys keys = r->nodes[COUNTY].keys;
    rig_burn(r, COUNTY);
    snprintf(cmd, sizeof cmd, "mv %s.vault %s/vault", r->nodes[COUNTY].dir, r->nodes[COUNTY].dir);
    assert_int_equal(system(cmd), 0);
    rig_rejoin(r, COUNTY);
    struct qp_sealed s;
    uint8_t out[QP_RECORD_MOST];
    size_t len;
    assert_int_equal(qp_vault_get(r->nodes[COUNTY].vault, m.b, &s, r->arena, NULL), 0);
    assert_int_equal(qp_record_unlock(out, &len, &s, &keys), 0);
    rig_settle(r);
    rig_stop(r, COUNTY);
    rig_start(r, COUNTY);
    assert_int_equal(qp_vault_get(r->nodes[COUNTY].vault, m.b, &s, r->arena, NULL), 0);
}

int main(void)
{
#define UP(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        UP(a_record_lies_in_the_vault_and_the_journal_has_its_commitment_alone),
        UP(who_reads_a_record_is_seen_by_every_superior_with_his_purpose),
        UP(what_is_not_here_is_not_read_and_the_answer_says_where_it_lies),
        UP(an_erased_record_is_gone_at_its_holder_and_everybody_knows_why),
        UP(an_erasure_while_an_offer_is_out_holds_for_both_whatever_is_answered),
        UP(a_record_without_its_matter_is_ended_at_the_next_start),
        UP(no_record_is_ended_while_a_journal_that_may_know_it_waits_to_be_brought_in),
        UP(an_old_copy_of_a_journal_ends_no_record),
        UP(a_node_that_is_silent_counts_what_it_does_not_write_down),
        UP(a_record_whose_opening_stands_in_the_journal_is_there_after_a_crash),
        UP(an_erasure_that_stands_in_the_journal_is_done_at_the_next_start),
        UP(a_turn_that_finds_no_room_leaves_no_record),
        UP(a_full_vault_takes_in_no_reporter_and_all_else),
        UP(a_closed_matters_record_ends_when_the_policy_says),
        UP(by_a_clock_that_nobody_vouches_for_no_record_ends),
        UP(a_record_that_cannot_be_erased_is_counted_and_told),
        UP(a_burned_node_does_not_take_what_it_cannot_know_for_orphans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
