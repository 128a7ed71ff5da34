/* use_test.c: quotas that fill up leave what was committed whole, and room comes back where it was freed. */
#include "tests/unit/store/rig.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <unistd.h>

#include "node/store/inside.h"

/* One record of 4 KB and nothing in the tables. */
static int journal_turn(struct rig *r)
{
    static const uint8_t bytes[4096] = {1};
    struct qp_txn t;
    struct qp_record rec = {.kind = QP_RECORD_OWN, .lane = QP_LANE_BULK, .parcel = {bytes, sizeof bytes}};
    int rc = qp_store_begin(r->s, &t, &r->e);
    if (rc)
        return rc;
    rc = qp_journal_append(&t, &rec, &r->e);
    if (!rc)
        rc = qp_tables_set_position(&t, t.head, &t.head_hash, &r->e);
    if (!rc)
        rc = qp_store_commit_journal(&t, &r->e);
    if (!rc)
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
    while (!(rc = journal_turn(r))) {
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
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
    rig_close(r, true);
    r->o.journal_map = 2 << 20; /* the quota is raised: it goes on */
    rig_open(r);
    assert_false(qp_store_full(r->s));
    assert_int_equal(journal_turn(r), 0);
    assert_int_equal(rig_head(r), n + 1);
}

/* Needs the right to mount; says so where it has not. */
static void a_full_disk_stops_the_store_and_leaves_earlier_turns_whole(void **state)
{
    struct rig *r = *state;
    if (mount("none", r->dir, "tmpfs", 0, "size=2m") != 0) {
        print_message("no right to mount a small disk: not looked at\n");
        skip();
    }
    r->o.journal_map = r->o.tables_map = 64 << 20;
    rig_open(r);
    uint64_t n = 0, warned_at = 0;
    int rc;
    while (!(rc = journal_turn(r))) {
        n++;
        if (warned_at == 0 && qp_store_full(r->s))
            warned_at = n;
    }
    assert_int_equal(rc, QP_EIO);
    assert_int_equal(journal_turn(r), QP_EIO); /* poisoned: nothing is tried a second time */
    assert_true(warned_at > 0 && warned_at < n);
    rig_close(r, true);
    assert_int_equal(mount("none", r->dir, "tmpfs", MS_REMOUNT, "size=8m"),
                     0); /* room came back, and a new start */
    rig_open(r);
    assert_true(rig_head(r) >= n &&
                rig_head(r) <= n + 1); /* the last turn may have got as far as its journal */
    assert_true(rig_position(r) >= n && rig_position(r) <= rig_head(r));
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
    assert_false(qp_store_rolled_back(r->s));
    assert_int_equal(journal_turn(r), 0);
    rig_close(r, true);
    assert_int_equal(umount(r->dir), 0);
}

static int tables_turn(struct rig *r, uint64_t n)
{
    static const uint8_t row[2000];
    struct qp_txn t;
    uint8_t key[8];
    qp_be64(key, n);
    int rc = qp_store_begin(r->s, &t, &r->e);
    if (rc)
        return rc;
    rc = qp_put(t.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, row, sizeof row, &r->e);
    if (!rc)
        rc = qp_store_commit_journal(&t, &r->e);
    if (!rc)
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
    while (!(rc = tables_turn(r, n)))
        n++;
    assert_int_equal(rc, QP_EFULL);
    assert_true(n > 50 && qp_store_full(r->s));
    for (uint64_t i = 0; i < n; i++)
        assert_true(rig_has_row(r, i));
    assert_int_equal(qp_store_drop_tables(r->s, &r->e), 0);
    assert_int_equal(tables_turn(r, 1), 0); /* freed pages come back a turn later */
    assert_int_equal(tables_turn(r, 2), 0);
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
    int rc = 0;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    rig_write(r, &t, 1);
    for (uint64_t n = 2; !rc; n++) {
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

/* LMDB does not write pages that were taken and freed in one transaction, though its meta page counts them.
 */
static void last_pages_freed_in_their_own_turn_do_not_look_cut(void **state)
{
    struct rig *r = *state;
    static const uint8_t big[200000];
    rig_open(r);
    rig_turns(r, 10); /* so that there is a free list to give them back to */
    struct qp_txn t;
    MDB_dbi dbi = qp_store_dbi(r->s, QP_T_CELL);
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    rig_write(r, &t, 11);
    assert_int_equal(qp_put(t.tables, dbi, "k", 1, big, sizeof big, &r->e), 0);
    assert_int_equal(qp_del(t.tables, dbi, "k", 1, &r->e), 0);
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    struct qp_store_use u;
    MDB_envinfo info;
    assert_int_equal(mdb_env_info(r->s->tables, &info), 0);
    assert_true(info.me_last_pgno > sizeof big / 4096); /* it was so */
    rig_reopen(r, false);
    assert_false(qp_store_stale(r->s));
    qp_store_use(r->s, &u);
    assert_true(u.tables_used < sizeof big); /* and they count as free */
}

static void tables_that_come_and_go_reopen_as_they_were(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    unsigned seed = 7;
    for (unsigned turn = 0; turn < 300; turn++) {
        struct qp_txn t;
        assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
        for (unsigned i = 0; i < 40; i++) {
            uint8_t key[8], row[3000] = {0};
            qp_be64(key, (unsigned)rand_r(&seed) % 300);
            MDB_dbi dbi = qp_store_dbi(r->s, QP_T_CELL);
            if (rand_r(&seed) % 2)
                assert_int_equal(
                    qp_put(t.tables, dbi, key, 8, row, (unsigned)rand_r(&seed) % sizeof row, &r->e), 0);
            else
                assert_int_equal(qp_del(t.tables, dbi, key, 8, &r->e), 0);
        }
        assert_int_equal(qp_tables_set_position(&t, 0, &(struct qp_hash){{0}}, &r->e), 0);
        assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
        assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
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
    static struct qp_read rd[QP_READERS + 3];
    int n = 0, rc;
    while (!(rc = qp_read_begin(r->s, &rd[n], &r->e)))
        n++;
    assert_int_equal(rc, QP_EBUSY);
    assert_in_range(n, QP_READERS, QP_READERS + 2); /* the redo log pins one or two */
    rig_turns(r, 1);                                /* the writer needs none */
    while (n > 0)
        qp_read_end(&rd[--n]);
    assert_int_equal(rig_head(r), 2);
}

struct beside {
    struct rig *r;
    atomic_bool *end;
    unsigned rounds, wrong;
};

/* What a reader sees is one moment of a whole history: every row up to the tables' position, and the journal
 * not behind it. */
static void *read_beside(void *arg)
{
    struct beside *b = arg;
    while (!atomic_load(b->end)) {
        struct qp_read rd;
        struct qp_record rec;
        if (qp_read_begin(b->r->s, &rd, NULL))
            return NULL;
        uint64_t position = qp_tables_position(rd.tables, b->r->s),
                 head = qp_journal_head(rd.journal, b->r->s, NULL);
        uint8_t key[8];
        MDB_val v;
        qp_be64(key, position);
        b->wrong += head < position;
        if (position > 0) {
            b->wrong += !!qp_get(rd.tables, qp_store_dbi(b->r->s, QP_T_MATTER), key, sizeof key, &v);
            b->wrong += !!qp_journal_get(rd.journal, b->r->s, position, &rec, NULL);
        }
        qp_read_end(&rd);
        b->rounds++;
    }
    return NULL;
}

static void *sync_beside(void *arg)
{
    struct beside *b = arg;
    while (!atomic_load(b->end)) {
        struct qp_store_use u;
        b->wrong += qp_store_sync_tables(b->r->s, NULL) || qp_store_full(b->r->s);
        qp_store_use(b->r->s, &u);
        b->rounds++;
    }
    return NULL;
}

static void readers_and_a_syncer_go_on_beside_the_writer(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    atomic_bool end = false;
    struct beside b[3] = {{r, &end, 0, 0}, {r, &end, 0, 0}, {r, &end, 0, 0}};
    pthread_t thread[3];
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, i < 2 ? read_beside : sync_beside, &b[i]), 0);
    for (unsigned turn = 0; turn < 200; turn++)
        rig_turn(r, 1 + turn % 5);
    atomic_store(&end, true);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
        assert_true(b[i].rounds > 0);
        assert_int_equal(b[i].wrong, 0);
    }
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

/* The rule of 80 and 90 % is for disks on which the maps cannot grow to their quotas. */
static void a_disk_that_has_all_that_may_be_taken_is_roomy(void **state)
{
    (void)state;
    uint64_t gb = 1000000000;
    assert_int_equal(qp_disk_room(48 * gb, 252 * gb, 32 * gb), QP_DISK_ROOMY);
    assert_int_equal(qp_disk_room(32 * gb, 1000 * gb, 32 * gb), QP_DISK_ROOMY);
    assert_int_equal(qp_disk_room(30 * gb, 252 * gb, 32 * gb), QP_DISK_CLOSE);
    assert_int_equal(qp_disk_room(30 * gb, 100 * gb, 32 * gb), QP_DISK_ROOMY);
    assert_int_equal(qp_disk_room(9 * gb, 100 * gb, 32 * gb), QP_DISK_FULL);
    assert_int_equal(qp_disk_room(11 * gb, 100 * gb, 32 * gb), QP_DISK_CLOSE);
    assert_int_equal(qp_disk_room(0, 0, 1), QP_DISK_ROOMY); /* a file system that tells nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_full_journal_says_so_and_keeps_what_it_has),
        T(a_full_disk_stops_the_store_and_leaves_earlier_turns_whole),
        T(full_tables_refuse_the_turn_and_emptying_makes_room),
        T(a_turn_whose_tables_were_full_cannot_be_committed),
        T(last_pages_freed_in_their_own_turn_do_not_look_cut),
        T(tables_that_come_and_go_reopen_as_they_were),
        T(reading_all_seats_taken_is_busy_not_broken),
        T(readers_and_a_syncer_go_on_beside_the_writer),
        T(use_counts_the_quotas_and_the_disk),
        T(a_disk_that_has_all_that_may_be_taken_is_roomy),
    };
    return cmocka_run_group_tests_name("use", tests, NULL, NULL);
}
