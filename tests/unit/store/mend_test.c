/* mend_test.c: a damaged record is made whole byte for byte, or stays as it is and is told (S5). */
#include "tests/unit/store/rig.h"

#include "node/store/inside.h"

enum { RECORDS = 100 }; /* more than an opening looks at */
static const struct qp_slice nothing;

static void fill(struct rig *r)
{
    rig_open(r);
    for (int i = 0; i < RECORDS; i++)
        rig_turn(r, 1);
    rig_close(r, true);
}

static int get(struct rig *r, uint64_t position)
{
    struct qp_read rd;
    struct qp_record rec;
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    int rc = qp_journal_get(rd.journal, r->s, position, &rec, &r->e);
    qp_read_end(&rd);
    return rc;
}

/* Turns bits of the parcel of a record: bit 1 of each of so many bytes. Its first bytes say which it is. */
enum { NAME = 16 };
static void spoil(struct rig *r, uint64_t position, unsigned bytes)
{
    uint8_t buf[RIG_PARCEL];
    for (unsigned i = 0; i < bytes; i++)
        rig_flip(r, "journal/data.mdb", rig_parcel(buf, position).p, NAME, NAME + 2 * (size_t)i, 1);
}

/* The same of its head. */
static void spoil_head(struct rig *r, uint64_t position, size_t at)
{
    uint8_t buf[RIG_PARCEL];
    rig_flip(r, "journal/data.mdb", rig_parcel(buf, position).p, NAME, at - QP_RECORD_HEAD, 2);
}

static int mend(struct rig *r, uint64_t position, struct qp_slice parcel)
{
    struct qp_txn t;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    int rc = qp_journal_mend(&t, position, parcel, &r->e);
    if (!rc) {
        assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
        assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    } else {
        qp_store_abort(&t);
    }
    return rc;
}

static uint64_t damaged(struct rig *r, uint64_t *mended)
{
    struct qp_store_damage d;
    qp_store_damage(r->s, &d);
    if (mended)
        *mended = d.mended;
    return d.damaged;
}

static void one_bit_is_found_without_anybodys_help(void **state)
{
    struct rig *r = *state;
    uint64_t mended;
    fill(r);
    spoil(r, 10, 1);
    spoil_head(r, 20, 30);  /* the peer */
    spoil_head(r, 25, 110); /* the hash before it */
    rig_open(r);
    assert_int_equal(get(r, 10), QP_ECORRUPT);
    assert_int_equal(get(r, 20), QP_ECORRUPT);
    assert_int_equal(get(r, 25), QP_ECORRUPT);
    assert_int_equal(damaged(r, &mended), 3);
    assert_int_equal(mended, 0);
    assert_int_equal(mend(r, 10, nothing), 0);
    assert_int_equal(mend(r, 20, nothing), 0);
    assert_int_equal(mend(r, 25, nothing), 0);
    assert_int_equal(damaged(r, &mended), 0);
    assert_int_equal(mended, 3);
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
    rig_turns(r, 2);
    rig_reopen(r, false); /* it is on the disk, also where the process dies now */
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
}

static void what_is_more_needs_the_very_parcel(void **state)
{
    struct rig *r = *state;
    uint8_t buf[RIG_PARCEL], other[RIG_PARCEL];
    fill(r);
    spoil(r, 10, 3);
    spoil_head(r, 10, 70);
    rig_open(r);
    assert_int_equal(mend(r, 10, nothing), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "more than a bit"));
    assert_int_equal(mend(r, 10, rig_parcel(other, 11)), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "is not the one"));
    assert_int_equal(mend(r, 10, (struct qp_slice){buf, 7}), QP_ECORRUPT);
    assert_int_equal(get(r, 10), QP_ECORRUPT); /* and nothing was written */
    assert_int_equal(damaged(r, NULL), 1);
    assert_int_equal(mend(r, 10, rig_parcel(buf, 10)), 0);
    assert_int_equal(get(r, 10), 0);
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
}

static void of_two_that_follow_each_other_the_later_one_comes_first(void **state)
{
    struct rig *r = *state;
    uint8_t buf[RIG_PARCEL];
    fill(r);
    static const uint64_t first[] = {1,
                                     RECORDS - 3}; /* among the last ones, at which an opening looks, too */
    for (size_t i = 0; i < 2; i++) {
        spoil(r, first[i], 2);
        spoil(r, first[i] + 1, 2);
    }
    rig_open(r);
    for (size_t i = 0; i < 2; i++) {
        uint64_t at = first[i];
        assert_int_equal(mend(r, at, rig_parcel(buf, at)), QP_ENEED);
        assert_int_equal(mend(r, at + 1, rig_parcel(buf, at + 1)), 0);
        assert_int_equal(mend(r, at, rig_parcel(buf, at)), 0);
    }
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
}

static void a_turn_that_is_given_up_mends_nothing(void **state)
{
    struct rig *r = *state;
    struct qp_txn t;
    fill(r);
    spoil(r, 10, 1);
    rig_open(r);
    assert_int_equal(get(r, 10), QP_ECORRUPT);
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    assert_int_equal(qp_journal_mend(&t, 10, nothing, &r->e), 0);
    qp_store_abort(&t);
    assert_int_equal(get(r, 10), QP_ECORRUPT); /* and it is told again */
    assert_int_equal(damaged(r, NULL), 1);
    assert_int_equal(mend(r, 10, nothing), 0);
    assert_int_equal(mend(r, 10, nothing), 0); /* whole already */
    rig_turns(r, 1);
}

static void what_it_says_of_itself_can_be_read(void **state)
{
    struct rig *r = *state;
    struct qp_read rd;
    struct qp_record is;
    fill(r);
    spoil(r, 10, 2);
    rig_open(r);
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    assert_int_equal(qp_journal_lies(rd.journal, r->s, 10, &is), 0);
    assert_int_equal(is.kind, QP_RECORD_OWN);
    assert_true(is.parcel.len > RIG_PARCEL - 3);
    assert_int_equal(qp_journal_lies(rd.journal, r->s, RECORDS + 1, &is), QP_ENOTFOUND);
    qp_read_end(&rd);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        T(one_bit_is_found_without_anybodys_help),
        T(what_is_more_needs_the_very_parcel),
        T(of_two_that_follow_each_other_the_later_one_comes_first),
        T(a_turn_that_is_given_up_mends_nothing),
        T(what_it_says_of_itself_can_be_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
