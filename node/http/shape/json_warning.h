/* json_warning.h: a warning as the API and the stream show it. */
#ifndef QP_NODE_HTTP_SHAPE_JSON_WARNING_H
#define QP_NODE_HTTP_SHAPE_JSON_WARNING_H

#include "node/http/wire/inside.h"
#include "node/insight/watch/kept.h"

/* The members of its object. r: for the title of its place. words: with what people said of it, and who; a screen has
 * figures and places alone. */
void qp_json_warning(struct qp_json *j, const Qp__WarningRow *row, struct qp_read *r, bool words);

#endif
