/* map_file_test.c: what is wrong with a map file is told, one sentence each, in both languages; one that is fine is open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/http/shape/map_file.h"

enum { HEADER = 127, SIZE = 200 };
static char path[] = "/tmp/qp-map-XXXXXX";

static int up(void **state)
{
    (void)state;
    strcpy(path, "/tmp/qp-map-XXXXXX");
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int down(void **state)
{
    (void)state;
    unlink(path);
    return 0;
}

/* The head of a map of vector tiles: its root directory of 73 bytes is all that it has. */
static void head(uint8_t h[SIZE])
{
    memset(h, 0, SIZE);
    memcpy(h, "PMTiles\3", 8);
    h[8] = HEADER;
    h[16] = SIZE - HEADER;
    h[99] = 1;
}

static enum qp_map_state state_of(const uint8_t *bytes, size_t len)
{
    struct qp_map_file m;
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
    qp_map_file_open(path, &m);
    assert_int_equal(m.fd >= 0, m.state == QP_MAP_FINE);
    qp_map_file_close(&m);
    return m.state;
}

static void a_map_of_vector_tiles_is_open(void **state)
{
    (void)state;
    uint8_t h[SIZE];
    head(h);
    assert_int_equal(state_of(h, SIZE), QP_MAP_FINE);
}

static void what_is_wrong_has_its_own_state(void **state)
{
    (void)state;
    uint8_t h[SIZE];
    struct qp_map_file m;
    head(h);
    assert_int_equal(state_of(h, SIZE - 1), QP_MAP_CUT);
    assert_int_equal(state_of(h, HEADER - 1), QP_MAP_FOREIGN);
    assert_int_equal(state_of(h, 0), QP_MAP_FOREIGN);
    memset(h + 40, 0xff, 8); /* a part that begins beyond everything */
    assert_int_equal(state_of(h, SIZE), QP_MAP_CUT);
    head(h);
    h[99] = 2;
    assert_int_equal(state_of(h, SIZE), QP_MAP_KIND);
    h[7] = 2;
    assert_int_equal(state_of(h, SIZE), QP_MAP_VERSION);
    h[0] = 'p';
    assert_int_equal(state_of(h, SIZE), QP_MAP_FOREIGN);
    qp_map_file_open("", &m);
    assert_int_equal(m.state, QP_MAP_NONE);
    qp_map_file_open("/nowhere/at/all", &m);
    assert_int_equal(m.state, QP_MAP_MISSING);
    qp_map_file_open("/tmp", &m);
    assert_int_equal(m.state, QP_MAP_MISSING);
}

static void each_state_has_words_in_both_languages(void **state)
{
    (void)state;
    for (enum qp_map_state s = 0; s < QP_MAP_STATE_COUNT; s++) {
        assert_true(*qp_map_state_word(s) != 0);
        assert_true(strlen(qp_map_state_text(s, false)) > 10);
        assert_true(strlen(qp_map_state_text(s, true)) > 10);
        assert_string_not_equal(qp_map_state_text(s, false), qp_map_state_text(s, true));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_map_of_vector_tiles_is_open, up, down),
        cmocka_unit_test_setup_teardown(what_is_wrong_has_its_own_state, up, down),
        cmocka_unit_test(each_state_has_words_in_both_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
