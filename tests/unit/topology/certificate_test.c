/* certificate_test.c: whose word a certificate is, how far that word reaches, and that a changed bit is
 * noticed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "topology/certificate.h"

enum { LEVELS = 4 };
static const char *const paths[LEVELS] = {"suzhou", "suzhou/yongqiao", "suzhou/yongqiao/tuohe",
                                          "suzhou/yongqiao/tuohe/hanchizi"};

struct rig {
    struct qp_arena *a;
    struct qp_err e;
    struct qp_keys keys[LEVELS];
    struct qp_cert cert[LEVELS]; /* the root first */
    Qp__Certificate *raw[LEVELS];
};

/* The id that goes with its path, issuer and salt. */
static void name(struct qp_cert *c)
{
    static const uint8_t nobody[QP_ID_LEN];
    bool root = memcmp(c->issuer, nobody, QP_ID_LEN) == 0 || memcmp(c->issuer, c->node, QP_ID_LEN) == 0;
    qp_node_id(c->node, c->tree, root ? NULL : c->issuer, c->path, c->salt);
}

static struct qp_cert blank(struct rig *r, int level)
{
    struct qp_cert c = {.incarnation = 1, .not_before_us = 1000, .not_after_us = 2000};
    memset(c.tree, 1, QP_ID_LEN);
    memset(c.salt, 10 + level, QP_SALT_LEN);
    snprintf(c.path, sizeof c.path, "%s", paths[level]);
    if (level > 0)
        memcpy(c.issuer, r->cert[level - 1].node, QP_ID_LEN);
    name(&c);
    if (level == 0)
        memcpy(c.issuer, c.node, QP_ID_LEN);
    snprintf(c.title, sizeof c.title, "宿州市%d", level);
    snprintf(c.code, sizeof c.code, "3413%d", level);
    snprintf(c.level, sizeof c.level, "level %d", level);
    snprintf(c.zone, sizeof c.zone, "Asia/Shanghai");
    if (level > 0)
        c.issuer_certificate = r->cert[level - 1].id;
    memcpy(c.sign_key, r->keys[level].sign_pk, QP_PK_LEN);
    memcpy(c.box_key, r->keys[level].box_pk, QP_PK_LEN);
    memcpy(c.link_key, r->keys[level].link_pk, QP_PK_LEN);
    return c;
}

static const uint8_t *issuer_key(const struct rig *r, int level)
{
    return r->keys[level > 0 ? level - 1 : 0].sign_sk;
}

static int up(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_int_equal(qp_crypto_init(NULL), 0);
    r->a = qp_arena_new(QP_DECODE_ARENA);
    for (int i = 0; i < LEVELS; i++) {
        uint8_t seed[QP_SEED_LEN];
        memset(seed, i + 1, sizeof seed);
        qp_keys_derive(&r->keys[i], seed);
        r->cert[i] = blank(r, i);
        r->raw[i] = qp_cert_sign(&r->cert[i], issuer_key(r, i), r->a);
        assert_non_null(r->raw[i]);
    }
    *state = r;
    return 0;
}

static int down(void **state)
{
    struct rig *r = *state;
    qp_arena_free(r->a);
    free(r);
    return 0;
}

/* Signs c as a child of the one above and checks it against that. */
static int judged(struct rig *r, struct qp_cert *c, int level)
{
    struct qp_cert read;
    Qp__Certificate *raw = qp_cert_sign(c, issuer_key(r, level), r->a);
    int rc = qp_cert_read(&read, raw, r->a, &r->e);
    return rc ? rc : qp_cert_check(&read, raw, level > 0 ? &r->cert[level - 1] : NULL, &r->e);
}

static void what_was_signed_is_read_back(void **state)
{
    struct rig *r = *state;
    for (int i = 0; i < LEVELS; i++) {
        struct qp_cert c;
        memset(&c, 0xaa, sizeof c);
        assert_int_equal(qp_cert_read(&c, r->raw[i], r->a, &r->e), 0);
        assert_memory_equal(c.id.b, r->cert[i].id.b, QP_HASH_LEN);
        assert_memory_equal(c.issuer_certificate.b, r->cert[i].issuer_certificate.b, QP_HASH_LEN);
        assert_memory_equal(c.tree, r->cert[i].tree, QP_ID_LEN);
        assert_memory_equal(c.node, r->cert[i].node, QP_ID_LEN);
        assert_memory_equal(c.issuer, r->cert[i].issuer, QP_ID_LEN);
        assert_string_equal(c.path, paths[i]);
        assert_string_equal(c.title, r->cert[i].title);
        assert_string_equal(c.code, r->cert[i].code);
        assert_string_equal(c.level, r->cert[i].level);
        assert_string_equal(c.zone, "Asia/Shanghai");
        assert_memory_equal(c.sign_key, r->cert[i].sign_key, QP_PK_LEN);
        assert_memory_equal(c.box_key, r->cert[i].box_key, QP_PK_LEN);
        assert_memory_equal(c.link_key, r->cert[i].link_key, QP_PK_LEN);
        assert_int_equal(c.incarnation, 1);
        assert_true(c.not_before_us == 1000 && c.not_after_us == 2000);
        assert_int_equal(qp_cert_check(&c, r->raw[i], i > 0 ? &r->cert[i - 1] : NULL, &r->e), 0);
    }
}

static void no_bit_of_a_certificate_can_be_changed(void **state)
{
    struct rig *r = *state;
    Qp__Certificate raw = *r->raw[1];
    uint8_t *body = qp_arena_copy(r->a, raw.body.data, raw.body.len);
    uint8_t *sig = qp_arena_copy(r->a, raw.signature.data, raw.signature.len);
    raw.body.data = body;
    raw.signature.data = sig;
    struct qp_arena *scratch = qp_arena_new(QP_DECODE_ARENA);
    for (size_t bit = 0; bit < 8 * (raw.body.len + QP_SIG_LEN); bit++) {
        uint8_t *byte = bit / 8 < raw.body.len ? &body[bit / 8] : &sig[bit / 8 - raw.body.len];
        struct qp_cert c;
        *byte ^= (uint8_t)(1u << bit % 8);
        int rc = qp_cert_read(&c, &raw, scratch, &r->e);
        assert_true(!rc || rc == QP_EINVAL || rc == QP_EBIG || rc == QP_ESCOPE);
        if (!rc)
            assert_int_equal(qp_cert_check(&c, &raw, &r->cert[0], &r->e), QP_ESIG);
        *byte ^= (uint8_t)(1u << bit % 8);
        qp_arena_reset(scratch);
    }
    qp_arena_free(scratch);
}

static void a_name_must_lie_directly_below_its_issuers(void **state)
{
    struct rig *r = *state;
    static const char *const wrong[] = {"suzhou",          "suzhou/yongqiaox/a", "suzhou/yongqiao/a/b",
                                        "suzhou/dangshan", "bozhou/yongqiao/a",  "suzhou/yongqiao"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct qp_cert c = blank(r, 2);
        snprintf(c.path, sizeof c.path, "%s", wrong[i]);
        name(&c);
        assert_int_equal(judged(r, &c, 2), QP_ESCOPE);
        assert_non_null(strstr(r->e.text, wrong[i]));
        assert_non_null(strstr(r->e.text, "suzhou/yongqiao"));
    }
    struct qp_cert c = blank(r, 2);
    snprintf(c.path, sizeof c.path, "suzhou/yongqiao/any-other");
    name(&c);
    assert_int_equal(judged(r, &c, 2), 0);
}

static void an_issuer_speaks_for_its_own_tree_zone_and_certificate(void **state)
{
    struct rig *r = *state;
    struct qp_cert c = blank(r, 2);
    c.tree[3] ^= 1;
    name(&c);
    assert_int_equal(judged(r, &c, 2), QP_ESCOPE);
    c = blank(r, 2);
    snprintf(c.zone, sizeof c.zone, "UTC");
    assert_int_equal(judged(r, &c, 2), QP_ESCOPE);
    c = blank(r, 2);
    c.issuer_certificate.b[0] ^= 1;
    assert_int_equal(judged(r, &c, 2), QP_ESCOPE);
    c = blank(r, 2);
    c.issuer[0] ^= 1;
    name(&c);
    assert_int_equal(judged(r, &c, 2), QP_ESCOPE);
    c = blank(r, 2);
    assert_int_equal(judged(r, &c, 2), 0);
}

/* The hash is what other programs will compute: bytes that were made by another one. */
static void an_id_is_the_hash_of_tree_issuer_salt_and_path(void **state)
{
    struct rig *r = *state;
    char hex[2 * QP_ID_LEN + 1];
    qp_hex(hex, r->cert[0].node, QP_ID_LEN);
    assert_string_equal(hex, "7d43cda5edb905d9490ff484cb7a8cf2");
    qp_hex(hex, r->cert[1].node, QP_ID_LEN);
    assert_string_equal(hex, "d65c7e35d7e350f053129415282ed6a8");
}

static void no_part_of_what_makes_an_id_can_be_changed(void **state)
{
    struct rig *r = *state;
    for (int level = 0; level < 3; level++)
        for (int part = 0; part < 5; part++) {
            struct qp_cert c = blank(r, level);
            if (part == 0)
                c.tree[0] ^= 1;
            if (part == 1)
                c.node[15] ^= 1;
            if (part == 2)
                c.salt[15] ^= 1;
            if (part == 3)
                c.path[0] = 't';
            if (part == 4)
                c.issuer[0] ^= 1;
            if (level == 0 && part == 4)
                continue; /* a root's issuer is its own id */
            if (level == 0)
                memcpy(c.issuer, c.node, QP_ID_LEN);
            assert_int_equal(judged(r, &c, level), QP_ESCOPE);
            assert_non_null(strstr(r->e.text, "id"));
        }
}

/* Whether the other one is known where it is read or not: the certificate alone shows it. */
static void nobody_certifies_the_id_of_a_cousin_of_its_parent_or_of_the_root(void **state)
{
    struct rig *r = *state;
    struct qp_cert cousin = blank(r, 2);
    snprintf(cousin.path, sizeof cousin.path, "suzhou/dangshan/other");
    cousin.issuer[0] ^= 1; /* another county's */
    name(&cousin);
    const struct qp_cert *const victims[] = {&cousin, &r->cert[0], &r->cert[1]};
    for (size_t i = 0; i < sizeof victims / sizeof *victims; i++) { /* hanchizi's issuer is the liar */
        struct qp_cert c = blank(r, 3);
        memcpy(c.node, victims[i]->node, QP_ID_LEN);
        memcpy(c.salt, victims[i]->salt, QP_SALT_LEN);
        c.incarnation = 99;
        assert_int_equal(judged(r, &c, 3), QP_ESCOPE);
        assert_non_null(strstr(r->e.text, "id"));
    }
}

static void a_successor_keeps_the_id_with_new_keys(void **state)
{
    struct rig *r = *state;
    struct qp_cert c = blank(r, 2);
    c.incarnation = 2;
    memcpy(c.sign_key, r->keys[3].sign_pk, QP_PK_LEN);
    assert_int_equal(judged(r, &c, 2), 0);
    assert_memory_equal(c.node, r->cert[2].node, QP_ID_LEN);
}

static void a_certificate_does_not_outlive_its_issuers(void **state)
{
    struct rig *r = *state;
    struct qp_cert c = blank(r, 2);
    c.not_after_us = r->cert[1].not_after_us + 1;
    assert_int_equal(judged(r, &c, 2), QP_ESCOPE);
    assert_non_null(strstr(r->e.text, "outlive"));
    c.not_after_us = r->cert[1].not_after_us;
    assert_int_equal(judged(r, &c, 2), 0);
}

static void only_a_root_stands_by_its_own_word(void **state)
{
    struct rig *r = *state;
    assert_int_equal(qp_cert_check(&r->cert[0], r->raw[0], NULL, &r->e), 0);
    assert_int_equal(qp_cert_check(&r->cert[1], r->raw[1], NULL, &r->e), QP_ESIG);
    struct qp_cert c = blank(r, 1), read; /* signed by its own key, yet named as another's child */
    Qp__Certificate *raw = qp_cert_sign(&c, r->keys[1].sign_sk, r->a);
    assert_int_equal(qp_cert_read(&read, raw, r->a, &r->e), 0);
    assert_int_equal(qp_cert_check(&read, raw, NULL, &r->e), QP_ESCOPE);
    assert_int_equal(qp_cert_check(&read, raw, &r->cert[0], &r->e), QP_ESIG);
}

/* What nobody signs here may still come by a link: bodies are made by hand. */
static int read_body(struct rig *r, Qp__CertificateBody *b)
{
    Qp__Certificate raw = *r->raw[1];
    struct qp_cert c;
    size_t len;
    raw.body.data = qp_encode(&b->base, r->a, &len);
    raw.body.len = len;
    return qp_cert_read(&c, &raw, r->a, &r->e);
}

static void a_field_out_of_bounds_is_named(void **state)
{
    struct rig *r = *state;
    Qp__CertificateBody *good, b;
    assert_int_equal(
        QP_DECODE(&good, certificate_body, r->raw[1]->body.data, r->raw[1]->body.len, r->a, &r->e), 0);
    char longer[200];
    memset(longer, 'x', sizeof longer);
    longer[QP_TITLE_MAX + 1] = 0;
#define REFUSED(change, word)                                                                                \
    b = *good;                                                                                               \
    change;                                                                                                  \
    assert_int_equal(read_body(r, &b), QP_EINVAL);                                                           \
    assert_non_null(strstr(r->e.text, word))
    REFUSED(b.title = longer, "title");
    REFUSED(b.path = (char *)"suzhou/Yongqiao", "path");
    REFUSED(b.path = (char *)"", "path");
    REFUSED(b.incarnation = 0, "incarnation");
    REFUSED(b.not_after_us = b.not_before_us, "not_after_us");
    REFUSED(b.issuer_certificate.len = 0, "issuer_certificate");
    REFUSED(b.issuer = b.node, "issuer_certificate");
    REFUSED(b.sign_key.len = 31, "sign_key");
    REFUSED(b.tree.len = 0, "tree");
    REFUSED(b.salt.len = 15, "salt");
#undef REFUSED
    b = *good;
    assert_int_equal(read_body(r, &b), 0);
    Qp__Certificate raw = *r->raw[1];
    struct qp_cert c;
    raw.signature.len = 63;
    assert_int_equal(qp_cert_read(&c, &raw, r->a, &r->e), QP_EINVAL);
}

static void a_certificate_holds_until_before_its_last_moment_also_where_a_clock_is_behind(void **state)
{
    struct rig *r = *state;
    assert_true(qp_cert_current(&r->cert[1], 999));
    assert_true(qp_cert_current(&r->cert[1], 1000));
    assert_true(qp_cert_current(&r->cert[1], 1999));
    assert_false(qp_cert_current(&r->cert[1], 2000));
}

static Qp__Chain chain_of(Qp__Certificate **list, size_t n)
{
    Qp__Chain chain = QP__CHAIN__INIT;
    chain.certificates = list;
    chain.n_certificates = n;
    return chain;
}

static void a_chain_is_good_up_to_the_pinned_root_and_no_other(void **state)
{
    struct rig *r = *state;
    Qp__Certificate *list[LEVELS] = {r->raw[3], r->raw[2], r->raw[1], r->raw[0]};
    Qp__Chain chain = chain_of(list, LEVELS);
    struct qp_cert out[QP_CHAIN_CERTIFICATES];
    size_t n;
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[0].id, r->a, &r->e), 0);
    assert_int_equal(n, LEVELS);
    assert_string_equal(out[0].path, paths[3]);
    assert_string_equal(out[3].path, paths[0]);
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[1].id, r->a, &r->e), QP_EUNKNOWNKEY);
    assert_int_equal(n, 0);
    chain = chain_of(list, 3); /* ends below the root */
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[0].id, r->a, &r->e), QP_EUNKNOWNKEY);
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[1].id, r->a, &r->e),
                     QP_ESIG); /* a pinned non-root */
    chain = chain_of(list + 3, 1);
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[0].id, r->a, &r->e), 0);
    chain = chain_of(list, 0);
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[0].id, r->a, &r->e), QP_EINVAL);
}

static void a_chain_with_a_hole_or_out_of_order_is_refused(void **state)
{
    struct rig *r = *state;
    struct qp_cert out[QP_CHAIN_CERTIFICATES];
    size_t n;
    Qp__Certificate *hole[] = {r->raw[3], r->raw[1], r->raw[0]};
    Qp__Chain chain = chain_of(hole, 3);
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[0].id, r->a, &r->e), QP_ESIG);
    Qp__Certificate *mixed[] = {r->raw[2], r->raw[3], r->raw[1], r->raw[0]};
    chain = chain_of(mixed, 4);
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[0].id, r->a, &r->e), QP_ESIG);
    Qp__Certificate *nine[9];
    for (int i = 0; i < 9; i++)
        nine[i] = r->raw[0];
    chain = chain_of(nine, 9);
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[0].id, r->a, &r->e), QP_EINVAL);
    chain = chain_of(nine, 2); /* a root above a root */
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[0].id, r->a, &r->e), QP_ESCOPE);
}

static void a_child_cannot_make_a_sibling_or_a_second_root(void **state)
{
    struct rig *r = *state;
    struct qp_cert out[QP_CHAIN_CERTIFICATES], c = blank(r, 2);
    size_t n;
    snprintf(c.path, sizeof c.path, "suzhou/dangshan"); /* signed by suzhou/yongqiao */
    name(&c);
    Qp__Certificate *list[] = {qp_cert_sign(&c, r->keys[1].sign_sk, r->a), r->raw[1], r->raw[0]};
    Qp__Chain chain = chain_of(list, 3);
    assert_int_equal(qp_chain_check(out, &n, &chain, &r->cert[0].id, r->a, &r->e), QP_ESCOPE);
    assert_int_equal(n, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_was_signed_is_read_back),
        T(no_bit_of_a_certificate_can_be_changed),
        T(a_name_must_lie_directly_below_its_issuers),
        T(an_issuer_speaks_for_its_own_tree_zone_and_certificate),
        T(an_id_is_the_hash_of_tree_issuer_salt_and_path),
        T(no_part_of_what_makes_an_id_can_be_changed),
        T(nobody_certifies_the_id_of_a_cousin_of_its_parent_or_of_the_root),
        T(a_successor_keeps_the_id_with_new_keys),
        T(a_certificate_does_not_outlive_its_issuers),
        T(only_a_root_stands_by_its_own_word),
        T(a_field_out_of_bounds_is_named),
        T(a_certificate_holds_until_before_its_last_moment_also_where_a_clock_is_behind),
        T(a_chain_is_good_up_to_the_pinned_root_and_no_other),
        T(a_chain_with_a_hole_or_out_of_order_is_refused),
        T(a_child_cannot_make_a_sibling_or_a_second_root),
    };
    return cmocka_run_group_tests_name("certificate", tests, NULL, NULL);
}
