/* error.h: the one list of errors, and the sentence that travels with one.
 *
 * 0 is success. A function that can fail takes a `struct qp_err *` as its last argument (may be NULL),
 * returns the code, and leaves there one sentence that names the place and the remedy. The lowest layer that
 * knows both writes it; those above pass it on unchanged. Programmer errors are asserts, never codes.
 * Corruption (QP_ECORRUPT) and disk errors (QP_EIO) mean: stop serving, say so, exit non-zero (shared rule: a
 * failed fsync is never tried again). */
#ifndef QP_CRYPTO_ERROR_H
#define QP_CRYPTO_ERROR_H

/* X(name, value, http status, api code): the http column is used by node/http, the exit codes by node/cli */
#define QP_ERRORS(X)                                                                                         \
    X(QP_OK, 0, 200, "ok")                                                                                   \
    X(QP_EINVAL, 1, 400, "malformed") /* names the field; text: line and column */                           \
    X(QP_EAUTH, 2, 401, "unauthenticated")                                                                   \
    X(QP_EDENIED, 3, 403, "denied") /* says which right is missing */                                        \
    X(QP_ENOTFOUND, 4, 404, "not_found")                                                                     \
    X(QP_ESTEP, 5, 409, "illegal_step")        /* says the state and what is possible */                     \
    X(QP_ENOTHOLDER, 6, 409, "not_holder")     /* another node answers for the matter */                     \
    X(QP_EVERSION, 7, 409, "version_conflict") /* if_version did not match */                                \
    X(QP_EBIG, 8, 413, "too_big")                                                                            \
    X(QP_EPOLICY, 9, 422, "refused")        /* well-formed but refused by policy */                          \
    X(QP_EKEYREUSED, 10, 422, "key_reused") /* same idempotency key, another body */                         \
    X(QP_EBUSY, 11, 429, "busy")            /* a bounded queue is full; retry */                             \
    X(QP_ERECOVER, 12, 503, "recovering")   /* rejoined, older matters not complete yet (K5) */              \
    X(QP_ESTOPPING, 13, 503, "stopping")                                                                     \
    X(QP_EFULL, 14, 507, "no_room")    /* disk or map over its quota */                                      \
    X(QP_EIO, 15, 500, "io")           /* stop, restart, verify */                                           \
    X(QP_ECORRUPT, 16, 500, "corrupt") /* stop serving; restore or join again */                             \
    X(QP_ESIG, 17, 403, "bad_signature")                                                                     \
    X(QP_ESCOPE, 18, 403, "out_of_scope") /* speaks for a place that is not its own */                       \
    X(QP_EUNKNOWNKEY, 19, 403, "unknown_key")                                                                \
    X(QP_EREVOKED, 20, 403, "revoked")                                                                       \
    X(QP_EFORK, 21, 409, "fork")           /* same place in a chain, another hash */                         \
    X(QP_EGAP, 22, 409, "gap")             /* a predecessor is missing: ask again */                         \
    X(QP_EDUP, 23, 409, "duplicate")       /* already had; harmless */                                       \
    X(QP_ECLOSED, 24, 409, "chain_closed") /* beyond a final head, or its chain was refused */               \
    X(QP_EUSED, 25, 409, "used")           /* a token used before */                                         \
    X(QP_EEXPIRED, 26, 403, "expired")                                                                       \
    X(QP_EUNREACHABLE, 27, 503, "unreachable")                                                               \
    X(QP_ENEED, 28, 503, "unresolved") /* needs a certificate from a neighbour first */                      \
    X(QP_ENOMEM, 29, 500, "no_memory")                                                                       \
    X(QP_EEXISTS, 30, 409, "exists")                                                                         \
    X(QP_EVERSIONS, 31, 400, "unknown_version") /* protocol or file version not understood */                \
    X(QP_EOUT, 32, 503, "out_of_service")       /* this node no longer speaks for its place: join again */

enum qp_error {
#define X(name, value, http, code) name = value,
    QP_ERRORS(X)
#undef X
};

struct qp_err {
    int code;       /* enum qp_error */
    char text[400]; /* UTF-8, one sentence, cut at a character's border */
};

/* Writes the sentence (printf rules) and returns `code`. `e` may be NULL. */
int qp_fail(struct qp_err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The api code ("not_holder") and HTTP status of a code; "unknown"/500 for one that is not in the list. */
const char *qp_error_name(int code);
int qp_error_http(int code);

#endif
