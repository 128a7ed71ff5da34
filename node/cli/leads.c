/* leads.c: `qipan leads FILE.tsv` brings the matters of a file together, as a node would have while they came
 * in; no node is needed.
 *
 *   id, time, place, title, detail by their names in the first line; further columns (`group`) are not looked at
 *   ─► by time, then id ─► node/insight/lead ─► `id<TAB>lead` for each line, in the order of the file
 *
 * Columns are parted by tabs and nothing else: quotes are text (topology/csv.c would take them for a field's), and a line
 * that is no UTF-8 costs itself alone (import_text.c would take the whole file for GB18030).
 *
 * A lead is its first matter's id. A line that cannot be read is told with its number and left out; the exit
 * status is then QP_EXIT_CONFLICT, as for an import with rejected rows. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/cli.h"
#include "node/insight/lead/lead.h"
#include "proto/codec.h"
#include "topology/shown.h"
#include "topology/zone.h"

enum { ID, TIME, PLACE, TITLE, DETAIL, COLUMNS, FIELDS_MAX = 64, TOLD_MAX = 100 };
enum { LINE_MAX_BYTES = 4 << 20, ROWS_MAX = 4000000 };
static const char *const column_names[COLUMNS] = {"id", "time", "place", "title", "detail"};

struct row {
    char *line;           /* owns the fields */
    char *field[COLUMNS]; /* NUL-terminated */
    int64_t at_us;
    size_t number; /* of the line, from 1 */
    bool bad;
    char lead[QP_LEAD_ID_MAX];
    struct qp_lead_verdict *verdict; /* for --json */
};

struct reader {
    const struct qp_cli *c;
    const char *name;
    FILE *in;
    struct qp_zone *utc;
    size_t at[COLUMNS], fields; /* where each column is; how many a line has */
    struct row *row;
    size_t n, cap, number, bad;
};

/* Tells about a line once; the first hundred of them, the rest as a number at the end. */
#define LEFT_OUT(r, line, english, chinese, ...)                                                             \
    do {                                                                                                     \
        if ((r)->bad++ < TOLD_MAX)                                                                           \
            qp_complain((r)->c, 0, QP_TR((r)->c, "%s:%zu: left out: " english, "%s:%zu：已略过：" chinese),  \
                        (r)->name, (line), __VA_ARGS__);                                                     \
    } while (0)

/* ---- lines ---- */

static size_t split(char *line, char *field[FIELDS_MAX])
{
    size_t n = 0;
    for (char *p = line; p && n < FIELDS_MAX;) {
        field[n++] = p;
        p = strchr(p, '\t');
        if (p)
            *p++ = 0;
    }
    return n;
}

/* The next line without its end; NULL: there is none. */
static char *next_line(struct reader *r, size_t *len)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t got = getline(&line, &cap, r->in);
    if (got < 0) {
        free(line);
        return NULL;
    }
    while (got > 0 && (line[got - 1] == '\n' || line[got - 1] == '\r'))
        line[--got] = 0;
    r->number++;
    *len = (size_t)got;
    return line;
}

static int unreadable(const struct reader *r)
{
    return qp_complain(r->c, QP_EXIT_FAILED, QP_TR(r->c, "%s could not be read: %s", "%s 读取失败：%s"),
                       r->name, strerror(errno));
}

static int read_head(struct reader *r)
{
    char *field[FIELDS_MAX], *line;
    size_t len;
    line = next_line(r, &len);
    if (!line && ferror(r->in))
        return unreadable(r);
    if (!line)
        return qp_complain(
            r->c, QP_EXIT_USAGE,
            QP_TR(r->c, "%s is empty: its first line must name the columns id, time, place, title, detail",
                  "%s 是空文件：首行须写明列名 id、time、place、title、detail"),
            r->name);
    char *head = strncmp(line, "\xef\xbb\xbf", 3) == 0 ? line + 3 : line;
    r->fields = split(head, field);
    for (size_t c = 0; c < COLUMNS; c++) {
        r->at[c] = 0;
        while (r->at[c] < r->fields && strcmp(field[r->at[c]], column_names[c]) != 0)
            r->at[c]++;
        if (r->at[c] < r->fields)
            continue;
        free(line);
        return qp_complain(
            r->c, QP_EXIT_USAGE,
            QP_TR(r->c,
                  "%s:1: there is no column %s: the first line must name id, time, place, title, "
                  "detail, with tabs between them",
                  "%s:1：缺少列 %s：首行须写明 id、time、place、title、detail，以制表符分隔"),
            r->name, column_names[c]);
    }
    free(line);
    return 0;
}

/* What is wrong with a row is told, and the row is bad. */
static void read_row(struct reader *r, struct row *w, size_t len)
{
    char *field[FIELDS_MAX];
    struct qp_err e = {0};
    w->bad = true;
    if (len > LINE_MAX_BYTES) {
        LEFT_OUT(r, w->number, "it is longer than %d bytes: shorten its text", "该行超过 %d 字节：请缩短文字",
                 LINE_MAX_BYTES);
    } else if (strlen(w->line) != len || !qp_utf8_ok(w->line, len)) {
        LEFT_OUT(r, w->number, "%s", "%s",
                 QP_TR(r->c, "it is not UTF-8: convert the file first", "不是 UTF-8：请先转换文件编码"));
    } else {
        size_t n = split(w->line, field);
        if (n != r->fields) {
            LEFT_OUT(r, w->number, "it has %zu columns, the first line has %zu: a tab is missing or too many",
                     "有 %zu 列，首行有 %zu 列：缺少或多出制表符", n, r->fields);
            return;
        }
        for (size_t c = 0; c < COLUMNS; c++)
            w->field[c] = field[r->at[c]];
        if (w->field[ID][0] == 0 || strlen(w->field[ID]) >= QP_LEAD_ID_MAX)
            LEFT_OUT(r, w->number, "its id must have 1 to %d bytes", "编号须为 1 至 %d 字节",
                     QP_LEAD_ID_MAX - 1);
        else if (strlen(w->field[PLACE]) >= QP_LEAD_LABEL_MAX)
            LEFT_OUT(r, w->number, "its place may have %d bytes at most", "地点至多 %d 字节",
                     QP_LEAD_LABEL_MAX - 1);
        else if (qp_time_parse_local(&w->at_us, w->field[TIME], r->utc, &e))
            LEFT_OUT(r, w->number, "its time \"%.*s\" is none: write it as 2026-03-01T08:00:00",
                     "时间“%.*s”无法识别：请写作 2026-03-01T08:00:00", qp_shown(w->field[TIME], 40),
                     w->field[TIME]);
        else
            w->bad = false;
    }
}

static int read_rows(struct reader *r)
{
    size_t len;
    for (char *line; (line = next_line(r, &len));) {
        if (len == 0) { /* an empty line says nothing */
            free(line);
            continue;
        }
        if (r->n == ROWS_MAX) {
            free(line);
            return qp_complain(
                r->c, QP_EXIT_FAILED,
                QP_TR(r->c, "%s has more than %d lines: split it by time", "%s 超过 %d 行：请按时间拆分"),
                r->name, ROWS_MAX);
        }
        if (r->n == r->cap) {
            r->cap = r->cap == 0 ? 1024 : r->cap * 2;
            if (!(r->row = realloc(r->row, r->cap * sizeof *r->row)))
                abort();
        }
        struct row *w = &r->row[r->n++];
        *w = (struct row){.line = line, .number = r->number};
        read_row(r, w, len);
    }
    return ferror(r->in) ? unreadable(r) : 0;
}

/* ---- their order ---- */

static struct row *row_at(const void *p)
{
    struct row *w;
    memcpy(&w, p, sizeof(void *));
    return w;
}

static int by_id_then_line(const void *a, const void *b)
{
    const struct row *x = row_at(a), *y = row_at(b);
    int order = strcmp(x->field[ID], y->field[ID]);
    return order != 0 ? order : x->number < y->number ? -1 : 1;
}

static int by_time_then_id(const void *a, const void *b)
{
    const struct row *x = row_at(a), *y = row_at(b);
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return strcmp(x->field[ID], y->field[ID]);
}

/* The good rows in the order in which they happened, an id once. */
static struct row **in_order(struct reader *r, size_t *n)
{
    struct row **all = calloc(r->n + 1, sizeof(struct row *));
    size_t kept = 0;
    if (!all)
        abort();
    *n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (!r->row[i].bad)
            all[(*n)++] = &r->row[i];
    qsort(all, *n, sizeof(struct row *), by_id_then_line);
    for (size_t i = 0; i < *n; i++) {
        if (kept > 0 && strcmp(all[kept - 1]->field[ID], all[i]->field[ID]) == 0) {
            all[i]->bad = true;
            LEFT_OUT(r, all[i]->number, "the id %.*s is on line %zu already: give each line its own",
                     "编号 %.*s 已在第 %zu 行：每行须有自己的编号", qp_shown(all[i]->field[ID], 60),
                     all[i]->field[ID], all[kept - 1]->number);
        } else {
            all[kept++] = all[i];
        }
    }
    *n = kept;
    qsort(all, *n, sizeof(struct row *), by_time_then_id);
    return all;
}

/* ---- leads ---- */

/* Whether a place is less than a whole city or province, by how it is called: in such a file most lines that name
 * only the city could lie anywhere in it. */
static bool is_specific(const char *place)
{
    static const char *const whole[] = {"市", "省", "自治区", "自治州", "地区", "盟"};
    size_t len = strlen(place);
    for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++) {
        size_t n = strlen(whole[i]);
        if (len >= n && strcmp(place + len - n, whole[i]) == 0)
            return false;
    }
    return len > 0;
}

static int bring_together(struct qp_leads *l, struct row **all, size_t n, bool verdicts, struct qp_err *e)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < n; i++) {
        struct row *w = all[i];
        struct qp_lead_verdict v;
        struct qp_lead_matter m = {.id = w->field[ID],
                                   .at_us = w->at_us,
                                   .title = w->field[TITLE],
                                   .text = w->field[DETAIL],
                                   .place = w->field[PLACE],
                                   .specific = is_specific(w->field[PLACE]),
                                   .source = "",
                                   .family = ""};
        qp_leads_age(l, w->at_us);
        rc = qp_leads_add(l, &m, &v, e);
        if (rc)
            break;
        memcpy(w->lead, v.lead, sizeof v.lead);
        if (verdicts && (w->verdict = malloc(sizeof v)))
            *w->verdict = v;
    }
    return rc;
}

static void print_rows(const struct reader *r)
{
    json_t *list = json_array();
    for (size_t i = 0; i < r->n; i++) {
        const struct row *w = &r->row[i];
        if (w->bad)
            continue;
        if (!r->c->json) {
            printf("%s\t%s\n", w->field[ID], w->lead);
        } else if (w->verdict) {
            const struct qp_lead_verdict *v = w->verdict;
            json_array_append_new(list, json_pack("{s:s,s:s,s:s*,s:s*,s:f,s:b}", "id", w->field[ID], "lead",
                                                  v->lead, "nearest", v->nearest[0] != 0 ? v->nearest : NULL,
                                                  "proposed", v->proposed[0] != 0 ? v->proposed : NULL,
                                                  "likeness", v->ppm / 1e6, "named", v->named));
        }
    }
    if (r->c->json)
        qp_print_json(json_incref(list));
    json_decref(list);
}

/* The threshold given, as that of joining; the others keep their proportion to it. False: it is none. */
static bool read_threshold(const struct qp_cli *c, struct qp_lead_rules *rules)
{
    const char *text = qp_opt(c, "threshold");
    char *end;
    if (!text)
        return true;
    double t = strtod(text, &end);
    if (end == text || *end != 0 || !(t > 0 && t <= 1)) {
        qp_complain(c, QP_EXIT_USAGE,
                    QP_TR(c, "--threshold \"%s\": give a number above 0 and up to 1, such as 0.3",
                          "--threshold “%s”：请给出大于 0、至多 1 的数，如 0.3"),
                    text);
        return false;
    }
    double scale = t / (rules->join_ppm / 1e6);
    rules->join_ppm = (uint32_t)lround(t * 1e6);
    rules->propose_ppm = (uint32_t)lround(rules->propose_ppm * scale);
    rules->named_ppm = (uint32_t)lround(rules->named_ppm * scale);
    return true;
}

static int run(struct reader *r, const struct qp_lead_rules *rules)
{
    struct qp_err e = {0};
    size_t n;
    int rc = read_head(r);
    if (!rc)
        rc = read_rows(r);
    if (rc)
        return rc;
    struct row **all = in_order(r, &n);
    struct qp_leads *l = qp_leads_new(rules);
    int code = l ? bring_together(l, all, n, r->c->json, &e) : qp_fail(&e, QP_ENOMEM, "no memory");
    qp_leads_free(l);
    free(all);
    if (code)
        return qp_complain_err(r->c, &e);
    print_rows(r);
    if (r->bad == 0)
        return QP_EXIT_OK;
    return qp_complain(r->c, QP_EXIT_CONFLICT,
                       QP_TR(r->c, "%s: %zu lines were left out, %zu were read: mend those and run it again",
                             "%s：略过 %zu 行，读入 %zu 行：请改正后重新运行"),
                       r->name, r->bad, n);
}

int qp_verb_leads(struct qp_cli *c)
{
    bool standard = strcmp(c->args[0], "-") == 0;
    struct reader r = {.c = c, .name = standard ? QP_TR(c, "standard input", "标准输入") : c->args[0]};
    struct qp_lead_rules rules;
    struct qp_err e = {0};
    qp_lead_rules_init(&rules);
    if (!read_threshold(c, &rules))
        return QP_EXIT_USAGE;
    if (qp_zone_load(&r.utc, "UTC", &e))
        return qp_complain_err(c, &e);
    r.in = standard ? stdin : fopen(c->args[0], "r");
    int rc =
        r.in ? run(&r, &rules)
             : qp_complain(c, errno == ENOENT ? QP_EXIT_NOT_FOUND : QP_EXIT_FAILED,
                           QP_TR(c, "%s cannot be opened: %s", "%s 无法打开：%s"), r.name, strerror(errno));
    if (r.in && !standard)
        fclose(r.in);
    for (size_t i = 0; i < r.n; i++) {
        free(r.row[i].line);
        free(r.row[i].verdict);
    }
    free(r.row);
    qp_zone_free(r.utc);
    return rc;
}
