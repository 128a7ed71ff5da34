/* rows.c: a turn's changed rows into the tables: the row itself, what has to change in its indexes, its board
 * contribution.
 *
 *   rows, sorted by id ─► QP_T_MATTER; others are told (changed)
 *        └─ what the new row has and the old one has not, and the other way round
 *              └─► sorted by (table, key) ─► put, del
 *
 * Called by qp_matter_flush, or at the end of each call without a qp_pending. The tables after it depend on
 * the rows alone, not on how a turn came to them: a rebuild writes the same bytes. */
#include "node/matter/pending.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "node/matter/beside.h"
#include "node/matter/fold.h"
#include "node/matter/lifecycle.h"
#include "node/matter/order.h"
#include "node/matter/prolong.h"

/* ---- index entries ---- */
enum { ENTRIES_MAX = 12 + QP_PATH_DEPTH + 4 + 3 * QP_CLOCKS + QP_ATTACHMENTS };

struct list {
    struct qp_index_change v[ENTRIES_MAX];
    size_t n;
};

static struct qp_index_change *add(struct list *l, enum qp_table table, size_t len)
{
    assert(l->n < ENTRIES_MAX && len <= QP_INDEX_KEY);
    struct qp_index_change *c = &l->v[l->n++];
    *c = (struct qp_index_change){.table = (uint8_t)table, .len = (uint8_t)len};
    return c;
}

static void add_index(struct list *l, enum qp_index_kind kind, uint64_t code, const Qp__Face *f)
{
    struct qp_index_change *c = add(l, QP_T_INDEX, QP_INDEX_KEY);
    c->key[0] = (uint8_t)kind;
    qp_be64(c->key + 1, code);
    memcpy(c->key + 9, f->id.data, QP_ID_LEN);
}

static void add_number(struct list *l, enum qp_table table, uint64_t number, const Qp__Face *f)
{
    struct qp_index_change *c = add(l, table, 8 + QP_ID_LEN);
    qp_be64(c->key, number);
    memcpy(c->key + 8, f->id.data, QP_ID_LEN);
}

/* Everything between this node and the matter's own area; none for what lies elsewhere or at this node. */
static void add_areas(struct list *l, struct qp_matters *m, const Qp__Face *f)
{
    size_t own = strlen(m->self_path), len = strlen(f->area);
    if (len <= own || len >= QP_PATH_MAX || memcmp(f->area, m->self_path, own) != 0 || f->area[own] != '/')
        return;
    char prefix[QP_PATH_MAX];
    memcpy(prefix, f->area, len + 1);
    int depth = 0;
    for (size_t i = own + 1; i <= len && depth < QP_PATH_DEPTH; i++) {
        if (f->area[i] != '/' && f->area[i] != 0)
            continue;
        prefix[i] = 0;
        add_index(l, QP_INDEX_AREA, qp_pending_code(m->pending, prefix), f);
        prefix[i] = f->area[i];
        depth++;
    }
}

/* Each running clock's due, and which of them are over. The close clock's is the deadline. */
static void add_clocks(struct list *l, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    for (size_t i = 0; i < f->n_clocks; i++) {
        const Qp__Clock *c = f->clocks[i];
        if (row->overdue_stages & 1u << c->stage)
            add_index(l, QP_INDEX_OVERDUE, QP_OVERDUE_STAGE + c->stage, f);
        if (qp_stage_due(f, c) != 0)
            add_number(l, QP_T_DEADLINE, (uint64_t)qp_stage_due(f, c), f);
        if (qp_face_is_open(f) && qp_clock_said_remind(c) != 0)
            add_number(l, QP_T_DEADLINE, (uint64_t)qp_clock_said_remind(c), f);
    }
    if (row->remind_stages != 0)
        add_index(l, QP_INDEX_OVERDUE, QP_DUE_SOON, f);
}

/* All entries that a row has: a pure function of it. */
static void entries(struct list *l, struct qp_matters *m, const Qp__Row *row)
{
    l->n = 0;
    if (!row)
        return;
    const Qp__Face *f = row->face;
    struct qp_pending *p = m->pending;
    add_index(l, QP_INDEX_STATE, f->state, f);
    add_index(l, QP_INDEX_CATEGORY, qp_pending_code(p, f->category), f);
    add_index(l, QP_INDEX_SOURCE, qp_pending_code(p, f->source), f);
    if (*f->desk)
        add_index(l, QP_INDEX_DESK, qp_pending_code(p, f->desk), f);
    add_index(l, QP_INDEX_HOLDER, qp_pending_code(p, f->holder_path), f);
    add_areas(l, m, f);
    if (f->urgency > QP_ROUTINE)
        add_index(l, QP_INDEX_URGENCY, f->urgency, f);
    if (row->overdue)
        add_index(l, QP_INDEX_OVERDUE, 1, f);
    if (qp_beside_urge(row) && qp_face_is_open(f))
        add_index(l, QP_INDEX_URGED, 1, f);
    if (f->offer)
        add_index(l, QP_INDEX_OFFERED, qp_pending_code(p, f->offer->to_path), f);
    if (f->state == QP_MERGED || (f->state == QP_CLOSED && *f->duplicate_of))
        add_index(l, QP_INDEX_POINTS, qp_points_code(f), f);
    for (size_t i = 0; i < f->n_attachments; i++)
        add_index(l, QP_INDEX_FILE, qp_rd64(f->attachments[i]->hash.data), f);
    add_clocks(l, row);
    add_number(l, QP_T_UPDATED, (uint64_t)f->updated_us, f);
    if (row->arrived > 0)
        add_number(l, QP_T_ARRIVED, row->arrived, f);
    if (qp_has_deadline(f))
        add_number(l, QP_T_DEADLINE, (uint64_t)f->deadline_us, f);
}

static bool has(const struct list *l, const struct qp_index_change *c)
{
    for (size_t i = 0; i < l->n; i++)
        if (memcmp(&l->v[i], c, QP_INDEX_CHANGE_COMPARED) == 0)
            return true;
    return false;
}

/* What is in `a` and not in `b`. */
static size_t differ(struct qp_index_change *out, const struct list *a, const struct list *b, bool gone)
{
    size_t n = 0;
    for (size_t i = 0; i < a->n; i++) {
        if (has(b, &a->v[i]))
            continue;
        out[n] = a->v[i];
        out[n++].gone = gone;
    }
    return n;
}

static int by_id(const void *a, const void *b)
{
    return memcmp((*(struct qp_entry *const *)a)->id, (*(struct qp_entry *const *)b)->id, QP_ID_LEN);
}

static int change_one(MDB_cursor *cursor, const struct qp_index_change *c)
{
    MDB_val k = {c->len, (void *)(uintptr_t)c->key}, v = {0, NULL};
    if (!c->gone)
        return mdb_cursor_put(cursor, &k, &v, 0);
    int rc = mdb_cursor_get(cursor, &k, &v, MDB_SET);
    if (!rc)
        rc = mdb_cursor_del(cursor, 0);
    return rc == MDB_NOTFOUND ? 0 : rc;
}

static int write_changes(struct qp_matters *m, struct qp_index_change *v, size_t n, struct qp_err *e)
{
    v = qp_changes_order(v, n, m->pending->arena);
    MDB_cursor *cursor = NULL;
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++) {
        if (i == 0 || v[i].table != v[i - 1].table) {
            if (cursor)
                mdb_cursor_close(cursor);
            cursor = NULL;
            rc = mdb_cursor_open(m->txn->tables, qp_store_dbi(m->txn->store, v[i].table), &cursor);
        }
        if (!rc)
            rc = change_one(cursor, &v[i]);
    }
    if (cursor)
        mdb_cursor_close(cursor);
    return !rc ? 0 : qp_store_error(rc, "writing the matters' indexes", e);
}

static int write_rows(struct qp_matters *m, struct qp_entry **v, size_t n, struct qp_err *e)
{
    MDB_cursor *cursor;
    int rc = mdb_cursor_open(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_MATTER), &cursor);
    if (rc)
        return qp_store_error(rc, "writing matters", e);
    for (size_t i = 0; i < n && !rc; i++) {
        size_t len;
        const uint8_t *bytes = qp_encode_brief(&v[i]->row->base, m->arena, &len);
        MDB_val k = {QP_ID_LEN, v[i]->id}, data = {len, (void *)bytes};
        rc = bytes ? mdb_cursor_put(cursor, &k, &data, 0) : ENOMEM;
    }
    mdb_cursor_close(cursor);
    return !rc ? 0 : qp_store_error(rc, "writing matters", e);
}

/* References never change: they are written with the row's first writing. By the text itself, not a hash of
 * it: a source counts its references up, so that the new ones stand together. */
static int write_refs(struct qp_matters *m, struct qp_entry **v, size_t n, struct qp_err *e)
{
    MDB_cursor *cursor = NULL;
    int rc = 0;
    for (size_t i = 0; i < n && !rc; i++) {
        const char *ref = v[i]->row->face->source_ref;
        if (v[i]->stored || !*ref)
            continue;
        if (!cursor)
            rc = mdb_cursor_open(m->txn->tables, qp_store_dbi(m->txn->store, QP_T_REF), &cursor);
        uint8_t key[QP_REF_KEY_MAX];
        MDB_val k = {qp_ref_key(key, ref, v[i]->id), key}, none = {0, NULL};
        if (!rc)
            rc = mdb_cursor_put(cursor, &k, &none, 0);
    }
    if (cursor)
        mdb_cursor_close(cursor);
    return !rc ? 0 : qp_store_error(rc, "writing source references", e);
}

static int reserve(struct qp_pending *p, size_t n, struct qp_err *e)
{
    if (n <= p->changes_cap)
        return 0;
    size_t cap = p->changes_cap ? p->changes_cap * 2 : 1024;
    struct qp_index_change *more = realloc(p->changes, (cap > n ? cap : n) * sizeof *more);
    if (!more)
        return qp_fail(e, QP_ENOMEM, "no memory for the indexes of a turn");
    p->changes = more;
    p->changes_cap = cap > n ? cap : n;
    return 0;
}

/* ---- the place ---- */
static const char PLACE[] = "place";

static int note_place(struct qp_matters *m, struct qp_err *e)
{
    if (m->pending->has_place)
        return 0;
    m->pending->has_place = true;
    MDB_dbi meta = qp_store_dbi(m->txn->store, QP_T_META);
    return qp_put(m->txn->tables, meta, PLACE, sizeof PLACE - 1, m->self_path, strlen(m->self_path), e);
}

void qp_place_read(struct qp_read *r, char out[QP_PATH_MAX])
{
    MDB_val v = {0, NULL};
    MDB_dbi meta = qp_store_dbi(r->store, QP_T_META);
    bool found = !qp_get(r->tables, meta, PLACE, sizeof PLACE - 1, &v) && v.mv_size < QP_PATH_MAX;
    if (found)
        memcpy(out, v.mv_data, v.mv_size);
    out[found ? v.mv_size : 0] = 0;
}

/* Moves the changed entries to the front, in the order of their ids. */
static size_t changed(struct qp_pending *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n; i++)
        if (p->entries[i]->dirty)
            p->entries[n++] = p->entries[i];
    if (n > 1)
        qsort(p->entries, n, sizeof *p->entries, by_id);
    return n;
}

int qp_pending_write(struct qp_matters *m, struct qp_err *e)
{
    struct qp_pending *p = m->pending;
    size_t rows = changed(p), n = 0;
    int rc = 0;
    for (size_t i = 0; i < rows && !rc; i++) {
        struct qp_entry *entry = p->entries[i];
        struct list before, after;
        /* the one change of a row that was handed out: numbers that only boards and lists read */
        Qp__Row *row = (Qp__Row *)(uintptr_t)entry->row;
        qp_board_buckets(row, m->zone);
        row->arrived = entry->arrived > 0 ? entry->arrived : row->arrived;
        entries(&before, m, entry->stored);
        entries(&after, m, row);
        rc = reserve(p, n + before.n + after.n, e);
        if (rc)
            break;
        n += differ(p->changes + n, &before, &after, true);
        n += differ(p->changes + n, &after, &before, false);
        if (m->changed)
            m->changed(m->changed_arg, entry->stored, row);
    }
    if (!rc && rows > 0)
        rc = note_place(m, e);
    if (!rc && rows > 0)
        rc = write_rows(m, p->entries, rows, e);
    if (!rc && rows > 0)
        rc = write_refs(m, p->entries, rows, e);
    if (!rc && rows > 0)
        rc = qp_fold_write(m, p->entries, rows, e);
    if (!rc && n > 0)
        rc = write_changes(m, p->changes, n, e);
    qp_pending_empty(p);
    return rc;
}
