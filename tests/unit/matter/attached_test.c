/* attached_test.c: the files of a matter (VA3): which come with what the holder says, the same on every node, no more than there may be,
 * and found again by their hash. */
#include "tests/unit/matter/rig.h"

#include "node/matter/attached.h"

#define B(b) QP__EVENT__BODY_##b

/* n files, numbered from `from`. */
static void attach(struct rig *r, Qp__Event *ev, int from, size_t n)
{
    ev->attachments = qp_arena_take(r->arena, n * sizeof *ev->attachments);
    ev->n_attachments = n;
    for (size_t i = 0; i < n; i++) {
        Qp__Attachment *x = qp_arena_take(r->arena, sizeof *x);
        struct qp_hash h;
        int number = from + (int)i;
        qp_hash(&h, &number, sizeof number);
        qp__attachment__init(x);
        x->hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(r->arena, h.b, QP_HASH_LEN)};
        x->bytes = 1000;
        x->type = qp_arena_text(r->arena, "image/jpeg");
        ev->attachments[i] = x;
    }
}

static int note(struct rig *r, int node, matter m, int body, int from, size_t n)
{
    Qp__Event *ev = rig_draft(r, body);
    if (n > 0)
        attach(r, ev, from, n);
    return rig_say(r, node, m, ev);
}

static void files_come_with_the_holders_words_and_are_the_same_everywhere(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "hole");
    rig_tell(r, 0);
    rig_tell(r, note(r, EAST, m, B(PROGRESSED), 1, 2));
    rig_tell(r, note(r, EAST, m, B(HANDLED), 2, 2)); /* one of them again */
    const Qp__Face *f = rig_face_at(r, CITY, m);
    assert_int_equal(f->n_attachments, 3);
    assert_true(qp_id_is(f->attachments[0]->node, r->nodes[EAST].id));
    assert_memory_equal(qp_attached_at(f, f->attachments[0]), r->nodes[EAST].id, QP_ID_LEN);
    rig_assert_same(r, m);
    rig_assert_tables(r, CITY);
}

static void a_newcomer_knows_the_files_of_before(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "hole");
    rig_hear(r, CITY, 0);
    rig_hear(r, CITY, note(r, EAST, m, B(PROGRESSED), 1, 2));
    int offer = rig_offer(r, EAST, m, QP_KIND_DISPATCH, MILL);
    rig_hear(r, MILL, offer);
    assert_int_equal(rig_face_at(r, MILL, m)->n_attachments, 2);
    rig_hear(r, CITY, offer);
    assert_true(rig_same_face(r, CITY, MILL, m));
}

static void while_an_offer_is_out_and_beyond_the_bound_none_is_taken(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "hole");
    assert_true(note(r, EAST, m, B(PROGRESSED), 0, QP_ATTACHMENTS - 1) >= 0);
    assert_int_equal(-note(r, EAST, m, B(PROGRESSED), 100, 2), QP_EPOLICY);
    assert_non_null(strstr(r->e.text, "at most 16"));
    assert_true(note(r, EAST, m, B(PROGRESSED), 0, 3) >= 0); /* they are there already */
    rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY);
    assert_int_equal(-note(r, EAST, m, B(PROGRESSED), 200, 1), QP_ESTEP);
    assert_non_null(strstr(r->e.text, "when it was answered"));
    assert_true(note(r, EAST, m, B(PROGRESSED), 0, 0) >= 0); /* words alone go on */
}

/* Whoever says more than may be is heard as far as there is room: the rest stands in the history alone. */
static void a_liar_fills_no_face(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "hole");
    rig_hear(r, CITY, 0);
    rig_hear(r, CITY, note(r, EAST, m, B(PROGRESSED), 0, 10));
    int said = note(r, EAST, m, B(PROGRESSED), 50, 1);
    Qp__Event *ev = rig_event(r, said);
    attach(r, ev, 100, QP_ATTACHMENTS);
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_APPLIED);
    assert_int_equal(rig_face_at(r, CITY, m)->n_attachments, QP_ATTACHMENTS);
    rig_assert_tables(r, CITY);
}

static bool count(void *arg, const Qp__Row *row, const Qp__Attachment *x)
{
    (void)row;
    assert_int_equal(x->bytes, 1000);
    ++*(size_t *)arg;
    return true;
}

static void who_names_a_file_is_found_by_its_hash(void **state)
{
    struct rig *r = *state;
    struct qp_read read;
    struct qp_hash h, other;
    int one = 1, none = 99;
    size_t n = 0;
    for (int i = 0; i < 3; i++) {
        matter m = rig_open(r, EAST, "hole");
        assert_true(note(r, EAST, m, B(PROGRESSED), i == 2 ? 7 : 1, 2) >= 0);
    }
    qp_hash(&h, &one, sizeof one);
    qp_hash(&other, &none, sizeof none);
    rig_read(r, EAST, &read);
    assert_int_equal(qp_matters_naming(&read, h.b, count, &n, NULL), 0);
    assert_int_equal(n, 2);
    memcpy(other.b, h.b, 8); /* the same head, another file */
    assert_int_equal(qp_matters_naming(&read, other.b, count, &n, NULL), 0);
    assert_int_equal(n, 2);
    qp_read_end(&read);
}

static void files_go_with_words_of_the_holder_and_with_nothing_else(void **state)
{
    static const char *const WITH[] = {"progress", "handle", "visit", "close", "hang", "escalate"},
                             *const WITHOUT[] = {"comment", "urge",  "accept", "part",
                                                 "approve", "erase", "assign"};
    (void)state;
    for (size_t i = 0; i < sizeof WITH / sizeof *WITH; i++)
        assert_true(qp_attached_with(qp_step_find(WITH[i])));
    for (size_t i = 0; i < sizeof WITHOUT / sizeof *WITHOUT; i++)
        assert_false(qp_attached_with(qp_step_find(WITHOUT[i])));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        T(files_come_with_the_holders_words_and_are_the_same_everywhere),
        T(a_newcomer_knows_the_files_of_before),
        T(while_an_offer_is_out_and_beyond_the_bound_none_is_taken),
        T(a_liar_fills_no_face),
        T(who_names_a_file_is_found_by_its_hash),
        T(files_go_with_words_of_the_holder_and_with_nothing_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
