/* look.c: reading what kept.c has kept: single leads, their matters, lists. See kept.h. */
#include <assert.h>
#include <string.h>

#include "node/insight/clue/inside.h"
#include "proto/codec.h"
#include "topology/path.h"

enum { STOP = 1 }; /* of a walk */
/* So many leads, and so many rows, is_said_below looks at; of what is more it takes nothing for said below. */
enum { SAID_LEADS = 64, SAID_LOOKED = 200 };

static int damaged(struct qp_err *e)
{
    return qp_fail(e, QP_ECORRUPT, "a lead in the tables is damaged; run qipan rebuild");
}

static int row_read(Qp__LeadRow **row, const MDB_val *v, struct qp_arena *a, struct qp_err *e)
{
    if (v->mv_size < QP_ID_LEN || QP_DECODE(row, lead_row, (const uint8_t *)v->mv_data + QP_ID_LEN,
                                            v->mv_size - QP_ID_LEN, a, NULL) != 0)
        return damaged(e);
    return 0;
}

int qp_lead_get(MDB_txn *tables, struct qp_store *s, const uint8_t id[QP_ID_LEN], Qp__LeadRow **row,
                struct qp_arena *a, struct qp_err *e)
{
    uint8_t key[QP_CLUE_KEY_LEN];
    MDB_val v;
    size_t n = qp_lead_key(key, QP_CLUE_KEY_LEAD, id, QP_ID_LEN, NULL, 0);
    int rc = qp_get(tables, qp_store_dbi(s, QP_T_LEAD), key, n, &v);
    return rc ? rc : row_read(row, &v, a, e);
}

int qp_lead_member(MDB_txn *tables, struct qp_store *s, const uint8_t matter[QP_ID_LEN],
                   const uint8_t node[QP_ID_LEN], Qp__LeadMember **m, struct qp_arena *a, struct qp_err *e)
{
    uint8_t key[QP_CLUE_KEY_LEN];
    MDB_val v;
    size_t n = qp_lead_key(key, QP_CLUE_KEY_MEMBER, matter, QP_ID_LEN, node, QP_ID_LEN);
    int rc = qp_get(tables, qp_store_dbi(s, QP_T_LEAD), key, n, &v);
    if (rc)
        return rc;
    return QP_DECODE(m, lead_member, v.mv_data, v.mv_size, a, NULL) == 0 ? 0 : damaged(e);
}

enum qp_lead_how qp_lead_holds(MDB_txn *tables, struct qp_store *s, const uint8_t lead[QP_ID_LEN],
                               const uint8_t matter[QP_ID_LEN])
{
    uint8_t key[QP_CLUE_KEY_LEN];
    MDB_val v;
    size_t n = qp_lead_key(key, QP_CLUE_KEY_BELONGS, lead, QP_ID_LEN, matter, QP_ID_LEN);
    if (qp_get(tables, qp_store_dbi(s, QP_T_LEAD), key, n, &v) || v.mv_size != 1)
        return QP_LEAD_HOW_NOT;
    return *(const uint8_t *)v.mv_data == QP_LEAD_HOW_JOINED ? QP_LEAD_HOW_JOINED : QP_LEAD_HOW_PROPOSED;
}

void qp_lead_prefix(uint8_t out[1 + QP_ID_LEN], const uint8_t lead[QP_ID_LEN])
{
    uint8_t key[QP_CLUE_KEY_LEN];
    qp_lead_key(key, QP_CLUE_KEY_BELONGS, lead, QP_ID_LEN, NULL, 0);
    memcpy(out, key, 1 + QP_ID_LEN);
}

/* All keys that begin so. */
static int walk(MDB_txn *tables, struct qp_store *s, enum qp_lead_key what, const uint8_t *one,
                int (*each)(void *arg, const uint8_t *two, const MDB_val *v), void *arg, struct qp_err *e)
{
    MDB_cursor *cursor;
    uint8_t key[QP_CLUE_KEY_LEN];
    size_t n = qp_lead_key(key, what, one, QP_ID_LEN, NULL, 0);
    MDB_val k = {n, key}, v;
    int out = 0, rc = mdb_cursor_open(tables, qp_store_dbi(s, QP_T_LEAD), &cursor);
    if (rc)
        return qp_store_error(rc, "reading leads", e);
    rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE);
    for (; !rc && !out; rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        if (k.mv_size != n + QP_ID_LEN || memcmp(k.mv_data, key, n) != 0)
            break;
        out = each(arg, (const uint8_t *)k.mv_data + n, &v);
    }
    mdb_cursor_close(cursor);
    if (out || !rc || rc == MDB_NOTFOUND)
        return out;
    return qp_store_error(rc, "reading leads", e);
}

struct matters {
    int (*each)(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how);
    void *arg;
};

static int one_matter(void *arg, const uint8_t *matter, const MDB_val *v)
{
    struct matters *m = arg;
    bool joined = v->mv_size == 1 && *(const uint8_t *)v->mv_data == QP_LEAD_HOW_JOINED;
    return m->each(m->arg, matter, joined ? QP_LEAD_HOW_JOINED : QP_LEAD_HOW_PROPOSED);
}

int qp_lead_matters(MDB_txn *tables, struct qp_store *s, const uint8_t lead[QP_ID_LEN],
                    int (*each)(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how), void *arg,
                    struct qp_err *e)
{
    struct matters m = {each, arg};
    return walk(tables, s, QP_CLUE_KEY_BELONGS, lead, one_matter, &m, e);
}

struct nodes {
    int (*each)(void *arg, const uint8_t node[QP_ID_LEN], const Qp__LeadMember *m);
    void *arg;
    struct qp_arena *a;
};

static int one_node(void *arg, const uint8_t *node, const MDB_val *v)
{
    struct nodes *n = arg;
    Qp__LeadMember *m;
    if (QP_DECODE(&m, lead_member, v->mv_data, v->mv_size, n->a, NULL) != 0)
        return QP_ECORRUPT;
    return n->each(n->arg, node, m);
}

int qp_lead_of_matter(MDB_txn *tables, struct qp_store *s, const uint8_t matter[QP_ID_LEN],
                      int (*each)(void *arg, const uint8_t node[QP_ID_LEN], const Qp__LeadMember *m),
                      void *arg, struct qp_arena *a, struct qp_err *e)
{
    struct nodes n = {each, arg, a};
    int rc = walk(tables, s, QP_CLUE_KEY_MEMBER, matter, one_node, &n, e);
    return rc == QP_ECORRUPT ? damaged(e) : rc;
}

/* ---- how it stands ---- */

static const char *const words[] = {"", "joined", "proposed", "confirmed", "dismissed", "alone"};

enum qp_lead_state qp_lead_state_of(const Qp__LeadRow *row)
{
    for (size_t i = row->n_words; i-- > 0;) {
        if (row->words[i]->verb == QP_LEAD_CONFIRM)
            return QP_LEAD_IS_CONFIRMED;
        if (row->words[i]->verb == QP_LEAD_DISMISS)
            return QP_LEAD_IS_DISMISSED;
    }
    if (row->joined > 1)
        return QP_LEAD_IS_JOINED;
    return row->joined > 0 && row->proposed > 0 ? QP_LEAD_IS_PROPOSED : QP_LEAD_IS_ALONE;
}

const char *qp_lead_state_name(enum qp_lead_state s)
{
    assert(s > 0 && s < sizeof words / sizeof *words);
    return words[s];
}

int qp_lead_state_parse(const char *name)
{
    for (size_t i = 1; i < sizeof words / sizeof *words; i++)
        if (strcmp(name, words[i]) == 0)
            return (int)i;
    return 0;
}

/* ---- lists ---- */

/* CU6: does a node below say of a lead what it says? */
struct said_below {
    struct qp_read *r;
    const Qp__LeadRow *row; /* the lead */
    struct qp_arena *a;
    uint8_t seen[SAID_LEADS][QP_ID_LEN]; /* leads of others that hold one of its matters */
    size_t n;
    uint32_t looked;
    bool is; /* one of them holds two */
};

static int note_below(struct said_below *x, const ProtobufCBinaryData *lead)
{
    Qp__LeadRow *other;
    if (lead->len != QP_ID_LEN || x->is)
        return 0;
    for (size_t i = 0; i < x->n; i++) {
        if (memcmp(x->seen[i], lead->data, QP_ID_LEN) != 0)
            continue;
        int rc = qp_lead_get(x->r->tables, x->r->store, lead->data, &other, x->a, NULL);
        x->is = !rc && qp_path_within(other->area, x->row->place);
        return rc == QP_ENOTFOUND ? 0 : rc;
    }
    if (x->n < SAID_LEADS)
        memcpy(x->seen[x->n++], lead->data, QP_ID_LEN);
    return 0;
}

static int note_node(void *arg, const uint8_t node[QP_ID_LEN], const Qp__LeadMember *m)
{
    struct said_below *x = arg;
    if (memcmp(node, x->row->node.data, QP_ID_LEN) == 0)
        return 0;
    int rc = note_below(x, &m->lead);
    return rc ? rc : note_below(x, &m->proposed);
}

static int note_matter(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how)
{
    struct said_below *x = arg;
    (void)how;
    int rc = qp_lead_of_matter(x->r->tables, x->r->store, matter, note_node, x, x->a, NULL);
    return rc ? rc : x->is || ++x->looked == SAID_LOOKED ? STOP : 0;
}

/* A lead that lies within a node below is left out where that node has one of its own for two of its matters: what words weigh is each
 * node's own (LD3), so it need not have found it. What cannot be read is shown rather than hidden. */
static bool is_said_below(struct qp_read *r, const Qp__LeadRow *row, struct qp_arena *a)
{
    if (row->n_words > 0 || strcmp(row->place, row->area) == 0)
        return false;
    struct said_below x = {.r = r, .row = row, .a = a};
    int rc = qp_lead_matters(r->tables, r->store, row->lead.data, note_matter, &x, NULL);
    return (!rc || rc == STOP) && x.is;
}

static bool fits(struct qp_read *r, const struct qp_lead_query *q, const Qp__LeadRow *row, struct qp_arena *a)
{
    int state = (int)qp_lead_state_of(row);
    if (q->state != 0 ? state != q->state : state == QP_LEAD_IS_ALONE)
        return false;
    if (q->area && !qp_path_within(row->place, q->area))
        return false;
    return !is_said_below(r, row, a);
}

/* The newest one before the cursor, or the newest of all. */
static int begin_at(struct qp_read *r, MDB_cursor *cursor, const struct qp_lead_query *q, struct qp_arena *a,
                    MDB_val *k, MDB_val *v)
{
    uint8_t key[QP_CLUE_KEY_LEN], be[8];
    Qp__LeadRow *row;
    size_t n = qp_lead_key(key, (enum qp_lead_key)(QP_CLUE_KEY_FOUND + 1), NULL, 0, NULL, 0);
    if (q->has_cursor && !qp_lead_get(r->tables, r->store, q->cursor, &row, a, NULL)) {
        qp_be64(be, (uint64_t)row->at_us);
        n = qp_lead_key(key, QP_CLUE_KEY_FOUND, be, sizeof be, q->cursor, QP_ID_LEN);
    }
    *k = (MDB_val){n, key};
    int rc = mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
    return mdb_cursor_get(cursor, k, v, rc == MDB_NOTFOUND ? MDB_LAST : MDB_PREV);
}

struct of_matter {
    struct qp_read *r;
    const struct qp_lead_query *q;
    uint8_t lead[2 * QP_PATH_DEPTH]
                [QP_ID_LEN]; /* a node's word each: there are so many nodes above one another */
    size_t n;
};

static int add_lead(void *arg, const uint8_t node[QP_ID_LEN], const Qp__LeadMember *m)
{
    struct of_matter *o = arg;
    (void)node;
    for (int i = 0; i < 2 && o->n < sizeof o->lead / sizeof *o->lead; i++) {
        const ProtobufCBinaryData *id = i == 0 ? &m->lead : &m->proposed;
        if (id->len == QP_ID_LEN)
            memcpy(o->lead[o->n++], id->data, QP_ID_LEN);
    }
    return 0;
}

/* The few leads of one matter. */
static int list_of_matter(struct qp_read *r, const struct qp_lead_query *q,
                          int (*each)(void *arg, const Qp__LeadRow *row), void *arg, struct qp_arena *a,
                          struct qp_err *e)
{
    struct of_matter o = {.r = r, .q = q};
    size_t given = 0;
    int rc = qp_lead_of_matter(r->tables, r->store, q->matter, add_lead, &o, a, e);
    for (size_t i = 0; i < o.n && given < q->limit && !rc; i++) {
        Qp__LeadRow *row;
        qp_arena_reset(a);
        rc = qp_lead_get(r->tables, r->store, o.lead[i], &row, a, e);
        if (rc) {
            rc = rc == QP_ENOTFOUND ? damaged(e) : rc;
        } else if (fits(r, q, row, a) && (!q->sees || q->sees(q->seer, row))) {
            given++;
            rc = each(arg, row);
        }
    }
    return rc;
}

int qp_leads_list(struct qp_read *r, const struct qp_lead_query *q,
                  int (*each)(void *arg, const Qp__LeadRow *row), void *arg, uint8_t last[QP_ID_LEN],
                  bool *more, struct qp_arena *a, struct qp_err *e)
{
    MDB_cursor *cursor;
    MDB_val k, v;
    size_t n = 0, looked = 0;
    *more = false;
    if (q->has_matter)
        return list_of_matter(r, q, each, arg, a, e);
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_LEAD), &cursor);
    if (rc)
        return qp_store_error(rc, "reading leads", e);
    int got = begin_at(r, cursor, q, a, &k, &v);
    for (; got == 0 && !rc; got = mdb_cursor_get(cursor, &k, &v, MDB_PREV)) {
        Qp__LeadRow *row;
        if (k.mv_size != 1 + 8 + QP_ID_LEN || ((const uint8_t *)k.mv_data)[0] != QP_CLUE_KEY_FOUND)
            break;
        if (n == q->limit || looked++ == QP_LEADS_LOOKED) {
            *more = true;
            break;
        }
        qp_arena_reset(a);
        rc = qp_lead_get(r->tables, r->store, (const uint8_t *)k.mv_data + 9, &row, a, e);
        if (rc) {
            rc = rc == QP_ENOTFOUND ? damaged(e) : rc;
            break;
        }
        memcpy(last, row->lead.data, QP_ID_LEN);
        if (!fits(r, q, row, a) || (q->sees && !q->sees(q->seer, row)))
            continue;
        n++;
        rc = each(arg, row);
    }
    mdb_cursor_close(cursor);
    if (!rc && got != 0 && got != MDB_NOTFOUND)
        return qp_store_error(got, "reading leads", e);
    return rc;
}
