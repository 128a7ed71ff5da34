/* rig.c: see rig.h. */
#include "tests/unit/http/rig.h"

#include "node/http/wire/inside.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* A turn takes a whole batch, as a real one does. */
enum { COMMANDS = 1024, ANSWER_MOST = 16 * 1024 * 1024 };

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* ---- the node ---- */

static void turn(struct rig *r, struct qp_command *commands, size_t n)
{
    static struct qp_input in[COMMANDS];
    struct qp_txn t;
    struct qp_outputs out = {0};
    struct qp_err e = {0};
    uint8_t seed[QP_SEED_LEN];
    qp_random(seed, sizeof seed);
    memset(in, 0, n * sizeof *in);
    for (size_t i = 0; i < n; i++) {
        in[i].kind = QP_IN_COMMAND;
        in[i].command = commands[i];
    }
    if (qp_store_begin(r->store, &t, &e) || qp_turn(r->core, &t, in, n, now_us(), seed, &out, &e) ||
        qp_vault_commit(r->vault, &e) || qp_store_commit_journal(&t, &e) || qp_vault_settle(r->vault, &e) ||
        qp_store_commit_tables(&t, &e)) {
        fprintf(stderr, "turn: %s\n", e.text);
        abort();
    }
    for (size_t i = 0; i < out.n; i++) {
        if (out.v[i].kind == QP_OUT_REPLY && r->http)
            qp_http_reply(r->http, &out.v[i].reply);
        else if (out.v[i].kind == QP_OUT_REPLY && out.v[i].reply.code)
            fprintf(stderr, "turn: %s\n", out.v[i].reply.text);
    }
    if (r->http)
        qp_http_committed(r->http, t.head, now_us());
}

/* As the driver does where there is no room. */
static void refuse(struct rig *r, const struct qp_command *commands, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct qp_reply reply = {.ticket = commands[i].ticket, .code = QP_EFULL, .text = "there is no room"};
        qp_http_reply(r->http, &reply);
    }
}

static void *turner(void *arg)
{
    struct rig *r = arg;
    static struct qp_command commands[COMMANDS];
    while (!atomic_load(&r->stop)) {
        struct pollfd p = {.fd = r->wake_fd, .events = POLLIN};
        uint64_t n;
        if (poll(&p, 1, 20) > 0 && read(r->wake_fd, &n, sizeof n) < 0)
            continue;
        atomic_store(&r->held, atomic_load(&r->hold));
        if (atomic_load(&r->held))
            continue;
        size_t got;
        while ((got = qp_http_take(r->http, commands, COMMANDS)) > 0)
            if (atomic_load(&r->full))
                refuse(r, commands, got);
            else
                turn(r, commands, got);
    }
    return NULL;
}

/* The turner is woken until it has seen it. */
static void set_hold(struct rig *r, bool hold)
{
    const uint64_t one = 1;
    atomic_store(&r->hold, hold);
    while (atomic_load(&r->held) != hold) {
        assert_int_equal(write(r->wake_fd, &one, sizeof one), sizeof one);
        usleep(1000);
    }
}

void rig_hold(struct rig *r)
{
    set_hold(r, true);
}

void rig_release(struct rig *r)
{
    set_hold(r, false);
}

static void make_token(struct rig *r)
{
    uint8_t secret[32];
    struct qp_hash hash;
    Qp__Event ev = QP__EVENT__INIT;
    Qp__TokenMade t = QP__TOKEN_MADE__INIT;
    char name[] = "all", by[] = "policy";
    qp_random(secret, sizeof secret);
    memcpy(r->token, "qpt_", 5);
    qp_b64(r->token + 4, secret, sizeof secret);
    qp_hash(&hash, r->token, strlen(r->token));
    t.name = name;
    t.hash = (ProtobufCBinaryData){QP_HASH_LEN, hash.b};
    t.rights = QP_RIGHT_ALL;
    ev.by = by;
    ev.body_case = QP__EVENT__BODY_TOKEN_MADE;
    ev.token_made = &t;
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = &ev, .if_version = -1};
    turn(r, &c, 1);
}

static void node_up(struct rig *r)
{
    struct qp_err e = {0};
    struct qp_store_options o = {
        .dir = r->dir, .journal_map = 64 << 20, .tables_map = 64 << 20, .no_sync = true};
    struct qp_area area = {
        .depth = 1, .parent = -1, .path = "suzhou", .title = "宿州市", .level = "city", .code = "341300"};
    uint8_t master[QP_SEED_LEN], seed[QP_SEED_LEN];
    qp_random(o.epoch, sizeof o.epoch);
    qp_random(master, sizeof master);
    qp_random(seed, sizeof seed);
    qp_keys_derive(&r->keys, master);
    if (qp_store_open(&r->store, &o, &e) ||
        qp_core_found(r->store, &r->keys, &area, "Asia/Shanghai", now_us(), seed, &r->root, &e) ||
        qp_core_open(&r->core, r->store, &r->keys, &qp_acceptance_default, NULL, NULL, now_us(), &e))
        fail_msg("%s", e.text);
    char vault[96];
    snprintf(vault, sizeof vault, "%s/vault", r->dir);
    struct qp_vault_options v = {.dir = vault, .map = 16 << 20, .no_sync = true, .keys = &r->keys};
    if (qp_vault_open(&r->vault, &v, &e) || qp_core_set_vault(r->core, r->vault, true, &e))
        fail_msg("%s", e.text);
    char blobs[96];
    snprintf(blobs, sizeof blobs, "%s/blobs", r->dir);
    struct qp_blobs_options b = {.dir = blobs, .quota = 64 << 20, .store = r->store};
    if (qp_blobs_open(&r->blobs, &b, &e) || qp_core_set_blobs(r->core, r->blobs, &e))
        fail_msg("%s", e.text);
}

_Atomic int64_t rig_guesses_us; /* where a test lets the clock of guessing stand; 0: it goes */

static int64_t guesses_us(void)
{
    int64_t at = rig_guesses_us;
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    return at ? at : t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* Its proxy is this machine, so that a test may say from where it asks. */
static void serve(struct rig *r)
{
    struct qp_err e = {0};
    char sessions[96];
    snprintf(sessions, sizeof sessions, "%s/sessions", r->dir);
    struct qp_http_options o = {.listen = "127.0.0.1:0",
                                .threads = 2,
                                .queue = 2048,
                                .wake_fd = r->wake_fd,
                                .store = r->store,
                                .core = r->core,
                                .vault = r->vault,
                                .blobs = r->blobs,
                                .endpoint = "tcp://127.0.0.1:5571",
                                .proxies = "127.0.0.1",
                                .streams = r->streams,
                                .open311 = r->open311,
                                .guesses_us = guesses_us,
                                .session_key = r->keys.sign_sk,
                                .sessions = sessions};
    if (qp_http_open(&r->http, &o, &e))
        fail_msg("%s", e.text);
}

void rig_restart(struct rig *r)
{
    rig_hold(r);
    qp_http_close(r->http);
    serve(r);
    rig_release(r);
}

static int up(void **state, size_t streams)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->streams = streams;
    assert_int_equal(qp_crypto_init(NULL), 0);
    snprintf(r->dir, sizeof r->dir, "%s",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm/qp-http-XXXXXX" : "/tmp/qp-http-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    node_up(r);
    make_token(r);
    r->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    serve(r);
    assert_int_equal(pthread_create(&r->turner, NULL, turner, r), 0);
    *state = r;
    return 0;
}

int rig_up(void **state)
{
    return up(state, 0);
}

int rig_up_few_streams(void **state)
{
    return up(state, 6);
}

int rig_down(void **state)
{
    struct rig *r = *state;
    char command[128];
    atomic_store(&r->stop, true);
    pthread_join(r->turner, NULL);
    qp_http_close(r->http);
    qp_core_close(r->core);
    qp_blobs_close(r->blobs);
    qp_vault_close(r->vault);
    qp_store_close(r->store, true);
    close(r->wake_fd);
    snprintf(command, sizeof command, "rm -rf '%s'", r->dir);
    int rc = system(command);
    free(r);
    return rc;
}

/* ---- the client ---- */

int dial(struct rig *r)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons((uint16_t)atoi(strrchr(qp_http_url(r->http), ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timeval most = {.tv_sec = 30};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

static void say_bytes(int fd, const char *p, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, p, len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* refused early: the answer is on its way */
        p += n;
        len -= (size_t)n;
    }
}

void say(int fd, const char *text)
{
    say_bytes(fd, text, strlen(text));
}

size_t hear(int fd, char *out, size_t cap, const char *needle)
{
    size_t n = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    int64_t until = now_us() + 15000000;
    out[0] = '\0';
    while (n + 1 < cap && now_us() < until && !(needle && strstr(out, needle))) {
        if (poll(&p, 1, 1000) <= 0)
            continue;
        ssize_t got = recv(fd, out + n, cap - 1 - n, 0);
        if (got <= 0)
            break;
        n += (size_t)got;
        out[n] = '\0';
    }
    return n;
}

static void body_of(struct answer *a, char *all, size_t n)
{
    char *end = strstr(all, "\r\n\r\n");
    assert_non_null(end);
    size_t head = (size_t)(end - all);
    snprintf(a->head, sizeof a->head, "%.*s", (int)head, all);
    a->status = atoi(all + strlen("HTTP/1.1 "));
    a->len = n - head - 4;
    a->body = malloc(a->len + 1);
    memcpy(a->body, end + 4, a->len);
    a->body[a->len] = '\0';
    if (strstr(a->head, "Content-Type: application/json"))
        a->json = json_loads(a->body, 0, NULL);
}

struct answer *ask(struct rig *r, const char *method, const char *path, const char *body, const char *token,
                   const char *headers)
{
    char head[8192], bearer[128] = "";
    size_t len = body ? strlen(body) : 0;
    int fd = dial(r);
    if (token)
        snprintf(bearer, sizeof bearer, "Authorization: Bearer %s\r\n", token);
    bool typed = headers && strstr(headers, "Content-Type");
    snprintf(head, sizeof head,
             "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s%s%sContent-Length: %zu\r\n\r\n", method,
             path, bearer, headers ? headers : "", body && !typed ? "Content-Type: application/json\r\n" : "",
             len);
    say(fd, head);
    if (body)
        say_bytes(fd, body, len);
    char *all = malloc(ANSWER_MOST);
    size_t n = 0;
    for (ssize_t got; n < ANSWER_MOST - 1 && (got = recv(fd, all + n, ANSWER_MOST - 1 - n, 0)) > 0;)
        n += (size_t)got;
    all[n] = '\0';
    close(fd);
    struct answer *a = calloc(1, sizeof *a);
    body_of(a, all, n);
    free(all);
    return a;
}

void answer_free(struct answer *a)
{
    json_decref(a->json);
    free(a->body);
    free(a);
}

const char *rig_method(unsigned method)
{
    return method == QP_GET     ? "GET"
           : method == QP_POST  ? "POST"
           : method == QP_PATCH ? "PATCH"
           : method == QP_PUT   ? "PUT"
                                : "DELETE";
}

void rig_token(struct rig *r, const char *name, const char *rights, char out[64])
{
    char body[256];
    snprintf(body, sizeof body, "{\"name\":\"%s\",\"rights\":[%s]}", name, rights);
    struct answer *a = ask(r, "POST", "/api/v1/tokens", body, r->token, NULL);
    assert_int_equal(a->status, 201);
    snprintf(out, 64, "%s", text_at(a, "token"));
    answer_free(a);
}

json_t *at(const struct answer *a, const char *path)
{
    char part[64];
    json_t *v = a->json;
    for (const char *p = path; v && *p;) {
        size_t n = strcspn(p, ".");
        snprintf(part, sizeof part, "%.*s", (int)n, p);
        v = json_is_array(v) ? json_array_get(v, (size_t)atoi(part)) : json_object_get(v, part);
        p += n + (p[n] == '.');
    }
    if (!v)
        fail_msg("no %s in %s", path, a->body);
    return v;
}

const char *text_at(const struct answer *a, const char *path)
{
    const char *text = json_string_value(at(a, path));
    if (!text)
        fail_msg("%s is not a text in %s", path, a->body);
    return text;
}

json_int_t int_at(const struct answer *a, const char *path)
{
    return json_integer_value(at(a, path));
}
