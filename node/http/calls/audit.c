/* audit.c: GET /api/v1/audit?who&what&from&to&node: the audit trail of this node and all below it, the newest first (DE3). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/core/audit.h"
#include "node/http/shape/json_history.h"
#include "node/http/calls/calls.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"

enum { LIMIT = 100, CURSOR = 2 * (8 + QP_EVENT_ID_LEN) + 1 };

static const char NAMES[] =
#define X(NAME, name, number, zh, en) ", " name
    QP_AUDITS(X);
#undef X

struct page {
    struct qp_json j;
    struct qp_read *r;
};

static int put(void *arg, const struct qp_audit_entry *x)
{
    struct page *p = arg;
    struct qp_json *j = &p->j;
    const Qp__Audited *a = x->audited;
    char id[27];
    if (a->matter.len == QP_ID_LEN)
        qp_id_text(id, a->matter.data);
    qp_json_object(j);
    qp_json_put_time(j, "at", x->event->at_us);
    qp_json_put_full(j, "who", x->event->by);
    qp_json_put(j, "what", qp_audit_name(a->what));
    qp_json_put_full(j, "on", a->matter.len == QP_ID_LEN ? id : a->on);
    qp_json_put(j, "from", qp_audit_from_name(a->from));
    qp_json_put_full(j, "purpose", a->purpose);
    qp_json_node_of(j, "node", p->r, x->event->origin);
    if (a->asked.len == QP_ID_LEN)
        qp_json_node_of(j, "asked_by", p->r, a->asked);
    if (a->times > 1)
        qp_json_put_int(j, "times", a->times);
    qp_json_object_end(j);
    return 0;
}

static void cursor_read(struct qp_query *q, struct qp_audit_query *a, const char *text)
{
    uint8_t b[8 + QP_EVENT_ID_LEN];
    if (!text || !*text)
        return;
    if (qp_unhex(b, sizeof b, text)) {
        qp_query_fault(q, QP_EINVAL, "cursor", "`cursor` is the `next_cursor` of the page before");
        return;
    }
    a->before_us = (int64_t)qp_rd64(b);
    memcpy(a->before, b + 8, QP_EVENT_ID_LEN);
}

static void read_query(struct qp_query *q, struct qp_audit_query *a)
{
    const char *what = qp_query_text(q, "what");
    a->who = qp_query_text(q, "who");
    a->path = qp_query_path(q, "node");
    a->what = what ? qp_audit_parse(what) : 0;
    if (what && !a->what)
        qp_query_fault(q, QP_EINVAL, "what", "`what` must be one of %s", NAMES + 2);
    qp_query_time(q, "from", &a->from_us);
    qp_query_time(q, "to", &a->to_us);
    a->limit = qp_query_limit(q, LIMIT);
    cursor_read(q, a, qp_query_text(q, "cursor"));
}

static void put_cursor(struct qp_json *j, const struct qp_audit_query *a)
{
    uint8_t b[8 + QP_EVENT_ID_LEN];
    char text[CURSOR];
    qp_be64(b, (uint64_t)a->last_us);
    memcpy(b + 8, a->last, QP_EVENT_ID_LEN);
    qp_hex(text, b, sizeof b);
    qp_json_put_full(j, "next_cursor", a->more ? text : "");
}

enum MHD_Result qp_audit_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_audit_query a = {0};
    struct qp_read r;
    struct page p = {.r = &r};
    qp_query_begin(&q, c, &f);
    read_query(&q, &a);
    int rc = qp_query_end(&q);
    if (!rc)
        rc = qp_read_begin(c->h->store, &r, &f.e);
    if (!rc) {
        qp_json_object(&p.j);
        qp_json_key(&p.j, "items");
        qp_json_array(&p.j);
        rc = qp_audit_list(&r, &a, put, &p, &f.e);
        qp_read_end(&r);
    }
    if (rc) {
        qp_json_drop(&p.j);
        return qp_answer_fault(c, &f);
    }
    qp_json_array_end(&p.j);
    put_cursor(&p.j, &a);
    qp_json_object_end(&p.j);
    return qp_answer_json(c, 200, &p.j);
}
