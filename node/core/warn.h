/* warn.h: warnings in the turn, for the core's own files. node/insight/watch is the room that finds and keeps them. */
#ifndef QP_NODE_CORE_WARN_H
#define QP_NODE_CORE_WARN_H

#include "node/core/private.h"
#include "node/insight/watch/watch.h"

struct qp_watch *qp_core_watch(const struct qp_core *c);
/* The projector's tick: says what is due. */
int qp_warn_tick(struct qp_work *w, struct qp_watch *watch, int64_t *next_us, struct qp_err *e);
/* A person's word on a warning of this node; r->matter: the one that was made of it. QP_ENOTFOUND, QP_ENOTHOLDER,
 * QP_ESTEP, QP_EINVAL, and what opening a matter says. */
int qp_warn_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r,
                    struct qp_said **said, struct qp_err *e);
/* The effects of facts (effects.c). */
int qp_warned(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_warning_heard(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_day_ended(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);
int qp_seasoned(struct qp_work *w, const Qp__Event *ev, struct qp_err *e);

#endif
