/* merkle_test.c: every leaf of every tree up to 40 leaves is proved by its path, and by nothing else. */
#include "tests/unit/crypto/vector.h"

enum { TREES = 40 };

/* Leaf i is the event of the one byte i. */
static void make_leaves(struct qp_hash *leaves, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t event = (uint8_t)i;
        qp_merkle_leaf(&leaves[i], &event, 1);
    }
}

static void make_root(struct qp_hash *root, const struct qp_hash *leaves, size_t n)
{
    struct qp_hash scratch[TREES];
    memcpy(scratch, leaves, n * sizeof *scratch);
    qp_merkle_root(root, scratch, n);
}

static bool proves(const struct qp_hash *root, const struct qp_hash *leaf, size_t n, size_t i,
                   const struct qp_hash *path, size_t len)
{
    struct qp_hash climbed;
    return qp_merkle_climb(&climbed, leaf, n, i, path, len) && qp_hash_eq(&climbed, root);
}

static void roots_are_those_of_the_reference(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        const char *root;
    } known[] = {
        {1, "9ee6dfb61a2fb903df487c401663825643bb825d41695e63df8af6162ab145a6"},
        {2, "47f61e4f4620e9946a8831b8c717a76f36982b82d88e005bc4635a1b21c73eff"},
        {3, "8926efdc0a3a501b9a98e046861bf1303acf7bd2191f0a5fd21c003c9557c1b9"},
        {5, "d189ac817a2f095408bea113eb0c5b6ba55cbafea7cd71378de9152f3b5d3246"},
        {7, "9a32133fb577b45268f6dcb813645347b5955c4b19e56b7474197a31e75a6a5f"},
        {40, "b35ce2af79fa59ab62dd91ba7c0e32ec27e0d95b7f25dbc5838c21a76a6e854c"},
    };
    struct qp_hash leaves[TREES], root;
    make_leaves(leaves, TREES);
    for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
        make_root(&root, leaves, known[k].n);
        assert_bytes(root.b, sizeof root.b, known[k].root);
    }
}

static void every_path_of_every_tree_leads_to_its_root(void **state)
{
    (void)state;
    struct qp_hash leaves[TREES], before[TREES], root, path[32];
    make_leaves(leaves, TREES);
    memcpy(before, leaves, sizeof before);
    for (size_t n = 1; n <= TREES; n++) {
        make_root(&root, leaves, n);
        for (size_t i = 0; i < n; i++) {
            size_t len = qp_merkle_path(path, leaves, n, i);
            assert_true(proves(&root, &leaves[i], n, i, path, len));
        }
    }
    assert_memory_equal(before, leaves, sizeof before);
}

static void a_changed_byte_of_leaf_or_path_proves_nothing(void **state)
{
    (void)state;
    struct qp_hash leaves[TREES], root, path[32];
    make_leaves(leaves, TREES);
    for (size_t n = 1; n <= TREES; n++) {
        make_root(&root, leaves, n);
        for (size_t i = 0; i < n; i++) {
            size_t len = qp_merkle_path(path, leaves, n, i);
            struct qp_hash leaf = leaves[i];
            leaf.b[(n + i) % QP_HASH_LEN] ^= 1;
            assert_false(proves(&root, &leaf, n, i, path, len));
            for (size_t p = 0; p < len; p++) {
                path[p].b[(n + i) % QP_HASH_LEN] ^= 0x80;
                assert_false(proves(&root, &leaves[i], n, i, path, len));
                path[p].b[(n + i) % QP_HASH_LEN] ^= 0x80;
            }
        }
    }
}

static void a_path_proves_no_other_index(void **state)
{
    (void)state;
    struct qp_hash leaves[TREES], root, path[32];
    make_leaves(leaves, TREES);
    for (size_t n = 1; n <= TREES; n++) {
        make_root(&root, leaves, n);
        for (size_t i = 0; i < n; i++) {
            size_t len = qp_merkle_path(path, leaves, n, i);
            for (size_t j = 0; j < n + 2; j++)
                assert_int_equal(proves(&root, &leaves[i], n, j, path, len), i == j);
        }
    }
}

static void a_path_too_short_or_too_long_is_refused(void **state)
{
    (void)state;
    struct qp_hash leaves[TREES], root, path[34];
    memset(path, 0, sizeof path);
    make_leaves(leaves, TREES);
    for (size_t n = 1; n <= TREES; n++) {
        for (size_t i = 0; i < n; i++) {
            size_t len = qp_merkle_path(path, leaves, n, i);
            for (size_t other = 0; other <= 34; other++)
                assert_int_equal(qp_merkle_climb(&root, &leaves[i], n, i, path, other), other == len);
        }
    }
}

/* The number of leaves is signed in the parcel's header; a path must not climb where that number gives
 * another shape. */
static void a_number_of_leaves_that_asks_for_another_length_is_refused(void **state)
{
    (void)state;
    struct qp_hash leaves[TREES], climbed, root, path[32], other_path[32];
    make_leaves(leaves, TREES);
    int refused = 0;
    for (size_t n = 1; n <= TREES; n++) {
        make_root(&root, leaves, n);
        for (size_t i = 0; i < n; i++) {
            size_t len = qp_merkle_path(path, leaves, n, i);
            assert_false(qp_merkle_climb(&climbed, &leaves[i], 0, i, path, len));
            assert_false(qp_merkle_climb(&climbed, &leaves[i], i, i, path, len));
            for (size_t m = i + 1; m <= TREES; m++) {
                bool fits = qp_merkle_path(other_path, leaves, m, i) == len;
                assert_int_equal(qp_merkle_climb(&climbed, &leaves[i], m, i, path, len), fits);
                refused += !fits;
            }
        }
    }
    assert_true(refused > 1000);
}

static void a_node_cannot_pass_as_an_event(void **state)
{
    (void)state;
    struct qp_hash leaves[2], root, forged;
    make_leaves(leaves, 2);
    make_root(&root, leaves, 2);
    uint8_t event[2 * QP_HASH_LEN];
    memcpy(event, leaves[0].b, QP_HASH_LEN);
    memcpy(event + QP_HASH_LEN, leaves[1].b, QP_HASH_LEN);
    qp_merkle_leaf(&forged, event, sizeof event);
    assert_false(proves(&root, &forged, 1, 0, NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(roots_are_those_of_the_reference),
        cmocka_unit_test(every_path_of_every_tree_leads_to_its_root),
        cmocka_unit_test(a_changed_byte_of_leaf_or_path_proves_nothing),
        cmocka_unit_test(a_path_proves_no_other_index),
        cmocka_unit_test(a_path_too_short_or_too_long_is_refused),
        cmocka_unit_test(a_number_of_leaves_that_asks_for_another_length_is_refused),
        cmocka_unit_test(a_node_cannot_pass_as_an_event),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
