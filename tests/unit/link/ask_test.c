/* ask_test.c: what a node does not know it asks its neighbour for: places by path, certificates. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(a_node_unknown_here_is_asked_for_above),
        PAIR_TEST(what_waited_for_a_certificate_is_wanted_again_when_it_comes),
        PAIR_TEST(a_path_that_is_nowhere_gets_an_empty_answer),
        PAIR_TEST(an_answer_to_no_question_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
