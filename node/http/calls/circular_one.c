/* circular_one.c: one circular from the tables, and as JSON. Called by the other files of circulars. */
#include "node/http/calls/circulars.h"
#include "node/http/shape/refused.h"

int qp_circular_unknown(struct qp_fault *f)
{
    return qp_fault_set(f, QP_ENOTFOUND, "", "no circular with this id is known here");
}

void qp_circular_bare(const struct qp_auth *auth, Qp__CircularHead *head)
{
    if (auth->rights & (QP_RIGHT_READ | QP_RIGHT_ADMIN))
        return;
    head->by = (char *)protobuf_c_empty_string;
    for (size_t i = 0; i < head->n_words; i++)
        head->words[i]->by = (char *)protobuf_c_empty_string;
}

/* ---- one ---- */

int qp_circular_load(struct qp_call *c, struct qp_read *r, const uint8_t id[QP_ID_LEN],
                     struct qp_circular_loaded *out, struct qp_fault *f)
{
    struct qp_arena *a = qp_call_arena(c);
    if (!a)
        return qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    int rc = qp_circular_head(r->tables, r->store, id, a, &out->head, &f->e);
    if (rc == QP_ENOTFOUND)
        return qp_circular_unknown(f);
    if (!rc)
        qp_circular_bare(&c->auth, out->head);
    return rc ? rc : qp_circular_body_read(r->tables, r->store, out->head, a, &out->body, &f->e);
}

enum MHD_Result qp_circular_answer(struct qp_call *c, unsigned status, const uint8_t id[QP_ID_LEN])
{
    struct qp_fault f = {.field = ""};
    struct qp_read r;
    struct qp_json j = {0};
    struct qp_circular_loaded x;
    int rc = qp_read_begin(c->h->store, &r, &f.e);
    if (rc)
        return qp_answer_fault(c, &f);
    rc = qp_circular_load(c, &r, id, &x, &f);
    if (!rc) {
        qp_json_object(&j);
        qp_json_circular(&j, x.head, x.body, c->h->zone, &r);
        qp_json_object_end(&j);
    }
    qp_read_end(&r);
    return rc ? qp_answer_fault(c, &f) : qp_answer_json(c, status, &j);
}

/* ---- a 409 shows what stands ---- */

/* What `if_version` of the next one is held against. */
static void put_number(struct qp_json *j, struct qp_call *c, struct qp_read *r)
{
    qp_json_key(j, "number");
    qp_json_uint(j, qp_circular_last(r->tables, r->store, c->h->self.node));
}

enum MHD_Result qp_circular_refused(struct qp_call *c, const struct qp_fault *f, const uint8_t *id)
{
    Qp__CircularHead *h = NULL;
    struct qp_json j = {0};
    struct qp_read r;
    struct qp_arena *a = qp_call_arena(c);
    if ((f->e.code != QP_EVERSION && f->e.code != QP_ESTEP) || !a || qp_read_begin(c->h->store, &r, NULL))
        return qp_answer_fault(c, f);
    int rc = id ? qp_circular_head(r.tables, r.store, id, a, &h, NULL) : 0;
    if (!rc) {
        qp_json_stands_begin(&j, f);
        if (h)
            qp_circular_bare(&c->auth, h);
        if (h)
            qp_json_circular_head(&j, h, c->h->zone, &r);
        else
            put_number(&j, c, &r);
        qp_json_stands_end(&j, f);
    }
    qp_read_end(&r);
    return rc ? qp_answer_fault(c, f) : qp_answer_json(c, (unsigned)qp_error_http(f->e.code), &j);
}
