/* redo_test.c: the power fails at any moment (power.h); whatever had been acknowledged is there, whole, and
 * nothing else. And what the redo log saves: syncs. QP_ROUNDS makes it longer. */
#include "tests/unit/store/power.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/store/inside.h"

enum { ROUNDS = 16, TURNS = 300 };

static int rounds(void)
{
    const char *given = getenv("QP_ROUNDS");
    return given ? (int)strtol(given, NULL, 10) : ROUNDS;
}

/* 300 records are no entry any more. */
static unsigned size_of_turn(bool some_big, unsigned *seed)
{
    unsigned lot = (unsigned)rand_r(seed) % 100;
    return lot < 70 ? 1 : lot < 97 || !some_big ? 2 + (unsigned)rand_r(seed) % 40 : 300;
}

/* Turns, now and then a checkpoint as the other thread would do it, and the end at some place of the last
 * turn.
 */
static void one_life(struct rig *r, unsigned *seed)
{
    struct qp_txn t;
    char redo[160];
    snprintf(redo, sizeof redo, "%s/journal/redo", r->dir);
    uint64_t acknowledged = rig_head(r);
    bool some_big = rand_r(seed) % 2 == 0; /* each of them makes a base: without them checkpoints do */
    for (unsigned turns = (unsigned)rand_r(seed) % TURNS; turns > 0; turns--) {
        rig_turn(r, size_of_turn(some_big, seed));
        acknowledged = r->s->head;
        if (qp_store_checkpoint_wanted(r->s) && rand_r(seed) % 8 == 0)
            assert_int_equal(qp_store_checkpoint(r->s, &r->e), 0);
    }
    struct image before = image_load(redo);
    int place = rand_r(seed) % 4;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    for (unsigned i = size_of_turn(some_big, seed); i > 0; i--)
        rig_write(r, &t, t.head + 1);
    uint64_t written = t.head;
    if (place >= 1)
        assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    if (place >= 3)
        assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    bool torn = place == 1;
    qp_store_abort(&t);
    if (place >= 2) /* commit_journal has returned: neighbours may have it */
        acknowledged = written;
    power_fails(r, torn ? &before : NULL, seed);
    is_whole(r, acknowledged, place == 0 ? acknowledged : written);
    free(before.p);
}

static void what_was_acknowledged_survives_a_power_failure(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    r->o.journal_map = r->o.tables_map = 256 << 20;
    rig_open(r);
    disk_watch(r);
    for (int round = 0; round < rounds(); round++) {
        one_life(r, &seed);
        disk_watch(r);
        if (rand_r(&seed) % 4 == 0) {
            rig_reopen(r, rand_r(&seed) % 2 == 0); /* or the process ends, cleanly or not */
            disk_watch(r);
        }
    }
    print_message("%d power failures, %llu records, %u syncs\n", rounds(), (unsigned long long)rig_head(r),
                  disk.syncs);
}

/* Both in one: the process is killed, its successor begins to write, and then the power fails. */
static void what_a_killed_process_left_unsynced_survives_too(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    r->o.journal_map = r->o.tables_map = 64 << 20;
    rig_open(r);
    disk_watch(r);
    for (int round = 0; round < rounds() / 3; round++) {
        struct qp_txn t;
        rig_turns(r, (unsigned)rand_r(&seed) % 100);
        assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
        rig_write(r, &t, t.head + 1);
        uint64_t head = t.head;
        assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
        qp_store_abort(&t);
        rig_reopen(r, false); /* the last turn is in the redo log alone */
        assert_int_equal(rig_head(r), head);
        rig_turns(r, (unsigned)rand_r(&seed) % 100);
        head = r->s->head;
        power_fails(r, NULL, &seed);
        is_whole(r, head, head);
        disk_watch(r);
    }
}

/* The kernel takes pages that it could not write for written: a second sync would say yes. */
static void after_a_failed_sync_the_page_cache_is_not_believed(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    r->o.journal_map = r->o.tables_map = 64 << 20;
    rig_open(r);
    for (int round = 0; round < 6; round++) { /* by lot all pages may be there after all */
        disk_watch(r);
        while (!qp_store_checkpoint_wanted(r->s))
            rig_turns(r, 1);
        uint64_t head = r->s->head;
        disk.fail = 1;
        assert_int_equal(qp_store_checkpoint(r->s, &r->e), QP_EIO);
        assert_non_null(strstr(r->e.text, "cannot be synced"));
        struct qp_txn t;
        assert_int_equal(qp_store_begin(r->s, &t, &r->e), QP_EIO);
        const char *boot = r->o.boot_id;
        power_fails(r, NULL, &seed); /* some pages are the older ones */
        r->o.boot_id = boot;         /* but it is the same boot */
        is_whole(r, head, head);
    }
}

static void what_was_closed_cleanly_is_opened_without_a_sync(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    disk_watch(r);
    unsigned before = disk.syncs;
    rig_open(r);
    assert_int_equal(rig_head(r), 9);
    assert_int_equal(disk.syncs, before);
    rig_turns(r, 1); /* the first turn makes a base */
    assert_true(disk.syncs > before);
}

/* What was closed cleanly has no pin and no entry: its first turn must not put it at risk. */
static void a_power_failure_within_the_first_commit_loses_nothing(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    rig_open(r);
    for (uint64_t head = 9; head <= 54; head += 9) {
        rig_turns(r, 9);
        rig_close(r, true);
        disk_watch(r);
        pid_t child = fork();
        if (child == 0) {
            struct qp_txn t;
            rig_open(r);
            if (qp_store_begin(r->s, &t, &r->e))
                _exit(1);
            for (int i = 0; i < 100; i++)
                rig_write(r, &t, t.head + 1);
            disk.kill = true;
            qp_store_commit_journal(&t, &r->e);
            _exit(2);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
        power_fails(r, NULL, &seed);
        is_whole(r, head, head);
    }
}

/* The tables are believed at the next start only when all of them is on the disk: the mark goes after that. */
static void a_power_failure_within_a_close_in_order_loses_nothing_and_spoils_no_table(void **state)
{
    enum { TURNS_OF = 8, EACH = 30, HEAD = TURNS_OF * EACH, LOTS = 2 };
    struct rig *r = *state;
    unsigned seed = seed_of_run(), failures = 0;
    for (unsigned nth = 1, stopped = 1; stopped > 0; nth++) {
        stopped = 0;
        for (int lot = 0; lot < LOTS; lot++) {
            rig_open(r);
            disk_watch(r);
            for (int i = 0; i < TURNS_OF; i++)
                rig_turn(r, EACH);
            disk_stop(nth);
            rig_close(r, true);
            stopped += disk_stopped(r, &seed);
            is_whole(r, HEAD, HEAD);
            uint64_t position = rig_position(r);
            assert_true(position == HEAD || (stopped > 0 && position == 0 && !qp_store_was_clean(r->s)));
            for (uint64_t n = 1; n <= HEAD; n++)
                assert_int_equal(rig_has_row(r, n), n <= position);
            rig_close(r, false);
            rig_remove(r, "journal");
            rig_remove(r, "tables");
            rig_remove(r, "heads");
        }
        assert_true(stopped == 0 || stopped == LOTS);
        failures += stopped;
    }
    assert_true(failures >= 2 * LOTS); /* of the tables, and of the journal */
    print_message("%u power failures within a close\n", failures);
}

static void a_log_that_nobody_checkpoints_is_checkpointed_by_a_turn(void **state)
{
    struct rig *r = *state;
    r->o.journal_map = r->o.tables_map = 64 << 20;
    rig_open(r);
    disk_watch(r);
    unsigned before = disk.syncs;
    rig_turns(r, 3 * QP_REDO_RING);
    assert_in_range(disk.syncs - before, 2, 6);
    assert_int_equal(rig_head(r), 3 * QP_REDO_RING);
}

/* Entries of three blocks: 256 is no multiple of it, so that one block stays empty at the ring's end. */
static void a_log_that_has_gone_round_its_ring_is_read_to_its_end(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    r->o.journal_map = r->o.tables_map = 64 << 20;
    rig_open(r);
    disk_watch(r);
    const struct qp_redo *redo = &r->s->redo;
    for (int turns = 0; redo->base.block == 0 || redo->block >= redo->base.block; turns++) {
        assert_true(turns < QP_REDO_RING);
        rig_turn(r, 20);
        if (qp_store_checkpoint_wanted(r->s) && redo->base.block == 0)
            assert_int_equal(qp_store_checkpoint(r->s, &r->e), 0);
    }
    rig_turn(r, 20);
    assert_true(redo->used > 2 * 3);
    uint64_t head = r->s->head;
    power_fails(r, NULL, &seed);
    is_whole(r, head, head);
}

/* What the file system would have to change of its own, at each write, is what an entry must not need. */
static void an_entry_is_one_synchronous_write_into_blocks_that_are_there(void **state)
{
    struct rig *r = *state;
    struct stat st;
    rig_open(r);
    disk_watch(r);
    rig_turns(r, 2);
    unsigned before = disk.syncs;
    assert_int_equal(fstat(r->s->redo.fd, &st), 0);
    blkcnt_t blocks = st.st_blocks;
    assert_true(fcntl(r->s->redo.fd, F_GETFL) & O_DSYNC);
    rig_turns(r, 50);
    assert_int_equal(disk.syncs, before); /* the environment is not synced */
    assert_int_equal(fstat(r->s->redo.fd, &st), 0);
    assert_int_equal(st.st_blocks, blocks);
}

#define D(name) cmocka_unit_test_setup_teardown(name, rig_up, disk_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        D(what_was_acknowledged_survives_a_power_failure),
        D(what_a_killed_process_left_unsynced_survives_too),
        D(after_a_failed_sync_the_page_cache_is_not_believed),
        D(what_was_closed_cleanly_is_opened_without_a_sync),
        D(a_power_failure_within_the_first_commit_loses_nothing),
        D(a_power_failure_within_a_close_in_order_loses_nothing_and_spoils_no_table),
        D(a_log_that_nobody_checkpoints_is_checkpointed_by_a_turn),
        D(a_log_that_has_gone_round_its_ring_is_read_to_its_end),
        D(an_entry_is_one_synchronous_write_into_blocks_that_are_there),
    };
    return cmocka_run_group_tests_name("redo", tests, NULL, NULL);
}
