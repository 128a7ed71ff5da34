/* grid_order.c: grids that a node above wants (GR1, RE1): they wait where they are to stand until that node has made them its
 * own, and the one that ordered knows until then that they are not there. See ground.h.
 *
 *   GridOrdered ─┬─ at its node: 'w' code ─► the next turn that may speak: GridMade ─► fulfilled: the order is gone
 *                ├─ where it was given: 'u' node, code ─► GridMade from there ─► fulfilled: gone
 *                └─ on its way, by another: what it says of the same grid, an order of this node says no more
 *
 * An order says some of a grid's fields; two for one grid are one, the later one's fields before the earlier's. It is fulfilled
 * by a grid that has what it says, and by nothing else: what its node makes of that grid meanwhile does not end it. */
#include <assert.h>

#include "node/core/ground.h"
#include "node/core/private.h"

enum { MADE_MOST = QP_EVENT_BYTES - 512 }; /* of a grid that fits into an event, whoever says it */
enum { WAITS = 'w', ASKED = 'u', KEY = 1 + QP_ID_LEN + QP_NAME_BYTES, ADOPTED_A_TURN = 64 };

static const struct qp_resource *const GRIDS = &qp_resources[QP_RESOURCE_GRID];

/* ---- what an order says ---- */

/* Of the list of its fields, but for its code: a field that is new there is asked for in each switch below. */
#define NO_PART(...)
#define PART(name, ...) PART_##name,
enum part { QP_FIELDS_grid(NO_PART, PART) PARTS };

static bool says(const Qp__GridMade *g, enum part p)
{
    assert(p < PARTS);
    switch (p) {
    case PART_title: return *g->title != 0;
    case PART_boundary: return g->boundary.len > 0;
    case PART_worker: return *g->worker != 0;
    case PART_deputies: return g->n_deputies > 0;
    case PART_volunteers: return g->n_volunteers > 0;
    case PART_units: return g->n_units > 0;
    case PARTS: break;
    }
    return false;
}

static void take(Qp__GridMade *to, const Qp__GridMade *from, enum part p)
{
    assert(p < PARTS);
    switch (p) {
    case PART_title: to->title = from->title; break;
    case PART_boundary: to->boundary = from->boundary; break;
    case PART_worker: to->worker = from->worker; break;
    case PART_deputies:
        to->deputies = from->deputies;
        to->n_deputies = from->n_deputies;
        break;
    case PART_volunteers:
        to->volunteers = from->volunteers;
        to->n_volunteers = from->n_volunteers;
        break;
    case PART_units:
        to->units = from->units;
        to->n_units = from->n_units;
        break;
    case PARTS: break;
    }
}

static bool same_lines(char *const *a, size_t n, char *const *b, size_t m)
{
    bool same = n == m;
    for (size_t i = 0; i < n && same; i++)
        same = strcmp(a[i], b[i]) == 0;
    return same;
}

static bool same_units(const Qp__GridMade *a, const Qp__GridMade *b)
{
    bool same = a->n_units == b->n_units;
    for (size_t i = 0; i < a->n_units && same; i++) {
        const Qp__GridUnit *x = a->units[i], *y = b->units[i];
        same = strcmp(x->title, y->title) == 0 && strcmp(x->kind, y->kind) == 0 &&
               strcmp(x->place, y->place) == 0 && strcmp(x->office, y->office) == 0;
    }
    return same;
}

static bool same(const Qp__GridMade *a, const Qp__GridMade *b, enum part p)
{
    assert(p < PARTS);
    switch (p) {
    case PART_title: return strcmp(a->title, b->title) == 0;
    case PART_boundary:
        return a->boundary.len == b->boundary.len &&
               memcmp(a->boundary.data, b->boundary.data, a->boundary.len) == 0;
    case PART_worker: return strcmp(a->worker, b->worker) == 0;
    case PART_deputies: return same_lines(a->deputies, a->n_deputies, b->deputies, b->n_deputies);
    case PART_volunteers: return same_lines(a->volunteers, a->n_volunteers, b->volunteers, b->n_volunteers);
    case PART_units: return same_units(a, b);
    case PARTS: break;
    }
    return false;
}

/* What an order leaves empty stays as it was. */
static void keep_rest(Qp__GridMade *made, const Qp__GridMade *was)
{
    for (enum part p = 0; p < PARTS; p++)
        if (!says(made, p))
            take(made, was, p);
}

static bool fulfils(const Qp__GridMade *made, const Qp__GridMade *order)
{
    assert(made != order); /* a grid fulfils an order, and no order itself */
    bool all = true;
    for (enum part p = 0; p < PARTS && all; p++)
        all = !says(order, p) || same(order, made, p);
    return all;
}

/* ---- kept ---- */

/* node NULL: it waits here. 0: no code is that long. */
static size_t key_of(uint8_t key[KEY], const uint8_t *node, const char *code)
{
    size_t len = strlen(code), at = node ? 1 + QP_ID_LEN : 1;
    if (len == 0 || len > QP_NAME_BYTES)
        return 0;
    assert(at + len <= KEY);
    key[0] = node ? ASKED : WAITS;
    if (node)
        memcpy(key + 1, node, QP_ID_LEN);
    memcpy(key + at, code, len);
    return at + len;
}

/* QP_ENOTFOUND: there is none. */
static int order_get(struct qp_work *w, const uint8_t *node, const char *code, Qp__GridOrdered **out,
                     struct qp_err *e)
{
    uint8_t key[KEY];
    MDB_val v;
    size_t len = key_of(key, node, code);
    int rc = len ? qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_GRID), key, len, &v) : QP_ENOTFOUND;
    if (!rc)
        rc = QP_DECODE(out, grid_ordered, v.mv_data, v.mv_size, w->c->arena, NULL);
    assert(rc || *out);
    return !rc || rc == QP_ENOTFOUND ? rc
                                     : qp_fail(e, rc, "an order of a grid cannot be read: run qipan rebuild");
}

static int order_put(struct qp_work *w, const uint8_t *node, const Qp__GridOrdered *o, struct qp_err *e)
{
    uint8_t key[KEY];
    size_t n, len = key_of(key, node, o->grid->code);
    assert(len <= sizeof key);
    uint8_t *v = qp_encode(&o->base, w->c->arena, &n);
    if (!v)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return len ? qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_GRID), key, len, v, n, e) : 0;
}

static int order_del(struct qp_work *w, const uint8_t *node, const char *code, struct qp_err *e)
{
    uint8_t key[KEY];
    size_t len = key_of(key, node, code);
    return len ? qp_del(w->t->tables, qp_store_dbi(w->c->store, QP_T_GRID), key, len, e) : 0;
}

/* Beside one that waits for the same grid already it is one with that; where both are too large for a grid, it is in its place. */
static int order_add(struct qp_work *w, const uint8_t *node, const Qp__GridOrdered *o, struct qp_err *e)
{
    Qp__GridOrdered *was;
    Qp__GridOrdered *both = qp_arena_copy(w->c->arena, o, sizeof *o);
    Qp__GridMade *grid = qp_arena_copy(w->c->arena, o->grid, sizeof *o->grid);
    int rc = order_get(w, node, o->grid->code, &was, e);
    if (rc && rc != QP_ENOTFOUND)
        return rc;
    if (!both || !grid)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    both->grid = grid;
    if (!rc)
        keep_rest(grid, was->grid);
    bool fits = protobuf_c_message_get_packed_size(&grid->base) <= MADE_MOST;
    assert(both->grid != o->grid); /* what came is not written to */
    return order_put(w, node, fits ? both : o, e);
}

/* ---- what is said ---- */

/* Of another who orders the same grid: which of both came first there nobody here can say. */
static int yield(struct qp_work *w, const Qp__GridOrdered *o, struct qp_err *e)
{
    assert(!qp_same(o->node.data, w->c->self.node));
    const Qp__GridMade none = QP__GRID_MADE__INIT;
    Qp__GridOrdered *own;
    bool left = false;
    int rc = order_get(w, o->node.data, o->grid->code, &own, e);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : rc;
    for (enum part p = 0; p < PARTS; p++) {
        if (says(o->grid, p))
            take(own->grid, &none, p);
        left = left || says(own->grid, p);
    }
    return left ? order_put(w, o->node.data, own, e) : order_del(w, o->node.data, o->grid->code, e);
}

static int fulfilled(struct qp_work *w, const Qp__GridOrdered *o, bool *out, struct qp_err *e)
{
    assert(o->grid && out);
    struct qp_resource_row row;
    int rc = qp_resource_row_of(w, GRIDS, o->node.data, o->grid->code, &row);
    *out = !rc && !row.ended_us && fulfils((const Qp__GridMade *)row.made, o->grid);
    return rc && rc != QP_ENOTFOUND ? qp_fail(e, rc, "a grid cannot be read") : 0;
}

int qp_grid_order_known(struct qp_work *w, const Qp__GridOrdered *o, bool *known, struct qp_err *e)
{
    Qp__GridOrdered *there;
    int rc = fulfilled(w, o, known, e);
    if (rc || *known)
        return rc;
    rc = order_get(w, o->node.data, o->grid->code, &there, e);
    *known = !rc;
    assert(!rc || !*known);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

static int asked(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_GRID_ORDERED && qp_same(ev->origin.data, w->c->self.node));
    const Qp__GridOrdered *o = ev->grid_ordered;
    bool stands;
    if (ev->incarnation < w->c->born.incarnation) /* before a disk was lost: what became of it is not known */
        return 0;
    int rc = fulfilled(w, o, &stands, e);
    if (!rc &&
        stands) { /* so it stands; another order that is on its way would change it, and this one comes behind it */
        Qp__GridOrdered *waits;
        rc = order_get(w, o->node.data, o->grid->code, &waits, e);
        if (rc)
            return rc == QP_ENOTFOUND ? 0 : rc;
    }
    return rc ? rc : order_add(w, o->node.data, o, e);
}

int qp_grid_ordered(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_GRID_ORDERED);
    const Qp__GridOrdered *o = ev->grid_ordered;
    if (qp_same(o->node.data, w->c->self.node)) {
        w->c->ordered = true;
        return order_add(w, NULL, o, e);
    }
    return qp_same(ev->origin.data, w->c->self.node) ? asked(w, ev, e) : yield(w, o, e);
}

int qp_grid_adopted(struct qp_work *w, const uint8_t *node, const Qp__GridMade *made, struct qp_err *e)
{
    assert(!node || !qp_same(node, w->c->self.node)); /* NULL is this node */
    Qp__GridOrdered *o;
    int rc = order_get(w, node, made->code, &o, e);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : rc;
    if (fulfils(made, o->grid))
        return order_del(w, node, made->code, e);
    w->c->ordered = w->c->ordered || !node;
    return 0;
}

/* ---- made this node's own ---- */

/* Some that wait; they stay where they are. */
static int waiting(struct qp_work *w, Qp__GridOrdered *v[ADOPTED_A_TURN], size_t *n, bool *more,
                   struct qp_err *e)
{
    MDB_cursor *cur;
    uint8_t from = WAITS;
    MDB_val k = {1, &from}, d;
    int rc = 0;
    *n = 0;
    if (mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_GRID), &cur))
        return qp_fail(e, QP_EIO, "the orders of grids cannot be read");
    int m = mdb_cursor_get(cur, &k, &d, MDB_SET_RANGE);
    for (; !m && !rc && *n < ADOPTED_A_TURN && ((uint8_t *)k.mv_data)[0] == WAITS;
         m = mdb_cursor_get(cur, &k, &d, MDB_NEXT)) {
        rc = QP_DECODE(&v[*n], grid_ordered, d.mv_data, d.mv_size, w->c->arena, NULL);
        if (rc)
            qp_fail(e, rc, "an order of a grid cannot be read: run qipan rebuild");
        *n += !rc;
    }
    *more = !m && *n == ADOPTED_A_TURN && ((uint8_t *)k.mv_data)[0] == WAITS;
    mdb_cursor_close(cur);
    assert(*n <= ADOPTED_A_TURN);
    return rc;
}

static int adopt(struct qp_work *w, const Qp__GridOrdered *o, struct qp_err *e)
{
    assert(!w->c->recovering && !w->c->silent && !w->c->out); /* it may speak */
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
    if (qp_check(&ev->base, NULL)) /* with what it had it is too large: what was ordered holds */
        ev->grid_made = o->grid;
    if (qp_check(&ev->base, NULL)) /* nor alone: nobody can make that his own */
        return order_del(w, NULL, o->grid->code, e);
    return qp_say_fact_up(w, ev, e);
}

int qp_ground_adopt(struct qp_work *w, bool *more, struct qp_err *e)
{
    struct qp_core *c = w->c;
    Qp__GridOrdered *v[ADOPTED_A_TURN];
    size_t n;
    bool left = false;
    *more = false;
    if (!c->ordered || c->recovering || c->silent || c->out)
        return 0;
    int rc = waiting(w, v, &n, &left, e);
    for (size_t i = 0; i < n && !rc; i++)
        rc = adopt(w, v[i], e);
    assert(n <= ADOPTED_A_TURN);
    *more = c->ordered = !rc ? left : true;
    assert(!rc || *more); /* it is looked at again */
    return rc;
}

/* ---- any thread ---- */

int qp_grid_orders_each(struct qp_read *r,
                        int (*each)(void *arg, const struct qp_node_entry *node, const Qp__GridMade *grid),
                        void *arg, struct qp_err *e)
{
    assert(each);
    MDB_cursor *cur;
    uint8_t from = ASKED;
    MDB_val k = {1, &from}, v;
    struct qp_node_entry at = {.path = ""};
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = 0;
    if (!a || mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_GRID), &cur)) {
        qp_arena_free(a);
        return qp_fail(e, QP_ENOMEM, "the orders of grids cannot be read");
    }
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !m && !rc && ((uint8_t *)k.mv_data)[0] == ASKED;
         m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        Qp__GridOrdered *o;
        qp_arena_reset(a);
        rc = QP_DECODE(&o, grid_ordered, v.mv_data, v.mv_size, a, NULL);
        if (rc)
            qp_fail(e, rc, "an order of a grid cannot be read: run qipan rebuild");
        else if (!qp_node_by_id(r, o->node.data, &at) && !at.revoked)
            rc = each(arg, &at, o->grid);
    }
    mdb_cursor_close(cur);
    qp_arena_free(a);
    return rc;
}

bool qp_grid_order_waits(struct qp_read *r, const uint8_t node[QP_ID_LEN], const char *code)
{
    uint8_t key[KEY];
    MDB_val v;
    size_t len = key_of(key, node, code);
    assert(len <= sizeof key);
    return len && !qp_get(r->tables, qp_store_dbi(r->store, QP_T_GRID), key, len, &v);
}
