/* fault.c: see fault.h. */
#include "topology/geo/fault.h"

#include <assert.h>
#include <stdio.h>

/* The place, as "feature 3 (0341), polygon 1, ring 2 (a hole), vertex 7", "" for the file as a whole. */
static void place_en(char *out, size_t cap, const struct qp_geo_fault *f)
{
    size_t n = 0;
    out[0] = 0;
    if (f->feature)
        n += (size_t)snprintf(out + n, cap - n, "feature %zu", f->feature);
    if (f->code[0])
        n += (size_t)snprintf(out + n, cap - n, " (%s)", f->code);
    if (f->polygon)
        n += (size_t)snprintf(out + n, cap - n, "%spolygon %zu", n ? ", " : "", f->polygon);
    if (f->ring)
        n += (size_t)snprintf(out + n, cap - n, ", ring %zu%s", f->ring, f->ring > 1 ? " (a hole)" : "");
    if (f->vertex)
        n += (size_t)snprintf(out + n, cap - n, ", vertex %zu", f->vertex);
    if (n)
        snprintf(out + n, cap - n, ": ");
}

static void place_zh(char *out, size_t cap, const struct qp_geo_fault *f)
{
    size_t n = 0;
    out[0] = 0;
    if (f->feature)
        n += (size_t)snprintf(out + n, cap - n, "第 %zu 个要素", f->feature);
    if (f->code[0])
        n += (size_t)snprintf(out + n, cap - n, "（%s）", f->code);
    if (f->polygon)
        n += (size_t)snprintf(out + n, cap - n, "%s第 %zu 个多边形", n ? "，" : "", f->polygon);
    if (f->ring)
        n += (size_t)snprintf(out + n, cap - n, "，第 %zu 环%s", f->ring, f->ring > 1 ? "（洞）" : "");
    if (f->vertex)
        n += (size_t)snprintf(out + n, cap - n, "，第 %zu 点", f->vertex);
    if (n)
        snprintf(out + n, cap - n, "：");
}

void qp_geo_fault_text(char out[QP_GEO_SENTENCE], const struct qp_geo_fault *f, bool zh)
{
    char place[260];
    if (zh)
        place_zh(place, sizeof place, f);
    else
        place_en(place, sizeof place, f);
    switch (f->kind) {
#define X(kind, name, en, zh_text)                                                                           \
    case QP_GEO_##kind:                                                                                      \
        if (zh)                                                                                              \
            snprintf(out, QP_GEO_SENTENCE, "%s" zh_text, place, f->detail);                                  \
        else                                                                                                 \
            snprintf(out, QP_GEO_SENTENCE, "%s" en, place, f->detail);                                       \
        return;
        QP_GEO_FAULTS(X)
#undef X
    case QP_GEO_FAULT_KINDS: break;
    }
    assert(!"a kind that is not in the list");
}

const char *qp_geo_fault_name(enum qp_geo_fault_kind kind)
{
    static const char *const names[] = {
#define X(kind, name, en, zh) name,
        QP_GEO_FAULTS(X)
#undef X
    };
    assert(kind < QP_GEO_FAULT_KINDS);
    return names[kind];
}
