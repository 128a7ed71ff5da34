/* needs.c: see needs.h. Called by calls/list.c and calls/me.c. */
#include "node/http/shape/needs.h"

#include <assert.h>

#define IN(state) (1u << (state))

static const struct {
    const char *name;
    bool known, offered, overdue, urged;
    uint32_t states;
} ROWS[QP_NEEDS_NAMES] = {
    {"sign", true, true, false, false, 0},
    {"assign", true, false, false, false, IN(QP_OPEN) | IN(QP_SORTED)},
    {"handle", true, false, false, false, IN(QP_ASSIGNED)},
    {"visit", true, false, false, false, IN(QP_HANDLED)},
    {"overdue", true, false, true, false, 0},
    {"urged", true, false, false, true, 0},
    {"lines", false, false, false, false, 0},
};

const char *qp_needs_name(size_t i)
{
    return i < QP_NEEDS_NAMES ? ROWS[i].name : NULL;
}

bool qp_needs_query(size_t i, const char *here, struct qp_list_query *l)
{
    assert(i < QP_NEEDS_NAMES);
    if (!ROWS[i].known)
        return false;
    l->sort = QP_SORT_DEADLINE;
    l->offered_to = ROWS[i].offered ? here : NULL;
    l->holder = ROWS[i].offered ? NULL : here;
    l->here = !ROWS[i].offered;
    l->states = ROWS[i].states;
    l->overdue = ROWS[i].overdue ? 1 : -1;
    l->urged = ROWS[i].urged;
    return true;
}
