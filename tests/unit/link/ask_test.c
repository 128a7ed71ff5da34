/* ask_test.c: what a node does not know it asks its neighbour for: places by path, certificates. */
#include <stdio.h>

#include "tests/unit/link/pair.h"

static void a_node_unknown_here_is_asked_for_above(void **state)
{
    struct pair *p = *state;
    struct node *street = rig_join(p->r, p->county, "city/county/street", NULL);
    struct line low;
    line_open(p->r, &p->l);
    struct node *other = rig_join(p->r, p->city, "city/other", NULL);
    line_up(&low, street, p->county);
    line_open(p->r, &low);
    qp_session_set_above(low.parent.session, p->l.child.session);
    assert_null(qp_tree_path(qp_core_tree(street->core), "city/other"));
    assert_true(qp_session_ask_path(low.child.session, "city/other", p->r->now_us));
    line_carry(p->r, &low.child, &low.parent);
    line_settle(p->r, &p->l);
    line_settle(p->r, &low);
    const struct qp_place *place = qp_tree_path(qp_core_tree(street->core), "city/other");
    assert_non_null(place);
    assert_memory_equal(place->cert.node, other->id, QP_ID_LEN);
    line_down(&low);
}

static void what_waited_for_a_certificate_is_wanted_again_when_it_comes(void **state)
{
    struct pair *p = *state;
    Qp__Ask ask = QP__ASK__INIT;
    line_open(p->r, &p->l);
    ask.certificate = qp_view(qp_core_self(p->city->core)->id.b, QP_HASH_LEN);
    assert_true(qp_ask_put(p->l.child.session, &ask, NULL, p->r->now_us));
    line_carry(p->r, &p->l.child, &p->l.parent);
    line_carry(p->r, &p->l.parent, &p->l.child);
    Qp__Frame *m = frame_open(p->r, line_find(&p->l.child, QP__FRAME__BODY_ACK), p->county->arena);
    assert_true(m->ack->rewind);
}

static void a_path_that_is_nowhere_gets_an_empty_answer(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    assert_true(qp_session_ask_path(p->l.child.session, "city/nowhere", p->r->now_us));
    line_carry(p->r, &p->l.child, &p->l.parent);
    Qp__Frame *m = frame_open(p->r, line_find(&p->l.parent, QP__FRAME__BODY_ANSWER), p->city->arena);
    assert_true(!m->answer->chain || m->answer->chain->n_certificates == 0);
    line_settle(p->r, &p->l);
    assert_int_equal(end_bad_frames(&p->l.child), 0);
}

static void an_answer_to_no_question_is_dropped(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    assert_true(qp_session_ask_path(p->l.child.session, "city", p->r->now_us));
    line_carry(p->r, &p->l.child, &p->l.parent);
    struct frame *f = line_find(&p->l.parent, QP__FRAME__BODY_ANSWER);
    uint8_t bytes[QP_FRAME_BYTES];
    size_t len = f->len;
    memcpy(bytes, f->bytes, len);
    line_settle(p->r, &p->l);
    assert_int_equal(end_bad_frames(&p->l.child), 0);
    line_hear(p->r, &p->l.child, bytes, len);
    assert_int_equal(end_bad_frames(&p->l.child), 1);
    assert_int_equal(p->county->n, 0);
}

/* What no build knows in a question is under no bound but the frame's own: sent back with the answer it would be larger than a frame. */
static void a_question_full_of_what_nobody_knows_is_answered_without_it(void **state)
{
    struct pair *p = *state;
    static uint8_t bytes[130003];
    line_open(p->r, &p->l);
    Qp__Ask ask = QP__ASK__INIT;
    ask.certificate = qp_view(qp_core_self(p->city->core)->id.b, QP_HASH_LEN);
    assert_true(qp_ask_put(p->l.child.session, &ask, NULL, p->r->now_us));
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_ASK);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    size_t len = sizeof bytes - 3;
    bytes[0] = (uint8_t)(len | 0x80); /* its length, as a varint */
    bytes[1] = (uint8_t)(len >> 7 | 0x80);
    bytes[2] = (uint8_t)(len >> 14);
    ProtobufCMessageUnknownField more = {
        .tag = 1000, .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, .len = sizeof bytes, .data = bytes};
    m->ask->base.unknown_fields = &more;
    m->ask->base.n_unknown_fields = 1;
    frame_put(f, m);
    assert_in_range(f->len, 130000, QP_FRAME_BYTES);
    line_carry(p->r, &p->l.child, &p->l.parent);
    f = line_find(&p->l.parent, QP__FRAME__BODY_ANSWER);
    assert_in_range(f->len, 1, 8192);
    line_settle(p->r, &p->l);
}

/* One child's questions leave places for this node's own and for a sibling's. */
static void the_places_for_questions_are_shared(void **state)
{
    struct pair *p = *state;
    struct line low;
    struct node *street = rig_join(p->r, p->county, "city/county/street", NULL);
    line_open(p->r, &p->l);
    line_up(&low, street, p->county);
    line_open(p->r, &low);
    qp_session_set_above(low.parent.session, p->l.child.session);
    char path[64];
    size_t taken = 0;
    for (int i = 0; i < 100; i++) {
        Qp__Ask ask = QP__ASK__INIT;
        snprintf(path, sizeof path, "city/nowhere-%d", i);
        ask.path = path;
        taken += qp_ask_put(p->l.child.session, &ask, low.parent.session, p->r->now_us);
    }
    assert_int_equal(taken, QP_ASKS / 4);
    assert_true(qp_session_ask_path(p->l.child.session, "city/elsewhere", p->r->now_us));
    line_down(&low);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(a_node_unknown_here_is_asked_for_above),
        PAIR_TEST(what_waited_for_a_certificate_is_wanted_again_when_it_comes),
        PAIR_TEST(a_path_that_is_nowhere_gets_an_empty_answer),
        PAIR_TEST(an_answer_to_no_question_is_dropped),
        PAIR_TEST(a_question_full_of_what_nobody_knows_is_answered_without_it),
        PAIR_TEST(the_places_for_questions_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
