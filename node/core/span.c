/* span.c: see span.h. Called by node/http for each call of somebody who is narrowed. */
#include "node/core/span.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

const struct qp_span qp_span_all = {.nareas = 0};

void qp_span_of(struct qp_span *out, char *const *areas, size_t nareas, char *const *categories,
                size_t ncategories)
{
    assert(out && (areas || nareas == 0) && (categories || ncategories == 0));
    *out = (struct qp_span){.nareas = nareas, .ncategories = ncategories};
    if (nareas > QP_SPAN_MOST || ncategories > QP_SPAN_MOST) { /* of a later build: sees nothing */
        *out = (struct qp_span){.nareas = 1, .ncategories = 1};
        return;
    }
    for (size_t i = 0; i < nareas; i++)
        snprintf(out->areas[i], sizeof out->areas[i], "%s", areas[i]);
    for (size_t i = 0; i < ncategories; i++)
        snprintf(out->categories[i], sizeof out->categories[i], "%s", categories[i]);
}

bool qp_span_is_all(const struct qp_span *r)
{
    assert(r && r->nareas <= QP_SPAN_MOST && r->ncategories <= QP_SPAN_MOST);
    return r->nareas == 0 && r->ncategories == 0;
}

static bool area_held(const struct qp_span *r, const char *area)
{
    bool held = r->nareas == 0;
    for (size_t i = 0; i < r->nareas && !held; i++)
        held = r->areas[i][0] && qp_path_within(area, r->areas[i]);
    return held;
}

static bool category_held(const struct qp_span *r, const char *category)
{
    bool held = r->ncategories == 0;
    for (size_t i = 0; i < r->ncategories && !held; i++)
        held = r->categories[i][0] && strcmp(category, r->categories[i]) == 0;
    return held;
}

bool qp_span_holds(const struct qp_span *r, const char *area, const char *category)
{
    assert(r && area && category);
    return area_held(r, area) && category_held(r, category);
}

bool qp_span_place(const struct qp_span *r, const char *area)
{
    assert(r && area);
    return area_held(r, area);
}

bool qp_span_within(const struct qp_span *inner, const struct qp_span *outer)
{
    assert(inner && outer);
    bool within =
        (outer->nareas == 0 || inner->nareas > 0) && (outer->ncategories == 0 || inner->ncategories > 0);
    for (size_t i = 0; i < inner->nareas && within; i++)
        within = area_held(outer, inner->areas[i]);
    for (size_t i = 0; i < inner->ncategories && within; i++)
        within = category_held(outer, inner->categories[i]);
    return within;
}
