/* reference.h: the methods that others use, each on one series: what users compare with. They give what R
 * surveillance 1.20.3 gives (Salmon, Schumacher, Höhle: "Monitoring Count Time Series in R", Journal of
 * Statistical Software 70(10), 2016), including what is peculiar to it; tests/insight/warn.py compares. Rows
 * that have no value are left as they came: set to NAN, no alarm, before. */
#ifndef QP_NODE_INSIGHT_WARNING_REFERENCE_H
#define QP_NODE_INSIGHT_WARNING_REFERENCE_H

#include "node/insight/warning/method.h"

/* Hutwagner, Thompson, Seeman, Treadwell: "The bioterrorism preparedness and response Early Aberration
 * Reporting System (EARS)", Journal of Urban Health 80, 2003. score: (y - mean) / deviation, for C3 the sum. */
void qp_warn_ears(const struct qp_warn_settings *s, const struct qp_series *y, struct qp_warn_row *rows);
/* Riebler 2004, Höhle 2007: the predictive distribution is negative binomial with Jeffreys' prior. expected:
 * its mean; score: -log10 P(Y >= y). */
void qp_warn_bayes(const struct qp_warn_settings *s, const struct qp_series *y, struct qp_warn_row *rows);
/* Farrington, Andrews, Beale, Catchpole 1996 (JRSS A 159); Noufaily et al. 2013 (Statistics in Medicine 32).
 * expected, limit: not defined below limit54. score: (y - fit) / (limit - fit); by nbPlugin and muan `fit` is
 * on the scale of logarithms, as in R. QP_EINVAL: noPeriods and w do not fit in a year. QP_ENOMEM. */
int qp_warn_farrington(const struct qp_warn_settings *s, const struct qp_series *y, struct qp_warn_row *rows,
                       bool zh, struct qp_err *e);

#endif
