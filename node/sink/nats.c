/* nats.c: the target `nats`: a stream of JetStream that holds the copy of one node, by libnats.
 *
 *   STREAM.<county>.<node that is read>.<type>   an event's line; Nats-Msg-Id is the event's hash
 *   STREAM.<county>.<node that is read>.mark     {"mark":…} ends a batch; Nats-Msg-Id is the record's hash
 *
 * A stream has no transaction of many messages. It has an order: each message is stored behind the one that it names or not at all
 * (nats_link.h), so that what is there is always a beginning of what was meant. The last message says how far that goes: a mark, and
 * all is whole; or an event, and its batch was torn: it is asked for again from the last mark on, and what is there already is not
 * published again, however long ago it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/error.h"
#include "node/sink/nats_link.h"
#include "node/sink/sink.h"

struct message { /* one of a batch */
    natsMsg *m;
    char id[2 * QP_HASH_LEN + 1];
};
struct qp_sink {
    struct qp_nats link;
    struct qp_sink_mark mark;
    bool marked, lost; /* lost: there were messages, and what they said of the mark is gone */
    struct {           /* the last event of a batch that was torn; no hash: none was */
        uint64_t position, index;
        char hash[2 * QP_HASH_LEN + 1];
        bool met; /* in what was asked for again */
    } torn;
    struct message *batch;
    size_t n, cap;
};

/* ---- what the stream is ---- */

static int wrong(const struct qp_sink *s, const char *what, const char *remedy, struct qp_err *e)
{
    return qp_fail(e, QP_EPOLICY, "nats: stream %s %s: %s", s->link.at.stream, what, remedy);
}

/* A stream that somebody else made keeps what it is given, in the order in which it is given. */
static int check_config(const struct qp_sink *s, const json_t *config, struct qp_err *e)
{
    char remedy[200];
    const json_t *subject;
    size_t i;
    bool covers = false;
    const char *kept = json_string_value(json_object_get(config, "retention"));
    json_array_foreach(json_object_get(config, "subjects"), i, subject) covers |=
        qp_nats_covers(json_string_value(subject), s->link.at.stream);
    snprintf(remedy, sizeof remedy, "nats stream edit %s --subjects='%s.>'", s->link.at.stream,
             s->link.at.stream);
    if (json_object_get(config, "mirror") || json_array_size(json_object_get(config, "sources")))
        return wrong(s, "takes its messages from other streams", "give one of its own", e);
    if (!covers)
        return wrong(s, "does not take the copy's subjects", remedy, e);
    if (!kept || strcmp(kept, "limits") != 0)
        return wrong(s, "lets messages go when they are read, and the mark with them",
                     "give one whose retention is limits", e);
    if (json_is_true(json_object_get(config, "no_ack")))
        return wrong(s, "acknowledges nothing", "give one that does (--ack)", e);
    if (json_is_true(json_object_get(config, "sealed")))
        return wrong(s, "is sealed", "give another one", e);
    return 0;
}

static int make_stream(struct qp_sink *s, struct qp_err *e)
{
    char all[QP_NATS_STREAM + 3];
    const struct qp_nats_target *at = &s->link.at;
    snprintf(all, sizeof all, "%s.>", at->stream);
    json_t *o =
        json_pack("{s:s,s:s,s:[s],s:s,s:s,s:s,s:I,s:i,s:i,s:i,s:i,s:I,s:I}", "name", at->stream,
                  "description", "a node's copy (qipan sink)", "subjects", all, "retention", "limits",
                  "storage", "file", "discard", "new", "max_bytes", (json_int_t)at->max_bytes, "max_msgs", -1,
                  "max_msg_size", -1, "max_consumers", -1, "max_age", 0, "num_replicas",
                  (json_int_t)at->replicas, "duplicate_window", (json_int_t)120 * 1000000000);
    char *body = o ? json_dumps(o, JSON_COMPACT) : NULL;
    int rc = body ? qp_nats_ask(&s->link, "CREATE", body, NULL, e) : qp_fail(e, QP_ENOMEM, "out of memory");
    if (rc == QP_EIO || rc == QP_EPOLICY) {
        struct qp_err why = *e;
        rc = qp_fail(e, QP_EPOLICY,
                     "%.130s: it was to be made with room for %lld bytes (another: ?max_bytes=N behind its "
                     "name); or make it: nats stream add %s --subjects='%s' --discard=new --defaults",
                     why.text, at->max_bytes, at->stream, all);
    }
    free(body);
    json_decref(o);
    return rc;
}

/* ---- how far the copy goes ---- */

static int foreign(const struct qp_sink *s, struct qp_err *e)
{
    return qp_fail(e, QP_EEXISTS,
                   "nats: stream %s: holds something else than a node's copy: give another stream",
                   s->link.at.stream);
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

/* The batch behind the last mark was torn: where? */
static int read_torn(struct qp_sink *s, natsMsg *m, struct qp_err *e)
{
    const char *id = NULL;
    json_t *o = json_loadb(natsMsg_GetData(m), (size_t)natsMsg_GetDataLength(m), 0, NULL),
           *position = json_object_get(o, "position"), *index = json_object_get(o, "index");
    bool ours = position && index && natsMsgHeader_Get(m, "Nats-Msg-Id", &id) == NATS_OK && id &&
                strlen(id) == 2 * QP_HASH_LEN;
    if (ours) {
        s->torn.position = (uint64_t)json_integer_value(position);
        s->torn.index = (uint64_t)json_integer_value(index);
        snprintf(s->torn.hash, sizeof s->torn.hash, "%s", id);
    }
    json_decref(o);
    return ours ? 0 : foreign(s, e);
}

static int read_mark(struct qp_sink *s, natsMsg *m, struct qp_err *e)
{
    s->marked = qp_sink_mark_read(&s->mark, natsMsg_GetData(m), (size_t)natsMsg_GetDataLength(m));
    return s->marked ? 0 : foreign(s, e);
}

static int read_last(struct qp_sink *s, struct qp_err *e)
{
    char marks[QP_NATS_STREAM + 12];
    natsMsg *m = NULL, *mark = NULL;
    int rc = qp_nats_get(&s->link, &m, s->link.last, NULL, e);
    if (!rc && ends_with(natsMsg_GetSubject(m), ".mark")) {
        rc = read_mark(s, m, e);
    } else if (!rc) {
        snprintf(marks, sizeof marks, "%s.*.*.mark", s->link.at.stream);
        rc = read_torn(s, m, e);
        if (!rc)
            rc = qp_nats_get(&s->link, &mark, 0, marks, e);
        if (!rc)
            rc = read_mark(s, mark, e);
    }
    natsMsg_Destroy(m);
    natsMsg_Destroy(mark);
    s->lost = rc == QP_ENOTFOUND;
    return s->lost ? 0 : rc;
}

/* How many messages it has, where it ends; and what is wrong with it. */
static int look_at(struct qp_sink *s, uint64_t *messages, struct qp_err *e)
{
    json_t *o = NULL;
    int rc = qp_nats_ask(&s->link, "INFO", NULL, &o, e);
    const json_t *state = json_object_get(o, "state");
    *messages = (uint64_t)json_integer_value(json_object_get(state, "messages"));
    s->link.last = (uint64_t)json_integer_value(json_object_get(state, "last_seq"));
    if (!rc)
        rc = check_config(s, json_object_get(o, "config"), e);
    json_decref(o);
    return rc;
}

static void drop_batch(struct qp_sink *s)
{
    for (size_t i = 0; i < s->n; i++)
        natsMsg_Destroy(s->batch[i].m);
    s->n = 0;
}

static void sink_close(struct qp_sink *s)
{
    if (!s)
        return;
    drop_batch(s);
    free(s->batch);
    qp_nats_hang_up(&s->link);
    free(s);
}

static int sink_open(struct qp_sink **out, const char *target, bool write, struct qp_err *e)
{
    struct qp_nats_target at;
    uint64_t messages = 0;
    struct qp_sink *s = calloc(1, sizeof *s);
    if (!s)
        return qp_fail(e, QP_ENOMEM, "out of memory");
    int rc = qp_nats_read(&at, target, e);
    if (!rc)
        rc = qp_nats_dial(&s->link, &at, e);
    if (!rc)
        rc = look_at(s, &messages, e);
    if (rc == QP_ENOTFOUND)
        rc = write ? make_stream(s, e) : 0;
    s->lost = !messages && s->link.last;
    if (!rc && messages)
        rc = read_last(s, e);
    if (rc) {
        sink_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

static int others(const struct qp_sink *s, struct qp_err *e)
{
    return qp_fail(e, QP_EEXISTS, "nats: stream %s: holds the copy of another node, %s: give another stream",
                   s->link.at.stream, s->mark.path);
}

static int sink_mark(struct qp_sink *s, const char *node, struct qp_sink_mark *m, struct qp_err *e)
{
    const char *stream = s->link.at.stream;
    if (s->lost)
        return qp_fail(e, QP_EEXISTS,
                       "nats: stream %s: its last messages are gone (purged, or its limits let them go), and "
                       "with them how far the copy goes: begin again from zero (qipan sink replay)",
                       stream);
    if (!s->marked)
        return qp_fail(e, QP_ENOTFOUND, "nats: stream %s: nothing was written yet", stream);
    if (*node && strcmp(node, s->mark.node) != 0)
        return others(s, e);
    *m = s->mark;
    return 0;
}

/* ---- writing ---- */

static int message(const struct qp_sink *s, natsMsg **out, const char *county, const char *node,
                   const char *type, json_t *line, struct qp_err *e)
{
    char subject[QP_NATS_SUBJECT];
    char *text = line ? json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
    qp_nats_subject(subject, s->link.at.stream, county, node, type);
    natsStatus st = text ? natsMsg_Create(out, subject, NULL, text, (int)strlen(text)) : NATS_NO_MEMORY;
    free(text);
    json_decref(line);
    return st == NATS_OK ? 0 : qp_fail(e, QP_ENOMEM, "out of memory");
}

/* Its acknowledgement is that of all before it. */
static int put_mark(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    natsMsg *msg = NULL;
    int rc = message(s, &msg, m->county, m->node, "mark", qp_sink_mark_line(m), e);
    if (!rc)
        rc = qp_nats_publish(&s->link, &msg, m->hash, e);
    if (!rc)
        rc = qp_nats_settle(&s->link, 0, e);
    natsMsg_Destroy(msg);
    if (rc)
        return rc;
    s->mark = *m;
    s->marked = true;
    s->lost = false;
    memset(&s->torn, 0, sizeof s->torn);
    return 0;
}

static struct qp_sink_mark from_zero(const struct qp_sink_mark *m)
{
    struct qp_sink_mark zero = *m;
    zero.position = 0;
    *zero.hash = '\0';
    return zero;
}

/* A stream that was empty says from now on whose it is. */
static int sink_claim(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    struct qp_sink_mark zero = from_zero(m);
    if (s->marked && strcmp(s->mark.node, m->node) != 0)
        return others(s, e);
    int rc = qp_nats_alone(&s->link, e);
    return rc || s->marked || s->lost ? rc : put_mark(s, &zero, e);
}

/* The server goes on refusing the ids of what is purged until its window has passed: it is made short for a moment. What the stream
 * is otherwise goes back as it came, fields of later servers too. */
static int forget_ids(struct qp_sink *s, struct qp_err *e)
{
    static const struct timespec NAP = {.tv_nsec = 300 * 1000000};
    json_t *o = NULL;
    int rc = qp_nats_ask(&s->link, "INFO", NULL, &o, e);
    json_t *config = json_object_get(o, "config"),
           *window = json_incref(json_object_get(config, "duplicate_window"));
    for (int i = 0; i < 2 && !rc && window; i++) {
        json_object_set_new(config, "duplicate_window", i ? json_incref(window) : json_integer(100000000));
        char *body = json_dumps(config, JSON_COMPACT);
        rc = body ? qp_nats_ask(&s->link, "UPDATE", body, NULL, e) : qp_fail(e, QP_ENOMEM, "out of memory");
        free(body);
        nanosleep(&NAP, NULL);
    }
    json_decref(window);
    json_decref(o);
    return rc;
}

static int sink_empty(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    uint64_t messages;
    struct qp_sink_mark zero = from_zero(m);
    int rc = qp_nats_ask(&s->link, "PURGE", NULL, NULL, e);
    if (!rc)
        rc = forget_ids(s, e);
    if (!rc)
        rc = look_at(s, &messages, e);
    return rc ? rc : put_mark(s, &zero, e);
}

static void sink_abort(struct qp_sink *s)
{
    drop_batch(s);
}

static int sink_begin(struct qp_sink *s, struct qp_err *e)
{
    (void)e;
    drop_batch(s);
    return 0;
}

/* A fork behind the mark: what the stream has of a torn batch, the node says otherwise. */
static int forked(const struct qp_sink *s, struct qp_err *e)
{
    return qp_fail(e, QP_EEXISTS,
                   "nats: stream %s: event %llu of record %llu is another one at this node: begin again from "
                   "zero (qipan sink replay)",
                   s->link.at.stream, (unsigned long long)s->torn.index,
                   (unsigned long long)s->torn.position);
}

/* Whether the stream has it: of a torn batch. */
static bool has(const struct qp_sink *s, const struct qp_sink_event *ev)
{
    return *s->torn.hash && (ev->position < s->torn.position ||
                             (ev->position == s->torn.position && ev->index <= s->torn.index));
}

static int sink_put(struct qp_sink *s, const struct qp_sink_event *ev, struct qp_err *e)
{
    if (strlen(ev->hash) != 2 * QP_HASH_LEN)
        return qp_fail(e, QP_EPOLICY,
                       "nats: the node's feed does not say the hash of each event: renew the node's program");
    if (has(s, ev)) {
        bool last = ev->position == s->torn.position && ev->index == s->torn.index;
        s->torn.met |= last;
        return last && strcmp(ev->hash, s->torn.hash) != 0 ? forked(s, e) : 0;
    }
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 1024;
        struct message *more = realloc(s->batch, cap * sizeof *more);
        if (!more)
            return qp_fail(e, QP_ENOMEM, "out of memory");
        s->batch = more;
        s->cap = cap;
    }
    struct message *next = &s->batch[s->n];
    json_t *line = qp_sink_line(ev);
    if (line)
        json_object_set_new(line, "index", json_integer((json_int_t)ev->index));
    int rc = message(s, &next->m, ev->county, s->mark.node, ev->type, line, e);
    snprintf(next->id, sizeof next->id, "%s", ev->hash);
    s->n += !rc;
    return rc;
}

/* Of a torn batch that was larger than this one the stream has all of this: a mark in its middle would hide what is behind it. */
static int sink_commit(struct qp_sink *s, const struct qp_sink_mark *m, struct qp_err *e)
{
    if (*s->torn.hash && m->position < s->torn.position)
        return 0;
    int rc = *s->torn.hash && !s->torn.met ? forked(s, e) : 0;
    for (size_t i = 0; !rc && i < s->n; i++)
        rc = qp_nats_publish(&s->link, &s->batch[i].m, s->batch[i].id, e);
    if (!rc)
        rc = put_mark(s, m, e);
    drop_batch(s);
    return rc;
}

const struct qp_sink_ops qp_sink_nats = {"nats",    qp_nats_takes, sink_open,  sink_close,
                                         sink_mark, sink_claim,    sink_empty, sink_begin,
                                         sink_put,  sink_commit,   sink_abort};
