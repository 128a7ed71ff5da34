/* whispers.c: POST /api/v1/lines/{id}/whispers: that somebody types on a line, and what two browsers tell each other to make a call
 * (LI7). Nothing of it is kept; the answer says to how many nodes it went and which of the line's cannot be reached, as far as that is
 * known here. Whether a page there rings is said by that page. And the `whisper` events of the stream. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/calls/lines.h"
#include "node/http/calls/whispers.h"
#include "node/http/shape/json_read.h"
#include "node/http/shape/link_view.h"
#include "node/http/shape/refused.h"
#include "node/http/shape/unreached.h"

enum { JOB_ARENA = 128 * 1024, RETRY_S = 1 };
static const char *const WORDS[] = QP_WHISPER_WORDS;
enum { NWORDS = sizeof WORDS / sizeof *WORDS };

static uint32_t word_of(const char *text)
{
    for (uint32_t i = 1; i < NWORDS; i++)
        if (strcmp(WORDS[i], text) == 0)
            return i;
    return 0;
}

/* ---- whom it does not reach ---- */

static void put_unreached(struct qp_json *j, const char *path, const char *code, int64_t since_us,
                          const char *en, const char *zh)
{
    qp_json_object(j);
    qp_json_put(j, "node", path);
    qp_json_put(j, "code", code);
    qp_json_put_time(j, "since", since_us);
    qp_json_put(j, "message", en);
    qp_json_put(j, "message_zh", zh);
    qp_json_object_end(j);
}

/* The place on the way to `path` that is not heard, as far as this node knows the way: the neighbour, or one further below of which
 * a neighbour says so. False: nothing is known against it. */
static bool cut_at(struct qp_line_view *v, const struct qp_link_view *links, const char *path,
                   struct qp_unreached *u)
{
    struct qp_node_entry n;
    if (qp_unreached(v->h, v->r, path, u))
        return true;
    for (size_t i = links ? links->neighbours : 0; links && i < links->n; i++) {
        if (qp_node_by_id(v->r, links->v[i].peer, &n) || !qp_path_within(path, n.path))
            continue;
        snprintf(u->path, sizeof u->path, "%s", n.path);
        u->since_us = links->v[i].last_heard_us;
        return true;
    }
    return false;
}

/* One node of the line. */
static void look_at(struct qp_json *j, struct qp_line_view *v, const struct qp_link_view *links,
                    const uint8_t *node, const char *said)
{
    struct qp_node_entry n;
    struct qp_line_peer p;
    struct qp_unreached u;
    char en[QP_PATH_MAX + 200], zh[QP_PATH_MAX + 200];
    const char *path = !qp_node_by_id(v->r, node, &n) ? n.path : said;
    bool keyed = qp_line_peer(&v->db, node, &p) && p.known;
    if (cut_at(v, links, path, &u)) {
        snprintf(en, sizeof en,
                 "%s is not heard: nobody there can be called until it is; what is written waits", u.path);
        snprintf(zh, sizeof zh, "收不到 %s：恢复前无法呼叫；文字消息会留存补送", u.path);
        put_unreached(j, path, "cut", u.since_us, en, zh);
    } else if (!keyed) {
        snprintf(en, sizeof en,
                 "the line key of %s has not come here yet: a call is possible when that node was heard once",
                 path);
        snprintf(zh, sizeof zh, "尚未收到 %s 的连线密钥：对方节点上线一次后即可通话", path);
        put_unreached(j, path, "no_key", 0, en, zh);
    }
}

static void put_all_unreached(struct qp_json *j, struct qp_line_view *v, const Qp__LineRow *row)
{
    struct qp_link_view *links = qp_link_view_new(v->h);
    qp_json_key(j, "unreached");
    qp_json_array(j);
    for (size_t i = 0; i < row->n_members; i++) {
        const uint8_t *node = row->members[i]->node.data;
        bool had = memcmp(node, v->h->self.node, QP_ID_LEN) == 0;
        for (size_t k = 0; k < i && !had; k++)
            had = memcmp(node, row->members[k]->node.data, QP_ID_LEN) == 0;
        if (!had)
            look_at(j, v, links, node, row->members[i]->path);
    }
    qp_json_array_end(j);
    free(links);
}

/* ---- the call ---- */

/* Is the line open to him? j not NULL: says also who of it is not reached. */
static bool look(struct qp_call *c, const uint8_t *line, struct qp_json *j)
{
    struct qp_read r;
    struct qp_line_view v;
    Qp__LineRow *row;
    struct qp_arena *a = qp_call_arena(c);
    if (!a || qp_read_begin(c->h->store, &r, NULL))
        return false;
    bool may = !qp_line_view_begin(&v, c->h, &r, &c->auth, a) && !qp_line_get(&v.db, line, &row) &&
               qp_line_view_may(&v, row);
    if (may && j)
        put_all_unreached(j, &v, row);
    qp_read_end(&r);
    return may;
}

static enum MHD_Result whispered(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_json j = {0};
    qp_job_leave(c);
    if (qp_job_fault(c->job, 0, c->late, &f))
        return qp_answer_fault(c, &f);
    const struct qp_job_line *l = &c->job->lines[0];
    qp_json_object(&j);
    qp_json_key(&j, "nodes");
    qp_json_uint(&j, l->position);
    look(c, l->matter, &j);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}

/* The body, with what it says of itself; in the job's memory. */
static Qp__WhisperBody *read_body(struct qp_fields *s, struct qp_call *c, struct qp_arena *a)
{
    Qp__WhisperBody *b = qp_arena_take(a, sizeof *b);
    char *by = qp_arena_text(a, c->auth.by);
    if (!b || !by) {
        qp_fields_fault(s, QP_ENOMEM, "", "out of memory");
        return NULL;
    }
    qp__whisper_body__init(b);
    const char *word = qp_field_line(s, "whisper", QP_WHISPER_NAME, true);
    b->by = by;
    b->word = word_of(word);
    b->call = qp_field_line(s, "call", QP_WHISPER_NAME, false);
    b->page = qp_field_line(s, "page", QP_WHISPER_NAME, false);
    b->to = qp_field_line(s, "to", QP_WHISPER_NAME, false);
    b->data = qp_field_text(s, "data", QP_WHISPER_DATA, false);
    if (qp_fields_ok(s) && !b->word)
        qp_fields_fault(
            s, QP_EINVAL, "whisper",
            "`whisper` is typing, or of a call offer, ring, answer, candidate, refuse, busy or hangup");
    if (qp_fields_ok(s) && b->word != QP_WHISPER_TYPING && !*b->call)
        qp_fields_fault(s, QP_EINVAL, "call", "`call` names the call that this is of");
    return b;
}

static bool may_now(struct qp_call *c)
{
    pthread_mutex_lock(&c->h->lock);
    bool may = qp_whispers_may(&c->h->whispers, c->auth.by, qp_boot_us());
    pthread_mutex_unlock(&c->h->lock);
    return may;
}

enum MHD_Result qp_line_whisper_post(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_fields s;
    json_t *o = NULL;
    Qp__Event *ev;
    uint8_t line[QP_ID_LEN];
    if (!qp_line_id_of(c, line) || !look(c, line, NULL))
        return qp_line_absent(c);
    if (!may_now(c)) {
        c->retry_s = RETRY_S;
        return qp_answer_error(
            c, 429, "busy",
            "more whispers than one caller may say: a hundred at once, twenty a second; this "
            "one went nowhere");
    }
    struct qp_job *job = qp_job_new(c->h, 1, JOB_ARENA);
    if (!job)
        return MHD_NO;
    Qp__WhisperBody *body = qp_body_begin(&s, &o, c, job->arena, &f) ? NULL : read_body(&s, c, job->arena);
    int rc = body ? qp_fields_end(&s) : f.e.code;
    struct qp_command *cmd = rc || !body ? NULL : qp_job_add(job, QP_OP_WHISPER, &c->auth, &ev);
    json_decref(o);
    if (!cmd) {
        qp_job_discard(job);
        return rc ? qp_answer_fault(c, &f) : MHD_NO;
    }
    memcpy(cmd->whisper.line, line, QP_ID_LEN);
    cmd->whisper.body = body;
    return qp_job_send(c, job, whispered, &f.e) ? qp_answer_fault(c, &f) : MHD_YES;
}

/* ---- the stream ---- */

void qp_stream_whisper(struct qp_json *out, struct qp_http *h, const struct qp_auth *auth,
                       const struct qp_whispered *x, struct qp_arena *a)
{
    struct qp_read r;
    struct qp_line_view v;
    struct qp_node_entry n;
    Qp__LineRow *row;
    if (!(auth->rights & QP_RIGHT_STEP) || x->word == 0 || x->word >= NWORDS ||
        qp_read_begin(h->store, &r, NULL))
        return;
    bool may = !qp_line_view_begin(&v, h, &r, auth, a) && !qp_line_get(&v.db, x->line, &row) &&
               qp_line_view_may(&v, row);
    bool known = may && !qp_node_by_id(&r, x->node, &n);
    qp_read_end(&r);
    if (!may)
        return;
    static const char head[] = "event: whisper\ndata: ";
    qp_json_raw(out, head, sizeof head - 1);
    qp_json_object(out);
    qp_json_key(out, "line");
    qp_json_id(out, x->line, QP_ID_LEN);
    qp_json_put(out, "whisper", WORDS[x->word]);
    qp_json_put_time(out, "at", x->at_us);
    qp_json_put(out, "by", x->by);
    qp_json_key(out, "node");
    if (known)
        qp_json_text(out, n.path);
    else
        qp_json_id(out, x->node, QP_ID_LEN);
    qp_json_put(out, "call", x->call);
    qp_json_put(out, "page", x->page);
    qp_json_put(out, "to", x->to);
    qp_json_put(out, "data", x->data);
    qp_json_object_end(out);
    qp_json_raw(out, "\n\n", 2);
}
