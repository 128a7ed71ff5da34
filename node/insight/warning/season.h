/* season.h: what is known beforehand of a day: weekday, week of the year, days round lunar new year. The factors
 * are learnt by a parent from the counts of all its children together and sent down; each node multiplies.
 *
 *   f = D[weekday] * S[week of the year] * H[slot round lunar new year]
 */
#ifndef QP_NODE_INSIGHT_WARNING_SEASON_H
#define QP_NODE_INSIGHT_WARNING_SEASON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    QP_SEASON_WEEKS = 53,
    QP_SEASON_SLOTS = 5,   /* 0: none of the four */
    QP_SEASON_KEPT = 1461, /* days of pooled counts that are looked at: four years */
};

struct qp_season {
    double weekday[7]; /* 0: Monday */
    double week[QP_SEASON_WEEKS];
    double slot[QP_SEASON_SLOTS]; /* [0] is 1 */
};

/* Where a day stands in the three. */
struct qp_season_place {
    uint8_t weekday, week, slot;
};

/* Pooled: all children's matters of a day, and what their levels (without factors) came to. */
struct qp_season_day {
    double seen, level;
    struct qp_season_place place;
};

/* Days from lunar new year (1970 to 2100) to `day` (since 1970-01-01), the nearest one; far away outside. */
int32_t qp_lunar_distance(int32_t day);
/* Of a day with a date. */
struct qp_season_place qp_season_place_of_date(int32_t day);
/* Of step i of a series without dates, whose first step begins a week and a year. */
struct qp_season_place qp_season_place_of_step(size_t i, bool weekly);

/* All 1. */
void qp_season_plain(struct qp_season *s);
/* Made from n days (or weeks), oldest first. The week of the year needs 365 days, else it stays 1. */
void qp_season_learn(struct qp_season *s, const struct qp_season_day *days, size_t n, bool weekly);
static inline double qp_season_factor(const struct qp_season *s, struct qp_season_place p, bool weekly)
{
    return (weekly ? 1 : s->weekday[p.weekday]) * s->week[p.week] * s->slot[p.slot];
}

#endif
