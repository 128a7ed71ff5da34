/* stream.c: GET /api/v1/stream: server-sent events, read from the journal.
 *
 *   commit ─► qp_streams_wake ─► resume ─► reader: records since the last one ─► `matter`, `node` ─► suspend
 *   a whisper ─► qp_http_whisper ─► the ring ─► `whisper`, without an id: nothing of it comes again
 *   a clock that runs out ─► the mark of the sweep has moved ─► `matter`, type overdue, without an id: at the next beat
 *   porter, twice a second ─► changes of the links and of what alarms stand (`node`, without an id), and a `beat` every
 *                             2 s, also between others
 *
 * An event's id is the position of the record that holds it; of several in one record only the last carries
 * it, the others the position before, so that nothing is lost by who resumes between them. A stream ends with
 * the session or token that opened it. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/stream.h"
#include "node/http/calls/whispers.h"
#include "node/http/shape/alarms.h"
#include "node/http/shape/event.h"
#include "node/http/shape/link_view.h"
#include "node/http/shape/refused.h"

struct shown {
    uint8_t node[QP_ID_LEN];
    enum qp_link_state state;
};

struct qp_stream {
    struct qp_stream *prev, *next;
    struct qp_http *h;
    struct MHD_Connection *conn;
    struct qp_auth auth;
    struct qp_arena *arena;
    uint64_t position;             /* everything up to here was written */
    uint8_t swept[QP_SWEPT_BYTES]; /* up to where what became overdue was told */
    uint64_t whispered;            /* of the whispers too */
    struct qp_json out;
    size_t at, from; /* of out, written already; of the record behind `position`, events told already */
    unsigned types;  /* a bit of each event that he asked for */
    bool suspended, links_due, auth_due, over;
    bool told;         /* which alarms stand was told: */
    uint64_t standing; /* these, a bit each */
    bool faces;        /* he may see the matters' texts */
    int64_t beat_us;   /* boot time of the last beat */
    int64_t looked_us; /* and of when its session or token was last looked at */
    struct shown *shown;
    size_t nshown;
};

enum { ARENA = 8 * 1024 * 1024, FILL_BYTES = 48 * 1024, FILL_RECORDS = 256, BLOCK = 16 * 1024 };
enum { STANDING_US = 1000000 }; /* looked at so often: of a wide tree it reads each node's row */

/* ---- waking; with h->lock held ---- */

static void wake(struct qp_stream *s)
{
    if (!s->suspended)
        return;
    s->suspended = false;
    MHD_resume_connection(s->conn);
}

void qp_streams_wake(struct qp_http *h, bool all)
{
    uint64_t head = atomic_load(&h->head);
    for (struct qp_stream *s = h->streams; s; s = s->next) {
        if (s->suspended &&
            (all || s->position < head ||
             s->whispered < h->whispers.last)) /* while it is not, its thread writes the position */
            wake(s);
    }
}

static bool standing_due(const struct qp_stream *s)
{
    return s->h->standing_known && !(s->told && s->standing == s->h->standing);
}

/* A bit for each alarm that stands; false: it cannot be told now. */
static bool look_at_alarms(struct qp_http *h, uint64_t *standing)
{
    static_assert(QP_ALARM_CODES <= 64, "a bit for each alarm");
    struct qp_link_view *links = qp_link_view_new(h);
    struct qp_alarms *a = NULL;
    struct qp_read r;
    if (links && !qp_read_begin(h->store, &r, NULL)) {
        a = qp_alarms_look(h, &r, links);
        qp_read_end(&r);
    }
    *standing = 0;
    for (int code = 0; a && code < QP_ALARM_CODES; code++)
        *standing |= (uint64_t)qp_alarms_has(a, (enum qp_alarm_code)code) << code;
    bool seen = a;
    free(a);
    free(links);
    return seen;
}

void qp_streams_look(struct qp_http *h)
{
    int64_t now_us = qp_boot_us();
    uint64_t standing;
    h->standing_known = h->standing_known && h->streams;
    if (!h->streams || (h->standing_known && now_us - h->standing_us < STANDING_US))
        return;
    pthread_mutex_unlock(&h->lock);
    bool seen = look_at_alarms(h, &standing);
    pthread_mutex_lock(&h->lock);
    h->standing_us = now_us;
    if (!seen)
        return;
    h->standing = standing;
    h->standing_known = true;
}

void qp_streams_beat(struct qp_http *h)
{
    int64_t now_us = qp_boot_us();
    if (!h->streams)
        return;
    struct qp_link_view *links = qp_link_view_new(h);
    uint64_t sum = 1469598103934665603u; /* FNV-1a over who is in which state, this node first */
    sum = (sum ^ atomic_load(&h->out)) * 1099511628211u;
    for (size_t i = 0; links && i < links->n; i++) {
        const uint8_t *p = links->v[i].peer;
        for (size_t k = 0; k < QP_ID_LEN; k++)
            sum = (sum ^ p[k]) * 1099511628211u;
        sum = (sum ^ (uint64_t)links->v[i].state) * 1099511628211u;
    }
    bool changed = links && sum != h->links_sum;
    uint64_t endings = atomic_load(&h->logins.endings);
    bool ended = endings != h->endings_seen;
    h->endings_seen = endings;
    if (links)
        h->links_sum = sum;
    free(links);
    for (struct qp_stream *s = h->streams; s; s = s->next) {
        s->links_due = s->links_due || changed;
        s->auth_due = s->auth_due || ended;
        if (s->suspended &&
            (s->links_due || s->auth_due || standing_due(s) || now_us - s->beat_us >= QP_BEAT_STREAM_US))
            wake(s);
    }
}

/* ---- filling ---- */

static void fill_links(struct qp_stream *s)
{
    struct qp_link_view *links = qp_link_view_new(s->h);
    struct qp_read r;
    struct shown *now = links ? calloc(links->n + 1, sizeof *now) : NULL;
    if (!now || qp_read_begin(s->h->store, &r, NULL)) {
        free(now);
        free(links);
        return;
    }
    for (size_t i = 0; i < links->n; i++) {
        memcpy(now[i].node, links->v[i].peer, QP_ID_LEN);
        now[i].state = links->v[i].state;
        bool same = false;
        for (size_t k = 0; k < s->nshown; k++)
            same = same || (memcmp(s->shown[k].node, now[i].node, QP_ID_LEN) == 0 &&
                            s->shown[k].state == now[i].state);
        if (!same)
            qp_stream_link(&s->out, &r, now[i].node, now[i].state, links->v[i].last_heard_us);
    }
    for (size_t k = 0; k < s->nshown; k++) { /* no longer told as gone: heard again */
        bool there = qp_link_view_of(links, s->shown[k].node, false);
        if (!there)
            qp_stream_link(&s->out, &r, s->shown[k].node, QP_LINK_LIVE, 0);
    }
    qp_read_end(&r);
    free(s->shown);
    s->shown = now;
    s->nshown = links->n;
    free(links);
}

static bool wants(const struct qp_stream *s, enum qp_stream_event event)
{
    return s->types >> event & 1u;
}

/* Short read transactions only: a slow reader holds none. */
static void fill_journal(struct qp_stream *s)
{
    struct qp_read r;
    if (qp_read_begin(s->h->store, &r, NULL))
        return;
    uint64_t head = qp_journal_head(r.journal, s->h->store, NULL);
    uint64_t known = qp_tables_position(r.tables, s->h->store);
    if (known < head)
        head = known; /* what is not projected yet comes with the next commit */
    for (int n = 0; n < FILL_RECORDS && s->position < head && s->out.n < FILL_BYTES; n++) {
        s->position += qp_stream_record(&s->out, s->h, &r, s->position + 1, &s->from, FILL_BYTES, s->faces,
                                        s->types, &s->auth, s->arena);
        qp_arena_reset(s->arena);
    }
    if (wants(s, QP_STREAM_MATTER))
        qp_stream_overdue(&s->out, &r, s->swept, FILL_BYTES, s->faces, &s->auth, s->arena);
    qp_read_end(&r);
}

static void fill_whispers(struct qp_stream *s)
{
    struct qp_whispered x;
    bool more = true;
    while (more && s->out.n < FILL_BYTES) {
        pthread_mutex_lock(&s->h->lock);
        more = qp_whispers_next(&s->h->whispers, &s->whispered, qp_boot_us(), &x);
        pthread_mutex_unlock(&s->h->lock);
        if (!more)
            return;
        qp_stream_whisper(&s->out, s->h, &s->auth, &x, s->arena);
        qp_arena_reset(s->arena);
        free(x.by);
    }
}

/* That the node lives, its clock, and up to where its journal was told. */
static void put_beat(struct qp_stream *s)
{
    char head[64];
    int n = snprintf(head, sizeof head, "event: beat\nid: %llu\ndata: ", (unsigned long long)s->position);
    qp_json_raw(&s->out, head, (size_t)n);
    qp_json_object(&s->out);
    qp_json_put_time(&s->out, "now", qp_wall_us());
    qp_json_key(&s->out, "position");
    qp_json_uint(&s->out, s->position);
    qp_json_object_end(&s->out);
    qp_json_raw(&s->out, "\n\n", 2);
}

/* False: the session is over. That is looked at when something may have ended and every 15 s, however much is
 * told meanwhile: a session also ends by its time. */
static bool beat(struct qp_stream *s, bool look)
{
    struct qp_auth now;
    int64_t now_us = qp_boot_us();
    if (look || now_us - s->looked_us >= QP_LOOK_STREAM_US) {
        s->looked_us = now_us;
        /* own.cut: what is his cannot be told any more; at its next call it is told so. */
        if (qp_auth_again(s->h, &s->auth, &now, NULL) || !(now.rights & (QP_RIGHT_READ | QP_RIGHT_COUNT)) ||
            now.own.cut)
            return false;
        s->faces = (now.rights & QP_RIGHT_READ) != 0;
        s->auth.rights = now.rights;
        s->auth.span = now.span;
        s->auth.own = now.own;
    }
    if (now_us - s->beat_us >= QP_BEAT_STREAM_US) { /* however much is told: it bears the node's time */
        s->beat_us = now_us;
        put_beat(s);
    }
    return true;
}

/* Suspends unless something came up meanwhile. */
static bool rest(struct qp_stream *s)
{
    struct qp_http *h = s->h;
    pthread_mutex_lock(&h->lock);
    bool rests = !h->closing && !s->over && !s->links_due && !s->auth_due && !standing_due(s) &&
                 s->position >= atomic_load(&h->head) && s->whispered >= h->whispers.last;
    if (rests) {
        s->suspended = true;
        MHD_suspend_connection(s->conn);
    }
    pthread_mutex_unlock(&h->lock);
    return rests;
}

/* What has come up since: takes the marks down. */
struct due {
    bool links, auth, over, standing;
};
static struct due what_is_due(struct qp_stream *s)
{
    pthread_mutex_lock(&s->h->lock);
    struct due due = {s->links_due, s->auth_due, s->h->closing || s->over, standing_due(s)};
    s->links_due = s->auth_due = false;
    if (due.standing) {
        s->standing = s->h->standing;
        s->told = true;
    }
    pthread_mutex_unlock(&s->h->lock);
    return due;
}

static ssize_t reader(void *arg, uint64_t pos, char *buf, size_t max)
{
    struct qp_stream *s = arg;
    (void)pos;
    while (s->at == s->out.n) {
        struct due due = what_is_due(s);
        s->out.n = s->at = 0;
        if (!beat(s, due.auth)) /* first: who may no longer see sees nothing more */
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (due.links && wants(s, QP_STREAM_NODE))
            fill_links(s);
        if (due.standing && wants(s, QP_STREAM_NODE))
            qp_stream_standing(&s->out, s->standing);
        fill_journal(s);
        if (wants(s, QP_STREAM_WHISPER))
            fill_whispers(s);
        if (due.over || s->out.failed)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (!s->out.n && rest(s))
            return 0;
    }
    size_t n = s->out.n - s->at < max ? s->out.n - s->at : max;
    memcpy(buf, s->out.p + s->at, n);
    s->at += n;
    return (ssize_t)n;
}

/* ---- beginning and end ---- */

static void stream_free(void *arg)
{
    struct qp_stream *s = arg;
    pthread_mutex_lock(&s->h->lock);
    if (s->prev)
        s->prev->next = s->next;
    else
        s->h->streams = s->next;
    if (s->next)
        s->next->prev = s->prev;
    s->h->nstreams--;
    pthread_mutex_unlock(&s->h->lock);
    qp_json_drop(&s->out);
    qp_arena_free(s->arena);
    free(s->shown);
    free(s);
}

static size_t streams_of(const struct qp_http *h, const char *by)
{
    size_t n = 0;
    for (const struct qp_stream *s = h->streams; s; s = s->next)
        n += !s->over && strcmp(s->auth.by, by) == 0;
    return n;
}

/* When all places are taken, who has the most gives one to who has fewer, by two at least: the one that he
 * opened first ends, and its page asks again. Quadratic, but only then. */
static bool make_room(struct qp_http *h, const struct qp_stream *new)
{
    struct qp_stream *gives = NULL;
    size_t most = streams_of(h, new->auth.by) + 1, there = 0;
    for (struct qp_stream *s = h->streams; s; s = s->next)
        there += !s->over;
    if (there < h->streams_most)
        return true;
    for (struct qp_stream *s = h->streams; s; s = s->next) { /* the newest is in front */
        size_t n = s->over ? 0 : streams_of(h, s->auth.by);
        if (n > most || (gives && n == most && strcmp(s->auth.by, gives->auth.by) == 0)) {
            most = n;
            gives = s;
        }
    }
    if (!gives)
        return false;
    gives->over = true;
    wake(gives);
    return true;
}

static int enlist(struct qp_stream *s, struct qp_err *e)
{
    struct qp_http *h = s->h;
    pthread_mutex_lock(&h->lock);
    int rc = h->closing ? qp_fail(e, QP_ESTOPPING, "this node is stopping")
             : !make_room(h, s)
                 ? qp_fail(e, QP_EBUSY,
                           "%zu streams are open already, and nobody has more of them than %s; one "
                           "for each page is enough",
                           h->streams_most, s->auth.by)
                 : 0;
    if (!rc) {
        s->next = h->streams;
        if (h->streams)
            h->streams->prev = s;
        h->streams = s;
        h->nstreams++;
        qp_porter_poke(h);
    }
    pthread_mutex_unlock(&h->lock);
    return rc;
}

/* ?types=matter,node: names of events; none: all of them. */
static int read_types(struct qp_call *c, unsigned *types, struct qp_fault *f)
{
    static const char names[] = ""
#define X(NAME, name) " " #name
        QP_STREAM_EVENTS(X)
#undef X
        ;
    const char *text = qp_call_arg(c, "types");
    *types = text && *text ? 0 : QP_STREAM_ALL;
    for (size_t len; text && *text; text += len + (text[len] == ',')) {
        len = strcspn(text, ",");
        enum qp_stream_event event = qp_stream_event_of(text, len);
        if (event == QP_STREAM_EVENT_N)
            return qp_fault_set(f, QP_EINVAL, "types", "there is no event `%.*s` here; there are%s",
                                (int)(len < 40 ? len : 40), text, names);
        *types |= 1u << event;
    }
    return 0;
}

static int resume_position(struct qp_call *c, uint64_t *position, struct qp_fault *f)
{
    const char *text = qp_call_header(c, "Last-Event-ID");
    uint64_t head = atomic_load(&c->h->head);
    if (!text)
        text = qp_call_arg(c, "last_event_id");
    *position = head;
    if (!text || !*text)
        return 0;
    char *end;
    unsigned long long at = strtoull(text, &end, 10);
    if (*end || *text < '0' || *text > '9')
        return qp_fault_set(f, QP_EINVAL, "Last-Event-ID",
                            "Last-Event-ID must be a journal position, a whole number");
    if (at > head)
        return qp_fault_set(
            f, QP_EGAP, "Last-Event-ID",
            "position %llu lies beyond this node's journal, which ends at %llu: it was another "
            "node's, or this one lost its disk; read all again and begin without an id",
            at, (unsigned long long)head);
    *position = at;
    return 0;
}

static struct qp_stream *stream_new(struct qp_call *c, uint64_t position)
{
    struct qp_stream *s = calloc(1, sizeof *s);
    if (!s || !(s->arena = qp_arena_new(ARENA))) {
        free(s);
        return NULL;
    }
    s->h = c->h;
    s->conn = c->conn;
    s->auth = c->auth;
    s->faces = (c->auth.rights & QP_RIGHT_READ) != 0;
    s->position = position;
    struct qp_read r;
    /* From an unknown mark on, all that was ever overdue would be told. */
    if (qp_read_begin(c->h->store, &r, NULL)) {
        qp_arena_free(s->arena);
        free(s);
        return NULL;
    }
    qp_swept_mark(&r, s->swept);
    qp_read_end(&r);
    pthread_mutex_lock(&c->h->lock);
    s->whispered = c->h->whispers.last; /* what was whispered before is over */
    pthread_mutex_unlock(&c->h->lock);
    s->beat_us = s->looked_us = qp_boot_us();
    s->links_due = true;
    char hello[64];
    int n = snprintf(hello, sizeof hello, "retry: 2000\nid: %llu\n\n", (unsigned long long)position);
    qp_json_raw(&s->out, hello, (size_t)n);
    return s;
}

enum MHD_Result qp_stream_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    uint64_t position;
    unsigned types;
    if (resume_position(c, &position, &f) || read_types(c, &types, &f))
        return qp_answer_fault(c, &f);
    struct qp_stream *s = stream_new(c, position);
    if (!s)
        return MHD_NO;
    s->types = types;
    if (enlist(s, &f.e)) {
        qp_arena_free(s->arena);
        qp_json_drop(&s->out);
        free(s);
        return qp_answer_fault(c, &f);
    }
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, reader, s, stream_free);
    if (!r) {
        stream_free(s);
        return MHD_NO;
    }
    MHD_add_response_header(r, "X-Accel-Buffering", "no");
    c->flows = true;
    return qp_respond(c, 200, r, "text/event-stream; charset=utf-8");
}
