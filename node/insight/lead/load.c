/* load.c: what keep.c has written becomes a state again. Bytes may be damaged: every number is looked at before
 * it is believed. See lead.h. */
#include "node/insight/lead/inside.h"

#include <stdlib.h>
#include <string.h>

#include "node/insight/varint.h"
#include "proto/codec.h"

struct in {
    const uint8_t *p, *end;
    bool bad, no_memory;
};

/* A number of at most `most`; 0 when the bytes are bad. */
static uint64_t get(struct in *in, uint64_t most)
{
    uint64_t v = 0;
    const uint8_t *next = in->bad ? NULL : qp_varint_get(in->p, in->end, &v);
    if (!next || v > most) {
        in->bad = true;
        return 0;
    }
    in->p = next;
    return v;
}

static int64_t get_signed(struct in *in)
{
    return qp_unzigzag(get(in, UINT64_MAX));
}

/* A text of at most cap - 1 bytes. */
static void get_text(struct in *in, char *out, size_t cap)
{
    size_t n = (size_t)get(in, cap - 1);
    in->bad = in->bad || n > (size_t)(in->end - in->p) || memchr(in->p, 0, n) ||
              !qp_utf8_ok((const char *)in->p, n);
    n = in->bad ? 0 : n;
    memcpy(out, in->p, n);
    out[n] = 0;
    in->p += n;
}

static void get_rules(struct in *in, struct qp_lead_rules *r)
{
    r->join_ppm = (uint32_t)get(in, UINT32_MAX);
    r->propose_ppm = (uint32_t)get(in, UINT32_MAX);
    r->named_ppm = (uint32_t)get(in, UINT32_MAX);
    r->named_us = get_signed(in);
    r->named_m = (uint32_t)get(in, UINT32_MAX);
    r->idle_us = get_signed(in);
    in->bad = in->bad || r->named_us < 0 || r->idle_us < 0;
}

static void get_df(struct in *in, struct qp_lead_df *df)
{
    uint64_t at = UINT64_MAX, step;
    df->n = get(in, UINT64_MAX / 4);
    while ((step = get(in, QP_LEAD_DF)) != 0) {
        at += step;
        uint32_t count = (uint32_t)get(in, UINT32_MAX);
        if (at >= QP_LEAD_DF || count == 0) {
            in->bad = true;
            return;
        }
        df->in[at] = count;
    }
}

static void get_group(struct in *in, struct qp_leads *l, uint64_t next_uid)
{
    char id[QP_LEAD_ID_MAX];
    uint64_t uid = get(in, next_uid - 1);
    if (in->bad || uid < l->next_uid) {
        in->bad = true;
        return;
    }
    l->next_uid = uid;
    struct qp_lead_group *g = qp_group_new(l);
    if (!g) {
        in->bad = in->no_memory = true;
        return;
    }
    uint64_t flags = get(in, QP_KEPT_CONFIRMED | QP_KEPT_DISMISSED | QP_KEPT_AGED_ID);
    g->confirmed = (flags & QP_KEPT_CONFIRMED) != 0;
    g->dismissed = (flags & QP_KEPT_DISMISSED) != 0;
    g->aged = (uint32_t)get(in, UINT32_MAX);
    g->aged_first_us = get_signed(in);
    if ((flags & QP_KEPT_AGED_ID) != 0) {
        get_text(in, id, sizeof id);
        g->aged_id = strdup(id);
        in->no_memory = in->no_memory || !g->aged_id;
        in->bad = in->bad || in->no_memory || id[0] == 0 || g->aged == 0;
    }
}

/* ---- matters ---- */

struct words {
    char id[QP_LEAD_ID_MAX], place[QP_LEAD_LABEL_MAX], source[QP_LEAD_LABEL_MAX], family[QP_LEAD_LABEL_MAX];
};

/* An ascending list of numbers above 0. */
static size_t get_hashes(struct in *in, uint32_t *out, size_t most)
{
    size_t n = (size_t)get(in, most);
    uint64_t last = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t step = get(in, UINT32_MAX);
        in->bad = in->bad || step == 0 || (last += step) > UINT32_MAX;
        out[i] = (uint32_t)last;
    }
    return in->bad ? 0 : n;
}

static void get_sketch(struct in *in, struct qp_lead_sketch *s)
{
    uint64_t last = 0;
    size_t n = (size_t)get(in, QP_LEAD_TERMS);
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < n && !in->bad; i++) {
        uint64_t step = get(in, UINT32_MAX);
        if (in->bad || step == 0 || (last += step) > UINT32_MAX || in->p == in->end || *in->p == 0) {
            in->bad = true;
            return;
        }
        s->hash[i] = (uint32_t)last;
        s->weight[i] = *in->p++;
        s->n++;
    }
}

static int32_t get_degrees(struct in *in, int64_t most)
{
    int64_t v = get_signed(in);
    in->bad = in->bad || v < -most || v > most;
    return in->bad ? 0 : (int32_t)v;
}

static void get_entry(struct in *in, struct qp_leads *l, uint64_t next_seq, struct words *w)
{
    uint32_t names[QP_LEAD_NAMES];
    struct qp_lead_matter m = {.id = w->id, .place = w->place, .source = w->source, .family = w->family};
    uint64_t seq = get(in, next_seq - 1), uid = get(in, UINT64_MAX);
    m.at_us = get_signed(in);
    uint64_t flags = get(in, QP_KEPT_SPECIFIC | QP_KEPT_LOCATED);
    m.specific = (flags & QP_KEPT_SPECIFIC) != 0;
    m.has_location = (flags & QP_KEPT_LOCATED) != 0;
    m.lat_e6 = get_degrees(in, 90000000);
    m.lon_e6 = get_degrees(in, 180000000);
    get_text(in, w->id, sizeof w->id);
    get_text(in, w->place, sizeof w->place);
    get_text(in, w->source, sizeof w->source);
    get_text(in, w->family, sizeof w->family);
    uint64_t proposed = get(in, UINT64_MAX), ppm = get(in, QP_LEAD_ONE);
    size_t n = get_hashes(in, names, QP_LEAD_NAMES);
    struct qp_lead_group *g = in->bad ? NULL : qp_group_at(l, uid);
    if (!g || seq < l->next_seq || w->id[0] == 0 || qp_shelf_find(l, w->id)) {
        in->bad = true;
        return;
    }
    struct qp_lead_entry *x = qp_entry_new(&m, names, n);
    if (x) {
        x->seq = seq;
        x->proposed = proposed;
        x->proposed_ppm = (uint32_t)ppm;
        get_sketch(in, &x->sketch);
    }
    in->no_memory = !x || (!in->bad && (qp_shelf_room(l, NULL) || qp_group_room(g) || qp_shelf_put(l, x)));
    if (in->bad || in->no_memory) {
        free(x);
        in->bad = true;
        return;
    }
    qp_group_put(g, x);
    l->next_seq = seq + 1;
}

static void get_moves(struct in *in, struct qp_leads *l)
{
    size_t n = (size_t)get(in, (uint64_t)(in->end - in->p));
    l->move = calloc(n + 1, sizeof *l->move);
    if (!l->move) {
        in->bad = in->no_memory = true;
        return;
    }
    l->cap_moves = n + 1;
    for (; l->n_moves < n && !in->bad; l->n_moves++) {
        struct qp_lead_move *m = &l->move[l->n_moves];
        m->kind = (uint8_t)get(in, QP_MOVE_DECLINE);
        m->seq = get(in, UINT64_MAX);
        m->from = get(in, UINT64_MAX);
        m->to = get(in, UINT64_MAX);
        m->proposed = get(in, UINT64_MAX);
        m->proposed_ppm = (uint32_t)get(in, QP_LEAD_ONE);
        in->bad = in->bad || m->kind == 0;
    }
}

/* All that follows the rules. */
static void get_state(struct in *in, struct qp_leads *l)
{
    uint64_t next_seq = get(in, UINT64_MAX), next_uid = get(in, UINT64_MAX), n;
    struct words *w = malloc(sizeof *w);
    in->no_memory = !w;
    in->bad = in->bad || in->no_memory || next_seq == 0 || next_uid == 0;
    get_df(in, l->df);
    n = get(in, UINT32_MAX);
    for (uint64_t i = 0; i < n && !in->bad; i++)
        get_group(in, l, next_uid);
    n = get(in, QP_LEAD_MOST);
    for (uint64_t i = 0; i < n && !in->bad; i++)
        get_entry(in, l, next_seq, w);
    get_moves(in, l);
    l->next_seq = next_seq;
    l->next_uid = next_uid;
    in->bad = in->bad || in->p != in->end;
    free(w);
}

int qp_leads_load(struct qp_leads **out, const uint8_t *bytes, size_t len, struct qp_err *e)
{
    struct in in = {bytes, bytes + len, false, false};
    struct qp_lead_rules r;
    if (len <= QP_KEPT_MAGIC_LEN || memcmp(bytes, QP_KEPT_MAGIC, QP_KEPT_MAGIC_LEN) != 0)
        return qp_fail(e, QP_ECORRUPT, "these are no leads: make them again from the journal");
    in.p += QP_KEPT_MAGIC_LEN;
    uint64_t version = get(&in, UINT64_MAX);
    if (version != QP_KEPT_VERSION)
        return qp_fail(e, QP_EVERSIONS, "the leads are of form %llu, this program knows %d: make them again",
                       (unsigned long long)version, QP_KEPT_VERSION);
    get_rules(&in, &r);
    struct qp_leads *l = in.bad ? NULL : qp_leads_new(&r);
    if (!l)
        return in.bad ? qp_fail(e, QP_ECORRUPT, "the leads are damaged: make them again from the journal")
                      : qp_fail(e, QP_ENOMEM, "no memory for the leads");
    get_state(&in, l);
    if (in.bad) {
        qp_leads_free(l);
        return in.no_memory
                   ? qp_fail(e, QP_ENOMEM, "no memory for the leads")
                   : qp_fail(e, QP_ECORRUPT, "the leads are damaged: make them again from the journal");
    }
    *out = l;
    return 0;
}
