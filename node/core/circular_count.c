/* circular_count.c: a circular's body from the journal, beside the turn. See circular.h.
 *
 * What is counted is a prefix of the journal: the body says up to which position, and whoever has an export of it counts
 * the same again. */
#include <assert.h>
#include <stdlib.h>

#include "node/core/circular.h"
#include "node/core/private.h"
#include "node/field/minutes.h"
#include "node/insight/circular/patrols.h"
#include "node/matter/sound.h"
#include "proto/bounds.h"
#include "topology/policy/policy.h"

enum { RECORDS = 500 }; /* in one transaction: a reader holds pages back */
static_assert((int)QP_WALK_STOPS == (int)QP_MARK_STOP, "a patrol's stop is one thing");
enum { WALK_ARENA = 8 * 1024 * 1024 };

/* ---- the journal ---- */

int qp_circular_uncounted(struct qp_err *e, int rc)
{
    return rc == QP_ESTOPPING
               ? qp_fail(e, rc, "this node is stopping; ask again when it is back")
               : qp_fail(e, rc, "no memory to count the matters of a circular; close other programs");
}

static int count_sound(struct qp_census *c, const Qp__Event *ev)
{
    bool unsound = ev->matter.len == QP_ID_LEN && qp_event_fault(ev);
    return unsound ? 0 : qp_census_event(c, ev);
}

/* What others said of how a matter came to its holder counts as if it had come by itself, as in the tables (vouch.c): a
 * node to which it comes by way of others has nothing else of its beginning. */
static int count_vouched(struct qp_census *c, const Qp__Event *ev, qp_circular_signed *is_signed, void *arg)
{
    assert(ev->body_case == QP__EVENT__BODY_VOUCHED);
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    int rc = a ? 0 : QP_ENOMEM;
    for (size_t i = 0; !rc && i < ev->vouched->n_parcels; i++) {
        const Qp__ProofParcel *p = ev->vouched->parcels[i];
        Qp__Header *h;
        Qp__Event *said;
        qp_arena_reset(a);
        if (qp_vouched_event(ev, p, &h, &said, a) && (!is_signed || is_signed(arg, p, h)))
            rc = count_sound(c, said);
    }
    qp_arena_free(a);
    return rc;
}

int qp_circular_event(struct qp_census *c, const Qp__Event *ev, qp_circular_signed *is_signed, void *arg)
{
    return ev->body_case == QP__EVENT__BODY_VOUCHED ? count_vouched(c, ev, is_signed, arg)
                                                    : count_sound(c, ev);
}

/* Of the journal being counted, in the transaction that reads it. */
struct signing {
    struct qp_read *r;
    const struct qp_cert *self;
};

static bool is_signed(void *arg, const Qp__ProofParcel *p, const Qp__Header *h)
{
    const struct signing *s = arg;
    struct qp_arena *a = qp_arena_new(QP_DECODE_ARENA);
    struct qp_hash id;
    struct qp_cert cert;
    bool is = false;
    if (a && h->certificate.len == QP_HASH_LEN) {
        memcpy(id.b, h->certificate.data, QP_HASH_LEN);
        const Qp__Certificate *raw = qp_cert_raw(s->r->tables, s->r->store, &id, a, NULL);
        is = raw && !qp_cert_read(&cert, raw, a, NULL) && qp_vouched_signed(p, h, &cert) &&
             qp_same(h->tree.data, s->self->tree);
    }
    assert(!is || a);
    qp_arena_free(a);
    return is;
}

static int record_count(const struct signing *s, struct qp_census *c, const struct qp_record *r,
                        struct qp_arena *a, struct qp_err *e)
{
    struct qp_parcel p;
    Qp__Event *ev;
    int rc = qp_parcel_open_trusted(&p, r->parcel.p, r->parcel.len, a, e);
    for (uint32_t i = 0; i < p.h.count && !rc; i++) {
        rc = qp_parcel_event(&ev, &p, i, a, e);
        if (!rc && qp_circular_event(c, ev, is_signed, (void *)(uintptr_t)s))
            rc = qp_fail(e, QP_ENOMEM, "no memory to count the matters of a circular");
    }
    return rc;
}

/* Up to RECORDS of them. *head: where the journal ends. */
static int slice(const struct qp_counting *k, struct qp_census *c, uint64_t *at, uint64_t *through,
                 struct qp_arena *a, struct qp_err *e)
{
    struct qp_read r;
    struct qp_record rec;
    const struct signing s = {&r, k->self};
    int rc = qp_read_begin(k->store, &r, e);
    if (rc)
        return rc;
    if (*through == 0)
        *through = qp_journal_head(r.journal, k->store, NULL);
    for (int n = 0; n < RECORDS && !rc && *at < *through; n++) {
        rc = qp_journal_get(r.journal, k->store, *at + 1, &rec, e);
        if (!rc)
            rc = record_count(&s, c, &rec, a, e);
        *at += !rc;
        qp_arena_reset(a);
    }
    assert(*at <= *through);
    qp_read_end(&r);
    return rc;
}

static int places(const struct qp_counting *k, struct qp_census *c, struct qp_err *e)
{
    struct qp_read r;
    struct qp_node_entry *v = NULL;
    size_t n = 0;
    int rc = qp_read_begin(k->store, &r, e);
    if (rc)
        return rc;
    rc = qp_nodes_below(&r, k->self->path, &v, &n);
    qp_read_end(&r);
    if (rc)
        return qp_fail(e, rc, "the nodes below cannot be read");
    assert(n == 0 || v);
    for (size_t i = 0; i < n && !rc; i++)
        rc = qp_census_place(c, v[i].node, v[i].path);
    free(v);
    return !rc ? 0 : qp_fail(e, QP_ENOMEM, "no memory to count the matters of a circular");
}

int qp_journal_census(const struct qp_counting *k, uint64_t *through, struct qp_census **out,
                      struct qp_err *e)
{
    struct qp_arena *a = qp_arena_new(WALK_ARENA);
    struct qp_census *c = *out = qp_census_new(k->area ? k->area : k->self->path);
    uint64_t at = 0;
    if (c)
        qp_census_stop_by(c, k->stop);
    int rc = a && c ? places(k, c, e) : qp_fail(e, QP_ENOMEM, "no memory to count matters");
    do {
        if (!rc && k->stop && atomic_load(k->stop))
            rc = qp_fail(e, QP_ESTOPPING, "this node is stopping");
        if (!rc)
            rc = slice(k, c, &at, through, a, e);
    } while (!rc && at < *through);
    assert(rc || at == *through);
    qp_arena_free(a);
    if (rc) {
        qp_census_free(c);
        *out = NULL;
    }
    return rc;
}

/* ---- views ---- */

static const char *policy_view(void *arg, const char *category)
{
    const struct qp_policy *p = arg;
    const struct qp_policy_category *c = p ? qp_policy_find(p, category) : NULL;
    return c ? c->view : NULL;
}

const char *qp_circular_view(void *circular, const char *category)
{
    assert(circular && category); /* "" is what nobody has sorted */
    const Qp__Circular *c = circular;
    for (size_t i = 0; i < c->n_rows; i++)
        if (c->rows[i]->by == QP_CB_CATEGORY && !c->rows[i]->rest && strcmp(c->rows[i]->key, category) == 0)
            return c->rows[i]->view;
    return NULL;
}

/* ---- the nodes below ---- */

struct below {
    const struct qp_counting *k;
    Qp__Circular *c;
    qp_circular_asks *heard;
    void *arg;
    struct qp_arena *a, *read; /* read: for one node's circular after the other */
    int64_t now_us;
};

/* What its own circular for the same period says; a damaged one says nothing, nor one that says more than anybody counts to: what
 * is signed here must be readable. */
static void below_said(struct below *b, struct qp_read *r, const uint8_t node[QP_ID_LEN],
                       Qp__CircularBelow *out)
{
    assert(out->number == 0 && out->opened == 0); /* nothing was said of it yet */
    uint8_t id[QP_ID_LEN];
    Qp__CircularHead *h;
    Qp__Circular *body;
    struct qp_numbers n;
    qp_arena_reset(b->read);
    if (qp_circular_newest(r->tables, r->store, node, b->c->period, b->c->from_us, id) &&
        !qp_circular_head(r->tables, r->store, id, b->read, &h, NULL) &&
        !qp_circular_body_read(r->tables, r->store, h, b->read, &body, NULL) && body->n_rows > 0 &&
        !qp_numbers_read(&n, body->rows[0]->now) && n.n[QP_CF_OPENED][0] <= QP_COUNT_MOST) {
        out->number = h->said->number;
        out->opened = n.n[QP_CF_OPENED][0];
    }
}

static int below_one(struct below *b, struct qp_read *r, const struct qp_node_entry *n, struct qp_err *e)
{
    assert(b->c->n_below < QP_CIRCULAR_BELOW);
    Qp__CircularBelow *x = qp_arena_take(b->a, sizeof *x);
    char *area = qp_arena_text(b->a, n->path);
    if (!x || !area)
        return qp_fail(e, QP_ENOMEM, "no memory for a circular");
    qp__circular_below__init(x);
    x->area = area;
    x->state = QP_HEARD_LIVE;
    x->as_of_us = b->now_us;
    if (b->heard)
        b->heard(b->arg, n->node, &x->state, &x->as_of_us);
    below_said(b, r, n->node, x);
    b->c->below[b->c->n_below++] = x;
    return 0;
}

static int below_all(struct below *b, struct qp_err *e)
{
    struct qp_read r;
    struct qp_node_entry *v = NULL;
    size_t n = 0;
    int rc = qp_read_begin(b->k->store, &r, e);
    if (rc)
        return rc;
    rc = qp_nodes_below(&r, b->k->self->path, &v, &n);
    b->c->below = !rc ? qp_arena_take(b->a, sizeof *b->c->below * QP_CIRCULAR_BELOW) : NULL;
    b->read = qp_arena_new(2 * (size_t)QP_DECODE_ARENA);
    if (!b->c->below || !b->read)
        rc = qp_fail(e, rc ? rc : QP_ENOMEM, "the nodes below cannot be read");
    for (size_t i = 0; i < n && !rc && b->c->n_below < QP_CIRCULAR_BELOW; i++)
        if (!v[i].revoked && qp_same(v[i].parent, b->k->self->node) && !qp_same(v[i].node, b->k->self->node))
            rc = below_one(b, &r, &v[i], e);
    assert(b->c->n_below <= QP_CIRCULAR_BELOW);
    qp_arena_free(b->read);
    free(v);
    qp_read_end(&r);
    return rc;
}

/* ---- what it is compared with ---- */

/* Its newest; none where it is damaged: that hinders nothing that is issued now. */
static int base_of(const struct qp_counting *k, uint32_t period, int64_t from_us,
                   struct qp_circular_base *out, struct qp_arena *a, struct qp_err *e)
{
    struct qp_read r;
    Qp__CircularHead *h;
    Qp__Circular *body;
    struct qp_err why = {0};
    *out = (struct qp_circular_base){0};
    int rc = qp_read_begin(k->store, &r, e);
    if (rc)
        return rc;
    if (qp_circular_newest(r.tables, r.store, k->self->node, period, from_us, out->id) &&
        !(rc = qp_circular_head(r.tables, r.store, out->id, a, &h, &why)) &&
        !(rc = qp_circular_body_read(r.tables, r.store, h, a, &body, &why)))
        out->body = body;
    assert(!out->body || !rc); /* none that is damaged */
    qp_read_end(&r);
    return rc == QP_ENOMEM || rc == QP_EIO ? qp_fail(e, rc, "%s", why.text) : 0;
}

static int check(const struct qp_counting *k, Qp__Circular *c, const struct qp_census_result *result,
                 int64_t now_us, struct qp_arena *a, struct qp_err *e)
{
    assert(c->period >= QP_PERIOD_DAY && c->period <= QP_PERIOD_MONTH && c->before_us <= c->from_us);
    struct qp_circular_base before, year;
    int rc = base_of(k, c->period, c->before_us, &before, a, e);
    if (!rc)
        rc = base_of(k, c->period, c->year_from_us, &year, a, e);
    if (!rc && !qp_circular_check(c, &before, &year, now_us, result, a))
        rc = qp_fail(e, QP_ENOMEM, "no memory for a circular");
    return rc;
}

/* A category that has no row of its own has no room for its view either: it stands in no row by view, else nobody could
 * count these rows again from what is signed. */
static int count(const struct qp_policy *policy, const struct qp_circular_about *about, struct qp_census *c,
                 struct qp_census_result *result, struct qp_arena *a, Qp__Circular **out, struct qp_err *e)
{
    void *views = (void *)(uintptr_t)policy;
    int rc = qp_census_count(c, about->span, policy_view, views, result);
    if (rc)
        return qp_circular_uncounted(e, rc);
    *out = qp_circular_body(about, result, policy_view, views, a);
    if (*out && policy && result->cut[QP_CB_CATEGORY] > 0) {
        qp_census_result_free(result);
        rc = qp_census_count(c, about->span, qp_circular_view, *out, result);
        if (rc)
            return qp_circular_uncounted(e, rc);
        *out = qp_circular_body(about, result, qp_circular_view, *out, a);
    }
    return *out ? 0 : qp_fail(e, QP_ENOMEM, "no memory for a circular");
}

/* As GET /api/v1/patrols:compliance has it: of the policy in force here. */
static void plan_of(struct qp_patrol_plan *p, const struct qp_policy *policy, const struct qp_zone *zone,
                    int64_t now_us)
{
    assert(zone);
    *p = (struct qp_patrol_plan){.zone = zone, .until_us = now_us - now_us % 1000}; /* as its JSON says it */
    assert(p->until_us <= now_us);
    qp_policy_patrol(policy, &p->per_day, &p->minutes, &p->police);
}

int qp_circular_take(const struct qp_counting *k, const struct qp_policy *policy,
                     enum qp_circular_period period, int32_t day, int64_t now_us, qp_circular_asks *heard,
                     void *arg, struct qp_arena *a, Qp__Circular **out, struct qp_err *e)
{
    struct qp_circular_about about = {.period = period,
                                      .policy = policy ? policy->version : "0",
                                      .area = k->self->path,
                                      .title = k->self->title,
                                      .level = k->self->level,
                                      .zone = qp_zone_name(k->zone)};
    struct qp_census *c;
    qp_circular_spans(about.span, period, day, policy ? policy->rules.week_begins : 1,
                      policy ? policy->rules.month_begins : 1, k->zone);
    *out = NULL;
    if (about.span[QP_SPAN_NOW].from_us > now_us)
        return qp_fail(e, QP_EINVAL, "date: that %s has not begun yet", qp_period_name(period));
    int rc = qp_journal_census(k, &about.through, &c, e);
    if (rc)
        return rc;
    plan_of(&about.plan, policy, k->zone, now_us);
    qp_census_plan(c, &about.plan);
    struct qp_census_result result = {0};
    rc = count(policy, &about, c, &result, a, out, e);
    qp_census_free(c);
    struct below b = {.k = k, .c = *out, .heard = heard, .arg = arg, .a = a, .now_us = now_us};
    if (!rc)
        rc = below_all(&b, e);
    if (!rc)
        rc = check(k, *out, &result, now_us, a, e);
    assert(rc || *out);
    qp_census_result_free(&result);
    return rc;
}
