/* pending.h: the rows of a turn, decoded once, changed in memory, written once and sorted.
 *
 *   qp_pending_row ─► stored (as the table has it) ─┐
 *   qp_pending_set ─► row (as it is now) ───────────┴─ qp_pending_write ─► MATTER, INDEX, UPDATED,
 *                                                                          DEADLINE, REF, board
 *
 * Everything lives in the pending's own arena, which is given back at the first use after a write. Random
 * index pages are what a batching node pays for: entries are sorted by table and key before they are put. */
#ifndef QP_NODE_MATTER_PENDING_H
#define QP_NODE_MATTER_PENDING_H

#include "node/matter/clocks.h"
#include "node/matter/face.h"
#include "node/matter/index.h"
#include "node/matter/matter.h"

struct qp_entry {
    uint8_t id[QP_ID_LEN];
    const Qp__Row *stored; /* NULL: not in the table */
    const Qp__Row *row;    /* NULL: not known */
    bool dirty;
    uint64_t arrived;  /* position of the last record of this turn with an event about it, 0 = none */
    uint64_t ref;      /* code of source_ref, when opened in this turn by this node */
    uint32_t next_ref; /* index + 1 of the next entry in its chain */
};

/* A name and its code, so that it need not be hashed again. */
struct qp_coded {
    char *text;
    uint64_t code;
};

struct qp_pending {
    struct qp_arena *arena;
    struct qp_entry **entries;
    size_t n, cap;
    uint32_t *slots, *refs; /* open-addressed by id; heads of chains by ref: index + 1, 0 = empty */
    size_t slots_n;         /* a power of two, both tables */
    bool written;           /* the turn ended: the arena is given back when it is used again */
    bool has_place;         /* the tables know for which place they are indexed */
    bool has_mark;
    uint8_t mark[QP_MARK_LEN];
    struct qp_index_change *changes; /* scratch of qp_pending_write */
    size_t changes_cap;
    struct qp_coded *codes; /* CODES of them, by a hash of the text */
};

/* The entry of a matter; loads its row when it is met for the first time. QP_ECORRUPT, QP_EIO. */
int qp_pending_row(struct qp_matters *m, const uint8_t id[QP_ID_LEN], struct qp_entry **out,
                   struct qp_err *e);
/* Gives the entry another row; sets `overdue` (B3). */
int qp_pending_set(struct qp_matters *m, struct qp_entry *entry, Qp__Row *row, struct qp_err *e);
/* Entries that were opened here in this turn with that ref (or one of the same hash): *at begins as 0; NULL
 * after the last. */
struct qp_entry *qp_pending_ref(struct qp_pending *p, const char *ref, uint32_t *at);
void qp_pending_note_ref(struct qp_pending *p, struct qp_entry *entry, const char *ref);
void qp_pending_empty(struct qp_pending *p);                 /* forgets the rows; what was handed out stays */
int qp_pending_room(struct qp_pending *p, struct qp_err *e); /* QP_ENOMEM unless one more event fits */
uint64_t qp_pending_code(struct qp_pending *p, const char *text);

/* ---- mark.c ---- */
/* The mark of the sweep, from the table the first time. */
int qp_mark_load(struct qp_matters *m, struct qp_err *e);
int qp_mark_write(struct qp_matters *m, struct qp_err *e); /* as it stands in the pending */

/* ---- rows.c ---- */
int qp_pending_write(struct qp_matters *m, struct qp_err *e);
/* Where the indexed areas begin: the node's own path (QP_T_META "place"). "" when nothing was written yet. */
void qp_place_read(struct qp_read *r, char out[QP_PATH_MAX]);

/* ---- frame.c ---- */

/* The frame of every call: makes a pending for its own time when the caller has none, and writes it through
 * at the end. */
struct qp_frame {
    struct qp_matters *m;
    bool own;
};
int qp_frame_begin(struct qp_frame *f, struct qp_matters *m,
                   struct qp_err *e);                           /* QP_ENOMEM: flush more often */
int qp_frame_end(struct qp_frame *f, int rc, struct qp_err *e); /* rc, or the error of writing */

#endif
