/* line_may.c: who may say what about a line. A line is its members' nodes' alone; the line of a matter is of those who
 * have, or had, to do with the matter, and of who lies above one of them. Asked by qp_event_may, also in a replay. */
#include <assert.h>

#include "node/core/line.h"

/* Its own node is on it, and each place that it names is that node's (E7), as far as it is known here. */
static const char *members_of(struct qp_work *w, const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_LINE_OPENED);
    const Qp__LineOpened *o = ev->line_opened;
    bool itself = false, of_matter = o->matter.len == QP_ID_LEN && qp_same(o->matter.data, o->line.data);
    if (o->n_members == 0)
        return "a line without members is none";
    for (size_t i = 0; i < o->n_members; i++) {
        const Qp__LineMember *m = o->members[i];
        const struct qp_place *p = qp_tree_node(w->c->tree, m->node.data);
        if (m->kind < QP_LINE_NODE || m->kind > QP_LINE_DESK ||
            (m->kind == QP_LINE_NODE) != (m->name[0] == '\0'))
            return "a member of it is nobody";
        if (m->kind == QP_LINE_NODE && !of_matter)
            return "only the line of a matter has whole nodes as members";
        if (p && strcmp(p->cert.path, m->path) != 0)
            return "it names a place that is not that node's (E7)";
        itself |= qp_same(m->node.data, ev->origin.data);
    }
    return itself ? NULL : "its origin is not on the line that it opens";
}

static bool works_on(const Qp__Face *f, const uint8_t *node)
{
    for (size_t i = 0; i < f->n_members; i++)
        if (f->members[i].len == QP_ID_LEN && qp_same(f->members[i].data, node))
            return true;
    return false;
}

/* A node above one that works on it. One whose place is not known here may lie below another part of the tree; below this node
 * all are known, so that nobody there is vouched for by a stranger. */
static bool lies_above(struct qp_work *w, const Qp__Face *f, const uint8_t *node)
{
    const struct qp_place *by = qp_tree_node(w->c->tree, node),
                          *self = qp_tree_node(w->c->tree, w->c->self.node);
    assert(!by || qp_same(by->cert.node, node));
    bool elsewhere = by && self && by != self && !qp_place_below(by, self);
    for (size_t i = 0; by && i < f->n_members; i++) {
        const struct qp_place *p = qp_tree_node(w->c->tree, f->members[i].data);
        if (p ? qp_place_below(p, by) : elsewhere)
            return true;
    }
    return false;
}

/* A matter that has not come yet says nothing: its line is believed of who lists himself, as any other line is. */
static const char *of_matter(struct qp_work *w, const Qp__Event *ev)
{
    assert(ev->body_case == QP__EVENT__BODY_LINE_OPENED);
    const Qp__LineOpened *o = ev->line_opened;
    Qp__Row *row;
    if (qp_matter_row(&w->m, o->line.data, &row, NULL))
        return NULL;
    if (o->matter.len != QP_ID_LEN || !qp_same(o->matter.data, o->line.data))
        return "it takes the id of a matter, and is not that matter's line";
    for (size_t i = 0; i < o->n_members; i++) {
        const uint8_t *node = o->members[i]->node.data;
        if (!works_on(row->face, node) && !lies_above(w, row->face, node))
            return "a member of it has nothing to do with the matter";
    }
    return NULL;
}

static const char *on_it(struct qp_work *w, const Qp__Event *ev, const uint8_t *line)
{
    struct qp_line_db db = qp_line_db_of(w);
    Qp__LineRow *row;
    if (qp_line_get(&db, line, &row))
        return "no such line is known here";
    return qp_line_has(row, ev->origin.data) ? NULL : "its origin is not on this line";
}

const char *qp_line_may(struct qp_work *w, const Qp__Event *ev)
{
    const char *no = NULL;
    switch (ev->body_case) {
    case QP__EVENT__BODY_LINE_OPENED: no = members_of(w, ev); return no ? no : of_matter(w, ev);
    case QP__EVENT__BODY_LINE_SAID: return on_it(w, ev, ev->line_said->line.data);
    case QP__EVENT__BODY_LINE_TICKED: return on_it(w, ev, ev->line_ticked->line.data);
    default: return NULL; /* a node's own key */
    }
}

bool qp_line_may_later(struct qp_work *w, const Qp__Event *ev)
{
    Qp__Row *row;
    assert(ev->body_case != 0);
    if (ev->body_case == QP__EVENT__BODY_LINE_SAID)
        return !qp_matter_row(&w->m, ev->line_said->line.data, &row, NULL);
    if (ev->body_case != QP__EVENT__BODY_LINE_OPENED)
        return false;
    const Qp__LineOpened *o = ev->line_opened;
    return !members_of(w, ev) && o->matter.len == QP_ID_LEN && qp_same(o->matter.data, o->line.data) &&
           !qp_matter_row(&w->m, o->line.data, &row, NULL);
}

/* ---- the line of a matter ---- */

static Qp__LineMember *whole_node(struct qp_work *w, const uint8_t *node)
{
    const struct qp_place *p = qp_tree_node(w->c->tree, node);
    assert(!p || qp_same(p->cert.node, node));
    Qp__LineMember *m = qp_arena_take(w->c->arena, sizeof *m);
    if (!m)
        return NULL;
    qp__line_member__init(m);
    m->node = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, node, QP_ID_LEN)};
    m->path = qp_arena_text(w->c->arena, p ? p->cert.path : "");
    m->kind = QP_LINE_NODE;
    return !m->node.data || !m->path ? NULL : m;
}

int qp_line_of_matter(struct qp_work *w, const struct qp_asker *who, const uint8_t matter[QP_ID_LEN],
                      Qp__LineMember ***out, size_t *n, struct qp_err *e)
{
    Qp__Row *row;
    const uint8_t *self = w->c->self.node;
    int rc = qp_row_seen(w, who, matter, "", &row, e);
    if (rc)
        return rc;
    const Qp__Face *f = row->face;
    bool mine = works_on(f, self);
    if (!mine && !lies_above(w, f, self))
        return qp_fail(
            e, QP_ESTEP,
            "this node has had nothing to do with the matter: open a line with its holder instead");
    Qp__LineMember **v = *out = qp_arena_take(w->c->arena, sizeof *v * QP_LINE_MEMBERS);
    *n = 0;
    if (!v)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    if (!mine && !(v[(*n)++] = whole_node(w, self)))
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    for (size_t i = f->n_members;
         i-- > 0 && *n < QP_LINE_MEMBERS;) /* the last that came to it are the nearest */
        if (f->members[i].len == QP_ID_LEN && !(v[(*n)++] = whole_node(w, f->members[i].data)))
            return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    assert(*n <= QP_LINE_MEMBERS);
    return 0;
}
