/* hash.c: BLAKE2b-256 (RFC 7693), unkeyed, over one piece or over the concatenation of several.
 *
 * Called wherever something gets an id, a chain link or a checksum. */
#include "crypto/crypto.h"

#include <assert.h>
#include <sodium.h>
#include <unistd.h>

void qp_hash(struct qp_hash *out, const void *in, size_t len)
{
    int rc = crypto_generichash(out->b, sizeof out->b, in, len, NULL, 0);
    assert(!rc); /* fails for wrong sizes only */
    (void)rc;
}

void qp_hash_parts(struct qp_hash *out, const struct qp_part *parts, size_t n)
{
    crypto_generichash_state s;
    crypto_generichash_init(&s, NULL, 0, sizeof out->b);
    for (size_t i = 0; i < n; i++)
        if (parts[i].len > 0)
            crypto_generichash_update(&s, parts[i].p, parts[i].len);
    crypto_generichash_final(&s, out->b, sizeof out->b);
}

int qp_hash_file(struct qp_hash *out, int fd, uint64_t *len)
{
    crypto_generichash_state s;
    uint8_t piece[64 * 1024];
    ssize_t n;
    *len = 0;
    crypto_generichash_init(&s, NULL, 0, sizeof out->b);
    while ((n = pread(fd, piece, sizeof piece, (off_t)*len)) > 0) {
        crypto_generichash_update(&s, piece, (size_t)n);
        *len += (uint64_t)n;
    }
    crypto_generichash_final(&s, out->b, sizeof out->b);
    return n == 0 ? 0 : QP_EIO;
}

bool qp_hash_eq(const struct qp_hash *a, const struct qp_hash *b)
{
    return sodium_memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool qp_hash_zero(const struct qp_hash *h)
{
    return sodium_is_zero(h->b, sizeof h->b) == 1;
}
