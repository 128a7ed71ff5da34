/* parts.c: see parts.h. Pure: a face and an event in, a face out. */
#include "node/matter/parts.h"

#include <assert.h>

#include "node/matter/beside.h"

const char *qp_part_state(const Qp__Part *p)
{
    return p->done ? "done" : p->released ? "released" : p->last.len ? "working" : "asked";
}

/* ---- as seen here ---- */

Qp__Part qp_part_seen(const Qp__Row *row, size_t i)
{
    Qp__Part p = *row->face->parts[i];
    const Qp__Beside *b = qp_beside_part(row, p.number);
    if (!b)
        return p;
    p.last = b->event;
    p.note = b->words;
    p.done = b->yes;
    if (b->yes)
        p.ended_us = b->at_us;
    return p;
}

size_t qp_parts_open(const Qp__Row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->face->n_parts; i++) {
        const Qp__Part p = qp_part_seen(row, i);
        n += qp_part_open(&p);
    }
    return n;
}

uint64_t qp_parts_drop(const Qp__Row *row, bool *full)
{
    *full = false;
    if (row->face->n_parts < QP_PARTS)
        return 0;
    for (size_t i = 0; i < row->face->n_parts; i++) {
        const Qp__Part p = qp_part_seen(row, i);
        if (!qp_part_open(&p))
            return p.number;
    }
    *full = true;
    return 0;
}

bool qp_parts_released_by(const Qp__Part *p, const Qp__Released *r)
{
    return p->number <= r->upto && (!*r->to_path || strcmp(r->to_path, p->to_path) == 0) &&
           (!*r->desk || strcmp(r->desk, p->desk) == 0);
}

/* The same list with the i-th part private. */
static Qp__Part *own(Qp__Face *f, size_t i, struct qp_arena *a)
{
    Qp__Part **list = qp_face_take(a, f->n_parts * sizeof *list), *p = qp_face_take(a, sizeof *p);
    memcpy(list, f->parts, f->n_parts * sizeof *list);
    *p = *list[i];
    list[i] = p;
    f->parts = list;
    return p;
}

void qp_parts_ask(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const Qp__Assisted *s = ev->assisted;
    Qp__Part **list = qp_face_take(a, (f->n_parts + 1) * sizeof *list), *p = qp_face_take(a, sizeof *p);
    size_t n = 0;
    for (size_t i = 0; i < f->n_parts; i++)
        if (f->parts[i]->number != s->drop)
            list[n++] = f->parts[i];
    qp__part__init(p);
    p->number = f->parts_top = s->number;
    p->to = qp_face_bytes(a, s->to.data, s->to.len);
    p->to_path = qp_face_text(a, s->to_path);
    p->desk = qp_face_text(a, s->desk);
    p->ask = qp_face_cut(a, s->note, QP_PART_BYTES);
    p->asked_us = ev->at_us;
    list[n++] = p;
    f->parts = list;
    f->n_parts = n;
    qp_face_join(f, s->to, a);
}

void qp_parts_release(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    for (size_t i = 0; i < f->n_parts; i++) {
        if (!qp_parts_released_by(f->parts[i], ev->released) || f->parts[i]->released)
            continue;
        Qp__Part *p = own(f, i, a);
        p->released = true;
        if (!p->done)
            p->ended_us = ev->at_us;
    }
}

/* ---- what the holder had heard ---- */

int qp_parts_state(Qp__Event *ev, const Qp__Row *row, struct qp_arena *a)
{
    ev->n_parts = 0;
    for (size_t i = 0; row->n_beside > 0 && i < row->face->n_parts; i++) {
        const Qp__Beside *b = qp_beside_part(row, row->face->parts[i]->number);
        if (!b)
            continue;
        if (ev->n_parts == 0 && !(ev->parts = qp_arena_take(a, QP_PARTS * sizeof *ev->parts)))
            return QP_ENOMEM;
        Qp__PartHeard *h = qp_arena_take(a, sizeof *h);
        if (!h)
            return QP_ENOMEM;
        qp__part_heard__init(h);
        h->number = b->number;
        h->last = (ProtobufCBinaryData){b->event.len, qp_arena_copy(a, b->event.data, b->event.len)};
        h->note = qp_arena_text(a, b->words);
        if (!h->last.data || !h->note)
            return QP_ENOMEM;
        h->done = b->yes;
        h->at_us = b->at_us;
        ev->parts[ev->n_parts++] = h;
    }
    return 0;
}

void qp_parts_take(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    for (size_t k = 0; k < ev->n_parts; k++)
        for (size_t i = 0; i < f->n_parts; i++) {
            const Qp__PartHeard *h = ev->parts[k];
            if (f->parts[i]->number != h->number)
                continue;
            Qp__Part *p = own(f, i, a);
            p->last = qp_face_bytes(a, h->last.data, h->last.len);
            p->note = qp_face_text(a, h->note);
            p->done = h->done;
            if (h->done)
                p->ended_us = h->at_us;
        }
}
