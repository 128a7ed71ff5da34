/* bounds.h: the rule that each field of each message is held to; the table is in rules.c.
 *
 * Used by qp_decode and qp_check, and by the tests, which drive every field over its bound. */
#ifndef QP_PROTO_BOUNDS_H
#define QP_PROTO_BOUNDS_H

#include "proto/codec.h"

enum qp_rule_kind {
    QP_RULE_FREE,    /* a flag, a word of a list, a random number: any value; whoever reads it judges it */
    QP_RULE_COUNT,   /* what is counted on from: at most QP_COUNT_MOST, of 32 bits QP_COUNT32_MOST */
    QP_RULE_SPAN,    /* microseconds by anybody's clock, right or wrong: two of them can be subtracted */
    QP_RULE_DEGREES, /* of a latitude or a longitude: a number, within a turn */
    QP_RULE_DAY,     /* days since 1970, between 1900 and 2200 */
    QP_RULE_TIME,    /* microseconds since 1970, between 1900 and 2200 */
    QP_RULE_TEXT,    /* at most `most` bytes of UTF-8 */
    QP_RULE_BYTES,   /* at most `most` bytes */
    QP_RULE_EXACT,   /* `most` bytes; none only where not `must` */
    QP_RULE_MESSAGE, /* held to `sub` */
};

/* One more can always be counted, and every reader of JSON holds the number exactly (RFC 8259, 6). */
#define QP_COUNT_MOST   ((UINT64_C(1) << 53) - 1)
#define QP_COUNT32_MOST ((UINT32_C(1) << 31) - 1)

struct qp_rule {
    const char *name; /* the field's, as in the .proto */
    enum qp_rule_kind kind;
    bool must;                  /* text, bytes: not empty; message: there */
    uint32_t most;              /* bytes (of each element, when repeated) */
    uint32_t count;             /* of a repeated field's elements; 0: not repeated */
    const struct qp_rules *sub; /* a message's own rules */
};

/* One message type. `fields` has the order of the type's descriptor: by field number. */
struct qp_rules {
    const ProtobufCMessageDescriptor *type;
    uint32_t bytes; /* the whole message encoded */
    uint32_t n;
    const struct qp_rule *fields;
};

/* Never NULL: asserts that the type is one of proto/. */
const struct qp_rules *qp_rules_of(const ProtobufCMessageDescriptor *type);
/* Type i of the table, NULL past its end. */
const struct qp_rules *qp_rules_at(size_t i);
/* The fields alone, without the encoded size: what is left to check after a decode. QP_EINVAL names the field. */
int qp_rules_check(const struct qp_rules *r, const ProtobufCMessage *m, struct qp_err *e);

#endif
