/* towns.h: towns by chance for clock_oracle_test.c: zones, weekly hours, dates off and on, a newer calendar; often
 * round a day on which the clock is changed. The dice are one for the process. */
#ifndef QP_TESTS_UNIT_MATTER_TOWNS_H
#define QP_TESTS_UNIT_MATTER_TOWNS_H

#include "tests/unit/matter/seconds.h"

enum { TOWN_DAYS = 16 };

struct laws {
    struct qp_calendar_form form[LAWS];
    struct qp_work_span weekly[12];
    int32_t off[LAWS][6], on[LAWS][3];
    struct qp_calendar *cal[LAWS];
};

void shake(uint64_t seed);
uint32_t roll(uint32_t sides); /* 0 .. sides - 1 */
/* Makes both calendars (qp_calendar_free), the zone (qp_zone_free), and builds the opened town. */
void make_laws(struct laws *l, struct town *t, struct qp_zone **z, bool over_midnight);

#endif
