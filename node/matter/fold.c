/* fold.c: see fold.h. Written by rows.c with a row's first writing, read by list.c.
 *
 *   QP_T_FOLDED: matter 16 ─► title 01 text 01 place 01 source_ref, folded; only where that differs from the
 *   texts with A to Z folded
 *
 * utf8proc does the folding: Unicode's tables are not for a program to keep itself. */
#include "node/matter/fold.h"

#include <assert.h>
#include <stdlib.h>
#include <utf8proc.h>

enum { TEXTS = 4, FOLDED_MAX = 60 * 1024 };
static const char BETWEEN = 1; /* no text that is folded has it from a query: the ends of texts do not meet */

static char low(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Only characters that folding leaves as they are, but for A to Z: ASCII, the ideographs U+4E00 to U+9FFF, 、
 * and 。. Most titles are of these; asking utf8proc for each costs an opening five microseconds. */
static bool is_settled(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    while (*p != 0) {
        bool ideograph =
            p[0] >= 0xe4 && p[0] <= 0xe9 && (p[0] > 0xe4 || p[1] >= 0xb8) && p[1] != 0 && p[2] != 0;
        bool stop = p[0] == 0xe3 && p[1] == 0x80 && (p[2] == 0x81 || p[2] == 0x82);
        if (*p >= 0x80 && !ideograph && !stop)
            return false;
        p += *p < 0x80 ? 1 : 3;
    }
    return true;
}

static char *lowered(struct qp_arena *a, const char *text)
{
    size_t len = strlen(text);
    char *out = qp_arena_copy(a, text, len + 1);
    for (size_t i = 0; out && i < len; i++)
        out[i] = low(out[i]);
    return out;
}

const char *qp_fold(struct qp_arena *a, const char *text)
{
    if (is_settled(text))
        return lowered(a, text);
    utf8proc_uint8_t *folded = utf8proc_NFKC_Casefold((const utf8proc_uint8_t *)text);
    if (!folded)
        return lowered(a, text);
    const char *out = qp_arena_copy(a, folded, strlen((char *)folded) + 1);
    free(folded);
    return out;
}

static void texts_of(const char *out[TEXTS], const Qp__Face *f)
{
    out[0] = f->title;
    out[1] = f->text;
    out[2] = f->place;
    out[3] = f->source_ref;
}

static bool same_texts(const Qp__Face *a, const Qp__Face *b)
{
    const char *x[TEXTS], *y[TEXTS];
    texts_of(x, a);
    texts_of(y, b);
    for (int i = 0; i < TEXTS; i++)
        if (strcmp(x[i], y[i]) != 0)
            return false;
    return true;
}

static bool needs_folding(const Qp__Face *f)
{
    const char *text[TEXTS];
    texts_of(text, f);
    for (int i = 0; i < TEXTS; i++)
        if (!is_settled(text[i]))
            return true;
    return false;
}

/* All texts folded, into out; their length, 0 when they are so already. */
static size_t fold_all(char out[FOLDED_MAX], const Qp__Face *f)
{
    const char *text[TEXTS];
    size_t n = 0;
    bool differs = false;
    texts_of(text, f);
    for (int i = 0; i < TEXTS; i++) {
        utf8proc_uint8_t *folded = utf8proc_NFKC_Casefold((const utf8proc_uint8_t *)text[i]);
        const char *from = folded ? (const char *)folded : text[i];
        for (size_t k = 0; from[k] != 0 && n < FOLDED_MAX - 1; k++) {
            out[n] = low(from[k]);
            differs = differs || k >= strlen(text[i]) || out[n] != low(text[i][k]);
            n++;
        }
        differs = differs || strlen(from) != strlen(text[i]);
        free(folded);
        if (n < FOLDED_MAX - 1)
            out[n++] = BETWEEN;
    }
    return differs ? n : 0;
}

static int write_one(struct qp_matters *m, const struct qp_entry *v, char *scratch, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(m->txn->store, QP_T_FOLDED);
    size_t len = needs_folding(v->row->face) ? fold_all(scratch, v->row->face) : 0;
    if (len > 0)
        return qp_put(m->txn->tables, dbi, v->id, QP_ID_LEN, scratch, len, e);
    return v->stored ? qp_del(m->txn->tables, dbi, v->id, QP_ID_LEN, e) : 0;
}

int qp_fold_write(struct qp_matters *m, struct qp_entry **v, size_t n, struct qp_err *e)
{
    char *scratch = NULL;
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++) {
        if (v[i]->stored ? same_texts(v[i]->stored->face, v[i]->row->face) : !needs_folding(v[i]->row->face))
            continue;
        if (!scratch && !(scratch = malloc(FOLDED_MAX)))
            return qp_fail(e, QP_ENOMEM, "no memory to fold texts for the search");
        rc = write_one(m, v[i], scratch, e);
    }
    free(scratch);
    return rc;
}

/* ---- searching ---- */

static bool contains(const char *text, const char *part)
{
    for (; *text != 0; text++) {
        size_t i = 0;
        while (part[i] != 0 && low(text[i]) == part[i])
            i++;
        if (part[i] == 0)
            return true;
    }
    return *part == 0;
}

bool qp_fold_finds(struct qp_read *r, const Qp__Face *f, const char *folded)
{
    const char *text[TEXTS];
    MDB_val v;
    if (!qp_get(r->tables, qp_store_dbi(r->store, QP_T_FOLDED), f->id.data, f->id.len, &v))
        return memmem(v.mv_data, v.mv_size, folded, strlen(folded));
    texts_of(text, f);
    for (int i = 0; i < TEXTS; i++)
        if (contains(text[i], folded))
            return true;
    return false;
}
