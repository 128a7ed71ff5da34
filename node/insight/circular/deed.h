/* deed.h: what a circular needs of one event, in 72 bytes. A matter's life is a chain of them, newest first, in the order in
 * which the journal (or an export) has the events; life.c puts them into the order of the matter's versions.
 *
 *   Qp__Event ─► one deed of its kind, then one for each clock, extension or snapshot that it brings (`follows`)
 *
 * Texts and nodes are numbers given by census.c; 0 is none. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_DEED_H
#define QP_NODE_INSIGHT_CIRCULAR_DEED_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

enum qp_deed_kind {
    QP_DEED_STEP = 1, /* of a later build: moves the version on, from any state (E5) */
    QP_DEED_GOING,    /* changes nothing that counts, and may be said of what is neither closed nor merged */
    QP_DEED_OPENED, /* text: area, category, source; x: opened, y: deadline; node: opener; state: 1 of a drill; QP_DEED_FACE follows */
    QP_DEED_SORTED, /* text: area, category (0: as it was); x: 1 with a deadline, y: that */
    QP_DEED_ASSIGNED, /* text: desk (0: as it was); flag: PERSON */
    QP_DEED_TAKEN,
    QP_DEED_GIVEN, /* given back: no desk, no person */
    QP_DEED_PROGRESSED,
    QP_DEED_OFFERED,  /* node: to; x: its number */
    QP_DEED_ACCEPTED, /* text: path; x: number */
    QP_DEED_REFUSED,  /* x: number; flag: WITHDRAWN */
    QP_DEED_ASSISTED,
    QP_DEED_HANDLED, /* flag: VISIT: drawn for a return visit */
    QP_DEED_VISITED, /* flags */
    QP_DEED_CLOSED,
    QP_DEED_REOPENED,
    QP_DEED_HUNG,
    QP_DEED_WOKEN, /* resumed after a hang */
    QP_DEED_MERGED,
    QP_DEED_UNMERGED,
    QP_DEED_URGED,
    QP_DEED_APPEALED, /* x: of a visit, its time; y: the appeal's number; flag: VISIT: against a visit's score */
    QP_DEED_APPEAL_ENDED, /* y: number; flags: VISIT, OVERTURNED */
    /* what follows */
    QP_DEED_FACE, /* the rest of a face. text: desk, the holder's path; node: holder; x: closed; y: `before`; custody: the
                          highest number that was ever out; flags: VISIT, PERSON; state, tries */
    QP_DEED_APPEAL, /* directly behind a face: its appeal against a visit. x, y as QP_DEED_APPEALED; state: as kept in
                          Appeal.state, 0: there is none; custody: the highest number that an appeal ever had */
    QP_DEED_SNAPSHOT,  /* a face that travels with an event: as QP_DEED_OPENED, then QP_DEED_FACE */
    QP_DEED_CLOCK,     /* the close clock. y: its due, 0: none */
    QP_DEED_SIGN,      /* a sign clock. node: serial; x: due, y: ended */
    QP_DEED_EXTENSION, /* node: stage and serial and number in one; x: asked, y: state */
};
enum {
    QP_DEED_REACHED = 1,
    QP_DEED_RESOLVED = 2,
    QP_DEED_SATISFIED = 4,
    QP_DEED_VISIT = 8,
    QP_DEED_FOLLOWS = 16, /* belongs to the deed behind it in the chain */
    QP_DEED_PERSON = 32,  /* a person is named */
    QP_DEED_OVERTURNED = 64,
    QP_DEED_WITHDRAWN = 128, /* of a refusal: its sender had asked the offer back */
};

struct qp_deed {
    int64_t at_us, x, y;
    uint64_t counter; /* with origin and incarnation: the event's id */
    uint32_t origin, incarnation;
    uint32_t version; /* 0: makes none */
    uint32_t before;  /* the next older one of the matter; QP_NO_DEED */
    uint32_t text[3];
    uint32_t node;
    uint32_t custody;
    uint8_t kind, flags, state, tries;
};
static_assert(sizeof(struct qp_deed) == 72, "census.h tells what a census takes of memory");
#define QP_NO_DEED UINT32_MAX

#endif
