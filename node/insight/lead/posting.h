/* posting.h: the inverted index: for each term, the slots of the live matters whose sketch has it, and how heavy
 * it is there. The order of a list means nothing: whoever reads it adds up. */
#ifndef QP_NODE_INSIGHT_LEAD_POSTING_H
#define QP_NODE_INSIGHT_LEAD_POSTING_H

#include "node/insight/lead/lead.h"

/* slot in the upper 24 bits, weight in the lower 8 */
static inline uint32_t qp_posting(uint32_t slot, uint8_t weight)
{
    return slot << 8 | weight;
}

struct qp_list {
    uint32_t hash; /* 0: an empty slot of the table */
    uint32_t n, cap;
    union {
        uint32_t few[2]; /* cap 2 */
        uint32_t *many;
    } at;
};
struct qp_postings {
    struct qp_list *list; /* open addressing */
    size_t mask, used;    /* used: slots taken, lists that have become empty too */
};

int qp_postings_init(struct qp_postings *p); /* QP_ENOMEM */
void qp_postings_free(struct qp_postings *p);
/* Makes room for so many more terms. QP_ENOMEM. */
int qp_postings_room(struct qp_postings *p, size_t more);
/* QP_ENOMEM, and nothing has changed. */
int qp_postings_put(struct qp_postings *p, const struct qp_lead_sketch *s, uint32_t slot);
/* Takes out what put had put in. */
void qp_postings_drop(struct qp_postings *p, const struct qp_lead_sketch *s, uint32_t slot);
/* The lists of all terms of a sketch, in its order; NULL for none. They lie anywhere in memory: all are on their way to the processor
 * before the first is read. */
void qp_postings_of(const struct qp_postings *p, const struct qp_lead_sketch *s,
                    const uint32_t *list[QP_LEAD_TERMS], size_t n[QP_LEAD_TERMS]);

#endif
