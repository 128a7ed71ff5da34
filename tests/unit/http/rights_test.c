/* rights_test.c: every call of the table with every role, against a list of its own of who may what (DE2). */
#include "tests/unit/http/rig.h"

#include <stdio.h>
#include <unistd.h>

#include "node/http/routes.h"

enum { COOKIE = 512, NROLES = 7 };

/* Who may: w worker, k desk, d dispatcher, c commander, a admin, u auditor, s screen. '-': nobody but a program. */
static const struct {
    const char *call, *who;
} MAY[] = {
    {"GET /healthz", "wkdcaus"},
    {"GET /metrics", "wkdcaus"},
    {"GET /", "wkdcaus"},
    {"GET /favicon.svg", "wkdcaus"},
    {"GET /field-worker.js", "wkdcaus"},
    {"GET /field.webmanifest", "wkdcaus"},
    {"GET /login/*", "wkdcaus"},
    {"POST /login/*", "wkdcaus"},
    {"GET /api/v1/node", "wkdcaus"},
    {"GET /api/v1/calls", "wkdcaus"},
    {"GET /api/v1/tree", "wkdcaus"},
    {"GET /api/v1/board", "wkdcaus"},
    {"GET /api/v1/stream", "wkdcaus"},
    {"GET /api/v1/matters", "wkdcu"},
    {"POST /api/v1/matters", "wkdc"},
    {"POST /api/v1/matters:batch", "wkdc"},
    {"GET /api/v1/matters:similar", "wkdcu"},
    {"GET /api/v1/matters/*", "wkdcu"},
    {"GET /api/v1/matters/*/proof", "wkdcu"},
    {"GET /api/v1/matters/*/personal", "dc"},
    {"POST /api/v1/matters/*/line", "wkdc"},
    {"POST /api/v1/matters/*/*", "wkdc"},
    {"GET /api/v1/warnings", "wkdcaus"},
    {"GET /api/v1/warnings/*", "wkdcu"},
    {"POST /api/v1/warnings/*/*", "wkdc"},
    {"GET /api/v1/leads", "wkdcaus"},
    {"GET /api/v1/leads/*", "wkdcu"},
    {"POST /api/v1/leads/*/*", "wkdc"},
    {"GET /api/v1/feed", "dcu"},
    {"POST /api/v1/blobs", "wkdc"},
    {"GET /api/v1/blobs/*", "wkdcu"},
    {"GET /api/v1/lines", "wkdc"},
    {"POST /api/v1/lines", "wkdc"},
    {"GET /api/v1/lines/*", "wkdc"},
    {"GET /api/v1/lines/*/ice", "wkdc"},
    {"POST /api/v1/lines/*/messages", "wkdc"},
    {"POST /api/v1/lines/*/seen", "wkdc"},
    {"POST /api/v1/lines/*/whispers", "wkdc"},
    {"GET /api/v1/steps", "wkdcu"},
    {"GET /api/v1/session", "wkdcaus"},
    {"POST /api/v1/session", "wkdcaus"},
    {"DELETE /api/v1/session", "wkdcaus"},
    {"GET /api/v1/sessions", "wkdcaus"},
    {"DELETE /api/v1/sessions", "wkdcaus"},
    {"DELETE /api/v1/sessions/*", "wkdcaus"},
    {"GET /api/v1/me", "wkdcaus"},
    {"POST /api/v1/session/link", "a"},
    {"POST /api/v1/users/*/password", "a"},
    {"POST /api/v1/invites", "a"},
    {"POST /api/v1/nodes/**", "a"},
    {"GET /web/**", "wkdcaus"},
    {"GET /login", "wkdcaus"},
    {"GET /screen", "wkdcaus"},
    {"GET /desk", "wkdcaus"},
    {"GET /field", "wkdcaus"},
    {"GET /admin", "wkdcaus"},
    {"GET /circulars", "wkdcaus"},
    {"GET /api/v1/door", "wkdcaus"},
    {"GET /api/v1/wall", "wkdcaus"},
    {"GET /r", "wkdcaus"},
    {"GET /r.css", "wkdcaus"},
    {"POST /r", "wkdcaus"},
    {"GET /open311/**", "wkdcaus"},
    {"POST /open311/**", "wkdcaus"},
    {"GET /api/v1/tokens", "a"},
    {"POST /api/v1/tokens", "a"},
    {"GET /api/v1/tokens/*", "a"},
    {"PATCH /api/v1/tokens/*", "a"},
    {"DELETE /api/v1/tokens/*", "a"},
    {"GET /api/v1/users", "au"},
    {"POST /api/v1/users", "a"},
    {"GET /api/v1/users/*", "au"},
    {"PATCH /api/v1/users/*", "a"},
    {"DELETE /api/v1/users/*", "a"},
    {"GET /api/v1/desks", "wkdcaus"},
    {"POST /api/v1/desks", "a"},
    {"GET /api/v1/desks/*", "wkdcaus"},
    {"PATCH /api/v1/desks/*", "a"},
    {"DELETE /api/v1/desks/*", "a"},
    {"GET /api/v1/duty", "wkdcu"},
    {"POST /api/v1/duty", "wkdc"},
    {"POST /api/v1/duty/position", "wkdc"},
    {"GET /api/v1/patrols", "wkdcu"},
    {"POST /api/v1/patrols", "wkdc"},
    {"GET /api/v1/patrols:compliance", "wkdcaus"},
    {"GET /api/v1/patrols/*", "wkdcu"},
    {"POST /api/v1/patrols/*/*", "wkdc"},
    {"GET /api/v1/grids", "wkdcau"},
    {"POST /api/v1/grids", "a"},
    {"GET /api/v1/grids/*", "wkdcau"},
    {"PATCH /api/v1/grids/*", "a"},
    {"DELETE /api/v1/grids/*", "a"},
    {"GET /api/v1/grids:locate", "wkdcaus"},
    {"GET /api/v1/grids:coverage", "wkdcaus"},
    {"GET /api/v1/map", "wkdcaus"},
    {"GET /map.pmtiles", "wkdcaus"},
    {"POST /api/v1/grids:import", "a"},
    {"GET /api/v1/policy", "wkdcu"},
    {"GET /api/v1/audit", "u"},
    {"PUT /api/v1/policy", "c"},
    {"POST /api/v1/policy:check", "c"},
    {"GET /api/v1/circulars", "wkdcaus"},
    {"POST /api/v1/circulars", "c"},
    {"GET /api/v1/circulars:figures", "wkdcaus"},
    {"GET /api/v1/circulars/*", "wkdcaus"},
    {"GET /api/v1/circulars/*/matters", "dcu"},
    {"POST /api/v1/circulars/*/*", "c"},
    {"GET /circular.css", "wkdcaus"},
};
static const char LETTERS[NROLES + 1] = "wkdcaus";

static const char *who_may(const struct qp_call_row *route)
{
    char call[128];
    snprintf(call, sizeof call, "%s %s", rig_method(route->method), route->path);
    for (size_t i = 0; i < sizeof MAY / sizeof *MAY; i++) {
        if (strcmp(MAY[i].call, call) == 0)
            return MAY[i].who;
    }
    fail_msg("nobody has said who may %s", call);
    return "";
}

/* "x" for each star. */
static void address(const char *pattern, char out[128])
{
    size_t n = 0;
    for (const char *p = pattern; *p; p++) {
        if (*p == '*' && p[1] == '*')
            p++;
        out[n++] = *p == '*' ? 'x' : *p;
    }
    out[n] = '\0';
}

static void log_in(struct rig *r, const char *role, char cookie[COOKIE])
{
    char body[160];
    snprintf(body, sizeof body, "{\"name\":\"a-%s\",\"password\":\"a long password\",\"roles\":[\"%s\"]}",
             role, role);
    struct answer *a = ask(r, "POST", "/api/v1/users", body, r->token, NULL);
    assert_int_equal(a->status, 201);
    answer_free(a);
    snprintf(body, sizeof body, "{\"name\":\"a-%s\",\"password\":\"a long password\"}", role);
    a = ask(r, "POST", "/api/v1/session", body, NULL, NULL);
    assert_int_equal(a->status, 200);
    const char *set = strstr(a->head, "Set-Cookie: ");
    assert_non_null(set);
    set += strlen("Set-Cookie: ");
    snprintf(cookie, COOKIE, "Cookie: %.*s\r\n", (int)strcspn(set, ";"), set);
    answer_free(a);
}

/* A stream has no end: its first line is enough. */
static int status_of(struct rig *r, const struct qp_call_row *route, const char *cookie)
{
    char path[128], request[COOKIE + 256], out[2048];
    address(route->path, path);
    if (strcmp(path, "/api/v1/stream") != 0) {
        const char *body =
            route->method == QP_POST || route->method == QP_PUT || route->method == QP_PATCH ? "{}" : NULL;
        struct answer *a = ask(r, rig_method(route->method), path, body, NULL, cookie);
        int status = a->status;
        answer_free(a);
        return status;
    }
    int fd = dial(r);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, cookie);
    say(fd, request);
    hear(fd, out, sizeof out, "\r\n\r\n");
    close(fd);
    return atoi(out + strlen("HTTP/1.1 "));
}

static bool ends_the_session(const struct qp_call_row *route)
{
    return route->method == QP_DELETE &&
           (strcmp(route->path, "/api/v1/session") == 0 || strcmp(route->path, "/api/v1/sessions") == 0);
}

static void each_role_may_what_it_is_there_for_and_nothing_else(void **state)
{
    struct rig *r = *state;
    const struct qp_call_row *route;
    const struct qp_named_bit *role;
    for (size_t k = 0; (role = qp_role_at(k)); k++) {
        char cookie[COOKIE];
        assert_true(k < NROLES);
        log_in(r, role->name, cookie);
        for (size_t i = 0; (route = qp_route_at(i)); i++) {
            bool may = strchr(who_may(route), LETTERS[k]);
            int status = ends_the_session(route) ? 200 : status_of(r, route, cookie);
            bool let_in = status != 403 && !(status == 401 && !(route->may & QP_MAY_OPEN));
            if (let_in != may)
                fail_msg("%s: %s %s: %d", role->name, rig_method(route->method), route->path, status);
        }
    }
}

static void without_a_token_what_is_not_open_is_401(void **state)
{
    struct rig *r = *state;
    const struct qp_call_row *route;
    for (size_t i = 0; (route = qp_route_at(i)); i++) {
        int status = route->may & QP_MAY_OPEN ? 0 : status_of(r, route, "");
        if (status && status != 401)
            fail_msg("%s %s: %d", rig_method(route->method), route->path, status);
    }
}

static void a_call_stands_in_the_table_once_and_says_who_may(void **state)
{
    (void)state;
    const struct qp_call_row *a, *b;
    size_t n = 0;
    for (size_t i = 0; (a = qp_route_at(i)); i++, n++) {
        assert_int_not_equal(a->may, 0);
        assert_int_equal(a->may & QP_RIGHT_IMPORT, 0); /* stating times is a part of other calls */
        for (size_t k = 0; k < i && (b = qp_route_at(k)); k++)
            assert_false(a->method == b->method && strcmp(a->path, b->path) == 0);
    }
    assert_int_equal(n, sizeof MAY / sizeof *MAY); /* and nothing is in the list above that is no call */
}

static void a_right_has_one_bit_and_one_name_and_people_never_import(void **state)
{
    (void)state;
    const struct qp_named_bit *w;
    uint32_t seen = 0;
    char text[200];
    for (size_t i = 0; (w = qp_right_at(i)); i++) {
        assert_int_equal(w->bit & (w->bit - 1), 0);
        assert_int_equal(seen & w->bit, 0);
        seen |= w->bit;
        assert_int_equal(qp_right_parse(w->name), w->bit);
        assert_true(*w->zh && *w->en);
    }
    assert_int_equal(seen, QP_RIGHT_ALL);
    assert_int_equal(qp_right_parse("fly"), 0);
    assert_int_equal(qp_roles_rights(~0u) | QP_RIGHT_IMPORT,
                     QP_RIGHT_ALL); /* each other right is somebody's */
    assert_int_equal(qp_roles_rights(~0u) & QP_RIGHT_IMPORT, 0);
    assert_string_equal(
        qp_rights_text(text, sizeof text, QP_RIGHT_READ | QP_RIGHT_STEP | QP_RIGHT_ADMIN, "or"),
        "`read`, `step` or `admin`");
    assert_string_equal(qp_rights_text(text, 9, QP_RIGHT_READ | QP_RIGHT_STEP, "or"), "`read` o");
    assert_string_equal(QP_ROLE_NAMES, "worker|desk|dispatcher|commander|admin|auditor|screen");
}

static void who_gives_must_have(void **state)
{
    (void)state;
    uint32_t lacks;
    assert_true(qp_rights_may_give(QP_RIGHT_READ, QP_RIGHT_READ | QP_RIGHT_COUNT, &lacks));
    assert_false(qp_rights_may_give(QP_RIGHT_ADMIN, QP_RIGHT_READ | QP_RIGHT_ADMIN, &lacks));
    assert_int_equal(lacks, QP_RIGHT_READ);
    assert_false(qp_rights_may_give(QP_RIGHT_ADMIN, QP_RIGHT_IMPORT, &lacks));
    assert_true(qp_rights_may_give(QP_RIGHT_ALL & ~(uint32_t)QP_RIGHT_IMPORT, QP_RIGHT_ALL, &lacks));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_has_one_bit_and_one_name_and_people_never_import),
        cmocka_unit_test(who_gives_must_have),
        cmocka_unit_test(a_call_stands_in_the_table_once_and_says_who_may),
        cmocka_unit_test_setup_teardown(without_a_token_what_is_not_open_is_401, rig_up, rig_down),
        cmocka_unit_test_setup_teardown(each_role_may_what_it_is_there_for_and_nothing_else, rig_up,
                                        rig_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
