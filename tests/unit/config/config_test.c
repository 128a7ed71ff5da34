/* config_test.c: which of default, file, conf.d, environment and flag wins, and what the refusals say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/config/config.h"

struct place {
    char dir[64];
};

static void put(const char *dir, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static int set_up(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    snprintf(p->dir, sizeof p->dir, "/tmp/qp-config-XXXXXX");
    assert_non_null(mkdtemp(p->dir));
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    struct place *p = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", p->dir);
    unsetenv("QIPAN_HTTP_LISTEN");
    int rc = system(command);
    free(p);
    return rc;
}

static void without_files_the_defaults_hold(void **state)
{
    struct place *p = *state;
    struct qp_config c;
    struct qp_acceptance acceptance;
    qp_config_defaults(&c);
    assert_int_equal(qp_config_load(&c, p->dir, NULL), 0);
    assert_string_equal(qp_config_text(&c, QP_SETTING_http_listen), "127.0.0.1:8420");
    assert_int_equal(c.v[QP_SETTING_http_listen].from, QP_FROM_DEFAULT);
    assert_int_equal(qp_config_size(&c, QP_SETTING_store_journal_map), (size_t)16 << 30);
    qp_config_acceptance(&c, &acceptance);
    assert_memory_equal(&acceptance, &qp_acceptance_default, sizeof acceptance);
}

/* What is stated counts as it is; what is not depends on the node's level (core/learned.c). */
static void nodes_below_a_child_are_as_many_as_is_stated(void **state)
{
    struct place *p = *state;
    struct qp_config c;
    struct qp_acceptance acceptance;
    put(p->dir, "qipan.conf", "link { child_nodes = 20000 }\n");
    qp_config_defaults(&c);
    qp_config_acceptance(&c, &acceptance);
    assert_int_equal(acceptance.child_nodes, 0);
    assert_int_equal(acceptance.level_nodes, 20000);
    assert_int_equal(qp_config_load(&c, p->dir, NULL), 0);
    qp_config_acceptance(&c, &acceptance);
    assert_int_equal(acceptance.child_nodes, 20000);
}

static void later_places_win_over_earlier_ones(void **state)
{
    struct place *p = *state;
    struct qp_config c;
    char folder[100];
    put(p->dir, "qipan.conf",
        "http {\n    listen = \"127.0.0.1:1\"\n    threads = 3\n}\nlink { listen = \"\" }\n");
    snprintf(folder, sizeof folder, "%s/conf.d", p->dir);
    assert_int_equal(mkdir(folder, 0700), 0);
    put(folder, "20.conf", "http { listen = \"127.0.0.1:20\" }\n");
    put(folder, "10.conf", "http { listen = \"127.0.0.1:10\" }\n");
    put(folder, "notes", "not a configuration");
    qp_config_defaults(&c);
    assert_int_equal(qp_config_load(&c, p->dir, NULL), 0);
    assert_string_equal(qp_config_text(&c, QP_SETTING_http_listen), "127.0.0.1:20");
    assert_string_equal(qp_config_text(&c, QP_SETTING_link_listen), "");
    assert_int_equal(qp_config_size(&c, QP_SETTING_http_threads), 3);
    setenv("QIPAN_HTTP_LISTEN", "127.0.0.1:30", 1);
    assert_int_equal(qp_config_load(&c, p->dir, NULL), 0);
    assert_string_equal(qp_config_text(&c, QP_SETTING_http_listen), "127.0.0.1:30");
    assert_string_equal(c.v[QP_SETTING_http_listen].where, "QIPAN_HTTP_LISTEN");
    assert_int_equal(qp_config_set(&c, QP_SETTING_http_listen, "127.0.0.1:40", QP_FROM_FLAG, "--http", NULL),
                     0);
    assert_int_equal(c.v[QP_SETTING_http_listen].from, QP_FROM_FLAG);
}

static void refusal(struct place *p, const char *text, const char *wanted)
{
    struct qp_config c;
    struct qp_err e = {0};
    put(p->dir, "qipan.conf", text);
    qp_config_defaults(&c);
    assert_int_equal(qp_config_load(&c, p->dir, &e), QP_EINVAL);
    if (!strstr(e.text, wanted))
        fail_msg("\"%s\" does not hold \"%s\"", e.text, wanted);
}

static void every_refusal_names_file_and_line(void **state)
{
    struct place *p = *state;
    refusal(p, "http {\n    listen = \"nowhere\"\n}\n",
            "qipan.conf:2: http.listen: \"nowhere\" is not HOST:PORT");
    refusal(p, "http {\n    lisen = \"127.0.0.1:1\"\n}\n", "qipan.conf:2: ");
    refusal(p, "\n\nstore { journal_map = \"16X\" }\n",
            "qipan.conf:3: store.journal_map: \"16X\" is not a size");
    refusal(p, "policy {\n\n    accept_escalate = perhaps\n}\n",
            "qipan.conf:3: policy.accept_escalate: \"perhaps\"");
    refusal(p, "link { listen = \"udp://x:1\" }\n", "is not tcp://HOST:PORT");
    refusal(p, "http { open311 = \"some\" }\n", "http.open311: \"some\" is neither off nor own nor all");
    refusal(p, "http { threads = 17 }\n", "not a number of 1 to 16");
}

static void a_file_is_read_to_its_end(void **state)
{
    struct place *p = *state;
    struct qp_config c;
    refusal(p, "http {\n    threads = 3\n}\n\nlink {\n    listen = \"\"\n",
            "qipan.conf:5: the section that begins here has no end");
    refusal(p, "http { threads = 3 }\n}\n", "qipan.conf:2: this } closes nothing");
    refusal(p, "link { listen = \"tcp://x:1 }\n", "qipan.conf:1: the text that begins here has no end");
    refusal(p, "http { threads = 3 }\n/* for later\n",
            "qipan.conf:2: the comment that begins here has no end");
    put(p->dir, "qipan.conf",
        "# { not a section\n// { nor this\n/* { ** nor this */\nhttp { listen = \"127.0.0.1:7\" /* } */ }\n");
    qp_config_defaults(&c);
    assert_int_equal(qp_config_load(&c, p->dir, NULL), 0);
    assert_int_equal(c.files, 1);
    assert_string_equal(qp_config_text(&c, QP_SETTING_http_listen), "127.0.0.1:7");
    put(p->dir, "qipan.conf", "link { listen = tcp://127.0.0.1:5571 }\nhttp { threads = 3 /**/// {\n}\n");
    assert_int_equal(qp_config_load(&c, p->dir, NULL), 0);
    assert_string_equal(qp_config_text(&c, QP_SETTING_link_listen), "tcp://127.0.0.1:5571");
    assert_int_equal(qp_config_size(&c, QP_SETTING_http_threads), 3);
}

static void an_address_to_dial_is_no_wildcard(void **state)
{
    struct qp_config c;
    (void)state;
    qp_config_defaults(&c);
    static const char *const sound[] = {"tcp://10.0.0.7:5571", "tcp://qipan.example.org:5571",
                                        "tcp://[2001:db8::1]:5571", ""},
                             *const wrong[] = {"tcp://0.0.0.0:5571", "tcp://*:5571", "tcp://[::]:5571",
                                               "tcp://10.0.0.7:0", "10.0.0.7:5571"};
    for (size_t i = 0; i < sizeof sound / sizeof sound[0]; i++) {
        assert_int_equal(qp_config_set(&c, QP_SETTING_link_parent, sound[i], QP_FROM_FLAG, "--parent", NULL),
                         0);
        assert_int_equal(
            qp_config_set(&c, QP_SETTING_link_advertise, sound[i], QP_FROM_FLAG, "--advertise", NULL), 0);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(
            qp_config_set(&c, QP_SETTING_link_advertise, wrong[i], QP_FROM_FLAG, "--advertise", NULL),
            QP_EINVAL);
    assert_int_equal(
        qp_config_set(&c, QP_SETTING_link_listen, "tcp://0.0.0.0:5571", QP_FROM_FLAG, "--link", NULL), 0);
}

static void what_is_printed_is_read_back_the_same(void **state)
{
    struct place *p = *state;
    struct qp_config c, d;
    char path[100];
    qp_config_defaults(&c);
    assert_int_equal(qp_config_set(&c, QP_SETTING_policy_accept_dispatch, "true", QP_FROM_FLAG, "x", NULL),
                     0);
    snprintf(path, sizeof path, "%s/qipan.conf", p->dir);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    qp_config_print(&c, true, f);
    fclose(f);
    qp_config_defaults(&d);
    assert_int_equal(qp_config_load(&d, p->dir, NULL), 0);
    for (int i = 0; i < QP_SETTING_COUNT; i++)
        assert_string_equal(c.v[i].text, d.v[i].text);
}

static void sizes_are_whole_pages_within_bounds(void **state)
{
    size_t v;
    (void)state;
    assert_int_equal(qp_size_parse(&v, "512M", NULL), 0);
    assert_int_equal(v, (size_t)512 << 20);
    assert_int_equal(qp_size_parse(&v, "1048577", NULL), 0);
    assert_int_equal(v, 1048576);
    assert_int_equal(qp_size_parse(&v, "10K", NULL), QP_EINVAL);
    assert_int_equal(qp_size_parse(&v, "99999T", NULL), QP_EINVAL);
    assert_int_equal(qp_size_parse(&v, "-1", NULL), QP_EINVAL);
    assert_int_equal(qp_size_parse(&v, "", NULL), QP_EINVAL);
}

static void a_list_of_proxies_is_checked_where_it_is_written(void **state)
{
    (void)state;
    struct qp_config c;
    struct qp_err e;
    qp_config_defaults(&c);
    assert_int_equal(
        qp_config_set(&c, QP_SETTING_http_proxies, "127.0.0.1, 10.0.0.0/8", QP_FROM_FLAG, "x", &e), 0);
    assert_int_equal(
        qp_config_set(&c, QP_SETTING_http_proxies, "proxy.example", QP_FROM_FILE, "qipan.conf:3", &e),
        QP_EINVAL);
    assert_non_null(strstr(e.text, "qipan.conf:3: http.proxies: `proxy.example`"));
    assert_int_equal(qp_config_set(&c, QP_SETTING_http_streams, "0", QP_FROM_FLAG, "x", &e), QP_EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_of_proxies_is_checked_where_it_is_written),
        cmocka_unit_test_setup_teardown(without_files_the_defaults_hold, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nodes_below_a_child_are_as_many_as_is_stated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(later_places_win_over_earlier_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_refusal_names_file_and_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_is_read_to_its_end, set_up, tear_down),
        cmocka_unit_test(an_address_to_dial_is_no_wildcard),
        cmocka_unit_test_setup_teardown(what_is_printed_is_read_back_the_same, set_up, tear_down),
        cmocka_unit_test(sizes_are_whole_pages_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
