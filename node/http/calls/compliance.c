/* compliance.c: GET /api/v1/patrols:compliance?by=area|grid|day|week: what of the patrols that were planned was done (GR4).
 *
 *   the plan: rules.patrol of the policy in force here: so many a grid and day, so long, with police or not
 *   planned = grids × ended days × per_day;   done, at most per_day a grid and day: long enough, with police where asked
 *   short = too few minutes, or no police;    missed = max(0, planned − done − short)
 *
 * A patrol's day is that of its start, in the tree's zone. Days that have not ended are not planned yet; what is done in them
 * shows. All from the table, at every level alike. */
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
    uint64_t planned, done, shorter, missed;
};
/* A standing grid. */
struct grid {
    uint8_t node[QP_ID_LEN];
    char path[QP_PATH_MAX], code[QP_NAME_BYTES + 1];
    size_t row;  /* by area, by grid */
    int32_t day; /* on which the last that counted was, and how many */
    uint32_t done;
};
struct asked {
    enum by by;
    const char *area;
    int32_t from, to, today; /* days, both belong to it; today has not ended */
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

/* The child in which it lies, or the node itself. */
static void child_of(char out[QP_PATH_MAX], const char *area, const char *path)
{
    size_t len = strlen(area), end = len;
    if (path[len] == '/')
        end = len + 1 + strcspn(path + len + 1, "/");
    memcpy(out, path, end);
    out[end] = '\0';
}

static int grid_in(void *arg, const struct qp_grid_seen *g)
{
    struct asked *q = arg;
    char key[QP_PATH_MAX];
    if (g->row->ended_us || !qp_path_within(g->path, q->area))
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
    child_of(key, q->area, g->path);
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

static void plan_all(struct asked *q)
{
    int32_t last = q->to < q->today ? q->to : q->today - 1;
    for (int32_t day = q->from; day <= last && !q->failed; day++)
        for (size_t i = 0; i < q->n_grids; i++) {
            size_t at = q->by == BY_AREA || q->by == BY_GRID ? q->grids[i].row : day_row(q, day);
            q->rows[at].planned += q->plan.per_day;
        }
}

/* ---- what was done ---- */

static int count_one(void *arg, const struct qp_patrol_count *c)
{
    struct asked *q = arg;
    struct grid key = {.row = 0};
    memcpy(key.node, c->node, QP_ID_LEN);
    snprintf(key.code, sizeof key.code, "%s", c->grid);
    struct grid *g = bsearch(&key, q->grids, q->n_grids, sizeof *g, by_node_and_code);
    bool enough = c->minutes >= q->plan.minutes && (c->police || !q->plan.police);
    if (!g || (!enough && !c->stopped)) /* it goes on, and may become long enough */
        return 0;
    if (g->day != c->day)
        g->done = 0;
    g->day = c->day;
    size_t at = q->by == BY_AREA || q->by == BY_GRID ? g->row : day_row(q, c->day);
    if (q->failed)
        return QP_ENOMEM;
    if (!enough)
        q->rows[at].shorter++;
    else if (!q->plan.said || g->done < q->plan.per_day) {
        q->rows[at].done++;
        g->done++;
    }
    return 0;
}

/* ---- the question ---- */

static void plan_of(struct qp_http *h, struct plan *p)
{
    struct qp_in_force *f = qp_core_policy_hold(h->core);
    const struct qp_policy_rules *r = f ? &f->policy->rules : NULL;
    p->said = r && r->patrol_per_day >= 0;
    if (p->said) {
        p->per_day = (uint32_t)r->patrol_per_day;
        p->minutes = r->patrol_minutes > 0 ? (uint32_t)r->patrol_minutes : 0;
        p->police = r->patrol_police > 0;
    }
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
    q->today = qp_bucket_day(c->h->zone, now);
    q->to = qp_query_time(&u, "to", &at) ? qp_bucket_day(c->h->zone, at - 1) : q->today;
    q->from = qp_query_time(&u, "from", &at) ? qp_bucket_day(c->h->zone, at) : q->to - USUAL_DAYS;
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
        struct row *r = &q->rows[i];
        r->missed = r->planned > r->done + r->shorter ? r->planned - r->done - r->shorter : 0;
        put_row(j, q, r, false);
        total.planned += r->planned;
        total.done += r->done;
        total.shorter += r->shorter;
    }
    qp_json_array_end(j);
    total.missed =
        total.planned > total.done + total.shorter ? total.planned - total.done - total.shorter : 0;
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
