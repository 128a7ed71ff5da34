/* policy.c: the policy in force: said here, heard from above, made of all that was said, given to the turn and to other
 * threads, and told to those above. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/private.h"

const struct qp_in_force *qp_core_in_force(const struct qp_core *c)
{
    return c->in_force;
}

const struct qp_policy *qp_core_policy(const struct qp_core *c)
{
    return c->in_force ? c->in_force->policy : NULL;
}

struct qp_in_force *qp_core_policy_hold(struct qp_core *c)
{
    pthread_mutex_lock(&c->in_force_lock);
    struct qp_in_force *f = qp_in_force_hold(c->in_force);
    pthread_mutex_unlock(&c->in_force_lock);
    return f;
}

void qp_policy_change(struct qp_core *c, struct qp_in_force *f)
{
    pthread_mutex_lock(&c->in_force_lock);
    struct qp_in_force *was = c->in_force;
    assert(!f || f != was); /* it would be given back while it holds */
    c->in_force = f;
    c->policy_changes++;
    pthread_mutex_unlock(&c->in_force_lock);
    qp_in_force_release(was);
}

bool qp_core_set_policy(struct qp_core *c, struct qp_policy *p)
{
    struct qp_in_force *f = p ? qp_in_force_new(p, c->zone) : NULL;
    if (p && !f)
        return false;
    assert((!p) == (!f));
    qp_policy_change(c, f);
    return true;
}

/* ---- made, once for each change ---- */

int qp_policy_refresh(struct qp_core *c, MDB_txn *tables, struct qp_err *e)
{
    struct qp_policy_layers l;
    struct qp_policy *p;
    static const uint8_t none[QP_HASH_LEN];
    qp_policy_layers(tables, c->store, c->self.path, &l);
    c->policy_stale = false;
    c->policy_untold = true;
    if (memcmp(c->in_force ? c->in_force->stamp : none, l.stamp.b, QP_HASH_LEN) == 0)
        return 0;
    bool mine = l.n > 0 && qp_same(l.v[l.n - 1].node, c->self.node);
    struct qp_changes *vain = calloc(1, sizeof *vain);
    int rc = !vain ? qp_fail(e, QP_ENOMEM, "no memory for the policy that is in force")
                   : qp_policy_fold(tables, c->store, &l, l.n, &p, mine ? vain : NULL, e);
    struct qp_in_force *f = !rc && p ? qp_in_force_new(p, c->zone) : NULL;
    if (!rc && p && !f)
        rc = qp_fail(e, QP_ENOMEM, "no memory for the policy that is in force");
    if (!rc && f) {
        assert(l.n > 0); /* what holds was said by somebody */
        memcpy(f->stamp, l.stamp.b, QP_HASH_LEN);
        f->vain = vain;
    } else if (vain) {
        qp_changes_free(vain);
        free(vain);
    }
    if (!rc)
        qp_policy_change(c, f);
    c->policy_stale = rc;
    return rc;
}

int qp_policy_heed(struct qp_work *w, struct qp_err *e)
{
    if (!w->c->policy_stale)
        return 0;
    int rc = qp_policy_refresh(w->c, w->t->tables, e);
    w->m.policy = w->c->in_force;
    assert(rc || !w->c->policy_stale);
    return rc;
}

/* ---- heard ---- */

int qp_policy_hear(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_POLICY_SAID);
    struct qp_core *c = w->c;
    bool whole, mine = qp_same(ev->origin.data, c->self.node);
    if (!mine && !qp_tree_above(c->tree, ev->origin.data))
        return 0; /* of a node below, on its way to the horizon: what holds there it says itself */
    int rc = mine ? qp_policy_use(w, ev, e) : 0;
    if (!rc)
        rc = qp_policy_part(w, ev, &whole, e);
    c->policy_stale = c->policy_stale || (!rc && whole);
    return rc;
}

/* ---- told to those above ---- */

static Qp__PolicyHeard *heard(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    struct qp_arena *a = c->arena;
    struct qp_policy_layers l;
    Qp__PolicyHeard *h = qp_arena_take(a, sizeof *h);
    qp_policy_layers(w->t->tables, c->store, c->self.path, &l);
    assert(l.n <= QP_PATH_DEPTH);
    Qp__PolicyLayer **v = qp_arena_take(a, sizeof *v * (l.n + 1)),
                    *at = qp_arena_take(a, sizeof *at * (l.n + 1));
    if (!h || !v || !at) {
        qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        return NULL;
    }
    qp__policy_heard__init(h);
    for (size_t i = 0; i < l.n; i++) {
        qp__policy_layer__init(v[i] = &at[i]);
        at[i].node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(a, l.v[i].node, QP_ID_LEN)};
        at[i].incarnation = l.v[i].incarnation;
        at[i].revision = l.v[i].revision;
        at[i].version = qp_arena_text(a, l.v[i].version);
        if (!at[i].node.data || !at[i].version) {
            qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
            return NULL;
        }
    }
    h->layers = v;
    h->n_layers = l.n;
    if (c->in_force) {
        h->version = qp_arena_text(a, c->in_force->policy->version);
        h->vain = (uint32_t)qp_in_force_vain(c->in_force);
    }
    return h;
}

static bool said_already(struct qp_work *w, const Qp__PolicyHeard *h)
{
    struct qp_arena *a = w->c->arena;
    int64_t at_us;
    size_t n[2];
    const Qp__PolicyHeard *was = qp_policy_heard_get(w->t->tables, w->c->store, w->c->self.node, a, &at_us);
    if (!was)
        return h->n_layers == 0;
    const uint8_t *one = qp_encode(&was->base, a, &n[0]), *two = qp_encode(&h->base, a, &n[1]);
    return one && two && n[0] == n[1] && memcmp(one, two, n[0]) == 0;
}

int qp_policy_tell(struct qp_work *w, struct qp_err *e)
{
    struct qp_core *c = w->c;
    if (!c->policy_untold || c->recovering || c->silent || c->out)
        return 0;
    Qp__PolicyHeard *h = heard(w, e);
    if (!h)
        return QP_ENOMEM;
    c->policy_untold = false;
    assert(h->n_layers <= QP_PATH_DEPTH);
    if (said_already(w, h))
        return 0;
    Qp__Event *ev = qp_event_new(w, "policy");
    if (!ev)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    ev->body_case = QP__EVENT__BODY_POLICY_HEARD;
    ev->policy_heard = h;
    int rc = qp_check(&ev->base, e);
    if (!rc && qp_say_to(w, qp_say(w, ev), QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK))
        rc = qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    return rc ? rc : qp_node_fact(w, ev, e);
}

/* ---- said here ---- */

/* The version text was used: by this very request? */
static int used(const Qp__Event *d, const struct qp_policy_use *use, const struct qp_hash *hash,
                struct qp_err *e)
{
    assert(d->body_case == QP__EVENT__BODY_POLICY_SAID);
    const char *key = use->asked + strlen(use->asked) + 1;
    if (d->key && d->key[0] != 0 && strcmp(d->key, key) == 0 && strcmp(d->by ? d->by : "", use->asked) == 0 &&
        qp_hash_eq(hash, &use->hash))
        return 0;
    return qp_fail(
        e, QP_EEXISTS,
        "the version text \"%s\" was used before at this node (its revision %llu): give the policy "
        "a text of its own, such as the next number",
        d->policy_said->version, (unsigned long long)use->revision);
}

static int say_part(struct qp_work *w, const Qp__Event *d, const Qp__PolicySaid *all, uint32_t part,
                    struct qp_err *e)
{
    assert((size_t)part * QP_POLICY_PART < all->json.len);
    struct qp_core *c = w->c;
    Qp__Event *ev = qp_event_new(w, d->by);
    Qp__PolicySaid *p = qp_arena_copy(c->arena, all, sizeof *all);
    size_t from = (size_t)part * QP_POLICY_PART, left = all->json.len - from;
    if (!ev || !p)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (part == 0 && d->key && d->key[0] != 0) {
        ev->key = d->key;
        ev->request = d->request;
    }
    p->part = part;
    p->json = (ProtobufCBinaryData){left < QP_POLICY_PART ? left : QP_POLICY_PART, all->json.data + from};
    assert(p->part < p->parts && p->json.len > 0);
    ev->body_case = QP__EVENT__BODY_POLICY_SAID;
    ev->policy_said = p;
    int rc = qp_check(&ev->base, e);
    if (rc)
        return rc;
    struct qp_said *s = qp_say(w, ev);
    if (qp_tree_parent(c->tree))
        rc = qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK);
    if (!rc)
        rc = qp_say_to(w, s, QP_SCOPE_SUBTREE, qp_nobody, QP_LANE_BULK);
    return rc ? qp_fail(e, rc, "the turn ran out of memory") : qp_node_fact(w, ev, e);
}

int qp_policy_say(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_POLICY);
    assert(cmd->draft->body_case == QP__EVENT__BODY_POLICY_SAID);
    struct qp_core *c = w->c;
    const Qp__Event *d = cmd->draft;
    struct qp_policy_layers l;
    struct qp_policy_layer own;
    struct qp_policy_use use;
    struct qp_hash hash;
    Qp__PolicySaid p = *d->policy_said;
    const struct qp_part part = {p.json.data, p.json.len};
    if (p.json.len == 0 || p.json.len > QP_POLICY_BYTES)
        return qp_fail(e, QP_EINVAL, "a policy has 1 to %d bytes", QP_POLICY_BYTES);
    qp_hash_parts(&hash, &part, 1);
    if (qp_policy_used(w->t->tables, c->store, p.version, &use))
        return used(d, &use, &hash, e);
    if (c->recovering)
        return qp_fail(e, QP_ERECOVER,
                       "this node has joined again; it says no policy until its neighbours have handed back "
                       "what it had said before");
    qp_policy_layers(w->t->tables, c->store, c->self.path, &l);
    if (!qp_hash_eq(&l.stamp, &cmd->stamp))
        return qp_fail(
            e, QP_EVERSION,
            "the policy that is in force has changed since this one was weighed against it; look again "
            "(policy:check) and decide anew");
    qp_policy_newest(w->t->tables, c->store, c->self.node, &own);
    if (cmd->if_version >= 0 && (uint64_t)cmd->if_version != own.revision)
        return qp_fail(e, QP_EVERSION,
                       "this node's own policy is at revision %llu, not %lld; look again and decide anew",
                       (unsigned long long)own.revision, (long long)cmd->if_version);
    p.revision = own.revision + 1;
    p.hash = (ProtobufCBinaryData){QP_HASH_LEN, hash.b};
    p.bytes = (uint32_t)p.json.len;
    p.parts = (uint32_t)((p.json.len + QP_POLICY_PART - 1) / QP_POLICY_PART);
    assert(p.parts >= 1 && p.parts <= QP_POLICY_PARTS);
    int rc = 0;
    for (uint32_t i = 0; i < p.parts && !rc; i++)
        rc = say_part(w, d, &p, i, e);
    r->created = !rc;
    return rc ? rc : qp_policy_heed(w, e);
}

/* ---- what is said of others ---- */

bool qp_policy_state(MDB_txn *tables, struct qp_store *s, const uint8_t node[QP_ID_LEN], struct qp_arena *a,
                     struct qp_policy_state *out)
{
    memset(out, 0, sizeof *out);
    qp_arena_reset(a);
    const Qp__PolicyHeard *h = qp_policy_heard_get(tables, s, node, a, &out->at_us);
    for (size_t i = 0; h && i < h->n_layers && i < QP_PATH_DEPTH; i++, out->n++) {
        memcpy(out->v[i].node, h->layers[i]->node.data, QP_ID_LEN);
        out->v[i].incarnation = h->layers[i]->incarnation;
        out->v[i].revision = h->layers[i]->revision;
        snprintf(out->v[i].version, sizeof out->v[i].version, "%s", h->layers[i]->version);
    }
    assert(out->n <= QP_PATH_DEPTH);
    if (h) {
        snprintf(out->version, sizeof out->version, "%s", h->version);
        out->vain = h->vain;
    }
    return h;
}

bool qp_policy_behind(const struct qp_policy_state *theirs, const struct qp_policy_layers *mine)
{
    assert(theirs->n <= QP_PATH_DEPTH && mine->n <= QP_PATH_DEPTH);
    for (size_t i = 0; i < mine->n; i++) {
        bool has = false;
        for (size_t k = 0; k < theirs->n && !has; k++) {
            const struct qp_policy_layer t = {.incarnation = theirs->v[k].incarnation,
                                              .revision = theirs->v[k].revision};
            has = qp_same(theirs->v[k].node, mine->v[i].node) && !qp_policy_later(&mine->v[i], &t);
        }
        if (!has)
            return true;
    }
    return false;
}
