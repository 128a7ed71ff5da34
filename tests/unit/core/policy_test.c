/* policy_test.c: the policy in force at a node (PO1): what holds, who has said it, where it has come, what becomes of it
 * when a link is cut, a node stopped, a disk burned. */
#include <stdio.h>

#include "tests/unit/core/rig.h"

enum { CITY, A, B, SIDE };

static struct qp_policy *policy(const char *json)
{
    struct qp_mistakes m = {0};
    char *text = strdup(json);
    for (char *p = text; *p != '\0'; p++)
        *p = *p == '\'' ? '"' : *p;
    struct qp_policy *p = qp_policy_json(text, strlen(text), NULL, &m);
    free(text);
    assert_non_null(p);
    assert_int_equal(qp_mistakes_all(&m), 0);
    qp_mistakes_free(&m);
    return p;
}

#define OFFICE                                                                                               \
    "'calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:30','to':'12:00'}]}],"                 \
    "'categories':[{'code':'','title':'其他','calendar':'office','clocks':{'sign':'2h'}}]"
/* Whole: of a node on top. */
#define WHOLE(version, sign)                                                                                 \
    "{'version':'" version                                                                                   \
    "','title':'T','calendars':[{'name':'office','weekly':[{'days':'1-5','from':'08:30',"                    \
    "'to':'12:00'}],'off':['2026-10-01']}],'categories':[{'code':'','title':'其他','calendar':'office','"  \
    "clocks':{'sign':'" sign "'}}]}"
/* To tighten another one. */
#define BELOW(version, sign)                                                                                 \
    "{'version':'" version "','categories':[{'code':'','clocks':{'sign':'" sign "'}}]}"

/* What holds at a node: its version, and how long an offer may wait there. */
static void holds(struct rig *r, int i, const char *version, const char *sign)
{
    const struct qp_policy *p = qp_core_policy(r->nodes[i].core);
    char text[QP_DURATION_TEXT];
    if (!version) {
        assert_null(p);
        return;
    }
    assert_non_null(p);
    assert_string_equal(p->version, version);
    qp_duration_text(text, &qp_policy_category(p, "")->clock[QP_STAGE_SIGN].d);
    assert_string_equal(text, sign);
}

static struct qp_policy_state state(struct rig *r, int at, int of)
{
    struct qp_read read;
    struct qp_policy_state s;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    assert_int_equal(qp_read_begin(r->nodes[at].store, &read, NULL), 0);
    qp_policy_state(read.tables, read.store, r->nodes[of].id, a, &s);
    qp_read_end(&read);
    qp_arena_free(a);
    return s;
}

static bool behind(struct rig *r, int at, int of)
{
    struct qp_read read;
    struct qp_policy_state s = state(r, at, of);
    struct qp_policy_layers l;
    assert_int_equal(qp_read_begin(r->nodes[at].store, &read, NULL), 0);
    qp_policy_layers(read.tables, read.store, r->nodes[at].path, &l);
    qp_read_end(&read);
    return qp_policy_behind(&s, &l);
}

static void none_holds_until_one_was_said_and_who_held_it_keeps_what_he_has(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    struct qp_core *c = r->nodes[0].core;
    assert_null(qp_core_policy(c));
    assert_null(qp_core_policy_hold(c));
    assert_true(qp_core_set_policy(c, policy("{'version':'one','title':'T'," OFFICE "}")));
    struct qp_in_force *mine = qp_core_policy_hold(c);
    assert_ptr_equal(mine, qp_core_in_force(c));
    assert_string_equal(qp_core_policy(c)->version, "one");
    assert_string_equal(qp_calendar_name(qp_in_force_calendar(mine, "office")), "office");
    assert_null(qp_in_force_calendar(mine, "night"));
    assert_null(qp_in_force_calendar(mine, NULL));
    assert_true(qp_core_set_policy(c, policy("{'version':'two','title':'T'," OFFICE "}")));
    assert_string_equal(qp_core_policy(c)->version, "two");
    assert_string_equal(mine->policy->version, "one");
    qp_in_force_release(mine);
}

static void what_the_root_says_holds_at_every_node_and_after_a_restart_and_a_rebuild(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 3);
    rig_settle(r);
    for (int i = 0; i < 3; i++)
        holds(r, i, NULL, NULL);
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL));
    holds(r, CITY, "one", "4h"); /* at once */
    rig_settle(r);
    for (int i = 0; i < 3; i++) {
        holds(r, i, "one", "4h");
        struct tables was = rig_tables(r, i);
        rig_stop(r, i);
        rig_start(r, i);
        holds(r, i, "one", "4h");
        rig_rebuild(r, i);
        holds(r, i, "one", "4h");
        struct tables now = rig_tables(r, i);
        rig_same_tables(&was, &now, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
    }
    rig_ok(rig_say_policy(r, CITY, WHOLE("two", "8h"), NULL)); /* the root may change all */
    rig_settle(r);
    for (int i = 0; i < 3; i++)
        holds(r, i, "two", "8h");
}

static void each_node_tightens_for_itself_and_below_and_what_loosens_is_refused_by_place(void **s)
{
    struct rig *r = *s;
    struct qp_policy_trial t;
    rig_tree(r, 3);
    rig_join(r, CITY, "side");
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL));
    rig_settle(r);
    rig_weigh(r, A, BELOW("a-1", "5h"), &t);
    assert_false(qp_policy_passes(&t));
    assert_int_equal(qp_changes_refused(&t.above), 1);
    assert_string_equal(t.above.v[0].path, "categories[].clocks.sign");
    qp_policy_trial_free(&t);
    rig_weigh(r, A, BELOW("a-1", "3h"), &t);
    assert_true(qp_policy_passes(&t));
    assert_string_equal(t.version, "one+a-1");
    assert_int_equal(t.changes.n, 1);
    qp_policy_trial_free(&t);
    rig_ok(rig_say_policy(r, A, BELOW("a-1", "3h"), NULL));
    rig_settle(r);
    rig_ok(rig_say_policy(r, B, BELOW("b-1", "2h"), NULL));
    rig_settle(r);
    holds(r, CITY, "one", "4h");
    holds(r, SIDE, "one", "4h");
    holds(r, A, "one+a-1", "3h");
    holds(r, B, "one+a-1+b-1", "2h");
    rig_ok(
        rig_say_policy(r, A, BELOW("a-2", "4h"), NULL)); /* its own it may take back, down to what is above */
    rig_settle(r);
    holds(r, A, "one", "4h");
    holds(r, B, "one+b-1", "2h");
}

static void where_an_ancestor_becomes_stricter_that_stands_and_the_node_is_told_what_it_said_in_vain(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 3);
    rig_ok(
        rig_say_policy(r, A, WHOLE("a-1", "3h"), NULL)); /* on top of its part: nobody above has said one */
    rig_settle(r);
    holds(r, CITY, NULL, NULL);
    holds(r, B, "a-1", "3h");
    assert_int_equal(qp_in_force_vain(qp_core_in_force(r->nodes[A].core)), 0);
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "1h"), NULL));
    rig_settle(r);
    for (int i = 0; i < 3; i++)
        holds(r, i, "one", "1h");
    const struct qp_in_force *f = qp_core_in_force(r->nodes[A].core);
    assert_int_equal(qp_in_force_vain(f), 1);
    assert_string_equal(f->vain->v[0].path, "categories[].clocks.sign");
    assert_int_equal(qp_in_force_vain(qp_core_in_force(r->nodes[B].core)), 0); /* it said nothing */
    assert_int_equal(state(r, CITY, A).vain, 1);
}

static void the_newest_of_a_node_holds_whatever_the_clocks_say(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 2);
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL));
    r->now_us -= 3600 * SECOND;
    rig_ok(rig_say_policy(r, CITY, WHOLE("two", "5h"), NULL));
    rig_settle(r);
    holds(r, CITY, "two", "5h");
    holds(r, A, "two", "5h");
}

static void a_version_text_is_used_once_and_the_same_request_again_is_no_second_one(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 2);
    struct qp_reply first = rig_say_policy(r, CITY, WHOLE("one", "4h"), "key"),
                    again = rig_say_policy(r, CITY, WHOLE("one", "4h"), "key");
    rig_ok(first);
    rig_ok(again);
    assert_true(first.created);
    assert_false(again.created);
    rig_code(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL), QP_EEXISTS);
    rig_code(rig_say_policy(r, CITY, WHOLE("one", "3h"), "key"), QP_EEXISTS);
    rig_ok(rig_say_policy(r, CITY, WHOLE("two", "3h"), NULL));
    rig_rebuild(r, CITY);
    rig_code(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL), QP_EEXISTS);
    rig_settle(r);
    rig_ok(rig_say_policy(r, A, BELOW("one", "1h"), NULL)); /* unique at the node that says it */
    holds(r, A, "two+one", "1h");
}

static void what_was_weighed_against_another_one_is_not_taken(void **s)
{
    struct rig *r = *s;
    struct qp_policy_trial t;
    rig_tree(r, 2);
    rig_weigh(r, A, WHOLE("a-1", "4h"), &t);
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "3h"), NULL));
    rig_settle(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_POLICY_SAID, NULL);
    ev->policy_said->version = qp_arena_text(r->arena, "a-1");
    ev->policy_said->json = (ProtobufCBinaryData){t.len, qp_arena_copy(r->arena, t.json, t.len)};
    struct qp_command c = {.op = QP_OP_POLICY, .draft = ev, .if_version = -1, .stamp = t.stamp};
    qp_policy_trial_free(&t);
    rig_code(rig_command(r, A, &c), QP_EVERSION);
    holds(r, A, "one", "3h");
}

static void a_node_that_is_cut_off_keeps_what_it_has_and_its_superior_knows(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 2);
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL));
    rig_settle(r);
    assert_false(behind(r, CITY, A));
    assert_string_equal(state(r, CITY, A).version, "one");
    rig_ok(rig_say_policy(r, CITY, WHOLE("two", "3h"), NULL)); /* nothing is carried */
    holds(r, A, "one", "4h");
    assert_true(behind(r, CITY, A));
    assert_string_equal(state(r, CITY, A).version, "one");
    rig_settle(r);
    holds(r, A, "two", "3h");
    assert_false(behind(r, CITY, A));
    assert_string_equal(state(r, CITY, A).version, "two");
}

static void who_joins_later_gets_it(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 2);
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL));
    rig_ok(rig_say_policy(r, CITY, WHOLE("two", "3h"), NULL));
    rig_settle(r);
    rig_ok(rig_say_policy(r, A, BELOW("a-1", "2h"), NULL));
    int late = rig_join(r, A, "late");
    holds(r, late, NULL, NULL);
    rig_settle(r);
    holds(r, late, "two+a-1", "2h");
    assert_string_equal(state(r, CITY, late).version, "two+a-1");
}

static void burned(struct rig *r, int i)
{
    rig_burn(r, i);
    rig_rejoin(r, i);
    rig_settle(r);
    assert_false(qp_core_recovering(r->nodes[i].core));
    assert_int_equal(r->refusals, 0);
    holds(r, CITY, "one", "4h");
    holds(r, A, "one+a-1", "3h");
    holds(r, B, "one+a-1+b-1", "2h");
}

static void whoever_burned_gets_back_what_is_above_and_what_it_said_itself(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 3);
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL));
    rig_settle(r);
    rig_ok(rig_say_policy(r, A, BELOW("a-1", "3h"), NULL));
    rig_settle(r);
    rig_ok(rig_say_policy(r, B, BELOW("b-1", "2h"), NULL));
    rig_settle(r);
    burned(r, B); /* a leaf: those above have what it said */
    burned(r, A);
    burned(r, B);
    rig_ok(rig_say_policy(r, A, BELOW("a-2", "1h"), NULL));
    rig_code(rig_say_policy(r, A, BELOW("a-1", "1h"), NULL), QP_EEXISTS);
    rig_settle(r);
    holds(r, A, "one+a-2", "1h");
    struct qp_policy_state now = state(r, CITY, A);
    assert_string_equal(now.version, "one+a-2");
    rig_ok(rig_say_policy(r, CITY, WHOLE("two", "30m"), NULL));
    rig_settle(r);
    holds(r, A, "two", "30m");
    int late = rig_join(r, A, "late"); /* also what a former incarnation of its ancestor said */
    rig_settle(r);
    holds(r, late, "two", "30m");
}

static void a_large_one_goes_in_parts_and_holds_when_all_are_there(void **s)
{
    struct rig *r = *s;
    enum { MOST = 1400 };
    char *json = malloc(MOST * 400);
    rig_tree(r, 2);
    rig_settle(r);
    size_t n = (size_t)sprintf(json, "{'version':'big','title':'T','categories':[{'code':'','title':'其他'}");
    for (int i = 0; i < MOST; i++)
        n += (size_t)sprintf(json + n, ",{'code':'%05d','title':'%05d %050d','clocks':{'sign':'2h'}}", i, i,
                             7);
    sprintf(json + n, "]}");
    rig_ok(rig_say_policy(r, CITY, json, NULL));
    free(json);
    assert_true(rig_waits(r, CITY, A, QP_LANE_BULK) >= 10);
    while (rig_waits(r, CITY, A, QP_LANE_BULK) > 1) {
        holds(r, A, NULL, NULL);
        assert_int_equal(rig_carry_lane(r, CITY, A, QP_LANE_BULK, 1), 1);
    }
    holds(r, A, NULL, NULL);
    rig_settle(r);
    assert_int_equal(qp_core_policy(r->nodes[A].core)->n_categories, MOST + 1);
    struct tables was = rig_tables(r, A);
    rig_rebuild(r, A);
    struct tables now = rig_tables(r, A);
    rig_same_tables(&was, &now, T(QUEUE) | T(PEER) | T(RECEIPT) | T(HELD) | T(DEPTH));
    rig_ok(rig_say_policy(r, CITY, WHOLE("small", "1h"), NULL));
    rig_settle(r);
    holds(r, A, "small", "1h");
}

static Qp__Event *said(struct rig *r, int by, const char *version, uint64_t revision, const char *json)
{
    struct qp_hash h;
    Qp__Event *ev = rig_event(r, by, QP__EVENT__BODY_POLICY_SAID, NULL);
    Qp__PolicySaid *p = ev->policy_said;
    char *text = qp_arena_text(r->arena, json);
    for (char *c = text; *c != '\0'; c++)
        *c = *c == '\'' ? '"' : *c;
    const struct qp_part part = {text, strlen(text)};
    qp_hash_parts(&h, &part, 1);
    p->version = qp_arena_text(r->arena, version);
    p->revision = revision;
    p->hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(r->arena, h.b, QP_HASH_LEN)};
    p->bytes = (uint32_t)strlen(text);
    p->parts = 1;
    p->json = (ProtobufCBinaryData){strlen(text), (uint8_t *)text};
    return ev;
}

static void hand(struct rig *r, int from, int to, uint8_t scope, Qp__Event *ev)
{
    struct forged f = rig_forged(r, from, scope, NULL, QP_LANE_BULK);
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, from, to, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
}

static void what_a_child_says_does_not_hold_at_its_parent(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 2);
    rig_settle(r);
    hand(r, A, CITY, QP_SCOPE_HORIZON, said(r, A, "mine", 1, WHOLE("mine", "1m")));
    holds(r, CITY, NULL, NULL);
    struct qp_core_metrics m = rig_metrics(r, CITY);
    assert_int_equal(rig_refused(&m), 0); /* and is no fault either */
}

static void what_no_door_lets_through_has_no_effect_and_stops_nothing(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 2);
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL));
    rig_settle(r);
    struct forged f = rig_forged(r, CITY, QP_SCOPE_SUBTREE, NULL, QP_LANE_BULK);
    Qp__Event *wrong = said(r, CITY, "two", 2, WHOLE("two", "3h")); /* is not what its hash says */
    wrong->policy_said->hash.data[0] ^= 1;
    Qp__Event *parts = said(r, CITY, "three", 3, WHOLE("three", "3h"));
    parts->policy_said->parts = QP_POLICY_PARTS + 1;
    rig_add(&f, wrong);
    rig_add(&f, parts);
    rig_add(&f, said(r, CITY, "before", 1, WHOLE("before", "1h")));
    assert_int_equal(rig_hand(r, CITY, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    holds(r, A, "one", "4h");
    struct qp_core_metrics m = rig_metrics(r, A);
    assert_int_equal(rig_refused(&m), 0); /* kept all the same (E5) */
}

static void what_cannot_be_read_is_passed_over(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 2);
    rig_settle(r);
    hand(r, CITY, A, QP_SCOPE_SUBTREE, said(r, CITY, "one", 1, "{'version':'one',"));
    holds(r, A, NULL, NULL);
    rig_ok(rig_say_policy(r, A, WHOLE("a-1", "2h"), NULL));
    holds(r, A, "a-1", "2h");
    rig_stop(r, A);
    rig_start(r, A);
    holds(r, A, "a-1", "2h");
}

static void after_an_aborted_turn_the_old_one_holds(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 2);
    rig_ok(rig_say_policy(r, CITY, WHOLE("one", "4h"), NULL));
    rig_settle(r);
    rig_ok(rig_say_policy(r, CITY, WHOLE("two", "3h"), NULL));
    struct qp_input in[RIG_INPUTS];
    size_t n = rig_gather(r, CITY, A, 0, in, RIG_INPUTS);
    assert_true(n > 0);
    rig_turn_crash(r, A, in, n, 0);
    rig_start(r, A);
    holds(r, A, "one", "4h");
    rig_settle(r);
    holds(r, A, "two", "3h");
}

static void offers_are_answered_as_the_policy_says_and_else_as_the_settings_do(void **s)
{
    struct rig *r = *s;
    rig_tree(r, 2);
    rig_settle(r);
    rig_ok(rig_say_policy(r, CITY,
                          "{'version':'one','title':'T','categories':[{'code':'','title':'其他'}],"
                          "'rules':{'accept':{'escalate':false,'dispatch':true}}}",
                          NULL));
    rig_settle(r);
    matter up = rig_open(r, A, "up"), down = rig_open(r, CITY, "down");
    rig_ok(rig_offer(r, A, up, QP_KIND_ESCALATE, NULL));
    rig_ok(rig_offer(r, CITY, down, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    assert_true(rig_holds(r, A, up)); /* waits for a person, though the settings take it at once */
    assert_true(rig_holds(r, A, down));
    const struct qp_policy *p = qp_core_policy(r->nodes[A].core);
    const struct qp_acceptance a = {.accept_transfer = true};
    assert_true(qp_taken_at_once(&a, p, QP_KIND_TRANSFER));
    assert_false(qp_taken_at_once(&a, p, QP_KIND_RETURN));
    assert_false(qp_taken_at_once(&a, NULL, QP_KIND_DISPATCH));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(none_holds_until_one_was_said_and_who_held_it_keeps_what_he_has),
        TEST(what_the_root_says_holds_at_every_node_and_after_a_restart_and_a_rebuild),
        TEST(each_node_tightens_for_itself_and_below_and_what_loosens_is_refused_by_place),
        TEST(where_an_ancestor_becomes_stricter_that_stands_and_the_node_is_told_what_it_said_in_vain),
        TEST(the_newest_of_a_node_holds_whatever_the_clocks_say),
        TEST(a_version_text_is_used_once_and_the_same_request_again_is_no_second_one),
        TEST(what_was_weighed_against_another_one_is_not_taken),
        TEST(a_node_that_is_cut_off_keeps_what_it_has_and_its_superior_knows),
        TEST(who_joins_later_gets_it),
        TEST(whoever_burned_gets_back_what_is_above_and_what_it_said_itself),
        TEST(a_large_one_goes_in_parts_and_holds_when_all_are_there),
        TEST(what_a_child_says_does_not_hold_at_its_parent),
        TEST(what_no_door_lets_through_has_no_effect_and_stops_nothing),
        TEST(what_cannot_be_read_is_passed_over),
        TEST(after_an_aborted_turn_the_old_one_holds),
        TEST(offers_are_answered_as_the_policy_says_and_else_as_the_settings_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
