/* page.c: the pages and their parts, embedded from node/web as its manifest lists them (pack.py): gzipped
 * for who takes that, with their hash as ETag. Their policy allows nothing from elsewhere and no inline script
 * or style.
 *
 * With http.web_root they are read from that folder at each request instead: /web/X is its file X, a page
 * /NAME its pages/NAME.html. For who writes pages; what is not there is what is embedded. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/http/calls/calls.h"

#define EMBED(name, file)                                                                                    \
    extern const char qp_web_##name[], qp_web_##name##_end[];                                                \
    __asm__(".section .rodata\n.global qp_web_" #name "\n.global qp_web_" #name "_end\nqp_web_" #name        \
            ":\n.incbin \"" QP_WEB_DIR "/" file "\"\nqp_web_" #name "_end:\n.byte 0\n.previous\n");
#define ASSET(n, path, type, etag) EMBED(raw_##n, #n ".raw") EMBED(gz_##n, #n ".gz")
#include "node/web/assets.inc"
#undef ASSET

struct asset {
    const char *path, *type, *etag;
    const char *raw, *raw_end, *gz, *gz_end;
};

static const struct asset ASSETS[] = {
#define ASSET(n, path, type, etag)                                                                           \
    {path, type, etag, qp_web_raw_##n, qp_web_raw_##n##_end, qp_web_gz_##n, qp_web_gz_##n##_end},
#include "node/web/assets.inc"
#undef ASSET
};

enum { FILE_MOST = 4 * 1024 * 1024 };

static const char POLICY[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; worker-src "
    "'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static enum MHD_Result answer(struct qp_call *c, unsigned status, struct MHD_Response *r, const char *type,
                              const char *etag)
{
    if (!r)
        return MHD_NO;
    MHD_add_response_header(r, "Content-Security-Policy", POLICY);
    MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(r, "Cross-Origin-Opener-Policy", "same-origin");
    if (etag) {
        MHD_add_response_header(r, "ETag", etag);
        MHD_add_response_header(r, "Vary", "Accept-Encoding");
        MHD_add_response_header(r, "Cache-Control", "no-cache"); /* kept, and asked after each time */
    }
    return qp_respond(c, status, r, type);
}

/* Whether a list such as `gzip, br;q=0.9` has the word, and not with q=0. */
static bool takes(const char *list, const char *word)
{
    size_t len = strlen(word);
    for (const char *p = list; p && (p = strstr(p, word)); p += len) {
        if ((p > list && !strchr(", \t", p[-1])) || (p[len] && !strchr(",; \t", p[len])))
            continue;
        const char *q = p + len + strspn(p + len, " \t;");
        bool none = strncmp(q, "q=0", 3) == 0 && strspn(q + 3, ".0") == strcspn(q + 3, ", \t");
        return !(p[len] == ';' && none);
    }
    return false;
}

static enum MHD_Result answer_asset(struct qp_call *c, const struct asset *a)
{
    const char *known = qp_call_header(c, "If-None-Match");
    if (known && (strstr(known, a->etag) || strcmp(known, "*") == 0))
        return answer(c, 304, MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT), NULL,
                      a->etag);
    bool gz = takes(qp_call_header(c, "Accept-Encoding"), "gzip");
    const char *from = gz ? a->gz : a->raw, *to = gz ? a->gz_end : a->raw_end;
    struct MHD_Response *r =
        MHD_create_response_from_buffer((size_t)(to - from), (void *)(uintptr_t)from, MHD_RESPMEM_PERSISTENT);
    if (r && gz)
        MHD_add_response_header(r, "Content-Encoding", "gzip");
    return answer(c, 200, r, a->type, a->etag);
}

/* ---- from a folder ---- */

static const char *type_of(const char *name)
{
    static const char *const TYPES[][2] = {{".js", "text/javascript; charset=utf-8"},
                                           {".css", "text/css; charset=utf-8"},
                                           {".html", "text/html; charset=utf-8"},
                                           {".svg", "image/svg+xml"},
                                           {".webmanifest", "application/manifest+json"}};
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof TYPES / sizeof *TYPES; i++) {
        if (strcmp(dot, TYPES[i][0]) == 0)
            return TYPES[i][1];
    }
    return NULL;
}

/* The file that an address names: false when it names none. */
static bool file_of(const struct qp_call *c, char *out, size_t cap)
{
    const char *url = c->url;
    int n;
    if (strstr(url, "..") || strchr(url, '\\'))
        return false;
    if (strncmp(url, "/web/", 5) == 0)
        n = snprintf(out, cap, "%s/%s", c->h->web_root, url + 5);
    else if (url[1] && !strchr(url + 1, '/') && !strchr(url, '.'))
        n = snprintf(out, cap, "%s/pages%s.html", c->h->web_root, url);
    else
        return false;
    return n > 0 && (size_t)n < cap && type_of(out);
}

static bool answer_file(struct qp_call *c, enum MHD_Result *answered)
{
    char path[512];
    struct stat st;
    if (!c->h->web_root[0] || !file_of(c, path, sizeof path))
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    struct MHD_Response *r = NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= FILE_MOST)
        r = MHD_create_response_from_fd((size_t)st.st_size, fd);
    if (!r) {
        close(fd);
        return false;
    }
    *answered = answer(c, 200, r, type_of(path), NULL);
    return true;
}

/* The pages that the manifest lists, but for the log-in: "/screen, /desk". */
static const char *pages_in(char *out, size_t cap)
{
    size_t n = 0;
    out[0] = 0;
    for (size_t i = 0; i < sizeof ASSETS / sizeof *ASSETS && n < cap; i++)
        if (strncmp(ASSETS[i].type, "text/html", 9) == 0 && strcmp(ASSETS[i].path, "/login") != 0)
            n += (size_t)snprintf(out + n, cap - n, "%s`%s`", n ? ", " : "", ASSETS[i].path);
    return out;
}

enum MHD_Result qp_page_get(struct qp_call *c)
{
    enum MHD_Result answered;
    if (answer_file(c, &answered))
        return answered;
    for (size_t i = 0; i < sizeof ASSETS / sizeof *ASSETS; i++) {
        if (strcmp(ASSETS[i].path, c->url) == 0)
            return answer_asset(c, &ASSETS[i]);
    }
    if (strncmp(c->url, "/web/", 5) == 0)
        return qp_answer_error(c, 404, "not_found", "no page of this build has a part of that name");
    char pages[200];
    return qp_answer_error(c, 404, "not_found", "this build has no page `%s`; there are %s", c->url,
                           pages_in(pages, sizeof pages));
}

/* `/`: to the page of who has logged in, else to the log-in page. */
enum MHD_Result qp_home_get(struct qp_call *c)
{
    struct qp_err e;
    const char *to = "/screen";
    if (qp_auth_call(c, &e))
        to = "/login";
    else if (c->auth.rights & QP_RIGHT_READ)
        to = "/desk";
    else if (c->auth.rights & QP_RIGHT_ADMIN)
        to = "/admin";
    return qp_answer_redirect(c, to, NULL);
}

enum MHD_Result qp_options_get(struct qp_call *c)
{
    return qp_answer_empty(c, 204);
}
