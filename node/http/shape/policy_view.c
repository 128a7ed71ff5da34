/* policy_view.c: see policy_view.h. Called by the calls about policies, and by status, tree and alarms. */
#include "node/http/shape/policy_view.h"

static const char *const kinds[] = {
    [QP_CHANGE_TIGHTER] = "tighter", [QP_CHANGE_LOOSER] = "looser", [QP_CHANGE_UNLIKE] = "unlike",
    [QP_CHANGE_OTHER] = "other",     [QP_CHANGE_ADDED] = "added",   [QP_CHANGE_REMOVED] = "removed"};

void qp_json_changes(struct qp_json *j, const char *name, const struct qp_changes *c, int but, bool zh)
{
    char text[QP_MISTAKE_TEXT];
    qp_json_key(j, name);
    qp_json_array(j);
    for (size_t i = 0; c && i < c->n; i++) {
        const struct qp_change *x = &c->v[i];
        if ((int)x->kind == but)
            continue;
        qp_change_line(text, x, zh);
        qp_json_object(j);
        qp_json_put(j, "path", x->path);
        qp_json_put(j, "from", *x->from ? x->from : NULL);
        qp_json_put(j, "to", *x->to ? x->to : NULL);
        qp_json_put(j, "kind", kinds[x->kind]);
        qp_json_put(j, "message", text);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

static void put_place(struct qp_json *j, const char *path, const char *message)
{
    qp_json_object(j);
    qp_json_put(j, "path", path);
    qp_json_put(j, "message", message);
    qp_json_object_end(j);
}

void qp_json_places(struct qp_json *j, const struct qp_policy_trial *t, bool zh)
{
    char text[QP_MISTAKE_TEXT];
    qp_json_key(j, "places");
    qp_json_array(j);
    for (size_t i = 0; i < t->mistakes.n; i++) {
        qp_mistake_text(text, &t->mistakes.v[i], zh);
        put_place(j, t->mistakes.v[i].path, text);
    }
    for (size_t i = 0; i < t->above.n; i++) {
        if (!qp_change_refused(t->above.v[i].kind))
            continue;
        qp_change_line(text, &t->above.v[i], zh);
        put_place(j, t->above.v[i].path, text);
    }
    qp_json_array_end(j);
    qp_json_key(j, "more");
    qp_json_uint(j, t->mistakes.more + t->above.more);
}

static void put_accept(struct qp_json *j, struct qp_http *h, const struct qp_policy *p)
{
    static const char *const names[] = {[QP_KIND_ESCALATE] = "escalate",
                                        [QP_KIND_DISPATCH] = "dispatch",
                                        [QP_KIND_TRANSFER] = "transfer",
                                        [QP_KIND_RETURN] = "return"};
    struct qp_acceptance a;
    qp_core_acceptance(h->core, &a);
    qp_json_key(j, "accept");
    qp_json_object(j);
    for (uint32_t kind = QP_KIND_ESCALATE; kind <= QP_KIND_RETURN; kind++) {
        qp_json_key(j, names[kind]);
        qp_json_object(j);
        qp_json_put_bool(j, "at_once", qp_taken_at_once(&a, p, kind));
        qp_json_put(j, "by", p && p->rules.accept[kind] != QP_NOT_SAID ? "policy" : "settings");
        qp_json_object_end(j);
    }
    qp_json_object_end(j);
}

void qp_json_policy(struct qp_json *j, struct qp_http *h, struct qp_read *r)
{
    struct qp_policy_layers l;
    struct qp_in_force *f = qp_core_policy_hold(h->core);
    qp_policy_layers(r->tables, r->store, h->self.path, &l);
    qp_json_key(j, "policy");
    qp_json_object(j);
    qp_json_put(j, "version", f ? f->policy->version : "0");
    put_accept(j, h, f ? f->policy : NULL);
    qp_json_key(j, "layers");
    qp_json_array(j);
    for (size_t i = 0; i < l.n; i++) {
        qp_json_object(j);
        qp_json_put(j, "node", l.v[i].path);
        qp_json_put(j, "version", l.v[i].version);
        qp_json_put_int(j, "revision", (int64_t)l.v[i].revision);
        qp_json_put_time(j, "at", l.v[i].at_us);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
    qp_json_changes(j, "vain", f ? f->vain : NULL, QP_CHANGE_TIGHTER, false);
    qp_json_object_end(j);
    qp_in_force_release(f);
}

void qp_json_policy_of(struct qp_json *j, struct qp_read *r, const uint8_t node[QP_ID_LEN],
                       const struct qp_policy_layers *mine, struct qp_arena *a)
{
    struct qp_policy_state s;
    bool said = qp_policy_state(r->tables, r->store, node, a, &s);
    qp_json_key(j, "policy");
    qp_json_object(j);
    qp_json_put(j, "version", said && *s.version ? s.version : "0");
    qp_json_put_time(j, "since", said ? s.at_us : 0);
    qp_json_put_bool(j, "behind", qp_policy_behind(&s, mine));
    qp_json_object_end(j);
}
