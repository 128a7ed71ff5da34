/* bare.c: see bare.h. */
#include "node/http/shape/bare.h"

void qp_json_bare(struct qp_json *j, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    qp_json_key(j, "id");
    qp_json_id(j, f->id.data, f->id.len);
    qp_json_put(j, "category", f->category);
    qp_json_put(j, "source", f->source);
    qp_json_put(j, "area", f->area);
    qp_json_put(j, "urgency", qp_urgency_name(f->urgency));
    if (f->exercise)
        qp_json_put_bool(j, "exercise", true);
    qp_json_put(j, "state", qp_state_name(f->state));
    qp_json_put_int(j, "step", qp_step_number(f));
    if (f->offer) {
        qp_json_key(j, "offered");
        qp_json_object(j);
        qp_json_put(j, "to", f->offer->to_path);
        qp_json_put(j, "kind", qp_kind_name(f->offer->kind));
        qp_json_put_time(j, "since", f->offer->since_us);
        qp_json_object_end(j);
    }
    qp_json_put(j, "holder", f->holder_path);
    qp_json_key(j, "custody");
    qp_json_uint(j, f->custody);
    qp_json_key(j, "version");
    qp_json_uint(j, f->version);
    qp_json_put_full(j, "desk", f->desk);
    qp_json_put_int(j, "redo", f->redo);
    qp_json_put_time(j, "deadline", f->deadline_us);
    qp_json_put_bool(j, "overdue", row->overdue);
    qp_json_put_time(j, "opened_at", f->opened_us);
    qp_json_put_time(j, "updated_at", f->updated_us);
    qp_json_put_time(j, "closed_at", f->closed_us);
}
