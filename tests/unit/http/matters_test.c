/* matters_test.c: reporting, steps, batches and lists over the API: status codes, shapes of errors,
 * idempotency, rights. */
#include "tests/unit/http/rig.h"

#include "proto/steps.h"

#include <stdio.h>

static struct answer *report(struct rig *r, const char *more, const char *headers)
{
    char body[4096];
    snprintf(body, sizeof body,
             "{\"category\":\"noise\",\"title\":\"drums at night\",\"source\":\"12345\"%s}", more);
    return ask(r, "POST", "/api/v1/matters", body, r->token, headers);
}

static void report_id(struct rig *r, char id[27])
{
    struct answer *a = report(r, "", NULL);
    assert_int_equal(a->status, 201);
    snprintf(id, 27, "%s", text_at(a, "id"));
    answer_free(a);
}

static struct answer *step(struct rig *r, const char *id, const char *name, const char *body)
{
    char path[128];
    snprintf(path, sizeof path, "/api/v1/matters/%s/%s", id, name);
    return ask(r, "POST", path, body, r->token, NULL);
}

/* The step succeeds and leaves the matter in that state. */
static void goes_to(struct rig *r, const char *id, const char *name, const char *body, const char *state)
{
    struct answer *a = step(r, id, name, body);
    if (a->status != 200)
        fail_msg("%s: %d %s", name, a->status, a->body);
    assert_string_equal(text_at(a, "state"), state);
    answer_free(a);
}

static void refused(struct answer *a, int status, const char *code, const char *field)
{
    if (a->status != status)
        fail_msg("%d instead of %d: %s", a->status, status, a->body);
    assert_string_equal(text_at(a, "error.code"), code);
    assert_true(strlen(text_at(a, "error.message")) > 10);
    if (field)
        assert_string_equal(text_at(a, "error.field"), field);
    else
        assert_true(json_is_null(at(a, "error.field")));
    answer_free(a);
}

/* ---- reporting ---- */

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
    assert_string_equal(text_at(a, "clocks.0.stage"), "handle");
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
        {"{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"occurred_at\":\"1969-12-31T23:00:00Z\"}",
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
    refused(report(*state, ",\"reporter\":{\"name\":\"x\",\"phone\":\"1\"}", NULL), 422, "refused",
            "reporter");
    refused(report(*state, ",\"attachments\":[\"x\"]", NULL), 422, "refused", "attachments");
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

/* ---- steps ---- */

static void a_matter_goes_through_its_steps(void **state)
{
    struct rig *r = *state;
    char id[27], path[64], own[96];
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
    assert_string_equal(text_at(a, "duplicate_of"), "R-7");
    assert_int_equal(strlen(text_at(a, "duplicate_of_id")), 26);
    assert_int_equal(json_array_size(at(a, "history")), 14);
    assert_string_equal(text_at(a, "history.0.type"), "opened");
    assert_string_equal(text_at(a, "history.3.note"), "on the way");
    assert_string_equal(text_at(a, "history.3.by"), "token:all");
    assert_string_equal(text_at(a, "history.3.node"), "suzhou");
    assert_string_equal(text_at(a, "history.3.signature"), "valid");
    assert_int_equal(strlen(text_at(a, "history.3.parcel")), 64);
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
}

/* ---- batches ---- */

static json_t *line_of(const struct answer *a, size_t i)
{
    const char *p = a->body;
    while (i-- > 0 && (p = strchr(p, '\n')))
        p++;
    json_t *o = p && *p ? json_loads(p, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    if (!o)
        fail_msg("no such line in %s", a->body);
    return o;
}

static void line_is(const struct answer *a, size_t i, json_int_t number, const char *code)
{
    json_t *o = line_of(a, i);
    assert_int_equal(json_integer_value(json_object_get(o, "line")), number);
    const char *got = json_string_value(json_object_get(json_object_get(o, "error"), "code"));
    if (code && !got)
        fail_msg("line %zu has no error", i);
    if (code)
        assert_string_equal(got, code);
    else
        assert_true(json_is_string(json_object_get(o, "id")));
    json_decref(o);
}

static void a_bad_line_never_loses_the_others(void **state)
{
    struct rig *r = *state;
    char id[27], body[2048];
    report_id(r, id);
    snprintf(body, sizeof body,
             "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"key\":\"b1\"}\n"
             "rubbish\n"
             "\r\n"
             "{\"id\":\"%s\",\"step\":\"handle\",\"result\":\"done\",\"key\":\"h1\"}\r\n"
             "{\"id\":\"%s\",\"step\":\"accept\"}\n"
             "{\"id\":\"%s\",\"step\":\"close\",\"result\":\"solved\",\"at\":\"2020-01-01T00:00:00Z\"}\n"
             "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"key\":\"b1\"}",
             id, id, id);
    char token[64];
    rig_token(r, "batcher", "\"read\",\"report\",\"step\"", token);
    struct answer *a =
        ask(r, "POST", "/api/v1/matters:batch", body, token, "Content-Type: application/x-ndjson\r\n");
    assert_int_equal(a->status, 200);
    line_is(a, 0, 1, NULL);
    line_is(a, 1, 2, "malformed");
    line_is(a, 2, 4, NULL);
    line_is(a, 3, 5, "illegal_step");
    line_is(a, 4, 6, "denied");
    line_is(a, 5, 7, NULL);
    json_t *first = line_of(a, 0), *last = line_of(a, 5);
    assert_true(json_is_true(json_object_get(first, "created")));
    assert_true(json_is_false(json_object_get(last, "created")));
    assert_true(json_equal(json_object_get(first, "id"), json_object_get(last, "id")));
    json_decref(first);
    json_decref(last);
    answer_free(a);
}

static void a_batch_of_thousands_is_answered_in_order(void **state)
{
    struct rig *r = *state;
    enum { N = 3000 };
    char *body = malloc(N * 80), *p = body;
    for (int i = 0; i < N; i++)
        p += sprintf(p, "{\"category\":\"c\",\"title\":\"t %d\",\"source\":\"bulk\"%s}\n", i,
                     i % 500 == 499 ? ",\"x\":1" : "");
    struct answer *a =
        ask(r, "POST", "/api/v1/matters:batch", body, r->token, "Content-Type: application/x-ndjson\r\n");
    free(body);
    assert_int_equal(a->status, 200);
    const char *at_line = a->body;
    for (int i = 0; i < N; i++) {
        assert_non_null(at_line);
        assert_int_equal(atoi(at_line + strlen("{\"line\":")), i + 1);
        const char *end = strchr(at_line, '\n'), *error = strstr(at_line, "\"error\"");
        assert_true((error && error < end) == (i % 500 == 499));
        at_line = end + 1;
    }
    assert_int_equal(*at_line, 0);
    answer_free(a);
}

/* ---- lists and boards ---- */

static void a_list_is_paged_and_filtered(void **state)
{
    struct rig *r = *state;
    char path[256];
    for (int i = 0; i < 5; i++)
        answer_free(report(r, ",\"desk\":\"paging\"", NULL));
    struct answer *a = ask(r, "GET", "/api/v1/matters?desk=paging&limit=3", NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    assert_int_equal(json_array_size(at(a, "items")), 3);
    snprintf(path, sizeof path, "/api/v1/matters?desk=paging&limit=3&cursor=%s", text_at(a, "next_cursor"));
    answer_free(a);
    a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(json_array_size(at(a, "items")), 2);
    assert_true(json_is_null(at(a, "next_cursor")));
    answer_free(a);
    refused(ask(r, "GET", "/api/v1/matters?state=gone", NULL, r->token, NULL), 400, "malformed", "state");
    refused(ask(r, "GET", "/api/v1/matters?limit=501", NULL, r->token, NULL), 400, "malformed", "limit");
    refused(ask(r, "GET", "/api/v1/matters?colour=red", NULL, r->token, NULL), 400, "malformed", "colour");
    refused(ask(r, "GET", "/api/v1/matters?cursor=rubbish", NULL, r->token, NULL), 400, "malformed",
            "cursor");
}

static void a_board_counts_what_was_reported(void **state)
{
    struct rig *r = *state;
    answer_free(report(r, ",\"desk\":\"counting\",\"occurred_at\":\"2011-06-30T20:00:00Z\"", NULL));
    struct answer *a = ask(r, "GET", "/api/v1/board?by=day&desk=counting", NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    assert_string_equal(text_at(a, "rows.0.key"), "2011-07-01"); /* in the tree's zone */
    assert_int_equal(int_at(a, "rows.0.opened"), 1);
    assert_int_equal(int_at(a, "total.open"), 1);
    assert_true(json_is_null(at(a, "total.handle_p50_s")));
    answer_free(a);
    a = ask(r, "GET", "/api/v1/board?by=area", NULL, r->token, NULL);
    assert_string_equal(text_at(a, "rows.0.key"), "suzhou");
    assert_string_equal(text_at(a, "rows.0.title"), "宿州市");
    answer_free(a);
    refused(ask(r, "GET", "/api/v1/board?by=colour", NULL, r->token, NULL), 400, "malformed", "by");
    refused(ask(r, "GET", "/api/v1/board?area=beijing", NULL, r->token, NULL), 404, "not_found", NULL);
}

/* ---- times that are said, and names that nobody has ---- */

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

static const char *warned(const struct answer *a, size_t i)
{
    return json_string_value(
        json_object_get(json_array_get(json_object_get(a->json, "warnings"), i), "code"));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reported_matter_is_answered_whole),
        cmocka_unit_test(a_position_of_a_chinese_map_is_kept_as_wgs84_and_says_so),
        cmocka_unit_test(what_is_malformed_is_named),
        cmocka_unit_test(an_argument_that_is_not_there_is_named),
        cmocka_unit_test(what_this_build_does_not_keep_is_refused_by_policy),
        cmocka_unit_test(the_same_key_gives_the_first_matter),
        cmocka_unit_test(the_same_source_ref_gives_the_first_matter),
        cmocka_unit_test(at_the_root_both_ticks_are_there_at_once),
        cmocka_unit_test(a_matter_goes_through_its_steps),
        cmocka_unit_test(an_illegal_step_says_what_is_possible),
        cmocka_unit_test(a_malformed_step_is_named),
        cmocka_unit_test(only_an_importer_states_the_time),
        cmocka_unit_test(a_bad_line_never_loses_the_others),
        cmocka_unit_test(a_batch_of_thousands_is_answered_in_order),
        cmocka_unit_test(a_list_is_paged_and_filtered),
        cmocka_unit_test(a_board_counts_what_was_reported),
        cmocka_unit_test(stated_times_are_bounded_before_anything_happens),
        cmocka_unit_test(nothing_rests_until_a_time_that_is_over),
        cmocka_unit_test(what_may_be_a_slip_is_asked_about),
        cmocka_unit_test(two_clients_may_use_the_same_key),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
