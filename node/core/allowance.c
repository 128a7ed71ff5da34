/* allowance.c: see allowance.h. */
#include "node/core/allowance.h"

#include <assert.h>
#include <string.h>

static bool spend(struct qp_allowed *b, int64_t now_us, size_t amount, size_t most)
{
    if (now_us - b->since_us >= 1000000 || now_us < b->since_us) {
        b->since_us = now_us;
        b->spent = 0;
    }
    if (b->spent + amount > most)
        return false;
    b->spent += amount;
    assert(b->spent <= most);
    return true;
}

/* Where the clock was set back since, it is long ago. */
static int64_t since(const struct qp_allowed *b, int64_t now_us)
{
    return b->since_us <= now_us ? b->since_us : 0;
}

bool qp_allowance_spend(struct qp_allowance *a, const struct qp_allowance_rate *rate,
                        const uint8_t node[QP_ID_LEN], int64_t now_us, size_t amount)
{
    struct qp_allowed *b = &a->each[0];
    assert(rate->each <= rate->all && amount <= rate->each);
    for (size_t i = 0; i < QP_ALLOWED; i++) {
        if (memcmp(a->each[i].node, node, QP_ID_LEN) == 0) {
            b = &a->each[i];
            break;
        }
        if (since(&a->each[i], now_us) < since(b, now_us))
            b = &a->each[i];
    }
    if (memcmp(b->node, node, QP_ID_LEN) != 0) {
        if (now_us >= b->since_us && now_us - b->since_us < 1000000 && b->spent > 0)
            return false; /* as many others are given to in this second */
        *b = (struct qp_allowed){.since_us = now_us};
        memcpy(b->node, node, QP_ID_LEN);
    }
    return spend(b, now_us, amount, rate->each) && spend(&a->all, now_us, amount, rate->all);
}
