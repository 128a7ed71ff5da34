/* see.c: status, tree, board: what a running node shows, for a person or as JSON. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/here.h"
#include "node/cli/show.h"
#include "proto/limits.h"

static int get(struct qp_cli *c, const char *path, json_t **out)
{
    struct qp_client cl;
    int rc = qp_client_open(&cl, c);
    *out = NULL;
    if (!rc) {
        rc = qp_client_ask(&cl, c, "GET", path, NULL, NULL, out);
        qp_client_close(&cl);
    }
    return rc;
}

static json_int_t number(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

/* L7: what waits, where, and why. above: what this node sends waits at its parent; else a child's waits here. */
static void show_limited(const struct qp_cli *c, const struct qp_here *h, const json_t *lim, bool above)
{
    char at[40];
    if (!json_is_object(lim))
        return;
    bool rate = strcmp(qp_text_of(lim, "why"), "rate") == 0;
    double kb_s = (double)number(lim, "rate") / 1e3, waits_kb = (double)number(lim, "waiting") / 1e3;
    const char *since = qp_here_second(h, qp_text_of(lim, "since"), at);
    printf("  %-8s %s", "", above ? QP_TR(c, "this node is ", "本节点") : "");
    if (rate)
        printf(QP_TR(c, "over its rate of %.0f KB/s since %s: ", "超过 %.0f KB/s 的速率，自 %s 起："), kb_s,
               since);
    else
        printf(QP_TR(c, "over its share (%.0f KB/s) while others wait since %s: ",
                     "超过份额（%.0f KB/s），他人优先，自 %s 起："),
               kb_s, since);
    printf(QP_TR(c, "what it sends waits (%.0f KB %s), nothing is lost\n",
                 "其余等待（%.0f KB 在%s），不会丢失\n"),
           waits_kb, above ? QP_TR(c, "there", "上级") : QP_TR(c, "here", "本处"));
}

static void show_link(const struct qp_cli *c, const struct qp_here *h, const json_t *l, bool above)
{
    const json_t *q = json_object_get(l, "queue"), *u = json_object_get(q, "urgent"),
                 *b = json_object_get(q, "bulk");
    const char *state = qp_text_of(l, "state");
    bool live = strcmp(state, "live") == 0;
    char at[40];
    printf("  %-8s ", above ? QP_TR(c, "parent", "上级") : QP_TR(c, "child", "下级"));
    qp_print_padded(qp_text_of(l, "path"), 32);
    printf(" %s", c->color ? (live ? "\033[32m" : "\033[31m") : "");
    qp_print_padded(qp_word(c, state), 5);
    printf("%s %s %lld + %lld", c->color ? "\033[0m" : "", QP_TR(c, "waiting:", "待发："),
           (long long)number(u, "parcels"), (long long)number(b, "parcels"));
    const json_t *rtt = json_object_get(l, "rtt_ms");
    if (live && json_is_number(rtt))
        printf("  %s %.1f ms", QP_TR(c, "there and back", "往返"), json_number_value(rtt));
    if (!live && qp_text_of(l, "last_heard")[0])
        printf("  %s %s", QP_TR(c, "last heard", "最后收到"),
               qp_here_second(h, qp_text_of(l, "last_heard"), at));
    putchar('\n');
    show_limited(c, h, json_object_get(l, "limited"), above);
}

/* 0; QP_EXIT_DEGRADED when there is an alarm or a link is not live. */
static int health(const json_t *v)
{
    const json_t *l, *parent = json_object_get(v, "parent");
    size_t i;
    bool bad = json_array_size(json_object_get(v, "alarms")) > 0 ||
               (json_is_object(parent) && strcmp(qp_text_of(parent, "state"), "live") != 0);
    json_array_foreach(json_object_get(v, "children"), i, l) bad |=
        strcmp(qp_text_of(l, "state"), "live") != 0;
    return bad ? QP_EXIT_DEGRADED : QP_EXIT_OK;
}

static void show_alarms(const struct qp_cli *c, const json_t *v)
{
    const json_t *l;
    size_t i;
    char text[QP_ALARM_TEXT];
    json_array_foreach(json_object_get(v, "alarms"), i, l)
    {
        bool grave = json_is_true(json_object_get(l, "grave"));
        qp_alarm_text(c, l, text, sizeof text);
        printf("%s%s %s%s\n", c->color ? (grave ? "\033[31m" : "\033[33m") : "", grave ? "!!" : "!", text,
               c->color ? "\033[0m" : "");
    }
    if (number(v, "alarms_more") > 0)
        printf(QP_TR(c, "! and %lld alarms more\n", "! 另有 %lld 条告警\n"),
               (long long)number(v, "alarms_more"));
}

int qp_verb_status(struct qp_cli *c)
{
    json_t *v, *l;
    size_t i;
    int rc = get(c, "/api/v1/node", &v);
    if (rc)
        return rc;
    rc = health(v);
    if (c->json) {
        qp_print_json(v);
        return rc;
    }
    struct qp_here h;
    qp_here_take(&h, v);
    const json_t *map = json_object_get(v, "map"), *disk = json_object_get(v, "disk");
    printf("%s  %s  (%s)  %s %lld\n", qp_text_of(v, "path"), qp_text_of(v, "title"), qp_text_of(v, "level"),
           QP_TR(c, "incarnation", "第几世"), (long long)number(v, "incarnation"));
    printf("%s %s   %s %s\n", QP_TR(c, "root", "根指纹"), qp_text_of(v, "root_fingerprint"),
           QP_TR(c, "zone", "时区"), qp_text_of(v, "zone"));
    printf("%s %s\n", QP_TR(c, "link key", "链路公钥"), qp_text_of(v, "link_key"));
    printf("%s %lld (%.1f MB), %s %lld; %s %.1f GB; map %.1f / %.0f MB\n", QP_TR(c, "journal", "日志"),
           (long long)number(json_object_get(v, "journal"), "head"),
           (double)number(json_object_get(v, "journal"), "bytes") / 1e6, QP_TR(c, "tables at", "数据表至"),
           (long long)number(json_object_get(v, "tables"), "position"), QP_TR(c, "disk free", "磁盘剩余"),
           (double)number(disk, "free") / 1e9, (double)number(map, "used") / 1e6,
           (double)number(map, "size") / 1e6);
    printf("%s %s\n", QP_TR(c, "policy", "策略"), qp_text_of(json_object_get(v, "policy"), "version"));
    show_alarms(c, v);
    if (json_is_object(json_object_get(v, "parent")))
        show_link(c, &h, json_object_get(v, "parent"), true);
    json_array_foreach(json_object_get(v, "children"), i, l) show_link(c, &h, l, false);
    qp_here_free(&h);
    json_decref(v);
    return rc;
}

/* From when the figures of a place are that is cut off; and a clock that is wrong there, or here. */
static void put_as_of(const struct qp_cli *c, const struct qp_here *h, const json_t *v)
{
    char at[40];
    json_int_t apart_ms = number(v, "clock_offset_ms");
    if (qp_text_of(v, "as_of")[0])
        printf(QP_TR(c, "  as of %s", "  截至 %s"), qp_here_time(h, qp_text_of(v, "as_of"), at));
    if (llabs(apart_ms) > QP_CLOCKS_APART_US / 1000)
        printf(QP_TR(c, "  CLOCK %+lld s", "  时钟相差 %+lld 秒"), (long long)(apart_ms / 1000));
}

/* Depth is bounded by the tree's. */
static void branch(const struct qp_cli *c, const struct qp_here *h, const json_t *v, const char *indent,
                   bool last, int depth)
{
    char below[64];
    json_t *kids = json_object_get(v, "children"), *k;
    size_t i, n = json_array_size(kids);
    const char *state = qp_text_of(v, "state"), *mark = depth == 0 ? "" : last ? "└─ " : "├─ ";
    char head[400];
    const char *path = qp_text_of(v, "path"), *label = strrchr(path, '/');
    snprintf(head, sizeof head, "%s%s%s %s", indent, mark, depth == 0 || !label ? path : label + 1,
             qp_text_of(v, "title"));
    /* box-drawing characters are three bytes and one cell */
    fputs(head, stdout);
    size_t cells = qp_width(head);
    printf("%*s", cells < 48 ? (int)(48 - cells) : 1, "");
    printf("%6lld %s", (long long)number(v, "open"), QP_TR(c, "open", "未结"));
    if (number(v, "overdue") > 0)
        printf(c->color ? "  \033[31m%lld %s\033[0m" : "  %lld %s", (long long)number(v, "overdue"),
               QP_TR(c, "overdue", "超时"));
    if (strcmp(state, "live") != 0 && state[0])
        printf("  (%s)", qp_word(c, state));
    put_as_of(c, h, v);
    if (json_is_true(json_object_get(v, "revoked")))
        printf("  (%s)", QP_TR(c, "revoked", "已吊销"));
    if (json_is_true(json_object_get(v, "quarantined")))
        printf("  (%s)", QP_TR(c, "quarantined", "已隔离"));
    if (json_is_true(json_object_get(json_object_get(v, "policy"), "behind")))
        printf(QP_TR(c, "  policy %s, not the newest", "  策略 %s，非最新"),
               qp_text_of(json_object_get(v, "policy"), "version"));
    putchar('\n');
    snprintf(below, sizeof below, "%s%s", indent, depth == 0 ? "" : last ? "   " : "│  ");
    json_array_foreach(kids, i, k) if (depth < 8) branch(c, h, k, below, i + 1 == n, depth + 1);
}

int qp_verb_tree(struct qp_cli *c)
{
    struct qp_client cl;
    struct qp_here h = {0};
    json_t *v = NULL;
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    rc = qp_client_ask(&cl, c, "GET", "/api/v1/tree", NULL, NULL, &v);
    if (!rc && !c->json)
        qp_here_ask(&h, &cl);
    qp_client_close(&cl);
    if (rc)
        return rc;
    if (c->json) {
        qp_print_json(v);
    } else {
        branch(c, &h, v, "", true, 0);
        json_decref(v);
    }
    qp_here_free(&h);
    return QP_EXIT_OK;
}

static void board_line(const char *key, const json_t *r)
{
    static const char *const names[] = {"opened", "closed", "open", "overdue", "on_time", "late"};
    qp_print_padded(key, 40);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        printf(" %8lld", (long long)number(r, names[i]));
    for (int i = 0; i < 2; i++) {
        const json_t *s = json_object_get(r, i == 0 ? "handle_p50_s" : "handle_p90_s");
        if (json_is_integer(s) && json_integer_value(s) >= 0)
            printf(" %9.1f", (double)json_integer_value(s) / 3600);
        else
            printf(" %9s", "-");
    }
    putchar('\n');
}

/* An empty board may be that of a place that is not there. */
static int no_such_area(struct qp_cli *c, const char *area)
{
    struct qp_client cl;
    struct qp_here h = {0};
    int rc = qp_client_open(&cl, c);
    if (rc)
        return rc;
    qp_here_ask(&h, &cl);
    if (!qp_here_knows(&h, &cl, area))
        rc = qp_here_unknown(c, &h, "area", area);
    qp_here_free(&h);
    qp_client_close(&cl);
    return rc;
}

int qp_verb_board(struct qp_cli *c)
{
    static const char *const names[] = {"by", "area", "from", "to", "category", "source", "desk"};
    struct qp_url_query q;
    json_t *v, *r;
    size_t i;
    qp_url_begin(&q, "/api/v1/board");
    if (!qp_opt(c, "by"))
        qp_url_add(&q, "by", "area");
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        qp_url_add(&q, names[i], qp_opt(c, names[i]));
    int rc = get(c, q.text, &v);
    qp_url_free(&q);
    if (!rc && qp_opt(c, "area") && number(json_object_get(v, "total"), "opened") == 0)
        rc = no_such_area(c, qp_opt(c, "area"));
    if (rc) {
        json_decref(v);
        return rc;
    }
    if (c->json) {
        qp_print_json(v);
        return QP_EXIT_OK;
    }
    static const char *const heads[][2] = {{"opened", "登记"},  {"closed", "办结"},  {"open", "未结"},
                                           {"overdue", "超时"}, {"on time", "按时"}, {"late", "逾期"}};
    qp_print_padded("", 40);
    for (i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        const char *t = QP_TR(c, heads[i][0], heads[i][1]);
        printf(" %*s%s", (int)(8 - qp_width(t)), "", t);
    }
    printf(" %9s %9s\n", "p50 h", "p90 h");
    json_array_foreach(json_object_get(v, "rows"), i, r)
    {
        const char *key = qp_text_of(r, "key"), *title = qp_text_of(r, "title");
        char text[400];
        snprintf(text, sizeof text, "%s%s%s", key[0] ? key : "-",
                 title[0] && strcmp(title, key) != 0 ? " " : "", strcmp(title, key) != 0 ? title : "");
        board_line(text, r);
    }
    board_line(QP_TR(c, "total", "合计"), json_object_get(v, "total"));
    json_decref(v);
    return QP_EXIT_OK;
}
