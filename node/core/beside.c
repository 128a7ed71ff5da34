/* beside.c: what this node said of a matter without a version (matter/beside.h: how its part goes, an urge, an order about
 * more time) goes to all who have to do with the matter as far as it knows them then (E2). Who came to it meanwhile, by an
 * offer or because he was asked to assist, is told again what the holder has not taken up: the same event, with its id, in
 * a parcel for him alone. So the next holder knows it, whoever was cut off when it was said. Called by project.c and
 * turn.c. */
#include <assert.h>

#include "node/core/private.h"
#include "node/matter/beside.h"
#include "node/matter/face.h"

/* Whom an event brings to its matter, or tells of as one of it; NULL: nobody. */
static const uint8_t *newcomer(const Qp__Event *ev)
{
    assert(ev->matter.len == QP_ID_LEN); /* it is brought to this one */
    switch (ev->body_case) {
    case QP__EVENT__BODY_OFFERED: return ev->offered->to.len == QP_ID_LEN ? ev->offered->to.data : NULL;
    case QP__EVENT__BODY_ASSISTED: return ev->assisted->to.len == QP_ID_LEN ? ev->assisted->to.data : NULL;
    case QP__EVENT__BODY_ACCEPTED:
    case QP__EVENT__BODY_REFUSED: return ev->origin.data; /* its offer may have waited */
    default: return NULL;
    }
}

static bool is_own(const struct qp_work *w, const Qp__Beside *b)
{
    return b->event.len == QP_EVENT_ID_LEN && qp_same(b->event.data, w->c->self.node);
}

int qp_beside_note(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(w->nnewcomers <= w->capnewcomers);
    const uint8_t *node = newcomer(ev);
    Qp__Row *row;
    bool mine = false;
    if (!node || qp_same(node, w->c->self.node) || qp_tree_above(w->c->tree, node) ||
        qp_matter_row(&w->m, ev->matter.data, &row, NULL))
        return 0;
    for (size_t i = 0; i < row->n_beside; i++)
        mine |= is_own(w, row->beside[i]);
    if (!mine)
        return 0;
    struct qp_newcomer *v =
        qp_arena_list(w->c->arena, w->newcomers, w->nnewcomers, &w->capnewcomers, sizeof *v, 16);
    if (!v)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    w->newcomers = v;
    struct qp_newcomer *n = &w->newcomers[w->nnewcomers++];
    memcpy(n->matter, ev->matter.data, QP_ID_LEN);
    memcpy(n->node, node, QP_ID_LEN);
    return 0;
}

/* The bytes of an event of this node, where the journal has it: QP_ENOTFOUND: it was said in this very turn, to all
 * whom the row names by now. */
static int bytes_of(struct qp_work *w, const uint8_t *matter, ProtobufCBinaryData id, struct qp_slice *out,
                    struct qp_err *e)
{
    uint8_t key[QP_ID_LEN + QP_EVENT_ID_LEN];
    MDB_val v;
    struct qp_record r;
    struct qp_parcel p;
    memcpy(key, matter, QP_ID_LEN);
    memcpy(key + QP_ID_LEN, id.data, QP_EVENT_ID_LEN);
    int rc = qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_HISTORY), key, sizeof key, &v);
    if (rc || v.mv_size < 10)
        return rc ? rc : QP_ENOTFOUND;
    const uint8_t *at = v.mv_data;
    uint32_t index = (uint32_t)at[8] << 8 | at[9];
    rc = qp_journal_get(w->t->journal, w->c->store, qp_rd64(at), &r, e);
    if (!rc)
        rc = qp_parcel_open_trusted(&p, r.parcel.p, r.parcel.len, w->c->arena, e);
    if (!rc && index >= p.h.count)
        rc = QP_ENOTFOUND;
    assert(rc || index < p.h.count);
    if (!rc)
        *out = p.events[index];
    return rc;
}

static int tell(struct qp_work *w, const struct qp_newcomer *n, struct qp_err *e)
{
    assert(!w->c->recovering && !w->c->silent && !w->c->out); /* it may speak */
    Qp__Row *row;
    int rc = qp_matter_row(&w->m, n->matter, &row, e);
    for (size_t i = 0; !rc && i < row->n_beside; i++) {
        struct qp_slice bytes;
        if (!is_own(w, row->beside[i]))
            continue;
        rc = bytes_of(w, n->matter, row->beside[i]->event, &bytes, e);
        if (rc == QP_ENOTFOUND ||
            rc == QP_ECORRUPT) { /* damaged: told by the store, and said by nobody (S5) */
            rc = 0;
            continue;
        }
        uint8_t lane = row->face->urgency >= QP_EMERGENCY ? QP_LANE_URGENT : QP_LANE_BULK;
        if (!rc && qp_say_to(w, qp_say_bytes(w, NULL, &bytes), QP_SCOPE_NODE, n->node, lane))
            rc = qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    }
    return rc;
}

int qp_beside_tell(struct qp_work *w, struct qp_err *e)
{
    assert(w->nnewcomers <= w->capnewcomers);
    int rc = 0;
    for (size_t i = 0; i < w->nnewcomers && !rc; i++)
        if (!w->c->silent && !w->c->out && !w->c->recovering) /* then echoes tell (recover.c) */
            rc = tell(w, &w->newcomers[i], e);
    w->nnewcomers = 0;
    return rc;
}
