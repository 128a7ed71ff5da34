/* ring.c: see ring.h. Called when a merge or a duplicate is decided, and when one was heard. */
#include "node/matter/ring.h"

#include "node/matter/pending.h"

/* The first that bears this reference: of those opened in this turn, else of the table. */
static int by_ref(struct qp_matters *m, const char *ref, uint8_t id[QP_ID_LEN], struct qp_err *e)
{
    struct qp_read r = {m->txn->store, m->txn->journal, m->txn->tables};
    struct qp_entry *entry;
    for (uint32_t at = 0; m->pending && (entry = qp_pending_ref(m->pending, ref, &at));)
        if (strcmp(entry->row->face->source_ref, ref) == 0) {
            memcpy(id, entry->id, QP_ID_LEN);
            return 0;
        }
    return qp_matter_read_ref(&r, ref, id, e);
}

int qp_ring_next(struct qp_matters *m, const Qp__Face *f, uint8_t next[QP_ID_LEN], bool *on, struct qp_err *e)
{
    *on = f->state == QP_MERGED;
    if (*on)
        memcpy(next, f->merged_into.data, QP_ID_LEN);
    if (f->state != QP_CLOSED || !*f->duplicate_of)
        return 0;
    int rc = !qp_id_parse(next, f->duplicate_of) ? 0 : by_ref(m, f->duplicate_of, next, e);
    *on = !rc;
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* One step on; *on false: the way ends here. */
static int step(struct qp_matters *m, uint8_t at[QP_ID_LEN], bool *on, struct qp_err *e)
{
    struct qp_entry *entry;
    uint8_t next[QP_ID_LEN];
    int rc = qp_pending_row(m, at, &entry, e);
    *on = false;
    if (!rc && entry->row)
        rc = qp_ring_next(m, entry->row->face, next, on, e);
    if (*on)
        memcpy(at, next, QP_ID_LEN);
    return rc;
}

int qp_ring_reaches(struct qp_matters *m, const uint8_t from[QP_ID_LEN], const uint8_t to[QP_ID_LEN],
                    bool *there, struct qp_err *e)
{
    uint8_t at[QP_ID_LEN];
    bool on = true;
    int rc = 0;
    memcpy(at, from, QP_ID_LEN);
    *there = memcmp(at, to, QP_ID_LEN) == 0;
    for (int i = 0; i < QP_RING_MOST && on && !rc && !*there; i++) {
        rc = step(m, at, &on, e);
        *there = on && memcmp(at, to, QP_ID_LEN) == 0;
    }
    return rc;
}

int qp_ring_find(struct qp_matters *m, const uint8_t start[QP_ID_LEN], uint8_t ids[QP_RING_MOST][QP_ID_LEN],
                 size_t *n, struct qp_err *e)
{
    uint8_t at[QP_ID_LEN];
    struct qp_frame frame;
    bool on = true, back = false;
    size_t k = 0;
    *n = 0;
    int rc = qp_frame_begin(&frame, m, e);
    if (rc)
        return rc;
    memcpy(at, start, QP_ID_LEN);
    while (k < QP_RING_MOST && on && !rc && !back) {
        memcpy(ids[k++], at, QP_ID_LEN);
        rc = step(m, at, &on, e);
        back = on && memcmp(at, start, QP_ID_LEN) == 0;
    }
    if (!rc && back)
        *n = k;
    return qp_frame_end(&frame, rc, e);
}
