/* intake_csv.c: a CSV file of a watched folder (IN2), brought in by `qipan import`, a process of its own, whose sums are read. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/cli/intake.h"

enum { ENVIRON = 500 };
extern char **environ;

/* Until it has said all. A signal that ends this process ends that one (IN5), which may wait for a node for minutes. */
static void read_sums(int fd, int ends, pid_t pid, struct qp_intake_imported *got)
{
    char text[16384];
    size_t len = 0;
    struct pollfd v[2] = {{.fd = fd, .events = POLLIN}, {.fd = ends, .events = POLLIN}};
    for (ssize_t n = 1; n > 0;) {
        if (poll(v, 2, -1) < 0 && errno != EINTR)
            break;
        if (v[1].revents) {
            kill(pid, SIGTERM);
            v[1].fd = -1;
            v[1].revents = 0;
        }
        if (v[0].revents) {
            n = read(fd, text + len, sizeof text - len);
            len += n > 0 ? (size_t)n : 0;
        }
    }
    json_t *o = json_loadb(text, len, JSON_DISABLE_EOF_CHECK, NULL);
    got->taken = (uint64_t)json_integer_value(json_object_get(o, "matters"));
    uint64_t all = (uint64_t)json_integer_value(json_object_get(o, "imported"));
    got->known = all > got->taken ? all - got->taken : 0;
    got->rejected = (uint64_t)json_integer_value(json_object_get(o, "rejected"));
    json_decref(o);
}

int qp_intake_import(struct qp_intake *in, const char *from, const char *rejected,
                     struct qp_intake_imported *got, struct qp_err *e)
{
    char url[240], token[600]; /* the token goes by the environment: arguments are everybody's to read */
    snprintf(url, sizeof url, "%.220s", in->node.url);
    snprintf(token, sizeof token, "QIPAN_TOKEN=%.512s", in->node.token);
    const char *const argv[] = {"qipan", "import",     "--quiet", "--json",     "--map",  in->map, "--node",
                                url,     "--patience", "5",       "--rejected", rejected, from,    NULL};
    char *env[ENVIRON + 2];
    size_t n = 0;
    for (char **p = environ; *p && n < ENVIRON; p++) {
        if (strncmp(*p, "QIPAN_TOKEN=", 12) != 0)
            env[n++] = *p;
    }
    env[n++] = token;
    env[n] = NULL;
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t files;
    int ends[2];
    sigset_t none;
    pid_t pid;
    if (pipe2(ends, O_CLOEXEC))
        return qp_fail(e, QP_EIO, "qipan import cannot be started: %s", strerror(errno));
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    sigemptyset(&none);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setsigmask(&attr, &none);
    posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
    int rc = posix_spawn(&pid, "/proc/self/exe", &files, &attr, (char *const *)(uintptr_t)argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    close(ends[1]);
    if (!rc)
        read_sums(ends[0], in->node.ends, pid, got);
    close(ends[0]);
    if (rc)
        return qp_fail(e, QP_EIO, "qipan import cannot be started: %s", strerror(rc));
    while (waitpid(pid, &rc, 0) < 0 && errno == EINTR) {
    }
    got->status = WIFEXITED(rc) ? WEXITSTATUS(rc) : QP_EXIT_UNREACHABLE;
    return 0;
}
