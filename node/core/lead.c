/* lead.c: leads in the turn: what comparing (node/insight/clue) finds is said, what was said is kept, and what people make of
 * it: confirmed, dismissed, a matter put in or taken out, taken back, a matter made of it.
 *
 *   tick ─► LeadFound (to the horizon: superiors keep them too) · LeadsCompared (to the horizon: so that it is not done again
 *           after a lost disk)                     people ─► LeadSaid (to the horizon)
 *   LeadSaid of a node below, of one matter ─► it waits ─► tick ─► LeadSaid of this node, which follows it (CU8) */
#include "node/core/lead.h"

#include <assert.h>

#include "node/core/projector.h"
#include "node/core/span.h"
#include "node/matter/may.h"
#include "proto/codec.h"
#include "topology/path.h"
#include "topology/policy/in_force.h"

struct qp_clue *qp_core_clue(const struct qp_core *c)
{
    assert(c->kept[QP_ROW_CLUE]);
    return c->kept[QP_ROW_CLUE];
}

static int no_memory(struct qp_err *e)
{
    return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
}

/* Says one fact to the horizon and applies it here. */
static int say(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(qp_same(ev->origin.data, w->c->self.node)); /* a node speaks for itself */
    int rc = qp_check(&ev->base, e);
    if (rc)
        return rc;
    rc = qp_say_to(w, qp_say(w, ev), QP_SCOPE_HORIZON, qp_nobody, QP_LANE_BULK);
    return rc ? no_memory(e) : qp_node_fact(w, ev, e);
}

/* ---- what comparing wants said ---- */

static int say_found(void *arg, Qp__LeadFound *f, struct qp_err *e)
{
    struct qp_work *w = arg;
    Qp__Event *ev = qp_event_new(w, "policy");
    if (!ev)
        return no_memory(e);
    ev->body_case = QP__EVENT__BODY_LEAD_FOUND;
    ev->lead_found = f;
    return say(w, ev, e);
}

static int say_compared(void *arg, Qp__LeadsCompared *c, struct qp_err *e)
{
    struct qp_work *w = arg;
    Qp__Event *ev = qp_event_new(w, "policy");
    if (!ev)
        return no_memory(e);
    ev->body_case = QP__EVENT__BODY_LEADS_COMPARED;
    ev->leads_compared = c;
    return say(w, ev, e);
}

/* CU4: a node's people move what lies in its place. What is not known here yet may lie there: it is asked again when it is followed. */
static bool is_his(struct qp_work *w, const uint8_t node[QP_ID_LEN], const ProtobufCBinaryData *matter)
{
    const struct qp_place *p = qp_tree_node(w->c->tree, node);
    Qp__Row *row;
    assert(matter);
    if (!p)
        return false;
    return matter->len != QP_ID_LEN || qp_matter_row(&w->m, matter->data, &row, NULL) ||
           qp_path_within(row->face->area, p->cert.path);
}

/* What people below made of a matter, made of it here. */
static int say_moved(void *arg, const struct qp_clue_move *x, struct qp_err *e)
{
    struct qp_work *w = arg;
    struct qp_arena *a = w->c->arena;
    Qp__Event *ev = qp_event_new(w, QP_CLUE_FOLLOWER);
    Qp__LeadSaid *s = qp_arena_take(a, sizeof *s);
    uint8_t *into = qp_arena_take(a, QP_ID_LEN);
    char *place = qp_arena_take(a, QP_PATH_MAX), branch[QP_PATH_MAX];
    Qp__LeadRow *lead;
    Qp__Row *row;
    if (!ev || !s || !into || !place)
        return no_memory(e);
    qp__lead_said__init(s);
    s->lead = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)x->lead};
    s->matter = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)x->matter};
    s->verb = is_his(w, x->there, &s->matter) ? x->verb : QP_LEAD_FOLLOWED;
    ev->body_case = QP__EVENT__BODY_LEAD_SAID;
    ev->lead_said = s;
    bool moves = s->verb == QP_LEAD_SPLIT || s->verb == QP_LEAD_JOIN;
    int rc = moves ? qp_matter_row(&w->m, x->matter, &row, e) : 0;
    if (rc == QP_ENOTFOUND) { /* compared by an earlier life of this node; it has not come back */
        s->verb = QP_LEAD_FOLLOWED;
        moves = false;
    } else if (rc) {
        return rc;
    }
    if (moves) {
        qp_lead_branch(w->c, row->face->area, branch);
        snprintf(place, QP_PATH_MAX, "%s", branch);
        s->place = place;
    }
    if (s->verb == QP_LEAD_SPLIT) {
        qp_lead_split_id(into, x->lead, x->matter);
        s->into = (ProtobufCBinaryData){QP_ID_LEN, into};
    }
    if (s->verb == QP_LEAD_JOIN) {
        rc = qp_lead_get(w->t->tables, w->t->store, x->lead, &lead, a, e);
        if (rc == QP_ENOTFOUND && !x->founds) {
            s->verb =
                QP_LEAD_FOLLOWED; /* the lead is gone: there is nothing to join, and it is not asked again */
            s->place = (char *)(uintptr_t) "";
            return say(w, ev, e);
        }
        if (rc && rc != QP_ENOTFOUND)
            return rc;
        const char *other = !rc ? lead->place : branch;
        if (rc && !qp_matter_row(&w->m, x->first, &row, NULL)) {
            char first[QP_PATH_MAX];
            qp_lead_branch(w->c, row->face->area, first);
            other = qp_arena_text(a, first);
        }
        if (!other || !qp_path_common(place, branch, other))
            snprintf(place, QP_PATH_MAX, "%s", w->c->self.path);
        if (rc)
            s->into = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)x->first};
    }
    return say(w, ev, e);
}

int qp_lead_tick(struct qp_work *w, struct qp_clue *clue, int64_t *next_us, struct qp_err *e)
{
    const struct qp_clue_say s = {w, say_found, say_compared, say_moved};
    struct qp_clue_figures was, is;
    qp_clue_figures(clue, &was);
    int rc = qp_clue_tick(clue, w->t, w->c->self.node, w->now_us, w->c->arena, &s, next_us, e);
    qp_clue_figures(clue, &is);
    if (is.compared > was.compared)
        atomic_fetch_add_explicit(&w->c->count.leads_compared, is.compared - was.compared,
                                  memory_order_relaxed);
    if (is.shed > was.shed)
        atomic_fetch_add_explicit(&w->c->count.leads_shed, is.shed - was.shed, memory_order_relaxed);
    return rc;
}

const char *qp_lead_family(void *core, const char *category)
{
    const struct qp_core *c = core;
    const struct qp_policy *p = c->in_force ? c->in_force->policy : NULL;
    const struct qp_policy_category *x = p ? qp_policy_find(p, category) : NULL;
    if (!x || x->code[0] == 0)
        return category;
    for (int depth = 0; depth < QP_POLICY_DEPTH && x->parent && x->parent[0] != 0; depth++) {
        const struct qp_policy_category *up = qp_policy_category(p, x->parent);
        if (!up)
            break;
        x = up;
    }
    assert(x->code[0] != 0);
    return x->code;
}

void qp_lead_branch(void *core, const char *area, char out[QP_PATH_MAX])
{
    const struct qp_core *c = core;
    /* a face of a child's own code may say any words (E7), and a child's lead may name a matter that lies elsewhere */
    bool lies = !qp_path_check(area, NULL) && qp_path_within(area, c->self.path);
    if (lies)
        qp_path_child(out, c->self.path, area);
    if (!lies || !qp_tree_path(c->tree, out))
        snprintf(out, QP_PATH_MAX, "%s", c->self.path);
}

/* ---- facts ---- */

/* As in warn.c: what a fact reads and writes ends with it. */
enum { FACT_ARENA = 16 * 1024 * 1024 };

int qp_lead_found(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_LEAD_FOUND);
    const struct qp_place *p = qp_tree_node(w->c->tree, ev->origin.data);
    if (!p)
        return 0;
    struct qp_arena *a = qp_arena_new(FACT_ARENA);
    int rc =
        a ? qp_lead_put(w->t, ev->origin.data, p->cert.path, ev->lead_found, ev->at_us, a, e) : no_memory(e);
    qp_arena_free(a);
    return rc;
}

int qp_lead_heard(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_LEAD_SAID);
    const Qp__LeadSaid *s = ev->lead_said;
    const struct qp_place *p = qp_tree_node(w->c->tree, ev->origin.data);
    if (!p || w->again) /* said again as the next incarnation: the turn that did so applied nothing */
        return 0;
    struct qp_arena *a = qp_arena_new(FACT_ARENA);
    int rc = a ? qp_lead_say(w->t, ev->origin.data, p->cert.path, s, ev->by, ev->at_us, a, e) : no_memory(e);
    qp_arena_free(a);
    if (rc)
        return rc;
    if (!qp_same(ev->origin.data, w->c->self.node)) {
        if (strcmp(ev->by, QP_CLUE_FOLLOWER) == 0 || !qp_path_within(p->cert.path, w->c->self.path))
            return 0; /* each node follows people alone, and nobody but those below it */
        if (!is_his(w, ev->origin.data, &s->matter))
            return 0;
        qp_clue_heard(qp_core_clue(w->c));
        return qp_lead_follow(w->t, ev->origin.data, s, e);
    }
    if ((rc = qp_lead_followed(w->t, s, e)) || s->verb == QP_LEAD_FOLLOWED)
        return rc;
    bool whole = s->verb == QP_LEAD_MATTER || s->matter.len == 0;
    return qp_clue_moved(qp_core_clue(w->c), w->t, w->c->self.node, s->lead.data,
                         whole ? NULL : s->matter.data, w->c->arena, e);
}

int qp_lead_numbers(struct qp_work *w, const Qp__Event *ev, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_LEADS_COMPARED);
    if (!qp_same(ev->origin.data, w->c->self.node))
        return 0;
    bool follows;
    int rc = qp_lead_compared(w->t, ev->leads_compared, ev->at_us, &follows, e);
    if (!rc && follows)
        qp_clue_heard(qp_core_clue(w->c));
    return rc;
}

/* ---- what people make of it ---- */

/* DE2, as the door shows leads (http/shape/json_lead.h): all of its matters within, and known here. */
struct within {
    struct qp_work *w;
    const struct qp_asker *who;
    uint32_t n;
    bool sees_only; /* one of them is his to see and not to act on */
};

static int look_within(void *arg, const uint8_t matter[QP_ID_LEN], enum qp_lead_how how)
{
    struct within *x = arg;
    Qp__Row *row;
    (void)how;
    assert(x->who);
    if (x->n == QP_LEAD_SHOWN || qp_matter_row(&x->w->m, matter, &row, NULL) || !qp_asker_sees(x->who, row))
        return 1;
    x->n++;
    x->sees_only = x->sees_only || !qp_asker_acts(x->who, row);
    return 0;
}

/* 0; QP_ENOTFOUND: not all of its matters are his to see; QP_EDENIED: nor to act on. */
static int seen(struct qp_work *w, const struct qp_asker *who, const Qp__LeadRow *lead)
{
    assert(lead->lead.len == QP_ID_LEN);
    if (!who || (!who->span && !who->own))
        return 0;
    struct within x = {.w = w, .who = who};
    int rc = qp_lead_matters(w->t->tables, w->t->store, lead->lead.data, look_within, &x, NULL);
    if (rc || x.n == 0 || x.n != lead->joined + lead->proposed)
        return QP_ENOTFOUND;
    return x.sees_only ? QP_EDENIED : 0;
}

/* The lead as it stands, if it is this node's to speak of. */
static int own_lead(struct qp_work *w, const Qp__LeadSaid *said, const struct qp_asker *who, const char *by,
                    Qp__LeadRow **row, struct qp_err *e)
{
    int rc = qp_lead_get(w->t->tables, w->t->store, said->lead.data, row, w->c->arena, e);
    int may = !rc ? seen(w, who, *row) : 0;
    if (rc == QP_ENOTFOUND || may == QP_ENOTFOUND)
        return qp_fail(e, QP_ENOTFOUND, "no lead with this id is known here");
    if (may)
        return qp_own_only(e, by);
    if (!rc && !qp_same((*row)->node.data, w->c->self.node))
        return qp_fail(e, QP_ENOTHOLDER, "this lead is %s's: what is made of it is said there", (*row)->area);
    assert(rc || qp_same((*row)->node.data, w->c->self.node));
    return rc;
}

static bool is(const ProtobufCBinaryData *id, const uint8_t *other)
{
    return id->len == QP_ID_LEN && qp_same(id->data, other);
}

/* The matter's row, and how it stands for leads; *m NULL: nothing was said of it. */
static int matter_of(struct qp_work *w, const Qp__LeadSaid *said, Qp__Row **row, Qp__LeadMember **m,
                     struct qp_err *e)
{
    if (said->matter.len != QP_ID_LEN)
        return qp_fail(e, QP_EINVAL, "matter: say which matter of the lead is meant");
    int rc = qp_matter_row(&w->m, said->matter.data, row, e);
    if (rc == QP_ENOTFOUND)
        return qp_fail(e, QP_ENOTFOUND, "no matter with this id is known here");
    if (!rc)
        rc = qp_lead_member(w->t->tables, w->t->store, said->matter.data, w->c->self.node, m, w->c->arena, e);
    if (rc == QP_ENOTFOUND) {
        *m = NULL;
        rc = 0;
    }
    assert(rc || *row);
    return rc;
}

static int may_join(struct qp_work *w, Qp__LeadSaid *said, const Qp__LeadRow *lead, struct qp_err *e)
{
    assert(said->verb == QP_LEAD_JOIN);
    char branch[QP_PATH_MAX], *place = qp_arena_take(w->c->arena, QP_PATH_MAX);
    Qp__LeadMember *m;
    Qp__Row *row;
    int rc = place ? matter_of(w, said, &row, &m, e) : no_memory(e);
    if (rc)
        return rc;
    if (m && is(&m->lead, said->lead.data))
        return qp_fail(e, QP_ESTEP, "this matter is in the lead already");
    if (!qp_path_within(row->face->area, w->c->self.path))
        return qp_fail(e, QP_EINVAL, "matter: it lies outside %s", w->c->self.path);
    qp_lead_branch(w->c, row->face->area, branch);
    if (!qp_path_common(place, branch, lead->place))
        return qp_fail(e, QP_EINVAL, "matter: it lies outside %s", w->c->self.path);
    said->place = place;
    return 0;
}

/* Out of the lead; where it is only proposed, that is declined. */
static int may_split(struct qp_work *w, Qp__LeadSaid *said, const Qp__LeadRow *lead, struct qp_err *e)
{
    assert(said->verb == QP_LEAD_SPLIT);
    char *branch = qp_arena_take(w->c->arena, QP_PATH_MAX);
    uint8_t into[QP_ID_LEN];
    Qp__LeadMember *m;
    Qp__Row *row;
    int rc = branch ? matter_of(w, said, &row, &m, e) : no_memory(e);
    if (rc)
        return rc;
    if (m && is(&m->proposed, said->lead.data)) {
        said->verb = QP_LEAD_DECLINE;
        return 0;
    }
    if (!m || !is(&m->lead, said->lead.data))
        return qp_fail(e, QP_ESTEP, "this matter is not in the lead");
    if (lead->joined < 2)
        return qp_fail(e, QP_ESTEP, "this matter is alone in its lead: there is nothing to split it from");
    qp_lead_split_id(into, said->lead.data, said->matter.data);
    qp_lead_branch(w->c, row->face->area, branch);
    said->into = (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, into, QP_ID_LEN)};
    said->place = branch;
    return !said->into.data ? no_memory(e) : 0;
}

/* A lead that a split had made is gone when that is taken back and nothing is left in it. */
static bool is_gone(struct qp_work *w, const ProtobufCBinaryData *lead)
{
    Qp__LeadRow *row;
    assert(lead);
    return lead->len == QP_ID_LEN &&
           qp_lead_get(w->t->tables, w->t->store, lead->data, &row, w->c->arena, NULL) == QP_ENOTFOUND;
}

static int may_undo(struct qp_work *w, const Qp__LeadSaid *said, const Qp__LeadRow *lead, struct qp_err *e)
{
    assert(said->verb == QP_LEAD_UNDO);
    Qp__LeadMember *m;
    Qp__Row *row;
    if (said->matter.len == 0 && lead->n_words == 0)
        return qp_fail(e, QP_ESTEP,
                       "nothing was said of this lead as a whole: there is nothing to take back");
    if (said->matter.len == 0 && lead->words[lead->n_words - 1]->verb == QP_LEAD_MATTER)
        return qp_fail(e, QP_ESTEP, "a matter was made of this lead: close or merge the matter instead");
    int rc = said->matter.len == 0 ? 0 : matter_of(w, said, &row, &m, e);
    if (rc || said->matter.len == 0)
        return rc;
    const Qp__LeadMove *x = m && m->n_moves > 0 ? m->moves[m->n_moves - 1] : NULL;
    if (!x)
        return qp_fail(e, QP_ESTEP, "nobody has moved this matter: there is nothing to take back");
    if (!is(&m->lead, said->lead.data) && !is(&x->from, said->lead.data) &&
        !is(&x->proposed, said->lead.data))
        return qp_fail(e, QP_ESTEP, "this matter's last move had nothing to do with the lead");
    if ((x->verb != QP_LEAD_DECLINE && is_gone(w, &x->from)) || is_gone(w, &x->proposed))
        return qp_fail(e, QP_ESTEP,
                       "the lead that this matter came from is gone: split it out, or join it to another");
    return 0;
}

static int may_stand(const Qp__LeadRow *lead, const Qp__LeadSaid *said, struct qp_err *e)
{
    assert(said->verb == QP_LEAD_CONFIRM || said->verb == QP_LEAD_DISMISS);
    enum qp_lead_state state = qp_lead_state_of(lead);
    bool yes = said->verb == QP_LEAD_CONFIRM;
    if (state == (yes ? QP_LEAD_IS_CONFIRMED : QP_LEAD_IS_DISMISSED))
        return qp_fail(e, QP_ESTEP, "the lead is %s already", qp_lead_state_name(state));
    if (!yes && said->text[0] == 0)
        return qp_fail(e, QP_EINVAL, "reason: say why the lead is dismissed");
    if (yes && lead->joined < 2)
        return qp_fail(e, QP_ESTEP, "one matter is in the lead: join what is proposed to it first");
    return 0;
}

/* ---- a matter made of it: lead_draft.c ---- */

/* Opens a matter of the lead; the one that was opened before, if there is one. */
static int make_matter(struct qp_work *w, const Qp__LeadRow *lead, Qp__Event *ev, struct qp_reply *r,
                       struct qp_said **said, struct qp_err *e)
{
    assert(ev->body_case == QP__EVENT__BODY_LEAD_SAID && ev->lead_said->verb == QP_LEAD_MATTER);
    for (size_t i = 0; i < lead->n_words; i++)
        if (lead->words[i]->verb == QP_LEAD_MATTER && lead->words[i]->matter.len == QP_ID_LEN) {
            memcpy(r->matter, lead->words[i]->matter.data, QP_ID_LEN);
            return 0;
        }
    struct qp_command open = {.op = QP_OP_STEP, .if_version = -1};
    Qp__Event *draft = NULL;
    int rc = qp_lead_draft(w, lead, ev, &draft, e);
    open.draft = draft;
    if (!rc)
        rc = qp_open_matter(w, &open, r, said, e);
    if (rc)
        return rc;
    ev->lead_said->matter =
        (ProtobufCBinaryData){QP_ID_LEN, qp_arena_copy(w->c->arena, r->matter, QP_ID_LEN)};
    return !ev->lead_said->matter.data ? no_memory(e) : say(w, ev, e);
}

int qp_lead_command(struct qp_work *w, const struct qp_command *cmd, struct qp_reply *r,
                    struct qp_said **said, struct qp_err *e)
{
    assert(cmd->op == QP_OP_LEAD);
    Qp__LeadRow *lead;
    Qp__Event *ev = qp_adopt(w, cmd->draft);
    Qp__LeadSaid *s = qp_arena_take(w->c->arena, sizeof *s);
    if (!ev || !s)
        return no_memory(e);
    assert(ev->body_case == QP__EVENT__BODY_LEAD_SAID);
    *s = *ev->lead_said;
    ev->lead_said = s;
    int rc = own_lead(w, s, cmd->who, ev->by, &lead, e);
    Qp__Row *named;
    if (!rc && cmd->who && s->matter.len == QP_ID_LEN) {
        rc = qp_row_seen(w, cmd->who, s->matter.data, "", &named, e);
        if (rc == QP_ENOTFOUND)
            rc = qp_fail(e, QP_ENOTFOUND, "no matter with this id is known here");
        else if (!rc && !qp_asker_acts(cmd->who, named))
            rc = qp_own_only(e, ev->by);
    }
    if (rc)
        return rc;
    switch (s->verb) {
    case QP_LEAD_CONFIRM:
    case QP_LEAD_DISMISS: rc = may_stand(lead, s, e); break;
    case QP_LEAD_MATTER: return make_matter(w, lead, ev, r, said, e);
    case QP_LEAD_JOIN: rc = may_join(w, s, lead, e); break;
    case QP_LEAD_SPLIT: rc = may_split(w, s, lead, e); break;
    case QP_LEAD_UNDO: rc = may_undo(w, s, lead, e); break;
    default: return qp_fail(e, QP_EINVAL, "unknown word on a lead");
    }
    return rc ? rc : say(w, ev, e);
}
