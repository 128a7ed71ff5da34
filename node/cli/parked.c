/* parked.c: commands that wait for a path to be resolved by a neighbour; see drive.h. At most QP_PARKED_MAX,
 * at most five seconds. */
#include <string.h>

#include "node/cli/drive.h"

/* Of a line's members the first that nobody here knows. */
static const char *member_wanted(struct qp_drive *d, const Qp__LineOpened *o)
{
    for (size_t i = 0; i < o->n_members; i++)
        if (o->members[i]->path[0] != 0 && !qp_tree_path(qp_core_tree(d->node.core), o->members[i]->path))
            return o->members[i]->path;
    return NULL;
}

static const char *path_wanted(struct qp_drive *d, const struct qp_command *cmd)
{
    const Qp__Event *ev = cmd->draft;
    if (cmd->op == QP_OP_REVOKE)
        return cmd->path;
    if (cmd->op == QP_OP_LINE && ev->body_case == QP__EVENT__BODY_LINE_OPENED)
        return member_wanted(d, ev->line_opened);
    if (cmd->op != QP_OP_STEP)
        return NULL;
    if (ev->body_case == QP__EVENT__BODY_OFFERED)
        return ev->offered->to_path;
    if (ev->body_case == QP__EVENT__BODY_ASSISTED)
        return ev->assisted->to_path;
    if (ev->body_case == QP__EVENT__BODY_OPENED && ev->opened->face)
        return ev->opened->face->area;
    return NULL;
}

static struct qp_parked *parked_find(struct qp_drive *d, uint64_t ticket)
{
    for (size_t i = 0; i < d->nparked; i++)
        if (d->parked[i].command.ticket == ticket)
            return &d->parked[i];
    return NULL;
}

bool qp_park(struct qp_drive *d, const struct qp_command *cmd, int64_t now_us)
{
    const char *path = path_wanted(d, cmd);
    bool asked =
        cmd->op == QP_OP_PERSONAL; /* the turn has asked already: what it waits for is carried here */
    if (parked_find(d, cmd->ticket))
        return true; /* tried again too early: waits on */
    if (d->nparked == QP_PARKED_MAX)
        return false;
    if (!asked &&
        (!path || path[0] == 0 || strlen(path) >= QP_PATH_MAX || !qp_wire_ask_path(d->wire, path, now_us)))
        return false;
    struct qp_parked *p = &d->parked[d->nparked++];
    p->command = *cmd;
    strcpy(p->path, asked ? "" : path);
    p->until_us = now_us + QP_PARK_US;
    return true;
}

void qp_parked_done(struct qp_drive *d, uint64_t ticket)
{
    struct qp_parked *p = parked_find(d, ticket);
    if (p)
        *p = d->parked[--d->nparked];
}

int64_t qp_parked_expire(struct qp_drive *d, int64_t now_us)
{
    int64_t next = INT64_MAX;
    for (size_t i = d->nparked; i-- > 0;) {
        struct qp_parked *p = &d->parked[i];
        if (p->until_us > now_us) {
            next = p->until_us < next ? p->until_us : next;
            continue;
        }
        struct qp_reply r = {.ticket = p->command.ticket, .code = QP_ENOTFOUND};
        if (p->command.op == QP_OP_PERSONAL) {
            r.code = QP_EUNREACHABLE;
            snprintf(r.text, sizeof r.text,
                     "the node that holds the matter does not answer at the moment: ask again, or at that "
                     "node itself");
        } else {
            snprintf(r.text, sizeof r.text,
                     "there is no node %s, or nobody who knows it answers at the moment", p->path);
        }
        *p = d->parked[--d->nparked];
        qp_http_reply(d->http, &r);
    }
    return next;
}

size_t qp_parked_again(struct qp_drive *d, struct qp_input *in, size_t max)
{
    size_t n = d->nparked < max ? d->nparked : max;
    for (size_t i = 0; i < n; i++)
        in[i] = (struct qp_input){.kind = QP_IN_COMMAND, .command = d->parked[i].command};
    return n;
}
