/* sheet.c: see sheet.h. Called by calls/resources.c. */
#include "node/http/shape/sheet.h"

#include "node/http/shape/boundary.h"

#include <assert.h>
#include <string.h>

static const ProtobufCFieldDescriptor *member(const ProtobufCMessage *m, const struct qp_sheet *f)
{
    const ProtobufCFieldDescriptor *d =
        protobuf_c_message_descriptor_get_field_by_name(m->descriptor, f->name);
    assert(d && "a field of a sheet that its message does not have");
    bool list = f->kind == QP_SHEET_LINES || f->kind == QP_SHEET_LIST;
    assert(list == (d->label == PROTOBUF_C_LABEL_REPEATED));
    return d;
}

static void *place(const ProtobufCMessage *m, unsigned offset)
{
    return (uint8_t *)(uintptr_t)m + offset;
}

/* ---- reading ---- */

/* What is asked for by DELETE .../ID must be one segment of a path, also after a client has tidied that. */
static char *read_id(struct qp_fields *s, const struct qp_sheet *f)
{
    char *id = qp_field_line(s, f->name, f->most, true);
    if (strchr(id, '/') || strcmp(id, ".") == 0 || strcmp(id, "..") == 0)
        qp_fields_fault(s, QP_EINVAL, f->name, "`%s` must hold no / and be neither . nor ..", f->name);
    return id;
}

typedef uint32_t word_parse(const char *name);

static uint32_t read_words(struct qp_fields *s, const char *name, bool must, word_parse *parse,
                           const char *names)
{
    const json_t *list = qp_field(s, name), *v;
    uint32_t set = 0;
    size_t i;
    if (!list) {
        if (must)
            qp_fields_fault(s, QP_EINVAL, name, "`%s` is missing: a list of %s", name, names);
        return 0;
    }
    json_array_foreach(list, i, v)
    {
        uint32_t bit = json_is_string(v) ? parse(json_string_value(v)) : 0;
        if (!bit)
            qp_fields_fault(s, QP_EINVAL, name, "`%s` may hold %s", name, names);
        set |= bit;
    }
    if (!json_is_array(list) || (must && !set))
        qp_fields_fault(s, QP_EINVAL, name, "`%s` must be a list with at least one of %s", name, names);
    return set;
}

uint32_t qp_sheet_rights(struct qp_fields *s, const char *name, bool must)
{
    char names[200];
    return read_words(s, name, must, qp_right_parse, qp_rights_text(names, sizeof names, QP_RIGHT_ALL, "or"));
}

uint32_t qp_sheet_roles(struct qp_fields *s, const char *name, bool must)
{
    char names[200];
    return read_words(s, name, must, qp_role_parse, qp_roles_text(names, sizeof names, ~0u, "or"));
}

/* A list of at most `most`; NULL: none, or a fault. */
static const json_t *read_list(struct qp_fields *s, const struct qp_sheet *f)
{
    const json_t *list = qp_field(s, f->name);
    if (list && (!json_is_array(list) || json_array_size(list) > f->most)) {
        qp_fields_fault(s, QP_EINVAL, f->name, "`%s` must be a list of at most %zu", f->name, f->most);
        return NULL;
    }
    if (f->must && (!list || !json_array_size(list)))
        qp_fields_fault(s, QP_EINVAL, f->name, "`%s` must be a list with at least one entry", f->name);
    return qp_fields_ok(s) ? list : NULL;
}

/* An entry is read as the one field of an object, so that it has the checks and the sentences of all fields. */
static char *read_entry(struct qp_fields *s, const struct qp_sheet *f, const json_t *v)
{
    json_t *o = json_object();
    struct qp_fields one;
    char *text = NULL;
    if (o && json_object_set(o, f->name, (json_t *)(uintptr_t)v) == 0) {
        qp_fields_begin(&one, o, s->a, s->zone, s->f);
        text = qp_field_line(&one, f->name, f->bytes, true);
        if (json_is_null(v))
            qp_fields_fault(s, QP_EINVAL, f->name, "`%s` must be a list of texts", f->name);
    }
    json_decref(o);
    return text;
}

static void read_lines(struct qp_fields *s, const struct qp_sheet *f, ProtobufCMessage *m,
                       const ProtobufCFieldDescriptor *d)
{
    const json_t *list = read_list(s, f);
    size_t n = json_array_size(list);
    char **v = n ? qp_arena_take(s->a, n * sizeof *v) : NULL;
    if (n && !v)
        qp_fields_fault(s, QP_EBIG, f->name, "the request takes more memory than it may");
    for (size_t i = 0; v && i < n && qp_fields_ok(s); i++) {
        v[i] = read_entry(s, f, json_array_get(list, i));
        for (size_t k = 0; k < i && qp_fields_ok(s); k++) {
            if (strcmp(v[k], v[i]) == 0)
                qp_fields_fault(s, QP_EINVAL, f->name, "`%s` has %s twice", f->name, v[i]);
        }
    }
    *(char ***)place(m, d->offset) = v;
    *(size_t *)place(m, d->quantifier_offset) = v && qp_fields_ok(s) ? n : 0;
}

static void read_objects(struct qp_fields *s, const struct qp_sheet *f, ProtobufCMessage *m,
                         const ProtobufCFieldDescriptor *d)
{
    const json_t *list = read_list(s, f);
    const ProtobufCMessageDescriptor *type = d->descriptor;
    size_t n = json_array_size(list);
    ProtobufCMessage **v = n ? qp_arena_take(s->a, n * sizeof *v) : NULL;
    for (size_t i = 0; i < n && qp_fields_ok(s); i++) {
        struct qp_fields one;
        const json_t *o = json_array_get(list, i);
        v[i] = v ? qp_arena_take(s->a, type->sizeof_message) : NULL;
        if (!v || !v[i]) {
            qp_fields_fault(s, QP_EBIG, f->name, "the request takes more memory than it may");
            break;
        }
        if (!json_is_object(o)) {
            qp_fields_fault(s, QP_EINVAL, f->name, "`%s` must be a list of objects", f->name);
            break;
        }
        type->message_init(v[i]);
        qp_fields_begin(&one, o, s->a, s->zone, s->f);
        qp_sheet_read(&one, f->of, v[i], false);
        qp_fields_end(&one);
    }
    *(ProtobufCMessage ***)place(m, d->offset) = v;
    *(size_t *)place(m, d->quantifier_offset) = v && qp_fields_ok(s) ? n : 0;
}

static void read_one(struct qp_fields *s, const struct qp_sheet *f, ProtobufCMessage *m)
{
    const ProtobufCFieldDescriptor *d = member(m, f);
    void *at = place(m, d->offset);
    switch (f->kind) {
    case QP_SHEET_ID: *(char **)at = read_id(s, f); break;
    case QP_SHEET_LINE: *(char **)at = qp_field_line(s, f->name, f->most, f->must); break;
    case QP_SHEET_PATH: *(char **)at = qp_field_path(s, f->name, f->must); break;
    case QP_SHEET_FLAG: *(protobuf_c_boolean *)at = qp_field_bool(s, f->name, f->must, false); break;
    case QP_SHEET_RIGHTS: *(uint32_t *)at = qp_sheet_rights(s, f->name, f->must); break;
    case QP_SHEET_ROLES: *(uint32_t *)at = qp_sheet_roles(s, f->name, f->must); break;
    case QP_SHEET_LINES: read_lines(s, f, m, d); break;
    case QP_SHEET_LIST: read_objects(s, f, m, d); break;
    case QP_SHEET_BOUNDARY: *(ProtobufCBinaryData *)at = qp_field_boundary(s, f->name); break;
    case QP_SHEET_SAID: break;
    }
}

void qp_sheet_read(struct qp_fields *s, const struct qp_sheet *sheet, ProtobufCMessage *m, bool changes)
{
    for (const struct qp_sheet *f = sheet; f->name; f++) {
        if (f->kind == QP_SHEET_SAID)
            continue;
        if (!changes || (f->kind != QP_SHEET_ID && json_object_get(s->o, f->name)))
            read_one(s, f, m);
    }
}

/* ---- writing ---- */

static void write_list(struct qp_json *j, const struct qp_sheet *f, const ProtobufCMessage *m,
                       const ProtobufCFieldDescriptor *d)
{
    size_t n = *(size_t *)place(m, d->quantifier_offset);
    qp_json_array(j);
    for (size_t i = 0; i < n; i++) {
        if (f->kind == QP_SHEET_LINES) {
            qp_json_text(j, (*(char ***)place(m, d->offset))[i]);
            continue;
        }
        qp_json_object(j);
        qp_sheet_write(j, f->of, (*(ProtobufCMessage ***)place(m, d->offset))[i]);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

void qp_sheet_write(struct qp_json *j, const struct qp_sheet *sheet, const ProtobufCMessage *m)
{
    for (const struct qp_sheet *f = sheet; f->name; f++) {
        if (f->kind == QP_SHEET_SAID)
            continue;
        const ProtobufCFieldDescriptor *d = member(m, f);
        const void *at = place(m, d->offset);
        qp_json_key(j, f->name);
        switch (f->kind) {
        case QP_SHEET_ID:
        case QP_SHEET_LINE:
        case QP_SHEET_PATH: qp_json_text(j, **(char *const *)at ? *(char *const *)at : NULL); break;
        case QP_SHEET_FLAG: qp_json_bool(j, *(const protobuf_c_boolean *)at); break;
        case QP_SHEET_RIGHTS: qp_json_rights(j, *(const uint32_t *)at); break;
        case QP_SHEET_ROLES: qp_json_roles(j, *(const uint32_t *)at); break;
        case QP_SHEET_LINES:
        case QP_SHEET_LIST: write_list(j, f, m, d); break;
        case QP_SHEET_BOUNDARY: qp_json_boundary(j, at); break;
        case QP_SHEET_SAID: break;
        }
    }
}
