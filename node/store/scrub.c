/* scrub.c: damaged records: who they are, and the walk that looks for them before a reader does (S5).
 *
 *   slice, pause, slice, pause ... head ─► a pass is over ─► from record 1 again, when the caller wants
 *
 * A damaged record is an error of that record. Whoever reads it notes it here; operators read of it in
 * /healthz, /metrics and doctor. The walk checks what a single reading cannot: that each record names the one
 * before it. Called by the minder's thread (node/cli/drive.c). */
#include "node/store/inside.h"

#include <assert.h>
#include <string.h>

enum { SLICE_RECORDS = 256, SLICE_BYTES = 1024 * 1024 };

/* Where it stands in the list; n: it does not. */
static size_t find(const struct qp_damage *d, uint64_t position)
{
    size_t i = 0;
    while (i < d->n && d->at[i] != position)
        i++;
    return i;
}

void qp_damage_note(struct qp_store *s, uint64_t position)
{
    struct qp_damage *d = &s->damage;
    pthread_mutex_lock(&d->lock);
    assert(d->n <= QP_DAMAGED_KEPT);
    size_t i = find(d, position);
    if (i == d->n)
        atomic_fetch_add(&d->notes, 1);
    if (i == d->n && d->n < QP_DAMAGED_KEPT)
        d->at[d->n++] = position;
    else if (i == d->n)
        d->more = true;
    pthread_mutex_unlock(&d->lock);
}

void qp_damage_over(struct qp_store *s, uint64_t position, bool mended)
{
    struct qp_damage *d = &s->damage;
    pthread_mutex_lock(&d->lock);
    size_t i = find(d, position);
    if (i < d->n) {
        memmove(d->at + i, d->at + i + 1, (d->n - i - 1) * sizeof d->at[0]);
        d->n--;
    }
    d->mended += mended;
    pthread_mutex_unlock(&d->lock);
}

void qp_store_damage(struct qp_store *s, struct qp_store_damage *out)
{
    struct qp_damage *d = &s->damage;
    pthread_mutex_lock(&d->lock);
    assert(d->n <= QP_DAMAGED_KEPT);
    memset(out, 0, sizeof *out);
    out->damaged = d->n + d->more;
    out->mended = d->mended;
    out->notes = atomic_load(&d->notes);
    memcpy(out->at, d->at, d->n * sizeof out->at[0]);
    out->scrub = d->scrub;
    pthread_mutex_unlock(&d->lock);
}

uint64_t qp_store_damage_notes(const struct qp_store *s)
{
    return atomic_load(&s->damage.notes);
}

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
