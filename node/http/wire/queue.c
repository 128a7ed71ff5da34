/* queue.c: commands on their way to the turn, and the calls that wait for them.
 *
 *   handler ─ qp_job_send ─► ring ─► qp_http_take ─► turn ─► qp_http_reply ─► last one: resume ─► c->then
 *                 │ parked                                       deadline (porter.c): resume, c->late
 *
 * A slot stands for one command from the queue to its reply; its number and generation are the ticket, so
 * that a reply that comes twice or for another's slot finds nothing. Slots bound what waits: none free is
 * 429. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/http/wire/inside.h"
#include "node/matter/may.h"

enum { GENERATION_BITS = 31 }; /* the ticket's top bit is the links' */

int qp_queue_open(struct qp_http *h, size_t queue, struct qp_err *e)
{
    h->nslots = queue;
    h->slots = calloc(queue, sizeof *h->slots);
    h->free_slots = calloc(queue, sizeof *h->free_slots);
    h->ring = calloc(queue, sizeof *h->ring);
    if (!h->slots || !h->free_slots || !h->ring)
        return qp_fail(e, QP_ENOMEM, "http: no memory for a queue of %zu commands", queue);
    for (size_t i = 0; i < queue; i++)
        h->free_slots[h->nfree++] = (uint32_t)(queue - 1 - i);
    return 0;
}

/* ---- jobs ---- */

struct qp_job *qp_job_new(struct qp_http *h, size_t cap, size_t arena_cap)
{
    struct qp_job *j = calloc(1, sizeof *j);
    if (!j)
        return NULL;
    j->h = h;
    j->refs = 1;
    j->cap = cap;
    j->arena = qp_arena_new(arena_cap);
    j->commands = calloc(cap, sizeof *j->commands);
    j->lines = calloc(cap, sizeof *j->lines);
    if (j->arena && j->commands && j->lines)
        return j;
    qp_arena_free(j->arena);
    free(j->commands);
    free(j->lines);
    free(j);
    return NULL;
}

static void job_unref(struct qp_job *j)
{
    if (--j->refs)
        return;
    for (size_t i = 0; i < j->n; i++)
        free(j->lines[i].text), free(j->lines[i].sealed);
    qp_arena_free(j->arena);
    free(j->commands);
    free(j->lines);
    free(j);
}

struct qp_command *qp_job_add(struct qp_job *j, enum qp_op op, const struct qp_auth *auth, Qp__Event **draft)
{
    assert(j->n < j->cap);
    Qp__Event *ev = qp_arena_take(j->arena, sizeof *ev);
    struct qp_asker *who = qp_arena_take(j->arena, sizeof *who);
    char *by = qp_arena_text(j->arena, auth->by), *desk = qp_arena_text(j->arena, auth->desk);
    struct qp_span *span = qp_auth_is_narrowed(auth) ? qp_arena_take(j->arena, sizeof *span) : NULL;
    if (qp_auth_has_own(auth) && !j->own && (j->own = qp_arena_take(j->arena, sizeof *j->own)))
        *j->own = auth->own;
    if (!ev || !who || !by || !desk || (!span && qp_auth_is_narrowed(auth)) ||
        (!j->own && qp_auth_has_own(auth)))
        return NULL;
    qp__event__init(ev);
    ev->by = by;
    ev->desk = desk;
    if (span)
        *span = auth->span;
    *who = (struct qp_asker){
        .by = by, .desk = desk, .rights = auth->rights, .from = auth->from, .span = span, .own = j->own};
    struct qp_command *cmd = &j->commands[j->n++];
    *cmd = (struct qp_command){.op = op, .draft = ev, .if_version = -1, .who = who};
    *draft = ev;
    return cmd;
}

/* The turn names a field as "area: there is no …". */
static void field_of(char field[QP_NAME_BYTES + 1], int code, const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    bool named = (code == QP_EINVAL || code == QP_EPOLICY || code == QP_ENOTFOUND) && n > 0 &&
                 n <= QP_NAME_BYTES && text[n] == ':';
    snprintf(field, QP_NAME_BYTES + 1, "%.*s", named ? (int)n : 0, text);
}

int qp_job_fault(const struct qp_job *j, size_t line, bool late, struct qp_fault *f)
{
    const struct qp_job_line *l = &j->lines[line];
    f->e.code = 0;
    if (l->answered && l->code == 0)
        return 0;
    if (l->answered) {
        char field[QP_NAME_BYTES + 1];
        const char *text = l->text ? l->text : qp_error_name(l->code);
        field_of(field, l->code, text);
        return qp_fault_set(f, l->code, field, "%s", text);
    }
    if (late)
        return qp_fault_set(
            f, QP_EUNREACHABLE, "",
            "no answer within 10 s; it may still happen: ask again, or repeat it with the same "
            "Idempotency-Key");
    return qp_fault_set(f, QP_ESTOPPING, "",
                        "this node is stopping; whether it happened can be seen when it is back");
}

static void slot_give(struct qp_http *h, uint32_t i)
{
    h->slots[i].job = NULL;
    h->slots[i].generation = (h->slots[i].generation + 1) & ((1u << GENERATION_BITS) - 1);
    h->free_slots[h->nfree++] = i;
}

static void enqueue(struct qp_job *j)
{
    struct qp_http *h = j->h;
    for (size_t k = 0; k < j->n; k++) {
        uint32_t i = h->free_slots[--h->nfree];
        h->slots[i].job = j;
        h->slots[i].line = k;
        j->commands[k].ticket = (uint64_t)h->slots[i].generation << 32 | i;
        h->ring[(h->ring_at + h->ring_n++) % h->nslots] = j->commands[k];
    }
    j->pending = j->n;
    j->refs++;
}

static void wake(struct qp_http *h)
{
    const uint64_t one = 1;
    if (h->wake_fd >= 0 && write(h->wake_fd, &one, sizeof one) < 0)
        return; /* an eventfd that is full wakes as well */
}

int qp_job_send(struct qp_call *c, struct qp_job *j, qp_handler then, struct qp_err *e)
{
    struct qp_http *h = c->h;
    int rc = 0;
    assert(!c->job && j->n > 0);
    c->job = j;
    pthread_mutex_lock(&h->lock);
    if (h->closing)
        rc = qp_fail(e, QP_ESTOPPING, "this node is stopping");
    else if (h->nfree < j->n)
        rc = qp_fail(e, QP_EBUSY, "%zu commands wait already; try again in a second", h->nslots - h->nfree);
    if (!rc) {
        j->call = c;
        enqueue(j);
        qp_call_park_locked(c, then, qp_boot_us() + QP_DEADLINE_US, false);
    }
    pthread_mutex_unlock(&h->lock);
    if (rc == QP_EBUSY)
        atomic_fetch_add_explicit(&h->busy, 1, memory_order_relaxed);
    if (!rc)
        wake(h);
    return rc;
}

void qp_job_discard(struct qp_job *j)
{
    struct qp_http *h = j->h;
    assert(!j->call && !j->pending);
    pthread_mutex_lock(&h->lock);
    job_unref(j);
    pthread_mutex_unlock(&h->lock);
}

int qp_job_send_alone(struct qp_job *j, struct qp_err *e)
{
    struct qp_http *h = j->h;
    int rc = 0;
    assert(j->n > 0 && !j->call);
    pthread_mutex_lock(&h->lock);
    if (h->closing)
        rc = qp_fail(e, QP_ESTOPPING, "this node is stopping");
    else if (h->nfree < j->n)
        rc = qp_fail(e, QP_EBUSY, "%zu commands wait already", h->nslots - h->nfree);
    else
        enqueue(j);
    job_unref(j);
    pthread_mutex_unlock(&h->lock);
    if (!rc)
        wake(h);
    return rc;
}

void qp_job_leave(struct qp_call *c)
{
    if (!c->job)
        return;
    pthread_mutex_lock(&c->h->lock);
    c->job->call = NULL;
    pthread_mutex_unlock(&c->h->lock);
}

void qp_job_drop(struct qp_call *c)
{
    if (!c->job)
        return;
    pthread_mutex_lock(&c->h->lock);
    c->job->call = NULL;
    job_unref(c->job);
    pthread_mutex_unlock(&c->h->lock);
    c->job = NULL;
}

/* ---- the turn's side ---- */

size_t qp_http_take(struct qp_http *h, struct qp_command *out, size_t max)
{
    pthread_mutex_lock(&h->lock);
    size_t n = h->ring_n < max ? h->ring_n : max;
    for (size_t i = 0; i < n; i++)
        out[i] = h->ring[(h->ring_at + i) % h->nslots];
    h->ring_at = (h->ring_at + n) % h->nslots;
    h->ring_n -= n;
    pthread_mutex_unlock(&h->lock);
    atomic_fetch_add_explicit(&h->commands, n, memory_order_relaxed);
    return n;
}

static void line_fill(struct qp_job_line *l, const struct qp_reply *r)
{
    l->answered = true;
    l->code = r->code;
    l->created = r->created;
    l->position = r->position;
    memcpy(l->matter, r->matter, QP_ID_LEN);
    if (r->sealed && (l->sealed = malloc(sizeof *l->sealed + r->sealed->bytes.len))) {
        *l->sealed = *r->sealed;
        l->sealed->bytes.p = memcpy(l->sealed + 1, r->sealed->bytes.p, r->sealed->bytes.len);
    }
    if (r->code && r->text[0])
        l->text = strndup(r->text, sizeof r->text);
}

void qp_http_reply(struct qp_http *h, const struct qp_reply *r)
{
    uint32_t i = (uint32_t)r->ticket;
    pthread_mutex_lock(&h->lock);
    struct qp_slot *s = i < h->nslots ? &h->slots[i] : NULL;
    if (s && s->job && s->generation == r->ticket >> 32) {
        struct qp_job *j = s->job;
        if (j->call) /* with nobody waiting the lines may be read by the one who left */
            line_fill(&j->lines[s->line], r);
        slot_give(h, i);
        if (--j->pending == 0) {
            if (j->call)
                qp_call_resume(j->call);
            job_unref(j);
        }
    }
    pthread_mutex_unlock(&h->lock);
}

/* The turn has ended for good: what it had not answered is nobody's any more. */
void qp_queue_close(struct qp_http *h)
{
    for (size_t i = 0; h->slots && i < h->nslots; i++) {
        struct qp_job *j = h->slots[i].job;
        if (j && --j->pending == 0)
            job_unref(j);
    }
    free(h->slots);
    free(h->free_slots);
    free(h->ring);
}
