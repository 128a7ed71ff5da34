/* blob.c: see blob.h. The folder, put and get. */
#include "node/blob/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "node/blob/image.h"

enum { FILE_MODE = 0600, FOLDER_MODE = 0700 };

/* ---- paths and folders ---- */

void qp_blobs_path(const struct qp_blobs *b, const struct qp_hash *hash, enum qp_blob_type type,
                   char out[QP_BLOB_PATH])
{
    char name[QP_BLOB_NAME + 1];
    qp_hex(name, hash->b, QP_HASH_LEN);
    snprintf(out, QP_BLOB_PATH, "%s/%.2s/%s.%s", b->dir, name, name + 2, qp_blob_suffix(type));
}

int qp_blobs_fail(struct qp_err *e, const char *what, const char *path)
{
    int no = errno;
    if (no == ENOSPC || no == EDQUOT)
        return qp_fail(e, QP_EFULL, "the disk is full: %s; make room, then send the file again", path);
    return qp_fail(e, QP_EIO, "%s %s: %s; look at the disk and at who owns the folder", what, path,
                   strerror(no));
}

static int flush_folder(const char *dir, struct qp_err *e)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = fd >= 0 && fsync(fd) == 0 ? 0 : qp_blobs_fail(e, "cannot flush", dir);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int make_folder(const char *dir, struct qp_err *e)
{
    return mkdir(dir, FOLDER_MODE) == 0 || errno == EEXIST ? 0 : qp_blobs_fail(e, "cannot make", dir);
}

void qp_blobs_each(const char *dir, bool (*f)(void *arg, const char *path, const char *name), void *arg)
{
    char path[QP_BLOB_PATH];
    DIR *d = opendir(dir);
    bool goes_on = d;
    for (struct dirent *x; goes_on && (x = readdir(d));)
        if (x->d_name[0] != '.' && snprintf(path, sizeof path, "%s/%s", dir, x->d_name) < (int)sizeof path)
            goes_on = f(arg, path, x->d_name);
    if (d)
        closedir(d);
}

/* ---- open ---- */

static bool drop_one(void *arg, const char *path, const char *name)
{
    (void)arg;
    (void)name;
    unlink(path);
    return true;
}

static bool count_one(void *arg, const char *path, const char *name)
{
    struct qp_blobs *b = arg;
    struct stat st;
    (void)name;
    if (stat(path, &st) == 0 && S_ISREG(st.st_mode)) {
        b->files++;
        b->bytes += (uint64_t)st.st_size;
    }
    return true;
}

static bool count_folder(void *arg, const char *path, const char *name)
{
    if (strlen(name) == 2)
        qp_blobs_each(path, count_one, arg);
    return true;
}

static void disk_of(const char *dir, uint64_t *free_bytes, uint64_t *total)
{
    struct statvfs fs;
    *free_bytes = *total = 0;
    if (statvfs(dir, &fs) == 0) {
        *free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
        *total = (uint64_t)fs.f_blocks * fs.f_frsize;
    }
}

int qp_blobs_open(struct qp_blobs **out, const struct qp_blobs_options *o, struct qp_err *e)
{
    char path[QP_BLOB_PATH];
    struct qp_blobs *b = calloc(1, sizeof *b);
    if (!b)
        return qp_fail(e, QP_ENOMEM, "files: out of memory");
    pthread_mutex_init(&b->lock, NULL);
    pthread_mutex_init(&b->image, NULL);
    b->quota = o->quota;
    b->store = o->store;
    b->disk = o->disk ? o->disk : disk_of;
    int rc = snprintf(b->dir, sizeof b->dir, "%s", o->dir) < (int)sizeof b->dir
                 ? make_folder(b->dir, e)
                 : qp_fail(e, QP_EINVAL, "%s: the name of this folder is too long", o->dir);
    if (!rc && qp_sync_folder_of(b->dir)) /* else all files of a first day may go with the folder's name */
        rc = qp_blobs_fail(e, "cannot flush the folder of", b->dir);
    for (int i = 0; i < 2 && !rc; i++) {
        snprintf(path, sizeof path, "%s/%s", b->dir, i == 0 ? "new" : "coming");
        rc = make_folder(path, e);
        if (!rc && i == 0)
            qp_blobs_each(path, drop_one, NULL); /* an end in the middle of writing */
        if (!rc && i == 1)
            qp_blobs_each(path, count_one, b);
    }
    b->files = 0; /* what comes is no file yet, but takes room */
    if (!rc)
        qp_blobs_each(b->dir, count_folder, b);
    if (rc) {
        qp_blobs_close(b);
        return rc;
    }
    *out = b;
    return 0;
}

void qp_blobs_close(struct qp_blobs *b)
{
    if (!b)
        return;
    pthread_mutex_destroy(&b->lock);
    pthread_mutex_destroy(&b->image);
    free(b);
}

void qp_blobs_use(struct qp_blobs *b, struct qp_blobs_use *out)
{
    pthread_mutex_lock(&b->lock);
    *out = (struct qp_blobs_use){b->files, b->bytes, b->quota, b->damaged};
    pthread_mutex_unlock(&b->lock);
}

/* ---- find ---- */

int qp_blob_find(const struct qp_blobs *b, const struct qp_hash *hash, struct qp_blob *out)
{
    char path[QP_BLOB_PATH];
    struct stat st;
    for (unsigned t = 0; t < QP_BLOB_TYPES_N; t++) {
        qp_blobs_path(b, hash, t, path);
        if (stat(path, &st) != 0)
            continue;
        *out = (struct qp_blob){.hash = *hash,
                                .bytes = (uint64_t)st.st_size,
                                .type = t,
                                .used_us = (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000};
        return 0;
    }
    return QP_ENOTFOUND;
}

int qp_blob_touch(const struct qp_blobs *b, const struct qp_hash *hash, struct qp_blob *out)
{
    char path[QP_BLOB_PATH];
    int rc = qp_blob_find(b, hash, out);
    if (rc)
        return rc;
    qp_blobs_path(b, hash, out->type, path);
    return utimensat(AT_FDCWD, path, NULL, 0) == 0 ? 0 : QP_ENOTFOUND; /* swept in between */
}

int qp_blob_open(struct qp_blobs *b, const struct qp_hash *hash, struct qp_blob *out, int *fd,
                 struct qp_err *e)
{
    char path[QP_BLOB_PATH];
    struct qp_hash is;
    uint64_t len = 0;
    *fd = -1;
    if (qp_blob_touch(b, hash, out))
        return qp_fail(e, QP_ENOTFOUND, "this file is not here");
    qp_blobs_path(b, hash, out->type, path);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    int rc = *fd < 0 ? qp_blobs_fail(e, "cannot read", path) : 0;
    if (!rc && qp_hash_file(&is, *fd, &len))
        rc = qp_blobs_fail(e, "cannot read", path);
    if (!rc && !qp_hash_eq(&is, hash)) {
        pthread_mutex_lock(&b->lock);
        bool was = unlink(path) == 0;
        b->damaged += was;
        b->files -= was;
        b->bytes -= was ? len : 0;
        pthread_mutex_unlock(&b->lock);
        rc = qp_fail(e, QP_ECORRUPT,
                     "%s is damaged, and was thrown away; another node may have it: look at the disk", path);
    }
    if (rc && *fd >= 0) {
        close(*fd);
        *fd = -1;
    }
    return rc;
}

int qp_blob_piece(const struct qp_blobs *b, const struct qp_hash *hash, uint64_t at, void *out, size_t *len)
{
    char path[QP_BLOB_PATH];
    struct qp_blob x;
    int rc = qp_blob_find(b, hash, &x);
    if (rc)
        return rc;
    qp_blobs_path(b, hash, x.type, path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return QP_ENOTFOUND;
    ssize_t n = pread(fd, out, *len, (off_t)at);
    close(fd);
    *len = n > 0 ? (size_t)n : 0;
    return n >= 0 ? 0 : QP_EIO;
}

/* ---- put ---- */

int qp_blobs_room(struct qp_blobs *b, uint64_t len, struct qp_err *e)
{
    struct qp_store_use u = {0};
    uint64_t free_bytes, total, grows = 0;
    if (b->bytes + len > b->quota)
        return qp_fail(
            e, QP_EFULL,
            "the files here have %llu of %llu MiB: what nobody names goes after a day; or raise store.blobs",
            (unsigned long long)(b->bytes >> 20), (unsigned long long)(b->quota >> 20));
    if (b->store) {
        qp_store_use(b->store, &u);
        grows = u.journal_size - u.journal_used + u.tables_size - u.tables_used;
    }
    b->disk(b->dir, &free_bytes, &total);
    if (total > 0 && (free_bytes < len || qp_disk_room(free_bytes - len, total, grows) == QP_DISK_FULL))
        return qp_fail(
            e, QP_EFULL,
            "the disk has %llu MiB left, which the journal needs first: make room, then send the file again",
            (unsigned long long)(free_bytes >> 20));
    return 0;
}

/* Renamed, with the lock; it may be there already, from another thread. */
static int take_place(struct qp_blobs *b, const char *from, const char *to, const struct qp_hash *hash,
                      uint64_t len, struct qp_err *e)
{
    struct qp_blob have;
    pthread_mutex_lock(&b->lock);
    bool is_new = qp_blob_find(b, hash, &have), moved = rename(from, to) == 0;
    int rc = moved || (errno == ENOENT && !is_new) ? 0 : qp_blobs_fail(e, "cannot make", to);
    if (moved) { /* else who moved it has counted it */
        b->files += is_new;
        b->bytes -= is_new ? 0 : len;
    }
    pthread_mutex_unlock(&b->lock);
    return rc;
}

int qp_blobs_settle(struct qp_blobs *b, const char *from, const struct qp_hash *hash, enum qp_blob_type type,
                    uint64_t len, struct qp_err *e)
{
    char to[QP_BLOB_PATH], folder[QP_BLOB_PATH];
    qp_blobs_path(b, hash, type, to);
    snprintf(folder, sizeof folder, "%s", to);
    *strrchr(folder, '/') = '\0';
    bool is_new = access(folder, F_OK) != 0;
    int rc = make_folder(folder, e);
    if (!rc && is_new)
        rc = flush_folder(b->dir, e);
    if (!rc)
        rc = take_place(b, from, to, hash, len, e);
    return !rc ? flush_folder(folder, e) : rc;
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
    for (size_t at = 0; at < len;) {
        ssize_t n = write(fd, p + at, len - at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return QP_EIO;
        at += (size_t)n;
    }
    return 0;
}

static int write_file(const char *path, const uint8_t *bytes, size_t len, struct qp_err *e)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return qp_blobs_fail(e, "cannot make", path);
    int rc = !write_all(fd, bytes, len) && fsync(fd) == 0 ? 0 : qp_blobs_fail(e, "cannot write", path);
    if (close(fd) != 0 && !rc)
        rc = qp_blobs_fail(e, "cannot write", path);
    return rc;
}

/* Its room is taken first; the disk is waited for without the lock: the turn takes that. */
static int keep(struct qp_blobs *b, const uint8_t *bytes, size_t len, struct qp_blob *out, struct qp_err *e)
{
    char path[QP_BLOB_PATH];
    pthread_mutex_lock(&b->lock);
    int rc = qp_blobs_room(b, len, e);
    if (!rc)
        b->bytes += len;
    snprintf(path, sizeof path, "%s/new/%llu", b->dir, (unsigned long long)b->made++);
    pthread_mutex_unlock(&b->lock);
    if (rc)
        return rc;
    rc = write_file(path, bytes, len, e);
    bool written = !rc;
    if (!rc)
        rc = qp_blobs_settle(b, path, &out->hash, out->type, len, e);
    if (rc && (unlink(path) == 0 || !written)) { /* else it took its place, and is counted */
        pthread_mutex_lock(&b->lock);
        b->bytes -= len;
        pthread_mutex_unlock(&b->lock);
    }
    return rc;
}

/* It is here and whole, and counts as used just now. One that is damaged goes: who sends it again is how it comes back. */
static bool stands(struct qp_blobs *b, const struct qp_hash *hash, struct qp_blob *out)
{
    int fd;
    if (qp_blob_open(b, hash, out, &fd, NULL))
        return false;
    close(fd);
    return true;
}

int qp_blob_put(struct qp_blobs *b, const void *bytes, size_t len, enum qp_blob_type type,
                struct qp_blob *out, struct qp_err *e)
{
    uint8_t *anew = NULL;
    int rc = 0;
    if (len == 0)
        return qp_fail(e, QP_EINVAL, "the file is empty");
    if (len > QP_BLOB_BYTES)
        return qp_fail(e, QP_EBIG, "the file is larger than %d MiB", QP_BLOB_BYTES >> 20);
    enum qp_blob_type is = qp_image_type(bytes, len);
    if (qp_image_foreign(bytes, len)) /* as it is it would tell where it was taken, and by which telephone */
        return qp_fail(e, QP_EPOLICY,
                       "the file is a photo as HEIC or AVIF, which is not read here: save it as JPEG, and "
                       "send that");
    if (qp_blob_is_image(type) && is == QP_BLOB_BIN)
        return qp_fail(e, QP_EPOLICY, "the file says to be %s, and is neither JPEG nor PNG nor WebP",
                       qp_blob_media(type));
    if (qp_blob_is_image(is)) { /* whatever it says to be: nothing may hide that it is a photo */
        pthread_mutex_lock(&b->image);
        rc = qp_image_anew(bytes, len, is, &anew, &len, e);
        pthread_mutex_unlock(&b->image);
        type = is;
        bytes = anew;
    }
    if (rc)
        return rc;
    *out = (struct qp_blob){.bytes = len, .type = type};
    qp_hash(&out->hash, bytes, len);
    struct qp_blob sent = *out;
    if (!stands(b, &sent.hash, out)) {
        *out = sent;
        rc = keep(b, bytes, len, out, e);
    }
    free(anew);
    return rc;
}
