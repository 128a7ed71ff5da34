/* custody_test.c: the rules K1-K4 of the protocol, each by its sentence: offers, answers, withdrawals, members;
 * K5 and K6 are the core's (who is recovering, who was revoked): here only that a seizure has no effect by
 * itself. K7 and K8: belated_test.c. */
#include "node/matter/clocks.h"
#include "tests/unit/matter/rig.h"

#define ACCEPT   QP__EVENT__BODY_ACCEPTED
#define REFUSE   QP__EVENT__BODY_REFUSED
#define WITHDRAW QP__EVENT__BODY_WITHDRAWN
#define OFFER    QP__EVENT__BODY_OFFERED
#define PROGRESS QP__EVENT__BODY_PROGRESSED

static void an_accepted_offer_makes_the_receiver_the_one_holder(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    int offer = rig_do(r, EAST, m, OFFER);
    assert_int_equal(rig_holders(r, m), 0);
    assert_int_equal(rig_hear(r, CITY, offer), QP_APPLIED);
    int accept = rig_do(r, CITY, m, ACCEPT);
    assert_int_equal(rig_holders(r, m), 1); /* the sender is frozen still */
    assert_int_equal(rig_hear(r, EAST, accept), QP_APPLIED);
    assert_int_equal(rig_holders(r, m), 1);
    const Qp__Face *f = rig_face_at(r, EAST, m);
    assert_string_equal(f->holder_path, "city");
    assert_string_equal(f->came_from_path, "city/east");
    assert_int_equal(f->custody, 2);
    assert_int_equal(f->answered, 2);
    assert_int_equal(f->version, 3);
    rig_assert_same(r, m);
}

static void a_refused_offer_leaves_the_sender_holding(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, rig_do(r, EAST, m, OFFER));
    rig_hear(r, EAST, rig_do(r, CITY, m, REFUSE));
    const Qp__Face *f = rig_face_at(r, EAST, m);
    assert_true(qp_id_is(f->holder, r->nodes[EAST].id));
    assert_null(f->offer);
    assert_int_equal(f->custody, 1);
    assert_int_equal(f->answered, 2);
    rig_hear(r, CITY, rig_do(r, EAST, m, PROGRESS));
    rig_assert_same(r, m);
}

static void k1_a_number_is_one_above_every_number_seen_refused_ones_too(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    for (uint64_t number = 2; number < 6; number++) {
        int offer = rig_do(r, EAST, m, OFFER);
        assert_int_equal(rig_event(r, offer)->offered->number, number);
        rig_hear(r, CITY, offer);
        rig_hear(r, EAST, rig_do(r, CITY, m, REFUSE));
    }
    /* an offer that uses a number again is a conflict, whoever makes it */
    int offer = rig_do(r, EAST, m, OFFER);
    Qp__Event *ev = rig_event(r, offer);
    ev->counter = 99;
    ev->offered->number = ev->offered->face->offer->number = ev->offered->face->top_number = 3;
    ev->offered->face->answered = 2;
    uint8_t id[QP_EVENT_ID_LEN];
    qp_event_id(id, ev);
    memcpy(ev->offered->face->offer->event.data, id, sizeof id);
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    assert_int_equal(rig_row(r, CITY, m)->conflicts, 1);
    assert_int_equal(rig_hear(r, CITY, offer), QP_APPLIED);
}

static void k1_a_number_that_was_passed_over_is_answered_by_nobody(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    Qp__Event *offer = rig_event(r, rig_do(r, EAST, m, OFFER));
    Qp__Face *says = offer->offered->face;
    offer->offered->number = says->offer->number = says->top_number = 9;
    assert_int_equal(rig_hear_event(r, CITY, offer), QP_APPLIED);
    const int bodies[] = {WITHDRAW, ACCEPT, REFUSE};
    for (size_t i = 0; i < 3; i++) {
        Qp__Event *ev = rig_draft(r, bodies[i]);
        ProtobufCBinaryData id = says->offer->event;
        if (bodies[i] == WITHDRAW)
            ev->withdrawn->number = 5, ev->withdrawn->offer = id;
        else if (bodies[i] == ACCEPT)
            ev->accepted->number = 5, ev->accepted->offer = id,
            ev->accepted->path = qp_arena_text(r->arena, "city");
        else
            ev->refused->number = 5, ev->refused->offer = id;
        ev->origin = rig_id(r, bodies[i] == WITHDRAW ? EAST : CITY);
        ev->incarnation = 1;
        ev->counter = 70 + i;
        ev->at_us = r->now_us;
        ev->matter = rig_face_at(r, CITY, m)->id;
        ev->version = bodies[i] == WITHDRAW ? 0 : 3;
        ev->custody = bodies[i] == ACCEPT ? 5 : 1;
        assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
        assert_int_equal(rig_face_at(r, CITY, m)->offer->number, 9);
    }
}

static void k1_an_answer_names_the_offers_event(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, rig_do(r, EAST, m, OFFER));
    int accept = rig_do(r, CITY, m, ACCEPT);
    Qp__Event *ev = rig_event(r, accept);
    ev->accepted->offer.data[27] ^= 1;
    assert_int_equal(rig_hear_event(r, EAST, ev), QP_CONFLICT);
    assert_non_null(rig_face_at(r, EAST, m)->offer);
}

static void k2_a_number_is_answered_once(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    int offer = rig_do(r, EAST, m, OFFER);
    rig_tell(r, offer);
    int accept = rig_do(r, CITY, m, ACCEPT);
    rig_tell(r, accept);
    assert_int_equal(-rig_try(r, CITY, m, REFUSE), QP_ESTEP);
    /* a refuse of the same number, also one that claims the next version */
    for (uint64_t version = 3; version <= 4; version++) {
        Qp__Event *ev = rig_event(r, accept);
        Qp__Event *refuse = rig_draft(r, REFUSE);
        refuse->refused->number = ev->accepted->number;
        refuse->refused->offer = ev->accepted->offer;
        refuse->origin = ev->origin;
        refuse->incarnation = 1;
        refuse->counter = 90 + version;
        refuse->at_us = ev->at_us;
        refuse->matter = ev->matter;
        refuse->version = version;
        refuse->custody = 1;
        assert_int_equal(rig_hear_event(r, WEST, refuse), QP_CONFLICT);
    }
    assert_int_equal(rig_row(r, WEST, m)->conflicts, 0);
    assert_int_equal(rig_face_at(r, WEST, m)->version, 3);
    rig_assert_same(r, m);
}

static void k3_an_offer_freezes_the_matter_at_its_sender(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_do(r, EAST, m, OFFER);
    size_t n;
    const struct qp_transition *t = qp_transitions(&n);
    for (size_t i = 0; i < n; i++) {
        int rc = rig_try(r, EAST, m, t[i].body);
        bool passes =
            t[i].body == WITHDRAW || t[i].body == QP__EVENT__BODY_COMMENTED || t[i].body == PROGRESS;
        if (passes)
            assert_true(rc >= 0);
        else
            assert_int_equal(-rc, QP_ESTEP);
    }
    /* and no step of the sender's that comes from elsewhere is believed */
    const Qp__Face *f = rig_face_at(r, EAST, m);
    Qp__Event *ev = rig_draft(r, PROGRESS);
    ev->origin = rig_id(r, EAST);
    ev->incarnation = 1;
    ev->counter = 77;
    ev->at_us = r->now_us;
    ev->matter = f->id;
    ev->version = f->version + 1;
    ev->custody = f->custody;
    assert_int_equal(rig_hear_event(r, EAST, ev), QP_CONFLICT);
    ev->counter++;
    ev->body_case = QP__EVENT__BODY__NOT_SET; /* nor one of a kind that this build does not know */
    assert_int_equal(rig_hear_event(r, EAST, ev), QP_CONFLICT);
}

static void k3_no_time_out_thaws_it(void **state)
{
    struct rig *r = *state;
    Qp__Face *face = rig_face(r, "lamp");
    face->deadline_us = r->now_us + SECOND;
    matter m = rig_open_face(r, EAST, face);
    rig_do(r, EAST, m, OFFER);
    r->now_us += (int64_t)366 * 86400 * SECOND;
    bool more;
    assert_int_equal(qp_matter_sweep(&r->nodes[EAST].m, r->now_us, &more, &r->e), 0);
    assert_true(rig_row(r, EAST, m)->overdue); /* the sender answers for the deadline */
    assert_int_equal(-rig_try(r, EAST, m, QP__EVENT__BODY_HANDLED), QP_ESTEP);
}

static void k4_a_withdraw_asks_and_the_receivers_answer_decides(void **state)
{
    struct rig *r = *state;
    for (int answer = 0; answer < 2; answer++) {
        matter m = rig_open(r, EAST, "lamp");
        int offer = rig_do(r, EAST, m, OFFER);
        int withdraw = rig_do(r, EAST, m, WITHDRAW);
        assert_int_equal(-rig_try(r, EAST, m, WITHDRAW), QP_ESTEP);
        assert_int_equal(-rig_try(r, EAST, m, QP__EVENT__BODY_HANDLED), QP_ESTEP);
        rig_tell(r, offer);
        rig_tell(r, withdraw);
        assert_true(rig_face_at(r, CITY, m)->offer->withdraw_asked);
        rig_tell(r, rig_do(r, CITY, m, answer ? ACCEPT : REFUSE));
        assert_true(qp_id_is(rig_face_at(r, EAST, m)->holder, r->nodes[answer ? CITY : EAST].id));
        assert_int_equal(rig_holders(r, m), 1);
        assert_int_equal(rig_hear(r, WEST, withdraw), QP_REPEATED);
        rig_assert_same(r, m);
    }
}

static void k4_a_withdraw_that_comes_before_its_offer_still_asks(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    int offer = rig_do(r, EAST, m, OFFER);
    int withdraw = rig_do(r, EAST, m, WITHDRAW);
    assert_int_equal(rig_hear(r, CITY, withdraw), QP_WAITING);
    assert_int_equal(rig_hear(r, CITY, withdraw), QP_REPEATED);
    rig_hear(r, CITY, offer);
    assert_true(rig_face_at(r, CITY, m)->offer->withdraw_asked);
}

static void k4_a_withdraw_after_the_answer_changes_nothing(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    int offer = rig_do(r, EAST, m, OFFER);
    int withdraw = rig_do(r, EAST, m, WITHDRAW);
    rig_hear(r, CITY, offer);
    int accept = rig_do(r, CITY, m, ACCEPT);
    assert_int_equal(rig_hear(r, CITY, withdraw), QP_CONFLICT);
    assert_int_equal(rig_row(r, CITY, m)->conflicts, 0);
    rig_hear(r, EAST, accept);
    assert_true(rig_same_face(r, CITY, EAST, m));
}

static void k6_a_seizure_has_no_effect_unless_the_core_says_so(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    Qp__Event *ev = rig_draft(r, PROGRESS);
    Qp__Seized seized = QP__SEIZED__INIT;
    seized.number = 2;
    ev->body_case = QP__EVENT__BODY_SEIZED;
    ev->seized = &seized;
    ev->origin = rig_id(r, CITY);
    ev->incarnation = 1;
    ev->counter = 1;
    ev->at_us = r->now_us;
    ev->matter = rig_face_at(r, EAST, m)->id;
    ev->version = 2;
    ev->custody = 2;
    assert_int_equal(rig_hear_event(r, EAST, ev), QP_CONFLICT);
    assert_true(qp_id_is(rig_face_at(r, EAST, m)->holder, r->nodes[EAST].id));
}

static int ends_as(struct rig *r, int node, matter m, const char *of)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_CLOSED);
    ev->closed->of = qp_arena_text(r->arena, of);
    return rig_say(r, node, m, ev);
}

static void b4_two_that_point_at_each_other_are_refused_at_the_door(void **state)
{
    struct rig *r = *state;
    Qp__Face *f = rig_face(r, "lamp");
    f->source_ref = qp_arena_text(r->arena, "R-1");
    matter a = rig_open_face(r, EAST, f), b = rig_open(r, EAST, "lamp");
    char id_a[27], id_b[27];
    qp_id_text(id_a, a.b);
    qp_id_text(id_b, b.b);
    assert_int_equal(-ends_as(r, EAST, a, "R-1"), QP_EINVAL);
    assert_true(ends_as(r, EAST, b, id_a) >= 0);
    assert_int_equal(-ends_as(r, EAST, a, id_b), QP_EPOLICY);
    Qp__Event *merge = rig_draft(r, QP__EVENT__BODY_MERGED);
    merge->merged->into = (ProtobufCBinaryData){QP_ID_LEN, b.b};
    assert_int_equal(-rig_say(r, EAST, a, merge), QP_EPOLICY);
    assert_true(qp_face_is_open(rig_face_at(r, EAST, a)));
}

static void a_matter_returns_only_to_where_it_came_from(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, CITY, "lamp");
    assert_int_equal(-rig_offer(r, CITY, m, QP_KIND_RETURN, EAST), QP_ESTEP);
    rig_tell(r, rig_offer(r, CITY, m, QP_KIND_DISPATCH, EAST));
    rig_tell(r, rig_do(r, EAST, m, ACCEPT));
    assert_int_equal(-rig_offer(r, EAST, m, QP_KIND_RETURN, WEST), QP_EPOLICY);
    assert_true(rig_offer(r, EAST, m, QP_KIND_RETURN, CITY) >= 0);
}

static void an_offer_to_oneself_is_refused(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, CITY, "lamp");
    assert_int_equal(-rig_offer(r, CITY, m, QP_KIND_DISPATCH, CITY), QP_EINVAL);
}

static void everybody_who_was_ever_offered_it_is_a_member(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_TRANSFER, WEST));
    rig_tell(r, rig_do(r, WEST, m, REFUSE));
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY));
    rig_tell(r, rig_do(r, CITY, m, ACCEPT));
    const Qp__Face *f = rig_face_at(r, MILL, m);
    assert_int_equal(f->n_members, 3);
    assert_true(qp_id_is(f->members[0], r->nodes[EAST].id));
    assert_true(qp_face_member(f, rig_id(r, WEST)) && qp_face_member(f, rig_id(r, CITY)));
}

static void a_matter_has_at_most_256_members(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    Qp__Event *draft;
    for (int i = 1; i <= QP_MEMBERS; i++) {
        uint8_t *id = qp_arena_take(r->arena, QP_ID_LEN);
        memset(id, 0, QP_ID_LEN);
        qp_be32(id, (uint32_t)i);
        draft = rig_draft(r, OFFER);
        draft->offered->kind = QP_KIND_TRANSFER;
        draft->offered->to = (ProtobufCBinaryData){QP_ID_LEN, id};
        int offer = rig_say(r, EAST, m, draft);
        if (i == QP_MEMBERS) {
            assert_int_equal(-offer, QP_EPOLICY);
            break;
        }
        assert_true(offer >= 0);
        Qp__Event *ev = rig_draft(r, REFUSE);
        ev->origin = draft->offered->to;
        ev->incarnation = 1;
        ev->counter = 1;
        ev->at_us = r->now_us;
        ev->matter = draft->matter;
        ev->version = draft->version + 1;
        ev->custody = 1;
        ev->refused->number = draft->offered->number;
        ev->refused->offer = draft->offered->face->offer->event;
        assert_int_equal(rig_hear_event(r, EAST, ev), QP_APPLIED);
    }
    assert_int_equal(rig_face_at(r, EAST, m)->n_members, QP_MEMBERS);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
static void a_clock_that_nobody_can_count_ends_nobody_who_takes_the_matter(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    Qp__Event *ev = rig_event(r, rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY));
    Qp__Pause pause = QP__PAUSE__INIT, *pauses[] = {&pause};
    Qp__Clock clock = QP__CLOCK__INIT, *clocks[] = {&clock};
    pause.from_us = clock.start_us = ev->at_us;
    clock.stage = QP_CLOCK_CLOSE;
    clock.serial = 1;
    clock.amount = 5;
    clock.unit = QP_UNIT_WD;
    clock.rule = (char *)(uintptr_t) "x / - / nobody's";
    clock.due_us = QP_CLOCK_MOST_US;
    clock.held = true;
    clock.left = 1;
    clock.pauses = pauses;
    clock.n_pauses = 1;
    ev->offered->face->clocks = clocks;
    ev->offered->face->n_clocks = 1;
    assert_int_equal(rig_hear_event(r, CITY, ev),
                     QP_APPLIED); /* its first: a snapshot of the opener is believed */
    rig_do(r, CITY, m, QP__EVENT__BODY_ACCEPTED);
    assert_int_equal(rig_face_at(r, CITY, m)->custody, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_accepted_offer_makes_the_receiver_the_one_holder),
        T(a_refused_offer_leaves_the_sender_holding),
        T(k1_a_number_is_one_above_every_number_seen_refused_ones_too),
        T(k1_a_number_that_was_passed_over_is_answered_by_nobody),
        T(k1_an_answer_names_the_offers_event),
        T(k2_a_number_is_answered_once),
        T(k3_an_offer_freezes_the_matter_at_its_sender),
        T(k3_no_time_out_thaws_it),
        T(k4_a_withdraw_asks_and_the_receivers_answer_decides),
        T(k4_a_withdraw_that_comes_before_its_offer_still_asks),
        T(k4_a_withdraw_after_the_answer_changes_nothing),
        T(k6_a_seizure_has_no_effect_unless_the_core_says_so),
        T(b4_two_that_point_at_each_other_are_refused_at_the_door),
        T(a_matter_returns_only_to_where_it_came_from),
        T(an_offer_to_oneself_is_refused),
        T(everybody_who_was_ever_offered_it_is_a_member),
        T(a_matter_has_at_most_256_members),
        T(a_clock_that_nobody_can_count_ends_nobody_who_takes_the_matter),
    };
    return cmocka_run_group_tests_name("matter/custody", tests, NULL, NULL);
}
