/* projector_test.c: what is kept beside the journal is one list (node/core/projector.h), and it is whole. */
#include "node/core/projector.h"
#include "tests/unit/core/rig.h"

static void each_table_is_written_by_the_core_or_by_one_projector(void **state)
{
    (void)state;
    qp_projectors_complete();
    assert_string_equal(qp_projector_of(QP_T_MATTER)->name, "matter");
    assert_string_equal(qp_projector_of(QP_T_CELL)->name, "board");
    assert_null(qp_projector_of(QP_T_META));
    assert_null(qp_projector_of(QP_T_CHAIN));
}

static void the_next_deadline_is_when_the_core_wants_to_be_woken(void **state)
{
    (void)state;
    struct rig *r = rig_new();
    rig_tree(r, 1);
    Qp__Event *ev = rig_opened(r, "due", QP_ROUTINE);
    int64_t due = r->now_us + 3600000000;
    ev->opened->face->deadline_us = due;
    rig_ok(rig_try(r, 0, ev));
    rig_ok(rig_try(r, 0, rig_opened(r, "another", QP_ROUTINE)));
    int64_t wakes = qp_core_next_tick(r->nodes[0].core); /* first to compare the two with others, for leads */
    assert_true(wakes > r->now_us && wakes <= r->now_us + 2 * SECOND);
    for (int i = 0; i < 8 && wakes < due; i++) {
        r->now_us = wakes;
        rig_tick(r, 0);
        wakes = qp_core_next_tick(r->nodes[0].core);
    }
    assert_int_equal(wakes, due + 1000);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_table_is_written_by_the_core_or_by_one_projector),
        cmocka_unit_test(the_next_deadline_is_when_the_core_wants_to_be_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
