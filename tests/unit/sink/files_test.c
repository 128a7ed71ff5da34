/* files_test.c: the target `files`: what the disk refused is not in the copy (SK1). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <unistd.h>

#include "crypto/error.h"
#include "node/sink/sink.h"

static bool refuses;

int fdatasync(int fd)
{
    (void)fd;
    errno = EIO;
    return refuses ? -1 : 0;
}

static void what_the_disk_refused_is_asked_for_again(void **state)
{
    (void)state;
    char dir[] = "/tmp/qipan-sink-XXXXXX", name[64];
    struct qp_sink *s = NULL;
    struct qp_err e = {0};
    struct qp_sink_mark m = {.county = "a",
                             .path = "city/a",
                             .node = "00000000000000000000000001",
                             .incarnation = 1,
                             .position = 1,
                             .hash = "00"},
                        got;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(qp_sink_files.open(&s, dir, true, &e), 0);
    assert_int_equal(qp_sink_files.begin(s, &e), 0);
    assert_int_equal(qp_sink_files.commit(s, &m, &e), 0);
    refuses = true;
    m.position = 2;
    assert_int_equal(qp_sink_files.begin(s, &e), 0);
    assert_int_equal(qp_sink_files.commit(s, &m, &e), QP_EIO);
    qp_sink_files.close(s);
    refuses = false;
    assert_int_equal(qp_sink_files.open(&s, dir, true, &e), 0);
    assert_int_equal(qp_sink_files.mark(s, "", &got, &e), 0);
    assert_int_equal(got.position, 1); /* 2 today */
    qp_sink_files.close(s);
    snprintf(name, sizeof name, "%s/events.ndjson", dir);
    unlink(name);
    snprintf(name, sizeof name, "%s/lock", dir);
    unlink(name);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_the_disk_refused_is_asked_for_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
