/* hand.c: what people say of leads: confirm, dismiss, join, split, decline, and taking back (rule LD5). See
 * lead.h.
 *
 *   a move: matter seq, from which lead, to which, what had been proposed   kept while the matter is live;
 *   a lead that a move came from is kept as well, though it be empty */
#include "node/insight/lead/inside.h"

#include <stdlib.h>
#include <string.h>

static struct qp_lead_entry *matter_of(const struct qp_leads *l, const char *id, struct qp_err *e)
{
    struct qp_lead_entry *x = qp_shelf_find(l, id);
    if (!x)
        qp_fail(e, QP_ENOTFOUND, "the matter %s is not compared for leads: it is unknown or too old", id);
    return x;
}

int qp_leads_confirm(struct qp_leads *l, const char *lead, bool yes, struct qp_err *e)
{
    struct qp_lead_group *g = qp_group_live(l, lead, e);
    if (!g)
        return QP_ENOTFOUND;
    if (g->confirmed == yes)
        return qp_fail(e, QP_ESTEP, yes ? "lead %s is confirmed already" : "lead %s is not confirmed", lead);
    g->confirmed = yes;
    return 0;
}

int qp_leads_dismiss(struct qp_leads *l, const char *lead, bool yes, struct qp_err *e)
{
    struct qp_lead_group *g = qp_group_live(l, lead, e);
    if (!g)
        return QP_ENOTFOUND;
    if (g->dismissed == yes)
        return qp_fail(e, QP_ESTEP, yes ? "lead %s is dismissed already" : "lead %s is not dismissed", lead);
    g->dismissed = yes;
    return 0;
}

/* ---- moves ---- */

static int moves_room(struct qp_leads *l, struct qp_err *e)
{
    if (l->n_moves < l->cap_moves)
        return 0;
    size_t cap = l->cap_moves == 0 ? 16 : l->cap_moves * 2;
    struct qp_lead_move *grown = realloc(l->move, cap * sizeof *grown);
    if (!grown)
        return qp_fail(e, QP_ENOMEM, "no memory to remember what was moved");
    l->move = grown;
    l->cap_moves = cap;
    return 0;
}

static void remember(struct qp_leads *l, enum qp_lead_move_kind kind, struct qp_lead_entry *x, uint64_t from,
                     uint64_t to)
{
    l->move[l->n_moves++] = (struct qp_lead_move){.kind = (uint8_t)kind,
                                                  .seq = x->seq,
                                                  .from = from,
                                                  .to = to,
                                                  .proposed = x->proposed,
                                                  .proposed_ppm = x->proposed_ppm};
    x->proposed = 0;
    x->proposed_ppm = 0;
}

static void move_drop(struct qp_leads *l, size_t i)
{
    memmove(&l->move[i], &l->move[i + 1], (l->n_moves - i - 1) * sizeof *l->move);
    l->n_moves--;
}

void qp_moves_forget(struct qp_leads *l, uint64_t seq)
{
    for (size_t i = l->n_moves; i-- > 0;) {
        if (l->move[i].seq != seq)
            continue;
        struct qp_lead_group *from = qp_group_at(l, l->move[i].from);
        move_drop(l, i);
        if (from)
            qp_group_settle(l, from, false);
    }
}

/* There is room in `to`. */
static void move_into(struct qp_leads *l, struct qp_lead_entry *x, struct qp_lead_group *to)
{
    qp_group_take(x->group, x);
    qp_group_put(to, x);
    l->stale = true; /* it may have lived by news of the lead that it leaves, and that by its own */
}

int qp_leads_move(struct qp_leads *l, const char *matter, const char *with, struct qp_err *e)
{
    struct qp_lead_entry *x = matter_of(l, matter, e);
    struct qp_lead_entry *y = x && with ? matter_of(l, with, e) : NULL;
    if (!x || (with && !y))
        return QP_ENOTFOUND;
    struct qp_lead_group *to = y ? y->group : x->group->n > 1 ? qp_group_new(l) : x->group;
    struct qp_lead_group *left = x->group;
    if (to == left)
        return 0;
    if (!to || qp_group_room(to)) {
        if (to)
            qp_group_settle(l, to, true);
        return qp_fail(e, QP_ENOMEM, "no memory for another lead");
    }
    move_into(l, x, to);
    qp_group_settle(l, left, false);
    return 0;
}

int qp_leads_join(struct qp_leads *l, const char *matter, const char *lead, struct qp_err *e)
{
    struct qp_lead_entry *x = matter_of(l, matter, e);
    struct qp_lead_group *g = x ? qp_group_live(l, lead, e) : NULL;
    if (!g)
        return QP_ENOTFOUND;
    if (x->group == g)
        return qp_fail(e, QP_ESTEP, "matter %s is in lead %s already", matter, lead);
    int rc = moves_room(l, e);
    if (rc)
        return rc;
    if (qp_group_room(g))
        return qp_fail(e, QP_ENOMEM, "no memory for another matter in lead %s", lead);
    remember(l, QP_MOVE_JOIN, x, x->group->uid, g->uid);
    move_into(l, x, g);
    return 0;
}

int qp_leads_split(struct qp_leads *l, const char *matter, struct qp_err *e)
{
    struct qp_lead_entry *x = matter_of(l, matter, e);
    if (!x)
        return QP_ENOTFOUND;
    if (x->group->n == 1)
        return qp_fail(e, QP_ESTEP, "matter %s is alone in its lead: there is nothing to split it from",
                       matter);
    int rc = moves_room(l, e);
    if (rc)
        return rc;
    struct qp_lead_group *own = qp_group_new(l);
    if (!own || qp_group_room(own)) {
        if (own)
            qp_group_settle(l, own, true);
        return qp_fail(e, QP_ENOMEM, "no memory for another lead");
    }
    remember(l, QP_MOVE_SPLIT, x, x->group->uid, own->uid);
    move_into(l, x, own);
    return 0;
}

int qp_leads_decline(struct qp_leads *l, const char *matter, struct qp_err *e)
{
    struct qp_lead_entry *x = matter_of(l, matter, e);
    if (!x)
        return QP_ENOTFOUND;
    if (x->proposed == 0)
        return qp_fail(e, QP_ESTEP, "matter %s is proposed to no lead", matter);
    int rc = moves_room(l, e);
    if (!rc)
        remember(l, QP_MOVE_DECLINE, x, x->proposed, 0);
    return rc;
}

int qp_leads_undo(struct qp_leads *l, const char *matter, struct qp_err *e)
{
    struct qp_lead_entry *x = matter_of(l, matter, e);
    size_t i = l->n_moves;
    if (!x)
        return QP_ENOTFOUND;
    while (i > 0 && l->move[i - 1].seq != x->seq)
        i--;
    if (i-- == 0)
        return qp_fail(e, QP_ENOTFOUND, "nobody has moved matter %s: there is nothing to take back", matter);
    struct qp_lead_move m = l->move[i];
    if (m.kind != QP_MOVE_DECLINE) {
        struct qp_lead_group *from = qp_group_at(l, m.from), *left = x->group;
        if (!from)
            return qp_fail(e, QP_ESTEP, "the lead that matter %s came from is gone: join it to another",
                           matter);
        if (qp_group_room(from))
            return qp_fail(e, QP_ENOMEM, "no memory to take it back");
        move_drop(l, i);
        move_into(l, x, from);
        qp_group_settle(l, left, m.kind == QP_MOVE_SPLIT);
    } else {
        move_drop(l, i);
    }
    x->proposed = m.proposed;
    x->proposed_ppm = m.proposed_ppm;
    return 0;
}

bool qp_leads_apart(const struct qp_leads *l, size_t i, const char **lead, const char **other)
{
    for (size_t k = 0; k < l->n_moves; k++) {
        const struct qp_lead_move *m = &l->move[k];
        const struct qp_lead_group *a = qp_group_at(l, m->from), *b = qp_group_at(l, m->to);
        if (m->kind != QP_MOVE_SPLIT || !a || !b || a->n == 0 || b->n == 0 || i-- > 0)
            continue;
        *lead = qp_group_id(a);
        *other = qp_group_id(b);
        return true;
    }
    return false;
}
