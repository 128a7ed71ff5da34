/* own.c: see own.h. Called by node/http for each matter that is shown to who sees his own alone, and by the turn before he acts. */
#include "node/core/own.h"

#include <assert.h>
#include <string.h>

#include "node/matter/face.h"
#include "node/matter/parts.h"

bool qp_own_add(struct qp_own *o, enum qp_own_list list, const char *code)
{
    assert(o && code && list < QP_OWN_LISTS);
    size_t n = strlen(code) + 1;
    if (n == 1 || n + 1 > sizeof o->pool - o->len) {
        o->cut = o->cut || n > 1;
        return false;
    }
    o->pool[o->len] = (char)(1 + list);
    memcpy(o->pool + o->len + 1, code, n);
    o->len = (uint16_t)(o->len + 1 + n);
    o->n[list]++;
    return true;
}

const char *qp_own_next(const struct qp_own *o, enum qp_own_list list, size_t *at)
{
    assert(*at <= o->len);
    while (*at < o->len) {
        const char *x = o->pool + *at;
        *at += strlen(x) + 1; /* its first byte is never 0 */
        if (*x == (char)(1 + list))
            return x + 1;
    }
    return NULL;
}

bool qp_own_has(const struct qp_own *o, enum qp_own_list list, const char *code)
{
    const char *x;
    size_t at = 0;
    assert(code);
    while (o->n[list] && (x = qp_own_next(o, list, &at)))
        if (strcmp(x, code) == 0)
            return true;
    return false;
}

/* ST4: asked of one of his desks, and open. */
static bool has_part(const struct qp_own *o, const Qp__Row *row)
{
    assert(row->face);
    for (size_t i = 0; i < row->face->n_parts; i++) {
        const Qp__Part p = qp_part_seen(row, i);
        if (qp_part_open(&p) && qp_id_is(p.to, o->self) && *p.desk && qp_own_has(o, QP_OWN_DESKS, p.desk))
            return true;
    }
    return false;
}

bool qp_own_holds(const struct qp_own *o, const Qp__Row *row)
{
    assert(o && o->self && o->self_path && row->face);
    const Qp__Face *f = row->face;
    if (*row->reported_by && strcmp(row->reported_by, o->by) == 0)
        return true;
    if (qp_id_is(f->holder, o->self) && ((*o->person && strcmp(f->person, o->person) == 0) ||
                                         (*f->desk && qp_own_has(o, QP_OWN_DESKS, f->desk))))
        return true;
    if (qp_id_is(f->opener, o->self) && qp_own_has(o, QP_OWN_SOURCES, f->source))
        return true;
    if (*f->grid && strcmp(f->area, o->self_path) == 0 && qp_own_has(o, QP_OWN_GRIDS, f->grid))
        return true;
    return has_part(o, row);
}

int qp_own_none(struct qp_err *e)
{
    return qp_fail(
        e, QP_ENOTFOUND,
        "no matter of yours with this id is known here; what went on to another desk or person is not shown "
        "to you any more, unless you reported it");
}

int qp_own_only(struct qp_err *e, const char *by)
{
    assert(by);
    return qp_fail(e, QP_EDENIED,
                   "%s acts only on his own matters: what he reported, what was given to him or his desks, "
                   "and what lies "
                   "in his grids; this one is not",
                   by);
}
