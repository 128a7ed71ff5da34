/* blob.h: files beside the store, each under the BLAKE2b-256 of what is kept (VA3): photos of matters, papers.
 *
 *   DIR/blobs/ab/cdef….jpg      whole, never changed; what it is stands behind the dot (QP_BLOB_TYPES)
 *   DIR/blobs/new/              being written: dropped at the next start
 *   DIR/blobs/coming/abcd….N    of N bytes, coming from another node; goes on after a cut or a restart
 *
 * A file appears by rename, after its bytes and before the folder's entry were flushed: who was told its hash finds it after
 * a power failure, and half a file is never found. An image is made anew before it is kept (image.h): what a camera wrote
 * beside the picture is gone. All calls may be made from any thread.
 *
 * What nobody names any more is swept (qp_blobs_sweep); who names one is not known here. */
#ifndef QP_NODE_BLOB_BLOB_H
#define QP_NODE_BLOB_BLOB_H

#include "node/store/store.h"

enum {
    QP_BLOB_BYTES = 20 * 1024 * 1024, /* of one, as it comes and as it is kept */
    QP_BLOB_COMING = 32,              /* that come from others at the same time */
    QP_BLOB_TYPE_BYTES = 128,
};

/* X(NAME, media type, behind the dot, shown in a page, it is an image): rows are only added, the names are on disks. What is
 * none of these is kept as BIN. Only images, which were made anew here, may be shown; all else is to be saved. */
#define QP_BLOB_TYPES(X)                                                                                     \
    X(JPEG, "image/jpeg", "jpg", true)                                                                       \
    X(PNG, "image/png", "png", true)                                                                         \
    X(WEBP, "image/webp", "webp", true)                                                                      \
    X(PDF, "application/pdf", "pdf", false)                                                                  \
    X(TEXT, "text/plain", "txt", false)                                                                      \
    X(CSV, "text/csv", "csv", false)                                                                         \
    X(DOCX, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", false)        \
    X(XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", false)              \
    X(MP3, "audio/mpeg", "mp3", false)                                                                       \
    X(M4A, "audio/mp4", "m4a", false)                                                                        \
    X(MP4, "video/mp4", "mp4", false)                                                                        \
    X(ZIP, "application/zip", "zip", false)                                                                  \
    X(BIN, "application/octet-stream", "bin", false)

enum qp_blob_type {
#define X(NAME, media, suffix, image) QP_BLOB_##NAME,
    QP_BLOB_TYPES(X)
#undef X
        QP_BLOB_TYPES_N
};
const char *qp_blob_media(enum qp_blob_type t);
const char *qp_blob_suffix(enum qp_blob_type t);
bool qp_blob_is_image(enum qp_blob_type t);
/* Of a media type, parameters left out ("text/plain; charset=utf-8"); BIN: none of them, or NULL. */
enum qp_blob_type qp_blob_type_of(const char *media);

struct qp_blob {
    struct qp_hash hash;
    uint64_t bytes;
    enum qp_blob_type type;
    int64_t used_us; /* when it was last put, named or read */
};

struct qp_blobs;
struct qp_blobs_options {
    const char *dir;        /* made if it is not there */
    uint64_t quota;         /* bytes, all files together */
    struct qp_store *store; /* whose maps may yet grow on the same disk; NULL: nothing else does */
    /* For tests: how a disk stands. NULL: statvfs. */
    void (*disk)(const char *dir, uint64_t *free, uint64_t *total);
};
/* Counts what is there, drops what was half written. QP_EIO. */
int qp_blobs_open(struct qp_blobs **out, const struct qp_blobs_options *o, struct qp_err *e);
void qp_blobs_close(struct qp_blobs *b);

/* Keeps bytes as they are, an image after it was made anew. The same bytes again: 0, once on the disk. QP_EBIG; QP_EFULL: the
 * quota, or the disk; QP_EPOLICY: says to be an image and cannot be read as one, or is too large to be. Slow: an image takes a
 * second of a processor; at most one is made at a time. */
int qp_blob_put(struct qp_blobs *b, const void *bytes, size_t len, enum qp_blob_type type,
                struct qp_blob *out, struct qp_err *e);
/* QP_ENOTFOUND: it is not here, or not whole. */
int qp_blob_find(const struct qp_blobs *b, const struct qp_hash *hash, struct qp_blob *out);
/* The same, and it counts as used just now: it is not swept for as long as a new one. */
int qp_blob_touch(const struct qp_blobs *b, const struct qp_hash *hash, struct qp_blob *out);
/* Opened for reading and looked through: its bytes are those of its hash. QP_ENOTFOUND; QP_ECORRUPT: they are not: it is
 * gone from here now, and may be had from others; QP_EIO. *fd is the caller's. */
int qp_blob_open(struct qp_blobs *b, const struct qp_hash *hash, struct qp_blob *out, int *fd,
                 struct qp_err *e);
/* A piece, for another node, which looks itself whether it is right. *len: of `out`, then of what came: 0 at its end. */
int qp_blob_piece(const struct qp_blobs *b, const struct qp_hash *hash, uint64_t at, void *out, size_t *len);

/* ---- one that comes from another node (coming.c) ---- */
/* How much of one that has `bytes` is here; begins it if it is not. QP_EFULL, QP_EBUSY, QP_EIO. */
int qp_blob_coming(struct qp_blobs *b, const struct qp_hash *hash, uint64_t bytes, uint64_t *have,
                   struct qp_err *e);
uint64_t qp_blob_have(const struct qp_blobs *b, const struct qp_hash *hash,
                      uint64_t bytes); /* 0 too where it was not begun */
/* The next piece: at must be what is here. QP_EGAP: it is not. */
int qp_blob_add(struct qp_blobs *b, const struct qp_hash *hash, uint64_t bytes, uint64_t at,
                const void *piece, size_t len, struct qp_err *e);
/* All of it came: is it what its hash says? Then it is whole from now on. QP_EGAP: not all. QP_ESIG: it is something else, and
 * was thrown away. QP_EIO. Slow: never in the turn. */
int qp_blob_whole(struct qp_blobs *b, const struct qp_hash *hash, uint64_t bytes, enum qp_blob_type type,
                  struct qp_err *e);

/* ---- what may go ---- */
struct qp_blob_terms {
    int64_t now_us;
    int64_t grace_us; /* what nobody names goes so long after it was last used */
    int64_t cache_us; /* and what others keep */
    /* Who names it: 0 nobody, 1 others alone, 2 this node; negative: it cannot be told now, and it stays. */
    int (*named)(void *arg, const struct qp_hash *hash);
    void *arg;
};
/* Drops what may go; returns how many went. */
size_t qp_blobs_sweep(struct qp_blobs *b, const struct qp_blob_terms *t);

struct qp_blobs_use {
    uint64_t files, bytes, quota, damaged; /* damaged: found since the start */
};
void qp_blobs_use(struct qp_blobs *b, struct qp_blobs_use *out);

#endif
