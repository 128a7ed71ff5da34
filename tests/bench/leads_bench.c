/* leads_bench.c: what a matter costs when N live ones are compared: processor time of adding (text read, weighed,
 * searched, put in) and of letting go.
 *
 *   bench_leads [LIVE] [MATTERS]     50,000 and 20,000
 *
 * Texts are made: 4,000 words of two or three ideographs, frequent ones far more often than rare ones (Zipf), a
 * title of 5 and a text of 40 words, as a citizen's message has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/insight/lead/lead.h"

enum { WORDS = 4000 };
static const int64_t DAY = INT64_C(86400000000);

struct bench {
    uint64_t random;
    char word[WORDS][10];
    double up_to[WORDS];
};

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t draw(struct bench *b)
{
    uint64_t z = b->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static void words_make(struct bench *b)
{
    double sum = 0;
    for (int i = 0; i < WORDS; i++) {
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

static void text_make(struct bench *b, char *out, int words)
{
    *out = 0;
    for (; words > 0; words--) {
        double at = (double)(draw(b) >> 11) / 9007199254740992.0 * b->up_to[WORDS - 1];
        int lo = 0, hi = WORDS - 1;
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

int main(int argc, char **argv)
{
    size_t live = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000,
           n = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
    struct bench *b = calloc(1, sizeof *b);
    struct qp_lead_rules r;
    double add_s = 0, age_s = 0;
    size_t joined = 0;
    qp_lead_rules_init(&r);
    struct qp_leads *l = qp_leads_new(&r);
    if (b == NULL || l == NULL || live == 0)
        return 1;
    words_make(b);
    for (size_t i = 0; i < live + n; i++) {
        char id[24], title[256], text[1024];
        struct qp_lead_verdict v;
        struct qp_err e;
        int64_t at_us = (int64_t)i * (180 * DAY / (int64_t)live);
        snprintf(id, sizeof id, "%zu", i);
        text_make(b, title, 5);
        text_make(b, text, 40);
        double begun = now_s();
        qp_leads_age(l, at_us);
        double aged = now_s();
        struct qp_lead_matter m = {
            .id = id, .at_us = at_us, .title = title, .text = text, .place = "", .source = "", .family = ""};
        if (qp_leads_add(l, &m, &v, &e) != QP_OK) {
            fprintf(stderr, "bench_leads: %s\n", e.text);
            return 1;
        }
        joined += v.outcome == QP_LEAD_JOINED;
        if (i >= live) {
            age_s += aged - begun;
            add_s += now_s() - aged;
        }
    }
    printf("%zu live: %.1f us a matter to bring in, %.1f us to let one go (goal: < 100 us together); %zu of "
           "%zu joined\n",
           qp_leads_live(l), add_s / (double)n * 1e6, age_s / (double)n * 1e6, joined, live + n);
    qp_leads_free(l);
    free(b);
    return 0;
}
