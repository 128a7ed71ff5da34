/* varint.h: LEB128 numbers, as in protobuf: seven bits a byte, the lowest first. Cells, sketches and the
 * reader of rows use it. */
#ifndef QP_NODE_INSIGHT_VARINT_H
#define QP_NODE_INSIGHT_VARINT_H

#include <stddef.h>
#include <stdint.h>

enum { QP_VARINT_MAX = 10 }; /* bytes of a 64-bit number */

/* Writes v at p and returns the byte behind it. */
static inline uint8_t *qp_varint_put(uint8_t *p, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *p++ = (uint8_t)(v | 0x80);
    *p++ = (uint8_t)v;
    return p;
}

/* Reads one number from [p, end) and returns the byte behind it; NULL when it is cut off or too long. */
static inline const uint8_t *qp_varint_get(const uint8_t *p, const uint8_t *end, uint64_t *v)
{
    if (p < end && *p < 0x80) {
        *v = *p;
        return p + 1;
    }
    uint64_t sum = 0;
    for (unsigned shift = 0; p < end && shift < 64; shift += 7) {
        uint8_t b = *p++;
        sum |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *v = sum;
            return p;
        }
    }
    return NULL;
}

/* Zigzag: small numbers of either sign become small numbers. */
static inline uint64_t qp_zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

static inline int64_t qp_unzigzag(uint64_t v)
{
    return (int64_t)(v >> 1 ^ (0 - (v & 1)));
}

#endif
