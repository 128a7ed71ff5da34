/* geojson.c: a file's features, one after the other: their properties and boundaries. See geojson.h.
 *
 * Each feature is passed over first (members.c), which finds where its members stand and leaves the reading behind it:
 * whatever is wrong inside costs this feature alone. */
#include "topology/geo/geojson.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/geo/members.h"
#include "topology/geo/reading.h"
#include "topology/path.h"
#include "topology/shown.h"

enum { KEPT_BYTES = 512 * 1024 * 1024, SCRATCH_BYTES = 2 * QP_GEO_FILE_BYTES };

struct qp_geo_memory {
    struct qp_arena *kept;
    size_t cap_grids, cap_faults;
};

/* Of the whole file, whatever was being read. */
static bool file_fault(struct qp_geo_reading *r, enum qp_geo_fault_kind kind, const char *text)
{
    return qp_geo_fault(r, kind, "%.*s", qp_shown(text, sizeof r->at.detail - 1), text);
}

/* What stopped the passing over an object. */
static bool not_passed(struct qp_geo_reading *r, const struct qp_json_reader *j, enum qp_json_pass why,
                       const char *twice)
{
    switch (why) {
    case QP_PASS_SYNTAX: {
        const char *text = j->e->text;
        return file_fault(r, QP_GEO_SYNTAX, text + strspn(text, " "));
    }
    case QP_PASS_DEEP: return qp_geo_fault(r, QP_GEO_TOO_DEEP, "%d", QP_GEO_DEPTH);
    case QP_PASS_TWICE: return qp_geo_fault(r, QP_GEO_TWICE, "%s", twice ? twice : "");
    case QP_PASSED: break;
    }
    return true;
}

/* A member's text in the scratch arena; NULL where it is absent or no string. */
static const char *text_of(const struct qp_json_reader *j, const struct qp_member *m)
{
    char *text;
    size_t len;
    if (!m->from || *m->from != '"')
        return NULL;
    struct qp_json_reader in = qp_member_reader(j, m);
    return !qp_json_string(&in, &text, &len) ? text : NULL;
}

/* ---- properties ---- */

static void note_ignored(void *reading, const char *name)
{
    struct qp_geo_reading *r = reading;
    struct qp_geo_file *f = r->out;
    if (r->how->outline || qp_line_check(name, strlen(name)) != QP_LINE_OK)
        return;
    for (size_t i = 0; i < f->n_ignored; i++)
        if (strcmp(f->ignored[i], name) == 0)
            return;
    char *copy =
        f->n_ignored < QP_GEO_IGNORED && strlen(name) <= QP_NAME_BYTES ? qp_arena_text(r->kept, name) : NULL;
    if (copy)
        f->ignored[f->n_ignored++] = copy;
}

/* Digits, which map programs make of codes: the text of the number. */
static const char *digits_of(struct qp_geo_reading *r, const struct qp_member *m)
{
    size_t len = (size_t)(m->end - m->from);
    char *copy = strspn(m->from, "0123456789") >= len ? qp_arena_take(r->scratch, len + 1) : NULL;
    if (copy) {
        memcpy(copy, m->from, len);
        copy[len] = 0;
    }
    return copy;
}

/* "" where it is absent or null, and where an outline's is nothing to be shown. */
static bool property(struct qp_geo_reading *r, const struct qp_json_reader *j, const struct qp_member *m,
                     size_t most, const char **out)
{
    *out = "";
    if (!m->from || *m->from == 'n')
        return true;
    const char *text = *m->from == '"' ? text_of(j, m) : digits_of(r, m);
    enum qp_geo_fault_kind wrong = !text                 ? QP_GEO_NO_TEXT
                                   : strlen(text) > most ? QP_GEO_LONG_TEXT
                                   : *text && qp_line_check(text, strlen(text)) != QP_LINE_OK
                                       ? QP_GEO_UNSEEN_TEXT
                                       : QP_GEO_FAULT_KINDS;
    if (wrong != QP_GEO_FAULT_KINDS)
        return r->how->outline || qp_geo_fault(r, wrong, "%s", m->name);
    *out = qp_arena_text(r->kept, text);
    r->no_memory = r->no_memory || !*out;
    return *out;
}

static bool all_said(struct qp_geo_reading *r, const struct qp_geo_grid *g)
{
    const char *names[] = {*g->code ? "" : ", code", *g->title ? "" : ", title", *g->node ? "" : ", node"};
    char missing[40];
    struct qp_err why;
    if (r->how->outline)
        return true;
    snprintf(missing, sizeof missing, "%s%s%s", names[0], names[1], names[2]);
    if (*missing)
        return qp_geo_fault(r, QP_GEO_MISSING, "%s", missing + 2);
    if (qp_path_check(g->node, &why))
        return qp_geo_fault(r, QP_GEO_BAD_NODE, "%.*s", qp_shown(why.text, 140), why.text);
    return true;
}

static bool properties(struct qp_geo_reading *r, const struct qp_json_reader *j, const struct qp_member *m,
                       struct qp_geo_grid *g)
{
    struct qp_member names[] = {{.name = "code"}, {.name = "title"}, {.name = "node"}};
    const char *twice = NULL;
    g->code = g->title = g->node = "";
    if (m->from && *m->from == '{') {
        struct qp_json_reader in = qp_member_reader(j, m);
        enum qp_json_pass rc = qp_pass_object(&in, names, 3, QP_GEO_DEPTH, note_ignored, r, &twice);
        if (rc != QP_PASSED)
            return not_passed(r, &in, rc, twice);
    }
    if (!property(r, j, &names[0], QP_NAME_BYTES, &g->code))
        return false;
    snprintf(r->at.code, sizeof r->at.code, "%s", g->code);
    if (!property(r, j, &names[1], QP_TITLE_BYTES, &g->title) ||
        !property(r, j, &names[2], QP_PATH_MAX - 1, &g->node))
        return false;
    return all_said(r, g);
}

/* ---- boundaries ---- */

static bool copy_shape(struct qp_geo_reading *r, struct qp_geo_shape *s)
{
    s->n_points = r->n_points;
    s->n_rings = r->n_rings;
    s->points = qp_arena_copy(r->kept, r->points, r->n_points * sizeof *r->points);
    s->rings = qp_arena_copy(r->kept, r->rings, r->n_rings * sizeof *r->rings);
    s->box = qp_geo_box_of(r->points, r->n_points);
    r->no_memory = r->no_memory || !s->points || !s->rings;
    return !r->no_memory;
}

/* {"type": "Polygon", "coordinates": …} */
static bool geometry(struct qp_geo_reading *r, const struct qp_json_reader *j, const struct qp_member *m,
                     struct qp_geo_shape *s)
{
    struct qp_member in[] = {{.name = "type"}, {.name = "coordinates"}};
    const char *twice = NULL;
    if (!m->from || *m->from != '{')
        return qp_geo_fault(r, QP_GEO_NO_GEOMETRY, "null");
    struct qp_json_reader g = qp_member_reader(j, m);
    enum qp_json_pass rc = qp_pass_object(&g, in, 2, QP_GEO_DEPTH, NULL, NULL, &twice);
    if (rc != QP_PASSED)
        return not_passed(r, &g, rc, twice);
    const char *type = text_of(j, &in[0]);
    if (!type || (strcmp(type, "Polygon") != 0 && strcmp(type, "MultiPolygon") != 0))
        return qp_geo_fault(r, QP_GEO_NO_GEOMETRY, "\"%.*s\"", qp_shown(type ? type : "", 40),
                            type ? type : "");
    if (!in[1].from)
        return qp_geo_fault(r, QP_GEO_NO_GEOMETRY, "{\"type\":\"%s\"}", type);
    if (!qp_geo_rings_read(r, in[1].from, in[1].end, type[0] == 'M') || !copy_shape(r, s))
        return false;
    return qp_geo_sound(r, s);
}

static bool keep_grid(struct qp_geo_reading *r, const struct qp_geo_grid *g)
{
    struct qp_geo_file *f = r->out;
    if (f->n == f->memory->cap_grids) {
        size_t cap = f->n ? 2 * f->n : 64;
        struct qp_geo_grid *more = realloc(f->grids, cap * sizeof *more);
        if (!more) {
            r->no_memory = true;
            return false;
        }
        f->grids = more;
        f->memory->cap_grids = cap;
    }
    f->grids[f->n++] = *g;
    return true;
}

/* Members of a Feature. */
enum { TYPE, GEOMETRY, PROPERTIES, FEATURE_MEMBERS };

static void feature_of(struct qp_geo_reading *r, const struct qp_json_reader *j,
                       const struct qp_member m[FEATURE_MEMBERS])
{
    struct qp_geo_grid g = {.feature = r->at.feature};
    const char *type = text_of(j, &m[TYPE]);
    if (!type || strcmp(type, "Feature") != 0) {
        qp_geo_fault(r, QP_GEO_NO_FEATURE, "\"%.*s\"", qp_shown(type ? type : "", 40), type ? type : "");
        return;
    }
    bool ok = properties(r, j, &m[PROPERTIES], &g);
    if (geometry(r, j, &m[GEOMETRY], &g.shape) && ok && !r->no_memory)
        keep_grid(r, &g);
}

/* One of the list. False: the reading ends here. */
static bool feature(struct qp_geo_reading *r, struct qp_json_reader *j)
{
    struct qp_member m[FEATURE_MEMBERS] = {{.name = "type"}, {.name = "geometry"}, {.name = "properties"}};
    const char *twice = NULL;
    r->at = (struct qp_geo_fault){.feature = ++r->out->features};
    if (r->out->features > QP_GEO_FEATURES) {
        r->at.feature = 0;
        return qp_geo_fault(r, QP_GEO_MANY_FEATURES, "%d", QP_GEO_FEATURES);
    }
    enum qp_json_pass rc = QP_PASSED;
    char first = qp_json_peek(j);
    struct qp_json_reader before = *j;
    if (first != '{')
        qp_geo_fault(r, QP_GEO_NO_FEATURE, "%c…", first);
    else
        rc = qp_pass_object(j, m, FEATURE_MEMBERS, QP_GEO_DEPTH, NULL, NULL, &twice);
    if (rc != QP_PASSED)
        not_passed(r, j, rc, twice);
    if (rc != QP_PASSED || first != '{') { /* behind it, as the file was passed over once already */
        *j = before;
        return qp_pass_value(j, QP_GEO_DEPTH) == QP_PASSED;
    }
    feature_of(r, j, m);
    qp_arena_reset(r->scratch);
    return !r->no_memory;
}

/* ---- the file ---- */

static bool features(struct qp_geo_reading *r, struct qp_json_reader j)
{
    if (!qp_json_take_char(&j, '['))
        return qp_geo_fault(r, QP_GEO_WRONG_FILE, "{\"features\": %c…}", qp_json_peek(&j));
    if (qp_json_take_char(&j, ']'))
        return true;
    do {
        if (!feature(r, &j))
            return false;
    } while (qp_json_take_char(&j, ','));
    return true;
}

/* "urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326" … of the standard of 2008, which map programs still write. */
static enum qp_crs crs_said(const char *name)
{
    if (strstr(name, "CRS84") || strstr(name, ":4326"))
        return QP_CRS_WGS84;
    return strstr(name, ":4490") ? QP_CRS_CGCS2000 : qp_crs_of(name);
}

static bool crs_member(struct qp_geo_reading *r, const struct qp_json_reader *j, const struct qp_member *m)
{
    struct qp_member in[] = {{.name = "properties"}}, name[] = {{.name = "name"}};
    const char *twice = NULL;
    if (!m->from || *m->from != '{')
        return true;
    struct qp_json_reader at = qp_member_reader(j, m);
    if (qp_pass_object(&at, in, 1, QP_GEO_DEPTH, NULL, NULL, &twice) != QP_PASSED || !in[0].from ||
        *in[0].from != '{')
        return true;
    at = qp_member_reader(j, &in[0]);
    if (qp_pass_object(&at, name, 1, QP_GEO_DEPTH, NULL, NULL, &twice) != QP_PASSED)
        return true;
    const char *said = text_of(j, &name[0]);
    enum qp_crs crs = said ? crs_said(said) : QP_CRS_WGS84;
    if (r->how->crs !=
        QP_CRS_UNKNOWN) /* whoever says it knows it better than the program that wrote the file */
        return true;
    if (crs == QP_CRS_UNKNOWN)
        return qp_geo_fault(r, QP_GEO_UNKNOWN_CRS, "\"%.*s\"", qp_shown(said, 80), said);
    r->out->crs = crs;
    return true;
}

/* A bare Polygon: a feature without properties. */
static bool bare(struct qp_geo_reading *r, const struct qp_json_reader *j, const struct qp_member *whole)
{
    struct qp_geo_grid g = {.code = "", .title = "", .node = "", .feature = 1};
    r->out->features = r->at.feature = 1;
    bool ok = all_said(r, &g);
    return geometry(r, j, whole, &g.shape) && ok && keep_grid(r, &g);
}

/* By the type of the outermost object. */
static bool file_of(struct qp_geo_reading *r, const struct qp_json_reader *j, const char *type,
                    const struct qp_member *list, struct qp_json_reader again, const char *end)
{
    struct qp_member whole = {.from = again.p, .end = end};
    if (strcmp(type, "FeatureCollection") == 0 && list->from)
        return features(r, qp_member_reader(j, list));
    if (strcmp(type, "FeatureCollection") == 0)
        return qp_geo_fault(r, QP_GEO_WRONG_FILE, "{\"type\": \"FeatureCollection\"}");
    if (strcmp(type, "Feature") == 0)
        return feature(r, &again);
    if (strcmp(type, "Polygon") == 0 || strcmp(type, "MultiPolygon") == 0)
        return bare(r, j, &whole);
    return qp_geo_fault(r, QP_GEO_WRONG_FILE, "\"%.*s\"", qp_shown(type, 40), type);
}

/* Some bytes of what stands there instead; those that are no text are not shown. */
static bool no_object(struct qp_geo_reading *r, const struct qp_json_reader *j)
{
    char text[17];
    size_t n = (size_t)(j->end - j->p) < sizeof text - 1 ? (size_t)(j->end - j->p) : sizeof text - 1;
    for (size_t i = 0; i < n; i++)
        text[i] = (char)(j->p[i] >= ' ' && j->p[i] < 127 ? j->p[i] : '?');
    text[n] = 0;
    return qp_geo_fault(r, QP_GEO_NO_OBJECT, "%s", text);
}

static bool read_file(struct qp_geo_reading *r, struct qp_json_reader *j)
{
    struct qp_member m[] = {{.name = "type"}, {.name = "features"}, {.name = "crs"}};
    const char *twice = NULL;
    if (j->end - j->p >= 3 && memcmp(j->p, "\xef\xbb\xbf", 3) == 0)
        j->p += 3;
    if (qp_json_peek(j) != '{')
        return no_object(r, j);
    struct qp_json_reader again = *j;
    enum qp_json_pass rc = qp_pass_object(j, m, 3, QP_GEO_DEPTH, NULL, NULL, &twice);
    if (rc != QP_PASSED)
        return not_passed(r, j, rc, twice);
    const char *end = j->p;
    if (qp_json_peek(j) != 0 || j->p != j->end) {
        qp_json_fail(j, "something stands behind the end");
        return not_passed(r, j, QP_PASS_SYNTAX, NULL);
    }
    const char *type = text_of(j, &m[0]), *kept = type ? qp_arena_text(r->kept, type) : "";
    if (!kept) {
        r->no_memory = true;
        return false;
    }
    if (!crs_member(r, j, &m[2]))
        return false;
    qp_arena_reset(r->scratch);
    return file_of(r, j, kept, &m[1], again, end);
}

/* ---- codes that are there twice ---- */

static int by_identity(const void *a, const void *b)
{
    const struct qp_geo_grid *const *x = a, *const *y = b;
    int c = strcmp((*x)->node, (*y)->node);
    if (c == 0)
        c = strcmp((*x)->code, (*y)->code);
    return c ? c : ((*x)->feature > (*y)->feature) - ((*x)->feature < (*y)->feature);
}

/* The first of a code stays, the others are faulty. */
static void drop_twins(struct qp_geo_reading *r)
{
    struct qp_geo_file *f = r->out;
    if (r->how->outline || f->n < 2)
        return;
    const struct qp_geo_grid **v = malloc(f->n * sizeof *v);
    if (!v) {
        r->no_memory = true;
        return;
    }
    for (size_t i = 0; i < f->n; i++)
        v[i] = &f->grids[i];
    qsort(v, f->n, sizeof *v, by_identity);
    for (size_t i = 1, first = 0; i < f->n; i++) {
        if (strcmp(v[i]->code, v[first]->code) != 0 || strcmp(v[i]->node, v[first]->node) != 0) {
            first = i;
            continue;
        }
        r->at = (struct qp_geo_fault){.feature = v[i]->feature};
        snprintf(r->at.code, sizeof r->at.code, "%s", v[i]->code);
        qp_geo_fault(r, QP_GEO_DUPLICATE, "%zu", v[first]->feature);
        f->grids[v[i] - f->grids].feature = 0; /* to be dropped */
    }
    free(v);
    size_t n = 0;
    for (size_t i = 0; i < f->n; i++)
        if (f->grids[i].feature != 0)
            f->grids[n++] = f->grids[i];
    f->n = n;
}

static int begin(struct qp_geo_reading *r, struct qp_geo_file *out, struct qp_err *e)
{
    out->memory = calloc(1, sizeof *out->memory);
    out->faults = calloc(QP_GEO_FAULTS_KEPT, sizeof *out->faults);
    r->kept = qp_arena_new(KEPT_BYTES);
    r->scratch = qp_arena_new(SCRATCH_BYTES);
    if (out->memory)
        out->memory->kept = r->kept;
    else
        qp_arena_free(r->kept);
    if (!out->memory || !out->faults || !r->kept || !r->scratch)
        return qp_fail(e, QP_ENOMEM, "no memory to read the boundaries");
    return qp_geo_engine_open(&r->engine, e);
}

int qp_geo_read(struct qp_geo_file *out, const char *text, size_t len, const struct qp_geo_how *how,
                struct qp_err *e)
{
    struct qp_geo_reading *r = calloc(1, sizeof *r);
    struct qp_err why = {0};
    *out = (struct qp_geo_file){.crs = how->crs == QP_CRS_UNKNOWN ? QP_CRS_WGS84 : how->crs};
    if (!r)
        return qp_fail(e, QP_ENOMEM, "no memory to read the boundaries");
    r->out = out;
    r->how = how;
    int rc = begin(r, out, e);
    struct qp_json_reader j = {text, text, text + len, r->scratch, &why, "", ""};
    if (!rc && len > QP_GEO_FILE_BYTES)
        qp_geo_fault(r, QP_GEO_FILE_TOO_LARGE, "%d", QP_GEO_FILE_BYTES / 1024 / 1024);
    else if (!rc && !read_file(r, &j) && out->all_faults == 0)
        r->no_memory = true;
    if (!rc)
        drop_twins(r);
    if (!rc && r->no_memory)
        rc = qp_fail(e, QP_ENOMEM, "no memory for the boundaries");
    qp_geo_engine_close(r->engine);
    qp_arena_free(r->scratch);
    free(r->points);
    free(r);
    return rc;
}

void qp_geo_file_free(struct qp_geo_file *f)
{
    if (f->memory)
        qp_arena_free(f->memory->kept);
    free(f->memory);
    free(f->faults);
    free(f->grids);
    *f = (struct qp_geo_file){0};
}
