/* error.h: the one list of errors, and the sentence that travels with one.
 *
 * 0 is success. A function that can fail takes a `struct qp_err *` as its last argument (may be NULL),
 * returns the code, and leaves there one sentence that names the place and the remedy. The lowest layer that
 * knows both writes it; those above pass it on unchanged. Programmer errors are asserts, never codes.
 * Corruption (QP_ECORRUPT) and disk errors (QP_EIO) mean: stop serving, say so, exit non-zero (shared rule: a
 * failed fsync is never tried again). */
#ifndef QP_CRYPTO_ERROR_H
#define QP_CRYPTO_ERROR_H

/* X(name, value, http status, api code, what kind of error it is in Chinese): the http column is used by node/http, the exit
 * codes by node/cli; the last one stands before a sentence that has no Chinese of its own (proto/said.h) */
/* clang-format off */
#define QP_ERRORS(X) \
    X(QP_OK, 0, 200, "ok", "正常") \
    X(QP_EINVAL, 1, 400, "malformed", "参数或格式有误") /* names the field; text: line and column */ \
    X(QP_EAUTH, 2, 401, "unauthenticated", "未登录或令牌无效") \
    X(QP_EDENIED, 3, 403, "denied", "权限不足") /* says which right is missing */ \
    X(QP_ENOTFOUND, 4, 404, "not_found", "不存在") \
    X(QP_ESTEP, 5, 409, "illegal_step", "此状态下不能办理该步骤") /* says the state and what is possible */ \
    X(QP_ENOTHOLDER, 6, 409, "not_holder", "承办节点不是本节点") /* another node answers for the matter */ \
    X(QP_EVERSION, 7, 409, "version_conflict", "事项已有更新，请重读后再办") /* if_version did not match */ \
    X(QP_EBIG, 8, 413, "too_big", "内容过大") \
    X(QP_EPOLICY, 9, 422, "refused", "按规则不予受理") /* well-formed but refused by policy */ \
    X(QP_EKEYREUSED, 10, 422, "key_reused", "同一个键已用于其他内容") /* same idempotency key, another body */ \
    X(QP_EBUSY, 11, 429, "busy", "繁忙，请稍后再试") /* a bounded queue is full; retry */ \
    X(QP_ERECOVER, 12, 503, "recovering", "节点正在恢复") /* rejoined, older matters not complete yet (K5) */ \
    X(QP_ESTOPPING, 13, 503, "stopping", "节点正在停止") \
    X(QP_EFULL, 14, 507, "no_room", "存储空间已满") /* disk or map over its quota */ \
    X(QP_EIO, 15, 500, "io", "读写失败") /* stop, restart, verify */ \
    X(QP_ECORRUPT, 16, 500, "corrupt", "数据损坏") /* stop serving; restore or join again */ \
    X(QP_ESIG, 17, 403, "bad_signature", "签名无效") \
    X(QP_ESCOPE, 18, 403, "out_of_scope", "超出其位置的权限") /* speaks for a place that is not its own */ \
    X(QP_EUNKNOWNKEY, 19, 403, "unknown_key", "公钥未登记") \
    X(QP_EREVOKED, 20, 403, "revoked", "已被吊销") \
    X(QP_EFORK, 21, 409, "fork", "同一位置有两份不同的记录") /* same place in a chain, another hash */ \
    X(QP_EGAP, 22, 409, "gap", "缺少前面的记录，请再要一次") /* a predecessor is missing: ask again */ \
    X(QP_EDUP, 23, 409, "duplicate", "已有，不必再发") /* already had; harmless */ \
    X(QP_ECLOSED, 24, 409, "chain_closed", "此链已封止") /* beyond a final head, or its chain was refused */ \
    X(QP_EUSED, 25, 409, "used", "令牌已使用过") /* a token used before */ \
    X(QP_EEXPIRED, 26, 403, "expired", "已过期") \
    X(QP_EUNREACHABLE, 27, 503, "unreachable", "不可达") \
    X(QP_ENEED, 28, 503, "unresolved", "尚缺证书，请稍后再试") /* needs a certificate from a neighbour first */ \
    X(QP_ENOMEM, 29, 500, "no_memory", "内存不足") \
    X(QP_EEXISTS, 30, 409, "exists", "已存在或已被占用") \
    X(QP_EVERSIONS, 31, 400, "unknown_version", "版本不识别") /* protocol or file version not understood */ \
    X(QP_EOUT, 32, 503, "out_of_service", "本节点已不代表其位置，请重新加入") /* this node no longer speaks for its place: join again */
/* clang-format on */

enum qp_error {
#define X(name, value, http, code, zh) name = value,
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
/* The code of an api code; -1 for one that is not in the list. */
int qp_error_named(const char *name);
/* What kind of error an api code is, in Chinese; "出错" for one that is not in the list. */
const char *qp_error_zh(const char *name);

#endif
