/* belated_test.c: the rules K7 and K8 of the protocol, each by its sentence: what speaks of an older custody, and
 * snapshots that nothing leads to. */
#include <time.h>

#include "proto/bounds.h"
#include "tests/unit/matter/rig.h"

#define ACCEPT   QP__EVENT__BODY_ACCEPTED
#define OFFER    QP__EVENT__BODY_OFFERED
#define PROGRESS QP__EVENT__BODY_PROGRESSED

static void k7_an_event_with_an_older_custody_is_kept_and_counted_as_a_conflict(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    rig_tell(r, rig_do(r, EAST, m, OFFER));
    int accept = rig_do(r, CITY, m, ACCEPT);
    rig_tell(r, accept);
    /* the old holder goes on as if it held it: the next version, and one that the accept took */
    for (uint64_t version = 4; version >= 3; version--) {
        Qp__Event *ev = rig_draft(r, PROGRESS);
        ev->origin = rig_id(r, EAST);
        ev->incarnation = 1;
        ev->counter = 50 + version;
        ev->at_us = r->now_us;
        ev->matter = rig_event(r, accept)->matter;
        ev->version = version;
        ev->custody = 1;
        assert_int_equal(rig_hear_event(r, WEST, ev), QP_CONFLICT);
        assert_int_equal(rig_hear_event(r, WEST, ev), QP_REPEATED);
    }
    assert_int_equal(rig_row(r, WEST, m)->conflicts, 2);
    assert_int_equal(rig_face_at(r, WEST, m)->version, 3);
    rig_assert_same(r, m);
    /* nothing is held up by it */
    assert_int_equal(rig_hear(r, WEST, rig_do(r, CITY, m, PROGRESS)), QP_APPLIED);
    rig_assert_tables(r, WEST);
}

static void k7_a_snapshot_with_an_older_custody_does_not_turn_the_matter_back(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    rig_tell(r, rig_do(r, EAST, m, OFFER));
    int accept = rig_do(r, CITY, m, ACCEPT);
    for (int i = 0; i < 3; i++) /* the old holder never hears of the accept; a fork of it goes on offering */
        rig_hear(r, WEST, i);
    Qp__Event *ev = rig_event(r, 1);
    ev->counter = 60;
    ev->version = ev->offered->face->version = 9;
    ev->offered->number = ev->offered->face->offer->number = ev->offered->face->top_number = 5;
    ev->offered->face->answered = 4;
    uint8_t id[QP_EVENT_ID_LEN];
    qp_event_id(id, ev);
    memcpy(ev->offered->face->offer->event.data, id, sizeof id);
    rig_hear(r, WEST, accept);
    assert_int_equal(rig_hear_event(r, WEST, ev), QP_CONFLICT);
    assert_int_equal(rig_face_at(r, WEST, m)->custody, 2);
    assert_int_equal(rig_row(r, WEST, m)->conflicts, 1);
}

/* West knows the face and says that it holds the matter by now. */
static Qp__Event *seizes(struct rig *r, const Qp__Face *known, uint64_t custody, uint64_t version)
{
    Qp__Event *ev = qp_arena_take(r->arena, sizeof *ev);
    Qp__Sorted *s = qp_arena_take(r->arena, sizeof *s);
    Qp__Face *f = (Qp__Face *)qp_clone(&known->base, r->arena);
    ProtobufCBinaryData *members = qp_arena_take(r->arena, sizeof *members * (f->n_members + 1));
    assert_true(ev && s && f && members);
    memcpy(members, f->members, sizeof *members * f->n_members);
    members[f->n_members++] = rig_id(r, WEST);
    f->members = members;
    f->came_from = f->holder;
    f->holder = rig_id(r, WEST);
    f->custody = f->top_number = f->answered = custody;
    f->offer = NULL;
    f->version = version;
    qp__event__init(ev);
    qp__sorted__init(s);
    s->face = f;
    s->urgency = f->urgency = QP_EMERGENCY;
    ev->origin = rig_id(r, WEST);
    ev->incarnation = 1;
    ev->counter = 1000 + version;
    ev->at_us = f->updated_us;
    ev->matter = f->id;
    ev->version = version;
    ev->custody = custody;
    ev->body_case = QP__EVENT__BODY_SORTED;
    ev->sorted = s;
    return ev;
}

static void k8_who_knows_a_face_does_not_take_the_matter_by_a_snapshot(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    const Qp__Face *f = rig_face_at(r, CITY, m);
    assert_int_equal(rig_hear_event(r, CITY, seizes(r, f, 2, 9)), QP_WAITING);   /* nothing leads to it */
    assert_int_equal(rig_hear_event(r, CITY, seizes(r, f, 1, 10)), QP_CONFLICT); /* east has that one */
    assert_true(rig_same_face(r, EAST, CITY, m));
    assert_int_equal(rig_row(r, CITY, m)->conflicts, 1);
    rig_tell(r, rig_do(r, EAST, m, OFFER)); /* custody 2 is offered to the city, not to west */
    assert_int_equal(rig_hear_event(r, MILL, seizes(r, rig_face_at(r, MILL, m), 2, 11)), QP_WAITING);
    assert_true(rig_same_face(r, EAST, MILL, m));
}

static void k8_an_unknown_matter_begins_with_its_opener_alone(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    assert_int_equal(rig_hear_event(r, CITY, seizes(r, rig_face_at(r, EAST, m), 2, 9)), QP_WAITING);
    assert_null(rig_row(r, CITY, m));
    assert_int_equal(rig_hear(r, CITY, 0), QP_APPLIED);
    assert_true(rig_same_face(r, EAST, CITY, m));
}

static void k8_a_snapshot_that_waited_is_believed_when_the_offer_comes(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    int offer = rig_offer(r, EAST, m, QP_KIND_TRANSFER, WEST);
    rig_hear(r, WEST, offer);
    rig_do(r, WEST, m, ACCEPT);
    Qp__Event *draft = rig_draft(r, QP__EVENT__BODY_SORTED);
    draft->sorted->urgency = QP_EMERGENCY;
    int rises = rig_say(r, WEST, m, draft);
    assert_int_equal(rig_hear(r, MILL, rises), QP_WAITING);
    assert_int_equal(rig_hear(r, MILL, offer), QP_APPLIED);
    assert_true(
        rig_same_face(r, WEST, MILL, m)); /* without the acceptance: it is of whom it was offered to */
}

static void a_stranger_does_not_push_the_true_next_event_out_of_the_waiting_room(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    int next = rig_do(r, EAST, m, PROGRESS), after = rig_do(r, EAST, m, PROGRESS);
    for (uint64_t i = 0; i < 300; i++)
        rig_hear_event(r, CITY, seizes(r, rig_face_at(r, CITY, m), 5, 20 + i));
    assert_int_equal(rig_hear(r, CITY, after), QP_WAITING);
    assert_int_equal(rig_hear(r, CITY, next), QP_APPLIED);
    assert_true(rig_same_face(r, EAST, CITY, m));
}

/* There and back: the holder is the first one again, what it said under its first custody is old all the
 * same. */
static void k7_a_holders_own_words_of_an_older_custody_are_a_conflict(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    int offer = rig_do(r, EAST, m, OFFER);
    rig_tell(r, offer);
    rig_tell(r, rig_do(r, CITY, m, ACCEPT));
    rig_tell(r, rig_do(r, CITY, m, OFFER));
    rig_tell(r, rig_do(r, EAST, m, ACCEPT));
    Qp__Event *ev = rig_draft(r, PROGRESS);
    ev->origin = rig_id(r, EAST);
    ev->incarnation = 1;
    ev->counter = 70;
    ev->at_us = r->now_us;
    ev->matter = rig_face_at(r, WEST, m)->id;
    ev->version = 6;
    ev->custody = 1;
    assert_int_equal(rig_hear_event(r, WEST, ev), QP_CONFLICT);
    ev = rig_event(r, offer);
    ev->counter = 71;
    ev->version = ev->offered->face->version = 9;
    ev->offered->number = ev->offered->face->offer->number = ev->offered->face->top_number = 8;
    ev->offered->face->answered = 7;
    uint8_t id[QP_EVENT_ID_LEN];
    qp_event_id(id, ev);
    memcpy(ev->offered->face->offer->event.data, id, sizeof id);
    assert_int_equal(rig_hear_event(r, WEST, ev), QP_CONFLICT);
    assert_int_equal(rig_row(r, WEST, m)->conflicts, 2);
    rig_assert_same(r, m);
}

/* East offers it to the city, and has counted up to there by lying. */
static Qp__Event *offers_at(struct rig *r, matter m, int offer, uint64_t version, uint64_t number)
{
    Qp__Event *ev = rig_event(r, offer);
    assert_memory_equal(ev->matter.data, m.b, QP_ID_LEN);
    Qp__Face *f = ev->offered->face;
    ev->version = f->version = version;
    ev->offered->number = f->offer->number = f->top_number = number;
    return ev;
}

static void e7_a_snapshot_that_leaves_no_room_to_count_on_is_not_believed(void **state)
{
    struct rig *r = *state;
    const uint64_t last = QP_COUNT_MOST / 2;
    matter m = rig_open(r, EAST, "lamp");
    rig_tell(r, 0);
    int offer = rig_do(r, EAST, m, OFFER);
    assert_int_equal(rig_hear_event(r, CITY, offers_at(r, m, offer, last + 1, 2)), QP_CONFLICT);
    assert_int_equal(rig_face_at(r, CITY, m)->version, 1);
    Qp__Event *ev =
        offers_at(r, m, offer, last, last); /* another event of the liar's: the first word counts */
    ev->counter += 1000;
    uint8_t id[QP_EVENT_ID_LEN];
    qp_event_id(id, ev);
    ev->offered->face->offer->event = (ProtobufCBinaryData){sizeof id, id};
    ev->offered->number = ev->offered->face->offer->number = ev->offered->face->top_number = last + 1;
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    ev->counter++;
    qp_event_id(id, ev);
    ev->offered->number = ev->offered->face->offer->number = ev->offered->face->top_number = last;
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_APPLIED);
    rig_do(r, CITY, m,
           ACCEPT); /* whoever took it can act on it, and close it; others would not believe him */
    assert_int_equal(rig_face_at(r, CITY, m)->custody, last);
    rig_do(r, CITY, m, PROGRESS);
    assert_int_equal(rig_try(r, CITY, m, OFFER), -QP_EPOLICY);
    assert_non_null(strstr(r->e.text, "close it here"));
    rig_do(r, CITY, m, QP__EVENT__BODY_CLOSED);
    rig_assert_tables(r, CITY);
}

/* East holds it, and says so in a snapshot that is two versions ahead. */
static Qp__Event *jumps(struct rig *r, matter m, uint64_t counter)
{
    Qp__Event *ev = seizes(r, rig_face_at(r, EAST, m), 1, 3);
    Qp__Face *f = ev->sorted->face;
    ev->origin = f->holder = rig_id(r, EAST);
    ev->counter = counter;
    f->n_members = 1;
    f->came_from = (ProtobufCBinaryData){0, NULL};
    return ev;
}

static void
a_holders_snapshot_neither_loses_nor_changes_what_the_personal_record_is_committed_to(void **state)
{
    struct rig *r = *state;
    matter m = rig_open_reported(r);
    uint8_t other[QP_HASH_LEN] = {8};
    Qp__Event *ev = jumps(r, m, 80);
    ev->sorted->face->personal = (ProtobufCBinaryData){0, NULL};
    ev->sorted->face->personal_state = QP_PERSONAL_NONE;
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    ev = jumps(r, m, 81);
    ev->sorted->face->personal = (ProtobufCBinaryData){sizeof other, other};
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    ev = jumps(r, m, 82); /* a state that does not go with it is no face */
    ev->sorted->face->personal_state = QP_PERSONAL_NONE;
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_CONFLICT);
    assert_true(rig_same_face(r, EAST, CITY, m));
    ev = jumps(r, m, 83); /* nothing else was wrong with them */
    assert_int_equal(rig_hear_event(r, CITY, ev), QP_APPLIED);
    rig_turn(r, CITY);
    assert_int_equal(rig_face_at(r, CITY, m)->personal_state, QP_PERSONAL_KEPT);
    rig_assert_tables(r, CITY);
}

static void what_was_erased_stays_so_whatever_a_snapshot_says(void **state)
{
    struct rig *r = *state;
    matter m = rig_open_reported(r);
    Qp__Event *ahead = jumps(r, m, 84);
    ahead->version = ahead->sorted->face->version = 4;
    rig_hear(r, CITY, rig_do(r, EAST, m, QP__EVENT__BODY_PERSONAL_ERASED));
    assert_int_equal(rig_face_at(r, CITY, m)->personal_state, QP_PERSONAL_ERASED);
    assert_int_equal(rig_hear_event(r, CITY, ahead), QP_APPLIED);
    assert_int_equal(rig_face_at(r, CITY, m)->version, 4);
    assert_int_equal(rig_face_at(r, CITY, m)->personal_state, QP_PERSONAL_ERASED);
}

/* An event of the holder, for one version and with one number of its own. */
static Qp__Event *claims(struct rig *r, matter m, uint64_t version, uint64_t counter)
{
    Qp__Event *ev = rig_draft(r, PROGRESS);
    ev->origin = rig_id(r, EAST);
    ev->incarnation = 1;
    ev->counter = counter;
    ev->at_us = r->now_us;
    ev->matter = rig_face_at(r, EAST, m)->id;
    ev->version = version;
    ev->custody = 1;
    return ev;
}

static void k7_of_two_events_that_wait_for_one_version_one_is_counted_as_a_rival(void **state)
{
    struct rig *r = *state;
    for (int turned = 0; turned < 2; turned++) {
        matter m = rig_open(r, EAST, "lamp");
        int second = rig_do(r, EAST, m, PROGRESS), third = rig_do(r, EAST, m, PROGRESS);
        rig_hear(r, CITY, second - 1);
        for (int i = 0; i < 2; i++) {
            enum qp_outcome o =
                i == turned ? rig_hear(r, CITY, third) : rig_hear_event(r, CITY, claims(r, m, 3, 90));
            assert_int_equal(o, QP_WAITING);
        }
        assert_int_equal(rig_row(r, CITY, m)->conflicts, 0);
        assert_int_equal(rig_hear(r, CITY, second), QP_APPLIED);
        assert_int_equal(rig_face_at(r, CITY, m)->version, 3);
        assert_int_equal(rig_row(r, CITY, m)->conflicts, 1);
        assert_int_equal(rig_hear(r, CITY, third), QP_REPEATED); /* and no oftener than once */
        assert_int_equal(rig_row(r, CITY, m)->conflicts, 1);
    }
    rig_assert_tables(r, CITY);
}

static int64_t cpu_us(void)
{
    struct timespec t;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t), 0);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

/* L7: whoever says of a matter as much as he likes, and then what is long past of it, makes nobody read it all each time. */
static void k7_a_late_event_of_a_flooded_matter_costs_no_walk_over_the_flood(void **state)
{
    enum { FLOOD = 100000, LATE = 1000 };
    struct rig *r = *state;
    bool before;
    matter m = rig_open(r, EAST, "lamp");
    rig_hear(r, CITY, 0);
    struct node *n = &r->nodes[CITY];
    const Qp__Face *known = rig_face_at(r, CITY, m);
    Qp__Event *leap = seizes(r, known, 1, 2 * LATE); /* but it is the holder itself that leaps */
    leap->origin = leap->sorted->face->holder = known->holder;
    leap->sorted->face->came_from = known->came_from;
    leap->sorted->face->n_members = known->n_members;
    assert_int_equal(rig_hear_event(r, CITY, leap), QP_APPLIED);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_COMMENTED);
    ev->origin = known->holder;
    ev->incarnation = 1;
    ev->at_us = r->now_us;
    ev->matter = leap->matter;
    for (ev->counter = 1; ev->counter <= FLOOD; ev->counter++)
        assert_int_equal(qp_matter_record(&n->m, ev, n->position, 0, &before, &r->e), 0);
    Qp__Event *late = rig_draft(r, PROGRESS);
    late->origin = ev->origin;
    late->incarnation = 1;
    late->at_us = r->now_us;
    late->matter = ev->matter;
    late->custody = 1;
    int64_t from_us = cpu_us();
    for (uint64_t i = 0; i < LATE; i++) {
        enum qp_outcome o;
        late->version = 2 + i;
        late->counter = FLOOD + 1 + i;
        assert_int_equal(qp_matter_apply(&n->m, late, 0, 0, r->now_us, &o, &r->e), 0);
        assert_int_equal(o, QP_STALE);
    }
    assert_in_range(cpu_us() - from_us, 0, 2 * SECOND);
}

/* The opening is on record only when it has been applied: what waited is looked at before that. */
static void k7_what_waits_for_the_version_of_the_opening_is_counted_as_its_rival(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    assert_int_equal(rig_hear_event(r, CITY, claims(r, m, 1, 90)), QP_WAITING);
    assert_int_equal(rig_hear(r, CITY, 0), QP_APPLIED);
    assert_int_equal(rig_row(r, CITY, m)->conflicts, 1);
    assert_true(rig_same_face(r, EAST, CITY, m));
    rig_assert_tables(r, CITY);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(k7_an_event_with_an_older_custody_is_kept_and_counted_as_a_conflict),
        T(k7_a_snapshot_with_an_older_custody_does_not_turn_the_matter_back),
        T(e7_a_snapshot_that_leaves_no_room_to_count_on_is_not_believed),
        T(k8_who_knows_a_face_does_not_take_the_matter_by_a_snapshot),
        T(k8_an_unknown_matter_begins_with_its_opener_alone),
        T(k8_a_snapshot_that_waited_is_believed_when_the_offer_comes),
        T(a_stranger_does_not_push_the_true_next_event_out_of_the_waiting_room),
        T(k7_a_holders_own_words_of_an_older_custody_are_a_conflict),
        T(a_holders_snapshot_neither_loses_nor_changes_what_the_personal_record_is_committed_to),
        T(what_was_erased_stays_so_whatever_a_snapshot_says),
        T(k7_of_two_events_that_wait_for_one_version_one_is_counted_as_a_rival),
        T(k7_what_waits_for_the_version_of_the_opening_is_counted_as_its_rival),
        T(k7_a_late_event_of_a_flooded_matter_costs_no_walk_over_the_flood),
    };
    return cmocka_run_group_tests_name("matter/belated", tests, NULL, NULL);
}
