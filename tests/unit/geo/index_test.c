/* index_test.c: which grid is here (topology/geo/index.c, keeper.c), against the plain oracle of rig.c. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/geo/rig.h"
#include "topology/geo/index.h"

static const struct qp_geo_point SUZHOU = {336000000, 1169000000};

/* The lowest code, then the lowest node, of all grids that hold p or have it on an edge. */
static const struct qp_geo_grid *oracle(const struct rig_grids *g, struct qp_geo_point p)
{
    const struct qp_geo_grid *best = NULL;
    for (size_t i = 0; i < g->n; i++) {
        const struct qp_geo_grid *v = &g->v[i];
        const struct qp_geo_box *b = &v->shape.box;
        if (p.lat7 < b->south || p.lat7 > b->north || p.lon7 < b->west || p.lon7 > b->east ||
            rig_side(&v->shape, p) == QP_GEO_OUTSIDE)
            continue;
        int c = best ? strcmp(v->code, best->code) : -1;
        if (c < 0 || (c == 0 && strcmp(v->node, best->node) < 0))
            best = v;
    }
    return best;
}

struct asked {
    struct qp_geo_index *index;
    struct qp_geo_seeker *seeker;
    size_t found, edges;
};

static void agree(struct asked *a, const struct rig_grids *g, struct qp_geo_point p)
{
    const struct qp_geo_grid *got, *want = oracle(g, p);
    struct qp_err e;
    if (qp_geo_locate(&got, a->seeker, a->index, p, &e))
        fail_msg("%s", e.text);
    if (!got != !want || (got && (strcmp(got->code, want->code) != 0 || strcmp(got->node, want->node) != 0)))
        fail_msg("%d, %d: %s instead of %s", p.lat7, p.lon7, got ? got->code : "none",
                 want ? want->code : "none");
    a->found += !!got;
    a->edges += want && rig_side(&want->shape, p) == QP_GEO_EDGE;
}

static void ask(struct asked *a, const struct rig_grids *g)
{
    *a = (struct asked){0};
    assert_int_equal(qp_geo_index_make(&a->index, g->v, g->n, NULL), 0);
    assert_int_equal(qp_geo_seeker_open(&a->seeker, NULL), 0);
    assert_int_equal(qp_geo_index_count(a->index), g->n);
}

static void answered(struct asked *a)
{
    qp_geo_seeker_close(a->seeker);
    qp_geo_index_free(a->index);
}

/* A random point somewhere, on a corner, a unit beside one, or in the middle of an edge (exactly on it where both
 * differences are even). */
static struct qp_geo_point point_by_lot(const struct rig_grids *g, const struct qp_geo_box *b, uint64_t *seed,
                                        int kind)
{
    const struct qp_geo_shape *s = &g->v[rig_between(seed, 0, (int64_t)g->n - 1)].shape;
    size_t k = (size_t)rig_between(seed, 0, (int64_t)s->rings[0].n - 2);
    struct qp_geo_point p = s->points[k], q = s->points[k + 1];
    if (kind == 1)
        return p;
    if (kind == 2)
        return (struct qp_geo_point){p.lat7 + (int32_t)rig_between(seed, -1, 1),
                                     p.lon7 + (int32_t)rig_between(seed, -1, 1)};
    if (kind == 3)
        return (struct qp_geo_point){(int32_t)(((int64_t)p.lat7 + q.lat7) / 2),
                                     (int32_t)(((int64_t)p.lon7 + q.lon7) / 2)};
    return (struct qp_geo_point){(int32_t)rig_between(seed, b->south, b->north),
                                 (int32_t)rig_between(seed, b->west, b->east)};
}

static void ten_thousand(const struct rig_grids *g, uint64_t seed, size_t least_found, size_t least_edges)
{
    struct asked a;
    struct qp_geo_box b = g->v[0].shape.box;
    for (size_t i = 1; i < g->n; i++) {
        const struct qp_geo_box *o = &g->v[i].shape.box;
        b = (struct qp_geo_box){o->south < b.south ? o->south : b.south, o->west < b.west ? o->west : b.west,
                                o->north > b.north ? o->north : b.north, o->east > b.east ? o->east : b.east};
    }
    ask(&a, g);
    for (int i = 0; i < 10000; i++)
        agree(&a, g, point_by_lot(g, &b, &seed, i % 5 < 2 ? 0 : i % 5 - 1));
    print_message("seed %llu: %zu of 10,000 in a grid, %zu on an edge\n", (unsigned long long)seed, a.found,
                  a.edges);
    assert_true(a.found >= least_found && a.edges >= least_edges);
    answered(&a);
}

static void ten_thousand_points_in_23_grids_are_where_the_oracle_says(void **state)
{
    (void)state;
    struct rig_grids outline, g;
    rig_community(&outline);
    rig_cut(&g, &outline.v[0].shape, 23, "suzhou/yongqiao/tuohe/hanchizi");
    assert_int_equal(g.n, 23);
    ten_thousand(&g, 23, 7000, 2000);
    rig_grids_free(&g);
    rig_grids_free(&outline);
}

static void ten_thousand_points_in_20000_grids_of_1357_nodes_are_where_the_oracle_says(void **state)
{
    (void)state;
    struct rig_grids g;
    rig_lattice(&g, SUZHOU, 20000, 160, 125, 8, 15, 5);
    assert_int_equal(g.n, 20000);
    ten_thousand(&g, 20000, 9500, 2500);
    rig_grids_free(&g);
}

/* The lattice has no gap: what is inside of its outermost cells is in some grid. */
static void a_tessellation_leaves_no_point_out(void **state)
{
    (void)state;
    struct rig_grids g;
    struct asked a;
    uint64_t seed = 11;
    rig_lattice(&g, SUZHOU, 20000, 12, 10, 6, 15, 6);
    ask(&a, &g);
    for (int i = 0; i < 20000; i++)
        agree(&a, &g,
              (struct qp_geo_point){(int32_t)rig_between(&seed, SUZHOU.lat7 + 20000, SUZHOU.lat7 + 180000),
                                    (int32_t)rig_between(&seed, SUZHOU.lon7 + 20000, SUZHOU.lon7 + 220000)});
    assert_int_equal(a.found, 20000);
    answered(&a);
    rig_grids_free(&g);
}

static void a_square(struct qp_geo_grid *g, struct qp_geo_point *p, struct qp_geo_ring *ring,
                     const char *code, const char *node, int32_t lat, int32_t lon, int32_t side)
{
    const struct qp_geo_point corners[] = {
        {lat, lon}, {lat, lon + side}, {lat + side, lon + side}, {lat + side, lon}, {lat, lon}};
    memcpy(p, corners, sizeof corners);
    *g = (struct qp_geo_grid){code, "t", node, 1, rig_ring(p, 5, ring)};
}

static void an_edge_a_corner_and_an_overlap_belong_to_the_bytewise_lowest_code(void **state)
{
    (void)state;
    struct qp_geo_grid v[5];
    struct qp_geo_point p[5][5];
    struct qp_geo_ring r[5];
    struct qp_geo_index *x;
    struct qp_geo_seeker *s;
    const struct qp_geo_grid *got;
    a_square(&v[0], p[0], &r[0], "b", "suzhou", 0, 0, 100);
    a_square(&v[1], p[1], &r[1], "B", "suzhou", 0, 100, 100); /* below every small letter */
    a_square(&v[2], p[2], &r[2], "\xe4\xb8\x80", "suzhou", 50, 50,
             100); /* above every ASCII letter; overlaps both */
    a_square(&v[3], p[3], &r[3], "a10", "suzhou/b", 1000, 1000, 100);
    a_square(&v[4], p[4], &r[4], "a10", "suzhou/a", 1000, 1100, 100); /* the same code at another node */
    static const struct {
        int32_t lat, lon;
        int grid;
    } want[] = {{50, 50, 0},  {60, 100, 1},    {99, 99, 0},     {100, 100, 1},  {100, 99, 0}, {101, 99, 2},
                {0, 100, 1},  {-1, 100, -1},   {150, 150, 2},   {151, 150, -1}, {0, 0, 0},    {0, 200, 1},
                {0, 201, -1}, {1050, 1100, 4}, {1050, 1099, 3}, {1100, 1000, 3}};
    assert_int_equal(qp_geo_index_make(&x, v, 5, NULL), 0);
    assert_int_equal(qp_geo_seeker_open(&s, NULL), 0);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        assert_int_equal(qp_geo_locate(&got, s, x, (struct qp_geo_point){want[i].lat, want[i].lon}, NULL), 0);
        const char *code = want[i].grid < 0 ? "none" : v[want[i].grid].code;
        if (strcmp(got ? got->code : "none", code) != 0 ||
            (got && strcmp(got->node, v[want[i].grid].node) != 0))
            fail_msg("%d, %d: %s of %s instead of %s", want[i].lat, want[i].lon, got ? got->code : "none",
                     got ? got->node : "", code);
    }
    qp_geo_seeker_close(s);
    qp_geo_index_free(x);
}

/* Two squares of one node, the second twice as wide: the centre lies twice as near to it. And over the date line. */
static void a_node_lies_where_its_grids_lie_each_weighed_by_its_area(void **state)
{
    (void)state;
    enum { SIDE = 100000 };
    struct qp_geo_grid v[4];
    struct qp_geo_point p[4][5];
    struct qp_geo_ring r[4];
    struct qp_geo_index *x;
    size_t n;
    const int32_t date_line = 180 * (int32_t)QP_GEO_DEGREE;
    a_square(&v[0], p[0], &r[0], "a", "s/b", 0, 0, SIDE);
    a_square(&v[1], p[1], &r[1], "b", "s/b", 0, 3 * SIDE, 2 * SIDE); /* four times as large */
    a_square(&v[2], p[2], &r[2], "c", "s/a", 0, date_line - SIDE, SIDE);
    a_square(&v[3], p[3], &r[3], "d", "s/a", 0, -date_line, SIDE);
    assert_int_equal(qp_geo_index_make(&x, v, 4, NULL), 0);
    const struct qp_geo_place *at = qp_geo_index_places(x, &n);
    assert_int_equal(n, 2);
    assert_string_equal(at[0].node, "s/a");
    assert_true(at[0].centre.lon7 == date_line || at[0].centre.lon7 == -date_line);
    assert_int_equal(at[0].centre.lat7, SIDE / 2);
    assert_string_equal(at[1].node, "s/b");
    assert_in_range(at[1].centre.lat7, SIDE * 9 / 10 - 100, SIDE * 9 / 10 + 100);
    assert_in_range(at[1].centre.lon7, SIDE * 33 / 10 - 100, SIDE * 33 / 10 + 100);
    assert_true(at[1].area_m2 > 4.9 * at[0].area_m2 / 2 && at[1].area_m2 < 5.1 * at[0].area_m2 / 2);
    qp_geo_index_free(x);
    assert_int_equal(qp_geo_index_make(&x, NULL, 0, NULL), 0);
    qp_geo_index_places(x, &n);
    assert_int_equal(n, 0);
    qp_geo_index_free(x);
}

/* Boundaries of who sends what he likes: a point, a line, one that crosses itself, a hole outside, a hole like its ring. */
static void what_is_no_area_hides_no_grid_beside_it(void **state)
{
    (void)state;
    static const struct qp_geo_point SHAPES[][10] = {
        {{5, 5}, {5, 5}, {5, 5}, {5, 5}},
        {{0, 0}, {0, 50}, {0, 100}, {0, 0}},
        {{0, 0}, {100, 100}, {0, 100}, {100, 0}, {0, 0}},
        {{0, 0}, {0, 9}, {9, 9}, {9, 0}, {0, 0}, {50, 50}, {50, 60}, {60, 60}, {60, 50}, {50, 50}},
        {{0, 0}, {0, 9}, {9, 9}, {9, 0}, {0, 0}, {0, 0}, {0, 9}, {9, 9}, {9, 0}, {0, 0}},
    };
    static const uint32_t CORNERS[] = {4, 4, 5, 10, 10};
    for (size_t i = 0; i < sizeof CORNERS / sizeof *CORNERS; i++) {
        struct qp_geo_point p[10], beside[5];
        struct qp_geo_ring rings[2] = {{0, CORNERS[i] < 10 ? CORNERS[i] : 5, false}, {5, 5, true}}, r;
        struct qp_geo_grid v[2];
        struct qp_geo_index *x;
        struct qp_geo_seeker *s;
        const struct qp_geo_grid *got;
        size_t n;
        memcpy(p, SHAPES[i], sizeof p);
        v[0] = (struct qp_geo_grid){
            "bad", "t", "s/liar", 1, {p, CORNERS[i], rings, CORNERS[i] < 10 ? 1 : 2, {0}}};
        v[0].shape.box = qp_geo_box_of(p, CORNERS[i]);
        a_square(&v[1], beside, &r, "good", "s/honest", 1000, 1000, 100);
        struct qp_err e = {0};
        if (qp_geo_index_make(&x, v, 2, &e))
            fail_msg("shape %zu: %s", i, e.text);
        qp_geo_index_places(x, &n);
        assert_in_range(n, 1, 2);
        assert_int_equal(qp_geo_seeker_open(&s, NULL), 0);
        assert_int_equal(qp_geo_locate(&got, s, x, (struct qp_geo_point){1050, 1050}, NULL), 0);
        assert_non_null(got);
        assert_string_equal(got->code, "good");
        qp_geo_seeker_close(s);
        qp_geo_index_free(x);
    }
}

static void in_a_hole_is_in_no_grid_and_its_edge_is_the_grids(void **state)
{
    (void)state;
    struct rig_grids c;
    struct asked a;
    const struct qp_geo_grid *got;
    rig_community(&c);
    ask(&a, &c);
    const struct qp_geo_shape *s = &c.v[0].shape;
    struct qp_geo_point corner = s->points[s->rings[1].first];
    struct qp_geo_point lake = {corner.lat7 + 60 * 90, corner.lon7 + 60 * 108};
    assert_int_equal(qp_geo_locate(&got, a.seeker, a.index, corner, NULL), 0);
    assert_non_null(got);
    assert_int_equal(qp_geo_locate(&got, a.seeker, a.index, lake, NULL), 0);
    assert_null(got);
    answered(&a);
    rig_grids_free(&c);
}

static void among_no_grids_nothing_is_found(void **state)
{
    (void)state;
    struct qp_geo_index *x;
    struct qp_geo_seeker *s;
    const struct qp_geo_grid *got;
    double metres;
    assert_int_equal(qp_geo_index_make(&x, NULL, 0, NULL), 0);
    assert_int_equal(qp_geo_seeker_open(&s, NULL), 0);
    assert_int_equal(qp_geo_locate(&got, s, x, SUZHOU, NULL), 0);
    assert_null(got);
    assert_int_equal(qp_geo_nearest(&got, &metres, s, x, SUZHOU, 1000, NULL), 0);
    assert_null(got);
    qp_geo_seeker_close(s);
    qp_geo_index_free(x);
}

static void the_nearest_grid_is_the_nearest_of_all(void **state)
{
    (void)state;
    struct rig_grids g;
    struct asked a;
    uint64_t seed = 3;
    size_t none = 0, within = 0, beside = 0;
    rig_lattice(&g, SUZHOU, 20000, 6, 6, 4, 15, 8);
    ask(&a, &g);
    for (int i = 0; i < 2500; i++) {
        struct qp_geo_point p = {(int32_t)rig_between(&seed, SUZHOU.lat7 - 150000, SUZHOU.lat7 + 300000),
                                 (int32_t)rig_between(&seed, SUZHOU.lon7 - 150000, SUZHOU.lon7 + 300000)};
        const struct qp_geo_grid *got;
        double metres = -1, least = 1e9;
        for (size_t k = 0; k < g.n; k++) {
            double d = qp_geo_distance_to_m(&g.v[k].shape, p);
            least = d < least ? d : least;
        }
        assert_int_equal(qp_geo_nearest(&got, &metres, a.seeker, a.index, p, 1000, NULL), 0);
        if (got ? metres > least || metres < least : least <= 1000)
            fail_msg("%d, %d: %.3f m instead of %.3f m", p.lat7, p.lon7, metres, least);
        none += !got;
        within += got && metres <= 0;
        beside += got && metres > 0;
        if (got && metres <= 0)
            agree(&a, &g, p);
    }
    print_message("%zu too far, %zu in one, %zu beside one\n", none, within, beside);
    assert_true(none > 100 && within > 100 && beside > 100);
    answered(&a);
    rig_grids_free(&g);
}

/* ---- kept, and asked by many threads ---- */

struct source {
    struct rig_grids g;
    size_t n, loads;
    bool fails;
};

static int load(void *source, const struct qp_geo_grid **grids, size_t *n, struct qp_err *e)
{
    struct source *s = source;
    s->loads++;
    *grids = s->g.v;
    *n = s->n;
    return s->fails ? qp_fail(e, QP_EIO, "not now") : 0;
}

static void an_index_is_kept_until_the_stamp_changes_and_what_is_held_outlives_it(void **state)
{
    (void)state;
    struct source s = {0};
    struct qp_geo_keeper k;
    struct qp_geo_index *first, *again, *next;
    struct qp_err e;
    rig_lattice(&s.g, SUZHOU, 20000, 4, 4, 2, 15, 8);
    s.n = 8;
    qp_geo_keeper_begin(&k);
    assert_int_equal(qp_geo_keep(&first, &k, 0, load, &s, NULL), 0);
    assert_int_equal(qp_geo_keep(&again, &k, 0, load, &s, NULL), 0);
    assert_true(first == again && s.loads == 1);
    s.n = 16;
    s.fails = true;
    assert_int_equal(qp_geo_keep(&next, &k, 7, load, &s, &e), QP_EIO);
    assert_null(next);
    s.fails = false;
    assert_int_equal(qp_geo_keep(&next, &k, 7, load, &s, NULL), 0);
    assert_int_equal(s.loads, 3);
    qp_geo_index_free(again);
    assert_int_equal(qp_geo_index_count(first), 8); /* still held */
    assert_int_equal(qp_geo_index_count(next), 16);
    qp_geo_index_free(first);
    qp_geo_keeper_end(&k);
    assert_int_equal(qp_geo_index_count(next), 16);
    qp_geo_index_free(next);
    rig_grids_free(&s.g);
}

struct asker {
    pthread_t thread;
    struct qp_geo_keeper *k;
    struct source *s;
    uint64_t seed;
    size_t wrong, found;
};

static void *ask_on(void *asker)
{
    struct asker *t = asker;
    struct qp_geo_seeker *seeker;
    struct qp_geo_index *x;
    const struct qp_geo_grid *got;
    if (qp_geo_seeker_open(&seeker, NULL))
        return NULL;
    for (uint64_t i = 0; i < 3000; i++) {
        struct qp_geo_point p = {(int32_t)rig_between(&t->seed, SUZHOU.lat7, SUZHOU.lat7 + 200000),
                                 (int32_t)rig_between(&t->seed, SUZHOU.lon7, SUZHOU.lon7 + 200000)};
        if (qp_geo_keep(&x, t->k, i / 1000, load, t->s, NULL))
            break;
        t->wrong += !!qp_geo_locate(&got, seeker, x, p, NULL);
        t->wrong += i % 100 == 0 && got && strcmp(got->code, oracle(&t->s->g, p)->code) != 0;
        t->found += !!got;
        qp_geo_index_free(x);
    }
    qp_geo_seeker_close(seeker);
    return NULL;
}

static void many_threads_ask_one_index_at_once(void **state)
{
    (void)state;
    struct source s = {0};
    struct qp_geo_keeper k;
    struct asker t[4] = {0};
    rig_lattice(&s.g, SUZHOU, 20000, 10, 10, 4, 15, 8);
    s.n = s.g.n;
    qp_geo_keeper_begin(&k);
    for (size_t i = 0; i < 4; i++) {
        t[i].k = &k;
        t[i].s = &s;
        t[i].seed = i;
        assert_int_equal(pthread_create(&t[i].thread, NULL, ask_on, &t[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        pthread_join(t[i].thread, NULL);
        assert_int_equal(t[i].wrong, 0);
        assert_true(t[i].found > 2500);
    }
    qp_geo_keeper_end(&k);
    rig_grids_free(&s.g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_points_in_23_grids_are_where_the_oracle_says),
        cmocka_unit_test(ten_thousand_points_in_20000_grids_of_1357_nodes_are_where_the_oracle_says),
        cmocka_unit_test(a_tessellation_leaves_no_point_out),
        cmocka_unit_test(an_edge_a_corner_and_an_overlap_belong_to_the_bytewise_lowest_code),
        cmocka_unit_test(a_node_lies_where_its_grids_lie_each_weighed_by_its_area),
        cmocka_unit_test(what_is_no_area_hides_no_grid_beside_it),
        cmocka_unit_test(in_a_hole_is_in_no_grid_and_its_edge_is_the_grids),
        cmocka_unit_test(among_no_grids_nothing_is_found),
        cmocka_unit_test(the_nearest_grid_is_the_nearest_of_all),
        cmocka_unit_test(an_index_is_kept_until_the_stamp_changes_and_what_is_held_outlives_it),
        cmocka_unit_test(many_threads_ask_one_index_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
