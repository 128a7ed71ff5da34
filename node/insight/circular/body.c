/* body.c: see body.h. */
#include "node/insight/circular/body.h"

#include <assert.h>
#include <string.h>

#include "node/insight/varint.h"

static_assert(2 * QP_CIRCULAR_FIGURE_N < 63, "a mask of the numbers fits into 64 bits");
static_assert(QP_VARINT_MAX * (2 * QP_CIRCULAR_FIGURE_N + 1) <= QP_CIRCULAR_NUMBERS, "and they into theirs");

size_t qp_numbers_pack(uint8_t out[QP_CIRCULAR_NUMBERS], const struct qp_numbers *n)
{
    uint64_t mask = 0;
    for (unsigned i = 0; i < 2 * QP_CIRCULAR_FIGURE_N; i++)
        mask |= (uint64_t)(n->n[i / 2][i % 2] != 0) << i;
    if (mask == 0)
        return 0;
    uint8_t *p = qp_varint_put(out, mask);
    for (unsigned i = 0; i < 2 * QP_CIRCULAR_FIGURE_N; i++)
        if (mask >> i & 1)
            p = qp_varint_put(p, n->n[i / 2][i % 2]);
    return (size_t)(p - out);
}

int qp_numbers_read(struct qp_numbers *n, ProtobufCBinaryData packed)
{
    const uint8_t *p = packed.data, *end = packed.data + packed.len;
    uint64_t mask = 0, v = 0;
    memset(n, 0, sizeof *n);
    if (packed.len == 0)
        return 0;
    p = qp_varint_get(p, end, &mask);
    for (unsigned i = 0; p && i < 64; i++) {
        if ((mask >> i & 1) == 0)
            continue;
        p = qp_varint_get(p, end, &v);
        if (i < 2 * QP_CIRCULAR_FIGURE_N) /* further ones are of a later build */
            n->n[i / 2][i % 2] = v;
    }
    return p == end ? 0 : QP_ECORRUPT;
}

/* Nobody appeals against a visit that reached nobody: whatever the shares of scores lack was reached. */
uint64_t qp_numbers_reached(const struct qp_numbers *n)
{
    uint64_t reached = n->n[QP_CF_REACHED][0], ended = n->n[QP_CF_REACHED][1],
             stand = n->n[QP_CF_RESOLVED][1];
    uint64_t overturned = ended > stand ? ended - stand : 0;
    return reached > overturned ? reached - overturned : 0;
}

static bool pack(ProtobufCBinaryData *out, const struct qp_numbers *n, struct qp_arena *a)
{
    uint8_t bytes[QP_CIRCULAR_NUMBERS];
    out->len = qp_numbers_pack(bytes, n);
    out->data = out->len > 0 ? qp_arena_copy(a, bytes, out->len) : NULL;
    return out->len == 0 || out->data;
}

static bool row_make(Qp__CircularRow *out, const struct qp_census_row *r, qp_view_of *view, void *arg,
                     struct qp_arena *a)
{
    const char *v = view && r->by == QP_CB_CATEGORY && !r->rest ? view(arg, r->key) : NULL;
    qp__circular_row__init(out);
    if (v && v[0] != 0 && !(out->view = qp_arena_text(a, v)))
        return false;
    out->by = r->by;
    out->rest = r->rest;
    out->key = qp_arena_text(a, r->key);
    return out->key && pack(&out->now, &r->span[QP_SPAN_NOW], a) &&
           pack(&out->before, &r->span[QP_SPAN_BEFORE], a) && pack(&out->year_ago, &r->span[QP_SPAN_YEAR], a);
}

static bool rows_make(Qp__Circular *c, const struct qp_census_result *r, qp_view_of *view, void *arg,
                      struct qp_arena *a)
{
    Qp__CircularRow **v = qp_arena_take(a, (r->n + 1) * sizeof *v),
                    *at = qp_arena_take(a, (r->n + 1) * sizeof *at);
    if (!v || !at)
        return false;
    assert(r->n <= QP_CIRCULAR_ROWS);
    for (size_t i = 0; i < r->n; i++) {
        v[i] = &at[i];
        if (!row_make(v[i], &r->rows[i], view, arg, a))
            return false;
    }
    c->rows = v;
    c->n_rows = r->n;
    return true;
}

Qp__Circular *qp_circular_body(const struct qp_circular_about *about, const struct qp_census_result *r,
                               qp_view_of *view, void *arg, struct qp_arena *a)
{
    Qp__Circular *c = qp_arena_take(a, sizeof *c);
    if (!c)
        return NULL;
    qp__circular__init(c);
    c->period = about->period;
    c->from_us = about->span[QP_SPAN_NOW].from_us;
    c->to_us = about->span[QP_SPAN_NOW].to_us;
    c->before_us = about->span[QP_SPAN_BEFORE].from_us;
    c->year_from_us = about->span[QP_SPAN_YEAR].from_us;
    c->year_to_us = about->span[QP_SPAN_YEAR].to_us;
    c->year = r->known[QP_SPAN_YEAR];
    c->through = about->through;
    c->figures = QP_FIGURES_VERSION;
    c->matters = r->matters;
    c->patrols_per_day = about->plan.per_day;
    c->patrols_minutes = about->plan.minutes;
    c->patrols_police = about->plan.police;
    c->patrols_until_us = about->plan.until_us;
    c->policy = qp_arena_text(a, about->policy);
    c->area = qp_arena_text(a, about->area);
    c->title = qp_arena_text(a, about->title);
    c->level = qp_arena_text(a, about->level);
    c->zone = qp_arena_text(a, about->zone);
    bool whole = c->policy && c->area && c->title && c->level && c->zone && rows_make(c, r, view, arg, a);
    return whole ? c : NULL;
}
