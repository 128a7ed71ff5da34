/* room_test.c: a vault without room, and one whose disk has changed a bit: what ends has ended all the same, and no key is
 * lost that can be found again. */
#include <lmdb.h>

#include "tests/unit/vault/rig.h"

static void open_small(struct rig *r)
{
    struct qp_vault_options o = {.dir = r->dir, .map = 256 << 10, .keys = &r->keys, .no_sync = true};
    qp_vault_close(r->v);
    r->v = NULL;
    assert_int_equal(qp_vault_open(&r->v, &o, NULL), 0);
}

static void number(uint8_t id[QP_ID_LEN], int i)
{
    memset(id, 0, QP_ID_LEN);
    id[0] = (uint8_t)(i >> 8);
    id[1] = (uint8_t)i;
    id[15] = 1;
}

/* A record a turn, until there is no room for another; how many there are. */
static int filled(struct rig *r)
{
    uint8_t id[QP_ID_LEN];
    struct qp_err e = {0};
    struct qp_sealed s = locked(r, 1);
    for (int i = 0;; i++) {
        number(id, i);
        assert_int_equal(qp_vault_keep(r->v, id, &s, NULL), 0);
        int rc = qp_vault_commit(r->v, &e);
        if (!rc) {
            assert_int_equal(qp_vault_settle(r->v, NULL), 0);
            continue;
        }
        assert_int_equal(rc, QP_EFULL);
        assert_non_null(strstr(e.text, "store.vault_map"));
        qp_vault_forget(r->v);
        return i;
    }
}

static void in_a_full_vault_a_record_ends_and_the_next_start_goes_on(void **state)
{
    struct rig r;
    uint8_t id[QP_ID_LEN];
    (void)state;
    rig_begin(&r);
    open_small(&r);
    int n = filled(&r);
    struct qp_sealed s = locked(&r, 1);
    assert_true(n > 20);
    assert_int_equal(found(&r, "keys", s.key, sizeof s.key), n);
    for (int i = 0; i < n; i++) {
        number(id, i);
        assert_int_equal(qp_vault_end(r.v, id, NULL), 0);
        assert_int_equal(qp_vault_commit(r.v, NULL), 0);
        assert_int_equal(qp_vault_settle(r.v, NULL), 0);
        assert_false(qp_vault_has(r.v, id));
        if (i % 100 == 0)
            assert_int_equal(found(&r, "keys", s.key, sizeof s.key), n - 1 - i);
        if (i % 100 == 0)
            open_small(&r);
    }
    rig_again(&r); /* with room: what was left is gone */
    struct qp_vault_use u;
    qp_vault_use(r.v, &u);
    assert_int_equal(u.records, 0);
    assert_false(qp_vault_full(r.v));
    rig_end(&r);
}

/* Changes a byte of the file at every slot that is not empty. */
static void spoil(struct rig *r, long at)
{
    char path[128];
    uint8_t slot[128];
    static const uint8_t none[128];
    qp_vault_close(r->v);
    r->v = NULL;
    snprintf(path, sizeof path, "%s/keys", r->dir);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    for (long i = 0; fseek(f, i * 128, SEEK_SET) == 0 && fread(slot, 1, 128, f) == 128; i++) {
        if (memcmp(slot, none, 128) == 0)
            continue;
        fseek(f, i * 128 + at, SEEK_SET);
        fputc(slot[at] ^ 0x10, f);
    }
    fclose(f);
}

static void a_flipped_bit_beside_the_key_loses_no_record(void **state)
{
    static const long beside[] = {0, 15, 96, 127}; /* in the id, in the check */
    struct rig r;
    struct qp_vault_use u;
    (void)state;
    rig_begin(&r);
    for (int i = 1; i < 4; i++)
        keep(&r, i);
    turn(&r);
    for (size_t k = 0; k < sizeof beside / sizeof *beside; k++) {
        spoil(&r, beside[k]);
        rig_open(&r);
        qp_vault_use(r.v, &u);
        assert_int_equal(u.mended, 3);
        assert_int_equal(u.lost, 0);
        for (int i = 1; i < 4; i++)
            assert_true(reads(&r, i));
    }
    rig_again(&r);
    qp_vault_use(r.v, &u);
    assert_int_equal(u.mended, 0);
    rig_end(&r);
}

static void a_key_that_is_damaged_is_counted_and_its_record_goes(void **state)
{
    struct rig r;
    struct qp_vault_use u;
    (void)state;
    rig_begin(&r);
    keep(&r, 1);
    turn(&r);
    spoil(&r, 40);
    rig_open(&r);
    qp_vault_use(r.v, &u);
    assert_int_equal(u.lost, 1);
    assert_int_equal(u.records, 0);
    keep(&r, 1); /* another node had it */
    turn(&r);
    assert_true(reads(&r, 1));
    rig_end(&r);
}

/* The record of person i names this slot. */
static void misname(struct rig *r, int i, uint32_t slot)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    uint8_t id[QP_ID_LEN], bytes[512];
    id_of(id, i);
    MDB_val k = {QP_ID_LEN, id}, v;
    qp_vault_close(r->v);
    r->v = NULL;
    assert_int_equal(mdb_env_create(&env) | mdb_env_open(env, r->dir, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn) | mdb_dbi_open(txn, NULL, 0, &dbi), 0);
    assert_int_equal(mdb_get(txn, dbi, &k, &v), 0);
    assert_true(v.mv_size <= sizeof bytes);
    memcpy(bytes, v.mv_data, v.mv_size);
    bytes[0] = (uint8_t)(slot >> 24), bytes[1] = (uint8_t)(slot >> 16), bytes[2] = (uint8_t)(slot >> 8);
    bytes[3] = (uint8_t)slot;
    v.mv_data = bytes;
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0) | mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void a_record_that_names_a_wrong_slot_finds_its_key(void **state)
{
    static const uint32_t wrong[] = {1, 700, 5000, UINT32_MAX}; /* another's, an empty one, none, none */
    struct rig r;
    (void)state;
    rig_begin(&r);
    for (int i = 1; i < 4; i++)
        keep(&r, i);
    turn(&r);
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        misname(&r, 1, wrong[k]);
        rig_open(&r);
        for (int i = 1; i < 4; i++)
            assert_true(reads(&r, i));
    }
    rig_end(&r);
}

/* LMDB has no checks: one bit of the id under which the record of person i lies is another. */
static void misplace(struct rig *r, int i, uint8_t bit)
{
    MDB_env *env;
    MDB_txn *txn;
    MDB_dbi dbi;
    uint8_t id[QP_ID_LEN], bytes[512];
    id_of(id, i);
    MDB_val k = {QP_ID_LEN, id}, v;
    qp_vault_close(r->v);
    r->v = NULL;
    assert_int_equal(mdb_env_create(&env) | mdb_env_open(env, r->dir, 0, 0600), 0);
    assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn) | mdb_dbi_open(txn, NULL, 0, &dbi), 0);
    assert_int_equal(mdb_get(txn, dbi, &k, &v), 0);
    assert_true(v.mv_size <= sizeof bytes);
    memcpy(bytes, v.mv_data, v.mv_size);
    v.mv_data = bytes;
    assert_int_equal(mdb_del(txn, dbi, &k, NULL), 0);
    id[7] ^= bit;
    assert_int_equal(mdb_put(txn, dbi, &k, &v, 0) | mdb_txn_commit(txn), 0);
    mdb_env_close(env);
}

static void a_record_whose_id_was_changed_is_found_by_its_key(void **state)
{
    struct rig r;
    struct qp_vault_use u;
    (void)state;
    rig_begin(&r);
    for (int i = 1; i < 4; i++)
        keep(&r, i);
    turn(&r);
    misplace(&r, 2, 0x40);
    rig_open(&r);
    qp_vault_use(r.v, &u);
    assert_int_equal(u.records, 3);
    assert_int_equal(u.mended, 1);
    assert_int_equal(u.lost, 0);
    for (int i = 1; i < 4; i++)
        assert_true(reads(&r, i));
    end(&r, 2); /* and it can be erased */
    turn(&r);
    assert_false(reads(&r, 2));
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_a_full_vault_a_record_ends_and_the_next_start_goes_on),
        cmocka_unit_test(a_flipped_bit_beside_the_key_loses_no_record),
        cmocka_unit_test(a_key_that_is_damaged_is_counted_and_its_record_goes),
        cmocka_unit_test(a_record_that_names_a_wrong_slot_finds_its_key),
        cmocka_unit_test(a_record_whose_id_was_changed_is_found_by_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
