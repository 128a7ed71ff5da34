/* ahead.c: what a relay passes on before its own commit (L3), so that a report does not wait for one disk
 * after the other on its way up.
 *
 *   a parcel from a child: fits? ─┬─► ahead, at once ────────────────► parent: fits? ─► taken
 *                                 └─► signature ─► commit ─► deliver ──► parent: a duplicate, confirms it
 *
 * Only what its origin has committed, for the horizon, without custody, and only where nothing else waits.
 * Each node checks the signature for itself, after passing the parcel on; whoever brought one that does not
 * fit is doubted from then on: what comes by him is checked first. What went ahead has no position and is not
 * acknowledged: queues, acks and heads are as if it had not been.
 *
 * Whether a relay was told of everything is said when it ends in order (qp_store_set_untold), not inferred
 * from that end: it may have given up a turn that had passed something on, or have been stopped again before
 * anybody told it.
 *
 * A relay that crashes in between has passed on what it does not hold. Its child sends it again; but if that
 * child's disk burns first, the relay would certify a successor from a head below what is held above (C2). So
 * a parent keeps what came ahead and was not confirmed, and tells a child at each greeting; and a relay that
 * was stopped in the middle of its work certifies no successor, and passes nothing ahead, before it was told.
 * Nor does it tell its own children before: several relays may have been stopped at once, and what it is told
 * may be missing further down as well. */
#include <assert.h>

#include "node/core/private.h"

bool qp_ahead_told(const struct qp_core *c)
{
    return c->told;
}

bool qp_ahead_plain(Qp__Event *const *events, size_t n)
{
    assert(events || n == 0);
    for (size_t i = 0; i < n; i++) {
        const struct qp_event_kind *k = qp_event_kind((int)events[i]->body_case);
        if (!k || !k->ahead)
            return false;
    }
    return true;
}

bool qp_ahead_wanted(const struct qp_work *w, size_t len)
{
    assert(w->c->passed <= QP_AHEAD);
    const struct qp_core *c = w->c;
    return c->pass && c->told && c->passed < QP_AHEAD && !w->behind && !w->learned && len <= QP_AHEAD_BYTES &&
           qp_tree_parent(c->tree);
}

void qp_ahead_pass(struct qp_work *w, const struct qp_parcel *p, const struct qp_slice *bytes)
{
    assert(p->h.scope == QP_SCOPE_HORIZON);
    struct qp_core *c = w->c;
    if (!qp_ahead_wanted(w, bytes->len) || !c->pass(c->pass_arg, p->h.lane, bytes))
        return;
    c->passed++;
    w->passed = true;
}

/* ---- at the parent ---- */

static size_t held(const struct qp_peer_entry *p)
{
    size_t n = 0;
    while (n < QP_AHEAD_KEPT && p->ahead[n].position != 0)
        n++;
    assert(n <= QP_AHEAD_KEPT);
    return n;
}

bool qp_ahead_room(const struct qp_peer_entry *p)
{
    return held(p) < QP_AHEAD;
}

/* From the front alone, so that they are the last that were taken: a replay finds the same or more. */
static void drop(struct qp_peer_entry *p)
{
    memmove(&p->ahead[0], &p->ahead[1], sizeof p->ahead[0] * (QP_AHEAD_KEPT - 1));
    memset(&p->ahead[QP_AHEAD_KEPT - 1], 0, sizeof p->ahead[0]);
}

/* Admission saw to it that there is room. A replay does not know what was confirmed: there the last ones
 * stay, and what could be missing at the child is among them. */
int qp_ahead_note(struct qp_work *w, const uint8_t child[QP_ID_LEN], const uint8_t epoch[QP_ID_LEN],
                  uint64_t position, const struct qp_hash *id, struct qp_err *e)
{
    assert(position > 0 && position <= w->t->head);
    struct qp_peer_entry p;
    qp_peer_read(w->t->tables, w->c->store, child, &p);
    if (!qp_same(p.epoch, epoch)) /* only in a replay */
        qp_peer_anew(&p, epoch);
    if (held(&p) == QP_AHEAD_KEPT)
        drop(&p);
    size_t at = held(&p);
    p.ahead[at].position = position;
    p.ahead[at].again = 0;
    p.ahead[at].id = *id;
    QP_COUNT(w->c, taken_ahead);
    return qp_peer_put(w, child, &p, e);
}

int qp_ahead_again(struct qp_work *w, const uint8_t child[QP_ID_LEN], const struct qp_hash *id,
                   struct qp_err *e)
{
    assert(!qp_hash_zero(id));
    struct qp_peer_entry p;
    qp_peer_read(w->t->tables, w->c->store, child, &p);
    size_t i = 0;
    while (i < QP_AHEAD_KEPT && (p.ahead[i].position == 0 || !qp_hash_eq(&p.ahead[i].id, id)))
        i++;
    if (i == QP_AHEAD_KEPT)
        return 0;
    p.ahead[i].again = 1;
    while (p.ahead[0].again != 0)
        drop(&p);
    return qp_peer_put(w, child, &p, e);
}

int qp_ahead_back(struct qp_work *w, const struct qp_parcel *p, uint64_t position, struct qp_err *e)
{
    assert(position > 0);
    struct qp_peer_entry pe;
    bool unknown;
    const struct qp_place *via = qp_tree_next(w->c->tree, p->h.origin, &unknown);
    if (!via)
        return 0;
    qp_peer_read(w->t->tables, w->c->store, via->cert.node, &pe);
    return qp_ahead_note(w, via->cert.node, pe.epoch, position, &p->id, e);
}

struct listeners {
    struct qp_work *w;
    struct qp_err *e;
    int rc;
};

static void tell_child(void *arg, struct qp_place *p)
{
    assert(p);
    struct listeners *l = arg;
    if (!l->rc && qp_is_child(l->w->c, p) && !p->revoked)
        l->rc = qp_ahead_tell(l->w, p->cert.node, l->e);
}

int qp_ahead_begin(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    struct listeners l = {w, e, 0};
    bool now = c->telling && !c->told;
    c->told |= c->telling; /* that turn was committed */
    c->telling = false;
    c->passed = 0;
    assert(!now || c->told); /* said once, when it has become true */
    if (now)
        qp_tree_each(c->tree, tell_child, &l);
    return l.rc;
}

/* A chain that was refused here, or whose origin is no longer heard, need not be held. */
bool qp_ahead_held(struct qp_work *w, Qp__Head *const *heads, size_t n)
{
    assert(heads || n == 0);
    for (size_t i = 0; i < n; i++) {
        struct qp_header h = {.incarnation = heads[i]->incarnation,
                              .scope = (uint8_t)heads[i]->scope,
                              .lane = (uint8_t)heads[i]->lane,
                              .seq = heads[i]->seq};
        uint8_t key[QP_CHAIN_KEY];
        struct qp_head head;
        struct qp_hash id;
        memcpy(h.origin, heads[i]->origin.data, QP_ID_LEN);
        const struct qp_place *p = qp_tree_node(w->c->tree, h.origin);
        qp_chain_key(key, h.origin, h.incarnation, h.scope, h.to, h.lane);
        qp_chain_get(w->t->tables, w->c->store, key, &head);
        bool over = h.seq == 0 || /* no place of a chain: nothing went ahead there */
                    (p && (p->quarantined || p->cert.incarnation > h.incarnation));
        if (!over && !head.refused &&
            (!qp_chain_at(w, &h, &id) || memcmp(id.b, heads[i]->hash.data, QP_HASH_LEN) != 0))
            return false;
    }
    return true;
}

int qp_ahead_tell(struct qp_work *w, const uint8_t child[QP_ID_LEN], struct qp_err *e)
{
    assert(!qp_same(child, w->c->self.node));
    struct qp_peer_entry p;
    struct qp_record r;
    if (!w->c->told)
        return 0; /* when it has been */
    for (size_t i = w->out->n; i-- > 0;)
        if (w->out->v[i].kind == QP_OUT_AHEAD && w->out->v[i].ahead.last && qp_same(w->out->v[i].peer, child))
            return 0; /* in this turn it was */
    qp_peer_read(w->t->tables, w->c->store, child, &p);
    Qp__Head **heads = qp_arena_take(w->c->arena, sizeof *heads * QP_AHEAD_KEPT);
    size_t n = 0;
    for (size_t i = 0; i < held(&p); i++) {
        struct qp_parcel parcel;
        int rc = qp_journal_get(w->t->journal, w->c->store, p.ahead[i].position, &r, e);
        if (rc == QP_ECORRUPT)
            continue; /* S5: told as damaged */
        if (rc || (rc = qp_parcel_open_trusted(&parcel, r.parcel.p, r.parcel.len, w->c->arena, e)))
            return rc;
        if (!heads || !(heads[n++] = qp_head_of(w->c->arena, &parcel)))
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        struct qp_output *o = qp_out(w, QP_OUT_AHEAD, child);
        if (!o)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        o->ahead.parcel =
            (struct qp_slice){qp_arena_copy(w->c->arena, r.parcel.p, r.parcel.len), r.parcel.len};
        if (!o->ahead.parcel.p)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    }
    struct qp_output *o = qp_out(w, QP_OUT_AHEAD, child);
    if (!o)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    o->ahead.last = true;
    o->ahead.heads = heads;
    o->ahead.nheads = n;
    return 0;
}
