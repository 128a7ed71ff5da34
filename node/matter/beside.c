/* beside.c: see beside.h. Called by apply.c for what makes no version, and after each change of a face. */
#include "node/matter/beside.h"

#include <assert.h>

#include "node/matter/appeal.h"
#include "node/matter/clocks.h"
#include "node/matter/face.h"
#include "proto/parcel.h"

bool qp_beside_is(const Qp__Event *ev)
{
    switch (ev->body_case) {
    case QP__EVENT__BODY_EXTENSION_APPROVED:
    case QP__EVENT__BODY_EXTENSION_DENIED:
    case QP__EVENT__BODY_PARTED:
    case QP__EVENT__BODY_DECIDED:
    case QP__EVENT__BODY_URGED: return true;
    default: return false;
    }
}

/* ---- orders about more time ---- */

struct order {
    const char *stage, *reason;
    uint32_t serial, number;
    bool yes;
};

static struct order order_of(const Qp__Event *ev)
{
    const Qp__ExtensionApproved *yes = ev->extension_approved;
    const Qp__ExtensionDenied *no = ev->extension_denied;
    return ev->body_case == QP__EVENT__BODY_EXTENSION_APPROVED
               ? (struct order){yes->stage, yes->reason, yes->serial, yes->number, true}
               : (struct order){no->stage, no->reason, no->serial, no->number, false};
}

static bool awaits(const Qp__Clock *c, uint32_t serial, uint64_t number)
{
    return c && c->serial == serial && c->extension && c->extension->number == number &&
           c->extension->state == QP_EXTENSION_ASKED;
}

static bool order_too_early(const Qp__Face *f, const struct order *o)
{
    const Qp__Clock *c = qp_face_clock(f, qp_stage_parse(o->stage));
    uint32_t asked = c && c->extension ? c->extension->number : 0;
    return !c || c->serial < o->serial || (c->serial == o->serial && asked < o->number);
}

/* ---- parts ---- */

/* A helper speaks of its own part; of one that the face has dropped it has no effect. */
static enum qp_verdict part_verdict(const Qp__Face *f, const Qp__Event *ev)
{
    const Qp__Part *p = qp_part_numbered(f, ev->parted->number);
    if (ev->parted->number > f->parts_top)
        return QP_TOO_EARLY;
    return !p || qp_bytes_same(p->to, ev->origin) ? QP_MAY : QP_MAY_NOT;
}

/* An event's id begins with its origin. */
static bool said_by(const Qp__Beside *b, ProtobufCBinaryData node)
{
    return node.len == QP_ID_LEN && memcmp(b->event.data, node.data, QP_ID_LEN) == 0;
}

static int by_id(ProtobufCBinaryData a, ProtobufCBinaryData b)
{
    assert(a.len == QP_EVENT_ID_LEN && b.len == QP_EVENT_ID_LEN);
    return memcmp(a.data, b.data, QP_EVENT_ID_LEN);
}

static bool part_is_wanted(const Qp__Face *f, const Qp__Beside *b)
{
    const Qp__Part *p = qp_part_numbered(f, b->number);
    return p && !p->done && said_by(b, p->to) &&
           (p->last.len != QP_EVENT_ID_LEN || by_id(b->event, p->last) > 0);
}

/* ---- decisions of appeals ---- */

/* The one that waits for its decision; NULL: it is decided, or another has taken its place. */
static const Qp__Appeal *appeal_numbered(const Qp__Face *f, uint64_t number)
{
    for (size_t i = 0; i < f->n_appeals; i++)
        if (f->appeals[i]->number == number && f->appeals[i]->state == QP_APPEAL_ASKED)
            return f->appeals[i];
    return NULL;
}

/* ---- any of them ---- */

enum qp_verdict qp_beside_verdict(const Qp__Face *f, const Qp__Event *ev)
{
    if (ev->body_case == QP__EVENT__BODY_PARTED)
        return part_verdict(f, ev);
    if (ev->body_case == QP__EVENT__BODY_URGED)
        return QP_MAY;
    if (ev->body_case == QP__EVENT__BODY_DECIDED)
        return ev->decided->number > f->appeal_top ? QP_TOO_EARLY : QP_MAY;
    struct order o = order_of(ev);
    if (qp_stage_parse(o.stage) == QP_CLOCK_STAGES)
        return QP_MAY_NOT;
    return order_too_early(f, &o) ? QP_TOO_EARLY : QP_MAY;
}

/* An answer of a time that has not come here is none: its holder would be deaf to every urge until then (CI1). */
static bool urge_is_wanted(const Qp__Face *f, const Qp__Beside *b, int64_t now_us)
{
    return b->at_us > f->urge_answered_us || f->urge_answered_us > now_us + QP_CLOCK_AHEAD_US;
}

/* The face has not come to it. */
static bool is_wanted(const Qp__Face *f, const Qp__Beside *b, int64_t now_us)
{
    switch ((enum qp_beside)b->kind) {
    case QP_BESIDE_ORDER:
        return awaits(qp_face_clock(f, (enum qp_clock_stage)b->stage), b->serial, b->number);
    case QP_BESIDE_PART: return part_is_wanted(f, b);
    case QP_BESIDE_URGE: return urge_is_wanted(f, b, now_us);
    case QP_BESIDE_DECISION: return appeal_numbered(f, b->number);
    }
    return false;
}

static bool about_the_same(const Qp__Beside *a, const Qp__Beside *b)
{
    if (a->kind != b->kind || a->stage != b->stage || a->serial != b->serial || a->number != b->number)
        return false;
    return a->kind != QP_BESIDE_URGE || memcmp(a->event.data, b->event.data, QP_ID_LEN) == 0;
}

static bool is_later(const Qp__Beside *b, const Qp__Beside *than)
{
    if (b->kind != QP_BESIDE_PART && b->at_us != than->at_us)
        return b->at_us > than->at_us;
    return by_id(b->event, than->event) > 0;
}

static void fill(Qp__Beside *b, const Qp__Event *ev, struct qp_arena *a)
{
    if (ev->body_case == QP__EVENT__BODY_PARTED) {
        b->kind = QP_BESIDE_PART;
        b->words = qp_face_cut(a, ev->parted->note, QP_PART_BYTES);
        b->yes = ev->parted->done;
        b->number = ev->parted->number;
    } else if (ev->body_case == QP__EVENT__BODY_URGED) {
        b->kind = QP_BESIDE_URGE;
        b->words = qp_face_cut(a, ev->urged->note, QP_PART_BYTES);
        b->due_us = ev->urged->due_us;
        b->lapsed_us = ev->urged->lapsed_us;
        b->lifts = ev->urged->lifts;
    } else if (ev->body_case == QP__EVENT__BODY_DECIDED) {
        b->kind = QP_BESIDE_DECISION;
        b->words = qp_face_cut(a, ev->decided->reason, QP_EXTENSION_BYTES);
        b->yes = ev->decided->keep;
        b->number = ev->decided->number;
    } else {
        struct order o = order_of(ev);
        b->kind = QP_BESIDE_ORDER;
        b->words = qp_face_cut(a, o.reason, QP_EXTENSION_BYTES);
        b->yes = o.yes;
        b->stage = qp_stage_parse(o.stage);
        b->serial = o.serial;
        b->number = o.number;
    }
}

static Qp__Beside *word_of(const Qp__Event *ev, struct qp_arena *a)
{
    uint8_t id[QP_EVENT_ID_LEN];
    Qp__Beside *b = qp_face_take(a, sizeof *b);
    qp__beside__init(b);
    qp_event_id(id, ev);
    b->event = qp_face_bytes(a, id, sizeof id);
    b->at_us = ev->at_us;
    b->by = qp_face_text(a, ev->by);
    fill(b, ev, a);
    return b;
}

/* Of those who urge the last few stay. */
static void drop_earliest_urge(Qp__Row *row)
{
    size_t n = 0, first = 0;
    for (size_t i = 0; i < row->n_beside; i++)
        if (row->beside[i]->kind == QP_BESIDE_URGE && n++ == 0)
            first = i;
        else if (row->beside[i]->kind == QP_BESIDE_URGE && is_later(row->beside[first], row->beside[i]))
            first = i;
    if (n <= QP_URGERS)
        return;
    memmove(row->beside + first, row->beside + first + 1, (row->n_beside - first - 1) * sizeof *row->beside);
    row->n_beside--;
}

/* Of what one node urges its ids tell which is the later: they rise, whatever its clock showed. */
static bool replaces(const Qp__Beside *b, const Qp__Beside *had)
{
    return b->kind == QP_BESIDE_URGE ? by_id(b->event, had->event) > 0 : is_later(b, had);
}

bool qp_beside_join(Qp__Row *row, const Qp__Event *ev, int64_t now_us, struct qp_arena *a)
{
    Qp__Beside *b = word_of(ev, a);
    size_t at = 0;
    while (at < row->n_beside && !about_the_same(row->beside[at], b))
        at++;
    if (at < row->n_beside ? !replaces(b, row->beside[at]) : !is_wanted(row->face, b, now_us))
        return false;
    Qp__Beside **list = qp_face_take(a, (row->n_beside + 1) * sizeof *list);
    if (row->n_beside > 0)
        memcpy(list, row->beside, row->n_beside * sizeof *list);
    list[at] = b;
    row->beside = list;
    row->n_beside += at == row->n_beside;
    drop_earliest_urge(row);
    return true;
}

void qp_beside_settle(Qp__Row *row, int64_t now_us, struct qp_arena *a)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n_beside; i++)
        n += is_wanted(row->face, row->beside[i], now_us);
    if (n == row->n_beside)
        return;
    Qp__Beside **list = n > 0 ? qp_face_take(a, n * sizeof *list) : NULL;
    size_t k = 0;
    for (size_t i = 0; i < row->n_beside; i++)
        if (is_wanted(row->face, row->beside[i], now_us))
            list[k++] = row->beside[i];
    row->beside = list;
    row->n_beside = n;
}

const Qp__Beside *qp_beside_order(const Qp__Row *row, const Qp__Clock *c)
{
    for (size_t i = 0; i < row->n_beside; i++) {
        const Qp__Beside *b = row->beside[i];
        if (b->kind == QP_BESIDE_ORDER && b->stage == c->stage && awaits(c, b->serial, b->number))
            return b;
    }
    return NULL;
}

const Qp__Beside *qp_beside_part(const Qp__Row *row, uint64_t number)
{
    for (size_t i = 0; i < row->n_beside; i++)
        if (row->beside[i]->kind == QP_BESIDE_PART && row->beside[i]->number == number)
            return row->beside[i];
    return NULL;
}

const Qp__Beside *qp_beside_decision(const Qp__Row *row, const Qp__Appeal *x)
{
    for (size_t i = 0; i < row->n_beside; i++)
        if (row->beside[i]->kind == QP_BESIDE_DECISION && row->beside[i]->number == x->number)
            return row->beside[i];
    return NULL;
}

const Qp__Beside *qp_beside_urge_of(const Qp__Row *row, const uint8_t node[QP_ID_LEN])
{
    for (size_t i = 0; i < row->n_beside; i++)
        if (row->beside[i]->kind == QP_BESIDE_URGE &&
            memcmp(row->beside[i]->event.data, node, QP_ID_LEN) == 0)
            return row->beside[i];
    return NULL;
}

bool qp_beside_lifted(const Qp__Row *row, const uint8_t node[QP_ID_LEN])
{
    const Qp__Beside *own = qp_beside_urge_of(row, node);
    return own && own->lifts;
}

const Qp__Beside *qp_beside_urge(const Qp__Row *row)
{
    const Qp__Beside *last = NULL;
    for (size_t i = 0; i < row->n_beside; i++)
        if (row->beside[i]->kind == QP_BESIDE_URGE && (!last || is_later(row->beside[i], last)))
            last = row->beside[i];
    return last;
}
