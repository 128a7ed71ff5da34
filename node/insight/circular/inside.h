/* inside.h: a census's own memory, shared by census.c, life.c and count.c. */
#ifndef QP_NODE_INSIGHT_CIRCULAR_INSIDE_H
#define QP_NODE_INSIGHT_CIRCULAR_INSIDE_H

#include <stddef.h>

#include "crypto/slot.h"
#include "node/insight/circular/census.h"
#include "node/insight/circular/deed.h"
#include "node/insight/circular/patrols.h"

enum { QP_DEEDS_BLOCK = 32768 }; /* deeds are never moved: growing must not need twice the room */

struct qp_counted { /* a matter */
    uint8_t id[QP_ID_LEN];
    uint32_t newest; /* deed */
    uint32_t n;
};
struct qp_strings { /* texts or ids, each once; number 0 is the empty one */
    char *bytes;
    size_t len, cap;
    uint32_t *at; /* offset of each; its length stands before it */
    uint32_t n, n_cap;
    uint32_t *slots; /* number + 1 */
    uint32_t n_slots;
    uint8_t
        key[QP_SLOT_KEY_LEN]; /* of the slots, drawn with the first: texts are chosen by whoever says them */
};
struct qp_census {
    struct qp_deed **blocks;
    uint32_t n_blocks, n_deeds;
    struct qp_counted *matters;
    uint32_t n_matters, cap_matters;
    uint32_t *slots;
    uint32_t n_slots;
    struct qp_strings texts, nodes;
    uint32_t *place; /* text of a node's path, by its number; 0: not known */
    uint32_t *gone,
        *born; /* by the same number: the last incarnation that was revoked, and that was enrolled; 0: none */
    uint32_t n_place;
    uint32_t area;
    struct qp_walks walks;
    struct qp_patrol_plan plan;
    const atomic_bool *stop;
};

static inline bool qp_census_stops(const struct qp_census *c)
{
    return c->stop && atomic_load(c->stop);
}
static inline struct qp_deed *qp_deed_at(const struct qp_census *c, uint32_t i)
{
    return &c->blocks[i / QP_DEEDS_BLOCK][i % QP_DEEDS_BLOCK];
}
/* UINT32_MAX: no memory. */
uint32_t qp_string_slot(const struct qp_strings *s, const void *bytes,
                        size_t len); /* of as many as a number has */
uint32_t qp_string_number(struct qp_strings *s, const void *bytes, size_t len);
const char *qp_string_at(const struct qp_strings *s, uint32_t number); /* NUL-terminated */

#endif
