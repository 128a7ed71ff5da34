/* circular_forms.c: GET /api/v1/circulars/{id}.html, .xlsx, .csv: in the language that is asked for (`lang`), else that of the
 * browser. */
#include <string.h>
#include <strings.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/circulars.h"
#include "node/http/shape/circular_form.h"
#include "node/http/shape/refused.h"

static const struct {
    const char *name, *type;
    char *(*make)(const struct qp_form *f, size_t *len);
} FORMS[] = {
    {"json", NULL, NULL},
    {"html", "text/html; charset=utf-8", qp_form_html},
    {"csv", "text/csv; charset=utf-8", qp_form_csv},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", qp_form_xlsx},
};
enum { NFORMS = sizeof FORMS / sizeof *FORMS };

static bool wants_zh(const struct qp_call *c)
{
    const char *lang = qp_call_arg(c, "lang"), *languages = qp_call_header(c, "Accept-Language");
    if (lang)
        return strncasecmp(lang, "zh", 2) == 0;
    return languages && strncasecmp(languages, "zh", 2) == 0;
}

static char *make(struct qp_call *c, const uint8_t id[QP_ID_LEN], size_t i, size_t *len, struct qp_fault *f)
{
    struct qp_read r;
    struct qp_circular_loaded x;
    char *out = NULL;
    int rc = qp_read_begin(c->h->store, &r, &f->e);
    if (rc)
        return NULL;
    rc = qp_circular_load(c, &r, id, &x, f);
    if (!rc) {
        const struct qp_form form = {x.head, x.body, c->h->zone, &r, wants_zh(c)};
        out = FORMS[i].make(&form, len);
        if (!out)
            qp_fault_set(f, QP_ENOMEM, "",
                         "no memory, or no room for temporary files, to write the circular as %s",
                         FORMS[i].name);
    }
    qp_read_end(&r);
    return out;
}

enum MHD_Result qp_circular_form(struct qp_call *c, const uint8_t id[QP_ID_LEN], const char *form)
{
    struct qp_fault f = {.field = ""};
    size_t i = 0, len = 0;
    while (i < NFORMS && strcmp(FORMS[i].name, form) != 0)
        i++;
    if (i == NFORMS) {
        qp_fault_set(&f, QP_ENOTFOUND, "", "a circular is there as .json, .html, .xlsx and .csv");
        return qp_answer_fault(c, &f);
    }
    if (!FORMS[i].make)
        return qp_circular_answer(c, 200, id);
    char *out = make(c, id, i, &len, &f);
    if (!out)
        return qp_answer_fault(c, &f);
    if (FORMS[i].make == qp_form_html)
        return qp_answer_page_own(c, 200, out, len);
    return qp_answer_own(c, 200, FORMS[i].type, out, len);
}

enum MHD_Result qp_circular_style(struct qp_call *c)
{
    return qp_answer_bytes(c, 200, "text/css; charset=utf-8", qp_form_css, strlen(qp_form_css));
}
