/* parts.c: see parts.h. Pure: a face and an event in, a face out. */
#include "node/matter/parts.h"

#include <assert.h>

#include "node/matter/custody.h"
#include "proto/parcel.h"

const char *qp_part_state(const Qp__Part *p)
{
    return p->done ? "done" : p->released ? "released" : p->last.len ? "working" : "asked";
}

const Qp__Part *qp_part_numbered(const Qp__Face *f, uint64_t number)
{
    for (size_t i = 0; i < f->n_parts; i++)
        if (f->parts[i]->number == number)
            return f->parts[i];
    return NULL;
}

bool qp_parts_of(const Qp__Face *f, ProtobufCBinaryData node)
{
    for (size_t i = 0; i < f->n_parts; i++)
        if (qp_bytes_same(f->parts[i]->to, node))
            return true;
    return false;
}

size_t qp_parts_open(const Qp__Face *f)
{
    size_t n = 0;
    for (size_t i = 0; i < f->n_parts; i++)
        n += qp_part_open(f->parts[i]);
    return n;
}

uint64_t qp_parts_drop(const Qp__Face *f, bool *full)
{
    *full = false;
    if (f->n_parts < QP_PARTS)
        return 0;
    for (size_t i = 0; i < f->n_parts; i++)
        if (!qp_part_open(f->parts[i]))
            return f->parts[i]->number;
    *full = true;
    return 0;
}

bool qp_parts_released_by(const Qp__Part *p, const Qp__Released *r)
{
    return p->number <= r->upto && (!*r->to_path || strcmp(r->to_path, p->to_path) == 0) &&
           (!*r->desk || strcmp(r->desk, p->desk) == 0);
}

/* As much as the face keeps, cut at a character's border. */
static char *cut(const char *text, struct qp_arena *a)
{
    size_t n = strlen(text);
    if (n > QP_PART_BYTES) {
        n = QP_PART_BYTES;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    char *out = qp_face_take(a, n + 1);
    memcpy(out, text, n);
    out[n] = 0;
    return out;
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
    p->ask = cut(s->note, a);
    p->asked_us = ev->at_us;
    list[n++] = p;
    f->parts = list;
    f->n_parts = n;
    qp_custody_join(f, s->to, a);
}

/* Of one part's events, all of one node, which is newer: ids of one origin rise. */
static bool newer(ProtobufCBinaryData id, ProtobufCBinaryData than)
{
    return than.len == 0 || (id.len == than.len && memcmp(id.data, than.data, id.len) > 0);
}

void qp_parts_say(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const Qp__Parted *s = ev->parted;
    uint8_t id[QP_EVENT_ID_LEN];
    qp_event_id(id, ev);
    for (size_t i = 0; i < f->n_parts; i++) {
        if (f->parts[i]->number != s->number)
            continue;
        Qp__Part *p = own(f, i, a);
        if (newer((ProtobufCBinaryData){sizeof id, id}, p->last)) {
            p->last = qp_face_bytes(a, id, sizeof id);
            p->note = cut(s->note, a);
        }
        if (s->done && (!p->done || ev->at_us < p->ended_us))
            p->ended_us = ev->at_us;
        p->done |= s->done;
    }
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

void qp_parts_join(Qp__Face *f, const Qp__Face *known, struct qp_arena *a)
{
    for (size_t i = 0; i < f->n_parts; i++) {
        const Qp__Part *k = qp_part_numbered(known, f->parts[i]->number);
        if (!k || !(newer(k->last, f->parts[i]->last) || (k->done && !f->parts[i]->done)))
            continue;
        Qp__Part *p = own(f, i, a);
        if (newer(k->last, p->last)) {
            p->last = k->last;
            p->note = k->note;
        }
        if (k->done && (!p->done || k->ended_us < p->ended_us))
            p->ended_us = k->ended_us;
        p->done |= k->done;
    }
    if (known->urged_us > f->urged_us) {
        f->urged_us = known->urged_us;
        f->urged_by = known->urged_by;
    }
    if (known->urge_answered_us > f->urge_answered_us)
        f->urge_answered_us = known->urge_answered_us;
}
