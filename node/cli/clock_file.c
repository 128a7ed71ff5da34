/* clock_file.c: see clock_file.h. */
#include "node/cli/clock_file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where a mistake is: "FILE: office: weekly[1].from". */
struct where {
    const char *file, *name;
    struct qp_err *e;
};

static int wrong(const struct where *w, const char *place, const char *why)
{
    return qp_fail(w->e, QP_EINVAL, "%s: calendar %s: %s: %s", w->file, w->name, place, why);
}

/* Refuses a field that a calendar does not have: a misspelt "off" would be a holiday that is worked. */
static int only(const struct where *w, const json_t *o, const char *place, const char *const *known)
{
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)o, key, value)
    {
        size_t i = 0;
        while (known[i] != NULL && strcmp(known[i], key) != 0)
            i++;
        if (known[i] == NULL)
            return qp_fail(w->e, QP_EINVAL, "%s: calendar %s: %s\"%.40s\" is no field of a calendar", w->file,
                           w->name, place, key);
    }
    return QP_OK;
}

static int read_time(const struct where *w, const json_t *span, const char *field, size_t i, uint16_t *minute)
{
    char place[40];
    struct qp_err why;
    const char *text = json_string_value(json_object_get(span, field));
    snprintf(place, sizeof place, "weekly[%zu].%s", i, field);
    if (text == NULL)
        return wrong(w, place, "is missing: write a text as \"08:30\"");
    return qp_calendar_minute(minute, text, &why) ? wrong(w, place, why.text) : QP_OK;
}

static int read_weekly(const struct where *w, const json_t *list, struct qp_work_span *v, size_t *n)
{
    static const char *const known[] = {"days", "from", "to", NULL};
    const json_t *span;
    size_t i;
    if (!json_is_array(list))
        return wrong(w, "weekly",
                     "is missing: write a list of {\"days\":\"1-5\",\"from\":\"08:30\",\"to\":\"12:00\"}");
    if (json_array_size(list) > QP_CALENDAR_SPANS_MAX)
        return wrong(w, "weekly", "has more than 56 intervals");
    json_array_foreach(list, i, span)
    {
        char place[40];
        struct qp_err why;
        const char *days = json_string_value(json_object_get(span, "days"));
        snprintf(place, sizeof place, "weekly[%zu].", i);
        int rc = only(w, span, place, known);
        if (rc)
            return rc;
        snprintf(place, sizeof place, "weekly[%zu].days", i);
        if (days == NULL)
            return wrong(w, place, "is missing: write a text as \"1-5\"");
        if (qp_calendar_days(&v[i].days, days, &why))
            return wrong(w, place, why.text);
        if ((rc = read_time(w, span, "from", i, &v[i].from_min)) ||
            (rc = read_time(w, span, "to", i, &v[i].to_min)))
            return rc;
    }
    *n = json_array_size(list);
    return QP_OK;
}

/* A list of dates, malloc'd; none where the field is absent. */
static int read_dates(const struct where *w, const json_t *o, const char *field, int32_t **out, size_t *n)
{
    const json_t *list = json_object_get(o, field), *item;
    size_t i;
    if (list == NULL)
        return QP_OK;
    if (!json_is_array(list))
        return wrong(w, field, "write a list of dates, as [\"2026-10-01\"]");
    if ((*out = calloc(json_array_size(list) + 1, sizeof **out)) == NULL)
        return qp_fail(w->e, QP_ENOMEM, "no memory for the dates");
    json_array_foreach(list, i, item)
    {
        char place[40];
        struct qp_err why;
        snprintf(place, sizeof place, "%s[%zu]", field, i);
        if (!json_is_string(item))
            return wrong(w, place, "write a date as \"2026-10-01\"");
        if (qp_calendar_date(&(*out)[i], json_string_value(item), &why))
            return wrong(w, place, why.text);
    }
    *n = json_array_size(list);
    return QP_OK;
}

static int read_known(const struct where *w, const json_t *o, int32_t *day)
{
    struct qp_err why;
    const json_t *v = json_object_get(o, "known_until");
    *day = QP_CALENDAR_NO_DAY;
    if (v == NULL || json_is_null(v))
        return QP_OK;
    if (!json_is_string(v))
        return wrong(w, "known_until", "write a date as \"2026-12-31\"");
    return qp_calendar_date(day, json_string_value(v), &why) ? wrong(w, "known_until", why.text) : QP_OK;
}

static int read_calendar(struct qp_calendar **out, const json_t *o, struct where *w,
                         const struct qp_zone *zone)
{
    static const char *const known[] = {"name", "weekly", "off", "on", "known_until", NULL};
    struct qp_work_span weekly[QP_CALENDAR_SPANS_MAX];
    int32_t *off = NULL, *on = NULL;
    struct qp_calendar_form f = {.name = json_string_value(json_object_get(o, "name")), .weekly = weekly};
    w->name = f.name != NULL ? f.name : "(without a name)";
    if (f.name == NULL)
        f.name = "calendar"; /* one that stands alone in its file needs none */
    int rc = only(w, o, "", known);
    if (rc == QP_OK)
        rc = read_weekly(w, json_object_get(o, "weekly"), weekly, &f.nweekly);
    if (rc == QP_OK)
        rc = read_dates(w, o, "off", &off, &f.noff);
    if (rc == QP_OK)
        rc = read_dates(w, o, "on", &on, &f.non);
    if (rc == QP_OK)
        rc = read_known(w, o, &f.known_until);
    if (rc == QP_OK) {
        struct qp_err why = {0};
        f.off = off;
        f.on = on;
        rc = qp_calendar_new(out, &f, zone, &why);
        if (rc)
            qp_fail(w->e, rc, "%s: calendar %s: %s", w->file, w->name, why.text);
    }
    free(off);
    free(on);
    return rc;
}

/* The calendar of that name in a policy; NULL: the only one. */
static int choose(const json_t **out, const json_t *list, const char *file, const char *name,
                  struct qp_err *e)
{
    char names[200] = "";
    const json_t *one;
    size_t i;
    json_array_foreach(list, i, one)
    {
        const char *its = json_string_value(json_object_get(one, "name"));
        size_t n = strlen(names);
        if (name != NULL && its != NULL && strcmp(its, name) == 0) {
            *out = one;
            return QP_OK;
        }
        snprintf(names + n, sizeof names - n, "%s%s", n > 0 ? ", " : "", its != NULL ? its : "?");
    }
    if (name == NULL && json_array_size(list) == 1) {
        *out = json_array_get(list, 0);
        return QP_OK;
    }
    if (name == NULL)
        return qp_fail(e, QP_EINVAL, "%s has %zu calendars: say which with --name (%s)", file,
                       json_array_size(list), names);
    return qp_fail(e, QP_ENOTFOUND, "%s has no calendar \"%.64s\"; it has: %s", file, name, names);
}

static int find(const json_t **out, const json_t *root, const char *file, const char *name, struct qp_err *e)
{
    const json_t *list = json_object_get(root, "calendars");
    const char *its = json_string_value(json_object_get(root, "name"));
    if (json_is_array(list))
        return choose(out, list, file, name, e);
    if (json_object_get(root, "weekly") == NULL)
        return qp_fail(e, QP_EINVAL,
                       "%s: neither a calendar ({\"name\":…,\"weekly\":[…]}) nor a policy with calendars",
                       file);
    if (name != NULL && (its == NULL || strcmp(its, name) != 0))
        return qp_fail(e, QP_ENOTFOUND, "%s has no calendar \"%.64s\"; it has: %s", file, name,
                       its != NULL ? its : "?");
    *out = root;
    return QP_OK;
}

int qp_clock_file(struct qp_calendar **out, const char *text, size_t len, const char *file, const char *name,
                  const struct qp_zone *zone, struct qp_err *e)
{
    json_error_t at;
    struct where w = {file, "", e};
    const json_t *one = NULL;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &at);
    *out = NULL;
    if (root == NULL)
        return qp_fail(e, QP_EINVAL, "%s:%d:%d: not JSON: %s", file, at.line, at.column, at.text);
    int rc = find(&one, root, file, name, e);
    if (rc == QP_OK)
        rc = read_calendar(out, one, &w, zone);
    json_decref(root);
    return rc;
}
