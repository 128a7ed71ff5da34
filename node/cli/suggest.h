/* suggest.h: what somebody may have meant who typed a word that is not there. */
#ifndef QP_NODE_CLI_SUGGEST_H
#define QP_NODE_CLI_SUGGEST_H

#include "node/cli/cli.h"

/* Letters added, left out, changed or exchanged with their neighbour, to come from one word to the other. */
size_t qp_distance(const char *a, const char *b);
/* The command, or the option of a command, that is near; NULL when none is. */
const char *qp_verb_near(const char *name);
const char *qp_option_near(const struct qp_verb *v, const char *name);
/* Says that there is no such command, and what may have been meant. QP_EXIT_USAGE. */
int qp_verb_unknown(const struct qp_cli *c, const char *name);

#endif
