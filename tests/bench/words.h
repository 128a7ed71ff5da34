/* words.h: made texts for benches: 4,000 words of two or three ideographs, frequent ones far more often than rare ones (Zipf). */
#ifndef QP_TESTS_BENCH_WORDS_H
#define QP_TESTS_BENCH_WORDS_H

#include <stdint.h>

enum { QP_WORDS = 4000 };
struct qp_words {
    uint64_t random;
    char word[QP_WORDS][10];
    double up_to[QP_WORDS];
};
void qp_words_make(struct qp_words *b);                       /* of zeros */
void qp_words_text(struct qp_words *b, char *out, int words); /* at most 9 bytes a word */

#endif
