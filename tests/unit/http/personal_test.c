/* personal_test.c: records of people at the door: what is taken in, who may read, what is refused (VA1, VA2, DE3). */
#include "node/core/policy.h"
#include "tests/unit/http/matter.h"

#include <stdio.h>

#define REPORTER                                                                                             \
    ",\"reporter\":{\"name\":\"CANARY Wang\",\"phone\":\"13800138000\",\"address\":\"7 "                     \
    "Lane\",\"confidential\":true}"

static void id_of(struct answer *a, char id[32])
{
    snprintf(id, 32, "%s", text_at(a, "id"));
}

static struct answer *personal(struct rig *r, const char *id, const char *query, const char *token)
{
    char path[300];
    snprintf(path, sizeof path, "/api/v1/matters/%s/personal%s", id, query);
    return ask(r, "GET", path, NULL, token, NULL);
}

static void who_reported_is_told_to_who_says_why(void **state)
{
    struct rig *r = *state;
    char id[32];
    struct answer *a = report(r, REPORTER, NULL);
    assert_int_equal(a->status, 201);
    assert_string_equal(text_at(a, "personal"), "kept");
    assert_null(strstr(a->body, "CANARY"));
    assert_null(strstr(a->body, "1380"));
    id_of(a, id);
    answer_free(a);
    a = personal(r, id, "?purpose=visit", r->token);
    assert_int_equal(a->status, 200);
    assert_string_equal(text_at(a, "name"), "CANARY Wang");
    assert_string_equal(text_at(a, "phone"), "13800138000");
    assert_string_equal(text_at(a, "address"), "7 Lane");
    assert_true(json_is_true(at(a, "confidential")));
    assert_string_equal(text_at(a, "purpose"), "visit");
    answer_free(a);
}

static void without_a_purpose_or_the_right_nothing_is_told(void **state)
{
    struct rig *r = *state;
    char id[32], worker[64];
    struct answer *a = report(r, REPORTER, NULL);
    id_of(a, id);
    answer_free(a);
    a = personal(r, id, "", r->token);
    assert_int_equal(a->status, 400);
    assert_string_equal(text_at(a, "error.field"), "purpose");
    answer_free(a);
    a = personal(r, id, "?purpose=%20", r->token);
    assert_int_equal(a->status, 400);
    answer_free(a);
    rig_token(r, "worker", "\"read\",\"step\",\"report\",\"command\",\"audit\",\"admin\"", worker);
    a = personal(r, id, "?purpose=visit", worker);
    assert_int_equal(a->status, 403);
    assert_non_null(strstr(text_at(a, "error.message"), "personal"));
    answer_free(a);
    a = personal(r, "0123456789abcdefghjkmnpqrs", "?purpose=visit", r->token);
    assert_int_equal(a->status, 404);
    answer_free(a);
}

static void an_erased_record_is_not_found_any_more(void **state)
{
    struct rig *r = *state;
    char id[32], path[100], step[64];
    struct answer *a = report(r, REPORTER, NULL);
    id_of(a, id);
    answer_free(a);
    snprintf(path, sizeof path, "/api/v1/matters/%s/erase", id);
    rig_token(r, "stepper", "\"read\",\"step\",\"command\"", step);
    a = ask(r, "POST", path, "{\"reason\":\"asked\"}", step, NULL);
    assert_int_equal(a->status, 403);
    answer_free(a);
    a = ask(r, "POST", path, "{}", r->token, NULL);
    assert_int_equal(a->status, 400);
    answer_free(a);
    a = ask(r, "POST", path, "{\"reason\":\"asked\"}", r->token, NULL);
    assert_int_equal(a->status, 200);
    assert_string_equal(text_at(a, "personal"), "erased");
    assert_string_equal(text_at(a, "event.type"), "personal_erased");
    assert_string_equal(text_at(a, "event.note"), "asked");
    answer_free(a);
    a = personal(r, id, "?purpose=visit", r->token);
    assert_int_equal(a->status, 404);
    assert_non_null(strstr(text_at(a, "error.message"), "erased"));
    answer_free(a);
    a = ask(r, "POST", path, "{\"reason\":\"again\"}", r->token, NULL);
    assert_int_equal(a->status, 409);
    answer_free(a);
}

static void what_is_malformed_in_a_reporter_is_named(void **state)
{
    struct rig *r = *state;
    static const char *const bad[][2] = {
        {",\"reporter\":7", "reporter"},
        {",\"reporter\":{\"nickname\":\"x\"}", "nickname"},
        {",\"reporter\":{\"name\":7}", "name"},
        {",\"reporter\":{\"phone\":"
         "\"0123456789012345678901234567890123456789012345678901234567890123456789\"}",
         "phone"},
        {",\"reporter\":{\"confidential\":\"yes\"}", "confidential"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct answer *a = report(r, bad[i][0], NULL);
        assert_int_equal(a->status, 400);
        assert_string_equal(text_at(a, "error.field"), bad[i][1]);
        answer_free(a);
    }
    struct answer *a = report(r, ",\"reporter\":{\"name\":\"\"}", NULL);
    assert_int_equal(a->status, 201); /* nothing in it: nothing is kept */
    assert_true(json_is_null(at(a, "personal")));
    answer_free(a);
}

static void the_same_report_again_is_the_first_and_another_person_is_told(void **state)
{
    struct rig *r = *state;
    char id[32];
    struct answer *a = report(r, REPORTER, "Idempotency-Key: k1\r\n");
    assert_int_equal(a->status, 201);
    id_of(a, id);
    answer_free(a);
    a = report(r, REPORTER, "Idempotency-Key: k1\r\n");
    assert_int_equal(a->status, 200);
    assert_string_equal(text_at(a, "id"), id);
    answer_free(a);
    a = report(r, ",\"reporter\":{\"name\":\"CANARY Wang\",\"phone\":\"13800138001\"}",
               "Idempotency-Key: k1\r\n");
    assert_int_equal(a->status, 422);
    assert_string_equal(text_at(a, "error.code"), "key_reused");
    answer_free(a);
}

/* VA1: what comes under a wrong category is sorted into the right one, and its place goes where the category wants it. */
static void sorting_into_a_private_category_takes_the_place_out_of_every_answer(void **state)
{
    static const char POLICY[] = "{\"version\":\"1\",\"title\":\"t\",\"calendars\":[],\"categories\":[{"
                                 "\"code\":\"\",\"title\":\"other\","
                                 "\"title_en\":\"other\"},{\"code\":\"06\",\"title\":\"home\",\"title_en\":"
                                 "\"home\",\"private_place\":true}],"
                                 "\"rules\":{}}";
    static const char *const reporters[] = {"", REPORTER};
    struct rig *r = *state;
    struct qp_mistakes m = {0};
    struct qp_policy *p = qp_policy_json(POLICY, sizeof POLICY - 1, NULL, &m);
    assert_non_null(p);
    rig_hold(r);
    assert_true(qp_core_set_policy(r->core, p));
    rig_release(r);
    for (int i = 0; i < 2; i++) {
        char id[32], path[100], more[500];
        snprintf(more, sizeof more, ",\"place\":\"CANARYLANE\",\"location\":{\"lat\":33.5,\"lon\":117.25}%s",
                 reporters[i]);
        struct answer *a = report(r, more, NULL);
        assert_int_equal(a->status, 201);
        assert_string_equal(text_at(a, "place"), "CANARYLANE");
        id_of(a, id);
        answer_free(a);
        snprintf(path, sizeof path, "/api/v1/matters/%s/sort", id);
        a = ask(r, "POST", path, "{\"category\":\"06\"}", r->token, NULL);
        assert_int_equal(a->status, 200);
        assert_true(json_is_null(at(a, "place")));
        assert_true(json_is_null(at(a, "location")));
        assert_string_equal(text_at(a, "personal"), "kept");
        answer_free(a);
        snprintf(path, sizeof path, "/api/v1/matters/%s", id);
        a = ask(r, "GET", path, NULL, r->token, NULL); /* its history too */
        assert_null(strstr(a->body, "CANARYLANE"));
        assert_null(strstr(a->body, "117.25"));
        answer_free(a);
        a = ask(r, "GET", "/api/v1/matters?q=canarylane&bbox=117,33,118,34", NULL, r->token, NULL);
        assert_int_equal(json_array_size(at(a, "items")), 0);
        answer_free(a);
        a = personal(r, id, "?purpose=visit", r->token);
        assert_int_equal(a->status, 200);
        assert_string_equal(text_at(a, "place"), "CANARYLANE");
        assert_true(json_real_value(at(a, "location.lon")) == 117.25);
        assert_string_equal(i ? text_at(a, "name") : "CANARY Wang", "CANARY Wang");
        answer_free(a);
    }
    qp_mistakes_free(&m);
}

int main(void)
{
#define UP(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        UP(who_reported_is_told_to_who_says_why),
        UP(without_a_purpose_or_the_right_nothing_is_told),
        UP(an_erased_record_is_not_found_any_more),
        UP(what_is_malformed_in_a_reporter_is_named),
        UP(the_same_report_again_is_the_first_and_another_person_is_told),
        UP(sorting_into_a_private_category_takes_the_place_out_of_every_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
