/* adopt.c: a node that has joined again has new keys, and the keys of its records are sealed to the ones before: while those
 * are still there, each is sealed anew. As a record that is replaced by itself (vault.c), so that a crash loses none. */
#include "node/vault/inside.h"

enum { BATCH = 64 };

static bool opens(const uint8_t key[QP_SEALED_KEY], const struct qp_keys *k)
{
    uint8_t clear[QP_KEY_LEN];
    bool does = !qp_open(clear, key, QP_SEALED_KEY, k->box_pk, k->box_sk);
    qp_wipe(clear, sizeof clear);
    return does;
}

bool qp_vault_opens(struct qp_vault *v, const uint8_t id[QP_ID_LEN])
{
    uint8_t key[QP_SEALED_KEY];
    bool noted;
    return qp_vault_key(v, id, key, &noted) && (noted || opens(key, v->keys));
}

static int adopt_one(struct qp_vault *v, const MDB_val *k, const MDB_val *d, const struct qp_keys *former,
                     struct qp_drbg *g, size_t *n, struct qp_err *e)
{
    const uint8_t *p = d->mv_data;
    struct qp_sealed s;
    uint8_t once[QP_SEED_LEN];
    if (!qp_value_whole(k, d) || qp_slots_read(&v->slots, qp_slot_of(d), k->mv_data, s.key) ||
        opens(s.key, v->keys))
        return 0;
    memcpy(s.commitment.b, p + 4, QP_HASH_LEN);
    s.bytes = (struct qp_slice){p + QP_VALUE_HEAD, d->mv_size - QP_VALUE_HEAD};
    qp_drbg_bytes(g, once, sizeof once);
    int rc = qp_record_pass(s.key, &s, former, v->keys->box_pk, once);
    qp_wipe(once, sizeof once);
    if (rc)
        return 0; /* another's still */
    ++*n;
    return qp_vault_keep(v, k->mv_data, &s, e);
}

/* The next ones behind `after`; *n of them are noted. */
static int note_some(struct qp_vault *v, uint8_t after[QP_ID_LEN], bool *begun, const struct qp_keys *former,
                     struct qp_drbg *g, size_t *n, struct qp_err *e)
{
    MDB_txn *txn;
    MDB_cursor *cur = NULL;
    MDB_val k = {QP_ID_LEN, after}, d;
    int rc = 0, m = mdb_txn_begin(v->env, NULL, MDB_RDONLY, &txn);
    if (m)
        return qp_vault_failed(m, e);
    m = mdb_cursor_open(txn, v->dbi, &cur);
    if (!m)
        m = mdb_cursor_get(cur, &k, &d, *begun ? MDB_SET_RANGE : MDB_FIRST);
    if (!m && *begun && k.mv_size == QP_ID_LEN && memcmp(k.mv_data, after, QP_ID_LEN) == 0)
        m = mdb_cursor_get(cur, &k, &d, MDB_NEXT);
    for (; !m && !rc && *n < BATCH; m = mdb_cursor_get(cur, &k, &d, MDB_NEXT)) {
        rc = adopt_one(v, &k, &d, former, g, n, e);
        if (k.mv_size == QP_ID_LEN)
            memcpy(after, k.mv_data, QP_ID_LEN);
        *begun = true;
    }
    if (cur)
        mdb_cursor_close(cur);
    mdb_txn_abort(txn);
    return rc || !m || m == MDB_NOTFOUND ? rc : qp_vault_failed(m, e);
}

int qp_vault_adopt(struct qp_vault *v, const struct qp_keys *former, const uint8_t seed[QP_SEED_LEN],
                   size_t *adopted, struct qp_err *e)
{
    uint8_t after[QP_ID_LEN];
    struct qp_drbg g;
    bool begun = false;
    size_t n;
    int rc = 0;
    *adopted = 0;
    qp_drbg_init(&g, seed);
    do {
        n = 0;
        rc = note_some(v, after, &begun, former, &g, &n, e);
        if (!rc)
            rc = qp_vault_commit(v, e);
        rc = rc ? rc : qp_vault_settle(v, e);
        *adopted += !rc ? n : 0;
    } while (!rc && n == BATCH);
    if (rc)
        qp_vault_forget(v);
    qp_drbg_wipe(&g);
    return rc;
}
