/* whisper.c: a whisper, sealed for the one node that it is for and opened there (LI7). Beside a message's own manner (body.c)
 * it is bound to its hearer, so that it says nothing anywhere else, and to being a whisper, so that it is never taken for
 * something that was said. */
#include <assert.h>
#include <string.h>

#include "node/line/line.h"

#define WHAT "whisper"
enum { BESIDE = 3 * QP_ID_LEN + sizeof WHAT };

static void beside_of(uint8_t out[BESIDE], const uint8_t *line, const uint8_t *speaker, const uint8_t *hearer)
{
    memcpy(out, line, QP_ID_LEN);
    memcpy(out + QP_ID_LEN, speaker, QP_ID_LEN);
    memcpy(out + 2 * QP_ID_LEN, hearer, QP_ID_LEN);
    memcpy(out + 3 * QP_ID_LEN, WHAT, sizeof WHAT);
}

bool qp_whisper_newest(uint32_t word)
{
    return word == QP_WHISPER_TYPING;
}

int qp_whisper_seal(Qp__Whisper **out, const uint8_t line[QP_ID_LEN], const uint8_t speaker[QP_ID_LEN],
                    const uint8_t to[QP_ID_LEN], const uint8_t pk[QP_PK_LEN], const Qp__WhisperBody *body,
                    struct qp_drbg *rnd, struct qp_arena *a, struct qp_err *e)
{
    uint8_t beside[BESIDE], nonce[QP_LOCK_NONCE], key[QP_KEY_LEN];
    size_t len;
    assert(memcmp(speaker, to, QP_ID_LEN) != 0); /* to its own people nothing is sealed */
    int rc = qp_check(&body->base, e);
    if (rc)
        return rc;
    uint8_t *packed = qp_encode(&body->base, a, &len), *own = qp_arena_copy(a, line, QP_ID_LEN);
    uint8_t *locked = packed ? qp_arena_take(a, len + QP_LOCK_OVERHEAD) : NULL;
    Qp__Whisper *w = *out = qp_arena_take(a, sizeof *w);
    if (!packed || !own || !locked || !w)
        return qp_fail(e, QP_ENOMEM, "no memory to seal a whisper");
    if (len > QP_WHISPER_BODY)
        return qp_fail(e, QP_EBIG, "a whisper has at most %d bytes", QP_WHISPER_BODY);
    qp__whisper__init(w);
    beside_of(beside, line, speaker, to);
    qp_drbg_bytes(rnd, key, sizeof key);
    qp_drbg_bytes(rnd, nonce, sizeof nonce);
    qp_lock(locked, packed, len, beside, sizeof beside, nonce, key);
    qp_wipe(packed, len);
    w->line = (ProtobufCBinaryData){QP_ID_LEN, own};
    w->newest = qp_whisper_newest(body->word);
    w->sealed = (ProtobufCBinaryData){len + QP_LOCK_OVERHEAD, locked};
    w->wrap = qp_line_wrap(to, pk, key, rnd, a);
    qp_wipe(key, sizeof key);
    return w->wrap ? 0 : qp_fail(e, QP_ENOMEM, "no memory to seal a whisper");
}

int qp_whisper_open(Qp__WhisperBody **body, const Qp__Whisper *w, const uint8_t speaker[QP_ID_LEN],
                    const uint8_t self[QP_ID_LEN], struct qp_ring *ring, struct qp_arena *a)
{
    uint8_t beside[BESIDE], key[QP_KEY_LEN];
    size_t len = w->sealed.len < QP_LOCK_OVERHEAD ? 0 : w->sealed.len - QP_LOCK_OVERHEAD;
    assert(w->line.len == QP_ID_LEN && w->wrap);
    if (!ring || memcmp(w->wrap->node.data, self, QP_ID_LEN) != 0)
        return QP_ENOTFOUND;
    uint8_t *packed = qp_arena_take(a, len + 1);
    int rc = packed ? qp_ring_unseal(ring, w->wrap->key.data, w->wrap->box.data, key) : QP_ENOMEM;
    if (rc)
        return rc;
    beside_of(beside, w->line.data, speaker, self);
    rc = !qp_unlock(packed, w->sealed.data, w->sealed.len, beside, sizeof beside, key) ? 0 : QP_ESIG;
    qp_wipe(key, sizeof key);
    return rc ? rc : QP_DECODE(body, whisper_body, packed, len, a, NULL) ? QP_ESIG : 0;
}
