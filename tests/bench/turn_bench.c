/* turn_bench.c: what a turn costs, stage by stage, at each of four levels: no link, no HTTP, one core of the
 * machine.
 *
 *   bench_turn [--dir DIR] [--seconds S] [--only EVENTS-A-TURN] [--fill N] [--rebuild]
 *
 * Opens matters at the community in turns of 1, 10, 100 and 1,000, and lifts each turn's parcels through
 * street and county to the city, one turn there each; first on empty stores, then after filling to N
 * (default 0: not at all) with the rate of each tenth. --rebuild drops the city's tables at the end and
 * projects its journal again. DIR lies on the disk to be measured (default /tmp). */
#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/turn_city.h"

enum { MOST = 1000 };

struct bench {
    struct qp_city city;
    struct qp_arena *arena;
    uint64_t opened;
    struct qp_input in[MOST + 1];
};

static void draft(struct bench *b, struct qp_input *in)
{
    static const char *const category[] = {"路灯不亮", "噪音扰民", "占道经营", "垃圾清运",
                                           "道路破损", "管道堵塞", "违章停车"};
    static const char *const source[] = {"12345", "网格员", "巡查", "上级交办"};
    static const char *const desk[] = {"城管", "环卫", "市政", "公安", ""};
    struct qp_arena *a = b->arena;
    uint64_t i = b->opened++;
    char text[64];
    Qp__Event *d = qp_arena_take(a, sizeof *d);
    Qp__Opened *o = qp_arena_take(a, sizeof *o);
    Qp__Face *f = qp_arena_take(a, sizeof *f);
    qp__event__init(d);
    qp__opened__init(o);
    qp__face__init(f);
    d->by = (char *)(uintptr_t) "token:bench";
    snprintf(text, sizeof text, "bench-%llu", (unsigned long long)i);
    d->key = f->source_ref = qp_arena_text(a, text);
    d->request.len = QP_REQUEST_LEN;
    d->request.data = qp_arena_take(a, QP_REQUEST_LEN);
    memset(d->request.data, 1, QP_REQUEST_LEN);
    d->body_case = QP__EVENT__BODY_OPENED;
    d->opened = o;
    o->face = f;
    f->title = (char *)(uintptr_t) "小区门口的路灯不亮,影响夜间出行";
    f->category = (char *)(uintptr_t)category[i % 7];
    f->source = (char *)(uintptr_t)source[i % 4];
    f->desk = (char *)(uintptr_t)desk[i % 5];
    f->area = (char *)(uintptr_t) "";
    f->urgency = QP_ROUTINE;
    f->deadline_us = b->city.now_us + INT64_C(3) * 86400 * 1000000;
    *in = (struct qp_input){.kind = QP_IN_COMMAND,
                            .command = {.op = QP_OP_STEP, .draft = d, .if_version = -1, .ticket = i}};
}

static void open_some(struct bench *b, size_t n)
{
    struct qp_level *leaf = &b->city.level[LEAF];
    struct qp_outputs out;
    qp_arena_reset(b->arena);
    for (size_t i = 0; i < n; i++)
        draft(b, &b->in[i]);
    if (leaf->has_ack) {
        b->in[n] = (struct qp_input){.kind = QP_IN_ACK, .ack = {&leaf->ack}};
        memcpy(b->in[n++].peer, b->city.level[LEAF - 1].id, QP_ID_LEN);
        leaf->has_ack = false;
    }
    qp_city_turn(&b->city, LEAF, b->in, n, &out);
    for (int level = LEAF; level > 0; level--)
        qp_city_lift(&b->city, level);
}

static void sums_clear(struct bench *b)
{
    for (int i = 0; i < LEVELS; i++) {
        memset(b->city.level[i].sums, 0, sizeof b->city.level[i].sums);
        b->city.level[i].turn_s = 0;
    }
}

static void heading(void)
{
    printf("%8s %6s %-10s %9s |", "matters", "a turn", "level", "us/event");
#define X(name) printf(" %7s", #name);
    QP_STAGES(X)
#undef X
    printf("\n");
}

static void row(const struct bench *b, size_t a_turn, int level, double events)
{
    const struct qp_level *l = &b->city.level[level];
    const char *name = strrchr(l->path, '/');
    printf("%8llu %6zu %-10s %9.1f |", (unsigned long long)b->opened, a_turn, name ? name + 1 : l->path,
           l->turn_s * 1e6 / events);
    for (int s = 0; s < QP_STAGE_COUNT; s++)
        printf(" %7.1f", l->sums[s] * 1e6 / events);
    printf("\n");
}

static void measure(struct bench *b, size_t a_turn, double seconds)
{
    sums_clear(b);
    uint64_t before = b->opened;
    double began = qp_now_s();
    while (qp_now_s() - began < seconds)
        open_some(b, a_turn);
    double took = qp_now_s() - began, events = (double)(b->opened - before);
    for (int level = LEAF; level >= 0; level--)
        row(b, a_turn, level, events);
    printf("%8s %6zu all four on one core: %.0f events/s, %.0f us a turn of each\n", "", a_turn,
           events / took, took * 1e6 / (events / (double)a_turn));
    fflush(stdout);
}

static void measure_all(struct bench *b, double seconds, size_t only)
{
    static const size_t sizes[] = {1, 10, 100, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (only == 0 || only == sizes[i])
            measure(b, sizes[i], seconds);
}

static void fill(struct bench *b, uint64_t to)
{
    uint64_t tenth = to / 10, first = b->opened;
    if (tenth == 0)
        return;
    printf("filling to %llu in turns of %d:\n", (unsigned long long)to, MOST);
    while (b->opened < to) {
        sums_clear(b);
        uint64_t from = b->opened, until = from - (from - first) % tenth + tenth;
        double began = qp_now_s();
        while (b->opened < until)
            open_some(b, MOST);
        double events = (double)(b->opened - from);
        printf("%8llu matters: %6.0f events/s |", (unsigned long long)b->opened,
               events / (qp_now_s() - began));
        for (int level = LEAF; level >= 0; level--)
            printf(" %.1f", b->city.level[level].turn_s * 1e6 / events);
        printf(" us/event, leaf first; city: flush %.1f board %.1f tables %.1f journal %.1f\n",
               b->city.level[0].sums[QP_STAGE_flush] * 1e6 / events,
               b->city.level[0].sums[QP_STAGE_board] * 1e6 / events,
               b->city.level[0].sums[QP_STAGE_tables] * 1e6 / events,
               b->city.level[0].sums[QP_STAGE_journal] * 1e6 / events);
        fflush(stdout);
    }
}

static void rebuild(struct bench *b)
{
    struct qp_level *l = &b->city.level[0];
    struct qp_err e = {0};
    qp_core_close(l->core);
    qp_must(qp_store_drop_tables(l->store, &e), &e);
    memset(l->sums, 0, sizeof l->sums);
    double began = qp_now_s();
    qp_stages_into(l->sums);
    qp_must(qp_core_open(&l->core, l->store, &l->keys, NULL, NULL, NULL, b->city.now_us, &e), &e);
    qp_stage_leave(QP_STAGE_other);
    l->turn_s = qp_now_s() - began;
    printf("the city's tables from its journal again: %.2f s, %.0f events/s\n", l->turn_s,
           (double)b->opened / l->turn_s);
    row(b, 0, 0, (double)b->opened);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {{"dir", 1, NULL, 'd'},     {"seconds", 1, NULL, 's'},
                                            {"fill", 1, NULL, 'f'},    {"only", 1, NULL, 'o'},
                                            {"rebuild", 0, NULL, 'r'}, {0}};
    const char *where = "/tmp";
    double seconds = 2;
    uint64_t to = 0;
    size_t only = 0;
    bool again = false;
    int opt;
    while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1)
        switch (opt) {
        case 'd': where = optarg; break;
        case 's': seconds = strtod(optarg, NULL); break;
        case 'f': to = strtoull(optarg, NULL, 10); break;
        case 'o': only = strtoull(optarg, NULL, 10); break;
        case 'r': again = true; break;
        default: return 2;
        }
    struct qp_err e;
    qp_must(qp_crypto_init(&e), &e);
    char dir[128], command[160];
    snprintf(dir, sizeof dir, "%s/qp-bench-turn-XXXXXX", where);
    if (!mkdtemp(dir)) {
        perror(dir);
        return 1;
    }
    struct bench *b = calloc(1, sizeof *b);
    assert(b && (b->arena = qp_arena_new((size_t)64 << 20)));
    qp_city_found(&b->city, dir);
    heading();
    measure_all(b, seconds, only);
    if (to > b->opened) {
        fill(b, to);
        heading();
        measure_all(b, seconds, only);
    }
    if (again)
        rebuild(b);
    qp_city_close(&b->city);
    qp_arena_free(b->arena);
    free(b);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    if (system(command) != 0)
        fprintf(stderr, "bench_turn: %s stays behind\n", dir);
    return 0;
}
