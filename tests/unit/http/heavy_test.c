/* heavy_test.c: what is large or slow: records of many events on a stream, answers that are not read, a turn that is waited for. */
#include "node/http/wire/inside.h"
#include "tests/unit/http/rig.h"

#include <stdio.h>
#include <unistd.h>

/* 500 comments in one turn on a matter whose text is as long as one may be. */
static void a_stream_tells_each_event_of_a_large_record_with_its_matter(void **state)
{
    struct rig *r = *state;
    enum { N = 500, ROOM = 1 << 20 };
    char *body = malloc(N * 100 + 20000), *out = malloc(ROOM), wall[64], id[40], request[256];
    int n = sprintf(body, "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"text\":\"");
    memset(body + n, 'a', 16384);
    strcpy(body + n + 16384, "\"}");
    struct answer *a = ask(r, "POST", "/api/v1/matters", body, r->token, NULL);
    assert_int_equal(a->status, 201);
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    rig_token(r, "hall", "\"count\"", wall);
    snprintf(request, sizeof request,
             "GET /api/v1/stream?types=matter HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", wall);
    int fd = dial(r);
    say(fd, request);
    hear(fd, out, ROOM, "retry: 2000");
    char *p = body;
    for (int i = 0; i < N; i++)
        p += sprintf(p, "{\"id\":\"%s\",\"step\":\"comment\",\"text\":\"%d\"}\n", id, i);
    answer_free(
        ask(r, "POST", "/api/v1/matters:batch", body, r->token, "Content-Type: application/x-ndjson\r\n"));
    size_t got = 0, events = 0;
    for (int i = 0; i < 20 && events < N; i++) { /* up to the next beat */
        got += hear(fd, out + got, ROOM - got, "event: beat");
        events = 0;
        for (const char *e = out; (e = strstr(e, "\"type\":\"commented\"")); e++)
            events++;
    }
    assert_int_equal(events, N);
    assert_null(strstr(out, "\"matter\":null"));
    /* who resumes in the middle is told the record again */
    long long position = atoll(strstr(out, "event: matter\nid: ") + 18);
    for (const char *e = out; (e = strstr(e, "event: matter\nid: ")) && events; e++)
        assert_int_equal(atoll(e + 18), position + (--events == 0));
    close(fd);
    free(body);
    free(out);
}

static void refused(struct answer *a, int status, const char *code)
{
    if (a->status != status)
        fail_msg("%d instead of %d: %s", a->status, status, a->body);
    assert_string_equal(text_at(a, "error.code"), code);
    answer_free(a);
}

/* As if so many bytes of answers were on their way to who does not read them. */
static void who_reads_large_answers_slowly_does_not_take_all_memory(void **state)
{
    struct rig *r = *state;
    atomic_store(&r->http->answering, QP_ANSWERS_MOST);
    char *body = malloc(20000);
    int n = sprintf(body, "{\"category\":\"c\",\"title\":\"t\",\"source\":\"large\",\"text\":\"");
    memset(body + n, 'a', 16384);
    strcpy(body + n + 16384, "\"}");
    for (int i = 0; i < 20; i++)
        answer_free(ask(r, "POST", "/api/v1/matters", body, r->token, NULL));
    free(body);
    refused(ask(r, "GET", "/api/v1/matters?source=large&limit=500", NULL, r->token, NULL), 429, "busy");
    struct answer *a = ask(r, "GET", "/api/v1/matters?source=large&limit=2", NULL, r->token, NULL);
    assert_int_equal(a->status, 200); /* a small one */
    answer_free(a);
    atomic_store(&r->http->answering, 0);
    a = ask(r, "GET", "/api/v1/matters?source=large&limit=500", NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    answer_free(a);
    for (int i = 0; i < 500 && atomic_load(&r->http->answering); i++)
        usleep(10000);
    assert_int_equal(atomic_load(&r->http->answering), 0); /* what was sent counts no more */
}

/* Who waits for the turn or the clerk is not one who reads his answer too slowly. */
static void who_waits_for_a_turn_is_not_cut_off_for_being_slow(void **state)
{
    struct rig *r = *state;
    char request[512], out[8192];
    int fd = dial(r);
    rig_hold(r);
    snprintf(request, sizeof request,
             "POST /api/v1/matters HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer "
             "%s\r\nContent-Length: 44\r\n\r\n"
             "{\"category\":\"c\",\"title\":\"t\",\"source\":\"wait\"}",
             r->token);
    say(fd, request);
    usleep(300000); /* it is parked */
    pthread_mutex_lock(&r->http->gate.lock);
    for (struct qp_guest *g = r->http->gate.guests; g; g = g->next)
        g->since_us -= INT64_C(130000000);
    pthread_mutex_unlock(&r->http->gate.lock);
    usleep(1500000); /* the porter looks twice a second */
    rig_release(r);
    hear(fd, out, sizeof out, "ticks");
    assert_memory_equal(out, "HTTP/1.1 201", 12);
    close(fd);
}

/* As GeoReport has it, in the format that was asked for (OP2, OP3): its clients read nothing else. */
static void a_large_list_without_room_is_refused_as_georeport_has_it(void **state)
{
    struct rig *r = *state;
    char *body = malloc(20000), path[200];
    int n = sprintf(body, "{\"category\":\"c\",\"title\":\"t\",\"source\":\"open311\",\"text\":\"");
    memset(body + n, 'a', 16384);
    strcpy(body + n + 16384, "\"}");
    for (int i = 0; i < 20; i++)
        answer_free(ask(r, "POST", "/api/v1/matters", body, r->token, NULL));
    free(body);
    atomic_store(&r->http->answering, QP_ANSWERS_MOST);
    for (int xml = 0; xml < 2; xml++) {
        snprintf(path, sizeof path, "/open311/v2/requests.%s?api_key=%s", xml ? "xml" : "json", r->token);
        struct answer *a = ask(r, "GET", path, NULL, NULL, NULL);
        assert_int_equal(a->status, 429);
        assert_non_null(strcasestr(a->head, "Retry-After: 1"));
        if (xml)
            assert_non_null(strstr(a->body, "<errors><error><code>429</code>"));
        else
            assert_int_equal(int_at(a, "0.code"), 429);
        answer_free(a);
    }
    atomic_store(&r->http->answering, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_tells_each_event_of_a_large_record_with_its_matter),
        cmocka_unit_test(who_reads_large_answers_slowly_does_not_take_all_memory),
        cmocka_unit_test(who_waits_for_a_turn_is_not_cut_off_for_being_slow),
        cmocka_unit_test(a_large_list_without_room_is_refused_as_georeport_has_it),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
