/* gather.c: a hash table of the cells that a turn touches, and the pass that writes them. Called by board.c.
 *
 * Most turns touch the same cells again and again (the same day, the same areas): adding is one look-up and a
 * few additions in one cache line, and LMDB sees each cell once a turn, in the order of its keys. */
#include "node/insight/gather.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/sketch.h"

#define NONE UINT32_MAX
enum { SLOTS_FIRST = 1024 };

struct cell {
    struct qp_cell_key key;
    int32_t n[QP_FIGURES];
    uint32_t handled; /* newest entry of `pending`, or NONE */
};

struct pending {
    struct qp_handled h;
    uint32_t next;
};

struct slot {
    uint32_t round; /* filled in this round only: a reset is one increment */
    uint32_t cell;
};

struct qp_gather {
    struct cell *cells;
    uint32_t n, cap;
    struct slot *slots; /* a power of two, at most half full */
    uint32_t n_slots, round;
    struct pending *pending;
    uint32_t n_pending, cap_pending;
    bool no_memory;
};

struct qp_gather *qp_gather_new(void)
{
    struct qp_gather *g = calloc(1, sizeof *g);
    if (g == NULL)
        return NULL;
    g->n_slots = SLOTS_FIRST;
    g->round = 1;
    g->slots = calloc(g->n_slots, sizeof *g->slots);
    if (g->slots == NULL) {
        free(g);
        return NULL;
    }
    return g;
}

void qp_gather_free(struct qp_gather *g)
{
    if (g == NULL)
        return;
    free(g->pending);
    free(g->slots);
    free(g->cells);
    free(g);
}

void qp_gather_reset(struct qp_gather *g)
{
    g->n = 0;
    g->n_pending = 0;
    g->no_memory = false;
    if (++g->round == 0) {
        memset(g->slots, 0, g->n_slots * sizeof *g->slots);
        g->round = 1;
    }
}

/* ---- adding ---- */

static uint32_t key_hash(const struct qp_cell_key *k)
{
    uint64_t small = (uint64_t)(uint32_t)k->bucket << 16 | (uint64_t)k->dimension << 8 | k->grain;
    uint64_t h = (k->area ^ small) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 32 ^ k->value) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(h >> 32);
}

static struct slot *slot_of(const struct qp_gather *g, const struct qp_cell_key *k)
{
    uint32_t i = key_hash(k) & (g->n_slots - 1);
    while (g->slots[i].round == g->round && qp_cell_key_cmp(&g->cells[g->slots[i].cell].key, k) != 0)
        i = (i + 1) & (g->n_slots - 1);
    return &g->slots[i];
}

static bool grow(struct qp_gather *g)
{
    uint32_t cap = g->n_slots; /* twice the slots hold that many cells */
    struct cell *cells = realloc(g->cells, cap * sizeof *cells);
    if (cells == NULL)
        return false;
    g->cells = cells;
    if (g->cap > 0) {
        struct slot *slots = calloc((size_t)g->n_slots * 2, sizeof *slots);
        if (slots == NULL)
            return false;
        free(g->slots);
        g->slots = slots;
        g->n_slots *= 2;
        g->round = 1;
        for (uint32_t i = 0; i < g->n; i++)
            *slot_of(g, &g->cells[i].key) = (struct slot){g->round, i};
    }
    g->cap = g->n_slots / 2;
    return true;
}

static struct cell *cell_of(struct qp_gather *g, const struct qp_cell_key *k)
{
    struct slot *s = slot_of(g, k);
    if (s->round == g->round)
        return &g->cells[s->cell];
    if (g->n == g->cap) {
        if (!grow(g))
            return NULL;
        s = slot_of(g, k);
    }
    struct cell *c = &g->cells[g->n];
    *c = (struct cell){.key = *k, .handled = NONE};
    *s = (struct slot){g->round, g->n++};
    return c;
}

static bool pending_add(struct qp_gather *g, struct cell *c, const struct qp_handled *h)
{
    if (c->handled != NONE && g->pending[c->handled].h.bucket == h->bucket) {
        g->pending[c->handled].h.count += h->count;
        return true;
    }
    if (g->n_pending == g->cap_pending) {
        uint32_t cap = g->cap_pending > 0 ? g->cap_pending * 2 : 1024;
        struct pending *p = realloc(g->pending, cap * sizeof *p);
        if (p == NULL)
            return false;
        g->pending = p;
        g->cap_pending = cap;
    }
    g->pending[g->n_pending] = (struct pending){*h, c->handled};
    c->handled = g->n_pending++;
    return true;
}

void qp_gather_add(struct qp_gather *g, const struct qp_cell_key *k, const int32_t n[QP_FIGURES],
                   const struct qp_handled *handled, size_t n_handled)
{
    struct cell *c = cell_of(g, k);
    if (c == NULL) {
        g->no_memory = true;
        return;
    }
    for (int i = 0; i < QP_FIGURES; i++)
        c->n[i] += n[i];
    for (size_t i = 0; i < n_handled; i++)
        if (!pending_add(g, c, &handled[i]))
            g->no_memory = true;
}

/* ---- writing ---- */

static int cell_order(const void *a, const void *b)
{
    return qp_cell_key_cmp(&(*(struct cell *const *)a)->key, &(*(struct cell *const *)b)->key);
}

static int change_order(const void *a, const void *b)
{
    const struct qp_sketch_change *x = a, *y = b;
    return (x->bucket > y->bucket) - (x->bucket < y->bucket);
}

/* Puts `len` bytes under a key where the cursor found an entry or none; 0 bytes delete. Returns LMDB's code.
 */
static int entry_write(MDB_cursor *c, uint8_t packed[QP_CELL_KEY_LEN], bool found, const uint8_t *bytes,
                       size_t len)
{
    if (len == 0)
        return found ? mdb_cursor_del(c, 0) : 0;
    MDB_val key = {QP_CELL_KEY_LEN, packed}, val = {len, (void *)(uintptr_t)bytes};
    return mdb_cursor_put(c, &key, &val, 0);
}

static int entry_find(MDB_cursor *c, const struct cell *cell, uint8_t packed[QP_CELL_KEY_LEN], MDB_val *old)
{
    qp_cell_key_pack(packed, &cell->key);
    MDB_val key = {QP_CELL_KEY_LEN, packed};
    *old = (MDB_val){0, NULL};
    return mdb_cursor_get(c, &key, old, MDB_SET);
}

static int misfit(const struct cell *cell, struct qp_err *e)
{
    return qp_fail(e, QP_ECORRUPT,
                   "the board's cell %016llx %d/%d/%d %016llx does not fit the matters: run qipan rebuild",
                   (unsigned long long)cell->key.area, cell->key.dimension, cell->key.grain,
                   (int)cell->key.bucket, (unsigned long long)cell->key.value);
}

static int cells_write(MDB_cursor *c, struct cell *const *sorted, uint32_t n, struct qp_err *e)
{
    for (uint32_t i = 0; i < n; i++) {
        uint8_t packed[QP_CELL_KEY_LEN], bytes[QP_CELL_MAX];
        int64_t sum[QP_FIGURES] = {0};
        int32_t any = 0;
        for (int f = 0; f < QP_FIGURES; f++)
            any |= sorted[i]->n[f];
        if (any == 0)
            continue; /* what came went again in the same turn */
        MDB_val old;
        int rc = entry_find(c, sorted[i], packed, &old);
        if (rc != 0 && rc != MDB_NOTFOUND)
            return qp_store_error(rc, "reading the board", e);
        if (rc == 0 && qp_cell_read(sum, old.mv_data, old.mv_size) != QP_OK)
            return misfit(sorted[i], e);
        for (int f = 0; f < QP_FIGURES; f++) {
            sum[f] += sorted[i]->n[f];
            if (sum[f] < 0)
                return misfit(sorted[i], e);
        }
        rc = entry_write(c, packed, rc == 0, bytes, qp_cell_pack(bytes, sum));
        if (rc != 0)
            return qp_store_error(rc, "writing the board", e);
    }
    return QP_OK;
}

/* Room that grows with the largest sketch. */
struct scratch {
    struct qp_sketch_change *changes;
    size_t n_changes;
    uint8_t *bytes;
    size_t n_bytes;
};

/* The pending handling times of a cell, ascending, each bucket once, none zero. Returns how many. */
static size_t changes_of(struct scratch *s, const struct qp_gather *g, const struct cell *c)
{
    size_t n = 0, out = 0;
    for (uint32_t i = c->handled; i != NONE; i = g->pending[i].next)
        s->changes[n++] = (struct qp_sketch_change){g->pending[i].h.bucket, g->pending[i].h.count};
    if (n > 1)
        qsort(s->changes, n, sizeof *s->changes, change_order);
    for (size_t i = 0; i < n;) {
        struct qp_sketch_change x = s->changes[i++];
        while (i < n && s->changes[i].bucket == x.bucket)
            x.count += s->changes[i++].count;
        if (x.count != 0)
            s->changes[out++] = x;
    }
    return out;
}

static int sketch_write(MDB_cursor *c, struct scratch *s, const struct qp_gather *g, const struct cell *cell,
                        struct qp_err *e)
{
    size_t n = changes_of(s, g, cell), len;
    if (n == 0)
        return QP_OK;
    uint8_t packed[QP_CELL_KEY_LEN];
    MDB_val old;
    int rc = entry_find(c, cell, packed, &old);
    if (rc != 0 && rc != MDB_NOTFOUND)
        return qp_store_error(rc, "reading the board", e);
    size_t need = old.mv_size + n * QP_SKETCH_PAIR_MAX;
    if (need > s->n_bytes) {
        uint8_t *bytes = realloc(s->bytes, need * 2);
        if (bytes == NULL)
            return qp_fail(e, QP_ENOMEM, "no memory for the board's sketches");
        s->bytes = bytes;
        s->n_bytes = need * 2;
    }
    if (qp_sketch_patch(s->bytes, &len, old.mv_data, old.mv_size, s->changes, n) != QP_OK)
        return misfit(cell, e);
    rc = entry_write(c, packed, rc == 0, s->bytes, len);
    return rc == 0 ? QP_OK : qp_store_error(rc, "writing the board", e);
}

static int sketches_write(MDB_cursor *c, const struct qp_gather *g, struct cell *const *sorted,
                          struct qp_err *e)
{
    if (g->n_pending == 0)
        return QP_OK;
    struct scratch s = {.changes = malloc(g->n_pending * sizeof *s.changes)};
    int rc = s.changes != NULL ? QP_OK : qp_fail(e, QP_ENOMEM, "no memory for the board's sketches");
    for (uint32_t i = 0; i < g->n && rc == QP_OK; i++)
        if (sorted[i]->handled != NONE)
            rc = sketch_write(c, &s, g, sorted[i], e);
    free(s.bytes);
    free(s.changes);
    return rc;
}

static int cursor_open(MDB_cursor **c, struct qp_txn *t, enum qp_table table, struct qp_err *e)
{
    int rc = mdb_cursor_open(t->tables, qp_store_dbi(t->store, table), c);
    return rc == 0 ? QP_OK : qp_store_error(rc, "writing the board", e);
}

int qp_gather_flush(struct qp_gather *g, struct qp_txn *t, struct qp_err *e)
{
    if (g->n == 0 && !g->no_memory)
        return QP_OK;
    struct cell **sorted = g->no_memory ? NULL : malloc(g->n * sizeof *sorted);
    if (sorted == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory for the board's cells");
    for (uint32_t i = 0; i < g->n; i++)
        sorted[i] = &g->cells[i];
    qsort(sorted, g->n, sizeof *sorted, cell_order);
    MDB_cursor *cells = NULL, *sketches = NULL;
    int rc = cursor_open(&cells, t, QP_T_CELL, e);
    if (rc == QP_OK)
        rc = cells_write(cells, sorted, g->n, e);
    if (rc == QP_OK)
        rc = cursor_open(&sketches, t, QP_T_SKETCH, e);
    if (rc == QP_OK)
        rc = sketches_write(sketches, g, sorted, e);
    if (sketches != NULL)
        mdb_cursor_close(sketches);
    if (cells != NULL)
        mdb_cursor_close(cells);
    free(sorted);
    return rc;
}
