/* days.c: see days.h. Dates, hours and durations are read by topology/calendar.h; here they find their
 * place, and room (qp_policy_grow of field.h). */
#include "topology/policy/days.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "topology/shown.h"

void *qp_policy_grow(struct qp_policy_reading *r, void *v, size_t n, size_t *cap, size_t most, size_t size,
                     const char *path, const char *what)
{
    char bound[24];
    if (n < *cap)
        return v;
    if (n == most) {
        snprintf(bound, sizeof bound, "%zu", most);
        if (!r->p->broken)
            qp_mistake_add(r->m, QP_MISTAKE_TOO_MANY, r->at, path, what, bound);
        r->p->broken = true;
        return NULL;
    }
    void *to = qp_list_grow(v, n, cap, most, size);
    if (!to)
        qp_mistake_add(r->m, QP_MISTAKE_NO_MEMORY, r->at, path, NULL, NULL);
    return to;
}

/* Makes room for one more in `*v`, and in the list beside it of where each stands. */
static bool room(struct qp_policy_reading *r, const void **v, struct qp_policy_at **at, size_t n, size_t *cap,
                 size_t most, size_t size, const char *name)
{
    size_t had = *cap;
    void *bigger = qp_policy_grow(r, (void *)(uintptr_t)*v, n, cap, most, size, r->path, name);
    if (!bigger)
        return false;
    *v = bigger;
    if (*cap == had)
        return true;
    struct qp_policy_at *places = realloc(*at, *cap * sizeof **at);
    if (!places) {
        *cap = had;
        qp_mistake_add(r->m, QP_MISTAKE_NO_MEMORY, r->at, r->path, NULL, NULL);
        return false;
    }
    *at = places;
    return true;
}

/* What is wrong with the value at r->path. */
static void told(struct qp_policy_reading *r, enum qp_mistake_kind kind, const char *name, const char *text)
{
    char shown[64];
    snprintf(shown, sizeof shown, "%.*s", qp_shown(text, sizeof shown - 1), text);
    qp_mistake_add(r->m, kind, r->at, r->path, name, shown);
}

void qp_days_put_date(struct qp_policy_reading *r, struct qp_policy_calendar *c, bool on, const char *text)
{
    const char *name = on ? "on" : "off";
    const int32_t **v = on ? &c->form.on : &c->form.off;
    size_t *n = on ? &c->form.non : &c->form.noff;
    struct qp_policy_at **at = on ? &c->on_at : &c->off_at;
    int32_t day;
    if (qp_calendar_date(&day, text, NULL)) {
        told(r, QP_MISTAKE_NO_DATE, name, text);
        return;
    }
    if (!room(r, (const void **)(void *)v, at, *n, on ? &c->cap_on : &c->cap_off, QP_CALENDAR_DATES_MAX,
              sizeof **v, name))
        return;
    ((int32_t *)(uintptr_t)*v)[*n] = day;
    (*at)[(*n)++] = r->at;
}

/* Whether the part `name` of an interval was read; if not, it is told, with the reader's own sentence. */
static bool read_part(struct qp_policy_reading *r, int rc, enum qp_mistake_kind kind, const char *name,
                      const char *text, const struct qp_err *e)
{
    char path[QP_MISTAKE_PATH];
    if (!rc)
        return true;
    qp_policy_path(path, r->path, NULL, name);
    qp_policy_tell_text(r, kind, path, name, text, e);
    return false;
}

void qp_days_put_span(struct qp_policy_reading *r, struct qp_policy_calendar *c, const char *days,
                      const char *from, const char *to)
{
    struct qp_err e;
    struct qp_work_span s;
    struct qp_calendar_form *f = &c->form;
    bool good = read_part(r, qp_calendar_days(&s.days, days, &e), QP_MISTAKE_NO_DAYS, "days", days, &e);
    good &= read_part(r, qp_calendar_minute(&s.from_min, from, &e), QP_MISTAKE_NO_TIME, "from", from, &e);
    good &= read_part(r, qp_calendar_minute(&s.to_min, to, &e), QP_MISTAKE_NO_TIME, "to", to, &e);
    if (!good || !room(r, (const void **)(void *)&f->weekly, &c->weekly_at, f->nweekly, &c->cap_weekly,
                       QP_CALENDAR_SPANS_MAX, sizeof *f->weekly, "weekly"))
        return;
    ((struct qp_work_span *)(uintptr_t)f->weekly)[f->nweekly] = s;
    c->weekly_at[f->nweekly++] = r->at;
}

void qp_days_put_known(struct qp_policy_reading *r, struct qp_policy_calendar *c, const char *text)
{
    if (text[0] == '\0' || !qp_calendar_date(&c->form.known_until, text, NULL))
        return;
    struct qp_policy_reading at = *r;
    qp_policy_path(at.path, r->path, NULL, "known_until");
    told(&at, QP_MISTAKE_NO_DATE, "known_until", text);
}

void qp_days_put_name(struct qp_policy_reading *r, struct qp_policy_calendar *c, const char *text)
{
    qp_policy_put_text(r, "name", QP_POLICY_CALENDAR_NAME, &c->form.name, text);
}

/* ---- checked ---- */

struct telling {
    const struct qp_policy_calendar *c;
    const char *path;
    struct qp_mistakes *m;
};

/* Where "off[3]" stands in the file. */
static struct qp_policy_at place_of(const struct qp_policy_calendar *c, const char *place)
{
    const struct {
        const char *name;
        const struct qp_policy_at *at;
        size_t n;
    } list[] = {{"weekly[", c->weekly_at, c->form.nweekly},
                {"off[", c->off_at, c->form.noff},
                {"on[", c->on_at, c->form.non}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        size_t len = strlen(list[i].name);
        if (strncmp(place, list[i].name, len) != 0)
            continue;
        unsigned long at = strtoul(place + len, NULL, 10);
        if (at < list[i].n)
            return list[i].at[at];
    }
    return c->at;
}

static void tell(void *ctx, const char *place, const char *why, const char *why_zh)
{
    const struct telling *t = ctx;
    char path[QP_MISTAKE_PATH], en[QP_MISTAKE_ARG + 100], zh[QP_MISTAKE_ARG + 100];
    const char *name = t->c->form.name ? t->c->form.name : "";
    qp_policy_path(path, t->path, NULL, place);
    snprintf(en, sizeof en, "the calendar \"%s\": %s: %s", name, place, why);
    snprintf(zh, sizeof zh, "日历“%s”：%s：%s", name, place, why_zh);
    qp_mistake_add(t->m, QP_MISTAKE_CALENDAR, place_of(t->c, place), path, en, zh);
}

void qp_days_check(const struct qp_policy_calendar *c, const char *path, struct qp_mistakes *m)
{
    struct telling t = {c, path, m};
    qp_calendar_check(&c->form, tell, &t);
}

/* ---- compared, copied ---- */

static int by_day(const void *left, const void *right)
{
    int32_t a = *(const int32_t *)left, b = *(const int32_t *)right;
    return a < b ? -1 : a > b;
}

int32_t *qp_days_sorted(const int32_t *days, size_t n)
{
    int32_t *v = malloc((n + 1) * sizeof *v);
    if (!v)
        return NULL;
    if (n > 0)
        memcpy(v, days, n * sizeof *v);
    qsort(v, n, sizeof *v, by_day);
    return v;
}

static bool same_dates(const int32_t *a, size_t na, const int32_t *b, size_t nb)
{
    if (na != nb)
        return false;
    int32_t *x = qp_days_sorted(a, na), *y = qp_days_sorted(b, nb);
    bool same = x && y && memcmp(x, y, na * sizeof *x) == 0;
    free(x);
    free(y);
    return same;
}

/* The minutes of a week that are worked, as a bit each. */
static void week(uint8_t out[7 * 1440 / 8], const struct qp_calendar_form *f)
{
    memset(out, 0, 7 * 1440 / 8);
    for (size_t i = 0; i < f->nweekly; i++)
        for (int day = 0; day < 7; day++)
            for (int at = f->weekly[i].from_min;
                 (f->weekly[i].days >> day & 1) != 0 && at < f->weekly[i].to_min; at++)
                out[(day * 1440 + at) / 8] |= (uint8_t)(1 << (at & 7));
}

bool qp_days_same(const struct qp_policy_calendar *a, const struct qp_policy_calendar *b)
{
    uint8_t one[7 * 1440 / 8], other[7 * 1440 / 8];
    week(one, &a->form);
    week(other, &b->form);
    return memcmp(one, other, sizeof one) == 0 && a->form.known_until == b->form.known_until &&
           same_dates(a->form.off, a->form.noff, b->form.off, b->form.noff) &&
           same_dates(a->form.on, a->form.non, b->form.on, b->form.non);
}

/* A malloc'd copy; NULL for nothing or no memory. */
static void *copied(const void *v, size_t n, size_t size)
{
    void *to = n > 0 ? malloc(n * size) : NULL;
    if (to)
        memcpy(to, v, n * size);
    return to;
}

bool qp_days_copy(struct qp_policy_reading *r, struct qp_policy_calendar *to,
                  const struct qp_policy_calendar *from)
{
    const struct qp_calendar_form *f = &from->form;
    to->at = (struct qp_policy_at){0};
    to->form = *f;
    to->form.name = f->name ? qp_arena_text(r->p->a, f->name) : NULL;
    to->form.weekly = copied(f->weekly, f->nweekly, sizeof *f->weekly);
    to->form.off = copied(f->off, f->noff, sizeof *f->off);
    to->form.on = copied(f->on, f->non, sizeof *f->on);
    to->weekly_at = calloc(f->nweekly + 1, sizeof *to->weekly_at); /* of no file any more */
    to->off_at = calloc(f->noff + 1, sizeof *to->off_at);
    to->on_at = calloc(f->non + 1, sizeof *to->on_at);
    to->cap_weekly = f->nweekly;
    to->cap_off = f->noff;
    to->cap_on = f->non;
    return (f->nweekly == 0 || to->form.weekly) && (f->noff == 0 || to->form.off) &&
           (f->non == 0 || to->form.on) && (!f->name || to->form.name) && to->weekly_at && to->off_at &&
           to->on_at;
}

void qp_days_free(struct qp_policy_calendar *c)
{
    free((void *)(uintptr_t)c->form.weekly);
    free((void *)(uintptr_t)c->form.off);
    free((void *)(uintptr_t)c->form.on);
    free(c->weekly_at);
    free(c->off_at);
    free(c->on_at);
}
