/* pack.c: see pack.h. */
#include "topology/geo/pack.h"

#include <string.h>

#include "proto/limits.h"
#include "topology/geo/geojson.h"

/* ---- out ---- */

static size_t put(uint8_t *at, uint64_t v)
{
    size_t n = 0;
    for (; v >= 0x80; v >>= 7)
        at[n++] = (uint8_t)(v | 0x80);
    at[n++] = (uint8_t)v;
    return n;
}

static uint64_t zigzag(int64_t v)
{
    return (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
}

int qp_geo_pack(ProtobufCBinaryData *out, const struct qp_geo_shape *s, struct qp_arena *a, struct qp_err *e)
{
    size_t most = 10 + s->n_rings * 10 + s->n_points * 10, n = 0;
    struct qp_geo_point before = {0, 0};
    uint8_t *v = qp_arena_take(a, most);
    if (!v)
        return qp_fail(e, QP_ENOMEM, "no memory for a boundary");
    n += put(v, s->n_rings);
    for (size_t i = 0; i < s->n_rings; i++) {
        const struct qp_geo_ring *r = &s->rings[i];
        struct qp_geo_point last = before;
        n += put(v + n, 2 * (uint64_t)(r->n - 1) + r->hole);
        for (uint32_t k = 0; k + 1 < r->n; k++) {
            struct qp_geo_point p = s->points[r->first + k];
            n += put(v + n, zigzag((int64_t)p.lat7 - last.lat7));
            n += put(v + n, zigzag((int64_t)p.lon7 - last.lon7));
            last = p;
        }
        before = s->points[r->first];
    }
    *out = (ProtobufCBinaryData){n, v};
    return n <= QP_GRID_BOUNDARY ? 0
                                 : qp_fail(e, QP_EBIG, "a boundary takes %zu bytes, at most %d: simplify it",
                                           n, QP_GRID_BOUNDARY);
}

/* ---- in ---- */

struct reading {
    const uint8_t *p, *end;
    bool bad;
};

static uint64_t get(struct reading *r)
{
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 35 && r->p < r->end; shift += 7) {
        uint8_t b = *r->p++;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return v;
    }
    r->bad = true;
    return 0;
}

/* A coordinate that was `from` before. */
static int32_t moved(struct reading *r, int32_t from, int32_t most)
{
    uint64_t z = get(r);
    int64_t v = from + ((int64_t)(z >> 1) ^ -(int64_t)(z & 1));
    r->bad = r->bad || v < -(int64_t)most || v > most;
    return r->bad ? 0 : (int32_t)v;
}

static void ring(struct reading *r, struct qp_geo_shape *s, struct qp_geo_point *before)
{
    uint64_t head = get(r), n = head / 2;
    struct qp_geo_ring *g = &s->rings[s->n_rings++];
    struct qp_geo_point last = *before;
    if (r->bad || n < 3 || n > QP_GEO_GRID_POINTS ||
        s->n_points + n + 1 > QP_GEO_GRID_POINTS + QP_GEO_RINGS || (s->n_rings == 1 && (head & 1))) {
        r->bad = true;
        return;
    }
    *g = (struct qp_geo_ring){(uint32_t)s->n_points, (uint32_t)n + 1, (head & 1) != 0};
    for (uint64_t k = 0; k < n && !r->bad; k++) {
        struct qp_geo_point p;
        p.lat7 = moved(r, last.lat7, 90 * QP_GEO_DEGREE);
        p.lon7 = moved(r, last.lon7, 180 * QP_GEO_DEGREE);
        int64_t edge = (int64_t)p.lon7 - last.lon7;
        r->bad = r->bad ||
                 (k > 0 && (edge > INT64_C(180) * QP_GEO_DEGREE || edge < -INT64_C(180) * QP_GEO_DEGREE));
        s->points[s->n_points++] = last = p;
    }
    if (r->bad)
        return;
    *before = s->points[g->first];
    int64_t closing = (int64_t)before->lon7 - last.lon7;
    r->bad = closing > INT64_C(180) * QP_GEO_DEGREE || closing < -INT64_C(180) * QP_GEO_DEGREE;
    s->points[s->n_points++] = *before;
}

int qp_geo_unpack(struct qp_geo_shape *out, const ProtobufCBinaryData *bytes, struct qp_arena *a,
                  struct qp_err *e)
{
    struct reading r = {bytes->data, bytes->data + bytes->len, bytes->len == 0};
    struct qp_geo_point before = {0, 0};
    uint64_t rings = r.bad ? 0 : get(&r);
    memset(out, 0, sizeof *out);
    r.bad = r.bad || rings == 0 || rings > QP_GEO_RINGS || rings > bytes->len;
    if (!r.bad) { /* a corner takes two bytes at least; a ring has one more than are written */
        out->rings = qp_arena_take(a, rings * sizeof *out->rings);
        out->points = qp_arena_take(a, (bytes->len / 2 + rings + 1) * sizeof *out->points);
        if (!out->rings || !out->points)
            return qp_fail(e, QP_ENOMEM, "no memory for a boundary");
    }
    for (uint64_t i = 0; i < rings && !r.bad; i++) {
        if ((size_t)(r.end - r.p) < 7) /* no ring is that short */
            r.bad = true;
        else
            ring(&r, out, &before);
    }
    if (r.bad || r.p != r.end)
        return qp_fail(e, QP_EINVAL, "these bytes are no boundary");
    out->box = qp_geo_box_of(out->points, out->n_points);
    return 0;
}
