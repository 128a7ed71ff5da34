/* key.h: what qp_matter_record notes of an own event beside its place (key.c). */
#ifndef QP_NODE_MATTER_KEY_H
#define QP_NODE_MATTER_KEY_H

#include "node/matter/matter.h"

/* The idempotency key of an own event, once; nothing for others' events and those without a key. */
int qp_key_note(struct qp_matters *m, const Qp__Event *ev, struct qp_err *e);

#endif
