/* step.c: what people and desks do with matters: open one, take a step of one.
 *
 *   draft ─► seen before? (key, source_ref) ─► whom it concerns (paths to node ids) ─► may it be said from here?
 *         ─► qp_step: decided, applied, said to horizon and members */
#include <assert.h>

#include "node/core/personal.h"
#include "node/core/step_may.h"
#include "node/matter/face.h"

static int offer_to(struct qp_work *w, Qp__Event *ev, const struct qp_place *to, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_OFFERED && to); /* not at the root: step_may.c */
    if (to->revoked)
        return qp_fail(e, QP_EPOLICY, "%s is revoked; invite it again before anything is offered to it",
                       to->cert.path);
    ev->offered->to = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, to->cert.node, QP_ID_LEN)};
    ev->offered->to_path = qp_arena_text(w->c->arena, to->cert.path);
    return 0;
}

int qp_nobody_there(const struct qp_core *c, const char *field, const char *path, int code, struct qp_err *e)
{
    const char *mine = c->self.path;
    size_t root = strcspn(mine, "/");
    assert(root > 0 && !qp_tree_path(c->tree, path));
    if (qp_path_within(path, mine))
        return qp_fail(e, code, "%s: there is no node %s below this one", field, path);
    if (!qp_tree_parent(c->tree) || strncmp(path, mine, root) != 0 || (path[root] && path[root] != '/'))
        return qp_fail(e, code, "%s: there is no node %s in this tree, whose root is %.*s", field, path,
                       (int)root, mine);
    return qp_fail(e, QP_ENEED, "%s: %s is not known here yet", field, path);
}

static int resolve_offer(struct qp_work *w, Qp__Event *ev, const Qp__Row *row, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_OFFERED);
    struct qp_core *c = w->c;
    Qp__Offered *o = ev->offered;
    const struct qp_place *to;
    switch (o->kind) {
    case QP_KIND_ESCALATE:
        return offer_to(w, ev, qp_tree_parent(c->tree), e); /* not at the root: step_may.c */
    case QP_KIND_RETURN:
        if (!row || row->face->came_from.len != QP_ID_LEN)
            return qp_fail(e, QP_ESTEP, "the matter was opened here: there is nobody to return it to");
        to = qp_tree_node(c->tree, row->face->came_from.data);
        if (to && to->revoked)
            return offer_to(w, ev, to, e);
        o->to = row->face->came_from;
        o->to_path = row->face->came_from_path;
        return 0;
    default: break;
    }
    if (qp_path_check(o->to_path, e))
        return QP_EINVAL;
    bool below = qp_path_within(o->to_path, c->self.path);
    if (strcmp(o->to_path, c->self.path) == 0)
        return qp_fail(e, QP_EINVAL, "to: %s is this node itself", o->to_path);
    if (o->kind == QP_KIND_DISPATCH && !below)
        return qp_fail(e, QP_EINVAL, "to: %s is not below %s; use transfer for a node elsewhere", o->to_path,
                       c->self.path);
    if (o->kind == QP_KIND_TRANSFER && below)
        return qp_fail(e, QP_EINVAL, "to: %s is below %s; use dispatch", o->to_path, c->self.path);
    to = qp_tree_path(c->tree, o->to_path);
    if (!to)
        return qp_nobody_there(c, "to", o->to_path, QP_ENOTFOUND, e);
    return offer_to(w, ev, to, e);
}

/* ST4: whom the holder asks to assist: a desk of this node, or another node (and there perhaps a desk). */
static int resolve_assist(struct qp_work *w, Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_ASSISTED);
    struct qp_core *c = w->c;
    Qp__Assisted *s = ev->assisted;
    if (*s->to_path == 0)
        s->to_path = c->self.path;
    if (qp_path_check(s->to_path, e))
        return QP_EINVAL;
    if (strcmp(s->to_path, c->self.path) == 0 && *s->desk == 0)
        return qp_fail(e, QP_EINVAL, "desk: this node asks one of its desks, or another node");
    const struct qp_place *to = qp_tree_path(c->tree, s->to_path);
    if (!to)
        return qp_nobody_there(c, "to", s->to_path, QP_ENOTFOUND, e);
    if (to->revoked)
        return qp_fail(e, QP_EPOLICY, "to: %s is revoked; ask another one", to->cert.path);
    s->to = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(c->arena, to->cert.node, QP_ID_LEN)};
    return 0;
}

/* Area to open for: "" is here; below, it is offered down at once. */
static int open_area(struct qp_work *w, Qp__Face *f, const struct qp_place **down, struct qp_err *e)
{
    struct qp_core *c = w->c;
    *down = NULL;
    if (f->area[0] == 0 || strcmp(f->area, c->self.path) == 0) {
        f->area = c->self.path;
        return 0;
    }
    if (qp_path_check(f->area, e))
        return QP_EINVAL;
    if (!qp_path_within(f->area, c->self.path))
        return qp_fail(e, QP_EPOLICY, "area: %s is not at or below this node, %s; report it there", f->area,
                       c->self.path);
    *down = qp_tree_path(c->tree, f->area);
    if (!*down)
        return qp_fail(e, QP_EPOLICY, "area: there is no node %s; name the nearest one above it", f->area);
    if ((*down)->revoked)
        return qp_fail(e, QP_EPOLICY,
                       "area: %s is revoked; invite it again, or name the nearest node above it", f->area);
    assert(qp_path_within((*down)->cert.path, c->self.path));
    if (c->recovering)
        return qp_fail(e, QP_ERECOVER,
                       "this node has joined again and offers nothing until its neighbours have handed back "
                       "its records");
    return 0;
}

int qp_seen_before(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    const Qp__Event *d = cmd->draft;
    bool opens = d->body_case == QP__EVENT__BODY_OPENED;
    assert(opens || d->matter.len == QP_ID_LEN); /* a step names its matter */
    uint8_t request[QP_REQUEST_LEN] = {0};
    int rc = QP_ENOTFOUND;
    if (d->request.len == QP_REQUEST_LEN)
        memcpy(request, d->request.data, QP_REQUEST_LEN);
    if (d->key && d->key[0] != 0)
        rc = qp_matter_by_key(&w->m, d->by, opens ? NULL : d->matter.data, d->key, request, r->matter, e);
    if (rc == QP_ENOTFOUND && opens && d->opened->face->source_ref[0] != 0)
        rc = qp_matter_by_ref(&w->m, d->opened->face->source, d->opened->face->source_ref, r->matter, e);
    return rc;
}

int qp_open_matter(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_said **said,
                   struct qp_err *e)
{
    assert(cmd->draft->body_case == QP__EVENT__BODY_OPENED);
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    uint8_t salt[QP_SALT_LEN];
    const struct qp_place *down;
    if (!ev || !ev->opened->face)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    int rc = open_area(w, ev->opened->face, &down, e);
    if (!rc && cmd->sealed && !w->c->vault)
        rc = qp_fail(e, QP_EPOLICY, "reporter: this node keeps no personal records: its vault is not open");
    if (rc)
        return rc;
    if (cmd->draft->at_us == 0 && (rc = qp_propose(w, ev->opened->face, down, e)))
        return rc;
    ev->opened->face->personal = (ProtobufCBinaryData){0, NULL};
    if (cmd->sealed)
        ev->opened->face->personal = (ProtobufCBinaryData){
            QP_HASH_LEN, qp_arena_copy(w->c->arena, cmd->sealed->commitment.b, QP_HASH_LEN)};
    qp_drbg_bytes(&w->rnd, salt, sizeof salt);
    qp_matter_id(r->matter, w->c->self.node, ev->at_us, salt);
    ev->opened->face->salt =
        (ProtobufCBinaryData){QP_SALT_LEN, qp_arena_copy(w->c->arena, salt, QP_SALT_LEN)};
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, r->matter, QP_ID_LEN)};
    ev->opened->face->id = ev->matter;
    if ((rc = qp_step(w, ev, NULL, -1, said, e)))
        return rc;
    if (cmd->sealed && (rc = qp_personal_keep(w, cmd, r->matter, e)))
        return rc;
    r->created = true;
    if (!down)
        return 0;
    Qp__Event *of = qp_event_new(w, ev->by);
    Qp__Offered *o = qp_arena_take(w->c->arena, sizeof *o);
    if (!of || !o)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__offered__init(o);
    o->kind = QP_KIND_DISPATCH;
    of->at_us = ev->at_us;
    of->matter = ev->matter;
    of->body_case = QP__EVENT__BODY_OFFERED;
    of->offered = o;
    rc = offer_to(w, of, down, e);
    return rc ? rc : qp_step(w, of, NULL, -1, NULL, e);
}

/* Whether this node stands in the way of the step; what the matter says is asked when it is decided. */
static int may_here(struct qp_work *w, const Qp__Event *ev, const Qp__Row *row, const struct qp_asker *who,
                    struct qp_err *e)
{
    const struct qp_core *c = w->c;
    const struct qp_step *st = qp_step_of(ev);
    struct qp_why why;
    struct qp_step_ask ask = {
        .may = {.row = row, .face = row->face, .self = c->self.node, .self_path = c->self.path, .who = who},
        .root = !qp_tree_parent(c->tree),
        .recovering = c->recovering,
        .new_here =
            row->opener_incarnation == c->self.incarnation && qp_same(row->face->opener.data, c->self.node),
    };
    if (!st)
        return qp_fail(e, QP_EINVAL, "this is not a step of a matter");
    return !qp_step_may_here(&ask, st, &why) ? 0 : qp_fail(e, why.code, "%s", why.en);
}

/* One that a step names: where it is absent or hidden the step is what is wrong, for whoever asks. */
static int other_seen(struct qp_work *w, const struct qp_asker *who, const uint8_t matter[QP_ID_LEN],
                      bool into, struct qp_err *e)
{
    Qp__Row *row;
    int rc = qp_row_seen(w, who, matter, "", &row, e);
    return rc != QP_ENOTFOUND
               ? rc
               : qp_fail(e, QP_EPOLICY,
                         into ? "into: no such matter is known here" : "of: no such matter is known here");
}

/* What other matter a step names. */
static int named_seen(struct qp_work *w, const Qp__Event *ev, const struct qp_asker *who, struct qp_err *e)
{
    uint8_t of[QP_ID_LEN];
    if (!who->span && !who->own)
        return 0; /* what it must be is asked by decide.c */
    if (ev->body_case == QP__EVENT__BODY_MERGED && ev->merged->into.len == QP_ID_LEN)
        return other_seen(w, who, ev->merged->into.data, true, e);
    if (ev->body_case == QP__EVENT__BODY_CLOSED && !qp_id_parse(of, ev->closed->of))
        return other_seen(w, who, of, false, e);
    return 0;
}

int qp_other_step(struct qp_work *w, const struct qp_command *cmd, struct qp_said **said, struct qp_err *e)
{
    assert(cmd->op == QP_OP_STEP);
    struct qp_core *c = w->c;
    const Qp__Event *d = cmd->draft;
    const struct qp_asker plain = {.by = d->by, .desk = d->desk, .rights = QP_RIGHT_ALL};
    const struct qp_asker *who = cmd->who ? cmd->who : &plain;
    Qp__Row *row = NULL;
    int rc = qp_row_seen(w, who, d->matter.data, "", &row, e);
    if (!rc && !qp_asker_acts(who, row)) /* he sees it by another role */
        rc = qp_own_only(e, who->by);
    if (!rc)
        rc = may_here(w, d, row, who, e);
    if (!rc)
        rc = named_seen(w, d, who, e);
    if (rc)
        return rc;
    Qp__Event *ev = qp_adopt(w, d);
    if (!ev)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (d->at_us != 0 && d->at_us < row->face->opened_us)
        return qp_fail(e, QP_EINVAL, "at: lies before the matter was opened");
    if (ev->body_case == QP__EVENT__BODY_OFFERED && (rc = resolve_offer(w, ev, row, e)))
        return rc;
    if (ev->body_case == QP__EVENT__BODY_ASSISTED && (rc = resolve_assist(w, ev, e)))
        return rc;
    if (ev->body_case == QP__EVENT__BODY_ACCEPTED)
        ev->accepted->path = c->self.path;
    assert(qp_same(ev->origin.data, c->self.node));
    const char *no = qp_event_may(w, ev);
    if (no)
        return qp_fail(e, QP_ESTEP, "%s", no);
    const struct qp_sealed *kept = NULL;
    if (ev->body_case == QP__EVENT__BODY_SORTED && (rc = qp_place_hide(w, row->face, ev->sorted, &kept, e)))
        return rc;
    rc = qp_step(w, ev, who, cmd->if_version, said, e);
    if (!rc && kept)
        rc = qp_vault_keep(c->vault, d->matter.data, kept, e);
    if (!rc && ev->body_case == QP__EVENT__BODY_PERSONAL_ERASED)
        rc = qp_personal_tell_erased(w, who, d->matter.data, ev->personal_erased->reason, e);
    return rc;
}
