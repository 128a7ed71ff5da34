/* renew.c: a node whose chain is refused above goes on as its next incarnation, by itself (E6).
 *
 *   the node                                                   its parent
 *
 *   a refusal of its own chain ─► RenewalAsked: a salt         (knows of the refusal: it came by way of it)
 *        └─► key = hash(first key, salt) ─► Renew {key,  ────► a child? refused, and not for a fork? not too often?
 *                                           both signatures}        ├─ no ─► Later {why, until}
 *   Renewed: certificate, final heads ◄──── Welcome ◄───────────────┴─ Enrolled (incarnation n+1, because)
 *        └─► what is not held is said again: resay.c
 *
 * Its journal and its tables stay: nothing was lost, it was only not heard. Its box and link keys stay too, so that nobody has
 * to dial another one. The old key proves who asks; who is quarantined, revoked or silent is not asked about: that is a
 * person's to decide. The salt makes a copy of this disk another one, that is not welcomed.
 *
 * How often (L7): at once the first time, then an hour after the last one, two, four ... five days; a month of peace, or
 * joining by a token, begins anew. A Welcome that was lost comes again with the answer to the next call, or
 * when it asks again in a session that goes on. */
#include <assert.h>

#include "node/core/renew.h"
#include "topology/shown.h"

enum { WORDS = QP_ID_LEN + 4 + QP_PK_LEN, DOUBLINGS_MOST = 7 };
#define HOUR_US       (3600LL * 1000000)
#define MONTH_US      (30 * 24 * HOUR_US)
#define LATER_MOST_US (HOUR_US << DOUBLINGS_MOST)

/* ---- keys ---- */

static void key_of(const struct qp_core *c, const uint8_t salt[QP_SEED_LEN], uint8_t pk[QP_PK_LEN],
                   uint8_t sk[QP_SIGN_SK_LEN])
{
    static const char label[] = "qipan next key";
    struct qp_hash seed;
    const struct qp_part parts[] = {
        {label, sizeof label}, {c->keys->sign_sk, QP_SIGN_SK_LEN}, {salt, QP_SEED_LEN}};
    qp_hash_parts(&seed, parts, 3);
    qp_sign_keypair(pk, sk, seed.b);
    qp_wipe(&seed, sizeof seed);
}

const uint8_t *qp_core_sign_sk(const struct qp_core *c)
{
    return c->sign_sk;
}

/* Who this is by now: as it began, or as it went on. */
int qp_self_load(struct qp_core *c, MDB_txn *tables, struct qp_err *e)
{
    assert(c->born.incarnation > 0); /* the first record was read */
    struct qp_hash id;
    uint8_t salt[QP_SEED_LEN], pk[QP_PK_LEN];
    c->self = c->born;
    memcpy(c->sign_sk, c->keys->sign_sk, QP_SIGN_SK_LEN);
    c->resaying = qp_owed_cursor(c, tables) != 0;
    if (!qp_renewal_self(tables, c->store, &id, salt))
        return 0;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    Qp__Certificate *raw = !a ? NULL : qp_cert_raw(tables, c->store, &id, a, NULL);
    int rc = !raw ? QP_ECORRUPT : qp_cert_read(&c->self, raw, a, NULL);
    qp_arena_free(a);
    key_of(c, salt, pk, c->sign_sk);
    if (rc || memcmp(pk, c->self.sign_key, QP_PK_LEN) != 0)
        return qp_fail(e, QP_ECORRUPT, "the tables do not say who this node is by now; run `qipan rebuild`");
    return 0;
}

/* ---- asking ---- */

static bool may_ask(const struct qp_core *c)
{
    return c->stopped && !c->out && !c->silent && !c->recovering && qp_tree_parent(c->tree);
}

int qp_renew_want(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    uint8_t salt[QP_SEED_LEN];
    if (!may_ask(c) || qp_renewal_wanted(c, w->t->tables, salt))
        return 0;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__RenewalAsked *body = qp_arena_take(c->arena, sizeof *body);
    if (!ev || !body)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__renewal_asked__init(body);
    qp_drbg_bytes(&w->rnd, salt, sizeof salt);
    body->salt = (ProtobufCBinaryData){QP_SEED_LEN, qp_arena_copy(c->arena, salt, QP_SEED_LEN)};
    ev->body_case = QP__EVENT__BODY_RENEWAL_ASKED;
    ev->renewal_asked = body;
    return qp_say_local(w, ev, e);
}

int qp_renewal_asked(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_RENEWAL_ASKED);
    return qp_renewal_want_put(w, ev->renewal_asked->salt.data, e);
}

static void words_of(uint8_t out[WORDS], const uint8_t node[QP_ID_LEN], uint32_t incarnation,
                     const uint8_t key[QP_PK_LEN])
{
    assert(incarnation > 0);
    memcpy(out, node, QP_ID_LEN);
    qp_be32(out + QP_ID_LEN, incarnation);
    memcpy(out + QP_ID_LEN + 4, key, QP_PK_LEN);
}

bool qp_core_renewal(const struct qp_core *c, MDB_txn *tables, int64_t now_us, struct qp_renewal_request *r)
{
    uint8_t salt[QP_SEED_LEN], sk[QP_SIGN_SK_LEN], words[WORDS];
    bool later =
        now_us < c->later_us && c->later_us - now_us <= LATER_MOST_US; /* else a clock was set back */
    if (!may_ask(c) || later || !qp_renewal_wanted(c, tables, salt))
        return false;
    r->incarnation = c->self.incarnation;
    key_of(c, salt, r->sign_key, sk);
    words_of(words, c->self.node, r->incarnation, r->sign_key);
    qp_sign(r->signature, QP_TAG_RENEW, words, sizeof words, c->sign_sk);
    qp_sign(r->proof, QP_TAG_RENEW, words, sizeof words, sk);
    qp_wipe(sk, sizeof sk);
    return true;
}

int qp_on_later(struct qp_work *w, const struct qp_input *in)
{
    assert(in->kind == QP_IN_LATER);
    struct qp_core *c = w->c;
    int64_t until_us = in->later.until_us, most_us = w->now_us + LATER_MOST_US;
    if (!c->stopped)
        return 0;
    c->later_us = until_us < w->now_us ? 0 : until_us < most_us ? until_us : most_us; /* it asks again then */
    snprintf(c->later_why, sizeof c->later_why, "%.*s", qp_shown(in->later.reason, QP_REASON_BYTES),
             in->later.reason);
    return 0;
}

/* ---- being asked: the parent ---- */

static int64_t not_before_us(const struct qp_renewal *had, int64_t now_us)
{
    if (had->times == 0 || now_us - had->at_us > MONTH_US)
        return 0;
    unsigned twice = had->times - 1 < DOUBLINGS_MOST ? had->times - 1 : DOUBLINGS_MOST;
    assert(twice <= DOUBLINGS_MOST);
    return had->at_us + (HOUR_US << twice);
}

static int later(struct qp_work *w, const uint8_t peer[QP_ID_LEN], const char *why, int64_t until_us)
{
    assert(why[0] != '\0'); /* who waits reads why */
    struct qp_output *o = qp_out(w, QP_OUT_LATER, peer);
    if (o) {
        o->later.until_us = until_us;
        snprintf(o->later.reason, sizeof o->later.reason, "%s", why);
    }
    return 0;
}

static bool both_signed(const struct qp_place *p, const Qp__Renew *r)
{
    assert(r->incarnation == p->cert.incarnation); /* the key that is known is the one that asks */
    uint8_t words[WORDS];
    words_of(words, p->cert.node, r->incarnation, r->sign_key.data);
    return !qp_verify(r->signature.data, QP_TAG_RENEW, words, sizeof words, p->cert.sign_key) &&
           !qp_verify(r->proof.data, QP_TAG_RENEW, words, sizeof words, r->sign_key.data);
}

/* Why not now; NULL: nothing stands against it. */
static const char *hindrance(struct qp_work *w, const struct qp_place *p, const Qp__Verdict **v)
{
    assert(qp_is_child(w->c, p)); /* nobody else is certified here */
    struct qp_core *c = w->c;
    *v = qp_verdict_above(w, p);
    if (p->revoked || p->quarantined)
        return "its key is revoked or quarantined: a person decides whether it joins again, with a new token";
    if (c->recovering)
        return "the node above is itself coming back";
    if (!qp_ahead_told(c))
        return "the node above has not heard yet from the one above it what had gone ahead";
    if (w->now_us >= c->self.not_after_us)
        return "the certificate of the node above has expired, or its clock is wrong";
    return !*v ? "the node above knows of no refusal of what this one says" : NULL;
}

static int certify(struct qp_work *w, const struct qp_place *p, const Qp__Renew *r, const Qp__Verdict *v,
                   struct qp_err *e)
{
    assert(r->incarnation == p->cert.incarnation &&
           qp_is_child(w->c, p)); /* its present one asked its parent */
    const struct qp_place *by = qp_tree_node(w->c->tree, v->by.data);
    char because[QP_NOTE_BYTES];
    Qp__Join j = QP__JOIN__INIT;
    struct qp_reply reply = {0};
    j.sign_key = r->sign_key;
    j.box_key = (ProtobufCBinaryData){QP_PK_LEN, (uint8_t *)(uintptr_t)p->cert.box_key};
    j.link_key = (ProtobufCBinaryData){QP_PK_LEN, (uint8_t *)(uintptr_t)p->cert.link_key};
    snprintf(because, sizeof because, "%.264s: %.*s", !by ? "" : by->cert.path, qp_shown(v->reason, 600),
             v->reason);
    int rc = qp_succeed(w, p, &j, because, &reply, e);
    struct qp_output *o = !rc ? qp_out(w, QP_OUT_WELCOME, p->cert.node) : NULL;
    if (!rc && !o)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (!rc)
        o->welcome = reply.welcome;
    return rc;
}

/* Who asks has a successor already: this node certified it, lost its disk, took the session of who was, and was handed back only
 * then that it had. Nobody else would tell him while that session goes on. */
static int welcome_again(struct qp_work *w, const struct qp_place *p, struct qp_err *e)
{
    struct qp_renewal said;
    struct qp_reply reply = {0};
    if (!qp_renewal_get(w->t->tables, w->c->store, p->cert.node, &said)) {
        qp_out_once(w, QP_OUT_END, p->cert.node); /* another machine joined by a token */
        return 0;
    }
    int rc = qp_welcome_of(w, p, said.because, &reply, e);
    struct qp_output *o = !rc ? qp_out(w, QP_OUT_WELCOME, p->cert.node) : NULL;
    if (!o)
        return rc ? rc : qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    assert(reply.welcome);
    o->welcome = reply.welcome;
    return 0;
}

int qp_on_renew(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_RENEW && in->renew.renew);
    struct qp_core *c = w->c;
    const struct qp_place *p = qp_tree_node(c->tree, in->peer);
    const Qp__Renew *r = in->renew.renew;
    struct qp_renewal had;
    const Qp__Verdict *v;
    if (!p || !qp_is_child(c, p) || r->incarnation > p->cert.incarnation)
        return 0; /* of a session that is over, or of nobody */
    if (r->incarnation < p->cert.incarnation && !p->revoked && !p->quarantined)
        return welcome_again(w, p, e);
    if (r->incarnation < p->cert.incarnation)
        return later(w, in->peer, hindrance(w, p, &v), w->now_us + HOUR_US / 60);
    if (!both_signed(p, r)) {
        QP_COUNT(c, refused_signature);
        return 0;
    }
    const char *why = hindrance(w, p, &v);
    if (why)
        return later(w, in->peer, why, w->now_us + HOUR_US / 60);
    qp_renewal_get(w->t->tables, c->store, p->cert.node, &had);
    int64_t until_us = not_before_us(&had, w->now_us);
    if (w->now_us < until_us)
        return later(w, in->peer, "it has had a new incarnation not long ago", until_us);
    return certify(w, p, r, v, e);
}

const Qp__Welcome *qp_core_successor(struct qp_core *c, struct qp_read *r, const uint8_t node[QP_ID_LEN],
                                     uint32_t incarnation)
{
    assert(incarnation > 0);
    const struct qp_place *p = qp_tree_node(c->tree, node);
    struct qp_renewal said;
    struct qp_txn t = {.tables = r->tables, .journal = r->journal};
    struct qp_work w = {.c = c, .t = &t};
    struct qp_reply reply = {0};
    if (!p || !qp_is_child(c, p) || p->cert.incarnation <= incarnation ||
        !qp_renewal_get(r->tables, c->store, node, &said))
        return NULL; /* it joined by a token: that is another machine */
    return !qp_welcome_of(&w, p, said.because, &reply, NULL) ? reply.welcome : NULL;
}

/* ---- the answer ---- */

static bool fits(struct qp_work *w, const struct qp_cert *s, const uint8_t salt[QP_SEED_LEN])
{
    struct qp_core *c = w->c;
    const struct qp_place *parent = qp_tree_parent(c->tree);
    uint8_t pk[QP_PK_LEN], sk[QP_SIGN_SK_LEN];
    key_of(c, salt, pk, sk);
    qp_wipe(sk, sizeof sk);
    return parent && qp_same(s->node, c->self.node) && s->incarnation > c->self.incarnation &&
           qp_same(s->issuer, parent->cert.node) && memcmp(s->sign_key, pk, QP_PK_LEN) == 0 &&
           memcmp(s->box_key, c->self.box_key, QP_PK_LEN) == 0 &&
           memcmp(s->link_key, c->self.link_key, QP_PK_LEN) == 0;
}

static void greet_anew(void *arg, struct qp_place *p)
{
    struct qp_work *w = arg;
    if (p == qp_tree_parent(w->c->tree) || qp_is_child(w->c, p))
        qp_out_once(w, QP_OUT_RENEWED, p->cert.node);
}

int qp_on_welcome(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_WELCOME && in->welcome.welcome);
    struct qp_core *c = w->c;
    const Qp__Welcome *wel = in->welcome.welcome;
    struct qp_cert certs[QP_CHAIN_CERTIFICATES];
    uint8_t salt[QP_SEED_LEN];
    size_t n;
    if (!qp_renewal_wanted(c, w->t->tables, salt) || !wel->chain ||
        qp_chain_check(certs, &n, wel->chain, &c->root, c->arena, NULL) || !fits(w, &certs[0], salt))
        return 0;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Renewed *body = qp_arena_take(c->arena, sizeof *body);
    if (!ev || !body)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__renewed__init(body);
    body->chain = wel->chain;
    body->salt = (ProtobufCBinaryData){QP_SEED_LEN, qp_arena_copy(c->arena, salt, QP_SEED_LEN)};
    body->closing = wel->closing;
    body->n_closing = wel->n_closing;
    body->because = wel->because;
    ev->body_case = QP__EVENT__BODY_RENEWED;
    ev->renewed = body;
    if (qp_check(&ev->base, NULL))
        return 0; /* more than an event may be: a parent that lies, and the next answer may be better */
    int rc = qp_say_fact(w, ev, e);
    if (!rc)
        qp_tree_each(c->tree, greet_anew, w);
    return rc;
}

/* The fact, also in a replay: from here on this node is its next incarnation. */
int qp_renewed(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_RENEWED);
    struct qp_core *c = w->c;
    const Qp__Renewed *r = ev->renewed;
    struct qp_renewal said;
    struct qp_cert cert;
    uint8_t pk[QP_PK_LEN];
    if (!r->chain || r->chain->n_certificates == 0 ||
        qp_cert_read(&cert, r->chain->certificates[0], c->arena, NULL) ||
        cert.incarnation <= c->self.incarnation)
        return 0;
    int rc = qp_owe(w, r->closing, r->n_closing, e);
    if (!rc)
        rc = qp_learn(w, r->chain, e);
    if (!rc)
        rc = qp_renewal_self_put(w, &cert.id, r->salt.data, e);
    qp_renewal_get(w->t->tables, c->store, c->self.node, &said);
    said.times++;
    said.at_us = ev->at_us;
    snprintf(said.because, sizeof said.because, "%s", r->because);
    if (!rc)
        rc = qp_renewal_put(w, c->self.node, &said, e);
    if (rc)
        return rc;
    c->self = cert;
    key_of(c, r->salt.data, pk, c->sign_sk);
    c->later_us = 0;
    c->later_why[0] = 0;
    return qp_standing_load(c, w->t->tables, e);
}

void qp_core_renewal_later(const struct qp_core *c, int64_t *until_us, const char **why)
{
    *until_us = c->later_us;
    *why = c->later_why;
}
