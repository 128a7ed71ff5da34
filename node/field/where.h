/* where.h: where people on duty are, as their phones said last (GR3). In memory alone: never in a journal, table or log, and
 * gone at once when somebody goes off duty, when his shift ends, or with the process.
 *
 *   phone ─► POST /duty/position ─► qp_where_put ─► the newest of each person
 *   DutySaid off (the turn), the shift's end (qp_where_purge, each round of the loop) ─► wiped
 *
 * Who takes a position has read before that its person is on duty, and the turn may say off in between, also before that is
 * committed and can be read. So each position names the version of the duty that was read, and the turn each that it says: a
 * position of an older one is not taken any more.
 *
 * Of a person who is on patrol it also holds the last thing that was heard of him and not journaled: in or out of his grid,
 * and when (GR4). Any thread; a mutex inside. */
#ifndef QP_NODE_FIELD_WHERE_H
#define QP_NODE_FIELD_WHERE_H

#include "crypto/error.h"
#include "proto/limits.h"
#include "topology/geo/shape.h"

enum { QP_WHERE_MOST = 8192 /* people of one node */ };

struct qp_where;
struct qp_where_one {
    char person[QP_NAME_BYTES + 1];
    struct qp_geo_point at;
    uint32_t accuracy_m; /* 0: not said */
    int64_t at_us;       /* when it was heard */
    int64_t until_us;    /* the end of the shift, or of the policy's time: gone then */
    uint64_t version;    /* of the duty that was read */
};
struct qp_where *qp_where_new(void); /* NULL: no memory */
void qp_where_free(struct qp_where *w);
/* The newest; one that is older by moments than what is there is left out (by more: the clock was set back). QP_ESTEP: his
 * duty was said anew since; read it again. QP_EBUSY: QP_WHERE_MOST are there. */
int qp_where_put(struct qp_where *w, const struct qp_where_one *one);
bool qp_where_get(struct qp_where *w, const char *person, int64_t now_us, struct qp_where_one *out);
/* The turn says his duty with this version: on until then, or off: until_us 0. */
void qp_where_said(struct qp_where *w, const char *person, uint64_t version, int64_t until_us);
void qp_where_unsaid(struct qp_where *w); /* the turn was aborted: the versions that it said are none */
void qp_where_purge(struct qp_where *w, int64_t now_us); /* whose shift is over */
size_t qp_where_count(struct qp_where *w);

/* What was heard of a person on patrol since the last mark that was journaled. at_us 0: nothing. */
struct qp_where_heard {
    int64_t at_us;
    bool off; /* he was outside of his grid, then or since that mark */
};
struct qp_where_heard qp_where_heard(struct qp_where *w, const char *person);
void qp_where_hear(struct qp_where *w, const char *person,
                   struct qp_where_heard h); /* at_us 0: it is journaled */

#endif
