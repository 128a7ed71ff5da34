/* watch_bench.c: what warnings cost at the root of a city: 1,487 areas with 500 categories each, all of them with matters.
 * Prints the memory that the judging holds (the goal is 64 MiB) and the time of a first day and of each day after.
 *
 *   bench_watch [AREAS CATEGORIES] */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "node/insight/watch/pass.h"

enum { DAY0 = 20000, DAYS = 70, EVERY = 7 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void fill(struct qp_daily *d, struct qp_store *s, int areas, int categories)
{
    char area[32], category[32];
    for (int day = 0; day < DAYS; day += EVERY) {
        struct qp_txn t;
        int32_t earliest = INT32_MAX;
        int rc = qp_store_begin(s, &t, NULL);
        for (int a = 0; a < areas; a++)
            for (int c = 0; c < categories; c++) {
                Qp__Face f = QP__FACE__INIT;
                Qp__Row row = QP__ROW__INIT;
                snprintf(area, sizeof area, "city/n%d", a);
                snprintf(category, sizeof category, "category-%d", c);
                row.face = &f;
                f.area = area;
                f.category = category;
                f.opened_us = INT64_C(86400000000) * (DAY0 + day + (a + c) % EVERY) + 1;
                qp_daily_change(d, NULL, &row);
            }
        if (!rc)
            rc = qp_daily_flush(d, &t, &earliest, NULL);
        if (!rc)
            rc = qp_store_commit_journal(&t, NULL);
        if (!rc)
            rc = qp_store_commit_tables(&t, NULL);
        assert(!rc);
    }
}

static void judge(struct qp_pass *p, struct qp_store *s, uint64_t self, int from, int to, const char *what)
{
    struct qp_read r;
    bool done = false;
    double began = now_s(), longest = 0;
    size_t bytes = 0;
    int rc = qp_read_begin(s, &r, NULL);
    if (!rc)
        rc = qp_pass_begin(p, DAY0 + from, DAY0 + to, 0, NULL);
    while (!done && !rc) {
        double slice = now_s();
        rc = qp_pass_slice(p, r.tables, s, self, 4000, &done, NULL);
        longest = now_s() - slice > longest ? now_s() - slice : longest;
        bytes = qp_pass_bytes(p) > bytes ? qp_pass_bytes(p) : bytes;
    }
    assert(!rc);
    double took = now_s() - began;
    printf("%s: %zu series, %zu days stepped, %zu judged, %.2f s; %.2f us a series; slice at most %.1f ms; "
           "%.1f MiB at most\n",
           what, p->series, p->steps, p->judgements, took, took * 1e6 / (double)p->series, longest * 1e3,
           (double)bytes / 1048576);
    qp_pass_end(p);
    qp_read_end(&r);
}

int main(int argc, char **argv)
{
    int areas = argc > 2 ? atoi(argv[1]) : 1487, categories = argc > 2 ? atoi(argv[2]) : 500;
    char dir[] = "/tmp/qp-watch-bench-XXXXXX", command[100];
    struct qp_store *s;
    struct qp_zone *zone;
    if (!mkdtemp(dir))
        return 1;
    struct qp_store_options o = {.dir = dir,
                                 .journal_map = 16 << 20,
                                 .tables_map = (size_t)4 << 30,
                                 .no_sync = true,
                                 .boot_id = "boot"};
    int rc = qp_zone_load(&zone, "UTC", NULL);
    if (!rc)
        rc = qp_store_open(&s, &o, NULL);
    struct qp_daily *d = !rc ? qp_daily_new("city", zone) : NULL;
    struct qp_pass *p = qp_pass_new();
    if (!d || !p)
        return 1;
    fill(d, s, areas, categories);
    judge(p, s, qp_daily_self(d), 0, DAYS - 2, "the first pass");
    judge(p, s, qp_daily_self(d), DAYS - 1, DAYS - 1, "a day after it");
    judge(p, s, qp_daily_self(d), DAYS, DAYS, "and the next  ");
    printf("%zu bytes a series\n", sizeof(struct qp_base));
    qp_pass_free(p);
    qp_daily_free(d);
    qp_store_close(s, true);
    qp_zone_free(zone);
    snprintf(command, sizeof command, "rm -rf %s", dir);
    return system(command) != 0;
}
