/* method.h: the methods of warning by name, their settings, and one call that works any of them on series.
 *
 *   qp_warn_defaults ─► qp_warn_set ("KEY=VALUE", any number) ─► qp_warn_run ─► a row for every day or week
 *
 * Pure: no clock, no file, no random number. Series and rows belong to the caller. The settings are one table
 * (method.c), from which defaults, checks and help are made. */
#ifndef QP_NODE_INSIGHT_WARNING_METHOD_H
#define QP_NODE_INSIGHT_WARNING_METHOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/error.h"

/* X(name, text, en, zh) */
#define QP_WARN_METHODS(X)                                                                                   \
    X(GPNB, "gpnb", "gamma-Poisson with negative binomial tails; the default",                               \
      "伽马—泊松更新，负二项尾概率；默认方法")                                                               \
    X(EARS_C1, "ears-c1", "EARS C1: mean and deviation of the days before",                                  \
      "EARS C1：前若干日的均值与标准差")                                                                     \
    X(EARS_C2, "ears-c2", "EARS C2: as C1, two days left out", "EARS C2：同 C1，隔两日")                     \
    X(EARS_C3, "ears-c3", "EARS C3 as R surveillance has it", "EARS C3：与 R surveillance 相同")             \
    X(EARS_C3_CANONICAL, "ears-c3-canonical", "EARS C3: three days of max(0, C2 - 1) added up",              \
      "EARS C3：三日 max(0, C2 - 1) 之和")                                                                   \
    X(BAYES_1, "bayes-1", "predictive negative binomial: the last weeks", "贝叶斯预测：最近数周")            \
    X(BAYES_2, "bayes-2", "... and the same weeks a year ago", "贝叶斯预测：另加去年同期")                   \
    X(BAYES_3, "bayes-3", "the same weeks one and two years ago", "贝叶斯预测：前两年同期")                  \
    X(FARRINGTON, "farrington", "Farrington 1996: the same weeks of other years, with a trend",              \
      "Farrington 1996：往年同期，含趋势")                                                                   \
    X(FARRINGTON_FLEXIBLE, "farrington-flexible", "Noufaily 2013: all weeks of other years, by ten periods", \
      "Noufaily 2013：往年全部周次，分十个时段")

enum qp_warn_method {
#define X(name, text, en, zh) QP_WARN_##name,
    QP_WARN_METHODS(X)
#undef X
        QP_WARN_METHOD_COUNT,
};

enum { QP_WARN_DELTA, QP_WARN_NB_PLUGIN, QP_WARN_MUAN };           /* threshold_method */
enum { QP_WARN_POWER_NONE, QP_WARN_POWER_1_2, QP_WARN_POWER_2_3 }; /* powertrans */

/* What each means is said in the table of method.c. Whole numbers and words are kept as doubles too. */
struct qp_warn_settings {
    enum qp_warn_method method;
    double freq; /* steps a year: 365 or 52 most often */
    /* EARS, Bayes, Farrington */
    double baseline, min_sigma, alpha, threshold;
    double b, w, act_y;
    double no_periods, past_weeks, reweight, weights_threshold, trend, p_trend;
    double limit_cases, limit_weeks, threshold_method, powertrans;
    /* GPNB */
    double half_life, guard, clip, least, watch, alarm;
};

struct qp_warn_setting {
    uint32_t methods; /* bit m: method m has it */
    const char *key;
    size_t field; /* offset of the double */
    double value, low, high;
    const char *words; /* "no|yes": the words that stand for 0, 1, ...; NULL: a number; "" a whole number */
    const char *en, *zh;
};
extern const struct qp_warn_setting qp_warn_settings_table[]; /* ends with a NULL key */

#define QP_DAY_NONE INT32_MIN
/* Counts a day or week, oldest first. */
struct qp_series {
    const char *name; /* for sentences */
    size_t n;
    const uint32_t *y;
    int32_t first_day; /* days since 1970-01-01 of y[0]; QP_DAY_NONE: no dates are known */
    int32_t each_days; /* between counts: 1 or 7; 0 where no dates are known */
};

/* NAN: not defined on that day (too little before it, or the model did not hold); then there is no alarm. */
struct qp_warn_row {
    double expected, limit, score;
    bool alarm;
};

const char *qp_warn_method_name(enum qp_warn_method m);
/* en, or zh. */
const char *qp_warn_method_text(enum qp_warn_method m, bool zh);
/* -1: there is no such method. */
int qp_warn_method_find(const char *name);

/* freq 0: the method's own (GPNB 365, the others 52). */
void qp_warn_defaults(struct qp_warn_settings *s, enum qp_warn_method method, double freq);
/* "KEY=VALUE". QP_EINVAL: unknown key, or a value out of bounds; the sentence (zh: in Chinese) lists what is
 * possible. */
int qp_warn_set(struct qp_warn_settings *s, const char *assignment, bool zh, struct qp_err *e);
/* A value of the table as people write it. */
void qp_warn_value_text(char *out, size_t cap, const struct qp_warn_setting *row, double value);

/* rows[i] has room for series[i].n rows. GPNB pools the factors of all n series (days are matched by date, or
 * by place in the series where none has one); the others take each series alone.
 * QP_EINVAL: settings that do not fit one another; some series have dates and some have none. QP_ENOMEM. zh: the
 * sentence is in Chinese. */
int qp_warn_run(const struct qp_warn_settings *s, const struct qp_series *series, size_t n,
                struct qp_warn_row *const *rows, bool zh, struct qp_err *e);
/* A sentence for whoever reads Chinese, or English; both take the same values in the same order. */
#define QP_WARN_TR(zh, english, chinese) ((zh) ? (chinese) : (english))

#endif
