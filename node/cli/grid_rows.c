/* grid_rows.c: see grid_rows.h. */
#include "node/cli/grid_rows.h"

#include <stdlib.h>
#include <string.h>

#include "topology/areas.h"
#include "topology/shown.h"

enum column { CODE, TITLE, NODE, WORKER, DEPUTIES, VOLUNTEERS, UNIT, KIND, PLACE, OFFICE, COLUMNS };
static const char *const NAMES[COLUMNS][4] = {
    [CODE] = {"code", "编码", "网格编码", "网格编号"},
    [TITLE] = {"title", "名称", "网格名称", "name"},
    [NODE] = {"node", "节点", "所属节点", NULL},
    [WORKER] = {"worker", "网格员", "专职网格员", NULL},
    [DEPUTIES] = {"deputies", "协理员", "兼职网格员", NULL},
    [VOLUNTEERS] = {"volunteers", "志愿者", NULL, NULL},
    [UNIT] = {"unit", "单位", "单位名称", "场所"},
    [KIND] = {"kind", "类型", "单位类型", NULL},
    [PLACE] = {"place", "位置", "地址", NULL},
    [OFFICE] = {"office", "责任人职务", "责任岗位", NULL},
};

struct text {
    const char *p, *end;
};

static int give(void *arg, char *buf, size_t cap)
{
    struct text *t = arg;
    size_t n = (size_t)(t->end - t->p);
    n = n < cap ? n : cap;
    n = n < 65536 ? n : 65536;
    memcpy(buf, t->p, n);
    t->p += n;
    return (int)n;
}

struct reading {
    struct qp_grid_rows *out;
    const char *name;
    bool zh;
    int at[COLUMNS]; /* which field of a line; -1: it has none */
    size_t cap;
};

static void wrong(struct reading *r, long line, const char *message)
{
    json_array_append_new(r->out->errors, json_pack("{s:I,s:s,s:s}", "line", (json_int_t)line, "error",
                                                    "malformed", "message", message));
}

static int column_of(const char *name)
{
    for (int k = 0; k < COLUMNS; k++)
        for (int i = 0; i < 4 && NAMES[k][i]; i++)
            if (strcasecmp(name, NAMES[k][i]) == 0)
                return k;
    return -1;
}

/* Blanks around a cell are none of it. */
static char *trimmed(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t\r", text[n - 1]))
        text[--n] = '\0';
    return text;
}

static int header(struct reading *r, char **fields, size_t n, struct qp_err *e)
{
    for (int k = 0; k < COLUMNS; k++)
        r->at[k] = -1;
    for (size_t i = 0; i < n; i++) {
        int k = column_of(trimmed(fields[i]));
        if (k >= 0 && r->at[k] >= 0)
            return qp_fail(e, QP_EINVAL, "%s: two columns are %s: leave one", r->name, NAMES[k][0]);
        if (k >= 0)
            r->at[k] = (int)i;
    }
    if (r->at[CODE] < 0)
        return qp_fail(
            e, QP_EINVAL,
            "%s: there is no column `code` (编码): its first line must name the columns; a spreadsheet is "
            "saved as CSV in UTF-8",
            r->name);
    return 0;
}

/* The parts of a cell between ; , 、 and their wide forms, each once. */
static void add_names(json_t *row, const char *field, const char *cell)
{
    static const char *const marks[] = {";", ",", "；", "，", "、", " "};
    json_t *list = json_object_get(row, field);
    if (!*cell)
        return;
    if (!list)
        json_object_set_new(row, field, list = json_array());
    while (*cell) {
        size_t n = strlen(cell), skip = 0;
        for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
            const char *at = strstr(cell, marks[i]);
            if (at && (size_t)(at - cell) < n) {
                n = (size_t)(at - cell);
                skip = strlen(marks[i]);
            }
        }
        bool there = n == 0;
        for (size_t i = 0; i < json_array_size(list) && !there; i++)
            there = json_string_length(json_array_get(list, i)) == n &&
                    memcmp(json_string_value(json_array_get(list, i)), cell, n) == 0;
        if (!there)
            json_array_append_new(list, json_stringn(cell, n));
        cell += n + skip;
    }
}

/* False: it was said otherwise before. */
static bool say_once(json_t *row, const char *field, const char *cell)
{
    const char *was = json_string_value(json_object_get(row, field));
    if (*cell && !was)
        json_object_set_new(row, field, json_string(cell));
    return !*cell || !was || strcmp(was, cell) == 0;
}

/* The grid that a line is about; made where it is the first. */
static json_t *row_of(struct reading *r, const char *code, const char *node, long line)
{
    struct qp_grid_rows *out = r->out;
    for (size_t i = out->n; i-- > 0;) { /* lines of one grid stand together */
        json_t *row = json_array_get(out->rows, i);
        const char *its = json_string_value(json_object_get(row, "node"));
        if (strcmp(json_string_value(json_object_get(row, "code")), code) == 0 &&
            strcmp(its ? its : "", node) == 0)
            return row;
    }
    if (out->n == r->cap) {
        r->cap = r->cap ? r->cap * 2 : 64;
        long *v = realloc(out->line, r->cap * sizeof *v);
        if (!v)
            abort();
        out->line = v;
    }
    json_t *row = json_pack("{s:s}", "code", code);
    if (*node)
        json_object_set_new(row, "node", json_string(node));
    json_array_append_new(out->rows, row);
    out->line[out->n++] = line;
    return row;
}

static void add_unit(json_t *row, char *const cell[COLUMNS])
{
    json_t *units = json_object_get(row, "units"), *unit = json_pack("{s:s}", "title", cell[UNIT]);
    if (!units)
        json_object_set_new(row, "units", units = json_array());
    if (*cell[KIND])
        json_object_set_new(unit, "kind", json_string(cell[KIND]));
    if (*cell[PLACE])
        json_object_set_new(unit, "place", json_string(cell[PLACE]));
    if (*cell[OFFICE])
        json_object_set_new(unit, "office", json_string(cell[OFFICE]));
    json_array_append_new(units, unit);
}

static void line_in(struct reading *r, char **fields, size_t n, long line)
{
    static char empty[1] = "";
    char *cell[COLUMNS], text[200];
    bool blank = true;
    for (int k = 0; k < COLUMNS; k++)
        cell[k] = r->at[k] >= 0 && (size_t)r->at[k] < n ? trimmed(fields[r->at[k]]) : empty;
    for (size_t i = 0; i < n; i++)
        blank = blank && !*trimmed(fields[i]);
    if (blank)
        return;
    if (!*cell[CODE]) {
        wrong(r, line, r->zh ? "没有网格编码" : "there is no code: say of which grid it is");
        return;
    }
    if (!*cell[UNIT] && (*cell[KIND] || *cell[OFFICE])) {
        wrong(r, line, r->zh ? "单位没有名称" : "the unit has no name");
        return;
    }
    json_t *row = row_of(r, cell[CODE], cell[NODE], line);
    static const enum column once[] = {TITLE, WORKER};
    for (size_t i = 0; i < 2; i++) {
        if (say_once(row, NAMES[once[i]][0], cell[once[i]]))
            continue;
        snprintf(text, sizeof text,
                 r->zh ? "网格 %.*s 的 %s 与前面的行不一致" : "grid %.*s has another %s in a line before",
                 qp_shown(cell[CODE], 60), cell[CODE], NAMES[once[i]][0]);
        wrong(r, line, text);
    }
    add_names(row, "deputies", cell[DEPUTIES]);
    add_names(row, "volunteers", cell[VOLUNTEERS]);
    if (*cell[UNIT])
        add_unit(row, cell);
}

/* What stands between the cells of the first line. */
static char separator_of(const char *text, size_t len)
{
    size_t n[3] = {0}, k;
    static const char marks[] = ",;\t";
    for (size_t i = 0; i < len && text[i] != '\n'; i++)
        for (k = 0; k < 3; k++)
            n[k] += text[i] == marks[k];
    return n[1] > n[0] ? ';' : n[2] > n[0] ? '\t' : ',';
}

int qp_grid_rows_read(struct qp_grid_rows *out, const char *text, size_t len, const char *name, bool zh,
                      struct qp_err *e)
{
    struct text t = {text, text + len};
    struct reading r = {.out = out, .name = name, .zh = zh};
    struct qp_csv *csv = qp_csv_open(give, &t, name);
    char **fields;
    size_t n;
    long line;
    *out = (struct qp_grid_rows){.rows = json_array(), .errors = json_array()};
    if (!csv)
        return qp_fail(e, QP_ENOMEM, "no memory");
    qp_csv_separate_by(csv, separator_of(text, len));
    int got = qp_csv_next(csv, &fields, &n, &line, e);
    int rc = got == 1   ? header(&r, fields, n, e)
             : got == 0 ? qp_fail(e, QP_EINVAL, "%s is empty", name)
                        : QP_EINVAL;
    while (!rc) {
        struct qp_err bad = {0};
        got = qp_csv_next(csv, &fields, &n, &line, &bad);
        if (got == 0)
            break;
        if (got < 0)
            wrong(&r, line, bad.text);
        else
            line_in(&r, fields, n, line);
    }
    qp_csv_close(csv);
    return rc;
}

void qp_grid_rows_free(struct qp_grid_rows *r)
{
    json_decref(r->rows);
    json_decref(r->errors);
    free(r->line);
}
