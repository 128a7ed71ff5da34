/* sketch_test.c: handling times in buckets: the error's bound, quantiles, and that adding and removing
 * commute. */
#include <math.h>

#include "node/insight/sketch.h"
#include "tests/unit/insight/town.h"

static bool within_one_percent(int64_t got, int64_t exact)
{
    int64_t off = got > exact ? got - exact : exact - got;
    return exact <= 0 ? got == 0 : off * 100 <= exact;
}

static void every_second_has_a_value_within_one_percent(void **state)
{
    (void)state;
    for (int64_t s = -3; s < 2000000; s++) {
        int32_t bucket = qp_sketch_bucket(s);
        if (!within_one_percent(qp_sketch_value(bucket), s))
            fail_msg("%lld seconds, bucket %d, value %lld", (long long)s, (int)bucket,
                     (long long)qp_sketch_value(bucket));
        assert_true(bucket == 0 || bucket - qp_sketch_bucket(s - 1) <= 1);
    }
    for (int64_t s = 2000000; s < INT64_C(100) * 366 * 86400; s += s / 5000)
        assert_true(within_one_percent(qp_sketch_value(qp_sketch_bucket(s)), s));
}

static void short_times_are_exact(void **state)
{
    (void)state;
    for (int64_t s = 1; s < 500; s++)
        assert_int_equal(qp_sketch_value(qp_sketch_bucket(s)), s);
    assert_int_equal(qp_sketch_bucket(0), qp_sketch_bucket(INT64_MIN));
    assert_int_equal(qp_sketch_value(qp_sketch_bucket(-7)), 0);
    assert_true(qp_sketch_value(qp_sketch_bucket(INT64_MAX)) > INT64_MAX / 10 * 9);
}

/* Two machines whose logarithms differ in the last bit must agree on a bucket. The index of seconds s is
 * log(s/500)/log(1.018); it is off by less than 1e-12. But for the two borders that are whole, no whole
 * number of seconds up to 2^31 comes that near to one. */
static void no_whole_second_lies_on_a_border_of_buckets(void **state)
{
    (void)state;
    long double border = 500;
    assert_int_equal(qp_sketch_bucket(499), 499);
    assert_int_equal(qp_sketch_bucket(500), 500);
    assert_int_equal(qp_sketch_bucket(508), 500);
    assert_int_equal(qp_sketch_bucket(509), 501);
    for (int32_t j = 1; border < 2147483648.0L; j++) {
        border *= 1.018L;
        int64_t above = (int64_t)ceill(border - 1e-6L);
        assert_int_equal(qp_sketch_bucket(above), 500 + j);
        assert_int_equal(qp_sketch_bucket(above - 1), 499 + j);
        if (j > 1)
            assert_true(fabsl(logl(roundl(border) / border) / logl(1.018L)) > 2e-12L);
    }
}

static int number_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void quantiles_are_the_lower_nearest_rank_within_one_percent(void **state)
{
    (void)state;
    struct town t = {.random = seed_of_run()};
    enum { MOST = 3000 };
    static int64_t value[MOST];
    for (size_t n = 1; n <= MOST; n += 1 + n / 3) {
        struct qp_sketch *s = qp_sketch_new();
        for (size_t i = 0; i < n; i++) {
            value[i] = (int64_t)exp((double)town_random(&t, 200000) / 10000) - 20; /* up to fifteen years */
            qp_sketch_add(s, qp_sketch_bucket(value[i]), 1);
        }
        qsort(value, n, sizeof *value, number_order);
        for (size_t tenths = 0; tenths <= 10; tenths++) {
            int64_t exact = value[(n - 1) * tenths / 10];
            assert_true(within_one_percent(qp_sketch_quantile(s, (double)tenths / 10), exact));
        }
        uint8_t packed[MOST * 3];
        size_t len = qp_sketch_pack(s, packed, sizeof packed);
        int64_t p50, p90;
        assert_true(len <= sizeof packed);
        assert_int_equal(qp_sketch_packed_quantiles(&p50, &p90, (int64_t)n, packed, len), 0);
        assert_int_equal(p50, qp_sketch_quantile(s, 0.5));
        assert_int_equal(p90, qp_sketch_quantile(s, 0.9));
        assert_int_equal(qp_sketch_packed_quantiles(&p50, &p90, 2 * (int64_t)n + 2, packed, len),
                         QP_ECORRUPT);
        qp_sketch_free(s);
    }
}

static void the_ninetieth_percentile_of_eleven_is_the_tenth(void **state)
{
    (void)state;
    struct qp_sketch *s = qp_sketch_new();
    assert_int_equal(qp_sketch_quantile(s, 0.5), -1);
    for (int i = 1; i <= 11; i++)
        qp_sketch_add(s, qp_sketch_bucket(i), 1);
    assert_int_equal(qp_sketch_quantile(s, 0.9), 10);
    assert_int_equal(qp_sketch_quantile(s, 0.5), 6);
    qp_sketch_add(s, qp_sketch_bucket(6), -1);
    assert_int_equal(qp_sketch_quantile(s, 0.5), 5); /* of ten: rank 4 */
    qp_sketch_free(s);
}

/* In whatever order values come and go, what is left is packed the same; and changing the packed form does
 * what changing the other does. */
static void adding_and_removing_commute(void **state)
{
    (void)state;
    struct town t = {.random = seed_of_run()};
    enum { VALUES = 400, ROOM = 8192 };
    static uint8_t straight[ROOM], back[ROOM], next[ROOM];
    for (int round = 0; round < 50; round++) {
        int32_t bucket[VALUES];
        struct qp_sketch *s = qp_sketch_new(), *kept = qp_sketch_new();
        size_t len = 0;
        for (size_t i = 0; i < VALUES; i++) {
            bucket[i] = qp_sketch_bucket((int64_t)exp((double)town_random(&t, 1800) / 100));
            qp_sketch_add(s, bucket[i], 1);
            if (i % 3 == 0)
                qp_sketch_add(kept, bucket[i], 1);
        }
        for (size_t turn = 0; turn < 2; turn++) { /* all in, then two of three out, one by one */
            for (size_t i = 0; i < VALUES; i++) {
                if (turn == 1 && i % 3 == 0)
                    continue;
                if (turn == 1)
                    qp_sketch_add(s, bucket[i], -1);
                const struct qp_sketch_change c = {bucket[i], turn == 0 ? 1 : -1};
                assert_int_equal(qp_sketch_patch(next, &len, back, len, &c, 1), 0);
                memcpy(back, next, len);
            }
        }
        size_t want = qp_sketch_pack(kept, straight, sizeof straight);
        assert_int_equal(len, want);
        assert_memory_equal(back, straight, want);
        assert_int_equal(qp_sketch_pack(s, next, sizeof next), want);
        assert_memory_equal(next, straight, want);
        assert_int_equal(qp_sketch_merge_signed(s, straight, want, -1), 0);
        assert_int_equal(qp_sketch_pack(s, next, sizeof next), 0);
        qp_sketch_free(s);
        qp_sketch_free(kept);
    }
}

static void merging_sketches_is_counting_together(void **state)
{
    (void)state;
    struct town t = {.random = seed_of_run()};
    struct qp_sketch *both = qp_sketch_new(), *half[2] = {qp_sketch_new(), qp_sketch_new()},
                     *merged = qp_sketch_new();
    uint8_t a[8192], b[8192];
    for (int i = 0; i < 2000; i++) {
        int32_t bucket = qp_sketch_bucket((int64_t)exp((double)town_random(&t, 2000) / 100) - 2);
        qp_sketch_add(both, bucket, 1);
        qp_sketch_add(half[town_random(&t, 2)], bucket, 1);
    }
    for (int i = 1; i >= 0; i--)
        assert_int_equal(qp_sketch_merge(merged, a, qp_sketch_pack(half[i], a, sizeof a)), 0);
    size_t len = qp_sketch_pack(both, a, sizeof a);
    assert_int_equal(qp_sketch_pack(merged, b, sizeof b), len);
    assert_memory_equal(a, b, len);
    qp_sketch_free(both);
    qp_sketch_free(half[0]);
    qp_sketch_free(half[1]);
    qp_sketch_free(merged);
}

static void what_is_damaged_or_goes_below_zero_is_refused(void **state)
{
    (void)state;
    static const struct {
        uint8_t b[12];
        size_t len;
    } bad[] = {
        {{0x01}, 1},                   /* no count */
        {{0x00, 0x01}, 2},             /* the same bucket again */
        {{0x01, 0x00}, 2},             /* a count of nothing */
        {{0xff, 0xff, 0x7f, 0x01}, 4}, /* beyond all buckets */
        {{0x81}, 1},                   /* cut off in a number */
        {{0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, 11},
    };
    uint8_t out[64];
    size_t len;
    int64_t p50, p90;
    const struct qp_sketch_change more = {700, 1}, less = {5, -3};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct qp_sketch *s = qp_sketch_new();
        assert_int_equal(qp_sketch_merge(s, bad[i].b, bad[i].len), QP_ECORRUPT);
        assert_int_equal(qp_sketch_patch(out, &len, bad[i].b, bad[i].len, &more, 1), QP_ECORRUPT);
        assert_int_equal(qp_sketch_packed_quantiles(&p50, &p90, 100, bad[i].b, bad[i].len), QP_ECORRUPT);
        qp_sketch_free(s);
    }
    const uint8_t two_of_five[] = {0x06, 0x02};
    assert_int_equal(qp_sketch_patch(out, &len, two_of_five, 2, &less, 1), QP_ECORRUPT);
    assert_int_equal(qp_sketch_patch(out, &len, NULL, 0, &less, 1), QP_ECORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_second_has_a_value_within_one_percent),
        cmocka_unit_test(short_times_are_exact),
        cmocka_unit_test(no_whole_second_lies_on_a_border_of_buckets),
        cmocka_unit_test(quantiles_are_the_lower_nearest_rank_within_one_percent),
        cmocka_unit_test(the_ninetieth_percentile_of_eleven_is_the_tenth),
        cmocka_unit_test(adding_and_removing_commute),
        cmocka_unit_test(merging_sketches_is_counting_together),
        cmocka_unit_test(what_is_damaged_or_goes_below_zero_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
