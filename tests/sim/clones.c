/* clones.c: a node's folder is copied, its key with it, and both run: a restored machine image, a folder that was moved and started
 * twice. Nobody can tell the two apart until they have said different things (C5).
 *
 *   runs ── copied ──► both run, and people work at both ──► looked at ──► both stopped ──► the copy's folder joins again, and what
 *                      │ both dial the same parent:          │ told?                        it had taken in is brought in ──► then
 *                      └ the newest call has its place       └ QP_EFORK at one at least     the true one's (join TOKEN --again)
 *
 * The copy is the node number SIM_TWIN: it has its own folder and its own connection to the parent, and nobody below. A person does what
 * the alarm `forked` says: both folders join again, one after the other, so that nothing is lost that either has acknowledged: it
 * stands at the root as it was said, or a comment on its matter tells of it (again.c). While the two run neither counts as a holder: what
 * they do to their matters is one node's word to everybody else, and only one of them is heard. */
#include "node/core/private.h"
#include "tests/sim/world.h"

_Static_assert(QP_AGAIN_KEY <= sizeof(((struct sim_acked *)0)->note),
               "the key of a comment that tells of an event fits");

enum { BATCH = 16, STEPS = 24, COPIES_US = 60000000, TOLD_US = 90000000, POLL_US = 1000000, SLOT = SIM_TWIN };

static struct sim_node *slot(struct sim_world *w)
{
    return &w->node[SLOT];
}

bool sim_cloned(const struct sim_world *w)
{
    return w->twin.state != SIM_TWIN_NONE;
}

bool sim_doubled(const struct sim_world *w, int i)
{
    bool both = w->twin.state == SIM_TWIN_RUNS || w->twin.state == SIM_TWIN_LOOKED;
    return both && (i == w->twin.of || i == SLOT);
}

bool sim_returning(const struct sim_world *w, int i)
{
    return w->twin.state == SIM_TWIN_FIRST && i == w->twin.of;
}

/* Whom people and faults meet who mean node i. */
int sim_either(struct sim_world *w, int i)
{
    return sim_doubled(w, i) && slot(w)->up && sim_chance(w, 50) ? SLOT : i;
}

int sim_true_node(const struct sim_world *w, int i)
{
    return i == SLOT ? w->twin.of : i;
}

static void run(struct sim_world *w, const char *fmt, int a, int b)
{
    char cmd[400];
    snprintf(cmd, sizeof cmd, fmt, w->dir, a, w->dir, b);
    if (system(cmd) != 0)
        sim_fail(w, "%s", cmd);
}

uint64_t sim_head(const struct sim_node *x)
{
    struct qp_read r;
    uint64_t head = 0;
    if (x->up && !qp_read_begin(x->store, &r, NULL)) {
        head = qp_journal_head(r.journal, x->store, NULL);
        qp_read_end(&r);
    }
    return head;
}

/* ---- two of one ---- */

/* The place is given to another machine, with an empty disk, while the one that had it goes on (invite --replace by mistake, or of one
 * that was cut off). What was the node runs on as SIM_TWIN. */
static void displace(struct sim_world *w)
{
    struct sim_node *x = &w->node[w->twin.of];
    sim_stop(w, w->twin.of);
    run(w, "rm -rf '%s/%d' '%s/%d'", w->twin.of, SIM_NODES);
    x->wiped = x->burned = x->has_burned = true;
    w->fires[w->twin.of]++;
    if (sim_chance(w, 50)) /* it hears of that later */
        w->link[SLOT].pipe[0].cut = w->link[SLOT].pipe[1].cut = true;
    sim_at(w, 1000000 + (int64_t)sim_below(w, 5000000), SIM_REJOIN, w->twin.of, 0);
}

void sim_clone(struct sim_world *w, bool displaces)
{
    int i = 1 + (int)sim_below(w, (uint64_t)(w->n - 1));
    struct sim_node *x = &w->node[i], *t = slot(w);
    if (w->healing || w->twin.state != SIM_TWIN_NONE || !x->up || x->burned)
        return;
    run(w, "cp -r '%s/%d' '%s/%d'", i, SLOT);
    unsigned life = t->life;
    struct qp_arena *gather = t->gather ? t->gather : qp_arena_new(64 << 20);
    free(t->inputs);
    *t = (struct sim_node){.parent = x->parent, .keys = x->keys, .life = life, .gather = gather};
    memcpy(t->path, x->path, sizeof t->path);
    w->link[SLOT].child = SLOT;
    w->twin.of = i;
    w->twin.state = SIM_TWIN_RUNS;
    w->twin.displaced = displaces;
    w->twin.began = sim_head(x);
    w->twin.life[0] = x->life;
    w->copies++;
    if (sim_start(w, SLOT))
        w->twin.life[1] = t->life;
    sim_check_holders(w, i); /* neither counts from here on */
    if (displaces)
        displace(w);
    sim_at(w, 1000000 + (int64_t)sim_below(w, COPIES_US), SIM_PART, 0, 0);
    for (int k = 0; k < STEPS; k++)
        sim_at(w, (int64_t)sim_below(w, COPIES_US / 2), SIM_BUSY, i, 0);
}

/* ---- who is told ---- */

static bool told(const struct sim_node *x)
{
    return x->up && qp_core_out_code(x->core) == QP_EFORK;
}

/* Does its parent know of two? Of a fork it has the proof, of an old copy its word. */
static bool shown(struct sim_world *w, const struct sim_node *x)
{
    struct sim_node *up = &w->node[x->parent];
    struct qp_read r;
    struct qp_peer_entry p = {.copy_us = 0};
    struct qp_node_entry n = {.quarantined = false};
    if (qp_read_begin(up->store, &r, NULL))
        return false;
    qp_peer_read(r.tables, up->store, x->id, &p);
    qp_node_by_id(&r, x->id, &n);
    qp_read_end(&r);
    return p.copy_us > 0 || p.old_head > 0 || n.quarantined;
}

/* Has it said anything to its parent since there are two? */
static bool said(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    struct qp_arena *a = qp_arena_new(64 << 20);
    struct qp_read r;
    bool any = false;
    if (!qp_read_begin(x->store, &r, NULL)) {
        uint64_t head = qp_journal_head(r.journal, x->store, NULL);
        for (uint64_t at = w->twin.began + 1; at <= head && !any; at++) {
            struct qp_record rec;
            struct qp_parcel p;
            qp_arena_reset(a);
            any = !qp_journal_get(r.journal, x->store, at, &rec, NULL) && rec.kind == QP_RECORD_OWN &&
                  !qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, a, NULL) &&
                  p.h.scope == QP_SCOPE_HORIZON;
        }
        qp_read_end(&r);
    }
    qp_arena_free(a);
    return any;
}

/* Both ends are to read that there are two. Of the copies one at least is told, by the parent's first greeting that does not fit its
 * journal: it takes nothing more in, says why (`forked`), and how it is mended. */
static void check_told(struct sim_world *w)
{
    const struct sim_node *x = &w->node[w->twin.of], *t = slot(w);
    if (w->twin.displaced) {
        bool back = x->up && !x->burned && w->node[x->parent].up;
        if (!back || !t->up || t->life != w->twin.life[1])
            return;
        const char *why;
        bool out = qp_core_out(t->core, &why) && qp_core_out_code(t->core) == QP_ECLOSED && why[0] != 0;
        w->copies_told++;
        if (!out)
            sim_fail(w, "the place of %s was given away, and who had it is not told so", x->path);
        return;
    }
    bool same = x->life == w->twin.life[0] && t->life == w->twin.life[1];
    if (!w->twin.both || !x->up || !t->up || !same || !w->node[x->parent].up)
        return;
    w->copies_told++;
    if (!told(x) && !told(t))
        sim_fail(w, "two copies of %s have run and neither is told", x->path);
    else if (!shown(w, x))
        sim_fail(w, "the parent of %s does not show that there are two of it", x->path);
}

/* ---- they are told apart ---- */

static void note_event(struct sim_world *w, struct sim_aside *a, const struct qp_slice *bytes,
                       struct qp_arena *arena)
{
    Qp__Event *ev;
    bool ends;
    if (QP_DECODE(&ev, event, bytes->p, bytes->len, arena, NULL) != 0 || qp_resource_of(ev, &ends))
        return; /* of a resource the last word alone is brought in (node/cli/brought.c) */
    struct qp_slice *more = realloc(a->v, (a->n + 1) * sizeof *more);
    uint8_t *copy = malloc(bytes->len);
    if (!more || !copy)
        abort();
    memcpy(copy, bytes->p, bytes->len);
    a->v = more;
    a->v[a->n++] = (struct qp_slice){copy, bytes->len};
    for (int k = 0; k < w->nacked; k++) {
        struct sim_acked *ac = &w->acked[k];
        if (ev->matter.len == QP_ID_LEN && memcmp(ac->matter, ev->matter.data, QP_ID_LEN) == 0 &&
            ac->body == (int)ev->body_case && strcmp(ac->key, ev->key) == 0)
            qp_again_key(ac->note, ev, bytes);
    }
}

/* What is in a folder, as `qipan serve` reads it after join --again. */
static void read_aside(struct sim_world *w, struct sim_aside *a, int dir)
{
    char path[160];
    struct qp_store *s = NULL;
    struct qp_read r;
    struct qp_err e = {0};
    struct qp_arena *arena = qp_arena_new(64 << 20);
    snprintf(path, sizeof path, "%s/%d", w->dir, dir);
    struct qp_store_options o = {
        .dir = path, .journal_map = SIM_MAP, .tables_map = SIM_MAP, .no_sync = true, .boot_id = "simulated"};
    int rc = qp_store_open(&s, &o, &e);
    if (!rc && !(rc = qp_read_begin(s, &r, &e))) {
        uint64_t head = qp_journal_head(r.journal, s, NULL);
        for (uint64_t at = 1; at <= head; at++) {
            struct qp_record rec;
            struct qp_parcel p;
            qp_arena_reset(arena);
            if (qp_journal_get(r.journal, s, at, &rec, &e) || rec.kind != QP_RECORD_OWN ||
                qp_parcel_open_trusted(&p, rec.parcel.p, rec.parcel.len, arena, &e))
                continue;
            for (uint32_t k = 0; k < p.h.count; k++)
                note_event(w, a, &p.events[k], arena);
        }
        qp_read_end(&r);
    }
    if (rc)
        sim_fail(w, "a folder that was set aside cannot be read: %s", e.text);
    if (s)
        qp_store_close(s, true);
    qp_arena_free(arena);
}

/* The folder is set aside, and a new one joins in its place. */
static void join_again(struct sim_world *w, int which, int dir)
{
    struct sim_node *x = &w->node[w->twin.of];
    struct sim_aside *a = &w->twin.aside[which];
    if (x->up)
        sim_stop(w, w->twin.of);
    x->wiped = x->burned = x->has_burned = true;
    w->fires[w->twin.of]++;
    if (w->bug != SIM_BUG_THROWN && (w->bug != SIM_BUG_FOLDER || which == 1))
        read_aside(w, a, dir);
    w->twin.brought = w->twin.out = 0;
    w->twin.state = which == 0 ? SIM_TWIN_FIRST : SIM_TWIN_SECOND;
    sim_at(w, 1000000 + (int64_t)sim_below(w, 5000000), SIM_REJOIN, w->twin.of, 0);
    sim_at(w, POLL_US, SIM_PART, 0, 0);
}

static void stop_both(struct sim_world *w)
{
    struct sim_node *t = slot(w);
    check_told(w);
    if (w->failure[0] != 0)
        return;
    if (t->up)
        sim_stop(w, SLOT);
    t->wiped = true; /* nobody starts it again */
    /* who has the place now has to be through before the former one's folder joins again */
    if (w->twin.displaced) {
        w->twin.brought = w->twin.out = 0;
        w->twin.state = SIM_TWIN_FIRST;
        sim_at(w, POLL_US, SIM_PART, 0, 0);
        return;
    }
    if (w->node[w->twin.of].up)
        sim_stop(w, w->twin.of);
    run(w, "mv '%s/%d' '%s/%d'", w->twin.of, SIM_NODES); /* the true one's, until it is its turn */
    join_again(w, 0, SLOT);
}

/* ---- what they had taken in ---- */

static void bring_in(struct sim_world *w, struct sim_aside *a)
{
    struct sim_node *x = &w->node[w->twin.of];
    if (w->twin.out > 0 && w->twin.out_life == x->life)
        return; /* not answered yet */
    w->twin.out_life = x->life;
    for (w->twin.out = 0; w->twin.out < BATCH && w->twin.brought + w->twin.out < a->n; w->twin.out++) {
        struct qp_command c = {
            .op = QP_OP_AGAIN, .if_version = -1, .again = a->v[w->twin.brought + w->twin.out]};
        sim_command(w, w->twin.of, &c, "", QP_OP_AGAIN);
    }
}

/* People were told to say the event again that is brought in now. */
static void say_again(struct sim_world *w)
{
    const struct sim_aside *a = &w->twin.aside[w->twin.state == SIM_TWIN_SECOND];
    struct qp_arena *arena = qp_arena_new(QP_DECODE_ARENA);
    Qp__Event *ev;
    if (w->twin.brought < a->n &&
        QP_DECODE(&ev, event, a->v[w->twin.brought].p, a->v[w->twin.brought].len, arena, NULL) == 0)
        sim_walk_excused(w, w->twin.of, ev);
    qp_arena_free(arena);
}

void sim_brought_in(struct sim_world *w, int i, const struct qp_reply *r)
{
    if (i != w->twin.of || w->twin.out == 0 || w->node[i].life != w->twin.out_life)
        return;
    static const uint8_t none[QP_ID_LEN];
    bool named = r->code == QP_ENOTFOUND && memcmp(r->matter, none, sizeof none) == 0 &&
                 strstr(r->text, "is not said for them"); /* of no matter: people say it again (E6) */
    w->copies_named += named;
    if (named)
        say_again(w);
    if (r->code != 0 && !named)
        sim_fail(w, "%s (%u): what a copy had taken in cannot be brought in: %s; state %d at %zu of %zu",
                 w->node[i].path, w->node[i].incarnation, r->text, (int)w->twin.state, w->twin.brought,
                 w->twin.aside[w->twin.state == SIM_TWIN_SECOND].n);
    w->twin.out--;
    w->twin.brought++;
    w->copies_brought++;
}

/* Nothing waits for the parent any more. */
static bool held_above(struct sim_world *w)
{
    struct sim_node *x = &w->node[w->twin.of];
    struct qp_read r;
    uint64_t waits = 1;
    int64_t oldest;
    if (x->ninputs > 0 || qp_read_begin(x->store, &r, NULL))
        return false;
    for (uint32_t lane = 1; lane <= QP_LANES && (lane == 1 || waits == 0); lane++)
        qp_queue_depth(&r, w->node[x->parent].id, lane, &waits, &oldest);
    qp_read_end(&r);
    return waits == 0;
}

static void over(struct sim_world *w)
{
    run(w, "rm -rf '%s/%d' '%s/%d'", SLOT, SIM_NODES);
    for (int k = 0; k < 2; k++) {
        for (size_t n = 0; n < w->twin.aside[k].n; n++)
            free((void *)(uintptr_t)w->twin.aside[k].v[n].p);
        free(w->twin.aside[k].v);
        w->twin.aside[k] = (struct sim_aside){0};
    }
    w->twin.state = SIM_TWIN_NONE;
}

void sim_part(struct sim_world *w)
{
    struct sim_node *x = &w->node[w->twin.of];
    switch (w->twin.state) {
    case SIM_TWIN_NONE: return;
    case SIM_TWIN_RUNS: /* no cut hides one of them from the parent any more */
        w->twin.state = SIM_TWIN_LOOKED;
        w->twin.both = x->up && slot(w)->up && said(w, w->twin.of) && said(w, SLOT);
        sim_heal(w, w->twin.of);
        sim_heal(w, SLOT);
        sim_at(w, TOLD_US, SIM_PART, 0, 0);
        return;
    case SIM_TWIN_LOOKED: stop_both(w); return;
    case SIM_TWIN_FIRST:
    case SIM_TWIN_SECOND: break;
    }
    int which = w->twin.state == SIM_TWIN_FIRST ? 0 : 1;
    bool back = x->up && !x->burned && !qp_core_recovering(x->core);
    if (back)
        bring_in(w, &w->twin.aside[which]);
    if (!back || w->twin.brought < w->twin.aside[which].n || !held_above(w)) {
        sim_at(w, POLL_US, SIM_PART, 0, 0);
        return;
    }
    if (which == 1) {
        over(w);
        return;
    }
    sim_stop(w, w->twin.of);
    run(w, "rm -rf '%s/%d' '%s/%d'", w->twin.of, w->twin.displaced ? SIM_NODES : SLOT);
    join_again(w, 1, w->twin.displaced ? SLOT : SIM_NODES);
}

void sim_plant_deaf(struct sim_world *w, int i)
{
    w->node[i].core->silent = w->node[i].core->out = false;
}

void sim_clone_clean(struct sim_world *w)
{
    struct sim_node *t = slot(w);
    if (t->up)
        sim_stop(w, SLOT);
    over(w);
    if (t->gather)
        qp_arena_free(t->gather);
    free(t->inputs);
    if (w->link[SLOT].child == SLOT)
        sim_disconnect(w, SLOT);
}
