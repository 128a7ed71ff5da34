/* geojson_test.c: boundaries out of GeoJSON (topology/geo/geojson.c, rings.c, sound.c, members.c): what is taken, and
 * the sentence for all that is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "crypto/crypto.h"
#include "proto/codec.h"
#include "topology/geo/geojson.h"

#define SQUARE "[[116.90,33.60],[116.91,33.60],[116.91,33.61],[116.90,33.61],[116.90,33.60]]"
#define HOLE   "[[116.902,33.602],[116.904,33.602],[116.904,33.604],[116.902,33.602]]"
#define NAMED(code)                                                                                          \
    "\"properties\":{\"code\":\"" code "\",\"title\":\"网格\",\"node\":\"suzhou/yongqiao/tuohe/hanchizi\"}"
#define FEATURE(code, geometry) "{\"type\":\"Feature\"," NAMED(code) ",\"geometry\":" geometry "}"
#define POLYGON(rings)          "{\"type\":\"Polygon\",\"coordinates\":[" rings "]}"
#define MULTI(polygons)         "{\"type\":\"MultiPolygon\",\"coordinates\":[" polygons "]}"
#define FILE_OF(features)       "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define ONE(rings)              FILE_OF(FEATURE("g1", POLYGON(rings)))

static void read_how(struct qp_geo_file *f, const char *text, enum qp_crs crs, bool outline)
{
    struct qp_geo_how how = {crs, outline};
    struct qp_err e = {0};
    /* A copy of exactly this size: a byte too far is seen by the sanitizer. */
    size_t len = strlen(text);
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    if (qp_geo_read(f, copy, len, &how, &e))
        fail_msg("%s", e.text);
    free(copy);
}

static void read_it(struct qp_geo_file *f, const char *text)
{
    read_how(f, text, QP_CRS_UNKNOWN, false);
}

static void one_fault(const char *text, const char *name, const char *says)
{
    struct qp_geo_file f;
    char en[QP_GEO_SENTENCE], zh[QP_GEO_SENTENCE];
    read_it(&f, text);
    if (f.all_faults == 0)
        fail_msg("no fault in %.200s", text);
    qp_geo_fault_text(en, &f.faults[0], false);
    qp_geo_fault_text(zh, &f.faults[0], true);
    if (strcmp(qp_geo_fault_name(f.faults[0].kind), name) != 0 || !strstr(en, says) || f.all_faults != 1 ||
        f.n != 0)
        fail_msg("%s wanted \"%s\", got %zu faults, %zu grids: %s: %s", name, says, f.all_faults, f.n,
                 qp_geo_fault_name(f.faults[0].kind), en);
    assert_true(qp_utf8_ok(en, strlen(en)) && qp_utf8_ok(zh, strlen(zh)));
    assert_string_not_equal(en, zh);
    qp_geo_file_free(&f);
}

static void a_grid_comes_out_as_it_was_drawn(void **state)
{
    struct qp_geo_file f;
    (void)state;
    read_it(&f, FILE_OF(FEATURE("g1", POLYGON(SQUARE "," HOLE)) "," FEATURE(
                    "g2", MULTI("[" SQUARE "],[[[117,34],[117.1,34],[117.1,34.1],[117,34]]]"))));
    assert_int_equal(f.n, 2);
    assert_int_equal(f.all_faults, 0);
    assert_string_equal(f.grids[0].code, "g1");
    assert_string_equal(f.grids[0].title, "网格");
    assert_string_equal(f.grids[0].node, "suzhou/yongqiao/tuohe/hanchizi");
    const struct qp_geo_shape *s = &f.grids[0].shape;
    assert_int_equal(s->n_rings, 2);
    assert_int_equal(s->n_points, 9);
    assert_true(!s->rings[0].hole && s->rings[1].hole && s->rings[1].first == 5 && s->rings[1].n == 4);
    assert_int_equal(s->points[1].lon7, 1169100000);
    assert_int_equal(s->points[1].lat7, 336000000);
    assert_int_equal(s->box.west, 1169000000);
    assert_int_equal(s->box.north, 336100000);
    s = &f.grids[1].shape;
    assert_true(s->n_rings == 2 && !s->rings[1].hole && f.grids[1].feature == 2);
    qp_geo_file_free(&f);
}

static void order_heights_foreign_members_and_numbers_as_codes_are_taken(void **state)
{
    struct qp_geo_file f;
    (void)state;
    read_it(&f,
            "\xef\xbb\xbf {\"name\":\"x\",\"features\":[{\"geometry\":{\"coordinates\":[[[116.9,33.6,12.5],"
            "[116.91,33.6,1,2],[1.1691e2,33.61],[116.9,33.6]]],\"bbox\":[1,2],\"type\":\"Polygon\"},"
            "\"properties\":{\"area\":{\"a\":[1,{}]},\"worker\":null,\"code\":341302001,\"node\":\"suzhou\","
            "\"title\":\"a\\u4e00\"},\"id\":7,\"type\":\"Feature\"}],\"type\":\"FeatureCollection\"} \n");
    assert_int_equal(f.all_faults, 0);
    assert_int_equal(f.n, 1);
    assert_string_equal(f.grids[0].code, "341302001");
    assert_string_equal(f.grids[0].title, "a一");
    assert_int_equal(f.n_ignored, 2);
    assert_string_equal(f.ignored[0], "area");
    assert_string_equal(f.ignored[1], "worker");
    qp_geo_file_free(&f);
}

static void a_feature_alone_and_an_outline_without_properties_are_taken(void **state)
{
    struct qp_geo_file f;
    (void)state;
    read_it(&f, FEATURE("g1", POLYGON(SQUARE)));
    assert_true(f.n == 1 && f.all_faults == 0);
    qp_geo_file_free(&f);
    read_how(&f, POLYGON(SQUARE), QP_CRS_UNKNOWN, true);
    assert_true(f.n == 1 && f.all_faults == 0);
    assert_string_equal(f.grids[0].code, "");
    qp_geo_file_free(&f);
    read_how(&f, FILE_OF("{\"type\":\"Feature\",\"properties\":null,\"geometry\":" MULTI("[" SQUARE "]") "}"),
             QP_CRS_UNKNOWN, true);
    assert_true(f.n == 1 && f.all_faults == 0);
    qp_geo_file_free(&f);
}

static void what_is_wrong_with_a_ring_is_said_with_feature_ring_and_vertex(void **state)
{
    (void)state;
    one_fault(ONE("[[116.9,33.6],[116.91,33.6],[116.91,33.61],[116.9,33.61]]"), "not_closed",
              "feature 1 (g1), polygon 1, ring 1, vertex 4: the ring is not closed");
    one_fault(ONE(SQUARE ",[[116.902,33.602],[116.904,33.602],[116.904,33.604],[116.903,33.6]]"),
              "not_closed", "ring 2 (a hole), vertex 4");
    one_fault(ONE("[[116.9,33.6],[116.91,33.6],[116.9,33.6]]"), "too_few_points", "this one has 3");
    one_fault(ONE("[]"), "too_few_points", "polygon 1, ring 1: ");
    one_fault(ONE("[[116.9,33.6],[116.91,33.6],[116.92,33.6],[116.9,33.6]]"), "no_area",
              "ring 1: the ring encloses");
    one_fault(ONE("[[116.9,33.6],[116.9,33.6],[116.9,33.6],[116.9,33.6]]"), "no_area", "116.9000000, 33.6");
    /* a bow: edges 1-2 and 3-4 cross in the middle */
    one_fault(ONE("[[116.9,33.6],[116.91,33.61],[116.91,33.6],[116.9,33.61],[116.9,33.6]]"), "self_crossing",
              "vertex 3: the boundary crosses or touches itself at [116.9050000, 33.6050000]");
    /* an ear that touches the ring from inside at its third vertex */
    one_fault(ONE("[[116.9,33.6],[116.92,33.6],[116.91,33.61],[116.92,33.62],[116.9,33.62],[116.91,33.61],["
                  "116.9,33.6]]"),
              "self_crossing", "vertex 6");
    one_fault(ONE(SQUARE ",[[116.92,33.602],[116.93,33.602],[116.93,33.604],[116.92,33.602]]"), "bad_hole",
              "ring 2 (a hole)");
    one_fault(ONE(SQUARE "," HOLE "," HOLE), "self_crossing", "ring 3 (a hole)");
    one_fault(FILE_OF(FEATURE("g1", MULTI("[" SQUARE
                                          "],[[[116.902,33.602],[116.904,33.602],[116.904,33.604],[116.902,"
                                          "33.602]]]"))),
              "parts_overlap", "polygon 2, ring 1");
}

static void positions_that_are_none_are_said_and_swapped_axes_by_their_name(void **state)
{
    (void)state;
#define WITH(position) "[[116.9,33.6],[116.91,33.6]," position ",[116.9,33.6]]"
    one_fault(ONE(WITH("[190,33.6]")), "out_of_range", "vertex 3: [190, 33.6] is no position");
    one_fault(ONE(WITH("[116.9,-91]")), "out_of_range", "vertex 3: [116.9, -91]");
    one_fault(ONE(WITH("[200,95]")), "out_of_range", "vertex 3: [200, 95]");
    one_fault(ONE(WITH("[1e400,33]")), "out_of_range", "vertex 3");
    one_fault(ONE("[[33.6,116.9],[33.6,116.91],[33.61,116.91],[33.6,116.9]]"), "swapped_axes",
              "vertex 1: [33.6, 116.9] looks like latitude, longitude");
    one_fault(ONE("[[39.4,75.9],[39.4,76.0],[39.5,76.0],[39.4,75.9]]"), "swapped_axes",
              "[39.4, 75.9]"); /* Kashgar */
    one_fault(ONE("[[42.3,-71.1],[42.3,-71.0],[42.4,-71.0],[42.3,-71.1]]"), "swapped_axes", "[42.3, -71.1]");
    one_fault(ONE("[[179.9,10],[-179.9,10],[-179.9,11],[179.9,11],[179.9,10]]"), "antimeridian",
              "vertex 1: the edge from here (longitude 179.9000000)");
    one_fault(ONE(WITH("[\"116.9\",33]")), "wrong_type", "here stands \"116.9\"");
    one_fault(ONE(WITH("[116.9]")), "wrong_type", "vertex 3: a position is two numbers");
    one_fault(ONE(WITH("[116.9,33,1,2,3]")), "wrong_type", "vertex 3");
    one_fault(ONE(WITH("[116.9,null]")), "wrong_type", "here stands null");
    one_fault(ONE(WITH("{\"lon\":116.9}")), "wrong_type", "vertex 3");
    one_fault(ONE(WITH("[[116.9,33]]")), "too_deep", "nested deeper than 3 levels");
}

static void an_ordinary_place_near_the_pole_or_the_antimeridian_is_taken(void **state)
{
    (void)state;
    static const char *const good[] = {
        ONE("[[179.9,10],[180,10],[180,11],[179.9,11],[179.9,10]]"),
        ONE("[[-180,-10],[-179,-10],[-179,11],[-180,11],[-180,-10]]"),
        ONE("[[-71.1,42.3],[-71.0,42.3],[-71.0,42.4],[-71.1,42.3]]"),
        ONE("[[150,75],[151,75],[151,76],[150,75]]"),
        ONE("[[25.7,71.1],[25.8,71.1],[25.8,71.2],[25.7,71.1]]"), /* the North Cape */
        ONE("[[-68.3,-54.8],[-68.2,-54.8],[-68.2,-54.7],[-68.3,-54.8]]"),
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct qp_geo_file f;
        read_it(&f, good[i]);
        assert_true(f.n == 1 && f.all_faults == 0);
        qp_geo_file_free(&f);
    }
}

static void properties_are_asked_for_one_by_one(void **state)
{
    (void)state;
#define PROPERTIES(text)                                                                                     \
    FILE_OF("{\"type\":\"Feature\",\"properties\":" text ",\"geometry\":" POLYGON(SQUARE) "}")
    one_fault(PROPERTIES("{\"title\":\"t\",\"node\":\"suzhou\"}"), "missing",
              "feature 1: its properties have no code: ");
    one_fault(PROPERTIES("{\"code\":\"c\",\"node\":\"suzhou\"}"), "missing",
              "feature 1 (c): its properties have no title: ");
    one_fault(PROPERTIES("{\"code\":\"c\",\"title\":\"t\",\"node\":\"\"}"), "missing", "no node: ");
    one_fault(PROPERTIES("null"), "missing", "no code, title, node: ");
    one_fault(PROPERTIES("{\"code\":\"c\",\"title\":\"t\",\"node\":\"Suzhou\"}"), "bad_property",
              "`node` is no path");
    one_fault(PROPERTIES("{\"code\":[1],\"title\":\"t\",\"node\":\"suzhou\"}"), "bad_property",
              "`code` must be a text");
    one_fault(PROPERTIES("{\"code\":1.5,\"title\":\"t\",\"node\":\"suzhou\"}"), "bad_property",
              "`code` must be a text");
    one_fault(PROPERTIES("{\"code\":\"a\\nb\",\"title\":\"t\",\"node\":\"suzhou\"}"), "bad_property",
              "`code` has nothing");
    one_fault(PROPERTIES("{\"code\":\"c\",\"title\":\"\\u200b\",\"node\":\"suzhou\"}"), "bad_property",
              "`title`");
    one_fault(PROPERTIES(
                  "{\"code\":\"0123456789012345678901234567890123456789012345678901234567890123x\",\"title\":"
                  "\"t\",\"node\":\"suzhou\"}"),
              "bad_property", "`code` is too long");
    one_fault(PROPERTIES("{\"code\":\"c\",\"code\":\"d\",\"title\":\"t\",\"node\":\"suzhou\"}"), "wrong_type",
              "`code` is there twice");
    one_fault(POLYGON(SQUARE), "missing", "no code, title, node: ");
}

static void codes_are_unique_within_a_node_and_may_return_in_another(void **state)
{
    struct qp_geo_file f;
    char text[QP_GEO_SENTENCE];
    (void)state;
    read_it(&f, FILE_OF(FEATURE("g1", POLYGON(SQUARE)) "," FEATURE("g2", POLYGON(SQUARE)) "," FEATURE(
                    "g1",
                    POLYGON(SQUARE)) ",{\"type\":\"Feature\",\"properties\":{\"code\":\"g1\",\"title\":\"t\","
                                     "\"node\":\"suzhou\"},\"geometry\":" POLYGON(SQUARE) "}"));
    assert_int_equal(f.n, 3);
    assert_int_equal(f.all_faults, 1);
    qp_geo_fault_text(text, &f.faults[0], false);
    assert_non_null(strstr(text, "feature 3 (g1): its node has this code already, in feature 1"));
    assert_true(f.grids[0].feature == 1 && f.grids[1].feature == 2 && f.grids[2].feature == 4);
    qp_geo_file_free(&f);
}

static void a_faulty_feature_costs_itself_alone(void **state)
{
    struct qp_geo_file f;
    (void)state;
    static const char *const faulty[] = {
        "7",
        "{\"type\":\"Fish\"}",
        "[[]]",
        "{\"type\":\"Feature\",\"type\":\"Feature\"}",
        FEATURE("g0", "null"),
        FEATURE("g1", "{\"type\":\"Point\",\"coordinates\":[1,2]}"),
        FEATURE("g2", "{\"type\":\"Polygon\"}"),
        FEATURE("g3", POLYGON("7")),
        FEATURE("g4", "{\"type\":\"Polygon\",\"coordinates\":{}}"),
        FEATURE("g5", MULTI("")),
    };
    char text[4096] = "{\"type\":\"FeatureCollection\",\"features\":[";
    for (size_t i = 0; i < sizeof faulty / sizeof *faulty; i++) {
        strcat(text, faulty[i]);
        strcat(text, ",");
    }
    strcat(text, FEATURE("g6", POLYGON(SQUARE)) "]}");
    read_it(&f, text);
    assert_int_equal(f.features, 11);
    assert_int_equal(f.n, 1);
    assert_string_equal(f.grids[0].code, "g6");
    assert_int_equal(f.all_faults, 10);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(f.faults[i].feature, i + 1);
        assert_string_equal(qp_geo_fault_name(f.faults[i].kind), "wrong_type");
    }
    qp_geo_file_free(&f);
}

static void what_is_no_geojson_is_said_with_line_and_column(void **state)
{
    (void)state;
    one_fault("", "syntax", "GeoJSON is an object");
    one_fault("[]", "syntax",
              "GeoJSON is an object, {\"type\": \"FeatureCollection\", …}: the file begins with \"[]\"");
    one_fault("PK\x03\x04\xff", "syntax", "the file begins with \"PK???\"");
    one_fault("{\"type\":\n\"FeatureCollection\",\"features\":[}", "syntax", "(line 2, column 33)");
    one_fault(ONE(SQUARE) "x", "syntax", "something stands behind the end");
    one_fault("{\"type\":\"FeatureCollection\",\"features\":[" FEATURE("g1", POLYGON(SQUARE)), "syntax",
              "line 1");
    one_fault("{\"type\":\"Topology\"}", "wrong_type", "the file is \"Topology\"");
    one_fault("{\"type\":\"FeatureCollection\"}", "wrong_type", "the file is {\"type\"");
    one_fault("{\"type\":\"FeatureCollection\",\"features\":{}}", "wrong_type", "the file is {\"features\"");
    one_fault("{}", "wrong_type", "the file is \"\"");
    one_fault("{\"type\":\"FeatureCollection\",\"type\":\"Feature\",\"features\":[]}", "wrong_type",
              "`type` is there twice");
    one_fault("{\"type\":\"\xff\"}", "syntax", "this is no JSON");
}

static void what_is_nested_or_large_beyond_reason_is_refused_in_bounded_memory(void **state)
{
    (void)state;
    size_t n = 200000;
    char *deep = malloc(n + 100);
    sprintf(deep, "{\"type\":\"FeatureCollection\",\"features\":");
    size_t at = strlen(deep);
    memset(deep + at, '[', n);
    deep[at + n] = 0;
    one_fault(deep, "too_deep", "nested deeper than 32 levels");
    for (size_t i = 0; i + 5 < n; i += 5)
        memcpy(deep + at + i, "{\"a\":", 5);
    one_fault(deep, "too_deep", "nested deeper than 32 levels");
    free(deep);

    char *many = malloc(40 * (QP_GEO_GRID_POINTS + 10)), *p = many;
    p += sprintf(
        p, "%s",
        "{\"type\":\"Feature\"," NAMED("g1") ",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[");
    for (int i = 0; i <= QP_GEO_GRID_POINTS; i++)
        p += sprintf(p, "[116.%07d,33.%07d],", i, i % 7);
    sprintf(p, "[116,33]]]}}");
    one_fault(many, "too_large", "polygon 1, ring 1: a boundary has at most 4000 positions");
    struct qp_geo_file f;
    read_how(&f, many, QP_CRS_UNKNOWN, true); /* an outline may be larger; this one crosses itself */
    assert_int_equal(f.all_faults, 1);
    assert_string_equal(qp_geo_fault_name(f.faults[0].kind), "self_crossing");
    qp_geo_file_free(&f);
    p = many + sprintf(many, "%s",
                       "{\"type\":\"Feature\"," NAMED(
                           "g1") ",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[" SQUARE);
    for (int i = 0; i < QP_GEO_RINGS; i++)
        p += sprintf(p, ",%s", "[[1,1],[1,2],[2,2],[1,1]]");
    sprintf(p, "]}}");
    one_fault(many, "too_large", "a boundary has at most 512 rings");
    free(many);
}

static void faults_beyond_the_kept_ones_are_counted(void **state)
{
    struct qp_geo_file f;
    char *text = malloc(600 * 3), *p = text;
    (void)state;
    p += sprintf(p, "{\"type\":\"FeatureCollection\",\"features\":[0");
    for (int i = 1; i < 600; i++)
        p += sprintf(p, ",0");
    sprintf(p, "]}");
    read_it(&f, text);
    assert_int_equal(f.n_faults, QP_GEO_FAULTS_KEPT);
    assert_int_equal(f.all_faults, 600);
    assert_int_equal(f.features, 600);
    qp_geo_file_free(&f);
    free(text);
}

static void a_crs_member_is_believed_where_it_is_known_and_else_refused(void **state)
{
    struct qp_geo_file f;
    (void)state;
#define CRS(name) "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"" name "\"}},"
#define WITH_CRS(name)                                                                                       \
    "{\"type\":\"FeatureCollection\"," CRS(name) "\"features\":[" FEATURE("g1", POLYGON(SQUARE)) "]}"
    read_it(&f, WITH_CRS("urn:ogc:def:crs:OGC:1.3:CRS84"));
    assert_true(f.n == 1 && f.crs == QP_CRS_WGS84);
    qp_geo_file_free(&f);
    read_it(&f, WITH_CRS("urn:ogc:def:crs:EPSG::4490"));
    assert_true(f.n == 1 && f.crs == QP_CRS_CGCS2000);
    qp_geo_file_free(&f);
    one_fault(WITH_CRS("urn:ogc:def:crs:EPSG::3857"), "unknown_crs", "\"urn:ogc:def:crs:EPSG::3857\"");
    read_how(&f, WITH_CRS("urn:ogc:def:crs:EPSG::3857"), QP_CRS_GCJ02, false);
    assert_true(f.n == 1 && f.crs == QP_CRS_GCJ02);
    qp_geo_file_free(&f);
}

static void gcj02_and_bd09_are_converted_on_the_way_in(void **state)
{
    struct qp_geo_file f;
    (void)state;
    for (enum qp_crs crs = QP_CRS_GCJ02; crs <= QP_CRS_BD09; crs++) {
        double lat = 33.6, lon = 116.9;
        char text[1000];
        qp_crs_from_wgs84(crs, &lat, &lon);
        snprintf(text, sizeof text,
                 "{\"type\":\"Feature\"," NAMED(
                     "g1") ",\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[%.9f,%.9f],"
                           "[117,33.6],[117,33.7],[%.9f,%.9f]]]}}",
                 lon, lat, lon, lat);
        read_how(&f, text, crs, false);
        assert_int_equal(f.n, 1);
        assert_true(labs(f.grids[0].shape.points[0].lon7 - 1169000000L) <= 1);
        assert_true(labs(f.grids[0].shape.points[0].lat7 - 336000000L) <= 1);
        assert_true(labs(f.grids[0].shape.points[1].lon7 - 1170000000L) >
                    10000); /* moved by hundreds of metres */
        qp_geo_file_free(&f);
    }
}

/* Whatever is cut off or changed: no crash, no leak, a sentence or a sound grid. */
static void broken_files_are_answered_and_nothing_else(void **state)
{
    static const char whole[] =
        FILE_OF(FEATURE("g1", POLYGON(SQUARE "," HOLE)) "," FEATURE("g2", MULTI("[" SQUARE "]")));
    static const char with[] = "[]{},:\"\\0-e9.nt \x80";
    struct qp_geo_file f;
    uint32_t seed = 12345;
    (void)state;
    for (size_t cut = 0; cut < sizeof whole - 1; cut++) {
        char text[sizeof whole];
        memcpy(text, whole, cut);
        text[cut] = 0;
        read_it(&f, text);
        assert_true(f.n == 0 && f.all_faults == 1);
        qp_geo_file_free(&f);
    }
    for (int round = 0; round < 6000; round++) {
        char text[sizeof whole], said[QP_GEO_SENTENCE];
        memcpy(text, whole, sizeof whole);
        for (int i = 0; i <= round % 3; i++) {
            seed = seed * 1664525 + 1013904223;
            text[(seed >> 8) % (sizeof whole - 1)] = with[(seed >> 4) % (sizeof with - 1)];
        }
        read_it(&f, text);
        for (size_t i = 0; i < f.n_faults; i++) {
            qp_geo_fault_text(said, &f.faults[i], round & 1);
            if (!qp_utf8_ok(said, strlen(said)))
                fail_msg("round %d: %s", round, said);
        }
        assert_true(f.n + f.all_faults > 0);
        qp_geo_file_free(&f);
    }
}

static void suzhous_outline_of_the_shared_data_is_read_from_gcj02(void **state)
{
    const char *folder = getenv("QP_SHARED");
    char path[4096];
    void *text;
    size_t len;
    (void)state;
    snprintf(path, sizeof path, "%s/data/suzhou-counties.geojson", folder ? folder : "../shared");
    if (access(path, R_OK) != 0) {
        print_message("SKIPPED: %s is not there (QP_SHARED names the folder of shared data)\n", path);
        skip();
    }
    struct qp_geo_file f;
    struct qp_geo_how how = {QP_CRS_GCJ02, true};
    struct qp_err e;
    assert_int_equal(qp_file_read(path, QP_GEO_FILE_BYTES, &text, &len, &e), 0);
    assert_int_equal(qp_geo_read(&f, text, len, &how, &e), 0);
    if (f.all_faults) {
        char said[QP_GEO_SENTENCE];
        qp_geo_fault_text(said, &f.faults[0], false);
        fail_msg("%zu faults: %s", f.all_faults, said);
    }
    assert_int_equal(f.n, 6);
    double parts = 0, city = qp_geo_area_m2(&f.grids[0].shape) / 1e6;
    for (size_t i = 1; i < f.n; i++)
        parts += qp_geo_area_m2(&f.grids[i].shape) / 1e6;
    print_message("the city %.1f km2, its five counties %.1f km2\n", city, parts);
    assert_true(city > 9700 && city < 10100); /* published: 9,939 km2 */
    assert_true(parts > 0.995 * city && parts < 1.005 * city);
    qp_geo_file_free(&f);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_grid_comes_out_as_it_was_drawn),
        cmocka_unit_test(order_heights_foreign_members_and_numbers_as_codes_are_taken),
        cmocka_unit_test(a_feature_alone_and_an_outline_without_properties_are_taken),
        cmocka_unit_test(what_is_wrong_with_a_ring_is_said_with_feature_ring_and_vertex),
        cmocka_unit_test(positions_that_are_none_are_said_and_swapped_axes_by_their_name),
        cmocka_unit_test(an_ordinary_place_near_the_pole_or_the_antimeridian_is_taken),
        cmocka_unit_test(properties_are_asked_for_one_by_one),
        cmocka_unit_test(codes_are_unique_within_a_node_and_may_return_in_another),
        cmocka_unit_test(a_faulty_feature_costs_itself_alone),
        cmocka_unit_test(what_is_no_geojson_is_said_with_line_and_column),
        cmocka_unit_test(what_is_nested_or_large_beyond_reason_is_refused_in_bounded_memory),
        cmocka_unit_test(faults_beyond_the_kept_ones_are_counted),
        cmocka_unit_test(a_crs_member_is_believed_where_it_is_known_and_else_refused),
        cmocka_unit_test(gcj02_and_bd09_are_converted_on_the_way_in),
        cmocka_unit_test(broken_files_are_answered_and_nothing_else),
        cmocka_unit_test(suzhous_outline_of_the_shared_data_is_read_from_gcj02),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
