/* plain.h: how a matter stands, in words that a resident understands, zh and en: for /open311 and /r, which speak to
 * people outside. Nothing here says who did what, or repeats what was written about it. */
#ifndef QP_NODE_HTTP_SHAPE_PLAIN_H
#define QP_NODE_HTTP_SHAPE_PLAIN_H

#include "node/http/wire/inside.h"

/* zh unless the first language that the caller's Accept-Language names is another one. */
bool qp_plain_zh(const struct qp_call *c);
/* "已派给承办部门" "It was given to the office that handles it". */
const char *qp_plain_state(const Qp__Face *face, bool zh);
/* The same for what an event did; NULL: nothing that a resident is told (a comment, an offer under way). */
const char *qp_plain_event(const Qp__Event *ev, bool zh);
/* Closed as GeoReport and residents mean it: it will not be worked on any more. */
bool qp_plain_closed(const Qp__Face *face);

#endif
