/* needs.c: see needs.h. Called by calls/list.c and calls/me.c. */
#include "node/http/shape/needs.h"

#include <assert.h>

#define IN(state) (1u << (state))

enum { OFFERED = 1, HELD, BELOW }; /* whose it is */

static const struct {
    const char *name;
    int of; /* 0: no matters are listed by it */
    bool overdue, urged, due_soon;
    uint32_t states;
} ROWS[QP_NEEDS_NAMES] = {
    {"sign", OFFERED, false, false, false, 0},
    {"assign", HELD, false, false, false, IN(QP_OPEN) | IN(QP_SORTED)},
    {"handle", HELD, false, false, false, IN(QP_ASSIGNED)},
    {"visit", HELD, false, false, false, IN(QP_HANDLED)},
    {"overdue", HELD, true, false, false, 0},
    {"urged", HELD, false, true, false, 0},
    {"lines", 0, false, false, false, 0},
    {"due_soon", HELD, false, false, true, 0},
    {"lifted", BELOW, false, true, false, 0},
};

const char *qp_needs_name(size_t i)
{
    return i < QP_NEEDS_NAMES ? ROWS[i].name : NULL;
}

bool qp_needs_query(size_t i, const struct qp_cert *self, struct qp_list_query *l)
{
    assert(i < QP_NEEDS_NAMES);
    if (!ROWS[i].of)
        return false;
    l->sort = QP_SORT_DEADLINE;
    l->offered_to = ROWS[i].of == OFFERED ? self->path : NULL;
    l->holder = ROWS[i].of == HELD ? self->path : NULL;
    l->held_below = ROWS[i].of == BELOW ? self->path : l->held_below;
    l->lifted_to = ROWS[i].of == BELOW ? self->node : NULL;
    l->here = ROWS[i].of == HELD;
    l->states = ROWS[i].states;
    l->overdue = ROWS[i].overdue ? 1 : -1;
    l->urged = ROWS[i].urged;
    l->due_soon = ROWS[i].due_soon;
    return true;
}
