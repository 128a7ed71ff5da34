/* resources_test.c: what a node keeps besides matters (RE1, RE4): versions that rise by one, ends that stay,
 * keys; the same after a rebuild, and in the next incarnation. */
#include "tests/unit/core/rig.h"

static struct qp_reply desk(struct rig *r, const char *code, const char *title, int64_t if_version,
                            const char *key)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_DESK_MADE, NULL);
    char *const members[] = {qp_arena_text(r->arena, "li"), qp_arena_text(r->arena, "王")};
    ev->desk_made->code = qp_arena_text(r->arena, code);
    ev->desk_made->title = qp_arena_text(r->arena, title);
    ev->desk_made->members = qp_arena_copy(r->arena, members, sizeof members);
    ev->desk_made->n_members = 2;
    if (key) {
        uint8_t request[QP_REQUEST_LEN] = {(uint8_t)title[0]};
        ev->key = qp_arena_text(r->arena, key);
        ev->request = (ProtobufCBinaryData){QP_REQUEST_LEN, qp_arena_copy(r->arena, request, sizeof request)};
    }
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = if_version};
    return rig_command(r, 0, &c);
}

static struct qp_reply end_of(struct rig *r, const char *code, int64_t if_version)
{
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_DESK_ENDED, NULL);
    ev->desk_ended->code = qp_arena_text(r->arena, code);
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = if_version};
    return rig_command(r, 0, &c);
}

static struct qp_resource_row row_of(struct rig *r, const char *code)
{
    struct qp_read read;
    struct qp_resource_row row = {.version = 0};
    assert_int_equal(qp_read_begin(r->nodes[0].store, &read, &r->e), 0);
    qp_resource_read(&read, &qp_resources[QP_RESOURCE_DESK], code, r->arena, &row);
    qp_read_end(&read);
    return row;
}

static void expect(struct rig *r, const char *code, uint64_t version, bool stands, const char *title)
{
    struct qp_resource_row row = row_of(r, code);
    const Qp__DeskMade *d = (const Qp__DeskMade *)row.made;
    assert_int_equal(row.version, version);
    assert_int_equal(row.ended_us == 0, stands);
    assert_string_equal(d->title, title);
    assert_int_equal(d->n_members, 2);
    assert_string_equal(d->members[1], "王");
}

static void a_version_rises_by_one_with_each_event_also_after_its_end(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    rig_ok(desk(r, "d", "one", -1, NULL));
    expect(r, "d", 1, true, "one");
    rig_ok(desk(r, "d", "two", 1, NULL));
    expect(r, "d", 2, true, "two");
    rig_code(desk(r, "d", "three", 1, NULL), QP_EVERSION);
    rig_code(desk(r, "d", "three", -1, NULL), QP_EEXISTS);
    rig_code(desk(r, "d", "three", 0, NULL), QP_EVERSION);
    rig_code(end_of(r, "d", 1), QP_EVERSION);
    rig_code(end_of(r, "e", -1), QP_ENOTFOUND);
    rig_ok(end_of(r, "d", 2));
    expect(r, "d", 3, false, "two");
    rig_code(desk(r, "d", "four", 3, NULL), QP_ENOTFOUND); /* a change is of what stands */
    rig_ok(desk(r, "d", "four", -1, NULL));
    expect(r, "d", 4, true, "four");
}

static void a_rebuild_makes_the_same_rows_and_knows_the_same_keys(void **state)
{
    struct rig *r = *state;
    rig_found(r);
    rig_ok(desk(r, "d", "one", -1, "k1"));
    rig_ok(desk(r, "d", "two", 1, "k2"));
    rig_ok(desk(r, "gone", "three", -1, NULL));
    rig_ok(end_of(r, "gone", -1));
    struct qp_resource_row was = row_of(r, "d");
    rig_rebuild(r, 0);
    expect(r, "d", 2, true, "two");
    expect(r, "gone", 2, false, "three");
    struct qp_resource_row is = row_of(r, "d");
    assert_int_equal(is.made_us, was.made_us);
    assert_int_equal(is.updated_us, was.updated_us);
    rig_ok(desk(r, "d", "one", -1, "k1")); /* done already */
    expect(r, "d", 2, true, "two");
    rig_code(desk(r, "d", "third", -1, "k1"), QP_EKEYREUSED);
}

static void what_is_beyond_its_bounds_is_never_journaled(void **state)
{
    struct rig *r = *state;
    char code[QP_NAME_BYTES + 2];
    rig_found(r);
    memset(code, 'x', sizeof code - 1);
    code[sizeof code - 1] = 0;
    uint64_t head = rig_head(r, 0);
    rig_code(desk(r, code, "t", -1, NULL), QP_EINVAL);
    rig_code(desk(r, "", "t", -1, NULL), QP_EINVAL);
    assert_int_equal(rig_head(r, 0), head);
    rig_rebuild(r, 0);
}

static void anothers_row_under_its_key_is_damage_and_ends_nobody(void **state)
{
    struct rig *r = *state;
    struct qp_read read;
    struct qp_resource_row row;
    rig_found(r);
    rig_ok(desk(r, "d", "one", -1, NULL));
    rig_ok(desk(r, "e", "two", -1, NULL));
    struct qp_store *s = r->nodes[0].store;
    int table = qp_resources[QP_RESOURCE_DESK].table;
    MDB_cursor *cur;
    MDB_val k, v;
    assert_int_equal(qp_read_begin(s, &read, NULL), 0);
    assert_int_equal(mdb_cursor_open(read.tables, qp_store_dbi(s, table), &cur), 0);
    do /* the first of two bytes says what kind of row it is */
        assert_int_equal(mdb_cursor_get(cur, &k, &v, MDB_NEXT), 0);
    while (k.mv_size != 2 || ((char *)k.mv_data)[1] != 'd');
    uint8_t key[2] = {*(uint8_t *)k.mv_data, 'e'};
    v.mv_data = qp_arena_copy(r->arena, v.mv_data, v.mv_size);
    mdb_cursor_close(cur);
    qp_read_end(&read);
    rig_row_put(r, 0, table, (MDB_val){sizeof key, key}, &v);
    assert_int_equal(qp_read_begin(s, &read, NULL), 0);
    assert_int_equal(qp_resource_read(&read, &qp_resources[QP_RESOURCE_DESK], "e", r->arena, &row),
                     QP_ECORRUPT);
    assert_int_equal(qp_resource_read(&read, &qp_resources[QP_RESOURCE_DESK], "d", r->arena, &row), 0);
    qp_read_end(&read);
}

static void a_desk_is_never_sent(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    Qp__Event *ev = rig_draft(r, QP__EVENT__BODY_DESK_MADE, NULL);
    ev->desk_made->code = qp_arena_text(r->arena, "d");
    struct qp_command c = {.op = QP_OP_RESOURCE, .draft = ev, .if_version = -1};
    rig_ok(rig_command(r, 1, &c));
    assert_int_equal(rig_waits(r, 1, 0, QP_LANE_BULK) + rig_waits(r, 1, 0, QP_LANE_URGENT),
                     1); /* who made it (DE3) */
    rig_settle(r);
    struct qp_read read;
    struct qp_resource_row row;
    assert_int_equal(qp_read_begin(r->nodes[0].store, &read, NULL), 0);
    assert_int_equal(qp_resource_read(&read, &qp_resources[QP_RESOURCE_DESK], "d", r->arena, &row),
                     QP_ENOTFOUND);
    qp_read_end(&read);
}

static void each_kind_has_an_id_in_both_messages_and_a_table_of_its_own(void **state)
{
    struct rig *r = *state;
    for (size_t i = 0; i < QP_RESOURCE_KINDS; i++) {
        const struct qp_resource *kind = &qp_resources[i];
        bool ends;
        for (int end = 0; end < 2; end++) {
            Qp__Event ev = QP__EVENT__INIT;
            ProtobufCMessage *body = qp_resource_body(kind, end == 1, "an id", &ev, r->arena);
            assert_non_null(body);
            assert_string_equal(qp_resource_id(kind, body), "an id");
            assert_ptr_equal(qp_resource_of(&ev, &ends), kind);
            assert_int_equal(ends, end);
        }
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(qp_resources[k].table, kind->table);
    }
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, rig_up, rig_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_version_rises_by_one_with_each_event_also_after_its_end),
        TEST(a_rebuild_makes_the_same_rows_and_knows_the_same_keys),
        TEST(what_is_beyond_its_bounds_is_never_journaled),
        TEST(anothers_row_under_its_key_is_damage_and_ends_nobody),
        TEST(a_desk_is_never_sent),
        TEST(each_kind_has_an_id_in_both_messages_and_a_table_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
