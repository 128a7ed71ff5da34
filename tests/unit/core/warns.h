/* warns.h: what the tests of warnings say and look at, on a rig. */
#ifndef QP_TESTS_CORE_WARNS_H
#define QP_TESTS_CORE_WARNS_H

#include "node/core/warn.h"
#include "node/insight/watch/kept.h"
#include "tests/unit/core/rig.h"

enum { CITY, A, B, BURST = 14 };
#define DAY (86400 * SECOND)

/* Matters of that day, so many days ago. */
matter warn_seen(struct rig *r, int i, const char *category, int days_ago, int n);
/* One, two, three, one ... a day, until yesterday; then, yesterday, a burst. */
void warn_history(struct rig *r, int i, const char *category, int burst);
/* Until no node has anything to judge. */
void warn_judged(struct rig *r);
struct qp_reply warn_say(struct rig *r, int i, const Qp__Warning *x, uint32_t verb, const char *text);

struct warns {
    struct rig *r;
    Qp__Warning v[8];
    enum qp_warning_state state[8];
    size_t notes[8], n;
    matter matter[8]; /* that was made of it */
};
/* What the node lists of that state (enum qp_warning_state; 0: any but withdrawn). */
struct warns warns_of(struct rig *r, int i, int state);
/* City, street and community, where a rise is raised. */
struct rig *warn_with_a_burst(void);

#endif
