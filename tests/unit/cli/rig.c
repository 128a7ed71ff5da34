/* rig.c: see rig.h. */
#include "tests/unit/cli/rig.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/cli/cli.h"

static void take_back(int fd, char *out, size_t cap)
{
    off_t n = lseek(fd, 0, SEEK_END);
    size_t len = n > 0 && (size_t)n < cap ? (size_t)n : cap - 1;
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    ssize_t got = n > 0 ? read(fd, out, len) : 0;
    out[got > 0 ? got : 0] = 0;
}

static int away(int fd)
{
    FILE *f = tmpfile();
    assert_non_null(f);
    int to = dup(fileno(f));
    fclose(f);
    assert_true(dup2(to, fd) == fd);
    return to;
}

void rig_run(struct rig_said *s, const char *lang, ...)
{
    static char name[] = "qipan";
    char *argv[64] = {name};
    int argc = 1;
    va_list ap;
    va_start(ap, lang);
    for (char *word; (word = va_arg(ap, char *));) {
        assert_true(argc < 63);
        argv[argc++] = strdup(word);
    }
    va_end(ap);
    char *words[64];
    memcpy(words, argv, sizeof words);
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    setenv("LANG", lang, 1);
    fflush(stdout);
    fflush(stderr);
    int out_was = dup(STDOUT_FILENO), err_was = dup(STDERR_FILENO), out = away(STDOUT_FILENO),
        err = away(STDERR_FILENO);
    s->rc = qp_cli_main(argc, argv);
    fflush(stdout);
    fflush(stderr);
    dup2(out_was, STDOUT_FILENO);
    dup2(err_was, STDERR_FILENO);
    close(out_was);
    close(err_was);
    take_back(out, s->out, sizeof s->out);
    take_back(err, s->err, sizeof s->err);
    close(out);
    close(err);
    for (int i = 1; i < argc; i++)
        free(words[i]);
}

void rig_says(const char *text, const char *wanted)
{
    if (!strstr(text, wanted))
        fail_msg("\"%s\" does not hold \"%s\"", text, wanted);
}

void rig_says_not(const char *text, const char *unwanted)
{
    if (strstr(text, unwanted))
        fail_msg("\"%s\" holds \"%s\"", text, unwanted);
}

/* ---- a stand-in for a node ---- */

static size_t receive(int fd, char *buf, size_t cap, char **body)
{
    size_t n = 0, want = SIZE_MAX;
    *body = NULL;
    while (n < cap - 1 && n < want) {
        ssize_t got = recv(fd, buf + n, cap - 1 - n, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        buf[n] = 0;
        char *end = strstr(buf, "\r\n\r\n"), *len = strcasestr(buf, "Content-Length:");
        if (end && want == SIZE_MAX) {
            *body = end + 4;
            want = (size_t)(end + 4 - buf) + (len && len < end ? strtoul(len + 15, NULL, 10) : 0);
        }
    }
    return n;
}

static void answer(struct rig_node *n, int fd, char *request, const char *body)
{
    char head[300], *line_end = strstr(request, " HTTP/1.1");
    size_t i = 0, len;
    if (!line_end)
        return;
    *line_end = 0;
    if (n->nasked < RIG_ASKED)
        snprintf(n->asked[n->nasked++], sizeof n->asked[0], "%.200s %.380s", request, body ? body : "");
    const char *target = strchr(request, ' ') + 1;
    while (i < RIG_ANSWERS && n->answers[i].path &&
           strncmp(target, n->answers[i].path, strlen(n->answers[i].path)) != 0)
        i++;
    bool known = i < RIG_ANSWERS && n->answers[i].path;
    const char *text =
        known ? n->answers[i].body : "{\"error\":{\"code\":\"not_found\",\"message\":\"nothing is there\"}}";
    len = strlen(text);
    int h =
        snprintf(head, sizeof head,
                 "HTTP/1.1 %d X\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                 known ? n->answers[i].status : 404, known ? n->answers[i].type : "application/json", len);
    (void)!send(fd, head, (size_t)h, MSG_NOSIGNAL);
    (void)!send(fd, text, len, MSG_NOSIGNAL);
}

static void *serve(void *arg)
{
    struct rig_node *n = arg;
    char request[8192], *body;
    for (int fd; (fd = accept(n->fd, NULL, NULL)) >= 0; close(fd))
        if (receive(fd, request, sizeof request, &body) > 0)
            answer(n, fd, request, body);
    return NULL;
}

void rig_node_open(struct rig_node *n)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    memset(n, 0, sizeof *n);
    n->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(n->fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(n->fd, 16), 0);
    assert_int_equal(getsockname(n->fd, (struct sockaddr *)&at, &len), 0);
    n->port = ntohs(at.sin_port);
    snprintf(n->url, sizeof n->url, "http://127.0.0.1:%d", n->port);
    assert_int_equal(pthread_create(&n->thread, NULL, serve, n), 0);
}

void rig_node_close(struct rig_node *n)
{
    shutdown(n->fd, SHUT_RDWR);
    pthread_join(n->thread, NULL);
    close(n->fd);
}

void rig_answer(struct rig_node *n, const char *path, int status, const char *body)
{
    size_t i = 0;
    while (i < RIG_ANSWERS && n->answers[i].path)
        i++;
    assert_true(i < RIG_ANSWERS);
    n->answers[i].status = status;
    n->answers[i].type = strncmp(path, "/api/v1/stream", 14) == 0 ? "text/event-stream" : "application/json";
    n->answers[i].body = body;
    n->answers[i].path = path;
}
