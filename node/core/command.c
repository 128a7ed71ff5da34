/* command.c: what a person, a desk or a joining node asks of this node, and who does it: step.c, enrol.c,
 * resource.c, again.c. A node that is out takes in nothing that would have to reach anybody (E6). */
#include <assert.h>

#include "node/core/lead.h"
#include "node/core/line.h"
#include "node/core/ground.h"
#include "node/core/personal.h"
#include "node/core/pull.h"
#include "node/core/warn.h"
#include "node/core/whisper.h"
#include "node/matter/may.h"

/* DE3: what was done is written down in the same turn. */
static int noted(struct qp_work *w, const struct qp_command *cmd, int rc, unsigned what, const char *kind,
                 const char *id, struct qp_err *e)
{
    return rc ? rc : qp_audit_on(w, cmd->who, what, kind, id, e);
}

int qp_on_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_said **first,
                  struct qp_err *e)
{
    struct qp_core *c = w->c;
    *first = NULL;
    bool ends, own = cmd->op == QP_OP_RESOURCE;
    const struct qp_resource *kind = own ? qp_resource_of(cmd->draft, &ends) : NULL;
    own = kind && !qp_resource_travels(kind); /* who is in charge of the machine may still change it */
    const char *why;
    bool told = cmd->op == QP_OP_AUDIT; /* who looks at what is wrong must get in */
    if (!told && qp_core_out(c, &why) && (!own || c->silent))
        return qp_fail(
            e, QP_EOUT,
            "this node no longer speaks for %s (%.200s): nothing that it takes in would reach anybody; "
            "ask the node above for a token and `qipan join` into this folder",
            c->self.path, why);
    assert(!w->m.imports && !w->m.stated); /* nothing is left of the command before */
    switch (cmd->op) {
    case QP_OP_STEP: {
        bool opens = cmd->draft->body_case == QP__EVENT__BODY_OPENED;
        if (!opens && cmd->draft->matter.len == QP_ID_LEN)
            memcpy(r->matter, cmd->draft->matter.data, QP_ID_LEN);
        int rc = qp_seen_before(w, cmd, r, e);
        if (rc != QP_ENOTFOUND)
            return rc;
        w->m.imports = cmd->who && (cmd->who->rights & QP_RIGHT_IMPORT);
        w->m.stated = cmd->draft->at_us != 0;
        rc = opens ? qp_open_matter(w, cmd, r, first, e) : qp_other_step(w, cmd, first, e);
        w->m.imports = w->m.stated = false;
        return rc;
    }
    case QP_OP_INVITE:
        return noted(w, cmd, qp_invite(w, cmd, e), QP_AUDIT_INVITED, "nodes", cmd->draft->invited->path, e);
    case QP_OP_JOIN: return qp_join(w, cmd, r, e);
    case QP_OP_REVOKE: return noted(w, cmd, qp_revoke(w, cmd, e), QP_AUDIT_REVOKED, "nodes", cmd->path, e);
    case QP_OP_POLICY: {
        int rc = qp_policy_say(w, cmd, r, e);
        return r->created ? noted(w, cmd, rc, QP_AUDIT_POLICY, "policy", cmd->draft->policy_said->version, e)
                          : rc;
    }
    case QP_OP_PERSONAL: return qp_on_personal(w, cmd, r, e);
    case QP_OP_AUDIT: return qp_on_audit(w, cmd, e);
    case QP_OP_WARNING: return qp_warn_command(w, cmd, r, first, e);
    case QP_OP_LEAD: return qp_lead_command(w, cmd, r, first, e);
    case QP_OP_LINE: return qp_line_command(w, cmd, r, e);
    case QP_OP_WHISPER: return qp_whisper_command(w, cmd, r, e);
    case QP_OP_CIRCULAR: return qp_circular_command(w, cmd, r, e);
    case QP_OP_AGAIN: return qp_say_old(w, cmd, r, e);
    case QP_OP_RESOURCE: return qp_on_resource(w, cmd, r, e);
    case QP_OP_FILE: return qp_pull_wanted(w, cmd, e);
    case QP_OP_GROUND: return qp_on_ground(w, cmd, r, e);
    }
    return qp_fail(e, QP_EINVAL, "unknown command");
}
