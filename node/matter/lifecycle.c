/* lifecycle.c: the one transition table of a matter, what each step does to its face, and what must be true
 * after each.
 *
 *   OPEN ──sort──► SORTED ──assign──► ASSIGNED ──handle──► HANDLED ──visit──► VISITED
 *     └───────────────┼───────────────────┤ ▲                 │
 *                hang │ ▲ resume          │ └── unresolved ───┘ redo + 1 (or assigned again)
 *                     ▼ │ (as before)     │
 *                     HUNG ────assign─────┘     sort and assign may be passed over
 *
 *   all of these ──close──► CLOSED ──reopen───► ASSIGNED with a desk or a person, else SORTED
 *   all of these ──merge──► MERGED ──unmerge──► as before
 *
 *   all but VISITED ──offer──► the same with an offer out: frozen (K3), only accept, refuse and
 *   withdraw pass; the answer leaves the state as it is. The holder's progress is told all the same,
 *   then without a version: it changes nothing, and the answer takes the next one.
 *
 * `before` keeps what resume and unmerge return to. A hung matter that is merged needs both: the low four
 * bits are then HUNG and the next four what a later resume returns to. */
#include "node/matter/lifecycle.h"

#include <assert.h>

#include "node/matter/appeal.h"
#include "node/matter/clocks.h"
#include "node/matter/custody.h"
#include "node/matter/attached.h"
#include "node/matter/parts.h"
#include "topology/path.h"
#include "proto/bounds.h"

#define IN(s) (1u << QP_##s)
enum { EARLIER_SHIFT = 4 };

static void set_assigned(Qp__Face *f, int64_t at_us)
{
    f->state = QP_ASSIGNED;
    f->unplaced = false;
    f->assigned_us = at_us;
    f->visit_tries = 0; /* must_visit stays: another hand does not end the duty to ask (ST2) */
}

static void end_hang(Qp__Face *f)
{
    f->before = 0;
    f->hung_until_us = 0;
}

/* VA1: what the record has now is in the face no more; where there was none before, this is the first. */
static void hide_place(Qp__Face *f, const Qp__Sorted *s, struct qp_arena *a)
{
    f->place = (char *)protobuf_c_empty_string;
    f->location = NULL;
    if (!s->personal.len || f->personal_state != QP_PERSONAL_NONE)
        return;
    f->personal = qp_face_bytes(a, s->personal.data, s->personal.len);
    f->personal_state = QP_PERSONAL_KEPT;
}

/* U1: urgency only rises. */
static void sort(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const Qp__Sorted *s = ev->sorted;
    if (*s->category)
        f->category = qp_face_text(a, s->category);
    if (s->urgency > f->urgency)
        f->urgency = s->urgency;
    if (s->has_deadline)
        f->deadline_us = s->deadline_us;
    if (*s->area && qp_path_within(s->area, f->holder_path)) /* a holder speaks for its own places only */
        f->area = qp_face_text(a, s->area);
    if (s->hides)
        hide_place(f, s, a);
    if (f->state != QP_ASSIGNED)
        f->state = QP_SORTED;
}

/* A new desk chooses its person anew. */
static void assign(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const Qp__Assigned *s = ev->assigned;
    if (*s->person || (*s->desk && strcmp(s->desk, f->desk) != 0))
        f->person = qp_face_text(a, s->person);
    if (*s->desk)
        f->desk = qp_face_text(a, s->desk);
    end_hang(f);
    set_assigned(f, ev->at_us);
}

/* DE4: one of its desk takes it upon himself. */
static void take(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    f->person = qp_face_text(a, ev->taken->person);
    set_assigned(f, ev->at_us);
}

static void give_back(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)ev, (void)a;
    f->person = f->desk = (char *)protobuf_c_empty_string;
    f->unplaced = false;
    f->givebacks += f->givebacks < QP_COUNT32_MOST;
    f->state = QP_SORTED;
}

/* CI1: what is answered only rises, but from a time that is far ahead of whoever answers now. Nobody answers what will be urged: a clock that ran ahead for an hour would have answered for a year. */
static void answer_urge(Qp__Face *f, const Qp__Event *ev, int64_t answers_us)
{
    if (answers_us > ev->at_us + QP_CLOCK_AHEAD_US)
        answers_us = ev->at_us;
    bool ahead = f->urge_answered_us > ev->at_us + QP_CLOCK_AHEAD_US; /* of a time that has not come */
    if (answers_us > f->urge_answered_us || ahead)
        f->urge_answered_us = answers_us;
}

static void progress(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)a;
    answer_urge(f, ev, ev->progressed->answers_us);
}

static void handle(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    f->state = QP_HANDLED;
    f->unplaced = false;
    f->handled_us = ev->at_us;
    f->result = qp_face_text(a, ev->handled->result);
    f->handled_by = qp_face_text(a, ev->by);
    f->handled_desk = qp_face_text(a, ev->desk);
    f->handled_at = qp_face_bytes(a, ev->origin.data, ev->origin.len);
    f->must_visit = ev->handled->must_visit;
    f->visit_tries = 0;
    answer_urge(f, ev, ev->handled->answers_us);
}

/* ST2: who is not reached is tried once more; after that nothing is due, and it counts as unreached. */
static void visit(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const Qp__Visit *v = ev->visited->visit;
    if (!v->reached && f->visit_tries + 1 < QP_VISIT_TRIES) {
        f->visit_tries++;
        return;
    }
    f->visit = (Qp__Visit *)qp_clone(&v->base, a);
    assert(f->visit);
    f->visit->at_us = ev->at_us;
    f->must_visit = false;
    if (v->resolved || !v->reached) {
        f->state = QP_VISITED;
    } else {
        f->redo += f->redo < QP_COUNT32_MOST;
        set_assigned(f, ev->at_us);
    }
}

static void end(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const Qp__Closed *c = ev->closed;
    if (*c->result)
        f->result = qp_face_text(a, c->result);
    f->duplicate_of = qp_face_text(a, c->of);
    end_hang(f);
    f->closed_us = ev->at_us;
    f->state = QP_CLOSED;
    f->must_visit = false;
    answer_urge(f, ev, c->answers_us);
}

static void reopen(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)a;
    f->closed_us = 0;
    f->result = (char *)protobuf_c_empty_string;
    f->duplicate_of = (char *)protobuf_c_empty_string;
    bool unplaced = f->unplaced; /* a closing gives it to nobody */
    if (*f->desk || *f->person)
        set_assigned(f, ev->at_us);
    else
        f->state = QP_SORTED;
    f->unplaced = unplaced && f->state == QP_ASSIGNED;
}

static void hang(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)a;
    f->before = f->state;
    f->hung_until_us = ev->hung->until_us;
    f->state = QP_HUNG;
}

static void resume(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)ev, (void)a;
    f->state = qp_before(f);
    end_hang(f);
}

static void merge(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    f->before = f->before << EARLIER_SHIFT | f->state;
    f->state = QP_MERGED;
    f->closed_us = ev->at_us;
    f->merged_into = qp_face_bytes(a, ev->merged->into.data, ev->merged->into.len);
}

static void unmerge(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)ev, (void)a;
    f->state = qp_before(f);
    f->before >>= EARLIER_SHIFT;
    f->closed_us = 0;
    f->merged_into = (ProtobufCBinaryData){0, NULL};
}

/* CL5: counted on boards; what was asked for and came into force stands in the event's clock. */
static void ask_time(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)ev, (void)a;
    f->extend_asked += f->extend_asked < QP_COUNT32_MOST;
}

static void extend(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)a;
    bool granted = false;
    for (size_t i = 0; i < ev->n_clocks; i++)
        granted |= ev->clocks[i]->stage == (uint32_t)qp_stage_parse(ev->extended->stage) &&
                   ev->clocks[i]->extension && ev->clocks[i]->extension->state == QP_EXTENSION_IN_FORCE;
    f->extend_granted += granted && f->extend_granted < QP_COUNT32_MOST;
}

/* VA2: for ever, whatever else is said of it, in whatever order. Where there never was a record none has ended. */
static void erase(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    (void)ev, (void)a;
    if (f->personal_state == QP_PERSONAL_KEPT)
        f->personal_state = QP_PERSONAL_ERASED;
}

#define WORKING (IN(OPEN) | IN(SORTED) | IN(ASSIGNED))
#define MOVABLE (WORKING | IN(HANDLED) | IN(HUNG)) /* may be offered */
#define GOING   (MOVABLE | IN(VISITED))            /* neither closed nor merged */
#define ALL     (GOING | IN(CLOSED) | IN(MERGED))
#define BODY(b) QP__EVENT__BODY_##b

/* From which states each step goes and what it does (the steps: proto/steps.h); Offered stands for escalate, dispatch, transfer and return. */
static const struct qp_transition table[] = {
    {BODY(SORTED), WORKING, sort},
    {BODY(ASSIGNED), MOVABLE, assign},
    {BODY(TAKEN), IN(SORTED) | IN(ASSIGNED), take},
    {BODY(GIVEN_BACK), IN(ASSIGNED), give_back},
    {BODY(PROGRESSED), GOING, progress},
    {BODY(OFFERED), MOVABLE, qp_custody_offer},
    {BODY(ACCEPTED), MOVABLE, qp_custody_accept},
    {BODY(REFUSED), MOVABLE, qp_custody_refuse},
    {BODY(WITHDRAWN), MOVABLE, qp_custody_withdraw},
    {BODY(HANDLED), WORKING, handle},
    {BODY(VISITED), IN(HANDLED), visit},
    {BODY(ASSISTED), MOVABLE, qp_parts_ask},
    {BODY(PARTED), GOING, NULL},
    {BODY(RELEASED), GOING, qp_parts_release},
    {BODY(CLOSED), GOING, end},
    {BODY(REOPENED), IN(CLOSED), reopen},
    {BODY(HUNG), WORKING, hang},
    {BODY(RESUMED), IN(HUNG), resume},
    {BODY(MERGED), GOING, merge},
    {BODY(UNMERGED), IN(MERGED), unmerge},
    {BODY(COMMENTED), ALL, NULL},
    {BODY(URGED), ALL, NULL},
    {BODY(EXTENSION_ASKED), GOING, ask_time},
    {BODY(EXTENSION_APPROVED), ALL, NULL},
    {BODY(EXTENSION_DENIED), ALL, NULL},
    {BODY(EXTENDED), GOING, extend},
    {BODY(APPEALED), ALL, qp_appeal_asked},
    {BODY(DECIDED), ALL, NULL},
    {BODY(APPEAL_ENDED), ALL, qp_appeal_ended},
    {BODY(PROLONGED), GOING, NULL},
    {BODY(PERSONAL_ERASED), ALL, erase},
};

const struct qp_transition *qp_transitions(size_t *n)
{
    *n = sizeof table / sizeof *table;
    return table;
}

const struct qp_transition *qp_transition_of(int body)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].body == body)
            return &table[i];
    return NULL;
}

static void move_on(Qp__Face *f, const Qp__Event *ev)
{
    f->version = ev->version;
    if (ev->at_us > f->updated_us)
        f->updated_us = ev->at_us;
}

void qp_lifecycle_change(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const struct qp_transition *t = qp_transition_of((int)ev->body_case);
    assert(t && qp_transition_from(t, f));
    assert(ev->version == (qp_transition_versioned(t, f) ? f->version + 1 : 0));
    qp_parts_take(f, ev, a); /* what the holder had heard when it said this */
    qp_attached_take(f, ev, a);
    if (t->change)
        t->change(f, ev, a);
    qp_clocks_take(f, ev, a);
    if (ev->version)
        move_on(f, ev);
    assert(!qp_face_fault(f));
}

void qp_lifecycle_skip(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    assert(ev->version == f->version + 1);
    qp_parts_take(f, ev, a);
    qp_attached_take(f, ev, a);
    qp_clocks_take(f, ev, a);
    move_on(f, ev);
}

/* ---- the invariants ---- */
static const char *ids_fault(const Qp__Face *f)
{
    if (f->id.len != QP_ID_LEN || f->opener.len != QP_ID_LEN || f->holder.len != QP_ID_LEN)
        return "an id is missing";
    if (f->n_members == 0 || f->n_members > QP_MEMBERS)
        return "it has no member, or too many";
    for (size_t i = 0; i < f->n_members; i++)
        if (f->members[i].len != QP_ID_LEN)
            return "a member's id is cut";
    if (!qp_bytes_same(f->members[0], f->opener) || !qp_face_member(f, f->holder))
        return "the opener is not the first member, or the holder is none";
    if (f->came_from.len != 0 && f->came_from.len != QP_ID_LEN)
        return "came_from is cut";
    if (!*f->holder_path || !*f->area || !*f->category || !*f->source)
        return "area, category, source or the holder's path is missing";
    return NULL;
}

static const char *state_fault(const Qp__Face *f)
{
    if (f->state < QP_OPEN || f->state > QP_MERGED)
        return "there is no such state";
    if ((f->closed_us != 0) == qp_face_is_open(f))
        return "closed_us is set, and set only, when closed or merged";
    if ((f->merged_into.len == QP_ID_LEN) != (f->state == QP_MERGED))
        return "merged_into is set, and set only, when merged";
    uint32_t before = qp_before(f), earlier = f->before >> EARLIER_SHIFT;
    bool waits = f->state == QP_MERGED && before == QP_HUNG;
    if (f->state == QP_HUNG     ? !(before < 16 && WORKING & 1u << before)
        : f->state == QP_MERGED ? !(GOING & 1u << before)
                                : f->before != 0)
        return "`before` does not fit the state";
    if (waits ? earlier > 15 || !(WORKING & 1u << earlier) : earlier != 0)
        return "`before` does not fit what it returns to";
    return NULL;
}

static const char *parts_fault(const Qp__Face *f)
{
    uint64_t before = 0;
    if (f->n_parts > QP_PARTS)
        return "it has too many parts";
    for (size_t i = 0; i < f->n_parts; i++) {
        if (f->parts[i]->number <= before || f->parts[i]->number > f->parts_top)
            return "the numbers of its parts do not rise";
        before = f->parts[i]->number;
    }
    return NULL;
}

static const char *custody_fault(const Qp__Face *f)
{
    const Qp__Offer *o = f->offer;
    if (f->version == 0 || f->custody == 0 || f->custody > f->top_number || f->answered < f->custody)
        return "version, custody and numbers do not fit";
    if (!o)
        return f->answered == f->top_number ? NULL : "a number is neither out nor answered";
    if (!(MOVABLE & 1u << f->state))
        return "an offer is out in a state that cannot be offered";
    if (o->number != f->top_number || f->answered >= o->number)
        return "the offer's number is not the highest, or is answered";
    if (o->to.len != QP_ID_LEN || o->event.len != QP_EVENT_ID_LEN || qp_bytes_same(o->to, f->holder) ||
        !qp_face_member(f, o->to))
        return "the offer's receiver is the holder, or no member";
    if (o->kind < QP_KIND_ESCALATE || o->kind > QP_KIND_RETURN)
        return "the offer is of no kind";
    return NULL;
}

const char *qp_face_fault(const Qp__Face *f)
{
    const char *fault = ids_fault(f);
    if (!fault && (f->urgency < QP_ROUTINE || f->urgency > QP_EMERGENCY))
        fault = "there is no such urgency";
    if (!fault && f->personal_state > QP_PERSONAL_ERASED)
        fault = "its personal record is in no such state";
    if (!fault && f->personal.len != (f->personal_state == QP_PERSONAL_NONE ? 0 : QP_HASH_LEN))
        fault = "its personal record's commitment does not fit its state";
    if (!fault && f->deadline_us < 0)
        fault = "its deadline is before 1970";
    if (!fault && f->deadline_us != qp_clocks_deadline(f))
        fault = "its deadline is not what its clock says";
    if (!fault && (f->opened_us <= 0 || f->updated_us < f->opened_us))
        fault = "it was changed before it was opened";
    if (!fault)
        fault = state_fault(f);
    if (!fault)
        fault = parts_fault(f);
    if (!fault)
        fault = qp_appeal_fault(f);
    return fault ? fault : custody_fault(f);
}
