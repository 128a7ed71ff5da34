/* feed_test.c: what the feed leaves out, and what it may not leave out in silence (SK3, SK4). */
#include "node/http/wire/inside.h"
#include "tests/unit/http/rig.h"

#include <stdio.h>

static void opened(struct rig *r, char id[40])
{
    struct answer *a = ask(r, "POST", "/api/v1/matters",
                           "{\"category\":\"c\",\"title\":\"t\",\"source\":\"110\"}", r->token, NULL);
    assert_int_equal(a->status, 201);
    snprintf(id, 40, "%s", text_at(a, "id"));
    answer_free(a);
}

static void stepped(struct rig *r, const char *id, const char *step, const char *body)
{
    char path[120];
    snprintf(path, sizeof path, "/api/v1/matters/%s/%s", id, step);
    struct answer *a = ask(r, "POST", path, body, r->token, NULL);
    if (a->status != 200)
        fail_msg("%s: %d %s", path, a->status, a->body);
    answer_free(a);
}

static void of_a_result_it_says_only_that_there_is_one(void **state)
{
    struct rig *r = *state;
    char id[40], first[40], body[120];
    opened(r, first);
    stepped(r, first, "close", "{\"result\":\"told Zhang 13900001111\"}");
    struct answer *a = ask(r, "GET", "/api/v1/feed?after=0", NULL, r->token, NULL);
    assert_int_equal(a->status, 200);
    assert_null(strstr(a->body, "Zhang"));
    assert_non_null(strstr(a->body, "\"result\":\"said\""));
    answer_free(a);
    opened(r, id);
    snprintf(body, sizeof body, "{\"result\":\"duplicate\",\"of\":\"%s\"}", first);
    stepped(r, id, "close", body);
    a = ask(r, "GET", "/api/v1/feed?after=0", NULL, r->token, NULL);
    assert_non_null(strstr(a->body, "\"result\":\"duplicate\""));
    answer_free(a);
}

/* A row that cannot be read. */
static void damage(struct rig *r, const char *id)
{
    uint8_t matter[QP_ID_LEN], broken[] = {0xff, 0xff, 0xff};
    struct qp_txn t;
    struct qp_err e;
    MDB_val k = {sizeof matter, matter}, v = {sizeof broken, broken};
    assert_int_equal(qp_id_parse(matter, id), 0);
    rig_hold(r);
    assert_int_equal(qp_store_begin(r->store, &t, &e), 0);
    assert_int_equal(mdb_put(t.tables, qp_store_dbi(r->store, QP_T_MATTER), &k, &v, 0), 0);
    assert_int_equal(qp_store_commit_journal(&t, &e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &e), 0);
    rig_release(r);
}

static void a_row_that_is_damaged_is_said_and_not_left_out(void **state)
{
    struct rig *r = *state;
    char id[40];
    opened(r, id);
    damage(r, id);
    struct answer *a = ask(r, "GET", "/api/v1/feed?after=0", NULL, r->token, NULL);
    assert_int_equal(a->status, 500);
    assert_string_equal(text_at(a, "error.code"), "corrupt");
    answer_free(a);
}

/* The rows of one record's matters are larger together than the memory that one record has. */
static void a_record_of_many_long_matters_is_copied_too(void **state)
{
    struct rig *r = *state;
    enum { N = 930, EACH = 186, LINE = 18000 };
    char *body = malloc(EACH * LINE + 1), *p, text[16385], long_line[501];
    static char ids[N][27];
    memset(text, 'a', 16384);
    text[16384] = '\0';
    memset(long_line, 'b', 500);
    long_line[500] = '\0';
    for (int k = 0; k < N / EACH; k++) {
        p = body;
        for (int i = 0; i < EACH; i++)
            p += sprintf(
                p,
                "{\"category\":\"c\",\"title\":\"%s\",\"source\":\"s\",\"place\":\"%s\",\"text\":\"%s\"}\n",
                long_line, long_line, text);
        struct answer *a =
            ask(r, "POST", "/api/v1/matters:batch", body, r->token, "Content-Type: application/x-ndjson\r\n");
        assert_int_equal(a->status, 200);
        const char *found = a->body;
        for (int i = 0; i < EACH; i++) {
            found = strstr(found, "\"id\":\"");
            assert_non_null(found);
            found += 6;
            snprintf(ids[k * EACH + i], 27, "%.26s", found);
        }
        answer_free(a);
    }
    p = body;
    for (int i = 0; i < N; i++)
        p += sprintf(p, "{\"id\":\"%s\",\"step\":\"comment\",\"text\":\"x\"}\n", ids[i]);
    answer_free(
        ask(r, "POST", "/api/v1/matters:batch", body, r->token, "Content-Type: application/x-ndjson\r\n"));
    free(body);
    /* from the record before the comments on, so that their rows do not stand with their openings */
    struct answer *a = ask(r, "GET", "/api/v1/feed?after=0&limit=10000", NULL, r->token, NULL);
    char *until = strstr(a->body, "\"type\":\"commented\""), *before = NULL, path[160], hash[65];
    assert_non_null(until);
    *until = '\0';
    for (char *e = a->body; (e = strstr(e, "{\"record\":")); e++)
        before = e;
    assert_non_null(before);
    assert_int_equal(sscanf(strstr(before, "\"hash\""), "\"hash\":\"%64[0-9a-f]", hash), 1);
    snprintf(path, sizeof path, "/api/v1/feed?after=%lld&hash=%s", atoll(before + 10), hash);
    answer_free(a);
    a = ask(r, "GET", path, NULL, r->token, NULL);
    if (a->status != 200)
        fail_msg("%d %s", a->status, a->body);
    int said = 0;
    for (const char *e = a->body; (e = strstr(e, "\"type\":\"commented\"")); e++)
        said++;
    assert_int_equal(said, N);
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(of_a_result_it_says_only_that_there_is_one, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_row_that_is_damaged_is_said_and_not_left_out, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(a_record_of_many_long_matters_is_copied_too, rig_up, rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
