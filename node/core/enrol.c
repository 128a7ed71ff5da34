/* enrol.c: how a node comes into the tree and out of it: a token is made for a place (invite), used up by who
 * joins there (a certificate and a welcome), and a node is revoked.
 *
 *   invite ─► Invited, kept here ─► token ─► join: signed by its own keys? token good? place free?
 *                                              └─► issue: Enrolled, to the horizon ─► welcome: chain, final heads */
#include <assert.h>

#include "node/core/renew.h"

#define CERTIFIED_US (5LL * 365 * 86400 * 1000000) /* five years */

/* A parent in its n-th life counts in steps of n: what it certified in a former life may have burned with it before anybody above was told,
 * and is known below; one number would then be two keys', which is a fork to whoever knows both (C2). */
static uint32_t next_life(const struct qp_core *c, const struct qp_place *had)
{
    assert(had->cert.incarnation > 0 && c->self.incarnation > 0);
    return had->cert.incarnation + c->self.incarnation;
}

int qp_invite(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e)
{
    assert(cmd->op == QP_OP_INVITE);
    assert(cmd->draft->body_case == QP__EVENT__BODY_INVITED);
    struct qp_core *c = w->c;
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    char parent[QP_PATH_MAX];
    if (!ev)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    Qp__Invited *i = ev->invited;
    if (qp_path_check(i->path, e))
        return QP_EINVAL;
    if (!qp_path_parent(parent, i->path) || strcmp(parent, c->self.path) != 0)
        return qp_fail(e, QP_EINVAL, "path: %s is not directly below %s; each node invites its own children",
                       i->path, c->self.path);
    if (i->link_key.len != QP_PK_LEN)
        return qp_fail(e, QP_EINVAL, "link_key: 32 bytes are needed");
    const struct qp_place *had = qp_tree_path(c->tree, i->path);
    /* It may not know all its children yet: a place must not get a second node. A child that burned with it
     * is certified again as soon as it is known for what it was: until then this node would wait for it. */
    if (c->recovering && (!had || qp_core_back(c, w->t->tables, had->cert.node) == QP_BACK_NOT))
        return qp_fail(e, QP_ERECOVER,
                       "this node is itself coming back; before that is done it certifies only children that "
                       "had been there, once its parent has told of them");
    if (had) { /* a successor: same node, next incarnation */
        i->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(c->arena, had->cert.node, QP_ID_LEN)};
        i->incarnation = next_life(c, had);
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
                   const char *because, struct qp_reply *r, struct qp_err *e)
{
    assert(n == 0 || closing);
    Qp__Welcome *wel = qp_arena_take(w->c->arena, sizeof *wel);
    if (!wel)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__welcome__init(wel);
    wel->chain = qp_core_chain(w->c, w->t, NULL, certificate, w->c->arena);
    wel->closing = closing;
    wel->n_closing = n;
    wel->zone = w->c->self.zone;
    wel->because = qp_arena_text(w->c->arena, because);
    if (!wel->because)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (!wel->chain)
        return qp_fail(e, QP_ECORRUPT, "the own chain of certificates is not complete");
    r->welcome = wel;
    return 0;
}

/* had: who was there before; NULL: nobody. link_key: of the token that is used up; NULL: it asked itself, because */
static int issue(struct qp_work *w, const Qp__Invited *i, const struct qp_place *had, const Qp__Join *j,
                 const uint8_t *link_key, const char *because, struct qp_reply *r, struct qp_err *e)
{
    assert(!had || i->incarnation > had->cert.incarnation); /* no incarnation is certified twice (C1) */
    struct qp_core *c = w->c;
    struct qp_cert cert;
    Qp__Event *ev = qp_event_new(w, "policy");
    Qp__Enrolled *en = qp_arena_take(c->arena, sizeof *en);
    memset(&cert, 0, sizeof cert);
    memcpy(cert.tree, c->self.tree, QP_ID_LEN);
    memcpy(cert.issuer, c->self.node, QP_ID_LEN);
    cert.issuer_certificate = c->self.id;
    snprintf(cert.path, sizeof cert.path, "%s", i->path);
    if (had)
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
    cert.not_before_us = w->now_us - QP_BEHIND_US;
    cert.not_after_us = w->now_us + CERTIFIED_US;
    if (cert.not_after_us > c->self.not_after_us)
        cert.not_after_us = c->self.not_after_us;
    if (!ev || !en)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    qp__enrolled__init(en);
    en->certificate = qp_cert_sign(&cert, c->sign_sk, c->arena);
    if (link_key)
        en->invite = (ProtobufCBinaryData){QP_PK_LEN, qp_arena_copy(c->arena, link_key, QP_PK_LEN)};
    en->because = qp_arena_text(c->arena, because);
    if (!en->because)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (i->incarnation > 1)
        en->n_closing = qp_chain_heads(w, cert.node, i->incarnation - 1, &en->closing);
    ev->body_case = QP__EVENT__BODY_ENROLLED;
    ev->enrolled = en;
    int rc = qp_say_to(w, qp_say(w, ev), QP_SCOPE_HORIZON, qp_nobody, QP_LANE_URGENT);
    if (rc)
        return qp_fail(e, rc, "the turn ran out of memory");
    if ((rc = qp_node_fact(w, ev, e)))
        return rc;
    return welcome(w, &cert.id, en->closing, en->n_closing, because, r, e);
}

int qp_succeed(struct qp_work *w, const struct qp_place *p, const Qp__Join *j, const char *because,
               struct qp_reply *r, struct qp_err *e)
{
    assert(*because && !w->c->recovering);
    struct qp_place had = *p; /* the tree has the successor in its place before this is through */
    Qp__Invited i = QP__INVITED__INIT;
    i.path = had.cert.path;
    i.title = had.cert.title;
    i.code = had.cert.code;
    i.level = had.cert.level;
    i.incarnation = next_life(w->c, &had);
    return issue(w, &i, &had, j, NULL, because, r, e);
}

int qp_welcome_of(struct qp_work *w, const struct qp_place *p, const char *because, struct qp_reply *r,
                  struct qp_err *e)
{
    assert(p->cert.incarnation > 1);
    Qp__Head **closing = NULL;
    size_t n = qp_chain_heads(w, p->cert.node, p->cert.incarnation - 1, &closing);
    return welcome(w, &p->cert.id, closing, n, because, r, e);
}

int qp_join(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_JOIN && cmd->join && cmd->token_link_key);
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
    if (qp_verify(j->signature.data, QP_TAG_JOIN, msg, sizeof msg, j->sign_key.data))
        return qp_fail(e, QP_ESIG, "the request to join is not signed by the key that it names");
    int rc = qp_invite_get(w, cmd->token_link_key, &token, e);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, QP_EUNKNOWNKEY, "this token is not one of %s's", c->self.path);
    if (rc)
        return rc;
    const Qp__Invited *i = token.said;
    const struct qp_place *had = qp_tree_path(c->tree, i->path);
    if (token.used) { /* the same keys again: the welcome was lost on its way */
        if (had && memcmp(had->cert.sign_key, j->sign_key.data, 32) == 0 &&
            had->cert.incarnation == i->incarnation) {
            Qp__Head **closing = NULL;
            size_t n =
                i->incarnation > 1 ? qp_chain_heads(w, had->cert.node, i->incarnation - 1, &closing) : 0;
            return welcome(w, &had->cert.id, closing, n, "", r, e);
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
    if (had && had->cert.incarnation >= i->incarnation)
        return qp_fail(e, QP_EUSED,
                       "%s has joined by another token meanwhile; ask %s for a new one (qipan invite)",
                       i->path, c->self.path);
    if (i->incarnation > 1 && (!had || i->node.len != QP_ID_LEN || !qp_same(had->cert.node, i->node.data)))
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
    /* Nobody proves that a link key is his: it is nobody else's, or that one would be cut off by it. */
    const struct qp_place *other = qp_tree_link(c->tree, j->link_key.data);
    if ((other && other != had) || qp_former_of_other(w, j->link_key.data, had ? had->cert.node : NULL))
        return qp_fail(e, QP_EDENIED,
                       "the link key in this request is that of another node below %s: join with new keys",
                       c->self.path);
    return issue(w, i, had, j, cmd->token_link_key, "", r, e);
}

int qp_revoke(struct qp_work *w, const struct qp_command *cmd, struct qp_err *e)
{
    assert(cmd->op == QP_OP_REVOKE);
    struct qp_core *c = w->c;
    const struct qp_place *p = qp_tree_path(c->tree, cmd->path);
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    if (!p || !qp_path_below(cmd->path, c->self.path))
        return qp_fail(e, QP_ENOTFOUND, "there is no node %s below %s", cmd->path, c->self.path);
    if (c->recovering)
        return qp_fail(e, QP_ERECOVER,
                       "this node is itself coming back; it revokes nobody before that is done");
    if (p->revoked)
        return qp_fail(e, QP_EEXISTS, "%s is revoked already", cmd->path);
    if (!ev)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    assert(ev->body_case == QP__EVENT__BODY_REVOKED && !qp_same(p->cert.node, c->self.node));
    ev->revoked->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(c->arena, p->cert.node, QP_ID_LEN)};
    ev->revoked->incarnation = p->cert.incarnation;
    ev->revoked->n_closing = qp_chain_heads(w, p->cert.node, p->cert.incarnation, &ev->revoked->closing);
    int rc = qp_check(&ev->base, e);
    if (rc)
        return rc;
    struct qp_said *s = qp_say(w, ev);
    rc = qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_URGENT);
    if (!rc)
        rc = qp_say_to(w, s, QP_SCOPE_SUBTREE, qp_nobody, QP_LANE_URGENT);
    return rc ? qp_fail(e, rc, "the turn ran out of memory") : qp_node_fact(w, ev, e);
}
