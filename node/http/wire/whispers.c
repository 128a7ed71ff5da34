/* whispers.c: see whispers.h. */
#include "node/http/wire/whispers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PER_S = 20, BURST = 100 };

static struct qp_whispered *slot(struct qp_whisper_ring *r, uint64_t n)
{
    assert(n > 0);
    return &r->v[n % QP_WHISPERS_KEPT];
}

static void drop_oldest(struct qp_whisper_ring *r)
{
    struct qp_whispered *x = slot(r, r->first);
    assert(x->by && x->n == r->first && r->bytes >= x->len);
    r->bytes -= x->len;
    free(x->by);
    memset(x, 0, sizeof *x);
    r->first++;
}

static char *put(char **at, const char *text)
{
    size_t len = strlen(text) + 1;
    char *here = memcpy(*at, text, len);
    *at += len;
    return here;
}

void qp_whispers_put(struct qp_whisper_ring *r, const struct qp_output *o, int64_t boot_us)
{
    const Qp__WhisperBody *b = o->whisper.body;
    assert(o->kind == QP_OUT_WHISPER && b);
    size_t len = strlen(b->by) + strlen(b->call) + strlen(b->page) + strlen(b->to) + strlen(b->data) + 5;
    char *block = malloc(len), *at = block;
    if (!block) {
        r->dropped++;
        return;
    }
    if (r->first == 0)
        r->first = 1;
    while (r->first <= r->last &&
           (r->last + 1 - r->first >= QP_WHISPERS_KEPT || r->bytes + len > QP_WHISPERS_KEPT_BYTES))
        drop_oldest(r);
    struct qp_whispered *x = slot(r, ++r->last);
    assert(!x->by);
    x->n = r->last;
    x->boot_us = boot_us;
    x->at_us = o->whisper.at_us;
    memcpy(x->line, o->whisper.line, QP_ID_LEN);
    memcpy(x->node, o->whisper.node, QP_ID_LEN);
    x->word = b->word;
    x->by = put(&at, b->by);
    x->call = put(&at, b->call);
    x->page = put(&at, b->page);
    x->to = put(&at, b->to);
    x->data = put(&at, b->data);
    x->len = len;
    r->bytes += len;
}

bool qp_whispers_next(struct qp_whisper_ring *r, uint64_t *after, int64_t boot_us, struct qp_whispered *copy)
{
    while (r->first != 0 && r->first <= r->last && boot_us - slot(r, r->first)->boot_us > QP_WHISPERS_KEPT_US)
        drop_oldest(r);
    if (*after + 1 < r->first) {
        r->dropped += r->first - *after - 1;
        *after = r->first - 1;
    }
    if (*after >= r->last)
        return false;
    const struct qp_whispered *x = slot(r, ++*after);
    assert(x->by && x->n == *after);
    *copy = *x;
    copy->by = malloc(x->len);
    if (!copy->by)
        return false;
    memcpy(copy->by, x->by, x->len);
    copy->call = copy->by + (x->call - x->by);
    copy->page = copy->by + (x->page - x->by);
    copy->to = copy->by + (x->to - x->by);
    copy->data = copy->by + (x->data - x->by);
    return true;
}

bool qp_whispers_may(struct qp_whisper_ring *r, const char *by, int64_t boot_us)
{
    struct qp_whisperer *x = NULL, *quiet = &r->who[0];
    assert(*by && strlen(by) <= QP_BY_BYTES);
    for (size_t i = 0; i < QP_WHISPERERS && !x; i++) {
        if (strcmp(r->who[i].by, by) == 0)
            x = &r->who[i];
        else if (r->who[i].at_us < quiet->at_us)
            quiet = &r->who[i];
    }
    if (!x) {
        x = quiet;
        strcpy(x->by, by);
        x->level = BURST * 1000;
        x->at_us = boot_us;
    }
    int64_t more = (boot_us - x->at_us) / 1000 * PER_S;
    x->level = x->level + more > BURST * 1000 ? BURST * 1000 : x->level + more;
    x->at_us = boot_us;
    if (x->level < 1000)
        return false;
    x->level -= 1000;
    return true;
}

void qp_whispers_close(struct qp_whisper_ring *r)
{
    while (r->first != 0 && r->first <= r->last)
        drop_oldest(r);
    assert(r->bytes == 0);
}
