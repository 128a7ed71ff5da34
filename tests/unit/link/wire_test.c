/* wire_test.c: real sockets on the loopback: who gets in, who does not, and what flows. */
#include "tests/unit/link/rig.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "node/link/wired.h"

struct site {
    struct rig *r;
    struct node *city, *county, *other;
    struct qp_wire *up, *down; /* the city's, the county's */
    char endpoint[64];
};

static int64_t clock_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* A port below the ephemeral ones that nobody has. */
static int free_port(void)
{
    static int next;
    for (int i = 0; i < 2000; i++) {
        int port = 20000 + (getpid() * 37 + next++) % 8000;
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        struct sockaddr_in a = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int rc = bind(fd, (struct sockaddr *)&a, sizeof a);
        close(fd);
        if (rc == 0)
            return port;
    }
    fail_msg("no free port");
    return 0;
}

static struct qp_wire *wire_up(struct node *n, const char *listen)
{
    struct qp_wire *w;
    struct qp_err e = {0};
    const struct qp_wire_options o = {.listen = listen, .wake_fd = -1};
    if (qp_wire_open(&w, n->core, n->store, &n->keys, &o, &e) != 0)
        fail_msg("%s", e.text);
    return w;
}

static int site_up(void **state)
{
    struct site *s = calloc(1, sizeof *s);
    rig_up((void **)&s->r);
    s->r->now_us = clock_us(CLOCK_REALTIME);
    snprintf(s->endpoint, sizeof s->endpoint, "tcp://127.0.0.1:%d", free_port());
    s->city = rig_found(s->r, "city");
    s->county = rig_join(s->r, s->city, "city/county", s->endpoint);
    s->other = rig_join(s->r, s->city, "city/other", s->endpoint);
    s->up = wire_up(s->city, s->endpoint);
    *state = s;
    return 0;
}

static int site_down(void **state)
{
    struct site *s = *state;
    qp_wire_close(s->down);
    qp_wire_close(s->up);
    rig_down((void **)&s->r);
    free(s);
    return 0;
}

/* One round of a node's loop, as `serve` has it; waits at most a millisecond. */
static void spin(struct site *s, struct qp_wire *w, struct node *n)
{
    struct qp_input *in;
    size_t count;
    struct qp_err e = {0};
    s->r->now_us = clock_us(CLOCK_REALTIME);
    qp_arena_reset(n->arena);
    if (qp_wire_wait(w, &in, &count, 1000, n->arena, s->r->now_us, s->r->now_us + 1000, &e) != 0)
        fail_msg("%s", e.text);
    n->out.n = 0;
    if (count) {
        memcpy(n->in, in, count * sizeof *in);
        n->n = count;
        rig_turn(s->r, n);
    }
    qp_wire_release(w, &n->out, n->arena, s->r->now_us);
}

static void report(struct site *s, struct qp_wire *w, struct node *n, const char *title)
{
    rig_report(s->r, n, title, QP_ROUTINE);
    qp_wire_release(w, &n->out, n->arena, s->r->now_us);
}

static void spin_for(struct site *s, int ms)
{
    int64_t end_us = clock_us(CLOCK_MONOTONIC) + (int64_t)ms * 1000;
    while (clock_us(CLOCK_MONOTONIC) < end_us) {
        spin(s, s->up, s->city);
        if (s->down)
            spin(s, s->down, s->county);
    }
}

#define SPIN_UNTIL(s, condition)                                                                             \
    for (int64_t end_us_ = clock_us(CLOCK_MONOTONIC) + 20000000; !(condition);) {                            \
        assert_true(clock_us(CLOCK_MONOTONIC) < end_us_);                                                    \
        spin_for(s, 3);                                                                                      \
    }

static bool open_both(const struct site *s)
{
    return s->down->parent && qp_session_open(s->down->parent->session) &&
           qp_session_open(qp_link_with(s->up, s->county->id)->session);
}

/* ---- strangers ---- */

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
    int64_t began_us = clock_us(CLOCK_MONOTONIC);
    while (!event && clock_us(CLOCK_MONOTONIC) - began_us < 10000000) {
        spin(s, s->up, s->city);
        event = qp_monitor_event(monitor, NULL);
    }
    *took_us = clock_us(CLOCK_MONOTONIC) - began_us;
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

static void a_revoked_childs_key_does_not(void **state)
{
    struct site *s = *state;
    int64_t took_us;
    rig_revoke(s->r, s->city, "city/county");
    qp_wire_release(s->up, &s->city->out, s->city->arena, s->r->now_us);
    assert_int_equal(call_as(s, s->county->keys.link_pk, s->county->keys.link_sk, &took_us),
                     ZMQ_EVENT_HANDSHAKE_FAILED_AUTH);
}

/* Closes what was bound, so that a worse port can take its place. */
static void rebind(struct qp_wire *w, bool curve)
{
    struct qp_err e = {0};
    char listen[64];
    snprintf(listen, sizeof listen, "tcp://127.0.0.1:%d", free_port());
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
    snprintf(listen, sizeof listen, "tcp://127.0.0.1:%d", free_port());
    w.ctx = zmq_ctx_new();
    assert_int_equal(qp_link_bind(&w, listen, &e), 0);
    assert_int_equal(qp_link_self_check(&w, &e), 0);
    rebind(&w, false); /* as when the keys are set after the bind */
    assert_int_equal(qp_link_self_check(&w, &e), QP_EIO);
    assert_non_null(strstr(e.text, "lets in a stranger who dials it without encryption"));
    zmq_close(w.zap);
    w.zap = NULL;
    rebind(&w, true); /* CURVE without a ZAP handler: whoever knows the server's key */
    assert_int_equal(qp_link_self_check(&w, &e), QP_EIO);
    assert_non_null(strstr(e.text, "lets in a stranger who dials it with a key that it does not know"));
    zmq_close(w.router);
    zmq_ctx_term(w.ctx);
}

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

/* ---- what flows ---- */

static void matters_flow_over_a_real_link(void **state)
{
    struct site *s = *state;
    s->down = wire_up(s->county, NULL);
    for (int i = 0; i < 50; i++)
        report(s, s->down, s->county, "a hole");
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
    s->down = wire_up(s->county, NULL);
    SPIN_UNTIL(s, open_both(s));
    qp_wire_close(s->up);
    rig_report(s->r, s->county, "meanwhile", QP_ROUTINE);
    for (int i = 0; i < 50; i++)
        spin(s, s->down, s->county);
    rig_reopen(s->r, s->city);
    s->up = wire_up(s->city, s->endpoint);
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 1);
}

static void a_parent_notices_a_child_that_came_back(void **state)
{
    struct site *s = *state;
    s->down = wire_up(s->county, NULL);
    SPIN_UNTIL(s, open_both(s));
    qp_wire_close(s->down);
    rig_reopen(s->r, s->county);
    s->down = wire_up(s->county, NULL);
    report(s, s->down, s->county, "after");
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 1);
    struct qp_link_status v;
    qp_session_status(qp_link_with(s->up, s->county->id)->session, &v, s->r->now_us);
    assert_int_equal(v.sessions, 2);
}

static void a_revoked_childs_open_connection_is_worth_nothing(void **state)
{
    struct site *s = *state;
    s->down = wire_up(s->county, NULL);
    SPIN_UNTIL(s, open_both(s));
    rig_revoke(s->r, s->city, "city/county");
    qp_wire_release(s->up, &s->city->out, s->city->arena, s->r->now_us);
    report(s, s->down, s->county, "too late");
    spin_for(s, 300);
    assert_int_equal(rig_matters(s->r, s->city), 0);
    assert_false(qp_session_open(s->down->parent->session));
}

/* ---- enrolled, and hostile ---- */

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
        spin_for(s, 2);
        event = qp_monitor_event(f.monitor, NULL);
    }
    spin_for(s, 20);
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
    spin_for(s, 30);
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

static void a_frame_too_large_ends_its_connection_and_nothing_else(void **state)
{
    struct site *s = *state;
    static uint8_t large[QP_FRAME_BYTES + 1];
    s->down = wire_up(s->county, NULL);
    SPIN_UNTIL(s, open_both(s));
    struct foe f = foe_up(s, s->other, NULL);
    large[0] = 0x12;
    uint64_t in = s->up->counters.frames_in;
    zmq_send(f.socket, large, sizeof large, 0);
    int event = 0;
    for (int i = 0; i < 200 && event != ZMQ_EVENT_DISCONNECTED; i++) {
        spin_for(s, 5);
        event = qp_monitor_event(f.monitor, NULL);
    }
    assert_int_equal(event, ZMQ_EVENT_DISCONNECTED);
    foe_down(&f);
    assert_true(s->up->counters.frames_in - in < 3); /* the county's own, not that one */
    report(s, s->down, s->county, "undisturbed");
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
    s->down = wire_up(s->county, NULL);
    SPIN_UNTIL(s, open_both(s));
    uint64_t number = qp_link_with(s->up, s->county->id)->session->number;
    struct foe f = foe_up(s, s->other, NULL);
    struct frame call = call_of(s, s->county); /* the county's certificate is no secret */
    foe_say(s, &f, call.bytes, call.len);
    assert_int_equal(qp_link_with(s->up, s->other->id)->session->refused, QP_ESCOPE);
    assert_int_equal(qp_link_with(s->up, s->county->id)->session->number, number);
    free(call.bytes);
    foe_down(&f);
    report(s, s->down, s->county, "undisturbed");
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
    s->down = wire_up(s->county, NULL);
    SPIN_UNTIL(s, open_both(s));
    uint64_t number = qp_link_with(s->up, s->county->id)->session->number;
    struct foe f = foe_up(s, s->county, NULL);
    struct frame call = call_of(s, s->county);
    foe_say(s, &f, call.bytes, call.len);
    char challenge[QP_FRAME_BYTES];
    assert_true(zmq_recv(f.socket, challenge, sizeof challenge, ZMQ_DONTWAIT) > 0);
    assert_int_equal(qp_link_with(s->up, s->county->id)->session->number, number);
    report(s, s->down, s->county, "undisturbed");
    SPIN_UNTIL(s, rig_matters(s->r, s->city) == 1);
    free(call.bytes);
    foe_down(&f);
}

/* ---- joining ---- */

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
        spin(s, s->up, s->city);
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
    snprintf(j.token.endpoint, sizeof j.token.endpoint, "tcp://127.0.0.1:%d", free_port());
    int64_t began_us = clock_us(CLOCK_MONOTONIC);
    j.rc = qp_wire_join(&j.welcome, &j.token, &j.keys, 700, j.arena, &j.e);
    assert_int_equal(j.rc, QP_EUNREACHABLE);
    assert_true(clock_us(CLOCK_MONOTONIC) - began_us < 3000000);
    qp_arena_free(j.arena);
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
    int64_t now_us = clock_us(CLOCK_REALTIME);
    qp_wire_release(w, NULL, s->city->arena, now_us);
    assert_int_equal(write(o.wake_fd, &one, sizeof one), sizeof one);
    int64_t began_us = clock_us(CLOCK_MONOTONIC);
    assert_int_equal(qp_wire_wait(w, &in, &n, 10, s->city->arena, now_us, now_us + 5000000, NULL), 0);
    assert_true(clock_us(CLOCK_MONOTONIC) - began_us < 2000000);
    assert_int_equal(n, 0);
    qp_wire_close(w);
    close(o.wake_fd);
}

static void counters_are_told_as_prometheus_lines(void **state)
{
    struct site *s = *state;
    char text[8192];
    s->down = wire_up(s->county, NULL);
    SPIN_UNTIL(s, open_both(s));
    spin_for(s, 400);
    qp_wire_metrics(s->up, text, sizeof text);
    assert_non_null(strstr(text, "\nqipan_link_zap_accepted_total 1\n"));
    assert_non_null(strstr(text, "\nqipan_link_live 1\n"));
    char cut[40];
    qp_wire_metrics(s->up, cut, sizeof cut);
    assert_true(strlen(cut) < sizeof cut);
}

#define T(f) cmocka_unit_test_setup_teardown(f, site_up, site_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_unknown_key_is_refused_at_once),
        T(plaintext_is_refused_at_once),
        T(a_childs_key_gets_in),
        T(a_revoked_childs_key_does_not),
        T(a_port_that_lets_strangers_in_does_not_start),
        T(a_port_in_use_is_told_with_its_name),
        T(matters_flow_over_a_real_link),
        T(a_child_finds_its_parent_again_after_a_restart),
        T(a_parent_notices_a_child_that_came_back),
        T(a_revoked_childs_open_connection_is_worth_nothing),
        T(a_frame_too_large_ends_its_connection_and_nothing_else),
        T(a_connection_that_chose_its_own_routing_id_is_not_heard),
        T(a_sibling_cannot_call_in_anothers_name),
        T(frames_without_a_greeting_are_not_heard),
        T(a_copied_link_key_does_not_take_a_session_over),
        T(a_token_lets_one_node_in_once),
        T(an_expired_token_is_told_so),
        T(a_token_for_another_path_is_told_so),
        T(a_token_that_nobody_issued_is_denied),
        T(a_parent_with_another_key_is_not_believed),
        T(nobody_there_is_told_within_the_time),
        T(a_wake_up_ends_the_wait),
        T(counters_are_told_as_prometheus_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
