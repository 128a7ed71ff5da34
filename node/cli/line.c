/* line.c: `qipan line`: conversations with people at other nodes: which there are, what was said, one more word; and
 * `qipan line ID`, live on a terminal: what comes is shown as it comes, also that somebody types or calls; what is typed is said. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/cli/events.h"
#include "node/cli/here.h"
#include "node/cli/page.h"

const struct qp_cli_option qp_line_options[] = {
    {"member", "PATH:NAME", "with `new`: a person there; again for each", "new：对方节点路径与姓名，可重复"},
    {"desk", "PATH:CODE", "with `new`: a desk there", "new：对方节点路径与部门代码"},
    {"grid", "PATH:CODE", "with `new`: who works a grid there", "new：对方节点路径与网格代码"},
    {"title", "TEXT", "with `new`: what it is about", "new：标题"},
    {"as", "NAME", "with `seen`: which member of this node has seen it",
     "seen：以本节点哪位成员的名义标为已读"},
    {"after", "SEQ", "with `show`: what came behind this number", "show：此序号之后的内容"},
    {"limit", "N", "with `list`: at most N (100)", "list：至多 N 条（100）"},
    {"cursor", "CURSOR", "go on where the last page ended", "接上一页"},
    {NULL, NULL, NULL, NULL},
};

enum { LOOK_MS = 700, LINE_MOST = 4096, PATH = 300, TYPES_S = 10 };

static bool is(const struct qp_cli *c, const char *word)
{
    return c->nargs > 0 && strcmp(c->args[0], word) == 0;
}

static int usage(const struct qp_cli *c)
{
    return qp_complain(
        c, QP_EXIT_USAGE, "%s",
        QP_TR(c,
              "line list | new --member PATH:NAME | matter MATTER | show ID | say ID TEXT | seen ID | "
              "ID (live); `qipan help line` says more",
              "用法：line list | new --member 路径:姓名 | matter 事项 | show ID | say ID 内容 | seen ID | "
              "ID（实时）；详见 `qipan help line`"));
}

/* ---- shown ---- */

static void show_member(const json_t *m)
{
    static const char *const kinds[] = {"name", "desk", "grid"};
    const char *who = "";
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && !who[0]; i++)
        who = qp_text_of(m, kinds[i]);
    printf(" %s%s%s", who, who[0] ? "@" : "", qp_text_of(m, "node"));
}

static void show_line(const struct qp_cli *c, const struct qp_here *h, const json_t *l)
{
    char at[40];
    json_int_t unseen = json_integer_value(json_object_get(l, "unseen"));
    size_t i;
    json_t *m;
    printf("%s  %s  ", qp_text_of(l, "id"), qp_here_time(h, qp_text_of(l, "updated_at"), at));
    if (unseen > 0)
        printf(QP_TR(c, "%lld unseen  ", "%lld 条未读  "), (long long)unseen);
    printf("%s ", qp_text_of(l, "title")[0] ? qp_text_of(l, "title") : qp_text_of(l, "matter"));
    json_array_foreach(json_object_get(l, "members"), i, m)
    {
        show_member(m);
    }
    putchar('\n');
}

static const char *missing(const struct qp_cli *c, const char *why)
{
    if (strcmp(why, "erased") == 0)
        return QP_TR(c, "(erased: its time is over)", "（已按期销毁）");
    if (strcmp(why, "sealed") == 0)
        return QP_TR(c, "(sealed: this node lost its key; the sender's node seals it again)",
                     "（已封存：本节点密钥丢失，待发送方节点重新加密）");
    return QP_TR(c, "(cannot be read)", "（无法读取）");
}

/* ✓ here, ✓✓ at every member's node, then the number of those who have seen it. */
static void show_ticks(const struct qp_cli *c, const json_t *m)
{
    size_t i, seen = 0, there = 0, n = json_array_size(json_object_get(m, "ticks"));
    json_t *t;
    json_array_foreach(json_object_get(m, "ticks"), i, t)
    {
        there += json_is_true(json_object_get(t, "delivered"));
        seen += json_is_true(json_object_get(t, "seen"));
    }
    printf("  %s", there == n ? "✓✓" : "✓");
    if (seen > 0)
        printf(QP_TR(c, " seen by %zu", " %zu 人已读"), seen);
}

static void show_message(const struct qp_cli *c, const struct qp_here *h, const json_t *m)
{
    char at[40];
    const char *text = qp_text_of(m, "text"), *by = qp_text_of(m, "by"), *why = qp_text_of(m, "unreadable");
    const json_t *place = json_object_get(m, "location"), *call = json_object_get(m, "call");
    const char *name = strchr(by, ':') ? strchr(by, ':') + 1 : by;
    printf("%s  %s@%s: %s", qp_here_second(h, qp_text_of(m, "at"), at), name, qp_text_of(m, "node"),
           why[0] ? missing(c, why) : text);
    if (json_is_object(place))
        printf(" [%.6f, %.6f]", json_number_value(json_object_get(place, "lat")),
               json_number_value(json_object_get(place, "lon")));
    if (json_is_object(call))
        printf(" [%s %s – %s]",
               json_is_true(json_object_get(call, "answered")) ? QP_TR(c, "call", "通话")
                                                               : QP_TR(c, "call, unanswered", "未接来电"),
               qp_text_of(call, "began_at"), qp_text_of(call, "ended_at"));
    show_ticks(c, m);
    putchar('\n');
}

/* ---- asked ---- */

/* The messages behind *after, page by page; *after is the last one's seq. */
static int show_behind(struct qp_client *cl, const struct qp_cli *c, const struct qp_here *h, const char *id,
                       json_int_t *after, json_t *all)
{
    char path[PATH];
    bool more = true;
    while (more) {
        json_t *out = NULL, *m;
        size_t i;
        snprintf(path, sizeof path, "/api/v1/lines/%s?after=%lld&limit=500", id, (long long)*after);
        int rc = qp_client_ask(cl, c, "GET", path, NULL, NULL, &out);
        if (rc)
            return rc;
        json_array_foreach(json_object_get(out, "messages"), i, m)
        {
            *after = json_integer_value(json_object_get(m, "seq"));
            if (all)
                json_array_append(all, m);
            else
                show_message(c, h, m);
        }
        more = json_is_true(json_object_get(out, "more")) && i > 0;
        json_decref(out);
    }
    fflush(stdout);
    return 0;
}

static int say(struct qp_client *cl, const struct qp_cli *c, const char *id, const char *text, json_t **out)
{
    char path[PATH];
    json_t *body = json_pack("{s:s}", "text", text);
    snprintf(path, sizeof path, "/api/v1/lines/%s/messages", id);
    int rc = body ? qp_client_ask(cl, c, "POST", path, NULL, body, out)
                  : qp_complain(c, QP_EXIT_USAGE, "%s", QP_TR(c, "the text is not UTF-8", "内容不是 UTF-8"));
    json_decref(body);
    return rc;
}

/* given: "-" is what comes from standard input. */
static int say_one(struct qp_client *cl, const struct qp_cli *c, const struct qp_here *h, const char *id,
                   const char *given)
{
    json_t *out = NULL;
    size_t n;
    bool from_input = strcmp(given, "-") == 0;
    char *input = from_input ? qp_read_stdin(LINE_MOST, &n) : NULL;
    if (from_input && !input)
        return qp_complain(c, QP_EXIT_USAGE,
                           QP_TR(c,
                                 "standard input: cannot be read, or has more than the %d bytes of one "
                                 "message: say it in parts",
                                 "标准输入无法读取，或超过一条消息的 %d 字节：请分条发送"),
                           LINE_MOST);
    int rc = say(cl, c, id, from_input ? input : given, &out);
    free(input);
    if (!rc && c->json)
        qp_print_json(json_incref(out));
    else if (!rc)
        show_message(c, h, out);
    json_decref(out);
    return rc;
}

static int see(struct qp_client *cl, const struct qp_cli *c, const char *id)
{
    char path[PATH];
    json_t *out = NULL, *body = json_object();
    if (qp_opt(c, "as"))
        json_object_set_new(body, "member", json_string(qp_opt(c, "as")));
    snprintf(path, sizeof path, "/api/v1/lines/%s/seen", id);
    int rc = qp_client_ask(cl, c, "POST", path, NULL, body, &out);
    json_decref(body);
    json_decref(out);
    return rc;
}

static void show_row(const struct qp_cli *c, void *here, const json_t *l)
{
    show_line(c, here, l);
}

static int list(struct qp_client *cl, const struct qp_cli *c, struct qp_here *h)
{
    static const char *const args[][2] = {{"limit", "limit"}, {"cursor", "cursor"}, {NULL, NULL}};
    const struct qp_page page = {.path = "/api/v1/lines",
                                 .args = args,
                                 .show = show_row,
                                 .arg = h,
                                 .none = QP_TR(c, "there are no lines", "没有连线")};
    return qp_page_show(c, cl, &page, NULL);
}

/* "PATH:NAME" becomes {node, name}; without a path it is somebody of this node. */
static int add_members(const struct qp_cli *c, json_t *list_of, const char *option, const char *kind)
{
    const char *v;
    for (int i = 0; (v = qp_opt_each(c, option, i)); i++) {
        const char *colon = strrchr(v, ':');
        json_t *m = json_pack("{s:s}", kind, colon ? colon + 1 : v);
        if (m && colon)
            json_object_set_new(m, "node", json_stringn(v, (size_t)(colon - v)));
        if (!m || json_array_append_new(list_of, m) != 0)
            return qp_complain(c, QP_EXIT_USAGE, "--%s %s?", option, v);
    }
    return 0;
}

static int open_one(struct qp_client *cl, const struct qp_cli *c, const struct qp_here *h)
{
    json_t *out = NULL, *body = json_object(), *members = json_array();
    json_object_set_new(body, "members", members);
    int rc = add_members(c, members, "member", "name");
    if (!rc)
        rc = add_members(c, members, "desk", "desk");
    if (!rc)
        rc = add_members(c, members, "grid", "grid");
    if (!rc && json_array_size(members) == 0)
        rc = qp_complain(c, QP_EXIT_USAGE, "%s",
                         QP_TR(c, "say with whom: --member PATH:NAME, --desk PATH:CODE or --grid PATH:CODE",
                               "请指明对方：--member 路径:姓名、--desk 路径:代码 或 --grid 路径:代码"));
    if (qp_opt(c, "title"))
        json_object_set_new(body, "title", json_string(qp_opt(c, "title")));
    if (!rc)
        rc = qp_client_ask(cl, c, "POST", "/api/v1/lines", NULL, body, &out);
    json_decref(body);
    if (!rc && c->json)
        qp_print_json(json_incref(out));
    else if (!rc)
        show_line(c, h, out);
    json_decref(out);
    return rc;
}

static int of_matter(struct qp_client *cl, const struct qp_cli *c, const struct qp_here *h)
{
    char path[PATH];
    json_t *out = NULL, *body = json_object();
    char *id = qp_escape(c->args[1]);
    snprintf(path, sizeof path, "/api/v1/matters/%.100s/line", id);
    int rc = qp_client_ask(cl, c, "POST", path, NULL, body, &out);
    free(id);
    json_decref(body);
    if (!rc && c->json)
        qp_print_json(json_incref(out));
    else if (!rc)
        show_line(c, h, out);
    json_decref(out);
    return rc;
}

static int show(struct qp_client *cl, const struct qp_cli *c, const struct qp_here *h, const char *id)
{
    long from = 0;
    json_t *all = c->json ? json_array() : NULL;
    if (!qp_opt_number(c, "after", 0, 1L << 40, &from))
        return QP_EXIT_USAGE;
    json_int_t after = from;
    int rc = show_behind(cl, c, h, id, &after, all);
    if (!rc && all)
        qp_print_json(json_incref(all));
    json_decref(all);
    return rc;
}

/* ---- live ---- */

struct typed {
    char text[LINE_MOST];
    size_t n;
    bool over;
};

/* So many bytes that no character is cut. */
static size_t whole(const char *text, size_t n)
{
    size_t at = n, back = 0;
    while (at > 0 && back < 3 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
        at--, back++;
    unsigned char lead = at > 0 ? (unsigned char)text[at - 1] : 0;
    size_t wants = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    return at > 1 && back < wants ? at - 1 : n;
}

/* A line; or all that there is, where it is too long for one message, or nothing comes behind it. False: neither yet. */
static bool next_typed(const struct typed *t, size_t *len, size_t *used)
{
    const char *end = memchr(t->text, '\n', t->n);
    *len = end ? (size_t)(end - t->text) : t->n == LINE_MOST ? whole(t->text, t->n) : t->n;
    *used = *len + (!!end);
    return end || t->n == LINE_MOST || (t->over && t->n > 0);
}

/* What was typed so far, line by line; an end of file ends it. */
static int hear_keys(struct qp_client *cl, const struct qp_cli *c, const char *id, struct typed *t)
{
    char text[LINE_MOST + 1];
    size_t len, used;
    ssize_t got = read(STDIN_FILENO, t->text + t->n, LINE_MOST - t->n);
    if (got < 0 && errno == EINTR)
        return 0;
    t->over = got <= 0;
    t->n += got > 0 ? (size_t)got : 0;
    while (next_typed(t, &len, &used)) {
        json_t *out = NULL;
        memcpy(text, t->text, len);
        text[len] = '\0';
        t->n -= used;
        memmove(t->text, t->text + used, t->n);
        int rc = len > 0 ? say(cl, c, id, text, &out) : 0;
        json_decref(out);
        if (rc)
            return rc;
    }
    return 0;
}

/* ---- live: what is whispered ---- */

struct hearing {
    const struct qp_cli *c;
    const char *line; /* its id */
    char typed[QP_BY_BYTES + QP_PATH_BYTES];
    int64_t typed_s; /* when that was last shown */
    bool came;       /* something was said */
};

static void hear_whisper(struct hearing *x, const json_t *w)
{
    static const struct {
        const char *word, *en, *zh;
    } WORDS[] = {
        {"offer", "calls: answer at the desk's or the phone's page", "呼叫：请在工作台或手机页面接听"},
        {"answer", "has answered the call", "已接听"},
        {"refuse", "has refused the call", "已拒接"},
        {"busy", "is speaking already", "正在通话"},
        {"hangup", "has hung up", "已挂断"}};
    const char *word = qp_text_of(w, "whisper"), *by = qp_text_of(w, "by"), *colon = strchr(by, ':');
    char who[QP_BY_BYTES + QP_PATH_BYTES];
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    snprintf(who, sizeof who, "%.70s@%.250s", colon ? colon + 1 : by, qp_text_of(w, "node"));
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strcmp(WORDS[i].word, word) == 0)
            printf("-- %s %s --\n", who, QP_TR(x->c, WORDS[i].en, WORDS[i].zh));
    bool again = strcmp(who, x->typed) == 0 && t.tv_sec - x->typed_s < TYPES_S;
    if (strcmp(word, "typing") == 0 && !again) {
        printf("-- %s %s --\n", who, QP_TR(x->c, "types …", "正在输入…"));
        strcpy(x->typed, who);
        x->typed_s = t.tv_sec;
    }
    fflush(stdout);
}

static void hear_event(void *arg, const char *type, const char *data)
{
    struct hearing *x = arg;
    bool whisper = strcmp(type, "whisper") == 0;
    if (!whisper && strcmp(type, "line") != 0)
        return;
    json_t *v = json_loads(data, 0, NULL);
    if (v && strcmp(qp_text_of(v, whisper ? "line" : "id"), x->line) == 0) {
        x->came |= !whisper;
        if (whisper)
            hear_whisper(x, v);
    }
    json_decref(v);
}

static int live(struct qp_client *cl, const struct qp_cli *c, const struct qp_here *h, const char *id)
{
    struct typed t = {.n = 0};
    struct hearing x = {.c = c, .line = id, .came = true};
    struct qp_client ear; /* without it everything said is shown all the same, and nothing whispered */
    bool ears = !qp_client_to(&ear, cl->url, cl->token, NULL) && !qp_events_ask(&ear, NULL, NULL);
    json_int_t after = 0;
    bool person = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
    int rc = show_behind(cl, c, h, id, &after, NULL);
    if (!rc && person)
        qp_tell(c, "%s",
                QP_TR(c, "-- type, Enter says it; Ctrl-D ends --", "-- 输入后回车发送；Ctrl-D 结束 --"));
    while (!rc && !t.over) {
        struct pollfd p[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                             {.fd = ears ? ear.fd : -1, .events = POLLIN}};
        if (person && x.came && (rc = see(cl, c, id))) /* he looks at it */
            break;
        x.came = poll(p, 2, LOOK_MS) == 0;
        if (p[1].revents != 0)
            ears = qp_events_hear(&ear, hear_event, &x);
        if (p[0].revents != 0) {
            rc = hear_keys(cl, c, id, &t);
            x.came = true;
        }
        if (!rc && x.came)
            rc = show_behind(cl, c, h, id, &after, NULL);
    }
    qp_client_close(&ear);
    return rc;
}

int qp_verb_line(struct qp_cli *c)
{
    struct qp_client cl;
    struct qp_here h = {0};
    bool two = is(c, "show") || is(c, "seen") || is(c, "matter"),
         one = c->nargs == 0 || is(c, "list") || is(c, "new");
    if ((two && c->nargs != 2) || (is(c, "say") && c->nargs != 3) || (one && c->nargs > 1) ||
        (!two && !one && !is(c, "say") && c->nargs != 1))
        return usage(c);
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    if (!c->json)
        qp_here_ask(&h, &cl);
    char *id = qp_escape(c->nargs > 1 ? c->args[1] : c->nargs == 1 ? c->args[0] : "");
    if (strlen(id) > 100)
        rc = qp_complain(c, QP_EXIT_NOT_FOUND, "%s", QP_TR(c, "no line has such an id", "没有这样的连线"));
    else if (c->nargs == 0 || is(c, "list"))
        rc = list(&cl, c, &h);
    else if (is(c, "new"))
        rc = open_one(&cl, c, &h);
    else if (is(c, "matter"))
        rc = of_matter(&cl, c, &h);
    else if (is(c, "show"))
        rc = show(&cl, c, &h, id);
    else if (is(c, "seen"))
        rc = see(&cl, c, id);
    else if (is(c, "say"))
        rc = say_one(&cl, c, &h, id, c->args[2]);
    else
        rc = live(&cl, c, &h, id);
    free(id);
    qp_client_close(&cl);
    qp_here_free(&h);
    return rc;
}
