/* recent.h: the newest events of matters, as a wall's feed begins with them (later ones come by the stream): the
 * step, where, and when; in the shape of bare.h, without who it was. */
#ifndef QP_NODE_HTTP_SHAPE_RECENT_H
#define QP_NODE_HTTP_SHAPE_RECENT_H

#include "node/http/wire/inside.h"

/* Appends an array of [{event, type, at, kind, matter}], newest first, at most `most` (64 at most), of matters
 * that stand at or below `area` (NULL: any) now. Looks at no more than 400 records, and 20,000 events in them: where that
 * ended it, the answer is from when on it has looked; else 0. */
int64_t qp_json_recent(struct qp_json *j, struct qp_http *h, struct qp_read *r, const char *area,
                       size_t most);

#endif
