/* stream_types.c: `GET /api/v1/stream?types=matter,node`: which events a stream tells. */
#include "node/http/calls/stream.h"

#include <stdio.h>
#include <string.h>

#include "proto/events.h"

static const char *const STREAMS[] = {
#define X(body, name, type, subject, speaker, versioned, reach, ahead, stream, words, zh) stream,
    QP_EVENTS(X)
#undef X
        "whisper"};

int qp_stream_types(struct qp_call *c, char out[QP_STREAM_TYPES], struct qp_fault *f)
{
    const char *text = qp_call_arg(c, "types"), *at = text;
    out[0] = '\0';
    if (!text || !*text)
        return 0;
    for (size_t len; *at; at += len + (at[len] == ',')) {
        bool known = false;
        len = strcspn(at, ",");
        for (size_t k = 0; k < sizeof STREAMS / sizeof *STREAMS && !known; k++)
            known = STREAMS[k] && strlen(STREAMS[k]) == len && strncmp(STREAMS[k], at, len) == 0;
        if (!known)
            return qp_fault_set(
                f, QP_EINVAL, "types",
                "types: there is no event `%.*s`; there are matter, node, line, warning, lead, "
                "urge, whisper",
                (int)(len < 40 ? len : 40), at);
    }
    if (snprintf(out, QP_STREAM_TYPES, ",%s,", text) >= QP_STREAM_TYPES)
        return qp_fault_set(f, QP_EINVAL, "types", "types: name each event once");
    return 0;
}

/* Is this event one of those that were asked for? A beat always is. */
static bool wanted(const char *types, const char *block)
{
    static const char head[] = "event: ";
    char name[64];
    if (strncmp(block, head, sizeof head - 1) != 0)
        return true;
    block += sizeof head - 1;
    snprintf(name, sizeof name, ",%.*s,", (int)strcspn(block, "\n"), block);
    return strcmp(name, ",beat,") == 0 || strstr(types, name) != NULL;
}

void qp_stream_leave_out(struct qp_json *out, const char *types)
{
    size_t kept = 0;
    if (!*types)
        return;
    for (size_t at = 0, len; at < out->n; at += len) {
        const char *block = out->p + at, *ends = memmem(block, out->n - at, "\n\n", 2);
        len = ends ? (size_t)(ends - block) + 2 : out->n - at;
        if (!wanted(types, block))
            continue;
        memmove(out->p + kept, block, len);
        kept += len;
    }
    out->n = kept;
}
