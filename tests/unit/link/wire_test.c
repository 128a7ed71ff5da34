/* wire_test.c: what flows between two nodes over real sockets on the loopback. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include "tests/unit/link/site.h"

#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

static void a_port_in_use_is_told_with_its_name(void **state)
{
    struct site *s = *state;
    struct qp_wire *w;
    struct qp_err e = {0};
    const struct qp_wire_options o = {.listen = s->endpoint, .wake_fd = -1};
    assert_int_equal(qp_wire_open(&w, s->city->core, s->city->store, &s->city->keys, &o, &e), QP_EIO);
    assert_non_null(strstr(e.text, s->endpoint));
    assert_non_null(strstr(e.text, "in use"));
}

static void matters_flow_over_a_real_link(void **state)
{
    struct site *s = *state;
    s->down = site_wire(s->county, NULL);
    for (int i = 0; i < 50; i++)
        site_report(s, s->down, s->county, "a hole");
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 50);
    SPIN_UNTIL(s, rig_queue(s->county, s->city->id, QP_LANE_BULK) == 0);
    struct qp_link_status v[4];
    size_t neighbours;
    SPIN_UNTIL(s, qp_wire_status(s->down, v, 4, &neighbours) == 1 && v[0].state == QP_LINK_LIVE);
    SPIN_UNTIL(s, qp_wire_status(s->up, v, 4, &neighbours) == 2 && v[0].received_parcels >= 1);
    assert_int_equal(neighbours, 2);
    assert_int_equal(v[0].state, QP_LINK_LIVE); /* county, in the order of the paths */
    assert_int_equal(v[1].state, QP_LINK_CUT);
}

static void a_child_finds_its_parent_again_after_a_restart(void **state)
{
    struct site *s = *state;
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s));
    qp_wire_close(s->up);
    rig_report(s->r, s->county, "meanwhile", QP_ROUTINE);
    for (int i = 0; i < 50; i++)
        site_spin(s, s->down, s->county);
    rig_reopen(s->r, s->city);
    s->up = site_wire(s->city, s->endpoint);
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 1);
}

/* Set up anew, or an old copy: it answers, and knows another key. The network is not to blame. */
static void a_parent_that_lets_nobody_in_with_this_key_is_told_apart(void **state)
{
    struct site *s = *state;
    struct qp_link_status v;
    uint8_t seed[QP_SEED_LEN] = {7};
    qp_link_keypair(s->county->keys.link_pk, s->county->keys.link_sk, seed);
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, s->down->counters.dials_refused > 0);
    qp_session_status(s->down->parent->session, &v, s->r->now_us);
    assert_int_equal(v.refused, 0); /* once is nothing: it may have been stopped just then */
    SPIN_UNTIL(s, s->down->counters.dials_refused > 1);
    qp_session_status(s->down->parent->session, &v, s->r->now_us);
    assert_int_equal(v.state, QP_LINK_CUT);
    assert_int_equal(v.refused, QP_EUNKNOWNKEY);
    assert_non_null(strstr(v.refused_text, "link.parent_key"));
}

static void a_node_without_descriptors_dials_later(void **state)
{
    struct site *s = *state;
    struct rlimit was, none;
    struct qp_link_status v;
    struct qp_err e = {0};
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s)); /* ZeroMQ's own threads are up */
    struct qp_dial *d = &s->down->dial;
    qp_dialer_close(&d->socket, &d->monitor);
    qp_session_lost(s->down->parent->session, s->r->now_us);
    d->at_us = 0;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
    none = was;
    none.rlim_cur = 3; /* every new one is refused, whatever was freed */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int rc = qp_dial_keep(s->down, s->r->now_us, &e);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
    assert_int_equal(rc, 0);
    assert_null(d->socket);
    assert_true(d->at_us > s->r->now_us);
    assert_int_equal(s->down->counters.dials_failed, 1);
    qp_session_status(s->down->parent->session, &v, s->r->now_us);
    assert_int_equal(v.refused, QP_EIO);
    SPIN_UNTIL(s, site_open(s)); /* it is tried again */
}

static void a_parent_notices_a_child_that_came_back(void **state)
{
    struct site *s = *state;
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s));
    qp_wire_close(s->down);
    rig_reopen(s->r, s->county);
    s->down = site_wire(s->county, NULL);
    site_report(s, s->down, s->county, "after");
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 1);
    struct qp_link_status v;
    qp_session_status(qp_link_with(s->up, s->county->id)->session, &v, s->r->now_us);
    assert_int_equal(v.sessions, 2);
}

static void a_revoked_childs_open_connection_is_worth_nothing(void **state)
{
    struct site *s = *state;
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s));
    rig_revoke(s->r, s->city, "city/county");
    qp_wire_release(s->up, &s->city->out, s->city->arena, s->r->now_us);
    site_report(s, s->down, s->county, "too late");
    site_spin_for(s, 300);
    assert_int_equal(rig_matters(s->r, s->city), 0);
    assert_false(qp_session_open(s->down->parent->session));
}

static void a_child_over_its_rate_waits_loses_nothing_and_is_told(void **state)
{
    struct site *s = *state;
    struct qp_link_status v[4];
    size_t neighbours;
    s->down = site_wire(s->county, NULL);
    s->up->child = (struct qp_rate){4096, 4096};
    s->up->room_us = INT64_MIN / 2;
    SPIN_UNTIL(s, site_open(s));
    for (int i = 0; i < 20; i++)
        site_report(s, s->down, s->county, "one of many");
    SPIN_UNTIL(s, qp_wire_status(s->up, v, 4, &neighbours) == 2 && v[0].limited.why == QP_OVER_RATE);
    assert_true(rig_matters(s->r, s->city) < 20);
    SPIN_UNTIL(s, qp_wire_status(s->down, v, 4, &neighbours) >= 1 && v[0].limited.why == QP_OVER_RATE);
    assert_true(v[0].limited.since_us > 0);
    assert_true(v[0].limited.rate > 0);
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 20);
    SPIN_UNTIL(s, s->up->holding == 0 && s->up->shares.held_bytes == 0);
    SPIN_UNTIL(s, rig_queue(s->county, s->city->id, QP_LANE_BULK) == 0);
    qp_session_status(s->down->parent->session, v, s->r->now_us);
    assert_int_equal(v[0].sessions, 1); /* it was not cut off for it */
}

static void a_child_that_calls_without_end_is_told_to_wait(void **state)
{
    struct site *s = *state;
    struct qp_link *l = qp_link_with(s->up, s->county->id);
    int64_t now_us = INT64_C(1772352000000000);
    int calls = 0, shakes = 0;
    for (int i = 0; i < 1000; i++) { /* in ten seconds */
        calls += qp_fair_call(l, now_us + i * 10000);
        shakes += qp_fair_handshake(l, now_us + i * 10000);
    }
    assert_in_range(calls, 10, 50);
    assert_in_range(shakes, 20, 100);
    assert_true(qp_fair_call(l, now_us + 100000000));
}

/* How many of a child's frames of one kind are let in when that many come in a second, for so long. */
static int64_t let_in(struct site *s, const Qp__Frame *f, int64_t from_us, int64_t a_second, int64_t seconds)
{
    uint8_t bytes[512];
    struct qp_link *l = qp_link_with(s->up, s->county->id);
    struct qp_harvest g = {.w = s->up, .arena = s->city->arena};
    size_t len = qp__frame__get_packed_size(f);
    assert_true(len <= sizeof bytes);
    qp__frame__pack(f, bytes);
    const int64_t n = a_second * seconds;
    const uint64_t over = s->up->counters.frames_over;
    for (int64_t i = 0; i < n; i++) {
        g.now_us = from_us + i * 1000000 / a_second;
        qp_fair_frame(l, &g, (int)f->body_case, bytes, len);
    }
    assert_int_equal(g.n, 0); /* its session is closed: nothing comes of them */
    return n - (int64_t)(s->up->counters.frames_over - over);
}

static void of_acks_and_questions_no_more_are_heard_than_anybody_needs(void **state)
{
    struct site *s = *state;
    const int64_t hour_us = INT64_C(3600000000), now_us = INT64_C(1772352000000000);
    Qp__Ack ack = QP__ACK__INIT;
    Qp__Ask ask = QP__ASK__INIT;
    Qp__Beat beat = QP__BEAT__INIT;
    Qp__Frame acks = QP__FRAME__INIT, asks = acks, beats = acks;
    acks.body_case = QP__FRAME__BODY_ACK;
    acks.ack = &ack;
    asks.body_case = QP__FRAME__BODY_ASK;
    asks.ask = &ask;
    beats.body_case = QP__FRAME__BODY_BEAT;
    beats.beat = &beat;
    assert_int_equal(let_in(s, &acks, now_us, 500, 10),
                     5000); /* as an honest one acknowledges: every two ms */
    assert_in_range(let_in(s, &acks, now_us + hour_us, 20000, 2), 4000, 9000);
    assert_int_equal(let_in(s, &asks, now_us, 100, 10), 1000);
    assert_in_range(let_in(s, &asks, now_us + hour_us, 5000, 4), 1000, 2000);
    assert_int_equal(let_in(s, &beats, now_us + hour_us, 5000, 1), 5000);
    assert_int_equal(let_in(s, &acks, now_us + 2 * hour_us, 500, 10), 5000); /* it is not held against it */
}

/* A refusal gives its certificate's chain and its verdict: who fills a wait and then refuses must not end the process. */
static void the_last_frame_of_a_full_wait_may_give_two_inputs(void **state)
{
    struct site *s = *state;
    enum { MAX = 10 };
    struct qp_input v[MAX], chain = {.kind = QP_IN_CHAIN}, verdict = {.kind = QP_IN_VERDICT};
    struct qp_harvest g = {
        .w = s->up, .v = v, .max = MAX - (QP_FRAME_INPUTS - 1)}; /* as qp_wire_wait begins */
    while (g.n + 1 < g.max)
        qp_harvest_input(&g, &chain);
    qp_harvest_input(&g, &chain);
    qp_harvest_input(&g, &verdict);
    assert_int_equal(g.n, MAX);
    assert_int_equal(v[MAX - 1].kind, QP_IN_VERDICT);
}

static void a_wake_up_ends_the_wait(void **state)
{
    struct site *s = *state;
    struct qp_input *in;
    size_t n;
    struct qp_wire *w;
    const struct qp_wire_options o = {.wake_fd = eventfd(0, EFD_NONBLOCK)};
    uint64_t one = 1;
    assert_int_equal(qp_wire_open(&w, s->city->core, s->city->store, &s->city->keys, &o, NULL), 0);
    int64_t now_us = site_clock_us(CLOCK_REALTIME);
    qp_wire_release(w, NULL, s->city->arena, now_us);
    assert_int_equal(write(o.wake_fd, &one, sizeof one), sizeof one);
    int64_t began_us = site_clock_us(CLOCK_MONOTONIC);
    assert_int_equal(qp_wire_wait(w, &in, &n, 10, s->city->arena, now_us, now_us + 5000000, NULL), 0);
    assert_true(site_clock_us(CLOCK_MONOTONIC) - began_us < 2000000);
    assert_int_equal(n, 0);
    qp_wire_close(w);
    close(o.wake_fd);
}

static void counters_are_told_as_prometheus_lines(void **state)
{
    struct site *s = *state;
    char text[8192];
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s));
    site_spin_for(s, 400);
    qp_wire_metrics(s->up, text, sizeof text);
    assert_non_null(strstr(text, "\nqipan_link_zap_accepted_total 1\n"));
    assert_non_null(strstr(text, "\nqipan_link_live 1\n"));
    char cut[40];
    qp_wire_metrics(s->up, cut, sizeof cut);
    assert_true(strlen(cut) < sizeof cut);
}

/* Some 20 KB of reports are there, of which a KB a second is taken. */
static void over_its_rate(struct site *s)
{
    s->down = site_wire(s->county, NULL);
    s->up->child = (struct qp_rate){1024, 1024};
    s->up->room_us = INT64_MIN / 2;
    SPIN_UNTIL(s, site_open(s));
    for (int i = 0; i < 40; i++)
        site_report(s, s->down, s->county, "one of many, with some words that it takes");
    SPIN_UNTIL(s, s->up->holding == 1 && s->up->shares.held_bytes > 8192);
}

static void an_emergency_does_not_wait_behind_what_its_own_child_has_too_much_of(void **state)
{
    struct site *s = *state;
    over_its_rate(s);
    uint64_t before = rig_peer(s->city, s->county->id).received[QP_LANE_URGENT - 1];
    int64_t began_us = site_clock_us(CLOCK_MONOTONIC);
    rig_report(s->r, s->county, "fire", QP_EMERGENCY);
    qp_wire_release(s->down, &s->county->out, s->county->arena, s->r->now_us);
    SPIN_UNTIL(s, rig_peer(s->city, s->county->id).received[QP_LANE_URGENT - 1] > before);
    assert_true(site_clock_us(CLOCK_MONOTONIC) - began_us < 2000000);
    assert_true(rig_matters(s->r, s->city) < 41); /* the others wait as before */
    assert_int_equal(s->up->holding, 1);
}

static volatile bool resolver_asked;

/* In the place of the C library's, for libzmq too: of one name no answer comes for a while. */
int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
{
    int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
    if (!node || strcmp(node, "slow.example") != 0)
        return real(node, service, hints, out);
    resolver_asked = true;
    sleep(3);
    return EAI_AGAIN;
}

static void a_name_that_nobody_resolves_holds_up_no_child(void **state)
{
    struct site *s = *state;
    struct qp_err e;
    void *socket, *monitor;
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s));
    assert_int_equal(qp_dialer_new(s->up->ctx, &socket, &monitor, 6000, "tcp://slow.example:5571",
                                   s->other->keys.link_pk, s->city->keys.link_pk, s->city->keys.link_sk, &e),
                     0);
    SPIN_UNTIL(s, resolver_asked);
    int64_t began_us = site_clock_us(CLOCK_MONOTONIC);
    site_report(s, s->down, s->county, "undisturbed");
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 1);
    assert_true(site_clock_us(CLOCK_MONOTONIC) - began_us < 1500000);
    qp_dialer_close(&socket, &monitor);
}

/* It states a time: heard late, that clock would be shown as wrong. */
static void a_beat_does_not_wait_behind_what_is_too_much(void **state)
{
    struct site *s = *state;
    over_its_rate(s);
    const struct qp_session *below = qp_link_with(s->up, s->county->id)->session;
    int64_t came_us = below->beats.came_us;
    s->down->parent->session->beat_at_us = 1;
    s->down->parent->touched = true;
    site_spin_for(s, 700);
    assert_int_equal(s->up->holding, 1);
    assert_true(below->beats.came_us > came_us);
    assert_true(llabs(below->offset_us) < 500000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(a_port_in_use_is_told_with_its_name),
        SITE_TEST(matters_flow_over_a_real_link),
        SITE_TEST(a_child_finds_its_parent_again_after_a_restart),
        SITE_TEST(a_parent_that_lets_nobody_in_with_this_key_is_told_apart),
        SITE_TEST(a_node_without_descriptors_dials_later),
        SITE_TEST(a_parent_notices_a_child_that_came_back),
        SITE_TEST(a_revoked_childs_open_connection_is_worth_nothing),
        SITE_TEST(a_child_over_its_rate_waits_loses_nothing_and_is_told),
        SITE_TEST(a_child_that_calls_without_end_is_told_to_wait),
        SITE_TEST(of_acks_and_questions_no_more_are_heard_than_anybody_needs),
        SITE_TEST(the_last_frame_of_a_full_wait_may_give_two_inputs),
        SITE_TEST(a_wake_up_ends_the_wait),
        SITE_TEST(counters_are_told_as_prometheus_lines),
        SITE_TEST(an_emergency_does_not_wait_behind_what_its_own_child_has_too_much_of),
        SITE_TEST(a_name_that_nobody_resolves_holds_up_no_child),
        SITE_TEST(a_beat_does_not_wait_behind_what_is_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
