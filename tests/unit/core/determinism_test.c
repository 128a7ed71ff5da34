/* determinism_test.c: the same inputs, time and seeds give the same bytes (D1). */
#include "tests/unit/core/rig.h"

static void play(struct rig *r)
{
    rig_tree(r, 4);
    int z = rig_join(r, 0, "z");
    rig_settle(r);
    rig_policy(r, 0, true, true, true, true);
    for (int i = 0; i < 20; i++) {
        matter m = i % 3 == 0 ? rig_emergency(r, 3, "up") : rig_open(r, 3, "up");
        rig_ok(rig_offer(r, 3, m, QP_KIND_ESCALATE, NULL));
        if (i % 4 == 0)
            rig_ok(rig_step(r, 3, m, QP__EVENT__BODY_WITHDRAWN));
        r->now_us += 123456;
        if (i % 5 == 0)
            rig_settle(r);
    }
    matter t = rig_open(r, z, "sideways");
    rig_give_chain(r, 0, z, qp_core_self(r->nodes[2].core)->id.b);
    rig_ok(rig_offer(r, z, t, QP_KIND_TRANSFER, "city/a/b"));
    rig_settle(r);
    rig_ok(rig_step(r, 2, t, QP__EVENT__BODY_ACCEPTED));
    rig_burn(r, 1);
    rig_rejoin(r, 1);
    rig_settle(r);
    rig_ok(rig_revoke(r, 0, "city/z"));
    rig_settle(r);
}

static void the_same_inputs_time_and_seeds_give_the_same_journals_and_outputs(void **state)
{
    struct rig *r = *state, *twin = rig_new();
    play(r);
    play(twin);
    for (int i = 0; i < r->n; i++) {
        assert_int_equal(rig_head(r, i), rig_head(twin, i));
        for (uint64_t at = 1; at <= rig_head(r, i); at++) {
            struct qp_slice a = rig_record(r, i, at), b = rig_record(twin, i, at);
            assert_int_equal(a.len, b.len);
            assert_memory_equal(a.p, b.p, a.len);
        }
        struct tables x = rig_tables(r, i), y = rig_tables(twin, i);
        rig_same_tables(&x, &y, 0);
        assert_memory_equal(r->nodes[i].said.b, twin->nodes[i].said.b, 32);
    }
    rig_free(twin);
}

static void another_seed_gives_other_ids(void **state)
{
    struct rig *r = *state, *twin = rig_new();
    twin->seeds = 1000;
    rig_tree(r, 1);
    rig_tree(twin, 1);
    matter a = rig_open(r, 0, "one"), b = rig_open(twin, 0, "one");
    assert_memory_equal(a.b, b.b, 6); /* its time */
    assert_memory_not_equal(a.b + 6, b.b + 6, 10);
    rig_free(twin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(the_same_inputs_time_and_seeds_give_the_same_journals_and_outputs),
        TEST(another_seed_gives_other_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
