/* files_test.c: a file that was kept is found, also after a torn end; what is half, damaged or somebody else's never is; a full
 * disk and a full quota refuse with what to do; what nobody names goes after its grace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/blob/blob.h"

struct rig {
    char dir[64];
    struct qp_blobs *b;
    uint64_t quota;
};

static uint64_t disk_free;

static void disk(const char *dir, uint64_t *free_bytes, uint64_t *total)
{
    (void)dir;
    *free_bytes = disk_free;
    *total = UINT64_C(100) << 30;
}

static void again(struct rig *r)
{
    struct qp_blobs_options o = {.dir = r->dir, .quota = r->quota, .disk = disk};
    qp_blobs_close(r->b);
    assert_int_equal(qp_blobs_open(&r->b, &o, NULL), 0);
}

static int begin(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    strcpy(r->dir, "/tmp/qipan-blob-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    disk_free = UINT64_C(50) << 30;
    r->quota = 64 << 20;
    again(r);
    *state = r;
    return 0;
}

static int end(void **state)
{
    struct rig *r = *state;
    char cmd[128];
    qp_blobs_close(r->b);
    snprintf(cmd, sizeof cmd, "rm -rf %s", r->dir);
    assert_int_equal(system(cmd), 0);
    free(r);
    return 0;
}

static struct qp_blob put(struct rig *r, const char *text)
{
    struct qp_blob x;
    struct qp_err e = {0};
    if (qp_blob_put(r->b, text, strlen(text), QP_BLOB_PDF, &x, &e))
        fail_msg("%s", e.text);
    return x;
}

static void path_of(const struct rig *r, const struct qp_hash *h, char out[200])
{
    char hex[65];
    qp_hex(hex, h->b, 32);
    snprintf(out, 200, "%s/%.2s/%s.pdf", r->dir, hex, hex + 2);
}

static bool reads(struct rig *r, const struct qp_hash *h, const char *text)
{
    struct qp_blob x;
    char got[100] = "";
    int fd;
    if (qp_blob_open(r->b, h, &x, &fd, NULL))
        return false;
    bool same = read(fd, got, sizeof got) == (ssize_t)strlen(text) && memcmp(got, text, strlen(text)) == 0;
    close(fd);
    return same && x.bytes == strlen(text) && x.type == QP_BLOB_PDF;
}

static void what_was_kept_is_found_under_its_hash_and_once(void **state)
{
    struct rig *r = *state;
    struct qp_blobs_use u;
    struct qp_hash h;
    struct qp_blob x = put(r, "a permit"), y = put(r, "a permit");
    qp_hash(&h, "a permit", 8);
    assert_true(qp_hash_eq(&x.hash, &h) && qp_hash_eq(&y.hash, &h));
    qp_blobs_use(r->b, &u);
    assert_int_equal(u.files, 1);
    again(r);
    assert_true(reads(r, &h, "a permit"));
    qp_blobs_use(r->b, &u);
    assert_int_equal(u.files, 1);
    assert_int_equal(u.bytes, 8);
}

static void what_says_to_be_an_image_and_is_none_is_refused(void **state)
{
    struct rig *r = *state;
    struct qp_blob x;
    struct qp_err e = {0};
    assert_int_equal(qp_blob_put(r->b, "MZ no image", 11, QP_BLOB_JPEG, &x, &e), QP_EPOLICY);
    assert_int_equal(qp_blob_put(r->b, "\xff\xd8\xff garbage", 11, QP_BLOB_PDF, &x, &e), QP_EPOLICY);
    assert_int_equal(qp_blob_put(r->b, "", 0, QP_BLOB_PDF, &x, &e), QP_EINVAL);
    /* a telephone's photo, whatever it is called: it would keep where it was taken */
    static const char heic[] = "\0\0\0\030ftypheic\0\0\0\0mif1heic Exif GPS",
                      video[] = "\0\0\0\030ftypmp42\0\0\0\0";
    static const enum qp_blob_type called[] = {QP_BLOB_BIN, QP_BLOB_JPEG, QP_BLOB_MP4};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(qp_blob_put(r->b, heic, sizeof heic - 1, called[i], &x, &e), QP_EPOLICY);
        assert_non_null(strstr(e.text, "save it as JPEG"));
    }
    assert_int_equal(qp_blob_put(r->b, video, sizeof video - 1, QP_BLOB_MP4, &x, &e), 0);
    assert_int_equal(qp_blob_type_of("Application/PDF; x=1"), QP_BLOB_PDF);
    assert_int_equal(qp_blob_type_of("text/html"), QP_BLOB_BIN);
}

static void half_a_file_is_never_found(void **state)
{
    struct rig *r = *state;
    char path[200];
    snprintf(path, sizeof path, "%s/new/7", r->dir);
    FILE *f = fopen(path, "w");
    fputs("torn", f);
    fclose(f);
    again(r);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_damaged_one_is_thrown_away_and_may_come_again(void **state)
{
    struct rig *r = *state;
    struct qp_err e = {0};
    struct qp_blob x = put(r, "a permit"), y;
    char path[200];
    int fd;
    path_of(r, &x.hash, path);
    FILE *f = fopen(path, "r+");
    fputs("A", f);
    fclose(f);
    assert_int_equal(qp_blob_open(r->b, &x.hash, &y, &fd, &e), QP_ECORRUPT);
    assert_non_null(strstr(e.text, "look at the disk"));
    assert_int_equal(qp_blob_open(r->b, &x.hash, &y, &fd, &e), QP_ENOTFOUND);
    put(r, "a permit");
    assert_true(reads(r, &x.hash, "a permit"));
}

/* "Have it attached again" is what who misses one is told: nobody need have read the damaged one here before. */
static void a_damaged_one_that_is_sent_again_is_whole_at_once(void **state)
{
    struct rig *r = *state;
    struct qp_blob x = put(r, "a permit");
    struct qp_blobs_use u;
    char path[200];
    path_of(r, &x.hash, path);
    FILE *f = fopen(path, "r+");
    fputs("A", f);
    fclose(f);
    put(r, "a permit");
    assert_true(reads(r, &x.hash, "a permit"));
    qp_blobs_use(r->b, &u);
    assert_int_equal(u.files, 1);
    assert_int_equal(u.bytes, 8);
    assert_int_equal(u.damaged, 1); /* and the operator is told */
}

static void a_full_disk_and_a_full_quota_say_what_to_do(void **state)
{
    struct rig *r = *state;
    struct qp_err e = {0};
    struct qp_blob x;
    disk_free = 4;
    assert_int_equal(qp_blob_put(r->b, "a permit", 8, QP_BLOB_PDF, &x, &e), QP_EFULL);
    assert_non_null(strstr(e.text, "make room"));
    disk_free = UINT64_C(50) << 30;
    r->quota = 10;
    again(r);
    put(r, "a permit");
    assert_int_equal(qp_blob_put(r->b, "another", 7, QP_BLOB_PDF, &x, &e), QP_EFULL);
    assert_non_null(strstr(e.text, "store.blobs"));
    uint64_t have;
    assert_int_equal(qp_blob_coming(r->b, &x.hash, 7, &have, &e), QP_EFULL);
}

static void what_could_not_be_written_takes_no_room(void **state)
{
    struct rig *r = *state;
    struct qp_blobs_use u;
    struct qp_blob x;
    char path[200], aside[200];
    snprintf(path, sizeof path, "%s/new", r->dir);
    snprintf(aside, sizeof aside, "%s/aside", r->dir);
    assert_int_equal(rename(path, aside), 0); /* where no file can be made: no inode, another's folder */
    for (int i = 0; i < 3; i++)
        assert_int_equal(qp_blob_put(r->b, "a permit", 8, QP_BLOB_PDF, &x, NULL), QP_EIO);
    qp_blobs_use(r->b, &u);
    assert_int_equal(u.bytes, 0);
    assert_int_equal(rename(aside, path), 0);
    put(r, "a permit");
    qp_blobs_use(r->b, &u);
    assert_int_equal(u.files, 1);
    assert_int_equal(u.bytes, 8);
}

static void pieces_become_the_file_and_nothing_else_does(void **state)
{
    struct rig *r = *state;
    struct qp_hash h;
    struct qp_err e = {0};
    struct qp_blob x;
    uint64_t have;
    char piece[8];
    size_t len = sizeof piece;
    qp_hash(&h, "0123456789", 10);
    assert_int_equal(qp_blob_coming(r->b, &h, 10, &have, &e), 0);
    assert_int_equal(have, 0);
    assert_int_equal(qp_blob_add(r->b, &h, 10, 4, "4567", 4, &e), QP_EGAP);
    assert_int_equal(qp_blob_add(r->b, &h, 10, 0, "0123", 4, &e), 0);
    assert_int_equal(qp_blob_add(r->b, &h, 10, 0, "0123", 4, &e), QP_EGAP);
    assert_int_equal(qp_blob_add(r->b, &h, 10, 4, "4567890", 7, &e), QP_EGAP);
    assert_int_equal(qp_blob_whole(r->b, &h, 10, QP_BLOB_PDF, &e), QP_EGAP);
    again(r); /* a restart loses nothing of it */
    assert_int_equal(qp_blob_coming(r->b, &h, 10, &have, &e), 0);
    assert_int_equal(have, 4);
    assert_int_equal(qp_blob_find(r->b, &h, &x), QP_ENOTFOUND);
    assert_int_equal(qp_blob_add(r->b, &h, 10, 4, "456789", 6, &e), 0);
    assert_int_equal(qp_blob_whole(r->b, &h, 10, QP_BLOB_PDF, &e), 0);
    assert_true(reads(r, &h, "0123456789"));
    assert_int_equal(qp_blob_piece(r->b, &h, 8, piece, &len), 0);
    assert_int_equal(len, 2);
    qp_hash(&h, "something", 9);
    assert_int_equal(qp_blob_coming(r->b, &h, 9, &have, &e), 0);
    assert_int_equal(qp_blob_add(r->b, &h, 9, 0, "else else", 9, &e), 0);
    assert_int_equal(qp_blob_whole(r->b, &h, 9, QP_BLOB_PDF, &e), QP_ESIG);
    assert_int_equal(qp_blob_coming(r->b, &h, 9, &have, &e), 0);
    assert_int_equal(have, 0);
}

static struct qp_hash mine, others;
static int named(void *arg, const struct qp_hash *h)
{
    (void)arg;
    return qp_hash_eq(h, &mine) ? 2 : qp_hash_eq(h, &others) ? 1 : 0;
}

static void what_nobody_names_goes_after_its_grace_and_a_copy_after_its_time(void **state)
{
    struct rig *r = *state;
    struct qp_blobs_use u;
    const int64_t hour_us = INT64_C(3600000000);
    int64_t now_us = (int64_t)time(NULL) * 1000000;
    mine = put(r, "mine").hash;
    others = put(r, "of others").hash;
    struct qp_hash nobody = put(r, "nobody's").hash;
    struct qp_blob_terms t = {.grace_us = 24 * hour_us, .cache_us = 168 * hour_us, .named = named};
    t.now_us = now_us + 23 * hour_us;
    assert_int_equal(qp_blobs_sweep(r->b, &t), 0);
    t.now_us = now_us + 25 * hour_us;
    assert_int_equal(qp_blobs_sweep(r->b, &t), 1);
    assert_false(reads(r, &nobody, "nobody's"));
    t.now_us = now_us + 1000 * hour_us;
    assert_int_equal(qp_blobs_sweep(r->b, &t), 1);
    assert_true(reads(r, &mine, "mine"));
    qp_blobs_use(r->b, &u);
    assert_int_equal(u.files, 1);
    assert_int_equal(u.bytes, 4);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(what_was_kept_is_found_under_its_hash_and_once),
        T(what_says_to_be_an_image_and_is_none_is_refused),
        T(half_a_file_is_never_found),
        T(a_damaged_one_is_thrown_away_and_may_come_again),
        T(a_damaged_one_that_is_sent_again_is_whole_at_once),
        T(a_full_disk_and_a_full_quota_say_what_to_do),
        T(what_could_not_be_written_takes_no_room),
        T(pieces_become_the_file_and_nothing_else_does),
        T(what_nobody_names_goes_after_its_grace_and_a_copy_after_its_time),
    };
    return qp_crypto_init(NULL) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
