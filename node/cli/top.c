/* top.c: `qipan top`: a node as it is now, again and again: alarms, links with what waits, rates, room.
 *
 *   GET /api/v1/node, /metrics ─► a frame of lines ─► a terminal: drawn over the last one, cut to its size
 *                                                  └► elsewhere: plain lines, one block a look
 *
 * On a terminal q or Ctrl-C ends it; the terminal is then as it was before. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "node/cli/here.h"
#include "node/cli/show.h"

enum { ROWS = 24, COLUMNS = 80, RATES = 5 };

/* A counter of /metrics, shown as so many a second. */
static const struct {
    const char *metric, *en, *zh;
} rates[RATES] = {
    {"qipan_turns_total", "turns", "轮次"},
    {"qipan_events_applied_total", "events", "事件"},
    {"qipan_parcels_sealed_total", "parcels out", "发出包"},
    {"qipan_parcels_received_total", "parcels in", "收到包"},
    {"qipan_http_commands_total", "commands", "请求"},
};

struct top {
    struct qp_cli *c;
    struct qp_client cl;
    struct qp_here here;
    bool live; /* on a terminal */
    double was[RATES], now[RATES];
    int64_t was_us, now_us;
    bool twice; /* there is a look before this one */
};

static volatile sig_atomic_t ended;

static void on_end(int sig)
{
    (void)sig;
    ended = 1;
}

static void on_resize(int sig)
{
    (void)sig; /* poll returns, and the next frame asks for the size */
}

static double metric(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = text; at && *at != 0; at = strchr(at, '\n'), at = at ? at + 1 : NULL)
        if (strncmp(at, name, n) == 0 && at[n] == ' ')
            return strtod(at + n, NULL);
    return 0;
}

static json_int_t number(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

/* ---- a frame ---- */

static void link_line(const struct top *t, FILE *f, const char *what, const json_t *l)
{
    const json_t *q = json_object_get(l, "queue"), *u = json_object_get(q, "urgent"),
                 *b = json_object_get(q, "bulk"), *lim = json_object_get(l, "limited");
    const char *path = qp_text_of(l, "path"), *state = qp_word(t->c, qp_text_of(l, "state")),
               *heard = qp_text_of(l, "last_heard");
    double age = json_number_value(json_object_get(u, "age_s")),
           bulk = json_number_value(json_object_get(b, "age_s"));
    size_t w = qp_width(path), s = qp_width(state);
    char at[40];
    fprintf(f, "%s%*s %s%*s  %s%*s %7lld %7lld %7.0fs  %s%s\n", what,
            qp_width(what) < 6 ? (int)(6 - qp_width(what)) : 0, "", path, w < 34 ? (int)(34 - w) : 0, "",
            state, s < 5 ? (int)(5 - s) : 0, "", (long long)number(u, "parcels"),
            (long long)number(b, "parcels"), age > bulk ? age : bulk,
            heard[0] ? qp_here_second(&t->here, heard, at) + 11 : "-",
            json_is_object(lim) ? QP_TR(t->c, "  limited", "  限速") : "");
}

static void put_rates(const struct top *t, FILE *f)
{
    double s = (double)(t->now_us - t->was_us) / 1e6;
    for (int i = 0; i < RATES; i++) {
        double r = t->twice && s > 0 ? (t->now[i] - t->was[i]) / s : 0;
        fprintf(f, "%s%s %.1f/s", i > 0 ? "   " : "", QP_TR(t->c, rates[i].en, rates[i].zh), r < 0 ? 0 : r);
    }
    fputc('\n', f);
}

static void put_room(const struct top *t, FILE *f, const json_t *v)
{
    const json_t *map = json_object_get(v, "map"), *disk = json_object_get(v, "disk"),
                 *scrub = json_object_get(v, "scrub");
    fprintf(f, "%s %lld   %s %lld%s   %s %.1f / %.1f GB   %s %.1f GB   %s %lld/%lld\n",
            QP_TR(t->c, "journal", "日志"), (long long)number(json_object_get(v, "journal"), "head"),
            QP_TR(t->c, "tables", "数据表"), (long long)number(json_object_get(v, "tables"), "position"),
            json_is_true(json_object_get(v, "recovering")) ? QP_TR(t->c, " (recovering)", "（恢复中）") : "",
            QP_TR(t->c, "quota", "配额"), (double)number(map, "used") / 1e9,
            (double)number(map, "size") / 1e9, QP_TR(t->c, "disk free", "磁盘剩余"),
            (double)number(disk, "free") / 1e9, QP_TR(t->c, "scrub", "巡检"), (long long)number(scrub, "at"),
            (long long)number(scrub, "head"));
}

static void put_frame(const struct top *t, FILE *f, const json_t *v)
{
    const json_t *l, *parent = json_object_get(v, "parent");
    char at[32], when[40], text[QP_ALARM_TEXT];
    size_t i;
    qp_time_text(at, qp_now_us());
    fprintf(f, "%s  %s   %s %lld   %s\n", qp_text_of(v, "path"), qp_text_of(v, "title"),
            QP_TR(t->c, "incarnation", "第几世"), (long long)number(v, "incarnation"),
            qp_here_second(&t->here, at, when));
    put_rates(t, f);
    put_room(t, f, v);
    json_array_foreach(json_object_get(v, "alarms"), i, l)
    {
        qp_alarm_text(t->c, l, text, sizeof text);
        fprintf(f, "%s %s\n", json_is_true(json_object_get(l, "grave")) ? "!!" : "!", text);
    }
    fprintf(f, "%-6s %-34s  %-5s %7s %7s %8s  %s\n", "", QP_TR(t->c, "LINK", "链路"),
            QP_TR(t->c, "STATE", "状态"), QP_TR(t->c, "URGENT", "紧急"), QP_TR(t->c, "BULK", "普通"),
            QP_TR(t->c, "OLDEST", "最久"), QP_TR(t->c, "HEARD", "最后收到"));
    if (json_is_object(parent))
        link_line(t, f, QP_TR(t->c, "parent", "上级"), parent);
    json_array_foreach(json_object_get(v, "children"), i, l) link_line(t, f, QP_TR(t->c, "child", "下级"), l);
}

/* ---- drawing ---- */

/* The bytes of a line that fit into so many cells; never half a character. */
static size_t cut(const char *line, size_t len, size_t cells)
{
    char one[5];
    size_t at = 0, used = 0;
    while (at < len) {
        size_t n = 1;
        while (at + n < len && ((unsigned char)line[at + n] & 0xC0) == 0x80 && n < 4)
            n++;
        snprintf(one, sizeof one, "%.*s", (int)n, line + at);
        used += qp_width(one);
        if (used > cells)
            break;
        at += n;
    }
    return at;
}

static void draw(const char *text, const struct top *t)
{
    struct winsize w = {.ws_row = ROWS, .ws_col = COLUMNS};
    if (!t->live) {
        fputs(text, stdout);
        fputc('\n', stdout);
        fflush(stdout);
        return;
    }
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_row == 0 || w.ws_col == 0) {
        w.ws_row = ROWS;
        w.ws_col = COLUMNS;
    }
    fputs("\033[H", stdout);
    for (unsigned row = 1; row < w.ws_row && *text != 0; row++) {
        size_t len = strcspn(text, "\n");
        printf("%.*s\033[K\n", (int)cut(text, len, w.ws_col), text);
        text += len + (text[len] != 0);
    }
    printf("\033[J%s%s", QP_TR(t->c, "q ends", "按 q 退出"),
           *text != 0 ? QP_TR(t->c, "; more below", "；下面还有") : "");
    fflush(stdout);
}

static int look(struct top *t, struct qp_err *e)
{
    json_t *v = NULL;
    char *text = NULL;
    size_t len = 0;
    int rc = qp_client_call(&t->cl, "GET", "/metrics", NULL, NULL, 0, e);
    if (!rc && t->cl.answer.status / 100 != 2)
        rc = qp_client_refusal(&t->cl.answer, e);
    t->now_us = qp_monotonic_us();
    for (int i = 0; i < RATES && !rc; i++)
        t->now[i] = metric(t->cl.answer.body, rates[i].metric);
    if (!rc)
        rc = qp_client_json(&t->cl, "GET", "/api/v1/node", NULL, NULL, &v, e);
    if (rc)
        return rc;
    if (t->c->json) {
        qp_print_json(v);
        fflush(stdout);
        return 0;
    }
    if (t->here.path[0] == 0)
        qp_here_take(&t->here, v);
    FILE *f = open_memstream(&text, &len);
    if (f) {
        put_frame(t, f, v);
        fclose(f);
        draw(text, t);
    }
    free(text);
    json_decref(v);
    memcpy(t->was, t->now, sizeof t->was);
    t->was_us = t->now_us;
    t->twice = true;
    return 0;
}

/* A node that does not answer is looked at again: it may be starting. */
static void tell_gone(const struct top *t, const struct qp_err *e)
{
    char text[sizeof e->text + 4];
    snprintf(text, sizeof text, "%s\n", e->text);
    if (t->live)
        draw(text, t);
    else
        qp_complain(t->c, 0, "%s", e->text);
}

/* False: the person wants no more. */
static bool pause_for(const struct top *t, int64_t us)
{
    int64_t until = qp_monotonic_us() + us, left;
    struct pollfd in = {.fd = t->live ? STDIN_FILENO : -1, .events = POLLIN};
    while (!ended && (left = until - qp_monotonic_us()) > 0) {
        char key;
        int n = poll(&in, 1, (int)(left / 1000) + 1);
        if (n < 0) /* a signal: perhaps the window has another size now */
            return !ended;
        if (n > 0 && (read(STDIN_FILENO, &key, 1) != 1 || key == 'q' || key == 'Q' || key == 3))
            return false;
    }
    return !ended;
}

static int watch(struct top *t, long every, long times, struct qp_err *e)
{
    int rc = 0;
    for (long n = 0; times == 0 || n < times; n++) {
        if (n > 0 && !pause_for(t, every * 1000000))
            break;
        rc = look(t, e);
        if (rc && (rc != QP_EUNREACHABLE || !t->twice))
            break; /* it never answered, or does not want this token */
        if (rc)
            tell_gone(t, e);
    }
    return rc;
}

int qp_verb_top(struct qp_cli *c)
{
    struct top t = {.c = c, .live = !c->json && isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1};
    struct termios before;
    struct qp_err e = {0};
    long every = 1, times = 0;
    if (!qp_opt_number(c, "every", 1, 3600, &every) || !qp_opt_number(c, "times", 1, 1000000, &times))
        return QP_EXIT_USAGE;
    int rc = qp_client_open(&t.cl, c);
    if (rc)
        return rc;
    t.cl.timeout_ms = 5000;
    struct sigaction end = {.sa_handler = on_end}, resize = {.sa_handler = on_resize};
    sigaction(SIGINT, &end, NULL);
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGWINCH, &resize, NULL);
    t.live = t.live && tcgetattr(STDIN_FILENO, &before) == 0;
    if (t.live) {
        struct termios raw = before;
        raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
        tcsetattr(STDIN_FILENO, TCSANOW, &raw);
        fputs("\033[?1049h\033[?25l", stdout);
    }
    rc = watch(&t, every, times, &e);
    if (t.live) {
        fputs("\033[?25h\033[?1049l", stdout);
        fflush(stdout);
        tcsetattr(STDIN_FILENO, TCSANOW, &before);
    }
    qp_client_close(&t.cl);
    qp_here_free(&t.here);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}
