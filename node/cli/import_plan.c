/* import_plan.c: what becomes of a record next: sent on, tried again, put aside. */
#include <stdlib.h>
#include <string.h>

#include "node/cli/client.h"
#include "node/cli/import.h"

enum { AGAIN_US = 100000, AGAIN_MOST_US = 2000000 };

struct qp_im_node *qp_im_node_of(struct qp_import *im, const struct qp_im_record *r)
{
    return &im->nodes[r->lines[r->stage].node];
}

/* ---- the heap of those that are not due: a plain binary heap by due_us ---- */

static void heap_push(struct qp_import *im, struct qp_im_record *r)
{
    if (im->heap_n == im->heap_cap) {
        im->heap_cap = im->heap_cap == 0 ? 1024 : im->heap_cap * 2;
        im->heap = realloc(im->heap, im->heap_cap * sizeof *im->heap);
        if (!im->heap)
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

/* The matter that a merge goes into has an id once it was opened: false while it was not. */
static bool name_into(struct qp_import *im, struct qp_im_record *r)
{
    struct qp_im_line *l = &r->lines[r->stage];
    char *text = NULL;
    if (strcmp(l->step, "merge") != 0 || !r->into)
        return true;
    const struct qp_im_known *k = qp_im_known_ref(im, r->want.source, r->into);
    if (!k || k->id[0] == '\0' || asprintf(&text, "\"into\":\"%s\",%s", k->id, l->json) < 0)
        return false;
    free(l->json);
    l->json = text;
    free(r->into);
    r->into = NULL;
    return true;
}

/* What has to be done before a record's next line can go to its node; false: it is not for now. */
static bool prepare(struct qp_import *im, struct qp_im_record *r)
{
    struct qp_err e = {0};
    if (r->compare && qp_im_compare(im, r, &e)) {
        qp_im_failed(im, r, 0, e.text);
        return false;
    }
    if (r->stage >= r->stages) { /* there already, and nothing to change */
        im->sums.done++;
        qp_im_finish(im, r, true);
        return false;
    }
    if (name_into(im, r))
        return true;
    qp_im_failed(im, r, 0, "the matter that it is merged into is not there");
    return false;
}

static void ready(struct qp_import *im, struct qp_im_record *r)
{
    if (!prepare(im, r))
        return;
    struct qp_im_node *n = qp_im_node_of(im, r);
    r->next = NULL;
    if (n->last)
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
            im->first_at_us = r->lines[0].at_us;
        int64_t after_us = r->lines[r->stage].at_us - im->first_at_us;
        r->due_us = im->began_us + (int64_t)((double)after_us / im->speed);
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

void qp_im_finish(struct qp_import *im, struct qp_im_record *r, bool good)
{
    while (r) {
        struct qp_im_record *next = qp_im_known_done(im, r, good);
        im->under_way--;
        qp_im_record_free(r);
        if (!next)
            return;
        struct qp_im_record *others = next->follower;
        next->follower = NULL;
        enum qp_im_taken how = qp_im_known_take(im, next);
        next->follower = others;
        if (how == QP_IM_SEND) {
            qp_im_plan(im, next);
            return;
        }
        im->sums.unchanged++;
        im->sums.done++;
        next->fresh = good = true;
        r = next;
    }
}

static void put_aside(struct qp_import *im, struct qp_im_record *r, const char *why)
{
    char text[700];
    snprintf(text, sizeof text, "%s at %s: %s", r->compare ? "comparing" : r->lines[r->stage].step,
             qp_im_node_of(im, r)->path, why);
    qp_im_reject(im, r->line, r->row ? r->row : r->ref, text);
    qp_im_finish(im, r, false);
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
        bool created = json_is_true(json_object_get(v, "created"));
        snprintf(r->id, sizeof r->id, "%s", qp_text_of(v, "id"));
        im->sums.created += created;
        r->fresh = created;
        r->compare = !created && r->known; /* there already, and the top did not know it yet */
    } else {
        im->sums.steps++;
    }
    r->stage++;
    r->failed_us = 0;
    r->due_us = 0;
    if (r->stage < r->stages || r->compare) {
        qp_im_plan(im, r);
        return;
    }
    im->sums.done++;
    qp_im_finish(im, r, true);
}

/* Reasons that pass: the node is busy, stopping, coming back, full, or has not heard of the offer yet. */
static bool passes(const struct qp_im_record *r, const char *code)
{
    static const char *const always[] = {"busy",        "stopping", "recovering", "no_room",   "unresolved",
                                         "unreachable", "io",       "late",       "no_memory", NULL};
    static const char *const arriving[] = {"not_found", "not_holder", "illegal_step", NULL};
    for (size_t i = 0; always[i]; i++)
        if (strcmp(always[i], code) == 0)
            return true;
    for (size_t i = 0; r->lines[r->stage].arrives && arriving[i]; i++)
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
    if (!v || (!error && qp_text_of(v, "id")[0] == 0)) {
        qp_im_failed(im, r, 0, "the node's answer is not understood");
    } else if (!error) {
        passed(im, r, v);
    } else if (passes(r, code)) {
        qp_im_failed(im, r, 0, message[0] ? message : code);
    } else {
        im->sums.refused++;
        put_aside(im, r, message[0] ? message : code);
    }
    json_decref(v);
}
