/* damage.c: which records are damaged (S5). Whoever reads one notes it here; operators read of it in /healthz, /metrics and
 * doctor, and mend.c takes it out again. */
#include "node/store/inside.h"

#include <assert.h>
#include <string.h>

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

bool qp_store_damaged(struct qp_store *s)
{
    struct qp_damage *d = &s->damage;
    pthread_mutex_lock(&d->lock);
    assert(d->n <= QP_DAMAGED_KEPT);
    bool any = d->n > 0 || d->more;
    pthread_mutex_unlock(&d->lock);
    return any;
}

uint64_t qp_store_damage_notes(const struct qp_store *s)
{
    return atomic_load(&s->damage.notes);
}
