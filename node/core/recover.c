/* recover.c: a node that lost its disk and joined again (K5, L4, E2).
 *
 *   Joined (incarnation > 1) ─► recovering ─ what came from above its parent ─► children known
 *         ─ parent and children hand back the rest ─► say again what some destination lacks ─► Recovered
 *
 * Its neighbours may have burned too. What one hands back goes on to the next, and each says that all is
 * handed back when it has it of everybody else (qp_core_back).
 *
 * While recovering it opens new matters and does nothing to older ones. Its own old parcels come back from
 * every side; some went to one destination and were lost on the way to another. QP_T_ECHO notes where each of
 * its events was seen; at the end whatever is missing at a destination is said again there, verbatim, under
 * the new incarnation. */
#include <assert.h>

#include "node/core/private.h"

/* An event by its id and its words: two copies of this disk have said different things under one id (C5). */
enum { WORDS = 8, SAID = QP_EVENT_ID_LEN + WORDS, ECHO_KEY = SAID + 1 + QP_ID_LEN };

static void said_key(uint8_t said[SAID], const Qp__Event *ev, const struct qp_slice *bytes)
{
    struct qp_hash words;
    assert(bytes->len > 0);
    qp_event_id(said, ev);
    qp_hash(&words, bytes->p, bytes->len);
    memcpy(said + QP_EVENT_ID_LEN, words.b, WORDS);
}

static void echo_key(uint8_t key[ECHO_KEY], const uint8_t said[SAID], uint8_t scope,
                     const uint8_t to[QP_ID_LEN])
{
    memcpy(key, said, SAID);
    key[SAID] = scope;
    memcpy(key + SAID + 1, to, QP_ID_LEN);
}

int qp_echo(struct qp_work *w, const struct qp_parcel *p, Qp__Event *const *events, const struct qp_record *r,
            struct qp_err *e)
{
    assert(r->kind == QP_RECORD_HANDBACK && qp_same(p->h.origin, w->c->self.node));
    for (uint32_t i = 0; i < p->h.count; i++) {
        uint8_t key[ECHO_KEY], v[10], said[SAID];
        said_key(said, events[i], &p->events[i]);
        echo_key(key, said, p->h.scope, p->h.to);
        qp_be64(v, r->position);
        v[8] = (uint8_t)(i >> 8);
        v[9] = (uint8_t)i;
        int rc = qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_ECHO), key, sizeof key, v, sizeof v, e);
        if (rc)
            return rc;
    }
    return 0;
}

static bool echoed(struct qp_work *w, const uint8_t said[SAID], uint8_t scope, const uint8_t to[QP_ID_LEN])
{
    uint8_t key[ECHO_KEY];
    MDB_val v;
    echo_key(key, said, scope, to);
    return !qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_ECHO), key, sizeof key, &v);
}

/* K8: who may know nothing of a matter gets the evidence for its holder with what is said of it again: with the offer whom it is
 * offered to; with this node's acceptance everybody else below who has to do with it, as one that was asked to assist. The first
 * time it was said to him alone: when both disks have burned nobody hands it back. */
static int vouch_again(struct qp_work *w, const Qp__Event *ev, const uint8_t said[SAID], const Qp__Face *f,
                       struct qp_err *e)
{
    if (!f || f->custody <= 1 || !qp_same(f->holder.data, w->c->self.node))
        return 0;
    bool offer =
        f->offer && ev->body_case == QP__EVENT__BODY_OFFERED && ev->offered->number == f->offer->number;
    bool taken = ev->body_case == QP__EVENT__BODY_ACCEPTED && ev->custody == f->custody;
    assert(!offer || !taken); /* one event is one of both */
    int rc = 0;
    for (size_t i = 0; i < f->n_members && !rc && (offer || taken); i++) {
        const uint8_t *to = f->members[i].data;
        bool his = taken || qp_same(to, f->offer->to.data);
        if (his && !qp_same(to, w->c->self.node) && !qp_tree_above(w->c->tree, to) &&
            !echoed(w, said, QP_SCOPE_NODE, to))
            rc = qp_vouch(w, f, to, e);
    }
    return rc;
}

/* An event that is looked at, in an arena of its own: most lack nowhere, and there are as many as the node ever said. */
struct looked {
    struct qp_arena *a;
    Qp__Event *ev;
    struct qp_slice bytes;
    struct qp_parcel p;
};

static int event_at(struct qp_work *w, uint64_t position, uint32_t index, struct looked *x, struct qp_err *e)
{
    struct qp_record r;
    int rc = qp_journal_get(w->t->journal, w->c->store, position, &r, e);
    if (!rc)
        rc = qp_parcel_open_trusted(&x->p, r.parcel.p, r.parcel.len, x->a, e);
    if (!rc)
        rc = qp_parcel_event(&x->ev, &x->p, index, x->a, e);
    if (rc)
        return rc;
    assert(index < x->p.h.count);
    x->bytes.len = x->p.events[index].len;
    x->bytes.p = qp_arena_copy(x->a, x->p.events[index].p, x->bytes.len);
    return x->bytes.p ? 0 : qp_fail(e, QP_ENOMEM, "no memory to say events again");
}

/* The horizon has other words of this matter under its id: there these would count as known, and be lost (C5). */
static bool contradicted(struct qp_work *w, const struct looked *x, const uint8_t said[SAID])
{
    assert(x->ev && x->a); /* as the journal has it; others are read beside it */
    const Qp__Event *ev = x->ev;
    MDB_cursor *cur;
    uint8_t from[SAID] = {0};
    bool other = false;
    MDB_val k = {sizeof from, from}, v;
    memcpy(from, said, QP_EVENT_ID_LEN);
    if (ev->matter.len != QP_ID_LEN || echoed(w, said, QP_SCOPE_HORIZON, qp_nobody) ||
        mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_ECHO), &cur))
        return false;
    for (int rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); !rc && !other;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        const uint8_t *key = k.mv_data, *at = v.mv_data;
        struct looked had = {.a = x->a};
        if (memcmp(key, said, QP_EVENT_ID_LEN) != 0)
            break;
        other = key[SAID] == QP_SCOPE_HORIZON &&
                !event_at(w, qp_rd64(at), (uint32_t)(at[8] << 8 | at[9]), &had, NULL) &&
                had.ev->matter.len == QP_ID_LEN && qp_same(had.ev->matter.data, ev->matter.data);
    }
    mdb_cursor_close(cur);
    return other;
}

/* Here the other copy's words came first: what the one of two copies has said, heard above or below, is not in its matter. */
static bool displaced(struct qp_work *w, const Qp__Event *ev, const uint8_t said[SAID],
                      const struct qp_slice *bytes)
{
    return ev->matter.len == QP_ID_LEN && qp_matter_known(&w->m, ev->matter.data, said) &&
           !qp_matter_known_as(&w->m, ev->matter.data, said, bytes->p, bytes->len);
}

static bool lacks_somewhere(struct qp_work *w, const struct qp_event_kind *kind, const uint8_t said[SAID],
                            const Qp__Face *f)
{
    bool lacks = !echoed(w, said, QP_SCOPE_HORIZON, qp_nobody) ||
                 (kind && kind->reach == QP_GOES_DOWN && !echoed(w, said, QP_SCOPE_SUBTREE, qp_nobody));
    assert(!f || f->n_members > 0); /* its opener at least */
    for (size_t i = 0; f && i < f->n_members && !lacks; i++)
        lacks = !qp_tree_above(w->c->tree, f->members[i].data) &&
                !echoed(w, said, QP_SCOPE_NODE, f->members[i].data);
    return lacks;
}

/* Says one of the old events again wherever it should have gone and is not known to have come. */
static int say_again(struct qp_work *w, const uint8_t said[SAID], uint64_t position, uint32_t index,
                     struct qp_arena *a, struct qp_err *e)
{
    assert(w->c->recovering); /* afterwards all is said as any other event is */
    struct qp_core *c = w->c;
    struct looked x = {.a = a};
    Qp__Row *row;
    int rc = event_at(w, position, index, &x, e);
    if (rc == QP_ECORRUPT)
        return 0; /* S5: told as damaged; nothing can be said again from it */
    const Qp__Event *ev = x.ev;
    if (!rc && (displaced(w, ev, said, &x.bytes) || contradicted(w, &x, said))) {
        rc = qp_again_note(w, ev, &x.bytes, e);
        if (!rc || qp_ends_turn(rc))
            return rc;
        rc = 0; /* it cannot be told: said again it is a conflict at least (K7), and lost nowhere */
    }
    if (rc)
        return rc;
    const struct qp_event_kind *kind = qp_event_kind((int)ev->body_case);
    if (kind && kind->reach == QP_GOES_TO)
        return 0; /* what a line lacks is said by what is due on it (LI6) */
    uint8_t lane = x.p.h.lane;
    const Qp__Face *f = NULL;
    if (ev->matter.len == QP_ID_LEN && !qp_matter_row(&w->m, ev->matter.data, &row, NULL))
        f = row->face;
    if (f)
        lane = f->urgency >= QP_EMERGENCY ? QP_LANE_URGENT : QP_LANE_BULK;
    if (!lacks_somewhere(w, kind, said, f))
        return 0;
    struct qp_said *s = qp_arena_take(c->arena, sizeof *s);
    uint8_t *kept = qp_arena_copy(c->arena, x.bytes.p, x.bytes.len);
    if (!s || !kept)
        return qp_fail(e, QP_ENOMEM, "no memory to say events again");
    *s = (struct qp_said){.bytes = {kept, x.bytes.len}, .reply = -1};
    rc = vouch_again(w, ev, said, f, e);
    if (!rc && !echoed(w, said, QP_SCOPE_HORIZON, qp_nobody))
        rc = qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, lane);
    if (!rc && kind && kind->reach == QP_GOES_DOWN && !echoed(w, said, QP_SCOPE_SUBTREE, qp_nobody))
        rc = qp_say_to(w, s, QP_SCOPE_SUBTREE, qp_nobody, lane);
    for (size_t i = 0; f && i < f->n_members && !rc; i++)
        if (!qp_tree_above(c->tree, f->members[i].data) &&
            !echoed(w, said, QP_SCOPE_NODE, f->members[i].data))
            rc = qp_say_to(w, s, QP_SCOPE_NODE, f->members[i].data, lane);
    return rc;
}

static int say_missing_in(struct qp_work *w, struct qp_arena *a, struct qp_err *e)
{
    assert(w->c->recovering);
    MDB_cursor *cur;
    MDB_val k, v;
    uint8_t last[SAID] = {0};
    size_t looked = 0;
    int bad = 0, rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_ECHO), &cur);
    if (rc)
        return qp_store_error(rc, "echo", e);
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_FIRST); !rc && !bad;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        const uint8_t *p = v.mv_data;
        if (memcmp(last, k.mv_data, sizeof last) == 0)
            continue;
        memcpy(last, k.mv_data, sizeof last);
        qp_arena_reset(a);
        bad = say_again(w, last, qp_rd64(p), (uint32_t)(p[8] << 8 | p[9]), a, e);
        if (!bad && ++looked % QP_ROWS_AT_ONCE == 0)
            bad = qp_matter_flush(&w->m, e);
    }
    mdb_cursor_close(cur);
    return bad || !rc || rc == MDB_NOTFOUND ? bad : qp_store_error(rc, "echo", e);
}

static int say_missing(struct qp_work *w, struct qp_err *e)
{
    struct qp_arena *a = qp_arena_new(4 * (size_t)QP_DECODE_ARENA);
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory to say events again");
    int rc = say_missing_in(w, a, e);
    assert(rc || w->c->recovering); /* until it is said that it is over */
    qp_arena_free(a);
    return rc;
}

int qp_recovered(struct qp_work *w, struct qp_err *e)
{
    w->c->recovering = false;
    int rc = mdb_drop(w->t->tables, qp_store_dbi(w->c->store, QP_T_ECHO), 0);
    if (rc)
        return qp_store_error(rc, "echo", e);
    /* C1: beyond what was handed back nobody holds anything. A final head that is higher was the word of a
     * parent whose disk burned afterwards: a chain that began with it would be taken nowhere. */
    return qp_chain_unstate(w, w->c->self.node, e);
}

struct owed {
    struct qp_work *w;
    const uint8_t *by;
    struct qp_err *e;
    int rc;
};

/* What one neighbour has handed back was queued for another that is coming back as well (route.c): that one
 * has all of it only when it has acknowledged up to here. */
static void owe_more(void *arg, struct qp_place *p)
{
    struct owed *o = arg;
    struct qp_core *c = o->w->c;
    struct qp_peer_entry pe;
    if (o->rc || qp_same(p->cert.node, o->by) || (p != qp_tree_parent(c->tree) && !qp_is_child(c, p)))
        return;
    qp_peer_read(o->w->t->tables, c->store, p->cert.node, &pe);
    if (pe.handback_upto == 0)
        return;
    assert(pe.handback_upto <= o->w->t->head); /* what is owed only grows */
    pe.handback_upto = o->w->t->head;
    o->rc = qp_peer_put(o->w, p->cert.node, &pe, o->e);
    qp_out_once(o->w, QP_OUT_WAKE, p->cert.node);
}

int qp_on_handed_back(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_HANDED_BACK);
    struct qp_peer_entry p;
    if (!w->c->recovering)
        return 0;
    qp_peer_read(w->t->tables, w->c->store, in->peer, &p);
    uint8_t back = in->handed_back.above ? QP_BACK_ABOVE : QP_BACK_ALL;
    p.handed_back = back > p.handed_back ? back : p.handed_back;
    int rc = qp_peer_put(w, in->peer, &p, e);
    struct owed o = {w, in->peer, e, rc};
    qp_tree_each(w->c->tree, owe_more, &o);
    return o.rc;
}

struct others {
    const struct qp_core *c;
    MDB_txn *tables;
    const uint8_t *but;
    bool all;
};

static enum qp_back handed_back(const struct others *o, const struct qp_place *p)
{
    struct qp_peer_entry pe;
    qp_peer_read(o->tables, o->c->store, p->cert.node, &pe);
    return (enum qp_back)pe.handed_back;
}

static void child_is_back(void *arg, struct qp_place *p)
{
    struct others *o = arg;
    if (o->all && qp_is_child(o->c, p) && !p->revoked && !qp_same(p->cert.node, o->but))
        o->all = handed_back(o, p) == QP_BACK_ALL; /* one that cannot come back is revoked first (K5) */
}

/* Two neighbours that both come back except each other, so that on a tree it ends: first what came from above
 * goes down, with the certificates of all children; then each says ALL upward when its children have, and
 * downward when its parent and the other children have. */
enum qp_back qp_core_back(const struct qp_core *c, MDB_txn *tables, const uint8_t but[QP_ID_LEN])
{
    const struct qp_place *parent = qp_tree_parent(c->tree);
    struct others o = {c, tables, but, true};
    if (!c->recovering)
        return QP_BACK_ALL;
    bool upward = parent && qp_same(parent->cert.node, but);
    enum qp_back above = !parent ? QP_BACK_ALL : handed_back(&o, parent);
    if (above == QP_BACK_NOT)
        return QP_BACK_NOT; /* its children are not known for certain */
    o.all = above == QP_BACK_ALL || upward;
    qp_tree_each(c->tree, child_is_back, &o);
    return o.all ? QP_BACK_ALL : upward ? QP_BACK_NOT : QP_BACK_ABOVE;
}

/* Offers that came while it could not answer. */
static int offers_for_me(struct qp_work *w, struct qp_err *e)
{
    assert(!w->c->recovering && w->noffers <= w->capoffers);
    MDB_cursor *cur;
    MDB_val k, v;
    int rc = mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_MATTER), &cur);
    if (rc)
        return qp_store_error(rc, "matters", e);
    int noted = 0;
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_FIRST); !rc && !noted;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT))
        noted = qp_note_offer(w, k.mv_data);
    mdb_cursor_close(cur);
    if (noted)
        return qp_fail(e, noted, "the turn ran out of memory");
    return rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "matters", e);
}

int qp_recover_check(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    if (!c->recovering || qp_core_back(c, w->t->tables, qp_nobody) != QP_BACK_ALL)
        return 0;
    int rc = qp_matter_flush(&w->m, e);
    if (!rc)
        rc = say_missing(w, e);
    if (rc)
        return rc;
    assert(c->recovering); /* until it is said that it is over */
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Recovered *r = qp_arena_take(c->arena, sizeof *r);
    if (!ev || !r)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__recovered__init(r);
    ev->body_case = QP__EVENT__BODY_RECOVERED;
    ev->recovered = r;
    if ((rc = qp_say_local(w, ev, e)))
        return rc;
    return offers_for_me(w, e);
}
