/* scrub.c: the walk that looks for damaged records before a reader does (S5); damage.c keeps which they are.
 *
 *   slice, pause, slice, pause ... head ─► a pass is over ─► from record 1 again, when the caller wants
 *
 * It checks what a single reading cannot: that each record names the one before it. Called by the minder's thread
 * (node/cli/drive.c). */
#include "node/store/inside.h"

#include <assert.h>

enum { SLICE_RECORDS = 256, SLICE_BYTES = 1024 * 1024 };

/* From `at` on: how many were looked at. */
static uint64_t slice(struct qp_store *s, MDB_txn *txn, uint64_t at, uint64_t head)
{
    assert(at > 0 && mdb_txn_env(txn) == s->journal);
    struct qp_record r;
    struct qp_hash prev;
    bool known = at > 1 && !qp_journal_get(txn, s, at - 1, &r, NULL);
    uint64_t n = 0;
    size_t bytes = 0;
    if (known)
        prev = r.hash;
    for (; n < SLICE_RECORDS && bytes < SLICE_BYTES && at + n <= head; n++) {
        int rc = qp_journal_get(txn, s, at + n, &r, NULL);
        if (rc == QP_ENOTFOUND)
            qp_damage_note(s, at + n);
        if (!rc && known && !qp_hash_eq(&r.prev, &prev)) /* it is whole, but not the one that stood here */
            qp_damage_note(s, at + n - 1);
        known = !rc;
        if (!known && atomic_load(&s->poison)) { /* no page can be read in this reading any more */
            n++;
            break;
        }
        if (known) {
            prev = r.hash;
            bytes += r.parcel.len;
        }
    }
    return n;
}

bool qp_store_scrub(struct qp_store *s, int64_t now_us)
{
    struct qp_damage *d = &s->damage;
    MDB_txn *txn;
    if (mdb_txn_begin(s->journal, NULL, MDB_RDONLY, &txn))
        return false;
    uint64_t head = qp_journal_head(txn, s, NULL);
    pthread_mutex_lock(&d->lock);
    struct qp_scrub_state *c = &d->scrub;
    if (c->began_us == 0) {
        c->began_us = now_us;
        c->at = 0;
        d->more =
            d->more && d->n == QP_DAMAGED_KEPT; /* the pass will meet those for which there was no room */
    }
    c->head = head;
    uint64_t at = c->at + 1;
    pthread_mutex_unlock(&d->lock);
    uint64_t n = slice(s, txn, at, head);
    mdb_txn_abort(txn);
    pthread_mutex_lock(&d->lock);
    c->at += n;
    assert(n == 0 || c->at <= head);
    c->records += n;
    bool over = c->at >= head;
    if (over) {
        c->passes++;
        c->took_us = now_us > c->began_us ? now_us - c->began_us : 0;
        c->finished_us = now_us;
        c->began_us = 0;
    }
    pthread_mutex_unlock(&d->lock);
    return over;
}
