/* command.c: what a person, a desk or a joining node asks of this node: checked, turned into events, applied,
 * said.
 *
 *   draft ─► seen before? (key, source_ref) ─► whom it concerns (paths to node ids) ─► qp_matter_decide
 *         ─► apply ─► say to horizon and members */
#include "node/core/private.h"
#include "node/matter/face.h"

/* The caller's draft is never written to: a command may be tried again in a later turn. */
Qp__Event *qp_event_adopt(struct qp_work *w, const Qp__Event *draft)
{
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, NULL);
    if (ev == NULL)
        return NULL;
    Qp__Event made = *ev;
    *ev = *draft;
    ev->origin = made.origin;
    ev->incarnation = made.incarnation;
    ev->counter = made.counter;
    ev->at_us = draft->at_us != 0 ? draft->at_us : w->now_us;
    ev->version = ev->custody = 0;
    if (draft->body_case !=
        QP__EVENT__BODY__NOT_SET) { /* all of the union's members are pointers to messages */
        const ProtobufCMessage *body = (const ProtobufCMessage *)draft->opened;
        ev->opened = qp_arena_copy(a, body, body->descriptor->sizeof_message);
        if (ev->opened == NULL)
            return NULL;
    }
    if (ev->body_case == QP__EVENT__BODY_OPENED && ev->opened->face != NULL)
        ev->opened->face = qp_arena_copy(a, ev->opened->face, sizeof *ev->opened->face);
    return ev;
}

/* K8: what a snapshot needs to be believed where the matter's hand-overs may not have come. The opener who
 * has never given it away is believed as he is. */
static int vouch(struct qp_work *w, const Qp__Event *ev, const Qp__Face *f, bool newcomer, struct qp_err *e)
{
    if (f->custody > 1 && ev->body_case == QP__EVENT__BODY_SORTED && ev->sorted->face != NULL)
        return qp_vouch(w, f, NULL, e); /* it changes lanes: all is still in the other one (U1) */
    return newcomer ? qp_vouch(w, f, ev->offered->to.data, e) : 0;
}

/* Decides, applies and says one event. *said may be NULL. */
int qp_step(struct qp_work *w, Qp__Event *ev, int64_t if_version, struct qp_said **said, struct qp_err *e)
{
    enum qp_outcome o;
    Qp__Row *row;
    bool newcomer = false;
    int rc = qp_matter_decide(&w->m, ev, if_version, e);
    if (rc == 0)
        rc = qp_check(&ev->base, e);
    if (rc == 0 && ev->body_case == QP__EVENT__BODY_OFFERED && ev->custody > 1 &&
        (rc = qp_matter_row(&w->m, ev->matter.data, &row, e)) == 0)
        newcomer =
            !qp_face_member(row->face, ev->offered->to) && !qp_tree_above(w->c->tree, ev->offered->to.data);
    if (rc == 0)
        rc = qp_matter_apply(&w->m, ev, 0, 0, w->now_us, &o, e);
    if (rc == 0)
        rc = qp_matter_row(&w->m, ev->matter.data, &row, e);
    if (rc == 0)
        rc = vouch(w, ev, row->face, newcomer, e);
    if (rc == 0 && qp_say_matter(w, ev, row->face, said) != 0)
        rc = qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return rc;
}

static int offer_to(struct qp_work *w, Qp__Event *ev, const struct qp_place *to, struct qp_err *e)
{
    if (to->revoked)
        return qp_fail(e, QP_EPOLICY, "%s is revoked; invite it again before anything is offered to it",
                       to->cert.path);
    ev->offered->to = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, to->cert.node, QP_ID_LEN)};
    ev->offered->to_path = qp_arena_text(w->c->arena, to->cert.path);
    return 0;
}

static int resolve_offer(struct qp_work *w, Qp__Event *ev, const Qp__Row *row, struct qp_err *e)
{
    struct qp_core *c = w->c;
    Qp__Offered *o = ev->offered;
    const struct qp_place *to;
    if (c->recovering)
        return qp_fail(e, QP_ERECOVER,
                       "this node has joined again and offers nothing until its neighbours have handed back "
                       "its records");
    switch (o->kind) {
    case QP_KIND_ESCALATE:
        to = qp_tree_parent(c->tree);
        if (to == NULL)
            return qp_fail(e, QP_ESTEP, "this node is the root: there is nobody above to escalate to");
        return offer_to(w, ev, to, e);
    case QP_KIND_RETURN:
        if (row == NULL || row->face->came_from.len != QP_ID_LEN)
            return qp_fail(e, QP_ESTEP, "the matter was opened here: there is nobody to return it to");
        to = qp_tree_node(c->tree, row->face->came_from.data);
        if (to != NULL && to->revoked)
            return offer_to(w, ev, to, e);
        o->to = row->face->came_from;
        o->to_path = row->face->came_from_path;
        return 0;
    default: break;
    }
    if (qp_path_check(o->to_path, e) != 0)
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
    if (to == NULL && below)
        return qp_fail(e, QP_ENOTFOUND, "to: there is no node %s below this one", o->to_path);
    if (to == NULL)
        return qp_fail(e, QP_ENEED, "to: %s is not known here yet", o->to_path);
    return offer_to(w, ev, to, e);
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
    if (qp_path_check(f->area, e) != 0)
        return QP_EINVAL;
    if (!qp_path_within(f->area, c->self.path))
        return qp_fail(e, QP_EPOLICY, "area: %s is not at or below this node, %s; report it there", f->area,
                       c->self.path);
    *down = qp_tree_path(c->tree, f->area);
    if (*down == NULL)
        return qp_fail(e, QP_EPOLICY, "area: there is no node %s; name the nearest one above it", f->area);
    if ((*down)->revoked)
        return qp_fail(e, QP_EPOLICY,
                       "area: %s is revoked; invite it again, or name the nearest node above it", f->area);
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
    uint8_t request[QP_REQUEST_LEN] = {0};
    int rc = QP_ENOTFOUND;
    if (d->request.len == QP_REQUEST_LEN)
        memcpy(request, d->request.data, QP_REQUEST_LEN);
    if (d->key != NULL && d->key[0] != 0)
        rc = qp_matter_by_key(&w->m, d->by, opens ? NULL : d->matter.data, d->key, request, r->matter, e);
    if (rc == QP_ENOTFOUND && opens && d->opened->face->source_ref[0] != 0)
        rc = qp_matter_by_ref(&w->m, d->opened->face->source, d->opened->face->source_ref, r->matter, e);
    return rc;
}

static int open_matter(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r,
                       struct qp_said **said, struct qp_err *e)
{
    Qp__Event *ev = qp_event_adopt(w, cmd->draft);
    uint8_t salt[QP_SALT_LEN];
    const struct qp_place *down;
    if (ev == NULL || ev->opened->face == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    int rc = open_area(w, ev->opened->face, &down, e);
    if (rc != 0)
        return rc;
    qp_drbg_bytes(&w->rnd, salt, sizeof salt);
    qp_matter_id(r->matter, w->c->self.node, ev->at_us, salt);
    ev->opened->face->salt =
        (ProtobufCBinaryData){QP_SALT_LEN, qp_arena_copy(w->c->arena, salt, QP_SALT_LEN)};
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, r->matter, QP_ID_LEN)};
    ev->opened->face->id = ev->matter;
    if ((rc = qp_step(w, ev, -1, said, e)) != 0)
        return rc;
    r->created = true;
    if (down == NULL)
        return 0;
    Qp__Event *of = qp_event_new(w, ev->by);
    Qp__Offered *o = qp_arena_take(w->c->arena, sizeof *o);
    if (of == NULL || o == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__offered__init(o);
    o->kind = QP_KIND_DISPATCH;
    of->at_us = ev->at_us;
    of->matter = ev->matter;
    of->body_case = QP__EVENT__BODY_OFFERED;
    of->offered = o;
    rc = offer_to(w, of, down, e);
    return rc != 0 ? rc : qp_step(w, of, -1, NULL, e);
}

static int other_step(struct qp_work *w, const struct qp_command *cmd, struct qp_said **said,
                      struct qp_err *e)
{
    struct qp_core *c = w->c;
    Qp__Row *row = NULL;
    int rc = qp_matter_row(&w->m, cmd->draft->matter.data, &row, e);
    if (rc != 0)
        return rc;
    bool talk = cmd->draft->body_case == QP__EVENT__BODY_COMMENTED;
    bool new_here =
        row->opener_incarnation == c->self.incarnation && qp_same(row->face->opener.data, c->self.node);
    if (c->recovering && !talk && !new_here)
        return qp_fail(e, QP_ERECOVER,
                       "this node has joined again; it goes on with older matters when its neighbours have "
                       "handed back their records");
    Qp__Event *ev = qp_event_adopt(w, cmd->draft);
    if (ev == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (cmd->draft->at_us != 0 && cmd->draft->at_us < row->face->opened_us)
        return qp_fail(e, QP_EINVAL, "at: lies before the matter was opened");
    if (ev->body_case == QP__EVENT__BODY_OFFERED && (rc = resolve_offer(w, ev, row, e)) != 0)
        return rc;
    if (ev->body_case == QP__EVENT__BODY_ACCEPTED)
        ev->accepted->path = c->self.path;
    if (ev->body_case == QP__EVENT__BODY_URGED && (!qp_path_within(row->face->holder_path, c->self.path) ||
                                                   qp_same(row->face->holder.data, c->self.node)))
        return qp_fail(e, QP_ESTEP, "only a superior of %s may urge it", row->face->holder_path);
    return qp_step(w, ev, cmd->if_version, said, e);
}

/* ---- nodes ---- */

/* What is said must decode again, here in a replay and at whoever it goes to: one bound that is broken would
 * stop a rebuild, or the whole chain at the next hop (E5, E6). */
int qp_say_fact(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    int rc = qp_check(&ev->base, e);
    return rc != 0 ? rc : qp_say_local(w, ev, e);
}

static int invite(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e)
{
    struct qp_core *c = w->c;
    Qp__Event *ev = qp_event_adopt(w, cmd->draft);
    char parent[QP_PATH_MAX];
    if (ev == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    Qp__Invited *i = ev->invited;
    if (qp_path_check(i->path, e) != 0)
        return QP_EINVAL;
    if (!qp_path_parent(parent, i->path) || strcmp(parent, c->self.path) != 0)
        return qp_fail(e, QP_EINVAL, "path: %s is not directly below %s; each node invites its own children",
                       i->path, c->self.path);
    if (i->link_key.len != QP_PK_LEN)
        return qp_fail(e, QP_EINVAL, "link_key: 32 bytes are needed");
    const struct qp_place *had = qp_tree_path(c->tree, i->path);
    /* It may not know all its children yet: a place must not get a second node. A child that burned with it
     * is certified again as soon as it is known for what it was: until then this node would wait for it. */
    if (c->recovering && (had == NULL || qp_core_back(c, w->t->tables, had->cert.node) == QP_BACK_NOT))
        return qp_fail(e, QP_ERECOVER,
                       "this node is itself coming back; before that is done it certifies only children that "
                       "had been there, once its parent has told of them");
    if (had != NULL) { /* a successor: same node, next incarnation */
        i->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(c->arena, had->cert.node, QP_ID_LEN)};
        i->incarnation = had->cert.incarnation + 1;
        if (i->title[0] == 0)
            i->title = qp_arena_text(c->arena, had->cert.title);
        if (i->code[0] == 0)
            i->code = qp_arena_text(c->arena, had->cert.code);
        if (i->level[0] == 0)
            i->level = qp_arena_text(c->arena, had->cert.level);
    } else {
        i->incarnation = 1;
        if (i->title[0] == 0)
            i->title = qp_arena_text(c->arena, qp_path_label(i->path));
    }
    if (strlen(i->title) > QP_TITLE_MAX || strlen(i->code) > QP_CODE_MAX || strlen(i->level) > QP_LEVEL_MAX)
        return qp_fail(e, QP_EINVAL, "title, code or level is too long");
    return qp_say_fact(w, ev, e);
}

static int welcome(struct qp_work *w, const struct qp_hash *certificate, Qp__Head **closing, size_t n,
                   struct qp_reply *r, struct qp_err *e)
{
    Qp__Welcome *wel = qp_arena_take(w->c->arena, sizeof *wel);
    if (wel == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__welcome__init(wel);
    wel->chain = qp_core_chain(w->c, w->t, NULL, certificate, w->c->arena);
    wel->closing = closing;
    wel->n_closing = n;
    wel->zone = w->c->self.zone;
    if (wel->chain == NULL)
        return qp_fail(e, QP_ECORRUPT, "the own chain of certificates is not complete");
    r->welcome = wel;
    return 0;
}

/* had: who was there before; NULL: nobody */
static int issue(struct qp_work *w, const Qp__Invited *i, const struct qp_place *had, const Qp__Join *j,
                 const uint8_t *link_key, struct qp_reply *r, struct qp_err *e)
{
    struct qp_core *c = w->c;
    struct qp_cert cert;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Enrolled *en = qp_arena_take(c->arena, sizeof *en);
    memset(&cert, 0, sizeof cert);
    memcpy(cert.tree, c->self.tree, QP_ID_LEN);
    memcpy(cert.issuer, c->self.node, QP_ID_LEN);
    cert.issuer_certificate = c->self.id;
    snprintf(cert.path, sizeof cert.path, "%s", i->path);
    if (had != NULL)
        memcpy(cert.salt, had->cert.salt, QP_SALT_LEN); /* the same node: its id stays */
    else
        qp_drbg_bytes(&w->rnd, cert.salt, QP_SALT_LEN);
    qp_node_id(cert.node, cert.tree, cert.issuer, cert.path, cert.salt);
    snprintf(cert.title, sizeof cert.title, "%s", i->title);
    snprintf(cert.code, sizeof cert.code, "%s", i->code);
    snprintf(cert.level, sizeof cert.level, "%s", i->level);
    snprintf(cert.zone, sizeof cert.zone, "%s", c->self.zone);
    memcpy(cert.sign_key, j->sign_key.data, QP_PK_LEN);
    memcpy(cert.box_key, j->box_key.data, QP_PK_LEN);
    memcpy(cert.link_key, j->link_key.data, QP_PK_LEN);
    cert.incarnation = i->incarnation;
    cert.not_before_us = w->now_us - 300000000; /* a neighbour's clock may be five minutes behind */
    cert.not_after_us = w->now_us + 5LL * 365 * 86400 * 1000000;
    if (cert.not_after_us > c->self.not_after_us)
        cert.not_after_us = c->self.not_after_us;
    if (ev == NULL || en == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__enrolled__init(en);
    en->certificate = qp_cert_sign(&cert, c->keys->sign_sk, c->arena);
    en->invite = (ProtobufCBinaryData){QP_PK_LEN, qp_arena_copy(c->arena, link_key, QP_PK_LEN)};
    if (i->incarnation > 1)
        en->n_closing = qp_chain_heads(w, cert.node, i->incarnation - 1, &en->closing);
    ev->body_case = QP__EVENT__BODY_ENROLLED;
    ev->enrolled = en;
    int rc = qp_say_to(w, qp_say(w, ev), QP_SCOPE_HORIZON, qp_nobody, QP_LANE_URGENT);
    if (rc != 0)
        return qp_fail(e, rc, "the turn ran out of memory");
    if ((rc = qp_node_fact(w, ev, e)) != 0)
        return rc;
    return welcome(w, &cert.id, en->closing, en->n_closing, r, e);
}

static int join(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    struct qp_core *c = w->c;
    const Qp__Join *j = cmd->join;
    struct qp_invite token;
    uint8_t msg[4 * QP_PK_LEN];
    if (j->sign_key.len != QP_PK_LEN || j->box_key.len != QP_PK_LEN || j->link_key.len != QP_PK_LEN ||
        j->signature.len != QP_SIG_LEN)
        return qp_fail(e, QP_EINVAL, "the request to join is not complete");
    memcpy(msg, cmd->token_link_key, QP_PK_LEN);
    memcpy(msg + 32, j->sign_key.data, 32);
    memcpy(msg + 64, j->box_key.data, 32);
    memcpy(msg + 96, j->link_key.data, 32);
    if (qp_verify(j->signature.data, QP_TAG_JOIN, msg, sizeof msg, j->sign_key.data) != 0)
        return qp_fail(e, QP_ESIG, "the request to join is not signed by the key that it names");
    int rc = qp_invite_get(w, cmd->token_link_key, &token, e);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, QP_EUNKNOWNKEY, "this token is not one of %s's", c->self.path);
    if (rc != 0)
        return rc;
    const Qp__Invited *i = token.said;
    const struct qp_place *had = qp_tree_path(c->tree, i->path);
    if (token.used) { /* the same keys again: the welcome was lost on its way */
        if (had != NULL && memcmp(had->cert.sign_key, j->sign_key.data, 32) == 0 &&
            had->cert.incarnation == i->incarnation) {
            Qp__Head **closing = NULL;
            size_t n =
                i->incarnation > 1 ? qp_chain_heads(w, had->cert.node, i->incarnation - 1, &closing) : 0;
            return welcome(w, &had->cert.id, closing, n, r, e);
        }
        return qp_fail(e, QP_EUSED, "the token for %s was used already; ask %s for a new one (qipan invite)",
                       i->path, c->self.path);
    }
    if (w->now_us >= token.expires_us)
        return qp_fail(e, QP_EEXPIRED, "the token for %s has expired; ask %s for a new one (qipan invite)",
                       i->path, c->self.path);
    if (i->incarnation > 1 && !qp_ahead_told(c))
        return qp_fail(e, QP_ERECOVER,
                       "%s has not spoken with the node above it since it was stopped in the middle of its "
                       "work, and that "
                       "one may hold more of %s; try again when the link is up",
                       c->self.path, i->path);
    if (had != NULL && had->cert.incarnation >= i->incarnation)
        return qp_fail(e, QP_EUSED,
                       "%s has joined by another token meanwhile; ask %s for a new one (qipan invite)",
                       i->path, c->self.path);
    if (i->incarnation > 1 &&
        (had == NULL || i->node.len != QP_ID_LEN || !qp_same(had->cert.node, i->node.data)))
        return qp_fail(
            e, QP_EUSED,
            "the token was for the node that was at %s when it was made, and it is not there now; ask %s "
            "for a new one (qipan invite)",
            i->path, c->self.path);
    if (w->now_us >= c->self.not_after_us)
        return qp_fail(
            e, QP_EEXPIRED,
            "the certificate of %s has itself expired: it can certify nobody until it has joined again "
            "with a new token, or its clock is wrong",
            c->self.path);
    return issue(w, i, had, j, cmd->token_link_key, r, e);
}

static int revoke(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e)
{
    struct qp_core *c = w->c;
    const struct qp_place *p = qp_tree_path(c->tree, cmd->path);
    Qp__Event *ev = qp_event_adopt(w, cmd->draft);
    if (p == NULL || !qp_path_within(cmd->path, c->self.path) || strcmp(cmd->path, c->self.path) == 0)
        return qp_fail(e, QP_ENOTFOUND, "there is no node %s below %s", cmd->path, c->self.path);
    if (c->recovering)
        return qp_fail(e, QP_ERECOVER,
                       "this node is itself coming back; it revokes nobody before that is done");
    if (p->revoked)
        return qp_fail(e, QP_EEXISTS, "%s is revoked already", cmd->path);
    if (ev == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    ev->revoked->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(c->arena, p->cert.node, QP_ID_LEN)};
    ev->revoked->incarnation = p->cert.incarnation;
    ev->revoked->n_closing = qp_chain_heads(w, p->cert.node, p->cert.incarnation, &ev->revoked->closing);
    int rc = qp_check(&ev->base, e);
    if (rc != 0)
        return rc;
    struct qp_said *s = qp_say(w, ev);
    rc = qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_URGENT);
    if (rc == 0)
        rc = qp_say_to(w, s, QP_SCOPE_SUBTREE, qp_nobody, QP_LANE_URGENT);
    return rc != 0 ? qp_fail(e, rc, "the turn ran out of memory") : qp_node_fact(w, ev, e);
}

int qp_on_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_said **first,
                  struct qp_err *e)
{
    struct qp_core *c = w->c;
    *first = NULL;
    bool own = cmd->op == QP_OP_RESOURCE; /* goes nowhere: who is in charge of the machine may still change it */
    const char *why;
    if (qp_core_out(c, &why) && (!own || c->silent))
        return qp_fail(
            e, QP_EOUT,
            "this node no longer speaks for %s (%.200s): nothing that it takes in would reach anybody; "
            "ask the node above for a token and `qipan join` into this folder",
            c->self.path, why);
    switch (cmd->op) {
    case QP_OP_STEP: {
        bool opens = cmd->draft->body_case == QP__EVENT__BODY_OPENED;
        if (!opens && cmd->draft->matter.len == QP_ID_LEN)
            memcpy(r->matter, cmd->draft->matter.data, QP_ID_LEN);
        int rc = qp_seen_before(w, cmd, r, e);
        if (rc != QP_ENOTFOUND)
            return rc;
        return opens ? open_matter(w, cmd, r, first, e) : other_step(w, cmd, first, e);
    }
    case QP_OP_INVITE: return invite(w, cmd, e);
    case QP_OP_JOIN: return join(w, cmd, r, e);
    case QP_OP_REVOKE: return revoke(w, cmd, e);
    case QP_OP_AGAIN: return qp_say_old(w, cmd, r, e);
    case QP_OP_RESOURCE: return qp_on_resource(w, cmd, r, e);
    }
    return qp_fail(e, QP_EINVAL, "unknown command");
}

/* ---- what policy answers by itself ---- */

static bool policy_takes(const struct qp_policy *p, uint32_t kind)
{
    switch (kind) {
    case QP_KIND_ESCALATE: return p->accept_escalate;
    case QP_KIND_RETURN: return p->accept_return;
    case QP_KIND_DISPATCH: return p->accept_dispatch;
    case QP_KIND_TRANSFER: return p->accept_transfer;
    default: return false;
    }
}

static int answer(struct qp_work *w, const uint8_t matter[QP_ID_LEN], bool take, struct qp_err *e)
{
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Accepted *acc = qp_arena_take(a, sizeof *acc);
    Qp__Refused *ref = qp_arena_take(a, sizeof *ref);
    if (ev == NULL || acc == NULL || ref == NULL)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__accepted__init(acc);
    qp__refused__init(ref);
    acc->automatic = ref->automatic = true;
    acc->path = w->c->self.path;
    ref->reason = (char *)(uintptr_t) "withdrawn";
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, matter, QP_ID_LEN)};
    ev->body_case = take ? QP__EVENT__BODY_ACCEPTED : QP__EVENT__BODY_REFUSED;
    if (take)
        ev->accepted = acc;
    else
        ev->refused = ref;
    return qp_step(w, ev, -1, NULL, e);
}

/* K4: a withdrawal that finds the offer unanswered is answered with a refusal. */
int qp_answer_offers(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    for (size_t i = 0; i < w->noffers && !c->recovering && !c->silent && !c->out; i++) {
        Qp__Row *row;
        if (qp_matter_row(&w->m, w->offers[i], &row, NULL) != 0)
            continue;
        const Qp__Offer *o = row->face->offer;
        if (o == NULL || o->to.len != QP_ID_LEN || !qp_same(o->to.data, c->self.node))
            continue;
        bool take = policy_takes(&c->policy, o->kind);
        if (!o->withdraw_asked && !take)
            continue;
        struct qp_err why = {0};
        int rc = answer(w, w->offers[i], !o->withdraw_asked, &why);
        if (rc == QP_EIO || rc == QP_EFULL || rc == QP_ECORRUPT || rc == QP_ENOMEM) {
            if (e != NULL)
                *e = why;
            return rc;
        }
    }
    w->noffers = 0;
    return 0;
}
