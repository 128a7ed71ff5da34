/* seen.h: which sessions were used here since the node's start, when and by what browser: what a person is shown of his own. In
 * memory alone: a session is what its cookie says (logins.h), and one that was not used since the start is not in here, though
 * it stands. Where more are in use than find room, those go that were used the longest ago. Safe from several threads. */
#ifndef QP_NODE_HTTP_WIRE_SEEN_H
#define QP_NODE_HTTP_WIRE_SEEN_H

#include "node/http/wire/logins.h"

enum {
    QP_SEEN_SETS = 256,
    QP_SEEN_WAYS = 4, /* sessions of a set, found by the first byte of their id, which is random */
    QP_SEEN_AGENT = 160,
    QP_SEEN_MOST = 256 /* of one account, that are told */
};

struct qp_seen_session {
    struct qp_login login;
    int64_t used_us;               /* wall time; 0: no session */
    char agent[QP_SEEN_AGENT + 1]; /* as the browser calls itself, printable ASCII */
};
struct qp_seen {
    pthread_mutex_t lock;
    struct qp_seen_session v[QP_SEEN_SETS][QP_SEEN_WAYS];
};

void qp_seen_open(struct qp_seen *s); /* of memory that is zero */
void qp_seen_close(struct qp_seen *s);
/* agent: NULL: it says none. */
void qp_seen_note(struct qp_seen *s, const struct qp_login *of, const char *agent, int64_t now_us);
/* Those of the same account (or token's link) as `of`, into out, which has room for `cap`: how many, the newest use first. */
size_t qp_seen_list(struct qp_seen *s, const struct qp_login *of, struct qp_seen_session *out, size_t cap);
/* The one with this id of the same account: false where there is none. */
bool qp_seen_find(struct qp_seen *s, const struct qp_login *of, const uint8_t id[QP_LOGIN_ID],
                  struct qp_login *out);

#endif
