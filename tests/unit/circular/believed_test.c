/* believed_test.c: by whose word figures change: what the tables would not take counts nothing (CI3, E7, K7, K8). */
#include "tests/unit/circular/town.h"

/* K7, E7: as in the tables. */
static void who_may_not_say_it_changes_nothing(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0, 0);
    closes(t, B, T0 + HOUR); /* no holder of it */
    t->version--;
    handles(t, A, T0 + 2 * HOUR);
    opens(t, B, "city/a", T0, 0); /* not its place */
    opens(t, B, "village/x", T0, 0);
    counted(t);
    is(t, OPENED, 1, 0);
    is(t, DUE, 0, 0);
    is(t, REDO, 0, 1);
}

/* His times are his own affair. */
static void a_strangers_late_word_ends_no_life(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0, T0 + 2 * DAY);
    closes(t, B, T0 + 8 * DAY); /* no holder of it, after the end */
    t->version--;
    closes(t, A, T0 + HOUR);
    counted(t);
    is(t, CLOSED_OF_DUE, 1, 1);
}

static void a_duty_stays_when_the_matter_is_assigned_again(void **state)
{
    struct town *t = *state;
    Qp__Event *last;
    opens(t, A, "city/a", T0, 0);
    STEP(t, A, T0 + HOUR, HANDLED, handled, qp__handled__init);
    last->handled->must_visit = true;
    say(t, last);
    STEP(t, A, T0 + 2 * HOUR, ASSIGNED, assigned, qp__assigned__init);
    last->assigned->desk = (char *)(uintptr_t) "城管";
    say(t, last);
    counted(t);
    is(t, VISITED, 0, 1);
}

static void what_is_not_handled_is_not_visited(void **state)
{
    struct town *t = *state;
    opens(t, A, "city/a", T0, 0);
    visits(t, A, T0 + HOUR, true, true, 1);
    t->version--;
    closes(t, A, T0 + 2 * HOUR);
    t->version--;
    handles(t, A, T0 + 3 * HOUR); /* a rival, and of what is closed */
    counted(t);
    is(t, VISITED, 0, 0);
    is(t, REDO, 0, 0);
    is(t, CLOSED_OF_DUE, 1, 1);
}

/* The first that is heard of a matter: a face that travels with an event of its holder. */
static Qp__Event *begins(struct town *t, int node, int opener, const char *area, uint64_t custody)
{
    Qp__Event *last;
    t->id[QP_ID_LEN - 1]++;
    t->version = 4;
    t->custody = t->number = custody;
    STEP(t, node, T0 + HOUR, ASSISTED, assisted, qp__assisted__init);
    last->assisted->face = face(t, node, area, T0, T0 + DAY);
    last->assisted->face->opener = (ProtobufCBinaryData){QP_ID_LEN, t->node[opener]};
    return last;
}

/* E3, K8 */
static void a_matter_begins_with_the_face_of_its_opener_who_never_gave_it_away(void **state)
{
    struct town *t = *state;
    say(t, begins(t, A, A, "city/a/x", 1));
    say(t, begins(t, A, B, "city/a", 1)); /* another's opening */
    say(t, begins(t, A, A, "city/a", 2)); /* held before, by whom? */
    say(t, begins(t, A, A, "city/b", 1)); /* not its place */
    Qp__Event *ev = begins(t, A, A, "city/a", 1);
    ev->assisted->face->holder_path = (char *)(uintptr_t) "city/b";
    say(t, ev);
    counted(t);
    is(t, OPENED, 1, 0);
}

static void a_face_says_what_is_closed_and_what_is_to_be_visited(void **state)
{
    struct town *t = *state;
    Qp__Event *ev = begins(t, A, A, "city/a", 1);
    ev->assisted->face->must_visit = true;
    ev->assisted->face->state = QP_HANDLED;
    say(t, ev);
    ev = begins(t, A, A, "city/a", 1);
    ev->assisted->face->closed_us = T0 + HOUR;
    ev->assisted->face->state = QP_CLOSED;
    say(t, ev);
    counted(t);
    is(t, VISITED, 0, 1);
    is(t, CLOSED_OF_DUE, 1, 2);
}

/* E1: where versions are missing, only the holder's own face goes on. */
static void a_later_face_goes_on_from_there_if_it_is_the_holders(void **state)
{
    struct town *t = *state;
    for (int k = 0; k < 3; k++) {
        Qp__Event *last;
        opens(t, A, "city/a", T0, T0 + DAY);
        t->version += 3; /* which never came */
        int by = k == 1 ? B : A;
        t->custody = k == 2 ? 2 : 1;
        STEP(t, by, T0 + HOUR, ASSISTED, assisted, qp__assisted__init);
        last->assisted->face = face(t, by, by == A ? "city/a" : "city/b", T0, T0 + DAY);
        last->assisted->face->opener = (ProtobufCBinaryData){QP_ID_LEN, t->node[A]};
        last->assisted->face->closed_us = T0 + HOUR;
        last->assisted->face->state = QP_CLOSED;
        say(t, last);
    }
    counted(t);
    is(t, CLOSED_OF_DUE, 1, 3);
    span_is(t, QP_SPAN_NOW, QP_CB_AREA, "city/a", QP_CF_OPENED, 3, 0);
}

static void enrols(struct town *t, int by, int node, const char *path)
{
    Qp__CertificateBody body = QP__CERTIFICATE_BODY__INIT;
    Qp__Certificate cert = QP__CERTIFICATE__INIT;
    Qp__Enrolled e = QP__ENROLLED__INIT;
    uint8_t bytes[512], key[32] = {1};
    body.node = (ProtobufCBinaryData){QP_ID_LEN, t->node[node]};
    body.path = (char *)(uintptr_t)path;
    body.sign_key = body.link_key = body.box_key = (ProtobufCBinaryData){sizeof key, key};
    body.tree = body.salt = body.issuer = (ProtobufCBinaryData){QP_ID_LEN, t->node[by]};
    body.incarnation = 1;
    cert.body.data = bytes;
    cert.body.len = qp__certificate_body__pack(&body, bytes);
    Qp__Event *ev = event(t, by, T0, 0);
    e.certificate = &cert;
    ev->matter.len = 0;
    ev->body_case = QP__EVENT__BODY_ENROLLED;
    ev->enrolled = &e;
    say(t, ev);
}

/* Else one word would take all that it opens out of the figures. */
static void nobody_moves_anothers_node_to_another_place(void **state)
{
    struct town *t = *state;
    enrols(t, B, A, "city/b/a");
    enrols(t, CITY, A, "city/c");
    opens(t, A, "city/a", T0, 0);
    counted(t);
    is(t, OPENED, 1, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, up, down)
    const struct CMUnitTest tests[] = {
        T(who_may_not_say_it_changes_nothing),
        T(a_strangers_late_word_ends_no_life),
        T(a_duty_stays_when_the_matter_is_assigned_again),
        T(what_is_not_handled_is_not_visited),
        T(a_matter_begins_with_the_face_of_its_opener_who_never_gave_it_away),
        T(a_face_says_what_is_closed_and_what_is_to_be_visited),
        T(a_later_face_goes_on_from_there_if_it_is_the_holders),
        T(nobody_moves_anothers_node_to_another_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
