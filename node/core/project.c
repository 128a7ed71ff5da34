/* project.c: what a journal record does to the tables. The same code for a parcel that has just come, for one
 * that was just read back from the journal, and (event by event) for what this node says. Total (E5): nothing
 * in a verified parcel can make it fail. */
#include <assert.h>

#include "node/core/line.h"
#include "node/core/renew.h"

/* An event that had come in a parcel for one node comes in the one for the horizon: from now on it stands there, for of that one
 * the ticks speak (L6). Rare, so that the journal may be asked. */
static int stands_above(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index,
                        struct qp_err *e)
{
    uint64_t had;
    struct qp_record r;
    struct qp_parcel p;
    assert(position > 0);
    if (!qp_matter_place(&w->m, ev, &had) || had == position ||
        qp_journal_get(w->t->journal, w->c->store, had, &r, NULL) ||
        qp_parcel_open_trusted(&p, r.parcel.p, r.parcel.len, w->c->arena, NULL) ||
        p.h.scope == QP_SCOPE_HORIZON)
        return 0;
    return qp_matter_moved(&w->m, ev, position, index, e);
}

int qp_project_event(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index,
                     int64_t received_us, struct qp_err *e)
{
    assert(position <= w->t->head); /* 0: said in this turn, and not sealed yet */
    if (ev->matter.len != QP_ID_LEN) {
        const struct qp_event_kind *k = qp_event_kind((int)ev->body_case);
        return k && k->subject == QP_OF_LINE ? qp_line_heard(w, ev, position, index, received_us, e)
                                             : qp_node_fact(w, ev, e);
    }
    enum qp_outcome o = QP_APPLIED;
    bool known = false;
    bool vouches = ev->body_case == QP__EVENT__BODY_VOUCHED, moved = false;
    int rc = vouches ? qp_vouched(w, ev, position, index, received_us, &moved, e)
                     : qp_hear_matter(w, ev, position, index, received_us, &o, e);
    if (!rc && vouches)
        o = moved ? QP_APPLIED : QP_REPEATED;
    if (!rc && !vouches) /* evidence is no event of the matter: it says others' again */
        rc = qp_matter_record(&w->m, ev, position, index, &known, e);
    if (!rc && known && w->above)
        rc = stands_above(w, ev, position, index, e);
    switch (o) {
    case QP_APPLIED: QP_COUNT(w->c, events_applied); break;
    case QP_REPEATED:
    case QP_STALE: QP_COUNT(w->c, duplicates); break;
    case QP_WAITING: QP_COUNT(w->c, waiting); break;
    case QP_CONFLICT: QP_COUNT(w->c, conflicts); break;
    }
    if (!rc && o == QP_APPLIED)
        rc = qp_line_let_in(w, ev->matter.data, received_us, e);
    /* Whatever changes a matter may have freed an offer that waited for its predecessor: the row decides, in
     * qp_answer_offers. */
    if (!rc && o != QP_REPEATED && o != QP_CONFLICT && !qp_same(ev->origin.data, w->c->self.node))
        rc = qp_beside_note(w, ev, e);
    if (!rc && o == QP_APPLIED && !qp_same(ev->origin.data, w->c->self.node)) {
        rc = qp_ring_told(w, ev);
        if (!rc)
            rc = qp_note_offer(w, ev->matter.data);
    }
    return rc;
}

int qp_project(struct qp_work *w, const struct qp_record *r, const struct qp_parcel *p,
               Qp__Event *const *events, struct qp_err *e)
{
    assert(r->position > 0 && r->position <= w->t->head);
    struct qp_core *c = w->c;
    bool own = qp_same(p->h.origin, c->self.node);
    int rc = 0;
    w->to = p->h.scope == QP_SCOPE_NODE ? p->h.to : NULL;
    w->above = p->h.scope == QP_SCOPE_HORIZON && r->kind == QP_RECORD_RECEIVED;
    for (uint32_t i = 0; i < p->h.count && !rc; i++) {
        if (own && events[i]->incarnation == c->self.incarnation && events[i]->counter > c->counter &&
            qp_same(events[i]->origin.data, c->self.node))
            c->counter = events[i]->counter;
        w->again = r->kind == QP_RECORD_OWN && events[i]->incarnation < p->h.incarnation;
        rc = qp_project_event(w, events[i], r->position, i, r->received_us, e);
        w->again = false;
        if (!rc && r->kind == QP_RECORD_OWN)
            rc = qp_resaid(w, &p->h, events[i], r->position, i, e);
    }
    w->above = false;
    if (!rc && r->kind == QP_RECORD_HANDBACK && own)
        rc = qp_echo(w, p, events, r, e);
    /* The hybrid clock follows what is seen, but not one that runs far ahead of the time of receipt. */
    uint64_t ahead = ((uint64_t)(r->received_us / 1000) + QP_CLOCK_AHEAD_MS) << 16;
    if (p->h.clock > c->clock && (r->kind == QP_RECORD_OWN || p->h.clock < ahead))
        c->clock = p->h.clock;
    return rc;
}

int qp_record_lost(uint64_t position, struct qp_err *e)
{
    assert(position > 0);
    return qp_fail(e, QP_ECORRUPT,
                   "journal record %llu is damaged, and the node cannot start without it: run `qipan scrub`, "
                   "which mends one "
                   "wrong bit; if it stays damaged, put the whole folder back from a backup, or join again",
                   (unsigned long long)position);
}

/* Applies one record of the journal as it was applied when it was written. */
int qp_replay(struct qp_work *w, uint64_t position, struct qp_err *e)
{
    assert(position > 0 && position <= w->t->head);
    struct qp_core *c = w->c;
    struct qp_record r;
    struct qp_parcel p;
    int rc = qp_journal_get(w->t->journal, c->store, position, &r, e);
    if (rc == QP_ECORRUPT) /* S5: to go on without it would make tables that equal nobody's events */
        return qp_record_lost(position, e);
    if (rc || (rc = qp_parcel_open_trusted(&p, r.parcel.p, r.parcel.len, c->arena, e)))
        return rc;
    Qp__Event **events = qp_arena_take(c->arena, sizeof *events * p.h.count);
    if (!events)
        return qp_fail(e, QP_ENOMEM, "no memory for the events of record %llu", (unsigned long long)position);
    for (uint32_t i = 0; i < p.h.count; i++)
        if ((rc = qp_parcel_event(&events[i], &p, i, c->arena, e)))
            return rc;
    if ((rc = qp_chain_put(w, &p.h, &p.id, e)))
        return rc;
    if (r.kind == QP_RECORD_RECEIVED && r.peer_position == 0 &&
        (rc = qp_ahead_note(w, r.peer, r.peer_epoch, position, &p.id, e)))
        return rc;
    if (r.kind == QP_RECORD_HANDBACK && r.peer_position == 0 && (rc = qp_ahead_back(w, &p, position, e)))
        return rc;
    if (r.kind != QP_RECORD_OWN &&
        (rc = qp_peer_received(w, r.peer, r.peer_epoch, r.lane, r.peer_position, &r.peer_hash, e)))
        return rc;
    if ((rc = qp_project(w, &r, &p, events, e)))
        return rc;
    return qp_route(w, &p.h, &r, e);
}
