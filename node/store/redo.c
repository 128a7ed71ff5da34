/* redo.c: see redo.h: bases, and a turn's entry. Opening is redo_open.c's, the bytes are redo_file.h's. */
#include "node/store/redo_file.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct qp_hash sync_failed = {{0xff}};

int qp_redo_failed(struct qp_store *s, const char *what, struct qp_err *e)
{
    return qp_fail(e, QP_EIO, "%s/journal/redo: cannot be %s: %s; the node must be started again", s->dir,
                   what, strerror(errno));
}

/* ---- bases ---- */

static int base_write(struct qp_store *s, const struct qp_redo_base *base, const struct qp_hash *boot,
                      struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    assert(r->fd >= 0 && base->block < QP_REDO_RING);
    uint8_t *b = aligned_alloc(QP_REDO_BLOCK, QP_REDO_BLOCK);
    struct qp_hash hash;
    if (!b)
        return qp_fail(e, QP_ENOMEM, "no memory for a base of the redo log");
    memset(b, 0, QP_REDO_BLOCK);
    memcpy(b, base_magic, sizeof base_magic);
    qp_be64(b + AT_GENERATION, r->generation + 1);
    memcpy(b + AT_BOOT, boot->b, QP_HASH_LEN);
    memcpy(b + AT_BASE_EPOCH, s->epoch, QP_ID_LEN);
    qp_be64(b + AT_HEAD, base->head);
    memcpy(b + AT_HEAD_HASH, base->head_hash.b, QP_HASH_LEN);
    qp_be64(b + AT_BASE_SEQ, base->seq);
    qp_be32(b + AT_BLOCK, base->block);
    memcpy(b + AT_META, base->meta, QP_REDO_META);
    qp_hash(&hash, b, AT_BASE_HASH);
    memcpy(b + AT_BASE_HASH, hash.b, QP_HASH_LEN);
    off_t at = (off_t)((r->generation + 1) % QP_REDO_BASES) * QP_REDO_BLOCK;
    bool written = pwrite(r->fd, b, QP_REDO_BLOCK, at) == QP_REDO_BLOCK;
    free(b);
    if (!written)
        return qp_redo_failed(s, "written", e);
    r->generation++;
    return 0;
}

/* The environment's last commit as a moment, and a read transaction that keeps its pages. No write
 * transaction may be at work. */
static int moment(struct qp_store *s, struct qp_redo_base *base, MDB_txn **pin, struct qp_err *e)
{
    assert(!s->no_sync && s->redo.block < QP_REDO_RING);
    mdb_filehandle_t fd;
    MDB_stat st;
    int m = mdb_txn_begin(s->journal, NULL, MDB_RDONLY, pin);
    if (m) {
        *pin = NULL;
        return qp_store_error(m, "pinning the journal", e);
    }
    uint64_t txn = 0, want = mdb_txn_id(*pin);
    assert(want > 0); /* a journal without a commit is no moment */
    m = mdb_env_get_fd(s->journal, &fd);
    if (!m)
        m = mdb_env_stat(s->journal, &st);
    if (!m && pread(fd, base->meta, QP_REDO_META, (off_t)(want % 2) * st.ms_psize) == QP_REDO_META)
        memcpy(&txn, base->meta + META_TXN, sizeof txn);
    if (txn != want) {
        mdb_txn_abort(*pin);
        *pin = NULL;
        return qp_fail(e, QP_EIO,
                       "%s/journal: its meta page cannot be read back; the node must be started again",
                       s->dir);
    }
    base->head = s->head;
    base->head_hash = s->head_hash;
    base->seq = s->redo.seq;
    base->block = s->redo.block;
    return 0;
}

static void unpin(MDB_txn **pin)
{
    if (*pin)
        mdb_txn_abort(*pin);
    *pin = NULL;
}

static int sync_env(struct qp_store *s, struct qp_err *e)
{
    assert(!s->no_sync && s->journal);
    int m = mdb_env_sync(s->journal, 1);
    if (!m)
        return 0;
    /* What the kernel could not write it now takes for written: no page of this boot may be believed again.
     */
    base_write(s, &s->redo.base, &sync_failed, NULL);
    return qp_fail(e, QP_EIO, "%s/journal: cannot be synced: %s; the node must be started again", s->dir,
                   mdb_strerror(m));
}

int qp_redo_base_now(struct qp_store *s, const struct qp_hash *boot, struct qp_err *e)
{
    assert(!s->no_sync && s->redo.fd >= 0);
    struct qp_redo *r = &s->redo;
    struct qp_redo_base base;
    MDB_txn *pin;
    pthread_mutex_lock(&r->lock);
    unpin(&r->next_pin);
    atomic_store(&r->pending, QP_REDO_NONE);
    int rc = sync_env(s, e);
    if (!rc)
        rc = moment(s, &base, &pin, e);
    if (!rc && (rc = base_write(s, &base, boot, e)))
        unpin(&pin);
    if (!rc) {
        unpin(&r->pin);
        r->pin = pin;
        r->base = base;
        r->used = 0;
        r->armed = !qp_hash_eq(boot, &nothing_left);
    }
    assert(rc || r->pin); /* nobody else gets its pages */
    pthread_mutex_unlock(&r->lock);
    return rc;
}

int qp_redo_base(struct qp_store *s, struct qp_err *e)
{
    return s->no_sync ? 0 : qp_redo_base_now(s, &s->boot, e);
}

int qp_redo_clean(struct qp_store *s, struct qp_err *e)
{
    return s->no_sync || !s->redo.armed ? 0 : qp_redo_base_now(s, &nothing_left, e);
}

int qp_redo_begin(struct qp_store *s, struct qp_err *e)
{
    return s->no_sync || s->redo.armed ? 0 : qp_redo_base_now(s, &s->boot, e);
}

void qp_redo_turned(struct qp_store *s)
{
    struct qp_redo *r = &s->redo;
    if (s->no_sync)
        return;
    if (atomic_load(&r->pending) == QP_REDO_DONE) {
        unpin(&r->pin);
        r->pin = r->next_pin;
        r->next_pin = NULL;
        r->base = r->next;
        assert(r->used >= r->next_used);
        r->used -= r->next_used;
        assert(r->pin && r->base.head <= s->head);
        atomic_store(&r->pending, QP_REDO_NONE);
    }
    if (atomic_load(&r->pending) == QP_REDO_NONE && r->used > QP_REDO_RING / 2 &&
        !moment(s, &r->next, &r->next_pin, NULL)) {
        r->next_used = r->used;
        atomic_store(&r->pending, QP_REDO_WANTED);
    }
}

int qp_redo_checkpoint(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    int rc = 0;
    if (s->no_sync)
        return rc;
    pthread_mutex_lock(&r->lock);
    if (atomic_load(&r->pending) == QP_REDO_WANTED) {
        assert(r->next_pin); /* its pages cannot be given away while they are synced */
        rc = sync_env(s, e);
        if (!rc)
            rc = base_write(s, &r->next, &s->boot, e);
        if (!rc)
            atomic_store(&r->pending, QP_REDO_DONE);
    }
    pthread_mutex_unlock(&r->lock);
    return rc;
}

/* ---- a turn ---- */

void qp_redo_entry_begin(struct qp_redo *r)
{
    r->len = ENTRY_HEAD;
    r->records = 0;
    r->big = false;
}

void qp_redo_add(struct qp_store *s, uint64_t position, const uint8_t *record, size_t len)
{
    struct qp_redo *r = &s->redo;
    if (s->no_sync)
        return;
    if (position == s->head + 1)
        qp_redo_entry_begin(r);
    r->big = r->big || r->len + len > ENTRY_MOST;
    if (r->big)
        return;
    assert(r->records == 0 || position == r->first + r->records);
    if (r->records++ == 0)
        r->first = position;
    memcpy(r->entry + r->len, record, len);
    r->len += len;
}

/* Blocks that stay empty before an entry of n blocks, because it would go over the ring's end. */
static uint32_t skipped(const struct qp_redo *r, uint32_t n)
{
    assert(r->block < QP_REDO_RING && n <= QP_REDO_ENTRY);
    return r->block + n > QP_REDO_RING ? QP_REDO_RING - r->block : 0;
}

bool qp_redo_fits(struct qp_store *s)
{
    struct qp_redo *r = &s->redo;
    MDB_envinfo info;
    MDB_stat st;
    if (s->no_sync || r->big || !r->armed)
        return false;
    assert(r->len >= ENTRY_HEAD && r->len <= ENTRY_MOST);
    assert(r->used <= QP_REDO_RING);
    uint32_t n = blocks_of(r->len);
    if (r->used + skipped(r, n) + n > QP_REDO_RING)
        return false;
    return !mdb_env_info(s->journal, &info) && !mdb_env_stat(s->journal, &st) &&
           (info.me_last_pgno + 1) * st.ms_psize + SPARE_BYTES < info.me_mapsize;
}

int qp_redo_write(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    uint32_t n = blocks_of(r->len), skip = skipped(r, n);
    size_t bytes = (size_t)n * QP_REDO_BLOCK;
    struct qp_hash hash;
    assert(!r->big && r->records > 0 && r->first == s->head + 1);
    uint8_t *b = r->entry;
    memset(b, 0, ENTRY_HEAD);
    memcpy(b, entry_magic, sizeof entry_magic);
    qp_be32(b + AT_LENGTH, (uint32_t)(r->len - ENTRY_HEAD));
    qp_be64(b + AT_SEQ, r->seq);
    qp_be64(b + AT_FIRST, r->first);
    qp_be32(b + AT_COUNT, r->records);
    memcpy(b + AT_ENTRY_EPOCH, s->epoch, QP_ID_LEN);
    qp_hash(&hash, b, r->len);
    memcpy(b + AT_ENTRY_HASH, hash.b, QP_HASH_LEN);
    memset(b + r->len, 0, bytes - r->len);
    uint32_t block = skip > 0 ? 0 : r->block;
    ssize_t w = pwrite(r->fd, b, bytes, block_at(block));
    if (w >= 0 && (size_t)w != bytes)
        errno = ENOSPC;
    if (w < 0 || (size_t)w != bytes)
        return qp_redo_failed(s, "written", e);
    r->block = (block + n) % QP_REDO_RING;
    r->used += skip + n;
    assert(r->block < QP_REDO_RING &&
           r->used <= QP_REDO_RING); /* no entry on top of one that may be needed */
    r->seq++;
    return 0;
}

void qp_redo_close(struct qp_store *s)
{
    struct qp_redo *r = &s->redo;
    assert(r->fd >= 0 || (!r->pin && !r->next_pin));
    unpin(&r->next_pin);
    unpin(&r->pin);
    if (r->fd >= 0)
        close(r->fd);
    free(r->entry);
    r->fd = -1;
    r->entry = NULL;
}
