/* events.c: `qipan events`: the stream of server-sent events, a line each; with --json the data as it came.
 * Until the node ends it, or the person does. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "node/cli/events.h"
#include "node/cli/here.h"
#include "node/cli/show.h"

static void tell_matter(const struct qp_cli *c, const struct qp_here *h, const json_t *v)
{
    const json_t *m = json_object_get(v, "matter");
    const char *urgency = qp_text_of(m, "urgency");
    char at[40];
    printf("%s  ", qp_here_second(h, qp_text_of(v, "at"), at));
    qp_print_padded(qp_word(c, qp_text_of(v, "type")), 11);
    printf("%s  %s", qp_text_of(v, "id"), qp_text_of(m, "title"));
    if (urgency[0] && strcmp(urgency, "routine") != 0)
        printf(" (%s)", qp_word(c, urgency));
    printf("  %s%s%s  %s\n", qp_text_of(v, "node"), qp_text_of(v, "by")[0] ? " " : "", qp_text_of(v, "by"),
           qp_word(c, qp_text_of(m, "state")));
}

/* Which alarms stand at the node: told at the beginning and at each change. */
static void tell_standing(const struct qp_cli *c, const json_t *v)
{
    const json_t *alarms = json_object_get(v, "alarms"), *code;
    size_t i;
    printf("%s", QP_TR(c, "-  alarms:", "-  告警："));
    json_array_foreach(alarms, i, code) printf(" %s", json_string_value(code));
    puts(json_array_size(alarms) > 0
             ? QP_TR(c, "; `qipan status` says what to do", "；处理办法见 `qipan status`")
             : QP_TR(c, " none", "无"));
}

static void tell_node(const struct qp_cli *c, const struct qp_here *h, const json_t *v)
{
    if (strcmp(qp_text_of(v, "type"), "standing") == 0) {
        tell_standing(c, v);
        return;
    }
    const char *type = qp_text_of(v, "type"), *state = qp_text_of(v, "state"),
               *when = qp_text_of(v, strcmp(type, "link") == 0 ? "last_heard" : "at");
    char at[40];
    printf("%s  ", when[0] ? qp_here_second(h, when, at) : "-");
    qp_print_padded(qp_word(c, type), 11);
    printf("%s  %s\n", qp_text_of(v, "path"), qp_word(c, state));
}

static void tell(const struct qp_cli *c, const struct qp_here *h, const char *type, const char *data)
{
    if (strcmp(type, "beat") == 0) /* only that the node lives */
        return;
    json_t *v = c->json ? NULL : json_loads(data, JSON_DECODE_ANY, NULL);
    if (v && (strcmp(type, "matter") == 0 || strcmp(type, "urge") == 0))
        tell_matter(c, h, v);
    else if (v && strcmp(type, "node") == 0)
        tell_node(c, h, v);
    else if (v) /* of a newer node */
        printf("%s  %s\n", type, data);
    else if (c->json)
        puts(data);
    json_decref(v);
}

static void tell_parts(char *text, qp_event_tell tell_it, void *arg)
{
    char *save = NULL, type[40] = "";
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (strncmp(line, "event: ", 7) == 0)
            snprintf(type, sizeof type, "%s", line + 7);
        else if (strncmp(line, "data: ", 6) == 0)
            tell_it(arg, type, line + 6);
    }
}

/* Every whole event that has come; what was shown is forgotten, for a stream has no end. */
static void tell_whole(struct qp_response *a, qp_event_tell tell_it, void *arg)
{
    size_t shown = 0;
    for (char *from = a->body, *end; from && (end = strstr(from, "\n\n")); from = end + 2) {
        *end = 0;
        tell_parts(from, tell_it, arg);
        shown = (size_t)(end + 2 - a->body);
    }
    if (shown > 0) {
        memmove(a->body, a->body + shown, a->len - shown + 1);
        a->len -= shown;
    }
}

int qp_events_ask(struct qp_client *cl, const char *since, struct qp_err *e)
{
    char head[900];
    int rc = qp_client_dial(cl, e);
    if (rc)
        return rc;
    qp_response_reset(&cl->answer);
    int n = snprintf(head, sizeof head,
                     "GET /api/v1/stream HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\n%s%.20s%s\r\n",
                     cl->url + strlen("http://"), cl->token, since ? "Last-Event-ID: " : "",
                     since ? since : "", since ? "\r\n" : "");
    return send(cl->fd, head, (size_t)n, MSG_NOSIGNAL) == n
               ? 0
               : qp_fail(e, QP_EUNREACHABLE, "the node closed the connection");
}

bool qp_events_hear(struct qp_client *cl, qp_event_tell tell_it, void *arg)
{
    char buf[16384];
    ssize_t n;
    do
        n = recv(cl->fd, buf, sizeof buf, 0);
    while (n < 0 && errno == EINTR);
    if (n <= 0 || qp_response_feed(&cl->answer, buf, (size_t)n) < 0)
        return false;
    if (cl->answer.status == 200)
        tell_whole(&cl->answer, tell_it, arg);
    return !cl->answer.done;
}

struct showing {
    const struct qp_cli *c;
    const struct qp_here *h;
};

static void show(void *arg, const char *type, const char *data)
{
    const struct showing *s = arg;
    tell(s->c, s->h, type, data);
    fflush(stdout);
}

int qp_verb_events(struct qp_cli *c)
{
    struct qp_client cl;
    struct qp_here h = {0};
    struct qp_err e = {0};
    bool follow = qp_flag(c, "follow");
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    if (!c->json)
        qp_here_ask(&h, &cl);
    qp_client_close(&cl);
    cl.timeout_ms = follow ? 0 : 2000; /* without -f: what is there, then an end */
    struct showing showing = {c, &h};
    rc = qp_events_ask(&cl, qp_opt(c, "since"), &e);
    while (!rc && qp_events_hear(&cl, show, &showing))
        ;
    if (!rc && cl.answer.status / 100 != 2 && cl.answer.status != 0)
        rc = qp_client_refusal(&cl.answer, &e);
    else if (!rc && follow)
        rc = qp_fail(&e, QP_EUNREACHABLE,
                     QP_TR(c, "%s ended the stream; --since POSITION goes on where it was",
                           "%s 结束了事件流；可用 --since POSITION 接着看"),
                     cl.url);
    qp_client_close(&cl);
    qp_here_free(&h);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}
