/* shape_test.c: what is inside, areas and distances (topology/geo/shape.c, measure.c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/geo/rig.h"
#include "topology/geo/engine.h"

static void a_point_inside_on_an_edge_on_a_corner_or_in_a_hole_is_told_apart(void **state)
{
    (void)state;
    struct qp_geo_point p[] = {{0, 0}, {0, 10}, {10, 10}, {10, 0}, {0, 0},
                               {4, 4}, {4, 6},  {6, 6},   {6, 4},  {4, 4}};
    struct qp_geo_ring rings[] = {{0, 5, false}, {5, 5, true}};
    struct qp_geo_shape s = {p, 10, rings, 2, qp_geo_box_of(p, 5)};
    static const struct {
        int32_t lat, lon;
        enum qp_geo_side side;
    } v[] = {{1, 1, QP_GEO_INSIDE},   {0, 0, QP_GEO_EDGE},      {10, 10, QP_GEO_EDGE},
             {0, 5, QP_GEO_EDGE},     {5, 10, QP_GEO_EDGE},     {5, 5, QP_GEO_OUTSIDE},
             {4, 4, QP_GEO_EDGE},     {4, 5, QP_GEO_EDGE},      {5, 7, QP_GEO_INSIDE},
             {4, 2, QP_GEO_INSIDE},   {10, 11, QP_GEO_OUTSIDE}, {11, 10, QP_GEO_OUTSIDE},
             {-1, 5, QP_GEO_OUTSIDE}, {6, 1, QP_GEO_INSIDE},    {5, -1, QP_GEO_OUTSIDE}};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        if (qp_geo_side_of(&s, (struct qp_geo_point){v[i].lat, v[i].lon}) != v[i].side)
            fail_msg("%d, %d", v[i].lat, v[i].lon);
}

static int by_angle(const void *a, const void *b)
{
    const struct qp_geo_point *x = a, *y = b;
    double p = atan2(x->lat7, x->lon7), q = atan2(y->lat7, y->lon7);
    return (p > q) - (p < q);
}

/* On a lattice of 17 × 17 nearly every point lies on a corner, an edge, or level with a corner. */
static void every_point_of_a_lattice_is_where_the_oracle_says(void **state)
{
    (void)state;
    uint64_t seed = 7;
    struct qp_geo_engine *g;
    size_t sound = 0, edges = 0;
    assert_int_equal(qp_geo_engine_open(&g, NULL), 0);
    for (int round = 0; round < 3000; round++) {
        struct qp_geo_point p[13];
        struct qp_geo_ring ring;
        size_t n = (size_t)rig_between(&seed, 3, 12);
        for (size_t i = 0; i < n; i++)
            p[i] =
                (struct qp_geo_point){(int32_t)rig_between(&seed, -7, 7), (int32_t)rig_between(&seed, -7, 7)};
        qsort(p, n, sizeof *p, by_angle);
        p[n] = p[0];
        struct qp_geo_shape s = rig_ring(p, n + 1, &ring);
        GEOSGeometry *shape = qp_geo_engine_shape(g, &s);
        bool valid = shape && GEOSisValid_r(g->h, shape) == 1;
        GEOSGeom_destroy_r(g->h, shape);
        if (!valid)
            continue;
        sound++;
        for (int32_t lat = -8; lat <= 8; lat++) {
            for (int32_t lon = -8; lon <= 8; lon++) {
                struct qp_geo_point at = {lat, lon};
                if (qp_geo_side_of(&s, at) != rig_side(&s, at))
                    fail_msg("round %d: %d, %d", round, lat, lon);
                edges += rig_side(&s, at) == QP_GEO_EDGE;
            }
        }
    }
    assert_true(sound > 500 && edges > 5000);
    qp_geo_engine_close(g);
}

static void the_whole_globe_is_decided_without_overflow(void **state)
{
    (void)state;
    const int32_t N = 900000000, E = 1800000000;
    struct qp_geo_point p[] = {{-N, -E}, {-N, 0}, {-N, E}, {N, E}, {N, 0}, {N, -E}, {-N, -E}};
    struct qp_geo_ring ring;
    struct qp_geo_shape s = rig_ring(p, 7, &ring);
    static const int32_t lat[] = {-900000000, -899999999, -1, 0, 1, 899999999, 900000000};
    static const int32_t lon[] = {-1800000000, -1799999999, 0, 1799999999, 1800000000};
    for (size_t i = 0; i < 7; i++)
        for (size_t k = 0; k < 5; k++)
            assert_int_equal(qp_geo_side_of(&s, (struct qp_geo_point){lat[i], lon[k]}),
                             rig_side(&s, (struct qp_geo_point){lat[i], lon[k]}));
    struct qp_geo_point t[] = {{-N, -E}, {-N, 0}, {N, 0}, {-N, -E}}; /* one unit beside the diagonal */
    s = rig_ring(t, 4, &ring);
    assert_int_equal(qp_geo_side_of(&s, (struct qp_geo_point){0, -900000000}), QP_GEO_EDGE);
    assert_int_equal(qp_geo_side_of(&s, (struct qp_geo_point){1, -900000000}), QP_GEO_OUTSIDE);
    assert_int_equal(qp_geo_side_of(&s, (struct qp_geo_point){-1, -900000000}), QP_GEO_INSIDE);
    /* The whole ellipsoid has 510,065,621.7 km2. */
    s = rig_ring(p, 7, &ring);
    assert_true(fabs(qp_geo_area_m2(&s) / 1e6 - 510065621.7) < 1);
}

static double rectangle_km2(double south, double west, double north, double east)
{
    struct qp_geo_point p[5];
    struct qp_geo_ring ring;
    const double corners[][2] = {{south, west}, {south, east}, {north, east}, {north, west}, {south, west}};
    for (int i = 0; i < 5; i++)
        assert_true(qp_geo_point_of(&p[i], QP_CRS_WGS84, corners[i][0], corners[i][1]));
    struct qp_geo_shape s = rig_ring(p, 5, &ring);
    return qp_geo_area_m2(&s) / 1e6;
}

/* A degree by a degree, from M N cos integrated in 20,000 steps elsewhere; a hundred metres by M × N. */
static void areas_are_those_of_the_ellipsoid(void **state)
{
    (void)state;
    assert_true(fabs(rectangle_km2(0, 0, 1, 1) - 12308.4639) < 0.001);
    assert_true(fabs(rectangle_km2(33, 116, 34, 117) - 10306.22257) < 0.001);
    assert_true(fabs(rectangle_km2(-1, 10, 0, 11) - 12308.4639) < 0.001);
    double e2 = 0.00669437999014, phi = 33.6 / 57.29577951308232, w = 1 - e2 * sin(phi) * sin(phi);
    double m = 6378137 * (1 - e2) / pow(w, 1.5), n = 6378137 / sqrt(w) * cos(phi),
           step = 0.001 / 57.29577951308232;
    double small = rectangle_km2(33.5995, 116.9, 33.6005, 116.901) * 1e6;
    assert_true(fabs(small - m * step * n * step) < 1e-6 * small);
}

static void winding_and_a_hole_change_no_sign(void **state)
{
    (void)state;
    struct rig_grids c;
    rig_community(&c);
    struct qp_geo_shape *s = &c.v[0].shape;
    double area = qp_geo_area_m2(s);
    for (uint32_t i = 0; i < s->rings[0].n / 2; i++) {
        struct qp_geo_point *a = &s->points[i], *b = &s->points[s->rings[0].n - 1 - i], t = *a;
        *a = *b;
        *b = t;
    }
    assert_true(fabs(qp_geo_area_m2(s) - area) < 1e-6 && area > 2.0e6 && area < 2.2e6);
    s->n_rings = 1;
    assert_true(qp_geo_area_m2(s) > area + 25000);
    rig_grids_free(&c);
}

/* By Vincenty's formula, computed elsewhere. */
static void distances_are_those_of_the_geodesic(void **state)
{
    (void)state;
    static const struct {
        double lat1, lon1, lat2, lon2, metres, within;
    } v[] = {
        {0, 0, 0, 1, 111319.491, 0.01},                                 /* a degree of the equator */
        {0, 0, 1, 0, 110574.389, 0.05},                                 /* of the meridian from the equator */
        {89, 0, 90, 0, 111693.865, 0.05},                               /* to the pole */
        {50.0663222, -5.71475, 58.6440222, -3.0700944, 969954.115, 15}, /* Land's End to John o' Groats */
        {33.63, 116.98, 33.65, 117.01, 3559.0769, 0.02},
        {39.9042, 116.4074, 33.6461, 116.9641, 696256.1006, 10}, /* Beijing to Suzhou */
        {33.6, 116.9, 33.6, 116.9, 0, 0},
        {33.6, 116.9, 33.6000001, 116.9, 0.0110917, 0.0001},
    };
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct qp_geo_point a, b;
        assert_true(qp_geo_point_of(&a, QP_CRS_WGS84, v[i].lat1, v[i].lon1));
        assert_true(qp_geo_point_of(&b, QP_CRS_WGS84, v[i].lat2, v[i].lon2));
        double d = qp_geo_distance_m(a, b);
        if (!(fabs(d - v[i].metres) <= v[i].within) || d != qp_geo_distance_m(b, a))
            fail_msg("pair %zu: %.4f m instead of %.4f m", i, d, v[i].metres);
    }
    struct qp_geo_point pole = {900000000, 0}, other = {-900000000, 0};
    assert_true(fabs(qp_geo_distance_m(pole, other) - 20.0e6) < 0.1e6);
}

static void the_distance_to_an_area_is_nought_inside_and_to_the_nearest_edge_outside(void **state)
{
    (void)state;
    struct rig_grids c;
    rig_community(&c);
    const struct qp_geo_shape *s = &c.v[0].shape;
    struct qp_geo_point inside = {336300000 + 200 * 90, 1169800000 + 300 * 108};
    struct qp_geo_point corner = s->points[0], west = {corner.lat7 + 1, corner.lon7 - 107850};
    struct qp_geo_point lake = {336300000 + 580 * 90, 1169800000 + 690 * 108};
    assert_int_equal(qp_geo_side_of(s, inside), QP_GEO_INSIDE);
    assert_true(qp_geo_distance_to_m(s, inside) == 0 && qp_geo_distance_to_m(s, corner) == 0);
    /* the shape leans to the west there: somewhat less than the 1000 m to the corner */
    double d = qp_geo_distance_to_m(s, west);
    assert_true(d > 900 && d < qp_geo_distance_m(west, corner));
    d = qp_geo_distance_to_m(s, lake);
    assert_true(d > 50 && d < 110);
    rig_grids_free(&c);
}

/* 3, 4, 5 in metres, with the foot inside an edge and beyond its end. */
static void the_nearest_edge_is_found_in_metres_and_not_in_degrees(void **state)
{
    (void)state;
    struct qp_geo_point p[5] = {{600000000, 100000000},
                                {600000000, 100100000},
                                {600010000, 100100000},
                                {600010000, 100000000},
                                {600000000, 100000000}};
    struct qp_geo_ring ring;
    struct qp_geo_shape s = rig_ring(p, 5, &ring);
    /* At 60 degrees a unit of longitude is half one of latitude: the corner in the east, 1,000 units off, is nearer
     * than the edge in the north, 900 units off. */
    struct qp_geo_point at = {600010900, 100101000};
    double d = qp_geo_distance_to_m(&s, at);
    assert_true(fabs(d - qp_geo_distance_m(at, p[2])) < 1e-6);
    at.lon7 = 100050000;
    assert_true(fabs(qp_geo_distance_to_m(&s, at) -
                     qp_geo_distance_m(at, (struct qp_geo_point){600010000, 100050000})) < 1e-3);
}

static void positions_that_are_none_make_no_point(void **state)
{
    (void)state;
    struct qp_geo_point p;
    static const double bad[][2] = {{90.1, 0}, {-91, 0}, {0, 180.001}, {0, -181},
                                    {NAN, 0},  {0, NAN}, {INFINITY, 0}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        for (enum qp_crs crs = QP_CRS_WGS84; crs <= QP_CRS_BD09; crs++)
            assert_false(qp_geo_point_of(&p, crs, bad[i][0], bad[i][1]));
    assert_true(qp_geo_point_of(&p, QP_CRS_WGS84, 90, -180) && p.lat7 == 900000000 && p.lon7 == -1800000000);
    assert_true(qp_geo_point_of(&p, QP_CRS_WGS84, -0.00000006, 0.00000004) && p.lat7 == -1 && p.lon7 == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_point_inside_on_an_edge_on_a_corner_or_in_a_hole_is_told_apart),
        cmocka_unit_test(every_point_of_a_lattice_is_where_the_oracle_says),
        cmocka_unit_test(the_whole_globe_is_decided_without_overflow),
        cmocka_unit_test(areas_are_those_of_the_ellipsoid),
        cmocka_unit_test(winding_and_a_hole_change_no_sign),
        cmocka_unit_test(distances_are_those_of_the_geodesic),
        cmocka_unit_test(the_distance_to_an_area_is_nought_inside_and_to_the_nearest_edge_outside),
        cmocka_unit_test(the_nearest_edge_is_found_in_metres_and_not_in_degrees),
        cmocka_unit_test(positions_that_are_none_make_no_point),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
