/* tighten.h: two policies beside each other: which values differ, which of them loosens, and the one that holds
 * where both do (PO1).
 *
 *   root's policy ─┐
 *   county's      ─┴► qp_policy_tighten ─► holds in the county ─┐
 *   street's                                                   ─┴► qp_policy_tighten ─► holds in the street
 *
 * The order is that of the chain of ancestors, never of wall time. Strictest, value by value: the shorter
 * clock, the higher share, the shorter retention, more patrols, waiting for a person instead of taking at once,
 * the higher urgency, the earlier urge. Titles, parents, desks, calendars and views belong to whoever is above;
 * so do amounts in another measure (3d against 20wh: which is shorter depends on the day). Pure. */
#ifndef QP_TOPOLOGY_POLICY_TIGHTEN_H
#define QP_TOPOLOGY_POLICY_TIGHTEN_H

#include "topology/policy/policy.h"

/* X(name, words, words in Chinese, refused from below?) */
#define QP_CHANGE_LIST(X)                                                                                    \
    X(TIGHTER, "stricter", "收紧", false)                                                                    \
    X(LOOSER, "looser", "放宽", true)                                                                        \
    X(UNLIKE, "in another unit: nobody can say that it is stricter", "单位不同，无法判定为收紧", true)       \
    X(OTHER, "another value, which only who is above may say", "另一取值，只能由上级规定", true)             \
    X(ADDED, "there is none above", "上级没有此项", false)                                                   \
    X(REMOVED, "no more there", "不再有此项", true)

enum qp_change_kind {
#define X(name, en, zh, refused) QP_CHANGE_##name,
    QP_CHANGE_LIST(X)
#undef X
        QP_CHANGE_KINDS
};

enum { QP_CHANGES = 2000 };

struct qp_change {
    enum qp_change_kind kind;
    char file[QP_MISTAKE_FILE]; /* where the new value stands; "" */
    long line;
    char path[QP_MISTAKE_PATH]; /* categories[0203].clocks.sign: by code, rules.patrol.minutes */
    char from[QP_POLICY_VALUE], to[QP_POLICY_VALUE]; /* "" = not said */
};

struct qp_changes {
    struct qp_change *v;
    size_t n, cap;
    size_t more;                   /* that were not kept */
    size_t count[QP_CHANGE_KINDS]; /* of all */
};

/* What holds where `base` comes from above and `below` was said here: base with every value that below has
 * tightened. What loosens, is fixed or cannot be compared stays as base has it, and is named; entries of below
 * that base does not have are dropped and named (ADDED). What below does not say stays. The version is base's,
 * with "+" and below's behind it if that tightens anything. `c` may be NULL. NULL: no memory.
 * Never refuses: what holds after an ancestor's change is found the same way at every node. A new policy of a
 * node that is not the root is refused where qp_changes_refused says so. */
struct qp_policy *qp_policy_tighten(const struct qp_policy *base, const struct qp_policy *below,
                                    struct qp_changes *c);
/* What would change if `now` took the place of `was`, in the order of now's categories. */
void qp_policy_compare(const struct qp_policy *was, const struct qp_policy *now, struct qp_changes *c);
/* How many of them a node below is refused. */
size_t qp_changes_refused(const struct qp_changes *c);
bool qp_change_refused(enum qp_change_kind kind);
/* "categories[0203].clocks.sign: 2h -> 4h: looser", with file and line before it where there are any. */
void qp_change_line(char out[QP_MISTAKE_TEXT], const struct qp_change *c, bool zh);
void qp_changes_free(struct qp_changes *c);

#endif
