/* similar.h: open matters that may be the one that is just being reported (ST5): of the same category, near by or with
 * much of the same text; the newest first.
 *
 *   category ∩ state ─► the newest of each state that is open ─► near? much of the same text? ─► the newest few
 *
 * Bounded: of each of the six open states the newest QP_SIMILAR_ROWS of the category are looked at, wherever they are
 * (all of them together cost some milliseconds), so what is older and still open is not offered in a category that is that full.
 * Likeness is the share of pairs of neighbouring letters that two texts have in common (Dice), of title and text as a
 * search reads them (fold.h): it knows no words, and so no language. Nothing personal is read or said. */
#ifndef QP_NODE_MATTER_SIMILAR_H
#define QP_NODE_MATTER_SIMILAR_H

#include "node/matter/matter.h"

enum {
    QP_SIMILAR_ROWS = 500,     /* of one state */
    QP_SIMILAR_MOST = 20,      /* that are offered */
    QP_SIMILAR_RADIUS_M = 300, /* near by */
    QP_SIMILAR_PAIRS = 600,    /* of a text are compared: its first letters */
    QP_SIMILAR_ALSO = 3,       /* further names of a category: its code and two titles */
};
#define QP_SIMILAR_LIKENESS 0.5

struct qp_similar_query {
    const char *category; /* NULL: any */
    const char *also
        [QP_SIMILAR_ALSO]; /* what the policy calls the same one besides (PO2), each once; NULL: nothing further */
    const char *text;      /* NULL: not by text */
    bool located;
    double lat, lon;                                    /* WGS-84 */
    bool (*sees)(const void *seer, const Qp__Row *row); /* NULL: every one */
    const void *seer;
};
struct qp_similar {
    uint8_t id[QP_ID_LEN];
    char title[QP_TITLE_BYTES + 1];
    uint32_t state;
    double distance_m; /* -1: one of the two has no place */
    double likeness;   /* 0 to 1; -1: no text was given */
    int64_t opened_us;
};

/* Newest first into out[QP_SIMILAR_MOST]; returns how many, or -1 with e: QP_ENOMEM and the store's. */
long qp_matter_similar(struct qp_read *r, const struct qp_similar_query *q,
                       struct qp_similar out[QP_SIMILAR_MOST], struct qp_err *e);
/* 0 to 1; texts are folded. For a test. */
double qp_text_likeness(const char *a, const char *b);

#endif
