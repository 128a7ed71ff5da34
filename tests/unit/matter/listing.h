/* listing.h: matters at random for the tests of lists, and what a plain scan of their rows says that a list must hold. Compiled into
 * matter_list alone. */
#ifndef QP_TEST_LISTING_H
#define QP_TEST_LISTING_H

#include "tests/unit/matter/rig.h"

enum { MATTERS = 300, ROOM = 512 };

struct listed {
    uint8_t ids[ROOM][QP_ID_LEN];
    size_t n;
};

struct town {
    struct rig *r;
    matter m[MATTERS];
    uint64_t x;
};

static const char *const categories[] = {"lamp", "road", "noise"}, *const sources[] = {"hotline", "110"};
static const char *const areas[] = {"city", "city/east", "city/east/mill", "city/west", "city/west/a/b"};

uint64_t draw(struct town *t, uint64_t below);
const char *one_of(struct town *t, const char *const *list, uint64_t n);
/* A town of matters at the city, at random; ends with down. */
int up(void **state);
int down(void **state);
/* For qp_matter_list: notes its id. */
int take(void *arg, const Qp__Row *row);
struct qp_list_query query(enum qp_sort sort);
/* All pages of `limit` rows. */
void list(struct town *t, struct qp_list_query q, struct listed *l);
/* By pages of 1, 7 and 500: what a plain scan of the rows gives, in its order. */
void same(struct town *t, struct qp_list_query q);
/* And as many as it finds. */
void counted(struct town *t, struct qp_list_query q);
void plain(struct town *t, const struct qp_list_query *q, struct listed *l);

#endif
