/* grid_test.c: `qipan grid check` and `qipan grid locate`: files in, lines, JSON and exit codes out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/cli/cli.h"
#include "tests/unit/cli/rig.h"
#include "tests/unit/geo/rig.h"

#define EN "C.UTF-8"
#define ZH "zh_CN.UTF-8"

#define GRID(code, more, ring)                                                                               \
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"" code "\",\"title\":\"T\",\"node\":\"suzhou\"" more   \
    "},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[" ring "]]}}"
/* A has a property that nobody keeps, B overlaps it, C has its axes swapped. */
#define GRID_A GRID("a", ",\"worker\":\"x\"", "[116.9,33.6],[117,33.6],[117,33.7],[116.9,33.7],[116.9,33.6]")
#define GRID_B GRID("b", "", "[116.95,33.6],[117.05,33.6],[117.05,33.7],[116.95,33.6]")
#define GRID_C GRID("c", "", "[33.6,116.95],[33.6,117.05],[33.7,117.05],[33.6,116.95]")

static struct rig_said s;
static char whole[] = "/tmp/qp-grids-XXXXXX", outline[] = "/tmp/qp-outline-XXXXXX",
            bad[] = "/tmp/qp-bad-XXXXXX", part[] = "/tmp/qp-part-XXXXXX";

static void write_file(char *name, const char *text)
{
    int fd = mkstemp(name);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

static int set_up(void **state)
{
    (void)state;
    struct rig_grids o, g;
    rig_community(&o);
    rig_cut(&g, &o.v[0].shape, 23, "suzhou/yongqiao/tuohe/hanchizi");
    char *text = rig_geojson(&g);
    write_file(whole, text);
    free(text);
    write_file(outline, text = rig_geojson(&o));
    free(text);
    struct rig_grids rest = {g.v + 1, g.n - 1};
    write_file(part, text = rig_geojson(&rest));
    free(text);
    rig_grids_free(&g);
    rig_grids_free(&o);
    write_file(bad, "{\"type\":\"FeatureCollection\",\"features\":[" GRID_A "," GRID_B "," GRID_C "]}");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(whole);
    unlink(outline);
    unlink(bad);
    unlink(part);
    return 0;
}

static json_t *said_json(void)
{
    json_error_t e;
    json_t *v = json_loads(s.out, 0, &e);
    if (!v)
        fail_msg("%s: %s", e.text, s.out);
    return v;
}

static size_t length(const json_t *o, const char *name)
{
    assert_true(json_is_array(json_object_get(o, name)));
    return json_array_size(json_object_get(o, name));
}

static void a_sound_file_is_told_with_its_ground(void **state)
{
    (void)state;
    rig_run(&s, EN, "grid", "check", whole, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, ": 23 of 23 features can be added, 2.1");
    rig_says(s.out, "  suzhou/yongqiao/tuohe/hanchizi  23 grids  2.1");
    rig_says(s.out, "errors: 0\noverlaps: 0\ngaps: 1\n"); /* the lake */
    rig_says(s.out, "--within OUTLINE.geojson");
    rig_says_not(s.out, "coordinates:");
    rig_run(&s, ZH, "grid", "check", whole, "--crs", "cgcs2000", NULL);
    rig_says(s.out, "：23 / 23 个要素可导入");
    rig_says(s.out, "坐标系：CGCS2000，按 WGS-84 采用");
    rig_run(&s, EN, "grid", "check", whole, "--crs", "gcj-02", NULL);
    rig_says(s.out, "coordinates: converted from GCJ02 to WGS-84");
    rig_run(&s, EN, "grid", "check", whole, "--quiet", NULL);
    assert_true(!s.rc && s.out[0] == 0);
}

static void beside_an_outline_the_rim_is_told_too(void **state)
{
    (void)state;
    rig_run(&s, EN, "grid", "check", whole, "--within", outline, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "gaps: 0\noutside of the outline: 0\n");
    rig_run(&s, EN, "grid", "check", "--within", outline, part, NULL);
    rig_says(s.out, ": 22 of 22");
    rig_says(s.out, "gaps: 1\n");
    rig_says(s.out, ", beside g");
    rig_run(&s, EN, "grid", "check", "--within", outline, part, "--crs", "bd09", "--json", NULL);
    json_t *v = said_json(); /* both are converted: the same gap */
    assert_int_equal(length(v, "gaps"), 1);
    assert_int_equal(length(v, "outside"), 0);
    assert_true(json_real_value(json_object_get(v, "outline_km2")) > 2);
    json_decref(v);
}

static void faulty_features_end_with_4_and_their_sentences(void **state)
{
    (void)state;
    rig_run(&s, EN, "grid", "check", bad, NULL);
    assert_int_equal(s.rc, QP_EXIT_CONFLICT);
    rig_says(s.out, ": 2 of 3 features can be added");
    rig_says(s.out,
             "errors: 1\n  feature 3 (c), polygon 1, ring 1, vertex 1: [33.6, 116.95] looks like latitude");
    rig_says(s.out, "overlaps: 1\n");
    rig_says(s.out, ": a (suzhou) and b (suzhou)");
    rig_says(s.out, "properties that are not kept: worker");
    rig_run(&s, ZH, "grid", "check", bad, NULL);
    rig_says(s.out,
             "错误：1\n  第 3 个要素（c），第 1 个多边形，第 1 环，第 1 点：[33.6, 116.95] 疑为纬度在前");
    rig_says(s.out, "a（suzhou） 与 b（suzhou）");
}

static void json_has_each_list_with_its_places(void **state)
{
    (void)state;
    rig_run(&s, EN, "grid", "check", bad, "--json", NULL);
    assert_int_equal(s.rc, QP_EXIT_CONFLICT);
    json_t *v = said_json(), *error = json_array_get(json_object_get(v, "errors"), 0);
    assert_int_equal(json_integer_value(json_object_get(v, "added")), 2);
    assert_int_equal(json_integer_value(json_object_get(v, "errors_total")), 1);
    assert_string_equal(json_string_value(json_object_get(error, "error")), "swapped_axes");
    assert_int_equal(json_integer_value(json_object_get(error, "feature")), 3);
    assert_int_equal(json_integer_value(json_object_get(error, "vertex")), 1);
    assert_int_equal(length(v, "overlaps"), 1);
    assert_int_equal(length(v, "gaps"), 0);
    assert_int_equal(length(v, "ignored"), 1);
    assert_int_equal(length(v, "nodes"), 1);
    json_t *o = json_array_get(json_object_get(v, "overlaps"), 0);
    assert_true(json_real_value(json_object_get(o, "m2")) > 1e6 &&
                json_real_value(json_object_get(o, "lat")) > 33.6);
    assert_string_equal(
        json_string_value(json_object_get(json_array_get(json_object_get(o, "grids"), 1), "code")), "b");
    json_decref(v);
}

static void an_outline_that_is_faulty_is_refused_as_its_gaps_would_be_false(void **state)
{
    (void)state;
    rig_run(&s, EN, "grid", "check", whole, "--within", bad, NULL);
    assert_int_equal(s.rc, QP_EXIT_CONFLICT);
    rig_says(s.err, "feature 3 (c)");
    assert_true(s.out[0] == 0);
}

static void a_position_finds_its_grid_whatever_map_it_comes_from(void **state)
{
    (void)state;
    rig_run(&s, EN, "grid", "locate", "--lat", "33.6402", "--lon", "116.9825", whole, "--json", NULL);
    assert_int_equal(s.rc, 0);
    json_t *v = said_json();
    char code[16];
    snprintf(code, sizeof code, "%s", json_string_value(json_object_get(v, "code")));
    assert_string_equal(json_string_value(json_object_get(v, "node")), "suzhou/yongqiao/tuohe/hanchizi");
    json_decref(v);
    double lat = 33.6402, lon = 116.9825;
    qp_crs_from_wgs84(QP_CRS_GCJ02, &lat, &lon);
    char lat_text[32], lon_text[32];
    snprintf(lat_text, sizeof lat_text, "%.7f", lat);
    snprintf(lon_text, sizeof lon_text, "%.7f", lon);
    rig_run(&s, ZH, "grid", "locate", "--lat", lat_text, "--lon", lon_text, "--crs", "gcj02", whole, NULL);
    assert_int_equal(s.rc, 0);
    assert_true(strncmp(s.out, code, strlen(code)) == 0);
    rig_says(s.out, "网格  suzhou/yongqiao/tuohe/hanchizi  0.");
    /* both are of the same map: found as if neither were converted */
    rig_run(&s, EN, "grid", "locate", "--lat", "33.6402", "--lon", "116.9825", "--crs", "bd09", "--file-crs",
            "bd09", whole, NULL);
    assert_true(strncmp(s.out, code, strlen(code)) == 0);
}

static void in_none_ends_with_3_and_says_how_far_the_nearest_is(void **state)
{
    (void)state;
    rig_run(&s, EN, "grid", "locate", "--lat", "33.6402", "--lon", "117.005", whole, NULL);
    assert_int_equal(s.rc, QP_EXIT_NOT_FOUND);
    rig_says(s.err, "in none of 23 grids; the nearest is g");
    rig_says(s.err, " m away");
    rig_run(&s, EN, "grid", "locate", "--lat", "33.6402", "--lon", "117.005", whole, "--json", NULL);
    json_t *v = said_json();
    assert_true(json_is_null(json_object_get(v, "code")));
    double m = json_real_value(json_object_get(json_object_get(v, "nearest"), "distance_m"));
    assert_true(m > 200 && m < 1500);
    json_decref(v);
    rig_run(&s, ZH, "grid", "locate", "--lat", "42", "--lon", "-71", whole, NULL);
    assert_int_equal(s.rc, QP_EXIT_NOT_FOUND);
    rig_says(s.err, "20 公里内也没有网格");
    rig_run(&s, EN, "grid", "locate", "--lat", "33.65", "--lon", "116.92", bad, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.err, "1 faults in ");
}

static void wrong_words_are_said_with_what_is_wanted(void **state)
{
    (void)state;
    rig_run(&s, EN, "grid", "chek", whole, NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_says(s.err, "grid \"chek\": say qipan grid check|import FILE");
    rig_run(&s, ZH, "grid", "chek", whole, NULL);
    rig_says(s.err, "grid “chek”");
    rig_run(&s, EN, "grid", "check", whole, "--crs", "xian80", NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_says(s.err, "--crs: \"xian80\" is not WGS84, CGCS2000, GCJ02 or BD09");
    rig_run(&s, ZH, "grid", "check", whole, "--crs", "xian80", NULL);
    rig_says(s.err, "“xian80”不是 WGS84、CGCS2000、GCJ02 或 BD09");
    rig_run(&s, EN, "grid", "locate", whole, "--lat", "33.6", NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_says(s.err, "--lon wants a number");
    rig_run(&s, EN, "grid", "locate", whole, "--lat", "33.6x", "--lon", "1", NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_run(&s, EN, "grid", "locate", whole, "--lat", "116.9", "--lon", "33.6", NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_says(s.err, "is no position");
    rig_run(&s, EN, "grid", "check", "/tmp/qp-nothing-is-here", NULL);
    assert_int_equal(s.rc, QP_EXIT_NOT_FOUND);
}

static void an_option_of_the_other_one_is_refused_and_not_passed_over(void **state)
{
    (void)state;
    rig_run(&s, EN, "grid", "check", whole, "--lat", "33.6", NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_says(s.err, "grid check knows no --lat: leave it out");
    rig_run(&s, EN, "grid", "locate", whole, "--within", outline, "--lat", "33.6", "--lon", "116.9", NULL);
    assert_int_equal(s.rc, QP_EXIT_USAGE);
    rig_says(s.err, "grid locate knows no --within");
    rig_run(&s, ZH, "grid", "check", whole, "--file-crs", "wgs84", NULL);
    rig_says(s.err, "grid check 没有 --file-crs：请去掉");
}

static void a_file_without_a_feature_is_told_why_it_ends_with_4(void **state)
{
    char none[] = "/tmp/qp-none-XXXXXX";
    (void)state;
    write_file(none, "{\"type\":\"FeatureCollection\",\"features\":[]}");
    rig_run(&s, EN, "grid", "check", none, NULL);
    assert_int_equal(s.rc, QP_EXIT_CONFLICT);
    rig_says(s.err, " has no feature: export the grids into it");
    rig_run(&s, ZH, "grid", "check", none, NULL);
    rig_says(s.err, "中没有要素");
    unlink(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_file_is_told_with_its_ground),
        cmocka_unit_test(beside_an_outline_the_rim_is_told_too),
        cmocka_unit_test(faulty_features_end_with_4_and_their_sentences),
        cmocka_unit_test(json_has_each_list_with_its_places),
        cmocka_unit_test(an_outline_that_is_faulty_is_refused_as_its_gaps_would_be_false),
        cmocka_unit_test(a_position_finds_its_grid_whatever_map_it_comes_from),
        cmocka_unit_test(in_none_ends_with_3_and_says_how_far_the_nearest_is),
        cmocka_unit_test(wrong_words_are_said_with_what_is_wanted),
        cmocka_unit_test(an_option_of_the_other_one_is_refused_and_not_passed_over),
        cmocka_unit_test(a_file_without_a_feature_is_told_why_it_ends_with_4),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
