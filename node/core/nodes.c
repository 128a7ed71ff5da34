/* nodes.c: facts about nodes, tokens and people, and what they do to the tables and to the tree in memory.
 * Whoever calls: projection, for every event that names no matter. What does not hold (an issuer that is not
 * one, an order from below) has no effect: the parcel is kept all the same (E5). */
#include "node/core/private.h"

bool qp_cert_get(struct qp_work *w, const struct qp_hash *id, struct qp_cert *out)
{
    MDB_val v;
    Qp__Certificate *raw;
    return qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_CERT), id->b, 32, &v) == 0 &&
           QP_DECODE(&raw, certificate, v.mv_data, v.mv_size, w->c->arena, NULL) == 0 &&
           qp_cert_read(out, raw, w->c->arena, NULL) == 0;
}

/* ---- node entries ---- */

static int entry_put(struct qp_work *w, const struct qp_place *p, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_NODE);
    struct qp_node_entry n;
    char key[1 + QP_PATH_MAX];
    memset(&n, 0, sizeof n); /* padding too: the bytes are the row */
    memcpy(n.node, p->cert.node, QP_ID_LEN);
    memcpy(n.parent, p->cert.issuer, QP_ID_LEN);
    n.certificate = p->cert.id;
    n.incarnation = p->cert.incarnation;
    n.revoked = p->revoked;
    n.quarantined = p->quarantined;
    strcpy(n.path, p->cert.path);
    strcpy(n.title, p->cert.title);
    strcpy(n.level, p->cert.level);
    int rc = qp_put(w->t->tables, dbi, n.node, QP_ID_LEN, &n, sizeof n, e);
    key[0] = 'p';
    strcpy(key + 1, n.path);
    return rc != 0 ? rc : qp_put(w->t->tables, dbi, key, strlen(key), n.node, QP_ID_LEN, e);
}

static int cert_keep(struct qp_work *w, const struct qp_cert *c, const Qp__Certificate *raw, struct qp_err *e)
{
    size_t len;
    uint8_t *bytes = qp_encode(&raw->base, w->c->arena, &len);
    if (bytes == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory for a certificate");
    int rc = qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_CERT), c->id.b, 32, bytes, len, e);
    struct qp_place *p = qp_tree_node(w->c->tree, c->node);
    w->learned = true;
    if (rc != 0 || (p != NULL && p->cert.incarnation >= c->incarnation))
        return rc;
    /* A node's place is its first issuer's to name, until moves are built (T3): whoever else certifies its
     * id, below himself, makes no successor of it. */
    if (p != NULL && (!qp_same(p->cert.issuer, c->issuer) || strcmp(p->cert.path, c->path) != 0))
        return 0;
    p = qp_tree_add(w->c->tree, c);
    if (p == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory for the tree");
    p->revoked = p->quarantined = false;
    if (qp_same(c->issuer, w->c->self.node) || qp_same(c->node, w->c->self.node))
        qp_out_once(w, QP_OUT_CHANGED, qp_nobody);
    return entry_put(w, p, e);
}

/* The chain was checked: issuers first, so that each finds its parent in the tree. */
int qp_learn(struct qp_work *w, const Qp__Chain *chain, struct qp_err *e)
{
    for (size_t i = chain->n_certificates; i-- > 0;) {
        struct qp_cert c;
        if (qp_cert_read(&c, chain->certificates[i], w->c->arena, NULL) != 0)
            return 0;
        int rc = cert_keep(w, &c, chain->certificates[i], e);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static bool all_known(struct qp_work *w, const struct qp_cert *certs, size_t n)
{
    MDB_val v;
    for (size_t i = 0; i < n; i++)
        if (qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_CERT), certs[i].id.b, 32, &v) != 0)
            return false;
    return true;
}

int qp_on_chain(struct qp_work *w, const struct qp_input *in, struct qp_err *e)
{
    struct qp_cert certs[QP_CHAIN_CERTIFICATES];
    size_t n;
    const Qp__Chain *chain = in->chain.chain;
    if (qp_chain_check(certs, &n, chain, &w->c->root, w->c->arena, NULL) != 0) {
        QP_COUNT(w->c, refused_unknown_key);
        return 0;
    }
    if (!all_known(w, certs, n)) {
        Qp__Event *ev = qp_event_new(w, "policy");
        Qp__Learned *l = qp_arena_take(w->c->arena, sizeof *l);
        if (ev == NULL || l == NULL)
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
        qp__learned__init(l);
        l->chain = (Qp__Chain *)(uintptr_t)chain;
        ev->body_case = QP__EVENT__BODY_LEARNED;
        ev->learned = l;
        int rc = qp_say_local(w, ev, e);
        if (rc != 0)
            return rc;
    }
    qp_missed_now(w->c, in->peer);
    return 0;
}

/* ---- each fact ---- */

static int joined(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    struct qp_core *c = w->c;
    const Qp__Joined *j = ev->joined;
    int rc = j->chain == NULL ? 0 : qp_learn(w, j->chain, e);
    snprintf(c->parent_endpoint, sizeof c->parent_endpoint, "%s", j->parent_endpoint);
    for (size_t i = 0; i < j->n_closing && rc == 0; i++)
        rc = qp_chain_close(w, j->closing[i], e);
    if (c->self.incarnation > 1)
        c->recovering = true;
    return rc;
}

/* A key that was a child's may dial to be told what has become of it (verdict.c). */
static int former_put(struct qp_work *w, const struct qp_cert *old, struct qp_err *e)
{
    uint8_t v[QP_ID_LEN + 4];
    memcpy(v, old->node, QP_ID_LEN);
    qp_be32(v + QP_ID_LEN, old->incarnation);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_FORMER), old->link_key, QP_PK_LEN, v, sizeof v,
                  e);
}

/* A successor may have its predecessor's key, from a saved key file: then it is a child's again. */
static int former_end(struct qp_work *w, const struct qp_cert *now, struct qp_err *e)
{
    MDB_val key = {QP_PK_LEN, (void *)(uintptr_t)now->link_key};
    int rc = mdb_del(w->t->tables, qp_store_dbi(w->c->store, QP_T_FORMER), &key, NULL);
    return rc == 0 || rc == MDB_NOTFOUND ? 0 : qp_store_error(rc, "former keys", e);
}

static int enrolled(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    struct qp_cert c, issuer;
    const Qp__Enrolled *en = ev->enrolled;
    MDB_val v;
    if (en->certificate == NULL || qp_cert_read(&c, en->certificate, w->c->arena, NULL) != 0 ||
        !qp_same(c.issuer, ev->origin.data) || !qp_cert_get(w, &c.issuer_certificate, &issuer) ||
        qp_cert_check(&c, en->certificate, &issuer, NULL) != 0)
        return 0;
    struct qp_place *before = qp_tree_node(w->c->tree, c.node);
    bool successor = before != NULL && before->cert.incarnation < c.incarnation;
    bool ours = successor && qp_same(c.issuer, w->c->self.node);
    int rc = ours ? former_put(w, &before->cert, e) : 0;
    if (rc == 0 && ours)
        rc = former_end(w, &c, e);
    if (rc == 0)
        rc = cert_keep(w, &c, en->certificate, e);
    if (rc == 0 && qp_same(ev->origin.data, w->c->self.node)) {
        if (successor)
            qp_out_once(w, QP_OUT_END, c.node); /* C2: the old incarnation's session ends */
        if (en->invite.len == QP_PK_LEN && qp_get(w->t->tables, qp_store_dbi(w->c->store, QP_T_INVITE),
                                                  en->invite.data, QP_PK_LEN, &v) == 0) {
            uint8_t *used = qp_arena_copy(w->c->arena, v.mv_data, v.mv_size);
            if (used == NULL)
                return qp_fail(e, QP_ENOMEM, "no memory for an invitation");
            used[0] = 1;
            rc = qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_INVITE), en->invite.data, QP_PK_LEN,
                        used, v.mv_size, e);
        }
    }
    return rc;
}

static int revoked(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    const Qp__Revoked *r = ev->revoked;
    struct qp_place *by = qp_tree_node(w->c->tree, ev->origin.data);
    struct qp_place *p = r->node.len == QP_ID_LEN ? qp_tree_node(w->c->tree, r->node.data) : NULL;
    if (by == NULL || p == NULL || by == p || !qp_path_within(p->cert.path, by->cert.path) ||
        p->cert.incarnation != r->incarnation)
        return 0; /* only an ancestor may, and only the present incarnation */
    int rc = qp_is_child(w->c, p) ? former_put(w, &p->cert, e) : 0;
    if (rc != 0)
        return rc;
    p->revoked = true;
    qp_out_once(w, QP_OUT_END, p->cert.node);
    qp_out_once(w, QP_OUT_CHANGED, qp_nobody);
    return entry_put(w, p, e);
}

/* E6: the chain stops where it was refused; elsewhere it is known that it did. C5: a fork stops everything of
 * that key, at whoever refused it and below. */
static int refusal(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    const Qp__Verdict *v = ev->refusal->verdict;
    struct qp_header h = {0};
    int rc = qp_verdict_keep(w, v, e);
    if (rc != 0 || v->at == NULL || v->at->origin.len != QP_ID_LEN || v->by.len != QP_ID_LEN)
        return rc;
    const struct qp_place *by = qp_tree_node(w->c->tree, v->by.data);
    struct qp_place *p = qp_tree_node(w->c->tree, v->at->origin.data);
    bool here = qp_same(v->by.data, w->c->self.node);
    if (here && v->code != QP_EFORK) {
        memcpy(h.origin, v->at->origin.data, QP_ID_LEN);
        if (v->at->to.len == QP_ID_LEN)
            memcpy(h.to, v->at->to.data, QP_ID_LEN);
        h.incarnation = v->at->incarnation;
        h.scope = (uint8_t)v->at->scope;
        h.lane = (uint8_t)v->at->lane;
        return qp_chain_refuse(w, &h, e);
    }
    bool above = by != NULL && p != NULL && by != p && qp_path_within(p->cert.path, by->cert.path);
    if (v->code != QP_EFORK || p == NULL || p->cert.incarnation != v->at->incarnation || !(here || above))
        return 0;
    p->quarantined = true;
    return entry_put(w, p, e);
}

static int invited(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    /* used 1, expires 8, then the Invited message: what JOIN needs to issue a certificate */
    const Qp__Invited *i = ev->invited;
    size_t len;
    uint8_t *body = qp_encode(&i->base, w->c->arena, &len);
    uint8_t *v = qp_arena_take(w->c->arena, 9 + len);
    if (body == NULL || v == NULL)
        return qp_fail(e, QP_ENOMEM, "no memory for an invitation");
    v[0] = 0;
    qp_be64(v + 1, (uint64_t)i->expires_us);
    memcpy(v + 9, body, len);
    qp_out_once(w, QP_OUT_CHANGED, qp_nobody);
    return qp_put(w->t->tables, qp_store_dbi(w->c->store, QP_T_INVITE), i->link_key.data, i->link_key.len, v,
                  9 + len, e);
}

static int token(struct qp_work *w, const char *name, const ProtobufCBinaryData *hash, uint32_t rights,
                 const char *desk, bool ended, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_TOKEN);
    struct qp_token_entry t;
    char key[1 + QP_NAME_BYTES + 1];
    MDB_val v;
    uint8_t h[32];
    snprintf(key, sizeof key, "n%s", name);
    memset(&t, 0, sizeof t);
    if (ended) {
        if (qp_get(w->t->tables, dbi, key, strlen(key), &v) != 0 || v.mv_size != 32)
            return 0;
        memcpy(h, v.mv_data, 32);
        if (qp_get(w->t->tables, dbi, h, 32, &v) != 0 || v.mv_size != sizeof t)
            return 0;
        memcpy(&t, v.mv_data, sizeof t);
        t.ended = true;
        return qp_put(w->t->tables, dbi, h, 32, &t, sizeof t, e);
    }
    if (hash->len != 32)
        return 0;
    /* the name stands for one secret: an older one could not be ended any more */
    int rc = token(w, name, NULL, 0, "", true, e);
    snprintf(t.name, sizeof t.name, "%s", name);
    snprintf(t.desk, sizeof t.desk, "%s", desk);
    t.rights = rights;
    if (rc == 0)
        rc = qp_put(w->t->tables, dbi, hash->data, 32, &t, sizeof t, e);
    return rc != 0 ? rc : qp_put(w->t->tables, dbi, key, strlen(key), hash->data, 32, e);
}

static int user(struct qp_work *w, const char *name, const char *password, uint32_t rights, const char *role,
                bool ended, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(w->c->store, QP_T_USER);
    struct qp_user_entry u;
    MDB_val v;
    memset(&u, 0, sizeof u);
    if (ended) {
        if (qp_get(w->t->tables, dbi, name, strlen(name), &v) != 0 || v.mv_size != sizeof u)
            return 0;
        memcpy(&u, v.mv_data, sizeof u);
        u.ended = true;
    } else {
        snprintf(u.password, sizeof u.password, "%s", password);
        snprintf(u.role, sizeof u.role, "%s", role);
        u.rights = rights;
    }
    return qp_put(w->t->tables, dbi, name, strlen(name), &u, sizeof u, e);
}

bool qp_person_known(struct qp_work *w, bool is_token, const char *name)
{
    MDB_val v;
    char key[1 + QP_NAME_BYTES + 1];
    snprintf(key, sizeof key, is_token ? "n%s" : "%s", name);
    enum qp_table t = is_token ? QP_T_TOKEN : QP_T_USER;
    return qp_get(w->t->tables, qp_store_dbi(w->c->store, t), key, strlen(key), &v) == 0;
}

int qp_node_fact(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    bool own = ev->origin.len == QP_ID_LEN && qp_same(ev->origin.data, w->c->self.node);
    if (ev->body_case == QP__EVENT__BODY_ENROLLED)
        return enrolled(w, ev, e);
    if (ev->body_case == QP__EVENT__BODY_REVOKED)
        return revoked(w, ev, e);
    if (!own)
        return 0;
    switch (ev->body_case) {
    case QP__EVENT__BODY_JOINED: return joined(w, ev, e);
    case QP__EVENT__BODY_INVITED: return invited(w, ev, e);
    case QP__EVENT__BODY_LEARNED: return ev->learned->chain == NULL ? 0 : qp_learn(w, ev->learned->chain, e);
    case QP__EVENT__BODY_REFUSAL: return refusal(w, ev, e);
    case QP__EVENT__BODY_TOKEN_MADE:
        return token(w, ev->token_made->name, &ev->token_made->hash, ev->token_made->rights,
                     ev->token_made->desk, false, e);
    case QP__EVENT__BODY_TOKEN_ENDED: return token(w, ev->token_ended->name, NULL, 0, "", true, e);
    case QP__EVENT__BODY_USER_MADE:
        return user(w, ev->user_made->name, ev->user_made->password, ev->user_made->rights,
                    ev->user_made->role, false, e);
    case QP__EVENT__BODY_USER_ENDED: return user(w, ev->user_ended->name, "", 0, "", true, e);
    case QP__EVENT__BODY_RECOVERED: return qp_recovered(w, e);
    default: return 0;
    }
}

/* Fills the tree from the tables: parents before children, since paths sort so. */
int qp_tree_load(struct qp_core *c, MDB_txn *tables, struct qp_err *e)
{
    MDB_cursor *cur;
    MDB_val k, v, cv, nv;
    uint8_t first = 'p';
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = mdb_cursor_open(tables, qp_store_dbi(c->store, QP_T_NODE), &cur);
    if (a == NULL || rc != 0)
        return qp_fail(e, QP_EIO, "the node table cannot be read");
    k = (MDB_val){1, &first};
    for (rc = mdb_cursor_get(cur, &k, &v, MDB_SET_RANGE); rc == 0;
         rc = mdb_cursor_get(cur, &k, &v, MDB_NEXT)) {
        struct qp_node_entry n;
        struct qp_cert cert;
        Qp__Certificate *raw;
        if (((uint8_t *)k.mv_data)[0] != 'p' || v.mv_size != QP_ID_LEN)
            continue; /* an id that begins with this byte */
        qp_arena_reset(a);
        if (qp_get(tables, qp_store_dbi(c->store, QP_T_NODE), v.mv_data, QP_ID_LEN, &nv) != 0 ||
            nv.mv_size != sizeof n)
            continue;
        memcpy(&n, nv.mv_data, sizeof n);
        if (qp_get(tables, qp_store_dbi(c->store, QP_T_CERT), n.certificate.b, 32, &cv) != 0 ||
            QP_DECODE(&raw, certificate, cv.mv_data, cv.mv_size, a, NULL) != 0 ||
            qp_cert_read(&cert, raw, a, NULL) != 0)
            continue;
        struct qp_place *p = qp_tree_add(c->tree, &cert);
        if (p == NULL)
            break;
        p->revoked = n.revoked;
        p->quarantined = n.quarantined;
    }
    mdb_cursor_close(cur);
    qp_arena_free(a);
    return rc == MDB_NOTFOUND ? 0 : qp_fail(e, QP_EIO, "the node table cannot be read");
}
