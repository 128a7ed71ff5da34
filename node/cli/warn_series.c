/* warn_series.c: reads a series of counts; see warn.h. A gap or a word where a count should be is refused: a day
 * that is left out is not a day without matters. */
#include "node/cli/warn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/import.h"
#include "topology/areas.h"
#include "topology/shown.h"
#include "topology/zone.h"

static int no_memory(const struct qp_warn_file *f, struct qp_err *e)
{
    return qp_fail(e, QP_ENOMEM, QP_TR(f->c, "no memory to read %s", "内存不足，无法读取 %s"), f->name);
}

struct columns {
    size_t date, i, observed; /* SIZE_MAX: not there */
};

static int header_read(const struct qp_warn_file *f, struct columns *at, long line, char **fields, size_t n,
                       struct qp_err *e)
{
    *at = (struct columns){SIZE_MAX, SIZE_MAX, SIZE_MAX};
    for (size_t k = 0; k < n; k++) {
        size_t *column = strcmp(fields[k], "date") == 0       ? &at->date
                         : strcmp(fields[k], "i") == 0        ? &at->i
                         : strcmp(fields[k], "observed") == 0 ? &at->observed
                                                              : NULL;
        if (column && *column != SIZE_MAX)
            return qp_fail(e, QP_EINVAL,
                           QP_TR(f->c, "%s:%ld: the column %s is there twice: rename one",
                                 "%s:%ld：列 %s 出现两次：请改名其一"),
                           f->name, line, fields[k]);
        if (column)
            *column = k;
    }
    if (at->observed == SIZE_MAX || (at->date == SIZE_MAX && at->i == SIZE_MAX))
        return qp_fail(
            e, QP_EINVAL,
            QP_TR(f->c,
                  "%s:%ld: its header lacks %s: the first line names the columns, as date,observed or "
                  "i,observed",
                  "%s:%ld：表头缺少 %s：首行须写明列名，如 date,observed 或 i,observed"),
            f->name, line, at->observed == SIZE_MAX ? "observed" : QP_TR(f->c, "date or i", "date 或 i"));
    return 0;
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
        return qp_fail(e, QP_EINVAL,
                       QP_TR(f->c, "%s:%ld: date \"%.*s\" is not a day: write it as 2026-03-01",
                             "%s:%ld：date“%.*s”不是日期：请写作 2026-03-01"),
                       f->name, line, qp_shown(text, 40), text);
    if (f->series.n == 0)
        f->series.first_day = day;
    if (f->series.n == 1 && day - f->series.first_day == 7)
        f->series.each_days = 7;
    int32_t due = f->series.first_day + (int32_t)f->series.n * f->series.each_days;
    if (day == due)
        return 0;
    int y, m, d;
    qp_civil_from_days(due, &y, &m, &d);
    return qp_fail(
        e, QP_EINVAL,
        QP_TR(f->c,
              "%s:%ld: %s stands where %04d-%02d-%02d is due: there must be a row for each %s, in order; "
              "write 0 where nothing happened",
              "%s:%ld：此处为 %s，应为 %04d-%02d-%02d：须按顺序每%s一行；没有事项时写 0"),
        f->name, line, text, y, m, d,
        f->series.each_days == 7 ? QP_TR(f->c, "week", "周") : QP_TR(f->c, "day", "日"));
}

static int index_take(struct qp_warn_file *f, long line, const char *text, struct qp_err *e)
{
    long i = whole(text, 0, 1000000000), due = f->first_i + (long)f->series.n;
    if (i < 0)
        return qp_fail(
            e, QP_EINVAL,
            QP_TR(f->c,
                  "%s:%ld: i \"%.*s\" is not a whole number of 0 to 1000000000: number the rows 1, 2, 3",
                  "%s:%ld：i“%.*s”不是 0 至 1000000000 的整数：请按 1、2、3 为各行编号"),
            f->name, line, qp_shown(text, 40), text);
    if (f->series.n == 0)
        f->first_i = due = i;
    if (i != due)
        return qp_fail(
            e, QP_EINVAL,
            QP_TR(f->c,
                  "%s:%ld: i is %ld where %ld is due: there must be a row for each step, in order; write 0 "
                  "where nothing happened",
                  "%s:%ld：i 为 %ld，应为 %ld：须按顺序每步一行；没有事项时写 0"),
            f->name, line, i, due);
    return 0;
}

static int row_take(struct qp_warn_file *f, const struct columns *at, long line, char **fields, size_t n,
                    struct qp_err *e)
{
    size_t most = at->observed;
    most = at->date != SIZE_MAX && at->date > most ? at->date : most;
    most = at->i != SIZE_MAX && at->i > most ? at->i : most;
    if (n <= most)
        return qp_fail(e, QP_EINVAL,
                       QP_TR(f->c, "%s:%ld: it has %zu columns, the header has more: complete the row",
                             "%s:%ld：只有 %zu 列，表头更多：请补全此行"),
                       f->name, line, n);
    int rc = at->date != SIZE_MAX ? date_take(f, line, fields[at->date], e) : 0;
    if (!rc && at->i != SIZE_MAX)
        rc = index_take(f, line, fields[at->i], e);
    if (rc)
        return rc;
    long y = whole(fields[at->observed], 0, QP_WARN_COUNT_MAX);
    if (y < 0)
        return qp_fail(
            e, QP_EINVAL,
            QP_TR(f->c, "%s:%ld: observed \"%.*s\" is not a count of 0 to %d: write 0 where nothing happened",
                  "%s:%ld：observed“%.*s”不是 0 至 %d 的计数：没有事项时写 0"),
            f->name, line, qp_shown(fields[at->observed], 40), fields[at->observed], QP_WARN_COUNT_MAX);
    if (f->series.n == QP_WARN_ROWS_MAX)
        return qp_fail(
            e, QP_EINVAL,
            QP_TR(f->c, "%s:%ld: more than %d rows: cut the file", "%s:%ld：超过 %d 行：请拆分文件"), f->name,
            line, QP_WARN_ROWS_MAX);
    if (f->series.n == f->room) {
        f->room = f->room > 0 ? f->room * 2 : 1024;
        uint32_t *more = realloc(f->y, f->room * sizeof *more);
        if (!more)
            return no_memory(f, e);
        f->series.y = f->y = more;
    }
    f->y[f->series.n++] = (uint32_t)y;
    return 0;
}

static int rows_read(struct qp_warn_file *f, struct qp_csv *csv, struct qp_err *e)
{
    struct columns at;
    char **fields;
    size_t n;
    long line;
    int got = qp_csv_next(csv, &fields, &n, &line, e), rc;
    if (got == 0)
        return qp_fail(e, QP_EINVAL,
                       QP_TR(f->c, "%s:1: it is empty: the first line names the columns, as date,observed",
                             "%s:1：文件为空：首行须写明列名，如 date,observed"),
                       f->name);
    rc = got < 0 ? QP_EINVAL : header_read(f, &at, line, fields, n, e);
    while (!rc && (got = qp_csv_next(csv, &fields, &n, &line, e)) != 0)
        rc = got < 0 ? QP_EINVAL : row_take(f, &at, line, fields, n, e);
    if (!rc && f->series.n == 0)
        rc = qp_fail(e, QP_EINVAL,
                     QP_TR(f->c, "%s:2: there is no row below the header: add the counts",
                           "%s:2：表头下没有数据行：请补上计数"),
                     f->name);
    if (!rc && at.date == SIZE_MAX)
        f->series.each_days = 0;
    return rc;
}

int qp_warn_file_read(struct qp_warn_file *f, const struct qp_cli *c, const char *name, struct qp_err *e)
{
    struct qp_im_text *text;
    *f = (struct qp_warn_file){.c = c, .name = name, .first_i = 1};
    f->series = (struct qp_series){.name = name, .first_day = QP_DAY_NONE, .each_days = 1};
    int rc = qp_im_text_open(&text, name, NULL, e);
    struct qp_csv *csv = !rc ? qp_csv_open(qp_im_text_read, text, name) : NULL;
    if (!rc)
        rc = csv ? rows_read(f, csv, e) : no_memory(f, e);
    if (csv)
        qp_csv_close(csv);
    qp_im_text_close(text); /* also where it could not be opened: import.h */
    return rc;
}

void qp_warn_file_free(struct qp_warn_file *f)
{
    free(f->y);
    *f = (struct qp_warn_file){.name = f->name};
}
