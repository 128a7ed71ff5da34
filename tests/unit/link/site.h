/* site.h: a city with a port on the loopback, and two nodes certified by it, of which one may be brought up.
 */
#ifndef QP_TESTS_LINK_SITE_H
#define QP_TESTS_LINK_SITE_H

#include "tests/unit/link/rig.h"

#include <zmq.h>

#include "node/link/wired.h"

struct site {
    struct rig *r;
    struct node *city, *county, *other;
    struct qp_wire *up, *down; /* the city's, the county's */
    char endpoint[64];
};

int site_up(void **state);
int site_down(void **state);
#define SITE_TEST(f) cmocka_unit_test_setup_teardown(f, site_up, site_down)

int64_t site_clock_us(clockid_t id);
/* A port below the ephemeral ones that nobody has. */
int site_free_port(void);
/* NULL: nothing is bound. */
struct qp_wire *site_wire(struct node *n, const char *listen);
/* One round of a node's loop, as `serve` has it; waits at most a millisecond. */
void site_spin(struct site *s, struct qp_wire *w, struct node *n);
void site_spin_for(struct site *s, int ms);
/* Opens a matter there and releases the turn. */
void site_report(struct site *s, struct qp_wire *w, struct node *n, const char *title);
/* The county's session stands on both sides. */
bool site_open(const struct site *s);

#define SPIN_UNTIL(s, condition)                                                                             \
    for (int64_t end_us_ = site_clock_us(CLOCK_MONOTONIC) + 20000000; !(condition);) {                       \
        assert_true(site_clock_us(CLOCK_MONOTONIC) < end_us_);                                               \
        site_spin_for(s, 3);                                                                                 \
    }

#endif
