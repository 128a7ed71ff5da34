/* auth_test.c: who may what: tokens, accounts, sessions, one-time links, writes from other sites; and the
 * calls for admins. */
#include "tests/unit/http/rig.h"

#include <stdio.h>
#include <unistd.h>
#include <time.h>

#include "topology/token.h"

#define MATTER "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\"}"

static void refused(struct answer *a, int status, const char *code)
{
    if (a->status != status)
        fail_msg("%d instead of %d: %s", a->status, status, a->body);
    assert_string_equal(text_at(a, "error.code"), code);
    answer_free(a);
}

static void done(struct answer *a, int status)
{
    if (a->status != status)
        fail_msg("%d instead of %d: %s", a->status, status, a->body);
    answer_free(a);
}

/* The Cookie header that goes with what an answer set. */
enum { COOKIE = 512 };
static void cookie_of(const struct answer *a, char out[COOKIE])
{
    const char *set = strstr(a->head, "Set-Cookie: ");
    assert_non_null(set);
    assert_non_null(strstr(set, "HttpOnly"));
    assert_non_null(strstr(set, "SameSite=Strict"));
    set += strlen("Set-Cookie: ");
    snprintf(out, COOKIE, "Cookie: %.*s\r\n", (int)strcspn(set, ";"), set);
}

static void without_a_token_only_health_and_the_page_are_open(void **state)
{
    struct rig *r = *state;
    struct answer *a = ask(r, "GET", "/api/v1/node", NULL, NULL, NULL);
    assert_non_null(strstr(a->head, "WWW-Authenticate: Bearer"));
    refused(a, 401, "unauthenticated");
    refused(ask(r, "POST", "/api/v1/matters", MATTER, "qpt_wrong", NULL), 401, "unauthenticated");
    refused(ask(r, "GET", "/api/v1/node", NULL, NULL, "Authorization: Basic eDp5\r\n"), 401,
            "unauthenticated");
    done(ask(r, "GET", "/healthz", NULL, NULL, NULL), 200);
    a = ask(r, "GET", "/", NULL, NULL, NULL);
    assert_non_null(strstr(a->head, "Location: /login\r\n"));
    done(a, 303);
    a = ask(r, "GET", "/", NULL, r->token, NULL);
    assert_non_null(strstr(a->head, "Location: /desk\r\n"));
    done(a, 303);
    a = ask(r, "GET", "/login", NULL, NULL, NULL);
    assert_non_null(strstr(a->head, "Content-Security-Policy: default-src 'none'"));
    assert_null(strstr(a->head, "unsafe-inline"));
    assert_non_null(strstr(a->body, "<!doctype html>"));
    done(a, 200);
    refused(ask(r, "GET", "/metrics", NULL, NULL, NULL), 401, "unauthenticated"); /* from this machine too */
    a = ask(r, "GET", "/metrics", NULL, r->token, NULL);
    assert_non_null(strstr(a->body, "qipan_turns_total "));
    done(a, 200);
}

static void a_missing_right_is_named(void **state)
{
    struct rig *r = *state;
    char token[64];
    rig_token(r, "reader", "\"read\"", token);
    done(ask(r, "GET", "/api/v1/tree", NULL, token, NULL), 200);
    struct answer *a = ask(r, "POST", "/api/v1/matters", MATTER, token, NULL);
    assert_non_null(strstr(text_at(a, "error.message"), "`report`"));
    refused(a, 403, "denied");
    refused(ask(r, "POST", "/api/v1/matters/01m83srw07f56knjt0fmybfswj/accept", "{}", token, NULL), 403,
            "denied");
    refused(ask(r, "GET", "/api/v1/tokens", NULL, token, NULL), 403, "denied");
    rig_token(r, "reporter", "\"report\"", token);
    refused(ask(r, "GET", "/api/v1/matters", NULL, token, NULL), 403, "denied");
}

static void an_ended_token_is_over_at_once(void **state)
{
    struct rig *r = *state;
    char token[64];
    rig_token(r, "short-lived", "\"read\"", token);
    done(ask(r, "GET", "/api/v1/tree", NULL, token, NULL), 200);
    done(ask(r, "DELETE", "/api/v1/tokens/short-lived", NULL, r->token, NULL), 200);
    refused(ask(r, "GET", "/api/v1/tree", NULL, token, NULL), 401, "unauthenticated");
    struct answer *a = ask(r, "GET", "/api/v1/tokens", NULL, r->token, NULL);
    assert_null(strstr(a->body, token + 4)); /* the text is shown once */
    done(a, 200);
    refused(ask(r, "DELETE", "/api/v1/tokens/nobody", NULL, r->token, NULL), 404, "not_found");
}

static void nobody_gives_a_right_that_he_lacks(void **state)
{
    struct rig *r = *state;
    char token[64];
    rig_token(r, "admin-only", "\"admin\"", token);
    refused(ask(r, "POST", "/api/v1/tokens", "{\"name\":\"x\",\"rights\":[\"import\"]}", token, NULL), 403,
            "denied");
    /* the administrator that `init` makes is no importer, and makes one */
    char full[64];
    rig_token(r, "full", "\"read\",\"report\",\"step\",\"command\",\"admin\",\"audit\"", full);
    done(ask(r, "POST", "/api/v1/tokens", "{\"name\":\"imports\",\"rights\":[\"import\"]}", full, NULL), 201);
    refused(ask(r, "POST", "/api/v1/tokens", "{\"name\":\"x\",\"rights\":[\"fly\"]}", token, NULL), 400,
            "malformed");
    refused(ask(r, "POST", "/api/v1/tokens", "{\"name\":\"x\",\"rights\":[]}", token, NULL), 400,
            "malformed");
}

static void a_name_can_be_given_only_if_it_can_be_ended(void **state)
{
    struct rig *r = *state;
    refused(ask(r, "POST", "/api/v1/tokens", "{\"name\":\"a/b\",\"rights\":[\"read\"]}", r->token, NULL), 400,
            "malformed");
    refused(ask(r, "POST", "/api/v1/tokens", "{\"name\":\"..\",\"rights\":[\"read\"]}", r->token, NULL), 400,
            "malformed");
    refused(ask(r, "POST", "/api/v1/users",
                "{\"name\":\"a/b\",\"password\":\"long enough\",\"role\":\"worker\"}", r->token, NULL),
            400, "malformed");
    struct answer *a =
        ask(r, "POST", "/api/v1/users", "{\"name\":\"a\",\"password\":\"long enough\"}", r->token, NULL);
    assert_string_equal(text_at(a, "error.field"), "role");
    refused(a, 400, "malformed");
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void a_person_logs_in_and_out(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE], headers[COOKIE + 64];
    done(ask(r, "POST", "/api/v1/users",
             "{\"name\":\"li\",\"password\":\"correct horse\",\"role\":\"worker\"}", r->token, NULL),
         201);
    double t0 = seconds();
    refused(ask(r, "POST", "/api/v1/session", "{\"name\":\"li\",\"password\":\"wrong\"}", NULL, NULL), 401,
            "unauthenticated");
    double t1 = seconds();
    refused(ask(r, "POST", "/api/v1/session", "{\"name\":\"nobody\",\"password\":\"wrong\"}", NULL, NULL),
            401, "unauthenticated");
    double t2 = seconds();
    assert_true(t2 - t1 > (t1 - t0) / 4); /* a name that nobody has costs the same work */
    struct answer *a =
        ask(r, "POST", "/api/v1/session", "{\"name\":\"li\",\"password\":\"correct horse\"}", NULL, NULL);
    assert_int_equal(a->status, 200);
    assert_string_equal(text_at(a, "name"), "user:li");
    cookie_of(a, cookie);
    answer_free(a);
    done(ask(r, "GET", "/api/v1/tree", NULL, NULL, cookie), 200);
    a = ask(r, "POST", "/api/v1/matters", MATTER, NULL, cookie);
    assert_int_equal(a->status, 201);
    answer_free(a);
    /* from another site's page: a form, a script */
    snprintf(headers, sizeof headers, "%sOrigin: http://evil.example\r\n", cookie);
    refused(ask(r, "POST", "/api/v1/matters", MATTER, NULL, headers), 403, "denied");
    snprintf(headers, sizeof headers, "%sOrigin: http://x\r\n", cookie); /* the rig's Host is x */
    done(ask(r, "POST", "/api/v1/matters", MATTER, NULL, headers), 201);
    snprintf(headers, sizeof headers, "%sContent-Type: text/plain\r\n", cookie);
    for (int lines = 0; lines < 2; lines++) { /* both languages name the type to send */
        const char *named = lines ? "Content-Type: application/x-ndjson" : "Content-Type: application/json";
        a = ask(r, "POST", lines ? "/api/v1/matters:batch" : "/api/v1/matters", MATTER, NULL, headers);
        assert_non_null(strstr(text_at(a, "error.message"), named));
        assert_non_null(strstr(text_at(a, "error.message_zh"), named));
        refused(a, 415, "media_type");
    }
    refused(ask(r, "GET", "/api/v1/tokens", NULL, NULL, cookie), 403, "denied");
    done(ask(r, "DELETE", "/api/v1/session", NULL, NULL, cookie), 200);
    refused(ask(r, "GET", "/api/v1/tree", NULL, NULL, cookie), 401, "unauthenticated");
}

static void an_ended_account_ends_its_sessions(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE];
    done(ask(r, "POST", "/api/v1/users",
             "{\"name\":\"wang\",\"password\":\"another one\",\"role\":\"admin\"}", r->token, NULL),
         201);
    struct answer *a =
        ask(r, "POST", "/api/v1/session", "{\"name\":\"wang\",\"password\":\"another one\"}", NULL, NULL);
    cookie_of(a, cookie);
    answer_free(a);
    done(ask(r, "GET", "/api/v1/tokens", NULL, NULL, cookie), 200);
    done(ask(r, "DELETE", "/api/v1/users/wang", NULL, r->token, NULL), 200);
    refused(ask(r, "GET", "/api/v1/tokens", NULL, NULL, cookie), 401, "unauthenticated");
    refused(ask(r, "POST", "/api/v1/session", "{\"name\":\"wang\",\"password\":\"another one\"}", NULL, NULL),
            401, "unauthenticated");
}

static void a_login_link_works_once(void **state)
{
    struct rig *r = *state;
    char path[512], cookie[COOKIE];
    struct answer *a = ask(r, "POST", "/api/v1/session/link", NULL, r->token, NULL);
    assert_int_equal(a->status, 201);
    const char *url = text_at(a, "url");
    assert_memory_equal(url, qp_http_url(r->http), strlen(qp_http_url(r->http)));
    snprintf(path, sizeof path, "%s", url + strlen(qp_http_url(r->http)));
    answer_free(a);
    done(ask(r, "HEAD", path, NULL, NULL, NULL), 200); /* who only looks does not use it up */
    a = ask(r, "GET", path, NULL, NULL, NULL);
    assert_null(strstr(a->head, "Set-Cookie"));
    assert_non_null(strstr(a->body, "<form method=\"post\">"));
    done(a, 200);
    refused(ask(r, "POST", path, NULL, NULL, "Origin: http://evil.example\r\n"), 403, "denied");
    a = ask(r, "POST", path, NULL, NULL,
            "Origin: http://x\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    assert_int_equal(a->status, 303);
    assert_non_null(strstr(a->head, "Location: /\r\n"));
    cookie_of(a, cookie);
    answer_free(a);
    a = ask(r, "GET", "/api/v1/session", NULL, NULL, cookie);
    assert_string_equal(text_at(a, "name"), "token:all");
    assert_null(strstr(a->body, "import")); /* a person states no times */
    answer_free(a);
    refused(ask(r, "GET", path, NULL, NULL, NULL), 410, "used");
    refused(ask(r, "POST", path, NULL, NULL, NULL), 410, "used");
}

static void account(struct rig *r, const char *name, const char *password)
{
    char body[256];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"%s\",\"role\":\"worker\"}", name, password);
    done(ask(r, "POST", "/api/v1/users", body, r->token, NULL), 201);
}

static struct answer *log_in(struct rig *r, const char *name, const char *password, const char *headers)
{
    char body[256];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"password\":\"%s\"}", name, password);
    return ask(r, "POST", "/api/v1/session", body, NULL, headers);
}

static void a_session_outlives_a_restart_and_stays_ended_over_one(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE], other[COOKIE], link[512];
    account(r, "zhao", "a long password");
    struct answer *a = log_in(r, "zhao", "a long password", NULL);
    cookie_of(a, cookie);
    done(a, 200);
    a = log_in(r, "zhao", "a long password", NULL);
    cookie_of(a, other);
    done(a, 200);
    a = ask(r, "POST", "/api/v1/session/link", NULL, r->token, NULL);
    snprintf(link, sizeof link, "%s", strstr(text_at(a, "url"), "/login/"));
    done(a, 201);
    done(ask(r, "DELETE", "/api/v1/session", NULL, NULL, other), 200);
    done(ask(r, "POST", link, NULL, NULL, NULL), 303);
    rig_restart(r);
    done(ask(r, "GET", "/api/v1/tree", NULL, NULL, cookie), 200);
    refused(ask(r, "GET", "/api/v1/tree", NULL, NULL, other), 401, "unauthenticated");
    refused(ask(r, "POST", link, NULL, NULL, NULL), 410, "used");
}

static void a_changed_password_ends_the_sessions_made_with_the_old_one(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE];
    account(r, "qian", "the first password");
    struct answer *a = log_in(r, "qian", "the first password", NULL);
    cookie_of(a, cookie);
    done(a, 200);
    done(ask(r, "POST", "/api/v1/users/qian/password", "{\"password\":\"the second password\"}", r->token,
             NULL),
         200);
    a = ask(r, "GET", "/api/v1/tree", NULL, NULL, cookie);
    assert_non_null(strstr(a->body, "password was changed"));
    refused(a, 401, "unauthenticated");
}

static void a_form_of_another_site_neither_begins_nor_ends_a_session(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE], headers[COOKIE + 64];
    account(r, "sun", "a long password");
    struct answer *a = log_in(r, "sun", "a long password", NULL);
    cookie_of(a, cookie);
    done(a, 200);
    static const char *const FOREIGN[] = {"Origin: http://evil.example\r\n", "Origin: null\r\n",
                                          "Sec-Fetch-Site: cross-site\r\n"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(headers, sizeof headers, "%s%s", cookie, FOREIGN[i]);
        a = ask(r, "DELETE", "/api/v1/session", NULL, NULL, headers);
        assert_null(strstr(a->head, "Set-Cookie"));
        refused(a, 403, "denied");
        refused(log_in(r, "sun", "a long password", FOREIGN[i]), 403, "denied");
    }
    done(ask(r, "GET", "/api/v1/tree", NULL, NULL, cookie), 200);
    done(ask(r, "DELETE", "/api/v1/session", NULL, NULL, cookie), 200);
}

static void a_stream_ends_within_a_second_of_its_session(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE], request[COOKIE + 128], out[4096];
    account(r, "li-stream", "a long password");
    struct answer *a = log_in(r, "li-stream", "a long password", NULL);
    cookie_of(a, cookie);
    done(a, 200);
    int fd = dial(r);
    snprintf(request, sizeof request, "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n%s\r\n", cookie);
    say(fd, request);
    hear(fd, out, sizeof out, "retry");
    double from = seconds();
    done(ask(r, "DELETE", "/api/v1/session", NULL, NULL, cookie), 200);
    hear(fd, out, sizeof out, "0\r\n\r\n"); /* the end of its chunks */
    assert_true(seconds() - from < 1.5);
    close(fd);
}

static void a_guesser_is_slowed_and_nobody_else(void **state)
{
    struct rig *r = *state;
    int busy = 0;
    rig_guesses_us =
        1000 * INT64_C(1000000); /* however slow this machine is, nothing is forgiven meanwhile */
    account(r, "victim", "a long password");
    account(r, "beside", "a long password");
    for (int i = 0; i < 120; i++) {
        char name[32];
        snprintf(name, sizeof name, i < 10 ? "victim" : "invented-%d", i);
        struct answer *a = log_in(r, name, "wrong", NULL);
        if (a->status == 429) {
            busy++;
            assert_non_null(strstr(a->head, "Retry-After: "));
            assert_non_null(strstr(text_at(a, "error.message"), "try again in"));
        } else {
            assert_int_equal(a->status, 401);
        }
        answer_free(a);
    }
    assert_true(busy > 25);
    struct answer *a = log_in(r, "victim", "a long password", NULL);
    done(a, 429); /* this name, from this address: it waits */
    done(log_in(r, "beside", "a long password", NULL), 200);
    /* from another address, as the rig's proxy says, the one who was guessed at comes in; and who is no proxy
     * (nobody asked for X-Forwarded-For of it) cannot say where he is */
    done(log_in(r, "victim", "a long password", "X-Forwarded-For: 198.51.100.7\r\n"), 200);
    rig_guesses_us += 61 * INT64_C(1000000);
    done(log_in(r, "victim", "a long password", NULL), 200); /* a minute later, from here too */
    rig_guesses_us = 0;
}

static void an_invite_is_a_token_for_one_place(void **state)
{
    struct rig *r = *state;
    struct qp_token t;
    struct qp_err e;
    struct answer *a = ask(r, "POST", "/api/v1/invites",
                           "{\"label\":\"yongqiao\",\"title\":\"埇桥区\",\"code\":\"341302\",\"level\":"
                           "\"county\",\"minutes\":5}",
                           r->token, NULL);
    assert_int_equal(a->status, 201);
    assert_int_equal(qp_token_parse(&t, text_at(a, "token"), &e), 0);
    assert_string_equal(t.path, "suzhou/yongqiao");
    assert_string_equal(t.endpoint, "tcp://127.0.0.1:5571");
    assert_memory_equal(t.root.b, r->root.b, QP_HASH_LEN);
    assert_memory_equal(t.parent_link_key, r->keys.link_pk, QP_PK_LEN);
    answer_free(a);
    refused(ask(r, "POST", "/api/v1/invites", "{}", r->token, NULL), 400, "malformed");
    refused(ask(r, "POST", "/api/v1/invites", "{\"path\":\"suzhou/a/b\"}", r->token, NULL), 422, "refused");
    refused(ask(r, "POST", "/api/v1/invites", "{\"label\":\"UP\"}", r->token, NULL), 400, "malformed");
    refused(ask(r, "POST", "/api/v1/nodes/suzhou/nobody/revoke", "{\"reason\":\"x\"}", r->token, NULL), 404,
            "not_found");
    refused(ask(r, "POST", "/api/v1/nodes/suzhou/nobody/revoke", "{\"reason\":\"x\",\"kind\":\"sad\"}",
                r->token, NULL),
            400, "malformed");
    refused(ask(r, "POST", "/api/v1/nodes/suzhou/nobody", "{}", r->token, NULL), 404, "not_found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_token_only_health_and_the_page_are_open),
        cmocka_unit_test(a_missing_right_is_named),
        cmocka_unit_test(an_ended_token_is_over_at_once),
        cmocka_unit_test(nobody_gives_a_right_that_he_lacks),
        cmocka_unit_test(a_name_can_be_given_only_if_it_can_be_ended),
        cmocka_unit_test(a_person_logs_in_and_out),
        cmocka_unit_test(an_ended_account_ends_its_sessions),
        cmocka_unit_test(a_login_link_works_once),
        cmocka_unit_test(a_session_outlives_a_restart_and_stays_ended_over_one),
        cmocka_unit_test(a_changed_password_ends_the_sessions_made_with_the_old_one),
        cmocka_unit_test(a_form_of_another_site_neither_begins_nor_ends_a_session),
        cmocka_unit_test(a_stream_ends_within_a_second_of_its_session),
        cmocka_unit_test(a_guesser_is_slowed_and_nobody_else),
        cmocka_unit_test(an_invite_is_a_token_for_one_place),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
