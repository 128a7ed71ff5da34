/* listing.c: see listing.h. */
#include "tests/unit/matter/listing.h"

#define B(name) QP__EVENT__BODY_##name

uint64_t draw(struct town *t, uint64_t below)
{
    t->x = t->x * 6364136223846793005u + 1442695040888963407u;
    return (t->x >> 33) % below;
}

const char *one_of(struct town *t, const char *const *list, uint64_t n)
{
    return qp_arena_text(t->r->arena, list[draw(t, n)]);
}

/* On whole degrees about the 180th meridian, so that edges are hit too. */
static Qp__Location *place_of(struct town *t)
{
    Qp__Location *l = qp_arena_take(t->r->arena, sizeof *l);
    qp__location__init(l);
    l->lat = (double)draw(t, 5) - 2;
    l->lon = draw(t, 2) ? 177.0 + (double)draw(t, 4) : -179.0 + (double)draw(t, 3);
    return l;
}

int up(void **state)
{
    struct town *t = calloc(1, sizeof *t);
    void *rig;
    rig_up(&rig);
    t->r = rig;
    struct rig *r = t->r;
    for (int i = 0; i < MATTERS; i++) {
        Qp__Face *f = rig_face(r, one_of(t, categories, 3));
        f->source = (char *)(uintptr_t)one_of(t, sources, 2);
        f->area = (char *)(uintptr_t)one_of(t, areas, 5);
        f->urgency = (uint32_t)draw(t, 4);
        f->title = qp_arena_text(r->arena, i % 7 ? "plain" : "The Bridge");
        if (draw(t, 4))
            f->location = place_of(t);
        if (draw(t, 2))
            f->deadline_us = r->now_us + (int64_t)draw(t, 3000) * SECOND - 1000 * SECOND;
        if (f->deadline_us < 0)
            f->deadline_us = 1;
        if (i % 3 == 0) /* some happened long before they were told */
            f->occurred_us = r->now_us - i % 400 * SECOND;
        t->m[i] = rig_open_face(r, CITY, f);
        static const int steps[] = {B(SORTED), B(ASSIGNED), B(HANDLED), B(CLOSED), B(HUNG)};
        if (draw(t, 3))
            rig_try(r, CITY, t->m[draw(t, (uint64_t)i + 1)], steps[draw(t, 5)]);
    }
    bool more;
    assert_int_equal(qp_matter_sweep(&r->nodes[CITY].m, r->now_us, &more, &r->e), 0);
    *state = t;
    return 0;
}

int down(void **state)
{
    struct town *t = *state;
    void *rig = t->r;
    rig_down(&rig);
    free(t);
    return 0;
}

int take(void *arg, const Qp__Row *row)
{
    struct listed *l = arg;
    assert_true(l->n < ROOM);
    memcpy(l->ids[l->n++], row->face->id.data, QP_ID_LEN);
    return 0;
}

struct qp_list_query query(enum qp_sort sort)
{
    return (struct qp_list_query){.overdue = -1, .sort = sort, .limit = 500};
}

void list(struct town *t, struct qp_list_query q, struct listed *l)
{
    struct qp_read read;
    char cursor[128] = "";
    l->n = 0;
    rig_read(t->r, CITY, &read);
    do {
        q.cursor = cursor;
        char next[128];
        size_t before = l->n;
        if (qp_matter_list(&read, &q, take, l, next, t->r->arena, &t->r->e))
            fail_msg("%s", t->r->e.text);
        assert_true(l->n - before <= q.limit);
        assert_true(l->n > before || !*next); /* the last page is known to be the last */
        memcpy(cursor, next, sizeof cursor);
    } while (*cursor);
    qp_read_end(&read);
}

static bool wanted(const struct qp_list_query *q, const Qp__Row *row)
{
    const Qp__Face *f = row->face;
    if ((q->state && f->state != (uint32_t)q->state) || (q->urgency && f->urgency != (uint32_t)q->urgency))
        return false;
    if (q->states && !(q->states >> f->state & 1))
        return false;
    if (q->overdue >= 0 && (row->overdue != 0) != (q->overdue == 1))
        return false;
    if ((q->category && strcmp(f->category, q->category) != 0) ||
        (q->source && strcmp(f->source, q->source) != 0))
        return false;
    if ((q->desk && strcmp(f->desk, q->desk) != 0) || (q->area && !qp_path_within(f->area, q->area)))
        return false;
    int64_t at_us = q->happened && f->occurred_us ? f->occurred_us : f->opened_us;
    if ((q->has_from && at_us < q->from_us) || (q->has_to && at_us >= q->to_us))
        return false;
    if (q->has_updated_after && f->updated_us <= q->updated_after_us)
        return false;
    bool closed = f->state == QP_CLOSED || f->state == QP_MERGED;
    if (q->held_below &&
        (!qp_path_within(f->holder_path, q->held_below) || strcmp(f->holder_path, q->held_below) == 0))
        return false;
    if (q->has_bbox) {
        const Qp__Location *l = f->location;
        if (!l || l->lat < q->south || l->lat > q->north)
            return false;
        double east = q->east < q->west ? q->east + 360 : q->east;
        if (!(l->lon >= q->west && l->lon <= east) && !(l->lon + 360 >= q->west && l->lon + 360 <= east))
            return false;
    }
    if ((q->to_visit && !f->must_visit) || (q->to_close && f->must_visit))
        return false;
    if (q->unassigned && f->state != QP_OPEN && f->state != QP_SORTED)
        return false;
    if (q->has_due_before && (closed || !f->deadline_us || f->deadline_us >= q->due_before_us))
        return false;
    return !q->q || strcasestr(f->title, q->q);
}

static bool due(const Qp__Face *f)
{
    return f->deadline_us && f->state != QP_CLOSED && f->state != QP_MERGED;
}

/* Negative when a comes before b. */
static int before(enum qp_sort sort, const Qp__Face *a, const Qp__Face *b)
{
    int64_t x = 0, y = 0;
    if (sort == QP_SORT_UPDATED || sort == QP_SORT_UPDATED_DESC) {
        x = a->updated_us;
        y = b->updated_us;
    } else if (sort == QP_SORT_DEADLINE || sort == QP_SORT_PRESSING) {
        if (sort == QP_SORT_PRESSING && a->urgency != b->urgency)
            return a->urgency > b->urgency ? -1 : 1;
        x = due(a) ? a->deadline_us : INT64_MAX;
        y = due(b) ? b->deadline_us : INT64_MAX;
    }
    int order = x != y ? (x < y ? -1 : 1) : memcmp(a->id.data, b->id.data, QP_ID_LEN);
    return sort == QP_SORT_OPENED_DESC || sort == QP_SORT_UPDATED_DESC ? -order : order;
}

void plain(struct town *t, const struct qp_list_query *q, struct listed *l)
{
    const Qp__Face *found[MATTERS];
    l->n = 0;
    for (int i = 0; i < MATTERS; i++) {
        const Qp__Row *row = rig_row(t->r, CITY, t->m[i]);
        if (!wanted(q, row))
            continue;
        size_t at = l->n++;
        for (; at > 0 && before(q->sort, row->face, found[at - 1]) < 0; at--)
            found[at] = found[at - 1];
        found[at] = row->face;
    }
    for (size_t i = 0; i < l->n; i++)
        memcpy(l->ids[i], found[i]->id.data, QP_ID_LEN);
}

void same(struct town *t, struct qp_list_query q)
{
    static struct listed a, b;
    plain(t, &q, &b);
    size_t limits[] = {1, 7, 500};
    for (size_t i = 0; i < 3; i++) {
        q.limit = limits[i];
        list(t, q, &a);
        assert_int_equal(a.n, b.n);
        for (size_t j = 0; j < a.n; j++)
            assert_memory_equal(a.ids[j], b.ids[j], QP_ID_LEN);
    }
}

void counted(struct town *t, struct qp_list_query q)
{
    static struct listed b;
    struct qp_read read;
    uint64_t n = 0;
    bool told = false;
    plain(t, &q, &b);
    rig_read(t->r, CITY, &read);
    q.limit = 1;
    assert_int_equal(qp_matter_count(&read, &q, &n, &told, &t->r->e), 0);
    qp_read_end(&read);
    assert_true(told);
    assert_int_equal(n, b.n);
}
