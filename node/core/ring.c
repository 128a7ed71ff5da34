/* ring.c: merges and duplicates that were decided apart, each sound where it was decided, and that together point
 * at each other in a circle (B4): nobody would answer for any of them.
 *
 *   A: x into y ──┐                       ┌─► x is the lowest: its holder takes the merge back ("policy")
 *                 ├─► whoever knows both ─┤
 *   B: y into x ──┘                       └─► y stays merged into x; a comment on each tells of it
 *
 * One rule for everybody, and one who acts by it: the holder of the lowest, whose event the others hear as any
 * other. Looked at in the turn in which the last of them is heard, and once more when a lost disk is back.
 *
 * Where he does not know every matter of it, the lowest node that lies above all their holders does, since what is said of a
 * matter goes up: it alone tells him, by a comment that names them in turn. He believes it of a node above, and as far as what
 * he knows himself agrees. */
#include <assert.h>
#include <stdio.h>

#include "node/core/private.h"
#include "node/matter/face.h"
#include "node/matter/ring.h"

enum { WORDS = 600 };

/* As it was before it was closed. */
static int open_again(struct qp_work *w, const uint8_t matter[QP_ID_LEN], bool merged, const char *why,
                      struct qp_err *e)
{
    assert(!w->c->recovering && !w->c->silent && !w->c->out); /* it may speak */
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Unmerged *u = qp_arena_take(a, sizeof *u);
    Qp__Reopened *r = qp_arena_take(a, sizeof *r);
    if (!ev || !u || !r)
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

static void words_of(char why[WORDS], uint8_t ids[][QP_ID_LEN], size_t n, size_t low)
{
    assert(low < n);
    char id[27];
    qp_id_text(id, ids[low]);
    size_t len = (size_t)snprintf(
        why, WORDS,
        "These matters were merged into, or closed as duplicates of, each other in a circle; %s, "
        "the lowest, stays and is open again:",
        id);
    for (size_t i = 0; i < n && len + 40 < WORDS; i++) {
        qp_id_text(id, ids[i]);
        len += (size_t)snprintf(why + len, WORDS - len, " %s", id);
    }
}

/* All that is said of a matter comes to each node above its holder, and to its members (E2). */
static bool knows_all(struct qp_work *w, const Qp__Face *holder, uint8_t ids[][QP_ID_LEN], size_t n)
{
    assert(n > 0); /* a circle is of some */
    for (size_t i = 0; i < n; i++) {
        Qp__Row *row;
        if (qp_matter_row(&w->m, ids[i], &row, NULL))
            return false;
        if (!qp_path_within(row->face->holder_path, holder->holder_path) &&
            !qp_face_member(row->face, holder->holder))
            return false;
    }
    return true;
}

/* Is this the lowest node above all of their holders? */
static bool is_mine_to_tell(struct qp_work *w, uint8_t ids[][QP_ID_LEN], size_t n)
{
    assert(n > 0);
    char common[QP_PATH_MAX] = "";
    for (size_t i = 0; i < n; i++) {
        Qp__Row *row;
        if (qp_matter_row(&w->m, ids[i], &row, NULL))
            return false;
        if (i == 0)
            snprintf(common, sizeof common, "%s", row->face->holder_path);
        while (*common && !qp_path_within(row->face->holder_path, common)) {
            char above[QP_PATH_MAX];
            if (!qp_path_parent(above, common))
                return false;
            memcpy(common, above, sizeof common);
        }
    }
    return strcmp(common, w->c->self.path) == 0;
}

static int tell_holder(struct qp_work *w, uint8_t ids[][QP_ID_LEN], size_t n, size_t low, const char *why,
                       struct qp_err *e)
{
    assert(low < n);
    Qp__Row *row;
    char key[40];
    uint8_t request[QP_REQUEST_LEN] = {0}, seen[QP_ID_LEN];
    ProtobufCBinaryData *named = qp_arena_take(w->c->arena, n * sizeof *named);
    int rc = qp_matter_row(&w->m, ids[low], &row, e);
    if (rc || !named)
        return rc ? rc : qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (knows_all(w, row->face, ids, n) || !is_mine_to_tell(w, ids, n))
        return 0;
    snprintf(key, sizeof key, "circle-%llu",
             (unsigned long long)row->face->version); /* once for each time that it closes */
    if (!qp_matter_by_key(&w->m, "policy", ids[low], key, request, seen, NULL))
        return 0;
    for (size_t i = 0; i < n; i++)
        named[i] =
            (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, ids[(low + i) % n], QP_ID_LEN)};
    rc = qp_comment_circle(w, ids[low], why, key, named, n, e);
    for (size_t i = 0; i < n && !rc; i++)
        rc = i == low ? 0 : qp_comment(w, ids[i], why, NULL, e);
    return rc;
}

static int untie(struct qp_work *w, uint8_t ids[][QP_ID_LEN], size_t n, struct qp_err *e)
{
    assert(n > 0 && n <= QP_RING_MOST);
    Qp__Row *row;
    size_t low = 0;
    char why[WORDS];
    for (size_t i = 1; i < n; i++)
        if (memcmp(ids[i], ids[low], QP_ID_LEN) < 0)
            low = i;
    words_of(why, ids, n, low);
    int rc = qp_matter_row(&w->m, ids[low], &row, e);
    if (rc)
        return rc;
    if (!qp_same(row->face->holder.data, w->c->self.node))
        return tell_holder(w, ids, n, low, why, e);
    rc = open_again(w, ids[low], row->face->state == QP_MERGED, why, e);
    for (size_t i = 0; i < n && !rc; i++)
        rc = qp_comment(w, ids[i], why, NULL, e);
    return rc;
}

/* ---- told by a node above ---- */

int qp_ring_told(struct qp_work *w, const Qp__Event *ev)
{
    assert(w->ncircles <= w->capcircles);
    if (ev->body_case != QP__EVENT__BODY_COMMENTED || ev->commented->n_circle < 2)
        return 0;
    const Qp__Event **v = qp_arena_list(w->c->arena, w->circles, w->ncircles, &w->capcircles, sizeof *v, 16);
    if (!v)
        return QP_ENOMEM;
    w->circles = v;
    w->circles[w->ncircles++] = ev;
    return 0;
}

/* The lowest first; and every step of it that is known here is as it was told. */
static bool agrees(struct qp_work *w, const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_COMMENTED && ev->commented->n_circle >= 2);
    const Qp__Commented *c = ev->commented;
    if (memcmp(c->circle[0].data, ev->matter.data, QP_ID_LEN) != 0)
        return false;
    for (size_t i = 0; i < c->n_circle; i++) {
        Qp__Row *row;
        uint8_t next[QP_ID_LEN];
        bool on = false;
        const uint8_t *told = c->circle[(i + 1) % c->n_circle].data;
        if (i > 0 && memcmp(c->circle[i].data, ev->matter.data, QP_ID_LEN) <= 0)
            return false;
        if (qp_matter_row(&w->m, c->circle[i].data, &row, NULL))
            continue;
        if (qp_ring_next(&w->m, row->face, next, &on, NULL))
            return false;
        bool closed =
            row->face->state == QP_MERGED || (row->face->state == QP_CLOSED && *row->face->duplicate_of);
        if (!closed || (on && memcmp(next, told, QP_ID_LEN) != 0))
            return false;
    }
    return true;
}

static int heed(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_COMMENTED && ev->commented->n_circle >= 2);
    Qp__Row *row;
    int rc = qp_matter_row(&w->m, ev->matter.data, &row, NULL);
    if (rc || !qp_same(row->face->holder.data, w->c->self.node) || !qp_event_from_above(w, ev) ||
        !agrees(w, ev))
        return 0;
    QP_COUNT(w->c, rings);
    return open_again(w, ev->matter.data, row->face->state == QP_MERGED, ev->commented->text, e);
}

int qp_untie_rings(struct qp_work *w, struct qp_err *e)
{
    assert(w->noffers <= w->capoffers && w->ncircles <= w->capcircles);
    struct qp_core *c = w->c;
    for (size_t i = 0; i < w->noffers && !c->recovering && !c->silent && !c->out; i++) {
        uint8_t ids[QP_RING_MOST][QP_ID_LEN];
        Qp__Row *row;
        size_t n = 0;
        int rc = i % QP_ROWS_AT_ONCE == QP_ROWS_AT_ONCE - 1 ? qp_matter_flush(&w->m, e) : 0;
        if (rc)
            return rc;
        if (qp_matter_row(&w->m, w->offers[i], &row, NULL) ||
            (row->face->state != QP_MERGED && row->face->state != QP_CLOSED))
            continue;
        rc = qp_ring_find(&w->m, w->offers[i], ids, &n, e);
        if (!rc && n > 0) {
            QP_COUNT(c, rings);
            rc = untie(w, ids, n, e);
        }
        if (qp_ends_turn(rc))
            return rc;
    }
    for (size_t i = 0; i < w->ncircles && !c->recovering && !c->silent && !c->out; i++) {
        int rc = heed(w, w->circles[i], e);
        if (qp_ends_turn(rc))
            return rc;
    }
    w->ncircles = 0;
    return 0;
}
