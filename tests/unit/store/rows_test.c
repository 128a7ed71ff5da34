/* rows_test.c: a row of the tables whose bytes were changed is never served, and the tables are made again
 * (node/store/rows.c). */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/store/rig.h"

enum { ROW = 100 }; /* bytes of a row of the rig: the first of its parcel */

static int row(struct rig *r, uint64_t n, uint8_t out[ROW])
{
    struct qp_read rd;
    uint8_t key[8];
    MDB_val v;
    qp_be64(key, n);
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    int rc = qp_get(rd.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, &v);
    if (!rc) {
        assert_int_equal(v.mv_size, ROW);
        memcpy(out, v.mv_data, ROW);
    }
    qp_read_end(&rd);
    return rc;
}

static void every_flipped_bit_of_a_row_is_found(void **state)
{
    struct rig *r = *state;
    uint8_t buf[RIG_PARCEL], got[ROW];
    struct qp_slice p = rig_parcel(buf, 5);
    for (unsigned at = 0; at < ROW + QP_ROW_CHECK; at += 3) {
        rig_open(r);
        if (at == 0)
            rig_turn(r, 9);
        rig_close(r, true);
        rig_flip(r, "tables/data.mdb", p.p, ROW, at, at % 8);
        rig_open(r);
        assert_false(qp_store_doubtful(r->s));
        assert_int_equal(row(r, 5, got), QP_ECORRUPT);
        assert_true(qp_store_doubtful(r->s));
        assert_int_equal(row(r, 4, got), 0); /* an error of that row */
        rig_close(r, true);
        rig_open(r);
        assert_true(qp_store_stale(r->s)); /* also after an end in order */
        assert_true(qp_store_remade(r->s));
        assert_false(qp_store_doubtful(r->s));
        struct qp_txn t;
        assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
        for (uint64_t n = 1; n <= 9; n++) { /* as a replay would */
            uint8_t key[8], again[RIG_PARCEL];
            qp_be64(key, n);
            assert_int_equal(
                qp_put(t.tables, qp_store_dbi(r->s, QP_T_MATTER), key, 8, rig_parcel(again, n).p, ROW, &r->e),
                0);
        }
        assert_int_equal(qp_tables_set_position(&t, t.head, &t.head_hash, &r->e), 0);
        assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
        assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
        assert_int_equal(row(r, 5, got), 0);
        assert_memory_equal(got, p.p, ROW);
        rig_close(r, true);
    }
}

static void a_row_under_another_key_is_found(void **state)
{
    struct rig *r = *state;
    struct qp_txn t;
    struct qp_read rd;
    uint8_t a[8] = "index-A";
    MDB_cursor *c;
    MDB_val k = {8, a}, v = {0, NULL};
    rig_open(r);
    rig_turn(r, 1); /* else the tables have no place in the journal, and are begun again */
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    MDB_dbi dbi = qp_store_dbi(r->s, QP_T_INDEX);
    assert_int_equal(mdb_put(t.tables, dbi, &k, &v, 0), 0); /* a row of nothing but its key */
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    rig_close(r, true);
    rig_flip(r, "tables/data.mdb", a, 8, 6, 0); /* A becomes @ */
    rig_open(r);
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    assert_int_equal(mdb_cursor_open(rd.tables, dbi, &c), 0);
    assert_int_equal(mdb_cursor_get(c, &k, &v, MDB_FIRST), MDB_CORRUPTED);
    mdb_cursor_close(c);
    qp_read_end(&rd);
    assert_true(qp_store_doubtful(r->s));
    rig_close(r, true);
}

static void a_turn_that_met_a_changed_row_is_not_kept(void **state)
{
    struct rig *r = *state;
    uint8_t buf[RIG_PARCEL], key[8];
    struct qp_slice p = rig_parcel(buf, 5);
    struct qp_txn t;
    MDB_val v;
    rig_open(r);
    rig_turn(r, 9);
    rig_close(r, true);
    rig_flip(r, "tables/data.mdb", p.p, ROW, 50, 3);
    rig_open(r);
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    qp_be64(key, 5);
    assert_int_equal(qp_get(t.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, &v), QP_ECORRUPT);
    rig_write(r, &t, 10); /* as if the row were not there */
    assert_int_equal(qp_store_commit_journal(&t, &r->e), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "makes the tables again"));
    qp_store_abort(&t);
    rig_reopen(r, false);
    assert_int_equal(rig_head(r), 9);
    assert_true(qp_store_remade(r->s));
}

static void what_is_put_is_read_by_every_way(void **state)
{
    struct rig *r = *state;
    struct qp_txn t;
    uint8_t key[8] = "one key";
    MDB_cursor *c;
    rig_open(r);
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    MDB_dbi dbi = qp_store_dbi(r->s, QP_T_CELL);
    assert_int_equal(mdb_cursor_open(t.tables, dbi, &c), 0);
    for (size_t len = 0; len < 40; len++) {
        uint8_t value[40];
        memset(value, (int)len + 1, sizeof value);
        MDB_val k = {8, key}, v = {len, value}, out;
        if (len % 3 == 0)
            assert_int_equal(qp_put(t.tables, dbi, key, 8, value, len, &r->e), 0);
        else if (len % 3 == 1)
            assert_int_equal(mdb_put(t.tables, dbi, &k, &v, 0), 0);
        else
            assert_int_equal(mdb_cursor_put(c, &k, &v, 0), 0);
        assert_int_equal(qp_get(t.tables, dbi, key, 8, &out), 0);
        assert_int_equal(out.mv_size, len);
        assert_memory_equal(out.mv_data, value, len);
        assert_int_equal(mdb_cursor_get(c, &k, &out, MDB_SET), 0);
        assert_int_equal(out.mv_size, len);
        v = (MDB_val){3, value};
        assert_int_equal(mdb_put(t.tables, dbi, &k, &v, MDB_NOOVERWRITE), MDB_KEYEXIST);
        assert_int_equal(v.mv_size, len); /* what is there */
    }
    mdb_cursor_close(c);
    qp_store_abort(&t);
    assert_false(qp_store_doubtful(r->s));
    rig_close(r, true);
}

/* LMDB follows what stands before a row unasked: a flag that makes it a table of its own, or a length far behind the file's end. */
static void a_row_at_which_lmdb_itself_dies_ends_one_start_alone(void **state)
{
    static const size_t at[] = {4, 3};
    static const unsigned bit[] = {2, 5};
    struct rig *r = *state;
    uint8_t got[ROW], node[16] = {ROW + QP_ROW_CHECK, 0, 0, 0, 0, 0, 8};
    qp_be64(node + 8, 5);
    for (size_t i = 0; i < 2; i++) {
        rig_open(r);
        rig_turn(r, 9);
        rig_close(r, true);
        rig_flip(r, "tables/data.mdb", node, sizeof node, at[i], bit[i]);
        fflush(NULL);
        pid_t child = fork();
        if (child == 0) {
            signal(SIGSEGV, SIG_DFL); /* cmocka's would go on with the next test */
            signal(SIGBUS, SIG_DFL);
            qp_store_mind_faults();
            rig_open(r);
            row(r, 5, got);
            _exit(0);
        }
        int how;
        assert_int_equal(waitpid(child, &how, 0), child);
        assert_true(WIFSIGNALED(how));
        rig_open(r);
        assert_true(qp_store_remade(r->s));
        rig_close(r, true);
        rig_remove(r, "journal");
        rig_remove(r, "tables");
        rig_remove(r, "heads");
    }
}

static void a_table_that_has_lost_its_name_is_not_an_empty_one(void **state)
{
    static const char name[] = "\0\0\2\0\6\0matter"; /* of LMDB's node the size's end, flags, key */
    struct rig *r = *state;
    rig_open(r);
    rig_turn(r, 9);
    rig_close(r, true);
    rig_flip(r, "tables/data.mdb", name, sizeof name - 1, 8, 0); /* matter becomes maut… */
    rig_open(r);
    assert_true(qp_store_stale(r->s)); /* they are made again: nobody is told that there are no matters */
}

enum { MANY = 6000, HIDDEN = 3000 };

/* LMDB's node before a row of the rig: size of the value 2 + 2, flags 2, size of the key 2, key; then the value. */
static void node_of(uint8_t node[16], uint64_t n)
{
    memset(node, 0, 8);
    node[0] = ROW + QP_ROW_CHECK;
    node[6] = 8;
    qp_be64(node + 8, n);
}

static unsigned scrub(struct rig *r)
{
    unsigned slices = 1;
    while (!qp_store_scrub_tables(r->s, 1000))
        assert_true(++slices < 100);
    return slices;
}

static void a_key_that_searches_only_pass_over_is_found_by_the_walk(void **state)
{
    struct rig *r = *state;
    struct qp_store_damage d;
    uint8_t node[16];
    rig_open(r);
    rig_turn(r, MANY);
    assert_true(scrub(r) > 1);
    qp_store_damage(r->s, &d);
    assert_int_equal(d.scrub.table_passes, 1);
    assert_int_equal(d.scrub.rows, MANY + 1); /* and the note of where the tables stand */
    assert_int_equal(d.scrub.tables_finished_us, 1000);
    assert_false(qp_store_doubtful(r->s));
    rig_close(r, true);
    node_of(node, HIDDEN);
    rig_flip(r, "tables/data.mdb", node, sizeof node, 8, 7); /* in the middle, and the greatest of all now */
    rig_open(r);
    assert_false(rig_has_row(r, HIDDEN)); /* and no reading has found that anything was wrong */
    assert_false(qp_store_doubtful(r->s));
    scrub(r);
    assert_true(qp_store_doubtful(r->s));
    qp_store_damage(r->s, &d);
    assert_int_equal(d.scrub.table_passes, 0); /* no whole one */
    rig_reopen(r, true);
    assert_true(qp_store_remade(r->s));
}

static void rows_that_come_and_go_while_it_walks_are_no_damage(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    for (unsigned i = 0; i < 60; i++) {
        rig_turn(r, 200);
        struct qp_txn t;
        assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
        for (uint64_t n = i * 200 + 1; n < i * 200 + 90; n++) {
            uint8_t key[8];
            qp_be64(key, n);
            assert_int_equal(qp_del(t.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, &r->e), 0);
        }
        assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
        assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
        qp_store_scrub_tables(r->s, 1);
    }
    scrub(r);
    assert_false(qp_store_doubtful(r->s));
}

/* Tables that cannot be made again are not thrown away, as `qipan rebuild` does not either. */
static void doubtful_tables_stay_while_the_journal_lacks_a_record(void **state)
{
    struct rig *r = *state;
    uint8_t five[RIG_PARCEL], three[RIG_PARCEL], got[ROW];
    struct qp_slice p = rig_parcel(five, 5), q = rig_parcel(three, 3);
    rig_open(r);
    rig_turn(r, 9);
    rig_close(r, true);
    rig_flip(r, "tables/data.mdb", p.p, ROW, 50, 3);
    rig_flip(r, "journal/data.mdb", q.p, 16, 20, 1);
    rig_open(r);
    assert_int_equal(row(r, 5, got), QP_ECORRUPT);
    rig_reopen(r, true);
    assert_false(qp_store_stale(r->s));
    assert_false(qp_store_remade(r->s));
    assert_true(qp_store_doubtful(r->s)); /* it is known, and told */
    assert_int_equal(row(r, 3, got), 0);  /* what the journal lacks is here */
    rig_turn(r, 1);                       /* and all else goes on */
    rig_close(r, true);
    rig_flip(r, "journal/data.mdb", q.p, 16, 20, 1); /* mended */
    rig_open(r);
    assert_true(qp_store_stale(r->s));
    assert_true(qp_store_remade(r->s));
    assert_false(qp_store_doubtful(r->s));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_up_fast, rig_down)
    const struct CMUnitTest tests[] = {
        T(every_flipped_bit_of_a_row_is_found),
        T(a_row_under_another_key_is_found),
        T(a_turn_that_met_a_changed_row_is_not_kept),
        T(what_is_put_is_read_by_every_way),
        T(doubtful_tables_stay_while_the_journal_lacks_a_record),
        T(a_key_that_searches_only_pass_over_is_found_by_the_walk),
        T(rows_that_come_and_go_while_it_walks_are_no_damage),
        T(a_table_that_has_lost_its_name_is_not_an_empty_one),
        T(a_row_at_which_lmdb_itself_dies_ends_one_start_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
