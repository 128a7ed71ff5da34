/* anew.c: a matter as ../lead reads it; and all that was compared, compared once more: what a node without any fault would
 * have found. See clue.h. */
#include <assert.h>
#include <math.h>
#include <string.h>

#include "node/insight/clue/inside.h"
#include "node/insight/made.h"
#include "proto/codec.h"
#include "topology/path.h"

/* A child's word may say degrees beyond (proto/bounds.h takes a whole turn): such a matter has no position, and is compared like any other. */
static bool is_on_earth(const Qp__Location *l)
{
    return l && fabs(l->lat) <= 90 && fabs(l->lon) <= 180;
}

int qp_clue_read(const struct qp_clue_ties *ties, const char *self_path, struct qp_txn *t,
                 const uint8_t id[QP_ID_LEN], struct qp_clue_matter *x, bool *there, struct qp_arena *a,
                 struct qp_err *e)
{
    MDB_val v;
    Qp__Row *row;
    *there = false;
    int rc = qp_get(t->tables, qp_store_dbi(t->store, QP_T_MATTER), id, QP_ID_LEN, &v);
    if (rc == QP_ENOTFOUND)
        return 0;
    if (rc || QP_DECODE(&row, row, v.mv_data, v.mv_size, a, NULL) != 0 || !row->face)
        return qp_fail(e, QP_ECORRUPT, "a matter's row cannot be read: run qipan rebuild");
    const Qp__Face *f = row->face;
    if (f->exercise || qp_is_made(f->source) || !qp_path_within(f->area, self_path))
        return 0;
    qp_id_text(x->id, id);
    ties->branch(ties->arg, f->area, x->branch);
    x->m = (struct qp_lead_matter){.id = x->id,
                                   .at_us = f->occurred_us != 0 ? f->occurred_us : f->opened_us,
                                   .title = f->title,
                                   .text = f->text,
                                   .place = f->area,
                                   .specific = strcmp(f->area, self_path) != 0,
                                   .source = f->source,
                                   .family = ties->family(ties->arg, f->category),
                                   .has_location = is_on_earth(f->location)};
    if (x->m.has_location) {
        x->m.lat_e6 = (int32_t)lround(f->location->lat * 1e6);
        x->m.lon_e6 = (int32_t)lround(f->location->lon * 1e6);
    }
    *there = true;
    return 0;
}

void qp_clue_bound(struct qp_clue_matter *x, const uint8_t id[QP_ID_LEN], int64_t compared_us)
{
    int64_t opened_us = qp_clue_opened_us(id);
    int64_t most_us = (opened_us < compared_us ? opened_us : compared_us) + QP_CLUE_AHEAD_US;
    x->m.at_us = x->m.at_us < most_us ? x->m.at_us : most_us;
}

/* ---- compared anew ---- */

/* *same: what the tables say of a matter is what the comparison came to. */
static int agrees(struct qp_txn *t, const uint8_t self[QP_ID_LEN], const uint8_t matter[QP_ID_LEN],
                  const struct qp_lead_verdict *v, bool *same, struct qp_arena *a, struct qp_err *e)
{
    Qp__LeadMember *m, *n;
    uint8_t nearest[QP_ID_LEN];
    int rc = qp_lead_member(t->tables, t->store, matter, self, &m, a, e);
    *same = v->outcome == QP_LEAD_ALONE && (rc == QP_ENOTFOUND || (!rc && m->nearest.len == 0));
    if (rc || v->outcome == QP_LEAD_ALONE)
        return rc == QP_ENOTFOUND ? 0 : rc;
    if (qp_id_parse(nearest, v->nearest) || m->nearest.len != QP_ID_LEN ||
        memcmp(m->nearest.data, nearest, QP_ID_LEN) != 0 || m->ppm != v->ppm)
        return 0;
    const ProtobufCBinaryData *in = v->outcome == QP_LEAD_PROPOSED ? &m->proposed : &m->lead;
    rc = qp_lead_member(t->tables, t->store, nearest, self, &n, a, e);
    *same = !rc && in->len == QP_ID_LEN && n->lead.len == QP_ID_LEN &&
            memcmp(in->data, n->lead.data, QP_ID_LEN) == 0;
    return rc == QP_ENOTFOUND ? 0 : rc;
}

int qp_clue_audit(const char *self_path, const struct qp_clue_ties *ties, struct qp_txn *t,
                  const uint8_t self[QP_ID_LEN], struct qp_clue_audited *of, struct qp_err *e)
{
    struct qp_lead_rules rules;
    struct qp_arena *a = qp_arena_new((size_t)16 << 20);
    uint8_t id[QP_ID_LEN];
    int rc = 0;
    assert(self_path && of);
    *of = (struct qp_clue_audited){0};
    qp_lead_rules_init(&rules);
    struct qp_leads *l = qp_leads_new(&rules);
    if (!a || !l)
        rc = qp_fail(e, QP_ENOMEM, "no memory to compare");
    for (uint64_t i = 1; !rc; i++) {
        struct qp_lead_verdict v = {.outcome = QP_LEAD_ALONE};
        struct qp_clue_matter x;
        bool there = false, same = true;
        int64_t at_us;
        qp_arena_reset(a);
        rc = qp_lead_numbered(t->tables, t->store, i, id, &at_us, e);
        if (!rc)
            rc = qp_clue_read(ties, self_path, t, id, &x, &there, a, e);
        if (rc || !there)
            continue;
        qp_clue_bound(&x, id, at_us);
        qp_leads_age(l, qp_clue_opened_us(id));
        rc = qp_leads_add(l, &x.m, &v, e);
        if (!rc)
            rc = agrees(t, self, id, &v, &same, a, e);
        of->compared++;
        of->found += v.outcome != QP_LEAD_ALONE;
        of->other += !same;
    }
    qp_arena_free(a);
    qp_leads_free(l);
    return rc == QP_ENOTFOUND ? 0 : rc;
}
