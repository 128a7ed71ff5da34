/* audit.c: entries of the audit trail, said in a turn: of what the door reports, and of what the turn itself does. */
#include "node/core/audit.h"

#include <assert.h>

#include "node/core/private.h"
#include "node/matter/may.h"

int qp_audit_say(struct qp_work *w, const struct qp_asker *who, const Qp__Audited *said, struct qp_err *e)
{
    struct qp_arena *a = w->c->arena;
    assert(said->what != QP_AUDIT_NO);
    if (w->c->silent) { /* it says nothing: who looks at what is wrong is counted alone */
        QP_COUNT(w->c, audit_unsaid);
        return 0;
    }
    Qp__Event *ev = qp_event_new(w, who ? who->by : "policy");
    Qp__Audited *body = qp_arena_copy(a, said, sizeof *said);
    if (!ev || !body)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (body->from == 0 && who)
        body->from = who->from;
    ev->body_case = QP__EVENT__BODY_AUDITED;
    ev->audited = body;
    int rc = qp_check(&ev->base, e);
    if (rc)
        return rc;
    struct qp_said *s = qp_say(w, ev);
    if (!s || qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK))
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return qp_node_fact(w, ev, e);
}

int qp_audit_on(struct qp_work *w, const struct qp_asker *who, unsigned what, const char *kind,
                const char *id, struct qp_err *e)
{
    char on[QP_AUDIT_ON + 1];
    Qp__Audited said = QP__AUDITED__INIT;
    int n = snprintf(on, sizeof on, "%s%s%s", kind, kind[0] != 0 && id[0] != 0 ? "/" : "", id);
    assert(n >= 0 && (size_t)n < sizeof on);
    said.what = what;
    said.on = qp_arena_text(w->c->arena, on);
    return !said.on ? qp_fail(e, QP_ENOMEM, "the turn ran out of memory") : qp_audit_say(w, who, &said, e);
}

/* What the door reports: a log-in, records taken out. */
int qp_on_audit(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e)
{
    assert(cmd->op == QP_OP_AUDIT);
    assert(cmd->draft->body_case == QP__EVENT__BODY_AUDITED);
    return qp_audit_say(w, cmd->who, cmd->draft->audited, e);
}
