/* census.h: counting the figures of a circular from events alone.
 *
 *   a journal up to one position ─┐
 *   an export of it ──────────────┴─► qp_census_event, each once or oftener, in that order
 *                                       ─► deeds by matter (deed.h) ─► a life up to `to` (life.h) ─► rows (qp_census_count)
 *
 * The node that issues one and whoever checks it without a node (`qipan circular verify`) run this very code, on the same
 * events: so the figures are the same, or one of both was changed. What counts: matters whose area lies at or below the
 * census's own, as they stood at the end of the period; every figure of a matter stands under its area, desk, source and
 * category of that moment, so that parts add up to the whole. An event whose origin could not say it then (it was no
 * holder, the place is not its own) has no effect, as in the tables.
 *
 * One thread. Memory: 72 bytes for each event that matters and each face or clock that it brings, some 700 for a matter of six steps. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_CENSUS_H
#define QP_NODE_INSIGHT_CIRCULAR_CENSUS_H

#include <stdatomic.h>

#include "node/insight/circular/figure.h"
#include "node/insight/circular/period.h"
#include "proto/matter.pb-c.h"

struct qp_census;
struct qp_census *qp_census_new(const char *area); /* copied. NULL: no memory */
void qp_census_free(struct qp_census *c);
/* Where a node's place is: of every node that is known, before the events. What a node says of a place that is not in
 * its own has no effect; of a node that was not named here it is believed. QP_ENOMEM. */
int qp_census_place(struct qp_census *c, const uint8_t node[QP_ID_LEN], const char *path);
/* One event about a matter, a grid or a patrol, that of a matter sound in itself (node/matter/sound.h: the caller asks, as insight knows no matters); others are
 * passed over, but certificates (Enrolled), which name places that were not named. QP_ENOMEM. */
int qp_census_event(struct qp_census *c, const Qp__Event *ev);
uint64_t qp_census_matters(const struct qp_census *c); /* that were met */
/* The plan by which patrols are counted: that of the policy in force, said in the circular (patrols.h). zone NULL or per_day 0: there is
 * none. until_us: days that had not ended then are not counted yet. Before qp_census_count; the zone outlives the census. */
struct qp_patrol_plan {
    const struct qp_zone *zone;
    uint32_t per_day, minutes;
    bool police;
    int64_t until_us;
};
void qp_census_plan(struct qp_census *c, const struct qp_patrol_plan *plan);
/* Counting looks at it matter by matter, and ends with QP_ESTOPPING. NULL: never. */
void qp_census_stop_by(struct qp_census *c, const atomic_bool *stop);

/* ---- the figures ---- */
struct qp_numbers {
    uint64_t n[QP_CIRCULAR_FIGURE_N][2]; /* numerator, denominator */
};
struct qp_census_row {
    enum qp_circular_by by;
    const char *key; /* "" of the total; valid as long as the result */
    bool rest;       /* what came beyond QP_CIRCULAR_KEYS keys */
    struct qp_numbers span[QP_SPANS];
};
struct qp_census_result {
    struct qp_census_row *rows; /* the total first, then by kind and key */
    size_t n;
    uint64_t matters;
    uint64_t cut[QP_CIRCULAR_BY_N]; /* keys that went into the rest */
    bool known[QP_SPANS];           /* a matter was opened before this period's end */
    char *texts;                    /* private */
};
/* `view`: what a category is a case of; NULL, or an answer of "": of none, and it stands in no row by view. May be
 * NULL. */
typedef const char *qp_view_of(void *arg, const char *category);
int qp_census_count(struct qp_census *c, const struct qp_span_us span[QP_SPANS], qp_view_of *view, void *arg,
                    struct qp_census_result *out); /* QP_ENOMEM, QP_ESTOPPING */
void qp_census_result_free(struct qp_census_result *r);

/* The matters that stand behind one figure in one period: they add to its numerator or denominator. In the order of their
 * ids. each: anything but 0 ends it and is returned. */
struct qp_behind {
    enum qp_circular_figure figure;
    enum qp_circular_by by;
    const char *key;
    struct qp_span_us span;
};
int qp_census_behind(struct qp_census *c, const struct qp_behind *b, qp_view_of *view, void *arg,
                     int (*each)(void *arg, const uint8_t id[QP_ID_LEN], uint64_t above, uint64_t below),
                     void *each_arg);

#endif
