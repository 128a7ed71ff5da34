/* similar.c: see similar.h. */
#include "node/matter/similar.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "node/matter/face.h"
#include "node/matter/fold.h"
#include "node/matter/scan.h"

enum { ROW_COST = 8, SCRATCH_BYTES = 1 << 20, COMPARED_BYTES = 3 * QP_SIMILAR_PAIRS + 600 };

/* ---- texts ---- */

/* The next letter of UTF-8, blanks and punctuation of ASCII left out; 0 at the end. */
static uint32_t letter(const unsigned char **p)
{
    for (;;) {
        unsigned char c = **p;
        if (c == 0)
            return 0;
        ++*p;
        if (c < 0x80) {
            if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
                return c;
            continue;
        }
        uint32_t code = c;
        while ((**p & 0xc0) == 0x80)
            code = code << 8 | *(*p)++;
        return code;
    }
}

static int by_number(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

struct pairs {
    uint64_t v[QP_SIMILAR_PAIRS];
    size_t n;
};

static void pairs_of(struct pairs *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    uint32_t before = letter(&p), now;
    out->n = 0;
    while (before && (now = letter(&p)) != 0 && out->n < QP_SIMILAR_PAIRS) {
        out->v[out->n++] = (uint64_t)before << 32 | now;
        before = now;
    }
    qsort(out->v, out->n, sizeof *out->v, by_number);
}

static double likeness(const struct pairs *a, const struct pairs *b)
{
    size_t i = 0, k = 0, both = 0;
    while (i < a->n && k < b->n) {
        if (a->v[i] == b->v[k]) {
            both++;
            i++;
            k++;
        } else if (a->v[i] < b->v[k]) {
            i++;
        } else {
            k++;
        }
    }
    return a->n + b->n == 0 ? 0 : 2.0 * (double)both / (double)(a->n + b->n);
}

double qp_text_likeness(const char *a, const char *b)
{
    struct pairs x, y;
    pairs_of(&x, a);
    pairs_of(&y, b);
    return likeness(&x, &y);
}

/* ---- places ---- */

/* Haversine on a sphere: half a per cent off at most. */
static double distance_m(double lat1, double lon1, double lat2, double lon2)
{
    const double rad = 0.017453292519943295, earth_m = 6371008.8;
    double s = sin((lat2 - lat1) * rad / 2), t = sin((lon2 - lon1) * rad / 2);
    double h = s * s + cos(lat1 * rad) * cos(lat2 * rad) * t * t;
    return 2 * earth_m * asin(sqrt(h < 1 ? h : 1));
}

/* ---- the walk ---- */

struct walk {
    struct qp_read *r;
    const struct qp_similar_query *q;
    struct pairs said;
    struct qp_arena *scratch;
    struct qp_similar *found; /* of all states, QP_SIMILAR_MOST each at most */
    size_t n;
};

static const char *folded(struct walk *w, const char *text)
{
    const char *out = qp_fold(w->scratch, qp_face_cut(w->scratch, text, COMPARED_BYTES));
    return out ? out : "";
}

/* What the matter says, title first: as much as is compared. */
static const char *texts(struct walk *w, const Qp__Face *f)
{
    size_t len = strlen(f->title) + strlen(f->text) + 2;
    char *both = qp_face_take(w->scratch, len);
    snprintf(both, len, "%s %s", f->title, f->text);
    return folded(w, both);
}

static bool is_like(struct walk *w, const Qp__Face *f, struct qp_similar *s)
{
    bool both = w->q->located && f->location;
    s->likeness = s->distance_m = -1;
    if (both)
        s->distance_m = distance_m(w->q->lat, w->q->lon, f->location->lat, f->location->lon);
    if (w->q->text) {
        struct pairs theirs;
        pairs_of(&theirs, texts(w, f));
        s->likeness = likeness(&w->said, &theirs);
        double title = 0;
        pairs_of(&theirs, folded(w, f->title));
        title = likeness(&w->said, &theirs);
        s->likeness = title > s->likeness ? title : s->likeness;
    }
    return (both && s->distance_m <= QP_SIMILAR_RADIUS_M) || s->likeness >= QP_SIMILAR_LIKENESS;
}

static int look_at(struct walk *w, const uint8_t id[QP_ID_LEN], bool *taken, struct qp_err *e)
{
    MDB_val v;
    Qp__Row *row;
    *taken = false;
    qp_arena_reset(w->scratch);
    int rc = qp_get(w->r->tables, qp_store_dbi(w->r->store, QP_T_MATTER), id, QP_ID_LEN, &v);
    if (rc)
        return qp_fail(e, rc == QP_ENOTFOUND ? QP_ECORRUPT : rc,
                       "an index names a matter that is not there; run qipan rebuild");
    rc = qp_row_decode(&row, v, w->scratch, e);
    if (rc)
        return rc;
    struct qp_similar *s = &w->found[w->n];
    const Qp__Face *f = row->face;
    if ((w->q->sees && !w->q->sees(w->q->seer, row)) || !is_like(w, f, s))
        return 0;
    memcpy(s->id, id, QP_ID_LEN);
    snprintf(s->title, sizeof s->title, "%s", f->title);
    s->state = f->state;
    s->opened_us = f->opened_us;
    w->n++;
    *taken = true;
    return 0;
}

/* category: one of its names; NULL: any. */
static int walk_state(struct walk *w, uint32_t state, const char *category, struct qp_err *e)
{
    struct qp_scan s;
    size_t had = w->n;
    int rc = qp_scan_open(&s, w->r, QP_T_MATTER, true, e);
    if (!rc)
        rc = qp_scan_add(&s, QP_INDEX_STATE, state, e);
    if (!rc && category)
        rc = qp_scan_add(&s, QP_INDEX_CATEGORY, qp_code(category), e);
    s.budget = (long)QP_SIMILAR_ROWS * ROW_COST;
    while (!rc && s.budget > 0 && w->n - had < QP_SIMILAR_MOST) {
        bool taken;
        rc = qp_scan_next(&s, e);
        if (!rc)
            rc = look_at(w, s.at + 8, &taken, e);
        s.budget -= ROW_COST - 1;
    }
    qp_scan_close(&s);
    return rc == QP_ENOTFOUND || rc == QP_EBUSY ? 0 : rc;
}

static int newest_first(const void *a, const void *b)
{
    const struct qp_similar *x = a, *y = b;
    if (x->opened_us != y->opened_us)
        return x->opened_us > y->opened_us ? -1 : 1;
    return memcmp(y->id, x->id, QP_ID_LEN);
}

long qp_matter_similar(struct qp_read *r, const struct qp_similar_query *q,
                       struct qp_similar out[QP_SIMILAR_MOST], struct qp_err *e)
{
    static const uint32_t open[] = {QP_OPEN, QP_SORTED, QP_ASSIGNED, QP_HANDLED, QP_VISITED, QP_HUNG};
    enum { STATES = sizeof open / sizeof *open, WALKS = STATES * (1 + QP_SIMILAR_ALSO) };
    struct walk w = {.r = r, .q = q, .scratch = qp_arena_new(SCRATCH_BYTES)};
    w.found = calloc(WALKS * QP_SIMILAR_MOST + 1, sizeof *w.found);
    int rc = w.scratch && w.found ? 0 : qp_fail(e, QP_ENOMEM, "no memory to compare");
    if (!rc && q->text)
        pairs_of(&w.said, folded(&w, q->text));
    for (size_t i = 0; i < WALKS && !rc; i++) {
        const char *name = i < STATES ? q->category : q->also[i / STATES - 1];
        if (i < STATES || name)
            rc = walk_state(&w, open[i % STATES], name, e);
    }
    size_t n = w.n < QP_SIMILAR_MOST ? w.n : QP_SIMILAR_MOST;
    if (!rc) {
        qsort(w.found, w.n, sizeof *w.found, newest_first);
        memcpy(out, w.found, n * sizeof *out);
    }
    free(w.found);
    if (w.scratch)
        qp_arena_free(w.scratch);
    return !rc ? (long)n : -1;
}
