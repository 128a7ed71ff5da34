/* body.h: a circular's body (proto/circular.proto): made of what was counted, read again, checked before it is issued (CI4).
 *
 *   qp_census_result ─► qp_circular_body ─► qp_circular_check: what it found stands in it ─► signed, in parts
 *
 * All of it lives in the arena that is given. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_BODY_H
#define QP_NODE_INSIGHT_CIRCULAR_BODY_H

#include "node/insight/circular/census.h"
#include "proto/codec.h"

struct qp_circular_about {
    enum qp_circular_period period;
    struct qp_span_us span[QP_SPANS];
    uint64_t through;   /* the journal's position up to which it was counted */
    const char *policy; /* the version in force; "0" without one */
    const char *area, *title, *level, *zone;
    struct qp_patrol_plan plan;
};
/* `view` as of qp_census_count. NULL: no memory. */
Qp__Circular *qp_circular_body(const struct qp_circular_about *about, const struct qp_census_result *r,
                               qp_view_of *view, void *arg, struct qp_arena *a);

/* The numbers of one key and period. */
size_t qp_numbers_pack(uint8_t out[QP_CIRCULAR_NUMBERS], const struct qp_numbers *n);
int qp_numbers_read(struct qp_numbers *n, ProtobufCBinaryData packed); /* QP_ECORRUPT */

/* CI6: the other denominator of what is asked of those reached alone: they, without those whose score was overturned. */
uint64_t qp_numbers_reached(const struct qp_numbers *n);

/* ---- what was found ---- */
/* How a node below was heard when it was counted. */
enum qp_circular_heard { QP_HEARD_LIVE = 1, QP_HEARD_LATE, QP_HEARD_CUT, QP_HEARD_NEVER };

/* X(NAME, name): enum qp_circular_finding; the sentences are in findings.c */
#define QP_CIRCULAR_FINDING_LIST(X)                                                                          \
    X(OPEN, period_open)          /* it was issued before its end */                                         \
    X(SILENT, silent)             /* key: the place; is: since when, 0: it was never heard */                \
    X(ZERO, zero_report)          /* key: the place, which says that nothing was opened there */             \
    X(OVER, share_over_whole)     /* by, key, figure: is above, was below */                                 \
    X(PARTS, parts_differ)        /* by, figure: the parts are `is`, the whole is `was` */                   \
    X(BASE, base_revised)         /* figure, circular: that one said `was` of its period; now it is `is` */  \
    X(REST, too_many_keys)        /* by: `is` keys stand in one row */                                       \
    X(STALE, figures_of_old_rule) /* circular: that one counted by version `was` of the figures */
enum qp_circular_finding {
    QP_FINDING_NONE,
#define X(NAME, name) QP_FINDING_##NAME,
    QP_CIRCULAR_FINDING_LIST(X)
#undef X
        QP_FINDINGS_N
};
const char *qp_finding_name(uint32_t kind); /* "silent" ...; "?" */
/* The sentence, with places by their path; zone: of its times. Cut where it does not fit. */
void qp_finding_text(char *out, size_t cap, const Qp__CircularFinding *f, const struct qp_zone *zone,
                     bool zh);

/* A circular that was issued for the period before, or for that of a year before: its newest correction. */
struct qp_circular_base {
    const Qp__Circular *body; /* NULL: none was issued */
    uint8_t id[QP_ID_LEN];
};
/* Looks over a body whose rows and `below` are filled in, and writes what it finds into it. now_us: of the issue.
 * False: no memory. */
bool qp_circular_check(Qp__Circular *c, const struct qp_circular_base *before,
                       const struct qp_circular_base *year, int64_t now_us, const struct qp_census_result *r,
                       struct qp_arena *a);

#endif
