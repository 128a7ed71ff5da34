/* leads_bench.c: what a matter costs when N live ones are compared: processor time of adding (text read, weighed,
 * searched, put in) and of letting go.
 *
 *   bench_leads [LIVE] [MATTERS]     50,000 and 20,000
 *
 * Texts are made (tests/bench/words.h): a title of 5 and a text of 40 words, as a citizen's message has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/insight/lead/lead.h"
#include "tests/bench/words.h"

static const int64_t DAY = INT64_C(86400000000);

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    size_t live = argc > 1 ? strtoul(argv[1], NULL, 10) : 50000,
           n = argc > 2 ? strtoul(argv[2], NULL, 10) : 20000;
    struct qp_words *b = calloc(1, sizeof *b);
    struct qp_lead_rules r;
    double add_s = 0, age_s = 0;
    size_t joined = 0;
    qp_lead_rules_init(&r);
    struct qp_leads *l = qp_leads_new(&r);
    if (!b || !l || live == 0)
        return 1;
    qp_words_make(b);
    for (size_t i = 0; i < live + n; i++) {
        char id[24], title[256], text[1024];
        struct qp_lead_verdict v;
        struct qp_err e;
        int64_t at_us = (int64_t)i * (180 * DAY / (int64_t)live);
        snprintf(id, sizeof id, "%zu", i);
        qp_words_text(b, title, 5);
        qp_words_text(b, text, 40);
        double begun = now_s();
        qp_leads_age(l, at_us);
        double aged = now_s();
        struct qp_lead_matter m = {
            .id = id, .at_us = at_us, .title = title, .text = text, .place = "", .source = "", .family = ""};
        if (qp_leads_add(l, &m, &v, &e)) {
            fprintf(stderr, "bench_leads: %s\n", e.text);
            return 1;
        }
        joined += v.outcome == QP_LEAD_JOINED;
        if (i >= live) {
            age_s += aged - begun;
            add_s += now_s() - aged;
        }
    }
    printf("%zu live: %.1f us a matter, %.1f to bring it in and %.1f to let one go (goal: < 100 us); %zu of "
           "%zu joined\n",
           qp_leads_live(l), (add_s + age_s) / (double)n * 1e6, add_s / (double)n * 1e6,
           age_s / (double)n * 1e6, joined, live + n);
    qp_leads_free(l);
    free(b);
    return 0;
}
