/* id.c: ids as text, and the check of text that came from outside.
 *
 * A matter's id begins with 48 bits of milliseconds, so ids sort by opening time, as bytes and as text alike.
 */
#include "proto/codec.h"

#include <assert.h>
#include <string.h>

#include "crypto/crypto.h"

enum { ID_CHARS = 26 }; /* 130 bits for 128: the first character carries three and is 0..7 */

static const char DIGITS[] = "0123456789abcdefghjkmnpqrstvwxyz"; /* Crockford's: no i, l, o, u */

void qp_id_text(char out[27], const uint8_t id[QP_ID_LEN])
{
    unsigned held = 0, bits = 2; /* two zero bits in front */
    size_t n = 0;
    for (size_t i = 0; i < QP_ID_LEN; i++) {
        held = (held << 8 | id[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            out[n++] = DIGITS[held >> (bits - 5) & 31];
    }
    assert(n == ID_CHARS && bits == 0);
    out[n] = 0;
}

int qp_id_parse(uint8_t id[QP_ID_LEN], const char *text)
{
    uint8_t bytes[QP_ID_LEN];
    if (strnlen(text, ID_CHARS + 1) != ID_CHARS)
        return QP_EINVAL;
    unsigned held = 0, bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < ID_CHARS; i++) {
        const char *digit = strchr(DIGITS, text[i]);
        if (!digit)
            return QP_EINVAL;
        unsigned value = (unsigned)(digit - DIGITS);
        if (i == 0) {
            if (value > 7)
                return QP_EINVAL;
            held = value;
            bits = 3;
            continue;
        }
        held = (held << 5 | value) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            bytes[n++] = (uint8_t)(held >> bits);
        }
    }
    assert(n == QP_ID_LEN && bits == 0);
    memcpy(id, bytes, sizeof bytes);
    return 0;
}

void qp_id_make(uint8_t id[QP_ID_LEN], int64_t at_us, const uint8_t random[10])
{
    uint64_t ms = at_us > 0 ? (uint64_t)at_us / 1000 : 0;
    if (ms >> 48)
        ms = ((uint64_t)1 << 48) - 1;
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)(ms >> (40 - 8 * i));
    memcpy(id + 6, random, 10);
}

bool qp_utf8_ok(const char *text, size_t len)
{
    const uint8_t *p = (const uint8_t *)text;
    size_t i = 0;
    while (i < len) {
        if (p[i] < 0x80) {
            if (p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r')
                return false;
            i++;
            continue;
        }
        size_t n = qp_utf8_len(p + i, len - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}
