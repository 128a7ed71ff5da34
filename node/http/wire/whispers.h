/* whispers.h: what is whispered on lines (LI7), from the turn to the pages that are open: a ring in memory, the newest of it. A page
 * that is slower than that misses some; nothing of it is kept. And how fast one caller may whisper. */
#ifndef QP_NODE_HTTP_WIRE_WHISPERS_H
#define QP_NODE_HTTP_WIRE_WHISPERS_H

#include "node/core/core.h"

enum {
    QP_WHISPERS_KEPT = 256,
    QP_WHISPERS_KEPT_BYTES = 1024 * 1024,
    QP_WHISPERS_KEPT_US = 30000000, /* an older one says nothing any more */
    QP_WHISPERERS = 64, /* whose rate is known; of more the one who was quiet longest begins anew */
};
struct qp_whispered {
    uint64_t n; /* from 1 */
    int64_t boot_us, at_us;
    uint8_t line[QP_ID_LEN], node[QP_ID_LEN];
    uint32_t word;
    char *by, *call, *page, *to, *data; /* one block, from by on */
    size_t len;
};
struct qp_whisperer {
    char by[QP_BY_BYTES + 1];
    int64_t level, at_us; /* thousandths of a whisper */
};
struct qp_whisper_ring {
    struct qp_whispered v[QP_WHISPERS_KEPT]; /* at n % KEPT; by NULL: none */
    uint64_t last, first;                    /* the newest; the oldest that is kept */
    size_t bytes;
    uint64_t dropped; /* that were gone before a page had them */
    struct qp_whisperer who[QP_WHISPERERS];
};

/* All with the server's lock held. */
void qp_whispers_put(struct qp_whisper_ring *r, const struct qp_output *o, int64_t boot_us);
/* The first behind *after that is not old, as a copy: free(copy.by). False: there is none; *after is where to go on. */
bool qp_whispers_next(struct qp_whisper_ring *r, uint64_t *after, int64_t boot_us, struct qp_whispered *copy);
/* May he whisper now? Twenty a second, a hundred at once. */
bool qp_whispers_may(struct qp_whisper_ring *r, const char *by, int64_t boot_us);
void qp_whispers_close(struct qp_whisper_ring *r);

#endif
