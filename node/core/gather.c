/* gather.c: what is known of a parcel that a neighbour brings, for judge.c. Reads the tree and the tables, and
 * changes nothing but the doubt in whoever brought a bad signature. */
#include <assert.h>

#include "node/core/admission.h"

enum { UNKNOWN_MOST = 512 }; /* destinations of one origin that nobody here knows */

/* What a parcel's neighbour may bring. NULL: fine; else why not. */
static const char *scope_of(struct admission *a)
{
    assert(a->peer && !a->known.form);
    struct qp_core *c = a->w->c;
    const struct qp_header *h = &a->p.h;
    bool mine = qp_same(h->origin, c->self.node), hb = a->in->parcel.handback, unknown;
    const struct qp_place *via = mine ? NULL : qp_tree_next(c->tree, h->origin, &unknown);
    const struct qp_place *to = h->scope == QP_SCOPE_NODE ? qp_tree_next(c->tree, h->to, &unknown) : NULL;
    bool for_me = h->scope == QP_SCOPE_NODE && qp_same(h->to, c->self.node);
    if (mine)
        return hb && c->recovering && h->incarnation < c->self.incarnation
                   ? NULL
                   : "it names this node as its origin";
    if (a->child) {
        bool order = h->scope == QP_SCOPE_SUBTREE && qp_tree_above(c->tree, h->origin);
        bool went_there = order || (h->scope == QP_SCOPE_NODE && to == a->peer);
        if (via != a->peer && hb && c->recovering && went_there)
            return NULL; /* it came to that child through what was here before the fire (K5) */
        if (via != a->peer)
            return "its origin is not in the subtree of the child that brought it";
        if (h->scope == QP_SCOPE_SUBTREE)
            return "it is for its origin's subtree, which does not lead through here";
        if (h->scope == QP_SCOPE_NODE && !for_me && to == a->peer)
            return "its destination lies below the child that brought it";
        return NULL;
    }
    bool below = via && via != a->peer;
    if (below)
        return hb && c->recovering ? NULL
                                   : "its origin is in this node's own subtree, but it came from above";
    if (h->scope == QP_SCOPE_HORIZON)
        return "it is for the horizon and came from above";
    if (h->scope == QP_SCOPE_NODE && !for_me && (!to || to == a->peer))
        return "its destination is not in this node's subtree";
    if (h->scope == QP_SCOPE_SUBTREE && !qp_tree_above(c->tree, h->origin))
        return "it is an order for a subtree that this node is not in";
    return NULL;
}

/* The one that is at hand most often is the origin's present one, which the tree has read already. */
static bool certificate_of(struct admission *a)
{
    a->origin = qp_tree_node(a->w->c->tree, a->p.h.origin);
    assert(!a->origin || qp_same(a->origin->cert.node, a->p.h.origin));
    if (!a->origin || !qp_hash_eq(&a->origin->cert.id, &a->p.h.certificate))
        return qp_cert_get(a->w, &a->p.h.certificate, &a->cert);
    a->cert = a->origin->cert;
    return true;
}

/* The place in its chain: 0 next, QP_EDUP, QP_EGAP, QP_EFORK, QP_ECLOSED. */
static int place_of(struct admission *a)
{
    assert(a->p.h.seq > 0);
    struct qp_work *w = a->w;
    const struct qp_header *h = &a->p.h;
    uint8_t key[QP_CHAIN_KEY];
    struct qp_head head;
    struct qp_hash at, prev;
    bool any, refused;
    qp_chain_key(key, h->origin, h->incarnation, h->scope, h->to, h->lane);
    qp_chain_get(w->t->tables, w->c->store, key, &head);
    if (h->seq == 0)
        return QP_EINVAL;
    if (h->seq <= head.seq)
        return qp_chain_at(w, h, &at) && qp_hash_eq(&at, &a->p.id) ? QP_EDUP : QP_EFORK;
    if (head.refused)
        return QP_ECLOSED;
    if (h->seq != head.seq + 1)
        return QP_EGAP;
    if (h->seq > 1)
        return !qp_hash_eq(&head.hash, &h->prev) ? QP_EFORK : h->clock <= head.clock ? QP_EINVAL : 0;
    qp_chain_before(w, h, &prev, &any, &refused);
    if (qp_same(h->origin, w->c->self.node) || refused)
        return 0;
    return qp_hash_eq(&prev, &h->prev) ? 0 : QP_EGAP; /* C1: the old incarnation's final head comes first */
}

/* Nodes below that are not known again yet: who has lost his disk must not refuse what is for them, or came
 * to them before the fire. Whoever brings it knows where they are (L5). */
static bool lies_unknown(const struct admission *a)
{
    const struct qp_core *c = a->w->c;
    return c->recovering && (!a->child || a->in->parcel.handback) && a->p.h.scope == QP_SCOPE_NODE &&
           !qp_tree_node(c->tree, a->p.h.to);
}

/* L7: each new destination is a chain in the tables of every node on the way. Of such as nobody here knows,
 * an origin may have some at a time (they may be known elsewhere, or soon); not one more with every parcel.
 */
static bool goes_nowhere(const struct admission *a)
{
    struct qp_work *w = a->w;
    const struct qp_header *h = &a->p.h;
    return h->scope == QP_SCOPE_NODE && h->seq == 1 && a->child && !w->c->recovering &&
           !qp_tree_node(w->c->tree, h->to) &&
           qp_chain_nowhere(w, h->origin, h->incarnation, UNKNOWN_MOST) >= UNKNOWN_MOST;
}

/* A lane that waits already for what this neighbour was asked for. */
static bool asked_before(const struct admission *a)
{
    const struct qp_core *c = a->w->c;
    for (size_t i = 0; i < sizeof c->asked / sizeof c->asked[0]; i++)
        if (c->asked[i].open && c->asked[i].lane == a->in->parcel.lane &&
            qp_same(c->asked[i].peer, a->in->peer))
            return true;
    return false;
}

/* Whose it is, which way it came, where it stands. Its form is good. */
static void gather_known(struct admission *a)
{
    assert(!a->known.form);
    struct qp_core *c = a->w->c;
    struct qp_case *k = &a->known;
    const struct qp_header *h = &a->p.h;
    k->our_tree = qp_same(h->tree, c->self.tree);
    k->own_lane =
        a->ahead ? h->lane == QP_LANE_URGENT || h->lane == QP_LANE_BULK : h->lane == a->in->parcel.lane;
    if (!k->our_tree || !k->own_lane)
        return;
    k->key = certificate_of(a) ? QP_YES : QP_NO;
    k->key_asked = k->key == QP_NO && asked_before(a);
    if (k->key == QP_NO)
        return;
    k->place = place_of(a);
    if (k->place == QP_EDUP)
        return;
    k->key_fits = a->cert.incarnation == h->incarnation && qp_same(a->cert.node, h->origin);
    k->lies_unknown = lies_unknown(a);
    k->way = scope_of(a);
    k->goes_nowhere = goes_nowhere(a);
    k->quarantined = a->origin && a->origin->quarantined;
    k->superseded = a->origin && a->origin->cert.incarnation > h->incarnation &&
                    qp_same(a->origin->cert.issuer, c->self.node);
    k->judged = k->place == QP_EFORK && qp_verdict_covers(a->w->t->tables, c->store, h, c->arena);
    k->all_sent = !a->ahead && k->place == QP_EGAP && h->seq == 1 &&
                  qp_missed_all(c, a->in->peer, a->in->parcel.lane); /* what came ahead is of no lane yet */
}

void qp_gather(struct admission *a)
{
    assert(a->peer);
    struct qp_core *c = a->w->c;
    struct qp_case *k = &a->known;
    k->peer_revoked = a->peer->revoked;
    k->recovering = c->recovering;
    k->form = qp_parcel_open(&a->p, a->in->parcel.bytes, a->in->parcel.len, c->arena, &a->why);
    k->form_why = a->why.text;
    if (!k->form)
        gather_known(a);
}

static void doubt(struct admission *a, const uint8_t node[QP_ID_LEN])
{
    struct qp_place *p = qp_tree_node(a->w->c->tree, node);
    if (p)
        p->doubted = true;
}

bool qp_gather_signature(struct admission *a, const uint8_t doubtful[QP_ID_LEN])
{
    assert(a->known.key == QP_YES && a->known.signature == QP_UNASKED);
    bool fits = !qp_parcel_verify(&a->p, a->cert.sign_key);
    a->known.signature = fits ? QP_YES : QP_NO;
    if (fits)
        return true;
    QP_COUNT(a->w->c, refused_signature);
    doubt(a, doubtful);
    a->w->passed = false;
    return false;
}

/* Whose key signed it may not be known here, as at one that comes back: then it has no effect (E5). */
static bool enrols_falsely(struct admission *a, const Qp__Event *ev, struct qp_err *why)
{
    struct qp_cert c;
    int rc = ev->body_case == QP__EVENT__BODY_ENROLLED ? qp_enrolled_judge(a->w, ev, &c, why) : 0;
    return rc && rc != QP_ENOTFOUND;
}

/* Verified, so whatever is wrong with the events is the origin's own doing. NULL: fine. */
static const char *events_of(struct admission *a, struct qp_err *why)
{
    assert(!a->known.form);
    struct qp_core *c = a->w->c;
    const struct qp_header *h = &a->p.h;
    if (a->events)
        return NULL; /* seen before */
    Qp__Event **events = qp_arena_take(c->arena, sizeof *events * h->count);
    if (!events)
        return "its events do not fit into memory";
    for (uint32_t i = 0; i < h->count; i++) {
        a->bad_event = i + 1;
        if (qp_parcel_event(&events[i], &a->p, i, c->arena, why) != 0)
            return why->text;
        const Qp__Event *ev = events[i];
        if (ev->origin.len != QP_ID_LEN || !qp_same(ev->origin.data, h->origin) || ev->incarnation == 0 ||
            ev->incarnation > h->incarnation)
            return "an event in it speaks for another node than its origin";
        const struct qp_event_kind *k = qp_event_kind((int)ev->body_case);
        if (k && !qp_event_travels(k, h->scope) && !qp_same(h->origin, c->self.node))
            return k->reach == QP_GOES_NOWHERE ? "an event in it is local to its origin and may not travel"
                                               : "an event in it may not travel in a parcel of this scope";
        if (k && !qp_event_in_lane(k, h->lane) && !qp_same(h->origin, c->self.node))
            return "an event in it may not travel in this lane";
        if (enrols_falsely(a, events[i], why))
            return why->text;
    }
    a->bad_event = 0;
    a->events = events;
    return NULL;
}

/* L7: the tree is in memory at every ancestor. What goes beyond the bound waits at its sender. */
static bool too_many_nodes(const struct admission *a)
{
    assert(a->events);
    const struct qp_core *c = a->w->c;
    size_t more = 0;
    uint32_t most = qp_child_nodes(c);
    if (!a->child || most == 0)
        return false;
    for (uint32_t i = 0; i < a->p.h.count; i++) {
        const Qp__Event *ev = a->events[i];
        struct qp_cert cert;
        more += ev->body_case == QP__EVENT__BODY_ENROLLED && ev->enrolled->certificate &&
                !qp_cert_read(&cert, ev->enrolled->certificate, c->arena, NULL) &&
                !qp_tree_node(c->tree, cert.node);
    }
    return more > 0 && qp_tree_below(c->tree, a->peer->cert.node) + more > most;
}

static bool lacks_evidence(struct admission *a)
{
    assert(a->events);
    for (uint32_t i = 0; i < a->p.h.count; i++)
        if (qp_vouch_lacks(a->w, a->events[i], &a->evidence))
            return true;
    return false;
}

bool qp_gather_events(struct admission *a)
{
    assert(!a->known.form);
    struct qp_case *k = &a->known;
    if (k->events != QP_UNASKED)
        return k->events == QP_YES;
    k->events_why = events_of(a, &a->why);
    k->events = !k->events_why ? QP_YES : QP_NO;
    if (k->events == QP_YES && !a->ahead) {
        k->too_many = too_many_nodes(a);
        k->lacks_evidence = lacks_evidence(a);
    }
    return k->events == QP_YES;
}
