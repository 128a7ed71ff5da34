/* query.h: the arguments behind the `?`, each asked for by name; what was not asked for is refused by name.
 */
#ifndef QP_NODE_HTTP_QUERY_H
#define QP_NODE_HTTP_QUERY_H

#include "node/http/wire/inside.h"

struct qp_query {
    struct qp_call *c;
    struct qp_fault *f;
    const char *asked[32];
    size_t nasked;
    const char *only; /* names with blanks between them, beside those asked for; may be NULL */
    const char *seen[32];
    size_t nseen;
};

void qp_query_begin(struct qp_query *q, struct qp_call *c, struct qp_fault *f);
const char *qp_query_text(struct qp_query *q, const char *name); /* NULL when absent */
const char *qp_query_path(struct qp_query *q, const char *name); /* "" counts as absent */
int qp_query_bool(struct qp_query *q, const char *name);         /* -1 when absent */
bool qp_query_time(struct qp_query *q, const char *name,
                   int64_t *at_us); /* in the tree's zone; false when absent */
/* A whole number, digits alone; `usual` where it is absent. */
long qp_query_whole(struct qp_query *q, const char *name, long least, long most, long usual);
/* `limit`: how many on a page, 1 to QP_LIST_MOST; `usual` where it is absent. */
size_t qp_query_limit(struct qp_query *q, size_t usual);
int qp_query_fault(struct qp_query *q, int code, const char *field, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Refuses what was not asked for, what is given twice, and what holds a NUL. */
int qp_query_end(struct qp_query *q);
/* The same for a call that looks for its arguments itself: `names` are all that it has. */
int qp_query_only(struct qp_call *c, const char *names, struct qp_fault *f);

#endif
