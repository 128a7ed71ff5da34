/* title.h: what `ps` and `top` call a running node.
 *
 *   comm, 15 bytes (ps, top, pgrep):   qipan:yongqiao            the last label, cut to nine bytes
 *   arguments (ps -ef, pgrep -f):
 *     qipan:suzhou/yongqiao http://127.0.0.1:8421 tcp://127.0.0.1:5572 serve --dir DIR
 *
 * The kernel shows as arguments what lies where argv and the environment were put at the start. They are
 * copied away first, and the title is written over them. */
#ifndef QP_NODE_CLI_TITLE_H
#define QP_NODE_CLI_TITLE_H

#include <stddef.h>

struct qp_title {
    char *at; /* the bytes that the kernel shows; NULL: none were taken */
    size_t cap;
    char **texts, **args; /* the copies; the order of `args` is changed when options are read */
};
/* Takes the bytes of argv and of the environment; returns the arguments to use from now on. Once a process,
 * before its first thread. */
char **qp_title_take(struct qp_title *t, int argc, char **argv);
void qp_title_free(struct qp_title *t);
/* A node's name: `path` decides what is shown first, `rest` follows it. */
void qp_title_set(const struct qp_title *t, const char *path, const char *rest);

#endif
