/* import_plan.c: what becomes of a record next: sent on, tried again, put aside. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/client.h"
#include "node/cli/import.h"
#include "node/cli/show.h"

enum { AGAIN_US = 100000, AGAIN_MOST_US = 2000000 };

struct qp_im_node *qp_im_node_of(struct qp_import *im, const struct qp_im_record *r)
{
    return &im->nodes[r->stage == 0 ? r->entry : r->target];
}

/* ---- the heap of those that are not due: a plain binary heap by due_us ---- */

static void heap_push(struct qp_import *im, struct qp_im_record *r)
{
    if (im->heap_n == im->heap_cap) {
        im->heap_cap = im->heap_cap == 0 ? 1024 : im->heap_cap * 2;
        im->heap = realloc(im->heap, im->heap_cap * sizeof *im->heap);
        if (im->heap == NULL)
            abort();
    }
    size_t i = im->heap_n++;
    for (; i > 0 && im->heap[(i - 1) / 2]->due_us > r->due_us; i = (i - 1) / 2)
        im->heap[i] = im->heap[(i - 1) / 2];
    im->heap[i] = r;
}

static struct qp_im_record *heap_pop(struct qp_import *im)
{
    struct qp_im_record *top = im->heap[0], *last = im->heap[--im->heap_n];
    size_t i = 0;
    for (size_t k; (k = 2 * i + 1) < im->heap_n; i = k) {
        if (k + 1 < im->heap_n && im->heap[k + 1]->due_us < im->heap[k]->due_us)
            k++;
        if (im->heap[k]->due_us >= last->due_us)
            break;
        im->heap[i] = im->heap[k];
    }
    im->heap[i] = last;
    return top;
}

static void ready(struct qp_import *im, struct qp_im_record *r)
{
    struct qp_im_node *n = qp_im_node_of(im, r);
    r->next = NULL;
    if (n->last != NULL)
        n->last->next = r;
    else
        n->first = r;
    n->last = r;
    if (n->waiting++ == 0)
        n->since_us = qp_monotonic_us();
}

void qp_im_plan(struct qp_import *im, struct qp_im_record *r)
{
    if (im->speed > 0 && r->failed_us == 0) {
        if (im->first_at_us == 0)
            im->first_at_us = r->at_us[0];
        r->due_us = im->began_us + (int64_t)((double)(r->at_us[r->stage] - im->first_at_us) / im->speed);
    }
    if (r->due_us > qp_monotonic_us())
        heap_push(im, r);
    else
        ready(im, r);
}

int64_t qp_im_due(struct qp_import *im, int64_t now_us)
{
    while (im->heap_n > 0 && im->heap[0]->due_us <= now_us)
        ready(im, heap_pop(im));
    return im->heap_n > 0 ? im->heap[0]->due_us : INT64_MAX;
}

/* ---- answers ---- */

static void finish(struct qp_import *im, struct qp_im_record *r)
{
    im->under_way--;
    qp_im_record_free(r);
}

static void put_aside(struct qp_import *im, struct qp_im_record *r, const char *why)
{
    static const char *const stages[] = {"opening", "accepting"};
    char text[700];
    const char *what = r->stage == 0 || (r->accepts && r->stage == 1) ? stages[r->stage] : "a step";
    snprintf(text, sizeof text, "%s at %s: %s", what, qp_im_node_of(im, r)->path, why);
    qp_im_reject(im, r->line, r->ref, text);
    finish(im, r);
}

void qp_im_failed(struct qp_import *im, struct qp_im_record *r, int64_t pause_us, const char *why)
{
    int64_t now = qp_monotonic_us();
    im->sums.retries++;
    if (r->failed_us == 0)
        r->failed_us = now;
    if (now - r->failed_us > im->patience_us) {
        im->sums.gave_up++;
        put_aside(im, r, why);
        return;
    }
    if (pause_us == 0) { /* grows with the time that it has failed already */
        pause_us = (now - r->failed_us) / 4;
        pause_us = pause_us < AGAIN_US ? AGAIN_US : pause_us > AGAIN_MOST_US ? AGAIN_MOST_US : pause_us;
    }
    /* Those that fail together come back together. */
    r->due_us = (now + pause_us + QP_IM_LINGER_US - 1) / QP_IM_LINGER_US * QP_IM_LINGER_US;
    qp_im_plan(im, r);
}

static void passed(struct qp_import *im, struct qp_im_record *r, const json_t *v)
{
    if (r->stage == 0) {
        snprintf(r->id, sizeof r->id, "%s", qp_text_of(v, "id"));
        im->sums.created += json_is_true(json_object_get(v, "created"));
    } else {
        im->sums.steps++;
    }
    r->stage++;
    r->failed_us = 0;
    r->due_us = 0;
    if (r->stage < r->stages) {
        qp_im_plan(im, r);
        return;
    }
    im->sums.done++;
    finish(im, r);
}

/* Reasons that pass: the node is busy, stopping, coming back, full, or has not heard of the offer yet. */
static bool passes(const struct qp_im_record *r, const char *code)
{
    static const char *const always[] = {"busy",        "stopping", "recovering", "no_room",   "unresolved",
                                         "unreachable", "io",       "late",       "no_memory", NULL};
    static const char *const arriving[] = {"not_found", "not_holder", "illegal_step", NULL};
    for (size_t i = 0; always[i] != NULL; i++)
        if (strcmp(always[i], code) == 0)
            return true;
    for (size_t i = 0; r->accepts && r->stage == 1 && arriving[i] != NULL; i++)
        if (strcmp(arriving[i], code) == 0)
            return true;
    return r->stage > 0 && strcmp(code, "not_found") == 0;
}

void qp_im_answer(struct qp_import *im, struct qp_im_node *n, struct qp_im_record *r, const char *text,
                  size_t len)
{
    json_t *v = json_loadb(text, len, 0, NULL);
    const json_t *error = json_object_get(v, "error");
    const char *code = qp_text_of(error, "code"), *message = qp_text_of(error, "message");
    (void)n;
    if (v == NULL || (error == NULL && qp_text_of(v, "id")[0] == 0)) {
        qp_im_failed(im, r, 0, "the node's answer is not understood");
    } else if (error == NULL) {
        passed(im, r, v);
    } else if (passes(r, code)) {
        qp_im_failed(im, r, 0, message[0] ? message : code);
    } else {
        im->sums.refused++;
        put_aside(im, r, message[0] ? message : code);
    }
    json_decref(v);
}
