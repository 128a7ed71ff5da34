/* again_fact.c: what a former incarnation had said of no matter (E6); beside again.c.
 *
 *   of the journal that was set aside ─┬─ its effect is here ─► nothing: it was handed back
 *                                      ├─ a patrol, a mark that is its next, an entry of the trail ─► said word for word
 *                                      ├─ said by people, and cannot be said for them ─► left out, with who, when and the remedy
 *                                      └─ what a node says by itself ─► nothing: what of it still holds was handed back, or is said anew
 *
 * Lines are not said for people: what they wrote was sealed to keys that may be gone, and stands in that journal's folder. */
#include <assert.h>

#include "node/core/circular.h"
#include "node/core/ledger/ground.h"
#include "node/core/line.h"
#include "node/core/private.h"
#include "node/insight/clue/kept.h"
#include "node/insight/watch/kept.h"
#include "node/line/line.h"
#include "topology/zone.h"

enum stands { HERE, NEXT, LACKS }; /* its effect is here; it follows from what is here; neither */

/* ---- does its effect stand here? rc: QP_EIO and the like ---- */

static int of_audit(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_AUDITED && out);
    bool known;
    int rc = qp_audit_known(w, ev, &known, e);
    *out = known ? HERE : NEXT;
    return rc;
}

static int of_start(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_PATROL_STARTED);
    Qp__PatrolRow *row;
    int rc = qp_patrol_row(w, ev->patrol_started->id.data, &row);
    *out = rc ? NEXT : HERE;
    return rc && rc != QP_ENOTFOUND ? qp_fail(e, rc, "a patrol cannot be read") : 0;
}

static int of_mark(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_PATROL_MARKED);
    Qp__PatrolRow *row;
    int rc = qp_patrol_row(w, ev->patrol_marked->id.data, &row);
    *out = LACKS;
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : qp_fail(e, rc, "a patrol cannot be read");
    if (ev->version <= row->version)
        *out = HERE;
    else if (!row->stopped_us && ev->version == row->version + 1)
        *out = NEXT;
    return 0;
}

static int of_warning(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_WARNING_SAID);
    Qp__WarningRow *row;
    int rc = qp_warning_get(w->t->tables, w->t->store, ev->warning_said->warning.data, &row, w->c->arena, e);
    *out = LACKS;
    for (size_t i = 0; !rc && i < row->n_notes; i++)
        if (row->notes[i]->at_us >=
            ev->at_us) /* this one, or enough newer ones that it has gone out of the row */
            *out = HERE;
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* Of one matter in it, or of the lead as a whole. */
static int of_lead(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_LEAD_SAID);
    const Qp__LeadSaid *s = ev->lead_said;
    MDB_txn *tables = w->t->tables;
    Qp__LeadMember *m;
    Qp__LeadRow *row;
    *out = LACKS;
    int rc = qp_lead_get(tables, w->t->store, s->lead.data, &row, w->c->arena, e);
    for (size_t i = 0; !rc && i < row->n_words; i++)
        if (row->words[i]->at_us >= ev->at_us)
            *out = HERE;
    if ((!rc || rc == QP_ENOTFOUND) && s->matter.len == QP_ID_LEN) {
        rc = qp_lead_member(tables, w->t->store, s->matter.data, w->c->self.node, &m, w->c->arena, e);
        for (size_t i = 0; !rc && i < m->n_moves; i++)
            if (m->moves[i]->at_us >= ev->at_us)
                *out = HERE;
    }
    return rc == QP_ENOTFOUND ? 0 : rc;
}

static int of_line(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    const struct qp_line_db db = qp_line_db_of(w);
    bool opens = ev->body_case == QP__EVENT__BODY_LINE_OPENED;
    assert(opens || ev->body_case == QP__EVENT__BODY_LINE_SAID);
    Qp__LineRow *row;
    uint64_t seq;
    int rc = opens ? qp_line_get(&db, ev->line_opened->line.data, &row)
                   : qp_line_seq(&db, ev->line_said->line.data, w->c->self.node, ev->line_said->n, &seq);
    *out = rc ? LACKS : HERE;
    return rc && rc != QP_ENOTFOUND ? qp_fail(e, rc, "a line cannot be read") : 0;
}

static int of_circular(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_SAID);
    Qp__CircularHead *head;
    int rc = qp_circular_head(w->t->tables, w->c->store, ev->circular_said->id.data, w->c->arena, &head, e);
    *out = rc && ev->circular_said->part == 0 ? LACKS : HERE; /* the first part speaks for all */
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* ---- what becomes of it ---- */

struct way {
    int (*stands)(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e);
    const char *remedy; /* where it stands nowhere, and does not follow */
};

static const struct way ways[] = {
    [QP__EVENT__BODY_AUDITED] = {of_audit, ""},
    [QP__EVENT__BODY_PATROL_STARTED] = {of_start, ""},
    [QP__EVENT__BODY_PATROL_MARKED] = {of_mark, "its patrol is not known here, or has gone on without it"},
    [QP__EVENT__BODY_WARNING_SAID] = {of_warning, "look at the warning and say it again"},
    [QP__EVENT__BODY_LEAD_SAID] = {of_lead, "look at the lead and say it again"},
    [QP__EVENT__BODY_LINE_OPENED] = {of_line, "open the line again"},
    [QP__EVENT__BODY_LINE_SAID] = {of_line, "say it again on the line"},
    [QP__EVENT__BODY_CIRCULAR_SAID] = {of_circular, "issue the circular of that time again"},
};

static int left_out(const Qp__Event *ev, const char *remedy, struct qp_err *e)
{
    char when[40];
    assert(*remedy); /* nothing is left out without one */
    qp_time_text(when, ev->at_us);
    return qp_fail(e, QP_ENOTFOUND,
                   "what %.70s said at %s (%s) is known to nobody else, and is not said for them: %s", ev->by,
                   when, qp_event_name((int)ev->body_case), remedy);
}

int qp_say_old_fact(struct qp_work *w, const Qp__Event *ev, const struct qp_slice *bytes, struct qp_reply *r,
                    struct qp_err *e)
{
    assert(ev->incarnation < w->c->self.incarnation && ev->matter.len != QP_ID_LEN);
    size_t kind = (size_t)ev->body_case;
    const struct way *way = kind < sizeof ways / sizeof *ways && ways[kind].stands ? &ways[kind] : NULL;
    enum stands stands = HERE;
    if (!way || strcmp(ev->by, "policy") == 0)
        return 0;
    int rc = way->stands(w, ev, &stands, e);
    if (rc || stands == HERE)
        return rc;
    if (stands == LACKS)
        return left_out(ev, way->remedy, e);
    struct qp_said *s = qp_say_bytes(w, ev, bytes);
    if (!s || qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK))
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    r->created = true;
    return qp_node_fact(w, ev, e);
}
