/* text.c: bytes as text: lower-case hex and base64url without padding. One value has one text, or it is
 * refused.
 *
 * Called by node/http, node/cli, tokens, key files and proofs. */
#include "crypto/crypto.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

void qp_hex(char *out, const void *in, size_t len)
{
    sodium_bin2hex(out, 2 * len + 1, in, len);
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

int qp_unhex(void *out, size_t len, const char *hex)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < len; i++) {
        int high = nibble(hex[2 * i]);
        int low =
            high < 0 ? -1 : nibble(hex[2 * i + 1]); /* a text that ends early is not read past its end */
        if (low < 0)
            return QP_EINVAL;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return hex[2 * len] == 0 ? 0 : QP_EINVAL;
}

size_t qp_b64_len(size_t len)
{
    size_t rest = len % 3;
    return len / 3 * 4 + (rest > 0 ? rest + 1 : 0);
}

void qp_b64(char *out, const void *in, size_t len)
{
    sodium_bin2base64(out, qp_b64_len(len) + 1, in, len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void qp_b64_padded(char *out, size_t cap, const void *in, size_t len)
{
    sodium_bin2base64(out, cap, in, len, sodium_base64_VARIANT_ORIGINAL);
}

long qp_unb64(void *out, size_t cap, const char *text)
{
    /* libsodium refuses characters outside the alphabet, tails whose spare bits are not zero, and too many
     * bytes; but it (1.0.18) reads each byte from 0x80 as the last letter, so that one value would have many
     * texts. */
    size_t got = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c >= 0x80)
            return -1;
    }
    if (sodium_base642bin(out, cap, text, strlen(text), NULL, &got, NULL,
                          sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return -1;
    return (long)got;
}

size_t qp_utf8_len(const uint8_t *p, size_t left)
{
    assert(left > 0);
    uint8_t c = p[0];
    size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0x80 ? 2 : 1;
    if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || left < len)
        return 0;
    uint8_t low = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;  /* no overlong forms */
    uint8_t high = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf; /* no surrogates, nothing above U+10FFFF */
    if (len > 1 && (p[1] < low || p[1] > high))
        return 0;
    for (size_t i = 2; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return len;
}

void qp_text_cut(char *out, size_t cap, const char *text)
{
    size_t n = strnlen(text, cap - 1);
    if (text[n])
        while (n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80)
            n--;
    memcpy(out, text, n);
    out[n] = '\0';
}
