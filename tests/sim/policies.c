/* policies.c: in some of the runs nodes say policies while others crash, burn and are cut (PO1, PO3): how soon a matter is to be closed, the
 * only value. At the end every node has the newest one of itself and of each node above it, what is in force there is the shortest of
 * them, and its parent knows which ones it has.
 *
 *   somebody ─► weigh ─► command ─► PolicySaid, down ─► in force       the same at every node:  newest of each above ─► the shortest
 *
 * What a disk that burned had said and told nobody of is lost with it, and what is then in force is what is known again. */
#include "node/core/policy.h"
#include "tests/sim/world.h"

bool sim_has_policies(const struct sim_world *w)
{
    bool other = w->seed % 3 == 0 || w->plan.clones > 0 || w->plan.displaced > 0; /* urges.c; their own */
    return w->seed % 4 == 3 && !other;
}

/* The first makes a whole one; whoever has one above him says a part. Half of what is said below loosens and is refused. */
void sim_legislator(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_read r;
    struct qp_policy_trial t = {0};
    struct qp_mistakes m = {0};
    char json[200];
    bool above = qp_core_policy(x->core) && i > 0;
    snprintf(json, sizeof json,
             "{\"version\":\"v%llu\",%s\"categories\":[{\"code\":\"\",%s\"clocks\":{\"close\":\"%uh\"}}]}",
             (unsigned long long)w->next_ticket + 1, above ? "" : "\"title\":\"T\",",
             above ? "" : "\"title\":\"all\",", 10 + (unsigned)sim_below(w, 90));
    if (sim_returning(w, i) || qp_read_begin(x->store, &r, NULL))
        return;
    struct qp_policy *p = qp_policy_json(json, strlen(json), NULL, &m);
    if (!p || qp_policy_weigh(r.tables, x->store, x->path, p, &t, NULL))
        abort();
    qp_read_end(&r);
    qp_policy_free(p);
    qp_mistakes_free(&m);
    if (qp_policy_passes(&t)) {
        Qp__Event *d = SIM_NEW(event);
        d->by = (char *)(uintptr_t) "token:sim";
        d->body_case = QP__EVENT__BODY_POLICY_SAID;
        d->policy_said = SIM_NEW(policy_said);
        d->policy_said->version = qp_arena_text(x->gather, t.own);
        d->policy_said->json = (ProtobufCBinaryData){t.len, qp_arena_copy(x->gather, t.json, t.len)};
        struct qp_command c = {.op = QP_OP_POLICY, .draft = d, .if_version = -1, .stamp = t.stamp};
        sim_command(w, i, &c, "", QP_OP_POLICY);
    }
    qp_policy_trial_free(&t);
}

/* ---- at the end ---- */

static bool above_or_same(const struct sim_world *w, int upper, int i)
{
    for (; i >= 0; i = w->node[i].parent)
        if (i == upper)
            return true;
    return false;
}

/* How soon this one says; 0: it cannot be read. */
static unsigned hours(struct qp_read *r, const struct qp_policy_layer *l)
{
    unsigned h = 0;
    char *text = qp_policy_text(r->tables, r->store, l);
    const char *at = text ? strstr(text, "\"close\":\"") : NULL;
    if (at)
        sscanf(at + 9, "%uh", &h);
    free(text);
    return h;
}

static void check_at(struct sim_world *w, int i, struct qp_read *const *r)
{
    const struct sim_node *x = &w->node[i];
    unsigned least = UINT32_MAX;
    for (int of = 0; of < w->n; of++) {
        struct qp_policy_layer own, seen;
        if (!r[of] || !above_or_same(w, of, i) ||
            !qp_policy_newest(r[of]->tables, r[of]->store, w->node[of].id, &own))
            continue;
        bool known = qp_policy_newest(r[i]->tables, r[i]->store, w->node[of].id, &seen);
        if (!known || seen.revision != own.revision || !qp_hash_eq(&seen.hash, &own.hash))
            sim_fail(w, "%s has another policy of %s than that one itself", x->path, w->node[of].path);
        unsigned h = known ? hours(r[i], &seen) : 0;
        least = h > 0 && h < least ? h : least;
        w->policies_seen++;
    }
    const struct qp_policy *p = qp_core_policy(x->core);
    const struct qp_policy_category *c = p ? qp_policy_find(p, "light") : NULL;
    if (least != UINT32_MAX &&
        (!c || !c->clock[QP_STAGE_CLOSE].said || c->clock[QP_STAGE_CLOSE].d.n != (int64_t)least))
        sim_fail(w, "%s has not the strictest policy in force, %u hours", x->path, least);
}

/* ... and its parent knows. */
static void check_parent(struct sim_world *w, int i, struct qp_read *const *r, struct qp_arena *a)
{
    const struct sim_node *x = &w->node[i], *p = &w->node[x->parent];
    struct qp_policy_layers mine;
    struct qp_policy_state theirs = {0};
    qp_policy_layers(r[x->parent]->tables, r[x->parent]->store, p->path, &mine);
    bool told = qp_policy_state(r[x->parent]->tables, r[x->parent]->store, x->id, a, &theirs);
    if (mine.n > 0 && (!told || qp_policy_behind(&theirs, &mine)))
        sim_fail(w, "%s does not know which policy %s has", p->path, x->path);
}

void sim_check_policies(struct sim_world *w, struct qp_read *const *r)
{
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    if (!a)
        abort();
    for (int i = 0; i < w->n && sim_has_policies(w); i++) {
        if (!r[i] || w->node[i].revoked || (w->liar > 0 && i == w->liar))
            continue;
        check_at(w, i, r);
        if (i > 0 && r[w->node[i].parent])
            check_parent(w, i, r, a);
    }
    qp_arena_free(a);
}

/* ---- planted ---- */

/* A node takes what its own place says for what holds. */
bool sim_plant_policy(struct sim_world *w)
{
    static const char LOOSE[] =
        "{\"version\":\"x\",\"title\":\"T\",\"categories\":[{\"code\":\"\",\"title\":\"all\",\"clocks\":{"
        "\"close\":\"900h\"}}]}";
    struct qp_mistakes m = {0};
    struct qp_policy *p = qp_policy_json(LOOSE, sizeof LOOSE - 1, NULL, &m);
    qp_mistakes_free(&m);
    return p && qp_core_set_policy(w->node[1].core, p);
}
