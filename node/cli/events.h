/* events.h: a node's stream of server-sent events, for the commands that listen (`events`, `line ID`). */
#ifndef QP_NODE_CLI_EVENTS_H
#define QP_NODE_CLI_EVENTS_H

#include "node/cli/client.h"

/* Each event that comes, whole. data: may be written to. */
typedef void (*qp_event_tell)(void *arg, const char *type, const char *data);
/* Dials and asks; since: a journal position, or NULL: from now on. QP_EUNREACHABLE. */
int qp_events_ask(struct qp_client *cl, const char *since, struct qp_err *e);
/* Waits for more, as long as the connection's own patience, and tells what is whole. False: it is over, or was refused:
 * cl->answer says how. */
bool qp_events_hear(struct qp_client *cl, qp_event_tell tell, void *arg);

#endif
