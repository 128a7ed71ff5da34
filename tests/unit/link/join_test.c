/* join_test.c: tokens over a real port: used once, in time, for their place, at their parent. */
#include "tests/unit/link/site.h"

#include <pthread.h>
#include <stdio.h>

struct joiner {
    struct qp_token token;
    struct qp_keys keys;
    struct qp_arena *arena;
    Qp__Welcome *welcome;
    struct qp_err e;
    int rc;
    bool done;
};

static void *join_thread(void *arg)
{
    struct joiner *j = arg;
    j->rc = qp_wire_join(&j->welcome, &j->token, &j->keys, 8000, j->arena, &j->e);
    __atomic_store_n(&j->done, true, __ATOMIC_RELEASE);
    return NULL;
}

static void join(struct site *s, struct joiner *j)
{
    pthread_t thread;
    j->done = false;
    j->e.text[0] = 0;
    assert_int_equal(pthread_create(&thread, NULL, join_thread, j), 0);
    while (!__atomic_load_n(&j->done, __ATOMIC_ACQUIRE))
        site_spin(s, s->up, s->city);
    pthread_join(thread, NULL);
}

static void invited(struct site *s, struct joiner *j, const char *path, int64_t expires_us)
{
    uint8_t master[QP_SEED_LEN], pk[QP_PK_LEN], sk[QP_SK_LEN];
    memset(j, 0, sizeof *j);
    rig_fresh_seed(s->r, master);
    qp_keys_derive(&j->keys, master);
    rig_fresh_seed(s->r, j->token.secret);
    j->token.root = s->r->root;
    memcpy(j->token.parent_link_key, s->city->keys.link_pk, QP_PK_LEN);
    snprintf(j->token.path, sizeof j->token.path, "%s", path);
    snprintf(j->token.endpoint, sizeof j->token.endpoint, "%s", s->endpoint);
    j->token.expires_us = expires_us;
    j->arena = qp_arena_new(QP_DECODE_ARENA);
    qp_token_link_keys(&j->token, pk, sk);
    rig_invite(s->r, s->city, path, pk, expires_us);
}

static void a_token_lets_one_node_in_once(void **state)
{
    struct site *s = *state;
    struct joiner j;
    invited(s, &j, "city/new", s->r->now_us + 900000000);
    join(s, &j);
    if (j.rc)
        fail_msg("%s", j.e.text);
    struct qp_cert cert;
    assert_int_equal(qp_cert_read(&cert, j.welcome->chain->certificates[0], j.arena, NULL), 0);
    assert_string_equal(cert.path, "city/new");
    assert_memory_equal(cert.sign_key, j.keys.sign_pk, QP_PK_LEN);
    assert_non_null(qp_link_with(s->up, cert.node)); /* may call from now on */

    uint8_t master[QP_SEED_LEN];
    rig_fresh_seed(s->r, master);
    qp_keys_derive(&j.keys, master);
    join(s, &j);
    assert_int_equal(j.rc, QP_EUSED);
    assert_non_null(strstr(j.e.text, "used already"));
    qp_arena_free(j.arena);
}

static void an_expired_token_is_told_so(void **state)
{
    struct site *s = *state;
    struct joiner j;
    invited(s, &j, "city/new", s->r->now_us - 1000000);
    join(s, &j);
    assert_int_equal(j.rc, QP_EEXPIRED);
    assert_non_null(strstr(j.e.text, "expired"));
    qp_arena_free(j.arena);
}

static void a_token_for_another_path_is_told_so(void **state)
{
    struct site *s = *state;
    struct joiner j;
    invited(s, &j, "city/new", s->r->now_us + 900000000);
    snprintf(j.token.path, sizeof j.token.path, "city/elsewhere");
    join(s, &j);
    assert_int_equal(j.rc, QP_ESCOPE);
    assert_non_null(strstr(j.e.text, "city/elsewhere"));
    qp_arena_free(j.arena);
}

static void a_token_that_nobody_issued_is_denied(void **state)
{
    struct site *s = *state;
    struct joiner j;
    invited(s, &j, "city/new", s->r->now_us + 900000000);
    j.token.secret[0] ^= 1;
    join(s, &j);
    assert_int_equal(j.rc, QP_EUSED);
    qp_arena_free(j.arena);
}

static void a_parent_with_another_key_is_not_believed(void **state)
{
    struct site *s = *state;
    struct joiner j;
    invited(s, &j, "city/new", s->r->now_us + 900000000);
    memcpy(j.token.parent_link_key, s->other->keys.link_pk, QP_PK_LEN);
    join(s, &j);
    assert_int_equal(j.rc, QP_EUNREACHABLE);
    qp_arena_free(j.arena);
}

static void nobody_there_is_told_within_the_time(void **state)
{
    struct site *s = *state;
    struct joiner j;
    invited(s, &j, "city/new", s->r->now_us + 900000000);
    snprintf(j.token.endpoint, sizeof j.token.endpoint, "tcp://127.0.0.1:%d", site_free_port());
    int64_t began_us = site_clock_us(CLOCK_MONOTONIC);
    j.rc = qp_wire_join(&j.welcome, &j.token, &j.keys, 700, j.arena, &j.e);
    assert_int_equal(j.rc, QP_EUNREACHABLE);
    assert_true(site_clock_us(CLOCK_MONOTONIC) - began_us < 3000000);
    qp_arena_free(j.arena);
}

/* The turn that was to take it was given up: it is answered all the same, by the loop. */
static void a_node_without_room_says_so_to_who_joins(void **state)
{
    struct site *s = *state;
    struct joiner j;
    pthread_t thread;
    invited(s, &j, "city/new", s->r->now_us + 900000000);
    assert_int_equal(pthread_create(&thread, NULL, join_thread, &j), 0);
    while (!__atomic_load_n(&j.done, __ATOMIC_ACQUIRE)) {
        struct qp_input *in;
        struct qp_err e = {0};
        size_t n;
        s->r->now_us = site_clock_us(CLOCK_REALTIME);
        qp_arena_reset(s->city->arena);
        assert_int_equal(
            qp_wire_wait(s->up, &in, &n, 1000, s->city->arena, s->r->now_us, s->r->now_us + 1000, &e), 0);
        for (size_t i = 0; i < n; i++) {
            if (in[i].kind != QP_IN_COMMAND)
                continue;
            struct qp_reply full = {.ticket = in[i].command.ticket, .code = QP_EFULL};
            snprintf(full.text, sizeof full.text, "nothing was done: the store has no room");
            qp_wire_reply(s->up, &full, s->city->arena);
        }
        if (n == 0)
            qp_wire_release(s->up, NULL, s->city->arena, s->r->now_us);
    }
    pthread_join(thread, NULL);
    assert_int_equal(j.rc, QP_EFULL);
    assert_non_null(strstr(j.e.text, "no room"));
    qp_arena_free(j.arena);
    qp_keys_wipe(&j.keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(a_token_lets_one_node_in_once),
        SITE_TEST(an_expired_token_is_told_so),
        SITE_TEST(a_token_for_another_path_is_told_so),
        SITE_TEST(a_token_that_nobody_issued_is_denied),
        SITE_TEST(a_parent_with_another_key_is_not_believed),
        SITE_TEST(nobody_there_is_told_within_the_time),
        SITE_TEST(a_node_without_room_says_so_to_who_joins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
