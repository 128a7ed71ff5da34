/* leads_test.c: what `qipan leads` says to what is no file of matters. Files with bad lines, and what is brought together:
 * tests/insight/leads.py. */
#include "node/cli/cli.h"
#include "tests/unit/cli/rig.h"

static struct rig_said s;

static void a_folder_is_not_called_an_empty_file(void **state)
{
    (void)state;
    rig_run(&s, "C.UTF-8", "leads", "/tmp", NULL);
    assert_int_equal(s.rc, QP_EXIT_FAILED);
    rig_says(s.err, "/tmp could not be read: Is a directory");
    rig_run(&s, "zh_CN.UTF-8", "leads", "/tmp", NULL);
    assert_int_equal(s.rc, QP_EXIT_FAILED);
    rig_says(s.err, "/tmp 读取失败");
    rig_run(&s, "C.UTF-8", "leads", "/dev/null", NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_says(s.err, "/dev/null is empty: its first line must name");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_is_not_called_an_empty_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
