/* audit.h: the audit trail: who did what that somebody may have to answer for (DE3). Each entry is an event about the
 * node where it happened; it goes up, so that superiors see it for all below them, and nobody can take it back.
 *
 *   the door, a turn ─► qp_audit_say ─► Audited ─► journal, QP_T_AUDIT here and at every node above
 */
#ifndef QP_NODE_CORE_AUDIT_H
#define QP_NODE_CORE_AUDIT_H

#include "node/core/core.h"
#include "proto/audit.h"

struct qp_audit_entry { /* one row, as it was said; as long as `each` has it */
    const Qp__Event *event;
    const Qp__Audited *audited;
};
struct qp_audit_query {
    const char *who;        /* NAME, or as in Event.by; NULL: everybody */
    unsigned what;          /* 0: all */
    const uint8_t *node;    /* 16; with `below` it and all below it; NULL: all that are known */
    const char *path;       /* of that node: below it as well; NULL: all */
    int64_t from_us, to_us; /* at in [from, to); to 0: no end */
    int64_t before_us;      /* of a further page: older than this entry, ... */
    uint8_t before[QP_EVENT_ID_LEN];
    size_t limit;
    int64_t last_us; /* out: where the next page begins */
    uint8_t last[QP_EVENT_ID_LEN];
    bool more;
};
enum { QP_AUDIT_LOOKED_AT = 50000 }; /* entries that one page looks at, at most: then it ends with `more` */
/* The newest first. `each` anything but 0 ends it, and is returned. Any thread. QP_EIO, QP_ECORRUPT, QP_ENOMEM. */
int qp_audit_list(struct qp_read *r, struct qp_audit_query *q,
                  int (*each)(void *arg, const struct qp_audit_entry *x), void *arg, struct qp_err *e);

#endif
