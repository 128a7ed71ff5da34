/* redo_told_test.c: a redo log that is damaged, cut short, missing, older or of another journal: told with the
 * remedy, never taken; one that was never used is made again. */
#include "tests/unit/store/power.h"

#include <fcntl.h>
#include <unistd.h>

#include "node/store/inside.h"

static void a_damaged_entry_with_others_behind_it_is_told(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    rig_open(r);
    disk_watch(r);
    rig_turns(r, 20);
    uint32_t block = r->s->redo.block;
    power_fails(r, NULL, &seed);
    rig_copy(r, "journal", "kept");
    rig_flip(r, "journal/redo", NULL, 0, (QP_REDO_BASES + block - 5) * QP_REDO_BLOCK + 200, 3);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    assert_non_null(strstr(r->e.text, "stands behind it"));
    rig_copy(r, "kept", "journal");
    is_whole(r, 20, 20);
}

static void a_log_without_a_base_or_cut_short_is_told(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 3);
    rig_close(r, true);
    rig_copy(r, "journal", "kept");
    for (size_t i = 0; i < QP_REDO_BASES; i++)
        rig_flip(r, "journal/redo", NULL, 0, i * QP_REDO_BLOCK + 60, 1);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    rig_copy(r, "kept", "journal");
    rig_cut(r, "journal/redo", 3 * QP_REDO_BLOCK);
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    rig_copy(r, "kept", "journal");
    rig_flip(r, "journal/redo", NULL, 0, (size_t)(r->o.journal_map ? 60 : 0), 1); /* one base is enough */
    rig_open(r);
    assert_int_equal(rig_head(r), 3);
}

/* The process ended between the file's making and its first base. */
static void a_log_that_was_never_used_is_made_again(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 3);
    rig_close(r, true);
    for (int half = 0; half < 2; half++) {
        rig_cut(r, "journal/redo", 0);
        if (half == 0)
            rig_cut(r, "journal/redo", 5 * QP_REDO_BLOCK);
        rig_open(r);
        assert_int_equal(rig_head(r), 3 + (uint64_t)half);
        rig_turns(r, 1);
        rig_close(r, true);
    }
}

static void refused(struct rig *r, const char *words)
{
    r->e.text[0] = 0;
    assert_int_equal(qp_store_open(&r->s, &r->o, &r->e), QP_ECORRUPT);
    if (!strstr(r->e.text, words) || !strstr(r->e.text, "join again"))
        fail_msg("%s", r->e.text);
}

static void older_data_beside_the_newest_log_are_refused_after_a_clean_end_too(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    rig_copy(r, "journal/data.mdb", "older");
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    rig_copy(r, "journal", "good");
    rig_copy(r, "older", "journal/data.mdb");
    refused(r, "of different moments");
    rig_remove(r, "heads"); /* the log alone tells as well */
    refused(r, "of different moments");
    rig_copy(r, "good", "journal");
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, false); /* not in order, the same boot */
    rig_copy(r, "older", "journal/data.mdb");
    refused(r, "of different moments");
}

static void a_journal_that_went_on_without_its_log_is_refused(void **state)
{
    struct rig *r = *state;
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    rig_copy(r, "journal/redo", "older");
    rig_open(r);
    rig_turns(r, 9);
    rig_close(r, true);
    rig_copy(r, "older", "journal/redo");
    refused(r, "of different moments");
}

static void a_log_that_is_missing_or_emptied_is_refused_when_the_node_did_not_end_in_order(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    rig_open(r);
    disk_watch(r);
    rig_turns(r, 45);
    for (int same_boot = 1; same_boot >= 0; same_boot--) {
        if (same_boot)
            rig_close(r, false);
        else
            power_fails(r, NULL, &seed);
        rig_copy(r, "journal", "kept");
        rig_remove(r, "journal/redo");
        refused(r, "is missing or empty");
        rig_copy(r, "kept", "journal");
        rig_cut(r, "journal/redo", 0);
        refused(r, "is missing or empty");
        rig_copy(r, "kept", "journal");
        is_whole(r, 45, 45);
        disk_watch(r);
    }
}

/* The entries of one log behind the bases of another. */
static void put_entries(const struct rig *r, const char *from, const char *to)
{
    char path[2][200];
    snprintf(path[0], sizeof path[0], "%s/%s", r->dir, from);
    snprintf(path[1], sizeof path[1], "%s/%s", r->dir, to);
    struct image m = image_load(path[0]);
    const size_t bases = QP_REDO_BASES * QP_REDO_BLOCK;
    int fd = open(path[1], O_WRONLY);
    assert_true(fd >= 0 && m.len > bases);
    assert_int_equal(pwrite(fd, m.p + bases, m.len - bases, (off_t)bases), (ssize_t)(m.len - bases));
    close(fd);
    free(m.p);
}

static void the_log_of_another_journal_is_refused(void **state)
{
    struct rig *r = *state;
    unsigned seed = seed_of_run();
    rig_open(r);
    disk_watch(r);
    rig_turns(r, 5);
    power_fails(r, NULL, &seed);
    rig_copy(r, "journal", "first");
    rig_remove(r, "journal");
    rig_remove(r, "heads");
    memset(r->o.epoch, 9, QP_ID_LEN);
    rig_open(r);
    rig_turns(r, 5);
    rig_close(r, false);
    rig_copy(r, "journal", "second");
    rig_copy(r, "first/redo", "journal/redo");
    refused(r, "belongs to another journal");
    rig_copy(r, "second", "journal");
    put_entries(r, "first/redo", "journal/redo");
    refused(r, "belongs to another journal");
    rig_remove(r, "journal");
    rig_open(r);
    rig_turns(r, 5);
    rig_close(r, true);
    rig_copy(r, "journal/redo", "clean");
    rig_remove(r, "journal");
    rig_remove(r, "heads");
    memset(r->o.epoch, 11, QP_ID_LEN);
    rig_open(r);
    rig_turns(r, 5); /* the very same records: only the epoch tells */
    rig_close(r, true);
    rig_copy(r, "clean", "journal/redo");
    refused(r, "belongs to another journal");
}

#define D(name) cmocka_unit_test_setup_teardown(name, rig_up, disk_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        D(a_damaged_entry_with_others_behind_it_is_told),
        D(a_log_without_a_base_or_cut_short_is_told),
        D(a_log_that_was_never_used_is_made_again),
        D(older_data_beside_the_newest_log_are_refused_after_a_clean_end_too),
        D(a_journal_that_went_on_without_its_log_is_refused),
        D(a_log_that_is_missing_or_emptied_is_refused_when_the_node_did_not_end_in_order),
        D(the_log_of_another_journal_is_refused),
    };
    return cmocka_run_group_tests_name("redo_told", tests, NULL, NULL);
}
