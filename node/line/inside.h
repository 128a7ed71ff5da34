/* inside.h: what the files of this room share. line.h is the manual. */
#ifndef QP_NODE_LINE_INSIDE_H
#define QP_NODE_LINE_INSIDE_H

#include "node/line/line.h"

/* The longest key of the table: a member's, with a name. LMDB takes 511 bytes. */
enum { QP_LINE_KEY_MOST = 1 + 8 + QP_REF_BYTES + 3 * QP_ID_LEN + QP_NAME_BYTES };

/* The id after this one, in its place; false: there is none. */
static inline bool qp_line_after(uint8_t id[QP_ID_LEN])
{
    for (int i = QP_ID_LEN - 1; i >= 0; i--) {
        if (++id[i])
            return true;
    }
    return false;
}

int qp_line_read_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const Qp__LineMember *member,
                     uint64_t seq, struct qp_err *e);

/* It was given up from one number to another. */
int qp_line_passed_put(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN],
                       const uint8_t line[QP_ID_LEN], uint64_t from, uint64_t upto, struct qp_err *e);

#endif
