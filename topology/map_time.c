/* map_time.c: reads a local time by a map's patterns: %Y %y %m %b %d %H %I %M %S %p %f %z %%, everything
 * else as it stands. See topology/areas/README.md. */
#include "topology/map_form.h"

#include <string.h>
#include <strings.h>

#include "topology/shown.h"

/* A time as a pattern finds it. */
struct found {
    struct qp_civil c;
    int half; /* of the day: 0 = not said, 1 = AM, 2 = PM */
    int32_t fraction_us;
    bool has_offset;
    int32_t offset_s;
};

const char *qp_form_time_fault(const char *pattern)
{
    static const char known[] = "YymbdHIMSpfz%";
    bool has[sizeof known] = {false};
    for (const char *p = pattern; *p != '\0'; p++) {
        if (*p != '%')
            continue;
        const char *at = p[1] == '\0' ? NULL : strchr(known, *++p);
        if (!at)
            return "a time knows %Y %y %m %b %d %H %I %M %S %p %f %z and %%";
        if (has[at - known] && *at != '%')
            return "a time has each part only once";
        has[at - known] = true;
    }
    enum { YEAR, YEAR2, MONTH, MONTH_NAME, D, H, I, MINUTE, S, P };
    if (has[YEAR] == has[YEAR2] || has[MONTH] == has[MONTH_NAME] || !has[D])
        return "a time needs one of %Y and %y, one of %m and %b, and %d";
    if (has[I] != has[P] || (has[I] && has[H]))
        return "a time has either %H, or %I and %p";
    return NULL;
}

static bool digits(const char **p, int min, int max, int *out)
{
    int n = 0, v = 0;
    for (; n < max && **p >= '0' && **p <= '9'; n++, (*p)++)
        v = v * 10 + (**p - '0');
    *out = v;
    return n >= min;
}

/* Two digits: 69 to 99 are of the last century, as POSIX has it. */
static bool short_year(const char **p, int *year)
{
    bool two = digits(p, 2, 2, year);
    *year += *year < 69 ? 2000 : 1900;
    return two;
}

/* The first three letters of an English month, or all of it, in any letter case; a point may follow. */
static bool month_name(const char **p, int *month)
{
    static const char *const names[] = {"january",   "february", "march",    "april",
                                        "may",       "june",     "july",     "august",
                                        "september", "october",  "november", "december"};
    for (size_t i = 0; i < 12; i++) {
        size_t len = strlen(names[i]);
        if (strncasecmp(*p, names[i], len) != 0)
            len = 3;
        if (strncasecmp(*p, names[i], len) != 0)
            continue;
        *month = (int)i + 1;
        *p += len;
        *p += **p == '.';
        return true;
    }
    return false;
}

static bool half_of_day(const char **p, int *half)
{
    static const char *const chinese[] = {"上午", "下午"};
    for (int i = 0; i < 2; i++) {
        if (strncmp(*p, chinese[i], strlen(chinese[i])) == 0) {
            *half = i + 1;
            *p += strlen(chinese[i]);
            return true;
        }
    }
    char first = (char)(**p | 0x20);
    if ((first != 'a' && first != 'p') || ((*p)[1] | 0x20) != 'm')
        return false;
    *half = first == 'a' ? 1 : 2;
    *p += 2;
    return true;
}

/* Z, +hh, +hhmm, +hh:mm. */
static bool offset(const char **p, struct found *t)
{
    t->has_offset = true;
    char sign = *(*p)++;
    if (sign == 'Z' || sign == 'z')
        return true;
    int hour, minute = 0;
    if ((sign != '+' && sign != '-') || !digits(p, 2, 2, &hour))
        return false;
    bool colon = **p == ':';
    if (colon)
        (*p)++;
    if ((colon || (**p >= '0' && **p <= '9')) && !digits(p, 2, 2, &minute))
        return false;
    t->offset_s = (sign == '-' ? -1 : 1) * (hour * 3600 + minute * 60);
    return hour < 24 && minute < 60;
}

static bool fraction(const char **p, int32_t *us)
{
    int32_t unit = 100000;
    int n = 0;
    for (*us = 0; n < 9 && **p >= '0' && **p <= '9'; n++, (*p)++, unit /= 10)
        *us += (**p - '0') * unit;
    return n > 0;
}

/* One part of the pattern. */
static bool part(char what, const char **p, struct found *t)
{
    switch (what) {
    case 'Y': return digits(p, 4, 4, &t->c.year);
    case 'y': return short_year(p, &t->c.year);
    case 'b': return month_name(p, &t->c.month);
    case 'm': return digits(p, 1, 2, &t->c.month);
    case 'd': return digits(p, 1, 2, &t->c.day);
    case 'H':
    case 'I': return digits(p, 1, 2, &t->c.hour);
    case 'M': return digits(p, 2, 2, &t->c.minute);
    case 'S': return digits(p, 2, 2, &t->c.second);
    case 'p': return half_of_day(p, &t->half);
    case 'f': return fraction(p, &t->fraction_us);
    case 'z': return offset(p, t);
    default: return *(*p)++ == what; /* %% */
    }
}

static bool match(struct found *t, const char *pattern, const char *text)
{
    memset(t, 0, sizeof *t);
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '%') {
            if (!part(*++pattern, &text, t))
                return false;
        } else if (*text++ != *pattern) {
            return false;
        }
    }
    return text[strspn(text, " \t")] == '\0';
}

/* Such a date and time of day exist. */
static bool sound(struct found *t)
{
    struct qp_civil *c = &t->c;
    if (t->half != 0) {
        if (c->hour < 1 || c->hour > 12)
            return false;
        c->hour = c->hour % 12 + (t->half == 2 ? 12 : 0);
    }
    if (c->month < 1 || c->month > 12 || c->day < 1 || c->hour > 23 || c->minute > 59 || c->second > 59)
        return false;
    int y, m, d;
    qp_civil_from_days(qp_days_from_civil(c->year, c->month, c->day), &y, &m, &d);
    return m == c->month; /* 31 June would be in July */
}

int qp_map_time(int64_t *at_us, const struct qp_map *m, const char *text, struct qp_err *e)
{
    text += strspn(text, " \t");
    for (size_t i = 0; i < m->n_times; i++) {
        struct found t;
        if (!match(&t, m->times[i], text) || !sound(&t))
            continue;
        if (t.has_offset) {
            int64_t s = (int64_t)qp_days_from_civil(t.c.year, t.c.month, t.c.day) * 86400 + t.c.hour * 3600 +
                        t.c.minute * 60 + t.c.second - t.offset_s;
            *at_us = s * 1000000 + t.fraction_us;
        } else {
            *at_us = qp_zone_instant(m->zone, &t.c) + t.fraction_us;
        }
        return 0;
    }
    return qp_fail(e, QP_EINVAL, "\"%.*s\" is not a time of a form that the map gives (%s%s)",
                   qp_shown(text, 40), text, m->n_times > 0 ? m->times[0] : "it gives none",
                   m->n_times > 1 ? ", …" : "");
}
