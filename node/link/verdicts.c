/* verdicts.c: what is refused (E6), on a link.
 *
 *   in a session, at once       ── Refuse ──►  the core's to judge; the session goes on
 *   before a greeting, both ways ── Refuse ──►  the same: a position alone would count as held
 *   behind it, once              ── Refuse ──►  the same: what there was no room for, and what came up meanwhile
 *   a call, or a session         ── Refuse ──►  ends it; a child's that it is an old copy is noted, as it is of its greeting (C5)
 *
 * A verdict proves itself, by its signature and its certificate's chain, which comes with it (L5): so it is heard before the
 * neighbour has proved who it is as well, a bounded number in one handshake.
 *
 * Without a verdict it is for now: the parcel stays at its sender and is sent again, and both ends show why until it is taken.
 *
 * One sending: whatever stands is told by the turn of a greeting (verdict_tell.c), and what was said before that greeting is
 * left out of it here. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/inside.h"

/* ---- said ---- */

/* The neighbour has this node's own present chain, by the handshake. */
static bool say(struct qp_session *s, uint64_t number, uint32_t version, const Qp__Verdict *v,
                struct qp_read *read, struct qp_arena *arena)
{
    const struct qp_hash *own = &qp_core_self(s->n.core)->id;
    struct qp_hash id;
    Qp__Chain *chain = NULL;
    assert(v->certificate.len == QP_HASH_LEN);
    memcpy(id.b, v->certificate.data, QP_HASH_LEN);
    if (version >= QP_LINK_VERSION_VERDICTS && !qp_hash_eq(&id, own))
        chain = qp_core_chain(s->n.core, NULL, read, &id, arena);
    return qp_session_say_verdict(s, number, v, chain);
}

/* What was said before the greeting, by signatures. */
struct qp_said_before {
    size_t n;
    struct qp_hash v[QP_VERDICTS_GREETING];
};

static bool was_said_before(const struct qp_session *s, const struct qp_hash *id)
{
    assert(!s->said_before || s->said_before->n <= QP_VERDICTS_GREETING);
    for (size_t i = 0; s->said_before && i < s->said_before->n; i++)
        if (qp_hash_eq(&s->said_before->v[i], id))
            return true;
    return false;
}

/* Without memory for it, it is said twice. */
static void note_said(struct qp_session *s, const Qp__Verdict *v)
{
    if (!s->said_before && !(s->said_before = calloc(1, sizeof *s->said_before)))
        return;
    assert(s->said_before->n < QP_VERDICTS_GREETING);
    qp_hash(&s->said_before->v[s->said_before->n++], v->signature.data, v->signature.len);
}

bool qp_verdicts_before(const struct qp_hearing *h)
{
    struct qp_session *s = h->s;
    const Qp__Verdict *v[QP_VERDICTS_GREETING];
    size_t n = 0;
    free(s->said_before); /* of the session before */
    s->said_before = NULL;
    if (s->shake.version < QP_LINK_VERSION_VERDICTS)
        return true; /* its turn tells it afterwards */
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA), *chains = qp_arena_new(QP_DECODE_ARENA);
    bool said = a && chains && !qp_core_verdicts(s->n.core, h->read, s->peer, a, v, QP_VERDICTS_GREETING, &n);
    assert(n <= QP_VERDICTS_GREETING);
    for (size_t i = 0; said && i < n; i++) {
        qp_arena_reset(chains);
        if ((said = say(s, 0, s->shake.version, v[i], h->read, chains)))
            note_said(s, v[i]);
    }
    qp_arena_free(chains);
    qp_arena_free(a);
    return said;
}

/* ---- what is sent back ---- */

static void note_back(struct qp_sent_back *b, int code, const char *why, int64_t now_us)
{
    assert(code != 0 && why);
    if (!b->stands)
        b->since_us = now_us;
    b->stands = true;
    b->code = code;
    qp_text_cut(b->why, sizeof b->why, why);
}

/* The neighbour's word does not say which of its positions that was: it had gone by now. */
static void back_from_there(struct qp_session *s, int code, const char *why, int64_t now_us)
{
    assert(s->open);
    for (unsigned i = 0; i < QP_LANES; i++) {
        uint64_t gone = s->lanes[i].cursor;
        s->back_beyond[i] = s->from_there.stands && s->back_beyond[i] > gone ? s->back_beyond[i] : gone;
    }
    note_back(&s->from_there, code, why, now_us);
}

void qp_back_acked(struct qp_session *s)
{
    assert(s->open);
    bool taken = true;
    for (unsigned i = 0; i < QP_LANES; i++)
        taken &= s->lanes[i].stated >= s->back_beyond[i];
    s->from_there.stands &= !taken;
}

/* Positions begin again when the neighbour is asked for everything: what had come in once comes in again. */
static void back_from_here(struct qp_session *s, const struct qp_output *o, struct qp_read *read,
                           int64_t now_us)
{
    struct qp_peer_entry entry;
    uint32_t lane = o->refused.lane;
    assert(lane <= QP_LANES);
    if (lane == 0 || !s->open || qp_peer_read(read->tables, s->n.store, s->peer, &entry))
        return;
    uint64_t received = entry.received[lane - 1];
    if (!s->from_here.stands || s->back_lane != lane || s->back_received < received)
        s->back_received = received;
    s->back_lane = lane;
    note_back(&s->from_here, o->refused.code, o->refused.reason, now_us);
}

void qp_back_taken(struct qp_session *s, const struct qp_peer_entry *entry)
{
    assert(s->back_lane <= QP_LANES);
    if (s->from_here.stands && entry->received[s->back_lane - 1] > s->back_received)
        s->from_here.stands = false;
}

void qp_refuse_output(struct qp_session *s, const struct qp_output *o, struct qp_read *read,
                      struct qp_arena *arena, int64_t now_us)
{
    assert(o->kind == QP_OUT_REFUSED);
    const Qp__Verdict *v = o->refused.verdict;
    struct qp_hash id;
    if (v)
        qp_hash(&id, v->signature.data, v->signature.len);
    if (v && was_said_before(s, &id))
        return;
    back_from_here(s, o, read, now_us);
    if (!v)
        qp_session_say_refuse(s, s->number, o->refused.code, o->refused.reason, &o->refused.at);
    else if (!say(s, s->number, s->version, v, read, arena))
        qp_session_end(s, QP_EBUSY, "there was no room to tell what is refused", now_us);
}

/* ---- heard ---- */

static void hand_on(const struct qp_hearing *h, const Qp__Refuse *r)
{
    assert(r->verdict);
    struct qp_hash id;
    struct qp_input in = {.kind = QP_IN_CHAIN};
    memcpy(id.b, r->verdict->certificate.data, QP_HASH_LEN);
    in.chain.chain = r->chain;
    if (r->chain && !qp_cert_known(h->read->tables, h->s->n.store, &id))
        qp_hearing_input(h, &in);
    in = (struct qp_input){.kind = QP_IN_VERDICT};
    in.verdict.verdict = r->verdict;
    qp_hearing_input(h, &in);
}

/* In a handshake, before the other's greeting: what is refused of a chain. False: it is no such frame. */
static bool before_greeting(const struct qp_hearing *h, const Qp__Refuse *r)
{
    struct qp_session *s = h->s;
    if (h->frame->session != 0 || !r->verdict || r->verdict->at->scope == 0 ||
        s->shake.state != (s->dials ? QP_GREET_GREETED : QP_GREET_CALLED))
        return false;
    if (s->shake.verdicts++ < QP_VERDICTS_GREETING)
        hand_on(h, r);
    else
        s->bad_frames++;
    return true;
}

/* With a place in a chain: a parcel was refused (E6), the session goes on. Without: the session, or the call, was refused. A
 * verdict is the core's to judge. */
void qp_refuse_on_refuse(const struct qp_hearing *h)
{
    assert(h->frame->body_case == QP__FRAME__BODY_REFUSE);
    struct qp_session *s = h->s;
    const Qp__Refuse *r = h->frame->refuse;
    if (before_greeting(h, r))
        return;
    bool ours = s->open ? h->frame->session == s->number
                        : h->frame->session == 0 && s->dials && s->shake.state != QP_GREET_IDLE;
    if (!ours) {
        s->bad_frames++;
        return;
    }
    if (r->verdict)
        hand_on(h, r);
    int code = r->code ? (int)r->code : QP_EDENIED; /* 0 would be shown as no refusal */
    bool about_a_chain = r->at || (r->verdict && r->verdict->at->scope);
    if (s->open && about_a_chain) {
        s->refused = code;
        qp_text_cut(s->refused_text, sizeof s->refused_text, r->reason);
        if (!r->verdict)
            back_from_there(s, code, r->reason, h->now_us);
        return;
    }
    /* its words before it falls silent (pump.c), and its last ones: with a verdict it is none of these */
    if (s->open && !s->dials && code == QP_EOUT && !r->verdict) {
        struct qp_input in = {.kind = QP_IN_COPY};
        qp_hearing_input(h, &in);
    }
    bool heard_as_copy = !s->open && s->shake.state == QP_GREET_GREETED && code == QP_EOUT;
    qp_session_end(s, code, r->reason, h->now_us);
    if (heard_as_copy && qp_core_silent(s->n.core))
        s->retry_at_us = h->now_us + QP_COPY_US;
}
