/* lead_test.c: leads against a plain oracle (every sketch compared with every other, by qp_lead_likeness), and that
 * nothing of a person becomes a term. */
#include "tests/unit/lead/rig.h"

/* ---- the oracle ---- */

enum { MATTERS = 600 };
struct old {
    char id[16], lead[16], place[8];
    bool live, specific;
    int64_t at_us;
    struct qp_lead_sketch sketch;
    struct qp_lead_reading reading;
};
static struct old old[MATTERS];
static struct qp_lead_df df;

static uint32_t plain(const struct old *a, const struct old *b)
{
    uint32_t ppm = qp_lead_likeness(&a->sketch, &b->sketch);
    bool differ = a->specific && b->specific && strcmp(a->place, b->place) != 0;
    return differ ? ppm / 2 : ppm;
}

/* What the i-th must come to; `named` left out: the run's rules have it off. */
static enum qp_lead_outcome expect(size_t i, const char **lead, uint32_t *ppm)
{
    size_t best = i, members = 0;
    uint32_t first = 0, second = 0;
    *ppm = 0;
    for (size_t j = 0; j < i; j++)
        if (old[j].live && plain(&old[i], &old[j]) > *ppm) {
            *ppm = plain(&old[i], &old[j]);
            best = j;
        }
    *lead = old[i].id;
    if (best == i)
        return QP_LEAD_ALONE;
    for (size_t j = 0; j < i; j++) {
        if (!old[j].live || strcmp(old[j].lead, old[best].lead) != 0)
            continue;
        uint32_t p = plain(&old[i], &old[j]);
        members++;
        second = p > first ? first : p > second ? p : second;
        first = p > first ? p : first;
    }
    if (members >= 3)
        *ppm = (first + second) / 2;
    if (*ppm >= 300000)
        *lead = old[best].lead;
    return *ppm >= 300000 ? QP_LEAD_JOINED : *ppm >= 200000 ? QP_LEAD_PROPOSED : QP_LEAD_ALONE;
}

/* The newest of a lead's first n matters: those that are gone were no newer. */
static int64_t news_of(size_t n, const char *lead)
{
    int64_t last = INT64_MIN;
    for (size_t j = 0; j < n; j++)
        if (strcmp(old[j].lead, lead) == 0 && old[j].at_us > last)
            last = old[j].at_us;
    return last;
}

static void leads_are_those_of_a_plain_comparison(void **state)
{
    struct qp_lead_rules r;
    int seen[3] = {0};
    (void)state;
    seed_of_run();
    qp_lead_rules_init(&r);
    r.named_ppm = QP_LEAD_ONE + 1;
    struct qp_leads *l = qp_leads_new(&r), *again = NULL;
    int64_t now = 0;
    memset(&df, 0, sizeof df);
    for (size_t i = 0; i < MATTERS; i++) {
        char title[256];
        struct old *o = &old[i];
        made_text(title);
        now += (int64_t)below(2 * (uint64_t)DAY);
        *o = (struct old){
            .live = true, .at_us = now - (int64_t)below((uint64_t)DAY), .specific = below(2) == 0};
        snprintf(o->id, sizeof o->id, "m%zu", i);
        snprintf(o->place, sizeof o->place, "p%d", (int)below(3));
        size_t gone = 0;
        for (size_t j = 0; j < i; j++)
            if (old[j].live && news_of(i, old[j].lead) < now - 180 * DAY) {
                old[j].live = false;
                gone++;
            }
        assert_int_equal(qp_leads_age(l, now), gone);
        qp_lead_read(&o->reading, title, "");
        qp_lead_df_count(&df, &o->reading);
        qp_lead_weigh(&o->sketch, &o->reading, &df);
        const char *lead;
        uint32_t ppm;
        enum qp_lead_outcome outcome = expect(i, &lead, &ppm);
        struct qp_lead_matter m = matter(o->id, o->at_us, title);
        m.place = o->place;
        m.specific = o->specific;
        struct qp_lead_verdict v = add(l, &m);
        assert_int_equal(v.outcome, outcome);
        assert_int_equal(v.ppm, ppm);
        assert_string_equal(v.lead, lead);
        snprintf(o->lead, sizeof o->lead, "%.15s", lead);
        seen[outcome]++;
        if (i % 97 == 96) { /* goes on from its own bytes */
            struct bytes b = bytes_of(l);
            assert_int_equal(qp_leads_load(&again, b.p, b.n, NULL), 0);
            is_as_before(again, b);
            qp_leads_free(l);
            l = again;
        }
    }
    printf("alone %d, joined %d, proposed %d\n", seen[0], seen[1], seen[2]);
    assert_true(seen[0] > 10 && seen[1] > 10 && seen[2] > 10);
    qp_leads_free(l);
}

/* ---- words ---- */

static size_t terms_of(const char *text)
{
    static struct qp_lead_reading r;
    qp_lead_read(&r, "", text);
    return r.n;
}

static void numbers_accounts_and_names_of_persons_are_no_terms(void **state)
{
    (void)state;
    static const char *const none[] = {"13812345678",
                                       "138 1234 5678",
                                       "0557-3012345",
                                       "(0557) 301-2345",
                                       "+8613812345678",
                                       "１３８１２３４５６７８",
                                       "34130219900101123X",
                                       "138****5678",
                                       "一三八零零一三八零零零",
                                       "qq1234567",
                                       "li.si_8@example.com",
                                       "。",
                                       ""};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (terms_of(none[i]) != 0)
            fail_msg("%s makes %zu terms", none[i], terms_of(none[i]));
    assert_int_equal(terms_of("我叫张建国"), terms_of("我叫"));
    assert_int_equal(terms_of("姓名:李四光"), terms_of("姓名"));
    assert_int_equal(terms_of("微信号 qwerty99"), terms_of("微信号"));
    assert_int_equal(terms_of("电话13812345678"), terms_of("电话"));
    assert_int_equal(terms_of("139路"), 1); /* and what is no person's stays */
    assert_int_equal(terms_of("皖L12345"), 1);
}

static void a_shared_telephone_brings_nothing_together(void **state)
{
    (void)state;
    struct qp_leads *l = fresh();
    say(l, "a", 0, "路灯不亮13812345678");
    assert_int_equal(say(l, "b", 1, "井盖丢失13812345678").outcome, QP_LEAD_ALONE);
    assert_int_equal(say(l, "c", 2, "138-1234-5678").ppm, 0);
    qp_leads_free(l);
}

static void texts_are_read_as_the_rule_says(void **state)
{
    (void)state;
    assert_int_equal(terms_of("采石场"), 2);
    assert_int_equal(terms_of("采 石\n场"), 2);          /* white space is not there between ideographs */
    assert_int_equal(terms_of("采石,场"), 1);            /* a sign breaks */
    assert_int_equal(terms_of("free WIFI ＷｉＦｉ"), 2); /* NFKC, lowered, each once */
    assert_int_equal(terms_of("A7县星沙"), 3);
    char longer[1024] = "";
    for (int i = 0; i < 100; i++)
        strcat(longer, "。");
    strcat(longer, "采石场");
    assert_int_equal(terms_of(longer), 0); /* the hundredth code point is the last */
    static const char *const cut[] = {"13855501234", "138 555 01234", "zhangsan@qq.com",
                                      "一三八五五五零一二三四", "zhang.san@qq.com"};
    size_t at = 94 * strlen("。"); /* what the cut leaves of a number or an address is no term */
    for (size_t i = 0; i < sizeof cut / sizeof cut[0]; i++) {
        strcpy(longer + at, cut[i]);
        if (terms_of(longer) != 0)
            fail_msg("what is left of %s makes %zu terms", cut[i], terms_of(longer));
    }
    strcpy(longer + at, "采石场139路"); /* and what ends where the text ends is whole */
    assert_int_equal(terms_of(longer), 2);
    strcpy(longer + at, "采石场139");
    assert_int_equal(terms_of(longer), 3);
}

static void logarithms_are_right_to_a_ten_thousandth(void **state)
{
    (void)state;
    assert_int_equal(qp_lead_ln_q16(1), 0);
    assert_in_range(qp_lead_ln_q16(2), 45425, 45426);
    assert_in_range(qp_lead_ln_q16(1000), 452699, 452710);                /* 6.907755 */
    assert_in_range(qp_lead_ln_q16(UINT64_C(1) << 40), 1817020, 1817050); /* 27.725887 */
    for (uint64_t i = 1; i < 3000; i++)
        assert_true(qp_lead_ln_q16(i) < qp_lead_ln_q16(i + 1));
}

/* ---- named things ---- */

static struct qp_lead_verdict second(const char *family, int64_t at_us, int32_t north_m, const char *named)
{
    struct qp_leads *l = fresh();
    const char *first_name[] = {"青龙山采石场"}, *name[] = {named};
    struct qp_lead_matter a = matter("a", 0, "夜里放炮房子震裂邻居都睡不着请管一管"),
                          b = matter("b", at_us, "大车压坏路面夜里放炮房子开裂");
    for (int i = 0; i < 30; i++) { /* so that words have weights */
        char id[16], title[32];
        snprintf(id, sizeof id, "x%d", i);
        snprintf(title, sizeof title, "zz%d", i);
        say(l, id, 0, title);
    }
    a.named = first_name;
    b.named = name;
    a.n_named = b.n_named = 1;
    a.family = "矿产";
    b.family = family;
    a.has_location = b.has_location = true;
    a.lat_e6 = 33600000;
    b.lat_e6 = 33600000 + (int32_t)(north_m / 0.1113195);
    a.lon_e6 = b.lon_e6 = 116900000;
    add(l, &a);
    struct qp_lead_verdict v = add(l, &b);
    qp_leads_free(l);
    return v;
}

static void the_same_named_thing_joins_at_less_when_family_time_and_place_agree(void **state)
{
    (void)state;
    struct qp_lead_verdict v = second("矿产", 13 * DAY, 1900, "青龙山采石场");
    assert_in_range(v.ppm, 200000, 299999);
    assert_true(v.named && v.outcome == QP_LEAD_JOINED);
    assert_int_equal(second("交通", 13 * DAY, 1900, "青龙山采石场").outcome, QP_LEAD_PROPOSED);
    assert_int_equal(second("矿产", 15 * DAY, 1900, "青龙山采石场").outcome, QP_LEAD_PROPOSED);
    assert_int_equal(second("矿产", 13 * DAY, 2100, "青龙山采石场").outcome, QP_LEAD_PROPOSED);
}

static void a_lead_says_by_which_words(void **state)
{
    (void)state;
    struct qp_lead_word w[8];
    struct qp_leads *l = three_and_two();
    size_t n = qp_lead_why(w, 8, qp_leads_df(l), "青龙山采石场夜里放炮", "", "举报:青龙山采石场", "");
    assert_int_equal(n, 1);
    assert_string_equal(w[0].text, "青龙山采石场");
    assert_true(w[0].ppm > 100000);
    assert_int_equal(qp_lead_why(w, 8, qp_leads_df(l), "古树", "", "污水", ""), 0);
    qp_leads_free(l);
}

static uint32_t hash_of_word(char word[16], uint32_t i)
{
    static struct qp_lead_reading r;
    snprintf(word, 16, "w%u", i);
    qp_lead_read(&r, word, "");
    assert_int_equal(r.n, 1);
    return r.count[0].hash;
}

/* Two words whose first buckets are one and the same: a frequent one does not make the other say less. */
static void words_that_share_a_bucket_keep_their_own_counts(void **state)
{
    static uint32_t who[QP_LEAD_DF];
    struct qp_lead_df *d = calloc(1, sizeof *d), *was = calloc(1, sizeof *was);
    struct qp_lead_reading r;
    struct qp_lead_sketch s;
    size_t pairs = 0;
    (void)state;
    memset(who, 0, sizeof who);
    for (uint32_t i = 1; i < 3000; i++) {
        char word[16], frequent[16];
        uint32_t hash = hash_of_word(word, i), *at = &who[hash & (QP_LEAD_DF - 1)];
        if (*at == 0) {
            *at = i;
            continue;
        }
        uint32_t other = hash_of_word(frequent, *at);
        assert_true(other != hash);
        memset(d, 0, sizeof *d);
        qp_lead_read(&r, frequent, "");
        for (int k = 0; k < 50; k++)
            qp_lead_df_count(d, &r);
        *was = *d;
        qp_lead_read(&r, word, "");
        qp_lead_df_count(d, &r);
        qp_lead_weigh(&s, &r, d);
        assert_int_equal(qp_lead_df_of(d, hash), 1);
        assert_int_equal(qp_lead_df_of(d, other), 50);
        pairs++;
        assert_int_equal(s.n, 1);
        qp_lead_df_uncount(d, &r);
        assert_memory_equal(d, was, sizeof *d);
    }
    assert_true(pairs > 5);
    free(d);
    free(was);
}

static void counts_of_two_nodes_are_those_of_their_matters_together(void **state)
{
    (void)state;
    struct qp_leads *a = fresh(), *b = fresh(), *both = fresh();
    say(a, "a", 0, "采石场");
    say(both, "a", 0, "采石场");
    say(b, "b", 0, "采石料");
    say(both, "b", 0, "采石料");
    qp_leads_pool(a, qp_leads_df(b));
    assert_memory_equal(qp_leads_df(a), qp_leads_df(both), sizeof(struct qp_lead_df));
    qp_leads_free(a);
    qp_leads_free(b);
    qp_leads_free(both);
}

static void bad_fields_are_named_and_change_nothing(void **state)
{
    (void)state;
    struct qp_leads *l = three_and_two();
    struct bytes before = bytes_of(l);
    struct qp_lead_verdict v;
    struct qp_err e;
    struct qp_lead_matter m = matter("a", 9, "x");
    assert_int_equal(qp_leads_add(l, &m, &v, &e), QP_EEXISTS);
    m = matter("", 9, "x");
    assert_int_equal(qp_leads_add(l, &m, &v, &e), QP_EINVAL);
    m = matter("z", 9, "\xff");
    assert_int_equal(qp_leads_add(l, &m, &v, &e), QP_EINVAL);
    assert_non_null(strstr(e.text, "title"));
    is_as_before(l, before);
    qp_leads_free(l);
}

static void many_different_words_are_all_found_again(void **state)
{
    (void)state;
    struct qp_leads *l = fresh();
    for (int i = 0; i < 600; i++) {
        char id[16], title[64];
        snprintf(id, sizeof id, "%s%d", i < 300 ? "m" : "n", i % 300);
        snprintf(title, sizeof title, "a%d b%d c%d d%d e%d f%d", i % 300, i % 300, i % 300, i % 300, i % 300,
                 i % 300);
        struct qp_lead_verdict v = say(l, id, i, title);
        id[0] = 'm';
        assert_string_equal(v.lead, id);
    }
    qp_leads_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leads_are_those_of_a_plain_comparison),
        cmocka_unit_test(numbers_accounts_and_names_of_persons_are_no_terms),
        cmocka_unit_test(a_shared_telephone_brings_nothing_together),
        cmocka_unit_test(texts_are_read_as_the_rule_says),
        cmocka_unit_test(logarithms_are_right_to_a_ten_thousandth),
        cmocka_unit_test(the_same_named_thing_joins_at_less_when_family_time_and_place_agree),
        cmocka_unit_test(a_lead_says_by_which_words),
        cmocka_unit_test(words_that_share_a_bucket_keep_their_own_counts),
        cmocka_unit_test(counts_of_two_nodes_are_those_of_their_matters_together),
        cmocka_unit_test(bad_fields_are_named_and_change_nothing),
        cmocka_unit_test(many_different_words_are_all_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
