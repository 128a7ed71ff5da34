/* lifecycle_test.c: the table of the steps, written down a second time, against lifecycle.c: every
 * state, with and without an offer out, every step, every role. */
#include "node/matter/custody.h"
#include "node/matter/may.h"
#include "proto/steps.h"
#include "tests/unit/matter/rig.h"

#define B(name) QP__EVENT__BODY_##name
enum role { HOLDER, RECEIVER, SUPERIOR, ROLES };

/* One letter a state: o open, s sorted, a assigned, h handled, v visited, c closed, u hung, m merged; `to`
 * has the state that each leads to, '=' for the same, 'b' for the one before, 'd' for assigned with a desk
 * and sorted without. */
static const char letters[] = "?osahvcum";
static const struct line {
    int body;
    enum role role;
    bool offered;
    const char *from, *to;
} api[] = {
    {B(SORTED), HOLDER, false, "osa", "ss="},
    {B(ASSIGNED), HOLDER, false, "osahu", "aaaaa"},
    {B(TAKEN), HOLDER, false, "sa", "aa"},
    {B(GIVEN_BACK), HOLDER, false, "a", "s"},
    {B(PROGRESSED), HOLDER, false, "osahvu", "======"},
    {B(OFFERED), HOLDER, false, "osahu", "====="},
    {B(ACCEPTED), RECEIVER, true, "osahu", "====="},
    {B(REFUSED), RECEIVER, true, "osahu", "====="},
    {B(WITHDRAWN), HOLDER, true, "osahu", "====="},
    {B(HANDLED), HOLDER, false, "osa", "hhh"},
    {B(VISITED), HOLDER, false, "h", "v"},
    {B(ASSISTED), HOLDER, false, "osahu", "====="},
    {B(RELEASED), HOLDER, false, "osahvu", "======"},
    {B(CLOSED), HOLDER, false, "osahvu", "cccccc"},
    {B(REOPENED), HOLDER, false, "c", "d"},
    {B(HUNG), HOLDER, false, "osa", "uuu"},
    {B(RESUMED), HOLDER, false, "u", "b"},
    {B(MERGED), HOLDER, false, "osahvu", "mmmmmm"},
    {B(UNMERGED), HOLDER, false, "m", "b"},
    {B(EXTENSION_ASKED), HOLDER, false, "osahvu", "======"},
    {B(EXTENDED), HOLDER, false, "osahvu", "======"},
    {B(APPEALED), HOLDER, false, "osahvucm", "========"},
    {B(APPEAL_ENDED), HOLDER, false, "osahvucm", "========"},
    {B(PROLONGED), HOLDER, false, "osahvu", "======"},
};

static const struct line *line_of(int body)
{
    for (size_t i = 0; i < sizeof api / sizeof *api; i++)
        if (api[i].body == body)
            return &api[i];
    return NULL;
}

static ProtobufCBinaryData other_id(struct rig *r, enum role role)
{
    return rig_id(r, role == HOLDER ? EAST : role == RECEIVER ? WEST : CITY);
}

/* A sound face in that state, held by the east node, offered to the west one. */
static Qp__Face *face_in(struct rig *r, uint32_t state, bool offered)
{
    Qp__Face *f = rig_face(r, "lamp");
    f->id = rig_id(r, MILL);
    f->area = f->holder_path = qp_arena_text(r->arena, "city/east");
    f->state = state;
    f->before = state == QP_HUNG || state == QP_MERGED ? QP_SORTED : 0;
    f->opener = f->holder = rig_id(r, EAST);
    f->opened_us = f->updated_us = 1000;
    f->custody = f->version = f->answered = f->top_number = 1;
    f->members = qp_arena_take(r->arena, 2 * sizeof *f->members);
    f->members[f->n_members++] = f->holder;
    if (state == QP_CLOSED || state == QP_MERGED)
        f->closed_us = 2000;
    if (state == QP_MERGED)
        f->merged_into = rig_id(r, CITY);
    if (offered) {
        Qp__Offer *o = qp_arena_take(r->arena, sizeof *o);
        qp__offer__init(o);
        o->number = f->top_number = 2;
        o->to = f->members[f->n_members++] = rig_id(r, WEST);
        o->kind = QP_KIND_TRANSFER;
        static uint8_t event[QP_EVENT_ID_LEN];
        o->event = (ProtobufCBinaryData){sizeof event, event};
        f->offer = o;
    }
    return f;
}

static Qp__Event *event_for(struct rig *r, const Qp__Face *f, const struct qp_transition *t, enum role role)
{
    Qp__Event *ev = rig_draft(r, t->body);
    ev->origin = other_id(r, role);
    ev->incarnation = 1;
    ev->counter = 1;
    ev->matter = f->id;
    ev->at_us = 5000;
    ev->version = qp_transition_versioned(t, f) ? f->version + 1 : 0;
    ev->custody = f->custody;
    if (t->body == B(OFFERED)) {
        ev->offered->number = f->top_number + 1;
        ev->offered->to = rig_id(r, WEST);
        ev->offered->kind = QP_KIND_TRANSFER;
    }
    if (t->body == B(ASSISTED)) {
        ev->assisted->number = f->parts_top + 1;
        ev->assisted->to = rig_id(r, WEST);
        ev->assisted->to_path = qp_arena_text(r->arena, "city/west");
    }
    if (t->body == B(RELEASED))
        ev->released->upto = f->parts_top;
    if (t->body == B(MERGED))
        ev->merged->into = rig_id(r, CITY);
    if (t->body == B(ACCEPTED)) {
        ev->accepted->number = 2;
        ev->accepted->path = qp_arena_text(r->arena, "city/west");
    }
    if (t->body == B(REFUSED))
        ev->refused->number = 2;
    if (t->body == B(WITHDRAWN))
        ev->withdrawn->number = 2;
    static uint8_t event[QP_EVENT_ID_LEN];
    ProtobufCBinaryData named = {sizeof event, event};
    if (t->body == B(ACCEPTED))
        ev->accepted->offer = named;
    if (t->body == B(REFUSED))
        ev->refused->offer = named;
    if (t->body == B(WITHDRAWN))
        ev->withdrawn->offer = named;
    return ev;
}

static uint32_t leads_to(const struct line *l, uint32_t state)
{
    char to = l->to[strchr(l->from, letters[state]) - l->from];
    if (to == '=')
        return state;
    if (to == 'b' || to == 'd') /* the faces here have no desk, and were sorted before */
        return QP_SORTED;
    return (uint32_t)(strchr(letters, to) - letters);
}

static bool allowed(const struct qp_transition *t, uint32_t state, bool offered, enum role role)
{
    const struct line *l = line_of(t->body);
    if (t->body == B(PERSONAL_ERASED)) /* the holder, whatever else is so; without a version */
        return role == HOLDER;
    if (t->body == B(PARTED)) /* of a part that was asked: nobody here was */
        return false;
    if (!l) /* comment: anybody; an order about time: the holder's own commander too; urge, decision: whoever does not hold it */
        return (t->body != B(URGED) && t->body != B(DECIDED)) || role != HOLDER;
    bool either = t->body == B(PROGRESSED); /* told also while an offer is out */
    return strchr(l->from, letters[state]) && (either || l->offered == offered) && l->role == role;
}

static void try_one(struct rig *r, const struct qp_transition *t, uint32_t state, bool offered,
                    enum role role)
{
    Qp__Face *f = face_in(r, state, offered);
    assert_null(qp_face_fault(f));
    Qp__Event *ev = event_for(r, f, t, role);
    bool wanted = allowed(t, state, offered, role);
    bool may = qp_transition_from(t, f) && qp_transition_by(t, f, ev->origin);
    if (may != wanted)
        fail_msg("%s from %s%s by role %d: may be %d", qp_transition_kind(t)->name, qp_state_name(state),
                 offered ? " offered" : "", role, may);
    if (qp_transition_speaker(t) <= QP_BY_SENDER || qp_transition_speaker(t) == QP_BY_HOLDER_ALWAYS)
        assert_int_equal(qp_custody_verdict(f, ev, t) == QP_MAY, wanted);
    if (!wanted)
        return;
    uint64_t version = f->version + qp_transition_versioned(t, f);
    qp_lifecycle_change(f, ev, r->arena);
    assert_null(qp_face_fault(f));
    assert_int_equal(f->version, version);
    if (line_of(t->body))
        assert_int_equal(f->state, leads_to(line_of(t->body), state));
}

static void every_step_is_possible_exactly_where_the_api_says(void **state)
{
    struct rig *r = *state;
    size_t n;
    const struct qp_transition *t = qp_transitions(&n);
    assert_int_equal(n, sizeof api / sizeof *api + 7);
    for (size_t i = 0; i < n; i++)
        for (uint32_t s = QP_OPEN; s <= QP_MERGED; s++)
            for (int role = 0; role < ROLES; role++) {
                try_one(r, &t[i], s, false, (enum role)role);
                if (s != QP_VISITED && s != QP_CLOSED && s != QP_MERGED)
                    try_one(r, &t[i], s, true, (enum role)role);
            }
}

/* Extended and AppealEnded answer orders, by the node itself (core/answers.c). */
static void every_step_has_a_transition_and_every_transition_but_the_nodes_own_a_step(void **state)
{
    (void)state;
    size_t n;
    const struct qp_transition *t = qp_transitions(&n);
    for (size_t i = 0; i < QP_STEPS_N; i++)
        if (!qp_transition_of(qp_steps[i].body))
            fail_msg("the step %s makes an event that no transition is for (lifecycle.c)", qp_steps[i].name);
    for (size_t i = 0; i < n; i++) {
        bool made = t[i].body == B(EXTENDED) || t[i].body == B(APPEAL_ENDED) || t[i].body == B(PROLONGED);
        for (size_t k = 0; k < QP_STEPS_N; k++)
            made = made || qp_steps[k].body == t[i].body;
        if (!made)
            fail_msg("no step makes the event %s (proto/steps.h)", qp_transition_kind(&t[i])->name);
    }
}

static Qp__Face *change(struct rig *r, Qp__Face *f, int body)
{
    qp_lifecycle_change(f, event_for(r, f, qp_transition_of(body), HOLDER), r->arena);
    return f;
}

static void a_visit_that_found_nothing_resolved_sends_it_back(void **state)
{
    struct rig *r = *state;
    Qp__Face *f = face_in(r, QP_HANDLED, false);
    Qp__Event *ev = event_for(r, f, qp_transition_of(B(VISITED)), HOLDER);
    ev->visited->visit->resolved = false;
    qp_lifecycle_change(f, ev, r->arena);
    assert_int_equal(f->state, QP_ASSIGNED);
    assert_int_equal(f->redo, 1);
    assert_int_equal(f->visit->at_us, 5000);
}

static void a_reopened_matter_goes_back_to_its_desk(void **state)
{
    struct rig *r = *state;
    Qp__Face *f = face_in(r, QP_CLOSED, false);
    f->desk = qp_arena_text(r->arena, "lamps");
    f->result = f->duplicate_of = qp_arena_text(r->arena, "x");
    change(r, f, B(REOPENED));
    assert_int_equal(f->state, QP_ASSIGNED);
    assert_int_equal(f->closed_us, 0);
    assert_string_equal(f->result, "");
    assert_string_equal(f->duplicate_of, "");
}

static void resume_and_unmerge_lead_back_also_from_a_hung_and_merged_matter(void **state)
{
    struct rig *r = *state;
    for (uint32_t s = QP_OPEN; s <= QP_ASSIGNED; s++) {
        Qp__Face *f = change(r, face_in(r, s, false), B(HUNG));
        change(r, f, B(MERGED));
        assert_int_equal(f->closed_us, 5000);
        change(r, f, B(UNMERGED));
        assert_int_equal(f->state, QP_HUNG);
        assert_int_equal(f->closed_us, 0);
        change(r, f, B(RESUMED));
        assert_int_equal(f->state, s);
        assert_int_equal(f->before, 0);
    }
}

static void an_assigned_desk_ends_a_hang_and_chooses_its_person_anew(void **state)
{
    struct rig *r = *state;
    Qp__Face *f = face_in(r, QP_HUNG, false);
    f->desk = qp_arena_text(r->arena, "roads");
    f->person = qp_arena_text(r->arena, "li");
    f->hung_until_us = 9;
    change(r, f, B(ASSIGNED));
    assert_int_equal(f->state, QP_ASSIGNED);
    assert_string_equal(f->desk, "lamps");
    assert_string_equal(f->person, "");
    assert_int_equal(f->hung_until_us, 0);
    assert_int_equal(f->assigned_us, 5000);
}

static void u1_urgency_only_rises(void **state)
{
    struct rig *r = *state;
    Qp__Face *f = face_in(r, QP_OPEN, false);
    f->urgency = QP_URGENT;
    Qp__Event *ev = event_for(r, f, qp_transition_of(B(SORTED)), HOLDER);
    ev->sorted->urgency = QP_ROUTINE;
    qp_lifecycle_change(f, ev, r->arena);
    assert_int_equal(f->urgency, QP_URGENT);
}

static void the_time_of_the_last_change_never_goes_back(void **state)
{
    struct rig *r = *state;
    Qp__Face *f = face_in(r, QP_OPEN, false);
    f->updated_us = 7000;
    change(r, f, B(PROGRESSED));
    assert_int_equal(f->updated_us, 7000);
}

static void every_broken_invariant_is_named(void **state)
{
    struct rig *r = *state;
    Qp__Face *f;
#define BROKEN(state, offered, change)                                                                       \
    f = face_in(r, state, offered);                                                                          \
    change;                                                                                                  \
    assert_non_null(qp_face_fault(f))
    BROKEN(QP_OPEN, false, f->closed_us = 1);
    BROKEN(QP_CLOSED, false, f->closed_us = 0);
    BROKEN(QP_VISITED, false, f->offer = face_in(r, QP_OPEN, true)->offer);
    BROKEN(QP_OPEN, true, f->answered = 2);
    BROKEN(QP_OPEN, true, f->offer->number = 3);
    BROKEN(QP_OPEN, true, f->n_members = 1);
    BROKEN(QP_OPEN, true, f->offer->to = f->holder);
    BROKEN(QP_OPEN, false, f->custody = 2);
    BROKEN(QP_OPEN, false, f->answered = 2);
    BROKEN(QP_OPEN, false, f->top_number = 2);
    BROKEN(QP_OPEN, false, f->version = 0);
    BROKEN(QP_OPEN, false, f->n_members = 0);
    BROKEN(QP_OPEN, false, f->holder = rig_id(r, CITY));
    BROKEN(QP_OPEN, false, f->before = QP_OPEN);
    BROKEN(QP_HUNG, false, f->before = 0);
    BROKEN(QP_HUNG, false, f->before = QP_HANDLED);
    BROKEN(QP_MERGED, false, f->before = QP_CLOSED);
    BROKEN(QP_MERGED, false, f->before = QP_HUNG);
    BROKEN(QP_MERGED, false, f->merged_into.len = 0);
    BROKEN(QP_OPEN, false, f->state = 9);
    BROKEN(QP_OPEN, false, f->urgency = 0);
    BROKEN(QP_OPEN, false, f->updated_us = 1);
    BROKEN(QP_OPEN, false, f->deadline_us = -1);
    BROKEN(QP_OPEN, false, f->category = (char *)protobuf_c_empty_string);
}

static const struct qp_may *asked(struct rig *r, const Qp__Face *f, int node)
{
    struct qp_may *m = qp_arena_take(r->arena, sizeof *m);
    *m = (struct qp_may){.face = f, .self = r->nodes[node].id, .self_path = r->nodes[node].path};
    return m;
}

static void what_is_possible_is_said_in_whole_words(void **state)
{
    struct rig *r = *state;
    char out[200];
    Qp__Face *f = face_in(r, QP_CLOSED, false);
    qp_matter_possible(out, sizeof out, asked(r, f, EAST));
    assert_string_equal(out, "reopen, comment");
    f = face_in(r, QP_SORTED, true);
    qp_matter_possible(out, sizeof out, asked(r, f, WEST));
    assert_string_equal(out, "accept, refuse, comment");
    qp_matter_possible(out, sizeof out, asked(r, f, EAST));
    assert_string_equal(out, "progress, withdraw, comment");
    f = face_in(r, QP_HANDLED, false);
    f->came_from = (ProtobufCBinaryData){0, NULL}; /* opened here: it returns to nobody */
    qp_matter_possible(out, sizeof out, asked(r, f, EAST));
    assert_string_equal(
        out, "assign, progress, escalate, dispatch, transfer, visit, assist, close, merge, comment");
    f->came_from = rig_id(r, CITY);
    qp_matter_possible(out, sizeof out, asked(r, f, EAST));
    assert_string_equal(
        out, "assign, progress, escalate, dispatch, transfer, return, visit, assist, close, merge, comment");
    qp_matter_possible(out, 18, asked(r, f, EAST));
    assert_string_equal(out, "assign, progress");
}

static void names_are_read_back(void **state)
{
    (void)state;
    for (uint32_t s = QP_OPEN; s <= QP_MERGED; s++)
        assert_int_equal(qp_state_parse(qp_state_name(s)), s);
    for (uint32_t u = QP_ROUTINE; u <= QP_EMERGENCY; u++)
        assert_int_equal(qp_urgency_parse(qp_urgency_name(u)), u);
    assert_int_equal(qp_state_parse("opened"), 0);
    assert_int_equal(qp_state_parse(NULL), 0);
    assert_string_equal(qp_state_name(99), "unknown");
    assert_string_equal(qp_kind_name(QP_KIND_RETURN), "return");
    assert_string_equal(qp_event_name(B(OPENED)), "opened");
    assert_string_equal(qp_event_name(B(URGED)), "urged");
    assert_string_equal(qp_event_name(0), "unknown");
}

static void the_six_steps_are_counted(void **state)
{
    struct rig *r = *state;
    static const uint32_t steps[] = {0, 1, 2, 2, 4, 5, 6, 2, 6};
    for (uint32_t s = QP_OPEN; s <= QP_MERGED; s++)
        assert_int_equal(qp_step_number(face_in(r, s, false)), steps[s]);
    Qp__Face *f = face_in(r, QP_SORTED, true);
    assert_int_equal(qp_step_number(f), 2);
    f->offer->kind = QP_KIND_ESCALATE;
    assert_int_equal(qp_step_number(f), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_possible_exactly_where_the_api_says),
        cmocka_unit_test(every_step_has_a_transition_and_every_transition_but_the_nodes_own_a_step),
        cmocka_unit_test(a_visit_that_found_nothing_resolved_sends_it_back),
        cmocka_unit_test(a_reopened_matter_goes_back_to_its_desk),
        cmocka_unit_test(resume_and_unmerge_lead_back_also_from_a_hung_and_merged_matter),
        cmocka_unit_test(an_assigned_desk_ends_a_hang_and_chooses_its_person_anew),
        cmocka_unit_test(u1_urgency_only_rises),
        cmocka_unit_test(the_time_of_the_last_change_never_goes_back),
        cmocka_unit_test(every_broken_invariant_is_named),
        cmocka_unit_test(what_is_possible_is_said_in_whole_words),
        cmocka_unit_test(names_are_read_back),
        cmocka_unit_test(the_six_steps_are_counted),
    };
    return cmocka_run_group_tests_name("matter/lifecycle", tests, rig_up, rig_down);
}
