/* patrols.c: patrols, as each node says of its own (QP_T_PATROL).
 *
 *   'p' id 16                      ─► PatrolRow
 *   'd' local day 4, node 16, id 16 ─► minutes 4, 1: with police, 1: stopped, grid: what compliance counts
 *   'r' person                     ─► id: the one that he is on, of this node
 *   'k' client 8, key              ─► request 16, id: what an idempotency key made, of this node
 *
 * An id begins with the time of the start, so that they stand in its order. */
#include <assert.h>

#include "node/core/ledger/ground.h"
#include "node/core/private.h"

enum { BY_ID = 'p', BY_DAY = 'd', RUNS = 'r', BY_KEY = 'k' };
enum {
    ID_KEY = 1 + QP_ID_LEN,
    DAY_KEY = 1 + 4 + 2 * QP_ID_LEN,
    RUNS_KEY = 1 + QP_NAME_BYTES,
    KEY_KEY = 9 + QP_REF_BYTES
};
enum { COUNT_AT_GRID = 6 };

static void id_key(uint8_t key[ID_KEY], const uint8_t *id)
{
    key[0] = BY_ID;
    memcpy(key + 1, id, QP_ID_LEN);
}

static size_t runs_key(uint8_t key[RUNS_KEY], const char *person)
{
    size_t len = strlen(person);
    key[0] = RUNS;
    if (len == 0 || len > QP_NAME_BYTES)
        return 0;
    memcpy(key + 1, person, len);
    assert(1 + len <= RUNS_KEY);
    return 1 + len;
}

static void day_key(uint8_t key[DAY_KEY], int32_t day, const uint8_t *node, const uint8_t *id)
{
    key[0] = BY_DAY;
    qp_be32(key + 1, (uint32_t)day ^ UINT32_C(0x80000000));
    memcpy(key + 5, node, QP_ID_LEN);
    memcpy(key + 5 + QP_ID_LEN, id, QP_ID_LEN);
}

static int get(MDB_txn *txn, struct qp_store *s, const uint8_t *id, struct qp_arena *a, Qp__PatrolRow **out)
{
    uint8_t key[ID_KEY];
    MDB_val v;
    id_key(key, id);
    int rc = qp_get(txn, qp_store_dbi(s, QP_T_PATROL), key, sizeof key, &v);
    return rc ? rc : QP_DECODE(out, patrol_row, v.mv_data, v.mv_size, a, NULL);
}

int qp_patrol_read(struct qp_read *r, const uint8_t id[QP_ID_LEN], struct qp_arena *a, Qp__PatrolRow **out)
{
    return get(r->tables, r->store, id, a, out);
}

int qp_patrol_row(struct qp_work *w, const uint8_t id[QP_ID_LEN], Qp__PatrolRow **out)
{
    return get(w->t->tables, w->c->store, id, w->c->arena, out);
}

static int runs(MDB_txn *txn, struct qp_store *s, const char *person, uint8_t id[QP_ID_LEN])
{
    uint8_t key[RUNS_KEY];
    MDB_val v;
    size_t len = runs_key(key, person);
    assert(len <= sizeof key);
    int rc = len ? qp_get(txn, qp_store_dbi(s, QP_T_PATROL), key, len, &v) : QP_ENOTFOUND;
    if (!rc && v.mv_size != QP_ID_LEN)
        return QP_ECORRUPT;
    if (!rc)
        memcpy(id, v.mv_data, QP_ID_LEN);
    return rc;
}

int qp_patrol_of(struct qp_read *r, const char *person, uint8_t id[QP_ID_LEN])
{
    return runs(r->tables, r->store, person, id);
}

int qp_patrol_runs(struct qp_work *w, const char *person, uint8_t id[QP_ID_LEN])
{
    return runs(w->t->tables, w->c->store, person, id);
}

/* ---- writing ---- */

static int count_put(struct qp_work *w, const Qp__PatrolRow *row, struct qp_err *e)
{
    uint8_t key[DAY_KEY], v[COUNT_AT_GRID + QP_NAME_BYTES];
    size_t len = strlen(row->started->grid);
    assert(row->node.len == QP_ID_LEN && row->started->id.len == QP_ID_LEN); /* two parts of the key */
    assert(len <= QP_NAME_BYTES);
    day_key(key, qp_bucket_day(w->c->zone, row->started_us), row->node.data, row->started->id.data);
    qp_be32(v, row->minutes);
    v[4] = row->started->police != 0;
    v[5] = row->stopped_us != 0;
    memcpy(v + COUNT_AT_GRID, row->started->grid, len);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_PATROL), key, sizeof key, v,
                  COUNT_AT_GRID + len, e);
}

/* Of this node's own: which one its person is on. */
static int runs_put(struct qp_work *w, const Qp__PatrolRow *row, struct qp_err *e)
{
    assert(row->started->id.len == QP_ID_LEN); /* compared with the one that its person is on */
    uint8_t key[RUNS_KEY], id[QP_ID_LEN];
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_PATROL);
    size_t len = runs_key(key, row->started->person);
    if (!qp_same(row->node.data, w->c->self.node) || !len)
        return 0;
    bool there = !runs(w->t->tables, w->c->store, row->started->person, id);
    if (row->stopped_us)
        return there && qp_same(id, row->started->id.data) ? qp_del(w->t->tables, dbi, key, len, e) : 0;
    /* the later of two, also when the earlier is brought in afterwards (E6) */
    bool later = there && memcmp(id, row->started->id.data, QP_ID_LEN) > 0;
    return later ? 0 : qp_put(w->t->tables, dbi, key, len, row->started->id.data, QP_ID_LEN, e);
}

int qp_patrol_put(struct qp_work *w, const Qp__PatrolRow *row, struct qp_err *e)
{
    uint8_t key[ID_KEY];
    size_t n;
    uint8_t *v = qp_encode(&row->base, w->c->arena, &n);
    if (!v)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    id_key(key, row->started->id.data);
    assert(n > 0); /* it has its id */
    int rc = qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_PATROL), key, sizeof key, v, n, e);
    if (!rc)
        rc = count_put(w, row, e);
    return rc ? rc : runs_put(w, row, e);
}

/* ---- keys ---- */

static size_t idem_key(uint8_t key[KEY_KEY], const char *by, const char *text)
{
    struct qp_hash client;
    size_t len = strlen(text);
    assert(len <= QP_REF_BYTES);
    qp_hash(&client, by, strlen(by));
    key[0] = BY_KEY;
    memcpy(key + 1, client.b, 8);
    memcpy(key + 9, text, len);
    return 9 + len;
}

int qp_patrol_key_put(struct qp_work *w, const Qp__Event *ev, const uint8_t id[QP_ID_LEN], struct qp_err *e)
{
    uint8_t key[KEY_KEY], v[QP_REQUEST_LEN + QP_ID_LEN] = {0};
    if (!*ev->key || !qp_same(ev->origin.data, w->c->self.node))
        return 0;
    assert(ev->request.len == 0 || ev->request.len == QP_REQUEST_LEN);
    if (ev->request.len == QP_REQUEST_LEN)
        memcpy(v, ev->request.data, QP_REQUEST_LEN);
    memcpy(v + QP_REQUEST_LEN, id, QP_ID_LEN);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_PATROL), key, idem_key(key, ev->by, ev->key),
                  v, sizeof v, e);
}

int qp_patrol_by_key(struct qp_work *w, const Qp__Event *ev, uint8_t id[QP_ID_LEN], struct qp_err *e)
{
    uint8_t key[KEY_KEY];
    MDB_val v;
    if (!ev->key || !*ev->key || strlen(ev->key) > QP_REF_BYTES)
        return QP_ENOTFOUND;
    int rc =
        qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_PATROL), key, idem_key(key, ev->by, ev->key), &v);
    if (rc)
        return rc == QP_ENOTFOUND ? rc : qp_fail(e, rc, "the idempotency keys cannot be read");
    if (v.mv_size != QP_REQUEST_LEN + QP_ID_LEN || ev->request.len != QP_REQUEST_LEN ||
        memcmp(v.mv_data, ev->request.data, QP_REQUEST_LEN) != 0)
        return qp_fail(e, QP_EKEYREUSED,
                       "this idempotency key came before with another request; use a new one");
    memcpy(id, (const uint8_t *)v.mv_data + QP_REQUEST_LEN, QP_ID_LEN);
    return 0;
}

/* ---- lists ---- */

int qp_patrols_each(struct qp_read *r, int64_t from_us, int64_t to_us, const uint8_t *before,
                    int (*each)(void *arg, const Qp__PatrolRow *row), void *arg, struct qp_err *e)
{
    assert(each);
    static const uint8_t none[10];
    MDB_cursor *cur;
    uint8_t key[ID_KEY], low[QP_ID_LEN], high[QP_ID_LEN];
    MDB_val k = {sizeof key, key}, v;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = 0;
    qp_id_make(low, from_us, none);
    memset(high, 0xff, sizeof high);
    if (to_us != INT64_MAX) /* its millisecond too: the row says exactly */
        qp_id_make(high, to_us + 1000, none);
    id_key(key, before && memcmp(before, high, QP_ID_LEN) < 0 ? before : high);
    if (!a || mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_PATROL), &cur)) {
        qp_arena_free(a);
        return qp_fail(e, QP_ENOMEM, "the patrols cannot be read");
    }
    int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    m = mdb_cursor_get(cur, &k, &v, m == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
    for (; !m && !rc && ((uint8_t *)k.mv_data)[0] == BY_ID; m = mdb_cursor_get(cur, &k, &v, MDB_PREV)) {
        Qp__PatrolRow *row;
        if (k.mv_size != ID_KEY || memcmp((uint8_t *)k.mv_data + 1, low, QP_ID_LEN) < 0)
            break;
        qp_arena_reset(a);
        rc = QP_DECODE(&row, patrol_row, v.mv_data, v.mv_size, a, NULL);
        if (rc)
            qp_fail(e, rc, "a patrol cannot be read: run qipan rebuild");
        else if (row->started_us >= from_us && row->started_us < to_us)
            rc = each(arg, row);
    }
    mdb_cursor_close(cur);
    qp_arena_free(a);
    return rc;
}

int qp_patrols_count(struct qp_read *r, int32_t from, int32_t to,
                     int (*each)(void *arg, const struct qp_patrol_count *c), void *arg, struct qp_err *e)
{
    assert(each);
    static const uint8_t none[QP_ID_LEN];
    MDB_cursor *cur;
    uint8_t key[DAY_KEY];
    char grid[QP_NAME_BYTES + 1];
    MDB_val k = {sizeof key, key}, v;
    int rc = 0;
    day_key(key, from, none, none);
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_PATROL), &cur))
        return qp_fail(e, QP_EIO, "the patrols cannot be read");
    for (int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !m && !rc && ((uint8_t *)k.mv_data)[0] == BY_DAY;
         m = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        const uint8_t *p = k.mv_data, *d = v.mv_data;
        int32_t day = (int32_t)(qp_rd32(p + 1) ^ UINT32_C(0x80000000));
        if (k.mv_size != DAY_KEY || v.mv_size < COUNT_AT_GRID || v.mv_size > COUNT_AT_GRID + QP_NAME_BYTES)
            rc = qp_fail(e, QP_ECORRUPT, "a patrol cannot be read: run qipan rebuild");
        if (rc || day > to)
            break;
        memcpy(grid, d + COUNT_AT_GRID, v.mv_size - COUNT_AT_GRID);
        grid[v.mv_size - COUNT_AT_GRID] = '\0';
        const struct qp_patrol_count c = {day,        p + 5,     p + 5 + QP_ID_LEN, grid,
                                          qp_rd32(d), d[4] != 0, d[5] != 0};
        rc = each(arg, &c);
    }
    mdb_cursor_close(cur);
    return rc;
}
