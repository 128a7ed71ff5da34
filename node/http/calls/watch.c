/* watch.c: GET /api/v1/warnings, GET /api/v1/warnings/{id}, POST /api/v1/warnings/{id}/{note|dismiss|matter}: what is
 * unusual here and below, and what people make of it. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/json_warning.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum { LIMIT = 50, JOB_ARENA = 1024 * 1024, READ_ARENA = 16 * 1024 * 1024 };

/* ---- a list ---- */

struct page {
    struct qp_json j;
    struct qp_read *r;
    bool words; /* he may read what people said of it; a screen may not */
};

static int put_item(void *arg, const Qp__WarningRow *row)
{
    struct page *p = arg;
    qp_json_object(&p->j);
    qp_json_warning(&p->j, row, p->r, p->words);
    qp_json_object_end(&p->j);
    return 0;
}

/* DE2: of an area and category that who asks does not see there is no warning for him. */
static bool sees(const void *auth, const char *area, const char *category)
{
    return qp_span_holds(&((const struct qp_auth *)auth)->span, area, category);
}

/* One or several, with commas between. */
static void read_states(struct qp_query *q, struct qp_warning_query *w, const char *text)
{
    char name[16];
    while (text && *text) {
        size_t n = strcspn(text, ",");
        snprintf(name, sizeof name, "%.*s", n < sizeof name ? (int)n : 0, text);
        int state = qp_warning_state_parse(name);
        if (!state) {
            qp_query_fault(q, QP_EINVAL, "state",
                           "`state` must be watch, raised, ended, dismissed or withdrawn, or several of them "
                           "with commas between");
            return;
        }
        w->states |= 1u << state;
        text += n + (text[n] == ',');
    }
}

static void read_query(struct qp_query *q, struct qp_warning_query *w, const struct qp_zone *zone)
{
    int64_t at_us;
    const char *cursor = qp_query_text(q, "cursor");
    w->now_us = qp_wall_us();
    w->area = qp_query_path(q, "area");
    w->category = qp_query_text(q, "category");
    read_states(q, w, qp_query_text(q, "state"));
    w->has_from = qp_query_time(q, "from", &at_us);
    if (w->has_from)
        w->from_day = qp_bucket_day(zone, at_us);
    w->has_to = qp_query_time(q, "to", &at_us);
    if (w->has_to)
        w->to_day = qp_bucket_day(zone, at_us - 1);
    w->limit = qp_query_limit(q, LIMIT);
    w->has_cursor = cursor && *cursor;
    if (w->has_cursor && qp_id_parse(w->cursor, cursor))
        qp_query_fault(q, QP_EINVAL, "cursor", "`cursor` is the `next_cursor` of the page before");
}

enum MHD_Result qp_warnings_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_warning_query w = {0};
    struct qp_read r;
    struct page p = {.r = &r, .words = (c->auth.rights & QP_RIGHT_READ) != 0};
    uint8_t last[QP_ID_LEN] = {0};
    bool more = false;
    qp_query_begin(&q, c, &f);
    read_query(&q, &w, c->h->zone);
    int rc = qp_query_end(&q);
    w.sees = qp_auth_is_narrowed(&c->auth) ? sees : NULL;
    w.seer = &c->auth;
    struct qp_arena *a = rc ? NULL : qp_arena_new(READ_ARENA);
    if (!rc)
        rc = a ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        qp_json_object(&p.j);
        qp_json_key(&p.j, "items");
        qp_json_array(&p.j);
        rc = qp_warnings_list(&r, &w, put_item, &p, last, &more, a, &f.e);
        qp_read_end(&r);
    }
    qp_arena_free(a);
    if (rc) {
        qp_json_drop(&p.j);
        return qp_answer_fault(c, &f);
    }
    qp_json_array_end(&p.j);
    qp_json_key(&p.j, "next_cursor");
    qp_json_id(&p.j, last, more ? QP_ID_LEN : 0);
    qp_json_object_end(&p.j);
    return qp_answer_json(c, 200, &p.j);
}

/* ---- a single one ---- */

static bool id_of(const struct qp_call *c, uint8_t id[QP_ID_LEN])
{
    char text[40];
    return qp_call_segment(c, 3, text, sizeof text) && !qp_id_parse(id, text);
}

static const char UNKNOWN[] = "no warning with this id is known here";

/* QP_ENOTFOUND, with its sentence: it is not there, or who asks does not see it, alike. */
static int one(struct qp_call *c, struct qp_read *r, const uint8_t id[QP_ID_LEN], Qp__WarningRow **row,
               struct qp_fault *f)
{
    int rc = qp_warning_get(r->tables, r->store, id, row, qp_call_arena(c), &f->e);
    if (!rc && !sees(&c->auth, (*row)->warning->area, (*row)->warning->category))
        rc = QP_ENOTFOUND;
    return rc == QP_ENOTFOUND ? qp_fault_set(f, rc, "", UNKNOWN) : rc;
}

static enum MHD_Result answer(struct qp_call *c, unsigned status, const uint8_t id[QP_ID_LEN])
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_json j = {0};
    Qp__WarningRow *row;
    if (!qp_call_arena(c))
        qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    else if (!qp_read_begin(c->h->store, &r, &f.e)) {
        int rc = one(c, &r, id, &row, &f);
        if (!rc) {
            qp_json_object(&j);
            qp_json_warning(&j, row, &r, true);
            qp_json_object_end(&j);
        }
        qp_read_end(&r);
        if (!rc)
            return qp_answer_json(c, status, &j);
    }
    return qp_answer_fault(c, &f);
}

enum MHD_Result qp_warning_get_one(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    uint8_t id[QP_ID_LEN];
    if (id_of(c, id))
        return answer(c, 200, id);
    qp_fault_set(&f, QP_ENOTFOUND, "", UNKNOWN);
    return qp_answer_fault(c, &f);
}

/* ---- what people make of it ---- */

static const struct {
    const char *name, *field; /* the field that says why or what */
    bool must;
    enum qp_warning_verb verb;
} VERBS[] = {
    {"note", "note", true, QP_WARNING_NOTE},
    {"dismiss", "reason", true, QP_WARNING_DISMISS},
    {"matter", "text", false, QP_WARNING_MATTER},
};

static enum MHD_Result said(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    const Qp__WarningSaid *s = c->job->commands[0].draft->warning_said;
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    return answer(c, c->job->lines[0].created ? 201 : 200, s->warning.data);
}

/* Before anything is said of it. */
static int check_seen(struct qp_call *c, const uint8_t id[QP_ID_LEN], struct qp_fault *f)
{
    struct qp_read r;
    Qp__WarningRow *row;
    if (!qp_auth_is_narrowed(&c->auth))
        return 0; /* the turn says whether it is there */
    int rc = qp_call_arena(c) ? qp_read_begin(c->h->store, &r, &f->e)
                              : qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        rc = one(c, &r, id, &row, f);
        qp_read_end(&r);
    }
    return rc;
}

static int draft(struct qp_call *c, struct qp_job *job, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    Qp__Event *ev;
    char name[16];
    uint8_t id[QP_ID_LEN];
    size_t v = 0;
    if (!qp_call_segment(c, 4, name, sizeof name))
        name[0] = '\0';
    while (v < sizeof VERBS / sizeof *VERBS && strcmp(VERBS[v].name, name) != 0)
        v++;
    if (v == sizeof VERBS / sizeof *VERBS)
        return qp_fault_set(f, QP_ENOTFOUND, "", "of a warning there are note, dismiss and matter");
    if (!id_of(c, id))
        return qp_fault_set(f, QP_ENOTFOUND, "", UNKNOWN);
    int rc = check_seen(c, id, f);
    if (rc)
        return rc;
    if (VERBS[v].verb == QP_WARNING_DISMISS && c->auth.own.acts)
        return qp_fault_set(
            f, QP_EDENIED, "",
            "a warning is of all matters of its area, and %s acts only on his own: who dispatches "
            "here dismisses it; note what speaks against it",
            c->auth.by);
    if (VERBS[v].verb == QP_WARNING_MATTER && qp_auth_need(&c->auth, QP_RIGHT_REPORT, &f->e))
        return QP_EDENIED;
    rc = qp_body_begin(&s, &o, c, job->arena, f);
    if (rc)
        return rc;
    Qp__WarningSaid *w = qp_arena_take(job->arena, sizeof *w);
    struct qp_command *cmd = qp_job_add(job, QP_OP_WARNING, &c->auth, &ev);
    assert(w && cmd); /* the arena is new and far larger */
    qp__warning_said__init(w);
    w->warning = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(job->arena, id, QP_ID_LEN)};
    w->verb = VERBS[v].verb;
    w->text = qp_field_text(&s, VERBS[v].field, QP_NOTE_BYTES, VERBS[v].must);
    ev->body_case = QP__EVENT__BODY_WARNING_SAID;
    ev->warning_said = w;
    rc = qp_fields_end(&s);
    json_decref(o);
    return rc;
}

enum MHD_Result qp_warning_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    int rc = draft(c, job, &f);
    if (!rc)
        rc = qp_job_send(c, job, said, &f.e);
    else
        c->job = job;
    return rc ? qp_answer_fault(c, &f) : MHD_YES;
}
