/* accounts_test.c: roles and what each may, passwords, sessions and streams that end with their account, what waits for
 * somebody. */
#include "node/http/shape/event.h"
#include "proto/events.h"
#include "tests/unit/http/people.h"

#include <time.h>
#include <unistd.h>

/* ---- accounts ---- */

static void nobody_gives_himself_or_others_what_he_lacks(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE];
    person(r, "chen", "\"admin\"", cookie);
    account(r, "wu", "\"commander\"");
    struct answer *a =
        status(ask(r, "POST", "/api/v1/users",
                   "{\"name\":\"x\",\"password\":\"long enough\",\"roles\":[\"worker\"]}", NULL, cookie),
               403);
    assert_non_null(strstr(text_at(a, "error.message"), "`read`, `report` and `step`"));
    answer_free(a);
    done(ask(r, "PATCH", "/api/v1/users/chen", "{\"roles\":[\"admin\",\"auditor\"]}", NULL, cookie), 403);
    done(ask(r, "POST", "/api/v1/tokens", "{\"name\":\"x\",\"rights\":[\"read\"]}", NULL, cookie), 403);
    done(ask(r, "POST", "/api/v1/users/wu/password", "{\"password\":\"mine from now\"}", NULL, cookie), 403);
    done(ask(r, "POST", "/api/v1/session/link", "{\"name\":\"wu\"}", NULL, cookie), 403);
    done(log_in(r, "wu", "a long password", NULL), 200);
    /* what he has he gives; and he may take away and end */
    done(ask(r, "POST", "/api/v1/users",
             "{\"name\":\"y\",\"password\":\"long enough\",\"roles\":[\"admin\",\"screen\"]}", NULL, cookie),
         201);
    done(ask(r, "PATCH", "/api/v1/users/wu", "{\"title\":\"吴队\"}", NULL, cookie), 200);
    done(ask(r, "DELETE", "/api/v1/users/wu", NULL, NULL, cookie), 200);
    refused(post(r, "/api/v1/users", "{\"name\":\"z\",\"password\":\"long enough\",\"rights\":[\"import\"]}"),
            422, "rights");
}

static void an_account_has_several_roles_and_no_secret_in_any_answer(void **state)
{
    struct rig *r = *state;
    struct answer *a =
        status(post(r, "/api/v1/users",
                    "{\"name\":\"li\",\"title\":\"李\",\"password\":\"a long password\",\"roles\":[\"admin\","
                    "\"worker\"]}"),
               201);
    assert_string_equal(text_at(a, "roles.0"), "worker");
    assert_string_equal(text_at(a, "roles.1"), "admin");
    assert_string_equal(text_at(a, "role"), "worker");
    assert_null(strstr(a->body, "argon"));
    answer_free(a);
    a = status(get(r, "/api/v1/users"), 200);
    assert_string_equal(text_at(a, "items.0.title"), "李");
    assert_null(strstr(a->body, "argon"));
    assert_null(strstr(a->body, "password"));
    answer_free(a);
    a = status(get(r, "/api/v1/tokens"), 200);
    assert_null(strstr(a->body, "hash"));
    answer_free(a);
    refused(ask(r, "PATCH", "/api/v1/users/li", "{\"roles\":[]}", r->token, NULL), 400, "role");
    refused(ask(r, "PATCH", "/api/v1/users/li", "{\"roles\":[\"king\"]}", r->token, NULL), 400, "roles");
    refused(ask(r, "PATCH", "/api/v1/users/li", "{\"password\":\"another long one\"}", r->token, NULL), 400,
            "password");
}

static void another_role_counts_at_once(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE];
    person(r, "li", "\"worker\"", cookie);
    done(ask(r, "GET", "/api/v1/matters", NULL, NULL, cookie), 200);
    done(ask(r, "PATCH", "/api/v1/users/li", "{\"roles\":[\"screen\"]}", r->token, NULL), 200);
    done(ask(r, "GET", "/api/v1/matters", NULL, NULL, cookie), 403);
    done(ask(r, "GET", "/api/v1/board?by=source", NULL, NULL, cookie), 200);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int stream(struct rig *r, const char *cookie)
{
    char request[COOKIE + 128], out[4096];
    int fd = dial(r);
    snprintf(request, sizeof request, "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n%s\r\n", cookie);
    say(fd, request);
    hear(fd, out, sizeof out, "retry");
    return fd;
}

static void a_password_is_changed_by_its_owner_or_an_admin_and_ends_all_that_was_open(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE], other[COOKIE], out[4096];
    person(r, "li", "\"worker\"", cookie);
    person(r, "qu", "\"worker\"", other);
    refused(ask(r, "POST", "/api/v1/users/li/password", "{\"password\":\"short\"}", NULL, cookie), 400,
            "password");
    done(ask(r, "POST", "/api/v1/users/li/password", "{\"password\":\"taken over now\"}", NULL, other), 403);
    int fd = stream(r, cookie);
    double from = seconds();
    struct answer *a = status(
        ask(r, "POST", "/api/v1/users/li/password", "{\"password\":\"the second one\"}", NULL, cookie), 200);
    assert_null(strstr(a->body, "argon"));
    assert_string_equal(text_at(a, "roles.0"), "worker"); /* all else stays */
    answer_free(a);
    hear(fd, out, sizeof out, "0\r\n\r\n");
    assert_true(seconds() - from < 3); /* with the hash, which takes its time here */
    close(fd);
    done(ask(r, "GET", "/api/v1/me", NULL, NULL, cookie), 401);
    done(log_in(r, "li", "a long password", NULL), 401);
    done(log_in(r, "li", "the second one", cookie), 200);
    done(post(r, "/api/v1/users/li/password", "{\"password\":\"by the admin\"}"), 200);
    done(ask(r, "GET", "/api/v1/me", NULL, NULL, cookie), 401);
    done(post(r, "/api/v1/users/nobody/password", "{\"password\":\"long enough\"}"), 404);
}

static void a_stream_ends_within_a_second_of_its_account(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE], out[4096];
    person(r, "li", "\"screen\"", cookie);
    int fd = stream(r, cookie);
    double from = seconds();
    done(ask(r, "DELETE", "/api/v1/users/li", NULL, r->token, NULL), 200);
    hear(fd, out, sizeof out, "0\r\n\r\n");
    assert_true(seconds() - from < 1.5);
    close(fd);
}

static void a_stream_tells_the_events_that_were_asked_for_and_beats(void **state)
{
    struct rig *r = *state;
    for (int k = 0; k < 200; k++) { /* whatever the table of events shows can be asked for */
        const struct qp_event_kind *kind = qp_event_kind(k);
        if (kind && kind->stream)
            assert_int_not_equal(qp_stream_event_of(kind->stream, strlen(kind->stream)), QP_STREAM_EVENT_N);
    }
    char cookie[COOKIE], out[8192];
    person(r, "hall", "\"screen\"", cookie);
    for (int i = 0; i < 2; i++) { /* the matter alone, or not at all; beats in both */
        int fd = dial(r);
        snprintf(out, sizeof out, "GET /api/v1/stream?types=%s HTTP/1.1\r\nHost: x\r\n%s\r\n",
                 i ? "line,warning" : "matter", cookie);
        say(fd, out);
        hear(fd, out, sizeof out, "retry");
        done(post(r, "/api/v1/matters", "{\"category\":\"water\",\"title\":\"t\",\"source\":\"s\"}"), 201);
        hear(fd, out, sizeof out, i ? "event: beat" : "\"closed_at\"");
        assert_int_equal(!!strstr(out, "event: matter"), i == 0);
        close(fd);
    }
    refused(ask(r, "GET", "/api/v1/stream?types=matter,weather", NULL, r->token, NULL), 400, "types");
    refused(ask(r, "GET", "/api/v1/stream?types=matt", NULL, r->token, NULL), 400, "types");
}

/* DE2: a wall counts; who issued a circular is nothing to count. */
static void a_screen_is_told_no_person_of_a_circular(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE], path[100];
    person(r, "hall", "\"screen\"", cookie);
    struct answer *a =
        status(post(r, "/api/v1/circulars", "{\"period\":\"day\",\"date\":\"2026-01-05\"}"), 201);
    assert_string_equal(text_at(a, "issued_by"), "token:all");
    snprintf(path, sizeof path, "/api/v1/circulars/%s", text_at(a, "id"));
    answer_free(a);
    static const char list[] = "/api/v1/circulars";
    for (int i = 0; i < 2; i++) {
        const char *at_by = i ? "issued_by" : "items.0.issued_by";
        a = status(get(r, i ? path : list), 200);
        assert_string_equal(text_at(a, at_by), "token:all");
        answer_free(a);
        a = status(ask(r, "GET", i ? path : list, NULL, NULL, cookie), 200);
        assert_true(json_is_null(at(a, at_by)));
        assert_null(strstr(a->body, "token:"));
        answer_free(a);
    }
}

/* Who was too late is told by which number he would have been in time. */
static void who_issues_too_late_is_told_which_circular_was_the_last(void **state)
{
    struct rig *r = *state;
    static const char late[] = "{\"period\":\"day\",\"date\":\"2026-01-05\",\"if_version\":0}",
                      next[] = "{\"period\":\"day\",\"date\":\"2026-01-05\",\"if_version\":1}";
    done(post(r, "/api/v1/circulars", late), 201);
    struct answer *a = status(post(r, "/api/v1/circulars", late), 409);
    assert_string_equal(text_at(a, "error.code"), "version_conflict");
    assert_int_equal(int_at(a, "error.current.number"), 1);
    answer_free(a);
    done(post(r, "/api/v1/circulars", next), 201);
}

/* CL6: nobody says that a time is over, so no event does; the stream tells it all the same, to a wall without words. */
static void a_stream_tells_what_becomes_overdue_when_it_does(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE], out[8192], body[200], at[40];
    person(r, "hall", "\"screen\"", cookie);
    int fd = stream(r, cookie);
    time_t due = time(NULL) + 2;
    struct tm utc;
    gmtime_r(&due, &utc);
    strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &utc);
    snprintf(body, sizeof body,
             "{\"category\":\"water\",\"title\":\"t\",\"source\":\"s\",\"deadline\":\"%s\"}", at);
    struct answer *a = status(post(r, "/api/v1/matters", body), 201);
    snprintf(body, sizeof body, "\"id\":\"%s\",\"event\":null,\"type\":\"overdue\"", text_at(a, "id"));
    answer_free(a);
    hear(fd, out, sizeof out, "\"closed_at\"");
    assert_null(strstr(out, "overdue"));
    while (time(NULL) <= due) /* the turn of a later report is the first that finds it so */
        done(get(r, "/api/v1/node"), 200);
    done(post(r, "/api/v1/matters", "{\"category\":\"water\",\"title\":\"t\",\"source\":\"s\"}"), 201);
    hear(fd, out, sizeof out, "\"stage\":\"close\"");
    assert_non_null(strstr(out, body));
    assert_null(strstr(out, "\"title\""));
    close(fd);
    fd = stream(r, cookie); /* it is told once, not to who comes later */
    hear(fd, out, sizeof out, "event: beat");
    assert_null(strstr(out, "overdue"));
    close(fd);
}

static void a_screen_is_told_where_and_what_kind_and_no_words(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE], out[8192];
    person(r, "hall", "\"screen\"", cookie);
    int fd = stream(r, cookie);
    done(
        post(r, "/api/v1/matters",
             "{\"category\":\"water\",\"title\":\"canary title\",\"text\":\"canary text\",\"place\":\"canary "
             "place\",\"source\":\"s\",\"urgency\":\"urgent\"}"),
        201);
    hear(fd, out, sizeof out, "\"closed_at\"");
    close(fd);
    assert_non_null(strstr(out, "\"category\":\"water\""));
    assert_non_null(strstr(out, "\"urgency\":\"urgent\""));
    assert_null(strstr(out, "canary"));
    assert_null(strstr(out, "token:"));
    done(ask(r, "GET", "/api/v1/matters", NULL, NULL, cookie), 403);
    done(post(r, "/api/v1/desks", "{\"code\":\"d1\",\"title\":\"t\",\"members\":[\"hall\"]}"), 201);
    for (int i = 0; i < 2; i++) { /* nor any person */
        const char *path = i ? "/api/v1/desks" : "/api/v1/desks/d1";
        struct answer *a = status(ask(r, "GET", path, NULL, NULL, cookie), 200);
        assert_null(strstr(a->body, "hall"));
        answer_free(a);
        a = status(get(r, path), 200);
        assert_non_null(strstr(a->body, "hall"));
        answer_free(a);
    }
}

static void who_asks_who_he_is_is_told_what_he_may_and_where_he_belongs(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE];
    person(r, "li", "\"worker\",\"desk\"", cookie);
    done(ask(r, "PATCH", "/api/v1/users/li", "{\"title\":\"李\"}", r->token, NULL), 200);
    done(post(r, "/api/v1/desks", "{\"code\":\"d1\",\"title\":\"t\",\"members\":[\"li\"]}"), 201);
    done(post(r, "/api/v1/desks", "{\"code\":\"d2\",\"title\":\"t\",\"members\":[\"li\"]}"), 201);
    done(ask(r, "DELETE", "/api/v1/desks/d2", NULL, r->token, NULL), 200);
    done(post(r, "/api/v1/matters", "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"desk\":\"d1\"}"),
         201);
    done(post(r, "/api/v1/matters", "{\"category\":\"c\",\"title\":\"another's\",\"source\":\"s\"}"), 201);
    struct answer *a = status(ask(r, "GET", "/api/v1/me", NULL, NULL, cookie), 200);
    assert_string_equal(text_at(a, "name"), "li");
    assert_string_equal(text_at(a, "title"), "李");
    assert_string_equal(text_at(a, "roles.1"), "desk");
    assert_string_equal(text_at(a, "rights.0"), "read");
    assert_int_equal(json_array_size(at(a, "desks")), 1);
    assert_string_equal(text_at(a, "desks.0"), "d1");
    assert_string_equal(text_at(a, "node.path"), "suzhou");
    assert_int_equal(int_at(a, "needs.assign"), 1);
    assert_int_equal(int_at(a, "needs.handle"), 0);
    assert_true(json_is_true(at(a, "own")));
    answer_free(a);
    a = status(get(r, "/api/v1/users/li"), 200);
    assert_int_equal(json_array_size(at(a, "desks")), 1);
    assert_string_equal(text_at(a, "desks.0"), "d1");
    assert_int_equal(json_array_size(at(a, "grids")), 0);
    answer_free(a);
    refused(ask(r, "PATCH", "/api/v1/users/li", "{\"desks\":[\"d2\"]}", r->token, NULL), 422, "desks");
    refused(ask(r, "PATCH", "/api/v1/users/li", "{\"grids\":[]}", r->token, NULL), 422, "grids");
    a = status(get(r, "/api/v1/me"), 200);
    assert_string_equal(text_at(a, "by"), "token:all");
    answer_free(a);
}

/* One matter on its way: what it needs is one list at a time, and the count says the same. */
static void needs_are(struct rig *r, const char *name, int wanted)
{
    static const char *const NAMES[] = {"sign", "assign", "handle", "visit", "overdue", "urged", "close"};
    struct answer *me = status(get(r, "/api/v1/me"), 200);
    char path[80], key[80];
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        int n = strcmp(NAMES[i], name) == 0 ? wanted : 0;
        snprintf(key, sizeof key, "needs.%s", NAMES[i]);
        assert_int_equal(int_at(me, key), n);
        snprintf(path, sizeof path, "/api/v1/matters?needs=%s", NAMES[i]);
        struct answer *list = status(get(r, path), 200);
        assert_int_equal(json_array_size(at(list, "items")), n);
        answer_free(list);
    }
    answer_free(me);
}

static void what_waits_is_counted_and_listed_by_the_same_question(void **state)
{
    struct rig *r = *state;
    char path[120];
    needs_are(r, "assign", 0);
    struct answer *a =
        status(post(r, "/api/v1/matters", "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\"}"), 201);
    needs_are(r, "assign", 1);
    snprintf(path, sizeof path, "/api/v1/matters/%s/assign", text_at(a, "id"));
    done(post(r, path, "{\"desk\":\"d\"}"), 200);
    needs_are(r, "handle", 1);
    snprintf(path, sizeof path, "/api/v1/matters/%s/handle", text_at(a, "id"));
    done(post(r, path, "{\"result\":\"done\"}"), 200);
    needs_are(r, "close", 1); /* no policy wants it visited */
    answer_free(a);
    static const char *const URGENCIES[] = {"routine", "emergency", "urgent"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path,
                 "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"urgency\":\"%s\"}", URGENCIES[i]);
        done(post(r, "/api/v1/matters", path), 201);
    }
    a = status(get(r, "/api/v1/matters?needs=assign"), 200); /* the most pressing first */
    assert_string_equal(text_at(a, "items.0.urgency"), "emergency");
    assert_string_equal(text_at(a, "items.1.urgency"), "urgent");
    assert_string_equal(text_at(a, "items.2.urgency"), "routine");
    answer_free(a);
    refused(get(r, "/api/v1/matters?needs=fly"), 400, "needs");
    refused(get(r, "/api/v1/matters?needs=lines"), 400, "needs");
    refused(get(r, "/api/v1/matters?needs=sign&state=open"), 400, "state");
}

static void who_may_not_see_accounts_is_not_told_which_there_are(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE];
    static const char *const BODIES[] = {"{}", "rubbish", "{\"password\":\"taken over now\"}"};
    account(r, "wang", "\"admin\"");
    person(r, "li", "\"worker\"", cookie);
    for (size_t i = 0; i < 3; i++) {
        struct answer *is =
            status(ask(r, "POST", "/api/v1/users/wang/password", BODIES[i], NULL, cookie), 403);
        struct answer *none =
            status(ask(r, "POST", "/api/v1/users/zhao/password", BODIES[i], NULL, cookie), 403);
        assert_string_equal(is->body, none->body);
        answer_free(is);
        answer_free(none);
    }
}

/* DE2: an account that may more than he is not his to take over, not by making it again either. */
static void an_account_that_stands_is_not_made_again(void **state)
{
    struct rig *r = *state;
    static const char AGAIN[] = "{\"name\":\"wang\",\"password\":\"mine from now\",\"roles\":[\"worker\"]}";
    char cookie[COOKIE];
    person(r, "chen", "\"admin\",\"worker\"", cookie);
    account(r, "wang", "\"dispatcher\"");
    struct answer *a = status(ask(r, "POST", "/api/v1/users", AGAIN, NULL, cookie), 409);
    assert_string_equal(text_at(a, "error.code"), "exists");
    assert_string_equal(text_at(a, "error.current.role"), "dispatcher");
    answer_free(a);
    done(log_in(r, "wang", "mine from now", NULL), 401);
    done(log_in(r, "wang", "a long password", NULL), 200);
    done(ask(r, "DELETE", "/api/v1/users/wang", NULL, r->token, NULL), 200);
    done(post(r, "/api/v1/users", AGAIN), 201); /* one that has ended may be made again */
}

static void an_account_may_have_a_phone_that_its_node_alone_knows(void **state)
{
    struct rig *r = *state;
    char cookie[COOKIE];
    struct answer *a = status(post(r, "/api/v1/users",
                                   "{\"name\":\"li\",\"password\":\"a long password\",\"roles\":[\"worker\"],"
                                   "\"phone\":\"13800138000\"}"),
                              201);
    assert_string_equal(text_at(a, "phone"), "13800138000");
    answer_free(a);
    done(log_in(r, "li", "a long password", cookie), 200);
    done(ask(r, "POST", "/api/v1/duty", "{\"on\":true}", NULL, cookie), 200);
    a = status(get(r, "/api/v1/duty"), 200);
    assert_string_equal(text_at(a, "items.0.person"), "li");
    assert_null(strstr(a->body, "13800138000"));
    answer_free(a);
    a = status(ask(r, "PATCH", "/api/v1/users/li", "{\"phone\":null}", r->token, NULL), 200);
    assert_true(json_is_null(at(a, "phone")));
    answer_free(a);
}

/* DE4: whoever is a member of the desk takes what lies with it, also who dispatches besides. */
static void a_dispatcher_who_is_of_the_desk_takes_what_lies_with_it(void **state)
{
    struct rig *r = *state;
    char lead[COOKIE], other[COOKIE], step[100];
    person(r, "lead", "\"dispatcher\"", lead);
    person(r, "other", "\"commander\"", other);
    done(post(r, "/api/v1/desks", "{\"code\":\"roads\",\"title\":\"roads\",\"members\":[\"lead\"]}"), 201);
    struct answer *a = status(
        post(r, "/api/v1/matters", "{\"category\":\"roads\",\"title\":\"a hole\",\"source\":\"test\"}"), 201);
    snprintf(step, sizeof step, "/api/v1/matters/%s/assign", text_at(a, "id"));
    done(post(r, step, "{\"desk\":\"roads\"}"), 200);
    snprintf(step, sizeof step, "/api/v1/matters/%s/take", text_at(a, "id"));
    answer_free(a);
    a = status(ask(r, "POST", step, "{}", NULL, other), 403); /* of no desk */
    assert_non_null(strstr(a->body, "one of that desk may do this"));
    answer_free(a);
    a = status(ask(r, "POST", step, "{}", NULL, lead), 200);
    assert_string_equal(text_at(a, "person"), "lead");
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_gives_himself_or_others_what_he_lacks),
        TEST(an_account_has_several_roles_and_no_secret_in_any_answer),
        TEST(another_role_counts_at_once),
        TEST(a_password_is_changed_by_its_owner_or_an_admin_and_ends_all_that_was_open),
        TEST(a_stream_ends_within_a_second_of_its_account),
        TEST(a_stream_tells_the_events_that_were_asked_for_and_beats),
        TEST(a_stream_tells_what_becomes_overdue_when_it_does),
        TEST(a_screen_is_told_no_person_of_a_circular),
        TEST(who_issues_too_late_is_told_which_circular_was_the_last),
        TEST(a_screen_is_told_where_and_what_kind_and_no_words),
        TEST(what_waits_is_counted_and_listed_by_the_same_question),
        TEST(who_asks_who_he_is_is_told_what_he_may_and_where_he_belongs),
        TEST(who_may_not_see_accounts_is_not_told_which_there_are),
        TEST(an_account_that_stands_is_not_made_again),
        TEST(an_account_may_have_a_phone_that_its_node_alone_knows),
        TEST(a_dispatcher_who_is_of_the_desk_takes_what_lies_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
