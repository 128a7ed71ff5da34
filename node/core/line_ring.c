/* line_ring.c: the file of the line keys (node/line/ring.h) as the driver sees it: given once, tended after each commit in
 * which a key was taken into use or has ended. What is wrong with it is kept in words, for whoever asks why nothing is said on
 * lines; it stops nothing else. */
#include "node/core/line.h"

#define AGAIN_US INT64_C(10000000)

void qp_core_set_ring(struct qp_core *c, struct qp_ring *ring)
{
    c->ring = ring;
    c->ring_due = ring;
    c->ring_code = 0;
}

struct qp_ring *qp_core_ring(const struct qp_core *c)
{
    return c->ring;
}

void qp_core_ring_trouble(struct qp_core *c, const char *why)
{
    snprintf(c->ring_why, sizeof c->ring_why, "%s", why);
}

const char *qp_core_ring_why(const struct qp_core *c)
{
    return c->ring_why;
}

/* An error was told: a disk that takes no writes is not asked to sync in every turn. A clock that was set back does not lengthen it. */
static bool rests(const struct qp_core *c, int64_t now_us)
{
    return c->ring_code != 0 && now_us < c->ring_again_us && now_us >= c->ring_again_us - AGAIN_US;
}

int64_t qp_line_ring_next(const struct qp_core *c)
{
    return c->ring_due && c->ring_code != 0 ? c->ring_again_us : INT64_MAX;
}

int qp_core_tend_ring(struct qp_core *c, int64_t now_us, const uint8_t seed[QP_SEED_LEN], struct qp_err *e)
{
    struct qp_read r;
    struct qp_err own = {0};
    if (!c->ring || !c->ring_due)
        return 0;
    if (rests(c, now_us))
        return qp_fail(e, c->ring_code, "%s", c->ring_why);
    int rc = qp_read_begin(c->store, &r, &own);
    if (!rc) {
        struct qp_line_db db = {.tables = r.tables, .store = c->store, .self = c->self.node};
        rc = qp_ring_tend(c->ring, qp_line_key_use, &db, seed, &own);
        qp_read_end(&r);
    }
    c->ring_due = rc;
    c->ring_code = rc;
    c->ring_again_us = now_us + AGAIN_US;
    qp_core_ring_trouble(c, rc ? own.text : "");
    if (e)
        *e = own;
    return rc;
}
