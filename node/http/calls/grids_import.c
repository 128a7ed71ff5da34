/* grids_import.c: POST /api/v1/grids:import: many grids at once, from somebody's GeoJSON or from rows of a spreadsheet.
 *
 *   FeatureCollection (properties code, title, node) ─► topology/geo ─► boundaries, faults ─┐
 *   {"rows":[{code, title, node?, worker, …}]} ─► the fields of a grid ─────────────────────┤
 *        ┌──────────────────────────────────────────────────────────────────────────────────┘
 *        ├─► of this node: GridMade, unless it is so already      (added, changed)
 *        ├─► of a node below: GridOrdered: its owner makes it its own (sent)
 *        └─► beside those that are known: overlaps, gaps
 *
 * A row that is wrong is told with its place and loses nothing of the others. All that is right goes in one job. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/grids_beside.h"
#include "node/http/calls/resources.h"
#include "node/http/shape/boundary.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"
#include "proto/said.h"
#include "topology/geo/pack.h"

enum {
    GRIDS_MOST = 2000, /* of one call */
    ARENA = 128 * 1024 * 1024,
    ERRORS_SHOWN = 200
};
static const struct qp_resource *const GRIDS = &qp_resources[QP_RESOURCE_GRID];

/* One grid that came in. */
struct one {
    size_t at; /* feature or row, from 1 */
    const char *code, *node;
    Qp__GridMade *made;
    bool below, added, same;
    uint8_t to[QP_ID_LEN];
    uint64_t version; /* that it has here; 0: none that stands */
};

struct import {
    struct qp_call *c;
    struct qp_arena *a;
    bool rows;
    struct qp_geo_file f;
    struct qp_grids_beside beside; /* with what is known */
    struct one *v;
    size_t n;
    size_t *line; /* of each command: its place in v */
    size_t added, changed, sent, errors_all;
    struct qp_json errors;
};

static void import_free(void *state)
{
    struct import *m = state;
    qp_grids_beside_free(&m->beside);
    qp_geo_file_free(&m->f);
    qp_json_drop(&m->errors);
    qp_arena_free(m->a);
    free(m);
}

static void wrong(struct import *m, size_t at, const char *code, const char *error, const char *field,
                  const char *text)
{
    if (m->errors_all++ >= ERRORS_SHOWN)
        return;
    qp_json_object(&m->errors);
    qp_json_put(&m->errors, "error", error);
    char zh[QP_SAID_ZH];
    qp_json_put(&m->errors, "message", text);
    qp_json_put_full(&m->errors, "message_zh", qp_said_or_kind(error, text, zh));
    qp_json_put_int(&m->errors, m->rows ? "row" : "feature", (int64_t)at);
    qp_json_put_full(&m->errors, "code", code);
    qp_json_put_full(&m->errors, "field", field);
    qp_json_object_end(&m->errors);
}

static void wrong_fault(struct import *m, const struct one *o, const struct qp_fault *f)
{
    wrong(m, o->at, o->code, qp_error_name(f->e.code), f->field, f->e.text);
}

/* ---- whose it is ---- */

/* False: told. */
static bool whose(struct import *m, struct one *o, struct qp_read *r)
{
    const struct qp_cert *self = &m->c->h->self;
    struct qp_node_entry at;
    struct qp_fault f = {.field = ""};
    if (strcmp(o->node, self->path) == 0) {
        memcpy(o->to, self->node, QP_ID_LEN);
        return true;
    }
    o->below = true;
    int rc = qp_path_within(o->node, self->path) ? qp_node_by_path(r, o->node, &at) : QP_ENOTFOUND;
    if (rc)
        qp_fault_set(&f, QP_EPOLICY, "node", "there is no node %.200s at or below this one, %s", o->node,
                     self->path);
    else if (at.revoked)
        qp_fault_set(&f, QP_EPOLICY, "node", "%.200s is revoked; invite it again first", o->node);
    if (f.e.code)
        wrong_fault(m, o, &f);
    memcpy(o->to, at.node, QP_ID_LEN);
    return f.e.code == 0;
}

/* As it stands: of this node, or as the node below has said it. NULL: it does not. */
static const Qp__GridMade *stands(struct import *m, struct one *o, struct qp_read *r)
{
    struct qp_resource_row row = {.version = 0};
    int rc = o->below ? qp_resource_read_of(r, GRIDS, o->to, o->code, m->a, &row)
                      : qp_resource_read(r, GRIDS, o->code, m->a, &row);
    if (rc || row.ended_us)
        return NULL;
    o->version = row.version;
    return (const Qp__GridMade *)row.made;
}

static bool same(struct import *m, const Qp__GridMade *a, const Qp__GridMade *b)
{
    size_t n[2];
    const uint8_t *x = qp_encode(&a->base, m->a, &n[0]), *y = qp_encode(&b->base, m->a, &n[1]);
    return x && y && n[0] == n[1] && memcmp(x, y, n[0]) == 0;
}

/* What is to stand, and whether it does already, and nothing that was ordered before is on its way to change it. Of one below only
 * what was said is ordered. */
static void settle(struct import *m, struct one *o, const Qp__GridMade *was, Qp__GridMade *whole,
                   struct qp_read *r)
{
    o->added = !was;
    o->same = was && same(m, was, whole) && !(o->below && qp_grid_order_waits(r, o->to, o->code));
    if (!o->below)
        o->made = whole;
}

static Qp__GridMade *grid_new(struct import *m, const char *code)
{
    Qp__GridMade *g = qp_arena_take(m->a, sizeof *g);
    if (g) {
        qp__grid_made__init(g);
        g->code = qp_arena_text(m->a, code);
    }
    return g && g->code ? g : NULL;
}

/* ---- GeoJSON ---- */

static bool take_feature(struct import *m, const struct qp_geo_grid *from, struct qp_read *r)
{
    struct one *o = &m->v[m->n];
    *o = (struct one){.at = from->feature, .code = from->code, .node = from->node};
    Qp__GridMade *made = o->made = grid_new(m, from->code), *whole = made;
    if (!made || !whose(m, o, r))
        return made;
    made->title = (char *)(uintptr_t)from->title;
    struct qp_fault f = {.field = ""};
    if (qp_geo_pack(&made->boundary, &from->shape, m->a, &f.e)) {
        wrong_fault(m, o, &f);
        return true;
    }
    const Qp__GridMade *was = stands(m, o, r);
    if (was && (whole = qp_arena_copy(m->a, was, sizeof *was))) {
        whole->title = made->title;
        whole->boundary = made->boundary;
    }
    if (!whole)
        return false;
    settle(m, o, was, whole, r);
    m->n++;
    return true;
}

static int read_features(struct import *m, struct qp_read *r, enum qp_crs crs, struct qp_fault *f)
{
    const struct qp_geo_how how = {crs, false};
    int rc = qp_geo_read(&m->f, (const char *)m->c->body, m->c->body_len, &how, &f->e);
    if (rc)
        return rc;
    if (m->f.features == 0 && m->f.all_faults > 0) {
        char text[QP_GEO_SENTENCE];
        qp_geo_fault_text(text, &m->f.faults[0], false);
        return qp_fault_set(f, QP_EINVAL, "", "%s", text);
    }
    if (m->f.n > GRIDS_MOST)
        return qp_fault_set(f, QP_EBIG, "", "an import has at most %d grids: send them in parts", GRIDS_MOST);
    for (size_t i = 0; i < m->f.n_faults && i < ERRORS_SHOWN; i++)
        qp_json_geo_fault(&m->errors, &m->f.faults[i]);
    m->errors_all = m->f.all_faults;
    bool room = true;
    for (size_t i = 0; i < m->f.n && room; i++)
        room = take_feature(m, &m->f.grids[i], r);
    return room
               ? 0
               : qp_fault_set(f, QP_ENOMEM, "", "the import takes more memory than it may: send it in parts");
}

/* ---- rows ---- */

/* Who works for one of this node's must be an account here. */
static void look_at_people(struct qp_fields *s, const struct one *o, const Qp__GridMade *g, struct qp_read *r)
{
    const struct qp_resource *users = &qp_resources[QP_RESOURCE_USER];
    static const char *const remedy = "make it first (qipan user add)";
    if (o->below || !qp_fields_ok(s))
        return;
    if (*g->worker && !qp_resource_stands(r, users, g->worker))
        qp_fields_fault(s, QP_EPOLICY, "worker", "there is no account %s at this node: %s", g->worker,
                        remedy);
    for (size_t i = 0; i < g->n_deputies && qp_fields_ok(s); i++)
        if (!qp_resource_stands(r, users, g->deputies[i]))
            qp_fields_fault(s, QP_EPOLICY, "deputies", "there is no account %s at this node: %s",
                            g->deputies[i], remedy);
}

static bool take_row(struct import *m, const json_t *row, size_t at, struct qp_read *r)
{
    struct qp_fault f = {.field = ""};
    struct qp_fields s;
    struct one *o = &m->v[m->n];
    qp_fields_begin(&s, row, m->a, m->c->h->zone, &f);
    *o = (struct one){.at = at, .code = "", .node = m->c->h->self.path};
    if (!json_is_object(row))
        qp_fields_fault(&s, QP_EINVAL, "rows", "a row must be an object");
    if (qp_fields_ok(&s)) {
        o->code = qp_field_line(&s, "code", QP_NAME_BYTES, true);
        const char *node = qp_field_path(&s, "node", false);
        o->node = *node ? node : o->node;
    }
    if (qp_fields_ok(&s) && !whose(m, o, r))
        return true;
    const Qp__GridMade *was = qp_fields_ok(&s) ? stands(m, o, r) : NULL;
    Qp__GridMade *made = grid_new(m, o->code), *whole = made;
    if (was)
        whole = qp_arena_copy(m->a, was, sizeof *was);
    if (!made || !whole)
        return false;
    if (qp_fields_ok(&s) && o->below) /* only what is said is ordered */
        qp_sheet_read(&s, qp_grid_view.sheet, &made->base, was);
    if (qp_fields_ok(&s))
        qp_sheet_read(&s, qp_grid_view.sheet, &whole->base, was);
    look_at_people(&s, o, whole, r);
    s.taken = 0; /* a field may have been asked for twice: what is unknown is looked for by name */
    for (void *it = json_object_iter((json_t *)(uintptr_t)row); it;
         it = json_object_iter_next((json_t *)(uintptr_t)row, it)) {
        bool known = false;
        for (size_t i = 0; i < s.nasked && !known; i++)
            known = strcmp(s.asked[i], json_object_iter_key(it)) == 0;
        s.taken += known;
    }
    if (qp_fields_end(&s)) {
        wrong_fault(m, o, &f);
        return true;
    }
    o->made = made;
    settle(m, o, was, whole, r);
    m->n++;
    return true;
}

static int read_rows(struct import *m, struct qp_read *r, const json_t *rows, struct qp_fault *f)
{
    size_t i;
    const json_t *row;
    bool room = true;
    m->rows = true;
    if (!json_is_array(rows))
        return qp_fault_set(f, QP_EINVAL, "rows", "`rows` must be a list of objects");
    if (json_array_size(rows) > GRIDS_MOST)
        return qp_fault_set(f, QP_EBIG, "rows", "an import has at most %d rows: send them in parts",
                            GRIDS_MOST);
    json_array_foreach(rows, i, row) if (room) room = take_row(m, row, i + 1, r);
    return room
               ? 0
               : qp_fault_set(f, QP_ENOMEM, "", "the import takes more memory than it may: send it in parts");
}

static int compare(struct import *m, struct qp_read *r, struct qp_err *e)
{
    int rc = 0;
    for (size_t i = 0; i < m->n && !rc; i++)
        rc = qp_grids_beside_add(&m->beside, m->v[i].code, m->v[i].made->title, m->v[i].node,
                                 &m->v[i].made->boundary, m->a);
    return rc ? qp_fail(e, rc, "out of memory") : qp_grids_beside_find(&m->beside, m->c->h->core, r, m->a, e);
}

/* ---- out ---- */

static enum MHD_Result answer(struct qp_call *c)
{
    struct import *m = c->state;
    struct qp_json j = {0};
    size_t len;
    qp_json_array_end(&m->errors);
    char *errors = qp_json_take(&m->errors, &len);
    if (!errors)
        return qp_answer_error(c, 503, qp_error_name(QP_ENOMEM), "out of memory");
    qp_json_object(&j);
    qp_json_put_int(&j, "added", (int64_t)m->added);
    qp_json_put_int(&j, "changed", (int64_t)m->changed);
    qp_json_put_int(&j, "sent", (int64_t)m->sent);
    qp_json_beside(&j, &m->beside);
    qp_json_key(&j, "errors");
    qp_json_raw(&j, errors, len);
    qp_json_raw(&j, ",", 1);
    qp_json_put_int(&j, "errors_total", (int64_t)m->errors_all);
    if (!m->rows) {
        qp_json_put_int(&j, "features", (int64_t)m->f.features);
        qp_json_put(&j, "crs", qp_crs_name(m->f.crs));
        qp_json_put(&j, "converted_to", m->f.crs == QP_CRS_WGS84 ? NULL : "WGS84");
    }
    qp_json_object_end(&j);
    free(errors);
    return qp_answer_json(c, 200, &j);
}

static enum MHD_Result done(struct qp_call *c)
{
    struct import *m = c->state;
    qp_job_leave(c);
    for (size_t i = 0; i < c->job->n; i++) {
        const struct one *o = &m->v[m->line[i]];
        struct qp_fault f = {.field = ""};
        if (qp_job_fault(c->job, i, c->late, &f))
            wrong_fault(m, o, &f);
        else
            *(o->below ? &m->sent : o->added ? &m->added : &m->changed) += 1;
    }
    return answer(c);
}

/* ---- to the turn ---- */

static int command(struct import *m, struct qp_job *job, const struct one *o)
{
    Qp__Event *ev;
    struct qp_command *cmd = qp_job_add(job, o->below ? QP_OP_GROUND : QP_OP_RESOURCE, &m->c->auth, &ev);
    ProtobufCMessage *own;
    size_t n;
    const uint8_t *packed = qp_encode(&o->made->base, job->arena, &n);
    if (!cmd || !packed || qp_decode(&own, &qp__grid_made__descriptor, packed, n, job->arena, NULL))
        return QP_EBIG;
    ev->body_case = QP__EVENT__BODY_GRID_MADE;
    ev->grid_made = (Qp__GridMade *)own;
    cmd->if_version = (int64_t)o->version;
    if (!o->below)
        return 0;
    Qp__GridOrdered *order = qp_arena_take(job->arena, sizeof *order);
    if (!order)
        return QP_EBIG;
    qp__grid_ordered__init(order);
    order->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(job->arena, o->to, QP_ID_LEN)};
    order->grid = ev->grid_made;
    ev->body_case = QP__EVENT__BODY_GRID_ORDERED;
    ev->grid_ordered = order;
    return 0;
}

static int send_all(struct import *m, struct qp_fault *f)
{
    struct qp_call *c = m->c;
    struct qp_job *job = qp_job_new(c->h, m->n ? m->n : 1, ARENA);
    m->line = qp_arena_take(m->a, (m->n + 1) * sizeof *m->line);
    int rc = job && m->line ? 0 : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    for (size_t i = 0; i < m->n && !rc; i++) {
        if (m->v[i].same)
            continue;
        m->line[job->n] = i;
        rc = command(m, job, &m->v[i]);
        if (rc)
            qp_fault_set(f, rc, "", "the import takes more memory than it may: send it in parts");
    }
    if (!rc && job->n > 0)
        return qp_job_send(c, job, done, &f->e);
    c->job = job;
    return rc;
}

/* Has the object a member of this name, of its own, not of what is in it? Looked at before it is read, since a FeatureCollection
 * is read by others. What is no JSON is told by whoever reads it. */
static bool has_member(const char *p, size_t n, const char *name)
{
    size_t depth = 0, len = strlen(name);
    bool key = false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"') {
            size_t from = ++i;
            while (i < n && p[i] != '"')
                i += p[i] == '\\' ? 2 : 1;
            if (depth == 1 && key && i < n && i - from == len && memcmp(p + from, name, len) == 0)
                return true;
            key = false;
        } else if (p[i] == '{' || p[i] == '[') {
            depth++;
            key = p[i] == '{';
        } else if (p[i] == '}' || p[i] == ']') {
            depth -= depth > 0;
            key = false;
        } else if (p[i] == ',') {
            key = true;
        }
    }
    return false;
}

static int begin(struct import *m, struct qp_fault *f)
{
    struct qp_query q;
    struct qp_read r;
    json_t *o = NULL;
    qp_query_begin(&q, m->c, f);
    const char *name = qp_query_text(&q, "crs");
    enum qp_crs crs = qp_crs_of(name);
    if (name && crs == QP_CRS_UNKNOWN)
        qp_query_fault(&q, QP_EINVAL, "crs", "`crs` must be " QP_CRS_NAMES);
    int rc = qp_query_end(&q);
    m->v = qp_arena_take(m->a, (GRIDS_MOST + 1) * sizeof *m->v);
    if (!rc && !m->v)
        rc = qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    if (!rc)
        rc = qp_read_begin(m->c->h->store, &r, &f->e);
    if (rc)
        return rc;
    qp_json_array(&m->errors);
    bool rows = has_member((const char *)m->c->body, m->c->body_len, "rows");
    if (rows)
        rc = qp_json_load(&o, m->c->body, m->c->body_len, false, f);
    if (!rc)
        rc = rows ? read_rows(m, &r, json_object_get(o, "rows"), f) : read_features(m, &r, crs, f);
    if (!rc)
        rc = compare(m, &r, &f->e);
    qp_read_end(&r);
    json_decref(o);
    return rc;
}

enum MHD_Result qp_grids_import(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct import *m = calloc(1, sizeof *m);
    if (!m)
        return MHD_NO;
    c->state = m;
    c->state_free = import_free;
    m->c = c;
    m->a = qp_arena_new(ARENA);
    int rc = m->a ? begin(m, &f) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc)
        rc = send_all(m, &f);
    if (rc)
        return qp_answer_fault(c, &f);
    return c->job && c->job->n > 0 ? MHD_YES : answer(c);
}
