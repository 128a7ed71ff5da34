/* verdicts_test.c: what is refused, on a link: it is said before the positions that would count as held (E6). */
#include "tests/unit/link/pair.h"

/* A parcel whose chain the city refuses for good: its origin says what may not travel. */
static struct qp_slice spoilt(struct pair *p, const struct qp_parcel *of)
{
    Qp__Event ev = QP__EVENT__INIT;
    Qp__TokenEnded ended = QP__TOKEN_ENDED__INIT;
    char name[] = "local", by[] = "user:rig";
    struct qp_slice event, bytes;
    struct qp_hash id;
    struct qp_header h = of->h;
    ended.name = name;
    ev.origin = qp_view(p->county->id, QP_ID_LEN);
    ev.incarnation = h.incarnation;
    ev.counter = UINT64_MAX / 2;
    ev.at_us = p->r->now_us;
    ev.by = by;
    ev.body_case = QP__EVENT__BODY_TOKEN_ENDED;
    ev.token_ended = &ended;
    event.p = qp_encode(&ev.base, p->county->arena, &event.len);
    qp_parcel_seal(&bytes, &id, &h, &event, 1, qp_core_sign_sk(p->county->core), p->county->arena);
    return bytes;
}

static void report(struct pair *p, uint8_t matter[QP_ID_LEN])
{
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    for (size_t i = 0; i < p->county->out.n; i++)
        if (p->county->out.v[i].kind == QP_OUT_REPLY)
            memcpy(matter, p->county->out.v[i].reply.matter, QP_ID_LEN);
}

static bool held(struct pair *p, const uint8_t matter[QP_ID_LEN])
{
    struct qp_read r;
    struct qp_ticks t;
    assert_int_equal(qp_read_begin(p->county->store, &r, NULL), 0);
    qp_ticks_read(&r, qp_core_self(p->county->core), p->city->id, matter, &t);
    qp_read_end(&r);
    return t.held;
}

static void cut(struct pair *p)
{
    line_forget(&p->l.child);
    line_forget(&p->l.parent);
    qp_session_lost(p->l.parent.session, p->r->now_us);
    qp_session_lost(p->l.child.session, p->r->now_us);
    p->r->now_us += QP_RETRY_MOST_US;
}

/* What the county reports is refused, and the link is cut before it hears of it. */
static void refused_unheard(struct pair *p, uint8_t matter[QP_ID_LEN])
{
    struct qp_parcel parcel;
    line_open(p->r, &p->l);
    report(p, matter);
    line_turn(p->r, &p->l.child);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_DELIVER);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    assert_int_equal(
        qp_parcel_open(&parcel, m->deliver->parcel.data, m->deliver->parcel.len, p->county->arena, NULL), 0);
    struct qp_slice bytes = spoilt(p, &parcel);
    m->deliver->parcel = qp_view(bytes.p, bytes.len);
    frame_put(f, m);
    line_carry(p->r, &p->l.child, &p->l.parent);
    line_find(&p->l.parent, QP__FRAME__BODY_REFUSE);
    cut(p);
}

static size_t count(const struct end *e, int kind)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n; i++)
        n += frame_kind(&e->said[i]) == kind;
    return n;
}

static void what_is_refused_is_said_before_the_positions_of_a_greeting(void **state)
{
    struct pair *p = *state;
    uint8_t matter[QP_ID_LEN];
    refused_unheard(p, matter);
    pair_to_greeting(p);
    line_carry(p->r, &p->l.child, &p->l.parent);
    assert_int_equal(frame_kind(&p->l.parent.said[0]), QP__FRAME__BODY_REFUSE);
    assert_int_equal(frame_kind(&p->l.parent.said[1]), QP__FRAME__BODY_GREETING);
    while (p->l.parent.n > 0) { /* a turn after each frame: nothing is shown in between */
        struct frame f = p->l.parent.said[0];
        memmove(p->l.parent.said, p->l.parent.said + 1, --p->l.parent.n * sizeof f);
        line_hear(p->r, &p->l.child, f.bytes, f.len);
        free(f.bytes);
        line_turn(p->r, &p->l.child);
        assert_false(held(p, matter));
    }
    assert_true(qp_session_open(p->l.child.session));
    line_settle(p->r, &p->l);
    assert_false(held(p, matter));
    assert_int_equal(end_bad_frames(&p->l.child) + end_bad_frames(&p->l.parent), 0);
}

/* Of a parcel behind a refused one there is a refusal too, that bears none. */
static size_t verdicts(struct pair *p, const struct end *e)
{
    size_t n = 0;
    for (size_t i = 0; i < e->n; i++)
        n += frame_kind(&e->said[i]) == QP__FRAME__BODY_REFUSE &&
             frame_open(p->r, &e->said[i], p->city->arena)->refuse->verdict;
    return n;
}

/* Before the greeting, and not behind it once more; in the next session again. */
static void what_was_said_before_a_greeting_is_not_said_behind_it(void **state)
{
    struct pair *p = *state;
    uint8_t matter[QP_ID_LEN];
    size_t n = 0;
    refused_unheard(p, matter);
    pair_to_greeting(p);
    line_carry(p->r, &p->l.child, &p->l.parent);
    assert_int_equal(verdicts(p, &p->l.parent), 1);
    cut(p); /* it was not heard */
    pair_to_greeting(p);
    line_carry(p->r, &p->l.child, &p->l.parent);
    for (int i = 0; i < 20; i++) {
        n += verdicts(p, &p->l.parent);
        line_carry(p->r, &p->l.parent, &p->l.child);
        line_turn(p->r, &p->l.child);
        line_turn(p->r, &p->l.parent);
        line_carry(p->r, &p->l.child, &p->l.parent);
    }
    assert_int_equal(n, 1);
    assert_false(held(p, matter));
}

static void what_was_taken_is_held_after_a_greeting(void **state)
{
    struct pair *p = *state;
    uint8_t matter[QP_ID_LEN];
    line_open(p->r, &p->l);
    report(p, matter);
    line_turn(p->r, &p->l.child);
    line_carry(p->r, &p->l.child, &p->l.parent);
    cut(p); /* before the ack */
    assert_false(held(p, matter));
    line_open(p->r, &p->l);
    assert_true(held(p, matter));
}

static void refusals_before_a_greeting_are_so_many_and_no_more(void **state)
{
    struct pair *p = *state;
    uint8_t matter[QP_ID_LEN];
    refused_unheard(p, matter);
    pair_to_greeting(p);
    line_carry(p->r, &p->l.child, &p->l.parent);
    struct frame *f = line_find(&p->l.parent, QP__FRAME__BODY_REFUSE);
    for (int i = 0; i < QP_VERDICTS_GREETING + 10; i++)
        line_hear(p->r, &p->l.child, f->bytes, f->len);
    assert_int_equal(p->county->n, QP_VERDICTS_GREETING); /* inputs of its next turn */
    line_settle(p->r, &p->l);
    assert_true(qp_session_open(p->l.child.session));
    assert_int_equal(end_bad_frames(&p->l.child), 11);
}

static void a_neighbour_of_an_older_version_is_told_after_the_greeting(void **state)
{
    struct pair *p = *state;
    uint8_t matter[QP_ID_LEN];
    refused_unheard(p, matter);
    pair_connect(p);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_CALL);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    m->call->versions_high = QP_LINK_VERSION_VERDICTS - 1;
    frame_put(f, m);
    line_carry(p->r, &p->l.child, &p->l.parent);
    line_carry(p->r, &p->l.parent, &p->l.child);
    line_carry(p->r, &p->l.child, &p->l.parent);
    assert_int_equal(frame_kind(&p->l.parent.said[0]), QP__FRAME__BODY_GREETING);
    assert_int_equal(count(&p->l.parent, QP__FRAME__BODY_REFUSE), 1);
    line_settle(p->r, &p->l);
    assert_false(held(p, matter));
}

/* The session ends with the call: nothing of it is a refusal of the call. */
static void a_refusal_before_a_greeting_does_not_end_the_handshake_and_one_of_the_call_does(void **state)
{
    struct pair *p = *state;
    uint8_t matter[QP_ID_LEN];
    refused_unheard(p, matter);
    pair_to_greeting(p);
    line_carry(p->r, &p->l.child, &p->l.parent);
    struct frame *f = line_find(&p->l.parent, QP__FRAME__BODY_REFUSE);
    line_hear(p->r, &p->l.child, f->bytes, f->len);
    assert_int_equal(p->l.child.session->shake.state, QP_GREET_GREETED);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    m->refuse->verdict->at->scope = 0; /* of the whole incarnation */
    m->refuse->verdict->at->lane = 0;
    m->refuse->verdict->at->seq = 0;
    frame_put(f, m);
    line_hear(p->r, &p->l.child, f->bytes, f->len);
    assert_int_equal(p->l.child.session->shake.state, QP_GREET_IDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(what_is_refused_is_said_before_the_positions_of_a_greeting),
        PAIR_TEST(what_was_said_before_a_greeting_is_not_said_behind_it),
        PAIR_TEST(what_was_taken_is_held_after_a_greeting),
        PAIR_TEST(refusals_before_a_greeting_are_so_many_and_no_more),
        PAIR_TEST(a_neighbour_of_an_older_version_is_told_after_the_greeting),
        PAIR_TEST(a_refusal_before_a_greeting_does_not_end_the_handshake_and_one_of_the_call_does),
    };
    return cmocka_run_group_tests_name("verdicts", tests, NULL, NULL);
}
