/* own_test.c: a worker and a member of a desk see and act on their own matters alone (DE2, core/own.h): what is his own, each call
 * with one of his and one of another's, and what stays as it was for who sees all. */
#include <unistd.h>

#include "node/core/core.h"
#include "node/http/routes.h"
#include "node/http/wire/inside.h"
#include "tests/unit/http/people.h"

#define GRID                                                                                                 \
    "{\"code\":\"g1\",\"title\":\"第一网格\",\"worker\":\"li\",\"boundary\":{\"type\":\"Polygon\","      \
    "\"coordinates\":[[[116.9,33.6],[116.91,33.6],[116.91,33.61],[116.9,33.61],[116.9,33.6]]]}}"

static struct answer *as(struct rig *r, const char *cookie, const char *method, const char *path,
                         const char *body)
{
    return ask(r, method, path, body, NULL, cookie);
}

static void opened(struct answer *a, char id[27])
{
    status(a, 201);
    snprintf(id, 27, "%s", text_at(a, "id"));
    answer_free(a);
}

/* Of the administrator's token. more: further members, each behind a comma. */
static void matter(struct rig *r, const char *title, const char *more, char id[27])
{
    char body[400];
    snprintf(body, sizeof body, "{\"category\":\"noise\",\"title\":\"%s\",\"source\":\"test\"%s}", title,
             more);
    opened(post(r, "/api/v1/matters", body), id);
}

static int seen(struct rig *r, const char *cookie, const char *id)
{
    char path[80];
    snprintf(path, sizeof path, "/api/v1/matters/%s", id);
    struct answer *a = as(r, cookie, "GET", path, NULL);
    int found = a->status;
    answer_free(a);
    return found;
}

static struct answer *stepped(struct rig *r, const char *cookie, const char *id, const char *step,
                              const char *body)
{
    char path[100];
    snprintf(path, sizeof path, "/api/v1/matters/%s/%s", id, step);
    return cookie ? as(r, cookie, "POST", path, body) : post(r, path, body);
}

/* li is a worker with the grid g1, zhang of the desk d1, chen of the source 12345; nobody is of d2 but hu. */
struct people {
    char li[COOKIE], zhang[COOKIE], chen[COOKIE], hu[COOKIE];
};

static void come(struct rig *r, struct people *p)
{
    person(r, "li", "\"worker\"", p->li);
    person(r, "zhang", "\"desk\"", p->zhang);
    person(r, "chen", "\"desk\"", p->chen);
    person(r, "hu", "\"worker\",\"desk\"", p->hu);
    done(post(r, "/api/v1/desks", "{\"code\":\"d1\",\"title\":\"D1\",\"members\":[\"zhang\"]}"), 201);
    done(post(r, "/api/v1/desks", "{\"code\":\"d2\",\"title\":\"D2\",\"members\":[\"hu\"]}"), 201);
    done(post(r, "/api/v1/desks",
              "{\"code\":\"12345\",\"title\":\"Hotline\",\"members\":[\"chen\"],\"source\":true}"),
         201);
    done(post(r, "/api/v1/grids", GRID), 201);
}

static void what_he_reported_was_given_or_lies_in_his_grid_is_his_own(void **state)
{
    struct rig *r = *state;
    struct people p;
    char his[27], task[27], desk[27], other[27], grid[27], hotline[27], part[27];
    come(r, &p);
    opened(as(r, p.li, "POST", "/api/v1/matters",
              "{\"category\":\"noise\",\"title\":\"drums\",\"source\":\"patrol\"}"),
           his);
    matter(r, "a task", "", task);
    done(stepped(r, NULL, task, "assign", "{\"person\":\"li\"}"), 200);
    matter(r, "of d1", ",\"desk\":\"d1\"", desk);
    matter(r, "of d2", ",\"desk\":\"d2\"", other);
    matter(r, "in the grid", ",\"location\":{\"lat\":33.605,\"lon\":116.905}", grid);
    opened(post(r, "/api/v1/matters",
                "{\"category\":\"noise\",\"title\":\"a call\",\"source\":\"12345\",\"desk\":\"d2\"}"),
           hotline);
    matter(r, "with a part", ",\"desk\":\"d2\"", part);
    done(stepped(r, NULL, part, "assist", "{\"desk\":\"d1\",\"note\":\"please\"}"), 200);
    const struct {
        const char *cookie, *id;
        int wanted;
    } rows[] = {
        {p.li, his, 200},     {p.li, task, 200},       {p.li, desk, 404},      {p.li, other, 404},
        {p.li, grid, 200},    {p.li, hotline, 404},    {p.li, part, 404},      {p.zhang, his, 404},
        {p.zhang, task, 404}, {p.zhang, desk, 200},    {p.zhang, other, 404},  {p.zhang, grid, 404},
        {p.zhang, part, 200}, {p.zhang, hotline, 404}, {p.chen, hotline, 200}, {p.chen, desk, 404},
        {p.chen, his, 404},   {p.hu, other, 200},      {p.hu, hotline, 200},   {p.hu, part, 200},
        {p.hu, desk, 404},    {p.hu, his, 404},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int found = seen(r, rows[i].cookie, rows[i].id);
        if (found != rows[i].wanted)
            fail_msg("row %zu: %d instead of %d", i, found, rows[i].wanted);
    }
    /* the part is done: it was his desk's, and is not any more */
    done(stepped(r, p.zhang, part, "part", "{\"done\":true,\"note\":\"done\"}"), 200);
    assert_int_equal(seen(r, p.zhang, part), 404);
    /* the grid ends, or is another's */
    done(ask(r, "PATCH", "/api/v1/grids/g1", "{\"worker\":\"hu\"}", r->token, NULL), 200);
    assert_int_equal(seen(r, p.li, grid), 404);
    assert_int_equal(seen(r, p.hu, grid), 200);
}

static size_t rows_of(struct rig *r, const char *cookie, const char *path, json_int_t *total)
{
    struct answer *a = status(as(r, cookie, "GET", path, NULL), 200);
    size_t n = json_array_size(at(a, "items"));
    if (total)
        *total = int_at(a, "total");
    answer_free(a);
    return n;
}

static void lists_counts_and_what_is_similar_are_of_his_own(void **state)
{
    struct rig *r = *state;
    struct people p;
    char his[27], other[27], body[300];
    json_int_t total = 0;
    come(r, &p);
    opened(as(r, p.li, "POST", "/api/v1/matters",
              "{\"category\":\"noise\",\"title\":\"drums at night\",\"source\":\"patrol\"}"),
           his);
    matter(r, "drums at night again", ",\"source_ref\":\"77\",\"desk\":\"d1\"", other);
    assert_int_equal(rows_of(r, p.li, "/api/v1/matters", &total), 1);
    assert_int_equal(total, 1);
    assert_int_equal(rows_of(r, p.li, "/api/v1/matters?q=again", &total), 0);
    assert_int_equal(rows_of(r, p.li, "/api/v1/matters?desk=d1", &total), 0);
    assert_int_equal(total, 0);
    assert_int_equal(rows_of(r, p.zhang, "/api/v1/matters", &total), 1);
    assert_int_equal(rows_of(r, p.hu, "/api/v1/matters", &total), 0);
    assert_int_equal(rows_of(r, p.li, "/api/v1/matters:similar?text=drums%20at%20night", NULL), 1);
    assert_int_equal(rows_of(r, p.hu, "/api/v1/matters:similar?text=drums%20at%20night", NULL), 0);
    struct answer *a = status(as(r, p.li, "GET", "/api/v1/me", NULL), 200);
    assert_int_equal(int_at(a, "needs.assign"), 1);
    answer_free(a);
    a = status(as(r, p.hu, "GET", "/api/v1/me", NULL), 200);
    assert_int_equal(int_at(a, "needs.assign"), 0);
    answer_free(a);
    /* a number that another has used says no more than that */
    static const char AGAIN[] =
        "{\"category\":\"noise\",\"title\":\"t\",\"source\":\"test\",\"source_ref\":\"77\"}";
    a = status(as(r, p.li, "POST", "/api/v1/matters", AGAIN), 409);
    assert_string_equal(text_at(a, "error.code"), "exists");
    assert_null(strstr(a->body, other));
    answer_free(a);
    snprintf(body, sizeof body, "{\"id\":\"%s\",\"step\":\"comment\",\"text\":\"t\"}\n", other);
    a = status(ask(r, "POST", "/api/v1/matters:batch", body, NULL, p.li), 200);
    if (!strstr(a->body, "\"not_found\"") || strstr(a->body, "again"))
        fail_msg("a line on another's: %s", a->body);
    answer_free(a);
    snprintf(body, sizeof body, "{\"into\":\"%s\"}", other);
    a = status(stepped(r, p.li, his, "merge", body), 422); /* as of one that is absent */
    assert_string_equal(text_at(a, "error.field"), "into");
    answer_free(a);
}

static void what_leaves_him_is_absent_unless_he_reported_it(void **state)
{
    struct rig *r = *state;
    struct people p;
    char one[27], two[27];
    come(r, &p);
    matter(r, "of d1", ",\"desk\":\"d1\"", one);
    opened(as(r, p.zhang, "POST", "/api/v1/matters",
              "{\"category\":\"noise\",\"title\":\"his\",\"source\":\"desk\",\"desk\":\"d1\"}"),
           two);
    for (int i = 0; i < 2; i++) {
        const char *id = i ? two : one;
        done(stepped(r, p.zhang, id, "assign", "{\"desk\":\"d1\"}"), 200);
        done(stepped(r, p.zhang, id, "take", "{}"), 200);
        done(stepped(r, p.zhang, id, "giveback", "{\"reason\":\"not ours\"}"), 200);
    }
    assert_int_equal(seen(r, p.zhang, one), 404);
    assert_int_equal(seen(r, p.zhang, two), 200);
    done(stepped(r, p.zhang, one, "comment", "{\"text\":\"t\"}"), 404);
    done(stepped(r, NULL, two, "assign", "{\"desk\":\"d2\"}"), 200);
    assert_int_equal(seen(r, p.zhang, two), 200);
    assert_int_equal(seen(r, p.hu, two), 200);
}

/* ---- each call of one matter, with one of his and one of another's ---- */

/* The pattern with `id` for its first star and `comment` for a second. */
static void address(const char *pattern, const char *id, char out[160])
{
    size_t n = 0;
    bool first = true;
    for (const char *x = pattern; *x && n < 120; x++) {
        if (*x != '*') {
            out[n++] = *x;
            continue;
        }
        n += (size_t)snprintf(out + n, 160 - n, "%s", first ? id : "comment");
        first = false;
    }
    out[n] = '\0';
}

static int call(struct rig *r, const struct qp_call_row *x, const char *id, const char *cookie, char *said,
                size_t cap)
{
    char path[160];
    address(x->path, id, path);
    struct answer *a =
        as(r, cookie, rig_method(x->method), path, x->method == QP_GET ? NULL : "{\"text\":\"t\"}");
    int found = a->status;
    for (char *at_id = a->body; at_id && (at_id = strstr(at_id, id));)
        memset(at_id, '-', strlen(id));
    snprintf(said, cap, "%s", a->body ? a->body : "");
    answer_free(a);
    return found;
}

static void another_s_is_absent_in_each_call_and_his_own_is_there(void **state)
{
    struct rig *r = *state;
    struct people p;
    const struct qp_call_row *x;
    static char said[65536], absent[65536];
    char his[27], task[27], other[27];
    size_t of_one = 0;
    come(r, &p);
    matter(r, "a task", "", his);
    done(stepped(r, NULL, his, "assign", "{\"person\":\"li\"}"), 200);
    matter(r, "of d1", ",\"desk\":\"d1\"", task);
    matter(r, "canary of d2", ",\"desk\":\"d2\"", other);
    const char *cookies[] = {p.li, p.zhang}, *own[] = {his, task};
    for (size_t i = 0; (x = qp_route_at(i)); i++) {
        for (size_t k = 0; k < 2 && !(x->may & QP_MAY_OPEN) && strcmp(x->path, "/api/v1/stream") != 0; k++) {
            if (strstr(x->path, "/session") && x->method == QP_DELETE)
                continue; /* it would be over */
            int status_of_other = call(r, x, other, cookies[k], said, sizeof said);
            if (strstr(said, "canary"))
                fail_msg("%s %s tells of another's: %s", rig_method(x->method), x->path, said);
            if (x->span != QP_SPAN_MATTER || (x->may & QP_RIGHT_ALL) == QP_RIGHT_PERSONAL)
                continue;
            int none = call(r, x, "00000000000000000000000000", cookies[k], absent, sizeof absent);
            if (status_of_other != 404 || none != 404 || strcmp(said, absent) != 0)
                fail_msg("%s %s: %d %s", rig_method(x->method), x->path, status_of_other, said);
            int mine = call(r, x, own[k], cookies[k], said, sizeof said);
            if (mine == 404 || mine == 403)
                fail_msg("%s %s of his own: %d %s", rig_method(x->method), x->path, mine, said);
            of_one++;
        }
    }
    assert_true(of_one >= 8);
    done(as(r, p.li, "GET", "/api/v1/feed", NULL), 403);
    done(as(r, p.li, "GET", "/api/v1/board?by=area", NULL), 200); /* figures name none */
}

static void patrols_of_others_grids_are_absent(void **state)
{
    struct rig *r = *state;
    struct people p;
    char his[80], other[80], path[100];
    come(r, &p);
    done(post(r, "/api/v1/grids", "{\"code\":\"g2\",\"title\":\"G2\",\"worker\":\"hu\"}"), 201);
    struct answer *a = status(as(r, p.li, "POST", "/api/v1/patrols", "{\"grid\":\"g1\"}"), 201);
    snprintf(his, sizeof his, "/api/v1/patrols/%s", text_at(a, "id"));
    answer_free(a);
    a = status(as(r, p.hu, "POST", "/api/v1/patrols", "{\"grid\":\"g2\"}"), 201);
    snprintf(other, sizeof other, "/api/v1/patrols/%s", text_at(a, "id"));
    answer_free(a);
    assert_int_equal(rows_of(r, p.li, "/api/v1/patrols", NULL), 1);
    assert_int_equal(rows_of(r, p.zhang, "/api/v1/patrols", NULL), 0);
    done(as(r, p.li, "GET", his, NULL), 200);
    done(as(r, p.li, "GET", other, NULL), 404);
    snprintf(path, sizeof path, "%s/checkpoint", other);
    done(as(r, p.li, "POST", path, "{\"note\":\"n\"}"), 404);
    done(as(r, p.hu, "POST", path, "{\"note\":\"n\"}"), 200);
    /* that of another in a grid of his he sees: he is its deputy now */
    done(ask(r, "PATCH", "/api/v1/grids/g2", "{\"deputies\":[\"li\"]}", r->token, NULL), 200);
    done(as(r, p.li, "GET", other, NULL), 200);
    assert_int_equal(rows_of(r, p.li, "/api/v1/patrols", NULL), 2);
}

/* It is of all matters of its area, so one's own reason does not end it for everybody. */
static void a_warning_is_dismissed_by_who_acts_on_all(void **state)
{
    struct rig *r = *state;
    struct people p;
    static const char WHY[] = "{\"reason\":\"a fair\"}";
    static const char DISMISS[] = "/api/v1/warnings/00000000000000000000000000/dismiss";
    come(r, &p);
    struct answer *a = status(as(r, p.li, "POST", DISMISS, WHY), 403);
    assert_non_null(strstr(a->body, "who dispatches here dismisses it"));
    answer_free(a);
    done(as(r, p.zhang, "POST", DISMISS, WHY), 403);
    done(as(r, p.li, "POST", "/api/v1/warnings/00000000000000000000000000/note", "{\"note\":\"a fair\"}"),
         404);
    done(post(r, DISMISS, WHY), 404);
}

/* ---- several roles, and programs ---- */

static void each_role_goes_as_far_as_it_goes(void **state)
{
    struct rig *r = *state;
    char both[COOKIE], lead[COOKIE], admin[COOKIE], id[27], his[27], path[80];
    person(r, "both", "\"worker\",\"auditor\"", both);
    person(r, "lead", "\"worker\",\"dispatcher\"", lead);
    person(r, "admin", "\"worker\",\"admin\"", admin);
    matter(r, "of nobody", "", id);
    assert_int_equal(seen(r, both, id), 200); /* an auditor reads everything */
    snprintf(path, sizeof path, "/api/v1/matters/%s", id);
    struct answer *shown = status(as(r, both, "GET", path, NULL), 200);
    assert_null(strstr(shown->body, "\"allowed\":true"));
    answer_free(shown);
    struct answer *a =
        status(stepped(r, both, id, "comment", "{\"text\":\"t\"}"), 403); /* and writes nothing */
    assert_non_null(strstr(a->body, "acts only on his own matters"));
    answer_free(a);
    opened(as(r, both, "POST", "/api/v1/matters",
              "{\"category\":\"noise\",\"title\":\"his\",\"source\":\"patrol\"}"),
           his);
    done(stepped(r, both, his, "comment", "{\"text\":\"t\"}"), 200);
    assert_int_equal(seen(r, lead, id), 200);
    done(stepped(r, lead, id, "comment", "{\"text\":\"t\"}"), 200);
    assert_int_equal(seen(r, admin, id), 404); /* an admin sees no matter, a worker his own */
    done(as(r, admin, "GET", "/api/v1/tokens", NULL), 200);
    /* and gives nobody what sees all */
    done(as(r, admin, "POST", "/api/v1/tokens", "{\"name\":\"all\",\"rights\":[\"read\"]}"), 403);
    done(as(r, admin, "POST", "/api/v1/users",
            "{\"name\":\"x\",\"password\":\"long enough\",\"rights\":[\"read\"]}"),
         403);
    done(as(r, admin, "POST", "/api/v1/users",
            "{\"name\":\"y\",\"password\":\"long enough\",\"roles\":[\"worker\"]}"),
         201);
}

static void a_token_for_a_desk_is_kept_to_it(void **state)
{
    struct rig *r = *state;
    char token[64], one[27], two[27], path[100];
    struct answer *a =
        status(post(r, "/api/v1/tokens",
                    "{\"name\":\"roads\",\"rights\":[\"read\",\"report\",\"step\"],\"desk\":\"d1\"}"),
               201);
    snprintf(token, sizeof token, "%s", text_at(a, "token"));
    answer_free(a);
    matter(r, "of d1", ",\"desk\":\"d1\"", one);
    matter(r, "of d2", ",\"desk\":\"d2\"", two);
    a = status(ask(r, "GET", "/api/v1/matters", NULL, token, NULL), 200);
    assert_int_equal(json_array_size(at(a, "items")), 1);
    answer_free(a);
    snprintf(path, sizeof path, "/api/v1/matters/%s/close", two);
    done(ask(r, "POST", path, "{\"result\":\"done\"}", token, NULL), 404);
    snprintf(path, sizeof path, "/api/v1/matters/%s/close", one);
    done(ask(r, "POST", path, "{\"result\":\"done\"}", token, NULL), 200);
    a = status(ask(r, "POST", "/api/v1/matters",
                   "{\"category\":\"noise\",\"title\":\"t\",\"source\":\"roads\",\"desk\":\"d2\"}", token,
                   NULL),
               201);
    snprintf(path, sizeof path, "/api/v1/matters/%s", text_at(a, "id"));
    answer_free(a);
    done(ask(r, "GET", path, NULL, token, NULL), 200); /* its own report */
}

/* ---- the list of what is his ---- */

/* What is his cannot be told any more: no count of it is, no list, and a stream that runs ends. */
static void who_is_named_by_more_than_fits_is_told_so(void **state)
{
    struct rig *r = *state;
    char hu[COOKIE], body[200], head[4096];
    person(r, "hu", "\"worker\"", hu);
    struct answer *a = status(as(r, hu, "GET", "/api/v1/me", NULL), 200);
    assert_int_equal(int_at(a, "needs.assign"), 0);
    answer_free(a);
    int fd = dial(r);
    say(fd, "GET /api/v1/stream HTTP/1.1\r\nHost: x\r\n");
    say(fd, hu);
    say(fd, "\r\n");
    assert_true(hear(fd, head, sizeof head, "retry:") > 0);
    assert_non_null(strstr(head, "200 OK"));
    for (int i = 0; i < QP_OWN_POOL / 60; i++) { /* each has 62 bytes in it */
        snprintf(body, sizeof body, "{\"code\":\"d%059d\",\"title\":\"D\",\"members\":[\"hu\"]}", i);
        done(post(r, "/api/v1/desks", body), 201);
    }
    a = status(as(r, hu, "GET", "/api/v1/me", NULL), 200);
    assert_true(json_is_null(at(a, "needs.assign")));
    answer_free(a);
    done(as(r, hu, "GET", "/api/v1/matters", NULL), 403);
    done(as(r, hu, "GET", "/api/v1/stream", NULL), 403);
    atomic_fetch_add(&r->http->logins.endings, 1); /* it is looked at again */
    hear(fd, head, sizeof head, "0\r\n\r\n");      /* the end of a chunked body */
    assert_non_null(strstr(head, "0\r\n\r\n"));
    close(fd);
}

static void more_than_fits_is_said(void **state)
{
    (void)state;
    struct qp_own o = {.reads = true};
    char code[16];
    size_t at = 0, n = 0;
    while (!o.cut) {
        snprintf(code, sizeof code, "g%zu", n);
        n += qp_own_add(&o, QP_OWN_GRIDS, code);
    }
    assert_true(n > 400);
    assert_int_equal(o.n[QP_OWN_GRIDS], n);
    assert_true(qp_own_has(&o, QP_OWN_GRIDS, "g0"));
    assert_false(qp_own_has(&o, QP_OWN_DESKS, "g0"));
    assert_false(qp_own_has(&o, QP_OWN_GRIDS, code));
    assert_string_equal(qp_own_next(&o, QP_OWN_GRIDS, &at), "g0");
    assert_string_equal(qp_own_next(&o, QP_OWN_GRIDS, &at), "g1");
    assert_int_equal(qp_roles_own(QP_ROLE_WORKER, 0), QP_RIGHT_READ | QP_RIGHT_STEP);
    assert_int_equal(qp_roles_own(QP_ROLE_WORKER | QP_ROLE_AUDITOR, 0), QP_RIGHT_STEP);
    assert_int_equal(qp_roles_own(QP_ROLE_DESK | QP_ROLE_DISPATCHER, 0), 0);
    assert_int_equal(qp_roles_own(QP_ROLE_DESK, QP_RIGHT_READ), QP_RIGHT_STEP);
    assert_int_equal(qp_roles_own(QP_ROLE_SCREEN | QP_ROLE_ADMIN, 0), 0);
}

/* ST2, as accounts and tokens really come: neither a desk's program nor its members visit what the desk itself handled. */
static void a_desk_does_not_visit_its_own_work(void **state)
{
    static const char VISIT[] = "{\"reached\":true,\"resolved\":true,\"satisfied\":true}";
    struct rig *r = *state;
    struct people p;
    char token[64], by_program[27], by_member[27], path[100];
    come(r, &p);
    struct answer *a = status(
        post(r, "/api/v1/tokens", "{\"name\":\"bot\",\"rights\":[\"read\",\"step\"],\"desk\":\"d1\"}"), 201);
    snprintf(token, sizeof token, "%s", text_at(a, "token"));
    answer_free(a);
    matter(r, "by its program", ",\"desk\":\"d1\"", by_program);
    matter(r, "by its member", ",\"desk\":\"d1\"", by_member);
    snprintf(path, sizeof path, "/api/v1/matters/%s/handle", by_program);
    done(ask(r, "POST", path, "{\"result\":\"done\"}", token, NULL), 200);
    done(stepped(r, p.zhang, by_program, "visit", VISIT), 422);
    done(stepped(r, p.zhang, by_member, "handle", "{\"result\":\"done\"}"), 200);
    snprintf(path, sizeof path, "/api/v1/matters/%s/visit", by_member);
    done(ask(r, "POST", path, VISIT, token, NULL), 422);
    done(stepped(r, NULL, by_member, "visit", VISIT), 200); /* the node's own token is of no desk */
}

static void where_colleagues_are_is_not_his_to_know(void **state)
{
    struct rig *r = *state;
    struct people p;
    come(r, &p);
    done(as(r, p.hu, "POST", "/api/v1/duty", "{\"on\":true}"), 200);
    done(as(r, p.hu, "POST", "/api/v1/duty/position", "{\"lat\":33.605,\"lon\":116.905}"), 200);
    struct answer *a = status(as(r, p.li, "GET", "/api/v1/duty?lat=33.606&lon=116.905", NULL), 200);
    assert_string_equal(text_at(a, "items.0.person"), "hu");
    assert_true(json_is_null(at(a, "items.0.distance_m")));
    answer_free(a);
    a = status(as(r, p.hu, "GET", "/api/v1/duty?lat=33.606&lon=116.905", NULL), 200);
    assert_true(json_is_number(at(a, "items.0.distance_m")));
    answer_free(a);
    a = status(get(r, "/api/v1/duty?lat=33.606&lon=116.905"), 200); /* a token of all */
    assert_true(json_is_number(at(a, "items.0.distance_m")));
    answer_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_than_fits_is_said),
        TEST(what_he_reported_was_given_or_lies_in_his_grid_is_his_own),
        TEST(lists_counts_and_what_is_similar_are_of_his_own),
        TEST(what_leaves_him_is_absent_unless_he_reported_it),
        TEST(another_s_is_absent_in_each_call_and_his_own_is_there),
        TEST(patrols_of_others_grids_are_absent),
        TEST(a_warning_is_dismissed_by_who_acts_on_all),
        TEST(each_role_goes_as_far_as_it_goes),
        TEST(a_token_for_a_desk_is_kept_to_it),
        TEST(who_is_named_by_more_than_fits_is_told_so),
        TEST(a_desk_does_not_visit_its_own_work),
        TEST(where_colleagues_are_is_not_his_to_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
