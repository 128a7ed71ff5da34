/* dev_found.c: a whole federation made in one process, by the turns that `init`, `invite` and `join` make.
 *
 *   for each node, parents first:   root: qp_core_found      child: qp_core_join with its parent's welcome
 *       open; a token for the administrator; for all children at once a QP_OP_INVITE and a QP_OP_JOIN turn
 *       (their welcomes are kept until it is their turn)
 *
 * A few commits a node, so that 288 nodes take seconds. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/dev.h"

enum { BATCH = 256 };
static const size_t map_size = (size_t)1 << 30;

/* What a child brings to its parent's turns, and takes away. */
struct newcomer {
    size_t node;
    uint8_t token_pk[QP_PK_LEN];
    struct qp_keys keys;
    uint8_t signature[QP_SIG_LEN];
    Qp__Event ev;
    Qp__Invited invited;
    Qp__Join join;
};
struct welcome { /* packed; NULL: not yet invited */
    uint8_t *bytes;
    size_t len;
};

static int prepare(struct qp_dev *d, struct newcomer *k, size_t node, struct qp_err *e)
{
    struct qp_place_paths p;
    uint8_t seed[QP_SEED_LEN], sk[QP_SK_LEN], msg[4 * QP_PK_LEN];
    struct qp_area *a = &d->nodes[node].area;
    int rc = qp_place_paths(&p, d->nodes[node].dir, e);
    if (!rc)
        rc = qp_place_make(&p, e);
    if (!rc)
        rc = qp_place_new_keys(&k->keys, &p, e);
    if (rc)
        return rc;
    k->node = node;
    qp_random(seed, sizeof seed);
    qp_link_keypair(k->token_pk, sk, seed);
    explicit_bzero(sk, sizeof sk);
    memcpy(msg, k->token_pk, 32);
    memcpy(msg + 32, k->keys.sign_pk, 32);
    memcpy(msg + 64, k->keys.box_pk, 32);
    memcpy(msg + 96, k->keys.link_pk, 32);
    qp_sign(k->signature, QP_TAG_JOIN, msg, sizeof msg, k->keys.sign_sk);
    qp__join__init(&k->join);
    k->join.sign_key = (ProtobufCBinaryData){QP_PK_LEN, k->keys.sign_pk};
    k->join.box_key = (ProtobufCBinaryData){QP_PK_LEN, k->keys.box_pk};
    k->join.link_key = (ProtobufCBinaryData){QP_PK_LEN, k->keys.link_pk};
    k->join.signature = (ProtobufCBinaryData){QP_SIG_LEN, k->signature};
    qp__event__init(&k->ev);
    qp__invited__init(&k->invited);
    k->invited.link_key = (ProtobufCBinaryData){QP_PK_LEN, k->token_pk};
    k->invited.path = a->path;
    k->invited.title = a->title;
    k->invited.code = a->code;
    k->invited.level = a->level;
    k->invited.expires_us = qp_now_us() + 900000000;
    k->ev.by = (char *)(uintptr_t) "policy";
    k->ev.body_case = QP__EVENT__BODY_INVITED;
    k->ev.invited = &k->invited;
    return 0;
}

static int keep_welcome(struct welcome *w, const struct qp_reply *r, struct qp_err *e)
{
    if (r->code != 0)
        return qp_fail(e, r->code, "%s", r->text);
    if (!r->welcome)
        return 0;
    w->len = qp__welcome__get_packed_size(r->welcome);
    w->bytes = malloc(w->len + 1);
    if (!w->bytes)
        return qp_fail(e, QP_ENOMEM, "no memory for a welcome");
    qp__welcome__pack(r->welcome, w->bytes);
    return 0;
}

static int turn(struct qp_opened *o, const struct qp_input *in, size_t n, struct welcome *welcomes,
                struct qp_err *e)
{
    struct qp_outputs out;
    int rc = qp_turn_alone(o, in, n, &out, e);
    for (size_t i = 0; !rc && i < out.n; i++)
        if (out.v[i].kind == QP_OUT_REPLY)
            rc = keep_welcome(&welcomes[out.v[i].reply.ticket], &out.v[i].reply, e);
    return rc;
}

/* Up to BATCH children of the open node: invited in one turn, joined in the next. */
static int enrol(struct qp_dev *d, struct qp_opened *o, const size_t *children, size_t n,
                 struct welcome *welcomes, struct qp_err *e)
{
    struct newcomer *k = calloc(n, sizeof *k);
    struct qp_input *in = calloc(n, sizeof *in);
    int rc = k && in ? 0 : qp_fail(e, QP_ENOMEM, "no memory to enrol %zu nodes", n);
    for (size_t i = 0; i < n && !rc; i++) {
        rc = prepare(d, &k[i], children[i], e);
        in[i] = (struct qp_input){
            .kind = QP_IN_COMMAND,
            .command = {.op = QP_OP_INVITE, .ticket = children[i], .draft = &k[i].ev, .if_version = -1}};
    }
    if (!rc)
        rc = turn(o, in, n, welcomes, e);
    for (size_t i = 0; i < n; i++)
        in[i].command = (struct qp_command){.op = QP_OP_JOIN,
                                            .ticket = children[i],
                                            .if_version = -1,
                                            .join = &k[i].join,
                                            .token_link_key = k[i].token_pk};
    if (!rc)
        rc = turn(o, in, n, welcomes, e);
    for (size_t i = 0; k && i < n; i++)
        qp_keys_wipe(&k[i].keys);
    free(k);
    free(in);
    return rc;
}

static int children_of(struct qp_dev *d, struct qp_opened *o, size_t at, struct welcome *welcomes,
                       struct qp_err *e)
{
    size_t list[BATCH], n = 0;
    int rc = 0;
    for (size_t i = at + 1; i < d->n && !rc; i++) {
        if (d->nodes[i].parent != (long)at)
            continue;
        list[n++] = i;
        if (n == BATCH) {
            rc = enrol(d, o, list, n, welcomes, e);
            n = 0;
        }
    }
    return !rc && n > 0 ? enrol(d, o, list, n, welcomes, e) : rc;
}

static int begin_node(struct qp_dev *d, struct qp_opened *o, struct qp_place_paths *p, size_t at,
                      const struct welcome *w, struct qp_hash *root, struct qp_err *e)
{
    struct qp_dev_node *n = &d->nodes[at];
    uint8_t seed[QP_SEED_LEN];
    int rc = qp_place_store(&o->store, p, map_size, map_size, e);
    qp_random(seed, sizeof seed);
    if (!rc && at == 0)
        return qp_core_found(o->store, &o->keys, &n->area, d->zone, qp_now_us(), seed, root, e);
    if (rc)
        return rc;
    struct qp_arena *a = qp_arena_new(4u * 1024 * 1024);
    Qp__Welcome *wel;
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory for a welcome");
    rc = w->bytes ? QP_DECODE(&wel, welcome, w->bytes, w->len, a, e)
                  : qp_fail(e, QP_ECORRUPT, "%s was not welcomed by its parent", n->area.path);
    if (!rc)
        rc = qp_core_join(o->store, &o->keys, wel, root, d->nodes[n->parent].endpoint, qp_now_us(), seed, e);
    qp_arena_free(a);
    return rc;
}

static int found_one(struct qp_dev *d, size_t at, struct welcome *welcomes, struct qp_hash *root,
                     struct qp_err *e)
{
    struct qp_dev_node *n = &d->nodes[at];
    struct qp_place_paths p;
    struct qp_opened o = {0};
    int rc = qp_place_paths(&p, n->dir, e);
    if (!rc && at == 0)
        rc = qp_place_make(&p, e);
    if (!rc)
        rc = at == 0 ? qp_place_new_keys(&o.keys, &p, e) : qp_place_keys(&o.keys, &p, e);
    if (!rc)
        rc = begin_node(d, &o, &p, at, &welcomes[at], root, e);
    if (!rc)
        rc = qp_core_open(&o.core, o.store, &o.keys, NULL, NULL, NULL, qp_now_us(), e);
    if (!rc)
        rc = qp_place_admin(&o, &p, n->token, e);
    if (!rc) /* nodes.json's: also an importer's */
        rc = qp_place_new_token(&o, p.dev_token, "dev", QP_RIGHT_ALL, n->token, e);
    if (!rc && n->children > 0)
        rc = children_of(d, &o, at, welcomes, e);
    qp_opened_close(&o, true);
    free(welcomes[at].bytes);
    welcomes[at].bytes = NULL;
    return rc;
}

int qp_dev_found(struct qp_dev *d, struct qp_err *e)
{
    struct qp_progress bar;
    struct qp_hash root;
    struct welcome *welcomes = calloc(d->n, sizeof *welcomes);
    int rc = welcomes ? qp_dev_begin(d, e) : qp_fail(e, QP_ENOMEM, "no memory for %zu nodes", d->n);
    qp_progress_begin(&bar, d->cli, QP_TR(d->cli, "founding", "建立节点"));
    for (size_t i = 0; i < d->n && !rc; i++) {
        rc = found_one(d, i, welcomes, &root, e);
        qp_progress_at(&bar, i + 1, d->n);
    }
    qp_progress_end(&bar);
    for (size_t i = 0; welcomes && i < d->n; i++)
        free(welcomes[i].bytes);
    free(welcomes);
    return !rc ? qp_dev_save(d, e) : rc;
}
