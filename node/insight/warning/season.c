/* season.c: see season.h. */
#include "node/insight/warning/season.h"

#include <assert.h>
#include <stdlib.h>

#include "topology/zone.h"

enum { YEAR_FIRST = 1970, YEAR_LAST = 2100, ROUNDS = 3, REACH = 4 };
#define PRIOR 8.0 /* matters, as if seen and expected both: a factor begins at 1 */

/* Lunar new year, as days after 20 January. */
static const uint8_t lunar[] = {
    17, 7,  26, 14, 3, 22, 11, 29, 18, 8,  27, 16, 5,  24, 13, 31, 20, 9,  28, 17, 7,  26, 15, 3, 21, 11, 30,
    18, 8,  27, 16, 4, 23, 12, 2,  20, 9,  29, 18, 6,  25, 14, 3,  21, 11, 30, 19, 8,  27, 16, 5, 23, 12, 2,
    21, 9,  28, 18, 6, 24, 13, 3,  22, 11, 30, 19, 8,  26, 15, 4,  23, 12, 2,  21, 10, 28, 17, 6, 25, 13, 3,
    22, 12, 30, 19, 8, 26, 15, 4,  23, 13, 1,  20, 9,  28, 16, 6,  25, 14, 3,  22, 11, 30, 18, 7, 26, 16, 4,
    23, 13, 2,  20, 9, 28, 17, 6,  25, 14, 4,  21, 10, 29, 18, 7,  26, 16, 5,  23, 12, 1,  20};

static int32_t year_of(int32_t day)
{
    int year, month, dom;
    qp_civil_from_days(day, &year, &month, &dom);
    return year;
}

int32_t qp_lunar_distance(int32_t day)
{
    int32_t year = year_of(day), best = INT32_MAX;
    for (int32_t y = year - 1; y <= year + 1; y++) {
        if (y < YEAR_FIRST || y > YEAR_LAST)
            continue;
        int32_t off = day - (qp_days_from_civil(y, 1, 20) + lunar[y - YEAR_FIRST]);
        if (best == INT32_MAX || abs(off) < abs(best))
            best = off;
    }
    return best;
}

static uint8_t slot_of(int32_t distance)
{
    if (distance < -3 || distance > 17)
        return 0;
    return distance == -3 ? 1 : distance <= 6 ? 2 : distance <= 13 ? 3 : 4;
}

struct qp_season_place qp_season_place_of_date(int32_t day)
{
    int32_t weekday = (day + 3) % 7; /* 1970-01-01 was a Thursday */
    return (struct qp_season_place){(uint8_t)(weekday < 0 ? weekday + 7 : weekday),
                                    (uint8_t)((day - qp_days_from_civil(year_of(day), 1, 1)) / 7),
                                    slot_of(qp_lunar_distance(day))};
}

struct qp_season_place qp_season_place_of_step(size_t i, bool weekly)
{
    if (weekly)
        return (struct qp_season_place){0, (uint8_t)(i % 52), 0};
    return (struct qp_season_place){(uint8_t)(i % 7), (uint8_t)(i % 365 / 7), 0};
}

void qp_season_plain(struct qp_season *s)
{
    for (size_t i = 0; i < 7; i++)
        s->weekday[i] = 1;
    for (size_t i = 0; i < QP_SEASON_WEEKS; i++)
        s->week[i] = 1;
    for (size_t i = 0; i < QP_SEASON_SLOTS; i++)
        s->slot[i] = 1;
}

/* Sums per place of what was seen, and of what the level times the other factors expects. */
struct sums {
    double seen[QP_SEASON_WEEKS], due[QP_SEASON_WEEKS];
};

static void learn_weekday(struct qp_season *s, const struct qp_season_day *days, size_t n)
{
    struct sums sum = {0};
    double all = 0;
    for (size_t i = 0; i < n; i++) {
        const struct qp_season_day *d = &days[i];
        sum.seen[d->place.weekday] += d->seen;
        sum.due[d->place.weekday] += d->level * s->week[d->place.week] * s->slot[d->place.slot];
    }
    for (size_t i = 0; i < 7; i++)
        all += s->weekday[i] = (sum.seen[i] + PRIOR) / (sum.due[i] + PRIOR);
    for (size_t i = 0; i < 7; i++)
        s->weekday[i] *= 7 / all;
}

static void learn_week(struct qp_season *s, const struct qp_season_day *days, size_t n, bool weekly)
{
    struct sums sum = {0};
    double all = 0;
    for (size_t i = 0; i < n; i++) {
        const struct qp_season_day *d = &days[i];
        sum.seen[d->place.week] += d->seen;
        sum.due[d->place.week] +=
            d->level * (weekly ? 1 : s->weekday[d->place.weekday]) * s->slot[d->place.slot];
    }
    for (int w = 0; w < QP_SEASON_WEEKS; w++) {
        double seen = PRIOR, due = PRIOR;
        for (int k = -REACH; k <= REACH; k++) {
            int at = (w + k + QP_SEASON_WEEKS) % QP_SEASON_WEEKS;
            seen += (REACH + 1 - abs(k)) * sum.seen[at];
            due += (REACH + 1 - abs(k)) * sum.due[at];
        }
        all += s->week[w] = seen / due;
    }
    for (int w = 0; w < QP_SEASON_WEEKS; w++)
        s->week[w] *= QP_SEASON_WEEKS / all;
}

static void learn_slot(struct qp_season *s, const struct qp_season_day *days, size_t n, bool weekly)
{
    struct sums sum = {0};
    for (size_t i = 0; i < n; i++) {
        const struct qp_season_day *d = &days[i];
        sum.seen[d->place.slot] += d->seen;
        sum.due[d->place.slot] +=
            d->level * (weekly ? 1 : s->weekday[d->place.weekday]) * s->week[d->place.week];
    }
    for (size_t i = 1; i < QP_SEASON_SLOTS; i++)
        s->slot[i] = (sum.seen[i] + PRIOR) / (sum.due[i] + PRIOR);
}

void qp_season_learn(struct qp_season *s, const struct qp_season_day *days, size_t n, bool weekly)
{
    qp_season_plain(s);
    for (int round = 0; round < ROUNDS; round++) {
        if (!weekly)
            learn_weekday(s, days, n);
        if (n >= (weekly ? 53 : 365))
            learn_week(s, days, n, weekly);
        learn_slot(s, days, n, weekly);
    }
}
