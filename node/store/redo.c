/* redo.c: see redo.h.
 *
 *   entry  magic 4, length of the records 4, seq 8, first position 8, count 4, zeros 4, epoch 16,
 *          the records as in the journal, zeros up to the block's end; hash 32 at AT_ENTRY_HASH: of the
 *          head with zeros there, and of the records
 *   base   magic 4, generation 8, boot 32, epoch 16, head 8, its hash 32, seq 8, block 4, meta page 152, hash
 * 32
 *
 * Numbers are big endian. An entry lies in one piece: one that would go over the ring's end begins at block
 * 0. Entries are numbered without gaps, and the next is written only when the last is on the disk: so the
 * scan ends at the first place that does not hold the number that it should, and a higher number anywhere
 * else means that one was damaged. */
#include "node/store/redo.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/inside.h"

enum {
    AT_LENGTH = 4,
    AT_SEQ = 8,
    AT_FIRST = 16,
    AT_COUNT = 24,
    AT_ENTRY_EPOCH = 32,
    AT_ENTRY_HASH = 48,
    ENTRY_HEAD = 80,
    ENTRY_MOST = QP_REDO_ENTRY * QP_REDO_BLOCK,

    AT_GENERATION = 4,
    AT_BOOT = 12,
    AT_BASE_EPOCH = 44,
    AT_HEAD = 60,
    AT_HEAD_HASH = 68,
    AT_BASE_SEQ = 100,
    AT_BLOCK = 108,
    AT_META = 112,
    AT_BASE_HASH = AT_META + QP_REDO_META,

    /* of the meta page, see env.c */
    META_PAGE_SIZE = 40,
    META_TXN = 144,

    SPARE_BYTES = 1024 * 1024, /* of the quota: an environment that is nearer to it is committed first */
    FILE_BYTES = (QP_REDO_BASES + QP_REDO_RING) * QP_REDO_BLOCK,
};
static const uint8_t entry_magic[4] = {'Q', 'P', 'R', '1'}, base_magic[4] = {'Q', 'P', 'B', '1'};
static const struct qp_hash nothing_left, sync_failed = {{0xff}};

static off_t block_at(uint32_t block)
{
    return (off_t)(QP_REDO_BASES + block) * QP_REDO_BLOCK;
}

static uint32_t blocks_of(size_t len)
{
    return (uint32_t)((len + QP_REDO_BLOCK - 1) / QP_REDO_BLOCK);
}

static int failed(struct qp_store *s, const char *what, struct qp_err *e)
{
    return qp_fail(e, QP_EIO, "%s/journal/redo: cannot be %s: %s; the node must be started again", s->dir,
                   what, strerror(errno));
}

/* ---- bases ---- */

static int base_write(struct qp_store *s, const struct qp_redo_base *base, const struct qp_hash *boot,
                      struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    uint8_t *b = aligned_alloc(QP_REDO_BLOCK, QP_REDO_BLOCK);
    struct qp_hash hash;
    if (b == NULL)
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
        return failed(s, "written", e);
    r->generation++;
    return QP_OK;
}

/* The newest base that is whole. False: there is none. */
static bool base_read(struct qp_store *s, struct qp_hash *boot, uint8_t epoch[QP_ID_LEN])
{
    struct qp_redo *r = &s->redo;
    uint8_t *b = r->entry;
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
        memcpy(epoch, b + AT_BASE_EPOCH, QP_ID_LEN);
        r->base.head = qp_rd64(b + AT_HEAD);
        memcpy(r->base.head_hash.b, b + AT_HEAD_HASH, QP_HASH_LEN);
        r->seq = r->base.seq = qp_rd64(b + AT_BASE_SEQ);
        r->block = r->base.block = block;
        memcpy(r->base.meta, b + AT_META, QP_REDO_META);
    }
    return found;
}

/* The environment's last commit as a moment, and a read transaction that keeps its pages. No write
 * transaction may be at work. */
static int moment(struct qp_store *s, struct qp_redo_base *base, MDB_txn **pin, struct qp_err *e)
{
    mdb_filehandle_t fd;
    MDB_stat st;
    int m = mdb_txn_begin(s->journal, NULL, MDB_RDONLY, pin);
    if (m != 0) {
        *pin = NULL;
        return qp_store_error(m, "pinning the journal", e);
    }
    uint64_t txn = 0, want = mdb_txn_id(*pin);
    m = mdb_env_get_fd(s->journal, &fd);
    if (m == 0)
        m = mdb_env_stat(s->journal, &st);
    if (m == 0 && pread(fd, base->meta, QP_REDO_META, (off_t)(want % 2) * st.ms_psize) == QP_REDO_META)
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
    return QP_OK;
}

static void unpin(MDB_txn **pin)
{
    if (*pin != NULL)
        mdb_txn_abort(*pin);
    *pin = NULL;
}

static int sync_env(struct qp_store *s, struct qp_err *e)
{
    int m = mdb_env_sync(s->journal, 1);
    if (m == 0)
        return QP_OK;
    /* What the kernel could not write it now takes for written: no page of this boot may be believed again.
     */
    base_write(s, &s->redo.base, &sync_failed, NULL);
    return qp_fail(e, QP_EIO, "%s/journal: cannot be synced: %s; the node must be started again", s->dir,
                   mdb_strerror(m));
}

static int base_now(struct qp_store *s, const struct qp_hash *boot, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    struct qp_redo_base base;
    MDB_txn *pin;
    pthread_mutex_lock(&r->lock);
    unpin(&r->next_pin);
    atomic_store(&r->pending, QP_REDO_NONE);
    int rc = sync_env(s, e);
    if (rc == QP_OK)
        rc = moment(s, &base, &pin, e);
    if (rc == QP_OK && (rc = base_write(s, &base, boot, e)) != QP_OK)
        unpin(&pin);
    if (rc == QP_OK) {
        unpin(&r->pin);
        r->pin = pin;
        r->base = base;
        r->used = 0;
        r->armed = !qp_hash_eq(boot, &nothing_left);
    }
    pthread_mutex_unlock(&r->lock);
    return rc;
}

int qp_redo_base(struct qp_store *s, struct qp_err *e)
{
    return s->no_sync ? QP_OK : base_now(s, &s->boot, e);
}

int qp_redo_clean(struct qp_store *s, struct qp_err *e)
{
    return s->no_sync || !s->redo.armed ? QP_OK : base_now(s, &nothing_left, e);
}

int qp_redo_begin(struct qp_store *s, struct qp_err *e)
{
    return s->no_sync || s->redo.armed ? QP_OK : base_now(s, &s->boot, e);
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
        atomic_store(&r->pending, QP_REDO_NONE);
    }
    if (atomic_load(&r->pending) == QP_REDO_NONE && r->used > QP_REDO_RING / 2 &&
        moment(s, &r->next, &r->next_pin, NULL) == QP_OK) {
        r->next_used = r->used;
        atomic_store(&r->pending, QP_REDO_WANTED);
    }
}

int qp_redo_checkpoint(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    int rc = QP_OK;
    if (s->no_sync)
        return rc;
    pthread_mutex_lock(&r->lock);
    if (atomic_load(&r->pending) == QP_REDO_WANTED) {
        rc = sync_env(s, e);
        if (rc == QP_OK)
            rc = base_write(s, &r->next, &s->boot, e);
        if (rc == QP_OK)
            atomic_store(&r->pending, QP_REDO_DONE);
    }
    pthread_mutex_unlock(&r->lock);
    return rc;
}

/* ---- a turn ---- */

static void entry_begin(struct qp_redo *r)
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
        entry_begin(r);
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
    return r->block + n > QP_REDO_RING ? QP_REDO_RING - r->block : 0;
}

bool qp_redo_fits(struct qp_store *s)
{
    struct qp_redo *r = &s->redo;
    MDB_envinfo info;
    MDB_stat st;
    if (s->no_sync || r->big || !r->armed)
        return false;
    uint32_t n = blocks_of(r->len);
    if (r->used + skipped(r, n) + n > QP_REDO_RING)
        return false;
    return mdb_env_info(s->journal, &info) == 0 && mdb_env_stat(s->journal, &st) == 0 &&
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
        return failed(s, "written", e);
    r->block = (block + n) % QP_REDO_RING;
    r->used += skip + n;
    r->seq++;
    return QP_OK;
}

/* ---- opening ---- */

/* The entry in r->entry, or what may be one, at a block of the ring. */
static bool entry_read(struct qp_redo *r, uint32_t block, uint64_t *seq)
{
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
        return QP_OK;
    for (uint64_t position = r->first; position < r->first + r->records; position++) {
        struct qp_record record;
        size_t len = at + QP_RECORD_OVERHEAD <= r->len ? qp_record_len(r->entry + at) : 0;
        if (position != s->head + 1 || len < QP_RECORD_OVERHEAD || len > r->len - at)
            return qp_fail(e, QP_ECORRUPT,
                           "%s/journal/redo: record %" PRIu64 " does not follow the journal's last, %" PRIu64
                           "; restore a backup or join again",
                           s->dir, position, s->head);
        int rc = qp_record_read(&record, position, r->entry + at, len, e);
        if (rc != QP_OK)
            return rc;
        if (!qp_hash_eq(&record.prev, &s->head_hash))
            return qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " does not follow the one before it",
                           position);
        MDB_val k = {sizeof position, &position}, v = {len, r->entry + at};
        int m = mdb_put(txn, s->log, &k, &v, MDB_APPEND);
        if (m != 0)
            return qp_store_error(m, "appending what the redo log holds", e);
        s->head = position;
        s->head_hash = record.hash;
        at += len;
    }
    return QP_OK;
}

/* A whole entry with a higher number than the scan came to: what should stand before it was damaged. */
static int none_beyond(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    for (uint32_t block = 0; block < QP_REDO_RING; block++) {
        uint64_t seq;
        if (entry_read(r, block, &seq) && seq >= r->seq)
            return qp_fail(e, QP_ECORRUPT,
                           "%s/journal/redo: entry %" PRIu64 " is damaged, and %" PRIu64
                           " stands behind it; restore a backup or join again",
                           s->dir, r->seq, seq);
    }
    return QP_OK;
}

static int append_entries(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    MDB_txn *txn;
    int m = mdb_txn_begin(s->journal, NULL, 0, &txn), rc = QP_OK;
    if (m != 0)
        return qp_store_error(m, "appending what the redo log holds", e);
    for (;;) {
        uint64_t seq;
        uint32_t block = r->block;
        if (!(entry_read(r, block, &seq) && seq == r->seq) &&
            !(entry_read(r, block = 0, &seq) && seq == r->seq))
            break;
        if ((rc = entry_append(s, txn, e)) != QP_OK)
            break;
        r->used += (block == r->block ? 0 : QP_REDO_RING - r->block) + blocks_of(r->len);
        r->block = (block + blocks_of(r->len)) % QP_REDO_RING;
        r->seq++;
    }
    if (rc == QP_OK)
        rc = none_beyond(s, e);
    entry_begin(r);
    if (rc != QP_OK) {
        mdb_txn_abort(txn);
        return rc;
    }
    m = mdb_txn_commit(txn);
    return m == 0 ? QP_OK : qp_store_error(m, "appending what the redo log holds", e);
}

int qp_redo_recover(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    if (s->no_sync || (!r->armed && r->generation > 0))
        return QP_OK;
    if (r->power_lost && (s->head != r->base.head || !qp_hash_eq(&s->head_hash, &r->base.head_hash)))
        return qp_fail(e, QP_ECORRUPT,
                       "%s/journal: does not end where its redo log begins; restore a backup or join again",
                       s->dir);
    /* The pin of the process that wrote went with it: this moment must be a base before anything is written.
     */
    int rc = base_now(s, &s->boot, e);
    return rc == QP_OK ? append_entries(s, e) : rc;
}

/* Whatever the file holds, it becomes the base's moment: both meta pages, so that LMDB finds no newer one. */
static int meta_restore(struct qp_store *s, const char *data, struct qp_err *e)
{
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
    return done ? QP_OK
                : qp_fail(e, QP_EIO, "%s: its meta pages cannot be put back: %s", data, strerror(why));
}

static int file_open(struct qp_store *s, const char *path)
{
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
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool made = fd >= 0;
    memset(s->redo.entry, 0, ENTRY_MOST);
    for (off_t at = 0; at < FILE_BYTES && made; at += ENTRY_MOST) {
        size_t len = (size_t)(FILE_BYTES - at < ENTRY_MOST ? FILE_BYTES - at : ENTRY_MOST);
        ssize_t w = pwrite(fd, s->redo.entry, len, at);
        errno = w >= 0 ? ENOSPC : errno; /* said only if less than all was written */
        made = w >= 0 && (size_t)w == len;
    }
    made = made && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return made && file_open(s, path) >= 0 ? QP_OK : failed(s, "made", e);
}

/* Made, and the process ended before its first base: nothing was ever written by it. */
static bool never_used(struct qp_store *s)
{
    static const uint8_t zeros[sizeof base_magic];
    for (unsigned i = 0; i < QP_REDO_BASES; i++)
        if (pread(s->redo.fd, s->redo.entry, QP_REDO_BLOCK, (off_t)i * QP_REDO_BLOCK) == QP_REDO_BLOCK &&
            memcmp(s->redo.entry, zeros, sizeof zeros) != 0)
            return false;
    return true;
}

int qp_redo_open(struct qp_store *s, struct qp_err *e)
{
    struct qp_redo *r = &s->redo;
    char path[PATH_MAX], data[PATH_MAX];
    struct stat st;
    struct qp_hash boot;
    uint8_t epoch[QP_ID_LEN];
    if (s->no_sync)
        return QP_OK;
    int rc = qp_path_in(path, s, "journal/redo", e);
    if (rc == QP_OK)
        rc = qp_path_in(data, s, "journal/data.mdb", e);
    if (rc != QP_OK)
        return rc;
    r->entry = aligned_alloc(QP_REDO_BLOCK, ENTRY_MOST);
    if (r->entry == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory for the redo log");
    entry_begin(r);
    if (stat(data, &st) != 0 || st.st_size == 0) /* no journal that it could belong to */
        return QP_OK;
    if (file_open(s, path) < 0)
        return errno == ENOENT ? QP_OK : failed(s, "opened", e);
    if (never_used(s)) { /* qp_redo_make begins it again */
        close(r->fd);
        r->fd = -1;
        return QP_OK;
    }
    if (fstat(r->fd, &st) != 0 || st.st_size != FILE_BYTES || !base_read(s, &boot, epoch))
        return qp_fail(e, QP_ECORRUPT,
                       "%s: is cut short, or its bases are damaged; restore a backup or join again", path);
    r->armed = !qp_hash_eq(&boot, &nothing_left);
    r->power_lost = r->armed && !qp_hash_eq(&boot, &s->boot);
    return r->power_lost ? meta_restore(s, data, e) : QP_OK;
}

int qp_redo_make(struct qp_store *s, struct qp_err *e)
{
    char path[PATH_MAX];
    if (s->no_sync || s->redo.fd >= 0)
        return QP_OK;
    int rc = qp_path_in(path, s, "journal/redo", e);
    return rc == QP_OK ? file_make(s, path, e) : rc;
}

void qp_redo_close(struct qp_store *s)
{
    struct qp_redo *r = &s->redo;
    unpin(&r->next_pin);
    unpin(&r->pin);
    if (r->fd >= 0)
        close(r->fd);
    free(r->entry);
    r->fd = -1;
    r->entry = NULL;
}
