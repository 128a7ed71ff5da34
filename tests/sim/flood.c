/* flood.c: the liar's fifth way: not a false word in a good chain (liar.c), but frames that no honest link sends, by its own session and
 * signed by its own key as far as they are signed at all.
 *
 *   its session with the parent ─► acks of what was never sent, in this session and in another; rewinds without end
 *                                  others' parcels, garbage, at any position, also ahead and as handed back
 *                                  questions for certificates, places and others' parcels (ParcelAsked)
 *   its chain (liar.c, `rooms`) ─► events by the dozen that wait for what never comes (E1)
 *
 * It may lose by that whatever is its own: its session, its parcels, what was sent to it. Nobody else may: what holds without it is asked
 * of everybody else at the end (check.c), and no parcel is given to it that neither came from it nor goes to it (S5). The quotas of a
 * wire (L7: node/link/fair.c) are not here: what comes in here is more than they would let in. */
#include "node/link/inside.h"
#include "proto/limits.h"
#include "proto/link.pb-c.h"
#include "proto/personal.pb-c.h"
#include "tests/sim/world.h"

enum { BURST = 24, GARBAGE = 4096 };

struct flood {
    struct sim_world *w;
    struct sim_node *me, *above;
    struct qp_session *s;
    struct qp_read *theirs; /* the parent's store */
    uint64_t head;          /* of its own journal */
    struct qp_arena *a;
    Qp__Frame f;
};

static uint64_t somewhere(struct flood *x)
{
    uint64_t head = qp_journal_head(x->theirs->journal, x->above->store, NULL);
    static const uint64_t far[] = {1, 1000, UINT64_MAX / 4};
    return sim_chance(x->w, 60) ? 1 + sim_below(x->w, head) : head + far[sim_below(x->w, 3)];
}

static ProtobufCBinaryData noise(struct flood *x, size_t len)
{
    uint8_t *p = qp_arena_take(x->a, len), seed[32];
    if (!p)
        abort();
    for (size_t i = 0; i < len; i += sizeof seed) {
        sim_seed32(x->w, seed);
        memcpy(p + i, seed, len - i < sizeof seed ? len - i : sizeof seed);
    }
    return (ProtobufCBinaryData){len, p};
}

static void go(struct flood *x)
{
    size_t len;
    x->f.session = sim_chance(x->w, 90) ? x->s->number : x->s->number + sim_below(x->w, 3) - 1;
    uint8_t *bytes = qp_encode(&x->f.base, x->a, &len);
    if (!bytes || len > QP_FRAME_BYTES)
        return;
    sim_launch(x->w, x->w->liar, 0, 0, bytes, len);
    x->w->floods++;
}

/* A parcel of anybody's, as it lies in somebody's journal. */
static ProtobufCBinaryData leaked(struct flood *x)
{
    struct qp_record rec;
    uint64_t head = qp_journal_head(x->theirs->journal, x->above->store, NULL);
    if (head == 0 || sim_chance(x->w, 20) ||
        qp_journal_get(x->theirs->journal, x->above->store, 1 + sim_below(x->w, head), &rec, NULL))
        return noise(x, 1 + sim_below(x->w, GARBAGE));
    return (ProtobufCBinaryData){rec.parcel.len, qp_arena_copy(x->a, rec.parcel.p, rec.parcel.len)};
}

static void acks(struct flood *x)
{
    Qp__Position p[QP_LANES], *list[QP_LANES];
    uint8_t words[QP_ACK_WORDS], signature[QP_SIG_LEN];
    Qp__Ack ack = QP__ACK__INIT;
    for (uint32_t i = 0; i < QP_LANES; i++) {
        struct qp_hash h = {{0}};
        qp__position__init(&p[i]);
        p[i].lane = i + 1;
        p[i].position = somewhere(x);
        if (qp_journal_hash_of(x->theirs->journal, x->above->store, p[i].position, &h))
            memset(h.b, 7, sizeof h.b);
        p[i].hash = (ProtobufCBinaryData){QP_HASH_LEN, qp_arena_copy(x->a, h.b, QP_HASH_LEN)};
        list[i] = &p[i];
    }
    ack.received = list;
    ack.n_received = QP_LANES;
    ack.rewind = sim_chance(x->w, 50);
    ack.full = sim_chance(x->w, 30);
    ack.rewinds = 1 + sim_below(x->w, 1000);
    size_t len = qp_ack_words(words, x->above->id, x->s->peer_epoch, ack.received, ack.n_received);
    qp_sign(signature, QP_TAG_ACK, words, len, qp_core_sign_sk(x->me->core));
    ack.signature = qp_view(signature, QP_SIG_LEN);
    x->f.body_case = QP__FRAME__BODY_ACK;
    x->f.ack = &ack;
    go(x);
}

static void asks(struct flood *x)
{
    Qp__Ask ask = QP__ASK__INIT;
    struct sim_node *of = &x->w->node[sim_below(x->w, (uint64_t)x->w->n)];
    switch (sim_below(x->w, 3)) {
    case 0: ask.certificate = noise(x, QP_HASH_LEN); break;
    case 1: ask.path = of->path; break;
    default: ask.node = (ProtobufCBinaryData){QP_ID_LEN, of->id}; break;
    }
    x->f.body_case = QP__FRAME__BODY_ASK;
    x->f.ask = &ask;
    go(x);
}

static void delivers(struct flood *x)
{
    Qp__Deliver d = QP__DELIVER__INIT;
    d.lane = 1 + (uint32_t)sim_below(x->w, QP_LANES);
    d.position =
        sim_chance(x->w, 2) ? somewhere(x) : 1 + sim_below(x->w, x->head); /* beyond it: its own end (C5) */
    d.after = sim_chance(x->w, 50) ? 0 : d.position - 1;
    d.hash = noise(x, QP_HASH_LEN);
    d.handback = sim_chance(x->w, 30);
    d.parcel = leaked(x);
    x->f.body_case = QP__FRAME__BODY_DELIVER;
    x->f.deliver = &d;
    go(x);
}

static void goes_ahead(struct flood *x)
{
    Qp__Ahead ahead = QP__AHEAD__INIT;
    ahead.last = sim_chance(x->w, 20);
    ahead.parcel = leaked(x);
    x->f.body_case = QP__FRAME__BODY_AHEAD;
    x->f.ahead = &ahead;
    go(x);
}

static void hands_back(struct flood *x)
{
    Qp__HandedBack back = QP__HANDED_BACK__INIT;
    back.upto = somewhere(x);
    back.rewinds = sim_below(x->w, 3);
    back.above = sim_chance(x->w, 50);
    x->f.body_case = QP__FRAME__BODY_HANDED_BACK;
    x->f.handed_back = &back;
    go(x);
}

/* node/core/mend.c gives a neighbour whose journal is damaged what had come from it or goes to it. */
static void asks_parcels(struct flood *x)
{
    Qp__ParcelAsked asked = QP__PARCEL_ASKED__INIT;
    Qp__Carried said = QP__CARRIED__INIT;
    Qp__Carry c = QP__CARRY__INIT;
    struct qp_hash h;
    uint8_t signature[QP_SIG_LEN];
    size_t len;
    asked.position = somewhere(x);
    asked.epoch =
        (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(x->a, qp_store_epoch(x->me->store), QP_ID_LEN)};
    asked.yours = somewhere(x);
    asked.search = sim_chance(x->w, 20) ? somewhere(x) : 0;
    asked.at = 0;
    said.at_us = x->w->now_us + (int64_t)x->w->floods;
    said.body_case = QP__CARRIED__BODY_PARCEL_ASKED;
    said.parcel_asked = &asked;
    uint8_t *body = qp_encode(&said.base, x->a, &len);
    c.from = (ProtobufCBinaryData){QP_ID_LEN, x->me->id};
    c.to = (ProtobufCBinaryData){QP_ID_LEN, x->above->id};
    c.body = (ProtobufCBinaryData){len, body};
    const struct qp_part parts[] = {{c.from.data, QP_ID_LEN}, {c.to.data, QP_ID_LEN}, {body, len}};
    qp_hash_parts(&h, parts, 3);
    qp_sign(signature, QP_TAG_CARRY, h.b, QP_HASH_LEN, qp_core_sign_sk(x->me->core));
    c.signature = qp_view(signature, QP_SIG_LEN);
    x->f.body_case = QP__FRAME__BODY_CARRY;
    x->f.carry = &c;
    go(x);
}

bool sim_flood_open(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_err e = {0};
    char dir[160];
    snprintf(dir, sizeof dir, "%s/%d/vault", w->dir, i);
    struct qp_vault_options o = {.dir = dir, .map = 1 << 20, .no_sync = true, .keys = &x->keys};
    if (w->plan.floods == 0 || w->liar == 0 || i != w->node[w->liar].parent)
        return true;
    if (!qp_vault_open(&x->vault, &o, &e) && !qp_core_set_vault(x->core, x->vault, true, &e))
        return true;
    sim_fail(w, "%s: the vault: %s", x->path, e.text);
    return false;
}

void sim_flood_close(struct sim_world *w, int i)
{
    qp_vault_close(w->node[i].vault);
    w->node[i].vault = NULL;
}

void sim_flood(struct sim_world *w)
{
    static void (*const kinds[])(struct flood *) = {acks,       asks,       delivers,     delivers,
                                                    goes_ahead, hands_back, asks_parcels, asks_parcels};
    struct sim_node *me = &w->node[w->liar];
    struct qp_read r;
    struct flood x = {.w = w, .me = me, .above = &w->node[me->parent], .s = me->session[0], .theirs = &r};
    if (!me->up || !x.above->up || !x.s || !x.s->open || !w->link[w->liar].up ||
        qp_read_begin(x.above->store, &r, NULL))
        return;
    struct qp_read own;
    if (!qp_read_begin(me->store, &own, NULL)) {
        x.head = qp_journal_head(own.journal, me->store, NULL);
        qp_read_end(&own);
    }
    x.a = qp_arena_new(64 << 20);
    qp__frame__init(&x.f);
    void (*kind)(struct flood *) = kinds[sim_below(w, sizeof kinds / sizeof *kinds)];
    for (uint64_t n = 1 + sim_below(w, BURST); n > 0; n--)
        kind(&x);
    qp_read_end(&r);
    qp_arena_free(x.a);
}

/* ---- what is given to it ---- */

/* The record that it says it gives. */
static void check_given(struct sim_world *w, const Qp__ParcelGiven *g, struct qp_read *r, struct qp_arena *a)
{
    struct sim_node *above = &w->node[w->node[w->liar].parent], *me = &w->node[w->liar];
    struct qp_record rec;
    struct qp_parcel p;
    if (g->code != 0 || g->piece.len == 0)
        return;
    w->given_seen++;
    bool its = g->found > 0 && !qp_journal_get(r->journal, above->store, g->found, &rec, NULL) &&
               g->at + g->piece.len <= rec.parcel.len &&
               memcmp(rec.parcel.p + g->at, g->piece.data, g->piece.len) == 0 &&
               !qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, a, NULL);
    if (its && memcmp(rec.peer, me->id, QP_ID_LEN) != 0)
        its = p.h.scope == QP_SCOPE_SUBTREE ||
              memcmp(p.h.origin, me->id, QP_ID_LEN) == 0 || /* it had gone ahead, and came back */
              (p.h.scope == QP_SCOPE_NODE && memcmp(p.h.to, me->id, QP_ID_LEN) == 0);
    if (!its)
        sim_fail(w, "%s gives the liar a parcel that is not its", above->path);
}

/* The first that was another's, as a node would that gives whatever it is asked for. */
static void plant(struct sim_world *w, Qp__ParcelGiven *g, struct qp_read *r, struct qp_arena *a)
{
    struct sim_node *above = &w->node[w->node[w->liar].parent];
    uint64_t head = qp_journal_head(r->journal, above->store, NULL);
    for (uint64_t at = 1; at <= head; at++) {
        struct qp_record rec;
        if (qp_journal_get(r->journal, above->store, at, &rec, NULL) || rec.kind != QP_RECORD_OWN)
            continue;
        g->code = 0;
        g->found = at;
        g->at = 0;
        g->piece = (ProtobufCBinaryData){rec.parcel.len, qp_arena_copy(a, rec.parcel.p, rec.parcel.len)};
        return;
    }
}

void sim_check_to_liar(struct sim_world *w, const uint8_t *frame, size_t len)
{
    struct qp_arena *a;
    struct qp_read r;
    Qp__Frame *f;
    Qp__Carried *c;
    if (qp_frame_kind(frame, len) != 0 || /* a Carry is none of those that this knows */
        qp_read_begin(w->node[w->node[w->liar].parent].store, &r, NULL))
        return;
    a = qp_arena_new(QP_DECODE_ARENA * 4);
    if (QP_DECODE(&f, frame, frame, len, a, NULL) == 0 && f->body_case == QP__FRAME__BODY_CARRY &&
        QP_DECODE(&c, carried, f->carry->body.data, f->carry->body.len, a, NULL) == 0 &&
        c->body_case == QP__CARRIED__BODY_PARCEL_GIVEN) {
        if (w->bug == SIM_BUG_GIVEN)
            plant(w, c->parcel_given, &r, a);
        check_given(w, c->parcel_given, &r, a);
    }
    qp_arena_free(a);
    qp_read_end(&r);
}
