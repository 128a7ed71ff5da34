/* rig.h: commands run in this process as a shell would run them, and a stand-in for a node that answers them.
 *
 *   struct rig_said s; rig_run(&s, "zh_CN.UTF-8", "list", "--node", url, NULL);  s.rc, s.out, s.err
 *
 * The stand-in answers each path with what the test laid down for it, and keeps what it was asked. */
#ifndef QP_TESTS_UNIT_CLI_RIG_H
#define QP_TESTS_UNIT_CLI_RIG_H

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct rig_said {
    int rc;
    char out[200000], err[20000];
};
/* The words of a command line after `qipan`, ended by NULL. lang: the value of LANG. */
void rig_run(struct rig_said *s, const char *lang, ...);
/* Fails the test with both texts when `wanted` is not in the text. */
void rig_says(const char *text, const char *wanted);
void rig_says_not(const char *text, const char *unwanted);

enum { RIG_ANSWERS = 16, RIG_ASKED = 16 };
struct rig_node {
    int fd, port;
    char url[64];
    pthread_t thread;
    struct {
        const char *path; /* the beginning of the target, with its query */
        int status;
        const char *type, *body;
    } answers[RIG_ANSWERS];     /* the first that fits; else 404 */
    char asked[RIG_ASKED][600]; /* "POST /api/v1/x {body}" */
    size_t nasked;
};
void rig_node_open(struct rig_node *n);
void rig_node_close(struct rig_node *n);
void rig_answer(struct rig_node *n, const char *path, int status, const char *body);

#endif
