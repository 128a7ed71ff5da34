/* test_shape.c: the rows of proto/steps.h fit their messages, none is forgotten, and a shape says where what
 * it speaks of lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "proto/bounds.h"
#include "proto/events.h"
#include "proto/steps.h"

/* What no row speaks of: the core fills it in. */
static const char *const CORE[] = {"Sorted.has_deadline",
                                   "Commented.circle",
                                   "Sorted.face",
                                   "Sorted.hides",
                                   "Sorted.personal",
                                   "Offered.number",
                                   "Offered.lift",
                                   "Urged.lapsed_us",
                                   "Urged.lifts",
                                   "Offered.to",
                                   "Offered.face",
                                   "Accepted.number",
                                   "Accepted.offer",
                                   "Accepted.path",
                                   "Accepted.anew",
                                   "Refused.number",
                                   "Refused.offer",
                                   "Withdrawn.number",
                                   "Withdrawn.offer",
                                   "ExtensionApproved.serial",
                                   "ExtensionApproved.number",
                                   "ExtensionDenied.serial",
                                   "ExtensionDenied.number",
                                   "Appealed.stage",
                                   "Appealed.number",
                                   "Appealed.of_us",
                                   "Decided.number",
                                   "Handled.answers_us",
                                   "Progressed.answers_us",
                                   "Closed.answers_us",
                                   "Assisted.number",
                                   "Assisted.to",
                                   "Assisted.drop",
                                   "Assisted.face",
                                   "Parted.number",
                                   "Released.upto"};

static const ProtobufCMessageDescriptor *type_of(const struct qp_shape *s, const struct qp_shape_row *r)
{
    const ProtobufCFieldDescriptor *f = qp_shape_inside(s, r);
    return f ? f->descriptor : s->type;
}

static const ProtobufCFieldDescriptor *member_of(const struct qp_shape *s, const struct qp_shape_row *r)
{
    const ProtobufCMessageDescriptor *type = type_of(s, r);
    for (unsigned i = 0; i < type->n_fields; i++)
        if (type->fields[i].offset == r->at)
            return &type->fields[i];
    fail_msg("%s: %s has no member there", r->name, type->short_name);
    return NULL;
}

static ProtobufCType proto_type(enum qp_shape_kind kind)
{
    if (qp_shape_is_text(kind))
        return PROTOBUF_C_TYPE_STRING;
    if (qp_shape_is_time(kind))
        return PROTOBUF_C_TYPE_INT64;
    return kind == QP_SHAPE_BOOL ? PROTOBUF_C_TYPE_BOOL
           : kind == QP_SHAPE_ID ? PROTOBUF_C_TYPE_BYTES
                                 : PROTOBUF_C_TYPE_UINT32;
}

static void every_row_is_a_member_of_its_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < QP_STEPS_N; i++)
        for (const struct qp_shape_row *r = qp_steps[i].shape.rows; r->name; r++) {
            const ProtobufCFieldDescriptor *f = member_of(&qp_steps[i].shape, r);
            assert_int_equal(f->type, proto_type(r->kind));
            if (r->kind == QP_SHAPE_DEADLINE) {
                char has[40];
                snprintf(has, sizeof has, "has_%s", r->name);
                f = protobuf_c_message_descriptor_get_field_by_name(qp_steps[i].shape.type, has);
                assert_true(f && f->type == PROTOBUF_C_TYPE_BOOL);
            }
        }
}

/* One bound, declared in rules.c and asked for in the row: what the API takes, every node takes. */
static void a_rows_bound_is_that_of_its_member(void **state)
{
    (void)state;
    for (size_t i = 0; i < QP_STEPS_N; i++)
        for (const struct qp_shape_row *r = qp_steps[i].shape.rows; r->name; r++) {
            if (r->need == QP_NEED_OWN)
                continue;
            const struct qp_shape *s = &qp_steps[i].shape;
            const struct qp_rules *rules = qp_rules_of(type_of(s, r));
            const struct qp_rule *rule = &rules->fields[member_of(s, r) - rules->type->fields];
            uint32_t most = qp_shape_is_text(r->kind) ? rule->most - (r->kind == QP_SHAPE_PATH) : 0;
            if (r->most != most) /* a path's is with its NUL there */
                fail_msg("%s, %s: %u bytes here, %u in rules.c", qp_steps[i].name, r->name, r->most,
                         rule->most);
        }
}

static bool core_fills(const char *message, const char *field)
{
    char name[80];
    snprintf(name, sizeof name, "%s.%s", message, field);
    for (size_t i = 0; i < sizeof CORE / sizeof *CORE; i++)
        if (strcmp(CORE[i], name) == 0)
            return true;
    return false;
}

/* Some step that makes such an event has a row for the member. */
static bool spoken_of(int body, const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *f)
{
    for (size_t i = 0; i < QP_STEPS_N; i++)
        for (const struct qp_shape_row *r = qp_steps[i].shape.rows; qp_steps[i].body == body && r->name; r++)
            if (type_of(&qp_steps[i].shape, r) == type && member_of(&qp_steps[i].shape, r) == f)
                return true;
    return false;
}

static void look_at_members(const struct qp_step *st, const ProtobufCMessageDescriptor *type)
{
    for (unsigned i = 0; i < type->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &type->fields[i];
        if (core_fills(type->short_name, f->name) || spoken_of(st->body, type, f))
            continue;
        if (f->type != PROTOBUF_C_TYPE_MESSAGE)
            fail_msg(
                "%s.%s: no step has a row for it (proto/steps.h), and it is not among what the core fills in",
                type->short_name, f->name);
        look_at_members(st, f->descriptor);
    }
}

static void every_member_of_a_steps_event_has_a_row(void **state)
{
    (void)state;
    for (size_t i = 0; i < QP_STEPS_N; i++)
        look_at_members(&qp_steps[i], qp_steps[i].shape.type);
}

static void every_step_has_its_words_in_two_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        const struct qp_step *st = &qp_steps[i];
        assert_ptr_equal(qp_step_find(st->name), st); /* no name twice */
        assert_true(st->en[0] && (unsigned char)st->zh[0] >= 0x80);
    }
    for (size_t i = 0; i < QP_WORDS; i++) {
        assert_true(qp_step_words[i].en[0] && (unsigned char)qp_step_words[i].zh[0] >= 0x80);
        bool used = false;
        for (size_t k = 0; k < QP_STEPS_N; k++)
            used = used || qp_shape_row(&qp_steps[k].shape, qp_step_word_names[i]);
        assert_true(used);
    }
}

static void needs_and_notes_make_sense(void **state)
{
    (void)state;
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        unsigned notes = 0, either = 0;
        bool above = false;
        for (const struct qp_shape_row *r = qp_steps[i].shape.rows; r->name; r++) {
            notes += r->show == QP_SHOW_NOTE;
            either += r->need == QP_NEED_EITHER;
            assert_true(r->need != QP_NEED_ABOVE || above);
            above = r->need != QP_NEED_OWN;
            for (const struct qp_shape_row *other = r + 1; other->name; other++)
                assert_string_not_equal(r->name, other->name);
        }
        assert_true(notes <= 1 && either != 1);
    }
}

/* Two registries, one fact: the row of a step that is shown as the note is what events.h calls the words. */
static void a_steps_note_is_what_people_wrote_in_its_event(void **state)
{
    (void)state;
    for (size_t i = 0; i < QP_STEPS_N; i++) {
        const struct qp_event_kind *k = qp_event_kind(qp_steps[i].body);
        size_t note = 0;
        assert_non_null(k);
        assert_int_equal(k->subject, QP_OF_MATTER);
        for (const struct qp_shape_row *r = qp_steps[i].shape.rows; r->name; r++) {
            note = r->show == QP_SHOW_NOTE ? r->at : note;
            assert_false(r->show == QP_SHOW_NOTE && qp_shape_inside(&qp_steps[i].shape, r));
        }
        assert_int_equal(note, k->words);
    }
}

static void four_steps_share_an_event_and_are_told_apart(void **state)
{
    static const char *const names[] = {"escalate", "dispatch", "transfer", "return"};
    (void)state;
    struct qp_arena *a = qp_arena_new(1 << 20);
    for (uint32_t i = 0; i < 4; i++) {
        Qp__Event ev = QP__EVENT__INIT;
        assert_int_equal(qp_step_make(qp_step_find(names[i]), &ev, a), 0);
        assert_int_equal(ev.body_case, QP__EVENT__BODY_OFFERED);
        assert_int_equal(ev.offered->kind, QP_KIND_ESCALATE + i);
        assert_string_equal(qp_step_of(&ev)->name, names[i]);
        ev.offered->kind = 99; /* of a later build: shown all the same */
        assert_string_equal(qp_step_of(&ev)->name, "escalate");
    }
    Qp__Event opened = QP__EVENT__INIT;
    opened.body_case = QP__EVENT__BODY_OPENED;
    assert_null(qp_step_of(&opened));
    assert_string_equal(qp_step_said(&opened), "");
    qp_arena_free(a);
}

static void a_message_inside_is_made_and_found(void **state)
{
    (void)state;
    struct qp_arena *a = qp_arena_new(1 << 20);
    Qp__Event ev = QP__EVENT__INIT;
    const struct qp_step *st = qp_step_find("visit");
    assert_int_equal(qp_step_make(st, &ev, a), 0);
    assert_non_null(ev.visited->visit);
    const struct qp_shape_row *reached = qp_shape_row(&st->shape, "reached");
    assert_ptr_equal(qp_shape_member(&st->shape, reached, &ev.visited->base), &ev.visited->visit->reached);
    assert_ptr_equal(qp_shape_member(&st->shape, qp_shape_row(&st->shape, "note"), &ev.visited->base),
                     &ev.visited->note);
    assert_null(qp_shape_row(&st->shape, "at")); /* the node says it */
    ev.visited->visit = NULL;                    /* as somebody else may have sent it */
    assert_null(qp_shape_member(&st->shape, reached, &ev.visited->base));
    qp_arena_free(a);
}

static void what_people_wrote_is_the_note_or_the_result(void **state)
{
    (void)state;
    Qp__Handled handled = QP__HANDLED__INIT;
    Qp__Event ev = QP__EVENT__INIT;
    ev.body_case = QP__EVENT__BODY_HANDLED;
    ev.handled = &handled;
    handled.result = (char *)(uintptr_t) "repaired";
    assert_string_equal(qp_step_said(&ev), "repaired");
    handled.note = (char *)(uintptr_t) "new lamp";
    assert_string_equal(qp_step_said(&ev), "new lamp");
}

static void a_list_is_cut_after_a_whole_word(void **state)
{
    (void)state;
    char all[400], few[20];
    assert_int_equal(strncmp(qp_step_list(all, sizeof all, false), "sort, assign, take, giveback, ", 30), 0);
    assert_non_null(strstr(all, qp_steps[QP_STEPS_N - 1].name));
    assert_string_equal(qp_step_list(few, sizeof few, false), "sort, assign, take");
    assert_null(strstr(qp_step_list(all, sizeof all, true), "escalate"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_a_member_of_its_message),
        cmocka_unit_test(a_rows_bound_is_that_of_its_member),
        cmocka_unit_test(every_member_of_a_steps_event_has_a_row),
        cmocka_unit_test(every_step_has_its_words_in_two_languages),
        cmocka_unit_test(needs_and_notes_make_sense),
        cmocka_unit_test(a_steps_note_is_what_people_wrote_in_its_event),
        cmocka_unit_test(four_steps_share_an_event_and_are_told_apart),
        cmocka_unit_test(a_message_inside_is_made_and_found),
        cmocka_unit_test(what_people_wrote_is_the_note_or_the_result),
        cmocka_unit_test(a_list_is_cut_after_a_whole_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
