/* may.h: may this step be taken now, here, by whoever asks? One answer for the door (decide.c), for the `steps`
 * that a matter shows beforehand, and for what a 409 offers: there is no second list.
 *
 *   face, the node, who asks ─► who may say it ─► from which state ─► what this step needs besides ─► yes, or why
 *
 * What depends on the words of the step (a place that is not there, a time that is over) is asked when it is
 * said, by decide.c and by core/step.c; rights and the node's own standing are core/step_may.h's. Pure. */
#ifndef QP_NODE_MATTER_MAY_H
#define QP_NODE_MATTER_MAY_H

#include "node/matter/lifecycle.h"
#include "proto/row.pb-c.h"
#include "proto/steps.h"

struct qp_own;
struct qp_span;

/* Who asks. The node itself (what its policy does) is nobody's account: NULL where one is asked for. */
struct qp_asker {
    const char *by;     /* as Event.by: "user:NAME", "token:NAME" */
    const char *desk;   /* for which desk, as Event.desk; "": none is known */
    const char **desks; /* of which desks he is; none: of none in particular, he may act for each */
    size_t n_desks;
    uint32_t rights;            /* QP_RIGHT_…; looked at by core/step_may.h */
    uint8_t from;               /* enum qp_audit_from: where he sits; 0: it is not known */
    const struct qp_span *span; /* which matters he sees: asked in the turn (qp_row_seen); NULL: all */
    const struct qp_own *own;   /* the same, and on which he acts: his own; NULL: all */
};

struct qp_may {
    const Qp__Face *face;
    const Qp__Row *row;  /* of which it is; NULL: nothing is known beside it (beside.h) */
    const uint8_t *self; /* node id, 16 */
    const char *self_path;
    const struct qp_asker *who; /* NULL: the node itself */
    bool
        elsewhere; /* he states when it was: it happened elsewhere, and nothing can be asked to be done first (PO2) */
};

/* Why not, in both languages: whole sentences without a full stop. `field`: what is lacking, "" when no field is
 * to blame. by_state: it is the matter's state alone that is in the way. */
struct qp_why {
    int code;
    bool by_state;
    char field[16];
    char en[400], zh[400];
};
/* The name behind "user:" or "token:". */
const char *qp_asker_name(const char *by);
bool qp_asker_of_desk(const struct qp_asker *who, const char *desk);
/* The same, and not because nobody said of which he is: it is his token's desk, or he is its member. */
bool qp_asker_named_of(const struct qp_asker *who, const char *desk);

/* 0: it may be taken. QP_ENOTHOLDER, QP_ESTEP, QP_EPOLICY, QP_EDENIED: not, and *why says why. */
int qp_matter_may(const struct qp_may *m, const struct qp_step *st, struct qp_why *why);
/* Fills *why; returns the code. For whoever adds conditions of his own. */
int qp_why_set(struct qp_why *why, int code, const char *en, const char *zh, const char *what)
    __attribute__((nonnull));
/* The number of the open part that was asked of this node, and of this asker (of his desks; of `desk` if he names one);
 * 0: none. */
uint64_t qp_may_part(const struct qp_may *m, const char *desk);
/* Comma-separated names of the steps that may be taken now, for the 409: "accept, refuse, comment". */
void qp_matter_possible(char *out, size_t cap, const struct qp_may *m);

#endif
