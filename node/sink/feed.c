/* feed.c: an answer of the feed, taken apart line by line; sees that each record follows on the one before. */
#include "node/sink/sink.h"

#include <stdio.h>
#include <string.h>

#include "crypto/error.h"

static const char *text_of(const json_t *o, const char *name)
{
    const char *text = json_string_value(json_object_get(o, name));
    return text ? text : "";
}

static uint64_t number_of(const json_t *o, const char *name)
{
    return (uint64_t)json_integer_value(json_object_get(o, name));
}

/* The next line as an object, and *lines behind it; NULL: none is left, or it is no whole line. */
static json_t *next_line(const char **lines)
{
    size_t len = strcspn(*lines, "\n");
    if (!(*lines)[len])
        return NULL;
    json_t *o = json_loadb(*lines, len, 0, NULL);
    *lines += len + 1;
    return o;
}

int qp_sink_head(const char *lines, struct qp_sink_mark *m, struct qp_err *e)
{
    json_t *o = next_line(&lines);
    const char *path = text_of(o, "feed"), *node = text_of(o, "node"), *below = strchr(path, '/');
    if (!*path || strlen(node) != 26 || strlen(path) >= sizeof m->path) {
        json_decref(o);
        return qp_fail(e, QP_EGAP, "the answer does not begin as a feed does");
    }
    *m = (struct qp_sink_mark){.incarnation = (uint32_t)number_of(o, "incarnation")};
    snprintf(m->path, sizeof m->path, "%s", path);
    snprintf(m->node, sizeof m->node, "%s", node);
    const char *from = below ? below + 1 : path;
    snprintf(m->county, sizeof m->county, "%.*s", (int)strcspn(from, "/"), from);
    json_decref(o);
    return 0;
}

static int put_event(const struct qp_sink_ops *ops, struct qp_sink *s, const json_t *o, struct qp_err *e)
{
    struct qp_sink_event ev = {
        .position = number_of(o, "position"),
        .index = number_of(o, "index"),
        .county = text_of(o, "county"),
        .node = text_of(o, "node"),
        .path = text_of(o, "path"),
        .id = text_of(o, "id"),
        .type = text_of(o, "type"),
        .at = text_of(o, "at"),
        .hash = text_of(o, "hash"),
        .incarnation = number_of(o, "incarnation"),
        .counter = number_of(o, "counter"),
        .custody = number_of(o, "event_custody"),
        .version = number_of(o, "event_version"),
        .matter = json_object_get(o, "matter"),
    };
    if (strlen(ev.node) != 26 || strlen(ev.id) != 26 || !*ev.type || !*ev.at)
        return qp_fail(e, QP_EGAP, "a line of the feed at record %llu is not an event's",
                       (unsigned long long)ev.position);
    return ops->put(s, &ev, e);
}

/* SK4: asking again brings the same. */
static int gap(uint64_t at, uint64_t mark, struct qp_err *e)
{
    return qp_fail(e, QP_EEXISTS,
                   "a gap: record %llu follows on %llu; nothing of it was written: begin again from zero "
                   "(qipan sink replay)",
                   (unsigned long long)at, (unsigned long long)mark);
}

/* One line; *at is the record that is whole by now. */
static int take_line(const struct qp_sink_ops *ops, struct qp_sink *s, const json_t *o,
                     struct qp_sink_mark *m, struct qp_sink_batch *b, struct qp_err *e)
{
    if (json_object_get(o, "record")) {
        uint64_t at = number_of(o, "record");
        if (at != m->position + 1)
            return gap(at, m->position, e);
        m->position = at;
        snprintf(m->hash, sizeof m->hash, "%s", text_of(o, "hash"));
        b->records++;
        return 0;
    }
    if (number_of(o, "position") != m->position + 1)
        return gap(number_of(o, "position"), m->position, e);
    b->events++;
    return put_event(ops, s, o, e);
}

static int take_all(const struct qp_sink_ops *ops, struct qp_sink *s, const char *lines,
                    struct qp_sink_mark *m, struct qp_sink_batch *b, struct qp_err *e)
{
    bool ended = false;
    int rc = 0;
    for (json_t *o; !rc && !ended && (o = next_line(&lines)); json_decref(o)) {
        ended = json_object_get(o, "end");
        if (ended)
            b->head = number_of(o, "head");
        else if (!json_object_get(o, "feed"))
            rc = take_line(ops, s, o, m, b, e);
    }
    return rc || ended ? rc : qp_fail(e, QP_EGAP, "the feed's answer has no end: it was cut off");
}

int qp_sink_take(const struct qp_sink_ops *ops, struct qp_sink *s, const char *lines, struct qp_sink_mark *m,
                 struct qp_sink_batch *b, struct qp_err *e)
{
    struct qp_sink_mark whose, now = *m;
    *b = (struct qp_sink_batch){.records = 0};
    int rc = qp_sink_head(lines, &whose, e);
    if (rc)
        return rc;
    if (strcmp(whose.node, m->node) != 0 || whose.incarnation != m->incarnation)
        return qp_fail(
            e, QP_EEXISTS,
            "the target follows %s, incarnation %u; this is incarnation %u of %s: begin again from zero "
            "(qipan sink replay)",
            m->path, m->incarnation, whose.incarnation, whose.path);
    rc = ops->begin(s, e);
    if (rc)
        return rc;
    rc = take_all(ops, s, lines, &now, b, e);
    if (!rc && b->records)
        rc = ops->commit(s, &now, e);
    else
        ops->abort(s);
    if (!rc)
        *m = now;
    return rc;
}

static const struct qp_sink_ops *const ALL[] = {
#ifdef QP_HAVE_POSTGRES
    &qp_sink_postgres,
#endif
#ifdef QP_HAVE_NATS
    &qp_sink_nats,
#endif
    &qp_sink_files,
};

int qp_sink_find(const struct qp_sink_ops **out, const char *target, struct qp_err *e)
{
    for (size_t i = 0; i < sizeof ALL / sizeof *ALL; i++) {
        if (ALL[i]->takes(target)) {
            *out = ALL[i];
            return 0;
        }
    }
    if (strncmp(target, "postgres", 8) == 0)
        return qp_fail(e, QP_EPOLICY,
                       "this build has no libpq: install libpq-dev and build again, or write files");
    if (strncmp(target, "nats://", 7) == 0 || strncmp(target, "tls://", 6) == 0)
        return qp_fail(e, QP_EPOLICY,
                       "this build has no libnats: install libnats-dev and build again, or write files");
    return qp_fail(e, QP_EINVAL,
                   "`%.80s` is no target: give postgresql://…, nats://HOST/STREAM or a folder (./DIR, /DIR)",
                   target);
}
