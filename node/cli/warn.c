/* warn.c: `qipan warn`: the node's methods of warning on files of counts, without a node. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/cli.h"
#include "node/cli/warn.h"

static int set_all(struct qp_cli *c, struct qp_warn_settings *s, struct qp_err *e)
{
    const char *set;
    for (int i = 0; (set = qp_opt_each(c, "set", i)); i++)
        if (qp_warn_set(s, set, c->zh, e))
            return e->code;
    return 0;
}

static int settings_of(struct qp_cli *c, struct qp_warn_settings *s, struct qp_err *e)
{
    const char *name = qp_opt(c, "method") ? qp_opt(c, "method") : "gpnb";
    int method = qp_warn_method_find(name);
    long freq = 0;
    if (method < 0) {
        char all[200] = "";
        for (int m = 0; m < QP_WARN_METHOD_COUNT; m++) {
            strncat(all, " ", sizeof all - strlen(all) - 1);
            strncat(all, qp_warn_method_name((enum qp_warn_method)m), sizeof all - strlen(all) - 1);
        }
        return qp_fail(e, QP_EINVAL,
                       QP_TR(c, "--method %.40s: there is none of that name; there are:%s",
                             "--method %.40s：没有这个方法；可用：%s"),
                       name, all);
    }
    int rc = qp_opt_long(c, "freq", 4, 400, &freq, e);
    if (rc)
        return rc;
    qp_warn_defaults(s, (enum qp_warn_method)method, (double)freq);
    return set_all(c, s, e);
}

/* GPNB counts days or weeks as the dates do; --freq must not say otherwise. */
static int grain_of(struct qp_cli *c, struct qp_warn_settings *s, const struct qp_warn_file *f, size_t n,
                    struct qp_err *e)
{
    if (s->method != QP_WARN_GPNB || f[0].series.each_days == 0)
        return 0;
    double freq = f[0].series.each_days == 7 ? 52 : 365;
    for (size_t i = 1; i < n; i++)
        if (f[i].series.n > 1 && f[i].series.each_days != f[0].series.each_days && f[i].series.each_days != 0)
            return qp_fail(e, QP_EINVAL,
                           QP_TR(c, "%s counts %s, %s does not: give files of one kind",
                                 "%s 按%s计数，%s 不是：请给出同一种文件"),
                           f[0].name, freq < 200 ? QP_TR(c, "weeks", "周") : QP_TR(c, "days", "日"),
                           f[i].name);
    if (qp_opt(c, "freq") && (s->freq < 200) != (freq < 200))
        return qp_fail(e, QP_EINVAL,
                       QP_TR(c, "--freq %s: the dates of %s are %s apart: leave --freq out",
                             "--freq %s：%s 的日期相隔%s：请去掉 --freq"),
                       qp_opt(c, "freq"), f[0].name,
                       freq < 200 ? QP_TR(c, "a week", "一周") : QP_TR(c, "a day", "一日"));
    s->freq = freq;
    return 0;
}

static void cell(double v)
{
    if (isfinite(v))
        printf(",%.12g", v);
    else
        putchar(',');
}

/* A name as a CSV's field. */
static void name_print(const char *name)
{
    bool quote = strpbrk(name, ",\"\r\n");
    if (quote)
        putchar('"');
    for (; *name; name++) {
        if (*name == '"')
            putchar('"');
        putchar(*name);
    }
    if (quote)
        putchar('"');
}

static void print_rows(const struct qp_warn_file *f, const struct qp_warn_row *rows, bool named)
{
    for (size_t t = 0; t < f->series.n; t++) {
        if (named) {
            name_print(f->name);
            putchar(',');
        }
        printf("%ld,%u", f->first_i + (long)t, f->y[t]);
        cell(rows[t].expected);
        cell(rows[t].limit);
        cell(rows[t].score);
        printf(",%d\n", rows[t].alarm);
    }
}

static int work(struct qp_cli *c, struct qp_warn_file *f, struct qp_warn_row **rows, struct qp_series *series,
                size_t n, struct qp_err *e)
{
    struct qp_warn_settings s;
    int rc = settings_of(c, &s, e);
    for (size_t i = 0; !rc && i < n; i++) {
        rc = qp_warn_file_read(&f[i], c, c->args[i], e);
        if (rc)
            return rc;
        series[i] = f[i].series;
        rows[i] = malloc(f[i].series.n * sizeof *rows[i]);
        if (!rows[i])
            return qp_fail(e, QP_ENOMEM, QP_TR(c, "no memory for %s", "内存不足，无法读取 %s"), f[i].name);
    }
    if (!rc)
        rc = grain_of(c, &s, f, n, e);
    if (!rc)
        rc = qp_warn_run(&s, series, n, rows, c->zh, e);
    if (rc)
        return rc;
    printf("%si,observed,expected,limit,score,alarm\n", n > 1 ? "file," : "");
    for (size_t i = 0; i < n; i++)
        print_rows(&f[i], rows[i], n > 1);
    return 0;
}

int qp_verb_warn(struct qp_cli *c)
{
    struct qp_err e = {0};
    size_t n = (size_t)c->nargs;
    if (c->json)
        return qp_complain(
            c, QP_EXIT_USAGE,
            QP_TR(c, "warn prints CSV alone: leave --json out", "warn 只输出 CSV：请去掉 --json"));
    struct qp_warn_file *f = calloc(n, sizeof *f);
    struct qp_warn_row **rows = calloc(n, sizeof *rows);
    struct qp_series *series = calloc(n, sizeof *series);
    int rc =
        f && rows && series
            ? work(c, f, rows, series, n, &e)
            : qp_fail(&e, QP_ENOMEM, QP_TR(c, "no memory for %zu files", "内存不足，无法读取 %zu 个文件"), n);
    for (size_t i = 0; i < n; i++) {
        if (f)
            qp_warn_file_free(&f[i]);
        if (rows)
            free(rows[i]);
    }
    free(f);
    free(rows);
    free(series);
    return !rc ? QP_EXIT_OK : qp_complain_err(c, &e);
}

void qp_warn_help(const struct qp_cli *c)
{
    puts(QP_TR(
        c,
        "\nOutput: CSV, i,observed,expected,limit,score,alarm (`file` first where there are several files). "
        "Several files\npool what is known of weekdays, weeks and lunar new year (gpnb). Methods, and the "
        "keys of --set with their defaults:",
        "\n输出 CSV：i,observed,expected,limit,score,alarm（多个文件时首列为 "
        "file）。多个文件合并学习星期、周次与春节"
        "因素（gpnb）。\n各方法及 --set 的参数与默认值："));
    for (int m = 0; m < QP_WARN_METHOD_COUNT; m++) {
        printf("\n  %-28s %s\n", qp_warn_method_name((enum qp_warn_method)m),
               qp_warn_method_text((enum qp_warn_method)m, c->zh));
        for (const struct qp_warn_setting *row = qp_warn_settings_table; row->key; row++) {
            char value[32], left[80];
            if (!(row->methods >> m & 1))
                continue;
            qp_warn_value_text(value, sizeof value, row, row->value);
            snprintf(left, sizeof left, "%s=%s", row->key, value);
            bool words = row->words && row->words[0] != 0;
            printf("    %-26s %s%s%s\n", left, QP_TR(c, row->en, row->zh), words ? ": " : "",
                   words ? row->words : "");
        }
    }
}
