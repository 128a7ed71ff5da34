/* span_test.c: who is narrowed to areas and categories sees and acts on nothing else, whatever he may (DE2): every call
 * of the table, and each place of the tree as seen from an area. */
#include "tests/unit/http/matter.h"

#include <stdio.h>
#include <unistd.h>

#include "node/http/routes.h"

/* ---- what lies within ---- */

static void of(struct qp_span *r, const char *areas[], size_t nareas, const char *categories[], size_t n)
{
    qp_span_of(r, (char *const *)(uintptr_t)areas, nareas, (char *const *)(uintptr_t)categories, n);
}

static void an_area_holds_itself_and_what_is_below_and_no_other(void **state)
{
    (void)state;
    struct qp_span r, all;
    of(&r, (const char *[]){"suzhou/a"}, 1, NULL, 0);
    of(&all, NULL, 0, NULL, 0);
    static const struct {
        const char *area;
        bool held;
    } CASES[] = {
        {"suzhou/a", true},    /* own */
        {"suzhou/a/x", true},  /* subordinate */
        {"suzhou/b", false},   /* sibling */
        {"suzhou", false},     /* superior */
        {"suzhou/b/x", false}, /* a sibling's */
        {"suzhou/ab", false},  /* one whose name begins alike */
        {"other/a", false},    /* foreign */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        if (qp_span_holds(&r, CASES[i].area, "noise") != CASES[i].held)
            fail_msg("%s", CASES[i].area);
        assert_true(qp_span_holds(&all, CASES[i].area, "noise"));
    }
    assert_true(qp_span_is_all(&all));
    assert_false(qp_span_is_all(&r));
}

static void both_narrow_and_a_category_is_the_same_to_the_byte(void **state)
{
    (void)state;
    struct qp_span r;
    of(&r, (const char *[]){"suzhou/a", "suzhou/b"}, 2, (const char *[]){"noise"}, 1);
    assert_true(qp_span_holds(&r, "suzhou/b/x", "noise"));
    assert_false(qp_span_holds(&r, "suzhou/b/x", "noises"));
    assert_false(qp_span_holds(&r, "suzhou", "noise"));
}

static void nobody_gives_more_than_he_sees(void **state)
{
    (void)state;
    struct qp_span all, a, x, noise, both;
    of(&all, NULL, 0, NULL, 0);
    of(&a, (const char *[]){"suzhou/a"}, 1, NULL, 0);
    of(&x, (const char *[]){"suzhou/a/x"}, 1, NULL, 0);
    of(&noise, NULL, 0, (const char *[]){"noise"}, 1);
    of(&both, (const char *[]){"suzhou/a/x"}, 1, (const char *[]){"noise"}, 1);
    assert_true(qp_span_within(&a, &all));
    assert_true(qp_span_within(&x, &a));
    assert_true(qp_span_within(&both, &a));
    assert_true(qp_span_within(&both, &noise));
    assert_false(qp_span_within(&all, &a));
    assert_false(qp_span_within(&a, &x));
    assert_false(qp_span_within(&noise, &a));
    assert_false(qp_span_within(&a, &noise));
}

static void more_than_this_build_knows_sees_nothing(void **state)
{
    (void)state;
    struct qp_span r;
    const char *many[QP_SPAN_MOST + 1];
    for (size_t i = 0; i < QP_SPAN_MOST + 1; i++)
        many[i] = "suzhou";
    of(&r, many, QP_SPAN_MOST + 1, NULL, 0);
    assert_false(qp_span_holds(&r, "suzhou", "noise"));
}

/* ---- over the API: all rights, and one category ---- */

static void narrow(struct rig *r, const char *name, const char *with, char out[64])
{
    char body[300];
    snprintf(
        body, sizeof body,
        "{\"name\":\"%s\",\"rights\":[\"read\",\"report\",\"step\",\"command\",\"admin\",\"audit\",\"count\","
        "\"personal\"],%s}",
        name, with);
    struct answer *a = ask(r, "POST", "/api/v1/tokens", body, r->token, NULL);
    if (a->status != 201)
        fail_msg("%d %s", a->status, a->body);
    snprintf(out, 64, "%s", text_at(a, "token"));
    answer_free(a);
}

static void of_category(struct rig *r, const char *category, const char *title, char id[27])
{
    char body[300];
    snprintf(body, sizeof body, "{\"category\":\"%s\",\"title\":\"%s\",\"source\":\"12345\"}", category,
             title);
    struct answer *a = ask(r, "POST", "/api/v1/matters", body, r->token, NULL);
    assert_int_equal(a->status, 201);
    snprintf(id, 27, "%s", text_at(a, "id"));
    answer_free(a);
}

/* The pattern with `id` for its first star and `comment` for a second. */
static void address(const char *pattern, const char *id, char out[160])
{
    size_t n = 0;
    bool first = true;
    for (const char *p = pattern; *p && n < 120; p++) {
        if (*p != '*') {
            out[n++] = *p;
            continue;
        }
        n += (size_t)snprintf(out + n, 160 - n, "%s", first ? id : "comment");
        first = false;
        p += p[1] == '*';
    }
    out[n] = '\0';
}

static int call(struct rig *r, const struct qp_call_row *x, const char *id, const char *token, char *said,
                size_t cap)
{
    char path[160];
    address(x->path, id, path);
    if (x->method == QP_GET && strstr(x->path, "/personal"))
        strcat(path, "?purpose=visit");
    struct answer *a = ask(r, rig_method(x->method), path,
                           x->method & (QP_GET | QP_DELETE) ? NULL : "{\"text\":\"t\"}", token, NULL);
    int status = a->status;
    for (char *at_id = a->body; at_id && (at_id = strstr(at_id, id));)
        memset(at_id, '-', strlen(id)); /* what was asked for may be repeated, in both languages */
    snprintf(said, cap, "%s", a->body ? a->body : "");
    answer_free(a);
    return status;
}

static void each_call_keeps_within_the_span_as_its_row_says(void **state)
{
    struct rig *r = *state;
    const struct qp_call_row *x;
    char token[64], outside[27], said[1000], absent[1000];
    size_t of_one = 0;
    narrow(r, "narrow", "\"categories\":[\"lamp\"]", token);
    of_category(r, "noise", "drums at night", outside);
    for (size_t i = 0; (x = qp_route_at(i)); i++) {
        if (x->may & QP_MAY_OPEN || strcmp(x->path, "/api/v1/stream") == 0)
            continue;
        int status = call(r, x, outside, token, said, sizeof said);
        bool kept = true;
        assert_int_not_equal(x->span, 0);
        if (x->span == QP_SPAN_MATTER) {
            int none = call(r, x, "00000000000000000000000000", token, absent, sizeof absent);
            kept = status == 404 && none == 404 && strcmp(said, absent) == 0;
            of_one++;
        } else if (x->span == QP_SPAN_WHOLE || x->span == QP_SPAN_FIGURES) {
            kept = status == 403 && strstr(said, "sees only some areas or categories");
        }
        if (!kept || strstr(said, "drums"))
            fail_msg("%s %s: %d %s %s", rig_method(x->method), x->path, status, said, absent);
        if (strncmp(x->path, "/api/v1/matters/*", 17) == 0 && x->span != QP_SPAN_MATTER &&
            x->span != QP_SPAN_WHOLE)
            fail_msg("%s names a matter and does not say so", x->path);
    }
    assert_true(of_one >= 4);
}

/* The call without an end, which the walk leaves out: of what lies outside it tells nothing, from the first event on. */
static void the_stream_tells_who_is_narrowed_of_what_lies_within_alone(void **state)
{
    struct rig *r = *state;
    char token[64], id[27], request[300], out[65536];
    narrow(r, "hears", "\"categories\":[\"lamp\"]", token);
    of_category(r, "noise", "drums at night", id);
    of_category(r, "lamp", "a lamp is dark", id);
    int fd = dial(r);
    snprintf(request, sizeof request,
             "GET /api/v1/stream?last_event_id=0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n",
             token);
    say(fd, request);
    hear(fd, out, sizeof out, "a lamp is dark"); /* which was said behind the other */
    assert_null(strstr(out, "drums"));
    close(fd);
}

static void lists_show_what_lies_within_and_steps_name_nothing_else(void **state)
{
    struct rig *r = *state;
    char token[64], in[27], out[27], path[100], body[200];
    narrow(r, "narrow", "\"categories\":[\"lamp\"]", token);
    of_category(r, "lamp", "a lamp is out", in);
    of_category(r, "noise", "drums at night", out);
    struct answer *a = ask(r, "GET", "/api/v1/matters", NULL, token, NULL);
    assert_int_equal(a->status, 200);
    assert_int_equal(json_array_size(at(a, "items")), 1);
    assert_int_equal(int_at(a, "total"), 1);
    assert_string_equal(text_at(a, "items.0.id"), in);
    answer_free(a);
    a = ask(r, "GET", "/api/v1/matters?category=noise", NULL, token, NULL);
    assert_int_equal(json_array_size(at(a, "items")), 0);
    assert_int_equal(int_at(a, "total"), 0);
    answer_free(a);
    a = ask(r, "GET", "/api/v1/matters:similar?text=drums%20at%20night", NULL, token, NULL);
    assert_int_equal(a->status, 200);
    assert_int_equal(json_array_size(at(a, "items")), 0);
    answer_free(a);
    a = ask(r, "GET", "/api/v1/board?by=category&category=lamp", NULL, token, NULL);
    assert_int_equal(a->status, 200);
    answer_free(a);
    refused(ask(r, "GET", "/api/v1/board?by=category&category=noise", NULL, token, NULL), 403, "denied",
            "category");
    snprintf(path, sizeof path, "/api/v1/matters/%s/merge", in);
    snprintf(body, sizeof body, "{\"into\":\"%s\"}", out);
    refused(ask(r, "POST", path, body, token, NULL), 422, "refused", "into");
    snprintf(body, sizeof body, "{\"into\":\"%s\"}",
             "01m83srw07f56knjt0fmybfsw0"); /* absent, for both alike */
    refused(ask(r, "POST", path, body, token, NULL), 422, "refused", "into");
    refused(ask(r, "POST", path, body, r->token, NULL), 422, "refused", "into");
    snprintf(body, sizeof body, "{\"id\":\"%s\",\"step\":\"comment\",\"text\":\"t\"}\n", out);
    a = ask(r, "POST", "/api/v1/matters:batch", body, token, "Content-Type: application/x-ndjson\r\n");
    assert_non_null(strstr(a->body, "not_found"));
    answer_free(a);
    refused(ask(r, "POST", "/api/v1/matters", "{\"category\":\"noise\",\"title\":\"t\",\"source\":\"s\"}",
                token, NULL),
            403, "denied", "category");
    a = ask(r, "POST", "/api/v1/matters",
            "{\"category\":\"noise\",\"title\":\"t\",\"source\":\"s\",\"source_ref\":\"7\"}", r->token, NULL);
    assert_int_equal(a->status, 201);
    answer_free(a);
    refused(ask(r, "POST", "/api/v1/matters",
                "{\"category\":\"lamp\",\"title\":\"t\",\"source\":\"s\",\"source_ref\":\"7\"}", token, NULL),
            409, "exists", "source_ref");
    a = ask(r, "POST", "/api/v1/matters:batch",
            "{\"category\":\"lamp\",\"title\":\"t\",\"source\":\"s\",\"source_ref\":\"7\"}\n", token,
            "Content-Type: application/x-ndjson\r\n");
    assert_non_null(strstr(a->body, "\"exists\""));
    assert_null(strstr(a->body, "\"id\""));
    answer_free(a);
    a = ask(r, "GET", "/api/v1/me", NULL, token, NULL);
    assert_string_equal(text_at(a, "categories.0"), "lamp");
    answer_free(a);
}

/* What he sees is asked in the turn, when the step is taken: what left his span a moment before is not his. */
static void what_has_just_left_the_span_is_absent(void **state)
{
    struct rig *r = *state;
    char token[64], id[27], other[27], body[400];
    narrow(r, "narrow", "\"categories\":[\"lamp\"]", token);
    of_category(r, "lamp", "a lamp is out", id);
    of_category(r, "lamp", "and another", other);
    snprintf(body, sizeof body,
             "{\"id\":\"%s\",\"step\":\"sort\",\"category\":\"noise\"}\n"
             "{\"id\":\"%s\",\"step\":\"comment\",\"text\":\"drums came late\"}\n"
             "{\"id\":\"%s\",\"step\":\"merge\",\"into\":\"%s\"}\n",
             id, id, other, id);
    struct answer *a =
        ask(r, "POST", "/api/v1/matters:batch", body, token, "Content-Type: application/x-ndjson\r\n");
    const char *first = a->body, *second = first ? strchr(first, '\n') : NULL,
               *third = second ? strchr(second + 1, '\n') : NULL;
    if (!third || !strstr(second, "not_found") || strstr(second, "not_found") > third ||
        !strstr(third, "\"refused\"") || !strstr(third, "\"into\""))
        fail_msg("%d %s", a->status, a->body);
    assert_null(strstr(third, "holder"));
    answer_free(a);
    char path[100];
    snprintf(path, sizeof path, "/api/v1/matters/%s", id);
    a = ask(r, "GET", path, NULL, r->token, NULL);
    assert_string_equal(text_at(a, "category"), "noise");
    assert_null(strstr(a->body, "drums came late"));
    answer_free(a);
}

/* DE2: a hash that he heard of is no way to a file of a matter that he does not see; his own copy of it is. */
static void a_file_that_he_does_not_see_cannot_be_named_by_him(void **state)
{
    struct rig *r = *state;
    static const char PAPER[] = "%PDF-1.4\na permit that is none of his\n%%EOF\n";
    char token[64], hash[65], body[400];
    struct answer *a = ask(r, "POST", "/api/v1/blobs", PAPER, r->token, "Content-Type: application/pdf\r\n");
    assert_int_equal(a->status, 201);
    snprintf(hash, sizeof hash, "%s", text_at(a, "hash"));
    answer_free(a);
    narrow(r, "narrow", "\"categories\":[\"lamp\"]", token);
    for (int i = 0; i < 3; i++) {
        if (i == 1) /* now it is his own as well */
            answer_free(ask(r, "POST", "/api/v1/blobs", PAPER, token, "Content-Type: application/pdf\r\n"));
        snprintf(body, sizeof body,
                 "{\"category\":\"%s\",\"title\":\"t\",\"source\":\"s\",\"attachments\":[\"%s\"]}",
                 i == 2 ? "noise" : "lamp", hash);
        if (i == 0) {
            snprintf(body, sizeof body,
                     "{\"category\":\"noise\",\"title\":\"t\",\"source\":\"s\",\"attachments\":[\"%s\"]}",
                     hash);
            answer_free(ask(r, "POST", "/api/v1/matters", body, r->token, NULL));
            snprintf(body, sizeof body,
                     "{\"category\":\"lamp\",\"title\":\"t\",\"source\":\"s\",\"attachments\":[\"%s\"]}",
                     hash);
            refused(ask(r, "POST", "/api/v1/matters", body, token, NULL), 422, "refused", "attachments");
            continue;
        }
        a = ask(r, "POST", "/api/v1/matters", body, i == 1 ? token : r->token, NULL);
        if (a->status != 201)
            fail_msg("%d: %d %s", i, a->status, a->body);
        answer_free(a);
    }
}

/* The tree: the way to what is seen, without figures; a warning: only of what is seen. */
static void the_tree_shows_the_way_to_what_is_seen_and_no_figure_beyond(void **state)
{
    struct rig *r = *state;
    char lamp[64], below[64], in[27];
    narrow(r, "lamp", "\"categories\":[\"lamp\"]", lamp);
    narrow(r, "below", "\"areas\":[\"suzhou/a\"]", below);
    of_category(r, "noise", "drums at night", in);
    struct answer *a = ask(r, "GET", "/api/v1/tree", NULL, r->token, NULL);
    assert_int_equal(int_at(a, "open"), 1);
    answer_free(a);
    const char *narrowed[] = {lamp, below};
    for (size_t i = 0; i < 2; i++) {
        a = ask(r, "GET", "/api/v1/tree", NULL, narrowed[i], NULL);
        assert_int_equal(a->status, 200);
        assert_string_equal(text_at(a, "path"), "suzhou");
        static const char *const FIGURES[] = {"open", "overdue", "emergency"};
        for (size_t k = 0; k < 3; k++)
            assert_true(json_is_null(at(a, FIGURES[k])));
        answer_free(a);
        a = ask(r, "GET", "/api/v1/warnings", NULL, narrowed[i], NULL);
        assert_int_equal(a->status, 200);
        assert_int_equal(json_array_size(at(a, "items")), 0);
        answer_free(a);
        refused(ask(r, "GET", "/api/v1/warnings/00000000000000000000000000", NULL, narrowed[i], NULL), 404,
                "not_found", NULL);
        refused(ask(r, "POST", "/api/v1/warnings/00000000000000000000000000/note", "{\"note\":\"n\"}",
                    narrowed[i], NULL),
                404, "not_found", NULL);
    }
}

static void who_is_narrowed_gives_no_wider_span_and_widens_not_his_own(void **state)
{
    struct rig *r = *state;
    char token[64], theirs[64];
    narrow(r, "narrow", "\"categories\":[\"lamp\"]", token);
    narrow(r, "noise", "\"categories\":[\"noise\"]", theirs);
    static const char ALL[] = "{\"name\":\"x\",\"rights\":[\"read\"]}",
                      OTHER[] = "{\"name\":\"x\",\"rights\":[\"read\"],\"categories\":[\"lamp\",\"noise\"]}",
                      WITHIN[] = "{\"name\":\"x\",\"rights\":[\"read\"],\"categories\":[\"lamp\"]}",
                      PERSON[] = "{\"name\":\"li\",\"password\":\"a long password\",\"role\":\"worker\"}";
    refused(ask(r, "POST", "/api/v1/tokens", ALL, token, NULL), 403, "denied", "categories");
    refused(ask(r, "POST", "/api/v1/tokens", OTHER, token, NULL), 403, "denied", "categories");
    refused(ask(r, "POST", "/api/v1/users", PERSON, token, NULL), 403, "denied", "categories");
    refused(ask(r, "PATCH", "/api/v1/tokens/narrow", "{\"categories\":[]}", token, NULL), 403, "denied",
            "categories");
    refused(ask(r, "PATCH", "/api/v1/tokens/noise", "{\"categories\":[\"lamp\"]}", token, NULL), 403,
            "denied", NULL);
    struct answer *a = ask(r, "POST", "/api/v1/tokens", WITHIN, token, NULL);
    assert_int_equal(a->status, 201);
    answer_free(a);
    refused(ask(r, "POST", "/api/v1/tokens", "{\"name\":\"y\",\"rights\":[\"read\"],\"areas\":[\"other\"]}",
                r->token, NULL),
            400, "malformed", "areas");
}

int main(void)
{
#define UP(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_area_holds_itself_and_what_is_below_and_no_other),
        cmocka_unit_test(both_narrow_and_a_category_is_the_same_to_the_byte),
        cmocka_unit_test(nobody_gives_more_than_he_sees),
        cmocka_unit_test(more_than_this_build_knows_sees_nothing),
        UP(each_call_keeps_within_the_span_as_its_row_says),
        UP(the_stream_tells_who_is_narrowed_of_what_lies_within_alone),
        UP(lists_show_what_lies_within_and_steps_name_nothing_else),
        UP(a_file_that_he_does_not_see_cannot_be_named_by_him),
        UP(what_has_just_left_the_span_is_absent),
        UP(the_tree_shows_the_way_to_what_is_seen_and_no_figure_beyond),
        UP(who_is_narrowed_gives_no_wider_span_and_widens_not_his_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
