/* own.h: which matters are somebody's own (DE2): of who has the role `worker` or `desk` and none that sees all, and of a token
 * for one desk. Beside span.h, which narrows to areas and categories: both must say yes. Pure.
 *
 *   reported    he said its Opened at this node
 *   his task    this node holds it and he is its person
 *   his desk's  this node holds it and its desk is one of his; or one of his desks, a source (12345), took it in here; or a
 *               part of it is open that was asked of one of his desks (ST4)
 *   his grid's  it lies in a grid of this node that names him, its worker or a deputy
 *
 * What counts is the matter as it stands: what went on to another desk is for him as if it were not there, unless he
 * reported it. */
#ifndef QP_NODE_CORE_OWN_H
#define QP_NODE_CORE_OWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"
#include "proto/limits.h"
#include "proto/row.pb-c.h"

enum {
    QP_OWN_POOL = 4096 /* bytes of the codes of desks, of sources and of grids, one behind the other */
};
enum qp_own_list { QP_OWN_DESKS, QP_OWN_SOURCES, QP_OWN_GRIDS, QP_OWN_LISTS };

struct qp_own {
    bool reads, acts; /* he sees his own alone; he acts on his own alone. Neither: nothing else here counts */
    bool cut;         /* more desks and grids name him than fit: what is his cannot be told (qp_own_add) */
    const uint8_t *self;            /* this node, 16; borrowed */
    const char *self_path;          /* borrowed */
    char by[QP_BY_BYTES + 1];       /* as in Event.by */
    char person[QP_NAME_BYTES + 1]; /* as in Face.person; "": a program is nobody's person */
    uint16_t n[QP_OWN_LISTS];       /* how many of each list */
    uint16_t len;
    char pool[QP_OWN_POOL]; /* a byte: 1 + enum qp_own_list, then the code with its NUL */
};

/* False, and cut: there is no room. */
bool qp_own_add(struct qp_own *o, enum qp_own_list list, const char *code);
bool qp_own_has(const struct qp_own *o, enum qp_own_list list, const char *code);
/* The first code of a list behind `at`, which begins as 0; NULL: that was all. */
const char *qp_own_next(const struct qp_own *o, enum qp_own_list list, size_t *at);
/* Whether the matter is his. */
bool qp_own_holds(const struct qp_own *o, const Qp__Row *row);
/* Whether he sees it, and whether he acts on it, as far as one's own goes. */
static inline bool qp_own_sees(const struct qp_own *o, const Qp__Row *row)
{
    return !o->reads || qp_own_holds(o, row);
}
static inline bool qp_own_acts(const struct qp_own *o, const Qp__Row *row)
{
    return !o->acts || qp_own_holds(o, row);
}
/* QP_ENOTFOUND: to who sees his own alone, of one that is absent or another's, alike. */
int qp_own_none(struct qp_err *e);
/* QP_EDENIED: to who sees it by another role, and acts on his own alone. */
int qp_own_only(struct qp_err *e, const char *by);

#endif
