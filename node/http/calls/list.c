/* list.c: GET /api/v1/matters: filters in, a page of matters and a cursor out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/policy.h"
#include "node/http/calls/calls.h"
#include "node/http/shape/json_clocks.h"
#include "node/http/shape/json_matter.h"
#include "node/http/shape/needs.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum { LIMIT = 50 };

struct page {
    struct qp_json j;
    struct qp_read *r;
    struct qp_in_force *policy;
    int64_t now_us;
    uint64_t n; /* items so far */
    struct qp_arena *a;
};

static int put_item(void *arg, const Qp__Row *row)
{
    struct page *p = arg;
    p->n++;
    qp_json_object(&p->j);
    qp_json_row(&p->j, row, p->r);
    qp_json_clocks(&p->j, p->r, row, NULL, 0, p->policy, p->now_us, p->a);
    qp_json_object_end(&p->j);
    return 0;
}

/* true, false, or the stage whose clock is over. */
static void read_overdue(struct qp_query *q, struct qp_list_query *l)
{
    const char *text = qp_query_text(q, "overdue");
    for (int stage = 0; text && stage < QP_CLOCK_STAGES; stage++) {
        if (strcmp(text, qp_clock_stage_name((enum qp_clock_stage)stage)) != 0)
            continue;
        if (stage == QP_CLOCK_CLOSE)
            l->overdue = 1;
        else
            l->overdue_stage = 1 + stage;
        return;
    }
    if (text && (strcmp(text, "true") == 0 || strcmp(text, "1") == 0))
        l->overdue = 1;
    else if (text && (strcmp(text, "false") == 0 || strcmp(text, "0") == 0))
        l->overdue = 0;
    else if (text)
        qp_query_fault(q, QP_EINVAL, "overdue",
                       "`overdue` must be true, false, or a stage: sign, assign, handle, verify, close");
}

/* One state, which has an index; or several, with commas between. */
static void read_states(struct qp_query *q, struct qp_list_query *l, const char *text)
{
    char name[16];
    size_t n = 0;
    for (const char *p = text; p; n++) {
        size_t len = strcspn(p, ",");
        snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : 0), p);
        l->state = qp_state_parse(name);
        if (!l->state) {
            qp_query_fault(
                q, QP_EINVAL, "state",
                "`state` must be open, sorted, assigned, handled, visited, closed, hung or merged, "
                "or several of them with commas between");
            return;
        }
        l->states |= 1u << l->state;
        p = p[len] ? p + len + 1 : NULL;
    }
    if (n > 1)
        l->state = 0;
    else
        l->states = 0;
}

/* here: this node is its holder; below: a node below it is. */
static void read_held(struct qp_query *q, struct qp_list_query *l, const char *self)
{
    const char *held = qp_query_text(q, "held");
    if (held && l->holder)
        qp_query_fault(q, QP_EINVAL, "held", "`holder` says that already: leave one of the two out");
    else if (held && strcmp(held, "here") == 0)
        l->holder = self;
    else if (held && strcmp(held, "below") == 0)
        l->held_below = self;
    else if (held)
        qp_query_fault(q, QP_EINVAL, "held", "`held` must be here or below");
}

/* WEST,SOUTH,EAST,NORTH in degrees, as GeoJSON has it. */
static void read_box(struct qp_query *q, struct qp_list_query *l)
{
    const char *text = qp_query_text(q, "bbox");
    double *const to[] = {&l->west, &l->south, &l->east, &l->north};
    if (!text)
        return;
    l->has_bbox = true;
    for (size_t i = 0; i < 4 && l->has_bbox; i++) {
        char *end;
        *to[i] = strtod(text, &end);
        l->has_bbox = end != text && *end == (i < 3 ? ',' : '\0') && *to[i] >= (i % 2 ? -90 : -180) &&
                      *to[i] <= (i % 2 ? 90 : 180);
        text = end + 1;
    }
    if (!l->has_bbox || l->south > l->north)
        qp_query_fault(q, QP_EINVAL, "bbox",
                       "`bbox` must be WEST,SOUTH,EAST,NORTH in degrees, such as 116.9,33.6,117.1,33.7");
}

static void read_filters(struct qp_query *q, struct qp_list_query *l)
{
    l->area = qp_query_path(q, "area");
    l->category = qp_query_text(q, "category");
    l->source = qp_query_text(q, "source");
    l->desk = qp_query_text(q, "desk");
    l->holder = qp_query_path(q, "holder");
    l->q = qp_query_text(q, "q");
    const char *state = qp_query_text(q, "state"), *urgency = qp_query_text(q, "urgency");
    read_states(q, l, state);
    l->urgency = urgency ? qp_urgency_parse(urgency) : 0;
    if (urgency && !l->urgency)
        qp_query_fault(q, QP_EINVAL, "urgency", "`urgency` must be routine, urgent or emergency");
    read_overdue(q, l);
    l->has_from = qp_query_time(q, "from", &l->from_us);
    l->has_to = qp_query_time(q, "to", &l->to_us);
    l->happened = qp_query_bool(q, "happened") == 1;
    l->has_updated_after = qp_query_time(q, "updated_after", &l->updated_after_us);
    l->has_due_before = qp_query_time(q, "due_before", &l->due_before_us);
    l->unassigned = qp_query_bool(q, "unassigned") == 1;
    l->urged = qp_query_bool(q, "urged") == 1;
    l->due_soon = qp_query_bool(q, "due_soon") == 1;
    read_box(q, l);
    const char *lead = qp_query_text(q, "lead");
    l->has_lead = lead && *lead;
    if (l->has_lead && qp_id_parse(l->lead, lead))
        qp_query_fault(q, QP_EINVAL, "lead", "`lead` is the id of a lead: 26 letters and digits");
}

/* What needs somebody here now, most pressing first: it says the state and the holder itself. */
static void read_needs(struct qp_query *q, struct qp_list_query *l, const struct qp_cert *self)
{
    static const char *const SAID[] = {"state", "holder", "held", "overdue", "after"};
    const char *needs = qp_query_text(q, "needs"), *sort = qp_query_text(q, "sort");
    char names[160];
    size_t i = 0;
    if (!needs)
        return;
    for (size_t k = 0; k < sizeof SAID / sizeof *SAID; k++) {
        if (qp_query_text(q, SAID[k]))
            qp_query_fault(q, QP_EINVAL, SAID[k], "`needs` says that already: leave `%s` out", SAID[k]);
    }
    while (qp_needs_name(i) && strcmp(qp_needs_name(i), needs) != 0)
        i++;
    enum qp_sort chosen = l->sort;
    if (!qp_needs_name(i) || !qp_needs_query(i, self, l)) {
        qp_needs_names(names, sizeof names);
        qp_query_fault(q, QP_EINVAL, "needs", "`needs` must be one of %s", names);
    }
    if (sort)
        l->sort = chosen;
}

static void read_page(struct qp_query *q, struct qp_list_query *l)
{
    const char *sort = qp_query_text(q, "sort");
    l->sort = QP_SORT_OPENED_DESC;
    if (sort && (l->sort = (enum qp_sort)qp_sort_parse(sort)) == 0)
        qp_query_fault(q, QP_EINVAL, "sort",
                       "`sort` must be opened_at, -opened_at, updated_at, -updated_at, deadline or arrived");
    l->limit = qp_query_limit(q, LIMIT);
    l->cursor = qp_query_text(q, "cursor");
    l->after = qp_query_text(q, "after");
    if (l->after && sort && l->sort != QP_SORT_ARRIVED)
        qp_query_fault(q, QP_EINVAL, "sort", "`after` lists by arrival: leave `sort` out, or give arrived");
    if (l->after)
        l->sort = QP_SORT_ARRIVED;
}

enum MHD_Result qp_matters_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_list_end end = {.more = false};
    struct qp_list_query l = {.overdue = -1, .end = &end};
    struct qp_read r;
    struct page p = {.r = &r};
    char cursor[128] = "";
    uint64_t total = 0;
    bool counted = false;
    qp_query_begin(&q, c, &f);
    read_filters(&q, &l);
    read_held(&q, &l, c->h->self.path);
    read_page(&q, &l);
    read_needs(&q, &l, &c->h->self);
    bool below = qp_query_bool(&q, "below") == 1;
    if (below && !l.category)
        qp_query_fault(&q, QP_EINVAL, "below", "`below` goes with `category`: name the one to list");
    l.sees = qp_seer_of(&c->auth);
    l.seer = &c->auth;
    int rc = qp_query_end(&q);
    if (!rc)
        rc = qp_call_arena(c) ? qp_read_begin(c->h->store, &r, &f.e)
                              : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        qp_json_object(&p.j);
        qp_json_key(&p.j, "items");
        qp_json_array(&p.j);
        p.a = qp_call_arena(c);
        p.now_us = qp_wall_us();
        p.policy = qp_core_policy_hold(c->h->core);
        l.below = below && p.policy ? p.policy->policy : NULL;
        rc = qp_matter_list(&r, &l, put_item, &p, cursor, qp_call_arena(c), &f.e);
        if (!rc && !(l.cursor && *l.cursor) && !cursor[0] && !l.after) { /* the first page is all of it */
            total = p.n;
            counted = true;
        } else if (!rc && !l.after) /* a poller asks for what is new, not for how much there is */
            rc = qp_matter_count(&r, &l, &total, &counted, &f.e);
        qp_read_end(&r);
        qp_in_force_release(p.policy);
        if (rc == QP_EINVAL) /* all else was looked at above */
            qp_text_cut(f.field, sizeof f.field, strncmp(f.e.text, "after", 5) == 0 ? "after" : "cursor");
    }
    if (rc) {
        qp_json_drop(&p.j);
        return qp_answer_fault(c, &f);
    }
    qp_json_array_end(&p.j);
    qp_json_put_full(&p.j, "next_cursor", cursor);
    qp_json_key(&p.j, "total"); /* null: too many to count for a page */
    if (counted)
        qp_json_uint(&p.j, total);
    else
        qp_json_null(&p.j);
    qp_json_put(&p.j, "next", end.next); /* the `after` of what comes later */
    qp_json_put_bool(&p.j, "more", end.more || cursor[0] != 0);
    qp_json_object_end(&p.j);
    return qp_answer_json(c, 200, &p.j);
}
