/* greet.c: who is there: the call, the challenge, and the two signed greetings (L1, T1).
 *
 *   call {versions, chain, nonce} ─► challenge {version, chain, nonce} ─► greeting (child) ─┬► greeting (parent, names the session)
 *                                                                                           └► refusal: it is an old copy (C5)
 *
 * An old copy calls once in QP_COPY_US as long as it is answered so, only to say that it is one: whoever looks after its parent reads it
 * while it runs. No session opens for it.
 * A greeting is signed over both ids, both fresh nonces and everything it states, so that none can be
 * replayed, turned round or altered. What the positions in it mean is the core's to judge (QP_IN_PEER). */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/inside.h"

enum {
    GREETING_WORDS = 4 * QP_ID_LEN + 2 * QP_NONCE_LEN + 8 + 1 + 8 + 8 + QP_POSITIONS * (4 + 8 + QP_HASH_LEN)
};

static uint8_t *put(uint8_t *at, const void *p, size_t len)
{
    assert(at && p);
    memcpy(at, p, len);
    return at + len;
}

static uint8_t *put64(uint8_t *at, uint64_t v)
{
    qp_be64(at, v);
    return at + 8;
}

/* Both ends, the speaker first. */
struct between {
    const uint8_t *own_id, *other_id, *own_nonce, *other_nonce;
};

static size_t greeting_words(uint8_t out[GREETING_WORDS], const struct between *b, const Qp__Greeting *g)
{
    assert(b->own_id && b->other_id && b->own_nonce && b->other_nonce);
    static const uint8_t none[QP_ID_LEN];
    uint8_t *at = out;
    at = put(at, b->own_id, QP_ID_LEN);
    at = put(at, b->other_id, QP_ID_LEN);
    at = put(at, b->own_nonce, QP_NONCE_LEN);
    at = put(at, b->other_nonce, QP_NONCE_LEN);
    at = put64(at, g->session);
    at = put(at, g->epoch.data, QP_ID_LEN);
    at = put(at, g->seen_epoch.len ? g->seen_epoch.data : none, QP_ID_LEN);
    *at++ = (uint8_t)((g->recovering ? 1 : 0) | (g->silent ? 2 : 0));
    at = put64(at, g->head);
    at = put64(at, g->seen_head);
    at = qp_ack_position_words(at, g->received, g->n_received);
    assert(at <= out + GREETING_WORDS);
    return (size_t)(at - out);
}

/* ---- checking the neighbour's chain ---- */

/* The neighbour must be who this node takes it for: a child is certified by this node, the parent has
 * certified this node. */
static int check_place(struct qp_session *s, const struct qp_cert *cert, struct qp_err *e)
{
    const struct qp_cert *self = qp_core_self(s->n.core);
    const struct qp_cert *child = s->dials ? self : cert;
    const struct qp_cert *parent = s->dials ? cert : self;
    char above[QP_PATH_MAX];
    if (memcmp(cert->node, s->peer, QP_ID_LEN) != 0)
        return qp_fail(e, QP_ESCOPE, "the certificate is that of %s, not of the node with this link key",
                       cert->path);
    if (memcmp(cert->tree, self->tree, QP_ID_LEN) != 0)
        return qp_fail(e, QP_ESCOPE, "%s belongs to another tree", cert->path);
    if (memcmp(child->issuer, parent->node, QP_ID_LEN) != 0 || !qp_path_parent(above, child->path) ||
        strcmp(above, parent->path) != 0)
        return qp_fail(e, QP_ESCOPE, "%s is not directly below %s", child->path, parent->path);
    return 0;
}

/* With a clock that is wrong, the clock is to blame. */
static int expired(const struct qp_session *s, const struct qp_cert *cert, struct qp_err *e)
{
    int64_t apart_s = s->offset_us / 1000000;
    if (llabs(s->offset_us) <= QP_CLOCKS_APART_US)
        return qp_fail(
            e, QP_EEXPIRED,
            "the certificate of %s is over, at both clocks: ask the node above for a token and join "
            "again",
            cert->path);
    return qp_fail(
        e, QP_EEXPIRED,
        "the clock of the other node is %lld days and %lld s %s this one, so that the certificate of "
        "%s is over: set the wrong one by NTP, the link comes back by itself",
        (long long)llabs(apart_s / 86400), (long long)llabs(apart_s % 86400),
        apart_s < 0 ? "behind" : "ahead of", cert->path);
}

static int check_standing(struct qp_session *s, const struct qp_cert *cert, int64_t now_us, struct qp_err *e)
{
    assert(cert->incarnation > 0); /* qp_cert_read */
    const struct qp_place *known = qp_tree_node(qp_core_tree(s->n.core), s->peer);
    if (known && cert->incarnation < known->cert.incarnation)
        return qp_fail(e, QP_EREVOKED, "incarnation %u of %s was followed by %u: join again with a new token",
                       cert->incarnation, cert->path, known->cert.incarnation);
    if (known && known->revoked && cert->incarnation == known->cert.incarnation)
        return qp_fail(e, QP_EREVOKED, "%s was revoked: join again with a new token", cert->path);
    return qp_cert_current(cert, now_us) ? 0 : expired(s, cert, e);
}

/* Certificates that the tables do not have go to the core before the greeting needs them. */
static void hand_on_chain(const struct qp_hearing *h, const Qp__Chain *chain, const struct qp_cert *certs,
                          size_t n)
{
    assert(n > 0);
    for (size_t i = 0; i < n; i++) {
        if (qp_cert_known(h->read->tables, h->s->n.store, &certs[i].id))
            continue;
        struct qp_input in = {.kind = QP_IN_CHAIN};
        in.chain.chain = chain;
        qp_hearing_input(h, &in);
        return;
    }
}

/* The neighbour's own certificate to *cert (in the arena); its incarnation also where it is over. */
static int check_chain(const struct qp_hearing *h, const Qp__Chain *chain, struct qp_cert **cert,
                       uint32_t *incarnation, struct qp_err *e)
{
    assert(chain && cert && incarnation);
    struct qp_session *s = h->s;
    size_t n = 0;
    struct qp_cert *certs = qp_arena_take(h->arena, QP_CHAIN_CERTIFICATES * sizeof *certs);
    if (!certs)
        return qp_fail(e, QP_ENOMEM, "no memory to read a certificate chain");
    int rc = qp_chain_check(certs, &n, chain, qp_core_root(s->n.core), h->arena, e);
    if (!rc)
        rc = check_place(s, &certs[0], e);
    if (!rc) {
        *incarnation = certs[0].incarnation;
        rc = check_standing(s, &certs[0], h->now_us, e);
    }
    if (rc)
        return rc;
    hand_on_chain(h, chain, certs, n);
    *cert = &certs[0];
    return 0;
}

/* ---- this node's own words ---- */

static Qp__Chain *own_chain(struct qp_session *s, struct qp_read *read, struct qp_arena *arena)
{
    assert(read->tables);
    return qp_core_chain(s->n.core, NULL, read, &qp_core_self(s->n.core)->id, arena);
}

static bool say_greeting(const struct qp_hearing *h, uint64_t number)
{
    assert((number == 0) == h->s->dials); /* the side that is dialled names the session */
    struct qp_session *s = h->s;
    static const uint8_t none[QP_ID_LEN];
    struct qp_peer_entry entry;
    bool silent = s->dials && qp_core_silent(s->n.core);
    memset(&entry, 0, sizeof entry);
    if (!silent) { /* an old copy says that it is one, and nothing else (C5) */
        if (!qp_verdicts_before(h))
            return false;
        qp_peer_read(h->read->tables, s->n.store, s->peer, &entry);
    }
    Qp__Greeting g = QP__GREETING__INIT;
    Qp__Position store[QP_LANES], *list[QP_LANES];
    g.epoch = qp_view(qp_store_epoch(s->n.store), QP_ID_LEN);
    if (memcmp(entry.epoch, none, QP_ID_LEN) != 0) {
        g.seen_epoch = qp_view(entry.epoch, QP_ID_LEN);
        g.n_received = qp_ack_received(&entry, store, list);
        g.received = list;
        g.seen_head = entry.seen_head;
    }
    g.recovering = qp_core_recovering(s->n.core);
    g.silent = silent;
    g.session = number;
    g.head = qp_journal_head(h->read->journal, s->n.store, NULL);

    const struct between b = {qp_core_self(s->n.core)->node, s->peer, s->shake.own_nonce,
                              s->shake.peer_nonce};
    uint8_t words[GREETING_WORDS], signature[QP_SIG_LEN];
    size_t len = greeting_words(words, &b, &g);
    qp_sign(signature, QP_TAG_GREETING, words, len, qp_core_sign_sk(s->n.core));
    g.signature = qp_view(signature, QP_SIG_LEN);
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_GREETING;
    f.greeting = &g;
    return qp_session_say(s, &f);
}

/* incarnation: of the caller, where it was refused because that is over; else 0. */
static void refuse_call(struct qp_session *s, const struct qp_err *e, uint32_t incarnation,
                        const struct qp_hearing *h)
{
    assert(!s->dials); /* the other side ends its session */
    s->refused = e->code;
    qp_text_cut(s->refused_text, sizeof s->refused_text, e->text);
    const Qp__Verdict *v =
        incarnation ? qp_core_farewell(s->n.core, s->peer, incarnation, h->now_us, h->arena) : NULL;
    const Qp__Welcome *next =
        incarnation ? qp_core_successor(s->n.core, h->read, s->peer, incarnation) : NULL;
    if (next) /* it asked for it, and the answer was lost */
        qp_renew_say_welcome(s, 0, next);
    if (v)
        qp_session_say_verdict(s, 0, v, NULL);
    else
        qp_session_say_refuse(s, 0, e->code, e->text, NULL);
    memset(&s->shake, 0, sizeof s->shake);
}

/* A frame that is well made and says what cannot be accepted now is no bad frame. */
static void count_refused(struct qp_session *s, int code)
{
    assert(code != 0);
    if (code != QP_EEXPIRED && code != QP_EREVOKED && code != QP_EVERSIONS)
        s->bad_frames++;
}

/* As stated: who states a wrong one is shown with it. 0: an older version, which states none. */
static void hear_clock(const struct qp_hearing *h, int64_t now_us)
{
    if (now_us <= 0)
        return;
    h->s->offset_us = now_us - h->now_us;
    h->s->clock_heard = true;
}

/* ---- frames ---- */

void qp_greet_on_call(const struct qp_hearing *h)
{
    assert(!h->s->dials && h->frame->body_case == QP__FRAME__BODY_CALL);
    struct qp_session *s = h->s;
    const Qp__Call *call = h->frame->call;
    struct qp_err e = {0};
    struct qp_cert *cert = NULL;
    uint32_t incarnation = 0;
    int rc = 0;
    int64_t offset_us = s->offset_us;
    bool clock_heard = s->clock_heard;
    hear_clock(h, call->now_us);
    if (call->versions_low > QP_LINK_VERSION_HIGH || call->versions_high < QP_LINK_VERSION_LOW)
        rc = qp_fail(&e, QP_EVERSIONS,
                     "speaks link versions %u to %u, this node %d to %d: update the older of the two",
                     call->versions_low, call->versions_high, QP_LINK_VERSION_LOW, QP_LINK_VERSION_HIGH);
    if (!rc)
        rc = check_chain(h, call->chain, &cert, &incarnation, &e);
    if (rc) {
        count_refused(s, rc);
        refuse_call(s, &e, rc == QP_EREVOKED ? incarnation : 0, h);
        return;
    }
    Qp__Chain *chain = own_chain(s, h->read, h->arena);
    if (!chain)
        return;
    memset(&s->shake, 0, sizeof s->shake);
    memcpy(s->shake.peer_nonce, call->nonce.data, QP_NONCE_LEN);
    memcpy(s->shake.sign_key, cert->sign_key, QP_PK_LEN);
    s->shake.incarnation = cert->incarnation;
    s->shake.version =
        call->versions_high < QP_LINK_VERSION_HIGH ? call->versions_high : QP_LINK_VERSION_HIGH;
    s->shake.began_us = h->now_us;
    s->shake.offset_us = offset_us;
    s->shake.clock_heard = clock_heard;
    qp_drbg_bytes(&s->random, s->shake.own_nonce, QP_NONCE_LEN);
    Qp__Challenge challenge = QP__CHALLENGE__INIT;
    challenge.version = s->shake.version;
    challenge.chain = chain;
    challenge.nonce = qp_view(s->shake.own_nonce, QP_NONCE_LEN);
    challenge.now_us = h->now_us;
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_CHALLENGE;
    f.challenge = &challenge;
    if (qp_session_say(s, &f))
        s->shake.state = QP_GREET_CALLED;
}

void qp_greet_on_challenge(const struct qp_hearing *h)
{
    assert(h->s->dials && h->frame->body_case == QP__FRAME__BODY_CHALLENGE);
    struct qp_session *s = h->s;
    const Qp__Challenge *challenge = h->frame->challenge;
    struct qp_err e = {0};
    struct qp_cert *cert = NULL;
    uint32_t incarnation;
    if (s->shake.state != QP_GREET_CALLED) {
        s->bad_frames++;
        return;
    }
    int rc = 0;
    hear_clock(h, challenge->now_us);
    if (challenge->version < QP_LINK_VERSION_LOW || challenge->version > QP_LINK_VERSION_HIGH)
        rc = qp_fail(&e, QP_EVERSIONS, "the parent chose link version %u, this node speaks %d to %d",
                     challenge->version, QP_LINK_VERSION_LOW, QP_LINK_VERSION_HIGH);
    if (!rc)
        rc = check_chain(h, challenge->chain, &cert, &incarnation, &e);
    if (rc) {
        count_refused(s, rc);
        qp_session_end(s, rc, e.text, h->now_us);
        return;
    }
    if (qp_core_silent(s->n.core) && challenge->version < QP_LINK_VERSION_COPY) {
        qp_session_end(s, QP_EOUT, "the parent is too old to be told that this is an old copy", h->now_us);
        s->retry_at_us = INT64_MAX; /* its greeting would take the place of the one that went on */
        return;
    }
    memcpy(s->shake.peer_nonce, challenge->nonce.data, QP_NONCE_LEN);
    memcpy(s->shake.sign_key, cert->sign_key, QP_PK_LEN);
    s->shake.incarnation = cert->incarnation;
    s->shake.version = challenge->version;
    if (say_greeting(h, 0))
        s->shake.state = QP_GREET_GREETED;
}

static int check_greeting(struct qp_session *s, const Qp__Greeting *g)
{
    assert(s->shake.state != QP_GREET_IDLE);
    const struct between b = {s->peer, qp_core_self(s->n.core)->node, s->shake.peer_nonce,
                              s->shake.own_nonce};
    uint8_t words[GREETING_WORDS];
    if (s->dials ? g->session == 0 : g->session != 0)
        return QP_EINVAL;
    return qp_verify(g->signature.data, QP_TAG_GREETING, words, greeting_words(words, &b, g),
                     s->shake.sign_key);
}

/* C5: a child that is an old copy of its journal wants no session, and the one that went on keeps its own. */
static void on_copy(const struct qp_hearing *h)
{
    struct qp_session *s = h->s;
    const Qp__Greeting *g = h->frame->greeting;
    assert(!s->dials && s->shake.state == QP_GREET_CALLED);
    struct qp_input in = {.kind = QP_IN_COPY, .copy = {.alone = !s->open, .head = g->head}};
    memcpy(in.copy.epoch, g->epoch.data, QP_ID_LEN);
    qp_hearing_input(h, &in);
    s->offset_us = s->shake.offset_us; /* that clock is the copy's */
    s->clock_heard = s->shake.clock_heard;
    qp_session_say_refuse(s, 0, QP_EOUT, "this node is an old copy, and was told so: join it again", NULL);
    memset(&s->shake, 0, sizeof s->shake);
}

void qp_greet_on_greeting(const struct qp_hearing *h)
{
    assert(h->frame->body_case == QP__FRAME__BODY_GREETING);
    struct qp_session *s = h->s;
    const Qp__Greeting *g = h->frame->greeting;
    if (s->shake.state != (s->dials ? QP_GREET_GREETED : QP_GREET_CALLED)) {
        s->bad_frames++;
        return;
    }
    int rc = check_greeting(s, g);
    if (rc) {
        struct qp_err e;
        qp_fail(&e, rc, "the greeting's signature does not fit");
        s->bad_frames++;
        if (s->dials)
            qp_session_end(s, rc, e.text, h->now_us);
        else
            refuse_call(s, &e, 0, h);
        return;
    }
    if (!s->dials && g->silent) {
        on_copy(h);
        return;
    }
    uint64_t number = g->session;
    while (!s->dials && number == 0)
        qp_drbg_bytes(&s->random, &number, sizeof number);
    if (!s->dials && !say_greeting(h, number)) {
        memset(&s->shake, 0, sizeof s->shake); /* the child calls again */
        return;
    }
    qp_session_opened(s, number, h->now_us);
    memcpy(s->peer_epoch, g->epoch.data, QP_ID_LEN);
    for (size_t i = 0; i < g->n_received; i++)
        if (g->received[i]->lane >= 1 && g->received[i]->lane <= QP_LANES)
            s->stated[g->received[i]->lane - 1] = g->received[i]->position;
    struct qp_input in = {.kind = QP_IN_PEER};
    memcpy(in.peer_open.epoch, g->epoch.data, QP_ID_LEN);
    in.peer_open.greeting = g;
    qp_hearing_input(h, &in);
    if (s->dials && s->version < QP_LINK_VERSION_AHEAD)
        qp_ahead_older_parent(h);
}

/* ---- calling ---- */

int64_t qp_greet_pump(struct qp_session *s, struct qp_read *read, struct qp_arena *arena, int64_t now_us)
{
    if (!s->dials || !s->connected || s->open)
        return INT64_MAX;
    if (s->shake.state != QP_GREET_IDLE) {
        int64_t late_us = s->shake.began_us + QP_GREET_US;
        if (now_us < late_us)
            return late_us;
        qp_session_end(s, QP_EUNREACHABLE, "the parent did not finish its greeting", now_us);
    }
    if (now_us < s->retry_at_us)
        return s->retry_at_us;
    Qp__Chain *chain = own_chain(s, read, arena);
    if (!chain)
        return now_us + QP_RETRY_US;
    memset(&s->shake, 0, sizeof s->shake);
    qp_drbg_bytes(&s->random, s->shake.own_nonce, QP_NONCE_LEN);
    Qp__Call call = QP__CALL__INIT;
    call.versions_low = QP_LINK_VERSION_LOW;
    call.versions_high = QP_LINK_VERSION_HIGH;
    call.chain = chain;
    call.nonce = qp_view(s->shake.own_nonce, QP_NONCE_LEN);
    call.now_us = now_us;
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_CALL;
    f.call = &call;
    if (!qp_session_say(s, &f))
        return now_us + QP_BLOCKED_US;
    s->shake.state = QP_GREET_CALLED;
    s->shake.began_us = now_us;
    return now_us + QP_GREET_US;
}
