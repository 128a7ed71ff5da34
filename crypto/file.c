/* file.c: whole files, read within a bound and replaced atomically.
 *
 *   temporary beside it -> write -> fsync -> rename -> fsync of the folder
 *
 * Called for key files, certificates, sealed heads and configuration: everything small that lives outside
 * LMDB. */
#include "crypto/crypto.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/write.h"

enum { PATH_BYTES = 4096 };

int qp_sync_folder_of(const char *path)
{
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (!slash)
        snprintf(folder, sizeof folder, ".");
    else
        slash[slash == folder ? 1 : 0] = 0;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    int why = errno;
    close(fd);
    errno = why;
    return rc;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Not every file system knows RENAME_NOREPLACE; a second name for the same file refuses a taken name as well.
 */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (link(from, to) != 0)
        return -1;
    return unlink(from);
}

int qp_file_write(const char *path, const void *data, size_t len, unsigned mode, enum qp_write_how how,
                  struct qp_err *e)
{
    char temporary[PATH_BYTES];
    int n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
    if (n < 0 || (size_t)n >= sizeof temporary)
        return qp_fail(e, QP_EINVAL, "%.60s…: the path of a file is at most %d bytes", path, PATH_BYTES - 8);
    int fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 from its first byte on */
    if (fd < 0)
        return qp_fail(e, QP_EIO, "%s: cannot write in its folder: %s", path, strerror(errno));
    bool written = fchmod(fd, (mode_t)mode) == 0 && write_all(fd, data, len) == 0 && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && written) {
        why = errno;
        written = false;
    }
    if (written && (how == QP_WRITE_NEW ? rename_new(temporary, path) : rename(temporary, path)) != 0) {
        why = errno;
        written = false;
    }
    if (!written) {
        unlink(temporary);
        if (how == QP_WRITE_NEW && why == EEXIST)
            return qp_fail(e, QP_EEXISTS, "%s: is there already and is not overwritten", path);
        return qp_fail(e, QP_EIO, "%s: cannot be written: %s", path, strerror(why));
    }
    if (qp_sync_folder_of(path))
        return qp_fail(e, QP_EIO, "%s: its folder cannot be synced: %s", path, strerror(errno));
    return 0;
}

int qp_file_replace(const char *path, const void *data, size_t len, unsigned mode, struct qp_err *e)
{
    return qp_file_write(path, data, len, mode, QP_WRITE_OVER, e);
}

/* Reads to the end rather than by the size that stat told: a pipe or /proc file says 0. */
static int read_all(int fd, const char *path, size_t cap, uint8_t **out, size_t *len, struct qp_err *e)
{
    struct stat st;
    size_t room =
        fstat(fd, &st) == 0 && st.st_size > 0 && (size_t)st.st_size <= cap ? (size_t)st.st_size : 4096;
    uint8_t *data = NULL;
    size_t have = 0;
    for (;;) {
        if (room > cap)
            room = cap;
        if (have == room && room < cap)
            room = room > cap / 2 ? cap : room * 2;
        uint8_t *grown =
            realloc(data, room + 1); /* one more: the closing NUL, or the byte that is too much */
        if (!grown) {
            free(data);
            return qp_fail(e, QP_ENOMEM, "%s: no memory for %zu bytes", path, room + 1);
        }
        data = grown;
        ssize_t n = read(fd, data + have, room + 1 - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int why = errno;
            sodium_memzero(data, have);
            free(data);
            return qp_fail(e, QP_EIO, "%s: cannot be read: %s", path, strerror(why));
        }
        if (n == 0)
            break;
        have += (size_t)n;
        if (have > cap) {
            sodium_memzero(data, have);
            free(data);
            return qp_fail(e, QP_EBIG, "%s: is larger than %zu bytes", path, cap);
        }
        if (have > room)
            room = have;
    }
    data[have] = 0;
    *out = data;
    *len = have;
    return 0;
}

int qp_file_read(const char *path, size_t cap, void **out, size_t *len, struct qp_err *e)
{
    assert(cap > 0 && cap < SIZE_MAX / 4);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return qp_fail(e, QP_ENOTFOUND, "%s: there is no such file", path);
    if (fd < 0)
        return qp_fail(e, QP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    uint8_t *data = NULL;
    int rc = read_all(fd, path, cap, &data, len, e);
    close(fd);
    if (!rc)
        *out = data;
    return rc;
}
