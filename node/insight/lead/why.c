/* why.c: the words that two texts share, as a person reads them (rule LD7). Sketches hold hashes only: words come
 * from texts, which whoever asks may read. See lead.h. */
#include "node/insight/lead/weigh.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

struct why {
    const struct qp_lead_sketch *a, *b;
    bool told[QP_LEAD_TERMS]; /* of a: its part has been told in a word before */
    double both;
    struct qp_lead_word *out;
    size_t cap, n;
};

/* What a term adds to the likeness, in ppm, and where it stands in a; 0: not shared. */
static uint32_t part_of(const struct why *w, uint32_t hash, size_t *at)
{
    for (*at = 0; *at < w->a->n; ++*at)
        if (w->a->hash[*at] == hash)
            break;
    if (*at == w->a->n)
        return 0;
    for (size_t j = 0; j < w->b->n; j++)
        if (w->b->hash[j] == hash)
            return (uint32_t)((uint32_t)w->a->weight[*at] * w->b->weight[j] * w->both * QP_LEAD_ONE);
    return 0;
}

static void write_word(char out[QP_LEAD_WORD_MAX], const struct qp_lead_text *t, size_t from, size_t to)
{
    size_t len = 0;
    for (size_t i = from; i < to && len + 4 < QP_LEAD_WORD_MAX; i++)
        if (t->kind[i] >= QP_CP_WORD)
            len += (size_t)utf8proc_encode_char(t->cp[i], (utf8proc_uint8_t *)out + len);
    out[len] = 0;
}

/* Keeps the heaviest `cap`. */
static void keep(struct why *w, const struct qp_lead_text *t, size_t from, size_t to, uint32_t ppm)
{
    if (ppm == 0 || w->cap == 0 || (w->n == w->cap && w->out[w->n - 1].ppm >= ppm))
        return;
    size_t i = w->n < w->cap ? w->n++ : w->n - 1;
    for (; i > 0 && w->out[i - 1].ppm < ppm; i--)
        w->out[i] = w->out[i - 1];
    write_word(w->out[i].text, t, from, to);
    w->out[i].ppm = ppm;
}

/* Bigrams that overlap are one word. */
static void walk(struct why *w, const struct qp_lead_text *t)
{
    struct qp_lead_piece piece[QP_LEAD_CP];
    size_t n = qp_lead_text_terms(t, piece), from = 0, to = 0, at;
    uint32_t ppm = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t part = part_of(w, piece[i].hash, &at);
        if (part == 0)
            continue;
        if (piece[i].from >= to) {
            keep(w, t, from, to, ppm);
            from = piece[i].from;
            ppm = 0;
        }
        to = piece[i].to;
        ppm += w->told[at] ? 0 : part;
        w->told[at] = true;
    }
    keep(w, t, from, to, ppm);
}

size_t qp_lead_why(struct qp_lead_word *out, size_t cap, const struct qp_lead_df *df, const char *title_a,
                   const char *text_a, const char *title_b, const char *text_b)
{
    struct qp_lead_reading *r = malloc(2 * sizeof *r);
    struct qp_lead_sketch a, b;
    if (!r)
        return 0;
    qp_lead_read(&r[0], title_a, text_a);
    qp_lead_read(&r[1], title_b, text_b);
    qp_lead_weigh(&a, &r[0], df);
    qp_lead_weigh(&b, &r[1], df);
    struct why w = {
        .a = &a, .b = &b, .both = qp_lead_inverse(&a) * qp_lead_inverse(&b), .out = out, .cap = cap};
    walk(&w, &r[0].title);
    walk(&w, &r[0].text);
    free(r);
    return w.n;
}
