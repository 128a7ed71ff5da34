/* map_record.c: binds a map to a file's header row, and turns each row into a record. See map.h. */
#include "topology/map_form.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "proto/limits.h"
#include "topology/shown.h"

/* ---- the header row ---- */

/* Equal without case and without blanks round the header's name. */
static bool same_name(const char *header, const char *name)
{
    header += strspn(header, " \t");
    size_t len = strlen(header), want = strlen(name);
    while (len > 0 && (header[len - 1] == ' ' || header[len - 1] == '\t'))
        len--;
    return len == want && strncasecmp(header, name, len) == 0;
}

/* The first of a column's names that the header row has. */
static int find_header(const struct qp_form_column *c, char *const *header, size_t n)
{
    for (size_t k = 0; k < c->n_headers; k++)
        for (size_t i = 0; i < n; i++)
            if (same_name(header[i], c->header[k]))
                return (int)i;
    return -1;
}

int qp_map_bind(struct qp_map_columns *out, const struct qp_map *m, char *const *header, size_t n,
                struct qp_err *e)
{
    memset(out, 0, sizeof *out);
    out->fields = n;
    for (size_t i = 0; i < m->n_columns; i++) {
        const struct qp_form_column *c = &m->column[i];
        out->at[i] = find_header(c, header, n);
        if (out->at[i] >= 0 || !c->required)
            continue;
        char names[200];
        size_t len = 0;
        names[0] = '\0';
        for (size_t k = 0; k < c->n_headers && len < sizeof names; k++)
            len +=
                (size_t)snprintf(names + len, sizeof names - len, "%s%s", k > 0 ? " or " : "", c->header[k]);
        return qp_fail(e, QP_EINVAL, "the file has no column for %s: its first row must name %s", c->name,
                       names);
    }
    return QP_OK;
}

/* ---- a row ---- */

struct row {
    struct qp_map_record *r;
    const struct qp_map *m;
    const struct qp_map_columns *c;
    char *const *fields;
    struct qp_err *e;
};

static const char *column_value(const struct row *w, int column)
{
    int at = w->c->at[column];
    return at < 0 ? "" : w->fields[at];
}

static bool given(const char *value)
{
    return value[strspn(value, " \t\r\n")] != '\0';
}

/* The first run of digits in a value, without leading zeros. */
static const char *number_in(const char *value, size_t *len)
{
    value += strcspn(value, "0123456789");
    size_t n = strspn(value, "0123456789");
    while (n > 1 && *value == '0') {
        value++;
        n--;
    }
    *len = n;
    return value;
}

/* An alternative holds when all its columns are given, and those that stand for a number have one. */
static bool holds(const struct row *w, const struct qp_form_alternative *a)
{
    for (size_t i = 0; i < a->n; i++) {
        if (a->part[i].text != NULL)
            continue;
        const char *value = column_value(w, a->part[i].column);
        size_t len;
        (void)number_in(value, &len);
        if (!given(value) || (a->part[i].width > 0 && len == 0))
            return false;
    }
    return true;
}

static bool put(struct qp_map_record *r, const char *text, size_t len)
{
    if (len >= QP_MAP_TEXT_MAX - r->text_len) /* one byte is kept for the NUL */
        return false;
    memcpy(r->text + r->text_len, text, len);
    r->text_len += len;
    return true;
}

static bool put_part(const struct row *w, const struct qp_form_part *p)
{
    if (p->text != NULL)
        return put(w->r, p->text, strlen(p->text));
    const char *value = column_value(w, p->column);
    if (p->width == 0)
        return put(w->r, value, strlen(value));
    size_t len;
    const char *digits = number_in(value, &len);
    for (size_t i = len; i < (size_t)p->width; i++)
        if (!put(w->r, "0", 1))
            return false;
    return put(w->r, digits, len);
}

/* Writes an alternative into the record's text. NULL when there is no room. */
static const char *write_alternative(const struct row *w, const struct qp_form_alternative *a)
{
    const char *start = w->r->text + w->r->text_len;
    for (size_t i = 0; i < a->n; i++)
        if (!put_part(w, &a->part[i]))
            return NULL;
    w->r->text[w->r->text_len++] = '\0';
    return w->r->text_len < QP_MAP_TEXT_MAX ? start : NULL;
}

/* The first alternative that holds; "" if none does. `what` is the value's name for errors. */
static int write_form(const struct row *w, const struct qp_form *f, const char *what, size_t max,
                      const char **out)
{
    *out = "";
    for (size_t i = 0; i < f->n; i++) {
        if (!holds(w, &f->alt[i]))
            continue;
        const char *text = write_alternative(w, &f->alt[i]);
        if (text == NULL)
            return qp_fail(w->e, QP_EBIG, "the row's values are longer than %d bytes", QP_MAP_TEXT_MAX);
        if (strlen(text) > max)
            return qp_fail(w->e, QP_EINVAL, "%s has %zu bytes, at most %zu are allowed: %.*s…", what,
                           strlen(text), max, qp_shown(text, 60), text);
        *out = text;
        return QP_OK;
    }
    return QP_OK;
}

static int read_time(const struct row *w, const char *what, const char *text, bool *has, int64_t *at_us)
{
    struct qp_err why;
    *has = text[0] != '\0';
    if (!*has)
        return QP_OK;
    int rc = qp_map_time(at_us, w->m, text, &why);
    return rc == QP_OK ? rc : qp_fail(w->e, rc, "%s: %s", what, why.text);
}

/* Plain decimal degrees: no "nan", "inf" or hexadecimal. */
static int read_degrees(const struct row *w, const char *what, const char *text, double limit, double *out)
{
    char *end;
    text += strspn(text, " ");
    *out = strtod(text, &end);
    end += strspn(end, " ");
    if (strspn(text, "+-.0123456789eE ") != strlen(text) || end == text || *end != '\0' ||
        !(fabs(*out) <= limit))
        return qp_fail(w->e, QP_EINVAL, "%s: \"%.*s\" is not a number of degrees from %.0f to %.0f", what,
                       qp_shown(text, 40), text, -limit, limit);
    return QP_OK;
}

static int read_matter(const struct row *w)
{
    static const struct {
        const char *name;
        size_t max;
        bool given;
    } def[QP_FIELDS] = {
#define X(name, max, given) {#name, max, given},
        QP_MAP_FIELDS(X)
#undef X
    };
    struct qp_map_record *r = w->r;
    const char *v[QP_FIELDS];
    for (size_t i = 0; i < QP_FIELDS; i++) {
        int rc = write_form(w, &w->m->field[i], def[i].name, def[i].max, &v[i]);
        if (rc != QP_OK)
            return rc;
        bool needed = def[i].given || (i == QP_FIELD_opened_at && qp_map_has_times(w->m));
        if (needed && v[i][0] == '\0')
            return qp_fail(w->e, QP_EINVAL, "%s is empty", def[i].name);
    }
    r->source_ref = v[QP_FIELD_source_ref];
    r->category = v[QP_FIELD_category];
    r->title = v[QP_FIELD_title];
    r->source = v[QP_FIELD_source];
    r->body = v[QP_FIELD_text];
    r->desk = v[QP_FIELD_desk];
    r->place = v[QP_FIELD_place];
    r->urgency = v[QP_FIELD_urgency];
    int rc = read_time(w, "opened_at", v[QP_FIELD_opened_at], &r->has_opened, &r->opened_us);
    if (rc == QP_OK)
        rc = read_time(w, "deadline", v[QP_FIELD_deadline], &r->has_deadline, &r->deadline_us);
    bool lat = v[QP_FIELD_lat][0] != '\0', lon = v[QP_FIELD_lon][0] != '\0';
    if (rc == QP_OK && lat != lon)
        return qp_fail(w->e, QP_EINVAL, "only one of lat and lon is given");
    r->has_location = lat;
    if (rc == QP_OK && lat)
        rc = read_degrees(w, "lat", v[QP_FIELD_lat], 90, &r->lat);
    if (rc == QP_OK && lon)
        rc = read_degrees(w, "lon", v[QP_FIELD_lon], 180, &r->lon);
    return rc;
}

/* All alternatives that hold, in order; the word root is the root. */
static int read_codes(const struct row *w)
{
    struct qp_map_record *r = w->r;
    r->n_codes = 0;
    for (size_t i = 0; i < w->m->area.n; i++) {
        if (!holds(w, &w->m->area.alt[i]))
            continue;
        const char *code = write_alternative(w, &w->m->area.alt[i]);
        if (code == NULL)
            return qp_fail(w->e, QP_EBIG, "the row's values are longer than %d bytes", QP_MAP_TEXT_MAX);
        r->codes[r->n_codes++] = strcmp(code, "root") == 0 ? "" : code;
    }
    return QP_OK;
}

static bool meets(const struct row *w, const struct qp_form_condition *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct qp_form_clause *k = &c->clause[i];
        const char *value = column_value(w, k->column);
        bool ok = false;
        switch (k->test) {
        case QP_TEST_GIVEN: ok = given(value); break;
        case QP_TEST_EMPTY: ok = !given(value); break;
        case QP_TEST_IS: ok = strcmp(value, k->value) == 0; break;
        case QP_TEST_IS_NOT: ok = strcmp(value, k->value) != 0; break;
        }
        if (!ok)
            return false;
    }
    return true;
}

static void read_enter(const struct row *w)
{
    w->r->enter = QP_MAP_ENTER_AREA;
    w->r->accept = false;
    for (size_t i = 0; i < w->m->n_enters; i++) {
        const struct qp_form_enter *en = &w->m->enter[i];
        if (meets(w, &en->when)) {
            w->r->enter = en->where;
            w->r->accept = en->accept;
            return;
        }
    }
}

static int read_step(const struct row *w, const struct qp_form_step *f, struct qp_map_step *s)
{
    const char *at;
    char what[32];
    snprintf(what, sizeof what, "%.16s's at", f->name);
    s->step = f->name;
    int rc = write_form(w, &f->at, what, 64, &at);
    if (rc == QP_OK)
        rc = read_time(w, what, at, &s->has_at, &s->at_us);
    if (rc == QP_OK)
        rc = write_form(w, &f->result, "result", QP_RESULT_BYTES, &s->result);
    if (rc == QP_OK)
        rc = write_form(w, &f->note, "note", QP_NOTE_BYTES, &s->note);
    if (rc == QP_OK)
        rc = write_form(w, &f->of, "of", QP_REF_BYTES, &s->of);
    if (rc != QP_OK)
        return rc;
    if (f->at.n > 0 && !s->has_at)
        return qp_fail(w->e, QP_EINVAL, "step %s has no time", f->name);
    if (f->result.n > 0 && s->result[0] == '\0')
        return qp_fail(w->e, QP_EINVAL, "step %s has no result", f->name);
    return QP_OK;
}

static int read_steps(const struct row *w)
{
    w->r->n_steps = 0;
    for (size_t i = 0; i < w->m->n_steps; i++) {
        const struct qp_form_step *f = &w->m->step[i];
        if (!meets(w, &f->when))
            continue;
        int rc = read_step(w, f, &w->r->steps[w->r->n_steps]);
        if (rc != QP_OK)
            return rc;
        w->r->n_steps++;
    }
    return QP_OK;
}

int qp_map_record(struct qp_map_record *r, const struct qp_map *m, const struct qp_map_columns *c,
                  char *const *fields, size_t n, struct qp_err *e)
{
    if (n != c->fields)
        return qp_fail(e, QP_EINVAL, "the row has %zu fields, the header %zu", n, c->fields);
    memset(r, 0, offsetof(struct qp_map_record, text));
    struct row w = {r, m, c, fields, e};
    int rc = read_matter(&w);
    if (rc == QP_OK)
        rc = read_codes(&w);
    if (rc == QP_OK)
        rc = read_steps(&w);
    if (rc == QP_OK)
        read_enter(&w);
    return rc;
}

long qp_map_area_of(const struct qp_map_record *r, const struct qp_areas *full)
{
    assert(full->n > 0);
    for (size_t k = 0; k < r->n_codes; k++) {
        if (r->codes[k][0] == '\0')
            return 0;
        for (size_t i = 0; i < full->n; i++)
            if (strcmp(full->v[i].code, r->codes[k]) == 0)
                return (long)i;
    }
    return 0;
}
