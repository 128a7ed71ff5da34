/* foresee.c: see foresee.h. Called by matters.c, with the draft as the turn would get it.
 *
 *   face ─► area known, not revoked ─► holder: this node; offered: down to the area at once
 *        ─► urgency: as given, or the category's where that is higher
 *        ─► desk: as given, else a desk here whose duty it is, else the category's (core/proposed.h)
 *        ─► clocks of an opening now, by the policy in force
 *        ─► open matters of the category, near by or of much the same text
 */
#include "node/http/calls/foresee.h"

#include <string.h>

#include "node/http/shape/json_clocks.h"
#include "node/http/shape/proposed.h"
#include "node/http/shape/refused.h"
#include "node/http/shape/unreached.h"
#include "node/matter/clocks.h"

struct foresight {
    struct qp_call *c;
    struct qp_read r;
    Qp__Face *face;
    bool down;   /* the area lies below: it is offered there at once */
    bool stated; /* its time is stated: nothing is added to it */
    const char *urgency_by;
    const char *desk, *desk_by;
    struct qp_in_force *policy;
    int64_t now_us;
    struct qp_arena *a;
};

/* What the turn would refuse (node/core/step.c). */
static int find_area(struct foresight *x, struct qp_fault *f)
{
    struct qp_node_entry n;
    const char *self = x->c->h->self.path, *area = x->face->area;
    x->down = *area && strcmp(area, self) != 0;
    if (!x->down) {
        x->face->area = x->c->h->self.path;
        return 0;
    }
    int rc = qp_node_by_path(&x->r, area, &n);
    if (rc == QP_ENOTFOUND)
        return qp_fault_set(f, QP_EPOLICY, "area", "there is no node %s; name the nearest one above it",
                            area);
    if (rc)
        return qp_fault_set(f, rc, "", "the tree cannot be read; qipan doctor says more");
    if (n.revoked)
        return qp_fault_set(f, QP_EPOLICY, "area",
                            "%s is revoked; invite it again, or name the nearest node above it", area);
    if (atomic_load(&x->c->h->recovering))
        return qp_fault_set(f, QP_ERECOVER, "",
                            "this node has joined again and offers nothing until its neighbours have handed "
                            "back its records");
    return 0;
}

static int hold(struct foresight *x, struct qp_fault *f)
{
    const struct qp_cert *self = &x->c->h->self;
    Qp__Face *face = x->face;
    ProtobufCBinaryData *members = qp_arena_take(x->a, sizeof *members);
    ProtobufCBinaryData id = {QP_ID_LEN, qp_arena_copy(x->a, self->node, QP_ID_LEN)};
    face->holder_path = qp_arena_text(x->a, self->path);
    if (!members || !id.data || !face->holder_path)
        return qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    members[0] = face->holder = face->opener = id;
    face->members = members;
    face->n_members = 1;
    face->opened_us = x->now_us;
    face->state = QP_OPEN;
    return 0;
}

/* ---- what is added to it (core/proposed.h) ---- */

static const struct qp_policy *policy_of(const struct foresight *x)
{
    return x->policy ? x->policy->policy : NULL;
}

static void choose_urgency(struct foresight *x)
{
    uint32_t given = x->face->urgency;
    uint32_t is = qp_proposed_urgency(x->stated ? NULL : policy_of(x), x->face->category, given);
    x->urgency_by = given == is ? "given" : is > QP_ROUTINE ? "category" : "";
    x->face->urgency = is;
}

static int choose_desk(struct foresight *x, struct qp_fault *f)
{
    char desk[QP_NAME_BYTES + 1] = "";
    x->desk = x->face->desk;
    x->desk_by = *x->desk ? "given" : "";
    if (*x->desk || x->down || x->stated) /* what is offered down gets its desk there */
        return 0;
    int rc = qp_desk_proposed(&x->r, policy_of(x), x->face, desk, &x->desk_by);
    x->desk = qp_arena_text(x->a, desk);
    return rc || !x->desk ? qp_fault_set(f, rc ? rc : QP_ENOMEM, "",
                                         "the desks cannot be read; try again, and see `qipan doctor`")
                          : 0;
}

/* ---- the answer ---- */

static void put_offered(struct qp_json *j, struct foresight *x)
{
    struct qp_unreached u;
    qp_json_key(j, "offered");
    if (!x->down) {
        qp_json_null(j);
        return;
    }
    qp_json_object(j);
    qp_json_put(j, "to", x->face->area);
    qp_json_put(j, "kind", "dispatch");
    qp_json_object_end(j);
    if (qp_unreached(x->c->h, &x->r, x->face->area, &u)) {
        qp_json_key(j, "warnings");
        qp_json_array(j);
        qp_json_unreached(j, &u, "area");
        qp_json_array_end(j);
    }
}

static void put_desk(struct qp_json *j, struct foresight *x)
{
    struct qp_resource_row row;
    bool here = *x->desk && !qp_resource_read(&x->r, &qp_resources[QP_RESOURCE_DESK], x->desk, x->a, &row);
    qp_json_put_full(j, "desk", x->desk);
    qp_json_put_full(j, "desk_title", here ? ((const Qp__DeskMade *)row.made)->title : "");
    qp_json_put_full(j, "desk_by", x->desk_by);
}

static int put_similar(struct qp_json *j, struct foresight *x, struct qp_err *e)
{
    const Qp__Face *f = x->face;
    struct qp_similar *found = qp_arena_take(x->a, QP_SIMILAR_MOST * sizeof *found);
    struct qp_similar_query q = {.category = f->category, .text = f->title, .located = f->location};
    q.sees = qp_seer_of(&x->c->auth);
    q.seer = &x->c->auth;
    if (f->location) {
        q.lat = f->location->lat;
        q.lon = f->location->lon;
    }
    qp_similar_name(&q, policy_of(x));
    long n = found ? qp_matter_similar(&x->r, &q, found, e) : qp_fail(e, QP_ENOMEM, "out of memory");
    qp_json_key(j, "duplicates");
    qp_json_array(j);
    for (long i = 0; found && i < n; i++)
        qp_json_similar(j, &found[i]);
    qp_json_array_end(j);
    return found && n >= 0 ? 0 : e->code;
}

static int put_all(struct qp_json *j, struct foresight *x, struct qp_err *e)
{
    Qp__Row row = QP__ROW__INIT;
    row.face = x->face;
    qp_json_object(j);
    qp_json_put_bool(j, "dry_run", true);
    qp_json_put(j, "holder", x->face->holder_path);
    qp_json_put(j, "area", x->face->area);
    qp_json_put_full(j, "grid", x->face->grid);
    put_offered(j, x);
    qp_json_put(j, "urgency", qp_urgency_name(x->face->urgency));
    qp_json_put_full(j, "urgency_by", x->urgency_by);
    put_desk(j, x);
    qp_json_clocks(j, &x->r, &row, NULL, 0, x->policy, x->now_us, x->a);
    qp_json_put_time(j, "deadline", x->face->deadline_us);
    int rc = put_similar(j, x, e);
    qp_json_object_end(j);
    return rc;
}

enum MHD_Result qp_answer_foreseen(struct qp_call *c, Qp__Face *face, bool stated)
{
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    struct foresight x = {
        .c = c, .face = face, .stated = stated, .now_us = qp_wall_us(), .a = qp_call_arena(c)};
    int rc = x.a ? qp_read_begin(c->h->store, &x.r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (rc)
        return qp_answer_fault(c, &f);
    x.policy = qp_core_policy_hold(c->h->core);
    rc = find_area(&x, &f);
    if (!rc)
        rc = hold(&x, &f);
    if (!rc)
        choose_urgency(&x);
    if (!rc)
        rc = qp_clocks_foresee(x.policy, face, x.now_us, x.a, &f.e);
    if (!rc)
        rc = choose_desk(&x, &f);
    if (!rc)
        rc = put_all(&j, &x, &f.e);
    qp_read_end(&x.r);
    qp_in_force_release(x.policy);
    if (!rc)
        return qp_answer_json(c, 200, &j);
    qp_json_drop(&j);
    return qp_answer_fault(c, &f);
}
