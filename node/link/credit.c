/* credit.c: the window of one lane: what was sent and not yet acknowledged, how much more may go, and when to
 * send again.
 *
 *   acked ──[ out: at most window_parcels, window_bytes ]── cursor ── queue …
 *
 * The window of bytes begins small and follows the acks: prompt ones widen it, slow ones narrow it, so that
 * on a thin line an urgent parcel waits behind a quarter of a second of bulk and not behind four megabytes.
 * Pure; used by pump.c and ack.c. */
#include <assert.h>
#include <string.h>

#include "node/link/inside.h"

void qp_credit_start(struct qp_credit *c, uint64_t acked, uint64_t stated, int64_t now_us)
{
    memset(c, 0, sizeof *c);
    c->stated = stated;
    c->cursor = acked < stated ? acked : stated;
    c->window_parcels = QP_WINDOW_PARCELS;
    c->window_bytes = QP_WINDOW_LEAST;
    c->progress_us = now_us;
    c->stall_us = QP_STALL_US;
    assert(c->cursor <= acked && c->cursor <= stated); /* nothing that either side lacks is left out */
    c->rewind_us = QP_REWIND_US;
}

bool qp_credit_room(const struct qp_credit *c, size_t len)
{
    assert(c->count <= QP_WINDOW_PARCELS);
    assert(len <= QP_WINDOW_LEAST);
    return c->count < c->window_parcels && c->bytes + len <= c->window_bytes;
}

void qp_credit_sent(struct qp_credit *c, uint64_t position, size_t len, int64_t now_us)
{
    assert(position > c->cursor && c->count < QP_WINDOW_PARCELS);
    assert(c->bytes + len <= QP_WINDOW_BYTES);
    unsigned at = (c->first + c->count) % QP_WINDOW_PARCELS;
    if (c->count == 0)
        c->progress_us = now_us;
    c->ring[at].position = position;
    c->ring[at].bytes = (uint32_t)len;
    c->ring[at].sent_us = now_us;
    c->count++;
    c->bytes += len;
    c->cursor = position;
}

void qp_credit_acked(struct qp_credit *c, uint64_t position, int64_t now_us)
{
    int64_t took_us = -1;
    c->stated = position;
    while (c->count && c->ring[c->first].position <= position) {
        assert(c->bytes >= c->ring[c->first].bytes);
        took_us = now_us - c->ring[c->first].sent_us;
        c->bytes -= c->ring[c->first].bytes;
        c->first = (c->first + 1) % QP_WINDOW_PARCELS;
        c->count--;
    }
    if (took_us < 0)
        return;
    c->progress_us = now_us;
    c->stall_us = QP_STALL_US;
    c->rewind_us = QP_REWIND_US;
    c->window_parcels =
        c->window_parcels >= QP_WINDOW_PARCELS / 2 ? QP_WINDOW_PARCELS : c->window_parcels * 2;
    if (took_us > QP_SLOW_ACK_US)
        c->window_bytes = c->window_bytes / 2 < QP_WINDOW_LEAST ? QP_WINDOW_LEAST : c->window_bytes / 2;
    else
        c->window_bytes = c->window_bytes * 2 > QP_WINDOW_BYTES ? QP_WINDOW_BYTES : c->window_bytes * 2;
    assert(c->count || c->bytes == 0);
}

void qp_credit_want_rewind(struct qp_credit *c, int64_t now_us)
{
    if (c->rewind_us == 0) /* asked for before anything was sent: it begins with what is acknowledged */
        return;
    assert(c->rewind_us >= QP_REWIND_US && c->rewind_us <= QP_REWIND_MOST_US);
    if (c->rewind_at_us)
        return;
    int64_t earliest = c->rewound_us + c->rewind_us;
    c->rewind_at_us = c->rewound_us && earliest > now_us ? earliest : now_us;
}

int64_t qp_credit_stalls_at(const struct qp_credit *c)
{
    assert(c->count <= QP_WINDOW_PARCELS);
    return c->count ? c->progress_us + c->stall_us : INT64_MAX;
}

void qp_credit_rewind(struct qp_credit *c, uint64_t acked, int64_t now_us, bool stalled)
{
    assert(c->stall_us >= QP_STALL_US && c->stall_us <= QP_STALL_MOST_US);
    c->cursor = acked < c->stated ? acked : c->stated;
    c->first = c->count = 0;
    c->bytes = 0;
    c->dry = false;
    c->window_parcels = QP_WINDOW_PROBE;
    c->window_bytes = QP_WINDOW_LEAST;
    c->progress_us = now_us;
    if (stalled) {
        c->stall_us = c->stall_us * 2 > QP_STALL_MOST_US ? QP_STALL_MOST_US : c->stall_us * 2;
        return;
    }
    if (c->rewound_us)
        c->rewind_us = c->rewind_us * 2 > QP_REWIND_MOST_US ? QP_REWIND_MOST_US : c->rewind_us * 2;
    c->rewound_us = now_us;
    c->rewind_at_us = 0;
}
