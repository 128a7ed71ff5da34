/* may.c: may its origin say this? Asked by the door of what a caller wants said (step.c), and by projection of
 * whatever comes (project.c, effects.c), so that no rule is kept by the door alone.
 *
 * The row of its kind (proto/events.h) names whose word it is. What depends on where the matter stands (is this
 * the holder now?) is asked in the order of the matter's versions, by node/matter/custody.c. */
#include <assert.h>

#include "node/core/line.h"
#include "node/core/private.h"
#include "node/matter/face.h"

/* Each who held it may have sorted it to a place at or below his own; one whose place is not known here may
 * lie there. */
static bool area_is_theirs(struct qp_work *w, const Qp__Face *f)
{
    for (size_t i = 0; i < f->n_members; i++) {
        const struct qp_place *p =
            f->members[i].len == QP_ID_LEN ? qp_tree_node(w->c->tree, f->members[i].data) : NULL;
        if (!p || qp_path_within(f->area, p->cert.path))
            return true;
    }
    return false;
}

/* E7: what names a place is what the certificate of who speaks says. An opening's area lies in his subtree; a
 * snapshot's in that of somebody who held the matter or was offered it. */
static bool names_its_place(struct qp_work *w, const Qp__Event *ev)
{
    const Qp__Face *f = ev->body_case == QP__EVENT__BODY_OPENED ? ev->opened->face : qp_event_face(ev);
    const char *said = f                                           ? f->holder_path
                       : ev->body_case == QP__EVENT__BODY_ACCEPTED ? ev->accepted->path
                                                                   : NULL;
    if (!said)
        return true;
    const struct qp_place *p = qp_tree_node(w->c->tree, ev->origin.data);
    assert(!p || qp_same(p->cert.node, ev->origin.data));
    if (!p || strcmp(said, p->cert.path) != 0)
        return false;
    if (!f)
        return true;
    if (ev->body_case == QP__EVENT__BODY_OPENED)
        return !qp_path_check(f->area, NULL) && qp_path_within(f->area, p->cert.path);
    return !qp_path_check(f->area, NULL) && area_is_theirs(w, f);
}

/* An order comes from above somebody who has or had to do with the matter: whoever else says it is not heard.
 * By members, not by the present holder: they only grow, so that no order of arrival makes a difference. */
bool qp_event_from_above(struct qp_work *w, const Qp__Event *ev)
{
    const struct qp_place *by = qp_tree_node(w->c->tree, ev->origin.data);
    assert(!by || qp_same(by->cert.node, ev->origin.data));
    Qp__Row *row;
    if (qp_matter_row(&w->m, ev->matter.data, &row, NULL))
        return true; /* of a matter that has not come yet it waits, and is asked about when that comes (turn.c) */
    if (!by)
        return false;
    for (size_t i = 0; i < row->face->n_members; i++) {
        const struct qp_place *p = qp_tree_node(w->c->tree, row->face->members[i].data);
        if (!p || (p != by && qp_path_within(p->cert.path, by->cert.path)))
            return true; /* one whose place is not known here may lie below */
    }
    return false;
}

/* CL5: the holder's own commander, and nobody who only assists, or once had it. Who was offered it may have taken it already: its
 * acceptance waits for what it follows. */
static bool has_it(struct qp_work *w, const Qp__Event *ev)
{
    Qp__Row *row;
    assert(ev->origin.len == QP_ID_LEN);
    if (qp_matter_row(&w->m, ev->matter.data, &row, NULL))
        return false;
    const Qp__Face *f = row->face;
    return qp_bytes_same(f->holder, ev->origin) || (f->offer && qp_bytes_same(f->offer->to, ev->origin));
}

/* A warning, a lead is about its origin's own place; whoever is above has his own. */
static bool is_its_place(struct qp_work *w, const Qp__Event *ev)
{
    const struct qp_place *p = qp_tree_node(w->c->tree, ev->origin.data);
    assert(!p || qp_same(p->cert.node, ev->origin.data));
    if (!p)
        return false;
    if (ev->body_case == QP__EVENT__BODY_LEAD_FOUND)
        return qp_path_within(ev->lead_found->place, p->cert.path);
    if (ev->body_case == QP__EVENT__BODY_LEAD_SAID)
        return ev->lead_said->place[0] == 0 || qp_path_within(ev->lead_said->place, p->cert.path);
    return ev->body_case != QP__EVENT__BODY_WARNED || strcmp(ev->warned->warning->area, p->cert.path) == 0;
}

static bool may_enrol(struct qp_work *w, const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_ENROLLED);
    struct qp_cert c;
    return !qp_enrolled_judge(w, ev, &c, NULL);
}

/* Only the present incarnation: a revocation of one that has a successor says nothing any more. */
static bool may_revoke(struct qp_work *w, const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_REVOKED);
    const Qp__Revoked *r = ev->revoked;
    const struct qp_place *by = qp_tree_node(w->c->tree, ev->origin.data);
    const struct qp_place *p = r->node.len == QP_ID_LEN ? qp_tree_node(w->c->tree, r->node.data) : NULL;
    return by && p && qp_place_below(p, by) && p->cert.incarnation == r->incarnation;
}

/* What is to be done at a node is said above it. */
static bool may_order(struct qp_work *w, const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_GRID_ORDERED);
    const struct qp_place *by = qp_tree_node(w->c->tree, ev->origin.data);
    const struct qp_place *p = qp_tree_node(w->c->tree, ev->grid_ordered->node.data);
    return by && p && qp_place_below(p, by);
}

/* ---- by whose word it is ---- */

const char *qp_event_may(struct qp_work *w, const Qp__Event *ev)
{
    const struct qp_event_kind *k = qp_event_kind((int)ev->body_case);
    bool names = ev->matter.len == QP_ID_LEN;
    if (!k)
        return NULL; /* of a later build: kept, without effect here (E5) */
    if (ev->origin.len != QP_ID_LEN)
        return "it has no origin";
    if (names != (k->subject == QP_OF_MATTER))
        return names ? "it is no event of a matter, and names one" : "it names no matter";
    switch (k->speaker) {
    case QP_BY_HOLDER:
    case QP_BY_HOLDER_ALWAYS:
    case QP_BY_RECEIVER:
    case QP_BY_OPENER:
        return names_its_place(w, ev) ? NULL : "it names a place that is not its origin's (E7)";
    case QP_BY_SENDER:
    case QP_BY_HELPER:
    case QP_BY_ANY: return NULL;
    case QP_BY_COMMAND:
        return qp_event_from_above(w, ev) || has_it(w, ev)
                   ? NULL
                   : "only the node that holds the matter, or one above it, may say this";
    case QP_BY_SUPERIOR:
        return qp_event_from_above(w, ev)
                   ? NULL
                   : "only a node above one that had to do with the matter may say this";
    case QP_BY_PARENT: return may_enrol(w, ev) ? NULL : "only the node directly above may certify a node";
    case QP_BY_ANCESTOR:
        if (k->subject == QP_OF_MATTER)
            return NULL; /* not said by any build yet: moves the version on when the holder says it (E5) */
        if (ev->body_case == QP__EVENT__BODY_GRID_ORDERED)
            return may_order(w, ev) ? NULL : "only a node above may order what a node is to make its own";
        return may_revoke(w, ev) ? NULL
                                 : "only a node above may revoke a node, and only its present incarnation";
    case QP_BY_HEAD: return qp_tree_node(w->c->tree, ev->origin.data) ? NULL : "its origin is not known here";
    case QP_BY_PLACE: return is_its_place(w, ev) ? NULL : "it names a place that is not its origin's (E7)";
    case QP_BY_MEMBER: return qp_line_may(w, ev);
    case QP_BY_SELF:
        return qp_same(ev->origin.data, w->c->self.node) ? NULL : "it is another node's own affair (E4)";
    }
    return NULL;
}

/* What is said of a matter: kept in any case, without effect where its sender may not say it. */
int qp_hear_matter(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index,
                   int64_t received_us, enum qp_outcome *o, struct qp_err *e)
{
    *o = QP_CONFLICT;
    return !qp_event_may(w, ev) ? qp_matter_apply(&w->m, ev, position, index, received_us, o, e) : 0;
}
