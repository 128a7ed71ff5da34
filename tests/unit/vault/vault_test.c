/* vault_test.c: records of people: kept, read, passed on, ended; and who cannot. */
#include "tests/unit/vault/rig.h"

static void a_record_is_read_by_its_node_after_a_new_start(void **state)
{
    struct rig r;
    (void)state;
    rig_begin(&r);
    keep(&r, 1);
    keep(&r, 2);
    assert_false(reads(&r, 1)); /* noted is not kept */
    turn(&r);
    assert_true(reads(&r, 1) && reads(&r, 2));
    rig_again(&r);
    assert_true(reads(&r, 1) && reads(&r, 2));
    assert_false(reads(&r, 3));
    assert_int_equal(found(&r, "data.mdb", "CANARY", 6), 0);
    assert_int_equal(found(&r, "keys", "CANARY", 6), 0);
    rig_end(&r);
}

static void a_turn_that_was_given_up_keeps_and_ends_nothing(void **state)
{
    struct rig r;
    uint8_t id[QP_ID_LEN];
    (void)state;
    rig_begin(&r);
    keep(&r, 1);
    turn(&r);
    keep(&r, 2);
    end(&r, 1);
    id_of(id, 2);
    assert_true(qp_vault_has(r.v, id));
    id_of(id, 1);
    assert_false(qp_vault_has(r.v, id));
    qp_vault_forget(r.v);
    assert_true(qp_vault_has(r.v, id));
    turn(&r);
    assert_true(reads(&r, 1));
    assert_false(reads(&r, 2));
    rig_end(&r);
}

static void an_ended_record_has_no_key_in_any_file(void **state)
{
    struct rig r;
    (void)state;
    rig_begin(&r);
    struct qp_sealed s = locked(&r, 1);
    keep(&r, 1);
    keep(&r, 2);
    turn(&r);
    assert_int_equal(found(&r, "keys", s.key, sizeof s.key), 1);
    end(&r, 1);
    assert_int_equal(qp_vault_commit(r.v, NULL), 0);
    assert_true(reads(&r, 1)); /* until the journal says so */
    assert_int_equal(qp_vault_settle(r.v, NULL), 0);
    assert_false(reads(&r, 1));
    assert_int_equal(found(&r, "keys", s.key, sizeof s.key), 0);
    assert_int_equal(found(&r, "data.mdb", s.key, sizeof s.key), 0);
    assert_true(reads(&r, 2));
    rig_again(&r);
    assert_false(reads(&r, 1));
    assert_true(reads(&r, 2));
    rig_end(&r);
}

static void a_record_put_back_without_its_slot_stays_ended(void **state)
{
    struct rig r;
    char cmd[300];
    (void)state;
    rig_begin(&r);
    keep(&r, 1);
    turn(&r);
    snprintf(cmd, sizeof cmd, "cp %s/data.mdb %s/old", r.dir, r.dir); /* what a backup would have */
    assert_int_equal(system(cmd), 0);
    end(&r, 1);
    turn(&r);
    qp_vault_close(r.v);
    snprintf(cmd, sizeof cmd, "mv %s/old %s/data.mdb", r.dir, r.dir);
    assert_int_equal(system(cmd), 0);
    rig_open(&r);
    assert_false(reads(&r, 1));
    rig_end(&r);
}

static void a_record_that_is_replaced_has_one_key(void **state)
{
    struct rig r;
    struct qp_vault_use u;
    uint8_t id[QP_ID_LEN];
    (void)state;
    rig_begin(&r);
    struct qp_sealed first = locked(&r, 1), second = locked(&r, 2);
    keep(&r, 1);
    turn(&r);
    id_of(id, 1);
    assert_int_equal(qp_vault_keep(r.v, id, &second, NULL), 0);
    turn(&r);
    assert_int_equal(found(&r, "keys", first.key, sizeof first.key), 0);
    assert_int_equal(found(&r, "keys", second.key, sizeof second.key), 1);
    qp_vault_use(r.v, &u);
    assert_int_equal(u.records, 1);
    rig_end(&r);
}

static void the_key_passes_to_the_next_node_and_to_no_other(void **state)
{
    struct rig r;
    struct qp_keys next, other;
    uint8_t seed[QP_SEED_LEN] = {1}, master[QP_SEED_LEN] = {2}, out[QP_RECORD_MOST];
    size_t len;
    (void)state;
    rig_begin(&r);
    qp_keys_derive(&next, master);
    master[0]++;
    qp_keys_derive(&other, master);
    struct qp_sealed s = locked(&r, 1), passed = s;
    assert_int_equal(qp_record_pass(passed.key, &s, &r.keys, next.box_pk, seed), 0);
    assert_int_equal(qp_record_unlock(out, &len, &passed, &next), 0);
    assert_memory_equal(out, "CANARY person 1", len);
    assert_int_equal(qp_record_unlock(out, &len, &passed, &r.keys), QP_ESIG);
    assert_int_equal(qp_record_unlock(out, &len, &passed, &other), QP_ESIG);
    uint8_t none[QP_SEALED_KEY];
    assert_int_equal(qp_record_pass(none, &s, &other, next.box_pk, seed), QP_ESIG);
    rig_end(&r);
}

static void another_record_under_the_same_commitment_is_refused(void **state)
{
    struct rig r;
    uint8_t out[QP_RECORD_MOST];
    size_t len;
    (void)state;
    rig_begin(&r);
    struct qp_sealed a = locked(&r, 1), b = locked(&r, 2), mixed = b;
    mixed.commitment = a.commitment;
    assert_int_equal(qp_record_unlock(out, &len, &mixed, &r.keys), QP_ESIG);
    mixed = a;
    mixed.bytes.len--;
    assert_int_equal(qp_record_unlock(out, &len, &mixed, &r.keys), QP_ESIG);
    mixed.bytes.len = QP_LOCK_OVERHEAD - 1;
    assert_int_equal(qp_record_unlock(out, &len, &mixed, &r.keys), QP_ESIG);
    rig_end(&r);
}

static bool odd_ones_stay(void *arg, const uint8_t id[QP_ID_LEN])
{
    ++*(int *)arg;
    return id[0] % 2 == 1;
}

static void whoever_knows_the_matters_ends_what_is_not_to_be_kept(void **state)
{
    struct rig r;
    int seen = 0;
    (void)state;
    rig_begin(&r);
    for (int i = 0; i < 50; i++)
        keep(&r, i);
    turn(&r);
    assert_int_equal(qp_vault_each(r.v, odd_ones_stay, &seen, NULL), 0);
    assert_int_equal(seen, 50);
    rig_again(&r);
    for (int i = 0; i < 50; i++)
        assert_int_equal(reads(&r, i), i % 2 == 1);
    rig_end(&r);
}

static void slots_are_used_again_and_a_damaged_one_is_no_key(void **state)
{
    struct rig r;
    char path[128];
    (void)state;
    rig_begin(&r);
    for (int round = 0; round < 30; round++) {
        for (int i = 0; i < 100; i++)
            keep(&r, i);
        turn(&r);
        for (int i = 0; i < 100; i++)
            end(&r, i);
        turn(&r);
    }
    keep(&r, 7);
    turn(&r);
    qp_vault_close(r.v);
    snprintf(path, sizeof path, "%s/keys", r.dir);
    FILE *f = fopen(path, "r+b");
    fseek(f, 0, SEEK_END);
    assert_int_equal(ftell(f), 1024 * 128);
    for (long at = 40; at < 1024 * 128; at += 128) {
        fseek(f, at, SEEK_SET);
        fputc(0x5a, f);
    }
    fclose(f);
    rig_open(&r);
    assert_false(reads(&r, 7));
    rig_end(&r);
}

static void a_node_with_new_keys_opens_what_it_kept_under_the_former_ones(void **state)
{
    struct rig r;
    uint8_t master[QP_SEED_LEN] = {43}, seed[QP_SEED_LEN] = {1}, id[QP_ID_LEN];
    size_t n;
    (void)state;
    rig_begin(&r);
    struct qp_sealed first = locked(&r, 1);
    for (int i = 1; i <= 200; i++)
        keep(&r, i);
    turn(&r);
    struct qp_keys former = r.keys;
    qp_keys_derive(&r.keys, master); /* it has joined again */
    rig_again(&r);
    keep(&r, 201);
    turn(&r);
    id_of(id, 1);
    assert_true(qp_vault_has(r.v, id) && !qp_vault_opens(r.v, id));
    assert_int_equal(qp_vault_adopt(r.v, &former, seed, &n, NULL), 0);
    assert_int_equal(n, 200);
    assert_true(qp_vault_opens(r.v, id));
    assert_int_equal(found(&r, "keys", first.key, sizeof first.key), 0); /* the former key opens it no more */
    assert_int_equal(qp_vault_adopt(r.v, &former, seed, &n, NULL), 0);
    assert_int_equal(n, 0);
    rig_again(&r);
    for (int i = 1; i <= 201; i++)
        assert_true(reads(&r, i));
    rig_end(&r);
}

static void a_cut_file_is_told_and_no_signal(void **state)
{
    struct rig r;
    char path[128];
    struct qp_err e = {0};
    (void)state;
    rig_begin(&r);
    for (int i = 0; i < 100; i++)
        keep(&r, i);
    turn(&r);
    qp_vault_close(r.v);
    r.v = NULL;
    snprintf(path, sizeof path, "%s/data.mdb", r.dir);
    assert_int_equal(truncate(path, 8192), 0);
    struct qp_vault_options o = {.dir = r.dir, .map = 16 << 20, .keys = &r.keys};
    assert_int_equal(qp_vault_open(&r.v, &o, &e), QP_ECORRUPT);
    assert_non_null(strstr(e.text, "cut short"));
    r.v = NULL;
    rig_end(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_is_read_by_its_node_after_a_new_start),
        cmocka_unit_test(a_turn_that_was_given_up_keeps_and_ends_nothing),
        cmocka_unit_test(an_ended_record_has_no_key_in_any_file),
        cmocka_unit_test(a_record_put_back_without_its_slot_stays_ended),
        cmocka_unit_test(a_record_that_is_replaced_has_one_key),
        cmocka_unit_test(the_key_passes_to_the_next_node_and_to_no_other),
        cmocka_unit_test(another_record_under_the_same_commitment_is_refused),
        cmocka_unit_test(whoever_knows_the_matters_ends_what_is_not_to_be_kept),
        cmocka_unit_test(slots_are_used_again_and_a_damaged_one_is_no_key),
        cmocka_unit_test(a_node_with_new_keys_opens_what_it_kept_under_the_former_ones),
        cmocka_unit_test(a_cut_file_is_told_and_no_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
