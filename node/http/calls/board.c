/* board.c: GET /api/v1/board: counts by area, desk, source, category or time; the figures come from
 * node/insight. */
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/figures.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

static void put_quantile(struct qp_json *j, const char *name, int64_t seconds)
{
    qp_json_key(j, name);
    if (seconds < 0)
        qp_json_null(j);
    else
        qp_json_int(j, seconds);
}

void qp_json_counts(struct qp_json *j, const struct qp_counts *c)
{
#define X(id, name, moment, adds) qp_json_put_int(j, #name, c->name);
    QP_BOARD_FIGURES(X)
#undef X
    put_quantile(j, "handle_p50_s", c->handle_p50_s);
    put_quantile(j, "handle_p90_s", c->handle_p90_s);
}

/* Null: as of now; or, with `stale`, nobody knows. */
static void put_as_of(struct qp_json *j, const struct qp_stale *s, const char *area, bool own)
{
    int64_t as_of_us = qp_stale_as_of(s, area, own);
    bool stale = as_of_us != s->now_us;
    qp_json_put_time(j, "as_of", stale ? as_of_us : 0);
    if (stale)
        qp_json_put_bool(j, "stale", true);
}

static void put_row(struct qp_json *j, struct qp_read *r, const struct qp_stale *s, enum qp_split by,
                    const char *area, const struct qp_board_row *row)
{
    struct qp_node_entry n;
    const char *title = row->key;
    if (by == QP_SPLIT_AREA && !qp_node_by_path(r, row->key, &n) && *n.title)
        title = n.title;
    qp_json_object(j);
    qp_json_put(j, "key", row->key);
    qp_json_put(j, "title", title);
    bool child = by == QP_SPLIT_AREA && strcmp(row->key, area) != 0;
    put_as_of(j, s, child ? row->key : area, by == QP_SPLIT_AREA && !child);
    qp_json_counts(j, &row->c);
    qp_json_object_end(j);
}

static void put_result(struct qp_json *j, struct qp_read *r, const struct qp_stale *s,
                       const struct qp_board_query *b, const char *by, const char *area,
                       const struct qp_board_result *res)
{
    qp_json_object(j);
    qp_json_put(j, "by", by);
    qp_json_put(j, "area", area);
    qp_json_put_time(j, "from", b->has_from ? b->from_us : 0);
    qp_json_put_time(j, "to", b->has_to ? b->to_us : 0);
    put_as_of(j, s, area, false);
    qp_json_key(j, "rows");
    qp_json_array(j);
    for (size_t i = 0; i < res->n; i++)
        put_row(j, r, s, b->by, area, &res->rows[i]);
    qp_json_array_end(j);
    qp_json_key(j, "total");
    qp_json_object(j);
    qp_json_counts(j, &res->total);
    qp_json_object_end(j);
    if (res->scanned)
        qp_json_put_bool(j, "scanned", true);
    qp_json_object_end(j);
}

enum MHD_Result qp_board_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_board_query b = {0};
    struct qp_board_result res;
    struct qp_read r;
    struct qp_json j = {0};
    qp_query_begin(&q, c, &f);
    const char *by = qp_query_text(&q, "by");
    by = by ? by : "area";
    b.by = (enum qp_split)qp_split_parse(by);
    if (!b.by)
        qp_query_fault(&q, QP_EINVAL, "by",
                       "`by` must be area, desk, source, category, hour, day, week or month");
    b.area = qp_query_path(&q, "area");
    b.has_from = qp_query_time(&q, "from", &b.from_us);
    b.has_to = qp_query_time(&q, "to", &b.to_us);
    b.category = qp_query_text(&q, "category");
    b.source = qp_query_text(&q, "source");
    b.desk = qp_query_text(&q, "desk");
    int rc = qp_query_end(&q);
    struct qp_link_view *links = rc ? NULL : qp_link_view_new(c->h);
    if (!rc)
        rc = links ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc) {
        free(links);
        return qp_answer_fault(c, &f);
    }
    struct qp_stale *stale = qp_stale_of(links, c->h, &r);
    rc = stale ? qp_board_ask(&res, &r, c->h->self.path, c->h->zone, &b, &f.e)
               : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        put_result(&j, &r, stale, &b, by, b.area ? b.area : c->h->self.path, &res);
        qp_board_result_free(&res);
    }
    qp_read_end(&r);
    free(stale);
    free(links);
    return rc ? qp_answer_fault(c, &f) : qp_answer_json(c, 200, &j);
}
