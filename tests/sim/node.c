/* node.c: one node of the simulation: how it begins, takes its turn, crashes at a chosen point, loses its
 * disk and joins again. */
#include <stdarg.h>
#include <sys/stat.h>
#include <time.h>

#include "node/line/ring.h"
#include "tests/sim/world.h"

static bool store_open(struct sim_world *w, int i, struct qp_err *e)
{
    struct sim_node *x = &w->node[i];
    char dir[128];
    uint8_t seed[32];
    snprintf(dir, sizeof dir, "%s/%d", w->dir, i);
    mkdir(dir, 0700);
    struct qp_store_options o = {
        .dir = dir, .journal_map = SIM_MAP, .tables_map = SIM_MAP, .no_sync = true, .boot_id = "simulated"};
    sim_seed32(w, seed);
    memcpy(o.epoch, seed, sizeof o.epoch);
    return !qp_store_open(&x->store, &o, e);
}

static void give_keys(struct sim_world *w, int i)
{
    uint8_t master[32];
    sim_seed32(w, master);
    qp_keys_derive(&w->node[i].keys, master);
}

/* One turn outside the agenda, for the founding of the tree. */
static bool lone_turn(struct sim_world *w, int i, struct qp_command *cmd, struct qp_outputs *out)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    struct qp_txn t;
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = *cmd};
    uint8_t seed[32];
    sim_seed32(w, seed);
    if (qp_store_begin(x->store, &t, &e) || qp_turn(x->core, &t, &in, 1, w->now_us, seed, out, &e) ||
        qp_store_commit_journal(&t, &e) || qp_store_commit_tables(&t, &e)) {
        sim_fail(w, "founding: %s: %s", x->path, e.text);
        return false;
    }
    for (size_t k = 0; k < out->n; k++)
        if (out->v[k].kind == QP_OUT_REPLY && out->v[k].reply.code != 0) {
            sim_fail(w, "founding: %s: %s", x->path, out->v[k].reply.text);
            return false;
        }
    return true;
}

static bool core_open(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    if (qp_core_open(&x->core, x->store, &x->keys, NULL, NULL, NULL, SIM_CLOCK_OF(w, i), &e)) {
        sim_fail(w, "%s cannot be opened: %s", x->path, e.text);
        return false;
    }
    memcpy(x->id, qp_core_self(x->core)->node, QP_ID_LEN);
    x->incarnation = qp_core_self(x->core)->incarnation;
    sim_ring_open(w, i);
    if (!sim_flood_open(w, i) || !sim_record_open(w, i))
        return false;
    return sim_urges_begin(w, i);
}

/* The invitation and the joining of node i, as its parent would do it over the wire. */
static bool enrol(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i], *p = &w->node[x->parent];
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    struct qp_outputs out;
    uint8_t secret[32], pk[32], sk[32], msg[128], sig[QP_SIG_LEN];
    struct qp_err e = {0};
    sim_seed32(w, secret);
    qp_link_keypair(pk, sk, secret);
    Qp__Invited inv = QP__INVITED__INIT;
    Qp__Event d = QP__EVENT__INIT;
    inv.link_key = (ProtobufCBinaryData){32, pk};
    inv.path = x->path;
    inv.title = x->path;
    inv.level = (char *)(uintptr_t) "place";
    inv.expires_us = SIM_CLOCK_OF(w, w->node[i].parent) + 900000000;
    d.body_case = QP__EVENT__BODY_INVITED;
    d.invited = &inv;
    struct qp_command cmd = {.op = QP_OP_INVITE, .draft = &d, .if_version = -1};
    bool ok = lone_turn(w, x->parent, &cmd, &out);
    give_keys(w, i);
    memcpy(msg, pk, 32);
    memcpy(msg + 32, x->keys.sign_pk, 32);
    memcpy(msg + 64, x->keys.box_pk, 32);
    memcpy(msg + 96, x->keys.link_pk, 32);
    qp_sign(sig, QP_TAG_JOIN, msg, sizeof msg, x->keys.sign_sk);
    Qp__Join j = QP__JOIN__INIT;
    j.sign_key = (ProtobufCBinaryData){32, x->keys.sign_pk};
    j.box_key = (ProtobufCBinaryData){32, x->keys.box_pk};
    j.link_key = (ProtobufCBinaryData){32, x->keys.link_pk};
    j.signature = (ProtobufCBinaryData){QP_SIG_LEN, sig};
    struct qp_command join = {.op = QP_OP_JOIN, .join = &j, .token_link_key = pk, .if_version = -1};
    ok = ok && lone_turn(w, x->parent, &join, &out);
    const Qp__Welcome *wel = NULL;
    for (size_t k = 0; ok && k < out.n; k++)
        if (out.v[k].kind == QP_OUT_REPLY)
            wel = out.v[k].reply.welcome;
    ok = ok && wel && store_open(w, i, &e);
    sim_seed32(w, secret);
    if (ok && qp_core_join(x->store, &x->keys, wel, &w->root, "tcp://simulated", w->now_us, secret, &e))
        ok = false;
    if (!ok)
        sim_fail(w, "joining: %s: %s", x->path, e.text);
    (void)p;
    qp_arena_free(a);
    return ok;
}

static void sessions_open(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_session_node n = {.core = x->core, .store = x->store, .keys = &x->keys};
    x->end[0] = (struct sim_end){.w = w, .node = i, .link = i, .dials = true};
    if (x->parent >= 0)
        x->session[0] = qp_session_new(&n, w->node[x->parent].id, true, sim_send, &x->end[0]);
    for (int k = 0; k < x->nkids; k++) {
        x->end[1 + k] = (struct sim_end){.w = w, .node = i, .link = x->kids[k]};
        x->session[1 + k] = qp_session_new(&n, w->node[x->kids[k]].id, false, sim_send, &x->end[1 + k]);
        if (x->session[0])
            qp_session_set_above(x->session[1 + k], x->session[0]);
    }
}

bool sim_found(struct sim_world *w)
{
    struct qp_err e = {0};
    struct qp_area area = {
        .code = "1", .level = "city", .title = "City", .path = "city", .depth = 1, .parent = -1};
    uint8_t seed[32];
    mkdir(w->dir, 0700);
    give_keys(w, 0);
    sim_seed32(w, seed);
    if (!store_open(w, 0, &e) ||
        qp_core_found(w->node[0].store, &w->node[0].keys, &area, "UTC", w->now_us, seed, &w->root, &e)) {
        sim_fail(w, "founding: %s", e.text);
        return false;
    }
    for (int i = 0; i < w->n; i++) {
        if (i > 0 && !enrol(w, i))
            return false;
        w->node[i].gather = qp_arena_new(64 << 20);
        if (!core_open(w, i))
            return false;
        w->node[i].up = true;
        w->node[i].life = 1;
    }
    for (int i = 0; i < w->n; i++)
        sessions_open(w, i);
    return true;
}

void sim_stop(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    if (!x->up)
        return;
    for (int k = 1 + SIM_KIDS; k-- > 0;) {
        qp_session_free(x->session[k]);
        x->session[k] = NULL;
    }
    qp_core_close(x->core);
    sim_flood_close(w, i);
    qp_ring_close(x->ring);
    x->ring = NULL;
    qp_store_close(x->store, false);
    x->core = NULL;
    x->store = NULL;
    x->up = false;
    for (int m = 0; m < w->nmatters; m++) /* who is down acts on nothing; at its start it is asked again */
        if (w->active[m] == i)
            w->active[m] = -1;
    x->life++;
    x->ninputs = 0;
    x->turn_due = false;
    x->pump_at_us = 0;
    x->crash_point = 0;
    qp_arena_reset(x->gather);
    if (i > 0)
        sim_disconnect(w, i);
    for (int k = 0; k < x->nkids; k++) {
        sim_disconnect(w, x->kids[k]);
        sim_at(w, 1000000, SIM_CONNECT, x->kids[k], 0);
        if (sim_doubled(w, x->kids[k])) {
            sim_disconnect(w, SIM_TWIN);
            sim_at(w, 1000000, SIM_CONNECT, SIM_TWIN, 0);
        }
    }
}

bool sim_start(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    if (!store_open(w, i, &e)) {
        sim_fail(w, "%s: %s", x->path, e.text);
        return false;
    }
    if (!core_open(w, i))
        return false;
    x->up = true;
    x->life++;
    w->restarts_done++;
    sessions_open(w, i);
    if (i > 0)
        sim_at(w, 1000 + (int64_t)sim_below(w, 1000000), SIM_CONNECT, i, 0);
    sim_check_holders(w, i);
    return true;
}

void sim_input(void *arg, const struct qp_input *in)
{
    struct sim_end *e = arg;
    struct sim_node *x = &e->w->node[e->node];
    if (x->ninputs == x->capinputs) {
        x->capinputs = x->capinputs == 0 ? 64 : x->capinputs * 2;
        x->inputs = realloc(x->inputs, x->capinputs * sizeof *x->inputs);
        if (!x->inputs)
            abort();
    }
    x->inputs[x->ninputs++] = *in;
}

void sim_want_turn(struct sim_world *w, int i)
{
    if (w->node[i].turn_due)
        return;
    w->node[i].turn_due = true;
    sim_at(w, 50 + (int64_t)sim_below(w, 3000), SIM_TURN, i, 0);
}

void sim_want_pump(struct sim_world *w, int i, int64_t at_us)
{
    struct sim_node *x = &w->node[i];
    if (at_us <= w->now_us)
        at_us = w->now_us + 1;
    if (x->pump_at_us > w->now_us && x->pump_at_us <= at_us)
        return;
    x->pump_at_us = at_us;
    sim_at(w, at_us - w->now_us, SIM_PUMP, i, 0);
}

static void crash(struct sim_world *w, int i)
{
    w->crashes_done++;
    sim_told(w, i, "crashes");
    if (i > 0 && sim_chance(w, 50))
        sim_last_words(w, i);
    sim_stop(w, i);
    sim_at(w, 100000 + (int64_t)sim_below(w, 15000000), SIM_RESTART, i, 0);
}

static void release(struct sim_world *w, int i, const struct qp_outputs *out)
{
    struct sim_node *x = &w->node[i];
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    struct qp_read r;
    if (!qp_read_begin(x->store, &r, NULL)) {
        for (size_t k = 0; k < out->n; k++) {
            if (w->bug == SIM_BUG_UNTOLD && out->v[k].kind == QP_OUT_AHEAD) {
                if (!out->v[k].ahead.last)
                    continue;
                out->v[k].ahead.nheads = 0;
            }
            sim_whisper_goes(w, &out->v[k]);
            for (int s = 0; s <= x->nkids; s++)
                if (x->session[s] && out->v[k].kind != QP_OUT_REPLY) {
                    int peer = s == 0 ? x->parent : x->kids[s - 1];
                    if (memcmp(w->node[peer].id, out->v[k].peer, QP_ID_LEN) == 0)
                        qp_session_output(x->session[s], &out->v[k], &r, a, w->now_us);
                }
        }
        qp_read_end(&r);
    }
    qp_arena_free(a);
    unsigned life = x->life;
    for (size_t k = 0; k < out->n && x->life == life; k++)
        if (out->v[k].kind == QP_OUT_REPLY)
            sim_replied(w, i, &out->v[k].reply);
}

static void forward(struct sim_world *w, int i, const struct qp_outputs *out)
{
    struct sim_node *x = &w->node[i];
    for (size_t k = 0; k < out->n; k++)
        for (int s = 0; s <= x->nkids && out->v[k].kind == QP_OUT_QUEUED; s++) {
            int peer = s == 0 ? x->parent : x->kids[s - 1];
            if (x->session[s] && memcmp(w->node[peer].id, out->v[k].peer, QP_ID_LEN) == 0)
                qp_session_forward(x->session[s], &out->v[k], w->now_us);
        }
}

static bool pass(void *arg, uint32_t lane, const struct qp_slice *parcel)
{
    struct sim_end *e = arg;
    struct sim_node *x = &e->w->node[e->node];
    bool went = x->crash_point != 4 && qp_session_ahead(x->session[0], lane, parcel);
    x->went_ahead |= went;
    e->w->aheads += went;
    return went;
}

/* Something went ahead and the node crashes before its commit; perhaps a child that brought it burns as well.
 */
static void undo_ahead(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    if (!x->went_ahead || (x->crash_point != 1 && x->crash_point != 5))
        return;
    x->crash_point = 1;
    w->undone++;
    if (x->parent > 0 &&
        sim_chance(w, 30)) /* a power cut: what was passed on is passed on again, and stops */
        w->node[x->parent].crash_point = 5;
    int child = x->kids[sim_below(w, (uint64_t)x->nkids)];
    if (w->plan.wipes > 0 && sim_chance(w, 50))
        sim_at(w, 1, SIM_WIPE, child, 0);
}

/* What its neighbours say of its clock (T4), as the links of a real node do. */
static enum qp_time_word time_word(const struct sim_world *w, int i)
{
    const struct sim_node *x = &w->node[i];
    int agree = 0, differ = 0;
    for (int s = 0; s <= x->nkids; s++) {
        int other = s == 0 ? x->parent : x->kids[s - 1];
        if (other < 0 || (x->parent >= 0 && s > 0))
            continue;
        bool apart = llabs(x->ahead_us - w->node[other].ahead_us) > QP_CLOCKS_APART_US;
        differ += apart;
        agree += !apart;
    }
    return differ > 0 && differ >= agree ? QP_TIME_WRONG : QP_TIME_SURE;
}

void sim_turn(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_txn t;
    struct qp_outputs out;
    struct qp_err e = {0};
    uint8_t seed[32];
    x->turn_due = x->went_ahead = false;
    if (x->session[0])
        qp_core_set_pass(x->core, pass, &x->end[0]);
    qp_core_set_time_word(x->core, time_word(w, i));
    sim_seed32(w, seed);
    int rc = qp_store_begin(x->store, &t, &e);
    if (!rc)
        rc = sim_core_turn(w, i, &t, seed, &out, &e);
    if (rc) {
        qp_store_abort(&t);
        sim_fail(w, "%s: the turn failed: %s", x->path, e.text);
        return;
    }
    w->turns++;
    struct {
        uint64_t node, inputs, head, outputs;
        struct qp_hash hash;
    } line = {(uint64_t)i, x->ninputs, t.head, out.n, t.head_hash};
    sim_note(w, &line, sizeof line);
    sim_told(w, i, "in %zu head %llu out %zu", x->ninputs, (unsigned long long)t.head, out.n);
    if (w->bug == SIM_BUG_CLOCK) {
        struct timespec ts;
        clock_gettime(CLOCK_MONOTONIC, &ts);
        sim_note(w, &ts, sizeof ts);
    }
    undo_ahead(w, i);
    sim_record_before(w, i, x->crash_point == 1 || x->crash_point == 4);
    if (x->crash_point == 1 || x->crash_point == 4) {
        qp_store_abort(&t);
        if (w->bug == SIM_BUG_ANSWER_EARLY)
            release(w, i, &out);
        crash(w, i);
        return;
    }
    if (qp_store_commit_journal(&t, &e))
        sim_fail(w, "%s: %s", x->path, e.text);
    forward(w, i, &out);
    sim_record_after(w, i, x->crash_point == 2);
    if (x->crash_point == 2) {
        qp_store_abort(&t);
        crash(w, i);
        return;
    }
    if (qp_store_commit_tables(&t, &e))
        sim_fail(w, "%s: %s", x->path, e.text);
    if (x->crash_point == 3) {
        sim_check_holders(w, i);
        crash(w, i);
        return;
    }
    x->ninputs = 0;
    if (w->bug == SIM_BUG_SILENCE || w->bug == SIM_BUG_FAREWELL)
        sim_plant_deaf(w, i);
    sim_ring_tend(w, i);
    w->renewed += qp_core_self(x->core)->incarnation > x->incarnation;
    x->incarnation = qp_core_self(x->core)->incarnation;
    bool was = x->burned;
    release(w, i, &out);
    qp_arena_reset(x->gather);
    if (!x->up)
        return;
    if (was && !qp_core_recovering(x->core))
        x->burned = false;
    sim_check_holders(w, i);
    if (sim_chance(w, 10) && (w->liar == 0 || i != w->liar))
        sim_check_ticks(w, i);
    sim_pump(w, i);
}

void sim_pump(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_arena *a;
    struct qp_read r;
    int64_t next = w->now_us + 5000000;
    x->pump_at_us = 0;
    if (x->ninputs > 0) { /* only while every input has been taken by a committed turn */
        sim_want_turn(w, i);
        return;
    }
    a = qp_arena_new(64 << 20);
    if (!qp_read_begin(x->store, &r, NULL)) {
        for (int s = 0; s <= x->nkids; s++) {
            if (!x->session[s] || !w->link[x->end[s].link].up)
                continue;
            int64_t at = qp_session_pump(x->session[s], &r, a, w->now_us);
            if (at < next)
                next = at;
            qp_arena_reset(a);
        }
        qp_read_end(&r);
    }
    qp_arena_free(a);
    int64_t due = qp_core_next_tick(x->core); /* by its own clock */
    due = due < INT64_MAX / 2 ? due - x->ahead_us : due;
    if (due <= w->now_us) {
        struct qp_input tick = {.kind = QP_IN_TICK};
        sim_input(&x->end[0], &tick);
        sim_want_turn(w, i);
    } else if (due < next) {
        next = due;
    }
    sim_want_pump(w, i, next > w->now_us + 1000 ? next : w->now_us + 1000);
}

void sim_command(struct sim_world *w, int i, const struct qp_command *cmd, const char *key, int kind)
{
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = *cmd};
    if (w->ntickets == SIM_ACKED)
        return;
    struct sim_ticket *t = &w->tickets[w->ntickets++];
    memset(t, 0, sizeof *t);
    t->ticket = in.command.ticket = ++w->next_ticket;
    snprintf(t->key, sizeof t->key, "%s", key);
    t->node = i;
    t->kind = kind;
    t->body = kind == QP_OP_STEP ? (int)cmd->draft->body_case : (int)cmd->if_version;
    if (kind != QP_OP_STEP)
        in.command.if_version = -1;
    sim_input(&w->node[i].end[0], &in);
    sim_want_turn(w, i);
}

bool sim_rejoin(struct sim_world *w, int i, const Qp__Welcome *wel)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    uint8_t seed[32];
    if (!x->wiped)
        return true;
    sim_seed32(w, seed);
    if (!store_open(w, i, &e) ||
        qp_core_join(x->store, &x->keys, wel, &w->root, "tcp://simulated", w->now_us, seed, &e)) {
        sim_fail(w, "%s cannot join again: %s", x->path, e.text);
        return false;
    }
    qp_store_close(x->store, true);
    x->wiped = false;
    return sim_start(w, i);
}
