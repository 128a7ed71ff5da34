/* circular_verify.c: `qipan circular verify FILE --export EXPORT`: a circular's figures from events alone, without a node.
 *
 *   EXPORT (qipan export) ─┬─► the signed circular itself (circular_issued.c) ─► what FILE says otherwise differs
 *                          │      └─► periods, area, views, position up to which it was counted, figures as they are told
 *                          └─► events ─► the same census as the node's ─► figures as they are
 *
 * FILE (the API's JSON) is believed in nothing: only where the export does not hold the circular is it counted by what FILE
 * says, and the answer says so. One of which parts are missing (exit status 3) or damaged (4) is neither. Of the export of the node that issued it only what lay before is counted. Another node's
 * export has the events at other places: all of it is counted, and the answer says so. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/circular.h"
#include "node/cli/circular_issued.h"
#include "node/cli/client.h"
#include "node/core/circular.h"
#include "node/insight/circular/body.h"
#include "proto/json.h"
#include "topology/zone.h"

enum { LINE_ARENA = 4 * 1024 * 1024, TOLD = 20 };

struct verifying {
    struct qp_cli *c;
    json_t *file, *issued; /* issued: NULL: the export does not hold it */
    const json_t *told;    /* issued, else file */
    struct qp_span_us span[QP_SPANS];
    uint64_t through;
    struct qp_census *census;
    struct qp_arena *a;
    /* of the export */
    uint64_t lines, last;     /* the position of its last record */
    uint8_t whose[QP_ID_LEN]; /* journal it is, and the incarnation that began it */
    uint32_t began;
    bool has_whose, own; /* own: positions are those of `through` */
    struct qp_issued said;
    struct qp_zone *zone;    /* of the tree: of the days of patrols */
    size_t differ, compared; /* figures, by the events */
    size_t changed;          /* what FILE says otherwise than what was issued */
};

static int no_memory(struct qp_cli *c)
{
    return qp_complain(c, QP_EXIT_FAILED, "%s", QP_TR(c, "out of memory", "内存不足"));
}

/* ---- FILE ---- */

static bool time_of(int64_t *at_us, const json_t *o, const char *name)
{
    const char *text = qp_text_of(o, name);
    return text[0] != 0 && !qp_time_parse(at_us, text, NULL);
}

static bool span_of(struct qp_span_us *s, const json_t *o)
{
    return time_of(&s->from_us, o, "from") && time_of(&s->to_us, o, "to") && s->from_us < s->to_us;
}

static bool told_read(struct verifying *v)
{
    v->through = (uint64_t)json_integer_value(json_object_get(v->told, "through"));
    return span_of(&v->span[QP_SPAN_NOW], v->told) &&
           span_of(&v->span[QP_SPAN_BEFORE], json_object_get(v->told, "period_before")) &&
           span_of(&v->span[QP_SPAN_YEAR], json_object_get(v->told, "period_year_ago")) && v->through > 0 &&
           qp_text_of(v->told, "area")[0] != 0 && json_is_array(json_object_get(v->told, "figures"));
}

static int read_file(struct verifying *v, const char *name)
{
    json_error_t why;
    FILE *in = strcmp(name, "-") == 0 ? stdin : fopen(name, "re");
    if (!in)
        return qp_complain(v->c, errno == ENOENT ? QP_EXIT_NOT_FOUND : QP_EXIT_FAILED, "%s: %s", name,
                           strerror(errno));
    v->file = json_loadf(in, JSON_REJECT_DUPLICATES, &why);
    if (in != stdin)
        fclose(in);
    if (!v->file)
        return qp_complain(v->c, QP_EXIT_USAGE,
                           QP_TR(v->c,
                                 "%s: no JSON (line %d: %s): get it with `qipan circular show ID --json`",
                                 "%s：不是 JSON（第 %d 行：%s）：请用 `qipan circular show ID --json` 取得"),
                           name, why.line, why.text);
    v->told = v->file;
    if (!told_read(v) || qp_id_parse(v->said.id, qp_text_of(v->file, "id")))
        return qp_complain(v->c, QP_EXIT_USAGE,
                           QP_TR(v->c, "%s is no circular: get one with `qipan circular show ID --json`",
                                 "%s 不是通报：请用 `qipan circular show ID --json` 取得"),
                           name);
    return 0;
}

/* ---- EXPORT ---- */

static int take_event(struct verifying *v, const Qp__Event *ev, uint64_t position, bool count)
{
    if (!v->has_whose && ev->body_case == QP__EVENT__BODY_JOINED && ev->origin.len == QP_ID_LEN) {
        memcpy(v->whose, ev->origin.data, QP_ID_LEN);
        v->began = ev->incarnation;
        v->has_whose = true;
    }
    v->last = position;
    if (!count)
        return qp_issued_take(&v->said, ev);
    return v->own && position > v->through ? 0 : qp_circular_event(v->census, ev, NULL, NULL);
}

/* {"position":"12","index":0,…,"event":{…}} as `qipan export` writes it. */
static bool line_split(char *line, size_t len, uint64_t *position, const char **event, size_t *event_len)
{
    static const char head[] = "{\"position\":\"", at[] = ",\"event\":";
    char *body = strstr(line, at), *end;
    if (strncmp(line, head, sizeof head - 1) != 0 || !body || len < 3 || line[len - 1] != '}')
        return false;
    *position = strtoull(line + sizeof head - 1, &end, 10);
    *event = body + sizeof at - 1;
    *event_len = len - 1 - (size_t)(*event - line);
    return *end == '"' && *position > 0;
}

static int take_line(struct verifying *v, char *line, size_t len, bool count, struct qp_err *e)
{
    uint64_t position;
    const char *text;
    size_t n;
    Qp__Event *ev;
    v->lines++;
    qp_arena_reset(v->a);
    if (!line_split(line, len, &position, &text, &n))
        return qp_fail(e, QP_EINVAL, "line %llu is none of an export: it is cut, or no export at all",
                       (unsigned long long)v->lines);
    struct qp_err why = {0};
    int rc = qp_json_parse((ProtobufCMessage **)&ev, &qp__event__descriptor, text, n, v->a, &why);
    if (rc)
        return qp_fail(e, rc, "line %llu: %s", (unsigned long long)v->lines, why.text);
    return !take_event(v, ev, position, count) ? 0
                                               : qp_fail(e, QP_ENOMEM, "no memory to count so many matters");
}

/* Twice: first who wrote it and the circular itself, then, knowing that, what is to be counted. */
static int read_export(struct verifying *v, const char *name, bool count)
{
    struct qp_err e = {0};
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int rc = 0;
    FILE *in = fopen(name, "re");
    if (!in)
        return qp_complain(v->c, errno == ENOENT ? QP_EXIT_NOT_FOUND : QP_EXIT_FAILED, "%s: %s", name,
                           strerror(errno));
    v->lines = 0;
    while (!rc && (n = getline(&line, &cap, in)) > 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (n > 0)
            rc = take_line(v, line, (size_t)n, count, &e);
    }
    bool broken = !rc && !feof(in); /* also where a line found no memory */
    int why = errno;
    free(line);
    fclose(in);
    if (!rc && (broken || v->lines == 0))
        rc = broken && why == ENOMEM
                 ? qp_fail(&e, QP_ENOMEM, "not enough memory to read a line: close other programs")
                 : qp_fail(&e, QP_EINVAL, broken ? "it cannot be read to its end" : "it is empty");
    if (!rc)
        return 0;
    return qp_complain(v->c, rc == QP_ENOMEM ? QP_EXIT_FAILED : QP_EXIT_USAGE, "%s: %s", name, e.text);
}

/* ---- was FILE issued so? ---- */

static void changed(void *arg, const char *where, const char *issued, const char *file)
{
    struct verifying *v = arg;
    const char *none = QP_TR(v->c, "nothing", "没有此项");
    if (v->changed++ < TOLD)
        qp_complain(
            v->c, QP_EXIT_FAILED,
            QP_TR(v->c, "%s: the file says %.200s, issued was %.200s", "%s：文件为 %.200s，签发时为 %.200s"),
            where, file ? file : none, issued ? issued : none);
}

/* A circular of before a fire came back to a journal that has everything at other places. */
static bool is_own(const struct verifying *v)
{
    if (!v->issued)
        return v->has_whose && v->last >= v->through;
    return v->has_whose && memcmp(v->whose, v->said.issuer, QP_ID_LEN) == 0 &&
           v->said.incarnation >= v->began;
}

/* It is in the export, and cannot be told: that is no word of what FILE says. */
static int not_whole(struct qp_cli *c, int rc, const struct qp_err *e)
{
    static const struct {
        int code, status;
        const char *zh;
    } of[] = {
        {QP_EGAP, QP_EXIT_NOT_FOUND, "导出中的通报不完整：被截断，或有部分被取走；请重新导出签发节点"},
        {QP_ECORRUPT, QP_EXIT_CONFLICT, "导出中的通报已损坏：与其哈希不符或无法读取；请重新导出签发节点"},
        {QP_ENOMEM, QP_EXIT_FAILED, "内存不足，无法拼合通报：请关闭其他程序后重试"},
    };
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (of[i].code == rc)
            return qp_complain(c, of[i].status, "%s", QP_TR(c, e->text, of[i].zh));
    return qp_complain(c, QP_EXIT_DEGRADED, "%s", e->text);
}

/* The export was read once: by what it is to be counted, and whose it is. */
static int settle(struct verifying *v)
{
    struct qp_err e = {0};
    int rc = qp_issued_json(&v->said, &v->issued, &e);
    if (rc && rc != QP_ENOTFOUND)
        return not_whole(v->c, rc, &e);
    if (v->issued) {
        v->told = v->issued;
        qp_issued_compare(v->issued, v->file, changed, v);
        if (!told_read(v))
            return qp_complain(
                v->c, QP_EXIT_FAILED, "%s",
                QP_TR(v->c, "what was issued under this id has no sound periods: send it back to its node",
                      "以该编号签发的通报周期不成立：请退回其节点"));
    }
    v->own = is_own(v);
    json_int_t version = json_integer_value(json_object_get(v->told, "figures_version"));
    if (version == QP_FIGURES_VERSION)
        return 0;
    return qp_complain(
        v->c, v->changed > 0 ? QP_EXIT_FAILED : QP_EXIT_DEGRADED,
        QP_TR(v->c,
              "it counts by version %lld of the figures, this program by %d: verify it with the "
              "program of that time",
              "该通报按指标第 %lld 版统计，本程序为第 %d 版：请用当时的程序核验"),
        (long long)version, QP_FIGURES_VERSION);
}

/* By which plan patrols are counted. What the issuer says of itself is of the circular's area: its own certificate is in no event. */
static int read_plan(struct verifying *v)
{
    const json_t *plan = json_object_get(v->told, "patrol_plan");
    struct qp_patrol_plan p = {.per_day = 0};
    struct qp_err e = {0};
    if (v->issued && qp_census_place(v->census, v->said.issuer, qp_text_of(v->told, "area")))
        return no_memory(v->c);
    if (!json_is_object(plan))
        return 0;
    int rc = qp_zone_load(&v->zone, qp_text_of(v->told, "zone"), &e);
    if (rc)
        return qp_complain_err(v->c, &e);
    p.zone = v->zone;
    p.per_day = (uint32_t)json_integer_value(json_object_get(plan, "per_day"));
    p.minutes = (uint32_t)json_integer_value(json_object_get(plan, "minutes"));
    p.police = json_is_true(json_object_get(plan, "police"));
    if (!time_of(&p.until_us, plan, "until"))
        return qp_complain(v->c, QP_EXIT_USAGE, "%s",
                           QP_TR(v->c, "its plan of patrols does not say until when it counted",
                                 "其巡查计划未写明统计至何时"));
    qp_census_plan(v->census, &p);
    return 0;
}

/* ---- comparing ---- */

static void differs(struct verifying *v, const char *name, const char *by, const char *key, const char *what,
                    const uint64_t told[2], const uint64_t is[2])
{
    if (v->differ++ < TOLD)
        qp_complain(v->c, QP_EXIT_FAILED,
                    QP_TR(v->c, "%s, %s %s%s: told is %llu/%llu, from the events it is %llu/%llu",
                          "%s，%s %s%s：通报为 %llu/%llu，按事件为 %llu/%llu"),
                    name, by[0] != 0 ? by : QP_TR(v->c, "total", "合计"), key, what,
                    (unsigned long long)told[0], (unsigned long long)told[1], (unsigned long long)is[0],
                    (unsigned long long)is[1]);
}

static void told_of(uint64_t n[2], const json_t *o)
{
    n[0] = (uint64_t)json_integer_value(json_object_get(o, "numerator"));
    n[1] = (uint64_t)json_integer_value(json_object_get(o, "denominator"));
}

static void is_of(uint64_t n[2], const struct qp_census_row *r, int span, int f)
{
    static const struct qp_numbers none;
    const uint64_t *from = (r ? &r->span[span] : &none)->n[f];
    n[0] = from[0];
    n[1] = qp_figure_rows[f].kind == QP_FIGURE_SHARE ? from[1] : 0;
}

static const struct qp_census_row *row_of(const struct qp_census_result *r, int by, const char *key,
                                          bool rest)
{
    for (size_t i = 0; i < r->n; i++)
        if ((int)r->rows[i].by == by && r->rows[i].rest == rest && (rest || strcmp(r->rows[i].key, key) == 0))
            return &r->rows[i];
    return NULL;
}

static void compare_one(struct verifying *v, const struct qp_census_result *r, const json_t *f)
{
    static const char *const spans[QP_SPANS] = {"", "before", "year_ago"};
    const char *name = qp_text_of(f, "name"), *by = qp_text_of(f, "by"), *key = qp_text_of(f, "key");
    int figure = qp_figure_parse(name), kind = qp_circular_by_parse(by);
    const uint64_t zero[2] = {0, 0};
    if (figure < 0 || kind < 0) {
        differs(v, name, by, key, QP_TR(v->c, " (unknown)", "（未知）"), zero, zero);
        return;
    }
    const struct qp_census_row *row = row_of(r, kind, key, json_is_true(json_object_get(f, "rest")));
    for (int s = 0; s < QP_SPANS; s++) {
        const json_t *o = s == QP_SPAN_NOW ? f : json_object_get(f, spans[s]);
        uint64_t told[2], is[2];
        if (s == QP_SPAN_YEAR && !json_is_object(o))
            continue; /* nothing was known of it */
        told_of(told, o);
        is_of(is, row, s, figure);
        v->compared++;
        if (told[0] != is[0] || told[1] != is[1])
            differs(v, name, by, key,
                    s == QP_SPAN_NOW      ? ""
                    : s == QP_SPAN_BEFORE ? " (before)"
                                          : " (a year ago)",
                    told, is);
    }
    double value = json_number_value(json_object_get(f, "value"));
    uint64_t n[2];
    is_of(n, row, QP_SPAN_NOW, figure);
    bool none = n[1] == 0, told_none = !json_is_number(json_object_get(f, "value"));
    if (none != told_none ||
        (!none && (value - (double)n[0] / (double)n[1] > 1e-9 || (double)n[0] / (double)n[1] - value > 1e-9)))
        differs(v, name, by, key,
                QP_TR(v->c, ": its value is not that of its parts", "：数值与其分子分母不符"), n, n);
}

/* What the file leaves out. */
static void compare_missing(struct verifying *v, const struct qp_census_result *r)
{
    const json_t *figures = json_object_get(v->told, "figures"), *f;
    const uint64_t zero[2] = {0, 0};
    for (size_t i = 0; i < r->n; i++) {
        const struct qp_census_row *row = &r->rows[i];
        size_t at, there = 0;
        json_array_foreach(figures, at, f) there +=
            strcmp(qp_text_of(f, "by"), qp_by_rows[row->by].name) == 0 &&
            (row->rest ? json_is_true(json_object_get(f, "rest"))
                       : strcmp(qp_text_of(f, "key"), row->key) == 0);
        if (there < QP_CIRCULAR_FIGURE_N)
            differs(v, QP_TR(v->c, "figures", "指标"), qp_by_rows[row->by].name, row->key,
                    QP_TR(v->c, " are missing", "缺失"), zero, zero);
    }
}

static const char *view_of(void *arg, const char *category)
{
    const struct verifying *v = arg;
    const json_t *x;
    size_t i;
    json_array_foreach(json_object_get(v->told, "views"), i,
                       x) if (strcmp(qp_text_of(x, "category"), category) == 0) return qp_text_of(x, "view");
    return NULL;
}

static int compare(struct verifying *v)
{
    struct qp_census_result r;
    const json_t *f;
    size_t i;
    if (qp_census_count(v->census, v->span, view_of, v, &r))
        return qp_complain(v->c, QP_EXIT_FAILED, "%s", QP_TR(v->c, "out of memory", "内存不足"));
    json_array_foreach(json_object_get(v->told, "figures"), i, f) compare_one(v, &r, f);
    compare_missing(v, &r);
    qp_census_result_free(&r);
    return 0;
}

/* ---- the answer ---- */

static int unsure(const struct verifying *v, bool cut)
{
    struct qp_cli *c = v->c;
    if (!v->issued)
        return qp_complain(
            c, QP_EXIT_DEGRADED, "%s",
            QP_TR(c,
                  "the export does not hold the circular itself: that it was issued so is not shown; export "
                  "the node that issued it again",
                  "导出中没有通报本身：无法证明其曾如此签发；请重新导出签发节点"));
    if (cut)
        return qp_complain(
            c, QP_EXIT_DEGRADED,
            QP_TR(c, "the export ends at position %llu, the circular was counted up to %llu: export again",
                  "导出止于 %llu，通报统计至 %llu：请重新导出"),
            (unsigned long long)v->last, (unsigned long long)v->through);
    return qp_complain(
        c, QP_EXIT_DEGRADED,
        QP_TR(c,
              "%zu of %zu numbers differ, but the export is of another journal than the issuer's of that "
              "time: what "
              "came late to the issuer is counted all the same",
              "%2$zu 个数中有 %1$zu 个不符，但导出并非签发节点当时的日志：签发节点后来才收到的也计算在内"),
        v->differ, v->compared);
}

static int verdict(struct verifying *v)
{
    struct qp_cli *c = v->c;
    bool cut = v->own && v->last < v->through, sure = v->own && v->issued && !cut;
    if (c->json)
        qp_print_json(json_pack("{s:b,s:I,s:I,s:b,s:b,s:b}", "equal", v->differ == 0 && v->changed == 0,
                                "compared", (json_int_t)v->compared, "differ", (json_int_t)v->differ,
                                "issued", v->issued && v->changed == 0, "own_export", v->own, "complete",
                                !cut));
    if (v->changed > 0)
        return qp_complain(
            c, QP_EXIT_FAILED,
            QP_TR(c, "what was issued under this id is another circular: this file was changed in %zu places",
                  "以该编号签发的是另一份通报：此文件有 %zu 处被改动"),
            v->changed);
    if (!sure)
        return unsure(v, cut);
    if (v->differ > 0)
        return qp_complain(c, QP_EXIT_FAILED,
                           QP_TR(c, "%zu of %zu numbers differ", "%2$zu 个数中有 %1$zu 个不符"), v->differ,
                           v->compared);
    qp_tell(c, QP_TR(c, "all %zu numbers follow from the events", "全部 %zu 个数均与事件相符"), v->compared);
    return QP_EXIT_OK;
}

int qp_circular_verify(struct qp_cli *c, const char *file)
{
    struct verifying v = {.c = c};
    const char *name = qp_opt(c, "export");
    if (!name)
        return qp_complain(c, QP_EXIT_USAGE, "%s",
                           QP_TR(c, "circular verify: --export EXPORT is missing (`qipan export -o EXPORT`)",
                                 "circular verify：缺少 --export EXPORT（`qipan export -o EXPORT`）"));
    int rc = read_file(&v, file);
    v.a = qp_arena_new(LINE_ARENA);
    if (!rc)
        rc = v.a ? read_export(&v, name, false) : no_memory(c);
    if (!rc)
        rc = settle(&v);
    if (!rc && !(v.census = qp_census_new(qp_text_of(v.told, "area"))))
        rc = no_memory(c);
    if (!rc)
        rc = read_plan(&v);
    if (!rc)
        rc = read_export(&v, name, true);
    if (!rc)
        rc = compare(&v);
    if (!rc)
        rc = verdict(&v);
    qp_issued_end(&v.said);
    qp_census_free(v.census);
    qp_zone_free(v.zone);
    qp_arena_free(v.a);
    json_decref(v.issued);
    json_decref(v.file);
    return rc;
}
