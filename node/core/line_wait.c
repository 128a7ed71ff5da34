/* line_wait.c: what was said on a matter's line by a node that this one does not know to have to do with the matter. Lines go before all
 * else (U3), so after a link was cut a word comes before the event that brought its speaker to the matter. It waits, and is heard once, in
 * its order, when that event has come; the same in a replay. */
#include <assert.h>

#include "node/core/line.h"

enum { WAITING_ARENA = 16 * 1024 * 1024 }; /* one event of a journal's record */

int qp_line_hold(struct qp_work *w, const Qp__Event *ev, uint64_t position, uint32_t index, struct qp_err *e)
{
    bool said = ev->body_case == QP__EVENT__BODY_LINE_SAID;
    assert(position > 0 && !qp_same(ev->origin.data, w->c->self.node));
    if (!qp_line_may_later(w, ev) || (said && ev->line_said->n == 0))
        return 0;
    struct qp_line_db db = qp_line_db_of(w);
    w->c->lines_idle = false;
    struct qp_line_waiting x = {.n = said ? ev->line_said->n : 0, .position = position, .index = index};
    memcpy(x.node, ev->origin.data, QP_ID_LEN);
    return qp_line_wait_put(&db, said ? ev->line_said->line.data : ev->line_opened->line.data, &x, e);
}

/* One that waits: heard where it may be by now, else it goes on waiting. */
static int hear(struct qp_work *w, const uint8_t line[QP_ID_LEN], const struct qp_line_waiting *x,
                int64_t received_us, struct qp_arena *a, struct qp_err *e)
{
    assert(x->position > 0 && x->position <= w->t->head);
    struct qp_line_db db = qp_line_db_of(w), own = db;
    Qp__Event *ev;
    own.a = a;
    qp_arena_reset(a);
    int rc = qp_line_event_at(&own, w->t->journal, x->position, x->index, &ev);
    if (rc == QP_ENOTFOUND) /* S5: who reads the record says so */
        return qp_line_wait_del(&db, line, x, e);
    if (rc)
        return qp_fail(e, rc, "a message of a line cannot be read");
    if (qp_line_may(w, ev))
        return 0;
    const struct qp_line_at at = {x->position, x->index, received_us, NULL};
    rc = qp_line_wait_del(&db, line, x, e);
    w->c->line_due_us = 0;
    return rc ? rc : qp_line_fact(&own, ev, &at, e);
}

/* Who is on the line (n is 0) stands apart from what was said: that may be heard by somebody else's word on who is on it as well. */
static int hear_all(struct qp_work *w, const uint8_t line[QP_ID_LEN], bool said, int64_t received_us,
                    struct qp_arena *a, struct qp_err *e)
{
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_waiting x = {.n = 0};
    Qp__LineRow *row = NULL;
    int rc = 0;
    assert(a != w->c->arena);
    if (said && qp_line_get(&db, line, &row))
        return 0; /* no such line yet */
    for (bool first = true; !rc && !(rc = qp_line_wait_next(&db, line, first, &x)); first = false) {
        bool heard = said ? qp_line_has(row, x.node) : x.n == 0;
        if (heard && (x.n > 0) == said)
            rc = hear(w, line, &x, received_us, a, e);
        if (!heard || !said)
            x.n = UINT64_MAX; /* the next node */
    }
    return rc == QP_ENOTFOUND ? 0 : rc;
}

int qp_line_let_in(struct qp_work *w, const uint8_t line[QP_ID_LEN], int64_t received_us, struct qp_err *e)
{
    if (w->c->lines_idle)
        return 0;
    struct qp_line_db db = qp_line_db_of(w);
    struct qp_line_waiting x;
    if ((w->c->lines_idle = !qp_line_wait_any(&db)))
        return 0;
    int rc = qp_line_wait_next(&db, line, true, &x);
    if (rc)
        return rc == QP_ENOTFOUND ? 0 : qp_fail(e, rc, "a message of a line cannot be read");
    assert(x.position > 0);
    struct qp_arena *a = qp_arena_new(WAITING_ARENA);
    if (!a)
        return qp_fail(e, QP_ENOMEM, "the turn ran out of memory");
    rc = hear_all(w, line, false, received_us, a, e);
    if (!rc)
        rc = hear_all(w, line, true, received_us, a, e);
    qp_arena_free(a);
    return rc;
}
