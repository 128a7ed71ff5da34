/* shown.c: what of a matter may be told to a stranger (OP1). */
#include "node/http/open311/inside.h"

#include <string.h>

int qp_http_open311_parse(enum qp_http_open311 *out, const char *text, struct qp_err *e)
{
    static const char *const WORDS[] = {
        [QP_HTTP_OPEN311_OWN] = "own", [QP_HTTP_OPEN311_OFF] = "off", [QP_HTTP_OPEN311_ALL] = "all"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        *out = (enum qp_http_open311)i;
        if (strcmp(text, WORDS[i]) == 0)
            return 0;
    }
    *out = QP_HTTP_OPEN311_OWN;
    return qp_fail(e, QP_EINVAL, "\"%s\" is neither off nor own nor all", text);
}

static bool is_private(const struct qp_o3 *o, const Qp__Face *f)
{
    return !qp_o3_placed(o, f) || f->personal.len > 0;
}

bool qp_o3_public(const struct qp_o3 *o, const Qp__Face *f)
{
    enum qp_http_open311 told = o->c->h->open311;
    if (f->exercise || told == QP_HTTP_OPEN311_OFF)
        return false;
    return qp_o3_worded(f) || (told == QP_HTTP_OPEN311_ALL && !is_private(o, f));
}

bool qp_o3_sees(const void *o, const Qp__Row *row)
{
    return qp_o3_public(o, row->face);
}

const char *qp_o3_source(const struct qp_o3 *o)
{
    return o->c->h->open311 == QP_HTTP_OPEN311_ALL ? NULL : QP_O3_SOURCE;
}

bool qp_o3_worded(const Qp__Face *f)
{
    return strcmp(f->source, QP_O3_SOURCE) == 0;
}

bool qp_o3_placed(const struct qp_o3 *o, const Qp__Face *f)
{
    return !o->rules || !qp_policy_hides_place(o->rules->policy, f->category);
}

const char *qp_o3_description(const Qp__Face *f, struct qp_arena *a)
{
    if (!qp_o3_worded(f))
        return "";
    const char *said = *f->text ? f->text : f->title, *end = strstr(said, QP_O3_BEHIND);
    char *out = qp_arena_text(a, said);
    if (out && end)
        out[end - said] = '\0';
    return out;
}

const char *qp_o3_media(const Qp__Face *f, struct qp_arena *a)
{
    static const char WORD[] = "\nmedia_url: ";
    const char *at = qp_o3_worded(f) ? strstr(f->text, QP_O3_BEHIND) : NULL;
    at = at ? strstr(at, WORD) : NULL;
    if (!at)
        return "";
    char *out = qp_arena_text(a, at + strlen(WORD));
    if (out)
        out[strcspn(out, "\n")] = '\0';
    return out;
}

const char *qp_o3_service_name(const struct qp_o3 *o, const char *code)
{
    const struct qp_policy_category *k = o->rules ? qp_policy_find(o->rules->policy, code) : NULL;
    if (!k || !*k->code) /* the one for all that is unknown says nothing of it */
        return code;
    const char *title = !o->zh && k->title_en ? k->title_en : k->title;
    return title ? title : code;
}
