/* receipt.h: what a reporter gets to ask by: a number and a code, both worked out from the matter, so that every node
 * that knows it knows them, and nothing is kept for it (rules RC1 and RC2, node/http/calls/RULES.md).
 *
 *   id = milliseconds (48 bits), hash (80 bits)
 *   number = the 45 lower bits of the milliseconds, the 20 upper bits of the hash, a check character: 06H3K-9XQ2M-7FD4
 *   code   = six digits of a hash over the id and its salt, which no answer shows
 */
#ifndef QP_NODE_HTTP_SHAPE_RECEIPT_H
#define QP_NODE_HTTP_SHAPE_RECEIPT_H

#include "node/http/wire/inside.h"

enum { QP_RECEIPT_TEXT = 17, QP_RECEIPT_CODE = 7 };

void qp_receipt_number(char out[QP_RECEIPT_TEXT], const uint8_t id[QP_ID_LEN]);
void qp_receipt_code(char out[QP_RECEIPT_CODE], const Qp__Face *face);
/* As people write it: any case, o for 0, i and l for 1, blanks and hyphens anywhere. False: no number, or one of its
 * characters is wrong. `canonical` is how it is printed. */
bool qp_receipt_parse(uint8_t from[QP_ID_LEN], uint8_t to[QP_ID_LEN], char canonical[QP_RECEIPT_TEXT],
                      const char *text);
/* The matter of this number and code, its row in the arena. QP_ENOTFOUND: no such number, or the code is another's, of
 * both alike; else what the store says. */
int qp_receipt_find(struct qp_read *r, const char *number, const char *code, Qp__Row **row,
                    struct qp_arena *a, struct qp_err *e);

#endif
