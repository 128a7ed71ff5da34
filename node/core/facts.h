/* facts.h: what an event that names no matter does, for the table in effects.c. Each is called with an event whose origin may
 * say it (qp_event_may), in a turn and in a replay alike; an error ends the turn. */
#ifndef QP_NODE_CORE_FACTS_H
#define QP_NODE_CORE_FACTS_H

#include "node/core/private.h"

int qp_fact_joined(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_fact_enrolled(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_fact_revoked(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_fact_refusal(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_fact_invited(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_fact_learned(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_fact_recovered(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_fact_policy_heard(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_fact_audited(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_fact_resource(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);

#endif
