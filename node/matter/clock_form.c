/* clock_form.c: a clock between its message, as it stands in events and faces, and the value that is counted with. */
#include "node/matter/clocks.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/matter/face.h"

/* In a message 0 stands for a time that there is none of. */
static int64_t time_of(int64_t us)
{
    return us != 0 ? us : QP_NEVER_US;
}

static int64_t said_of(int64_t us)
{
    return us != QP_NEVER_US ? us : 0;
}

const char *qp_clock_read(struct qp_clock *c, const Qp__Clock *said)
{
    if (said->n_pauses > QP_CLOCK_PAUSES_MAX || said->left > INT64_MAX || said->amount > INT64_MAX ||
        said->unit >= QP_UNIT_COUNT || strlen(said->rule) > QP_CLOCK_RULE_MAX ||
        strlen(said->later_by) > QP_CLOCK_POLICY_MAX)
        return "one of its values is out of bounds";
    c->stage = (enum qp_clock_stage)said->stage;
    c->amount = (struct qp_duration){(int64_t)said->amount, (enum qp_unit)said->unit};
    snprintf(c->rule, sizeof c->rule, "%s", said->rule);
    snprintf(c->later_by, sizeof c->later_by, "%s", said->later_by);
    c->start_us = said->start_us;
    c->due_us = said->due_us;
    c->held = said->held;
    c->left = (int64_t)said->left;
    c->until_us = time_of(said->until_us);
    c->until_due_us = time_of(said->until_due_us);
    c->basis = (enum qp_due_basis)said->basis;
    c->end = (enum qp_clock_end)said->end;
    c->ended_us = time_of(said->ended_us);
    c->npauses = (unsigned)said->n_pauses;
    for (unsigned i = 0; i < c->npauses; i++)
        c->pauses[i] = (struct qp_pause){said->pauses[i]->from_us, time_of(said->pauses[i]->to_us)};
    return qp_clock_fault(c);
}

static void write_pauses(Qp__Clock *out, const struct qp_clock *c, struct qp_arena *a)
{
    if (c->npauses == 0)
        return;
    Qp__Pause *v = qp_face_take(a, c->npauses * sizeof *v);
    out->pauses = qp_face_take(a, c->npauses * sizeof *out->pauses);
    for (unsigned i = 0; i < c->npauses; i++) {
        qp__pause__init(&v[i]);
        v[i].from_us = c->pauses[i].from_us;
        v[i].to_us = said_of(c->pauses[i].to_us);
        out->pauses[i] = &v[i];
    }
    out->n_pauses = c->npauses;
}

Qp__Clock *qp_clock_write(const struct qp_clock *c, struct qp_arena *a)
{
    Qp__Clock *out = qp_face_take(a, sizeof *out);
    assert(!qp_clock_fault(c));
    qp__clock__init(out);
    out->stage = c->stage;
    out->rule = qp_face_text(a, c->rule);
    out->later_by = qp_face_text(a, c->later_by);
    out->amount = (uint64_t)c->amount.n;
    out->unit = c->amount.unit;
    out->start_us = c->start_us;
    out->due_us = c->due_us;
    out->held = c->held;
    out->left = (uint64_t)c->left;
    out->until_us = said_of(c->until_us);
    out->until_due_us = said_of(c->until_due_us);
    out->basis = c->basis;
    out->end = c->end;
    out->ended_us = said_of(c->ended_us);
    write_pauses(out, c, a);
    return out;
}

int64_t qp_clock_said_due(const Qp__Clock *c)
{
    int64_t due = c->held ? c->until_due_us : c->due_us;
    return due > 0 && due < QP_CLOCK_END_US ? due : 0;
}

const Qp__Clock *qp_face_clock(const Qp__Face *f, enum qp_clock_stage stage)
{
    for (size_t i = 0; i < f->n_clocks; i++)
        if (f->clocks[i]->stage == (uint32_t)stage)
            return f->clocks[i];
    return NULL;
}

int64_t qp_clocks_deadline(const Qp__Face *f)
{
    const Qp__Clock *c = qp_face_clock(f, QP_CLOCK_CLOSE);
    return c ? qp_clock_said_due(c) : f->deadline_us;
}

const char *qp_clocks_fault(Qp__Clock *const *v, size_t n)
{
    unsigned seen = 0;
    if (n > QP_CLOCKS)
        return "it has more clocks than there are stages";
    for (size_t i = 0; i < n; i++) {
        struct qp_clock c;
        const char *fault = qp_clock_read(&c, v[i]);
        if (fault)
            return fault;
        if (seen & 1u << c.stage)
            return "it has two clocks of one stage";
        seen |= 1u << c.stage;
        if (v[i]->serial == 0 || v[i]->holder >= QP_MEMBERS)
            return "one of its clocks has no number, or is nobody's";
        const Qp__Extension *x = v[i]->extension;
        if (x && (x->state > QP_EXTENSION_DENIED || x->state == QP_EXTENSION_APPROVED))
            return "its extension is in a state that is not known";
    }
    return NULL;
}

/* What an event says of its clocks, copied, takes the place of what was. */
void qp_clocks_take(Qp__Face *f, const Qp__Event *ev, struct qp_arena *a)
{
    if (f->n_clocks == 0 && ev->n_clocks == 0)
        return;
    if (ev->n_clocks > 0) {
        Qp__Clock **v = qp_face_take(a, (f->n_clocks + ev->n_clocks) * sizeof *v);
        size_t n = f->n_clocks;
        if (n > 0)
            memcpy(v, f->clocks, n * sizeof *v);
        for (size_t i = 0; i < ev->n_clocks; i++) {
            size_t at = 0;
            while (at < n && v[at]->stage != ev->clocks[i]->stage)
                at++;
            v[at] = (Qp__Clock *)qp_clone(&ev->clocks[i]->base, a);
            assert(v[at]);
            n += at == n;
        }
        f->clocks = v;
        f->n_clocks = n;
    }
    f->deadline_us = qp_clocks_deadline(f);
}
