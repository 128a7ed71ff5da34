/* look.c: the rig's eyes: what the nodes' tables say, worked out a second time from the rows. */
#include "node/matter/beside.h"
#include "node/matter/face.h"
#include "node/matter/pending.h"
#include "tests/unit/matter/rig.h"

const Qp__Row *rig_row(struct rig *r, int node, matter m)
{
    Qp__Row *row;
    int rc = qp_matter_row(&r->nodes[node].m, m.b, &row, &r->e);
    if (rc == QP_ENOTFOUND)
        return NULL;
    if (rc)
        fail_msg("%s", r->e.text);
    return row;
}

const Qp__Face *rig_face_at(struct rig *r, int node, matter m)
{
    const Qp__Row *row = rig_row(r, node, m);
    if (!row)
        fail_msg("%s does not know the matter", r->nodes[node].path);
    return row->face;
}

static size_t packed(struct rig *r, const Qp__Face *f, uint8_t **out)
{
    size_t len = qp__face__get_packed_size(f);
    *out = qp_arena_take(r->arena, len + 1);
    return qp__face__pack(f, *out);
}

bool rig_same_face(struct rig *r, int a, int b, matter m)
{
    uint8_t *x, *y;
    size_t x_len = packed(r, rig_face_at(r, a, m), &x), y_len = packed(r, rig_face_at(r, b, m), &y);
    return x_len == y_len && memcmp(x, y, x_len) == 0;
}

void rig_assert_same(struct rig *r, matter m)
{
    int first = -1;
    for (int i = 0; i < NODES; i++) {
        if (!rig_row(r, i, m))
            continue;
        if (first < 0)
            first = i;
        else if (!rig_same_face(r, first, i, m))
            fail_msg("%s and %s do not see the same matter", r->nodes[first].path, r->nodes[i].path);
    }
}

int rig_holders(struct rig *r, matter m)
{
    int n = 0;
    for (int i = 0; i < NODES; i++) {
        const Qp__Row *row = rig_row(r, i, m);
        n += row && qp_id_is(row->face->holder, r->nodes[i].id) && !row->face->offer;
    }
    return n;
}

/* ---- tables ---- */
struct check {
    struct rig *r;
    struct node *n;
    struct qp_board *board; /* worked out again from the rows */
    size_t entries;
};

static bool there(struct check *c, enum qp_table t, const uint8_t *key, size_t len)
{
    MDB_val v;
    c->entries++;
    return !qp_get(c->n->t.tables, qp_store_dbi(c->n->s, t), key, len, &v);
}

static void index_there(struct check *c, int kind, uint64_t code, const Qp__Face *f)
{
    uint8_t key[QP_INDEX_KEY];
    key[0] = (uint8_t)kind;
    qp_be64(key + 1, code);
    memcpy(key + 9, f->id.data, QP_ID_LEN);
    if (!there(c, QP_T_INDEX, key, sizeof key))
        fail_msg("index entry %d is missing", kind);
}

static void number_there(struct check *c, enum qp_table t, uint64_t number, const Qp__Face *f)
{
    uint8_t key[8 + QP_ID_LEN];
    qp_be64(key, number);
    memcpy(key + 8, f->id.data, QP_ID_LEN);
    if (!there(c, t, key, sizeof key))
        fail_msg("an entry of %s is missing", qp_table_name(t));
}

/* Two that are due at one moment share an entry. */
static void check_clocks(struct check *c, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    for (size_t i = 0; i < f->n_clocks; i++) {
        int64_t due = qp_stage_due(f, f->clocks[i]);
        bool twice = due == f->deadline_us;
        for (size_t k = 0; k < i; k++)
            twice |= due == qp_stage_due(f, f->clocks[k]);
        if (row->overdue_stages & 1u << f->clocks[i]->stage)
            index_there(c, 8, 16 + f->clocks[i]->stage, f);
        if (due != 0 && !twice)
            number_there(c, QP_T_DEADLINE, (uint64_t)due, f);
    }
}

static void check_row(struct check *c, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    assert_null(qp_face_fault(f));
    index_there(c, 1, f->state, f);
    index_there(c, 2, qp_code(f->category), f);
    index_there(c, 3, qp_code(f->source), f);
    if (*f->desk)
        index_there(c, 4, qp_code(f->desk), f);
    index_there(c, 5, qp_code(f->holder_path), f);
    char prefix[QP_PATH_MAX];
    for (int i = 1; i <= qp_path_depth(f->area); i++) {
        qp_path_prefix(prefix, f->area, i);
        if (qp_path_within(prefix, c->n->path) && strcmp(prefix, c->n->path) != 0)
            index_there(c, 6, qp_code(prefix), f);
    }
    if (f->urgency > QP_ROUTINE)
        index_there(c, 7, f->urgency, f);
    if (row->overdue)
        index_there(c, 8, 1, f);
    bool urged = false;
    for (size_t i = 0; i < row->n_beside; i++)
        urged |= row->beside[i]->kind == 3;
    if (urged && f->state != QP_CLOSED && f->state != QP_MERGED)
        index_there(c, 10, 1, f);
    if (f->offer)
        index_there(c, 9, qp_code(f->offer->to_path), f);
    uint8_t id[QP_ID_LEN];
    if (f->state == QP_MERGED)
        index_there(c, 11, qp_rd64(f->merged_into.data), f);
    else if (f->state == QP_CLOSED && *f->duplicate_of)
        index_there(c, 11, !qp_id_parse(id, f->duplicate_of) ? qp_rd64(id) : qp_code(f->duplicate_of), f);
    for (size_t i = 0; i < f->n_attachments; i++)
        index_there(c, 12, qp_rd64(f->attachments[i]->hash.data), f);
    number_there(c, QP_T_UPDATED, (uint64_t)f->updated_us, f);
    if (row->arrived > 0)
        number_there(c, QP_T_ARRIVED, row->arrived, f);
    if (f->deadline_us && f->state != QP_CLOSED && f->state != QP_MERGED)
        number_there(c, QP_T_DEADLINE, (uint64_t)f->deadline_us, f);
    check_clocks(c, row);
    uint8_t key[QP_REF_KEY_MAX];
    if (*f->source_ref && !there(c, QP_T_REF, key, qp_ref_key(key, f->source_ref, f->id.data)))
        fail_msg("the reference is missing");
    qp_board_change(c->board, NULL, row);
}

static void each(struct rig *r, struct node *n, enum qp_table t, void (*call)(void *, MDB_val, MDB_val),
                 void *arg)
{
    (void)r;
    MDB_cursor *cursor;
    MDB_val k, v;
    assert_int_equal(mdb_cursor_open(n->t.tables, qp_store_dbi(n->s, t), &cursor), 0);
    for (int rc = mdb_cursor_get(cursor, &k, &v, MDB_FIRST); !rc;
         rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT))
        call(arg, k, v);
    mdb_cursor_close(cursor);
}

static void check_one(void *arg, MDB_val k, MDB_val v)
{
    struct check *c = arg;
    Qp__Row *row;
    assert_int_equal(k.mv_size, QP_ID_LEN);
    if (qp_row_decode(&row, v, c->r->arena, &c->r->e))
        fail_msg("%s", c->r->e.text);
    check_row(c, row);
}

static size_t entries(struct node *n, enum qp_table t)
{
    MDB_stat s;
    assert_int_equal(mdb_stat(n->t.tables, qp_store_dbi(n->s, t), &s), 0);
    return s.ms_entries;
}

struct hashing {
    struct qp_hash h;
};

static void hash_one(void *arg, MDB_val k, MDB_val v)
{
    struct hashing *h = arg;
    uint64_t lens[] = {k.mv_size, v.mv_size};
    struct qp_part parts[] = {
        {&h->h, sizeof h->h}, {lens, sizeof lens}, {k.mv_data, k.mv_size}, {v.mv_data, v.mv_size}};
    qp_hash_parts(&h->h, parts, 4);
}

static struct qp_hash hash_of(struct rig *r, struct node *n, const enum qp_table *tables, size_t count)
{
    struct hashing h = {{{0}}};
    for (size_t i = 0; i < count; i++) {
        MDB_val k = {sizeof tables[i], (void *)(uintptr_t)&tables[i]};
        hash_one(&h, k, (MDB_val){0, NULL});
        each(r, n, tables[i], hash_one, &h);
    }
    return h.h;
}

static const enum qp_table cells[] = {QP_T_CELL};

void rig_assert_tables(struct rig *r, int node)
{
    struct node *n = &r->nodes[node];
    rig_turn(r, node);
    struct check c = {.r = r, .n = n, .board = qp_board_new(n->path, r->zone)};
    each(r, n, QP_T_MATTER, check_one, &c);
    size_t is = entries(n, QP_T_INDEX) + entries(n, QP_T_UPDATED) + entries(n, QP_T_DEADLINE) +
                entries(n, QP_T_REF) + entries(n, QP_T_ARRIVED);
    assert_int_equal(c.entries, is);
    struct qp_hash kept = hash_of(r, n, cells, 1);
    assert_int_equal(mdb_drop(n->t.tables, qp_store_dbi(n->s, QP_T_CELL), 0), 0);
    if (qp_board_flush(c.board, &n->t, &r->e))
        fail_msg("%s", r->e.text);
    struct qp_hash again = hash_of(r, n, cells, 1);
    qp_board_free(c.board);
    if (!qp_hash_eq(&kept, &again))
        fail_msg("the board of %s is not what its rows say", n->path);
}

struct qp_hash rig_tables_hash(struct rig *r, int node)
{
    static const enum qp_table all[] = {QP_T_META,    QP_T_MATTER,   QP_T_HISTORY, QP_T_INDEX,
                                        QP_T_UPDATED, QP_T_DEADLINE, QP_T_REF,     QP_T_IDEM,
                                        QP_T_EARLY,   QP_T_CELL,     QP_T_ARRIVED, QP_T_FOLDED};
    rig_turn(r, node);
    return hash_of(r, &r->nodes[node], all, sizeof all / sizeof *all);
}
