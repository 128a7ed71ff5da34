/* life.h: one matter's life up to a moment, from its deeds, and what it adds to the figures of a period. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_LIFE_H
#define QP_NODE_INSIGHT_CIRCULAR_LIFE_H

#include "node/insight/circular/inside.h"

struct qp_ordered {
    const struct qp_deed *d;
    uint32_t follows; /* how many deeds behind it in `all` belong to it */
    uint32_t order;
};
/* Room for the deeds of one matter, used again for the next. Begins as zeros; freed by qp_life_end. */
struct qp_life_room {
    const struct qp_deed **all; /* oldest first */
    struct qp_ordered *v;       /* by version; those without one first */
    size_t n, n_loose, cap;
    struct qp_signing *sign;
    size_t n_sign, cap_sign;
    struct qp_asked_for *asked;
    size_t n_asked, cap_asked;
    int64_t *overturned; /* times of visits whose score counts no more */
    size_t n_overturned, cap_overturned;
    bool appeals; /* one ended, or a face names one */
};
struct qp_life {
    uint32_t area, desk, source, category; /* texts, as it stood */
    int64_t opened_us, closed_us, deadline_us;
    bool drill;          /* it counts in no figure */
    struct qp_numbers n; /* what it adds to each figure */
};
struct qp_contested { /* the appeal against a visit, as Face.appeals has it */
    int64_t of_us, number;
    uint32_t state; /* 0: there never was one */
};
struct qp_living { /* a matter while its life is run: what of its face later steps ask for */
    struct qp_life_room *r;
    const struct qp_census *c;
    const struct qp_span_us *span;
    struct qp_life *l;
    uint32_t version, custody, state;
    uint32_t earlier;                     /* Face.before: what resume and unmerge return to */
    uint32_t opener, holder, holder_path; /* nodes, text */
    uint32_t offered_to;                  /* 0: no offer is out */
    int64_t offered, top;                 /* its number; the highest ever out */
    uint32_t tries;                       /* of the visit, without reaching anybody */
    bool must_visit, person, no_memory;
    bool ahead; /* nothing is counted: it is looked for what was overturned, whenever it was */
    struct qp_contested appeal;
    int64_t appeal_top;   /* the highest number that an appeal ever had */
    int64_t moment_us;    /* of the last deed: its time, or its predecessor's moment where that is later */
    int64_t begun_us;     /* moment of the first */
    int64_t closed_in_us; /* moment of the closing, where it is closed */
    int64_t told_us;      /* the holder's last progress, handling or closing */
};
/* Puts a matter's deeds into order. QP_ENOMEM. */
int qp_life_order(struct qp_life_room *room, const struct qp_census *c, const struct qp_counted *m);
/* Lives it up to span->to_us. QP_ENOTFOUND: it was not there yet, is not in the census's area, or is part of a drill. QP_ENOMEM. */
int qp_life_run(struct qp_life_room *room, const struct qp_census *c, const struct qp_span_us *span,
                struct qp_life *out);
/* The same, and how it stands in the end: `v` is set, v->l is out. For tests/unit/circular/differs_test.c. */
int qp_life_live(struct qp_living *v, struct qp_life_room *room, const struct qp_census *c,
                 const struct qp_span_us *span, struct qp_life *out);
void qp_life_end(struct qp_life_room *room);

/* ---- shared by life.c and step.c ---- */
/* False: at or after the end; nothing that comes behind it happens. */
bool qp_life_step(struct qp_living *v, const struct qp_ordered *o);
void qp_life_follow(struct qp_living *v, const struct qp_ordered *o); /* the clocks that a deed brings */
bool qp_life_within(const struct qp_living *v, int64_t moment_us);    /* the period */
void qp_life_count(struct qp_living *v, enum qp_circular_figure f, bool above);
void qp_life_overturn(struct qp_living *v, int64_t of_us); /* ST3: that visit's score counts no more */
bool qp_life_overturned(const struct qp_living *v, int64_t of_us);
void qp_life_tell(struct qp_living *v, const struct qp_deed *d); /* what answers an urge */

#endif
