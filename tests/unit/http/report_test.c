/* report_test.c: reporting over the API: what is answered, what is malformed or refused, the same report said
 * twice. */
#include "tests/unit/http/matter.h"

#include <stdio.h>

static void a_reported_matter_is_answered_whole(void **state)
{
    struct answer *a = report(
        *state,
        ",\"text\":\"loud\",\"source_ref\":\"A-1\",\"place\":\"behind the school\",\"desk\":\"城管局\","
        "\"urgency\":\"urgent\",\"location\":{\"lat\":33.6,\"lon\":116.9},"
        "\"deadline\":\"2030-01-01T08:00:00+08:00\",\"exercise\":true",
        NULL);
    assert_int_equal(a->status, 201);
    assert_int_equal(strlen(text_at(a, "id")), 26);
    assert_string_equal(text_at(a, "state"), "open");
    assert_string_equal(text_at(a, "urgency"), "urgent");
    assert_string_equal(text_at(a, "area"), "suzhou");
    assert_string_equal(text_at(a, "holder"), "suzhou");
    assert_string_equal(text_at(a, "desk"), "城管局");
    assert_string_equal(text_at(a, "deadline"), "2030-01-01T00:00:00.000Z");
    assert_string_equal(text_at(a, "location.crs"), "WGS84");
    assert_int_equal(int_at(a, "custody"), 1);
    assert_int_equal(int_at(a, "version"), 1);
    assert_int_equal(int_at(a, "step"), 1);
    assert_true(json_is_true(at(a, "ticks.kept")));
    assert_true(json_is_null(at(a, "closed_at")));
    assert_true(json_is_null(at(a, "visit")));
    assert_string_equal(text_at(a, "clocks.0.stage"), "close");
    answer_free(a);
}

static void a_position_of_a_chinese_map_is_kept_as_wgs84_and_says_so(void **state)
{
    struct rig *r = *state;
    static const struct {
        const char *given, *said;
        double lat, lon;
    } v[] = {{"gcj02", "GCJ02", 39.915, 116.404},
             {"BD-09", "BD09", 39.915, 116.404},
             {"CGCS2000", "CGCS2000", 39.91640428, 116.4102445}};
    static const double given[][2] = {{39.91640428150164, 116.41024449916938},
                                      {39.92269955221621, 116.41662724378732},
                                      {39.91640428, 116.4102445}};
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        char more[200];
        snprintf(more, sizeof more, ",\"location\":{\"lat\":%.14f,\"lon\":%.14f,\"crs\":\"%s\"}", given[i][0],
                 given[i][1], v[i].given);
        struct answer *a = report(r, more, NULL);
        assert_int_equal(a->status, 201);
        assert_string_equal(text_at(a, "location.crs"), "WGS84");
        assert_string_equal(text_at(a, "location.given_crs"), v[i].said);
        double lat = json_real_value(at(a, "location.lat")), lon = json_real_value(at(a, "location.lon"));
        if (!(lat > v[i].lat - 2e-6 && lat < v[i].lat + 2e-6 && lon > v[i].lon - 2e-6 &&
              lon < v[i].lon + 2e-6))
            fail_msg("%s: %.7f %.7f", v[i].given, lat, lon);
        answer_free(a);
    }
}

static void what_is_malformed_is_named(void **state)
{
    struct rig *r = *state;
    static const struct {
        const char *body, *field;
    } bad[] = {
        {"{\"title\":\"t\",\"source\":\"s\"}", "category"},
        {"{\"category\":\"c\",\"source\":\"s\"}", "title"},
        {"{\"category\":\"c\",\"title\":\"t\"}", "source"},
        {"{\"category\":\"\",\"title\":\"t\",\"source\":\"s\"}", "category"},
        {"{\"category\":\"c\",\"title\":\"  \",\"source\":\"s\"}", "title"},
        {"{\"category\":\"c\",\"title\":\"\\u200b\\ufeff\",\"source\":\"s\"}",
         "title"}, /* zero-width: nothing to see */
        {"{\"category\":\"c\",\"title\":\"a\\nb\",\"source\":\"s\"}", "title"},
        {"{\"category\":\"c\\t\",\"title\":\"t\",\"source\":\"s\"}", "category"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"place\":\"a\\u202eb\"}", "place"},
        {"{\"category\":7,\"title\":\"t\",\"source\":\"s\"}", "category"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"colour\":1}", "colour"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"urgency\":\"very\"}", "urgency"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"deadline\":\"soon\"}", "deadline"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"location\":{\"lat\":91,\"lon\":1}}", "lat"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"location\":{\"lat\":1,\"lon\":1,\"z\":1}}",
         "z"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"location\":{\"lat\":1,\"lon\":1,\"crs\":"
         "\"X\"}}",
         "crs"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"area\":\"Suzhou/..\"}", "area"},
        {"{\"category\":\"c\\u0007\",\"title\":\"t\",\"source\":\"s\"}", "category"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"deadline\":\"1970-01-01T00:00:00Z\"}",
         "deadline"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"deadline\":\"2199-12-31T00:00:00Z\"}",
         "deadline"}, /* beyond the calendars no clock runs: it would have none */
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"deadline\":\"9999-12-31T00:00:00Z\"}",
         "deadline"},
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"occurred_at\":\"1969-12-31T23:00:00Z\"}",
         "at"}, /* an importer's opens when it occurred */
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"occurred_at\":\"1899-12-31T23:59:59Z\"}",
         "occurred_at"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(ask(r, "POST", "/api/v1/matters", bad[i].body, r->token, NULL), 400, "malformed",
                bad[i].field);
    char long_name[200];
    snprintf(long_name, sizeof long_name, "{\"category\":\"%065d\",\"title\":\"t\",\"source\":\"s\"}", 1);
    refused(ask(r, "POST", "/api/v1/matters", long_name, r->token, NULL), 400, "malformed", "category");
    struct answer *a =
        ask(r, "POST", "/api/v1/matters", "{\"category\":\"c\",\n \"title\" 3}", r->token, NULL);
    assert_non_null(strstr(a->body, "line 2, column"));
    refused(a, 400, "malformed", NULL);
    refused(ask(r, "POST", "/api/v1/matters", "{\"category\":\"c\",\"category\":\"d\"}", r->token, NULL), 400,
            "malformed", NULL);
    refused(ask(r, "POST", "/api/v1/matters", "[]", r->token, NULL), 400, "malformed", NULL);
    a = ask(r, "POST", "/api/v1/matters", "{\"category\":\"c\",\n \"title\":\"a\\u0000b\"}", r->token, NULL);
    assert_non_null(strstr(a->body, "U+0000"));
    assert_non_null(strstr(a->body, "line 2, column"));
    refused(a, 400, "malformed", NULL);
}

/* A word misspelt behind the `?` would change nothing, and nobody would see it. */
static void an_argument_that_is_not_there_is_named(void **state)
{
    static const struct {
        const char *method, *path, *field;
    } bad[] = {
        {"POST", "/api/v1/matters?akc=top", "akc"},
        {"POST", "/api/v1/matters?ack=top&ack=parent", "ack"},
        {"POST", "/api/v1/matters?ack=top%00", "ack"},
        {"POST", "/api/v1/matters:batch?ack=top", "ack"},
        {"GET", "/api/v1/node?colour=red", "colour"},
        {"GET", "/api/v1/tree?area=suzhou", "area"},
        {"GET", "/api/v1/stream?from=0", "from"},
        {"GET", "/api/v1/matters?category=a&category=b", "category"},
        {"GET", "/api/v1/matters?category=noise%00x", "category"},
        {"GET", "/api/v1/matters?cat%00egory=noise", "cat"},
        {"GET", "/api/v1/board?by=area&by=desk", "by"},
    };
    static const char body[] = "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\"}";
    struct rig *r = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        refused(ask(r, bad[i].method, bad[i].path, *bad[i].method == 'P' ? body : NULL, r->token, NULL), 400,
                "malformed", bad[i].field);
    refused(ask(r, "GET", "/api/v1/tree?=1", NULL, r->token, NULL), 400, "malformed", NULL);
}

static void what_this_build_does_not_keep_is_refused_by_policy(void **state)
{
    refused(report(*state, ",\"area\":\"beijing\"", NULL), 422, "refused", "area");
    refused(report(*state, ",\"area\":\"suzhou/nowhere\"", NULL), 422, "refused", "area");
}

static void the_same_key_gives_the_first_matter(void **state)
{
    static const char KEY[] = "Idempotency-Key: k-1\r\n";
    struct answer *a = report(*state, ",\"text\":\"x\"", KEY), *b = report(*state, ",\"text\":\"x\"", KEY);
    assert_int_equal(a->status, 201);
    assert_int_equal(b->status, 200);
    assert_string_equal(text_at(a, "id"), text_at(b, "id"));
    answer_free(a);
    answer_free(b);
    refused(report(*state, ",\"text\":\"y\"", KEY), 422, "key_reused", NULL);
}

static void the_same_source_ref_gives_the_first_matter(void **state)
{
    struct answer *a = report(*state, ",\"source_ref\":\"R-7\"", NULL),
                  *b = report(*state, ",\"source_ref\":\"R-7\"", NULL);
    assert_int_equal(a->status, 201);
    assert_int_equal(b->status, 200);
    assert_string_equal(text_at(a, "id"), text_at(b, "id"));
    answer_free(a);
    answer_free(b);
}

static void at_the_root_both_ticks_are_there_at_once(void **state)
{
    struct rig *r = *state;
    static const char BODY[] = "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\"}";
    struct answer *a = ask(r, "POST", "/api/v1/matters?ack=top&wait=5", BODY, r->token, NULL);
    assert_int_equal(a->status, 201);
    assert_true(json_is_true(at(a, "ticks.top")));
    answer_free(a);
    refused(ask(r, "POST", "/api/v1/matters?ack=moon", BODY, r->token, NULL), 400, "malformed", "ack");
    refused(ask(r, "POST", "/api/v1/matters?ack=top&wait=31", BODY, r->token, NULL), 400, "malformed",
            "wait");
}

static void two_clients_may_use_the_same_key(void **state)
{
    struct rig *r = *state;
    char token[64];
    static const char KEY[] = "Idempotency-Key: 1\r\n";
    rig_token(r, "second-client", "\"report\",\"read\"", token);
    struct answer *a = report(r, ",\"text\":\"of one\"", KEY);
    struct answer *b = ask(r, "POST", "/api/v1/matters",
                           "{\"category\":\"c\",\"title\":\"of the other\",\"source\":\"s\"}", token, KEY);
    assert_int_equal(a->status, 201);
    assert_int_equal(b->status, 201);
    assert_string_not_equal(text_at(a, "id"), text_at(b, "id"));
    answer_free(a);
    answer_free(b);
}

/* A platform with a token; the report is its own source's, not the public door's. */
static void a_form_with_a_token_is_a_report_as_json_is(void **state)
{
    struct rig *r = *state;
    static const char FORM[] = "Content-Type: application/x-www-form-urlencoded\r\n";
    static const char BODY[] =
        "category=lamp&title=%E8%B7%AF%E7%81%AF&source=110&source_ref=F1&lat=33.5&lon=116.9&reporter.name=n&"
        "reporter.confidential=true&text=";
    for (int again = 0; again < 2; again++) {
        struct answer *a = ask(r, "POST", "/api/v1/matters", BODY, r->token, FORM);
        if (a->status != (again ? 200 : 201))
            fail_msg("%d %s", a->status, a->body);
        assert_string_equal(text_at(a, "source"), "110");
        assert_string_equal(text_at(a, "title"), "路灯");
        assert_string_equal(text_at(a, "personal"), "kept");
        assert_true(json_is_real(at(a, "location.lat")));
        answer_free(a);
    }
    struct answer *a = ask(r, "GET", "/open311/v2/requests.json", NULL, NULL, NULL);
    assert_int_equal(json_array_size(a->json), 0);
    answer_free(a);
    static const struct {
        const char *more, *field;
    } WRONG[] = {{"&lat=x", "lat"},
                 {"&lat=1&lat=2&lon=3", "lat"},
                 {"&reporter=n&reporter.name=n", "reporter.name"},
                 {"&confidential=true", "confidential"},
                 {"&exercise=perhaps", "exercise"}};
    for (size_t i = 0; i < sizeof WRONG / sizeof *WRONG; i++) {
        char body[200];
        snprintf(body, sizeof body, "category=c&title=t&source=s%s", WRONG[i].more);
        refused(ask(r, "POST", "/api/v1/matters", body, r->token, FORM), 400, "malformed", WRONG[i].field);
    }
    a = ask(r, "POST", "/api/v1/matters", BODY, NULL, FORM);
    assert_int_equal(a->status, 401);
    answer_free(a);
}

static struct answer *say_part(struct rig *r, const char *path, const char *head, const char *token)
{
    char body[200];
    snprintf(body, sizeof body, "--part\r\nContent-Disposition: %s\r\n\r\nx\r\n--part--\r\n", head);
    return ask(r, "POST", path, body, token, "Content-Type: multipart/form-data; boundary=part\r\n");
}

/* libmicrohttpd knows no name of any of these. */
static void a_part_of_a_form_without_a_name_is_refused_and_harms_nothing(void **state)
{
    struct rig *r = *state;
    static const char *const HEADS[] = {"form-data", "form-data; name=number", "form-data; name",
                                        "attachment", "form-data; filename=\"a.jpg\""};
    static const char *const PATHS[] = {"/r", "/open311/v2/requests.json", "/api/v1/matters"};
    for (size_t i = 0; i < 15; i++) {
        const char *head = HEADS[i / 3], *path = PATHS[i % 3];
        struct answer *a = say_part(r, path, head, i % 3 == 2 ? r->token : NULL);
        if (a->status < 400 || a->status >= 500)
            fail_msg("%s, %s: %d", path, head, a->status);
        if (i % 3 && !strstr(head, "filename") && (a->status != 400 || !strstr(a->body, "has no name")))
            fail_msg("%s, %s: %s", path, head, a->body);
        answer_free(a);
    }
}

static void a_form_says_that_its_files_are_not_taken(void **state)
{
    struct rig *r = *state;
    struct answer *a =
        say_part(r, "/api/v1/matters", "form-data; name=\"photo\"; filename=\"a.jpg\"", r->token);
    assert_string_equal(text_at(a, "error.field"), "attachments");
    assert_non_null(strstr(a->body, "POST /api/v1/blobs"));
    assert_int_equal(a->status, 400);
    answer_free(a);
    a = say_part(r, "/api/v1/matters", "form-data; name=\"photo\"", r->token);
    assert_null(strstr(a->body, "blobs"));
    answer_free(a);
}

/* Who sends a body by the wrong type, as curl does where none is given, reads in both languages which one to say. */
static void the_type_to_send_is_named(void **state)
{
    static const char FORM[] = "application/x-www-form-urlencoded";
    static const struct {
        const char *path, *body, *type; /* sent as */
        bool token;
        int status;
        const char *named;
    } ROWS[] = {
        {"/api/v1/matters", "{\"title\":\"t=1\"}", FORM, true, 400, "Content-Type: application/json"},
        {"/api/v1/matters", " \n[]", FORM, true, 400, "Content-Type: application/json"},
        {"/login/abc", "x=1", "application/json", false, 415, FORM},
        {"/api/v1/blobs", "x", FORM, true, 415, "Content-Type: image/jpeg"},
        {"/api/v1/matters", "{}", "application/json; charset=gbk", true, 415, "charset=utf-8"},
        {"/open311/v2/requests.json", "{\"title\":\"t\"}", FORM, false, 400, FORM},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char headers[128];
        snprintf(headers, sizeof headers, "Content-Type: %s\r\n", ROWS[i].type);
        struct answer *a = ask(*state, "POST", ROWS[i].path, ROWS[i].body,
                               ROWS[i].token ? ((struct rig *)*state)->token : NULL, headers);
        bool api = json_is_object(a->json); /* the city's open door speaks one language alone */
        const char *en = api ? text_at(a, "error.message") : a->body,
                   *zh = api ? text_at(a, "error.message_zh") : a->body;
        if (a->status != ROWS[i].status || !strstr(en, ROWS[i].named) || !strstr(zh, ROWS[i].named))
            fail_msg("%zu: %d %s", i, a->status, a->body);
        answer_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reported_matter_is_answered_whole),
        cmocka_unit_test(a_position_of_a_chinese_map_is_kept_as_wgs84_and_says_so),
        cmocka_unit_test(what_is_malformed_is_named),
        cmocka_unit_test(an_argument_that_is_not_there_is_named),
        cmocka_unit_test(what_this_build_does_not_keep_is_refused_by_policy),
        cmocka_unit_test(the_type_to_send_is_named),
        cmocka_unit_test(the_same_key_gives_the_first_matter),
        cmocka_unit_test(the_same_source_ref_gives_the_first_matter),
        cmocka_unit_test(at_the_root_both_ticks_are_there_at_once),
        cmocka_unit_test(two_clients_may_use_the_same_key),
        cmocka_unit_test(a_form_with_a_token_is_a_report_as_json_is),
        cmocka_unit_test(a_part_of_a_form_without_a_name_is_refused_and_harms_nothing),
        cmocka_unit_test(a_form_says_that_its_files_are_not_taken),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
