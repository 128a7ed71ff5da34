/* tree_test.c: who lies below whom, and where a parcel goes next, in whatever order the certificates came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "topology/tree.h"

struct id {
    uint8_t b[QP_ID_LEN];
};

/* The id of a path in these tests. */
static struct id id_of(const char *path)
{
    struct qp_hash h;
    struct id id;
    qp_hash(&h, path, strlen(path));
    memcpy(id.b, h.b, QP_ID_LEN);
    return id;
}

static struct qp_cert cert_of(const char *path)
{
    struct qp_cert c = {.incarnation = 1, .not_before_us = 1, .not_after_us = 1000};
    char above[QP_PATH_MAX];
    struct id node = id_of(path), issuer = qp_path_parent(above, path) ? id_of(above) : node;
    snprintf(c.path, sizeof c.path, "%s", path);
    memcpy(c.node, node.b, QP_ID_LEN);
    memcpy(c.issuer, issuer.b, QP_ID_LEN);
    return c;
}

static struct qp_place *add(struct qp_tree *t, const char *path)
{
    struct qp_cert c = cert_of(path);
    return qp_tree_add(t, &c);
}

static struct qp_tree *tree_at(const char *self)
{
    struct qp_tree *t = qp_tree_new(id_of(self).b);
    assert_non_null(t);
    return t;
}

static const char *const city[] = {"c",       "c/a",     "c/b",   "c/a/x",  "c/a/y",
                                   "c/a/x/1", "c/a/x/2", "c/b/z", "c/b/z/1"};
enum { CITY = sizeof city / sizeof *city };

/* "" for none, "?" for unknown */
static const char *next_of(struct qp_tree *t, const char *to)
{
    bool unknown = true;
    struct qp_place *p = qp_tree_next(t, id_of(to).b, &unknown);
    assert_true(!p || !unknown);
    return p ? p->cert.path : unknown ? "?" : "";
}

static void parcels_go_along_the_tree_path(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c/a");
    for (int i = 0; i < CITY; i++)
        add(t, city[i]);
    assert_string_equal(next_of(t, "c/a"), "");
    assert_string_equal(next_of(t, "c/a/x"), "c/a/x");
    assert_string_equal(next_of(t, "c/a/x/1"), "c/a/x");
    assert_string_equal(next_of(t, "c/a/y"), "c/a/y");
    assert_string_equal(next_of(t, "c"), "c");
    assert_string_equal(next_of(t, "c/b"), "c");
    assert_string_equal(next_of(t, "c/b/z/1"), "c");
    assert_string_equal(next_of(t, "nobody/knows"), "c"); /* the parent may */
    qp_tree_free(t);

    t = tree_at("c"); /* a root has nobody to ask */
    for (int i = 0; i < CITY; i++)
        add(t, city[i]);
    assert_string_equal(next_of(t, "c"), "");
    assert_string_equal(next_of(t, "c/b/z/1"), "c/b");
    assert_string_equal(next_of(t, "nobody/knows"), "?");
    qp_tree_free(t);
}

static void the_order_in_which_certificates_come_does_not_matter(void **state)
{
    (void)state;
    for (int start = 0; start < CITY; start++) {
        for (int step = 1; step < CITY; step++) {
            if (step % 3 == 0) /* 9 places: only steps without a common divisor visit all */
                continue;
            struct qp_tree *t = tree_at("c/a");
            for (int i = 0; i < CITY; i++)
                assert_non_null(add(t, city[(start + i * step) % CITY]));
            assert_int_equal(qp_tree_count(t), CITY);
            for (int i = 0; i < CITY; i++) {
                struct qp_place *p = qp_tree_path(t, city[i]);
                char above[QP_PATH_MAX];
                assert_ptr_equal(p, qp_tree_node(t, id_of(city[i]).b));
                if (qp_path_parent(above, city[i]))
                    assert_string_equal(p->parent->cert.path, above);
                else
                    assert_null(p->parent);
            }
            assert_string_equal(next_of(t, "c/a/x/2"), "c/a/x");
            assert_string_equal(next_of(t, "c/b/z/1"), "c");
            qp_tree_free(t);
        }
    }
}

static void a_missing_certificate_between_is_bridged_by_the_path(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c");
    add(t, "c");
    add(t, "c/a");
    struct qp_cert deep = cert_of("c/a/x/1"); /* c/a/x is not known */
    qp_tree_add(t, &deep);
    assert_string_equal(next_of(t, "c/a/x/1"), "c/a");
    assert_string_equal(next_of(t, "c/a/x"), "?"); /* only named as an issuer: nothing says where it is */
    struct qp_cert stranger = cert_of("d/a/x/1");
    qp_tree_add(t, &stranger);
    assert_string_equal(next_of(t, "d/a/x/1"), "?");
    qp_tree_free(t);
}

static void nobody_is_known_at_first(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c/a");
    struct qp_place *out[1];
    assert_null(qp_tree_self(t));
    assert_null(qp_tree_parent(t));
    assert_int_equal(qp_tree_count(t), 0);
    assert_null(qp_tree_path(t, "c/a"));
    assert_null(qp_tree_node(t, id_of("c/a").b));
    assert_int_equal(qp_tree_children(t, id_of("c/a").b, out, 1), 0);
    assert_string_equal(next_of(t, "c"), "?");
    add(t, "c/a");
    assert_non_null(qp_tree_self(t));
    assert_null(qp_tree_parent(t)); /* named, but its certificate has not come */
    assert_null(qp_tree_node(t, id_of("c").b));
    assert_true(qp_tree_above(t, id_of("c").b));
    assert_int_equal(qp_tree_count(t), 1);
    add(t, "c");
    assert_string_equal(qp_tree_parent(t)->cert.path, "c");
    qp_tree_free(t);
}

static void children_stand_in_the_order_of_their_paths(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c");
    struct qp_place *out[4];
    static const char *const mixed[] = {"c/m", "c/b", "c/z", "c/a", "c/k"};
    add(t, "c");
    for (int i = 0; i < 5; i++)
        add(t, mixed[i]);
    add(t, "c/a/deeper");
    assert_int_equal(qp_tree_children(t, id_of("c").b, out, 4), 5);
    assert_string_equal(out[0]->cert.path, "c/a");
    assert_string_equal(out[1]->cert.path, "c/b");
    assert_string_equal(out[2]->cert.path, "c/k");
    assert_string_equal(out[3]->cert.path, "c/m");
    assert_int_equal(qp_tree_children(t, id_of("c").b, NULL, 0), 5);
    qp_tree_free(t);
}

static void above_are_this_node_and_its_ancestors(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c/a/x");
    for (int i = 0; i < CITY; i++)
        add(t, city[i]);
    assert_true(qp_tree_above(t, id_of("c/a/x").b));
    assert_true(qp_tree_above(t, id_of("c/a").b));
    assert_true(qp_tree_above(t, id_of("c").b));
    assert_false(qp_tree_above(t, id_of("c/a/y").b));
    assert_false(qp_tree_above(t, id_of("c/a/x/1").b));
    assert_false(qp_tree_above(t, id_of("c/b").b));
    assert_false(qp_tree_above(t, id_of("unknown").b));
    qp_tree_free(t);
}

static void a_higher_incarnation_replaces_and_a_lower_is_ignored(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c");
    add(t, "c");
    struct qp_place *p = add(t, "c/a");
    add(t, "c/a/x");
    p->revoked = p->quarantined = true;
    struct qp_cert c = cert_of("c/a");
    c.not_before_us = 5; /* renewed: the same incarnation */
    c.sign_key[0] = 5;
    assert_ptr_equal(qp_tree_add(t, &c), p);
    assert_int_equal(p->cert.sign_key[0], 5);
    assert_true(p->revoked && p->quarantined);
    c.not_before_us = 4; /* an older one of the same incarnation comes late */
    c.sign_key[0] = 4;
    qp_tree_add(t, &c);
    assert_int_equal(p->cert.sign_key[0], 5);
    c.incarnation = 2;
    c.sign_key[0] = 6;
    qp_tree_add(t, &c);
    assert_int_equal(p->cert.sign_key[0], 6);
    assert_false(p->revoked || p->quarantined);
    c.incarnation = 1;
    c.not_before_us = 100;
    c.sign_key[0] = 7;
    assert_ptr_equal(qp_tree_add(t, &c), p);
    assert_int_equal(p->cert.sign_key[0], 6);
    assert_int_equal(qp_tree_count(t), 3);
    assert_ptr_equal(qp_tree_path(t, "c/a/x")->parent, p);
    qp_tree_free(t);
}

static void a_moved_node_is_found_at_its_new_place_with_all_below_it(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c");
    struct qp_place *out[4];
    for (int i = 0; i < CITY; i++)
        add(t, city[i]);
    struct qp_cert c = cert_of("c/a/x");
    snprintf(c.path, sizeof c.path, "c/b/x");
    memcpy(c.issuer, id_of("c/b").b, QP_ID_LEN);
    c.not_before_us = 2;
    struct qp_place *p = qp_tree_add(t, &c);
    assert_ptr_equal(qp_tree_path(t, "c/b/x"), p);
    assert_null(qp_tree_path(t, "c/a/x"));
    assert_string_equal(p->parent->cert.path, "c/b");
    assert_int_equal(qp_tree_children(t, id_of("c/a").b, out, 4), 1);
    assert_int_equal(qp_tree_children(t, id_of("c/b").b, out, 4), 2);
    assert_string_equal(next_of(t, "c/a/x/1"), "c/b"); /* membership is by node id, not by the old name */
    qp_tree_free(t);
}

static void a_successor_at_the_same_path_is_the_one_found(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c");
    struct qp_place *out[4];
    add(t, "c");
    struct qp_place *old = add(t, "c/a");
    struct qp_cert c = cert_of("c/a");
    memset(c.node, 0x77, QP_ID_LEN);
    c.not_before_us = 2;
    struct qp_place *young = qp_tree_add(t, &c);
    assert_ptr_not_equal(old, young);
    assert_ptr_equal(qp_tree_path(t, "c/a"), young);
    young->revoked = true;
    assert_ptr_equal(qp_tree_path(t, "c/a"), old);
    old->revoked = true;
    assert_ptr_equal(qp_tree_path(t, "c/a"), young);
    assert_int_equal(qp_tree_children(t, id_of("c").b, out, 4), 2);
    qp_tree_free(t);
}

static void a_ring_of_issuers_does_not_hang(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c");
    add(t, "c");
    struct qp_cert a = cert_of("p/a"), b = cert_of("p/b");
    memcpy(a.issuer, b.node, QP_ID_LEN);
    memcpy(b.issuer, a.node, QP_ID_LEN);
    qp_tree_add(t, &a);
    qp_tree_add(t, &b);
    assert_string_equal(next_of(t, "p/a"), "?");
    qp_tree_free(t);
}

static void count_one(void *arg, struct qp_place *p)
{
    assert_non_null(p);
    ++*(size_t *)arg;
}

static void how_many_nodes_lie_below_one_is_known_in_whatever_order_they_come(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c");
    add(t, "c/a/x/1"); /* before those above it */
    add(t, "c");
    add(t, "c/a");
    assert_int_equal(qp_tree_below(t, id_of("c/a").b), 0); /* its own issuer is not known to hang there yet */
    add(t, "c/a/x");
    assert_int_equal(qp_tree_below(t, id_of("c/a").b), 2);
    add(t, "c/a/x/2");
    add(t, "c/a/x/2"); /* again: no one more */
    add(t, "c/b");
    assert_int_equal(qp_tree_below(t, id_of("c/a").b), 3);
    assert_int_equal(qp_tree_below(t, id_of("c").b), 5);
    struct qp_cert moved = cert_of("c/a/x"); /* with all below it */
    moved.not_before_us = 2;
    memcpy(moved.issuer, id_of("c/b").b, QP_ID_LEN);
    qp_tree_add(t, &moved);
    assert_int_equal(qp_tree_below(t, id_of("c/a").b), 0);
    assert_int_equal(qp_tree_below(t, id_of("c/b").b), 3);
    assert_int_equal(qp_tree_below(t, id_of("c").b), 5);
    qp_tree_free(t);
}

static void a_link_key_leads_to_the_child_of_this_node_that_has_it_and_to_nobody_elses(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c");
    struct qp_cert a = cert_of("c/a"), b = cert_of("c/b"), thief = cert_of("c/b/z");
    memset(a.link_key, 1, QP_PK_LEN);
    memset(b.link_key, 2, QP_PK_LEN);
    memset(thief.link_key, 1, QP_PK_LEN); /* certified elsewhere with a's key */
    add(t, "c");
    qp_tree_add(t, &thief);
    qp_tree_add(t, &b);
    assert_null(qp_tree_link(t, a.link_key));
    qp_tree_add(t, &a);
    qp_tree_salt(t, 12345);
    for (int i = 0; i < 200; i++) { /* the tables grow */
        char path[QP_PATH_MAX];
        snprintf(path, sizeof path, "c/b/n%d", i);
        add(t, path);
    }
    assert_string_equal(qp_tree_link(t, a.link_key)->cert.path, "c/a");
    assert_string_equal(qp_tree_link(t, b.link_key)->cert.path, "c/b");
    a.incarnation = 2; /* joined again with another key */
    memset(a.link_key, 3, QP_PK_LEN);
    qp_tree_add(t, &a);
    uint8_t old[QP_PK_LEN];
    memset(old, 1, sizeof old);
    assert_null(qp_tree_link(t, old));
    qp_tree_link(t, a.link_key)->revoked = true;
    assert_null(qp_tree_link(t, a.link_key));
    qp_tree_free(t);
}

/* 120,000 below one parent took minutes when each was compared with all of its siblings. */
static void a_hundred_thousand_siblings_are_added_in_a_moment(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    struct qp_tree *t = tree_at("c");
    struct timespec from, to;
    char path[QP_PATH_MAX];
    add(t, "c");
    add(t, "c/a");
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &from);
    for (int i = 0; i < MANY; i++) {
        snprintf(path, sizeof path, "c/a/n%d", (i * 7919) % MANY);
        add(t, path);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &to);
    assert_int_equal(qp_tree_below(t, id_of("c/a").b), MANY);
    assert_in_range(to.tv_sec - from.tv_sec, 0, 20); /* seconds of this process, with a sanitizer */
    struct qp_place **kids = calloc(MANY, sizeof(*kids));
    assert_non_null(kids);
    assert_int_equal(qp_tree_children(t, id_of("c/a").b, kids, MANY), MANY);
    for (int i = 1; i < MANY; i++)
        assert_true(strcmp(kids[i - 1]->cert.path, kids[i]->cert.path) < 0);
    free(kids);
    qp_tree_free(t);
}

static void thousands_of_nodes_keep_their_places(void **state)
{
    (void)state;
    struct qp_tree *t = tree_at("c");
    struct qp_place *first = NULL;
    char path[QP_PATH_MAX];
    add(t, "c");
    for (int i = 0; i < 20; i++)
        for (int k = -1; k < 200; k++) {
            snprintf(path, sizeof path, k < 0 ? "c/s%d" : "c/s%d/n%d", i, k);
            struct qp_place *p = add(t, path);
            first = first ? first : p;
        }
    assert_int_equal(qp_tree_count(t), 1 + 20 * 201);
    assert_ptr_equal(qp_tree_path(t, "c/s0"), first); /* a place never moves in memory */
    for (int i = 0; i < 20; i++)
        for (int k = 0; k < 200; k++) {
            char street[QP_PATH_MAX];
            snprintf(path, sizeof path, "c/s%d/n%d", i, k);
            snprintf(street, sizeof street, "c/s%d", i);
            assert_string_equal(next_of(t, path), street);
        }
    size_t n = 0;
    qp_tree_each(t, count_one, &n);
    assert_int_equal(n, qp_tree_count(t));
    qp_tree_free(t);
}

static int init(void **state)
{
    (void)state;
    return qp_crypto_init(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parcels_go_along_the_tree_path),
        cmocka_unit_test(the_order_in_which_certificates_come_does_not_matter),
        cmocka_unit_test(a_missing_certificate_between_is_bridged_by_the_path),
        cmocka_unit_test(nobody_is_known_at_first),
        cmocka_unit_test(children_stand_in_the_order_of_their_paths),
        cmocka_unit_test(above_are_this_node_and_its_ancestors),
        cmocka_unit_test(a_higher_incarnation_replaces_and_a_lower_is_ignored),
        cmocka_unit_test(a_moved_node_is_found_at_its_new_place_with_all_below_it),
        cmocka_unit_test(a_successor_at_the_same_path_is_the_one_found),
        cmocka_unit_test(a_ring_of_issuers_does_not_hang),
        cmocka_unit_test(how_many_nodes_lie_below_one_is_known_in_whatever_order_they_come),
        cmocka_unit_test(a_link_key_leads_to_the_child_of_this_node_that_has_it_and_to_nobody_elses),
        cmocka_unit_test(a_hundred_thousand_siblings_are_added_in_a_moment),
        cmocka_unit_test(thousands_of_nodes_keep_their_places),
    };
    return cmocka_run_group_tests_name("tree", tests, init, NULL);
}
