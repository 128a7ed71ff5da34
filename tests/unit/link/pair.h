/* pair.h: a city and its county, and the line between them: what the tests of sessions start from. */
#ifndef QP_TESTS_LINK_PAIR_H
#define QP_TESTS_LINK_PAIR_H

#include "tests/unit/link/rig.h"

struct pair {
    struct rig *r;
    struct node *city, *county;
    struct line l;
};

int pair_up(void **state);
int pair_down(void **state);
#define PAIR_TEST(f) cmocka_unit_test_setup_teardown(f, pair_up, pair_down)

/* The child's transport connects; its call has been said but not heard. */
void pair_connect(struct pair *p);
/* Up to the child's greeting, which has been said but not heard. */
void pair_to_greeting(struct pair *p);
/* Settles every half second. */
void pair_pass_seconds(struct pair *p, int n);
uint64_t end_bad_frames(const struct end *e);
int end_refused(const struct end *e);

#endif
