/* ports.c: see ports.h. A listening socket's inode stands in /proc/net/tcp, and among the descriptors of the
 * process that has it; a node's own descriptors are hidden from other users, but its title names its
 * addresses (title.h). */
#include "node/cli/ports.h"

#include <dirent.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LISTENING = 0x0A, INODES = 16 };

static bool split(const char *address, char host[200], char port[8])
{
    const char *at = strstr(address, "://"), *colon;
    at = at ? at + 3 : address;
    colon = strrchr(at, ':');
    if (!colon || colon - at >= 200 || strlen(colon + 1) > 5)
        return false;
    size_t n = (size_t)(colon - at);
    if (n >= 2 && at[0] == '[' && at[n - 1] == ']') {
        at++;
        n -= 2;
    }
    snprintf(host, 200, "%.*s", (int)n, at);
    snprintf(port, 8, "%s", colon + 1);
    if (strcmp(host, "*") == 0)
        strcpy(host, "0.0.0.0");
    return true;
}

bool qp_port_taken(const char *address, int *port)
{
    char host[200], number[8];
    struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *a = NULL;
    int one = 1;
    if (!split(address, host, number) || strcmp(number, "0") == 0 ||
        getaddrinfo(host, number, &want, &a) != 0)
        return false;
    int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
    if (fd >= 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    bool taken = fd >= 0 && bind(fd, a->ai_addr, a->ai_addrlen) != 0 && errno == EADDRINUSE;
    if (fd >= 0)
        close(fd);
    freeaddrinfo(a);
    *port = (int)strtol(number, NULL, 10);
    return taken;
}

/* The inodes of the sockets that listen on `port`. */
static size_t listeners(const char *table, int port, unsigned long *inodes, size_t n)
{
    char line[512];
    FILE *f = fopen(table, "re");
    while (f && fgets(line, sizeof line, f) && n < INODES) {
        unsigned local, state;
        unsigned long inode;
        if (sscanf(line, "%*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*s %*s %*s %*u %*u %lu", &local, &state,
                   &inode) == 3 &&
            state == LISTENING && local == (unsigned)port)
            inodes[n++] = inode;
    }
    if (f)
        fclose(f);
    return n;
}

static bool holds(const char *pid, const unsigned long *inodes, size_t n)
{
    char path[300], target[64], wanted[64];
    bool found = false;
    snprintf(path, sizeof path, "/proc/%.20s/fd", pid);
    DIR *fds = opendir(path);
    for (struct dirent *d; fds && !found && (d = readdir(fds));) {
        snprintf(path, sizeof path, "/proc/%.20s/fd/%.20s", pid, d->d_name);
        ssize_t len = readlink(path, target, sizeof target - 1);
        target[len > 0 ? len : 0] = 0;
        for (size_t i = 0; i < n && !found; i++) {
            snprintf(wanted, sizeof wanted, "socket:[%lu]", inodes[i]);
            found = strcmp(target, wanted) == 0;
        }
    }
    if (fds)
        closedir(fds);
    return found;
}

static size_t read_small(const char *pid, const char *name, char *out, size_t cap)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%.20s/%s", pid, name);
    FILE *f = fopen(path, "re");
    size_t n = f ? fread(out, 1, cap - 1, f) : 0;
    if (f)
        fclose(f);
    out[n] = 0;
    return n;
}

/* A node that says this port in its title. */
static bool says(const char *pid, int port)
{
    char title[1024], wanted[16];
    size_t n = read_small(pid, "cmdline", title, sizeof title);
    snprintf(wanted, sizeof wanted, ":%d ", port);
    return n > 6 && strncmp(title, "qipan:", 6) == 0 && strstr(title, wanted);
}

void qp_port_user(char *out, size_t cap, int port)
{
    unsigned long inodes[INODES];
    size_t n = listeners("/proc/net/tcp", port, inodes, 0);
    n = listeners("/proc/net/tcp6", port, inodes, n);
    snprintf(out, cap, "another program");
    DIR *all = opendir("/proc");
    for (struct dirent *d; all && (d = readdir(all));) {
        char name[64];
        if (d->d_name[0] < '1' || d->d_name[0] > '9' ||
            !((n > 0 && holds(d->d_name, inodes, n)) || says(d->d_name, port)))
            continue;
        read_small(d->d_name, "comm", name, sizeof name);
        name[strcspn(name, "\n")] = 0;
        snprintf(out, cap, "%s (process %.20s)", name, d->d_name);
        break;
    }
    if (all)
        closedir(all);
}

int qp_port_check(const char *address, const char *setting, const char *remedy, struct qp_err *e)
{
    char who[128];
    int port;
    if (!qp_port_taken(address, &port))
        return 0;
    qp_port_user(who, sizeof who, port);
    return qp_fail(e, QP_EEXISTS, "%s: port %d (%s) is in use by %s: %s", setting, port, address, who,
                   remedy);
}
