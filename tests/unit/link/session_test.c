/* session_test.c: two nodes deliver and acknowledge over a line that loses, alters and repeats. */
#include "tests/unit/link/pair.h"

static void what_a_child_opens_arrives_above_and_leaves_its_queue(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_settle(p->r, &p->l);
    assert_int_equal(rig_matters(p->r, p->city), 1);
    assert_int_equal(rig_queue(p->county, p->city->id, QP_LANE_BULK), 0);
}

static void what_was_opened_while_cut_off_drains_at_the_next_session(void **state)
{
    struct pair *p = *state;
    for (int i = 0; i < 700; i++) /* more than two windows */
        rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    assert_true(rig_queue(p->county, p->city->id, QP_LANE_BULK) >= 700);
    line_open(p->r, &p->l);
    assert_int_equal(rig_matters(p->r, p->city), 700);
    assert_int_equal(rig_queue(p->county, p->city->id, QP_LANE_BULK), 0);
}

static size_t pieces_there(struct pair *p)
{
    size_t said = 0;
    for (size_t i = 0; i < p->l.child.n; i++)
        said += p->l.child.said[i].len > QP_FILE_PIECE;
    line_forget(&p->l.child);
    return said;
}

/* How many of n pieces of files go to the parent at once. */
static size_t pieces_said(struct pair *p, size_t n, bool low)
{
    static uint8_t piece[QP_FILE_PIECE], signature[QP_SIG_LEN];
    Qp__Carry c = QP__CARRY__INIT;
    struct qp_output o = {.kind = QP_OUT_CARRY, .carry = &c};
    struct qp_read read;
    memcpy(o.peer, p->city->id, QP_ID_LEN);
    c.from = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)p->county->id};
    c.to = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)p->city->id};
    c.body = (ProtobufCBinaryData){sizeof piece, piece};
    c.signature = (ProtobufCBinaryData){sizeof signature, signature};
    c.low = low;
    assert_int_equal(qp_read_begin(p->county->store, &read, NULL), 0);
    line_forget(&p->l.child);
    for (size_t i = 0; i < n; i++)
        qp_session_output(p->l.child.session, &o, &read, p->county->arena, p->r->now_us);
    qp_read_end(&read);
    return pieces_there(p);
}

/* How many of those that wait go then. */
static size_t pieces_later(struct pair *p, int64_t later_us)
{
    struct qp_read read;
    struct qp_output wake = {.kind = QP_OUT_WAKE};
    memcpy(wake.peer, p->city->id, QP_ID_LEN);
    p->r->now_us += later_us;
    line_forget(&p->l.child);
    assert_int_equal(qp_read_begin(p->county->store, &read, NULL), 0);
    qp_session_output(p->l.child.session, &wake, &read, p->county->arena, p->r->now_us);
    qp_session_pump(p->l.child.session, &read, p->county->arena, p->r->now_us);
    qp_read_end(&read);
    return pieces_there(p);
}

/* VA3: few in a while, so that what comes then waits behind no more than that; none where an emergency waits; and what may not go
 * yet goes soon, in its order, instead of being asked for again after a silence. */
static void pieces_of_files_give_way(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    assert_int_equal(pieces_said(p, 20, true), 8);
    assert_int_equal(pieces_said(p, 20, true), 0);   /* sixteen wait, the others are lost */
    assert_int_equal(pieces_said(p, 20, false), 20); /* a person's record is none */
    assert_int_equal(pieces_later(p, 12500), 1);
    assert_int_equal(pieces_later(p, 25000), 2);
    assert_int_equal(pieces_later(p, 62500), 5);
    assert_int_equal(pieces_said(p, 3, true), 0); /* behind those that wait */
    assert_int_equal(pieces_later(p, 200000), 8);
    assert_int_equal(pieces_later(p, 100000), 3);
    rig_report(p->r, p->county, "fire", QP_EMERGENCY);
    assert_int_equal(pieces_said(p, 3, true), 0);
    line_settle(p->r, &p->l);
    assert_int_equal(rig_matters(p->r, p->city), 1);
    p->r->now_us += 200000;
    assert_int_equal(pieces_said(p, 20, true),
                     8); /* the three went when the fire was gone: nobody waits before these */
    assert_int_equal(pieces_later(p, 1500000), 0); /* too late: they were asked for again */
    assert_int_equal(pieces_said(p, 3, true), 3);
}

static void frames_with_a_foreign_session_number_are_dropped(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_DELIVER);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    m->session ^= 1;
    frame_put(f, m);
    line_carry(p->r, &p->l.child, &p->l.parent);
    assert_int_equal(end_bad_frames(&p->l.parent), 1);
    assert_int_equal(rig_matters(p->r, p->city), 0);
}

static void frames_of_the_session_before_are_dropped(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_DELIVER);
    uint8_t old[QP_FRAME_BYTES];
    size_t len = f->len;
    memcpy(old, f->bytes, len);
    line_forget(&p->l.child);
    qp_session_lost(p->l.child.session, p->r->now_us);
    pair_to_greeting(p);
    line_hear(p->r, &p->l.parent, old, len); /* its session is still open there */
    assert_int_equal(end_bad_frames(&p->l.parent), 0);
    line_settle(p->r, &p->l);
    line_hear(p->r, &p->l.parent, old, len);
    assert_int_equal(end_bad_frames(&p->l.parent), 1);
    assert_int_equal(rig_matters(p->r, p->city), 1);
}

static void a_lost_delivery_is_sent_again(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "lost", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    line_forget(&p->l.child);
    rig_report(p->r, p->county, "after it", QP_ROUTINE);
    line_settle(p->r, &p->l);
    for (int i = 0; i < 100 && rig_matters(p->r, p->city) < 2; i++) {
        p->r->now_us += 500000;
        line_settle(p->r, &p->l);
    }
    assert_int_equal(rig_matters(p->r, p->city), 2);
    assert_int_equal(rig_queue(p->county, p->city->id, QP_LANE_BULK), 0);
}

static void the_last_delivery_is_sent_again_too_when_it_was_lost(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "lost", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    line_forget(&p->l.child);
    for (int64_t waited = 0; waited <= QP_STALL_US;
         waited += 2500000) { /* nothing tells; only the missing ack */
        p->r->now_us += 2500000;
        line_settle(p->r, &p->l);
    }
    assert_true(qp_session_open(p->l.child.session));
    assert_int_equal(rig_matters(p->r, p->city), 1);
}

static void a_repeated_delivery_has_one_effect(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    struct frame *f = line_find(&p->l.child, QP__FRAME__BODY_DELIVER);
    uint8_t old[QP_FRAME_BYTES];
    size_t len = f->len;
    memcpy(old, f->bytes, len);
    line_settle(p->r, &p->l);
    struct qp_read read;
    assert_int_equal(qp_read_begin(p->city->store, &read, NULL), 0);
    uint64_t head = qp_journal_head(read.journal, p->city->store, NULL);
    qp_read_end(&read);
    for (int i = 0; i < 3; i++)
        line_hear(p->r, &p->l.parent, old, len);
    line_turn(p->r, &p->l.parent);
    assert_int_equal(qp_read_begin(p->city->store, &read, NULL), 0);
    assert_int_equal(qp_journal_head(read.journal, p->city->store, NULL), head);
    qp_read_end(&read);
}

static void pass_ack_pause(struct pair *p)
{
    p->r->now_us += QP_ACK_US;
    line_pump(p->r, &p->l.parent);
}

static void an_ack_that_nobody_signed_ends_the_session(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    line_carry(p->r, &p->l.child, &p->l.parent);
    pass_ack_pause(p);
    struct frame *f = line_find(&p->l.parent, QP__FRAME__BODY_ACK);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    m->ack->received[0]->position++;
    frame_put(f, m);
    line_carry(p->r, &p->l.parent, &p->l.child);
    assert_false(qp_session_open(p->l.child.session));
    assert_int_equal(rig_peer(p->county, p->city->id).acked[QP_LANE_BULK - 1], 0);
}

/* A neighbour that refuses without saying by which code has refused: 0 would be shown as no refusal. */
static void a_refusal_without_a_code_is_one(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    line_carry(p->r, &p->l.child, &p->l.parent);
    pass_ack_pause(p);
    struct frame *f = line_find(&p->l.parent, QP__FRAME__BODY_ACK);
    Qp__Frame *m = frame_open(p->r, f, p->county->arena);
    Qp__Refuse refuse = QP__REFUSE__INIT;
    m->body_case = QP__FRAME__BODY_REFUSE;
    m->refuse = &refuse;
    frame_put(f, m);
    line_carry(p->r, &p->l.parent, &p->l.child);
    assert_false(qp_session_open(p->l.child.session));
    assert_int_equal(end_refused(&p->l.child), QP_EDENIED);
}

/* Its next frame says that it is out, by that code. */
static void end_says(struct pair *p, struct end *from, struct end *to, uint32_t code)
{
    rig_report(p->r, from->node, "a hole", QP_ROUTINE);
    line_turn(p->r, from);
    assert_true(from->n > 0);
    Qp__Frame *m = frame_open(p->r, &from->said[0], from->node->arena);
    Qp__Refuse refuse = QP__REFUSE__INIT;
    refuse.code = code;
    m->body_case = QP__FRAME__BODY_REFUSE;
    m->refuse = &refuse;
    frame_put(&from->said[0], m);
    while (line_carry(p->r, from, to)) {
    }
    assert_int_equal(end_refused(to), code);
}

/* C5: an old copy falls silent and does not dial again: its parent keeps what it said. */
static void what_a_copy_says_last_is_kept_by_its_parent(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    end_says(p, &p->l.child, &p->l.parent, QP_EFULL);
    assert_int_equal(rig_peer(p->city, p->county->id).copy_us, 0);
    line_down(&p->l);
    line_up(&p->l, p->county, p->city);
    line_open(p->r, &p->l);
    end_says(p, &p->l.child, &p->l.parent, QP_EOUT);
    assert_int_equal(rig_peer(p->city, p->county->id).copy_us, p->r->now_us);
    assert_int_equal(rig_peer(p->county, p->city->id).copy_us, 0);
}

static void nothing_is_acknowledged_before_its_commit(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    line_hear(p->r, &p->l.parent, p->l.child.said[0].bytes, p->l.child.said[0].len);
    for (size_t i = 0; i < p->l.parent.n; i++)
        assert_int_not_equal(frame_kind(&p->l.parent.said[i]), QP__FRAME__BODY_ACK);
    pass_ack_pause(p);
    for (size_t i = 0; i < p->l.parent.n; i++)
        assert_int_not_equal(frame_kind(&p->l.parent.said[i]), QP__FRAME__BODY_ACK);
    line_turn(p->r, &p->l.parent);
    pass_ack_pause(p);
    line_find(&p->l.parent, QP__FRAME__BODY_ACK);
}

static unsigned acks_said(const struct end *e)
{
    unsigned acks = 0;
    for (size_t i = 0; i < e->n; i++)
        acks += frame_kind(&e->said[i]) == QP__FRAME__BODY_ACK;
    return acks;
}

static void an_ack_waits_a_moment_for_others(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    for (int i = 0; i < 3; i++) {
        rig_report(p->r, p->county, "a hole", QP_ROUTINE);
        line_turn(p->r, &p->l.child);
        line_carry(p->r, &p->l.child, &p->l.parent);
        assert_int_equal(acks_said(&p->l.parent), 0);
        p->r->now_us += QP_ACK_US / 4;
    }
    pass_ack_pause(p);
    assert_int_equal(acks_said(&p->l.parent), 1); /* for all three */
    line_settle(p->r, &p->l);
    assert_int_equal(p->l.child.session->lanes[QP_LANE_BULK - 1].count, 0); /* nothing is out any more */
}

static void much_that_came_is_acknowledged_at_once(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    unsigned sent = 0;
    while (acks_said(&p->l.parent) == 0 && sent++ < 1000) {
        rig_report(p->r, p->county, "a hole", QP_ROUTINE);
        line_turn(p->r, &p->l.child);
        line_carry(p->r, &p->l.child, &p->l.parent);
    }
    assert_in_range(sent, 10, 200); /* 32 KiB, well within the window */
}

static void an_urgent_one_overtakes_the_bulk_that_waits(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    for (int i = 0; i < 20; i++)
        rig_report(p->r, p->county, "slow", QP_ROUTINE);
    rig_report(p->r, p->county, "fire", QP_EMERGENCY);
    p->county->out.n = 0;
    for (int i = 0; i < QP_LANES; i++)
        p->l.child.session->lanes[i].dry = false;
    line_pump(p->r, &p->l.child);
    Qp__Frame *m = frame_open(p->r, line_find(&p->l.child, QP__FRAME__BODY_DELIVER), p->county->arena);
    assert_int_equal(m->deliver->lane, QP_LANE_URGENT);
}

static void what_finds_no_room_is_sent_at_the_next_pump(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    p->l.child.room = 0;
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    assert_int_equal(p->l.child.n, 0);
    p->l.child.room = SIZE_MAX;
    line_settle(p->r, &p->l);
    assert_int_equal(rig_matters(p->r, p->city), 1);
}

static void silence_makes_a_link_late_and_then_ends_it(void **state)
{
    struct pair *p = *state;
    struct qp_link_status s;
    line_open(p->r, &p->l);
    p->r->now_us += QP_LATE_US + 1;
    qp_session_status(p->l.child.session, &s, p->r->now_us);
    assert_int_equal(s.state, QP_LINK_LATE);
    p->r->now_us += QP_CUT_US - QP_LATE_US;
    line_pump(p->r, &p->l.child);
    assert_false(qp_session_open(p->l.child.session));
}

static void beats_keep_a_quiet_link_alive(void **state)
{
    struct pair *p = *state;
    struct qp_link_status s;
    line_open(p->r, &p->l);
    for (int i = 0; i < 20; i++) {
        p->r->now_us += QP_BEAT_US;
        line_settle(p->r, &p->l);
    }
    qp_session_status(p->l.parent.session, &s, p->r->now_us);
    assert_int_equal(s.state, QP_LINK_LIVE);
    assert_int_equal(s.sessions, 1);
}

static void a_beat_tells_who_is_gone_below(void **state)
{
    struct pair *p = *state;
    struct qp_link_status gone[3] = {{.last_heard_us = 42}, {.last_heard_us = 42}, {.last_heard_us = 42}},
                          seen[4];
    struct node *street = rig_join(p->r, p->county, "city/county/street", NULL),
                *other = rig_join(p->r, p->city, "city/other", NULL);
    line_open(p->r, &p->l);
    line_settle(p->r, &p->l);
    memcpy(gone[0].peer, other->id, QP_ID_LEN); /* a sibling */
    memcpy(gone[1].peer, street->id, QP_ID_LEN);
    memset(gone[2].peer, 9, QP_ID_LEN); /* nobody */
    qp_session_tell_gone(p->l.child.session, gone, 3);
    p->r->now_us += QP_BEAT_US;
    line_settle(p->r, &p->l);
    assert_int_equal(qp_session_gone(p->l.parent.session, seen, 4), 1);
    assert_memory_equal(seen[0].peer, street->id, QP_ID_LEN);
    assert_int_equal(seen[0].last_heard_us, 42);
    qp_session_lost(p->l.parent.session, p->r->now_us);
    assert_int_equal(qp_session_gone(p->l.parent.session, seen, 4), 0);
}

static void hostile_bytes_are_counted_and_nothing_else(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    uint64_t random = 0x9e3779b97f4a7c15u;
    uint8_t bytes[300];
    for (int i = 0; i < 2000; i++) {
        for (size_t k = 0; k < sizeof bytes; k++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            bytes[k] = (uint8_t)(random >> 56);
        }
        if (i % 2)
            bytes[0] = (uint8_t)(((random >> 40) % 13 + 2) << 3 | 2);
        line_hear(p->r, &p->l.parent, bytes, (size_t)(random >> 32) % sizeof bytes);
    }
    assert_true(end_bad_frames(&p->l.parent) > 1900);
    line_turn(p->r, &p->l.parent);
    assert_true(qp_session_open(p->l.parent.session));
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_settle(p->r, &p->l);
    assert_int_equal(rig_matters(p->r, p->city), 1);
}

static void inputs_that_were_not_taken_come_again(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_turn(p->r, &p->l.child);
    line_hear(p->r, &p->l.parent, p->l.child.said[0].bytes, p->l.child.said[0].len);
    line_forget(&p->l.child);
    p->city->n = 0; /* no room: the turn was given up */
    qp_session_untaken(p->l.parent.session, p->r->now_us);
    assert_false(qp_session_open(p->l.parent.session));
    line_carry(p->r, &p->l.parent, &p->l.child);
    assert_int_equal(end_refused(&p->l.child), QP_EFULL);
    p->r->now_us += QP_RETRY_MOST_US;
    line_settle(p->r, &p->l);
    assert_int_equal(rig_matters(p->r, p->city), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(what_a_child_opens_arrives_above_and_leaves_its_queue),
        PAIR_TEST(what_was_opened_while_cut_off_drains_at_the_next_session),
        PAIR_TEST(pieces_of_files_give_way),
        PAIR_TEST(frames_with_a_foreign_session_number_are_dropped),
        PAIR_TEST(frames_of_the_session_before_are_dropped),
        PAIR_TEST(a_lost_delivery_is_sent_again),
        PAIR_TEST(the_last_delivery_is_sent_again_too_when_it_was_lost),
        PAIR_TEST(a_repeated_delivery_has_one_effect),
        PAIR_TEST(an_ack_that_nobody_signed_ends_the_session),
        PAIR_TEST(a_refusal_without_a_code_is_one),
        PAIR_TEST(what_a_copy_says_last_is_kept_by_its_parent),
        PAIR_TEST(nothing_is_acknowledged_before_its_commit),
        PAIR_TEST(an_ack_waits_a_moment_for_others),
        PAIR_TEST(much_that_came_is_acknowledged_at_once),
        PAIR_TEST(an_urgent_one_overtakes_the_bulk_that_waits),
        PAIR_TEST(what_finds_no_room_is_sent_at_the_next_pump),
        PAIR_TEST(silence_makes_a_link_late_and_then_ends_it),
        PAIR_TEST(beats_keep_a_quiet_link_alive),
        PAIR_TEST(a_beat_tells_who_is_gone_below),
        PAIR_TEST(hostile_bytes_are_counted_and_nothing_else),
        PAIR_TEST(inputs_that_were_not_taken_come_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
