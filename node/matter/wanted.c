/* wanted.c: see wanted.h. A filter that is new has a line in qp_wanted; one with an index a row in qp_wanted_indexes, and one without
 * it a word in qp_wanted_by_indexes. */
#include "node/matter/wanted.h"

#include "node/matter/beside.h"
#include "node/matter/lifecycle.h"
#include "topology/path.h"

static bool same(const char *wanted, const char *is)
{
    return !wanted || strcmp(wanted, is) == 0;
}

/* PO2: by the categories of the policy that was given. */
static bool of_category(const struct qp_list_query *q, const char *category)
{
    const struct qp_policy_category *c = q->category && q->below ? qp_policy_find(q->below, category) : NULL,
                                    *of = c ? qp_policy_find(q->below, q->category) : NULL;
    for (int depth = 0; depth < QP_POLICY_DEPTH && c && *c->code; depth++) {
        if (c == of)
            return true;
        c = c->parent ? qp_policy_category(q->below, c->parent) : NULL;
    }
    return same(q->category, category);
}

static bool in_time(const struct qp_list_query *q, const Qp__Face *f)
{
    int64_t at_us = q->happened && f->occurred_us ? f->occurred_us : f->opened_us;
    return !(q->has_from && at_us < q->from_us) && !(q->has_to && at_us >= q->to_us) &&
           !(q->has_updated_after && f->updated_us <= q->updated_after_us);
}

static bool in_box(const struct qp_list_query *q, const Qp__Location *l)
{
    if (!q->has_bbox)
        return true;
    if (!l || l->lat < q->south || l->lat > q->north)
        return false;
    return q->west <= q->east ? l->lon >= q->west && l->lon <= q->east
                              : l->lon >= q->west || l->lon <= q->east;
}

static bool held_below(const char *holder, const char *above)
{
    return !above || qp_path_below(holder, above);
}

/* A stage of its own: that clock; the close clock's is the deadline. */
static bool overdue(const struct qp_list_query *q, const Qp__Row *row)
{
    if (q->overdue_stage)
        return row->overdue_stages & 1u << (q->overdue_stage - 1);
    return q->overdue < 0 || (q->overdue > 0) == (row->overdue != 0);
}

bool qp_wanted(const struct qp_list_query *q, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    return (q->state == 0 || (uint32_t)q->state == f->state) &&
           (q->states == 0 || q->states >> f->state & 1) && !(q->here && f->offer) &&
           (!q->to_visit || f->must_visit) && !(q->to_close && f->must_visit) &&
           (!q->offered_to || (f->offer && strcmp(q->offered_to, f->offer->to_path) == 0)) &&
           (q->urgency == 0 || (uint32_t)q->urgency == f->urgency) && overdue(q, row) &&
           (!q->urged || qp_beside_urge(row)) && (!q->due_soon || row->remind_stages) &&
           (!q->lifted_to || qp_beside_lifted(row, q->lifted_to)) && of_category(q, f->category) &&
           same(q->source, f->source) && same(q->desk, f->desk) && same(q->holder, f->holder_path) &&
           (!q->area || qp_path_within(f->area, q->area)) && in_time(q, f) &&
           held_below(f->holder_path, q->held_below) && (!q->unassigned || qp_face_unassigned(f)) &&
           !(q->given && f->unplaced) &&
           (!q->has_due_before ||
            (qp_face_is_open(f) && qp_has_deadline(f) && f->deadline_us < q->due_before_us)) &&
           in_box(q, f->location) && (!q->sees || q->sees(q->seer, row));
}

static bool area_indexed(struct qp_read *r, const char *area)
{
    char place[QP_PATH_MAX];
    qp_place_read(r, place);
    return *place && qp_path_below(area, place);
}

/* The only state that is asked for; 0: any, or several. */
static uint64_t one_state(const struct qp_list_query *q)
{
    uint64_t state = (uint64_t)q->state;
    for (uint64_t i = 1; i < 8 * sizeof q->states && !state; i++)
        state = q->states == 1u << i ? i : 0;
    return state;
}

int qp_wanted_indexes(struct qp_scan *s, const struct qp_list_query *q, struct qp_err *e)
{
    bool below = q->area && area_indexed(s->r, q->area);
    const struct {
        enum qp_index_kind kind;
        bool use;
        const char *text;
        uint64_t number;
    } uses[] = {
        {QP_INDEX_STATE, one_state(q) != 0, NULL, one_state(q)},
        {QP_INDEX_CATEGORY, q->category && !q->below, q->category, 0},
        {QP_INDEX_SOURCE, q->source, q->source, 0},
        {QP_INDEX_DESK, q->desk && *q->desk, q->desk, 0},
        {QP_INDEX_HOLDER, q->holder, q->holder, 0},
        {QP_INDEX_AREA, below, q->area, 0},
        {QP_INDEX_URGENCY, q->urgency > QP_ROUTINE, NULL, (uint64_t)q->urgency},
        {QP_INDEX_OVERDUE, q->overdue > 0 || q->overdue_stage, NULL,
         q->overdue_stage ? QP_OVERDUE_STAGE + (uint64_t)q->overdue_stage - 1 : 1},
        {QP_INDEX_OFFERED, q->offered_to, q->offered_to, 0},
        {QP_INDEX_URGED, q->urged || q->lifted_to, NULL, 1},
        {QP_INDEX_OVERDUE, q->due_soon, NULL, QP_DUE_SOON},
    };
    enum { USES = sizeof uses / sizeof *uses };
    _Static_assert(USES + 1 == QP_SCAN_STREAMS, "a stream for each, and the lead's");
    int rc = q->has_lead ? qp_scan_add_lead(s, q->lead, e) : 0;
    for (size_t i = 0; i < USES && !rc; i++)
        if (uses[i].use)
            rc = qp_scan_add(s, uses[i].kind, uses[i].text ? qp_code(uses[i].text) : uses[i].number, e);
    return rc;
}

bool qp_wanted_by_indexes(struct qp_read *r, const struct qp_list_query *q)
{
    return (!q->area || area_indexed(r, q->area)) && (!q->states || (!q->state && one_state(q))) &&
           !q->here && !q->to_visit && !q->to_close && !q->has_from && !q->has_to && !q->has_updated_after &&
           !q->q && !q->held_below && !q->unassigned && !q->given && !q->has_due_before && !q->has_bbox &&
           !q->sees && !(q->category && q->below) && q->overdue != 0 && q->urgency != QP_ROUTINE &&
           !(q->desk && !*q->desk);
}
