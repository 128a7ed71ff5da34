/* intake_request.c: a request as an Open311 server tells it, as an object that POST /api/v1/matters takes (IN3). What a foreign
 * text may have and ours may not is mended where nothing is lost by it; everything else the node refuses, with its reason. */
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "node/cli/intake.h"
#include "proto/codec.h"

enum { CODE_MOST = 64, TITLE_MOST = 120 };
static const char CUT[] = "\n[cut here / \xE6\xAD\xA4\xE5\xA4\x84\xE6\x88\xAA\xE6\x96\xAD]";

bool qp_intake_numbered(const json_t *request)
{
    const json_t *v = json_object_get(request, "service_request_id");
    return json_is_integer(v) || json_string_length(v) > 0;
}

char *qp_intake_number(const json_t *request)
{
    const json_t *v = json_object_get(request, "service_request_id");
    char *text = json_dumps(qp_intake_numbered(request) ? v : request,
                            JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    if (!text && !(text = strdup("")))
        abort();
    return text;
}

/* A text of theirs, malloc'd: control characters are blanks (in a line also tab and line end). */
static char *words_of(const json_t *r, const char *name, bool line)
{
    const json_t *v = json_object_get(r, name);
    char number[32];
    snprintf(number, sizeof number, "%lld", (long long)json_integer_value(v));
    size_t n = json_is_integer(v) ? strlen(number) : json_string_length(v);
    char *out = malloc(n + 1);
    if (!out)
        abort();
    memcpy(out, json_is_integer(v) ? number : n ? json_string_value(v) : "", n);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)out[i];
        if ((c < 0x20 && (line || (c != '\t' && c != '\n' && c != '\r'))) || c == 0x7f)
            out[i] = ' ';
    }
    while (line && n && out[n - 1] == ' ')
        n--;
    out[n] = '\0';
    return out;
}

static void put_cut(json_t *o, const char *name, const char *text, size_t most)
{
    char cut[QP_TEXT_BYTES + 1];
    qp_text_cut(cut, (most < QP_TEXT_BYTES ? most : QP_TEXT_BYTES) + 1, text);
    if (cut[strspn(cut, " ")])
        json_object_set_new(o, name, json_string(cut));
}

static void put_text(json_t *o, char *text)
{
    size_t most = QP_TEXT_BYTES - (sizeof CUT - 1), n = strlen(text);
    if (n <= QP_TEXT_BYTES) {
        put_cut(o, "text", text, QP_TEXT_BYTES);
        return;
    }
    char cut[QP_TEXT_BYTES + 1];
    qp_text_cut(cut, most + 1, text);
    strcat(cut, CUT);
    json_object_set_new(o, "text", json_string(cut));
}

/* The first line that says something, else what kind it is. */
static void put_title(json_t *o, const char *said, const char *service, const char *code)
{
    char line[QP_TITLE_BYTES + 1];
    said += strspn(said, " \t\r\n");
    snprintf(line, sizeof line, "%.*s", (int)strcspn(said, "\r\n"), said);
    for (char *p = line; *p; p++) {
        if (*p == '\t')
            *p = ' ';
    }
    for (size_t n = strlen(line); n && line[n - 1] == ' ';)
        line[--n] = '\0';
    put_cut(o, "title", *line ? line : *service ? service : code, TITLE_MOST);
}

json_t *qp_intake_request(const char *source, const json_t *r)
{
    json_t *o = json_object(), *ref = json_object_get(r, "service_request_id");
    char *said = words_of(r, "description", false), *service = words_of(r, "service_name", true),
         *code = words_of(r, "service_code", true), *place = words_of(r, "address", true),
         *at = words_of(r, "requested_datetime", true);
    double lat, lon;
    put_cut(o, "category", *code ? code : "unknown", CODE_MOST);
    put_title(o, said, service, *code ? code : "unknown");
    put_text(o, said);
    put_cut(o, "place", place, QP_PLACE_BYTES);
    put_cut(o, "occurred_at", at, 40);
    json_object_set_new(o, "source", json_string(source));
    if (json_is_string(ref)) /* whole: cut it would be another's */
        json_object_set(o, "source_ref", ref);
    else if (json_is_integer(ref))
        json_object_set_new(o, "source_ref", json_sprintf("%lld", (long long)json_integer_value(ref)));
    if (qp_intake_degrees(json_object_get(r, "lat"), &lat) &&
        qp_intake_degrees(json_object_get(r, "long"), &lon))
        json_object_set_new(o, "location", json_pack("{s:f,s:f}", "lat", lat, "lon", lon));
    free(said);
    free(service);
    free(code);
    free(place);
    free(at);
    return o;
}
