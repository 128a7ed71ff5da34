/* facts_test.c: what a matter adds to the counts, by its row alone; and that a packed row says the same as an
 * unpacked one. */
#include "tests/unit/insight/town.h"

#define HOUR_US INT64_C(3600000000)

static void contribution(struct qp_contribution *c, const Qp__Row *row)
{
    struct qp_facts f;
    qp_facts_of(&f, row);
    qp_contribution_of(c, &f);
}

static const char *const names[QP_FIGURES] = {
#define X(id, name, moment, adds) #name,
    QP_BOARD_FIGURES(X)
#undef X
};

/* The figures that are not zero, by name. */
static void assert_counts(const struct qp_moment_share *s, const char *want)
{
    char got[512] = "";
    for (int i = 0; i < QP_FIGURES; i++) {
        assert_in_range(s->n[i], 0, 1);
        size_t len = strlen(got);
        if (s->n[i])
            snprintf(got + len, sizeof got - len, "%s%s", len ? " " : "", names[i]);
    }
    assert_string_equal(got, want);
}

static void a_matter_counts_at_its_opening_closing_and_visit(void **state)
{
    (void)state;
    struct town t = {.random = 1};
    struct matter m;
    struct qp_contribution c;
    assert_int_equal(qp_zone_load(&t.zone, "America/New_York", NULL), 0);
    matter_make(&t, &m);
    m.face.deadline_us = 0;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open");
    assert_false(c.share[QP_M_CLOSING].there);
    assert_false(c.share[QP_M_VISIT].there);

    m.row.overdue = true;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open overdue");

    m.face.closed_us = m.face.opened_us + 2 * HOUR_US + 999999; /* no deadline: neither on time nor late */
    qp_board_buckets(&m.row, t.zone);
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING],
                  "opened"); /* closed: neither open nor overdue, whatever the sweep said */
    assert_counts(&c.share[QP_M_CLOSING], "closed");
    assert_true(c.share[QP_M_CLOSING].handled);
    assert_int_equal(c.share[QP_M_CLOSING].handle_bucket, qp_sketch_bucket(7200));

    m.face.deadline_us = m.face.closed_us; /* not after the deadline is on time */
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_CLOSING], "closed on_time");
    m.face.deadline_us = m.face.closed_us - 1;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_CLOSING], "closed late");

    m.face.visit = &m.visit;
    m.visit.at_us = m.face.closed_us + HOUR_US;
    static const char *const visits[] = {"visited", "visited satisfied", "visited unsatisfied"};
    for (uint32_t s = 0; s < 3; s++) {
        m.visit.satisfied = s;
        qp_board_buckets(&m.row, t.zone);
        contribution(&c, &m.row);
        assert_counts(&c.share[QP_M_VISIT], visits[s]);
        assert_int_equal(c.share[QP_M_VISIT].hour, qp_bucket_hour(t.zone, m.visit.at_us));
    }
    qp_zone_free(t.zone);
}

/* One fact at a time, and what the matter then adds at its opening. */
static void what_is_so_now_belongs_to_the_opening(void **state)
{
    (void)state;
    struct town t = {.random = 5};
    struct matter m;
    struct qp_contribution c;
    Qp__Offer offer = QP__OFFER__INIT;
    assert_int_equal(qp_zone_load(&t.zone, "Asia/Shanghai", NULL), 0);
    matter_make(&t, &m);
    m.face.deadline_us = 0;
    m.face.urgency = QP_URGENT;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open");
    m.face.urgency = QP_EMERGENCY;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open emergency");
    m.face.offer = &offer;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open emergency offered");
    matter_urge(&m, true);
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open emergency offered urged");
    m.face.returned = 2;
    m.face.closed_us = m.face.opened_us + HOUR_US; /* what was open is over, that it was returned is not */
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened returned");
    m.face.redo = 3;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened redo returned");
    m.face.extend_asked = 2; /* asked for twice: one matter */
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened redo returned extend_asked");
    m.face.extend_granted = 1;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened redo returned extend_asked extend_granted");
    qp_zone_free(t.zone);
}

/* A matter that still has time is due to nobody. */
static void due_is_what_its_deadline_has_decided(void **state)
{
    (void)state;
    struct town t = {.random = 6};
    struct matter m;
    struct qp_contribution c;
    assert_int_equal(qp_zone_load(&t.zone, "Asia/Shanghai", NULL), 0);
    matter_make(&t, &m);
    m.face.deadline_us = m.face.opened_us + 100 * HOUR_US;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open");
    m.row.overdue = true;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open overdue due");
    m.face.closed_us = m.face.deadline_us;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened due due_on_time");
    m.face.closed_us = m.face.deadline_us + 1;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened due");
    qp_zone_free(t.zone);
}

static void the_last_clock_of_signing_is_on_time_or_late(void **state)
{
    (void)state;
    struct town t = {.random = 7};
    struct matter m;
    struct qp_contribution c;
    assert_int_equal(qp_zone_load(&t.zone, "Asia/Shanghai", NULL), 0);
    matter_make(&t, &m);
    m.face.deadline_us = 0;
    matter_sign(&m, m.face.opened_us + HOUR_US, m.face.opened_us + HOUR_US);
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open signed_on_time");
    m.sign.due_us--;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open signed_late");
    m.sign.held = true; /* ended in a pause that had an end: its due was later */
    m.sign.until_due_us = m.sign.ended_us;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open signed_on_time");
    m.sign.end = QP_CLOCK_PASSED_ON; /* the offer was taken back or refused: nobody signed */
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open");
    m.sign.end = QP_CLOCK_DONE;
    m.sign.stage = QP_CLOCK_HANDLE;
    contribution(&c, &m.row);
    assert_counts(&c.share[QP_M_OPENING], "opened open");
    qp_zone_free(t.zone);
}

static void a_reopened_matter_is_again_what_it_was(void **state)
{
    (void)state;
    struct town t = {.random = 2};
    struct matter m, before;
    assert_int_equal(qp_zone_load(&t.zone, "Asia/Shanghai", NULL), 0);
    matter_make(&t, &m);
    matter_copy(&before, &m);
    struct qp_contribution was, is;
    contribution(&was, &before.row);
    m.face.closed_us = m.face.opened_us + HOUR_US;
    qp_board_buckets(&m.row, t.zone);
    assert_int_not_equal(m.row.closed_day, 0);
    m.face.closed_us = 0;
    qp_board_buckets(&m.row, t.zone);
    contribution(&is, &m.row);
    assert_memory_equal(&was, &is, sizeof was);
    assert_int_equal(m.row.closed_hour, 0); /* nothing is left behind in the row */
    assert_int_equal(m.row.handle_bucket, 0);
    qp_zone_free(t.zone);
}

static void buckets_are_local_days_and_hours(void **state)
{
    (void)state;
    static const struct {
        const char *zone, *at, *day, *hour;
    } cases[] = {
        {"America/New_York", "2011-07-01T03:59:59.999999Z", "2011-06-30", "2011-06-30T23:00-04:00"},
        {"America/New_York", "2011-07-01T04:00:00Z", "2011-07-01", "2011-07-01T00:00-04:00"},
        {"America/New_York", "2011-11-06T05:30:00Z", "2011-11-06", "2011-11-06T01:00-04:00"},
        {"America/New_York", "2011-11-06T06:30:00Z", "2011-11-06", "2011-11-06T01:00-05:00"},
        {"America/New_York", "2011-03-13T07:00:00Z", "2011-03-13", "2011-03-13T03:00-04:00"},
        {"Asia/Shanghai", "2026-02-28T16:00:00Z", "2026-03-01", "2026-03-01T00:00+08:00"},
        {"UTC", "2012-02-29T23:59:59Z", "2012-02-29", "2012-02-29T23:00+00:00"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct town t = {.random = 3};
        struct matter m;
        char text[32];
        assert_int_equal(qp_zone_load(&t.zone, cases[i].zone, NULL), 0);
        matter_make(&t, &m);
        assert_int_equal(qp_time_parse(&m.face.opened_us, cases[i].at, NULL), 0);
        qp_board_buckets(&m.row, t.zone);
        qp_bucket_day_text(text, m.row.opened_day);
        assert_string_equal(text, cases[i].day);
        qp_bucket_hour_text(text, t.zone, m.row.opened_hour);
        assert_string_equal(text, cases[i].hour);
        qp_zone_free(t.zone);
    }
}

static void times_beyond_all_years_have_buckets_too(void **state)
{
    (void)state;
    struct town t = {.random = 4};
    struct matter m;
    assert_int_equal(qp_zone_load(&t.zone, "Asia/Shanghai", NULL), 0);
    matter_make(&t, &m);
    m.face.opened_us = INT64_MIN;
    m.face.closed_us = INT64_MAX;
    qp_board_buckets(&m.row, t.zone);
    assert_true(m.row.opened_hour < 0 && m.row.opened_day < 0);
    assert_true(m.row.closed_hour > 0 && m.row.closed_day > 0);
    qp_zone_free(t.zone);
}

static bool same_text(struct qp_text a, struct qp_text b)
{
    return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

static void a_packed_row_says_what_the_row_says(void **state)
{
    (void)state;
    struct town t = {.random = seed_of_run()};
    struct matter m;
    assert_int_equal(qp_zone_load(&t.zone, "America/New_York", NULL), 0);
    for (int i = 0; i < 3000; i++) {
        matter_make(&t, &m);
        for (uint64_t n = town_random(&t, 8); n > 0; n--)
            matter_alter(&t, &m);
        Qp__Location place = QP__LOCATION__INIT; /* fixed-width fields, to be passed over */
        place.lat = 33.6;
        m.face.location = &place;
        uint8_t packed[1024];
        size_t len = qp__row__pack(&m.row, packed);
        struct qp_facts whole, read;
        qp_facts_of(&whole, &m.row);
        assert_int_equal(qp_facts_read(&read, packed, len), 0);
        assert_true(same_text(whole.area, read.area) && same_text(whole.desk, read.desk) &&
                    same_text(whole.source, read.source) && same_text(whole.category, read.category));
        struct qp_contribution a, b;
        qp_contribution_of(&a, &whole);
        qp_contribution_of(&b, &read);
        assert_memory_equal(&a, &b, sizeof a);
        for (size_t cut = 1; cut < len;
             cut += 7) { /* cut short: refused, or whole fields are missing; never read beyond */
            uint8_t *exact = malloc(cut);
            memcpy(exact, packed, cut);
            qp_facts_read(&read, exact, cut);
            free(exact);
        }
        packed[town_random(&t, len)] ^= (uint8_t)(1 << town_random(&t, 8));
        qp_facts_read(&read, packed, len);
    }
    qp_zone_free(t.zone);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matter_counts_at_its_opening_closing_and_visit),
        cmocka_unit_test(what_is_so_now_belongs_to_the_opening),
        cmocka_unit_test(due_is_what_its_deadline_has_decided),
        cmocka_unit_test(the_last_clock_of_signing_is_on_time_or_late),
        cmocka_unit_test(a_reopened_matter_is_again_what_it_was),
        cmocka_unit_test(buckets_are_local_days_and_hours),
        cmocka_unit_test(times_beyond_all_years_have_buckets_too),
        cmocka_unit_test(a_packed_row_says_what_the_row_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
