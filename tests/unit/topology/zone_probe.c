/* zone_probe.c: answers questions about zones, one a line, for zone_oracle.py.
 *
 *   Z NAME          load a zone            -> ok | the error
 *   U SECONDS       offset and local time  -> OFFSET YYYY-MM-DD HH:MM:SS HOUR DAY WEEK MONTH, as their buckets' texts
 *   L Y M D h m s   instant of local time  -> SECONDS
 *   D DAYS          start of a local day   -> SECONDS */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "topology/zone.h"

static void answer_utc(const struct qp_zone *z, int64_t at_s)
{
    struct qp_civil c;
    int32_t offset_s;
    int64_t at_us = at_s * 1000000 + 999999;
    char hour[32], day[32], week[32], month[32];
    qp_zone_civil(z, at_us, &c, &offset_s);
    int32_t day_bucket = qp_bucket_day(z, at_us);
    qp_bucket_hour_text(hour, z, qp_bucket_hour(z, at_us));
    qp_bucket_day_text(day, day_bucket);
    qp_bucket_week_text(week, qp_bucket_week(day_bucket));
    qp_bucket_month_text(month, qp_bucket_month(day_bucket));
    if (offset_s != qp_zone_offset_s(z, at_us))
        printf("two offsets\n");
    else
        printf("%d %04d-%02d-%02d %02d:%02d:%02d %s %s %s %s\n", (int)offset_s, c.year, c.month, c.day,
               c.hour, c.minute, c.second, hour, day, week, month);
}

int main(void)
{
    char line[256], name[128];
    struct qp_zone *z = NULL;
    while (fgets(line, sizeof line, stdin)) {
        int64_t n;
        struct qp_civil c;
        if (sscanf(line, "Z %127s", name) == 1) {
            struct qp_err e;
            qp_zone_free(z);
            printf("%s\n", !qp_zone_load(&z, name, &e) ? "ok" : e.text);
        } else if (!z) {
            printf("no zone\n");
        } else if (sscanf(line, "U %" SCNd64, &n) == 1) {
            answer_utc(z, n);
        } else if (sscanf(line, "L %d %d %d %d %d %d", &c.year, &c.month, &c.day, &c.hour, &c.minute,
                          &c.second) == 6) {
            printf("%" PRId64 "\n", qp_zone_instant(z, &c) / 1000000);
        } else if (sscanf(line, "D %" SCNd64, &n) == 1) {
            printf("%" PRId64 "\n", qp_day_start(z, (int32_t)n) / 1000000);
        } else {
            printf("what?\n");
        }
    }
    qp_zone_free(z);
    return 0;
}
