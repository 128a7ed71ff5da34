/* keys_test.c: three pairs from one seed, the key file that keeps it, and the deterministic bytes of rule D1.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/crypto/vector.h"

struct folder {
    char name[64], key[96];
};

static int open_folder(void **state)
{
    struct folder *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    snprintf(f->name, sizeof f->name, "/tmp/qp-keys-XXXXXX");
    if (!mkdtemp(f->name))
        return -1;
    snprintf(f->key, sizeof f->key, "%s/node.key", f->name);
    *state = f;
    return 0;
}

static int close_folder(void **state)
{
    struct folder *f = *state;
    unlink(f->key);
    int rc = rmdir(f->name); /* fails when a temporary file was left behind */
    free(f);
    return rc;
}

static void put(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
    assert_int_equal(chmod(path, 0600), 0);
}

static void the_three_pairs_have_their_golden_bytes(void **state)
{
    (void)state;
    uint8_t master[QP_SEED_LEN];
    struct qp_keys k, again;
    counting_seed(master, 0);
    qp_keys_derive(&k, master);
    assert_bytes(k.sign_pk, QP_PK_LEN, "52fe41ffc78620361b69e1d3df8124701bc6df16c5ca5815f3d80a8dddd0672a");
    assert_bytes(k.sign_sk, QP_SEED_LEN, "de567fb242418e0d1af2fb80395dc19d0ec882d2ea5609d56b9ac69df6175625");
    assert_bytes(k.box_pk, QP_PK_LEN, "68310991fe55669be67ef623d37f331d0b44ab5242a79d011f7f80b514c69431");
    assert_bytes(k.box_sk, QP_SK_LEN, "0ed77aa4ecc9b2a82988839f4116c6a619b46481d45de26c6217b3a5e379743a");
    assert_bytes(k.link_pk, QP_PK_LEN, "5641b7b1995fc2bf21492ec6e5e1af23d5fb0b195312bf609613ad6c085e4d55");
    assert_bytes(k.link_sk, QP_SK_LEN, "06e919159e34e2ec915bf3a38a1505c97cfa96f0a087117fa0557015f8b655a1");
    master[31] ^= 1;
    qp_keys_derive(&again, master);
    assert_memory_not_equal(k.sign_pk, again.sign_pk, QP_PK_LEN);
    assert_memory_not_equal(k.box_pk, again.box_pk, QP_PK_LEN);
    assert_memory_not_equal(k.link_pk, again.link_pk, QP_PK_LEN);
}

static void wiped_keys_are_zeros(void **state)
{
    (void)state;
    uint8_t master[QP_SEED_LEN];
    struct qp_keys k, zeros;
    memset(&zeros, 0, sizeof zeros);
    counting_seed(master, 9);
    qp_keys_derive(&k, master);
    qp_keys_wipe(&k);
    assert_memory_equal(&k, &zeros, sizeof k);
}

static void a_key_file_is_read_as_it_was_written(void **state)
{
    struct folder *f = *state;
    uint8_t master[QP_SEED_LEN], read_back[QP_SEED_LEN];
    struct qp_err e = {0};
    struct stat st;
    void *text;
    size_t len;
    counting_seed(master, 0);
    assert_int_equal(qp_keyfile_write(f->key, master, &e), 0);
    assert_int_equal(stat(f->key, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(qp_file_read(f->key, 1000, &text, &len, &e), 0);
    assert_string_equal(text,
                        "qipan-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    free(text);
    assert_int_equal(qp_keyfile_read(read_back, f->key, &e), 0);
    assert_memory_equal(master, read_back, sizeof master);
}

static void a_key_file_is_never_overwritten(void **state)
{
    struct folder *f = *state;
    uint8_t first[QP_SEED_LEN], second[QP_SEED_LEN], read_back[QP_SEED_LEN];
    struct qp_err e = {0};
    counting_seed(first, 0);
    counting_seed(second, 100);
    assert_int_equal(qp_keyfile_write(f->key, first, &e), 0);
    assert_int_equal(qp_keyfile_write(f->key, second, &e), QP_EEXISTS);
    assert_non_null(strstr(e.text, f->key));
    assert_int_equal(qp_keyfile_read(read_back, f->key, &e), 0);
    assert_memory_equal(first, read_back, sizeof first);
}

static void a_key_that_others_may_use_is_refused_with_the_remedy(void **state)
{
    struct folder *f = *state;
    uint8_t master[QP_SEED_LEN];
    char remedy[128];
    counting_seed(master, 0);
    assert_int_equal(qp_keyfile_write(f->key, master, NULL), 0);
    static const mode_t open_modes[] = {0644, 0640, 0604, 0620, 0601, 0777};
    for (size_t i = 0; i < sizeof open_modes / sizeof open_modes[0]; i++) {
        struct qp_err e = {0};
        assert_int_equal(chmod(f->key, open_modes[i]), 0);
        assert_int_equal(qp_keyfile_read(master, f->key, &e), QP_EDENIED);
        snprintf(remedy, sizeof remedy, "chmod 600 %s", f->key);
        assert_non_null(strstr(e.text, remedy));
    }
    assert_int_equal(chmod(f->key, 0400), 0);
    assert_int_equal(qp_keyfile_read(master, f->key, NULL), 0);
}

static void a_missing_key_file_says_how_to_get_one(void **state)
{
    struct folder *f = *state;
    uint8_t master[QP_SEED_LEN];
    struct qp_err e = {0};
    assert_int_equal(qp_keyfile_read(master, f->key, &e), QP_ENOTFOUND);
    assert_non_null(strstr(e.text, "qipan init"));
}

static void what_is_not_a_key_file_is_refused(void **state)
{
    struct folder *f = *state;
    static const char *const wrong[] = {
        "",
        "qipan-key-1 \n",
        "hello\n",
        "qipan-key-2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
        "qipan-key-1 000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n",
        "qipan-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1g\n",
        "qipan-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "qipan-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f ",
        "qipan-key-1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t master[QP_SEED_LEN];
        struct qp_err e = {0};
        put(f->key, wrong[i]);
        assert_int_equal(qp_keyfile_read(master, f->key, &e), QP_EINVAL);
        assert_non_null(strstr(e.text, f->key));
        assert_null(strstr(e.text, "0001020304")); /* a sentence never shows key bytes */
    }
}

static void a_key_file_in_a_missing_folder_tells_the_reason(void **state)
{
    struct folder *f = *state;
    char path[128];
    uint8_t master[QP_SEED_LEN];
    struct qp_err e = {0};
    counting_seed(master, 0);
    snprintf(path, sizeof path, "%s/none/node.key", f->name);
    assert_int_equal(qp_keyfile_write(path, master, &e), QP_EIO);
    assert_non_null(strstr(e.text, "No such file or directory"));
}

static void the_same_seed_gives_the_same_bytes(void **state)
{
    (void)state;
    uint8_t seed[QP_SEED_LEN], out[128], again[128];
    struct qp_drbg g;
    counting_seed(seed, 0);
    qp_drbg_init(&g, seed);
    qp_drbg_bytes(&g, out, sizeof out);
    assert_int_equal(g.counter, 2);
    assert_bytes(out, sizeof out,
                 "9212bc97156556f62890b1af163258514c78fd9c7a4fffa97a3381bca1fa788f239282c9d2934fa9bd1daab2105"
                 "74f3907a9351bae"
                 "aa33d3e2a68484a6af5d25b8a90f1bb350aac5f18d5c8014e25218aa90cf806d35020b07fecedb41b5942ba0d85"
                 "1c95747418ba16b"
                 "69c3c803669fc52fb9c64171294370a51d73b9cf6399");
    qp_drbg_init(&g, seed);
    qp_drbg_bytes(&g, again, 5);
    qp_drbg_bytes(&g, again + 64, 64);
    assert_memory_equal(out, again, 5);
    assert_memory_equal(out + 64, again + 64, 64); /* a call begins with a fresh block */
}

static void another_seed_or_a_later_call_gives_other_bytes(void **state)
{
    (void)state;
    uint8_t seed[QP_SEED_LEN], a[32], b[32], c[32];
    struct qp_drbg g, other;
    counting_seed(seed, 0);
    qp_drbg_init(&g, seed);
    seed[0] ^= 1;
    qp_drbg_init(&other, seed);
    qp_drbg_bytes(&g, a, sizeof a);
    qp_drbg_bytes(&g, b, sizeof b);
    qp_drbg_bytes(&other, c, sizeof c);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a, c, sizeof a);
    qp_drbg_wipe(&g);
    const struct qp_drbg zeros = {{0}, 0};
    assert_memory_equal(&g, &zeros, sizeof g);
}

int main(void)
{
#define IN_FOLDER(t) cmocka_unit_test_setup_teardown(t, open_folder, close_folder)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_pairs_have_their_golden_bytes),
        cmocka_unit_test(wiped_keys_are_zeros),
        IN_FOLDER(a_key_file_is_read_as_it_was_written),
        IN_FOLDER(a_key_file_is_never_overwritten),
        IN_FOLDER(a_key_that_others_may_use_is_refused_with_the_remedy),
        IN_FOLDER(a_missing_key_file_says_how_to_get_one),
        IN_FOLDER(what_is_not_a_key_file_is_refused),
        IN_FOLDER(a_key_file_in_a_missing_folder_tells_the_reason),
        cmocka_unit_test(the_same_seed_gives_the_same_bytes),
        cmocka_unit_test(another_seed_or_a_later_call_gives_other_bytes),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
