/* lead.h: leads in the turn, for the core's own files. node/insight/clue is the room that finds and keeps them. */
#ifndef QP_NODE_CORE_LEAD_H
#define QP_NODE_CORE_LEAD_H

#include "node/core/private.h"
#include "node/insight/clue/clue.h"

struct qp_clue *qp_core_clue(const struct qp_core *c);
/* The projector's tick: compares what is due, and says what it finds. */
int qp_lead_tick(struct qp_work *w, struct qp_clue *clue, int64_t *next_us, struct qp_err *e);
/* Of struct qp_clue_ties; core: a struct qp_core. */
const char *qp_lead_family(void *core, const char *category);
void qp_lead_branch(void *core, const char *area, char out[QP_PATH_MAX]);
/* A person's word on a lead of this node; r->matter: the one that was made of it. QP_ENOTFOUND, QP_ENOTHOLDER,
 * QP_ESTEP, QP_EINVAL, and what opening a matter says. */
int qp_lead_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r,
                    struct qp_said **said, struct qp_err *e);
/* lead_draft.c: the matter that `draft`, a word on the lead, makes of it: of its first matter's category, as urgent as the most urgent of
 * them that is open; its text names them by their ids alone. QP_ESTEP: none of them is known here. */
int qp_lead_draft(struct qp_work *w, const Qp__LeadRow *lead, const Qp__Event *draft, Qp__Event **ev,
                  struct qp_err *e);
/* The effects of facts (effects.c). */
int qp_lead_found(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_lead_heard(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_lead_numbers(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);

#endif
