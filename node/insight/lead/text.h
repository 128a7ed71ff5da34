/* text.h: from a text to pieces: the bigrams and words that it is compared by, and the runs that may be names.
 * Rules LD1 and LD2. Used by weigh.c (which counts them) and why.c (which shows them). */
#ifndef QP_NODE_INSIGHT_LEAD_TEXT_H
#define QP_NODE_INSIGHT_LEAD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QP_LEAD_TITLE_CP = 200, /* code points of the title that are read */
    QP_LEAD_TEXT_CP = 100,  /* of the text */
    QP_LEAD_CP = 1024,      /* after normalising; what is beyond is left out (one code point can become 18) */
    QP_LEAD_NAME_CP = 3,    /* ideographs of a run that may be a name */
};

/* One text, normalised. */
struct qp_lead_text {
    size_t n;
    int32_t cp[QP_LEAD_CP];
    uint8_t kind[QP_LEAD_CP]; /* enum qp_lead_kind */
};
enum qp_lead_kind { QP_CP_BREAK, QP_CP_WHITE, QP_CP_WORD, QP_CP_IDEOGRAPH };

/* Reads the first `most` code points of valid UTF-8, NFKC, A to Z lowered. Whatever may be a person's number,
 * address or name has become QP_CP_BREAK (shy.c). */
void qp_lead_text_read(struct qp_lead_text *t, const char *text, size_t most);
void qp_lead_text_cut(struct qp_lead_text *t); /* shy.c: of a text that goes on, hides a stump at its end */
/* shy.c: the second half of it. */
void qp_lead_text_shy(struct qp_lead_text *t);

struct qp_lead_piece {
    uint32_t hash;
    uint16_t from, to; /* cp[from .. to) ; white space may lie in it */
};
/* Its terms, in the order of the text; at most QP_LEAD_CP. */
size_t qp_lead_text_terms(const struct qp_lead_text *t, struct qp_lead_piece *out);
/* The runs that may be names: QP_LEAD_NAME_CP ideographs, and words of letters and digits (vehicles). `whole`
 * says for a term's hash whether it counts; a run is a name when all its bigrams do. At most QP_LEAD_CP. */
size_t qp_lead_text_names(const struct qp_lead_text *t, bool (*whole)(const void *arg, uint32_t hash),
                          const void *arg, uint32_t *out);
/* The hash of a thing that the caller names: its letters and ideographs, whatever stands between. 0: it has
 * none. */
uint32_t qp_lead_text_name(const char *name);

#endif
