/* leads.c: a matter comes in: what it says (weigh.c), whom it is most like, and what follows (rule LD4). See
 * lead.h. */
#include "node/insight/lead/inside.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"

static const int64_t DAY_US = INT64_C(86400000000);

void qp_lead_rules_init(struct qp_lead_rules *r)
{
    *r = (struct qp_lead_rules){.join_ppm = 300000,
                                .propose_ppm = 200000,
                                .named_ppm = 200000,
                                .named_us = 14 * DAY_US,
                                .named_m = 2000,
                                .idle_us = 180 * DAY_US};
}

void qp_lead_rules_above(struct qp_lead_rules *r)
{
    qp_lead_rules_init(r);
    r->join_ppm = r->propose_ppm = r->named_ppm = 260000;
}

struct qp_leads *qp_leads_new(const struct qp_lead_rules *r)
{
    struct qp_leads *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    l->rules = *r;
    l->next_seq = l->next_uid = 1;
    l->df = calloc(1, sizeof *l->df);
    if (!l->df || qp_postings_init(&l->postings)) {
        qp_leads_free(l);
        return NULL;
    }
    return l;
}

void qp_leads_free(struct qp_leads *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->slots; i++)
        free(l->slot[i]);
    for (size_t i = 0; i < l->n_groups; i++)
        qp_group_free(l->group[i]);
    qp_postings_free(&l->postings);
    free(l->slot);
    free(l->inverse);
    free(l->dot);
    free(l->touched);
    free(l->vacant);
    free(l->due);
    free(l->by_id);
    free(l->group);
    free(l->move);
    free(l->df);
    free(l);
}

void qp_leads_pool(struct qp_leads *l, const struct qp_lead_df *df)
{
    qp_lead_df_add(l->df, df);
}

const struct qp_lead_df *qp_leads_df(const struct qp_leads *l)
{
    return l->df;
}

size_t qp_leads_live(const struct qp_leads *l)
{
    return l->n;
}

/* ---- growing old ---- */

/* What is left of a matter in its lead: a count, and the id where it was the first. The block is then the id's:
 * growing old needs no memory. */
static void forget(struct qp_leads *l, struct qp_lead_group *g, struct qp_lead_entry *x)
{
    bool first = !g->aged_id && g->member[0] == x;
    if (g->aged == 0 || x->at_us < g->aged_first_us)
        g->aged_first_us = x->at_us;
    g->aged++;
    l->stale |= qp_group_take(g, x);
    if (!first) {
        free(x);
        return;
    }
    char *id = memmove(x, x->id, strlen(x->id) + 1), *less = realloc(id, strlen(id) + 1);
    g->aged_id = less ? less : id;
}

static bool let_go(struct qp_leads *l, int64_t before_us)
{
    struct qp_lead_entry *x = qp_shelf_oldest(l, before_us);
    if (!x)
        return false;
    struct qp_lead_group *g = x->group;
    uint64_t seq = x->seq;
    forget(l, g, x);
    qp_moves_forget(l, seq);
    qp_group_settle(l, g, false);
    return true;
}

size_t qp_leads_age(struct qp_leads *l, int64_t now_us)
{
    size_t n = 0;
    int64_t before_us = now_us > INT64_MIN + l->rules.idle_us ? now_us - l->rules.idle_us : INT64_MIN;
    while (let_go(l, before_us))
        n++;
    return n;
}

size_t qp_leads_shed(struct qp_leads *l, size_t most)
{
    size_t n = 0;
    while (l->n > most && let_go(l, INT64_MAX))
        n++;
    return n;
}

/* ---- whom it is most like ---- */

static bool within(const char *outer, const char *inner)
{
    size_t n = strlen(outer);
    return strncmp(outer, inner, n) == 0 && (inner[n] == 0 || inner[n] == '/');
}

/* Two places that are both known well enough to say that they are two. */
static bool places_differ(const struct qp_lead_entry *a, const struct qp_lead_entry *b)
{
    return a->specific && b->specific && a->place[0] != 0 && b->place[0] != 0 &&
           !within(a->place, b->place) && !within(b->place, a->place);
}

/* Fills dot[] for all that share a term with x; how many they are. */
static size_t add_up(struct qp_leads *l, const struct qp_lead_entry *x)
{
    const uint32_t *list[QP_LEAD_TERMS];
    size_t n = 0, len[QP_LEAD_TERMS];
    uint32_t *dot = l->dot, *touched = l->touched;
    qp_postings_of(&l->postings, &x->sketch, list, len);
    for (size_t i = 0; i < x->sketch.n; i++) {
        const uint32_t *p = list[i], w = x->sketch.weight[i];
        for (size_t k = 0; k < len[i]; k++) {
            uint32_t slot = p[k] >> 8;
            touched[n] = slot;
            n += dot[slot] == 0;
            dot[slot] += (p[k] & 0xff) * w;
        }
    }
    return n;
}

static uint32_t likeness(const struct qp_leads *l, const struct qp_lead_entry *x, double inverse,
                         const struct qp_lead_entry *y)
{
    uint32_t ppm = qp_lead_ppm(l->dot[y->slot], inverse, l->inverse[y->slot]);
    ppm = ppm < QP_LEAD_ONE ? ppm : QP_LEAD_ONE;
    return places_differ(x, y) ? ppm / 2 : ppm;
}

struct search {
    const struct qp_lead_entry *x;
    double inverse;
    const struct qp_lead_group *const *barred; /* leads that it must not join */
    size_t n_barred;
    struct qp_lead_entry *nearest; /* NULL: it is like nothing */
    uint32_t ppm;
};

static bool is_barred(const struct search *s, const struct qp_lead_group *g)
{
    for (size_t i = 0; i < s->n_barred; i++)
        if (s->barred[i] == g)
            return true;
    return g->dismissed;
}

/* The most alike; of those that are equally so, the one that came first. */
static void find_nearest(const struct qp_leads *l, struct search *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t slot = l->touched[i];
        if (qp_lead_ppm(l->dot[slot], s->inverse, l->inverse[slot]) < s->ppm)
            continue;
        struct qp_lead_entry *y = l->slot[slot];
        uint32_t ppm = likeness(l, s->x, s->inverse, y);
        if (ppm == 0 || ppm < s->ppm || (ppm == s->ppm && s->nearest && s->nearest->seq < y->seq) ||
            is_barred(s, y->group))
            continue;
        s->nearest = y;
        s->ppm = ppm;
    }
}

/* Against chains: a lead of three or more must be reached by the mean of its two most alike. */
static uint32_t reach(const struct qp_leads *l, const struct search *s)
{
    const struct qp_lead_group *g = s->nearest->group;
    uint32_t first = 0, second = 0;
    if (g->n < 3)
        return s->ppm;
    for (uint32_t i = 0; i < g->n; i++) {
        uint32_t ppm = likeness(l, s->x, s->inverse, g->member[i]);
        if (ppm > first) {
            second = first;
            first = ppm;
        } else if (ppm > second) {
            second = ppm;
        }
    }
    return (first + second) / 2;
}

/* ---- the same thing named ---- */

static bool share_name(const struct qp_lead_entry *a, const struct qp_lead_entry *b)
{
    for (uint32_t i = 0, j = 0; i < a->n_names && j < b->n_names;) {
        if (a->names[i] == b->names[j])
            return true;
        if (a->names[i] < b->names[j])
            i++;
        else
            j++;
    }
    return false;
}

/* Near, as far as is known: on a plane touching the earth, good to a part in a thousand for a few kilometres. */
static bool is_near(const struct qp_lead_entry *a, const struct qp_lead_entry *b, double metres)
{
    if (!a->located || !b->located)
        return !places_differ(a, b);
    double north = (a->lat_e6 - (double)b->lat_e6) * 0.1113195, r = (a->lat_e6 / 1e6) * 0.017453292519943295;
    double r2 = r * r, cosine = 1 - r2 / 2 * (1 - r2 / 12 * (1 - r2 / 30 * (1 - r2 / 56 * (1 - r2 / 90))));
    double turn = a->lon_e6 - (double)b->lon_e6; /* across the date line the short way */
    turn = turn > 180e6 ? turn - 360e6 : turn < -180e6 ? turn + 360e6 : turn;
    double east = turn * 0.1113195 * cosine;
    return north * north + east * east <= metres * metres;
}

static bool is_named(const struct qp_leads *l, const struct qp_lead_entry *x, const struct qp_lead_entry *y)
{
    if (strcmp(x->family, y->family) != 0 || !share_name(x, y) || !is_near(x, y, l->rules.named_m))
        return false;
    int64_t last_us = y->group->last_us;
    return last_us > x->at_us ? (uint64_t)last_us - (uint64_t)x->at_us <= (uint64_t)l->rules.named_us
                              : (uint64_t)x->at_us - (uint64_t)last_us <= (uint64_t)l->rules.named_us;
}

/* ---- deciding ---- */

static void keep_id(char out[QP_LEAD_ID_MAX], const char *id)
{
    memcpy(out, id, strlen(id) + 1);
}

/* The lead that x joins; NULL: one of its own, though it may be proposed to one. */
static struct qp_lead_group *decide(struct qp_leads *l, struct qp_lead_entry *x, struct search *s,
                                    struct qp_lead_verdict *v)
{
    const struct qp_lead_rules *r = &l->rules;
    *v = (struct qp_lead_verdict){.outcome = QP_LEAD_ALONE};
    size_t n = add_up(l, x);
    find_nearest(l, s, n);
    if (s->nearest) {
        keep_id(v->nearest, s->nearest->id);
        v->ppm = reach(l, s);
    }
    for (size_t i = 0; i < n; i++)
        l->dot[l->touched[i]] = 0;
    if (!s->nearest)
        return NULL;
    v->named = v->ppm >= r->named_ppm && is_named(l, x, s->nearest);
    if (v->ppm >= r->join_ppm || v->named) {
        v->outcome = QP_LEAD_JOINED;
        return s->nearest->group;
    }
    if (v->ppm >= r->propose_ppm) {
        v->outcome = QP_LEAD_PROPOSED;
        keep_id(v->proposed, qp_group_id(s->nearest->group));
        x->proposed = s->nearest->group->uid;
        x->proposed_ppm = v->ppm;
    }
    return NULL;
}

/* Puts x into *g; NULL: one of its own. */
static int seat(struct qp_leads *l, struct qp_lead_entry *x, struct qp_lead_group **g, struct qp_err *e)
{
    struct qp_lead_group *own = NULL;
    x->seq = l->next_seq;
    if (!*g)
        *g = own = qp_group_new(l);
    if (!*g || qp_group_room(*g) || qp_shelf_put(l, x)) {
        if (own)
            qp_group_settle(l, own, true);
        return qp_fail(e, QP_ENOMEM, "no memory to compare another matter");
    }
    l->next_seq++;
    qp_group_put(*g, x);
    return 0;
}

/* Puts x, whose fields and sketch are ready, where it belongs. There is room on the shelf. */
static int place(struct qp_leads *l, struct qp_lead_entry *x, struct search *s, struct qp_lead_verdict *v,
                 struct qp_err *e)
{
    x->seq = l->next_seq;
    s->x = x;
    s->inverse = qp_lead_inverse(&x->sketch);
    struct qp_lead_group *g = decide(l, x, s, v);
    int rc = seat(l, x, &g, e);
    if (!rc)
        keep_id(v->lead, qp_group_id(g));
    return rc;
}

/* ---- in ---- */

static int check_text(const char *name, const char *text, size_t max, struct qp_err *e)
{
    size_t len = strlen(text);
    if (max > 0 && len >= max)
        return qp_fail(e, QP_EINVAL, "%s has %zu bytes, at most %zu are possible", name, len, max - 1);
    return qp_utf8_ok(text, len) ? 0 : qp_fail(e, QP_EINVAL, "%s is not UTF-8: convert it first", name);
}

static int check(const struct qp_leads *l, const struct qp_lead_matter *m, struct qp_err *e)
{
    int rc = check_text("id", m->id, QP_LEAD_ID_MAX, e);
    if (!rc && m->id[0] == 0)
        rc = qp_fail(e, QP_EINVAL, "id is empty: a matter needs one");
    rc = !rc ? check_text("title", m->title, 0, e) : rc;
    rc = !rc ? check_text("text", m->text, 0, e) : rc;
    rc = !rc ? check_text("place", m->place, QP_LEAD_LABEL_MAX, e) : rc;
    rc = !rc ? check_text("source", m->source, QP_LEAD_LABEL_MAX, e) : rc;
    rc = !rc ? check_text("family", m->family, QP_LEAD_LABEL_MAX, e) : rc;
    if (!rc && m->n_named > QP_LEAD_NAMED)
        return qp_fail(e, QP_EINVAL, "named has %zu things, at most %d are possible", m->n_named,
                       QP_LEAD_NAMED);
    for (size_t i = 0; !rc && i < m->n_named; i++)
        rc = check_text("named", m->named[i], 0, e);
    if (!rc && m->has_location &&
        (abs(m->lat_e6) > 90000000 || m->lon_e6 < -180000000 || m->lon_e6 > 180000000))
        rc = qp_fail(e, QP_EINVAL, "location is not on the earth: latitude -90 to 90, longitude -180 to 180");
    if (!rc && qp_shelf_find(l, m->id))
        rc = qp_fail(e, QP_EEXISTS, "a matter with the id \"%s\" is there already: give each its own", m->id);
    return rc;
}

/* v: compares; NULL: goes into `g` as it is, of its own where that is NULL. */
static int take_in(struct qp_leads *l, const struct qp_lead_matter *m, struct qp_lead_group *g,
                   struct qp_lead_verdict *v, struct qp_err *e)
{
    struct qp_lead_reading *r = malloc(sizeof *r);
    struct qp_lead_sketch sketch;
    uint32_t names[QP_LEAD_NAMES];
    struct search s = {0};
    int rc = r ? check(l, m, e) : qp_fail(e, QP_ENOMEM, "no memory to read a matter");
    if (!rc)
        rc = qp_shelf_room(l, e);
    if (rc) {
        free(r);
        return rc;
    }
    qp_lead_read(r, m->title, m->text);
    qp_lead_df_count(l->df, r);
    qp_lead_weigh(&sketch, r, l->df);
    size_t n = qp_lead_names(names, QP_LEAD_NAMES, r, &sketch, m->named, m->n_named);
    struct qp_lead_entry *x = qp_entry_new(m, names, n);
    if (x)
        x->sketch = sketch;
    if (!x)
        rc = qp_fail(e, QP_ENOMEM, "no memory to compare another matter");
    else
        rc = v ? place(l, x, &s, v, e) : seat(l, x, &g, e);
    if (rc) {
        qp_lead_df_uncount(l->df, r);
        free(x);
    }
    free(r);
    return rc;
}

int qp_leads_add(struct qp_leads *l, const struct qp_lead_matter *m, struct qp_lead_verdict *v,
                 struct qp_err *e)
{
    return take_in(l, m, NULL, v, e);
}

int qp_leads_put(struct qp_leads *l, const struct qp_lead_matter *m, const char *with, struct qp_err *e)
{
    const struct qp_lead_entry *y = with ? qp_shelf_find(l, with) : NULL;
    if (with && !y)
        return qp_fail(e, QP_ENOTFOUND, "the matter %s is not compared for leads: it is unknown or too old",
                       with);
    return take_in(l, m, y ? y->group : NULL, NULL, e);
}

/* ---- above ---- */

/* As struct qp_lead_sketch says: it may come from another node. */
static int check_sketch(const struct qp_lead_sketch *s, const char *id, struct qp_err *e)
{
    bool sound = s->n <= QP_LEAD_TERMS;
    for (size_t i = 0; sound && i < s->n; i++)
        sound = s->weight[i] > 0 && s->hash[i] > (i > 0 ? s->hash[i - 1] : 0);
    return sound ? 0
                 : qp_fail(e, QP_EINVAL, "the sketch of lead %s is damaged: its node must send it again", id);
}

/* News of a lead that is here: it is told again as it is, and stays where it is. */
static int rise_again(struct qp_leads *l, struct qp_lead_entry *x, const struct qp_lead_digest *d,
                      struct qp_lead_verdict *v, struct qp_err *e)
{
    if (qp_shelf_replace(l, x, &d->sketch))
        return qp_fail(e, QP_ENOMEM, "no memory to compare a lead");
    l->stale |= d->last_us > x->at_us; /* what is due is in the order of this */
    x->at_us = d->last_us > x->at_us ? d->last_us : x->at_us;
    x->group->last_us = x->at_us > x->group->last_us ? x->at_us : x->group->last_us;
    *v = (struct qp_lead_verdict){.outcome = x->group->n > 1 ? QP_LEAD_JOINED : QP_LEAD_ALONE};
    keep_id(v->lead, qp_group_id(x->group));
    return 0;
}

int qp_leads_rise(struct qp_leads *l, const struct qp_lead_digest *d, const char *const *apart,
                  size_t n_apart, struct qp_lead_verdict *v, struct qp_err *e)
{
    struct qp_lead_matter m = {.id = d->id,
                               .at_us = d->last_us,
                               .title = "",
                               .text = "",
                               .place = d->place,
                               .source = "",
                               .family = d->family};
    struct qp_lead_entry *x = qp_shelf_find(l, d->id);
    struct search s = {0};
    int rc = check_sketch(&d->sketch, d->id, e);
    if (rc || x)
        return rc ? rc : rise_again(l, x, d, v, e);
    const struct qp_lead_group **barred = calloc(n_apart + 1, sizeof *barred);
    rc = barred ? check(l, &m, e) : qp_fail(e, QP_ENOMEM, "no memory to compare a lead");
    if (!rc)
        rc = qp_shelf_room(l, e);
    for (size_t i = 0; !rc && i < n_apart; i++) {
        const struct qp_lead_entry *y = qp_shelf_find(l, apart[i]);
        if (y)
            barred[s.n_barred++] = y->group;
    }
    s.barred = barred;
    if (!rc && (x = qp_entry_new(&m, NULL, 0)))
        x->sketch = d->sketch;
    if (!rc)
        rc = x ? place(l, x, &s, v, e) : qp_fail(e, QP_ENOMEM, "no memory to compare a lead");
    if (rc)
        free(x);
    free(barred);
    return rc;
}
