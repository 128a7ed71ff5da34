/* resource.c: what is asked of a resource: checked, turned into its event, said. The list of kinds: resource_kind.c.
 *
 *   draft ─► seen before? (key) ─► does it stand? which version? ─► event ─► journal ─► its row (ledger)
 *
 * Who may is asked at the door (node/http); here is what must hold whoever asks. */
#include <assert.h>

#include "node/core/duty.h"
#include "node/core/private.h"
#include "proto/audit.h"

/* What stands in the way; 0: nothing. row: as it is, with version 0 where there never was one. */
static int may(const struct qp_command *cmd, const struct qp_resource *kind, bool ends,
               const struct qp_resource_row *row, const char *id, struct qp_err *e)
{
    assert(row->version > 0 || row->ended_us == 0); /* what never was has not ended */
    bool stands = row->version && !row->ended_us;
    if (!stands && (ends || cmd->if_version > 0))
        return row->ended_us ? qp_fail(e, QP_ENOTFOUND, "there is no such %s: %s was ended", kind->en, id)
                             : qp_fail(e, QP_ENOTFOUND, "there is no such %s: %s", kind->en, id);
    if (cmd->if_version >= 0 && (stands ? row->version : 0) != (uint64_t)cmd->if_version)
        return qp_fail(e, QP_EVERSION, "the %s %s has version %llu by now, not %lld: read it again", kind->en,
                       id, (unsigned long long)row->version, (long long)cmd->if_version);
    if (stands && !ends && cmd->if_version < 0 && kind->standing == QP_STANDING_STAYS)
        return qp_fail(e, QP_EEXISTS, "the %s %s stands already: change that, or take another %s", kind->en,
                       id, kind->id);
    return 0;
}

int qp_on_resource(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_RESOURCE);
    bool ends;
    const struct qp_resource *kind = qp_resource_of(cmd->draft, &ends);
    struct qp_resource_row row = {.version = 0};
    if (!kind)
        return qp_fail(e, QP_EINVAL, "this is about no resource");
    if (qp_resource_travels(kind) && w->c->recovering) /* its versions are not all back yet */
        return qp_fail(
            e, QP_ERECOVER,
            "this node has joined again: its %s are changed when its neighbours have handed back its records",
            kind->name);
    int rc = qp_resource_by_key(w, kind, cmd->draft, e);
    if (rc != QP_ENOTFOUND)
        return rc;
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    if (!ev)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    const char *id = qp_resource_id(kind, (const ProtobufCMessage *)ev->token_made);
    rc = qp_resource_row(w, kind, id, &row);
    if (rc && rc != QP_ENOTFOUND)
        return qp_fail(e, rc, "a %s cannot be read", kind->en);
    rc = may(cmd, kind, ends, &row, id, e);
    if (rc)
        return rc;
    assert(row.version < UINT64_MAX);
    ev->version = row.version + 1;
    r->created = !ends && cmd->if_version <= 0;
    rc = qp_resource_travels(kind) ? qp_say_fact_up(w, ev, e) : qp_say_fact(w, ev, e);
    if (!rc && ev->body_case == QP__EVENT__BODY_USER_ENDED)
        rc = qp_duty_leaves(w, id, ev->by, e);
    return rc ? rc : qp_audit_on(w, cmd->who, ends ? QP_AUDIT_ENDED : QP_AUDIT_CHANGED, kind->name, id, e);
}

/* What a former incarnation had was never sent: with the old disk it would be gone. An id that is in use
 * stays as it is; who calls brings the last word only, and leaves out what was ended. */
int qp_resource_again(struct qp_work *w, const Qp__Event *old, struct qp_reply *r, struct qp_err *e)
{
    bool ends;
    const struct qp_resource *kind = qp_resource_of(old, &ends);
    const ProtobufCMessage *body = (const ProtobufCMessage *)old->token_made;
    assert(kind && old->incarnation < w->c->self.incarnation); /* again.c */
    struct qp_resource_row row;
    if (ends)
        return 0;
    int rc = qp_resource_row(w, kind, qp_resource_id(kind, body), &row);
    if (rc != QP_ENOTFOUND)
        return rc ? qp_fail(e, rc, "a %s cannot be read", kind->en) : 0;
    Qp__Event *ev = qp_event_new(w, old->by);
    if (!ev)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    ev->body_case = old->body_case;
    ev->token_made = old->token_made;
    ev->version = 1;
    r->created = true;
    return qp_resource_travels(kind) ? qp_say_fact_up(w, ev, e) : qp_say_local(w, ev, e);
}
