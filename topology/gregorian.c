/* gregorian.c: days since 1970 and civil dates. No time zone lies here.
 *
 * Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": years begin in March, so that the leap day
 * is the last; 400 years have 146,097 days. */
#include "topology/zone.h"

#include <assert.h>

#include "topology/floor.h"

int32_t qp_days_from_civil(int year, int month, int day)
{
    assert(month >= 1 && month <= 12 && year > -5000000 && year < 5000000);
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = qp_floor_div(y, 400);
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return (int32_t)(era * 146097 + day_of_era - 719468);
}

void qp_civil_from_days(int32_t days, int *year, int *month, int *day)
{
    int64_t z = (int64_t)days + 719468;
    int64_t era = qp_floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t of_year = day_of_era - (365 * of_era + of_era / 4 - of_era / 100);
    int64_t m = (5 * of_year + 2) / 153; /* 0 = March */
    *day = (int)(of_year - (153 * m + 2) / 5 + 1);
    *month = (int)(m < 10 ? m + 3 : m - 9);
    *year = (int)(of_era + era * 400 + (*month <= 2 ? 1 : 0));
}
