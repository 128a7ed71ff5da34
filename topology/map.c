/* map.c: reads an import map's text into the forms of map_form.h; what is wrong is said with file and line.
 *
 *   line ─► [section] or key = value ─► the section's keys (map_section.c) ─► map_value.c, map_condition.c
 *
 * The format is in topology/areas/README.md. Called by `qipan import`. */
#include "topology/map_form.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "proto/codec.h"

enum { FILE_CAP = 1 << 20 };

/* ---- lines ---- */

static int read_line(struct qp_form_reader *r, char *text)
{
    text = qp_form_trim(text);
    size_t len = strlen(text);
    if (len == 0 || text[0] == '#')
        return 0;
    if (text[0] == '[') {
        if (text[len - 1] != ']')
            return qp_form_bad(r, "a section's title ends with ]");
        text[len - 1] = '\0';
        return qp_form_section(r, qp_form_trim(text + 1));
    }
    char *equals = strchr(text, '=');
    if (!equals)
        return qp_form_bad(r, "a line is [section], key = value, or # and a remark");
    *equals = '\0';
    char *key = qp_form_trim(text), *value = qp_form_trim(equals + 1);
    if (key[0] == '\0' || value[0] == '\0')
        return qp_form_bad(r, "%s is empty", key[0] == '\0' ? "the key" : key);
    return qp_form_key(r, key, value);
}

static int read_lines(struct qp_form_reader *r, size_t len)
{
    char *p = r->m->bytes, *end = p + len;
    r->line = 1;
    if (!qp_utf8_ok(p, len))
        return qp_form_bad(r, "the file is not UTF-8 text");
    r->line = 0;
    if (len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
        p += 3;
    while (p < end) {
        r->line++;
        char *newline = memchr(p, '\n', (size_t)(end - p));
        char *stop = newline ? newline : end;
        *stop = '\0';
        if (stop > p && stop[-1] == '\r')
            stop[-1] = '\0';
        int rc = read_line(r, p);
        if (rc)
            return rc;
        p = stop + 1;
    }
    return 0;
}

/* ---- the whole ---- */

static int check_step(struct qp_form_reader *r, const struct qp_form_step *s)
{
    r->line = s->line;
    const struct qp_step *kind = s->kind;
    if (qp_map_has_times(r->m) != (s->at.n > 0))
        return qp_form_bad(r, "step %s: opened_at and every step's at are given together, or none of them",
                           kind->name);
    bool asked = false, says = false;
    for (const struct qp_shape_row *row = kind->shape.rows; row->name; row++) {
        if (row->need == QP_NEED_OWN || !qp_form_step_row(kind, row->name))
            continue;
        bool given = s->arg[qp_step_word(row)].n > 0, counts = qp_form_step_counts(kind, row);
        if (qp_shape_must(row) && !given)
            return qp_form_bad(r, "step %s needs a %s", kind->name, row->name);
        asked = asked || counts;
        says = says || (counts && given);
    }
    return says || !asked ? 0 : qp_form_bad(r, "step %s says nothing", kind->name);
}

/* A position stands in two columns or in one. */
static int check_position(const struct qp_form_reader *r)
{
    const struct qp_map_form *f = r->m->field;
    if ((f[QP_FIELD_lat].n == 0) != (f[QP_FIELD_lon].n == 0))
        return qp_form_bad(r, "[matter] gives one of lat and lon, it must give both or neither");
    if (f[QP_FIELD_lat].n > 0 && f[QP_FIELD_position].n > 0)
        return qp_form_bad(r, "[matter] gives lat and lon, and position: one of the two ways is enough");
    return 0;
}

/* What a map must have once all lines are read. */
static int check_whole(struct qp_form_reader *r)
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
    if (!m->zone)
        return qp_form_bad(r, "[map] names no zone (such as zone = Asia/Shanghai)");
    for (size_t i = 0; i < QP_FIELDS; i++)
        if (field[i].given && m->field[i].n == 0)
            return qp_form_bad(r, "[matter] must give %s", field[i].name);
    int rc = check_position(r);
    if (rc)
        return rc;
    if (m->n_times == 0 && (qp_map_has_times(m) || m->field[QP_FIELD_deadline].n > 0))
        return qp_form_bad(
            r, "[map] gives no times, but the matter has some (such as times = %%Y-%%m-%%d %%H:%%M:%%S)");
    for (size_t i = 0; i < m->n_skips && !rc; i++) {
        r->line = m->skip[i].line;
        if (m->skip[i].when.n == 0)
            rc = qp_form_bad(r, "[skip] without when would leave out every row");
    }
    for (size_t i = 0; i < m->n_steps && !rc; i++)
        rc = check_step(r, &m->step[i]);
    return rc;
}

int qp_map_parse(struct qp_map **out, const char *text, size_t len, const char *name, struct qp_err *e)
{
    *out = NULL;
    struct qp_map *m = calloc(1, sizeof *m);
    if (m)
        m->bytes = malloc(len + 1);
    if (!m || !m->bytes) {
        qp_map_free(m);
        return qp_fail(e, QP_ENOMEM, "%s: no memory to read it", name);
    }
    if (len > 0)
        memcpy(m->bytes, text, len);
    m->bytes[len] = '\0';
    struct qp_form_reader r = {.m = m, .name = name, .e = e};
    int rc = read_lines(&r, len);
    if (!rc)
        rc = check_whole(&r);
    if (rc) {
        qp_map_free(m);
        return rc;
    }
    *out = m;
    return 0;
}

int qp_map_read(struct qp_map **out, const char *path, struct qp_err *e)
{
    void *text;
    size_t len;
    *out = NULL;
    int rc = qp_file_read(path, FILE_CAP, &text, &len, e);
    if (rc)
        return rc;
    rc = qp_map_parse(out, text, len, path, e);
    free(text);
    return rc;
}

void qp_map_free(struct qp_map *m)
{
    if (!m)
        return;
    qp_zone_free(m->zone);
    free(m->areas);
    free(m->bytes);
    free(m);
}

const char *qp_map_title(const struct qp_map *m)
{
    return m->title ? m->title : "records";
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

const char *qp_map_encoding(const struct qp_map *m)
{
    return m->encoding;
}

char qp_map_separator(const struct qp_map *m)
{
    return m->separator;
}

bool qp_map_by_ref_alone(const struct qp_map *m)
{
    return m->by_ref_alone;
}
