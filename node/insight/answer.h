/* answer.h: the rows of an answer while they are added up, from cells (query.c) or from matters (scan.c). */
#ifndef QP_NODE_INSIGHT_ANSWER_H
#define QP_NODE_INSIGHT_ANSWER_H

#include "node/insight/cells.h"

/* One row's figures. Most rows have a single sketch: it is read where it lies. */
struct qp_tally {
    uint64_t key; /* a bucket as uint32_t, or what the asker names the row by */
    int64_t n[QP_FIGURES];
    const void *packed; /* into the map: valid as long as the read transaction */
    size_t packed_len;
    struct qp_sketch *sketch;
};
void qp_tally_counts(struct qp_tally *t, const int64_t n[QP_FIGURES], int64_t sign);
int qp_tally_sketch(struct qp_tally *t, const void *packed, size_t len,
                    int64_t sign);                        /* QP_ENOMEM, QP_ECORRUPT */
int qp_tally_handled(struct qp_tally *t, int32_t bucket); /* one value. QP_ENOMEM */
void qp_tally_free(struct qp_tally *t);
/* QP_ECORRUPT when the sketch does not hold as many values as were closed, or a count is negative. */
int qp_tally_figures(struct qp_counts *out, const struct qp_tally *t);

struct qp_answer {
    enum qp_split by;
    const struct qp_zone *zone;
    struct qp_tally *rows;
    size_t n, cap;
    uint32_t *slots; /* index + 1 */
    size_t n_slots;
    struct qp_tally total; /* its sketch is filled by the asker, its counts are the rows' sum */
};
/* The row of a key; makes it. NULL: no memory. Good until the next call. */
struct qp_tally *qp_answer_row(struct qp_answer *a, uint64_t key);
void qp_answer_free(struct qp_answer *a);
/* The key of a row in which a moment's figures stand: hour and day are its buckets. Only for the times. */
uint64_t qp_answer_time_key(const struct qp_answer *a, int32_t hour, int32_t day);
bool qp_split_is_time(enum qp_split by);

/* Writes the text of a row's key (not asked for times). */
typedef int qp_key_text(void *arg, uint64_t key, char out[QP_PATH_MAX], struct qp_err *e);
/* Drops empty rows, names and sorts the others, works out quantiles and the total. */
int qp_answer_finish(struct qp_board_result *out, struct qp_answer *a, qp_key_text *text, void *arg,
                     struct qp_err *e);

#endif
