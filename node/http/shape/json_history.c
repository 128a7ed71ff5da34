/* json_history.c: see json_history.h. */
#include "node/http/shape/json_history.h"

#include <stdio.h>

#include "node/http/shape/by_shape.h"
#include "node/http/shape/files.h"
#include "proto/steps.h"

void qp_event_text(char out[64], const Qp__Event *ev)
{
    char node[27] = "?";
    if (ev->origin.len == QP_ID_LEN)
        qp_id_text(node, ev->origin.data);
    snprintf(out, 64, "%s-%u-%llu", node, ev->incarnation, (unsigned long long)ev->counter);
}

/* What an event says beside its note. */
static void put_detail(struct qp_json *j, const Qp__Event *ev)
{
    const struct qp_step *st = qp_step_of(ev);
    if (st)
        qp_shape_put(j, &st->shape, qp_step_body(st, ev));
}

void qp_json_node_of(struct qp_json *j, const char *name, struct qp_read *r, ProtobufCBinaryData id)
{
    struct qp_node_entry n;
    qp_json_key(j, name);
    if (id.len == QP_ID_LEN && !qp_node_by_id(r, id.data, &n))
        qp_json_text(j, n.path);
    else
        qp_json_id(j, id.data, id.len);
}

void qp_json_history_line(struct qp_json *j, struct qp_read *r, const struct qp_history *h)
{
    const Qp__Event *ev = h->event;
    char text[64];
    qp_event_text(text, ev);
    qp_json_object(j);
    qp_json_put(j, "event", text);
    qp_json_put(j, "type", qp_event_name((int)ev->body_case));
    qp_json_put_time(j, "at", ev->at_us);
    qp_json_put_full(j, "by", ev->by);
    if (*ev->desk)
        qp_json_put(j, "by_desk", ev->desk);
    if (*ev->key)
        qp_json_put(j, "key", ev->key);
    if (ev->at_us - h->received_us > QP_CLOCK_AHEAD_US)
        qp_json_put_int(j, "ahead_s", (ev->at_us - h->received_us) / 1000000);
    qp_json_node_of(j, "node", r, ev->origin);
    qp_json_key(j, "custody");
    qp_json_uint(j, ev->custody);
    qp_json_key(j, "version");
    qp_json_uint(j, ev->version);
    qp_json_put_full(j, "note", qp_event_words(ev));
    put_detail(j, ev);
    qp_files_put_event(j, ev);
    qp_json_key(j, "parcel");
    qp_json_hex(j, h->parcel.b, QP_HASH_LEN);
    qp_json_put(j, "signature",
                "valid"); /* checked when it came; the journal's hashes were checked just now */
    qp_json_object_end(j);
}
