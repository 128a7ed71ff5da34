/* admit.c: may this parcel come in? Form, signature, certificate, scope, chain, events; then journal,
 * project, route.
 *
 *   bytes ─ open ─ tree ─ certificate known? ─ scope of the link ─ place in its chain ─ signature ─ events
 *                               │ ask for it        │ refuse             │ here already: ack         │ E6: refuse the chain
 *                                                                        │ a gap: rewind
 *                                                                        │ a fork: quarantine
 *
 * A parcel that cannot be laid at anybody's door (bad form, bad signature) is dropped, counted and told to
 * the neighbour; its lane goes on. One that is its origin's own doing (verified, but saying what it may not)
 * stops that origin's chain here (E6). */
#include "node/core/private.h"

enum { UNKNOWN_MOST = 512 }; /* destinations of one origin that nobody here knows */

struct admission {
    struct qp_work *w;
    const struct qp_input *in;
    struct qp_parcel p;
    Qp__Event **events;
    struct qp_cert cert;
    const struct qp_place *origin, *peer;
    bool child, ahead;
    uint32_t bad_event; /* from 1: the event that may not be said */
};

static int advance(struct admission *a, struct qp_err *e)
{
    const struct qp_input *in = a->in;
    qp_out_ack(a->w, in->peer, false, false);
    return qp_peer_received(a->w, in->peer, in->parcel.epoch, in->parcel.lane, in->parcel.position,
                            &in->parcel.hash, e);
}

static int refuse(struct admission *a, int code, const char *reason, struct qp_err *e)
{
    struct qp_output *o = qp_out(a->w, QP_OUT_REFUSED, a->in->peer);
    if (o != NULL) {
        o->refused.code = code;
        o->refused.at = a->p.h;
        strncpy(o->refused.reason, reason, sizeof o->refused.reason - 1);
    }
    return advance(a, e);
}

/* For good: signed, journaled, and told to the origin as well as to whoever brought it (verdict.c). The other
 * parcel's header is the proof. */
static int refuse_chain(struct admission *a, int code, const char *reason, struct qp_err *e)
{
    struct qp_work *w = a->w;
    size_t len = a->p.header.len + a->p.signature.len;
    ProtobufCBinaryData proof = {len, qp_arena_take(w->c->arena, len)};
    if (proof.data == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    memcpy(proof.data, a->p.header.p, a->p.header.len);
    memcpy(proof.data + a->p.header.len, a->p.signature.p, a->p.signature.len);
    Qp__Verdict *v = qp_verdict_new(w, &a->p, code, reason, a->bad_event);
    int rc = qp_verdict_journal(w, v, a->in->peer, &proof, e);
    return rc != 0 ? rc : refuse(a, code, reason, e);
}

/* Nobody's doing, or only the neighbour's: dropped and told; its place stays open, so that the true one may
 * still come. */
static int reject(struct admission *a, int code, const char *reason, struct qp_err *e)
{
    struct qp_output *o = qp_out(a->w, QP_OUT_REFUSED, a->in->peer);
    if (o != NULL) {
        o->refused.code = code;
        o->refused.at = a->p.h;
        strncpy(o->refused.reason, reason, sizeof o->refused.reason - 1);
    }
    return qp_missed(a->w, a->in->peer, a->in->parcel.lane, e);
}

/* What a parcel's neighbour may bring. NULL: fine; else why not. */
static const char *scope_of(struct admission *a)
{
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
    bool below = via != NULL && via != a->peer;
    if (below)
        return hb && c->recovering ? NULL
                                   : "its origin is in this node's own subtree, but it came from above";
    if (h->scope == QP_SCOPE_HORIZON)
        return "it is for the horizon and came from above";
    if (h->scope == QP_SCOPE_NODE && !for_me && (to == NULL || to == a->peer))
        return "its destination is not in this node's subtree";
    if (h->scope == QP_SCOPE_SUBTREE && !qp_tree_above(c->tree, h->origin))
        return "it is an order for a subtree that this node is not in";
    return NULL;
}

/* The one that is at hand most often is the origin's present one, which the tree has read already. */
static bool certificate_of(struct admission *a)
{
    a->origin = qp_tree_node(a->w->c->tree, a->p.h.origin);
    if (a->origin == NULL || !qp_hash_eq(&a->origin->cert.id, &a->p.h.certificate))
        return qp_cert_get(a->w, &a->p.h.certificate, &a->cert);
    a->cert = a->origin->cert;
    return true;
}

/* The place in its chain: 0 next, QP_EDUP, QP_EGAP, QP_EFORK, QP_ECLOSED. */
static int place_of(struct admission *a, const struct qp_header *h)
{
    struct qp_work *w = a->w;
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

/* Whose key signed it may not be known here, as at one that comes back: then it has no effect (E5). */
static bool enrols_falsely(struct admission *a, const Qp__Event *ev, struct qp_err *why)
{
    struct qp_cert c;
    int rc = ev->body_case == QP__EVENT__BODY_ENROLLED ? qp_enrolled_judge(a->w, ev, &c, why) : 0;
    return rc != 0 && rc != QP_ENOTFOUND;
}

/* Verified, so whatever is wrong with the events is the origin's own doing. NULL: fine. */
static const char *events_of(struct admission *a, struct qp_err *why)
{
    struct qp_core *c = a->w->c;
    const struct qp_header *h = &a->p.h;
    if (a->events != NULL)
        return NULL; /* seen before */
    Qp__Event **events = qp_arena_take(c->arena, sizeof *events * h->count);
    if (events == NULL)
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
        if (k != NULL && !qp_event_travels(k, h->scope) && !qp_same(h->origin, c->self.node))
            return k->reach == QP_GOES_NOWHERE ? "an event in it is local to its origin and may not travel"
                                               : "an event in it may not travel in a parcel of this scope";
        if (enrols_falsely(a, events[i], why))
            return why->text;
    }
    a->bad_event = 0;
    a->events = events;
    return NULL;
}

int qp_ask_certificate(struct qp_work *w, const uint8_t peer[QP_ID_LEN], const struct qp_hash *id)
{
    struct qp_output *o = qp_out(w, QP_OUT_ASK, peer);
    QP_COUNT(w->c, refused_unknown_key);
    if (o == NULL)
        return QP_ENOMEM;
    memcpy(o->ask.certificate, id->b, QP_HASH_LEN);
    return 0;
}

static bool lacks_evidence(struct admission *a, struct qp_hash *certificate)
{
    for (uint32_t i = 0; i < a->p.h.count; i++)
        if (qp_vouch_lacks(a->w, a->events[i], certificate))
            return true;
    return false;
}

static int take(struct admission *a, struct qp_err *e)
{
    struct qp_work *w = a->w;
    const struct qp_input *in = a->in;
    struct qp_record r = {.kind = in->parcel.handback ? QP_RECORD_HANDBACK : QP_RECORD_RECEIVED,
                          .lane = (uint8_t)in->parcel.lane,
                          .peer_position = in->parcel.position,
                          .peer_hash = in->parcel.hash,
                          .received_us = w->now_us,
                          .parcel = {in->parcel.bytes, in->parcel.len}};
    memcpy(r.peer, in->peer, QP_ID_LEN);
    memcpy(r.peer_epoch, in->parcel.epoch, QP_ID_LEN);
    int rc = qp_journal_append(w->t, &r, e);
    if (rc == 0)
        rc = qp_chain_put(w, &a->p.h, &a->p.id, e);
    if (rc == 0 && !a->ahead)
        rc = advance(a, e);
    else if (rc == 0 && a->child)
        rc = qp_ahead_note(w, in->peer, in->parcel.epoch, r.position, &a->p.id, e);
    else if (rc == 0)
        rc = qp_ahead_back(w, &a->p, r.position, e);
    if (rc == 0)
        rc = qp_project(w, &r, &a->p, a->events, e);
    if (rc == 0)
        rc = qp_route(w, &a->p.h, &r, e);
    w->passed = false;
    if (rc == 0 && qp_receipt_due(w, &a->p) != 0)
        rc = qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (r.kind == QP_RECORD_HANDBACK)
        QP_COUNT(w->c, handed_back);
    QP_COUNT(w->c, parcels_received);
    return rc;
}

static int fork_found(struct admission *a, struct qp_err *e)
{
    struct qp_core *c = a->w->c;
    struct qp_place *pl = qp_tree_node(c->tree, a->p.h.origin);
    QP_COUNT(c, refused_fork);
    bool judged =
        qp_verdict_covers(a->w->t->tables, c->store, &a->p.h, c->arena); /* of a former incarnation */
    if (judged || (pl != NULL && pl->quarantined))
        return refuse(a, QP_EFORK,
                      "two parcels claim one place in a chain: its origin's key is refused since", e);
    return refuse_chain(
        a, QP_EFORK,
        "two parcels claim one place in a chain; its key is quarantined, join again with a new token", e);
}

/* Nodes below that are not known again yet: who has lost his disk must not refuse what is for them, or came
 * to them before the fire. Whoever brings it knows where they are (L5). */
static bool lies_unknown(const struct admission *a)
{
    const struct qp_core *c = a->w->c;
    return c->recovering && (!a->child || a->in->parcel.handback) && a->p.h.scope == QP_SCOPE_NODE &&
           qp_tree_node(c->tree, a->p.h.to) == NULL;
}

static int ask_where(struct admission *a, struct qp_err *e)
{
    struct qp_output *o = qp_out(a->w, QP_OUT_ASK, a->in->peer);
    if (o != NULL)
        o->ask.node = qp_arena_copy(a->w->c->arena, a->p.h.to, QP_ID_LEN);
    return qp_missed(a->w, a->in->peer, a->in->parcel.lane, e);
}

/* ---- ahead of its sender's commit, or of this node's own (L3) ---- */

/* May it come this way at all? From a child as ever; from the parent only what had gone up through here. */
static bool ahead_in_scope(struct admission *a)
{
    bool unknown;
    if (a->child)
        return scope_of(a) == NULL;
    const struct qp_place *via = qp_tree_next(a->w->c->tree, a->p.h.origin, &unknown);
    return via != NULL && via != a->peer && !qp_same(a->p.h.origin, a->w->c->self.node);
}

/* The same questions as admit_known's but for the signature; its certificate is known. Whatever does not fit
 * takes the usual way, where the reason is told. */
static bool ahead_fits(struct admission *a)
{
    struct qp_core *c = a->w->c;
    const struct qp_header *h = &a->p.h;
    struct qp_err why = {0};
    if (c->recovering || h->scope != QP_SCOPE_HORIZON || a->cert.incarnation != h->incarnation ||
        !qp_same(a->cert.node, h->origin))
        return false;
    bool over =
        a->origin != NULL && (a->origin->quarantined || (a->origin->cert.incarnation > h->incarnation &&
                                                         qp_same(a->origin->cert.issuer, c->self.node)));
    return !a->peer->revoked && !over && ahead_in_scope(a) && events_of(a, &why) == NULL &&
           qp_ahead_plain(a->events, h->count);
}

static void pass_on(struct admission *a)
{
    const struct qp_slice bytes = {a->in->parcel.bytes, a->in->parcel.len};
    if (a->child && !a->peer->doubted && (a->origin == NULL || !a->origin->doubted))
        qp_ahead_pass(a->w, &a->p, &bytes);
}

static void doubt(struct admission *a, const uint8_t node[QP_ID_LEN])
{
    struct qp_place *p = qp_tree_node(a->w->c->tree, node);
    if (p != NULL)
        p->doubted = true;
}

/* Who is to be doubted for one that does not fit: whoever brought it and had to check it, or whose key it
 * names. It is not routed, whether it went ahead or not. */
static bool verified(struct admission *a, const uint8_t doubtful[QP_ID_LEN])
{
    if (qp_parcel_verify(&a->p, a->cert.sign_key) == 0)
        return true;
    QP_COUNT(a->w->c, refused_signature);
    doubt(a, doubtful);
    a->w->passed = false;
    return false;
}

/* L7: the tree is in memory at every ancestor. What goes beyond the bound waits at its sender. */
static bool too_many_nodes(const struct admission *a)
{
    const struct qp_core *c = a->w->c;
    size_t more = 0;
    if (!a->child || c->policy.child_nodes == 0)
        return false;
    for (uint32_t i = 0; i < a->p.h.count; i++) {
        const Qp__Event *ev = a->events[i];
        struct qp_cert cert;
        more += ev->body_case == QP__EVENT__BODY_ENROLLED && ev->enrolled->certificate != NULL &&
                qp_cert_read(&cert, ev->enrolled->certificate, c->arena, NULL) == 0 &&
                qp_tree_node(c->tree, cert.node) == NULL;
    }
    return more > 0 && qp_tree_below(c->tree, a->peer->cert.node) + more > c->policy.child_nodes;
}

/* L7: each new destination is a chain in the tables of every node on the way. Of such as nobody here knows,
 * an origin may have some at a time (they may be known elsewhere, or soon); not one more with every parcel.
 */
static bool goes_nowhere(const struct admission *a)
{
    struct qp_work *w = a->w;
    const struct qp_header *h = &a->p.h;
    return h->scope == QP_SCOPE_NODE && h->seq == 1 && a->child && !w->c->recovering &&
           qp_tree_node(w->c->tree, h->to) == NULL &&
           qp_chain_nowhere(w, h->origin, h->incarnation, UNKNOWN_MOST) >= UNKNOWN_MOST;
}

/* Form and certificate are good: whose word is it, may it come this way, is it the next of its chain? */
static int admit_known(struct admission *a, struct qp_err *e)
{
    struct qp_core *c = a->w->c;
    struct qp_err why = {0};
    const char *no = NULL;
    int place = place_of(a, &a->p.h);
    if (place == QP_EDUP) { /* the very parcel that is here: nothing to verify */
        QP_COUNT(c, duplicates);
        int rc = qp_ahead_again(a->w, a->in->peer, &a->p.id, e);
        return rc != 0 ? rc : advance(a, e);
    }
    if (place == 0 && qp_ahead_wanted(a->w, a->in->parcel.len) && ahead_fits(a))
        pass_on(a);
    if (!verified(a, a->in->peer))
        return reject(a, QP_ESIG, "its signature does not fit its origin's key", e);
    if (a->cert.incarnation != a->p.h.incarnation || !qp_same(a->cert.node, a->p.h.origin))
        no = "its certificate is another node's or another incarnation's";
    else if (lies_unknown(a))
        return ask_where(a, e);
    else if ((no = scope_of(a)) == NULL && place == 0 && goes_nowhere(a))
        no = "it is for a node that nobody here knows, as hundreds of its origin's already are";
    if (no != NULL) {
        QP_COUNT(c, refused_scope);
        return refuse(a, QP_ESCOPE, no, e);
    }
    bool quarantined = a->origin != NULL && a->origin->quarantined;
    if (a->peer->revoked || quarantined) {
        QP_COUNT(c, refused_revoked);
        /* The neighbour may hold more of this chain than is let in here: a successor goes on from there (E6).
         */
        if (!a->peer->revoked && place != QP_ECLOSED && place != QP_EFORK)
            return refuse_chain(a, QP_EREVOKED, "the key of its origin is quarantined", e);
        return refuse(a, QP_EREVOKED,
                      "the key of its origin, or of the neighbour that brought it, is revoked or quarantined",
                      e);
    }
    /* C2: what the direct parent held when it certified the successor is all that there is of an incarnation.
     */
    if (a->origin != NULL && a->origin->cert.incarnation > a->p.h.incarnation && !c->recovering &&
        qp_same(a->origin->cert.issuer, c->self.node)) {
        QP_COUNT(c, refused_closed);
        return refuse(a, QP_ECLOSED, "a later incarnation of its origin is certified (C2)", e);
    }
    /* C1: a final head is the word of a parent whose disk may have burned since, with the parcels that led to
     * it. A neighbour that was asked for everything and brings this again has nothing that comes before it.
     */
    if (place == QP_EGAP && a->p.h.seq == 1 && qp_missed_all(c, a->in->peer, a->in->parcel.lane))
        place = 0;
    if (place == QP_EGAP) {
        QP_COUNT(c, refused_gap);
        return qp_missed(a->w, a->in->peer, a->in->parcel.lane, e);
    }
    if (place == QP_EFORK)
        return fork_found(a, e);
    if (place == QP_ECLOSED) {
        QP_COUNT(c, refused_closed);
        return refuse(a, QP_ECLOSED, "its chain was refused here before; only a new incarnation goes on", e);
    }
    no = place == QP_EINVAL ? "its place or its clock is not above its predecessor's (C1, T1)"
                            : events_of(a, &why);
    if (no != NULL) {
        QP_COUNT(c, refused_malformed);
        return refuse_chain(a, QP_EINVAL, no, e);
    }
    if (too_many_nodes(a))
        return reject(
            a, QP_EFULL,
            "more nodes are enrolled below this child than its parent allows: its link.child_nodes has to "
            "be raised there; until then this waits",
            e);
    struct qp_hash certificate;
    if (lacks_evidence(a, &certificate)) /* it can be checked when its signers are known */
        return qp_ask_certificate(a->w, a->in->peer, &certificate) != 0
                   ? qp_fail(e, QP_ENOMEM, "the turn ran out of memory")
                   : qp_missed(a->w, a->in->peer, a->in->parcel.lane, e);
    return take(a, e);
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

/* A position that is committed here already. Another parcel than the one that came then is a fork: a copy of
 * its origin's disk is running (C5), and an acknowledgement would have it believe that this was taken. */
static int came_before(struct admission *a, struct qp_err *e)
{
    struct qp_work *w = a->w;
    const struct qp_input *in = a->in;
    bool forked = qp_parcel_open(&a->p, in->parcel.bytes, in->parcel.len, w->c->arena, NULL) == 0 &&
                  qp_same(a->p.h.tree, w->c->self.tree) && a->p.h.lane == in->parcel.lane &&
                  certificate_of(a) && a->cert.incarnation == a->p.h.incarnation &&
                  qp_same(a->cert.node, a->p.h.origin) && place_of(a, &a->p.h) == QP_EFORK &&
                  scope_of(a) == NULL && verified(a, in->peer);
    if (forked)
        return fork_found(a, e);
    QP_COUNT(w->c, duplicates);
    qp_out_ack(w, in->peer, false, false);
    return 0;
}

int qp_admit(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    struct qp_core *c = w->c;
    struct admission a = {.w = w, .in = in};
    struct qp_err why = {0};
    struct qp_peer_entry pe;
    a.peer = qp_tree_node(c->tree, in->peer);
    if (a.peer == NULL || in->parcel.lane < 1 || in->parcel.lane > 2)
        return 0;
    a.child = qp_is_child(c, a.peer);
    qp_peer_read(w->t->tables, c->store, in->peer, &pe);
    if (!qp_same(pe.epoch, in->parcel.epoch))
        return 0; /* of a session that is over */
    if (in->parcel.position <= pe.received[in->parcel.lane - 1])
        return came_before(&a, e);
    if (in->parcel.after > pe.received[in->parcel.lane - 1])
        return qp_missed(w, in->peer, in->parcel.lane, e);
    if (qp_parcel_open(&a.p, in->parcel.bytes, in->parcel.len, c->arena, &why) != 0 ||
        !qp_same(a.p.h.tree, c->self.tree)) {
        QP_COUNT(c, refused_malformed);
        return reject(&a, why.code != 0 ? why.code : QP_ESCOPE,
                      why.code != 0 ? why.text : "it belongs to another tree", e);
    }
    if (a.p.h.lane != in->parcel.lane) {
        QP_COUNT(c, refused_malformed);
        return reject(&a, QP_EINVAL, "it came in another lane than its own", e);
    }
    if (!certificate_of(&a)) {
        if (qp_ask_certificate(w, in->peer, &a.p.h.certificate) != 0)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        if (asked_before(&a)) /* it brings it again and has not said whose key it is */
            return reject(&a, QP_EUNKNOWNKEY,
                          "the key that it is signed with is not certified by anybody here", e);
        return qp_missed(w, in->peer, in->parcel.lane, e);
    }
    return admit_known(&a, e);
}

int qp_on_ahead(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    struct qp_core *c = w->c;
    struct qp_peer_entry pe;
    struct qp_input parcel = {.kind = QP_IN_PARCEL,
                              .parcel = {.bytes = in->ahead.bytes, .len = in->ahead.len}};
    struct admission a = {.w = w, .in = &parcel, .ahead = true, .peer = qp_tree_node(c->tree, in->peer)};
    if (a.peer == NULL)
        return 0;
    a.child = qp_is_child(c, a.peer);
    qp_peer_read(w->t->tables, c->store, in->peer, &pe);
    if (!qp_same(pe.epoch, in->ahead.epoch))
        return 0;
    if (in->ahead.last && a.peer == qp_tree_parent(c->tree)) {
        if (!qp_ahead_held(w, in->ahead.heads, in->ahead.nheads))
            return qp_missed(w, in->peer, QP_LANE_BULK, e); /* it is told again */
        c->telling = true;
    }
    if (in->ahead.len == 0 || pe.handback_upto > 0 || (a.child && !qp_ahead_room(&pe)))
        return 0;
    if (qp_parcel_open(&a.p, in->ahead.bytes, in->ahead.len, c->arena, NULL) != 0 ||
        !qp_same(a.p.h.tree, c->self.tree) || a.p.h.lane < 1 || a.p.h.lane > 2) {
        QP_COUNT(c, refused_malformed);
        return 0;
    }
    memcpy(parcel.peer, in->peer, QP_ID_LEN);
    memcpy(parcel.parcel.epoch, in->ahead.epoch, QP_ID_LEN);
    parcel.parcel.lane = a.p.h.lane;
    parcel.parcel.handback = !a.child;
    if (!certificate_of(&a))
        return 0;
    if (a.child && (a.peer->doubted || (a.origin != NULL && a.origin->doubted)))
        return 0; /* not looked at any more: it comes again in its place, and is checked there */
    if (place_of(&a, &a.p.h) != 0 || !ahead_fits(&a))
        return 0;
    pass_on(&a);
    return verified(&a, a.p.h.origin) ? take(&a, e) : 0; /* whoever brought it had not checked it either */
}
