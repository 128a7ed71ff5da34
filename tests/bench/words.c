/* words.c: see tests/bench/words.h. */
#include "tests/bench/words.h"

#include <string.h>

static uint64_t draw(struct qp_words *b)
{
    uint64_t z = b->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void qp_words_make(struct qp_words *b)
{
    double sum = 0;
    for (int i = 0; i < QP_WORDS; i++) {
        char *p = b->word[i];
        for (uint64_t n = 2 + draw(b) % 2; n > 0; n--) {
            unsigned c = 0x4e00 + (unsigned)(draw(b) % 3000);
            *p++ = (char)(0xe0 | c >> 12);
            *p++ = (char)(0x80 | (c >> 6 & 0x3f));
            *p++ = (char)(0x80 | (c & 0x3f));
        }
        b->up_to[i] = sum += 1.0 / (i + 10);
    }
}

void qp_words_text(struct qp_words *b, char *out, int words)
{
    *out = 0;
    for (; words > 0; words--) {
        double at = (double)(draw(b) >> 11) / 9007199254740992.0 * b->up_to[QP_WORDS - 1];
        int lo = 0, hi = QP_WORDS - 1;
        while (lo < hi) {
            int mid = (lo + hi) / 2;
            if (b->up_to[mid] < at)
                lo = mid + 1;
            else
                hi = mid;
        }
        out = stpcpy(out, b->word[lo]);
    }
}
