/* fetch.h: a personal record on its way to a node that may have it (P1): to the matter's next holder, who keeps it; to
 * somebody at a node above, who says what for, and whose node does not.
 *
 *   accepted here, not in the vault ─► RecordAsked to whom it came from ─► there: is he the holder? ─► Audited, its key
 *   read above, purpose ─► RecordAsked to the holder ─► there: is it above? ─► Audited, both ─► …     sealed to the asker
 *
 * The record goes as it lies, with its key sealed to the asker's box key: who passes it on cannot open it, and no journal
 * has it. Asked again until it comes, by a tick. In memory alone: after a start what lacks is found by the shelf. */
#ifndef QP_NODE_CORE_FETCH_H
#define QP_NODE_CORE_FETCH_H

#include "node/core/personal.h"
#include "proto/personal.pb-c.h"

struct qp_fetch *qp_fetch_new(void);
void qp_fetch_free(struct qp_fetch *f);
/* A matter that is held here and whose record is not; looked at by the next tick. */
void qp_fetch_want(struct qp_work *w, const uint8_t matter[QP_ID_LEN]);
bool qp_fetch_wants(const struct qp_fetch *f, const uint8_t matter[QP_ID_LEN]);
void qp_fetch_look(struct qp_fetch *f);          /* what lacks is found by the shelf anew, at the next tick */
int64_t qp_fetch_next(const struct qp_fetch *f); /* when the next is to be asked for; INT64_MAX: none */
int qp_fetch_tick(struct qp_work *w, int64_t *next_us, struct qp_err *e);

/* From a node above: asks the holder, or takes what it has answered. 0: *out, in the turn's arena. QP_ENEED: asked, or on
 * its way. Else why not. */
int qp_fetch_read(struct qp_work *w, const Qp__Face *f, const char *by, const char *purpose,
                  const struct qp_sealed **out, struct qp_err *e);
/* From a node above that has a copy of its own: its holder is told, and writes it down as if he had been asked. What is lost on the way is not said
 * again: it stands in the trail of every node above. */
int qp_fetch_tell(struct qp_work *w, const Qp__Face *f, const char *by, const char *purpose,
                  struct qp_err *e);
/* What comes; `from` has signed it. */
int qp_fetch_asked(struct qp_work *w, const struct qp_place *from, const Qp__RecordAsked *a,
                   struct qp_err *e);
int qp_fetch_given(struct qp_work *w, const struct qp_place *from, const Qp__RecordGiven *g,
                   struct qp_err *e);

#endif
