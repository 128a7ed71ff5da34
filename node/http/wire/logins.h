/* logins.h: who is logged in: cookies that carry what they say, signed by this node, so that they outlive a
 * restart; and the list of those that were ended before their time, which is kept in a file.
 *
 *   kind 1 · issued 8 · id 16 · stamp 8 · 'u' NAME or 't' HASH · MAC 32      as base64url
 *
 * The MAC's key is derived from the node's own keys. The stamp is of the account's password as it was:
 * another password, and every session made with the one before is over. An account or token is looked at
 * again at each use. A one-time link is the same with another kind, and is ended by being used.
 *
 * Nothing renews a session but GET /api/v1/wall, and that of an account or token whose one right is to count: a wall stands where nobody
 * logs in each morning. One older than QP_WALL_RENEWED_S is answered with another of the same subject; the one before stands until
 * its own end, as calls of it are on their way. So a screen's cookie that was stolen lives on while it is used, and shows counts: all of
 * the account end with its password, its end, or "all others". A wall that was off for QP_SESSION_S is logged in anew by a person.
 *
 * The list holds an id until it would have ended anyway. Of one account at most QP_ENDED_EACH are kept apart;
 * with more, all sessions of that account issued so far are over. Safe from several threads. */
#ifndef QP_NODE_HTTP_WIRE_LOGINS_H
#define QP_NODE_HTTP_WIRE_LOGINS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "crypto/crypto.h"
#include "proto/limits.h"

enum {
    QP_SESSION_S = 12 * 3600,
    QP_WALL_RENEWED_S = 3 * 3600,
    QP_LINK_S = 24 * 3600, /* a one-time log-in link */
    QP_LOGIN_ID = 16,
    QP_LOGIN_STAMP = 8,
    QP_LOGIN_TEXT = 320,
    QP_ENDED_EACH = 64,
};

enum qp_login_kind { QP_LOGIN_COOKIE = 'S', QP_LOGIN_LINK = 'L' };
struct qp_login {
    enum qp_login_kind kind;
    int64_t issued_us; /* wall time */
    uint8_t id[QP_LOGIN_ID];
    uint8_t stamp[QP_LOGIN_STAMP]; /* of a user's password */
    char user[QP_NAME_BYTES + 1];  /* "" for a session made by a token's link */
    struct qp_hash token;          /* then: which token */
};

struct qp_logins {
    pthread_mutex_t lock;
    uint8_t key[QP_SEED_LEN];
    char path[512]; /* of the list; "": kept in memory only */
    struct qp_ended *ended;
    size_t n, cap;
    bool torn;                /* the file's last line may be half a line */
    _Atomic uint64_t endings; /* grows whenever a session, an account or a token may have ended */
};

/* key: 32 bytes that are the same after a restart; NULL: random. path NULL: no file. A damaged line of the
 * file is skipped; QP_EIO when it cannot be read at all, QP_ENOMEM. */
int qp_logins_open(struct qp_logins *s, const uint8_t *key, const char *path, int64_t now_us,
                   struct qp_err *e);
void qp_logins_close(struct qp_logins *s);

/* Fills id and issued_us, and prints it. */
void qp_login_print(struct qp_logins *s, struct qp_login *of, int64_t now_us, char text[QP_LOGIN_TEXT]);
/* QP_EAUTH with a sentence: not made here, too old, ended. The account is the caller's to look at. */
int qp_login_read(struct qp_logins *s, enum qp_login_kind kind, const char *text, int64_t now_us,
                  struct qp_login *out, struct qp_err *e);
/* QP_EAUTH when it was ended or is too old; of one that was read before. */
int qp_login_stands(struct qp_logins *s, const struct qp_login *of, int64_t now_us, struct qp_err *e);
/* Ends it, before this returns. QP_EEXISTS: it was over already (of two who end it, one sees this). QP_EIO:
 * it is over, but would be valid again after a restart, because the list could not be written. QP_ENOMEM: it
 * stands. */
int qp_login_end(struct qp_logins *s, const struct qp_login *of, int64_t now_us, struct qp_err *e);
/* Ends every session and link of the same account that was issued up to upto_us: now, or later where the clock was set back since. 0,
 * QP_EIO, QP_ENOMEM as above. */
int qp_logins_end(struct qp_logins *s, const struct qp_login *of, int64_t upto_us, int64_t now_us,
                  struct qp_err *e);
void qp_login_stamp(uint8_t stamp[QP_LOGIN_STAMP], const char *password_hash);

#endif
