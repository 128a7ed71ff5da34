/* inside.h: what the files behind blob.h share. */
#ifndef QP_NODE_BLOB_INSIDE_H
#define QP_NODE_BLOB_INSIDE_H

#include <pthread.h>
#include <sys/stat.h>

#include "node/blob/blob.h"

enum { QP_BLOB_PATH = 4096, QP_BLOB_NAME = 2 * QP_HASH_LEN };

struct qp_blobs {
    char dir[QP_BLOB_PATH - 160];
    uint64_t quota;
    struct qp_store *store;
    void (*disk)(const char *dir, uint64_t *free, uint64_t *total);
    pthread_mutex_t lock;  /* of what follows, and of every change in the folders */
    pthread_mutex_t image; /* one is made at a time: each takes memory by the hundred MiB */
    uint64_t files, bytes, damaged, made;
};

/* ---- blob.c ---- */
/* Room for `len` more. With b->lock held. QP_EFULL says of which. */
int qp_blobs_room(struct qp_blobs *b, uint64_t len, struct qp_err *e);
/* A file that was written and flushed takes its place: renamed, and the folder flushed. Its bytes are counted already. Without
 * b->lock. */
int qp_blobs_settle(struct qp_blobs *b, const char *from, const struct qp_hash *hash, enum qp_blob_type type,
                    uint64_t len, struct qp_err *e);
int qp_blobs_fail(struct qp_err *e, const char *what, const char *path); /* QP_EIO or QP_EFULL, by errno */
/* "DIR/ab/cd….jpg" */
void qp_blobs_path(const struct qp_blobs *b, const struct qp_hash *hash, enum qp_blob_type type,
                   char out[QP_BLOB_PATH]);
/* Calls f with the path of each file of a folder, and its name; f false ends it. */
void qp_blobs_each(const char *dir, bool (*f)(void *arg, const char *path, const char *name), void *arg);

#endif
