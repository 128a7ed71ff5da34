/* pump.c: what a session says after a commit: acks, beats, deliveries while there is credit, and the end of a
 * hand-back.
 *
 *   queue (an index over the journal) ── next behind the cursor ── record ── Deliver ──► window (credit.c)
 *
 * Urgent goes first, then the lines, then bulk (U3): a lane is looked at only when nothing before it can go. Called by the wire or the simulator,
 * see session.h. */
#include <assert.h>
#include <string.h>

#include "node/link/inside.h"

enum sent { SENT, NO_MORE, NO_CREDIT, NO_ROOM, BROKEN };

/* A journal record, or what goes on of it. */
struct delivery {
    uint32_t lane;
    uint64_t position;
    const struct qp_hash *hash;
    struct qp_slice parcel;
    bool handback;
};

/* LI3: people speak on a line by way of this link. What they say goes first (U3), but what was sent before lies in front of it, in
 * the socket and in the turn of whoever hears it: so there is little of that for a while. */
static bool too_much_beside(const struct qp_session *s, uint32_t lane, int64_t now_us)
{
    const struct qp_credit *c = &s->lanes[lane - 1];
    bool speaks = s->spoke_us != 0 && now_us >= s->spoke_us && now_us - s->spoke_us < QP_SPEAKS_US;
    return lane == QP_LANE_BULK && speaks && (c->count >= QP_BESIDE_PARCELS || c->bytes >= QP_BESIDE_BYTES);
}

static enum sent say_delivery(struct qp_session *s, const struct delivery *out, int64_t now_us)
{
    assert(out->lane >= 1 && out->lane <= QP_LANES && out->position > 0);
    struct qp_credit *c = &s->lanes[out->lane - 1];
    assert(out->position > c->cursor); /* nothing twice, and nothing backwards */
    if (!qp_credit_room(c, out->parcel.len) || too_much_beside(s, out->lane, now_us))
        return NO_CREDIT;
    Qp__Deliver d = QP__DELIVER__INIT;
    d.lane = out->lane;
    d.position = out->position;
    d.after = c->cursor;
    d.parcel = qp_view(out->parcel.p, out->parcel.len);
    d.handback = out->handback;
    d.hash = qp_view(out->hash->b, QP_HASH_LEN);
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_DELIVER;
    f.deliver = &d;
    if (!qp_session_say(s, &f))
        return NO_ROOM;
    qp_credit_sent(c, out->position, out->parcel.len, now_us);
    if (out->lane == QP_LANE_LINE)
        s->spoke_us = now_us;
    s->sent_parcels++;
    return SENT;
}

static enum sent deliver_next(struct qp_session *s, struct qp_read *read, uint32_t lane, int64_t now_us)
{
    assert(s->ready && lane >= 1 && lane <= QP_LANES);
    struct qp_credit *c = &s->lanes[lane - 1];
    struct delivery d = {.lane = lane};
    struct qp_record record;
    if (c->dry)
        return NO_MORE;
    if (!qp_credit_room(c, 1))
        return NO_CREDIT;
    int rc = qp_queue_next(read->tables, s->n.store, s->peer, lane, c->cursor + 1, &d.position, &d.handback);
    if (rc == QP_ENOTFOUND || (!rc && s->refill_at && d.position >= s->refill_at)) {
        c->dry = true; /* after each slice of a refill there is a wake-up */
        return NO_MORE;
    }
    if (rc || qp_journal_get(read->journal, s->n.store, d.position, &record, NULL))
        return BROKEN; /* S5: a damaged record is told; its lane waits before it, as no chain has a gap */
    d.hash = &record.hash;
    d.parcel = record.parcel;
    return say_delivery(s, &d, now_us);
}

/* A wanted or an overdue rewind, from where the neighbour has committed. Returns when the lane next wants to
 * be looked at. */
static int64_t go_back(struct qp_session *s, const struct qp_peer_entry *entry, uint32_t lane, int64_t now_us)
{
    assert(s->ready && lane >= 1 && lane <= QP_LANES);
    struct qp_credit *c = &s->lanes[lane - 1];
    if (c->rewind_at_us && c->rewind_at_us <= now_us)
        qp_credit_rewind(c, entry->acked[lane - 1], now_us, false);
    else if (qp_credit_stalls_at(c) <= now_us)
        qp_credit_rewind(c, entry->acked[lane - 1], now_us, true);
    return c->rewind_at_us ? c->rewind_at_us : qp_credit_stalls_at(c);
}

/* What was passed ahead goes with the rest. */
static void look_again(struct qp_session *s)
{
    for (unsigned i = 0; i < QP_LANES; i++)
        s->lanes[i].dry = false;
    s->held = 0;
}

/* It is there already: its delivery only confirms it, and need not stand in the way of what is new. */
static void hold(struct qp_session *s, int64_t now_us)
{
    assert(s->open && s->held < QP_AHEAD);
    if (s->held++ == 0)
        s->held_at_us = now_us + QP_HOLD_US;
    if (s->held >= QP_AHEAD)
        look_again(s);
}

static void deliver(struct qp_session *s, struct qp_read *read, int64_t now_us)
{
    assert(s->open && s->ready);
    for (unsigned i = 0; i < QP_LANES && !s->blocked; i++) {
        while (deliver_next(s, read, qp_lane_by_turn[i], now_us) == SENT)
            ;
    }
}

/* Those of earlier turns that are held go first. */
static void deliver_held(struct qp_session *s, int64_t now_us)
{
    assert(s->held > 0);
    struct qp_read read;
    if (!s->open || !s->ready || qp_read_begin(s->n.store, &read, NULL))
        return;
    look_again(s);
    assert(s->held == 0); /* or what follows would go past them */
    deliver(s, &read, now_us);
    qp_read_end(&read);
}

/* No lane had anything more to send, so that this record is the next of its own: it need not wait for the
 * tables to say so. Nor may it go past one of the same turn that was passed ahead and is not delivered yet.
 */
void qp_session_forward(struct qp_session *s, const struct qp_output *o, int64_t now_us)
{
    assert(o->kind == QP_OUT_QUEUED && memcmp(o->peer, s->peer, QP_ID_LEN) == 0);
    assert(o->queued.lane >= 1 && o->queued.lane <= QP_LANES);
    struct qp_credit *c = &s->lanes[o->queued.lane - 1];
    const struct delivery d = {.lane = o->queued.lane,
                               .position = o->queued.position,
                               .hash = &o->queued.hash,
                               .parcel = o->queued.parcel};
    s->passing |= o->queued.passed;
    if (s->passing)
        return;
    if (s->held > 0)
        deliver_held(s, now_us);
    if (s->held == 0 && qp_session_idle(s, o->queued.lane) && o->queued.position > c->cursor &&
        say_delivery(s, &d, now_us) != SENT)
        c->dry = false; /* nothing may go past it */
}

/* K5: everything up to handback_upto has been sent and acknowledged (what is acknowledged leaves the queue).
 * A node that is itself coming back waits for its other neighbours first, never for this one: two that wait
 * for each other would wait for ever. */
static void hand_back(struct qp_session *s, struct qp_read *read, const struct qp_peer_entry *entry)
{
    assert(s->ready && s->handed_rewinds <= s->rewinds_taken);
    bool stands = s->handed_rewinds == s->rewinds_taken;
    if (entry->handback_upto == 0 || entry->refill_at || (s->handed == QP_BACK_ALL && stands))
        return;
    enum qp_back back = qp_core_back(s->n.core, read->tables, s->peer);
    if (back == QP_BACK_NOT || (s->handed == back && stands))
        return;
    for (uint32_t lane = 1; lane <= QP_LANES; lane++) {
        uint64_t position;
        bool handback;
        int rc = qp_queue_next(read->tables, s->n.store, s->peer, lane, 1, &position, &handback);
        if (s->lanes[lane - 1].rewind_at_us || (!rc && position <= entry->handback_upto) ||
            (rc && rc != QP_ENOTFOUND))
            return;
    }
    Qp__HandedBack said = QP__HANDED_BACK__INIT;
    said.upto = entry->handback_upto;
    said.rewinds = s->rewinds_taken;
    said.above = back == QP_BACK_ABOVE;
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_HANDED_BACK;
    f.handed_back = &said;
    if (!qp_session_say(s, &f))
        return;
    s->handed = back;
    s->handed_rewinds = s->rewinds_taken;
}

static void say_beat(struct qp_session *s, struct qp_arena *arena, int64_t now_us)
{
    assert(s->open);
    Qp__Beat beat = QP__BEAT__INIT;
    beat.now_us = now_us;
    beat.whispers = s->version >= QP_LINK_VERSION_WHISPER ? s->whispers_over : 0;
    if (s->beats.came_us > 0) {
        beat.echo_us = s->beats.heard_us;
        beat.held_us = now_us - s->beats.came_us;
    }
    Qp__Gone *gone = s->dials && s->told_n ? qp_arena_take(arena, s->told_n * sizeof *gone) : NULL;
    Qp__Gone **list = gone ? qp_arena_take(arena, s->told_n * sizeof *list) : NULL;
    for (size_t i = 0; list && i < s->told_n; i++) {
        qp__gone__init(&gone[i]);
        gone[i].node = qp_view(s->told[i].node, QP_ID_LEN);
        gone[i].last_heard_us = s->told[i].last_heard_us;
        list[i] = &gone[i];
    }
    beat.gone = list;
    beat.n_gone = list ? s->told_n : 0;
    Qp__Share share = QP__SHARE__INIT;
    if (!s->dials) {
        share.why = s->limited.why;
        share.since_us = s->limited.since_us;
        share.rate = s->limited.rate;
        share.waiting = s->limited.waiting;
        beat.share = &share;
    }
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_BEAT;
    f.beat = &beat;
    if (!qp_session_say(s, &f))
        return;
    s->beat_at_us = now_us + QP_BEAT_US;
    if (s->beats.first_us == 0)
        s->beats.first_us = now_us;
    look_again(s); /* a wake-up that was missed costs one beat at most */
}

/* The turn with the greeting was committed: the tables say where the neighbour stands. A journal that the
 * core did not take note of is not delivered to (L1). */
static bool make_ready(struct qp_session *s, const struct qp_peer_entry *entry, int64_t now_us)
{
    assert(s->open);
    if (s->ready)
        return true;
    if (memcmp(entry->epoch, s->peer_epoch, QP_ID_LEN) != 0)
        return false;
    for (unsigned i = 0; i < QP_LANES; i++)
        qp_credit_start(&s->lanes[i], entry->acked[i], s->stated[i], now_us);
    s->ready = true;
    return true;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* The parent has heard another copy of this journal: what the queue holds must not reach it (C5). What it says now the parent may not
 * hear, where another copy has called meanwhile; its next greetings say it again (greet.c). False: there is no room to tell it now. */
static bool fall_silent(struct qp_session *s, int64_t now_us)
{
    assert(s->open && s->dials);
    const char *why;
    qp_core_out(s->n.core, &why);
    if (!qp_session_say_refuse(s, s->number, QP_EOUT, why, NULL))
        return false;
    qp_session_end(s, QP_EOUT, why, now_us);
    return true;
}

int64_t qp_session_pump(struct qp_session *s, struct qp_read *read, struct qp_arena *arena, int64_t now_us)
{
    assert(!s->ready || s->open);
    assert(s->held == 0 || s->open);
    s->blocked = s->passing = false;
    if (s->open && now_us - s->last_heard_us > QP_CUT_US)
        qp_session_end(s, QP_EUNREACHABLE, "nothing was heard for too long", now_us);
    if (s->open && s->dials && qp_core_silent(s->n.core) && !fall_silent(s, now_us))
        return now_us + QP_BLOCKED_US;
    if (!s->open)
        return qp_greet_pump(s, read, arena, now_us);

    struct qp_peer_entry entry;
    memset(&entry, 0, sizeof entry);
    qp_peer_read(read->tables, s->n.store, s->peer, &entry);
    s->refill_at = entry.refill_at;
    int64_t next_us = INT64_MAX;
    if (make_ready(s, &entry, now_us)) {
        if (s->ack_due && s->ack_at_us <= now_us)
            qp_ack_send(s, read);
        if (s->ack_due)
            next_us = least(next_us, s->ack_at_us);
        for (uint32_t lane = 1; lane <= QP_LANES; lane++)
            go_back(s, &entry, lane, now_us);
    }
    if (s->beat_at_us <= now_us && !s->blocked)
        say_beat(s, arena, now_us);
    if (s->held > 0 && s->held_at_us <= now_us)
        look_again(s);
    if (s->held > 0)
        next_us = least(next_us, s->held_at_us);
    if (s->ready && !s->blocked) {
        deliver(s, read, now_us);
        next_us = least(next_us, qp_whispers_pump(s, read, now_us));
        next_us = least(next_us, qp_pieces_pump(s, read, now_us));
        hand_back(s, read, &entry);
        qp_renew_ask(s, read, now_us);
    }
    for (uint32_t lane = 1; s->ready && lane <= QP_LANES; lane++)
        next_us = least(next_us, go_back(s, &entry, lane, now_us));
    next_us = least(next_us, least(s->beat_at_us, s->last_heard_us + QP_CUT_US + 1));
    return s->blocked ? least(next_us, now_us + QP_BLOCKED_US) : next_us;
}

/* ---- what the turn wants said ---- */

static void say_receipt(struct qp_session *s, const Qp__Receipt *receipt)
{
    assert(receipt && !s->dials); /* downward (L6) */
    Qp__Receipt copy = *receipt;
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_RECEIPT;
    f.receipt = &copy;
    qp_session_say(s, &f); /* lost when there is no room: receipts are cumulative and come again (L6) */
}

static void say_ask(struct qp_session *s, const struct qp_output *o, struct qp_arena *arena, int64_t now_us)
{
    assert(o->kind == QP_OUT_ASK);
    Qp__Ask ask = QP__ASK__INIT;
    if (o->ask.path)
        ask.path = qp_arena_text(arena, o->ask.path);
    else if (o->ask.node)
        ask.node = qp_view(o->ask.node, QP_ID_LEN);
    else
        ask.certificate = qp_view(o->ask.certificate, QP_HASH_LEN);
    if (ask.path)
        qp_ask_put(s, &ask, NULL, now_us);
}

static void end_revoked(struct qp_session *s, struct qp_arena *arena, int64_t now_us)
{
    const struct qp_place *place = qp_tree_node(qp_core_tree(s->n.core), s->peer);
    const char *why = place && !place->revoked ? "a new incarnation of this node was certified"
                                               : "this node was revoked: join again with a new token";
    const Qp__Verdict *v =
        s->open ? qp_core_farewell(s->n.core, s->peer, s->peer_incarnation, now_us, arena) : NULL;
    if (v)
        qp_session_say_verdict(s, s->number, v, NULL);
    else if (s->open)
        qp_session_say_refuse(s, s->number, QP_EREVOKED, why, NULL);
    qp_session_end(s, QP_EREVOKED, why, now_us);
}

void qp_session_output(struct qp_session *s, const struct qp_output *o, struct qp_read *read,
                       struct qp_arena *arena, int64_t now_us)
{
    assert(memcmp(o->peer, s->peer, QP_ID_LEN) == 0);
    if (o->kind == QP_OUT_END) {
        end_revoked(s, arena, now_us);
        return;
    }
    if (!s->open) {
        s->whispers_dropped += o->kind == QP_OUT_CARRY && o->carry->whisper != QP_WHISPER_NONE;
        return;
    }
    switch (o->kind) {
    case QP_OUT_ACK: qp_ack_want(s, o->ack.rewind, o->ack.full, now_us); break;
    case QP_OUT_WAKE: look_again(s); break;
    case QP_OUT_ASK: say_ask(s, o, arena, now_us); break;
    case QP_OUT_REFUSED: qp_refuse_output(s, o, read, arena, now_us); break;
    case QP_OUT_RECEIPT: say_receipt(s, o->receipt); break;
    case QP_OUT_AHEAD: qp_ahead_tell_child(s, o, now_us); break;
    case QP_OUT_CARRY: qp_carry_say(s, o, read, now_us); break;
    case QP_OUT_QUEUED: /* qp_session_forward had it, or */
        if (o->queued.passed)
            hold(s, now_us);
        break;
    case QP_OUT_WELCOME:
    case QP_OUT_LATER:
    case QP_OUT_RENEWED: qp_renew_output(s, o, now_us); break;
    case QP_OUT_REPLY:
    case QP_OUT_WHISPER:
    case QP_OUT_END:
    case QP_OUT_CHANGED: break;
    }
}
