/* inside.h: the keys of QP_T_LEAD, for kept.c (what facts do), queue.c (what waits, what was compared), look.c (lists). */
#ifndef QP_NODE_INSIGHT_CLUE_INSIDE_H
#define QP_NODE_INSIGHT_CLUE_INSIDE_H

#include "node/insight/clue/kept.h"

enum qp_lead_key {
    QP_CLUE_KEY_WAITS = 1,
    QP_CLUE_KEY_NUMBER,  /* of a matter */
    QP_CLUE_KEY_MATTER,  /* of a number */
    QP_CLUE_KEY_MEMBER,  /* matter, node */
    QP_CLUE_KEY_LEAD,    /* lead */
    QP_CLUE_KEY_BELONGS, /* lead, matter */
    QP_CLUE_KEY_FOUND,   /* at_us, lead */
    QP_CLUE_KEY_LEN = 1 + 2 * QP_ID_LEN,
};

/* what, a, b: either may be NULL; the key's length. */
size_t qp_lead_key(uint8_t key[QP_CLUE_KEY_LEN], enum qp_lead_key what, const void *a, size_t a_len,
                   const void *b, size_t b_len);

#endif
