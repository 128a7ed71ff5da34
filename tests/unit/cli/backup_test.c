/* backup_test.c: a backup that can be restored at each moment, of a node that is down; what is secret lies in it only when it
 * is asked for; a moved node is restored once, and as often as it failed; a damaged record is told with its remedy; what is exported is its owner's alone. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/cli/place.h"
#include "tests/unit/cli/rig.h"

#define EN "C.UTF-8"
#define ZH "zh_CN.UTF-8"
enum { TOO_MANY = 70, TRIES = 50 };

static struct rig_said s;

struct place {
    char top[40], dir[64], backup[64], other[64];
};

static void file_in(char out[200], const char *dir, const char *name)
{
    snprintf(out, 200, "%s/%s", dir, name);
}

static bool there(const char *dir, const char *name)
{
    char path[200];
    file_in(path, dir, name);
    return access(path, F_OK) == 0;
}

static void put(const char *dir, const char *name, const char *text)
{
    char path[200];
    file_in(path, dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    snprintf(p->top, sizeof p->top, "/tmp/qp-backup-XXXXXX");
    assert_non_null(mkdtemp(p->top));
    snprintf(p->dir, sizeof p->dir, "%s/city", p->top);
    snprintf(p->backup, sizeof p->backup, "%s/backup", p->top);
    snprintf(p->other, sizeof p->other, "%s/other", p->top);
    rig_run(&s, EN, "init", "--path", "suzhou", "--title", "宿州市", "--level", "city", "--zone",
            "Asia/Shanghai", "--dir", p->dir, "--http", "127.0.0.1:8420", "--link", "tcp://0.0.0.0:5571",
            "--advertise", "tcp://suzhou.example.org:5571", NULL);
    assert_int_equal(s.rc, 0);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", p->top);
    int rc = system(command);
    free(p);
    return rc;
}

static int create(const struct place *p, const char *how)
{
    rig_run(&s, EN, "backup", "create", p->backup, "--dir", p->dir, how, NULL);
    return s.rc;
}

static int verify(const struct place *p)
{
    rig_run(&s, EN, "backup", "verify", p->backup, NULL);
    return s.rc;
}

/* More settings than a backup takes: a `create` that ends between them and its manifest. */
static void settings_too_many(const struct place *p, bool are)
{
    char name[40], path[200];
    file_in(path, p->dir, "conf.d");
    assert_true(mkdir(path, 0700) == 0 || there(p->dir, "conf.d"));
    for (int i = 0; i < TOO_MANY; i++) {
        snprintf(name, sizeof name, "conf.d/%02d.conf", i);
        if (are)
            put(p->dir, name, "# nothing\n");
        file_in(path, p->dir, name);
        assert_true(are || unlink(path) == 0);
    }
}

static void a_create_that_ends_early_leaves_a_backup_that_is_whole(void **state)
{
    const struct place *p = *state;
    assert_int_equal(create(p, NULL), 0);
    assert_int_equal(verify(p), 0);
    put(p->dir, "qipan.conf", "# other settings\n");
    settings_too_many(p, true);
    assert_int_not_equal(create(p, NULL), 0);
    rig_says(s.err, "64");
    assert_int_equal(verify(p), 0);
    settings_too_many(p, false);
    assert_int_equal(create(p, NULL), 0);
    assert_int_equal(verify(p), 0);
    assert_int_equal(create(p, "--with-keys"), 0);
    rig_run(&s, EN, "backup", "restore", p->backup, "--reading", "--dir", p->other, NULL);
    assert_int_equal(s.rc, 0);
    assert_true(there(p->other, "qipan.conf"));
}

static void a_first_create_that_ended_early_is_run_again(void **state)
{
    const struct place *p = *state;
    settings_too_many(p, true);
    assert_int_not_equal(create(p, "--move"), 0);
    assert_true(there(p->backup, "qipan.conf") && !there(p->backup, "manifest.json"));
    assert_false(there(p->dir, "moved"));
    settings_too_many(p, false);
    assert_int_equal(create(p, NULL), 0);
    assert_int_equal(verify(p), 0);
}

static void what_has_other_files_is_no_folder_for_a_backup(void **state)
{
    const struct place *p = *state;
    assert_int_equal(mkdir(p->backup, 0700), 0);
    put(p->backup, "qipan.conf", "# of somebody\n"); /* no records beside it: no attempt left it */
    assert_int_not_equal(create(p, NULL), 0);
    rig_says(s.err, "has other files");
    assert_int_not_equal(create(p, NULL), 0);
    put(p->backup, "journal.records", "");
    put(p->backup, "letter.txt", "");
    assert_int_not_equal(create(p, NULL), 0);
    rig_says(s.err, "has other files");
}

static void a_key_lies_in_a_backup_only_when_it_is_asked_for(void **state)
{
    const struct place *p = *state;
    assert_int_equal(create(p, "--with-keys"), 0);
    assert_true(there(p->backup, "node.key"));
    assert_int_equal(verify(p), 0);
    rig_says(s.out, "with its secret keys");
    put(p->backup, "cli-token", "of a move that failed\n");
    assert_int_equal(create(p, NULL), 0);
    assert_false(there(p->backup, "node.key") || there(p->backup, "cli-token"));
    assert_int_equal(verify(p), 0);
    rig_says_not(s.out, "with its secret keys");
}

static void a_moved_node_is_restored_once_and_as_often_as_that_failed(void **state)
{
    const struct place *p = *state;
    assert_int_equal(create(p, "--move"), 0);
    rig_says(s.out, "vault, blobs and keys/lines");
    assert_int_equal(mkdir(p->other, 0700), 0);
    char path[200];
    file_in(path, p->other, "conf.d");
    assert_int_equal(mkdir(path, 0700), 0);
    put(p->other, "conf.d/zz.conf", "store.journal_map = much\n");
    rig_run(&s, EN, "backup", "restore", p->backup, "--dir", p->other, NULL);
    assert_int_not_equal(s.rc, 0);
    assert_false(there(p->backup, "restored"));
    file_in(path, p->other, "conf.d/zz.conf");
    assert_int_equal(unlink(path), 0);
    rig_run(&s, ZH, "backup", "restore", p->backup, "--dir", p->other, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "vault、blobs 和 keys/lines");
    assert_true(there(p->backup, "restored") && there(p->other, "keys/node.key"));
    snprintf(path, sizeof path, "%s/twice", p->top);
    rig_run(&s, EN, "backup", "restore", p->backup, "--dir", path, NULL);
    assert_int_not_equal(s.rc, 0);
    rig_says(s.err, "restored before");
    assert_false(there(path, "db"));
}

/* What the old journal's environment said is in no copy (L3): whoever was moved is told by its parent first. */
static void a_moved_node_takes_itself_for_untold(void **state)
{
    const struct place *p = *state;
    struct qp_place_paths paths;
    struct qp_store *store;
    assert_int_equal(create(p, "--move"), 0);
    rig_run(&s, EN, "backup", "restore", p->backup, "--dir", p->other, NULL);
    assert_int_equal(s.rc, 0);
    assert_int_equal(qp_place_paths(&paths, p->other, NULL), 0);
    assert_int_equal(qp_place_store(&store, &paths, 8 << 20, 8 << 20, NULL), 0);
    assert_true(qp_store_was_clean(store) && qp_store_had_untold(store));
    qp_store_close(store, true);
}

static void a_journal_without_keys_says_what_it_is(void **state)
{
    const struct place *p = *state;
    assert_int_equal(create(p, NULL), 0);
    for (int times = 0; times < 2; times++)
        rig_run(&s, EN, "backup", "restore", p->backup, "--reading", "--dir", p->other, NULL);
    assert_int_not_equal(s.rc, 0);
    rig_says(s.err, "a journal without keys");
    rig_says(s.err, "run it again");
}

/* One `serve`, begun while another has the lock; that one moves the node away before it lets go. The exit status. */
static int serve_while_it_is_moved(const struct place *p)
{
    char lock[200], event[512];
    file_in(lock, p->dir, "db/lock");
    int fd = open(lock, O_RDWR | O_CLOEXEC), watch = inotify_init1(IN_CLOEXEC);
    assert_true(fd >= 0 && watch >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_true(inotify_add_watch(watch, lock, IN_OPEN) >= 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fd);
        alarm(20); /* a node that serves does not end by itself */
        rig_run(&s, EN, "serve", "--dir", p->dir, NULL);
        _exit(strstr(s.err, "moved away")                                 ? 1
              : strstr(s.err, "its node runs") || strstr(s.err, "in use") ? 2
                                                                          : 0);
    }
    assert_true(read(watch, event, sizeof event) >
                0); /* it has looked for the note, and waits for the lock */
    put(p->dir, "moved", "at some time into some folder\n");
    close(fd);
    close(watch);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void a_node_that_is_moved_while_it_starts_does_not_serve(void **state)
{
    const struct place *p = *state;
    char moved[200];
    file_in(moved, p->dir, "moved");
    int was = 2;
    for (int i = 0; i < TRIES && was == 2; i++) { /* 2: this process was away for as long as a start waits */
        unlink(moved);
        was = serve_while_it_is_moved(p);
    }
    assert_int_equal(was, 1);
}

/* One bit of the first record, wherever a page of the journal has it. */
static void turn_a_bit(const struct place *p)
{
    static const char needle[] = "Asia/Shanghai";
    char path[200];
    void *bytes;
    size_t len, found = 0;
    file_in(path, p->dir, "db/journal/data.mdb");
    assert_int_equal(qp_file_read(path, 64 << 20, &bytes, &len, NULL), 0);
    FILE *f = fopen(path, "r+");
    for (char *at = bytes; (at = memmem(at, len - (size_t)(at - (char *)bytes), needle, strlen(needle)));
         at++) {
        fseek(f, at - (char *)bytes, SEEK_SET);
        fputc(*at ^ 1, f);
        found++;
    }
    fclose(f);
    free(bytes);
    assert_true(found > 0);
}

/* In a process of its own: `serve` takes the environment for its title. */
static bool serve_refuses_with(const struct place *p, const char *words)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(20);
        rig_run(&s, EN, "serve", "--dir", p->dir, NULL);
        _exit(s.rc && strstr(s.err, words) ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void a_damaged_record_is_told_with_what_mends_it(void **state)
{
    const struct place *p = *state;
    char command[120];
    turn_a_bit(p);
    assert_int_not_equal(create(p, NULL), 0);
    rig_says(s.err, "`qipan scrub` of the stopped node mends");
    rig_run(&s, EN, "doctor", "--dir", p->dir, NULL);
    rig_says(s.out, "`qipan scrub` of the stopped node mends");
    rig_run(&s, ZH, "doctor", "--dir", p->dir, NULL);
    rig_says(s.out, "`qipan scrub` 可修复单个错位");
    snprintf(command, sizeof command, "rm -r %s/db/tables", p->dir); /* as a power loss would discard them */
    assert_int_equal(system(command), 0);
    assert_true(serve_refuses_with(p, "run `qipan scrub`"));
    rig_run(&s, EN, "scrub", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "one wrong bit");
    assert_int_equal(create(p, NULL), 0);
    assert_int_equal(verify(p), 0);
}

static unsigned mode_of(const char *dir, const char *name)
{
    char path[200];
    struct stat st;
    file_in(path, dir, name);
    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 0777;
}

static void what_is_exported_is_its_owners_alone(void **state)
{
    const struct place *p = *state;
    char path[200];
    mode_t mask = umask(022);
    file_in(path, p->top, "all.ndjson");
    rig_run(&s, EN, "export", "--dir", p->dir, "--output", path, NULL);
    assert_int_equal(s.rc, 0);
    assert_int_equal(mode_of(p->top, "all.ndjson"), 0600);
    put(p->top, "older", "what was there");
    file_in(path, p->top, "older");
    assert_int_equal(chmod(path, 0644), 0);
    FILE *f = qp_private_file(path); /* the rejected rows of an import go by it too */
    assert_non_null(f);
    assert_int_equal(mode_of(p->top, "older"), 0600);
    fseek(f, 0, SEEK_END);
    assert_int_equal(ftell(f), 0);
    fclose(f);
    umask(mask);
    file_in(path, p->top, "no/folder");
    assert_null(qp_private_file(path));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_create_that_ends_early_leaves_a_backup_that_is_whole),
        T(a_first_create_that_ended_early_is_run_again),
        T(what_has_other_files_is_no_folder_for_a_backup),
        T(a_key_lies_in_a_backup_only_when_it_is_asked_for),
        T(a_moved_node_is_restored_once_and_as_often_as_that_failed),
        T(a_moved_node_takes_itself_for_untold),
        T(a_journal_without_keys_says_what_it_is),
        T(a_node_that_is_moved_while_it_starts_does_not_serve),
        T(a_damaged_record_is_told_with_what_mends_it),
        T(what_is_exported_is_its_owners_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
