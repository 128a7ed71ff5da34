/* edge_test.c: what the server does with requests that are hostile, unlucky or merely rare: framing, bounds,
 * methods, deadlines, a full queue, streams, and its own end. */
#include "node/http/wire/inside.h"
#include "tests/unit/http/rig.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void refused(struct answer *a, int status, const char *code)
{
    if (a->status != status)
        fail_msg("%d instead of %d: %s", a->status, status, a->body);
    assert_string_equal(text_at(a, "error.code"), code);
    answer_free(a);
}

/* What is answered to raw bytes. */
static int raw(struct rig *r, const char *bytes, char *out, size_t cap)
{
    int fd = dial(r);
    say(fd, bytes);
    hear(fd, out, cap, "\r\n\r\n");
    close(fd);
    return strncmp(out, "HTTP/1.1 ", 9) == 0 ? atoi(out + 9) : 0;
}

static void what_is_not_there_is_said_so(void **state)
{
    struct rig *r = *state;
    refused(ask(r, "GET", "/api/v1/photos", NULL, r->token, NULL), 404, "not_found");
    struct answer *a = ask(r, "GET", "/api/v1/matters/", NULL, r->token, NULL);
    assert_non_null(strstr(a->body, "leave the slash at its end out"));
    refused(a, 404, "not_found");
    refused(ask(r, "GET", "/login/abc/def", NULL, r->token, NULL), 404, "not_found");
    a = ask(r, "GET", "/%FF%E4%BD%A0%E5", NULL, r->token,
            NULL); /* the answer is of whole characters, whatever was asked */
    assert_non_null(strstr(a->body, "`/你`"));
    refused(a, 404, "not_found");
    a = ask(r, "GET", "/api/v1/node?%FF=1", NULL, r->token, NULL);
    assert_string_equal(text_at(a, "error.field"), "?");
    refused(a, 400, "malformed");
    a = ask(r, "PUT", "/api/v1/matters", "{}", r->token, NULL);
    assert_non_null(strstr(a->head, "Allow: GET, HEAD, POST"));
    assert_non_null(strstr(a->body, "takes only GET, HEAD, POST"));
    refused(a, 405, "method_not_allowed");
    a = ask(r, "HEAD", "/healthz", NULL, NULL, NULL);
    assert_int_equal(a->status, 200);
    assert_int_equal(a->len, 0);
    answer_free(a);
}

static void a_body_has_one_length(void **state)
{
    char out[4096];
    assert_int_equal(
        raw(*state,
            "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
            out, sizeof out),
        400);
    assert_int_equal(raw(*state,
                         "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
                         "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                         out, sizeof out),
                     400);
}

static void what_is_no_http_is_refused_at_once(void **state)
{
    static const struct {
        const char *request;
        int status;
        const char *says;
    } V[] = {
        {"POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501,
         "chunked"},
        {"POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", 501,
         "chunked"},
        {"POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nContent-Length: +2\r\n\r\n{}", 400, NULL},
        {"GET /healthz HTTP/1.1\nHost: x\n\n", 400, "line feed"},
        {"GET /healthz HTTP/1.1\r\nHost: x\nAccept: a\r\n\r\n", 400, "line feed"},
        {"GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400, "Host"},
        {"GET /healthz HTTP/1.1\r\nHost: x\r\nA: b  \r\nB:\r\nC: \r\nD:\t d\r\nE: e\r\n\r\n", 200, "\"ok\""},
        {"GET /api/v1/matters/a%2Fb HTTP/1.1\r\nHost: x\r\n\r\n", 400, "%2F"},
        {"GET /healthz%00.html HTTP/1.1\r\nHost: x\r\n\r\n", 400, "%00"},
        {"GET http://x/healthz HTTP/1.1\r\nHost: x\r\n\r\n", 200, "\"ok\""},
        {"GET HTTP://x HTTP/1.1\r\nHost: x\r\n\r\n", 303, "Location: /login"},
        {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 204, "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"},
        {"OPTIONS /api/v1/matters HTTP/1.1\r\nHost: x\r\nOrigin: http://y\r\n\r\n", 204,
         "Allow: GET, HEAD, POST, OPTIONS"},
        {"OPTIONS /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404, NULL},
    };
    char out[65536];
    for (size_t i = 0; i < sizeof V / sizeof *V; i++) {
        int fd = dial(*state);
        double from = seconds();
        say(fd, V[i].request);
        hear(fd, out, sizeof out, V[i].says ? V[i].says : "\r\n\r\n");
        close(fd);
        assert_true(seconds() - from < 5);
        if (atoi(out + 9) != V[i].status || (V[i].says && !strstr(out, V[i].says)))
            fail_msg("%s: expected %d and %s, got %s", V[i].request, V[i].status, V[i].says ? V[i].says : "",
                     out);
        assert_null(strstr(out, "Access-Control"));
    }
}

static void an_address_or_a_head_too_long_is_told_in_json(void **state)
{
    char request[32768], out[4096];
    size_t n = (size_t)snprintf(request, sizeof request, "GET /");
    memset(request + n, 'a', 9000);
    snprintf(request + n + 9000, sizeof request - n - 9000, " HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_int_equal(raw(*state, request, out, sizeof out), 414);
    assert_non_null(strstr(out, "application/json"));
    n = (size_t)snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: x\r\nX: ");
    memset(request + n, 'a', 13000);
    snprintf(request + n + 13000, sizeof request - n - 13000, "\r\n\r\n");
    assert_int_equal(raw(*state, request, out, sizeof out), 431);
    assert_non_null(strstr(out, "application/json"));
}

static void a_body_is_utf_8_and_not_packed(void **state)
{
    struct rig *r = *state;
    static const char M[] = "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\"}";
    struct answer *a =
        ask(r, "POST", "/api/v1/matters", M, r->token, "Content-Type: application/json; charset=gb18030\r\n");
    assert_non_null(strstr(a->body, "UTF-8"));
    refused(a, 415, "media_type");
    refused(ask(r, "POST", "/api/v1/matters", M, r->token, "Content-Encoding: gzip\r\n"), 415, "media_type");
    a = ask(r, "POST", "/api/v1/matters", M, r->token,
            "Content-Encoding: identity\r\nContent-Type: application/json; charset=\"UTF-8\"\r\n");
    assert_int_equal(a->status, 201);
    answer_free(a);
}

static void a_chunked_body_is_taken(void **state)
{
    struct rig *r = *state;
    char request[1024], out[4096];
    snprintf(request, sizeof request,
             "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: "
             "application/json\r\n"
             "Transfer-Encoding: chunked\r\n\r\n11\r\n{\"category\":\"c\", "
             "\r\n19\r\n\"title\":\"t\",\"source\":\"s\"}\r\n0\r\n\r\n",
             r->token);
    assert_int_equal(raw(r, request, out, sizeof out), 201);
}

static void a_body_too_large_is_refused_before_it_is_read(void **state)
{
    struct rig *r = *state;
    char request[512], out[4096];
    snprintf(request, sizeof request,
             "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: "
             "1048577\r\n\r\n",
             r->token);
    assert_int_equal(raw(r, request, out, sizeof out), 413);
    snprintf(request, sizeof request,
             "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: "
             "99999999999999999999999\r\n\r\n",
             r->token);
    int status = raw(r, request, out, sizeof out);
    assert_true(status == 413 || status == 400 || status == 0);
    /* of an unknown caller nothing is kept, whatever he sends */
    assert_int_equal(
        raw(r, "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", out, sizeof out),
        401);
    /* nor much of a name and a password */
    assert_int_equal(
        raw(r, "POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n", out, sizeof out),
        413);
}

static void headers_have_a_bound(void **state)
{
    struct rig *r = *state;
    char *request = malloc(40000), out[4096];
    int n = sprintf(request, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Long: ");
    memset(request + n, 'a', 30000);
    strcpy(request + n + 30000, "\r\n\r\n");
    int status = raw(r, request, out, sizeof out);
    assert_true(status == 431 || status == 413 || status == 414);
    free(request);
}

static void a_connection_carries_many_requests(void **state)
{
    struct rig *r = *state;
    char request[512], out[8192];
    int fd = dial(r);
    snprintf(
        request, sizeof request,
        "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 43\r\n\r\n"
        "{\"category\":\"c\",\"title\":\"t\",\"source\":\"keep\"}",
        r->token);
    request[strlen(request)] = '\0';
    for (int i = 0; i < 3; i++) {
        char *cl = strstr(request, "Content-Length: ");
        assert_non_null(cl);
        memcpy(cl + 16, "44", 2);
        say(fd, request);
        hear(fd, out, sizeof out, "ticks");
        assert_memory_equal(out, "HTTP/1.1 201", 12);
    }
    close(fd);
}

/* Until so many commands wait for a turn: on a busy machine that takes its time. */
static void wait_for_waiting(struct rig *r, unsigned n)
{
    char line[64];
    bool there = false;
    snprintf(line, sizeof line, "\nqipan_http_commands_waiting %u\n", n);
    for (int i = 0; i < 500 && !there; i++) {
        struct answer *a = ask(r, "GET", "/metrics", NULL, r->token, NULL);
        there = strstr(a->body, line);
        answer_free(a);
        if (!there)
            usleep(10000);
    }
    assert_true(there);
}

static void a_full_queue_answers_429_and_a_slow_turn_503(void **state)
{
    struct rig *r = *state;
    enum { N = 2100 };
    char *body = malloc(N * 64), *p = body;
    for (int i = 0; i < 1000; i++)
        p += sprintf(p, "{\"category\":\"c\",\"title\":\"t\",\"source\":\"full\"}\n");
    rig_hold(r);
    char head[512], out[4096];
    int fd[2];
    for (int i = 0; i < 2; i++) {
        fd[i] = dial(r);
        snprintf(head, sizeof head,
                 "POST /api/v1/matters:batch HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: "
                 "Bearer %s\r\nContent-Length: %zu\r\n\r\n",
                 r->token, strlen(body));
        say(fd[i], head);
        say(fd[i], body);
    }
    wait_for_waiting(r, 2000);
    struct answer *a =
        ask(r, "POST", "/api/v1/matters:batch", body, r->token, "Content-Type: application/x-ndjson\r\n");
    assert_non_null(strstr(a->head, "Retry-After: 1"));
    refused(a, 429, "busy");
    free(body);
    /* a single one still has room, and gives up after ten seconds */
    refused(ask(r, "POST", "/api/v1/matters", "{\"category\":\"c\",\"title\":\"late\",\"source\":\"full\"}",
                r->token, NULL),
            503, "unreachable");
    hear(fd[0], out, sizeof out, "unreachable"); /* it gave up as well, before the turn goes on */
    rig_release(r);
    assert_memory_equal(out, "HTTP/1.1 200", 12);
    assert_non_null(strstr(out, "unreachable"));
    close(fd[0]);
    close(fd[1]);
    /* what was late has happened all the same */
    size_t found = 0;
    for (int i = 0; i < 100 && found == 0; i++) {
        usleep(100000);
        a = ask(r, "GET", "/api/v1/matters?q=late&source=full", NULL, r->token, NULL);
        found = json_array_size(at(a, "items"));
        answer_free(a);
    }
    assert_int_equal(found, 1);
}

static void one_who_hangs_up_disturbs_nobody(void **state)
{
    struct rig *r = *state;
    char request[512];
    rig_hold(r);
    for (int i = 0; i < 20; i++) {
        int fd = dial(r);
        snprintf(request, sizeof request,
                 "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: "
                 "44\r\n\r\n"
                 "{\"category\":\"c\",\"title\":\"t\",\"source\":\"gone\"}",
                 r->token);
        say(fd, request);
        close(fd);
    }
    usleep(100000);
    rig_release(r);
    struct answer *a = ask(r, "GET", "/healthz", NULL, NULL, NULL);
    assert_int_equal(a->status, 200);
    answer_free(a);
}

/* ---- streams ---- */

static void a_stream_tells_of_each_event_and_resumes(void **state)
{
    struct rig *r = *state;
    char request[512], *out = malloc(65536), from[32];
    struct answer *a = ask(r, "GET", "/api/v1/node", NULL, r->token, NULL);
    snprintf(from, sizeof from, "%lld", (long long)int_at(a, "journal.head"));
    answer_free(a);
    int fd = dial(r);
    snprintf(request, sizeof request,
             "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", r->token);
    say(fd, request);
    hear(fd, out, 65536, "retry: 2000");
    assert_non_null(strstr(out, "Content-Type: text/event-stream"));
    assert_non_null(strstr(out, "retry: 2000"));
    answer_free(ask(r, "POST", "/api/v1/matters",
                    "{\"category\":\"c\",\"title\":\"streamed 1\",\"source\":\"s\"}", r->token, NULL));
    answer_free(ask(r, "POST", "/api/v1/matters",
                    "{\"category\":\"c\",\"title\":\"streamed 2\",\"source\":\"s\"}", r->token, NULL));
    hear(fd, out, 65536, "streamed 2");
    assert_non_null(strstr(out, "event: matter\nid: "));
    assert_non_null(strstr(out, "streamed 1"));
    assert_non_null(strstr(out, "streamed 2"));
    close(fd);
    fd = dial(r);
    snprintf(
        request, sizeof request,
        "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nLast-Event-ID: %s\r\nAuthorization: Bearer %s\r\n\r\n",
        from, r->token);
    say(fd, request);
    hear(fd, out, 65536, "streamed 2");
    const char *one = strstr(out, "streamed 1"), *two = strstr(out, "streamed 2");
    assert_true(one && two && one < two);
    close(fd);
    free(out);
    refused(ask(r, "GET", "/api/v1/stream", NULL, r->token, "Last-Event-ID: x\r\n"), 400, "malformed");
    struct answer *beyond = ask(r, "GET", "/api/v1/stream", NULL, r->token, "Last-Event-ID: 999999999\r\n");
    assert_non_null(strstr(beyond->body, "read all again"));
    refused(beyond, 409, "gap");
}

/* As the turn's thread says it when this node no longer speaks for its place. */
static void set_out(struct rig *r, bool out)
{
    pthread_mutex_lock(&r->http->lock);
    snprintf(r->http->out_why, sizeof r->http->out_why, "suzhou says so");
    pthread_mutex_unlock(&r->http->lock);
    atomic_store(&r->http->out, out);
}

static void a_stream_tells_which_alarms_stand(void **state)
{
    static const char OUT[] =
        "event: node\ndata: {\"type\":\"standing\",\"alarms\":[\"out_of_service\"]}\n\n",
                      NONE[] = "event: node\ndata: {\"type\":\"standing\",\"alarms\":[]}\n\n";
    struct rig *r = *state;
    char request[256], out[16384];
    snprintf(request, sizeof request,
             "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", r->token);
    int first = dial(r), late;
    say(first, request);
    hear(first, out, sizeof out, NONE); /* at the beginning, so that who comes back knows that it is over */
    assert_non_null(strstr(out, NONE));
    set_out(r, true);
    hear(first, out, sizeof out, OUT);
    assert_non_null(strstr(out, OUT));
    assert_null(strstr(out, NONE)); /* once each */
    late = dial(r);
    say(late, request);
    hear(late, out, sizeof out, OUT);
    assert_non_null(strstr(out, OUT));
    set_out(r, false);
    for (int i = 0; i < 2; i++) {
        hear(i ? late : first, out, sizeof out, NONE);
        assert_non_null(strstr(out, NONE));
        assert_null(strstr(out, "out_of_service"));
    }
    close(first);
    close(late);
}

/* ---- the end ---- */

static int stream_open(struct rig *r, const char *token, char *out, size_t cap)
{
    char request[256];
    int fd = dial(r);
    snprintf(request, sizeof request,
             "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", token);
    say(fd, request);
    hear(fd, out, cap, "\n\n");
    return fd;
}

/* The rig has room for six. */
static void streams_are_shared_fairly(void **state)
{
    struct rig *r = *state;
    char token[64], out[4096];
    int many[6];
    rig_token(r, "few", "\"read\"", token);
    for (int i = 0; i < 6; i++) {
        many[i] = stream_open(r, r->token, out, sizeof out);
        assert_int_equal(atoi(out + 9), 200);
    }
    int more = stream_open(r, r->token, out, sizeof out);
    assert_int_equal(atoi(out + 9), 429); /* who has them all gets no more */
    hear(more, out, sizeof out, "}");
    close(more);
    for (int i = 0; i < 3; i++) { /* up to an equal share each comes in, for the oldest of the other's */
        int fd = stream_open(r, token, out, sizeof out);
        assert_int_equal(atoi(out + 9), 200);
        hear(many[i], out, sizeof out, "0\r\n\r\n");
        assert_non_null(strstr(out, "0\r\n\r\n"));
        close(many[i]);
        many[i] = fd;
    }
    more = stream_open(r, token, out, sizeof out);
    assert_int_equal(atoi(out + 9), 429);
    close(more);
    for (int i = 0; i < 6; i++)
        close(many[i]);
}

static void stopping_answers_what_is_parked(void **state)
{
    (void)state;
    void *own;
    assert_int_equal(rig_up(&own), 0);
    struct rig *r = own;
    char request[512], out[4096];
    rig_hold(r);
    int parked = dial(r), stream = dial(r);
    snprintf(
        request, sizeof request,
        "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 44\r\n\r\n"
        "{\"category\":\"c\",\"title\":\"t\",\"source\":\"stop\"}",
        r->token);
    say(parked, request);
    snprintf(request, sizeof request,
             "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", r->token);
    say(stream, request);
    hear(stream, out, sizeof out, "retry");
    assert_int_equal(rig_down(&own), 0);
    hear(parked, out, sizeof out, NULL);
    assert_memory_equal(out, "HTTP/1.1 503", 12);
    assert_non_null(strstr(out, "stopping"));
    hear(stream, out, sizeof out, NULL);
    assert_non_null(strstr(out, "0\r\n\r\n"));
    close(parked);
    close(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_there_is_said_so),
        cmocka_unit_test(a_body_has_one_length),
        cmocka_unit_test(what_is_no_http_is_refused_at_once),
        cmocka_unit_test(an_address_or_a_head_too_long_is_told_in_json),
        cmocka_unit_test(a_body_is_utf_8_and_not_packed),
        cmocka_unit_test_setup_teardown(streams_are_shared_fairly, rig_up_few_streams, rig_down),
        cmocka_unit_test(a_chunked_body_is_taken),
        cmocka_unit_test(a_body_too_large_is_refused_before_it_is_read),
        cmocka_unit_test(headers_have_a_bound),
        cmocka_unit_test(a_connection_carries_many_requests),
        cmocka_unit_test(a_full_queue_answers_429_and_a_slow_turn_503),
        cmocka_unit_test(one_who_hangs_up_disturbs_nobody),
        cmocka_unit_test(a_stream_tells_of_each_event_and_resumes),
        cmocka_unit_test(a_stream_tells_which_alarms_stand),
        cmocka_unit_test(stopping_answers_what_is_parked),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
