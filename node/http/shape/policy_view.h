/* policy_view.h: policies as JSON: what is in force and who said it, what would change, what is wrong. */
#ifndef QP_NODE_HTTP_SHAPE_POLICY_VIEW_H
#define QP_NODE_HTTP_SHAPE_POLICY_VIEW_H

#include "node/core/policy.h"
#include "node/http/wire/inside.h"

/* "policy":{version, accept:{escalate:{at_once,by} …}, layers:[{node,version,revision,at}], vain:[…]} of this node; by:
 * "policy", or "settings" where the policy in force says nothing of it. version "0": none was ever said. */
void qp_json_policy(struct qp_json *j, struct qp_http *h, struct qp_read *r);
/* "policy":{version,since,behind} of a node below, as it last said; null: it has said nothing. mine: of this node. */
void qp_json_policy_of(struct qp_json *j, struct qp_read *r, const uint8_t node[QP_ID_LEN],
                       const struct qp_policy_layers *mine, struct qp_arena *a);
/* name:[{path,from,to,kind,message}]; but: a kind that is left out, -1: none. */
void qp_json_changes(struct qp_json *j, const char *name, const struct qp_changes *c, int but, bool zh);
/* "places":[{path,message}] and "more": every mistake, and what loosens or is for those above to say. */
void qp_json_places(struct qp_json *j, const struct qp_policy_trial *t, bool zh);

#endif
