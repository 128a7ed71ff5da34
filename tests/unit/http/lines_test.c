/* lines_test.c: lists of lines over HTTP: of many lines, and of none that is the caller's. */
#include "tests/unit/http/people.h"

#include "node/line/line.h"

enum { MANY = 5200 };

/* A line with as many members as there may be, in the table alone. */
static void put_line(const struct qp_line_db *db, uint32_t number, const uint8_t *here, const char *name,
                     uint32_t kind)
{
    static Qp__LineMember m[QP_LINE_MEMBERS];
    static Qp__LineMember *v[QP_LINE_MEMBERS];
    uint8_t line[QP_ID_LEN] = {0}, node[QP_ID_LEN];
    char path[] = "suzhou", who[16];
    Qp__LineRow row = QP__LINE_ROW__INIT;
    memset(node, 9, sizeof node);
    qp_be32(line + 4, number);
    snprintf(who, sizeof who, "%s", name);
    for (int i = 0; i < QP_LINE_MEMBERS; i++) {
        qp__line_member__init(&m[i]);
        bool own = i == 0 || kind == QP_LINE_DESK;
        m[i].node = (ProtobufCBinaryData){QP_ID_LEN, own ? (uint8_t *)(uintptr_t)here : node};
        m[i].path = path;
        m[i].kind = kind;
        m[i].name = who;
        v[i] = &m[i];
    }
    row.opener = (ProtobufCBinaryData){QP_ID_LEN, node};
    row.by = who;
    row.members = v;
    row.n_members = QP_LINE_MEMBERS;
    assert_int_equal(qp_line_put(db, line, &row, NULL), 0);
    qp_arena_reset(db->a);
}

/* li's is the oldest of them. many 0: one whose members are all a desk of this node, as somebody else might name them. */
static void put_lines(struct rig *r, uint32_t many)
{
    struct qp_txn t;
    rig_hold(r);
    assert_int_equal(qp_store_begin(r->store, &t, NULL), 0);
    struct qp_line_db db = {.tables = t.tables,
                            .store = r->store,
                            .a = qp_arena_new(QP_DECODE_ARENA),
                            .self = qp_core_self(r->core)->node};
    for (uint32_t i = 1; i <= many; i++)
        put_line(&db, i, db.self, i == 1 ? "li" : "wang", QP_LINE_NAME);
    if (many == 0)
        put_line(&db, 1, db.self, "water", QP_LINE_DESK);
    assert_int_equal(qp_store_commit_journal(&t, NULL), 0);
    assert_int_equal(qp_store_commit_tables(&t, NULL), 0);
    qp_arena_free(db.a);
    rig_release(r);
}

static size_t all_of(struct rig *r, const char *cookie, int *calls)
{
    char path[100] = "/api/v1/lines?limit=500";
    size_t n = 0;
    for (*calls = 1;; ++*calls) {
        struct answer *a = status(ask(r, "GET", path, NULL, NULL, cookie), 200);
        const char *next = json_string_value(at(a, "next_cursor"));
        n += json_array_size(at(a, "items"));
        if (next)
            snprintf(path, sizeof path, "/api/v1/lines?limit=500&cursor=%s", next);
        answer_free(a);
        if (!next)
            return n;
    }
}

static void whoever_is_on_few_of_many_lines_finds_them_in_a_few_calls(void **state)
{
    struct rig *r = *state;
    char li[COOKIE], wang[COOKIE];
    int calls;
    person(r, "li", "\"worker\"", li);
    person(r, "wang", "\"worker\"", wang);
    put_lines(r, MANY);
    assert_int_equal(all_of(r, li, &calls), 1);
    assert_int_equal(calls, 2);
    assert_int_equal(all_of(r, wang, &calls), MANY - 1);
    assert_int_equal(calls, (MANY - 1 + 499) / 500);
    struct answer *a = status(ask(r, "GET", "/api/v1/me", NULL, NULL, wang), 200);
    assert_int_equal(int_at(a, "needs.lines"), 0); /* nothing was said on them */
    answer_free(a);
}

/* A desk whose row is as large as one may be. */
static void large_desk(struct rig *r, const char *code, const char *person)
{
    static char body[64 * 400];
    char area[300] = "suzhou";
    size_t n = (size_t)snprintf(body, sizeof body,
                                "{\"code\":\"%s\",\"title\":\"%s\",\"members\":[\"%s\"],\"duties\":[", code,
                                code, person);
    for (int i = 0; i < 7; i++)
        snprintf(area + strlen(area), sizeof area - strlen(area), "/%032d", i);
    for (int i = 0; i < 60; i++)
        n += (size_t)snprintf(body + n, sizeof body - n, "%s{\"category\":\"%064d\",\"area\":\"%s\"}",
                              i == 0 ? "" : ",", i, area);
    snprintf(body + n, sizeof body - n, "]}");
    done(post(r, "/api/v1/desks", body), 201);
}

static void a_line_that_names_a_large_desk_many_times_ends_no_node(void **state)
{
    struct rig *r = *state;
    char li[COOKIE];
    person(r, "li", "\"worker\",\"desk\"", li);
    large_desk(r, "water", "li");
    put_lines(r, 0);
    struct answer *a = status(ask(r, "GET", "/api/v1/lines", NULL, NULL, li), 200);
    char path[120], id[40];
    snprintf(id, sizeof id, "%s", text_at(a, "items.0.id"));
    answer_free(a);
    snprintf(path, sizeof path, "/api/v1/lines/%s/messages", id);
    a = ask(r, "POST", path, "{\"text\":\"x\",\"location\":{\"lat\":33,\"lon\":116}}", NULL, li);
    status(a, 429); /* no line keys in this rig: it came as far as the turn */
    answer_free(a);
    snprintf(path, sizeof path, "/api/v1/lines/%s/seen", id);
    done(ask(r, "POST", path, "{}", NULL, li), 200);
    done(get(r, "/healthz"), 200);
}

static bool has_member(const struct answer *a, const char *name)
{
    const json_t *all = at(a, "members");
    bool found = false;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const char *is = json_string_value(json_object_get(json_array_get(all, i), "name"));
        found = found || (is && strcmp(is, name) == 0);
    }
    return found;
}

/* Also where it names somebody else of his node, and one time where it names himself. A program's token is whoever is on it. */
static void who_opens_a_line_is_on_it(void **state)
{
    struct rig *r = *state;
    char li[COOKIE], wang[COOKIE], path[120];
    static const char *const others[] = {"{\"members\":[{\"desk\":\"water\"}]}",
                                         "{\"members\":[{\"name\":\"wang\"}]}"};
    static const char *const own = "{\"members\":[{\"name\":\"li\"},{\"desk\":\"water\"}]}";
    person(r, "li", "\"worker\",\"desk\"", li);
    person(r, "wang", "\"worker\"", wang);
    done(post(r, "/api/v1/desks", "{\"code\":\"water\",\"title\":\"w\",\"members\":[\"wang\"]}"), 201);
    for (size_t i = 0; i < 2; i++) {
        struct answer *a = status(ask(r, "POST", "/api/v1/lines", others[i], NULL, li), 201);
        assert_int_equal(json_array_size(at(a, "members")), 2);
        assert_true(has_member(a, "li"));
        snprintf(path, sizeof path, "/api/v1/lines/%s/seen", text_at(a, "id"));
        answer_free(a);
        done(ask(r, "POST", path, "{}", NULL, li), 200);
        done(ask(r, "POST", path, "{}", NULL, wang), 200);
    }
    struct answer *a = status(ask(r, "POST", "/api/v1/lines", own, NULL, li), 201);
    assert_int_equal(json_array_size(at(a, "members")), 2);
    answer_free(a);
    a = status(post(r, "/api/v1/lines", others[0]), 201);
    assert_int_equal(json_array_size(at(a, "members")), 1);
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_line_that_names_a_large_desk_many_times_ends_no_node),
        TEST(who_opens_a_line_is_on_it),
        TEST(whoever_is_on_few_of_many_lines_finds_them_in_a_few_calls),
    };
    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
