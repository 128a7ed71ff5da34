/* ports_test.c: a port in use is named with its program; a running node has its own name. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/cli/ports.h"
#include "node/cli/title.h"
#include "tests/unit/cli/rig.h"

static int listen_somewhere(int *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    *port = ntohs(at.sin_port);
    return fd;
}

static void a_port_in_use_is_named_with_its_program(void **state)
{
    struct qp_err e = {0};
    char address[64], wanted[64];
    int port, fd = listen_somewhere(&port), which = 0;
    (void)state;
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", port);
    assert_true(qp_port_taken(address, &which));
    assert_int_equal(which, port);
    assert_int_equal(qp_port_check(address, "link.listen", "take another", &e), QP_EEXISTS);
    snprintf(wanted, sizeof wanted, "link.listen: port %d (", port);
    rig_says(e.text, wanted);
    snprintf(wanted, sizeof wanted, "(process %d): take another", (int)getpid());
    rig_says(e.text, wanted);
    close(fd);
    assert_int_equal(qp_port_check(address, "link.listen", "take another", &e), 0);
}

static void what_cannot_be_told_is_left_to_the_one_who_binds(void **state)
{
    int port;
    (void)state;
    assert_false(qp_port_taken("127.0.0.1:0", &port)); /* any free one */
    assert_false(qp_port_taken("", &port));
    assert_false(qp_port_taken("tcp://no such host:5571", &port));
    assert_false(qp_port_taken("198.51.100.7:5571", &port)); /* not this machine's */
}

static void a_wildcard_is_taken_when_one_address_is(void **state)
{
    char address[64];
    int port, fd = listen_somewhere(&port), which;
    (void)state;
    snprintf(address, sizeof address, "tcp://*:%d", port);
    assert_true(qp_port_taken(address, &which));
    close(fd);
}

static void a_title_is_written_over_arguments_and_cut_to_their_room(void **state)
{
    char bytes[40], name[16];
    struct qp_title t = {.at = bytes, .cap = sizeof bytes};
    (void)state;
    memset(bytes, 'x', sizeof bytes);
    qp_title_set(&t, "suzhou/yongqiao", "http://127.0.0.1:8421 serve");
    assert_string_equal(bytes, "qipan:suzhou/yongqiao http://127.0.0.1:");
    assert_int_equal(prctl(PR_GET_NAME, name), 0);
    assert_string_equal(name, "qipan:yongqiao");
    qp_title_set(&t, "city/averylonglabel", "");
    assert_int_equal(prctl(PR_GET_NAME, name), 0);
    assert_string_equal(name, "qipan:averylong");
}

static void the_arguments_outlive_the_title(void **state)
{
    char first[] = "qipan\0serve\0--dir\0x", *argv[] = {first, first + 6, first + 12, first + 18, NULL};
    struct qp_title t;
    (void)state;
    char **copy = qp_title_take(&t, 4, argv), **env = environ;
    qp_title_set(&t, "suzhou", "a title longer than the old arguments");
    assert_string_equal(copy[0], "qipan");
    assert_string_equal(copy[3], "x");
    assert_null(copy[4]);
    assert_true(strncmp(first, "qipan:suzhou", 12) == 0);
    assert_true(t.cap == sizeof first); /* not a byte beyond */
    copy[1] = copy[0];                  /* options are sorted: the texts are freed all the same */
    qp_title_free(&t);
    for (size_t i = 0; env[i]; i++)
        assert_non_null(strchr(env[i], '='));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_in_use_is_named_with_its_program),
        cmocka_unit_test(what_cannot_be_told_is_left_to_the_one_who_binds),
        cmocka_unit_test(a_wildcard_is_taken_when_one_address_is),
        cmocka_unit_test(a_title_is_written_over_arguments_and_cut_to_their_room),
        cmocka_unit_test(the_arguments_outlive_the_title),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
