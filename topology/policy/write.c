/* write.c: a policy as its one canonical JSON: one line, the order of field.c, names and dates sorted. What is
 * signed, compared and stored is these bytes. See policy.h. */
#include "topology/policy/policy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/policy/days.h"
#include "topology/policy/field.h"
#include "topology/policy/order.h"
#include "topology/zone.h"

struct out {
    char *p;
    size_t n, cap;
    bool comma, failed;
};

/* ---- text ---- */

static void put(struct out *o, const char *text, size_t len)
{
    if (o->failed)
        return;
    if (o->cap - o->n < len + 1) {
        size_t cap = 2 * o->cap + len + 4096;
        char *p = realloc(o->p, cap);
        if (!p) {
            o->failed = true;
            return;
        }
        o->p = p;
        o->cap = cap;
    }
    memcpy(o->p + o->n, text, len);
    o->n += len;
    o->p[o->n] = '\0';
}

static void put_comma(struct out *o)
{
    if (o->comma)
        put(o, ",", 1);
    o->comma = true;
}

static void open_with(struct out *o, const char *bracket)
{
    put_comma(o);
    put(o, bracket, 1);
    o->comma = false;
}

static void close_with(struct out *o, const char *bracket)
{
    put(o, bracket, 1);
    o->comma = true;
}

/* The texts of a policy are lines without control characters (field.c): quotes and backslashes alone are escaped. */
static void put_string(struct out *o, const char *text)
{
    put_comma(o);
    put(o, "\"", 1);
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            put(o, "\\", 1);
        put(o, p, 1);
    }
    put(o, "\"", 1);
}

static void put_word(struct out *o, const char *word)
{
    put_comma(o);
    put(o, word, strlen(word));
}

static void put_key(struct out *o, const char *key)
{
    put_string(o, key);
    put(o, ":", 1);
    o->comma = false;
}

static void put_text(struct out *o, const char *key, const char *text)
{
    put_key(o, key);
    if (text)
        put_string(o, text);
    else
        put_word(o, "null");
}

/* ---- fields of a table ---- */

static void put_field(struct out *o, const struct qp_policy_field *f, const void *base)
{
    char text[QP_POLICY_VALUE];
    put_key(o, f->name);
    qp_policy_show(text, f, base);
    if (!qp_policy_said(f, base))
        put_word(o, "null");
    else if (f->kind == QP_SAYS_FLAG)
        put_word(o, text[0] == 'y' ? "true" : "false");
    else if (f->kind == QP_SAYS_SHARE || f->kind == QP_SAYS_COUNT)
        put_word(o, text);
    else
        put_string(o, text);
}

/* Does the group that begins here have anything to write? */
static bool group_shows(const struct qp_policy_field *f, size_t n, const void *base)
{
    for (size_t i = 0; i < n && f[i].group && strcmp(f[i].group, f[0].group) == 0; i++)
        if (!f[i].brief || qp_policy_said(&f[i], base))
            return true;
    return false;
}

static void put_fields(struct out *o, const struct qp_policy_field *f, size_t n, const void *base)
{
    const char *open = NULL;
    for (size_t i = 0; i < n; i++) {
        bool begins = f[i].group && (i == 0 || !f[i - 1].group || strcmp(f[i - 1].group, f[i].group) != 0);
        if (open && (!f[i].group || begins)) {
            close_with(o, "}");
            open = NULL;
        }
        if (begins && group_shows(f + i, n - i, base)) {
            open = f[i].group;
            put_key(o, open);
            open_with(o, "{");
        }
        if (!f[i].brief || qp_policy_said(&f[i], base))
            put_field(o, &f[i], base);
    }
    if (open)
        close_with(o, "}");
}

/* ---- calendars ---- */

static void put_minute(struct out *o, const char *key, int minute)
{
    char text[16];
    snprintf(text, sizeof text, "%02d:%02d", minute / 60, minute % 60);
    put_text(o, key, text);
}

/* Every day by itself: 1,2,3,4,5. */
static void put_days(struct out *o, uint8_t days)
{
    char text[16];
    size_t n = 0;
    for (int day = 0; day < 7; day++)
        if ((days >> day & 1) != 0) {
            if (n > 0)
                text[n++] = ',';
            text[n++] = (char)('1' + day);
        }
    text[n] = '\0';
    put_text(o, "days", text);
}

static int by_hours(const void *left, const void *right)
{
    const struct qp_work_span *a = left, *b = right;
    return a->from_min != b->from_min ? a->from_min - b->from_min
           : a->to_min != b->to_min   ? a->to_min - b->to_min
                                      : a->days - b->days;
}

static void put_weekly(struct out *o, const struct qp_calendar_form *f)
{
    struct qp_work_span v[QP_CALENDAR_SPANS_MAX];
    size_t n = 0;
    if (f->nweekly > 0)
        memcpy(v, f->weekly, f->nweekly * sizeof *v);
    qsort(v, f->nweekly, sizeof *v, by_hours);
    for (size_t i = 0; i < f->nweekly; i++) /* the same hours on more days are one entry */
        if (n > 0 && v[n - 1].from_min == v[i].from_min && v[n - 1].to_min == v[i].to_min)
            v[n - 1].days |= v[i].days;
        else
            v[n++] = v[i];
    put_key(o, "weekly");
    open_with(o, "[");
    for (size_t i = 0; i < n; i++) {
        open_with(o, "{");
        put_days(o, v[i].days);
        put_minute(o, "from", v[i].from_min);
        put_minute(o, "to", v[i].to_min);
        close_with(o, "}");
    }
    close_with(o, "]");
}

static void put_dates(struct out *o, const char *key, const int32_t *days, size_t n)
{
    char text[32];
    int32_t *v = qp_days_sorted(days, n);
    o->failed = o->failed || !v;
    put_key(o, key);
    open_with(o, "[");
    for (size_t i = 0; i < n && v; i++) {
        qp_bucket_day_text(text, v[i]);
        put_string(o, text);
    }
    close_with(o, "]");
    free(v);
}

static void put_calendar(struct out *o, const struct qp_calendar_form *f)
{
    char text[32];
    open_with(o, "{");
    put_text(o, "name", f->name);
    put_weekly(o, f);
    put_dates(o, "off", f->off, f->noff);
    put_dates(o, "on", f->on, f->non);
    if (f->known_until != QP_CALENDAR_NO_DAY) {
        qp_bucket_day_text(text, f->known_until);
        put_text(o, "known_until", text);
    }
    close_with(o, "}");
}

static int by_name(const void *left, const void *right)
{
    const struct qp_calendar_form *a = *(const struct qp_calendar_form *const *)left;
    const struct qp_calendar_form *b = *(const struct qp_calendar_form *const *)right;
    return strcmp(a->name ? a->name : "", b->name ? b->name : "");
}

static void put_calendars(struct out *o, const struct qp_policy *p)
{
    const struct qp_calendar_form *v[QP_POLICY_CALENDARS];
    for (size_t i = 0; i < p->n_calendars; i++)
        v[i] = &p->calendars[i].form;
    qsort(v, p->n_calendars, sizeof *v, by_name);
    put_key(o, "calendars");
    open_with(o, "[");
    for (size_t i = 0; i < p->n_calendars; i++)
        put_calendar(o, v[i]);
    close_with(o, "]");
}

/* ---- the whole ---- */

static void put_urges(struct out *o, const struct qp_policy_rules *r)
{
    struct qp_policy_span v[QP_POLICY_URGES];
    char text[QP_DURATION_TEXT];
    qp_policy_sort_urges(v, r);
    put_key(o, "urge");
    open_with(o, "[");
    for (size_t i = 0; i < r->n_urge; i++) {
        qp_duration_text(text, &v[i].d);
        open_with(o, "{");
        put_text(o, "overdue", text);
        close_with(o, "}");
    }
    close_with(o, "]");
}

char *qp_policy_write(const struct qp_policy *p, size_t *len)
{
    struct out o = {0};
    open_with(&o, "{");
    put_text(&o, "version", p->version);
    put_text(&o, "title", p->title);
    put_calendars(&o, p);
    put_key(&o, "categories");
    open_with(&o, "[");
    for (size_t i = 0; i < p->n_categories; i++) {
        open_with(&o, "{");
        put_fields(&o, qp_category_fields, qp_n_category_fields, p->by_code[i]);
        close_with(&o, "}");
    }
    close_with(&o, "]");
    put_key(&o, "rules");
    open_with(&o, "{");
    if (p->rules.says_urge)
        put_urges(&o, &p->rules);
    put_fields(&o, qp_rule_fields, qp_n_rule_fields, &p->rules);
    close_with(&o, "}");
    close_with(&o, "}");
    if (o.failed) {
        free(o.p);
        return NULL;
    }
    *len = o.n;
    return o.p;
}
