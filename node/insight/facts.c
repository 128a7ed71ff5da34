/* facts.c: reads what the board needs out of a row, and says what the matter adds to the counts. Called for
 * every change of a row (board.c) and for every row of a scan (scan.c). Pure. */
#include "node/insight/facts.h"

#include <assert.h>
#include <string.h>

#include "node/insight/varint.h"
#include "proto/limits.h"

/* What others say in numbers; a test holds each beside its enum, for this room stands below theirs. */
enum { SIGN_STAGE = 0, CLOCK_DONE = 1, BESIDE_URGE = 3 };

int64_t qp_board_time(int64_t at_us)
{
    if (at_us < QP_BOARD_FIRST_US)
        return QP_BOARD_FIRST_US;
    return at_us > QP_BOARD_LAST_US ? QP_BOARD_LAST_US : at_us;
}

/* The acceptance that the last clock of stage sign waited for; NULL: there was none, or it was not waited for. */
static const Qp__Clock *signed_clock(const Qp__Face *f)
{
    for (size_t i = 0; i < f->n_clocks; i++)
        if (f->clocks[i]->stage == SIGN_STAGE && f->clocks[i]->end == CLOCK_DONE)
            return f->clocks[i];
    return NULL;
}

static void buckets_at(int32_t *hour, int32_t *day, bool there, int64_t at_us, const struct qp_zone *zone)
{
    *hour = there ? qp_bucket_hour(zone, qp_board_time(at_us)) : 0;
    *day = there ? qp_bucket_day(zone, qp_board_time(at_us)) : 0;
}

void qp_board_buckets(Qp__Row *row, const struct qp_zone *zone)
{
    const Qp__Face *f = row->face;
    bool closed = f->closed_us != 0;
    buckets_at(&row->opened_hour, &row->opened_day, true, f->opened_us, zone);
    buckets_at(&row->closed_hour, &row->closed_day, closed, f->closed_us, zone);
    buckets_at(&row->visited_hour, &row->visited_day, f->visit, f->visit ? f->visit->at_us : 0, zone);
    int64_t handled_us = qp_board_time(f->closed_us) - qp_board_time(f->opened_us);
    row->handle_bucket = closed ? qp_sketch_bucket(handled_us / 1000000) : 0;
}

static struct qp_text text_of(const char *text)
{
    return (struct qp_text){text, strlen(text)};
}

/* ---- both ways of reading a row come to these ---- */

static void sign_ends(struct qp_facts *f, int64_t ended_us, int64_t due_us)
{
    f->was_signed = true;
    f->signed_in_time = ended_us <= due_us;
}

/* What follows from the times. */
static void conclude(struct qp_facts *f)
{
    f->closed = f->at_us[QP_M_CLOSING] != 0;
    f->deadline = f->deadline_us != 0;
    f->in_time = f->closed && f->at_us[QP_M_CLOSING] <= f->deadline_us;
}

void qp_facts_of(struct qp_facts *f, const Qp__Row *row)
{
    const Qp__Face *face = row->face;
    const Qp__Clock *sign = signed_clock(face);
    *f = (struct qp_facts){
        .area = text_of(face->area),
        .desk = text_of(face->desk),
        .source = text_of(face->source),
        .category = text_of(face->category),
        .at_us = {face->opened_us, face->closed_us, face->visit ? face->visit->at_us : 0},
        .hour = {row->opened_hour, row->closed_hour, row->visited_hour},
        .day = {row->opened_day, row->closed_day, row->visited_day},
        .deadline_us = face->deadline_us,
        .handle_bucket = row->handle_bucket,
        .overdue = row->overdue,
        .visited = !!face->visit,
        .satisfied = face->visit ? face->visit->satisfied : 0,
        .offered = !!face->offer,
        .redo = face->redo != 0,
        .returned = face->returned != 0,
        .extend_asked = face->extend_asked != 0,
        .extend_granted = face->extend_granted != 0,
        .urgency = face->urgency,
    };
    for (size_t i = 0; i < row->n_beside; i++)
        f->urged |= row->beside[i]->kind == BESIDE_URGE;
    if (sign)
        sign_ends(f, sign->ended_us, sign->held ? sign->until_due_us : sign->due_us);
    conclude(f);
}

void qp_contribution_of(struct qp_contribution *c, const struct qp_facts *f)
{
    const bool there[QP_MOMENTS] = {true, f->closed, f->visited};
    *c = (struct qp_contribution){0};
    for (int m = 0; m < QP_MOMENTS; m++) {
        struct qp_moment_share *s = &c->share[m];
        s->there = there[m];
        s->hour = f->hour[m];
        s->day = f->day[m];
        s->at_us = qp_board_time(f->at_us[m]);
    }
#define X(id, name, moment, adds) c->share[QP_M_##moment].n[QP_F_##id] = there[QP_M_##moment] && (adds);
    QP_BOARD_FIGURES(X)
#undef X
    c->share[QP_M_CLOSING].handled = f->closed;
    c->share[QP_M_CLOSING].handle_bucket = f->closed ? f->handle_bucket : 0;
}

/* ---- packed rows: protobuf's wire form; the numbers are those of row.proto and matter.proto (a test
 * compares both ways of reading) ---- */

struct field {
    uint64_t number;
    uint64_t value;       /* wire type 0 */
    struct qp_text bytes; /* wire type 2 */
};

/* The next field of [*p, end): 1, 0 at the end, -1 when damaged. Fixed-width fields have neither value nor
 * bytes. */
static int field_next(struct field *out, const uint8_t **p, const uint8_t *end)
{
    if (*p == end)
        return 0;
    uint64_t tag, len = 0;
    *out = (struct field){0};
    if (!(*p = qp_varint_get(*p, end, &tag)))
        return -1;
    out->number = tag >> 3;
    switch (tag & 7) {
    case 0: return (*p = qp_varint_get(*p, end, &out->value)) ? 1 : -1;
    case 1: len = 8; break;
    case 2:
        if (!(*p = qp_varint_get(*p, end, &len)))
            return -1;
        out->bytes.p = (const char *)*p;
        break;
    case 5: len = 4; break;
    default: return -1;
    }
    if (len > (uint64_t)(end - *p))
        return -1;
    if (out->bytes.p)
        out->bytes.len = (size_t)len;
    *p += len;
    return 1;
}

static int visit_read(struct qp_facts *f, struct qp_text in)
{
    const uint8_t *p = (const uint8_t *)in.p, *end = p + in.len;
    struct field x;
    int got;
    f->visited = true;
    while ((got = field_next(&x, &p, end)) > 0) {
        switch (x.number) {
        case 1: f->at_us[QP_M_VISIT] = (int64_t)x.value; break;
        case 4: f->satisfied = (uint32_t)x.value; break;
        default: break;
        }
    }
    return got < 0 ? QP_ECORRUPT : 0;
}

static int clock_read(struct qp_facts *f, struct qp_text in)
{
    const uint8_t *p = (const uint8_t *)in.p, *end = p + in.len;
    struct field x;
    uint64_t stage = 0, how = 0;
    int64_t due_us = 0, until_due_us = 0, ended_us = 0;
    bool held = false;
    int got;
    while ((got = field_next(&x, &p, end)) > 0) {
        switch (x.number) {
        case 1: stage = x.value; break;
        case 8: due_us = (int64_t)x.value; break;
        case 9: held = x.value != 0; break;
        case 12: until_due_us = (int64_t)x.value; break;
        case 14: ended_us = (int64_t)x.value; break;
        case 15: how = x.value; break;
        default: break;
        }
    }
    if (stage == SIGN_STAGE && how == CLOCK_DONE)
        sign_ends(f, ended_us, held ? until_due_us : due_us);
    return got < 0 ? QP_ECORRUPT : 0;
}

static int beside_read(struct qp_facts *f, struct qp_text in)
{
    const uint8_t *p = (const uint8_t *)in.p, *end = p + in.len;
    struct field x;
    int got;
    while ((got = field_next(&x, &p, end)) > 0)
        f->urged |= x.number == 1 && x.value == BESIDE_URGE;
    return got < 0 ? QP_ECORRUPT : 0;
}

static int face_read(struct qp_facts *f, struct qp_text in)
{
    const uint8_t *p = (const uint8_t *)in.p, *end = p + in.len;
    struct field x;
    int got;
    while ((got = field_next(&x, &p, end)) > 0) {
        switch (x.number) {
        case 4: f->category = x.bytes; break;
        case 5: f->source = x.bytes; break;
        case 7: f->area = x.bytes; break;
        case 13: f->desk = x.bytes; break;
        case 28: f->at_us[QP_M_OPENING] = (int64_t)x.value; break;
        case 30: f->at_us[QP_M_CLOSING] = (int64_t)x.value; break;
        case 10: f->urgency = (uint32_t)x.value; break;
        case 15: f->redo = x.value != 0; break;
        case 23: f->offered = true; break;
        case 31: f->deadline_us = (int64_t)x.value; break;
        case 62: f->returned = x.value != 0; break;
        case 42: f->extend_asked = x.value != 0; break;
        case 43: f->extend_granted = x.value != 0; break;
        case 41:
            if (!x.bytes.p || clock_read(f, x.bytes))
                return QP_ECORRUPT;
            break;
        case 35:
            if (!x.bytes.p || visit_read(f, x.bytes))
                return QP_ECORRUPT;
            break;
        default: break;
        }
    }
    return got < 0 ? QP_ECORRUPT : 0;
}

int qp_facts_read(struct qp_facts *f, const void *packed, size_t len)
{
    *f = (struct qp_facts){.area = {"", 0}, .desk = {"", 0}, .source = {"", 0}, .category = {"", 0}};
    const uint8_t *p = packed, *end = p + len;
    struct field x;
    int got;
    while ((got = field_next(&x, &p, end)) > 0) {
        int32_t number = (int32_t)qp_unzigzag(x.value);
        switch (x.number) {
        case 1:
            if (!x.bytes.p || face_read(f, x.bytes))
                return QP_ECORRUPT;
            break;
        case 2: f->overdue = x.value != 0; break;
        case 3: f->hour[QP_M_OPENING] = number; break;
        case 4: f->day[QP_M_OPENING] = number; break;
        case 5: f->hour[QP_M_CLOSING] = number; break;
        case 6: f->day[QP_M_CLOSING] = number; break;
        case 7: f->hour[QP_M_VISIT] = number; break;
        case 8: f->day[QP_M_VISIT] = number; break;
        case 9: f->handle_bucket = number; break;
        case 15:
            if (!x.bytes.p || beside_read(f, x.bytes))
                return QP_ECORRUPT;
            break;
        default: break;
        }
    }
    conclude(f);
    bool whole = got == 0 && f->category.p && f->source.p && f->area.p && f->desk.p;
    return whole ? 0 : QP_ECORRUPT;
}
