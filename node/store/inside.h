/* inside.h: what the files of this room share and nobody else sees: the store's struct, the record's layout,
 * the two environments, the lock and the sealed heads.
 *
 *   store.c    open, turns, close           env.c     size check, opening, LMDB's codes, get/put/del
 *   journal.c  append, get, verify          record.c  a record's bytes
 *   tables.c   tables, position, stale      heads.c   DIR/heads      lock.c  DIR/lock      use.c  quotas
 *   redo.c     the turn's one synchronous write (redo.h)   redo_open.c  the same at an opening
 *   damage.c   damaged records   scrub.c   the walk that looks for them   mend.c    one made whole again
 *   rows.c     a row's check     fault.c   a signal at a row              scrub_tables.c   the walk through all rows
 *   read.c     a reading         folder.c  paths in DIR                  copy.c    the journal as a file */
#ifndef QP_NODE_STORE_INSIDE_H
#define QP_NODE_STORE_INSIDE_H

#include <limits.h>
#include <stdatomic.h>

#include "node/store/redo.h"
#include "node/store/store.h"

/* This room has the journal too, whose records have hashes of their own. */
#undef mdb_get
#undef mdb_put
#undef mdb_cursor_get
#undef mdb_cursor_put
#undef mdb_cursor_del

/* The projector is what the rooms above make of the events: raised where that changes and the layout stays as
 * it is, so that tables are made again. tests/unit/core/layout_test.c tells who forgets. */
enum {
    QP_FORMAT = 2, /* of the journal; another one is refused */
    QP_PROJECTOR = 9,
    QP_READERS = 512, /* at a time; the journal has two more seats, for the pins of its redo log */
    QP_TAIL = 64,     /* records verified at each open */
};

/* What is known of damaged records, and how far the scrub has come; any thread. */
struct qp_damage {
    pthread_mutex_t lock;
    uint64_t at[QP_DAMAGED_KEPT]; /* positions, in the order of their finding */
    size_t n;                     /* of them */
    bool more;                    /* others were found beyond those */
    uint64_t mended;              /* since the start */
    _Atomic uint64_t notes;       /* how often one was noted that was not known; read without the lock */
    struct qp_scrub_state scrub;
};

/* Where the walk through the tables stands (scrub_tables.c); the minder's thread alone. */
struct qp_rows_walk {
    int table;
    uint8_t key[511]; /* of the last row that was looked at */
    size_t key_len;   /* 0: the table begins */
    uint64_t rows;    /* of this table */
    uint64_t commit;  /* of LMDB, in which its first row was read */
    bool one;         /* ... and all of them since */
};

struct qp_store {
    char dir[PATH_MAX];
    char doubt[PATH_MAX]; /* DIR/tables/doubt: ready, because it is made while a signal is handled too */
    size_t journal_map, tables_map;
    bool no_sync;
    MDB_env *journal, *tables;
    MDB_dbi log, meta;
    MDB_dbi dbi[QP_TABLES];
    MDB_dbi names; /* of the tables: LMDB's own table of them */
    struct qp_rows_walk walk;
    uint32_t schema; /* qp_tables_schema */
    int lock_fd, heads_fd;

    uint8_t epoch[QP_ID_LEN];
    struct qp_hash boot;  /* of the boot id's text */
    bool dirty;           /* the mark of this boot stands in the journal's environment, committed */
    bool clean;           /* at the opening no mark stood: the last use ended in order */
    bool untold;          /* something was passed on that is not here, and nobody has told of it (L3) */
    bool had_untold;      /* the same at the opening */
    bool dirty_elsewhere; /* found at load: the mark of another boot */
    bool rolled_back;
    atomic_bool stale;
    atomic_bool doubtful; /* a row of the tables did not fit its check */
    bool remade;          /* ... so it was before this opening: they are made again */

    /* the writer's */
    atomic_bool writing; /* between begin and the end of both transactions */
    bool behind;         /* the journal's commit of this turn is done, that of the tables is not */
    bool positioned;     /* set_position was called in this turn */
    bool
        mended; /* a damaged record was made whole in this turn: to be committed, though nothing was appended */
    int turn_error; /* a put of this turn failed: it can only be aborted */
    uint64_t head;  /* last committed record */
    struct qp_hash head_hash;
    uint64_t sealed;                        /* position in DIR/heads */
    unsigned heads_slot;                    /* the slot to be written next */
    uint64_t journal_filled, tables_filled; /* bytes that the files are known to have */
    struct qp_redo redo;
    struct qp_damage damage;

    atomic_int poison; /* QP_OK, or why nothing may begin any more */
};

/* ---- record.c: magic 4, version 2, kind 1, lane 1, length 4, zeros 4, position 8, peer 16, peer epoch 16,
 * peer position 8, peer hash 32, received_us 8, prev 32, parcel, hash 32; little endian; the hash is
 * BLAKE2b-256 of all that is before it ---- */
enum {
    QP_RECORD_HEAD = 136,
    QP_RECORD_OVERHEAD = QP_RECORD_HEAD + QP_HASH_LEN,
    QP_RECORD_MAX = QP_RECORD_OVERHEAD + QP_PARCEL_BYTES
};
/* Fills `out`, which has QP_RECORD_OVERHEAD + r->parcel.len bytes, and r->hash. r->prev and r->position must
 * be set. */
void qp_record_write(uint8_t *out, struct qp_record *r);
/* Writes what is the same in every record, or is known of this one: length, position, the hash before it (NULL: that is
 * not known). */
void qp_record_frame(uint8_t *out, uint64_t position, size_t len, const struct qp_hash *prev);
/* What a damaged one says of itself: kind, lane, peer, his epoch and position, and where its parcel lies. */
void qp_record_lies(struct qp_record *out, const uint8_t *in, size_t len);
/* The length that a record's head states; `in` has QP_RECORD_OVERHEAD bytes at least. */
size_t qp_record_len(const uint8_t *in);
/* 0, or QP_ECORRUPT: the sentence says what does not fit. Never reads beyond len, nor, when the stored length
 * differs, beyond the head. */
int qp_record_read(struct qp_record *out, uint64_t position, const uint8_t *in, size_t len, struct qp_err *e);

/* ---- rows.c ---- */
/* Takes the check off; false: it does not fit. */
bool qp_row_open(const MDB_val *k, MDB_val *v);
/* In which transaction LMDB looks into its pages for this thread; NULL: in none. */
extern _Thread_local MDB_txn *qp_at_a_row;
/* It is not any more; `m` is what LMDB said. */
static inline int qp_row_left(int m)
{
    atomic_signal_fence(memory_order_seq_cst); /* what was read was read before */
    qp_at_a_row = NULL;
    return m;
}

/* ---- folder.c ---- */
int qp_sync_folder(const char *path, struct qp_err *e);
int qp_path_in(char out[PATH_MAX], const struct qp_store *s, const char *name, struct qp_err *e);

/* ---- env.c ---- */
/* DIR/name, opened; created if it is not there (*created). Checks the file's size against its meta pages
 * first. QP_ECORRUPT, QP_EIO. */
int qp_env_open(MDB_env **out, struct qp_store *s, const char *name, size_t map, unsigned flags,
                bool *created, struct qp_err *e);
/* The file must hold every page that its meta page counts: LMDB leaves out last pages that were freed in the
 * same transaction. `ahead`: writes zeros for the pages to come as well. A commit then overwrites blocks that
 * the file system has, instead of making its own journal wait for every other file's data (measured beside a
 * busy disk: p99 of a turn 2.5-12 ms -> 0.3-0.5 ms). The writer's alone. */
int qp_env_fill(MDB_env *env, uint64_t *filled, bool ahead, struct qp_err *e);
/* Remembers that nothing may begin any more; returns code. Only QP_EIO and QP_ECORRUPT, or what broke a
 * half-committed turn. */
int qp_store_poison(struct qp_store *s, int code);
/* Maps an LMDB code met inside transaction txn; QP_EIO and QP_ECORRUPT poison. */
int qp_txn_error(MDB_txn *txn, int mdb_rc, const char *what, struct qp_err *e);
/* The same for the writer: its turn can only be given up then. */
int qp_write_error(MDB_txn *txn, int mdb_rc, const char *what, struct qp_err *e);

/* ---- journal.c ---- */
int qp_journal_load(struct qp_store *s, const struct qp_store_options *o,
                    struct qp_err *e); /* dbis, meta, head, tail */
/* The mark "tables not synced" of this boot, in its own commit unless txn is given. `on` false takes it away.
 */
int qp_journal_mark(struct qp_store *s, MDB_txn *txn, bool on, struct qp_err *e);

/* The hash of the record at a position: its own, or if it is damaged what the next one says of it. */
int qp_journal_hash(struct qp_store *s, uint64_t position, struct qp_hash *out);

/* ---- damage.c ---- */
void qp_damage_note(struct qp_store *s, uint64_t position);
/* It is whole: mended, or it was found so. */
void qp_damage_over(struct qp_store *s, uint64_t position, bool mended);

/* ---- tables.c ---- */
int qp_tables_load(struct qp_store *s, bool trusted, struct qp_err *e);
uint32_t qp_tables_schema(void);          /* the hash of layout.h and of the messages that rows hold */
bool qp_tables_keep(const char *message); /* whether it is one of those messages, by its name in the .proto */

/* ---- heads.c ---- */
struct qp_heads {
    uint8_t epoch[QP_ID_LEN];
    uint64_t position;
    struct qp_hash hash;
};
/* After the journal was loaded. *found: a slot that is whole and of the journal's epoch. */
int qp_heads_open(struct qp_store *s, struct qp_heads *last, bool *found, struct qp_err *e);
int qp_heads_write(struct qp_store *s, struct qp_err *e);
int qp_heads_sync(struct qp_store *s, struct qp_err *e);

/* ---- lock.c ---- */
int qp_lock_take(struct qp_store *s, struct qp_err *e);
void qp_lock_drop(struct qp_store *s);

#endif
