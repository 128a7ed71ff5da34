/* ndjson.c: the target `files`: a folder with one growing file, for whatever loads JSON lines.
 *
 *   DIR/events.ndjson   a line for each event, then a line {"mark":…} that ends the batch: what stands behind the last
 *                       such line is of a batch that never came, and is cut off when the folder is opened
 *   DIR/lock            held by the one who writes (SK6)
 *
 * A batch is one write and one wait for the disk. Who reads the file while it grows stops at the last mark. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/error.h"
#include "node/sink/sink.h"

struct qp_sink {
    char dir[400], name[420];
    int fd, lock;
    FILE *batch; /* open while one is being written, into memory */
    char *text;
    size_t len;
    struct qp_sink_mark mark;
    bool marked;
};

static bool takes(const char *target)
{
    return *target == '/' || *target == '.';
}

static int fail_here(const struct qp_sink *s, const char *what, struct qp_err *e)
{
    return qp_fail(e, QP_EIO, "%s: %s: %s", s->name, what, strerror(errno));
}

/* A file without a mark is empty, or the beginning of a first batch, or not ours. */
static bool is_ours(const struct qp_sink *s)
{
    static const char FIRST[] = "{\"county\":";
    char got[sizeof FIRST - 1];
    ssize_t n = pread(s->fd, got, sizeof got, 0);
    return n >= 0 && memcmp(got, FIRST, (size_t)n) == 0;
}

/* Looks for the last whole mark from the end, in growing pieces; who writes cuts off what stands behind it. */
static int find_mark(struct qp_sink *s, bool write, struct qp_err *e)
{
    static const char WORD[] = "{\"mark\":";
    struct stat st;
    if (fstat(s->fd, &st))
        return fail_here(s, "cannot be looked at", e);
    for (off_t size = 1 << 16;; size *= 16) {
        size = size < st.st_size ? size : st.st_size;
        char *p = malloc((size_t)size + 1), *found = NULL;
        if (!p || pread(s->fd, p, (size_t)size, st.st_size - size) != size) {
            free(p);
            return fail_here(s, "cannot be read", e);
        }
        p[size] = '\0';
        for (char *at = p, *end; (at = strstr(at, WORD)); at++) {
            bool first = at == p ? size == st.st_size : at[-1] == '\n';
            if (first && (end = strchr(at, '\n')) && qp_sink_mark_read(&s->mark, at, (size_t)(end - at)))
                found = end + 1;
        }
        s->marked = found;
        off_t keep = found ? st.st_size - size + (found - p) : 0;
        free(p);
        if (!found && size < st.st_size)
            continue;
        if (!found && !is_ours(s))
            return qp_fail(e, QP_EEXISTS, "%s: holds something else than a node's copy: give another folder",
                           s->name);
        if (write && keep < st.st_size && ftruncate(s->fd, keep))
            return fail_here(s, "its torn end cannot be cut off", e);
        return 0;
    }
}

static void sink_close(struct qp_sink *s)
{
    if (!s)
        return;
    if (s->batch)
        fclose(s->batch);
    free(s->text);
    if (s->fd >= 0)
        close(s->fd);
    if (s->lock >= 0)
        close(s->lock);
    free(s);
}

/* The folder and the right to write there alone. */
static int take_folder(struct qp_sink *s, struct qp_err *e)
{
    char lock[420];
    snprintf(lock, sizeof lock, "%s/lock", s->dir);
    if (mkdir(s->dir, 0700) && errno != EEXIST)
        return qp_fail(e, QP_EIO, "%s: cannot be made: %s", s->dir, strerror(errno));
    if ((s->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0)
        return fail_here(s, "its lock cannot be opened", e);
    if (flock(s->lock, LOCK_EX | LOCK_NB))
        return qp_fail(e, QP_EEXISTS, "%s: another process writes there: end it first", s->dir);
    return 0;
}

static int sink_open(struct qp_sink **out, const char *target, bool write, struct qp_err *e)
{
    struct qp_sink *s = calloc(1, sizeof *s);
    if (!s)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    s->fd = s->lock = -1;
    int rc = 0;
    if (strlen(target) >= sizeof s->dir)
        rc = qp_fail(e, QP_EINVAL, "the folder's name is longer than %zu bytes", sizeof s->dir - 1);
    snprintf(s->dir, sizeof s->dir, "%s", target);
    snprintf(s->name, sizeof s->name, "%s/events.ndjson", s->dir);
    if (!rc && write)
        rc = take_folder(s, e);
    if (!rc) {
        s->fd = open(s->name, write ? O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC : O_RDONLY | O_CLOEXEC, 0600);
        if (s->fd >= 0)
            rc = find_mark(s, write, e);
        else if (write || errno != ENOENT)
            rc = fail_here(s, "cannot be opened", e);
    }
    if (rc) {
        sink_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

static int sink_mark(struct qp_sink *s, const char *node, struct qp_sink_mark *m, struct qp_err *e)
{
    if (!s->marked)
        return qp_fail(e, QP_ENOTFOUND, "%s: nothing was written yet", s->dir);
    if (*node && strcmp(node, s->mark.node) != 0)
        return qp_fail(e, QP_EEXISTS, "%s: holds the copy of another node, %s: give another folder", s->dir,
                       s->mark.path);
    *m = s->mark;
    return 0;
}

static int sink_claim(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    (void)s, (void)m, (void)e; /* the lock is held since it was opened */
    return 0;
}

static int sink_empty(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    (void)m;
    s->marked = false;
    return ftruncate(s->fd, 0) ? fail_here(s, "cannot be emptied", e) : 0;
}

static void sink_abort(struct qp_sink *s)
{
    if (s->batch)
        fclose(s->batch);
    s->batch = NULL;
    free(s->text);
    s->text = NULL;
}

static int sink_begin(struct qp_sink *s, struct qp_err *e)
{
    sink_abort(s);
    s->batch = open_memstream(&s->text, &s->len);
    return s->batch ? 0 : qp_fail(e, QP_ENOMEM, "out of memory");
}

static int put_line(struct qp_sink *s, json_t *o, struct qp_err *e)
{
    int rc = !o || json_dumpf(o, s->batch, JSON_COMPACT | JSON_ENSURE_ASCII) || fputc('\n', s->batch) == EOF;
    json_decref(o);
    return rc ? qp_fail(e, QP_ENOMEM, "out of memory") : 0;
}

static int sink_put(struct qp_sink *s, const struct qp_sink_event *ev, struct qp_err *e)
{
    return put_line(s, qp_sink_line(ev), e);
}

/* What the disk did not confirm is taken away again, its mark with it: its pages count as written from then on, so that the next wait
 * for the disk would say nothing of them. */
static int take_back(struct qp_sink *s, off_t from, const char *what, struct qp_err *e)
{
    int rc = fail_here(s, what, e);
    return ftruncate(s->fd, from)
               ? fail_here(
                     s,
                     "what is not on the disk cannot be cut off: begin again from zero (qipan sink replay)",
                     e)
               : rc;
}

static int write_all(struct qp_sink *s, struct qp_err *e)
{
    off_t from = lseek(s->fd, 0, SEEK_END);
    if (from < 0)
        return fail_here(s, "cannot be looked at", e);
    for (size_t at = 0; at < s->len;) {
        ssize_t n = write(s->fd, s->text + at, s->len - at);
        if (n < 0 && errno != EINTR)
            return take_back(s, from, "cannot be written", e);
        at += n > 0 ? (size_t)n : 0;
    }
    return fdatasync(s->fd) ? take_back(s, from, "is not on the disk", e) : 0;
}

static int sink_commit(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    int rc = put_line(s, qp_sink_mark_line(m), e);
    if (!rc && fflush(s->batch))
        rc = qp_fail(e, QP_ENOMEM, "out of memory");
    if (!rc)
        rc = write_all(s, e);
    sink_abort(s);
    if (!rc) {
        s->mark = *m;
        s->marked = true;
    }
    return rc;
}

const struct qp_sink_ops qp_sink_files = {"files",   takes,       sink_open,  sink_close,
                                          sink_mark, sink_claim,  sink_empty, sink_begin,
                                          sink_put,  sink_commit, sink_abort};
