/* pack_test.c: boundaries as bytes: what comes out is what went in; nobody's bytes make a shape that is none. */
#include <string.h>

#include "proto/limits.h"
#include "tests/unit/geo/rig.h"
#include "topology/geo/pack.h"

static uint64_t random_of(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15; /* SplitMix64 */
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

static struct qp_geo_shape square(struct qp_geo_point *v, struct qp_geo_ring *g, int32_t lat, int32_t lon,
                                  int32_t side)
{
    struct qp_geo_point p[5] = {
        {lat, lon}, {lat, lon + side}, {lat + side, lon + side}, {lat + side, lon}, {lat, lon}};
    memcpy(v, p, sizeof p);
    *g = (struct qp_geo_ring){0, 5, false};
    return (struct qp_geo_shape){v, 5, g, 1, qp_geo_box_of(v, 5)};
}

static void same(const struct qp_geo_shape *a, const struct qp_geo_shape *b)
{
    assert_int_equal(a->n_points, b->n_points);
    assert_int_equal(a->n_rings, b->n_rings);
    assert_memory_equal(a->points, b->points, a->n_points * sizeof *a->points);
    for (size_t i = 0; i < a->n_rings; i++) {
        assert_int_equal(a->rings[i].first, b->rings[i].first);
        assert_int_equal(a->rings[i].n, b->rings[i].n);
        assert_int_equal(a->rings[i].hole, b->rings[i].hole);
    }
    assert_memory_equal(&a->box, &b->box, sizeof a->box);
}

static void what_comes_out_is_what_went_in(void **state)
{
    (void)state;
    static const int32_t corner[] = {336461000, -900000000, 899990000, 0};
    struct qp_arena *a = qp_arena_new(1024 * 1024);
    for (size_t i = 0; i < 4; i++) {
        struct qp_geo_point v[10];
        struct qp_geo_ring g[2];
        struct qp_geo_shape s = square(v, g, corner[i], 1169641000 - (int32_t)i, 10000), back;
        struct qp_geo_point hole[5] = {{corner[i] + 2, 1169641100},
                                       {corner[i] + 2, 1169641200},
                                       {corner[i] + 9, 1169641200},
                                       {corner[i] + 9, 1169641100},
                                       {corner[i] + 2, 1169641100}};
        ProtobufCBinaryData bytes;
        memcpy(v + 5, hole, sizeof hole);
        g[1] = (struct qp_geo_ring){5, 5, true};
        s.n_points = 10;
        s.n_rings = 2;
        assert_int_equal(qp_geo_pack(&bytes, &s, a, NULL), 0);
        assert_true(bytes.len < 60);
        assert_int_equal(qp_geo_unpack(&back, &bytes, a, NULL), 0);
        same(&s, &back);
    }
    qp_arena_free(a);
}

static void a_ring_across_the_whole_globe_is_none(void **state)
{
    (void)state;
    struct qp_geo_point v[5] = {
        {0, -1800000000}, {0, 1800000000}, {10, 1800000000}, {10, -1800000000}, {0, -1800000000}};
    struct qp_geo_ring g = {0, 5, false};
    struct qp_geo_shape s = {v, 5, &g, 1, qp_geo_box_of(v, 5)}, back;
    struct qp_arena *a = qp_arena_new(1024 * 1024);
    ProtobufCBinaryData bytes;
    assert_int_equal(qp_geo_pack(&bytes, &s, a, NULL), 0);
    assert_int_equal(qp_geo_unpack(&back, &bytes, a, NULL), QP_EINVAL);
    qp_arena_free(a);
}

/* Cut, longer, and with every byte changed: a shape that is whole, or QP_EINVAL. */
static void anybodys_bytes_make_a_whole_shape_or_none(void **state)
{
    (void)state;
    struct qp_geo_point v[5];
    struct qp_geo_ring g;
    struct qp_geo_shape s = square(v, &g, 336461000, 1169641000, 12345), back;
    struct qp_arena *a = qp_arena_new(64 * 1024 * 1024);
    ProtobufCBinaryData bytes, cut;
    uint64_t seed = 7;
    uint8_t kept[256];
    assert_int_equal(qp_geo_pack(&bytes, &s, a, NULL), 0);
    assert_true(bytes.len <= sizeof kept);
    memcpy(kept, bytes.data, bytes.len);
    bytes.data = kept;
    for (size_t n = 0; n < bytes.len; n++) {
        cut = (ProtobufCBinaryData){n, bytes.data};
        assert_int_equal(qp_geo_unpack(&back, &cut, a, NULL), QP_EINVAL);
    }
    for (int i = 0; i < 200000; i++) {
        uint8_t bad[64];
        size_t n = 1 + random_of(&seed) % sizeof bad;
        for (size_t k = 0; k < n; k++)
            bad[k] = (uint8_t)(i % 2 ? random_of(&seed) : k < bytes.len ? bytes.data[k] : 0);
        bad[random_of(&seed) % n] = (uint8_t)random_of(&seed);
        qp_arena_reset(a);
        cut = (ProtobufCBinaryData){n, bad};
        if (qp_geo_unpack(&back, &cut, a, NULL))
            continue;
        assert_false(back.rings[0].hole);
        for (size_t r = 0; r < back.n_rings; r++) {
            const struct qp_geo_point *p = back.points + back.rings[r].first;
            assert_true(back.rings[r].n >= 4 && back.rings[r].first + back.rings[r].n <= back.n_points);
            assert_memory_equal(&p[0], &p[back.rings[r].n - 1], sizeof *p);
        }
        for (size_t k = 0; k < back.n_points; k++)
            assert_true(back.points[k].lat7 <= 900000000 && back.points[k].lat7 >= -900000000 &&
                        back.points[k].lon7 <= 1800000000 && back.points[k].lon7 >= -1800000000);
    }
    qp_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_out_is_what_went_in),
        cmocka_unit_test(a_ring_across_the_whole_globe_is_none),
        cmocka_unit_test(anybodys_bytes_make_a_whole_shape_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
