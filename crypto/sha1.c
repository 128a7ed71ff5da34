/* sha1.c: HMAC-SHA1 (RFC 2104, FIPS 180-4), for programs of others that take nothing else: a TURN server's passwords. Nothing
 * inside this project rests on it. libsodium has none. */
#include <string.h>

#include "crypto/crypto.h"

enum { BLOCK = 64 };

static uint32_t turn(uint32_t v, int n)
{
    return v << n | v >> (32 - n);
}

static void one_block(uint32_t h[5], const uint8_t *p)
{
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (int i = 0; i < 16; i++)
        w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 |
               p[4 * i + 3];
    for (int i = 16; i < 80; i++)
        w[i] = turn(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    for (int i = 0; i < 80; i++) {
        uint32_t f = i < 20              ? (b & c) | (~b & d)
                     : i < 40 || i >= 60 ? b ^ c ^ d
                                         : (b & c) | (b & d) | (c & d);
        uint32_t k = i < 20 ? 0x5A827999 : i < 40 ? 0x6ED9EBA1 : i < 60 ? 0x8F1BBCDC : 0xCA62C1D6;
        uint32_t t = turn(a, 5) + f + e + k + w[i];
        e = d;
        d = c;
        c = turn(b, 30);
        b = a;
        a = t;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

/* Of two parts, the first of one block. */
static void sha1(uint8_t out[QP_SHA1_LEN], const uint8_t first[BLOCK], const uint8_t *p, size_t len)
{
    uint32_t h[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    uint8_t last[2 * BLOCK] = {0};
    uint64_t bits = ((uint64_t)BLOCK + len) * 8;
    one_block(h, first);
    for (; len >= BLOCK; len -= BLOCK, p += BLOCK)
        one_block(h, p);
    if (len > 0)
        memcpy(last, p, len);
    last[len] = 0x80;
    size_t n = len + 9 > BLOCK ? 2 * BLOCK : BLOCK;
    for (int i = 0; i < 8; i++)
        last[n - 1 - (size_t)i] = (uint8_t)(bits >> (8 * i));
    one_block(h, last);
    if (n > BLOCK)
        one_block(h, last + BLOCK);
    for (int i = 0; i < QP_SHA1_LEN; i++)
        out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

bool qp_hmac_sha1(uint8_t out[QP_SHA1_LEN], const void *msg, size_t len, const void *key, size_t key_len)
{
    uint8_t pad[BLOCK] = {0}, inner[QP_SHA1_LEN];
    if (key_len > BLOCK)
        return false;
    memcpy(pad, key, key_len);
    for (int i = 0; i < BLOCK; i++)
        pad[i] ^= 0x36;
    sha1(inner, pad, msg, len);
    for (int i = 0; i < BLOCK; i++)
        pad[i] ^= 0x36 ^ 0x5C;
    sha1(out, pad, inner, sizeof inner);
    qp_wipe(pad, sizeof pad);
    return true;
}
