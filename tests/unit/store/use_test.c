/* use_test.c: quotas that fill up leave what was committed whole, and room comes back where it was freed. */
#include "tests/unit/store/rig.h"

#include <unistd.h>

#include "node/store/inside.h"

/* One record of 4 KB and nothing in the tables. */
static int journal_turn(struct rig *r)
{
    static const uint8_t bytes[4096] = {1};
    struct qp_txn t;
    struct qp_record rec = {.kind = QP_RECORD_OWN, .lane = QP_LANE_BULK, .parcel = {bytes, sizeof bytes}};
    int rc = qp_store_begin(r->s, &t, &r->e);
    if (rc != QP_OK)
        return rc;
    rc = qp_journal_append(&t, &rec, &r->e);
    if (rc == QP_OK)
        rc = qp_tables_set_position(&t, t.head, &t.head_hash, &r->e);
    if (rc == QP_OK)
        rc = qp_store_commit_journal(&t, &r->e);
    if (rc == QP_OK)
        rc = qp_store_commit_tables(&t, &r->e);
    qp_store_abort(&t);
    return rc;
}

static void a_full_journal_says_so_and_keeps_what_it_has(void **state)
{
    struct rig *r = *state;
    r->o.journal_map = 1 << 20;
    rig_open(r);
    uint64_t n = 0;
    bool warned = false;
    int rc;
    while ((rc = journal_turn(r)) == QP_OK) {
        n++;
        if (!warned && qp_store_full(r->s)) {
            warned = true;
            struct qp_store_use u;
            qp_store_use(r->s, &u);
            assert_true(u.journal_used * 100 > u.journal_size * 85 && u.journal_used < u.journal_size);
            assert_int_equal(u.journal_size, 1 << 20);
        }
    }
    assert_int_equal(rc, QP_EFULL);
    assert_true(warned && n > 50);
    assert_int_equal(journal_turn(r), QP_EFULL); /* said again, not worse */
    assert_int_equal(rig_head(r), n);
    assert_int_equal(rig_position(r), n);
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), QP_OK);
    rig_close(r, true);
    r->o.journal_map = 2 << 20; /* the quota is raised: it goes on */
    rig_open(r);
    assert_false(qp_store_full(r->s));
    assert_int_equal(journal_turn(r), QP_OK);
    assert_int_equal(rig_head(r), n + 1);
}

static int tables_turn(struct rig *r, uint64_t n)
{
    static const uint8_t row[2000];
    struct qp_txn t;
    uint8_t key[8];
    qp_be64(key, n);
    int rc = qp_store_begin(r->s, &t, &r->e);
    if (rc != QP_OK)
        return rc;
    rc = qp_put(t.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, row, sizeof row, &r->e);
    if (rc == QP_OK)
        rc = qp_store_commit_journal(&t, &r->e);
    if (rc == QP_OK)
        rc = qp_store_commit_tables(&t, &r->e);
    qp_store_abort(&t);
    return rc;
}

static void full_tables_refuse_the_turn_and_emptying_makes_room(void **state)
{
    struct rig *r = *state;
    r->o.tables_map = 1 << 20;
    rig_open(r);
    uint64_t n = 0;
    int rc;
    while ((rc = tables_turn(r, n)) == QP_OK)
        n++;
    assert_int_equal(rc, QP_EFULL);
    assert_true(n > 50 && qp_store_full(r->s));
    for (uint64_t i = 0; i < n; i++)
        assert_true(rig_has_row(r, i));
    assert_int_equal(qp_store_drop_tables(r->s, &r->e), QP_OK);
    assert_int_equal(tables_turn(r, 1), QP_OK); /* freed pages come back a turn later */
    assert_int_equal(tables_turn(r, 2), QP_OK);
    assert_false(qp_store_full(r->s)); /* the file is as long as before, its pages are free */
}

/* The journal must never hold a turn that the tables refused. */
static void a_turn_whose_tables_were_full_cannot_be_committed(void **state)
{
    struct rig *r = *state;
    r->o.tables_map = 1 << 20;
    rig_open(r);
    struct qp_txn t;
    static const uint8_t row[60000];
    uint8_t key[8];
    int rc = QP_OK;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), QP_OK);
    rig_write(r, &t, 1);
    for (uint64_t n = 2; rc == QP_OK; n++) {
        qp_be64(key, n);
        rc = qp_put(t.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, row, sizeof row, &r->e);
    }
    assert_int_equal(rc, QP_EFULL);
    assert_int_equal(qp_put(t.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, row, 1, &r->e),
                     QP_EFULL);
    assert_int_equal(qp_store_commit_journal(&t, &r->e), QP_EFULL);
    qp_store_abort(&t);
    assert_int_equal(rig_head(r), 0);
    rig_turn(r, 1); /* not poisoned */
    assert_int_equal(rig_head(r), 1);
}

static void tables_that_come_and_go_reopen_as_they_were(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    unsigned seed = 7;
    for (unsigned turn = 0; turn < 300; turn++) {
        struct qp_txn t;
        assert_int_equal(qp_store_begin(r->s, &t, &r->e), QP_OK);
        for (unsigned i = 0; i < 40; i++) {
            uint8_t key[8], row[3000] = {0};
            qp_be64(key, (unsigned)rand_r(&seed) % 300);
            MDB_dbi dbi = qp_store_dbi(r->s, QP_T_CELL);
            if (rand_r(&seed) % 2)
                assert_int_equal(
                    qp_put(t.tables, dbi, key, 8, row, (unsigned)rand_r(&seed) % sizeof row, &r->e), QP_OK);
            else
                assert_int_equal(qp_del(t.tables, dbi, key, 8, &r->e), QP_OK);
        }
        assert_int_equal(qp_tables_set_position(&t, 0, &(struct qp_hash){{0}}, &r->e), QP_OK);
        assert_int_equal(qp_store_commit_journal(&t, &r->e), QP_OK);
        assert_int_equal(qp_store_commit_tables(&t, &r->e), QP_OK);
        if (turn % 20 == 0) { /* a last page freed in its own transaction must not look like a cut file */
            rig_reopen(r, false);
            assert_false(qp_store_stale(r->s));
        }
    }
}

static void reading_all_seats_taken_is_busy_not_broken(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 1);
    static struct qp_read rd[QP_READERS + 1];
    int n = 0, rc;
    while ((rc = qp_read_begin(r->s, &rd[n], &r->e)) == QP_OK)
        n++;
    assert_int_equal(rc, QP_EBUSY);
    assert_int_equal(n, QP_READERS);
    rig_turns(r, 1); /* the writer needs none */
    while (n > 0)
        qp_read_end(&rd[--n]);
    assert_int_equal(rig_head(r), 2);
}

static void use_counts_the_quotas_and_the_disk(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 10);
    struct qp_store_use u;
    qp_store_use(r->s, &u);
    assert_int_equal(u.journal_size, 8 << 20);
    assert_int_equal(u.tables_size, 8 << 20);
    assert_true(u.journal_used >= 3 * 4096 && u.journal_used < u.journal_size);
    assert_true(u.tables_used >= 3 * 4096 && u.tables_used < u.tables_size);
    assert_true(u.disk_total > 0 && u.disk_free <= u.disk_total);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up_fast, rig_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_full_journal_says_so_and_keeps_what_it_has),
        T(full_tables_refuse_the_turn_and_emptying_makes_room),
        T(a_turn_whose_tables_were_full_cannot_be_committed),
        T(tables_that_come_and_go_reopen_as_they_were),
        T(reading_all_seats_taken_is_busy_not_broken),
        T(use_counts_the_quotas_and_the_disk),
    };
    return cmocka_run_group_tests_name("use", tests, NULL, NULL);
}
