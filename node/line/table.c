/* table.c: the rows of the table `line`. A key begins with what it names; numbers are big endian, so that they sort.
 *
 *   'L' line                         ─► LineRow
 *   'M' line, seq 8                  ─► n 8, node 16, at 8, received 8, position 8, index 2, key 8
 *   'N' line, node, n 8              ─► seq 8
 *   'P' node, line                   ─► sent 8, delivered 8, high 8, last 8, told 8, losses 4
 *   'X' node, line, n 8             ─► n 8: from the one to the other, what was said here was never sealed for it
 *   'Q' node                         ─► known 1, public key 32, incarnation 4, was told 1, told 8, opened 4, losses 4,
 *                                       lost 1, lost_us 8, wanted 1
 *   'K' key 8                        ─► public key 32, incarnation 4, from 8, replaced 8, gone 1, ended 1, lost 1
 *   'C'                              ─► key 8, used 1
 *   'S' line, node, speaker, kind 1, name  ─► upto 8
 *   'V' line, kind 1, name           ─► seq 8
 *   'I' client 8, idempotency key    ─► request 16, line 16, seq 8
 *   'D' node, line                   ─► nothing (due.c)
 *   'W' line, node, n 8              ─► position 8, index 2 (wait.c) */
#include "node/line/inside.h"

#include <assert.h>
#include <string.h>

/* ---- keys and values ---- */

struct key {
    uint8_t b[QP_LINE_KEY_MOST];
    size_t n;
};

static struct key key_of(char what)
{
    struct key k = {.n = 1};
    k.b[0] = (uint8_t)what;
    return k;
}

static void add(struct key *k, const void *p, size_t len)
{
    assert(k->n + len <= sizeof k->b);
    memcpy(k->b + k->n, p, len);
    k->n += len;
}

static void add64(struct key *k, uint64_t v)
{
    uint8_t b[8];
    qp_be64(b, v);
    add(k, b, sizeof b);
}

static MDB_dbi dbi(const struct qp_line_db *db)
{
    return qp_store_dbi(db->store, QP_T_LINE);
}

static int get(const struct qp_line_db *db, const struct key *k, size_t least, const uint8_t **v)
{
    MDB_val val;
    int rc = qp_get(db->tables, dbi(db), k->b, k->n, &val);
    if (rc)
        return rc;
    if (val.mv_size < least)
        return QP_ECORRUPT;
    *v = val.mv_data;
    return 0;
}

static int put(const struct qp_line_db *db, const struct key *k, const void *v, size_t n, struct qp_err *e)
{
    return qp_put(db->tables, dbi(db), k->b, k->n, v, n, e);
}

/* ---- lines ---- */

static int row_read(const struct qp_line_db *db, const MDB_val *v, Qp__LineRow **row)
{
    return QP_DECODE(row, line_row, v->mv_data, v->mv_size, db->a, NULL);
}

int qp_line_get(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], Qp__LineRow **row)
{
    struct key k = key_of('L');
    MDB_val v;
    add(&k, line, QP_ID_LEN);
    int rc = qp_get(db->tables, dbi(db), k.b, k.n, &v);
    return rc ? rc : row_read(db, &v, row);
}

int qp_line_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const Qp__LineRow *row,
                struct qp_err *e)
{
    struct key k = key_of('L');
    size_t n;
    const uint8_t *bytes = qp_encode(&row->base, db->a, &n);
    add(&k, line, QP_ID_LEN);
    return bytes ? put(db, &k, bytes, n, e) : qp_fail(e, QP_ENOMEM, "no memory for a line");
}

int qp_line_next(const struct qp_line_db *db, const uint8_t *before, uint8_t line[QP_ID_LEN],
                 Qp__LineRow **row)
{
    static const uint8_t most[QP_ID_LEN] = {255, 255, 255, 255, 255, 255, 255, 255,
                                            255, 255, 255, 255, 255, 255, 255, 255};
    struct key from = key_of('L');
    MDB_cursor *cur;
    add(&from, before ? before : most, QP_ID_LEN);
    MDB_val k = {from.n, from.b}, v;
    if (mdb_cursor_open(db->tables, dbi(db), &cur))
        return QP_EIO;
    int m = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    m = m == MDB_NOTFOUND ? mdb_cursor_get(cur, &k, &v, MDB_LAST)
        : m               ? m
                          : mdb_cursor_get(cur, &k, &v, MDB_PREV);
    const uint8_t *p = k.mv_data;
    int rc = m == MDB_NOTFOUND || (!m && (k.mv_size != 1 + QP_ID_LEN || p[0] != 'L')) ? QP_ENOTFOUND
             : m                                                                      ? QP_EIO
                                                                                      : 0;
    if (!rc) {
        memcpy(line, p + 1, QP_ID_LEN);
        rc = row_read(db, &v, row);
    }
    mdb_cursor_close(cur);
    return rc;
}

bool qp_line_has(const Qp__LineRow *row, const uint8_t node[QP_ID_LEN])
{
    for (size_t i = 0; i < row->n_members; i++) {
        if (memcmp(row->members[i]->node.data, node, QP_ID_LEN) == 0)
            return true;
    }
    return false;
}

/* ---- messages ---- */

enum { MESSAGE = 8 + QP_ID_LEN + 8 + 8 + 8 + 2 + QP_LINE_KEY };

void qp_line_message_id(uint8_t id[QP_ID_LEN], const uint8_t line[QP_ID_LEN], const uint8_t node[QP_ID_LEN],
                        uint64_t n)
{
    uint8_t b[8];
    struct qp_hash h;
    qp_be64(b, n);
    const struct qp_part parts[] = {{line, QP_ID_LEN}, {node, QP_ID_LEN}, {b, sizeof b}};
    qp_hash_parts(&h, parts, 3);
    memcpy(id, h.b, QP_ID_LEN);
}

static void message_read(struct qp_line_message *m, uint64_t seq, const uint8_t *p)
{
    m->seq = seq;
    m->n = qp_rd64(p);
    memcpy(m->node, p + 8, QP_ID_LEN);
    m->at_us = (int64_t)qp_rd64(p + 24);
    m->received_us = (int64_t)qp_rd64(p + 32);
    m->position = qp_rd64(p + 40);
    m->index = (uint32_t)p[48] << 8 | p[49];
    memcpy(m->key, p + 50, QP_LINE_KEY);
}

int qp_line_message_next(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], uint64_t after,
                         struct qp_line_message *m)
{
    struct key from = key_of('M');
    MDB_cursor *cur;
    if (after == UINT64_MAX)
        return QP_ENOTFOUND;
    add(&from, line, QP_ID_LEN);
    add64(&from, after + 1);
    MDB_val k = {from.n, from.b}, v;
    if (mdb_cursor_open(db->tables, dbi(db), &cur))
        return QP_EIO;
    int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE);
    bool one = !rc && k.mv_size == from.n && memcmp(k.mv_data, from.b, 1 + QP_ID_LEN) == 0;
    if (one && v.mv_size == MESSAGE)
        message_read(m, qp_rd64((const uint8_t *)k.mv_data + 1 + QP_ID_LEN), v.mv_data);
    mdb_cursor_close(cur);
    if (one)
        return v.mv_size == MESSAGE ? 0 : QP_ECORRUPT;
    return !rc || rc == MDB_NOTFOUND ? QP_ENOTFOUND : QP_EIO;
}

int qp_line_message_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                        const struct qp_line_message *m, struct qp_err *e)
{
    struct key k = key_of('M');
    uint8_t v[MESSAGE];
    add(&k, line, QP_ID_LEN);
    add64(&k, m->seq);
    qp_be64(v, m->n);
    memcpy(v + 8, m->node, QP_ID_LEN);
    qp_be64(v + 24, (uint64_t)m->at_us);
    qp_be64(v + 32, (uint64_t)m->received_us);
    qp_be64(v + 40, m->position);
    v[48] = (uint8_t)(m->index >> 8);
    v[49] = (uint8_t)m->index;
    memcpy(v + 50, m->key, QP_LINE_KEY);
    return put(db, &k, v, sizeof v, e);
}

static struct key seq_key(const uint8_t *line, const uint8_t *node, uint64_t n)
{
    struct key k = key_of('N');
    add(&k, line, QP_ID_LEN);
    add(&k, node, QP_ID_LEN);
    add64(&k, n);
    return k;
}

int qp_line_seq(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const uint8_t node[QP_ID_LEN],
                uint64_t n, uint64_t *seq)
{
    struct key k = seq_key(line, node, n);
    const uint8_t *v;
    int rc = get(db, &k, 8, &v);
    if (!rc)
        *seq = qp_rd64(v);
    return rc;
}

int qp_line_seq_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const uint8_t node[QP_ID_LEN],
                    uint64_t n, uint64_t seq, struct qp_err *e)
{
    struct key k = seq_key(line, node, n);
    uint8_t v[8];
    qp_be64(v, seq);
    return put(db, &k, v, sizeof v, e);
}

/* ---- others ---- */

enum { WITH = 5 * 8 + 4 };

static struct key with_key(char what, const uint8_t *node, const uint8_t *line)
{
    struct key k = key_of(what);
    add(&k, node, QP_ID_LEN);
    add(&k, line, QP_ID_LEN);
    return k;
}

void qp_line_with(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const uint8_t line[QP_ID_LEN],
                  struct qp_line_with *w)
{
    struct key k = with_key('P', node, line);
    struct qp_line_peer p;
    const uint8_t *v;
    qp_line_peer(db, node, &p);
    memset(w, 0, sizeof *w);
    w->losses = p.losses;
    if (get(db, &k, WITH, &v))
        return;
    *w = (struct qp_line_with){qp_rd64(v),      qp_rd64(v + 8),  qp_rd64(v + 16),
                               qp_rd64(v + 24), qp_rd64(v + 32), p.losses};
    if (qp_rd32(v + 40) != p.losses)
        w->sent = 0;
}

int qp_line_with_put(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN],
                     const uint8_t line[QP_ID_LEN], const struct qp_line_with *w, struct qp_err *e)
{
    struct key k = with_key('P', node, line);
    uint8_t v[WITH];
    qp_be64(v, w->sent);
    qp_be64(v + 8, w->delivered);
    qp_be64(v + 16, w->high);
    qp_be64(v + 24, w->last);
    qp_be64(v + 32, w->told);
    qp_be32(v + 40, w->losses);
    return put(db, &k, v, sizeof v, e);
}

static struct key passed_key(const uint8_t *node, const uint8_t *line, uint64_t n)
{
    struct key k = with_key('X', node, line);
    add64(&k, n);
    return k;
}

int qp_line_passed_put(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN],
                       const uint8_t line[QP_ID_LEN], uint64_t from, uint64_t upto, struct qp_err *e)
{
    struct key k = passed_key(node, line, from);
    uint8_t v[8];
    qp_be64(v, upto);
    return put(db, &k, v, sizeof v, e);
}

static bool was_passed(const struct qp_line_db *db, const uint8_t *node, const uint8_t *line, uint64_t n)
{
    struct key last = passed_key(node, line, n);
    MDB_cursor *cur;
    MDB_val k = {last.n, last.b}, v;
    if (mdb_cursor_open(db->tables, dbi(db), &cur))
        return false;
    int m =
        mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); /* the first from n on: that one, or the one before it */
    if (m == MDB_NOTFOUND)
        m = mdb_cursor_get(cur, &k, &v, MDB_LAST);
    else if (!m && (k.mv_size != last.n || memcmp(k.mv_data, last.b, last.n) != 0))
        m = mdb_cursor_get(cur, &k, &v, MDB_PREV);
    bool within = !m && k.mv_size == last.n && v.mv_size == 8 && memcmp(k.mv_data, last.b, last.n - 8) == 0 &&
                  qp_rd64(v.mv_data) >= n;
    mdb_cursor_close(cur);
    return within;
}

bool qp_line_delivered(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN],
                       const uint8_t line[QP_ID_LEN], uint64_t n)
{
    struct qp_line_with w;
    qp_line_with(db, node, line, &w);
    return n <= w.delivered && !was_passed(db, node, line, n);
}

bool qp_line_with_next(const struct qp_line_db *db, uint8_t node[QP_ID_LEN], uint8_t line[QP_ID_LEN])
{
    uint8_t after[QP_ID_LEN], of[QP_ID_LEN];
    memcpy(after, line, QP_ID_LEN);
    memcpy(of, node, QP_ID_LEN);
    if (!qp_line_after(after) && !qp_line_after(of))
        return false;
    struct key from = with_key('P', of, after);
    MDB_cursor *cur;
    MDB_val k = {from.n, from.b}, v;
    if (mdb_cursor_open(db->tables, dbi(db), &cur))
        return false;
    bool one = !mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE) && k.mv_size == from.n &&
               *(const uint8_t *)k.mv_data == 'P';
    if (one) {
        memcpy(node, (const uint8_t *)k.mv_data + 1, QP_ID_LEN);
        memcpy(line, (const uint8_t *)k.mv_data + 1 + QP_ID_LEN, QP_ID_LEN);
    }
    mdb_cursor_close(cur);
    return one;
}

enum { PEER = 1 + QP_PK_LEN + 4 + 1 + QP_LINE_KEY + 4 + 4 + 1 + 8 + 1 };

bool qp_line_peer(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], struct qp_line_peer *p)
{
    struct key k = key_of('Q');
    const uint8_t *v;
    memset(p, 0, sizeof *p);
    add(&k, node, QP_ID_LEN);
    if (get(db, &k, PEER, &v))
        return false;
    p->known = v[0];
    memcpy(p->pk, v + 1, QP_PK_LEN);
    p->incarnation = qp_rd32(v + 33);
    p->was_told = v[37];
    memcpy(p->told, v + 38, QP_LINE_KEY);
    p->opened = qp_rd32(v + 46);
    p->losses = qp_rd32(v + 50);
    p->lost = v[54];
    p->lost_us = (int64_t)qp_rd64(v + 55);
    p->wanted = v[63];
    return true;
}

int qp_line_peer_put(const struct qp_line_db *db, const uint8_t node[QP_ID_LEN], const struct qp_line_peer *p,
                     struct qp_err *e)
{
    struct key k = key_of('Q');
    uint8_t v[PEER];
    add(&k, node, QP_ID_LEN);
    v[0] = p->known;
    memcpy(v + 1, p->pk, QP_PK_LEN);
    qp_be32(v + 33, p->incarnation);
    v[37] = p->was_told;
    memcpy(v + 38, p->told, QP_LINE_KEY);
    qp_be32(v + 46, p->opened);
    qp_be32(v + 50, p->losses);
    v[54] = p->lost;
    qp_be64(v + 55, (uint64_t)p->lost_us);
    v[63] = p->wanted;
    return put(db, &k, v, sizeof v, e);
}

/* ---- how far a member has seen ---- */

static void add_member(struct key *k, const Qp__LineMember *m)
{
    uint8_t kind = (uint8_t)m->kind;
    add(k, &kind, 1);
    add(k, m->name, strlen(m->name));
}

static struct key seen_key(const uint8_t *line, const Qp__LineMember *m, const uint8_t *speaker)
{
    struct key k = key_of('S');
    add(&k, line, QP_ID_LEN);
    add(&k, m->node.data, QP_ID_LEN);
    add(&k, speaker, QP_ID_LEN);
    add_member(&k, m);
    return k;
}

static struct key read_key(const uint8_t *line, const Qp__LineMember *m)
{
    struct key k = key_of('V');
    add(&k, line, QP_ID_LEN);
    add_member(&k, m);
    return k;
}

static uint64_t get64(const struct qp_line_db *db, const struct key *k)
{
    const uint8_t *v;
    return get(db, k, 8, &v) ? 0 : qp_rd64(v);
}

static int raise64(const struct qp_line_db *db, const struct key *k, uint64_t upto, struct qp_err *e)
{
    uint8_t v[8];
    if (upto <= get64(db, k))
        return 0;
    qp_be64(v, upto);
    return put(db, k, v, sizeof v, e);
}

uint64_t qp_line_seen(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                      const Qp__LineMember *member, const uint8_t speaker[QP_ID_LEN])
{
    struct key k = seen_key(line, member, speaker);
    return get64(db, &k);
}

int qp_line_seen_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const Qp__LineMember *member,
                     const uint8_t speaker[QP_ID_LEN], uint64_t upto, struct qp_err *e)
{
    struct key k = seen_key(line, member, speaker);
    return raise64(db, &k, upto, e);
}

uint64_t qp_line_read(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN],
                      const Qp__LineMember *member)
{
    struct key k = read_key(line, member);
    return get64(db, &k);
}

int qp_line_read_put(const struct qp_line_db *db, const uint8_t line[QP_ID_LEN], const Qp__LineMember *member,
                     uint64_t seq, struct qp_err *e)
{
    struct key k = read_key(line, member);
    return raise64(db, &k, seq, e);
}

/* ---- idempotency keys ---- */

static struct key idem_key(const Qp__Event *ev)
{
    struct key k = key_of('I');
    struct qp_hash client;
    qp_hash(&client, ev->by, strlen(ev->by));
    add(&k, client.b, 8);
    add(&k, ev->key, strlen(ev->key));
    return k;
}

int qp_line_by_key(const struct qp_line_db *db, const Qp__Event *ev, uint8_t line[QP_ID_LEN], uint64_t *seq,
                   struct qp_err *e)
{
    const uint8_t *v;
    if (!ev->key || !*ev->key || strlen(ev->key) > QP_REF_BYTES)
        return QP_ENOTFOUND;
    struct key k = idem_key(ev);
    int rc = get(db, &k, QP_REQUEST_LEN + QP_ID_LEN + 8, &v);
    if (rc)
        return rc == QP_ENOTFOUND ? rc : qp_fail(e, rc, "the idempotency keys cannot be read");
    if (ev->request.len != QP_REQUEST_LEN || memcmp(v, ev->request.data, QP_REQUEST_LEN) != 0)
        return qp_fail(e, QP_EKEYREUSED,
                       "this idempotency key came before with another request; use a new one");
    memcpy(line, v + QP_REQUEST_LEN, QP_ID_LEN);
    *seq = qp_rd64(v + QP_REQUEST_LEN + QP_ID_LEN);
    return 0;
}

int qp_line_by_key_put(const struct qp_line_db *db, const Qp__Event *ev, const uint8_t line[QP_ID_LEN],
                       uint64_t seq, struct qp_err *e)
{
    uint8_t v[QP_REQUEST_LEN + QP_ID_LEN + 8] = {0};
    if (!*ev->key)
        return 0;
    struct key k = idem_key(ev);
    if (ev->request.len == QP_REQUEST_LEN)
        memcpy(v, ev->request.data, QP_REQUEST_LEN);
    memcpy(v + QP_REQUEST_LEN, line, QP_ID_LEN);
    qp_be64(v + QP_REQUEST_LEN + QP_ID_LEN, seq);
    return put(db, &k, v, sizeof v, e);
}
