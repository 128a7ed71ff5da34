/* shelf.c: the live matters: slots, the way from an id to a matter, and which is the oldest. See inside.h. */
#include "node/insight/lead/inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 256 };

struct qp_lead_entry *qp_entry_new(const struct qp_lead_matter *m, const uint32_t *names, size_t n_names)
{
    const char *word[] = {m->id, m->place, m->source, m->family};
    const char **to[4];
    size_t len = sizeof(struct qp_lead_entry) + n_names * sizeof *names;
    for (size_t i = 0; i < 4; i++)
        len += strlen(word[i]) + 1;
    struct qp_lead_entry *x = calloc(1, len);
    if (!x)
        return NULL;
    to[0] = &x->id;
    to[1] = &x->place;
    to[2] = &x->source;
    to[3] = &x->family;
    x->at_us = m->at_us;
    x->specific = m->specific;
    x->located = m->has_location;
    x->lat_e6 = m->has_location ? m->lat_e6 : 0;
    x->lon_e6 = m->has_location ? m->lon_e6 : 0;
    x->n_names = (uint32_t)n_names;
    if (n_names > 0)
        memcpy(x->names, names, n_names * sizeof *names);
    char *at = (char *)(x->names + n_names);
    for (size_t i = 0; i < 4; i++) {
        *to[i] = at;
        at = stpcpy(at, word[i]) + 1;
    }
    return x;
}

/* ---- room ---- */

/* Makes *array hold `cap` items, the new ones zero. */
static bool grow(void *array, size_t size, size_t old, size_t cap)
{
    void *was, *grown;
    memcpy(&was, array, sizeof was);
    grown = realloc(was, cap * size);
    if (!grown)
        return false;
    memset((char *)grown + old * size, 0, (cap - old) * size);
    memcpy(array, &grown, sizeof grown);
    return true;
}

static size_t place_of_id(struct qp_lead_entry *const *by_id, size_t mask, const char *id, uint32_t hash)
{
    size_t i = hash & mask;
    while (by_id[i] && (by_id[i]->id_hash != hash || strcmp(by_id[i]->id, id) != 0))
        i = (i + 1) & mask;
    return i;
}

static int ids_room(struct qp_leads *l)
{
    if (l->by_id && (l->n + 1) * 2 <= l->id_mask + 1)
        return 0;
    size_t size = !l->by_id ? FIRST : (l->id_mask + 1) * 2;
    struct qp_lead_entry **table = calloc(size, sizeof *table);
    if (!table)
        return QP_ENOMEM;
    for (size_t i = 0; l->by_id && i <= l->id_mask; i++) {
        struct qp_lead_entry *x = l->by_id[i];
        if (x)
            table[place_of_id(table, size - 1, x->id, x->id_hash)] = x;
    }
    free(l->by_id);
    l->by_id = table;
    l->id_mask = size - 1;
    return 0;
}

int qp_shelf_room(struct qp_leads *l, struct qp_err *e)
{
    if (l->n >= QP_LEAD_MOST)
        return qp_fail(e, QP_EFULL, "%zu matters are compared for leads, more are not: let old ones go",
                       l->n);
    if (l->n == l->cap) {
        size_t cap = l->cap == 0 ? FIRST : (size_t)l->cap * 2;
        /* A search writes one behind the end of touched[]. */
        if (!grow(&l->slot, sizeof *l->slot, l->cap, cap) ||
            !grow(&l->inverse, sizeof *l->inverse, l->cap, cap) ||
            !grow(&l->dot, sizeof *l->dot, l->cap, cap) ||
            !grow(&l->touched, sizeof *l->touched, l->cap, cap + 1) ||
            !grow(&l->vacant, sizeof *l->vacant, l->cap, cap) || !grow(&l->due, sizeof *l->due, l->cap, cap))
            return qp_fail(e, QP_ENOMEM, "no memory to compare another matter");
        l->cap = (uint32_t)cap;
    }
    return !ids_room(l) ? 0 : qp_fail(e, QP_ENOMEM, "no memory to compare another matter");
}

/* ---- the oldest ---- */

/* Of a lead, whose matters are all due at the same time, its newest goes last: the others live by it. */
static bool older(const struct qp_lead_due *a, const struct qp_lead_due *b)
{
    if (a->at_us != b->at_us)
        return a->at_us < b->at_us;
    if (a->entry->at_us != b->entry->at_us)
        return a->entry->at_us < b->entry->at_us;
    return a->entry->seq < b->entry->seq;
}

static void due_up(struct qp_lead_due *due, size_t i)
{
    struct qp_lead_due x = due[i];
    for (; i > 0 && older(&x, &due[(i - 1) / 2]); i = (i - 1) / 2)
        due[i] = due[(i - 1) / 2];
    due[i] = x;
}

static void due_down(struct qp_lead_due *due, size_t n, size_t i)
{
    struct qp_lead_due x = due[i];
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        child += child + 1 < n && older(&due[child + 1], &due[child]);
        if (!older(&due[child], &x))
            break;
        due[i] = due[child];
    }
    due[i] = x;
}

static void due_refresh(struct qp_leads *l)
{
    for (size_t i = 0; i < l->n; i++)
        l->due[i].at_us = l->due[i].entry->group->last_us;
    for (size_t i = l->n / 2; i-- > 0;)
        due_down(l->due, l->n, i);
    l->stale = false;
}

/* ---- on and off ---- */

static uint32_t hash_of(const char *id)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (; *id != 0; id++)
        h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
    return (uint32_t)(h ^ h >> 32);
}

int qp_shelf_put(struct qp_leads *l, struct qp_lead_entry *x)
{
    assert(l->n < l->cap);
    x->slot = l->n_vacant > 0 ? l->vacant[l->n_vacant - 1] : l->slots;
    if (qp_postings_put(&l->postings, &x->sketch, x->slot))
        return QP_ENOMEM;
    if (l->n_vacant > 0)
        l->n_vacant--;
    else
        l->slots++;
    x->id_hash = hash_of(x->id);
    l->slot[x->slot] = x;
    l->inverse[x->slot] = qp_lead_inverse(&x->sketch);
    l->by_id[place_of_id(l->by_id, l->id_mask, x->id, x->id_hash)] = x;
    l->due[l->n] = (struct qp_lead_due){x->at_us, x};
    due_up(l->due, l->n++);
    return 0;
}

/* Whoever stands behind the gap and would be looked for from before it moves up. */
static void id_drop(struct qp_leads *l, const struct qp_lead_entry *x)
{
    size_t gap = place_of_id(l->by_id, l->id_mask, x->id, x->id_hash), mask = l->id_mask;
    assert(l->by_id[gap] == x);
    l->by_id[gap] = NULL;
    for (size_t i = (gap + 1) & mask; l->by_id[i]; i = (i + 1) & mask) {
        size_t home = l->by_id[i]->id_hash & mask;
        if (((i - home) & mask) < ((i - gap) & mask))
            continue;
        l->by_id[gap] = l->by_id[i];
        l->by_id[i] = NULL;
        gap = i;
    }
}

struct qp_lead_entry *qp_shelf_oldest(struct qp_leads *l, int64_t before_us)
{
    if (l->stale)
        due_refresh(l);
    while (l->n > 0 && l->due[0].at_us < before_us) {
        struct qp_lead_entry *x = l->due[0].entry;
        assert(x->group && x->group->last_us >= l->due[0].at_us);
        if (x->group->last_us != l->due[0].at_us) { /* its lead has had news since */
            l->due[0].at_us = x->group->last_us;
            due_down(l->due, l->n, 0);
            continue;
        }
        qp_postings_drop(&l->postings, &x->sketch, x->slot);
        id_drop(l, x);
        l->slot[x->slot] = NULL;
        l->vacant[l->n_vacant++] = x->slot;
        l->due[0] = l->due[--l->n];
        if (l->n > 0)
            due_down(l->due, l->n, 0);
        return x;
    }
    return NULL;
}

struct qp_lead_entry *qp_shelf_find(const struct qp_leads *l, const char *id)
{
    return !l->by_id ? NULL : l->by_id[place_of_id(l->by_id, l->id_mask, id, hash_of(id))];
}

int qp_shelf_replace(struct qp_leads *l, struct qp_lead_entry *x, const struct qp_lead_sketch *s)
{
    struct qp_lead_sketch old = x->sketch;
    if (memcmp(&old, s, sizeof old) == 0)
        return 0;
    if (qp_postings_room(&l->postings, 2 * QP_LEAD_TERMS)) /* then nothing is moved below */
        return QP_ENOMEM;
    qp_postings_drop(&l->postings, &old, x->slot);
    if (qp_postings_put(&l->postings, s, x->slot)) {
        int rc = qp_postings_put(&l->postings, &old, x->slot);
        assert(!rc); /* its lists have the room that it has just left */
        (void)rc;
        return QP_ENOMEM;
    }
    x->sketch = *s;
    l->inverse[x->slot] = qp_lead_inverse(s);
    return 0;
}
