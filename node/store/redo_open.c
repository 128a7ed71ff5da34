/* redo_open.c: the redo log is made, found and read: what it says of the journal is compared with the
 * journal, and entries that a power loss took from the environment are appended again. See redo.h.
 *
 * A log that is missing, empty, of another moment or of another journal than the one beside it is refused
 * where that could hide the loss of something that was acknowledged: the sentence says what to do. */
#include "node/store/redo_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The newest base that is whole. False: there is none. */
static bool base_read(struct qp_store *s, struct qp_hash *boot)
{
    struct qp_redo *r = &s->redo;
    uint8_t *b = r->entry;
    assert(r->fd >= 0 && !s->journal); /* before LMDB has mapped what a base may put back */
    struct qp_hash hash;
    bool found = false;
    for (unsigned i = 0; i < QP_REDO_BASES; i++) {
        if (pread(r->fd, b, QP_REDO_BLOCK, (off_t)i * QP_REDO_BLOCK) != QP_REDO_BLOCK ||
            memcmp(b, base_magic, sizeof base_magic) != 0)
            continue;
        qp_hash(&hash, b, AT_BASE_HASH);
        uint64_t generation = qp_rd64(b + AT_GENERATION);
        uint32_t block = qp_rd32(b + AT_BLOCK);
        if (memcmp(hash.b, b + AT_BASE_HASH, QP_HASH_LEN) != 0 || block >= QP_REDO_RING ||
            (found && generation < r->generation))
            continue;
        found = true;
        r->generation = generation;
        memcpy(boot->b, b + AT_BOOT, QP_HASH_LEN);
        memcpy(r->epoch, b + AT_BASE_EPOCH, QP_ID_LEN);
        r->base.head = qp_rd64(b + AT_HEAD);
        memcpy(r->base.head_hash.b, b + AT_HEAD_HASH, QP_HASH_LEN);
        r->seq = r->base.seq = qp_rd64(b + AT_BASE_SEQ);
        r->block = r->base.block = block;
        memcpy(r->base.meta, b + AT_META, QP_REDO_META);
    }
    return found;
}

/* ---- opening ---- */

/* The entry in r->entry, or what may be one, at a block of the ring. */
static bool entry_read(struct qp_redo *r, uint32_t block, uint64_t *seq)
{
    assert(r->fd >= 0 && r->entry);
    uint8_t *b = r->entry;
    struct qp_hash hash, stated;
    if (block >= QP_REDO_RING || pread(r->fd, b, QP_REDO_BLOCK, block_at(block)) != QP_REDO_BLOCK ||
        memcmp(b, entry_magic, sizeof entry_magic) != 0)
        return false;
    size_t len = ENTRY_HEAD + (size_t)qp_rd32(b + AT_LENGTH);
    if (len > ENTRY_MOST || block + blocks_of(len) > QP_REDO_RING)
        return false;
    size_t rest = (size_t)blocks_of(len) * QP_REDO_BLOCK - QP_REDO_BLOCK;
    if (rest > 0 && pread(r->fd, b + QP_REDO_BLOCK, rest, block_at(block + 1)) != (ssize_t)rest)
        return false;
    memcpy(stated.b, b + AT_ENTRY_HASH, QP_HASH_LEN);
    memset(b + AT_ENTRY_HASH, 0, QP_HASH_LEN);
    qp_hash(&hash, b, len);
    r->len = len;
    r->first = qp_rd64(b + AT_FIRST);
    r->records = qp_rd32(b + AT_COUNT);
    assert(r->len >= ENTRY_HEAD && r->len <= ENTRY_MOST);
    *seq = qp_rd64(b + AT_SEQ);
    return qp_hash_eq(&hash, &stated);
}

/* Appends the records of the entry that was read. One whose records are all there was committed by LMDB. */
static int entry_append(struct qp_store *s, MDB_txn *txn, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    size_t at = ENTRY_HEAD;
    if (memcmp(r->entry + AT_ENTRY_EPOCH, s->epoch, QP_ID_LEN) != 0)
        return qp_fail(e, QP_ECORRUPT,
                       "%s/journal/redo: belongs to another journal; restore a backup or join again", s->dir);
    if (r->first + r->records <= s->head + 1)
        return 0;
    for (uint64_t position = r->first; position < r->first + r->records; position++) {
        struct qp_record record;
        size_t len = at + QP_RECORD_OVERHEAD <= r->len ? qp_record_len(r->entry + at) : 0;
        if (position != s->head + 1 || len < QP_RECORD_OVERHEAD || len > r->len - at)
            return qp_fail(e, QP_ECORRUPT,
                           "%s/journal/redo: record %" PRIu64 " does not follow the journal's last, %" PRIu64
                           "; restore a backup or join again",
                           s->dir, position, s->head);
        int rc = qp_record_read(&record, position, r->entry + at, len, e);
        if (rc)
            return rc;
        if (!qp_hash_eq(&record.prev, &s->head_hash))
            return qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " does not follow the one before it",
                           position);
        MDB_val k = {sizeof position, &position}, v = {len, r->entry + at};
        int m = mdb_put(txn, s->log, &k, &v, MDB_APPEND);
        if (m)
            return qp_store_error(m, "appending what the redo log holds", e);
        s->head = position;
        assert(record.position == position);
        s->head_hash = record.hash;
        at += len;
    }
    assert(at <= r->len);
    return 0;
}

/* A whole entry with a higher number than the scan came to: what should stand before it was damaged. */
static int none_beyond(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    assert(r->block < QP_REDO_RING);
    for (uint32_t block = 0; block < QP_REDO_RING; block++) {
        uint64_t seq;
        if (entry_read(r, block, &seq) && seq >= r->seq)
            return qp_fail(e, QP_ECORRUPT,
                           "%s/journal/redo: entry %" PRIu64 " is damaged, and %" PRIu64
                           " stands behind it; restore a backup or join again",
                           s->dir, r->seq, seq);
    }
    return 0;
}

static int append_entries(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    assert(r->armed && r->pin); /* a base says that this boot writes */
    MDB_txn *txn;
    int m = mdb_txn_begin(s->journal, NULL, 0, &txn), rc = 0;
    if (m)
        return qp_store_error(m, "appending what the redo log holds", e);
    for (;;) {
        uint64_t seq;
        uint32_t block = r->block;
        if (!(entry_read(r, block, &seq) && seq == r->seq) &&
            !(entry_read(r, block = 0, &seq) && seq == r->seq))
            break;
        if ((rc = entry_append(s, txn, e)))
            break;
        r->used += (block == r->block ? 0 : QP_REDO_RING - r->block) + blocks_of(r->len);
        r->block = (block + blocks_of(r->len)) % QP_REDO_RING;
        r->seq++;
        assert(r->block < QP_REDO_RING && r->seq > r->base.seq);
    }
    if (!rc)
        rc = none_beyond(s, e);
    qp_redo_entry_begin(r);
    if (rc) {
        mdb_txn_abort(txn);
        return rc;
    }
    m = mdb_txn_commit(txn);
    return !m ? 0 : qp_store_error(m, "appending what the redo log holds", e);
}

/* The record at the base's head is the one that the base names: false if the journal is another one there, or
 * ends below it. */
static bool holds_base(struct qp_store *s)
{
    assert(s->redo.generation > 0);
    const struct qp_redo_base *base = &s->redo.base;
    struct qp_hash hash;
    if (base->head == 0 || base->head >= s->head)
        return base->head == s->head ? qp_hash_eq(&s->head_hash, &base->head_hash) : base->head < s->head;
    return !qp_journal_hash(s, base->head, &hash) && qp_hash_eq(&hash, &base->head_hash);
}

/* What the newest base says, against the journal beside it: always, after a clean end too. */
static int compare(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    assert(r->generation > 0 && s->journal);
    if (memcmp(r->epoch, s->epoch, QP_ID_LEN) != 0)
        return qp_fail(
            e, QP_ECORRUPT,
            "%s/journal/redo: belongs to another journal; put the whole folder back from one backup, "
            "or join again",
            s->dir);
    if (r->power_lost && (s->head != r->base.head || !qp_hash_eq(&s->head_hash, &r->base.head_hash)))
        return qp_fail(e, QP_ECORRUPT,
                       "%s/journal: does not end where its redo log begins; restore a backup or join again",
                       s->dir);
    if (holds_base(s) && (r->armed || s->head == r->base.head))
        return 0;
    return qp_fail(
        e, QP_ECORRUPT,
        "%s/journal/data.mdb: ends at record %" PRIu64 ", and its redo log says %s%" PRIu64
        ": the two are of different moments; put the whole folder back from one backup, or join again",
        s->dir, s->head, s->head == r->base.head ? "another record " : "", r->base.head);
}

/* No log that was ever used, and the journal's mark says that the node did not end in order: what the log
 * held had been acknowledged, and cannot be told to be in the journal. */
static int not_lost(struct qp_store *s, struct qp_err *e)
{
    assert(s->redo.generation == 0); /* no base was found */
    if (!s->dirty && !s->dirty_elsewhere)
        return 0;
    return qp_fail(
        e, QP_ECORRUPT,
        "%s/journal/redo: is missing or empty, and the node did not end in order: the last matters may "
        "have stood in it alone; put it back, or restore a backup of the whole folder, or join again",
        s->dir);
}

int qp_redo_recover(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    if (s->no_sync)
        return 0;
    assert(r->fd >= 0 && r->entry);
    int rc = r->generation > 0 ? compare(s, e) : not_lost(s, e);
    if (rc || (!r->armed && r->generation > 0))
        return rc;
    /* The pin of the process that wrote went with it: this moment must be a base before anything is written.
     */
    rc = qp_redo_base_now(s, &s->boot, e);
    return !rc ? append_entries(s, e) : rc;
}

/* Whatever the file holds, it becomes the base's moment: both meta pages, so that LMDB finds no newer one. */
static int meta_restore(struct qp_store *s, const char *data, struct qp_err *e)
{
    assert(s->redo.power_lost && !s->journal); /* never under a map */
    uint8_t meta[QP_REDO_META];
    uint32_t page;
    uint64_t txn, number;
    memcpy(meta, s->redo.base.meta, sizeof meta);
    memcpy(&page, meta + META_PAGE_SIZE, sizeof page);
    memcpy(&txn, meta + META_TXN, sizeof txn);
    int fd = open(data, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && txn > 0;
    for (uint64_t as = txn - 1; as <= txn && done; as++) {
        number = as % 2;
        memcpy(meta, &number, sizeof number);
        memcpy(meta + META_TXN, &as, sizeof as);
        done = pwrite(fd, meta, sizeof meta, (off_t)number * page) == (ssize_t)sizeof meta;
    }
    done = done && fdatasync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    return done ? 0 : qp_fail(e, QP_EIO, "%s: its meta pages cannot be put back: %s", data, strerror(why));
}

static int file_open(struct qp_store *s, const char *path)
{
    assert(s->redo.fd < 0);
    int flags = O_RDWR | O_CLOEXEC | O_DSYNC;
    s->redo.fd = open(path, flags | O_DIRECT);
    if (s->redo.fd < 0 && errno == EINVAL) /* a file system without direct writes */
        s->redo.fd = open(path, flags);
    return s->redo.fd;
}

/* All blocks written once: later a write changes none of the file system's own data, and one flush does. Not
 * by the descriptor of the turns, which would flush after each piece. */
static int file_make(struct qp_store *s, const char *path, struct qp_err *e)
{
    assert(s->redo.fd < 0 && s->redo.entry);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool made = fd >= 0;
    memset(s->redo.entry, 0, ENTRY_MOST);
    for (off_t at = 0; at < FILE_BYTES && made; at += ENTRY_MOST) {
        size_t len = (size_t)(FILE_BYTES - at < ENTRY_MOST ? FILE_BYTES - at : ENTRY_MOST);
        ssize_t w = pwrite(fd, s->redo.entry, len, at);
        errno = w >= 0 ? ENOSPC : errno; /* said only if less than all was written */
        made = w >= 0 && (size_t)w == len;
    }
    made = made && fsync(fd) == 0 && qp_sync_folder_of(path) == 0; /* a lost entry is a log that is missing */
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return made && file_open(s, path) >= 0 ? 0 : qp_redo_failed(s, "made", e);
}

/* Made, and the process ended before its first base: nothing was ever written by it. */
static bool never_used(struct qp_store *s)
{
    assert(s->redo.fd >= 0 && s->redo.generation == 0);
    static const uint8_t zeros[sizeof base_magic];
    for (unsigned i = 0; i < QP_REDO_BASES; i++)
        if (pread(s->redo.fd, s->redo.entry, QP_REDO_BLOCK, (off_t)i * QP_REDO_BLOCK) == QP_REDO_BLOCK &&
            memcmp(s->redo.entry, zeros, sizeof zeros) != 0)
            return false;
    return true;
}

int qp_redo_open(struct qp_store *s, struct qp_err *e)
{
    assert(!s->journal && !s->redo.entry);
    struct qp_redo *r = &s->redo;
    char path[PATH_MAX], data[PATH_MAX];
    struct stat st;
    struct qp_hash boot;
    if (s->no_sync)
        return 0;
    int rc = qp_path_in(path, s, "journal/redo", e);
    if (!rc)
        rc = qp_path_in(data, s, "journal/data.mdb", e);
    if (rc)
        return rc;
    r->entry = aligned_alloc(QP_REDO_BLOCK, ENTRY_MOST);
    if (!r->entry)
        return qp_fail(e, QP_ENOMEM, "no memory for the redo log");
    qp_redo_entry_begin(r);
    if (stat(data, &st) != 0 || st.st_size == 0) /* no journal that it could belong to */
        return 0;
    if (file_open(s, path) < 0)
        return errno == ENOENT ? 0 : qp_redo_failed(s, "opened", e);
    if (never_used(s)) { /* qp_redo_make begins it again */
        close(r->fd);
        r->fd = -1;
        return 0;
    }
    if (fstat(r->fd, &st) != 0 || st.st_size != FILE_BYTES || !base_read(s, &boot))
        return qp_fail(e, QP_ECORRUPT,
                       "%s: is cut short, or its bases are damaged; restore a backup or join again", path);
    r->armed = !qp_hash_eq(&boot, &nothing_left);
    r->power_lost = r->armed && !qp_hash_eq(&boot, &s->boot);
    return r->power_lost ? meta_restore(s, data, e) : 0;
}

int qp_redo_make(struct qp_store *s, struct qp_err *e)
{
    char path[PATH_MAX];
    if (s->no_sync || s->redo.fd >= 0)
        return 0;
    assert(s->redo.generation == 0); /* of a log that was not there no base was read */
    int rc = qp_path_in(path, s, "journal/redo", e);
    return !rc ? file_make(s, path, e) : rc;
}
