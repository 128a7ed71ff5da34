/* clue_bench.c: what leads cost a node with N live matters: from a new row in the tables to what is found and kept in them, in
 * the ticks of a turn; how long the longest tick is; what the memory takes, and how long it takes to be made again.
 *
 *   bench_clue [LIVE] [MATTERS]      50,000 and 20,000
 *
 * Texts are made (tests/bench/words.h). Time is processor time of the ticks and of the rows that they wait in; rows themselves are written
 * outside of it, commits too. */
#include <assert.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/insight/clue/clue.h"
#include "proto/codec.h"
#include "tests/bench/words.h"

static const int64_t DAY = INT64_C(86400000000), START = INT64_C(1772352000000000);
enum { A_TURN = 200 };

struct bench {
    struct qp_words words;
    struct qp_store *store;
    struct qp_arena *arena;
    struct qp_txn t;
    int64_t now_us;
    uint64_t made, found, proposed;
    double longest_s;
};

static const uint8_t SELF[QP_ID_LEN] = {1};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static const char *family(void *arg, const char *category)
{
    (void)arg;
    return category;
}

static void branch(void *arg, const char *area, char out[264])
{
    (void)arg;
    snprintf(out, 264, "%s", area);
}

static int found(void *arg, Qp__LeadFound *f, struct qp_err *e)
{
    struct bench *b = arg;
    b->found++;
    b->proposed += f->proposed != 0;
    return qp_lead_put(&b->t, SELF, "city", f, b->now_us, b->arena, e);
}

static int compared(void *arg, Qp__LeadsCompared *c, struct qp_err *e)
{
    bool follows;
    return qp_lead_compared(&((struct bench *)arg)->t, c, INT64_MAX / 2, &follows, e);
}

/* One more matter's row, a little later than the one before. */
static void row_make(struct bench *b, struct qp_clue *k, int64_t apart_us, double *spent)
{
    char title[256], text[1024];
    uint8_t id[QP_ID_LEN], random[10] = {0};
    Qp__Face f = QP__FACE__INIT;
    Qp__Row row = QP__ROW__INIT;
    size_t len;
    b->now_us += apart_us;
    qp_be64(random, b->made++);
    qp_id_make(id, b->now_us, random);
    qp_words_text(&b->words, title, 5);
    qp_words_text(&b->words, text, 40);
    row.face = &f;
    f.id = (ProtobufCBinaryData){QP_ID_LEN, id};
    f.opener = f.holder = (ProtobufCBinaryData){QP_ID_LEN, (uint8_t *)(uintptr_t)SELF};
    f.custody = f.version = 1;
    f.holder_path = (char *)(uintptr_t) "city/a";
    f.title = title;
    f.text = text;
    f.category = (char *)(uintptr_t) "roads";
    f.source = (char *)(uintptr_t) "hotline";
    f.area = (char *)(uintptr_t) "city/a";
    f.opened_us = b->now_us;
    uint8_t *bytes = qp_encode(&row.base, b->arena, &len);
    int rc = bytes ? qp_put(b->t.tables, qp_store_dbi(b->store, QP_T_MATTER), id, QP_ID_LEN, bytes, len, NULL)
                   : QP_ENOMEM;
    assert(!rc);
    double began = now_s();
    qp_clue_change(k, NULL, &row);
    *spent += now_s() - began;
}

static void begin(struct bench *b)
{
    qp_arena_reset(b->arena);
    int rc = qp_store_begin(b->store, &b->t, NULL);
    assert(!rc);
}

static void commit(struct bench *b)
{
    int rc = qp_store_commit_journal(&b->t, NULL);
    if (!rc)
        rc = qp_store_commit_tables(&b->t, NULL);
    assert(!rc);
}

/* Ticks, as turns would have them, until nothing waits; at a time at which all that came may be compared. */
static double ticks(struct bench *b, struct qp_clue *k)
{
    const struct qp_clue_say say = {b, found, compared, NULL}; /* nobody below says anything */
    double spent = 0;
    b->now_us += QP_CLUE_WAIT_US;
    for (int64_t next = 0; next != INT64_MAX;) {
        struct qp_err e = {0};
        next = INT64_MAX;
        begin(b);
        double began = now_s();
        int rc = qp_clue_tick(k, &b->t, SELF, b->now_us, b->arena, &say, &next, &e);
        double took = now_s() - began;
        spent += took;
        b->longest_s = took > b->longest_s ? took : b->longest_s;
        if (rc)
            fprintf(stderr, "bench_clue: %s\n", e.text);
        assert(!rc);
        commit(b);
        b->now_us = next != INT64_MAX && next > b->now_us ? next : b->now_us;
    }
    return spent;
}

static double bring_in(struct bench *b, struct qp_clue *k, size_t n, int64_t apart_us)
{
    double spent = 0;
    for (size_t i = 0; i < n; i += A_TURN) {
        begin(b);
        for (int j = 0; j < A_TURN; j++)
            row_make(b, k, apart_us, &spent);
        double began = now_s();
        int rc = qp_clue_flush(k, &b->t, NULL);
        spent += now_s() - began;
        assert(!rc);
        commit(b);
        spent += ticks(b, k);
    }
    return spent;
}

int main(int argc, char **argv)
{
    size_t live = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000,
           n = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
    char dir[] = "/tmp/qp-clue-bench-XXXXXX", command[100];
    const struct qp_clue_ties ties = {NULL, family, branch};
    struct qp_clue_figures f;
    struct bench *b = calloc(1, sizeof *b);
    struct qp_err e = {0};
    if (!b || !mkdtemp(dir))
        return 1;
    struct qp_store_options o = {.dir = dir,
                                 .journal_map = 16 << 20,
                                 .tables_map = (size_t)4 << 30,
                                 .no_sync = true,
                                 .boot_id = "boot"};
    int rc = qp_store_open(&b->store, &o, &e);
    b->arena = qp_arena_new((size_t)256 << 20);
    b->now_us = START;
    if (rc || !b->arena) {
        fprintf(stderr, "bench_clue: %s\n", e.text);
        return 1;
    }
    qp_words_make(&b->words);
    struct qp_clue *k = qp_clue_new("city", &ties);
    size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;
    int64_t apart_us = 150 * DAY / (int64_t)(live + n + A_TURN);
    bring_in(b, k, live, apart_us);
    b->longest_s = 0;
    double spent = bring_in(b, k, n, apart_us);
    qp_clue_figures(k, &f);
    printf("%zu live: %.1f us a matter, rows and facts kept (goal: < 100 us); the longest tick %.1f ms; %.1f "
           "MiB; %llu of %llu "
           "joined or proposed\n",
           f.live, spent / (double)n * 1e6, b->longest_s * 1e3,
           (double)(mallinfo2().uordblks + mallinfo2().hblkhd - before) / 1048576,
           (unsigned long long)b->found, (unsigned long long)b->made);
    qp_clue_forget(k);
    b->longest_s = 0;
    double again = bring_in(b, k, A_TURN, apart_us); /* nothing is made again before something waits */
    qp_clue_figures(k, &f);
    printf("made again after a start: %llu matters, %.1f us each, the longest tick %.1f ms; %zu live\n",
           (unsigned long long)f.compared, again / (double)f.compared * 1e6, b->longest_s * 1e3, f.live);
    qp_clue_free(k);
    qp_arena_free(b->arena);
    qp_store_close(b->store, true);
    free(b);
    snprintf(command, sizeof command, "rm -r %s", dir);
    return system(command) == 0 ? 0 : 1;
}
