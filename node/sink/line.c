/* line.c: an event and a mark as JSON, for the targets that keep lines or messages. */
#include <stdio.h>

#include "node/sink/sink.h"

json_t *qp_sink_line(const struct qp_sink_event *ev)
{
    return json_pack("{s:s,s:s,s:I,s:I,s:s,s:s,s:s,s:s,s:I,s:I,s:I,s:O?}", "county", ev->county, "node",
                     ev->node, "incarnation", (json_int_t)ev->incarnation, "counter", (json_int_t)ev->counter,
                     "path", ev->path, "matter", ev->id, "type", ev->type, "at", ev->at, "custody",
                     (json_int_t)ev->custody, "version", (json_int_t)ev->version, "position",
                     (json_int_t)ev->position, "row", (json_t *)(uintptr_t)ev->matter);
}

json_t *qp_sink_mark_line(const struct qp_sink_mark *m)
{
    return json_pack("{s:{s:s,s:s,s:s,s:I,s:I,s:s}}", "mark", "county", m->county, "path", m->path, "node",
                     m->node, "incarnation", (json_int_t)m->incarnation, "position", (json_int_t)m->position,
                     "hash", m->hash);
}

bool qp_sink_mark_read(struct qp_sink_mark *out, const char *line, size_t len)
{
    json_t *o = json_loadb(line, len, 0, NULL), *m = json_object_get(o, "mark");
    const char *county, *path, *node, *hash;
    json_int_t incarnation, position;
    bool ok = m && json_unpack(m, "{s:s,s:s,s:s,s:I,s:I,s:s}", "county", &county, "path", &path, "node",
                               &node, "incarnation", &incarnation, "position", &position, "hash", &hash) == 0;
    if (ok) {
        *out = (struct qp_sink_mark){.incarnation = (uint32_t)incarnation, .position = (uint64_t)position};
        snprintf(out->county, sizeof out->county, "%s", county);
        snprintf(out->path, sizeof out->path, "%s", path);
        snprintf(out->node, sizeof out->node, "%s", node);
        snprintf(out->hash, sizeof out->hash, "%s", hash);
    }
    json_decref(o);
    return ok;
}
