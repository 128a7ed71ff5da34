/* grids_test.c: grids over HTTP (GR1, GR2): made, changed, imported, found; a matter with a position finds its own. */
#include "node/http/calls/grids_beside.h"
#include "tests/unit/http/people.h"

#define SQUARE(lat, lon, side)                                                                               \
    "{\"type\":\"Polygon\",\"coordinates\":[[[" lon "," lat "],[" lon side "," lat "],[" lon side            \
    "," lat side "],[" lon "," lat side "],[" lon "," lat "]]]}"
#define FEATURE(code, node, boundary)                                                                        \
    "{\"type\":\"Feature\",\"properties\":{\"code\":\"" code "\",\"title\":\"" code "\",\"node\":\"" node    \
    "\"},\"geometry\":" boundary "}"
#define FEATURES(list) "{\"type\":\"FeatureCollection\",\"features\":[" list "]}"
/* 0.01 degrees wide: 117.00 and 117.009 …: "side" is written behind the digits */
#define G1 SQUARE("33.6", "116.9", "1")
#define G2 SQUARE("33.61", "116.9", "9")

static void a_grid_is_made_and_its_position_found(void **state)
{
    struct rig *r = *state;
    account(r, "li", "\"worker\"");
    struct answer *a =
        status(post(r, "/api/v1/grids",
                    "{\"code\":\"g1\",\"title\":\"第一网格\",\"worker\":\"li\",\"volunteers\":[\"v1\"],"
                    "\"units\":[{\"title\":\"小学\",\"kind\":\"school\"}],\"boundary\":" G1 "}"),
               201);
    assert_string_equal(text_at(a, "boundary.type"), "Polygon");
    assert_string_equal(text_at(a, "node"), "suzhou");
    assert_string_equal(text_at(a, "units.0.kind"), "school");
    assert_int_equal(json_array_size(at(a, "boundary.coordinates.0")), 5);
    answer_free(a);
    a = status(get(r, "/api/v1/grids:locate?lat=33.605&lon=116.905"), 200);
    assert_string_equal(text_at(a, "code"), "g1");
    assert_string_equal(text_at(a, "node"), "suzhou");
    answer_free(a);
    done(get(r, "/api/v1/grids:locate?lat=40&lon=116.905"), 404);
    done(get(r, "/api/v1/grids:locate?lat=33.605"), 400);
    done(get(r, "/api/v1/grids:locate?lat=33.605&lon=116.905&crs=mars"), 400);
    a = status(get(r, "/api/v1/grids:coverage"), 200);
    assert_int_equal(int_at(a, "rows.0.grids"), 1);
    assert_int_equal(int_at(a, "rows.0.units"), 1);
    assert_int_equal(int_at(a, "rows.0.without_worker"), 0);
    assert_true(json_number_value(at(a, "rows.0.area_km2")) > 1.0);
    answer_free(a);
    a = status(get(r, "/api/v1/map"), 200);
    assert_string_equal(text_at(a, "outlines.0.code"), "g1");
    assert_string_equal(text_at(a, "outlines.0.node"), "suzhou");
    assert_string_equal(text_at(a, "outlines.0.boundary.type"), "Polygon");
    assert_null(strstr(a->body, "worker")); /* a wall may ask: no person stands in it */
    assert_string_equal(text_at(a, "file.state"), "none");
    assert_int_equal(int_at(a, "left_off"), 0);
    answer_free(a);
    done(get(r, "/api/v1/map?area=elsewhere"), 404);
    done(get(r, "/map.pmtiles"), 404); /* none is set */
    a = status(ask(r, "PATCH", "/api/v1/grids/g1", "{\"worker\":null,\"if_version\":1}", r->token, NULL),
               200);
    assert_int_equal(int_at(a, "version"), 2);
    assert_string_equal(text_at(a, "boundary.type"), "Polygon"); /* what was not named stays */
    answer_free(a);
    a = status(ask(r, "PATCH", "/api/v1/grids/g1", "{\"title\":\"x\",\"if_version\":1}", r->token, NULL),
               409);
    assert_int_equal(int_at(a, "error.current.version"), 2);
    answer_free(a);
    done(ask(r, "DELETE", "/api/v1/grids/g1", NULL, r->token, NULL), 200);
    done(get(r, "/api/v1/grids:locate?lat=33.605&lon=116.905"), 404);
    a = status(get(r, "/api/v1/grids/g1"), 200);
    assert_non_null(text_at(a, "ended_at"));
    answer_free(a);
}

/* RE4: what still points to an account that has ended says so, and counts as none. */
static void a_worker_whose_account_ended_is_told_and_not_proposed(void **state)
{
    struct rig *r = *state;
    account(r, "li", "\"worker\"");
    account(r, "zhao", "\"worker\"");
    struct answer *a = status(
        post(r, "/api/v1/grids",
             "{\"code\":\"g1\",\"title\":\"g1\",\"worker\":\"li\",\"deputies\":[\"zhao\"],\"boundary\":" G1
             "}"),
        201);
    assert_true(json_is_false(at(a, "worker_ended")));
    assert_int_equal(json_array_size(at(a, "deputies_ended")), 0);
    answer_free(a);
    a = status(post(r, "/api/v1/matters",
                    "{\"category\":\"water\",\"title\":\"t\",\"source\":\"s\",\"location\":{\"lat\":33.605,"
                    "\"lon\":116.905}}"),
               201);
    assert_string_equal(text_at(a, "grid_worker"), "li");
    char path[80];
    snprintf(path, sizeof path, "/api/v1/matters/%s", text_at(a, "id"));
    answer_free(a);
    done(ask(r, "DELETE", "/api/v1/users/li", NULL, r->token, NULL), 200);
    done(ask(r, "DELETE", "/api/v1/users/zhao", NULL, r->token, NULL), 200);
    a = status(get(r, "/api/v1/grids/g1"), 200);
    assert_true(json_is_true(at(a, "worker_ended")));
    assert_string_equal(text_at(a, "deputies_ended.0"), "zhao");
    answer_free(a);
    a = status(get(r, "/api/v1/grids"), 200);
    assert_true(json_is_true(at(a, "items.0.worker_ended")));
    answer_free(a);
    a = status(get(r, "/api/v1/grids:coverage"), 200);
    assert_int_equal(int_at(a, "total.without_worker"), 1);
    assert_int_equal(int_at(a, "rows.0.without_worker"), 1);
    answer_free(a);
    a = status(get(r, path), 200);
    assert_true(json_is_null(at(a, "grid_worker")));
    answer_free(a);
}

/* GR1: who draws one over another reads it in the answer, with the other's code. */
static void a_grid_that_lies_over_another_is_taken_with_a_warning(void **state)
{
    struct rig *r = *state;
    struct answer *a =
        status(post(r, "/api/v1/grids", "{\"code\":\"g1\",\"title\":\"g1\",\"boundary\":" G1 "}"), 201);
    assert_null(strstr(a->body, "warnings"));
    answer_free(a);
    a = status(post(r, "/api/v1/grids", "{\"code\":\"g2\",\"title\":\"g2\",\"boundary\":" G1 "}"), 201);
    assert_string_equal(text_at(a, "warnings.0.code"), "overlap");
    assert_string_equal(text_at(a, "warnings.0.field"), "boundary");
    assert_string_equal(text_at(a, "warnings.0.grid.code"), "g1");
    assert_string_equal(text_at(a, "warnings.0.grid.node"), "suzhou");
    assert_non_null(strstr(text_at(a, "warnings.0.message"), "g1"));
    assert_non_null(strstr(text_at(a, "warnings.0.message_zh"), "g1"));
    assert_int_equal(json_array_size(at(a, "warnings")), 1);
    answer_free(a);
    a = status(ask(r, "PATCH", "/api/v1/grids/g2", "{\"title\":\"x\"}", r->token, NULL), 200);
    assert_string_equal(text_at(a, "warnings.0.grid.code"), "g1"); /* it still does */
    answer_free(a);
    a = status(ask(r, "PATCH", "/api/v1/grids/g2", "{\"boundary\":" G2 "}", r->token, NULL), 200);
    assert_null(strstr(a->body, "warnings"));
    answer_free(a);
    a = status(get(r, "/api/v1/grids/g2"), 200);
    assert_null(strstr(a->body, "warnings"));
    answer_free(a);
}

static void what_is_no_boundary_is_refused_by_name(void **state)
{
    struct rig *r = *state;
    struct answer *a = status(post(r, "/api/v1/grids",
                                   "{\"code\":\"x\",\"title\":\"x\",\"boundary\":{\"type\":\"Polygon\","
                                   "\"coordinates\":[[[116.9,33.6],"
                                   "[116.91,33.61],[116.91,33.6],[116.9,33.61],[116.9,33.6]]]}}"),
                              422); /* it crosses itself */
    assert_string_equal(text_at(a, "error.field"), "boundary");
    answer_free(a);
    done(post(r, "/api/v1/grids",
              "{\"code\":\"x\",\"title\":\"x\",\"boundary\":{\"type\":\"Point\",\"coordinates\":[1,2]}}"),
         400);
    done(post(r, "/api/v1/grids", "{\"code\":\"x\",\"title\":\"x\",\"boundary\":7}"), 400);
    a = status(post(r, "/api/v1/grids", "{\"code\":\"x\",\"title\":\"x\",\"worker\":\"nobody\"}"), 422);
    assert_string_equal(text_at(a, "error.field"), "worker");
    answer_free(a);
}

static void an_import_tells_what_came_of_each_grid(void **state)
{
    struct rig *r = *state;
    struct answer *a = status(post(r, "/api/v1/grids:import",
                                   FEATURES(FEATURE("g1", "suzhou", G1) "," FEATURE(
                                       "g2", "suzhou", G2) "," FEATURE("g3", "suzhou/nowhere", G1))),
                              200);
    assert_int_equal(int_at(a, "added"), 2);
    assert_int_equal(int_at(a, "changed"), 0);
    assert_int_equal(int_at(a, "sent"), 0);
    assert_int_equal(json_array_size(at(a, "overlaps")), 0);
    assert_int_equal(json_array_size(at(a, "errors")), 1);
    assert_int_equal(int_at(a, "errors.0.feature"), 3);
    assert_string_equal(text_at(a, "errors.0.field"), "node");
    answer_free(a);
    /* the same once more changes nothing; another boundary changes one, and lies on what is known */
    a = status(post(r, "/api/v1/grids:import", FEATURES(FEATURE("g1", "suzhou", G1))), 200);
    assert_int_equal(int_at(a, "added") + int_at(a, "changed"), 0);
    answer_free(a);
    a = status(post(r, "/api/v1/grids:import", FEATURES(FEATURE("g2", "suzhou", G1))), 200);
    assert_int_equal(int_at(a, "changed"), 1);
    assert_int_equal(json_array_size(at(a, "overlaps")), 1);
    answer_free(a);
    a = status(get(r, "/api/v1/grids?limit=1"), 200);
    assert_string_equal(text_at(a, "items.0.code"), "g1");
    char path[160];
    snprintf(path, sizeof path, "/api/v1/grids?limit=1&cursor=%s", text_at(a, "next_cursor"));
    answer_free(a);
    a = status(get(r, path), 200);
    assert_string_equal(text_at(a, "items.0.code"), "g2");
    assert_true(json_is_null(at(a, "next_cursor")));
    answer_free(a);
    done(post(r, "/api/v1/grids:import", "{\"type\":"), 400);
}

static void rows_of_a_spreadsheet_are_told_by_their_number(void **state)
{
    struct rig *r = *state;
    account(r, "li", "\"worker\"");
    struct answer *a = status(
        post(
            r, "/api/v1/grids:import",
            "{\"rows\":[{\"code\":\"g1\",\"title\":\"one\",\"worker\":\"li\",\"units\":[{\"title\":\"店\"}]},"
            "{\"code\":\"g2\"},{\"code\":\"g3\",\"title\":\"three\",\"worker\":\"nobody\"},"
            "{\"code\":\"g4\",\"title\":\"four\",\"wroker\":\"li\"}]}"),
        200);
    assert_int_equal(int_at(a, "added"), 1);
    assert_int_equal(json_array_size(at(a, "errors")), 3);
    assert_int_equal(int_at(a, "errors.0.row"), 2);
    assert_string_equal(text_at(a, "errors.1.field"), "worker");
    assert_string_equal(text_at(a, "errors.2.field"), "wroker");
    answer_free(a);
    a = status(post(r, "/api/v1/grids:import", "{\"rows\":[{\"code\":\"g1\",\"title\":\"another\"}]}"), 200);
    assert_int_equal(int_at(a, "changed"), 1);
    answer_free(a);
    a = status(get(r, "/api/v1/grids/g1"), 200);
    assert_string_equal(text_at(a, "worker"), "li");
    assert_string_equal(text_at(a, "units.0.title"), "店");
    answer_free(a);
}

/* What came in is compared with what is known round about; what is too much for that is counted, not passed over. */
static void known_grids_that_are_too_many_to_compare_are_counted(void **state)
{
    struct rig *r = *state;
    struct qp_read read;
    struct qp_resource_row row;
    struct qp_grids_beside b = {.most = 2};
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    done(post(r, "/api/v1/grids:import",
              FEATURES(FEATURE("g1", "suzhou", G1) "," FEATURE("g2", "suzhou", G2) "," FEATURE(
                  "g3", "suzhou", SQUARE("33.60", "116.9", "5")) "," FEATURE("g9", "suzhou",
                                                                             SQUARE("40", "116.9", "9")))),
         200);
    assert_int_equal(qp_read_begin(r->store, &read, NULL), 0);
    assert_int_equal(qp_resource_read(&read, &qp_resources[QP_RESOURCE_GRID], "g1", a, &row), 0);
    assert_int_equal(
        qp_grids_beside_add(&b, "new", "new", "suzhou", &((Qp__GridMade *)row.made)->boundary, a), 0);
    assert_int_equal(qp_grids_beside_find(&b, r->core, &read, a, NULL), 0);
    assert_int_equal(b.n, 2);
    assert_int_equal(b.left, 2);  /* g2 and g3; g9 is far away */
    for (int i = 0; i < 3; i++) { /* some were left; it could not be seen at all; all is seen */
        static const struct qp_auth ALL = {.by = "token:all"};
        struct qp_json j = {0};
        b.left = i == 0 ? 2 : 0;
        qp_json_object(&j);
        qp_json_beside_warnings(&j, &ALL, &b, i == 1 ? QP_ENOMEM : 0);
        qp_json_object_end(&j);
        qp_json_raw(&j, "", 1);
        assert_int_equal(!!strstr(j.p, "overlap"), i != 1);
        assert_int_equal(!!strstr(j.p, "not_compared"), i != 2);
        qp_json_drop(&j);
    }
    qp_grids_beside_free(&b);
    qp_read_end(&read);
    qp_arena_free(a);
}

static void rows_are_told_from_features_by_the_body_s_own_member(void **state)
{
    struct rig *r = *state;
    struct answer *a = status(post(r, "/api/v1/grids:import",
                                   "{\"name\":\"rows\",\"x\":{\"rows\":[]},\"type\":\"FeatureCollection\","
                                   "\"features\":[" FEATURE("g1", "suzhou", G1) "]}"),
                              200);
    assert_int_equal(int_at(a, "added"), 1);
    assert_int_equal(int_at(a, "not_compared"), 0);
    answer_free(a);
    a = status(post(r, "/api/v1/grids:import",
                    "                                                                        "
                    "{\"rows\":[{\"code\":\"g2\",\"title\":\"two\"}]}"),
               200);
    assert_int_equal(int_at(a, "added"), 1);
    answer_free(a);
}

/* GR2. */
static void a_matter_with_a_position_finds_its_grid_or_says_that_there_is_none(void **state)
{
    struct rig *r = *state;
    struct answer *a =
        status(post(r, "/api/v1/matters",
                    "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"location\":{\"lat\":33.605,"
                    "\"lon\":116.905}}"),
               201);
    assert_true(json_is_null(at(a, "grid")));
    assert_null(json_object_get(a->json, "warnings")); /* no grid was ever made: nothing to tell */
    answer_free(a);
    account(r, "li", "\"worker\"");
    done(post(r, "/api/v1/grids", "{\"code\":\"g1\",\"title\":\"g\",\"worker\":\"li\",\"boundary\":" G1 "}"),
         201);
    a = status(post(r, "/api/v1/matters",
                    "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"location\":{\"lat\":33.605,"
                    "\"lon\":116.905}}"),
               201);
    assert_string_equal(text_at(a, "grid"), "g1");
    assert_string_equal(text_at(a, "grid_worker"), "li");
    answer_free(a);
    a = status(post(r, "/api/v1/matters",
                    "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"location\":{\"lat\":34.5,\"lon\":"
                    "116.905}}"),
               201);
    assert_true(json_is_null(at(a, "grid")));
    assert_string_equal(text_at(a, "area"), "suzhou");
    assert_string_equal(text_at(a, "warnings.0.code"), "outside_grids");
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_grid_is_made_and_its_position_found),
        TEST(a_worker_whose_account_ended_is_told_and_not_proposed),
        TEST(a_grid_that_lies_over_another_is_taken_with_a_warning),
        TEST(what_is_no_boundary_is_refused_by_name),
        TEST(an_import_tells_what_came_of_each_grid),
        TEST(rows_of_a_spreadsheet_are_told_by_their_number),
        TEST(known_grids_that_are_too_many_to_compare_are_counted),
        TEST(rows_are_told_from_features_by_the_body_s_own_member),
        TEST(a_matter_with_a_position_finds_its_grid_or_says_that_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
