/* siblings_test.c: overlaps, gaps and what lies outside (topology/geo/siblings.c, gaps.c). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto/crypto.h"
#include "tests/unit/geo/rig.h"
#include "topology/geo/siblings.h"

static const char NODE[] = "suzhou/yongqiao/tuohe/hanchizi";
static const struct qp_geo_point SUZHOU = {336000000, 1169000000};

static void find(struct qp_geo_siblings *s, const struct rig_grids *g, const struct rig_grids *outline)
{
    struct qp_err e = {0};
    if (qp_geo_siblings_find(s, g->v, g->n, outline ? outline->v : NULL, outline ? outline->n : 0, &e))
        fail_msg("%s", e.text);
}

static bool near(double a, double b, double part)
{
    return fabs(a - b) <= part * b;
}

static void a_tessellation_has_no_overlap_and_the_lake_is_its_gap(void **state)
{
    (void)state;
    struct rig_grids outline, g;
    struct qp_geo_siblings s;
    rig_community(&outline);
    rig_cut(&g, &outline.v[0].shape, 23, NODE);
    find(&s, &g, NULL);
    double sum = 0, whole = qp_geo_area_m2(&outline.v[0].shape);
    for (size_t i = 0; i < g.n; i++)
        sum += qp_geo_area_m2(&g.v[i].shape);
    assert_true(near(sum, whole, 1e-6) && near(s.covered_m2, whole, 1e-3));
    assert_int_equal(s.n_overlaps, 0);
    assert_int_equal(s.n_outside, 0);
    assert_int_equal(s.n_gaps, 1);
    assert_true(s.gaps[0].m2 > 28000 && s.gaps[0].m2 < 34000 && s.gaps[0].n_beside >= 1);
    qp_geo_siblings_free(&s);
    find(&s, &g, &outline); /* the outline has the lake as a hole: nothing is missing */
    assert_int_equal(s.n_gaps + s.n_overlaps + s.n_outside, 0);
    assert_true(near(s.outline_m2, whole, 1e-3));
    qp_geo_siblings_free(&s);
    rig_grids_free(&g);
    rig_grids_free(&outline);
}

/* Takes one grid out; the others stay in their order. */
static struct rig_grids without(const struct rig_grids *g, size_t at)
{
    struct rig_grids rest = {malloc(g->n * sizeof *rest.v), 0};
    for (size_t i = 0; i < g->n; i++)
        if (i != at)
            rest.v[rest.n++] = g->v[i];
    return rest;
}

static void a_missing_grid_is_a_gap_of_its_size_with_its_neighbours(void **state)
{
    (void)state;
    struct rig_grids g;
    struct qp_geo_siblings s;
    rig_lattice(&g, SUZHOU, 20000, 5, 5, 6, 25, 8);
    struct rig_grids rest = without(&g, 12);
    find(&s, &rest, NULL);
    assert_int_equal(s.n_gaps, 1);
    assert_true(near(s.gaps[0].m2, qp_geo_area_m2(&g.v[12].shape), 0.005));
    assert_int_equal(qp_geo_side_of(&g.v[12].shape, s.gaps[0].at), QP_GEO_INSIDE);
    assert_true(s.gaps[0].n_beside == 8 && s.gaps[0].all_beside == 8); /* of a lattice: sides and corners */
    for (size_t i = 0; i < 7; i++)
        assert_true(s.gaps[0].beside[i] < s.gaps[0].beside[i + 1]);
    assert_int_equal(s.n_overlaps, 0);
    qp_geo_siblings_free(&s);
    free(rest.v);
    rig_grids_free(&g);
}

static void what_is_missing_at_the_rim_shows_with_an_outline_only(void **state)
{
    (void)state;
    struct rig_grids outline, g;
    struct qp_geo_siblings s;
    rig_community(&outline);
    rig_cut(&g, &outline.v[0].shape, 23, NODE);
    struct rig_grids rest = without(&g, 0);
    find(&s, &rest, NULL);
    assert_int_equal(s.n_gaps, 1); /* the lake */
    assert_int_not_equal(qp_geo_side_of(&g.v[0].shape, s.gaps[0].at), QP_GEO_INSIDE);
    qp_geo_siblings_free(&s);
    find(&s, &rest, &outline);
    assert_int_equal(s.n_gaps, 1);
    assert_int_equal(qp_geo_side_of(&g.v[0].shape, s.gaps[0].at), QP_GEO_INSIDE);
    assert_true(near(s.gaps[0].m2, qp_geo_area_m2(&g.v[0].shape), 0.005));
    qp_geo_siblings_free(&s);
    free(rest.v);
    rig_grids_free(&g);
    rig_grids_free(&outline);
}

static void shift(struct qp_geo_shape *s, int32_t north, int32_t east)
{
    for (size_t i = 0; i < s->n_points; i++) {
        s->points[i].lat7 += north;
        s->points[i].lon7 += east;
    }
    s->box = qp_geo_box_of(s->points, s->n_points);
}

/* Two squares of 200 m that share a side, the second one moved. */
static size_t told_when_moved(int32_t east, size_t *gaps_and_overlaps, double *m2)
{
    struct rig_grids g;
    struct qp_geo_siblings s;
    rig_lattice(&g, SUZHOU, 20000, 2, 1, 4, 25, 8);
    shift(&g.v[1].shape, 0, east);
    find(&s, &g, NULL);
    size_t n = s.n_overlaps;
    *gaps_and_overlaps = n + s.n_gaps;
    *m2 = n ? s.overlaps[0].m2 : 0;
    if (n) {
        assert_true(s.overlaps[0].a == 0 && s.overlaps[0].b == 1);
        assert_int_equal(qp_geo_side_of(&g.v[0].shape, s.overlaps[0].at), QP_GEO_INSIDE);
        assert_int_equal(qp_geo_side_of(&g.v[1].shape, s.overlaps[0].at), QP_GEO_INSIDE);
    }
    qp_geo_siblings_free(&s);
    rig_grids_free(&g);
    return n;
}

static void a_border_drawn_twice_is_no_overlap_up_to_half_a_metre(void **state)
{
    (void)state;
    size_t all;
    double m2;
    assert_int_equal(told_when_moved(0, &all, &m2), 0);
    assert_int_equal(all, 0);
    assert_int_equal(told_when_moved(-30, &all, &m2), 0);   /* 0.3 m: 60 m2, but a line of drawing */
    assert_int_equal(told_when_moved(-1000, &all, &m2), 1); /* 9.3 m of 200 m and some bends */
    assert_true(m2 > 1500 && m2 < 2500);
    assert_int_equal(told_when_moved(1000, &all, &m2), 0);
}

static void a_grid_inside_of_another_and_one_that_is_there_twice_overlap_wholly(void **state)
{
    (void)state;
    struct rig_grids g;
    struct qp_geo_siblings s;
    rig_lattice(&g, SUZHOU, 20000, 3, 1, 4, 25, 8);
    double area = qp_geo_area_m2(&g.v[0].shape);
    memcpy(g.v[2].shape.points, g.v[0].shape.points, g.v[0].shape.n_points * sizeof *g.v[0].shape.points);
    g.v[2].shape.box = g.v[0].shape.box;
    find(&s, &g, NULL);
    assert_int_equal(s.n_overlaps, 1);
    assert_true(s.overlaps[0].a == 0 && s.overlaps[0].b == 2 && near(s.overlaps[0].m2, area, 1e-9));
    assert_true(near(s.covered_m2, area + qp_geo_area_m2(&g.v[1].shape), 0.005));
    qp_geo_siblings_free(&s);
    rig_grids_free(&g);
}

/* A frame of two halves round a gap of 100 m, with slits of a fifth of a metre between them. */
static void a_slit_does_not_let_a_gap_out(void **state)
{
    (void)state;
    const int32_t S = 336000000, W = 1169000000, M = 900; /* about ten metres */
    struct qp_geo_point left[] = {{S, W},
                                  {S, W + 10 * M},
                                  {S + 5 * M, W + 10 * M},
                                  {S + 5 * M, W + 5 * M},
                                  {S + 15 * M, W + 5 * M},
                                  {S + 15 * M, W + 10 * M},
                                  {S + 20 * M, W + 10 * M},
                                  {S + 20 * M, W},
                                  {S, W}};
    struct qp_geo_point right[9];
    struct qp_geo_ring rings[2];
    struct qp_geo_grid v[2] = {{"a", "a", "suzhou", 1, rig_ring(left, 9, &rings[0])}};
    for (int slit = 20; slit <= 500; slit += 480) {
        for (int i = 0; i < 9; i++)
            right[i] = (struct qp_geo_point){left[i].lat7, W + 10 * M + slit + (W + 10 * M - left[i].lon7)};
        v[1] = (struct qp_geo_grid){"b", "b", "suzhou", 2, rig_ring(right, 9, &rings[1])};
        struct rig_grids g = {v, 2};
        struct qp_geo_siblings s;
        find(&s, &g, NULL);
        if (s.n_gaps != (slit == 20) || s.n_overlaps != 0)
            fail_msg("slit %d: %zu gaps, %zu overlaps", slit, s.n_gaps, s.n_overlaps);
        if (slit == 20)
            assert_true(s.gaps[0].m2 > 8000 && s.gaps[0].m2 < 10000 && s.gaps[0].n_beside == 2);
        qp_geo_siblings_free(&s);
    }
}

static void what_lies_beyond_the_outline_is_told_grid_by_grid(void **state)
{
    (void)state;
    struct rig_grids outline, g;
    struct qp_geo_siblings s;
    rig_community(&outline);
    rig_cut(&g, &outline.v[0].shape, 23, NODE);
    shift(&g.v[4].shape, 180000, 0); /* two kilometres to the north: all of it lies elsewhere */
    find(&s, &g, &outline);
    assert_true(s.n_outside >= 1 && s.outside[0].grid == 4);
    assert_int_equal(qp_geo_side_of(&g.v[4].shape, s.outside[0].at), QP_GEO_INSIDE);
    assert_int_equal(qp_geo_side_of(&outline.v[0].shape, s.outside[0].at), QP_GEO_OUTSIDE);
    assert_int_equal(s.n_gaps, 1);
    for (size_t i = 0; i + 1 < s.n_overlaps; i++)
        assert_true(s.overlaps[i].m2 >= s.overlaps[i + 1].m2);
    qp_geo_siblings_free(&s);
    rig_grids_free(&g);
    rig_grids_free(&outline);
}

static void many_grids_without_fault_are_said_to_have_none(void **state)
{
    (void)state;
    struct rig_grids g;
    struct qp_geo_siblings s;
    rig_lattice(&g, SUZHOU, 20000, 30, 30, 4, 15, 9);
    find(&s, &g, NULL);
    assert_int_equal(s.n_overlaps + s.n_gaps, 0);
    double sum = 0;
    for (size_t i = 0; i < g.n; i++)
        sum += qp_geo_area_m2(&g.v[i].shape);
    assert_true(near(s.covered_m2, sum, 1e-4));
    qp_geo_siblings_free(&s);
    rig_grids_free(&g);
}

static void nothing_at_all_is_compared_too(void **state)
{
    (void)state;
    struct rig_grids none = {0}, outline;
    struct qp_geo_siblings s;
    find(&s, &none, NULL);
    assert_true(s.n_gaps == 0 && s.covered_m2 <= 0);
    qp_geo_siblings_free(&s);
    rig_community(&outline);
    find(&s, &none, &outline);
    assert_true(s.n_gaps == 1 && s.gaps[0].n_beside == 0 && near(s.gaps[0].m2, s.outline_m2, 1e-3));
    qp_geo_siblings_free(&s);
    rig_grids_free(&outline);
}

static void suzhous_counties_are_compared_with_their_city(void **state)
{
    const char *folder = getenv("QP_SHARED");
    char path[4096];
    void *text;
    size_t len;
    (void)state;
    snprintf(path, sizeof path, "%s/data/suzhou-counties.geojson", folder ? folder : "../shared");
    if (access(path, R_OK) != 0) {
        print_message("SKIPPED: %s is not there (QP_SHARED names the folder of shared data)\n", path);
        skip();
    }
    struct qp_geo_file f;
    struct qp_geo_siblings s;
    struct qp_geo_how how = {QP_CRS_GCJ02, true};
    struct qp_err e;
    assert_int_equal(qp_file_read(path, QP_GEO_FILE_BYTES, &text, &len, &e), 0);
    assert_int_equal(qp_geo_read(&f, text, len, &how, &e), 0);
    struct rig_grids city = {f.grids, 1}, counties = {f.grids + 1, f.n - 1};
    find(&s, &counties, &city);
    double gaps = 0, overlaps = 0, outside = 0;
    for (size_t i = 0; i < s.n_gaps; i++)
        gaps += s.gaps[i].m2 / 1e6;
    for (size_t i = 0; i < s.n_overlaps; i++)
        overlaps += s.overlaps[i].m2 / 1e6;
    for (size_t i = 0; i < s.n_outside; i++)
        outside += s.outside[i].m2 / 1e6;
    print_message("%zu gaps %.2f km2, %zu overlaps %.2f km2, %zu outside %.2f km2\n", s.n_gaps, gaps,
                  s.n_overlaps, overlaps, s.n_outside, outside);
    /* What is covered is the parts less their overlaps, and the outline less the gaps, plus what is outside. */
    double parts = 0;
    for (size_t i = 0; i < counties.n; i++)
        parts += qp_geo_area_m2(&counties.v[i].shape) / 1e6;
    assert_true(near(parts - overlaps, s.covered_m2 / 1e6, 1e-4));
    assert_true(near(s.outline_m2 / 1e6 - gaps + outside, s.covered_m2 / 1e6, 1e-4));
    qp_geo_siblings_free(&s);
    qp_geo_file_free(&f);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tessellation_has_no_overlap_and_the_lake_is_its_gap),
        cmocka_unit_test(a_missing_grid_is_a_gap_of_its_size_with_its_neighbours),
        cmocka_unit_test(what_is_missing_at_the_rim_shows_with_an_outline_only),
        cmocka_unit_test(a_border_drawn_twice_is_no_overlap_up_to_half_a_metre),
        cmocka_unit_test(a_grid_inside_of_another_and_one_that_is_there_twice_overlap_wholly),
        cmocka_unit_test(a_slit_does_not_let_a_gap_out),
        cmocka_unit_test(what_lies_beyond_the_outline_is_told_grid_by_grid),
        cmocka_unit_test(many_grids_without_fault_are_said_to_have_none),
        cmocka_unit_test(nothing_at_all_is_compared_too),
        cmocka_unit_test(suzhous_counties_are_compared_with_their_city),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
