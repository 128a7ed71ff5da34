/* redo_test.c: the power fails at any moment; whatever had been acknowledged is there, whole, and nothing
 * else.
 *
 *   file      what is written ─► page cache ─► [fdatasync] ─► shadow: what the disk holds for sure
 *   failure   each 512 bytes of the environment that differ: the shadow's or the page cache's, by lot
 *             the entry that was just being written: each 512 bytes the old or the new, by lot
 *
 * This program's own fdatasync takes LMDB's place in front of the C library's: that is how the shadow knows,
 * and how a sync can be made to fail. QP_SEED repeats a run,
 * QP_ROUNDS makes it longer. */
#include "tests/unit/store/rig.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/store/inside.h"

enum { SECTOR = 512, ROUNDS = 16, TURNS = 300 };

struct image {
    uint8_t *p;
    size_t len;
};

static struct {
    char path[128]; /* of the environment's file; "": nobody looks */
    struct image shadow;
    int fail;  /* the next syncs of it that fail */
    bool kill; /* the process ends at the next sync of it, before anything is on the disk */
    unsigned syncs;
} disk;

static struct image load(const char *path)
{
    struct image m = {NULL, 0};
    struct stat st;
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return m;
    assert_int_equal(fstat(fd, &st), 0);
    m.p = malloc((size_t)st.st_size + 1);
    m.len = (size_t)st.st_size;
    assert_non_null(m.p);
    assert_int_equal(pread(fd, m.p, m.len, 0), (ssize_t)m.len);
    close(fd);
    return m;
}

static void save(const char *path, const struct image *m)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    assert_int_equal(pwrite(fd, m->p, m->len, 0), (ssize_t)m->len);
    close(fd);
}

int fdatasync(int fd)
{
    struct stat a, b;
    bool ours = disk.path[0] && fstat(fd, &a) == 0 && stat(disk.path, &b) == 0 && a.st_ino == b.st_ino;
    if (ours && disk.kill)
        _exit(9);
    if (ours && disk.fail > 0) {
        disk.fail--;
        errno = EIO;
        return -1;
    }
    if (ours) {
        free(disk.shadow.p);
        disk.shadow = load(disk.path);
        disk.syncs++;
    }
    return (int)syscall(SYS_fdatasync, fd);
}

static void watch(const struct rig *r)
{
    snprintf(disk.path, sizeof disk.path, "%s/journal/data.mdb", r->dir);
    free(disk.shadow.p);
    disk.shadow = load(disk.path);
    disk.fail = 0;
}

static int down(void **state)
{
    disk.path[0] = 0;
    free(disk.shadow.p);
    disk.shadow.p = NULL;
    return rig_down(state);
}

static unsigned seed_of_run(void)
{
    const char *given = getenv("QP_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();
    print_message("QP_SEED=%u\n", seed);
    return seed;
}

static int rounds(void)
{
    const char *given = getenv("QP_ROUNDS");
    return given ? (int)strtol(given, NULL, 10) : ROUNDS;
}

/* Where the two differ, by lot. What the newer one has more is there as zeros, as itself, or not at all. */
static struct image lottery(const struct image *older, const struct image *newer, unsigned *seed)
{
    struct image m = {malloc(newer->len + 1), newer->len};
    assert_non_null(m.p);
    unsigned kept = (unsigned)rand_r(seed) % 101; /* from nothing that was not synced, to all of it */
    for (size_t at = 0; at < newer->len; at += SECTOR) {
        size_t len = newer->len - at < SECTOR ? newer->len - at : SECTOR;
        bool new = (unsigned)rand_r(seed) % 100 < kept;
        if (new)
            memcpy(m.p + at, newer->p + at, len);
        else if (at + len <= older->len)
            memcpy(m.p + at, older->p + at, len);
        else
            memset(m.p + at, 0, len);
    }
    return m;
}

/* The store is left as it is, and the machine goes down. `before`: the redo log before the write that was
 * under way, or NULL. */
static void power_fails(struct rig *r, const struct image *before, unsigned *seed)
{
    char redo[160], data[128];
    snprintf(redo, sizeof redo, "%s/journal/redo", r->dir);
    memcpy(data, disk.path, sizeof data);
    disk.path[0] = 0;
    rig_close(r, false);
    struct image now = load(data), after = lottery(&disk.shadow, &now, seed);
    save(data, &after);
    if (before) {
        struct image log = load(redo), torn = lottery(before, &log, seed);
        save(redo, &torn);
        free(log.p);
        free(torn.p);
    }
    free(now.p);
    free(after.p);
    rig_remove(r, "journal/lock.mdb");
    static char boot[32];
    snprintf(boot, sizeof boot, "boot %u", (unsigned)rand_r(seed));
    r->o.boot_id = boot;
}

static void check(struct rig *r, uint64_t least, uint64_t most)
{
    rig_open(r);
    struct qp_read rd;
    uint64_t head = rig_head(r);
    if (head < least || head > most)
        fail_msg("the journal ends at %llu; %llu were acknowledged, %llu written", (unsigned long long)head,
                 (unsigned long long)least, (unsigned long long)most);
    assert_true(head == least || head == most); /* a turn is there as a whole or not at all */
    assert_false(qp_store_rolled_back(r->s));
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), QP_OK);
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), QP_OK);
    for (uint64_t n = 1; n <= head; n++) {
        struct qp_record rec;
        uint8_t buf[RIG_PARCEL];
        struct qp_slice want = rig_parcel(buf, n);
        assert_int_equal(qp_journal_get(rd.journal, r->s, n, &rec, &r->e), QP_OK);
        assert_int_equal(rec.parcel.len, want.len);
        assert_memory_equal(rec.parcel.p, want.p, want.len);
    }
    qp_read_end(&rd);
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
            assert_int_equal(qp_store_checkpoint(r->s, &r->e), QP_OK);
    }
    struct image before = load(redo);
    int place = rand_r(seed) % 4;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), QP_OK);
    for (unsigned i = size_of_turn(some_big, seed); i > 0; i--)
        rig_write(r, &t, t.head + 1);
    uint64_t written = t.head;
    if (place >= 1)
        assert_int_equal(qp_store_commit_journal(&t, &r->e), QP_OK);
    if (place >= 3)
        assert_int_equal(qp_store_commit_tables(&t, &r->e), QP_OK);
    bool torn = place == 1;
    qp_store_abort(&t);
    if (place >= 2) /* commit_journal has returned: neighbours may have it */
        acknowledged = written;
    power_fails(r, torn ? &before : NULL, seed);
    check(r, acknowledged, place == 0 ? acknowledged : written);
    free(before.p);
}

static void what_was_acknowledged_survives_a_power_failure(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    r->o.journal_map = r->o.tables_map = 256 << 20;
    rig_open(r);
    watch(r);
    for (int round = 0; round < rounds(); round++) {
        one_life(r, &seed);
        watch(r);
        if (rand_r(&seed) % 4 == 0) {
            rig_reopen(r, rand_r(&seed) % 2 == 0); /* or the process ends, cleanly or not */
            watch(r);
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
    watch(r);
    for (int round = 0; round < rounds() / 3; round++) {
        struct qp_txn t;
        rig_turns(r, (unsigned)rand_r(&seed) % 100);
        assert_int_equal(qp_store_begin(r->s, &t, &r->e), QP_OK);
        rig_write(r, &t, t.head + 1);
        uint64_t head = t.head;
        assert_int_equal(qp_store_commit_journal(&t, &r->e), QP_OK);
        qp_store_abort(&t);
        rig_reopen(r, false); /* the last turn is in the redo log alone */
        assert_int_equal(rig_head(r), head);
        rig_turns(r, (unsigned)rand_r(&seed) % 100);
        head = r->s->head;
        power_fails(r, NULL, &seed);
        check(r, head, head);
        watch(r);
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
        watch(r);
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
        check(r, head, head);
    }
}

static void what_was_closed_cleanly_is_opened_without_a_sync(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    watch(r);
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
        watch(r);
        pid_t child = fork();
        if (child == 0) {
            struct qp_txn t;
            rig_open(r);
            if (qp_store_begin(r->s, &t, &r->e) != QP_OK)
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
        check(r, head, head);
    }
}

static void a_log_that_nobody_checkpoints_is_checkpointed_by_a_turn(void **state)
{
    struct rig *r = *state;
    r->o.journal_map = r->o.tables_map = 64 << 20;
    rig_open(r);
    watch(r);
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
    watch(r);
    const struct qp_redo *redo = &r->s->redo;
    for (int turns = 0; redo->base.block == 0 || redo->block >= redo->base.block; turns++) {
        assert_true(turns < QP_REDO_RING);
        rig_turn(r, 20);
        if (qp_store_checkpoint_wanted(r->s) && redo->base.block == 0)
            assert_int_equal(qp_store_checkpoint(r->s, &r->e), QP_OK);
    }
    rig_turn(r, 20);
    assert_true(redo->used > 2 * 3);
    uint64_t head = r->s->head;
    power_fails(r, NULL, &seed);
    check(r, head, head);
}

/* What the file system would have to change of its own, at each write, is what an entry must not need. */
static void an_entry_is_one_synchronous_write_into_blocks_that_are_there(void **state)
{
    struct rig *r = *state;
    struct stat st;
    rig_open(r);
    watch(r);
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

static void a_damaged_entry_with_others_behind_it_is_told(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    rig_open(r);
    watch(r);
    rig_turns(r, 20);
    uint32_t block = r->s->redo.block;
    power_fails(r, NULL, &seed);
    rig_copy(r, "journal", "kept");
    rig_flip(r, "journal/redo", NULL, 0, (QP_REDO_BASES + block - 5) * QP_REDO_BLOCK + 200, 3);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "stands behind it"));
    rig_copy(r, "kept", "journal");
    check(r, 20, 20);
}

static void a_log_without_a_base_or_cut_short_is_told(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 3);
    rig_close(r, true);
    rig_copy(r, "journal", "kept");
    for (size_t i = 0; i < QP_REDO_BASES; i++)
        rig_flip(r, "journal/redo", NULL, 0, i * QP_REDO_BLOCK + 60, 1);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    rig_copy(r, "kept", "journal");
    rig_cut(r, "journal/redo", 3 * QP_REDO_BLOCK);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    rig_copy(r, "kept", "journal");
    rig_flip(r, "journal/redo", NULL, 0, (size_t)(r->o.journal_map ? 60 : 0), 1); /* one base is enough */
    rig_open(r);
    assert_int_equal(rig_head(r), 3);
}

/* The process ended between the file's making and its first base. */
static void a_log_that_was_never_used_is_made_again(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 3);
    rig_close(r, true);
    for (int half = 0; half < 2; half++) {
        rig_cut(r, "journal/redo", 0);
        if (half == 0)
            rig_cut(r, "journal/redo", 5 * QP_REDO_BLOCK);
        rig_open(r);
        assert_int_equal(rig_head(r), 3 + (uint64_t)half);
        rig_turns(r, 1);
        rig_close(r, true);
    }
}

static void refused(struct rig *r, const char *words)
{
    r->e.text[0] = 0;
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    if (!strstr(r->e.text, words) || !strstr(r->e.text, "join again"))
        fail_msg("%s", r->e.text);
}

static void older_data_beside_the_newest_log_are_refused_after_a_clean_end_too(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    rig_copy(r, "journal/data.mdb", "older");
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    rig_copy(r, "journal", "good");
    rig_copy(r, "older", "journal/data.mdb");
    refused(r, "of different moments");
    rig_remove(r, "heads"); /* the log alone tells as well */
    refused(r, "of different moments");
    rig_copy(r, "good", "journal");
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, false); /* not in order, the same boot */
    rig_copy(r, "older", "journal/data.mdb");
    refused(r, "of different moments");
}

static void a_journal_that_went_on_without_its_log_is_refused(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    rig_copy(r, "journal/redo", "older");
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    rig_copy(r, "older", "journal/redo");
    refused(r, "of different moments");
}

static void a_log_that_is_missing_or_emptied_is_refused_when_the_node_did_not_end_in_order(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    rig_open(r);
    watch(r);
    rig_turns(r, 45);
    for (int same_boot = 1; same_boot >= 0; same_boot--) {
        if (same_boot)
            rig_close(r, false);
        else
            power_fails(r, NULL, &seed);
        rig_copy(r, "journal", "kept");
        rig_remove(r, "journal/redo");
        refused(r, "is missing or empty");
        rig_copy(r, "kept", "journal");
        rig_cut(r, "journal/redo", 0);
        refused(r, "is missing or empty");
        rig_copy(r, "kept", "journal");
        check(r, 45, 45);
        watch(r);
    }
}

static void the_log_of_another_journal_is_refused(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    rig_open(r);
    watch(r);
    rig_turns(r, 5);
    power_fails(r, NULL, &seed);
    rig_copy(r, "journal", "first");
    rig_remove(r, "journal");
    rig_remove(r, "heads");
    memset(r->o.epoch, 9, QP_ID_LEN);
    rig_open(r);
    rig_turns(r, 5);
    rig_close(r, false);
    rig_copy(r, "first/redo", "journal/redo");
    refused(r, "");
    rig_remove(r, "journal");
    rig_open(r);
    rig_turns(r, 5);
    rig_close(r, true);
    rig_copy(r, "journal/redo", "clean");
    rig_remove(r, "journal");
    rig_remove(r, "heads");
    memset(r->o.epoch, 11, QP_ID_LEN);
    rig_open(r);
    rig_turns(r, 5); /* the very same records: only the epoch tells */
    rig_close(r, true);
    rig_copy(r, "clean", "journal/redo");
    refused(r, "belongs to another journal");
}

#define D(name) cmocka_unit_test_setup_teardown(name, rig_up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        D(what_was_acknowledged_survives_a_power_failure),
        D(what_a_killed_process_left_unsynced_survives_too),
        D(after_a_failed_sync_the_page_cache_is_not_believed),
        D(what_was_closed_cleanly_is_opened_without_a_sync),
        D(a_power_failure_within_the_first_commit_loses_nothing),
        D(a_log_that_nobody_checkpoints_is_checkpointed_by_a_turn),
        D(a_log_that_has_gone_round_its_ring_is_read_to_its_end),
        D(an_entry_is_one_synchronous_write_into_blocks_that_are_there),
        D(a_damaged_entry_with_others_behind_it_is_told),
        D(a_log_without_a_base_or_cut_short_is_told),
        D(a_log_that_was_never_used_is_made_again),
        D(older_data_beside_the_newest_log_are_refused_after_a_clean_end_too),
        D(a_journal_that_went_on_without_its_log_is_refused),
        D(a_log_that_is_missing_or_emptied_is_refused_when_the_node_did_not_end_in_order),
        D(the_log_of_another_journal_is_refused),
    };
    return cmocka_run_group_tests_name("redo", tests, NULL, NULL);
}
