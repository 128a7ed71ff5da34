/* store_test.c: a store is opened, written in turns, closed and opened again: what stays, what is refused,
 * what is emptied. */
#include "tests/unit/store/rig.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/store/inside.h"

static void a_new_store_is_empty_and_stale(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    assert_int_equal(rig_head(r), 0);
    assert_int_equal(rig_position(r), 0);
    assert_true(qp_store_stale(r->s));
    assert_false(qp_store_rolled_back(r->s));
    assert_memory_equal(qp_store_epoch(r->s), r->o.epoch, QP_ID_LEN);
}

static void what_was_committed_is_there_after_opening_again(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turn(r, 3);
    rig_turn(r, 1);
    assert_false(qp_store_stale(r->s));
    memset(r->o.epoch, 9, QP_ID_LEN); /* only a new journal takes it */
    rig_reopen(r, true);
    assert_false(qp_store_stale(r->s));
    assert_int_equal(qp_store_epoch(r->s)[0], 7);
    assert_int_equal(rig_head(r), 4);
    assert_int_equal(rig_position(r), 4);
    struct qp_read rd;
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    struct qp_hash prev = {{0}};
    for (uint64_t n = 1; n <= 4; n++) {
        struct qp_record rec;
        uint8_t buf[RIG_PARCEL];
        struct qp_slice want = rig_parcel(buf, n);
        assert_int_equal(qp_journal_get(rd.journal, r->s, n, &rec, &r->e), 0);
        assert_int_equal(rec.parcel.len, want.len);
        assert_memory_equal(rec.parcel.p, want.p, want.len);
        assert_int_equal(rec.received_us, n * 1000);
        assert_int_equal(rec.kind, QP_RECORD_OWN);
        assert_memory_equal(rec.prev.b, prev.b, QP_HASH_LEN);
        prev = rec.hash;
    }
    struct qp_record rec;
    assert_int_equal(qp_journal_get(rd.journal, r->s, 5, &rec, &r->e), QP_ENOTFOUND);
    struct qp_hash head;
    assert_int_equal(qp_journal_head(rd.journal, r->s, &head), 4);
    assert_memory_equal(head.b, prev.b, QP_HASH_LEN);
    qp_read_end(&rd);
}

static void a_record_keeps_all_its_fields(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    struct qp_txn t;
    uint8_t buf[RIG_PARCEL];
    struct qp_record in = {
        .kind = QP_RECORD_RECEIVED, .lane = QP_LANE_URGENT, .peer_position = 1ull << 40, .received_us = -5};
    memset(in.peer, 1, QP_ID_LEN);
    memset(in.peer_epoch, 2, QP_ID_LEN);
    memset(in.peer_hash.b, 3, QP_HASH_LEN);
    in.parcel = rig_parcel(buf, 1);
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    assert_int_equal(qp_journal_append(&t, &in, &r->e), 0);
    struct qp_record out;
    assert_int_equal(qp_journal_get(t.journal, r->s, 1, &out, &r->e), 0); /* its own turn sees it */
    assert_int_equal(out.kind, in.kind);
    assert_int_equal(out.lane, in.lane);
    assert_memory_equal(out.peer, in.peer, QP_ID_LEN);
    assert_memory_equal(out.peer_epoch, in.peer_epoch, QP_ID_LEN);
    assert_true(out.peer_position == in.peer_position);
    assert_memory_equal(out.peer_hash.b, in.peer_hash.b, QP_HASH_LEN);
    assert_true(out.received_us == -5);
    assert_memory_equal(out.hash.b, in.hash.b, QP_HASH_LEN);
    qp_store_abort(&t);
    assert_int_equal(rig_head(r), 0);
}

static void an_aborted_turn_leaves_nothing(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 2);
    struct qp_txn t;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    rig_write(r, &t, 3);
    qp_store_abort(&t);
    assert_int_equal(rig_head(r), 2);
    assert_false(rig_has_row(r, 3));
    rig_turns(r, 1); /* position 3 is given again */
    assert_int_equal(rig_head(r), 3);
}

static void a_reader_sees_one_moment_and_does_not_hold_up_the_writer(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 2);
    struct qp_read rd;
    assert_int_equal(qp_read_begin(r->s, &rd, &r->e), 0);
    rig_turns(r, 3);
    assert_int_equal(qp_journal_head(rd.journal, r->s, NULL), 2);
    assert_int_equal(qp_tables_position(rd.tables, r->s), 2);
    qp_read_end(&rd);
    assert_int_equal(rig_head(r), 5);
}

static void two_turns_at_once_stop_the_program(void **state)
{
    struct rig *r = *state;
    pid_t child = fork();
    if (child == 0) {
        struct qp_txn a, b;
        freopen("/dev/null", "w", stderr);
        signal(SIGABRT, SIG_DFL);
        rig_open(r);
        qp_store_begin(r->s, &a, NULL);
        qp_store_begin(r->s, &b, NULL);
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void a_second_process_is_refused_and_told_the_pid(void **state)
{
    struct rig *r = *state;
    int ready[2], go[2];
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    pid_t child = fork();
    if (child == 0) {
        struct qp_store *s;
        char c = (char)(!qp_store_open(&s, &r->o, NULL) ? 'y' : 'n');
        ssize_t n = write(ready[1], &c, 1);
        n += read(go[0], &c, 1);
        _exit(n == 2 ? 0 : 1);
    }
    char c = 0;
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(c, 'y');
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_EEXISTS);
    char pid[24];
    snprintf(pid, sizeof pid, "process %d", (int)child);
    assert_non_null(strstr(r->e.text, pid));
    assert_int_equal(write(go[1], &c, 1), 1);
    int status;
    waitpid(child, &status, 0);
    rig_open(r); /* its end is enough: no file has to be removed */
    struct qp_store *again;
    assert_int_equal(qp_store_open(&again, &r->o, &r->e), QP_EEXISTS); /* nor twice in one process */
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
    }
}

/* ---- stale tables (S3) ---- */

static void tables_survive_a_crash_of_the_process(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 3);
    rig_reopen(r, false);
    assert_false(qp_store_stale(r->s));
    assert_int_equal(rig_position(r), 3);
}

static void tables_are_emptied_after_a_crash_of_the_machine(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 3);
    rig_close(r, false);
    r->o.boot_id = "boot two";
    rig_open(r);
    assert_true(qp_store_stale(r->s));
    assert_int_equal(rig_position(r), 0);
    assert_false(rig_has_row(r, 1));
    assert_int_equal(rig_head(r), 3); /* the journal is whole */
    rig_close(r, false);              /* crashed again before anything was rebuilt */
    r->o.boot_id = "boot three";
    rig_open(r);
    assert_true(qp_store_stale(r->s));
}

static void tables_survive_a_boot_after_a_clean_close(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 3);
    rig_close(r, true);
    r->o.boot_id = "boot two";
    rig_open(r);
    assert_false(qp_store_stale(r->s));
    assert_int_equal(rig_position(r), 3);
    rig_close(r, false); /* nothing was written: nothing is in doubt */
    r->o.boot_id = "boot three";
    rig_open(r);
    assert_false(qp_store_stale(r->s));
}

static void tables_behind_the_journal_are_good_up_to_their_position(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 2);
    struct qp_txn t;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    rig_write(r, &t, 3);
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    qp_store_abort(&t);                                        /* the crash between the two commits */
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), QP_EIO); /* nothing may build on that */
    rig_reopen(r, false);
    assert_false(qp_store_stale(r->s));
    assert_int_equal(rig_head(r), 3);
    assert_int_equal(rig_position(r), 2);
    assert_false(rig_has_row(r, 3));
}

static void tables_ahead_of_the_journal_are_emptied(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 2);
    rig_close(r, true);
    rig_copy(r, "journal", "older");
    rig_open(r);
    rig_turns(r, 2);
    rig_close(r, true);
    rig_copy(r, "older", "journal");
    rig_remove(r, "heads");
    rig_open(r);
    assert_true(qp_store_stale(r->s));
    assert_int_equal(rig_head(r), 2);
}

static void tables_of_another_journal_are_emptied(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 2);
    rig_close(r, true);
    rig_remove(r, "journal");
    r->o.epoch[0] = 8;
    rig_open(r);
    assert_true(qp_store_stale(r->s));
    assert_false(rig_has_row(r, 1));
    rig_turns(r, 2); /* the very same records, so that only the epoch tells the two apart */
    rig_close(r, true);
    rig_copy(r, "tables", "theirs");
    rig_remove(r, "journal");
    r->o.epoch[0] = 9;
    rig_open(r);
    rig_turns(r, 2);
    rig_close(r, true);
    rig_copy(r, "theirs", "tables");
    rig_open(r);
    assert_int_equal(rig_head(r), 2);
    assert_true(qp_store_stale(r->s));
}

static void tables_of_the_same_epoch_but_another_record_are_emptied(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 2);
    struct qp_txn t;
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    struct qp_hash wrong = t.head_hash;
    wrong.b[0] ^= 1;
    assert_int_equal(qp_tables_set_position(&t, 1, &wrong, &r->e), 0);
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    rig_reopen(r, true);
    assert_true(qp_store_stale(r->s));
}

static void tables_of_another_schema_are_emptied(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 2);
    struct qp_txn t;
    MDB_val v;
    uint8_t note[64];
    assert_int_equal(qp_store_begin(r->s, &t, &r->e), 0);
    assert_int_equal(qp_get(t.tables, qp_store_dbi(r->s, QP_T_META), "position", 8, &v), 0);
    assert_int_equal(v.mv_size, sizeof note);
    memcpy(note, v.mv_data, sizeof note);
    note[59] ^= 1;
    assert_int_equal(qp_put(t.tables, qp_store_dbi(r->s, QP_T_META), "position", 8, note, sizeof note, &r->e),
                     0);
    assert_int_equal(qp_store_commit_journal(&t, &r->e), 0);
    assert_int_equal(qp_store_commit_tables(&t, &r->e), 0);
    rig_reopen(r, true);
    assert_true(qp_store_stale(r->s));
}

static void a_cut_tables_file_is_begun_again(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 20);
    rig_close(r, true);
    rig_cut(r, "tables/data.mdb", 5 * 4096);
    rig_open(r);
    assert_true(qp_store_stale(r->s));
    assert_int_equal(rig_head(r), 20);
    rig_close(r, true);
    rig_cut(r, "tables/data.mdb", 100); /* not even a meta page */
    rig_open(r);
    assert_true(qp_store_stale(r->s));
}

static void dropped_tables_are_empty_and_marked(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 3);
    assert_int_equal(qp_store_drop_tables(r->s, &r->e), 0);
    assert_true(qp_store_stale(r->s));
    assert_int_equal(rig_position(r), 0);
    assert_false(rig_has_row(r, 1));
    rig_turns(r, 1);
    assert_false(qp_store_stale(r->s));
    assert_true(rig_has_row(r, 4));
}

static void every_table_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < QP_TABLES; i++)
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(qp_table_name(i), qp_table_name(k));
}

static void one_text_has_one_code(void **state)
{
    (void)state;
    assert_true(qp_code("噪声") == 0x2ab245e91a1ed0a1ull); /* head of BLAKE2b-256, by Python's hashlib */
    assert_true(qp_code("") != qp_code(" "));
}

#define T(name) cmocka_unit_test_setup_teardown(name, rig_up_fast, rig_down)
#define D(name) cmocka_unit_test_setup_teardown(name, rig_up, rig_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        D(a_new_store_is_empty_and_stale),
        D(what_was_committed_is_there_after_opening_again),
        T(a_record_keeps_all_its_fields),
        T(an_aborted_turn_leaves_nothing),
        T(a_reader_sees_one_moment_and_does_not_hold_up_the_writer),
        T(two_turns_at_once_stop_the_program),
        D(a_second_process_is_refused_and_told_the_pid),
        T(tables_survive_a_crash_of_the_process),
        D(tables_are_emptied_after_a_crash_of_the_machine),
        D(tables_survive_a_boot_after_a_clean_close),
        T(tables_behind_the_journal_are_good_up_to_their_position),
        T(tables_ahead_of_the_journal_are_emptied),
        T(tables_of_another_journal_are_emptied),
        T(tables_of_the_same_epoch_but_another_record_are_emptied),
        T(tables_of_another_schema_are_emptied),
        T(a_cut_tables_file_is_begun_again),
        T(dropped_tables_are_empty_and_marked),
        cmocka_unit_test(every_table_has_a_name_of_its_own),
        cmocka_unit_test(one_text_has_one_code),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
