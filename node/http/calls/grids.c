/* grids.c: grids, as a resource (GR1, RE1). A node's own are made and changed here; those of the nodes below, as they
 * have said them, are read beside its own, each with its `node`: node and code are the identity. */
#include <stdio.h>
#include <string.h>

#include "node/core/ground.h"
#include "node/http/calls/grids_beside.h"
#include "node/http/calls/resources.h"
#include "node/http/shape/position.h"
#include "node/http/shape/refused.h"
#include "topology/geo/pack.h"

static const struct qp_sheet QP_UNIT[] = {QP_FIELDS_unit(QP_SHEET_I, QP_SHEET_F) QP_SHEET_E};
static const struct qp_sheet SHEET[] = {QP_FIELDS_grid(QP_SHEET_I, QP_SHEET_F) QP_SHEET_E};
static const struct qp_resource *const GRIDS = &qp_resources[QP_RESOURCE_GRID];

enum { CURSOR = 26 + 1 + QP_NAME_BYTES, ONE = 256 * 1024 };

/* ---- what no field alone can say ---- */

static bool stands(struct qp_read *r, const char *name)
{
    return qp_resource_stands(r, &qp_resources[QP_RESOURCE_USER], name);
}

static void account(struct qp_read *r, struct qp_fields *s, const char *field, const char *name)
{
    if (*name && !stands(r, name))
        qp_fields_fault(s, QP_EPOLICY, field, "there is no account %s at this node", name);
}

/* Who works for it is an account here when it is said; one that ends later stays, and is told. */
static void check(struct qp_making *m, struct qp_fields *s)
{
    const Qp__GridMade *g = (const Qp__GridMade *)m->made;
    struct qp_read r;
    if (!qp_fields_ok(s) || qp_read_begin(m->c->h->store, &r, &m->f.e))
        return;
    if (json_object_get(s->o, "worker"))
        account(&r, s, "worker", g->worker);
    for (size_t i = 0; i < g->n_deputies && json_object_get(s->o, "deputies"); i++)
        account(&r, s, "deputies", g->deputies[i]);
    qp_read_end(&r);
}

static void put_crs(struct qp_json *j, const struct qp_resource_row *row)
{
    const Qp__GridMade *g = (const Qp__GridMade *)row->made;
    qp_json_put(j, "crs", g->boundary.len ? "WGS84" : NULL);
}

/* Those of its people whose account was ended: they stay until the grid is changed (RE4). */
static void also(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_resource_row *row)
{
    const Qp__GridMade *g = (const Qp__GridMade *)row->made;
    (void)h;
    put_crs(j, row);
    qp_json_put_bool(j, "worker_ended", *g->worker && !stands(r, g->worker));
    qp_json_key(j, "deputies_ended");
    qp_json_array(j);
    for (size_t i = 0; i < g->n_deputies; i++)
        if (!stands(r, g->deputies[i]))
            qp_json_text(j, g->deputies[i]);
    qp_json_array_end(j);
}

/* Of a node below: accounts do not travel, so what became of them is known there alone. */
static void also_below(struct qp_json *j, struct qp_http *h, struct qp_read *r,
                       const struct qp_resource_row *row)
{
    (void)h;
    (void)r;
    put_crs(j, row);
    qp_json_key(j, "worker_ended");
    qp_json_null(j);
    qp_json_key(j, "deputies_ended");
    qp_json_null(j);
}
static const struct qp_view BELOW = {.kind = QP_RESOURCE_GRID, .sheet = SHEET, .also = also_below};

static void put_one(struct qp_json *j, struct qp_call *c, struct qp_read *r, struct qp_resource_row *row,
                    const char *path)
{
    bool own = strcmp(path, c->h->self.path) == 0;
    qp_json_object(j);
    qp_json_resource(j, own ? &qp_grid_view : &BELOW, c->h, r, row, path);
    qp_json_object_end(j);
}

/* ---- reading, of all nodes at and below this one ---- */

struct listing {
    struct qp_call *c;
    struct qp_read *r;
    struct qp_json j;
    const struct qp_list_args *p;
    const char *area;
    size_t n;
    bool more;
    uint8_t last[QP_ID_LEN];
    char last_code[QP_NAME_BYTES + 1];
};

/* Shows one; QP_EEXISTS: the page is full. */
static int show(struct listing *l, const uint8_t *node, const char *path, struct qp_resource_row *row)
{
    if ((row->ended_us && !l->p->ended) || (l->area && !qp_path_within(path, l->area)) ||
        !qp_auth_sees_place(&l->c->auth, path))
        return 0;
    if ((l->more = l->n == l->p->limit))
        return QP_EEXISTS;
    l->n++;
    memcpy(l->last, node, QP_ID_LEN);
    memcpy(l->last_code, row->id, sizeof l->last_code);
    put_one(&l->j, l->c, l->r, row, path);
    return 0;
}

static int list_own(struct listing *l, char *after, struct qp_arena *a)
{
    struct qp_resource_row row;
    const struct qp_cert *self = &l->c->h->self;
    int rc = 0;
    while (!rc && !(rc = qp_resource_next(l->r, GRIDS, after, a, &row))) {
        memcpy(after, row.id, sizeof row.id);
        rc = show(l, self->node, self->path, &row);
        qp_arena_reset(a);
    }
    return rc == QP_ENOTFOUND ? 0 : rc;
}

static int list_others(struct listing *l, uint8_t node[QP_ID_LEN], char *after, struct qp_arena *a)
{
    struct qp_resource_row row;
    struct qp_node_entry at = {.path = ""};
    int rc = 0;
    while (!rc && !(rc = qp_resource_next_of(l->r, GRIDS, node, after, a, &row))) {
        memcpy(after, row.id, sizeof row.id);
        if (memcmp(at.node, node, QP_ID_LEN) != 0 && qp_node_by_id(l->r, node, &at))
            at = (struct qp_node_entry){.path = ""};
        rc = *at.path && !at.revoked ? show(l, node, at.path, &row) : 0;
        qp_arena_reset(a);
    }
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* A cursor is "NODE/CODE" of the last one shown. */
static int list_from(struct listing *l, struct qp_fault *f)
{
    uint8_t node[QP_ID_LEN] = {0};
    char code[QP_NAME_BYTES + 1] = "", id[27] = "";
    const char *cursor = l->p->cursor;
    if (*cursor) {
        if (strlen(cursor) < 27 || cursor[26] != '/')
            return qp_fault_set(f, QP_EINVAL, "cursor",
                                "`cursor` must be the `next_cursor` of the page before");
        memcpy(id, cursor, 26);
        snprintf(code, sizeof code, "%s", cursor + 27);
        if (qp_id_parse(node, id))
            return qp_fault_set(f, QP_EINVAL, "cursor",
                                "`cursor` must be the `next_cursor` of the page before");
    }
    struct qp_arena *a = qp_arena_new(ONE * 8);
    bool own = !*cursor || memcmp(node, l->c->h->self.node, QP_ID_LEN) == 0;
    int rc = a ? 0 : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    if (!rc && own) {
        rc = list_own(l, code, a);
        memset(node, 0, sizeof node);
        code[0] = '\0';
    }
    if (!rc)
        rc = list_others(l, node, code, a);
    qp_arena_free(a);
    return rc == QP_EEXISTS ? 0 : rc;
}

static enum MHD_Result list(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_list_args p;
    struct qp_read r;
    struct listing l = {.c = c, .r = &r, .p = &p};
    qp_query_begin(&q, c, &f);
    l.area = qp_query_path(&q, "area");
    qp_list_args_read(&q, false, CURSOR, &p);
    int rc = qp_query_end(&q);
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    qp_json_object(&l.j);
    qp_json_key(&l.j, "items");
    qp_json_array(&l.j);
    rc = list_from(&l, &f);
    qp_read_end(&r);
    qp_json_array_end(&l.j);
    char id[27], next[CURSOR + 1] = "";
    if (l.more) {
        qp_id_text(id, l.last);
        snprintf(next, sizeof next, "%s/%s", id, l.last_code);
    }
    qp_json_put_full(&l.j, "next_cursor", next);
    qp_json_object_end(&l.j);
    if (!rc)
        return qp_answer_json(c, 200, &l.j);
    qp_json_drop(&l.j);
    if (!f.e.code)
        qp_fault_set(&f, rc, "", "the list of the grids cannot be read");
    return qp_answer_fault(c, &f);
}

struct seek {
    const struct qp_auth *auth;
    const char *code, *node; /* node: its path; NULL: any */
    char path[QP_PATH_MAX];
    uint8_t id[QP_ID_LEN];
    bool found;
};

static int seek_one(void *arg, const struct qp_grid_seen *g)
{
    struct seek *s = arg;
    bool fits = strcmp(g->row->id, s->code) == 0 && (!s->node || strcmp(s->node, g->path) == 0) &&
                qp_auth_sees_place(s->auth, g->path);
    if (!fits || (s->found && strcmp(s->path, g->path) <= 0))
        return 0;
    s->found = true;
    snprintf(s->path, sizeof s->path, "%s", g->path);
    memcpy(s->id, g->node, QP_ID_LEN);
    return 0;
}

/* This node's own; else, or where ?node= says so, that of a node below. */
static enum MHD_Result one(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_read r;
    struct qp_resource_row row;
    struct qp_json j = {0};
    char code[QP_NAME_BYTES + 1];
    struct seek s = {.auth = &c->auth, .code = code};
    qp_query_begin(&q, c, &f);
    s.node = qp_query_path(&q, "node");
    int rc = qp_query_end(&q);
    struct qp_arena *a = qp_call_arena(c);
    bool named = qp_call_segment(c, 3, code, sizeof code);
    if (!rc)
        rc = a ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc)
        return qp_answer_fault(c, &f);
    bool own = !s.node || strcmp(s.node, c->h->self.path) == 0;
    const char *path = c->h->self.path;
    rc = named && own && qp_auth_sees_place(&c->auth, path) ? qp_resource_read(&r, GRIDS, code, a, &row)
                                                            : QP_ENOTFOUND;
    if (rc == QP_ENOTFOUND && named && (!own || !s.node)) {
        rc = qp_grids_each(c->h->core, &r, seek_one, &s, &f.e);
        path = s.path;
        rc = rc ? rc : s.found ? qp_resource_read_of(&r, GRIDS, s.id, code, a, &row) : QP_ENOTFOUND;
    }
    if (!rc)
        put_one(&j, c, &r, &row, path);
    qp_read_end(&r);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    qp_fault_set(&f, rc, rc == QP_ENOTFOUND ? "code" : "",
                 rc == QP_ENOTFOUND ? "there is no such grid" : "the grid cannot be read");
    return qp_answer_fault(c, &f);
}

const struct qp_view qp_grid_view = {
    .kind = QP_RESOURCE_GRID,
    .sheet = SHEET,
    .check = check,
    .list = list,
    .one = one,
    .list_args = "limit cursor ended area",
    .one_args = "node",
    .also = also,
    .warn = qp_json_grid_overlaps,
};
