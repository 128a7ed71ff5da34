/* walks.h: random walks of tests: each from a seed that is printed, and the seed alone repeats it.
 *
 * QP_SEED repeats one walk; QP_WALKS says how many there are. */
#ifndef QP_TESTS_UNIT_MATTER_WALKS_H
#define QP_TESTS_UNIT_MATTER_WALKS_H

#include <stdint.h>
#include <stdlib.h>

/* splitmix64: the next number below `below`. */
static inline uint64_t walk_draw(uint64_t *x, uint64_t below)
{
    uint64_t z = *x += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (z ^ z >> 31) % below;
}

/* Those that are asked for, else the first `usual` seeds. */
static inline void walk_all(void (*walk)(uint64_t seed), uint64_t usual)
{
    const char *seed = getenv("QP_SEED"), *walks = getenv("QP_WALKS");
    if (seed) {
        walk(strtoull(seed, NULL, 10));
        return;
    }
    for (uint64_t i = 1; i <= (walks ? strtoull(walks, NULL, 10) : usual); i++) {
        print_message("QP_SEED=%llu\n", (unsigned long long)i);
        walk(i);
    }
}

#endif
