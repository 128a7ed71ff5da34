/* count.c: lives into rows. See census.h. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/circular/life.h"
#include "topology/path.h"

struct row { /* of a key, while it is counted */
    enum qp_circular_by by;
    uint32_t key;
    struct qp_numbers span[QP_SPANS];
};
struct counting {
    struct qp_census *c;
    qp_view_of *view;
    void *view_arg;
    struct qp_strings keys; /* what the own matters' texts are not: children, views */
    struct row *rows;
    uint32_t n, cap;
    uint32_t *slots;
    uint32_t n_slots;
};

static void counting_free(struct counting *k)
{
    free(k->rows);
    free(k->slots);
    free(k->keys.bytes);
    free(k->keys.at);
    free(k->keys.slots);
}

/* ---- keys ---- */

/* The child in which an area lies, or the census's own. */
static uint32_t child_of(struct counting *k, uint32_t area)
{
    const char *path = qp_string_at(&k->c->texts, area), *own = qp_string_at(&k->c->texts, k->c->area);
    size_t len = strlen(own);
    if (path[len] == '/')
        len += 1 + strcspn(path + len + 1, "/");
    return qp_string_number(&k->keys, path, len);
}

static uint32_t copy_of(struct counting *k, uint32_t text)
{
    const char *t = qp_string_at(&k->c->texts, text);
    return qp_string_number(&k->keys, t, strlen(t));
}

static uint32_t view_of(struct counting *k, const struct qp_life *l)
{
    const char *v = k->view ? k->view(k->view_arg, qp_string_at(&k->c->texts, l->category)) : NULL;
    return qp_string_number(&k->keys, v ? v : "", v ? strlen(v) : 0);
}

/* Where a matter stands. UINT32_MAX: no memory. *stands false: in no row of this kind. */
static uint32_t key_of(struct counting *k, const struct qp_life *l, enum qp_circular_by by, bool *stands)
{
    *stands = true;
    switch (by) {
    case QP_CB_AREA: return child_of(k, l->area);
    case QP_CB_DESK: return copy_of(k, l->desk);
    case QP_CB_SOURCE: return copy_of(k, l->source);
    case QP_CB_CATEGORY: return copy_of(k, l->category);
    case QP_CB_VIEW: {
        uint32_t key = view_of(k, l);
        *stands = key != 0;
        return key;
    }
    default: return qp_string_number(&k->keys, "", 0);
    }
}

/* ---- rows ---- */

static uint32_t slot_of(enum qp_circular_by by, uint32_t key, uint32_t n)
{
    return (key * UINT32_C(2654435761) ^ (uint32_t)by * UINT32_C(40503)) & (n - 1);
}

static bool grow(struct counting *k)
{
    uint32_t n = k->n_slots > 0 ? k->n_slots * 2 : 512, cap = n / 2;
    struct row *rows = realloc(k->rows, cap * sizeof *rows);
    if (!rows)
        return false;
    k->rows = rows;
    k->cap = cap;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return false;
    for (uint32_t i = 0; i < k->n; i++) {
        uint32_t at = slot_of(rows[i].by, rows[i].key, n);
        while (slots[at] != 0)
            at = (at + 1) & (n - 1);
        slots[at] = i + 1;
    }
    free(k->slots);
    k->slots = slots;
    k->n_slots = n;
    return true;
}

static struct row *row_of(struct counting *k, enum qp_circular_by by, uint32_t key)
{
    if (k->n == k->cap && !grow(k))
        return NULL;
    uint32_t at = slot_of(by, key, k->n_slots);
    for (; k->slots[at] != 0; at = (at + 1) & (k->n_slots - 1)) {
        struct row *r = &k->rows[k->slots[at] - 1];
        if (r->by == by && r->key == key)
            return r;
    }
    k->slots[at] = k->n + 1;
    k->rows[k->n] = (struct row){.by = by, .key = key};
    return &k->rows[k->n++];
}

static bool any(const struct qp_numbers *n)
{
    uint64_t all = 0;
    for (int f = 0; f < QP_CIRCULAR_FIGURE_N; f++)
        all |= n->n[f][0] | n->n[f][1];
    return all != 0;
}

static void numbers_add(struct qp_numbers *to, const struct qp_numbers *n)
{
    for (int f = 0; f < QP_CIRCULAR_FIGURE_N; f++) {
        to->n[f][0] += n->n[f][0];
        to->n[f][1] += n->n[f][1];
    }
}

static int life_add(struct counting *k, const struct qp_life *l, int span)
{
    if (!any(&l->n))
        return 0;
    for (int by = 0; by < QP_CIRCULAR_BY_N; by++) {
        bool stands;
        uint32_t key = key_of(k, l, (enum qp_circular_by)by, &stands);
        struct row *r = stands && key != UINT32_MAX ? row_of(k, (enum qp_circular_by)by, key) : NULL;
        if (key == UINT32_MAX || (stands && !r))
            return QP_ENOMEM;
        if (r)
            numbers_add(&r->span[span], &l->n);
    }
    return 0;
}

static int lives_add(struct counting *k, const struct qp_span_us span[QP_SPANS], struct qp_census_result *out)
{
    struct qp_life_room room = {0};
    int rc = row_of(k, QP_CB_TOTAL, qp_string_number(&k->keys, "", 0)) ? 0 : QP_ENOMEM;
    for (uint32_t i = 0; i < k->c->n_matters && !rc; i++) {
        rc = qp_census_stops(k->c) ? QP_ESTOPPING : qp_life_order(&room, k->c, &k->c->matters[i]);
        for (int s = 0; s < QP_SPANS && !rc; s++) {
            struct qp_life l;
            int found = qp_life_run(&room, k->c, &span[s], &l);
            if (found == QP_ENOTFOUND)
                continue;
            rc = !found ? life_add(k, &l, s) : found;
            out->known[s] = true;
            out->matters += s == QP_SPAN_NOW;
        }
    }
    qp_life_end(&room);
    return rc;
}

/* ---- patrols ---- */

struct adding {
    struct counting *k;
    int span;
};

/* They are of a place, and of no desk, source or category. */
static int patrols_add(void *arg, uint32_t node, uint64_t done, uint64_t planned)
{
    struct adding *x = arg;
    struct counting *k = x->k;
    const struct qp_census *c = k->c;
    uint32_t place = node < c->n_place ? c->place[node] : 0;
    if (place == 0 || (c->gone[node] > 0 && c->gone[node] >= c->born[node]) ||
        !qp_path_within(qp_string_at(&c->texts, place), qp_string_at(&c->texts, c->area)))
        return 0;
    uint32_t key = child_of(k, place), none = qp_string_number(&k->keys, "", 0);
    for (int i = 0; i < 2; i++) {
        struct row *r = key == UINT32_MAX || none == UINT32_MAX ? NULL
                        : i == 0                                ? row_of(k, QP_CB_TOTAL, none)
                                                                : row_of(k, QP_CB_AREA, key);
        if (!r)
            return QP_ENOMEM;
        r->span[x->span].n[QP_CF_PATROLS][0] += done;
        r->span[x->span].n[QP_CF_PATROLS][1] += planned;
    }
    return 0;
}

static int walks_add(struct counting *k, const struct qp_span_us span[QP_SPANS])
{
    int rc = 0;
    for (int s = 0; s < QP_SPANS && !rc; s++) {
        struct adding x = {k, s};
        rc = qp_walks_count(k->c, &span[s], patrols_add, &x);
    }
    return rc;
}

/* ---- the result ---- */

static int row_cmp(const void *a, const void *b)
{
    const struct qp_census_row *x = a, *y = b;
    if (x->by != y->by)
        return x->by < y->by ? -1 : 1;
    return x->rest != y->rest ? (x->rest ? 1 : -1) : strcmp(x->key, y->key);
}

/* More first opened, or else bytewise: who stays where there are too many. */
static int larger(const void *a, const void *b)
{
    const struct qp_census_row *x = a, *y = b;
    if (x->by != y->by)
        return x->by < y->by ? -1 : 1;
    uint64_t nx = x->span[QP_SPAN_NOW].n[QP_CF_OPENED][0], ny = y->span[QP_SPAN_NOW].n[QP_CF_OPENED][0];
    return nx != ny ? (nx > ny ? -1 : 1) : strcmp(x->key, y->key);
}

/* Keys beyond the room of their kind become one row. */
static void cut(struct qp_census_result *out)
{
    size_t kept = 0, of = 0;
    struct qp_census_row *rest = NULL;
    qsort(out->rows, out->n, sizeof *out->rows, larger);
    for (size_t i = 0; i < out->n; i++) {
        struct qp_census_row *r = &out->rows[i];
        if (kept > 0 && r->by != out->rows[kept - 1].by) {
            of = 0;
            rest = NULL;
        }
        if (of++ < QP_CIRCULAR_KEYS) {
            out->rows[kept++] = *r;
            continue;
        }
        out->cut[r->by]++;
        if (!rest) {
            rest = &out->rows[kept++];
            *rest = *r;
            rest->rest = true;
            rest->key = "";
            continue;
        }
        for (int s = 0; s < QP_SPANS; s++)
            numbers_add(&rest->span[s], &r->span[s]);
    }
    out->n = kept;
    qsort(out->rows, out->n, sizeof *out->rows, row_cmp);
}

static int result_of(struct counting *k, struct qp_census_result *out)
{
    out->rows = calloc(k->n + 1u, sizeof *out->rows);
    if (!out->rows)
        return QP_ENOMEM;
    for (uint32_t i = 0; i < k->n; i++) {
        struct qp_census_row *r = &out->rows[out->n++];
        *r = (struct qp_census_row){.by = k->rows[i].by, .key = qp_string_at(&k->keys, k->rows[i].key)};
        memcpy(r->span, k->rows[i].span, sizeof r->span);
    }
    out->texts = k->keys.bytes; /* the keys lie in it */
    k->keys.bytes = NULL;
    cut(out);
    return 0;
}

int qp_census_count(struct qp_census *c, const struct qp_span_us span[QP_SPANS], qp_view_of *view, void *arg,
                    struct qp_census_result *out)
{
    struct counting k = {.c = c, .view = view, .view_arg = arg};
    *out = (struct qp_census_result){0};
    int rc = lives_add(&k, span, out);
    if (!rc)
        rc = walks_add(&k, span);
    if (!rc)
        rc = result_of(&k, out);
    counting_free(&k);
    if (rc)
        qp_census_result_free(out);
    return rc;
}

void qp_census_result_free(struct qp_census_result *r)
{
    free(r->rows);
    free(r->texts);
    *r = (struct qp_census_result){0};
}

/* ---- the matters behind a figure ---- */

static int id_cmp(const void *a, const void *b, void *arg)
{
    const struct qp_census *c = arg;
    return memcmp(c->matters[*(const uint32_t *)a].id, c->matters[*(const uint32_t *)b].id, QP_ID_LEN);
}

/* 0: it is not behind it, 1: it is, with both numbers; else an error below 0. */
static int behind(struct counting *k, struct qp_life_room *room, const struct qp_behind *b, uint32_t i,
                  uint64_t n[2])
{
    struct qp_life l;
    if (qp_census_stops(k->c))
        return -QP_ESTOPPING;
    if (qp_life_order(room, k->c, &k->c->matters[i]))
        return -QP_ENOMEM;
    int found = qp_life_run(room, k->c, &b->span, &l);
    if (found)
        return found == QP_ENOTFOUND ? 0 : -found;
    memcpy(n, l.n.n[b->figure], sizeof l.n.n[b->figure]);
    if (n[0] == 0 && n[1] == 0)
        return 0;
    bool stands;
    uint32_t key = key_of(k, &l, b->by, &stands);
    if (key == UINT32_MAX)
        return -QP_ENOMEM;
    return stands && strcmp(qp_string_at(&k->keys, key), b->key) == 0;
}

int qp_census_behind(struct qp_census *c, const struct qp_behind *b, qp_view_of *view, void *arg,
                     int (*each)(void *arg, const uint8_t id[QP_ID_LEN], uint64_t above, uint64_t below),
                     void *each_arg)
{
    struct counting k = {.c = c, .view = view, .view_arg = arg};
    struct qp_life_room room = {0};
    uint32_t *order = malloc((c->n_matters + 1u) * sizeof *order);
    int rc = order ? 0 : QP_ENOMEM;
    for (uint32_t i = 0; i < c->n_matters && order; i++)
        order[i] = i;
    if (order)
        qsort_r(order, c->n_matters, sizeof *order, id_cmp, c);
    for (uint32_t i = 0; i < c->n_matters && !rc; i++) {
        uint64_t n[2] = {0, 0};
        int is = behind(&k, &room, b, order[i], n);
        rc = is < 0 ? -is : is > 0 ? each(each_arg, c->matters[order[i]].id, n[0], n[1]) : 0;
    }
    free(order);
    qp_life_end(&room);
    counting_free(&k);
    return rc;
}
