/* vouch.c: the evidence for a snapshot (K8): the custody events that lead from a matter's opening to its
 * holder.
 *
 *   opened by O ─ offered 2 by O to A ─ accepted 2 by A ─ offered 5 by A to B ─ accepted 5 by B: B holds it
 *
 * A snapshot is believed of the row's holder, and of whom it was offered to (matter/custody.c). Who may lack
 * what led to that is given it just before the snapshot, in the same lane: the matter's own past of this node
 * is said again verbatim; what others said travels as they signed it (header, signature, inclusion path) in
 * Vouched. The receiver applies each of these as if it had come in a parcel of its own (E1): the row then
 * vouches by itself.
 *
 * Needed by a newcomer that a travelled matter is offered to, and by everybody when a matter rises to
 * emergency while its hand-over still lies in the bulk lane (U1). The chain is followed backwards by the ids
 * that acceptances name, so that no lie in the history gets into it. */
#include <assert.h>

#include "node/core/private.h"
#include "topology/proof.h"

enum {
    EVIDENCE_BYTES = 40 * 1024,
    HANDOVERS = 256 /* as many are shown, the latest */,
    NOTED_MOST = 16384,
    CHECKED_MOST = 1024
};

/* One custody event and where it is found. */
struct said_of {
    uint8_t id[QP_EVENT_ID_LEN], offer[QP_EVENT_ID_LEN], origin[QP_ID_LEN];
    int body;
    uint64_t number, custody; /* the number it is about; the custody that it was said in */
    uint64_t position;        /* in the journal; 0: said in this turn, not sealed yet */
    uint32_t index;
    int inner;           /* which of the proofs in a Vouched that is there; -1: the event itself */
    struct qp_slice own; /* said in this turn */
};

struct gathering {
    struct qp_work *w;
    const uint8_t *matter;
    struct said_of *v;
    size_t n, cap;
    struct qp_arena *scratch;
    bool inner;       /* what others vouched for too: only where the chain has a hole without it */
    unsigned checked; /* proofs whose signature was looked at */
    uint64_t looked;  /* the position of the parcel that is open, in scratch; 0: none */
    struct qp_parcel parcel;
    struct qp_err *e;
    int rc;
};

static bool about_custody(const Qp__Event *ev)
{
    return ev->body_case == QP__EVENT__BODY_OPENED || ev->body_case == QP__EVENT__BODY_OFFERED ||
           ev->body_case == QP__EVENT__BODY_ACCEPTED;
}

/* ---- is it what it says? ---- */
static bool header_of(const Qp__ProofParcel *p, Qp__Header **h, struct qp_arena *a)
{
    return p->n_events == 1 && QP_DECODE(h, header, p->header.data, p->header.len, a, NULL) == 0;
}

/* Said by whom it says, about this matter, and about custody. */
static bool fits(const Qp__Event *outer, const Qp__Header *h, const Qp__Event *ev)
{
    return about_custody(ev) && outer->matter.len == QP_ID_LEN && ev->matter.len == QP_ID_LEN &&
           qp_same(ev->matter.data, outer->matter.data) && ev->origin.len == QP_ID_LEN &&
           qp_same(ev->origin.data, h->origin.data) && ev->incarnation > 0 &&
           ev->incarnation <= h->incarnation;
}

bool qp_vouched_event(const Qp__Event *outer, const Qp__ProofParcel *p, Qp__Header **h, Qp__Event **said,
                      struct qp_arena *a)
{
    return header_of(p, h, a) &&
           QP_DECODE_PLAIN(said, event, p->events[0]->event.data, p->events[0]->event.len, a, NULL) == 0 &&
           fits(outer, *h, *said);
}

bool qp_vouched_signed(const Qp__ProofParcel *p, const Qp__Header *h, const struct qp_cert *c)
{
    return qp_same(c->node, h->origin.data) && c->incarnation == h->incarnation &&
           qp_proof_included(p->events[0], h->root.data, h->count) &&
           !qp_verify(p->signature.data, QP_TAG_PARCEL, p->header.data, p->header.len, c->sign_key);
}

static bool signed_by(struct qp_work *w, const Qp__ProofParcel *p, const Qp__Header *h)
{
    struct qp_cert c;
    struct qp_hash id;
    memcpy(id.b, h->certificate.data, QP_HASH_LEN);
    return qp_same(h->tree.data, w->c->self.tree) && qp_cert_get(w, &id, &c) && qp_vouched_signed(p, h, &c);
}

/* ---- gathering it ---- */
static struct said_of *note(struct gathering *g, const Qp__Event *ev)
{
    if (!about_custody(ev))
        return NULL;
    struct said_of *v = qp_arena_list(g->w->c->arena, g->v, g->n, &g->cap, sizeof *v, 32);
    if (!v) {
        g->rc = qp_fail(g->e, QP_ENOMEM, "the turn ran out of memory");
        return NULL;
    }
    g->v = v;
    assert(g->n < g->cap);
    struct said_of *s = &g->v[g->n++];
    memset(s, 0, sizeof *s);
    qp_event_id(s->id, ev);
    memcpy(s->origin, ev->origin.data, QP_ID_LEN);
    s->body = (int)ev->body_case;
    s->custody = ev->custody;
    s->inner = -1;
    s->number = ev->body_case == QP__EVENT__BODY_OPENED    ? 1
                : ev->body_case == QP__EVENT__BODY_OFFERED ? ev->offered->number
                                                           : ev->accepted->number;
    if (ev->body_case == QP__EVENT__BODY_ACCEPTED)
        memcpy(s->offer, ev->accepted->offer.data, QP_EVENT_ID_LEN);
    return s;
}

/* The parcel of a journal record, in the given arena. */
static int parcel_at(struct qp_work *w, uint64_t position, struct qp_parcel *p, struct qp_arena *a,
                     struct qp_err *e)
{
    assert(position > 0);
    struct qp_record r;
    int rc = qp_journal_get(w->t->journal, w->c->store, position, &r, e);
    return rc ? rc : qp_parcel_open_trusted(p, r.parcel.p, r.parcel.len, a, e);
}

/* What others had vouched for when it came here is evidence as good as then. So much of it and no more: a liar may have sent it. */
static void note_inner(struct gathering *g, const Qp__Event *ev, uint64_t position, uint32_t index)
{
    assert(ev->body_case == QP__EVENT__BODY_VOUCHED);
    for (size_t i = 0; i < ev->vouched->n_parcels && !g->rc && g->n < NOTED_MOST; i++) {
        const Qp__ProofParcel *p = ev->vouched->parcels[i];
        Qp__Header *h;
        Qp__Event *said;
        if (!qp_vouched_event(ev, p, &h, &said, g->scratch))
            continue;
        struct said_of *s = note(g, said);
        if (s) {
            s->position = position;
            s->index = index;
            s->inner = (int)i;
        }
    }
}

/* Evidence has no place in a matter's history: it came in the parcel of the snapshot that it is for. */
static void gather_evidence(struct gathering *g, const struct qp_parcel *p, uint64_t position)
{
    assert(position > 0);
    Qp__Event *ev;
    for (uint32_t i = 0; i < p->h.count && !g->rc; i++) {
        g->rc = qp_parcel_event(&ev, p, i, g->scratch, g->e);
        if (!g->rc && ev->body_case == QP__EVENT__BODY_VOUCHED && ev->matter.len == QP_ID_LEN &&
            qp_same(ev->matter.data, g->matter))
            note_inner(g, ev, position, i);
    }
}

static bool gather(void *arg, uint64_t position, uint32_t index)
{
    struct gathering *g = arg;
    Qp__Event *ev;
    bool fresh =
        position != g->looked; /* one parcel may have many of the matter's events, one behind the other */
    if (fresh) {
        qp_arena_reset(g->scratch);
        g->rc = parcel_at(g->w, position, &g->parcel, g->scratch, g->e);
        g->looked = !g->rc ? position : 0;
        if (g->rc == QP_ECORRUPT) { /* S5: told as damaged; no evidence here, but its receiver may have it */
            g->rc = 0;
            return true;
        }
    }
    if (!g->rc)
        g->rc = index < g->parcel.h.count ? qp_parcel_event(&ev, &g->parcel, index, g->scratch, g->e)
                                          : qp_fail(g->e, QP_ECORRUPT, "a matter's history names no event");
    if (g->rc)
        return false;
    assert(g->looked == position); /* it is this one's parcel that was read */
    struct said_of *s = note(g, ev);
    if (s) {
        s->position = position;
        s->index = index;
    }
    if (!g->rc && fresh && g->inner && !qp_same(ev->origin.data, g->w->c->self.node))
        gather_evidence(g, &g->parcel, position);
    return !g->rc;
}

/* What this node has said in this turn has no place in the journal yet. */
static void gather_group(struct gathering *g, const struct qp_group *of)
{
    assert(of->n <= of->cap);
    if (of->scope != QP_SCOPE_HORIZON)
        return;
    for (size_t i = 0; i < of->n && !g->rc; i++) {
        const Qp__Event *ev = of->v[i]->ev;
        if (!ev || ev->matter.len != QP_ID_LEN || !qp_same(ev->matter.data, g->matter))
            continue;
        struct said_of *s = note(g, ev);
        if (s)
            s->own = of->v[i]->bytes;
    }
}

/* What others vouched for may never have been looked at here. So many are and no more: the rest may be a liar's. */
static bool proved(struct gathering *g, const struct said_of *s)
{
    struct qp_parcel parcel;
    Qp__Event *ev, *said;
    Qp__Header *h;
    assert(s->inner >= 0 && s->position > 0);
    if (g->checked == CHECKED_MOST)
        return false;
    g->checked++;
    qp_arena_reset(g->scratch);
    if (parcel_at(g->w, s->position, &parcel, g->scratch, NULL) ||
        qp_parcel_event(&ev, &parcel, s->index, g->scratch, NULL))
        return false;
    const Qp__ProofParcel *p = ev->vouched->parcels[s->inner];
    return qp_vouched_event(ev, p, &h, &said, g->scratch) && signed_by(g->w, p, h);
}

/* What came by itself first: it was verified when it came. */
static const struct said_of *found(struct gathering *g, int body, uint64_t number, const uint8_t *by,
                                   const uint8_t *id)
{
    assert(g->n <= g->cap);
    for (int inner = 0; inner <= (int)g->inner; inner++)
        for (size_t i = 0; i < g->n; i++) {
            const struct said_of *s = &g->v[i];
            if ((s->inner >= 0) == (inner == 1) && s->body == body && s->number == number &&
                (!by || qp_same(s->origin, by)) && (!id || memcmp(s->id, id, QP_EVENT_ID_LEN) == 0) &&
                (inner == 0 || proved(g, s)))
                return s;
        }
    return NULL;
}

/* Backwards from who holds custody `c`; how many, the last first. What is missing here ends it: the receiver
 * may have the rest, or gets it by the usual way. */
static size_t follow(struct gathering *g, const uint8_t *holder, uint64_t c,
                     const struct said_of *out[2 * HANDOVERS + 1])
{
    size_t n = 0;
    for (; c > 1 && n < 2 * (size_t)HANDOVERS; n += 2) {
        const struct said_of *taken = found(g, QP__EVENT__BODY_ACCEPTED, c, holder, NULL);
        const struct said_of *offer =
            !taken ? NULL : found(g, QP__EVENT__BODY_OFFERED, c, NULL, taken->offer);
        if (!offer || offer->custody >= c)
            return n;
        out[n] = taken;
        out[n + 1] = offer;
        holder = offer->origin;
        c = offer->custody;
    }
    if (c == 1 && (out[n] = found(g, QP__EVENT__BODY_OPENED, 1, holder, NULL)))
        n++;
    assert(n <= 2 * (size_t)HANDOVERS + 1);
    return n;
}

/* *n: as many as there are to show. */
static int chain_of(struct gathering *g, const Qp__Face *face, const struct said_of *out[2 * HANDOVERS + 1],
                    size_t *n)
{
    struct qp_work *w = g->w;
    assert(!g->rc && g->scratch);
    g->n = 0;
    g->looked = 0;
    int rc = qp_matter_places(&w->m, g->matter, gather, g, g->e);
    for (size_t i = 0; i < w->ngroups && !rc; i++)
        gather_group(g, &w->groups[i]);
    for (size_t i = 0; i < w->nmore && !rc; i++)
        gather_group(g, &w->more[i]);
    rc = rc ? rc : g->rc;
    *n = rc ? 0 : follow(g, face->holder.data, face->custody, out);
    return rc;
}

/* ---- saying it ---- */
struct piece { /* of evidence, being filled */
    const Qp__Face *face;
    const uint8_t *only; /* NULL: everybody whom the matter concerns */
    uint8_t lane;
    Qp__Vouched *v;
    size_t bytes;
};

static int say_piece(struct qp_work *w, const struct piece *p, struct qp_said *s)
{
    assert(p->face);
    return p->only ? qp_say_to(w, s, QP_SCOPE_NODE, p->only, p->lane) : qp_say_members(w, s, p->face);
}

static int say_proofs(struct qp_work *w, struct piece *p)
{
    if (!p->v)
        return 0;
    assert(p->v->n_parcels > 0 && p->v->n_parcels <= QP_VOUCHED); /* empty evidence shows nothing */
    Qp__Event *ev = qp_event_new(w, "policy");
    if (!ev)
        return QP_ENOMEM;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, p->face->id.data, QP_ID_LEN)};
    ev->body_case = QP__EVENT__BODY_VOUCHED;
    ev->vouched = p->v;
    p->v = NULL;
    return !ev->matter.data ? QP_ENOMEM : say_piece(w, p, qp_say(w, ev));
}

static int add_proof(struct qp_work *w, struct piece *p, Qp__ProofParcel *proof)
{
    size_t len = !proof ? 0 : protobuf_c_message_get_packed_size(&proof->base) + 8;
    if (!proof)
        return QP_ENOMEM;
    if (len > EVIDENCE_BYTES + 2048)
        return 0; /* no honest event is so long: the receiver waits for it by the usual way */
    int rc = 0;
    if (p->v && (p->bytes + len > EVIDENCE_BYTES || p->v->n_parcels == QP_VOUCHED))
        rc = say_proofs(w, p);
    if (rc)
        return rc;
    if (!p->v) {
        p->v = qp_arena_take(w->c->arena, sizeof *p->v);
        Qp__ProofParcel **list = qp_arena_take(w->c->arena, QP_VOUCHED * sizeof *list);
        if (!p->v || !list)
            return QP_ENOMEM;
        qp__vouched__init(p->v);
        p->v->parcels = list;
        p->bytes = 0;
    }
    assert(p->v->n_parcels < QP_VOUCHED);
    p->v->parcels[p->v->n_parcels++] = proof;
    p->bytes += len;
    return 0;
}

static int say_own(struct qp_work *w, struct piece *p, struct qp_slice bytes)
{
    assert(bytes.len > 0);
    struct qp_said *s = qp_arena_take(w->c->arena, sizeof *s);
    int rc = say_proofs(w, p); /* keeps the order of the chain */
    if (!s || rc)
        return QP_ENOMEM;
    *s = (struct qp_said){.bytes = bytes, .reply = -1};
    return say_piece(w, p, s);
}

static int say_one(struct qp_work *w, struct piece *p, const struct said_of *s, struct qp_err *e)
{
    struct qp_arena *a = w->c->arena;
    struct qp_parcel parcel;
    Qp__Event *ev;
    if (s->position == 0)
        return say_own(w, p, s->own);
    int rc = parcel_at(w, s->position, &parcel, a, e);
    if (rc)
        return rc;
    assert(s->index < parcel.h.count);
    if (s->inner >= 0) {
        rc = qp_parcel_event(&ev, &parcel, s->index, a, e);
        return rc ? rc : add_proof(w, p, ev->vouched->parcels[s->inner]);
    }
    if (qp_same(s->origin, w->c->self.node)) {
        struct qp_slice *x = &parcel.events[s->index];
        struct qp_slice bytes = {qp_arena_copy(a, x->p, x->len), x->len};
        return !bytes.p ? QP_ENOMEM : say_own(w, p, bytes);
    }
    return add_proof(w, p, qp_proof_of(&parcel, s->index, a));
}

int qp_vouch(struct qp_work *w, const Qp__Face *face, const uint8_t *only, struct qp_err *e)
{
    assert(qp_same(face->holder.data, w->c->self.node)); /* it says how this node came to hold it */
    struct gathering g = {.w = w, .matter = face->id.data, .e = e};
    const struct said_of *chain[2 * HANDOVERS + 1];
    struct piece p = {
        .face = face, .only = only, .lane = face->urgency >= QP_EMERGENCY ? QP_LANE_URGENT : QP_LANE_BULK};
    if (!(g.scratch = qp_arena_new(2 * (size_t)QP_DECODE_ARENA))) /* a parcel open, and its events */
        return qp_fail(e, QP_ENOMEM, "no memory to vouch for a matter");
    size_t n = 0;
    int rc = chain_of(&g, face, chain, &n);
    if (!rc && (n == 0 || chain[n - 1]->body != QP__EVENT__BODY_OPENED)) {
        g.inner = true;
        rc = chain_of(&g, face, chain, &n);
    }
    qp_arena_free(g.scratch);
    for (; n > 0 && !rc; n--)
        rc = say_one(w, &p, chain[n - 1], e);
    if (!rc)
        rc = say_proofs(w, &p);
    return rc == QP_ENOMEM ? qp_fail(e, rc, "the turn ran out of memory") : rc;
}

/* ---- hearing it ---- */
bool qp_vouch_lacks(struct qp_work *w, const Qp__Event *ev, struct qp_hash *certificate)
{
    Qp__Header *h;
    if (ev->body_case != QP__EVENT__BODY_VOUCHED)
        return false;
    for (size_t i = 0; i < ev->vouched->n_parcels; i++) {
        if (!header_of(ev->vouched->parcels[i], &h, w->c->arena))
            continue;
        memcpy(certificate->b, h->certificate.data, QP_HASH_LEN);
        if (!qp_cert_known(w->t->tables, w->c->store, certificate))
            return true;
    }
    return false;
}

/* Costly, and so only where the row could not go on without it. */
static int hear_one(struct qp_work *w, const Qp__Event *outer, const Qp__ProofParcel *p, uint64_t position,
                    uint32_t index, int64_t received_us, bool *moved, struct qp_err *e)
{
    assert(outer->body_case == QP__EVENT__BODY_VOUCHED);
    struct qp_arena *a = w->c->arena;
    Qp__Header *h;
    Qp__Event *ev;
    Qp__Row *row;
    enum qp_outcome o = QP_CONFLICT;
    if (!qp_vouched_event(outer, p, &h, &ev, a)) {
        QP_COUNT(w->c, conflicts);
        return 0;
    }
    if (!qp_matter_row(&w->m, ev->matter.data, &row, NULL) && row->face->version >= ev->version)
        return 0;
    if (!signed_by(w, p, h)) {
        QP_COUNT(w->c, refused_signature);
        return 0;
    }
    int rc = qp_hear_matter(w, ev, position, index, received_us, &o, e);
    *moved |= o == QP_APPLIED;
    if (o == QP_APPLIED)
        QP_COUNT(w->c, events_applied);
    return rc;
}

int qp_vouched(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index, int64_t received_us,
               bool *moved, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_VOUCHED);
    int rc = 0;
    *moved = false;
    if (qp_same(ev->origin.data, w->c->self.node))
        return 0; /* said to others; here it had all of that */
    for (size_t i = 0; i < ev->vouched->n_parcels && !rc; i++)
        rc = hear_one(w, ev, ev->vouched->parcels[i], position, index, received_us, moved, e);
    return rc;
}
