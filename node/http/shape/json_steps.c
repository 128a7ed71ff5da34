/* json_steps.c: see json_steps.h. Called for one matter at a time. */
#include "node/http/shape/json_steps.h"

#include <string.h>

#include "node/http/shape/desks.h"
#include "node/http/shape/unreached.h"
#include "proto/said.h"

void qp_ask_of(struct qp_step_ask *out, struct qp_http *h, const Qp__Row *row, const struct qp_asker *who)
{
    const Qp__Face *f = row->face;
    *out = (struct qp_step_ask){
        .may = {.row = row, .face = f, .self = h->self.node, .self_path = h->self.path, .who = who},
        .root = !qp_parent_of(h),
        .recovering = h->recovering,
        .new_here = row->opener_incarnation == h->self.incarnation && qp_id_is(f->opener, h->self.node),
    };
}

/* Where an offer of this step would go, as far as that is known before it is taken; "": not. */
static const char *goes_to(const struct qp_step *st, struct qp_http *h, const Qp__Face *f,
                           char parent[QP_PATH_MAX])
{
    switch ((enum qp_step_index)(st - qp_steps)) {
    case QP_STEP_INDEX_assist:
    case QP_STEP_INDEX_escalate:
    case QP_STEP_INDEX_transfer: return qp_parent_of(h) && qp_path_parent(parent, h->self.path) ? parent : "";
    case QP_STEP_INDEX_return: return f->came_from_path;
    default: return "";
    }
}

/* acts: whether he acts on this matter at all, which he may see by another role (DE2). */
static void put_step(struct qp_json *j, const struct qp_step *st, const struct qp_step_ask *ask, bool acts,
                     struct qp_http *h, struct qp_read *r)
{
    struct qp_why why;
    struct qp_unreached u;
    char parent[QP_PATH_MAX], zh[QP_SAID_ZH];
    bool allowed = !qp_step_may(ask, st, &why) && acts;
    if (!acts) {
        struct qp_err e;
        qp_own_only(&e, ask->may.who->by);
        qp_text_cut(why.en, sizeof why.en, e.text);
        qp_said_zh(e.text, zh);
        qp_text_cut(why.zh, sizeof why.zh, zh);
    }
    qp_json_object(j);
    qp_json_put(j, "step", st->name);
    qp_json_put_bool(j, "allowed", allowed);
    qp_json_put_full(j, "why", allowed ? "" : why.en);
    qp_json_put_full(j, "why_zh", allowed ? "" : why.zh);
    if (allowed && qp_unreached(h, r, goes_to(st, h, ask->may.face, parent), &u)) {
        qp_json_key(j, "warning");
        qp_json_unreached(j, &u, st->name);
    }
    qp_json_object_end(j);
}

void qp_json_steps(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Row *row,
                   const struct qp_auth *auth)
{
    struct qp_seat seat;
    struct qp_step_ask ask;
    if (qp_seat_of(&seat, auth, r))
        seat.who.n_desks = 0; /* shown as if he had none; the turn is asked again */
    bool acts = qp_own_acts(&auth->own, row);
    qp_ask_of(&ask, h, row, &seat.who);
    qp_json_key(j, "steps");
    qp_json_array(j);
    for (size_t i = 0; i < QP_STEPS_N; i++)
        put_step(j, &qp_steps[i], &ask, acts, h, r);
    qp_json_array_end(j);
}
