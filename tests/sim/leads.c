/* leads.c: what a node found of leads, and what its people made of them, is known the same at every node above it, after crashes,
 * restarts, cuts and burned disks; each lead's counts are those of its matters; and what was found is what a node without any
 * fault would have found of the same matters in the same order. (That a rebuild gives the same bytes, check.c says of every
 * table.) */
#include <string.h>

#include "node/core/lead.h"
#include "node/insight/clue/inside.h"
#include "tests/sim/world.h"

/* Is this row one of node x's own words: a lead of its, or how a matter stands for it? */
static bool is_own(const struct sim_node *x, const MDB_val *k, const MDB_val *v)
{
    const uint8_t *key = k->mv_data;
    if (k->mv_size == 1 + QP_ID_LEN && key[0] == QP_CLUE_KEY_LEAD)
        return v->mv_size > QP_ID_LEN && memcmp(v->mv_data, x->id, QP_ID_LEN) == 0;
    return k->mv_size == 1 + 2 * QP_ID_LEN && key[0] == QP_CLUE_KEY_MEMBER &&
           memcmp(key + 1 + QP_ID_LEN, x->id, QP_ID_LEN) == 0;
}

static bool same_at(struct sim_world *w, struct qp_read *r, const MDB_val *k, const MDB_val *v)
{
    MDB_val there;
    (void)w;
    return !qp_get(r->tables, qp_store_dbi(r->store, QP_T_LEAD), k->mv_data, k->mv_size, &there) &&
           there.mv_size == v->mv_size && memcmp(there.mv_data, v->mv_data, v->mv_size) == 0;
}

static int count(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how)
{
    uint32_t *n = arg;
    (void)matter;
    n[how == QP_LEAD_HOW_PROPOSED]++;
    return 0;
}

/* A lead's row against the matters that it names. */
static void check_counts(struct sim_world *w, int i, struct qp_read *r, const uint8_t *lead,
                         struct qp_arena *a)
{
    Qp__LeadRow *row;
    uint32_t n[2] = {0};
    qp_arena_reset(a);
    if (qp_lead_get(r->tables, r->store, lead, &row, a, NULL) ||
        qp_lead_matters(r->tables, r->store, lead, count, n, NULL))
        sim_fail(w, "the leads of %s cannot be read", w->node[i].path);
    else if (n[0] != row->joined || n[1] != row->proposed)
        sim_fail(w, "a lead at %s counts %u and %u matters, and has %u and %u", w->node[i].path, row->joined,
                 row->proposed, n[0], n[1]);
}

void sim_check_leads(struct sim_world *w, int i, struct qp_read *const *r)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    struct qp_arena *a = qp_arena_new(1 << 20);
    int rc = mdb_cursor_open(r[i]->tables, qp_store_dbi(r[i]->store, QP_T_LEAD), &cursor);
    for (int got = !rc ? mdb_cursor_get(cursor, &k, &v, MDB_FIRST) : rc; got == 0 && w->failure[0] == 0;
         got = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        if (((const uint8_t *)k.mv_data)[0] == QP_CLUE_KEY_LEAD)
            check_counts(w, i, r[i], (const uint8_t *)k.mv_data + 1, a);
        if (!is_own(&w->node[i], &k, &v))
            continue;
        w->leads_seen++;
        for (int up = w->node[i].parent; up >= 0 && w->failure[0] == 0; up = w->node[up].parent)
            if (r[up] && !same_at(w, r[up], &k, &v))
                sim_fail(w, "the leads of %s are others at %s", w->node[i].path, w->node[up].path);
    }
    if (!rc)
        mdb_cursor_close(cursor);
    qp_arena_free(a);
}

void sim_check_compared(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    const struct qp_clue_ties ties = {x->core, qp_lead_family, qp_lead_branch};
    struct qp_clue_audited of = {0};
    struct qp_err e = {0};
    struct qp_txn t;
    /* Where neighbours burn too, what was compared comes back late, perhaps after other matters have been compared anew: the
     * order of the numbers is not that of the comparing any more. */
    if (!x->core || (w->plan.adjacent && x->has_burned) ||
        w->clocks_set > 0) /* what was live by a wrong clock is not by the right one */
        return;
    int rc = qp_store_begin(x->store, &t, &e);
    if (!rc) {
        rc = qp_clue_audit(x->path, &ties, &t, x->id, &of, &e);
        qp_store_abort(&t);
    }
    w->found_seen += of.found;
    if (rc)
        sim_fail(w, "%s: its matters cannot be compared: %s", x->path, e.text);
    else if (of.other > 0)
        sim_fail(w, "%s: its matters, compared anew, come to other leads for %zu of %zu", x->path, of.other,
                 of.compared);
}

/* What the root found of one of its matters is a little more alike than it is. */
bool sim_plant_found(struct sim_world *w, struct qp_arena *a)
{
    struct sim_node *x = &w->node[0];
    MDB_cursor *cursor;
    MDB_val k, v;
    struct qp_txn t;
    bool hit = false;
    if (qp_store_begin(x->store, &t, NULL))
        return false;
    int rc = mdb_cursor_open(t.tables, qp_store_dbi(x->store, QP_T_LEAD), &cursor);
    for (int got = !rc ? mdb_cursor_get(cursor, &k, &v, MDB_FIRST) : rc; got == 0 && !hit;
         got = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        Qp__LeadMember *m;
        size_t len;
        if (((const uint8_t *)k.mv_data)[0] != QP_CLUE_KEY_MEMBER || !is_own(x, &k, &v) ||
            QP_DECODE(&m, lead_member, v.mv_data, v.mv_size, a, NULL) != 0 || m->nearest.len == 0)
            continue;
        m->ppm++;
        uint8_t *bytes = qp_encode(&m->base, a, &len);
        hit = bytes && !qp_put(t.tables, qp_store_dbi(x->store, QP_T_LEAD),
                               qp_arena_copy(a, k.mv_data, k.mv_size), k.mv_size, bytes, len, NULL);
    }
    if (!rc)
        mdb_cursor_close(cursor);
    if (!hit || qp_store_commit_journal(&t, NULL) || qp_store_commit_tables(&t, NULL)) {
        qp_store_abort(&t);
        return false;
    }
    return true;
}
