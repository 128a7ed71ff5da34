/* whisper_test.c: what people whisper on lines, on one link (LI7): quick, never before what is urgent, bounded, and counted where it is
 * dropped. */
#include "node/link/inside.h"
#include "tests/unit/link/pair.h"

/* A whisper of so many bytes, from the county to the city. */
static void whisper(struct pair *p, unsigned class, uint8_t what, size_t len)
{
    static uint8_t body[QP_FILE_PIECE], signature[QP_SIG_LEN];
    Qp__Carry c = QP__CARRY__INIT;
    struct qp_output o = {.kind = QP_OUT_CARRY, .carry = &c};
    struct qp_read read;
    memset(body, what, sizeof body);
    memcpy(o.peer, p->city->id, QP_ID_LEN);
    c.from = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)p->county->id};
    c.to = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)p->city->id};
    c.body = (ProtobufCBinaryData){len, body};
    c.signature = (ProtobufCBinaryData){sizeof signature, signature};
    c.whisper = class;
    assert_int_equal(qp_read_begin(p->county->store, &read, NULL), 0);
    qp_session_output(p->l.child.session, &o, &read, p->county->arena, p->r->now_us);
    qp_read_end(&read);
}

/* Whispers among what the child has said since, in their order, each as its first byte. */
static size_t whispers_said(struct pair *p, uint8_t out[64])
{
    size_t n = 0;
    for (size_t i = 0; i < p->l.child.n && n < 64; i++) {
        Qp__Frame *f;
        assert_int_equal(
            qp_frame_read(&f, p->l.child.said[i].bytes, p->l.child.said[i].len, p->county->arena, NULL), 0);
        if (f->body_case == QP__FRAME__BODY_CARRY && f->carry->whisper)
            out[n++] = f->carry->body.data[0];
    }
    return n;
}

static void pump_child(struct pair *p)
{
    struct qp_read read;
    struct qp_output wake = {.kind = QP_OUT_WAKE};
    memcpy(wake.peer, p->city->id, QP_ID_LEN);
    assert_int_equal(qp_read_begin(p->county->store, &read, NULL), 0);
    qp_session_output(p->l.child.session, &wake, &read, p->county->arena, p->r->now_us);
    qp_session_pump(p->l.child.session, &read, p->county->arena, p->r->now_us);
    qp_read_end(&read);
}

/* LI7: at once where nothing urgent waits; else behind it; of typing the newest; not after two seconds. */
static void whispers_wait_for_what_is_urgent(void **state)
{
    struct pair *p = *state;
    struct qp_link_status st;
    uint8_t said[64];
    line_open(p->r, &p->l);
    line_forget(&p->l.child);
    whisper(p, QP_WHISPER_EACH, 1, 100);
    assert_int_equal(whispers_said(p, said), 1);
    rig_report(p->r, p->county, "fire", QP_EMERGENCY);
    line_forget(&p->l.child);
    whisper(p, QP_WHISPER_NEWEST, 2, 100);
    whisper(p, QP_WHISPER_EACH, 3, 100);
    whisper(p, QP_WHISPER_NEWEST, 4, 100);
    assert_int_equal(whispers_said(p, said), 0);
    pump_child(p); /* the fire goes, and what waited for it */
    assert_int_equal(whispers_said(p, said), 2);
    assert_int_equal(said[0], 3);
    assert_int_equal(said[1], 4);
    rig_report(p->r, p->county, "fire", QP_EMERGENCY);
    line_forget(&p->l.child);
    whisper(p, QP_WHISPER_EACH, 5, 100);
    p->r->now_us += 3000000;
    pump_child(p);
    assert_int_equal(whispers_said(p, said), 0);
    qp_session_status(p->l.child.session, &st, p->r->now_us);
    assert_int_equal(st.whispers_dropped, 1);
}

/* What an emergency that comes now would wait behind is bounded; the rest goes a little later. */
static void whispers_leave_room_for_what_is_urgent(void **state)
{
    struct pair *p = *state;
    uint8_t said[64];
    line_open(p->r, &p->l);
    line_forget(&p->l.child);
    for (uint8_t i = 0; i < 8; i++)
        whisper(p, QP_WHISPER_EACH, i, 16 * 1024);
    assert_int_equal(whispers_said(p, said), 4);
    p->r->now_us += 100000;
    pump_child(p);
    assert_int_equal(whispers_said(p, said), 8);
    for (uint8_t i = 0; i < 8; i++)
        assert_int_equal(said[i], i);
}

static size_t taken;
static void count_input(void *arg, const struct qp_input *in)
{
    (void)arg;
    taken += in->kind == QP_IN_CARRY;
}

/* A neighbour that whispers without end: so many are taken; the rest is counted, and it is told how many. */
static void a_flood_of_whispers_is_bounded_and_told(void **state)
{
    struct pair *p = *state;
    struct qp_link_status st;
    struct qp_read read;
    static const uint8_t seed[QP_SEED_LEN];
    line_open(p->r, &p->l);
    line_forget(&p->l.child);
    whisper(p, QP_WHISPER_EACH, 1, 100);
    assert_int_equal(p->l.child.n, 1);
    taken = 0;
    assert_int_equal(qp_read_begin(p->city->store, &read, NULL), 0);
    for (int i = 0; i < 1000; i++)
        qp_session_frame(p->l.parent.session, p->l.child.said[0].bytes, p->l.child.said[0].len, &read,
                         p->city->arena, count_input, NULL, p->r->now_us, seed);
    qp_read_end(&read);
    assert_int_equal(taken, 400);
    qp_session_status(p->l.parent.session, &st, p->r->now_us);
    assert_int_equal(st.whispers_over, 600);
    line_forget(&p->l.child);
    p->r->now_us += 6000000;
    line_settle(p->r, &p->l);
    qp_session_status(p->l.child.session, &st, p->r->now_us);
    assert_int_equal(st.whispers_dropped, 600); /* as the next beat tells */
}

static void a_whisper_into_a_cut_link_is_counted(void **state)
{
    struct pair *p = *state;
    struct qp_link_status st;
    whisper(p, QP_WHISPER_EACH, 1, 100);
    qp_session_status(p->l.child.session, &st, p->r->now_us);
    assert_int_equal(st.whispers_dropped, 1);
}

/* Parcels of the bulk lane among what the child has said since. */
static size_t bulk_said(struct pair *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->l.child.n; i++) {
        Qp__Frame *f;
        assert_int_equal(
            qp_frame_read(&f, p->l.child.said[i].bytes, p->l.child.said[i].len, p->county->arena, NULL), 0);
        n += f->body_case == QP__FRAME__BODY_DELIVER && f->deliver->lane == QP_LANE_BULK;
    }
    return n;
}

/* LI3: what was sent before lies in front of the next word, in the socket and in the other's turn. */
static void beside_what_people_say_bulk_goes_in_small_parts(void **state)
{
    struct pair *p = *state;
    line_open(p->r, &p->l);
    whisper(p, QP_WHISPER_NEWEST, 1, 100); /* somebody types: he will say something */
    line_settle(p->r, &p->l);
    for (int i = 0; i < 40; i++)
        rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_forget(&p->l.child);
    pump_child(p);
    assert_int_equal(bulk_said(p), QP_BESIDE_PARCELS);
    line_settle(p->r, &p->l); /* all the same all of it comes */
    assert_int_equal(rig_matters(p->r, p->city), 40);
    p->r->now_us += QP_SPEAKS_US;
    for (int i = 0; i < 40; i++)
        rig_report(p->r, p->county, "a hole", QP_ROUTINE);
    line_forget(&p->l.child);
    pump_child(p);
    assert_true(bulk_said(p) > QP_BESIDE_PARCELS); /* he has been quiet for a while */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PAIR_TEST(whispers_wait_for_what_is_urgent),
        PAIR_TEST(whispers_leave_room_for_what_is_urgent),
        PAIR_TEST(a_flood_of_whispers_is_bounded_and_told),
        PAIR_TEST(a_whisper_into_a_cut_link_is_counted),
        PAIR_TEST(beside_what_people_say_bulk_goes_in_small_parts),
    };
    return cmocka_run_group_tests_name("link_whisper", tests, NULL, NULL);
}
