/* work.c: what must hold of the work together, at the end: a clock's due never later without a pause, an approval or a
 * calendar (CL5), and what a helper said of its part is what the holder sees (ST4). */
#include "node/matter/beside.h"
#include "node/matter/clocks.h"
#include "node/matter/face.h"
#include "node/matter/parts.h"
#include "tests/sim/world.h"

enum { EVENTS = 512 };

/* ---- clocks ---- */

/* Which clocks were seen so far, the newest word of each. */
struct seen {
    const Qp__Clock *v[EVENTS];
    size_t n;
};

static bool may_be_later(const Qp__Clock *was, const Qp__Clock *is)
{
    uint32_t had = was->extension ? was->extension->granted : 0,
             has = is->extension ? is->extension->granted : 0;
    bool paused = is->n_pauses != was->n_pauses;
    for (size_t i = 0; i < was->n_pauses && !paused; i++)
        paused = was->pauses[i]->to_us != is->pauses[i]->to_us;
    return paused || has > had || strcmp(was->later_by, is->later_by) != 0 || is->basis == QP_DUE_IMPORTED;
}

static void look(struct sim_world *w, int i, int m, struct seen *s, Qp__Clock *const *v, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        size_t at = 0;
        while (at < s->n && (s->v[at]->stage != v[k]->stage || s->v[at]->serial != v[k]->serial))
            at++;
        if (at < s->n && qp_clock_said_due(s->v[at]) > 0 &&
            qp_clock_said_due(v[k]) > qp_clock_said_due(s->v[at]) && !may_be_later(s->v[at], v[k])) {
            char id[27];
            qp_id_text(id, w->matters[m]);
            sim_fail(w, "%s: a due of %s is later, and nobody paused or approved it", w->node[i].path, id);
        }
        w->clocks_seen += at == s->n && at < EVENTS;
        if (at < EVENTS)
            s->v[at] = v[k];
        s->n += at == s->n && at < EVENTS;
    }
}

/* In the order of the versions; each is what its first event says. */
static void check_dues(struct sim_world *w, int i, int m, struct qp_read *r, struct qp_arena *a)
{
    struct qp_history *h = qp_arena_take(a, EVENTS * sizeof *h);
    struct seen *s = qp_arena_take(a, sizeof *s);
    Qp__Row *row;
    uint64_t version = 0;
    if (!h || !s)
        abort();
    s->n = 0;
    int rc = qp_matter_read(r, w->matters[m], &row, a, NULL);
    if (rc == QP_ENOTFOUND || (!rc && row->face->n_clocks == 0))
        return;
    long n = rc ? -1 : qp_matter_history(r, w->matters[m], h, EVENTS, a, NULL);
    if (n < 0) {
        sim_fail(w, "%s cannot read a matter's history", w->node[i].path);
        return;
    }
    for (long k = 0; k < n && k < EVENTS; k++) {
        const Qp__Event *ev = h[k].event;
        if (ev->version <= version || ev->version > row->face->version)
            continue;
        version = ev->version;
        look(w, i, m, s, ev->clocks, ev->n_clocks);
    }
    look(w, i, m, s, row->face->clocks, row->face->n_clocks);
}

/* ---- parts ---- */

static int whose(struct sim_world *w, ProtobufCBinaryData node)
{
    for (int i = 0; i < w->n; i++)
        if (qp_id_is(node, w->node[i].id))
            return i;
    return -1;
}

/* What the helper itself knows that it said is what the holder shows. */
static void check_parts(struct sim_world *w, int m, struct qp_read *const *r, struct qp_arena *a)
{
    Qp__Row *row, *theirs;
    if (!r[0] || qp_matter_read(r[0], w->matters[m], &row, a, NULL))
        return;
    int holder = whose(w, row->face->holder);
    if (holder < 0 || !r[holder] || qp_matter_read(r[holder], w->matters[m], &row, a, NULL))
        return;
    for (size_t k = 0; k < row->face->n_parts; k++) {
        const Qp__Part here = qp_part_seen(row, k);
        int helper = whose(w, here.to);
        if (helper < 0 || !r[helper] || qp_matter_read(r[helper], w->matters[m], &theirs, a, NULL) ||
            theirs->face->n_parts <= k)
            continue;
        const Qp__Part there = qp_part_seen(theirs, k);
        char id[27];
        qp_id_text(id, w->matters[m]);
        w->parts_seen += here.last.len > 0;
        if (here.number == there.number && !qp_bytes_same(here.last, there.last))
            sim_fail(w, "%s has said of its part of %s what its holder %s has not heard",
                     w->node[helper].path, id, w->node[holder].path);
    }
}

void sim_check_work(struct sim_world *w, struct qp_read *const *r)
{
    struct qp_arena *a = qp_arena_new(64 << 20);
    for (int m = 0; m < w->nmatters && w->failure[0] == 0; m++) {
        for (int i = 0; i < w->n; i++) {
            qp_arena_reset(a);
            if (r[i] && (w->liar == 0 || i != w->liar))
                check_dues(w, i, m, r[i], a);
        }
        qp_arena_reset(a);
        check_parts(w, m, r, a);
    }
    qp_arena_free(a);
}

/* ---- planted ---- */

static bool put(struct sim_world *w, int i, const uint8_t *matter, const Qp__Row *row, struct qp_arena *a)
{
    struct qp_txn t;
    size_t len;
    uint8_t *bytes = qp_encode(&row->base, a, &len);
    if (!bytes || qp_store_begin(w->node[i].store, &t, NULL))
        return false;
    int rc =
        qp_put(t.tables, qp_store_dbi(w->node[i].store, QP_T_MATTER), matter, QP_ID_LEN, bytes, len, NULL);
    if (!rc)
        rc = qp_store_commit_journal(&t, NULL);
    if (!rc)
        rc = qp_store_commit_tables(&t, NULL);
    if (rc)
        qp_store_abort(&t);
    return !rc;
}

/* An hour more for a clock that ends the whole, out of nothing. */
static bool an_hour_more(Qp__Row *row)
{
    Qp__Face *f = row->face;
    for (size_t i = 0; i < f->n_clocks; i++)
        if (f->clocks[i]->stage == QP_CLOCK_CLOSE && !f->clocks[i]->held && !qp_face_is_open(f)) {
            f->clocks[i]->due_us += 3600000000;
            f->deadline_us = qp_clocks_deadline(f);
            return true;
        }
    return false;
}

/* The holder forgets what another said of its part. */
static bool forget_part(Qp__Row *row, const uint8_t *self)
{
    for (size_t i = 0; i < row->n_beside; i++)
        if (row->beside[i]->kind == QP_BESIDE_PART && qp_id_is(row->face->holder, self) &&
            memcmp(row->beside[i]->event.data, self, QP_ID_LEN) != 0) {
            row->n_beside = 0;
            return true;
        }
    return false;
}

bool sim_plant_work(struct sim_world *w, struct qp_arena *a, bool clock)
{
    for (int m = 0; m < w->nmatters; m++)
        for (int i = 0; i < w->n; i++) {
            struct qp_read r;
            Qp__Row *row;
            qp_arena_reset(a);
            if (!w->node[i].up || qp_read_begin(w->node[i].store, &r, NULL))
                continue;
            bool hit = !qp_matter_read(&r, w->matters[m], &row, a, NULL);
            qp_read_end(&r);
            if (hit && (clock ? an_hour_more(row) : forget_part(row, w->node[i].id)))
                return put(w, i, w->matters[m], row, a);
        }
    return false;
}
