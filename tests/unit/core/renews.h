/* renews.h: what the tests of who goes on as his next incarnation (E6) say and look at, on a rig. */
#ifndef QP_TESTS_CORE_RENEWS_H
#define QP_TESTS_CORE_RENEWS_H

#include "node/core/renew.h"
#include "tests/unit/core/lines.h"

#define HOUR (3600 * SECOND)

/* The next place of a node's chain is refused at `at`, by a parcel that its own core never sealed. first: for what stands
 * first in it; else for what the true one has not. */
void renew_refuse_at(struct rig *r, int origin, int via, int at, bool first);
bool renew_wants(struct rig *r, int i, struct qp_renewal_request *q);
/* What is answered: QP_OUT_WELCOME, QP_OUT_LATER or NULL. */
const struct qp_output *renew_ask(struct rig *r, int i, const struct qp_renewal_request *q);
void renew_welcomed(struct rig *r, int i, const Qp__Welcome *w);
void renew_said_again(struct rig *r, int i); /* until all is said again, and has come */

#endif
