/* batch.c: POST /api/v1/matters:batch: NDJSON in, NDJSON out, a line for each in the same order.
 *
 *   body ─► up to 1,000 lines ─► drafts, all in one job ─► parked ─► replies ─► lines of the answer ─┐
 *            ▲────────────────────────────────────────────────────────────────────────────────────┘
 *
 * A bad line becomes a line with an error and loses nothing of the others. When the queue has no room at the
 * very beginning the whole is 429; later its lines say so. After a deadline what is left is not tried any
 * more. */
#include <stdlib.h>
#include <string.h>

#include "node/http/calls/calls.h"
#include "node/http/shape/draft.h"
#include "node/http/shape/refused.h"

enum { JOB_ARENA = 32 * 1024 * 1024, JOB_ARENA_FULL = 16 * 1024 * 1024 };

struct line {
    size_t number;
    long command;           /* index in the job; -1: none */
    struct qp_fault *fault; /* malloc'd, when there is none */
};

struct batch {
    const char *at, *end; /* what is left of the body */
    size_t number;
    struct line lines[QP_BATCH_LINES];
    size_t n;
    struct qp_json out;
    bool stop; /* answered late, or stopping */
};

static void lines_clear(struct batch *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->lines[i].fault);
    b->n = 0;
}

static void batch_free(void *state)
{
    struct batch *b = state;
    lines_clear(b);
    qp_json_drop(&b->out);
    free(b);
}

/* ---- in ---- */

/* The next line that is not blank; false at the end. */
static bool next_line(struct batch *b, const char **line, size_t *len)
{
    while (b->at < b->end) {
        const char *from = b->at, *nl = memchr(from, '\n', (size_t)(b->end - from));
        *len = nl ? (size_t)(nl - from) : (size_t)(b->end - from);
        b->at = nl ? nl + 1 : b->end;
        b->number++;
        *line = from;
        for (size_t i = 0; i < *len; i++) {
            if (from[i] != ' ' && from[i] != '\t' && from[i] != '\r')
                return true;
        }
    }
    return false;
}

static int line_draft(struct qp_call *c, struct qp_job *job, const json_t *o, struct qp_fault *f)
{
    struct qp_draft d = {c->h, &c->auth, job, o, NULL, true, f, NULL};
    const char *id = json_string_value(json_object_get(o, "id"));
    const char *step = json_string_value(json_object_get(o, "step"));
    if (id && step)
        return qp_draft_step(&d, id, step);
    if (json_object_get(o, "id") || json_object_get(o, "step"))
        return qp_fault_set(f, QP_EINVAL, id ? "step" : "id",
                            "a step's line has both `id` and `step`, as texts");
    int rc = qp_auth_need(&c->auth, QP_RIGHT_REPORT, &f->e);
    return rc ? rc : qp_draft_open(&d);
}

static void line_read(struct qp_call *c, struct batch *b, struct qp_job *job, const char *text, size_t len)
{
    struct qp_fault f = {.field = ""};
    struct line *l = &b->lines[b->n++];
    json_t *o = NULL;
    *l = (struct line){.number = b->number, .command = -1};
    int rc = b->stop ? qp_fault_set(&f, QP_EUNREACHABLE, "",
                                    "not tried: the lines before it got no answer in time")
                     : qp_json_load(&o, text, len, true, &f);
    if (!rc)
        rc = line_draft(c, job, o, &f);
    json_decref(o);
    if (!rc) {
        l->command = (long)job->n - 1;
        return;
    }
    l->fault = malloc(sizeof f);
    if (l->fault)
        *l->fault = f;
}

/* ---- out ---- */

static void put_error(struct qp_call *c, struct qp_json *j, const struct qp_fault *f, struct qp_read *r,
                      const uint8_t *matter)
{
    qp_json_key(j, "error");
    qp_json_object(j);
    qp_json_fault(j, f, c, r, matter, true);
    qp_json_object_end(j);
}

static void put_done(struct qp_call *c, struct qp_json *j, const struct qp_job_line *l, struct qp_read *r)
{
    Qp__Row *row;
    qp_json_key(j, "id");
    qp_json_id(j, l->matter, QP_ID_LEN);
    qp_json_put_bool(j, "created", l->created);
    if (!r || qp_matter_read(r, l->matter, &row, qp_call_arena(c), NULL))
        return;
    const Qp__Face *f = row->face;
    qp_json_put(j, "state", qp_state_name(f->state));
    qp_json_put(j, "holder", f->holder_path);
    qp_json_key(j, "custody");
    qp_json_uint(j, f->custody);
    qp_json_key(j, "version");
    qp_json_uint(j, f->version);
    if (f->offer)
        qp_json_put(j, "offered_to", f->offer->to_path);
}

static void put_line(struct qp_call *c, struct batch *b, const struct line *l, struct qp_read *r)
{
    struct qp_json *j = &b->out;
    static const struct qp_fault NO_MEMORY = {{QP_ENOMEM, "out of memory"}, ""};
    struct qp_fault f = {.field = ""};
    qp_json_object(j);
    qp_json_put_int(j, "line", (int64_t)l->number);
    if (l->command < 0) {
        put_error(c, j, l->fault ? l->fault : &NO_MEMORY, r, NULL);
    } else if (qp_job_fault(c->job, (size_t)l->command, c->late, &f)) {
        const Qp__Event *draft = c->job->commands[l->command].draft;
        put_error(c, j, &f, r, draft->matter.len == QP_ID_LEN ? draft->matter.data : NULL);
    } else if (r && qp_span_check_again(c, (size_t)l->command, r, &f)) {
        put_error(c, j, &f, r, NULL);
    } else {
        put_done(c, j, &c->job->lines[l->command], r);
    }
    qp_json_object_end(j);
    qp_json_raw(j, "\n", 1);
    qp_arena_reset(qp_call_arena(c));
}

static void put_lines(struct qp_call *c, struct batch *b)
{
    struct qp_read r;
    bool reads = !qp_read_begin(c->h->store, &r, NULL);
    for (size_t i = 0; i < b->n; i++)
        put_line(c, b, &b->lines[i], reads ? &r : NULL);
    if (reads)
        qp_read_end(&r);
    lines_clear(b);
}

/* ---- round by round ---- */

static void fault_all(struct batch *b, const struct qp_fault *f)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->lines[i].command < 0)
            continue;
        b->lines[i].command = -1;
        b->lines[i].fault = malloc(sizeof *f);
        if (b->lines[i].fault)
            *b->lines[i].fault = *f;
    }
}

static enum MHD_Result round_done(struct qp_call *c);

/* Reads lines and sends them. MHD_YES: parked or answered; *again: nothing had to be sent, go on. */
static enum MHD_Result send_round(struct qp_call *c, struct batch *b, bool *again)
{
    const char *line;
    size_t len;
    struct qp_fault f = {.field = ""};
    struct qp_job *job = qp_job_new(c->h, QP_BATCH_LINES, JOB_ARENA);
    *again = false;
    if (!job)
        return MHD_NO;
    while (b->n < QP_BATCH_LINES && qp_arena_used(job->arena) < JOB_ARENA_FULL && next_line(b, &line, &len))
        line_read(c, b, job, line, len);
    int rc = 0;
    if (job->n == 0)
        c->job = job;
    else if (!(rc = qp_job_send(c, job, round_done, &f.e)))
        return MHD_YES;
    if (rc && b->out.n == 0)
        return qp_answer_fault(c, &f);
    if (rc)
        fault_all(b, &f);
    put_lines(c, b);
    qp_job_drop(c);
    *again = true;
    return MHD_YES;
}

static enum MHD_Result go_on(struct qp_call *c)
{
    struct batch *b = c->state;
    bool again = true;
    while (again && b->at < b->end) {
        enum MHD_Result rc = send_round(c, b, &again);
        if (!again)
            return rc;
    }
    size_t len;
    char *text = qp_json_take(&b->out, &len);
    return text ? qp_answer_own(c, 200, "application/x-ndjson; charset=utf-8", text, len) : MHD_NO;
}

static enum MHD_Result round_done(struct qp_call *c)
{
    struct batch *b = c->state;
    qp_job_leave(c);
    for (size_t i = 0; i < c->job->n; i++)
        b->stop = b->stop || !c->job->lines[i].answered;
    put_lines(c, b);
    qp_job_drop(c);
    return go_on(c);
}

enum MHD_Result qp_batch_post(struct qp_call *c)
{
    struct batch *b = calloc(1, sizeof *b);
    if (!b || !qp_call_arena(c)) {
        free(b);
        return MHD_NO;
    }
    c->state = b;
    c->state_free = batch_free;
    b->at = (const char *)c->body;
    b->end = b->at + c->body_len;
    return go_on(c);
}
