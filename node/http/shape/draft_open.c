/* draft_open.c: a reported matter, field by field, becomes the draft of an Opened event. Called by matters.c
 * and batch.c. */
#include <string.h>

#include "node/http/shape/draft.h"
#include "node/http/shape/files.h"
#include "node/http/shape/position.h"
#include "topology/geo/crs.h"

/* What is said to have happened has happened, but for clocks that differ and dates without a time. */
static void check_ahead(struct qp_fields *s, const char *name, int64_t at_us)
{
    if (at_us > qp_wall_us() + INT64_C(86400000000))
        qp_fields_fault(s, QP_EINVAL, name, "`%s` lies more than a day ahead of this node's clock", name);
}

int64_t qp_draft_at(struct qp_draft *d, struct qp_fields *s)
{
    int64_t at_us = qp_field_time(s, "at", false);
    if (at_us && !(d->auth->rights & QP_RIGHT_IMPORT))
        qp_fields_fault(s, QP_EDENIED, "at", "%s lacks the right `import`: only an importer states times",
                        d->auth->by);
    check_ahead(s, "at", at_us);
    return at_us;
}

int qp_draft_finish(struct qp_draft *d, struct qp_fields *s, Qp__Event *ev, const char *verb, int64_t at_us)
{
    const char *key = d->line ? qp_field_text(s, "key", QP_REF_BYTES, false) : d->key;
    int rc = qp_fields_end(s);
    if (rc)
        return rc;
    ev->at_us = at_us;
    if (!key || (d->line && !*key))
        return 0;
    size_t len = strlen(key);
    if (len == 0 || len > QP_REF_BYTES || !qp_utf8_ok(key, len))
        return qp_fields_fault(s, QP_EINVAL, "Idempotency-Key",
                               "Idempotency-Key must be 1 to %d bytes of UTF-8", QP_REF_BYTES);
    ev->key = qp_arena_text(s->a, key);
    ev->request.data = qp_arena_take(s->a, QP_REQUEST_LEN);
    ev->request.len = QP_REQUEST_LEN;
    if (!ev->key || !ev->request.data ||
        !qp_request_hash(ev->request.data, verb, d->o, d->sealed ? qp_vault_keys(d->h->vault) : NULL))
        return qp_fields_fault(s, QP_ENOMEM, "", "out of memory");
    return 0;
}

static double degrees(struct qp_fields *s, const char *name, double most)
{
    const json_t *v = qp_field(s, name);
    double x = v && json_is_number(v) ? json_number_value(v) : most + 1;
    if (!(x >= -most && x <= most))
        qp_fields_fault(s, QP_EINVAL, name, "`location.%s` must be a number from -%g to %g", name, most,
                        most);
    return x;
}

static Qp__Location *location(struct qp_fields *s)
{
    const json_t *o = qp_field(s, "location");
    if (!o)
        return NULL;
    Qp__Location *l = qp_arena_take(s->a, sizeof *l);
    if (!json_is_object(o) || !l) {
        qp_fields_fault(s, QP_EINVAL, "location", "`location` must be {lat, lon, crs?}");
        return NULL;
    }
    if (!qp_fields_ok(s))
        return NULL;
    struct qp_fields in;
    qp_fields_begin(&in, o, s->a, s->zone, s->f);
    qp__location__init(l);
    l->lat = degrees(&in, "lat", 90);
    l->lon = degrees(&in, "lon", 180);
    const char *name = qp_field_text(&in, "crs", 16, false);
    enum qp_crs crs = *name ? qp_crs_of(name) : QP_CRS_WGS84;
    l->crs = qp_arena_text(s->a, qp_crs_name(crs));
    if (!l->crs)
        qp_fields_fault(&in, QP_ENOMEM, "", "out of memory");
    else if (qp_fields_ok(&in) && crs == QP_CRS_UNKNOWN)
        qp_fields_fault(&in, QP_EINVAL, "crs", "`location.crs` must be " QP_CRS_NAMES);
    else if (qp_fields_ok(&in))
        qp_crs_to_wgs84(crs, &l->lat, &l->lon);
    qp_fields_end(&in);
    return l;
}

static void area(struct qp_draft *d, struct qp_fields *s, Qp__Face *face)
{
    face->area = qp_field_path(s, "area", false);
    if (*face->area && qp_fields_ok(s) && !qp_path_within(face->area, d->h->self.path))
        qp_fields_fault(s, QP_EPOLICY, "area",
                        "`area` must be at or below this node, `%s`; report it at the node above both",
                        d->h->self.path);
}

/* May a matter be offered there? */
static bool is_there(struct qp_draft *d, struct qp_read *r, const char *path)
{
    struct qp_node_entry n;
    return !atomic_load(&d->h->recovering) && !qp_node_by_path(r, path, &n) && !n.revoked;
}

/* GR2: with a position and no area it goes to the node of the grid that it lies in; with an area of its own it only learns
 * its grid there. Outside of all it stays here, and the answer says so (warnings.c). */
static void find_grid(struct qp_draft *d, struct qp_fields *s, Qp__Face *face)
{
    struct qp_found_grid g;
    struct qp_geo_point p;
    struct qp_read r;
    bool any;
    const char *self = d->h->self.path, *area = *face->area ? face->area : self;
    if (!qp_fields_ok(s) || !face->location ||
        !qp_geo_point_of(&p, QP_CRS_WGS84, face->location->lat, face->location->lon) ||
        qp_read_begin(d->h->store, &r, NULL))
        return;
    bool found = qp_locate(d->h, &r, p, &g, &any, NULL), here = found && strcmp(g.node, area) == 0;
    if (found && !here && !*face->area && is_there(d, &r, g.node)) {
        face->area = qp_arena_text(s->a, g.node);
        here = true;
    }
    qp_read_end(&r);
    if (here)
        face->grid = qp_arena_text(s->a, g.code);
    if (!face->area || !face->grid)
        qp_fields_fault(s, QP_EBIG, "", "the request takes more memory than it may");
}

/* Who is narrowed reports only what he will see (DE2). */
static void check_span(struct qp_draft *d, struct qp_fields *s, const Qp__Face *face)
{
    const struct qp_span *r = &d->auth->span;
    const char *area = *face->area ? face->area : d->h->self.path;
    if (!qp_fields_ok(s) || qp_span_holds(r, area, face->category))
        return;
    qp_fields_fault(
        s, QP_EDENIED, r->nareas ? "area" : "category",
        "%s reports only in the areas and of the categories that it is narrowed to (GET /api/v1/me says "
        "which); this is of %s in %s",
        d->auth->by, face->category, area);
}

static void face_read(struct qp_draft *d, struct qp_fields *s, Qp__Face *face)
{
    face->category = qp_field_line(s, "category", QP_NAME_BYTES, true);
    face->title = qp_field_line(s, "title", QP_TITLE_BYTES, true);
    face->text = qp_field_text(s, "text", QP_TEXT_BYTES, false);
    face->source = qp_field_line(s, "source", QP_NAME_BYTES, true);
    face->source_ref = qp_field_line(s, "source_ref", QP_REF_BYTES, false);
    face->occurred_us = qp_field_past(s, "occurred_at");
    check_ahead(s, "occurred_at", face->occurred_us);
    face->location = location(s);
    face->place = qp_field_line(s, "place", QP_PLACE_BYTES, false);
    area(d, s, face);
    face->urgency = qp_field_urgency(s, "urgency"); /* 0: the category's (core/proposed.h) */
    face->deadline_us = qp_field_due(s, "deadline", false);
    face->desk = qp_field_line(s, "desk", QP_NAME_BYTES, false);
    face->exercise = qp_field_bool(s, "exercise", false, false);
    qp_files_read(d->h, d->auth, s, &face->attachments, &face->n_attachments);
    qp_draft_personal(d, s, face);
}

int qp_draft_open(struct qp_draft *d)
{
    struct qp_fields s;
    struct qp_arena *a = d->job->arena;
    qp_fields_begin(&s, d->o, a, d->h->zone, d->f);
    Qp__Face *face = qp_arena_take(a, sizeof *face);
    Qp__Opened *opened = qp_arena_take(a, sizeof *opened);
    if (!face || !opened)
        return qp_fault_set(d->f, QP_ENOMEM, "", "out of memory");
    qp__face__init(face);
    qp__opened__init(opened);
    opened->face = face;
    face_read(d, &s, face);
    find_grid(d, &s, face);
    check_span(d, &s, face);
    int64_t at_us = qp_draft_at(d, &s);
    if (!at_us && (d->auth->rights & QP_RIGHT_IMPORT))
        at_us = face->occurred_us; /* an importer's records open when they say */
    if (at_us < 0)
        qp_fields_fault(&s, QP_EINVAL, "at",
                        "`at` is missing: an importer's record opens when it occurred, and nothing opens "
                        "before 1970; say in `at` when it was reported");
    Qp__Event end = QP__EVENT__INIT, *ev;
    int rc = qp_draft_finish(d, &s, &end, "open", at_us);
    if (rc)
        return rc;
    struct qp_command *cmd = qp_job_add(d->job, QP_OP_STEP, d->auth, &ev);
    if (!cmd)
        return qp_fault_set(d->f, QP_EBIG, "", "the request takes more memory than it may");
    ev->at_us = end.at_us;
    ev->key = end.key;
    ev->request = end.request;
    ev->body_case = QP__EVENT__BODY_OPENED;
    ev->opened = opened;
    cmd->sealed = d->sealed;
    return 0;
}
