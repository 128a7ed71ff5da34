/* store.h: a node's two LMDB environments, opened, checked, committed and closed together (rules S1-S4).
 *
 *   DIR/journal/   append-only log of every parcel written or received; synchronous; the one durable point.
 *                  Its file `redo` makes a turn durable by one write (redo.h)
 *   DIR/tables/    projections of it; committed without waiting for the disk; rebuilt after any doubt
 *   DIR/heads      position and hash of the last sealed record, outside the environments (C5)
 *
 * One thread writes (qp_store_begin .. commit). Any thread reads with a qp_read of its own, for less than a
 * second. Never open the same folder twice in a process; fork before opening. After a failed write the store
 * is poisoned: every further begin fails with the same code; stop, exit non-zero, start again, which
 * verifies. A damaged old record (QP_ECORRUPT of a reading) poisons nothing. */
#ifndef QP_NODE_STORE_STORE_H
#define QP_NODE_STORE_STORE_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "crypto/crypto.h"
#include "node/store/env.h"
#include "node/store/layout.h"
#include "proto/limits.h"
#include "proto/parcel.h"

/* ---- tables: one LMDB database each, all in the tables' environment; layout.h says what is in them ---- */
enum qp_table {
#define X(NAME, ...) QP_T_##NAME,
    QP_TABLES_EACH(X)
#undef X
        QP_TABLES
};
const char *qp_table_name(enum qp_table t);

/* ---- journal records ---- */
enum qp_record_kind { QP_RECORD_OWN = 1, QP_RECORD_RECEIVED = 2, QP_RECORD_HANDBACK = 3 };

struct qp_record {
    uint64_t position; /* from 1, no gaps */
    uint8_t kind;      /* enum qp_record_kind */
    uint8_t lane;
    uint8_t peer[QP_ID_LEN];       /* the neighbour that delivered it; zeros when own */
    uint8_t peer_epoch[QP_ID_LEN]; /* its journal's epoch */
    uint64_t peer_position;        /* where it stands in that journal */
    struct qp_hash peer_hash;      /* hash of that record there (L1) */
    int64_t received_us;
    struct qp_slice parcel;    /* read: points into the map, valid until the transaction ends */
    struct qp_hash prev, hash; /* filled by append, checked by get */
};

struct qp_store;
struct qp_store_options {
    const char *dir;
    size_t journal_map, tables_map; /* bytes: the quotas, set up front */
    bool no_sync;                   /* the simulator on tmpfs; never a real node */
    const char *boot_id;            /* NULL: read from /proc/sys/kernel/random/boot_id */
    uint8_t epoch[QP_ID_LEN];       /* random; becomes the journal's epoch if it is new */
};

/* Opens or creates. Checks: file sizes before mapping (a cut file is QP_ECORRUPT, not a SIGBUS), format, the
 * journal's last records and the head against DIR/heads (a journal below it is an old copy:
 * qp_store_rolled_back() says so and nothing may be sealed). A lock file keeps a second process out
 * (QP_EEXISTS names the pid). */
int qp_store_open(struct qp_store **out, const struct qp_store_options *o, struct qp_err *e);
/* Syncs the tables, clears the dirty flag, writes heads, closes. `clean` false: as a crash would (simulator).
 */
void qp_store_close(struct qp_store *s, bool clean);
bool qp_store_rolled_back(const struct qp_store *s);
/* Was this store closed in order before it was opened (or is it new)? False: its last turn may not have been
 * committed. */
bool qp_store_was_clean(const struct qp_store *s);
/* Something was passed on ahead of a commit that never came, and the neighbour above has not told of it yet
 * (L3). An end in order says so in the journal's environment and the next opening finds it, however often. Not called, as by
 * `doctor` or a backup of a node that is down: what the opening found stays said, and so does a crash before it. */
void qp_store_set_untold(struct qp_store *s, bool untold);
bool qp_store_had_untold(const struct qp_store *s); /* at the opening */
/* True when the tables cannot be trusted (other epoch, ahead, other schema, boot id changed while dirty,
 * `rebuild`): they were emptied and hold position 0. Also true for a new store. False: they are good up to
 * qp_tables_position. */
bool qp_store_stale(const struct qp_store *s);
/* Empties the tables, between turns. */
int qp_store_drop_tables(struct qp_store *s, struct qp_err *e);
const uint8_t *qp_store_epoch(const struct qp_store *s); /* 16 bytes */
MDB_dbi qp_store_dbi(const struct qp_store *s, enum qp_table t);
/* Map and disk use, for /api/v1/node and the 80 % / 90 % rule. */
struct qp_store_use {
    uint64_t journal_used, journal_size, tables_used, tables_size, disk_free, disk_total;
};
void qp_store_use(struct qp_store *s, struct qp_store_use *u);
/* How a disk stands on which the two maps may yet grow by `may_take` bytes. One that has all that left is roomy
 * however full it looks, and no reason to send people away; else it is close above 80 % and full above 90 %. The
 * node's own refusal and `qipan doctor` ask here, so that they cannot say two things. */
enum qp_disk_room { QP_DISK_ROOMY, QP_DISK_CLOSE, QP_DISK_FULL };
enum qp_disk_room qp_disk_room(uint64_t free, uint64_t total, uint64_t may_take);
/* True above 90 % of either map, or when the disk is full as above: refuse new intake with QP_EFULL, keep the rest for acks,
 * custody, revocations. */
bool qp_store_full(struct qp_store *s);

/* ---- one write at a time ---- */
struct qp_txn {
    struct qp_store *store;
    MDB_txn *journal, *tables;
    uint64_t head; /* position of the last record, appended ones included */
    struct qp_hash head_hash;
};
int qp_store_begin(struct qp_store *s, struct qp_txn *t, struct qp_err *e);
/* Appends: gives it the next position, prev and hash. QP_EFULL (map full), QP_EBIG. */
int qp_journal_append(struct qp_txn *t, struct qp_record *r, struct qp_err *e);
/* The order of S2: first this (durable when it returns; nothing was appended: free). A reader sees the turn
 * only after the second ... */
int qp_store_commit_journal(struct qp_txn *t, struct qp_err *e);
/* ... then this (no wait for the disk; marks dirty before the first), then heads. On failure after the
 * journal's commit: stop and start again. */
int qp_store_commit_tables(struct qp_txn *t, struct qp_err *e);
void qp_store_abort(struct qp_txn *t); /* what is still open; safe after either commit */
/* The journal's redo log is half full: call qp_store_checkpoint from another thread, soon; when nobody does,
 * a turn does it itself when the log is full, and waits. */
bool qp_store_checkpoint_wanted(const struct qp_store *s);
int qp_store_checkpoint(struct qp_store *s, struct qp_err *e); /* QP_EIO */
/* Waits for the tables' pages: called by the driver now and then from another thread or when idle. */
int qp_store_sync_tables(struct qp_store *s, struct qp_err *e);

/* ---- reading ---- */
struct qp_read {
    struct qp_store *store;
    MDB_txn *journal, *tables;
};
int qp_read_begin(struct qp_store *s, struct qp_read *r, struct qp_err *e);
void qp_read_end(struct qp_read *r);

/* Record at a position, verified (length, position, hash). QP_ENOTFOUND past the head. QP_ECORRUPT: this
 * record is damaged; it is noted (qp_store_damage), and everything else goes on (S5). */
int qp_journal_get(MDB_txn *journal, struct qp_store *s, uint64_t position, struct qp_record *out,
                   struct qp_err *e);
/* Its hash alone; of a damaged one what the record behind it says. QP_ENOTFOUND: neither is whole. */
int qp_journal_hash_of(MDB_txn *journal, struct qp_store *s, uint64_t position, struct qp_hash *out);
uint64_t qp_journal_head(MDB_txn *journal, struct qp_store *s, struct qp_hash *hash);
/* Walks the whole chain of hashes up to the first damage; progress may be NULL. For doctor and start after
 * doubt. */
int qp_journal_verify(struct qp_store *s, uint64_t from, void (*progress)(void *, uint64_t at, uint64_t head),
                      void *arg, struct qp_err *e);

/* ---- damage (S5) ---- */
enum { QP_DAMAGED_KEPT = 64 };
/* What whoever reads of damage is to do: the end of a sentence. */
#define QP_DAMAGE_REMEDY                                                                                     \
    "what needs it is refused, all else goes on, and the neighbours are asked for it; look at the disk and " \
    "do not rebuild the tables meanwhile; if it stays damaged, stop the node and run `qipan scrub`, which "  \
    "mends one wrong bit, "                                                                                  \
    "or put the whole folder back from a backup or join again"
/* The same where the node is down: no neighbour is asked. */
#define QP_DAMAGE_STOPPED                                                                                    \
    "Look at the disk; `qipan scrub` of the stopped node mends one wrong bit, and a node that runs asks "    \
    "its neighbours; if it "                                                                                 \
    "stays damaged, put the whole folder back from a backup or join again"
struct qp_scrub_state {
    uint64_t at, head;                      /* of the pass that runs: records looked at, and where it ends */
    uint64_t passes, records;               /* since the start: whole passes, records */
    int64_t began_us, finished_us, took_us; /* wall clock; of the last whole pass; 0: none yet */
    uint64_t rows, table_passes;            /* of the tables: rows looked at, whole passes; since the start */
    int64_t tables_finished_us;
};
struct qp_store_damage {
    uint64_t damaged;             /* records known to be damaged; QP_DAMAGED_KEPT + 1: that many or more */
    uint64_t at[QP_DAMAGED_KEPT]; /* the positions of the first of them */
    uint64_t mended;              /* were, since the start, and are whole again */
    uint64_t notes;               /* qp_store_damage_notes */
    struct qp_scrub_state scrub;
};
void qp_store_damage(struct qp_store *s, struct qp_store_damage *out);
uint64_t
qp_store_damage_notes(const struct qp_store *s); /* another number when one more was found; no lock */
bool qp_store_damaged(struct qp_store *s);       /* any at all, as far as is known */
/* Makes a damaged record whole from what lies here, and with the parcel if one is given: byte for byte what it was, as the
 * record behind it says, or not at all. QP_OK: it is whole, with the turn's commit. QP_ENEED: the one behind it first;
 * QP_ECORRUPT: not from this; QP_ENOTFOUND: nothing is left of it; QP_EFULL, QP_EIO, QP_ENOMEM. */
int qp_journal_mend(struct qp_txn *t, uint64_t position, struct qp_slice parcel, struct qp_err *e);
/* What a damaged one says of itself, to be doubted: its peer, his position, its parcel's length. QP_ENOTFOUND. */
int qp_journal_lies(MDB_txn *journal, struct qp_store *s, uint64_t position, struct qp_record *out);
/* One slice of the walk that looks for damage: a bounded number of records from where the last slice ended.
 * True: a pass ended with it. Any one thread at a time beside the writer's; the caller sets the pace. */
bool qp_store_scrub(struct qp_store *s, int64_t now_us);
/* The same for the rows of the tables. What does not fit makes them doubtful; a pass is over then too. */
bool qp_store_scrub_tables(struct qp_store *s, int64_t now_us);

/* Where the tables stand. Set by whoever projects, in the same transaction. */
uint64_t qp_tables_position(MDB_txn *tables, struct qp_store *s);
int qp_tables_set_position(struct qp_txn *t, uint64_t position, const struct qp_hash *hash, struct qp_err *e);

/* ---- small helpers over LMDB for the rooms above: 0, QP_ENOTFOUND, QP_EFULL, QP_EIO ---- */
int qp_get(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len, MDB_val *out);
int qp_put(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len, const void *val, size_t val_len,
           struct qp_err *e);
int qp_del(MDB_txn *txn, MDB_dbi dbi, const void *key, size_t key_len, struct qp_err *e); /* absent is 0 */
/* ---- rows through LMDB's own calls: the same, with a check at the end of each value (rows.c) ----
 * A row of the tables whose bytes were changed is MDB_CORRUPTED, and the tables are then doubtful: they are made
 * again at the next opening; a turn that met it is not committed, and whoever drives the node ends it soon
 * (qp_store_doubtful). Not with MDB_RESERVE. */
enum { QP_ROW_CHECK = 4 };
/* What comes of it: the end of a sentence. */
#define QP_ROW_STOPPED                                                                                       \
    "The node ends, and its next start makes the tables again from the journal. If this comes again, look "  \
    "at the disk and the memory"
int qp_row_get(MDB_txn *txn, MDB_dbi dbi, MDB_val *k, MDB_val *v);
int qp_row_put(MDB_txn *txn, MDB_dbi dbi, MDB_val *k, MDB_val *v, unsigned flags);
int qp_row_cursor_get(MDB_cursor *c, MDB_val *k, MDB_val *v, MDB_cursor_op op);
int qp_row_cursor_put(MDB_cursor *c, MDB_val *k, MDB_val *v, unsigned flags);
int qp_row_cursor_del(MDB_cursor *c, unsigned flags);
void qp_store_doubt(struct qp_store *s); /* they are made again at the next opening; any thread */
bool qp_store_doubtful(const struct qp_store *s);
bool qp_store_remade(
    const struct qp_store *s); /* they were, before this opening, and were made again at it */
/* From now on a signal that a damaged page causes (SIGSEGV, SIGBUS) makes the tables doubtful before it ends the process, where a
 * row of them was being read or written: else each start would end at the same row. Once a process. */
void qp_store_mind_faults(void);
/* Nobody above gets at a value past its check, by mistake either. */
#define mdb_get        qp_row_get
#define mdb_put        qp_row_put
#define mdb_cursor_get qp_row_cursor_get
#define mdb_cursor_put qp_row_cursor_put
#define mdb_cursor_del qp_row_cursor_del

/* The eight-byte code of a string: the head of its BLAKE2b-256. One code for one string on every node and in
 * every rebuild. */
uint64_t qp_code(const char *text);

#endif
