/* map_record.c: binds a map to a file's header row, and turns each row into a record. See map.h. */
#include "topology/map_form.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/limits.h"
#include "topology/path.h"
#include "topology/geo/crs.h"
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
    return 0;
}

/* ---- a row ---- */

static int read_time(const struct qp_map_row *w, const char *what, const char *text, bool *has,
                     int64_t *at_us)
{
    struct qp_err why;
    *has = text[0] != '\0';
    if (!*has)
        return 0;
    int rc = qp_map_time(at_us, w->m, text, &why);
    if (rc)
        return qp_fail(w->e, rc, "%s: %s", what, why.text);
    if ((w->m->has_earliest && *at_us < w->m->earliest_us) ||
        (w->m->has_latest && *at_us >= w->m->latest_us)) {
        *has = false; /* a time that an office's program writes when it knows none */
        *at_us = 0;
    }
    return 0;
}

/* One-line texts: a line break or another control character becomes a blank. */
static void one_line(const char *text)
{
    for (char *p = (char *)(uintptr_t)text; *p != '\0'; p++)
        if ((unsigned char)*p < ' ' || *p == 0x7f)
            *p = ' ';
}

static int read_texts(const struct qp_map_row *w, const char *v[QP_FIELDS])
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
    for (size_t i = 0; i < QP_FIELDS; i++) {
        bool shorten = (w->m->shorten & qp_form_shorten(def[i].name)) != 0;
        int rc = qp_form_write(w, &w->m->field[i], def[i].name, def[i].max, shorten, &v[i]);
        if (rc)
            return rc;
        if (def[i].given && v[i][0] == '\0')
            return qp_fail(w->e, QP_EINVAL, "%s is empty", def[i].name);
        if (i != QP_FIELD_text)
            one_line(v[i]);
    }
    return 0;
}

static int read_urgency(const struct qp_map_row *w, const char *what, const char *text)
{
    static const char *const known[] = QP_URGENCY_WORDS;
    if (text[0] == '\0')
        return 0;
    for (size_t i = QP_ROUTINE; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], text) == 0)
            return 0;
    return qp_fail(w->e, QP_EINVAL,
                   "%s: \"%.*s\" is not routine, urgent or emergency (a table of [values] "
                   "can translate)",
                   what, qp_shown(text, 40), text);
}

/* Names as people write them: WGS-84, gcj02, BD-09. */
static int read_crs(const struct qp_map_row *w, const char *text)
{
    enum qp_crs crs = *text ? qp_crs_of(text) : QP_CRS_WGS84;
    if (crs == QP_CRS_UNKNOWN)
        return qp_fail(w->e, QP_EINVAL, "crs: \"%.*s\" is not " QP_CRS_NAMES, qp_shown(text, 20), text);
    w->r->crs = qp_crs_name(crs);
    return 0;
}

static int read_matter(const struct qp_map_row *w)
{
    struct qp_map_record *r = w->r;
    const char *v[QP_FIELDS];
    int rc = read_texts(w, v);
    if (rc)
        return rc;
    r->source_ref = v[QP_FIELD_source_ref];
    r->category = v[QP_FIELD_category];
    r->title = v[QP_FIELD_title];
    r->source = v[QP_FIELD_source];
    r->body = v[QP_FIELD_text];
    r->desk = v[QP_FIELD_desk];
    r->place = v[QP_FIELD_place];
    r->urgency = v[QP_FIELD_urgency];
    rc = read_urgency(w, "urgency", r->urgency);
    if (!rc)
        rc = read_time(w, "opened_at", v[QP_FIELD_opened_at], &r->has_opened, &r->opened_us);
    if (!rc && qp_map_has_times(w->m) && !r->has_opened)
        return qp_fail(w->e, QP_EINVAL, "opened_at is empty");
    if (!rc)
        rc = read_time(w, "deadline", v[QP_FIELD_deadline], &r->has_deadline, &r->deadline_us);
    if (!rc)
        rc = read_crs(w, v[QP_FIELD_crs]);
    if (!rc)
        qp_form_place(w, v[QP_FIELD_lat], v[QP_FIELD_lon], v[QP_FIELD_position]);
    return rc;
}

/* The word root is the root. */
static int read_areas(const struct qp_map_row *w)
{
    struct qp_map_record *r = w->r;
    long codes = qp_form_write_all(w, &w->m->area, r->codes);
    long names = codes < 0 ? -1 : qp_form_write_all(w, &w->m->area_name, r->names);
    if (names < 0)
        return QP_EBIG;
    r->n_codes = (size_t)codes;
    r->n_names = (size_t)names;
    for (size_t i = 0; i < r->n_codes; i++)
        if (strcmp(r->codes[i], "root") == 0)
            r->codes[i] = "";
    return 0;
}

static void read_enter(const struct qp_map_row *w)
{
    w->r->enter = QP_MAP_ENTER_AREA;
    w->r->accept = false;
    for (size_t i = 0; i < w->m->n_enters; i++) {
        const struct qp_form_enter *en = &w->m->enter[i];
        if (qp_form_meets(w, &en->when)) {
            w->r->enter = en->where;
            w->r->accept = en->accept;
            return;
        }
    }
}

/* ---- steps ---- */

/* yes, no or nothing, in the words of either language. */
static int read_answer(const struct qp_map_row *w, const char *what, const char **answer)
{
    static const char *const yes[] = {"yes", "true", "1", "y", "是", "已"};
    static const char *const no[] = {"no", "false", "0", "n", "否", "未"};
    const char *text = *answer;
    if (text[0] == '\0')
        return 0;
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *answer = strcasecmp(text, yes[i]) == 0 ? "yes" : "no";
            return 0;
        }
    }
    return qp_fail(w->e, QP_EINVAL, "%s: \"%.*s\" is not yes or no (a table of [values] can translate)", what,
                   qp_shown(text, 40), text);
}

/* Bytes of a cell at most: of a text its bound; a reference, a time, an answer or a word need fewer. */
static size_t most_of(const struct qp_shape_row *row)
{
    if (qp_shape_is_text(row->kind))
        return row->most;
    return row->kind == QP_SHAPE_ID ? QP_REF_BYTES : 64;
}

/* What the row says under one key of the step. */
static int read_arg(const struct qp_map_row *w, const struct qp_form_step *f, const struct qp_shape_row *row,
                    struct qp_map_step *s)
{
    enum qp_word i = qp_step_word(row);
    char what[48];
    snprintf(what, sizeof what, "%.16s's %.16s", f->kind->name, row->name);
    bool shorten = (w->m->shorten & qp_form_shorten(row->name)) != 0;
    int rc = qp_form_write(w, &f->arg[i], what, most_of(row), shorten, &s->arg[i]);
    if (rc)
        return rc;
    if (qp_shape_must(row) && s->arg[i][0] == '\0')
        return qp_fail(w->e, QP_EINVAL, "step %s has no %s", f->kind->name, row->name);
    if (row->show != QP_SHOW_NOTE)
        one_line(s->arg[i]);
    return 0;
}

/* A time that stands for none says nothing. */
static int read_step_time(const struct qp_map_row *w, const struct qp_form_step *f,
                          const struct qp_shape_row *row, const char *what, struct qp_map_step *s)
{
    enum qp_word i = qp_step_word(row);
    bool has;
    int rc = read_time(w, what, s->arg[i], &has, &s->time_us[i]);
    if (!rc && !has && qp_shape_must(row))
        return qp_fail(w->e, QP_EINVAL, "step %s has no %s", f->kind->name, row->name);
    if (!rc && !has)
        s->arg[i] = "";
    return rc;
}

/* What it means, by the field's kind. */
static int read_meaning(const struct qp_map_row *w, const struct qp_form_step *f,
                        const struct qp_shape_row *row, struct qp_map_step *s)
{
    const char **arg = &s->arg[qp_step_word(row)];
    struct qp_err why;
    char what[48];
    snprintf(what, sizeof what, "%.16s's %.16s", f->kind->name, row->name);
    switch (row->kind) {
    case QP_SHAPE_BOOL:
    case QP_SHAPE_ANSWER: return read_answer(w, row->name, arg);
    case QP_SHAPE_URGENCY: return read_urgency(w, what, *arg);
    case QP_SHAPE_TIME:
    case QP_SHAPE_DUE:
    case QP_SHAPE_DEADLINE:
    case QP_SHAPE_UNTIL: return read_step_time(w, f, row, what, s);
    case QP_SHAPE_PATH:
        return **arg == '\0' || !qp_path_check(*arg, &why)
                   ? 0
                   : qp_fail(w->e, QP_EINVAL, "%s: %s", what, why.text);
    case QP_SHAPE_TEXT:
    case QP_SHAPE_LINE:
    case QP_SHAPE_DESK:
    case QP_SHAPE_PERSON:
    case QP_SHAPE_ORIGINAL:
    case QP_SHAPE_ID: return 0;
    case QP_SHAPE_KIND:
    case QP_SHAPE_KINDS_N: break;
    }
    assert(!"a caller does not say this kind");
    return 0;
}

/* All that the row says of a step, and that it says something where it must. */
static int read_args(const struct qp_map_row *w, const struct qp_form_step *f, struct qp_map_step *s)
{
    bool asked = false, says = false;
    for (size_t i = 0; i < QP_WORDS; i++)
        s->arg[i] = "";
    for (const struct qp_shape_row *row = f->kind->shape.rows; row->name; row++) {
        if (row->need == QP_NEED_OWN || !qp_form_step_row(f->kind, row->name))
            continue;
        int rc = read_arg(w, f, row, s);
        if (!rc)
            rc = read_meaning(w, f, row, s);
        if (rc)
            return rc;
        bool counts = qp_form_step_counts(f->kind, row);
        asked = asked || counts;
        says = says || (counts && s->arg[qp_step_word(row)][0] != '\0');
    }
    return says || !asked ? 0 : qp_fail(w->e, QP_EINVAL, "step %s says nothing", f->kind->name);
}

/* A step's time, or what stands for it. *leave_out: the row has none, and the map leaves such a step out. */
static int read_at(const struct qp_map_row *w, const struct qp_form_step *f, struct qp_map_step *s,
                   bool *leave_out)
{
    struct qp_map_record *r = w->r;
    const char *at, *name = f->kind->name;
    char what[32];
    snprintf(what, sizeof what, "%.16s's at", name);
    int rc = qp_form_write(w, &f->at, what, 64, false, &at);
    if (!rc)
        rc = read_time(w, what, at, &s->has_at, &s->at_us);
    if (rc || f->at.n == 0)
        return rc;
    if (!s->has_at && f->no_time == QP_NO_TIME_REJECT)
        return qp_fail(w->e, QP_EINVAL, "step %s has no time", name);
    *leave_out = !s->has_at && f->no_time == QP_NO_TIME_SKIP;
    if (!s->has_at) {
        bool previous = f->no_time == QP_NO_TIME_PREVIOUS && r->n_steps > 0;
        s->at_us = previous ? r->steps[r->n_steps - 1].at_us : r->opened_us;
        s->has_at = true;
    }
    if (s->at_us >= r->opened_us)
        return 0;
    if (!w->m->raise)
        return qp_fail(w->e, QP_EINVAL,
                       "%s: \"%.*s\" is before the opening (before_opening = raise moves it there)", what,
                       qp_shown(at, 40), at);
    s->at_us = r->opened_us;
    r->raised++;
    return 0;
}

static int read_steps(const struct qp_map_row *w)
{
    struct qp_map_record *r = w->r;
    for (size_t i = 0; i < w->m->n_steps; i++) {
        const struct qp_form_step *f = &w->m->step[i];
        struct qp_map_step *s = &r->steps[r->n_steps];
        bool leave_out = false;
        if (!qp_form_meets(w, &f->when))
            continue;
        memset(s, 0, sizeof *s);
        s->step = f->kind->name;
        int rc = read_at(w, f, s, &leave_out);
        if (!rc && leave_out)
            continue;
        if (!rc)
            rc = read_args(w, f, s);
        if (rc)
            return rc;
        r->n_steps++;
    }
    return 0;
}

int qp_map_record(struct qp_map_record *r, const struct qp_map *m, const struct qp_map_columns *c,
                  char *const *fields, size_t n, struct qp_err *e)
{
    if (n != c->fields)
        return qp_fail(e, QP_EINVAL, "the row has %zu fields, the header %zu", n, c->fields);
    memset(r, 0, offsetof(struct qp_map_record, text));
    struct qp_map_row w = {r, m, c, fields, e};
    for (size_t i = 0; i < m->n_skips; i++) {
        if (qp_form_meets(&w, &m->skip[i].when)) {
            r->skip = m->skip[i].why;
            return 0;
        }
    }
    int rc = read_matter(&w);
    if (!rc)
        rc = read_areas(&w);
    if (!rc)
        rc = read_steps(&w);
    if (!rc)
        read_enter(&w);
    return rc;
}

/* ---- the area ---- */

static bool same_title(const char *title, const char *name, size_t len)
{
    return strlen(title) == len && memcmp(title, name, len) == 0;
}

/* The first area of that title below `above` (-1: anywhere), however deep; parents stand before children. */
static long find_title(const struct qp_areas *full, long above, const char *name, size_t len)
{
    for (size_t i = 0; i < full->n; i++) {
        if (!same_title(full->v[i].title, name, len))
            continue;
        long at = (long)i;
        while (at >= 0 && at != above)
            at = full->v[at].parent;
        if (at == above)
            return (long)i;
    }
    return -1;
}

/* a/b/c: the lowest that is found, each at or under the one before it; -1: not even one. What is not on the
 * list is passed over. */
static long area_by_name(const struct qp_areas *full, const char *name)
{
    long found = -1;
    while (*name != '\0') {
        size_t len = strcspn(name, "/");
        long next = len > 0 ? find_title(full, found, name, len) : -1;
        if (next >= 0)
            found = next;
        name += len + (name[len] == '/');
    }
    return found;
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
    for (size_t k = 0; k < r->n_names; k++) {
        long found = area_by_name(full, r->names[k]);
        if (found >= 0)
            return found;
    }
    return 0;
}
