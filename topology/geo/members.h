/* members.h: the members of JSON objects that a reading wants, found by passing over the rest. Inside of this folder
 * only. */
#ifndef QP_TOPOLOGY_GEO_MEMBERS_H
#define QP_TOPOLOGY_GEO_MEMBERS_H

#include "proto/json_read.h"

/* A value as it stands in the text: [from, end); from NULL: absent. */
struct qp_member {
    const char *name;
    const char *from, *end;
};

/* Why a text cannot be passed over. */
enum qp_json_pass { QP_PASSED, QP_PASS_SYNTAX, QP_PASS_DEEP, QP_PASS_TWICE };

/* Passes over one value of at most `depth` levels and checks that it is JSON. On QP_PASS_SYNTAX j->e has the sentence
 * with line and column. */
enum qp_json_pass qp_pass_value(struct qp_json_reader *j, int depth);
/* Passes over an object and notes where the values of the named members stand. QP_PASS_TWICE: one of those is there
 * twice; its name in *twice. `other`, if any, hears the names of the others. */
enum qp_json_pass qp_pass_object(struct qp_json_reader *j, struct qp_member *wanted, size_t n, int depth,
                                 void (*other)(void *arg, const char *name), void *arg, const char **twice);
/* A reader of just this value. */
struct qp_json_reader qp_member_reader(const struct qp_json_reader *j, const struct qp_member *m);

#endif
