/* steps_test.c: the API's side of every step, word for word: what its body takes, what is refused in which
 * words, and how its event is told in a history. Written down a second time, against proto/steps.h. */
#include "tests/unit/http/rig.h"

#include <stdio.h>

#include "node/http/shape/by_shape.h"
#include "node/http/shape/draft.h"
#include "proto/events.h"

static struct qp_arena *arena;
static struct qp_fault fault;

/* The body read as the step's; 0 or the code in `fault`. */
static int read_body(const char *step, const char *body, Qp__Event *ev)
{
    json_t *o;
    struct qp_fields s;
    qp_arena_reset(arena);
    assert_int_equal(qp_json_load(&o, body, strlen(body), false, &fault), 0);
    qp_fields_begin(&s, o, arena, NULL, &fault);
    const struct qp_step *st = qp_step_find(step);
    qp__event__init(ev);
    assert_int_equal(qp_step_make(st, ev, arena), 0);
    qp_shape_read(&s, &st->shape, qp_step_body(st, ev));
    qp_shape_check_ahead(&s, &st->shape, qp_step_body(st, ev), 1700000000000000);
    int rc = qp_fields_end(&s);
    json_decref(o);
    return rc;
}

static void told(const Qp__Event *ev, char out[1000])
{
    struct qp_json j = {0};
    size_t len;
    qp_json_object(&j);
    qp_json_put_full(&j, "note", qp_event_words(ev));
    const struct qp_step *st = qp_step_of(ev);
    qp_shape_put(&j, &st->shape, qp_step_body(st, ev));
    qp_json_object_end(&j);
    char *text = qp_json_take(&j, &len);
    snprintf(out, 1000, "%s", text);
    free(text);
}

#define T  "\"2099-01-01T00:00:00.000Z\""
#define ID "\"01m83srw07f56knjt0fmybfsw0\""

static void a_history_tells_each_step_in_these_words(void **state)
{
    static const char *const steps[][3] = {
        {"sort", "{}", "{\"note\":null}"},
        {"sort", "{\"category\":\"c\",\"urgency\":\"urgent\",\"deadline\":" T ",\"area\":\"city/east\"}",
         "{\"note\":null,\"area\":\"city/east\"}"},
        {"assign", "{\"desk\":\"d\"}", "{\"note\":null,\"desk\":\"d\",\"person\":null}"},
        {"assign", "{\"person\":\"p\",\"desk\":null}", "{\"note\":null,\"desk\":null,\"person\":\"p\"}"},
        {"progress", "{\"note\":\"n\\nm\"}", "{\"note\":\"n\\nm\"}"},
        {"take", "{}", "{\"note\":null,\"person\":null}"},
        {"giveback", "{\"reason\":\"r\"}", "{\"note\":\"r\"}"},
        {"escalate", "{\"reason\":\"r\"}", "{\"note\":\"r\",\"kind\":\"escalate\",\"to\":\"\"}"},
        {"dispatch", "{\"to\":\"city/east\"}", "{\"note\":null,\"kind\":\"dispatch\",\"to\":\"city/east\"}"},
        {"transfer", "{\"to\":\"west\",\"reason\":\"r\"}",
         "{\"note\":\"r\",\"kind\":\"transfer\",\"to\":\"west\"}"},
        {"return", "{\"reason\":\"r\"}", "{\"note\":\"r\",\"kind\":\"return\",\"to\":\"\"}"},
        {"accept", "{}", "{\"note\":null,\"automatic\":false}"},
        {"refuse", "{\"reason\":\"r\"}", "{\"note\":\"r\",\"automatic\":false}"},
        {"withdraw", "{}", "{\"note\":null}"},
        {"handle", "{\"result\":\"done\",\"note\":\"n\"}",
         "{\"note\":\"n\",\"must_visit\":false,\"result\":\"done\"}"},
        {"assist", "{\"to\":\"city/east\",\"note\":\"n\"}",
         "{\"note\":\"n\",\"desk\":null,\"to\":\"city/east\"}"},
        {"part", "{\"note\":\"n\",\"done\":true}", "{\"note\":\"n\",\"done\":true}"},
        {"release", "{}", "{\"note\":null}"},
        {"visit", "{\"reached\":false}",
         "{\"note\":null,\"visit\":{\"at\":null,\"reached\":false,\"resolved\":null,\"satisfied\":null}}"},
        {"visit", "{\"reached\":true,\"resolved\":false}",
         "{\"note\":null,\"visit\":{\"at\":null,\"reached\":true,\"resolved\":false,\"satisfied\":null}}"},
        {"visit", "{\"reached\":true,\"resolved\":true,\"satisfied\":false,\"note\":\"n\"}",
         "{\"note\":\"n\",\"visit\":{\"at\":null,\"reached\":true,\"resolved\":true,\"satisfied\":false}}"},
        {"close", "{\"result\":\"done\"}", "{\"note\":null,\"result\":\"done\",\"of\":null}"},
        {"close", "{\"result\":\"duplicate\",\"of\":\"R-7\",\"note\":\"n\"}",
         "{\"note\":\"n\",\"result\":\"duplicate\",\"of\":\"R-7\"}"},
        {"reopen", "{\"reason\":\"r\"}", "{\"note\":\"r\"}"},
        {"hang", "{\"reason\":\"r\",\"until\":" T "}", "{\"note\":\"r\"}"},
        {"resume", "{}", "{\"note\":null}"},
        {"merge", "{\"into\":" ID "}", "{\"note\":null,\"into\":" ID "}"},
        {"unmerge", "{}", "{\"note\":null}"},
        {"comment", "{\"text\":\"t\"}", "{\"note\":\"t\"}"},
        {"extend", "{\"stage\":\"close\",\"until\":" T ",\"reason\":\"r\"}",
         "{\"note\":\"r\",\"stage\":\"close\",\"until\":\"2099-01-01T00:00:00.000Z\"}"},
        {"approve", "{\"stage\":\"close\"}", "{\"note\":null,\"stage\":\"close\"}"},
        {"deny", "{\"stage\":\"close\",\"reason\":\"r\"}", "{\"note\":\"r\",\"stage\":\"close\"}"},
        {"urge", "{\"note\":\"n\"}", "{\"note\":\"n\",\"due\":null}"},
        {"urge", "{\"note\":\"n\",\"due\":" T "}", "{\"note\":\"n\",\"due\":" T "}"},
        {"appeal", "{\"about\":\"visit\",\"reason\":\"r\"}", "{\"note\":\"r\",\"about\":\"visit\"}"},
        {"decide", "{\"about\":\"visit\",\"keep\":false,\"reason\":\"r\"}",
         "{\"note\":\"r\",\"about\":\"visit\",\"keep\":false}"},
        {"erase", "{\"reason\":\"r\"}", "{\"note\":\"r\"}"},
    };
    (void)state;
    bool seen[QP_STEPS_N] = {false};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        Qp__Event ev;
        char out[1000];
        if (read_body(steps[i][0], steps[i][1], &ev))
            fail_msg("%s %s: %s", steps[i][0], steps[i][1], fault.e.text);
        told(&ev, out);
        assert_string_equal(out, steps[i][2]);
        seen[qp_step_find(steps[i][0]) - qp_steps] = true;
    }
    for (size_t i = 0; i < QP_STEPS_N; i++)
        if (!seen[i])
            fail_msg("how a history tells of the step %s is not written down here", qp_steps[i].name);
}

static void what_a_step_does_not_take_is_refused_by_name(void **state)
{
    static const char *const wrong[][4] = {
        {"sort", "{\"person\":\"x\"}", "person", "there is no field `person` here"},
        {"sort", "{\"urgency\":\"now\"}", "urgency", "`urgency` must be routine, urgent or emergency"},
        {"sort", "{\"area\":\"A\"}", "area", "`area`: "},
        {"assign", "{}", "desk", "`desk` and `person` are both missing: give one of them, or both"},
        {"assign", "{\"desk\":\"\",\"person\":null}", "desk", "`desk` and `person` are both missing"},
        {"assign", "{\"desk\":\"a\\nb\"}", "desk", "`desk` must be one line without control characters"},
        {"progress", "{}", "note", "`note` is missing"},
        {"progress", "{\"note\":\"\"}", "note", "`note` must not be empty"},
        {"escalate", "{\"reason\":\"r\",\"to\":\"up\"}", "to", "there is no field `to` here"},
        {"escalate", "{\"reason\":\"r\",\"kind\":\"return\"}", "kind", "there is no field `kind` here"},
        {"dispatch", "{\"note\":\"n\"}", "to", "`to` is missing"},
        {"visit", "{\"reached\":true}", "resolved", "`resolved` is missing"},
        {"visit", "{\"reached\":false,\"resolved\":false}", "resolved", "`resolved` must be left out"},
        {"visit", "{\"reached\":false,\"satisfied\":true}", "satisfied", "`satisfied` must be left out"},
        {"visit", "{\"reached\":1,\"resolved\":true}", "reached", "`reached` must be true or false"},
        {"visit", "{\"reached\":true,\"resolved\":true,\"at\":" T "}", "at", "there is no field `at` here"},
        {"close", "{\"result\":\"done\",\"of\":\"R\"}", "of", "`of` goes with the result `duplicate` only"},
        {"hang", "{\"reason\":\"r\"}", "until", "`until` is missing"},
        {"hang", "{\"reason\":\"r\",\"until\":\"2020-01-01T00:00:00Z\"}", "until",
         "`until` is over already: "},
        {"merge", "{\"into\":\"x\"}", "into", "`into` must be the id of a matter: 26 lower-case characters"},
        {"accept", "{\"automatic\":true}", "automatic", "there is no field `automatic` here"},
        {"urge", "{\"due\":\"tomorrow\",\"note\":\"n\"}", "due", "`due`: "},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        Qp__Event ev;
        assert_int_equal(read_body(wrong[i][0], wrong[i][1], &ev), QP_EINVAL);
        assert_string_equal(fault.field, wrong[i][2]);
        if (!strstr(fault.e.text, wrong[i][3]))
            fail_msg("%s %s: \"%s\"", wrong[i][0], wrong[i][1], fault.e.text);
    }
}

/* A value that is taken, or `len` bytes of a text. */
static void put_value(FILE *out, const struct qp_shape_row *r, unsigned len)
{
    static const char *const value[QP_SHAPE_KINDS_N] = {
        [QP_SHAPE_PATH] = "\"city/east\"",
        [QP_SHAPE_UNTIL] = T,
        [QP_SHAPE_BOOL] = "true",
        [QP_SHAPE_ID] = ID,
        [QP_SHAPE_DUE] = T,
    };
    fprintf(out, "\"%s\":", r->name);
    if (len > 0)
        fprintf(out, "\"%0*d\"", (int)len, 0);
    else if (value[r->kind])
        fputs(value[r->kind], out);
    else
        fputs("\"duplicate\"", out); /* with which a result may have an original */
}

/* The body with all that must be said, and one text of so many bytes. */
static char *body_of(const struct qp_step *st, const struct qp_shape_row *text, unsigned len)
{
    char *body;
    size_t size;
    FILE *out = open_memstream(&body, &size);
    assert_non_null(out);
    fputc('{', out);
    for (const struct qp_shape_row *r = st->shape.rows; r->name; r++) {
        bool either = r->need == QP_NEED_EITHER && text->need != QP_NEED_EITHER;
        if (r != text && !qp_shape_must(r) && r->need != QP_NEED_ABOVE && !either)
            continue;
        fputs(ftell(out) > 1 ? "," : "", out);
        put_value(out, r, r == text ? len : 0);
    }
    fputc('}', out);
    fclose(out);
    return body;
}

/* A value of every text at its bound, and one byte above it. */
static void every_text_is_held_to_its_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < QP_STEPS_N; i++)
        for (const struct qp_shape_row *r = qp_steps[i].shape.rows; r->name; r++) {
            if (r->need == QP_NEED_OWN || !qp_shape_is_text(r->kind))
                continue;
            Qp__Event ev;
            char *fits = body_of(&qp_steps[i], r, r->most), *above = body_of(&qp_steps[i], r, r->most + 1);
            if (r->kind != QP_SHAPE_PATH && read_body(qp_steps[i].name, fits, &ev)) /* no path of noughts */
                fail_msg("%s: %s at its bound: %s", qp_steps[i].name, r->name, fault.e.text);
            assert_int_equal(read_body(qp_steps[i].name, above, &ev), QP_EINVAL);
            assert_string_equal(fault.field, r->name);
            if (!strstr(fault.e.text, " are taken"))
                fail_msg("%s: %s above its bound: %s", qp_steps[i].name, r->name, fault.e.text);
            free(fits);
            free(above);
        }
}

static void null_takes_a_deadline_away_and_nothing_leaves_it(void **state)
{
    (void)state;
    Qp__Event ev;
    assert_int_equal(read_body("sort", "{\"deadline\":null}", &ev), 0);
    assert_true(ev.sorted->has_deadline && ev.sorted->deadline_us == 0);
    assert_int_equal(read_body("sort", "{}", &ev), 0);
    assert_false(ev.sorted->has_deadline);
    assert_int_equal(read_body("sort", "{\"deadline\":" T "}", &ev), 0);
    assert_true(ev.sorted->has_deadline && ev.sorted->deadline_us > 0);
}

static int up(void **state)
{
    (void)state;
    arena = qp_arena_new(1 << 20);
    return arena ? 0 : -1;
}

static int down(void **state)
{
    (void)state;
    qp_arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_history_tells_each_step_in_these_words),
        cmocka_unit_test(what_a_step_does_not_take_is_refused_by_name),
        cmocka_unit_test(every_text_is_held_to_its_bound),
        cmocka_unit_test(null_takes_a_deadline_away_and_nothing_leaves_it),
    };
    return cmocka_run_group_tests(tests, up, down);
}
