/* circular_matters.c: GET /api/v1/circulars/{id}/matters: what stands behind one figure. The clerk counts the journal again,
 * of an own circular up to where that one was counted, and tells whose matters add to it; their titles are those of now.
 *
 *   first page ─► the whole journal ─► all matters behind the figure, kept ─► a page of them
 *   next page  ─► of the same circular, figure and key, within some minutes ─► a page of what is kept */
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/circulars.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum { LIMIT = 50, BODY_ARENA = 8 * 1024 * 1024 };
#define KEPT_US INT64_C(300000000)

struct one {
    uint8_t id[QP_ID_LEN];
    uint64_t above, below;
};
struct asking {
    struct qp_clerk_work work;
    uint8_t circular[QP_ID_LEN], after[QP_ID_LEN]; /* after: zeros: the first page */
    struct qp_behind behind;
    char key[QP_PATH_MAX];
    size_t limit;
    struct one *v;
    size_t n;
    bool more, exact;
};
struct kept { /* all matters behind one figure, by their ids */
    uint8_t circular[QP_ID_LEN];
    enum qp_circular_figure figure;
    enum qp_circular_by by;
    char key[QP_PATH_MAX];
    int64_t boot_us;
    bool exact;
    struct one *v;
    size_t n, cap;
};

static void kept_free(void *what)
{
    struct kept *k = what;
    free(k->v);
    free(k);
}

/* What is kept, if it is what is asked for. One that is not exact is counted anew with each first page. */
static struct kept *kept_of(const struct asking *x)
{
    static const uint8_t first[QP_ID_LEN];
    struct kept *k = qp_clerk_kept(x->work.http);
    bool same = k && memcmp(k->circular, x->circular, QP_ID_LEN) == 0 && k->figure == x->behind.figure &&
                k->by == x->behind.by && strcmp(k->key, x->key) == 0;
    bool good = same && (k->exact || memcmp(x->after, first, QP_ID_LEN) != 0);
    return good && qp_boot_us() - k->boot_us < KEPT_US ? k : NULL;
}

static int take(void *arg, const uint8_t id[QP_ID_LEN], uint64_t above, uint64_t below)
{
    struct kept *k = arg;
    if (k->n == k->cap) {
        size_t cap = k->cap ? k->cap * 2 : 256;
        struct one *v = realloc(k->v, cap * sizeof *v);
        if (!v)
            return QP_ENOMEM;
        k->v = v;
        k->cap = cap;
    }
    memcpy(k->v[k->n].id, id, QP_ID_LEN);
    k->v[k->n].above = above;
    k->v[k->n++].below = below;
    return 0;
}

static int count(struct kept *k, struct asking *x, const Qp__CircularHead *head, Qp__Circular *body)
{
    struct qp_http *h = x->work.http;
    struct qp_counting counting = {
        .store = h->store, .self = &h->self, .zone = h->zone, .area = body->area, .stop = qp_clerk_stops(h)};
    struct qp_census *c;
    /* Another node's positions, and those before this node lost its disk, mean nothing in this journal. */
    k->exact =
        memcmp(head->node.data, h->self.node, QP_ID_LEN) == 0 && head->incarnation == h->self.incarnation;
    uint64_t through = k->exact ? body->through : 0;
    int rc = qp_journal_census(&counting, &through, &c, &x->work.e);
    if (rc)
        return rc;
    x->behind.key = x->key;
    x->behind.span = (struct qp_span_us){body->from_us, body->to_us};
    rc = qp_census_behind(c, &x->behind, qp_circular_view, body, take, k);
    qp_census_free(c);
    return rc ? qp_circular_uncounted(&x->work.e, rc) : 0;
}

/* Counts, and keeps it. NULL: x->work.e says why. */
static struct kept *keep(struct asking *x, const Qp__CircularHead *head, Qp__Circular *body)
{
    struct kept *k = calloc(1, sizeof *k);
    if (!k) {
        qp_circular_uncounted(&x->work.e, QP_ENOMEM);
        return NULL;
    }
    memcpy(k->circular, x->circular, QP_ID_LEN);
    k->figure = x->behind.figure;
    k->by = x->behind.by;
    snprintf(k->key, sizeof k->key, "%s", x->key);
    if (count(k, x, head, body)) {
        kept_free(k);
        return NULL;
    }
    k->boot_us = qp_boot_us();
    qp_clerk_keep(x->work.http, k, kept_free);
    return k;
}

static void page(struct asking *x, const struct kept *k)
{
    size_t at = 0, above = k->n;
    while (at < above) { /* the first behind the cursor */
        size_t mid = at + (above - at) / 2;
        if (memcmp(k->v[mid].id, x->after, QP_ID_LEN) <= 0)
            at = mid + 1;
        else
            above = mid;
    }
    x->exact = k->exact;
    x->n = k->n - at < x->limit ? k->n - at : x->limit;
    x->more = k->n - at > x->limit;
    if (x->n > 0)
        memcpy(x->v, k->v + at, x->n * sizeof *x->v);
}

static void run(struct qp_clerk_work *w)
{
    struct asking *x = (struct asking *)w;
    struct qp_arena *a = qp_arena_new(BODY_ARENA);
    struct qp_read r;
    Qp__CircularHead *head;
    Qp__Circular *body;
    int rc = a ? qp_read_begin(w->http->store, &r, &w->e) : qp_fail(&w->e, QP_ENOMEM, "out of memory");
    if (!rc) {
        rc = qp_circular_head(r.tables, r.store, x->circular, a, &head, &w->e);
        if (rc == QP_ENOTFOUND)
            qp_fail(&w->e, rc, "no circular with this id is known here");
        if (!rc)
            rc = qp_circular_body_read(r.tables, r.store, head, a, &body, &w->e);
        qp_read_end(&r);
    }
    if (!rc) {
        const struct kept *k = kept_of(x);
        if (!k)
            k = keep(x, head, body);
        if (k)
            page(x, k);
        rc = k ? 0 : w->e.code;
    }
    qp_arena_free(a);
    w->e.code = rc;
}

static void drop(struct qp_clerk_work *w)
{
    struct asking *x = (struct asking *)w;
    free(x->v);
    free(x);
}

static void put_one(struct qp_json *j, struct qp_read *r, const struct one *o, struct qp_arena *a)
{
    Qp__Row *row;
    bool known = !qp_matter_read(r, o->id, &row, a, NULL);
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, o->id, QP_ID_LEN);
    qp_json_put(j, "title", known ? row->face->title : NULL);
    qp_json_put(j, "state", known ? qp_state_name(row->face->state) : NULL);
    qp_json_put(j, "area", known ? row->face->area : NULL);
    qp_json_put(j, "category", known ? row->face->category : NULL);
    qp_json_put_time(j, "opened_at", known ? row->face->opened_us : 0);
    qp_json_put_time(j, "closed_at", known ? row->face->closed_us : 0);
    qp_json_put_time(j, "deadline", known ? row->face->deadline_us : 0);
    qp_json_key(j, "numerator");
    qp_json_uint(j, o->above);
    qp_json_key(j, "denominator");
    qp_json_uint(j, o->below);
    qp_json_object_end(j);
}

static enum MHD_Result counted(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct asking *x = c->state;
    struct qp_json j = {0};
    struct qp_read r;
    struct qp_arena *a = qp_call_arena(c);
    int rc = qp_clerk_done(c, &x->work, &f);
    if (!rc)
        rc = a ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc)
        return qp_answer_fault(c, &f);
    qp_json_object(&j);
    qp_json_key(&j, "items");
    qp_json_array(&j);
    for (size_t i = 0; i < x->n; i++)
        put_one(&j, &r, &x->v[i], a);
    qp_read_end(&r);
    qp_json_array_end(&j);
    qp_json_key(&j, "next_cursor");
    qp_json_id(&j, x->n ? x->v[x->n - 1].id : NULL, x->more ? QP_ID_LEN : 0);
    qp_json_put_bool(&j, "exact", x->exact);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

static void read_query(struct qp_query *q, struct asking *x)
{
    const char *figure = qp_query_text(q, "figure"), *by = qp_query_text(q, "by"),
               *key = qp_query_text(q, "key"), *cursor = qp_query_text(q, "cursor");
    int f = figure ? qp_figure_parse(figure) : -1, b = qp_circular_by_parse(by ? by : "");
    if (f < 0)
        qp_query_fault(q, QP_EINVAL, "figure",
                       "`figure` must be the name of one: GET /api/v1/circulars:figures");
    if (b < 0)
        qp_query_fault(q, QP_EINVAL, "by",
                       "`by` must be area, desk, source, category or view, or be left out");
    if (key && strlen(key) >= sizeof x->key)
        qp_query_fault(q, QP_EINVAL, "key", "`key` is longer than any");
    x->behind.figure = f < 0 ? QP_CF_OPENED : (enum qp_circular_figure)f;
    x->behind.by = b < 0 ? QP_CB_TOTAL : (enum qp_circular_by)b;
    snprintf(x->key, sizeof x->key, "%s", key ? key : "");
    x->limit = qp_query_limit(q, LIMIT);
    if (cursor && *cursor && qp_id_parse(x->after, cursor))
        qp_query_fault(q, QP_EINVAL, "cursor", "`cursor` is the `next_cursor` of the page before");
}

enum MHD_Result qp_circular_matters_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    char text[48];
    struct asking *x = calloc(1, sizeof *x);
    if (!x)
        return MHD_NO;
    x->work.run = run;
    x->work.drop = drop;
    qp_query_begin(&q, c, &f);
    read_query(&q, x);
    int rc = qp_query_end(&q);
    if (!rc && (!qp_call_segment(c, 3, text, sizeof text) || qp_id_parse(x->circular, text)))
        rc = qp_circular_unknown(&f);
    if (!rc && !(x->v = calloc(x->limit, sizeof *x->v)))
        rc = qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc)
        drop(&x->work);
    else
        rc = qp_clerk_send(c, &x->work, counted, &f.e);
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}
