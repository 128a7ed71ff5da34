/* verdict.c: see verdict.h. */
#include "node/insight/watch/verdict.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define FALSE_SHARE 0.05 /* of what is raised, at most, may be nothing: Benjamini and Hochberg 1995 */
#define ONE_CHILD   0.70 /* of an ancestor's excess */

/* ---- one day ---- */

static int by_day(const void *a, const void *b)
{
    const struct qp_sign *x = a, *y = b;
    if (x->f.day != y->f.day)
        return x->f.day < y->f.day ? -1 : 1;
    if (x->own != y->own)
        return x->own ? -1 : 1;
    if (x->f.score_milli != y->f.score_milli)
        return x->f.score_milli > y->f.score_milli ? -1 : 1;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    return (x->area > y->area) - (x->area < y->area);
}

/* WN3: a child that says as much itself, or a category below this one, and brings most of what is too much: this series need not. */
static bool explained(const struct qp_family *kin, const struct qp_sign *s, const struct qp_sign *all,
                      size_t n)
{
    double excess = (double)s->seen[s->least] - s->due[s->least];
    bool parent = qp_family_name(kin, s->category);
    for (size_t i = 0; i < n; i++) {
        const struct qp_sign *c = &all[i];
        bool below =
            c->category == s->category ? !c->own : parent && qp_family_below(kin, c->category, s->category);
        if (below && c->alarm >= s->alarm &&
            (double)c->seen[s->least] - c->due[s->least] > ONE_CHILD * excess)
            return true;
    }
    return false;
}

/* WN4: of the day's own signs, the least likely first, as many as the k-th of which is at most k / judged * 5 %. */
static size_t raised_of(const struct qp_sign *own, size_t n, uint32_t judged)
{
    size_t k = 0;
    assert(judged >= n);
    for (size_t i = 0; i < n; i++)
        if (pow(10, -(double)own[i].f.score_milli / 1000) <= FALSE_SHARE * (double)(i + 1) / judged)
            k = i + 1;
    return k;
}

static void judge_day(const struct qp_family *kin, struct qp_sign *v, size_t n, uint32_t judged)
{
    size_t own = 0;
    while (own < n && v[own].own)
        own++;
    size_t k = raised_of(v, own, judged);
    for (size_t i = 0; i < own; i++) {
        v[i].silent = explained(kin, &v[i], v, n);
        v[i].raised = i < k && v[i].alarm && !v[i].silent;
    }
}

/* ---- runs of days ---- */

static int by_category(const void *a, const void *b)
{
    const struct qp_sign *x = a, *y = b;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    return (x->f.day > y->f.day) - (x->f.day < y->f.day);
}

static void end(struct qp_rise *r, int32_t day)
{
    r->ended_day = day;
    r->state = QP_WARNING_ENDED;
}

static void go_on(struct qp_rise *r, const struct qp_sign *s)
{
    r->last = s->f.day;
    if (s->raised && !r->raised) {
        r->raised = true;
        r->raised_day = s->f.day;
    }
    if (s->f.score_milli > r->peak.score_milli)
        r->peak = s->f;
    r->state = r->raised ? QP_WARNING_RAISED : QP_WARNING_WATCH;
}

/* Ends it if day `now` is past it. */
static bool over(struct qp_rise *r, int32_t now)
{
    if (now > r->last + QP_RISE_QUIET)
        end(r, r->last + QP_RISE_QUIET);
    else if (now >= r->first + QP_RISE_LONGEST)
        end(r, r->first + QP_RISE_LONGEST);
    return r->state == QP_WARNING_ENDED;
}

/* The signs of one category, by day; r is the room for them, the first of it may be carried (has). Returns how many. */
static size_t runs(struct qp_rise *r, bool has, const struct qp_sign *v, size_t n, uint64_t category,
                   int32_t to)
{
    size_t at = has;
    for (size_t i = 0; i < n; i++) {
        if (at > 0 && r[at - 1].state != QP_WARNING_ENDED)
            over(&r[at - 1], v[i].f.day);
        if (at == 0 || r[at - 1].state == QP_WARNING_ENDED)
            r[at++] = (struct qp_rise){.category = category, .first = v[i].f.day};
        go_on(&r[at - 1], &v[i]);
    }
    if (at > 0 && r[at - 1].state != QP_WARNING_ENDED)
        over(&r[at - 1], to + 1); /* `to` has ended too */
    return at;
}

static size_t spoken(struct qp_sign *v, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++)
        if (v[i].own && !v[i].silent)
            v[out++] = v[i];
    return out;
}

int qp_rise_order(const void *a, const void *b)
{
    const struct qp_rise *x = a, *y = b;
    if (x->category != y->category)
        return x->category < y->category ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

int qp_verdict(const struct qp_family *kin, struct qp_sign *signs, size_t n, const uint32_t *judged,
               int32_t from, int32_t to, const struct qp_rise *carried, size_t n_carried,
               struct qp_rise **out, size_t *n_out, struct qp_err *e)
{
    struct qp_rise *r = malloc(sizeof *r * (n + n_carried + 1));
    size_t at = 0, c = 0, next;
    if (!r)
        return qp_fail(e, QP_ENOMEM, "no memory for a day's warnings");
    if (n > 1)
        qsort(signs, n, sizeof *signs, by_day);
    for (size_t i = 0; i < n; i = next) {
        assert(signs[i].f.day >= from && signs[i].f.day <= to);
        for (next = i + 1; next < n && signs[next].f.day == signs[i].f.day;)
            next++;
        judge_day(kin, signs + i, next - i, judged[signs[i].f.day - from]);
    }
    n = spoken(signs, n);
    if (n > 1)
        qsort(signs, n, sizeof *signs, by_category);
    for (size_t i = 0; i < n || c < n_carried; i = next) {
        bool sign = i < n && (c == n_carried || signs[i].category <= carried[c].category);
        bool has = c < n_carried && (!sign || carried[c].category == signs[i].category);
        uint64_t category = sign ? signs[i].category : carried[c].category;
        next = i;
        while (sign && next < n && signs[next].category == category)
            next++;
        if (has)
            r[at] = carried[c++];
        at += runs(r + at, has, signs + i, next - i, category, to);
    }
    if (at > 1)
        qsort(r, at, sizeof *r, qp_rise_order); /* two that were open may be of one category */
    *out = r;
    *n_out = at;
    return 0;
}
