/* rig.c: see rig.h. */
#include "tests/unit/link/rig.h"

#include <stdio.h>
#include <unistd.h>

int rig_up(void **state)
{
    struct rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    assert_int_equal(qp_crypto_init(NULL), 0);
    r->now_us = RIG_START;
    *state = r;
    return 0;
}

static void node_down(struct node *n)
{
    if (!n->up)
        return;
    qp_core_close(n->core);
    qp_store_close(n->store, true);
    n->up = false;
}

static void burn(const char *dir)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    int rc = system(command);
    assert_int_equal(rc, 0);
}

int rig_down(void **state)
{
    struct rig *r = *state;
    for (size_t i = 0; i < r->n; i++) {
        node_down(&r->nodes[i]);
        qp_arena_free(r->nodes[i].arena);
        burn(r->nodes[i].dir);
    }
    free(r);
    return 0;
}

void rig_fresh_seed(struct rig *r, uint8_t seed[QP_SEED_LEN])
{
    struct qp_hash h;
    static uint64_t counter;
    uint64_t own = ++counter;
    qp_hash(&h, &own, sizeof own);
    (void)r;
    memcpy(seed, h.b, QP_SEED_LEN);
}

static struct node *node_new(struct rig *r)
{
    assert_true(r->n < RIG_NODES);
    struct node *n = &r->nodes[r->n++];
    uint8_t master[QP_SEED_LEN];
    snprintf(n->dir, sizeof n->dir, "%s",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm/qp-link-XXXXXX" : "/tmp/qp-link-XXXXXX");
    assert_non_null(mkdtemp(n->dir));
    n->arena = qp_arena_new(64 << 20);
    assert_non_null(n->arena);
    rig_fresh_seed(r, master);
    qp_keys_derive(&n->keys, master);
    return n;
}

static void store_open(struct rig *r, struct node *n)
{
    struct qp_err e = {0};
    struct qp_store_options o = {.dir = n->dir,
                                 .journal_map = 32 << 20,
                                 .tables_map = 32 << 20,
                                 .no_sync = true,
                                 .boot_id = "one boot"};
    uint8_t seed[QP_SEED_LEN];
    rig_fresh_seed(r, seed);
    memcpy(o.epoch, seed, QP_ID_LEN);
    if (qp_store_open(&n->store, &o, &e))
        fail_msg("%s", e.text);
}

static void core_open(struct rig *r, struct node *n)
{
    struct qp_err e = {0};
    if (qp_core_open(&n->core, n->store, &n->keys, &qp_acceptance_default, NULL, NULL, r->now_us, &e))
        fail_msg("%s", e.text);
    n->id = qp_core_self(n->core)->node;
    n->up = true;
}

struct node *rig_found(struct rig *r, const char *path)
{
    struct node *n = node_new(r);
    struct qp_area area = {.depth = 1, .parent = -1};
    struct qp_err e = {0};
    uint8_t seed[QP_SEED_LEN];
    snprintf(area.path, sizeof area.path, "%s", path);
    snprintf(area.title, sizeof area.title, "%s", path);
    snprintf(area.level, sizeof area.level, "city");
    store_open(r, n);
    rig_fresh_seed(r, seed);
    if (qp_core_found(n->store, &n->keys, &area, "UTC", r->now_us, seed, &r->root, &e))
        fail_msg("%s", e.text);
    core_open(r, n);
    return n;
}

void rig_turn(struct rig *r, struct node *n)
{
    struct qp_txn t;
    struct qp_err e = {0};
    uint8_t seed[QP_SEED_LEN];
    rig_fresh_seed(r, seed);
    if (qp_store_begin(n->store, &t, &e) || qp_turn(n->core, &t, n->in, n->n, r->now_us, seed, &n->out, &e) ||
        qp_store_commit_journal(&t, &e) || qp_store_commit_tables(&t, &e))
        fail_msg("%s", e.text);
    n->n = 0;
}

/* One command in a turn of its own; its reply. */
static const struct qp_reply *command(struct rig *r, struct node *n, struct qp_command *c)
{
    struct qp_input *in = &n->in[n->n++];
    memset(in, 0, sizeof *in);
    c->ticket = 77;
    in->kind = QP_IN_COMMAND;
    in->command = *c;
    rig_turn(r, n);
    for (size_t i = 0; i < n->out.n; i++) {
        const struct qp_output *o = &n->out.v[i];
        if (o->kind != QP_OUT_REPLY || o->reply.ticket != 77)
            continue;
        if (o->reply.code)
            fail_msg("%s", o->reply.text);
        return &o->reply;
    }
    fail_msg("a command was not answered");
    return NULL;
}

void rig_invite(struct rig *r, struct node *parent, const char *path, const uint8_t token_key[QP_PK_LEN],
                int64_t expires_us)
{
    Qp__Event ev = QP__EVENT__INIT;
    Qp__Invited i = QP__INVITED__INIT;
    char text[QP_PATH_MAX], level[] = "street", by[] = "user:rig";
    snprintf(text, sizeof text, "%s", path);
    i.link_key = qp_view(token_key, QP_PK_LEN);
    i.path = i.title = text;
    i.level = level;
    i.expires_us = expires_us;
    ev.by = by;
    ev.body_case = QP__EVENT__BODY_INVITED;
    ev.invited = &i;
    struct qp_command c = {.op = QP_OP_INVITE, .draft = &ev, .if_version = -1};
    command(r, parent, &c);
}

static void join(struct rig *r, struct node *parent, struct node *n, const char *path, const char *endpoint)
{
    uint8_t token_key[QP_PK_LEN], seed[QP_SEED_LEN], words[4 * QP_PK_LEN], signature[QP_SIG_LEN];
    struct qp_err e = {0};
    rig_fresh_seed(r, token_key);
    rig_invite(r, parent, path, token_key, r->now_us + 900000000);
    memcpy(words, token_key, 32);
    memcpy(words + 32, n->keys.sign_pk, 32);
    memcpy(words + 64, n->keys.box_pk, 32);
    memcpy(words + 96, n->keys.link_pk, 32);
    qp_sign(signature, QP_TAG_JOIN, words, sizeof words, n->keys.sign_sk);
    Qp__Join j = QP__JOIN__INIT;
    j.sign_key = qp_view(n->keys.sign_pk, 32);
    j.box_key = qp_view(n->keys.box_pk, 32);
    j.link_key = qp_view(n->keys.link_pk, 32);
    j.signature = qp_view(signature, sizeof signature);
    struct qp_command c = {.op = QP_OP_JOIN, .join = &j, .token_link_key = token_key, .if_version = -1};
    const struct qp_reply *reply = command(r, parent, &c);
    assert_non_null(reply->welcome);
    store_open(r, n);
    rig_fresh_seed(r, seed);
    if (qp_core_join(n->store, &n->keys, reply->welcome, &r->root, endpoint ? endpoint : "tcp://127.0.0.1:9",
                     r->now_us, seed, &e))
        fail_msg("%s", e.text);
    core_open(r, n);
}

struct node *rig_join(struct rig *r, struct node *parent, const char *path, const char *endpoint)
{
    struct node *n = node_new(r);
    join(r, parent, n, path, endpoint);
    return n;
}

void rig_burn(struct rig *r, struct node *parent, struct node *n, const char *path)
{
    uint8_t master[QP_SEED_LEN];
    node_down(n);
    burn(n->dir);
    snprintf(n->dir, sizeof n->dir, "%s",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm/qp-link-XXXXXX" : "/tmp/qp-link-XXXXXX");
    assert_non_null(mkdtemp(n->dir));
    rig_fresh_seed(r, master);
    qp_keys_derive(&n->keys, master);
    join(r, parent, n, path, NULL);
    parent->out.n = 0; /* the old session's end: the line it was for is down */
}

void rig_reopen(struct rig *r, struct node *n)
{
    node_down(n);
    store_open(r, n);
    core_open(r, n);
}

void rig_report(struct rig *r, struct node *n, const char *title, uint32_t urgency)
{
    Qp__Event ev = QP__EVENT__INIT;
    Qp__Opened o = QP__OPENED__INIT;
    Qp__Face f = QP__FACE__INIT;
    char text[64], category[] = "noise", source[] = "hotline", by[] = "user:rig";
    snprintf(text, sizeof text, "%s", title);
    f.title = text;
    f.category = category;
    f.source = source;
    f.urgency = urgency;
    o.face = &f;
    ev.by = by;
    ev.body_case = QP__EVENT__BODY_OPENED;
    ev.opened = &o;
    struct qp_command c = {.op = QP_OP_STEP, .draft = &ev, .if_version = -1};
    command(r, n, &c);
}

void rig_revoke(struct rig *r, struct node *by, const char *path)
{
    Qp__Event ev = QP__EVENT__INIT;
    Qp__Revoked v = QP__REVOKED__INIT;
    char reason[] = "stolen", who[] = "user:rig";
    v.kind = 1;
    v.reason = reason;
    ev.by = who;
    ev.body_case = QP__EVENT__BODY_REVOKED;
    ev.revoked = &v;
    struct qp_command c = {.op = QP_OP_REVOKE, .draft = &ev, .path = path, .if_version = -1};
    command(r, by, &c);
}

/* ---- the line ---- */

static bool say(void *arg, const uint8_t *bytes, size_t len)
{
    struct end *e = arg;
    if (e->room == 0)
        return false;
    if (e->room != SIZE_MAX)
        e->room--;
    assert_true(e->n < RIG_FRAMES);
    e->said[e->n].bytes = malloc(len);
    assert_non_null(e->said[e->n].bytes);
    memcpy(e->said[e->n].bytes, bytes, len);
    e->said[e->n++].len = len;
    return true;
}

static void end_up(struct end *e, struct node *n, const uint8_t *peer, bool dials)
{
    const struct qp_session_node sn = {n->core, n->store, &n->keys};
    e->node = n;
    e->n = 0;
    e->room = SIZE_MAX;
    e->session = qp_session_new(&sn, peer, dials, say, e);
    assert_non_null(e->session);
}

void line_up(struct line *l, struct node *child, struct node *parent)
{
    end_up(&l->child, child, parent->id, true);
    end_up(&l->parent, parent, child->id, false);
}

void line_forget(struct end *e)
{
    for (size_t i = 0; i < e->n; i++)
        free(e->said[i].bytes);
    e->n = 0;
}

void line_down(struct line *l)
{
    line_forget(&l->child);
    line_forget(&l->parent);
    qp_session_free(l->child.session);
    qp_session_free(l->parent.session);
}

static void gather(void *arg, const struct qp_input *in)
{
    struct node *n = arg;
    assert_true(n->n < RIG_INPUTS);
    n->in[n->n++] = *in;
}

void line_hear(struct rig *r, struct end *to, const uint8_t *bytes, size_t len)
{
    struct qp_read read;
    uint8_t seed[QP_SEED_LEN];
    rig_fresh_seed(r, seed);
    assert_int_equal(qp_read_begin(to->node->store, &read, NULL), 0);
    qp_session_frame(to->session, bytes, len, &read, to->node->arena, gather, to->node, r->now_us, seed);
    qp_read_end(&read);
}

void line_pump(struct rig *r, struct end *e)
{
    struct qp_read read;
    assert_int_equal(qp_read_begin(e->node->store, &read, NULL), 0);
    qp_session_pump(e->session, &read, e->node->arena, r->now_us);
    qp_read_end(&read);
}

/* Outputs for a neighbour that this line does not reach are left. */
void line_turn(struct rig *r, struct end *e)
{
    struct qp_read read;
    if (e->node->n)
        rig_turn(r, e->node);
    assert_int_equal(qp_read_begin(e->node->store, &read, NULL), 0);
    for (size_t i = 0; i < e->node->out.n; i++) {
        const struct qp_output *o = &e->node->out.v[i];
        if (o->kind != QP_OUT_REPLY && o->kind != QP_OUT_CHANGED &&
            memcmp(o->peer, e->session->peer, QP_ID_LEN) == 0)
            qp_session_output(e->session, o, &read, e->node->arena, r->now_us);
    }
    e->node->out.n = 0;
    qp_read_end(&read);
    line_pump(r, e);
    qp_arena_reset(e->node->arena);
}

bool line_carry(struct rig *r, struct end *from, struct end *to)
{
    struct frame now[256];
    size_t n = from->n < 256 ? from->n : 256;
    memcpy(now, from->said, n * sizeof *now);
    memmove(from->said, from->said + n, (from->n - n) * sizeof *now);
    from->n -= n;
    for (size_t i = 0; i < n; i++) {
        line_hear(r, to, now[i].bytes, now[i].len);
        free(now[i].bytes);
    }
    line_turn(r, to);
    return n > 0;
}

/* A queue that is being made again: its next slice. */
static bool refill(struct rig *r, struct end *e)
{
    if (rig_peer(e->node, e->session->peer).refill_at == 0)
        return false;
    int64_t next = qp_core_next_tick(e->node->core);
    r->now_us = next > r->now_us ? next : r->now_us;
    rig_turn(r, e->node);
    line_turn(r, e);
    return true;
}

void line_settle(struct rig *r, struct line *l)
{
    line_turn(r, &l->child);
    line_turn(r, &l->parent);
    for (int round = 0; round < 10000; round++) {
        bool up = line_carry(r, &l->child, &l->parent), down = line_carry(r, &l->parent, &l->child);
        if (up || down || l->child.n + l->parent.n > 0 || refill(r, &l->child) || refill(r, &l->parent))
            continue;
        if (!qp_session_ack_due(l->child.session) && !qp_session_ack_due(l->parent.session))
            return;
        r->now_us += QP_ACK_US; /* an ack waits for others */
        line_pump(r, &l->child);
        line_pump(r, &l->parent);
    }
    fail_msg("the two never come to rest");
}

void line_open(struct rig *r, struct line *l)
{
    uint8_t seed[QP_SEED_LEN];
    rig_fresh_seed(r, seed);
    qp_session_connected(l->child.session, r->now_us, seed);
    line_settle(r, l);
    assert_true(qp_session_open(l->child.session));
    assert_true(qp_session_open(l->parent.session));
}

int frame_kind(const struct frame *f)
{
    return qp_frame_kind(f->bytes, f->len);
}

struct frame *line_find(struct end *e, int kind)
{
    for (size_t i = 0; i < e->n; i++)
        if (frame_kind(&e->said[i]) == kind)
            return &e->said[i];
    fail_msg("no frame of kind %d was said", kind);
    return NULL;
}

Qp__Frame *frame_open(struct rig *r, const struct frame *f, struct qp_arena *a)
{
    Qp__Frame *m;
    (void)r;
    assert_int_equal(qp_frame_read(&m, f->bytes, f->len, a, NULL), 0);
    return m;
}

void frame_put(struct frame *f, const Qp__Frame *m)
{
    free(f->bytes);
    f->len = qp__frame__get_packed_size(m);
    f->bytes = malloc(f->len);
    assert_non_null(f->bytes);
    qp__frame__pack(m, f->bytes);
}

/* ---- what a node holds ---- */

size_t rig_matters(struct rig *r, struct node *n)
{
    struct qp_read read;
    MDB_stat stat;
    (void)r;
    assert_int_equal(qp_read_begin(n->store, &read, NULL), 0);
    assert_int_equal(mdb_stat(read.tables, qp_store_dbi(n->store, QP_T_MATTER), &stat), 0);
    qp_read_end(&read);
    return stat.ms_entries;
}

uint64_t rig_queue(struct node *n, const uint8_t *peer, uint32_t lane)
{
    struct qp_read read;
    uint64_t parcels;
    int64_t oldest;
    assert_int_equal(qp_read_begin(n->store, &read, NULL), 0);
    qp_queue_depth(&read, peer, lane, &parcels, &oldest);
    qp_read_end(&read);
    return parcels;
}

struct qp_peer_entry rig_peer(struct node *n, const uint8_t *peer)
{
    struct qp_read read;
    struct qp_peer_entry p;
    memset(&p, 0, sizeof p);
    assert_int_equal(qp_read_begin(n->store, &read, NULL), 0);
    qp_peer_read(read.tables, n->store, peer, &p);
    qp_read_end(&read);
    return p;
}
