/* custody.c: how a matter changes hands, so that there is never more than one holder.
 *
 *   A holds n ──offer n+1──► frozen at A ──► B accepts: B holds n+1, A is where it came from
 *                               │      └───► B refuses: A holds n on; n+1 is used up (K1)
 *                               └─withdraw─► only asks B, whose answer decides (K4)
 *
 * Numbers only rise and one is out at a time, so `answered` as a high-water mark remembers every answer (K2),
 * and `top_number` is the highest ever seen (K1). No time appears here (K3).
 * tests/model checks these rules. */
#include "node/matter/custody.h"

#include "topology/path.h"

#include <assert.h>

#include "proto/parcel.h"
#include "proto/bounds.h"

uint64_t qp_custody_number(const Qp__Event *ev)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_ACCEPTED: return ev->accepted->number;
    case QP__EVENT__BODY_REFUSED: return ev->refused->number;
    case QP__EVENT__BODY_WITHDRAWN: return ev->withdrawn->number;
    default: return 0;
    }
}

static ProtobufCBinaryData offer_named(const Qp__Event *ev)
{
    return ev->body_case == QP__EVENT__BODY_ACCEPTED  ? ev->accepted->offer
           : ev->body_case == QP__EVENT__BODY_REFUSED ? ev->refused->offer
                                                      : ev->withdrawn->offer;
}

/* Answers and withdraws name the offer by number and by event (K1). */
static enum qp_verdict about_offer(const Qp__Face *f, const Qp__Event *ev, const struct qp_transition *t)
{
    uint64_t number = qp_custody_number(ev);
    if (number <= f->answered)
        return QP_ANSWERED;
    if (number > f->top_number)
        return qp_transition_speaker(t) == QP_BY_SENDER ? QP_TOO_EARLY : QP_MAY_NOT;
    assert(f->offer); /* else every number up to the top is answered (custody_fault) */
    if (f->offer->number != number)
        return QP_MAY_NOT; /* a liar's numbers leap: nobody was offered the ones between */
    bool named = qp_bytes_same(f->offer->event, offer_named(ev));
    return named && qp_transition_from(t, f) && qp_transition_by(t, f, ev->origin) ? QP_MAY : QP_MAY_NOT;
}

/* What a holder tells while its offer is out changes nothing, and may come after the answer: then a member of
 * the matter may have said it. */
static enum qp_verdict told(const Qp__Face *f, const Qp__Event *ev)
{
    if (ev->custody > f->custody)
        return QP_TOO_EARLY;
    bool held =
        ev->custody == f->custody ? qp_bytes_same(f->holder, ev->origin) : qp_face_member(f, ev->origin);
    return held ? QP_MAY : QP_MAY_NOT;
}

/* VA2: a personal record is ended by who holds the matter, or sent it down to its holder, until it goes on. Any other former holder's word
 * that he said it in his time cannot be told from one that he says now, and would end the present holder's record: it is a conflict (K7). An
 * honest one is in no doubt: it comes before its offer in one chain, and the face that was offered says so. */
static enum qp_verdict erases(const Qp__Face *f, const Qp__Event *ev)
{
    if (ev->custody > f->custody)
        return QP_TOO_EARLY;
    bool his = ev->custody == f->custody && qp_bytes_same(f->holder, ev->origin);
    bool sent_down = ev->custody < f->custody && qp_bytes_same(f->came_from, ev->origin) &&
                     qp_path_below(f->holder_path, f->came_from_path);
    bool over = f->personal_state == QP_PERSONAL_ERASED && qp_face_member(f, ev->origin);
    return his || sent_down || over ? QP_MAY : QP_MAY_NOT;
}

static bool has_room(const Qp__Face *f, ProtobufCBinaryData to)
{
    return f->n_members < QP_MEMBERS || qp_face_member(f, to);
}

static bool may_ask(const Qp__Face *f, const Qp__Assisted *s)
{
    bool drops = s->drop && qp_part_numbered(f, s->drop);
    return s->number == f->parts_top + 1 && f->n_parts - drops < QP_PARTS && has_room(f, s->to);
}

enum qp_verdict qp_custody_verdict(const Qp__Face *f, const Qp__Event *ev, const struct qp_transition *t)
{
    if (t && (qp_transition_speaker(t) == QP_BY_RECEIVER || qp_transition_speaker(t) == QP_BY_SENDER))
        return about_offer(f, ev, t);
    if (ev->body_case == QP__EVENT__BODY_PERSONAL_ERASED)
        return erases(f, ev);
    if (t && qp_transition_speaker(t) == QP_BY_HOLDER_ALWAYS && ev->version == 0)
        return told(f, ev);
    if (!qp_bytes_same(f->holder, ev->origin) || ev->custody != f->custody || f->offer)
        return QP_MAY_NOT; /* K3, K7 */
    if (t && !qp_transition_from(t, f))
        return QP_MAY_NOT;
    if (ev->body_case == QP__EVENT__BODY_OFFERED) {
        const Qp__Offered *o = ev->offered;
        if (o->number <= f->top_number || !has_room(f, o->to)) /* K1 */
            return QP_MAY_NOT;
    }
    if (ev->body_case == QP__EVENT__BODY_ASSISTED && !may_ask(f, ev->assisted))
        return QP_MAY_NOT;
    return QP_MAY;
}

/* Nobody who ever held it or was offered it is forgotten (E2). */
static bool members_kept(const Qp__Face *f, const Qp__Face *to)
{
    if (to->n_members < f->n_members)
        return false;
    for (size_t i = 0; i < f->n_members; i++)
        if (!qp_face_member(to, f->members[i]))
            return false;
    return true;
}

enum qp_belief qp_custody_believes(const Qp__Face *f, const Qp__Face *to)
{
    if (!f)
        return to->custody == 1 && qp_bytes_same(to->holder, to->opener) ? QP_BELIEVED : QP_UNPROVEN;
    if (!qp_bytes_same(f->opener, to->opener) || f->opened_us != to->opened_us ||
        strcmp(f->source_ref, to->source_ref) != 0 ||
        (f->personal.len && !qp_bytes_same(f->personal, to->personal))) /* none: sorting may have made one */
        return QP_BELIED; /* its area may have been sorted anew since: whether that is a place of those who
                             had it is looked at where places are known (core/may.c) */
    bool holds = qp_bytes_same(to->holder, f->holder);
    if (to->custody < f->custody || (to->custody == f->custody && !holds)) /* K7 */
        return QP_BELIED;
    if (to->top_number < f->top_number || to->answered < f->answered)
        return QP_BELIED;
    bool offered = f->offer && f->offer->number == to->custody && qp_bytes_same(f->offer->to, to->holder);
    if (to->custody != f->custody && !offered)
        return QP_UNPROVEN;
    bool from = qp_bytes_same(to->came_from, offered ? f->holder : f->came_from);
    return from && members_kept(f, to) ? QP_BELIEVED : QP_BELIED;
}

void qp_custody_offer(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const Qp__Offered *o = ev->offered;
    Qp__Offer *out = qp_face_take(a, sizeof *out);
    qp__offer__init(out);
    uint8_t id[QP_EVENT_ID_LEN];
    qp_event_id(id, ev);
    out->number = o->number;
    out->to = qp_face_bytes(a, o->to.data, o->to.len);
    out->to_path = qp_face_text(a, o->to_path);
    out->kind = o->kind;
    out->since_us = ev->at_us;
    out->reason = qp_face_text(a, o->reason);
    out->event = qp_face_bytes(a, id, sizeof id);
    if (o->lift != QP_LIFT_NONE) { /* counted anew from here */
        f->lift_refused = f->refused;
        f->lift_redo = f->redo;
    }
    f->offer = out;
    f->top_number = o->number;
    qp_face_join(f, o->to, a);
}

void qp_custody_accept(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    f->returned += f->offer->kind == QP_KIND_RETURN && f->returned < QP_COUNT32_MOST;
    f->came_from = f->holder;
    f->came_from_path = f->holder_path;
    f->holder = f->offer->to;
    f->person = (char *)protobuf_c_empty_string; /* a name means its account at its own node (DE2) */
    f->holder_path = qp_face_text(a, ev->accepted->path);
    f->unplaced = ev->accepted->anew && (f->state == QP_HUNG ? qp_before(f) : f->state) == QP_ASSIGNED;
    f->custody = f->offer->number;
    f->answered = f->offer->number;
    f->offer = NULL;
}

void qp_custody_refuse(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)a;
    f->answered = f->offer->number;
    f->refused += !ev->refused->automatic && f->refused < QP_COUNT32_MOST;
    if (f->offer->kind ==
        QP_KIND_ESCALATE) /* who is above has seen it: it is not lifted to him again for that */
        f->lift_refused = f->refused;
    f->offer = NULL;
}

void qp_custody_withdraw(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)ev;
    Qp__Offer *asked = qp_face_take(a, sizeof *asked);
    *asked = *f->offer;
    asked->withdraw_asked = true;
    f->offer = asked;
}
