/* stranger_test.c: who dials a real port without right, and what an enrolled node may not do there. */
#include "tests/unit/link/site.h"

#include <stdio.h>

/* Dials with these keys (NULL: plaintext), waits for the monitor's word; returns the event and how long it
 * took. */
static int call_as(struct site *s, const uint8_t *pk, const uint8_t *sk, int64_t *took_us)
{
    static unsigned number = 1000;
    void *ctx = zmq_ctx_new(), *socket, *monitor;
    int event = 0;
    struct qp_err e;
    assert_int_equal(qp_dialer_new(ctx, &socket, &monitor, number++, s->endpoint,
                                   pk ? s->city->keys.link_pk : NULL, pk, sk, &e),
                     0);
    int64_t began_us = site_clock_us(CLOCK_MONOTONIC);
    while (!event && site_clock_us(CLOCK_MONOTONIC) - began_us < 10000000) {
        site_spin(s, s->up, s->city);
        event = qp_monitor_event(monitor, NULL);
    }
    *took_us = site_clock_us(CLOCK_MONOTONIC) - began_us;
    qp_dialer_close(&socket, &monitor);
    zmq_ctx_term(ctx);
    return event;
}

static void an_unknown_key_is_refused_at_once(void **state)
{
    struct site *s = *state;
    uint8_t seed[QP_SEED_LEN] = {1}, pk[QP_PK_LEN], sk[QP_SK_LEN];
    int64_t took_us;
    qp_link_keypair(pk, sk, seed);
    assert_int_equal(call_as(s, pk, sk, &took_us), ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
    assert_true(took_us < 2000000);
    assert_int_equal(s->up->counters.zap_denied, 1);
}

static void plaintext_is_refused_at_once(void **state)
{
    struct site *s = *state;
    int64_t took_us;
    assert_int_not_equal(call_as(s, NULL, NULL, &took_us), ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    assert_true(took_us < 2000000);
}

static void a_childs_key_gets_in(void **state)
{
    struct site *s = *state;
    int64_t took_us;
    assert_int_equal(call_as(s, s->county->keys.link_pk, s->county->keys.link_sk, &took_us),
                     ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
}

/* Closes what was bound, so that a worse port can take its place. */
static void rebind(struct qp_wire *w, bool curve)
{
    struct qp_err e = {0};
    char listen[64];
    snprintf(listen, sizeof listen, "tcp://127.0.0.1:%d", site_free_port());
    zmq_close(w->router);
    w->router = zmq_socket(w->ctx, ZMQ_ROUTER);
    assert_int_equal(qp_sock_common(w->router, listen, &e), 0);
    if (curve) {
        assert_int_equal(qp_sock_int(w->router, ZMQ_CURVE_SERVER, 1, "CURVE_SERVER", &e), 0);
        assert_int_equal(
            qp_sock_bytes(w->router, ZMQ_CURVE_SECRETKEY, w->keys->link_sk, QP_SK_LEN, "CURVE_SECRETKEY", &e),
            0);
    }
    assert_int_equal(zmq_bind(w->router, listen), 0);
    snprintf(w->endpoint, sizeof w->endpoint, "%s", listen);
}

static void a_port_that_lets_strangers_in_does_not_start(void **state)
{
    struct site *s = *state;
    struct qp_wire w = {
        .core = s->city->core, .store = s->city->store, .keys = &s->city->keys, .wake_fd = -1};
    struct qp_err e = {0};
    char listen[64];
    snprintf(listen, sizeof listen, "tcp://127.0.0.1:%d", site_free_port());
    w.ctx = zmq_ctx_new();
    assert_int_equal(qp_link_bind(&w, listen, &e), 0);
    assert_int_equal(qp_link_self_check(&w, &e), 0);
    qp_endless_close(&w);
    rebind(&w, false); /* as when the keys are set after the bind */
    assert_int_equal(qp_link_self_check(&w, &e), QP_EIO);
    assert_non_null(strstr(e.text, "lets in a stranger who dials it without encryption"));
    assert_int_equal(zmq_unbind(w.zap, "inproc://zeromq.zap.01"), 0); /* closing alone takes its time */
    zmq_close(w.zap);
    w.zap = NULL;
    rebind(&w, true); /* CURVE without a ZAP handler: whoever knows the server's key */
    assert_int_equal(qp_link_self_check(&w, &e), QP_EIO);
    assert_non_null(strstr(e.text, "lets in a stranger who dials it with a key that it does not know"));
    zmq_close(w.router);
    zmq_ctx_term(w.ctx);
}

struct foe {
    void *ctx, *socket, *monitor;
};

static struct foe foe_up(struct site *s, struct node *as, const char *routing_id)
{
    struct foe f = {.ctx = zmq_ctx_new()};
    struct qp_err e;
    assert_int_equal(qp_dialer_new(f.ctx, &f.socket, &f.monitor, 5000, "tcp://127.0.0.1:1",
                                   s->city->keys.link_pk, as->keys.link_pk, as->keys.link_sk, &e),
                     0);
    zmq_disconnect(f.socket, "tcp://127.0.0.1:1");
    if (routing_id)
        assert_int_equal(zmq_setsockopt(f.socket, ZMQ_ROUTING_ID, routing_id, strlen(routing_id)), 0);
    assert_int_equal(zmq_connect(f.socket, s->endpoint), 0);
    for (int event = 0; event != ZMQ_EVENT_HANDSHAKE_SUCCEEDED;) {
        site_spin_for(s, 2);
        event = qp_monitor_event(f.monitor, NULL);
    }
    site_spin_for(s, 20);
    return f;
}

static void foe_down(struct foe *f)
{
    qp_dialer_close(&f->socket, &f->monitor);
    zmq_ctx_term(f->ctx);
}

static void foe_say(struct site *s, struct foe *f, const void *bytes, size_t len)
{
    assert_true(zmq_send(f->socket, bytes, len, 0) >= 0);
    site_spin_for(s, 30);
}

/* The call that a node would make, made without a socket. */
static struct frame call_of(struct site *s, struct node *n)
{
    struct line l;
    uint8_t seed[QP_SEED_LEN];
    line_up(&l, n, s->city);
    rig_fresh_seed(s->r, seed);
    qp_session_connected(l.child.session, s->r->now_us, seed);
    line_pump(s->r, &l.child);
    struct frame f = l.child.said[0];
    l.child.n = 0;
    line_down(&l);
    return f;
}

/* Whatever it sends: it hears that it was revoked, by the parent's signature, and nothing comes of it. */
static void a_revoked_childs_key_is_told_so_and_not_heard(void **state)
{
    struct site *s = *state;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    char answer[QP_FRAME_BYTES];
    Qp__Frame *f;
    struct frame call = call_of(s, s->county);
    rig_revoke(s->r, s->city, "city/county");
    qp_wire_release(s->up, &s->city->out, s->city->arena, s->r->now_us);
    struct foe foe = foe_up(s, s->county, NULL);
    foe_say(s, &foe, call.bytes, call.len);
    int n = zmq_recv(foe.socket, answer, sizeof answer, ZMQ_DONTWAIT);
    assert_true(n > 0);
    assert_int_equal(qp_frame_read(&f, (uint8_t *)answer, (size_t)n, a, NULL), 0);
    assert_int_equal(f->body_case, QP__FRAME__BODY_REFUSE);
    assert_non_null(f->refuse->verdict);
    assert_int_equal(f->refuse->verdict->code, QP_EREVOKED);
    assert_memory_equal(f->refuse->verdict->at->origin.data, s->county->id, QP_ID_LEN);
    assert_int_equal(s->up->counters.farewells, 1);
    assert_null(qp_link_with(s->up, s->county->id));
    /* a second one at once is not answered: signing must not be to be had for the asking */
    foe_say(s, &foe, "x", 1);
    assert_true(s->up->counters.farewells <= 2);
    free(call.bytes);
    foe_down(&foe);
    qp_arena_free(a);
}

static void a_frame_too_large_ends_its_connection_and_nothing_else(void **state)
{
    struct site *s = *state;
    static uint8_t large[QP_FRAME_BYTES + 1];
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s));
    struct foe f = foe_up(s, s->other, NULL);
    large[0] = 0x12;
    uint64_t in = s->up->counters.frames_in;
    zmq_send(f.socket, large, sizeof large, 0);
    int event = 0;
    for (int i = 0; i < 200 && event != ZMQ_EVENT_DISCONNECTED; i++) {
        site_spin_for(s, 5);
        event = qp_monitor_event(f.monitor, NULL);
    }
    assert_int_equal(event, ZMQ_EVENT_DISCONNECTED);
    foe_down(&f);
    assert_true(s->up->counters.frames_in - in < 3); /* the county's own, not that one */
    site_report(s, s->down, s->county, "undisturbed");
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 1);
}

static void a_connection_that_chose_its_own_routing_id_is_not_heard(void **state)
{
    struct site *s = *state;
    struct foe f = foe_up(s, s->other, "mine!");
    struct frame call = call_of(s, s->other);
    foe_say(s, &f, call.bytes, call.len);
    assert_int_equal(s->up->counters.frames_unknown, 1);
    assert_int_equal(qp_link_with(s->up, s->other->id)->session->shake.state, QP_GREET_IDLE);
    free(call.bytes);
    foe_down(&f);
}

static void a_sibling_cannot_call_in_anothers_name(void **state)
{
    struct site *s = *state;
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s));
    uint64_t number = qp_link_with(s->up, s->county->id)->session->number;
    struct foe f = foe_up(s, s->other, NULL);
    struct frame call = call_of(s, s->county); /* the county's certificate is no secret */
    foe_say(s, &f, call.bytes, call.len);
    assert_int_equal(qp_link_with(s->up, s->other->id)->session->refused, QP_ESCOPE);
    assert_int_equal(qp_link_with(s->up, s->county->id)->session->number, number);
    free(call.bytes);
    foe_down(&f);
    site_report(s, s->down, s->county, "undisturbed");
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 1);
}

static void frames_without_a_greeting_are_not_heard(void **state)
{
    struct site *s = *state;
    const uint8_t beat[] = {0x08, 0x01, 0x52, 0x00}, nonsense[] = {0xff, 0xff};
    struct foe f = foe_up(s, s->other, NULL);
    foe_say(s, &f, beat, sizeof beat);
    foe_say(s, &f, nonsense, sizeof nonsense);
    assert_int_equal(s->up->counters.frames_unknown, 2);
    zmq_send(f.socket, "a", 1, ZMQ_SNDMORE);
    foe_say(s, &f, "b", 1);
    assert_int_equal(s->up->counters.frames_odd, 1);
    foe_down(&f);
}

/* The second connection has the key of the transport alone: its call is answered, its silence changes
 * nothing. */
static void a_copied_link_key_does_not_take_a_session_over(void **state)
{
    struct site *s = *state;
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s));
    uint64_t number = qp_link_with(s->up, s->county->id)->session->number;
    struct foe f = foe_up(s, s->county, NULL);
    struct frame call = call_of(s, s->county);
    foe_say(s, &f, call.bytes, call.len);
    char challenge[QP_FRAME_BYTES];
    assert_true(zmq_recv(f.socket, challenge, sizeof challenge, ZMQ_DONTWAIT) > 0);
    assert_int_equal(qp_link_with(s->up, s->county->id)->session->number, number);
    site_report(s, s->down, s->county, "undisturbed");
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 1);
    free(call.bytes);
    foe_down(&f);
}

/* Nothing closes a connection that was let in: who was revoked must not take all that this process may have. */
static void who_was_revoked_does_not_take_all_connections(void **state)
{
    enum { N = 100 };
    struct site *s = *state;
    struct qp_err e;
    void *ctx = zmq_ctx_new(), *socket[N], *monitor[N];
    rig_revoke(s->r, s->city, "city/county");
    qp_wire_release(s->up, &s->city->out, s->city->arena, s->r->now_us);
    for (unsigned i = 0; i < N; i++)
        assert_int_equal(qp_dialer_new(ctx, &socket[i], &monitor[i], 7000 + i, s->endpoint,
                                       s->city->keys.link_pk, s->county->keys.link_pk,
                                       s->county->keys.link_sk, &e),
                         0);
    for (int i = 0; i < 100 && s->up->counters.zap_accepted + s->up->counters.zap_denied < N; i++)
        site_spin_for(s, 50);
    assert_in_range(s->up->counters.zap_accepted, 1, 65);
    assert_true(s->up->counters.zap_denied >= N - 65);
    for (unsigned i = 0; i < N; i++)
        qp_dialer_close(&socket[i], &monitor[i]);
    zmq_ctx_term(ctx);
}

/* ZeroMQ keeps the parts of a message that is not whole, without bound; a whole one of as much is none that is too long. */
static void a_message_without_an_end_is_cut_off(void **state)
{
    enum { PARTS = 1600, PART = 64 * 1024 };
    struct site *s = *state;
    struct qp_err e;
    static uint8_t part[PART];
    void *ctx = zmq_ctx_new(), *socket, *monitor;
    s->up->endless.most = (uint64_t)PARTS * PART / 8;
    assert_int_equal(qp_dialer_new(ctx, &socket, &monitor, 6000, s->endpoint, s->city->keys.link_pk,
                                   s->county->keys.link_pk, s->county->keys.link_sk, &e),
                     0);
    SPIN_UNTIL(s, qp_monitor_event(monitor, NULL) == ZMQ_EVENT_HANDSHAKE_SUCCEEDED);
    for (int i = 0; i < 3; i++) { /* whole ones, together more than is allowed of one */
        for (int k = 1; k <= PARTS / 10; k++)
            assert_true(zmq_send(socket, part, PART, k < PARTS / 10 ? ZMQ_SNDMORE : 0) >= 0);
        SPIN_UNTIL(s, s->up->counters.frames_odd == (uint64_t)i + 1);
    }
    assert_int_equal(s->up->counters.endless, 0);
    for (int k = 1; k <= PARTS; k++) /* this one comes to its end too late */
        assert_true(zmq_send(socket, part, PART, k < PARTS ? ZMQ_SNDMORE : 0) >= 0);
    SPIN_UNTIL(s, s->up->counters.endless == 1);
    assert_string_equal(s->up->endless.from, "127.0.0.1");
    SPIN_UNTIL(s, qp_monitor_event(monitor, NULL) == ZMQ_EVENT_DISCONNECTED);
    assert_int_equal(s->up->counters.frames_odd, 3);
    qp_dialer_close(&socket, &monitor);
    zmq_ctx_term(ctx);
    s->down = site_wire(s->county, NULL);
    SPIN_UNTIL(s, site_open(s)); /* who sends what has an end is let in as ever */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SITE_TEST(an_unknown_key_is_refused_at_once),
        SITE_TEST(a_message_without_an_end_is_cut_off),
        SITE_TEST(plaintext_is_refused_at_once),
        SITE_TEST(a_childs_key_gets_in),
        SITE_TEST(a_revoked_childs_key_is_told_so_and_not_heard),
        SITE_TEST(a_port_that_lets_strangers_in_does_not_start),
        SITE_TEST(a_frame_too_large_ends_its_connection_and_nothing_else),
        SITE_TEST(a_connection_that_chose_its_own_routing_id_is_not_heard),
        SITE_TEST(a_sibling_cannot_call_in_anothers_name),
        SITE_TEST(frames_without_a_greeting_are_not_heard),
        SITE_TEST(a_copied_link_key_does_not_take_a_session_over),
        SITE_TEST(who_was_revoked_does_not_take_all_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
