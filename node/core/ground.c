/* ground.c: see ground.h. Called by command.c, turn.c, effects.c; by node/http through ground.h. Orders: grid_order.c. */
#include "node/core/ground.h"

#include <assert.h>
#include <stdlib.h>

#include "node/core/duty.h"
#include "node/core/private.h"
#include "topology/geo/pack.h"

static const struct qp_resource *const GRIDS = &qp_resources[QP_RESOURCE_GRID];

int qp_on_ground(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_GROUND);
    struct qp_core *c = w->c;
    if (c->recovering &&
        cmd->draft->body_case != QP__EVENT__BODY_PATROL_STARTED) /* K5: their versions are not all back yet */
        return qp_fail(e, QP_ERECOVER,
                       "this node has joined again: it goes on with duty and patrols of before, and orders "
                       "grids, when its "
                       "neighbours have handed back its records; a new patrol may be started");
    if (cmd->draft->body_case == QP__EVENT__BODY_DUTY_SAID)
        return qp_duty_command(w, cmd, r, e);
    if (cmd->draft->body_case != QP__EVENT__BODY_GRID_ORDERED)
        return qp_patrol_command(w, cmd, r, e);
    const struct qp_place *p = qp_tree_node(c->tree, cmd->draft->grid_ordered->node.data);
    if (!p || !qp_place_below(p, qp_tree_self(c->tree)))
        return qp_fail(e, QP_EPOLICY, "node: there is none below %s", c->self.path);
    if (p->revoked)
        return qp_fail(e, QP_EPOLICY, "node: %s is revoked; invite it again first", p->cert.path);
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    if (!ev)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    int rc = qp_check(&ev->base, e);
    if (rc)
        return rc;
    struct qp_said *s = qp_say(w, ev);
    if (qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK) ||
        qp_say_to(w, s, QP_SCOPE_NODE, p->cert.node, QP_LANE_BULK))
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    r->created = true;
    return qp_node_fact(w, ev, e);
}

/* ---- all that are known ---- */

struct walk {
    struct qp_read *r;
    struct qp_node_entry at; /* whose the last one was */
    bool known;
    int (*each)(void *arg, const struct qp_grid_seen *g);
    void *arg;
};

static int see(struct walk *k, const uint8_t *node, const struct qp_resource_row *row)
{
    assert(row->made);
    if (!qp_same(k->at.node, node)) {
        memset(&k->at, 0, sizeof k->at);
        k->known = !qp_node_by_id(k->r, node, &k->at) && !k->at.revoked;
        memcpy(k->at.node, node, QP_ID_LEN);
    }
    const struct qp_grid_seen g = {node, k->at.path, row, (const Qp__GridMade *)row->made};
    return k->known ? k->each(k->arg, &g) : 0;
}

int qp_grids_each(struct qp_core *c, struct qp_read *r, int (*each)(void *arg, const struct qp_grid_seen *g),
                  void *arg, struct qp_err *e)
{
    struct walk k = {.r = r, .each = each, .arg = arg};
    struct qp_resource_row row = {.id = ""};
    uint8_t node[QP_ID_LEN] = {0};
    char id[QP_NAME_BYTES + 1] = "";
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = a ? 0 : qp_fail(e, QP_ENOMEM, "no memory for the grids");
    while (!rc && !(rc = qp_resource_next(r, GRIDS, id, a, &row))) {
        memcpy(id, row.id, sizeof id);
        rc = see(&k, c->self.node, &row);
        qp_arena_reset(a);
    }
    assert(rc); /* the last one was seen, or something else is wrong */
    rc = rc == QP_ENOTFOUND ? 0 : rc;
    id[0] = '\0';
    while (!rc && !(rc = qp_resource_next_of(r, GRIDS, node, id, a, &row))) {
        memcpy(id, row.id, sizeof id);
        rc = see(&k, node, &row);
        qp_arena_reset(a);
    }
    qp_arena_free(a);
    if (rc && rc != QP_ENOTFOUND && e && !e->code)
        qp_fail(e, rc, "the grids cannot be read");
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* ---- which is where ---- */

struct load {
    struct qp_core *c;
    struct qp_read *r;
    struct qp_arena *a;
    struct qp_geo_grid *v; /* malloc'd */
    size_t n, cap;
};

static int load_one(void *arg, const struct qp_grid_seen *g)
{
    struct load *l = arg;
    struct qp_geo_grid *to;
    if (g->row->ended_us || !g->made->boundary.len)
        return 0;
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : 64;
        to = realloc(l->v, cap * sizeof *to);
        if (!to)
            return QP_ENOMEM;
        l->v = to;
        l->cap = cap;
    }
    to = &l->v[l->n];
    *to = (struct qp_geo_grid){.code = qp_arena_text(l->a, g->row->id),
                               .title = qp_arena_text(l->a, g->made->title),
                               .node = qp_arena_text(l->a, g->path)};
    if (!to->code || !to->title || !to->node)
        return QP_ENOMEM;
    int rc = qp_geo_unpack(&to->shape, &g->made->boundary, l->a, NULL);
    if (rc == QP_EINVAL)
        return 0; /* somebody's bytes that are no boundary: his grid is nowhere, the others stay */
    assert(l->n < l->cap);
    l->n += !rc;
    return rc;
}

static int load_all(void *arg, const struct qp_geo_grid **grids, size_t *n, struct qp_err *e)
{
    struct load *l = arg;
    int rc = qp_grids_each(l->c, l->r, load_one, l, e);
    *grids = l->v;
    *n = l->n;
    assert(l->n == 0 || l->v);
    return rc;
}

int qp_core_grids(struct qp_core *c, struct qp_read *r, struct qp_geo_index **out, struct qp_err *e)
{
    uint64_t stamp = qp_resource_changes(r->tables, r->store, GRIDS);
    *out = NULL;
    if (stamp == 0)
        return 0;
    struct load l = {.c = c, .r = r, .a = qp_arena_new((size_t)2 * 1024 * 1024 * 1024)};
    int rc = l.a ? qp_geo_keep(out, &c->grids, stamp, load_all, &l, e)
                 : qp_fail(e, QP_ENOMEM, "no memory for the grids");
    assert(rc || *out); /* held for the caller, who gives it back */
    free(l.v);
    qp_arena_free(l.a);
    return rc;
}
