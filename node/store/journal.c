/* journal.c: the append-only log of every parcel written or received, each record tied to the one before it
 * by hash.
 *
 *   log   position (MDB_INTEGERKEY) -> record (record.c)
 *   meta  "format" 4, "epoch" 16, "unsynced" 32: hash of the boot id under which the tables were last written
 * unsynced (S3)
 *
 * Appended by the turn, read by projection, links, proofs; walked as a whole by doctor and scrub. */
#include "node/store/inside.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#define KEY_FORMAT   "format"
#define KEY_EPOCH    "epoch"
#define KEY_UNSYNCED "unsynced"
#define KEY_UNTOLD   "untold"

enum {
    VERIFY_RECORDS = 512,
    VERIFY_BYTES = 8 * 1024 * 1024
}; /* in one read transaction: far below a second */

static int meta_get(MDB_txn *txn, const struct qp_store *s, const char *key, void *out, size_t len)
{
    assert(len > 0 && len <= QP_HASH_LEN);
    MDB_val v;
    int rc = qp_get(txn, s->meta, key, strlen(key), &v);
    if (rc)
        return rc;
    if (v.mv_size != len)
        return QP_ECORRUPT;
    memcpy(out, v.mv_data, len);
    return 0;
}

static int meta_write(MDB_txn *txn, struct qp_store *s, const struct qp_store_options *o, struct qp_err *e)
{
    assert(s->head == 0); /* an epoch is given once, before the first record */
    uint8_t format[4];
    qp_be32(format, QP_FORMAT);
    memcpy(s->epoch, o->epoch, QP_ID_LEN);
    int rc = qp_put(txn, s->meta, KEY_FORMAT, strlen(KEY_FORMAT), format, sizeof format, e);
    return rc ? rc : qp_put(txn, s->meta, KEY_EPOCH, strlen(KEY_EPOCH), s->epoch, QP_ID_LEN, e);
}

static int meta_read(MDB_txn *txn, struct qp_store *s, struct qp_err *e)
{
    assert(!s->dirty && !s->dirty_elsewhere && !s->untold); /* nothing is so before it was read */
    uint8_t format[4];
    struct qp_hash boot;
    int rc = meta_get(txn, s, KEY_FORMAT, format, sizeof format);
    if (!rc && qp_rd32(format) != QP_FORMAT)
        return qp_fail(e, QP_EVERSIONS, "%s/journal: its format is %u, this build reads %d", s->dir,
                       qp_rd32(format), QP_FORMAT);
    if (!rc)
        rc = meta_get(txn, s, KEY_EPOCH, s->epoch, QP_ID_LEN);
    int mark = !rc ? meta_get(txn, s, KEY_UNSYNCED, boot.b, QP_HASH_LEN) : rc;
    if (rc || (mark && mark != QP_ENOTFOUND))
        return qp_fail(e, QP_ECORRUPT,
                       "%s/journal: its meta entries are damaged; restore a backup or join again", s->dir);
    s->dirty = !mark && qp_hash_eq(&boot, &s->boot);
    s->dirty_elsewhere = !mark && !s->dirty;
    s->untold = s->had_untold = meta_get(txn, s, KEY_UNTOLD, boot.b, QP_HASH_LEN) != QP_ENOTFOUND;
    return 0;
}

/* Opens the two databases and reads meta. Only an environment in which nothing was ever committed is begun:
 * where a damaged one lacks them, making them would pass it off as new. */
static int meta_load(struct qp_store *s, const struct qp_store_options *o, struct qp_err *e)
{
    assert(s->journal && s->head == 0);
    MDB_txn *txn;
    MDB_envinfo info;
    int m = mdb_env_info(s->journal, &info);
    if (!m)
        m = mdb_txn_begin(s->journal, NULL, 0, &txn);
    if (m)
        return qp_store_error(m, "opening the journal", e);
    bool fresh = info.me_last_txnid == 0;
    unsigned create = fresh ? MDB_CREATE : 0;
    m = mdb_dbi_open(txn, "log", create | MDB_INTEGERKEY, &s->log);
    if (!m)
        m = mdb_dbi_open(txn, "meta", create, &s->meta);
    int rc = 0;
    if (m == MDB_NOTFOUND)
        rc = qp_fail(e, QP_ECORRUPT, "%s/journal: is not a journal any more; restore a backup or join again",
                     s->dir);
    else if (m)
        rc = qp_store_error(m, "opening the journal", e);
    else
        rc = fresh ? meta_write(txn, s, o, e) : meta_read(txn, s, e);
    if (rc) {
        mdb_txn_abort(txn);
        return rc;
    }
    m = mdb_txn_commit(txn); /* nothing was written to an old journal: costs nothing there */
    return !m ? 0 : qp_store_error(m, "opening the journal", e);
}

/* The last records are chained, and none is missing before them. The last one must be whole: what is appended
 * names it. Others that are damaged are noted, as any old one is: what stands behind them says that they were there. */
static int tail_check(MDB_txn *txn, struct qp_store *s, struct qp_err *e)
{
    assert(mdb_txn_env(txn) == s->journal);
    MDB_stat st;
    int m = mdb_stat(txn, s->log, &st);
    if (m)
        return qp_txn_error(txn, m, "reading the journal", e);
    if (st.ms_entries != s->head)
        return qp_fail(e, QP_ECORRUPT, "%s/journal: has %zu records up to position %" PRIu64, s->dir,
                       st.ms_entries, s->head);
    struct qp_record r;
    struct qp_hash prev = {{0}};
    uint64_t at = s->head > QP_TAIL ? s->head - QP_TAIL + 1 : 1;
    for (bool known = at == 1; at <= s->head; at++) {
        int rc = qp_journal_get(txn, s, at, &r, e);
        if (rc == QP_ECORRUPT && at < s->head) {
            known = false;
            continue;
        }
        if (rc == QP_ECORRUPT)
            return qp_fail(e, rc,
                           "%s/journal: the last record, %" PRIu64
                           ", is damaged; put the whole folder back from a backup, or join again",
                           s->dir, at);
        if (rc)
            return rc;
        if (known && !qp_hash_eq(&r.prev, &prev))
            return qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " does not follow the one before it",
                           at);
        prev = r.hash;
        known = true;
    }
    assert(s->head == 0 || qp_hash_eq(&prev, &s->head_hash));
    return 0;
}

int qp_journal_load(struct qp_store *s, const struct qp_store_options *o, struct qp_err *e)
{
    assert(s->journal && !s->tables); /* the tables are compared with it */
    int rc = meta_load(s, o, e);
    if (rc)
        return rc;
    MDB_txn *txn;
    int m = mdb_txn_begin(s->journal, NULL, MDB_RDONLY, &txn);
    if (m)
        return qp_store_error(m, "reading the journal", e);
    s->head = qp_journal_head(txn, s, &s->head_hash);
    rc = tail_check(txn, s, e);
    mdb_txn_abort(txn);
    return rc;
}

int qp_journal_mark(struct qp_store *s, MDB_txn *txn, bool on, struct qp_err *e)
{
    assert(txn ? on : !atomic_load(&s->writing)); /* a turn never takes it away; two writers never meet */
    MDB_txn *own = NULL;
    if (!txn) {
        int begun = qp_redo_begin(s, e);
        if (begun)
            return qp_store_poison(s, begun);
        int m = mdb_txn_begin(s->journal, NULL, 0, &own);
        if (m)
            return qp_store_poison(s, qp_store_error(m, "marking the tables", e));
        txn = own;
    }
    int rc = on ? qp_put(txn, s->meta, KEY_UNSYNCED, strlen(KEY_UNSYNCED), s->boot.b, QP_HASH_LEN, e)
                : qp_del(txn, s->meta, KEY_UNSYNCED, strlen(KEY_UNSYNCED), e);
    if (!rc && !on) /* an end in order: what it leaves open is said in the same commit */
        rc = s->untold ? qp_put(txn, s->meta, KEY_UNTOLD, strlen(KEY_UNTOLD), s->boot.b, QP_HASH_LEN, e)
                       : qp_del(txn, s->meta, KEY_UNTOLD, strlen(KEY_UNTOLD), e);
    if (own && rc)
        mdb_txn_abort(own);
    if (!own || rc)
        return rc;
    int m = mdb_txn_commit(own);
    if (m == MDB_MAP_FULL)
        return qp_store_error(m, "marking the tables", e);
    if (m)
        return qp_store_poison(
            s, qp_fail(e, QP_EIO, "%s/journal: cannot be committed: %s", s->dir, mdb_strerror(m)));
    rc = qp_redo_base(s, e);
    if (rc)
        return qp_store_poison(s, rc);
    s->dirty = on;
    return 0;
}

int qp_journal_append(struct qp_txn *t, struct qp_record *r, struct qp_err *e)
{
    assert(t->journal && r->parcel.len > 0);
    assert(t->head >= t->store->head && t->head < UINT64_MAX);
    if (r->parcel.len > QP_PARCEL_BYTES)
        return qp_fail(e, QP_EBIG, "a parcel of %zu bytes is larger than %d", r->parcel.len, QP_PARCEL_BYTES);
    r->position = t->head + 1;
    r->prev = t->head_hash;
    MDB_val k = {sizeof r->position, &r->position}, v = {QP_RECORD_OVERHEAD + r->parcel.len, NULL};
    int m = mdb_put(t->journal, t->store->log, &k, &v, MDB_APPEND | MDB_RESERVE);
    if (m)
        return qp_write_error(t->journal, m, "appending to the journal", e);
    qp_record_write(v.mv_data, r);
    qp_redo_add(t->store, r->position, v.mv_data, v.mv_size);
    t->head = r->position;
    t->head_hash = r->hash;
    return 0;
}

int qp_journal_get(MDB_txn *journal, struct qp_store *s, uint64_t position, struct qp_record *out,
                   struct qp_err *e)
{
    assert(mdb_txn_env(journal) == s->journal); /* a table's transaction would read other pages */
    MDB_val k = {sizeof position, &position}, v;
    int m = mdb_get(journal, s->log, &k, &v);
    if (m == MDB_NOTFOUND)
        return qp_fail(e, QP_ENOTFOUND, "the journal has no record %" PRIu64, position);
    int rc = m ? qp_txn_error(journal, m, "reading the journal", e)
               : qp_record_read(out, position, v.mv_data, v.mv_size, e);
    if (rc == QP_ECORRUPT) /* an error of this record (S5); a page on the way to it poisons the store too */
        qp_damage_note(s, position);
    assert(rc || out->position == position); /* the record is its key's */
    return rc;
}

int qp_journal_hash_of(MDB_txn *journal, struct qp_store *s, uint64_t position, struct qp_hash *out)
{
    assert(mdb_txn_env(journal) == s->journal);
    struct qp_record r;
    uint64_t next = position + 1;
    if (!qp_journal_get(journal, s, position, &r, NULL))
        *out = r.hash;
    else if (!qp_journal_get(journal, s, next, &r, NULL))
        *out = r.prev;
    else
        return QP_ENOTFOUND;
    return 0;
}

int qp_journal_hash(struct qp_store *s, uint64_t position, struct qp_hash *out)
{
    assert(position > 0 && position <= s->head);
    MDB_txn *txn;
    int m = mdb_txn_begin(s->journal, NULL, MDB_RDONLY, &txn);
    if (m)
        return qp_store_error(m, "reading the journal", NULL);
    int rc = qp_journal_hash_of(txn, s, position, out);
    mdb_txn_abort(txn);
    return rc;
}

uint64_t qp_journal_head(MDB_txn *journal, struct qp_store *s, struct qp_hash *hash)
{
    assert(mdb_txn_env(journal) == s->journal);
    struct qp_hash none = {{0}};
    MDB_cursor *c;
    MDB_val k, v;
    uint64_t head = 0;
    if (hash)
        *hash = none;
    if (mdb_cursor_open(journal, s->log, &c))
        return 0;
    if (!mdb_cursor_get(c, &k, &v, MDB_LAST) && k.mv_size == sizeof head) {
        memcpy(&head, k.mv_data, sizeof head);
        if (hash && v.mv_size >= QP_RECORD_OVERHEAD && v.mv_size <= QP_RECORD_MAX)
            memcpy(hash->b, (const uint8_t *)v.mv_data + v.mv_size - QP_HASH_LEN, QP_HASH_LEN);
    }
    mdb_cursor_close(c);
    return head;
}

/* Verifies from *at on, some records in one transaction; *at is then the first one not looked at. */
static int verify_some(struct qp_store *s, uint64_t *at, struct qp_hash *prev, uint64_t head,
                       struct qp_err *e)
{
    assert(*at > 0 && *at <= head);
    MDB_txn *txn;
    int m = mdb_txn_begin(s->journal, NULL, MDB_RDONLY, &txn);
    if (m)
        return qp_store_error(m, "reading the journal", e);
    int rc = 0;
    size_t bytes = 0;
    for (int n = 0; n < VERIFY_RECORDS && bytes < VERIFY_BYTES && *at <= head; n++, ++*at) {
        struct qp_record r;
        rc = qp_journal_get(txn, s, *at, &r, e);
        if (rc == QP_ENOTFOUND) {
            qp_damage_note(s, *at);
            rc = qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " is missing", *at);
        }
        if (rc)
            break;
        if (!qp_hash_eq(&r.prev, prev)) {
            qp_damage_note(s, *at > 1 ? *at - 1 : 1);
            rc = qp_fail(e, QP_ECORRUPT, "journal record %" PRIu64 " does not follow the one before it", *at);
            break;
        }
        *prev = r.hash;
        bytes += r.parcel.len;
    }
    mdb_txn_abort(txn);
    return rc;
}

int qp_journal_verify(struct qp_store *s, uint64_t from, void (*progress)(void *, uint64_t at, uint64_t head),
                      void *arg, struct qp_err *e)
{
    MDB_txn *txn;
    int m = mdb_txn_begin(s->journal, NULL, MDB_RDONLY, &txn);
    if (m)
        return qp_store_error(m, "reading the journal", e);
    struct qp_hash prev = {{0}};
    struct qp_record before;
    uint64_t head = qp_journal_head(txn, s, NULL), at = from > 1 ? from : 1;
    int rc = at > 1 && at <= head ? qp_journal_get(txn, s, at - 1, &before, e) : 0;
    if (!rc && at > 1 && at <= head)
        prev = before.hash;
    mdb_txn_abort(txn);
    while (!rc && at <= head) {
        rc = verify_some(s, &at, &prev, head, e);
        if (progress)
            progress(arg, at - 1, head);
    }
    assert(rc || at > head); /* all of it was walked */
    return rc;
}
