/* look.c: what the rig's nodes show to a reader: rows, histories, ticks, boards, whole tables. */
#include "tests/unit/core/rig.h"

static void begin(struct rig *r, int i, struct qp_read *read)
{
    if (qp_read_begin(r->nodes[i].store, read, &r->e))
        fail_msg("%s", r->e.text);
}

const Qp__Row *rig_row(struct rig *r, int i, matter m)
{
    struct qp_read read;
    Qp__Row *row = NULL;
    begin(r, i, &read);
    int rc = qp_matter_read(&read, m.b, &row, r->arena, NULL);
    qp_read_end(&read);
    return !rc ? row : NULL;
}

const Qp__Face *rig_face(struct rig *r, int i, matter m)
{
    const Qp__Row *row = rig_row(r, i, m);
    if (!row)
        fail_msg("%s does not know the matter", r->nodes[i].path);
    return row->face;
}

bool rig_holds(struct rig *r, int i, matter m)
{
    const Qp__Row *row = rig_row(r, i, m);
    return row && row->face->holder.len == QP_ID_LEN &&
           memcmp(row->face->holder.data, r->nodes[i].id, QP_ID_LEN) == 0;
}

void rig_same_face(struct rig *r, matter m)
{
    uint8_t *first = NULL;
    size_t first_len = 0;
    for (int i = 0; i < r->n; i++) {
        const Qp__Row *row = rig_row(r, i, m);
        size_t len;
        if (!row)
            continue;
        uint8_t *bytes = qp_encode(&row->face->base, r->arena, &len);
        if (first && (len != first_len || memcmp(bytes, first, len) != 0))
            fail_msg("%s does not see the matter as the others do", r->nodes[i].path);
        first = bytes;
        first_len = len;
    }
    assert_non_null(first);
}

int rig_history(struct rig *r, int i, matter m, int body)
{
    struct qp_read read;
    struct qp_history h[128];
    int hits = 0;
    begin(r, i, &read);
    long n = qp_matter_history(&read, m.b, h, 128, r->arena, &r->e);
    qp_read_end(&read);
    assert_true(n >= 0 && n <= 128);
    for (long k = 0; k < n; k++)
        hits += body == 0 || (int)h[k].event->body_case == body;
    return hits;
}

size_t rig_refusals(struct rig *r, int i, struct qp_refusal *out, size_t cap)
{
    struct qp_read read;
    size_t n;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    assert_int_equal(qp_refusals_read(&read, r->nodes[i].id, out, cap, &n), 0);
    qp_read_end(&read);
    return n;
}

struct qp_ticks rig_ticks(struct rig *r, int i, matter m)
{
    struct qp_read read;
    struct qp_ticks t;
    int up = r->nodes[i].up;
    begin(r, i, &read);
    qp_ticks_read(&read, qp_core_self(r->nodes[i].core), up < 0 ? NULL : r->nodes[up].id, m.b, &t);
    qp_read_end(&read);
    return t;
}

struct qp_core_metrics rig_metrics(struct rig *r, int i)
{
    struct qp_core_metrics m;
    qp_core_metrics(r->nodes[i].core, &m);
    return m;
}

uint64_t rig_refused(const struct qp_core_metrics *m)
{
    return m->refused_signature + m->refused_scope + m->refused_unknown_key + m->refused_revoked +
           m->refused_malformed + m->refused_fork + m->refused_gap + m->refused_closed;
}

struct qp_peer_entry rig_peer(struct rig *r, int i, int peer)
{
    struct qp_read read;
    struct qp_peer_entry p;
    begin(r, i, &read);
    qp_peer_read(read.tables, r->nodes[i].store, r->nodes[peer].id, &p);
    qp_read_end(&read);
    return p;
}

struct qp_counts rig_board(struct rig *r, int i)
{
    struct qp_read read;
    struct qp_board_query q = {.by = QP_SPLIT_DESK};
    struct qp_board_result res;
    begin(r, i, &read);
    int rc = qp_board_ask(&res, &read, r->nodes[i].path, qp_core_zone(r->nodes[i].core), &q, &r->e);
    qp_read_end(&read);
    assert_int_equal(rc, 0);
    struct qp_counts c = res.total;
    qp_board_result_free(&res);
    return c;
}

struct tables rig_tables(struct rig *r, int i)
{
    struct tables out;
    struct qp_read read;
    memset(&out, 0, sizeof out);
    begin(r, i, &read);
    for (int t = 0; t < QP_TABLES; t++) {
        MDB_cursor *c;
        MDB_val k, v;
        assert_int_equal(mdb_cursor_open(read.tables, qp_store_dbi(read.store, (enum qp_table)t), &c), 0);
        for (int rc = mdb_cursor_get(c, &k, &v, MDB_FIRST); !rc; rc = mdb_cursor_get(c, &k, &v, MDB_NEXT)) {
            if (t == QP_T_META && k.mv_size == 8 && memcmp(k.mv_data, "position", 8) == 0)
                continue;
            struct qp_part parts[3] = {{out.h[t].b, 32}, {k.mv_data, k.mv_size}, {v.mv_data, v.mv_size}};
            qp_hash_parts(&out.h[t], parts, 3);
        }
        mdb_cursor_close(c);
    }
    qp_read_end(&read);
    return out;
}

void rig_same_tables(const struct tables *a, const struct tables *b, uint64_t but)
{
    for (int t = 0; t < QP_TABLES; t++)
        if ((but >> t & 1) == 0 && !qp_hash_eq(&a->h[t], &b->h[t]))
            fail_msg("the table %s has changed", qp_table_name((enum qp_table)t));
}
