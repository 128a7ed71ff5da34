/* apply_test.c: what becomes of an event that comes too early, too late, twice, or from whom it should not
 * (E1, E3, E5, U1). */
#include "node/matter/early.h"
#include "node/matter/face.h"
#include "tests/unit/matter/rig.h"

#define B(name) QP__EVENT__BODY_##name

static size_t entries(struct rig *r, int node, enum qp_table t)
{
    MDB_stat s;
    struct node *n = &r->nodes[node];
    assert_int_equal(mdb_stat(n->t.tables, qp_store_dbi(n->s, t), &s), 0);
    return s.ms_entries;
}

static void e1_an_event_is_applied_once_whichever_parcels_bring_it(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    int sorted = rig_do(r, EAST, m, B(SORTED));
    int comment = rig_do(r, EAST, m, B(COMMENTED));
    for (int round = 0; round < 3; round++)
        for (int i = 0; i <= comment; i++)
            assert_int_equal(rig_hear(r, CITY, i), round ? QP_REPEATED : QP_APPLIED);
    assert_int_equal(rig_face_at(r, CITY, m)->version, 2);
    assert_int_equal(entries(r, CITY, QP_T_HISTORY), 3);
    /* also at the one who said it */
    assert_int_equal(rig_hear(r, EAST, sorted), QP_REPEATED);
}

static void e1_what_comes_too_early_waits_for_its_predecessor(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    int events[5];
    for (int i = 0; i < 5; i++)
        events[i] = rig_do(r, EAST, m, i % 2 ? B(ASSIGNED) : B(PROGRESSED));
    for (int i = 4; i >= 0; i--)
        assert_int_equal(rig_hear(r, CITY, events[i]), QP_WAITING);
    assert_null(rig_row(r, CITY, m));
    assert_int_equal(rig_hear(r, CITY, events[2]), QP_REPEATED);
    assert_int_equal(rig_hear(r, CITY, 0), QP_APPLIED);
    assert_int_equal(entries(r, CITY, QP_T_EARLY), 0);
    assert_true(rig_same_face(r, EAST, CITY, m));
    rig_assert_tables(r, CITY);
}

static void a_comment_on_a_matter_not_yet_known_waits_and_is_kept(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    int comment = rig_do(r, EAST, m, B(COMMENTED));
    assert_int_equal(rig_hear(r, CITY, comment), QP_WAITING);
    assert_int_equal(rig_hear(r, CITY, 0), QP_APPLIED);
    assert_int_equal(entries(r, CITY, QP_T_EARLY), 0);
    assert_int_equal(rig_hear(r, CITY, comment), QP_REPEATED);
    assert_int_equal(entries(r, CITY, QP_T_HISTORY), 2);
}

static void comments_and_urges_change_neither_version_nor_time(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    int64_t updated_us = rig_face_at(r, EAST, m)->updated_us;
    int urge = rig_do(r, CITY, m, B(URGED));
    rig_tell(r, urge);
    rig_tell(r, rig_do(r, WEST, m, B(COMMENTED)));
    const Qp__Face *f = rig_face_at(r, EAST, m);
    assert_int_equal(f->version, 1);
    assert_int_equal(f->updated_us, updated_us);
    assert_int_equal(rig_event(r, urge)->version, 0);
    rig_assert_same(r, m);
}

static void only_a_superior_of_the_holder_may_urge(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    assert_int_equal(-rig_try(r, WEST, m, B(URGED)), QP_ESTEP);
    assert_int_equal(-rig_try(r, MILL, m, B(URGED)), QP_ESTEP);
    assert_int_equal(-rig_try(r, EAST, m, B(URGED)), QP_ESTEP);
    assert_true(rig_try(r, CITY, m, B(URGED)) >= 0);
}

static void e3_a_newcomer_starts_from_the_offers_snapshot(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_do(r, EAST, m, B(SORTED));
    rig_do(r, EAST, m, B(ASSIGNED));
    int offer = rig_offer(r, EAST, m, QP_KIND_TRANSFER, WEST);
    assert_int_equal(rig_hear(r, WEST, offer), QP_APPLIED);
    assert_true(rig_same_face(r, EAST, WEST, m));
    assert_int_equal(rig_row(r, WEST, m)->opener_incarnation, 0);
    rig_tell(r, rig_do(r, WEST, m, B(ACCEPTED)));
    assert_true(rig_same_face(r, EAST, WEST, m));
    /* what came before is history only, and tells who opened it */
    for (int i = 0; i < offer; i++)
        assert_int_equal(rig_hear(r, WEST, i), QP_STALE);
    assert_int_equal(rig_row(r, WEST, m)->opener_incarnation, 1);
    assert_int_equal(rig_row(r, WEST, m)->conflicts, 0);
    assert_true(rig_same_face(r, EAST, WEST, m));
    rig_assert_tables(r, WEST);
}

static void a_jump_drops_what_waited_before_it_and_goes_on_with_what_waited_after(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    int sorted = rig_do(r, EAST, m, B(SORTED));
    int progress = rig_do(r, EAST, m, B(PROGRESSED));
    int offer = rig_do(r, EAST, m, B(OFFERED));
    rig_hear(r, CITY, offer);
    int accept = rig_do(r, CITY, m, B(ACCEPTED));
    int handle = rig_do(r, CITY, m, B(HANDLED));
    int all[] = {handle, progress, accept, sorted};
    for (int i = 0; i < 4; i++)
        assert_int_equal(rig_hear(r, WEST, all[i]), QP_WAITING);
    assert_int_equal(rig_hear(r, WEST, offer), QP_APPLIED);
    assert_int_equal(entries(r, WEST, QP_T_EARLY), 0);
    assert_true(rig_same_face(r, CITY, WEST, m));
    assert_int_equal(rig_row(r, WEST, m)->conflicts, 0);
}

static void u1_what_rises_to_emergency_brings_its_snapshot(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_do(r, EAST, m, B(PROGRESSED));
    Qp__Event *draft = rig_draft(r, B(SORTED));
    draft->sorted->urgency = QP_EMERGENCY;
    int rises = rig_say(r, EAST, m, draft);
    assert_int_equal(rig_hear(r, CITY, rises), QP_APPLIED); /* ahead of the bulk lane */
    assert_true(rig_same_face(r, EAST, CITY, m));
    for (int i = 0; i < rises; i++)
        assert_int_equal(rig_hear(r, CITY, i), QP_STALE);
    assert_true(rig_same_face(r, EAST, CITY, m));
    draft = rig_draft(r, B(SORTED));
    draft->sorted->urgency = QP_URGENT;
    assert_int_equal(-rig_say(r, EAST, m, draft), QP_EPOLICY);
}

static void nobody_else_than_the_holder_is_believed(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    size_t n;
    const struct qp_transition *t = qp_transitions(&n);
    for (size_t i = 0; i < n; i++) {
        enum qp_speaker who = qp_transition_speaker(&t[i]);
        if ((who != QP_BY_HOLDER && who != QP_BY_HOLDER_ALWAYS) || t[i].body == B(OFFERED))
            continue;
        bool versioned = qp_transition_kind(&t[i])->versioned;
        assert_int_equal(-rig_try(r, WEST, m, t[i].body), QP_ENOTHOLDER);
        Qp__Event *ev = rig_draft(r, t[i].body);
        ev->origin = rig_id(r, WEST);
        ev->incarnation = 1;
        ev->counter = 100 + i;
        ev->at_us = r->now_us;
        ev->matter = rig_face_at(r, CITY, m)->id;
        ev->version = versioned ? 2 : 0;
        ev->custody = 1;
        if (t[i].body == B(MERGED))
            ev->merged->into = rig_id(r, CITY);
        uint32_t before = rig_row(r, CITY, m)->conflicts;
        assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
        assert_int_equal(rig_row(r, CITY, m)->conflicts, before + versioned);
    }
    assert_int_equal(rig_face_at(r, CITY, m)->version, 1);
    rig_assert_tables(r, CITY);
}

static void an_unsound_event_is_kept_without_effect(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    int offer = rig_do(r, EAST, m, B(OFFERED));
    Qp__Event *ev;
#define BENT(event, change)                                                                                  \
    ev = rig_event(r, event);                                                                                \
    change;                                                                                                  \
    assert_int_equal(rig_hear_event(r, WEST, ev), QP_CONFLICT);                                              \
    assert_null(rig_row(r, WEST, m))
    BENT(0, ev->opened->face->holder = rig_id(r, CITY));
    BENT(0, ev->opened->face->state = QP_CLOSED);
    BENT(0, ev->opened->face->version = 2);
    BENT(0, ev->opened->face->opened_us++);
    BENT(0, ev->version = 0);
    BENT(0, ev->at_us = 0);
    BENT(0, ev->opened->face->id.data[15] ^= 1);
    BENT(0, ev->opened->face->n_members = 0);
    BENT(offer, ev->offered->number++);
    BENT(offer, ev->offered->face->holder = rig_id(r, WEST));
    BENT(offer, ev->offered->face->offer->withdraw_asked = true);
    BENT(offer, ev->offered->face->offer->to = rig_id(r, EAST));
    BENT(offer, ev->counter++);
    BENT(offer, ev->custody++);
    assert_int_equal(rig_hear(r, WEST, offer), QP_APPLIED);
}

static void e5_a_step_of_an_unknown_kind_moves_the_version_on_and_nothing_else(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    Qp__Event *ev = rig_event(r, rig_do(r, EAST, m, B(PROGRESSED)));
    ev->body_case = QP__EVENT__BODY__NOT_SET;
    int next = rig_do(r, EAST, m, B(SORTED));
    assert_int_equal(rig_hear(r, CITY, next), QP_WAITING);
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_APPLIED);
    assert_int_equal(rig_face_at(r, CITY, m)->version, 3);
    assert_int_equal(rig_face_at(r, CITY, m)->state, QP_SORTED);
}

static void more_than_256_events_of_one_matter_do_not_wait(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    int last = 0;
    for (int i = 0; i <= QP_EARLY_MAX; i++) {
        last = rig_do(r, EAST, m, B(PROGRESSED));
        assert_int_equal(rig_hear(r, CITY, last), i < QP_EARLY_MAX ? QP_WAITING : QP_CONFLICT);
    }
    assert_int_equal(rig_hear(r, CITY, 0), QP_APPLIED);
    assert_int_equal(rig_face_at(r, CITY, m)->version, QP_EARLY_MAX + 1);
}

static void strangers_that_fill_the_waiting_room_leave_room_for_who_may_speak(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    int second = rig_do(r, EAST, m, B(SORTED)), third = rig_do(r, EAST, m, B(PROGRESSED));
    Qp__Event *ev = rig_event(r, third);
    uint8_t id[QP_ID_LEN];
    unsigned kept = 0;
    for (unsigned i = 0; i < 3 * QP_EARLY_STRANGERS; i++) { /* ten liars, and what they say comes early */
        memset(id, (int)(0xd0 + i % 10), sizeof id);
        ev->origin.data = id;
        ev->counter = 1000 + i;
        ev->version = 5 + i;
        enum qp_outcome o = rig_hear_event(r, CITY, ev);
        assert_true(o == QP_WAITING || o == QP_CONFLICT);
        kept += o == QP_WAITING;
    }
    assert_in_range(kept, 1, QP_EARLY_STRANGERS);
    assert_int_equal(rig_hear(r, CITY, third), QP_WAITING); /* the holder's */
    assert_int_equal(rig_hear(r, CITY, second), QP_APPLIED);
    assert_int_equal(rig_face_at(r, CITY, m)->version, 3);
}

static void one_stranger_has_no_more_than_its_share_of_a_waiting_room(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    Qp__Event *ev = rig_event(r, rig_do(r, EAST, m, B(PROGRESSED)));
    uint8_t id[QP_ID_LEN];
    unsigned kept = 0;
    memset(id, 0xd1, sizeof id);
    for (unsigned i = 0; i < 2 * QP_EARLY_MAX; i++) { /* of a matter that nobody knows here yet */
        ev->origin.data = id;
        ev->counter = 1000 + i;
        ev->version = 5 + i;
        kept += rig_hear_event(r, CITY, ev) == QP_WAITING;
    }
    assert_int_equal(kept, QP_EARLY_MAX);
    memset(id, 0xd2, sizeof id);
    ev->version = 3;
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_WAITING); /* somebody else's */
}

static const uint8_t *one_way(const void *way, const uint8_t *origin)
{
    return origin[0] == 0xe1 ? NULL : way; /* that one has a neighbour of its own */
}

static void what_waits_by_way_of_one_neighbour_is_bounded_for_all_matters_together(void **state)
{
    enum { MATTERS = QP_EARLY_BRANCH / QP_EARLY_MAX };
    struct rig *r = *state;
    uint8_t id[QP_ID_LEN];
    matter m[MATTERS + 1];
    int opened[MATTERS + 1];
    r->nodes[CITY].m.branch = one_way;
    r->nodes[CITY].m.branch_arg = r->nodes[EAST].id;
    size_t meta = entries(r, CITY, QP_T_META);
    for (int i = 0; i <= MATTERS; i++) {
        m[i] = rig_open(r, EAST, "lamp");
        opened[i] = (int)r->said_n - 1;
    }
    Qp__Event *ev = rig_event(r, rig_do(r, EAST, m[0], B(PROGRESSED)));
    ev->origin.data = id;
    for (int i = 0; i < QP_EARLY_BRANCH; i++) {
        memset(id, 0xd0 + i % 10, sizeof id); /* ten that live behind that neighbour */
        ev->counter = 1000 + (uint64_t)i;
        ev->matter.data = m[i / QP_EARLY_MAX].b;
        assert_int_equal(rig_hear_event(r, CITY, ev), QP_WAITING);
    }
    assert_int_equal(entries(r, CITY, QP_T_EARLY), QP_EARLY_BRANCH);
    ev->matter.data = m[MATTERS].b; /* nothing waits for that one yet */
    ev->counter++;
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    assert_int_equal(entries(r, CITY, QP_T_EARLY), QP_EARLY_BRANCH);
    memset(id, 0xe1, sizeof id); /* nor is what comes by another way */
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_WAITING);
    for (int i = 0; i <= MATTERS; i++)
        assert_int_equal(rig_hear(r, CITY, opened[i]), QP_APPLIED);
    assert_int_equal(entries(r, CITY, QP_T_EARLY), 0);
    assert_int_equal(entries(r, CITY, QP_T_META), meta); /* both totals are 0 again */
}

static void a_time_is_flagged_that_is_more_than_five_minutes_ahead(void **state)
{
    const int64_t minute = INT64_C(60) * SECOND;
    struct rig *r = *state;
    for (int minutes = 4; minutes <= 6; minutes += 2) {
        int64_t now_us = r->now_us;
        matter m = rig_open(r, EAST, "lamp");
        r->now_us = now_us - minutes * minute; /* the city's clock */
        assert_int_equal(rig_hear(r, CITY, (int)r->said_n - 1), QP_APPLIED);
        assert_int_equal(rig_row(r, CITY, m)->ahead_us, minutes == 6 ? 6 * minute : 0);
        r->now_us = now_us + SECOND;
    }
}

static void a_step_says_what_is_wrong_with_it(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp"), nowhere = {{1}};
    rig_tell(r, 0);
    assert_int_equal(-rig_try(r, CITY, nowhere, B(SORTED)), QP_ENOTFOUND);
    assert_int_equal(-rig_try(r, WEST, m, B(SORTED)), QP_ENOTHOLDER);
    assert_non_null(strstr(r->e.text, "city/east"));
    assert_int_equal(-rig_try(r, EAST, m, B(REOPENED)), QP_ESTEP);
    assert_non_null(strstr(r->e.text, "open; possible here: sort, assign"));
    Qp__Event *ev = rig_draft(r, B(SORTED));
    ev->origin = rig_id(r, EAST);
    ev->at_us = r->now_us;
    ev->matter = rig_face_at(r, EAST, m)->id;
    assert_int_equal(qp_matter_decide(&r->nodes[EAST].m, ev, NULL, 2, &r->e), QP_EVERSION);
    assert_int_equal(qp_matter_decide(&r->nodes[EAST].m, ev, NULL, 1, &r->e), 0);
}

static void the_visit_is_by_someone_other_than_the_handler(void **state)
{
    struct rig *r = *state;
    r->journals = true;
    for (int turns = 0; turns < 2; turns++) {
        matter m = rig_open(r, EAST, "lamp");
        Qp__Event *handle = rig_draft(r, B(HANDLED));
        handle->by = qp_arena_text(r->arena, "user:li");
        assert_true(rig_say(r, EAST, m, handle) >= 0);
        if (turns) /* then its row has been written and read back */
            rig_turn(r, EAST);
        Qp__Event *visit = rig_draft(r, B(VISITED));
        visit->by = qp_arena_text(r->arena, "user:li");
        assert_int_equal(-rig_say(r, EAST, m, visit), QP_EPOLICY);
        visit->by = qp_arena_text(r->arena, "user:wang");
        assert_true(rig_say(r, EAST, m, visit) >= 0);
    }
    matter m = rig_open(r, EAST, "lamp");
    rig_do(r, EAST, m, B(HANDLED)); /* a token stands for a desk */
    assert_true(rig_try(r, EAST, m, B(VISITED)) >= 0);
}

static void a_matter_merges_only_into_another_that_stands(void **state)
{
    struct rig *r = *state;
    matter a = rig_open(r, EAST, "lamp"), b = rig_open(r, EAST, "lamp"), nowhere = {{1}};
    matter *intos[] = {&a, &nowhere, &b};
    for (int i = 0; i < 3; i++) {
        Qp__Event *ev = rig_draft(r, B(MERGED));
        ev->merged->into = (ProtobufCBinaryData){QP_ID_LEN, intos[i]->b};
        int rc = rig_say(r, EAST, a, ev);
        assert_int_equal(rc < 0 ? -rc : 0, i == 0 ? QP_EINVAL : i == 1 ? QP_EPOLICY : 0);
    }
    Qp__Event *ev = rig_draft(r, B(MERGED));
    ev->merged->into = (ProtobufCBinaryData){QP_ID_LEN, a.b};
    assert_int_equal(-rig_say(r, EAST, b, ev), QP_EPOLICY);
}

static void an_opening_is_checked(void **state)
{
    struct rig *r = *state;
    static const char *const areas[] = {"city",     "city/west",      "city/eastern",
                                        "bad path", "city/east/mill", ""};
    for (int i = 0; i < 6; i++) {
        Qp__Event *ev = rig_draft(r, B(OPENED));
        ev->opened->face = rig_face(r, "lamp");
        ev->opened->face->area = qp_arena_text(r->arena, areas[i]);
        matter m = rig_name(r, EAST, ev->opened->face);
        int rc = rig_say(r, EAST, m, ev);
        assert_true(i < 4 ? -rc == QP_EINVAL : rc >= 0);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(e1_an_event_is_applied_once_whichever_parcels_bring_it),
        T(e1_what_comes_too_early_waits_for_its_predecessor),
        T(a_comment_on_a_matter_not_yet_known_waits_and_is_kept),
        T(comments_and_urges_change_neither_version_nor_time),
        T(only_a_superior_of_the_holder_may_urge),
        T(e3_a_newcomer_starts_from_the_offers_snapshot),
        T(a_jump_drops_what_waited_before_it_and_goes_on_with_what_waited_after),
        T(u1_what_rises_to_emergency_brings_its_snapshot),
        T(nobody_else_than_the_holder_is_believed),
        T(an_unsound_event_is_kept_without_effect),
        T(e5_a_step_of_an_unknown_kind_moves_the_version_on_and_nothing_else),
        T(strangers_that_fill_the_waiting_room_leave_room_for_who_may_speak),
        T(one_stranger_has_no_more_than_its_share_of_a_waiting_room),
        T(more_than_256_events_of_one_matter_do_not_wait),
        T(what_waits_by_way_of_one_neighbour_is_bounded_for_all_matters_together),
        T(a_time_is_flagged_that_is_more_than_five_minutes_ahead),
        T(a_step_says_what_is_wrong_with_it),
        T(the_visit_is_by_someone_other_than_the_handler),
        T(a_matter_merges_only_into_another_that_stands),
        T(an_opening_is_checked),
    };
    return cmocka_run_group_tests_name("matter/apply", tests, NULL, NULL);
}
