/* doc.c: see doc.h. Called by all that answers in this folder. */
#include "node/http/open311/doc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void raw(struct qp_doc *d, const char *text)
{
    qp_json_raw(&d->j, text, strlen(text));
}

static void tag(struct qp_doc *d, const char *before, const char *name, const char *after)
{
    raw(d, before);
    raw(d, name);
    raw(d, after);
}

/* A character that XML 1.0 has no way to say. */
static bool unsayable(const char *s)
{
    const unsigned char *p = (const unsigned char *)s;
    if (*p < 0x20)
        return *p != '\t' && *p != '\n' && *p != '\r';
    return *p == 0xEF && p[1] == 0xBF && (p[2] == 0xBE || p[2] == 0xBF); /* U+FFFE, U+FFFF */
}

static void put_escaped(struct qp_doc *d, const char *text)
{
    while (*text) {
        size_t n = 0;
        while (text[n] && !strchr("<>&\"'", text[n]) && !unsayable(text + n))
            n++;
        qp_json_raw(&d->j, text, n);
        text += n;
        if (!*text)
            return;
        switch (*text) {
        case '<': raw(d, "&lt;"); break;
        case '>': raw(d, "&gt;"); break;
        case '&': raw(d, "&amp;"); break;
        case '"': raw(d, "&quot;"); break;
        case '\'': raw(d, "&#39;"); break;
        default: raw(d, "\xEF\xBF\xBD"); break;
        }
        text += (unsigned char)*text == 0xEF ? 3 : 1;
    }
}

/* The name of a member, where JSON has one. */
static void key(struct qp_doc *d, const char *name)
{
    if (d->objects & 1)
        qp_json_key(&d->j, name);
}

static void push(struct qp_doc *d, bool object)
{
    d->objects = d->objects << 1 | (object ? 1U : 0U);
}

void qp_doc_begin(struct qp_doc *d, bool xml)
{
    *d = (struct qp_doc){.xml = xml};
    if (xml)
        raw(d, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
}

void qp_doc_list(struct qp_doc *d, const char *name)
{
    if (d->xml) {
        tag(d, "<", name, ">");
        return;
    }
    key(d, name);
    qp_json_array(&d->j);
    push(d, false);
}

void qp_doc_list_end(struct qp_doc *d, const char *name)
{
    if (d->xml) {
        tag(d, "</", name, ">");
        return;
    }
    qp_json_array_end(&d->j);
    d->objects >>= 1;
}

void qp_doc_item(struct qp_doc *d, const char *name)
{
    if (d->xml) {
        tag(d, "<", name, ">");
        return;
    }
    key(d, name);
    qp_json_object(&d->j);
    push(d, true);
}

void qp_doc_item_end(struct qp_doc *d, const char *name)
{
    if (d->xml) {
        tag(d, "</", name, ">");
        return;
    }
    qp_json_object_end(&d->j);
    d->objects >>= 1;
}

void qp_doc_text(struct qp_doc *d, const char *name, const char *text)
{
    bool empty = !text || !*text;
    if (!d->xml) {
        key(d, name);
        qp_json_text(&d->j, empty ? NULL : text);
    } else if (empty) {
        tag(d, "<", name, "/>");
    } else {
        tag(d, "<", name, ">");
        put_escaped(d, text);
        tag(d, "</", name, ">");
    }
}

/* A value that JSON writes without quotes. */
static void put_bare(struct qp_doc *d, const char *name, const char *text)
{
    tag(d, "<", name, ">");
    raw(d, text);
    tag(d, "</", name, ">");
}

void qp_doc_int(struct qp_doc *d, const char *name, int64_t v)
{
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)v);
    if (d->xml) {
        put_bare(d, name, text);
        return;
    }
    key(d, name);
    qp_json_int(&d->j, v);
}

void qp_doc_bool(struct qp_doc *d, const char *name, bool v)
{
    if (d->xml) {
        put_bare(d, name, v ? "true" : "false");
        return;
    }
    key(d, name);
    qp_json_bool(&d->j, v);
}

void qp_doc_real(struct qp_doc *d, const char *name, double v)
{
    if (!isfinite(v)) {
        qp_doc_text(d, name, NULL);
    } else if (d->xml) {
        char text[40];
        snprintf(text, sizeof text, "%.9g", v);
        put_bare(d, name, text);
    } else {
        key(d, name);
        qp_json_real(&d->j, v);
    }
}

void qp_doc_time(struct qp_doc *d, const char *name, int64_t us)
{
    char text[32];
    if (us == 0) {
        qp_doc_text(d, name, NULL);
        return;
    }
    qp_time_text(text, us); /* 2026-03-01T08:00:00.000Z */
    size_t at = strcspn(text, ".");
    memcpy(text + at, "Z", 2);
    qp_doc_text(d, name, text);
}

void qp_doc_id(struct qp_doc *d, const char *name, const uint8_t id[QP_ID_LEN])
{
    char text[27];
    qp_id_text(text, id);
    qp_doc_text(d, name, text);
}

enum MHD_Result qp_doc_answer(struct qp_call *c, unsigned status, struct qp_doc *d)
{
    size_t len;
    raw(d, "\n");
    char *text = qp_json_take(&d->j, &len);
    if (!text)
        return MHD_NO;
    if (!qp_answer_has_room(c, len)) {
        free(text);
        return qp_doc_fault(
            c, d->xml, 429,
            "large answers are on their way to who reads them slowly; try again in a second, or ask for less "
            "(page_size, or a shorter range)");
    }
    struct MHD_Response *r = MHD_create_response_from_buffer(len, text, MHD_RESPMEM_MUST_FREE);
    if (r)
        MHD_add_response_header(r, "Access-Control-Allow-Origin", "*"); /* OP2: nothing here needs a cookie */
    return qp_respond(c, status, r, d->xml ? "text/xml; charset=utf-8" : "application/json; charset=utf-8");
}

enum MHD_Result qp_doc_fault(struct qp_call *c, bool xml, unsigned status, const char *text)
{
    struct qp_doc d;
    qp_doc_begin(&d, xml);
    qp_doc_list(&d, "errors");
    qp_doc_item(&d, "error");
    qp_doc_int(&d, "code", status);
    qp_doc_text(&d, "description", text);
    qp_doc_item_end(&d, "error");
    qp_doc_list_end(&d, "errors");
    return qp_doc_answer(c, status, &d);
}

void qp_doc_drop(struct qp_doc *d)
{
    qp_json_drop(&d->j);
}
