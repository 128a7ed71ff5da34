/* keep.c: the whole state as bytes (load.c: and back). Numbers are varints (node/insight/varint.h); lists are in their
 * one order, so that equal states give equal bytes: the index, slots and heaps are made anew. See lead.h.
 *
 *   "QPLD" version · rules · next seq, uid · df: matters, (bucket step, count)... 0 · leads: n, each in order of
 *   uid · matters: n, each in order of seq · moves: n, each in their order */
#include "node/insight/lead/inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/varint.h"
#include "proto/codec.h"

/* ---- writing ---- */

struct out {
    uint8_t *p;
    size_t n, cap;
    bool failed;
};

static void put_bytes(struct out *o, const void *bytes, size_t n)
{
    if (o->n + n > o->cap) {
        size_t cap = (o->n + n) * 2 + 4096;
        uint8_t *grown = o->failed ? NULL : realloc(o->p, cap);
        if (!grown) {
            o->failed = true;
            return;
        }
        o->p = grown;
        o->cap = cap;
    }
    memcpy(o->p + o->n, bytes, n);
    o->n += n;
}

static void put(struct out *o, uint64_t v)
{
    uint8_t b[QP_VARINT_MAX];
    put_bytes(o, b, (size_t)(qp_varint_put(b, v) - b));
}

static void put_text(struct out *o, const char *text)
{
    put(o, strlen(text));
    put_bytes(o, text, strlen(text));
}

static void put_head(struct out *o, const struct qp_leads *l)
{
    const struct qp_lead_rules *r = &l->rules;
    put_bytes(o, QP_KEPT_MAGIC, QP_KEPT_MAGIC_LEN);
    put(o, QP_KEPT_VERSION);
    put(o, r->join_ppm);
    put(o, r->propose_ppm);
    put(o, r->named_ppm);
    put(o, qp_zigzag(r->named_us));
    put(o, r->named_m);
    put(o, qp_zigzag(r->idle_us));
    put(o, l->next_seq);
    put(o, l->next_uid);
}

static void put_df(struct out *o, const struct qp_lead_df *df)
{
    size_t last = SIZE_MAX; /* so that every step is at least 1, and 0 ends */
    put(o, df->n);
    for (size_t i = 0; i < QP_LEAD_DF; i++)
        if (df->in[i] > 0) {
            put(o, i - last);
            put(o, df->in[i]);
            last = i;
        }
    put(o, 0);
}

static void put_groups(struct out *o, const struct qp_leads *l)
{
    put(o, l->n_groups - l->n_dead);
    for (size_t i = 0; i < l->n_groups; i++) {
        const struct qp_lead_group *g = l->group[i];
        if (g->dead)
            continue;
        put(o, g->uid);
        put(o, (uint64_t)((g->confirmed ? QP_KEPT_CONFIRMED : 0) | (g->dismissed ? QP_KEPT_DISMISSED : 0) |
                          (g->aged_id ? QP_KEPT_AGED_ID : 0)));
        put(o, g->aged);
        put(o, qp_zigzag(g->aged_first_us));
        if (g->aged_id)
            put_text(o, g->aged_id);
    }
}

static void put_entry(struct out *o, const struct qp_lead_entry *x)
{
    uint32_t last = 0;
    put(o, x->seq);
    put(o, x->group->uid);
    put(o, qp_zigzag(x->at_us));
    put(o, (uint64_t)((x->specific ? QP_KEPT_SPECIFIC : 0) | (x->located ? QP_KEPT_LOCATED : 0)));
    put(o, qp_zigzag(x->lat_e6));
    put(o, qp_zigzag(x->lon_e6));
    put_text(o, x->id);
    put_text(o, x->place);
    put_text(o, x->source);
    put_text(o, x->family);
    put(o, x->proposed);
    put(o, x->proposed_ppm);
    put(o, x->n_names);
    for (uint32_t i = 0; i < x->n_names; last = x->names[i++])
        put(o, x->names[i] - last);
    last = 0;
    put(o, x->sketch.n);
    for (size_t i = 0; i < x->sketch.n; last = x->sketch.hash[i++]) {
        put(o, x->sketch.hash[i] - last);
        put_bytes(o, &x->sketch.weight[i], 1);
    }
}

static int by_seq(const void *a, const void *b)
{
    const struct qp_lead_entry *x, *y;
    memcpy(&x, a, sizeof(void *));
    memcpy(&y, b, sizeof(void *));
    return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void put_entries(struct out *o, const struct qp_leads *l)
{
    size_t n = 0;
    const struct qp_lead_entry **all = calloc(l->n + 1, sizeof *all);
    if (!all) {
        o->failed = true;
        return;
    }
    for (size_t i = 0; i < l->slots; i++)
        if (l->slot[i])
            all[n++] = l->slot[i];
    assert(n == l->n);
    qsort(all, n, sizeof(void *), by_seq);
    put(o, n);
    for (size_t i = 0; i < n; i++)
        put_entry(o, all[i]);
    free(all);
}

static void put_moves(struct out *o, const struct qp_leads *l)
{
    put(o, l->n_moves);
    for (size_t i = 0; i < l->n_moves; i++) {
        put(o, l->move[i].kind);
        put(o, l->move[i].seq);
        put(o, l->move[i].from);
        put(o, l->move[i].to);
        put(o, l->move[i].proposed);
        put(o, l->move[i].proposed_ppm);
    }
}

int qp_leads_save(const struct qp_leads *l, uint8_t **out, size_t *len, struct qp_err *e)
{
    struct out o = {0};
    put_head(&o, l);
    put_df(&o, l->df);
    put_groups(&o, l);
    put_entries(&o, l);
    put_moves(&o, l);
    if (o.failed) {
        free(o.p);
        return qp_fail(e, QP_ENOMEM, "no memory to keep the leads");
    }
    *out = o.p;
    *len = o.n;
    return 0;
}
