/* admit.c: may this parcel come in? Gathered (gather.c), judged (judge.c, with the drawing), and acted upon:
 * journaled, projected and routed; or asked about; or refused, and told to whom it concerns. */
#include <assert.h>

#include "node/core/admission.h"

static void count(struct qp_core *c, size_t counter)
{
    assert(counter == QP_COUNTS_NOTHING || counter < sizeof c->count);
    _Static_assert(sizeof c->count == sizeof(struct qp_core_metrics) + sizeof(uint64_t),
                   "the counters stand where those of struct qp_core_metrics do");
    if (counter != QP_COUNTS_NOTHING)
        atomic_fetch_add_explicit((_Atomic uint64_t *)(void *)((char *)&c->count + counter), 1,
                                  memory_order_relaxed);
}

static int advance(struct admission *a, struct qp_err *e)
{
    assert(a->in->kind == QP_IN_PARCEL && !a->ahead); /* what goes ahead has no position */
    const struct qp_input *in = a->in;
    qp_out_ack(a->w, in->peer, false, false);
    return qp_peer_received(a->w, in->peer, in->parcel.epoch, in->parcel.lane, in->parcel.position,
                            &in->parcel.hash, e);
}

static int refuse(struct admission *a, int code, const char *reason, struct qp_err *e)
{
    assert(code != 0 && reason);
    struct qp_output *o = qp_out(a->w, QP_OUT_REFUSED, a->in->peer);
    if (o) {
        o->refused.code = code;
        o->refused.at = a->p.h;
        qp_text_cut(o->refused.reason, sizeof o->refused.reason, reason);
    }
    return advance(a, e);
}

/* For good: signed, journaled, and told to the origin as well as to whoever brought it (verdict.c). The other
 * parcel's header is the proof. */
static int refuse_chain(struct admission *a, int code, const char *reason, struct qp_err *e)
{
    assert(a->known.signature == QP_YES); /* held against nobody who has not signed (E6) */
    struct qp_work *w = a->w;
    size_t len = a->p.header.len + a->p.signature.len;
    ProtobufCBinaryData proof = {len, qp_arena_take(w->c->arena, len)};
    if (!proof.data)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    memcpy(proof.data, a->p.header.p, a->p.header.len);
    memcpy(proof.data + a->p.header.len, a->p.signature.p, a->p.signature.len);
    Qp__Verdict *v = qp_verdict_new(w, &a->p, code, reason, a->bad_event);
    int rc = qp_verdict_journal(w, v, a->in->peer, &proof, e);
    return rc ? rc : refuse(a, code, reason, e);
}

/* Nobody's doing, or only the neighbour's: dropped and told; its place stays open, so that the true one may
 * still come. */
static int reject(struct admission *a, int code, const char *reason, struct qp_err *e)
{
    assert(code != 0 && reason);
    struct qp_output *o = qp_out(a->w, QP_OUT_REFUSED, a->in->peer);
    if (o) {
        o->refused.code = code;
        o->refused.at = a->p.h;
        o->refused.lane = a->in->parcel.lane;
        qp_text_cut(o->refused.reason, sizeof o->refused.reason, reason);
    }
    return qp_missed(a->w, a->in->peer, a->in->parcel.lane, e);
}

static int take(struct admission *a, struct qp_err *e)
{
    assert(a->known.signature == QP_YES && a->known.events == QP_YES);
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
    assert(rc || r.position == w->t->head);
    if (!rc)
        rc = qp_chain_put(w, &a->p.h, &a->p.id, e);
    if (!rc && !a->ahead)
        rc = advance(a, e);
    else if (!rc && a->child)
        rc = qp_ahead_note(w, in->peer, in->parcel.epoch, r.position, &a->p.id, e);
    else if (!rc)
        rc = qp_ahead_back(w, &a->p, r.position, e);
    if (!rc)
        rc = qp_project(w, &r, &a->p, a->events, e);
    if (!rc)
        rc = qp_route(w, &a->p.h, &r, e);
    w->passed = false;
    if (!rc && qp_receipt_due(w, &a->p))
        rc = qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (r.kind == QP_RECORD_HANDBACK)
        QP_COUNT(w->c, handed_back);
    QP_COUNT(w->c, parcels_received);
    return rc;
}

/* ---- acting on a ruling ---- */

static int ask_where(struct admission *a, struct qp_err *e)
{
    assert(!a->ahead); /* what goes ahead asks for nothing */
    struct qp_output *o = qp_out(a->w, QP_OUT_ASK, a->in->peer);
    if (o)
        o->ask.node = qp_arena_copy(a->w->c->arena, a->p.h.to, QP_ID_LEN);
    return qp_missed(a->w, a->in->peer, a->in->parcel.lane, e);
}

/* It can be looked at when the certificate is known. One that was asked for in vain is asked for again, and
 * that is told. */
static int ask_key(struct admission *a, const struct qp_hash *id, const struct qp_judgement *j,
                   struct qp_err *e)
{
    assert(!a->ahead);
    if (qp_ask_certificate(a->w, a->in->peer, id))
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return j->why ? reject(a, j->code, j->why, e) : qp_missed(a->w, a->in->peer, a->in->parcel.lane, e);
}

static int act(struct admission *a, const struct qp_judgement *j, struct qp_err *e)
{
    assert(j->ruling != 0);
    struct qp_work *w = a->w;
    const struct qp_input *in = a->in;
    int rc;
    count(w->c, j->count);
    switch (j->ruling) {
    case QP_TAKE: return take(a, e);
    case QP_KNOWN: rc = qp_ahead_again(w, in->peer, &a->p.id, e); return rc ? rc : advance(a, e);
    case QP_KNOWN_LONG: qp_out_ack(w, in->peer, false, false); return 0;
    case QP_ASK_KEY: return ask_key(a, &a->p.h.certificate, j, e);
    case QP_ASK_EVIDENCE: return ask_key(a, &a->evidence, j, e);
    case QP_ASK_WHERE: return ask_where(a, e);
    case QP_SEND_AGAIN: return qp_missed(w, in->peer, in->parcel.lane, e);
    case QP_REJECT: return reject(a, j->code, j->why, e);
    case QP_REFUSE: return refuse(a, j->code, j->why, e);
    case QP_REFUSE_CHAIN: return refuse_chain(a, j->code, j->why, e);
    case QP_NEED_SIGNATURE:
    case QP_NEED_EVENTS: break; /* asked for in qp_admit */
    }
    assert(false && "a ruling that nobody acts on");
    return 0;
}

/* ---- ahead of its sender's commit, or of this node's own (L3) ---- */

/* May it come this way at all? From a child as ever; from the parent only what had gone up through here. */
static bool ahead_in_scope(struct admission *a)
{
    assert(a->peer && a->known.place == 0); /* it stands behind what is here of its chain */
    bool unknown;
    if (a->child)
        return !a->known.way;
    const struct qp_place *via = qp_tree_next(a->w->c->tree, a->p.h.origin, &unknown);
    return via && via != a->peer && !qp_same(a->p.h.origin, a->w->c->self.node);
}

/* The same questions as qp_judge's but for the signature; its certificate is known. Whatever does not fit
 * takes the usual way, where the reason is told. */
static bool ahead_fits(struct admission *a)
{
    const struct qp_case *k = &a->known;
    const struct qp_header *h = &a->p.h;
    assert(k->key == QP_YES);
    return !k->recovering && h->scope == QP_SCOPE_HORIZON && k->key_fits && !k->peer_revoked &&
           !k->quarantined && !k->superseded && ahead_in_scope(a) && qp_gather_events(a) &&
           qp_ahead_plain(a->events, h->count);
}

static void pass_on(struct admission *a)
{
    assert(a->known.key_fits);
    const struct qp_slice bytes = {a->in->parcel.bytes, a->in->parcel.len};
    if (a->child && !a->peer->doubted && (!a->origin || !a->origin->doubted))
        qp_ahead_pass(a->w, &a->p, &bytes);
}

int qp_admit(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_PARCEL);
    struct qp_core *c = w->c;
    struct admission a = {.w = w, .in = in, .peer = qp_tree_node(c->tree, in->peer)};
    struct qp_peer_entry pe;
    struct qp_judgement j;
    if (!a.peer || in->parcel.lane < 1 || in->parcel.lane > QP_LANES)
        return 0;
    a.child = qp_is_child(c, a.peer);
    qp_peer_read(w->t->tables, c->store, in->peer, &pe);
    if (!qp_same(pe.epoch, in->parcel.epoch))
        return 0; /* of a session that is over */
    a.known.again = in->parcel.position <= pe.received[in->parcel.lane - 1];
    if (!a.known.again && in->parcel.after > pe.received[in->parcel.lane - 1])
        return qp_missed(w, in->peer, in->parcel.lane, e);
    qp_gather(&a);
    while ((j = qp_judge(&a.known)).ruling < QP_TAKE) {
        if (j.ruling == QP_NEED_EVENTS) {
            qp_gather_events(&a);
            continue;
        }
        if (!a.known.again && a.known.place == 0 && qp_ahead_wanted(w, in->parcel.len) && ahead_fits(&a))
            pass_on(&a); /* before its signature is checked: see ahead.c */
        qp_gather_signature(&a, in->peer);
    }
    return act(&a, &j, e);
}

int qp_on_ahead(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_AHEAD);
    struct qp_core *c = w->c;
    struct qp_peer_entry pe;
    struct qp_input parcel = {.kind = QP_IN_PARCEL,
                              .parcel = {.bytes = in->ahead.bytes, .len = in->ahead.len}};
    struct admission a = {.w = w, .in = &parcel, .ahead = true, .peer = qp_tree_node(c->tree, in->peer)};
    if (!a.peer)
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
    if (in->ahead.len == 0 || (a.child && in->ahead.len > QP_AHEAD_BYTES) || pe.handback_upto > 0 ||
        (a.child && !qp_ahead_room(&pe)))
        return 0;
    memcpy(parcel.peer, in->peer, QP_ID_LEN);
    memcpy(parcel.parcel.epoch, in->ahead.epoch, QP_ID_LEN);
    parcel.parcel.handback = !a.child;
    qp_gather(&a);
    parcel.parcel.lane = a.p.h.lane;
    if (a.known.form || !a.known.our_tree || !a.known.own_lane) {
        QP_COUNT(c, refused_malformed);
        return 0;
    }
    if (a.known.key != QP_YES)
        return 0;
    if (a.child && (a.peer->doubted || (a.origin && a.origin->doubted)))
        return 0; /* not looked at any more: it comes again in its place, and is checked there */
    if (a.known.place != 0 || !ahead_fits(&a))
        return 0;
    pass_on(&a);
    if (!qp_gather_signature(&a, a.p.h.origin)) /* whoever brought it had not checked it either */
        return 0;
    return take(&a, e);
}
