/* store.c: opening, the turn's two commits in their order, closing (rules S1-S4).
 *
 *   begin ─► append, put ... ─► commit_journal (one flush: the turn has happened) ─► commit_tables (no wait)
 *         ─► DIR/heads
 *
 * Before the first unsynced commit of the tables the journal's environment says so, with the boot id; a clean
 * close syncs them and takes that back. Driven by node/link's loop and by the simulator, which may crash
 * between any two of these calls. */
#include "node/store/inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the system has no boot id every start counts as another boot: a dirty mark is then always believed.
 */
static void boot_load(struct qp_store *s, const char *boot_id)
{
    char text[64];
    void *read = NULL;
    size_t len = 0;
    if (boot_id) {
        qp_hash(&s->boot, boot_id, strlen(boot_id));
    } else if (!qp_file_read("/proc/sys/kernel/random/boot_id", sizeof text, &read, &len, NULL) && len > 0) {
        qp_hash(&s->boot, read, len);
    } else {
        qp_random(s->boot.b, sizeof s->boot.b);
    }
    free(read);
}

/* A data file of no bytes beside sealed heads is not a new journal: it was emptied. */
static int not_emptied(struct qp_store *s, struct qp_err *e)
{
    assert(s->lock_fd >= 0 && !s->journal); /* ours alone, and looked at before LMDB begins it */
    char data[PATH_MAX], heads[PATH_MAX];
    struct stat d, h;
    int rc = qp_path_in(data, s, "journal/data.mdb", e);
    if (!rc)
        rc = qp_path_in(heads, s, "heads", e);
    if (rc)
        return rc;
    if (stat(data, &d) == 0 && d.st_size == 0 && stat(heads, &h) == 0 && h.st_size > 0)
        return qp_fail(e, QP_ECORRUPT, "%s: is cut short: it is empty, and records had been sealed in it",
                       data);
    return 0;
}

/* C5: a journal below the sealed head, or with another record there, is an old copy. The record there may be
 * damaged: then the one behind it says what it was. */
static int heads_compare(struct qp_store *s, struct qp_err *e)
{
    assert(s->journal && s->sealed == 0); /* the journal is loaded, and this process has sealed nothing */
    struct qp_heads last;
    struct qp_hash there;
    bool found;
    int rc = qp_heads_open(s, &last, &found, e);
    if (rc || !found)
        return rc;
    s->sealed = last.position;
    s->rolled_back = last.position > s->head;
    if (s->rolled_back || last.position == 0)
        return 0;
    if (qp_journal_hash(s, last.position, &there))
        return qp_fail(e, QP_ECORRUPT,
                       "%s/journal: record %" PRIu64
                       ", the last that was sealed, is damaged; restore a backup or join again",
                       s->dir, last.position);
    s->rolled_back = !qp_hash_eq(&there, &last.hash);
    return 0;
}

static int open_parts(struct qp_store *s, const struct qp_store_options *o, struct qp_err *e)
{
    assert(s->lock_fd < 0 && !s->journal && !s->tables);
    if (mkdir(s->dir, 0700) != 0 && errno != EEXIST)
        return qp_fail(e, QP_EIO, "%s: cannot be made: %s", s->dir, strerror(errno));
    int rc = qp_lock_take(s, e);
    if (!rc)
        rc = not_emptied(s, e);
    boot_load(s, o->boot_id);
    bool created;
    if (!rc)
        rc = qp_redo_open(s, e);
    if (!rc)
        rc = qp_env_open(&s->journal, s, "journal", s->journal_map, MDB_NOSYNC, &created, e);
    if (!rc)
        rc = qp_redo_make(s, e);
    if (!rc)
        rc = qp_journal_load(s, o, e);
    s->clean = !s->dirty && !s->dirty_elsewhere;
    s->untold = s->had_untold || !s->clean; /* who opens and closes it without knowing leaves it said */
    if (!rc)
        rc = qp_redo_recover(s, e);
    if (!rc)
        rc = heads_compare(s, e);
    if (!rc)
        rc = qp_tables_load(s, !s->dirty_elsewhere, e);
    assert(rc || (s->journal && s->tables));
    assert(rc || (s->lock_fd >= 0 && s->heads_fd >= 0));
    return rc;
}

int qp_store_open(struct qp_store **out, const struct qp_store_options *o, struct qp_err *e)
{
    assert(o->dir && o->journal_map > 0 && o->tables_map > 0);
    struct qp_store *s = calloc(1, sizeof *s);
    if (!s)
        return qp_fail(e, QP_ENOMEM, "no memory for a store");
    s->lock_fd = s->heads_fd = s->redo.fd = -1;
    pthread_mutex_init(&s->redo.lock, NULL);
    pthread_mutex_init(&s->damage.lock, NULL);
    s->journal_map = o->journal_map;
    s->tables_map = o->tables_map;
    s->no_sync = o->no_sync;
    size_t len = strlen(o->dir);
    int rc = len > 0 && len < sizeof s->dir - 64
                 ? 0
                 : qp_fail(e, QP_EINVAL, "the folder of a store needs a path of 1 to %zu bytes",
                           sizeof s->dir - 65);
    if (!rc) {
        memcpy(s->dir, o->dir, len + 1);
        rc = qp_path_in(s->doubt, s, "tables/doubt", e);
    }
    if (!rc) {
        rc = open_parts(s, o, e);
    }
    if (rc) {
        qp_store_close(s, false);
        return rc;
    }
    *out = s;
    return 0;
}

bool qp_store_was_clean(const struct qp_store *s)
{
    return s->clean;
}

void qp_store_set_untold(struct qp_store *s, bool untold)
{
    s->untold = untold;
}

bool qp_store_had_untold(const struct qp_store *s)
{
    return s->had_untold;
}

/* Everything on the disk, then the mark away: in this order, or a power loss between them would be believed.
 */
static void close_clean(struct qp_store *s)
{
    assert(s->journal && s->tables);
    assert(s->rolled_back || s->sealed <= s->head);
    if (!s->no_sync && mdb_env_sync(s->tables, 1))
        return;
    bool says = s->dirty || s->untold != s->had_untold;
    if (says && qp_journal_mark(s, NULL, false, NULL))
        return;
    if (!s->rolled_back && s->head != s->sealed && qp_heads_write(s, NULL))
        return;
    if (!qp_heads_sync(s, NULL))
        qp_redo_clean(s, NULL);
}

void qp_store_close(struct qp_store *s, bool clean)
{
    if (!s)
        return;
    assert(!atomic_load(&s->writing));
    if (clean && !atomic_load(&s->poison))
        close_clean(s);
    if (s->tables)
        mdb_env_close(s->tables);
    if (s->heads_fd >= 0)
        close(s->heads_fd);
    qp_redo_close(s);
    if (s->journal)
        mdb_env_close(s->journal);
    pthread_mutex_destroy(&s->redo.lock);
    pthread_mutex_destroy(&s->damage.lock);
    qp_lock_drop(s);
    free(s);
}

bool qp_store_rolled_back(const struct qp_store *s)
{
    return s->rolled_back;
}

bool qp_store_stale(const struct qp_store *s)
{
    return atomic_load(&s->stale);
}

const uint8_t *qp_store_epoch(const struct qp_store *s)
{
    return s->epoch;
}

MDB_dbi qp_store_dbi(const struct qp_store *s, enum qp_table t)
{
    assert(t < QP_TABLES);
    return s->dbi[t];
}

int qp_store_begin(struct qp_store *s, struct qp_txn *t, struct qp_err *e)
{
    int rc = atomic_load(&s->poison);
    if (rc == QP_ECORRUPT && !qp_store_doubtful(s))
        return qp_fail(e, rc, "%s/journal: a page of it is damaged. " QP_DAMAGE_STOPPED, s->dir);
    if (rc)
        return qp_fail(e, rc, "%s: the store failed before; the node must be started again", s->dir);
    bool writing = atomic_exchange(&s->writing, true);
    assert(!writing); /* one thread writes, one turn at a time */
    assert(s->rolled_back || s->sealed <= s->head);
    *t = (struct qp_txn){.store = s, .head = s->head, .head_hash = s->head_hash};
    s->turn_error = 0;
    s->behind = s->positioned = s->mended = false;
    assert(s->lock_fd >= 0); /* no other process has it */
    rc = qp_redo_begin(s, e);
    if (rc) {
        atomic_store(&s->writing, false);
        return qp_store_poison(s, rc);
    }
    int m = mdb_txn_begin(s->journal, NULL, 0, &t->journal);
    if (!m)
        m = mdb_txn_begin(s->tables, NULL, 0, &t->tables);
    if (!m)
        return 0;
    rc = qp_store_error(m, "beginning a turn", e);
    qp_store_abort(t);
    atomic_store(&s->writing, false);
    return rc == QP_ENOMEM ? rc : qp_store_poison(s, rc);
}

/* Without waiting for the disk: a redo entry has it already, or a base follows. */
static int commit_env(struct qp_txn *t, struct qp_err *e)
{
    struct qp_store *s = t->store;
    assert(t->journal && t->head >= s->head); /* a position is never given back */
    int m = mdb_txn_commit(t->journal);
    t->journal = NULL;
    if (m == MDB_MAP_FULL)
        return qp_store_error(m, "committing the journal", e);
    if (m)
        return qp_fail(e, QP_EIO, "%s/journal: cannot be committed: %s; the node must be started again",
                       s->dir, mdb_strerror(m));
    return qp_env_fill(s->journal, &s->journal_filled, !s->no_sync, e);
}

int qp_store_commit_journal(struct qp_txn *t, struct qp_err *e)
{
    struct qp_store *s = t->store;
    assert(t->journal && t->tables);
    assert(atomic_load(&s->writing));
    assert(t->head >= s->head); /* a position is never given back */
    if (s->turn_error)          /* never make durable what the tables could not take */
        return qp_fail(e, s->turn_error, "a write of this turn failed: it can only be given up");
    /* What was decided on a row that is not as it was written must not become the truth. Where the journal lacks
     * something as well the tables are the only place that has it, and the node goes on (S5), to the turn that mends it. */
    if (qp_store_doubtful(s) && !s->mended && !qp_store_damaged(s))
        return qp_fail(e, QP_ECORRUPT,
                       "a row of the tables is damaged, and this turn is not kept. " QP_ROW_STOPPED);
    bool appended = t->head != s->head;
    if (!appended && !s->mended && s->dirty) {
        mdb_txn_abort(t->journal);
        t->journal = NULL;
        return 0;
    }
    int rc;
    if (s->dirty && !s->mended && qp_redo_fits(s)) {
        rc = qp_redo_write(s, e); /* the environment's own commit waits for that of the tables */
        s->behind = true;
    } else {
        rc = s->dirty ? 0 : qp_journal_mark(s, t->journal, true, e);
        if (rc)
            return rc;
        rc = commit_env(t, e);
        if (rc == QP_EFULL) { /* nothing of it was kept */
            s->turn_error = rc;
            return rc;
        }
        s->behind = appended;
    }
    s->head = t->head;
    s->head_hash = t->head_hash;
    if (!rc && !t->journal)
        rc = qp_redo_base(s, e);
    if (rc)
        return qp_store_poison(s, rc);
    s->dirty = true;
    return 0;
}

int qp_store_commit_tables(struct qp_txn *t, struct qp_err *e)
{
    struct qp_store *s = t->store;
    assert(t->tables && s->dirty); /* the journal first (S2), the mark before the tables (S3) */
    assert(!t->journal || s->behind);
    assert(s->turn_error || t->head == s->head); /* exactly what the journal has */
    int rc = !s->turn_error ? 0 : qp_fail(e, s->turn_error, "a write to the tables failed");
    if (!rc && t->journal)
        rc = commit_env(t, e);
    if (rc) {
        mdb_txn_abort(t->tables);
    } else {
        qp_at_a_row = t->tables; /* it reads the pages that are free */
        int m = qp_row_left(mdb_txn_commit(t->tables));
        if (m == MDB_MAP_FULL)
            rc = qp_store_error(m, "committing the tables", e);
        else if (m)
            rc = qp_fail(e, QP_EIO, "%s/tables: cannot be committed: %s; the node must be started again",
                         s->dir, mdb_strerror(m));
    }
    t->tables = NULL;
    if (t->journal)
        mdb_txn_abort(t->journal);
    t->journal = NULL;
    if (!rc)
        rc = qp_env_fill(s->tables, &s->tables_filled, false, e);
    if (!rc && s->head != s->sealed && !s->rolled_back)
        rc = qp_heads_write(s, e); /* a rolled back store keeps the evidence against itself */
    if (!rc)
        qp_redo_turned(s);
    if (rc && (rc != QP_EFULL || s->behind))
        qp_store_poison(s, rc);
    if (!rc && s->positioned)
        atomic_store(&s->stale, false);
    s->behind = false;
    atomic_store(&s->writing, false);
    return rc;
}

bool qp_store_checkpoint_wanted(const struct qp_store *s)
{
    return atomic_load(&s->redo.pending) == QP_REDO_WANTED;
}

int qp_store_checkpoint(struct qp_store *s, struct qp_err *e)
{
    int rc = qp_redo_checkpoint(s, e);
    return !rc ? rc : qp_store_poison(s, rc);
}

void qp_store_abort(struct qp_txn *t)
{
    struct qp_store *s = t->store;
    if (!t->journal && !t->tables)
        return;                       /* the turn is over */
    assert(atomic_load(&s->writing)); /* only what was begun is given up */
    if (t->journal)
        mdb_txn_abort(t->journal);
    if (t->tables)
        mdb_txn_abort(t->tables);
    t->journal = t->tables = NULL;
    if (s->behind) /* the journal has the turn and the tables have not: no further turn may build on them (S2)
                    */
        qp_store_poison(s, QP_EIO);
    s->behind = false;
    atomic_store(&s->writing, false);
}

int qp_store_sync_tables(struct qp_store *s, struct qp_err *e)
{
    assert(s->tables && s->heads_fd >= 0);
    if (s->no_sync)
        return 0;
    int m = mdb_env_sync(s->tables, 1);
    if (m)
        return qp_store_poison(s, qp_fail(e, QP_EIO,
                                          "%s/tables: cannot be synced: %s; the node must be started again",
                                          s->dir, mdb_strerror(m)));
    int rc = qp_heads_sync(s, e);
    return !rc ? rc : qp_store_poison(s, rc);
}
