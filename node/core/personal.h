/* personal.h: records of people in the turn; see personal.c. Inside the core only, but for qp_core_set_vault (core.h). */
#ifndef QP_NODE_CORE_PERSONAL_H
#define QP_NODE_CORE_PERSONAL_H

#include "node/core/audit.h"
#include "node/core/private.h"
#include "node/matter/may.h"

/* ---- the projector's row ---- */
void *qp_personal_make(struct qp_core *c);
void qp_personal_end(void *state);
void qp_personal_change(void *state, const Qp__Row *before, const Qp__Row *after);
int qp_personal_flush(struct qp_work *w, void *state, struct qp_err *e);
void qp_personal_forget(void *state);
int64_t qp_personal_next(struct qp_work *w, void *state);
int qp_personal_tick(struct qp_work *w, void *state, int64_t *next_us, struct qp_err *e);

/* ---- what is asked ---- */
/* The record that comes with an opening. */
int qp_personal_keep(struct qp_work *w, const struct qp_command *cmd, const uint8_t matter[QP_ID_LEN],
                     struct qp_err *e);
/* private_place.c: sorts into a category that keeps the exact place from others: says in `s` that it leaves the face; *kept: the
 * record that it goes into, for the vault once the event was said; NULL: none, or the one that the matter has has it already.
 * A refusal: it can be kept nowhere. */
int qp_place_hide(struct qp_work *w, const Qp__Face *f, Qp__Sorted *s, const struct qp_sealed **kept,
                  struct qp_err *e);
/* An erasure, beside its own event: in the audit trail. */
int qp_personal_tell_erased(struct qp_work *w, const struct qp_asker *who, const uint8_t matter[QP_ID_LEN],
                            const char *why, struct qp_err *e);
int qp_on_personal(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);

#endif
