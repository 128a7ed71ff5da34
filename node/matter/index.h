/* index.h: a matter's row and its keys, as the tables have them: what is written by rows.c, and read by whoever looks for it.
 *
 *   row ─► QP_T_MATTER        face ─► QP_T_INDEX: kind 1, code 8, matter 16       QP_T_DEADLINE: due 8, matter 16
 *                                  └─ QP_T_REF: source_ref, a NUL, matter 16
 *
 * Values alone: nothing here reads or writes a table. */
#ifndef QP_NODE_MATTER_INDEX_H
#define QP_NODE_MATTER_INDEX_H

#include "node/matter/clocks.h"
#include "node/matter/matter.h"

int qp_row_decode(Qp__Row **out, MDB_val v, struct qp_arena *a, struct qp_err *e); /* QP_ECORRUPT */

enum { QP_MARK_LEN = 8 + QP_ID_LEN }; /* deadline and matter: every key of QP_T_DEADLINE below it was swept */
void qp_deadline_key(uint8_t key[QP_MARK_LEN], const Qp__Face *f, int64_t due_us);
static inline bool qp_has_deadline(const Qp__Face *f)
{
    return f->deadline_us > 0 && f->state != QP_CLOSED && f->state != QP_MERGED;
}

/* When one of its clocks beside the close clock's is due; 0: it is not. */
static inline int64_t qp_stage_due(const Qp__Face *f, const Qp__Clock *c)
{
    bool open = f->state != QP_CLOSED && f->state != QP_MERGED;
    return open && c->stage != QP_CLOCK_CLOSE && qp_clock_said_runs(c) ? qp_clock_said_due(c) : 0;
}

/* QP_T_REF: source_ref, a NUL, matter 16. Returns the key's length; without an id that of the prefix. */
enum { QP_REF_KEY_MAX = QP_REF_BYTES + 1 + QP_ID_LEN };
size_t qp_ref_key(uint8_t key[QP_REF_KEY_MAX], const char *ref, const uint8_t *id);

/* Kinds of QP_T_INDEX. The code is qp_code of the string; for numbers the number. Every kind is in the order
 * of matters. */
enum qp_index_kind {
    QP_INDEX_STATE = 1,
    QP_INDEX_CATEGORY,
    QP_INDEX_SOURCE,
    QP_INDEX_DESK,    /* only with one */
    QP_INDEX_HOLDER,  /* its path */
    QP_INDEX_AREA,    /* the area and every area above it, below this node */
    QP_INDEX_URGENCY, /* only above routine */
    QP_INDEX_OVERDUE, /* code 1: past its deadline; QP_DUE_SOON: the time to remind has come; QP_OVERDUE_STAGE + stage: that
                         clock is over */
    QP_INDEX_OFFERED, /* the path of whom it is offered to, only while an offer is out */
    QP_INDEX_URGED,   /* code 1: an urge that its holder has not answered */
    QP_INDEX_POINTS,  /* what it was merged into, or whose duplicate it is: pointed.c; only of such */
    QP_INDEX_FILE,    /* the head of the hash of each of its files: attached.h */
};
enum { QP_DUE_SOON = 2, QP_OVERDUE_STAGE = 16 };
enum { QP_INDEX_KEY = 1 + 8 + QP_ID_LEN };
/* Under which code QP_INDEX_POINTS has what this one points to; it is merged, or closed as a duplicate. */
uint64_t qp_points_code(const Qp__Face *f);

#endif
