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

#endif
