/* compliance.c: GET /api/v1/patrols:compliance?by=area|grid|day|week: what of the patrols that were planned was done (GR4).
 *
 *   the plan: rules.patrol of the policy in force here: so many a grid and day, so long, with police or not
 *   of each grid and each day that has ended: planned = per_day = met + short + missed
 *     met     long enough, with police where asked; at most per_day
 *     short   too few minutes, or no police, where one was wanted still
 *     missed  the rest
 *   done: met, and what is done already on a day that has not ended: of that nothing is planned, short or missed yet
 *
 * A grid is planned on the whole days on which it stood, and on every other day on which somebody walked it: records that were
 * brought in are older than the grid here, and who did not walk then nobody can say. A patrol's day is that of its start, in
 * the tree's zone. All from the table, at every level alike. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/ground.h"
#include "node/core/policy.h"
#include "node/http/calls/calls.h"
#include "node/http/calls/duty.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum by { BY_AREA, BY_GRID, BY_DAY, BY_WEEK };
enum { DAYS_MOST = 3660, USUAL_DAYS = 7 };

struct plan {
    uint32_t per_day, minutes;
    bool police, said;
};
struct row {
    char key[QP_PATH_MAX], node[QP_PATH_MAX];
    int32_t day; /* by day, by week: the first of it */
    uint64_t planned, done, met, shorter, missed;
};
struct grid {
    uint8_t node[QP_ID_LEN];
    char path[QP_PATH_MAX], code[QP_NAME_BYTES + 1];
    size_t row;          /* by area, by grid */
    int32_t from, until; /* the whole days on which it stood: [from, until) */
    int32_t day;         /* of those that are being counted, and how many */
    uint64_t enough, shorter;
};
struct asked {
    enum by by;
    const char *area;
    int32_t from, to, today; /* days, both belong to it; today has not ended */
    const struct qp_zone *zone;
    struct plan plan;
    struct row *rows;
    size_t n, cap;
    struct grid *grids; /* by node and code */
    size_t n_grids, cap_grids;
    bool failed;
};

static void *room(void *list, size_t n, size_t *cap, size_t each)
{
    if (n < *cap)
        return list;
    size_t more = *cap ? *cap * 2 : 64;
    void *v = realloc(list, more * each);
    if (v)
        *cap = more;
    return v;
}

/* ---- rows ---- */

static size_t row_of(struct asked *q, const char *key, const char *node, int32_t day)
{
    for (size_t i = q->by == BY_GRID ? 0 : q->n; i-- > 0;) /* each grid comes once */
        if (q->rows[i].day == day && strcmp(q->rows[i].key, key) == 0 && strcmp(q->rows[i].node, node) == 0)
            return i;
    struct row *v = room(q->rows, q->n, &q->cap, sizeof *v);
    if (!v) {
        q->failed = true;
        return 0;
    }
    q->rows = v;
    v = &v[q->n];
    memset(v, 0, sizeof *v);
    snprintf(v->key, sizeof v->key, "%s", key);
    snprintf(v->node, sizeof v->node, "%s", node);
    v->day = day;
    return q->n++;
}

static size_t day_row(struct asked *q, int32_t day)
{
    char key[32];
    int32_t at = q->by == BY_WEEK ? qp_bucket_week(day) : day;
    (q->by == BY_WEEK ? qp_bucket_week_text : qp_bucket_day_text)(key, at);
    return row_of(q, key, "", at);
}

static int grid_in(void *arg, const struct qp_grid_seen *g)
{
    struct asked *q = arg;
    char key[QP_PATH_MAX];
    int32_t until = g->row->ended_us ? qp_bucket_day(q->zone, g->row->ended_us) : INT32_MAX;
    if (until < q->from ||
        !qp_path_within(g->path, q->area)) /* on the day of its end it may have been walked */
        return 0;
    struct grid *v = room(q->grids, q->n_grids, &q->cap_grids, sizeof *v);
    if (!v)
        return QP_ENOMEM;
    q->grids = v;
    v = &v[q->n_grids++];
    memset(v, 0, sizeof *v);
    memcpy(v->node, g->node, QP_ID_LEN);
    snprintf(v->path, sizeof v->path, "%s", g->path);
    snprintf(v->code, sizeof v->code, "%s", g->row->id);
    v->from = qp_bucket_day(q->zone, g->row->made_us) + 1;
    v->until = until;
    qp_path_child(key, q->area, g->path);
    if (q->by == BY_AREA)
        v->row = row_of(q, key, "", 0);
    if (q->by == BY_GRID)
        v->row = row_of(q, v->code, v->path, 0);
    return q->failed ? QP_ENOMEM : 0;
}

static int by_node_and_code(const void *a, const void *b)
{
    const struct grid *x = a, *y = b;
    int c = memcmp(x->node, y->node, QP_ID_LEN);
    return c ? c : strcmp(x->code, y->code);
}

/* NULL: no memory. */
static struct row *row_for(struct asked *q, const struct grid *g, int32_t day)
{
    size_t at = q->by == BY_AREA || q->by == BY_GRID ? g->row : day_row(q, day);
    return q->failed ? NULL : &q->rows[at];
}

static bool stood(const struct grid *g, int32_t day)
{
    return g->from <= day && day < g->until;
}

/* What is planned is missed until it is seen. */
static void plan_one(struct asked *q, const struct grid *g, int32_t day)
{
    struct row *row = row_for(q, g, day);
    if (!row)
        return;
    row->planned += q->plan.per_day;
    row->missed += q->plan.per_day;
}

static void plan_all(struct asked *q)
{
    int32_t last = q->to < q->today ? q->to : q->today - 1;
    for (int32_t day = q->from; day <= last && !q->failed; day++)
        for (size_t i = 0; i < q->n_grids && !q->failed; i++)
            if (stood(&q->grids[i], day))
                plan_one(q, &q->grids[i], day);
}

/* ---- what was done ---- */

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* One grid's day is all there: into its row. */
static void settle(struct asked *q, struct grid *g)
{
    uint64_t most = q->plan.said ? q->plan.per_day : UINT64_MAX;
    uint64_t done = least(g->enough, most), shorter = least(g->shorter, most - done);
    bool ended = g->day < q->today;
    if (g->enough + g->shorter == 0)
        return;
    if (ended && q->plan.said && !stood(g, g->day))
        plan_one(q, g, g->day);
    struct row *row = row_for(q, g, g->day);
    if (!row)
        return;
    row->done += done;
    if (ended && q->plan.said) {
        row->met += done;
        row->shorter += shorter;
        row->missed -= done + shorter;
    }
    g->enough = g->shorter = 0;
}

/* Of each grid they come day by day. */
static int count_one(void *arg, const struct qp_patrol_count *c)
{
    struct asked *q = arg;
    struct grid key = {.row = 0};
    memcpy(key.node, c->node, QP_ID_LEN);
    snprintf(key.code, sizeof key.code, "%s", c->grid);
    struct grid *g = bsearch(&key, q->grids, q->n_grids, sizeof *g, by_node_and_code);
    bool enough = c->minutes >= q->plan.minutes && (c->police || !q->plan.police);
    bool goes_on = !c->stopped && c->day >= q->today - 1; /* longer than a shift nobody walks */
    if (!g || (!enough && goes_on))                       /* it may become long enough */
        return 0;
    if (g->day != c->day)
        settle(q, g);
    g->day = c->day;
    *(enough ? &g->enough : &g->shorter) += 1;
    return q->failed ? QP_ENOMEM : 0;
}

/* ---- the question ---- */

static void plan_of(struct qp_http *h, struct plan *p)
{
    struct qp_in_force *f = qp_core_policy_hold(h->core);
    p->said = qp_policy_patrol(f ? f->policy : NULL, &p->per_day, &p->minutes, &p->police);
    qp_in_force_release(f);
}

static int query(struct qp_call *c, struct asked *q, struct qp_fault *f)
{
    static const char *const names[] = {"area", "grid", "day", "week"};
    struct qp_query u;
    int64_t at, now = qp_wall_us();
    qp_query_begin(&u, c, f);
    const char *by = qp_query_text(&u, "by");
    q->area = qp_query_path(&u, "area");
    q->zone = c->h->zone;
    q->today = qp_bucket_day(c->h->zone, now);
    q->to = qp_query_time(&u, "to", &at) ? qp_bucket_day(c->h->zone, at - 1) : q->today;
    q->from = qp_query_time(&u, "from", &at) ? qp_bucket_day(c->h->zone, at) : q->to - (USUAL_DAYS - 1);
    size_t k = 0;
    while (k < 4 && strcmp(by ? by : "area", names[k]) != 0)
        k++;
    if (k == 4)
        qp_query_fault(&u, QP_EINVAL, "by", "`by` must be area, grid, day or week");
    q->by = (enum by)k;
    if ((int64_t)q->to - q->from > DAYS_MOST)
        qp_query_fault(&u, QP_EINVAL, "from", "at most ten years are counted at once");
    if (q->area && !qp_path_within(q->area, c->h->self.path))
        qp_query_fault(&u, QP_ENOTFOUND, "area", "%.200s does not lie at or below this node", q->area);
    q->area = q->area ? q->area : c->h->self.path;
    return qp_query_end(&u);
}

static int by_key(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int c = x->day != y->day ? (x->day < y->day ? -1 : 1) : strcmp(x->node, y->node);
    return c ? c : strcmp(x->key, y->key);
}

static void put_row(struct qp_json *j, const struct asked *q, const struct row *r, bool total)
{
    qp_json_object(j);
    if (!total)
        qp_json_put(j, "key", r->key);
    if (!total && q->by == BY_GRID)
        qp_json_put(j, "node", r->node);
    qp_json_put_int(j, "planned", (int64_t)r->planned);
    qp_json_put_int(j, "done", (int64_t)r->done);
    qp_json_put_int(j, "met", (int64_t)r->met);
    qp_json_put_int(j, "short", (int64_t)r->shorter);
    qp_json_put_int(j, "missed", (int64_t)r->missed);
    qp_json_object_end(j);
}

static void put_all(struct qp_json *j, struct asked *q)
{
    struct row total = {.key = ""};
    char day[32];
    qp_json_object(j);
    qp_bucket_day_text(day, q->from);
    qp_json_put(j, "from", day);
    qp_bucket_day_text(day, q->to + 1);
    qp_json_put(j, "to", day);
    qp_json_key(j, "plan");
    if (q->plan.said) {
        qp_json_object(j);
        qp_json_put_int(j, "per_day", q->plan.per_day);
        qp_json_put_int(j, "minutes", q->plan.minutes);
        qp_json_put_bool(j, "police", q->plan.police);
        qp_json_object_end(j);
    } else {
        qp_json_null(j);
    }
    qp_json_key(j, "rows");
    qp_json_array(j);
    for (size_t i = 0; i < q->n; i++) {
        const struct row *r = &q->rows[i];
        put_row(j, q, r, false);
        total.planned += r->planned;
        total.done += r->done;
        total.met += r->met;
        total.shorter += r->shorter;
        total.missed += r->missed;
    }
    qp_json_array_end(j);
    qp_json_key(j, "total");
    put_row(j, q, &total, true);
    qp_json_object_end(j);
}

enum MHD_Result qp_compliance_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct asked q = {.n = 0};
    struct qp_json j = {0};
    int rc = query(c, &q, &f);
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    plan_of(c->h, &q.plan);
    rc = qp_grids_each(c->h->core, &r, grid_in, &q, &f.e);
    if (q.n_grids > 1)
        qsort(q.grids, q.n_grids, sizeof *q.grids, by_node_and_code);
    if (!rc)
        plan_all(&q);
    if (!rc)
        rc = qp_patrols_count(&r, q.from, q.to, count_one, &q, &f.e);
    for (size_t i = 0; i < q.n_grids && !rc && !q.failed; i++)
        settle(&q, &q.grids[i]);
    qp_read_end(&r);
    rc = rc ? rc : q.failed ? QP_ENOMEM : 0;
    if (!rc) {
        if (q.n > 1)
            qsort(q.rows, q.n, sizeof *q.rows, by_key);
        put_all(&j, &q);
    }
    free(q.rows);
    free(q.grids);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    if (!f.e.code)
        qp_fault_set(&f, rc, "", "the patrols cannot be counted");
    return qp_answer_fault(c, &f);
}
