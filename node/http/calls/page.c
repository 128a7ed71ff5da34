/* page.c: the plain page at `/` and its parts, embedded from node/web. Their policy allows nothing from
 * elsewhere and no inline script. */
#include <string.h>

#include "node/http/calls/calls.h"

#define EMBED(name, file)                                                                                    \
    extern const char qp_web_##name[], qp_web_##name##_end[];                                                \
    __asm__(".section .rodata\n.global qp_web_" #name "\n.global qp_web_" #name "_end\nqp_web_" #name        \
            ":\n.incbin \"" QP_WEB_DIR "/" file "\"\nqp_web_" #name "_end:\n.byte 0\n.previous\n")

EMBED(index, "index.html");
EMBED(style, "style.css");
EMBED(app, "app.js");
EMBED(strings, "strings.js");
EMBED(icon, "favicon.svg");

static const struct {
    const char *path, *type, *from, *to;
} FILES[] = {
    {"/", "text/html; charset=utf-8", qp_web_index, qp_web_index_end},
    {"/style.css", "text/css; charset=utf-8", qp_web_style, qp_web_style_end},
    {"/app.js", "text/javascript; charset=utf-8", qp_web_app, qp_web_app_end},
    {"/strings.js", "text/javascript; charset=utf-8", qp_web_strings, qp_web_strings_end},
    {"/favicon.svg", "image/svg+xml", qp_web_icon, qp_web_icon_end},
};

static const char POLICY[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

enum MHD_Result qp_page_get(struct qp_call *c)
{
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        if (strcmp(FILES[i].path, c->url) != 0)
            continue;
        void *bytes = (void *)(uintptr_t)FILES[i].from;
        struct MHD_Response *r = MHD_create_response_from_buffer((size_t)(FILES[i].to - FILES[i].from), bytes,
                                                                 MHD_RESPMEM_PERSISTENT);
        if (!r)
            return MHD_NO;
        MHD_add_response_header(r, "Content-Security-Policy", POLICY);
        MHD_add_response_header(r, "Referrer-Policy", "no-referrer");
        return qp_respond(c, 200, r, FILES[i].type);
    }
    return qp_answer_error(c, 404, "not_found", "there is no such page");
}

enum MHD_Result qp_options_get(struct qp_call *c)
{
    return qp_answer_empty(c, 204);
}
