/* scan.c: reads every matter's row and adds up its contribution where it passes the filters: for queries that
 * cells cannot answer (two filters, a dimension with hours), and as the other side of the test that cells and
 * matters agree. Called by query.c. */
#include "node/insight/scan.h"

#include <stdlib.h>
#include <string.h>

#include "node/insight/answer.h"
#include "node/insight/names.h"
#include "node/insight/range.h"

struct scan {
    const struct qp_board_query *q;
    struct qp_range range;
    const char *area;
    size_t area_len;
    struct qp_names *names;
    struct qp_answer answer;
};

static bool text_is(struct qp_text t, const char *wanted)
{
    return !wanted || (strlen(wanted) == t.len && memcmp(t.p, wanted, t.len) == 0);
}

static bool wanted(const struct scan *s, const struct qp_facts *f)
{
    if (f->area.len < s->area_len || memcmp(f->area.p, s->area, s->area_len) != 0 ||
        (f->area.len > s->area_len && f->area.p[s->area_len] != '/'))
        return false;
    return text_is(f->category, s->q->category) && text_is(f->source, s->q->source) &&
           text_is(f->desk, s->q->desk);
}

/* What a matter stands under, for everything but times: the name's entry serves as the row's key. *here false
 * when it does not stand here at all. */
static int key_of(uint64_t *key, bool *here, struct scan *s, const struct qp_facts *f)
{
    const struct qp_name *x = qp_names_area(s->names, f->area.p, f->area.len);
    if (!x)
        return QP_ENOMEM;
    *here = x->levels > 0;
    switch (s->q->by) {
    case QP_SPLIT_AREA:
        x = x->levels > 1 ? x->at[1] : x; /* names were made for s->area: at[1] is its child */
        break;
    case QP_SPLIT_DESK: x = qp_names_find(s->names, f->desk.p, f->desk.len); break;
    case QP_SPLIT_SOURCE: x = qp_names_find(s->names, f->source.p, f->source.len); break;
    case QP_SPLIT_CATEGORY: x = qp_names_find(s->names, f->category.p, f->category.len); break;
    default: break;
    }
    if (!x)
        return QP_ENOMEM;
    *key = (uintptr_t)x;
    return 0;
}

static int share_add(struct scan *s, const struct qp_moment_share *p, uint64_t key)
{
    if (!p->there || !qp_range_holds(&s->range, p->at_us))
        return 0;
    bool time = qp_split_is_time(s->q->by);
    struct qp_tally *row =
        qp_answer_row(&s->answer, time ? qp_answer_time_key(&s->answer, p->hour, p->day) : key);
    if (!row)
        return QP_ENOMEM;
    for (int i = 0; i < QP_FIGURES; i++)
        row->n[i] += p->n[i];
    int rc = p->handled ? qp_tally_handled(row, p->handle_bucket) : 0;
    return !rc && p->handled ? qp_tally_handled(&s->answer.total, p->handle_bucket) : rc;
}

static int matter_add(struct scan *s, const void *packed, size_t len, struct qp_err *e)
{
    struct qp_facts f;
    if (qp_facts_read(&f, packed, len))
        return qp_fail(e, QP_ECORRUPT, "a matter's row cannot be read: run qipan rebuild");
    if (!wanted(s, &f))
        return 0;
    uint64_t key = 0;
    bool here = false;
    int rc = key_of(&key, &here, s, &f);
    struct qp_contribution c;
    if (!rc && here)
        qp_contribution_of(&c, &f);
    for (int m = 0; m < QP_MOMENTS && !rc && here; m++)
        rc = share_add(s, &c.share[m], key);
    return !rc ? 0 : qp_fail(e, rc, "no memory for the board's answer");
}

static int matters_read(struct scan *s, struct qp_read *r, struct qp_err *e)
{
    MDB_cursor *c;
    int rc = mdb_cursor_open(r->tables, qp_store_dbi(r->store, QP_T_MATTER), &c);
    if (rc)
        return qp_store_error(rc, "reading the matters", e);
    MDB_val key, val;
    int out = 0;
    while (!out && !(rc = mdb_cursor_get(c, &key, &val, MDB_NEXT)))
        out = matter_add(s, val.mv_data, val.mv_size, e);
    mdb_cursor_close(c);
    if (out)
        return out;
    return rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "reading the matters", e);
}

static int key_text(void *arg, uint64_t key, char out[QP_PATH_MAX], struct qp_err *e)
{
    const struct qp_name *x = (const struct qp_name *)(uintptr_t)key;
    (void)arg;
    if (x->len >= QP_PATH_MAX)
        return qp_fail(e, QP_ECORRUPT, "a matter's desk, source or category is longer than names are");
    memcpy(out, x->text, x->len + 1);
    return 0;
}

int qp_board_scan(struct qp_board_result *out, struct qp_read *r, const char *self_path,
                  const struct qp_zone *zone, const struct qp_board_query *q, struct qp_err *e)
{
    *out = (struct qp_board_result){.scanned = true, .total = {.handle_p50_s = -1, .handle_p90_s = -1}};
    struct scan s = {
        .q = q,
        .range = {q->has_from, q->has_to, q->from_us, q->to_us},
        .area = q->area ? q->area : self_path,
        .answer = {.by = q->by, .zone = zone},
    };
    if (!qp_range_trim(&s.range))
        return 0;
    s.area_len = strlen(s.area);
    s.names = qp_names_new(s.area);
    int rc = s.names ? 0 : qp_fail(e, QP_ENOMEM, "no memory for the board's answer");
    if (!rc)
        rc = matters_read(&s, r, e);
    if (!rc)
        rc = qp_answer_finish(out, &s.answer, key_text, NULL, e);
    if (rc)
        qp_board_result_free(out);
    qp_answer_free(&s.answer);
    qp_names_free(s.names);
    return rc;
}
