/* appeal.c: see appeal.h. Called by decide.c and may.c at the door, by lifecycle.c at every node. */
#include "node/matter/appeal.h"

#include <assert.h>
#include <string.h>

#include "node/matter/beside.h"
#include "node/matter/clocks.h"
#include "node/matter/face.h"

static const char VISIT[] = "visit", EXTENSION[] = "extension";

const char *qp_appeal_name(uint32_t state)
{
    static const char *const names[] = {
        [QP_APPEAL_ASKED] = "asked", [QP_APPEAL_KEPT] = "kept", [QP_APPEAL_OVERTURNED] = "overturned"};
    return state >= QP_APPEAL_ASKED && state <= QP_APPEAL_OVERTURNED ? names[state] : "";
}

static bool is_about(const char *about)
{
    return strcmp(about, VISIT) == 0 || strcmp(about, EXTENSION) == 0;
}

const Qp__Appeal *qp_appeal_about(const Qp__Face *f, const char *about)
{
    for (size_t i = 0; i < f->n_appeals; i++)
        if (strcmp(f->appeals[i]->about, about) == 0)
            return f->appeals[i];
    return NULL;
}

const Qp__Appeal *qp_appeal_open(const Qp__Row *row, const char *about)
{
    for (size_t i = 0; i < row->face->n_appeals; i++) {
        const Qp__Appeal *x = row->face->appeals[i];
        if ((!about || strcmp(x->about, about) == 0) && x->state == QP_APPEAL_ASKED &&
            !qp_beside_decision(row, x))
            return x;
    }
    return NULL;
}

const Qp__Appeal *qp_appeal_decided(const Qp__Row *row)
{
    for (size_t i = 0; row->n_beside > 0 && i < row->face->n_appeals; i++)
        if (row->face->appeals[i]->state == QP_APPEAL_ASKED && qp_beside_decision(row, row->face->appeals[i]))
            return row->face->appeals[i];
    return NULL;
}

/* ---- against what ---- */

/* The running clock of which more time was denied last; NULL: there is none. */
static const Qp__Clock *denied(const Qp__Face *f)
{
    const Qp__Clock *last = NULL;
    for (size_t i = 0; i < f->n_clocks; i++) {
        const Qp__Clock *c = f->clocks[i];
        if (qp_clock_said_runs(c) && c->extension && c->extension->state == QP_EXTENSION_DENIED &&
            (!last || c->extension->asked_us > last->extension->asked_us))
            last = c;
    }
    return last;
}

static bool scored_badly(const Qp__Face *f)
{
    return f->visit && f->visit->reached && (f->visit->satisfied == 2 || !f->visit->resolved);
}

/* Which visit or asking it is against; 0: there is nothing to appeal against. */
static int64_t target(const Qp__Face *f, const char *about)
{
    if (strcmp(about, VISIT) == 0)
        return scored_badly(f) ? f->visit->at_us : 0;
    const Qp__Clock *c = denied(f);
    return c ? c->extension->asked_us : 0;
}

static bool may(const Qp__Face *f, const char *about)
{
    const Qp__Appeal *was = qp_appeal_about(f, about);
    int64_t of_us = target(f, about);
    return of_us != 0 && (!was || (was->of_us != of_us && was->state != QP_APPEAL_ASKED));
}

bool qp_appeal_may(const Qp__Face *f, const char *about)
{
    return about ? may(f, about) : may(f, VISIT) || may(f, EXTENSION);
}

/* ---- at the door ---- */

static int about_fault(const char *about, struct qp_err *e)
{
    return is_about(about) ? 0 : qp_fail(e, QP_EINVAL, "about: must be visit or extension");
}

int qp_appeal_ask(const Qp__Face *f, Qp__Event *ev, struct qp_err *e)
{
    Qp__Appealed *x = ev->appealed;
    int rc = about_fault(x->about, e);
    if (rc)
        return rc;
    bool visit = strcmp(x->about, VISIT) == 0;
    int64_t of_us = target(f, x->about);
    const Qp__Appeal *was = qp_appeal_about(f, x->about);
    if (of_us == 0)
        return qp_fail(e, QP_ESTEP,
                       visit ? "about: no visit has scored it badly: there is nothing to appeal against"
                             : "about: no request for more time of a running clock was denied");
    if (was && was->state == QP_APPEAL_ASKED)
        return qp_fail(e, QP_ESTEP, "about: an appeal about this waits for its decision already");
    if (was && was->of_us == of_us)
        return qp_fail(e, QP_ESTEP, "about: %s has decided an appeal against this: one may appeal once",
                       was->decided_by);
    x->of_us = of_us;
    x->number = f->appeal_top + 1;
    x->stage = visit ? (char *)protobuf_c_empty_string
                     : (char *)(uintptr_t)qp_clock_stage_name((enum qp_clock_stage)denied(f)->stage);
    return 0;
}

/* A second person: neither who appealed, nor who denied. */
static bool is_he(const Qp__Event *ev, const char *by, ProtobufCBinaryData at)
{
    return strcmp(ev->by, by) == 0 &&
           (at.len == 0 || qp_bytes_same(at, ev->origin)); /* older builds did not say where */
}

static bool was_in_it(const Qp__Face *f, const Qp__Appeal *x, const Qp__Event *ev)
{
    const Qp__Clock *c = strcmp(x->about, EXTENSION) == 0 ? qp_face_clock(f, qp_stage_parse(x->stage)) : NULL;
    const Qp__Extension *no = c ? c->extension : NULL;
    return is_he(ev, x->by, x->at) || (no && is_he(ev, no->decided_by, no->decided_at));
}

int qp_appeal_decide(const Qp__Row *row, Qp__Event *ev, struct qp_err *e)
{
    Qp__Decided *d = ev->decided;
    int rc = about_fault(d->about, e);
    if (rc)
        return rc;
    const Qp__Appeal *x = qp_appeal_about(row->face, d->about);
    if (!x || x->state != QP_APPEAL_ASKED)
        return qp_fail(e, QP_ESTEP, "about: no appeal about this waits for a decision");
    const Qp__Beside *said = qp_beside_decision(row, x);
    if (said)
        return qp_fail(e, QP_ESTEP, "about: %s has decided this already; the holder's answer is awaited",
                       said->by);
    if (was_in_it(row->face, x, ev))
        return qp_fail(e, QP_EPOLICY,
                       "about: who appealed or denied does not decide; let somebody else decide");
    d->number = x->number;
    return 0;
}

int qp_appeal_end(const Qp__Row *row, Qp__Event *ev, struct qp_arena *a, struct qp_err *e)
{
    Qp__AppealEnded *x = ev->appeal_ended;
    const Qp__Appeal *open = qp_appeal_about(row->face, x->about);
    const Qp__Beside *said = open ? qp_beside_decision(row, open) : NULL;
    if (!said)
        return qp_fail(e, QP_ESTEP, "no decision of an appeal about %s waits for an answer", x->about);
    x->number = open->number;
    x->keep = said->yes;
    x->by = qp_face_text(a, said->by);
    x->reason = qp_face_text(a, said->words);
    return 0;
}

/* ---- what they change ---- */

/* Into the list, in the place of an earlier one about the same. */
static void put(Qp__Face *f, Qp__Appeal *x, struct qp_arena *a)
{
    Qp__Appeal **list = qp_face_take(a, QP_APPEALS * sizeof *list);
    size_t n = 0;
    bool in = false;
    for (size_t i = 0; i < f->n_appeals; i++) {
        int order = strcmp(f->appeals[i]->about, x->about);
        if (order > 0 && !in) {
            list[n++] = x;
            in = true;
        }
        if (order != 0)
            list[n++] = f->appeals[i];
    }
    if (!in)
        list[n++] = x;
    assert(n <= QP_APPEALS);
    f->appeals = list;
    f->n_appeals = n;
}

void qp_appeal_asked(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const Qp__Appealed *said = ev->appealed;
    if (!is_about(said->about) || said->number <= f->appeal_top)
        return; /* no node of this code says so */
    Qp__Appeal *x = qp_face_take(a, sizeof *x);
    qp__appeal__init(x);
    x->about = qp_face_text(a, said->about);
    x->stage = qp_face_text(a, said->stage);
    x->of_us = said->of_us;
    x->number = said->number;
    x->state = QP_APPEAL_ASKED;
    x->by = qp_face_text(a, ev->by);
    x->at = qp_face_bytes(a, ev->origin.data, ev->origin.len);
    x->reason = qp_face_cut(a, said->reason, QP_EXTENSION_BYTES);
    x->asked_us = ev->at_us;
    f->appeal_top = said->number;
    put(f, x, a);
}

/* The score of that visit counts no more. */
static void drop_score(Qp__Face *f, const Qp__Appeal *x, struct qp_arena *a)
{
    if (!f->visit || f->visit->at_us != x->of_us)
        return;
    f->visit = (Qp__Visit *)qp_clone(&f->visit->base, a);
    assert(f->visit);
    f->visit->satisfied = 0;
}

/* The asking waits for an answer again. */
static void ask_again(Qp__Face *f, const Qp__Appeal *x, struct qp_arena *a)
{
    enum qp_clock_stage stage = qp_stage_parse(x->stage);
    for (size_t i = 0; i < f->n_clocks; i++) {
        Qp__Clock *c = f->clocks[i];
        if (c->stage != (uint32_t)stage || !qp_clock_said_runs(c) || !c->extension ||
            c->extension->state != QP_EXTENSION_DENIED || c->extension->asked_us != x->of_us)
            continue;
        Qp__Clock **list = qp_face_take(a, f->n_clocks * sizeof *list);
        memcpy(list, f->clocks, f->n_clocks * sizeof *list);
        c = (Qp__Clock *)qp_clone(&c->base, a);
        assert(c);
        c->extension->number++;
        c->extension->state = QP_EXTENSION_ASKED;
        list[i] = c;
        f->clocks = list;
        return;
    }
}

void qp_appeal_ended(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    const Qp__AppealEnded *said = ev->appeal_ended;
    const Qp__Appeal *was = qp_appeal_about(f, said->about);
    if (!was || was->number != said->number || was->state != QP_APPEAL_ASKED)
        return; /* no node of this code says so */
    Qp__Appeal *x = (Qp__Appeal *)qp_clone(&was->base, a);
    assert(x);
    x->state = said->keep ? QP_APPEAL_KEPT : QP_APPEAL_OVERTURNED;
    x->decided_by = qp_face_text(a, said->by);
    x->decision = qp_face_cut(a, said->reason, QP_EXTENSION_BYTES);
    put(f, x, a);
    if (!said->keep && strcmp(x->about, VISIT) == 0)
        drop_score(f, x, a);
    else if (!said->keep)
        ask_again(f, x, a);
}

const char *qp_appeal_fault(const Qp__Face *f)
{
    for (size_t i = 0; i < f->n_appeals; i++) {
        const Qp__Appeal *x = f->appeals[i];
        if (!is_about(x->about) || !*qp_appeal_name(x->state))
            return "an appeal is about nothing that there is, or in no state";
        if (x->number == 0 || x->number > f->appeal_top)
            return "an appeal has a number beyond the last";
        if (i > 0 && strcmp(f->appeals[i - 1]->about, x->about) >= 0)
            return "appeals are not in their order";
    }
    return NULL;
}
