/* plan_test.c: what becomes of an imported record after each answer, without a node: the plan alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "node/cli/import.h"

struct bench {
    struct qp_cli cli;
    struct qp_import im;
};

static int set_up(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    b->im.cli = &b->cli;
    b->im.nodes = calloc(2, sizeof *b->im.nodes);
    b->im.n = 2;
    strcpy(b->im.nodes[0].path, "a");
    strcpy(b->im.nodes[1].path, "a/b");
    b->im.patience_us = 60000000;
    b->im.rejected_path = "/dev/null";
    *state = b;
    return 0;
}

static int tear_down(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < b->im.heap_n; i++)
        qp_im_record_free(b->im.heap[i]);
    for (size_t i = 0; i < 2; i++)
        for (struct qp_im_record *r = b->im.nodes[i].first, *next; r; r = next) {
            next = r->next;
            qp_im_record_free(r);
        }
    if (b->im.rejected)
        fclose(b->im.rejected);
    free(b->im.heap);
    free(b->im.nodes);
    free(b);
    return 0;
}

/* Opened at the root, accepted at its child, then one step. */
static struct qp_im_record *record(struct bench *b)
{
    struct qp_im_record *r = calloc(1, sizeof *r);
    r->target = 1;
    r->ref = strdup("x");
    qp_im_line_add(r, 0, "open", 0);
    qp_im_line_add(r, 1, "accept", 0)->arrives = true;
    qp_im_line_add(r, 1, "close", 0);
    b->im.under_way++;
    qp_im_plan(&b->im, r);
    return r;
}

/* The next line that waits at a node, as the pool takes it. */
static struct qp_im_record *taken(struct bench *b, size_t node)
{
    struct qp_im_node *n = &b->im.nodes[node];
    struct qp_im_record *r = n->first;
    if (r) {
        n->first = r->next;
        n->last = !n->first ? NULL : n->last;
        n->waiting--;
    }
    return r;
}

static void say(struct bench *b, struct qp_im_record *r, const char *text)
{
    qp_im_answer(&b->im, &b->im.nodes[0], r, text, strlen(text));
}

static void refuse(struct bench *b, struct qp_im_record *r, const char *code)
{
    char text[100];
    snprintf(text, sizeof text, "{\"line\":1,\"error\":{\"code\":\"%s\",\"message\":\"no\"}}", code);
    say(b, r, text);
}

static void each_stage_goes_to_its_node(void **state)
{
    struct bench *b = *state;
    struct qp_im_record *r = record(b);
    assert_ptr_equal(taken(b, 0), r);
    say(b, r, "{\"line\":1,\"id\":\"01m83v6as9zzkntyxrkeymgpkz\",\"created\":true}");
    assert_string_equal(r->id, "01m83v6as9zzkntyxrkeymgpkz");
    assert_null(taken(b, 0));
    assert_ptr_equal(taken(b, 1), r);
    say(b, r, "{\"line\":1,\"id\":\"01m83v6as9zzkntyxrkeymgpkz\"}");
    assert_ptr_equal(taken(b, 1), r);
    say(b, r, "{\"line\":1,\"id\":\"01m83v6as9zzkntyxrkeymgpkz\"}");
    assert_int_equal(b->im.under_way, 0);
    assert_int_equal(b->im.sums.done, 1);
    assert_int_equal(b->im.sums.created, 1);
    assert_int_equal(b->im.sums.steps, 2);
}

static void an_offer_that_has_not_arrived_is_waited_for(void **state)
{
    static const char *const codes[] = {"not_found", "illegal_step", "not_holder", "busy", "stopping"};
    struct bench *b = *state;
    struct qp_im_record *r = record(b);
    taken(b, 0);
    say(b, r, "{\"line\":1,\"id\":\"01m83v6as9zzkntyxrkeymgpkz\"}");
    taken(b, 1);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        refuse(b, r, codes[i]);
        assert_int_equal(b->im.heap_n, 1);
        qp_im_due(&b->im, INT64_MAX);
        assert_ptr_equal(taken(b, 1), r);
    }
    assert_int_equal(b->im.sums.refused, 0);
    refuse(b, r, "busy");
}

static void what_will_not_pass_is_put_aside_at_once(void **state)
{
    static const char *const codes[] = {"malformed", "key_reused", "denied", "refused", "illegal_step"};
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        struct qp_im_record *r = record(b);
        taken(b, 0);
        refuse(b, r, codes[i]); /* illegal_step at opening is no offer under way */
        assert_int_equal(b->im.sums.refused, i + 1);
        assert_int_equal(b->im.under_way, 0);
    }
}

static void patience_ends(void **state)
{
    struct bench *b = *state;
    struct qp_im_record *r = record(b);
    taken(b, 0);
    qp_im_failed(&b->im, r, 0, "down");
    assert_int_equal(b->im.heap_n, 1);
    qp_im_due(&b->im, INT64_MAX);
    assert_ptr_equal(taken(b, 0), r);
    r->failed_us -= 61000000;
    qp_im_failed(&b->im, r, 0, "down");
    assert_int_equal(b->im.sums.gave_up, 1);
    assert_int_equal(b->im.under_way, 0);
}

static void those_that_wait_come_back_in_the_order_of_their_time(void **state)
{
    struct bench *b = *state;
    int64_t far = qp_monotonic_us() + 1000000000, last = 0;
    for (int i = 0; i < 500; i++) {
        struct qp_im_record *r = calloc(1, sizeof *r);
        r->ref = strdup("x");
        qp_im_line_add(r, 0, "open", 0);
        r->due_us = far + (i * 7919) % 500;
        qp_im_plan(&b->im, r);
    }
    assert_int_equal(qp_im_due(&b->im, far - 1), far);
    qp_im_due(&b->im, far + 250);
    for (struct qp_im_record *r; (r = taken(b, 0)); qp_im_record_free(r)) {
        assert_true(r->due_us >= last && r->due_us <= far + 250);
        last = r->due_us;
    }
    assert_int_equal(b->im.heap_n, 249);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_stage_goes_to_its_node, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_offer_that_has_not_arrived_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_will_not_pass_is_put_aside_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(patience_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(those_that_wait_come_back_in_the_order_of_their_time, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
