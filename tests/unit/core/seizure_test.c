/* seizure_test.c: what a snapshot needs to be believed, over whole nodes (K8, U1, E3).
 *
 *          city 0
 *         /      \
 *     a 1         z 2
 *      |
 *    a/b 3
 */
#include "node/core/private.h"
#include "topology/proof.h"
#include "tests/unit/core/rig.h"

#include <time.h>

enum { CITY, A, Z, B };
enum { BACKLOG = 300, LARGE = 2000 };

/* How many parcels wait ahead of the emergency. */
static int backlog(void)
{
    const char *given = getenv("QP_BACKLOG");
    return given ? (int)strtol(given, NULL, 10) : BACKLOG;
}

static double ms_since(const struct timespec *from)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - from->tv_sec) * 1e3 + (double)(now.tv_nsec - from->tv_nsec) / 1e6;
}

static void plant_tree(struct rig *r)
{
    rig_found(r);
    rig_join(r, CITY, "a");
    rig_join(r, CITY, "z");
    rig_join(r, A, "b");
    rig_settle(r);
    rig_give_chain(r, CITY, A, qp_core_self(r->nodes[Z].core)->id.b);
}

/* Opened by b, held by a: the city hears of it when it is carried. */
static matter handed_over(struct rig *r)
{
    matter m = rig_open(r, B, "handed over");
    rig_ok(rig_offer(r, B, m, QP_KIND_ESCALATE, NULL));
    rig_carry(r, B, A);
    assert_true(rig_holds(r, A, m));
    return m;
}

/* QP_BACKLOG makes it longer: tests/bench/README.md has the figure. */
static void an_emergency_right_after_a_hand_over_does_not_wait_behind_the_bulk(void **state)
{
    struct rig *r = *state;
    struct timespec from;
    const int waits = backlog();
    if (waits > LARGE)
        r->journal_map = (size_t)512 << 20;
    plant_tree(r);
    for (int i = 0; i < waits; i++)
        rig_open(r, A, "backlog");
    matter m = handed_over(r);
    Qp__Event *up = rig_draft(r, QP__EVENT__BODY_SORTED, &m);
    up->sorted->urgency = QP_EMERGENCY;
    clock_gettime(CLOCK_MONOTONIC, &from);
    rig_ok(rig_try(r, A, up));
    rig_carry_lane(r, A, CITY, QP_LANE_URGENT, 10);
    const double took_ms = ms_since(&from);
    assert_non_null(rig_row(r, CITY, m));
    assert_int_equal(rig_face(r, CITY, m)->urgency, QP_EMERGENCY);
    assert_memory_equal(rig_face(r, CITY, m)->holder.data, r->nodes[A].id, QP_ID_LEN);
    assert_true(rig_waits(r, A, CITY, QP_LANE_BULK) >= (uint64_t)waits);
    print_message("raised with %d parcels in the bulk lane, known above after %.1f ms\n", waits, took_ms);
    rig_settle(r);
    rig_same_face(r, m);
    assert_int_equal(rig_metrics(r, CITY).conflicts, 0);
    struct tables before = rig_tables(r, CITY);
    rig_rebuild(r, CITY);
    struct tables after = rig_tables(r, CITY);
    rig_same_tables(&before, &after, T(PEER) | T(QUEUE) | T(RECEIPT) | T(HELD) | T(DEPTH));
}

static void a_newcomer_believes_an_offer_of_a_matter_that_travelled(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    matter m = handed_over(r);
    rig_settle(r);
    rig_ok(rig_offer(r, A, m, QP_KIND_TRANSFER, "city/z"));
    rig_settle(r);
    assert_non_null(rig_row(r, Z, m));
    rig_ok(rig_step(r, Z, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    assert_true(rig_holds(r, Z, m));
    rig_same_face(r, m);
}

/* Each of them is a newcomer, and has what leads to its snapshot from the one before alone. */
static void what_goes_down_from_one_to_the_next_is_believed_by_each(void **state)
{
    enum { C = B + 1 };
    static const char *const to[] = {"city/a", "city/a/b", "city/a/b/c"};
    static const int by[] = {CITY, A, B, C};
    struct rig *r = *state;
    plant_tree(r);
    rig_join(r, B, "c");
    rig_settle(r);
    matter m = rig_open(r, CITY, "from above");
    for (int i = 0; i < 3; i++) {
        rig_ok(rig_offer(r, by[i], m, QP_KIND_DISPATCH, to[i]));
        rig_settle(r);
        assert_non_null(rig_row(r, by[i + 1], m));
        rig_ok(rig_step(r, by[i + 1], m, QP__EVENT__BODY_ACCEPTED));
        rig_settle(r);
        assert_true(rig_holds(r, by[i + 1], m));
    }
    rig_same_face(r, m);
}

/* As above, but the offer alone, without what leads to it: it waits. */
static void without_evidence_an_offer_of_what_is_unknown_waits(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    matter m = handed_over(r);
    rig_ok(rig_offer(r, A, m, QP_KIND_TRANSFER, "city/z"));
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_SORTED, &m);
    Qp__Face *f = qp_arena_copy(r->arena, rig_face(r, B, m), sizeof *f);
    f->holder = ev->origin;
    f->holder_path = r->nodes[A].path;
    f->custody = f->top_number = f->answered = 2;
    f->offer = NULL;
    f->urgency = ev->sorted->urgency = QP_EMERGENCY;
    ev->version = f->version = 9;
    ev->custody = 2;
    ev->sorted->face = f;
    struct forged x = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_URGENT);
    rig_add(&x, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_URGENT, rig_seal(r, &x, NULL)), 0);
    assert_null(rig_row(r, CITY, m));
    assert_int_equal(rig_metrics(r, CITY).waiting, 1);
}

/* A liar vouches for itself by an acceptance that it signed and an offer that nobody made to it. */
static void evidence_that_was_not_signed_by_whom_it_names_moves_nothing(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    matter m = rig_open(r, A, "a's own");
    rig_settle(r);
    const Qp__Face *f = rig_face(r, CITY, m);
    Qp__Event *offer = rig_event(r, A, QP__EVENT__BODY_OFFERED, &m);
    Qp__Face *after = (Qp__Face *)qp_arena_copy(r->arena, f, sizeof *after);
    Qp__Offer out = QP__OFFER__INIT;
    ProtobufCBinaryData members[2] = {f->members[0], {QP_ID_LEN, r->nodes[Z].id}};
    uint8_t id[QP_EVENT_ID_LEN];
    qp_event_id(id, offer);
    out.number = offer->offered->number = 2;
    out.kind = offer->offered->kind = QP_KIND_TRANSFER;
    out.to = offer->offered->to = members[1];
    out.event = (ProtobufCBinaryData){sizeof id, id};
    after->offer = &out;
    after->top_number = 2;
    after->members = members;
    after->n_members = 2;
    offer->version = after->version = f->version + 1;
    offer->custody = 1;
    offer->offered->face = after;
    struct forged x = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    rig_add(&x, offer);
    x.sign_sk = r->nodes[Z].keys.sign_sk; /* the liar's own */
    struct qp_slice bytes = rig_seal(r, &x, NULL);
    struct qp_parcel p;
    assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, r->arena, NULL), 0);
    Qp__Event *vouch = rig_event(r, Z, QP__EVENT__BODY_VOUCHED, &m);
    Qp__ProofParcel *proof[1] = {qp_proof_of(&p, 0, r->arena)};
    vouch->vouched->n_parcels = 1;
    vouch->vouched->parcels = proof;
    struct forged y = rig_forged(r, Z, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    rig_add(&y, vouch);
    assert_int_equal(rig_hand(r, Z, CITY, QP_LANE_BULK, rig_seal(r, &y, NULL)), 0);
    assert_null(rig_face(r, CITY, m)->offer);
    assert_int_equal(rig_metrics(r, CITY).refused_signature, 1);
    rig_same_face(r, m);
}

/* One more opening in the liar's parcel. */
static matter lies(struct rig *r, struct forged *x, const char *area, const char *holder_path,
                   int64_t deadline_us)
{
    matter m;
    uint8_t salt[QP_SALT_LEN] = {(uint8_t)++r->seeds};
    qp_matter_id(m.b, r->nodes[Z].id, r->now_us, salt);
    Qp__Event *ev = rig_event(r, Z, QP__EVENT__BODY_OPENED, &m);
    Qp__Face *f = qp_arena_take(r->arena, sizeof *f);
    ProtobufCBinaryData *self = qp_arena_copy(r->arena, &ev->origin, sizeof *self);
    qp__face__init(f);
    f->id = ev->matter;
    f->salt = (ProtobufCBinaryData){QP_SALT_LEN, qp_arena_copy(r->arena, salt, QP_SALT_LEN)};
    f->category = f->source = qp_arena_text(r->arena, "lamp");
    f->area = qp_arena_text(r->arena, area);
    f->holder_path = qp_arena_text(r->arena, holder_path);
    f->urgency = QP_ROUTINE;
    f->state = QP_OPEN;
    f->opener = f->holder = *self;
    f->members = self;
    f->n_members = 1;
    f->custody = f->version = f->top_number = f->answered = 1;
    f->opened_us = f->updated_us = ev->at_us;
    f->deadline_us = deadline_us;
    ev->opened->face = f;
    ev->version = ev->custody = 1;
    rig_add(x, ev);
    return m;
}

static void a_face_names_no_place_outside_its_openers_subtree(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    struct forged x = rig_forged(r, Z, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    matter good[] = {lies(r, &x, "city/z", "city/z", 0), lies(r, &x, "city/z/below", "city/z", 0)};
    matter bad[] = {lies(r, &x, "city/a", "city/z", 0), lies(r, &x, "city", "city/z", 0),
                    lies(r, &x, "city/z", "city/a", 0)};
    assert_int_equal(rig_hand(r, Z, CITY, QP_LANE_BULK, rig_seal(r, &x, NULL)), 0);
    for (int i = 0; i < 2; i++)
        assert_non_null(rig_row(r, CITY, good[i]));
    for (int i = 0; i < 3; i++)
        assert_null(rig_row(r, CITY, bad[i]));
    assert_int_equal(rig_metrics(r, CITY).conflicts, 3);
}

static void a_time_beyond_the_calendar_is_refused_where_it_is_decoded(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    struct forged x = rig_forged(r, Z, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    matter m = lies(r, &x, "city/z", "city/z", INT64_MAX);
    assert_int_equal(rig_hand(r, Z, CITY, QP_LANE_BULK, rig_seal(r, &x, NULL)), 0);
    assert_null(rig_row(r, CITY, m));
    assert_int_equal(rig_metrics(r, CITY).refused_malformed, 1);
}

static void an_order_from_beside_is_kept_and_not_heard(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    matter m = rig_open(r, B, "b's own");
    rig_settle(r);
    struct forged x = rig_forged(r, Z, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    rig_add(&x, rig_event(r, Z, QP__EVENT__BODY_URGED, &m));
    assert_int_equal(rig_hand(r, Z, CITY, QP_LANE_BULK, rig_seal(r, &x, NULL)), 0);
    assert_int_equal(rig_metrics(r, CITY).conflicts, 1);
    uint64_t before = rig_metrics(r, CITY).conflicts;
    rig_ok(rig_step(r, A, m, QP__EVENT__BODY_URGED)); /* b's superior may */
    rig_settle(r);
    assert_int_equal(rig_metrics(r, CITY).conflicts, before);
    assert_int_equal(rig_metrics(r, B).conflicts, 0);
}

/* The holder says a fact about nodes of its matter, in the matter's next version: nothing moves on, nobody is
 * revoked. */
static void a_fact_about_nodes_that_names_a_matter_does_nothing(void **state)
{
    struct rig *r = *state;
    plant_tree(r);
    matter m = rig_open(r, A, "a's own");
    rig_settle(r);
    uint64_t version = rig_row(r, CITY, m)->face->version, conflicts = rig_metrics(r, CITY).conflicts;
    struct forged x = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_REVOKED, &m);
    ev->revoked->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, r->nodes[B].id, QP_ID_LEN)};
    ev->revoked->incarnation = 1;
    ev->version = version + 1;
    ev->custody = 1;
    rig_add(&x, ev);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &x, NULL)), 0);
    assert_int_equal(rig_metrics(r, CITY).conflicts, conflicts + 1);
    assert_int_equal(rig_row(r, CITY, m)->face->version, version);
    assert_false(qp_tree_node(qp_core_tree(r->nodes[CITY].core), r->nodes[B].id)->revoked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(an_emergency_right_after_a_hand_over_does_not_wait_behind_the_bulk),
        TEST(a_newcomer_believes_an_offer_of_a_matter_that_travelled),
        TEST(what_goes_down_from_one_to_the_next_is_believed_by_each),
        TEST(without_evidence_an_offer_of_what_is_unknown_waits),
        TEST(evidence_that_was_not_signed_by_whom_it_names_moves_nothing),
        TEST(a_face_names_no_place_outside_its_openers_subtree),
        TEST(an_order_from_beside_is_kept_and_not_heard),
        TEST(a_fact_about_nodes_that_names_a_matter_does_nothing),
        TEST(a_time_beyond_the_calendar_is_refused_where_it_is_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
