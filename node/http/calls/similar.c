/* similar.c: GET /api/v1/matters:similar: open matters that may be the one that is being reported (ST5), asked while it is
 * typed. What counts as similar, and how much is looked at: node/matter/similar.h. */
#include "node/core/policy.h"
#include "node/http/calls/calls.h"
#include "node/http/calls/foresee.h"
#include "node/http/shape/query.h"
#include "node/http/shape/refused.h"
#include "node/matter/matter.h"
#include "node/matter/similar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A number of degrees; false when absent. */
static bool degrees(struct qp_query *q, const char *name, double most, double *out)
{
    const char *text = qp_query_text(q, name);
    char *end = NULL;
    if (!text)
        return false;
    *out = strtod(text, &end);
    if (end == text || *end || !isfinite(*out) || fabs(*out) > most)
        qp_query_fault(q, QP_EINVAL, name, "`%s` must be a number of degrees, from -%g to %g", name, most,
                       most);
    return true;
}

static void read_query(struct qp_query *q, struct qp_similar_query *s)
{
    s->category = qp_query_text(q, "category");
    s->text = qp_query_text(q, "text");
    bool lat = degrees(q, "lat", 90, &s->lat), lon = degrees(q, "lon", 180, &s->lon);
    s->located = lat && lon;
    if (s->category && !*s->category)
        s->category = NULL;
    if (s->text && !*s->text)
        s->text = NULL;
    if (lat != lon)
        qp_query_fault(q, QP_EINVAL, lat ? "lon" : "lat", "`lat` and `lon` go together: `%s` is missing",
                       lat ? "lon" : "lat");
    else if (!s->text && !s->located)
        qp_query_fault(q, QP_EINVAL, "text", "give `text`, or `lat` and `lon`: by what is it to be similar?");
}

static void put_share(struct qp_json *j, const char *key, double value, double step)
{
    qp_json_key(j, key);
    if (value < 0)
        qp_json_null(j);
    else
        qp_json_real(j, round(value / step) * step);
}

void qp_json_similar(struct qp_json *j, const struct qp_similar *s)
{
    qp_json_object(j);
    qp_json_key(j, "id");
    qp_json_id(j, s->id, sizeof s->id);
    qp_json_put(j, "title", s->title);
    qp_json_put(j, "state", qp_state_name(s->state));
    qp_json_key(j, "distance_m");
    if (s->distance_m < 0)
        qp_json_null(j);
    else
        qp_json_int(j, (int64_t)lround(s->distance_m));
    put_share(j, "likeness", s->likeness, 0.01);
    qp_json_put_time(j, "opened_at", s->opened_us);
    qp_json_object_end(j);
}

void qp_similar_name(struct qp_similar_query *q, const struct qp_policy *policy)
{
    const struct qp_policy_category *c = policy && q->category ? qp_policy_find(policy, q->category) : NULL;
    size_t n = 0;
    if (!c || !c->code || !*c->code) /* the one for all that is unknown makes no two texts one category */
        return;
    const char *const names[QP_SIMILAR_ALSO] = {c->code, c->title, c->title_en};
    for (size_t i = 0; i < QP_SIMILAR_ALSO; i++) {
        bool said = !names[i] || !*names[i] || strcmp(names[i], q->category) == 0;
        for (size_t k = 0; k < n && !said; k++)
            said = strcmp(names[i], q->also[k]) == 0;
        if (!said)
            q->also[n++] = names[i];
    }
}

enum MHD_Result qp_similar_get(struct qp_call *c)
{
    struct qp_fault f = {.field = ""};
    struct qp_query q;
    struct qp_similar_query s = {.category = NULL, .sees = qp_seer_of(&c->auth), .seer = &c->auth};
    struct qp_read r;
    struct qp_json j = {0};
    long n = -1;
    qp_query_begin(&q, c, &f);
    read_query(&q, &s);
    int rc = qp_query_end(&q);
    struct qp_arena *a = rc ? NULL : qp_call_arena(c);
    struct qp_similar *found = a ? qp_arena_take(a, QP_SIMILAR_MOST * sizeof *found) : NULL;
    if (!rc)
        rc = found ? qp_read_begin(c->h->store, &r, &f.e) : qp_fault_set(&f, QP_ENOMEM, "", "out of memory");
    if (!rc) {
        struct qp_in_force *policy = qp_core_policy_hold(c->h->core);
        qp_similar_name(&s, policy ? policy->policy : NULL);
        n = qp_matter_similar(&r, &s, found, &f.e);
        qp_in_force_release(policy);
        qp_read_end(&r);
    }
    if (rc || n < 0)
        return qp_answer_fault(c, &f);
    qp_json_object(&j);
    qp_json_key(&j, "items");
    qp_json_array(&j);
    for (long i = 0; i < n; i++)
        qp_json_similar(&j, &found[i]);
    qp_json_array_end(&j);
    qp_json_object_end(&j);
    return qp_answer_json(c, 200, &j);
}
