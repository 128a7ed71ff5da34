/* json_circular.c: see json_circular.h. Figures follow from their list (node/insight/circular/figure.h). */
#include "node/http/shape/json_circular.h"

#include <stdio.h>
#include <string.h>

enum { SENTENCE = 512 };

static const char *const verbs[] = {"", "accept", "return"};

void qp_place_title(char *out, size_t cap, struct qp_read *r, const char *path)
{
    struct qp_node_entry n;
    bool titled = r && !qp_node_by_path(r, path, &n) && *n.title;
    qp_text_cut(out, cap, titled ? n.title : path);
}

const char *qp_circular_state(const Qp__CircularHead *h)
{
    if (h->corrected.len > 0)
        return "corrected";
    if (h->n_words == 0)
        return "issued";
    return h->words[h->n_words - 1]->verb == QP_CIRCULAR_ACCEPT ? "accepted" : "returned";
}

static void put_path(struct qp_json *j, const char *name, struct qp_read *r, ProtobufCBinaryData node)
{
    struct qp_node_entry n;
    bool known = r && node.len == QP_ID_LEN && !qp_node_by_id(r, node.data, &n);
    qp_json_put(j, name, known ? n.path : NULL);
}

static void put_words(struct qp_json *j, const Qp__CircularHead *h, struct qp_read *r)
{
    qp_json_key(j, "words");
    qp_json_array(j);
    for (size_t i = 0; i < h->n_words; i++) {
        const Qp__CircularWord *w = h->words[i];
        qp_json_object(j);
        qp_json_put(j, "verb", w->verb < sizeof verbs / sizeof *verbs ? verbs[w->verb] : "");
        qp_json_put(j, "reason", w->reason);
        put_path(j, "node", r, w->node);
        qp_json_put_full(j, "by", w->by);
        qp_json_put_time(j, "at", w->at_us);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

static void put_id(struct qp_json *j, const char *name, ProtobufCBinaryData id)
{
    qp_json_key(j, name);
    qp_json_id(j, id.data, id.len);
}

void qp_json_circular_head(struct qp_json *j, const Qp__CircularHead *h, const struct qp_zone *zone,
                           struct qp_read *r)
{
    const Qp__CircularSaid *s = h->said;
    struct qp_node_entry n;
    char name[32], title[QP_TITLE_BYTES + 1] = "";
    qp_period_text(name, (enum qp_circular_period)s->period, s->from_us, s->to_us, zone);
    bool known = r && h->node.len == QP_ID_LEN && !qp_node_by_id(r, h->node.data, &n);
    if (known)
        qp_place_title(title, sizeof title, r, n.path);
    put_id(j, "id", s->id);
    qp_json_key(j, "number");
    qp_json_uint(j, s->number);
    qp_json_put(j, "period", qp_period_name(s->period));
    qp_json_put(j, "name", name);
    qp_json_put_time(j, "from", s->from_us);
    qp_json_put_time(j, "to", s->to_us);
    qp_json_put_time(j, "issued_at", h->issued_us);
    qp_json_put_full(j, "issued_by", h->by);
    qp_json_put(j, "node", known ? n.path : NULL);
    qp_json_put(j, "title", title);
    put_id(j, "corrects", s->corrects);
    put_id(j, "corrected_by", h->corrected);
    qp_json_put(j, "state", qp_circular_state(h));
    put_words(j, h, r);
    qp_json_put_int(j, "version", 1 + (int64_t)h->n_words);
    qp_json_put_time(j, "updated_at", h->n_words > 0 ? h->words[h->n_words - 1]->at_us : h->issued_us);
}

/* ---- figures ---- */

static void put_pair(struct qp_json *j, enum qp_figure_kind kind, const uint64_t n[2])
{
    qp_json_key(j, "numerator");
    qp_json_uint(j, n[0]);
    qp_json_key(j, "denominator");
    if (kind == QP_FIGURE_COUNT)
        qp_json_null(j);
    else
        qp_json_uint(j, n[1]);
}

static void put_value(struct qp_json *j, enum qp_figure_kind kind, uint64_t above, uint64_t below)
{
    qp_json_key(j, "value");
    if (kind == QP_FIGURE_COUNT || below == 0)
        qp_json_null(j);
    else
        qp_json_real(j, (double)above / (double)below);
}

static void put_span(struct qp_json *j, const char *name, enum qp_figure_kind kind, const uint64_t n[2])
{
    qp_json_key(j, name);
    if (!n) {
        qp_json_null(j);
        return;
    }
    qp_json_object(j);
    put_pair(j, kind, n);
    qp_json_object_end(j);
}

/* CI6: two denominators are usual: of those reached, and of all visited. */
static void put_of_reached(struct qp_json *j, const uint64_t n[2], uint64_t reached)
{
    qp_json_key(j, "of_reached");
    qp_json_object(j);
    qp_json_key(j, "denominator");
    qp_json_uint(j, reached);
    put_value(j, QP_FIGURE_SHARE, n[0], reached);
    qp_json_object_end(j);
}

struct row {
    const Qp__CircularRow *r;
    const char *title;
    struct qp_numbers now, before, year;
    bool has_year;
};

static void put_figure(struct qp_json *j, const struct row *row, int f)
{
    const struct qp_figure_row *figure = &qp_figure_rows[f];
    qp_json_object(j);
    qp_json_put(j, "name", figure->name);
    qp_json_put(j, "by", qp_by_rows[row->r->by].name);
    qp_json_put(j, "key", row->r->rest ? "…" : row->r->key);
    if (row->r->rest)
        qp_json_put_bool(j, "rest", true);
    if (row->title)
        qp_json_put(j, "title", row->title);
    put_pair(j, figure->kind, row->now.n[f]);
    put_value(j, figure->kind, row->now.n[f][0], row->now.n[f][1]);
    put_span(j, "before", figure->kind, row->before.n[f]);
    put_span(j, "year_ago", figure->kind, row->has_year ? row->year.n[f] : NULL);
    if (f == QP_CF_RESOLVED || f == QP_CF_SATISFIED)
        put_of_reached(j, row->now.n[f], qp_numbers_reached(&row->now));
    qp_json_object_end(j);
}

static void put_figures(struct qp_json *j, const Qp__Circular *c, struct qp_read *r)
{
    qp_json_key(j, "figures");
    qp_json_array(j);
    for (size_t i = 0; i < c->n_rows; i++) {
        struct row row = {.r = c->rows[i], .has_year = c->year};
        char title[QP_TITLE_BYTES + 1];
        if (row.r->by >= QP_CIRCULAR_BY_N || qp_numbers_read(&row.now, row.r->now) ||
            qp_numbers_read(&row.before, row.r->before) || qp_numbers_read(&row.year, row.r->year_ago))
            continue;
        if (row.r->by == QP_CB_AREA && !row.r->rest) {
            qp_place_title(title, sizeof title, r, row.r->key);
            row.title = title;
        }
        for (int f = 0; f < QP_CIRCULAR_FIGURE_N; f++)
            put_figure(j, &row, f);
    }
    qp_json_array_end(j);
}

/* ---- what it rests on ---- */

static void put_below(struct qp_json *j, const Qp__Circular *c, struct qp_read *r)
{
    static const char *const heard[] = {"", "live", "late", "cut", "never"};
    qp_json_key(j, "below");
    qp_json_array(j);
    for (size_t i = 0; i < c->n_below; i++) {
        const Qp__CircularBelow *b = c->below[i];
        char title[QP_TITLE_BYTES + 1];
        qp_place_title(title, sizeof title, r, b->area);
        qp_json_object(j);
        qp_json_put(j, "area", b->area);
        qp_json_put(j, "title", title);
        qp_json_put(j, "state", b->state < sizeof heard / sizeof *heard ? heard[b->state] : "");
        qp_json_put_time(j, "as_of", b->as_of_us);
        qp_json_key(j, "number");
        if (b->number == 0)
            qp_json_null(j);
        else
            qp_json_uint(j, b->number);
        qp_json_key(j, "opened");
        if (b->number == 0)
            qp_json_null(j);
        else
            qp_json_uint(j, b->opened);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

static void put_findings(struct qp_json *j, const Qp__Circular *c, const struct qp_zone *zone)
{
    qp_json_key(j, "findings");
    qp_json_array(j);
    for (size_t i = 0; i < c->n_findings; i++) {
        const Qp__CircularFinding *f = c->findings[i];
        char text[SENTENCE];
        bool figure = f->figure >= 1 && f->figure <= QP_CIRCULAR_FIGURE_N;
        qp_json_object(j);
        qp_json_put(j, "kind", qp_finding_name(f->kind));
        qp_finding_text(text, sizeof text, f, zone, false);
        qp_json_put(j, "text", text);
        qp_finding_text(text, sizeof text, f, zone, true);
        qp_json_put(j, "text_zh", text);
        qp_json_put(j, "by", qp_by_rows[f->by < QP_CIRCULAR_BY_N ? f->by : 0].name);
        qp_json_put(j, "key", f->key);
        qp_json_put(j, "figure", figure ? qp_figure_rows[f->figure - 1].name : NULL);
        qp_json_key(j, "is");
        qp_json_uint(j, f->is);
        qp_json_key(j, "was");
        qp_json_uint(j, f->was);
        put_id(j, "circular", f->circular);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

static void put_span_times(struct qp_json *j, const char *name, int64_t from_us, int64_t to_us)
{
    qp_json_key(j, name);
    qp_json_object(j);
    qp_json_put_time(j, "from", from_us);
    qp_json_put_time(j, "to", to_us);
    qp_json_object_end(j);
}

static void put_views(struct qp_json *j, const Qp__Circular *c)
{
    qp_json_key(j, "views"); /* what the categories are cases of: `circular verify` counts by it */
    qp_json_array(j);
    for (size_t i = 0; i < c->n_rows; i++) {
        if (c->rows[i]->by != QP_CB_CATEGORY || c->rows[i]->view[0] == 0)
            continue;
        qp_json_object(j);
        qp_json_put(j, "category", c->rows[i]->key);
        qp_json_put(j, "view", c->rows[i]->view);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
}

void qp_json_circular(struct qp_json *j, const Qp__CircularHead *h, const Qp__Circular *body,
                      const struct qp_zone *zone, struct qp_read *r)
{
    char rule[QP_POLICY_VERSIONS + 64];
    qp_json_circular_head(j, h, zone, r);
    snprintf(rule, sizeof rule, "figures-%u/policy-%s", body->figures, body->policy);
    qp_json_put(j, "rule", rule);
    qp_json_key(j, "figures_version");
    qp_json_uint(j, body->figures);
    qp_json_put(j, "policy", body->policy);
    qp_json_put(j, "area", body->area);
    qp_json_put(j, "level", body->level);
    qp_json_put(j, "zone", body->zone);
    qp_json_key(j, "patrol_plan"); /* by which patrols were counted: `circular verify` counts by it */
    if (body->patrols_per_day == 0) {
        qp_json_null(j);
    } else {
        qp_json_object(j);
        qp_json_put_int(j, "per_day", body->patrols_per_day);
        qp_json_put_int(j, "minutes", body->patrols_minutes);
        qp_json_put_bool(j, "police", body->patrols_police);
        qp_json_put_time(j, "until", body->patrols_until_us);
        qp_json_object_end(j);
    }
    put_span_times(j, "period_before", body->before_us, body->from_us);
    put_span_times(j, "period_year_ago", body->year_from_us, body->year_to_us);
    qp_json_put_bool(j, "has_year_ago", body->year);
    qp_json_key(j, "through");
    qp_json_uint(j, body->through);
    qp_json_put_int(j, "incarnation", h->incarnation);
    qp_json_key(j, "matters");
    qp_json_uint(j, body->matters);
    qp_json_key(j, "hash");
    qp_json_hex(j, h->said->hash.data, h->said->hash.len);
    put_below(j, body, r);
    put_findings(j, body, zone);
    put_views(j, body);
    put_figures(j, body, r);
}

void qp_json_figures(struct qp_json *j)
{
    qp_json_object(j);
    qp_json_put_int(j, "version", QP_FIGURES_VERSION);
    qp_json_key(j, "figures");
    qp_json_array(j);
    for (int f = 0; f < QP_CIRCULAR_FIGURE_N; f++) {
        const struct qp_figure_row *x = &qp_figure_rows[f];
        qp_json_object(j);
        qp_json_put(j, "name", x->name);
        qp_json_put(j, "kind", x->kind == QP_FIGURE_COUNT ? "count" : "share");
        qp_json_put(j, "zh", x->zh);
        qp_json_put(j, "en", x->en);
        qp_json_put(j, "numerator_zh", x->above_zh);
        qp_json_put(j, "numerator_en", x->above_en);
        qp_json_put_full(j, "denominator_zh", x->below_zh);
        qp_json_put_full(j, "denominator_en", x->below_en);
        qp_json_put(j, "from", x->from);
        qp_json_object_end(j);
    }
    qp_json_array_end(j);
    qp_json_object_end(j);
}
