/* turn_city.c: founding four cores, and carrying parcels and acknowledgements between them (turn_city.h). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tests/bench/turn_city.h"

void qp_must(int rc, const struct qp_err *e)
{
    if (!rc)
        return;
    fprintf(stderr, "bench_turn: %s\n", e->text);
    exit(1);
}

static int64_t wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void qp_city_turn(struct qp_city *c, int level, struct qp_input *in, size_t n, struct qp_outputs *out)
{
    struct qp_level *l = &c->level[level];
    struct qp_txn t;
    struct qp_err e = {0};
    uint8_t seed[QP_SEED_LEN];
    int64_t now = wall_us();
    c->now_us = now > c->now_us ? now : c->now_us + 1;
    qp_random(seed, sizeof seed);
    double began = qp_now_s();
    qp_stages_into(l->sums);
    qp_must(qp_store_begin(l->store, &t, &e), &e);
    qp_must(qp_turn(l->core, &t, in, n, c->now_us, seed, out, &e), &e);
    qp_stage_enter(QP_STAGE_journal);
    qp_must(qp_store_commit_journal(&t, &e), &e);
    qp_stage_enter(QP_STAGE_tables);
    qp_must(qp_store_commit_tables(&t, &e), &e);
    qp_stage_leave(QP_STAGE_other);
    l->turn_s += qp_now_s() - began;
    for (size_t i = 0; i < out->n; i++)
        if (out->v[i].kind == QP_OUT_REPLY && out->v[i].reply.code != 0) {
            fprintf(stderr, "bench_turn: %s: %s\n", l->path, out->v[i].reply.text);
            exit(1);
        } else if (out->v[i].kind == QP_OUT_REFUSED) {
            fprintf(stderr, "bench_turn: %s refuses: %s\n", l->path, out->v[i].refused.reason);
            exit(1);
        }
}

/* ---- founding ---- */

static void store_open(struct qp_level *l)
{
    struct qp_err e = {0};
    struct qp_store_options o = {
        .dir = l->dir, .journal_map = (size_t)8 << 30, .tables_map = (size_t)16 << 30};
    mkdir(l->dir, 0700);
    qp_random(o.epoch, sizeof o.epoch);
    qp_must(qp_store_open(&l->store, &o, &e), &e);
}

static void core_open(struct qp_city *c, int level)
{
    struct qp_level *l = &c->level[level];
    struct qp_err e = {0};
    qp_must(qp_core_open(&l->core, l->store, &l->keys, NULL, NULL, NULL, c->now_us, &e), &e);
    memcpy(l->id, qp_core_self(l->core)->node, QP_ID_LEN);
}

static void lone_turn(struct qp_city *c, int level, const struct qp_command *cmd, struct qp_outputs *out)
{
    struct qp_input in = {.kind = QP_IN_COMMAND, .command = *cmd};
    qp_city_turn(c, level, &in, 1, out);
}

static void enrol(struct qp_city *c, int level)
{
    struct qp_level *l = &c->level[level];
    uint8_t secret[QP_SEED_LEN], pk[QP_PK_LEN], sk[QP_SK_LEN], msg[4 * QP_PK_LEN], sig[QP_SIG_LEN];
    struct qp_outputs out;
    struct qp_err e = {0};
    qp_random(secret, sizeof secret);
    qp_link_keypair(pk, sk, secret);
    Qp__Invited invited = QP__INVITED__INIT;
    Qp__Event draft = QP__EVENT__INIT;
    invited.link_key = (ProtobufCBinaryData){sizeof pk, pk};
    invited.path = (char *)(uintptr_t)l->path;
    invited.expires_us = c->now_us + 900000000;
    draft.body_case = QP__EVENT__BODY_INVITED;
    draft.invited = &invited;
    struct qp_command invite = {.op = QP_OP_INVITE, .draft = &draft, .if_version = -1};
    lone_turn(c, level - 1, &invite, &out);
    memcpy(msg, pk, QP_PK_LEN);
    memcpy(msg + 32, l->keys.sign_pk, QP_PK_LEN);
    memcpy(msg + 64, l->keys.box_pk, QP_PK_LEN);
    memcpy(msg + 96, l->keys.link_pk, QP_PK_LEN);
    qp_sign(sig, QP_TAG_JOIN, msg, sizeof msg, l->keys.sign_sk);
    Qp__Join j = QP__JOIN__INIT;
    j.sign_key = (ProtobufCBinaryData){QP_PK_LEN, l->keys.sign_pk};
    j.box_key = (ProtobufCBinaryData){QP_PK_LEN, l->keys.box_pk};
    j.link_key = (ProtobufCBinaryData){QP_PK_LEN, l->keys.link_pk};
    j.signature = (ProtobufCBinaryData){sizeof sig, sig};
    struct qp_command join = {.op = QP_OP_JOIN, .join = &j, .token_link_key = pk, .if_version = -1};
    lone_turn(c, level - 1, &join, &out);
    const Qp__Welcome *welcome = NULL;
    for (size_t i = 0; i < out.n; i++)
        if (out.v[i].kind == QP_OUT_REPLY)
            welcome = out.v[i].reply.welcome;
    assert(welcome);
    store_open(l);
    qp_random(secret, sizeof secret);
    qp_must(qp_core_join(l->store, &l->keys, welcome, &c->root, "tcp://none", c->now_us, secret, &e), &e);
}

/* Both greet, so that positions count. */
static void greet(struct qp_city *c, int level, int peer)
{
    struct qp_outputs out;
    Qp__Greeting g = QP__GREETING__INIT;
    struct qp_input in = {.kind = QP_IN_PEER, .peer_open = {.greeting = &g}};
    memcpy(in.peer, c->level[peer].id, QP_ID_LEN);
    memcpy(in.peer_open.epoch, qp_store_epoch(c->level[peer].store), QP_ID_LEN);
    g.seen_epoch =
        (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)qp_store_epoch(c->level[level].store)};
    qp_city_turn(c, level, &in, 1, &out);
}

void qp_city_found(struct qp_city *c, const char *dir)
{
    static const char *const paths[LEVELS] = {"city", "city/county", "city/county/street",
                                              "city/county/street/community"};
    struct qp_area area = {
        .code = "1", .level = "city", .title = "City", .path = "city", .depth = 1, .parent = -1};
    struct qp_err e = {0};
    uint8_t seed[QP_SEED_LEN];
    memset(c, 0, sizeof *c);
    c->now_us = wall_us();
    for (int i = 0; i < LEVELS; i++) {
        struct qp_level *l = &c->level[i];
        snprintf(l->dir, sizeof l->dir, "%s/%d", dir, i);
        l->path = paths[i];
        qp_random(seed, sizeof seed);
        qp_keys_derive(&l->keys, seed);
        qp_random(seed, sizeof seed);
        if (i == 0) {
            store_open(l);
            qp_must(qp_core_found(l->store, &l->keys, &area, "Asia/Shanghai", c->now_us, seed, &c->root, &e),
                    &e);
        } else {
            enrol(c, i);
        }
        core_open(c, i);
    }
    for (int i = 1; i < LEVELS; i++) {
        greet(c, i, i - 1);
        greet(c, i - 1, i);
    }
    for (int i = LEAF; i > 0; i--) /* what each node said of those below it */
        for (int k = i; k > 0; k--)
            qp_city_lift(c, k);
    for (int i = 0; i < LEVELS; i++) {
        memset(c->level[i].sums, 0, sizeof c->level[i].sums);
        c->level[i].turn_s = 0;
    }
}

/* ---- carrying ---- */

static size_t gather(struct qp_level *l, uint8_t up[QP_ID_LEN], struct qp_read *r, struct qp_input *in)
{
    struct qp_err e = {0};
    size_t n = 0;
    for (uint32_t lane = 1; lane <= 2; lane++) {
        uint64_t at;
        bool handback;
        while (n < INPUTS &&
               !qp_queue_next(r->tables, l->store, up, lane, l->sent[lane] + 1, &at, &handback)) {
            struct qp_record rec;
            qp_must(qp_journal_get(r->journal, l->store, at, &rec, &e), &e);
            struct qp_input *x = &in[n++];
            *x = (struct qp_input){.kind = QP_IN_PARCEL};
            memcpy(x->peer, l->id, QP_ID_LEN);
            memcpy(x->parcel.epoch, qp_store_epoch(l->store), QP_ID_LEN);
            x->parcel.lane = lane;
            x->parcel.position = at;
            x->parcel.after = l->sent[lane];
            x->parcel.hash = rec.hash;
            x->parcel.bytes = rec.parcel.p;
            x->parcel.len = rec.parcel.len;
            l->sent[lane] = at;
        }
    }
    return n;
}

size_t qp_city_lift(struct qp_city *c, int level)
{
    static struct qp_input in[INPUTS + 1];
    struct qp_level *l = &c->level[level], *up = &c->level[level - 1];
    struct qp_outputs out;
    struct qp_read r;
    struct qp_err e = {0};
    qp_must(qp_read_begin(l->store, &r, &e), &e);
    size_t n = gather(l, up->id, &r, in), given = n;
    if (n > 0) {
        if (up->has_ack) {
            in[given] = (struct qp_input){.kind = QP_IN_ACK, .ack = {&up->ack}};
            memcpy(in[given++].peer, c->level[level - 2].id, QP_ID_LEN);
            up->has_ack = false;
        }
        qp_city_turn(c, level - 1, in, given, &out);
    }
    qp_read_end(&r);
    if (n > 0) {
        qp__ack__init(&l->ack);
        l->ack.n_received = 2;
        l->ack.received = l->acks;
        for (uint32_t lane = 1; lane <= 2; lane++) {
            qp__position__init(&l->acked[lane - 1]);
            l->acked[lane - 1].lane = lane;
            l->acked[lane - 1].position = l->sent[lane];
            l->acks[lane - 1] = &l->acked[lane - 1];
        }
        l->has_ack = true;
    }
    return n;
}

void qp_city_close(struct qp_city *c)
{
    for (int i = LEVELS; i-- > 0;) {
        qp_core_close(c->level[i].core);
        qp_store_close(c->level[i].store, true);
    }
}
