/* receipt.c: see receipt.h. Called by json_matter.c, which tells them, and calls/reporter.c, which is asked by them. */
#include "node/http/shape/receipt.h"

#include <stdio.h>
#include <string.h>

#include "crypto/crypto.h"

enum { DIGITS = 13, MS_BITS = 45, HASH_BITS = 20, SAME_MOST = 64 };
static const char ALPHABET[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* Crockford's */

/* ---- the check character: over GF(32), x^5+x^2+1, the i-th digit times 2^i. One wrong character and two that changed
 * places always show, since the powers of 2 all differ. ---- */

static unsigned times(unsigned a, unsigned b)
{
    unsigned p = 0;
    for (; b; b >>= 1) {
        p ^= b & 1 ? a : 0;
        a = a << 1 ^ (a & 16 ? 0x25 : 0);
    }
    return p & 31;
}

static unsigned check_of(const unsigned digits[DIGITS])
{
    unsigned sum = 0, power = 2;
    for (size_t i = 0; i < DIGITS; i++) {
        sum ^= times(digits[i], power);
        power = times(power, 2);
    }
    return sum;
}

/* ---- the number ---- */

static void print(char out[QP_RECEIPT_TEXT], const unsigned digits[DIGITS])
{
    size_t n = 0;
    for (size_t i = 0; i <= DIGITS; i++) {
        if (i == 5 || i == 10)
            out[n++] = '-';
        out[n++] = ALPHABET[i < DIGITS ? digits[i] : check_of(digits)];
    }
    out[n] = '\0';
}

void qp_receipt_number(char out[QP_RECEIPT_TEXT], const uint8_t id[QP_ID_LEN])
{
    unsigned digits[DIGITS];
    uint64_t ms = 0;
    uint32_t hash = (uint32_t)id[6] << 12 | (uint32_t)id[7] << 4 | (uint32_t)id[8] >> 4;
    for (size_t i = 0; i < 6; i++)
        ms = ms << 8 | id[i];
    for (size_t i = 0; i < 9; i++)
        digits[i] = ms >> (MS_BITS - 5 - 5 * i) & 31;
    for (size_t i = 0; i < 4; i++)
        digits[9 + i] = hash >> (HASH_BITS - 5 - 5 * i) & 31;
    print(out, digits);
}

static int digit(char c)
{
    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        return 0;
    if (c == 'I' || c == 'L')
        return 1;
    const char *at = c ? strchr(ALPHABET, c) : NULL;
    return at ? (int)(at - ALPHABET) : -1;
}

bool qp_receipt_parse(uint8_t from[QP_ID_LEN], uint8_t to[QP_ID_LEN], char canonical[QP_RECEIPT_TEXT],
                      const char *text)
{
    unsigned digits[DIGITS + 1];
    size_t n = 0;
    for (; *text; text++) {
        if (*text == ' ' || *text == '-')
            continue;
        int d = digit(*text);
        if (d < 0 || n > DIGITS)
            return false;
        digits[n++] = (unsigned)d;
    }
    if (n != DIGITS + 1 || digits[DIGITS] != check_of(digits))
        return false;
    uint64_t ms = 0;
    uint32_t hash = 0;
    for (size_t i = 0; i < DIGITS; i++) {
        if (i < 9)
            ms = ms << 5 | digits[i];
        else
            hash = hash << 5 | digits[i];
    }
    memset(from, 0, QP_ID_LEN);
    memset(to, 0xff, QP_ID_LEN);
    for (size_t i = 0; i < 6; i++)
        from[i] = to[i] = (uint8_t)(ms >> (40 - 8 * i));
    from[6] = to[6] = (uint8_t)(hash >> 12);
    from[7] = to[7] = (uint8_t)(hash >> 4);
    from[8] = (uint8_t)(hash << 4);
    to[8] = (uint8_t)(hash << 4 | 15);
    print(canonical, digits);
    return true;
}

/* ---- the code ---- */

void qp_receipt_code(char out[QP_RECEIPT_CODE], const Qp__Face *face)
{
    static const char WHAT[] = "qipan receipt code";
    struct qp_hash h;
    struct qp_part parts[] = {
        {WHAT, sizeof WHAT}, {face->id.data, face->id.len}, {face->salt.data, face->salt.len}};
    qp_hash_parts(&h, parts, 3);
    snprintf(out, QP_RECEIPT_CODE, "%06u", (unsigned)(qp_rd64(h.b) % 1000000));
}

/* All six are always looked at. */
static bool same_code(const char *code, const char right[QP_RECEIPT_CODE])
{
    unsigned differ = 0;
    if (strlen(code) != QP_RECEIPT_CODE - 1)
        return false;
    for (size_t i = 0; i < QP_RECEIPT_CODE - 1; i++)
        differ |= (unsigned char)(code[i] ^ right[i]);
    return differ == 0;
}

/* A row is read and a code worked out also where there is no such number, so that the time says no more than the answer. */
static void as_long(struct qp_read *r, MDB_cursor *cursor, uint8_t from[QP_ID_LEN], struct qp_arena *a)
{
    char code[QP_RECEIPT_CODE];
    MDB_val k = {QP_ID_LEN, from}, v;
    Qp__Row *row;
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    if (rc)
        rc = mdb_cursor_get(cursor, &k, &v, MDB_FIRST);
    if (!rc && k.mv_size == QP_ID_LEN && !qp_matter_read(r, k.mv_data, &row, a, NULL))
        qp_receipt_code(code, row->face);
}

int qp_receipt_find(struct qp_read *r, const char *number, const char *code, Qp__Row **row,
                    struct qp_arena *a, struct qp_err *e)
{
    uint8_t from[QP_ID_LEN], to[QP_ID_LEN];
    char canonical[QP_RECEIPT_TEXT], right[QP_RECEIPT_CODE];
    MDB_cursor *cursor;
    if (!qp_receipt_parse(from, to, canonical, number))
        return qp_fail(e, QP_ENOTFOUND, "no such number and code");
    if (mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_MATTER), &cursor))
        return qp_fail(e, QP_EIO, "the matters could not be read");
    MDB_val k = {QP_ID_LEN, from}, v;
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    int found = QP_ENOTFOUND;
    bool read = false;
    for (int n = 0; !rc && n < SAME_MOST && k.mv_size == QP_ID_LEN && memcmp(k.mv_data, to, QP_ID_LEN) <= 0;
         n++) {
        if (!qp_matter_read(r, k.mv_data, row, a, NULL)) {
            qp_receipt_code(right, (*row)->face);
            read = true;
            if (same_code(code, right)) {
                found = 0;
                break;
            }
        }
        rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT);
    }
    if (!read)
        as_long(r, cursor, from, a);
    mdb_cursor_close(cursor);
    return found ? qp_fail(e, found, "no such number and code") : 0;
}
