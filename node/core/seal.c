/* seal.c: what this node says in a turn, gathered by destination and lane, sealed once each at its end.
 *
 *   event ─► encoded once ─► groups (horizon; each member that is not above; the own subtree)
 *         ─► parcels of at most 64 KiB, 1,024 events
 *
 * Local facts are journaled first (a certificate before the parcel that needs it, an invitation before its
 * use), then the horizon's parcels (E2), bulk before urgent: within a turn a matter that rose to emergency
 * has its earlier events in the bulk lane, and a replay must meet them in the order in which they were
 * decided. */
#include <assert.h>

#include "node/core/line.h"
#include "node/core/renew.h"

Qp__Event *qp_event_new(struct qp_work *w, const char *by)
{
    assert(w->c->self.incarnation > 0 && w->c->counter < UINT64_MAX);
    Qp__Event *ev = qp_arena_take(w->c->arena, sizeof *ev);
    if (!ev)
        return NULL;
    qp__event__init(ev);
    ev->origin = (ProtobufCBinaryData){QP_ID_LEN, w->c->self.node};
    ev->incarnation = w->c->self.incarnation;
    ev->counter = ++w->c->counter;
    ev->at_us = w->now_us;
    if (by && by[0] != 0)
        ev->by = qp_arena_text(w->c->arena, by);
    return ev;
}

struct qp_said *qp_say_bytes(struct qp_work *w, const Qp__Event *ev, const struct qp_slice *bytes)
{
    assert(bytes->len > 0 && bytes->len <= QP_EVENT_BYTES);
    struct qp_said *s = qp_arena_take(w->c->arena, sizeof *s);
    if (!s)
        return NULL;
    s->ev = ev;
    s->reply = -1;
    s->bytes = (struct qp_slice){qp_arena_copy(w->c->arena, bytes->p, bytes->len), bytes->len};
    QP_COUNT(w->c, events_own);
    return !s->bytes.p ? NULL : s;
}

struct qp_said *qp_say(struct qp_work *w, const Qp__Event *ev)
{
    assert(ev->counter > 0 && ev->incarnation == w->c->self.incarnation &&
           qp_same(ev->origin.data, w->c->self.node));
    struct qp_said *s = qp_arena_take(w->c->arena, sizeof *s);
    if (!s)
        return NULL;
    s->ev = ev;
    s->reply = -1;
    s->bytes.p = qp_encode(&ev->base, w->c->arena, &s->bytes.len);
    QP_COUNT(w->c, events_own);
    return !s->bytes.p ? NULL : s;
}

static struct qp_group *group_of(struct qp_work *w, uint8_t scope, const uint8_t to[QP_ID_LEN], uint8_t lane)
{
    assert(lane >= 1 && lane <= QP_LANES);
    for (size_t i = 0; i < w->ngroups; i++)
        if (w->groups[i].scope == scope && w->groups[i].lane == lane && qp_same(w->groups[i].to, to))
            return &w->groups[i];
    for (size_t i = 0; i < w->nmore; i++)
        if (w->more[i].scope == scope && w->more[i].lane == lane && qp_same(w->more[i].to, to))
            return &w->more[i];
    struct qp_group *g;
    if (w->ngroups < sizeof w->groups / sizeof w->groups[0]) {
        g = &w->groups[w->ngroups++];
    } else {
        struct qp_group *v = qp_arena_list(w->c->arena, w->more, w->nmore, &w->capmore, sizeof *v, 64);
        if (!v)
            return NULL;
        w->more = v;
        g = &w->more[w->nmore++];
    }
    memset(g, 0, sizeof *g);
    g->scope = scope;
    g->lane = lane;
    memcpy(g->to, to, QP_ID_LEN);
    return g;
}

int qp_say_to(struct qp_work *w, struct qp_said *s, uint8_t scope, const uint8_t to[QP_ID_LEN], uint8_t lane)
{
    assert(scope == QP_SCOPE_NODE || qp_same(to, qp_nobody)); /* only a node's parcel has a receiver */
    struct qp_group *g = !s ? NULL : group_of(w, scope, to, lane);
    struct qp_said **v = !g ? NULL : qp_arena_list(w->c->arena, g->v, g->n, &g->cap, sizeof *v, 16);
    if (!v)
        return QP_ENOMEM;
    g->v = v;
    g->v[g->n++] = s;
    return 0;
}

int qp_say_matter(struct qp_work *w, const Qp__Event *ev, const Qp__Face *face, struct qp_said **said)
{
    assert(qp_same(ev->origin.data, w->c->self.node)); /* a node speaks for itself */
    struct qp_said *s = qp_say(w, ev);
    if (said)
        *said = s;
    return qp_say_members(w, s, face);
}

int qp_say_members(struct qp_work *w, struct qp_said *s, const Qp__Face *face)
{
    uint8_t lane = face->urgency >= QP_EMERGENCY ? QP_LANE_URGENT : QP_LANE_BULK;
    int rc = qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, lane);
    for (size_t i = 0; i < face->n_members && !rc; i++)
        if (!qp_tree_above(w->c->tree, face->members[i].data))
            rc = qp_say_to(w, s, QP_SCOPE_NODE, face->members[i].data, lane);
    return rc;
}

/* The first place of a chain whose head is not found is taken: a changed key hides the head, and a second first parcel would
 * be a fork (C5). */
static bool begun(struct qp_work *w, const struct qp_header *h)
{
    assert(h->seq == 1);
    struct qp_hash taken;
    bool is = qp_chain_at(w, h, &taken);
    if (is)
        qp_store_doubt(w->c->store);
    return is;
}

/* One parcel: the next place in its chain, signed, journaled, queued. */
static int seal_one(struct qp_work *w, struct qp_group *g, size_t from, size_t n, struct qp_err *e)
{
    assert(n > 0 && from + n <= g->n && n <= QP_PARCEL_EVENTS);
    struct qp_core *c = w->c;
    struct qp_header h = {.scope = g->scope, .lane = g->lane, .incarnation = c->self.incarnation};
    uint8_t key[QP_CHAIN_KEY];
    struct qp_head head;
    memcpy(h.tree, c->self.tree, QP_ID_LEN);
    memcpy(h.origin, c->self.node, QP_ID_LEN);
    memcpy(h.to, g->to, QP_ID_LEN);
    h.certificate = c->self.id;
    qp_chain_key(key, h.origin, h.incarnation, h.scope, h.to, h.lane);
    qp_chain_get(w->t->tables, c->store, key, &head);
    h.seq = head.seq + 1;
    if (head.seq > 0) {
        h.prev = head.hash;
    } else {
        bool any, refused;
        if (begun(w, &h))
            return qp_fail(e, QP_ECORRUPT,
                           "the tables do not say where an own chain stands. " QP_ROW_STOPPED);
        qp_chain_before(w, &h, &h.prev, &any, &refused);
    }
    uint64_t wall = (uint64_t)(w->now_us / 1000) << 16;
    c->clock = c->clock + 1 > wall ? c->clock + 1 : wall;
    h.clock = c->clock;
    assert(h.clock > head.clock); /* clocks rise (T1) */

    struct qp_slice *slices = qp_arena_take(c->arena, sizeof *slices * n);
    if (!slices)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory while sealing");
    for (size_t i = 0; i < n; i++)
        slices[i] = g->v[from + i]->bytes;
    struct qp_slice bytes;
    struct qp_hash id;
    qp_parcel_seal(&bytes, &id, &h, slices, n, c->sign_sk, c->arena);
    struct qp_record r = {.kind = QP_RECORD_OWN, .lane = h.lane, .received_us = w->now_us, .parcel = bytes};
    int rc = qp_journal_append(w->t, &r, e);
    assert(rc || r.position == w->t->head);
    if (!rc)
        rc = qp_chain_put(w, &h, &id, e);
    if (!rc)
        rc = qp_route(w, &h, &r, e);
    for (size_t i = 0; i < n && !rc; i++) {
        const Qp__Event *ev = g->v[from + i]->ev;
        bool known;
        /* evidence is no event of the matter: it says others' again */
        if (ev && ev->matter.len == QP_ID_LEN && ev->body_case != QP__EVENT__BODY_VOUCHED)
            rc = qp_matter_record(&w->m, ev, r.position, (uint32_t)i, &known, e);
        if (!rc && ev && ev->body_case == QP__EVENT__BODY_LINE_SAID) {
            struct qp_line_db db = qp_line_db_of(w);
            rc = qp_line_recorded(&db, ev, r.position, (uint32_t)i, e);
        }
        if (ev && !rc)
            rc = qp_resaid(w, &h, ev, r.position, (uint32_t)i, e);
        long reply = g->v[from + i]->reply;
        if (reply >= 0 && g->scope == QP_SCOPE_HORIZON) {
            w->out->v[reply].reply.position = r.position;
            w->out->v[reply].reply.lane = h.lane;
        }
    }
    QP_COUNT(c, parcels_sealed);
    return rc;
}

static int seal_group(struct qp_work *w, struct qp_group *g, struct qp_err *e)
{
    size_t from = 0;
    while (from < g->n) {
        size_t n = 0, bytes = QP_HEADER_BYTES + 128;
        while (from + n < g->n && n < QP_PARCEL_EVENTS &&
               bytes + g->v[from + n]->bytes.len + 8 <= QP_PARCEL_BYTES)
            bytes += g->v[from + n++]->bytes.len + 8;
        assert(n > 0); /* an event is at most QP_EVENT_BYTES */
        int rc = seal_one(w, g, from, n, e);
        if (rc)
            return rc;
        from += n;
    }
    g->n = 0;
    return 0;
}

/* A local fact is sealed at once: what it makes possible (a certificate, an invitation) may be used by the
 * next record of this very turn, and a replay must meet it first (L5). */
int qp_say_local(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case != QP__EVENT__BODY__NOT_SET);
    struct qp_said *s = qp_say(w, ev);
    struct qp_group g = {.scope = QP_SCOPE_NODE, .lane = QP_LANE_BULK, .v = &s, .n = 1, .cap = 1};
    if (!s)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    memcpy(g.to, w->c->self.node, QP_ID_LEN);
    int rc = seal_group(w, &g, e);
    return rc ? rc : qp_node_fact(w, ev, e);
}

int qp_seal_all(struct qp_work *w, struct qp_err *e)
{
    assert(!w->c->silent); /* an old copy says nothing (C5) */
    static const uint8_t first[2] = {QP_LANE_BULK, QP_LANE_URGENT};
    int rc = 0;
    for (int k = 0; k < 2 && !rc; k++)
        for (size_t i = 0; i < w->ngroups && !rc; i++)
            if (w->groups[i].scope == QP_SCOPE_HORIZON && w->groups[i].lane == first[k])
                rc = seal_group(w, &w->groups[i], e);
    for (size_t i = 0; i < w->ngroups && !rc; i++)
        rc = seal_group(w, &w->groups[i], e);
    for (size_t i = 0; i < w->nmore && !rc; i++)
        rc = seal_group(w, &w->more[i], e);
    w->ngroups = w->nmore = 0;
    return rc;
}
