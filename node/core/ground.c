/* ground.c: see ground.h. Called by command.c, turn.c, facts.c; by node/http through ground.h. */
#include "node/core/ground.h"

#include <assert.h>
#include <stdlib.h>

#include "node/core/duty.h"
#include "node/core/private.h"
#include "topology/geo/pack.h"

enum { WAITS = 'w', WAITS_KEY = 1 + QP_NAME_BYTES, ADOPTED_A_TURN = 64 };

static const struct qp_resource *const GRIDS = &qp_resources[QP_RESOURCE_GRID];

/* ---- orders ---- */

static size_t waits_key(uint8_t key[WAITS_KEY], const char *code)
{
    size_t len = strlen(code);
    assert(len > 0 && len <= QP_NAME_BYTES); /* bounded where events are decoded */
    key[0] = WAITS;
    memcpy(key + 1, code, len);
    return 1 + len;
}

int qp_grid_ordered(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    const Qp__GridOrdered *o = ev->grid_ordered;
    uint8_t key[WAITS_KEY];
    size_t n;
    if (!qp_same(o->node.data, w->c->self.node))
        return 0; /* on its way, or said here */
    uint8_t *v = qp_encode(&o->base, w->c->arena, &n);
    if (!v)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    w->c->ordered = true;
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_GRID), key, waits_key(key, o->grid->code), v,
                  n, e);
}

/* Some that wait; they stay where they are. */
static size_t waiting(struct qp_work *w, Qp__GridOrdered *v[ADOPTED_A_TURN], bool *more, struct qp_err *e)
{
    MDB_cursor *cur;
    uint8_t from = WAITS;
    MDB_val k = {1, &from}, d;
    size_t n = 0;
    *more = false;
    if (mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_GRID), &cur) != 0)
        return 0;
    for (int m = mdb_cursor_get(cur, &k, &d, MDB_SET_RANGE); m == 0 && ((uint8_t *)k.mv_data)[0] == WAITS;
         m = mdb_cursor_get(cur, &k, &d, MDB_NEXT)) {
        if ((*more = n == ADOPTED_A_TURN))
            break;
        n += QP_DECODE(&v[n], grid_ordered, d.mv_data, d.mv_size, w->c->arena, e) == 0;
    }
    mdb_cursor_close(cur);
    return n;
}

/* What an order leaves empty stays as it is. */
static void keep_rest(Qp__GridMade *made, const Qp__GridMade *was)
{
    if (!*made->title)
        made->title = was->title;
    if (!made->boundary.len)
        made->boundary = was->boundary;
    if (!*made->worker)
        made->worker = was->worker;
    if (!made->n_deputies) {
        made->deputies = was->deputies;
        made->n_deputies = was->n_deputies;
    }
    if (!made->n_volunteers) {
        made->volunteers = was->volunteers;
        made->n_volunteers = was->n_volunteers;
    }
    if (!made->n_units) {
        made->units = was->units;
        made->n_units = was->n_units;
    }
}

static int adopt(struct qp_work *w, const Qp__GridOrdered *o, struct qp_err *e)
{
    struct qp_resource_row row = {.version = 0};
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__GridMade *made = qp_arena_copy(w->c->arena, o->grid, sizeof *made);
    if (!ev || !made)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    int rc = qp_resource_row(w, GRIDS, made->code, &row);
    if (rc && rc != QP_ENOTFOUND)
        return qp_fail(e, rc, "a grid cannot be read");
    if (row.version && !row.ended_us)
        keep_rest(made, (const Qp__GridMade *)row.made);
    ev->version = row.version + 1;
    ev->body_case = QP__EVENT__BODY_GRID_MADE;
    ev->grid_made = made;
    if (qp_check(&ev->base, NULL) != 0) /* with what it had it is too large: what was ordered holds */
        ev->grid_made = o->grid;
    return qp_say_fact_up(w, ev, e);
}

int qp_ground_adopt(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    Qp__GridOrdered *v[ADOPTED_A_TURN];
    if (!c->ordered || c->recovering || c->silent || c->out)
        return 0;
    size_t n = waiting(w, v, &c->ordered, e);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = adopt(w, v[i], e);
    return rc;
}

int qp_grid_adopted(struct qp_work *w, const char *code, struct qp_err *e)
{
    uint8_t key[WAITS_KEY];
    return qp_del(w->t->tables, qp_store_dbi(w->c->store, QP_T_GRID), key, waits_key(key, code), e);
}

int qp_on_ground(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
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
    if (qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK) != 0 ||
        qp_say_to(w, s, QP_SCOPE_NODE, p->cert.node, QP_LANE_BULK) != 0)
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
    if (!qp_same(k->at.node, node)) {
        memset(&k->at, 0, sizeof k->at);
        k->known = qp_node_by_id(k->r, node, &k->at) == 0;
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
    while (!rc && (rc = qp_resource_next(r, GRIDS, id, a, &row)) == 0) {
        memcpy(id, row.id, sizeof id);
        rc = see(&k, c->self.node, &row);
        qp_arena_reset(a);
    }
    rc = rc == QP_ENOTFOUND ? 0 : rc;
    id[0] = '\0';
    while (!rc && (rc = qp_resource_next_of(r, GRIDS, node, id, a, &row)) == 0) {
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
    l->n += rc == 0;
    return rc;
}

static int load_all(void *arg, const struct qp_geo_grid **grids, size_t *n, struct qp_err *e)
{
    struct load *l = arg;
    int rc = qp_grids_each(l->c, l->r, load_one, l, e);
    *grids = l->v;
    *n = l->n;
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
    free(l.v);
    qp_arena_free(l.a);
    return rc;
}
