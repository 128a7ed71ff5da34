/* similar_test.c: what is offered as perhaps the same matter while it is typed (ST5): of the category, near or alike, open,
 * the newest first, a few. */
#include "tests/unit/matter/rig.h"

#include "node/matter/similar.h"

#define B(name) QP__EVENT__BODY_##name

static matter report(struct rig *r, const char *category, const char *title, double lat, double lon)
{
    Qp__Face *f = rig_face(r, category);
    f->title = qp_arena_text(r->arena, title);
    if (lat != 0) {
        f->location = qp_arena_take(r->arena, sizeof *f->location);
        qp__location__init(f->location);
        f->location->lat = lat;
        f->location->lon = lon;
    }
    return rig_open_face(r, EAST, f);
}

static long found(struct rig *r, const struct qp_similar_query *q, struct qp_similar out[QP_SIMILAR_MOST])
{
    struct qp_read read;
    rig_read(r, EAST, &read);
    long n = qp_matter_similar(&read, q, out, &r->e);
    qp_read_end(&read);
    return n;
}

static void texts_are_alike_by_the_pairs_of_their_letters(void **state)
{
    (void)state;
    assert_true(qp_text_likeness("井盖破损", "井盖破损") == 1);
    assert_true(qp_text_likeness("a lamp is out", "a lamp, is out!") == 1); /* marks and blanks say nothing */
    assert_true(qp_text_likeness("井盖破损", "噪音扰民") == 0);
    assert_true(qp_text_likeness("", "") == 0);
    double half = qp_text_likeness("沱河路井盖破损", "沱河路路灯不亮");
    assert_true(half > 0.2 && half < 0.5);
}

static void what_is_open_and_near_or_alike_is_offered_and_the_newest_first(void **state)
{
    struct rig *r = *state;
    struct qp_similar out[QP_SIMILAR_MOST];
    matter first = report(r, "cover", "井盖破损", 33.64, 116.97);
    matter near = report(r, "cover", "a hole in the road", 33.641, 116.97);
    report(r, "cover", "a hole in the road", 33.70, 116.97);
    report(r, "lamp", "井盖破损", 33.64, 116.97);
    matter closed = report(r, "cover", "井盖破损", 33.64, 116.97);
    rig_do(r, EAST, closed, B(CLOSED));
    struct qp_similar_query q = {
        .category = "cover", .text = "沱河路井盖破损", .located = true, .lat = 33.64, .lon = 116.97};
    assert_int_equal(found(r, &q, out), 2);
    assert_memory_equal(out[0].id, near.b, QP_ID_LEN);
    assert_memory_equal(out[1].id, first.b, QP_ID_LEN);
    assert_true(out[0].distance_m > 110 && out[0].distance_m < 112); /* a thousandth of a degree */
    assert_true(out[0].likeness == 0 && out[1].likeness > 0.5);
    assert_string_equal(out[1].title, "井盖破损");
    q.located = false;
    assert_int_equal(found(r, &q, out), 1);
    assert_true(out[0].distance_m == -1);
    q.category = NULL; /* of any */
    assert_int_equal(found(r, &q, out), 2);
}

static void however_many_there_are_a_few_are_offered(void **state)
{
    struct rig *r = *state;
    struct qp_similar out[QP_SIMILAR_MOST];
    for (int i = 0; i < 3 * QP_SIMILAR_MOST; i++)
        report(r, "cover", "井盖破损", 0, 0);
    matter sorted = report(r, "cover", "井盖破损", 0, 0);
    rig_do(r, EAST, sorted, B(SORTED));
    const struct qp_similar_query q = {.category = "cover", .text = "井盖破损"};
    assert_int_equal(found(r, &q, out), QP_SIMILAR_MOST);
    for (int i = 1; i < QP_SIMILAR_MOST; i++)
        assert_true(out[i - 1].opened_us > out[i].opened_us);
}

static void a_category_has_more_than_one_name(void **state)
{
    struct rig *r = *state;
    struct qp_similar out[QP_SIMILAR_MOST];
    report(r, "0101", "井盖破损", 0, 0);
    report(r, "井盖缺失破损", "井盖破损", 0, 0);
    report(r, "lamp", "井盖破损", 0, 0);
    struct qp_similar_query q = {.category = "0101", .text = "井盖破损"};
    assert_int_equal(found(r, &q, out), 1);
    q.also[0] = "井盖缺失破损";
    assert_int_equal(found(r, &q, out), 2);
    assert_true(out[0].opened_us > out[1].opened_us); /* the newest first, by whatever name */
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_alike_by_the_pairs_of_their_letters),
        T(what_is_open_and_near_or_alike_is_offered_and_the_newest_first),
        T(however_many_there_are_a_few_are_offered),
        T(a_category_has_more_than_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
