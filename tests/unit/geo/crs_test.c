/* crs_test.c: positions of Chinese maps become WGS-84 (topology/geo/crs.c). */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "topology/geo/crs.h"

/* Metres between two positions that are near each other. */
static double apart(double lat, double lon, double lat2, double lon2)
{
    return hypot((lat - lat2) * 111320, (lon - lon2) * 111320 * cos(lat / 57.29577951));
}

static void names_are_read_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum qp_crs crs;
    } v[] = {{"wgs84", QP_CRS_WGS84},       {"WGS-84", QP_CRS_WGS84},  {"cgcs2000", QP_CRS_CGCS2000},
             {"CGCS2000", QP_CRS_CGCS2000}, {"gcj02", QP_CRS_GCJ02},   {"Gcj-02", QP_CRS_GCJ02},
             {"bd09", QP_CRS_BD09},         {"BD-09", QP_CRS_BD09},    {"", QP_CRS_UNKNOWN},
             {"xian80", QP_CRS_UNKNOWN},    {"wgs84 ", QP_CRS_UNKNOWN}};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++)
        assert_int_equal(qp_crs_of(v[i].name), v[i].crs);
    assert_int_equal(qp_crs_of(NULL), QP_CRS_UNKNOWN);
    assert_string_equal(qp_crs_name(QP_CRS_GCJ02), "GCJ02");
    assert_string_equal(qp_crs_name(QP_CRS_UNKNOWN), "");
}

/* What the README of wandergis/coordtransform prints for 116.404, 39.915; its backward direction approximates
 * to some metres, so that only the forward one is exact. */
static void the_published_examples_come_out(void **state)
{
    (void)state;
    double lat = 39.915, lon = 116.404;
    qp_crs_from_wgs84(QP_CRS_GCJ02, &lat, &lon);
    assert_true(fabs(lon - 116.41024449916938) < 1e-9 && fabs(lat - 39.91640428150164) < 1e-9);
    lat = 39.915, lon = 116.404;
    qp_crs_to_wgs84(QP_CRS_GCJ02, &lat, &lon);
    assert_true(apart(lat, lon, 39.91359571849836, 116.39775550083061) < 5);
    /* BD-09 of GCJ-02 116.404, 39.915 is 116.41036949371029, 39.92133699351021. */
    double bd_lat = 39.92133699351021, bd_lon = 116.41036949371029;
    qp_crs_to_wgs84(QP_CRS_BD09, &bd_lat, &bd_lon);
    assert_true(apart(lat, lon, bd_lat, bd_lon) < 0.02);
}

/* Pairs published with common converters: a place in Shanghai. */
static void a_published_place_in_shanghai_becomes_wgs84(void **state)
{
    (void)state;
    double lat = 31.17530398364597, lon = 121.531541859215;
    qp_crs_to_wgs84(QP_CRS_GCJ02, &lat, &lon);
    assert_true(fabs(lat - 31.1774276) < 1e-6 && fabs(lon - 121.5272106) < 1e-6);
    lat = 31.1813286069;
    lon = 121.5380156864; /* the same in BD-09, by its forward formula */
    qp_crs_to_wgs84(QP_CRS_BD09, &lat, &lon);
    assert_true(fabs(lat - 31.1774276) < 1e-5 && fabs(lon - 121.5272106) < 1e-5);
}

static void there_and_back_is_the_same_within_a_decimetre_all_over_china(void **state)
{
    (void)state;
    static const enum qp_crs both[] = {QP_CRS_GCJ02, QP_CRS_BD09};
    double worst = 0, least = 1e9;
    for (int c = 0; c < 2; c++) {
        for (double lat = 3; lat < 54; lat += 0.37) {
            for (double lon = 73.5; lon < 135.5; lon += 0.41) {
                double at_lat = lat, at_lon = lon;
                qp_crs_from_wgs84(both[c], &at_lat, &at_lon);
                least = fmin(least, apart(lat, lon, at_lat, at_lon));
                qp_crs_to_wgs84(both[c], &at_lat, &at_lon);
                worst = fmax(worst, apart(lat, lon, at_lat, at_lon));
            }
        }
    }
    print_message("worst %.4f m, least offset %.0f m\n", worst, least);
    assert_true(worst < 0.02);
    assert_true(least > 20);
}

static void a_position_on_the_meridian_where_the_series_has_a_kink_comes_back_too(void **state)
{
    (void)state;
    for (double lon = 104.9999; lon < 105.0001; lon += 0.000003) {
        double at_lat = 31.2, at_lon = lon;
        qp_crs_from_wgs84(QP_CRS_GCJ02, &at_lat, &at_lon);
        qp_crs_to_wgs84(QP_CRS_GCJ02, &at_lat, &at_lon);
        assert_true(apart(31.2, lon, at_lat, at_lon) < 0.02);
    }
}

static void outside_of_china_nothing_is_moved(void **state)
{
    (void)state;
    static const double v[][2] = {{42.36, -71.06}, {0.5, 110},      {35, 138.5},
                                  {56, 100},       {-33.6, -116.9}, {30, 71}};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        double lat = v[i][0], lon = v[i][1];
        qp_crs_to_wgs84(QP_CRS_GCJ02, &lat, &lon);
        assert_true(lat == v[i][0] && lon == v[i][1]);
        qp_crs_to_wgs84(QP_CRS_BD09, &lat, &lon);
        assert_true(lat == v[i][0] && lon == v[i][1]);
    }
}

static void wgs84_and_cgcs2000_stay_as_they_are(void **state)
{
    (void)state;
    double lat = 33.633891234567, lon = 116.984084;
    qp_crs_to_wgs84(QP_CRS_WGS84, &lat, &lon);
    qp_crs_to_wgs84(QP_CRS_CGCS2000, &lat, &lon);
    assert_true(lat == 33.633891234567 && lon == 116.984084);
}

static void what_is_no_number_does_not_loop_or_trap(void **state)
{
    (void)state;
    double lat = NAN, lon = INFINITY;
    qp_crs_to_wgs84(QP_CRS_BD09, &lat, &lon);
    assert_true(isnan(lat) && isinf(lon));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_read_as_people_write_them),
        cmocka_unit_test(the_published_examples_come_out),
        cmocka_unit_test(a_published_place_in_shanghai_becomes_wgs84),
        cmocka_unit_test(there_and_back_is_the_same_within_a_decimetre_all_over_china),
        cmocka_unit_test(a_position_on_the_meridian_where_the_series_has_a_kink_comes_back_too),
        cmocka_unit_test(outside_of_china_nothing_is_moved),
        cmocka_unit_test(wgs84_and_cgcs2000_stay_as_they_are),
        cmocka_unit_test(what_is_no_number_does_not_loop_or_trap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
