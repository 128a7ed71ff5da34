/* matters_test.c: batches, lists and boards over the API: answers line by line, pages, filters. */
#include "tests/unit/http/matter.h"

#include <stdio.h>

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
    static const char *const limits[] = {"501", "0", "-1", "3x", "", "%2B3", "99999999999999999999"};
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char none[80];
        snprintf(none, sizeof none, "/api/v1/matters?limit=%s", limits[i]);
        refused(ask(r, "GET", none, NULL, r->token, NULL), 400, "malformed", "limit");
    }
    refused(ask(r, "GET", "/api/v1/matters?colour=red", NULL, r->token, NULL), 400, "malformed", "colour");
    refused(ask(r, "GET", "/api/v1/matters?cursor=rubbish", NULL, r->token, NULL), 400, "malformed",
            "cursor");
}

/* GET /matters?after=POSITION&… of the matters of the desk `polling`. */
static struct answer *poll_after(struct rig *r, const char *after, const char *more)
{
    char path[320];
    snprintf(path, sizeof path, "/api/v1/matters?desk=polling&after=%s%s", after, more);
    struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
    if (a->status != 200)
        fail_msg("%s: %d %s", path, a->status, a->body);
    return a;
}

/* What has arrived since `next`, by arrival; `next` becomes the position behind it. */
static void arrived_since(struct rig *r, char next[128], size_t n, const char *const ids[], bool more)
{
    struct answer *a = poll_after(r, next, "&limit=2");
    assert_int_equal(json_array_size(at(a, "items")), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(json_string_value(json_object_get(json_array_get(at(a, "items"), i), "id")),
                            ids[i]);
    assert_true(json_is_boolean(at(a, "more")));
    assert_int_equal(json_is_true(at(a, "more")), more);
    snprintf(next, 128, "%s", text_at(a, "next"));
    answer_free(a);
}

/* By arrival, whatever time it bears; each change once, none missed, none twice. */
static void a_poller_asks_for_what_came_since(void **state)
{
    struct rig *r = *state;
    char id[3][27], next[128] = "0", begun[128];
    for (int i = 0; i < 3; i++) { /* the later it is told, the longer ago it was */
        char more[96];
        snprintf(more, sizeof more, ",\"desk\":\"polling\",\"occurred_at\":\"200%d-01-01T00:00:00Z\"", 9 - i);
        struct answer *a = report(r, more, NULL);
        assert_int_equal(a->status, 201);
        snprintf(id[i], sizeof id[i], "%s", text_at(a, "id"));
        answer_free(a);
    }
    arrived_since(r, next, 2, (const char *const[]){id[0], id[1]}, true);
    snprintf(begun, sizeof begun, "%s", next);
    arrived_since(r, next, 1, (const char *const[]){id[2]}, false);
    arrived_since(r, next, 0, NULL, false);
    goes_to(r, id[1], "sort", "{}", "sorted");
    arrived_since(r, next, 1, (const char *const[]){id[1]}, false);
    arrived_since(r, begun, 2, (const char *const[]){id[2], id[1]}, false);

    /* `sort=arrived` may stand beside it, or alone: its `next` goes on the same way; no other order may. */
    struct answer *a = poll_after(r, "0", "&sort=arrived&limit=1");
    assert_string_equal(text_at(a, "items.0.id"), id[0]);
    answer_free(a);
    a = ask(r, "GET", "/api/v1/matters?desk=polling&sort=arrived", NULL, r->token, NULL);
    assert_string_equal(text_at(a, "items.2.id"), id[1]);
    assert_string_equal(text_at(a, "next"), next);
    answer_free(a);
    refused(ask(r, "GET", "/api/v1/matters?after=0&sort=deadline", NULL, r->token, NULL), 400, "malformed",
            "sort");
    refused(ask(r, "GET", "/api/v1/matters?after=0&needs=sign", NULL, r->token, NULL), 400, "malformed",
            "after");
}

/* A list of any order tells where a poller begins who has read it. */
static void a_position_is_of_this_journal(void **state)
{
    struct rig *r = *state;
    char path[256];
    struct answer *a = ask(r, "GET", "/api/v1/matters?limit=1", NULL, r->token, NULL);
    snprintf(path, sizeof path, "/api/v1/matters?after=%s", text_at(a, "next"));
    answer_free(a);
    a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    assert_int_equal(json_array_size(at(a, "items")), 0);
    answer_free(a);
    char *first = strchr(path, '=') + 1; /* the first characters say whose journal it is */
    *first = *first == 'A' ? 'B' : 'A';
    a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_non_null(strstr(text_at(a, "error.message"), "another journal"));
    assert_non_null(strstr(text_at(a, "error.message"), "after=0"));
    refused(a, 400, "malformed", "after");
    refused(ask(r, "GET", "/api/v1/matters?after=17", NULL, r->token, NULL), 400, "malformed", "after");
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

static void a_matter_on_which_many_said_much_is_still_shown(void **state)
{
    struct rig *r = *state;
    char id[27], path[80], *body = malloc(100000);
    report_id(r, id);
    for (int k = 0; k < 3; k++) {
        char *p = body;
        for (int i = 0; i < 1000; i++)
            p += sprintf(p, "{\"id\":\"%s\",\"step\":\"comment\",\"text\":\"x\"}\n", id);
        answer_free(ask(r, "POST", "/api/v1/matters:batch", body, r->token,
                        "Content-Type: application/x-ndjson\r\n"));
    }
    free(body);
    goes_to(r, id, "close", "{\"result\":\"done\"}", "closed");
    snprintf(path, sizeof path, "/api/v1/matters/%s", id);
    struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    json_t *h = at(a, "history");
    assert_int_equal(json_array_size(h), 2000);
    assert_string_equal(json_string_value(json_object_get(json_array_get(h, 0), "type")), "opened");
    assert_string_equal(json_string_value(json_object_get(json_array_get(h, 1999), "type")), "closed");
    assert_int_equal(int_at(a, "history_left_off"), 1002); /* opened, 3,000 comments, closed */
    answer_free(a);
}

/* How many matters of the desk `below` a list has, of which `category` is the last. */
static void of_category_are(struct rig *r, const char *category, size_t n)
{
    char path[160];
    snprintf(path, sizeof path, "/api/v1/matters?desk=below&category=%s", category);
    struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    if (json_array_size(at(a, "items")) != n || int_at(a, "total") != (json_int_t)n)
        fail_msg("%s: %s", path, a->body);
    answer_free(a);
}

/* PO2: by the policy in force, whether the category is named by its title or by its code. */
static void a_category_is_listed_with_what_lies_below_it(void **state)
{
    static const char POLICY[] =
        "{\"version\":\"p1\",\"title\":\"T\",\"categories\":[{\"code\":\"\",\"title\":\"rest\"},"
        "{\"code\":\"s\",\"title\":\"Street\"},{\"code\":\"l\",\"title\":\"Lamp\",\"parent\":\"s\"},"
        "{\"code\":\"b\",\"title\":\"Bulb\",\"parent\":\"l\"},{\"code\":\"n\",\"title\":\"Noise\"}]}";
    struct rig *r = *state;
    for (const char *const *of = (const char *const[]){"Street", "Lamp", "Bulb", "Noise", NULL}; *of; of++) {
        char body[128];
        snprintf(body, sizeof body,
                 "{\"category\":\"%s\",\"title\":\"t\",\"source\":\"s\",\"desk\":\"below\"}", *of);
        struct answer *a = ask(r, "POST", "/api/v1/matters", body, r->token, NULL);
        assert_int_equal(a->status, 201);
        answer_free(a);
    }
    of_category_are(r, "Street&below=true", 1); /* no policy says what lies below */
    struct answer *a = ask(r, "PUT", "/api/v1/policy", POLICY, r->token, NULL);
    assert_int_equal(a->status, 200);
    answer_free(a);
    of_category_are(r, "Street", 1);
    of_category_are(r, "Street&below=false", 1);
    of_category_are(r, "Street&below=true", 3);
    of_category_are(r, "s&below=true", 3);
    of_category_are(r, "Lamp&below=true", 2);
    of_category_are(r, "Bulb&below=true", 1);
    of_category_are(r, "Noise&below=true", 1);
    refused(ask(r, "GET", "/api/v1/matters?category=s&below=perhaps", NULL, r->token, NULL), 400, "malformed",
            "below");
    refused(ask(r, "GET", "/api/v1/matters?below=true", NULL, r->token, NULL), 400, "malformed", "below");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_line_never_loses_the_others),
        cmocka_unit_test(a_batch_of_thousands_is_answered_in_order),
        cmocka_unit_test(a_list_is_paged_and_filtered),
        cmocka_unit_test(a_poller_asks_for_what_came_since),
        cmocka_unit_test(a_position_is_of_this_journal),
        cmocka_unit_test(a_board_counts_what_was_reported),
        cmocka_unit_test(a_matter_on_which_many_said_much_is_still_shown),
        cmocka_unit_test(a_category_is_listed_with_what_lies_below_it),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
