/* whisper.c: what people whisper on lines, on one link (LI7): quick, and never in the way of what is urgent.
 *
 *   this node's, or passed on ─► nothing urgent waits? ─ yes ─► frame        a neighbour's ─► within its rate? ─ yes ─► turn
 *                                     │ no                                                        │ no
 *                                     └─► waits: 32, two seconds                                  └─► dropped, counted, told it
 *
 * Of typing the newest is enough: it takes the place of the one that waits. What can no longer be of use is dropped and counted;
 * whoever calls sees it by what does not come back. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/link/inside.h"

/* Of one neighbour, with all that is below or above it. A call takes some twenty whispers to begin, somebody who types one in
 * three seconds. */
static const struct qp_rate WHISPERS = {200, 400}, BYTES = {512 * 1024, 1024 * 1024};

struct waiting {
    uint8_t from[QP_ID_LEN], to[QP_ID_LEN];
    bool newest;
    int64_t at_us;
    size_t len, body_len;
    uint8_t *bytes; /* the Carry, packed; malloc'd */
};
struct qp_whispers {
    struct waiting v[QP_WHISPERS]; /* the oldest first */
    size_t n;
};

bool qp_whisper_over(struct qp_session *s, const Qp__Carry *c, int64_t now_us)
{
    assert(s->open);
    if (qp_bucket_level(&s->whispered, &WHISPERS, now_us) <= 0 ||
        qp_bucket_level(&s->whispered_bytes, &BYTES, now_us) <= 0) {
        s->whispers_over++;
        return true;
    }
    qp_bucket_take(&s->whispered, 1);
    qp_bucket_take(&s->whispered_bytes, (int64_t)c->body.len);
    return false;
}

static void drop(struct qp_whispers *w, size_t i)
{
    assert(i < w->n);
    free(w->v[i].bytes);
    w->n--;
    memmove(&w->v[i], &w->v[i + 1], (w->n - i) * sizeof w->v[i]);
}

void qp_whispers_end(struct qp_session *s)
{
    while (s->whispers && s->whispers->n > 0) {
        drop(s->whispers, s->whispers->n - 1);
        s->whispers_dropped++;
    }
    s->whispers_told = 0;
    assert(!s->whispers || s->whispers->n == 0);
}

void qp_whispers_free(struct qp_session *s)
{
    qp_whispers_end(s);
    free(s->whispers);
    s->whispers = NULL;
}

/* Never before an emergency that waits, and never more at once than one that comes now may wait behind. */
static bool may_go(struct qp_session *s, struct qp_read *read, size_t len, int64_t now_us)
{
    uint64_t next;
    bool back;
    if (now_us - s->whispers_us >= QP_WHISPERS_PACE_US || now_us < s->whispers_us) {
        s->whispers_us = now_us;
        s->whispers_bytes = 0;
    }
    return s->ready && !s->blocked && s->whispers_bytes + len <= QP_WHISPERS_BYTES &&
           qp_queue_next(read->tables, s->n.store, s->peer, QP_LANE_URGENT,
                         s->lanes[QP_LANE_URGENT - 1].cursor + 1, &next, &back) == QP_ENOTFOUND;
}

static bool say(struct qp_session *s, const Qp__Carry *c, size_t len)
{
    Qp__Frame f = QP__FRAME__INIT;
    f.body_case = QP__FRAME__BODY_CARRY;
    f.carry = (Qp__Carry *)(uintptr_t)c;
    if (!qp_session_say(s, &f))
        return false;
    s->whispers_bytes += len;
    s->spoke_us = s->whispers_us; /* what is said next comes soon */
    return true;
}

/* Behind those that wait; of typing in the place of the last one. */
static void wait_for_room(struct qp_session *s, const Qp__Carry *c, int64_t now_us)
{
    struct qp_whispers *w = s->whispers;
    if (!w)
        w = s->whispers = calloc(1, sizeof *w);
    size_t len = qp__carry__get_packed_size(c);
    uint8_t *bytes = w ? malloc(len) : NULL;
    if (!bytes) {
        s->whispers_dropped++;
        return;
    }
    bool newest = c->whisper == QP_WHISPER_NEWEST;
    for (size_t i = w->n; newest && i-- > 0;) {
        struct waiting *x = &w->v[i];
        if (!x->newest || memcmp(x->from, c->from.data, QP_ID_LEN) != 0 ||
            memcmp(x->to, c->to.data, QP_ID_LEN) != 0)
            continue;
        drop(w, i); /* not lost: the newer one says it */
        break;
    }
    if (w->n == QP_WHISPERS) {
        drop(w, 0);
        s->whispers_dropped++;
    }
    struct waiting *x = &w->v[w->n++];
    qp__carry__pack(c, bytes);
    *x = (struct waiting){
        .newest = newest, .at_us = now_us, .len = len, .body_len = c->body.len, .bytes = bytes};
    memcpy(x->from, c->from.data, QP_ID_LEN);
    memcpy(x->to, c->to.data, QP_ID_LEN);
}

void qp_whisper_say(struct qp_session *s, const Qp__Carry *c, struct qp_read *read, int64_t now_us)
{
    assert(c->whisper != QP_WHISPER_NONE);
    if (!s->open || s->version < QP_LINK_VERSION_WHISPER) {
        s->whispers_dropped++;
        return;
    }
    size_t len = c->body.len;
    bool first = !s->whispers || s->whispers->n == 0;
    if (!first || !may_go(s, read, len, now_us) || !say(s, c, len))
        wait_for_room(s, c, now_us);
}

int64_t qp_whispers_pump(struct qp_session *s, struct qp_read *read, int64_t now_us)
{
    struct qp_whispers *w = s->whispers;
    assert(s->open);
    while (w && w->n > 0) {
        struct waiting *x = &w->v[0];
        bool old = now_us - x->at_us > QP_WHISPER_US || now_us < x->at_us;
        if (!old && !may_go(s, read, x->body_len, now_us))
            return now_us + QP_BLOCKED_US;
        Qp__Carry *c = old ? NULL : qp__carry__unpack(NULL, x->len, x->bytes);
        bool said = c && say(s, c, x->body_len);
        if (c)
            qp__carry__free_unpacked(c, NULL);
        if (c && !said)
            return now_us + QP_BLOCKED_US;
        s->whispers_dropped += !said;
        drop(w, 0);
    }
    return INT64_MAX;
}
