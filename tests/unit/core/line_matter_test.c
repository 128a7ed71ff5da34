/* line_matter_test.c: the line of a matter: who is on it, and what is said on it before that is known. */
#include "tests/unit/core/lines.h"

static void who_came_to_a_matter_later_hears_what_was_said_before(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = rig_open(r, B, "m");
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    ev->line_opened->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    rig_ok(lines_ask(r, B, ev, "", ""));
    rig_ok(lines_tell(r, B, m, "at the beginning", NULL));
    rig_ok(rig_offer(r, B, m, QP_KIND_ESCALATE, NULL));
    lines_settle(r);
    rig_ok(lines_tell(r, B, m, "please", NULL));
    lines_settle(r);
    lines_hears(r, A, m, 1, "at the beginning");
    lines_hears(r, A, m, 2, "please");
}

static void who_has_nothing_to_do_with_a_matter_is_not_on_its_line(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_join(r, CITY, "side");
    rig_settle(r);
    matter m = rig_open(r, B, "m");
    rig_settle(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    ev->line_opened->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    rig_code(lines_ask(r, SIDE, ev, "", ""), QP_ENOTFOUND);
    rig_ok(lines_ask(r, CITY, ev, "", "")); /* a superior has */
}

static void rebuilds_to_the_same(struct rig *r, int i)
{
    struct tables before = rig_tables(r, i);
    rig_rebuild(r, i);
    struct tables after = rig_tables(r, i);
    rig_same_tables(&before, &after, ~T(LINE));
}

/* What is said on lines comes before the offer that it is about (U3): on both sides of who came to the matter. */
static void what_comes_before_its_speaker_came_to_the_matter_waits(void **state)
{
    struct rig *r = *state;
    char text[200];
    rig_tree(r, 3);
    lines_open(r, A, CITY, ""); /* each has the other's key then */
    lines_open(r, B, CITY, "");
    matter m = rig_open(r, CITY, "m");
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/a"));
    lines_settle(r);
    rig_ok(rig_step(r, A, m, QP__EVENT__BODY_ACCEPTED));
    lines_settle(r);
    rig_ok(rig_offer(r, A, m, QP_KIND_DISPATCH, "city/a/b"));
    rig_carry(r, A, B);
    for (int i = A; i <= B; i++) { /* both speak first, and name both */
        Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
        ev->line_opened->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
        rig_ok(lines_ask(r, i, ev, "", ""));
        rig_ok(lines_tell(r, i, m, i == A ? "look" : "one", NULL));
        rig_ok(lines_tell(r, i, m, i == A ? "well" : "two", NULL));
    }
    rig_carry_lane(r, B, A, QP_LANE_LINE, 64);
    rig_carry_lane(r, A, CITY, QP_LANE_LINE, 64); /* and nothing of the offer yet */
    assert_int_equal(lines_seqs(r, CITY, m), 0);
    assert_int_equal(lines_with(r, B, m, CITY).delivered, 0);
    rebuilds_to_the_same(r, CITY);
    lines_settle(r);
    assert_int_equal(lines_seqs(r, CITY, m), 4);
    bool heard[4] = {false};
    for (uint64_t seq = 1; seq <= 4; seq++) {
        static const char *const said[] = {"look", "well", "one", "two"};
        assert_int_equal(lines_text(r, CITY, m, seq, text), QP_LINE_OPEN);
        for (int k = 0; k < 4; k++)
            if (strcmp(text, said[k]) == 0) {
                assert_true(!heard[k] && (k % 2 == 0 || heard[k - 1])); /* once, in their order */
                heard[k] = true;
            }
    }
    assert_true(heard[1] && heard[3]);
    assert_int_equal(lines_with(r, B, m, CITY).delivered, 2);
    rebuilds_to_the_same(r, CITY);
    rig_ok(lines_tell(r, CITY, m, "heard", NULL));
    lines_settle(r);
    lines_hears(r, B, m, lines_seqs(r, B, m), "heard");
}

/* By SIDE, to the city: it and wang are on that line. */
static Qp__Event *forged_opened(struct rig *r, matter line)
{
    Qp__Event *ev = rig_event(r, SIDE, QP__EVENT__BODY_LINE_OPENED, NULL);
    Qp__LineMember **v = qp_arena_take(r->arena, 2 * sizeof *v);
    v[0] = lines_member(r, SIDE, "xu");
    v[1] = lines_member(r, CITY, "wang");
    v[0]->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[SIDE].id};
    v[1]->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[CITY].id};
    ev->line_opened->line = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, line.b, QP_ID_LEN)};
    ev->line_opened->members = v;
    ev->line_opened->n_members = 2;
    return ev;
}

static bool city_has_side_on(struct rig *r, matter line)
{
    struct lines_view l = lines_look(r, CITY);
    Qp__LineRow *row;
    bool has = !qp_line_get(&l.db, line.b, &row) && qp_line_has(row, r->nodes[SIDE].id);
    qp_read_end(&l.r);
    return has;
}

/* LI1: a relay knows the id of each line that it carries, and everybody above that of a matter. */
static void nobody_names_himself_on_a_line_of_others(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_join(r, CITY, "side");
    rig_settle(r);
    matter m = rig_open(r, B, "m"), about, bare = rig_open(r, B, "without a line");
    rig_settle(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    Qp__LineMember *v[] = {lines_member(r, CITY, "wang"), lines_member(r, B, "li")};
    ev->line_opened->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    ev->line_opened->members = v;
    ev->line_opened->n_members = 2;
    struct qp_reply reply = lines_ask(r, CITY, ev, "", "");
    rig_ok(reply);
    memcpy(about.b, reply.matter, QP_ID_LEN);
    ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    ev->line_opened->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    rig_ok(lines_ask(r, CITY, ev, "", ""));
    lines_settle(r);
    lines_hand(r, SIDE, CITY, forged_opened(r, about));
    lines_hand(r, SIDE, CITY, forged_opened(r, m));
    lines_hand(r, SIDE, CITY, forged_opened(r, bare));
    assert_false(city_has_side_on(r, about));
    assert_false(city_has_side_on(r, m));
    assert_false(city_has_side_on(r, bare));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lines_up, rig_down)
static Qp__Event *of_matter(struct rig *r, matter m)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    ev->line_opened->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    return ev;
}

/* LI1: A does not know where SIDE lies, and knows all that is below itself: B does not lie above SIDE, whatever it says. */
static void a_stranger_vouches_for_nobody_below(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_join(r, CITY, "side");
    rig_settle(r);
    matter m = rig_open(r, CITY, "m");
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/side"));
    rig_settle(r);
    rig_ok(rig_step(r, SIDE, m, QP__EVENT__BODY_REFUSED));
    rig_settle(r);
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/a"));
    rig_settle(r);
    assert_int_equal(rig_face(r, A, m)->n_members, 3);
    assert_null(qp_tree_node(qp_core_tree(r->nodes[A].core), r->nodes[SIDE].id));
    rig_ok(lines_ask(r, A, of_matter(r, m), "", ""));
    Qp__LineMember *on[] = {lines_member(r, B, "li"), lines_member(r, A, "wang")};
    Qp__Event *ev = rig_event(r, B, QP__EVENT__BODY_LINE_OPENED, NULL);
    for (int i = 0; i < 2; i++)
        on[i]->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[i == 0 ? B : A].id};
    ev->line_opened->line = ev->line_opened->matter = of_matter(r, m)->line_opened->matter;
    ev->line_opened->members = on;
    ev->line_opened->n_members = 2;
    lines_hand(r, B, A, ev);
    struct lines_view l = lines_look(r, A);
    Qp__LineRow *row;
    assert_int_equal(qp_line_get(&l.db, m.b, &row), 0);
    assert_true(qp_line_has(row, r->nodes[CITY].id));
    assert_false(qp_line_has(row, r->nodes[B].id));
    qp_read_end(&l.r);
    rig_ok(lines_ask(r, CITY, of_matter(r, m), "", "")); /* who has to do with it is not kept off */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_came_to_a_matter_later_hears_what_was_said_before),
        TEST(who_has_nothing_to_do_with_a_matter_is_not_on_its_line),
        TEST(a_stranger_vouches_for_nobody_below),
        TEST(nobody_names_himself_on_a_line_of_others),
        TEST(what_comes_before_its_speaker_came_to_the_matter_waits),
    };
    return cmocka_run_group_tests_name("line_matter", tests, NULL, NULL);
}
