/* unheard.h: what a node warns of: an offer into a link that is cut is asked about before it is made, and every
 * warning of an answer is told. */
#ifndef QP_NODE_CLI_UNHEARD_H
#define QP_NODE_CLI_UNHEARD_H

#include "node/cli/here.h"

/* Before the step `c` of the matter c->args[0]: on a terminal, where a neighbour that the offer has to pass is
 * not heard, asks whether it is to be made all the same; --yes: does not ask. True: go on.
 *
 * Without a terminal nobody can answer, and the step is made: a link is found cut only after 20 s of silence
 * and heals without a word, so that a refusal would make a script fail by chance, and what it wanted to hand
 * over would be nowhere; offered, it is the first thing that the neighbour hears. The answer's warning is told,
 * the exit status says that it waits (QP_EXIT_QUEUED), and progress and comments go on. */
bool qp_unheard_ask(struct qp_cli *c, struct qp_client *cl);
/* Tells the warnings of an answer, or of a matter that is shown, on standard error, in the language of the command.
 * True: what was offered waits for a link. */
bool qp_unheard_tell(const struct qp_cli *c, const struct qp_here *h, const json_t *answer);

#endif
