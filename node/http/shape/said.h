/* said.h: what a caller of /open311 and of /r says: the arguments behind the `?` and the fields of a form, urlencoded
 * or in parts, as one list. */
#ifndef QP_NODE_HTTP_SHAPE_SAID_H
#define QP_NODE_HTTP_SHAPE_SAID_H

#include "node/http/wire/inside.h"

enum { QP_SAID_FIELDS = 96, QP_SAID_BYTES = 256 * 1024 /* of all names and texts */ };
struct qp_sent_form {
    size_t bytes;          /* of all names and texts so far */
    size_t last_len, room; /* of the text that came last; what its place holds */
    struct {
        char *name, *value; /* UTF-8 without NUL, in the call's arena */
    } v[QP_SAID_FIELDS];
    size_t n;
    size_t files; /* parts that were files: their bytes are not kept */
    struct qp_call *c;
    struct qp_fault *f;
};

/* A form in parts is read as it comes (qp_call_in_parts): names and texts are kept, a file's bytes never. False: it is too big, or
 * there is no memory for it. */
bool qp_said_parts(struct qp_call *c, const char *data, size_t len);
void qp_said_parts_drop(struct qp_call *c); /* with the call, before its arena */
/* 0, or the fault: not a form, more fields than there may be, not UTF-8, no memory. */
int qp_said_read(struct qp_sent_form *form, struct qp_call *c, struct qp_fault *f);
/* The body's fields as the object that JSON would have said: `lat`, `lon` and `crs` are its location, `reporter.name` and so on its
 * reporter; an empty one is none. What was not a form: as above, in f. Never NULL but without memory. */
json_t *qp_said_object(struct qp_call *c, struct qp_fault *f);
/* The last one of this name; NULL when absent or empty, which is the same. */
const char *qp_said_get(const struct qp_sent_form *form, const char *name);

#endif
