/* circulars.c: /api/v1/circulars: issued, listed, shown, accepted and sent back.
 *
 *   POST ─► the clerk counts (clerk.h) ─► QP_OP_CIRCULAR ─► [turn, commit] ─► the circular
 *
 * Counted in circular_make.c, one of them: circular_one.c; the matters behind a figure: circular_matters.c, pages and
 * spreadsheets: circular_forms.c. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/circulars.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum { JOB_ARENA = 3 * QP_CIRCULAR_BYTES, BODY_ARENA = 16 * 1024 * 1024, LIMIT = 50, LOOKED = 20000 };

enum MHD_Result qp_circular_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    char text[48];
    uint8_t id[QP_ID_LEN];
    char *dot = NULL;
    if (qp_call_segment(c, 3, text, sizeof text) && (dot = strchr(text, '.')))
        *dot++ = '\0';
    if (qp_id_parse(id, text)) {
        qp_circular_unknown(&f);
        return qp_answer_fault(c, &f);
    }
    return dot ? qp_circular_form(c, id, dot) : qp_circular_answer(c, 200, id);
}

enum MHD_Result qp_circular_figures_get(struct qp_call *c)
{
    struct qp_json j = {0};
    qp_json_figures(&j);
    return qp_answer_json(c, 200, &j);
}

/* ---- a list ---- */

struct cursor {
    int64_t at_us;
    uint8_t id[QP_ID_LEN];
};

/* "TIME-ID", as it was given. */
static int cursor_read(struct qp_query *q, const char *text, struct cursor *out)
{
    char *end;
    out->at_us = INT64_MAX;
    if (!text || !*text)
        return 0;
    out->at_us = strtoll(text, &end, 10);
    if (*end == '-' && out->at_us >= 0 && !qp_id_parse(out->id, end + 1))
        return 0;
    return qp_query_fault(q, QP_EINVAL, "cursor", "`cursor` is the `next_cursor` of the page before");
}

struct listing {
    const char *node; /* path; NULL: all */
    int period;
    size_t limit;
    struct cursor at;
    bool more;
};

static void read_query(struct qp_query *q, struct listing *l)
{
    const char *period = qp_query_text(q, "period");
    l->node = qp_query_path(q, "node");
    l->period = period ? qp_period_parse(period) : 0;
    if (period && !l->period)
        qp_query_fault(q, QP_EINVAL, "period", "`period` must be day, week or month");
    cursor_read(q, qp_query_text(q, "cursor"), &l->at);
    l->limit = qp_query_limit(q, LIMIT);
}

static bool fits(const struct listing *l, struct qp_read *r, const Qp__CircularHead *h)
{
    struct qp_node_entry n;
    if (l->period && h->said->period != (uint32_t)l->period)
        return false;
    return !l->node || (!qp_node_by_id(r, h->node.data, &n) && strcmp(n.path, l->node) == 0);
}

static int put_items(struct qp_json *j, struct qp_call *c, struct qp_read *r, struct listing *l,
                     struct qp_err *e)
{
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    struct cursor at = l->at;
    int rc = a ? 0 : qp_fail(e, QP_ENOMEM, "out of memory");
    size_t looked = 0;
    for (size_t n = 0; !rc && !(rc = qp_circular_next(r->tables, r->store, &at.at_us, at.id, e));) {
        Qp__CircularHead *h;
        qp_arena_reset(a);
        rc = qp_circular_head(r->tables, r->store, at.id, a, &h, e);
        bool shown = !rc && fits(l, r, h);
        l->more = (shown && n == l->limit) ||
                  looked++ == LOOKED; /* a page may be short: it goes on at its cursor */
        if (rc || l->more)
            break;
        l->at = at;
        if (!shown)
            continue;
        n++;
        qp_json_object(j);
        qp_circular_bare(&c->auth, h);
        qp_json_circular_head(j, h, c->h->zone, r);
        qp_json_object_end(j);
    }
    qp_arena_free(a);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

enum MHD_Result qp_circulars_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_read r;
    struct qp_json j = {0};
    struct listing l = {0};
    char next[64], id[27];
    qp_query_begin(&q, c, &f);
    read_query(&q, &l);
    int rc = qp_query_end(&q);
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    qp_json_object(&j);
    qp_json_key(&j, "items");
    qp_json_array(&j);
    rc = put_items(&j, c, &r, &l, &f.e);
    qp_read_end(&r);
    if (rc) {
        qp_json_drop(&j);
        return qp_answer_fault(c, &f);
    }
    qp_json_array_end(&j);
    qp_id_text(id, l.at.id);
    snprintf(next, sizeof next, "%lld-%s", (long long)l.at.at_us, id);
    qp_json_put(&j, "next_cursor", l.more ? next : NULL);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

/* ---- issuing ---- */

struct issuing {
    struct qp_clerk_work work;
    enum qp_circular_period period;
    int32_t day;
    int64_t if_version;
    char key[QP_REF_BYTES + 1];
    uint8_t request[QP_REQUEST_LEN];
    struct qp_arena *a;
    struct qp_circular_made made;
};

static void issuing_run(struct qp_clerk_work *w)
{
    struct issuing *x = (struct issuing *)w;
    w->e.code = qp_circular_make(w->http, x->period, x->day, x->a, &x->made, &w->e);
}

static void issuing_drop(struct qp_clerk_work *w)
{
    struct issuing *x = (struct issuing *)w;
    qp_arena_free(x->a);
    free(x);
}

static enum MHD_Result said(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_circular_refused(c, &f, NULL);
    const struct qp_job_line *l = &c->job->lines[0];
    return qp_circular_answer(c, l->created ? 201 : 200, l->matter);
}

static int order(struct qp_call *c, const struct issuing *x, struct qp_fault *f)
{
    Qp__Event *ev;
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    struct qp_command *cmd = job ? qp_job_add(job, QP_OP_CIRCULAR, &c->auth, &ev) : NULL;
    int rc = cmd ? qp_circular_draft(ev, &x->made, job->arena) : QP_ENOMEM;
    if (!rc && x->key[0]) {
        ev->key = qp_arena_text(job->arena, x->key);
        ev->request =
            (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_copy(job->arena, x->request, QP_REQUEST_LEN)};
        rc = ev->key && ev->request.data ? 0 : QP_ENOMEM;
    }
    if (rc) {
        c->job = job;
        return qp_fault_set(f, rc, "", "out of memory");
    }
    cmd->if_version = x->if_version;
    return qp_job_send(c, job, said, &f->e);
}

static enum MHD_Result counted(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct issuing *x = c->state;
    int rc = qp_clerk_done(c, &x->work, &f);
    if (rc == QP_EINVAL)
        snprintf(f.field, sizeof f.field, "date");
    if (rc == QP_EINVAL)
        f.e.code = QP_EPOLICY; /* well-formed, and refused */
    if (!rc)
        rc = order(c, x, &f);
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}

static int read_key(struct qp_call *c, struct issuing *x, const json_t *o, struct qp_fault *f)
{
    const char *key = qp_call_header(c, "Idempotency-Key");
    if (!key)
        return 0;
    if (!*key || strlen(key) > QP_REF_BYTES || !qp_utf8_ok(key, strlen(key)))
        return qp_fault_set(f, QP_EINVAL, "Idempotency-Key", "Idempotency-Key must be 1 to %d bytes of UTF-8",
                            QP_REF_BYTES);
    snprintf(x->key, sizeof x->key, "%s", key);
    return qp_request_hash(x->request, "circular", o, NULL) ? 0
                                                            : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
}

/* A day, and nothing else: a time would say more than is meant. */
static bool day_of(int32_t *day, const char *text)
{
    int y, m, d, n = 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &y, &m, &d, &n) != 3 || n != 10 || text[n] || y < 1970 || y > 2199 ||
        m < 1 || m > 12 || d < 1 || d > 31)
        return false;
    char again[32];
    *day = qp_days_from_civil(y, m, d);
    qp_bucket_day_text(again, *day);
    return strcmp(again, text) == 0;
}

static int read_order(struct qp_call *c, struct issuing *x, struct qp_fault *f)
{
    struct qp_fields s;
    json_t *o;
    struct qp_arena *a = qp_call_arena(c);
    if (!a)
        return qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    int rc = qp_body_begin(&s, &o, c, a, f);
    if (rc)
        return rc;
    const char *period = qp_field_text(&s, "period", 16, true), *date = qp_field_text(&s, "date", 16, true);
    x->if_version = qp_field_int(&s, "if_version", 0, INT64_MAX, -1);
    if (qp_fields_ok(&s)) {
        x->period = (enum qp_circular_period)qp_period_parse(period);
        if (!x->period)
            qp_fields_fault(&s, QP_EINVAL, "period", "`period` must be day, week or month");
        else if (!day_of(&x->day, date))
            qp_fields_fault(&s, QP_EINVAL, "date",
                            "`date` must be a day such as 2026-03-01, in the tree's zone");
    }
    rc = qp_fields_end(&s);
    if (!rc)
        rc = read_key(c, x, o, f);
    json_decref(o);
    return rc;
}

enum MHD_Result qp_circulars_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct issuing *x = calloc(1, sizeof *x);
    if (!x)
        return MHD_NO;
    x->work.run = issuing_run;
    x->work.drop = issuing_drop;
    x->a = qp_arena_new(BODY_ARENA);
    int rc = x->a ? read_order(c, x, &f) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc)
        issuing_drop(&x->work);
    else
        rc = qp_clerk_send(c, &x->work, counted, &f.e);
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}

/* ---- accepted, sent back ---- */

static enum MHD_Result judged(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    const Qp__Event *ev = c->job->commands[0].draft;
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_circular_refused(c, &f, ev->circular_judged->circular.data);
    return qp_circular_answer(c, 200, c->job->lines[0].matter);
}

static int judge_draft(struct qp_call *c, struct qp_job *job, struct qp_fault *f)
{
    struct qp_fields s;
    json_t *o;
    Qp__Event *ev;
    char text[48], verb[16];
    uint8_t id[QP_ID_LEN];
    if (!qp_call_segment(c, 3, text, sizeof text) || qp_id_parse(id, text))
        return qp_circular_unknown(f);
    bool has = qp_call_segment(c, 4, verb, sizeof verb), back = has && strcmp(verb, "return") == 0;
    if (!has || (!back && strcmp(verb, "accept") != 0))
        return qp_fault_set(f, QP_ENOTFOUND, "", "of a circular there are accept and return");
    int rc = qp_body_begin(&s, &o, c, job->arena, f);
    if (rc)
        return rc;
    Qp__CircularJudged *x = qp_arena_take(job->arena, sizeof *x);
    struct qp_command *cmd = qp_job_add(job, QP_OP_CIRCULAR, &c->auth, &ev);
    assert(x && cmd); /* the arena is new and far larger */
    qp__circular_judged__init(x);
    x->circular = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(job->arena, id, QP_ID_LEN)};
    x->verb = back ? QP_CIRCULAR_RETURN : QP_CIRCULAR_ACCEPT;
    x->reason = qp_field_text(&s, "reason", QP_NOTE_BYTES, back);
    ev->body_case = QP__EVENT__BODY_CIRCULAR_JUDGED;
    ev->circular_judged = x;
    rc = qp_fields_end(&s);
    json_decref(o);
    return rc;
}

enum MHD_Result qp_circular_judge_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_job *job = qp_job_new(c->h, 1, 1024 * 1024);
    if (!job)
        return MHD_NO;
    int rc = judge_draft(c, job, &f);
    if (!rc)
        rc = qp_job_send(c, job, judged, &f.e);
    else
        c->job = job;
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}
