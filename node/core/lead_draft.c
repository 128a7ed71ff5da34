/* lead_draft.c: the matter that people make of a lead, as it is opened. See lead.h. */
#include <assert.h>

#include "node/core/lead.h"
#include "node/insight/made.h"
#include "node/matter/lifecycle.h"
#include "topology/shown.h"

static const char SOURCE[] = QP_MADE_OF_LEAD;

enum { LEFT_ROOM = 100 };

struct text {
    struct qp_work *w;
    const Qp__Face *first; /* of the first that is known here */
    char *out;
    size_t n, cap;
    unsigned left;    /* matters whose lines had no room */
    uint32_t urgency; /* the highest of those that are open */
};

/* Ids alone, in the title none: who may read the new matter need not be one who may read these; he reads them, if he may, by their ids (CU7). */
static int add_line(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how)
{
    struct text *x = arg;
    assert(x->n < x->cap); /* room for the end at least */
    Qp__Row *row;
    char id[27];
    if (how != QP_LEAD_HOW_JOINED || qp_matter_row(&x->w->m, matter, &row, NULL))
        return 0;
    qp_id_text(id, matter);
    x->first = x->first ? x->first : row->face;
    if (qp_face_is_open(row->face) && row->face->urgency > x->urgency)
        x->urgency = row->face->urgency;
    int n = snprintf(x->out + x->n, x->cap - x->n, "\n%s", id);
    if (n < 0 || (size_t)n >= x->cap - x->n)
        x->out[x->n] = '\0', x->left++; /* whole lines only */
    else
        x->n += (size_t)n;
    return 0;
}

static Qp__Event *matter_draft(struct qp_work *w, const Qp__LeadRow *lead, const Qp__Event *draft,
                               const struct text *x)
{
    assert(draft->body_case == QP__EVENT__BODY_LEAD_SAID);
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_arena_take(a, sizeof *ev);
    Qp__Opened *body = qp_arena_take(a, sizeof *body);
    Qp__Face *f = qp_arena_take(a, sizeof *f);
    char *title = qp_arena_take(a, QP_TITLE_BYTES);
    const char *category = x->first->category;
    if (!ev || !body || !f || !title)
        return NULL;
    qp__event__init(ev);
    qp__opened__init(body);
    qp__face__init(f);
    snprintf(title, QP_TITLE_BYTES, "线索 lead (%u): %.*s, %.*s", lead->joined, qp_shown(category, 60),
             category, qp_shown(lead->place, 120), lead->place);
    f->title = title;
    f->text = draft->lead_said->text[0] != 0 ? draft->lead_said->text : x->out;
    f->category = x->first->category;
    f->source = qp_arena_text(a, SOURCE);
    f->area = qp_arena_text(a, "");
    f->urgency = x->urgency;
    body->face = f;
    ev->by = draft->by;
    ev->body_case = QP__EVENT__BODY_OPENED;
    ev->opened = body;
    return ev;
}

int qp_lead_draft(struct qp_work *w, const Qp__LeadRow *lead, const Qp__Event *draft, Qp__Event **ev,
                  struct qp_err *e)
{
    assert(draft->body_case == QP__EVENT__BODY_LEAD_SAID);
    struct text x = {.w = w, .cap = 8000, .urgency = QP_ROUTINE};
    x.out = qp_arena_take(w->c->arena, x.cap + LEFT_ROOM);
    if (!x.out)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    x.n = (size_t)snprintf(x.out, x.cap, "合并线索 brought together:");
    int rc = qp_lead_matters(w->t->tables, w->t->store, lead->lead.data, add_line, &x, e);
    if (!rc && !x.first)
        rc = qp_fail(e, QP_ESTEP, "no matter of this lead is known here");
    if (rc)
        return rc;
    if (x.left > 0)
        snprintf(x.out + x.n, x.cap + LEFT_ROOM - x.n, "\n… 另有 %u 件，见线索 %u more: see the lead", x.left,
                 x.left);
    *ev = matter_draft(w, lead, draft, &x);
    return !*ev ? qp_fail(e, QP_ENOMEM, "the turn ran out of memory") : 0;
}
