/* leads.h: what the tests of leads say and look at, on a rig. */
#ifndef QP_TESTS_CORE_LEADS_H
#define QP_TESTS_CORE_LEADS_H

#include "node/core/lead.h"
#include "tests/unit/core/rig.h"

#define LEAD_QUARRY "青龙山采石场夜间偷采爆破，运石货车不断"

/* A matter with this title, a second later than the one before. */
matter lead_matter(struct rig *r, int i, const char *title, const char *source);
/* Until all that waits has been compared everywhere. */
void lead_compare_all(struct rig *r);
/* The lead that a matter is in by this node's word; its own implied one where nothing was said. */
void lead_of(struct rig *r, int i, matter m, uint8_t id[QP_ID_LEN]);
struct qp_reply lead_say(struct rig *r, int i, const uint8_t lead[QP_ID_LEN], uint32_t verb, const matter *m,
                         const char *text);

struct lead {
    uint8_t id[QP_ID_LEN];
    char area[64], place[64];
    enum qp_lead_state state;
    unsigned joined, proposed;
};
struct leads {
    struct lead v[64];
    size_t n;
};
/* What the node lists of that state (enum qp_lead_state; 0: of any). */
struct leads leads_of(struct rig *r, int i, int state);
/* A city with three children (nodes 1 to 3); each brings a clue of one quarry, over another platform; and something else. */
struct rig *lead_with_a_quarry(matter m[3]);

#endif
