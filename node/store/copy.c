/* copy.c: see copy.h. Called by `qipan backup` (node/cli/backup*.c). */
#include "node/store/copy.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/store/inside.h"

enum { SLICE_RECORDS = 1000, SLICE_BYTES = 8 * 1024 * 1024, OPEN_TRIES = 20, OPEN_WAIT_US = 20000 };

/* The journal that is read: a store of this process, or an environment of its own beside a running node. */
struct source {
    MDB_env *env;
    MDB_dbi log;
    bool own;
    const char *dir;
    uint8_t epoch[QP_ID_LEN];
};

static int lmdb_failed(const struct source *s, int m, struct qp_err *e)
{
    return qp_fail(e, m == MDB_CORRUPTED || m == MDB_INVALID ? QP_ECORRUPT : QP_EIO,
                   "%s/journal: cannot be read: %s", s->dir, mdb_strerror(m));
}

static int read_meta(struct source *s, struct qp_err *e)
{
    assert(!s->own && s->env);
    MDB_txn *txn;
    MDB_dbi meta;
    char key[] = "epoch";
    MDB_val k = {strlen(key), key}, v;
    int m = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
    if (m)
        return lmdb_failed(s, m, e);
    m = mdb_dbi_open(txn, "log", MDB_INTEGERKEY, &s->log);
    if (!m)
        m = mdb_dbi_open(txn, "meta", 0, &meta);
    if (!m)
        m = mdb_get(txn, meta, &k, &v);
    if (!m && v.mv_size == QP_ID_LEN)
        memcpy(s->epoch, v.mv_data, QP_ID_LEN);
    else if (!m)
        m = MDB_CORRUPTED;
    if (!m) /* the handles stay */
        m = mdb_txn_commit(txn);
    else
        mdb_txn_abort(txn);
    return !m ? 0 : lmdb_failed(s, m, e);
}

/* Beside a running node. The writer makes its file longer just behind a commit that counts the new pages: who
 * looks between the two tries again. */
static int open_beside(struct source *s, struct qp_err *e)
{
    assert(!s->own && !s->env);
    char folder[PATH_MAX], file[PATH_MAX + 16];
    bool empty;
    snprintf(folder, sizeof folder, "%s/journal", s->dir);
    snprintf(file, sizeof file, "%s/data.mdb", folder);
    int rc = qp_env_check(file, &empty, e);
    for (int i = 0; i < OPEN_TRIES && rc == QP_ECORRUPT; i++) {
        usleep(OPEN_WAIT_US);
        rc = qp_env_check(file, &empty, e);
    }
    if (rc)
        return rc;
    if (empty)
        return qp_fail(e, QP_ENOTFOUND, "%s: there is no journal here", s->dir);
    int m = mdb_env_create(&s->env);
    if (!m)
        m = mdb_env_set_maxdbs(s->env, QP_TABLES + 2);
    if (!m)
        m = mdb_env_set_maxreaders(s->env, QP_READERS + 2);
    if (!m)
        m = mdb_env_open(s->env, folder, MDB_RDONLY | MDB_NOTLS, 0600);
    return !m ? read_meta(s, e) : lmdb_failed(s, m, e);
}

static int source_open(struct source *s, const char *dir, struct qp_store *own, struct qp_err *e)
{
    *s = (struct source){.own = !!own, .dir = dir};
    if (!own)
        return open_beside(s, e);
    assert(own->journal); /* it was opened */
    s->env = own->journal;
    s->log = own->log;
    memcpy(s->epoch, own->epoch, QP_ID_LEN);
    return 0;
}

static void source_close(struct source *s)
{
    if (!s->own && s->env)
        mdb_env_close(s->env);
}

static int raw_at(const struct source *s, MDB_txn *txn, uint64_t position, MDB_val *v, struct qp_record *r,
                  struct qp_err *e)
{
    assert(position > 0 && mdb_txn_env(txn) == s->env);
    MDB_val k = {sizeof position, &position};
    int m = mdb_get(txn, s->log, &k, v);
    if (m == MDB_NOTFOUND)
        return qp_fail(e, QP_ENOTFOUND, "the journal has no record %" PRIu64, position);
    if (m)
        return lmdb_failed(s, m, e);
    return qp_record_read(r, position, v->mv_data, v->mv_size, e);
}

static int write_all(int fd, const uint8_t *p, size_t len, struct qp_err *e)
{
    assert(fd >= 0 && len > 0);
    while (len > 0) {
        ssize_t n = write(fd, p, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return qp_fail(e, QP_EIO, "the copy cannot be written: %s", strerror(errno));
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static uint64_t head_of(const struct source *s, MDB_txn *txn)
{
    assert(mdb_txn_env(txn) == s->env);
    MDB_cursor *c;
    MDB_val k, v;
    uint64_t head = 0;
    if (mdb_cursor_open(txn, s->log, &c))
        return 0;
    if (!mdb_cursor_get(c, &k, &v, MDB_LAST) && k.mv_size == sizeof head)
        memcpy(&head, k.mv_data, sizeof head);
    mdb_cursor_close(c);
    return head;
}

/* Some records in one short transaction. *head: what the journal has now. */
static int take_some(const struct source *s, int fd, struct qp_copy_mark *mark, uint64_t *head,
                     struct qp_err *e)
{
    MDB_txn *txn;
    size_t bytes = 0;
    int m = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn), rc = 0;
    if (m)
        return lmdb_failed(s, m, e);
    *head = head_of(s, txn);
    for (int n = 0; n < SLICE_RECORDS && bytes < SLICE_BYTES && mark->position < *head && !rc; n++) {
        struct qp_record r;
        MDB_val v;
        rc = raw_at(s, txn, mark->position + 1, &v, &r, e);
        if (!rc && !qp_hash_eq(&r.prev, &mark->hash))
            rc = qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " does not follow the one before it",
                         r.position);
        if (!rc)
            rc = write_all(fd, v.mv_data, v.mv_size, e);
        if (rc)
            break;
        assert(r.position == mark->position + 1);
        mark->position = r.position;
        mark->hash = r.hash;
        mark->bytes += v.mv_size;
        bytes += v.mv_size;
    }
    mdb_txn_abort(txn);
    return rc == QP_ENOTFOUND
               ? qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " is missing", mark->position + 1)
               : rc;
}

/* What was copied before is the beginning of this very journal. */
static int same_journal(const struct source *s, const struct qp_copy_mark *mark, struct qp_err *e)
{
    MDB_txn *txn;
    MDB_val v;
    struct qp_record r;
    if (mark->position == 0)
        return 0;
    if (memcmp(mark->epoch, s->epoch, QP_ID_LEN) != 0)
        return qp_fail(e, QP_EFORK,
                       "the copy is of another journal (the node joined again since): begin a new one in an "
                       "empty folder, and keep the old one");
    assert(s->env);
    int m = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
    if (m)
        return lmdb_failed(s, m, e);
    int rc = raw_at(s, txn, mark->position, &v, &r, e);
    mdb_txn_abort(txn);
    if (rc == QP_ENOTFOUND || (!rc && !qp_hash_eq(&r.hash, &mark->hash)))
        return qp_fail(
            e, QP_EFORK,
            "%s: record %" PRIu64
            " is not the one that was copied: this journal is another one, or older than its copy; "
            "keep the copy, and look why",
            s->dir, mark->position);
    return rc;
}

int qp_copy_take(const char *dir, struct qp_store *own, int fd, struct qp_copy_mark *mark,
                 qp_copy_progress *progress, void *arg, struct qp_err *e)
{
    assert(dir && fd >= 0);
    struct source s;
    uint64_t head = 0;
    int rc = source_open(&s, dir, own, e);
    if (!rc)
        rc = same_journal(&s, mark, e);
    if (!rc && mark->position == 0) {
        *mark = (struct qp_copy_mark){0};
        memcpy(mark->epoch, s.epoch, QP_ID_LEN);
    }
    if (!rc && (ftruncate(fd, (off_t)mark->bytes) != 0 || lseek(fd, 0, SEEK_END) < 0))
        rc = qp_fail(e, QP_EIO, "the copy cannot be written: %s", strerror(errno));
    do {
        if (!rc)
            rc = take_some(&s, fd, mark, &head, e);
        if (!rc && progress)
            progress(arg, mark->position, head);
    } while (!rc && mark->position < head);
    assert(rc || mark->position >= head); /* all that was there */
    source_close(&s);
    if (!rc && fsync(fd) != 0)
        rc = qp_fail(e, QP_EIO, "the copy cannot be written to the disk: %s", strerror(errno));
    return rc;
}

/* ---- reading a copy ---- */

static int next_record(FILE *in, uint8_t *buf, uint64_t position, struct qp_record *r, struct qp_err *e)
{
    assert(position > 0);
    size_t n = fread(buf, 1, QP_RECORD_OVERHEAD, in);
    size_t len = n == QP_RECORD_OVERHEAD ? qp_record_len(buf) : 0;
    if (len < QP_RECORD_OVERHEAD || len > QP_RECORD_MAX)
        return qp_fail(e, QP_ECORRUPT, "record %" PRIu64 " of the copy is cut short or damaged", position);
    if (fread(buf + n, 1, len - n, in) != len - n)
        return qp_fail(e, QP_ECORRUPT, "record %" PRIu64 " of the copy is cut short", position);
    return qp_record_read(r, position, buf, len, e);
}

int qp_copy_check(FILE *in, const struct qp_copy_mark *mark,
                  int (*each)(void *arg, struct qp_record *r, struct qp_err *e), void *arg, struct qp_err *e)
{
    struct qp_hash prev = {{0}};
    uint64_t bytes = 0;
    int rc = 0;
    uint8_t *buf = malloc(QP_RECORD_MAX);
    if (!buf)
        return qp_fail(e, QP_ENOMEM, "no memory to read a copy");
    rewind(in);
    for (uint64_t at = 1; at <= mark->position && !rc; at++) {
        struct qp_record r;
        rc = next_record(in, buf, at, &r, e);
        if (!rc && !qp_hash_eq(&r.prev, &prev))
            rc = qp_fail(e, QP_ECORRUPT, "record %" PRIu64 " of the copy does not follow the one before it",
                         at);
        if (rc)
            break;
        bytes += QP_RECORD_OVERHEAD + r.parcel.len;
        prev = r.hash;
        rc = each ? each(arg, &r, e) : 0;
    }
    free(buf);
    if (!rc && (!qp_hash_eq(&prev, &mark->hash) || bytes != mark->bytes))
        rc = qp_fail(e, QP_ECORRUPT,
                     "the copy ends with record %" PRIu64 ", but not with the one that was sealed there",
                     mark->position);
    return rc;
}

struct put {
    struct qp_store *s;
    struct qp_txn t;
    bool open;
    size_t n, bytes;
    const struct qp_copy_mark *mark;
    qp_copy_progress *progress;
    void *arg;
};

static int put_commit(struct put *p, struct qp_err *e)
{
    if (!p->open)
        return 0;
    assert(p->t.store == p->s && p->n <= SLICE_RECORDS);
    p->open = false;
    p->n = p->bytes = 0;
    int rc = qp_store_commit_journal(&p->t, e);
    if (!rc)
        rc = qp_store_commit_tables(&p->t, e);
    if (rc)
        qp_store_abort(&p->t);
    return rc;
}

static int put_one(void *arg, struct qp_record *r, struct qp_err *e)
{
    struct put *p = arg;
    struct qp_hash as_copied = r->hash;
    if (!p->open) {
        int rc = qp_store_begin(p->s, &p->t, e);
        if (rc)
            return rc;
        p->open = true;
    }
    int rc = qp_journal_append(&p->t, r, e);
    assert(rc || r->position == p->t.head);
    if (!rc && !qp_hash_eq(&r->hash, &as_copied))
        rc = qp_fail(e, QP_ECORRUPT, "record %" PRIu64 " of the copy cannot be made again", r->position);
    p->bytes += QP_RECORD_OVERHEAD + r->parcel.len;
    if (rc || (++p->n < SLICE_RECORDS && p->bytes < SLICE_BYTES))
        return rc;
    rc = put_commit(p, e);
    if (!rc && p->progress)
        p->progress(p->arg, r->position, p->mark->position);
    return rc;
}

int qp_copy_put(struct qp_store *s, FILE *in, const struct qp_copy_mark *mark, qp_copy_progress *progress,
                void *arg, struct qp_err *e)
{
    struct put p = {.s = s, .mark = mark, .progress = progress, .arg = arg};
    assert(s->head == 0 && memcmp(s->epoch, mark->epoch, QP_ID_LEN) == 0);
    int rc = qp_copy_check(in, mark, put_one, &p, e);
    if (!rc)
        rc = put_commit(&p, e);
    else if (p.open)
        qp_store_abort(&p.t);
    assert(rc || !p.open);
    return rc;
}
