/* whisper_test.c: what people of a line whisper (LI7): heard over two hops by the line's nodes alone, read by nobody on the way, kept
 * nowhere, once; and not from who is not on the line, said again, old, or taken for something else. */
#include "node/core/whisper.h"
#include "tests/unit/core/lines.h"

static const char CANARY[] = "candidate:1 1 udp 2130706431 kanarienvogel";

static struct qp_reply whisper(struct rig *r, int i, matter line, uint32_t word, const char *data)
{
    Qp__WhisperBody *b = qp_arena_take(r->arena, sizeof *b);
    qp__whisper_body__init(b);
    b->by = qp_arena_text(r->arena, "user:wang");
    b->word = word;
    b->call = qp_arena_text(r->arena, "call-1");
    b->data = qp_arena_text(r->arena, data);
    struct qp_command c = {
        .op = QP_OP_WHISPER, .draft = rig_draft(r, QP__EVENT__BODY_LINE_SAID, NULL), .if_version = -1};
    memcpy(c.whisper.line, line.b, QP_ID_LEN);
    c.whisper.body = b;
    struct qp_reply reply = rig_command(r, i, &c);
    memset(b->by, '#',
           strlen(b->by)); /* with the reply it is its caller's again, who gives it back before it is told */
    memset(b->call, '#', strlen(b->call));
    memset(b->data, '#', strlen(b->data));
    return reply;
}

/* The line of the two, each with the other's key; whatever is under way has come. */
static matter with_line(struct rig *r)
{
    rig_tree(r, 3);
    matter line = lines_open(r, CITY, B, "title");
    lines_settle(r);
    return line;
}

static uint64_t heard(struct rig *r, int i)
{
    return rig_metrics(r, i).whispers_heard;
}

static void seek(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    (void)p;
    if (memmem(rec->parcel.p, rec->parcel.len, CANARY, sizeof CANARY - 1))
        *(bool *)arg = true;
}

static void a_whisper_is_heard_over_two_hops_and_kept_nowhere(void **state)
{
    struct rig *r = *state;
    matter line = with_line(r);
    uint64_t heads[] = {rig_head(r, CITY), rig_head(r, A), rig_head(r, B)};
    struct qp_reply reply = whisper(r, CITY, line, QP_WHISPER_OFFER, CANARY);
    rig_ok(reply);
    assert_int_equal(reply.position, 1); /* to one other node */
    const struct qp_output *o = rig_output(r, CITY, QP_OUT_WHISPER, NULL);
    assert_non_null(o); /* and to who else of the line is here */
    assert_string_equal(o->whisper.body->data, CANARY);
    assert_string_equal(o->whisper.body->by, "user:wang");
    assert_string_equal(o->whisper.body->call, "call-1");
    assert_int_equal(r->ncarries, 1);
    const Qp__Carry *c = r->carries[0].carry;
    assert_int_equal(c->whisper, QP_WHISPER_EACH);
    assert_null(memmem(c->body.data, c->body.len, CANARY, sizeof CANARY - 1)); /* sealed */
    rig_carries(r);
    assert_null(rig_output(r, A, QP_OUT_WHISPER, NULL)); /* a relay hears nothing */
    rig_carries(r);
    o = rig_output(r, B, QP_OUT_WHISPER, NULL);
    assert_non_null(o);
    assert_string_equal(o->whisper.body->data, CANARY);
    assert_string_equal(o->whisper.body->by, "user:wang");
    assert_memory_equal(o->whisper.node, r->nodes[CITY].id, QP_ID_LEN);
    assert_memory_equal(o->whisper.line, line.b, QP_ID_LEN);
    bool found = false;
    for (int i = 0; i < r->n; i++) {
        rig_each(r, i, seek, &found);
        assert_int_equal(rig_head(r, i), heads[i]);
    }
    assert_false(found);
}

static void of_typing_the_newest_is_enough_and_says_so(void **state)
{
    struct rig *r = *state;
    matter line = with_line(r);
    rig_ok(whisper(r, B, line, QP_WHISPER_TYPING, ""));
    assert_int_equal(r->carries[0].carry->whisper, QP_WHISPER_NEWEST);
    while (rig_carries(r) > 0)
        ;
    assert_int_equal(heard(r, CITY), 1);
}

/* Whoever is on its way may keep it, and say it again. */
static void a_whisper_said_again_is_heard_once(void **state)
{
    struct rig *r = *state;
    matter line = with_line(r);
    rig_ok(whisper(r, CITY, line, QP_WHISPER_OFFER, CANARY));
    rig_carries(r);
    assert_int_equal(r->ncarries, 1);
    struct qp_input in = {.kind = QP_IN_CARRY, .carry = {r->carries[0].carry}};
    memcpy(in.peer, r->nodes[A].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, B, &in, 1), 0);
    assert_int_equal(rig_turn(r, B, &in, 1), 0);
    assert_int_equal(heard(r, B), 1);
}

static void an_old_whisper_says_nothing(void **state)
{
    struct rig *r = *state;
    matter line = with_line(r);
    rig_ok(whisper(r, CITY, line, QP_WHISPER_OFFER, CANARY));
    rig_carries(r);
    r->now_us += QP_WHISPER_OLD_US + SECOND;
    rig_carries(r);
    assert_int_equal(heard(r, B), 0);
    assert_int_equal(rig_metrics(r, B).whispers_lost, 1);
}

static void what_goes_as_something_else_is_not_heard(void **state)
{
    struct rig *r = *state;
    matter line = with_line(r);
    rig_ok(whisper(r, CITY, line, QP_WHISPER_OFFER, CANARY));
    r->carries[0].carry->whisper = QP_WHISPER_NONE; /* else no rate would be its bound */
    while (rig_carries(r) > 0)
        ;
    assert_int_equal(heard(r, B), 0);
    assert_int_equal(rig_metrics(r, B).carried_refused, 1);
}

/* A node that is not on the line seals one as if it were. */
static void who_is_not_on_the_line_is_not_heard(void **state)
{
    struct rig *r = *state;
    matter line = with_line(r);
    Qp__WhisperBody b = QP__WHISPER_BODY__INIT;
    Qp__Whisper *w;
    struct qp_drbg rnd;
    uint8_t seed[QP_SEED_LEN];
    struct lines_view l = lines_look(r, CITY);
    struct qp_line_peer p;
    assert_true(qp_line_peer(&l.db, r->nodes[B].id, &p) && p.known);
    qp_read_end(&l.r);
    rig_seed(r, seed);
    qp_drbg_init(&rnd, seed);
    b.by = qp_arena_text(r->arena, "user:wang");
    b.word = QP_WHISPER_OFFER;
    b.data = qp_arena_text(r->arena, CANARY);
    assert_int_equal(
        qp_whisper_seal(&w, line.b, r->nodes[A].id, r->nodes[B].id, p.pk, &b, &rnd, r->arena, NULL), 0);
    Qp__Carried said = QP__CARRIED__INIT;
    said.body_case = QP__CARRIED__BODY_WHISPER;
    said.whisper = w;
    Qp__Carry *c = rig_message(r, A, B, &said);
    c->whisper = QP_WHISPER_EACH;
    struct qp_input in = {.kind = QP_IN_CARRY, .carry = {c}};
    memcpy(in.peer, r->nodes[A].id, QP_ID_LEN);
    assert_int_equal(rig_turn(r, B, &in, 1), 0);
    assert_int_equal(heard(r, B), 0);
    assert_int_equal(rig_metrics(r, B).whispers_refused, 1);
}

/* Bound to who speaks and to who hears: neither sealed again by another, nor moved to another line. */
static void a_whisper_opens_where_it_was_sealed_for(void **state)
{
    struct rig *r = *state;
    matter line = with_line(r);
    uint8_t seed[QP_SEED_LEN], other[QP_ID_LEN] = {7};
    Qp__WhisperBody b = QP__WHISPER_BODY__INIT, *opened;
    Qp__Whisper *w;
    struct qp_drbg rnd;
    struct lines_view l = lines_look(r, CITY);
    struct qp_line_peer p;
    struct qp_ring *ring = r->nodes[B].ring;
    assert_true(qp_line_peer(&l.db, r->nodes[B].id, &p));
    qp_read_end(&l.r);
    rig_seed(r, seed);
    qp_drbg_init(&rnd, seed);
    b.by = qp_arena_text(r->arena, "user:wang");
    const uint8_t *city = r->nodes[CITY].id, *there = r->nodes[B].id;
    assert_int_equal(qp_whisper_seal(&w, line.b, city, there, p.pk, &b, &rnd, r->arena, NULL), 0);
    assert_int_equal(qp_whisper_open(&opened, w, city, there, ring, r->arena), 0);
    assert_string_equal(opened->by, "user:wang");
    assert_int_equal(qp_whisper_open(&opened, w, r->nodes[A].id, there, ring, r->arena), QP_ESIG);
    assert_int_equal(qp_whisper_open(&opened, w, city, r->nodes[A].id, ring, r->arena), QP_ENOTFOUND);
    memcpy(w->line.data, other, QP_ID_LEN);
    assert_int_equal(qp_whisper_open(&opened, w, city, there, ring, r->arena), QP_ESIG);
}

/* Who opened a line a moment ago has not heard from there yet: nothing can be sealed, and it is counted. */
static void without_the_others_key_nothing_goes_and_it_is_told(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter line = lines_open(r, CITY, B, "title");
    struct qp_reply reply = whisper(r, CITY, line, QP_WHISPER_OFFER, CANARY);
    rig_ok(reply);
    assert_int_equal(reply.position, 0);
    assert_int_equal(rig_metrics(r, CITY).whispers_unsealed, 1);
    rig_code(whisper(r, A, line, QP_WHISPER_OFFER, CANARY), QP_ENOTFOUND); /* no line of its own */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lines_up, rig_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_whisper_is_heard_over_two_hops_and_kept_nowhere),
        TEST(of_typing_the_newest_is_enough_and_says_so),
        TEST(a_whisper_said_again_is_heard_once),
        TEST(an_old_whisper_says_nothing),
        TEST(what_goes_as_something_else_is_not_heard),
        TEST(who_is_not_on_the_line_is_not_heard),
        TEST(a_whisper_opens_where_it_was_sealed_for),
        TEST(without_the_others_key_nothing_goes_and_it_is_told),
    };
    return cmocka_run_group_tests_name("whisper", tests, NULL, NULL);
}
