/* rig.h: what both of the leads' tests stand on: a seed, matters in a line, bytes to compare. QP_SEED=n repeats a
 * run. */
#ifndef QP_TEST_LEAD_RIG_H
#define QP_TEST_LEAD_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/lead/lead.h"
#include "node/insight/lead/weigh.h"

static const int64_t DAY = INT64_C(86400000000);
static uint64_t seed;

static inline uint64_t below(uint64_t n)
{
    uint64_t z = seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % n;
}

static inline void seed_of_run(void)
{
    const char *given = getenv("QP_SEED");
    seed = given ? strtoull(given, NULL, 10) : 20260301;
    printf("seed %llu\n", (unsigned long long)seed);
}

static inline struct qp_leads *fresh(void)
{
    struct qp_lead_rules r;
    qp_lead_rules_init(&r);
    struct qp_leads *l = qp_leads_new(&r);
    assert_non_null(l);
    return l;
}

static inline struct qp_lead_matter matter(const char *id, int64_t at_us, const char *title)
{
    return (struct qp_lead_matter){
        .id = id, .at_us = at_us, .title = title, .text = "", .place = "", .source = "hotline", .family = ""};
}

static inline struct qp_lead_verdict add(struct qp_leads *l, const struct qp_lead_matter *m)
{
    struct qp_lead_verdict v;
    struct qp_err e = {0};
    if (qp_leads_add(l, m, &v, &e))
        fail_msg("%s", e.text);
    return v;
}

static inline struct qp_lead_verdict say(struct qp_leads *l, const char *id, int64_t at_us, const char *title)
{
    struct qp_lead_matter m = matter(id, at_us, title);
    return add(l, &m);
}

struct bytes {
    uint8_t *p;
    size_t n;
};

static inline struct bytes bytes_of(const struct qp_leads *l)
{
    struct bytes b;
    assert_int_equal(qp_leads_save(l, &b.p, &b.n, NULL), 0);
    return b;
}

/* Compares with what it was, and frees that. */
static inline void is_as_before(const struct qp_leads *l, struct bytes before)
{
    struct bytes now = bytes_of(l);
    assert_int_equal(now.n, before.n);
    assert_memory_equal(now.p, before.p, now.n);
    free(now.p);
    free(before.p);
}

static inline bool is_out(const struct qp_leads *l, const char *matter_id, const char *lead)
{
    return strcmp(qp_leads_of(l, matter_id), lead) == 0;
}

static inline void made_text(char *out)
{
    static const char *const word[] = {"青龙山", "采石场", "无证", "开采", "放炮", "汴河路", "泵站",
                                       "污水",   "外溢",   "电梯", "停运", "金鼎", "花园",   "摊贩",
                                       "占道",   "水库",   "野泳", "古树", "wifi", "139路"};
    out[0] = 0;
    size_t topic = below(4) * 4;
    for (size_t n = 2 + below(6); n > 0; n--)
        strcat(out, word[below(3) == 0 ? below(20) : topic + below(4)]);
}

static inline struct qp_leads *three_and_two(void)
{
    struct qp_leads *l = fresh();
    say(l, "a", 0, "青龙山采石场无证开采");
    say(l, "b", 1, "青龙山采石场无证开采放炮");
    say(l, "p", 2, "金鼎花园电梯停运");
    say(l, "c", 3, "举报青龙山采石场无证开采");
    say(l, "q", 4, "金鼎花园电梯又停运");
    assert_true(is_out(l, "b", "a") && is_out(l, "c", "a") && is_out(l, "q", "p"));
    return l;
}

#endif
