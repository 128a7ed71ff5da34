/* heavy_test.c: what is large or slow: records of many events on a stream. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_tells_each_event_of_a_large_record_with_its_matter),
    };
    return cmocka_run_group_tests(tests, rig_up, rig_down);
}
