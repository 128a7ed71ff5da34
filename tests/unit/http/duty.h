/* duty.h: one grid, a place in it and one outside, and calls of a person: for duty_test.c and compliance_test.c. */
#ifndef QP_TESTS_HTTP_DUTY_H
#define QP_TESTS_HTTP_DUTY_H

#include "tests/unit/http/people.h"

#define GRID                                                                                                 \
    "{\"code\":\"g1\",\"title\":\"g\",\"boundary\":{\"type\":\"Polygon\",\"coordinates\":[[[116.9,33.6],["   \
    "116.91,33.6],"                                                                                          \
    "[116.91,33.61],[116.9,33.61],[116.9,33.6]]]}}"

#define HERE  "{\"lat\":33.605,\"lon\":116.905}"
#define THERE "{\"lat\":33.7,\"lon\":116.905}"

static inline struct answer *as(struct rig *r, const char *cookie, const char *method, const char *path,
                                const char *body)
{
    return ask(r, method, path, body, NULL, cookie);
}

#endif
