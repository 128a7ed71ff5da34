/* board_test.c: whatever happens to matters, the cells are a recount of them (rules B1, B2). */
#include "tests/unit/insight/town.h"

static void matters_change_at_random(struct town *t, size_t steps)
{
    for (size_t s = 0; s < steps; s++) {
        size_t i = town_random(t, TOWN_MATTERS);
        struct matter m;
        if (t->matter[i].there && town_random(t, 30) == 0) {
            matter_set(t, i, NULL);
            continue;
        }
        if (t->matter[i].there) {
            matter_copy(&m, &t->matter[i]);
            matter_alter(t, &m);
        } else {
            matter_make(t, &m);
        }
        matter_set(t, i, &m);
    }
}

static void the_cells_are_a_recount_after_thousands_of_changes(void **state)
{
    (void)state;
    static struct town t;
    town_open(&t, "America/New_York", seed_of_run());
    for (int turn = 0; turn < 400; turn++) {
        turn_begin(&t);
        matters_change_at_random(&t, 1 + town_random(&t, turn % 20 == 0 ? 400 : 12));
        assert_int_equal(turn_end(&t), 0);
        if (turn % 20 == 0)
            assert_cells_equal_recount(&t);
    }
    assert_cells_equal_recount(&t);
    town_close(&t);
}

static void nothing_is_left_when_all_matters_are_gone(void **state)
{
    (void)state;
    static struct town t;
    town_open(&t, "Australia/Lord_Howe", seed_of_run());
    for (int turn = 0; turn < 20; turn++) {
        turn_begin(&t);
        matters_change_at_random(&t, 100);
        assert_int_equal(turn_end(&t), 0);
    }
    for (size_t i = 0; i < TOWN_MATTERS; i++) {
        if (!t.matter[i].there)
            continue;
        turn_begin(&t);
        matter_set(&t, i, NULL);
        assert_int_equal(turn_end(&t), 0);
    }
    assert_tables_empty(&t);
    town_close(&t);
}

static void assert_tables_equal(struct town *a, struct town *b, enum qp_table table)
{
    struct qp_read ra, rb;
    MDB_cursor *ca, *cb;
    MDB_val ka, va, kb, vb;
    int rc;
    assert_int_equal(qp_read_begin(a->store, &ra, NULL), 0);
    assert_int_equal(qp_read_begin(b->store, &rb, NULL), 0);
    assert_int_equal(mdb_cursor_open(ra.tables, qp_store_dbi(a->store, table), &ca), 0);
    assert_int_equal(mdb_cursor_open(rb.tables, qp_store_dbi(b->store, table), &cb), 0);
    while (!(rc = mdb_cursor_get(ca, &ka, &va, MDB_NEXT))) {
        assert_int_equal(mdb_cursor_get(cb, &kb, &vb, MDB_NEXT), 0);
        assert_int_equal(ka.mv_size, kb.mv_size);
        assert_int_equal(va.mv_size, vb.mv_size);
        assert_memory_equal(ka.mv_data, kb.mv_data, ka.mv_size);
        assert_memory_equal(va.mv_data, vb.mv_data, va.mv_size);
    }
    assert_int_equal(rc, MDB_NOTFOUND);
    assert_int_equal(mdb_cursor_get(cb, &kb, &vb, MDB_NEXT), MDB_NOTFOUND);
    mdb_cursor_close(ca);
    mdb_cursor_close(cb);
    qp_read_end(&ra);
    qp_read_end(&rb);
}

/* What a rebuild relies on: the tables hang on the matters as they are, not on the turns in which they became
 * so. */
static void tables_built_at_once_are_the_same_row_for_row(void **state)
{
    (void)state;
    static struct town t, afresh;
    uint64_t seed = seed_of_run();
    town_open(&t, "America/New_York", seed);
    for (int turn = 0; turn < 150; turn++) {
        turn_begin(&t);
        matters_change_at_random(&t, 1 + town_random(&t, 30));
        assert_int_equal(turn_end(&t), 0);
    }
    town_open(&afresh, "America/New_York", seed);
    turn_begin(&afresh);
    for (size_t i = TOWN_MATTERS; i-- > 0;)
        if (t.matter[i].there)
            matter_set(&afresh, i, &t.matter[i]);
    assert_int_equal(turn_end(&afresh), 0);
    assert_tables_equal(&t, &afresh, QP_T_CELL);
    assert_tables_equal(&t, &afresh, QP_T_NAME);
    town_close(&t);
    town_close(&afresh);
}

static void an_aborted_turn_leaves_no_trace(void **state)
{
    (void)state;
    static struct town t;
    town_open(&t, "UTC", seed_of_run());
    turn_begin(&t);
    matters_change_at_random(&t, 200);
    assert_int_equal(turn_end(&t), 0);
    struct matter *kept = malloc(sizeof t.matter);
    assert_non_null(kept);
    memcpy(kept, t.matter, sizeof t.matter);
    for (int flushed = 0; flushed < 2; flushed++) {
        turn_begin(&t);
        matters_change_at_random(&t, 200);
        if (flushed) /* it had even been put into the tables, which were then given up */
            assert_int_equal(qp_board_flush(t.board, &t.txn, NULL), 0);
        turn_abort(&t);
        for (size_t i = 0; i < TOWN_MATTERS; i++)
            matter_copy(&t.matter[i], &kept[i]);
        turn_begin(&t);
        assert_int_equal(turn_end(&t), 0);
        assert_cells_equal_recount(&t);
    }
    turn_begin(&t);
    matters_change_at_random(&t, 200);
    assert_int_equal(turn_end(&t), 0);
    assert_cells_equal_recount(&t);
    free(kept);
    town_close(&t);
}

static size_t entries(struct town *t, enum qp_table table)
{
    struct qp_read r;
    MDB_stat s;
    assert_int_equal(qp_read_begin(t->store, &r, NULL), 0);
    assert_int_equal(mdb_stat(r.tables, qp_store_dbi(t->store, table), &s), 0);
    qp_read_end(&r);
    return s.ms_entries;
}

static struct qp_counts area_counts(struct town *t, const char *area)
{
    struct qp_read r;
    struct qp_counts c;
    assert_int_equal(qp_read_begin(t->store, &r, NULL), 0);
    qp_board_area(&r, area, &c);
    qp_read_end(&r);
    return c;
}

static void one_matter(struct town *t, struct matter *m, const char *area)
{
    turn_begin(t);
    matter_make(t, m);
    m->face.area = (char *)(uintptr_t)area;
    m->face.desk = (char *)(uintptr_t) "d";
    m->face.category = (char *)(uintptr_t) "c";
    m->face.source = (char *)(uintptr_t) "s";
    matter_set(t, 0, m);
    assert_int_equal(turn_end(t), 0);
}

static void a_matter_outside_the_subtree_counts_nothing_until_it_moves_in(void **state)
{
    (void)state;
    static struct town t;
    static const char *const outside[] = {"suzhou", "suzhou/yongqiao-2", "suzhou/dangshan/x", "yongqiao", ""};
    struct matter m;
    town_open(&t, "UTC", 5);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
        one_matter(&t, &m, outside[i]);
        assert_tables_empty(&t);
        turn_begin(&t);
        m.face.area = (char *)(uintptr_t) "suzhou/yongqiao/tuohe";
        matter_set(&t, 0, &m);
        assert_int_equal(turn_end(&t), 0);
        assert_cells_equal_recount(&t);
        assert_int_equal(area_counts(&t, "suzhou/yongqiao").open, 1);
        assert_int_equal(area_counts(&t, "suzhou/yongqiao/tuohe").open, 1);
        assert_int_equal(area_counts(&t, "suzhou").open, 0);
        turn_begin(&t);
        m.face.area = (char *)(uintptr_t)outside[i];
        matter_set(&t, 0, &m);
        assert_int_equal(turn_end(&t), 0);
        assert_tables_empty(&t);
        turn_begin(&t);
        matter_set(&t, 0, NULL);
        assert_int_equal(turn_end(&t), 0);
    }
    town_close(&t);
}

/* A level: all and month, each with total, desk, source and category, where there is a child below with that;
 * and one day. */
static void an_open_matter_takes_nine_or_eleven_entries_a_level_and_five_names(void **state)
{
    (void)state;
    static struct town t;
    struct matter m;
    town_open(&t, "UTC", 6);
    one_matter(&t, &m, "suzhou/yongqiao/tuohe");
    assert_int_equal(entries(&t, QP_T_CELL), 11 + 9);
    assert_int_equal(entries(&t, QP_T_NAME), 5);
    turn_begin(&t); /* another desk: the old one's name goes with its last matter */
    m.face.desk = (char *)(uintptr_t) "e";
    matter_set(&t, 0, &m);
    assert_int_equal(turn_end(&t), 0);
    assert_int_equal(entries(&t, QP_T_CELL), 11 + 9);
    assert_int_equal(entries(&t, QP_T_NAME), 5);
    town_close(&t);
}

static void taking_away_what_was_never_there_is_found_out(void **state)
{
    (void)state;
    static struct town t;
    struct matter m;
    struct qp_err e = {0};
    town_open(&t, "UTC", 7);
    one_matter(&t, &m, "suzhou/yongqiao");
    turn_begin(&t);
    matter_make(&t, &m);
    m.face.area = (char *)(uintptr_t) "suzhou/yongqiao";
    qp_board_change(t.board, &m.row, NULL);
    assert_int_equal(qp_board_flush(t.board, &t.txn, &e), QP_ECORRUPT);
    assert_non_null(strstr(e.text, "rebuild"));
    turn_abort(&t);
    assert_cells_equal_recount(&t);
    town_close(&t);
}

static void a_turn_that_ends_where_it_began_writes_nothing(void **state)
{
    (void)state;
    static struct town t;
    struct matter m, other;
    town_open(&t, "UTC", 8);
    turn_begin(&t);
    matter_make(&t, &m);
    m.face.area = (char *)(uintptr_t) "suzhou/yongqiao";
    qp_board_change(t.board, NULL, &m.row);
    matter_copy(&other, &m);
    other.face.closed_us = other.face.opened_us + 1000000;
    qp_board_buckets(&other.row, t.zone);
    qp_board_change(t.board, &m.row, &other.row);
    qp_board_change(t.board, &other.row, NULL);
    assert_int_equal(turn_end(&t), 0);
    assert_tables_empty(&t);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cells_are_a_recount_after_thousands_of_changes),
        cmocka_unit_test(nothing_is_left_when_all_matters_are_gone),
        cmocka_unit_test(tables_built_at_once_are_the_same_row_for_row),
        cmocka_unit_test(an_aborted_turn_leaves_no_trace),
        cmocka_unit_test(a_matter_outside_the_subtree_counts_nothing_until_it_moves_in),
        cmocka_unit_test(an_open_matter_takes_nine_or_eleven_entries_a_level_and_five_names),
        cmocka_unit_test(taking_away_what_was_never_there_is_found_out),
        cmocka_unit_test(a_turn_that_ends_where_it_began_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
