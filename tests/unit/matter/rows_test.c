/* rows_test.c: what stands in the tables: entries that are exactly the rows', the same after a rebuild, keys
 * and references that are found again, matters that become overdue. */
#include "tests/unit/matter/rig.h"

#define B(name) QP__EVENT__BODY_##name

static Qp__Face *due_at(struct rig *r, int64_t deadline_us)
{
    Qp__Face *f = rig_face(r, "lamp");
    f->deadline_us = deadline_us;
    return f;
}

static void sweep(struct rig *r, int node, bool wanted_more)
{
    bool more;
    assert_int_equal(qp_matter_sweep(&r->nodes[node].m, r->now_us, &more, &r->e), 0);
    assert_int_equal(more, wanted_more);
}

static void entries_are_those_of_the_rows_through_every_change(void **state)
{
    struct rig *r = *state;
    Qp__Face *face = due_at(r, r->now_us + 5 * SECOND);
    face->area = qp_arena_text(r->arena, "city/east/mill");
    face->source_ref = qp_arena_text(r->arena, "12345-7");
    face->urgency = QP_URGENT;
    matter m = rig_open_face(r, CITY, face);
    static const int steps[] = {B(SORTED),  B(ASSIGNED), B(HUNG),   B(RESUMED),
                                B(HANDLED), B(VISITED),  B(CLOSED), B(REOPENED)};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        rig_do(r, CITY, m, steps[i]);
        if (i % 3 == 0)
            sweep(r, CITY, false);
        rig_assert_tables(r, CITY);
    }
}

/* What was counted there is counted here from now on; nobody moves a matter into a place that is not his. */
static void a_holder_moves_a_matter_to_another_of_its_areas(void **state)
{
    struct rig *r = *state;
    Qp__Face *face = rig_face(r, "lamp");
    face->area = qp_arena_text(r->arena, "city/east/mill");
    matter m = rig_open_face(r, CITY, face);
    Qp__Event *sort = rig_draft(r, B(SORTED));
    sort->sorted->area = qp_arena_text(r->arena, "city/west");
    int moved = rig_say(r, CITY, m, sort);
    assert_true(moved >= 0);
    assert_string_equal(rig_face_at(r, CITY, m)->area, "city/west");
    rig_assert_tables(r, CITY);
    matter own = rig_open(r, EAST, "lamp");
    sort->sorted->area = qp_arena_text(r->arena, "city/west");
    assert_int_equal(rig_say(r, EAST, own, sort), -QP_EINVAL);
    assert_non_null(strstr(r->e.text, "area: city/west is not at or below city/east"));
    /* bent on its way: said by a holder about a place that is not its own */
    sort->sorted->area = qp_arena_text(r->arena, "city/east/mill");
    int said = rig_say(r, EAST, own, sort);
    Qp__Event *lie = rig_event(r, said);
    lie->sorted->area = qp_arena_text(r->arena, "city/west");
    rig_hear(r, CITY, said - 1);
    rig_hear_event(r, CITY, lie);
    const Qp__Face *at = rig_face_at(r, CITY, own);
    assert_non_null(at);
    assert_int_equal(at->version, 2); /* it was heard */
    assert_string_not_equal(at->area, "city/west");
}

static void b3_a_matter_is_overdue_once_its_deadline_has_passed(void **state)
{
    struct rig *r = *state;
    int64_t deadline_us = r->now_us + 10 * SECOND, next_us;
    matter m = rig_open_face(r, EAST, due_at(r, deadline_us));
    assert_int_equal(qp_matter_next_deadline(&r->nodes[EAST].m, &next_us, &r->e), 0);
    assert_int_equal(next_us, deadline_us);
    r->now_us = deadline_us;
    sweep(r, EAST, false);
    assert_false(rig_row(r, EAST, m)->overdue);
    r->now_us++;
    sweep(r, EAST, false);
    assert_true(rig_row(r, EAST, m)->overdue);
    assert_int_equal(qp_matter_next_deadline(&r->nodes[EAST].m, &next_us, &r->e), 0);
    assert_int_equal(next_us, INT64_MAX);
    rig_assert_tables(r, EAST);
    /* an importer's later deadline takes it back (CL5: nobody else's is taken), an earlier one counts at once */
    r->nodes[EAST].m.imports = true;
    Qp__Event *sort = rig_draft(r, B(SORTED));
    sort->sorted->has_deadline = true;
    sort->sorted->deadline_us = r->now_us + 3600ll * SECOND;
    rig_say(r, EAST, m, sort);
    assert_false(rig_row(r, EAST, m)->overdue);
    sort->sorted->deadline_us = 5;
    rig_say(r, EAST, m, sort);
    assert_true(rig_row(r, EAST, m)->overdue);
    rig_do(r, EAST, m, B(CLOSED));
    assert_false(rig_row(r, EAST, m)->overdue);
    rig_do(r, EAST, m, B(REOPENED));
    assert_true(rig_row(r, EAST, m)->overdue);
    rig_assert_tables(r, EAST);
}

static void b3_a_sweep_does_a_thousand_and_goes_on_in_the_next_turn(void **state)
{
    struct rig *r = *state;
    int64_t deadline_us = r->now_us + 4000ll * SECOND;
    matter m[1500];
    for (int i = 0; i < 1500; i++) /* all of one instant */
        m[i] = rig_open_face(r, EAST, due_at(r, deadline_us));
    r->now_us = deadline_us + SECOND;
    sweep(r, EAST, true);
    rig_assert_tables(r, EAST);
    rig_turn(r, EAST);
    int overdue = 0;
    for (int i = 0; i < 1500; i++)
        overdue += rig_row(r, EAST, m[i])->overdue;
    assert_int_equal(overdue, 1000);
    sweep(r, EAST, false);
    for (int i = 0; i < 1500; i++)
        assert_true(rig_row(r, EAST, m[i])->overdue);
}

static void an_aborted_turn_leaves_nothing_behind(void **state)
{
    struct rig *r = *state;
    struct node *n = &r->nodes[EAST];
    matter kept = rig_open(r, EAST, "lamp");
    struct qp_hash before = rig_tables_hash(r, EAST);
    matter lost = rig_open(r, EAST, "road");
    rig_do(r, EAST, kept, B(CLOSED));
    r->now_us += 86400ll * SECOND;
    sweep(r, EAST, false);
    matter late = rig_open(r, EAST, "noise"); /* the sweep wrote what was before it */
    qp_store_abort(&n->t);
    qp_matter_forget(n->pending);
    qp_board_forget(n->board);
    assert_int_equal(qp_store_begin(n->s, &n->t, &r->e), 0);
    assert_null(rig_row(r, EAST, lost));
    assert_null(rig_row(r, EAST, late));
    assert_int_equal(rig_face_at(r, EAST, kept)->state, QP_OPEN);
    struct qp_hash after = rig_tables_hash(r, EAST);
    assert_true(qp_hash_eq(&before, &after));
}

/* A history at the east node, then told again to a node that believes to be the east node, in turns of
 * another size. */
static void a_rebuild_gives_the_same_bytes_whatever_the_turns_were(void **state)
{
    struct rig *r = *state;
    struct node *again = &r->nodes[WEST];
    again->m.self = r->nodes[EAST].id;
    again->m.self_path = r->nodes[EAST].path;
    qp_board_free(again->board);
    again->board = qp_board_new(r->nodes[EAST].path, r->zone);
    matter m[40];
    int order[400], n = 0;
    for (int i = 0; i < 40; i++) {
        Qp__Face *f = due_at(r, i % 3 ? 0 : r->now_us + (i * 7) * SECOND);
        f->source_ref = qp_arena_text(r->arena, i % 4 ? "" : "ref");
        Qp__Event *ev = rig_draft(r, B(OPENED));
        ev->opened->face = f;
        ev->key = qp_arena_text(r->arena, i % 2 ? "key" : "");
        m[i] = rig_name(r, EAST, f);
        order[n++] = rig_say(r, EAST, m[i], ev);
        if (i % 5 == 0)
            rig_turn(r, EAST);
        order[n] = rig_try(r, EAST, m[i / 2], B(PROGRESSED));
        n += order[n] >= 0;
        order[n] = rig_try(r, EAST, m[i / 2], i % 2 ? B(ASSIGNED) : B(CLOSED));
        n += order[n] >= 0;
        if (i % 6 == 0) {
            int offer = rig_try(r, EAST, m[i], B(OFFERED));
            if (offer >= 0) {
                order[n++] = offer;
                rig_hear(r, CITY, offer);
                int answer = rig_do(r, CITY, m[i], i % 4 ? B(ACCEPTED) : B(REFUSED));
                assert_int_equal(rig_hear(r, EAST, answer), QP_APPLIED);
                order[n++] = answer;
            }
        }
        if (i % 9 == 0)
            sweep(r, EAST, false);
    }
    for (int i = 0; i < n; i++) {
        rig_hear(r, WEST, order[i]);
        if (i % 17 == 0)
            rig_turn(r, WEST);
    }
    sweep(r, EAST, false);
    sweep(r, WEST, false);
    struct qp_hash one = rig_tables_hash(r, EAST), two = rig_tables_hash(r, WEST);
    assert_true(qp_hash_eq(&one, &two));
}

static void the_order_of_matters_in_a_turn_is_not_seen_in_the_tables(void **state)
{
    struct rig *r = *state;
    struct qp_hash h[2];
    matter m[6];
    int events[12];
    for (int i = 0; i < 6; i++) {
        m[i] = rig_open(r, MILL, i % 2 ? "lamp" : "road");
        events[i] = (int)r->said_n - 1;
        events[i + 6] = rig_do(r, MILL, m[i], B(ASSIGNED));
    }
    for (int round = 0; round < 2; round++) {
        int node = round ? WEST : CITY;
        struct node *n = &r->nodes[node];
        n->m.self_path = "city";
        qp_board_free(n->board);
        n->board = qp_board_new("city", r->zone);
        for (int i = 0; i < 6; i++) {
            int j = round ? 5 - i : i;
            Qp__Event *open = rig_event(r, events[j]), *assign = rig_event(r, events[j + 6]);
            enum qp_outcome o;
            assert_int_equal(qp_matter_apply(&n->m, open, 1, 0, 1, &o, &r->e), 0);
            assert_int_equal(qp_matter_apply(&n->m, assign, 1, 1, 1, &o, &r->e), 0);
        }
        h[round] = rig_tables_hash(r, node);
    }
    assert_true(qp_hash_eq(&h[0], &h[1]));
}

static void rows_that_were_handed_out_do_not_change(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    const Qp__Face *before = rig_face_at(r, EAST, m);
    rig_do(r, EAST, m, B(ASSIGNED));
    rig_do(r, EAST, m, B(OFFERED));
    const Qp__Face *after = rig_face_at(r, EAST, m);
    assert_int_equal(before->state, QP_OPEN);
    assert_string_equal(before->desk, "");
    assert_null(before->offer);
    assert_int_equal(before->n_members, 1);
    assert_int_equal(after->state, QP_ASSIGNED);
    rig_turn(r, EAST);
    assert_string_equal(before->desk, "");
    assert_string_equal(after->desk, "lamps");
}

static void writing_through_gives_the_same_tables_as_writing_once(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_do(r, EAST, m, B(ASSIGNED));
    rig_do(r, EAST, m, B(CLOSED));
    r->nodes[WEST].m.self_path = r->nodes[CITY].m.self_path;
    qp_board_free(r->nodes[WEST].board);
    r->nodes[WEST].board = qp_board_new("city", r->zone);
    r->nodes[WEST].m.pending = NULL;
    for (int i = 0; i < 3; i++) {
        rig_hear(r, CITY, i);
        rig_hear(r, WEST, i);
    }
    assert_string_equal(rig_face_at(r, WEST, m)->result, "fixed");
    struct qp_hash one = rig_tables_hash(r, CITY), two = rig_tables_hash(r, WEST);
    assert_true(qp_hash_eq(&one, &two));
}

/* ---- keys and references (E4) ---- */
static const char BY[] = "token:test"; /* who speaks in the rig */

static int by_key(struct rig *r, const matter *scope, const char *key, uint8_t request,
                  uint8_t out[QP_ID_LEN])
{
    uint8_t hash[QP_REQUEST_LEN];
    memset(hash, request, sizeof hash);
    return qp_matter_by_key(&r->nodes[EAST].m, BY, scope ? scope->b : NULL, key, hash, out, &r->e);
}

static Qp__Event *keyed(struct rig *r, int body, const char *key, uint8_t request)
{
    Qp__Event *ev = rig_draft(r, body);
    uint8_t *hash = qp_arena_take(r->arena, QP_REQUEST_LEN);
    memset(hash, request, QP_REQUEST_LEN);
    ev->key = qp_arena_text(r->arena, key);
    ev->request = (ProtobufCBinaryData){QP_REQUEST_LEN, hash};
    if (body == B(OPENED))
        ev->opened->face = rig_face(r, "lamp");
    return ev;
}

static void e4_a_key_finds_what_it_made_in_the_same_turn_and_later(void **state)
{
    struct rig *r = *state;
    matter m;
    uint8_t found[QP_ID_LEN];
    assert_int_equal(by_key(r, NULL, "a", 1, found), QP_ENOTFOUND);
    Qp__Event *opened = keyed(r, B(OPENED), "a", 1);
    m = rig_name(r, EAST, opened->opened->face);
    rig_say(r, EAST, m, opened);
    int close = rig_say(r, EAST, m, keyed(r, B(CLOSED), "a", 2)); /* a scope of its own */
    for (int round = 0; round < 2; round++) {
        assert_int_equal(by_key(r, NULL, "a", 1, found), 0);
        assert_memory_equal(found, m.b, QP_ID_LEN);
        assert_int_equal(by_key(r, NULL, "a", 3, found), QP_EKEYREUSED);
        assert_int_equal(by_key(r, &m, "a", 2, found), 0);
        assert_int_equal(by_key(r, &m, "b", 2, found), QP_ENOTFOUND);
        rig_turn(r, EAST);
    }
    /* others' keys are theirs */
    rig_hear(r, CITY, close);
    uint8_t hash[QP_REQUEST_LEN];
    memset(hash, 2, sizeof hash);
    assert_int_equal(qp_matter_by_key(&r->nodes[CITY].m, BY, m.b, "a", hash, found, &r->e), QP_ENOTFOUND);
}

static void e4_two_clients_may_use_the_same_key(void **state)
{
    struct rig *r = *state;
    matter m[2];
    uint8_t found[QP_ID_LEN], hash[QP_REQUEST_LEN];
    static const char *const CLIENTS[] = {"token:test", "user:li"};
    for (size_t i = 0; i < 2; i++) {
        memset(hash, 1 + (int)i, sizeof hash);
        assert_int_equal(qp_matter_by_key(&r->nodes[EAST].m, CLIENTS[i], NULL, "1", hash, found, &r->e),
                         QP_ENOTFOUND);
        Qp__Event *ev = keyed(r, B(OPENED), "1", (uint8_t)(1 + i));
        ev->by = qp_arena_text(r->arena, CLIENTS[i]);
        m[i] = rig_name(r, EAST, ev->opened->face);
        rig_say(r, EAST, m[i], ev);
    }
    for (size_t i = 0; i < 2; i++) {
        memset(hash, 1 + (int)i, sizeof hash);
        assert_int_equal(qp_matter_by_key(&r->nodes[EAST].m, CLIENTS[i], NULL, "1", hash, found, &r->e), 0);
        assert_memory_equal(found, m[i].b, QP_ID_LEN);
    }
}

static void e4_a_key_is_found_before_the_parcel_is_sealed(void **state)
{
    struct rig *r = *state;
    struct node *n = &r->nodes[EAST];
    Qp__Event *ev = keyed(r, B(OPENED), "a", 1);
    uint8_t found[QP_ID_LEN];
    matter named = rig_name(r, EAST, ev->opened->face);
    uint8_t *id = named.b;
    ev->matter = (ProtobufCBinaryData){QP_ID_LEN, id};
    ev->origin = rig_id(r, EAST);
    ev->incarnation = 1;
    ev->counter = 1;
    ev->at_us = r->now_us;
    ev->by = qp_arena_text(r->arena, BY);
    enum qp_outcome o;
    assert_int_equal(qp_matter_decide(&n->m, ev, NULL, -1, &r->e), 0);
    assert_int_equal(qp_matter_apply(&n->m, ev, 0, 0, r->now_us, &o, &r->e), 0);
    assert_int_equal(by_key(r, NULL, "a", 1, found), 0);
    assert_memory_equal(found, id, QP_ID_LEN);
}

static void e4_a_reference_finds_what_this_node_opened_for_it(void **state)
{
    struct rig *r = *state;
    uint8_t found[QP_ID_LEN];
    matter first = {{0}};
    for (int i = 0; i < 40; i++) { /* other sources with the same reference */
        Qp__Face *f = rig_face(r, "lamp");
        char source[16];
        snprintf(source, sizeof source, "desk %d", i);
        f->source = qp_arena_text(r->arena, source);
        f->source_ref = qp_arena_text(r->arena, "77");
        matter m = rig_open_face(r, EAST, f);
        if (i == 33)
            first = m;
    }
    rig_tell(r, 33);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(qp_matter_by_ref(&r->nodes[EAST].m, "desk 33", "77", found, &r->e), 0);
        assert_memory_equal(found, first.b, QP_ID_LEN);
        assert_int_equal(qp_matter_by_ref(&r->nodes[EAST].m, "desk 99", "77", found, &r->e), QP_ENOTFOUND);
        assert_int_equal(qp_matter_by_ref(&r->nodes[EAST].m, "desk 33", "78", found, &r->e), QP_ENOTFOUND);
        assert_int_equal(qp_matter_by_ref(&r->nodes[CITY].m, "desk 33", "77", found, &r->e), QP_ENOTFOUND);
        rig_turn(r, EAST);
        rig_turn(r, CITY);
    }
    struct qp_read read;
    rig_read(r, CITY, &read);
    assert_int_equal(qp_matter_read_ref(&read, "77", found, &r->e), 0);
    assert_memory_equal(found, first.b, QP_ID_LEN);
    assert_int_equal(qp_matter_read_ref(&read, "78", found, &r->e), QP_ENOTFOUND);
    qp_read_end(&read);
}

static void a_damaged_row_is_said_to_be_damaged(void **state)
{
    struct rig *r = *state;
    matter m = rig_open(r, EAST, "lamp");
    rig_turn(r, EAST);
    struct node *n = &r->nodes[EAST];
    uint8_t junk[] = {0xff, 0x01, 0x02};
    assert_int_equal(
        qp_put(n->t.tables, qp_store_dbi(n->s, QP_T_MATTER), m.b, QP_ID_LEN, junk, sizeof junk, &r->e), 0);
    Qp__Row *row;
    assert_int_equal(qp_matter_row(&n->m, m.b, &row, &r->e), QP_ECORRUPT);
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)
/* The mark goes back with the clock, a thousand a turn, and nothing stays overdue by a clock that was ahead. */
static void b3_a_clock_that_was_ahead_leaves_nothing_overdue(void **state)
{
    enum { MANY = 1500 };
    struct rig *r = *state;
    static matter m[MANY];
    int64_t began_us = r->now_us, due_us = began_us + 2 * 365 * INT64_C(86400) * SECOND;
    matter was = rig_open_face(r, EAST, due_at(r, began_us + SECOND));
    for (int i = 0; i < MANY; i++)
        m[i] = rig_open_face(r, EAST, due_at(r, due_us + i));
    int64_t right_us = r->now_us;
    r->now_us = due_us + MANY + 1; /* two years ahead */
    sweep(r, EAST, true);
    sweep(r, EAST, false);
    assert_true(rig_row(r, EAST, m[0])->overdue && rig_row(r, EAST, m[MANY - 1])->overdue);
    rig_assert_tables(r, EAST);
    r->now_us = right_us;
    sweep(r, EAST, true);
    assert_false(rig_row(r, EAST, m[MANY - 1])->overdue); /* the last ones first */
    assert_true(rig_row(r, EAST, m[0])->overdue);
    rig_assert_tables(r, EAST);
    sweep(r, EAST, false);
    for (int i = 0; i < MANY; i += 100)
        assert_false(rig_row(r, EAST, m[i])->overdue);
    assert_true(rig_row(r, EAST, was)->overdue);
    rig_assert_tables(r, EAST);
    int64_t next_us;
    assert_int_equal(qp_matter_next_deadline(&r->nodes[EAST].m, &next_us, &r->e), 0);
    assert_int_equal(next_us, due_us);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(entries_are_those_of_the_rows_through_every_change),
        T(a_holder_moves_a_matter_to_another_of_its_areas),
        T(b3_a_matter_is_overdue_once_its_deadline_has_passed),
        T(b3_a_sweep_does_a_thousand_and_goes_on_in_the_next_turn),
        T(an_aborted_turn_leaves_nothing_behind),
        T(a_rebuild_gives_the_same_bytes_whatever_the_turns_were),
        T(the_order_of_matters_in_a_turn_is_not_seen_in_the_tables),
        T(rows_that_were_handed_out_do_not_change),
        T(writing_through_gives_the_same_tables_as_writing_once),
        T(e4_a_key_finds_what_it_made_in_the_same_turn_and_later),
        T(e4_two_clients_may_use_the_same_key),
        T(e4_a_key_is_found_before_the_parcel_is_sealed),
        T(e4_a_reference_finds_what_this_node_opened_for_it),
        T(a_damaged_row_is_said_to_be_damaged),
        T(b3_a_clock_that_was_ahead_leaves_nothing_overdue),
    };
    return cmocka_run_group_tests_name("matter/rows", tests, NULL, NULL);
}
