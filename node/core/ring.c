/* ring.c: merges and duplicates that were decided apart, each sound where it was decided, and that together point
 * at each other in a circle (B4): nobody would answer for any of them.
 *
 *   A: x into y ──┐                       ┌─► x is the lowest: its holder takes the merge back ("policy")
 *                 ├─► whoever knows both ─┤
 *   B: y into x ──┘                       └─► y stays merged into x; a comment on each tells of it
 *
 * One rule for everybody, and one who acts by it: the holder of the lowest, whose event the others hear as any
 * other. Looked at in the turn in which the last of them is heard, and once more when a lost disk is back. A circle
 * of which the holder of the lowest does not know every matter is counted where it is known, and stays. */
#include <stdio.h>

#include "node/core/private.h"
#include "node/matter/ring.h"

/* As it was before it was closed. */
static int open_again(struct qp_work *w, const uint8_t matter[QP_ID_LEN], bool merged, const char *why,
                      struct qp_err *e)
{
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Unmerged *u = qp_arena_take(a, sizeof *u);
    Qp__Reopened *r = qp_arena_take(a, sizeof *r);
    if (ev == NULL || u == NULL || r == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__unmerged__init(u);
    qp__reopened__init(r);
    r->reason = qp_arena_text(a, why);
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, matter, QP_ID_LEN)};
    ev->body_case = merged ? QP__EVENT__BODY_UNMERGED : QP__EVENT__BODY_REOPENED;
    if (merged)
        ev->unmerged = u;
    else
        ev->reopened = r;
    return qp_step(w, ev, NULL, -1, NULL, e);
}

static int untie(struct qp_work *w, uint8_t ids[QP_RING_MOST][QP_ID_LEN], size_t n, struct qp_err *e)
{
    Qp__Row *row;
    size_t low = 0, len = 0;
    char why[600], id[27];
    for (size_t i = 1; i < n; i++)
        if (memcmp(ids[i], ids[low], QP_ID_LEN) < 0)
            low = i;
    int rc = qp_matter_row(&w->m, ids[low], &row, e);
    if (rc != 0 || !qp_same(row->face->holder.data, w->c->self.node))
        return rc;
    qp_id_text(id, ids[low]);
    len = (size_t)snprintf(
        why, sizeof why,
        "These matters were merged into, or closed as duplicates of, each other in a circle; %s, "
        "the lowest, stays and is open again:",
        id);
    for (size_t i = 0; i < n && len + 40 < sizeof why; i++) {
        qp_id_text(id, ids[i]);
        len += (size_t)snprintf(why + len, sizeof why - len, " %s", id);
    }
    rc = open_again(w, ids[low], row->face->state == QP_MERGED, why, e);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = qp_comment(w, ids[i], why, NULL, e);
    return rc;
}

int qp_untie_rings(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    for (size_t i = 0; i < w->noffers && !c->recovering && !c->silent && !c->out; i++) {
        uint8_t ids[QP_RING_MOST][QP_ID_LEN];
        Qp__Row *row;
        size_t n = 0;
        if (qp_matter_row(&w->m, w->offers[i], &row, NULL) != 0 ||
            (row->face->state != QP_MERGED && row->face->state != QP_CLOSED))
            continue;
        int rc = qp_ring_find(&w->m, w->offers[i], ids, &n, e);
        if (rc == 0 && n > 0) {
            QP_COUNT(c, rings);
            rc = untie(w, ids, n, e);
        }
        if (rc == QP_EIO || rc == QP_EFULL || rc == QP_ECORRUPT || rc == QP_ENOMEM)
            return rc;
    }
    return 0;
}
