/* vector.h: what every test of crypto/ includes: cmocka, and golden bytes written as hex.
 *
 * Vectors of our own forms were worked out beside qipan, with Python's hashlib and with OpenSSL. */
#ifndef TESTS_UNIT_CRYPTO_VECTOR_H
#define TESTS_UNIT_CRYPTO_VECTOR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/crypto.h"

static inline void from_hex(void *out, size_t len, const char *hex)
{
    assert_int_equal(strlen(hex), 2 * len);
    assert_int_equal(qp_unhex(out, len, hex), 0);
}

static inline void assert_bytes(const void *got, size_t len, const char *hex)
{
    uint8_t want[512];
    assert_true(len <= sizeof want);
    from_hex(want, len, hex);
    assert_memory_equal(got, want, len);
}

/* A seed whose bytes count up from `first`. */
static inline void counting_seed(uint8_t seed[QP_SEED_LEN], uint8_t first)
{
    for (int i = 0; i < QP_SEED_LEN; i++)
        seed[i] = (uint8_t)(first + i);
}

static inline int start_crypto(void **state)
{
    (void)state;
    return qp_crypto_init(NULL);
}

#endif
