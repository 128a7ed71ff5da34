/* wall_days.c: see figures.h. Everything but last week's part of a day comes from the board's cells, whatever
 * the number of matters; that part is read matter by matter, as many as were opened by that time of that day. */
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/figures.h"

enum { DAY_S = 86400, PASS_MOST = 20000, KEYS_MOST = 64, HOURS = 24, DESK_DAYS = 7 };
static const int64_t SECOND_US = 1000000;

/* What was opened by this time a week ago, by one of a matter's codes. */
struct tally {
    struct {
        char key[QP_NAME_BYTES + 1];
        int64_t n;
    } v[KEYS_MOST];
    size_t n;
    int64_t rest; /* under more keys than there is room for */
};
struct pass {
    struct tally source, category;
    int64_t opened;
};

static void count(struct tally *t, const char *key)
{
    size_t i = 0;
    while (i < t->n && strcmp(t->v[i].key, key) != 0)
        i++;
    if (i == t->n && i < KEYS_MOST)
        qp_text_cut(t->v[t->n++].key, sizeof t->v[i].key, key);
    if (i < KEYS_MOST)
        t->v[i].n++;
    else
        t->rest++;
}

static int see(void *arg, const Qp__Row *row)
{
    struct pass *p = arg;
    p->opened++;
    count(&p->source, row->face->source);
    count(&p->category, row->face->category);
    return 0;
}

/* False: there were too many to count them one by one. */
static int pass_over(struct pass *p, bool *whole, struct qp_read *r, const struct qp_days *d,
                     const char *area, struct qp_arena *a, struct qp_err *e)
{
    char cursor[128] = "";
    struct qp_list_query q = {.area = area,
                              .overdue = -1,
                              .has_from = true,
                              .has_to = true,
                              .from_us = d->was_day_us,
                              .to_us = d->was_us,
                              .sort = QP_SORT_OPENED_DESC,
                              .limit = QP_LIST_MOST,
                              .cursor = cursor};
    int rc = 0;
    do {
        char next[128] = "";
        rc = qp_matter_list(r, &q, see, p, next, a, e);
        memcpy(cursor, next, sizeof cursor);
    } while (!rc && cursor[0] && p->opened < PASS_MOST);
    *whole = !cursor[0];
    return rc;
}

static int ask(struct qp_board_result *out, struct qp_http *h, struct qp_read *r, enum qp_split by,
               const char *area, int64_t from_us, int64_t to_us, struct qp_err *e)
{
    struct qp_board_query q = {.by = by,
                               .area = area,
                               .has_from = from_us != 0,
                               .from_us = from_us,
                               .has_to = to_us != 0,
                               .to_us = to_us};
    return qp_board_ask(out, r, h->self.path, h->zone, &q, e);
}

static int total(struct qp_counts *out, struct qp_http *h, struct qp_read *r, const char *area,
                 int64_t from_us, int64_t to_us, struct qp_err *e)
{
    struct qp_board_result res;
    int rc = ask(&res, h, r, QP_SPLIT_HOUR, area, from_us, to_us, e);
    if (rc)
        return rc;
    *out = res.total;
    qp_board_result_free(&res);
    return 0;
}

static int64_t days_later(const struct qp_zone *z, int64_t at_us, int64_t days)
{
    return qp_zone_first(z, qp_zone_local_us(z, at_us) + days * DAY_S * SECOND_US);
}

int qp_days_of(struct qp_days *d, struct qp_http *h, struct qp_read *r, const char *area, int64_t now_us,
               struct qp_err *e)
{
    struct qp_civil civil;
    struct qp_counts ever;
    qp_zone_civil(h->zone, now_us, &civil, NULL);
    d->now_us = now_us;
    d->hour = civil.hour;
    d->hour_us = (int64_t)qp_bucket_hour(h->zone, now_us) * 60 * SECOND_US;
    d->day_us = qp_day_start(h->zone, qp_bucket_day(h->zone, now_us));
    d->was_us = days_later(h->zone, d->now_us, -7);
    d->was_hour_us = days_later(h->zone, d->hour_us, -7);
    d->was_day_us = days_later(h->zone, d->day_us, -7);
    d->was_end_us = days_later(h->zone, d->day_us, -6);
    struct qp_board_result res;
    int rc = ask(&res, h, r, QP_SPLIT_DAY, area, 0, d->was_end_us, e);
    if (rc)
        return rc;
    ever = res.total;
    qp_board_result_free(&res);
    d->known = ever.opened > 0;
    return 0;
}

/* ---- a day ---- */

static void put_hours(struct qp_json *j, const char *name, const int64_t v[HOURS])
{
    qp_json_key(j, name);
    qp_json_array(j);
    for (int i = 0; i < HOURS; i++)
        qp_json_int(j, v[i]);
    qp_json_array_end(j);
}

/* The members of a day: its beginning, its counts so far (to_us: 0, all of it), and by the hours of the clock (a
 * repeated one adds to the first). */
static int put_day(struct qp_json *j, struct qp_http *h, struct qp_read *r, const char *area, int64_t from_us,
                   int64_t end_us, int64_t hour_us, struct qp_err *e)
{
    struct qp_board_result res;
    int64_t opened[HOURS] = {0}, closed[HOURS] = {0}, opened_to = 0, closed_to = 0;
    int rc = ask(&res, h, r, QP_SPLIT_HOUR, area, from_us, end_us, e);
    if (rc)
        return rc;
    for (size_t i = 0; i < res.n; i++) {
        struct qp_civil civil;
        int64_t at_us = (int64_t)res.rows[i].bucket * 60 * SECOND_US;
        qp_zone_civil(h->zone, at_us, &civil, NULL);
        opened[civil.hour] += res.rows[i].c.opened;
        closed[civil.hour] += res.rows[i].c.closed;
        opened_to += at_us < hour_us ? res.rows[i].c.opened : 0;
        closed_to += at_us < hour_us ? res.rows[i].c.closed : 0;
    }
    qp_json_put_time(j, "from", from_us);
    qp_json_put_int(j, "opened", res.total.opened);
    qp_json_put_int(j, "closed", res.total.closed);
    qp_json_put_int(j, "on_time", res.total.on_time);
    qp_json_put_int(j, "late", res.total.late);
    qp_json_put_time(j, "to_hour", hour_us); /* the next two are of the whole hours before this */
    qp_json_put_int(j, "opened_to_hour", opened_to);
    qp_json_put_int(j, "closed_to_hour", closed_to);
    put_hours(j, "opened_by_hour", opened);
    put_hours(j, "closed_by_hour", closed);
    qp_board_result_free(&res);
    return 0;
}

static int put_days(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_days *d,
                    const char *area, int64_t before, struct qp_err *e)
{
    qp_json_key(j, "today");
    qp_json_object(j);
    int rc = put_day(j, h, r, area, d->day_us, 0, d->hour_us, e);
    qp_json_put_int(j, "hour", d->hour);
    qp_json_object_end(j);
    qp_json_key(j, "before");
    if (rc || !d->known) {
        qp_json_null(j);
        return rc;
    }
    qp_json_object(j);
    rc = put_day(j, h, r, area, d->was_day_us, d->was_end_us, d->was_hour_us, e);
    qp_json_put_time(j, "to", d->was_us);
    qp_json_key(j, "opened_to"); /* by the same moment; null: too many to count */
    if (before < 0)
        qp_json_null(j);
    else
        qp_json_int(j, before);
    qp_json_object_end(j);
    return rc;
}

/* ---- today, this week, this month ---- */

static int put_period(struct qp_json *j, struct qp_http *h, struct qp_read *r, const char *area,
                      const char *name, int64_t from_us, int64_t was_from_us, int64_t hour_us,
                      int64_t was_hour_us, struct qp_err *e)
{
    struct qp_counts now, to_hour, before;
    int rc = total(&now, h, r, area, from_us, 0, e);
    if (!rc)
        rc = total(&to_hour, h, r, area, from_us, hour_us, e);
    if (!rc)
        rc = total(&before, h, r, area, was_from_us, was_hour_us, e);
    if (rc)
        return rc;
    qp_json_object(j);
    qp_json_put(j, "name", name);
    qp_json_put_time(j, "from", from_us);
    qp_json_put_int(j, "opened", now.opened);
    qp_json_put_int(j, "on_time", now.on_time);
    qp_json_put_int(j, "late", now.late);
    qp_json_put_int(j, "opened_to_hour", to_hour.opened);
    qp_json_put_time(j, "before_from", was_from_us);
    qp_json_put_int(j, "before_to_hour", before.opened);
    qp_json_object_end(j);
    return 0;
}

/* The month against as many days and hours of the one before it, at most all of them. */
static void month_of(const struct qp_zone *z, const struct qp_days *d, int64_t *from_us, int64_t *was_from_us,
                     int64_t *was_to_us)
{
    struct qp_civil c, was;
    qp_zone_civil(z, d->now_us, &c, NULL);
    c = (struct qp_civil){c.year, c.month, 1, 0, 0, 0};
    was = c;
    was.year -= c.month == 1;
    was.month = c.month == 1 ? 12 : c.month - 1;
    *from_us = qp_zone_instant(z, &c);
    *was_from_us = qp_zone_instant(z, &was);
    int64_t gone_us = qp_zone_local_us(z, d->hour_us) - qp_zone_local_us(z, *from_us);
    *was_to_us = qp_zone_first(z, qp_zone_local_us(z, *was_from_us) + gone_us);
    if (*was_to_us > *from_us)
        *was_to_us = *from_us;
}

static int put_periods(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_days *d,
                       const char *area, struct qp_err *e)
{
    int32_t today = qp_bucket_day(h->zone, d->now_us), monday = qp_bucket_week(today);
    int64_t week_us = qp_day_start(h->zone, monday), month_us, was_month_us, was_month_to_us;
    month_of(h->zone, d, &month_us, &was_month_us, &was_month_to_us);
    qp_json_key(j, "periods");
    qp_json_array(j);
    int rc = put_period(j, h, r, area, "today", d->day_us, d->was_day_us, d->hour_us, d->was_hour_us, e);
    if (!rc)
        rc = put_period(j, h, r, area, "week", week_us, qp_day_start(h->zone, monday - 7), d->hour_us,
                        d->was_hour_us, e);
    if (!rc)
        rc = put_period(j, h, r, area, "month", month_us, was_month_us, d->hour_us, was_month_to_us, e);
    qp_json_array_end(j);
    return rc;
}

/* ---- by source, category, desk ---- */

/* [{key, opened, before}], before null where nothing was heard or too much. */
static int put_codes(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_days *d,
                     const char *area, const char *name, enum qp_split by, const struct tally *was,
                     struct qp_err *e)
{
    struct qp_board_result res;
    int rc = ask(&res, h, r, by, area, d->day_us, 0, e);
    if (rc)
        return rc;
    qp_json_key(j, name);
    qp_json_array(j);
    for (size_t i = 0; i < res.n; i++) {
        qp_json_object(j);
        qp_json_put(j, "key", res.rows[i].key);
        qp_json_put_int(j, "opened", res.rows[i].c.opened);
        int64_t n = 0;
        for (size_t k = 0; was && k < was->n; k++)
            n = strcmp(was->v[k].key, res.rows[i].key) == 0 ? was->v[k].n : n;
        qp_json_key(j, "before");
        if (was)
            qp_json_int(j, n);
        else
            qp_json_null(j);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
    qp_board_result_free(&res);
    return 0;
}

static int put_desks(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_days *d,
                     const char *area, struct qp_err *e)
{
    struct qp_board_result res;
    int64_t from_us = days_later(h->zone, d->day_us, 1 - DESK_DAYS);
    int rc = ask(&res, h, r, QP_SPLIT_DESK, area, from_us, 0, e);
    if (rc)
        return rc;
    qp_json_key(j, "desks");
    qp_json_object(j);
    qp_json_put_time(j, "from", from_us);
    qp_json_put_int(j, "days", DESK_DAYS);
    qp_json_key(j, "rows");
    qp_json_array(j);
    for (size_t i = 0; i < res.n; i++) {
        if (!res.rows[i].key[0])
            continue;
        qp_json_object(j);
        qp_json_put(j, "key", res.rows[i].key);
        qp_json_put_int(j, "on_time", res.rows[i].c.on_time);
        qp_json_put_int(j, "late", res.rows[i].c.late);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
    qp_json_object_end(j);
    qp_board_result_free(&res);
    return 0;
}

int qp_json_days(struct qp_json *j, struct qp_http *h, struct qp_read *r, const struct qp_days *d,
                 const char *area, struct qp_arena *a, struct qp_err *e)
{
    struct pass *p = calloc(1, sizeof *p);
    bool whole = false;
    if (!p)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    int rc = d->known ? pass_over(p, &whole, r, d, area, a, e) : 0;
    if (!rc)
        rc = put_days(j, h, r, d, area, whole ? p->opened : -1, e);
    if (!rc)
        rc = put_periods(j, h, r, d, area, e);
    if (!rc)
        rc = put_codes(j, h, r, d, area, "sources", QP_SPLIT_SOURCE, whole ? &p->source : NULL, e);
    if (!rc)
        rc = put_codes(j, h, r, d, area, "categories", QP_SPLIT_CATEGORY, whole ? &p->category : NULL, e);
    if (!rc)
        rc = put_desks(j, h, r, d, area, e);
    free(p);
    return rc;
}
