/* circular_bench.c: what a circular costs: a journal of N matters of six steps (100,000), walked, folded, counted for three
 * periods by area, desk, source, category; beside the turn, so what counts is the time and the memory.
 *
 *   bench_circular [DIR [MATTERS]]     the goal: 100,000 in 3 s and 200 MB
 *
 * The parcels are sealed as a core would, 32 events each; nothing else of a node is here but its store. */
#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/core/circular.h"

enum { STEPS = 6, PARCEL = 32, AREAS = 5, WORDS = 60 };
#define DAY INT64_C(86400000000)
#define T0  (INT64_C(20000) * DAY)

struct bench {
    struct qp_store *s;
    struct qp_cert self;
    struct qp_keys keys;
    struct qp_arena *a;
    struct qp_slice slices[PARCEL];
    struct qp_txn t;
    size_t n;
    uint64_t seq, counter;
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(int rc, const struct qp_err *e)
{
    if (!rc)
        return;
    fprintf(stderr, "bench_circular: %s\n", e->text);
    exit(1);
}

static void seal(struct bench *b)
{
    struct qp_err e = {0};
    struct qp_header h = {.scope = QP_SCOPE_HORIZON, .lane = QP_LANE_BULK, .incarnation = 1, .seq = ++b->seq};
    struct qp_slice bytes;
    struct qp_hash id;
    memcpy(h.origin, b->self.node, QP_ID_LEN);
    memcpy(h.tree, b->self.node, QP_ID_LEN);
    qp_parcel_seal(&bytes, &id, &h, b->slices, b->n, b->keys.sign_sk, b->a);
    struct qp_record r = {.kind = QP_RECORD_OWN, .lane = QP_LANE_BULK, .received_us = T0, .parcel = bytes};
    must(qp_journal_append(&b->t, &r, &e), &e);
    b->n = 0;
    qp_arena_reset(b->a);
}

static void say(struct bench *b, Qp__Event *ev, const uint8_t id[QP_ID_LEN], int64_t at_us, uint64_t version)
{
    ev->origin = (ProtobufCBinaryData){QP_ID_LEN, b->self.node};
    ev->incarnation = 1;
    ev->counter = ++b->counter;
    ev->at_us = at_us;
    ev->version = version;
    ev->custody = 1;
    ev->by = (char *)(uintptr_t) "user:wang";
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)id};
    b->slices[b->n].p = qp_encode(&ev->base, b->a, &b->slices[b->n].len);
    assert(b->slices[b->n].p);
    if (++b->n == PARCEL)
        seal(b);
}

static void opened(struct bench *b, const uint8_t id[QP_ID_LEN], uint64_t i, int64_t at_us)
{
    Qp__Event ev = QP__EVENT__INIT;
    Qp__Opened o = QP__OPENED__INIT;
    Qp__Face f = QP__FACE__INIT;
    char area[64], category[32], source[32], ref[32];
    ProtobufCBinaryData self = {QP_ID_LEN, b->self.node};
    snprintf(area, sizeof area, "city/c%d/s%d", (int)(i % AREAS), (int)(i / AREAS % 20));
    snprintf(category, sizeof category, "类别%d", (int)(i % WORDS));
    snprintf(source, sizeof source, "来源%d", (int)(i % 7));
    snprintf(ref, sizeof ref, "REF-%llu", (unsigned long long)i);
    f.id = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)id};
    f.title = (char *)(uintptr_t) "井盖破损，影响通行，请尽快处理";
    f.text = (char *)(uintptr_t) "市民反映某路口井盖破损下沉，夜间无照明，存在安全隐患，希望有关部门尽快处理"
                                 "并反馈。";
    f.category = category;
    f.source = source;
    f.source_ref = ref;
    f.area = area;
    f.opener = f.holder = self;
    f.members = &self;
    f.n_members = 1;
    f.holder_path = (char *)(uintptr_t) "city";
    f.opened_us = at_us;
    f.deadline_us = at_us + 5 * DAY;
    o.face = &f;
    ev.body_case = QP__EVENT__BODY_OPENED;
    ev.opened = &o;
    say(b, &ev, id, at_us, 1);
}

static void matter(struct bench *b, uint64_t i)
{
    uint8_t id[QP_ID_LEN];
    struct qp_hash h;
    const struct qp_part part = {&i, sizeof i};
    qp_hash_parts(&h, &part, 1);
    memcpy(id, h.b, QP_ID_LEN);
    int64_t at_us = T0 - 14 * DAY + (int64_t)(i % 21) * DAY + (int64_t)(i % 86400) * 1000000;
    char desk[32];
    snprintf(desk, sizeof desk, "部门%d", (int)(i % 40));
    Qp__Event ev[STEPS];
    Qp__Sorted sorted = QP__SORTED__INIT;
    Qp__Assigned assigned = QP__ASSIGNED__INIT;
    Qp__Handled handled = QP__HANDLED__INIT;
    Qp__Visited visited = QP__VISITED__INIT;
    Qp__Visit visit = QP__VISIT__INIT;
    Qp__Closed closed = QP__CLOSED__INIT;
    for (int k = 0; k < STEPS; k++)
        qp__event__init(&ev[k]);
    assigned.desk = desk;
    handled.result = closed.result = (char *)(uintptr_t) "已更换";
    visit.reached = visit.resolved = true;
    visit.satisfied = 1;
    visited.visit = &visit;
    ev[1].body_case = QP__EVENT__BODY_SORTED, ev[1].sorted = &sorted;
    ev[2].body_case = QP__EVENT__BODY_ASSIGNED, ev[2].assigned = &assigned;
    ev[3].body_case = QP__EVENT__BODY_HANDLED, ev[3].handled = &handled;
    ev[4].body_case = QP__EVENT__BODY_VISITED, ev[4].visited = &visited;
    ev[5].body_case = QP__EVENT__BODY_CLOSED, ev[5].closed = &closed;
    opened(b, id, i, at_us);
    for (int k = 1; k < STEPS; k++)
        say(b, &ev[k], id, at_us + k * DAY, (uint64_t)k + 1);
}

static void fill(struct bench *b, uint64_t matters)
{
    struct qp_err e = {0};
    for (uint64_t i = 0; i < matters; i++) {
        if (i % 2000 == 0) {
            if (i > 0) {
                must(qp_store_commit_journal(&b->t, &e), &e);
                must(qp_store_commit_tables(&b->t, &e), &e);
            }
            must(qp_store_begin(b->s, &b->t, &e), &e);
        }
        matter(b, i);
    }
    if (b->n > 0)
        seal(b);
    must(qp_store_commit_journal(&b->t, &e), &e);
    must(qp_store_commit_tables(&b->t, &e), &e);
}

static void count(struct bench *b, uint64_t matters)
{
    struct qp_err e = {0};
    struct qp_zone *zone;
    struct qp_census *c;
    struct qp_census_result r;
    struct qp_span_us span[QP_SPANS];
    uint64_t through = 0;
    must(qp_zone_load(&zone, "Asia/Shanghai", &e), &e);
    const struct qp_counting k = {.store = b->s, .self = &b->self, .zone = zone};
    qp_circular_spans(span, QP_PERIOD_WEEK, 20000, 1, 1, zone);
    double began = now_s();
    must(qp_journal_census(&k, &through, &c, &e), &e);
    double walked = now_s();
    must(qp_census_count(c, span, NULL, NULL, &r), &e);
    double done = now_s();
    struct mallinfo2 m = mallinfo2(); /* the mapped journal is not ours: its pages go when others want them */
    printf("%llu matters, %llu records: walked in %.2f s, counted in %.2f s, together %.2f s; %zu rows; %ld "
           "MB at most\n",
           (unsigned long long)matters, (unsigned long long)through, walked - began, done - walked,
           done - began, r.n, (m.uordblks + m.hblkhd) >> 20);
    qp_census_result_free(&r);
    qp_census_free(c);
    qp_zone_free(zone);
}

int main(int argc, char **argv)
{
    struct bench b = {.a = qp_arena_new(64u << 20)};
    struct qp_err e = {0};
    char dir[400];
    uint64_t matters = argc > 2 ? strtoull(argv[2], NULL, 10) : 100000;
    snprintf(dir, sizeof dir, "%s/bench-circular-XXXXXX", argc > 1 ? argv[1] : "/tmp");
    if (!mkdtemp(dir))
        return 1;
    const struct qp_store_options o = {.dir = dir,
                                       .journal_map = (size_t)8 << 30,
                                       .tables_map = (size_t)1 << 28,
                                       .no_sync = true,
                                       .boot_id = "b"};
    must(qp_crypto_init(&e), &e);
    const uint8_t master[QP_SEED_LEN] = {1};
    qp_keys_derive(&b.keys, master);
    memset(b.self.node, 7, QP_ID_LEN);
    snprintf(b.self.path, sizeof b.self.path, "city");
    must(qp_store_open(&b.s, &o, &e), &e);
    fill(&b, matters);
    count(&b, matters);
    qp_store_close(b.s, true);
    qp_arena_free(b.a);
    char line[500];
    snprintf(line, sizeof line, "rm -rf '%s'", dir);
    return system(line) == 0 ? 0 : 1;
}
