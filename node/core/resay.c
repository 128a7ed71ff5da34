/* resay.c: what this node had said and nobody above holds is said again, as its next incarnation (E6).
 *
 *   the old incarnation's chain   1 ── taken ── f-1 │ f  refused, or beyond its final head (C2) ── its end
 *                                                   └──► word for word, event after event, into the new one's chain
 *
 * The journal is read from its beginning, a slice a turn, as when a queue is made again; how far that has come stands in
 * the table, so that a restart goes on; a rebuild begins it anew, and what comes twice is known by its id (E1). Custody is said
 * again like all else: nothing was lost, nobody can have taken a matter meanwhile, it comes late.
 *
 * What was itself refused is not: a comment on its matter tells of it, and the matter as it stands here is said once, so that
 * what comes after it can be followed (K8: its holder is believed). */
#include <assert.h>

#include "node/core/renew.h"
#include "topology/shown.h"
#include "topology/zone.h"

enum { SLICE_RECORDS = 256, SLICE_BYTES = 128 * 1024, SLICE_US = 4000 };

/* By way of the parent: what that one holds is all that there is (C2). */
static bool leads_up(const struct qp_core *c, uint8_t scope, const uint8_t to[QP_ID_LEN])
{
    if (scope == QP_SCOPE_HORIZON)
        return true;
    return scope == QP_SCOPE_NODE && !qp_same(to, c->self.node) &&
           qp_next_of(c, to) == qp_tree_parent(c->tree);
}

struct owing {
    struct qp_work *w;
    Qp__Head *const *closing;
    size_t n, owed;
};

static const Qp__Head *final_of(const struct owing *o, const uint8_t chain[QP_CHAIN_KEY])
{
    for (size_t i = 0; i < o->n; i++) {
        const Qp__Head *h = o->closing[i];
        uint8_t key[QP_CHAIN_KEY];
        if (h->origin.len != QP_ID_LEN || h->hash.len != QP_HASH_LEN)
            continue;
        qp_chain_key(key, h->origin.data, h->incarnation, (uint8_t)h->scope,
                     h->to.len == QP_ID_LEN ? h->to.data : qp_nobody, (uint8_t)h->lane);
        if (memcmp(key, chain, QP_CHAIN_KEY) == 0)
            return h;
    }
    return NULL;
}

static int owe_chain(void *arg, const uint8_t chain[QP_CHAIN_KEY], const struct qp_head *head,
                     struct qp_err *e)
{
    struct owing *o = arg;
    const Qp__Verdict *v = qp_verdict_of(o->w, chain);
    bool up = leads_up(o->w->c, chain[20], chain + 21);
    const Qp__Head *final = up ? final_of(o, chain) : NULL;
    uint64_t from = up ? (final ? final->seq : 0) + 1 : head->seq + 1;
    int rc = 0;
    if (v && v->at->seq < from)
        from = v->at->seq;
    if (up && (!final || final->seq < head->seq))
        rc = qp_chain_cut(o->w, chain, final, e);
    if (rc || from > head->seq)
        return rc;
    assert(from > 0 && from <= head->seq);
    o->owed++;
    return qp_owed_put(o->w, chain, from, e);
}

int qp_owe(struct qp_work *w, Qp__Head *const *closing, size_t n, struct qp_err *e)
{
    assert(n == 0 || closing);
    struct owing o = {w, closing, n, 0};
    struct qp_core *c = w->c;
    int rc = qp_chain_each(w, c->self.node, c->self.incarnation, owe_chain, &o, e);
    if (rc || (o.owed == 0 && !c->resaying))
        return rc;
    c->resaying = true;
    return qp_owed_cursor_put(w, 1, e);
}

int qp_owe_fork(struct qp_work *w, const Qp__Verdict *v, struct qp_err *e)
{
    struct qp_core *c = w->c;
    uint8_t chain[QP_CHAIN_KEY];
    uint64_t from;
    assert(v->at);
    if (v->code != QP_EFORK || v->at->scope != QP_SCOPE_HORIZON || v->at->seq == 0 ||
        v->at->incarnation >= c->self.incarnation || v->at->origin.len != QP_ID_LEN ||
        v->by.len != QP_ID_LEN || !qp_same(v->at->origin.data, c->self.node) ||
        qp_same(v->by.data, c->self.node) || !qp_tree_above(c->tree, v->by.data))
        return 0;
    qp_chain_key(chain, c->self.node, v->at->incarnation, QP_SCOPE_HORIZON, qp_nobody, (uint8_t)v->at->lane);
    if (qp_owed(w, chain, &from) && from <= v->at->seq)
        return 0;
    int rc = qp_owed_put(w, chain, v->at->seq, e);
    c->resaying |= !rc;
    return rc ? rc : qp_owed_cursor_put(w, 1, e);
}

int qp_said_again(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_SAID_AGAIN);
    w->c->resaying = false;
    w->c->line_due_us = 0; /* what was said on lines meanwhile */
    return qp_owed_end(w, e);
}

/* ---- what was itself refused ---- */

int qp_restate(struct qp_work *w, const uint8_t matter[QP_ID_LEN], const char *key, struct qp_err *e)
{
    struct qp_core *c = w->c;
    Qp__Row *row;
    struct qp_err why = {0};
    static const uint8_t request[QP_REQUEST_LEN];
    if (qp_matter_row(&w->m, matter, &row, NULL) || !qp_same(row->face->holder.data, c->self.node) ||
        row->face->offer)
        return 0; /* an offer has the matter with it */
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Sorted *body = qp_arena_take(c->arena, sizeof *body);
    if (!ev || !body)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__sorted__init(body);
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(c->arena, matter, QP_ID_LEN)};
    if (key) {
        ev->key = qp_arena_text(c->arena, key);
        ev->request = (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_copy(c->arena, request, sizeof request)};
    }
    ev->body_case = QP__EVENT__BODY_SORTED;
    ev->sorted = body;
    assert(!w->m.whole); /* for this one step alone */
    w->m.whole = true;
    int rc = qp_step(w, ev, NULL, -1, NULL, &why);
    w->m.whole = false;
    if (!qp_ends_turn(rc))
        return 0; /* it has gone on so far that it is not sorted any more: the comment tells of it */
    if (e)
        *e = why;
    return rc;
}

/* What was refused had a place in the matter's course; who heard nothing of it cannot follow what came behind. */
static int restate(struct qp_work *w, const Qp__Event *old, struct qp_err *e)
{
    return old->version == 0 || qp_event_restates(old) ? 0 : qp_restate(w, old->matter.data, NULL, e);
}

static int tell_untold(struct qp_work *w, const Qp__Event *ev, const Qp__Verdict *v, struct qp_err *e)
{
    uint8_t id[QP_EVENT_ID_LEN], seen[QP_ID_LEN], request[QP_REQUEST_LEN] = {0};
    char key[2 * QP_EVENT_ID_LEN + 8] = "untold-", text[QP_NOTE_BYTES];
    const struct qp_place *by = qp_tree_node(w->c->tree, v->by.data);
    Qp__Row *row;
    if (ev->matter.len != QP_ID_LEN || qp_matter_row(&w->m, ev->matter.data, &row, NULL))
        return 0;
    qp_event_id(id, ev);
    qp_hex(key + 7, id, sizeof id);
    assert(strlen(key) == 7 + 2 * sizeof id);
    if (!qp_matter_by_key(&w->m, "policy", ev->matter.data, key, request, seen, NULL))
        return 0;
    snprintf(text, sizeof text, "[%u] %s, %.70s: %.264s: %.*s", ev->incarnation,
             qp_event_name((int)ev->body_case), ev->by, !by ? "" : by->cert.path, qp_shown(v->reason, 1000),
             v->reason);
    int rc = qp_comment(w, ev->matter.data, text, key, e);
    return rc ? rc : restate(w, ev, e);
}

/* ---- a slice ---- */

static int say_one(struct qp_work *w, const struct qp_parcel *p, uint32_t i, const Qp__Verdict *v,
                   struct qp_err *e)
{
    assert(i < p->h.count);
    Qp__Event *ev;
    int rc = qp_parcel_event(&ev, p, i, w->c->arena, e);
    if (rc)
        return rc;
    if (v && v->at->seq == p->h.seq && v->event == i + 1)
        return tell_untold(w, ev, v, e);
    struct qp_said *s = qp_say_bytes(w, ev, &p->events[i]);
    return !qp_say_to(w, s, p->h.scope, p->h.to, p->h.lane)
               ? 0
               : qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
}

static int say_record(struct qp_work *w, uint64_t at, long *bytes, struct qp_err *e)
{
    assert(at > 0 && at <= w->t->head);
    struct qp_core *c = w->c;
    struct qp_record r;
    struct qp_parcel p;
    uint8_t chain[QP_CHAIN_KEY];
    uint64_t from;
    int rc = qp_journal_get(w->t->journal, c->store, at, &r, e);
    if (rc == QP_ECORRUPT)
        return 0; /* S5: told as damaged; nothing can be said again from it */
    if (rc || (r.kind != QP_RECORD_OWN && r.kind != QP_RECORD_HANDBACK))
        return rc;
    if ((rc = qp_parcel_open_trusted(&p, r.parcel.p, r.parcel.len, c->arena, e)))
        return rc;
    if (!qp_same(p.h.origin, c->self.node)) /* handed back to it for another */
        return 0;
    qp_chain_key(chain, p.h.origin, p.h.incarnation, p.h.scope, p.h.to, p.h.lane);
    if (p.h.incarnation >= c->self.incarnation || !qp_owed(w, chain, &from) || p.h.seq < from)
        return 0;
    *bytes -= (long)r.parcel.len;
    const Qp__Verdict *v = qp_verdict_of(w, chain);
    const struct qp_place *parent = qp_tree_parent(c->tree);
    if (parent && r.kind == QP_RECORD_OWN &&
        leads_up(c, p.h.scope, p.h.to)) /* it is void: not sent any more */
        rc = qp_queue_drop(w, parent->cert.node, p.h.lane, at, e);
    for (uint32_t i = 0; i < p.h.count && !rc; i++)
        rc = say_one(w, &p, i, v, e);
    return rc;
}

int qp_resay(struct qp_work *w, int64_t *next, struct qp_err *e)
{
    struct qp_core *c = w->c;
    long bytes = SLICE_BYTES;
    int rc = 0;
    *next = INT64_MAX;
    if (!c->resaying || c->silent || c->out || c->recovering)
        return 0;
    uint64_t at = qp_owed_cursor(c, w->t->tables);
    assert(at > 0);
    if (at > w->t->head) { /* in a turn of its own: a replay knows by it what was said again before */
        Qp__Event *ev = qp_event_new(w, "policy");
        Qp__SaidAgain *body = qp_arena_take(c->arena, sizeof *body);
        if (!ev || !body)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        qp__said_again__init(body);
        ev->body_case = QP__EVENT__BODY_SAID_AGAIN;
        ev->said_again = body;
        return qp_say_local(w, ev, e);
    }
    for (int n = 0; n < SLICE_RECORDS && bytes > 0 && at <= w->t->head && !rc; n++)
        rc = say_record(w, at++, &bytes, e);
    *next = w->now_us + SLICE_US;
    return rc ? rc : qp_owed_cursor_put(w, at, e);
}
