/* world.c: the agenda, the randomness, and one whole run. */
#include <stdarg.h>
#include <unistd.h>

#include "tests/sim/world.h"

uint64_t sim_random(struct sim_world *w)
{
    uint64_t z = (w->rng += 0x9e3779b97f4a7c15ull); /* splitmix64 (Steele, Lea, Flood 2014) */
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

uint64_t sim_below(struct sim_world *w, uint64_t n)
{
    return n == 0 ? 0 : sim_random(w) % n;
}

bool sim_chance(struct sim_world *w, unsigned percent)
{
    return sim_below(w, 100) < percent;
}

void sim_seed32(struct sim_world *w, uint8_t seed[32])
{
    for (int i = 0; i < 4; i++) {
        uint64_t v = sim_random(w);
        memcpy(seed + 8 * i, &v, 8);
    }
}

void sim_fail(struct sim_world *w, const char *fmt, ...)
{
    va_list ap;
    if (w->failure[0] != 0)
        return;
    va_start(ap, fmt);
    vsnprintf(w->failure, sizeof w->failure, fmt, ap);
    va_end(ap);
}

void sim_told(const struct sim_world *w, int i, const char *fmt, ...)
{
    va_list ap;
    if (!w->verbose)
        return;
    fprintf(stderr, "%12.6f %-12s ", (double)(w->now_us - 1767225600000000ll) / 1e6, w->node[i].path);
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}

void sim_note(struct sim_world *w, const void *p, size_t len)
{
    struct qp_part parts[3] = {{w->hash.b, 32}, {&w->now_us, 8}, {p, len}};
    qp_hash_parts(&w->hash, parts, 3);
}

/* ---- the agenda: a binary heap by (time, order of entry) ---- */

static bool sooner(const struct sim_moment *a, const struct sim_moment *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void put_moment(struct sim_world *w, struct sim_moment m)
{
    if (w->nagenda == w->capagenda) {
        w->capagenda = w->capagenda == 0 ? 256 : w->capagenda * 2;
        w->agenda = realloc(w->agenda, w->capagenda * sizeof *w->agenda);
        if (!w->agenda)
            abort();
    }
    m.order = ++w->order;
    size_t i = w->nagenda++;
    while (i > 0 && sooner(&m, &w->agenda[(i - 1) / 2])) {
        w->agenda[i] = w->agenda[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    w->agenda[i] = m;
}

static struct sim_moment take_moment(struct sim_world *w)
{
    struct sim_moment top = w->agenda[0], last = w->agenda[--w->nagenda];
    size_t i = 0;
    for (;;) {
        size_t c = 2 * i + 1;
        if (c >= w->nagenda)
            break;
        if (c + 1 < w->nagenda && sooner(&w->agenda[c + 1], &w->agenda[c]))
            c++;
        if (!sooner(&w->agenda[c], &last))
            break;
        w->agenda[i] = w->agenda[c];
        i = c;
    }
    if (w->nagenda > 0)
        w->agenda[i] = last;
    return top;
}

void sim_at(struct sim_world *w, int64_t in_us, int kind, int a, int b)
{
    put_moment(w, (struct sim_moment){.at_us = w->now_us + in_us,
                                      .kind = kind,
                                      .a = a,
                                      .b = b,
                                      .life = a >= 0 && a < SIM_NODES ? w->node[a].life : 0});
}

/* ---- one run ---- */

static void build(struct sim_world *w)
{
    static const char *label[SIM_NODES] = {"city", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"};
    w->n = w->plan.nodes;
    for (int i = 0; i < w->n; i++) {
        struct sim_node *x = &w->node[i];
        memset(x, 0, sizeof *x);
        x->parent = -1;
        if (i > 0) {
            do { /* at most five levels, so that there are hops */
                x->parent = i <= 2 ? 0 : (int)sim_below(w, (uint64_t)i);
            } while (w->node[x->parent].nkids == SIM_KIDS || qp_path_depth(w->node[x->parent].path) >= 5);
            w->node[x->parent].kids[w->node[x->parent].nkids++] = i;
        }
        if (qp_path_join(x->path, i > 0 ? w->node[x->parent].path : NULL, label[i], NULL))
            abort();
        w->link[i].child = i;
    }
    for (int i = w->n - 1; i > 0 && w->plan.lies > 0 && w->liar == 0; i--)
        if (w->node[i].nkids == 0) /* who is below it would have to do with it */
            w->liar = i;
}

/* A day goes by, in which nothing happens: all that is to come is a day later. Connections do not live so long, days end, and
 * what people report from now on happened later. */
static void pass_day(struct sim_world *w)
{
    const int64_t day_us = INT64_C(86400) * 1000000;
    for (size_t i = 0; i < w->nagenda; i++)
        w->agenda[i].at_us += day_us;
    w->now_us += day_us;
    w->end_faults_us += day_us;
    w->days_passed++;
}

static void faults(struct sim_world *w)
{
    int64_t span = w->end_faults_us - w->now_us;
    for (int i = 0; i < w->plan.commands; i++)
        sim_at(w, (int64_t)sim_below(w, (uint64_t)span), SIM_COMMAND, -1, 0);
    for (int i = 0; i < w->plan.crashes; i++)
        sim_at(w, (int64_t)sim_below(w, (uint64_t)span), SIM_CRASH, -1, 0);
    for (int i = 0; i < w->plan.cuts; i++)
        sim_at(w, (int64_t)sim_below(w, (uint64_t)span), SIM_CUT, -1, 0);
    for (int i = 0; i < w->plan.lies; i++)
        sim_at(w, (int64_t)sim_below(w, (uint64_t)span), SIM_LIE, -1, 0);
    for (int i = 0; i < w->plan.floods; i++)
        sim_at(w, (int64_t)sim_below(w, (uint64_t)span), SIM_FLOOD, -1, 0);
    for (int i = 0; i < w->plan.wipes; i++)
        sim_at(w, (int64_t)sim_below(w, (uint64_t)span), SIM_WIPE, -1, 0);
    for (int i = 0; i < w->plan.clones; i++)
        sim_at(w, (int64_t)sim_below(w, (uint64_t)span), SIM_CLONE, -1, 0);
    for (int i = 0; i < w->plan.displaced; i++)
        sim_at(w, (int64_t)sim_below(w, (uint64_t)span), SIM_DISPLACE, -1, 0);
    for (int i = 0; i < w->plan.clocks; i++)
        sim_at(w, (int64_t)sim_below(w, (uint64_t)span), SIM_CLOCK, -1, 0);
    for (int i = 0; i < w->plan.days; i++)
        sim_at(w, span * (i + 1) / (w->plan.days + 1), SIM_DAY, -1, 0);
}

/* A clock is set, ahead or back, by seconds to a year; some time later it is right again. */
static void set_clock(struct sim_world *w, int i)
{
    static const int64_t by_s[] = {3, 400, 7200, 5 * 86400, 400 * 86400};
    int64_t by_us = by_s[sim_below(w, sizeof by_s / sizeof *by_s)] * 1000000;
    w->node[i].ahead_us = sim_chance(w, 50) ? by_us : -by_us;
    w->clocks_set++;
    sim_told(w, i, "has a clock that is %lld s ahead", (long long)(w->node[i].ahead_us / 1000000));
    sim_at(w, 1000000 + (int64_t)sim_below(w, 60000000), SIM_CLOCK, i, 0);
    if (w->node[i].up)
        sim_want_turn(w, i);
}

static void tick(struct sim_world *w, int i)
{
    struct qp_input in = {.kind = QP_IN_TICK};
    if (i < 0 || !w->node[i].up)
        return;
    sim_input(&w->node[i].end[0], &in);
    sim_want_turn(w, i);
}

/* It is right again. The driver of a real one sees that and looks at what is due (node/cli/drive.c), as do its neighbours' (T4). */
static void clock_right(struct sim_world *w, int i)
{
    struct sim_node *x = &w->node[i];
    if (x->ahead_us == 0)
        return;
    sim_told(w, i, "has its clock right again");
    x->ahead_us = 0;
    tick(w, i);
    tick(w, x->parent);
    for (int k = 0; k < x->nkids; k++)
        tick(w, x->kids[k]);
}

static void cut(struct sim_world *w, int link)
{
    bool both = sim_chance(w, 50);
    int way = (int)sim_below(w, 2);
    w->cuts_done++;
    w->link[link].pipe[way].cut = true;
    if (both)
        w->link[link].pipe[1 - way].cut = true;
    sim_told(w, link, "is cut off");
    sim_at(w, 1000000 + (int64_t)sim_below(w, 40000000), SIM_HEAL, link, 0);
}

void sim_heal(struct sim_world *w, int link)
{
    bool was = w->link[link].pipe[0].cut || w->link[link].pipe[1].cut;
    if (was)
        sim_told(w, link, "is linked to its parent again");
    w->link[link].pipe[0].cut = w->link[link].pipe[1].cut = false;
    if (was && sim_chance(w, 70)) { /* what was under way is lost with its connection; else it comes late */
        sim_disconnect(w, link);
        sim_at(w, 1000 + (int64_t)sim_below(w, 2000000), SIM_CONNECT, link, 0);
    }
}

static void moment(struct sim_world *w, struct sim_moment *m)
{
    int any = 1 + (int)sim_below(w, (uint64_t)(w->n - 1));
    switch (m->kind) {
    case SIM_FRAME: sim_arrive(w, m); break;
    case SIM_TURN:
        if (w->node[m->a].up && m->life == w->node[m->a].life)
            sim_turn(w, m->a);
        break;
    case SIM_PUMP:
        if (w->node[m->a].up && m->life == w->node[m->a].life && w->now_us >= w->node[m->a].pump_at_us)
            sim_pump(w, m->a);
        break;
    case SIM_COMMAND: sim_somebody(w); break;
    case SIM_LIE: sim_lie(w); break;
    case SIM_FLOOD:
        if (sim_chance(w, 20))
            sim_lie_rooms(w);
        else
            sim_flood(w);
        break;
    case SIM_DAY: pass_day(w); break;
    case SIM_CLOCK:
        if (m->a >= 0)
            clock_right(w, m->a);
        else if (!w->healing)
            set_clock(w, (int)sim_below(w, (uint64_t)w->n));
        break;
    case SIM_CRASH: {
        int i = sim_either(w, (int)sim_below(w, (uint64_t)w->n));
        if (!w->healing && w->node[i].up)
            w->node[i].crash_point = w->bug == SIM_BUG_UNTOLD ? 5 : 1 + (int)sim_below(w, 5);
        break;
    }
    case SIM_RESTART:
        if (!w->node[m->a].up && !w->node[m->a].wiped && !w->node[m->a].revoked)
            sim_start(w, m->a);
        break;
    case SIM_CUT:
        if (!w->healing)
            cut(w, sim_either(w, any));
        break;
    case SIM_HEAL: sim_heal(w, m->a); break;
    case SIM_CONNECT: sim_connect(w, m->a); break;
    case SIM_WIPE:
        if (m->a < 0 && !sim_burned(w))
            sim_fire(w, any);
        else if (m->a >= 0)
            sim_fire(w, m->a);
        break;
    case SIM_CLONE: sim_clone(w, false); break;
    case SIM_DISPLACE: sim_clone(w, true); break;
    case SIM_PART: sim_part(w); break;
    case SIM_BUSY:
        if (sim_doubled(w, m->a))
            sim_busy(w, m->a);
        break;
    case SIM_REJOIN:
        if (w->node[m->a].wiped) {
            sim_told(w, m->a, "asks to join again");
            sim_invite(w, m->a);
        }
        break;
    default: break;
    }
}

static void run_until(struct sim_world *w, int64_t until_us)
{
    while (w->nagenda > 0 && w->failure[0] == 0 && w->agenda[0].at_us <= until_us) {
        struct sim_moment m = take_moment(w);
        w->now_us = m.at_us;
        moment(w, &m);
    }
    if (w->failure[0] == 0 && w->now_us < until_us) /* days may have passed */
        w->now_us = until_us;
}

static uint64_t heads(const struct sim_world *w)
{
    uint64_t all = 0;
    for (int i = 0; i < w->n; i++)
        all += sim_head(&w->node[i]);
    return all;
}

static void healed(struct sim_world *w)
{
    w->healing = true;
    for (int i = 0; i < w->n; i++) {
        w->node[i].crash_point = 0;
        clock_right(w, i);
        if (i > 0)
            sim_heal(w, i);
        if (!w->node[i].up && !w->node[i].wiped && !w->node[i].revoked)
            sim_start(w, i);
    }
    for (int round = 0; round < 8 && w->failure[0] == 0; round++) {
        run_until(w, w->now_us + 60000000);
        if (sim_burned(w) && round < 6)
            continue;
        if (w->bug != SIM_BUG_FROZEN)
            sim_settle(w);
    }
    run_until(w, w->now_us + 60000000);
    uint64_t before = UINT64_MAX; /* what was said in the last second is still under way */
    for (int s = 0; s < 20 && w->failure[0] == 0 && before != heads(w); s++) {
        before = heads(w);
        run_until(w, w->now_us + 1000000);
    }
    for (int i = 0; i < w->n; i++)
        if (w->node[i].burned)
            sim_fail(w, "%s never recovered", w->node[i].path);
    if (sim_cloned(w))
        sim_fail(w, "the copies of %s were never told apart", w->node[w->twin.of].path);
}

static void clean(struct sim_world *w)
{
    char cmd[128];
    for (int i = 0; i < w->n; i++)
        if (w->node[i].up)
            sim_stop(w, i);
    sim_clone_clean(w);
    for (int i = 0; i < w->n; i++) {
        qp_arena_free(w->node[i].gather);
        free(w->node[i].inputs);
        if (i > 0)
            sim_disconnect(w, i);
    }
    for (size_t i = 0; i < w->nagenda; i++)
        if (w->agenda[i].frame) {
            free(w->agenda[i].frame->bytes);
            free(w->agenda[i].frame);
        }
    free(w->agenda);
    snprintf(cmd, sizeof cmd, "rm -rf '%s'", w->dir);
    if (system(cmd) != 0)
        fprintf(stderr, "%s could not be removed\n", w->dir);
}

bool sim_run(struct sim_world *w, uint64_t seed, const struct sim_plan *plan, enum sim_bug bug, bool verbose)
{
    memset(w, 0, sizeof *w);
    w->seed = w->rng = seed;
    w->plan = *plan;
    w->bug = bug;
    w->verbose = verbose;
    w->now_us = 1767225600000000ll; /* 2026-01-01 */
    snprintf(w->dir, sizeof w->dir, "/dev/shm/qipan-sim-%d-%llu", (int)getpid(), (unsigned long long)seed);
    for (int i = 0; i < SIM_MATTERS; i++)
        w->active[i] = -1;
    build(w);
    if (sim_found(w)) {
        w->end_faults_us = w->now_us + 300000000;
        for (int i = 1; i < w->n; i++)
            sim_connect(w, i);
        faults(w);
        while (w->failure[0] == 0 && w->now_us < w->end_faults_us)
            run_until(w, w->end_faults_us);
        if (w->bug != SIM_NO_BUG)
            sim_plant(w);
        healed(w);
        if (w->failure[0] == 0)
            sim_check_all(w);
        if (verbose)
            sim_tell(w);
    }
    clean(w);
    return w->failure[0] == 0;
}

/* What the nodes have counted, for a look at one seed. */
void sim_tell(struct sim_world *w)
{
    for (int i = 0; i < w->n; i++) {
        struct sim_node *x = &w->node[i];
        struct qp_core_metrics m;
        struct qp_read r;
        if (!x->up || !x->core)
            continue;
        qp_core_metrics(x->core, &m);
        fprintf(stderr, "%-16s", x->path);
#define X(n, help)                                                                                           \
    if (m.n != 0)                                                                                            \
        fprintf(stderr, " " #n " %llu", (unsigned long long)m.n);
        QP_CORE_COUNTERS(X)
#undef X
        int64_t dropped_us;
        fprintf(stderr, " %s\n", qp_core_dropped(x->core, &dropped_us));
        for (int s = 0; s <= x->nkids && !qp_read_begin(x->store, &r, NULL); s++, qp_read_end(&r)) {
            int peer = s == 0 ? x->parent : x->kids[s - 1];
            struct qp_peer_entry p;
            uint64_t q[2];
            int64_t old;
            if (peer < 0)
                continue;
            qp_peer_read(r.tables, x->store, w->node[peer].id, &p);
            for (uint32_t l = 1; l <= 2; l++)
                qp_queue_depth(&r, w->node[peer].id, l, &q[l - 1], &old);
            fprintf(stderr, "    to %-16s open %d acked %llu %llu received %llu %llu queued %llu %llu\n",
                    w->node[peer].path, x->session[s] && qp_session_open(x->session[s]),
                    (unsigned long long)p.acked[0], (unsigned long long)p.acked[1],
                    (unsigned long long)p.received[0], (unsigned long long)p.received[1],
                    (unsigned long long)q[0], (unsigned long long)q[1]);
        }
    }
}
