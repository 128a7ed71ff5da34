/* depth.c: how many parcels wait for a neighbour, in each lane, without counting them: whoever looks at a node while 100,000 wait
 * must not cost it a walk over them.
 *
 *   route.c: a row of QUEUE comes or goes ─► by one, kept in the turn ─► at its end one row of DEPTH a queue: the sum
 *
 * That both agree is looked at by qp_check_ledger (peers.c), which counts. */
#include <assert.h>

#include "node/core/private.h"

/* By how many a neighbour's queue has grown or shrunk in this turn; in the turn's arena. */
struct qp_depth {
    uint8_t peer[QP_ID_LEN];
    uint32_t lane;
    int64_t by;
    struct qp_depth *next;
};

enum { KEY = QP_ID_LEN + 1 };

static void key_of(uint8_t key[KEY], const uint8_t peer[QP_ID_LEN], uint32_t lane)
{
    assert(lane >= 1 && lane <= QP_LANES);
    memcpy(key, peer, QP_ID_LEN);
    key[QP_ID_LEN] = (uint8_t)lane;
}

int qp_depth_by(struct qp_work *w, const uint8_t peer[QP_ID_LEN], uint32_t lane, int64_t by, struct qp_err *e)
{
    assert(by == 1 || by < 0);
    struct qp_depth *d = w->depths;
    while (d && (d->lane != lane || !qp_same(d->peer, peer)))
        d = d->next;
    if (!d) {
        d = qp_arena_take(w->c->arena, sizeof *d);
        if (!d)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        memcpy(d->peer, peer, QP_ID_LEN);
        d->lane = lane;
        d->by = 0;
        d->next = w->depths;
        w->depths = d;
    }
    d->by += by;
    return 0;
}

int qp_depth_read(MDB_txn *tables, struct qp_store *s, const uint8_t peer[QP_ID_LEN], uint32_t lane,
                  uint64_t *out)
{
    assert(tables && s);
    MDB_val v;
    uint8_t key[KEY];
    key_of(key, peer, lane);
    *out = 0;
    int rc = qp_get(tables, qp_store_dbi(s, QP_T_DEPTH), key, sizeof key, &v);
    if (rc || v.mv_size != 8)
        return rc == QP_ENOTFOUND ? 0 : rc ? rc : QP_ECORRUPT;
    *out = qp_rd64(v.mv_data);
    return 0;
}

int qp_depths_flush(struct qp_work *w, struct qp_err *e)
{
    int rc = 0;
    for (struct qp_depth *d = w->depths; d && !rc; d = d->next) {
        uint8_t key[KEY], v[8];
        if (d->by == 0)
            continue;
        assert(d->lane >= 1 && d->lane <= QP_LANES);
        uint64_t before;
        rc = qp_depth_read(w->t->tables, w->c->store, d->peer, d->lane, &before);
        if (rc)
            return qp_fail(e, rc, "how many parcels wait cannot be read; run qipan rebuild");
        int64_t now = (int64_t)before + d->by;
        key_of(key, d->peer, d->lane);
        qp_be64(v, now > 0 ? (uint64_t)now : 0);
        rc = now > 0 ? qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_DEPTH), key, sizeof key, v,
                              sizeof v, e)
                     : qp_del(w->t->tables, qp_store_dbi(w->c->store, QP_T_DEPTH), key, sizeof key, e);
        d->by = 0;
    }
    w->depths = NULL;
    return rc;
}
