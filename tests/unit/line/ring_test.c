/* ring_test.c: the line keys' file: a spare before it is needed, kept over an end, gone from the disk when it is over. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/line/ring.h"

struct ring {
    char dir[64], path[80];
    struct qp_ring *r;
    uint8_t used[QP_LINE_KEY], over[QP_LINE_KEY]; /* zeros: none */
    uint8_t n;
};

static enum qp_ring_use use_of(void *arg, const uint8_t name[QP_LINE_KEY])
{
    const struct ring *t = arg;
    return memcmp(name, t->over, QP_LINE_KEY) == 0   ? QP_RING_OVER
           : memcmp(name, t->used, QP_LINE_KEY) == 0 ? QP_RING_IN_USE
                                                     : QP_RING_UNUSED;
}

static int try_to_tend(struct ring *t)
{
    uint8_t seed[QP_SEED_LEN] = {++t->n, 7};
    return qp_ring_tend(t->r, use_of, t, seed, NULL);
}

static void tend(struct ring *t)
{
    assert_int_equal(try_to_tend(t), 0);
}

static void again(struct ring *t)
{
    qp_ring_close(t->r);
    assert_int_equal(qp_ring_open(&t->r, t->path, NULL), 0);
    tend(t);
}

static int up(void **state)
{
    struct ring *t = calloc(1, sizeof *t);
    strcpy(t->dir, "/tmp/qp-ring-XXXXXX");
    if (!mkdtemp(t->dir))
        return -1;
    snprintf(t->path, sizeof t->path, "%s/lines", t->dir);
    *state = t;
    return qp_ring_open(&t->r, t->path, NULL);
}

static int down(void **state)
{
    struct ring *t = *state;
    qp_ring_close(t->r);
    unlink(t->path);
    rmdir(t->dir);
    free(t);
    return 0;
}

/* Takes the spare into use; its public part. */
static void take(struct ring *t, uint8_t pk[QP_PK_LEN])
{
    assert_true(qp_ring_spare(t->r, pk));
    qp_ring_name(t->used, pk);
    tend(t);
}

static void a_spare_is_there_before_a_turn_needs_it_and_another_when_it_was_taken(void **state)
{
    struct ring *t = *state;
    uint8_t one[QP_PK_LEN], two[QP_PK_LEN];
    assert_false(qp_ring_spare(t->r, one));
    tend(t);
    take(t, one);
    assert_true(qp_ring_spare(t->r, two));
    assert_memory_not_equal(one, two, sizeof one);
    tend(t);
    assert_true(qp_ring_spare(t->r, one));
    assert_memory_equal(one, two, sizeof one); /* nobody took it */
}

static void what_was_sealed_to_a_key_opens_after_an_end(void **state)
{
    struct ring *t = *state;
    uint8_t pk[QP_PK_LEN], box[QP_LINE_BOX], key[QP_KEY_LEN], secret[QP_KEY_LEN];
    memset(secret, 9, sizeof secret);
    tend(t);
    take(t, pk);
    qp_seal(box, secret, sizeof secret, pk);
    again(t);
    assert_int_equal(qp_ring_unseal(t->r, t->used, box, key), 0);
    assert_memory_equal(key, secret, sizeof key);
    box[40] ^= 1;
    assert_int_equal(qp_ring_unseal(t->r, t->used, box, key), QP_ESIG);
}

static void a_key_that_is_over_is_on_the_disk_no_more(void **state)
{
    struct ring *t = *state;
    uint8_t pk[QP_PK_LEN], box[QP_LINE_BOX], key[QP_KEY_LEN] = {0}, before[QP_RING_SLOTS * 64],
                                             after[sizeof before];
    tend(t);
    take(t, pk);
    qp_seal(box, key, sizeof key, pk);
    int fd = open(t->path, O_RDONLY);
    assert_int_equal(read(fd, before, sizeof before), sizeof before);
    memcpy(t->over, t->used, QP_LINE_KEY);
    tend(t);
    assert_int_equal(pread(fd, after, sizeof after, 0), sizeof after);
    close(fd);
    assert_int_equal(qp_ring_unseal(t->r, t->used, box, key), QP_ENOTFOUND);
    size_t gone = 0;
    for (size_t i = 0; i < QP_RING_SLOTS; i++) {
        static const uint8_t zeros[64];
        if (memcmp(before + i * 64, zeros, 64) == 0 || memcmp(before + i * 64, after + i * 64, 64) == 0)
            continue;
        gone++;
        assert_null(memmem(after, sizeof after, before + i * 64 + 8, 32)); /* its secret, anywhere */
    }
    assert_int_equal(gone, 1);
    again(t);
    assert_false(qp_ring_has(t->r, t->used));
}

/* No byte of any file is written in between. */
static int tend_without_writing(struct ring *t)
{
    struct rlimit was, none;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    none = was;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_FSIZE, &none);
    int rc = try_to_tend(t);
    setrlimit(RLIMIT_FSIZE, &was);
    return rc;
}

static bool on_disk(struct ring *t, const uint8_t *bytes, size_t n)
{
    uint8_t all[QP_RING_SLOTS * 64];
    int fd = open(t->path, O_RDONLY);
    ssize_t len = read(fd, all, sizeof all);
    close(fd);
    return len > 0 && memmem(all, (size_t)len, bytes, n);
}

static void an_erasure_that_could_not_be_written_is_not_forgotten(void **state)
{
    struct ring *t = *state;
    uint8_t pk[QP_PK_LEN], slot[64];
    tend(t);
    int fd = open(t->path, O_RDONLY);
    for (off_t at = 0; pread(fd, slot, sizeof slot, at) == sizeof slot && slot[0] == 0; at += 64)
        ;
    close(fd);
    take(t, pk);
    assert_true(on_disk(t, slot + 8, 32));
    memcpy(t->over, t->used, QP_LINE_KEY);
    assert_int_equal(tend_without_writing(t), QP_EIO);
    assert_true(on_disk(t, slot + 8, 32));
    assert_true(qp_ring_spare(t->r, pk)); /* what else there was to do is done */
    tend(t);
    assert_false(on_disk(t, slot + 8, 32));
    assert_false(qp_ring_has(t->r, t->used));
}

static void a_file_of_an_earlier_build_is_read_and_grows(void **state)
{
    struct ring *t = *state;
    uint8_t pk[QP_PK_LEN];
    struct stat st;
    tend(t);
    take(t, pk);
    for (int i = 0; i < 2;
         i++) { /* its last slots, where the newest lie, to the front: the place says nothing */
        uint8_t slot[64];
        int fd = open(t->path, O_RDWR);
        assert_int_equal(pread(fd, slot, 64, (QP_RING_SLOTS - 2 + i) * 64), 64);
        assert_int_equal(pwrite(fd, slot, 64, i * 64), 64);
        close(fd);
    }
    assert_int_equal(truncate(t->path, QP_RING_FORMER * 64), 0);
    again(t);
    assert_true(qp_ring_has(t->r, t->used));
    memcpy(t->over, t->used, QP_LINE_KEY);
    tend(t);
    assert_int_equal(stat(t->path, &st), 0);
    assert_int_equal(st.st_size, QP_RING_SLOTS * 64);
    assert_false(qp_ring_has(t->r, t->used));
}

static void the_file_is_its_owners_alone(void **state)
{
    struct ring *t = *state;
    struct stat st;
    tend(t);
    assert_int_equal(stat(t->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void half_a_file_and_a_torn_slot_are_told_apart(void **state)
{
    struct ring *t = *state;
    struct qp_err e = {0};
    uint8_t pk[QP_PK_LEN];
    tend(t);
    take(t, pk);
    qp_ring_close(t->r);
    int fd = open(t->path, O_WRONLY);
    for (int i = 0; i < QP_RING_SLOTS; i++) /* a power failure in the middle of each */
        assert_int_equal(pwrite(fd, "torn", 4, i * 64 + 20), 4);
    assert_int_equal(qp_ring_open(&t->r, t->path, NULL), 0);
    assert_false(qp_ring_has(t->r, t->used));
    qp_ring_close(t->r);
    assert_int_equal(ftruncate(fd, 100), 0);
    assert_int_equal(qp_ring_open(&t->r, t->path, &e), QP_ECORRUPT);
    assert_non_null(strstr(e.text, "move it away"));
    t->r = NULL;
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, up, down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_spare_is_there_before_a_turn_needs_it_and_another_when_it_was_taken),
        TEST(what_was_sealed_to_a_key_opens_after_an_end),
        TEST(a_key_that_is_over_is_on_the_disk_no_more),
        TEST(an_erasure_that_could_not_be_written_is_not_forgotten),
        TEST(a_file_of_an_earlier_build_is_read_and_grows),
        TEST(the_file_is_its_owners_alone),
        TEST(half_a_file_and_a_torn_slot_are_told_apart),
    };
    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
