/* clock_bench.c: what calendars and clocks cost: nanoseconds an operation, the best of several rounds. ctest does not run it.
 *
 *   fold          a clock of 4wh started, paused, resumed, ended: one clock's whole life at its holder
 *   ten years     the due of 20,000wh from 2026 on (ten years and more of office days)
 *   ten years wd  the same in closes of business: 2,500wd
 *   compile       a calendar with China's holidays of 15 years made from its form */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "node/matter/clock.h"

enum { ROUNDS = 7, TIMES = 20000, HOLIDAYS = 15 * 20 };
#define HOUR  INT64_C(3600000000)
#define START INT64_C(1767229200000000) /* 2026-01-01T01:00:00Z */

static struct qp_calendar *cal;
static struct qp_calendar_form form;
static const struct qp_zone *zone;
static int64_t kept; /* so that nothing is left out as useless */

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void fold(int64_t at)
{
    static const struct qp_duration amount = {4, QP_UNIT_WH};
    struct qp_clock c;
    int rc = qp_clock_start(&c, QP_CLOCK_HANDLE, &amount, "2026-1 A0102 office", cal, at, NULL);
    rc |= qp_clock_pause(&c, cal, at + HOUR, NULL);
    rc |= qp_clock_resume(&c, cal, at + 30 * HOUR, NULL);
    rc |= qp_clock_end(&c, QP_CLOCK_DONE, at + 50 * HOUR, NULL);
    assert(!rc);
    kept += c.due_us + rc;
}

static void ten_years(int64_t at)
{
    kept += qp_calendar_add(cal, at, 20000 * HOUR);
}

static void ten_years_of_closes(int64_t at)
{
    kept += qp_calendar_close(cal, at, qp_calendar_day(cal, at), 2500);
}

static void compile(int64_t at)
{
    struct qp_calendar *c;
    int rc = qp_calendar_new(&c, &form, zone, NULL);
    assert(!rc);
    kept += at + rc;
    qp_calendar_free(c);
}

static void measure(const char *zone_name, const char *what, void (*run)(int64_t at), int times)
{
    double best = 1e18;
    for (int r = 0; r < ROUNDS; r++) {
        double began = now_ns();
        for (int i = 0; i < times; i++)
            run(START + i * INT64_C(7777777777));
        double took = (now_ns() - began) / times;
        best = took < best ? took : best;
    }
    printf("%-16s %-14s %10.0f ns\n", zone_name, what, best);
}

int main(void)
{
    static const char *const zones[] = {"Asia/Shanghai", "Europe/Berlin"};
    static const struct qp_work_span weekly[] = {{0x1f, 510, 720}, {0x1f, 870, 1050}};
    static int32_t off[HOLIDAYS];
    for (int i = 0; i < HOLIDAYS; i++)
        off[i] = 20454 + i / 5 * 91 + i % 5; /* five days a quarter from 2026-01-01 on */
    form = (struct qp_calendar_form){"office", weekly, 2, off, HOLIDAYS, NULL, 0, QP_CALENDAR_NO_DAY};
    for (size_t i = 0; i < sizeof zones / sizeof *zones; i++) {
        struct qp_zone *z;
        struct qp_err e;
        if (qp_zone_load(&z, zones[i], &e) || qp_calendar_new(&cal, &form, z, &e)) {
            fprintf(stderr, "clock_bench: %s\n", e.text);
            return 1;
        }
        zone = z;
        measure(zones[i], "fold", fold, TIMES);
        measure(zones[i], "ten years", ten_years, TIMES);
        measure(zones[i], "ten years wd", ten_years_of_closes, TIMES);
        measure(zones[i], "compile", compile, TIMES / 200);
        qp_calendar_free(cal);
        qp_zone_free(z);
    }
    return kept == 0;
}
