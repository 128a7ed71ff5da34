/* refused.c: see refused.h. Called by all handlers. */
#include "node/http/shape/refused.h"

#include "node/http/shape/json_matter.h"

static bool about_the_state(int code)
{
    return code == QP_ESTEP || code == QP_ENOTHOLDER || code == QP_EVERSION;
}

void qp_json_fault(struct qp_json *j, const struct qp_fault *f, struct qp_call *c, struct qp_read *r,
                   const uint8_t *matter, bool line)
{
    Qp__Row *row;
    qp_json_error(j, qp_error_name(f->e.code), f->e.text, f->field);
    qp_json_key(j, "current");
    struct qp_arena *a = matter && r && about_the_state(f->e.code) ? qp_call_arena(c) : NULL;
    if (a && !qp_matter_read(r, matter, &row, a, NULL))
        qp_json_current(j, c->h, line ? NULL : r, row, &c->auth);
    else
        qp_json_null(j);
}

enum MHD_Result qp_answer_refused(struct qp_call *c, const struct qp_fault *f,
                                  const uint8_t matter[QP_ID_LEN])
{
    struct qp_json j = {0};
    struct qp_read r;
    bool reads = about_the_state(f->e.code) && !qp_read_begin(c->h->store, &r, NULL);
    qp_json_object(&j);
    qp_json_key(&j, "error");
    qp_json_object(&j);
    qp_json_fault(&j, f, c, reads ? &r : NULL, matter, false);
    qp_json_object_end(&j);
    qp_json_object_end(&j);
    if (reads)
        qp_read_end(&r);
    return qp_answer_json(c, (unsigned)qp_error_http(f->e.code), &j);
}

enum MHD_Result qp_answer_fault(struct qp_call *c, const struct qp_fault *f)
{
    return qp_answer_refused(c, f, NULL);
}

void qp_json_stands_begin(struct qp_json *j, const struct qp_fault *conflict)
{
    qp_json_object(j);
    if (!conflict)
        return;
    qp_json_key(j, "error");
    qp_json_object(j);
    qp_json_error(j, qp_error_name(conflict->e.code), conflict->e.text, conflict->field);
    qp_json_key(j, "current");
    qp_json_object(j);
}

void qp_json_stands_end(struct qp_json *j, const struct qp_fault *conflict)
{
    for (int open = conflict ? 3 : 1; open > 0; open--)
        qp_json_object_end(j);
}
