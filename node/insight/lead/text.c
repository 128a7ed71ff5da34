/* text.c: see text.h. utf8proc normalises (it does already for the search): Unicode's tables are not for a
 * program to keep itself. */
#include "node/insight/lead/text.h"

#include <assert.h>
#include <string.h>
#include <utf8proc.h>

/* What is hashed: the same letters as a term and as a name differ. */
static const uint32_t TERM = 1, NAME = 2;

static bool is_ideograph(int32_t c)
{
    return (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3400 && c <= 0x4dbf) || (c >= 0x3005 && c <= 0x3007) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0x20000 && c <= 0x323af) || /* Han */
           (c >= 0x3041 && c <= 0x30fa) || (c >= 0x30fc && c <= 0x312f) ||   /* kana, bopomofo */
           (c >= 0xac00 && c <= 0xd7a3);                                     /* Hangul */
}

static uint8_t kind_of(int32_t c)
{
    if (c < 0x80) {
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            return QP_CP_WORD;
        return c == ' ' || (c >= '\t' && c <= '\r') ? QP_CP_WHITE : QP_CP_BREAK;
    }
    if (is_ideograph(c))
        return QP_CP_IDEOGRAPH;
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ND: return QP_CP_WORD; /* the words of other scripts */
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return QP_CP_WHITE;
    default: return QP_CP_BREAK;
    }
}

/* Bytes of the first `most` code points. */
static size_t head_of(const char *text, size_t most)
{
    size_t n = 0;
    for (; text[n] != 0; n++)
        if (((unsigned char)text[n] & 0xc0) != 0x80 && most-- == 0)
            break;
    return n;
}

/* Normalising changes nothing in ASCII, the common ideographs and their commas, which most texts are made of. */
static bool is_settled(int32_t c)
{
    return c < 0x80 || (c >= 0x4e00 && c <= 0x9fff) || (c >= 0x3001 && c <= 0x3002) ||
           (c >= 0x201c && c <= 0x201d);
}

void qp_lead_text_read(struct qp_lead_text *t, const char *text, size_t most)
{
    size_t len = head_of(text, most), at = 0;
    bool settled = true, cut = text[len] != 0;
    assert(most <= QP_LEAD_CP);
    for (t->n = 0; at < len; t->n++) {
        int32_t c;
        utf8proc_ssize_t got =
            utf8proc_iterate((const utf8proc_uint8_t *)text + at, (utf8proc_ssize_t)(len - at), &c);
        if (got <= 0)
            break; /* no UTF-8: the callers have looked */
        t->cp[t->n] = c;
        settled = settled && is_settled(c);
        at += (size_t)got;
    }
    if (!settled) {
        int32_t more[QP_LEAD_CP * 4];
        utf8proc_ssize_t n = utf8proc_decompose((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)at, more,
                                                sizeof more / sizeof more[0],
                                                UTF8PROC_COMPAT | UTF8PROC_COMPOSE | UTF8PROC_STABLE);
        if (n >= 0 && n <= (utf8proc_ssize_t)(sizeof more / sizeof more[0]))
            n = utf8proc_normalize_utf32(more, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
        if (n >= 0 && n <= (utf8proc_ssize_t)(sizeof more / sizeof more[0])) {
            t->n = (size_t)n < QP_LEAD_CP ? (size_t)n : QP_LEAD_CP;
            cut |= (size_t)n > QP_LEAD_CP;
            memcpy(t->cp, more, t->n * sizeof *more);
        }
    }
    for (size_t i = 0; i < t->n; i++) {
        if (t->cp[i] >= 'A' && t->cp[i] <= 'Z')
            t->cp[i] += 'a' - 'A';
        t->kind[i] = kind_of(t->cp[i]);
    }
    if (cut)
        qp_lead_text_cut(t);
    qp_lead_text_shy(t);
}

/* ---- pieces ---- */

static uint64_t hash_begin(uint32_t what)
{
    return UINT64_C(0xcbf29ce484222325) ^ what;
}

static uint64_t hash_on(uint64_t h, int32_t c)
{
    return (h ^ (uint32_t)c) * UINT64_C(0x100000001b3); /* FNV-1a over code points */
}

static uint32_t hash_end(uint64_t h)
{
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd); /* murmur3's end: every bit of the sum counts */
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    h ^= h >> 33;
    return (uint32_t)h != 0 ? (uint32_t)h : 1;
}

/* The next ideograph of the same run behind i; 0: the run ends. White space is no end. */
static size_t next_ideograph(const struct qp_lead_text *t, size_t i)
{
    for (i++; i < t->n && t->kind[i] == QP_CP_WHITE;)
        i++;
    return i < t->n && t->kind[i] == QP_CP_IDEOGRAPH ? i : 0;
}

static uint32_t bigram(const struct qp_lead_text *t, size_t a, size_t b)
{
    return hash_end(hash_on(hash_on(hash_begin(TERM), t->cp[a]), t->cp[b]));
}

static size_t word_end(const struct qp_lead_text *t, size_t i)
{
    while (i < t->n && t->kind[i] == QP_CP_WORD)
        i++;
    return i;
}

static uint32_t run_hash(const struct qp_lead_text *t, size_t from, size_t to, uint32_t what)
{
    uint64_t h = hash_begin(what);
    for (size_t i = from; i < to; i++)
        if (t->kind[i] >= QP_CP_WORD)
            h = hash_on(h, t->cp[i]);
    return hash_end(h);
}

size_t qp_lead_text_terms(const struct qp_lead_text *t, struct qp_lead_piece *out)
{
    size_t n = 0, next;
    for (size_t i = 0; i < t->n;) {
        if (t->kind[i] == QP_CP_IDEOGRAPH) {
            if ((next = next_ideograph(t, i)) != 0)
                out[n++] = (struct qp_lead_piece){bigram(t, i, next), (uint16_t)i, (uint16_t)(next + 1)};
            i++;
        } else if (t->kind[i] == QP_CP_WORD) {
            next = word_end(t, i);
            out[n++] = (struct qp_lead_piece){run_hash(t, i, next, TERM), (uint16_t)i, (uint16_t)next};
            i = next;
        } else {
            i++;
        }
    }
    return n;
}

/* The end of the run of QP_LEAD_NAME_CP ideographs at i whose bigrams all count; 0: there is none. */
static size_t name_end(const struct qp_lead_text *t, size_t i, bool (*whole)(const void *, uint32_t),
                       const void *arg)
{
    for (int k = 1; k < QP_LEAD_NAME_CP; k++) {
        size_t next = next_ideograph(t, i);
        if (next == 0 || !whole(arg, bigram(t, i, next)))
            return 0;
        i = next;
    }
    return i + 1;
}

/* A plate, a company's or machine's number: at least four, letters and digits. */
static bool is_number_of_thing(const struct qp_lead_text *t, size_t from, size_t to)
{
    bool letter = false, digit = false;
    for (size_t i = from; i < to; i++) {
        bool d = t->cp[i] >= '0' && t->cp[i] <= '9';
        digit = digit || d;
        letter = letter || !d;
    }
    return letter && digit && to - from >= 4;
}

size_t qp_lead_text_names(const struct qp_lead_text *t, bool (*whole)(const void *arg, uint32_t hash),
                          const void *arg, uint32_t *out)
{
    size_t n = 0, end;
    for (size_t i = 0; i < t->n;) {
        if (t->kind[i] == QP_CP_IDEOGRAPH) {
            if ((end = name_end(t, i, whole, arg)) != 0)
                out[n++] = run_hash(t, i, end, NAME);
            i++;
        } else if (t->kind[i] == QP_CP_WORD) {
            end = word_end(t, i);
            if (is_number_of_thing(t, i, end))
                out[n++] = run_hash(t, i, end, NAME);
            i = end;
        } else {
            i++;
        }
    }
    return n;
}

uint32_t qp_lead_text_name(const char *name)
{
    struct qp_lead_text t;
    size_t letters = 0;
    qp_lead_text_read(&t, name, QP_LEAD_TITLE_CP);
    for (size_t i = 0; i < t.n; i++)
        letters += t.kind[i] >= QP_CP_WORD;
    return letters > 0 ? run_hash(&t, 0, t.n, NAME) : 0;
}
