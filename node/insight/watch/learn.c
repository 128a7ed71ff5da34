/* learn.c: the factors of weekday, week and lunar new year, made by a node from all its counts together (WN2). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/watch/inside.h"

enum { PPM = 1000000, FACTORS = QP_FACTORS_BYTES / 4, ROUNDS = 2, DAYS_LEAST = 56 };

static double *factor_at(struct qp_season *s, size_t i)
{
    return i < 7 ? &s->weekday[i] : i < 60 ? &s->week[i - 7] : &s->slot[i - 60 + 1];
}

void qp_season_pack(uint8_t out[QP_FACTORS_BYTES], const struct qp_season *s)
{
    struct qp_season copy = *s;
    for (size_t i = 0; i < FACTORS; i++) {
        double v = *factor_at(&copy, i) * PPM + 0.5;
        qp_be32(out + 4 * i, v < 1 ? 1 : v > UINT32_MAX ? UINT32_MAX : (uint32_t)v);
    }
}

bool qp_season_unpack(struct qp_season *s, const uint8_t in[QP_FACTORS_BYTES])
{
    qp_season_plain(s);
    for (size_t i = 0; i < FACTORS; i++) {
        uint32_t v = qp_rd32(in + 4 * i);
        if (v == 0)
            return false;
        *factor_at(s, i) = (double)v / PPM;
    }
    return true;
}

/* All counts of the node's own area together. */
static int pool(struct qp_watch *w, struct qp_txn *t, int32_t from, int32_t to, uint32_t *y, struct qp_err *e)
{
    struct qp_daily_series *s = malloc(sizeof *s);
    uint64_t self = qp_daily_self(w->daily), category = 0;
    bool any = true;
    int rc = s ? 0 : qp_fail(e, QP_ENOMEM, "no memory to learn the factors of warnings");
    if (!rc && self > 0)
        rc = qp_daily_next(t->tables, t->store, any, self - 1, UINT64_MAX, from, to, s, e);
    for (; !rc && s->area == self;) {
        for (int32_t i = 0; i < s->n; i++)
            y[i] += s->y[i];
        category = s->category;
        rc = qp_daily_next(t->tables, t->store, any, self, category, from, to, s, e);
    }
    free(s);
    return rc == QP_ENOTFOUND ? 0 : rc;
}

/* One series of all counts, stepped with the factors that are known: what its level came to, day by day. */
static size_t levels(const struct qp_pass *p, const struct qp_season *season, const uint32_t *y, int32_t from,
                     int32_t first, int32_t n, struct qp_season_day *days)
{
    struct qp_gpnb g;
    double sum = 0, behind = 1;
    size_t out = 0;
    for (int32_t i = first; i < first + (int32_t)p->rule.begun; i++)
        sum += y[i];
    qp_gpnb_begin(&g, &p->rule, sum / p->rule.begun);
    for (int32_t i = first; i < n; i++) {
        struct qp_season_place at = qp_season_place_of_date(from + i);
        if (i - first >= (int32_t)p->rule.guard)
            behind =
                qp_season_factor(season, qp_season_place_of_date(from + i - (int32_t)p->rule.guard), false);
        qp_gpnb_step(&g, &p->rule, y[i], qp_season_factor(season, at, false), behind);
        if (i - first >= (int32_t)p->rule.begun)
            days[out++] = (struct qp_season_day){y[i], qp_gpnb_level(&g), at};
    }
    return out;
}

int qp_watch_learn(struct qp_watch *w, struct qp_txn *t, int32_t to, struct qp_season *out, bool *enough,
                   struct qp_err *e)
{
    int32_t from = qp_period_day(qp_period_of(to) - (QP_DAILY_PERIODS - 1)), n = to - from + 1, first = 0;
    uint32_t *y = calloc(QP_DAILY_DAYS, sizeof *y);
    struct qp_season_day *days = calloc(QP_DAILY_DAYS, sizeof *days);
    int rc = y && days ? pool(w, t, from, to, y, e) : qp_fail(e, QP_ENOMEM, "no memory to learn the factors");
    qp_season_plain(out);
    while (!rc && first < n && y[first] == 0)
        first++;
    *enough = !rc && n - first >= DAYS_LEAST;
    for (int round = 0; round < ROUNDS && *enough; round++) {
        size_t got = levels(w->pass, out, y, from, first, n, days);
        qp_season_learn(out, days, got, false);
    }
    free(y);
    free(days);
    return rc;
}
