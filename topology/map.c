/* map.c: reads an import map's text into the forms of map_form.h; what is wrong is said with file and line.
 *
 *   line ─► [section] or key = value ─► the section's reader ─► map_value.c
 *
 * The format is in topology/areas/README.md. Called by `qipan import`. */
#include "topology/map_form.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "proto/codec.h"

enum { FILE_CAP = 1 << 20 };

enum section { NOWHERE, MAP, COLUMNS, MATTER, AREA, ENTER, STEP };

struct reader {
    struct qp_map *m;
    const char *name; /* of the file */
    long line;
    enum section section;
    bool required; /* in COLUMNS */
    struct qp_err *e;
};

__attribute__((format(printf, 2, 3))) static int bad(const struct reader *r, const char *fmt, ...)
{
    char what[300];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return qp_fail(r->e, QP_EINVAL, "%s:%ld: %s", r->name, r->line, what);
}

static int read_form(const struct reader *r, struct qp_form *out, const char *key, char *value)
{
    struct qp_form_fault f;
    if (out->n > 0)
        return bad(r, "%s is given twice", key);
    return qp_form_read(out, r->m, value, &f) ? QP_OK : bad(r, "%s: %s", key, f.text);
}

static int read_when(const struct reader *r, struct qp_form_condition *out, char *value)
{
    struct qp_form_fault f;
    if (out->n > 0)
        return bad(r, "when is given twice: join the parts by and");
    return qp_form_read_condition(out, r->m, value, &f) ? QP_OK : bad(r, "when: %s", f.text);
}

/* ---- keys, section by section ---- */

/* A file name in the map counts from the map's folder. */
static int set_areas(const struct reader *r, const char *value)
{
    const char *slash = value[0] == '/' ? NULL : strrchr(r->name, '/');
    size_t folder = slash != NULL ? (size_t)(slash - r->name) + 1 : 0, len = strlen(value);
    r->m->areas = malloc(folder + len + 1);
    if (r->m->areas == NULL)
        return qp_fail(r->e, QP_ENOMEM, "%s: no memory", r->name);
    memcpy(r->m->areas, r->name, folder);
    memcpy(r->m->areas + folder, value, len + 1);
    return QP_OK;
}

static int set_times(const struct reader *r, char *value)
{
    struct qp_map *m = r->m;
    m->n_times = qp_form_split(value, m->times, QP_FORM_TIMES);
    if (m->n_times == 0)
        return bad(r, "times must be 1 to %d patterns with | between them", QP_FORM_TIMES);
    for (size_t i = 0; i < m->n_times; i++) {
        const char *fault = qp_form_time_fault(m->times[i]);
        if (fault != NULL)
            return bad(r, "times: \"%.60s\": %s", m->times[i], fault);
    }
    return QP_OK;
}

static int key_map(const struct reader *r, const char *key, char *value)
{
    struct qp_map *m = r->m;
    if (strcmp(key, "title") == 0 && m->title == NULL) {
        m->title = value;
        return QP_OK;
    }
    if (strcmp(key, "zone") == 0 && m->zone == NULL) {
        struct qp_err why;
        int rc = qp_zone_load(&m->zone, value, &why);
        return rc == QP_OK ? rc : qp_fail(r->e, rc, "%s:%ld: %s", r->name, r->line, why.text);
    }
    if (strcmp(key, "times") == 0 && m->n_times == 0)
        return set_times(r, value);
    if (strcmp(key, "areas") == 0 && m->areas == NULL)
        return set_areas(r, value);
    return bad(r, "%.60s is given twice, or is none of: title, zone, times, areas", key);
}

static int key_columns(const struct reader *r, const char *key, char *value)
{
    struct qp_map *m = r->m;
    if (strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(key))
        return bad(r, "column %.60s: a name is of a-z, 0-9 and _", key);
    if (qp_form_column(m, key) >= 0)
        return bad(r, "column %.60s is named twice", key);
    if (m->n_columns == QP_MAP_COLUMNS)
        return bad(r, "more than %d columns", QP_MAP_COLUMNS);
    struct qp_form_column *c = &m->column[m->n_columns];
    c->n_headers = qp_form_split(value, c->header, QP_FORM_HEADERS);
    if (c->n_headers == 0)
        return bad(r, "column %.60s: give 1 to %d header names with | between them", key, QP_FORM_HEADERS);
    c->name = key;
    c->required = r->required;
    m->n_columns++;
    return QP_OK;
}

static int key_matter(const struct reader *r, const char *key, char *value)
{
    static const char *const name[QP_FIELDS] = {
#define X(field, max, given) #field,
        QP_MAP_FIELDS(X)
#undef X
    };
    for (size_t i = 0; i < QP_FIELDS; i++)
        if (strcmp(key, name[i]) == 0)
            return read_form(r, &r->m->field[i], key, value);
    return bad(r,
               "a matter has no %.60s: it has source_ref, category, title, source, text, desk, place, "
               "urgency, opened_at, "
               "deadline, lat, lon",
               key);
}

static int key_area(const struct reader *r, const char *key, char *value)
{
    return strcmp(key, "code") == 0 ? read_form(r, &r->m->area, key, value)
                                    : bad(r, "an area has no %.60s, only code", key);
}

static int key_enter(const struct reader *r, const char *key, char *value)
{
    struct qp_form_enter *en = &r->m->enter[r->m->n_enters - 1];
    if (strcmp(key, "when") == 0)
        return read_when(r, &en->when, value);
    if (strcmp(key, "accept") != 0)
        return bad(r, "enter has no %.60s, only when and accept", key);
    en->accept = strcmp(value, "yes") == 0;
    return en->accept || strcmp(value, "no") == 0 ? QP_OK : bad(r, "accept is yes or no");
}

static int key_step(const struct reader *r, const char *key, char *value)
{
    struct qp_form_step *s = &r->m->step[r->m->n_steps - 1];
    bool ends = strcmp(s->name, "handle") == 0 || strcmp(s->name, "close") == 0;
    if (strcmp(key, "when") == 0)
        return read_when(r, &s->when, value);
    if (strcmp(key, "at") == 0)
        return read_form(r, &s->at, key, value);
    if (strcmp(key, "note") == 0)
        return read_form(r, &s->note, key, value);
    if (strcmp(key, "result") == 0 && ends)
        return read_form(r, &s->result, key, value);
    if (strcmp(key, "of") == 0 && strcmp(s->name, "close") == 0)
        return read_form(r, &s->of, key, value);
    return bad(r, "step %s has no %.60s", s->name, key);
}

/* ---- lines ---- */

static int begin_enter(struct reader *r, const char *where)
{
    struct qp_map *m = r->m;
    bool top = strcmp(where, "top") == 0;
    if (!top && strcmp(where, "area") != 0)
        return bad(r, "[enter %.60s]: a record enters at top or at its area", where);
    if (m->n_enters == QP_FORM_ENTERS)
        return bad(r, "more than %d sections [enter …]", QP_FORM_ENTERS);
    r->section = ENTER;
    m->enter[m->n_enters++].where = top ? QP_MAP_ENTER_TOP : QP_MAP_ENTER_AREA;
    return QP_OK;
}

static int begin_step(struct reader *r, const char *name)
{
    struct qp_map *m = r->m;
    if (strcmp(name, "handle") != 0 && strcmp(name, "close") != 0 && strcmp(name, "progress") != 0)
        return bad(r, "[step %.60s]: a map can have the steps handle, close and progress", name);
    if (m->n_steps == QP_MAP_STEPS)
        return bad(r, "more than %d steps", QP_MAP_STEPS);
    r->section = STEP;
    m->step[m->n_steps].name = name;
    m->step[m->n_steps++].line = r->line;
    return QP_OK;
}

/* What stands between [ and ]. */
static int begin_section(struct reader *r, const char *title)
{
    static const struct {
        const char *title;
        enum section section;
        bool required;
    } plain[] = {
        {"map", MAP, false},       {"columns", COLUMNS, true}, {"optional columns", COLUMNS, false},
        {"matter", MATTER, false}, {"area", AREA, false},
    };
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
        if (strcmp(title, plain[i].title) == 0) {
            r->section = plain[i].section;
            r->required = plain[i].required;
            return QP_OK;
        }
    }
    if (strncmp(title, "enter ", 6) == 0)
        return begin_enter(r, title + 6);
    if (strncmp(title, "step ", 5) == 0)
        return begin_step(r, title + 5);
    return bad(r, "there is no section [%.60s]", title);
}

static int read_line(struct reader *r, char *text)
{
    static int (*const key_of[])(const struct reader *, const char *, char *) = {
        [MAP] = key_map,   [COLUMNS] = key_columns, [MATTER] = key_matter,
        [AREA] = key_area, [ENTER] = key_enter,     [STEP] = key_step,
    };
    text = qp_form_trim(text);
    size_t len = strlen(text);
    if (len == 0 || text[0] == '#')
        return QP_OK;
    if (text[0] == '[') {
        if (text[len - 1] != ']')
            return bad(r, "a section's title ends with ]");
        text[len - 1] = '\0';
        return begin_section(r, qp_form_trim(text + 1));
    }
    char *equals = strchr(text, '=');
    if (equals == NULL)
        return bad(r, "a line is [section], key = value, or # and a remark");
    *equals = '\0';
    char *key = qp_form_trim(text), *value = qp_form_trim(equals + 1);
    if (key[0] == '\0' || value[0] == '\0')
        return bad(r, "%s is empty", key[0] == '\0' ? "the key" : key);
    if (r->section == NOWHERE)
        return bad(r, "%.60s stands before the first [section]", key);
    return key_of[r->section](r, key, value);
}

static int read_lines(struct reader *r, size_t len)
{
    char *p = r->m->bytes, *end = p + len;
    r->line = 1;
    if (!qp_utf8_ok(p, len))
        return bad(r, "the file is not UTF-8 text");
    r->line = 0;
    if (len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end) {
        r->line++;
        char *newline = memchr(p, '\n', (size_t)(end - p));
        char *stop = newline != NULL ? newline : end;
        *stop = '\0';
        if (stop > p && stop[-1] == '\r')
            stop[-1] = '\0';
        int rc = read_line(r, p);
        if (rc != QP_OK)
            return rc;
        p = stop + 1;
    }
    return QP_OK;
}

/* ---- the whole ---- */

/* What a map must have once all lines are read. */
static int check_whole(struct reader *r)
{
    static const struct {
        const char *name;
        bool given;
    } field[QP_FIELDS] = {
#define X(name, max, given) {#name, given},
        QP_MAP_FIELDS(X)
#undef X
    };
    struct qp_map *m = r->m;
    if (m->zone == NULL)
        return bad(r, "[map] names no zone (such as zone = Asia/Shanghai)");
    for (size_t i = 0; i < QP_FIELDS; i++)
        if (field[i].given && m->field[i].n == 0)
            return bad(r, "[matter] must give %s", field[i].name);
    if ((m->field[QP_FIELD_lat].n == 0) != (m->field[QP_FIELD_lon].n == 0))
        return bad(r, "[matter] gives one of lat and lon, it must give both or neither");
    bool times = qp_map_has_times(m);
    if (m->n_times == 0 && (times || m->field[QP_FIELD_deadline].n > 0))
        return bad(r,
                   "[map] gives no times, but the matter has some (such as times = %%Y-%%m-%%d %%H:%%M:%%S)");
    for (size_t i = 0; i < m->n_steps; i++) {
        const struct qp_form_step *s = &m->step[i];
        r->line = s->line;
        if (times != (s->at.n > 0))
            return bad(r, "step %s: opened_at and every step's at are given together, or none of them",
                       s->name);
        bool progress = strcmp(s->name, "progress") == 0;
        if (progress ? s->note.n == 0 : s->result.n == 0)
            return bad(r, "step %s needs a %s", s->name, progress ? "note" : "result");
    }
    return QP_OK;
}

int qp_map_parse(struct qp_map **out, const char *text, size_t len, const char *name, struct qp_err *e)
{
    *out = NULL;
    struct qp_map *m = calloc(1, sizeof *m);
    if (m != NULL)
        m->bytes = malloc(len + 1);
    if (m == NULL || m->bytes == NULL) {
        qp_map_free(m);
        return qp_fail(e, QP_ENOMEM, "%s: no memory to read it", name);
    }
    if (len > 0)
        memcpy(m->bytes, text, len);
    m->bytes[len] = '\0';
    struct reader r = {.m = m, .name = name, .e = e};
    int rc = read_lines(&r, len);
    if (rc == QP_OK)
        rc = check_whole(&r);
    if (rc != QP_OK) {
        qp_map_free(m);
        return rc;
    }
    *out = m;
    return QP_OK;
}

int qp_map_read(struct qp_map **out, const char *path, struct qp_err *e)
{
    void *text;
    size_t len;
    *out = NULL;
    int rc = qp_file_read(path, FILE_CAP, &text, &len, e);
    if (rc != QP_OK)
        return rc;
    rc = qp_map_parse(out, text, len, path, e);
    free(text);
    return rc;
}

void qp_map_free(struct qp_map *m)
{
    if (m == NULL)
        return;
    qp_zone_free(m->zone);
    free(m->areas);
    free(m->bytes);
    free(m);
}

const char *qp_map_title(const struct qp_map *m)
{
    return m->title != NULL ? m->title : "records";
}

const struct qp_zone *qp_map_zone(const struct qp_map *m)
{
    return m->zone;
}

const char *qp_map_areas(const struct qp_map *m)
{
    return m->areas;
}

bool qp_map_has_times(const struct qp_map *m)
{
    return m->field[QP_FIELD_opened_at].n > 0;
}
