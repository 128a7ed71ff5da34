/* warned_test.c: what a node makes of the warnings and leads of others: a liar's words cost it little. */
#include "node/core/lead.h"
#include "tests/unit/core/warns.h"

/* What a short word on a long row may take of a turn's memory, for all of a parcel. */
enum { LITTLE = 1024 * 1024 };

static void hand(struct rig *r, struct forged *f)
{
    struct qp_hash id;
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_URGENT, rig_seal(r, f, &id)), 0);
    f->n = 0;
    f->h.seq++;
    f->h.prev = id;
    f->h.clock++;
}

static char *long_text(struct rig *r)
{
    char *text = qp_arena_take(r->arena, QP_NOTE_BYTES - 2);
    memset(text, 'x', QP_NOTE_BYTES - 3);
    text[QP_NOTE_BYTES - 3] = 0;
    return text;
}

/* n words of A on its own warning, in the next parcel of its chain. */
static void hand_words(struct rig *r, struct forged *f, uint8_t *warning, uint32_t verb, char *text, int n)
{
    for (int i = 0; i < n; i++) {
        Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_WARNING_SAID, NULL);
        ev->warning_said->warning = (ProtobufCBinaryData){QP_ID_LEN, warning};
        ev->warning_said->verb = verb;
        ev->at_us += (int64_t)r->seeds; /* no two words are of one moment */
        ev->warning_said->text = text;
        rig_add(f, ev);
    }
    hand(r, f);
}

/* Whoever goes on as his next incarnation says again what was refused anywhere above (E6): to who had taken it, it is the same word. */
static void a_word_that_is_said_again_stands_once(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    uint8_t id[QP_ID_LEN];
    rig_tree(r, 2);
    rig_settle(r);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_WARNED, NULL),
              *word = rig_event(r, A, QP__EVENT__BODY_WARNING_SAID, NULL);
    Qp__Warning x = QP__WARNING__INIT;
    x.first_day = x.last_day = x.day = (int32_t)(RIG_START / DAY);
    qp_warning_id(id, r->nodes[A].id, qp_code("water"), x.first_day);
    x.id = (ProtobufCBinaryData){QP_ID_LEN, id};
    x.area = r->nodes[A].path;
    x.category = qp_arena_text(r->arena, "water");
    x.state = QP_WARNING_RAISED;
    ev->warned->warning = &x;
    word->warning_said->warning = x.id;
    word->warning_said->verb = QP_WARNING_NOTE;
    word->warning_said->text = qp_arena_text(r->arena, "still wet");
    rig_add(&f, ev);
    rig_add(&f, word);
    hand(r, &f);
    rig_add(&f, word);
    hand(r, &f);
    assert_int_equal(warns_of(r, CITY, 0).notes[0], 1);
    rig_free(r);
}

/* A child that wrote much on a warning of its own, and then little many times, takes no more of the turn above than it says. */
static void a_short_word_on_a_long_warning_costs_a_turn_little(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    uint8_t id[QP_ID_LEN];
    rig_tree(r, 2);
    rig_settle(r);
    char *text = long_text(r);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_WARNED, NULL);
    Qp__Warning x = QP__WARNING__INIT;
    x.first_day = x.last_day = x.day = (int32_t)(RIG_START / DAY);
    qp_warning_id(id, r->nodes[A].id, qp_code("water"), x.first_day);
    x.id = (ProtobufCBinaryData){QP_ID_LEN, id};
    x.area = r->nodes[A].path;
    x.category = qp_arena_text(r->arena, "water");
    x.state = QP_WARNING_RAISED;
    ev->warned->warning = &x;
    rig_add(&f, ev);
    hand_words(r, &f, id, QP_WARNING_MATTER, text, 10);
    hand_words(r, &f, id, QP_WARNING_MATTER, text, 10);
    hand_words(r, &f, id, QP_WARNING_MATTER, text, 11);
    hand_words(r, &f, id, QP_WARNING_NOTE, qp_arena_text(r->arena, "short"), 20);
    assert_int_equal(warns_of(r, CITY, 0).notes[0], QP_WARNING_NOTES);
    assert_true(qp_arena_used(r->nodes[CITY].core->arena) < LITTLE);
    rig_free(r);
}

static void hand_of_lead(struct rig *r, struct forged *f, uint8_t *lead, uint32_t verb, char *text, int n)
{
    for (int i = 0; i < n; i++) {
        Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LEAD_SAID, NULL);
        ev->lead_said->lead = (ProtobufCBinaryData){QP_ID_LEN, lead};
        ev->lead_said->verb = verb;
        ev->at_us += (int64_t)r->seeds; /* no two words are of one moment */
        ev->lead_said->text = text;
        rig_add(f, ev);
    }
    hand(r, f);
}

static void a_short_word_on_a_long_lead_costs_a_turn_little(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    uint8_t id[QP_ID_LEN], first[QP_ID_LEN] = {1}, second[QP_ID_LEN] = {2};
    rig_tree(r, 2);
    rig_settle(r);
    char *text = long_text(r);
    struct forged f = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LEAD_FOUND, NULL);
    qp_lead_id(id, r->nodes[A].id, first);
    ev->lead_found->lead = (ProtobufCBinaryData){QP_ID_LEN, id};
    ev->lead_found->matter = (ProtobufCBinaryData){QP_ID_LEN, second};
    ev->lead_found->nearest = ev->lead_found->first = (ProtobufCBinaryData){QP_ID_LEN, first};
    ev->lead_found->place = r->nodes[A].path;
    rig_add(&f, ev);
    hand_of_lead(r, &f, id, QP_LEAD_MATTER, text, 10);
    hand_of_lead(r, &f, id, QP_LEAD_MATTER, text, 10);
    hand_of_lead(r, &f, id, QP_LEAD_MATTER, text, 11);
    hand_of_lead(r, &f, id, QP_LEAD_CONFIRM, qp_arena_text(r->arena, "short"), 20);
    struct qp_read read;
    Qp__LeadRow *row;
    assert_int_equal(qp_read_begin(r->nodes[CITY].store, &read, NULL), 0);
    assert_int_equal(qp_lead_get(read.tables, read.store, id, &row, r->arena, NULL), 0);
    qp_read_end(&read);
    assert_int_equal(row->n_words, QP_LEAD_WORDS);
    assert_true(qp_arena_used(r->nodes[CITY].core->arena) < LITTLE);
    rig_free(r);
}

/* What has arrived since the last judging is read at a start, and not kept for the length of that turn. */
static void a_start_in_the_evening_reads_the_day_without_keeping_it(void **state)
{
    (void)state;
    enum { MANY = 600, LONG = 12000 };
    struct rig *r = warn_with_a_burst();
    char *text = qp_arena_take(r->arena, LONG + 1);
    memset(text, 'x', LONG);
    text[LONG] = 0;
    for (int k = 0; k < MANY; k++) {
        Qp__Event *ev = rig_opened(r, "seen", QP_ROUTINE);
        ev->opened->face->text = text;
        rig_ok(rig_try(r, B, ev));
    }
    rig_stop(r, B);
    rig_start(r, B);
    rig_tick(r, B); /* comparing reads up to 132 of them in a tick besides */
    assert_true(qp_arena_used(r->nodes[B].core->arena) < 4 * LITTLE);
    rig_free(r);
}

/* WN5 also where nobody is left to say it. */
static void a_warning_of_a_node_that_is_gone_ends_too(void **state)
{
    (void)state;
    struct rig *r = warn_with_a_burst();
    assert_int_equal(warns_of(r, CITY, QP_WARNING_RAISED).n, 1);
    rig_stop(r, B);
    r->now_us += 50 * DAY;
    assert_int_equal(warns_of(r, CITY, QP_WARNING_RAISED).n, 1);
    r->now_us += 10 * DAY;
    assert_int_equal(warns_of(r, CITY, QP_WARNING_RAISED).n, 0);
    assert_int_equal(warns_of(r, CITY, QP_WARNING_ENDED).n, 1);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_that_is_said_again_stands_once),
        cmocka_unit_test(a_short_word_on_a_long_warning_costs_a_turn_little),
        cmocka_unit_test(a_short_word_on_a_long_lead_costs_a_turn_little),
        cmocka_unit_test(a_start_in_the_evening_reads_the_day_without_keeping_it),
        cmocka_unit_test(a_warning_of_a_node_that_is_gone_ends_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
