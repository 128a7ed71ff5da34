/* trust.h: a city, a county and a street with fixed keys, and what they truly signed: seeds that are taken only as they are.
 *
 *   keys 1, 2, 3 ─► certificates, each by the one above ─► a chain · a proof of one matter that the street worked on
 *
 * Made at the first call, the same every time; fuzz_texts.c and fuzz_files.c change bits of them. */
#ifndef QP_TESTS_FUZZ_TRUST_H
#define QP_TESTS_FUZZ_TRUST_H

#include "topology/certificate.h"

enum { TRUST_LEVELS = 3 };

struct trust {
    struct qp_keys keys[TRUST_LEVELS]; /* the root first */
    struct qp_cert cert[TRUST_LEVELS];
    Qp__Certificate *raw[TRUST_LEVELS];
    struct qp_arena *arena;
};
const struct trust *trust(void);

/* Packed; how long. The street's chain, the root last. */
size_t trust_chain(char *out, size_t cap);
/* TRUST_EVENTS of one matter, among those of another in the same parcel. */
enum { TRUST_EVENTS = 2 };
size_t trust_proof(char *out, size_t cap);

#endif
