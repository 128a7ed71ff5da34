/* line_again_test.c: lines after something was lost: a disk, the keys, a turn; and what a replay makes of them. */
#include "tests/unit/core/lines.h"

/* ---- the speaker's disk ---- */

static void what_a_speaker_says_after_his_disk_burned_is_heard(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter line = lines_open(r, B, CITY, "");
    rig_ok(lines_tell(r, B, line, "one", NULL)); /* before the other's key is known: it goes sealed for the city alone */
    rig_ok(lines_tell(r, B, line, "two", NULL));
    lines_settle(r);
    assert_int_equal(lines_seqs(r, CITY, line), 2);
    rig_burn(r, B);
    rig_rejoin(r, B);
    lines_settle(r);
    rig_ok(lines_tell(r, B, line, "after the fire", NULL));
    lines_settle(r);
    assert_int_equal(lines_seqs(r, CITY, line), 3);
    lines_hears(r, CITY, line, 3, "after the fire");
    assert_int_equal(lines_with(r, B, line, CITY).delivered, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lines_up, rig_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_speaker_says_after_his_disk_burned_is_heard),
    };
    return cmocka_run_group_tests_name("line again", tests, NULL, NULL);
}
