/* begin.h: what `join` and a restored backup have in common. */
#ifndef QP_NODE_CLI_BEGIN_H
#define QP_NODE_CLI_BEGIN_H

#include "node/cli/place.h"
#include "topology/token.h"

/* Makes an empty folder the node of the token: asks the parent, begins the journal, keeps the settings that the
 * command was given (--http, --link ...), leaves an administrator's token, says where. Keys that are there are
 * used. `home`: where the settings are. */
int qp_join_in(const struct qp_cli *c, const struct qp_place_paths *p, const struct qp_place_paths *home,
               const struct qp_token *t, long seconds, struct qp_err *e);
/* Writes --http, --link, --advertise and --parent, as far as the command has and was given them, into the
 * settings. */
int qp_keep_settings(const struct qp_cli *c, const struct qp_place_paths *p, struct qp_err *e);

#endif
