/* early.c: the waiting room of events (early.h). Links keep order, so few wait, and not for long: after a
 * hand-over that overtook the bulk lane, or when a matter's events come by two ways. */
#include "node/matter/early.h"

#include "proto/parcel.h"

static MDB_dbi table(struct qp_matters *m)
{
    return qp_store_dbi(m->txn->store, QP_T_EARLY);
}

static void key_of(uint8_t key[QP_EARLY_KEY], const Qp__Event *ev)
{
    memcpy(key, ev->matter.data, QP_ID_LEN);
    qp_be64(key + QP_ID_LEN, ev->version);
    qp_event_id(key + QP_ID_LEN + 8, ev);
}

bool qp_early_none(struct qp_matters *m)
{
    MDB_stat s;
    return !mdb_stat(m->txn->tables, table(m), &s) && s.ms_entries == 0;
}

/* ---- shares ---- */

static void branch_of(const struct qp_matters *m, const uint8_t *origin, uint8_t out[QP_ID_LEN])
{
    const uint8_t *b = m->branch ? m->branch(m->branch_arg, origin) : NULL;
    memcpy(out, b ? b : origin, QP_ID_LEN);
}

static const uint8_t *said_by(const uint8_t key[QP_EARLY_KEY])
{
    return key + QP_ID_LEN + 8; /* an event's id begins with its origin */
}

/* What such a one says may be a snapshot that is believed (K8). */
static bool concerned(const Qp__Face *row, const uint8_t node[QP_ID_LEN])
{
    return qp_id_is(row->holder, node) || (row->offer && qp_id_is(row->offer->to, node));
}

/* Holder, opener, or to whom it is offered. */
static bool speaks(const Qp__Row *row, const uint8_t *origin)
{
    const Qp__Face *f = row ? row->face : NULL;
    return f && (concerned(f, origin) || qp_id_is(f->opener, origin));
}

struct waiting {
    int own, branch, strangers; /* of that origin; of strangers of its branch; of all strangers */
};

static int count(struct qp_matters *m, const Qp__Row *row, const uint8_t matter[QP_ID_LEN],
                 const uint8_t origin[QP_ID_LEN], struct waiting *n, struct qp_err *e)
{
    MDB_cursor *cursor;
    uint8_t own[QP_ID_LEN], other[QP_ID_LEN];
    MDB_val k = {QP_ID_LEN, (void *)(uintptr_t)matter}, v;
    memset(n, 0, sizeof *n);
    branch_of(m, origin, own);
    int rc = mdb_cursor_open(m->txn->tables, table(m), &cursor);
    if (rc)
        return qp_store_error(rc, "reading events that wait", e);
    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    while (!rc && k.mv_size == QP_EARLY_KEY && memcmp(k.mv_data, matter, QP_ID_LEN) == 0) {
        const uint8_t *by = said_by(k.mv_data);
        n->own += memcmp(by, origin, QP_ID_LEN) == 0;
        if (!speaks(row, by)) {
            branch_of(m, by, other);
            n->strangers++;
            n->branch += memcmp(own, other, QP_ID_LEN) == 0;
        }
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "reading events that wait", e);
}

/* How many wait by way of one neighbour, for all matters. */
enum { TOTAL_KEY = 5 + QP_ID_LEN };

static uint64_t total(struct qp_matters *m, const uint8_t branch[QP_ID_LEN], uint8_t key[TOTAL_KEY])
{
    MDB_val v;
    memcpy(key, "early", 5);
    memcpy(key + 5, branch, QP_ID_LEN);
    bool here = !qp_get(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_META), key, TOTAL_KEY, &v);
    return here && v.mv_size == 8 ? qp_rd64(v.mv_data) : 0;
}

static int set_total(struct qp_matters *m, const uint8_t key[TOTAL_KEY], uint64_t n, struct qp_err *e)
{
    uint8_t v[8];
    MDB_dbi meta = qp_store_dbi(m->txn->store, QP_T_META);
    if (n == 0)
        return qp_del(m->txn->tables, meta, key, TOTAL_KEY, e);
    qp_be64(v, n);
    return qp_put(m->txn->tables, meta, key, TOTAL_KEY, v, sizeof v, e);
}

int qp_early_keep(struct qp_matters *m, const Qp__Row *row, const Qp__Event *ev, const struct qp_arrival *at,
                  enum qp_outcome *o, struct qp_err *e)
{
    uint8_t key[QP_EARLY_KEY];
    key_of(key, ev);
    MDB_val found;
    int rc = qp_get(m->txn->tables, table(m), key, sizeof key, &found);
    *o = QP_REPEATED;
    if (rc != QP_ENOTFOUND)
        return !rc ? rc : qp_fail(e, rc, "events that wait cannot be read");
    struct waiting n;
    uint8_t branch[QP_ID_LEN], total_key[TOTAL_KEY];
    branch_of(m, ev->origin.data, branch);
    uint64_t all = total(m, branch, total_key);
    rc = count(m, row, ev->matter.data, ev->origin.data, &n, e);
    *o = QP_CONFLICT;
    bool full = speaks(row, ev->origin.data) ? n.own >= QP_EARLY_MAX
                                             : n.branch >= QP_EARLY_MAX || n.strangers >= QP_EARLY_STRANGERS;
    if (rc || full || all >= QP_EARLY_BRANCH)
        return rc;
    Qp__Early early = QP__EARLY__INIT;
    early.event = (Qp__Event *)(uintptr_t)ev;
    early.position = at->position;
    early.index = at->index;
    early.received_us = at->received_us;
    early.branch = (ProtobufCBinaryData){QP_ID_LEN, branch};
    size_t len;
    uint8_t *bytes = qp_encode(&early.base, m->pending->arena, &len);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "no memory for an event that waits");
    *o = QP_WAITING;
    rc = set_total(m, total_key, all + 1, e);
    return rc ? rc : qp_put(m->txn->tables, table(m), key, sizeof key, bytes, len, e);
}

static bool looked_at(const MDB_val *k, const Qp__Face *row)
{
    const uint8_t *key = k->mv_data;
    return qp_rd64(key + QP_ID_LEN) <= row->version + 1 || concerned(row, said_by(key));
}

static int unpack(struct qp_matters *m, const MDB_val *v, Qp__Early **early, struct qp_err *e)
{
    *early = qp__early__unpack(qp_arena_allocator(m->pending->arena), v->mv_size, v->mv_data);
    return *early && (*early)->event && (*early)->branch.len == QP_ID_LEN
               ? 0
               : qp_fail(e, QP_ECORRUPT, "an event that waits is damaged in the tables; run qipan rebuild");
}

int qp_early_next(struct qp_matters *m, const Qp__Face *row, uint8_t from[QP_EARLY_KEY], Qp__Event **ev,
                  struct qp_arrival *at, struct qp_err *e)
{
    *ev = NULL;
    int rc = qp_pending_room(m->pending, e);
    if (rc)
        return rc;
    MDB_cursor *cursor;
    memcpy(from, row->id.data, QP_ID_LEN);
    MDB_val k = {QP_EARLY_KEY, from}, v;
    int mc = mdb_cursor_open(m->txn->tables, table(m), &cursor);
    if (mc)
        return qp_store_error(mc, "reading events that wait", e);
    mc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    if (!mc && k.mv_size == QP_EARLY_KEY && memcmp(k.mv_data, from, QP_EARLY_KEY) == 0)
        mc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT); /* seen before, and left there */
    while (!mc && k.mv_size == QP_EARLY_KEY && memcmp(k.mv_data, row->id.data, QP_ID_LEN) == 0) {
        if (looked_at(&k, row)) {
            memcpy(from, k.mv_data, QP_EARLY_KEY);
            Qp__Early *early;
            rc = unpack(m, &v, &early, e);
            if (!rc) {
                *ev = early->event;
                *at = (struct qp_arrival){early->position, early->index, early->received_us};
            }
            break;
        }
        mc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return !mc || mc == MDB_NOTFOUND ? rc : qp_store_error(mc, "reading events that wait", e);
}

int qp_early_drop(struct qp_matters *m, const uint8_t key[QP_EARLY_KEY], struct qp_err *e)
{
    MDB_val v;
    uint8_t total_key[TOTAL_KEY];
    int rc = qp_get(m->txn->tables, table(m), key, QP_EARLY_KEY, &v);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : qp_fail(e, rc, "events that wait cannot be read");
    Qp__Early *early;
    rc = unpack(m, &v, &early, e);
    uint64_t all = !rc ? total(m, early->branch.data, total_key) : 0;
    if (all > 0)
        rc = set_total(m, total_key, all - 1, e);
    return rc ? rc : qp_del(m->txn->tables, table(m), key, QP_EARLY_KEY, e);
}
