/* fault.c: the errors document of /open311 (OP3). */
#include "node/http/open311/inside.h"

/* 404 what is not there, 403 the key, what is about this node's state as it is, 400 all else. */
static unsigned status_of(int code)
{
    int http = qp_error_http(code);
    if (http == 401)
        return 403;
    return http == 403 || http == 404 || http == 413 || http == 429 || http >= 500 ? (unsigned)http : 400;
}

enum MHD_Result qp_o3_fault(struct qp_o3 *o, unsigned status)
{
    return qp_doc_fault(o->c, o->xml, status ? status : status_of(o->f.e.code), o->f.e.text);
}
