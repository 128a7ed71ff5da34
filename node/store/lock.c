/* lock.c: DIR/lock keeps a second process, or a second open in this one, away from the store.
 *
 * flock() belongs to the open file: the kernel takes it away when the process ends, however it ends; the pid
 * in the file is only there to be named. A child forked while the store is open would keep it: fork before
 * opening. */
#include "node/store/inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* Who asks whether a node runs here (node/cli/place.c) holds the file for a moment with a shared lock: that is
 * waited for, or a question would keep a node from starting. 0, or the errno. */
static int lock(int fd)
{
    assert(fd >= 0);
    const struct timespec pause = {.tv_nsec = 10000000};
    int why = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    for (int tries = 0; why == EWOULDBLOCK && tries < 10; tries++) {
        nanosleep(&pause, NULL);
        why = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    }
    return why;
}

int qp_lock_take(struct qp_store *s, struct qp_err *e)
{
    assert(s->lock_fd < 0);
    char path[PATH_MAX];
    int rc = qp_path_in(path, s, "lock", e);
    if (rc)
        return rc;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return qp_fail(e, QP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    char text[24] = "";
    int why = lock(fd);
    if (why != 0) {
        ssize_t n = pread(fd, text, sizeof text - 1, 0);
        long pid = n > 0 ? strtol(text, NULL, 10) : 0;
        close(fd);
        if (why != EWOULDBLOCK)
            return qp_fail(e, QP_EIO, "%s: cannot be locked: %s", path, strerror(why));
        return qp_fail(e, QP_EEXISTS, "%s: is in use by process %ld: one process may open a store", s->dir,
                       pid);
    }
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    bool named = ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) == n;
    (void)named; /* a full disk must not keep a node from starting: the lock is what counts */
    s->lock_fd = fd;
    return 0;
}

void qp_lock_drop(struct qp_store *s)
{
    if (s->lock_fd >= 0)
        close(
            s->lock_fd); /* the file stays: removing it would let two processes lock two files of one name */
    s->lock_fd = -1;
}
