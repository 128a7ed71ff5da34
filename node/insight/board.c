/* board.c: turns the change of a row into changes of cells. Called by the matter's projection
 * (qp_board_change) and once at the end of a turn (qp_board_flush).
 *
 * A matter stands in (levels) x (5 dimensions) x (3 grains; for totals hours too) cells for each moment of
 * its life, but most changes leave most of them as they are. So the difference between the old and the new
 * contribution is worked out once, as a short list of (grain, bucket, counts), and only what differs goes to
 * the cells. */
#include "node/insight/board.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/insight/gather.h"
#include "node/insight/names.h"

struct qp_board {
    struct qp_names *names;
    struct qp_gather *gather;
    uint64_t self_code;
    bool no_memory;
};

struct qp_board *qp_board_new(const char *self_path, const struct qp_zone *zone)
{
    (void)zone; /* rows bring their buckets with them */
    struct qp_board *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->self_code = qp_code(self_path);
    b->names = qp_names_new(self_path);
    b->gather = qp_gather_new();
    if (!b->names || !b->gather) {
        qp_board_free(b);
        return NULL;
    }
    return b;
}

void qp_board_free(struct qp_board *b)
{
    if (!b)
        return;
    qp_gather_free(b->gather);
    qp_names_free(b->names);
    free(b);
}

void qp_board_forget(struct qp_board *b)
{
    qp_gather_reset(b->gather);
    qp_names_clear_noted(b->names);
    qp_names_trim(b->names);
    b->no_memory = false;
}

/* ---- a row, seen as what it adds and where ---- */

struct standing {
    int levels; /* 0: adds nothing here */
    const struct qp_name *area;
    const struct qp_name *name[QP_D_END]; /* desk, source, category */
    struct qp_contribution c;
};

static bool standing_of(struct standing *s, struct qp_board *b, const Qp__Row *row)
{
    *s = (struct standing){0};
    if (!row)
        return true;
    struct qp_facts f;
    qp_facts_of(&f, row);
    s->area = qp_names_area(b->names, f.area.p, f.area.len);
    if (!s->area)
        return false;
    s->levels = s->area->levels;
    if (s->levels == 0)
        return true;
    qp_contribution_of(&s->c, &f);
    s->name[QP_D_DESK] = qp_names_find(b->names, f.desk.p, f.desk.len);
    s->name[QP_D_SOURCE] = qp_names_find(b->names, f.source.p, f.source.len);
    s->name[QP_D_CATEGORY] = qp_names_find(b->names, f.category.p, f.category.len);
    return s->name[QP_D_DESK] && s->name[QP_D_SOURCE] && s->name[QP_D_CATEGORY];
}

static const struct qp_name *area_at(const struct standing *s, int level)
{
    return level < s->levels ? s->area->at[level] : NULL;
}

/* What the matter stands under in one area's dimension; NULL for totals. */
static const struct qp_name *name_at(const struct standing *s, int level, int dimension)
{
    if (dimension != QP_D_CHILD)
        return s->name[dimension];
    return s->area->at[level + 1];
}

/* ---- the difference of two contributions ---- */

/* What is to be added to the cells of one grain and bucket. */
struct change {
    uint8_t grain;
    int32_t bucket, hour; /* an hour stands in its day's bucket */
    int32_t n[QP_FIGURE_LANES];
    struct qp_handled handled[2];
    size_t n_handled;
};
enum { CHANGES_MAX = 1 + 2 * QP_MOMENTS * 3 }; /* all; month, day, hour of each part, old and new */

struct changes {
    bool made;
    size_t n;
    struct change list[CHANGES_MAX];
};

static struct change *change_of(struct changes *c, uint8_t grain, int32_t bucket, int32_t hour)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->list[i].bucket == bucket && c->list[i].grain == grain && c->list[i].hour == hour)
            return &c->list[i];
    assert(c->n < CHANGES_MAX);
    struct change *x = &c->list[c->n++];
    *x = (struct change){.grain = grain, .bucket = bucket, .hour = hour};
    return x;
}

static void change_add(struct change *x, const struct qp_moment_share *p, int sign)
{
    for (int i = 0; i < QP_FIGURE_LANES; i++)
        x->n[i] += sign * p->n[i];
    if (!p->handled)
        return;
    for (size_t i = 0; i < x->n_handled; i++) {
        if (x->handled[i].bucket == p->handle_bucket) {
            x->n_handled = i; /* the old one and the new one are the same */
            return;
        }
    }
    assert(x->n_handled < 2);
    x->handled[x->n_handled++] = (struct qp_handled){p->handle_bucket, sign};
}

static void contribution_add(struct changes *c, const struct qp_contribution *from, int sign)
{
    for (int m = 0; m < QP_MOMENTS; m++) {
        const struct qp_moment_share *p = &from->share[m];
        if (!p->there)
            continue;
        change_add(change_of(c, QP_G_ALL, 0, 0), p, sign);
        change_add(change_of(c, QP_G_MONTH, qp_bucket_month(p->day), 0), p, sign);
        change_add(change_of(c, QP_G_DAY, p->day, 0), p, sign);
        change_add(change_of(c, QP_G_HOUR, p->day, p->hour), p, sign);
    }
}

/* Drops what came out as no change. */
static void changes_prune(struct changes *c)
{
    size_t out = 0;
    for (size_t i = 0; i < c->n; i++) {
        int32_t any = 0;
        for (int f = 0; f < QP_FIGURE_LANES; f++)
            any |= c->list[i].n[f];
        if (any != 0 || c->list[i].n_handled > 0)
            c->list[out++] = c->list[i];
    }
    c->n = out;
}

static const struct changes *changes_make(struct changes *c, const struct qp_contribution *less,
                                          const struct qp_contribution *more)
{
    if (c->made)
        return c;
    c->made = true;
    c->n = 0;
    if (less)
        contribution_add(c, less, -1);
    if (more)
        contribution_add(c, more, 1);
    changes_prune(c);
    return c;
}

static void changes_put(struct qp_board *b, const struct changes *c, const struct qp_name *area,
                        int dimension, const struct qp_name *value)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct change *x = &c->list[i];
        struct qp_cell_key k = {area->code, value ? value->code : 0, x->bucket, x->grain, (uint8_t)dimension};
        if (x->grain == QP_G_HOUR) {
            if (dimension != QP_D_TOTAL)
                continue;
            k.grain = QP_G_DAY;
            k.dimension = QP_D_HOUR;
            k.value = qp_hour_value(x->hour);
        }
        qp_gather_add(b->gather, &k, x->n, x->handled, x->n_handled);
    }
}

/* The dimensions in which a matter stands in one area: an area's own matters are nobody's of its children. */
static bool stands_in(const struct standing *s, int level, int dimension)
{
    if (dimension == QP_D_HOUR)
        return false; /* goes with the totals */
    return level < s->levels && (dimension != QP_D_CHILD || level + 1 < s->levels);
}

/* Which names came into use and which may have gone out of it. All values stand at level 0, areas at their
 * own. */
static void names_note(struct qp_board *b, int level, const struct standing *old, const struct standing *new)
{
    const struct qp_name *was = area_at(old, level), *is = area_at(new, level);
    if (was != is) {
        qp_names_note(b->names, was, true);
        qp_names_note(b->names, is, false);
    }
    for (int d = QP_D_DESK; level == 0 && d <= QP_D_CATEGORY; d++) {
        if (old->name[d] != new->name[d]) {
            qp_names_note(b->names, old->name[d], true);
            qp_names_note(b->names, new->name[d], false);
        }
    }
}

void qp_board_change(struct qp_board *b, const Qp__Row *before, const Qp__Row *after)
{
    struct standing old, new;
    if (!standing_of(&old, b, before) || !standing_of(&new, b, after)) {
        b->no_memory = true;
        return;
    }
    struct changes both, minus, plus;
    both.made = minus.made = plus.made = false;
    for (int l = 0; l < old.levels || l < new.levels; l++) {
        const struct qp_name *was = area_at(&old, l), *is = area_at(&new, l);
        names_note(b, l, &old, &new);
        for (int d = QP_D_TOTAL; d < QP_D_END; d++) {
            bool stood = stands_in(&old, l, d), stands = stands_in(&new, l, d);
            const struct qp_name *from = stood ? name_at(&old, l, d) : NULL,
                                 *to = stands ? name_at(&new, l, d) : NULL;
            if (stood && stands && was == is && from == to) {
                changes_put(b, changes_make(&both, &old.c, &new.c), is, d, to);
                continue;
            }
            if (stood)
                changes_put(b, changes_make(&minus, &old.c, NULL), was, d, from);
            if (stands)
                changes_put(b, changes_make(&plus, NULL, &new.c), is, d, to);
        }
    }
}

/* ---- to the tables ---- */

/* True when a matter stands under this code now: as a desk, source or category of the whole node, or as an
 * area. */
static int in_use(bool *used, const struct qp_board *b, struct qp_txn *t, uint64_t code, struct qp_err *e)
{
    MDB_dbi dbi = qp_store_dbi(t->store, QP_T_CELL);
    struct qp_cell_key k = {.area = b->self_code, .value = code, .grain = QP_G_ALL};
    *used = false;
    for (int d = QP_D_TOTAL; d <= QP_D_CATEGORY && !*used; d++) {
        if (d == QP_D_HOUR)
            continue;
        uint8_t packed[QP_CELL_KEY_LEN];
        MDB_val val;
        struct qp_cell_key as_area = {.area = code, .dimension = QP_D_TOTAL, .grain = QP_G_ALL};
        k.dimension = (uint8_t)d;
        qp_cell_key_pack(packed, d == QP_D_TOTAL ? &as_area : &k);
        int rc = qp_get(t->tables, dbi, packed, sizeof packed, &val);
        if (rc && rc != QP_ENOTFOUND)
            return qp_fail(e, rc, "reading the board failed");
        *used = !rc;
    }
    return 0;
}

/* The names in the table are those that the cells use, whatever turns the changes came in: a rebuild makes
 * the same table. */
static int name_write(const struct qp_board *b, const struct qp_name *x, struct qp_txn *t, struct qp_err *e)
{
    bool used = true;
    int rc = x->noted_old ? in_use(&used, b, t, x->code, e) : 0;
    if (rc)
        return rc;
    MDB_dbi dbi = qp_store_dbi(t->store, QP_T_NAME);
    uint8_t key[8];
    MDB_val val;
    qp_be64(key, x->code);
    if (!used)
        return qp_del(t->tables, dbi, key, sizeof key, e);
    rc = qp_get(t->tables, dbi, key, sizeof key, &val);
    if (rc == QP_ENOTFOUND)
        return qp_put(t->tables, dbi, key, sizeof key, x->text, x->len, e);
    return !rc ? 0 : qp_fail(e, rc, "reading the board's names failed");
}

int qp_board_flush(struct qp_board *b, struct qp_txn *t, struct qp_err *e)
{
    if (b->no_memory)
        return qp_fail(e, QP_ENOMEM, "no memory for the board's names");
    int rc = qp_gather_flush(b->gather, t, e);
    for (const struct qp_name *x = qp_names_noted(b->names); x && !rc; x = x->next_noted)
        rc = name_write(b, x, t, e);
    if (!rc)
        qp_board_forget(b);
    return rc;
}
