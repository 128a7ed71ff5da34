/* leads.c: GET /api/v1/leads, GET /api/v1/leads/{id}, POST /api/v1/leads/{id}/{confirm|dismiss|split|join|undo|matter}: clues that
 * seem to be one thing, here and below, and what people make of them. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/json_lead.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum { LIMIT = 50, JOB_ARENA = 1024 * 1024, ROW_ARENA = 16 * 1024 * 1024 };

static const char UNKNOWN[] = "no lead with this id is known here";

/* ---- a list ---- */

struct page {
    struct qp_json j;
    struct qp_read *r;
    struct qp_arena *a; /* of one item */
    bool words;         /* what people wrote is told too; not to a screen */
};

/* What is read to find out has memory of its own, and gives it back. */
struct seer {
    const struct qp_auth *auth;
    struct qp_read *r;
    struct qp_arena *a;
};

static bool sees(void *arg, const Qp__LeadRow *row)
{
    struct seer *s = arg;
    bool seen = qp_lead_sees(s->auth, row, s->r, s->a);
    qp_arena_reset(s->a);
    return seen;
}

static int put_item(void *arg, const Qp__LeadRow *row)
{
    struct page *p = arg;
    qp_arena_reset(p->a);
    qp_json_object(&p->j);
    qp_json_lead(&p->j, row, p->r, p->words, p->a);
    qp_json_object_end(&p->j);
    return 0;
}

static void read_query(struct qp_query *q, struct qp_lead_query *l)
{
    const char *state = qp_query_text(q, "state"), *cursor = qp_query_text(q, "cursor"),
               *matter = qp_query_text(q, "matter");
    l->area = qp_query_path(q, "area");
    l->state = state ? qp_lead_state_parse(state) : 0;
    if (state && !l->state)
        qp_query_fault(q, QP_EINVAL, "state",
                       "`state` must be joined, proposed, confirmed, dismissed or alone");
    l->has_matter = matter && *matter;
    if (l->has_matter && qp_id_parse(l->matter, matter))
        qp_query_fault(q, QP_EINVAL, "matter", "`matter` is the id of a matter: 26 letters and digits");
    l->limit = qp_query_limit(q, LIMIT);
    l->has_cursor = cursor && *cursor;
    if (l->has_cursor && qp_id_parse(l->cursor, cursor))
        qp_query_fault(q, QP_EINVAL, "cursor", "`cursor` is the `next_cursor` of the page before");
}

enum MHD_Result qp_leads_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_lead_query l = {0};
    struct qp_read r;
    struct page p = {.r = &r, .words = (c->auth.rights & QP_RIGHT_READ) != 0};
    uint8_t last[QP_ID_LEN] = {0};
    bool more = false;
    qp_query_begin(&q, c, &f);
    read_query(&q, &l);
    if (l.has_matter && !p.words)
        qp_query_fault(&q, QP_EDENIED, "matter", "which matters a lead has is for who may read them");
    int rc = qp_query_end(&q);
    struct qp_arena *a = rc ? NULL : qp_arena_new(ROW_ARENA);
    p.a = rc ? NULL : qp_arena_new(ROW_ARENA);
    struct seer seer = {&c->auth, &r, p.a};
    l.sees = qp_auth_sees_some(&c->auth) ? sees : NULL;
    l.seer = &seer;
    if (!rc)
        rc = a && p.a ? qp_read_begin(c->h->store, &r, &f.e)
                      : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        qp_json_object(&p.j);
        qp_json_key(&p.j, "items");
        qp_json_array(&p.j);
        rc = qp_leads_list(&r, &l, put_item, &p, last, &more, a, &f.e);
        qp_read_end(&r);
    }
    qp_arena_free(a);
    qp_arena_free(p.a);
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

static enum MHD_Result answer(struct qp_call *c, unsigned status, const uint8_t id[QP_ID_LEN])
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_json j = {0};
    Qp__LeadRow *row;
    struct qp_arena *a = qp_arena_new(ROW_ARENA);
    int rc = a ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        rc = qp_lead_get(r.tables, r.store, id, &row, a, &f.e);
        if (!rc && !qp_lead_sees(&c->auth, row, &r, a))
            rc = QP_ENOTFOUND;
        if (rc == QP_ENOTFOUND)
            qp_fault_set(&f, QP_ENOTFOUND, "", UNKNOWN);
        if (!rc) {
            qp_json_object(&j);
            qp_json_lead(&j, row, &r, true, a);
            qp_json_lead_matters(&j, row, &r, &c->auth, a);
            qp_json_object_end(&j);
        }
        qp_read_end(&r);
    }
    qp_arena_free(a);
    return !rc ? qp_answer_json(c, status, &j) : qp_answer_fault(c, &f);
}

enum MHD_Result qp_lead_get_one(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    uint8_t id[QP_ID_LEN];
    if (id_of(c, id))
        return answer(c, 200, id);
    qp_fault_set(&f, QP_ENOTFOUND, "", UNKNOWN);
    return qp_answer_fault(c, &f);
}

/* ---- what people make of it ---- */

enum matter { NONE, MAY, MUST }; /* does the body name a matter? */
static const struct {
    const char *name, *field; /* the field that says why or what */
    bool must;
    enum matter matter;
    enum qp_lead_verb verb;
} VERBS[] = {
    {"confirm", "note", false, NONE, QP_LEAD_CONFIRM}, {"dismiss", "reason", true, NONE, QP_LEAD_DISMISS},
    {"matter", "text", false, NONE, QP_LEAD_MATTER},   {"join", "note", false, MUST, QP_LEAD_JOIN},
    {"split", "reason", false, MUST, QP_LEAD_SPLIT},   {"undo", "note", false, MAY, QP_LEAD_UNDO},
};

static enum MHD_Result said(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    qp_job_leave(c);
    const Qp__LeadSaid *s = c->job->commands[0].draft->lead_said;
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    return answer(c, c->job->lines[0].created ? 201 : 200, s->lead.data);
}

/* -1: there is none of this name. */
static int verb_of(struct qp_call *c)
{
    char name[16];
    if (!qp_call_segment(c, 4, name, sizeof name))
        return -1;
    for (size_t v = 0; v < sizeof VERBS / sizeof *VERBS; v++)
        if (strcmp(VERBS[v].name, name) == 0)
            return (int)v;
    return -1;
}

static int draft(struct qp_call *c, struct qp_job *job, struct qp_fault *f)
{
    json_t *o;
    struct qp_fields s;
    Qp__Event *ev;
    uint8_t id[QP_ID_LEN], *matter = NULL;
    int v = verb_of(c);
    if (v < 0)
        return qp_fault_set(f, QP_ENOTFOUND, "",
                            "of a lead there are confirm, dismiss, split, join, undo and matter");
    if (!id_of(c, id))
        return qp_fault_set(f, QP_ENOTFOUND, "", UNKNOWN);
    if (VERBS[v].verb == QP_LEAD_MATTER &&
        (qp_auth_need(&c->auth, QP_RIGHT_REPORT, &f->e) || qp_auth_need_place(&c->auth, c->h->self.path, f)))
        return QP_EDENIED; /* the matter that is made is of this node */
    int rc = qp_body_begin(&s, &o, c, job->arena, f);
    if (rc)
        return rc;
    Qp__LeadSaid *w = qp_arena_take(job->arena, sizeof *w);
    struct qp_command *cmd = qp_job_add(job, QP_OP_LEAD, &c->auth, &ev);
    assert(w && cmd); /* the arena is new and far larger */
    qp__lead_said__init(w);
    w->lead = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(job->arena, id, QP_ID_LEN)};
    w->verb = VERBS[v].verb;
    w->text = qp_field_text(&s, VERBS[v].field, QP_NOTE_BYTES, VERBS[v].must);
    if (VERBS[v].matter != NONE)
        matter = qp_field_id(&s, "matter", VERBS[v].matter == MUST);
    if (matter)
        w->matter = (ProtobufCBinaryData){QP_ID_LEN, matter};
    ev->body_case = QP__EVENT__BODY_LEAD_SAID;
    ev->lead_said = w;
    rc = qp_fields_end(&s);
    json_decref(o);
    return rc;
}

enum MHD_Result qp_lead_post(struct qp_call *c)
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
