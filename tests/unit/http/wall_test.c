/* wall_test.c: what GET /api/v1/wall says of emergencies, and how a wall stays logged in. */
#include "node/http/shape/recent.h"
#include "node/http/wire/inside.h"
#include "node/matter/matter.h"
#include "tests/unit/http/people.h"

#include <stdlib.h>
#include <string.h>

enum { MANY = 501, LINE = 160, PART = 100 };

static struct answer *batch(struct rig *r, const char *lines)
{
    return status(
        ask(r, "POST", "/api/v1/matters:batch", lines, r->token, "Content-Type: application/x-ndjson\r\n"),
        200);
}

/* Emergencies that are reported and closed again. */
static void storm(struct rig *r, int from, int n)
{
    char *reports = malloc((size_t)n * LINE), *closings = malloc((size_t)n * LINE);
    size_t len = 0, shut = 0;
    assert_true(reports && closings);
    for (int i = 0; i < n; i++)
        len += (size_t)snprintf(
            reports + len, LINE,
            "{\"category\":\"fire\",\"title\":\"t\",\"source\":\"s\",\"urgency\":\"emergency\","
            "\"key\":\"k%d\"}\n",
            from + i);
    struct answer *a = batch(r, reports);
    for (const char *at = a->body; (at = strstr(at, "\"id\":\"")); at += 6)
        shut += (size_t)snprintf(closings + shut, LINE,
                                 "{\"id\":\"%.26s\",\"step\":\"close\",\"result\":\"resolved\"}\n", at + 6);
    answer_free(a);
    a = batch(r, closings);
    int closed = 0;
    for (const char *at = a->body; (at = strstr(at, "\"state\":\"closed\"")); at++)
        closed++;
    answer_free(a);
    assert_int_equal(closed, n);
    free(reports);
    free(closings);
}

static void an_open_emergency_is_not_hidden_by_those_after_it(void **state)
{
    struct rig *r = *state;
    struct answer *a =
        status(post(r, "/api/v1/matters",
                    "{\"category\":\"fire\",\"title\":\"t\",\"source\":\"s\",\"urgency\":\"emergency\"}"),
               201);
    char id[27];
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    for (int done = 0; done < MANY; done += PART)
        storm(r, done, MANY - done < PART ? MANY - done : PART);
    a = status(get(r, "/api/v1/wall"), 200);
    assert_int_equal(json_integer_value(at(a, "emergencies.open")), 1);
    assert_int_equal(json_integer_value(at(a, "tree.emergency")), 1);
    assert_int_equal(json_array_size(at(a, "emergencies.items")), 1);
    assert_string_equal(text_at(a, "emergencies.items.0.id"), id);
    assert_true(json_is_false(at(a, "emergencies.more")));
    assert_non_null(text_at(a, "emergencies.last"));
    answer_free(a);
}

/* The session of that cookie as it would be had it begun so long ago. */
static void begun(struct rig *r, char cookie[COOKIE], int64_t ago_s)
{
    struct qp_login s;
    struct qp_err e;
    char text[QP_LOGIN_TEXT];
    const char *secret = strstr(cookie, "qipan_session=") + strlen("qipan_session=");
    snprintf(text, sizeof text, "%.*s", (int)strcspn(secret, "\r\n"), secret);
    assert_int_equal(qp_login_read(&r->http->logins, QP_LOGIN_COOKIE, text, qp_wall_us(), &s, &e), 0);
    qp_login_print(&r->http->logins, &s, qp_wall_us() - ago_s * INT64_C(1000000), text);
    snprintf(cookie, COOKIE, "Cookie: qipan_session=%s\r\n", text);
}

/* A wall's answer with that cookie; cookie becomes the one that came with it, if one did. */
static bool renewed(struct rig *r, char cookie[COOKIE])
{
    struct answer *a = status(ask(r, "GET", "/api/v1/wall", NULL, NULL, cookie), 200);
    const char *set = strstr(a->head, "Set-Cookie: ");
    if (set) {
        set += strlen("Set-Cookie: ");
        snprintf(cookie, COOKIE, "Cookie: %.*s\r\n", (int)strcspn(set, ";"), set);
    }
    answer_free(a);
    return set;
}

static void a_wall_that_asks_is_not_logged_out(void **state)
{
    struct rig *r = *state;
    char hall[COOKIE], old[COOKIE], desk[COOKIE];
    person(r, "hall", "\"screen\"", hall);
    person(r, "li", "\"dispatcher\"", desk);
    assert_false(renewed(r, hall)); /* it is young */
    begun(r, hall, QP_WALL_RENEWED_S + 60);
    memcpy(old, hall, sizeof old);
    assert_true(renewed(r, hall));
    assert_string_not_equal(old, hall);
    assert_false(renewed(r, hall));
    done(ask(r, "GET", "/api/v1/wall", NULL, NULL, old), 200); /* what was on its way still counts */
    begun(r, desk, QP_WALL_RENEWED_S + 60);                    /* who may more logs in again */
    assert_false(renewed(r, desk));
    begun(r, old, QP_SESSION_S - 1);
    assert_true(renewed(r, old));
    begun(r, old, QP_SESSION_S + 1);
    done(ask(r, "GET", "/api/v1/wall", NULL, NULL, old), 401);
    done(ask(r, "POST", "/api/v1/users/hall/password", "{\"password\":\"another long one\"}", r->token, NULL),
         200);
    done(ask(r, "GET", "/api/v1/wall", NULL, NULL, hall),
         401); /* and ends with its account's password, renewed or not */
}

/* As if the matter stood at a place below. */
static void put_at(struct rig *r, const char *id, char *area)
{
    uint8_t matter[QP_ID_LEN];
    struct qp_read rd;
    struct qp_txn t;
    struct qp_err e;
    Qp__Row *row;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    assert_int_equal(qp_id_parse(matter, id), 0);
    rig_hold(r);
    assert_int_equal(qp_read_begin(r->store, &rd, &e), 0);
    assert_int_equal(qp_matter_read(&rd, matter, &row, a, &e), 0);
    qp_read_end(&rd);
    row->face->area = area;
    size_t len = qp__row__get_packed_size(row);
    uint8_t *packed = malloc(len);
    qp__row__pack(row, packed);
    MDB_val k = {sizeof matter, matter}, v = {len, packed};
    assert_int_equal(qp_store_begin(r->store, &t, &e), 0);
    assert_int_equal(mdb_put(t.tables, qp_store_dbi(r->store, QP_T_MATTER), &k, &v, 0), 0);
    assert_int_equal(qp_store_commit_journal(&t, &e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &e), 0);
    rig_release(r);
    free(packed);
    qp_arena_free(a);
}

/* Of a quiet place, whose last event is older than a large record of others. */
static void the_feed_goes_back_behind_a_large_import(void **state)
{
    struct rig *r = *state;
    enum { N = 900, TEXT = 16384 };
    char *body = malloc(N * 100 + TEXT), id[27], place[] = "suzhou/quiet";
    struct answer *a = status(ask(r, "POST", "/api/v1/matters",
                                  "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\"}", r->token, NULL),
                              201);
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    put_at(r, id, place);
    int n = sprintf(body, "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\",\"text\":\"");
    memset(body + n, 'a', TEXT);
    strcpy(body + n + TEXT, "\"}");
    a = status(ask(r, "POST", "/api/v1/matters", body, r->token, NULL), 201);
    snprintf(id, sizeof id, "%s", text_at(a, "id"));
    answer_free(a);
    char *p = body;
    for (int i = 0; i < N; i++)
        p += sprintf(p, "{\"id\":\"%s\",\"step\":\"comment\",\"text\":\"%d\"}\n", id, i);
    answer_free(batch(r, body));
    free(body);
    struct qp_json j = {0};
    struct qp_read rd;
    size_t len;
    assert_int_equal(qp_read_begin(r->store, &rd, NULL), 0);
    qp_json_recent(&j, r->http, &rd, place, 40);
    qp_read_end(&rd);
    char *said = qp_json_take(&j, &len);
    assert_non_null(said);
    assert_non_null(strstr(said, "\"type\":\"opened\""));
    free(said);
    /* behind 400 records of others it does not look: then it says so */
    struct answer *w = status(ask(r, "GET", "/api/v1/wall?recent=true", NULL, r->token, NULL), 200);
    assert_true(json_is_null(at(w, "recent_since"))); /* it has as many as it tells */
    answer_free(w);
    for (int i = 0; i < 400; i++)
        answer_free(ask(r, "POST", "/api/v1/matters", "{\"category\":\"c\",\"title\":\"t\",\"source\":\"s\"}",
                        r->token, NULL));
    memset(&j, 0, sizeof j);
    assert_int_equal(qp_read_begin(r->store, &rd, NULL), 0);
    assert_true(qp_json_recent(&j, r->http, &rd, place, 40) > 0);
    qp_read_end(&rd);
    said = qp_json_take(&j, &len);
    assert_string_equal(said, "[]");
    free(said);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_open_emergency_is_not_hidden_by_those_after_it),
        TEST(a_wall_that_asks_is_not_logged_out),
        TEST(the_feed_goes_back_behind_a_large_import),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
