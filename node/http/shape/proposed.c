/* proposed.c: see proposed.h. */
#include "node/http/shape/proposed.h"

#include <stdio.h>
#include <string.h>

#include "node/http/shape/desks.h"
#include "node/matter/face.h"

struct fitting {
    const struct qp_policy *policy;
    const Qp__Face *face;
    char *desk;
    int best;
};

static void fit(void *arg, const Qp__DeskMade *desk)
{
    struct fitting *f = arg;
    int n = qp_duty_fits(desk, f->policy, f->face->category, f->face->area);
    if (n <= f->best)
        return;
    f->best = n;
    snprintf(f->desk, QP_NAME_BYTES + 1, "%s", desk->code);
}

int qp_desk_proposed(struct qp_read *r, const struct qp_policy *policy, const Qp__Face *f,
                     char desk[QP_NAME_BYTES + 1], const char **by)
{
    const char *category = qp_proposed_desk(policy, f->category);
    struct fitting fitting = {policy, f, desk, 0};
    desk[0] = '\0';
    int rc = qp_desks_each(r, fit, &fitting);
    *by = fitting.best ? "duty" : *category ? "category" : "";
    if (!fitting.best)
        snprintf(desk, QP_NAME_BYTES + 1, "%s", category);
    return rc;
}

void qp_json_proposed(struct qp_json *j, struct qp_http *h, struct qp_read *r, const Qp__Face *f,
                      const struct qp_policy *policy, struct qp_arena *a)
{
    bool sorts = strcmp(f->holder_path, h->self.path) == 0 && qp_face_unassigned(f);
    char desk[QP_NAME_BYTES + 1] = "";
    const char *by = "";
    struct qp_resource_row row;
    qp_json_key(j, "desk_proposed");
    if (!sorts || qp_desk_proposed(r, policy, f, desk, &by) || !*desk) {
        qp_json_null(j);
        return;
    }
    bool here = !qp_resource_read(r, &qp_resources[QP_RESOURCE_DESK], desk, a, &row);
    qp_json_object(j);
    qp_json_put(j, "desk", desk);
    qp_json_put_full(j, "title", here ? ((const Qp__DeskMade *)row.made)->title : "");
    qp_json_put(j, "by", by);
    qp_json_object_end(j);
}
