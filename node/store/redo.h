/* redo.h: the journal's redo log: one write, one flush, and a turn is durable. Seen by this room alone.
 *
 *   DIR/journal/redo    [ base | base | ring of entries, blocks of 4 KiB ........................ ]
 *
 *   turn ──► entry: its records, one synchronous write ──► the environment, without waiting
 *                                │ ring half full
 *                                └─► checkpoint: environment synced, then a base that names this moment
 *
 * LMDB's own synchronous commit writes half a dozen pages all over its file and flushes twice, pages and then
 * the meta page: 0.38 ms in a chain of nodes, of which an entry takes 0.17. So the environment is
 * committed without waiting (MDB_NOSYNC), after the entry is on the disk.
 *
 * A *base* is the environment's meta page at a moment whose pages are all on the disk, with the place in the
 * ring where that moment ends. A read transaction stays open on it (the pin), so that LMDB gives none of its
 * pages to anybody else. Hence, whatever a power loss has left in the environment's file: the base's meta
 * page put back makes it that moment again, and the entries behind it are all that was acknowledged since.
 *
 *   opened ── clean: as it is
 *          ── same boot (the process died): the page cache is whole; at most the last entry is appended
 *          ── another boot, or a sync that failed: meta page put back, every entry behind the base appended
 *
 * At every opening the newest base is compared with the journal (rule S5): another epoch, a journal that ends
 * below the base or has another record there, a dirty mark without a log: refused, with what to do.
 *
 * The writer's thread calls everything but qp_redo_checkpoint, which may run beside it. A store with no_sync
 * (the simulator) has no redo log: every call is a no-op. QP_EIO: the store must be poisoned, as after any
 * failed write; QP_ECORRUPT: restore a backup or join again. */
#ifndef QP_NODE_STORE_REDO_H
#define QP_NODE_STORE_REDO_H

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "crypto/crypto.h"
#include "proto/limits.h"

struct qp_store;

enum {
    QP_REDO_BLOCK = 4096,
    QP_REDO_BASES = 2,  /* blocks, written by turns */
    QP_REDO_RING = 256, /* blocks */
    QP_REDO_ENTRY = 16, /* blocks of the largest entry; a turn with more syncs the environment itself */
    QP_REDO_META = 152, /* bytes of LMDB's meta page that are kept */
};

/* A moment of the environment, and where the ring goes on from it. */
struct qp_redo_base {
    uint8_t meta[QP_REDO_META];
    uint64_t head; /* the journal's last record then, 0 none */
    struct qp_hash head_hash;
    uint64_t seq;   /* of the first entry behind it */
    uint32_t block; /* where that entry stands */
};

enum qp_redo_pending { QP_REDO_NONE, QP_REDO_WANTED, QP_REDO_DONE };

struct qp_redo {
    int fd;
    uint8_t *entry;           /* the turn's, aligned; QP_REDO_ENTRY blocks */
    size_t len;               /* bytes of it that are filled */
    uint32_t records;         /* in it */
    uint64_t first;           /* position of the first of them */
    bool big;                 /* the turn does not fit into an entry */
    bool armed;               /* the base on the disk says that this boot may have left pages unsynced */
    bool power_lost;          /* found at open */
    uint64_t generation;      /* of the last base on the disk */
    uint64_t seq;             /* of the next entry */
    uint32_t block;           /* where it goes */
    uint32_t used;            /* blocks from the base's place to there */
    uint8_t epoch[QP_ID_LEN]; /* found in the last base at open */
    struct qp_redo_base base;
    MDB_txn *pin;

    pthread_mutex_t lock; /* held by whoever syncs and writes a base */
    atomic_int pending;   /* enum qp_redo_pending */
    struct qp_redo_base next;
    MDB_txn *next_pin;
    uint32_t next_used; /* blocks that become free when `next` is the base */
};

/* ---- opening and closing ---- */
/* Before the environment is mapped: the file is looked at; after a power loss the environment's meta page is
 * put back. */
int qp_redo_open(struct qp_store *s, struct qp_err *e);
/* After the environment was opened: makes the file if it is not there. */
int qp_redo_make(struct qp_store *s, struct qp_err *e);
/* After the journal was loaded: this moment becomes the base, and entries that the environment lacks are
 * appended. s->head moves. */
int qp_redo_recover(struct qp_store *s, struct qp_err *e);
/* Syncs the environment and says that nothing is left to do. */
int qp_redo_clean(struct qp_store *s, struct qp_err *e);
/* After the environment's last transaction but before it is closed. */
void qp_redo_close(struct qp_store *s);

/* ---- a turn ---- */
/* Before the write transaction begins: pins a base before the first page is written. */
int qp_redo_begin(struct qp_store *s, struct qp_err *e);
/* A record's bytes, in the order of their positions. */
void qp_redo_add(struct qp_store *s, uint64_t position, const uint8_t *record, size_t len);
/* May this turn become durable by an entry? Otherwise by qp_redo_base after the environment's commit. */
bool qp_redo_fits(struct qp_store *s);
/* The one synchronous write: after it the turn has happened. */
int qp_redo_write(struct qp_store *s, struct qp_err *e);

/* ---- bases ---- */
/* Syncs the environment here and now, and makes its last commit the base. Waits for a checkpoint that runs.
 */
int qp_redo_base(struct qp_store *s, struct qp_err *e);
/* Between turns: makes a checkpoint wanted when the ring is half full; takes note of one that is done. */
void qp_redo_turned(struct qp_store *s);
/* Another thread: does the checkpoint that is wanted, if one is. */
int qp_redo_checkpoint(struct qp_store *s, struct qp_err *e);

#endif
