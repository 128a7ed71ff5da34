/* fault.c: see fault.h. */
#include "topology/geo/fault.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "topology/geo/reading.h"

/* The place, as "feature 3 (0341), polygon 1, ring 2 (a hole), vertex 7: ", "" for the file as a whole. */
static void place(char *out, size_t cap, const struct qp_geo_fault *f, bool zh)
{
    const char *comma = zh ? "，" : ", ", *hole = f->ring <= 1 ? "" : zh ? "（洞）" : " (a hole)";
    size_t n = 0;
    out[0] = 0;
    if (f->feature)
        n += (size_t)snprintf(out + n, cap - n, zh ? "第 %zu 个要素" : "feature %zu", f->feature);
    if (f->code[0])
        n += (size_t)snprintf(out + n, cap - n, zh ? "（%s）" : " (%s)", f->code);
    if (f->polygon)
        n += (size_t)snprintf(out + n, cap - n, zh ? "%s第 %zu 个多边形" : "%spolygon %zu", n ? comma : "",
                              f->polygon);
    if (f->ring)
        n += (size_t)snprintf(out + n, cap - n, zh ? "%s第 %zu 环%s" : "%sring %zu%s", comma, f->ring, hole);
    if (f->vertex)
        n += (size_t)snprintf(out + n, cap - n, zh ? "%s第 %zu 点" : "%svertex %zu", comma, f->vertex);
    if (n)
        snprintf(out + n, cap - n, "%s", zh ? "：" : ": ");
}

void qp_geo_fault_text(char out[QP_GEO_SENTENCE], const struct qp_geo_fault *f, bool zh)
{
    char where[260];
    place(where, sizeof where, f, zh);
    switch (f->kind) {
#define X(kind, name, en, zh_text)                                                                           \
    case QP_GEO_##kind:                                                                                      \
        if (zh)                                                                                              \
            snprintf(out, QP_GEO_SENTENCE, "%s" zh_text, where, f->detail);                                  \
        else                                                                                                 \
            snprintf(out, QP_GEO_SENTENCE, "%s" en, where, f->detail);                                       \
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

bool qp_geo_fault(struct qp_geo_reading *r, enum qp_geo_fault_kind kind, const char *fmt, ...)
{
    struct qp_geo_file *f = r->out;
    f->all_faults++;
    if (f->n_faults == QP_GEO_FAULTS_KEPT)
        return false;
    struct qp_geo_fault *at = &f->faults[f->n_faults++];
    *at = r->at;
    at->kind = kind;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(at->detail, sizeof at->detail, fmt, ap);
    va_end(ap);
    return false;
}
