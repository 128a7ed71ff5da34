/* fold.h: texts as a search reads them: NFKC and case folded (Unicode's NFKC_Casefold), so that １２３ finds
 * 123, a composed é the one of two characters, and letters of either case each other.
 *
 * What folding leaves as it is but for A to Z is not stored a second time: the search folds A to Z itself. */
#ifndef QP_NODE_MATTER_FOLD_H
#define QP_NODE_MATTER_FOLD_H

#include "node/matter/pending.h"

/* The folded text, in the arena; NULL without memory. Not UTF-8: as it is, A to Z folded. */
const char *qp_fold(struct qp_arena *a, const char *text);
/* Notes the folded texts of rows that are new or have other texts now: QP_T_FOLDED. */
int qp_fold_write(struct qp_matters *m, struct qp_entry **v, size_t n, struct qp_err *e);
/* Does a folded text occur in one of the matter's texts? */
bool qp_fold_finds(struct qp_read *r, const Qp__Face *f, const char *folded);

#endif
