/* walk.h: one JSON text walked member by member, with the line and the path of whatever is wrong in it. Private to
 * topology/policy/. json.c says what the members are; what it does not know is told by name and stepped over. */
#ifndef QP_TOPOLOGY_POLICY_WALK_H
#define QP_TOPOLOGY_POLICY_WALK_H

#include "proto/json_read.h"
#include "topology/policy/field.h"

struct qp_walk {
    struct qp_json_reader r;
    struct qp_policy_reading g;
    struct qp_err e;
    const char *counted; /* up to here the lines are counted */
    const char *group;   /* the object of a table's fields that is being read; NULL */
    int depth;
};

/* All give 0, or the code that ends the walk: JSON that is broken (in->e says how), or nested too deep (told). */
typedef int (*qp_walk_member)(struct qp_walk *in, void *arg, const char *key);
typedef int (*qp_walk_element)(struct qp_walk *in, void *arg);

/* The place of the next value. */
struct qp_policy_at qp_walk_here(struct qp_walk *in);
/* Goes on below `fmt` in the path; returns where to cut it again. */
size_t qp_walk_below(struct qp_walk *in, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A mistake of the member `name`, "" = of the value itself. */
void qp_walk_wrong(struct qp_walk *in, enum qp_mistake_kind kind, const char *name, const char *a,
                   const char *b);
/* Tells that the value is of another type than `wanted`, and steps over it. */
int qp_walk_wrong_type(struct qp_walk *in, const char *name, const char *wanted);
/* Tells that there is no such member, and steps over its value. */
int qp_walk_unknown(struct qp_walk *in, const char *key, const char *names);
/* One value as the text that qp_policy_put reads; *text NULL: it was wrong, told and stepped over. f NULL: a string. */
int qp_walk_value(struct qp_walk *in, const struct qp_policy_field *f, const char *name, char **text);
/* Each member once (null counts as absent); each element, with its place in the path. `shape`: how such an array is
 * written, for whoever gave something else. */
int qp_walk_object(struct qp_walk *in, const char *name, void *arg, qp_walk_member m);
int qp_walk_array(struct qp_walk *in, const char *name, const char *shape, void *arg, qp_walk_element e);
/* Steps over one value of any shape. */
int qp_walk_skip(struct qp_walk *in);

#endif
