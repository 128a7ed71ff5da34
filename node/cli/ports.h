/* ports.h: whether an address of this machine can be listened on, and who listens there already.
 *
 * Asked before a node or a tree starts, so that a port in use is one sentence and not a node that ends again
 * and again. */
#ifndef QP_NODE_CLI_PORTS_H
#define QP_NODE_CLI_PORTS_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/error.h"

/* True: HOST:PORT (tcp:// or http:// before it are skipped) is taken; *port says which. False: it is free,
 * has port 0, or cannot be told: then binding it says more. */
bool qp_port_taken(const char *address, int *port);
/* Who listens on a port, for a sentence: "python3 (process 4711)", or "another program" where this user may
 * not see it. Reads /proc. */
void qp_port_user(char *out, size_t cap, int port);
/* QP_EEXISTS names setting, port, program and `remedy`. */
int qp_port_check(const char *address, const char *setting, const char *remedy, struct qp_err *e);

#endif
