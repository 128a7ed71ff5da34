/* copy_test.c: the journal as a file: appended to, checked, made a journal again (node/store/copy.h). */
#include "tests/unit/store/rig.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/store/copy.h"

static void path_of(char out[128], const struct rig *r, const char *name)
{
    snprintf(out, 128, "%s/%s", r->dir, name);
}

static int take(struct rig *r, struct qp_copy_mark *mark)
{
    char path[128], dir[128];
    path_of(path, r, "copy");
    path_of(dir, r, "");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    int rc = qp_copy_take(dir, r->s, fd, mark, NULL, NULL, &r->e);
    close(fd);
    return rc;
}

static int check(struct rig *r, const struct qp_copy_mark *mark)
{
    char path[128];
    path_of(path, r, "copy");
    FILE *in = fopen(path, "re");
    assert_non_null(in);
    int rc = qp_copy_check(in, mark, NULL, NULL, &r->e);
    fclose(in);
    return rc;
}

static void a_copy_goes_on_where_it_ended(void **state)
{
    struct rig *r = *state;
    struct qp_copy_mark mark = {0};
    rig_open(r);
    rig_turns(r, 5);
    assert_int_equal(take(r, &mark), 0);
    assert_int_equal(mark.position, rig_head(r));
    struct qp_copy_mark first = mark;
    rig_turns(r, 3);
    assert_int_equal(take(r, &mark), 0);
    assert_int_equal(mark.position, rig_head(r));
    assert_true(mark.bytes > first.bytes);
    assert_int_equal(check(r, &mark), 0);
    assert_int_equal(rig_size(r, "copy"), mark.bytes);
    assert_int_equal(check(r, &first), 0); /* what lies behind a mark is not the mark's */
    rig_close(r, true);
}

static void what_an_interrupted_copy_left_is_cut_off(void **state)
{
    struct rig *r = *state;
    struct qp_copy_mark mark = {0};
    char path[128];
    rig_open(r);
    rig_turns(r, 4);
    assert_int_equal(take(r, &mark), 0);
    path_of(path, r, "copy");
    FILE *f = fopen(path, "ae");
    fputs("half a record", f);
    fclose(f);
    rig_turns(r, 1);
    assert_int_equal(take(r, &mark), 0);
    assert_int_equal(check(r, &mark), 0);
    rig_close(r, true);
}

static void every_flipped_bit_of_a_copy_is_found(void **state)
{
    struct rig *r = *state;
    struct qp_copy_mark mark = {0};
    rig_open(r);
    rig_turns(r, 3);
    assert_int_equal(take(r, &mark), 0);
    char path[128];
    path_of(path, r, "copy");
    for (uint64_t at = 0; at < mark.bytes; at += 7) {
        int fd = open(path, O_RDWR | O_CLOEXEC);
        uint8_t b;
        assert_int_equal(pread(fd, &b, 1, (off_t)at), 1);
        b ^= 4;
        assert_int_equal(pwrite(fd, &b, 1, (off_t)at), 1);
        assert_int_equal(check(r, &mark), QP_ECORRUPT);
        b ^= 4;
        assert_int_equal(pwrite(fd, &b, 1, (off_t)at), 1);
        close(fd);
    }
    assert_int_equal(truncate(path, (off_t)mark.bytes - 1), 0);
    assert_int_equal(check(r, &mark), QP_ECORRUPT);
    rig_close(r, true);
}

static void a_copy_of_another_journal_is_not_gone_on_with(void **state)
{
    struct rig *r = *state;
    struct qp_copy_mark mark = {0};
    rig_open(r);
    rig_turns(r, 3);
    assert_int_equal(take(r, &mark), 0);
    struct qp_copy_mark other = mark;
    other.epoch[0] ^= 1;
    assert_int_equal(take(r, &other), QP_EFORK);
    other = mark;
    other.hash.b[5] ^= 1;
    assert_int_equal(take(r, &other), QP_EFORK);
    other = mark;
    other.position += 10; /* this journal is older than its copy */
    assert_int_equal(take(r, &other), QP_EFORK);
    rig_close(r, true);
}

static void a_damaged_record_ends_the_copy_before_it(void **state)
{
    struct rig *r = *state;
    struct qp_copy_mark mark = {0};
    uint8_t buf[RIG_PARCEL];
    rig_open(r);
    rig_turns(r, 6);
    rig_close(r, true);
    struct qp_slice p = rig_parcel(buf, 3);
    rig_flip(r, "journal/data.mdb", p.p, p.len, 10, 2);
    rig_open(r);
    assert_int_equal(take(r, &mark), QP_ECORRUPT);
    assert_int_equal(mark.position, 2);
    assert_int_equal(check(r, &mark), 0);
    rig_close(r, true);
}

static void a_journal_is_made_again_with_the_same_bytes(void **state)
{
    struct rig *r = *state;
    struct qp_copy_mark mark = {0};
    char path[128], again[128];
    rig_open(r);
    rig_turns(r, 7);
    assert_int_equal(take(r, &mark), 0);
    rig_close(r, true);
    path_of(path, r, "copy");
    path_of(again, r, "again");
    struct qp_store_options o = r->o;
    struct qp_store *s;
    struct qp_hash hash;
    struct qp_read t;
    o.dir = again;
    memcpy(o.epoch, mark.epoch, QP_ID_LEN);
    assert_int_equal(qp_store_open(&s, &o, &r->e), 0);
    FILE *in = fopen(path, "re");
    assert_int_equal(qp_copy_put(s, in, &mark, NULL, NULL, &r->e), 0);
    fclose(in);
    qp_store_close(s, true);
    assert_int_equal(qp_store_open(&s, &o, &r->e), 0);
    assert_memory_equal(qp_store_epoch(s), mark.epoch, QP_ID_LEN);
    assert_int_equal(qp_read_begin(s, &t, &r->e), 0);
    assert_int_equal(qp_journal_head(t.journal, s, &hash), mark.position);
    qp_read_end(&t);
    assert_true(qp_hash_eq(&hash, &mark.hash));
    assert_true(qp_store_stale(s)); /* its tables are made at the first start */
    assert_false(qp_store_rolled_back(s));
    qp_store_close(s, true);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, rig_up_fast, rig_down)
    const struct CMUnitTest tests[] = {
        T(a_copy_goes_on_where_it_ended),
        T(what_an_interrupted_copy_left_is_cut_off),
        T(every_flipped_bit_of_a_copy_is_found),
        T(a_copy_of_another_journal_is_not_gone_on_with),
        T(a_damaged_record_ends_the_copy_before_it),
        T(a_journal_is_made_again_with_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
