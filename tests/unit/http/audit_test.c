/* audit_test.c: who did what is written down, before it is answered, and found again (DE3). */
#include "tests/unit/http/matter.h"

#include <stdio.h>
#include <unistd.h>

#include "node/http/routes.h"
#include "node/http/wire/inside.h"
#include "node/http/wire/trail.h"
#include "proto/audit.h"

/* "who what on from; …" of the entries that the filter finds, the newest first. */
static void trail(struct rig *r, const char *query, char *out, size_t cap)
{
    char path[300];
    size_t i, n = 0;
    json_t *x;
    snprintf(path, sizeof path, "/api/v1/audit%s", query);
    struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    out[0] = 0;
    json_array_foreach(at(a, "items"), i, x)
    {
        const char *who = json_string_value(json_object_get(x, "who")),
                   *on = json_string_value(json_object_get(x, "on"));
        n += (size_t)snprintf(out + n, cap - n, "%s %s %s %s; ", who ? who : "-",
                              json_string_value(json_object_get(x, "what")), on ? on : "-",
                              json_string_value(json_object_get(x, "from")));
        assert_string_equal(json_string_value(json_object_get(x, "node")), "suzhou");
    }
    answer_free(a);
}

static void account(struct rig *r, const char *name)
{
    char body[200];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"a long password\",\"role\":\"dispatcher\"}",
             name);
    struct answer *a = ask(r, "POST", "/api/v1/users", body, r->token, NULL);
    assert_int_equal(a->status, 201);
    answer_free(a);
}

static int log_in(struct rig *r, const char *name, const char *password, const char *headers)
{
    char body[200];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"%s\"}", name, password);
    struct answer *a = ask(r, "POST", "/api/v1/session", body, NULL, headers);
    int status = a->status;
    answer_free(a);
    return status;
}

static void log_ins_and_failures_stand_by_the_name_that_somebody_has(void **state)
{
    struct rig *r = *state;
    char t[2000];
    account(r, "wang");
    assert_int_equal(
        log_in(r, "wang", "a long password", "User-Agent: Mozilla/5.0 (Linux; Android 14) Mobile\r\n"), 200);
    assert_int_equal(log_in(r, "wang", "wrong", NULL), 401);
    assert_int_equal(log_in(r, "SECRET-typed-into-the-wrong-field", "SECRET-guess", NULL), 401);
    trail(r, "?who=wang", t, sizeof t);
    assert_string_equal(t, "- login_failed wang console; user:wang login - phone; ");
    trail(r, "?what=login_failed", t, sizeof t);
    assert_string_equal(t, "- login_failed * console; - login_failed wang console; ");
    trail(r, "", t, sizeof t);
    assert_null(strstr(t, "SECRET"));
}

static void guesses_that_end_are_told_with_how_many_there_were(void **state)
{
    struct rig *r = *state;
    json_int_t times = 0;
    account(r, "wang");
    for (int i = 0; i < 4; i++)
        log_in(r, "wang", "wrong", NULL);
    pthread_mutex_lock(&r->http->trail.lock);
    for (size_t i = 0; i < QP_TRAIL_KEPT; i++)
        r->http->trail.kept[i].at_us -= INT64_C(61000000); /* as if a minute had gone */
    pthread_mutex_unlock(&r->http->trail.lock);
    qp_trail_look(r->http);
    for (int i = 0; i < 100 && times != 3; i++) {
        usleep(20000);
        struct answer *a = ask(r, "GET", "/api/v1/audit?what=login_failed", NULL, r->token, NULL);
        assert_string_equal(text_at(a, "items.0.from"), "console");
        times = json_integer_value(json_object_get(json_array_get(at(a, "items"), 0), "times"));
        answer_free(a);
    }
    assert_int_equal(times, 3);
}

static void guesses_of_one_name_are_one_entry_a_minute(void **state)
{
    struct rig *r = *state;
    char t[2000];
    account(r, "wang");
    for (int i = 0; i < 4; i++)
        log_in(r, "wang", "wrong", NULL);
    trail(r, "?what=login_failed", t, sizeof t);
    assert_string_equal(t, "- login_failed wang console; ");
}

static void changes_and_readings_stand_with_who_and_of_what(void **state)
{
    struct rig *r = *state;
    char t[4000], id[32], path[200], want[300];
    account(r, "li");
    struct answer *a = ask(r, "DELETE", "/api/v1/users/li", NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    answer_free(a);
    a = ask(r, "POST", "/api/v1/desks", "{\"code\":\"cg\",\"title\":\"c\"}", r->token, NULL);
    assert_int_equal(a->status, 201);
    answer_free(a);
    a = report(r, ",\"reporter\":{\"phone\":\"13800138000\"}", NULL);
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    snprintf(path, sizeof path, "/api/v1/matters/%s/personal?purpose=visit", id);
    answer_free(ask(r, "GET", path, NULL, r->token, NULL));
    answer_free(ask(r, "GET", "/api/v1/feed?after=0", NULL, r->token, NULL));
    answer_free(ask(r, "GET", "/api/v1/feed?after=0", NULL, r->token, NULL));
    trail(r, "?who=all", t, sizeof t);
    snprintf(want, sizeof want,
             "token:all audit_read /api/v1/audit token; token:all export /api/v1/feed token; "
             "token:all personal_read %s token; "
             "token:all changed desks/cg token; token:all ended users/li token; token:all changed users/li "
             "token; ",
             id);
    assert_string_equal(t, want);
    trail(r, "?what=personal_read&node=suzhou", t, sizeof t);
    assert_non_null(strstr(t, id));
    a = ask(r, "GET", "/api/v1/audit?node=suzhou/x", NULL, r->token, NULL);
    assert_int_equal(json_array_size(at(a, "items")), 0);
    answer_free(a);
}

static void pages_follow_each_other_and_miss_none(void **state)
{
    struct rig *r = *state;
    char name[32], path[200], cursor[100] = "";
    size_t seen = 0;
    for (int i = 0; i < 7; i++) {
        snprintf(name, sizeof name, "u%d", i);
        account(r, name);
    }
    do {
        snprintf(path, sizeof path, "/api/v1/audit?what=changed&limit=3&cursor=%s", cursor);
        struct answer *a = ask(r, "GET", path, NULL, r->token, NULL);
        assert_int_equal(a->status, 200);
        seen += json_array_size(at(a, "items"));
        const char *next = json_string_value(at(a, "next_cursor"));
        snprintf(cursor, sizeof cursor, "%s", next ? next : "");
        answer_free(a);
    } while (*cursor);
    assert_int_equal(seen, 8); /* the rig's own token too */
}

static void what_is_wrong_in_the_question_is_named(void **state)
{
    struct rig *r = *state;
    refused(ask(r, "GET", "/api/v1/audit?what=all", NULL, r->token, NULL), 400, "malformed", "what");
    refused(ask(r, "GET", "/api/v1/audit?cursor=zz", NULL, r->token, NULL), 400, "malformed", "cursor");
    refused(ask(r, "GET", "/api/v1/audit?limit=0", NULL, r->token, NULL), 400, "malformed", "limit");
    refused(ask(r, "GET", "/api/v1/audit?from=never", NULL, r->token, NULL), 400, "malformed", "from");
    refused(ask(r, "GET", "/api/v1/audit?colour=1", NULL, r->token, NULL), 400, "malformed", "colour");
}

/* Every call that changes something, or takes records out, says who writes it down; none does so without a reason. */
static void each_call_says_whether_it_is_written_down(void **state)
{
    static const char *const quiet[] = {
        /* writes that leave their own events, by name, in a matter's history, or nothing */
        "/api/v1/matters",
        "/api/v1/matters:batch",
        "/api/v1/warnings/*/*",
        "/api/v1/leads/*/*",
        "/api/v1/policy:check",
        "/api/v1/duty",
        "/api/v1/duty/position",
        "/api/v1/patrols",
        "/api/v1/patrols/*/*",
        "/api/v1/circulars",
        "/api/v1/circulars/*/*",
        "/api/v1/matters/*/line",
        "/api/v1/lines",
        "/api/v1/lines/*/messages",
        "/api/v1/lines/*/seen",
        "/api/v1/lines/*/whispers",
        "/api/v1/blobs", /* the step that names it says who */
        "/r",
        "/open311/**"};
    const struct qp_call_row *route;
    (void)state;
    for (size_t i = 0; (route = qp_route_at(i)); i++) {
        bool writes = route->method != QP_GET, said = route->audit != QP_AUDIT_NO;
        for (size_t k = 0; k < sizeof quiet / sizeof *quiet && writes; k++)
            writes = strcmp(quiet[k], route->path) != 0;
        if (writes && !said)
            fail_msg("%s changes something, and nobody writes down who did", route->path);
    }
}

static void on_a_store_without_room_who_mends_it_gets_in_and_out_and_what_lacks_is_said_later(void **state)
{
    struct rig *r = *state;
    char t[2000], cookie[400];
    account(r, "wang");
    atomic_store(&r->full, true);
    struct answer *a =
        ask(r, "POST", "/api/v1/session", "{\"name\":\"wang\",\"password\":\"a long password\"}", NULL, NULL);
    assert_int_equal(a->status, 200);
    const char *set = strstr(a->head, "qipan_session=");
    assert_non_null(set);
    snprintf(cookie, sizeof cookie, "Cookie: %.*s\r\n", (int)strcspn(set, ";"), set);
    answer_free(a);
    assert_int_equal(log_in(r, "wang", "wrong", NULL), 401);
    a = ask(r, "POST", "/api/v1/session/link", "{}", r->token, NULL);
    assert_int_equal(a->status, 201);
    const char *path = strstr(text_at(a, "url"), "/login/");
    struct answer *in = ask(r, "POST", path, NULL, NULL, NULL);
    assert_int_equal(in->status, 303);
    answer_free(in);
    answer_free(a);
    a = ask(r, "DELETE", "/api/v1/session", NULL, NULL, cookie);
    assert_int_equal(a->status, 200);
    answer_free(a);
    trail(r, "", t, sizeof t); /* can be read, and has nothing new */
    assert_string_equal(t, "token:all changed users/wang token; policy changed tokens/all ?; ");
    a = ask(r, "GET", "/api/v1/feed?after=0", NULL, r->token, NULL); /* what is taken out waits */
    assert_int_equal(a->status, 507);
    answer_free(a);
    a = ask(r, "GET", "/metrics", NULL, r->token, NULL);
    assert_non_null(strstr(a->body, "qipan_http_audit_lacking_total 6\n"));
    answer_free(a);
    atomic_store(&r->full, false);
    assert_int_equal(log_in(r, "wang", "a long password", NULL), 200);
    trail(r, "?what=lacking", t, sizeof t);
    assert_string_equal(t, "- lacking - node; ");
    a = ask(r, "GET", "/api/v1/audit?what=lacking", NULL, r->token, NULL);
    assert_int_equal(int_at(a, "items.0.times"), 6);
    answer_free(a);
}

static void what_owes_is_said_once_and_given_back_where_it_could_not_be_said(void **state)
{
    struct qp_trail *t = calloc(1, sizeof *t);
    (void)state;
    qp_trail_open(t);
    qp_trail_lack(t, 3);
    assert_int_equal(qp_trail_take(t), 3);
    assert_int_equal(qp_trail_take(t), 0);
    qp_trail_owe(t, 3);
    qp_trail_lack(t, UINT32_MAX);
    assert_int_equal(qp_trail_take(t), UINT32_MAX);
    assert_int_equal(qp_trail_lacking(t), 3 + (uint64_t)UINT32_MAX);
    qp_trail_close(t);
    free(t);
}

static void a_crowd_of_names_is_one_entry_and_a_name_that_waits_is_counted(void **state)
{
    struct qp_trail *t = calloc(1, sizeof *t);
    bool crowded;
    (void)state;
    qp_trail_open(t);
    assert_int_equal(qp_trail_due(t, 7, 100, 1000, &crowded), 1);
    assert_int_equal(qp_trail_due(t, 7, 100, 1050, &crowded), 0);
    assert_int_equal(qp_trail_due(t, 7, 100, 1099, &crowded), 0);
    assert_int_equal(qp_trail_due(t, 7, 100, 1100, &crowded), 3);
    for (uint64_t i = 0; i < QP_TRAIL_KEPT - 1; i++) {
        qp_trail_due(t, 100 + i, 100, 1110, &crowded);
        assert_false(crowded);
    }
    qp_trail_due(t, 99, 100, 1120, &crowded);
    assert_true(crowded);
    qp_trail_close(t);
    free(t);
}

static void what_was_counted_is_said_before_the_node_ends(void **state)
{
    struct rig *r = *state;
    json_int_t times = 0;
    account(r, "wang");
    for (int i = 0; i < 4; i++)
        log_in(r, "wang", "wrong", NULL);
    qp_http_last_words(r->http);
    for (int i = 0; i < 100 && times != 3; i++) {
        usleep(20000);
        struct answer *a = ask(r, "GET", "/api/v1/audit?what=login_failed", NULL, r->token, NULL);
        times = json_integer_value(json_object_get(json_array_get(at(a, "items"), 0), "times"));
        answer_free(a);
    }
    assert_int_equal(times, 3);
}

int main(void)
{
#define UP(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        UP(log_ins_and_failures_stand_by_the_name_that_somebody_has),
        UP(guesses_of_one_name_are_one_entry_a_minute),
        UP(guesses_that_end_are_told_with_how_many_there_were),
        UP(what_was_counted_is_said_before_the_node_ends),
        UP(changes_and_readings_stand_with_who_and_of_what),
        UP(pages_follow_each_other_and_miss_none),
        UP(what_is_wrong_in_the_question_is_named),
        cmocka_unit_test(each_call_says_whether_it_is_written_down),
        UP(on_a_store_without_room_who_mends_it_gets_in_and_out_and_what_lacks_is_said_later),
        cmocka_unit_test(what_owes_is_said_once_and_given_back_where_it_could_not_be_said),
        cmocka_unit_test(a_crowd_of_names_is_one_entry_and_a_name_that_waits_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
