/* weigh.h: from pieces to a sketch: which terms of a matter say most, in whole numbers only (rule LD3). */
#ifndef QP_NODE_INSIGHT_LEAD_WEIGH_H
#define QP_NODE_INSIGHT_LEAD_WEIGH_H

#include "node/insight/lead/lead.h"
#include "node/insight/lead/text.h"

enum { QP_LEAD_COUNTED = 512, QP_LEAD_DF_LEAST = 20, QP_LEAD_DF_PART = 20 /* 1/20: 5 % */ };

struct qp_lead_count {
    uint32_t hash, tf;
    uint64_t weight; /* 0: too frequent, or says nothing */
};
/* A matter's texts read and its terms counted, each once, in the order of the text; what is beyond
 * QP_LEAD_COUNTED different ones is left out. */
struct qp_lead_reading {
    struct qp_lead_text title, text;
    size_t n;
    struct qp_lead_count count[QP_LEAD_COUNTED];
};
void qp_lead_read(struct qp_lead_reading *r, const char *title, const char *text);
/* Counts the matter and its terms in df. */
void qp_lead_df_count(struct qp_lead_df *df, const struct qp_lead_reading *r);
void qp_lead_df_uncount(struct qp_lead_df *df, const struct qp_lead_reading *r); /* what was just counted */
/* In how many matters a term was; some more where others share both of its buckets. */
uint32_t qp_lead_df_of(const struct qp_lead_df *df, uint32_t hash);
/* Fills the weights from df, and the sketch from the heaviest. */
void qp_lead_weigh(struct qp_lead_sketch *s, struct qp_lead_reading *r, const struct qp_lead_df *df);
/* The 64 heaviest of n counts (each hash once) as a sketch; reorders them. */
void qp_lead_sketch_of(struct qp_lead_sketch *s, struct qp_lead_count *count, size_t n);
/* The names of a matter that was weighed: ascending, each once; at most `cap`. */
size_t qp_lead_names(uint32_t *out, size_t cap, const struct qp_lead_reading *r,
                     const struct qp_lead_sketch *s, const char *const *named, size_t n_named);

uint32_t qp_lead_ln_q16(uint64_t x); /* 65536 * ln x, cut; x > 0 */

int qp_lead_by_hash(const void *a, const void *b); /* the order of two struct qp_lead_count, for qsort */

/* Cosines: dot and squares are whole; the division is IEEE's, the same everywhere. */
double qp_lead_inverse(const struct qp_lead_sketch *s); /* 1 / its length; 0 where it is empty */
static inline uint32_t qp_lead_ppm(uint32_t dot, double inverse_a, double inverse_b)
{
    return (uint32_t)((double)dot * inverse_a * inverse_b * QP_LEAD_ONE);
}

#endif
