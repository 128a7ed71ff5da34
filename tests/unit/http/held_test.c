/* held_test.c: who held a matter (CL4), whatever others say of it. */
#include "node/http/shape/json_clocks.h"
#include "tests/unit/matter/rig.h"

static int up(void **state)
{
    rig_up(state);
    ((struct rig *)*state)->journals = true;
    return 0;
}

/* K7: who was not offered it says that he has taken it, before the answer has come. */
static void who_only_says_that_he_took_it_never_held_it(void **state)
{
    struct rig *r = *state;
    struct qp_json j = {0};
    struct qp_read read;
    struct qp_history h[16];
    size_t len;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    rig_tell(r, rig_offer(r, EAST, m, QP_KIND_ESCALATE, CITY));
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_ACCEPTED);
    ev->accepted->number = 2;
    ev->accepted->offer = rig_face_at(r, MILL, m)->offer->event;
    ev->accepted->path = qp_arena_text(r->arena, r->nodes[WEST].path);
    ev->origin = rig_id(r, WEST);
    ev->incarnation = 1;
    ev->counter = 50;
    ev->at_us = r->now_us;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, m.b, QP_ID_LEN)};
    ev->version = 3;
    ev->custody = 2;
    assert_int_equal(rig_hear_event(r, MILL, ev), QP_CONFLICT);
    rig_hear(r, MILL, rig_do(r, CITY, m, QP__EVENT__BODY_ACCEPTED));
    rig_read(r, MILL, &read);
    long n = qp_matter_history(&read, m.b, h, 16, r->arena, &r->e);
    assert_int_equal(n, 4);
    qp_json_object(&j);
    qp_json_held(&j, &read, rig_row(r, MILL, m), h, (size_t)n, r->now_us);
    qp_json_object_end(&j);
    qp_read_end(&read);
    char *text = qp_json_take(&j, &len);
    assert_non_null(strstr(text, "{\"node\":\"city\",")); /* it holds it, and nobody between */
    const char *second = strstr(strstr(text, "\"node\":") + 1, "\"node\":");
    assert_non_null(second);
    assert_null(strstr(second + 1, "\"node\":"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_only_says_that_he_took_it_never_held_it, up, rig_down),
    };
    return cmocka_run_group_tests_name("http/held", tests, NULL, NULL);
}
