/* frozen_test.c: what a holder whose offer is out may still do: tell, and ask for the matter back. */
#include "tests/unit/matter/rig.h"

#define ACCEPT   QP__EVENT__BODY_ACCEPTED
#define OFFER    QP__EVENT__BODY_OFFERED
#define PROGRESS QP__EVENT__BODY_PROGRESSED

static void a_holder_whose_offer_is_out_tells_its_progress_and_nothing_moves(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    int offer = rig_do(r, EAST, m, OFFER), first = rig_do(r, EAST, m, PROGRESS),
        second = rig_do(r, EAST, m, PROGRESS);
    assert_int_equal(rig_event(r, first)->version, 0);
    assert_int_equal(rig_face_at(r, EAST, m)->version, 2);
    assert_non_null(rig_face_at(r, EAST, m)->offer);
    rig_hear(r, CITY, offer);
    assert_int_equal(rig_hear(r, CITY, first), QP_APPLIED);
    int accept = rig_do(r, CITY, m, ACCEPT);
    assert_int_equal(rig_hear(r, CITY, second), QP_APPLIED); /* after the answer: it was said before it */
    assert_int_equal(rig_hear(r, CITY, second), QP_REPEATED);
    assert_int_equal(rig_hear(r, EAST, accept), QP_APPLIED);
    assert_int_equal(rig_row(r, CITY, m)->conflicts, 0);
    assert_int_equal(rig_try(r, EAST, m, PROGRESS), -QP_ENOTHOLDER);
    rig_hear(r, EAST, rig_do(r, CITY, m, PROGRESS));
    rig_assert_same(r, m);
}

static void progress_without_a_version_is_the_holders_alone(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    rig_do(r, EAST, m, OFFER);
    Qp__Event *ev = rig_event(r, rig_do(r, EAST, m, PROGRESS));
    ev->origin = rig_id(r, WEST);
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    ev->custody = 7; /* of a custody that is not known here: it waits */
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_WAITING);
    rig_do(r, CITY, m, QP__EVENT__BODY_COMMENTED);
    assert_int_equal(rig_row(r, CITY, m)->conflicts, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        T(a_holder_whose_offer_is_out_tells_its_progress_and_nothing_moves),
        T(progress_without_a_version_is_the_holders_alone),
    };
    return cmocka_run_group_tests_name("matter/frozen", tests, NULL, NULL);
}
