/* store_bench.c: what a turn costs in the store alone, journal only and with six table puts an event.
 *
 *   bench_store [DIR [SECONDS]]        DIR on the disk to be measured (default /tmp), SECONDS for each line
 * (default 2)
 *
 * Events are 300 bytes in parcels of up to 64 KiB, as a core would seal them; nothing is signed or encoded
 * here. The figures stand beside those of a program of a few hundred lines that only writes: a turn of one event should cost about one
 * synchronous commit. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/store/store.h"

enum { EVENT = 300, ROW = 260, TURNS_MAX = 200000 };

struct bench {
    struct qp_store *s;
    uint64_t events, random;
    uint8_t parcel[QP_PARCEL_BYTES];
    double *turn_us;
};

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static uint64_t next_random(struct bench *b)
{
    b->random ^= b->random << 13;
    b->random ^= b->random >> 7;
    b->random ^= b->random << 17;
    return b->random;
}

static void must(int rc, const struct qp_err *e)
{
    if (!rc)
        return;
    fprintf(stderr, "bench_store: %s\n", e->text);
    exit(1);
}

/* One event's rows: the matter, its history, three indexes that are clustered by code and time, the queue. */
static void put_rows(struct bench *b, struct qp_txn *t, uint64_t position, struct qp_err *e)
{
    uint8_t id[16], key[64] = {0}, row[ROW] = {1};
    qp_be64(id, b->events);
    qp_be64(id + 8, next_random(b));
    must(qp_put(t->tables, qp_store_dbi(b->s, QP_T_MATTER), id, sizeof id, row, sizeof row, e), e);
    memcpy(key, id, 16);
    qp_be64(key + 36, position);
    must(qp_put(t->tables, qp_store_dbi(b->s, QP_T_HISTORY), key, 44, row, 18, e), e);
    for (uint8_t kind = 1; kind <= 2; kind++) {
        key[0] = kind;
        qp_be64(key + 1, next_random(b) & 63);
        memcpy(key + 9, id, 16);
        must(qp_put(t->tables, qp_store_dbi(b->s, QP_T_INDEX), key, 25, row, 0, e), e);
    }
    memcpy(key, id, 16);
    qp_be64(key + 8, b->events);
    memcpy(key + 8, id, 16);
    must(qp_put(t->tables, qp_store_dbi(b->s, QP_T_UPDATED), key, 24, row, 0, e), e);
    memset(key, 3, 17);
    qp_be64(key + 17, position);
    must(qp_put(t->tables, qp_store_dbi(b->s, QP_T_QUEUE), key, 25, row, 0, e), e);
}

static void turn(struct bench *b, unsigned events, bool rows, struct qp_err *e)
{
    const unsigned fits = QP_PARCEL_BYTES / EVENT;
    struct qp_txn t;
    must(qp_store_begin(b->s, &t, e), e);
    for (unsigned left = events; left > 0;) {
        unsigned n = left < fits ? left : fits;
        struct qp_record r = {.kind = QP_RECORD_OWN, .lane = QP_LANE_BULK, .parcel = {b->parcel, n * EVENT}};
        must(qp_journal_append(&t, &r, e), e);
        for (unsigned i = 0; i < n; i++, b->events++)
            if (rows)
                put_rows(b, &t, r.position, e);
        left -= n;
    }
    must(qp_tables_set_position(&t, t.head, &t.head_hash, e), e);
    must(qp_store_commit_journal(&t, e), e);
    must(qp_store_commit_tables(&t, e), e);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void measure(const char *where, unsigned events, bool rows, double seconds)
{
    struct qp_err e;
    char dir[256], command[300];
    struct bench *b = calloc(1, sizeof *b);
    assert(b && (b->turn_us = calloc(TURNS_MAX, sizeof *b->turn_us)));
    snprintf(dir, sizeof dir, "%s/qp-bench-store-XXXXXX", where);
    if (!mkdtemp(dir)) {
        perror(dir);
        exit(1);
    }
    struct qp_store_options o = {
        .dir = dir, .journal_map = 8ull << 30, .tables_map = 16ull << 30, .epoch = {1}};
    must(qp_store_open(&b->s, &o, &e), &e);
    b->random = 88172645463325252u;
    for (int i = 0; i < 20; i++)
        turn(b, events, rows, &e);
    size_t n = 0;
    uint64_t before = b->events;
    double begun = now_us(), at = begun;
    while (n < TURNS_MAX && at - begun < seconds * 1e6) {
        turn(b, events, rows, &e);
        double then = now_us();
        b->turn_us[n++] = then - at;
        at = then;
    }
    qsort(b->turn_us, n, sizeof *b->turn_us, by_size);
    printf("%-8s %5u events/turn: %8.0f events/s  %7.0f turns/s  p50 %6.0f us  p99 %6.0f us  (%zu turns)\n",
           rows ? "+6 rows" : "journal", events, (double)(b->events - before) / (at - begun) * 1e6,
           (double)n / (at - begun) * 1e6, b->turn_us[n / 2], b->turn_us[n * 99 / 100], n);
    fflush(stdout);
    qp_store_close(b->s, true);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    if (system(command) != 0)
        fprintf(stderr, "bench_store: %s stays behind\n", dir);
    free(b->turn_us);
    free(b);
}

int main(int argc, char **argv)
{
    const char *where = argc > 1 ? argv[1] : "/tmp";
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;
    static const unsigned sizes[] = {1, 10, 100, 1000};
    struct qp_err e;
    must(qp_crypto_init(&e), &e);
    for (int rows = 0; rows <= 1; rows++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            measure(where, sizes[i], rows == 1, seconds);
    return 0;
}
