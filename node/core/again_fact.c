/* again_fact.c: what a former incarnation had said of no matter (E6); beside again.c.
 *
 *   of the journal that was set aside ─┬─ its effect is here ─► nothing: it was handed back
 *                                      ├─ a patrol, a mark that is its next, an entry of the trail ─► said word for word
 *                                      ├─ said by people, and cannot be said for them ─► left out, with who, when and the remedy
 *                                      └─ what a node says by itself ─► nothing: what of it still holds was handed back, or is said anew
 *
 * Each kind that is of no matter stands in one of two lists; one that was forgotten ends the start (qp_again_complete).
 * Lines are not said for people: what they wrote was sealed to keys that may be gone, and stands in that journal's folder. */
#include <assert.h>

#include "node/core/circular.h"
#include "node/core/ground.h"
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

/* Does what this mark says stand in its patrol, or did it go out of it behind newer ones? Another copy's mark may have its number (C5). */
static bool stood(const Qp__PatrolRow *row, const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_PATROL_MARKED && row->n_findings <= QP_PATROL_FINDINGS);
    const Qp__PatrolMarked *m = ev->patrol_marked;
    if (m->kind == QP_MARK_STOP && !row->stopped_us)
        return false;
    if (!*m->note && !m->matter.len)
        return true; /* what it counts is in the minutes */
    if (row->n_findings == QP_PATROL_FINDINGS && row->findings[0]->at_us > ev->at_us)
        return true;
    for (size_t i = 0; i < row->n_findings; i++)
        if (row->findings[i]->at_us == ev->at_us && strcmp(row->findings[i]->note, m->note) == 0)
            return true;
    return false;
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
        *out = stood(row, ev) ? HERE : LACKS;
    else if (!row->stopped_us && ev->version == row->version + 1)
        *out = NEXT;
    return 0;
}

/* Words that people said of one thing: this one stands there; or so many newer ones do that it may have gone out of the row. */
static bool tells(const Qp__Event *ev, const char *by, int64_t at_us)
{
    return at_us == ev->at_us && strcmp(by, ev->by) == 0;
}

static int of_warning(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_WARNING_SAID);
    Qp__WarningRow *row;
    int rc = qp_warning_get(w->t->tables, w->t->store, ev->warning_said->warning.data, &row, w->c->arena, e);
    size_t oldest = 0; /* that newer ones push out: what names its matter stays */
    *out = LACKS;
    while (!rc && oldest < row->n_notes && row->notes[oldest]->verb == QP_WARNING_MATTER)
        oldest++;
    if (!rc && row->n_notes == QP_WARNING_NOTES && oldest < row->n_notes &&
        row->notes[oldest]->at_us > ev->at_us)
        *out = HERE;
    for (size_t i = 0; !rc && i < row->n_notes; i++)
        if (tells(ev, row->notes[i]->by, row->notes[i]->at_us))
            *out = HERE;
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* Of the lead as a whole. Whoever took a word back leaves nothing of his own behind: what stands from before him may be what he took back. */
static void of_words(const Qp__Event *ev, const Qp__LeadRow *row, enum stands *out)
{
    assert(ev->lead_said && row->n_words <= QP_LEAD_WORDS);
    const Qp__LeadWord *last = row->n_words > 0 ? row->words[row->n_words - 1] : NULL;
    size_t oldest = 0;
    if (ev->lead_said->verb == QP_LEAD_UNDO) {
        *out = last && last->verb != QP_LEAD_MATTER && last->at_us < ev->at_us ? LACKS : HERE;
        return;
    }
    while (oldest < row->n_words && row->words[oldest]->verb == QP_LEAD_MATTER)
        oldest++;
    if (row->n_words == QP_LEAD_WORDS && oldest < row->n_words && row->words[oldest]->at_us > ev->at_us)
        *out = HERE;
    for (size_t i = 0; i < row->n_words; i++)
        if (tells(ev, row->words[i]->by, row->words[i]->at_us))
            *out = HERE;
}

/* Of one matter in it. */
static void of_moves(const Qp__Event *ev, const Qp__LeadMember *m, enum stands *out)
{
    assert(ev->lead_said && m->n_moves <= QP_LEAD_MOVES);
    const Qp__LeadMove *last = m->n_moves > 0 ? m->moves[m->n_moves - 1] : NULL;
    if (ev->lead_said->verb == QP_LEAD_UNDO) {
        *out = last && last->at_us < ev->at_us ? LACKS : HERE;
        return;
    }
    if (m->n_moves == QP_LEAD_MOVES && m->moves[0]->at_us > ev->at_us)
        *out = HERE;
    for (size_t i = 0; i < m->n_moves; i++)
        if (tells(ev, m->moves[i]->by, m->moves[i]->at_us))
            *out = HERE;
}

static int of_lead(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_LEAD_SAID);
    const Qp__LeadSaid *s = ev->lead_said;
    MDB_txn *tables = w->t->tables;
    Qp__LeadMember *m;
    Qp__LeadRow *row;
    int rc;
    *out = s->verb == QP_LEAD_UNDO ? HERE : LACKS; /* what is not there has nothing to be taken back */
    if (s->matter.len == QP_ID_LEN && s->verb != QP_LEAD_MATTER) {
        rc = qp_lead_member(tables, w->t->store, s->matter.data, w->c->self.node, &m, w->c->arena, e);
        if (!rc)
            of_moves(ev, m, out);
    } else {
        rc = qp_lead_get(tables, w->t->store, s->lead.data, &row, w->c->arena, e);
        if (!rc)
            of_words(ev, row, out);
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

static int of_judgement(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_JUDGED);
    Qp__CircularHead *head;
    int rc = qp_circular_head(w->t->tables, w->c->store, ev->circular_judged->circular.data, w->c->arena,
                              &head, e);
    *out = !rc && head->n_words == QP_CIRCULAR_WORDS && head->words[0]->at_us > ev->at_us ? HERE : LACKS;
    for (size_t i = 0; !rc && i < head->n_words; i++)
        if (tells(ev, head->words[i]->by, head->words[i]->at_us))
            *out = HERE;
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* Revoked it stays, or it has a successor since; who is not known here has no place to lose. */
static int of_revocation(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_REVOKED && out);
    (void)e;
    const struct qp_place *p = qp_tree_node(w->c->tree, ev->revoked->node.data);
    *out = !p || p->revoked || p->cert.incarnation > ev->revoked->incarnation ? HERE : LACKS;
    return 0;
}

static int of_policy(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_POLICY_SAID && out);
    struct qp_policy_use use;
    (void)e;
    *out =
        ev->policy_said->part > 0 || qp_policy_used(w->t->tables, w->c->store, ev->policy_said->version, &use)
            ? HERE
            : LACKS;
    return 0;
}

static int of_order(struct qp_work *w, const Qp__Event *ev, enum stands *out, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_GRID_ORDERED);
    bool known;
    int rc = qp_grid_order_known(w, ev->grid_ordered, &known, e);
    *out = !rc && known ? HERE : LACKS;
    return rc;
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
    [QP__EVENT__BODY_WARNING_SAID] = {of_warning, "look at the warning, and say it again if it still holds"},
    [QP__EVENT__BODY_LEAD_SAID] = {of_lead, "look at the lead, and say it again if it still holds"},
    [QP__EVENT__BODY_LINE_OPENED] = {of_line, "open the line again"},
    [QP__EVENT__BODY_LINE_SAID] = {of_line, "say it again on the line"},
    [QP__EVENT__BODY_CIRCULAR_SAID] = {of_circular, "issue the circular of that time again"},
    [QP__EVENT__BODY_CIRCULAR_JUDGED] = {of_judgement, "look at the circular, and judge it again"},
    [QP__EVENT__BODY_GRID_ORDERED] = {of_order, "it may have been replaced since: look at the grids of that "
                                                "node, and order it again only if nothing newer holds there"},
    [QP__EVENT__BODY_REVOKED] = {of_revocation, "revoke the node again"},
    [QP__EVENT__BODY_POLICY_SAID] = {of_policy, "issue the policy again"},
};

/* What a node says by itself: what of it still holds was handed back, or is said anew; and what is over when it is brought in: who was on
 * duty, what a phone has ticked. */
static const Qp__Event__BodyCase by_itself[] = {
    QP__EVENT__BODY_ENROLLED,      QP__EVENT__BODY_JOINED,         QP__EVENT__BODY_LEARNED,
    QP__EVENT__BODY_REFUSAL,       QP__EVENT__BODY_RECOVERED,      QP__EVENT__BODY_POLICY_HEARD,
    QP__EVENT__BODY_WARNED,        QP__EVENT__BODY_DAY_ENDED,      QP__EVENT__BODY_SEASONED,
    QP__EVENT__BODY_LEAD_FOUND,    QP__EVENT__BODY_LEADS_COMPARED, QP__EVENT__BODY_DUTY_SAID,
    QP__EVENT__BODY_LINE_TICKED,   QP__EVENT__BODY_LINE_KEYED,     QP__EVENT__BODY_LINE_KEY_ENDED,
    QP__EVENT__BODY_RENEWAL_ASKED, QP__EVENT__BODY_RENEWED,        QP__EVENT__BODY_SAID_AGAIN};

static const struct way *way_of(const Qp__Event *ev)
{
    size_t kind = (size_t)ev->body_case;
    return kind < sizeof ways / sizeof *ways && ways[kind].stands ? &ways[kind] : NULL;
}

void qp_again_complete(void)
{
    size_t n;
    const struct qp_event_kind *k = qp_event_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        const Qp__Event ev = {.body_case = k[i].body};
        bool of_none = k[i].subject == QP_OF_NODE || k[i].subject == QP_OF_LINE, itself = false;
        for (size_t m = 0; m < sizeof by_itself / sizeof *by_itself; m++)
            itself |= by_itself[m] == k[i].body;
        assert(of_none == (itself || way_of(&ev)) && "again_fact.c says of each kind what becomes of it");
        assert(!(itself && way_of(&ev)));
    }
}

static int left_out(const Qp__Event *ev, const char *remedy, struct qp_err *e)
{
    char when[40];
    assert(*remedy); /* nothing is left out without one */
    qp_time_text(when, ev->at_us);
    return qp_fail(e, QP_ENOTFOUND,
                   "what %.70s said at %s (%s) stands nowhere here, and is not said for them: %s", ev->by,
                   when, qp_event_name((int)ev->body_case), remedy);
}

int qp_say_old_fact(struct qp_work *w, const Qp__Event *ev, const struct qp_slice *bytes, struct qp_reply *r,
                    struct qp_err *e)
{
    assert(ev->incarnation < w->c->self.incarnation && ev->matter.len != QP_ID_LEN);
    const struct way *way = way_of(ev);
    enum stands stands = HERE;
    if (!way || strcmp(ev->by, "policy") == 0)
        return 0;
    int rc = way->stands(w, ev, &stands, e);
    if (rc || stands == HERE)
        return rc;
    if (stands == LACKS)
        return left_out(ev, way->remedy, e);
    const char *no = qp_event_may(w, ev); /* else it would be said again each time, and have no effect */
    if (no)
        return left_out(ev, no, e);
    struct qp_said *s = qp_say_bytes(w, ev, bytes);
    if (!s || qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK))
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    r->created = true;
    return qp_node_fact(w, ev, e);
}
