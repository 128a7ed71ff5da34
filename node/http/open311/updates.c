/* updates.c: what has happened to reports, as FixMyStreet asks for it (OP8): one update for each event that a resident
 * is told of, in the order and with the time in which this node heard of it.
 *
 *   window ─► the journal's records that came in it (heard.c) ─► their matters ─► each one's history ─► updates */
#include "node/http/open311/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/shape/json_matter.h"
#include "node/http/shape/plain.h"

enum { EVENTS_MOST = 500, SCRATCH = 32 * 1024 * 1024 };

struct update {
    int64_t came_us;
    uint64_t position;
    uint32_t index;
    uint8_t matter[QP_ID_LEN];
    char id[64], state[16];
    const char *words; /* of plain.c: stays */
    bool closed;
};

struct gathered {
    struct qp_o3 *o;
    struct qp_read *r;
    struct qp_arena *a;
    int64_t from_us, to_us;
    struct update *v;
    size_t n, cap;
    bool full;
};

static struct update *room(struct gathered *g)
{
    if (g->n < g->cap)
        return &g->v[g->n++];
    size_t cap = g->cap ? 2 * g->cap : 256;
    struct update *v = cap <= 16384 ? realloc(g->v, cap * sizeof *v) : NULL;
    if (!v) {
        g->full = true;
        return NULL;
    }
    g->v = v;
    g->cap = cap;
    return &g->v[g->n++];
}

/* The state after an event, as far as it says one: updates are told of in order, so the last one holds. */
static const char *after(const Qp__Event *ev, bool *closed)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_CLOSED: *closed = true; return "closed";
    case QP__EVENT__BODY_MERGED: *closed = true; return "merged";
    case QP__EVENT__BODY_OPENED: *closed = false; return "open";
    case QP__EVENT__BODY_SORTED: return "sorted";
    case QP__EVENT__BODY_ASSIGNED: return "assigned";
    case QP__EVENT__BODY_HANDLED: return "handled";
    case QP__EVENT__BODY_VISITED:
        return ev->visited->visit && !ev->visited->visit->resolved ? "assigned" : "visited";
    case QP__EVENT__BODY_REOPENED: *closed = false; return "assigned";
    case QP__EVENT__BODY_HUNG: return "hung";
    case QP__EVENT__BODY_UNMERGED: *closed = false; return "open";
    default: return NULL;
    }
}

static void gather(struct gathered *g, const uint8_t matter[QP_ID_LEN])
{
    Qp__Row *row;
    qp_arena_reset(g->a);
    if (qp_matter_read(g->r, matter, &row, g->a, NULL)) /* its opening is not here yet */
        return;
    const Qp__Face *f = row->face;
    if (!qp_o3_public(g->o, f) || (*g->o->area && !qp_path_within(f->area, g->o->area)))
        return;
    struct qp_history *h = qp_arena_take(g->a, EVENTS_MOST * sizeof *h);
    if (!h) {
        qp_fault_set(&g->o->f, QP_ENOMEM, "", "out of memory");
        return;
    }
    long n = qp_matter_newest(g->r, matter, h, EVENTS_MOST, g->a, &g->o->f.e);
    bool closed = false;
    const char *state = "open";
    for (long i = 0; i < n && !g->full; i++) {
        const Qp__Event *ev = h[i].event;
        const char *words = qp_plain_event(ev, g->o->zh), *now = after(ev, &closed);
        state = now ? now : state;
        if (!words || h[i].received_us < g->from_us || h[i].received_us >= g->to_us)
            continue;
        struct update *u = room(g);
        if (!u)
            break;
        *u = (struct update){.came_us = h[i].received_us,
                             .position = h[i].position,
                             .index = h[i].index,
                             .words = words,
                             .closed = closed};
        memcpy(u->matter, matter, QP_ID_LEN);
        qp_event_text(u->id, ev);
        snprintf(u->state, sizeof u->state, "%s", state);
    }
}

static int as_heard(const void *a, const void *b)
{
    const struct update *x = a, *y = b;
    if (x->came_us != y->came_us)
        return x->came_us < y->came_us ? -1 : 1;
    if (x->position != y->position)
        return x->position < y->position ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void put_updates(struct qp_doc *d, const struct gathered *g)
{
    for (size_t i = 0; i < g->n; i++) {
        const struct update *u = &g->v[i];
        qp_doc_item(d, "request_update");
        qp_doc_text(d, "update_id", u->id);
        qp_doc_id(d, "service_request_id", u->matter);
        qp_doc_text(d, "status", u->closed ? "closed" : "open");
        qp_doc_text(d, "external_status_code", u->state);
        qp_doc_time(d, "updated_datetime", u->came_us);
        qp_doc_text(d, "description", u->words);
        qp_doc_text(d, "media_url", NULL);
        qp_doc_item_end(d, "request_update");
    }
}

static void list(struct gathered *g)
{
    struct qp_o3_matters *m = calloc(1, sizeof *m);
    if (!m) {
        qp_fault_set(&g->o->f, QP_ENOMEM, "", "out of memory");
        return;
    }
    qp_o3_matters_heard(g->o, g->r, g->from_us, g->to_us, m, g->a);
    g->full = m->full;
    for (size_t i = 0; i < m->n && !g->full && !g->o->f.e.code; i++) {
        gather(g, m->v[i]);
        g->full = g->full || qp_o3_work_over(g->o);
    }
    free(m);
    if (g->full && !g->o->f.e.code)
        qp_fault_set(&g->o->f, QP_EINVAL, "start_date",
                     "more updates than one answer holds, or than half a second of work finds: ask for a "
                     "shorter range");
}

enum MHD_Result qp_o3_updates(struct qp_o3 *o)
{
    struct qp_read r;
    struct qp_doc d;
    struct gathered g = {.o = o, .r = &r, .a = qp_arena_new(SCRATCH)};
    qp_o3_span(o, false, &g.from_us, &g.to_us);
    if (!g.a)
        qp_fault_set(&o->f, QP_ENOMEM, "", "out of memory");
    if (!o->f.e.code && !qp_read_begin(o->c->h->store, &r, &o->f.e)) {
        list(&g);
        qp_read_end(&r);
    }
    if (g.a)
        qp_arena_free(g.a);
    if (o->f.e.code) {
        free(g.v);
        return qp_o3_fault(o, 0);
    }
    if (g.n)
        qsort(g.v, g.n, sizeof *g.v, as_heard);
    qp_doc_begin(&d, o->xml);
    qp_doc_list(&d, "service_request_updates");
    put_updates(&d, &g);
    qp_doc_list_end(&d, "service_request_updates");
    free(g.v);
    return qp_doc_answer(o->c, 200, &d);
}
