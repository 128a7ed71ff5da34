/* line_again_test.c: lines after something was lost: a disk, the keys, a turn; and what a replay makes of them. */
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/core/lines.h"

/* ---- the speaker's disk ---- */

static void what_a_speaker_says_after_his_disk_burned_is_heard(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    matter line = lines_open(r, B, CITY, "");
    rig_ok(lines_tell(r, B, line, "one",
                      NULL)); /* before the other's key is known: it goes sealed for the city alone */
    rig_ok(lines_tell(r, B, line, "two", NULL));
    lines_settle(r);
    assert_int_equal(lines_seqs(r, CITY, line), 2);
    rig_burn(r, B);
    rig_rejoin(r, B);
    lines_settle(r);
    rig_ok(lines_tell(r, B, line, "after the fire", NULL));
    lines_settle(r);
    assert_int_equal(lines_seqs(r, CITY, line), 3);
    lines_hears(r, CITY, line, 3, "after the fire");
    assert_int_equal(lines_with(r, B, line, CITY).delivered, 3);
}

/* ---- who says that his keys are lost ---- */

struct copies {
    struct rig *r;
    int of;
    size_t n;
};

static void count_copies(void *arg, const struct qp_record *rec, const struct qp_parcel *p)
{
    struct copies *c = arg;
    (void)rec;
    for (uint32_t i = 0; i < p->h.count && memcmp(p->h.origin, c->r->nodes[c->of].id, QP_ID_LEN) == 0; i++) {
        Qp__Event *ev;
        assert_int_equal(qp_parcel_event(&ev, p, i, c->r->arena, NULL), 0);
        c->n += ev->body_case == QP__EVENT__BODY_LINE_SAID;
    }
}

/* Messages that node i has sealed, each as often as it has. */
static size_t sealed(struct rig *r, int i)
{
    struct copies c = {.r = r, .of = i};
    rig_each(r, i, count_copies, &c);
    return c.n;
}

static void who_says_again_and_again_that_his_keys_are_lost_is_heard_once_an_hour(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    matter line = lines_open(r, CITY, A, "");
    lines_settle(r);
    for (int i = 0; i < 3; i++)
        rig_ok(lines_tell(r, CITY, line, "x", NULL));
    lines_settle(r);
    size_t before = sealed(r, CITY);
    for (uint8_t k = 1; k <= 20; k++) {
        lines_hand_key(r, A, CITY, k, true);
        rig_tick(r, CITY);
    }
    assert_int_equal(sealed(r, CITY), before + 3);
    r->now_us += 3600 * SECOND;
    lines_hand_key(r, A, CITY, 30, false); /* the loss that was not heard is heard with any later key */
    rig_tick(r, CITY);
    rig_tick(r, CITY);
    assert_int_equal(sealed(r, CITY), before + 6);
    rig_rebuild(r, CITY);
    rig_tick(r, CITY);
    assert_int_equal(sealed(r, CITY), before + 6);
}

static void the_lines_of_who_lost_his_keys_are_looked_at_a_few_a_turn(void **state)
{
    enum { MANY = 100 };
    struct rig *r = *state;
    rig_tree(r, 2);
    for (int i = 0; i < MANY; i++)
        rig_ok(lines_tell(r, CITY, lines_open(r, CITY, A, ""), "x", NULL));
    for (int i = 0; i < 3; i++)
        lines_settle(r);
    size_t before = sealed(r, CITY);
    lines_hand_key(r, A, CITY, 1, true);
    assert_int_equal(sealed(r, CITY), before + 64);
    struct lines_view v = lines_look(r, CITY);
    uint8_t node[QP_ID_LEN], of[QP_ID_LEN];
    assert_false(qp_line_due_next(&v.db, node, of, true)); /* and none was looked at when he said it */
    qp_read_end(&v.r);
    struct tables was = rig_tables(r, CITY);
    rig_rebuild(r, CITY);
    struct tables is = rig_tables(r, CITY);
    rig_same_tables(&was, &is, ~T(LINE));
    for (int i = 0; i < 4; i++)
        rig_tick(r, CITY);
    assert_int_equal(sealed(r, CITY), before + MANY);
}

/* Node i is started without the file of its line keys. */
static void lose_keys(struct rig *r, int i)
{
    char path[96];
    rig_stop(r, i);
    qp_ring_close(r->nodes[i].ring);
    r->nodes[i].ring = NULL;
    snprintf(path, sizeof path, "%s/lines", r->nodes[i].dir);
    assert_int_equal(unlink(path), 0);
    rig_start(r, i);
}

/* Whoever is first owed a key, and comes behind another in the order of the table, gets the new one; the other as well. */
static void a_new_key_is_told_also_to_whom_its_turn_has_passed(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 3);
    int low = memcmp(r->nodes[CITY].id, r->nodes[B].id, QP_ID_LEN) < 0 ? CITY : B, high = CITY + B - low;
    matter line = lines_open(r, low, A, "");
    lines_settle(r);
    rig_ok(lines_tell(r, low, line, "one", NULL));
    lines_settle(r);
    lose_keys(r, A);
    lines_hand_key(r, high, A, 1, false);
    for (int i = 0; i < 3; i++)
        lines_settle(r);
    lines_hears(r, A, line, 1, "one");
}

/* A stricter policy below: there its time is over while above it can be read. */
static void what_was_erased_does_not_come_back_with_the_next_keys(void **state)
{
    struct rig *r = *state;
    char text[200];
    rig_tree(r, 2);
    rig_ok(rig_say_policy(r, A,
                          "{'version':'short','title':'T','categories':[{'code':'','title':'其他'}],"
                          "'rules':{'keep_line':'64s'}}",
                          "k"));
    rig_settle(r);
    matter line = lines_open(r, CITY, A, "");
    lines_settle(r);
    rig_ok(lines_tell(r, CITY, line, "over below", NULL));
    lines_settle(r);
    for (int i = 0; i < 3; i++) {
        r->now_us += 70 * SECOND;
        lines_settle(r);
    }
    assert_int_equal(lines_text(r, A, line, 1, text), QP_LINE_ERASED);
    rig_ok(lines_tell(r, CITY, line, "lost and sealed again", NULL));
    lines_settle(r);
    lose_keys(r, A);
    assert_int_equal(lines_text(r, A, line, 2, text), QP_LINE_CLOSED);
    for (int i = 0; i < 3; i++)
        lines_settle(r);
    lines_hears(r, A, line, 2, "lost and sealed again");
    assert_int_equal(lines_text(r, A, line, 1, text), QP_LINE_ERASED);
    lines_hears(r, CITY, line, 1, "over below");
}

/* ---- what is given up ---- */

static void what_was_never_sealed_for_a_node_is_not_shown_as_delivered_there(void **state)
{
    struct rig *r = *state;
    rig_tree(r, 2);
    rig_ok(rig_say_policy(r, CITY,
                          "{'version':'one','title':'T','categories':[{'code':'','title':'其他'}],"
                          "'rules':{'keep_line':'640s'}}",
                          "k"));
    rig_settle(r);
    matter line = lines_open(r, CITY, A, "");
    for (int i = 0; i < 5; i++) /* the other does not hear of the line before nobody can read these */
        rig_ok(lines_tell(r, CITY, line, "over before it comes", NULL));
    r->now_us += 11 * SECOND;
    rig_tick(r, CITY);
    r->now_us += 641 * SECOND;
    rig_tick(r, CITY);
    rig_ok(lines_tell(r, CITY, line, "comes", NULL));
    lines_settle(r);
    assert_int_equal(lines_seqs(r, A, line), 1);
    lines_hears(r, A, line, 1, "comes");
    struct lines_view v = lines_look(r, CITY);
    for (uint64_t n = 1; n <= 6; n++)
        assert_int_equal(qp_line_delivered(&v.db, r->nodes[A].id, line.b, n), n == 6);
    assert_false(qp_line_delivered(&v.db, r->nodes[A].id, line.b, 7));
    qp_read_end(&v.r);
    struct tables was = rig_tables(r, CITY);
    rig_rebuild(r, CITY);
    struct tables is = rig_tables(r, CITY);
    rig_same_tables(&was, &is, ~T(LINE));
}

static void what_there_is_no_memory_to_read_is_not_called_damaged(void **state)
{
    struct rig *r = *state;
    struct qp_line_message m;
    Qp__Event *ev;
    Qp__LineBody *body;
    rig_tree(r, 2);
    matter line = lines_open(r, CITY, A, "");
    rig_ok(lines_tell(r, CITY, line, "x", NULL));
    struct lines_view v = lines_look(r, CITY);
    assert_int_equal(qp_line_message_next(&v.db, line.b, 0, &m), 0);
    v.db.a = qp_arena_new(16);
    assert_int_equal(qp_line_text(&v.db, v.r.journal, r->nodes[CITY].ring, line.b, &m, &ev, &body),
                     QP_LINE_UNREAD);
    qp_arena_free(v.db.a);
    v.db.a = r->arena;
    m.index++;
    assert_int_equal(qp_line_text(&v.db, v.r.journal, r->nodes[CITY].ring, line.b, &m, &ev, &body),
                     QP_LINE_DAMAGED);
    qp_read_end(&v.r);
}

/* ---- a file of the keys that cannot be written ---- */

static int tend_without_writing(struct rig *r, int i, const uint8_t seed[QP_SEED_LEN])
{
    struct rlimit was, none;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &was);
    none = was;
    none.rlim_cur = 0;
    setrlimit(RLIMIT_FSIZE, &none);
    int rc = qp_core_tend_ring(r->nodes[i].core, r->now_us, seed, &r->e);
    setrlimit(RLIMIT_FSIZE, &was);
    return rc;
}

static void keys_that_cannot_be_written_are_told_and_tried_again_after_ten_seconds(void **state)
{
    struct rig *r = *state;
    uint8_t seed[QP_SEED_LEN], pk[QP_PK_LEN];
    char path[96];
    struct qp_ring *empty;
    rig_tree(r, 2);
    struct qp_core *c = r->nodes[CITY].core;
    rig_seed(r, seed);
    snprintf(path, sizeof path, "%s/others", r->nodes[CITY].dir);
    assert_int_equal(qp_ring_open(&empty, path, &r->e), 0);
    qp_core_set_ring(c, empty);
    assert_int_equal(tend_without_writing(r, CITY, seed), QP_EIO);
    assert_non_null(strstr(qp_core_ring_why(c), path));
    assert_true(qp_core_next_tick(c) <= r->now_us + 10 * SECOND);
    r->now_us += 9 * SECOND;
    assert_int_equal(qp_core_tend_ring(c, r->now_us, seed, &r->e),
                     QP_EIO); /* it could be now, and is not tried */
    assert_false(qp_ring_spare(empty, pk));
    r->now_us += SECOND;
    assert_int_equal(qp_core_tend_ring(c, r->now_us, seed, &r->e), 0);
    assert_true(qp_ring_spare(empty, pk));
    assert_string_equal(qp_core_ring_why(c), "");
    qp_core_set_ring(c, r->nodes[CITY].ring);
    qp_ring_close(empty);
    unlink(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, lines_up, rig_down)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_speaker_says_after_his_disk_burned_is_heard),
        TEST(who_says_again_and_again_that_his_keys_are_lost_is_heard_once_an_hour),
        TEST(the_lines_of_who_lost_his_keys_are_looked_at_a_few_a_turn),
        TEST(a_new_key_is_told_also_to_whom_its_turn_has_passed),
        TEST(what_was_erased_does_not_come_back_with_the_next_keys),
        TEST(what_was_never_sealed_for_a_node_is_not_shown_as_delivered_there),
        TEST(what_there_is_no_memory_to_read_is_not_called_damaged),
        TEST(keys_that_cannot_be_written_are_told_and_tried_again_after_ten_seconds),
    };
    return cmocka_run_group_tests_name("line again", tests, NULL, NULL);
}
