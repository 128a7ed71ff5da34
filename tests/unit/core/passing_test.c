/* passing_test.c: a personal record on its way: to the matter's next holder, to who reads it from above, and to nobody else,
 * whatever he says (P1, VA2, DE3). */
#include "node/core/heard.h"
#include "tests/unit/core/personal_rig.h"

static void a_record_passes_to_the_next_holder_when_he_has_accepted(void **state)
{
    struct rig *r = *state;
    matter m = handed_down(r);
    assert_false(lies(r, COUNTY, m)); /* passed on by way of it, and kept nowhere there */
    turned(r);
    assert_true(lies(r, STREET, m));
    assert_true(lies(r, CITY, m));
    assert_false(lies(r, COUNTY, m));
    assert_string_equal(trail_of(r, CITY, NULL).text, "policy personal_passed node ;");
    for (int i = 0; i < r->n; i++)
        assert_false(in_journal(r, i, CANARY, strlen(CANARY)));
    struct qp_sealed s;
    assert_int_equal(qp_vault_get(r->nodes[STREET].vault, m.b, &s, r->arena, NULL), 0);
    for (int i = 0; i < r->n; i++)
        assert_false(in_journal(r, i, s.key, sizeof s.key) || in_journal(r, i, s.bytes.p, 32));
    rig_ok(read_it(r, STREET, m, "visit"));
}

static void what_is_lost_on_the_way_is_asked_for_again_also_after_a_restart(void **state)
{
    struct rig *r = *state;
    r->lose_carries = true;
    matter m = handed_down(r);
    turned(r);
    struct qp_reply reply = read_it(r, STREET, m, "visit");
    rig_code(reply, QP_ENOTFOUND);
    assert_non_null(strstr(reply.text, "not come with the matter yet"));
    rig_stop(r, STREET);
    rig_start(r, STREET);
    rig_settle(r);
    r->lose_carries = false;
    r->now_us += 60 * SECOND;
    turned(r);
    assert_true(lies(r, STREET, m));
}

static void a_record_that_nobody_has_is_asked_for_now_and_then(void **state)
{
    struct rig *r = *state;
    size_t asked = 0;
    rig_tree(r, 3);
    rig_policy(r, COUNTY, false, false, false, false);
    matter m = reported(r, STREET);
    rig_ok(rig_offer(r, STREET, m, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    rig_ok(rig_step(r, COUNTY, m, QP__EVENT__BODY_REFUSED));
    rig_settle(r);
    rig_burn(r, STREET);
    rig_rejoin(r, STREET);
    rig_settle(r);
    for (int i = 0; i < 300; i++) { /* ten minutes */
        r->now_us += 2 * SECOND;
        rig_tick(r, STREET);
        asked += !!rig_output(r, STREET, QP_OUT_CARRY, NULL);
        rig_carries(r);
    }
    assert_false(lies(r, STREET, m));
    assert_in_range(asked, 1, 12);
}

static void an_erasure_reaches_everybody_who_had_the_key(void **state)
{
    struct rig *r = *state;
    matter m = handed_down(r);
    turned(r);
    assert_true(lies(r, STREET, m) && lies(r, CITY, m));
    rig_ok(erase(r, STREET, m));
    rig_settle(r);
    assert_false(lies(r, STREET, m));
    assert_false(lies(r, CITY, m));
}

static void an_erased_record_is_not_passed_on_any_more(void **state)
{
    struct rig *r = *state;
    r->lose_carries = true;
    matter m = handed_down(r);
    r->lose_carries = false;
    turned(r);
    rig_ok(erase(r, STREET, m));
    r->now_us += 600 * SECOND;
    turned(r);
    for (int i = 0; i < r->n; i++)
        assert_false(lies(r, i, m));
}

static void a_superior_reads_by_asking_the_holder_and_both_write_it_down(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = reported(r, STREET);
    rig_settle(r);
    rig_code(read_it(r, CITY, m, "complaint"), QP_ENEED);
    rig_settle(r);
    struct qp_reply reply = read_it(r, CITY, m, "complaint");
    rig_ok(reply);
    uint8_t out[QP_RECORD_MOST];
    size_t len;
    assert_non_null(reply.sealed);
    assert_int_equal(qp_record_unlock(out, &len, reply.sealed, &r->nodes[CITY].keys), 0);
    assert_memory_equal(out, CANARY, len);
    assert_false(lies(r, CITY, m)); /* shown, and not kept */
    rig_settle(r);
    assert_string_equal(trail_of(r, STREET, NULL).text, "user:wang personal_read node complaint;");
    assert_string_equal(trail_of(r, COUNTY, NULL).text, "user:wang personal_read node complaint;");
    assert_non_null(strstr(trail_of(r, CITY, "city/a").text, "user:wang personal_read node complaint;"));
    assert_non_null(strstr(trail_of(r, CITY, NULL).text, "user:wang personal_read phone complaint;"));
    rig_code(read_it(r, CITY, m, "again"), QP_ENEED); /* each reading is asked for anew */
}

static struct qp_input handed(const struct rig *r, int by, const Qp__Carry *c)
{
    struct qp_input in = {.kind = QP_IN_CARRY, .carry.carry = c};
    memcpy(in.peer, r->nodes[by].id, QP_ID_LEN);
    return in;
}

static void hand(struct rig *r, int by, int to, const Qp__Carry *c)
{
    struct qp_input in = handed(r, by, c);
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}

/* Handed to it by its neighbour. */
static void carries(struct rig *r, int from, int to, Qp__Carried *said)
{
    const Qp__Carry *c = rig_message(r, from, to, said);
    hand(r, r->nodes[to].up < 0 ? from : r->nodes[to].up, to, c);
}

static Qp__Carry *asks(struct rig *r, int from, int to, matter m, bool read)
{
    Qp__RecordAsked a = QP__RECORD_ASKED__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    a.matter = (ProtobufCBinaryData){QP_ID_LEN, m.b};
    a.read = read;
    a.by = a.purpose = (char *)(uintptr_t) "user:liar";
    said.body_case = QP__CARRIED__BODY_RECORD_ASKED;
    said.record_asked = &a;
    return rig_message(r, from, to, &said);
}

static void says(struct rig *r, int from, int to, matter m, bool read)
{
    const Qp__Carry *c = asks(r, from, to, m, read);
    hand(r, r->nodes[to].up < 0 ? from : r->nodes[to].up, to, c);
}

/* The holder answers a reading, with what it likes. */
static void answers(struct rig *r, int from, int to, matter m, uint32_t code, const struct qp_sealed *s)
{
    Qp__RecordGiven g = QP__RECORD_GIVEN__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    g.matter = (ProtobufCBinaryData){QP_ID_LEN, m.b};
    g.read = true;
    g.code = code;
    g.text = (char *)(uintptr_t) "because";
    if (s) {
        g.commitment = (ProtobufCBinaryData){QP_HASH_LEN, (uint8_t *)(uintptr_t)s->commitment.b};
        g.key = (ProtobufCBinaryData){sizeof s->key, (uint8_t *)(uintptr_t)s->key};
        g.record = (ProtobufCBinaryData){s->bytes.len, (uint8_t *)(uintptr_t)s->bytes.p};
    }
    said.body_case = QP__CARRIED__BODY_RECORD_GIVEN;
    said.record_given = &g;
    carries(r, from, to, &said);
}

/* Whole, and of another matter. */
static struct qp_sealed *another(struct rig *r, int i)
{
    struct qp_sealed *s = qp_arena_take(r->arena, sizeof *s);
    uint8_t seed[QP_SEED_LEN];
    rig_seed(r, seed);
    assert_int_equal(qp_record_lock(s, "other", 5, r->nodes[i].keys.box_pk, seed, r->arena, NULL), 0);
    return s;
}

static void whatever_another_node_answers_is_no_error_of_this_one(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = reported(r, COUNTY);
    rig_settle(r);
    r->lose_carries = true;
    for (uint32_t code = 0; code <= QP_EOUT; code++) {
        rig_code(read_it(r, CITY, m, "complaint"), QP_ENEED);
        answers(r, COUNTY, CITY, m, code, code == 0 ? another(r, CITY) : NULL);
        struct qp_reply reply = read_it(r, CITY, m, "complaint");
        rig_code(reply, code == QP_EDENIED ? QP_EDENIED : QP_ENOTFOUND);
        assert_non_null(strstr(reply.text, code == 0 ? "not the record of this matter" : "because"));
    }
}

static bool gives(struct rig *r, int i)
{
    const struct qp_output *o = rig_output(r, i, QP_OUT_CARRY, NULL);
    Qp__Carried *said;
    if (!o)
        return false;
    assert_int_equal(QP_DECODE(&said, carried, o->carry->body.data, o->carry->body.len, r->arena, NULL), 0);
    return said->body_case == QP__CARRIED__BODY_RECORD_GIVEN && said->record_given->record.len > 0;
}

static void nobody_else_is_given_a_record_whatever_he_says(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int other = rig_join(r, CITY, "x");
    rig_settle(r);
    matter m = reported(r, COUNTY);
    rig_settle(r);
    says(r, other, COUNTY, m, false); /* it does not hold the matter */
    assert_false(gives(r, COUNTY));
    says(r, other, COUNTY, m, true); /* nor is it above */
    assert_false(gives(r, COUNTY));
    says(r, CITY, COUNTY, m, false); /* above, and not the holder */
    assert_false(gives(r, COUNTY));
    says(r, CITY, COUNTY, m, true); /* who may: the test itself would see it */
    assert_true(gives(r, COUNTY));
    uint8_t id[QP_ID_LEN];
    memcpy(id, r->nodes[other].id, QP_ID_LEN);
    memcpy(r->nodes[other].id, r->nodes[CITY].id, QP_ID_LEN); /* in another's name, with its own key */
    says(r, other, COUNTY, m, true);
    assert_false(gives(r, COUNTY));
    memcpy(r->nodes[other].id, id, QP_ID_LEN);
    assert_string_equal(trail_of(r, COUNTY, NULL).text, "user:liar personal_read node user:liar;");
}

static void a_question_counts_once_however_often_somebody_on_the_way_says_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = reported(r, STREET);
    rig_settle(r);
    const Qp__Carry *early = asks(r, CITY, STREET, m, true), *c = asks(r, CITY, STREET, m, true);
    struct qp_input in = handed(r, COUNTY, c);
    struct qp_txn t;
    struct qp_outputs out;
    uint8_t seed[QP_SEED_LEN] = {1};
    struct node *x = &r->nodes[STREET];
    assert_int_equal(qp_store_begin(x->store, &t, NULL), 0);
    assert_int_equal(qp_turn(x->core, &t, &in, 1, r->now_us, seed, &out, NULL), 0);
    qp_store_abort(&t); /* there was no room: its inputs come again */
    assert_int_equal(qp_core_forget(x->core, NULL), 0);
    hand(r, COUNTY, STREET, c);
    assert_true(gives(r, STREET));
    for (int i = 0; i < 3; i++) {
        hand(r, COUNTY, STREET, i == 2 ? early : c);
        assert_false(gives(r, STREET));
    }
    assert_string_equal(trail_of(r, STREET, NULL).text, "user:liar personal_read node user:liar;");
    says(r, CITY, STREET, m, true); /* another one is another one */
}

static void a_message_comes_from_the_side_of_who_says_it(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter m = reported(r, STREET);
    rig_settle(r);
    const Qp__Carry *c = asks(r, CITY, STREET, m, true), *own = asks(r, CITY, COUNTY, m, true);
    hand(r, STREET, COUNTY, c);
    assert_null(rig_output(r, COUNTY, QP_OUT_CARRY, NULL));
    hand(r, CITY, COUNTY, c);
    assert_non_null(rig_output(r, COUNTY, QP_OUT_CARRY, NULL));
    hand(r, STREET, COUNTY, own);
    assert_null(rig_output(r, COUNTY, QP_OUT_CARRY, NULL));
    assert_int_equal(rig_metrics(r, COUNTY).carried_refused, 2);
    assert_int_equal(rig_metrics(r, COUNTY).carried_lost, 0);
}

/* Nobody hears of a message that is dropped: it is counted, and told with whom it came from and why. */
static void what_is_dropped_is_counted_and_told(void **state)
{
    struct rig *r = *state;
    int64_t at_us;
    rig_tree(r, 3);
    matter m = reported(r, STREET);
    rig_settle(r);
    assert_string_equal(qp_core_dropped(r->nodes[STREET].core, &at_us), "");
    const Qp__Carry *late = asks(r, CITY, STREET, m, true);
    r->now_us += 3600 * SECOND;
    hand(r, COUNTY, STREET, late);
    assert_int_equal(rig_metrics(r, STREET).carried_lost, 1);
    const char *why = qp_core_dropped(r->nodes[STREET].core, &at_us);
    assert_non_null(strstr(why, "from city/a: "));
    assert_non_null(strstr(why, "NTP"));
    assert_int_equal(at_us, r->now_us);
    Qp__Carry *nobody = (Qp__Carry *)(uintptr_t)asks(r, STREET, CITY, m, true);
    memset(nobody->to.data, 9, QP_ID_LEN);
    hand(r, COUNTY, CITY, nobody);
    assert_null(rig_output(r, CITY, QP_OUT_CARRY, NULL));
    assert_non_null(strstr(qp_core_dropped(r->nodes[CITY].core, &at_us), "no way"));
    assert_int_equal(rig_metrics(r, CITY).carried_lost, 1);
    Qp__Carry *round = (Qp__Carry *)(uintptr_t)asks(r, CITY, STREET, m, true);
    round->hops = 1000;
    hand(r, CITY, COUNTY, round);
    assert_non_null(strstr(qp_core_dropped(r->nodes[COUNTY].core, &at_us), "go round"));
}

/* One node too many within ten minutes: of it nothing is taken, and that is told apart from what was said before. */
static void whoever_there_is_no_room_to_know_is_told_apart(void **state)
{
    struct qp_heard *h = qp_heard_new();
    uint8_t node[QP_ID_LEN] = {0}, side[QP_ID_LEN] = {0};
    (void)state;
    for (uint32_t i = 0; i < QP_HEARD_MOST; i++) { /* by way of eight neighbours */
        memcpy(node, &i, sizeof i);
        side[0] = (uint8_t)(i / QP_HEARD_EACH);
        assert_int_equal(qp_heard_first(h, node, side, 100, 0), QP_HEARD_FIRST);
    }
    assert_int_equal(qp_heard_first(h, node, side, 100, 0), QP_HEARD_AGAIN);
    memset(node, 255, sizeof node);
    side[0] = 9;
    assert_int_equal(qp_heard_first(h, node, side, 100, 0), QP_HEARD_CROWDED);
    assert_int_equal(qp_heard_first(h, node, side, 101, 100), QP_HEARD_FIRST); /* the others are forgotten */
    qp_heard_free(h);
}

/* As many as it likes to make up: half of the places are taken, and whoever comes by way of another has one. */
static void one_childs_nodes_do_not_crowd_out_the_others(void **state)
{
    struct qp_heard *h = qp_heard_new();
    uint8_t node[QP_ID_LEN] = {0}, liar[QP_ID_LEN] = {1}, honest[QP_ID_LEN] = {2};
    uint32_t heard = 0;
    (void)state;
    for (uint32_t i = 0; i < QP_HEARD_MOST + 1; i++) {
        memcpy(node, &i, sizeof i);
        if (i == 0 || heard == i) /* once he is told that it is full he says nothing new */
            heard += qp_heard_first(h, node, liar, 100, 0) == QP_HEARD_FIRST;
    }
    assert_int_equal(heard, QP_HEARD_MOST / 2);
    for (uint32_t i = 0; i < QP_HEARD_EACH; i++) {
        memcpy(node + 8, &i, sizeof i);
        assert_int_equal(qp_heard_first(h, node, honest, 100, 0), QP_HEARD_FIRST);
    }
    memset(node, 0, sizeof node);
    assert_int_equal(qp_heard_first(h, node, liar, 101, 0), QP_HEARD_FIRST); /* one that has a place */
    qp_heard_free(h);
}

static void who_was_heard_while_the_clock_was_ahead_is_heard_when_it_is_right(void **state)
{
    struct qp_heard *h = qp_heard_new();
    const uint8_t node[QP_ID_LEN] = {7};
    const int64_t old = 1000 * SECOND, half = QP_HEARD_SPAN_US / 2;
    (void)state;
    assert_int_equal(qp_heard_first(h, node, node, old + half + DAY, old + DAY), QP_HEARD_FIRST);
    assert_int_equal(qp_heard_first(h, node, node, old + half, old), QP_HEARD_FIRST);
    assert_int_equal(qp_heard_first(h, node, node, old + half, old), QP_HEARD_AGAIN);
    qp_heard_free(h);
}

/* The clock is a day ahead while a next holder asks for a record, and while somebody above asks to read one. */
static void a_record_that_was_asked_for_by_a_clock_that_was_ahead_comes_when_it_is_right(void **state)
{
    struct rig *r = *state;
    r->lose_carries = true;
    matter m = handed_down(r);
    r->now_us += DAY;
    rig_tick(r, STREET);
    matter n = reported(r, STREET);
    rig_settle(r);
    rig_code(read_it(r, CITY, n, "complaint"), QP_ENEED);
    r->now_us -= DAY;
    r->ncarries = 0;
    r->lose_carries = false;
    r->now_us += SECOND;
    for (int i = 0; i < r->n; i++)
        rig_tick(r, i);
    turned(r);
    assert_true(lies(r, STREET, m));
    rig_code(read_it(r, CITY, n, "complaint"), QP_ENEED);
    rig_settle(r);
    rig_ok(read_it(r, CITY, n, "complaint"));
}

static void a_tick_looks_at_so_many_matters_and_the_next_goes_on(void **state)
{
    struct rig *r = *state;
    char cmd[200];
    rig_found(r);
    for (int i = 0; i < 700; i++)
        reported(r, CITY);
    rig_stop(r, CITY);
    snprintf(cmd, sizeof cmd, "rm -r %s/vault", r->nodes[CITY].dir); /* nobody else ever had them */
    assert_int_equal(system(cmd), 0);
    rig_start(r, CITY);
    rig_tick(r, CITY);
    assert_true(qp_core_next_tick(r->nodes[CITY].core) <= r->now_us);
    for (int i = 0; i < 20 && qp_core_next_tick(r->nodes[CITY].core) <= r->now_us; i++)
        rig_tick(r, CITY);
    assert_true(qp_core_next_tick(r->nodes[CITY].core) > r->now_us);
}

/* More matters than there are places, of which it gives no record, as a liar's; another child's comes at once. */
static void who_never_gives_a_record_takes_no_place_from_who_does(void **state)
{
    struct rig *r = *state;
    enum { MANY = 4096 };
    rig_tree(r, 2);
    int honest = rig_join(r, CITY, "honest");
    rig_settle(r);
    r->lose_carries = true;
    for (int i = 0; i < MANY; i++) {
        matter m = reported(r, COUNTY);
        rig_ok(rig_offer(r, COUNTY, m, QP_KIND_ESCALATE, NULL));
        if (i % 16 == 15) {
            rig_carry(r, COUNTY, CITY);
            r->ncarries = 0;
        }
    }
    rig_stop(r, COUNTY);
    r->lose_carries = false;
    matter m = reported(r, honest);
    rig_ok(rig_offer(r, honest, m, QP_KIND_ESCALATE, NULL));
    rig_carry(r, honest, CITY);
    rig_carry(r, CITY, honest); /* it hears who holds it now */
    for (int i = 0; i < 1000 && !lies(r, CITY, m); i++) {
        r->now_us += SECOND / 10;
        rig_tick(r, CITY);
        rig_carries(r);
        rig_carries(r);
    }
    assert_true(lies(r, CITY, m));
}

static void a_superior_that_has_a_copy_of_its_own_is_seen_by_the_holder_too(void **state)
{
    struct rig *r = *state;
    matter m = handed_down(r);
    turned(r);
    assert_true(lies(r, STREET, m) && lies(r, CITY, m));
    rig_ok(read_it(r, CITY, m, "curiosity"));
    rig_settle(r);
    assert_non_null(strstr(trail_of(r, CITY, NULL).text, "user:wang personal_read phone curiosity;"));
    assert_non_null(strstr(trail_of(r, STREET, NULL).text, "user:wang personal_read node curiosity;"));
}

int main(void)
{
#define UP(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        UP(a_record_passes_to_the_next_holder_when_he_has_accepted),
        UP(what_is_lost_on_the_way_is_asked_for_again_also_after_a_restart),
        UP(a_record_that_nobody_has_is_asked_for_now_and_then),
        UP(an_erasure_reaches_everybody_who_had_the_key),
        UP(an_erased_record_is_not_passed_on_any_more),
        UP(a_superior_reads_by_asking_the_holder_and_both_write_it_down),
        UP(who_never_gives_a_record_takes_no_place_from_who_does),
        UP(a_superior_that_has_a_copy_of_its_own_is_seen_by_the_holder_too),
        UP(whatever_another_node_answers_is_no_error_of_this_one),
        UP(a_question_counts_once_however_often_somebody_on_the_way_says_it),
        UP(a_message_comes_from_the_side_of_who_says_it),
        UP(what_is_dropped_is_counted_and_told),
        cmocka_unit_test(whoever_there_is_no_room_to_know_is_told_apart),
        cmocka_unit_test(one_childs_nodes_do_not_crowd_out_the_others),
        cmocka_unit_test(who_was_heard_while_the_clock_was_ahead_is_heard_when_it_is_right),
        UP(a_record_that_was_asked_for_by_a_clock_that_was_ahead_comes_when_it_is_right),
        UP(a_tick_looks_at_so_many_matters_and_the_next_goes_on),
        UP(nobody_else_is_given_a_record_whatever_he_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
