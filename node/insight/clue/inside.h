/* inside.h: the keys of QP_T_LEAD, for kept.c (what facts do), queue.c (what waits, what was compared), look.c (lists); and a
 * matter as ../lead reads it, for clue.c and anew.c. */
#ifndef QP_NODE_INSIGHT_CLUE_INSIDE_H
#define QP_NODE_INSIGHT_CLUE_INSIDE_H

#include "node/insight/clue/clue.h"
#include "node/insight/lead/lead.h"

enum qp_lead_key {
    QP_CLUE_KEY_FOLLOW_LATER, /* of a matter that has no number yet */
    QP_CLUE_KEY_FOLLOW,       /* of one that has */
    QP_CLUE_KEY_WAITS,
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

/* When a matter was opened: its id begins with that. */
static inline int64_t qp_clue_opened_us(const uint8_t id[QP_ID_LEN])
{
    return (int64_t)(qp_rd64(id) >> 16) * 1000;
}

struct qp_clue_matter {
    struct qp_lead_matter m;
    char id[27];
    char branch[264];
};
/* follow.c: what this node should say of x->matter, after people of the node `there` spoke of its lead `left`. */
int qp_clue_move(struct qp_txn *t, const uint8_t self[QP_ID_LEN], const uint8_t there[QP_ID_LEN],
                 const uint8_t left[QP_ID_LEN], struct qp_clue_move *x, struct qp_arena *a, struct qp_err *e);
/* Says what is due of it. *more: some of it waits for the next tick. */
int qp_clue_follow(struct qp_txn *t, const uint8_t self[QP_ID_LEN], const struct qp_clue_say *say, bool *more,
                   struct qp_arena *a, struct qp_err *e);

/* A matter has got its number: what waited for that is due; *is: something did. */
int qp_lead_follow_numbered(struct qp_txn *t, const uint8_t matter[QP_ID_LEN], bool *is, struct qp_err *e);

/* What is said to happen later than a day after it was opened, or was compared, is a wrong clock's word or a lie: it would never be idle,
 * and all else would be let go before it (CU2). */
void qp_clue_bound(struct qp_clue_matter *x, const uint8_t id[QP_ID_LEN], int64_t compared_us);

/* CU1: title, text, area, source, category, position and time, and nothing of who reported. *there false: it is not known
 * here any more, or counts no more. x points to itself and into the arena. */
int qp_clue_read(const struct qp_clue_ties *ties, const char *self_path, struct qp_txn *t,
                 const uint8_t id[QP_ID_LEN], struct qp_clue_matter *x, bool *there, struct qp_arena *a,
                 struct qp_err *e);

#endif
