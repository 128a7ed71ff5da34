/* whisper.h: what people of a line whisper (LI7): that somebody types, and what two browsers tell each other to make a call.
 * Nothing of it is an event, a row or a line of a log.
 *
 *   QP_OP_WHISPER ─► sealed for each other node of the line ─► Carry, marked ─► … ─► there: does the line name both? opened
 *         └─► the own people of the line ─► QP_OUT_WHISPER ─► the pages that are open ◄──────────────────────────┘
 *
 * It may be lost on its way and nobody is told of that here: who calls learns from the other page's `ring` that it came, and from
 * its missing that it did not. */
#ifndef QP_NODE_CORE_WHISPER_H
#define QP_NODE_CORE_WHISPER_H

#include "node/core/private.h"

/* Reply: `position`: to how many other nodes it went. Those whose line key is not known here get nothing. */
int qp_whisper_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e);
/* One that came; `from` has signed it, at at_us. */
int qp_whisper_heard(struct qp_work *w, const struct qp_place *from, const Qp__Whisper *said, int64_t at_us,
                     struct qp_err *e);

#endif
