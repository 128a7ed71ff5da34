/* body.c: what is said, sealed and opened. Each message has a key of its own; that key is sealed for each node that
 * may open it (LI4). What stands beside it (line, speaker, its number) is bound to it: a message that somebody moved to
 * another place does not open. */
#include <assert.h>
#include <string.h>

#include "node/line/line.h"

enum { BESIDE = QP_ID_LEN + QP_ID_LEN + 8 };

static void beside_of(uint8_t out[BESIDE], const uint8_t *line, const uint8_t *speaker, uint64_t n)
{
    memcpy(out, line, QP_ID_LEN);
    memcpy(out + QP_ID_LEN, speaker, QP_ID_LEN);
    qp_be64(out + 2 * QP_ID_LEN, n);
}

int qp_line_seal(Qp__LineSaid *said, const uint8_t node[QP_ID_LEN], const Qp__LineBody *body,
                 struct qp_drbg *rnd, uint8_t key[QP_KEY_LEN], struct qp_arena *a, struct qp_err *e)
{
    uint8_t beside[BESIDE], nonce[QP_LOCK_NONCE];
    size_t len;
    assert(said->line.len == QP_ID_LEN && said->n > 0);
    int rc = qp_check(&body->base, e);
    if (rc)
        return rc;
    uint8_t *packed = qp_encode(&body->base, a, &len);
    uint8_t *out = packed ? qp_arena_take(a, len + QP_LOCK_OVERHEAD) : NULL;
    if (!out)
        return qp_fail(e, QP_ENOMEM, "no memory to seal a message");
    if (len > QP_LINE_BODY)
        return qp_fail(e, QP_EBIG, "a message has at most %d bytes", QP_LINE_BODY);
    beside_of(beside, said->line.data, node, said->n);
    qp_drbg_bytes(rnd, key, QP_KEY_LEN);
    qp_drbg_bytes(rnd, nonce, sizeof nonce);
    qp_lock(out, packed, len, beside, sizeof beside, nonce, key);
    qp_wipe(packed, len);
    said->sealed = (ProtobufCBinaryData){len + QP_LOCK_OVERHEAD, out};
    return 0;
}

Qp__LineWrap *qp_line_wrap(const uint8_t node[QP_ID_LEN], const uint8_t pk[QP_PK_LEN],
                           const uint8_t key[QP_KEY_LEN], struct qp_drbg *rnd, struct qp_arena *a)
{
    uint8_t one_time[QP_SEED_LEN];
    Qp__LineWrap *w = qp_arena_take(a, sizeof *w);
    uint8_t *box = qp_arena_take(a, QP_LINE_BOX), *own = qp_arena_copy(a, node, QP_ID_LEN),
            *name = qp_arena_take(a, QP_LINE_KEY);
    if (!w || !box || !own || !name)
        return NULL;
    qp__line_wrap__init(w);
    qp_ring_name(name, pk);
    qp_drbg_bytes(rnd, one_time, sizeof one_time);
    qp_seal_by(box, key, QP_KEY_LEN, pk, one_time);
    qp_wipe(one_time, sizeof one_time);
    w->node = (ProtobufCBinaryData){QP_ID_LEN, own};
    w->key = (ProtobufCBinaryData){QP_LINE_KEY, name};
    w->box = (ProtobufCBinaryData){QP_LINE_BOX, box};
    return w;
}

const Qp__LineWrap *qp_line_wrap_of(const Qp__LineSaid *said, const uint8_t node[QP_ID_LEN])
{
    for (size_t i = 0; i < said->n_wraps; i++) {
        if (memcmp(said->wraps[i]->node.data, node, QP_ID_LEN) == 0)
            return said->wraps[i];
    }
    return NULL;
}

int qp_line_key_of(struct qp_ring *ring, const Qp__LineSaid *said, const uint8_t self[QP_ID_LEN],
                   uint8_t key[QP_KEY_LEN])
{
    const Qp__LineWrap *w = qp_line_wrap_of(said, self);
    return w && ring ? qp_ring_unseal(ring, w->key.data, w->box.data, key) : QP_ENOTFOUND;
}

int qp_line_unseal(Qp__LineBody **body, const Qp__LineSaid *said, const uint8_t speaker[QP_ID_LEN],
                   const uint8_t key[QP_KEY_LEN], struct qp_arena *a, struct qp_err *e)
{
    uint8_t beside[BESIDE];
    size_t len = said->sealed.len < QP_LOCK_OVERHEAD ? 0 : said->sealed.len - QP_LOCK_OVERHEAD;
    uint8_t *packed = qp_arena_take(a, len + 1);
    if (!packed)
        return qp_fail(e, QP_ENOMEM, "no memory to open a message");
    beside_of(beside, said->line.data, speaker, said->n);
    if (qp_unlock(packed, said->sealed.data, said->sealed.len, beside, sizeof beside, key))
        return qp_fail(e, QP_ESIG, "the message is not what its sender sealed");
    return QP_DECODE(body, line_body, packed, len, a, e);
}
