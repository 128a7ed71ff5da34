/* duty_test.c: duty, positions and patrols, over HTTP (GR3, GR4). */
#include <unistd.h>

#include "node/core/duty.h"
#include "node/http/shape/json_read.h"
#include "tests/unit/http/duty.h"

static void who_is_on_duty_is_found_by_distance_and_gone_when_off(void **state)
{
    struct rig *r = *state;
    char li[COOKIE], wang[COOKIE];
    person(r, "li", "\"worker\"", li);
    person(r, "wang", "\"worker\"", wang);
    done(post(r, "/api/v1/grids", GRID), 201);
    done(as(r, li, "POST", "/api/v1/duty/position", "{\"lat\":33.605,\"lon\":116.905}"),
         409); /* not on duty */
    refused(as(r, li, "POST", "/api/v1/duty", "{\"on\":true,\"grid\":\"g9\"}"), 422, "grid");
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":true,\"grid\":\"g1\"}"), 200);
    done(as(r, wang, "POST", "/api/v1/duty", "{\"on\":true}"), 200);
    struct answer *a = status(as(r, li, "GET", "/api/v1/me", NULL), 200);
    assert_true(json_is_true(at(a, "on_duty")));
    answer_free(a);
    done(as(r, li, "POST", "/api/v1/duty/position", "{\"lat\":33.605,\"lon\":116.905,\"accuracy_m\":8}"),
         200);
    done(as(r, wang, "POST", "/api/v1/duty/position", "{\"lat\":33.7,\"lon\":116.905}"), 200);
    refused(as(r, wang, "POST", "/api/v1/duty/position", "{\"lat\":33.7,\"lon\":116.905,\"person\":\"li\"}"),
            400, "person"); /* asked twice, a field hides none */
    a = status(get(r, "/api/v1/duty?lat=33.606&lon=116.905"), 200);
    assert_string_equal(text_at(a, "items.0.person"), "li");
    assert_string_equal(text_at(a, "items.0.role"), "worker");
    assert_string_equal(text_at(a, "items.0.grid"), "g1");
    assert_int_equal((int)json_number_value(at(a, "items.0.distance_m")), 111);
    assert_true(json_is_false(at(a, "items.0.busy")));
    assert_true(int_at(a, "items.0.position_age_s") < 30);
    assert_non_null(strstr(text_at(a, "items.0.reason"), "free; heard"));
    assert_non_null(strstr(text_at(a, "items.0.reason_zh"), "空闲"));
    assert_string_equal(text_at(a, "items.1.person"), "wang");
    assert_int_equal(json_array_size(at(a, "unknown")), 0);
    answer_free(a);
    done(as(r, wang, "POST", "/api/v1/duty", "{\"on\":false,\"person\":\"li\",\"reason\":\"x\"}"), 403);
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":false}"), 200);
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":true}"), 200);
    a = status(get(r, "/api/v1/duty?lat=33.606&lon=116.905"), 200);
    assert_string_equal(text_at(a, "items.0.person"), "wang");
    assert_true(json_is_null(at(a, "items.1.distance_m"))); /* what was known is gone with the shift */
    answer_free(a);
}

static void a_position_is_known_as_long_as_the_policy_keeps_it(void **state)
{
    struct rig *r = *state;
    char li[COOKIE];
    person(r, "li", "\"worker\"", li);
    done(ask(r, "PUT", "/api/v1/policy",
             "{\"version\":\"p\",\"title\":\"T\",\"categories\":[{\"code\":\"\",\"title\":\"其他\"}],"
             "\"rules\":{\"keep_position\":\"2s\"}}",
             r->token, NULL),
         200);
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":true}"), 200);
    done(as(r, li, "POST", "/api/v1/duty/position", HERE), 200);
    struct answer *a = status(get(r, "/api/v1/duty?lat=33.606&lon=116.905"), 200);
    assert_int_equal((int)json_number_value(at(a, "items.0.distance_m")), 111);
    answer_free(a);
    sleep(3);
    a = status(get(r, "/api/v1/duty?lat=33.606&lon=116.905"), 200);
    assert_true(json_is_null(at(a, "items.0.distance_m")));
    answer_free(a);
}

/* One that nobody stopped, of the winter, and one of now: who is on the first is free. */
static void a_patrol_that_nobody_stopped_keeps_nobody_busy(void **state)
{
    static const char *const starts[] = {"{\"grid\":\"g1\",\"at\":\"2026-01-05T02:00:00Z\"}",
                                         "{\"grid\":\"g1\"}"};
    struct rig *r = *state;
    char li[COOKIE];
    done(post(r, "/api/v1/grids", GRID), 201);
    person(r, "li", "\"worker\"", li);
    done(post(r, "/api/v1/patrols", starts[0]), 201); /* the importer's own */
    done(post(r, "/api/v1/duty", "{\"on\":true}"), 200);
    struct answer *a = status(get(r, "/api/v1/duty"), 200);
    assert_int_equal(json_array_size(at(a, "items")), 1);
    assert_true(json_is_false(at(a, "items.0.busy")));
    answer_free(a);
    done(post(r, "/api/v1/duty", "{\"on\":false}"), 200);
    done(as(r, li, "POST", "/api/v1/patrols", starts[1]), 201);
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":true}"), 200);
    a = status(get(r, "/api/v1/duty"), 200);
    assert_true(json_is_true(at(a, "items.0.busy")));
    answer_free(a);
}

/* So many are opened and given to that person. */
static void handed_to(struct rig *r, const char *person, int n)
{
    char *body = calloc((size_t)n, 160), *to = body;
    const char *const type = "Content-Type: application/x-ndjson\r\n";
    for (int i = 0; i < n; i++)
        to += sprintf(to, "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\"}\n");
    struct answer *a = status(ask(r, "POST", "/api/v1/matters:batch", body, r->token, type), 200);
    const char *line = a->body;
    to = body;
    for (int i = 0; i < n; i++, line = strchr(line, '\n') + 1) {
        json_t *o = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
        to += sprintf(to, "{\"id\":\"%s\",\"step\":\"assign\",\"person\":\"%s\"}\n",
                      json_string_value(json_object_get(o, "id")), person);
        json_decref(o);
    }
    answer_free(a);
    a = status(ask(r, "POST", "/api/v1/matters:batch", body, r->token, type), 200);
    assert_null(strstr(a->body, "error"));
    answer_free(a);
    free(body);
}

/* The oldest of more matters than one list has. */
static void who_has_an_old_matter_is_not_free(void **state)
{
    struct rig *r = *state;
    char li[COOKIE];
    person(r, "li", "\"worker\"", li);
    account(r, "wang", "\"worker\"");
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":true}"), 200);
    handed_to(r, "li", 1);
    handed_to(r, "wang", QP_LIST_MOST + 1);
    struct answer *a = status(get(r, "/api/v1/duty"), 200);
    assert_true(json_is_true(at(a, "items.0.busy")));
    assert_string_equal(text_at(a, "items.0.reason"), "handles 1 matter");
    assert_string_equal(text_at(a, "items.0.reason_zh"), "手上有 1 件事项");
    answer_free(a);
}

static void who_is_on_duty_is_told_page_by_page(void **state)
{
    struct rig *r = *state;
    static const char *const names[] = {"a", "b", "c", "e"};
    char body[120], cursor[300] = "", path[500], seen[64] = "";
    for (size_t i = 0; i < 4; i++) {
        snprintf(body, sizeof body, "{\"person\":\"%s\",\"on\":true,\"reason\":\"x\"}", names[i]);
        account(r, names[i], "\"worker\"");
        done(post(r, "/api/v1/duty", body), 200);
    }
    for (int page = 0; page < 3; page++) {
        snprintf(path, sizeof path, "/api/v1/duty?limit=2%s%s", *cursor ? "&cursor=" : "", cursor);
        struct answer *a = status(get(r, path), 200);
        assert_int_equal(int_at(a, "total"), 4);
        for (size_t i = 0; i < json_array_size(at(a, "items")); i++)
            strcat(seen, json_string_value(json_object_get(json_array_get(at(a, "items"), i), "person")));
        cursor[0] = '\0';
        const char *next = json_string_value(at(a, "next_cursor"));
        for (size_t k = 0; next && *next; next++)
            k += (size_t)snprintf(cursor + k, sizeof cursor - k, *next == ' ' ? "%%20" : "%c", *next);
        answer_free(a);
        if (!*cursor)
            break;
    }
    assert_string_equal(seen, "abce");
    done(get(r, "/api/v1/duty?cursor=nonsense"), 400);
    done(get(r, "/api/v1/duty?cursor=nan%20suzhou%20a"), 400);
}

static void a_patrol_is_started_marked_and_stopped_by_its_person(void **state)
{
    struct rig *r = *state;
    char li[COOKIE], wang[COOKIE], path[120], id[40];
    person(r, "li", "\"worker\"", li);
    person(r, "wang", "\"worker\"", wang);
    done(post(r, "/api/v1/grids", GRID), 201);
    refused(as(r, li, "POST", "/api/v1/patrols", "{\"grid\":\"g9\"}"), 422, "grid");
    struct answer *a =
        status(as(r, li, "POST", "/api/v1/patrols",
                  "{\"grid\":\"g1\",\"police\":true,\"with\":[{\"role\":\"police\",\"count\":2}]}"),
               201);
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    assert_string_equal(text_at(a, "person"), "li");
    assert_int_equal(int_at(a, "with.0.count"), 2);
    assert_true(json_is_null(at(a, "stopped")));
    answer_free(a);
    done(as(r, li, "POST", "/api/v1/patrols", "{\"grid\":\"g1\"}"), 409);
    snprintf(path, sizeof path, "/api/v1/patrols/%s/checkpoint", id);
    done(as(r, wang, "POST", path, "{}"), 404); /* it is not of his grids (DE2) */
    a = status(as(r, li, "POST", path, "{\"lat\":33.605,\"lon\":116.905,\"note\":\"门锁损坏\"}"), 200);
    assert_string_equal(text_at(a, "findings.0.note"), "门锁损坏");
    answer_free(a);
    refused(as(r, li, "POST", path, "{\"matter\":\"00000000000000000000000000\"}"), 422, "matter");
    snprintf(path, sizeof path, "/api/v1/patrols/%s/resume", id);
    done(as(r, li, "POST", path, "{}"), 409);
    snprintf(path, sizeof path, "/api/v1/patrols/%s/dance", id);
    done(as(r, li, "POST", path, "{}"), 404);
    snprintf(path, sizeof path, "/api/v1/patrols/%s/stop", id);
    a = status(as(r, li, "POST", path, "{\"if_version\":1}"), 409); /* it has changed since (RE4) */
    assert_int_equal(int_at(a, "error.current.version"), 2);
    answer_free(a);
    a = status(as(r, li, "POST", path, "{\"if_version\":2}"), 200);
    assert_non_null(text_at(a, "stopped"));
    answer_free(a);
    done(as(r, li, "POST", path, "{}"), 409);
    a = status(get(r, "/api/v1/patrols?grid=g1"), 200);
    assert_string_equal(text_at(a, "items.0.id"), id);
    assert_true(json_is_null(at(a, "next_cursor")));
    answer_free(a);
}

/* The marks of a patrol as the table has them, "SN" for each: Start Resume Position Checkpoint pAuse sTop, and Nowhere On oFf. */
static void marks_are(struct rig *r, const char *id_text, const char *wanted)
{
    static const char kinds[] = "SRPCAT", places[] = "NOF";
    struct qp_read read;
    Qp__PatrolRow *row;
    struct qp_mark v[16];
    uint8_t id[QP_ID_LEN];
    char out[64] = "";
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    assert_int_equal(qp_id_parse(id, id_text), 0);
    assert_int_equal(qp_read_begin(r->store, &read, NULL), 0);
    assert_int_equal(qp_patrol_read(&read, id, a, &row), 0);
    size_t n = qp_patrol_marks(row, v, 16), len = 0;
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(out + len, sizeof out - len, "%s%c%c", i ? " " : "", kinds[v[i].kind],
                                places[v[i].place]);
    assert_string_equal(out, wanted);
    qp_read_end(&read);
    qp_arena_free(a);
}

static void patrol_post(struct rig *r, const char *cookie, const char *id, const char *verb, const char *body)
{
    char path[120];
    snprintf(path, sizeof path, "/api/v1/patrols/%s/%s", id, verb);
    done(as(r, cookie, "POST", path, body), 200);
}

static const char *started(struct rig *r, const char *cookie, char id[40])
{
    struct answer *a = status(as(r, cookie, "POST", "/api/v1/patrols", "{\"grid\":\"g1\"}"), 201);
    snprintf(id, 40, "%s", text_at(a, "id"));
    answer_free(a);
    return id;
}

/* GR3: an account that ends is nobody's place on the map, and walks no patrol. */
static void who_has_no_account_any_more_is_on_no_duty_and_no_patrol(void **state)
{
    struct rig *r = *state;
    char li[COOKIE];
    person(r, "li", "\"worker\"", li);
    done(post(r, "/api/v1/grids", GRID), 201);
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":true,\"grid\":\"g1\"}"), 200);
    done(as(r, li, "POST", "/api/v1/duty/position", HERE), 200);
    done(as(r, li, "POST", "/api/v1/patrols", "{\"grid\":\"g1\"}"), 201);
    done(ask(r, "DELETE", "/api/v1/users/li", NULL, r->token, NULL), 200);
    struct answer *a = status(get(r, "/api/v1/duty?lat=33.605&lon=116.905"), 200);
    assert_int_equal(json_array_size(at(a, "items")), 0);
    answer_free(a);
    a = status(get(r, "/api/v1/patrols?grid=g1"), 200);
    assert_true(json_is_string(at(a, "items.0.stopped")));
    answer_free(a);
    person(r, "wang", "\"worker\"", li);
    done(ask(r, "DELETE", "/api/v1/users/wang", NULL, r->token, NULL),
         200); /* who was on none ends as well */
}

/* GR4: what was walked up to a pause counts up to it, and what is walked after it from the first position on. */
static void no_minutes_are_lost_at_a_pause_and_at_going_on(void **state)
{
    struct rig *r = *state;
    char li[COOKIE], id[40];
    person(r, "li", "\"worker\"", li);
    done(post(r, "/api/v1/grids", GRID), 201);
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":true}"), 200);
    started(r, li, id);
    done(as(r, li, "POST", "/api/v1/duty/position", HERE), 200);
    patrol_post(r, li, id, "pause", "{}");
    marks_are(r, id, "SN PO AO"); /* he was heard just now: the pause is on the grid */
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":false}"), 200);
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":true}"), 200);
    patrol_post(r, li, id, "resume", "{}"); /* nobody knows where */
    done(as(r, li, "POST", "/api/v1/duty/position", HERE), 200);
    marks_are(r, id, "SN PO AO RN PO");
    done(as(r, li, "POST", "/api/v1/duty/position", THERE),
         200); /* out and in at the very border: out counts */
    patrol_post(r, li, id, "pause", "{}");
    marks_are(r, id, "SN PO AO RN PO AF");
}

static void a_grid_without_a_boundary_is_walked_by_check_points(void **state)
{
    struct rig *r = *state;
    char li[COOKIE], id[40];
    person(r, "li", "\"worker\"", li);
    done(post(r, "/api/v1/grids", "{\"code\":\"g1\",\"title\":\"g\"}"), 201);
    done(as(r, li, "POST", "/api/v1/duty", "{\"on\":true}"), 200);
    started(r, li, id);
    struct answer *a = status(as(r, li, "POST", "/api/v1/duty/position", HERE), 200);
    assert_true(json_is_null(at(a, "place"))); /* neither on nor off: nobody can say */
    answer_free(a);
    patrol_post(r, li, id, "checkpoint", HERE);
    marks_are(r, id, "SN CN"); /* which counts as on the grid (minutes.h) */
}

/* Does the table hold what a key came with as anybody can make it who guesses the body? */
static bool guessed(struct rig *r, const char *path, const char *body)
{
    struct qp_read read;
    MDB_cursor *cur;
    MDB_val k, v;
    char verb[160];
    uint8_t request[QP_REQUEST_LEN];
    bool found = false;
    json_t *o = json_loads(body, 0, NULL);
    snprintf(verb, sizeof verb, "POST %s", path);
    assert_true(qp_request_hash(request, verb, o, NULL));
    json_decref(o);
    assert_int_equal(qp_read_begin(r->store, &read, NULL), 0);
    assert_int_equal(mdb_cursor_open(read.tables, qp_store_dbi(r->store, QP_T_PATROL), &cur), 0);
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_FIRST); !m; m = mdb_cursor_get(cur, &k, &v, MDB_NEXT))
        found = found || memmem(v.mv_data, v.mv_size, request, sizeof request);
    mdb_cursor_close(cur);
    qp_read_end(&read);
    return found;
}

/* GR4: the key of a check-point is journaled with a hash of what it came with; the places of a grid are few. */
static void nobody_finds_a_check_points_place_by_trying_places(void **state)
{
    struct rig *r = *state;
    static const char *const keyed = "Idempotency-Key: k%d\r\n";
    static const char *const here = "{\"lat\":33.605,\"lon\":116.905}", *const nowhere = "{\"note\":\"x\"}";
    char path[120], key[64];
    done(post(r, "/api/v1/grids", GRID), 201);
    struct answer *a = status(post(r, "/api/v1/patrols", "{\"grid\":\"g1\"}"), 201);
    snprintf(path, sizeof path, "/api/v1/patrols/%s/checkpoint", text_at(a, "id"));
    answer_free(a);
    snprintf(key, sizeof key, keyed, 1);
    done(ask(r, "POST", path, here, r->token, key), 200);
    a = status(ask(r, "POST", path, here, r->token, key), 200); /* the same once more is no second one */
    assert_int_equal(int_at(a, "version"), 2);
    answer_free(a);
    done(ask(r, "POST", path, "{\"lat\":33.606,\"lon\":116.905}", r->token, key),
         422); /* another place is told */
    snprintf(key, sizeof key, keyed, 2);
    done(ask(r, "POST", path, nowhere, r->token, key), 200);
    assert_false(guessed(r, path, here));
    assert_true(guessed(r, path, nowhere));
}

/* RE4: whoever lost the answer says it again by the same key, and nothing is done twice. */
static void duty_that_is_said_again_by_its_key_is_said_once(void **state)
{
    struct rig *r = *state;
    static const char KEY[] = "Idempotency-Key: d1\r\n";
    done(ask(r, "POST", "/api/v1/duty", "{\"on\":true}", r->token, KEY), 200);
    done(post(r, "/api/v1/duty", "{\"on\":false}"), 200);
    struct answer *a = status(ask(r, "POST", "/api/v1/duty", "{\"on\":true}", r->token, KEY), 200);
    assert_true(json_is_false(at(a, "on")));
    assert_int_equal(int_at(a, "version"), 2);
    answer_free(a);
    a = status(ask(r, "POST", "/api/v1/duty", "{\"on\":false}", r->token, KEY), 422);
    assert_string_equal(text_at(a, "error.code"), "key_reused");
    answer_free(a);
    a = status(post(r, "/api/v1/duty", "{\"on\":true,\"if_version\":1}"), 409);
    assert_int_equal(int_at(a, "error.current.version"), 2);
    assert_true(json_is_false(at(a, "error.current.on")));
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_on_duty_is_found_by_distance_and_gone_when_off),
        TEST(a_position_is_known_as_long_as_the_policy_keeps_it),
        TEST(a_patrol_that_nobody_stopped_keeps_nobody_busy),
        TEST(who_has_an_old_matter_is_not_free),
        TEST(who_is_on_duty_is_told_page_by_page),
        TEST(a_patrol_is_started_marked_and_stopped_by_its_person),
        TEST(who_has_no_account_any_more_is_on_no_duty_and_no_patrol),
        TEST(no_minutes_are_lost_at_a_pause_and_at_going_on),
        TEST(a_grid_without_a_boundary_is_walked_by_check_points),
        TEST(nobody_finds_a_check_points_place_by_trying_places),
        TEST(duty_that_is_said_again_by_its_key_is_said_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
