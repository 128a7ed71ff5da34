/* verdict.c: refusals that reach their origin, and stay known (E6, C5).
 *
 *   refused here ─► signed ──────────────────────────────┐
 *   told by a neighbour ─► whose word? may he? his key? ─┴─► journal ─► table ─► the next one towards the origin,
 *                                                                                also at each greeting
 *
 * A parcel that was refused moves its lane on all the same: a position says that a neighbour has looked at
 * it, not that it was taken. So whoever speaks of what is held above asks here first. What is refused from a
 * place on counts as held by nobody above the refusal, nor at the top; the origin goes on and keeps what it
 * is given. Where the whole incarnation is refused (its key is quarantined, or it was revoked, or it has a
 * successor) the origin takes no more work: nothing that it says reaches anybody.
 *
 * One row a chain, the lowest place counts. Rows of former incarnations stay: ticks of old matters need them.
 */
#include <assert.h>
#include <stdlib.h>

#include "node/core/renew.h"
#include "topology/shown.h"

enum { VERDICT_WORDS = QP_ID_LEN * 3 + 4 + 4 + 4 + 8 + 32 + 4 + 8 + 4 + 32 + 32 };

/* ---- its form ---- */

static uint8_t *put(uint8_t *at, const void *p, size_t len)
{
    memcpy(at, p, len);
    return at + len;
}

/* The reason is signed by its hash. */
static void words_of(uint8_t out[VERDICT_WORDS], const Qp__Verdict *v)
{
    const Qp__Head *h = v->at;
    struct qp_hash reason;
    uint8_t n[36];
    qp_hash(&reason, v->reason, strlen(v->reason));
    qp_be32(n, h->incarnation);
    qp_be32(n + 4, h->scope);
    qp_be32(n + 8, h->lane);
    qp_be64(n + 12, h->seq);
    qp_be32(n + 20, v->code);
    qp_be64(n + 24, (uint64_t)v->at_us);
    qp_be32(n + 32, v->event);
    uint8_t *at = put(out, v->by.data, QP_ID_LEN);
    at = put(at, h->origin.data, QP_ID_LEN);
    at = put(at, h->to.len == QP_ID_LEN ? h->to.data : qp_nobody, QP_ID_LEN);
    at = put(at, n, sizeof n);
    at = put(at, h->hash.data, QP_HASH_LEN);
    at = put(at, v->certificate.data, QP_HASH_LEN);
    at = put(at, reason.b, QP_HASH_LEN);
    assert(at == out + VERDICT_WORDS);
}

static bool is_sound(const Qp__Verdict *v)
{
    const Qp__Head *h = v->at;
    bool whole = h->scope == 0;
    return v->by.len == QP_ID_LEN && v->certificate.len == QP_HASH_LEN && v->signature.len == QP_SIG_LEN &&
           h->origin.len == QP_ID_LEN && h->hash.len == QP_HASH_LEN && h->incarnation > 0 &&
           (h->scope == QP_SCOPE_NODE) == (h->to.len == QP_ID_LEN) && h->scope <= QP_SCOPE_SUBTREE &&
           (whole ? h->lane == 0 && h->seq == 0 : h->lane >= 1 && h->lane <= QP_LANES && h->seq > 0);
}

static void row_key(uint8_t key[QP_CHAIN_KEY], const Qp__Head *h)
{
    assert(h->origin.len == QP_ID_LEN);
    qp_chain_key(key, h->origin.data, h->incarnation, (uint8_t)h->scope,
                 h->to.len == QP_ID_LEN ? h->to.data : qp_nobody, (uint8_t)h->lane);
}

static const Qp__Verdict *row_at(MDB_txn *tables, struct qp_store *s, const uint8_t key[QP_CHAIN_KEY],
                                 struct qp_arena *a)
{
    MDB_val val;
    Qp__Verdict *v;
    if (qp_get(tables, qp_store_dbi(s, QP_T_VERDICT), key, QP_CHAIN_KEY, &val) ||
        QP_DECODE(&v, verdict, val.mv_data, val.mv_size, a, NULL) != 0)
        return NULL;
    return v;
}

bool qp_verdict_covers(MDB_txn *tables, struct qp_store *s, const struct qp_header *h, struct qp_arena *a)
{
    uint8_t key[QP_CHAIN_KEY];
    qp_chain_key(key, h->origin, h->incarnation, h->scope, h->to, h->lane);
    const Qp__Verdict *v = row_at(tables, s, key, a);
    return v && v->at->seq <= h->seq;
}

const Qp__Verdict *qp_verdict_of(struct qp_work *w, const uint8_t chain[QP_CHAIN_KEY])
{
    return row_at(w->t->tables, w->c->store, chain, w->c->arena);
}

/* Of one chain, by an ancestor of who said it, and no fork: he may go on as his next incarnation. */
static bool stops(const struct qp_core *c, const struct qp_place *origin, const Qp__Verdict *v)
{
    const struct qp_place *by = qp_tree_node(c->tree, v->by.data);
    return v->at->scope != 0 && v->code != QP_EFORK && by && by != origin &&
           qp_path_within(origin->cert.path, by->cert.path);
}

const Qp__Verdict *qp_verdict_above(struct qp_work *w, const struct qp_place *child)
{
    MDB_cursor *cur;
    MDB_val val;
    uint8_t from[QP_ID_LEN + 4];
    const Qp__Verdict *found = NULL;
    memcpy(from, child->cert.node, QP_ID_LEN);
    qp_be32(from + QP_ID_LEN, child->cert.incarnation);
    MDB_val k = {sizeof from, from};
    if (mdb_cursor_open(w->t->tables, qp_store_dbi(w->c->store, QP_T_VERDICT), &cur))
        return NULL;
    for (int rc = mdb_cursor_get(cur, &k, &val, MDB_SET_RANGE); !rc && !found;
         rc = mdb_cursor_get(cur, &k, &val, MDB_NEXT)) {
        Qp__Verdict *v;
        if (k.mv_size != QP_CHAIN_KEY || memcmp(k.mv_data, from, sizeof from) != 0)
            break;
        if (QP_DECODE(&v, verdict, val.mv_data, val.mv_size, w->c->arena, NULL) == 0 && stops(w->c, child, v))
            found = v;
    }
    assert(!found || found->at->scope != 0); /* of one chain */
    mdb_cursor_close(cur);
    return found;
}

/* ---- made here ---- */

static Qp__Verdict *signed_by(const struct qp_core *c, Qp__Head *at, int code, const char *reason,
                              uint32_t event, int64_t now_us, struct qp_arena *a)
{
    assert(code != 0 && reason);
    Qp__Verdict *v = qp_arena_take(a, sizeof *v);
    uint8_t *signature = qp_arena_take(a, QP_SIG_LEN), words[VERDICT_WORDS];
    if (!v || !signature || !at)
        return NULL;
    qp__verdict__init(v);
    v->by = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, c->self.node, QP_ID_LEN)};
    v->certificate = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(a, c->self.id.b, QP_HASH_LEN)};
    v->at = at;
    v->code = (uint32_t)code;
    v->reason = qp_arena_text(a, reason);
    v->at_us = now_us;
    v->event = event;
    if (!v->by.data || !v->certificate.data || !v->reason)
        return NULL;
    words_of(words, v);
    qp_sign(signature, QP_TAG_REFUSAL, words, sizeof words, c->sign_sk);
    v->signature = (ProtobufCBinaryData){QP_SIG_LEN, signature};
    return v;
}

Qp__Verdict *qp_verdict_new(struct qp_work *w, const struct qp_parcel *p, int code, const char *reason,
                            uint32_t event)
{
    return signed_by(w->c, qp_head_of(w->c->arena, p), code, reason, event, w->now_us, w->c->arena);
}

const Qp__Verdict *qp_core_farewell(const struct qp_core *c, const uint8_t node[QP_ID_LEN],
                                    uint32_t incarnation, int64_t now_us, struct qp_arena *a)
{
    const struct qp_place *p = qp_tree_node(c->tree, node);
    Qp__Head *at = qp_arena_take(a, sizeof *at);
    char why[QP_REASON_BYTES];
    if (!at || !p || incarnation == 0)
        return NULL;
    qp__head__init(at);
    at->origin = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, node, QP_ID_LEN)};
    at->incarnation = incarnation;
    at->hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_take(a, QP_HASH_LEN)};
    if (!at->origin.data || !at->hash.data)
        return NULL;
    memset(at->hash.data, 0, QP_HASH_LEN);
    bool successor = p->cert.incarnation > incarnation;
    if (successor)
        snprintf(why, sizeof why, "%.264s has joined again as incarnation %u, and this is %u", p->cert.path,
                 p->cert.incarnation, incarnation);
    else
        snprintf(why, sizeof why, "%.264s was revoked", p->cert.path);
    return signed_by(c, at, successor ? QP_ECLOSED : QP_EREVOKED, why, 0, now_us, a);
}

/* ---- kept ---- */

int qp_verdict_journal(struct qp_work *w, Qp__Verdict *v, const uint8_t peer[QP_ID_LEN],
                       const ProtobufCBinaryData *proof, struct qp_err *e)
{
    assert(!v || v->signature.len == QP_SIG_LEN);
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Refusal *f = qp_arena_take(a, sizeof *f);
    if (!ev || !f || !v)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__refusal__init(f);
    f->peer = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, peer, QP_ID_LEN)};
    f->verdict = v;
    if (proof)
        f->proof = *proof;
    ev->body_case = QP__EVENT__BODY_REFUSAL;
    ev->refusal = f;
    int rc = qp_say_local(w, ev, e);
    const struct qp_place *next = qp_next_of(w->c, v->at->origin.data);
    return rc || !next ? rc : qp_verdict_tell(w, v, next->cert.node, e);
}

/* An ancestor's word about a whole incarnation stops the node itself; about one chain it asks for a new incarnation (renew.c). */
static void stand(struct qp_core *c, const Qp__Verdict *v)
{
    bool whole = v->at->scope == 0 || v->code == QP_EFORK;
    const struct qp_place *by = qp_tree_node(c->tree, v->by.data), *self = qp_tree_self(c->tree);
    c->stopped = c->stopped || (self && stops(c, self, v));
    if (!whole || !by || qp_same(by->cert.node, c->self.node) || !qp_tree_above(c->tree, v->by.data))
        return;
    assert(qp_same(by->cert.node, v->by.data));
    c->out = true;
    c->out_code = (int)v->code;
    snprintf(c->out_why, sizeof c->out_why, "%.264s: %.*s", by->cert.path, qp_shown(v->reason, 300),
             v->reason);
}

int qp_verdict_keep(struct qp_work *w, const Qp__Verdict *v, struct qp_err *e)
{
    struct qp_core *c = w->c;
    uint8_t key[QP_CHAIN_KEY];
    size_t len;
    if (!is_sound(v))
        return 0;
    row_key(key, v->at);
    const Qp__Verdict *had = row_at(w->t->tables, c->store, key, c->arena);
    if (had && had->at->seq <= v->at->seq)
        return 0;
    uint8_t *bytes = qp_encode(&v->base, c->arena, &len);
    if (!bytes)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (qp_same(v->at->origin.data, c->self.node) && v->at->incarnation == c->self.incarnation)
        stand(c, v);
    assert(!had || had->at->seq > v->at->seq); /* the lowest place counts */
    return qp_put(w->t->tables, qp_store_dbi(c->store, QP_T_VERDICT), key, sizeof key, bytes, len, e);
}

/* ---- told by a neighbour ---- */

/* An ancestor of the origin; or, on the way to the destination, whoever lies at or above that (E6). */
static bool may_refuse(const struct qp_core *c, const Qp__Verdict *v)
{
    assert(is_sound(v));
    const struct qp_place *by = qp_tree_node(c->tree, v->by.data);
    const struct qp_place *origin = qp_tree_node(c->tree, v->at->origin.data);
    if (!by || !origin || by == origin)
        return false;
    if (qp_path_within(origin->cert.path, by->cert.path))
        return true;
    if (v->at->scope == QP_SCOPE_SUBTREE)
        return qp_path_within(by->cert.path, origin->cert.path);
    const struct qp_place *to = v->at->scope == QP_SCOPE_NODE ? qp_tree_node(c->tree, v->at->to.data) : NULL;
    return to && qp_path_within(to->cert.path, by->cert.path);
}

/* Is there anything here that it could be about? A chain to a node that was never seen here is not refused:
 * so that rows are not more than chains. */
static bool concerns(struct qp_work *w, const Qp__Verdict *v)
{
    assert(is_sound(v));
    const struct qp_place *origin = qp_tree_node(w->c->tree, v->at->origin.data);
    uint8_t key[QP_CHAIN_KEY];
    struct qp_head head;
    /* That there were two of a former incarnation may come to light late: from there on nothing of it is held above. */
    bool former = origin && origin->cert.incarnation > v->at->incarnation;
    if (!origin || origin->cert.incarnation < v->at->incarnation || (former && v->code != QP_EFORK))
        return false;
    row_key(key, v->at);
    const Qp__Verdict *had = row_at(w->t->tables, w->c->store, key, w->c->arena);
    /* Lower than one by the same key: whoever has refused a place refuses none before it, but that there are two of it (C5), once. */
    bool same_key = had && qp_same(had->by.data, v->by.data) && had->certificate.len == v->certificate.len &&
                    memcmp(had->certificate.data, v->certificate.data, had->certificate.len) == 0 &&
                    (v->code != QP_EFORK || had->code == QP_EFORK);
    if (had && (had->at->seq <= v->at->seq || same_key))
        return false;
    /* Of this node's own last life it may be told before that is handed back. */
    bool last = former && qp_same(origin->cert.node, w->c->self.node) &&
                qp_chain_life(w, v->at->origin.data, origin->cert.incarnation - 1) <= v->at->incarnation;
    return (v->at->scope != QP_SCOPE_NODE && (!former || last)) ||
           (qp_chain_get(w->t->tables, w->c->store, key, &head) && head.seq > 0);
}

static void wait_for_chain(struct qp_core *c, const struct qp_input *in)
{
    assert(in->kind == QP_IN_VERDICT &&
           c->verdicts_waiting.next < sizeof c->verdicts_waiting.v / sizeof *c->verdicts_waiting.v);
    struct qp_verdicts_waiting *v = &c->verdicts_waiting;
    size_t len = qp__verdict__get_packed_size(in->verdict.verdict), at = v->next;
    uint8_t *bytes = malloc(len);
    if (!bytes)
        return; /* it is told again at the next greeting */
    qp__verdict__pack(in->verdict.verdict, bytes);
    free(v->v[at].bytes);
    v->v[at].bytes = bytes;
    v->v[at].len = len;
    memcpy(v->v[at].peer, in->peer, QP_ID_LEN);
    v->next = (at + 1) % (sizeof v->v / sizeof *v->v);
}

int qp_on_verdict(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    assert(in->kind == QP_IN_VERDICT && in->verdict.verdict);
    struct qp_core *c = w->c;
    const Qp__Verdict *v = in->verdict.verdict;
    struct qp_cert cert;
    struct qp_hash id;
    uint8_t words[VERDICT_WORDS];
    if (!is_sound(v) || qp_check(&v->base, NULL)) { /* with what a later build adds it is journaled whole */
        QP_COUNT(c, refused_malformed);
        return 0;
    }
    const struct qp_place *next = qp_next_of(c, v->at->origin.data);
    if (!concerns(w, v) || (next && qp_same(next->cert.node, in->peer)))
        return 0; /* known, or on its way back to where it came from */
    memcpy(id.b, v->certificate.data, QP_HASH_LEN);
    if (!qp_cert_get(w, &id, &cert)) {
        wait_for_chain(c, in);
        return !qp_ask_certificate(w, in->peer, &id) ? 0
                                                     : qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    }
    words_of(words, v);
    if (!qp_same(cert.node, v->by.data) ||
        qp_verify(v->signature.data, QP_TAG_REFUSAL, words, sizeof words, cert.sign_key)) {
        QP_COUNT(c, refused_signature);
        return 0;
    }
    if (!may_refuse(c, v)) {
        QP_COUNT(c, refused_scope);
        return 0;
    }
    QP_COUNT(c, refusals_told);
    return qp_verdict_journal(w, (Qp__Verdict *)(uintptr_t)v, in->peer, NULL, e);
}

/* ---- heard too early ---- */

int qp_verdicts_look(struct qp_work *w, struct qp_err *e)
{
    struct qp_verdicts_waiting *all = &w->c->verdicts_waiting;
    assert(all->next < sizeof all->v / sizeof *all->v);
    int rc = 0;
    for (size_t i = 0; i < sizeof all->v / sizeof *all->v && !rc; i++) {
        struct qp_input in = {.kind = QP_IN_VERDICT};
        Qp__Verdict *v;
        struct qp_hash id;
        if (!all->v[i].bytes ||
            QP_DECODE(&v, verdict, all->v[i].bytes, all->v[i].len, w->c->arena, NULL) != 0)
            continue;
        memcpy(id.b, v->certificate.data, QP_HASH_LEN);
        if (!qp_cert_known(w->t->tables, w->c->store, &id))
            continue;
        free(all->v[i].bytes);
        all->v[i].bytes = NULL;
        memcpy(in.peer, all->v[i].peer, QP_ID_LEN);
        in.verdict.verdict = v;
        rc = qp_on_verdict(w, &in, e);
    }
    return rc;
}

void qp_verdicts_forget(struct qp_core *c)
{
    for (size_t i = 0; i < sizeof c->verdicts_waiting.v / sizeof *c->verdicts_waiting.v; i++)
        free(c->verdicts_waiting.v[i].bytes);
    c->verdicts_waiting = (struct qp_verdicts_waiting){.next = 0};
}

/* ---- this node's own standing ---- */

int qp_standing_load(struct qp_core *c, MDB_txn *tables, struct qp_err *e)
{
    assert(c->self.incarnation > 0); /* it is known who this is */
    MDB_cursor *cur;
    MDB_val k, val;
    uint8_t from[QP_ID_LEN + 4];
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        return qp_fail(e, QP_ENOMEM, "no memory to open the node");
    int rc = mdb_cursor_open(tables, qp_store_dbi(c->store, QP_T_VERDICT), &cur);
    if (rc) {
        qp_arena_free(a);
        return qp_store_error(rc, "refusals", e);
    }
    c->out = c->stopped = false;
    c->out_why[0] = 0;
    c->out_code = 0;
    memcpy(from, c->self.node, QP_ID_LEN);
    qp_be32(from + QP_ID_LEN, c->self.incarnation);
    k = (MDB_val){sizeof from, from};
    for (rc = mdb_cursor_get(cur, &k, &val, MDB_SET_RANGE); !rc;
         rc = mdb_cursor_get(cur, &k, &val, MDB_NEXT)) {
        Qp__Verdict *v;
        if (k.mv_size != QP_CHAIN_KEY || memcmp(k.mv_data, from, sizeof from) != 0)
            break;
        qp_arena_reset(a);
        if (QP_DECODE(&v, verdict, val.mv_data, val.mv_size, a, NULL) == 0)
            stand(c, v);
    }
    mdb_cursor_close(cur);
    qp_arena_free(a);
    return !rc || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "refusals", e);
}

bool qp_core_out(const struct qp_core *c, const char **why)
{
    assert(!c->out || c->out_why[0] != 0); /* who is heard no longer reads why */
    *why = c->out ? c->out_why
           : c->silent
               ? "its journal is an old copy, or a copy of it went on and the node above has heard that one"
               : "";
    return c->out || c->silent;
}

int qp_core_out_code(const struct qp_core *c)
{
    return c->out ? c->out_code : c->silent ? QP_EFORK : 0;
}
