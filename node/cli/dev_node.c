/* dev_node.c: the processes: started, watched, started again with a growing pause, ended together. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/cli/client.h"
#include "node/cli/dev.h"

enum { PAUSE_US = 30000, PAUSE_MOST_US = 5000000, SETTLED_US = 3000000, GIVE_UP = 8, STOP_US = 15000000 };

/* In the child: becomes `qipan serve`. Only what is safe after fork. */
static _Noreturn void become(const struct qp_dev_node *n, const char *up, int log_fd, pid_t parent)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1); /* it ended before the line above */
    dup2(log_fd, STDOUT_FILENO);
    dup2(log_fd, STDERR_FILENO);
    int null = open("/dev/null", O_RDONLY);
    if (null >= 0)
        dup2(null, STDIN_FILENO);
    char *const argv[] = {(char *)(uintptr_t) "qipan",     (char *)(uintptr_t) "serve",
                          (char *)(uintptr_t) "--dir",     (char *)(uintptr_t)n->dir,
                          (char *)(uintptr_t) "--http",    (char *)(uintptr_t)n->http + strlen("http://"),
                          (char *)(uintptr_t) "--link",    (char *)(uintptr_t)n->endpoint,
                          (char *)(uintptr_t) "--threads", (char *)(uintptr_t) "1",
                          (char *)(uintptr_t) "--parent", /* the bases may have changed since the joining */
                          (char *)(uintptr_t)up,           NULL};
    execv("/proc/self/exe", argv);
    _exit(127);
}

int qp_dev_start(struct qp_dev *d, struct qp_dev_node *n, struct qp_err *e)
{
    char path[QP_PLACE_MAX + 8];
    snprintf(path, sizeof path, "%s/log", n->dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return qp_fail(e, QP_EIO, "%s: cannot be opened: %s", path, strerror(errno));
    pid_t self = getpid(), pid = fork();
    if (pid == 0)
        become(n, n->parent >= 0 ? d->nodes[n->parent].endpoint : "", fd, self);
    close(fd);
    if (pid < 0)
        return qp_fail(e, QP_ENOMEM, "no process for %s: %s", n->area.path, strerror(errno));
    n->pid = pid;
    n->started_us = qp_monotonic_us();
    n->restart_us = 0;
    d->up++;
    return 0;
}

static struct qp_dev_node *node_of(struct qp_dev *d, pid_t pid)
{
    for (size_t i = 0; i < d->n; i++)
        if (d->nodes[i].pid == pid)
            return &d->nodes[i];
    return NULL;
}

size_t qp_dev_reap(struct qp_dev *d, const struct qp_dev_node **lost)
{
    size_t changed = 0;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct qp_dev_node *n = node_of(d, pid);
        int64_t now = qp_monotonic_us();
        if (!n)
            continue;
        changed++;
        n->pid = 0;
        d->up--;
        if (d->stopping)
            continue;
        bool killed = WIFSIGNALED(status), settled = now - n->started_us > SETTLED_US;
        n->pause_us = settled || n->pause_us == 0       ? PAUSE_US
                      : n->pause_us * 2 > PAUSE_MOST_US ? PAUSE_MOST_US
                                                        : n->pause_us * 2;
        n->failures = settled || killed ? 0 : n->failures + 1;
        if (n->failures >= GIVE_UP && !n->joined)
            *lost = n;
        n->restart_us = d->restart ? now + n->pause_us : 0;
        if (!d->cli->quiet)
            qp_log("warning", "%s ended (%s %d)%s", n->area.path, killed ? "signal" : "exit",
                   killed ? WTERMSIG(status) : WEXITSTATUS(status),
                   d->restart ? ", it is started again" : "");
    }
    return changed;
}

size_t qp_dev_restart(struct qp_dev *d, int64_t now_us)
{
    size_t changed = 0;
    for (size_t i = 0; i < d->n; i++) {
        struct qp_dev_node *n = &d->nodes[i];
        struct qp_err e = {0};
        if (n->restart_us == 0 || n->restart_us > now_us)
            continue;
        if (qp_dev_start(d, n, &e)) {
            qp_log("error", "%s", e.text);
            n->restart_us = now_us + PAUSE_MOST_US;
            continue;
        }
        changed++;
    }
    return changed;
}

void qp_dev_stop_all(struct qp_dev *d)
{
    const struct qp_dev_node *lost = NULL;
    int64_t until = qp_monotonic_us() + STOP_US;
    d->stopping = true;
    for (size_t i = d->n; i-- > 0;) /* the lowest first, so that what they say last still goes up */
        if (d->nodes[i].pid > 0)
            kill(d->nodes[i].pid, SIGTERM);
    while (d->up > 0 && qp_monotonic_us() < until) {
        qp_dev_reap(d, &lost);
        usleep(10000);
    }
    for (size_t i = 0; i < d->n; i++)
        if (d->nodes[i].pid > 0) {
            qp_log("warning", "%s does not end: killed", d->nodes[i].area.path);
            kill(d->nodes[i].pid, SIGKILL);
        }
    while (d->up > 0 && waitpid(-1, NULL, 0) > 0)
        d->up--;
    for (size_t i = 0; i < d->n; i++)
        d->nodes[i].pid = 0;
}

/* Serving, and its link to the parent live. */
static bool has_joined(const struct qp_dev_node *n)
{
    struct qp_client cl;
    json_t *v = NULL;
    bool ok = false;
    if (qp_client_to(&cl, n->http, n->token, NULL))
        return false;
    cl.timeout_ms = 1000;
    if (!qp_client_json(&cl, "GET", "/api/v1/node", "Connection: close\r\n", NULL, &v, NULL)) {
        const char *state = json_string_value(json_object_get(json_object_get(v, "parent"), "state"));
        ok = n->parent < 0 || (state && strcmp(state, "live") == 0);
    }
    json_decref(v);
    qp_client_close(&cl);
    return ok;
}

void qp_dev_look(struct qp_dev *d, size_t some)
{
    for (size_t i = 0; i < d->n && some > 0; i++) {
        struct qp_dev_node *n = &d->nodes[i];
        if (n->joined)
            continue;
        if (n->pid == 0 || !has_joined(n)) {
            some--; /* those after it may well have joined: go on a little */
            continue;
        }
        n->joined = true;
        d->joined++;
    }
}
