/* method.c: the table of methods and settings; see method.h. */
#include "node/insight/warning/method.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "topology/shown.h"

static const struct {
    const char *name, *en, *zh;
} methods[] = {
#define X(name, text, en, zh) {text, en, zh},
    QP_WARN_METHODS(X)
#undef X
};

#define BIT(m)    (UINT32_C(1) << QP_WARN_##m)
#define C12       (BIT(EARS_C1) | BIT(EARS_C2))
#define C3        (BIT(EARS_C3) | BIT(EARS_C3_CANONICAL))
#define EARS      (C12 | C3)
#define BAYES     (BIT(BAYES_1) | BIT(BAYES_2) | BIT(BAYES_3))
#define CLASSIC   BIT(FARRINGTON)
#define FLEXIBLE  BIT(FARRINGTON_FLEXIBLE)
#define FARR      (CLASSIC | FLEXIBLE)
#define GPNB      BIT(GPNB)
#define WHOLE     ""
#define NO_YES    "no|yes"
#define NUMBER    NULL
#define AT(field) offsetof(struct qp_warn_settings, field)

const struct qp_warn_setting qp_warn_settings_table[] = {
    {GPNB, "halfLife", AT(half_life), 0, 0, 10000, NUMBER,
     "days (weeks) after which a count weighs half; 0: 42 days, 26 weeks",
     "权重减半的天（周）数；0 为 42 天、26 周"},
    {GPNB, "guard", AT(guard), 0, 0, 7, WHOLE, "days kept out of what is expected; 0: 3 days, 1 week",
     "不计入预期的最近天（周）数；0 为 3 天、1 周"},
    {GPNB, "clip", AT(clip), 2.58, 0.5, 100, NUMBER,
     "deviations at which a count is cut before it is learnt from", "学习前把计数截断于几倍标准差"},
    {GPNB, "least", AT(least), 3, 1, 1000000, WHOLE, "fewest matters in a window that may alarm",
     "窗口内最少事项数"},
    {GPNB, "watch", AT(watch), 2.5, 0, 300, NUMBER, "score from which a node watches it; not in this output",
     "节点予以关注的分值；不影响此输出"},
    {GPNB, "alarm", AT(alarm), 3, 0, 300, NUMBER,
     "score from which it alarms: -log10 of the windows' p together", "预警的分值：各窗口合并 p 值的 -log10"},
    {EARS, "baseline", AT(baseline), 7, 3, 10000, WHOLE, "days that are looked back at", "参照天数"},
    {EARS, "minSigma", AT(min_sigma), 0.5, 0.000001, 1000000, NUMBER, "the least deviation that is believed",
     "标准差的下限"},
    {C12, "alpha", AT(alpha), 0.001, 1e-12, 0.5, NUMBER, "chance of an alarm where nothing is", "误报概率"},
    {BIT(EARS_C3), "alpha", AT(alpha), 0.025, 1e-12, 0.5, NUMBER, "chance of an alarm where nothing is",
     "误报概率"},
    {BIT(EARS_C3_CANONICAL), "threshold", AT(threshold), 2, 0, 1000, NUMBER, "the sum above which it alarms",
     "预警的累计值"},
    {BAYES, "alpha", AT(alpha), 0.05, 1e-12, 0.5, NUMBER, "chance of an alarm where nothing is", "误报概率"},
    {BIT(BAYES_1), "b", AT(b), 0, 0, 100, WHOLE, "years that are looked back at", "参照年数"},
    {BIT(BAYES_2), "b", AT(b), 1, 0, 100, WHOLE, "years that are looked back at", "参照年数"},
    {BIT(BAYES_3), "b", AT(b), 2, 0, 100, WHOLE, "years that are looked back at", "参照年数"},
    {BIT(BAYES_1) | BIT(BAYES_2), "w", AT(w), 6, 1, 1000, WHOLE, "half of a window, in steps",
     "半窗宽（步）"},
    {BIT(BAYES_3), "w", AT(w), 4, 1, 1000, WHOLE, "half of a window, in steps", "半窗宽（步）"},
    {BIT(BAYES_1) | BIT(BAYES_2), "actY", AT(act_y), 1, 0, 1, NO_YES, "the last w steps too",
     "是否含最近 w 步"},
    {BIT(BAYES_3), "actY", AT(act_y), 0, 0, 1, NO_YES, "the last w steps too", "是否含最近 w 步"},
    {FARR, "b", AT(b), 3, 1, 20, WHOLE, "years that are looked back at", "参照年数"},
    {FARR, "w", AT(w), 3, 0, 100, WHOLE, "half of a window, in steps", "半窗宽（步）"},
    {CLASSIC, "noPeriods", AT(no_periods), 1, 1, 60, WHOLE, "periods of a year; 1: only the windows",
     "一年分几个时段；1 为仅用窗口"},
    {FLEXIBLE, "noPeriods", AT(no_periods), 10, 1, 60, WHOLE, "periods of a year; 1: only the windows",
     "一年分几个时段；1 为仅用窗口"},
    {CLASSIC, "pastWeeksNotIncluded", AT(past_weeks), -1, -1, 10000, WHOLE, "last steps left out; -1: w",
     "不计入的最近步数；-1 为 w"},
    {FLEXIBLE, "pastWeeksNotIncluded", AT(past_weeks), 26, -1, 10000, WHOLE, "last steps left out; -1: w",
     "不计入的最近步数；-1 为 w"},
    {FARR, "reweight", AT(reweight), 1, 0, 1, NO_YES, "past outbreaks weigh less", "降低既往高峰的权重"},
    {CLASSIC, "weightsThreshold", AT(weights_threshold), 1, 0, 100, NUMBER,
     "residual from which they weigh less", "降权的残差界限"},
    {FLEXIBLE, "weightsThreshold", AT(weights_threshold), 2.58, 0, 100, NUMBER,
     "residual from which they weigh less", "降权的残差界限"},
    {FARR, "trend", AT(trend), 1, 0, 1, NO_YES, "a trend in time", "含时间趋势"},
    {CLASSIC, "pThresholdTrend", AT(p_trend), 0.05, 0, 1, NUMBER, "p value below which the trend is kept",
     "保留趋势的 p 值"},
    {FLEXIBLE, "pThresholdTrend", AT(p_trend), 1, 0, 1, NUMBER, "p value below which the trend is kept",
     "保留趋势的 p 值"},
    {FARR, "alpha", AT(alpha), 0.01, 1e-12, 0.5, NUMBER, "chance of an alarm where nothing is", "误报概率"},
    {FARR, "limitCases", AT(limit_cases), 5, 0, 1000000, WHOLE, "no alarm below so many matters ...",
     "事项少于此数不预警……"},
    {FARR, "limitWeeks", AT(limit_weeks), 4, 1, 1000, WHOLE, "... in so many steps (R: limit54)",
     "……在这么多步内（R 的 limit54）"},
    {CLASSIC, "thresholdMethod", AT(threshold_method), QP_WARN_DELTA, 0, 2, "delta|nbPlugin|muan",
     "how the limit is made", "界限的算法"},
    {FLEXIBLE, "thresholdMethod", AT(threshold_method), QP_WARN_NB_PLUGIN, 0, 2, "delta|nbPlugin|muan",
     "how the limit is made", "界限的算法"},
    {FARR, "powertrans", AT(powertrans), QP_WARN_POWER_2_3, 0, 2, "none|1/2|2/3", "power by delta",
     "delta 所用的幂"},
    {0, NULL, 0, 0, 0, 0, NULL, NULL, NULL},
};

const char *qp_warn_method_name(enum qp_warn_method m)
{
    assert(m < QP_WARN_METHOD_COUNT);
    return methods[m].name;
}

const char *qp_warn_method_text(enum qp_warn_method m, bool zh)
{
    assert(m < QP_WARN_METHOD_COUNT);
    return zh ? methods[m].zh : methods[m].en;
}

int qp_warn_method_find(const char *name)
{
    for (int m = 0; m < QP_WARN_METHOD_COUNT; m++)
        if (strcmp(methods[m].name, name) == 0)
            return m;
    return -1;
}

static double *field_of(struct qp_warn_settings *s, const struct qp_warn_setting *row)
{
    return (double *)(void *)((char *)s + row->field);
}

void qp_warn_defaults(struct qp_warn_settings *s, enum qp_warn_method method, double freq)
{
    *s = (struct qp_warn_settings){.method = method};
    s->freq = freq > 0 ? freq : method == QP_WARN_GPNB ? 365 : 52;
    for (const struct qp_warn_setting *row = qp_warn_settings_table; row->key; row++)
        if (row->methods >> method & 1)
            *field_of(s, row) = row->value;
}

/* Which of "a|b|c" the text is; -1: none. */
static int word_of(const char *words, const char *text)
{
    size_t len = strlen(text);
    for (int i = 0;; i++) {
        size_t n = strcspn(words, "|");
        if (n == len && memcmp(words, text, n) == 0)
            return i;
        if (words[n] == 0)
            return -1;
        words += n + 1;
    }
}

void qp_warn_value_text(char *out, size_t cap, const struct qp_warn_setting *row, double value)
{
    if (!row->words || row->words[0] == 0) {
        snprintf(out, cap, "%.15g", value);
        return;
    }
    const char *word = row->words;
    for (int i = 0; i < (int)value; i++)
        word += strcspn(word, "|") + 1;
    snprintf(out, cap, "%.*s", (int)strcspn(word, "|"), word);
}

static int set_row(struct qp_warn_settings *s, const struct qp_warn_setting *row, const char *text, bool zh,
                   struct qp_err *e)
{
    bool is_word = row->words && row->words[0] != 0;
    char *end;
    double v = is_word ? word_of(row->words, text) : strtod(text, &end);
    if (is_word && v < 0)
        return qp_fail(e, QP_EINVAL,
                       QP_WARN_TR(zh, "--set %s=%.*s: give one of %s", "--set %s=%.*s：须为 %s 之一"),
                       row->key, qp_shown(text, 60), text, row->words);
    if (!is_word && (end == text || *end != 0 || !(v >= row->low && v <= row->high)))
        return qp_fail(e, QP_EINVAL,
                       QP_WARN_TR(zh, "--set %s=%.*s: give a number of %.15g to %.15g",
                                  "--set %s=%.*s：须为 %.15g 至 %.15g 的数"),
                       row->key, qp_shown(text, 60), text, row->low, row->high);
    if (row->words && v != floor(v))
        return qp_fail(e, QP_EINVAL,
                       QP_WARN_TR(zh, "--set %s=%.*s: give a whole number", "--set %s=%.*s：须为整数"),
                       row->key, qp_shown(text, 60), text);
    *field_of(s, row) = v;
    return 0;
}

int qp_warn_set(struct qp_warn_settings *s, const char *assignment, bool zh, struct qp_err *e)
{
    char keys[300] = "";
    size_t n = strcspn(assignment, "="), used = 0;
    if (assignment[n] == 0)
        return qp_fail(e, QP_EINVAL,
                       QP_WARN_TR(zh, "--set %.*s: write KEY=VALUE, as in --set alpha=0.01",
                                  "--set %.*s：须写作 参数=值，如 --set alpha=0.01"),
                       qp_shown(assignment, 60), assignment);
    for (const struct qp_warn_setting *row = qp_warn_settings_table; row->key; row++) {
        if (!(row->methods >> s->method & 1))
            continue;
        if (strlen(row->key) == n && memcmp(row->key, assignment, n) == 0)
            return set_row(s, row, assignment + n + 1, zh, e);
        int more = snprintf(keys + used, sizeof keys - used, "%s%s", used > 0 ? " " : "", row->key);
        used += more > 0 && (size_t)more < sizeof keys - used ? (size_t)more : 0;
    }
    return qp_fail(e, QP_EINVAL,
                   QP_WARN_TR(zh, "--set %.*s: %s has no such setting; it has: %s",
                              "--set %.*s：%s 没有这个参数；可用：%s"),
                   qp_shown(assignment, 60), assignment, methods[s->method].name, keys);
}
