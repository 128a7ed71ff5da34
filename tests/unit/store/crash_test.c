/* crash_test.c: the writer is killed at any moment; whatever it had acknowledged is there, whole, and the
 * tables fit. */
#include "tests/unit/store/rig.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 12 };

/* Turns without end; tells the pipe each position after its commits, as an acknowledgement would. */
static void write_for_ever(struct rig *r, int out)
{
    rig_open(r);
    for (uint64_t at = rig_head(r);;) {
        struct qp_txn t;
        if (qp_store_begin(r->s, &t, &r->e))
            _exit(1);
        if (at < t.head)
            at = t.head;
        /* tables that a crash left behind the journal are brought up first */
        for (uint64_t n = qp_tables_position(t.tables, r->s) + 1; n <= t.head; n++) {
            uint8_t key[8];
            qp_be64(key, n);
            if (qp_put(t.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, key, sizeof key, &r->e))
                _exit(1);
        }
        for (unsigned i = 0; i <= at % 5; i++)
            rig_write(r, &t, t.head + 1);
        at = t.head;
        if (qp_store_commit_journal(&t, &r->e) || qp_store_commit_tables(&t, &r->e))
            _exit(1);
        if (write(out, &at, sizeof at) != sizeof at)
            _exit(1);
    }
}

static uint64_t run_and_kill(struct rig *r, long after_us)
{
    int pipes[2];
    uint64_t acknowledged = 0, at;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        close(pipes[0]);
        write_for_ever(r, pipes[1]);
    }
    close(pipes[1]);
    if (read(pipes[0], &at, sizeof at) == sizeof at) /* it is at work */
        acknowledged = at;
    struct timespec pause = {0, after_us * 1000};
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    while (read(pipes[0], &at, sizeof at) == sizeof at)
        acknowledged = at;
    close(pipes[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status)); /* not ended by an error of its own */
    return acknowledged;
}

static void check(struct rig *r, uint64_t acknowledged)
{
    rig_open(r);
    uint64_t head = rig_head(r), position = rig_position(r);
    assert_true(head >= acknowledged);
    assert_false(qp_store_rolled_back(r->s));
    assert_false(qp_store_stale(r->s));
    assert_true(position >= acknowledged && position <= head);
    assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
    for (uint64_t n = 1; n <= head; n++)
        assert_true(rig_has_row(r, n) == (n <= position));
    rig_close(r, false);
}

static void what_was_acknowledged_survives_sigkill(void **state)
{
    struct rig *r = *state;
    const char *given = getenv("QP_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 10) : (unsigned)getpid();
    print_message("QP_SEED=%u\n", seed);
    r->o.journal_map = r->o.tables_map = 256 << 20;
    uint64_t acknowledged = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t now = run_and_kill(r, (long)(rand_r(&seed) % 20000));
        assert_true(now > acknowledged);
        acknowledged = now;
        check(r, acknowledged);
    }
    print_message("%d kills, %llu records\n", ROUNDS, (unsigned long long)acknowledged);
}

/* Killed exactly between two calls of a turn, by the place. */
static void a_crash_between_any_two_steps_loses_nothing_and_invents_nothing(void **state)
{
    struct rig *r = *state;
    for (int place = 0; place < 4; place++) {
        rig_open(r);
        uint64_t before = rig_head(r);
        rig_close(r, true);
        pid_t child = fork();
        if (child == 0) {
            struct qp_txn t;
            rig_open(r);
            if (qp_store_begin(r->s, &t, &r->e))
                _exit(1);
            for (uint64_t n = qp_tables_position(t.tables, r->s) + 1; n <= t.head; n++) {
                uint8_t key[8];
                qp_be64(key, n);
                qp_put(t.tables, qp_store_dbi(r->s, QP_T_MATTER), key, sizeof key, key, sizeof key, NULL);
            }
            rig_write(r, &t, before + 1);
            if (place >= 1 && qp_store_commit_journal(&t, &r->e))
                _exit(1);
            if (place >= 2 && qp_store_commit_tables(&t, &r->e))
                _exit(1);
            if (place >= 3 && qp_store_sync_tables(r->s, &r->e))
                _exit(1);
            kill(getpid(), SIGKILL);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        rig_open(r);
        assert_int_equal(rig_head(r), before + (place >= 1));
        assert_int_equal(rig_has_row(r, before + 1), place >= 2);
        assert_int_equal(rig_position(r), before + (place >= 2));
        assert_int_equal(qp_journal_verify(r->s, 1, NULL, NULL, &r->e), 0);
        assert_false(qp_store_rolled_back(r->s));
        rig_close(r, true);
    }
}

/* A look at a store after a crash closes it in order, and knows nothing of what the core had passed on (L3). */
static void who_looks_at_a_store_after_a_crash_leaves_the_crash_said(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turn(r, 1);
    rig_reopen(r, true);
    assert_true(qp_store_was_clean(r->s) && !qp_store_had_untold(r->s));
    rig_reopen(r, true);
    assert_false(qp_store_had_untold(r->s));
    rig_turn(r, 1);
    rig_reopen(r, false);
    assert_false(qp_store_was_clean(r->s));
    for (int looks = 0; looks < 2; looks++) {
        rig_reopen(r, true);
        assert_true(qp_store_was_clean(r->s) && qp_store_had_untold(r->s));
    }
    qp_store_set_untold(r->s, false); /* the neighbour above has told */
    rig_reopen(r, true);
    assert_false(qp_store_had_untold(r->s));
    rig_close(r, true);
}

/* The same where the machine was started again in between. */
static void who_looks_at_it_after_a_power_loss_does_too(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turn(r, 1);
    rig_close(r, false);
    r->o.boot_id = "another boot";
    rig_open(r);
    assert_true(!qp_store_was_clean(r->s) && qp_store_stale(r->s));
    rig_reopen(r, true);
    assert_true(qp_store_had_untold(r->s) &&
                qp_store_stale(r->s)); /* emptied, and nobody has made them again */
    rig_close(r, true);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up_fast, rig_down)
#define D(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        D(what_was_acknowledged_survives_sigkill),
        T(what_was_acknowledged_survives_sigkill),
        D(a_crash_between_any_two_steps_loses_nothing_and_invents_nothing),
        T(who_looks_at_a_store_after_a_crash_leaves_the_crash_said),
        D(who_looks_at_a_store_after_a_crash_leaves_the_crash_said),
        D(who_looks_at_it_after_a_power_loss_does_too),
    };
    return cmocka_run_group_tests_name("crash", tests, NULL, NULL);
}
