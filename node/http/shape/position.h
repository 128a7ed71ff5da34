/* position.h: a position as somebody gives it, {lat, lon, crs?}, behind the `?` or in a body: WGS-84 in whole units from
 * here on. */
#ifndef QP_NODE_HTTP_SHAPE_POSITION_H
#define QP_NODE_HTTP_SHAPE_POSITION_H

#include "node/core/ground.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/query.h"

/* False: none was given (both absent; not where `must`), or a fault. */
bool qp_query_position(struct qp_query *q, bool must, struct qp_geo_point *out);
bool qp_field_position(struct qp_fields *s, bool must, struct qp_geo_point *out);

/* The grid that a position lies in, of those that are known here; false: in none, or none is known (*any false). What cannot
 * be read is in *e. */
struct qp_found_grid {
    char code[QP_NAME_BYTES + 1], node[QP_PATH_BYTES + 1], title[QP_TITLE_BYTES + 1];
};
bool qp_locate(struct qp_http *h, struct qp_read *r, struct qp_geo_point p, struct qp_found_grid *out,
               bool *any, struct qp_err *e);

#endif
