/* rights.h: what somebody may do at a node, and which roles may do it. The one list: names in tokens and
 * accounts, the sentences of a 403, what `qipan` takes and completes, all come from here.
 *
 *   a token has rights;  an account has roles, each a set of rights;  a call wants one right of a set
 *
 * Nobody has what is not written here. The bits are kept in the journal: a new right takes a new bit, and no
 * bit ever changes its meaning. Which call wants what: node/http/calls/calls.h. Rule: DE2 (RULES.md).
 *
 * A new right or role: its row; the calls that want it; tests/unit/http/rights_test.c, which has every call with every role. On
 * the console by hand: its word (node/web/words/admin.js: right_NAME, role_NAME) and its place in the forms of tokens and accounts
 * (node/web/admin/lists.js). */
#ifndef QP_NODE_CORE_RIGHTS_H
#define QP_NODE_CORE_RIGHTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(NAME, name, bit, zh, en) */
#define QP_ROLES(X)                                                                                          \
    X(WORKER, "worker", 0, "网格员", "reports; sees and handles his own matters and his grids'")             \
    X(DESK, "desk", 1, "部门人员", "sees and handles the matters of his desks")                              \
    X(DISPATCHER, "dispatcher", 2, "调度员", "all matters of the node")                                      \
    X(COMMANDER, "commander", 3, "指挥长", "as a dispatcher; urges and orders those below")                  \
    X(ADMIN, "admin", 4, "管理员", "accounts, tokens, nodes, desks; no matters")                             \
    X(AUDITOR, "auditor", 5, "审计员", "reads everything, writes nothing")                                   \
    X(SCREEN, "screen", 6, "大屏", "counts and places; no titles, texts or persons")

enum qp_role {
#define X(NAME, name, bit, zh, en) QP_ROLE_##NAME = 1 << (bit),
    QP_ROLES(X)
#undef X
};

/* X(NAME, name, bit, the roles that have it, zh, en). No role has `import`: who states times is a program
 * that brings in records of others, with a token of its own. */
#define QP_RIGHTS(X)                                                                                         \
    X(READ, "read", 0,                                                                                       \
      QP_ROLE_WORKER | QP_ROLE_DESK | QP_ROLE_DISPATCHER | QP_ROLE_COMMANDER | QP_ROLE_AUDITOR,              \
      "查看事项及其内容", "see matters with their texts")                                                    \
    X(REPORT, "report", 1, QP_ROLE_WORKER | QP_ROLE_DESK | QP_ROLE_DISPATCHER | QP_ROLE_COMMANDER,           \
      "登记事项", "open matters")                                                                            \
    X(STEP, "step", 2, QP_ROLE_WORKER | QP_ROLE_DESK | QP_ROLE_DISPATCHER | QP_ROLE_COMMANDER, "办理事项",   \
      "take a matter on")                                                                                    \
    X(COMMAND, "command", 3, QP_ROLE_COMMANDER, "督办与指挥", "urge and order those below")                  \
    X(ADMIN, "admin", 4, QP_ROLE_ADMIN, "管理账户、令牌、节点与部门", "accounts, tokens, nodes, desks")      \
    X(IMPORT, "import", 5, 0, "导入记录并声明时间", "bring records in and state their times")                \
    X(AUDIT, "audit", 6, QP_ROLE_AUDITOR, "查看审计记录", "see who did what")                                \
    X(COUNT, "count", 7,                                                                                     \
      QP_ROLE_WORKER | QP_ROLE_DESK | QP_ROLE_DISPATCHER | QP_ROLE_COMMANDER | QP_ROLE_ADMIN |               \
          QP_ROLE_AUDITOR | QP_ROLE_SCREEN,                                                                  \
      "查看统计与节点状态", "see boards, nodes and links")                                                   \
    X(PERSONAL, "personal", 8, QP_ROLE_DISPATCHER | QP_ROLE_COMMANDER, "按目的查看个人信息",                 \
      "see personal records, for a purpose")

enum qp_right {
#define X(NAME, name, bit, roles, zh, en) QP_RIGHT_##NAME = 1 << (bit),
    QP_RIGHTS(X)
#undef X
#define X(NAME, name, bit, roles, zh, en) | QP_RIGHT_##NAME
        QP_RIGHT_ALL = 0 QP_RIGHTS(X)
#undef X
};

/* All names, for help: "read|report|…", a literal. */
#define QP_RIGHT_BAR(NAME, name, bit, roles, zh, en) "|" name
#define QP_ROLE_BAR(NAME, name, bit, zh, en)         "|" name
#define QP_RIGHT_NAMES                               (&(QP_RIGHTS(QP_RIGHT_BAR))[1])
#define QP_ROLE_NAMES                                (&(QP_ROLES(QP_ROLE_BAR))[1])

struct qp_named_bit { /* one right or one role, as people read it */
    uint32_t bit;
    const char *name, *zh, *en;
};
/* In the order of the list; NULL behind the last. */
const struct qp_named_bit *qp_right_at(size_t i);
const struct qp_named_bit *qp_role_at(size_t i);

uint32_t qp_right_parse(const char *name); /* its bit; 0: there is none */
const char *qp_right_name(uint32_t right); /* of one bit; "?" */
uint32_t qp_role_parse(const char *name);
uint32_t qp_roles_rights(uint32_t roles); /* what these roles together may do */
/* Of `read` and `step`: those that he has for his own matters alone (own.h). A worker and a member of a desk see and act on their
 * own; another role beside it, or a right given beyond the roles (`given`), may see or act on all. So each role goes as far as
 * it goes, and no further by another (DE2). */
uint32_t qp_roles_own(uint32_t roles, uint32_t given);

/* The names in a set of rights or roles, as in a sentence: "`read`, `step` or `command`". Cut where it does
 * not fit; returns out. */
char *qp_rights_text(char *out, size_t cap, uint32_t rights, const char *last /* "or", "and" */);
char *qp_roles_text(char *out, size_t cap, uint32_t roles, const char *last);

/* May who has `giver` give `rights` to others, or take over an account that has them? *lacks: what he may not
 * give. Nobody gives a right that he lacks, with one exception: the administrator's token that `init` makes
 * states no times itself and makes importers, so `import` is given by who has all else that an importer and an
 * administrator do. */
bool qp_rights_may_give(uint32_t giver, uint32_t rights, uint32_t *lacks);

#endif
