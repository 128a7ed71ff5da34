/* warn_series.c: reads a series of counts; see warn.h. A gap or a word where a count should be is refused: a day
 * that is left out is not a day without matters. */
#include "node/cli/warn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/import.h"
#include "topology/areas.h"
#include "topology/zone.h"

struct columns {
    size_t date, i, observed; /* SIZE_MAX: not there */
};

static int header_read(struct columns *at, const char *file, long line, char **fields, size_t n,
                       struct qp_err *e)
{
    *at = (struct columns){SIZE_MAX, SIZE_MAX, SIZE_MAX};
    for (size_t k = 0; k < n; k++) {
        size_t *column = strcmp(fields[k], "date") == 0       ? &at->date
                         : strcmp(fields[k], "i") == 0        ? &at->i
                         : strcmp(fields[k], "observed") == 0 ? &at->observed
                                                              : NULL;
        if (column != NULL && *column != SIZE_MAX)
            return qp_fail(e, QP_EINVAL, "%s:%ld: the column %s is there twice: rename one", file, line,
                           fields[k]);
        if (column != NULL)
            *column = k;
    }
    if (at->observed == SIZE_MAX || (at->date == SIZE_MAX && at->i == SIZE_MAX))
        return qp_fail(e, QP_EINVAL,
                       "%s:%ld: its header lacks %s: the first line names the columns, as date,observed or "
                       "i,observed",
                       file, line, at->observed == SIZE_MAX ? "observed" : "date or i");
    return QP_OK;
}

/* A whole number of low..high; -1: it is none. */
static long whole(const char *text, long low, long high)
{
    char *end;
    long v = strtol(text, &end, 10);
    return end == text || *end != 0 || text[0] == ' ' || text[0] == '+' || v < low || v > high ? -1 : v;
}

static bool date_read(const char *text, int32_t *day)
{
    int year, month, dom, y, m, d, end = 0;
    if (strlen(text) != 10 || sscanf(text, "%4d-%2d-%2d%n", &year, &month, &dom, &end) != 3 || end != 10 ||
        year < 1900 || year > 2200 || month < 1 || month > 12 || dom < 1 || dom > 31)
        return false;
    *day = qp_days_from_civil(year, month, dom);
    qp_civil_from_days(*day, &y, &m, &d);
    return y == year && m == month && d == dom;
}

/* The row's day must be the one that follows; the second row says whether days or weeks are counted. */
static int date_take(struct qp_warn_file *f, long line, const char *text, struct qp_err *e)
{
    int32_t day = 0;
    if (!date_read(text, &day))
        return qp_fail(e, QP_EINVAL, "%s:%ld: date \"%.40s\" is not a day: write it as 2026-03-01", f->name,
                       line, text);
    if (f->series.n == 0)
        f->series.first_day = day;
    if (f->series.n == 1 && day - f->series.first_day == 7)
        f->series.each_days = 7;
    int32_t due = f->series.first_day + (int32_t)f->series.n * f->series.each_days;
    if (day == due)
        return QP_OK;
    int y, m, d;
    qp_civil_from_days(due, &y, &m, &d);
    return qp_fail(
        e, QP_EINVAL,
        "%s:%ld: %s stands where %04d-%02d-%02d is due: there must be a row for each %s, in order; "
        "write 0 where nothing happened",
        f->name, line, text, y, m, d, f->series.each_days == 7 ? "week" : "day");
}

static int index_take(struct qp_warn_file *f, long line, const char *text, struct qp_err *e)
{
    long i = whole(text, 0, 1000000000), due = f->first_i + (long)f->series.n;
    if (i < 0)
        return qp_fail(
            e, QP_EINVAL,
            "%s:%ld: i \"%.40s\" is not a whole number of 0 to 1000000000: number the rows 1, 2, 3", f->name,
            line, text);
    if (f->series.n == 0)
        f->first_i = due = i;
    if (i != due)
        return qp_fail(
            e, QP_EINVAL,
            "%s:%ld: i is %ld where %ld is due: there must be a row for each step, in order; write 0 "
            "where nothing happened",
            f->name, line, i, due);
    return QP_OK;
}

static int row_take(struct qp_warn_file *f, const struct columns *at, long line, char **fields, size_t n,
                    struct qp_err *e)
{
    size_t most = at->observed;
    most = at->date != SIZE_MAX && at->date > most ? at->date : most;
    most = at->i != SIZE_MAX && at->i > most ? at->i : most;
    if (n <= most)
        return qp_fail(e, QP_EINVAL, "%s:%ld: it has %zu columns, the header has more: complete the row",
                       f->name, line, n);
    int rc = at->date != SIZE_MAX ? date_take(f, line, fields[at->date], e) : QP_OK;
    if (rc == QP_OK && at->i != SIZE_MAX)
        rc = index_take(f, line, fields[at->i], e);
    if (rc)
        return rc;
    long y = whole(fields[at->observed], 0, QP_WARN_COUNT_MAX);
    if (y < 0)
        return qp_fail(e, QP_EINVAL,
                       "%s:%ld: observed \"%.40s\" is not a count of 0 to %d: write 0 where nothing happened",
                       f->name, line, fields[at->observed], QP_WARN_COUNT_MAX);
    if (f->series.n == QP_WARN_ROWS_MAX)
        return qp_fail(e, QP_EINVAL, "%s:%ld: more than %d rows: cut the file", f->name, line,
                       QP_WARN_ROWS_MAX);
    if (f->series.n == f->room) {
        f->room = f->room > 0 ? f->room * 2 : 1024;
        uint32_t *more = realloc(f->y, f->room * sizeof *more);
        if (more == NULL)
            return qp_fail(e, QP_ENOMEM, "no memory for %s", f->name);
        f->series.y = f->y = more;
    }
    f->y[f->series.n++] = (uint32_t)y;
    return QP_OK;
}

static int rows_read(struct qp_warn_file *f, struct qp_csv *csv, struct qp_err *e)
{
    struct columns at;
    char **fields;
    size_t n;
    long line;
    int got = qp_csv_next(csv, &fields, &n, &line, e), rc;
    if (got == 0)
        return qp_fail(e, QP_EINVAL, "%s:1: it is empty: the first line names the columns, as date,observed",
                       f->name);
    rc = got < 0 ? QP_EINVAL : header_read(&at, f->name, line, fields, n, e);
    while (rc == QP_OK && (got = qp_csv_next(csv, &fields, &n, &line, e)) != 0)
        rc = got < 0 ? QP_EINVAL : row_take(f, &at, line, fields, n, e);
    if (rc == QP_OK && f->series.n == 0)
        rc = qp_fail(e, QP_EINVAL, "%s:2: there is no row below the header: nothing to look at", f->name);
    if (rc == QP_OK && at.date == SIZE_MAX)
        f->series.each_days = 0;
    return rc;
}

int qp_warn_file_read(struct qp_warn_file *f, const char *name, struct qp_err *e)
{
    struct qp_im_text *text;
    *f = (struct qp_warn_file){.name = name, .first_i = 1};
    f->series = (struct qp_series){.name = name, .first_day = QP_DAY_NONE, .each_days = 1};
    int rc = qp_im_text_open(&text, name, NULL, e);
    if (rc)
        return rc;
    struct qp_csv *csv = qp_csv_open(qp_im_text_read, text, name);
    rc = csv != NULL ? rows_read(f, csv, e) : qp_fail(e, QP_ENOMEM, "no memory to read %s", name);
    if (csv != NULL)
        qp_csv_close(csv);
    qp_im_text_close(text);
    return rc;
}

void qp_warn_file_free(struct qp_warn_file *f)
{
    free(f->y);
    *f = (struct qp_warn_file){.name = f->name};
}
