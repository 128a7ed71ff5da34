/* folders_test.c: commands on a node's folder, without a node that runs: founded, looked at, and refused in a
 * sentence. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/cli/place.h"
#include "tests/unit/cli/rig.h"
#include "topology/token.h"

#define EN "C.UTF-8"
#define ZH "zh_CN.UTF-8"

static struct rig_said s;

struct place {
    char top[40], dir[64], other[64];
};

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    snprintf(p->top, sizeof p->top, "/tmp/qp-folders-XXXXXX");
    assert_non_null(mkdtemp(p->top));
    snprintf(p->dir, sizeof p->dir, "%s/city", p->top);
    snprintf(p->other, sizeof p->other, "%s/other", p->top);
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

static void found(const struct place *p)
{
    rig_run(&s, EN, "init", "--path", "suzhou", "--title", "宿州市", "--level", "city", "--zone",
            "Asia/Shanghai", "--dir", p->dir, "--http", "127.0.0.1:8420", "--link", "tcp://0.0.0.0:5571",
            "--advertise", "tcp://suzhou.example.org:5571", NULL);
    assert_int_equal(s.rc, 0);
}

static bool there(const char *dir, const char *name)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return access(path, F_OK) == 0;
}

static void init_founds_a_tree_and_keeps_its_addresses(void **state)
{
    const struct place *p = *state;
    char path[200];
    struct stat st;
    found(p);
    rig_says(s.out, "suzhou is in ");
    snprintf(path, sizeof path, "%s/cli-token", p->dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    rig_run(&s, EN, "config", "show", "--dir", p->dir, NULL);
    rig_says(s.out, "tcp://suzhou.example.org:5571");
    rig_run(&s, EN, "init", "--path", "x", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 4);
    rig_says(s.err, "there is a node in this folder already");
    rig_says(s.err, "choose an empty folder");
}

static void a_join_into_a_folder_that_has_a_node_says_how_to_keep_it(void **state)
{
    const struct place *p = *state;
    struct qp_token t = {.expires_us = INT64_MAX / 2, .path = "suzhou/east", .endpoint = "tcp://127.0.0.1:1"};
    char token[QP_TOKEN_TEXT_MAX];
    assert_int_equal(qp_token_print(token, &t, NULL), 0);
    found(p);
    rig_run(&s, EN, "join", token, "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 4);
    rig_says(s.err, "--parent tcp://HOST:PORT");
    rig_says(s.err, "link.parent");
    rig_run(&s, EN, "join", token, "--dir", p->other, "--path", "suzhou/west", NULL);
    assert_int_equal(s.rc, 5);
    rig_says(s.err, "this token is for suzhou/east, not for suzhou/west");
    rig_run(&s, EN, "join", token, "--dir", p->other, "--parent", "tcp://0.0.0.0:7", NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "cannot be dialled");
}

static void a_node_that_is_down_is_called_so(void **state)
{
    const struct place *p = *state;
    found(p);
    rig_run(&s, EN, "status", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 6);
    rig_says(s.err, "its node is not running; `qipan serve --dir ");
    rig_says_not(s.err, "8420"); /* nobody was asked at that address */
    rig_run(&s, ZH, "list", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 6);
    rig_says(s.err, "不可达");
    rig_run(&s, EN, "drain", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 6);
    rig_run(&s, EN, "status", "--dir", p->other, NULL);
    assert_int_equal(s.rc, 3);
    rig_says(s.err, "there is no node here yet");
}

static void what_works_on_a_node_that_is_down_works(void **state)
{
    const struct place *p = *state;
    char file[100];
    found(p);
    snprintf(file, sizeof file, "%s/all.jsonl", p->top);
    rig_run(&s, EN, "export", "--dir", p->dir, "-o", file, NULL);
    assert_int_equal(s.rc, 0);
    rig_run(&s, EN, "export", "--dir", p->dir, NULL);
    rig_says(s.out, "{\"position\":\"1\",\"index\":0,");
    rig_run(&s, EN, "rebuild", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.out, "the tables hold all ");
    rig_run(&s, EN, "doctor", "--dir", p->dir, "--json", NULL);
    rig_says(s.out, "every record of the journal is whole");
}

/* Of its folder and of the node that runs, whose answer the stand-in gives: `wanted` are in the output. */
static void doctor_says(const struct place *p, const struct rig_node *n, const char *lang,
                        const char *const *wanted)
{
    rig_run(&s, lang, "doctor", "--dir", p->dir, "--node", n->url, NULL);
    assert_int_not_equal(s.rc, 0); /* 8; 1 where this machine's disk is full */
    for (; *wanted; wanted++)
        rig_says(s.out, *wanted);
}

static void doctor_says_in_the_persons_language_what_it_found(void **state)
{
    const struct place *p = *state;
    static struct rig_node n;
    found(p);
    rig_node_open(&n);
    rig_answer(
        &n, "/api/v1/node", 200,
        "{\"path\":\"suzhou/yongqiao\",\"zone\":\"Asia/"
        "Shanghai\",\"policy\":{\"version\":\"v7\"},\"parent\":{"
        "\"path\":\"suzhou\",\"state\":\"live\",\"limited\":{\"why\":\"rate\",\"since\":\"2026-03-01T08:00:"
        "00.000Z\"}},\"children\":[{\"path\":\"suzhou/yongqiao/"
        "tuohe\",\"state\":\"live\",\"limited\":{\"why\":"
        "\"share\",\"since\":\"2026-03-01T09:00:00.000Z\"}}],\"alarms\":[],\"alarms_more\":3,\"scrub\":{"
        "\"at\":40,"
        "\"head\":99,\"passes\":2,\"finished\":\"2026-03-01T10:00:00.000Z\"}}");
    doctor_says(
        p, &n, EN,
        (const char *const[]){
            "ok       settings are sound\n", "ok       keys     ", "are free at",
            "ok       clock    it is 20", "time zones are installed", "every record of the journal is whole",
            "ok       node     suzhou/yongqiao runs at http://127.0.0.1:",
            "ok       link     to its parent suzhou: live\n", "in force: v7",
            "warning  link     the parent makes this node wait: over its rate since 2026-03-01 "
            "16:00:00+08:00. Nothing is lost",
            "raise link.child_burst at the parent and start it again",
            "its child suzhou/yongqiao/tuohe is over its share since 2026-03-01 17:00:00+08:00 and waits",
            "and 3 more",
            "ok       scrub    40 of 99 records looked at, 256 a second; whole passes: 2, the last at "
            "2026-03-01 18:00:00+08:00\n",
            NULL});
    doctor_says(
        p, &n, ZH,
        (const char *const[]){
            "正常     设置     无误\n", "正常     密钥     ", "剩余", "正常     时钟     现在是 20",
            "时区数据已安装", "日志的每条记录完好",
            "suzhou/yongqiao 运行于 http://127.0.0.1:", "通往上级 suzhou：畅通", "现行：v7",
            "注意     链路     上级让本节点等待：超过其速率，自 2026-03-01 16:00:00+08:00 起。不会丢失",
            "请在上级提高 link.child_burst 并重启上级",
            "下级 suzhou/yongqiao/tuohe 超过其份额，自 2026-03-01 17:00:00+08:00 起在等待", "另有 3 条",
            "已查 40 / 99 条记录，每秒 256 条；完整巡检 2 遍，最近一遍完成于 2026-03-01 18:00:00+08:00\n",
            NULL});
    static const char *const english[] = {" is ", " are ", " at ", " since ", "ok ", "warning"};
    for (size_t i = 0; i < sizeof english / sizeof *english; i++) /* no line is left in the other language */
        rig_says_not(s.out, english[i]);
    rig_node_close(&n);
    rig_run(&s, ZH, "doctor", "--dir", p->dir, NULL);
    rig_says(s.out, "注意     节点     不可达：");
}

static void a_folder_in_use_is_called_so(void **state)
{
    const struct place *p = *state;
    struct qp_place_paths paths;
    struct qp_store *store;
    char wanted[64];
    found(p);
    assert_int_equal(qp_place_paths(&paths, p->dir, NULL), 0);
    assert_int_equal(qp_place_store(&store, &paths, (size_t)1 << 30, (size_t)1 << 30, NULL), 0);
    assert_int_equal(qp_place_runs(&paths), getpid());
    rig_run(&s, EN, "export", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 4);
    snprintf(wanted, sizeof wanted, "is in use by process %d: its node (`qipan drain", (int)getpid());
    rig_says(s.err, wanted);
    qp_store_close(store, true);
    assert_int_equal(qp_place_runs(&paths), 0);
}

static void root_makes_nothing_in_the_folder_of_another_user(void **state)
{
    const struct place *p = *state;
    struct qp_place_paths paths;
    struct qp_err e = {0};
    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir(p->other, 0700), 0);
    assert_int_equal(chown(p->other, 65534, 65534), 0);
    assert_int_equal(qp_place_paths(&paths, p->other, &e), 0);
    assert_int_equal(qp_place_make(&paths, &e), QP_EDENIED);
    assert_non_null(strstr(e.text, "runuser -u "));
    assert_int_equal(access(paths.db, F_OK), -1);
    assert_int_equal(chown(p->other, 54321, 54322), 0); /* whom no passwd names */
    assert_int_equal(qp_place_own(&paths, &e), QP_EDENIED);
    assert_non_null(strstr(e.text, "`setpriv --reuid 54321 --regid 54322 --clear-groups qipan"));
    assert_int_equal(chown(p->other, 65534, 65534), 0);
    rig_run(&s, EN, "init", "--path", "suzhou", "--zone", "UTC", "--dir", p->other, NULL);
    assert_int_equal(s.rc, qp_exit_of(QP_EDENIED));
    rig_says(s.err, "belongs to the user");
    char within[600]; /* which would be root's */
    snprintf(within, sizeof within, "%s/node", p->other);
    assert_int_equal(qp_place_paths(&paths, within, &e), 0);
    assert_int_equal(qp_place_make(&paths, &e), QP_EDENIED);
    assert_int_equal(access(within, F_OK), -1);
    assert_int_equal(chown(p->other, 0, 0), 0);
    assert_int_equal(qp_place_make(&paths, &e), 0);
}

static void a_start_where_there_is_no_node_leaves_nothing_behind(void **state)
{
    const struct place *p = *state;
    rig_run(&s, EN, "config", "check", "--dir", p->top, NULL);
    assert_int_equal(s.rc, 0);
    rig_run(&s, EN, "rebuild", "--dir", p->other, NULL);
    assert_int_equal(s.rc, 3);
    assert_false(there(p->top, "other"));
}

static void a_wrong_number_is_told_once(void **state)
{
    const struct place *p = *state;
    rig_run(&s, EN, "dev", "--depth", "0", "--state", p->other, NULL);
    assert_int_equal(s.rc, 2);
    assert_string_equal(s.err, "qipan: --depth: \"0\" is not a number of 1 to 8\n");
    rig_run(&s, EN, "dev", "--http-base", "x", "--state", p->other, NULL);
    assert_string_equal(s.err, "qipan: --http-base: \"x\" is not a number of 1 to 65535\n");
    rig_run(&s, ZH, "list", "--limit", "-3", "--node", "http://127.0.0.1:1", NULL);
    assert_string_equal(s.err, "qipan：--limit：“-3”不是 0 至 100000000 的数\n");
    rig_run(&s, EN, "list", "extra", NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "\"extra\" is one argument too many");
    rig_run(&s, EN, "help", "staus", NULL);
    rig_says(s.err, "did you mean `qipan status`?");
    rig_run(&s, EN, "list", "--node", "http://127.0.0.1:99999", NULL);
    assert_int_equal(s.rc, 2);
    rig_says(s.err, "has no port of 1 to 65535");
    rig_run(&s, EN, "list", "--node", "http://127.0.0.1:http", NULL);
    assert_int_equal(s.rc, 2);
}

/* As a kill between the journal and the token leaves it; what lost its token is given another one in the same way. */
static void a_founding_that_was_ended_before_its_token_is_brought_to_its_end(void **state)
{
    const struct place *p = *state;
    char token[200];
    found(p);
    snprintf(token, sizeof token, "%s/cli-token", p->dir);
    assert_int_equal(unlink(token), 0);
    rig_run(&s, EN, "init", "--path", "x", "--zone", "UTC", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 4); /* it is another place's */
    assert_false(there(p->dir, "cli-token"));
    found(p);
    assert_true(there(p->dir, "cli-token"));
    rig_run(&s, EN, "init", "--path", "suzhou", "--zone", "UTC", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 4);
}

/* A new node that was whole beside the old one when the machine went down: the same command goes on with the move. */
static void a_join_again_that_was_ended_before_its_move_goes_on(void **state)
{
    const struct place *p = *state;
    struct qp_token t = {.expires_us = INT64_MAX / 2, .path = "suzhou", .endpoint = "tcp://127.0.0.1:1"};
    char token[QP_TOKEN_TEXT_MAX], next[100];
    assert_int_equal(qp_token_print(token, &t, NULL), 0);
    found(p);
    snprintf(next, sizeof next, "%s/next", p->dir);
    rig_run(&s, EN, "init", "--path", "suzhou", "--zone", "UTC", "--dir", next, NULL);
    assert_int_equal(s.rc, 0);
    rig_run(&s, EN, "join", token, "--again", "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 0);
    assert_true(there(p->dir, "before-1") && !there(p->dir, "next"));
}

static void a_column_that_nothing_reads_is_told(void **state)
{
    const struct place *p = *state;
    char list[80];
    snprintf(list, sizeof list, "%s/list.csv", p->top);
    FILE *f = fopen(list, "w");
    assert_non_null(f);
    fputs("code,parent_code,level,name,label,short\nA,,city,City,city,C\n", f);
    fclose(f);
    rig_run(&s, EN, "areas", list, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.err, "nothing reads these columns");
    rig_says(s.err, "short");
    rig_run(&s, ZH, "areas", list, NULL);
    rig_says(s.err, "不被读取");
    rig_run(&s, EN, "areas", list, "--quiet", NULL);
    assert_string_equal(s.err, "");
    rig_run(&s, EN, "init", "--areas", list, "--dir", p->dir, NULL);
    assert_int_equal(s.rc, 0);
    rig_says(s.err, "short");
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(init_founds_a_tree_and_keeps_its_addresses),
        T(a_column_that_nothing_reads_is_told),
        T(a_join_into_a_folder_that_has_a_node_says_how_to_keep_it),
        T(a_node_that_is_down_is_called_so),
        T(what_works_on_a_node_that_is_down_works),
        T(doctor_says_in_the_persons_language_what_it_found),
        T(a_folder_in_use_is_called_so),
        T(root_makes_nothing_in_the_folder_of_another_user),
        T(a_start_where_there_is_no_node_leaves_nothing_behind),
        T(a_wrong_number_is_told_once),
        T(a_founding_that_was_ended_before_its_token_is_brought_to_its_end),
        T(a_join_again_that_was_ended_before_its_move_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
