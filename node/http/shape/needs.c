/* needs.c: see needs.h. Called by calls/list.c and calls/me.c. */
#include "node/http/shape/needs.h"

#include <assert.h>
#include <stdio.h>

#define IN(state) (1u << (state))

enum { OFFERED = 1, HELD, BELOW }; /* whose it is */

static const struct {
    const char *name;
    int of; /* 0: no matters are listed by it */
    bool overdue, urged, due_soon, to_visit, to_close, unassigned, given;
    uint32_t states;
} ROWS[QP_NEEDS_NAMES] = {
    {"sign", .of = OFFERED},
    {"assign", .of = HELD, .unassigned = true},
    {"handle", .of = HELD, .given = true, .states = IN(QP_ASSIGNED)},
    {"visit", .of = HELD, .to_visit = true, .states = IN(QP_HANDLED)},
    {"overdue", .of = HELD, .overdue = true},
    {"urged", .of = HELD, .urged = true},
    {"lines", .of = 0},
    {"due_soon", .of = HELD, .due_soon = true},
    {"lifted", .of = BELOW, .urged = true},
    {"close", .of = HELD, .to_close = true, .states = IN(QP_HANDLED) | IN(QP_VISITED)},
};

const char *qp_needs_name(size_t i)
{
    return i < QP_NEEDS_NAMES ? ROWS[i].name : NULL;
}

void qp_needs_names(char *out, size_t cap)
{
    size_t n = 0;
    assert(cap);
    out[0] = '\0';
    for (size_t i = 0; i < QP_NEEDS_NAMES && n < cap; i++)
        if (ROWS[i].of)
            n += (size_t)snprintf(out + n, cap - n, "%s%s", n ? ", " : "", ROWS[i].name);
    assert(n < cap); /* they are few */
}

bool qp_needs_query(size_t i, const struct qp_cert *self, struct qp_list_query *l)
{
    assert(i < QP_NEEDS_NAMES);
    if (!ROWS[i].of)
        return false;
    l->sort = QP_SORT_PRESSING;
    l->offered_to = ROWS[i].of == OFFERED ? self->path : NULL;
    l->holder = ROWS[i].of == HELD ? self->path : NULL;
    l->held_below = ROWS[i].of == BELOW ? self->path : l->held_below;
    l->lifted_to = ROWS[i].of == BELOW ? self->node : NULL;
    l->here = ROWS[i].of == HELD;
    l->states = ROWS[i].states;
    l->overdue = ROWS[i].overdue ? 1 : -1;
    l->urged = ROWS[i].urged;
    l->due_soon = ROWS[i].due_soon;
    l->to_visit = ROWS[i].to_visit;
    l->to_close = ROWS[i].to_close;
    l->unassigned |= ROWS[i].unassigned;
    l->given = ROWS[i].given;
    return true;
}
