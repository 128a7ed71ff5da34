/* lines.h: what the two files of lines share: lines.c reads, line_say.c writes. */
#ifndef QP_NODE_HTTP_CALLS_LINES_H
#define QP_NODE_HTTP_CALLS_LINES_H

#include "node/http/shape/json_line.h"

enum MHD_Result qp_line_absent(struct qp_call *c);
bool qp_line_id_of(const struct qp_call *c, uint8_t id[QP_ID_LEN]); /* of the address */
enum MHD_Result qp_line_answer(struct qp_call *c, unsigned status, const uint8_t line[QP_ID_LEN]);
enum MHD_Result qp_line_answer_message(struct qp_call *c, unsigned status, const uint8_t line[QP_ID_LEN],
                                       uint64_t seq);

#endif
