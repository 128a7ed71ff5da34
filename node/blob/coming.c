/* coming.c: a file on its way from another node, piece by piece, and what may go of all files. See blob.h.
 *
 * What came stays in one file under its final hash and its size, so that a cut or a restart loses nothing. Pieces are not
 * flushed: what a power failure tore fails the hash at the end, and is fetched again. */
#include "node/blob/inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { FILE_MODE = 0600, IDLE_US = 600000000 };

static void coming_path(const struct qp_blobs *b, const struct qp_hash *hash, uint64_t bytes,
                        char out[QP_BLOB_PATH])
{
    char name[QP_BLOB_NAME + 1];
    qp_hex(name, hash->b, QP_HASH_LEN);
    snprintf(out, QP_BLOB_PATH, "%s/coming/%s.%llu", b->dir, name, (unsigned long long)bytes);
}

struct others {
    size_t n;
    int64_t oldest_us;
    char path[QP_BLOB_PATH];
    uint64_t bytes; /* of that one */
};

static int64_t changed_us(const struct stat *st)
{
    return (int64_t)st->st_mtim.tv_sec * 1000000 + st->st_mtim.tv_nsec / 1000;
}

static bool count(void *arg, const char *path, const char *name)
{
    struct others *o = arg;
    struct stat st;
    (void)name;
    if (stat(path, &st) != 0)
        return true;
    if (o->n++ == 0 || changed_us(&st) < o->oldest_us) {
        o->oldest_us = changed_us(&st);
        o->bytes = (uint64_t)st.st_size;
        snprintf(o->path, sizeof o->path, "%s", path);
    }
    return true;
}

/* With b->lock held. One that nothing was added to for ten minutes makes room for another. */
static int make_room(struct qp_blobs *b, uint64_t bytes, struct qp_err *e)
{
    char folder[QP_BLOB_PATH];
    struct timespec now;
    struct others o = {.n = 0};
    snprintf(folder, sizeof folder, "%s/coming", b->dir);
    qp_blobs_each(folder, count, &o);
    clock_gettime(CLOCK_REALTIME, &now);
    bool idle = (int64_t)now.tv_sec * 1000000 - o.oldest_us > IDLE_US;
    if (o.n >= QP_BLOB_COMING && !(idle && unlink(o.path) == 0))
        return qp_fail(e, QP_EBUSY, "%d files are coming from other nodes already: try again in a minute",
                       QP_BLOB_COMING);
    if (o.n >= QP_BLOB_COMING)
        b->bytes -= o.bytes;
    return qp_blobs_room(b, bytes, e);
}

int qp_blob_coming(struct qp_blobs *b, const struct qp_hash *hash, uint64_t bytes, uint64_t *have,
                   struct qp_err *e)
{
    char path[QP_BLOB_PATH];
    struct stat st;
    int rc = 0;
    assert(bytes > 0 && bytes <= QP_BLOB_BYTES);
    coming_path(b, hash, bytes, path);
    *have = 0;
    pthread_mutex_lock(&b->lock);
    if (stat(path, &st) == 0) {
        *have = (uint64_t)st.st_size;
    } else {
        rc = make_room(b, bytes, e);
        int fd = !rc ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC, FILE_MODE) : -1;
        if (!rc && fd < 0)
            rc = qp_blobs_fail(e, "cannot make", path);
        if (fd >= 0)
            close(fd);
    }
    pthread_mutex_unlock(&b->lock);
    return rc;
}

static int add(struct qp_blobs *b, const char *path, uint64_t bytes, uint64_t at, const void *piece,
               size_t len, struct qp_err *e)
{
    struct stat st;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0 || (uint64_t)st.st_size != at || len > bytes - at) {
        if (fd >= 0)
            close(fd);
        return qp_fail(e, QP_EGAP, "this piece does not follow what is here");
    }
    int rc = 0; /* there was room for all of it when it began */
    if (pwrite(fd, piece, len, (off_t)at) != (ssize_t)len)
        rc = qp_blobs_fail(e, "cannot write", path);
    if (!rc)
        b->bytes += len;
    else if (ftruncate(fd, (off_t)at) != 0)
        unlink(path);
    close(fd);
    return rc;
}

int qp_blob_add(struct qp_blobs *b, const struct qp_hash *hash, uint64_t bytes, uint64_t at,
                const void *piece, size_t len, struct qp_err *e)
{
    char path[QP_BLOB_PATH];
    coming_path(b, hash, bytes, path);
    if (at > bytes)
        return qp_fail(e, QP_EGAP, "this piece lies behind the file's end");
    pthread_mutex_lock(&b->lock);
    int rc = add(b, path, bytes, at, piece, len, e);
    pthread_mutex_unlock(&b->lock);
    return rc;
}

/* The room that it took is a file's now, or nobody's. */
static int whole(struct qp_blobs *b, const char *path, int fd, const struct qp_hash *hash, uint64_t bytes,
                 enum qp_blob_type type, struct qp_err *e)
{
    struct qp_hash is;
    uint64_t len = 0;
    if (qp_hash_file(&is, fd, &len))
        return qp_blobs_fail(e, "cannot read", path);
    if (len < bytes)
        return qp_fail(e, QP_EGAP, "not all of the file is here");
    if (qp_hash_eq(&is, hash))
        return fsync(fd) == 0 ? qp_blobs_settle(b, path, hash, type, len, e)
                              : qp_blobs_fail(e, "cannot flush", path);
    pthread_mutex_lock(&b->lock);
    b->bytes -= unlink(path) == 0 ? len : 0;
    pthread_mutex_unlock(&b->lock);
    return qp_fail(e, QP_ESIG, "what came is not the file that was asked for; it was thrown away");
}

int qp_blob_whole(struct qp_blobs *b, const struct qp_hash *hash, uint64_t bytes, enum qp_blob_type type,
                  struct qp_err *e)
{
    char path[QP_BLOB_PATH];
    struct qp_blob have;
    coming_path(b, hash, bytes, path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    int rc = fd >= 0                         ? whole(b, path, fd, hash, bytes, type, e)
             : !qp_blob_find(b, hash, &have) ? 0
                                             : qp_fail(e, QP_EGAP, "not all of the file is here");
    if (fd >= 0)
        close(fd);
    return rc;
}

uint64_t qp_blob_have(const struct qp_blobs *b, const struct qp_hash *hash, uint64_t bytes)
{
    char path[QP_BLOB_PATH];
    struct stat st;
    coming_path(b, hash, bytes, path);
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

/* ---- what may go ---- */

struct sweeping {
    struct qp_blobs *b;
    const struct qp_blob_terms *t;
    const char *folder; /* "ab"; NULL: of those that come */
    size_t gone;
};

static bool hash_of(const struct sweeping *s, const char *name, struct qp_hash *out)
{
    char hex[QP_BLOB_NAME + 1];
    int n = snprintf(hex, sizeof hex, "%s%.*s", s->folder, (int)strcspn(name, "."), name);
    return n == QP_BLOB_NAME && !qp_unhex(out->b, QP_HASH_LEN, hex);
}

static bool may_go(const struct sweeping *s, const char *name, int64_t age_us)
{
    struct qp_hash hash;
    if (age_us < s->t->grace_us)
        return false;
    if (!s->folder)
        return true;
    if (!hash_of(s, name, &hash))
        return false; /* not ours: whoever put it there takes it away */
    int by = s->t->named(s->t->arg, &hash);
    return by == 0 || (by == 1 && age_us >= s->t->cache_us);
}

static int64_t age_of(const struct sweeping *s, const struct stat *st)
{
    return s->t->now_us - changed_us(st);
}

static bool sweep_one(void *arg, const char *path, const char *name)
{
    struct sweeping *s = arg;
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || !may_go(s, name, age_of(s, &st)))
        return true;
    pthread_mutex_lock(&s->b->lock); /* it may have been named or read while it was looked at */
    if (stat(path, &st) == 0 && age_of(s, &st) >= s->t->grace_us && unlink(path) == 0) {
        s->b->files -= !!s->folder;
        s->b->bytes -= (uint64_t)st.st_size;
        s->gone++;
    }
    pthread_mutex_unlock(&s->b->lock);
    return true;
}

static bool sweep_folder(void *arg, const char *path, const char *name)
{
    struct sweeping *s = arg;
    s->folder = strcmp(name, "coming") == 0 ? NULL : name;
    if (!s->folder || strlen(name) == 2)
        qp_blobs_each(path, sweep_one, s);
    return true;
}

size_t qp_blobs_sweep(struct qp_blobs *b, const struct qp_blob_terms *t)
{
    struct sweeping s = {.b = b, .t = t};
    qp_blobs_each(b->dir, sweep_folder, &s);
    return s.gone;
}
