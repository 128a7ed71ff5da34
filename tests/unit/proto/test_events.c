/* The registry of events against the messages that it speaks of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/events.h"
#include "proto/limits.h"

static const ProtobufCFieldDescriptor *body_field(const struct qp_event_kind *k)
{
    return protobuf_c_message_descriptor_get_field(&qp__event__descriptor, (unsigned)k->body);
}

static void each_field_of_the_body_has_its_row_in_the_order_of_numbers(void **state)
{
    (void)state;
    size_t n, at = 0;
    const struct qp_event_kind *k = qp_event_kinds(&n);
    for (unsigned i = 0; i < qp__event__descriptor.n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &qp__event__descriptor.fields[i];
        if (!(f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF))
            continue;
        assert_true(at < n);
        assert_int_equal(k[at].body, f->id);
        assert_string_equal(k[at].name, f->name);
        assert_ptr_equal(qp_event_kind((int)f->id), &k[at]);
        assert_ptr_equal(qp_event_named(f->name), &k[at]);
        at++;
    }
    assert_int_equal(at, n);
}

static void what_people_wrote_is_a_text_of_its_message(void **state)
{
    (void)state;
    size_t n;
    const struct qp_event_kind *k = qp_event_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        if (k[i].words == 0)
            continue;
        const ProtobufCMessageDescriptor *d = body_field(&k[i])->descriptor;
        bool found = false;
        for (unsigned j = 0; j < d->n_fields; j++)
            found |= d->fields[j].offset == k[i].words && d->fields[j].type == PROTOBUF_C_TYPE_STRING;
        if (!found)
            fail_msg("%s: its words are no text of it", k[i].name);
    }
    Qp__Event ev = QP__EVENT__INIT;
    Qp__Hung hung = QP__HUNG__INIT;
    Qp__Resumed resumed = QP__RESUMED__INIT;
    assert_null(qp_event_words(&ev));
    hung.reason = (char *)(uintptr_t) "等材料";
    ev.body_case = QP__EVENT__BODY_HUNG;
    ev.hung = &hung;
    assert_string_equal(qp_event_words(&ev), "等材料");
    ev.body_case = QP__EVENT__BODY_RESUMED;
    ev.resumed = &resumed;
    assert_null(qp_event_words(&ev));
}

static void what_a_node_says_to_itself_travels_in_no_parcel(void **state)
{
    (void)state;
    size_t n;
    const struct qp_event_kind *k = qp_event_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        bool own = k[i].speaker == QP_BY_SELF;
        assert_int_equal(own, k[i].reach == QP_GOES_NOWHERE);
        for (unsigned scope = QP_SCOPE_HORIZON; own && scope <= QP_SCOPE_SUBTREE; scope++)
            assert_false(qp_event_travels(&k[i], scope));
        assert_false(qp_event_travels(&k[i], 0));
        assert_int_equal(own, !qp_event_travels(&k[i], QP_SCOPE_HORIZON));
    }
}

/* E2, U2: members hear of a matter each by its own parcel; an order for a subtree is about nodes. */
static void only_matters_go_round_and_only_what_holds_below_goes_down(void **state)
{
    (void)state;
    size_t n;
    const struct qp_event_kind *k = qp_event_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        bool there = k[i].body == QP__EVENT__BODY_GRID_ORDERED; /* to the one node that it is for */
        assert_int_equal(there || k[i].subject == QP_OF_MATTER, qp_event_travels(&k[i], QP_SCOPE_NODE));
        bool down = k[i].body == QP__EVENT__BODY_REVOKED || k[i].body == QP__EVENT__BODY_POLICY_SAID ||
                    k[i].body == QP__EVENT__BODY_SEASONED;
        assert_int_equal(down, qp_event_travels(&k[i], QP_SCOPE_SUBTREE));
        if (k[i].ahead) /* L3: nothing about custody or nodes */
            assert_true(k[i].subject == QP_OF_MATTER && k[i].speaker != QP_BY_RECEIVER &&
                        k[i].speaker != QP_BY_SENDER && k[i].body != QP__EVENT__BODY_OFFERED);
    }
}

static void a_kind_of_a_later_build_has_no_row(void **state)
{
    (void)state;
    static const int none[] = {0, 1, 15, 36, 47, 50, 63, 1000, -1};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        assert_null(qp_event_kind(none[i]));
        assert_string_equal(qp_event_name(none[i]), "unknown");
    }
    assert_null(qp_event_named("unknown"));
    assert_null(qp_event_named(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_field_of_the_body_has_its_row_in_the_order_of_numbers),
        cmocka_unit_test(what_people_wrote_is_a_text_of_its_message),
        cmocka_unit_test(what_a_node_says_to_itself_travels_in_no_parcel),
        cmocka_unit_test(only_matters_go_round_and_only_what_holds_below_goes_down),
        cmocka_unit_test(a_kind_of_a_later_build_has_no_row),
    };
    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
