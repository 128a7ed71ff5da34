/* tree_test.c: the tree is told whole once, and then what has changed; what is not remembered is told whole. */
#include "tests/unit/http/matter.h"

#include "node/http/wire/tree_memory.h"

static void what_changed_since_an_answer_is_told(void **state)
{
    (void)state;
    struct qp_tree_memory m = {.next = 0};
    static const uint64_t FIRST[] = {1, 2, 3}, THEN[] = {1, 9, 3}, OTHER[] = {1, 9, 4};
    bool changed[3] = {true, true, true};
    assert_false(qp_tree_changed(&m, 5, 7, THEN, 3, changed)); /* nothing is remembered */
    qp_tree_keep(&m, 5, 7, FIRST, 3);
    assert_true(qp_tree_changed(&m, 5, 7, THEN, 3, changed));
    assert_true(!changed[0] && changed[1] && !changed[2]);
    qp_tree_keep(&m, 5, 7, THEN,
                 3); /* a link changed, and no record: whoever saw the first is not told less */
    assert_true(qp_tree_changed(&m, 5, 7, OTHER, 3, changed));
    assert_true(!changed[0] && changed[1] && changed[2]);
    assert_false(qp_tree_changed(&m, 5, 8, THEN, 3, changed)); /* other places, or another's span */
    assert_false(qp_tree_changed(&m, 5, 7, THEN, 2, changed));
    assert_false(qp_tree_changed(&m, 6, 7, THEN, 3, changed));
    qp_tree_memory_end(&m);
    assert_false(qp_tree_changed(&m, 5, 7, THEN, 3, changed));
}

static void what_is_long_ago_is_forgotten(void **state)
{
    (void)state;
    struct qp_tree_memory m = {.next = 0};
    static const uint64_t ONE[] = {1};
    bool changed[1];
    for (uint64_t at = 1; at <= QP_TREES_KEPT + 1; at++)
        qp_tree_keep(&m, at, 7, ONE, 1);
    assert_false(qp_tree_changed(&m, 1, 7, ONE, 1, changed));
    for (uint64_t at = 2; at <= QP_TREES_KEPT + 1; at++)
        assert_true(qp_tree_changed(&m, at, 7, ONE, 1, changed) && !changed[0]);
    qp_tree_memory_end(&m);
}

static void a_poller_asks_by_the_position_that_it_was_given(void **state)
{
    struct rig *r = *state;
    char path[80], id[27];
    struct answer *a = ask(r, "GET", "/api/v1/tree?since=0", NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    assert_true(json_is_true(at(a, "whole")));
    snprintf(path, sizeof path, "/api/v1/tree?since=%lld", (long long)int_at(a, "position"));
    answer_free(a);
    report_id(r, id);
    a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_true(json_is_false(at(a, "whole")));
    assert_int_equal(int_at(a, "open"), 1); /* the node itself is always told */
    answer_free(a);
    a = ask(r, "GET", "/api/v1/tree", NULL, r->token, NULL); /* who does not ask is told all */
    assert_true(json_is_true(at(a, "whole")));
    answer_free(a);
    refused(ask(r, "GET", "/api/v1/tree?since=yesterday", NULL, r->token, NULL), 400, "malformed", "since");
    refused(ask(r, "GET", "/api/v1/tree?sinc=1", NULL, r->token, NULL), 400, "malformed", "sinc");
}

static void a_place_has_its_division_code(void **state)
{
    struct rig *r = *state;
    struct answer *a = ask(r, "GET", "/api/v1/tree", NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    assert_string_equal(text_at(a, "path"), "suzhou");
    assert_string_equal(text_at(a, "code"), "341300");
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changed_since_an_answer_is_told),
        cmocka_unit_test(what_is_long_ago_is_forgotten),
        cmocka_unit_test_setup_teardown(a_poller_asks_by_the_position_that_it_was_given, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_place_has_its_division_code, rig_up, rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
