/* query_test.c: every question gets the same answer from the cells, from a scan of the matters, and from
 * counting. */
#include "tests/unit/insight/town.h"

static void town_fill(struct town *t, const char *zone, uint64_t seed)
{
    town_open(t, zone, seed);
    turn_begin(t);
    for (size_t i = 0; i < TOWN_MATTERS; i++) {
        struct matter m;
        matter_make(t, &m);
        for (uint64_t n = town_random(t, 6); n > 0; n--)
            matter_alter(t, &m);
        matter_set(t, i, &m);
    }
    assert_int_equal(turn_end(t), 0);
}

static int64_t local(struct town *t, const char *text)
{
    int64_t us;
    struct qp_err e = {0};
    if (qp_time_parse_local(&us, text, t->zone, &e))
        fail_msg("%s", e.text);
    return us;
}

static void range_set(struct qp_board_query *q, struct town *t, const char *from, const char *to)
{
    q->has_from = from;
    q->has_to = to;
    q->from_us = from ? local(t, from) : 0;
    q->to_us = to ? local(t, to) : 0;
}

static void filters_set(struct qp_board_query *q, unsigned which)
{
    q->category = which & 1 ? "noise \"x\"" : NULL; /* "noise" is another */
    q->source = which & 2 ? "12345" : NULL;
    q->desk = which & 4 ? "" : NULL;
}

static const char *const ranges[][2] = {
    {NULL, NULL},
    {"2011-01-01", "2012-01-01"},
    {"2011-03-13", "2011-03-14"},
    {NULL, "2011-06-30"},
    {"2011-11-06", NULL},
    {"2011-02-11", "2011-09-20"},
    {"2011-03-10T05:00:00", "2011-03-13T15:00:00"},
    {"2011-11-06T00:00:00", "2011-11-06T01:00:00"},
    {"2011-06-15T12:30:00.250", "2011-08-15"},
    {"2011-07-01", "2011-07-01"},
};

static void by_cells_by_scan_and_by_counting_are_the_same(void **state)
{
    (void)state;
    static struct town t;
    static const char *const areas[] = {NULL, "suzhou/yongqiao/tuohe", "suzhou/yongqiao/tuohe/hanchizi"};
    town_fill(&t, "America/New_York", seed_of_run());
    for (int by = QP_SPLIT_AREA; by <= QP_SPLIT_MONTH; by++) {
        for (unsigned which = 0; which < 8; which++) {
            for (size_t r = 0; r < sizeof ranges / sizeof *ranges; r++) {
                struct qp_board_query q = {.by = (enum qp_split)by, .area = areas[(r + which) % 3]};
                range_set(&q, &t, ranges[r][0], ranges[r][1]);
                filters_set(&q, which);
                assert_answers(&t, &q);
            }
        }
    }
    town_close(&t);
}

static void random_questions_in_every_kind_of_zone(void **state)
{
    (void)state;
    static struct town t;
    static const char *const zones[] = {"UTC", "Asia/Shanghai", "America/St_Johns", "Pacific/Apia",
                                        "Australia/Lord_Howe"};
    static const char *const areas[] = {NULL,
                                        "suzhou/yongqiao",
                                        "suzhou/yongqiao/tuohe",
                                        "suzhou/yongqiao/tuohe/beiguan",
                                        "suzhou/yongqiao/dongguan",
                                        "suzhou/yongqiao/nobody"};
    uint64_t seed = seed_of_run();
    for (size_t z = 0; z < sizeof zones / sizeof *zones; z++) {
        town_fill(&t, zones[z], seed + z);
        for (int i = 0; i < 300; i++) {
            struct qp_board_query q = {
                .by = (enum qp_split)(QP_SPLIT_AREA + town_random(&t, 8)),
                .area = areas[town_random(&t, 6)],
                .has_from = town_random(&t, 3) > 0,
                .has_to = town_random(&t, 3) > 0,
            };
            int64_t border[2];
            for (int b = 0; b < 2; b++) {
                border[b] = town_time(&t);
                switch (town_random(&t, 5)) {
                case 0: break;
                case 1: border[b] = (int64_t)qp_bucket_hour(t.zone, border[b]) * 60000000; break;
                default: border[b] = qp_day_start(t.zone, qp_bucket_day(t.zone, border[b])); break;
                }
            }
            q.from_us = border[0] < border[1] ? border[0] : border[1];
            q.to_us = border[0] < border[1] ? border[1] : border[0];
            filters_set(&q, (unsigned)town_random(&t, 8));
            assert_answers(&t, &q);
        }
        town_close(&t);
    }
}

static bool scanned(struct town *t, const struct qp_board_query *q)
{
    struct qp_read r;
    struct qp_err e = {0};
    struct qp_board_result out;
    assert_int_equal(qp_read_begin(t->store, &r, NULL), 0);
    if (qp_board_ask(&out, &r, TOWN_SELF, t->zone, q, &e))
        fail_msg("%s", e.text);
    qp_read_end(&r);
    qp_board_result_free(&out);
    return out.scanned;
}

/* by, how many filters, which range: whether the cells suffice. A letter each for no filter, its own
 * dimension's (else category), two. */
static void cells_answer_all_that_they_can(void **state)
{
    (void)state;
    static struct town t;
    static const struct {
        enum qp_split by;
        const char *days, *hours; /* c cells, s scan */
    } cases[] = {
        {QP_SPLIT_AREA, "ccs", "css"},     {QP_SPLIT_DESK, "ccs", "sss"},  {QP_SPLIT_SOURCE, "ccs", "sss"},
        {QP_SPLIT_CATEGORY, "ccs", "sss"}, {QP_SPLIT_HOUR, "css", "css"},  {QP_SPLIT_DAY, "ccs", "css"},
        {QP_SPLIT_WEEK, "ccs", "css"},     {QP_SPLIT_MONTH, "ccs", "css"},
    };
    town_fill(&t, "America/New_York", 11);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int filter = 0; filter < 3; filter++) {
            for (int hours = 0; hours < 2; hours++) {
                struct qp_board_query q = {.by = cases[i].by};
                range_set(&q, &t, hours ? "2011-03-02T04:00:00" : "2011-03-02", "2011-11-20");
                if (filter > 0)
                    filters_set(&q, filter == 2               ? 6
                                    : q.by == QP_SPLIT_DESK   ? 4
                                    : q.by == QP_SPLIT_SOURCE ? 2
                                                              : 1);
                bool want = (hours ? cases[i].hours : cases[i].days)[filter] == 's';
                if (scanned(&t, &q) != want)
                    fail_msg("by %d, filters %d, %s", (int)q.by, filter, hours ? "hours" : "days");
            }
        }
    }
    struct qp_board_query other = {.by = QP_SPLIT_DESK, .category = "a"};
    assert_true(scanned(&t, &other));
    struct qp_board_query odd = {
        .by = QP_SPLIT_MONTH, .has_from = true, .from_us = local(&t, "2011-03-02T04:30:00")};
    assert_true(scanned(&t, &odd));
    town_close(&t);
}

static void rows_come_in_order_and_add_up_to_the_total(void **state)
{
    (void)state;
    static struct town t;
    town_fill(&t, "America/New_York", seed_of_run());
    for (int by = QP_SPLIT_AREA; by <= QP_SPLIT_MONTH; by++) {
        struct qp_board_query q = {.by = (enum qp_split)by};
        struct qp_board_result out;
        struct qp_read r;
        int64_t opened = 0, closed = 0;
        assert_int_equal(qp_read_begin(t.store, &r, NULL), 0);
        assert_int_equal(qp_board_ask(&out, &r, TOWN_SELF, t.zone, &q, NULL), 0);
        qp_read_end(&r);
        for (size_t i = 0; i < out.n; i++) {
            opened += out.rows[i].c.opened;
            closed += out.rows[i].c.closed;
            if (i > 0 && by >= QP_SPLIT_HOUR)
                assert_true(out.rows[i - 1].bucket < out.rows[i].bucket);
            else if (i > 0)
                assert_true(strcmp(out.rows[i - 1].key, out.rows[i].key) < 0);
        }
        assert_int_equal(opened, out.total.opened);
        assert_int_equal(closed, out.total.closed);
        qp_board_result_free(&out);
    }
    town_close(&t);
}

static void an_area_elsewhere_is_not_found(void **state)
{
    (void)state;
    static struct town t;
    static const char *const areas[] = {"suzhou", "suzhou/yongqiao-2", "suzhou/dangshan",
                                        "",       "Suzhou/Yongqiao",   "suzhou/yongqiao/"};
    town_fill(&t, "UTC", 12);
    struct qp_read r;
    assert_int_equal(qp_read_begin(t.store, &r, NULL), 0);
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
        struct qp_board_query q = {.by = QP_SPLIT_DAY, .area = areas[i]};
        struct qp_board_result out;
        struct qp_err e = {0};
        assert_int_equal(qp_board_ask(&out, &r, TOWN_SELF, t.zone, &q, &e), QP_ENOTFOUND);
        assert_non_null(strstr(e.text, TOWN_SELF));
        assert_null(out.rows);
    }
    qp_read_end(&r);
    town_close(&t);
}

static void the_day_of_the_clock_change_has_its_hours(void **state)
{
    (void)state;
    static struct town t;
    static const char *const at[] = {"2011-11-06T05:10:00Z", "2011-11-06T06:10:00Z", "2011-11-06T06:50:00Z",
                                     "2011-11-06T07:00:00Z"};
    static const char *const keys[] = {"2011-11-06T01:00-04:00", "2011-11-06T01:00-05:00",
                                       "2011-11-06T02:00-05:00"};
    static const int64_t counts[] = {1, 2, 1};
    town_open(&t, "America/New_York", 13);
    turn_begin(&t);
    for (size_t i = 0; i < 4; i++) {
        struct matter m;
        matter_make(&t, &m);
        m.face.area = (char *)(uintptr_t)TOWN_SELF;
        assert_int_equal(qp_time_parse(&m.face.opened_us, at[i], NULL), 0);
        qp_board_buckets(&m.row, t.zone);
        matter_set(&t, i, &m);
    }
    assert_int_equal(turn_end(&t), 0);
    struct qp_board_query q = {.by = QP_SPLIT_HOUR};
    struct qp_board_result out;
    struct qp_read r;
    range_set(&q, &t, "2011-11-06", "2011-11-07");
    assert_int_equal(q.to_us - q.from_us, INT64_C(25) * 3600000000);
    assert_int_equal(qp_read_begin(t.store, &r, NULL), 0);
    assert_int_equal(qp_board_ask(&out, &r, TOWN_SELF, t.zone, &q, NULL), 0);
    qp_read_end(&r);
    assert_int_equal(out.n, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(out.rows[i].key, keys[i]);
        assert_int_equal(out.rows[i].c.opened, counts[i]);
    }
    qp_board_result_free(&out);
    town_close(&t);
}

static void keys_are_as_the_api_prints_them(void **state)
{
    (void)state;
    static struct town t;
    static const struct {
        enum qp_split by;
        const char *key;
    } cases[] = {
        {QP_SPLIT_HOUR, "2011-01-01T05:00-05:00"},
        {QP_SPLIT_DAY, "2011-01-01"},
        {QP_SPLIT_WEEK, "2010-W52"},
        {QP_SPLIT_MONTH, "2011-01"},
        {QP_SPLIT_AREA, "suzhou/yongqiao/tuohe"},
        {QP_SPLIT_DESK, ""},
        {QP_SPLIT_SOURCE, "110"},
        {QP_SPLIT_CATEGORY, "井盖"},
    };
    town_open(&t, "America/New_York", 14);
    turn_begin(&t);
    struct matter m;
    matter_make(&t, &m);
    m.face.area = (char *)(uintptr_t) "suzhou/yongqiao/tuohe/hanchizi";
    m.face.desk = (char *)(uintptr_t) "";
    m.face.source = (char *)(uintptr_t) "110";
    m.face.category = (char *)(uintptr_t) "井盖";
    m.face.opened_us = local(&t, "2011-01-01T05:59:59");
    qp_board_buckets(&m.row, t.zone);
    matter_set(&t, 0, &m);
    assert_int_equal(turn_end(&t), 0);
    struct qp_read r;
    assert_int_equal(qp_read_begin(t.store, &r, NULL), 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct qp_board_query q = {.by = cases[i].by};
        struct qp_board_result out;
        assert_int_equal(qp_board_ask(&out, &r, TOWN_SELF, t.zone, &q, NULL), 0);
        assert_int_equal(out.n, 1);
        assert_string_equal(out.rows[0].key, cases[i].key);
        qp_board_result_free(&out);
    }
    qp_read_end(&r);
    town_close(&t);
}

static void by_is_read_from_its_word(void **state)
{
    (void)state;
    assert_int_equal(qp_split_parse("area"), QP_SPLIT_AREA);
    assert_int_equal(qp_split_parse("category"), QP_SPLIT_CATEGORY);
    assert_int_equal(qp_split_parse("week"), QP_SPLIT_WEEK);
    assert_int_equal(qp_split_parse("month"), QP_SPLIT_MONTH);
    assert_int_equal(qp_split_parse("year"), 0);
    assert_int_equal(qp_split_parse(""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_cells_by_scan_and_by_counting_are_the_same),
        cmocka_unit_test(random_questions_in_every_kind_of_zone),
        cmocka_unit_test(cells_answer_all_that_they_can),
        cmocka_unit_test(rows_come_in_order_and_add_up_to_the_total),
        cmocka_unit_test(an_area_elsewhere_is_not_found),
        cmocka_unit_test(the_day_of_the_clock_change_has_its_hours),
        cmocka_unit_test(keys_are_as_the_api_prints_them),
        cmocka_unit_test(by_is_read_from_its_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
