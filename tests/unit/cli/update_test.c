/* update_test.c: a record whose matter is there already: which steps change it, and what stays. Without a
 * node: lines made from a map's record, compared with a matter as the API says it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/import.h"

enum { HOUR = 3600 };

struct bench {
    struct qp_cli cli;
    struct qp_import im;
    struct qp_map_record *m;
    struct qp_im_record *r;
};

static int set_up(void **state)
{
    static const char *const paths[] = {"a", "a/b", "a/c"};
    struct bench *b = calloc(1, sizeof *b);
    b->cli.quiet = true;
    b->im.cli = &b->cli;
    b->im.nodes = calloc(3, sizeof *b->im.nodes);
    b->im.n = 3;
    b->im.clock_source = true;
    for (size_t i = 0; i < 3; i++)
        strcpy(b->im.nodes[i].path, paths[i]);
    b->m = calloc(1, sizeof *b->m);
    b->m->source_ref = "7";
    b->m->title = b->m->category = "lamp";
    b->m->source = "s";
    b->m->body = b->m->place = b->m->urgency = "";
    b->m->desk = "D";
    b->m->has_opened = true;
    b->m->opened_us = 1700000000000000;
    b->r = calloc(1, sizeof *b->r);
    b->r->ref = strdup("7");
    b->r->target = b->r->entry = 1;
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    qp_im_record_free(b->r);
    free(b->m);
    free(b->im.nodes);
    free(b);
    return 0;
}

static void step(struct bench *b, const char *name, int hours)
{
    struct qp_map_step *s = &b->m->steps[b->m->n_steps++];
    for (size_t i = 0; i < QP_WORDS; i++)
        s->arg[i] = "";
    s->step = name;
    s->has_at = true;
    s->at_us = b->m->opened_us + (int64_t)hours * HOUR * 1000000;
    if (strcmp(name, "handle") == 0 || strcmp(name, "close") == 0)
        s->result = "done";
}

/* The matter's JSON: closed after so many hours (0: open), the closing and the assignment with a key. */
static json_t *matter(const struct bench *b, int closed_h, const char *area, const char *desk,
                      const char *key)
{
    char opened[32], closed[32] = "";
    json_t *history = json_array();
    qp_time_text(opened, b->m->opened_us);
    json_array_append_new(history,
                          json_pack("{s:s,s:s,s:s}", "type", "opened", "at", opened, "by", "token:x"));
    json_array_append_new(history, json_pack("{s:s,s:s,s:s}", "type", "assigned", "at", opened, "key", key));
    if (closed_h > 0) {
        qp_time_text(closed, b->m->opened_us + (int64_t)closed_h * HOUR * 1000000);
        json_array_append_new(history,
                              json_pack("{s:s,s:s,s:s}", "type", "handled", "at", closed, "key", key));
        json_array_append_new(history,
                              json_pack("{s:s,s:s,s:s}", "type", "closed", "at", closed, "key", key));
    }
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:i,s:o}", "title", "lamp", "source", "s",
                     "category", "lamp", "desk", desk, "urgency", "routine", "area", area, "holder", area,
                     "state", closed_h > 0 ? "closed" : "assigned", "opened_at", opened, "closed_at", closed,
                     "result", closed_h > 0 ? "done" : "", "version", 5, "history", history);
}

/* The steps that the record is left with, as "name@node …". */
static const char *plan(struct bench *b, json_t *v)
{
    static char out[400];
    struct qp_err e;
    if (qp_im_lines(&b->im, b->m, b->r, &e))
        fail_msg("%s", e.text);
    assert_true(qp_im_compare_with(&b->im, b->r, v));
    json_decref(v);
    out[0] = '\0';
    for (size_t i = 1; i < b->r->stages; i++)
        snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s@%s", i > 1 ? " " : "",
                 b->r->lines[i].step, b->im.nodes[b->r->lines[i].node].path);
    return out;
}

static void what_is_just_so_is_left_alone(void **state)
{
    struct bench *b = *state;
    step(b, "handle", 5);
    step(b, "close", 5);
    assert_string_equal(plan(b, matter(b, 5, "a/b", "D", "import-1-x")), "");
    assert_int_equal(b->im.sums.unchanged, 1);
}

static void a_corrected_closing_is_taken_back_and_made_again(void **state)
{
    struct bench *b = *state;
    step(b, "handle", 6);
    step(b, "close", 6);
    assert_string_equal(plan(b, matter(b, 5, "a/b", "D", "import-1-x")), "reopen@a/b handle@a/b close@a/b");
    assert_non_null(strstr(b->r->lines[3].json, "\"key\":\"import-v5-0-"));
    assert_int_equal(b->im.sums.changed, 1);
}

static void a_record_that_is_open_again_is_reopened(void **state)
{
    struct bench *b = *state;
    assert_string_equal(plan(b, matter(b, 5, "a/b", "D", "import-1-x")), "reopen@a/b");
}

static void another_area_takes_it_over_and_counts_it(void **state)
{
    struct bench *b = *state;
    b->r->target = b->r->entry = 2;
    assert_string_equal(plan(b, matter(b, 0, "a/b", "D", "import-1-x")), "transfer@a/b accept@a/c sort@a/c");
    assert_non_null(strstr(b->r->lines[3].json, "\"area\":\"a/c\""));
    assert_true(b->r->lines[2].arrives);
}

static void from_above_it_is_dispatched(void **state)
{
    struct bench *b = *state;
    assert_string_equal(plan(b, matter(b, 0, "a", "D", "import-1-x")), "dispatch@a accept@a/b sort@a/b");
}

static void what_somebody_else_did_stays(void **state)
{
    struct bench *b = *state;
    assert_string_equal(plan(b, matter(b, 5, "a/b", "D", "by-hand")), "");
    assert_int_equal(b->im.sums.kept, 1);
    assert_int_equal(b->im.sums.changed, 0);
}

static void another_desk_is_assigned_unless_somebody_else_chose_it(void **state)
{
    struct bench *b = *state;
    assert_string_equal(plan(b, matter(b, 0, "a/b", "E", "import-1-x")), "assign@a/b");
    qp_im_lines_free(b->r, 0);
    assert_string_equal(plan(b, matter(b, 0, "a/b", "E", "")), "");
    assert_int_equal(b->im.sums.kept, 1);
}

static void an_import_that_was_broken_off_goes_on_where_it_was(void **state)
{
    struct bench *b = *state;
    step(b, "handle", 5);
    step(b, "close", 6);
    json_t *v = matter(b, 5, "a/b", "D", "import-1-x");
    json_object_set_new(v, "state", json_string("handled"));
    json_array_remove(json_object_get(v, "history"), 3);
    json_object_set_new(v, "closed_at", json_null());
    assert_string_equal(plan(b, v), "close@a/b");
}

static void steps_that_cannot_follow_each_other_cost_the_row_before_the_first(void **state)
{
    static const char *const bad[][2] = {
        {"close", "handle"}, {"visit", ""}, {"resume", ""}, {"hang", "close"}, {"merge", "assign"}};
    struct bench *b = *state;
    struct qp_err e;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        b->m->n_steps = 0;
        step(b, bad[i][0], 1);
        if (bad[i][1][0])
            step(b, bad[i][1], 2);
        int rc = qp_im_lines(&b->im, b->m, b->r, &e);
        assert_int_equal(rc, i == 3 ? 0 : QP_EINVAL); /* what hangs may be closed */
        qp_im_lines_free(b->r, 0);
    }
    assert_non_null(strstr(e.text, "the step assign cannot follow: the matter is merged then"));
}

/* The matter's own transitions say where each step leads. */
static void a_step_follows_where_the_one_before_it_led(void **state)
{
    static const char *const ways[][6] = {
        {"sort", "handle", "visit", "close", "reopen", "sort"},
        {"assign", "sort", "hang", "resume", "handle", "assign"},
        {"handle", "visit", "handle", "visit", "handle", "close"}, /* not resolved: to be done again */
        {"assign", "close", "reopen", "handle", "merge", NULL},
    };
    struct bench *b = *state;
    struct qp_err e = {0};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        b->m->n_steps = 0;
        for (size_t k = 0; k < 6 && ways[i][k]; k++) {
            step(b, ways[i][k], (int)k + 1);
            b->m->steps[k].reached = "yes";
            b->m->steps[k].resolved = i == 2 ? "no" : "yes";
        }
        if (qp_im_lines(&b->im, b->m, b->r, &e))
            fail_msg("way %zu: %s", i, e.text);
        qp_im_lines_free(b->r, 0);
    }
    b->m->steps[4].step = "visit"; /* what was reopened was not handled */
    assert_int_equal(qp_im_lines(&b->im, b->m, b->r, &e), 0);
    qp_im_lines_free(b->r, 0);
    b->m->steps[3].step = "visit";
    assert_int_equal(qp_im_lines(&b->im, b->m, b->r, &e), QP_EINVAL);
    assert_string_equal(e.text, "the step visit cannot follow: the matter is assigned then");
}

static void a_record_that_is_dispatched_stays_at_the_top_until_then(void **state)
{
    struct bench *b = *state;
    struct qp_err e;
    b->r->entry = 0;
    step(b, "dispatch", 1);
    step(b, "accept", 2);
    step(b, "close", 3);
    assert_int_equal(qp_im_lines(&b->im, b->m, b->r, &e), 0);
    static const char *const steps[] = {"open", "sort", "dispatch", "accept", "close"};
    static const uint32_t nodes[] = {0, 0, 0, 1, 1};
    assert_int_equal(b->r->stages, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(b->r->lines[i].step, steps[i]);
        assert_int_equal(b->r->lines[i].node, nodes[i]);
    }
    assert_non_null(strstr(b->r->lines[0].json, "\"area\":\"a\""));
}

/* CL3: a due by a policy's rule is not the file's to take away; one without a rule is. */
static void a_due_that_a_policy_gives_is_no_difference(void **state)
{
    struct bench *b = *state;
    json_t *v = matter(b, 5, "a/b", "D", "import-1-x");
    step(b, "handle", 5);
    step(b, "close", 5);
    json_object_set_new(v, "deadline", json_string("2023-11-24T09:30:00.000Z"));
    json_object_set_new(v, "clocks",
                        json_pack("[{s:s,s:s}]", "stage", "close", "rule", "one / lamp / office"));
    assert_string_equal(plan(b, v), "");
    assert_int_equal(b->im.sums.unchanged, 1);
    qp_im_lines_free(b->r, 0);
    b->m->n_steps = 0;
    v = matter(b, 0, "a/b", "D", "import-1-x");
    json_object_set_new(v, "deadline", json_string("2023-11-24T09:30:00.000Z"));
    assert_string_equal(plan(b, v), "sort@a/b");
    assert_non_null(strstr(b->r->lines[1].json, "\"deadline\":null"));
}

/* GR2 is for reports that say no area: a record's is the map's, also where that is the node at which it is opened. */
static void a_records_area_is_always_said(void **state)
{
    struct bench *b = *state;
    struct qp_err e;
    step(b, "close", 5);
    assert_int_equal(qp_im_lines(&b->im, b->m, b->r, &e), 0);
    assert_non_null(strstr(b->r->lines[0].json, "\"area\":\"a/b\""));
    qp_im_lines_free(b->r, 0);
    b->im.n = 1; /* one node alone: nothing follows, and its position may say more */
    b->r->target = b->r->entry = 0;
    b->m->n_steps = 0;
    assert_int_equal(qp_im_lines(&b->im, b->m, b->r, &e), 0);
    assert_null(strstr(b->r->lines[0].json, "\"area\""));
    b->im.n = 3;
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_just_so_is_left_alone),
        T(a_corrected_closing_is_taken_back_and_made_again),
        T(a_record_that_is_open_again_is_reopened),
        T(another_area_takes_it_over_and_counts_it),
        T(from_above_it_is_dispatched),
        T(what_somebody_else_did_stays),
        T(another_desk_is_assigned_unless_somebody_else_chose_it),
        T(an_import_that_was_broken_off_goes_on_where_it_was),
        T(steps_that_cannot_follow_each_other_cost_the_row_before_the_first),
        T(a_step_follows_where_the_one_before_it_led),
        T(a_record_that_is_dispatched_stays_at_the_top_until_then),
        T(a_due_that_a_policy_gives_is_no_difference),
        T(a_records_area_is_always_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
