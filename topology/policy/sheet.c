/* sheet.c: the two CSV files of a policy's folder: categories.csv, a row a category with the columns of
 * field.c's table; calendar.csv, a row a date. Read by topology/csv.c. See folder.h. */
#include <stdio.h>
#include <string.h>

#include "topology/areas.h"
#include "topology/policy/days.h"
#include "topology/policy/folder.h"

enum { COLUMNS = 64, NAMES = 400 };

struct memory {
    const char *p;
    size_t left;
};

static int read_memory(void *arg, char *buf, size_t cap)
{
    struct memory *m = arg;
    size_t n = m->left < cap ? m->left : cap;
    memcpy(buf, m->p, n);
    m->p += n;
    m->left -= n;
    return (int)n;
}

/* A sheet while it is read: what its columns are, and its present row. */
struct sheet {
    struct qp_policy_reading *r;
    struct qp_csv *csv;
    const char *const *known; /* names of columns that mean something; NULL ends them */
    const char *remark;       /* a column for people, not read; every sheet may have it */
    int at[COLUMNS];          /* of each known name: its place in a row, -1 */
    size_t columns;           /* of the first row */
    char **fields;
};

static void wrong(struct sheet *s, enum qp_mistake_kind kind, const char *a, const char *b)
{
    qp_mistake_add(s->r->m, kind, s->r->at, s->r->path, a, b);
}

/* The next row: 1, 0 at the end, -1 for one that was wrong and told. */
static int next(struct sheet *s, size_t *n)
{
    struct qp_err e = {0};
    int got = qp_csv_next(s->csv, &s->fields, n, &s->r->at.line, &e);
    if (got < 0) { /* the reader was given no name: ":7: the row ..." */
        const char *what = strstr(e.text, ": ");
        wrong(s, QP_MISTAKE_BAD_ROW, what ? what + 2 : e.text, NULL);
    }
    return got;
}

static int place_of(const char *const *known, const char *name)
{
    for (int i = 0; known[i]; i++)
        if (strcmp(known[i], name) == 0)
            return i;
    return -1;
}

static void list(char *out, size_t cap, const char *const *names)
{
    size_t n = 0;
    out[0] = '\0';
    for (size_t i = 0; names[i] && n < cap; i++)
        n += (size_t)snprintf(out + n, cap - n, "%s%s", i > 0 ? "," : "", names[i]);
}

/* The first row. False: there is none that could be read. */
static bool header(struct sheet *s, const char *const *must)
{
    char names[NAMES];
    list(names, sizeof names, s->known);
    for (size_t i = 0; i < COLUMNS; i++)
        s->at[i] = -1;
    s->r->at.line = 1;
    if (next(s, &s->columns) <= 0) {
        wrong(s, QP_MISTAKE_NO_COLUMN, must[0], names);
        return false;
    }
    for (size_t i = 0; i < s->columns; i++) {
        int at = place_of(s->known, s->fields[i]);
        if (at >= 0 && s->at[at] >= 0)
            wrong(s, QP_MISTAKE_TWICE, s->fields[i], NULL);
        else if (at >= 0)
            s->at[at] = (int)i;
        else if (strcmp(s->fields[i], s->remark) != 0)
            wrong(s, QP_MISTAKE_UNKNOWN_FIELD, s->fields[i], names);
    }
    bool all = true;
    for (size_t i = 0; must[i]; i++)
        if (s->at[place_of(s->known, must[i])] < 0) {
            wrong(s, QP_MISTAKE_NO_COLUMN, must[i], names);
            all = false;
        }
    return all;
}

/* "" where the file has no such column. */
static const char *cell(const struct sheet *s, size_t known)
{
    return s->at[known] >= 0 ? s->fields[s->at[known]] : "";
}

/* Every row behind the first. */
static void rows(struct sheet *s, void (*row)(struct sheet *s))
{
    size_t n;
    for (int got; (got = next(s, &n)) != 0;) {
        char have[24], want[24];
        if (got < 0)
            continue;
        if (n == s->columns) {
            row(s);
            continue;
        }
        snprintf(have, sizeof have, "%zu", n);
        snprintf(want, sizeof want, "%zu", s->columns);
        wrong(s, QP_MISTAKE_ROW_LENGTH, have, want);
    }
}

static void read_sheet(struct qp_policy_reading *r, const char *text, size_t len, const char *const *known,
                       const char *const *must, const char *remark, void (*row)(struct sheet *s))
{
    struct memory memory = {text, len};
    struct sheet s = {.r = r, .known = known, .remark = remark, .csv = qp_csv_open(read_memory, &memory, "")};
    if (!s.csv) {
        qp_mistake_add(r->m, QP_MISTAKE_NO_MEMORY, r->at, NULL, NULL, NULL);
        r->p->broken = true;
        return;
    }
    if (header(&s, must))
        rows(&s, row);
    else
        r->p->broken = true;
    qp_csv_close(s.csv);
    r->path[0] = '\0';
}

/* ---- categories.csv ---- */

static void category_row(struct sheet *s)
{
    struct qp_policy_reading *r = s->r;
    snprintf(r->path, sizeof r->path, "categories[%zu]", r->p->n_categories);
    struct qp_policy_category *c = qp_policy_add_category(r);
    for (size_t i = 0; c && i < qp_n_category_fields; i++)
        qp_policy_put(r, &qp_category_fields[i], c, cell(s, i));
    r->path[0] = '\0';
}

void qp_folder_categories(struct qp_policy_reading *r, const char *text, size_t len)
{
    static const char *const must[] = {"code", "title", NULL};
    const char *known[COLUMNS] = {0};
    for (size_t i = 0; i < qp_n_category_fields; i++)
        known[i] = qp_category_fields[i].column;
    read_sheet(r, text, len, known, must, "remark", category_row);
}

/* ---- calendar.csv ---- */

enum day_column { DATE, KIND, TITLE, CALENDAR };

/* The calendar of this name that policy.conf made; "" means the first one. NULL. */
static struct qp_policy_calendar *find_calendar(struct qp_policy *p, const char *name)
{
    if (name[0] == '\0')
        return p->n_calendars > 0 ? p->calendars : NULL;
    const struct qp_policy_calendar *c = qp_policy_calendar(p, name);
    return c ? &p->calendars[c - p->calendars] : NULL;
}

static void day_row(struct sheet *s)
{
    struct qp_policy_reading *r = s->r;
    const char *kind = cell(s, KIND), *name = cell(s, CALENDAR);
    struct qp_policy_calendar *c = find_calendar(r->p, name);
    bool on = strcmp(kind, "on") == 0;
    char names[NAMES];
    if (!c) {
        qp_policy_calendar_names(names, sizeof names, r->p);
        wrong(s, QP_MISTAKE_NO_CALENDAR, name, names);
    } else if (!on && strcmp(kind, "off") != 0) {
        wrong(s, QP_MISTAKE_NO_KIND, kind, NULL);
    } else {
        snprintf(r->path, sizeof r->path, "calendars[%zu].%s", (size_t)(c - r->p->calendars), kind);
        qp_days_put_date(r, c, on, cell(s, DATE));
        r->path[0] = '\0';
    }
}

void qp_folder_calendar(struct qp_policy_reading *r, const char *text, size_t len)
{
    static const char *const known[] = {"date", "kind", "title", "calendar", NULL};
    static const char *const must[] = {"date", "kind", NULL};
    if (r->p->n_calendars == 0)
        qp_mistake_add(r->m, QP_MISTAKE_DAYS_ALONE, r->at, NULL, NULL, NULL);
    else
        read_sheet(r, text, len, known, must, "source", day_row);
}
