/* audit.h: what is written down of who did what (DE3), one row each: the names in `GET /api/v1/audit`, in the filter
 * `what`, on the page. Kept in the journal by number: rows are only added. */
#ifndef QP_PROTO_AUDIT_H
#define QP_PROTO_AUDIT_H

/* clang-format off */
/* X(NAME, name, number, zh, en) */
#define QP_AUDITS(X) \
    X(LOGIN,            "login",            1,  "登录",         "logged in") \
    X(LOGIN_FAILED,     "login_failed",     2,  "登录失败",     "failed to log in") \
    X(LOGOUT,           "logout",           3,  "退出",         "logged out") \
    X(LOGIN_LINK,       "login_link",       4,  "制作登录链接", "made a link to log in by") \
    X(PERSONAL_READ,    "personal_read",    5,  "查看个人信息", "read a personal record") \
    X(PERSONAL_PASSED,  "personal_passed",  6,  "移交个人信息", "passed a personal record on") \
    X(PERSONAL_ERASED,  "personal_erased",  7,  "删除个人信息", "ended a personal record") \
    X(FILE_READ,        "file_read",        8,  "查看文件",     "read a file") \
    X(EXPORT,           "export",           9,  "导出",         "took records out") \
    X(CHANGED,          "changed",          10, "更改",         "made or changed an account, token, desk") \
    X(ENDED,            "ended",            11, "停用",         "ended an account, token, desk") \
    X(POLICY,           "policy",           12, "更改策略",     "put a policy in force") \
    X(INVITED,          "invited",          13, "邀请节点",     "invited a node") \
    X(REVOKED,          "revoked",          14, "吊销节点",     "revoked a node") \
    X(AUDIT_READ,       "audit_read",       15, "查看审计记录", "read the audit trail") \
    X(LACKING,          "lacking",          16, "缺记",         "were let in while there was no room to write it down")
/* clang-format on */

enum qp_audit {
    QP_AUDIT_NO = 0, /* of a call: nothing is written down */
#define X(NAME, name, number, zh, en) QP_AUDIT_##NAME = number,
    QP_AUDITS(X)
#undef X
};
/* "login"; "?" for one that this build does not know. */
const char *qp_audit_name(unsigned what);
unsigned qp_audit_parse(const char *name); /* 0: there is none */

/* Where somebody sat. */
enum qp_audit_from { QP_FROM_NODE = 1, QP_FROM_TOKEN = 2, QP_FROM_CONSOLE = 3, QP_FROM_PHONE = 4 };
const char *qp_audit_from_name(unsigned from); /* "node", "token", "console", "phone"; "?" */

#endif
