/* json_clocks.h: a matter's clocks and holders as the API shows them (CL1 to CL7).
 *
 *   Face.clocks: the last of each stage ─┐
 *   Event.clocks of its history          ─┴─► clocks:[…], held:[…] */
#ifndef QP_NODE_HTTP_JSON_CLOCKS_H
#define QP_NODE_HTTP_JSON_CLOCKS_H

#include "node/http/wire/inside.h"
#include "node/matter/clocks.h"

/* `clocks`: those of the row; with a history (n > 0) the earlier ones as well. A deadline that no policy has made a
 * clock of stands as the close clock. `policy`: that holds here, for hours; NULL: none. */
void qp_json_clocks(struct qp_json *j, struct qp_read *r, const Qp__Row *row, const struct qp_history *h,
                    size_t n, const struct qp_in_force *policy, int64_t now_us, struct qp_arena *a);
/* `held`: how long each holder had it, and how much of that it was paused; parts that add up to the whole, to the
 * second (CL7). What a node that came later has not heard of is missing. */
void qp_json_held(struct qp_json *j, struct qp_read *r, const Qp__Row *row, const struct qp_history *h,
                  size_t n, int64_t now_us);

#endif
