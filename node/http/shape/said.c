/* said.c: see said.h. libmicrohttpd's post processor takes a form apart, in the encoding that the Content-Type names: one in
 * parts as it comes, since photos stand in it; another one when it was gathered whole (server.c). */
#include "node/http/shape/said.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int full(struct qp_sent_form *form)
{
    return qp_fault_set(form->f, QP_EINVAL, "", "more than %d fields", QP_SAID_FIELDS);
}

/* A form comes from anybody: what is kept of it is bounded before anything else of it is looked at. */
static bool counts(struct qp_sent_form *form, size_t len)
{
    form->bytes += len;
    if (form->bytes <= QP_SAID_BYTES)
        return true;
    qp_fault_set(form->f, QP_EBIG, "", "the fields have more than %d bytes together: shorten them",
                 QP_SAID_BYTES);
    return false;
}

static int add(struct qp_sent_form *form, const char *name, const char *value, size_t len)
{
    struct qp_arena *a = qp_call_arena(form->c);
    if (form->n == QP_SAID_FIELDS)
        return full(form);
    if (!counts(form, strlen(name) + len))
        return QP_EBIG;
    char *copy = a ? qp_arena_take(a, len + 1) : NULL;
    char *said = copy ? qp_arena_text(a, name) : NULL;
    if (!said)
        return qp_fault_set(form->f, QP_ENOMEM, "", "out of memory");
    memcpy(copy, value, len);
    copy[len] = '\0';
    form->v[form->n].name = said;
    form->v[form->n].value = copy;
    form->last_len = len;
    form->room = len + 1;
    form->n++;
    return 0;
}

/* More bytes of the field that came last. Its place doubles: the arena keeps the smaller ones, together no more than
 * the last. */
static int grow(struct qp_sent_form *form, const char *more, size_t len)
{
    char *value = form->v[form->n - 1].value;
    size_t had = form->last_len, cap = form->room;
    if (!counts(form, len))
        return QP_EBIG;
    while (cap < had + len + 1)
        cap *= 2;
    if (cap > form->room) {
        char *now = qp_arena_take(qp_call_arena(form->c), cap);
        if (!now)
            return qp_fault_set(form->f, QP_ENOMEM, "", "out of memory");
        memcpy(now, value, had);
        form->v[form->n - 1].value = value = now;
        form->room = cap;
    }
    memcpy(value + had, more, len);
    value[had + len] = '\0';
    form->last_len = had + len;
    return 0;
}

/* libmicrohttpd knows no name of a part whose head gives none, or gives it without quotes: `name` is NULL then. */
static enum MHD_Result on_field(void *arg, enum MHD_ValueKind kind, const char *name, const char *file,
                                const char *type, const char *coding, const char *data, uint64_t at,
                                size_t len)
{
    struct qp_sent_form *form = arg;
    (void)kind, (void)type, (void)coding;
    int rc = 0;
    if (file) {
        form->files += at == 0 && (*file || len); /* a page's field in which none was chosen is a part too */
        return MHD_YES;
    }
    if (!name)
        rc = qp_fault_set(form->f, QP_EINVAL, "",
                          "a part of the form has no name: Content-Disposition: form-data; name=\"FIELD\"");
    else if (memchr(data ? data : "", 0, data ? len : 0))
        rc = qp_fault_set(form->f, QP_EINVAL, name, "`%.40s` has a NUL in it", name);
    else if (at == 0)
        rc = add(form, name, data ? data : "", data ? len : 0);
    else
        rc = grow(form, data, len);
    return rc ? MHD_NO : MHD_YES;
}

static enum MHD_Result on_arg(void *arg, enum MHD_ValueKind kind, const char *key, size_t key_len,
                              const char *value, size_t len)
{
    struct qp_sent_form *form = arg;
    (void)kind;
    if (strlen(key) != key_len || (value && strlen(value) != len))
        return qp_fault_set(form->f, QP_EINVAL, "", "an argument has a NUL in it") ? MHD_NO : MHD_YES;
    return add(form, key, value ? value : "", value ? len : 0) ? MHD_NO : MHD_YES;
}

static void no_form(struct qp_fault *f)
{
    qp_fault_set(f, QP_EINVAL, "",
                 "send the fields as a form: Content-Type: application/x-www-form-urlencoded");
}

static void torn(struct qp_fault *f)
{
    if (!f->e.code)
        qp_fault_set(f, QP_EINVAL, "", "the body is not the form that its Content-Type says");
}

/* ---- in parts, as they come ---- */

struct qp_sent_parts {
    struct qp_sent_form form;
    struct qp_fault f;
    struct MHD_PostProcessor *taking; /* NULL: it is over, or no form */
    size_t came;
    bool torn;
};

bool qp_said_parts(struct qp_call *c, const char *data, size_t len)
{
    struct qp_sent_parts *p = c->parts;
    if (!p) {
        p = c->parts = calloc(1, sizeof *p);
        if (!p)
            return false;
        p->form = (struct qp_sent_form){.c = c, .f = &p->f};
        p->taking = MHD_create_post_processor(c->conn, 4096, on_field, &p->form);
        if (!p->taking)
            no_form(&p->f);
    }
    p->came += len;
    if (p->came > QP_PARTS_MOST)
        return false;
    if (p->taking && !p->torn) /* what is behind the fault goes by */
        p->torn = MHD_post_process(p->taking, data, len) != MHD_YES;
    return true;
}

static void parts_end(struct qp_sent_parts *p)
{
    if (p->taking && MHD_destroy_post_processor(p->taking) != MHD_YES)
        p->torn = true;
    p->taking = NULL;
    if (p->torn)
        torn(&p->f);
}

void qp_said_parts_drop(struct qp_call *c)
{
    if (c->parts)
        parts_end(c->parts);
    free(c->parts);
    c->parts = NULL;
}

/* Its fields behind those that there are; it may be read again. */
static void read_parts(struct qp_sent_form *form)
{
    struct qp_sent_parts *p = form->c->parts;
    parts_end(p);
    if (p->f.e.code)
        *form->f = p->f;
    form->files = p->form.files;
    for (size_t i = 0; i < p->form.n && !form->f->e.code; i++) {
        if (form->n == QP_SAID_FIELDS)
            full(form);
        else
            form->v[form->n++] = p->form.v[i];
    }
}

/* ---- whole ---- */

/* curl -d sends JSON as a form where no Content-Type is given; no field's name begins so. */
static bool is_json(const struct qp_call *c)
{
    size_t i = 0;
    while (i < c->body_len && memchr(" \t\r\n", c->body[i], 4))
        i++;
    return i < c->body_len && (c->body[i] == '{' || c->body[i] == '[');
}

static void read_body(struct qp_sent_form *form)
{
    struct qp_call *c = form->c;
    struct MHD_PostProcessor *p = MHD_create_post_processor(c->conn, 4096, on_field, form);
    if (!p) {
        no_form(form->f);
        return;
    }
    enum MHD_Result ok = MHD_post_process(p, (const char *)c->body, c->body_len);
    if (MHD_destroy_post_processor(p) != MHD_YES)
        ok = MHD_NO;
    if (ok != MHD_YES)
        torn(form->f);
}

static void check_text(struct qp_sent_form *form)
{
    for (size_t i = 0; i < form->n && !form->f->e.code; i++) {
        if (!qp_utf8_ok(form->v[i].name, strlen(form->v[i].name)) ||
            !qp_utf8_ok(form->v[i].value, strlen(form->v[i].value)))
            qp_fault_set(form->f, QP_EINVAL, "", "field %zu is not UTF-8", i + 1);
    }
}

int qp_said_read(struct qp_sent_form *form, struct qp_call *c, struct qp_fault *f)
{
    *form = (struct qp_sent_form){.c = c, .f = f};
    MHD_get_connection_values_n(c->conn, MHD_GET_ARGUMENT_KIND, on_arg, form);
    if (!f->e.code && c->parts)
        read_parts(form);
    else if (!f->e.code && is_json(c))
        qp_fault_set(f, QP_EINVAL, "",
                     "the body is JSON, and this call takes a form alone: send it as FIELD=VALUE&…, with "
                     "Content-Type: application/x-www-form-urlencoded");
    else if (!f->e.code && c->body_len)
        read_body(form);
    check_text(form);
    return f->e.code;
}

/* As JSON has it: a number or a truth where its text is one, else the text, of which the field's own reader says what is wrong. */
static json_t *value_of(const char *name, const char *text)
{
    char *end;
    if (strcmp(name, "lat") == 0 || strcmp(name, "lon") == 0) {
        double x = strtod(text, &end);
        return *text && !*end && isfinite(x) ? json_real(x) : json_string(text);
    }
    if (strcmp(name, "confidential") == 0 || strcmp(name, "exercise") == 0)
        return strcmp(text, "true") == 0    ? json_true()
               : strcmp(text, "false") == 0 ? json_false()
                                            : json_string(text);
    return json_string(text);
}

/* The object that a field belongs in, and its name there. */
static json_t *home_of(json_t *o, const char **name)
{
    static const char *const PLACE[] = {"lat", "lon", "crs"};
    const char *inside = strncmp(*name, "reporter.", 9) == 0 ? "reporter" : NULL;
    *name += inside ? 9 : 0;
    for (size_t i = 0; i < 3 && !inside; i++)
        inside = strcmp(*name, PLACE[i]) == 0 ? "location" : NULL;
    if (!inside)
        return o;
    if (!json_object_get(o, inside))
        json_object_set_new(o, inside, json_object());
    return json_object_get(o, inside);
}

json_t *qp_said_object(struct qp_call *c, struct qp_fault *f)
{
    struct qp_sent_form form = {.c = c, .f = f};
    json_t *o = json_object();
    if (!o)
        qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    else if (is_json(c))
        qp_fault_set(f, QP_EINVAL, "",
                     "the body is JSON, and its Content-Type says a form: send it with Content-Type: "
                     "application/json");
    else
        read_body(&form);
    if (form.files && !f->e.code)
        qp_fault_set(f, QP_EINVAL, "attachments",
                     "a form brings no files here: send each to POST /api/v1/blobs, and its hash in a report "
                     "as JSON");
    check_text(&form);
    for (size_t i = 0; i < form.n && !f->e.code; i++) {
        const char *name = form.v[i].name;
        json_t *in = *form.v[i].value ? home_of(o, &name) : NULL;
        if (in && (!json_is_object(in) || json_object_get(in, name)))
            qp_fault_set(f, QP_EINVAL, form.v[i].name, "`%s` is given twice", form.v[i].name);
        else if (in && json_object_set_new(in, name, value_of(name, form.v[i].value)))
            qp_fault_set(f, QP_ENOMEM, "", "out of memory");
    }
    return o;
}

const char *qp_said_get(const struct qp_sent_form *form, const char *name)
{
    for (size_t i = form->n; i-- > 0;) {
        if (strcmp(form->v[i].name, name) == 0)
            return *form->v[i].value ? form->v[i].value : NULL;
    }
    return NULL;
}
