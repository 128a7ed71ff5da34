/* greet_test.c: who is let in and who is not: calls, challenges, greetings. */
#include "node/core/private.h"
#include "node/link/wired.h"
#include "tests/unit/link/pair.h"

static void two_nodes_greet_and_the_session_opens(void **state)
{
    struct pair *p = *state;
    struct qp_link_status s;
    line_open(p->r, &p->l);
    qp_session_status(p->l.child.session, &s, p->r->now_us);
    assert_int_equal(s.state, QP_LINK_LIVE);
    assert_int_equal(p->l.child.session->number, p->l.parent.session->number);
    assert_int_equal(end_bad_frames(&p->l.child) + end_bad_frames(&p->l.parent), 0);
}

static void a_forged_greeting_opens_nothing(void **state)
{
    struct pair *p = *state;
    pair_to_greeting(p);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_GREETING);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    m->greeting->signature.data[5] ^= 1;
    frame_put(f, m);
    line_carry(p->r, &p->l.child, &p->l.parent);
    assert_false(qp_session_open(p->l.parent.session));
    assert_int_equal(end_bad_frames(&p->l.parent), 1);
    assert_int_equal(end_refused(&p->l.parent), QP_ESIG);
}

static void a_greeting_with_one_word_changed_opens_nothing(void **state)
{
    struct pair *p = *state;
    pair_to_greeting(p);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_GREETING);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    m->greeting->head++;
    frame_put(f, m);
    line_carry(p->r, &p->l.child, &p->l.parent);
    assert_false(qp_session_open(p->l.parent.session));
}

static void change(Qp__Greeting *g, int word)
{
    switch (word) {
    case 0: g->received[0]->position--; break;
    case 1: g->received[0]->hash.data[31] ^= 1; break;
    case 2: g->received[0]->lane ^= 3; break;
    case 3: g->n_received--; break;
    case 4: g->seen_head--; break;
    case 5: g->epoch.data[0] ^= 1; break;
    case 6: g->seen_epoch.data[0] ^= 1; break;
    case 7: g->recovering = !g->recovering; break;
    case 8: g->silent = !g->silent; break;
    default: g->head--; break;
    }
}

/* Who could alter what a neighbour has received would have it sent again, or never. */
static void what_a_greeting_says_of_positions_cannot_be_changed_on_its_way(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE); /* the parent has received something now */
    line_settle(p->r, &p->l);
    for (int word = 0; word < 10; word++) {
        qp_session_lost(p->l.parent.session, p->r->now_us);
        qp_session_lost(p->l.child.session, p->r->now_us);
        p->r->now_us += QP_RETRY_MOST_US;
        pair_to_greeting(p);
        line_carry(p->r, &p->l.child, &p->l.parent);
        struct frame *f = line_find(&p->l.parent, QP__FRAME__BODY_GREETING);
        Qp__Frame *m = frame_open(p->r, f, p->county->arena);
        assert_true(m->greeting->n_received > 0 && m->greeting->seen_head > 0 && m->greeting->head > 0);
        change(m->greeting, word);
        frame_put(f, m);
        line_carry(p->r, &p->l.parent, &p->l.child);
        assert_false(qp_session_open(p->l.child.session));
        assert_int_equal(end_refused(&p->l.child), QP_ESIG);
    }
}

static void a_greeting_heard_before_opens_nothing_again(void **state)
{
    struct pair *p = *state;
    pair_to_greeting(p);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_GREETING);
    uint8_t old[QP_FRAME_BYTES];
    size_t len = f->len;
    memcpy(old, f->bytes, len);
    line_settle(p->r, &p->l);
    assert_true(qp_session_open(p->l.parent.session));
    qp_session_lost(p->l.parent.session, p->r->now_us);
    qp_session_lost(p->l.child.session, p->r->now_us);
    pair_to_greeting(p);
    line_hear(p->r, &p->l.parent, old, len);
    assert_false(qp_session_open(p->l.parent.session));
}

static void a_whole_handshake_heard_before_opens_nothing_again(void **state)
{
    struct pair *p = *state;
    static uint8_t call[QP_FRAME_BYTES], greeting[QP_FRAME_BYTES];
    pair_connect(p);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_CALL);
    size_t call_len = f->len, greeting_len;
    memcpy(call, f->bytes, call_len);
    line_carry(p->r, &p->l.child, &p->l.parent);
    line_carry(p->r, &p->l.parent, &p->l.child);
    f = line_find(&p->l.child, QP__FRAME__BODY_GREETING);
    greeting_len = f->len;
    memcpy(greeting, f->bytes, greeting_len);
    line_settle(p->r, &p->l);
    qp_session_lost(p->l.parent.session, p->r->now_us);
    line_hear(p->r, &p->l.parent, call, call_len);
    line_find(&p->l.parent, QP__FRAME__BODY_CHALLENGE);
    line_hear(p->r, &p->l.parent, greeting, greeting_len);
    assert_false(qp_session_open(p->l.parent.session));
}

static void the_parents_greeting_is_checked_too(void **state)
{
    struct pair *p = *state;
    pair_to_greeting(p);
    line_carry(p->r, &p->l.child, &p->l.parent);
    struct frame *f = line_find(&p->l.parent, QP__FRAME__BODY_GREETING);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    m->greeting->session ^= 4;
    frame_put(f, m);
    line_carry(p->r, &p->l.parent, &p->l.child);
    assert_false(qp_session_open(p->l.child.session));
    assert_int_equal(end_refused(&p->l.child), QP_ESIG);
}

static void a_call_without_the_signing_key_disturbs_nothing_that_is_open(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    uint64_t number = p->l.parent.session->number;
    struct line again;
    line_up(&again, p->county, p->city);
    uint8_t seed[QP_SEED_LEN];
    rig_fresh_seed(p->r, seed);
    qp_session_connected(again.child.session, p->r->now_us, seed);
    line_pump(p->r, &again.child);
    line_hear(p->r, &p->l.parent, again.child.said[0].bytes, again.child.said[0].len);
    assert_true(qp_session_open(p->l.parent.session));
    assert_int_equal(p->l.parent.session->number, number);
    line_find(&p->l.parent, QP__FRAME__BODY_CHALLENGE);
    line_forget(&p->l.parent);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_settle(p->r, &p->l);
    assert_int_equal(rig_matters(p->r, p->city), 1);
    line_down(&again);
}

static void a_revoked_child_is_told_so_and_not_let_in(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_revoke(p->r, p->city, "city/county");
    line_turn(p->r, &p->l.parent);
    assert_false(qp_session_open(p->l.parent.session));
    line_carry(p->r, &p->l.parent, &p->l.child);
    assert_int_equal(end_refused(&p->l.child), QP_EREVOKED);
    assert_false(qp_session_open(p->l.child.session));
    p->r->now_us += QP_RETRY_MOST_US;
    line_settle(p->r, &p->l);
    assert_false(qp_session_open(p->l.parent.session));
    assert_int_equal(end_refused(&p->l.child), QP_EREVOKED);
}

static void versions_that_do_not_meet_are_refused_with_both(void **state)
{
    struct pair *p = *state;
    pair_connect(p);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_CALL);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    m->call->versions_low = 7;
    m->call->versions_high = 9;
    frame_put(f, m);
    line_carry(p->r, &p->l.child, &p->l.parent);
    line_carry(p->r, &p->l.parent, &p->l.child);
    struct qp_link_status s;
    qp_session_status(p->l.child.session, &s, p->r->now_us);
    assert_int_equal(s.refused, QP_EVERSIONS);
    assert_non_null(strstr(s.refused_text, "7 to 9"));
    assert_false(qp_session_open(p->l.parent.session));
}

static void a_call_with_a_siblings_certificate_is_refused(void **state)
{
    struct pair *p = *state;
    struct node *other = rig_join(p->r, p->city, "city/other", NULL);
    struct line false_line;
    line_up(&false_line, other, p->city); /* its chain, heard on the county's line */
    uint8_t seed[QP_SEED_LEN];
    rig_fresh_seed(p->r, seed);
    qp_session_connected(false_line.child.session, p->r->now_us, seed);
    line_pump(p->r, &false_line.child);
    line_hear(p->r, &p->l.parent, false_line.child.said[0].bytes, false_line.child.said[0].len);
    assert_int_equal(end_refused(&p->l.parent), QP_ESCOPE);
    assert_int_equal(p->l.parent.session->shake.state, QP_GREET_IDLE);
    line_down(&false_line);
}

static void an_expired_certificate_opens_no_session(void **state)
{
    struct pair *p = *state;
    p->r->now_us += INT64_C(6) * 365 * 86400 * 1000000;
    pair_connect(p);
    line_carry(p->r, &p->l.child, &p->l.parent);
    assert_int_equal(end_refused(&p->l.parent), QP_EEXPIRED);
}

static void the_loss_of_an_old_connection_does_not_end_a_new_call(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    pair_to_greeting(p);
    qp_session_lost(p->l.parent.session, p->r->now_us); /* the old one is seen to be gone only now */
    line_settle(p->r, &p->l);
    assert_true(qp_session_open(p->l.parent.session));
    assert_true(qp_session_open(p->l.child.session));
}

#define YEARS(n) ((int64_t)(n)*365 * 86400 * 1000000)

/* The child's clock is that far ahead: its own certificates are over for it. */
static void call_with_clock_ahead(struct pair *p, int64_t by_us)
{
    p->r->now_us += by_us;
    pair_connect(p);
    p->r->now_us -= by_us;
    line_carry(p->r, &p->l.child, &p->l.parent);
    p->r->now_us += by_us;
    line_carry(p->r, &p->l.parent, &p->l.child);
    p->r->now_us -= by_us;
}

static void a_clock_that_is_wrong_is_told_at_both_ends_and_is_no_bad_frame(void **state)
{
    struct pair *p = *state;
    struct qp_link_status s;
    call_with_clock_ahead(p, YEARS(20));
    assert_int_equal(end_refused(&p->l.child), QP_EEXPIRED);
    qp_session_status(p->l.child.session, &s, p->r->now_us + YEARS(20));
    assert_int_equal(s.clock_offset_us, -YEARS(20));
    assert_non_null(strstr(s.refused_text, "7300 days and 0 s behind this one"));
    assert_non_null(strstr(s.refused_text, "NTP"));
    qp_session_status(p->l.parent.session, &s, p->r->now_us);
    assert_int_equal(s.clock_offset_us, YEARS(20));
    assert_int_equal(end_bad_frames(&p->l.child) + end_bad_frames(&p->l.parent), 0);
}

static void a_link_comes_back_by_itself_when_the_clock_is_right_again(void **state)
{
    struct pair *p = *state;
    struct qp_link_status s;
    call_with_clock_ahead(p, YEARS(20));
    qp_session_clock_set(p->l.child.session, -YEARS(20));
    p->r->now_us += 2 * QP_RETRY_US;
    line_settle(p->r, &p->l);
    assert_true(qp_session_open(p->l.child.session));
    /* and what is open stays so, when it is set while the link stands */
    p->r->now_us += YEARS(1);
    qp_session_clock_set(p->l.child.session, YEARS(1));
    qp_session_clock_set(p->l.parent.session, YEARS(1));
    line_settle(p->r, &p->l);
    qp_session_status(p->l.child.session, &s, p->r->now_us);
    assert_int_equal(s.state, QP_LINK_LIVE);
    assert_int_equal(s.sessions, 1);
}

/* T4: the parent decides; without one heard, most of the children. */
static void the_time_is_sure_when_who_would_know_agrees(void **state)
{
    enum { NONE, SAME, APART };
    static const struct {
        int parent, child[3]; /* -1: there is none */
        enum qp_time_word word;
    } CASES[] = {
        {-1, {-1, -1, -1}, QP_TIME_SURE},         {NONE, {-1, -1, -1}, QP_TIME_UNTOLD},
        {SAME, {-1, -1, -1}, QP_TIME_SURE},       {APART, {-1, -1, -1}, QP_TIME_WRONG},
        {SAME, {APART, APART, -1}, QP_TIME_SURE}, {APART, {SAME, SAME, SAME}, QP_TIME_WRONG},
        {NONE, {SAME, NONE, -1}, QP_TIME_SURE},   {NONE, {APART, NONE, -1}, QP_TIME_WRONG},
        {-1, {NONE, NONE, -1}, QP_TIME_UNTOLD},   {-1, {SAME, SAME, APART}, QP_TIME_SURE},
        {-1, {SAME, APART, -1}, QP_TIME_WRONG},   {-1, {APART, -1, -1}, QP_TIME_WRONG},
    };
    struct pair *p = *state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct qp_session *s = calloc(4, sizeof *s);
        struct qp_link link[4], *children[3];
        struct qp_wire w;
        assert_non_null(s);
        memset(&w, 0, sizeof w);
        memset(link, 0, sizeof link);
        for (size_t k = 0; k < 4; k++) {
            int said = k == 0 ? CASES[i].parent : CASES[i].child[k - 1];
            link[k].session = &s[k];
            s[k].clock_heard = said > NONE;
            s[k].offset_us = said == APART ? (k % 2 ? 1 : -1) * (QP_CLOCKS_APART_US + 1) : QP_CLOCKS_APART_US;
            if (said >= 0 && k == 0)
                w.parent = &link[0];
            else if (said >= 0)
                children[w.nchildren++] = &link[k];
        }
        w.children = children;
        assert_int_equal(qp_wire_time_word(&w), CASES[i].word);
        free(s);
    }
    struct qp_link up = {.session = p->l.child.session};
    struct qp_wire w = {.parent = &up};
    assert_int_equal(qp_wire_time_word(&w), QP_TIME_UNTOLD);
    line_open(p->r, &p->l);
    assert_int_equal(qp_wire_time_word(&w), QP_TIME_SURE);
    qp_session_clock_set(p->l.child.session, YEARS(1)); /* at once, before anybody speaks */
    assert_int_equal(qp_wire_time_word(&w), QP_TIME_WRONG);
    qp_session_clock_set(p->l.child.session, -YEARS(1));
    assert_int_equal(qp_wire_time_word(&w), QP_TIME_SURE);
}

/* What one end has said, to the other; nothing is lost of it. */
static void hand_over(struct rig *r, struct end *from, struct end *to)
{
    size_t n = from->n;
    from->n = 0;
    for (size_t i = 0; i < n; i++) {
        line_hear(r, to, from->said[i].bytes, from->said[i].len);
        free(from->said[i].bytes);
    }
}

/* Beside the county that is open, a copy of it that knows that it is one calls, as a node that speaks up to that version. */
static void copy_calls(struct pair *p, struct line *copy, uint32_t version)
{
    uint8_t seed[QP_SEED_LEN];
    line_open(p->r, &p->l);
    p->l.parent.n = 0;
    p->l.parent.session->offset_us = 77; /* of the true one's clock */
    line_up(copy, p->county, p->city);
    p->county->core->silent =
        true; /* as the greeting of a parent that has heard the other makes it (core/peers.c) */
    rig_fresh_seed(p->r, seed);
    qp_session_connected(copy->child.session, p->r->now_us, seed);
    line_pump(p->r, &copy->child);
    struct frame *f = line_find(&copy->child, QP__FRAME__BODY_CALL);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    m->call->versions_high = version;
    frame_put(f, m);
    hand_over(p->r, &copy->child, &p->l.parent);
    hand_over(p->r, &p->l.parent, &copy->child);
}

/* The wire bounds calls by what a frame looks like: one that looks like something else is none. */
static void a_call_that_is_dressed_up_as_another_frame_is_not_heard(void **state)
{
    struct pair *p = *state;
    pair_connect(p);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_CALL);
    size_t len = f->len + 4;
    uint8_t *bytes = malloc(len);
    static const uint8_t FIRST[4] = {0x80 | 0x22, 0x06, 0x01,
                                     0x00}; /* a field that no build knows, with one byte */
    assert_non_null(bytes);
    memcpy(bytes, FIRST, sizeof FIRST);
    memcpy(bytes + sizeof FIRST, f->bytes, f->len);
    line_hear(p->r, &p->l.parent, bytes, len);
    free(bytes);
    assert_int_equal(end_bad_frames(&p->l.parent), 1);
    assert_int_equal(p->l.parent.n, 0);
}

/* C5: and takes nobody's place by it. */
static void an_old_copy_says_that_it_is_one_at_its_parent_again_and_again(void **state)
{
    struct pair *p = *state;
    struct line copy;
    struct qp_link_status s;
    copy_calls(p, &copy, QP_LINK_VERSION_HIGH);
    assert_int_equal(copy.child.n, 1); /* it says nothing else before it */
    line_find(&copy.child, QP__FRAME__BODY_GREETING);
    hand_over(p->r, &copy.child, &p->l.parent);
    assert_int_equal(p->l.parent.session->offset_us, 77);
    qp_session_status(p->l.parent.session, &s, p->r->now_us);
    assert_true(qp_session_open(p->l.parent.session));
    assert_int_equal(s.sessions, 1);
    assert_int_equal(s.refused, 0);
    line_find(&p->l.parent, QP__FRAME__BODY_REFUSE);
    hand_over(p->r, &p->l.parent, &copy.child);
    assert_int_equal(end_refused(&copy.child), QP_EOUT);
    rig_turn(p->r, p->city);
    assert_int_equal(rig_peer(p->city, p->county->id).copy_us, p->r->now_us);
    p->r->now_us += QP_RETRY_MOST_US;
    line_pump(p->r, &copy.child);
    assert_int_equal(copy.child.n, 0);
    p->r->now_us += QP_COPY_US;
    line_pump(p->r, &copy.child);
    line_find(&copy.child, QP__FRAME__BODY_CALL);
    p->county->core->silent = false;
    line_down(&copy);
}

static void an_older_parent_is_not_greeted_by_a_copy(void **state)
{
    struct pair *p = *state;
    struct line copy;
    copy_calls(p, &copy, QP_LINK_VERSION_COPY - 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(copy.child.n, 0);
        p->r->now_us += 2 * QP_COPY_US;
        line_pump(p->r, &copy.child);
    }
    assert_int_equal(end_refused(&copy.child), QP_EOUT);
    p->county->core->silent = false;
    line_down(&copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(two_nodes_greet_and_the_session_opens),
        PAIR_TEST(the_time_is_sure_when_who_would_know_agrees),
        PAIR_TEST(a_forged_greeting_opens_nothing),
        PAIR_TEST(a_greeting_with_one_word_changed_opens_nothing),
        PAIR_TEST(what_a_greeting_says_of_positions_cannot_be_changed_on_its_way),
        PAIR_TEST(a_greeting_heard_before_opens_nothing_again),
        PAIR_TEST(a_whole_handshake_heard_before_opens_nothing_again),
        PAIR_TEST(the_parents_greeting_is_checked_too),
        PAIR_TEST(a_call_without_the_signing_key_disturbs_nothing_that_is_open),
        PAIR_TEST(a_revoked_child_is_told_so_and_not_let_in),
        PAIR_TEST(versions_that_do_not_meet_are_refused_with_both),
        PAIR_TEST(a_call_with_a_siblings_certificate_is_refused),
        PAIR_TEST(an_expired_certificate_opens_no_session),
        PAIR_TEST(a_clock_that_is_wrong_is_told_at_both_ends_and_is_no_bad_frame),
        PAIR_TEST(a_link_comes_back_by_itself_when_the_clock_is_right_again),
        PAIR_TEST(the_loss_of_an_old_connection_does_not_end_a_new_call),
        PAIR_TEST(a_call_that_is_dressed_up_as_another_frame_is_not_heard),
        PAIR_TEST(an_old_copy_says_that_it_is_one_at_its_parent_again_and_again),
        PAIR_TEST(an_older_parent_is_not_greeted_by_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
