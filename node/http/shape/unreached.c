/* unreached.c: see unreached.h. Called for one matter at a time. */
#include "node/http/shape/unreached.h"

#include <stdio.h>
#include <string.h>

#include "node/http/shape/link_view.h"

/* The node of the first link on the way to a place below. */
static bool child_above(struct qp_http *h, struct qp_read *r, const char *to, struct qp_node_entry *child)
{
    size_t len = strlen(h->self.path) + 1;
    char path[QP_PATH_MAX];
    snprintf(path, sizeof path, "%.*s", (int)(len + strcspn(to + len, "/")), to);
    return !qp_node_by_path(r, path, child);
}

bool qp_unreached(struct qp_http *h, struct qp_read *r, const char *to, struct qp_unreached *out)
{
    struct qp_link_status s;
    struct qp_node_entry child;
    *out = (struct qp_unreached){.above = !qp_path_within(to, h->self.path)};
    if (!h->wire || !*to || strcmp(to, h->self.path) == 0)
        return false;
    const uint8_t *hop = qp_parent_of(h);
    if (!out->above)
        hop = child_above(h, r, to, &child) ? child.node : NULL;
    if (!hop || (out->above && !qp_path_parent(out->path, h->self.path)))
        return false;
    if (!out->above)
        snprintf(out->path, sizeof out->path, "%s", child.path);
    bool known = qp_wire_link(h->wire, hop, &s);
    if (known && s.state != QP_LINK_CUT)
        return false;
    if (known)
        qp_link_recall(&s, 1, h, r);
    out->since_us = known ? s.last_heard_us : 0;
    return true;
}

void qp_json_unreached(struct qp_json *j, const struct qp_unreached *u, const char *field)
{
    char en[QP_PATH_MAX + 200], zh[QP_PATH_MAX + 200];
    bool asks = strcmp(field, "assist") == 0;
    snprintf(en, sizeof en,
             asks ? "%s is not heard: what is asked by way of it waits here until it is, and you go on acting"
                  : "%s is not heard: what is offered by way of it waits here, and until it answers only "
                    "progress and comments are possible",
             u->path);
    snprintf(zh, sizeof zh,
             asks ? "收不到 %s：协办请求停在本地，待恢复后送达；其间可继续办理"
                  : "收不到 %s：经由它提交的事项停在本地，对方答复前只能记录进展和评论",
             u->path);
    qp_json_object(j);
    qp_json_put(j, "code", u->above ? "parent_cut" : "child_cut");
    qp_json_put(j, "field", field);
    qp_json_put(j, "path", u->path);
    qp_json_put_time(j, "since", u->since_us);
    qp_json_put(j, "message", en);
    qp_json_put(j, "message_zh", zh);
    qp_json_object_end(j);
}
