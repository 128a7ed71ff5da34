/* updates.c: what has happened to reports, as FixMyStreet asks for it (OP8): one update for each event that a resident
 * is told of, in the order in which they happened. */
#include "node/http/open311/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/shape/json_matter.h"
#include "node/http/shape/plain.h"

enum { LOOKS = 10, EVENTS_MOST = 500, SCRATCH = 32 * 1024 * 1024 };

struct update {
    int64_t at_us;
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

static int gather(void *arg, const Qp__Row *row)
{
    struct gathered *g = arg;
    const Qp__Face *f = row->face;
    if (!qp_o3_public(g->o, f))
        return 0;
    qp_arena_reset(g->a);
    struct qp_history *h = qp_arena_take(g->a, EVENTS_MOST * sizeof *h);
    long n = h ? qp_matter_history(g->r, f->id.data, h, EVENTS_MOST, g->a, &g->o->f.e) : -1;
    bool closed = false;
    const char *state = "open";
    for (long i = 0; i < n && i < EVENTS_MOST && !g->full; i++) {
        const Qp__Event *ev = h[i].event;
        const char *words = qp_plain_event(ev, g->o->zh), *now = after(ev, &closed);
        state = now ? now : state;
        if (!words || ev->at_us < g->from_us || ev->at_us >= g->to_us)
            continue;
        struct update *u = room(g);
        if (!u)
            break;
        *u = (struct update){.at_us = ev->at_us, .words = words, .closed = closed};
        memcpy(u->matter, f->id.data, QP_ID_LEN);
        qp_event_text(u->id, ev);
        snprintf(u->state, sizeof u->state, "%s", state);
    }
    return g->o->f.e.code || g->full;
}

static int by_time(const void *a, const void *b)
{
    const struct update *x = a, *y = b;
    if (x->at_us != y->at_us)
        return x->at_us < y->at_us ? -1 : 1;
    return strcmp(x->id, y->id);
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
        qp_doc_time(d, "updated_datetime", u->at_us);
        qp_doc_text(d, "description", u->words);
        qp_doc_text(d, "media_url", NULL);
        qp_doc_item_end(d, "request_update");
    }
}

static void list(struct gathered *g)
{
    struct qp_list_query l = {
        .overdue = -1, .sort = QP_SORT_UPDATED, .limit = 500, .has_updated_after = true};
    char cursor[128] = "";
    l.updated_after_us = g->from_us - 1;
    l.area = *g->o->area ? g->o->area : NULL;
    for (int looks = 0; looks < LOOKS; looks++) {
        l.cursor = cursor;
        int rc = qp_matter_list(g->r, &l, gather, g, cursor, g->a, &g->o->f.e);
        if (rc || !*cursor)
            break;
    }
    if (g->full || (!g->o->f.e.code && *cursor))
        qp_fault_set(&g->o->f, QP_EINVAL, "start_date",
                     "more updates than one answer holds: ask for a shorter range");
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
        qsort(g.v, g.n, sizeof *g.v, by_time);
    qp_doc_begin(&d, o->xml);
    qp_doc_list(&d, "service_request_updates");
    put_updates(&d, &g);
    qp_doc_list_end(&d, "service_request_updates");
    free(g.v);
    return qp_doc_answer(o->c, 200, &d);
}
