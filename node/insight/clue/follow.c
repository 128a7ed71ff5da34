/* follow.c: what people below made of a matter moves it here too (CU8).
 *
 *   LeadSaid of a node below, by a person, of one matter ─► a row: later, or due where the matter has been compared here
 *   LeadsCompared names the matter ─► its row is due
 *   the turn ─► LeadSaid of this node for each that is due: join, split, decline, undo; or only "followed"
 *   that fact, or a word of this node's own people on the matter ─► the row goes
 *
 * What is to be done is read from how the matter stands there and here when it is done, so that several moves come to their
 * last, and a move that is heard twice does nothing more. Rows follow from facts alone. */
#include <assert.h>
#include <string.h>

#include "node/insight/clue/inside.h"
#include "proto/codec.h"

enum { VALUE = 2 * QP_ID_LEN }; /* the node below, the lead there that was spoken of */
/* So many matters of a lead below are looked at for one move, the ones with the lowest ids: how many it says to have is its node's
 * word alone, and the turn waits. */
enum { STOP = 1, LOOKED = 500 };

static MDB_dbi table(const struct qp_txn *t)
{
    return qp_store_dbi(t->store, QP_T_LEAD);
}

static size_t key_of(uint8_t key[QP_CLUE_KEY_LEN], enum qp_lead_key what, const uint8_t matter[QP_ID_LEN])
{
    return qp_lead_key(key, what, matter, QP_ID_LEN, NULL, 0);
}

static bool is_move(const Qp__LeadSaid *said)
{
    return said->matter.len == QP_ID_LEN && said->verb != QP_LEAD_MATTER;
}

/* A matter that is never compared here has its row for ever, and costs no turn anything. */
int qp_lead_follow(struct qp_txn *t, const uint8_t node[QP_ID_LEN], const Qp__LeadSaid *said,
                   struct qp_err *e)
{
    uint8_t key[QP_CLUE_KEY_LEN], value[VALUE];
    MDB_val v;
    assert(said->lead.len == QP_ID_LEN);
    if (!is_move(said))
        return 0;
    int rc = qp_get(t->tables, table(t), key, key_of(key, QP_CLUE_KEY_NUMBER, said->matter.data), &v);
    if (rc && rc != QP_ENOTFOUND)
        return qp_fail(e, rc, "the leads in the tables cannot be read");
    enum qp_lead_key what = !rc ? QP_CLUE_KEY_FOLLOW : QP_CLUE_KEY_FOLLOW_LATER;
    memcpy(value, node, QP_ID_LEN);
    memcpy(value + QP_ID_LEN, said->lead.data, QP_ID_LEN);
    return qp_put(t->tables, table(t), key, key_of(key, what, said->matter.data), value, sizeof value, e);
}

int qp_lead_follow_numbered(struct qp_txn *t, const uint8_t matter[QP_ID_LEN], bool *is, struct qp_err *e)
{
    uint8_t key[QP_CLUE_KEY_LEN], value[VALUE];
    MDB_val v;
    size_t n = key_of(key, QP_CLUE_KEY_FOLLOW_LATER, matter);
    int rc = qp_get(t->tables, table(t), key, n, &v);
    if (rc || v.mv_size != VALUE)
        return !rc || rc == QP_ENOTFOUND ? 0 : qp_fail(e, rc, "the leads in the tables cannot be read");
    memcpy(value, v.mv_data, VALUE);
    *is = true;
    rc = qp_del(t->tables, table(t), key, n, e);
    return !rc ? qp_put(t->tables, table(t), key, key_of(key, QP_CLUE_KEY_FOLLOW, matter), value,
                        sizeof value, e)
               : rc;
}

int qp_lead_followed(struct qp_txn *t, const Qp__LeadSaid *said, struct qp_err *e)
{
    uint8_t key[QP_CLUE_KEY_LEN];
    if (!is_move(said))
        return 0;
    int rc = qp_del(t->tables, table(t), key, key_of(key, QP_CLUE_KEY_FOLLOW, said->matter.data), e);
    return !rc ? qp_del(t->tables, table(t), key, key_of(key, QP_CLUE_KEY_FOLLOW_LATER, said->matter.data), e)
               : rc;
}

/* ---- how it stands, there and here ---- */

struct stand {
    struct qp_txn *t;
    const uint8_t *self, *there, *matter;
    struct qp_arena *a;
    uint8_t lead[QP_ID_LEN];  /* here, of the first that has one */
    uint8_t first[QP_ID_LEN]; /* the first of them */
    uint32_t looked;
    bool others, found, in; /* in: one of them is in the lead `of` */
    const ProtobufCBinaryData *of;
};

static bool same(const ProtobufCBinaryData *x, const uint8_t *id)
{
    return x && x->len == QP_ID_LEN && memcmp(x->data, id, QP_ID_LEN) == 0;
}

/* One of the matters of a lead below: where is it here? */
static int where(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how)
{
    struct stand *s = arg;
    Qp__LeadMember *m;
    if (++s->looked > LOOKED)
        return STOP;
    if (how != QP_LEAD_HOW_JOINED || memcmp(matter, s->matter, QP_ID_LEN) == 0)
        return 0;
    if (!s->others)
        memcpy(s->first, matter, QP_ID_LEN);
    s->others = true;
    int rc = qp_lead_member(s->t->tables, s->t->store, matter, s->self, &m, s->a, NULL);
    if (rc == QP_ENOTFOUND || (!rc && m->lead.len != QP_ID_LEN))
        return 0;
    if (rc)
        return rc;
    s->in |= same(s->of, m->lead.data);
    if (!s->found)
        memcpy(s->lead, m->lead.data, QP_ID_LEN);
    s->found = true;
    return 0;
}

static int stand_of(struct stand *s, const uint8_t *lead, const ProtobufCBinaryData *of, struct qp_err *e)
{
    s->of = of;
    s->others = s->found = s->in = false;
    s->looked = 0;
    int rc = qp_lead_matters(s->t->tables, s->t->store, lead, where, s, e);
    return rc == STOP ? 0 : rc;
}

static int member_or_none(struct stand *s, const uint8_t *node, Qp__LeadMember **m, struct qp_err *e)
{
    int rc = qp_lead_member(s->t->tables, s->t->store, s->matter, node, m, s->a, e);
    if (rc != QP_ENOTFOUND)
        return rc;
    *m = qp_arena_take(s->a, sizeof **m);
    if (!*m)
        return qp_fail(e, QP_ENOMEM, "no memory for a lead");
    qp__lead_member__init(*m);
    return 0;
}

/* ---- what is to be said ---- */

static int name(struct qp_clue_move *x, enum qp_lead_verb verb, const uint8_t lead[QP_ID_LEN])
{
    x->verb = verb;
    memcpy(x->lead, lead, QP_ID_LEN);
    return 0;
}

/* The move that this node made last, and nobody of its own: it can be taken back. */
static const Qp__LeadMove *followed_last(const Qp__LeadMember *own)
{
    const Qp__LeadMove *x = own->n_moves > 0 ? own->moves[own->n_moves - 1] : NULL;
    return x && strcmp(x->by, QP_CLUE_FOLLOWER) == 0 ? x : NULL;
}

/* Can the move be taken back? Not where a lead that it came from is gone. */
static int can_go_back(struct stand *s, const Qp__LeadMove *x, bool *can, struct qp_err *e)
{
    const ProtobufCBinaryData *id[] = {&x->from, &x->proposed};
    Qp__LeadRow *row;
    int rc = 0;
    for (size_t i = 0; i < 2 && !rc; i++)
        if (id[i]->len == QP_ID_LEN)
            rc = qp_lead_get(s->t->tables, s->t->store, id[i]->data, &row, s->a, e);
    *can = !rc;
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* There it is with others: here with the same ones. */
static int together(struct stand *s, const Qp__LeadMember *own, struct qp_clue_move *x, struct qp_err *e)
{
    const Qp__LeadMove *last = followed_last(own);
    if (s->in)
        return 0; /* it is with one of them */
    bool back = s->found && last && same(&last->from, s->lead);
    int rc = back ? can_go_back(s, last, &back, e) : 0;
    if (rc)
        return rc;
    if (back)
        return name(x, QP_LEAD_UNDO, s->lead);
    if (s->found)
        return name(x, QP_LEAD_JOIN, s->lead);
    uint8_t id[QP_ID_LEN];
    qp_lead_id(id, s->self, s->first);
    memcpy(x->first, s->first, QP_ID_LEN);
    x->founds = true;
    return name(x, QP_LEAD_JOIN, id);
}

/* There it was taken from others: here from the same ones. */
static int apart(struct stand *s, const Qp__LeadMember *own, const uint8_t *left, struct qp_clue_move *x,
                 struct qp_err *e)
{
    const Qp__LeadMove *last = followed_last(own);
    Qp__LeadRow *row;
    int rc = stand_of(s, left, own->lead.len != 0 ? &own->lead : &own->proposed, e);
    if (rc || !s->in)
        return rc;
    bool back = last && last->verb == QP_LEAD_JOIN && !same(&last->from, s->of->data);
    if (back && (rc = can_go_back(s, last, &back, e)))
        return rc;
    if (back)
        return name(x, QP_LEAD_UNDO, s->of->data);
    if (own->lead.len == 0)
        return name(x, QP_LEAD_DECLINE, s->of->data);
    rc = qp_lead_get(s->t->tables, s->t->store, own->lead.data, &row, s->a, e);
    if (!rc && row->joined > 1)
        return name(x, QP_LEAD_SPLIT, own->lead.data);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

int qp_clue_move(struct qp_txn *t, const uint8_t self[QP_ID_LEN], const uint8_t there[QP_ID_LEN],
                 const uint8_t left[QP_ID_LEN], struct qp_clue_move *x, struct qp_arena *a, struct qp_err *e)
{
    struct stand s = {.t = t, .self = self, .there = there, .matter = x->matter, .a = a};
    Qp__LeadMember *below, *own;
    int rc = member_or_none(&s, there, &below, e);
    if (!rc)
        rc = member_or_none(&s, self, &own, e);
    if (rc)
        return rc;
    name(x, QP_LEAD_FOLLOWED, left);
    if (own->n_moves > 0 && !followed_last(own))
        return 0; /* people here have said where it belongs */
    if (below->lead.len == QP_ID_LEN && (rc = stand_of(&s, below->lead.data, &own->lead, e)))
        return rc;
    return s.others ? together(&s, own, x, e) : apart(&s, own, left, x, e);
}

/* ---- the turn ---- */

/* The rows that are due, at most `cap` of them; *more: there are others. */
static int due(struct qp_txn *t, uint8_t (*out)[QP_ID_LEN + VALUE], size_t cap, size_t *n, bool *more,
               struct qp_err *e)
{
    MDB_cursor *cursor;
    uint8_t key[QP_CLUE_KEY_LEN];
    MDB_val k = {qp_lead_key(key, QP_CLUE_KEY_FOLLOW, NULL, 0, NULL, 0), key}, v;
    *n = 0;
    int rc = mdb_cursor_open(t->tables, table(t), &cursor);
    if (rc)
        return qp_store_error(rc, "reading leads", e);
    for (rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE); !rc && *n < cap;
         rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
        if (k.mv_size != 1 + QP_ID_LEN || ((const uint8_t *)k.mv_data)[0] != QP_CLUE_KEY_FOLLOW ||
            v.mv_size != VALUE)
            break;
        memcpy(out[*n], (const uint8_t *)k.mv_data + 1, QP_ID_LEN);
        memcpy(out[(*n)++] + QP_ID_LEN, v.mv_data, VALUE);
    }
    *more = *n == cap;
    mdb_cursor_close(cursor);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "reading leads", e);
}

int qp_clue_follow(struct qp_txn *t, const uint8_t self[QP_ID_LEN], const struct qp_clue_say *say, bool *more,
                   struct qp_arena *a, struct qp_err *e)
{
    enum { AT_ONCE = 32 };
    uint8_t row[AT_ONCE][QP_ID_LEN + VALUE];
    size_t n;
    int rc = due(t, row, AT_ONCE, &n, more, e);
    for (size_t i = 0; i < n && !rc; i++) {
        struct qp_clue_move *x =
            qp_arena_take(a, sizeof *x); /* lives as long as the turn: what is said refers to it */
        if (!x)
            return qp_fail(e, QP_ENOMEM, "no memory for leads");
        memset(x, 0, sizeof *x);
        memcpy(x->matter, row[i], QP_ID_LEN);
        memcpy(x->there, row[i] + QP_ID_LEN, QP_ID_LEN);
        rc = qp_clue_move(t, self, row[i] + QP_ID_LEN, row[i] + 2 * QP_ID_LEN, x, a, e);
        if (!rc)
            rc = say->moved(say->arg, x, e);
    }
    return rc;
}
