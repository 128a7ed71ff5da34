/* copy.h: the journal as one file: copied while its node runs, checked without it, made a journal again.
 *
 *   DIR/journal ──qp_copy_take──► file of records, one behind the other, as record.c writes them
 *                                 └─ mark: epoch, last position, its hash, bytes (the caller keeps it)
 *   file + mark ──qp_copy_check──► every hash recomputed, every record behind the one it names
 *   file + mark ──qp_copy_put────► a new journal with the same bytes; its tables are made at the first start
 *
 * A journal only grows and a record never changes: what was copied up to a mark is taken as it is, and the next
 * copy appends what came since. A copy is as secret as the journal (matters, hashes of passwords). */
#ifndef QP_NODE_STORE_COPY_H
#define QP_NODE_STORE_COPY_H

#include <stdio.h>

#include "node/store/store.h"

/* Where a copy ends. */
struct qp_copy_mark {
    uint8_t epoch[QP_ID_LEN];
    uint64_t position; /* 0: nothing was copied yet, and the other fields say nothing */
    struct qp_hash hash;
    uint64_t bytes; /* of the file, up to there */
};

typedef void qp_copy_progress(void *arg, uint64_t at, uint64_t head);

/* Appends to the file `fd` what the journal in DIR holds behind the mark, and moves the mark; waits for the
 * disk. What the file has beyond mark->bytes (a copy that was interrupted) is cut off first. `own` NULL: beside
 * the process that has the store open, read-only, in short transactions; else the store that this process has
 * open (never both). QP_EFORK: the journal is not the one that was copied before. QP_ECORRUPT: a record is
 * damaged; the copy ends before it. QP_EIO. */
int qp_copy_take(const char *dir, struct qp_store *own, int fd, struct qp_copy_mark *mark,
                 qp_copy_progress *progress, void *arg, struct qp_err *e);

/* Reads the file from its beginning and calls `each` (may be NULL) with every record; its parcel lives until the
 * call returns. QP_ECORRUPT: says which record, and why. */
int qp_copy_check(FILE *in, const struct qp_copy_mark *mark,
                  int (*each)(void *arg, struct qp_record *r, struct qp_err *e), void *arg, struct qp_err *e);

/* Appends all records of the file to a store that has none and was opened with mark->epoch. QP_ECORRUPT,
 * QP_EFULL: the quota is too small, QP_EIO; the folder is then to be thrown away. */
int qp_copy_put(struct qp_store *s, FILE *in, const struct qp_copy_mark *mark, qp_copy_progress *progress,
                void *arg, struct qp_err *e);

#endif
