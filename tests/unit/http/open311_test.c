/* open311_test.c: what GeoReport's door makes of a policy, and how its documents are written. What clients of others
 * send is tests/system/open311.py. */
#include "node/core/policy.h"
#include "node/http/open311/doc.h"
#include "tests/unit/http/matter.h"

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "node/http/wire/inside.h"

enum { MANY = 13000 };

static const char POLICY[] =
    "{\"version\":\"1\",\"title\":\"t\",\"calendars\":[],\"categories\":["
    "{\"code\":\"\",\"title\":\"其他\",\"title_en\":\"other\"},"
    "{\"code\":\"01\",\"title\":\"市政\",\"title_en\":\"streets\"},"
    "{\"code\":\"0101\",\"title\":\"路灯\",\"title_en\":\"lamps\",\"parent\":\"01\",\"clocks\":{\"sign\":"
    "\"2h\",\"handle\":\"3d\"}},"
    "{\"code\":\"02\",\"title\":\"纠纷\",\"title_en\":\"quarrels\",\"private_place\":true}],\"rules\":{}}";

static void in_force(struct rig *r)
{
    struct qp_mistakes m = {0};
    struct qp_policy *p = qp_policy_json(POLICY, sizeof POLICY - 1, NULL, &m);
    assert_non_null(p);
    rig_hold(r);
    assert_true(qp_core_set_policy(r->core, p));
    rig_release(r);
}

static void a_policys_categories_are_the_services_and_its_clocks_are_shown(void **state)
{
    struct rig *r = *state;
    in_force(r);
    struct answer *a = ask(r, "GET", "/open311/v2/services.json", NULL, NULL, "Accept-Language: en\r\n");
    assert_int_equal(a->status, 200);
    assert_int_equal(json_array_size(a->json), 3);
    assert_string_equal(text_at(a, "1.service_code"), "0101");
    assert_string_equal(text_at(a, "1.service_name"), "lamps");
    assert_string_equal(text_at(a, "1.group"), "streets");
    assert_true(json_is_true(at(a, "1.metadata")));
    assert_true(json_is_false(at(a, "0.metadata")));
    answer_free(a);
    a = ask(r, "GET", "/open311/v2/services/0101.json", NULL, NULL, NULL);
    assert_string_equal(text_at(a, "attributes.0.code"), "sign");
    assert_true(json_is_false(at(a, "attributes.0.variable")));
    assert_string_equal(text_at(a, "attributes.1.description"), "办理时限 3d");
    answer_free(a);
    a = ask(r, "GET", "/open311/v2/services/99.json", NULL, NULL, NULL);
    assert_int_equal(a->status, 404);
    answer_free(a);
}

static void a_code_that_the_policy_does_not_have_is_not_taken(void **state)
{
    struct rig *r = *state;
    char path[300];
    in_force(r);
    snprintf(path, sizeof path, "/open311/v2/requests.json?api_key=%s&service_code=99&lat=1&long=2",
             r->token);
    struct answer *a = ask(r, "POST", path, NULL, NULL, NULL);
    assert_int_equal(a->status, 404);
    answer_free(a);
}

static void where_a_category_keeps_the_place_private_no_place_is_told(void **state)
{
    struct rig *r = *state;
    char path[400];
    in_force(r);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path,
                 "/open311/v2/requests.json?api_key=%s&service_code=%s&lat=1.5&long=2.5&address_string=here",
                 r->token, i ? "0101" : "02");
        struct answer *a = ask(r, "POST", path, NULL, NULL, NULL);
        assert_int_equal(a->status, 201);
        snprintf(path, sizeof path, "/open311/v2/requests/%s.json", text_at(a, "0.service_request_id"));
        answer_free(a);
        a = ask(r, "GET", path, NULL, NULL, NULL);
        assert_int_equal(a->status, 200);
        assert_int_equal(json_is_null(at(a, "0.address")), i == 0);
        assert_int_equal(json_is_null(at(a, "0.lat")), i == 0);
        assert_int_equal(json_is_null(at(a, "0.long")), i == 0);
        answer_free(a);
    }
}

static void told(struct rig *r, const char *id, bool is)
{
    char path[200];
    static const char *const PATHS[] = {"requests/%s.json", "tokens/%s.json"};
    for (size_t i = 0; i < 2; i++) {
        int n = snprintf(path, sizeof path, "/open311/v2/");
        snprintf(path + n, sizeof path - (size_t)n, PATHS[i], id);
        struct answer *a = ask(r, "GET", path, NULL, NULL, NULL);
        if (a->status != (is ? 200 : 404))
            fail_msg("%s: %d %s", path, a->status, a->body);
        answer_free(a);
    }
    struct answer *a = ask(r, "GET", "/open311/v2/requests.json", NULL, NULL, NULL);
    assert_int_equal(!!strstr(a->body, id), is);
    answer_free(a);
    a = ask(r, "GET", "/open311/v2/servicerequestupdates.json", NULL, NULL, NULL);
    assert_int_equal(!!strstr(a->body, id), is);
    answer_free(a);
}

/* What each setting tells of what came by another way: plain, with a private place, with a reporter, an exercise. */
static void what_did_not_come_by_this_door_is_told_as_the_setting_says(void **state)
{
    struct rig *r = *state;
    static const char *const MADE[] = {
        "{\"category\":\"0101\",\"title\":\"t\",\"source\":\"110\",\"place\":\"here\"}",
        "{\"category\":\"02\",\"title\":\"t\",\"source\":\"110\",\"place\":\"here\"}",
        "{\"category\":\"0101\",\"title\":\"t\",\"source\":\"110\",\"reporter\":{\"name\":\"n\"}}",
        "{\"category\":\"0101\",\"title\":\"t\",\"source\":\"open311\",\"exercise\":true}",
        "{\"category\":\"0101\",\"title\":\"t\",\"source\":\"open311\"}"};
    enum { N = sizeof MADE / sizeof *MADE };
    static const bool OWN[N] = {false, false, false, false, true}, ALL[N] = {true, false, false, false, true};
    char ids[N][40];
    in_force(r);
    for (size_t i = 0; i < N; i++) {
        struct answer *a = ask(r, "POST", "/api/v1/matters", MADE[i], r->token, NULL);
        assert_int_equal(a->status, 201);
        snprintf(ids[i], sizeof ids[i], "%s", text_at(a, "id"));
        answer_free(a);
    }
    for (size_t i = 0; i < N; i++)
        told(r, ids[i], OWN[i]);
    r->open311 = QP_HTTP_OPEN311_ALL;
    rig_restart(r);
    for (size_t i = 0; i < N; i++)
        told(r, ids[i], ALL[i]);
    r->open311 = QP_HTTP_OPEN311_OFF;
    rig_restart(r);
    for (size_t i = 0; i < N; i++)
        told(r, ids[i], false);
}

static void without_a_policy_the_services_are_those_of_what_may_be_told(void **state)
{
    struct rig *r = *state;
    static const char *const MADE[] = {
        "{\"category\":\"drilled\",\"title\":\"t\",\"source\":\"open311\",\"exercise\":true}",
        "{\"category\":\"office\",\"title\":\"t\",\"source\":\"110\"}",
        "{\"category\":\"lamp\",\"title\":\"t\",\"source\":\"open311\"}",
        "{\"category\":\"lamp\",\"title\":\"t\",\"source\":\"open311\"}"};
    for (size_t i = 0; i < sizeof MADE / sizeof *MADE; i++)
        answer_free(ask(r, "POST", "/api/v1/matters", MADE[i], r->token, NULL));
    struct answer *a = ask(r, "GET", "/open311/v2/services.json", NULL, NULL, NULL);
    assert_int_equal(json_array_size(a->json), 1);
    assert_string_equal(text_at(a, "0.service_code"), "lamp");
    answer_free(a);
    static const char *const CODES[] = {"drilled", "office", "lamp"};
    for (size_t i = 0; i < 3; i++) {
        char path[80];
        snprintf(path, sizeof path, "/open311/v2/services/%s.json", CODES[i]);
        a = ask(r, "GET", path, NULL, NULL, NULL);
        assert_int_equal(a->status, i == 2 ? 200 : 404);
        answer_free(a);
    }
}

/* The whole error document is UTF-8, so that a client can read it as XML or JSON. */
static void an_error_names_what_was_asked_in_whole_characters(void **state)
{
    struct rig *r = *state;
    /* 59 letters and three bytes of one character: a cut by bytes would fall into its middle */
    static const char LONG[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa%E5%B8%82%E5%B8%82";
    static const char *const PATHS[] = {"services/%FF", "tokens/%C3%28", "requests/%ED%A0%80",
                                        "services/",    "tokens/",       "requests?jurisdiction_id="};
    for (size_t i = 0; i < 12; i++) {
        const char *path = PATHS[i / 2], *end = strchr(path, '?') ? "" : i % 2 ? ".xml" : ".json";
        char whole[300];
        snprintf(whole, sizeof whole, "/open311/v2/%s%s%s", path, i / 2 < 3 ? "" : LONG, end);
        struct answer *a = ask(r, "GET", whole, NULL, NULL, i % 2 ? NULL : "Accept: application/json\r\n");
        assert_int_equal(a->status, 404);
        if (!qp_utf8_ok(a->body, a->len) || !strstr(a->body, "is not found"))
            fail_msg("%s: %s", whole, a->body);
        assert_int_equal(!!a->json, i % 2 == 0);
        answer_free(a);
    }
}

/* 13,000 reports of one turn each thousand, of which three are of a service that is rare. */
static void many(struct rig *r)
{
    enum { LINE = 120 };
    char *body = malloc((size_t)1000 * LINE);
    assert_non_null(body);
    for (size_t i = 0; i < MANY; i += 1000) {
        size_t n = 0;
        for (size_t j = i; j < i + 1000; j++)
            n += (size_t)snprintf(
                body + n, LINE,
                "{\"key\":\"%zu\",\"category\":\"%s\",\"title\":\"t\",\"source\":\"open311\"}\n", j,
                j % 5000 == 7 ? "rare" : "usual");
        struct answer *a =
            ask(r, "POST", "/api/v1/matters:batch", body, r->token, "Content-Type: application/x-ndjson\r\n");
        assert_int_equal(a->status, 200);
        answer_free(a);
    }
    free(body);
}

static size_t listed(struct rig *r, const char *query)
{
    char path[200];
    snprintf(path, sizeof path, "/open311/v2/%s", query);
    struct answer *a = ask(r, "GET", path, NULL, NULL, NULL);
    if (a->status != 200)
        fail_msg("%s: %d %s", path, a->status, a->body);
    size_t n = json_array_size(a->json);
    answer_free(a);
    return n;
}

static void the_last_page_of_many_and_what_is_rare_among_them_are_told(void **state)
{
    struct rig *r = *state;
    many(r);
    assert_int_equal(listed(r, "requests.json?page=65&page_size=200"), 200);
    assert_int_equal(listed(r, "requests.json?page=66&page_size=200"), 0);
    assert_int_equal(listed(r, "requests.json?service_code=rare"), 3);
    assert_int_equal(listed(r, "requests.json?service_code=rare,other&status=open"), 3);
    assert_int_equal(listed(r, "requests.json?updated_after=2020-01-01T00:00:00Z&page=65&page_size=200"),
                     200);
    /* a window in which nothing was heard, long before what was */
    assert_int_equal(
        listed(r, "servicerequestupdates.json?start_date=2020-01-01T00:00:00Z&end_date=2020-01-01T00:01:00Z"),
        0);
}

/* However many ask without a key, one at a time is served; who has one is not kept waiting by them. */
static void one_costly_list_at_a_time_is_made_without_a_key(void **state)
{
    struct rig *r = *state;
    static const char *const COSTLY[] = {"requests", "servicerequestupdates", "update", "services"};
    char path[200];
    struct answer *a;
    atomic_store(&r->http->open311_busy, true); /* as while another's is being made */
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "/open311/v2/%s.json", COSTLY[i]);
        a = ask(r, "GET", path, NULL, NULL, NULL);
        assert_int_equal(a->status, 429);
        assert_int_equal(int_at(a, "0.code"), 429);
        assert_non_null(strcasestr(a->head, "Retry-After: 1"));
        answer_free(a);
        for (int wrong = 0; wrong < 2; wrong++) {
            const char *key = wrong ? "wrong" : r->token;
            snprintf(path, sizeof path, "/open311/v2/%s.json?api_key=%s", COSTLY[i], key);
            a = ask(r, "GET", path, NULL, NULL, NULL);
            assert_int_equal(a->status, wrong ? 429 : 200);
            answer_free(a);
            *strchr(path, '?') = '\0'; /* the same in the header (OP7) */
            a = ask(r, "GET", path, NULL, key, NULL);
            assert_int_equal(a->status, wrong ? 429 : 200);
            answer_free(a);
        }
    }
    a = ask(r, "GET", "/open311/discovery.json", NULL, NULL, NULL);
    assert_int_equal(a->status, 200);
    answer_free(a);
    atomic_store(&r->http->open311_busy, false);
    for (int i = 0; i < 2; i++) /* and it is given back */
        assert_int_equal(listed(r, "requests.json"), 0);
}

/* OP5: what takes too long is refused, never cut, and the sentence says what to ask instead. */
static void what_takes_too_long_is_refused_and_not_cut(void **state)
{
    struct rig *r = *state;
    static const struct {
        const char *asked, *instead;
    } CASES[] = {{"requests.json", "ask for a shorter range"},
                 {"requests.json?service_request_id=01m8fc15svk6fswdbgkjma6k8w", "ask for fewer"},
                 {"servicerequestupdates.json", "half a second of work"}};
    answer_free(report(r, "", NULL));
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char path[120];
        snprintf(path, sizeof path, "/open311/v2/%s", CASES[i].asked);
        r->http->open311_us = -1; /* over as soon as it has begun */
        struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
        if (a->status != 400 || !strstr(a->body, CASES[i].instead))
            fail_msg("%s: %d %s", path, a->status, a->body);
        answer_free(a);
        r->http->open311_us = 0;
        a = ask(r, "GET", path, NULL, r->token, NULL);
        assert_int_equal(a->status, 200);
        answer_free(a);
    }
}

/* n bytes, of which the last three are one character. */
static void ends_wide(char *out, size_t n)
{
    memset(out, 'x', n - 3);
    memcpy(out + n - 3, "%E8%B7%AF", sizeof "%E8%B7%AF");
}

static int asked(struct rig *r, const char *path, char said[300])
{
    struct answer *a = ask(r, "POST", path, NULL, NULL, NULL);
    int status = a->status;
    snprintf(said, 300, "%s", text_at(a, status < 300 ? "0.service_request_id" : "0.description"));
    answer_free(a);
    return status;
}

/* Whoever may report must not end the node, nor believe that a text was taken which was not. */
static void what_is_said_beside_a_report_is_taken_whole_or_refused_by_name(void **state)
{
    struct rig *r = *state;
    static const struct {
        const char *name;
        size_t most;
    } CASES[] = {{"status", 200}, {"media_url", 2000}, {"update_id", 100}};
    static const char REPORT[] =
        "/open311/v2/requests.json?api_key=%s&service_code=0101&lat=1.5&long=2.5&%s=%s";
    char path[4000], text[2100], id[300], said[300];
    in_force(r);
    snprintf(path, sizeof path, REPORT, r->token, "media_url", "x");
    assert_int_equal(asked(r, path, id), 201);
    for (size_t i = 0; i < 2 * sizeof CASES / sizeof *CASES; i++) {
        const char *name = CASES[i / 2].name;
        bool over = i % 2;
        ends_wide(text, CASES[i / 2].most + over);
        snprintf(
            path, sizeof path,
            "/open311/v2/servicerequestupdates.json?api_key=%s&service_request_id=%s&description=d&%s=%s",
            r->token, id, name, text);
        struct answer *a = ask(r, "POST", path, NULL, NULL, NULL);
        if (a->status != (over ? 400 : 200))
            fail_msg("%s: %d %s", name, a->status, a->body);
        assert_true(!over || strstr(text_at(a, "0.description"), name));
        answer_free(a);
        snprintf(path, sizeof path, REPORT, r->token, name, text);
        assert_int_equal(asked(r, path, said), over && strcmp(name, "media_url") == 0 ? 400 : 201);
    }
    memset(text, '9', 400);
    text[400] = '\0';
    snprintf(path, sizeof path, REPORT, r->token, "attribute%5Bfixmystreet_id%5D", text);
    assert_int_equal(asked(r, path, said), 400);
    assert_non_null(strstr(said, "could come twice"));
}

/* A name, or a place, so long that it is cut within a character somewhere is no absent one. */
static void a_name_or_a_place_of_any_length_is_kept_or_refused(void **state)
{
    struct rig *r = *state;
    static const char *const FIELDS[] = {"first_name", "address_string"}, *const NAMED[] = {
                                                                              "`name`",
                                                                              "address_string is longer"};
    char body[6000];
    in_force(r);
    for (size_t more = 0; more < 16; more++) {
        int n = snprintf(body, sizeof body, "api_key=%s&service_code=0101&lat=1.5&long=2.5&%s=", r->token,
                         FIELDS[more / 8]);
        memset(body + n, 'x', more);
        for (n += (int)more; (size_t)n + 4 < sizeof body; n += 3)
            memcpy(body + n, "路", 3);
        body[n] = '\0';
        struct answer *a = ask(r, "POST", "/open311/v2/requests.json", body, NULL,
                               "Content-Type: application/x-www-form-urlencoded\r\n");
        if (a->status != 400 || !strstr(text_at(a, "0.description"), NAMED[more / 8]))
            fail_msg("%zu: %d %s", more, a->status, a->body);
        answer_free(a);
    }
}

static void what_xml_cannot_say_is_replaced_and_its_signs_are_escaped(void **state)
{
    (void)state;
    struct qp_doc d;
    size_t len;
    qp_doc_begin(&d, true);
    qp_doc_list(&d, "l");
    qp_doc_text(&d, "t", "a<b>&\"'\x01\t路\xEF\xBF\xBF");
    qp_doc_text(&d, "e", "");
    qp_doc_bool(&d, "b", true);
    qp_doc_list_end(&d, "l");
    char *text = qp_json_take(&d.j, &len);
    assert_string_equal(text,
                        "<?xml version=\"1.0\" "
                        "encoding=\"utf-8\"?>\n<l><t>a&lt;b&gt;&amp;&quot;&#39;\xEF\xBF\xBD\t路\xEF\xBF\xBD"
                        "</t><e/><b>true</b></l>");
    free(text);
}

static void a_list_in_json_loses_its_items_names_and_keeps_its_own_inside_an_object(void **state)
{
    (void)state;
    struct qp_doc d;
    size_t len;
    qp_doc_begin(&d, false);
    qp_doc_list(&d, "services");
    qp_doc_item(&d, "service");
    qp_doc_text(&d, "code", "");
    qp_doc_list(&d, "formats");
    qp_doc_text(&d, "format", "x");
    qp_doc_list_end(&d, "formats");
    qp_doc_time(&d, "at", 1500000);
    qp_doc_item_end(&d, "service");
    qp_doc_list_end(&d, "services");
    char *text = qp_json_take(&d.j, &len);
    assert_string_equal(text, "[{\"code\":null,\"formats\":[\"x\"],\"at\":\"1970-01-01T00:00:01Z\"}]");
    free(text);
}

/* Of each matter of the list its notes are read from the journal. */
static void notes_are_counted_in_what_a_list_may_cost(void **state)
{
    struct rig *r = *state;
    enum { N = 40, NOTES = 25 };
    char *body = malloc(N * NOTES * 100), *p = body;
    static char ids[N][27];
    for (int i = 0; i < N; i++) {
        struct answer *a =
            ask(r, "POST", "/api/v1/matters",
                "{\"category\":\"lamp\",\"title\":\"t\",\"source\":\"open311\"}", r->token, NULL);
        snprintf(ids[i], 27, "%s", text_at(a, "id"));
        answer_free(a);
    }
    for (int i = 0; i < N * NOTES; i++)
        p += sprintf(p, "{\"id\":\"%s\",\"step\":\"comment\",\"text\":\"x\"}\n", ids[i % N]);
    for (int k = 0; k < 4; k++)
        answer_free(ask(r, "POST", "/api/v1/matters:batch", body, r->token,
                        "Content-Type: application/x-ndjson\r\n"));
    free(body);
    r->http->open311_us = 3000;
    struct answer *a = ask(r, "GET", "/open311/v2/requests.json?extensions=true", NULL, NULL, NULL);
    assert_int_equal(a->status, 400);
    assert_non_null(strstr(a->body, "shorter range"));
    answer_free(a);
    r->http->open311_us = 0;
    a = ask(r, "GET", "/open311/v2/requests.json", NULL, NULL, NULL);
    assert_int_equal(json_array_size(a->json), N);
    answer_free(a);
}

/* What a stranger sends costs no more than he sends (under ASan mallinfo2 sees nothing: the step open311-room does), and he is told. */
static void a_long_field_of_a_form_in_parts_takes_no_more_room_than_it_has(void **state)
{
    struct rig *r = *state;
    static const char FIELD[] = "--bb\r\nContent-Disposition: form-data; name=\"description\"\r\n\r\n";
    static const char FORM[] = "Content-Type: multipart/form-data; boundary=bb\r\n";
    enum { LONG = 500000 };
    static char body[LONG + 200];
    memset(body + snprintf(body, sizeof body, "%s", FIELD), 'a', LONG);
    body[LONG] = '\0';
    int fd = dial(r);
    say(fd, "POST /open311/v2/requests.json HTTP/1.1\r\nHost: x\r\nContent-Length: 4000000\r\n");
    say(fd, FORM);
    say(fd, "\r\n");
    struct mallinfo2 before = mallinfo2();
    say(fd, body);
    usleep(500000);
    struct mallinfo2 after = mallinfo2();
    assert_true(after.uordblks + after.hblkhd < before.uordblks + before.hblkhd + 4 * 1024 * 1024);
    close(fd);
    snprintf(body + LONG, sizeof body - LONG, "\r\n--bb--\r\n");
    struct answer *a = ask(r, "POST", "/open311/v2/requests.json", body, NULL, FORM);
    if (a->status != 413)
        fail_msg("%s", a->body);
    assert_non_null(strstr(a->body, "shorten them"));
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_policys_categories_are_the_services_and_its_clocks_are_shown,
                                        rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_code_that_the_policy_does_not_have_is_not_taken, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(where_a_category_keeps_the_place_private_no_place_is_told, rig_up,
                                        rig_down),
        cmocka_unit_test_setup_teardown(what_did_not_come_by_this_door_is_told_as_the_setting_says, rig_up,
                                        rig_down),
        cmocka_unit_test_setup_teardown(without_a_policy_the_services_are_those_of_what_may_be_told, rig_up,
                                        rig_down),
        cmocka_unit_test_setup_teardown(an_error_names_what_was_asked_in_whole_characters, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(the_last_page_of_many_and_what_is_rare_among_them_are_told, rig_up,
                                        rig_down),
        cmocka_unit_test_setup_teardown(one_costly_list_at_a_time_is_made_without_a_key, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(what_is_said_beside_a_report_is_taken_whole_or_refused_by_name,
                                        rig_up, rig_down),
        cmocka_unit_test_setup_teardown(what_takes_too_long_is_refused_and_not_cut, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_name_or_a_place_of_any_length_is_kept_or_refused, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(notes_are_counted_in_what_a_list_may_cost, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_long_field_of_a_form_in_parts_takes_no_more_room_than_it_has,
                                        rig_up, rig_down),
        cmocka_unit_test(what_xml_cannot_say_is_replaced_and_its_signs_are_escaped),
        cmocka_unit_test(a_list_in_json_loses_its_items_names_and_keeps_its_own_inside_an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
