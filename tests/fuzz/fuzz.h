/* fuzz.h: seeds, mutated the same way every time, against readers: one target each.
 *
 *   a seed ─► mutated, as a counter says ─► reader ─► what it takes must hold its promise (an assert in the target)
 *
 * Under libFuzzer its inputs come in the seeds' place, the first byte says for which target (README.md). By itself:
 * PROGRAM [--runs N] [--only TARGET]; the short form is a test, a campaign is a larger N. A target that never takes
 * anything would prove nothing: that fails too. Of a sealed seed only the seed itself is taken: it is tried as it is and
 * with one bit of each byte changed, before all else. Included once a program. */
#ifndef QP_TESTS_FUZZ_H
#define QP_TESTS_FUZZ_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"

enum { FUZZ_SEEDS = 4, FUZZ_MOST = 4096 };

struct fuzz_target {
    const char *name;
    bool (*takes)(const char *bytes, size_t len); /* true: it was taken. A NUL stands behind them */
    const char *seeds[FUZZ_SEEDS];
    bool never;                          /* nothing that is mutated is ever taken */
    bool sealed;                         /* as it was made it is taken, with any bit changed it is not */
    size_t (*seed)(char out[FUZZ_MOST]); /* made at the start, in the place of the seeds; NULL: those */
};

int fuzz_main(const struct fuzz_target *t, size_t n, int argc, char **argv);
void fuzz_one(const struct fuzz_target *t, size_t n, const uint8_t *data, size_t len);

#ifdef QP_FUZZER
#define FUZZ_MAIN(targets)                                                                                   \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);                                             \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)                                              \
    {                                                                                                        \
        fuzz_one(targets, sizeof targets / sizeof *targets, data, len);                                      \
        return 0;                                                                                            \
    }
#else
#define FUZZ_MAIN(targets)                                                                                   \
    int main(int argc, char **argv)                                                                          \
    {                                                                                                        \
        return fuzz_main(targets, sizeof targets / sizeof *targets, argc, argv);                             \
    }
#endif

#endif
