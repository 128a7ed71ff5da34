/* calendar_form.c: a calendar as people write it: its texts read, its mistakes told, each with place and remedy.
 * policy and `qipan clock` call it. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "topology/calendar_inside.h"
#include "topology/shown.h"

/* ---- texts ---- */

static int bad_days(struct qp_err *e, const char *text, const char *why)
{
    return qp_fail(
        e, QP_EINVAL,
        "\"%.*s\" names no weekdays: %s; write ISO numbers (1 = Monday, 7 = Sunday) as 1-5 or 1,2,6",
        qp_shown(text, 40), text, why);
}

int qp_calendar_days(uint8_t *days, const char *text, struct qp_err *e)
{
    unsigned set = 0;
    const char *p = text;
    for (;; p++) {
        if (*p < '1' || *p > '7')
            return bad_days(e, text,
                            *text == 0 ? "no day is named" : "there is something else than a day of 1 to 7");
        int low = *p - '1', high = low;
        if (p[1] == '-') {
            if (p[2] < *p || p[2] > '7')
                return bad_days(e, text, "a range goes from the earlier day to the later, as 1-5");
            high = p[2] - '1';
            p += 2;
        }
        for (int i = low; i <= high; i++) {
            if (set & 1u << i)
                return bad_days(e, text, "a day is named twice");
            set |= 1u << i;
        }
        p++;
        if (*p == 0)
            break;
        if (*p != ',')
            return bad_days(e, text, "between days comes a comma or a hyphen");
    }
    *days = (uint8_t)set;
    return 0;
}

/* The number of n digits at p; -1. */
static int number(const char *p, int n)
{
    int v = 0;
    for (int i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

int qp_calendar_minute(uint16_t *minute, const char *text, struct qp_err *e)
{
    int h = -1, m = -1;
    if (strlen(text) == 5 && text[2] == ':') {
        h = number(text, 2);
        m = number(text + 3, 2);
    }
    if (h < 0 || m < 0 || m > 59 || h * 60 + m > 1440)
        return qp_fail(e, QP_EINVAL, "\"%.*s\" is not a time of day: write it as 08:30, from 00:00 to 24:00",
                       qp_shown(text, 40), text);
    *minute = (uint16_t)(h * 60 + m);
    return 0;
}

int qp_calendar_date(int32_t *day, const char *text, struct qp_err *e)
{
    int y = -1, m = -1, d = -1, ry, rm, rd;
    if (strlen(text) == 10 && text[4] == '-' && text[7] == '-') {
        y = number(text, 4);
        m = number(text + 5, 2);
        d = number(text + 8, 2);
    }
    if (y < 1900 || y > 2199 || m < 1 || m > 12 || d < 1)
        return qp_fail(e, QP_EINVAL, "\"%.*s\" is not a date: write it as 2026-10-01, from 1900 to 2199",
                       qp_shown(text, 40), text);
    int32_t n = qp_days_from_civil(y, m, d);
    qp_civil_from_days(n, &ry, &rm, &rd);
    if (rm != m)
        return qp_fail(e, QP_EINVAL, "there is no %s: that month is shorter", text);
    *day = n;
    return 0;
}

/* ---- mistakes ---- */

struct telling {
    const struct qp_calendar_form *f;
    void (*tell)(void *ctx, const char *place, const char *why, const char *why_zh);
    void *ctx;
    size_t n;
};

/* Both sentences take the same arguments in the same order. */
static void say(struct telling *t, const char *place, size_t i, const char *fmt, const char *fmt_zh, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));

/* place "weekly" and i 1: "weekly[1]"; i SIZE_MAX: the place alone. */
static void say(struct telling *t, const char *place, size_t i, const char *fmt, const char *fmt_zh, ...)
{
    char where[40], why[300], why_zh[300];
    va_list ap;
    t->n++;
    if (!t->tell)
        return;
    if (i == SIZE_MAX)
        snprintf(where, sizeof where, "%s", place);
    else
        snprintf(where, sizeof where, "%s[%zu]", place, i);
    va_start(ap, fmt_zh);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    va_start(ap, fmt_zh);
    vsnprintf(why_zh, sizeof why_zh, fmt_zh, ap);
    va_end(ap);
    t->tell(t->ctx, where, why, why_zh);
}

static bool sound_span(const struct qp_work_span *s)
{
    return s->days != 0 && s->days < 128 && s->from_min < s->to_min && s->to_min <= 1440;
}

static void check_span(struct telling *t, size_t i)
{
    const struct qp_work_span *s = &t->f->weekly[i];
    if (s->days == 0 || s->days > 127)
        say(t, "weekly", i, "no days are named: write 1-5 for Monday to Friday",
            "没有写星期几：周一至周五写 1-5");
    if (s->to_min > 1440)
        say(t, "weekly", i, "it ends after 24:00: write the rest as an interval of the next day",
            "结束晚于 24:00：其余部分请写成次日的时段");
    else if (s->from_min >= s->to_min)
        say(t, "weekly", i,
            "it begins at %02d:%02d and ends at %02d:%02d: an interval over midnight is two, one to 24:00 "
            "and one from 00:00 on the next day",
            "%02d:%02d 开始，%02d:%02d 结束：跨午夜须写成两段，一段到 24:00，一段从次日 00:00 开始",
            s->from_min / 60, s->from_min % 60, s->to_min / 60, s->to_min % 60);
    for (size_t j = 0; j < i && sound_span(s); j++) {
        const struct qp_work_span *o = &t->f->weekly[j];
        if (sound_span(o) && (o->days & s->days) && o->from_min < s->to_min && s->from_min < o->to_min) {
            say(t, "weekly", i, "it overlaps weekly[%zu]: join the two, or shorten one",
                "与 weekly[%zu] 重叠：请合并，或缩短其中一段", j);
            return;
        }
    }
}

static void check_weekly(struct telling *t)
{
    const struct qp_calendar_form *f = t->f;
    if (f->nweekly == 0)
        say(t, "weekly", SIZE_MAX,
            "there are no working hours: a clock by this calendar would never be due; write at least one "
            "interval, as days 1-5 from 08:30 to 17:30",
            "没有工作时间，按此日历的时限永不到期：至少写一段，如 1-5 08:30 至 17:30");
    if (f->nweekly > QP_CALENDAR_SPANS_MAX) {
        say(t, "weekly", SIZE_MAX, "there are %zu intervals, at most %d are possible: join some",
            "有 %zu 段，最多 %d 段：请合并", f->nweekly, QP_CALENDAR_SPANS_MAX);
        return;
    }
    for (size_t i = 0; i < f->nweekly; i++)
        check_span(t, i);
    for (unsigned d = 0; d < 7; d++) {
        int n = 0;
        for (size_t i = 0; i < f->nweekly; i++)
            n += (f->weekly[i].days >> d) & 1;
        if (n > QP_CALENDAR_DAY_SPANS)
            say(t, "weekly", SIZE_MAX, "day %u has %d intervals, at most %d are possible: join some",
                "星期 %u（1 为周一）有 %d 段，最多 %d 段：请合并", d + 1, n, QP_CALENDAR_DAY_SPANS);
    }
}

/* The days of one list, marked in `seen`, a bit each; `other`: those of the list before. */
static void check_dates(struct telling *t, const char *list, const int32_t *v, size_t n, uint8_t *seen,
                        const uint8_t *other)
{
    if (n > QP_CALENDAR_DATES_MAX) {
        say(t, list, SIZE_MAX, "there are %zu dates, at most %d are possible: leave out those of past years",
            "有 %zu 个日期，最多 %d 个：请删去往年的", n, QP_CALENDAR_DATES_MAX);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        char date[32];
        if (v[i] < FIRST_DAY || v[i] >= END_DAY) {
            say(t, list, i, "the date is not of the years 1900 to 2199: write one that is",
                "日期不在 1900 至 2199 年之间：请改正");
            continue;
        }
        size_t at = (size_t)(v[i] - FIRST_DAY);
        uint8_t bit = (uint8_t)(1u << at % 8);
        qp_bucket_day_text(date, v[i]);
        if (seen[at / 8] & bit)
            say(t, list, i, "%s stands in this list twice: delete one", "%s 重复：请删去一个", date);
        if (other && (other[at / 8] & bit))
            say(t, list, i, "%s is both off and on: delete it from one of the lists",
                "%s 既是休息日（off）又是上班日（on）：请删去其一", date);
        seen[at / 8] |= bit;
    }
}

size_t qp_calendar_check(const struct qp_calendar_form *f,
                         void (*tell)(void *ctx, const char *place, const char *why, const char *why_zh),
                         void *ctx)
{
    struct telling t = {f, tell, ctx, 0};
    uint8_t off[(END_DAY - FIRST_DAY) / 8 + 1] = {0}, on[(END_DAY - FIRST_DAY) / 8 + 1] = {0};
    size_t len = !f->name ? 0 : strlen(f->name);
    if (len == 0)
        say(&t, "name", SIZE_MAX, "a calendar needs a name: give it one, as office",
            "日历须有名称：请取名，如 office");
    if (len > QP_CALENDAR_NAME_MAX)
        say(&t, "name", SIZE_MAX, "the name has %zu bytes, at most %d are possible: shorten it",
            "名称有 %zu 字节，最多 %d 字节：请缩短", len, QP_CALENDAR_NAME_MAX);
    check_weekly(&t);
    check_dates(&t, "off", f->off, f->noff, off, NULL);
    check_dates(&t, "on", f->on, f->non, on, off);
    if (f->known_until != QP_CALENDAR_NO_DAY && (f->known_until < FIRST_DAY || f->known_until >= END_DAY))
        say(&t, "known_until", SIZE_MAX, "the date is not of the years 1900 to 2199: write one that is",
            "日期不在 1900 至 2199 年之间：请改正");
    return t.n;
}
