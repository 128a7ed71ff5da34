/* life_test.c: the steps of a matter over the API: a whole life, illegal and malformed steps, times that are
 * stated, what may be a slip. */
#include "tests/unit/http/matter.h"

#include "proto/steps.h"

#include <stdio.h>

/* The matter's view lists just this one as merged into it, and just that one as closed as its duplicate. */
static void points_to(struct rig *r, const char *id, const char *merged, const char *pointed)
{
    char path[64];
    snprintf(path, sizeof path, "/api/v1/matters/%s", id);
    struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    assert_int_equal(json_array_size(at(a, "merged_from")), !!merged);
    if (merged)
        assert_string_equal(text_at(a, "merged_from.0"), merged);
    assert_int_equal(json_array_size(at(a, "pointed_from")), !!pointed);
    if (pointed)
        assert_string_equal(text_at(a, "pointed_from.0"), pointed);
    answer_free(a);
}

static void a_matter_goes_through_its_steps(void **state)
{
    struct rig *r = *state;
    char id[27], path[64], own[96];
    struct answer *one = report(r, ",\"source_ref\":\"R-7\"", NULL); /* what it will be a duplicate of */
    report_id(r, id);
    goes_to(r, id, "sort", "{\"category\":\"noise at night\",\"urgency\":\"urgent\"}", "sorted");
    goes_to(r, id, "assign", "{\"desk\":\"police\",\"person\":\"p 7\"}", "assigned");
    goes_to(r, id, "progress", "{\"note\":\"on the way\"}", "assigned");
    goes_to(r, id, "hang", "{\"reason\":\"rain\",\"until\":\"2030-01-01T00:00:00Z\"}", "hung");
    goes_to(r, id, "resume", "", "assigned");
    goes_to(r, id, "handle", "{\"result\":\"spoken to\",\"note\":\"quiet now\"}", "handled");
    goes_to(r, id, "visit", "{\"reached\":true,\"resolved\":false,\"satisfied\":false}", "assigned");
    goes_to(r, id, "handle", "{\"result\":\"fined\",\"note\":\"\"}", "handled");
    goes_to(r, id, "visit", "{\"reached\":true,\"resolved\":true,\"satisfied\":true,\"note\":\"glad\"}",
            "visited");
    goes_to(r, id, "close", "{\"result\":\"solved\",\"note\":\"\"}", "closed");
    goes_to(r, id, "reopen", "{\"reason\":\"drums again\"}", "assigned");
    snprintf(path, sizeof path, "/api/v1/matters/%s/close", id);
    snprintf(own, sizeof own, "{\"result\":\"duplicate\",\"note\":\"\",\"of\":\"%s\"}", id);
    struct answer *no = ask(r, "POST", path, own, r->token, NULL);
    assert_int_equal(no->status, 400);
    answer_free(no);
    goes_to(r, id, "close", "{\"result\":\"duplicate\",\"note\":\"\",\"of\":\"R-7\"}", "closed");
    goes_to(r, id, "comment", "{\"text\":\"well\"}", "closed");
    snprintf(path, sizeof path, "/api/v1/matters/%s", id);
    struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    assert_int_equal(int_at(a, "redo"), 1);
    assert_int_equal(json_array_size(at(a, "six")), 6);
    assert_string_equal(text_at(a, "six.1.node"), "suzhou");
    assert_int_equal(int_at(a, "six.1.times"), 3); /* sorted, unresolved, reopened */
    assert_true(json_is_integer(at(a, "six.1.seconds")));
    assert_true(json_is_null(at(a, "six.2.at")) && json_is_null(at(a, "six.2.seconds"))); /* it never rose */
    assert_true(json_is_true(at(a, "six.5.now")) && json_is_null(at(a, "six.5.seconds")));
    assert_string_equal(text_at(a, "duplicate_of"), "R-7");
    assert_int_equal(strlen(text_at(a, "duplicate_of_id")), 26);
    assert_int_equal(json_array_size(at(a, "history")), 14);
    assert_string_equal(text_at(a, "history.0.type"), "opened");
    assert_string_equal(text_at(a, "history.3.note"), "on the way");
    assert_string_equal(text_at(a, "history.3.by"), "token:all");
    assert_string_equal(text_at(a, "history.3.node"), "suzhou");
    assert_string_equal(text_at(a, "history.3.signature"), "valid");
    assert_int_equal(strlen(text_at(a, "history.3.parcel")), 64);
    points_to(r, text_at(one, "id"), NULL, id);
    answer_free(one);
    answer_free(a);
}

static void what_was_merged_is_shown_where_it_went(void **state)
{
    struct rig *r = *state;
    char into[27], from[27], body[64];
    report_id(r, into);
    report_id(r, from);
    points_to(r, into, NULL, NULL);
    goes_to(r, from, "comment", "{\"text\":\"the lamp by the bridge\"}", "open");
    snprintf(body, sizeof body, "{\"into\":\"%s\"}", into);
    goes_to(r, from, "merge", body, "merged");
    points_to(r, into, from, NULL);
    char path[64];
    snprintf(path, sizeof path, "/api/v1/matters/%s", into);
    struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(json_array_size(at(a, "merged")), 1);
    assert_string_equal(text_at(a, "merged.0.id"), from);
    assert_int_equal(json_array_size(at(a, "merged.0.comments")), 1);
    assert_string_equal(text_at(a, "merged.0.comments.0.note"), "the lamp by the bridge");
    assert_int_equal(json_array_size(at(a, "merged.0.attachments")), 0);
    answer_free(a);
    /* who may not see it sees nothing of it where it went either (DE2) */
    goes_to(r, into, "sort", "{\"category\":\"lamp\"}", "sorted");
    a = ask(r, "POST", "/api/v1/tokens",
            "{\"name\":\"lamp\",\"rights\":[\"read\"],\"categories\":[\"lamp\"]}", r->token, NULL);
    assert_int_equal(a->status, 201);
    struct answer *narrow = ask(r, "GET", path, NULL, text_at(a, "token"), NULL);
    assert_int_equal(narrow->status, 200);
    assert_int_equal(json_array_size(at(narrow, "merged")), 0);
    answer_free(narrow);
    answer_free(a);
    goes_to(r, from, "unmerge", "", "open");
    a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(json_array_size(at(a, "merged")), 0); /* it stands by itself again */
    answer_free(a);
}

static void an_illegal_step_says_what_is_possible(void **state)
{
    struct rig *r = *state;
    char id[27];
    report_id(r, id);
    struct answer *a = step(r, id, "accept", "{}");
    assert_string_equal(text_at(a, "error.current.state"), "open");
    assert_string_equal(text_at(a, "error.current.holder"), "suzhou");
    assert_true(json_is_null(at(a, "error.current.offered")));
    assert_string_equal(text_at(a, "error.current.possible.0"), "sort");
    refused(a, 409, "illegal_step", NULL);
    a = step(r, id, "comment", "{\"text\":\"x\",\"if_version\":9}");
    answer_free(a);
    a = step(r, id, "progress", "{\"note\":\"x\",\"if_version\":9}");
    assert_int_equal(int_at(a, "error.current.version"), 1);
    refused(a, 409, "version_conflict", NULL);
}

static const json_t *one_step(const struct answer *a, const char *path, const char *name)
{
    size_t i;
    json_t *v;
    json_array_foreach(at(a, path), i,
                       v) if (strcmp(json_string_value(json_object_get(v, "step")), name) == 0) return v;
    fail_msg("%s is not among the steps", name);
    return NULL;
}

static bool allowed(const struct answer *a, const char *path, const char *name)
{
    const json_t *v = one_step(a, path, name), *why = json_object_get(v, "why");
    bool is = json_is_true(json_object_get(v, "allowed"));
    assert_true(is ? json_is_null(why) : json_string_length(why) > 0);
    assert_true(is == json_is_null(json_object_get(v, "why_zh")));
    return is;
}

static void each_answer_says_which_steps_its_caller_may_take(void **state)
{
    struct rig *r = *state;
    char id[27], path[64], reader[64];
    report_id(r, id);
    struct answer *a = step(r, id, "assign", "{\"desk\":\"lamps\"}");
    assert_int_equal(json_array_size(at(a, "steps")), QP_STEPS_N);
    assert_true(allowed(a, "steps", "take") && allowed(a, "steps", "close") &&
                !allowed(a, "steps", "reopen"));
    assert_false(allowed(a, "steps", "escalate")); /* a root */
    answer_free(a);
    goes_to(r, id, "take", "{}", "assigned");
    a = step(r, id, "take", "{}");
    assert_string_equal(text_at(a, "error.message"), "all has it already");
    assert_true(allowed(a, "error.current.steps", "giveback") && !allowed(a, "error.current.steps", "take"));
    refused(a, 409, "illegal_step", NULL);
    goes_to(r, id, "giveback", "{\"reason\":\"not mine\"}", "sorted");
    rig_token(r, "reader", "\"read\"", reader);
    snprintf(path, sizeof path, "/api/v1/matters/%s", id);
    a = ask(r, "GET", path, NULL, reader, NULL);
    assert_int_equal(int_at(a, "givebacks"), 1);
    for (size_t i = 0; i < QP_STEPS_N; i++) /* the door's own words to one without the right */
        assert_false(allowed(a, "steps", qp_steps[i].name));
    assert_string_equal(json_string_value(json_object_get(one_step(a, "steps", "sort"), "why")),
                        "token:reader lacks the right `step`; an admin of this node can give it");
    answer_free(a);
}

static void a_malformed_step_is_named(void **state)
{
    struct rig *r = *state;
    char id[27];
    report_id(r, id);
    refused(step(r, id, "assign", "{}"), 400, "malformed", "desk");
    refused(step(r, id, "progress", "{}"), 400, "malformed", "note");
    refused(step(r, id, "accept", "{\"note\":\"x\"}"), 400, "malformed", "note");
    refused(step(r, id, "visit", "{\"reached\":\"yes\"}"), 400, "malformed", "reached");
    refused(step(r, id, "close", "{\"result\":\"solved\",\"of\":\"x\"}"), 400, "malformed", "of");
    refused(step(r, id, "merge", "{\"into\":\"x\"}"), 400, "malformed", "into");
    refused(step(r, id, "sort", "{\"deadline\":\"9999-12-31T00:00:00Z\"}"), 400, "malformed", "deadline");
    refused(step(r, id, "hang", "{\"reason\":\"r\",\"until\":\"2200-01-01T00:00:00Z\"}"), 400, "malformed",
            "until");
    refused(
        step(r, id, "extend", "{\"stage\":\"close\",\"reason\":\"r\",\"until\":\"2200-01-01T00:00:00Z\"}"),
        400, "malformed", "until");
    struct answer *a = step(r, id, "dance", "{}");
    for (size_t i = 0; i < QP_STEPS_N; i++)
        assert_non_null(strstr(text_at(a, "error.message"), qp_steps[i].name));
    refused(a, 404, "not_found", NULL);
    refused(step(r, "01m83srw07f56knjt0fmybfsw0", "progress", "{\"note\":\"x\"}"), 404, "not_found", NULL);
    refused(step(r, "nobody", "progress", "{\"note\":\"x\"}"), 404, "not_found", "id");
    refused(ask(r, "GET", "/api/v1/matters/nobody", NULL, r->token, NULL), 404, "not_found", NULL);
}

static void only_an_importer_states_the_time(void **state)
{
    struct rig *r = *state;
    char token[64], id[27], path[128];
    rig_token(r, "worker", "\"read\",\"report\",\"step\"", token);
    report_id(r, id);
    snprintf(path, sizeof path, "/api/v1/matters/%s/progress", id);
    refused(ask(r, "POST", path, "{\"note\":\"x\",\"at\":\"2020-01-01T00:00:00Z\"}", token, NULL), 403,
            "denied", "at");
    struct answer *a = report(r, ",\"occurred_at\":\"2011-07-01T05:00:00-04:00\"", NULL);
    assert_string_equal(text_at(a, "opened_at"), "2011-07-01T09:00:00.000Z");
    answer_free(a);
    a = ask(r, "POST", "/api/v1/matters",
            "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"occurred_at\":\"2011-07-01T05:00:00Z\"}",
            token, NULL);
    assert_int_equal(a->status, 201);
    assert_string_not_equal(text_at(a, "opened_at"), "2011-07-01T05:00:00.000Z");
    assert_string_equal(text_at(a, "occurred_at"), "2011-07-01T05:00:00.000Z");
    answer_free(a);
    static const char *const LONG_AGO[] = {"1965-03-01T08:00:00.000Z", "1970-01-01T00:00:00.000Z"};
    for (size_t i = 0; i < 2; i++) { /* an old quarrel about a wall: it is told of today */
        char body[160];
        snprintf(body, sizeof body,
                 "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"occurred_at\":\"%s\"}", LONG_AGO[i]);
        a = ask(r, "POST", "/api/v1/matters", body, token, NULL);
        assert_int_equal(a->status, 201);
        assert_string_equal(text_at(a, "occurred_at"), LONG_AGO[i]);
        answer_free(a);
        char more[120];
        snprintf(more, sizeof more, ",\"occurred_at\":\"%s\",\"at\":\"2011-07-01T05:00:00Z\"", LONG_AGO[i]);
        a = report(r, more, NULL);
        assert_int_equal(a->status, 201);
        assert_string_equal(text_at(a, "opened_at"), "2011-07-01T05:00:00.000Z");
        answer_free(a);
    }
}

static void stated_times_are_bounded_before_anything_happens(void **state)
{
    struct rig *r = *state;
    char id[27];
    refused(report(r, ",\"occurred_at\":\"2099-01-01T00:00:00Z\"", NULL), 400, "malformed", "occurred_at");
    refused(report(r, ",\"at\":\"2099-01-01T00:00:00Z\"", NULL), 400, "malformed", "at");
    refused(report(r, ",\"occurred_at\":\"1899-12-31T00:00:00Z\"", NULL), 400, "malformed", "occurred_at");
    struct answer *a = report(r, ",\"occurred_at\":\"2024-05-01T00:00:00Z\"", NULL);
    assert_int_equal(a->status, 201);
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    refused(step(r, id, "close", "{\"result\":\"solved\",\"at\":\"2024-04-30T00:00:00Z\"}"), 400, "malformed",
            "at");
    refused(step(r, id, "close", "{\"result\":\"solved\",\"at\":\"2099-04-30T00:00:00Z\"}"), 400, "malformed",
            "at");
    a = ask(r, "GET", "/api/v1/matters", NULL, r->token, NULL);
    assert_null(strstr(a->body, "2099"));
    answer_free(a);
    goes_to(r, id, "close", "{\"result\":\"solved\",\"at\":\"2024-05-02T00:00:00Z\"}", "closed");
}

static void nothing_rests_until_a_time_that_is_over(void **state)
{
    struct rig *r = *state;
    char id[27];
    report_id(r, id);
    refused(step(r, id, "hang", "{\"reason\":\"rain\",\"until\":\"2020-01-01T00:00:00Z\"}"), 400, "malformed",
            "until");
    struct answer *a = report(r, ",\"occurred_at\":\"2024-05-01T00:00:00Z\"", NULL);
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    goes_to(r, id, "hang", /* an importer's: it was ahead then */
            "{\"reason\":\"rain\",\"until\":\"2024-06-01T00:00:00Z\",\"at\":\"2024-05-02T00:00:00Z\"}",
            "hung");
}

/* The code of a warning, which has its sentence in both languages; NULL: there are not so many. */
static const char *warned(const struct answer *a, size_t i)
{
    const json_t *w = json_array_get(json_object_get(a->json, "warnings"), i);
    if (w) {
        assert_true(json_string_length(json_object_get(w, "message")) > 20);
        assert_true(json_string_length(json_object_get(w, "message_zh")) > 20);
    }
    return json_string_value(json_object_get(w, "code"));
}

static void what_may_be_a_slip_is_asked_about(void **state)
{
    struct rig *r = *state;
    char id[27];
    struct answer *a = report(r, ",\"deadline\":\"2020-01-01T00:00:00Z\",\"desk\":\"new desk\"", NULL);
    assert_int_equal(a->status, 201);
    assert_string_equal(warned(a, 0), "past_deadline");
    assert_string_equal(warned(a, 1), "unknown_desk");
    answer_free(a);
    a = report(r, ",\"deadline\":\"2099-01-01T00:00:00Z\",\"desk\":\"new desk\"", NULL);
    assert_null(json_object_get(a->json, "warnings")); /* the desk has had one by now */
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    a = step(r, id, "assign", "{\"desk\":\"new desk\",\"person\":\"Li Ming\"}");
    assert_int_equal(a->status, 200);
    assert_string_equal(warned(a, 0), "unknown_person");
    assert_null(warned(a, 1));
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matter_goes_through_its_steps),
        cmocka_unit_test(what_was_merged_is_shown_where_it_went),
        cmocka_unit_test(an_illegal_step_says_what_is_possible),
        cmocka_unit_test(each_answer_says_which_steps_its_caller_may_take),
        cmocka_unit_test(a_malformed_step_is_named),
        cmocka_unit_test(only_an_importer_states_the_time),
        cmocka_unit_test(stated_times_are_bounded_before_anything_happens),
        cmocka_unit_test(nothing_rests_until_a_time_that_is_over),
        cmocka_unit_test(what_may_be_a_slip_is_asked_about),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
