/* crash_test.c: the vault after a crash at each of its writes and syncs.
 *
 * A child process does two turns and ends at its n-th write or sync (these calls are taken from the C library; LMDB's
 * too); the parent opens what it left. Whatever n is: a record that was committed reads, one that was settled has
 * neither key nor ciphertext that opens, and nothing stands between. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "node/vault/inside.h"
#include "tests/unit/vault/rig.h"

static int left = -1; /* calls until the end; -1: none is meant */
static bool counts;
static int counted;

static void one_more(void)
{
    counted += counts;
    if (left > 0 && --left == 0)
        _exit(9);
}

static bool no_room; /* for a key's slot: where nothing is written in place an overwriting wants room too */

ssize_t pwrite(int fd, const void *p, size_t len, off_t at)
{
    if (no_room && len == QP_SLOT_BYTES) {
        errno = ENOSPC;
        return -1;
    }
    one_more();
    return syscall(SYS_pwrite64, fd, p, len, at);
}

int fdatasync(int fd)
{
    one_more();
    return (int)syscall(SYS_fdatasync, fd);
}

enum { BEGUN = 0, KEPT = 1, NOTHING_ENDED = 1, ENDING = 2, ENDED = 3 };

/* Person 1 is there; person 2 comes, then person 1 ends. *at: how far it came. */
static void life(struct rig *r, volatile int *at)
{
    keep(r, 2);
    if (qp_vault_commit(r->v, NULL) || qp_vault_settle(r->v, NULL))
        _exit(8);
    *at = KEPT;
    end(r, 1);
    if (qp_vault_commit(r->v, NULL))
        _exit(8);
    *at = ENDING;
    if (qp_vault_settle(r->v, NULL))
        _exit(8);
    *at = ENDED;
}

static int calls_of_a_life(void)
{
    struct rig r;
    int at = 0;
    rig_begin(&r);
    keep(&r, 1);
    turn(&r);
    counted = 0;
    counts = true;
    life(&r, &at);
    counts = false;
    assert_int_equal(at, ENDED);
    rig_end(&r);
    return counted;
}

static void crash_at(int n)
{
    struct rig r;
    struct qp_vault_use u;
    volatile int *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    rig_begin(&r);
    keep(&r, 1);
    turn(&r);
    struct qp_sealed first = locked(&r, 1), second = locked(&r, 2);
    qp_vault_close(r.v);
    r.v = NULL;
    pid_t pid = fork();
    if (pid == 0) {
        rig_open(&r);
        left = n;
        life(&r, at);
        _exit(7);
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 9);
    rig_open(&r);
    if (*at >= KEPT)
        assert_true(reads(&r, 2));
    if (*at < ENDING)
        assert_true(reads(&r, 1));
    bool two = reads(&r, 2), one = reads(&r, 1);
    assert_int_equal(found(&r, "keys", second.key, sizeof second.key), two);
    assert_int_equal(found(&r, "keys", first.key, sizeof first.key), one);
    qp_vault_use(r.v, &u);
    assert_int_equal(u.records, one + two);
    rig_end(&r);
    munmap((void *)(uintptr_t)at, 4096);
}

static void at_each_write_and_sync_a_crash_leaves_records_whole_or_gone(void **state)
{
    (void)state;
    int n = calls_of_a_life();
    assert_true(n >= 8);
    for (int i = 1; i <= n; i++)
        crash_at(i);
    print_message("[ crashes  ] %d\n", n);
}

static void a_key_that_could_not_be_overwritten_is_not_told_as_gone(void **state)
{
    (void)state;
    struct rig r;
    rig_begin(&r);
    keep(&r, 1);
    turn(&r);
    struct qp_sealed one = locked(&r, 1);
    end(&r, 1);
    assert_int_equal(qp_vault_commit(r.v, NULL), 0);
    no_room = true;
    assert_int_equal(qp_vault_settle(r.v, NULL), QP_EIO); /* the node stops */
    no_room = false;
    assert_int_equal(found(&r, "keys", one.key, sizeof one.key), 1);
    rig_again(&r);
    assert_true(reads(&r, 1)); /* told as what it is; the core ends what no matter knows */
    end(&r, 1);
    turn(&r);
    assert_false(reads(&r, 1));
    assert_int_equal(found(&r, "keys", one.key, sizeof one.key), 0);
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(at_each_write_and_sync_a_crash_leaves_records_whole_or_gone),
        cmocka_unit_test(a_key_that_could_not_be_overwritten_is_not_told_as_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
