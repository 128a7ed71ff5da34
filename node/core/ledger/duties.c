/* duties.c: who is on duty, as each node says of its own people (QP_T_DUTY).
 *
 *   node 16, person ─► DutyRow */
#include <assert.h>

#include "node/core/ledger/ground.h"
#include "node/core/private.h"

enum { KEY = QP_ID_LEN + QP_NAME_BYTES };

static size_t key_of(uint8_t key[KEY], const uint8_t *node, const char *person)
{
    size_t len = strlen(person);
    if (len == 0 || len > QP_NAME_BYTES)
        return 0;
    memcpy(key, node, QP_ID_LEN);
    memcpy(key + QP_ID_LEN, person, len);
    assert(QP_ID_LEN + len <= KEY);
    return QP_ID_LEN + len;
}

static int get(MDB_txn *txn, struct qp_store *s, const uint8_t *node, const char *person, struct qp_arena *a,
               Qp__DutyRow **out)
{
    uint8_t key[KEY];
    MDB_val v;
    size_t len = key_of(key, node, person);
    assert(len <= sizeof key);
    int rc = len ? qp_get(txn, qp_store_dbi(s, QP_T_DUTY), key, len, &v) : QP_ENOTFOUND;
    return rc ? rc : QP_DECODE(out, duty_row, v.mv_data, v.mv_size, a, NULL);
}

int qp_duty_read(struct qp_read *r, const uint8_t node[QP_ID_LEN], const char *person, struct qp_arena *a,
                 Qp__DutyRow **out)
{
    return get(r->tables, r->store, node, person, a, out);
}

int qp_duty_row(struct qp_work *w, const uint8_t node[QP_ID_LEN], const char *person, Qp__DutyRow **out)
{
    return get(w->t->tables, w->c->store, node, person, w->c->arena, out);
}

int qp_duty_put(struct qp_work *w, const uint8_t node[QP_ID_LEN], const Qp__DutyRow *row, struct qp_err *e)
{
    assert(row->said->person[0] != '\0'); /* a row has its key */
    uint8_t key[KEY];
    size_t n;
    uint8_t *v = qp_encode(&row->base, w->c->arena, &n);
    if (!v)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_DUTY), key,
                  key_of(key, node, row->said->person), v, n, e);
}

int qp_duties_each(struct qp_read *r, int (*each)(void *arg, const uint8_t *node, const Qp__DutyRow *row),
                   void *arg, struct qp_err *e)
{
    assert(each);
    MDB_cursor *cur;
    MDB_val k, v;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = 0;
    if (!a || mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_DUTY), &cur)) {
        qp_arena_free(a);
        return qp_fail(e, QP_ENOMEM, "who is on duty cannot be read");
    }
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_FIRST); !m && !rc;
         m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        Qp__DutyRow *row;
        qp_arena_reset(a);
        rc = k.mv_size > QP_ID_LEN ? QP_DECODE(&row, duty_row, v.mv_data, v.mv_size, a, NULL) : QP_ECORRUPT;
        rc = rc ? qp_fail(e, rc, "who is on duty cannot be read: run qipan rebuild")
                : each(arg, k.mv_data, row);
    }
    mdb_cursor_close(cur);
    qp_arena_free(a);
    return rc;
}

int qp_ground_grid(struct qp_work *w, const char *code, struct qp_err *e)
{
    struct qp_resource_row row;
    int rc = qp_resource_row(w, &qp_resources[QP_RESOURCE_GRID], code, &row);
    return !rc && !row.ended_us ? 0
           : rc && rc != QP_ENOTFOUND
               ? qp_fail(e, rc, "a grid cannot be read")
               : qp_fail(e, QP_EPOLICY, "grid: %s has no grid %s", w->c->self.path, code);
}
