/* overdue.c: see overdue.h. */
#include "node/http/wire/overdue.h"

#include <string.h>

#include "node/http/wire/inside.h"

#define FIRST_US INT64_C(20000000)
#define MOST_US  INT64_C(3600000000)

void qp_overdue_done(struct qp_overdue *o)
{
    memset(o, 0, sizeof *o);
}

void qp_overdue_failed(struct qp_overdue *o, int64_t wall_us, int64_t boot_us, const char *why)
{
    int64_t wait_us = FIRST_US;
    for (uint32_t i = 0; i < o->tries && wait_us < MOST_US; i++)
        wait_us *= 2;
    if (o->since_us == 0)
        o->since_us = wall_us;
    o->again_us = boot_us + (wait_us < MOST_US ? wait_us : MOST_US);
    o->tries += o->tries < UINT32_MAX;
    o->sent = false;
    qp_text_cut(o->why, sizeof o->why, why);
}

void qp_overdue_sent(struct qp_overdue *o, int64_t boot_us)
{
    o->sent = true;
    o->again_us = boot_us + FIRST_US;
}

bool qp_overdue_now(struct qp_overdue *o, const struct qp_span_us *span, int64_t wall_us, int64_t boot_us)
{
    if (o->span.from_us != span->from_us || o->span.to_us != span->to_us) { /* of another period by now */
        qp_overdue_done(o);
        o->span = *span;
    }
    if (boot_us < o->again_us)
        return false;
    if (o->sent)
        qp_overdue_failed(o, wall_us, boot_us,
                          "it was counted, and this node has not taken it in: look at its log and its disk");
    return boot_us >= o->again_us;
}
