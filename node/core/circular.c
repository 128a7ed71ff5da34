/* circular.c: circulars in the turn: issued, heard, accepted, sent back. See circular.h; what the table has is
 * ledger/circulars.c's. */
#include <assert.h>

#include "node/core/circular.h"

#include "node/core/private.h"

static int no_memory(struct qp_err *e)
{
    return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
}

/* ---- facts ---- */

int qp_circular_hear(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_SAID);
    return qp_circular_part(w, ev, e);
}

/* Whose word counts: a node above the one whose circular it is. */
static bool is_above(struct qp_work *w, const uint8_t by[QP_ID_LEN], const uint8_t node[QP_ID_LEN])
{
    const struct qp_place *above = qp_tree_node(w->c->tree, by), *p = qp_tree_node(w->c->tree, node);
    return above && p && qp_place_below(p, above);
}

/* It may come before what it is about: after a fire all comes back, each neighbour's part in its own time. */
int qp_circular_judged(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_CIRCULAR_JUDGED);
    const Qp__CircularJudged *j = ev->circular_judged;
    struct qp_core *c = w->c;
    Qp__CircularHead *h;
    bool known = j->verb == QP_CIRCULAR_ACCEPT || j->verb == QP_CIRCULAR_RETURN;
    if (!known || !is_above(w, ev->origin.data, j->node.data))
        return 0;
    int rc = qp_circular_head(w->t->tables, c->store, j->circular.data, c->arena, &h, e);
    if (!rc)
        return qp_same(h->node.data, j->node.data) ? qp_circular_word(w, h, ev, e) : 0;
    bool waits = rc == QP_ENOTFOUND &&
                 (qp_same(j->node.data, c->self.node) || is_above(w, c->self.node, j->node.data));
    return waits ? qp_circular_early(w, ev, e) : rc == QP_ENOTFOUND ? 0 : rc;
}

/* ---- issued here ---- */

static int say_part(struct qp_work *w, const Qp__Event *d, const Qp__CircularSaid *all, uint32_t part,
                    struct qp_err *e)
{
    assert((size_t)part * QP_CIRCULAR_PART < all->body.len);
    struct qp_core *c = w->c;
    Qp__Event *ev = qp_event_new(w, d->by);
    Qp__CircularSaid *s = qp_arena_copy(c->arena, all, sizeof *all);
    size_t from = (size_t)part * QP_CIRCULAR_PART, left = all->body.len - from;
    if (!ev || !s)
        return no_memory(e);
    if (part == 0 && d->key && d->key[0] != 0) {
        ev->key = d->key;
        ev->request = d->request;
    }
    s->part = part;
    s->body = (ProtobufCBinaryData){left < QP_CIRCULAR_PART ? left : QP_CIRCULAR_PART, all->body.data + from};
    ev->body_case = QP__EVENT__BODY_CIRCULAR_SAID;
    ev->circular_said = s;
    int rc = qp_check(&ev->base, e);
    if (rc)
        return rc;
    if (qp_say_to(w, qp_say(w, ev), QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK))
        return no_memory(e);
    return qp_node_fact(w, ev, e);
}

/* The same request again is no second circular. QP_ENOTFOUND: it is new. */
static int again(struct qp_work *w, const Qp__Event *d, struct qp_reply *r, struct qp_err *e)
{
    assert(d->body_case == QP__EVENT__BODY_CIRCULAR_SAID);
    uint8_t request[QP_REQUEST_LEN];
    if (!d->key || d->key[0] == 0 || !qp_circular_asked(w, d->by, d->key, r->matter, request))
        return QP_ENOTFOUND;
    if (d->request.len == QP_REQUEST_LEN && memcmp(request, d->request.data, QP_REQUEST_LEN) != 0)
        return qp_fail(e, QP_EKEYREUSED,
                       "this Idempotency-Key came with another circular before; take another key");
    return 0;
}

static int issue(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->draft->body_case == QP__EVENT__BODY_CIRCULAR_SAID);
    struct qp_core *c = w->c;
    const Qp__Event *d = cmd->draft;
    Qp__CircularSaid s = *d->circular_said;
    struct qp_hash hash;
    uint8_t corrects[QP_ID_LEN], *id = qp_arena_take(c->arena, QP_ID_LEN);
    int rc = again(w, d, r, e);
    if (rc != QP_ENOTFOUND)
        return rc;
    if (c->recovering)
        return qp_fail(
            e, QP_ERECOVER,
            "this node has joined again; it issues no circular until its neighbours have handed back "
            "what it had said before");
    if (s.body.len == 0 || s.body.len > QP_CIRCULAR_BYTES)
        return qp_fail(e, QP_EBIG, "a circular has 1 to %d bytes", QP_CIRCULAR_BYTES);
    if (!id)
        return no_memory(e);
    uint64_t last = qp_circular_last(w->t->tables, c->store, c->self.node);
    if (cmd->if_version >= 0 && (uint64_t)cmd->if_version != last)
        return qp_fail(e, QP_EVERSION, "the last circular of this node is number %llu, not %lld; look again",
                       (unsigned long long)last, (long long)cmd->if_version);
    const struct qp_part part = {s.body.data, s.body.len};
    qp_hash_parts(&hash, &part, 1);
    s.number = last + 1;
    qp_circular_id(id, c->self.node, c->self.incarnation, s.number, s.from_us);
    s.id = (ProtobufCBinaryData){QP_ID_LEN, id};
    s.hash = (ProtobufCBinaryData){QP_HASH_LEN, hash.b};
    s.bytes = (uint32_t)s.body.len;
    s.parts = (uint32_t)((s.body.len + QP_CIRCULAR_PART - 1) / QP_CIRCULAR_PART);
    assert(s.parts >= 1 && s.parts <= QP_CIRCULAR_PARTS);
    if (qp_circular_newest(w->t->tables, c->store, c->self.node, s.period, s.from_us, corrects))
        s.corrects = (ProtobufCBinaryData){QP_ID_LEN, corrects};
    rc = 0;
    for (uint32_t i = 0; i < s.parts && !rc; i++)
        rc = say_part(w, d, &s, i, e);
    memcpy(r->matter, id, QP_ID_LEN);
    r->created = !rc;
    return rc;
}

/* ---- accepted or sent back here ---- */

static const Qp__CircularWord *word_of(const Qp__CircularHead *h, const uint8_t node[QP_ID_LEN])
{
    for (size_t i = h->n_words; i-- > 0;)
        if (h->words[i]->node.len == QP_ID_LEN && qp_same(h->words[i]->node.data, node))
            return h->words[i];
    return NULL;
}

static int may_judge(struct qp_work *w, const Qp__CircularHead *h, const Qp__CircularJudged *j,
                     struct qp_err *e)
{
    assert(h->said && j->circular.len == QP_ID_LEN); /* the one that is judged is known here */
    if (qp_same(h->node.data, w->c->self.node))
        return qp_fail(e, QP_EPOLICY,
                       "this circular is this node's own: a node above accepts it or sends it back");
    if (!is_above(w, w->c->self.node, h->node.data))
        return qp_fail(e, QP_EPOLICY, "this circular is of a node that does not lie below this one");
    if (h->corrected.len > 0)
        return qp_fail(e, QP_ESTEP, "this circular was corrected: look at the one that stands in its place");
    if (j->verb == QP_CIRCULAR_RETURN && (!j->reason || j->reason[0] == 0))
        return qp_fail(e, QP_EINVAL, "reason: say why the circular is sent back");
    return 0;
}

static int judge(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->draft->body_case == QP__EVENT__BODY_CIRCULAR_JUDGED);
    struct qp_core *c = w->c;
    Qp__CircularHead *h;
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    if (!ev)
        return no_memory(e);
    const Qp__CircularJudged *j = ev->circular_judged;
    memcpy(r->matter, j->circular.data, QP_ID_LEN);
    int rc = qp_circular_head(w->t->tables, c->store, j->circular.data, c->arena, &h, e);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, rc, "no circular with this id is known here");
    if (!rc)
        rc = may_judge(w, h, j, e);
    if (!rc)
        ev->circular_judged->node = h->node;
    const Qp__CircularWord *said = !rc ? word_of(h, c->self.node) : NULL;
    if (said && said->verb == j->verb && strcmp(said->reason, j->reason) == 0)
        return 0; /* the same again */
    if (!rc)
        rc = qp_check(&ev->base, e);
    if (rc)
        return rc;
    struct qp_said *s = qp_say(w, ev);
    if (qp_tree_parent(c->tree))
        rc = qp_say_to(w, s, QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK);
    if (!rc)
        rc = qp_say_to(w, s, QP_SCOPE_SUBTREE, qp_nobody, QP_LANE_BULK);
    r->created = !rc;
    return rc ? no_memory(e) : qp_node_fact(w, ev, e);
}

int qp_circular_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r, struct qp_err *e)
{
    assert(cmd->op == QP_OP_CIRCULAR);
    switch (cmd->draft->body_case) {
    case QP__EVENT__BODY_CIRCULAR_SAID: return issue(w, cmd, r, e);
    case QP__EVENT__BODY_CIRCULAR_JUDGED: return judge(w, cmd, r, e);
    default: return qp_fail(e, QP_EINVAL, "unknown word on a circular");
    }
}
