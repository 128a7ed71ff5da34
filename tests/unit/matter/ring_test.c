/* ring_test.c: whoever follows merges and duplicates comes to one that somebody answers for (B4), as far as the
 * door can tell. */
#include "node/matter/ring.h"
#include "tests/unit/matter/rig.h"

static matter open_ref(struct rig *r, const char *ref)
{
    Qp__Face *f = rig_face(r, "lamp");
    f->source_ref = qp_arena_text(r->arena, ref);
    return rig_open_face(r, EAST, f);
}

static int merges(struct rig *r, matter m, matter into)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_MERGED);
    ev->merged->into = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, into.b, QP_ID_LEN)};
    return rig_say(r, EAST, m, ev);
}

static int duplicates(struct rig *r, matter m, const char *of)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_CLOSED);
    ev->closed->of = qp_arena_text(r->arena, of);
    return rig_say(r, EAST, m, ev);
}

static void a_circle_of_three_is_refused_at_the_door_however_it_is_named(void **state)
{
    struct rig *r = *state;
    for (int turned = 0; turned < 2; turned++) {
        char ref[2][16], id[27];
        snprintf(ref[0], 16, "A-%d", turned);
        snprintf(ref[1], 16, "B-%d", turned);
        matter a = open_ref(r, ref[0]), b = open_ref(r, ref[1]), c = open_ref(r, "");
        assert_true(duplicates(r, a, ref[1]) >= 0); /* by its source_ref */
        assert_true(merges(r, b, c) >= 0);
        if (turned)
            rig_turn(r, EAST); /* in a later turn as in the same */
        qp_id_text(id, a.b);
        assert_int_equal(-merges(r, c, a), QP_EPOLICY);
        assert_int_equal(-duplicates(r, c, id), QP_EPOLICY);
        assert_int_equal(-duplicates(r, c, ref[0]), QP_EPOLICY);
        assert_int_equal(-duplicates(r, c, ref[1]), QP_EPOLICY);
        assert_true(qp_face_is_open(rig_face_at(r, EAST, c)));
        assert_true(duplicates(r, c, "somebody else's") >= 0);
    }
}

static void a_circle_is_found_whole_from_each_of_its_matters_and_from_no_other(void **state)
{
    struct rig *r = *state;
    matter m[4];
    uint8_t ids[QP_RING_MOST][QP_ID_LEN];
    size_t n;
    for (int i = 0; i < 4; i++)
        m[i] = rig_open(r, EAST, "lamp");
    for (int i = 0; i < 4; i++) { /* 3 points into the circle 0, 1, 2; as if heard: nobody asks the door */
        Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_MERGED);
        ev->origin = rig_id(r, EAST);
        ev->incarnation = 1;
        ev->counter = 90 + (uint64_t)i;
        ev->at_us = r->now_us;
        ev->matter = (ProtobufCBinaryData){QP_ID_LEN, m[i].b};
        ev->version = 2;
        ev->custody = 1;
        ev->merged->into = (ProtobufCBinaryData){QP_ID_LEN, m[i == 3 ? 0 : (i + 1) % 3].b};
        assert_int_equal(rig_hear_event(r, EAST, ev), QP_APPLIED);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(qp_ring_find(&r->nodes[EAST].m, m[i].b, ids, &n, &r->e), 0);
        assert_int_equal(n, i == 3 ? 0 : 3);
    }
}

/* Duplicates of one of two that bear the same source_ref stand under both: who asks about the other does not read them all. */
static void of_thousands_that_might_point_to_a_matter_a_thousand_are_looked_at(void **state)
{
    struct rig *r = *state;
    matter both[2] = {open_ref(r, "R-1")};
    Qp__Face *f = rig_face(r, "lamp");
    f->source_ref = qp_arena_text(r->arena, "R-1");
    both[1] = rig_open_face(r, WEST, f);
    rig_hear(r, EAST, (int)r->said_n - 1);
    for (int i = 0; i < 1100; i++)
        assert_true(duplicates(r, open_ref(r, ""), "R-1") >= 0);
    size_t found = 0, unsure = 0;
    for (int i = 0; i < 2; i++) {
        const Qp__Face *to = rig_face_at(r, EAST, both[i]);
        struct qp_read read;
        struct qp_pointed p;
        rig_read(r, EAST, &read);
        assert_int_equal(qp_matter_pointed(&p, &read, to, &r->e), 0);
        qp_read_end(&read);
        assert_int_equal(p.more, 1);
        found += p.n == QP_POINTED;
        unsure += p.n == 0;
    }
    assert_int_equal(found, 1);
    assert_int_equal(unsure, 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        T(a_circle_of_three_is_refused_at_the_door_however_it_is_named),
        T(a_circle_is_found_whole_from_each_of_its_matters_and_from_no_other),
        T(of_thousands_that_might_point_to_a_matter_a_thousand_are_looked_at),
    };
    return cmocka_run_group_tests_name("matter/ring", tests, NULL, NULL);
}
