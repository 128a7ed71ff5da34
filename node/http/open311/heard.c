/* heard.c: what this node has heard since when. Clients of others ask by change, again and again, from the moment at which
 * they asked last; what was cut off meanwhile comes later and bears an earlier time, so that only the time at which it came
 * here finds it (OP5, OP8). Called by requests.c and updates.c.
 *
 * The journal's records have that time, in their order. A clock that was set back makes some of them earlier than their
 * neighbours: a moment within that stretch is then looked for before or behind it. */
#include "node/http/open311/inside.h"

#include <string.h>
#include <time.h>

#include "proto/parcel.h"

/* When a record came here; of a damaged one, as the next whole one says. */
static int64_t came_us(struct qp_read *r, uint64_t position, uint64_t last)
{
    struct qp_record rec;
    for (; position <= last; position++) {
        if (!qp_journal_get(r->journal, r->store, position, &rec, NULL))
            return rec.received_us;
    }
    return INT64_MAX;
}

uint64_t qp_o3_heard_before(struct qp_read *r, int64_t at_us)
{
    uint64_t last = qp_tables_position(r->tables, r->store), low = 0, high = last;
    while (low < high) {
        uint64_t middle = low + (high - low + 1) / 2;
        if (came_us(r, middle, last) < at_us)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static int64_t thread_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

void qp_o3_work_begin(struct qp_o3 *o)
{
    o->worked_us = thread_us();
}

bool qp_o3_work_over(const struct qp_o3 *o)
{
    int64_t most = o->c->h->open311_us ? o->c->h->open311_us : QP_O3_WORK_US;
    return thread_us() - o->worked_us > most;
}

/* ---- the matters of a stretch of the journal ---- */

static void note(struct qp_o3_matters *m, const uint8_t id[QP_ID_LEN])
{
    uint64_t key;
    memcpy(&key, id + QP_ID_LEN - sizeof key, sizeof key); /* of the id's hash */
    size_t at = (size_t)(key % QP_O3_SLOTS);
    for (; m->slot[at]; at = (at + 1) % QP_O3_SLOTS) {
        if (memcmp(m->v[m->slot[at] - 1], id, QP_ID_LEN) == 0)
            return;
    }
    m->full = m->n == QP_O3_MATTERS;
    if (m->full)
        return;
    memcpy(m->v[m->n], id, QP_ID_LEN);
    m->slot[at] = (uint16_t)++m->n;
}

void qp_o3_matters_heard(struct qp_o3 *o, struct qp_read *r, int64_t from_us, int64_t to_us,
                         struct qp_o3_matters *m, struct qp_arena *a)
{
    uint64_t last = qp_tables_position(r->tables, r->store), at = qp_o3_heard_before(r, from_us);
    while (++at <= last && !m->full) {
        struct qp_record rec;
        struct qp_parcel p;
        m->full = qp_o3_work_over(o);
        if (m->full ||
            qp_journal_get(r->journal, r->store, at, &rec, NULL)) /* damaged: the rest goes on (S5) */
            continue;
        if (rec.received_us >= to_us)
            return;
        qp_arena_reset(a);
        if (qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, a, NULL))
            continue;
        for (uint32_t i = 0; i < p.h.count; i++) {
            Qp__Event *ev;
            if (!qp_parcel_event(&ev, &p, i, a, NULL) && ev->matter.len == QP_ID_LEN)
                note(m, ev->matter.data);
        }
    }
}
