/* decide.c: a step that somebody wants at this node: may it be, and the event that says it.
 *
 *   row ─► may it be (may.c: who, state, what the step needs) ─► if_version ─► what its words say ─► event filled in
 *
 * What passes here passes qp_matter_apply: both ask the same table. Snapshots (E3, U1) are the face as the
 * event leaves it. */
#include <assert.h>
#include <stdio.h>

#include "node/matter/appeal.h"
#include "node/matter/attached.h"
#include "node/matter/beside.h"
#include "node/matter/clocks.h"
#include "node/matter/custody.h"
#include "node/matter/extension.h"
#include "node/matter/may.h"
#include "node/matter/parts.h"
#include "node/matter/pending.h"
#include "node/matter/ring.h"
#include "node/matter/sound.h"
#include "proto/parcel.h"
#include "topology/path.h"

struct decision {
    struct qp_matters *m;
    Qp__Event *ev;
    const struct qp_transition *t;
    struct qp_entry *entry;
    const Qp__Face *f; /* as it stands */
    struct qp_err *e;
};

static int no_memory(struct qp_err *e)
{
    return qp_fail(e, QP_ENOMEM, "no memory for a step");
}

/* Bytes that live as long as the event. */
static bool keep(ProtobufCBinaryData *out, struct qp_matters *m, const void *p, size_t len)
{
    *out = (ProtobufCBinaryData){len, qp_arena_copy(m->arena, p, len)};
    return out->data;
}

/* ---- opening ---- */
static int open_check(struct qp_matters *m, const Qp__Face *f, struct qp_err *e)
{
    if (!*f->category)
        return qp_fail(e, QP_EINVAL, "category: must be given");
    if (!*f->source)
        return qp_fail(e, QP_EINVAL, "source: must be given");
    if (*f->area && (qp_path_check(f->area, NULL) || !qp_path_within(f->area, m->self_path)))
        return qp_fail(e, QP_EINVAL, "area: %s is not at or below %s", f->area, m->self_path);
    if (f->urgency > QP_EMERGENCY)
        return qp_fail(e, QP_EINVAL, "urgency: there is no such urgency");
    if (f->deadline_us < 0)
        return qp_fail(e, QP_EINVAL, "deadline: must be after 1970");
    return 0;
}

/* The face as reported, with all that is not the reporter's to say at its beginning. */
static int open_face(struct qp_matters *m, Qp__Event *ev, struct qp_err *e)
{
    const Qp__Face *said = ev->opened->face;
    Qp__Face *f = qp_arena_take(m->arena, sizeof *f);
    ProtobufCBinaryData self, *members = qp_arena_take(m->arena, sizeof *members);
    if (!f || !members || !keep(&self, m, m->self, QP_ID_LEN))
        return no_memory(e);
    qp__face__init(f);
    f->id = ev->matter;
    f->salt = said->salt;
    f->title = said->title;
    f->text = said->text;
    f->category = said->category;
    f->source = said->source;
    f->source_ref = said->source_ref;
    f->area = *said->area ? said->area : (char *)(uintptr_t)m->self_path;
    f->place = said->place;
    f->location = said->location;
    f->urgency = said->urgency ? said->urgency : QP_ROUTINE;
    f->desk = said->desk;
    f->person = said->person;
    f->occurred_us = said->occurred_us;
    f->deadline_us = said->deadline_us;
    f->exercise = said->exercise;
    f->personal = said->personal;
    f->personal_state = said->personal.len ? QP_PERSONAL_KEPT : QP_PERSONAL_NONE;
    f->grid = said->grid;
    f->attachments = said->attachments;
    f->n_attachments = said->n_attachments;
    f->state = QP_OPEN;
    f->opener = f->holder = self;
    f->holder_path = (char *)(uintptr_t)m->self_path;
    f->custody = f->version = f->top_number = f->answered = 1;
    members[0] = self;
    f->members = members;
    f->n_members = 1;
    f->opened_us = f->updated_us = ev->at_us;
    ev->opened->face = f;
    ev->version = ev->custody = 1;
    return 0;
}

static int decide_open(struct decision *d)
{
    if (d->entry->row)
        return qp_fail(d->e, QP_EEXISTS, "a matter with this id is here already");
    if (!d->ev->opened->face)
        return qp_fail(d->e, QP_EINVAL, "a matter is opened with a face");
    int rc = open_check(d->m, d->ev->opened->face, d->e);
    if (!rc)
        rc = open_face(d->m, d->ev, d->e);
    if (!rc)
        rc = qp_clocks_move(d->m, d->ev, NULL, d->e);
    const char *fault = !rc ? qp_event_fault(d->ev) : NULL;
    return fault ? qp_fail(d->e, QP_EINVAL, "the matter cannot be opened: %s", fault) : rc;
}

/* ---- who and when (may.c) ---- */
static int refuse(const struct decision *d, const struct qp_may *m, const struct qp_why *why)
{
    char possible[300] = "";
    if (!why->by_state)
        return qp_fail(d->e, why->code, "%s%s%s", why->field, *why->field ? ": " : "", why->en);
    qp_matter_possible(possible, sizeof possible, m);
    return qp_fail(d->e, why->code, "%s; possible here: %s", why->en, possible);
}

static struct qp_may may_of(const struct decision *d, const struct qp_asker *who)
{
    return (struct qp_may){.row = d->entry->row,
                           .face = d->f,
                           .self = d->m->self,
                           .self_path = d->m->self_path,
                           .who = who,
                           .elsewhere = d->m->imports && d->m->stated};
}

static int check(const struct decision *d, const struct qp_asker *who, int64_t if_version)
{
    const struct qp_may m = may_of(d, who);
    const struct qp_step *st = qp_step_of(d->ev);
    struct qp_why why;
    if (!st && !qp_transition_by(d->t, d->f, d->ev->origin))
        return qp_fail(d->e, QP_ENOTHOLDER, "the matter is held by %s; only the holder may do this",
                       d->f->holder_path);
    if (!st) /* what only the node itself says: Extended */
        return !who && qp_transition_from(d->t, d->f)
                   ? 0
                   : qp_fail(d->e, QP_ESTEP, "the matter does not stand so that this can be said");
    int rc = qp_matter_may(&m, st, &why);
    bool theirs = rc == QP_ENOTHOLDER || rc == QP_EDENIED;
    if (!theirs && if_version >= 0 && (uint64_t)if_version != d->f->version)
        return qp_fail(d->e, QP_EVERSION,
                       "the matter is at version %llu, not %lld; look again and decide anew",
                       (unsigned long long)d->f->version, (long long)if_version);
    return !rc ? 0 : refuse(d, &m, &why);
}

/* ---- the steps' own conditions ---- */
/* The face as it is after the event, for those who were not there before. */
static int snapshot(struct decision *d, Qp__Face **out)
{
    struct qp_arena *a = d->m->pending->arena;
    int rc = qp_clocks_move(d->m, d->ev, d->entry->row, d->e);
    if (rc)
        return rc;
    Qp__Row *after = qp_row_copy(d->entry->row, a);
    qp_lifecycle_change(after->face, d->ev, a);
    *out = (Qp__Face *)qp_clone(&after->face->base, d->m->arena);
    return *out ? 0 : no_memory(d->e);
}

/* PO2: of another category it is at least as urgent as the policy says of that; urgency only rises. */
static void sort_urgency(const struct decision *d, Qp__Sorted *s)
{
    bool moves = *s->category && strcmp(s->category, d->f->category) != 0;
    const struct qp_in_force *policy = moves && !d->m->stated ? d->m->policy : NULL;
    const struct qp_policy_category *c = policy ? qp_policy_find(policy->policy, s->category) : NULL;
    uint32_t least = c && c->urgency > QP_ROUTINE ? (uint32_t)c->urgency : 0;
    if (least > d->f->urgency && (s->urgency == 0 || (s->urgency >= d->f->urgency && s->urgency < least)))
        s->urgency = least;
}

static int decide_sort(struct decision *d)
{
    Qp__Sorted *s = d->ev->sorted;
    s->face = NULL;
    sort_urgency(d, s);
    if (s->urgency > QP_EMERGENCY)
        return qp_fail(d->e, QP_EINVAL, "urgency: there is no such urgency");
    if (s->has_deadline && s->deadline_us < 0)
        return qp_fail(d->e, QP_EINVAL, "deadline: must be after 1970");
    if (*s->area && (qp_path_check(s->area, NULL) || !qp_path_within(s->area, d->m->self_path)))
        return qp_fail(d->e, QP_EINVAL,
                       "area: %s is not at or below %s; hand the matter over to the node there first",
                       s->area, d->m->self_path);
    bool later = s->deadline_us == 0 || s->deadline_us > d->f->deadline_us;
    if (s->has_deadline && later && d->f->deadline_us > 0 && !d->m->imports &&
        !qp_face_clock(d->f, QP_CLOCK_CLOSE)) /* else its clock says so: clocks.c */
        return qp_fail(d->e, QP_EPOLICY, "%s", QP_LATER_BY_EXTENSION);
    if (s->urgency && s->urgency < d->f->urgency)
        return qp_fail(d->e, QP_EPOLICY, "urgency only rises: it is %s already",
                       qp_urgency_name(d->f->urgency));
    if (!d->m->whole && (s->urgency != QP_EMERGENCY || d->f->urgency == QP_EMERGENCY))
        return 0;
    return snapshot(d, &s->face); /* U1: from now on in the urgent lane, where the rest may not have come */
}

static int decide_offer(struct decision *d)
{
    Qp__Offered *o = d->ev->offered;
    const Qp__Face *f = d->f;
    o->face = NULL;
    if (o->kind < QP_KIND_ESCALATE || o->kind > QP_KIND_RETURN || o->to.len != QP_ID_LEN)
        return qp_fail(d->e, QP_EINVAL, "to: the offer names no node");
    if (qp_bytes_same(o->to, f->holder))
        return qp_fail(d->e, QP_EINVAL, "to: %s holds the matter already", f->holder_path);
    if (o->kind == QP_KIND_RETURN && !qp_bytes_same(o->to, f->came_from))
        return qp_fail(d->e, QP_EPOLICY, "a matter returns to where it came from: %s", f->came_from_path);
    if (f->n_members >= QP_MEMBERS && !qp_face_member(f, o->to))
        return qp_fail(d->e, QP_EPOLICY,
                       "%d nodes have held the matter or were offered it; it goes to no other", QP_MEMBERS);
    o->number = f->top_number + 1; /* K1 */
    return snapshot(d, &o->face);
}

static int decide_answer(struct decision *d)
{
    const Qp__Offer *offer = d->f->offer;
    ProtobufCBinaryData named;
    if (!keep(&named, d->m, offer->event.data, offer->event.len))
        return no_memory(d->e);
    if (d->ev->body_case == QP__EVENT__BODY_ACCEPTED) {
        d->ev->accepted->number = offer->number;
        d->ev->accepted->offer = named;
        d->ev->accepted->path = (char *)(uintptr_t)d->m->self_path;
        d->ev->accepted->anew = true; /* CL4 */
        d->ev->custody = offer->number;
    } else if (d->ev->body_case == QP__EVENT__BODY_REFUSED) {
        d->ev->refused->number = offer->number;
        d->ev->refused->offer = named;
    } else {
        d->ev->withdrawn->number = offer->number;
        d->ev->withdrawn->offer = named;
    }
    return 0;
}

static int decide_visit(struct decision *d)
{
    if (!d->ev->visited->visit)
        return qp_fail(d->e, QP_EINVAL, "a visit says what was found");
    if (d->ev->visited->visit->satisfied > 2)
        return qp_fail(d->e, QP_EINVAL, "satisfied: is yes, no or not said");
    const Qp__Visit *v = d->ev->visited->visit;
    if (!v->reached && (v->resolved || v->satisfied))
        return qp_fail(d->e, QP_EINVAL, "%s: who was not reached said nothing (ST2)",
                       v->resolved ? "resolved" : "satisfied");
    return 0;
}

static int decide_take(struct decision *d)
{
    const char *name = qp_asker_name(d->ev->by);
    d->ev->taken->person = (char *)(uintptr_t)name;
    return *name ? 0 : qp_fail(d->e, QP_EINVAL, "a matter is taken by somebody; this call names nobody");
}

/* ST2: whether it is to be visited is drawn by the policy in force, and stated; and for which desk it was handled: a member of the one
 * that it lies with works for that. */
static int decide_handle(struct decision *d, const struct qp_asker *who)
{
    const struct qp_in_force *policy = d->m->policy;
    const struct qp_policy_category *c = policy ? qp_policy_find(policy->policy, d->f->category) : NULL;
    d->ev->handled->must_visit = c && qp_policy_visit_drawn(c->visit, d->entry->id);
    bool member = who && *d->f->desk && !*d->ev->desk && qp_asker_named_of(who, d->f->desk);
    char *desk = member ? qp_arena_text(d->m->arena, d->f->desk) : d->ev->desk;
    if (!desk)
        return no_memory(d->e);
    d->ev->desk = desk;
    return 0;
}

/* CI1: the first that a holder says after an urge that it knows of answers it; what makes no version does not. */
static int64_t answers(const struct decision *d)
{
    const Qp__Beside *urge = d->ev->version > 0 ? qp_beside_urge(d->entry->row) : NULL;
    return urge ? urge->at_us : 0;
}

/* One that repeats an own urge that nobody answered in time says so, whoever hears of which first (CI1). */
static int decide_urge(struct decision *d, const struct qp_asker *who)
{
    Qp__Urged *u = d->ev->urged;
    const Qp__Beside *own = qp_beside_urge_of(d->entry->row, d->m->self);
    u->lapsed_us = 0;
    if (own && own->lapsed_us > 0)
        u->lapsed_us = own->lapsed_us;
    else if (own && own->due_us > 0 && (!who || own->due_us < d->ev->at_us)) /* a person may give more time */
        u->lapsed_us = own->due_us;
    return 0;
}

/* PO4: only where a newer calendar makes one later. */
static int decide_prolong(struct decision *d)
{
    const struct qp_in_force *policy = d->m->policy;
    if (!policy || !qp_clocks_later(policy, d->f, d->ev->at_us))
        return qp_fail(d->e, QP_ESTEP, "no calendar makes a clock of the matter later");
    d->ev->prolonged->by = qp_arena_text(d->m->arena, policy->policy->version);
    return d->ev->prolonged->by ? 0 : no_memory(d->e);
}

/* ---- joint handling (ST4) ---- */
static int decide_assist(struct decision *d)
{
    Qp__Assisted *s = d->ev->assisted;
    bool full;
    s->face = NULL;
    s->number = d->f->parts_top + 1;
    s->drop = qp_parts_drop(d->entry->row, &full);
    if (s->to.len != QP_ID_LEN)
        return qp_fail(d->e, QP_EINVAL, "to: names no node");
    bool newcomer = !qp_face_member(d->f, s->to);
    if (newcomer && d->f->n_members >= QP_MEMBERS)
        return qp_fail(d->e, QP_EPOLICY, "to: %d nodes have to do with the matter; it goes to no other",
                       QP_MEMBERS);
    return newcomer ? snapshot(d, &s->face) : 0;
}

static int decide_part(struct decision *d, const struct qp_asker *who)
{
    const struct qp_may m = may_of(d, who);
    Qp__Parted *s = d->ev->parted;
    s->number = qp_may_part(&m, s->desk);
    return s->number
               ? 0
               : qp_fail(d->e, QP_EPOLICY, "desk: no open part of it was asked of the desk %s here", s->desk);
}

static int decide_release(struct decision *d)
{
    Qp__Released *s = d->ev->released;
    bool any = false;
    s->upto = d->f->parts_top;
    for (size_t i = 0; i < d->f->n_parts; i++) {
        const Qp__Part p = qp_part_seen(d->entry->row, i);
        any |= qp_part_open(&p) && qp_parts_released_by(&p, s);
    }
    return any ? 0
               : qp_fail(d->e, QP_EPOLICY, "%s: no part that is open was asked of that one",
                         *s->to_path ? "to" : "desk");
}

/* B4: whoever follows the other one comes to this one, so that nobody would be left responsible. */
static int check_ring(const struct decision *d, const uint8_t other[QP_ID_LEN], const char *field)
{
    bool back;
    int rc = qp_ring_reaches(d->m, other, d->entry->id, &back, d->e);
    if (!rc && back)
        rc = qp_fail(
            d->e, QP_EPOLICY,
            "%s: that matter points to this one already, itself or by way of others; reopen or unmerge it "
            "first",
            field);
    return rc;
}

static int decide_merge(struct decision *d)
{
    ProtobufCBinaryData into = d->ev->merged->into;
    struct qp_entry *other;
    if (into.len != QP_ID_LEN || qp_id_is(into, d->entry->id))
        return qp_fail(d->e, QP_EINVAL, "into: must be the id of another matter");
    int rc = qp_pending_row(d->m, into.data, &other, d->e);
    if (rc)
        return rc;
    if (!other->row)
        return qp_fail(d->e, QP_EPOLICY, "into: no such matter is known here");
    if (other->row->face->state == QP_MERGED)
        return qp_fail(d->e, QP_EPOLICY,
                       "into: that matter is merged itself; merge into the one that it went into");
    return check_ring(d, into.data, "into");
}

static int decide_close(struct decision *d)
{
    uint8_t of[QP_ID_LEN];
    if (!qp_id_parse(of, d->ev->closed->of) && memcmp(of, d->entry->id, QP_ID_LEN) == 0)
        return qp_fail(d->e, QP_EINVAL, "of: a matter is no duplicate of itself; name the original");
    if (*d->ev->closed->of && strcmp(d->ev->closed->of, d->f->source_ref) == 0)
        return qp_fail(d->e, QP_EINVAL,
                       "of: that is this matter's own source_ref; name the original by its id");
    Qp__Face as_if = *d->f; /* closed so: to whom would it point? */
    as_if.state = QP_CLOSED;
    as_if.duplicate_of = d->ev->closed->of;
    bool on;
    int rc = qp_ring_next(d->m, &as_if, of, &on, d->e);
    return !rc && on ? check_ring(d, of, "of") : rc;
}

static int decide_body(struct decision *d, const struct qp_asker *who)
{
    switch (d->ev->body_case) {
    case QP__EVENT__BODY_SORTED: return decide_sort(d);
    case QP__EVENT__BODY_OFFERED: return decide_offer(d);
    case QP__EVENT__BODY_ACCEPTED:
    case QP__EVENT__BODY_REFUSED:
    case QP__EVENT__BODY_WITHDRAWN: return decide_answer(d);
    case QP__EVENT__BODY_TAKEN: return decide_take(d);
    case QP__EVENT__BODY_VISITED: return decide_visit(d);
    case QP__EVENT__BODY_CLOSED: d->ev->closed->answers_us = answers(d); return decide_close(d);
    case QP__EVENT__BODY_PROGRESSED: d->ev->progressed->answers_us = answers(d); return 0;
    case QP__EVENT__BODY_HANDLED: d->ev->handled->answers_us = answers(d); return decide_handle(d, who);
    case QP__EVENT__BODY_ASSISTED: return decide_assist(d);
    case QP__EVENT__BODY_PARTED: return decide_part(d, who);
    case QP__EVENT__BODY_RELEASED: return decide_release(d);
    case QP__EVENT__BODY_MERGED: return decide_merge(d);
    case QP__EVENT__BODY_EXTENSION_ASKED: return qp_extension_ask(d->f, d->ev, d->e);
    case QP__EVENT__BODY_EXTENSION_APPROVED:
    case QP__EVENT__BODY_EXTENSION_DENIED: return qp_extension_order(d->m, d->entry->row, d->ev, d->e);
    case QP__EVENT__BODY_EXTENDED: return qp_extension_answer(d->entry->row, d->ev, d->e);
    case QP__EVENT__BODY_APPEALED: return qp_appeal_ask(d->f, d->ev, d->e);
    case QP__EVENT__BODY_DECIDED: return qp_appeal_decide(d->entry->row, d->ev, d->e);
    case QP__EVENT__BODY_APPEAL_ENDED: return qp_appeal_end(d->entry->row, d->ev, d->m->arena, d->e);
    case QP__EVENT__BODY_URGED: return decide_urge(d, who);
    case QP__EVENT__BODY_PROLONGED: return decide_prolong(d);
    case QP__EVENT__BODY_COMMENTED:
        return *d->ev->commented->text ? 0 : qp_fail(d->e, QP_EINVAL, "text: must be given");
    default: return 0;
    }
}

static int decide_step(struct decision *d, const struct qp_asker *who, int64_t if_version)
{
    if (!d->entry->row)
        return qp_fail(d->e, QP_ENOTFOUND, "no such matter is known here");
    d->f = d->entry->row->face;
    d->t = qp_transition_of((int)d->ev->body_case);
    if (!d->t)
        return qp_fail(d->e, QP_EINVAL, "this is not a step of a matter");
    int rc = check(d, who, if_version);
    if (rc)
        return rc;
    d->ev->version = qp_transition_versioned(d->t, d->f) ? d->f->version + 1 : 0;
    d->ev->custody = d->f->custody;
    d->ev->n_parts = 0;
    rc = qp_attached_may(d->f, d->ev, d->e);
    if (rc)
        return rc;
    if (d->ev->version > 0 && qp_parts_state(d->ev, d->entry->row, d->m->arena))
        return no_memory(d->e);
    rc = decide_body(d, who);
    if (!rc && !qp_event_face(d->ev)) /* else its snapshot has them already */
        rc = qp_clocks_move(d->m, d->ev, d->entry->row, d->e);
    if (rc)
        return rc;
    const Qp__Face *shown = qp_event_face(d->ev);
    const char *leap = shown ? qp_leap_fault(shown) : NULL;
    if (leap) /* it came so from a liar: nobody believed it if it were handed on, and it can be closed */
        return qp_fail(d->e, QP_EPOLICY, "the matter cannot be handed on: %s; close it here", leap);
    assert(!qp_event_fault(d->ev));
    assert(qp_transition_speaker(d->t) == QP_BY_ANY || qp_transition_speaker(d->t) == QP_BY_SUPERIOR ||
           qp_transition_speaker(d->t) == QP_BY_COMMAND || qp_transition_speaker(d->t) == QP_BY_HELPER ||
           qp_custody_verdict(d->f, d->ev, d->t) == QP_MAY);
    return 0;
}

int qp_matter_decide(struct qp_matters *m, Qp__Event *ev, const struct qp_asker *who, int64_t if_version,
                     struct qp_err *e)
{
    assert(qp_id_is(ev->origin, m->self));
    if (ev->matter.len != QP_ID_LEN)
        return qp_fail(e, QP_EINVAL, "id: names no matter");
    if (ev->at_us <= 0)
        return qp_fail(e, QP_EINVAL, "at: must be after 1970");
    struct qp_frame frame;
    int rc = qp_frame_begin(&frame, m, e);
    if (rc)
        return rc;
    struct decision d = {.m = m, .ev = ev, .e = e};
    rc = qp_pending_row(m, ev->matter.data, &d.entry, e);
    if (!rc)
        rc = ev->body_case == QP__EVENT__BODY_OPENED ? decide_open(&d) : decide_step(&d, who, if_version);
    return qp_frame_end(&frame, rc, e);
}
