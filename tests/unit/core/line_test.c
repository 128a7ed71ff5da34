/* line_test.c: lines between whole nodes: said, heard, ticked; who may not; what a lost disk, a rebuild and the end of its
 * time make of what was said. */
#include "tests/unit/core/lines.h"

static const char CANARY[] = "kanarienvogel im bergwerk";

static void seek(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    (void)p;
    if (memmem(rec->parcel.p, rec->parcel.len, CANARY, sizeof CANARY - 1))
        *(bool *)arg = true;
}

static bool in_journal(struct rig *r, int i)
{
    bool found = false;
    rig_each(r, i, seek, &found);
    return found;
}

/* ---- said, heard, ticked ---- */

static void what_is_said_is_heard_over_two_hops_in_order_and_ticked(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter line = lines_open(r, CITY, B, "title");
    rig_ok(lines_tell(r, CITY, line, "one", NULL)); /* before the other's key is known */
    rig_ok(lines_tell(r, CITY, line, "two", NULL));
    lines_settle(r);
    rig_ok(lines_tell(r, CITY, line, "three", NULL));
    lines_settle(r);
    lines_hears(r, B, line, 1, "one");
    lines_hears(r, B, line, 2, "two");
    lines_hears(r, B, line, 3, "three");
    assert_int_equal(lines_seqs(r, B, line), 3);
    assert_int_equal(lines_with(r, CITY, line, B).delivered, 4); /* the title is one */
    rig_ok(lines_see(r, B, line, "li"));
    rig_ok(lines_tell(r, B, line, "back", NULL));
    lines_settle(r);
    lines_hears(r, CITY, line, 4, "back");
    struct lines_view l = lines_look(r, CITY);
    assert_int_equal(qp_line_seen(&l.db, line.b,
                                  &(Qp__LineMember){.node = {QP_ID_LEN, r->nodes[B].id},
                                                    .kind = QP_LINE_NAME,
                                                    .name = (char[]){"li"}},
                                  r->nodes[CITY].id),
                     4);
    qp_read_end(&l.r);
}

static void no_journal_holds_what_was_said(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter line = lines_open(r, CITY, B, CANARY);
    rig_ok(lines_tell(r, CITY, line, CANARY, NULL));
    lines_settle(r);
    lines_hears(r, B, line, 1, CANARY);
    for (int i = 0; i < r->n; i++)
        assert_false(in_journal(r, i));
    rig_open(r, CITY, CANARY); /* what is not sealed is found */
    assert_true(in_journal(r, CITY));
}

static void a_relay_keeps_the_parcel_and_knows_no_line(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter line = lines_open(r, CITY, B, "t");
    rig_ok(lines_tell(r, CITY, line, "x", NULL));
    lines_settle(r);
    struct lines_view l = lines_look(r, A);
    Qp__LineRow *row;
    struct qp_line_peer p;
    assert_int_equal(qp_line_get(&l.db, line.b, &row), QP_ENOTFOUND);
    assert_false(qp_line_peer(&l.db, r->nodes[CITY].id, &p));
    qp_read_end(&l.r);
}

static void the_same_key_says_nothing_twice(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter line = lines_open(r, CITY, B, "");
    struct qp_reply one = lines_tell(r, CITY, line, "once", "k"),
                    two = lines_tell(r, CITY, line, "once", "k");
    rig_ok(one);
    rig_ok(two);
    assert_true(one.created && !two.created);
    assert_int_equal(one.position, two.position);
    lines_settle(r);
    assert_int_equal(lines_seqs(r, B, line), 1);
}

/* ---- who may not ---- */

static Qp__Event *forged_said(struct rig *r, int from, int to, matter line, uint64_t n, bool fits)
{
    Qp__Event *ev = rig_event(r, from, QP__EVENT__BODY_LINE_SAID, NULL);
    Qp__LineSaid *s = ev->line_said;
    struct lines_view l = lines_look(r, to);
    struct qp_line_key key;
    struct qp_drbg rnd = {.counter = 0};
    Qp__LineBody body = QP__LINE_BODY__INIT;
    uint8_t name[QP_LINE_KEY], k[QP_KEY_LEN];
    bool used;
    body.text = qp_arena_text(r->arena, "forged");
    s->line = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, line.b, QP_ID_LEN)};
    s->n = n;
    s->kind = QP_LINE_MESSAGE;
    assert_int_equal(qp_line_seal(s, r->nodes[fits ? from : to].id, &body, &rnd, k, r->arena, &r->e), 0);
    assert_true(qp_line_present(&l.db, name, &used) && qp_line_key(&l.db, name, &key));
    s->wraps = qp_arena_take(r->arena, sizeof *s->wraps);
    s->wraps[s->n_wraps++] = qp_line_wrap(r->nodes[to].id, key.pk, k, &rnd, r->arena);
    qp_read_end(&l.r);
    return ev;
}

static void nobody_speaks_on_a_line_that_does_not_name_him(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_join(r, CITY, "side");
    rig_settle(r);
    matter own = lines_open(r, SIDE, CITY, "");
    matter line = lines_open(r, CITY, B, "");
    lines_settle(r);
    lines_hand(r, SIDE, CITY, forged_said(r, SIDE, CITY, line, 1, true));
    assert_int_equal(lines_seqs(r, CITY, line), 0);
    lines_hand(r, SIDE, CITY, forged_said(r, SIDE, CITY, own, 1, true));
    assert_int_equal(lines_seqs(r, CITY, own), 1); /* on one that does he is heard */
}

static void a_number_that_was_passed_is_not_taken_again(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter line = lines_open(r, CITY, A, "");
    lines_settle(r);
    lines_hand(r, A, CITY, forged_said(r, A, CITY, line, 5, true));
    assert_int_equal(lines_seqs(r, CITY, line), 1);
    lines_hand(r, A, CITY, forged_said(r, A, CITY, line, 5, true));
    lines_hand(r, A, CITY, forged_said(r, A, CITY, line, 4, true));
    assert_int_equal(lines_seqs(r, CITY, line), 1);
}

static void what_was_sealed_for_another_place_does_not_open(void **state)
{
    struct rig *r = *state;
    char text[200];
    rig_tree(r, 2);
    matter line = lines_open(r, CITY, A, "");
    lines_settle(r);
    lines_hand(r, A, CITY, forged_said(r, A, CITY, line, 1, false));
    assert_int_equal(lines_text(r, CITY, line, 1, text), QP_LINE_FALSE);
    lines_hand(r, A, CITY, forged_said(r, A, CITY, line, 2, true));
    lines_hears(r, CITY, line, 2, "forged"); /* the same for this place does */
}

static void a_tick_beyond_what_was_said_is_not_believed(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter line = lines_open(r, CITY, A, "");
    lines_settle(r);
    rig_ok(lines_tell(r, CITY, line, "one", NULL));
    lines_settle(r);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LINE_TICKED, NULL);
    Qp__LineMark m = QP__LINE_MARK__INIT, *v = &m;
    m.node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[CITY].id};
    m.upto = 1000;
    ev->line_ticked->line = (ProtobufCBinaryData){QP_ID_LEN, line.b};
    ev->line_ticked->marks = &v;
    ev->line_ticked->n_marks = 1;
    lines_hand(r, A, CITY, ev);
    assert_int_equal(lines_with(r, CITY, line, A).delivered, 1);
    rig_ok(lines_tell(r, CITY, line, "two", NULL));
    assert_int_equal(lines_with(r, CITY, line, A).delivered, 1);
}

/* U3: who could would have his words go before emergencies, or his reports before what others say. */
static void lines_have_their_lane_and_nothing_else_is_in_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_join(r, CITY, "side");
    rig_settle(r);
    struct qp_core_metrics before = rig_metrics(r, CITY);
    struct forged f = rig_forged(r, A, QP_SCOPE_NODE, r->nodes[CITY].id, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LINE_KEYED, NULL);
    ev->line_keyed->key = (ProtobufCBinaryData){QP_PK_LEN, r->nodes[A].keys.box_pk};
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_URGENT, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, CITY).refused_malformed, before.refused_malformed + 1);
    f = rig_forged(r, 2, QP_SCOPE_HORIZON, NULL, QP_LANE_LINE);
    rig_add(&f, rig_event(r, 2, QP__EVENT__BODY_RESUMED, &(matter){{1}}));
    assert_int_equal(rig_hand(r, 2, CITY, QP_LANE_LINE, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_metrics(r, CITY).refused_malformed, before.refused_malformed + 2);
}

static void a_line_is_opened_by_who_is_on_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    Qp__LineMember *v[] = {lines_member(r, A, "li"), lines_member(r, B, "xu")};
    ev->line_opened->members = v;
    ev->line_opened->n_members = 2;
    rig_code(lines_ask(r, CITY, ev, "", ""), QP_EPOLICY);
}

/* L7: each destination is a chain at every node on the way, and of unknown ones a node has so many and no more. */
static void who_is_named_by_others_alone_is_told_nothing(void **state)
{
    enum { NAMED = QP_LINE_MEMBERS - 2 };
    struct rig *r = *state;
    rig_tree(r, 2);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LINE_OPENED, NULL);
    Qp__LineMember *v[NAMED + 2] = {lines_member(r, A, "li"), lines_member(r, CITY, "wang")};
    v[0]->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[A].id};
    v[1]->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[CITY].id};
    for (uint8_t i = 0; i < NAMED; i++) {
        uint8_t *id = qp_arena_take(r->arena, QP_ID_LEN);
        memset(id, 100 + i, QP_ID_LEN);
        v[2 + i] = lines_member(r, A, "nobody");
        v[2 + i]->node = (ProtobufCBinaryData){QP_ID_LEN, id};
    }
    ev->line_opened->line =
        (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, v[2]->node.data, QP_ID_LEN)};
    ev->line_opened->members = v;
    ev->line_opened->n_members = NAMED + 2;
    uint64_t before = rig_metrics(r, CITY).parcels_sealed;
    lines_hand(r, A, CITY, ev);
    matter line;
    memcpy(line.b, v[2]->node.data, QP_ID_LEN);
    assert_true(lines_knows(r, CITY, line));
    for (int i = 0; i < 4; i++)
        rig_tick(r, CITY);
    assert_int_equal(rig_metrics(r, CITY).parcels_sealed, before);
}

static void two_that_a_third_has_named_hear_each_other(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_join(r, CITY, "side");
    rig_settle(r);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    Qp__LineMember *v[] = {lines_member(r, CITY, "wang"), lines_member(r, B, "li"),
                           lines_member(r, SIDE, "xu")};
    ev->line_opened->members = v;
    ev->line_opened->n_members = 3;
    struct qp_reply reply = lines_ask(r, CITY, ev, "", "");
    matter line;
    rig_ok(reply);
    memcpy(line.b, reply.matter, QP_ID_LEN);
    lines_settle(r);
    rig_ok(lines_tell(r, B, line, "to both", NULL));
    lines_settle(r);
    lines_hears(r, SIDE, line, 1, "to both");
    lines_hears(r, CITY, line, 1, "to both");
}

/* ---- without its keys ---- */

static void a_node_whose_line_keys_cannot_be_opened_says_so_and_does_all_else(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter line = lines_open(r, CITY, A, "");
    lines_settle(r);
    rig_stop(r, CITY);
    rig_start(r, CITY);
    qp_core_set_ring(r->nodes[CITY].core, NULL);
    struct qp_reply reply = lines_tell(r, CITY, line, "x", NULL);
    rig_code(reply, QP_EBUSY);
    assert_non_null(strstr(reply.text, "DIR/keys/lines"));
    rig_tick(r, CITY);
    rig_open(r, CITY, "all else");
    rig_ok(lines_tell(r, A, line, "kept till the keys are back", NULL));
    lines_settle(r);
    qp_core_set_ring(r->nodes[CITY].core, r->nodes[CITY].ring);
    lines_settle(r);
    lines_hears(r, CITY, line, 1, "kept till the keys are back");
}

/* ---- what does not last ---- */

static void a_rebuild_gives_the_same_lines(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter line = lines_open(r, CITY, B, "t");
    rig_ok(lines_tell(r, CITY, line, "one", "key"));
    lines_settle(r);
    rig_ok(lines_tell(r, B, line, "two", NULL));
    rig_ok(lines_see(r, B, line, "li"));
    lines_settle(r);
    for (int i = 0; i < r->n; i++) {
        struct tables before = rig_tables(r, i);
        rig_rebuild(r, i);
        struct tables after = rig_tables(r, i);
        rig_same_tables(&before, &after, ~T(LINE)); /* others: stores_test.c */
    }
    lines_hears(r, B, line, 1, "one");
}

static void a_node_that_lost_its_disk_is_sealed_again_what_was_said_to_it(void **state)
{
    struct rig *r = *state;
    char text[200];
    rig_tree(r, 3);
    matter line = lines_open(r, CITY, B, "t");
    lines_settle(r);
    rig_ok(lines_tell(r, CITY, line, "one", NULL));
    rig_ok(lines_tell(r, CITY, line, "two", NULL));
    lines_settle(r);
    rig_burn(r, B);
    rig_rejoin(r, B);
    lines_settle(r);
    rig_ok(lines_tell(r, CITY, line, "three", NULL));
    lines_settle(r);
    for (uint64_t seq = 1; seq <= 3; seq++)
        assert_int_equal(lines_text(r, B, line, seq, text), QP_LINE_OPEN);
    lines_hears(r, B, line, 1, "one");
    lines_hears(r, B, line, 3, "three");
    assert_int_equal(lines_seqs(r, B, line), 3);
    assert_int_equal(lines_with(r, CITY, line, B).delivered, 4);
}

static void when_its_time_is_over_nobody_reads_it(void **state)
{
    struct rig *r = *state;
    char text[200];
    rig_tree(r, 3);
    rig_ok(rig_say_policy(r, CITY,
                          "{'version':'one','title':'T','categories':[{'code':'','title':'其他'}],"
                          "'rules':{'keep_line':'640s'}}",
                          "k"));
    lines_settle(r);
    matter line = lines_open(r, CITY, B, "t");
    lines_settle(r);
    rig_ok(lines_tell(r, CITY, line, CANARY, NULL));
    lines_settle(r);
    r->now_us += 11 * SECOND; /* a 64th: another key */
    lines_settle(r);
    rig_ok(lines_tell(r, CITY, line, "later", NULL));
    lines_settle(r);
    r->now_us += 639 * SECOND;
    lines_settle(r);
    lines_hears(r, B, line, 1, CANARY);
    for (int i = CITY; i <= B; i++) /* T4: by a clock that nobody vouches for nothing ends */
        qp_core_set_time_word(r->nodes[i].core, QP_TIME_WRONG);
    r->now_us += 1000 * SECOND;
    lines_settle(r);
    lines_hears(r, B, line, 1, CANARY);
    r->now_us -= 998 * SECOND;
    for (int i = CITY; i <= B; i++)
        qp_core_set_time_word(r->nodes[i].core, QP_TIME_SURE);
    lines_settle(r);
    for (int i = CITY; i <= B; i += B) {
        assert_int_equal(lines_text(r, i, line, 1, text), QP_LINE_ERASED);
        rig_stop(r, i);
        rig_start(r, i);
        assert_int_equal(lines_text(r, i, line, 1, text), QP_LINE_ERASED);
    }
    lines_hears(r, B, line, 2, "later");
}

/* ---- of a matter ---- */

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

static Qp__Event *of_matter(struct rig *r, matter m)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_LINE_OPENED, NULL);
    ev->line_opened->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    return ev;
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

#define TEST(name) cmocka_unit_test_setup_teardown(name, lines_up, rig_down)
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
        TEST(what_is_said_is_heard_over_two_hops_in_order_and_ticked),
        TEST(no_journal_holds_what_was_said),
        TEST(a_relay_keeps_the_parcel_and_knows_no_line),
        TEST(the_same_key_says_nothing_twice),
        TEST(nobody_speaks_on_a_line_that_does_not_name_him),
        TEST(a_number_that_was_passed_is_not_taken_again),
        TEST(what_was_sealed_for_another_place_does_not_open),
        TEST(a_tick_beyond_what_was_said_is_not_believed),
        TEST(lines_have_their_lane_and_nothing_else_is_in_it),
        TEST(a_line_is_opened_by_who_is_on_it),
        TEST(who_is_named_by_others_alone_is_told_nothing),
        TEST(two_that_a_third_has_named_hear_each_other),
        TEST(a_stranger_vouches_for_nobody_below),
        TEST(a_node_whose_line_keys_cannot_be_opened_says_so_and_does_all_else),
        TEST(a_rebuild_gives_the_same_lines),
        TEST(a_node_that_lost_its_disk_is_sealed_again_what_was_said_to_it),
        TEST(when_its_time_is_over_nobody_reads_it),
        TEST(who_came_to_a_matter_later_hears_what_was_said_before),
        TEST(who_has_nothing_to_do_with_a_matter_is_not_on_its_line),
        TEST(nobody_names_himself_on_a_line_of_others),
    };
    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
