/* judge.h: what becomes of a parcel that a neighbour brings. Pure: what is known of it goes in, a ruling comes
 * out; nothing is read, written or told here. admit.c gathers (gather.c), asks, and acts.
 *
 *   gather ─► judge ─► act
 *               │ ▲
 *     QP_NEED_… ▼ │        a signature is verified, and events are decoded, only when a ruling depends on them
 *             gather more
 *
 * A parcel that cannot be laid at anybody's door (bad form, bad signature) is rejected: dropped, counted, told
 * to the neighbour, and its place stays open for the true one. One that came a wrong way is refused: its place
 * in the lane is passed. One that is its origin's own doing (signed, but saying what it may not, or claiming a
 * place that is taken) stops that origin's chain here for good (E6, C5). */
#ifndef QP_NODE_CORE_JUDGE_H
#define QP_NODE_CORE_JUDGE_H

#include "node/core/core.h"

enum qp_known { QP_UNASKED = 0, QP_YES, QP_NO };

/* What is known of it. Sentences belong to the caller. */
struct qp_case {
    bool again; /* its position in the neighbour's journal is committed here already */
    /* the link */
    bool peer_revoked; /* the neighbour that brought it */
    bool recovering;   /* this node lost its disk, and its neighbours are handing back its records */
    /* form */
    int form; /* QP_OK; else what is wrong with its form, and why */
    const char *form_why;
    bool our_tree, own_lane; /* it belongs to this tree; it came in the lane that it names */
    /* whose it is */
    enum qp_known key; /* QP_NO: the certificate that it names is not known here */
    bool key_asked;    /* ... although this neighbour was asked for it, and brings the parcel again */
    bool key_fits;     /* the certificate is its origin's, of the incarnation that it names */
    bool quarantined;  /* its origin's key is */
    bool judged;       /* a verdict covers it: of a former incarnation, say */
    bool superseded;   /* this node certified a later incarnation of its origin (C2) */
    /* which way */
    const char *way;   /* NULL: it may come this way; else why not */
    bool lies_unknown; /* its destination may lie below, and is not known again since the fire */
    bool goes_nowhere; /* it opens one more chain to a node that nobody here knows */
    /* where it stands in its chain: 0 next, QP_EDUP, QP_EGAP, QP_EFORK, QP_ECLOSED, QP_EINVAL */
    int place;
    bool all_sent; /* QP_EGAP: the neighbour sent all that it has: nothing comes before this any more (C1) */
    /* what costs */
    enum qp_known signature;
    enum qp_known events; /* QP_NO: an event in it is its origin's fault, and why */
    const char *events_why;
    bool too_many;       /* it enrols more nodes than this child may have (L7) */
    bool lacks_evidence; /* it vouches by keys that are not known here (L5) */
};

enum qp_ruling {
    QP_NEED_SIGNATURE = 1, /* verify it, and ask again */
    QP_NEED_EVENTS,        /* decode them, and ask again */
    QP_TAKE,
    QP_KNOWN,      /* this very parcel is here: acknowledged */
    QP_KNOWN_LONG, /* and so is its position */
    QP_ASK_KEY, /* ask the neighbour for the certificate; it sends again from here. With a sentence: told too */
    QP_ASK_WHERE,    /* ask it where the destination lies */
    QP_ASK_EVIDENCE, /* ask for the certificates that its evidence needs */
    QP_SEND_AGAIN,   /* something before it is missing */
    QP_REJECT,       /* dropped and told; its place stays open */
    QP_REFUSE,       /* told; its place in the lane is passed */
    QP_REFUSE_CHAIN, /* for good: signed, journaled, told to its origin */
};

struct qp_judgement {
    enum qp_ruling ruling;
    int code;        /* of a refusal: enum qp_error */
    const char *why; /* ... as a sentence */
    size_t count;    /* the counter of struct qp_core_metrics that it adds to (offset); QP_COUNTS_NOTHING */
};
#define QP_COUNTS_NOTHING SIZE_MAX

/* Any thread. */
struct qp_judgement qp_judge(const struct qp_case *c);

#endif
