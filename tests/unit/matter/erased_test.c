/* erased_test.c: who may end a matter's personal record (VA2), and what an erasure that comes late, early or from a stranger does. */
#include "tests/unit/matter/rig.h"

#define ACCEPT QP__EVENT__BODY_ACCEPTED

static Qp__Event *erases(struct rig *r, int node, matter m, uint64_t custody, uint64_t counter)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_PERSONAL_ERASED);
    ev->origin = rig_id(r, node);
    ev->incarnation = 1;
    ev->counter = counter;
    ev->at_us = r->now_us;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    ev->custody = custody;
    return ev;
}

/* East has held it, the city has refused it, the mill is asked to assist, west holds it. */
static void va2_only_who_holds_a_matter_ends_its_personal_record(void **state)
{
    struct rig *r = *state;
    matter m = rig_open_reported(r);
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY));
    rig_tell(r, rig_do(r, CITY, m, QP__EVENT__BODY_REFUSED));
    Qp__Event *asks = rig_draft(r, QP__EVENT__BODY_ASSISTED);
    asks->assisted->to = rig_id(r, MILL);
    asks->assisted->to_path = qp_arena_text(r->arena, "city/east/mill");
    rig_tell(r, rig_say(r, EAST, m, asks));
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_TRANSFER, WEST));
    rig_tell(r, rig_do(r, WEST, m, ACCEPT));
    assert_int_equal(rig_face_at(r, MILL, m)->custody, 3);
    for (int at = 0; at < NODES; at++) {
        uint64_t counter = 200;
        for (uint64_t custody = 0; custody < 3; custody++) {
            assert_int_equal(rig_hear_event(r, at, erases(r, CITY, m, custody, ++counter)), QP_CONFLICT);
            assert_int_equal(rig_hear_event(r, at, erases(r, MILL, m, custody, ++counter)), QP_CONFLICT);
        }
        assert_int_equal(rig_hear_event(r, at, erases(r, CITY, m, 3, ++counter)), QP_CONFLICT);
        assert_int_equal(rig_hear_event(r, at, erases(r, WEST, m, 0, ++counter)), QP_CONFLICT);
        assert_int_equal(rig_face_at(r, at, m)->personal_state, QP_PERSONAL_KEPT);
        assert_int_equal(rig_hear_event(r, at, erases(r, EAST, m, 1, ++counter)),
                         QP_CONFLICT); /* it held it, then */
        assert_int_equal(rig_face_at(r, at, m)->personal_state, QP_PERSONAL_KEPT);
        assert_int_equal(rig_hear_event(r, at, erases(r, WEST, m, 3, ++counter)), QP_APPLIED);
        assert_int_equal(rig_face_at(r, at, m)->personal_state, QP_PERSONAL_ERASED);
        assert_int_equal(rig_hear_event(r, at, erases(r, EAST, m, 1, ++counter)),
                         QP_APPLIED); /* nothing is left to quarrel about */
    }
    rig_assert_same(r, m);
}

static void va2_who_held_it_before_a_snapshot_ends_its_personal_record_no_more(void **state)
{
    struct rig *r = *state;
    matter m = rig_open_reported(r);
    int offer = rig_offer(r, EAST, m, QP_KIND_TRANSFER, WEST);
    rig_tell(r, offer);
    rig_do(r, WEST, m, ACCEPT);
    Qp__Event *draft = rig_draft(r, QP__EVENT__BODY_SORTED);
    draft->sorted->urgency = QP_EMERGENCY;
    assert_int_equal(rig_hear(r, MILL, rig_say(r, WEST, m, draft)), QP_APPLIED); /* without the acceptance */
    assert_int_equal(rig_face_at(r, MILL, m)->custody, 2);
    assert_int_equal(rig_hear_event(r, MILL, erases(r, EAST, m, 1, 300)), QP_CONFLICT);
    assert_int_equal(rig_face_at(r, MILL, m)->personal_state, QP_PERSONAL_KEPT);
}

/* Erased in a slower lane than the offer: the face that was offered says so. */
static void va2_an_erasure_that_was_overtaken_is_in_the_face_behind_it(void **state)
{
    struct rig *r = *state;
    matter m = rig_open_reported(r);
    int erased = rig_do(r, EAST, m, QP__EVENT__BODY_PERSONAL_ERASED);
    int offer = rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY);
    assert_int_equal(rig_hear(r, MILL, offer), QP_APPLIED);
    assert_int_equal(rig_face_at(r, MILL, m)->personal_state, QP_PERSONAL_ERASED);
    assert_int_equal(rig_hear(r, CITY, offer), QP_APPLIED);
    assert_int_equal(rig_hear(r, MILL, rig_do(r, CITY, m, ACCEPT)), QP_APPLIED);
    assert_int_equal(rig_hear(r, MILL, erased), QP_APPLIED);
    assert_int_equal(rig_face_at(r, MILL, m)->personal_state, QP_PERSONAL_ERASED);
}

/* Offers count on: after one that was refused the next is number 3. */
static void va2_who_sent_it_down_ends_its_personal_record_as_well(void **state)
{
    struct rig *r = *state;
    matter m = rig_open_reported(r);
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_DISPATCH, MILL));
    rig_tell(r, rig_do(r, MILL, m, QP__EVENT__BODY_REFUSED));
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_DISPATCH, MILL));
    rig_tell(r, rig_do(r, MILL, m, ACCEPT));
    assert_int_equal(rig_face_at(r, WEST, m)->custody, 3);
    assert_int_equal(rig_hear_event(r, WEST, erases(r, CITY, m, 1, 400)), QP_CONFLICT);
    assert_int_equal(rig_hear_event(r, WEST, erases(r, EAST, m, 1, 400)), QP_APPLIED);
    assert_int_equal(rig_face_at(r, WEST, m)->personal_state, QP_PERSONAL_ERASED);
}

/* While its offer is out nobody knows who will hold it: it is asked again, or withdrawn. */
static void va2_who_has_offered_a_matter_waits_for_the_answer(void **state)
{
    struct rig *r = *state;
    matter m = rig_open_reported(r);
    int offer = rig_offer(r, EAST, m, QP_KIND_TRANSFER, WEST);
    rig_tell(r, offer);
    assert_int_equal(-rig_try(r, EAST, m, QP__EVENT__BODY_PERSONAL_ERASED), QP_ESTEP);
    rig_tell(r, rig_do(r, WEST, m, QP__EVENT__BODY_REFUSED));
    rig_tell(r, rig_do(r, EAST, m, QP__EVENT__BODY_PERSONAL_ERASED));
    assert_int_equal(rig_face_at(r, MILL, m)->personal_state, QP_PERSONAL_ERASED);
}

static void who_erases_a_record_that_there_never_was_changes_nothing(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    assert_int_equal(rig_hear_event(r, CITY, erases(r, EAST, m, 1, 90)), QP_APPLIED);
    rig_turn(r, CITY);
    assert_int_equal(rig_face_at(r, CITY, m)->personal_state, QP_PERSONAL_NONE);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(va2_only_who_holds_a_matter_ends_its_personal_record),
        T(va2_who_held_it_before_a_snapshot_ends_its_personal_record_no_more),
        T(va2_an_erasure_that_was_overtaken_is_in_the_face_behind_it),
        T(va2_who_sent_it_down_ends_its_personal_record_as_well),
        T(va2_who_has_offered_a_matter_waits_for_the_answer),
        T(who_erases_a_record_that_there_never_was_changes_nothing),
    };
    return cmocka_run_group_tests_name("matter/erased", tests, NULL, NULL);
}
