/* circular_issued.c: see circular_issued.h. */
#include "node/cli/circular_issued.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/core/circular.h"
#include "node/http/shape/json_circular.h"
#include "topology/zone.h"

enum { PATH = 200 };

struct qp_issued_part {
    uint8_t *body; /* NULL: it was not met */
    size_t len;
};

/* ---- its events ---- */

/* Another node's word under this id is none: an id is its node's, incarnation's and number's. */
static bool is_of(const struct qp_issued *x, const Qp__Event *ev)
{
    const Qp__CircularSaid *s = ev->circular_said;
    uint8_t id[QP_ID_LEN];
    if (ev->body_case != QP__EVENT__BODY_CIRCULAR_SAID || ev->origin.len != QP_ID_LEN ||
        s->id.len != QP_ID_LEN || memcmp(x->id, s->id.data, QP_ID_LEN) != 0 || s->part >= QP_CIRCULAR_PARTS)
        return false;
    qp_circular_id(id, ev->origin.data, ev->incarnation, s->number, s->from_us);
    return memcmp(id, x->id, QP_ID_LEN) == 0;
}

static uint8_t *head_of(const Qp__Event *ev, size_t *len)
{
    Qp__CircularHead h = QP__CIRCULAR_HEAD__INIT;
    Qp__CircularSaid said = *ev->circular_said;
    said.body = (ProtobufCBinaryData){0, NULL};
    h.said = &said;
    h.node = ev->origin;
    h.incarnation = ev->incarnation;
    h.issued_us = ev->at_us;
    h.by = ev->by;
    *len = qp__circular_head__get_packed_size(&h);
    uint8_t *bytes = malloc(*len + 1);
    if (bytes)
        qp__circular_head__pack(&h, bytes);
    return bytes;
}

int qp_issued_take(struct qp_issued *x, const Qp__Event *ev)
{
    if (!is_of(x, ev))
        return 0;
    if (!x->part && !(x->part = calloc(QP_CIRCULAR_PARTS, sizeof *x->part)))
        return QP_ENOMEM;
    const Qp__CircularSaid *s = ev->circular_said;
    struct qp_issued_part *p = &x->part[s->part];
    if (p->body)
        return 0; /* the first word of each counts */
    if (s->part == 0 && !(x->head = head_of(ev, &x->head_len)))
        return QP_ENOMEM;
    if (!(p->body = malloc(s->body.len + 1)))
        return QP_ENOMEM;
    if (s->body.len > 0)
        memcpy(p->body, s->body.data, s->body.len);
    p->len = s->body.len;
    x->parts = x->found ? x->parts : s->parts;
    x->met++;
    x->found = true;
    memcpy(x->issuer, ev->origin.data, QP_ID_LEN);
    x->incarnation = ev->incarnation;
    return 0;
}

void qp_issued_end(struct qp_issued *x)
{
    for (size_t i = 0; x->part && i < QP_CIRCULAR_PARTS; i++)
        free(x->part[i].body);
    free(x->part);
    free(x->head);
}

/* ---- as the API tells it ---- */

static int out_of_memory(struct qp_err *e)
{
    return qp_fail(e, QP_ENOMEM,
                   "not enough memory to put the circular together: close other programs, and try again");
}

static int missing(const struct qp_issued *x, uint32_t parts, struct qp_err *e)
{
    return qp_fail(e, QP_EGAP,
                   "the export holds %u of the %u parts of the circular: it was cut, or parts were taken "
                   "out; export the "
                   "node that issued it again",
                   x->met, parts);
}

static int damaged(struct qp_err *e, const char *what)
{
    return qp_fail(e, QP_ECORRUPT,
                   "the circular in the export is damaged: %s; export the node that issued it again", what);
}

/* All parts, and of the hash that the first one says. */
static int is_whole(const struct qp_issued *x, const Qp__CircularSaid *s, struct qp_err *e)
{
    struct qp_part parts[QP_CIRCULAR_PARTS];
    struct qp_hash h;
    if (s->parts < 1 || s->parts > QP_CIRCULAR_PARTS || s->hash.len != QP_HASH_LEN)
        return damaged(e, "its first part says no number of parts, or no hash");
    for (uint32_t i = 0; i < s->parts; i++) {
        if (!x->part[i].body)
            return missing(x, s->parts, e);
        parts[i] = (struct qp_part){x->part[i].body, x->part[i].len};
    }
    qp_hash_parts(&h, parts, s->parts);
    return memcmp(h.b, s->hash.data, QP_HASH_LEN) == 0 ? 0
                                                       : damaged(e, "its parts are not what its hash says");
}

static uint8_t *body_bytes(const struct qp_issued *x, const Qp__CircularSaid *s, struct qp_arena *a,
                           size_t *len)
{
    *len = 0;
    for (uint32_t i = 0; i < s->parts; i++)
        *len += x->part[i].len;
    uint8_t *all = qp_arena_take(a, *len + 1), *to = all;
    for (uint32_t i = 0; all && i < s->parts; to += x->part[i++].len)
        memcpy(to, x->part[i].body, x->part[i].len);
    return all;
}

static int told(json_t **out, const Qp__CircularHead *h, const Qp__Circular *body, struct qp_err *e)
{
    struct qp_zone *zone;
    struct qp_json j = {0};
    struct qp_err why = {0};
    size_t len;
    int rc = qp_zone_load(&zone, body->zone, &why);
    if (rc)
        return qp_fail(e, rc == QP_ENOMEM ? QP_ENOMEM : QP_EVERSIONS, "%s", why.text);
    qp_json_object(&j);
    qp_json_circular(&j, h, body, zone, NULL);
    qp_json_object_end(&j);
    qp_zone_free(zone);
    char *text = qp_json_take(&j, &len);
    *out = text ? json_loadb(text, len, 0, NULL) : NULL;
    free(text);
    return *out ? 0 : out_of_memory(e);
}

static int put_together(const struct qp_issued *x, json_t **out, struct qp_arena *a, struct qp_err *e)
{
    Qp__CircularHead *h;
    Qp__Circular *body;
    size_t len;
    if (QP_DECODE(&h, circular_head, x->head, x->head_len, a, NULL) != 0)
        return damaged(e, "its first part cannot be read");
    int rc = is_whole(x, h->said, e);
    if (rc)
        return rc;
    const uint8_t *bytes = body_bytes(x, h->said, a, &len);
    if (!bytes)
        return out_of_memory(e);
    if (QP_DECODE(&body, circular, bytes, len, a, NULL) != 0)
        return damaged(e, "what its parts make cannot be read");
    return told(out, h, body, e);
}

int qp_issued_json(struct qp_issued *x, json_t **out, struct qp_err *e)
{
    *out = NULL;
    if (!x->found)
        return qp_fail(e, QP_ENOTFOUND, "the export does not hold the circular itself");
    if (!x->head)
        return missing(x, x->parts, e);
    struct qp_arena *a = qp_arena_new(2 * (size_t)QP_DECODE_ARENA);
    int rc = a ? put_together(x, out, a, e) : out_of_memory(e);
    qp_arena_free(a);
    return rc;
}

/* ---- compared ---- */

struct comparing {
    qp_issued_differs *differs;
    void *arg;
};

/* What the node that was asked knows besides: see circular_issued.h. */
static bool is_told_besides(const char *name, bool top)
{
    static const char *const besides[] = {"state", "words", "version", "updated_at", "node", "corrected_by"};
    if (strcmp(name, "title") == 0)
        return true;
    for (size_t i = 0; top && i < sizeof besides / sizeof *besides; i++)
        if (strcmp(name, besides[i]) == 0)
            return true;
    return false;
}

static void say(const struct comparing *k, const char *where, const json_t *issued, const json_t *file)
{
    char *a = issued ? json_dumps(issued, JSON_ENCODE_ANY | JSON_COMPACT) : NULL,
         *b = file ? json_dumps(file, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    k->differs(k->arg, where, a, b);
    free(a);
    free(b);
}

/* A share was written and read again on its way. */
static bool same(const json_t *a, const json_t *b)
{
    if (!json_is_real(a) && !json_is_real(b))
        return json_equal(a, b);
    double apart = json_number_value(a) - json_number_value(b);
    return json_is_number(a) && json_is_number(b) && apart < 1e-9 && apart > -1e-9;
}

static void walk(const struct comparing *k, const char *where, const json_t *issued, const json_t *file);

static void walk_object(const struct comparing *k, const char *where, const json_t *issued,
                        const json_t *file)
{
    const char *name, *dot = where[0] != 0 ? "." : "";
    const json_t *v;
    char at[PATH];
    json_object_foreach((json_t *)(uintptr_t)issued, name, v)
    {
        snprintf(at, sizeof at, "%s%s%s", where, dot, name);
        if (!is_told_besides(name, where[0] == 0))
            walk(k, at, v, json_object_get(file, name));
    }
    json_object_foreach((json_t *)(uintptr_t)file, name, v)
    {
        snprintf(at, sizeof at, "%s%s%s", where, dot, name);
        if (!json_object_get(issued, name) && !is_told_besides(name, where[0] == 0))
            say(k, at, NULL, v);
    }
}

/* Bounded: as deep as what this program has written itself. */
static void walk(const struct comparing *k, const char *where, const json_t *issued, const json_t *file)
{
    char at[PATH];
    if (json_is_object(issued) && json_is_object(file)) {
        walk_object(k, where, issued, file);
        return;
    }
    if (!json_is_array(issued) || !json_is_array(file)) {
        if (!same(issued, file))
            say(k, where, issued, file);
        return;
    }
    size_t n =
        json_array_size(issued) > json_array_size(file) ? json_array_size(issued) : json_array_size(file);
    for (size_t i = 0; i < n; i++) {
        const json_t *x = json_array_get(issued, i), *y = json_array_get(file, i);
        snprintf(at, sizeof at, "%.*s[%zu]", PATH - 32, where, i);
        if (x && y)
            walk(k, at, x, y);
        else
            say(k, at, x, y);
    }
}

void qp_issued_compare(const json_t *issued, const json_t *file, qp_issued_differs *differs, void *arg)
{
    const struct comparing k = {differs, arg};
    walk(&k, "", issued, file);
}
