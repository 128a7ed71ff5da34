/* desks.h: the desks of this node that stand, and of which of them somebody is a member (DE1). Called by /me, by the steps and
 * by what a report would become. Whether one is at work: by the calendar that it names. */
#ifndef QP_NODE_HTTP_SHAPE_DESKS_H
#define QP_NODE_HTTP_SHAPE_DESKS_H

#include "node/http/wire/inside.h"
#include "node/matter/may.h"

/* "desks": those that stand and have him as a member; "grids": those of this node that name him, worker or deputy. Null
 * where they cannot be read; "" is nobody. */
void qp_json_hands(struct qp_json *j, struct qp_http *h, struct qp_read *r, const char *name);

/* Who asks, as the turn asks about him, with the desks that he is a member of, whatever his roles: the first QP_SEAT_DESKS. */
enum { QP_SEAT_DESKS = 32 };
struct qp_seat {
    struct qp_asker who;
    const char *desks[QP_SEAT_DESKS];
    char name[QP_SEAT_DESKS][QP_NAME_BYTES + 1];
};
/* Whether he can be a member of desks: an account. A dispatcher who is one takes what lies with his desk as its others do (DE4). */
bool qp_auth_has_desks(const struct qp_auth *auth);
/* Borrows from the auth. Errors as of qp_desks_each: his desks are not known then, and who decides by them refuses. */
int qp_seat_of(struct qp_seat *out, const struct qp_auth *auth, struct qp_read *r);

/* How a desk's own calendar stands at that time, by the policy in force here. */
struct qp_desk_hours {
    bool known; /* false: it names none, or one that no policy in force has */
    bool open;
    int64_t opens_us; /* when it is not: QP_NEVER_US where it never is */
};
void qp_desk_hours(struct qp_http *h, const char *calendar, int64_t at_us, struct qp_desk_hours *out);

#endif
