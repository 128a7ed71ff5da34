/* order_test.c: index entries come out in the order of their keys, whatever order they went in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "node/matter/order.h"

enum { MOST = 20000 };

static uint64_t step(uint64_t *s)
{
    *s ^= *s << 13;
    *s ^= *s >> 7;
    *s ^= *s << 17;
    return *s;
}

static struct qp_index_change made(uint8_t kind, uint64_t code, uint64_t id)
{
    struct qp_index_change c = {.table = QP_T_INDEX, .len = QP_INDEX_KEY};
    c.key[0] = kind;
    qp_be64(c.key + 1, code);
    qp_be64(c.key + 9, id);
    return c;
}

/* Orders a copy both ways and compares. */
static void check(const struct qp_index_change *v, size_t n)
{
    struct qp_arena *a = qp_arena_new((size_t)64 << 20);
    struct qp_index_change *x = malloc((n + 1) * sizeof *x), *y = malloc((n + 1) * sizeof *y);
    assert_true(a && x && y);
    memcpy(x, v, n * sizeof *v);
    memcpy(y, v, n * sizeof *v);
    qsort(y, n, sizeof *y, qp_index_change_compare);
    const struct qp_index_change *out = qp_changes_order(x, n, a);
    for (size_t i = 0; i < n; i++) {
        assert_memory_equal(&out[i], &y[i], QP_INDEX_CHANGE_COMPARED);
        assert_int_equal(out[i].len, y[i].len);
        assert_true(i == 0 || memcmp(&out[i - 1], &out[i], QP_INDEX_CHANGE_COMPARED) < 0);
    }
    free(x);
    free(y);
    qp_arena_free(a);
}

static size_t as_a_turn_makes_them(struct qp_index_change *v, size_t rows, uint64_t seed)
{
    size_t n = 0;
    for (size_t i = 0; i < rows; i++) {
        for (uint8_t kind = 1; kind <= 6; kind++)
            v[n++] = made(kind, step(&seed) % (kind * 7), i);
        v[n] = (struct qp_index_change){.table = QP_T_UPDATED, .len = 8 + QP_ID_LEN};
        qp_be64(v[n].key, step(&seed) % 50 << 40);
        qp_be64(v[n++].key + 8, i);
    }
    return n;
}

static void the_entries_of_a_turn_come_out_in_order(void **state)
{
    struct qp_index_change *v = malloc(MOST * sizeof *v);
    (void)state;
    assert_non_null(v);
    for (size_t rows = 0; rows <= 2000; rows = rows * 2 + 1)
        check(v, as_a_turn_makes_them(v, rows, 88172645463325252u + rows));
    free(v);
}

static void entries_of_one_prefix_that_are_not_in_order_are_put_in_order_too(void **state)
{
    struct qp_index_change *v = malloc(MOST * sizeof *v);
    (void)state;
    assert_non_null(v);
    size_t n = as_a_turn_makes_them(v, 500, 7);
    struct qp_index_change first = v[0];
    v[0] = v[n - 7];
    v[n - 7] = first;
    check(v, n);
    for (size_t i = 0; i < n; i++) /* falling */
        v[i] = made(1, 1, MOST - i);
    check(v, n);
    free(v);
}

static void every_prefix_may_be_another(void **state)
{
    struct qp_index_change *v = malloc(MOST * sizeof *v);
    uint64_t seed = 5;
    (void)state;
    assert_non_null(v);
    for (size_t i = 0; i < 5000; i++)
        v[i] = made((uint8_t)(1 + i % 8), step(&seed), step(&seed));
    check(v, 5000);
    free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_entries_of_a_turn_come_out_in_order),
        cmocka_unit_test(entries_of_one_prefix_that_are_not_in_order_are_put_in_order_too),
        cmocka_unit_test(every_prefix_may_be_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
