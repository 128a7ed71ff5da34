/* call.c: what every handler asks of its call: the clocks, its arena, its headers, arguments and path. */
#include <string.h>
#include <strings.h>
#include <time.h>

#include "node/http/wire/inside.h"

enum { CALL_ARENA = 16 * 1024 * 1024 };

static int64_t clock_us(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t qp_boot_us(void)
{
    return clock_us(CLOCK_BOOTTIME);
}

int64_t qp_wall_us(void)
{
    return clock_us(CLOCK_REALTIME);
}

struct qp_arena *qp_call_arena(struct qp_call *c)
{
    if (!c->arena)
        c->arena = qp_arena_new(CALL_ARENA);
    return c->arena;
}

const char *qp_call_header(const struct qp_call *c, const char *name)
{
    return MHD_lookup_connection_value(c->conn, MHD_HEADER_KIND, name);
}

const char *qp_call_arg(const struct qp_call *c, const char *name)
{
    return MHD_lookup_connection_value(c->conn, MHD_GET_ARGUMENT_KIND, name);
}

bool qp_call_segment(const struct qp_call *c, size_t i, char *out, size_t cap)
{
    for (const char *p = c->url; *p == '/';) {
        size_t len = strcspn(++p, "/");
        if (i-- == 0) {
            if (len == 0 || len >= cap)
                return false;
            memcpy(out, p, len);
            out[len] = '\0';
            return true;
        }
        p += len;
    }
    return false;
}

bool qp_call_is_foreign(const struct qp_call *c)
{
    const char *origin = qp_call_header(c, "Origin"), *host = qp_call_header(c, "Host");
    const char *site = qp_call_header(c, "Sec-Fetch-Site");
    const char *from = origin ? strstr(origin, "://") : NULL;
    bool other = origin && !(from && host && strcasecmp(from + 3, host) == 0);
    return other || (site && strcasecmp(site, "cross-site") == 0);
}
