/* facts.c: reads what the board needs out of a row, and says what the matter adds to the counts. Called for
 * every change of a row (board.c) and for every row of a scan (scan.c). Pure. */
#include "node/insight/facts.h"

#include <assert.h>
#include <string.h>

#include "node/insight/varint.h"

int64_t qp_board_time(int64_t at_us)
{
    if (at_us < QP_BOARD_FIRST_US)
        return QP_BOARD_FIRST_US;
    return at_us > QP_BOARD_LAST_US ? QP_BOARD_LAST_US : at_us;
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
    buckets_at(&row->visited_hour, &row->visited_day, f->visit != NULL,
               f->visit != NULL ? f->visit->at_us : 0, zone);
    int64_t handled_us = qp_board_time(f->closed_us) - qp_board_time(f->opened_us);
    row->handle_bucket = closed ? qp_sketch_bucket(handled_us / 1000000) : 0;
}

static struct qp_text text_of(const char *text)
{
    return (struct qp_text){text, strlen(text)};
}

void qp_facts_of(struct qp_facts *f, const Qp__Row *row)
{
    const Qp__Face *face = row->face;
    *f = (struct qp_facts){
        .area = text_of(face->area),
        .desk = text_of(face->desk),
        .source = text_of(face->source),
        .category = text_of(face->category),
        .at_us = {face->opened_us, face->closed_us, face->visit != NULL ? face->visit->at_us : 0},
        .hour = {row->opened_hour, row->closed_hour, row->visited_hour},
        .day = {row->opened_day, row->closed_day, row->visited_day},
        .deadline_us = face->deadline_us,
        .handle_bucket = row->handle_bucket,
        .overdue = row->overdue,
        .visited = face->visit != NULL,
        .satisfied = face->visit != NULL ? face->visit->satisfied : 0,
    };
}

void qp_contribution_of(struct qp_contribution *c, const struct qp_facts *f)
{
    *c = (struct qp_contribution){0};
    for (int m = 0; m < QP_MOMENTS; m++) {
        c->share[m].hour = f->hour[m];
        c->share[m].day = f->day[m];
        c->share[m].at_us = qp_board_time(f->at_us[m]);
    }
    bool closed = f->at_us[QP_M_CLOSING] != 0;
    struct qp_share *opening = &c->share[QP_M_OPENING];
    opening->there = true;
    opening->n[QP_F_OPENED] = 1;
    opening->n[QP_F_OPEN] = !closed;
    opening->n[QP_F_OVERDUE] = f->overdue && !closed;
    if (closed) {
        struct qp_share *closing = &c->share[QP_M_CLOSING];
        closing->there = true;
        closing->n[QP_F_CLOSED] = 1;
        closing->n[QP_F_ON_TIME] = f->deadline_us != 0 && f->at_us[QP_M_CLOSING] <= f->deadline_us;
        closing->n[QP_F_LATE] = f->deadline_us != 0 && f->at_us[QP_M_CLOSING] > f->deadline_us;
        closing->handled = true;
        closing->handle_bucket = f->handle_bucket;
    }
    if (f->visited) {
        struct qp_share *visit = &c->share[QP_M_VISIT];
        visit->there = true;
        visit->n[QP_F_VISITED] = 1;
        visit->n[QP_F_SATISFIED] = f->satisfied == 1;
        visit->n[QP_F_UNSATISFIED] = f->satisfied == 2;
    }
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
    if ((*p = qp_varint_get(*p, end, &tag)) == NULL)
        return -1;
    out->number = tag >> 3;
    switch (tag & 7) {
    case 0: return (*p = qp_varint_get(*p, end, &out->value)) != NULL ? 1 : -1;
    case 1: len = 8; break;
    case 2:
        if ((*p = qp_varint_get(*p, end, &len)) == NULL)
            return -1;
        out->bytes.p = (const char *)*p;
        break;
    case 5: len = 4; break;
    default: return -1;
    }
    if (len > (uint64_t)(end - *p))
        return -1;
    if (out->bytes.p != NULL)
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
    return got < 0 ? QP_ECORRUPT : QP_OK;
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
        case 31: f->deadline_us = (int64_t)x.value; break;
        case 35:
            if (x.bytes.p == NULL || visit_read(f, x.bytes) != QP_OK)
                return QP_ECORRUPT;
            break;
        default: break;
        }
    }
    return got < 0 ? QP_ECORRUPT : QP_OK;
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
            if (x.bytes.p == NULL || face_read(f, x.bytes) != QP_OK)
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
        default: break;
        }
    }
    bool whole =
        got == 0 && f->category.p != NULL && f->source.p != NULL && f->area.p != NULL && f->desk.p != NULL;
    return whole ? QP_OK : QP_ECORRUPT;
}
