/* json_history.h: one event of a matter's history, and which node said it, as the API shows them. */
#ifndef QP_NODE_HTTP_SHAPE_JSON_HISTORY_H
#define QP_NODE_HTTP_SHAPE_JSON_HISTORY_H

#include "node/http/wire/inside.h"

/* "name": the path of a node; of one that is not known here its id. */
void qp_json_node_of(struct qp_json *j, const char *name, struct qp_read *r, ProtobufCBinaryData id);
void qp_json_history_line(struct qp_json *j, struct qp_read *r, const struct qp_history *h);
void qp_event_text(char out[64], const Qp__Event *ev); /* NODE-INCARNATION-COUNTER */

#endif
