/* attached.h: the files of a matter (VA3), as its face names them: by hash, size, media type, and the node where each was
 * attached. The files themselves lie beside the store (node/blob) of who attached one and of who has asked for it.
 *
 *   Opened.face ──────────────────────────┐
 *   Event.attachments of what the holder ─┴─► Face.attachments ─► QP_INDEX_FILE ─► who names this file?
 *   says with a version (a note, a finding)
 *
 * Only what the holder says with a version brings one in, so that every node's face has the same. */
#ifndef QP_NODE_MATTER_ATTACHED_H
#define QP_NODE_MATTER_ATTACHED_H

#include "node/matter/matter.h"
#include "proto/steps.h"

/* Whether files may go with this step: what the holder says in words. */
bool qp_attached_with(const struct qp_step *st);
/* QP_EPOLICY: too many. QP_ESTEP: not with what makes no version. The event's version stands. */
int qp_attached_may(const Qp__Face *f, const Qp__Event *ev, struct qp_err *e);
/* Into a private face (lifecycle.c); one that is there already, or for which there is no room, is left out. */
void qp_attached_take(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a);
/* NULL: the face does not name it. */
const Qp__Attachment *qp_attached(const Qp__Face *f, const uint8_t hash[QP_HASH_LEN]);
/* Where it was attached: 16 bytes; NULL: the face is damaged. */
const uint8_t *qp_attached_at(const Qp__Face *f, const Qp__Attachment *x);

/* ---- naming.c ---- */

/* Calls f for each matter that names the file, until f says false; of a thousand at most. The row lives until f
 * returns. QP_EIO. */
typedef bool (*qp_naming)(void *arg, const Qp__Row *row, const Qp__Attachment *x);
int qp_matters_naming(struct qp_read *r, const uint8_t hash[QP_HASH_LEN], qp_naming f, void *arg,
                      struct qp_err *e);

#endif
