/* alarms_test.c: what an alarm of a refusal promises is so, at both ends: who is refused goes on by himself, who is forked does not.
 * A certificate that ends is told of while there is time. */
#include "node/core/private.h"
#include "node/http/shape/alarms.h"
#include "tests/unit/core/renews.h"

#include <jansson.h>

/* When its certificate ends; 0: as it says. */
static int64_t ends_us;
/* What its link says; NULL: there is none. */
static const struct qp_link_status *seen;

/* The alarm of that code as /api/v1/node shows it; NULL: it does not stand. The caller's to free. */
static json_t *alarm_of(struct rig *r, int i, const char *code)
{
    struct qp_http *h = calloc(1, sizeof *h);
    assert_non_null(h);
    h->store = r->nodes[i].store;
    h->core = r->nodes[i].core;
    h->self = *qp_core_self(r->nodes[i].core);
    if (ends_us != 0)
        h->self.not_after_us = ends_us;
    pthread_mutex_init(&h->lock, NULL);
    struct qp_link_view *links = qp_link_view_new(h);
    struct qp_read read;
    assert_non_null(links);
    if (seen) {
        links->v[0] = *seen;
        links->n = links->neighbours = 1;
    }
    assert_int_equal(qp_read_begin(r->nodes[i].store, &read, &r->e), 0);
    struct qp_alarms *a = qp_alarms_look(h, &read, links);
    qp_read_end(&read);
    assert_non_null(a);
    struct qp_json j = {0};
    qp_json_object(&j);
    qp_json_alarms(&j, h, a);
    qp_json_object_end(&j);
    json_t *all = json_loadb(j.p, j.n, 0, NULL), *found = NULL;
    assert_non_null(all);
    for (size_t k = 0; k < json_array_size(json_object_get(all, "alarms")) && !found; k++) {
        json_t *one = json_array_get(json_object_get(all, "alarms"), k);
        if (strcmp(json_string_value(json_object_get(one, "code")), code) == 0)
            found = json_incref(one);
    }
    json_decref(all);
    free(j.p);
    free(a);
    free(links);
    pthread_mutex_destroy(&h->lock);
    free(h);
    return found;
}

static bool stands(struct rig *r, int i, const char *code)
{
    json_t *a = alarm_of(r, i, code);
    json_decref(a);
    return a;
}

static void says(struct rig *r, int i, const char *code, const char *path, const char *en, const char *zh)
{
    json_t *a = alarm_of(r, i, code);
    assert_non_null(a);
    assert_true(json_is_true(json_object_get(a, "grave")));
    assert_string_equal(json_string_value(json_object_get(a, "path")), path);
    assert_non_null(strstr(json_string_value(json_object_get(a, "message")), en));
    assert_non_null(strstr(json_string_value(json_object_get(a, "message_zh")), zh));
    const char *remedy = json_string_value(json_object_get(a, "remedy"));
    assert_non_null(remedy);
    assert_non_null(strstr(remedy, "at city: qipan invite city/a --replace; "));
    assert_non_null(strstr(remedy, i == A ? "here, stopped: qipan join TOKEN --again" : "there, stopped: "));
    json_decref(a);
}

static void who_is_refused_is_said_to_go_on_by_himself(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_open(r, A, "one story");
    rig_settle(r);
    assert_false(stands(r, A, "refused_above") || stands(r, CITY, "refused_below"));
    renew_refuse_at(r, A, A, CITY, false);
    says(r, A, "refused_above", "city", "as its next incarnation", "自行向上级申请换代");
    says(r, CITY, "refused_below", "city/a", "asks by itself for its next incarnation", "自行申请换代");
    assert_false(stands(r, A, "forked") || stands(r, CITY, "forked_below"));
}

static void of_a_fork_no_alarm_promises_that_it_goes_on_by_itself(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_open(r, A, "one story");
    rig_settle(r);
    renew_refuse_at(r, A, A, CITY, false); /* a refusal that would be renewed, before it */
    rig_fork(r, A);
    rig_verdicts(r);
    for (int again = 0; again < 2; again++) {
        says(r, A, "forked", "city", "neither goes on by itself, a person decides", "须由人决定");
        says(r, CITY, "forked_below", "city/a", "neither goes on by itself, a person decides", "须由人决定");
        assert_false(stands(r, A, "refused_above") || stands(r, CITY, "refused_below"));
        for (int i = CITY; i <= A && again == 0; i++) { /* also after a restart */
            rig_stop(r, i);
            rig_start(r, i);
        }
    }
}

static void a_certificate_that_ends_is_told_of_in_time(void **state)
{
    struct rig *r = *state;
    const int64_t day_us = 86400LL * 1000000;
    rig_tree(r, 2);
    ends_us = qp_wall_us() + 61 * day_us;
    assert_false(stands(r, A, "certificate_ends") || stands(r, A, "stale_trust"));
    ends_us = qp_wall_us() + 59 * day_us;
    json_t *a = alarm_of(r, A, "certificate_ends");
    assert_non_null(a);
    assert_non_null(strstr(json_string_value(json_object_get(a, "remedy")),
                           "at city: qipan invite city/a --replace; here, stopped: "));
    json_decref(a);
    a = alarm_of(r, CITY, "certificate_ends"); /* nobody is above it */
    assert_non_null(a);
    assert_true(json_is_null(json_object_get(a, "remedy")));
    json_decref(a);
    assert_false(stands(r, A, "stale_trust"));
    ends_us = qp_wall_us() - 1;
    assert_true(stands(r, A, "stale_trust") && !stands(r, A, "certificate_ends"));
    ends_us = 0;
}

static void what_is_sent_back_while_the_link_is_up_is_told_with_its_end(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_settle(r);
    struct qp_link_status s = {.state = QP_LINK_LIVE, .rtt_us = -1};
    struct qp_sent_back full = {true, 7, QP_EFULL, "its link.child_nodes has to be raised"};
    seen = &s;
    for (int i = CITY; i <= A; i++) {
        memcpy(s.peer, r->nodes[i == CITY ? A : CITY].id, QP_ID_LEN);
        s.from_there = s.from_here = (struct qp_sent_back){.since_us = 7};
        assert_false(stands(r, i, "sent_back"));
        *(i == CITY ? &s.from_here : &s.from_there) = full;
        json_t *a = alarm_of(r, i, "sent_back");
        assert_non_null(a);
        assert_string_equal(json_string_value(json_object_get(a, "path")), i == CITY ? "city/a" : "city");
        assert_string_equal(json_string_value(json_object_get(a, "detail")),
                            i == CITY ? "this node does not take it: its link.child_nodes has to be raised"
                                      : "it is not taken there: its link.child_nodes has to be raised");
        json_decref(a);
    }
    seen = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_up, rig_down)
        TEST(who_is_refused_is_said_to_go_on_by_himself),
        TEST(of_a_fork_no_alarm_promises_that_it_goes_on_by_itself),
        TEST(a_certificate_that_ends_is_told_of_in_time),
        TEST(what_is_sent_back_while_the_link_is_up_is_told_with_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
