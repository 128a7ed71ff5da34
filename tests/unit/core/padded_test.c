/* padded_test.c: an enrolled child with code of its own adds what no build knows, names what is another's, or leaves out what belongs
 * there: nothing of it ends a node, cuts another one off, or is kept in the place of what was true (L5, E6). */
#include "node/core/private.h"
#include "tests/unit/core/rig.h"
#include "topology/proof.h"

enum { CITY, A, B };

/* Fields that no build knows, as a frame may bring them: codec.c keeps them, and no signature covers them. */
static void pad(struct rig *r, ProtobufCMessage *m, size_t len)
{
    ProtobufCMessageUnknownField *f = qp_arena_take(r->arena, sizeof *f);
    uint8_t *bytes = qp_arena_take(r->arena, len);
    /* on the wire its length comes first: a varint of three bytes */
    memset(bytes, 0, len);
    bytes[0] = (uint8_t)((len - 3) | 0x80);
    bytes[1] = (uint8_t)((len - 3) >> 7 | 0x80);
    bytes[2] = (uint8_t)((len - 3) >> 14);
    *f = (ProtobufCMessageUnknownField){
        .tag = 1000, .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, .len = len, .data = bytes};
    m->unknown_fields = f;
    m->n_unknown_fields = 1;
}

static Qp__Chain *chain_of(struct rig *r, int i)
{
    struct qp_read read;
    Qp__Chain *c, *copy;
    size_t len;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, NULL), 0);
    c = qp_core_chain(r->nodes[i].core, NULL, &read, &qp_core_self(r->nodes[i].core)->id, r->arena);
    qp_read_end(&read);
    if (!c)
        return NULL;
    uint8_t *bytes = qp_encode(&c->base, r->arena, &len);
    assert_int_equal(QP_DECODE(&copy, chain, bytes, len, r->arena, NULL), 0);
    return copy;
}

static void hear_chain(struct rig *r, int from, int to, Qp__Chain *chain)
{
    struct qp_input in = {.kind = QP_IN_CHAIN};
    memcpy(in.peer, r->nodes[from].id, QP_ID_LEN);
    in.chain.chain = chain;
    assert_int_equal(rig_turn(r, to, &in, 1), 0);
}

/* A leaf that is new, and behind it the certificates of A and of the root, each longer than a row may be. */
static void a_certificate_that_stands_is_not_overwritten(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_join(r, A, "new");
    Qp__Chain *chain = chain_of(r, B);
    for (size_t i = 1; i < chain->n_certificates; i++)
        pad(r, &chain->certificates[i]->base, 3000);
    hear_chain(r, A, CITY, chain);
    for (int round = 0; round < 2; round++) {
        assert_non_null(chain_of(r, CITY));
        assert_non_null(chain_of(r, A));
        assert_non_null(qp_tree_node(qp_core_tree(r->nodes[CITY].core), r->nodes[A].id));
        rig_rebuild(r, CITY);
    }
    rig_stop(r, CITY);
    rig_start(r, CITY);
}

/* With an event around it, it would be larger than an event may be. */
static void what_is_larger_than_an_event_is_not_journaled(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_join(r, A, "new");
    uint64_t head = rig_head(r, CITY);
    Qp__Chain *chain = chain_of(r, B);
    pad(r, &chain->base, 60000);
    hear_chain(r, A, CITY, chain);
    assert_int_equal(rig_head(r, CITY), head);
    assert_int_equal(rig_metrics(r, CITY).refused_unknown_key, 1);
}

/* Signed as it should be, of a chain that it may refuse; what is not known in it is under no signature. */
static void a_refusal_that_is_larger_than_one_may_be_is_not_kept(void **state)
{
    static const size_t SIZES[] = {2000, 60000};
    struct rig *r = *state;
    rig_tree(r, 2);
    struct forged f = rig_forged(r, CITY, QP_SCOPE_SUBTREE, NULL, QP_LANE_BULK);
    rig_add(&f, rig_event(r, CITY, QP__EVENT__BODY_URGED, &(matter){{9}}));
    struct qp_parcel p;
    struct qp_slice bytes = rig_seal(r, &f, NULL);
    assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, r->arena, NULL), 0);
    struct qp_work w = {.c = r->nodes[A].core, .now_us = r->now_us};
    for (size_t i = 0; i < 2; i++) {
        uint64_t head = rig_head(r, CITY), malformed = rig_metrics(r, CITY).refused_malformed;
        Qp__Verdict *v = (Qp__Verdict *)(uintptr_t)qp_verdict_new(&w, &p, QP_EINVAL, "no", 0);
        pad(r, &v->base, SIZES[i]);
        struct qp_input in = {.kind = QP_IN_VERDICT};
        memcpy(in.peer, r->nodes[A].id, QP_ID_LEN);
        in.verdict.verdict = v;
        assert_int_equal(rig_turn(r, CITY, &in, 1), 0);
        assert_int_equal(rig_head(r, CITY), head);
        assert_int_equal(rig_metrics(r, CITY).refused_malformed, malformed + 1);
    }
}

/* In the lane of the lines, for the horizon, of a kind that no build knows: the root signs no receipt for it, and goes on. */
static void a_parcel_of_the_lines_for_the_horizon_ends_nobody(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    Qp__Event *ev = rig_event(r, B, QP__EVENT__BODY_URGED, &(matter){{9}});
    ev->body_case = QP__EVENT__BODY__NOT_SET;
    struct forged f = rig_forged(r, B, QP_SCOPE_HORIZON, NULL, QP_LANE_LINE);
    rig_add(&f, ev);
    assert_int_equal(rig_hand(r, B, A, QP_LANE_LINE, rig_seal(r, &f, NULL)), 0);
    rig_settle(r);
    rig_tick(r, CITY);
    rig_tick(r, CITY); /* it signs behind the turn that took it */
    matter m = rig_open(r, B, "after");
    rig_settle(r);
    assert_non_null(rig_row(r, CITY, m));
}

/* Evidence that names no matter stands in the parcel of a comment on one: whoever gives that matter on, to one who lacks what led to
 * its holder, looks at both. */
static void evidence_of_no_matter_ends_nobody(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int liar = rig_join(r, CITY, "liar"), z = rig_join(r, CITY, "z");
    rig_settle(r);
    matter m = rig_open(r, A, "one");
    rig_ok(rig_offer(r, A, m, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    assert_true(rig_holds(r, CITY, m)); /* it has travelled: there is something to vouch for */
    Qp__Event *ev = rig_event(r, liar, QP__EVENT__BODY_COMMENTED, &m),
              *vouched = rig_event(r, liar, QP__EVENT__BODY_VOUCHED, NULL);
    ev->commented->text = qp_arena_text(r->arena, "a word");
    struct forged f = rig_forged(r, liar, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK);
    rig_add(&f, ev);
    rig_add(&f, vouched);
    assert_int_equal(rig_hand(r, liar, CITY, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    assert_int_equal(rig_history(r, CITY, m, QP__EVENT__BODY_COMMENTED),
                     1); /* its parcel is one that is looked at */
    rig_ok(rig_offer(r, CITY, m, QP_KIND_DISPATCH, "city/z"));
    rig_settle(r);
    assert_non_null(rig_row(r, z, m)); /* and what was vouched for is believed */
    rig_ok(rig_step(r, z, m, QP__EVENT__BODY_ACCEPTED));
    rig_settle(r);
    assert_true(rig_holds(r, z, m));
}

/* ... and has a proof in it: whoever counts a circular looks at that too. */
static void evidence_of_no_matter_is_counted_in_no_circular(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter m = rig_open(r, CITY, "one");
    rig_settle(r);
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_ACCEPTED, &m),
              *vouched = rig_event(r, A, QP__EVENT__BODY_VOUCHED, NULL);
    uint8_t offer[QP_EVENT_ID_LEN] = {1};
    ev->accepted->number = 2;
    ev->accepted->offer = (ProtobufCBinaryData){sizeof offer, offer};
    ev->accepted->path = r->nodes[A].path;
    struct forged x = rig_forged(r, A, QP_SCOPE_HORIZON, NULL, QP_LANE_BULK), y = x;
    rig_add(&x, ev);
    struct qp_slice bytes = rig_seal(r, &x, NULL);
    struct qp_parcel p;
    assert_int_equal(qp_parcel_open(&p, bytes.p, bytes.len, r->arena, NULL), 0);
    Qp__ProofParcel *proof[1] = {qp_proof_of(&p, 0, r->arena)};
    vouched->vouched->parcels = proof;
    vouched->vouched->n_parcels = 1;
    rig_add(&y, vouched);
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_BULK, rig_seal(r, &y, NULL)), 0);
    r->now_us += SECOND;
    rig_ok(rig_circular(r, CITY, QP_PERIOD_DAY, NULL));
}

static Qp__Event *opens(struct rig *r, const uint8_t line[QP_ID_LEN], const char *name, size_t padded)
{
    Qp__Event *ev = rig_event(r, A, QP__EVENT__BODY_LINE_OPENED, NULL);
    Qp__LineMember **v = qp_arena_take(r->arena, 2 * sizeof *v);
    for (int i = CITY; i <= A; i++) {
        Qp__LineMember *m = v[i] = qp_arena_take(r->arena, sizeof *m);
        qp__line_member__init(m);
        m->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[i].id};
        m->path = r->nodes[i].path;
        m->kind = QP_LINE_NAME;
        m->name = qp_arena_text(r->arena, i == CITY ? "li" : name);
    }
    if (padded)
        pad(r, &v[A]->base, padded);
    ev->line_opened->line = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(r->arena, line, QP_ID_LEN)};
    ev->line_opened->members = v;
    ev->line_opened->n_members = 2;
    return ev;
}

/* A line's row has room for all its members, and for nothing that each of them brings beside. */
static void members_of_a_line_that_are_padded_end_nobody(void **state)
{
    struct rig *r = *state;
    static const uint8_t line[QP_ID_LEN] = {5};
    rig_tree(r, 2);
    struct forged f = rig_forged(r, A, QP_SCOPE_NODE, r->nodes[CITY].id, QP_LANE_LINE);
    rig_add(&f, opens(r, line, "a", 26000));
    rig_add(&f, opens(r, line, "b", 26000));
    rig_add(&f, opens(r, line, "c", 0));
    assert_int_equal(rig_hand(r, A, CITY, QP_LANE_LINE, rig_seal(r, &f, NULL)), 0);
    rig_rebuild(r, CITY);
    rig_tick(r, CITY);
    rig_open(r, CITY, "after");
}

static Qp__Event *ordered(struct rig *r, const char *title)
{
    Qp__Event *ev = rig_event(r, CITY, QP__EVENT__BODY_GRID_ORDERED, NULL);
    Qp__GridMade *g = qp_arena_take(r->arena, sizeof *g);
    qp__grid_made__init(g);
    g->code = qp_arena_text(r->arena, "g1");
    g->title = qp_arena_text(r->arena, title);
    ev->grid_ordered->node = (ProtobufCBinaryData){QP_ID_LEN, r->nodes[A].id};
    ev->grid_ordered->grid = g;
    return ev;
}

/* Two orders for one grid, each of them as large as it may be: with what no build knows beside the grid they are one that cannot be read. */
static void orders_of_a_grid_that_are_padded_end_nobody(void **state)
{
    struct rig *r = *state;
    char name[QP_NAME_BYTES + 1], *names[QP_GRID_PEOPLE];
    rig_tree(r, 2);
    memset(name, 'n', QP_NAME_BYTES);
    name[QP_NAME_BYTES] = '\0';
    for (int i = 0; i < QP_GRID_PEOPLE; i++)
        names[i] = name;
    Qp__Event *people = ordered(r, ""), *title = ordered(r, "one");
    people->grid_ordered->grid->deputies = people->grid_ordered->grid->volunteers = names;
    people->grid_ordered->grid->n_deputies = people->grid_ordered->grid->n_volunteers = QP_GRID_PEOPLE;
    pad(r, &title->grid_ordered->base, 30000);
    struct forged f = rig_forged(r, CITY, QP_SCOPE_NODE, r->nodes[A].id, QP_LANE_BULK);
    rig_add(&f, people);
    rig_add(&f, title);
    assert_int_equal(rig_hand(r, CITY, A, QP_LANE_BULK, rig_seal(r, &f, NULL)), 0);
    rig_rebuild(r, A);
    rig_tick(r, A);
    rig_open(r, A, "after");
}

/* The root's word comes with what no build knows: kept and passed on is what is signed. */
static void a_receipt_that_is_padded_is_passed_on_as_it_was_signed(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_open(r, B, "one");
    rig_carry(r, B, A);
    r->nreceipts = 0;
    rig_carry(r, A, CITY);
    rig_tick(r, CITY);
    rig_tick(r, CITY); /* it signs behind the turn that took it */
    assert_true(r->nreceipts > 0);
    Qp__Receipt *receipt = r->receipts[0].receipt;
    pad(r, &receipt->base, 60000);
    struct qp_input in = {.kind = QP_IN_RECEIPT};
    memcpy(in.peer, r->nodes[CITY].id, QP_ID_LEN);
    in.receipt.receipt = receipt;
    assert_int_equal(rig_turn(r, A, &in, 1), 0);
    const struct qp_output *o = rig_output(r, A, QP_OUT_RECEIPT, r->nodes[B].id);
    assert_non_null(o);
    assert_int_equal(o->receipt->base.n_unknown_fields, 0);
}

/* Who joins names a sibling's link key: it would have that one's frames, and the sibling would be refused for good. */
static void nobody_joins_with_anothers_link_key(void **state)
{
    struct rig *r = *state;
    uint8_t token[QP_PK_LEN];
    rig_tree(r, 2);
    struct qp_keys keys;
    uint8_t master[QP_SEED_LEN];
    rig_seed(r, master);
    qp_keys_derive(&keys, master);
    memcpy(keys.link_pk, r->nodes[A].keys.link_pk, QP_PK_LEN);
    rig_seed(r, token);
    rig_ok(rig_invite(r, CITY, "city/e", token, r->now_us + 900 * SECOND));
    struct qp_reply reply = rig_ask_join(r, CITY, rig_request(r, &keys, token), token);
    rig_code(reply, QP_EDENIED);
    assert_non_null(strstr(reply.text, "link key"));
    assert_ptr_equal(qp_tree_link(qp_core_tree(r->nodes[CITY].core), r->nodes[A].keys.link_pk),
                     qp_tree_node(qp_core_tree(r->nodes[CITY].core), r->nodes[A].id));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        TEST(a_certificate_that_stands_is_not_overwritten),
        TEST(what_is_larger_than_an_event_is_not_journaled),
        TEST(a_refusal_that_is_larger_than_one_may_be_is_not_kept),
        TEST(a_parcel_of_the_lines_for_the_horizon_ends_nobody),
        TEST(evidence_of_no_matter_ends_nobody),
        TEST(evidence_of_no_matter_is_counted_in_no_circular),
        TEST(members_of_a_line_that_are_padded_end_nobody),
        TEST(orders_of_a_grid_that_are_padded_end_nobody),
        TEST(a_receipt_that_is_padded_is_passed_on_as_it_was_signed),
        TEST(nobody_joins_with_anothers_link_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
