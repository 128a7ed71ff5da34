/* by_shape.h: a request's object read, and a message shown, by its shape (proto/shape.h): for steps and for
 * resources alike. */
#ifndef QP_NODE_HTTP_BY_SHAPE_H
#define QP_NODE_HTTP_BY_SHAPE_H

#include "node/http/shape/json_read.h"
#include "proto/shape.h"

/* The object's fields into a message of the shape's type (qp_shape_make), each held to its kind, bound and
 * need, in the order of the rows. The first fault sticks in `s`, as with the calls of json_read.h; what no row
 * names is left for qp_fields_end to refuse. */
void qp_shape_read(struct qp_fields *s, const struct qp_shape *shape, ProtobufCMessage *m);
/* Refuses a time of the kind UNTIL that is not ahead of now_us: asked once it is known when the whole is said
 * to have happened. */
void qp_shape_check_ahead(struct qp_fields *s, const struct qp_shape *shape, const ProtobufCMessage *m,
                          int64_t now_us);
/* The members of an object that the rows show, in their order, without the braces; the note is not among
 * them. What lies in a message inside is an object of its own, null when that is not there. */
void qp_shape_put(struct qp_json *j, const struct qp_shape *shape, const ProtobufCMessage *m);
/* The rows whose members lie in messages of the type of m, as one object; null when m is NULL. For a message
 * that also stands elsewhere, as a visit does in a matter. */
void qp_shape_put_inside(struct qp_json *j, const struct qp_shape *shape, const ProtobufCMessage *m);

#endif
