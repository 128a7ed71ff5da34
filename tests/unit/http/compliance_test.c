/* compliance_test.c: what of the planned patrols was done, over HTTP (GR4). */
#include "node/http/shape/json_read.h"
#include "tests/unit/http/duty.h"

/* Of one that comes by an importer, with all its times. */
static void imported(struct rig *r, const char *day, const char *from, const char *middle, const char *to,
                     bool police)
{
    char body[200], path[120];
    snprintf(body, sizeof body, "{\"grid\":\"g1\",\"police\":%s,\"at\":\"%sT%s:00Z\"}",
             police ? "true" : "false", day, from);
    struct answer *a = status(post(r, "/api/v1/patrols", body), 201);
    char id[40];
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    const char *const at[] = {from, middle, to};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "/api/v1/patrols/%s/checkpoint", id);
        snprintf(body, sizeof body, "{\"at\":\"%sT%s:00Z\"}", day, at[i]);
        done(post(r, path, body), 200);
    }
    snprintf(path, sizeof path, "/api/v1/patrols/%s/stop", id);
    done(post(r, path, body), 200);
}

static void plan(struct rig *r)
{
    done(post(r, "/api/v1/grids", GRID), 201);
    done(ask(r, "PUT", "/api/v1/policy",
             "{\"version\":\"p\",\"title\":\"T\",\"categories\":[{\"code\":\"\",\"title\":\"其他\"}],"
             "\"rules\":{\"patrol\":{\"per_day\":2,\"minutes\":8,\"police\":true}}}",
             r->token, NULL),
         200);
}

/* The grid is as old as that: the time of its first fact, in its row. */
static void made_at(struct rig *r, int64_t at_us)
{
    struct qp_txn t;
    MDB_val v;
    uint8_t row[1024];
    assert_int_equal(qp_store_begin(r->store, &t, NULL), 0);
    MDB_dbi dbi = qp_store_dbi(r->store, QP_T_GRID);
    assert_int_equal(qp_get(t.tables, dbi, "rg1", 3, &v), 0);
    assert_true(v.mv_size <= sizeof row);
    memcpy(row, v.mv_data, v.mv_size);
    qp_be64(row + 8, (uint64_t)at_us);
    assert_int_equal(qp_put(t.tables, dbi, "rg1", 3, row, v.mv_size, NULL), 0);
    assert_int_equal(qp_store_commit_journal(&t, NULL), 0);
    assert_int_equal(qp_store_commit_tables(&t, NULL), 0);
}

static void counted(const struct answer *a, const char *row, int planned, int met, int shorter, int missed)
{
    char text[120], path[40];
    static const char *const of[] = {"planned", "met", "short", "missed"};
    const int wanted[] = {planned, met, shorter, missed};
    for (size_t i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s.%s", row, of[i]);
        snprintf(text, sizeof text, "%s: %d instead of %d", path, (int)int_at(a, path), wanted[i]);
        if (int_at(a, path) != wanted[i])
            fail_msg("%s", text);
    }
}

/* What is too short on one day, and what is beyond the plan, makes up for nothing on another. */
static void what_was_missed_is_counted_by_grid_and_day(void **state)
{
    struct rig *r = *state;
    static const char *const span = "from=2026-01-03&to=2026-01-09";
    char path[160];
    plan(r);
    made_at(r, INT64_C(1767499200000000)); /* 2026-01-04 12:00 there: planned from the day after */
    imported(r, "2026-01-05", "02:00", "02:04", "02:08", true);
    imported(r, "2026-01-05", "03:00", "03:04", "03:08", true);
    imported(r, "2026-01-05", "04:00", "04:04", "04:08", true); /* beyond the plan */
    for (int i = 0; i < 3; i++) {
        const char *const at[][3] = {
            {"02:00", "02:02", "02:04"}, {"03:00", "03:02", "03:04"}, {"04:00", "04:02", "04:04"}};
        imported(r, "2026-01-06", at[i][0], at[i][1], at[i][2],
                 true); /* short, and one more than was wanted */
    }
    imported(r, "2026-01-07", "02:00", "02:04", "02:08", true);
    snprintf(path, sizeof path, "/api/v1/patrols:compliance?by=day&%s", span);
    struct answer *a = status(get(r, path), 200);
    assert_int_equal(json_array_size(at(a, "rows")), 4);
    counted(a, "rows.0", 2, 2, 0, 0);
    counted(a, "rows.1", 2, 0, 2, 0);
    counted(a, "rows.2", 2, 1, 0, 1);
    counted(a, "rows.3", 2, 0, 0, 2);
    counted(a, "total", 8, 3, 2, 3);
    answer_free(a);
    static const char *const by[] = {"grid", "area", "week"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof path, "/api/v1/patrols:compliance?by=%s&%s", by[i], span);
        a = status(get(r, path), 200);
        counted(a, "rows.0", 8, 3, 2, 3);
        counted(a, "total", 8, 3, 2, 3);
        answer_free(a);
    }
}

static int days_of(const struct answer *a)
{
    struct tm t[2] = {{0}, {0}};
    for (int i = 0; i < 2; i++) {
        sscanf(text_at(a, i ? "to" : "from"), "%d-%d-%d", &t[i].tm_year, &t[i].tm_mon, &t[i].tm_mday);
        t[i].tm_year -= 1900;
        t[i].tm_mon--;
    }
    return (int)((timegm(&t[1]) - timegm(&t[0])) / 86400);
}

static void what_is_done_today_makes_up_for_no_other_day(void **state)
{
    struct rig *r = *state;
    int64_t now = qp_wall_us() / 1000000;
    char day[16], times[3][8];
    if ((now + 8 * 3600) % 86400 < 3600 || now % 86400 < 3600) /* too early in the day there, or in UTC */
        skip();
    plan(r);
    made_at(r, (now - 2 * 86400) * 1000000); /* planned for one day: yesterday */
    for (int i = 0; i < 3; i++) {
        time_t t = (time_t)(now - 20 * 60 + i * 240);
        strftime(times[i], sizeof times[i], "%H:%M", gmtime(&t));
        strftime(day, sizeof day, "%Y-%m-%d", gmtime(&t));
    }
    imported(r, day, times[0], times[1], times[2], true);
    struct answer *a = status(get(r, "/api/v1/patrols:compliance"), 200);
    assert_int_equal(days_of(a), 7); /* the usual week */
    counted(a, "total", 2, 0, 0, 2);
    assert_int_equal(int_at(a, "total.done"), 1);
    answer_free(a);
}

/* A grid that is made today, and patrols that are brought in: who walked, walked; who did not, nobody can say. */
static void what_was_planned_done_short_and_missed_is_counted(void **state)
{
    struct rig *r = *state;
    plan(r);
    imported(r, "2026-01-05", "02:00", "02:04", "02:08", true);  /* done */
    imported(r, "2026-01-05", "03:00", "03:04", "03:08", true);  /* done */
    imported(r, "2026-01-05", "04:00", "04:04", "04:08", true);  /* beyond the plan: not counted */
    imported(r, "2026-01-06", "02:00", "02:02", "02:04", true);  /* short: too few minutes */
    imported(r, "2026-01-06", "03:00", "03:04", "03:08", false); /* short: without police */
    struct answer *a = status(get(r, "/api/v1/patrols:compliance?by=day&from=2026-01-05&to=2026-01-08"), 200);
    assert_int_equal(json_array_size(at(a, "rows")), 2);
    assert_string_equal(text_at(a, "rows.0.key"), "2026-01-05");
    assert_int_equal(int_at(a, "rows.0.done"), 2);
    assert_int_equal(int_at(a, "rows.0.missed"), 0);
    assert_int_equal(int_at(a, "rows.1.short"), 2);
    assert_int_equal(int_at(a, "rows.1.missed"), 0);
    assert_int_equal(int_at(a, "total.planned"), 4);
    answer_free(a);
    a = status(get(r, "/api/v1/patrols:compliance?by=grid&from=2026-01-05&to=2026-01-08"), 200);
    assert_string_equal(text_at(a, "rows.0.key"), "g1");
    assert_int_equal(int_at(a, "rows.0.done"), 2);
    answer_free(a);
    a = status(get(r, "/api/v1/patrols:compliance?by=week&from=2026-01-05&to=2026-01-08"), 200);
    assert_string_equal(text_at(a, "rows.0.key"), "2026-W02");
    answer_free(a);
    a = status(get(r, "/api/v1/patrols:compliance?from=2026-01-05&to=2026-01-08"), 200);
    assert_string_equal(text_at(a, "rows.0.key"), "suzhou");
    assert_int_equal(int_at(a, "rows.0.planned"), 4);
    answer_free(a);
}

/* Ended today and made again: of the days before it was made again nothing was missed. */
static void a_grid_that_was_made_again_missed_nothing_while_it_was_gone(void **state)
{
    struct rig *r = *state;
    plan(r);
    made_at(r, INT64_C(1767499200000000));
    struct answer *a = status(get(r, "/api/v1/patrols:compliance?from=2026-01-05&to=2026-01-08"), 200);
    counted(a, "total", 6, 0, 0, 6);
    answer_free(a);
    done(ask(r, "PATCH", "/api/v1/grids/g1", "{\"title\":\"x\"}", r->token, NULL), 200);
    a = status(get(r, "/api/v1/patrols:compliance?from=2026-01-05&to=2026-01-08"), 200);
    counted(a, "total", 6, 0, 0, 6); /* said anew it stands on */
    answer_free(a);
    done(ask(r, "DELETE", "/api/v1/grids/g1", NULL, r->token, NULL), 200);
    done(post(r, "/api/v1/grids", GRID), 201);
    a = status(get(r, "/api/v1/patrols:compliance?from=2026-01-05&to=2026-01-08"), 200);
    counted(a, "total", 0, 0, 0, 0);
    answer_free(a);
}

/* Its person's phone is gone: two days later it is what it was, not missed. */
static void a_patrol_that_nobody_stopped_is_short(void **state)
{
    struct rig *r = *state;
    char path[120];
    plan(r);
    struct answer *a = status(
        post(r, "/api/v1/patrols", "{\"grid\":\"g1\",\"police\":true,\"at\":\"2026-01-05T02:00:00Z\"}"), 201);
    snprintf(path, sizeof path, "/api/v1/patrols/%s/checkpoint", text_at(a, "id"));
    answer_free(a);
    done(post(r, path, "{\"at\":\"2026-01-05T02:03:00Z\"}"), 200);
    a = status(get(r, "/api/v1/patrols:compliance?by=day&from=2026-01-05&to=2026-01-08"), 200);
    counted(a, "total", 2, 0, 1, 1);
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_was_missed_is_counted_by_grid_and_day),
        TEST(what_is_done_today_makes_up_for_no_other_day),
        TEST(a_grid_that_was_made_again_missed_nothing_while_it_was_gone),
        TEST(a_patrol_that_nobody_stopped_is_short),
        TEST(what_was_planned_done_short_and_missed_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
