/* show.c: see show.h. */
#include "node/cli/show.h"

#include <string.h>

#include "node/cli/here.h"
#include "proto/events.h"

void qp_alarm_text(const struct qp_cli *c, const json_t *alarm, char *out, size_t cap)
{
    const char *path = qp_text_of(alarm, "path"), *since = qp_text_of(alarm, "since"),
               *detail = qp_text_of(alarm, "detail"), *remedy = qp_text_of(alarm, "remedy");
    snprintf(out, cap, "%s%s%s%s%s%s%s%s%s", path, *path ? ": " : "",
             qp_text_of(alarm, QP_TR(c, "message", "message_zh")), *since ? QP_TR(c, " Since ", " 自 ") : "",
             since, *detail ? " · " : "", detail, *remedy ? " → " : "", remedy);
}

size_t qp_width(const char *text)
{
    size_t cells = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if ((*p & 0xC0) == 0x80)
            continue;
        /* From U+1100 on three-byte characters are nearly all wide; U+2000-206F (punctuation such as an
         * ellipsis) are not. */
        bool three = *p >= 0xE1 && !(p[0] == 0xE2 && p[1] < 0xBA);
        cells += three ? 2 : 1;
    }
    return cells;
}

void qp_print_padded(const char *text, size_t cells)
{
    size_t n = qp_width(text);
    fputs(text, stdout);
    printf("%*s", n < cells ? (int)(cells - n) : 0, "");
}

const char *qp_word(const struct qp_cli *c, const char *word)
{
    static const char *const zh[][2] = {
        /* states */
        {"open", "待分类"},
        {"sorted", "已分类"},
        {"assigned", "已派办"},
        {"handled", "已处置"},
        {"visited", "已回访"},
        {"closed", "已办结"},
        {"hung", "挂起"},
        {"merged", "已合并"},
        /* urgencies, kinds of offers, links */
        {"routine", "一般"},
        {"urgent", "紧急"},
        {"emergency", "特急"},
        {"escalate", "上报"},
        {"dispatch", "交办"},
        {"transfer", "移交"},
        {"return", "退还"},
        {"live", "在线"},
        {"late", "迟缓"},
        {"cut", "断开"},
        {"link", "链路"},
        /* what nobody says, and the stream tells */
        {"overdue", "超时"},
    };
    for (size_t i = 0; c->zh && i < sizeof zh / sizeof zh[0]; i++)
        if (strcmp(zh[i][0], word) == 0)
            return zh[i][1];
    const struct qp_event_kind *k = c->zh ? qp_event_named(word) : NULL;
    return k ? k->zh : word;
}

/* A time that was far ahead of the node's clock when it was heard. */
static void put_ahead(const struct qp_cli *c, const json_t *o)
{
    json_int_t s = json_integer_value(json_object_get(o, "ahead_s"));
    if (s >= 86400)
        printf(QP_TR(c, "  TIME WRONG (%lld d ahead)", "  时间有误（超前 %lld 天）"), (long long)(s / 86400));
    else if (s > 0)
        printf(QP_TR(c, "  TIME WRONG (%lld min ahead)", "  时间有误（超前 %lld 分）"), (long long)(s / 60));
}

void qp_show_line(const struct qp_cli *c, const struct qp_here *h, const json_t *m)
{
    const json_t *offered = json_object_get(m, "offered");
    const char *urgency = qp_text_of(m, "urgency");
    bool overdue = json_is_true(json_object_get(m, "overdue")),
         hurry = urgency[0] && strcmp(urgency, "routine") != 0;
    const char *red = c->color && (overdue || hurry) ? "\033[31m" : "", *plain = red[0] ? "\033[0m" : "";
    char at[40];
    printf("%s  %s  %s", qp_text_of(m, "id"), qp_here_time(h, qp_text_of(m, "opened_at"), at), red);
    qp_print_padded(hurry ? qp_word(c, urgency) : "", 9);
    putchar(' ');
    qp_print_padded(qp_word(c, qp_text_of(m, "state")), 9);
    printf("%s ", plain);
    qp_print_padded(qp_text_of(m, "holder"), 24);
    printf(" %s  [%s%s%s]%s", qp_text_of(m, "title"), qp_text_of(m, "category"),
           qp_text_of(m, "desk")[0] ? " · " : "", qp_text_of(m, "desk"),
           overdue ? QP_TR(c, "  OVERDUE", "  超时") : "");
    put_ahead(c, m);
    if (json_is_object(offered)) {
        bool mine = h->path[0] && strcmp(qp_text_of(offered, "to"), h->path) == 0;
        printf("  → %s (%s%s)", qp_text_of(offered, "to"), qp_word(c, qp_text_of(offered, "kind")),
               mine ? QP_TR(c, ": waits to be accepted here", "：待本节点签收") : "");
    }
    putchar('\n');
}

static void member(const struct qp_cli *c, const struct qp_here *h, const json_t *m, const char *name,
                   const char *zh)
{
    const char *v = qp_text_of(m, name);
    size_t n = strlen(name);
    char at[40];
    if (strcmp(name, "state") == 0 || strcmp(name, "urgency") == 0)
        v = qp_word(c, v);
    if (v[0] && (strcmp(name, "deadline") == 0 || (n > 3 && strcmp(name + n - 3, "_at") == 0)))
        v = qp_here_time(h, v, at);
    if (v[0] == 0)
        return;
    qp_print_padded(c->zh ? zh : name, 14);
    puts(v);
}

/* What points to it. */
static void put_from(const json_t *m, const char *name, const char *title)
{
    const json_t *v, *list = json_object_get(m, name);
    size_t i;
    json_array_foreach(list, i, v)
    {
        printf("%s %s", i == 0 ? title : ",", json_string_value(v));
    }
    if (json_array_size(list) > 0)
        putchar('\n');
}

/* Its files: `qipan blob get HASH` reads one. */
static void put_files(const struct qp_cli *c, const json_t *m)
{
    const json_t *v, *list = json_object_get(m, "attachments");
    size_t i;
    json_array_foreach(list, i, v)
    {
        qp_print_padded(QP_TR(c, "file", "附件"), 14);
        printf("%s  %s  %lld  %s%s\n", qp_text_of(v, "hash"), qp_text_of(v, "type"),
               (long long)json_integer_value(json_object_get(v, "bytes")), qp_text_of(v, "node"),
               json_is_true(json_object_get(v, "here")) ? "" : QP_TR(c, " (not here yet)", "（未取来）"));
    }
}

void qp_show_matter(const struct qp_cli *c, const struct qp_here *h, const json_t *m)
{
    static const char *const names[][2] = {
        {"id", "编号"},
        {"title", "标题"},
        {"text", "内容"},
        {"category", "类别"},
        {"source", "来源"},
        {"source_ref", "来源编号"},
        {"area", "区域"},
        {"place", "地点"},
        {"urgency", "紧急程度"},
        {"state", "状态"},
        {"holder", "承办节点"},
        {"desk", "部门"},
        {"person", "人员"},
        {"deadline", "时限"},
        {"opened_at", "登记时间"},
        {"updated_at", "更新时间"},
        {"closed_at", "办结时间"},
        {"result", "结果"},
        {"duplicate_of", "重复于"},
        {"merged_into", "并入"},
    };
    const json_t *offered = json_object_get(m, "offered"), *ticks = json_object_get(m, "ticks");
    json_t *v;
    char at[40];
    size_t i;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        member(c, h, m, names[i][0], names[i][1]);
    if (json_is_object(offered))
        printf("%s %s (%s), %s\n", QP_TR(c, "offered to", "已交办"), qp_text_of(offered, "to"),
               qp_word(c, qp_text_of(offered, "kind")), qp_here_time(h, qp_text_of(offered, "since"), at));
    put_files(c, m);
    put_from(m, "merged_from", QP_TR(c, "merged from", "并入本件"));
    put_from(m, "pointed_from", QP_TR(c, "duplicates of it", "重复于本件"));
    printf("%s%s%s%s\n", QP_TR(c, "kept here", "本级已收存"),
           json_is_true(json_object_get(ticks, "held")) ? QP_TR(c, " · held above", " · 上级已收存") : "",
           json_is_true(json_object_get(ticks, "top")) ? QP_TR(c, " · at the top", " · 顶级已收存") : "",
           json_is_true(json_object_get(m, "overdue")) ? QP_TR(c, " · OVERDUE", " · 已超时") : "");
    json_array_foreach(json_object_get(m, "history"), i, v)
    {
        printf("  %s  ", qp_here_second(h, qp_text_of(v, "at"), at));
        qp_print_padded(qp_word(c, qp_text_of(v, "type")), 11);
        qp_print_padded(qp_text_of(v, "node"), 28);
        printf(" %s  %s%s%s", qp_text_of(v, "by"), qp_text_of(v, "to"), qp_text_of(v, "to")[0] ? "  " : "",
               qp_text_of(v, "note")[0] ? qp_text_of(v, "note") : qp_text_of(v, "result"));
        put_ahead(c, v);
        putchar('\n');
    }
}
