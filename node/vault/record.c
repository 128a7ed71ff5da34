/* record.c: one record under a key of its own, and that key for the nodes that may open it. Pure. */
#include "node/vault/vault.h"

static void commit_to(struct qp_hash *out, const void *record, size_t len)
{
    static const char tag[] = "qipan personal";
    const struct qp_part parts[] = {{tag, sizeof tag}, {record, len}};
    qp_hash_parts(out, parts, 2);
}

int qp_record_lock(struct qp_sealed *out, const void *record, size_t len, const uint8_t pk[QP_PK_LEN],
                   const uint8_t seed[QP_SEED_LEN], struct qp_arena *a, struct qp_err *e)
{
    uint8_t key[QP_KEY_LEN], nonce[QP_LOCK_NONCE], once[QP_SEED_LEN];
    struct qp_drbg g;
    if (len > QP_RECORD_MOST)
        return qp_fail(e, QP_EBIG, "a personal record has at most %d bytes; this one has %zu", QP_RECORD_MOST,
                       len);
    uint8_t *locked = qp_arena_take(a, len + QP_LOCK_OVERHEAD);
    if (!locked)
        return qp_fail(e, QP_ENOMEM, "no memory for a personal record");
    qp_drbg_init(&g, seed);
    qp_drbg_bytes(&g, key, sizeof key);
    qp_drbg_bytes(&g, nonce, sizeof nonce);
    qp_drbg_bytes(&g, once, sizeof once);
    qp_drbg_wipe(&g);
    commit_to(&out->commitment, record, len);
    qp_lock(locked, record, len, out->commitment.b, QP_HASH_LEN, nonce, key);
    qp_seal_by(out->key, key, sizeof key, pk, once);
    out->bytes = (struct qp_slice){locked, len + QP_LOCK_OVERHEAD};
    qp_wipe(key, sizeof key);
    qp_wipe(once, sizeof once);
    return 0;
}

int qp_record_unlock(uint8_t *out, size_t *len, const struct qp_sealed *s, const struct qp_keys *k)
{
    uint8_t key[QP_KEY_LEN];
    struct qp_hash h;
    if (s->bytes.len < QP_LOCK_OVERHEAD || s->bytes.len > QP_LOCKED_MOST)
        return QP_ESIG;
    *len = s->bytes.len - QP_LOCK_OVERHEAD;
    int rc = qp_open(key, s->key, sizeof s->key, k->box_pk, k->box_sk);
    if (!rc)
        rc = qp_unlock(out, s->bytes.p, s->bytes.len, s->commitment.b, QP_HASH_LEN, key);
    qp_wipe(key, sizeof key);
    if (rc)
        return rc;
    commit_to(&h, out, *len);
    if (qp_hash_eq(&h, &s->commitment))
        return 0;
    qp_wipe(out, *len);
    return QP_ESIG;
}

int qp_record_pass(uint8_t out[QP_SEALED_KEY], const struct qp_sealed *s, const struct qp_keys *k,
                   const uint8_t pk[QP_PK_LEN], const uint8_t seed[QP_SEED_LEN])
{
    uint8_t key[QP_KEY_LEN];
    int rc = qp_open(key, s->key, sizeof s->key, k->box_pk, k->box_sk);
    if (!rc)
        qp_seal_by(out, key, sizeof key, pk, seed);
    qp_wipe(key, sizeof key);
    return rc;
}
