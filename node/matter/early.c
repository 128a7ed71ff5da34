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
    return mdb_stat(m->txn->tables, table(m), &s) == 0 && s.ms_entries == 0;
}

/* ---- room ---- */
struct crowd {
    uint8_t keys[QP_EARLY_MAX][QP_EARLY_KEY];
    int n;
};

static const uint8_t *said_by(const uint8_t key[QP_EARLY_KEY])
{
    return key + QP_ID_LEN + 8;
}

static int list(struct qp_matters *m, const uint8_t matter[QP_ID_LEN], struct crowd *c, struct qp_err *e)
{
    MDB_cursor *cursor;
    MDB_val k = {QP_ID_LEN, (void *)(uintptr_t)matter}, v;
    c->n = 0;
    int rc = mdb_cursor_open(m->txn->tables, table(m), &cursor);
    if (rc != 0)
        return qp_store_error(rc, "reading events that wait", e);
    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    while (rc == 0 && c->n < QP_EARLY_MAX && k.mv_size == QP_EARLY_KEY &&
           memcmp(k.mv_data, matter, QP_ID_LEN) == 0) {
        memcpy(c->keys[c->n++], k.mv_data, QP_EARLY_KEY);
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return rc == 0 || rc == MDB_NOTFOUND ? QP_OK : qp_store_error(rc, "reading events that wait", e);
}

static int share(const struct crowd *c, const uint8_t node[QP_ID_LEN])
{
    int n = 0;
    for (int i = 0; i < c->n; i++)
        n += memcmp(said_by(c->keys[i]), node, QP_ID_LEN) == 0;
    return n;
}

static bool concerned(const Qp__Face *row, const uint8_t node[QP_ID_LEN])
{
    return row && (qp_id_is(row->holder, node) || (row->offer && qp_id_is(row->offer->to, node)));
}

/* Which of those that wait makes room for one more of `node`: the last of him who has most. -1: none does. */
static int gives_way(const struct crowd *c, const Qp__Face *row, const uint8_t node[QP_ID_LEN])
{
    bool first = concerned(row, node);
    int most = 0, last = -1;
    for (int i = 0; i < c->n; i++) {
        const uint8_t *by = said_by(c->keys[i]);
        if (concerned(row, by))
            continue;
        int n = share(c, by);
        if (n >= most) {
            most = n;
            last = i;
        }
    }
    return last >= 0 && (first || share(c, node) + 1 < most) ? last : -1;
}

static int make_room(struct qp_matters *m, const Qp__Event *ev, bool *room, struct qp_err *e)
{
    struct crowd c;
    struct qp_entry *entry;
    int rc = list(m, ev->matter.data, &c, e);
    *room = c.n < QP_EARLY_MAX;
    if (rc != QP_OK || *room)
        return rc;
    rc = qp_pending_row(m, ev->matter.data, &entry, e);
    int out = rc == QP_OK ? gives_way(&c, entry->row ? entry->row->face : NULL, ev->origin.data) : -1;
    *room = out >= 0;
    return *room ? qp_early_drop(m, c.keys[out], e) : rc;
}

int qp_early_keep(struct qp_matters *m, const Qp__Event *ev, const struct qp_arrival *at, enum qp_outcome *o,
                  struct qp_err *e)
{
    uint8_t key[QP_EARLY_KEY];
    key_of(key, ev);
    MDB_val found;
    int rc = qp_get(m->txn->tables, table(m), key, sizeof key, &found);
    *o = QP_REPEATED;
    if (rc != QP_ENOTFOUND)
        return rc == QP_OK ? rc : qp_fail(e, rc, "events that wait cannot be read");
    bool room;
    rc = make_room(m, ev, &room, e);
    *o = QP_CONFLICT;
    if (rc != QP_OK || !room)
        return rc;
    Qp__Early early = QP__EARLY__INIT;
    early.event = (Qp__Event *)(uintptr_t)ev;
    early.position = at->position;
    early.index = at->index;
    early.received_us = at->received_us;
    size_t len;
    uint8_t *bytes = qp_encode(&early.base, m->pending->arena, &len);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "no memory for an event that waits");
    *o = QP_WAITING;
    return qp_put(m->txn->tables, table(m), key, sizeof key, bytes, len, e);
}

static bool looked_at(const MDB_val *k, const Qp__Face *row)
{
    const uint8_t *key = k->mv_data;
    return qp_rd64(key + QP_ID_LEN) <= row->version + 1 || concerned(row, said_by(key));
}

static int unpack(struct qp_matters *m, const MDB_val *v, Qp__Event **ev, struct qp_arrival *at,
                  struct qp_err *e)
{
    Qp__Early *early = qp__early__unpack(qp_arena_allocator(m->pending->arena), v->mv_size, v->mv_data);
    if (!early || !early->event)
        return qp_fail(e, QP_ECORRUPT, "an event that waits is damaged in the tables; run qipan rebuild");
    *ev = early->event;
    *at = (struct qp_arrival){early->position, early->index, early->received_us};
    return QP_OK;
}

int qp_early_next(struct qp_matters *m, const Qp__Face *row, uint8_t from[QP_EARLY_KEY], Qp__Event **ev,
                  struct qp_arrival *at, struct qp_err *e)
{
    *ev = NULL;
    int rc = qp_pending_room(m->pending, e);
    if (rc != QP_OK)
        return rc;
    MDB_cursor *cursor;
    memcpy(from, row->id.data, QP_ID_LEN);
    MDB_val k = {QP_EARLY_KEY, from}, v;
    int mc = mdb_cursor_open(m->txn->tables, table(m), &cursor);
    if (mc != 0)
        return qp_store_error(mc, "reading events that wait", e);
    mc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    if (mc == 0 && k.mv_size == QP_EARLY_KEY && memcmp(k.mv_data, from, QP_EARLY_KEY) == 0)
        mc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT); /* seen before, and left there */
    while (mc == 0 && k.mv_size == QP_EARLY_KEY && memcmp(k.mv_data, row->id.data, QP_ID_LEN) == 0) {
        if (looked_at(&k, row)) {
            memcpy(from, k.mv_data, QP_EARLY_KEY);
            rc = unpack(m, &v, ev, at, e);
            break;
        }
        mc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    return mc == 0 || mc == MDB_NOTFOUND ? rc : qp_store_error(mc, "reading events that wait", e);
}

int qp_early_drop(struct qp_matters *m, const uint8_t key[QP_EARLY_KEY], struct qp_err *e)
{
    return qp_del(m->txn->tables, table(m), key, QP_EARLY_KEY, e);
}
