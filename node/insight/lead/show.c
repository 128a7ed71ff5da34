/* show.c: a lead as it is shown, and as it goes up the tree (rule LD6). See lead.h. */
#include "node/insight/lead/inside.h"

#include <stdlib.h>
#include <string.h>

enum { CENTROID_OF = 64 }; /* the newest so many members make the centroid: its cost has a bound */

const char *qp_leads_of(const struct qp_leads *l, const char *matter)
{
    const struct qp_lead_entry *x = qp_shelf_find(l, matter);
    return x ? qp_group_id(x->group) : NULL;
}

int qp_leads_members(const struct qp_leads *l, const char *lead, void (*each)(void *arg, const char *matter),
                     void *arg, struct qp_err *e)
{
    const struct qp_lead_group *g = qp_group_live(l, lead, e);
    if (!g)
        return QP_ENOTFOUND;
    for (uint32_t i = 0; i < g->n; i++)
        each(arg, g->member[i]->id);
    return 0;
}

/* ---- what its members have in common ---- */

/* Cuts `place` to what it and `other` share, whole steps of a path. */
static void place_common(char *place, const char *other)
{
    size_t i = 0, whole = 0;
    for (; place[i] != 0 && place[i] == other[i]; i++)
        if (place[i] == '/')
            whole = i;
    if ((place[i] == 0 || place[i] == '/') && (other[i] == 0 || other[i] == '/'))
        whole = i;
    place[whole] = 0;
}

static void places(struct qp_lead_digest *d, const struct qp_lead_group *g)
{
    bool known = false;
    for (uint32_t i = 0; i < g->n; i++) {
        const char *place = g->member[i]->place;
        if (place[0] == 0)
            continue;
        if (known)
            place_common(d->place, place);
        else
            memcpy(d->place, place, strlen(place) + 1);
        known = true;
    }
}

/* At most 63 bytes, whole characters. */
static void name_cut(char out[64], const char *name)
{
    size_t n = strlen(name);
    if (n > 63)
        for (n = 63; n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80;)
            n--;
    memcpy(out, name, n);
    out[n] = 0;
}

static int source_order(const void *a, const void *b)
{
    const struct qp_lead_source *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void sources(struct qp_lead_digest *d, const struct qp_lead_group *g)
{
    for (uint32_t i = 0; i < g->n; i++) {
        char name[64];
        size_t k = 0;
        name_cut(name, g->member[i]->source);
        while (k < d->n_sources && strcmp(d->source[k].name, name) != 0)
            k++;
        if (k == QP_LEAD_SOURCES) {
            d->other_sources++;
            continue;
        }
        if (k == d->n_sources)
            memcpy(d->source[d->n_sources++].name, name, sizeof name);
        d->source[k].n++;
    }
    qsort(d->source, d->n_sources, sizeof d->source[0], source_order);
}

/* ---- the centroid ---- */

/* Each member counts the same, however long its text. */
static int centroid(struct qp_lead_sketch *s, const struct qp_leads *l, const struct qp_lead_group *g)
{
    uint32_t from = g->n > CENTROID_OF ? g->n - CENTROID_OF : 0;
    size_t n = 0, kept = 0;
    struct qp_lead_count *c = calloc((size_t)(g->n - from) * QP_LEAD_TERMS + 1, sizeof *c);
    if (!c)
        return QP_ENOMEM;
    for (uint32_t i = from; i < g->n; i++) {
        const struct qp_lead_entry *x = g->member[i];
        for (size_t k = 0; k < x->sketch.n; k++)
            c[n++] = (struct qp_lead_count){
                .hash = x->sketch.hash[k],
                .weight = (uint64_t)(x->sketch.weight[k] * l->inverse[x->slot] * 16777216)};
    }
    qsort(c, n, sizeof *c, qp_lead_by_hash);
    for (size_t i = 0; i < n; i++) {
        if (kept > 0 && c[kept - 1].hash == c[i].hash)
            c[kept - 1].weight += c[i].weight;
        else
            c[kept++] = c[i];
    }
    qp_lead_sketch_of(s, c, kept);
    free(c);
    return 0;
}

int qp_leads_digest(const struct qp_leads *l, const char *lead, struct qp_lead_digest *d, struct qp_err *e)
{
    const struct qp_lead_group *g = qp_group_live(l, lead, e);
    if (!g)
        return QP_ENOTFOUND;
    memset(d, 0, sizeof *d);
    if (centroid(&d->sketch, l, g))
        return qp_fail(e, QP_ENOMEM, "no memory for the digest of a lead");
    memcpy(d->id, qp_group_id(g), strlen(qp_group_id(g)) + 1);
    memcpy(d->family, g->member[0]->family, strlen(g->member[0]->family) + 1);
    places(d, g);
    sources(d, g);
    d->first_us = g->aged > 0 ? g->aged_first_us : g->member[0]->at_us;
    for (uint32_t i = 0; i < g->n; i++)
        d->first_us = g->member[i]->at_us < d->first_us ? g->member[i]->at_us : d->first_us;
    d->last_us = g->last_us;
    d->matters = g->aged + g->n;
    d->live = g->n;
    d->confirmed = g->confirmed;
    d->dismissed = g->dismissed;
    return 0;
}
