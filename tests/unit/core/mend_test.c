/* mend_test.c: a damaged record of a node's journal comes again from where else it lies, byte for byte (S5): from who sent it,
 * from who had it of this node, from the next one where the first has it not; to nobody who had nothing to do with it. */
#include <stdio.h>

#include "node/store/inside.h"
#include "tests/unit/core/rig.h"

enum { CITY, COUNTY, STREET };
#define HOUR (3600 * SECOND)

static uint64_t head(struct rig *r, int i)
{
    struct qp_read rd;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &rd, &r->e), 0);
    uint64_t n = qp_journal_head(rd.journal, r->nodes[i].store, NULL);
    qp_read_end(&rd);
    return n;
}

static int get(struct rig *r, int i, uint64_t position, struct qp_record *out)
{
    struct qp_read rd;
    struct qp_record rec;
    assert_int_equal(qp_read_begin(r->nodes[i].store, &rd, &r->e), 0);
    int rc = qp_journal_get(rd.journal, r->nodes[i].store, position, &rec, &r->e);
    if (out && !rc)
        *out = rec; /* without what it points to */
    qp_read_end(&rd);
    return rc;
}

/* The last record that came from that neighbour, or that is this node's own (from < 0). Not the newest of all: one stands behind
 * it. */
static uint64_t last_of(struct rig *r, int i, int from)
{
    struct qp_record rec;
    for (uint64_t at = head(r, i) - 1; at > 0; at--) {
        assert_int_equal(get(r, i, at, &rec), 0);
        if (from < 0 ? rec.kind == QP_RECORD_OWN : memcmp(rec.peer, r->nodes[from].id, QP_ID_LEN) == 0)
            return at;
    }
    fail_msg("there is no such record");
    return 0;
}

/* Three bits of its parcel, as a failing disk would; and somebody reads it. */
static void spoil(struct rig *r, int i, uint64_t position)
{
    struct qp_txn t;
    struct qp_store *s = r->nodes[i].store;
    uint8_t bytes[QP_RECORD_MAX];
    MDB_val k = {sizeof position, &position}, v;
    assert_int_equal(qp_store_begin(s, &t, &r->e), 0);
    assert_int_equal(mdb_get(t.journal, s->log, &k, &v), 0);
    memcpy(bytes, v.mv_data, v.mv_size);
    for (int n = 0; n < 3; n++)
        bytes[QP_RECORD_HEAD + 20 + 5 * n] ^= 0x10;
    v.mv_data = bytes;
    assert_int_equal(mdb_put(t.journal, s->log, &k, &v, 0), 0);
    s->mended = true; /* so that it is committed */
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    assert_int_equal(get(r, i, position, NULL), QP_ECORRUPT);
}

static void is_whole(struct rig *r, int i)
{
    struct qp_store_damage d;
    qp_store_damage(r->nodes[i].store, &d);
    assert_int_equal(d.damaged, 0);
    assert_int_equal(qp_journal_verify(r->nodes[i].store, 1, NULL, NULL, &r->e), 0);
}

static void later(struct rig *r, int i, int64_t by_us)
{
    r->now_us += by_us;
    rig_tick(r, i);
    rig_settle(r);
}

static void tree(struct rig *r)
{
    rig_tree(r, 3);
    for (int i = 0; i < 3; i++) {
        char title[40];
        snprintf(title, sizeof title, "matter %d of the street", i);
        rig_open(r, STREET, title);
        snprintf(title, sizeof title, "matter %d of the county", i);
        rig_open(r, COUNTY, title);
        rig_settle(r);
    }
}

static void it_comes_from_who_sent_it(void **state)
{
    struct rig *r = *state;
    tree(r);
    uint64_t at = last_of(r, COUNTY, STREET);
    spoil(r, COUNTY, at);
    rig_tick(r, COUNTY);
    assert_int_equal(get(r, COUNTY, at, NULL), QP_ECORRUPT); /* it is only asked for */
    rig_settle(r);
    is_whole(r, COUNTY);
    rig_stop(r, COUNTY);
    rig_start(r, COUNTY);
    is_whole(r, COUNTY);
}

/* The clock was a day ahead when it was asked for, and is right again. */
static void it_comes_also_where_it_was_asked_for_by_a_clock_that_was_ahead(void **state)
{
    struct rig *r = *state;
    tree(r);
    spoil(r, COUNTY, last_of(r, COUNTY, STREET));
    r->lose_carries = true;
    r->now_us += 24 * HOUR;
    rig_tick(r, COUNTY);
    rig_settle(r);
    r->now_us -= 24 * HOUR;
    r->lose_carries = false;
    later(r, COUNTY, SECOND);
    is_whole(r, COUNTY);
}

static void ones_own_comes_from_who_had_it(void **state)
{
    struct rig *r = *state;
    tree(r);
    spoil(r, STREET, last_of(r, STREET, -1));
    later(r, STREET, 0);
    is_whole(r, STREET);
    spoil(r, COUNTY, last_of(r, COUNTY, -1));
    later(r, COUNTY, 0);
    is_whole(r, COUNTY);
}

static void where_the_first_has_it_no_more_the_next_one_is_asked(void **state)
{
    struct rig *r = *state;
    tree(r);
    uint64_t at = last_of(r, COUNTY, STREET);
    rig_burn(r, STREET); /* what it sent lies at the county, and at the city, which had it of the county */
    spoil(r, COUNTY, at);
    later(r, COUNTY, 0);
    for (int i = 0; i < 4; i++)
        later(r, COUNTY, 2 * SECOND);
    is_whole(r, COUNTY);
}

static void several_that_follow_each_other_come_too(void **state)
{
    struct rig *r = *state;
    tree(r);
    uint64_t last = last_of(r, CITY, COUNTY);
    spoil(r, CITY, last);
    spoil(r, CITY, last - 1);
    spoil(r, CITY, last - 2);
    for (int i = 0; i < 5; i++)
        later(r, CITY, 2 * SECOND);
    is_whole(r, CITY);
}

static void what_nobody_has_is_told_and_asked_for_after_an_hour(void **state)
{
    struct rig *r = *state;
    struct qp_store_damage d;
    tree(r);
    spoil(r, CITY, 1); /* its own beginning is known to nobody else */
    for (int i = 0; i < 12; i++)
        later(r, CITY, 2 * SECOND);
    qp_store_damage(r->nodes[CITY].store, &d);
    assert_int_equal(d.damaged, 1);
    r->ncarries = 0;
    r->lose_carries = true;
    r->now_us += 60 * SECOND;
    rig_tick(r, CITY);
    assert_null(rig_output(r, CITY, QP_OUT_CARRY, NULL)); /* it rests */
    r->now_us += HOUR;
    rig_tick(r, CITY);
    assert_non_null(rig_output(r, CITY, QP_OUT_CARRY, NULL));
}

/* S5: what it said is no evidence any more; nothing else stops. */
static void a_matter_goes_on_to_a_newcomer_without_a_record_that_is_damaged(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    rig_join(r, COUNTY, "c");
    rig_settle(r);
    matter m = rig_open(r, STREET, "travelled");
    rig_settle(r);
    rig_ok(rig_comment(r, STREET, m, "a word"));
    rig_settle(r);
    uint64_t at = last_of(r, COUNTY, STREET); /* its opening, or the word: both are of its history */
    rig_policy(r, COUNTY, true, false, false, false);
    rig_ok(rig_offer(r, STREET, m, QP_KIND_ESCALATE, NULL));
    rig_settle(r);
    assert_true(rig_holds(r, COUNTY, m));
    r->lose_carries = true; /* nobody gives it again */
    spoil(r, COUNTY, at);
    rig_ok(rig_offer(r, COUNTY, m, QP_KIND_DISPATCH, "city/a/c"));
    rig_ok(rig_comment(r, COUNTY, m, "and the turns go on"));
}

/* ---- liars ---- */

static void gives(struct rig *r, int from, int to, Qp__ParcelGiven *g)
{
    Qp__Carried said = QP__CARRIED__INIT;
    said.body_case = QP__CARRIED__BODY_PARCEL_GIVEN;
    said.parcel_given = g;
    rig_says(r, from, from, to, &said);
}

static void whatever_a_liar_gives_is_not_it_and_the_next_one_is_asked(void **state)
{
    struct rig *r = *state;
    static uint8_t zeros[QP_FILE_PIECE];
    Qp__ParcelGiven g;
    tree(r);
    uint64_t at = last_of(r, COUNTY, STREET);
    spoil(r, COUNTY, at);
    r->lose_carries = true;
    rig_tick(r, COUNTY); /* the street is asked */
    qp__parcel_given__init(&g);
    g.position = at;
    g.bytes = 4000000;
    g.piece = (ProtobufCBinaryData){sizeof zeros, zeros};
    gives(r, CITY, COUNTY, &g); /* who was not asked */
    assert_null(rig_output(r, COUNTY, QP_OUT_CARRY, NULL));
    gives(r, STREET, COUNTY, &g); /* more than a parcel is: the city is asked */
    assert_non_null(rig_output(r, COUNTY, QP_OUT_CARRY, r->nodes[CITY].id));
    g.bytes = 0;
    g.search = 1;
    gives(r, CITY, COUNTY, &g); /* look on from where you are: the street once more, which looks for it now */
    assert_non_null(rig_output(r, COUNTY, QP_OUT_CARRY, r->nodes[STREET].id));
    g.search = 0;
    g.bytes = 100;
    g.piece.len = 100;
    gives(r, STREET, COUNTY, &g); /* another parcel: nobody is left */
    assert_null(rig_output(r, COUNTY, QP_OUT_CARRY, NULL));
    assert_int_equal(get(r, COUNTY, at, NULL), QP_ECORRUPT);
    r->lose_carries = false;
    later(r, COUNTY, HOUR);
    is_whole(r, COUNTY);
}

/* A piece that lies nowhere in his journal: whoever asks on could name no place to ask for the rest at. */
static void a_piece_from_no_place_is_none_and_the_next_one_is_asked(void **state)
{
    struct rig *r = *state;
    static uint8_t zeros[100];
    Qp__ParcelGiven g;
    tree(r);
    uint64_t at = last_of(r, COUNTY, STREET);
    spoil(r, COUNTY, at);
    r->lose_carries = true;
    rig_tick(r, COUNTY); /* the street is asked, which sent it */
    qp__parcel_given__init(&g);
    g.position = at;
    g.code = QP_ENOTFOUND;
    gives(r, STREET, COUNTY, &g); /* the city is asked: it looks for it */
    assert_non_null(rig_output(r, COUNTY, QP_OUT_CARRY, r->nodes[CITY].id));
    g.code = 0;
    g.bytes = 2 * sizeof zeros;
    g.piece = (ProtobufCBinaryData){sizeof zeros, zeros};
    gives(r, CITY, COUNTY,
          &g); /* half of something, found at 0: the street is asked, which looks for it now */
    assert_non_null(rig_output(r, COUNTY, QP_OUT_CARRY, r->nodes[STREET].id));
    assert_int_equal(get(r, COUNTY, at, NULL), QP_ECORRUPT);
    r->lose_carries = false;
    later(r, COUNTY, HOUR); /* all are asked anew, and say what is */
    later(r, COUNTY, HOUR);
    is_whole(r, COUNTY);
}

static void who_answers_twice_what_was_put_off_meanwhile_is_not_heard(void **state)
{
    struct rig *r = *state;
    Qp__ParcelGiven g;
    tree(r);
    uint64_t at = last_of(r, COUNTY, STREET);
    struct qp_slice sent = rig_record(r, COUNTY, at);
    spoil(r, COUNTY, at);
    r->lose_carries = true;
    rig_tick(r, COUNTY); /* the street is asked */
    assert_non_null(rig_output(r, COUNTY, QP_OUT_CARRY, r->nodes[STREET].id));
    spoil(r, COUNTY, at + 1);
    qp__parcel_given__init(&g);
    g.position = at;
    g.bytes = (uint32_t)sent.len;
    g.piece = (ProtobufCBinaryData){sent.len, (uint8_t *)(uintptr_t)sent.p};
    gives(r, STREET, COUNTY, &g); /* the one behind it comes first */
    gives(r, STREET, COUNTY, &g);
    r->lose_carries = false;
    for (int i = 0; i < 6; i++)
        later(r, COUNTY, 2 * SECOND);
    is_whole(r, COUNTY);
}

/* What one asks for: the code that he is given, or -1: no answer. */
static int asks(struct rig *r, int from, int by, int to, uint64_t yours, uint64_t search)
{
    Qp__ParcelAsked a = QP__PARCEL_ASKED__INIT;
    Qp__Carried said = QP__CARRIED__INIT, *got;
    a.position = 1;
    a.epoch = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)qp_store_epoch(r->nodes[from].store)};
    a.yours = yours;
    a.search = search;
    said.body_case = QP__CARRIED__BODY_PARCEL_ASKED;
    said.parcel_asked = &a;
    r->ncarries = 0;
    rig_says(r, from, by, to, &said);
    const struct qp_output *o = rig_output(r, to, QP_OUT_CARRY, NULL);
    if (!o)
        return -1;
    assert_true(o->carry->low);
    assert_int_equal(QP_DECODE(&got, carried, o->carry->body.data, o->carry->body.len, r->arena, NULL), 0);
    return (int)got->parcel_given->code;
}

static void nobody_is_given_what_is_not_his(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    int other = rig_join(r, CITY, "x");
    rig_settle(r);
    rig_open(r, COUNTY, "of the county alone");
    rig_settle(r);
    rig_open(r, COUNTY, "and another");
    rig_settle(r);
    uint64_t at = last_of(r, CITY, COUNTY);
    r->lose_carries = true;
    assert_int_equal(asks(r, COUNTY, COUNTY, CITY, at, 0), 0); /* it was his */
    assert_int_equal(asks(r, other, other, CITY, at, 0), QP_ENOTFOUND);
    assert_int_equal(asks(r, other, other, CITY, 0, 1), QP_ENOTFOUND); /* nor by looking for it */
    assert_int_equal(asks(r, other, other, CITY, last_of(r, CITY, -1), 0), QP_ENOTFOUND);
    assert_int_equal(asks(r, other, CITY, COUNTY, 1, 0), -1); /* no neighbour */
    for (int i = 0; i < 100; i++)
        asks(r, COUNTY, COUNTY, CITY, at, 0);
    assert_int_equal(asks(r, COUNTY, COUNTY, CITY, at, 0), -1);         /* not so often */
    assert_int_equal(asks(r, other, other, CITY, at, 0), QP_ENOTFOUND); /* others are answered all the same */
    r->now_us += 2 * SECOND;
    assert_int_equal(asks(r, COUNTY, COUNTY, CITY, at, 0), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        TEST(it_comes_from_who_sent_it),
        TEST(it_comes_also_where_it_was_asked_for_by_a_clock_that_was_ahead),
        TEST(ones_own_comes_from_who_had_it),
        TEST(where_the_first_has_it_no_more_the_next_one_is_asked),
        TEST(several_that_follow_each_other_come_too),
        TEST(what_nobody_has_is_told_and_asked_for_after_an_hour),
        TEST(a_matter_goes_on_to_a_newcomer_without_a_record_that_is_damaged),
        TEST(whatever_a_liar_gives_is_not_it_and_the_next_one_is_asked),
        TEST(a_piece_from_no_place_is_none_and_the_next_one_is_asked),
        TEST(who_answers_twice_what_was_put_off_meanwhile_is_not_heard),
        TEST(nobody_is_given_what_is_not_his),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
