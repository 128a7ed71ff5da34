/* file_test.c: whole files are replaced atomically, and read within a bound. */
#include <dirent.h>
#include <stdatomic.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/crypto/vector.h"

struct folder {
    char name[64], file[96];
};

static int open_folder(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    snprintf(f->name, sizeof f->name, "/tmp/qp-file-XXXXXX");
    if (!mkdtemp(f->name))
        return -1;
    snprintf(f->file, sizeof f->file, "%s/heads", f->name);
    *state = f;
    return 0;
}

static int close_folder(void **state)
{
    struct folder *f = *state;
    unlink(f->file);
    int rc = rmdir(f->name); /* fails when a temporary file was left behind */
    free(f);
    return rc;
}

static void what_was_written_is_read_with_its_mode(void **state)
{
    struct folder *f = *state;
    static const unsigned modes[] = {0600, 0644, 0640};
    for (size_t i = 0; i < 3; i++) {
        void *text;
        size_t len;
        struct stat st;
        assert_int_equal(qp_file_replace(f->file, "a\0b", 3, modes[i], NULL), 0);
        assert_int_equal(stat(f->file, &st), 0);
        assert_int_equal(st.st_mode & 07777, modes[i]);
        assert_int_equal(qp_file_read(f->file, 3, &text, &len, NULL), 0);
        assert_int_equal(len, 3);
        assert_memory_equal(text, "a\0b", 4); /* and its closing NUL */
        free(text);
    }
}

static void every_size_around_the_bound_is_read_or_refused(void **state)
{
    struct folder *f = *state;
    enum { MOST = 9000 };
    char *data = malloc(MOST);
    assert_non_null(data);
    memset(data, 'q', MOST);
    static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8192, MOST};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(qp_file_replace(f->file, data, sizes[i], 0600, NULL), 0);
        for (size_t cap = sizes[i] > 2 ? sizes[i] - 1 : 1; cap <= sizes[i] + 1; cap++) {
            void *text;
            size_t len;
            struct qp_err e = {0};
            int rc = qp_file_read(f->file, cap, &text, &len, &e);
            assert_int_equal(rc, sizes[i] > cap ? QP_EBIG : 0);
            if (rc) {
                assert_non_null(strstr(e.text, f->file));
                continue;
            }
            assert_int_equal(len, sizes[i]);
            assert_memory_equal(text, data, len);
            free(text);
        }
    }
    free(data);
}

static void a_file_that_tells_no_size_is_read_to_its_end(void **state)
{
    (void)state;
    void *text;
    size_t len;
    assert_int_equal(qp_file_read("/proc/self/maps", 1 << 20, &text, &len, NULL), 0);
    assert_true(len > 0);
    free(text);
    assert_int_equal(qp_file_read("/dev/zero", 100000, &text, &len, NULL), QP_EBIG);
}

static void a_missing_file_is_not_found_and_a_folder_is_an_error(void **state)
{
    struct folder *f = *state;
    void *text;
    size_t len;
    struct qp_err e = {0};
    assert_int_equal(qp_file_read(f->file, 10, &text, &len, &e), QP_ENOTFOUND);
    assert_int_equal(qp_file_read(f->name, 10, &text, &len, &e), QP_EIO);
}

static void a_replacement_that_fails_leaves_the_old_file_and_no_rest(void **state)
{
    struct folder *f = *state;
    struct qp_err e = {0};
    /* A folder of that name cannot be replaced by a file: the last step fails. */
    assert_int_equal(mkdir(f->file, 0700), 0);
    assert_int_equal(qp_file_replace(f->file, "new", 3, 0600, &e), QP_EIO);
    assert_non_null(strstr(e.text, "Is a directory"));
    DIR *d = opendir(f->name);
    assert_non_null(d);
    int names = 0;
    while (readdir(d))
        names++;
    closedir(d);
    assert_int_equal(names, 3); /* ".", ".." and the folder */
    assert_int_equal(rmdir(f->file), 0);
}

struct reader {
    const char *file;
    atomic_bool stop;
    int broken, seen;
};

static void *read_on(void *arg)
{
    struct reader *r = arg;
    while (!atomic_load(&r->stop)) {
        void *text;
        size_t len;
        if (qp_file_read(r->file, 1 << 20, &text, &len, NULL)) {
            r->broken++;
            continue;
        }
        const char *bytes = text;
        bool whole = len == 60000;
        for (size_t i = 1; whole && i < len; i++)
            whole = bytes[i] == bytes[0];
        r->broken += !whole;
        r->seen++;
        free(text);
    }
    return NULL;
}

static void a_reader_sees_the_old_bytes_or_the_new_never_a_mixture(void **state)
{
    struct folder *f = *state;
    char *data = malloc(60000);
    assert_non_null(data);
    memset(data, 'a', 60000);
    assert_int_equal(qp_file_replace(f->file, data, 60000, 0600, NULL), 0);
    struct reader r = {.file = f->file};
    atomic_init(&r.stop, false);
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, read_on, &r), 0);
    for (int i = 0; i < 60; i++) {
        memset(data, 'a' + i % 26, 60000);
        assert_int_equal(qp_file_replace(f->file, data, 60000, 0600, NULL), 0);
    }
    atomic_store(&r.stop, true);
    pthread_join(thread, NULL);
    free(data);
    assert_true(r.seen > 0);
    assert_int_equal(r.broken, 0);
}

int main(void)
{
#define IN_FOLDER(t) cmocka_unit_test_setup_teardown(t, open_folder, close_folder)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_was_written_is_read_with_its_mode),
        IN_FOLDER(every_size_around_the_bound_is_read_or_refused),
        cmocka_unit_test(a_file_that_tells_no_size_is_read_to_its_end),
        IN_FOLDER(a_missing_file_is_not_found_and_a_folder_is_an_error),
        IN_FOLDER(a_replacement_that_fails_leaves_the_old_file_and_no_rest),
        IN_FOLDER(a_reader_sees_the_old_bytes_or_the_new_never_a_mixture),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
