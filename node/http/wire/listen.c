/* listen.c: "HOST:PORT" becomes a bound socket and the URL by which it is reached. Called by qp_http_open.
 *
 * The socket is made here, not by libmicrohttpd, so that what fails is said in a sentence and port 0 can be
 * asked for. */
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node/http/wire/inside.h"

enum { BACKLOG = 512 };

static int split(const char *setting, const char *listen, char host[96], char port[8], struct qp_err *e)
{
    const char *colon = strrchr(listen, ':');
    if (!colon || strlen(colon + 1) == 0 || strlen(colon + 1) > 5 ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return qp_fail(e, QP_EINVAL, "%s: `%s` is not HOST:PORT", setting, listen);
    snprintf(port, 8, "%s", colon + 1);
    const char *from = listen;
    size_t len = (size_t)(colon - listen);
    if (len >= 2 && from[0] == '[' && from[len - 1] == ']') {
        from++;
        len -= 2;
    }
    if (len >= 96)
        return qp_fail(e, QP_EINVAL, "%s: the host in `%s` is too long", setting, listen);
    memcpy(host, from, len);
    host[len] = '\0';
    return 0;
}

static int bind_first(const struct addrinfo *list, const char *setting, const char *listen_at,
                      struct qp_err *e)
{
    int why = 0, one = 1;
    for (const struct addrinfo *a = list; a; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->ai_protocol);
        if (fd < 0) {
            why = errno;
            continue;
        }
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
            return fd;
        why = errno;
        close(fd);
    }
    qp_fail(e, why == EADDRINUSE ? QP_EEXISTS : QP_EIO, "%s: %s: %s", setting, listen_at,
            why == EADDRINUSE ? "another program listens there already" : strerror(why));
    return -1;
}

static void name_it(int fd, const char *host_asked, char *host, size_t host_cap, char *url, size_t url_cap)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    char number[8] = "0";
    if (getsockname(fd, (struct sockaddr *)&at, &len) == 0)
        (void)getnameinfo((struct sockaddr *)&at, len, NULL, 0, number, sizeof number, NI_NUMERICSERV);
    bool any = !*host_asked || strcmp(host_asked, "0.0.0.0") == 0 || strcmp(host_asked, "::") == 0;
    bool six = strchr(host_asked, ':') && !any;
    snprintf(host, host_cap, "%s%s%s:%s", six ? "[" : "", any ? "127.0.0.1" : host_asked, six ? "]" : "",
             number);
    snprintf(url, url_cap, "http://%s", host);
}

int qp_listen(int *fd, const char *setting, const char *listen, char *host, size_t host_cap, char *url,
              size_t url_cap, struct qp_err *e)
{
    char name[96], port[8];
    int rc = split(setting, listen, name, port, e);
    if (rc)
        return rc;
    struct addrinfo want = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *list;
    int gai = getaddrinfo(*name ? name : NULL, port, &want, &list);
    if (gai)
        return qp_fail(e, QP_EINVAL, "%s: `%s`: %s", setting, listen, gai_strerror(gai));
    *fd = bind_first(list, setting, listen, e);
    freeaddrinfo(list);
    if (*fd < 0)
        return e ? e->code : QP_EIO;
    name_it(*fd, name, host, host_cap, url, url_cap);
    return 0;
}
