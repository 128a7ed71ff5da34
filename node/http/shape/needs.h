/* needs.h: what waits for somebody at this node, one row each: the counts of GET /api/v1/me and the lists of
 * GET /api/v1/matters?needs= are the same queries.
 *
 *   sign     an offer to this node is out           assign   held here, open or sorted
 *   handle   held here and assigned                 visit    held here and handled, and a return visit is due (ST2)
 *   close    held here, handled or visited, and no return visit is due: it can be closed
 *   overdue  held here and past its deadline
 *   urged    held here, urged from above, and not answered by a progress, handling or closing since (CI1)
 *   due_soon held here, and the time to remind of one of its clocks has come (CL7)
 *   lifted   held below, and urged by this node because its holder did not answer an urge in time (CI1)
 *
 * What is held here and offered to another waits for that other, and is in none of those that are held here.
 * Whoever asks is told of what he sees (DE2). */
#ifndef QP_NODE_HTTP_NEEDS_H
#define QP_NODE_HTTP_NEEDS_H

#include "node/http/wire/inside.h"

enum { QP_NEEDS_NAMES = 10 };
/* In the order of the answer: "sign" ... "close". */
const char *qp_needs_name(size_t i);
/* The names of those that list matters, with commas between: "sign, assign, …". */
void qp_needs_names(char *out, size_t cap);
/* Fills the query's holder, states, here, offered_to, overdue and sort (most pressing first: by urgency, then by deadline). False: this build
 * does not know which they are. self: this node, borrowed. */
bool qp_needs_query(size_t i, const struct qp_cert *self, struct qp_list_query *l);

#endif
